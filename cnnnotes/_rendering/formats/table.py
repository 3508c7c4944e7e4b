"""An explanation as a table of plain text, as wide as it may be; where its words don't fit, as a list."""

import sys
from collections.abc import Sequence
from itertools import zip_longest

from cnnnotes._explaining.explanation import Explanation, walk
from cnnnotes._rendering.columns import Column, View, footer, printable

GAP = "  "

Cells = Sequence[Sequence[str]]  # the cells of a row, each some lines


def render(explanation: Explanation, view: View) -> str:
    """The table, its footer, the audit and what fixes an error; as wide as the view says, or else as the table is."""
    bold, dim, plain = ("\x1b[1m", "\x1b[2m", "\x1b[0m") if view.colour else ("", "", "")
    lines = [f"{bold}{printable(explanation.name)}{plain}", ""]
    titles, rows = [[column.title] for column in view.columns], list[Cells]()
    for level, row in walk(explanation.rows, view.depth):
        cells = [[printable(column.plain(line)) for line in column.cell(row)] for column in view.columns]
        if level and cells[0]:
            cells[0][0] = f"{'  ' * (level - 1)}└ {cells[0][0]}"
        rows.append(cells)
    widths = _fitted([titles, *rows], view.width)
    room = view.width or sum(widths) + len(GAP) * (len(widths) - 1)
    if widths:
        lines += [f"{bold}{line}{plain}" for line in _lines(titles, widths, view.columns)]
        lines.append(f"{dim}{GAP.join('─' * width for width in widths)}{plain}")
    for each in rows:
        lines += _lines(each, widths, view.columns) if widths else _listed(each, view.columns, room)
    for i, (label, value) in enumerate(footer(explanation)):
        first, *others = _wrapped(f"{label}: {value}", room)
        lines += [*([] if i else [""]), first.replace(f"{label}:", f"{bold}{label}:{plain}", 1), *others]
    for sentence in (*explanation.audit, *explanation.notes):
        lines += ["", *_wrapped(printable(sentence), room)] if view.columns else [printable(sentence)]
    within = max(room - 2, 1) if view.columns else sys.maxsize  # what an error says stands in lines of its own
    for title, items in explanation.lists.items():
        texts = [_wrapped(printable(str(item)), within) for item in items]
        lines += ["", title, *(f"  {line}" for text in texts for line in text)] if items else []
    return "\n".join(lines) + "\n"


def _fitted(rows: Sequence[Cells], limit: int | None) -> list[int]:
    """The width of each column: its longest line, the widest narrowed until all fit; none where a word would break."""
    columns = [[line for cell in cells for line in cell] for cells in zip(*rows, strict=True)]
    widths = [max(map(len, lines)) for lines in columns]
    excess = sum(widths) + len(GAP) * (len(widths) - 1) - limit if limit else 0
    if excess > 0:
        words = [max(len(word) for line in lines for word in line.split()) for lines in columns]
        for _ in range(excess):
            widest = max(range(len(widths)), key=lambda i: widths[i] if widths[i] > words[i] else 0)
            if widths[widest] <= words[widest]:
                return []
            widths[widest] -= 1
    return widths


def _lines(cells: Cells, widths: Sequence[int], columns: Sequence[Column]) -> list[str]:
    """A row's cells side by side."""
    wrapped = [
        [piece for line in cell for piece in _wrapped(line, width)] for cell, width in zip(cells, widths, strict=True)
    ]
    return [
        GAP.join(
            piece.rjust(width) if column.number else piece.ljust(width)
            for piece, width, column in zip(pieces, widths, columns, strict=True)
        ).rstrip()
        for pieces in zip_longest(*wrapped, fillvalue="")
    ]


def _listed(cells: Cells, columns: Sequence[Column], room: int) -> list[str]:
    """A row's cells below each other, all but the first after their titles."""
    lines: list[str] = []
    for column, cell in zip(columns, cells, strict=True):
        for i, text in enumerate(filter(None, cell)):
            title, indent = f"{column.title}: " if lines and not i else "", "    " if i else "  " if lines else ""
            lines += [indent + piece for piece in _wrapped(title + text, max(room - len(indent), 1))]
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    """Text broken at spaces, and within a word only where it alone is too long."""
    lines = []
    while len(text) > width:
        cut = text.rfind(" ", 1, width + 1)
        cut = cut if cut > 0 else width
        lines.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*lines, text] if text or not lines else lines
