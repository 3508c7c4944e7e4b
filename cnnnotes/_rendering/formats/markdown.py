"""An explanation as a Markdown table, as GitHub reads it."""

from __future__ import annotations

import re

from cnnnotes._explaining.explanation import Explanation, walk
from cnnnotes._rendering.columns import View, footer, printable

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|$~&-])")


def render(explanation: Explanation, view: View) -> str:
    """The table, its footer and the audit; whatever a file brings in is escaped."""
    lines = [f"**{_escaped(explanation.name)}**", ""]
    lines.append(f"| {' | '.join(_escaped(column.title) for column in view.columns)} |")
    lines.append(f"|{'|'.join(' ---: ' if column.number else ' --- ' for column in view.columns)}|")
    for level, row in walk(explanation.rows, view.depth):
        cells = ["<br>".join(map(_escaped, column.texts(row))) for column in view.columns]
        cells[0] = "&emsp;" * level + cells[0]
        lines.append(f"| {' | '.join(cells)} |")
    lines.append("")
    lines += [f"- {label}: {value}" for label, value in footer(explanation)]
    for sentence in (*explanation.audit, *explanation.notes):
        lines += ["", _escaped(sentence)]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """Text of which Markdown, and the HTML within it, mean nothing but its characters."""
    return _SPECIAL.sub(r"\\\1", printable(text)).replace(r"\<", "&lt;").replace(r"\>", "&gt;").replace(r"\&", "&amp;")
