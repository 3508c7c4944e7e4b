"""The last step of a build, on the finished HTML: formulas, figures, notebooks, counts.

It knows the built pages and no site generator: `finish(site, docs, executed)`.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from . import counts, formulas, notebook_page

ARTICLE = re.compile(r"<article\b.*?</article>", re.DOTALL)

# What Pygments marks and no colour sets apart: names, punctuation, operators, spaces. Without these marks a page of
# code has half as many elements, and a phone shows it sooner.
UNCOLOURED = re.compile(r'<span class="[npow]">([^<]*)</span>|<span></span>')

# Material's own markup, mended: what axe finds without a name, what would ask another host (the count of stars), and
# scripts that would run before the page is shown.
MENDS = {
    ' data-md-component="source"': "",
    "<script src=": "<script defer src=",
    '<div class="md-search" data-md-component="search" role="dialog">': (
        '<div class="md-search" data-md-component="search" role="dialog" aria-label="Search">'
    ),
}


def finish(site: Path, docs: Path, executed: list[Path]) -> None:
    """Completes the built `site` of the sources in `docs`, whose notebooks ran as in `executed`."""
    articles = {page: article for page in sorted(site.rglob("*.html")) if (article := _article(page))}
    for page, article in articles.items():
        if article.select_one(".jp-Notebook"):
            notebook_page.rebuild(article, page.parent)
            ran = next(notebook for notebook in executed if notebook.stem == page.parent.name)
            shutil.copyfile(ran, page.parent / ran.name)
        _inline_figures(article, page, site)
        for header in article.select("th:empty"):
            header.name = "td"  # a corner that heads nothing
    rendered = formulas.render(list(articles.values()))
    _search_without_tex(site)
    totals = counts.of_build(docs, rendered)
    for page, article in articles.items():
        _fill_counts(article, totals)
        html = page.read_text("utf8")
        for stock, mended in MENDS.items():
            html = html.replace(stock, mended)
        html = _numbered_lists(html)
        content = UNCOLOURED.sub(r"\1", str(article))
        before, after = ARTICLE.split(html, maxsplit=1)
        page.write_text(before + content + after, "utf8")


def _search_without_tex(site: Path) -> None:
    """A search result shows a text as it is written, and TeX is nothing to read."""
    index = site / "search" / "search_index.json"
    if index.exists():
        index.write_text(re.sub(r"\\\\\[.*?\\\\\]", "", index.read_text("utf8")), "utf8")


def _article(page: Path) -> Tag | None:
    found = ARTICLE.search(page.read_text("utf8"))
    return BeautifulSoup(found[0], "html.parser").article if found else None


def _inline_figures(article: Tag, page: Path, site: Path) -> None:
    """Puts a drawing into the page itself, where it takes the palette's colours."""
    for image in article.select('img[src$=".svg"]'):
        drawing = (page.parent / str(image["src"])).resolve()
        if drawing.parent == (site / "figures").resolve():
            svg = BeautifulSoup(drawing.read_text("utf8"), "html.parser").svg
            assert svg, drawing
            svg["role"], svg["aria-label"] = "img", image["alt"]
            figure = Tag(name="figure", attrs={"class": "drawing"})
            figure.append(svg)
            paragraph = image.parent
            (paragraph if paragraph and paragraph.name == "p" and len(paragraph.contents) == 1 else image).replace_with(
                figure
            )


def _numbered_lists(html: str) -> str:
    """Names each part of the table of contents apart: headings such as "Arguments" come more than once."""
    seen: Counter[str] = Counter()

    def numbered(label: re.Match[str]) -> str:
        seen[label[2]] += 1
        return f"{label[1]}{label[2]}{f' {seen[label[2]]}' if seen[label[2]] > 1 else ''}"

    return re.sub(r'(<nav class="md-nav" aria-label=")([^"]*)', numbered, html)


def _fill_counts(article: Tag, totals: Counter[str]) -> None:
    for place in article.select("[data-count]"):
        place.string = f"{totals[str(place['data-count'])]:,}"
