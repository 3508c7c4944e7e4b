"""What the search of the site finds first."""

from __future__ import annotations

from playwright.sync_api import Page, TimeoutError

from .conftest import Visit

FIRST = {
    "Computed output size would be zero or negative": "questions/shapes/",
    "Concatenate layer requires inputs with matching shapes": "questions/errors/",
    "expected ndim=3, found ndim=2": "questions/errors/",
    "expected axis -1 of input shape to have value": "questions/errors/",
    "logits and labels must have the same first dimension": "questions/errors/",
    "padding": "learn/size-formulas/",
    "max pooling": "learn/pooling/",
    "receptive field": "learn/receptive-field/",
    "unet": "questions/errors/",
    "parameters": "learn/parameters/",
}
"""What is typed, and the page that is to be the first of the results."""


def test_a_search_finds_the_page_that_answers(visit: Visit) -> None:
    """Five error texts and five subjects lead to their own pages."""
    page = visit().open()
    box, first = page.locator(".md-search__input"), page.locator(".md-search-result__link").first
    box.click()
    missed = {}
    for words, expected in FIRST.items():
        _search(page, "")
        first.wait_for(state="detached")  # what was found before can't answer for these words
        _search(page, words)
        try:
            first.and_(page.locator(f"[href*='{expected}']")).wait_for(state="attached", timeout=20_000)
        except TimeoutError:
            missed[words] = first.get_attribute("href") if first.count() else None
    assert missed == {}


def _search(page: Page, words: str) -> None:
    """Fills the box at once, then lets the search know by the key that it listens to."""
    box = page.locator(".md-search__input")
    box.fill(words)
    box.press("End")
