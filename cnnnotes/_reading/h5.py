"""A legacy `.h5` file: an HDF5 file whose attribute `model_config` holds the configuration; or weights alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from cnnnotes._reading.architecture import Architecture
from cnnnotes._reading.config import from_config
from cnnnotes._reading.parsing import MAX_JSON
from cnnnotes._reading.weights import needed, of_h5, weights_only, with_sizes
from cnnnotes.layers._errors import CnnnotesError, ReadError


def from_h5(file: BinaryIO, source: str = "") -> Architecture:
    """Reads the configuration that `model.save("model.h5")` put into the file, or the names and sizes of weights."""
    with opened(file) as root:
        if "model_config" not in root.attrs:
            return weights_only(root, source)
        names = ("model_config", "training_config", "keras_version")
        given = {name: _attribute(root.attrs, name) for name in names if name in root.attrs}
        architecture = from_config(given, source)
        return with_sizes(architecture, of_h5(root)) if needed(architecture) else architecture


@contextmanager
def opened(file: BinaryIO) -> Iterator[Any]:
    """An HDF5 file, open for reading; whatever goes wrong in it is a `ReadError`."""
    try:
        import h5py
    except ImportError:
        raise ReadError("an .h5 file takes h5py to read: pip install h5py") from None
    try:
        with h5py.File(file, "r") as root:
            yield root
    except CnnnotesError:
        raise
    except Exception as error:  # h5py raises whatever its C library meets in a broken file
        raise ReadError(f"the .h5 file is broken: {error}") from None


def _attribute(attributes: Any, name: str) -> str:
    if attributes.get_id(name).get_storage_size() > MAX_JSON:
        raise ReadError(f"{name} is longer than {MAX_JSON:,} bytes, which is the most that is read")
    value = attributes[name]
    if not isinstance(value, str | bytes):
        raise ReadError(f"{name} must be text, got an array of {type(value).__name__}")
    return value if isinstance(value, str) else value.decode("utf-8", "replace")
