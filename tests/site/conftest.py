from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[2]
SITE = ROOT / "site"


@cache
def parsed(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text("utf8"), "html.parser")


Pages = dict[Path, BeautifulSoup]


@pytest.fixture(scope="session")
def pages() -> Pages:
    """Every page of the built site, by its path."""
    if not (SITE / "index.html").exists():
        pytest.fail("the site is not built: run `make site`, or `make test`, which does it first")
    return {page: parsed(page) for page in sorted(SITE.rglob("*.html"))}
