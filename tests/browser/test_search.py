"""What the search of the site finds first."""

from __future__ import annotations

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
    box = page.locator(".md-search__input")
    box.click()
    box.press_sequentially("a")
    page.wait_for_selector(".md-search-result__item")
    found = {}
    for words in FIRST:
        before = page.locator(".md-search-result__list").inner_html()
        box.fill(words[:-1])
        box.press_sequentially(words[-1])  # the search listens to keys
        first = page.locator(".md-search-result__link").first
        for _ in range(60):  # the results follow the words by some milliseconds, and may be none
            page.wait_for_timeout(50)
            if first.count() and page.locator(".md-search-result__list").inner_html() != before:
                break
        address = first.get_attribute("href") if first.count() else None
        found[words] = (address or "").split("#")[0].split("?")[0]
    missed = {words: at for words, at in found.items() if not at.endswith(FIRST[words])}
    assert missed == {}
