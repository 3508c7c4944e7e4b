"""An HDF5 file, read in a process of its own: a broken one can crash HDF5's library, or keep it busy for ever."""

import io
import json
import math
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

from cnnnotes._reading.architecture import Architecture, Layer, Recorded
from cnnnotes._reading.config import Stored, by_component, from_config, with_sizes
from cnnnotes._reading.parsing import MAX_JSON, parsed
from cnnnotes.layers._errors import ReadError

SECONDS = 10
"""The longest that a file is read for: a large one takes less than two, the start of the process counted in."""
MAX_WEIGHTS = 1_000_000  # the most weights of a file that are looked at
_READER = "import sys; sys.path[:] = sys.argv[1:]; from cnnnotes._reading.h5 import answer; answer()"


def from_h5(file: BinaryIO, source: str) -> Architecture:
    """Reads the configuration that `model.save("model.h5")` put into the file.

    What `save_weights` wrote has none: of its layers the names and the sizes of their weights are known, nothing else.
    """
    found = held(file)
    names, stored = found["layer_names"], found["stored"]
    if found["model_config"] is not None:
        return with_sizes(from_config(found, source), stored)
    stored = {name: stored.get(name, 0) for name in names} if isinstance(names, list) else stored
    if not stored:
        inside = ", ".join(map(repr, found["inside"])) or "nothing"
        raise ReadError(f"is an HDF5 file without a Keras model in it; it holds {inside}")
    note = (
        "weights without a model, as save_weights writes them: the file doesn't say of which types the layers are, "
        "how they are connected, or what shapes they give"
    )
    layers = tuple(Layer(name, "?", recorded=Recorded(params=count)) for name, count in stored.items())
    return Architecture(source or "weights", layers, "weights", source=source, notes=(note,))


def held(file: BinaryIO) -> dict[str, Any]:
    """What an HDF5 file, or the one in an archive, holds, as `answer` prints it in another process.

    That process imports from where this one does, but from no folder that is relative to where it runs.
    """
    if find_spec("h5py") is None:
        raise ReadError("an .h5 file takes h5py to read: pip install h5py")
    paths = [*filter(os.path.isabs, sys.path), str(Path(__file__).absolute().parents[2])]
    raw = getattr(file, "raw", None)
    place = raw.tell() if isinstance(raw, io.FileIO) else file.seek(0)
    given: dict[str, Any] = {"stdin": file} if isinstance(raw, io.FileIO) else {"input": file.read()}
    try:
        command = [sys.executable, "-P", "-c", _READER, *paths]
        done = subprocess.run(command, **given, capture_output=True, timeout=SECONDS)
    except OSError as error:
        raise ReadError(f"an .h5 file is read in a process of its own, which can't be started: {error}") from None
    except subprocess.TimeoutExpired:
        raise ReadError(f"the .h5 file is broken: reading it takes more than {SECONDS} seconds") from None
    finally:
        if isinstance(raw, io.FileIO):
            raw.seek(place)  # which both processes share
    if done.returncode:
        raise ReadError(f"the .h5 file is broken: it ended the process that read it with code {done.returncode}")
    found: dict[str, Any] = parsed(done.stdout)
    if "error" in found:
        raise ReadError(found["error"])
    return found


def answer() -> None:
    """Prints as JSON what the file on standard input holds; only the process that `held` starts comes here."""
    given: Any = sys.stdin.buffer if sys.stdin.seekable() else io.BytesIO(sys.stdin.buffer.read())
    given.seek(0)
    try:
        import h5py

        archive = given.read(2) == b"PK"
        with h5py.File(zipfile.ZipFile(given).open("model.weights.h5") if archive else given, "r") as root:
            names = ("model_config", "training_config", "keras_version", "layer_names")
            found = {name: _text(root.attrs, name) for name in names}
            said = json.dumps({**found, "stored": _stored(root), "inside": list(root)[:3]})
        if len(said) > MAX_JSON:
            raise ReadError(f"holds texts of more than {MAX_JSON:,} bytes, the most that are read")
    except ReadError as error:
        said = json.dumps({"error": str(error)})
    except Exception as error:  # h5py raises whatever its C library meets in a broken file
        said = json.dumps({"error": " ".join(f"the .h5 file is broken: {error}".split())})
    print(said)


def _text(attributes: Any, name: str) -> Any:
    """The text, or the list of texts, in an attribute; `None` of any other: in a broken file, HDF5 crashes on some."""
    if name not in attributes or type(attributes.get_id(name).get_type()).__name__ != "TypeStringID":
        return None
    if attributes.get_id(name).get_storage_size() > MAX_JSON:
        raise ReadError(f"{name} is longer than {MAX_JSON:,} bytes, which is the most that is read")
    value = attributes[name]
    items = [value] if isinstance(value, str | bytes) else getattr(value, "flat", ())
    found = [item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item) for item in items]
    return found[0] if isinstance(value, str | bytes) else found


def _stored(root: Any) -> Stored:
    """The weights in the file, as Keras 1 to 3 lay them out; of other files none."""
    top = root.get("model_weights", root)
    if "layer_names" in top.attrs:
        return by_component(_places(top))
    found: Stored = {}
    for path, shape in _places(root):
        within, vars_, _ = path.partition("/vars/")
        if vars_ and not within.startswith(("optimizer", "_optimizer")):
            name = str(_text(root[f"{within}/vars"].attrs, "name") or within.rpartition("/")[2])
            found[name] = found.get(name, 0) + math.prod(shape)
    return found


def _places(root: Any) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The path and the shape of each array."""
    stack: list[tuple[str, Any]] = [("", root)]
    count = 0
    while stack:
        path, item = stack.pop()
        if hasattr(item, "shape"):
            yield path, tuple(item.shape or ())
            continue
        for name in reversed(list(item)):
            count += 1
            if count > MAX_WEIGHTS:
                raise ReadError(f"holds more than {MAX_WEIGHTS:,} weights and groups, the most that are read")
            link = item.get(name, getlink=True)
            if type(link).__name__ == "HardLink":  # others lead to other files
                stack.append((f"{path}/{name}" if path else name, item[name]))
