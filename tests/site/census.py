"""Counts what a built site consists of, page by page, to compare two generators or two versions of one.

    python -m tests.site.census site other-site

prints the totals of both, and each page that differs; the exit code says whether any does.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from bs4 import BeautifulSoup

PARTS = {
    "links": "a[href]:not([href*='://'])",
    "links elsewhere": "a[href*='://']",
    "formulas": ".arithmatex math",
    "drawings": "figure.drawing svg",
    "images": "article img",
    "blocks": ".language-python pre",
    "outputs": ".highlight > .filename",
    "tables": "article table",
    "headings": "article :is(h1, h2, h3, h4)",
}
"""What is counted on a page, by the selector that finds it."""


def counted(page: BeautifulSoup) -> Counter[str]:
    """How many of each of `PARTS` a page has, and how many words."""
    words = len(page.article.get_text(" ").split()) if page.article else 0
    return Counter({"words": words} | {part: len(page.select(selector)) for part, selector in PARTS.items()})


def census(site: Path) -> dict[str, Counter[str]]:
    """What each page of `site` has, by the page's path from the root."""
    return {
        page.relative_to(site).as_posix(): counted(BeautifulSoup(page.read_text("utf8"), "html.parser"))
        for page in sorted(site.rglob("*.html"))
    }


def totals(pages: dict[str, Counter[str]]) -> Counter[str]:
    return Counter({"pages": len(pages)}) + sum(pages.values(), Counter[str]())


def differences(one: dict[str, Counter[str]], other: dict[str, Counter[str]]) -> list[str]:
    """A line for each page that one of the sites lacks, or that has not the same parts on both."""
    lines = [f"{page}: only on one of them" for page in sorted(one.keys() ^ other.keys())]
    for page in sorted(one.keys() & other.keys()):
        parts = [part for part in (*PARTS, "words") if one[page][part] != other[page][part]]
        lines += [f"{page}: {part} {one[page][part]:,} and {other[page][part]:,}" for part in parts]
    return lines


def main(sites: list[str]) -> int:
    found = [census(Path(site)) for site in sites]
    for site, pages in zip(sites, found, strict=True):
        print(f"{site}: " + ", ".join(f"{number:,} {part}" for part, number in totals(pages).items()))
    lines = differences(found[0], found[-1])
    print("\n".join(lines) or "no difference")
    return bool(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
