"""How much of the site is run: counted from the sources, and filled in where a page asks for it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import nbformat
from markdown import markdown
from markdown_it import MarkdownIt

from .notebook_page import MATH

PLACE = re.compile(r'(<(?P<tag>\w+) data-count="(?P<what>\w+)">)[^<]*(?=</(?P=tag)>)')
TEX = re.compile(r"\$|\\\(|\\\[")
EXTENSIONS = ["pymdownx.arithmatex", "pymdownx.superfences", "md_in_html", "tables", "admonition"]
SETTINGS = {"pymdownx.arithmatex": {"generic": True}}


def filled(page: str, docs: Path, notebooks: Iterable[Path]) -> str:
    """The page with a number in each `<span data-count="blocks">`, counted over the pages in `docs` and `notebooks`."""
    if not PLACE.search(page):
        return page
    totals = of_sources(docs, notebooks)
    return PLACE.sub(lambda place: f"{place[1]}{totals[place['what']]:,}", page)


def of_sources(docs: Path, notebooks: Iterable[Path]) -> Counter[str]:
    """`blocks`, `outputs`, `formulas` and `notebooks`; a notebook that has run may have printed formulas."""
    totals: Counter[str] = Counter()
    parser = MarkdownIt("commonmark").disable("code")  # a fence in a tab or an admonition is indented, and counts
    for page in docs.rglob("*.md"):
        text = page.read_text("utf8")
        for token in parser.parse(text):
            if token.type == "fence":
                totals["blocks"] += token.info.strip(" {.").startswith("python")
                totals["outputs"] += 'title="Output"' in token.info
        if TEX.search(text):
            html = markdown(text, extensions=EXTENSIONS, extension_configs=SETTINGS)
            totals["formulas"] += html.count('class="arithmatex"')
    for notebook in notebooks:
        totals["notebooks"] += 1
        for cell in nbformat.read(notebook, as_version=4).cells:  # type: ignore[no-untyped-call]
            shown = [cell.source] if cell.cell_type == "markdown" else []
            results = [output.get("data", {}) for output in cell.get("outputs", [])]
            shown += [data.get("text/html") or data.get("text/latex", "") for data in results]
            totals["formulas"] += sum(len(MATH.findall(text)) for text in shown)
    return totals
