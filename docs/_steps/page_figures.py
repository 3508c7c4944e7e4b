"""Drawings of the pages on MLPs and on `model.summary()`: pixels, weights and numbers are computed, not typed."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from cnnnotes import explain
from cnnnotes._rendering import render
from cnnnotes.layers import outcome
from docs._steps.drawing import ACCENT, ACCENT_2, INK, MUTED, Point, arrow, box, line, svg, text

PICTURE = Path(__file__).parents[1] / "tools" / "picture.md"
SIZE, LENGTH, HALF = 12, 5, 6  # of docs/learn/mlp-v-cnn.md: the images, their bars, the half that a bar lies in
SHADES = 6


def model_picture() -> str:
    """The picture of the model whose code stands on the page, as `cnnnotes explain --format svg` draws it."""
    code = PICTURE.read_text("utf8").partition('{.python title="model.py"}\n')[2].partition("\n```")[0]
    return render(explain(code), "svg")


def shaded(x: float, y: float, values: Any, cell: float, positive: str = INK, largest: float = 1.0) -> str:
    """A grid of values as shades: the sign gives the colour, the size compared with `largest` gives the strength."""
    negative, values = ACCENT_2, np.asarray(values, float)
    level = np.rint(SHADES * np.minimum(np.abs(values) / largest, 1)).astype(int)
    parts = [box(x, y, values.shape[1] * cell, values.shape[0] * cell, stroke=MUTED, thick=0.8)]
    for sign, colour in ((1, positive), (-1, negative)):
        for shade in range(1, SHADES + 1):
            at = np.argwhere((level == shade) & (np.sign(values) == sign))
            squares = (f"M{x + c * cell:g} {y + r * cell:g}h{cell:g}v{cell:g}h{-cell:g}z" for r, c in at)
            if drawn := "".join(squares):
                parts.append(f'<path d="{drawn}" style="fill:{colour};fill-opacity:{shade / SHADES:g}"/>')
    return "".join(parts)


def bars(rng: np.random.Generator, count: int, height: int, width: int) -> tuple[Any, Any]:
    """Images with one bar each in their top left corner of height × width, and whether it is upright."""
    upright = rng.integers(2, size=count)
    images = np.zeros((count, SIZE, SIZE))
    for image, up in zip(images, upright, strict=True):
        across, along = (width, height) if up else (height, width)
        drawn = image.T if up else image
        start = rng.integers(along - LENGTH + 1)
        drawn[rng.integers(across), start : start + LENGTH] = 1
    return images, upright


def bars_shuffled() -> str:
    """Three images of a bar, and the same pixels in another order."""
    rng = np.random.default_rng(7)
    images, upright = bars(rng, 20, SIZE, SIZE)
    images = images[[*np.flatnonzero(upright)[:2], np.flatnonzero(upright == 0)[0]]]
    shuffled = images.reshape(-1, SIZE * SIZE)[:, rng.permutation(SIZE * SIZE)].reshape(images.shape)
    cell, step = 9, 145
    below = 28 + SIZE * cell + 36
    parts = [text(0, 18, "original", weight=600), text(0, below - 10, "shuffled, each in the same way", weight=600)]
    for i, (image, other) in enumerate(zip(images, shuffled, strict=True)):
        parts += [shaded(1 + i * step, 28, image, cell), shaded(1 + i * step, below, other, cell)]
    return svg(
        below + SIZE * cell + 2,
        "Bars and shuffled bars",
        f"Three images of {SIZE} by {SIZE} pixels with a bar of {LENGTH} each; below them the same pixels in another "
        "order, in which no bar can be seen.",
        parts,
    )


def trained(images: Any, upright: Any, rng: np.random.Generator, units: int = 8) -> tuple[Any, Any]:
    """The first weights of an MLP (a hidden layer with relu, a sigmoid) before and after 120 steps of Adam."""
    inputs, truth = images.reshape(len(images), -1), upright[:, None]
    limits = (np.sqrt(6 / (inputs.shape[1] + units)), np.sqrt(6 / (units + 1)))
    shapes = ((inputs.shape[1], units), (units, 1))
    weights = [rng.uniform(-limit, limit, shape) for limit, shape in zip(limits, shapes, strict=True)]
    weights += [np.zeros(units), np.zeros(1)]
    start = weights[0].copy()
    moments = [(np.zeros_like(w), np.zeros_like(w)) for w in weights]
    for step in range(120):
        batch = slice(step % 8 * 50, step % 8 * 50 + 50)
        hidden = np.maximum(inputs[batch] @ weights[0] + weights[2], 0)
        error = (1 / (1 + np.exp(-(hidden @ weights[1] + weights[3]))) - truth[batch]) / 50
        back = error @ weights[1].T * (hidden > 0)
        gradients = (inputs[batch].T @ back, hidden.T @ error, back.sum(0), error.sum(0))
        for weight, gradient, (mean, square) in zip(weights, gradients, moments, strict=True):
            mean += 0.1 * (gradient - mean)
            square += 0.001 * (gradient**2 - square)
            unbiased = mean / (1 - 0.9 ** (step + 1)), square / (1 - 0.999 ** (step + 1))
            weight -= 0.02 * unbiased[0] / (np.sqrt(unbiased[1]) + 1e-7)
    return start, weights[0]


def half_trained() -> str:
    """The weights of one hidden unit before and after training on bars in the left half."""
    rng = np.random.default_rng(3)
    before, after = trained(*bars(rng, 400, SIZE, HALF), rng)
    unit = np.abs(after - before).sum(axis=0).argmax()
    cell, top, right = 14, 30, 230
    parts = [text(1, 18, "before training", weight=600), text(right, 18, "after training", weight=600)]
    for x, weights in ((1, before), (right, after)):
        shown = weights[:, unit].reshape(SIZE, SIZE)
        parts.append(shaded(x, top, shown, cell, ACCENT, largest=np.abs(after[:, unit]).max() * 0.7))
        parts.append(line(Point(x + HALF * cell, top), Point(x + HALF * cell, top + SIZE * cell), INK, 1.5))
    middle = top + SIZE * cell / 2
    parts.append(arrow(Point(SIZE * cell + 16, middle), 30))
    for x, words in ((right, "trained"), (right + HALF * cell, "still noise")):
        parts.append(text(x + HALF * cell / 2, top + SIZE * cell + 22, words, "middle", MUTED))
    return svg(
        top + SIZE * cell + 32,
        "Half of the weights are trained",
        f"The {SIZE} by {SIZE} weights of one hidden unit as shades, before and after training on bars in the left "
        "half. "
        "After training the left half shows a pattern; the right half is the random start, unchanged.",
        parts,
    )


CHARACTER = 8.4
"""The width that a character of a summary's row takes."""


def typed(x: float, y: float, words: str) -> str:
    """Words as in a terminal, each character as wide as the next, whatever face the reader's machine has."""
    length = f'textLength="{CHARACTER * len(words):g}" lengthAdjust="spacingAndGlyphs"'
    return f'<text x="{x:g}" y="{y:g}" {length} style="fill:{INK};font-family:monospace">{escape(words)}</text>'


def annotated_summary() -> str:
    """One row of a summary, with a line from each of its parts to what the part means."""
    row = outcome("Conv2D", {"filters": 32, "kernel_size": 3}, [(None, 224, 224, 3)])
    assert row.params is not None
    name, kind, shape, count = "conv2d_1", "(Conv2D)", str(row.shapes[0]), f"{row.params.value:,}"
    left, middle, right, y = 4, 172, 396 - CHARACTER * len(count), 52
    parts = [
        *(text(x, 20, head, colour=MUTED) for x, head in ((left, "Layer (type)"), (middle, "Output Shape"))),
        text(396, 20, "Param #", "end", MUTED),
        line(Point(0, 30), Point(400, 30), MUTED),
        *(typed(x, y, words) for x, words in ((left, f"{name} {kind}"), (middle, shape), (right, count))),
    ]
    meanings = [(left, name, "name"), (left + CHARACTER * (len(name) + 1), kind, "class")]
    start = 0
    for axis, meaning in zip(row.shapes[0], ("any batch size", "height", "width", "filters"), strict=True):
        start = shape.index(str(axis), start)
        meanings.append((middle + CHARACTER * start, str(axis), meaning))
        start += len(str(axis))
    meanings.append((right, count, "weights and biases"))
    for i, (x, words, meaning) in enumerate(meanings):
        foot, centre = 92 + max(0, i - 1) * 25, x + CHARACTER * len(words) / 2
        parts.append(line(Point(centre, y + 7), Point(centre, foot - 14), ACCENT_2, 1.2))
        anchor, edge = ("middle", centre) if i < 2 else ("end", x + CHARACTER * len(words))
        parts.append(text(edge, foot, meaning, anchor, ACCENT_2, 600))
    told = ", ".join(f"{words} is the {meaning}" for _, words, meaning in meanings)
    return svg(92 + 25 * (len(meanings) - 2) + 8, "A row of a summary", f"In the row of a convolution, {told}.", parts)


FIGURES: dict[str, Callable[[], str]] = {
    "model-picture": model_picture,
    "bars-shuffled": bars_shuffled,
    "half-trained": half_trained,
    "annotated-summary": annotated_summary,
}
"""Each drawing by its file's name."""
