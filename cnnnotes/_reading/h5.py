"""An HDF5 file, read in a process of its own: a broken one can crash HDF5's library, or keep it busy for ever."""

import io
import json
import math
import os
import stat
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

from cnnnotes._reading.architecture import Architecture, Layer, Recorded
from cnnnotes._reading.config import Stored, by_component, from_config
from cnnnotes._reading.parsing import MAX_JSON, parsed
from cnnnotes.layers._errors import ReadError

SECONDS = 20  # the longest that a file is read for: 300 MB take less than five on a busy machine
_READER = "import sys; sys.path[:] = sys.argv[1:]; from cnnnotes._reading.h5 import answer; answer()"


def from_h5(file: BinaryIO, source: str) -> Architecture:
    """Reads the configuration that `model.save` put into the file; what `save_weights` wrote has none."""
    found = held(file)
    names, stored = found["layer_names"], found["stored"]
    if found["model_config"] is not None:
        configs = {name: parsed(found[name]) for name in ("model_config", "training_config") if found[name]}
        return from_config({**found, **configs}, source, stored)
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
    """What an HDF5 file, or the one in an archive, holds, as `answer` prints it in another process: that imports from
    where this one does, but from no folder that is relative to where it runs."""
    if find_spec("h5py") is None:
        raise ReadError("an .h5 file takes h5py to read: pip install h5py")
    import subprocess  # which a browser does not have

    paths = [*filter(os.path.isabs, sys.path), str(Path(__file__).parents[2])]
    command = [sys.executable or "", "-P", "-c", _READER, *paths]
    raw = getattr(file, "raw", None)
    own = raw if isinstance(raw, io.FileIO) else None  # a file of the system's: the process takes of it what it needs
    place = own.tell() if own else file.seek(0)
    given: dict[str, Any] = {"stdin": own} if own else {"input": file.read()}
    try:
        done = subprocess.run(command, **given, capture_output=True, timeout=SECONDS)
    except OSError as error:
        raise ReadError(f"an .h5 file is read in a process of its own, which can't be started: {error}") from None
    except subprocess.TimeoutExpired:
        raise ReadError(f"the .h5 file is broken: reading it takes more than {SECONDS} seconds") from None
    finally:
        if own:
            own.seek(place)  # which both processes share
    if done.returncode:
        raise ReadError(f"the .h5 file is broken: it ended the process that read it with code {done.returncode}")
    found: dict[str, Any] = parsed(done.stdout)
    if "error" in found:
        raise ReadError(found["error"])
    return found


def answer() -> None:
    """Prints as JSON what the file on standard input holds; only the process that `held` starts comes here."""
    given: Any = sys.stdin.buffer
    if not stat.S_ISREG(os.fstat(0).st_mode):  # a pipe; on Windows that says that it is seekable
        given = io.BytesIO(given.read())
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
    value = attributes[name]
    items = [value] if isinstance(value, str | bytes) else getattr(value, "flat", ())
    found = [item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item) for item in items]
    return found[0] if isinstance(value, str | bytes) else found


def _stored(root: Any) -> Stored:
    """The weights in the file, as Keras 1 to 3 lay them out; of other files none."""
    top = root.get("model_weights", root)
    arrays: list[tuple[str, tuple[int, ...]]] = []
    top.visititems(lambda path, item: arrays.append((path, item.shape or ())) if hasattr(item, "shape") else None)
    if "layer_names" in top.attrs:
        return by_component(arrays)
    found: Stored = {}
    for path, shape in arrays:
        within, vars_, _ = path.partition("/vars/")
        if vars_ and not within.startswith(("optimizer", "_optimizer", "metrics")):
            name = str(_text(top[f"{within}/vars"].attrs, "name") or within.rpartition("/")[2])
            found[name] = found.get(name, 0) + math.prod(shape)
    return found
