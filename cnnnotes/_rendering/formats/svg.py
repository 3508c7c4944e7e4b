"""An explanation as a drawing: a box for each row, from top to bottom, with lines from what feeds what.

It takes its colour from the text around it (`currentColor`), so it is legible in a light and in a dark page.
"""

from __future__ import annotations

from html import escape

from cnnnotes._explaining.explanation import Explanation, Row, walk
from cnnnotes._rendering.columns import View, count_text, printable, shape_text

MAX_ROWS = 2000
"""The most rows that are drawn."""
BOX, HEIGHT, GAP, MARGIN, INDENT = 420, 44, 22, 16, 24
MAX_CHARACTERS = 52


def render(explanation: Explanation, view: View) -> str:
    """The drawing; `ValueError` for more rows than anyone could look at."""
    rows = list(walk(explanation.rows, view.depth))
    if len(rows) > MAX_ROWS:
        raise ValueError(f"a drawing has at most {MAX_ROWS:,} rows, this model has {len(rows):,}")
    at: dict[str, int] = {}
    boxes, lines = [], []
    furthest = 0
    for number, (level, row) in enumerate(rows):
        y = MARGIN + number * (HEIGHT + GAP)
        boxes.append(_box(f"{row.name} ({row.type})", _below(row), MARGIN + INDENT * level, y))
        if level == 0:
            for source in dict.fromkeys(row.inputs):
                if source in at:
                    line, reach = _line(at[source], number, MARGIN + BOX)
                    lines.append(line)
                    furthest = max(furthest, reach)
            at[row.name] = number
    width, height = 2 * MARGIN + BOX + INDENT * 4 + furthest, 2 * MARGIN + len(rows) * (HEIGHT + GAP)
    title = escape(printable(explanation.name))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="The layers of {escape(printable(explanation.name), quote=True)}" font-family="sans-serif" '
        f'font-size="13" fill="currentColor" stroke="none">\n<title>{title}</title>\n'
        + "\n".join([*lines, *boxes])
        + "\n</svg>\n"
    )


def _below(row: Row) -> str:
    shown = "?" if row.shapes is None else " ".join(map(shape_text, row.shapes[:3]))
    return f"{shown}   {count_text(row.params)} params" if row.params != 0 else shown


def _box(first: str, second: str, x: int, y: int) -> str:
    width = MARGIN + BOX - x
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{HEIGHT}" rx="5" fill="none" stroke="currentColor"/>'
        f'<text x="{x + 10}" y="{y + 18}">{escape(_cut(first))}</text>'
        f'<text x="{x + 10}" y="{y + 36}" opacity="0.75">{escape(_cut(second))}</text>'
    )


def _cut(text: str) -> str:
    text = printable(text)
    return text if len(text) <= MAX_CHARACTERS else f"{text[: MAX_CHARACTERS - 1]}…"


def _line(source: int, target: int, right: int) -> tuple[str, int]:
    """A line from one row to another, and how far out of the column of boxes it reaches."""
    start, end = MARGIN + source * (HEIGHT + GAP) + HEIGHT, MARGIN + target * (HEIGHT + GAP)
    if target == source + 1:
        x = right - BOX // 2
        return f'<path d="M{x} {start}V{end}" fill="none" stroke="currentColor"/>', 0
    out = min(20 + 8 * (target - source), 160)
    a, b = start - HEIGHT // 2, end + HEIGHT // 2
    path = f"M{right} {a}C{right + out} {a} {right + out} {b} {right} {b}"
    return f'<path d="{path}" fill="none" stroke="currentColor" opacity="0.6"/>', out
