"""The count with which two generators are compared."""

from __future__ import annotations

from pathlib import Path

from .census import PARTS, census, counted, differences, totals
from .conftest import Pages


def test_the_built_site_has_all_that_is_counted(pages: Pages) -> None:
    """Each thing that the census counts is on the site, and the pages are those that are there."""
    found = totals({str(path): counted(page) for path, page in pages.items()})
    assert set(found) == {"pages", "words", *PARTS}
    assert found["links"] > found["pages"] == len(pages) > 20


def test_what_one_site_lacks_is_named(tmp_path: Path) -> None:
    """A page that is missing, and a drawing that is, are lines of the comparison; equal sites have none."""
    page = '<article><h1>A</h1><figure class="drawing"><svg></svg></figure><a href="b/">b</a></article>'
    for site, content in (("one", page), ("other", page.replace("<svg></svg>", ""))):
        (tmp_path / site).mkdir()
        (tmp_path / site / "index.html").write_text(content)
    (tmp_path / "one" / "404.html").write_text(page)
    one, other = census(tmp_path / "one"), census(tmp_path / "other")
    assert differences(one, other) == ["404.html: only on one of them", "index.html: drawings 1 and 0"]
    assert differences(one, one) == []
    assert totals(one)["links"] == 2
