"""The landing page's drawing: a filter slides over a digit and fills its feature map.

It stands still, complete, until docs/assets/site.css moves it; no script takes part.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from cnnnotes.datasets import mnist
from cnnnotes.layers import outcome
from docs._steps.drawing import ACCENT, MUTED, WIDTH, box, svg, text
from docs._steps.lesson_figures import VERTICAL_EDGE, slid
from docs._steps.page_figures import shaded

CELL = 6.6
TOP, EDGE = 26, 0.5
"""Room for the words above the pictures, and for the half of a frame's line that lies outside it."""
STILL = (9, 12)
"""The row and column of the window where nothing moves."""


@functools.cache
def digit() -> Any:
    """A handwritten two of MNIST, `(28, 28)`, values from 0 to 255."""
    digits = mnist()
    return digits.x_train[int(np.flatnonzero(digits.y_train == 2)[0]), :, :, 0].astype(int)


def feature_map() -> Any:
    """What a filter for vertical edges makes of it."""
    return slid(digit(), VERTICAL_EDGE)


def sliding_filter() -> str:
    """A digit of MNIST, the window on it, and the feature map of a filter for vertical edges."""
    image, found = digit(), feature_map()
    conv = {"filters": 1, "kernel_size": len(VERTICAL_EDGE)}
    rows, columns = found.shape
    assert outcome("Conv2D", conv, [(None, *image.shape, 1)]).shapes == ((None, rows, columns, 1),)
    size, left, window = rows * CELL, WIDTH - columns * CELL - EDGE, len(VERTICAL_EDGE) * CELL

    def moving(what: str) -> str:
        return f'<g class="slide-rows"><g class="slide-columns">{what}</g></g>'

    paper = "var(--cn-paper, #fdfcf9)"
    rest = box(CELL, 0, size, CELL + 0.5, fill=paper, stroke="none")  # over the edge of what is below, without a seam
    below = f'<g class="slide-rows">{box(0, CELL, size, size, fill=paper, stroke="none")}</g>'
    patch = box(0, 0, window, window, fill=ACCENT, opacity=0.18, stroke=ACCENT, thick=2.5)
    cell = box(0, 0, CELL, CELL, stroke=ACCENT, thick=2.5)
    return svg(
        TOP + len(image) * CELL + 30,
        "A filter slides over a digit",
        f"A digit of {' × '.join(map(str, image.shape))} pixels, a window of {len(VERTICAL_EDGE)} × "
        f"{len(VERTICAL_EDGE)} on it, and the feature map of {rows} × {columns} values that it fills.",
        [
            f'<g class="slide" style="--cell:{CELL}px;--rows:{rows};--columns:{columns};'
            f'--still-row:{STILL[0]};--still-column:{STILL[1]}">',
            text(0, 16, "a digit", weight=600),
            text(left, 16, "its feature map", weight=600),
            shaded(EDGE, TOP, image, CELL, largest=255),
            shaded(left, TOP + CELL, found, CELL, positive=ACCENT, largest=float(np.percentile(abs(found), 99))),
            f'<svg x="{left:g}" y="{TOP + CELL:g}" width="{size:g}" height="{size:g}">'
            f'<g class="slide-cover">{below}{moving(rest)}</g></svg>',
            box(left, TOP + CELL, size, size, stroke=MUTED, thick=0.8),  # above what covers the map
            f'<g transform="translate({left:g} {TOP + CELL:g})">{moving(cell)}</g>',
            f'<g transform="translate({EDGE} {TOP})">{moving(patch)}</g>',
            text(0, TOP + len(image) * CELL + 22, " × ".join(map(str, image.shape)), colour=MUTED),
            text(left, TOP + len(image) * CELL + 22, f"{rows} × {columns}", colour=MUTED),
            "</g>",
        ],
    )


FIGURES: dict[str, Callable[[], str]] = {"sliding-filter": sliding_filter}
