"""A `.keras` archive: a zip file, of which the `config.json` is read, and stored weights for their sizes alone."""

import zipfile
import zlib
from typing import Any, BinaryIO, cast

from cnnnotes._reading.architecture import Architecture
from cnnnotes._reading.config import from_json
from cnnnotes._reading.foreign import check_archive
from cnnnotes._reading.h5 import opened
from cnnnotes._reading.parsing import MAX_JSON
from cnnnotes._reading.weights import needed, of_h5, with_sizes
from cnnnotes.layers._errors import ReadError

MAX_INDEX = 16 * 2**20
"""The longest table of contents that is read, in bytes: that of some 300,000 files; Keras writes three."""
MAX_RATIO = 500
"""How many times its size a configuration of over a megabyte may unpack to: as Keras writes it, 1; else up to 100."""


class _Bounded:
    """A file of which no single read is longer than `MAX_INDEX`, since an index is read in one."""

    def __init__(self, file: BinaryIO):
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if size > MAX_INDEX:
            raise ReadError(f"the archive's table of contents is longer than {MAX_INDEX:,} bytes")
        return self._file.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def from_archive(file: BinaryIO, source: str = "") -> Architecture:
    """Reads the configuration of a `.keras` archive; its weights only for the sizes of layers that aren't known."""
    try:
        with zipfile.ZipFile(cast(BinaryIO, _Bounded(file))) as archive:
            architecture = from_json(_config_json(archive), source)
            if needed(architecture) and "model.weights.h5" in archive.namelist():
                with archive.open("model.weights.h5") as weights, opened(cast(BinaryIO, weights)) as root:
                    architecture = with_sizes(architecture, of_h5(root))
            return architecture
    # All that zipfile raises on a broken or lying archive: for an unknown compression a NotImplementedError, for an
    # encrypted entry a RuntimeError.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        if isinstance(error, ReadError):
            raise
        raise ReadError(f"the archive is broken: {error or type(error).__name__}") from None


def _config_json(archive: zipfile.ZipFile) -> bytes:
    entries = [entry for entry in archive.infolist() if entry.filename == "config.json"]
    if len(entries) != 1:
        check_archive(archive.namelist())
        raise ReadError(f"a .keras archive holds one config.json, this one holds {len(entries)}")
    size, packed = entries[0].file_size, entries[0].compress_size
    if size > MAX_JSON:
        raise ReadError(f"config.json is {size:,} bytes long, more than the {MAX_JSON:,} that are read")
    if size > max(2**20, MAX_RATIO * packed):
        raise ReadError(f"config.json unpacks to {size:,} bytes from {packed:,}: more than {MAX_RATIO} times as many")
    return archive.read(entries[0])
