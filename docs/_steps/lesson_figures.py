"""The lessons' drawings of convolution, pooling and receptive fields; their numbers are computed, not typed."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import numpy as np

from docs._steps.drawing import ACCENT, ACCENT_2, INK, MUTED, NONE, Point, arrow, box, grid, line, svg, text

RED, GREEN, BLUE = "var(--cn-red, #c8402f)", "var(--cn-green, #3f8f45)", "var(--cn-blue, #4a78d6)"

# The worked example of docs/learn/what-a-convolution-computes.md, and its RGB patch.
IMAGE = np.array([[1, 2, 0, 1], [0, 3, 1, 0], [2, 1, 0, 2], [1, 0, 1, 3]])
VERTICAL_EDGE = np.array([[1, 0, -1]] * 3)
BIAS = 1
RGB_PATCH = np.array([[[3, 1], [1, 0]], [[1, 2], [0, 3]], [[0, 1], [2, 1]]])
RGB_FILTER = np.array([[[1, 0], [1, -1]], [[0, 1], [0, -1]], [[-1, 1], [1, -1]]])

EDGES = {
    "vertical edges": VERTICAL_EDGE,
    "horizontal edges": VERTICAL_EDGE.T,
    "all edges": np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
}


def signed(value: int) -> str:
    return f"{value}".replace("-", "−")


def factor(value: int) -> str:
    return f"({signed(value)})" if value < 0 else f"{value}"


def cells(x: float, y: float, values: Any, cell: float, colour: str = INK, fill: str = NONE) -> str:
    """A grid with a number in each cell."""
    values = np.asarray(values)
    rows, columns = values.shape
    back = box(x, y, columns * cell, rows * cell, fill, 0.16, NONE) if fill != NONE else ""
    numbers = (
        text(x + (column + 0.5) * cell, y + (row + 0.5) * cell + 5.5, signed(value), "middle", colour)
        for (row, column), value in np.ndenumerate(values)
    )
    return back + grid(x, y, rows, columns, cell) + "".join(numbers)


def slid(image: Any, filter_: Any, bias: int = 0) -> Any:
    """The feature map of a filter that slides over an image, without padding."""
    windows = np.lib.stride_tricks.sliding_window_view(image, filter_.shape)
    return np.einsum("rcij,ij->rc", windows, filter_) + bias


def convolution_by_hand() -> str:
    """A patch times a filter, the sum, the bias: one value of the feature map, with its arithmetic below."""
    size, cell, top = len(VERTICAL_EDGE), 30, 28
    found = slid(IMAGE, VERTICAL_EDGE, BIAS)
    filter_x, map_x, middle = 158, 328, top + 1.5 * cell
    filter_end = filter_x + size * cell
    parts = [
        text(2, 18, "input", weight=600),
        text(filter_x, 18, "filter", colour=ACCENT, weight=600),
        text(map_x, 18, "map", colour=ACCENT_2, weight=600),
        cells(2, top, IMAGE, cell),
        box(2, top, size * cell, size * cell, ACCENT_2, 0.12, ACCENT_2, 2.2),
        text((2 + 4 * cell + filter_x) / 2, middle + 5, "×", "middle"),
        cells(filter_x, top, VERTICAL_EDGE, cell, fill=ACCENT),
        text((filter_end + map_x) / 2, middle - 6, f"+ bias {BIAS}", "middle"),
        arrow(Point(filter_end + 14, middle + 8), map_x - filter_end - 28),
        box(map_x, top + cell / 2, cell, cell, ACCENT_2, 0.2, ACCENT_2, 2.2),
        cells(map_x, top + cell / 2, found, cell),
    ]
    y = top + 4 * cell + 30
    patch = IMAGE[:size, :size]
    for row, (values, weights) in enumerate(zip(patch, VERTICAL_EDGE, strict=True)):
        products = " + ".join(f"{value} × {factor(weight)}" for value, weight in zip(values, weights, strict=True))
        parts += [
            text(16 if row else 2, y, f"{'+ ' * (row > 0)}{products}"),
            text(270, y, f"= {signed(values @ weights)}", "end", weight=600),
        ]
        y += 24
    total = int((patch * VERTICAL_EDGE).sum())
    parts.append(text(2, y + 6, f"sum {total}, with the bias {total + BIAS}", colour=ACCENT_2, weight=600))
    return svg(
        y + 14,
        "One value of a convolution",
        f"The top left {size} by {size} patch of a 4 by 4 input, multiplied by a filter value by value, sums to "
        f"{total}; with the bias {BIAS} it is {total + BIAS}, the first value of the 2 by 2 feature map.",
        parts,
    )


def channel_sums() -> str:
    """One filter on an RGB patch: a partial sum for each channel, and one value."""
    cell, step, top, patch_x, filter_x, partial_x, value_x = 28, 76, 34, 62, 154, 250, 344
    partials = (RGB_PATCH * RGB_FILTER).sum((1, 2))
    total = int(partials.sum()) + BIAS
    middle = top + step + cell
    parts = [
        text(patch_x, 20, "patch", weight=600),
        text(filter_x, 20, "filter", colour=ACCENT, weight=600),
        text(partial_x - 8, 20, "partial sum", weight=600),
    ]
    channels = zip(("red", "green", "blue"), (RED, GREEN, BLUE), RGB_PATCH, RGB_FILTER, partials, strict=True)
    for row, (name, colour, patch, weights, partial) in enumerate(channels):
        y = top + row * step
        centre = y + cell
        parts += [
            box(2, y, 5, 2 * cell, colour, 1, NONE),
            text(13, centre + 5, name),
            cells(patch_x, y, patch, cell, fill=colour),
            text((patch_x + 2 * cell + filter_x) / 2, centre + 5, "×", "middle"),
            cells(filter_x, y, weights, cell, fill=ACCENT),
            text((filter_x + 2 * cell + partial_x) / 2, centre + 5, "=", "middle"),
            line(Point(partial_x + 36, centre), Point(value_x, middle), ACCENT_2, 1.4),
            box(partial_x, centre - 18, 36, 36, NONE, 1, ACCENT_2),
            text(partial_x + 18, centre + 5.5, signed(partial), "middle", weight=600),
        ]
    parts += [
        box(value_x, middle - 22, 44, 44, "var(--cn-paper, Canvas)", 1, NONE),
        box(value_x, middle - 22, 44, 44, ACCENT_2, 0.2, ACCENT_2, 2.2),
        text(value_x + 22, middle + 6, signed(total), "middle", weight=600),
        text(value_x + 22, middle + 44, f"bias {BIAS}", "middle", colour=ACCENT_2),
    ]
    return svg(
        top + 3 * step - 14,
        "The sum over the channels",
        f"A 2 by 2 patch of an RGB image and a 2 by 2 filter. Red gives {partials[0]}, green {partials[1]}, blue "
        f"{partials[2]}; with the bias {BIAS} the one value is {total}.",
        parts,
    )


def photograph() -> Any:
    """The pagoda of scikit-learn's sample photographs, in grey: `(320, 320)`, whole numbers."""
    from sklearn.datasets import load_sample_image

    return load_sample_image("china.jpg")[20:340, 50:370].astype(int).sum(-1) // 3


def embedded(x: float, y: float, size: float, pixels: Any) -> str:
    """A grey picture of bytes inside the drawing, scaled to 240 pixels so that a phone soon has it."""
    from PIL import Image

    file = io.BytesIO()
    picture = Image.fromarray(np.asarray(pixels, np.uint8)).resize((240, 240), Image.Resampling.LANCZOS)
    picture.save(file, "webp", quality=50, method=6)
    data = base64.b64encode(file.getvalue()).decode()
    return f'<image x="{x:g}" y="{y:g}" width="{size:g}" height="{size:g}" href="data:image/webp;base64,{data}"/>'


def grey_levels(found: Any) -> Any:
    """A feature map as bytes: 0 in the middle grey, the largest values white, the smallest black."""
    return (128 + 127 * found / np.percentile(abs(found), 98)).clip(0, 255)


def edges() -> str:
    """A photograph, and the feature map of each of three filters."""
    tile, gap, cell = 192, 16, 24
    row = tile + 3 * cell + 26
    photo = photograph()
    parts = [embedded(0, 0, tile, photo), text(0, tile + 26, "the photograph", weight=600)]
    for i, (name, filter_) in enumerate(EDGES.items(), 1):
        x, y = i % 2 * (tile + gap), i // 2 * row
        parts += [
            embedded(x, y, tile, grey_levels(slid(photo, filter_))),
            cells(x, y + tile + 8, filter_, cell, fill=ACCENT),
            text(x + 3 * cell + 14, y + tile + 8 + 1.5 * cell + 5, name, weight=600),
        ]
    words = ("white: above 0", "grey: 0", "black: below 0")
    parts += [text(0, tile + 48 + 19 * i, word, colour=MUTED) for i, word in enumerate(words)]
    return svg(
        2 * row - 12,
        "Edges in a photograph",
        "A photograph of a pagoda and its feature maps under three filters: one for vertical edges, one for horizontal "
        "edges, one for edges in all directions.",
        parts,
    )


FIGURES: dict[str, Callable[[], str]] = {
    "convolution-by-hand": convolution_by_hand,
    "edges": edges,
    "channel-sums": channel_sums,
}
"""Each drawing by its file's name."""
