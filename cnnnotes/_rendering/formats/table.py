"""An explanation as a table of plain text, as wide as it may be."""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes._explaining.explanation import Explanation, Row, walk
from cnnnotes._rendering.columns import Column, View, footer, printable

MIN_WIDTH = 8
"""No column is made narrower than this."""
GAP = "  "

_BOLD, _DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"


def render(explanation: Explanation, view: View) -> str:
    """The table, its footer and the audit; as wide as the view says, or else as the table is."""
    rows = [_cells(view.columns, row, level) for level, row in walk(explanation.rows, view.depth)]
    titles = [[column.title] for column in view.columns]
    widths = _fitted([titles, *rows], view.width)
    bold, dim, plain = (_BOLD, _DIM, _PLAIN) if view.colour else ("", "", "")
    lines = [f"{bold}{printable(explanation.name)}{plain}", ""]
    lines += [f"{bold}{line}{plain}" for line in _lines(titles, widths, view.columns)]
    lines.append(f"{dim}{GAP.join('─' * width for width in widths)}{plain}")
    for row in rows:
        lines += _lines(row, widths, view.columns)
    lines.append("")
    room = view.width or sum(widths) + len(GAP) * (len(widths) - 1)
    for label, value in footer(explanation):
        first, *rest = _wrapped(f"{label}: {value}", room)
        lines += [first.replace(f"{label}:", f"{bold}{label}:{plain}", 1), *rest]
    for sentence in (*explanation.audit, *explanation.notes):
        lines += ["", *_wrapped(printable(sentence), room)]
    return "\n".join(lines) + "\n"


def _cells(columns: Sequence[Column], row: Row, level: int) -> list[list[str]]:
    cells = [[printable(line) for line in column.texts(row)] for column in columns]
    if level and cells[0]:
        cells[0][0] = f"{'  ' * (level - 1)}└ {cells[0][0]}"
    return cells


def _fitted(rows: Sequence[Sequence[Sequence[str]]], limit: int | None) -> list[int]:
    """The width of each column: as its longest line, narrowed from the widest down until all fit."""
    widths = [max((len(line) for row in rows for line in row[i]), default=0) for i in range(len(rows[0]))]
    if limit is None:
        return widths
    room = max(limit - len(GAP) * (len(widths) - 1), MIN_WIDTH * len(widths))
    while sum(widths) > room:
        widest = max(widths)
        second = max((width for width in widths if width < widest), default=MIN_WIDTH)
        share = widths.count(widest)
        widths = [
            max(second, MIN_WIDTH, widest - -(-(sum(widths) - room) // share)) if width == widest else width
            for width in widths
        ]
        if max(widths) == widest:
            break
    return widths


def _lines(cells: Sequence[Sequence[str]], widths: Sequence[int], columns: Sequence[Column]) -> list[str]:
    wrapped = [
        [piece for line in lines for piece in _wrapped(line, width)] for lines, width in zip(cells, widths, strict=True)
    ]
    found = []
    for i in range(max(map(len, wrapped), default=0)):
        pieces = (lines[i] if i < len(lines) else "" for lines in wrapped)
        padded = [
            piece.rjust(width) if column.number else piece.ljust(width)
            for piece, width, column in zip(pieces, widths, columns, strict=True)
        ]
        found.append(GAP.join(padded).rstrip())
    return found


def _wrapped(text: str, width: int) -> list[str]:
    """Text broken at spaces, and within a word only where it alone is too long."""
    if len(text) <= width:
        return [text]
    lines = []
    while len(text) > width:
        cut = text.rfind(" ", 1, width + 1)
        cut = cut if cut > 0 else width
        lines.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*lines, text] if text else lines
