"""The drawing of a layer's window: which inputs each output reads, the padding, and what is never read.

It stands at the first output, and holds the reads of each axis as data, by which a script can move it on. Within the
grids a length of 1 is a cell. It has no ids, styles or scripts, so that several can stand on any page."""

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from cnnnotes.layers import LayerError, Reads, Shape, reads

WIDTH, TEXT, GAP, CELL = 400, 15, 40, 26
"""Of the drawing, its words, the space between its grids and a cell at most: on a phone a word is 12 pixels high."""
MOST, HEAD, TAIL, LARGEST = 18, 12, 5, 10**12
"""So many cells of an axis are drawn whole, of a longer one its ends, and none of one with more than the largest."""
ACCENT = "var(--cn-accent-2, #b4500b)"
CELLS = 'stroke="currentColor" stroke-opacity=".3" fill="currentColor" fill-opacity=".04"'
LOOKS = {
    "grid": CELLS,
    "output": CELLS,
    "beyond": f'stroke="{ACCENT}" stroke-dasharray="3 3"',
    "unread": 'stroke="currentColor" stroke-opacity=".6"',
    "window": f'stroke="{ACCENT}" stroke-width="1.6" fill="{ACCENT}" fill-opacity=".3"',
    "pad": 'stroke="currentColor" stroke-dasharray="3 3" fill="var(--cn-paper, Canvas)" fill-opacity=".6"',
    "lines": f'stroke="{ACCENT}" stroke-width="1.4"',
    "at": f'stroke="{ACCENT}" stroke-width="1.6" fill="{ACCENT}"',
    "dots": 'stroke="currentColor" stroke-width="2" stroke-linecap="round"',
}
WORDS = {"window": "read", "pad": "padding", "unread": "never read", "beyond": "beyond the input"}


class Axis(NamedTuple):
    """What is drawn of an axis: its inputs and its outputs, each with its place."""

    reads: Reads
    inputs: dict[int, int]
    outputs: dict[int, int]

    @property
    def data(self) -> str:
        """For a script: of each output its place, and the first, the last and the step of what it reads."""
        axis, length, out, *_ = self.reads
        windows = [(output, place, self.reads.at(output)) for output, place in self.outputs.items()]
        told = [[output, place, each.start, each.stop - 1, each.step] for output, place, each in windows]
        found = {"axis": axis, "length": length, "out": out, "cells": [*self.inputs.items()], "reads": told}
        return escape(json.dumps(found, separators=(",", ":")), quote=True)


SINGLE = Axis(Reads("", 1, 1, lambda position: range(1)), {0: 0}, {0: 0})
"""The rows of a layer whose window moves over a single axis."""


def drawing(kind: str, arguments: Mapping[str, Any], shape: Shape) -> str:
    """Which inputs each output of a layer reads, as an SVG that stands at the first output.

    **Arguments**

    - `kind`: the Keras class name, `"Conv2D"`.
    - `arguments`: the layer's arguments as Keras spells them.
    - `shape`: the input's shape, batch first; the sizes that the window moves over must be known.

    **Returns** the SVG, in the colour of the text around it. It shows both ends of a long axis, the height and the
    width of a volume, and of a window that doesn't fit how far it reaches beyond the input. Its attributes `data-rows`
    and `data-columns` hold what each output reads, as JSON.

    **Raises** `LayerError` for arguments that can't be read, and for a layer that has no window.

    ```python
    import cnnnotes

    svg = cnnnotes.drawing("MaxPooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, (None, 8, 8, 16))
    assert "<title>MaxPooling2D: 8 × 8 → 4 × 4</title>" in svg
    ```
    """
    found = reads(kind, arguments, shape)
    if not found:
        raise LayerError("has no window that moves over its input, so there is nothing to draw")
    if max(size for axis in found for size in (axis.length, axis.out, axis.at(0).stop)) > LARGEST:
        raise LayerError(f"an axis must have at most {LARGEST:,} positions to be drawn")
    *above, columns = map(_axis, found[-2:])
    rows = above[0] if above else SINGLE
    unit = " channels" * (columns.reads.axis == "channels")
    before, after = (" × ".join(str(axis[side]) for axis in found) + unit for side in (1, 2))
    fits = all(axis.out for axis in found)
    output = f"output {after}" if fits else "no output"
    left, cell, at = _layout(rows, columns, 8 * len(output))
    paths = _paths(rows, columns, at, fits)
    top, bottom = TEXT + 8, TEXT + 8 + max(_wide(rows.inputs), at[1] + _wide(rows.outputs)) * cell
    label = (left + at[0] * cell, top + at[1] * cell - 8 if above else bottom + 20)
    key = bottom + (14 if above else 36)
    data = [f'data-{name}="{axis.data}" ' for name, axis in zip(("columns", "rows"), [columns, *above], strict=False)]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" class="cn-drawing" role="img" font-family="sans-serif" '
        f'viewBox="-2 0 {WIDTH + 4} {key + 20:g}" width="100%" font-size="{TEXT}" fill="none" {"".join(data)}'
        f'data-at="{at[0]:g} {at[1]:g}"><title>{kind}: {before} → {output.removeprefix("output ")}</title>'
        f"<desc>{escape(' '.join(map(_told, found)))}</desc>{_text(left, TEXT, f'input {before}')}"
        f'{_text(*label, output)}<g transform="translate({left:g} {top:g}) scale({cell:g})">'
        + "".join(_path(name, paths[name]) for name in LOOKS if paths[name])
        + f"</g>{''.join(_key(key, paths))}</svg>\n"
    )


def _axis(reads: Reads) -> Axis:
    """The inputs and outputs that are drawn: all of them, or those at both ends."""
    out = reads.out
    low, high = min(0, reads.at(0).start), max(reads.length, reads.at(0).stop, reads.at(max(out - 1, 0)).stop)
    head, tail = low + HEAD, high - TAIL
    inputs = range(low, high) if high - low <= MOST else (*range(low, head), *range(tail, high))
    if high - low <= MOST and out <= MOST:
        return Axis(reads, _places(inputs), _places(range(out)))
    first = [k for k in range(min(out, TAIL)) if reads.at(k).stop <= head or not k]
    last = [k for k in range(max(out - TAIL, 0), out) if reads.at(k).start >= tail or k == out - 1]
    return Axis(reads, _places(inputs), _places(sorted({*first, *last})))


def _wide(places: dict[int, int]) -> int:
    return max(places.values(), default=-1) + 1


def _places(positions: Sequence[int]) -> dict[int, int]:
    """Positions with their places; one place stays free where some are left out."""
    return {position: place + (position - place > positions[0]) for place, position in enumerate(positions)}


def _layout(rows: Axis, columns: Axis, label: int) -> tuple[float, float, tuple[float, float]]:
    """Where the input begins, the size of a cell, and in cells where the output begins: beside the input or below."""
    wide, out_wide, high, out_high = (_wide(places) for axis in (columns, rows) for places in axis[1:])
    cell = min(CELL, (WIDTH - GAP) / (wide + out_wide), (WIDTH - GAP - label) / wide)
    if rows is not SINGLE and cell >= 11:
        left = (WIDTH - GAP - wide * cell - max(out_wide * cell, label)) / 2
        return max(0, left), cell, (wide + GAP / cell, max(0, (high - out_high) / 2))
    cell = min(CELL, WIDTH / max(wide, out_wide))
    below = high + (54 if rows is SINGLE else 34) / cell
    return max(0, (WIDTH - wide * cell) / 2), cell, ((wide - out_wide) / 2, below)


def _paths(rows: Axis, columns: Axis, at: tuple[float, float], fits: bool) -> dict[str, str]:
    """The outline of what has each look."""
    read = rows.reads.at(0), columns.reads.at(0)
    unread = [{k for k in axis.inputs if fits and not axis.reads.is_read(k)} for axis in (rows, columns)]
    found = dict.fromkeys(LOOKS, "")
    for row, y in rows.inputs.items():
        for column, x in columns.inputs.items():
            inside = 0 <= row < rows.reads.length and 0 <= column < columns.reads.length
            if inside or fits:
                found["grid" if inside else "pad"] += _square(x, y)
            if row in read[0] and column in read[1]:
                found["window" if inside or fits else "beyond"] += _square(x, y)
                found["lines"] += f"M{x + 0.5:g} 1L{at[0] + 0.5:g} {at[1]:g}" * (fits and rows is SINGLE)
            if inside and (row in unread[0] or column in unread[1]):
                found["unread"] += f"M{x} {y + 1}l1 -1"
    if fits:
        places = [(x, y) for y in rows.outputs.values() for x in columns.outputs.values()]
        found["output"] = "".join(_square(at[0] + x, at[1] + y) for x, y in places)
        found["at"] = _square(*at)
    down, across = ({*range(_wide(axis.inputs))} - {*axis.inputs.values()} for axis in (rows, columns))
    found["dots"] = "".join(f"M{x + dot:g} {_wide(rows.inputs) / 2:g}h0" for x in across for dot in (0.15, 0.5, 0.85))
    found["dots"] += "".join(f"M{_wide(columns.inputs) / 2:g} {y + dot:g}h0" for y in down for dot in (0.15, 0.5, 0.85))
    return found


def _square(x: float, y: float, side: float = 1) -> str:
    return f"M{x:g} {y:g}h{side:g}v{side:g}h-{side:g}z"


def _text(x: float, y: float, words: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" fill="currentColor">{escape(words)}</text>'


def _path(name: str, d: str) -> str:
    return f'<path class="cn-{name}" d="{d}" vector-effect="non-scaling-stroke" {LOOKS[name]}/>'


def _key(y: float, paths: Mapping[str, str]) -> Iterable[str]:
    """What the looks mean, of those that are there."""
    wide = {name: 40 + 7.6 * len(word) for name, word in WORDS.items() if paths[name]}
    x = max(0, (WIDTH + 20 - sum(wide.values())) / 2)
    for name in wide:
        yield _path("grid", _square(x, y, 13)) * (name != "pad")
        yield _path(name, f"M{x:g} {y + 13:g}l13 -13" if name == "unread" else _square(x, y, 13))
        yield _text(x + 20, y + 12, WORDS[name])
        x += wide[name]


def _told(axis: Reads) -> str:
    """What is to be seen along an axis, in words."""
    read = f"Along the {axis.axis}, {axis.out} outputs read {axis.length} inputs"
    lost = sum(not axis.is_read(place) for place in range(min(axis.length, 1000)))
    return f"{read}, with {axis.before} positions of padding before and {axis.after} after. Never read: {lost}."
