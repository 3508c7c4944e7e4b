"""How much of the site is run: counted from the sources and from what the build made of them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

FENCE = re.compile(r"^[ >]*(?P<ticks>`{3,}|~{3,})(?P<info>.*?)\s*$", re.MULTILINE)
PYTHON = re.compile(r"python\b|\{\s*\.python\b")


def of_build(docs: Path, formulas: int) -> Counter[str]:
    """`blocks`, `outputs`, `formulas` and `notebooks` of the site in `docs`."""
    totals = Counter(formulas=formulas, notebooks=len(list(docs.glob("examples/*.ipynb"))))
    for page in docs.rglob("*.md"):
        for info in opening_fences(page.read_text("utf8")):
            totals["blocks"] += bool(PYTHON.match(info))
            totals["outputs"] += 'title="Output"' in info
    return totals


def opening_fences(text: str) -> list[str]:
    """The info string of each fence that opens a block."""
    infos, ticks = [], None
    for fence in FENCE.finditer(text):
        if ticks is None:
            ticks = fence["ticks"]
            infos.append(fence["info"])
        elif fence["ticks"].startswith(ticks) and not fence["info"]:
            ticks = None
    return infos
