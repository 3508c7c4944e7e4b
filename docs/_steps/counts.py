"""How much of the site is run: counted from the sources and from what the build made of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from markdown_it import MarkdownIt


def of_build(docs: Path, formulas: int) -> Counter[str]:
    """`blocks`, `outputs`, `formulas` and `notebooks` of the site in `docs`."""
    totals = Counter(formulas=formulas, notebooks=len(list(docs.glob("examples/*.ipynb"))))
    parser = MarkdownIt("commonmark").disable("code")  # a fence in a tab or an admonition is indented, and counts
    for page in docs.rglob("*.md"):
        for token in parser.parse(page.read_text("utf8")):
            if token.type == "fence":
                totals["blocks"] += token.info.strip(" {.").startswith("python")
                totals["outputs"] += 'title="Output"' in token.info
    return totals
