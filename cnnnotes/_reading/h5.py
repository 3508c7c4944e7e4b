"""A legacy `.h5` file: an HDF5 file whose attribute `model_config` holds the configuration; or weights alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from cnnnotes._reading.architecture import Architecture
from cnnnotes._reading.config import from_config
from cnnnotes._reading.weights import needed, of_h5, text, weights_only, with_sizes
from cnnnotes.layers._errors import CnnnotesError, ReadError


def from_h5(file: BinaryIO, source: str = "") -> Architecture:
    """Reads the configuration that `model.save("model.h5")` put into the file, or the names and sizes of weights."""
    with opened(file) as root:
        given = {name: text(root.attrs, name) for name in ("model_config", "training_config", "keras_version")}
        if given["model_config"] is None:
            return weights_only(root, source)
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
