"""The addresses that others may link to: every page, and every heading on it.

`python -m tests.site.addresses` records those of the built site, beside the ones that are recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bs4 import BeautifulSoup

from .conftest import SITE, parsed

RECORD = Path(__file__).with_name("addresses.txt")


def found(pages: Iterable[Path]) -> set[str]:
    """`page/` and `page/#heading` of each page; what the API's entries are called is the package's own matter."""
    return {address for page in pages for address in _of(page, parsed(page))}


def _of(page: Path, soup: BeautifulSoup) -> list[str]:
    at = page.parent.relative_to(SITE).as_posix().removeprefix(".")
    at = f"{at}/" if at else ""
    return [at, *(f"{at}#{heading['id']}" for heading in soup.select("article :is(h1, h2, h3)[id]:not(.doc-heading)"))]


def recorded() -> set[str]:
    return set(RECORD.read_text("utf8").splitlines()) if RECORD.exists() else set()


if __name__ == "__main__":
    here = found(page for page in SITE.rglob("index.html"))
    RECORD.write_text("\n".join(sorted(recorded() | here)) + "\n", "utf8")
