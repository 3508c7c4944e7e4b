"""What every drawing is made of: a frame, words, lines, boxes and grids, in the page's own colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

WIDTH = 400
"""Of each drawing, in its own units. On the narrowest phone that is about 330 pixels, where TEXT is just above 12."""
TEXT = 15

INK = "currentColor"
ACCENT = "var(--cn-accent, #0b6e69)"
ACCENT_2 = "var(--cn-accent-2, #b4500b)"
MUTED = "var(--cn-muted, #5c6470)"
PAPER = "var(--cn-paper, Canvas)"
LINE = "var(--cn-line, #dedacd)"
NONE = "none"

Pixels = Sequence[Sequence[int]]


class Point(NamedTuple):
    x: float
    y: float


def svg(height: float, title: str, description: str, parts: Iterable[str]) -> str:
    """A whole drawing. No ids and no style sheet: it is put into a page beside others."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH} {height:g}" width="100%" '
        f'font-size="{TEXT}" style="max-width:{WIDTH * 1.25:g}px;font-family:inherit">'
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>{''.join(parts)}</svg>\n"
    )


def text(x: float, y: float, words: str, anchor: str = "start", colour: str = INK, weight: int = 400) -> str:
    style = f"fill:{colour};font-weight:{weight}"
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" style="{style}">{escape(words)}</text>'


def line(start: Point, end: Point, colour: str = INK, width: float = 1.0, opacity: float = 1.0) -> str:
    style = f"stroke:{colour};stroke-width:{width:g};opacity:{opacity:g};stroke-linecap:round"
    return f'<line x1="{start.x:g}" y1="{start.y:g}" x2="{end.x:g}" y2="{end.y:g}" style="{style}"/>'


def box(
    x: float,
    y: float,
    width: float,
    height: float,
    fill: str = NONE,
    opacity: float = 1.0,
    stroke: str = INK,
    thick: float = 1.0,
    dashed: bool = False,
) -> str:
    style = f"fill:{fill};fill-opacity:{opacity:g};stroke:{stroke};stroke-width:{thick:g}"
    style += ";stroke-dasharray:3 3" * dashed
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="2" style="{style}"/>'


def dot(centre: Point, radius: float, fill: str, stroke: str, thick: float = 1.0) -> str:
    style = f"fill:{fill};stroke:{stroke};stroke-width:{thick:g}"
    return f'<circle cx="{centre.x:g}" cy="{centre.y:g}" r="{radius:g}" style="{style}"/>'


def grid(x: float, y: float, rows: int, columns: int, cell: float, stroke: str = MUTED) -> str:
    """An empty grid with its top left corner at (x, y)."""
    return "".join(
        box(x + column * cell, y + row * cell, cell, cell, stroke=stroke, thick=0.8)
        for row in range(rows)
        for column in range(columns)
    )


def picture(x: float, y: float, pixels: Pixels, cell: float, colour: str) -> str:
    """A small image: lit pixels filled."""
    lit = (
        box(x + column * cell, y + row * cell, cell, cell, fill=colour, stroke=NONE)
        for row, values in enumerate(pixels)
        for column, value in enumerate(values)
        if value
    )
    return "".join(lit) + grid(x, y, len(pixels), len(pixels[0]), cell)


def arrow(start: Point, length: float, colour: str = MUTED) -> str:
    """An arrow to the right."""
    tip = Point(start.x + length, start.y)
    return "".join(
        line(back, tip, colour, 1.5) for back in (start, Point(tip.x - 5, tip.y - 4), Point(tip.x - 5, tip.y + 4))
    )
