"""A legacy `.h5` file: an HDF5 file whose attribute `model_config` holds the configuration; nothing else is read."""

from __future__ import annotations

from typing import BinaryIO

from cnnnotes._reading.architecture import Architecture, Optimizer
from cnnnotes._reading.config import from_config, optimizer_of
from cnnnotes._reading.parsing import MAX_JSON, parsed
from cnnnotes.layers._errors import ReadError

SIGNATURE = b"\x89HDF\r\n\x1a\n"


def from_h5(file: BinaryIO, source: str = "") -> Architecture:
    """Reads the configuration that `model.save("model.h5")` put into the file.

    **Raises** `ReadError` where h5py is not installed, where the file is broken, and where it holds weights only.
    """
    try:
        import h5py
    except ImportError:
        raise ReadError("an .h5 file takes h5py to read: pip install h5py") from None
    try:
        with h5py.File(file, "r") as root:
            if "model_config" not in root.attrs:
                raise ReadError("holds no model_config: it was saved by save_weights, without the model's architecture")
            text = _attribute(root.attrs, "model_config")
            training = _attribute(root.attrs, "training_config") if "training_config" in root.attrs else None
    except ReadError:
        raise
    except Exception as error:  # h5py raises whatever its C library meets in a broken file
        raise ReadError(f"the .h5 file is broken: {error}") from None
    architecture = from_config(parsed(text), source)
    return architecture._replace(optimizer=_optimizer(training))


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


def _optimizer(training_config: bytes | None) -> Optimizer | None:
    data = parsed(training_config) if training_config else None
    if isinstance(data, dict) and "optimizer_config" in data:  # as Keras 2 spelled it
        data = {"optimizer": data["optimizer_config"]}
    return optimizer_of(data)
