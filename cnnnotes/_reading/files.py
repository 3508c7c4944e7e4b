"""A file by its first bytes: an archive, HDF5, text, or of a kind that is named for what it is, and not read."""

import io
import os
import re
from collections.abc import Collection
from typing import Any, BinaryIO

from cnnnotes._reading.architecture import Architecture, Layer
from cnnnotes._reading.parsing import MAX_JSON
from cnnnotes.layers import layer_type
from cnnnotes.layers._errors import CnnnotesError, ReadError

MAX_RATIO = 500  # how many times its size a configuration may unpack to: as Keras writes it, 1; else up to 100
_SAVE = "load it where it was written and save it with model.save('model.keras')"
_CONVERT = "what Keras knows of the model isn't in it, so explain the Keras model that it was made from"
# Kinds of files that aren't read: how they begin, what they are, and what to do.
_KINDS = (
    (rb"version https://git-lfs\.github\.com/spec/", "a Git LFS pointer", "fetch the file itself: git lfs pull"),
    (rb".{4}TFL3", "a TensorFlow Lite model", _CONVERT),
    (rb"\x08.{1,300}?(?:onnx|pytorch)", "an ONNX model", _CONVERT),
    (rb"\x80[\x02-\x05]", "a Python pickle (PyTorch and joblib write them)", "opening it would run code"),
    (rb"\x93NUMPY", "a NumPy array", "pass the model, not its data"),
    (rb".{6}\x00\x00\{\"", "a safetensors file, weights without a model", "pass the model's configuration"),
    (rb"\x1f\x8b", "a gzip archive", "unpack it and pass the model's file"),
    (rb"\s*(?:backend|class_name|config|keras_version):[ \t]*[^\n]*\n", "a model as YAML, which Keras wrote until 2.5",
     "make it JSON: json.dumps(yaml.safe_load(text))"),
    (rb"\s*<(?:!DOCTYPE|html)", "a web page, perhaps in place of the download", "download the file itself"),
    (rb"\x08.{0,4}\x12.{0,80}?(?:saved_model|serve|\x0a)", "a TensorFlow SavedModel", _SAVE),
)  # fmt: skip
# Archives and folders that aren't read, by how a name in them ends.
_MEMBERS = (
    ("data.pkl", "a PyTorch file", _CONVERT), (".npy", "an .npz file of NumPy arrays", "pass the model, not its data"),
    ("saved_model.pb", "a SavedModel", _SAVE),
)  # fmt: skip


def from_path(path: Any, name: str) -> Architecture | str:
    try:
        if os.path.isdir(path):
            check_names(sorted(os.listdir(path)), "a folder: pass the file in it,")
            raise ReadError("is a directory; expected a file, as model.save('model.keras') writes it")
        with open(path, "rb") as file:
            return from_file(file, name)
    except CnnnotesError:
        raise
    except (OSError, ValueError) as error:  # a path with a null byte is a ValueError
        raise ReadError(f"can't be read: {getattr(error, 'strerror', None) or error}") from None


def from_file(file: BinaryIO, name: str) -> Architecture | str:
    """Finds out by its first bytes what a file is, whatever it is called; gives back its text where it is text."""
    file = file if file.seekable() else io.BytesIO(file.read(MAX_JSON + 1))
    start = file.read(512)
    file.seek(0)
    if start[:2] == b"PK":
        return _from_archive(file, name)
    if start.startswith(b"\x89HDF\r\n\x1a\n"):
        from cnnnotes._reading.h5 import from_h5

        return from_h5(file, name)
    for pattern, kind, advice in _KINDS:
        if re.match(pattern, start, re.DOTALL):
            raise ReadError(f"is {kind}, which isn't read: {advice}")
    data = file.read(MAX_JSON + 1)
    if len(data) > MAX_JSON:
        raise ReadError(f"is longer than {MAX_JSON:,} bytes, which is the most that is read")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"  # PowerShell's > writes UTF-16
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ReadError(f"is neither a .keras nor an .h5 file, nor UTF-8 text (byte {error.start:,})") from None


def check_names(names: Collection[str], what: str) -> None:
    """Raises `ReadError` for an archive or a folder that isn't read, or that a model lies in, by the names in it."""
    for end, kind, advice in _MEMBERS:
        if any(name.endswith(end) for name in names):
            raise ReadError(f"is {kind}, which isn't read: {advice}")
    for name in names:
        if name.endswith((".keras", ".h5", "model.json", "config.json")):
            raise ReadError(f"is {what} {name}")


def _from_archive(file: BinaryIO, source: str) -> Architecture:
    """Reads the configuration of a `.keras` archive; its weights only for the sizes of layers that aren't known."""
    import zipfile
    import zlib

    from cnnnotes._reading.config import from_json

    broken = zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            if names.count("config.json") != 1:
                check_names(names, "an archive with a model in it: unpack it and pass")
                raise ReadError(f"a .keras archive holds one config.json, this one holds {names.count('config.json')}")
            entry = archive.getinfo("config.json")
            size, packed = entry.file_size, entry.compress_size
            if size > min(MAX_JSON, max(2**20, MAX_RATIO * packed)):
                more = f"more than {MAX_JSON:,}, or more than {MAX_RATIO} times as many"
                raise ReadError(f"config.json unpacks to {size:,} bytes from {packed:,}: {more}")
            text = archive.read(entry)
    except ReadError:
        raise
    except broken as error:  # for an unknown compression a NotImplementedError, for an encrypted entry a RuntimeError
        raise ReadError(f"the archive is broken: {error or type(error).__name__}") from None
    architecture = from_json(text, source)
    if not any(map(_needed, architecture.layers)) or "model.weights.h5" not in names:
        return architecture
    from cnnnotes._reading.h5 import held

    try:
        return from_json(text, source, held(file)["stored"])
    except ReadError as error:
        note = f"sizes that only the archive's weights tell stay open: {error}"
        return architecture._replace(notes=(*architecture.notes, note))


def _needed(layer: Layer) -> bool:
    """Whether only stored weights can tell the size of a layer, or of one in a nested model."""
    unknown = layer.custom or layer_type(layer.rule or layer.type) is None
    return any(map(_needed, layer.nested.layers)) if layer.nested else unknown and not layer.operation
