"""The step after the generator, on the HTML that it wrote: formulas, drawings, notebooks.

What it looks for in a page is what Material and mkdocs-jupyter write: `article`, `.arithmatex`, `.jp-Notebook`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from bs4 import BeautifulSoup, Tag

import hatch_build

from . import blocks, breaks, findable, fonts, formulas, notebook_page, policy, tool_pages, windows

ARTICLE = re.compile(r"<article\b.*?</article>", re.DOTALL)

# What Pygments marks and no colour sets apart: names, punctuation, operators, spaces. Without these marks a page of
# code has half as many elements, and a phone shows it sooner.
UNCOLOURED = re.compile(r'<span class="[npow]">([^<]*)</span>|<span></span>')


def finish(site: Path, serving: bool = False) -> None:
    """Completes the built site in the folder `site`, which is published, or served where it is written."""
    articles = {page: article for page in sorted(site.rglob("*.html")) if (article := _article(page))}
    for page, article in articles.items():
        if article.find(class_="jp-Notebook"):  # `select` takes several times as long
            notebook_page.rebuild(article, page.parent)
        tool_pages.fill(article)
        _inline_figures(article, page, site)
        blocks.mark(article)
        blocks.wrap(article)
        for header in article.find_all("th"):
            if not header.contents:
                header.name = "td"  # a corner that heads nothing
    formulas.render(list(articles.values()))
    fonts.put(site / "assets" / "fonts")
    findable.rank(site / "search" / "search_index.json")
    for page, article in articles.items():
        before, after = ARTICLE.split(page.read_text("utf8"), maxsplit=1)
        before = fonts.preloaded(findable.head(before, article, hatch_build.site()))
        html = before + breaks.keep(UNCOLOURED.sub(r"\1", str(article))) + after
        guarded = article.find(None, {"data-tool": True}) and not serving  # the server's reload is a script of its own
        page.write_text(policy.with_policy(html) if guarded else html, "utf8")


def _article(page: Path) -> Tag | None:
    found = ARTICLE.search(page.read_text("utf8"))
    return BeautifulSoup(found[0], "html.parser").article if found else None


def _inline_figures(article: Tag, page: Path, site: Path) -> None:
    """Puts a drawing into the page itself, where it takes the palette's colours."""
    for image in article.find_all("img"):
        drawing = (page.parent / str(image["src"])).resolve()
        if drawing.suffix == ".svg" and drawing.parent == (site / "figures").resolve():
            svg = BeautifulSoup(drawing.read_text("utf8"), "html.parser").svg
            assert svg, drawing
            svg["role"], svg["aria-label"] = "img", image["alt"]
            figure = Tag(name="figure", attrs={"class": "drawing"})
            figure.append(svg)
            if setting := windows.SETTINGS.get(drawing.stem):
                calculator = Path(os.path.relpath(site / "tools" / "layer", page.parent)).as_posix()
                figure["data-tool"], figure["class"] = (
                    "drawing",
                    "drawing window" + " flat" * (not svg.get("data-rows")),
                )
                figure.append(BeautifulSoup(setting.caption(calculator), "html.parser"))
            paragraph = image.parent
            (paragraph if paragraph and paragraph.name == "p" and len(paragraph.contents) == 1 else image).replace_with(
                figure
            )
