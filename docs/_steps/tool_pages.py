"""The tools on their pages: an empty `<div data-tool="NAME">` gets its form, and an answer that needs no script."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from .tools import explain, layer

HERE = Path(__file__).parent


def fill(article: Tag) -> None:
    """Fills the tool of a page, where it has one."""
    for tool in article.find_all(True, {"data-tool": True}):
        html = FORMS[str(tool["data-tool"])](article)
        tool["class"] = "tool"
        tool.append(BeautifulSoup(html, "html.parser"))


def _explain(article: Tag) -> str:
    """The form of `explain`, and its answer for the file that the page shows."""
    text = _file(article, "summary.txt")
    form = (HERE / "tool_explain.html").read_text("utf8")
    return form.replace("ANSWER", explain.example(text)).replace("TEXT", escape(text))


def _layer(_: Tag) -> str:
    """The form of the layer calculator with the answer and the drawing of its first setting."""
    shown = layer.page()
    form = (HERE / "tool_layer.html").read_text("utf8")
    return re.sub(r"CHOICES|FORM|ANSWER|DRAWING", lambda match: shown[match[0].lower()], form)


FORMS = {"explain": _explain, "layer": _layer}
"""What fills the tool of each name, made from the page that it is on."""


def _file(article: Tag, name: str) -> str:
    """The text of the file that a page shows under this name."""
    title = next(title for title in article.find_all(class_="filename") if title.get_text() == name)
    assert title.parent
    return title.parent.find_all("code")[0].get_text()
