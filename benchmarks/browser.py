"""The tools in the browser against bare Pyodide: the same Chromium, in turn, medians.

    make site && python benchmarks/browser.py

Bare is Pyodide as its npm package has it, in a worker of its own, until it answers 1 + 1. Prints milliseconds, their
ratios to bare, the bytes of a first use under brotli, and how much of a large file is read.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import brotli
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.chromium import launched  # noqa: E402
from tests.browser.serving import served  # noqa: E402

ROUNDS = 5
LARGE = 100_000_000
PYODIDE = ROOT / "node_modules" / "pyodide"
BARE = """
import { loadPyodide } from "./pyodide.mjs";
self.onmessage = async () => {
  const python = await loadPyodide();
  self.postMessage(python.runPython("1 + 1"));
};
"""
START_BARE = """async (address) => {
  const begun = performance.now(), worker = new Worker(address, { type: "module" });
  await new Promise((resolve, reject) => {
    worker.onmessage = resolve;
    worker.onerror = reject;
    worker.postMessage("go");
  });
  worker.terminate();
  return performance.now() - begun;
}"""
START_OURS = """async (address) => {
  const begun = performance.now();
  const python = await import(address);
  await python.start();
  return performance.now() - begun;
}"""
COUNT_BYTES = """
let read = 0;
const slice = Blob.prototype.slice;
Blob.prototype.slice = function (from = 0, to = this.size) {
  read += Math.min(to, this.size) - from;
  return slice.call(this, from, to);
};
self.bytesRead = () => read;
"""


@contextmanager
def beside_the_site() -> Iterator[str]:
    """Bare Pyodide in a folder of the built site, as long as the block runs."""
    folder = ROOT / "site" / "bare"
    folder.mkdir(exist_ok=True)
    names = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
    try:
        for name in names:
            (folder / name).write_bytes((PYODIDE / name).read_bytes())
        (folder / "worker.mjs").write_text(BARE, "utf8")
        yield "bare/worker.mjs"
    finally:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


@contextmanager
def visited(browser: Browser, address: str) -> Iterator[Page]:
    """The page that explains, to someone who has never been here."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(address + "tools/explain/", wait_until="networkidle")
    yield page
    context.close()


def explained(page: Page, file: Path) -> float:
    """How long the page takes from a file that is chosen to its answer, in milliseconds."""
    page.evaluate("delete document.querySelector('.tool').dataset.took")
    page.set_input_files("#tool-file", file)
    page.wait_for_selector(".tool[data-took]", timeout=120_000)
    return float(page.evaluate("document.querySelector('.tool').dataset.took"))


def resnet50(folder: Path) -> Path:
    """ResNet50 as Keras saves it: its configuration, and as many bytes of weights."""
    make = "import keras; print(keras.applications.ResNet50(weights=None).to_json())"
    done = subprocess.run([sys.executable, "-c", make], capture_output=True, text=True, check=True)
    with zipfile.ZipFile(folder / "resnet50.keras", "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        archive.writestr("config.json", done.stdout.splitlines()[-1])
        archive.writestr("model.weights.h5", bytes(LARGE))
    return folder / "resnet50.keras"


def first_use() -> int:
    """The bytes of a first use, as a host that compresses with brotli sends them."""
    served_at = ROOT / "site" / "assets" / "python"
    manifest = json.loads((served_at / "manifest.json").read_text("utf8"))
    wanted = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "core.zip", "packages.zip")
    contents = ((served_at / manifest[name]["file"]).read_bytes() for name in wanted)
    return sum(min(len(data), len(brotli.compress(data))) for data in contents)


def main() -> None:
    times: dict[str, list[float]] = {"bare": [], "ready": [], "explained": [], "warm": []}
    with (
        tempfile.TemporaryDirectory() as folder,
        served() as address,
        beside_the_site() as bare,
        sync_playwright() as p,
    ):
        file, browser = resnet50(Path(folder)), launched(p)
        for _ in range(ROUNDS):
            with visited(browser, address) as page:
                times["bare"].append(page.evaluate(START_BARE, address + bare))
            with visited(browser, address) as page:
                times["ready"].append(page.evaluate(START_OURS, address + "assets/tools/python.js"))
            with visited(browser, address) as page:
                times["explained"].append(explained(page, file))
                times["warm"].append(statistics.median(explained(page, file) for _ in range(3)))
                worker = next(worker for worker in page.workers if "tools/worker" in worker.url)
                worker.evaluate(COUNT_BYTES)
                explained(page, file)
                read = worker.evaluate("self.bytesRead()")
    middle = {name: statistics.median(values) for name, values in times.items()}
    print(f"bare Pyodide {middle['bare']:,.0f} ms")
    print(f"click to ready {middle['ready']:,.0f} ms: ratio {middle['ready'] / middle['bare']:.2f}")
    print(
        f"click to ResNet50 explained {middle['explained']:,.0f} ms: ratio {middle['explained'] / middle['bare']:.2f}"
    )
    print(f"ResNet50 explained once Python runs {middle['warm']:,.0f} ms")
    print(f"first use {first_use() / 1e6:.2f} MB with brotli")
    print(f"read of a file of {LARGE:,} bytes and more: {read:,} bytes, {100 * read / LARGE:.2f} %")


if __name__ == "__main__":
    main()
