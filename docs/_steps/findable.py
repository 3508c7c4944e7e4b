"""How a page is found: its description and its card, from its own first sentences, and its rank in the search."""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path

from bs4 import Tag

LENGTH = 200
"""The longest description; a search engine cuts a longer one in the middle of a word."""
CARD = "assets/card.png"

DESCRIPTION = re.compile(r'<meta name="description" content="[^"]*">')
ADDRESS = re.compile(r'<link rel="canonical" href="([^"]+)">')
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
PROMISE = re.compile(r"^After this page you(?: can|'ll be able to)? (\w)")
"""How a page begins; its description begins with what the reader will be able to do."""


def description(article: Tag) -> str:
    """A page's first sentences, as many as have room."""
    first = next(
        (
            p.get_text(" ", strip=True)
            for p in article.find_all("p")
            if not p.select_one("a.md-button, a[download], [href*=colab]")
        ),
        "",
    )
    first = re.sub(r"\s+", " ", first).replace(" ,", ",").replace(" .", ".")
    words = PROMISE.sub(lambda found: found[1].upper(), first)
    if len(words) <= LENGTH:
        return words
    sentence = words[: words.rfind(". ", 0, LENGTH) + 1]
    return sentence or words[: words.rfind(" ", 0, LENGTH - 1)] + "…"


def head(page: str, article: Tag, root: str) -> str:
    """The page with its description and what Open Graph asks for; `root` is the site's address."""
    words = escape(description(article), quote=True)
    title, address = TITLE.search(page), ADDRESS.search(page)
    graph = {"type": "website", "site_name": "cnnnotes", "description": words}
    if title:
        graph["title"] = title[1].strip()
    if address:
        graph |= {"url": address[1], "image": root + CARD}
    tags = "".join(f'<meta property="og:{name}" content="{content}">' for name, content in graph.items())
    page = DESCRIPTION.sub("", page)
    card = '<meta name="twitter:card" content="summary_large_image">'
    return page.replace("</head>", f'<meta name="description" content="{words}">{tags}{card}</head>', 1)


RANK = {
    "reference/": 0.3,
    "changelog": 0.1,
    "learn/depth-pooling": 1.0,
    "learn/": 2.0,
    "questions/": 1.5,
    "tools/": 1.5,
}
"""What a page's words count in the search, by where the page stands: answers before the entries of the API."""
TEX = re.compile(r"\\\[.*?\\\]|\\\(.*?\\\)")


def rank(index: Path) -> None:
    """Ranks the pages in the search's index, and takes TeX out of it, which is nothing to read in a result."""
    if not index.exists():
        return
    found = json.loads(index.read_text("utf8"))
    for entry in found["docs"]:
        entry["text"] = TEX.sub("", entry["text"])
        entry["boost"] = next((weight for start, weight in RANK.items() if entry["location"].startswith(start)), 1.0)
    index.write_text(json.dumps(found, ensure_ascii=False, separators=(",", ":")), "utf8")
