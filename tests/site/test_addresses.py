"""Addresses last: what was once published leads somewhere for ever."""

from __future__ import annotations

from pathlib import Path

from .addresses import found, recorded
from .conftest import SITE, Pages, parsed


def moved(file: Path) -> bool:
    return "This page has moved" in file.read_text("utf8")


def test_each_recorded_address_is_still_there(pages: Pages) -> None:
    """A page that moved redirects, and a renamed heading keeps its old id beside the new one."""
    lost = []
    for address in sorted(recorded()):
        page, _, heading = address.partition("#")
        file = SITE / page / "index.html"
        if not file.exists() or (heading and not parsed(file).find(id=heading) and not moved(file)):
            lost.append(address)
    assert lost == []


def test_each_address_is_recorded(pages: Pages) -> None:
    """A new page or heading is recorded: `python -m tests.site.addresses`."""
    assert sorted(found(page for page in pages if page.name == "index.html") - recorded()) == []
