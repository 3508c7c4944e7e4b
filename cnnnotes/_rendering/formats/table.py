"""An explanation as a table of plain text, as wide as it may be without breaking a word."""

import re
import sys
from collections.abc import Sequence
from itertools import zip_longest

from cnnnotes._explaining.explanation import Explanation, walk
from cnnnotes._rendering.columns import View, footer, plain, printable

GAP = "  "

Cells = Sequence[Sequence[str]]  # the cells of a row, each some lines


def render(explanation: Explanation, view: View) -> str:
    """The table, its footer, the audit and what fixes an error; as wide as the view says, or else as the table is."""
    bold, dim, end = ("\x1b[1m", "\x1b[2m", "\x1b[0m") if view.colour else ("", "", "")
    lines = [f"{bold}{printable(explanation.name)}{end}", ""]
    titles, rows = [[column.title] for column in view.columns], list[Cells]()
    for level, row in walk(explanation.rows, view.depth):
        cells = [[printable(plain(line)) for line in column.cell(row)] for column in view.columns]
        if level and cells[0]:
            cells[0][0] = f"{'  ' * (level - 1)}└ {cells[0][0]}"
        rows.append(cells)
    widths = _fitted([titles, *rows], view.width)
    room = view.width or sum(widths) + len(GAP) * (len(widths) - 1)
    columns = zip(view.columns, widths, strict=True)
    form = GAP.join(f"{{:{'>' if column.number else '<'}{width}}}" for column, width in columns)
    if view.columns:
        lines += [f"{bold}{line}{end}" for line in _lines(titles, widths, form)]
        lines.append(f"{dim}{GAP.join('─' * width for width in widths)}{end}")
    for each in rows:
        lines += _lines(each, widths, form)
    for i, (label, value) in enumerate(footer(explanation)):
        first, *others = _wrapped(f"{label}: {value}", room)
        lines += [*([] if i else [""]), first.replace(f"{label}:", f"{bold}{label}:{end}", 1), *others]
    for sentence in (*explanation.audit, *explanation.notes):
        lines += ["", *_wrapped(printable(sentence), room)] if view.columns else [printable(sentence)]
    within = max(room - 2, 1) if view.columns else sys.maxsize  # what an error says stands in lines of its own
    for title, items in explanation.lists.items():
        lines += ["", title, *(f"  {line}" for item in items for line in _wrapped(printable(str(item)), within))]
    return "\n".join(lines) + "\n"


def _fitted(rows: Sequence[Cells], limit: int | None) -> list[int]:
    """The width of each column: its longest line, the widest narrowed until all fit, but not below a word."""
    columns = [[line for cell in cells for line in cell] for cells in zip(*rows, strict=True)]
    widths = [max(map(len, lines)) for lines in columns]
    words = [max(len(word) for line in lines for word in line.split()) for lines in columns]
    for _ in range(sum(widths) + len(GAP) * (len(widths) - 1) - limit if limit else 0):
        widest = max(range(len(widths)), key=lambda i: widths[i] if widths[i] > words[i] else 0)
        widths[widest] -= widths[widest] > words[widest]
    return widths


def _lines(cells: Cells, widths: Sequence[int], form: str) -> list[str]:
    """A row's cells side by side."""
    sized = zip(cells, widths, strict=True)
    wrapped = [[piece for line in cell for piece in _wrapped(line, width)] for cell, width in sized]
    return [form.format(*pieces).rstrip() for pieces in zip_longest(*wrapped, fillvalue="")]


def _wrapped(text: str, width: int) -> list[str]:
    """Text broken at spaces, and within a word only where it alone is too long."""
    if len(text) <= width:
        return [text]
    return [line.rstrip() for line in re.findall(rf".{{1,{width}}}(?: |$)|.{{{width}}}", text)]
