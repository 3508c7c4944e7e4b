"""Where an architecture comes from: a .keras archive, JSON, a live model, a legacy .h5.

Nothing that a source names is imported, executed, fetched or written, and each kind of source is imported where it
is met, so that reading one costs nothing of the others.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple

from cnnnotes._reading.architecture import Architecture
from cnnnotes._reading.foreign import check_kind, folder
from cnnnotes._reading.parsing import MAX_JSON
from cnnnotes.layers._errors import CnnnotesError, ReadError


class Text(NamedTuple):
    """A text that is no configuration: that of a summary, perhaps."""

    text: str
    source: str = ""


def read(source: Any, name: str = "") -> Architecture | Text:
    """Reads the architecture of a model from whatever `cnnnotes.explain` takes; `Text` of what is no configuration.

    **Raises** `ReadError`, in one line that names the source, the place in it and what was expected there.
    """
    path = _is_path(source)
    if path or hasattr(source, "read"):
        name = name or str(source if path else getattr(source, "name", ""))
    with labelled(name):
        return _from_path(source, name) if path else _read(source, name)


@contextmanager
def labelled(label: str) -> Iterator[None]:
    """Puts what a source is called in front of what is said of it in an error."""
    try:
        yield
    except CnnnotesError as error:
        if label and not str(error).startswith(f"{label}: "):
            error.args = (f"{label}: {error}",)
        raise


def _read(source: Any, name: str) -> Architecture | Text:
    if isinstance(source, Architecture):
        return source
    if isinstance(source, dict):
        from cnnnotes._reading.config import from_config

        return from_config(source, name)
    if isinstance(source, str):
        return _from_text(source, name)
    if isinstance(source, bytes | bytearray | memoryview):
        return _from_file(io.BytesIO(source), name)
    if hasattr(source, "read"):
        return _from_file(source, name)
    from cnnnotes._reading.live import from_model, is_model

    if is_model(source):
        return from_model(source)
    expected = "a Keras model, a file, the text of to_json(), of code or of a summary"
    raise ReadError(f"expected {expected}, got an object of type {type(source).__name__}")


def _is_path(source: Any) -> bool:
    if hasattr(source, "__fspath__"):
        return True
    if not isinstance(source, str) or "\n" in source or _JSON.match(source):
        return False
    # else it is a summary that has run into one paragraph, an error of one line, or a line of code
    return len(source) < 1000 and _LINE.search(source) is None


_LINE = re.compile(r"\(type\)|\(None, |^\w+(?:Error|Exception): |\w\([^)]*[=\[(,]")
"""What stands in a line of a summary, of an error or of code, and in no path."""
_JSON = re.compile(r'\s*(?:"?\{|\[\s*\{)')
"""How JSON begins: an object, an object within a text, or a list of objects."""


def _from_path(path: Any, name: str) -> Architecture | Text:
    try:
        with open(path, "rb") as file:
            return _from_file(file, name)
    except CnnnotesError:
        raise
    except IsADirectoryError:
        raise folder(path) from None
    except (OSError, ValueError) as error:  # a path with a null byte is a ValueError
        raise ReadError(f"can't be read: {getattr(error, 'strerror', None) or error}") from None


def _from_file(file: BinaryIO, name: str) -> Architecture | Text:
    """Finds out by its first bytes what a file is, whatever it is called."""
    file = file if file.seekable() else io.BytesIO(file.read(MAX_JSON + 1))
    start = file.read(512)
    file.seek(0)
    check_kind(start)
    if start[:2] == b"PK":
        from cnnnotes._reading.archive import from_archive

        return from_archive(file, name)
    if start.startswith(b"\x89HDF\r\n\x1a\n"):
        from cnnnotes._reading.h5 import from_h5

        return from_h5(file, name)
    data = file.read(MAX_JSON + 1)
    if len(data) > MAX_JSON:
        raise ReadError(f"is longer than {MAX_JSON:,} bytes, which is the most that is read")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"  # PowerShell's > writes UTF-16
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ReadError(f"is neither a .keras nor an .h5 file, nor UTF-8 text (byte {error.start:,})") from None
    return _from_text(text, name)


def _from_text(text: str, name: str) -> Architecture | Text:
    from cnnnotes._reading.code import from_code, is_code

    if _JSON.match(text):
        from cnnnotes._reading.config import from_json
        from cnnnotes._reading.notebook import SUMMARY, printed, written
        from cnnnotes._reading.parsing import parsed

        notebook = parsed(text) if '"cells"' in text else None
        if not isinstance(notebook, dict) or "cells" not in notebook:
            return from_json(text, name)
        return Text(printed(notebook), name) if SUMMARY in text else from_code(written(notebook), name)
    return from_code(text, name) if is_code(text) else Text(text, name)
