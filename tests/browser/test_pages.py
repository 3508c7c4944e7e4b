"""Each page of the built site, opened once and asked several questions."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.pages.page import ROOT

from .conftest import Watched

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf8")
DOCS = ROOT / "docs"
PHONE = 360
# Or colours would be looked at on their way; a page's policy takes no style within it.
UNMOVED = """const still = new CSSStyleSheet(); still.replaceSync("* { transition: none !important }");
document.adoptedStyleSheets = [still]"""
SCHEMES = {"light": "default", "dark": "slate"}
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules of axe that look at colours: the dark palette is the light one in other colours, and has no other fault."""
SHOWN = "[...document.body.querySelectorAll('*')].filter(each => each.checkVisibility()).length"


def addresses() -> list[str]:
    """The address of each page from the site's root, by the sources."""
    sources = [path.relative_to(DOCS).with_suffix("") for form in ("*.md", "*.ipynb") for path in DOCS.rglob(form)]
    return sorted("" if str(path) == "index" else f"{path.as_posix().removesuffix('/index')}/" for path in sources)


def violations(page: Page, palette: str) -> list[str]:
    """What axe-core finds in a palette; what does not depend on colours is looked for in the light one."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE)
        page.evaluate(UNMOVED)
    page.evaluate("scheme => document.body.dataset.mdColorScheme = scheme", SCHEMES[palette])
    options: dict[str, object] = {"resultTypes": ["violations"]}
    if palette == "dark":
        options["runOnly"] = COLOURS
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [f"{rule['id']}: {node['target']} {node['html'][:120]}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("path", addresses())
def test_a_page_is_sound(reader: BrowserContext, address: str, path: str) -> None:
    """A page logs no error, asks no other host, satisfies axe in both palettes, and fits a screen of 360 pixels."""
    visitor = Watched(reader, address)
    page = visitor.page
    page.set_viewport_size({"width": 1280, "height": 900})
    visitor.open(path, until="load")
    if page.locator("pre > code").count():  # a block gets its buttons when it is seen
        page.set_viewport_size({"width": 1280, "height": page.evaluate("document.documentElement.scrollHeight")})
        page.wait_for_selector(".md-code__nav", state="attached")
    found, shown = {}, set()
    for palette in SCHEMES:
        found[palette] = violations(page, palette)
        shown.add(page.evaluate(SHOWN))
    page.set_viewport_size({"width": PHONE, "height": 740})
    width = page.evaluate("document.documentElement.scrollWidth")
    page.wait_for_load_state("networkidle")
    page.close()
    assert found == {"light": [], "dark": []}
    assert len(shown) == 1, "the palettes show unlike elements, so the dark one needs all of axe's rules"
    assert width <= PHONE
    assert visitor.complaints == []
    assert visitor.foreign == []


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_cheat_sheet_is_printed_on_one_page(reader: BrowserContext, address: str, paper: str) -> None:
    """All formulas fit one sheet of paper, as the page says."""
    page = Watched(reader, address).open("reference/cheat-sheet/")
    margin = "0.4in"
    printed = page.pdf(format=paper, margin={"top": margin, "right": margin, "bottom": margin, "left": margin})
    page.close()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
