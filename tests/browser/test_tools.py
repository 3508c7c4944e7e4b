"""The tools that run in the reader's browser: one interpreter, started once for all of these checks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from .conftest import Watched

EXPLAIN = "tools/explain/"


class Tool(Watched):
    """The page that explains, with every request that it and its interpreter make."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
        self.asked: list[str] = []
        self.context.on("request", lambda request: self.asked.append(request.url))
        super().__init__(self.context, address)

    def explained(self) -> str:
        """Waits for an answer or an error, and gives what is said of it."""
        self.page.wait_for_selector(".tool[aria-busy]", state="detached", timeout=60_000)
        error = self.page.locator(".tool-error")
        return error.inner_text() if error.is_visible() else self.page.locator("[role=status]").inner_text()


@pytest.fixture(scope="module")
def tool(chromium: Browser, address: str) -> Iterator[Tool]:
    """The tool before its first use."""
    visitor = Tool(chromium, address)
    visitor.open(EXPLAIN)
    yield visitor
    visitor.context.close()


@pytest.fixture(scope="module")
def page(tool: Tool) -> Page:
    """The tool after its example was explained, which started Python."""
    tool.before = list(tool.asked)  # type: ignore[attr-defined]
    tool.page.click("[data-example]")
    assert tool.explained() == "sequential: 7 rows, 94,794 parameters."
    return tool.page


def test_nothing_of_python_is_asked_for_before_first_use(tool: Tool, page: Page) -> None:
    """The page asks for no part of Python until something is to be explained, and then for each part once."""
    assert not [url for url in tool.before if "assets/python" in url]  # type: ignore[attr-defined]
    asked = [url for url in tool.asked if "assets/python" in url]
    assert len(asked) == len(set(asked)) == 6
    assert tool.foreign == []
    assert tool.complaints == []
