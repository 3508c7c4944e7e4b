"""The lessons' drawings of convolution, pooling and receptive fields; their numbers are computed, not typed."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from cnnnotes._explaining.receptive import through
from cnnnotes.layers import outcome
from docs._steps.drawing import (
    ACCENT,
    ACCENT_2,
    INK,
    LINE,
    MUTED,
    NONE,
    PAPER,
    WIDTH,
    Point,
    arrow,
    box,
    dot,
    grid,
    line,
    svg,
    text,
)

RED, GREEN, BLUE = "var(--cn-red, #b3392b)", "var(--cn-green, #2f7a36)", "var(--cn-blue, #2f5fc4)"

# The worked example of docs/learn/what-a-convolution-computes.md, and its RGB patch.
IMAGE = np.array([[1, 2, 0, 1], [0, 3, 1, 0], [2, 1, 0, 2], [1, 0, 1, 3]])
VERTICAL_EDGE = np.array([[1, 0, -1]] * 3)
BIAS = 1
RGB_PATCH = np.array([[[3, 1], [1, 0]], [[1, 2], [0, 3]], [[0, 1], [2, 1]]])
RGB_FILTER = np.array([[[1, 0], [1, -1]], [[0, 1], [0, -1]], [[-1, 1], [1, -1]]])

# The worked example of docs/learn/pooling.md.
POOLED = np.array([[1, 3, 0, 2], [4, 2, 1, 0], [0, 1, 5, 6], [2, 0, 3, 1]])

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
        box(value_x, middle - 22, 44, 44, PAPER, 1, NONE),
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
    from PIL import Image

    # its file alone: to import scikit-learn and SciPy takes longer than to draw all figures
    found = find_spec("sklearn")
    assert found
    assert found.origin
    with Image.open(Path(found.origin).parent / "datasets" / "images" / "china.jpg") as picture:
        return np.asarray(picture)[20:340, 50:370].astype(int).sum(-1) // 3


def embedded(x: float, y: float, size: float, pixels: Any) -> str:
    """A grey picture of bytes inside the drawing, scaled to 240 pixels so that a phone soon has it."""
    from PIL import Image

    file = io.BytesIO()
    picture = Image.fromarray(np.asarray(pixels, np.uint8)).resize((240, 240), Image.Resampling.LANCZOS)
    picture.save(file, "webp", quality=50, method=6)
    data = base64.b64encode(file.getvalue()).decode()
    # xlink, since Material's instant navigation sets `href` of whatever has one, and an SVG image's is read-only
    link = f'xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="data:image/webp;base64,{data}"'
    return f'<image x="{x:g}" y="{y:g}" width="{size:g}" height="{size:g}" {link}/>'


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
            cells(x + 0.5, y + tile + 8, filter_, cell, fill=ACCENT),  # its left line would be cut in half at 0
            *(
                text(x + 3 * cell + 14, y + tile + 8 + 1.5 * cell - 4 + 19 * line_number, word, weight=600)
                for line_number, word in enumerate(name.split())
            ),
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


def pooling() -> str:
    """Max pooling by hand, and one bright pixel that moves to the right by one column at a time."""
    cell, top, right = 34, 28, 262
    pooled = pooled_by_two(POOLED)
    size = len(POOLED) * cell
    shades = (ACCENT, ACCENT_2, BLUE, GREEN)
    parts = [
        text(2, 18, "feature map", weight=600),
        text(right, 18, "the largest of each", weight=600),
        arrow(Point(2 + size + 28, top + size / 2), right - size - 58),
    ]
    for i, colour in enumerate(shades):
        row, column = divmod(i, 2)
        x, y = 2 + column * 2 * cell, top + row * 2 * cell
        parts += [
            box(x, y, 2 * cell, 2 * cell, colour, 0.18, NONE),
            box(right + column * cell, top + cell + row * cell, cell, cell, colour, 0.18, NONE),
        ]
    parts += [cells(2, top, POOLED, cell), cells(right, top + cell, pooled, cell)]
    return svg(
        top + size + 4,
        "Max pooling",
        "A 4 by 4 feature map in four windows of 2 by 2. Their largest values are "
        f"{', '.join(map(str, pooled.ravel()))}.",
        parts,
    )


def pooled_by_two(values: Any) -> Any:
    rows, columns = values.shape
    return values.reshape(rows // 2, 2, columns // 2, 2).max((1, 3))


def pooling_shift() -> str:
    """One bright pixel that moves to the right by one column at a time, and the pooled map below it."""
    cell, left, right, step, top = 26, 128, 292, 58, 30
    parts = [
        text(left, 18, "a row of pixels", weight=600),
        text(right, 18, "pooled by 2", weight=600, colour=ACCENT_2),
    ]
    before = None
    for shift in range(3):
        pixels = np.eye(4, dtype=int)[shift]
        pooled = pixels.reshape(2, 2).max(1)
        y = top + shift * step
        verdict = "" if before is None else "the same" if (pooled == before).all() else "moved"
        before = pooled
        names = ("at first", "moved by 1", "moved by 2")
        parts += [
            text(2, y + 18, names[shift]),
            box(left + shift * cell, y, cell, cell, ACCENT, 0.4, ACCENT, 1.6),
            cells(left, y, pixels[None], cell),
            *(box(left + 2 * i * cell, y, 2 * cell, cell, NONE, 1, INK, 1.8) for i in range(2)),
            arrow(Point(left + 4 * cell + 18, y + 13), 24),
            box(right + int(pooled.argmax()) * cell, y, cell, cell, ACCENT_2, 0.4, ACCENT_2, 1.6),
            cells(right, y, pooled[None], cell),
            text(right + cell, y + cell + 17, verdict, "middle", MUTED),
        ]
    return svg(
        top + 3 * step - 8,
        "Pooling and a shift",
        "A bright pixel in a row of four, pooled by windows of two. Moved by one pixel it stays in its window, and the "
        "pooled row is the same; moved by another one it enters the next window, and the pooled row changes.",
        parts,
    )


def growth(layers: Sequence[dict[str, int]]) -> list[int]:
    """The receptive field after each of these one-dimensional layers, as the package computes it."""
    found = [1]
    field: Any = ()
    for arguments in layers:
        row = outcome("Conv1D", {"filters": 1, **arguments}, [(None, 64, 1)])
        field = through(field, row.windows)
        found.append(field[0].size)
    return found


def receptive_field() -> str:
    """The squares of the input that one value sees after one, two and three layers of 3 × 3."""
    fields = growth([{"kernel_size": 3}] * 3)[1:]
    side, cell, top = 9, 26, 6
    left, colours = 4, (ACCENT_2, ACCENT, BLUE)
    middle, label = side / 2 * cell, left + side * cell + 26
    parts = [grid(left, top, side, side, cell, LINE)]
    for size, colour in zip(reversed(fields), reversed(colours), strict=True):
        corner = middle - size / 2 * cell
        parts.append(box(left + corner, top + corner, size * cell, size * cell, colour, 0.13, colour, 2.4))
    parts.append(box(left + middle - cell / 2, top + middle - cell / 2, cell, cell, INK, 0.75, NONE))
    for number, (size, colour) in enumerate(zip(fields, colours, strict=True), 1):
        y = top + middle + (number - 2) * 34
        edge = Point(left + middle + size / 2 * cell, y)
        parts += [
            line(edge, Point(label - 6, y), colour, 1.6),
            text(label, y + 5, f"layer {number}: {size} × {size}", colour=colour, weight=600),
        ]
    return svg(
        top + side * cell + 6,
        "Receptive fields of three layers",
        f"Nested squares on the input. One value sees {', '.join(f'{n} by {n}' for n in fields)} pixels after one, two "
        "and three layers of 3 by 3.",
        parts,
    )


def field_growth() -> str:
    """Three layers of three: plain, strided and dilated, each with the inputs that one value is computed from."""
    kinds = {
        "plain": [{"kernel_size": 3}] * 3,
        "stride 2": [{"kernel_size": 3, "strides": 2}] * 3,
        "dilation 1, 2, 4": [{"kernel_size": 3, "dilation_rate": rate} for rate in (1, 2, 4)],
    }
    gap, rise, panel, centre = 24, 34, 176, WIDTH / 2
    parts = []
    for i, (name, layers) in enumerate(kinds.items()):
        top = i * panel
        field = growth(layers)[-1]
        parts += [
            text(2, top + 18, name, weight=600),
            text(WIDTH - 2, top + 18, f"sees {field}", "end", ACCENT_2, 600),
        ]
        jumps = np.cumprod([1, *(layer.get("strides", 1) for layer in layers)])
        seen = {0}  # the positions that count, measured on the input from its middle
        for depth in reversed(range(len(layers) + 1)):
            y = top + 40 + (len(layers) - depth) * rise
            edge, jump = max(seen), int(jumps[depth])
            reads = {}
            if depth:
                reach = int(jumps[depth - 1]) * layers[depth - 1].get("dilation_rate", 1)
                reads = {place: [place + step * reach for step in (-1, 0, 1)] for place in seen}
            parts += [
                line(Point(centre + place * gap, y), Point(centre + read * gap, y + rise), ACCENT)
                for place, below in reads.items()
                for read in below
            ]
            for place in range(-edge, edge + 1, jump):
                fill = NONE if place not in seen else ACCENT_2 if depth else INK
                parts.append(dot(Point(centre + place * gap, y), 5, fill, MUTED if fill == NONE else fill))
            seen = {read for below in reads.values() for read in below}
        assert 2 * edge + 1 == field
    return svg(
        3 * panel - 14,
        "How a receptive field grows",
        f"One value and the inputs it is computed from through three layers of three. Without stride it sees "
        f"{growth(kinds['plain'])[-1]} inputs; with a stride of two, or with dilations 1, 2 and 4, it sees "
        f"{growth(kinds['stride 2'])[-1]}.",
        parts,
    )


FIGURES: dict[str, Callable[[], str]] = {
    "convolution-by-hand": convolution_by_hand,
    "edges": edges,
    "channel-sums": channel_sums,
    "pooling": pooling,
    "pooling-shift": pooling_shift,
    "receptive-field": receptive_field,
    "receptive-field-growth": field_growth,
}
"""Each drawing by its file's name."""
