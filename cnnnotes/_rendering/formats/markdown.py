"""An explanation as a Markdown table, as GitHub reads it."""

import re

from cnnnotes._explaining.explanation import Explanation
from cnnnotes._rendering.columns import View, cells, footer, plain, printable

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|$~&-])")


def render(explanation: Explanation, view: View) -> str:
    """The table, its footer, the audit and what fixes an error; whatever a file brings in is escaped."""
    lines = [f"**{_escaped(explanation.name)}**"]
    if view.columns:
        rows = cells(explanation, view, lambda line: _escaped(plain(line)), "&emsp;", "<br>")
        lines += [
            "",
            f"| {' | '.join(_escaped(column.title) for column in view.columns)} |",
            f"|{'|'.join(' ---: ' if column.number else ' --- ' for column in view.columns)}|",
            *(f"| {' | '.join(row)} |" for _, row in rows),
            "",
        ]
    lines += [f"- {label}: {_escaped(value)}" for label, value in footer(explanation)]
    for sentence in (*explanation.audit, *explanation.notes):
        lines += ["", _escaped(sentence)]
    for title, listed in explanation.lists.items():
        lines += ["", title, "", *(f"- {_escaped(str(item))}" for item in listed)]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """Text of which Markdown, and the HTML within it, mean nothing but its characters."""
    return _SPECIAL.sub(r"\\\1", printable(text)).replace(r"\<", "&lt;").replace(r"\>", "&gt;").replace(r"\&", "&amp;")
