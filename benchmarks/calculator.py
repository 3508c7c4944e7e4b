"""The layer calculator, from a key to its answer on the page, in Chromium.

make site && python benchmarks/calculator.py
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.chromium import launched  # noqa: E402
from tests.browser.serving import served  # noqa: E402

ROUNDS = 4
TYPED = {
    "filters": ["3", "32", "64", "128"],
    "kernel_size": ["5", "1", "2", "33", "7", "3"],
    "input": ["9, 9, 3", "12, 12, 3", "224, 224, 3", "16, 16, 3", "1", "15, 15, 3"],
    "dilation_rate": ["2", "3", ""],
    "strides": ["2", "3", ""],
}
"""What is typed into a Conv2D's form, one after the other; some of it doesn't fit."""
TYPE = """async ([name, value]) => {
  const tool = document.querySelector("[data-tool=layer]"), field = tool.querySelector(`.fields [name="${name}"]`);
  const begun = performance.now();
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  const { port1, port2 } = new MessageChannel(); // a turn of the event loop, where a timer would wait for 4 ms
  const turn = () => new Promise((done) => { port1.onmessage = done; port2.postMessage(0); });
  while (tool.ariaBusy) await turn();
  return performance.now() - begun;
}"""


def main() -> None:
    with served() as address, sync_playwright() as playwright:
        browser = launched(playwright)
        page = browser.new_page()
        page.goto(f"{address}tools/layer/")
        page.wait_for_selector(".tool.live")
        page.evaluate(TYPE, ["filters", "8"])  # starts Python
        times = [
            page.evaluate(TYPE, [name, value])
            for _ in range(ROUNDS)
            for name, values in TYPED.items()
            for value in values
        ]
        browser.close()
    times.sort()
    late = times[int(0.95 * len(times))]
    print(f"{len(times)} keys: median {statistics.median(times):.0f} ms, p95 {late:.0f} ms, most {times[-1]:.0f} ms")


if __name__ == "__main__":
    main()
