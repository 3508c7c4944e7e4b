"""What proving the pages costs over just running their blocks: pytest against the same blocks as one script.

    python benchmarks/pages.py

Both are whole processes, in turn, and the best of each counts. Prints seconds and their ratio.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
ROUNDS = 3
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0", "KERAS_BACKEND": "tensorflow", "MPLBACKEND": "agg"}

# A block that is to fail (its Output says so) must not end the script.
RUN = """
import contextlib, io
def run(code, page, line, space):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exception):
        exec(compile("\\n" * line + code, page, "exec"), space)
"""


def script() -> str:
    """The blocks of all pages, in one file; a page's continued blocks share their names."""
    lines = [RUN]
    for page in [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"]:
        for fence in MarkdownIt("commonmark").disable("code").parse(page.read_text("utf8")):
            if fence.type == "fence" and fence.info.strip(" {.").startswith("python") and fence.map:
                if "continuation" not in fence.info:
                    lines.append("space = {'__name__': 'page'}")
                lines.append(f"run({fence.content!r}, {page.name!r}, {fence.map[0] + 1}, space)")
    return "\n".join(lines)


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env={**os.environ, **QUIET}, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "blocks.py"
        file.write_text(script(), "utf8")
        proof = [sys.executable, "-m", "pytest", "-q", "docs", "README.md", "tests/pages"]
        times = [(seconds([sys.executable, str(file)]), seconds(proof)) for _ in range(ROUNDS)]
    plain, proven = (min(column) for column in zip(*times, strict=True))
    print(f"blocks as one script {plain:.1f} s, proven by pytest {proven:.1f} s: ratio {proven / plain:.2f}")


if __name__ == "__main__":
    main()
