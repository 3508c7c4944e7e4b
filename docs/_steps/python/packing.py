"""Run inside Pyodide by `compile.mjs`: packs what the site needs of Python, compiled, and keeps the remainder apart.

Most of Pyodide's start is Python compiling its own standard library. Here that is done once: `/sources` holds the
packages of the site, `/packed` gets

- `core.zip`: the modules of the standard library that the packages import, at their head or within a function,
- `rest.zip` and `rest.json`: the other modules and their names, for code of the reader's own,
- `packages.zip`: the packages themselves.

The archives are stored, because whatever serves them compresses them whole.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import sys
import zipfile
from importlib import _bootstrap_external as external
from pathlib import Path

LIBRARY = next(path for path in sys.path if path.endswith(".zip"))
SOURCES, PACKED = Path("/sources"), Path("/packed")
UNNAMED = ["_ast_unparse", "encodings.ascii", "encodings.cp437", "encodings.utf_16", "encodings.utf_8_sig"]
"""What no import at the head of a module names: the library imports it when it is needed."""
DATE = (2020, 1, 1, 0, 0, 0)


def imported(source: str) -> set[str]:
    """The modules outside the packages that a source imports, wherever it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return {name for name in found if not (SOURCES / name.partition(".")[0]).exists()}


def compiled(data: bytes, name: str) -> bytes:
    """Bytecode that Python takes without looking for its source, and without the docstrings."""
    code = compile(data, name, "exec", dont_inherit=True, optimize=2)
    return bytes(external._code_to_hash_pyc(code, importlib.util.source_hash(data), False))  # type: ignore[attr-defined]


def put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, DATE), data)


def needed() -> set[str]:
    """The modules of the standard library that Pyodide's start and the packages import."""
    for path in sorted(SOURCES.rglob("*.py")):
        for name in sorted(imported(path.read_text("utf8"))):
            if importlib.util.find_spec(name.partition(".")[0]) and name != "subprocess":  # else it is Keras or h5py
                importlib.import_module(name)
    for name in UNNAMED:
        importlib.import_module(name)
    return {name for name, module in sys.modules.items() if LIBRARY in (getattr(module, "__file__", None) or "")}


def main() -> None:
    PACKED.mkdir()
    core, others = needed(), []
    with (
        zipfile.ZipFile(LIBRARY) as library,
        zipfile.ZipFile(PACKED / "core.zip", "w") as first,
        zipfile.ZipFile(PACKED / "rest.zip", "w") as second,
    ):
        for name in sorted(name for name in library.namelist() if not name.endswith("/")):
            module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            if not name.endswith(".py"):
                put(second, name, library.read(name))
            elif module in core:
                put(first, f"{name}c", compiled(library.read(name), f"{LIBRARY}/{name}"))
            else:
                put(second, f"{name}c", compiled(library.read(name), f"/rest.zip/{name}"))
                others.append(module)
    (PACKED / "rest.json").write_text(json.dumps(others))
    with zipfile.ZipFile(PACKED / "packages.zip", "w") as archive:
        for path in sorted(SOURCES.rglob("*.py")):
            name = path.relative_to(SOURCES).as_posix()
            put(archive, f"{name}c", compiled(path.read_bytes(), name))


if __name__ == "__main__":
    main()
