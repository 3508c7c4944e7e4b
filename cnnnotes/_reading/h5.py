"""A legacy `.h5` file: an HDF5 file whose attribute `model_config` holds the configuration; or weights alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from cnnnotes._reading.architecture import Architecture
from cnnnotes._reading.config import from_config
from cnnnotes._reading.parsing import MAX_JSON, parsed
from cnnnotes._reading.weights import needed, of_h5, weights_only, with_sizes
from cnnnotes.layers._errors import CnnnotesError, ReadError


def from_h5(file: BinaryIO, source: str = "") -> Architecture:
    """Reads the configuration that `model.save("model.h5")` put into the file, or the names and sizes of weights alone.

    **Raises** `ReadError` where h5py is not installed, where the file is broken, and where Keras didn't write it.
    """
    with opened(file) as root:
        if "model_config" not in root.attrs:
            return weights_only(root, source)
        data = parsed(_attribute(root.attrs, "model_config"))
        if isinstance(data, dict) and "keras_version" in root.attrs:
            data = {"keras_version": _attribute(root.attrs, "keras_version").decode("utf-8", "replace"), **data}
        if "training_config" in root.attrs:
            training = parsed(_attribute(root.attrs, "training_config"))
            if isinstance(data, dict) and isinstance(training, dict):  # Keras 2 spelled it optimizer_config
                data["compile_config"] = {"optimizer": training.get("optimizer_config", training.get("optimizer"))}
        architecture = from_config(data, source)
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


def _attribute(attributes: object, name: str) -> bytes:
    attribute = attributes.get_id(name)  # type: ignore[attr-defined]
    if attribute.get_storage_size() > MAX_JSON:
        raise ReadError(f"{name} is longer than {MAX_JSON:,} bytes, which is the most that is read")
    value = attributes[name]  # type: ignore[index]
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if not isinstance(value, bytes):
        raise ReadError(f"{name} must be text, got an array of {type(value).__name__}")
    return bytes(value)
