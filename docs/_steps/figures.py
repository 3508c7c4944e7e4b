"""The notes' drawings, as SVG that takes the page's colours; every number in them comes from the package.

`FIGURES` maps a name to a function that draws it. `python -m docs._steps.figures DIR` writes them all, to look at them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from cnnnotes.layers import outcome
from docs._steps import landing, lesson_figures, page_figures, windows
from docs._steps.drawing import (
    ACCENT,
    ACCENT_2,
    INK,
    LINE,
    MUTED,
    PAPER,
    WIDTH,
    Pixels,
    Point,
    arrow,
    box,
    dot,
    grid,
    line,
    picture,
    svg,
    text,
)


def receptive_patch() -> str:
    """One value of the output, and the patch of the input that it is computed from."""
    size, kernel, channels, at, sheet = 7, 3, 3, 1, 11
    row = outcome("Conv2D", {"filters": 1, "kernel_size": kernel}, [(None, size, size, channels)])
    _, height, width, _ = row.shapes[0]
    assert height
    assert width
    cell, left, top, right = 24, 4, 30, 268
    below = top + (size - height) * cell / 2

    def sheet_of(depth: int) -> str:
        x, y = left + depth * sheet, top - depth * sheet
        back = box(x, y, size * cell, size * cell, fill=PAPER, stroke=MUTED, thick=0.8)
        return back + (grid(x, y, size, size, cell) if depth == 0 else "")

    def patch(depth: int) -> str:
        x, y = left + at * cell + depth * sheet, top + at * cell - depth * sheet
        return box(x, y, kernel * cell, kernel * cell, ACCENT_2, 0.16, ACCENT_2, 1 if depth else 2.2, dashed=depth > 0)

    value = Point(right + at * cell, below + at * cell)
    back = (channels - 1) * sheet
    near, far = left + at * cell, left + (at + kernel) * cell
    upper, lower = top + at * cell, top + (at + kernel) * cell
    edges = [
        line(Point(x, y), Point(x + back, y - back), ACCENT_2) for x, y in ((near, upper), (far, upper), (far, lower))
    ]
    beams = [
        line(Point(far + back, upper - back), value, ACCENT_2, 1.2),
        line(Point(far + back, lower - back), Point(value.x, value.y + cell), ACCENT_2, 1.2),
    ]
    caption = top + size * cell + 28
    parts = [
        *map(sheet_of, reversed(range(channels))),
        *map(patch, reversed(range(channels))),
        *edges,
        grid(right, below, height, width, cell),
        *beams,
        box(value.x, value.y, cell, cell, ACCENT_2, 1, ACCENT_2),
        text(left, caption, f"input {size} × {size} × {channels}"),
        text(right, caption, f"output {height} × {width}"),
        text(
            left, caption + 24, f"{' × '.join(map(str, row.weights[0].shape[:3]))} weights", colour=ACCENT_2, weight=600
        ),
        text(right, caption + 24, "one value", colour=ACCENT_2, weight=600),
    ]
    return svg(
        caption + 34,
        "A patch and its value",
        f"A {kernel} by {kernel} patch through all {channels} channels of a {size} by {size} input feeds one value of "
        f"the {height} by {width} output.",
        parts,
    )


UPRIGHT = ((0, 1, 0), (0, 1, 0), (0, 1, 0))
DIAGONAL = ((0, 0, 1), (0, 1, 0), (1, 0, 0))
FLAT = ((0, 0, 0), (1, 1, 1), (0, 0, 0))


def response(image: Pixels, filter_: Pixels) -> int:
    """What a filter gives for an image of its own size."""
    return sum(a * b for row, weights in zip(image, filter_, strict=True) for a, b in zip(row, weights, strict=True))


def depth_pooling() -> str:
    """Three filters of one group on three images: whichever way the bar lies, the largest response is the same."""
    group = (UPRIGHT, DIAGONAL, FLAT)
    small, column, row_height, first, top = 14, 68, 74, 92, 82
    maximum = first + len(group) * column + 22
    parts = [
        text(2, 18, "image", weight=600),
        text(first, 18, "a group of filters", weight=600),
        text(maximum - 2, 18, "largest", weight=600, colour=ACCENT_2),
    ]
    parts += [picture(first + i * column, 32, filter_, small, ACCENT) for i, filter_ in enumerate(group)]
    parts.append(line(Point(0, top + 8), Point(WIDTH, top + 8), LINE))
    for i, image in enumerate(group):
        y = top + 24 + i * row_height
        values = [response(image, filter_) for filter_ in group]
        parts.append(picture(2, y, image, small, INK))
        parts.append(arrow(Point(56, y + 21), 22))
        parts += [number(first + k * column, y, value, ACCENT, value / max(values)) for k, value in enumerate(values)]
        parts.append(arrow(Point(maximum - 30, y + 21), 20))
        parts.append(number(maximum, y, max(values), ACCENT_2, 1))
    return svg(
        top + 24 + len(group) * row_height - 22,
        "Max pooling over depth",
        "Three filters that differ in rotation only, applied to a bar at each rotation. Another filter responds most "
        "each time; the largest response of the group stays the same.",
        parts,
    )


def number(x: float, y: float, value: int, colour: str, strength: float) -> str:
    """A value in a box whose shade says how large it is."""
    size = 42
    return box(x, y, size, size, colour, 0.32 * strength**2, colour, 1 + strength) + text(
        x + size / 2, y + 27, str(value), "middle", weight=600
    )


def mlp_v_cnn() -> str:
    """The same inputs, joined to as many outputs: by a dense layer, and by a convolution of three weights."""
    inputs, kernel = 7, 3
    conv = outcome("Conv1D", {"filters": 1, "kernel_size": kernel, "use_bias": False}, [(None, inputs, 1)])
    outputs = conv.shapes[0][1]
    assert outputs
    assert conv.params
    dense = outcome("Dense", {"units": outputs, "use_bias": False}, [(None, inputs)])
    assert dense.params
    step, top, shades = 38, 62, (ACCENT, ACCENT_2, INK)

    def panel(
        left: float, name: str, count: int | None, joined: Callable[[int], dict[int, tuple[str, float]]]
    ) -> list[str]:
        right = left + 132
        parts = [text(left - 8, 18, name, weight=600), text(left - 8, 38, f"{count} weights", colour=MUTED)]
        for unit in range(outputs):
            for place, (colour, opacity) in joined(unit).items():
                start, end = Point(left, top + place * step), Point(right, top + (unit + 1) * step)
                parts.append(line(start, end, colour, 1.7, opacity))
        parts += [dot(Point(left, top + place * step), 8, PAPER, INK, 1.5) for place in range(inputs)]
        parts += [dot(Point(right, top + (unit + 1) * step), 8, INK, INK, 1.5) for unit in range(outputs)]
        return parts

    bottom = top + (inputs - 1) * step + 34
    parts = [
        *panel(12, "dense", dense.params.value, lambda unit: dict.fromkeys(range(inputs), (INK, 0.28))),
        *panel(238, "convolution", conv.params.value, lambda unit: {unit + k: (shades[k], 1) for k in range(kernel)}),
        text(4, bottom, "each line its own", colour=MUTED),
        text(230, bottom, "one for each colour", colour=MUTED),
    ]
    return svg(
        bottom + 10,
        "MLP vs CNN",
        f"{inputs} inputs and {outputs} outputs. A dense layer joins each to each with {dense.params.value} weights; a "
        f"convolution joins each output to {kernel} neighbours with the same {conv.params.value} weights everywhere.",
        parts,
    )


FIGURES: dict[str, Callable[[], str]] = {
    "mlp-v-cnn": mlp_v_cnn,
    "receptive-patch": receptive_patch,
    "depth-pooling": depth_pooling,
    **landing.FIGURES,
    **lesson_figures.FIGURES,
    **page_figures.FIGURES,
    **windows.FIGURES,
}
"""Each drawing by its file's name."""


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in FIGURES.items():
        (folder / f"{name}.svg").write_text(draw(), "utf8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
