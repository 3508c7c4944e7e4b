"""The built site in a real Chromium, as its readers see it."""

from __future__ import annotations

from playwright.sync_api import Browser, Response, expect

from .conftest import Visit

NOTES = "learn/size-formulas/"


def test_formulas_are_there_also_after_instant_navigation_and_back(visit: Visit) -> None:
    """A page's formulas are shown when it is opened, when it is reached by a link, and on the way back."""
    visitor = visit()
    page = visitor.open(NOTES)
    there = page.locator(".arithmatex svg").count()
    assert there > 3
    box = page.locator(".arithmatex svg").first.bounding_box()
    assert box
    assert box["width"] > 20
    page.evaluate("window.stayed = true")
    page.locator(".md-tabs__link, .md-nav__link").get_by_text("Output shape").locator("visible=true").first.click()
    page.wait_for_url("**/learn/output-shape/")
    page.go_back()
    page.wait_for_url(f"**/{NOTES}")
    expect(page.locator(".arithmatex svg")).to_have_count(there)  # the page's policy lets no test evaluate a text
    assert page.evaluate("window.stayed"), "the page was loaded anew: instant navigation is off"
    assert visitor.complaints == []


def test_search_finds_padding(visit: Visit) -> None:
    """The search box finds the pages on padding."""
    page = visit().open()
    page.locator(".md-search__input").click()
    page.locator(".md-search__input").press_sequentially("padding", delay=50)
    page.wait_for_selector(".md-search-result__item")
    assert "padding" in page.locator(".md-search-result__list").inner_text().lower()


def test_the_palette_toggles_and_is_kept(visit: Visit) -> None:
    """The palette's button turns the page dark, and it stays so on the next page."""
    visitor = visit()
    page = visitor.open()
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("label[title='Switch to dark mode']").click()
    page.wait_for_function(f"getComputedStyle(document.body).backgroundColor !== '{light}'")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page = visitor.open(NOTES)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


def test_the_keyboard_reaches_content_and_search(visit: Visit) -> None:
    """The first Tab offers to skip to the content, and `/` opens the search."""
    page = visit().open(NOTES)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.classList.contains('md-skip')")
    page.keyboard.press("/")
    page.wait_for_function("document.activeElement.classList.contains('md-search__input')")


def test_a_notes_page_transfers_at_most_200_kilobytes(visit: Visit) -> None:
    """A notes page with its formulas, styles, scripts and typefaces is at most 200 KB on the wire.

    The index of the search, which a worker fetches after the page, grows with the site; it has a bound of its own.
    """
    visitor = visit()
    page = visitor.page
    sizes: dict[bool, int] = {False: 0, True: 0}

    def count(response: Response) -> None:
        sizes["search_index" in response.url] += int(response.headers.get("content-length", 0))

    page.on("response", count)
    visitor.open(NOTES)
    assert 0 < sizes[False] <= 200_000
    assert sizes[True] <= 120_000


def test_a_wrong_address_leads_back(visit: Visit) -> None:
    """An address that does not exist shows the site's own page with a way on."""
    page = visit().page
    page.goto(visit().address + "no/such/page")
    assert "not here" in page.locator("h1").inner_text()


def test_the_landing_page_moves_without_a_script_and_stands_still_on_request(chromium: Browser, address: str) -> None:
    """A filter slides over the digit, Pause stops it, and where motion is to be reduced nothing moves at all."""
    moving = "getComputedStyle(document.querySelector('.slide-rows')).animationPlayState"
    name = "getComputedStyle(document.querySelector('.slide-rows')).animationName"
    for motion in ("no-preference", "reduce"):
        context = chromium.new_context(reduced_motion=motion)
        page = context.new_page()
        page.goto(address)
        assert (page.evaluate(name) == "none") == (motion == "reduce")
        assert page.locator(".slide-pause").is_visible() == (motion != "reduce")
        if motion != "reduce":
            assert page.evaluate(moving) == "running"
            page.locator(".slide-pause").click()
            assert page.evaluate(moving) == "paused"
        context.close()


def test_a_number_of_the_landing_pages_row_opens_to_its_arithmetic(visit: Visit) -> None:
    """One number at a time shows where it comes from; the first is open from the start."""
    page = visit().open()
    assert page.get_by_text("222 − 3 + 1 = 220 positions of a filter of 3 rows").is_visible()
    page.locator(".summary-row summary", has_text="18,496").click()
    assert page.get_by_text("64 × (3 × 3 × 32 + 1) = 18,496").first.is_visible()
    assert not page.get_by_text("222 − 3 + 1 = 220 positions of a filter of 3 rows").is_visible()
