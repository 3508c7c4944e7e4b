"""What a search engine, and a link elsewhere, show of each page."""

from __future__ import annotations

import io
from collections import Counter

import pytest
from bs4 import BeautifulSoup, Tag
from PIL import Image

from docs._steps.findable import CARD, LENGTH, description

from .conftest import SITE, Pages


def said(page: BeautifulSoup, **attributes: str) -> str:
    tag = page.find("meta", attrs=dict(attributes))
    return str(tag["content"]) if isinstance(tag, Tag) else ""


def articles(pages: Pages) -> dict[str, BeautifulSoup]:
    return {
        str(path.relative_to(SITE)): page for path, page in pages.items() if page.article and path.name != "404.html"
    }


def test_each_page_has_a_description_of_its_own(pages: Pages) -> None:
    """No two pages share a description, and none is longer than what is shown of it."""
    found = {name: said(page, name="description") for name, page in articles(pages).items()}
    assert [name for name, words in found.items() if not 40 <= len(words) <= LENGTH] == []
    assert [words for words, times in Counter(found.values()).items() if times > 1] == []


def test_each_page_has_a_card(pages: Pages) -> None:
    """Open Graph has each page's title, description, address and picture."""
    for name, page in articles(pages).items():
        graph = {key: said(page, property=f"og:{key}") for key in ("title", "description", "url", "image")}
        assert all(graph.values()), (name, graph)
        assert graph["image"].endswith(CARD), name
        assert graph["description"] == said(page, name="description"), name


def test_the_card_has_the_size_that_is_asked_for() -> None:
    """The picture is 1200 × 630, and light enough to be fetched for a preview."""
    data = (SITE / CARD).read_bytes()
    assert Image.open(io.BytesIO(data)).size == (1200, 630)
    assert len(data) < 100_000


@pytest.mark.parametrize(
    ("text", "described"),
    [
        ("After this page you can add numbers.", "Add numbers."),
        ("After this page you know what to add.", "Know what to add."),
        ("Adding is easy.", "Adding is easy."),
        ("One sentence. " + "And a word " * 30, "One sentence."),
        ("word " * 100, ("word " * 40).rstrip()[: LENGTH - 6] + "…"),
    ],
)
def test_a_description_is_the_pages_first_sentences(text: str, described: str) -> None:
    """What the reader will be able to do, cut at a sentence or at a word."""
    article = BeautifulSoup(f"<article><h1>Page</h1><p>{text}</p><p>More.</p></article>", "html.parser").article
    assert article
    assert description(article) == described
