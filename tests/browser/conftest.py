from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, sync_playwright

from .chromium import launched, of_the_machine, there
from .serving import SITE, served


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where there is no Chromium, one line says so, and not one for each test."""
    browsing = [item for item in items if "chromium" in getattr(item, "fixturenames", ())]
    if browsing and not there():
        first, *others = browsing
        reason = f"{len(browsing)} browser tests not run: no Chromium (`make test` gets one where the network has it)"
        first.add_marker(pytest.mark.skip(reason=reason))
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address at which the built site is served."""
    if not (SITE / "index.html").exists():
        pytest.fail("the site is not built: run `make site`, or `make test`, which does it first")
    with served() as at:
        yield at


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless Chromium, for all tests of a session."""
    with sync_playwright() as playwright:
        try:
            browser = launched(playwright)
        except Error as error:
            if of_the_machine():
                raise
            pytest.skip(
                f"not run: Playwright's Chromium doesn't start on this machine ({error.message.splitlines()[0]})"
            )
        yield browser
        browser.close()


class Watched:
    """A page of the site in Chromium, with what it asked for and what it complained about."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self.page = context.new_page()
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.foreign.append(request.url)

    def open(self, path: str = "", until: Literal["load", "networkidle"] = "networkidle") -> Page:
        self.page.goto(self.address + path, wait_until=until)
        return self.page


Visit = Callable[..., Watched]


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Visit]:
    """Opens the site as a new visitor with a palette and a width: `visit(dark=True, width=360)`."""
    contexts: list[BrowserContext] = []

    def visitor(dark: bool = False, width: int = 1280, height: int = 900) -> Watched:
        contexts.append(
            chromium.new_context(color_scheme="dark" if dark else "light", viewport={"width": width, "height": height})
        )
        return Watched(contexts[-1], address)

    yield visitor
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def reader(chromium: Browser, address: str) -> Iterator[BrowserContext]:
    """A visitor who has been here before: what all pages share is in the browser's cache."""
    context = chromium.new_context()
    yield context
    context.close()
