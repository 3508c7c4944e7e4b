"""An explanation as a Markdown table, as GitHub reads it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cnnnotes._explaining.explanation import Explanation, walk
from cnnnotes._rendering.columns import chosen, footer, printable

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|$~&-])")


def to_markdown(explanation: Explanation, columns: Sequence[str] | None = None, depth: int | None = None) -> str:
    """The table, its footer and the audit; whatever a file brings in is escaped."""
    picked = chosen(columns)
    lines = [f"**{escaped(explanation.name)}**", ""]
    lines.append(f"| {' | '.join(column.title.replace('#', chr(92) + '#') for column in picked)} |")
    lines.append(f"|{'|'.join(' ---: ' if column.number else ' --- ' for column in picked)}|")
    for level, row in walk(explanation.rows, depth):
        cells = ["<br>".join(map(escaped, column.cell(row))) for column in picked]
        cells[0] = "&emsp;" * level + cells[0]
        lines.append(f"| {' | '.join(cells)} |")
    lines.append("")
    lines += [f"- {label}: {value}" for label, value in footer(explanation)]
    for sentence in (*explanation.audit, *explanation.notes):
        lines += ["", escaped(sentence)]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Text of which Markdown, and the HTML within it, mean nothing but its characters."""
    return _SPECIAL.sub(r"\\\1", printable(text)).replace(r"\<", "&lt;").replace(r"\>", "&gt;").replace(r"\&", "&amp;")
