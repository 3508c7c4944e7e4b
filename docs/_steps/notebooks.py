"""Runs the notebooks, and keeps what they gave until something that they depend on changes."""

from __future__ import annotations

import hashlib
import logging
import os
from importlib.util import find_spec
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "notebooks"
SECONDS_PER_CELL = 600

log = logging.getLogger("mkdocs.notebooks")

# TensorFlow's start-up lines are about the machine, not about the page.
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0", "KERAS_BACKEND": "tensorflow"}


def executed(notebook: Path) -> Path:
    """The notebook with its outputs, from the cache where nothing has changed; a cell that raises ends the build."""
    result = CACHE / _key(notebook) / notebook.name
    if not result.exists():
        log.info("running %s", notebook.name)
        content = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
        resources = {"metadata": {"path": str(notebook.parent)}}
        client = NotebookClient(
            content,
            timeout=SECONDS_PER_CELL,
            kernel_name="python3",
            resources=resources,
            coalesce_streams=True,  # else each line that a cell prints becomes an Output of its own
        )
        client.execute(env={**os.environ, **QUIET})
        for cell in content.cells:
            cell.metadata.pop("execution", None)  # when each cell ran: the only thing that differs from run to run
        result.parent.mkdir(parents=True)
        nbformat.write(content, result)  # type: ignore[no-untyped-call]
    return result


def _key(notebook: Path) -> str:
    """Changes with whatever could change an output: the notebook, the code, the pins, the other backends, the data."""
    digest = hashlib.sha256()
    code = sorted((ROOT / "cnnnotes").rglob("*.py"))
    if "../../benchmarks" in notebook.read_text("utf8"):
        code += sorted((ROOT / "benchmarks").glob("*.py"))
    for path in [notebook, ROOT / "requirements.txt", *code]:
        digest.update(path.read_bytes())
    digest.update(str([backend for backend in ("jax", "torch") if find_spec(backend)]).encode())
    for data in _data_files():
        digest.update(f"{data}:{data.stat().st_mtime_ns}".encode() if data.exists() else b"absent")
    return digest.hexdigest()[:16]


def _data_files() -> list[Path]:
    keras = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "datasets"
    named = os.environ.get("CNNNOTES_CIFAR10")
    kept = ["mnist.npz", *(f"cifar-10-batches-py{form}" for form in ("", "-target", "-target_archive", ".tar.gz"))]
    return [*(keras / name for name in kept), *([Path(named)] if named else [])]
