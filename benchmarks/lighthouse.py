"""Lighthouse's scores for the landing page, a notes page, a notebook page and the tools, on a desktop and on a phone.

make site && python benchmarks/lighthouse.py
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.serving import FLAGS, served  # noqa: E402

PAGES = ["", "learn/size-formulas/", "examples/mnist/", "tools/explain/", "tools/layer/"]


def scores(address: str, preset: str) -> dict[str, int]:
    """The score of each category, out of 100."""
    command = [
        str(ROOT / "node_modules" / ".bin" / "lighthouse"),
        *(address, "--quiet", "--output=json", f"--chrome-flags=--headless {' '.join(FLAGS)}"),
        *(["--preset=desktop"] if preset == "desktop" else []),
    ]
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        command, env={**os.environ, "CHROME_PATH": chromium, "PATH": path}, capture_output=True, text=True, check=True
    )
    categories = json.loads(done.stdout)["categories"]
    return {name: round(100 * category["score"]) for name, category in categories.items()}


def main() -> None:
    with served() as address:
        for page in PAGES:
            for preset in ("desktop", "mobile"):
                found = scores(address + page, preset)
                print(
                    f"{page or '(landing page)':36} {preset:8}", *(f"{name} {score}" for name, score in found.items())
                )


if __name__ == "__main__":
    main()
