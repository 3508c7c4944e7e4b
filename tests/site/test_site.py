"""What is proven on the site as built."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from bs4 import BeautifulSoup, Tag

import cnnnotes
from cnnnotes import layers
from cnnnotes.datasets import Images
from tests.pages.page import PAGES, PYTHON, ROOT
from tests.pages.test_fences import fences

from .conftest import SITE, Pages


def text_of(element: Tag) -> str:
    return element.get_text().strip("\n").rstrip()


def test_every_python_block_was_run(pages: Pages) -> None:
    """Each Python block of the site is a fence that pytest collects, a docstring example, or an executed cell."""
    run = {fence.content.strip("\n").rstrip() for path in PAGES for fence in fences(path) if PYTHON.match(fence.info)}
    for source in (ROOT / "cnnnotes").rglob("*.py"):
        run |= {inspect.cleandoc(fence.content) for fence in fences(source) if PYTHON.match(fence.info)}
    for notebook in SITE.rglob("*.ipynb"):
        cells = json.loads(notebook.read_text("utf8"))["cells"]
        run |= {"".join(cell["source"]).strip("\n").rstrip() for cell in cells if cell.get("execution_count")}
    shown = [
        (page.relative_to(SITE), text_of(code))
        for page, soup in pages.items()
        for code in soup.select("div.language-python:not(.doc-signature) pre > code")
    ]
    assert len(shown) > 20
    assert [(str(page), code) for page, code in shown if code not in run] == []


def test_no_output_is_left_without_its_block(pages: Pages) -> None:
    """The Output fences of the sources all appear on the site as outputs."""
    on_pages = sum(len(soup.select("article .highlight > .filename")) for soup in pages.values())
    in_sources = sum("Output" in fence.info for path in PAGES if path.name != "README.md" for fence in fences(path))
    assert on_pages >= in_sources > 0


def test_the_reference_has_each_field(pages: Pages) -> None:
    """Each field of a public named tuple has its entry, with its type, except what the package keeps for itself."""
    entries = {str(element["id"]) for soup in pages.values() for element in soup.select(".doc-attribute [id]")}
    tuples = (cnnnotes.Explanation, cnnnotes.Row, cnnnotes.Fix, cnnnotes.Outcome, layers.Weight, layers.Window, Images)
    assert [
        (kind.__name__, field)
        for kind in tuples
        for field in kind._fields
        if not any(entry.endswith(f".{kind.__name__}.{field}") for entry in entries)
    ] == []


def test_a_file_of_a_page_is_no_block_to_run(pages: Pages) -> None:
    """A listing that has a name is read by a command: it has no button, and needs nothing."""
    files = [block for soup in pages.values() for block in soup.select(".language-python:has(> .filename)")]
    assert len(files) > 1
    assert [block for block in files if block.get("data-tool") or block.select(".tool-needs")] == []


def test_sizes_and_short_code_stay_on_a_line(pages: Pages) -> None:
    """No line breaks within `3 × 3` in a sentence, nor within a short option; an Output keeps its own spaces."""
    found = (SITE / "tools" / "code" / "index.html").read_text("utf8")
    assert '<code class="whole">x + y</code>' in found
    shown = pages[SITE / "learn" / "receptive-field" / "index.html"]
    assert re.search(r"3\u00a0×\u00a03", "".join(p.get_text() for p in shown.select("article p")))
    assert not [pre for soup in pages.values() for pre in soup.select("article pre") if "\u00a0×" in pre.get_text()]


def test_every_link_leads_somewhere(pages: Pages) -> None:
    """Each internal link of the site has a target, and each anchor an element with its id."""
    broken, followed = [], 0
    ids = {page: {element["id"] for element in soup.select("[id]")} for page, soup in pages.items()}
    for page, soup in pages.items():
        for element in soup.select("a[href], img[src], link[href], script[src]"):
            link, anchor = urldefrag(unquote(str(element.get("href") or element["src"])))
            link = link.partition("?")[0]  # the setting of a tool
            if re.match(r"[a-z]+:", link):
                continue
            if link.startswith("/"):  # the 404 page is served from anywhere, so its links begin at the site's root
                link = link.removeprefix("/cnnnotes/")
                target = SITE / link
            else:
                target = (page.parent / link).resolve() if link else page
            target = target / "index.html" if target.is_dir() else target
            followed += 1
            if not target.exists() or (
                anchor and not anchor.startswith(("only-", "__")) and anchor not in ids.get(target, ())
            ):
                broken.append(f"{page.relative_to(SITE)}: {link}#{anchor}")
    assert broken == []
    assert followed > 50 * len(pages)  # the frame of a page alone has as many


LOADING = "img, script, source, iframe, embed, object, video, audio, track, link:not([rel=canonical])"
ADDRESS = re.compile(r"(?:https?:)?//\w[^\s'\"\\)]*")
STYLED = re.compile(r"(?:url\(|@import)\s*['\"]?((?:https?:)?//[^)'\"]*)")


def other_hosts(soup: BeautifulSoup) -> list[str]:
    """The addresses on other hosts that a page could load from: in what loads, in scripts, in styles."""
    found = []
    for element in soup.select(LOADING):
        found += [address for value in element.attrs.values() for address in ADDRESS.findall(str(value))]
    for script in soup.select("script:not([src])"):
        found += re.findall(r"https?://[^\s'\"\\]+|(?<=['\"])//\w[^\s'\"\\]*", script.get_text())
    for style in soup.select("style"):
        found += STYLED.findall(style.get_text())
    for element in soup.select("[style]"):
        found += STYLED.findall(str(element["style"]))
    return found


def test_the_site_names_no_other_host_to_load_from(pages: Pages) -> None:
    """No page loads a script, a style, an image or a font from another host."""
    loads = [f"{page.relative_to(SITE)}: {address}" for page, soup in pages.items() for address in other_hosts(soup)]
    for style in SITE.rglob("*.css"):
        loads += [f"{style.name}: {address}" for address in STYLED.findall(style.read_text("utf8"))]
    assert loads == []


# At the end of every page since mkdocs-jupyter 0.27, with the settings that mkdocs.yml has; shortened.
MATHJAX_LOADER = """<script data-mkdocs-jupyter-mathjax="{&quot;url&quot;:
&quot;https://cdn.jsdelivr.net/npm/mathjax@4.1.3/tex-mml-chtml.js&quot;, &quot;version&quot;: 4}">
(() => {
  const config = JSON.parse(document.currentScript.dataset.mkdocsJupyterMathjax);
  const script = document.createElement('script');
  script.src = config.url;
  document.head.appendChild(script);
})();
</script>"""


@pytest.mark.parametrize(
    "loader",
    [
        MATHJAX_LOADER,
        "<script>var s = document.createElement('script'); s.src = 'https://cdn.example/x.js'</script>",
        '<script>import("//cdn.example/x.js")</script>',
        '<script src="//cdn.example/x.js"></script>',
        '<img srcset="//cdn.example/x.png 2x">',
        '<link rel="preconnect" href="https://fonts.example">',
        "<style>@import 'https://fonts.example/x.css';</style>",
        '<p style="background: url(//cdn.example/x.png)">',
    ],
    ids=["mkdocs-jupyter 0.27", "script", "import", "src", "srcset", "preconnect", "style", "attribute"],
)
def test_a_page_that_would_load_from_another_host_is_noticed(loader: str) -> None:
    """Whatever way a page names another host to load from, the test of the site's pages sees it."""
    own = '<a href="https://keras.io">Keras</a><script src="../x.js"></script><script>let x = 1 // 2</script>'
    page = "<body><p>text</p>{}</body>"
    assert other_hosts(BeautifulSoup(page.format(own), "html.parser")) == []
    assert other_hosts(BeautifulSoup(page.format(loader), "html.parser"))


def test_no_formula_is_left_as_tex(pages: Pages) -> None:
    """Each formula is an SVG with MathML for screen readers, on Markdown pages and in notebooks."""
    formulas = [element for soup in pages.values() for element in soup.select(".arithmatex")]
    assert formulas
    assert all(element.find("svg") and element.find("math") for element in formulas)
    left = [
        str(page.relative_to(SITE))
        for page, soup in pages.items()
        if soup.article
        and re.search(
            r"\\\(|\\\[|\$\$",
            "".join(
                text for text in soup.article.find_all(string=True) if not text.find_parent(["pre", "code", "math"])
            ),
        )
    ]
    assert left == []


@pytest.mark.parametrize("number", ["(None, 222, 222, 32)", "896", "18,496", "73,856", "1,290"])
def test_the_notes_numbers_are_outputs_on_the_site(pages: Pages, number: str) -> None:
    """The source notes' own numbers stand on the site as something that a block printed."""
    outputs = [text_of(code) for soup in pages.values() for code in soup.select(".highlight:has(> .filename) code")]
    assert any(number in output for output in outputs)


def test_the_counts_of_the_landing_page_are_those_of_the_sources(pages: Pages) -> None:
    """The landing page counts the blocks, outputs, formulas and notebooks of this build."""
    said = {
        place["data-count"]: int(place.get_text().replace(",", ""))
        for place in pages[SITE / "index.html"].select("[data-count]")
    }
    docs = [path for path in PAGES if path.name != "README.md"]
    assert said["blocks"] == sum(bool(PYTHON.match(fence.info)) for path in docs for fence in fences(path))
    assert said["outputs"] == sum("Output" in fence.info for path in docs for fence in fences(path))
    assert said["formulas"] == sum(len(soup.select(".arithmatex")) for soup in pages.values())
    assert (
        said["notebooks"] == len(list(SITE.glob("examples/*/*.ipynb"))) == len(list((ROOT / "docs").rglob("*.ipynb")))
    )


def notebook_pages() -> list[Path]:
    return sorted((ROOT / "docs" / "examples").glob("*.ipynb"))


@pytest.mark.parametrize("notebook", notebook_pages(), ids=lambda path: path.stem)
def test_a_notebook_page_is_small_and_shows_what_ran(pages: Pages, notebook: Path) -> None:
    """A notebook page has at most 150 KB of HTML, none of JupyterLab's markup, and a text for each figure."""
    page = SITE / "examples" / notebook.stem / "index.html"
    assert page.stat().st_size <= 150_000
    article = pages[page].article
    assert article
    assert not article.select("style, script, [class*=jp-]")
    assert article.select(".highlight > .filename")
    images = article.select("img")
    assert images
    assert all(len(image["alt"]) > 15 for image in images)


@pytest.mark.parametrize("notebook", notebook_pages(), ids=lambda path: path.stem)
def test_a_notebooks_helpers_are_folded(pages: Pages, notebook: Path) -> None:
    """The code of a cell that is tagged `fold` or `first-line` is folded, and no other code is."""
    cells = json.loads(notebook.read_text("utf8"))["cells"]
    tagged = ["".join(cell["source"]) for cell in cells if {"fold", "first-line"} & {*cell["metadata"].get("tags", ())}]
    article = pages[SITE / "examples" / notebook.stem / "index.html"].article
    assert article
    assert [text_of(code) for code in article.select("details.code pre > code")] == tagged


@pytest.mark.parametrize("notebook", notebook_pages(), ids=lambda path: path.stem)
def test_a_notebook_stands_in_the_repo_without_outputs_and_on_the_site_with_them(notebook: Path) -> None:
    """The source of a notebook is free of outputs; the copy to download was executed without an error."""
    source = json.loads(notebook.read_text("utf8"))["cells"]
    executed = json.loads((SITE / "examples" / notebook.stem / notebook.name).read_text("utf8"))["cells"]
    code = [cell for cell in source if cell["cell_type"] == "code"]
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code)
    assert [cell["source"] for cell in source] == [cell["source"] for cell in executed]
    assert all(cell["execution_count"] for cell in executed if cell["cell_type"] == "code")
    assert any(cell.get("outputs") for cell in executed)


def test_each_page_asks_for_its_first_faces_at_once(pages: Pages) -> None:
    """A page's head asks for the two faces of its first lines, so that no late face moves the page."""
    counts = [len(soup.select("link[rel=preload][as=font]")) for soup in pages.values() if soup.article]
    assert set(counts) == {2}


def test_each_face_that_the_styles_name_is_there() -> None:
    """The files of typefaces beside the stylesheet are those that it names."""
    assets = SITE / "assets"
    named = set(re.findall(r"url\((fonts/[^)]+)\)", (assets / "site.css").read_text("utf8")))
    assert len(named) == 6
    assert {path.relative_to(assets).as_posix() for path in assets.glob("fonts/*")} == named
