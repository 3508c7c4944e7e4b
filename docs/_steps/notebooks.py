"""Runs the notebooks, two at a time, and keeps what they gave until something that they depend on changes.

`python -m docs._steps.notebooks` runs those that something has changed for; `make serve` starts it beside the server.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError
from traitlets.config import Config

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "notebooks"
SECONDS_PER_CELL = 600
AT_A_TIME = 2
SECONDS_BETWEEN_LINES = 5

# TensorFlow's start-up lines are about the machine, not about the page. A notebook's numbers are compared with nothing
# in the repository, so it may use what a processor has, where the blocks of pages turn oneDNN off.
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}

RUNNING = '<p class="notebook-runs" role="status">This notebook is running: this page reloads itself.</p>'
FAILED = '<p class="notebook-runs" role="status">This notebook raised an error: the terminal shows it.</p>'


class Failed(Exception):
    """A cell of a notebook raised, or took too long."""


Results = dict[Path, Path]
"""Where each notebook is kept as it ran; nothing is there while it hasn't run on what it depends on now."""


def results(docs: Path) -> Results:
    """Of the notebooks in `docs`, with what they depend on as it is now."""
    return {notebook: CACHE / _key(notebook) / notebook.name for notebook in sorted(docs.rglob("*.ipynb"))}


def pending(kept: Results) -> Results:
    """Those that have yet to run."""
    return {notebook: result for notebook, result in kept.items() if not result.exists()}


def shown(notebook: Path, result: Path) -> bytes:
    """The notebook as it ran; one that has not run says so below its title."""
    if result.exists():
        return result.read_bytes()
    content = _read(notebook)
    notice = nbformat.v4.new_markdown_cell(FAILED if _failure(result).exists() else RUNNING, id="runs")  # type: ignore[no-untyped-call]
    content.cells.insert(1, notice)
    return str(nbformat.writes(content)).encode()  # type: ignore[no-untyped-call]


def run(kept: Results) -> None:
    """Runs and keeps the notebooks that are pending; raises `Failed` after all have run, if a cell of one raised."""
    asyncio.run(_run(pending(kept)))


async def _run(wanted: Results) -> None:
    turn = asyncio.Semaphore(AT_A_TIME)

    async def in_turn(notebook: Path) -> None:
        async with turn:
            await _run_one(notebook, wanted[notebook])

    ended = await asyncio.gather(*map(in_turn, wanted), return_exceptions=True)
    if failures := [error for error in ended if error is not None]:
        raise Failed("\n\n".join(map(str, failures)))


async def _run_one(notebook: Path, result: Path) -> None:
    content, progress = _read(notebook), Progress(notebook)
    code = [index for index, cell in enumerate(content.cells) if cell.cell_type == "code"]
    _failure(result).unlink(missing_ok=True)

    def cell_starts(cell: Any, cell_index: int) -> None:
        if cell_index in code:
            progress.tell(code.index(cell_index) + 1, len(code))

    sockets = tempfile.TemporaryDirectory(prefix="kernel-")  # of this user alone, where TCP is open to the machine
    client = NotebookClient(
        content,
        config=Config(KernelManager={"transport": "ipc", "ip": f"{sockets.name}/socket"}),
        timeout=SECONDS_PER_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(notebook.parent)}},
        coalesce_streams=True,  # else each line that a cell prints becomes an Output of its own
        record_timing=False,  # when each cell ran would be all that differs from run to run
        on_cell_start=cell_starts,
        extra_arguments=["--IPKernelApp.capture_fd_output=False"],  # what Python prints is shown, not TensorFlow's log
    )
    with sockets, tempfile.TemporaryFile("w+") as log:
        try:
            await client.async_execute(env={**os.environ, **QUIET}, stderr=log)
        except (CellControlSignal, DeadKernelError) as error:  # a cell raised, took too long, or ended the kernel
            log.seek(0)
            last_words = log.read() if isinstance(error, DeadKernelError) else ""
            message = re.sub(
                r"\x1b\[[0-9;]*m", "", f"{notebook.name}, {progress.place}: {error}\n{last_words}"
            ).rstrip()
            _failure(result).parent.mkdir(parents=True, exist_ok=True)
            _failure(result).write_text(message, "utf8")
            raise Failed(message) from None
    progress.done(len(code))
    result.parent.mkdir(parents=True, exist_ok=True)
    partial = result.with_suffix(".partial")
    nbformat.write(content, partial)  # type: ignore[no-untyped-call]
    partial.replace(result)


class Progress:
    """Says in a line which cell a notebook is at and how long it has run: at most every few seconds."""

    def __init__(self, notebook: Path) -> None:
        self.name = notebook.name
        self.place = "before its first cell"
        self.start = self.told = time.monotonic()

    def tell(self, cell: int, cells: int) -> None:
        self.place = f"cell {cell} of {cells}"
        now = time.monotonic()
        if cell == 1 or now - self.told >= SECONDS_BETWEEN_LINES:
            self.told = now
            print(f"{self.name}: {self.place}, {now - self.start:.0f} s", flush=True)

    def done(self, cells: int) -> None:
        print(f"{self.name}: {cells} of {cells} cells ran in {time.monotonic() - self.start:.0f} s", flush=True)


_process: subprocess.Popen[bytes] | None = None
_started: set[Path] = set()


def start(docs: Path) -> None:
    """Runs what is pending in a process of its own; one that runs what has changed since is stopped."""
    global _process, _started
    wanted = set(pending(results(docs)).values())
    if not wanted - _started:
        return  # all of it runs, or has failed
    stop()
    _started = wanted
    _process = subprocess.Popen([sys.executable, "-m", "docs._steps.notebooks", str(os.getpid())], cwd=ROOT)


def stop() -> None:
    """Ends what `start` has begun; a kernel ends when it sees that its parent is gone."""
    if _process and _process.poll() is None:
        _process.kill()
        _process.wait()


def _main() -> None:
    parent = int(sys.argv[1]) if sys.argv[1:] else os.getppid()  # which may be gone before this is read

    def end_with_parent() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()
    try:
        run(results(ROOT / "docs"))
    except Failed as failed:
        sys.exit(str(failed))


def _failure(result: Path) -> Path:
    return result.with_suffix(".failed")


def _read(notebook: Path) -> Any:
    return nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]


def _measures(notebook: Path) -> bool:
    """Whether the notebook measures times, with the code in `benchmarks`."""
    return "../../benchmarks" in notebook.read_text("utf8")


def _key(notebook: Path) -> str:
    """Changes with whatever could change an output: the notebook, the code, the pins, the other backends, the data."""
    digest = hashlib.sha256()
    code = sorted((ROOT / "cnnnotes").rglob("*.py"))
    if _measures(notebook):
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
    return [keras / "cifar10.npz", *([Path(named)] if named else [])]


if __name__ == "__main__":
    _main()
