"""An explanation as a table of plain text, as wide as it may be; where its words don't fit, as a list."""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes._explaining.explanation import Explanation, Row, walk
from cnnnotes._rendering.columns import Column, View, footer, printable

GAP = "  "

_BOLD, _DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"


def render(explanation: Explanation, view: View) -> str:
    """The table, its footer and the audit; as wide as the view says, or else as the table is."""
    rows = [_cells(view.columns, row, level) for level, row in walk(explanation.rows, view.depth)]
    titles = [[column.title] for column in view.columns]
    widths = _fitted([titles, *rows], view.width)
    bold, dim, plain = (_BOLD, _DIM, _PLAIN) if view.colour else ("", "", "")
    lines = [f"{bold}{printable(explanation.name)}{plain}", ""]
    if widths:
        lines += [f"{bold}{line}{plain}" for line in _lines(titles, widths, view.columns)]
        lines.append(f"{dim}{GAP.join('─' * width for width in widths)}{plain}")
    for row in rows:
        lines += _lines(row, widths, view.columns) if widths else _listed(row, view.columns, view.width or 0)
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
    """The width of each column: its longest line, the widest narrowed until all fit; none where a word would break."""
    columns = [[line for row in rows for line in row[i]] for i in range(len(rows[0]))]
    widths = [max(map(len, lines), default=0) for lines in columns]
    excess = sum(widths) + len(GAP) * (len(widths) - 1) - limit if limit else 0
    if excess > 0:
        words = [max((len(word) for line in lines for word in line.split()), default=0) for lines in columns]
        for _ in range(excess):
            widest = max(range(len(widths)), key=lambda i: widths[i] if widths[i] > words[i] else 0)
            if widths[widest] <= words[widest]:
                return []
            widths[widest] -= 1
    return widths


def _listed(cells: Sequence[Sequence[str]], columns: Sequence[Column], room: int) -> list[str]:
    """A row's cells below each other, all but the first after their titles."""
    lines: list[str] = []
    for column, texts in zip(columns, cells, strict=True):
        for i, text in enumerate(filter(None, texts)):
            title, indent = f"{column.title}: " if lines and not i else "", "    " if i else "  " if lines else ""
            lines += [indent + piece for piece in _wrapped(title + text, max(room - len(indent), 1))]
    return lines


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
