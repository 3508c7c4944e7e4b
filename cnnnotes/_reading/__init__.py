"""Where an architecture comes from; each reader is imported where its kind of source is met, and costs no other."""

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from cnnnotes._reading.architecture import Architecture
from cnnnotes._reading.parsing import dicts, fields
from cnnnotes.layers._errors import CnnnotesError, ReadError

_SUMMARY = "Layer (type)"
_LINE = r"\(type\)|\(None, |^\w+(?:Error|Exception): |\w\([^)]*[=\[(,]"  # of what is no path, but code, …
_JSON = r'\s*(?:["\']?\{(?!"(?:stream_name|log)":)|\[\s*\{)'  # an object, one in a text, a list; no line of a log


class Text(NamedTuple):
    """A text that is no configuration: that of a summary, perhaps."""

    text: str
    source: str = ""


def read(source: Any, name: str = "") -> Architecture | Text:
    """Reads the architecture of a model from whatever `cnnnotes.explain` takes; `Text` of what is no configuration."""
    path = _is_path(source)
    if path or hasattr(source, "read"):
        name = name or str(source if path else getattr(source, "name", ""))
    with labelled(name):
        found = _read(source, name, path)
        return _from_text(found, name) if isinstance(found, str) else found


@contextmanager
def labelled(label: str) -> Iterator[None]:
    """Puts what a source is called in front of what is said of it in an error."""
    try:
        yield
    except CnnnotesError as error:
        if label and not str(error).startswith(f"{label}: "):
            error.args = (f"{label}: {error}",)
        raise


def _is_path(source: Any) -> bool:
    if hasattr(source, "__fspath__"):
        return True
    if not isinstance(source, str) or "\n" in source or re.match(_JSON, source):
        return False
    # else it is a summary that has run into one paragraph, an error of one line, or a line of code
    return len(source) < 1000 and re.search(_LINE, source) is None


def _read(source: Any, name: str, path: bool) -> Architecture | str:
    """The architecture that a source holds, or its text."""
    if isinstance(source, Architecture) or (isinstance(source, str) and not path):
        return source
    if isinstance(source, dict):
        from cnnnotes._reading.config import from_config

        return from_config(source, name)
    if isinstance(source, bytes | bytearray | memoryview):
        source = io.BytesIO(source)
    if path or hasattr(source, "read"):
        from cnnnotes._reading.files import from_file, from_path

        return from_path(source, name) if path else from_file(source, name)
    from cnnnotes._reading.live import from_model, is_model

    if is_model(source):
        return from_model(source)
    expected = "a Keras model, a file, the text of to_json(), of code or of a summary"
    raise ReadError(f"expected {expected}, got an object of type {type(source).__name__}")


def _from_text(text: str, name: str) -> Architecture | Text:
    from cnnnotes._reading.code import from_code, is_code

    if re.match(_JSON, text):
        from cnnnotes._reading.config import from_json
        from cnnnotes._reading.parsing import parsed

        notebook = fields(parsed(text)) if '"cells"' in text else {}
        if "cells" not in notebook:
            return from_json(text, name)
        if _SUMMARY in text:
            return Text(_printed(notebook), name)
        cells = [cell.get("source") for cell in dicts(notebook["cells"]) if cell.get("cell_type") == "code"]
        return from_code("\n".join(map(_joined, cells)), name)
    return from_code(text, name) if is_code(text) else Text(text, name)


def _printed(notebook: Mapping[str, Any]) -> str:
    """The outputs of a notebook's cells that hold a summary: printed text, or a display's text rather than its HTML."""
    found = []
    for output in (output for cell in dicts(notebook["cells"]) for output in dicts(cell.get("outputs"))):
        texts = map(_joined, (output.get("text"), *map(fields(output.get("data")).get, ("text/plain", "text/html"))))
        found += [text for text in texts if _SUMMARY in text][:1]
    return "\n\n".join(found)


def _joined(text: Any) -> str:
    return "".join(map(str, text)) if isinstance(text, list) else str(text or "")
