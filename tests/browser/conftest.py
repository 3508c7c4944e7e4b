from __future__ import annotations

import functools
import gzip
import http.server
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

import hatch_build

ROOT = Path(__file__).parents[2]
SITE = ROOT / "site"
COMPRESSED = (".html", ".css", ".js", ".json", ".svg", ".xml")

# Chromium is not to call its maker while a test counts requests.
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]


MOUNT = urlsplit(hatch_build.site()).path  # of the site's own address: Material's instant navigation knows pages by it


class Compressing(http.server.SimpleHTTPRequestHandler):
    """Serves files gzipped, as any web host does, under the path at which the site is published."""

    protocol_version = "HTTP/1.1"

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix(MOUNT))

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        found = path.is_file()
        content = (path if found else SITE / "404.html").read_bytes()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", self.guess_type(str(path)) if found else "text/html")
        if path.name == "sitemap.xml":  # as if this were the site's own address: Material compares pages with the map
            content = content.replace(
                hatch_build.site().removesuffix(MOUNT).encode(), f"http://{self.headers['Host']}".encode()
            )
        if path.suffix in COMPRESSED:
            content = gzip.compress(content)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "max-age=3600")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keeps the test's own output readable."""


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address at which the built site is served."""
    if not (SITE / "index.html").exists():
        pytest.fail("the site is not built: run `make site`, or `make test`, which does it first")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Compressing, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{MOUNT}"
    server.shutdown()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless Chromium, for all tests of a session."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.skip("not run: no Chromium on this machine (on Debian and Ubuntu: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
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
    """Opens the site as a visitor with a palette and a width: `visit(dark=True, width=360)`."""
    contexts: list[BrowserContext] = []

    def visitor(dark: bool = False, width: int = 1280, height: int = 900) -> Watched:
        contexts.append(
            chromium.new_context(color_scheme="dark" if dark else "light", viewport={"width": width, "height": height})
        )
        return Watched(contexts[-1], address)

    yield visitor
    for context in contexts:
        context.close()


def all_pages() -> list[str]:
    """The address of each page, from the site's root; an old address that only leads on is none."""
    return sorted(
        "" if page.parent == SITE else f"{page.parent.relative_to(SITE).as_posix()}/"
        for page in SITE.rglob("index.html")
        if 'http-equiv="refresh"' not in page.read_text("utf8")
    )
