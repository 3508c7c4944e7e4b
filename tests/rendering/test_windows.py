"""The drawing of a layer's window shows what `reads` says, and stands in any page."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import cnnnotes
from cnnnotes.layers import LayerError, LayerType, Reads, known_types, layer_type, reads

SVG = "{http://www.w3.org/2000/svg}"
SEED = 17
KINDS = ["Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "MaxPooling2D", "DepthMaxPool"]
COLOUR = re.compile(r'(?:fill|stroke)="([^"]+)"')

GOLDEN = Path(__file__).parent / "golden" / "windows.txt"
DRAWN: list[tuple[str, dict[str, Any], tuple[int, ...]]] = [
    ("Conv2D", {"filters": 1, "kernel_size": (3, 2), "strides": 2, "padding": "same"}, (7, 8, 3)),
    ("MaxPooling2D", {"pool_size": 2, "strides": 3}, (5, 30, 1)),
    ("MaxPooling2D", {"pool_size": 3}, (2, 2, 1)),
    ("Conv1D", {"filters": 1, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}, (8, 1)),
    ("Conv1DTranspose", {"filters": 1, "kernel_size": 3, "strides": 2}, (40, 1)),
    ("DepthMaxPool", {"pool_size": 2}, (2, 2, 5)),
]
"""A drawing with its output beside the input, one with it below, one without any, and those of a single axis."""

Cell = tuple[float, float]


def stated_type(kind: str) -> LayerType:
    found = layer_type(kind)
    assert found
    return found


def drawn(kind: str, arguments: dict[str, Any], *shape: int) -> ElementTree.Element:
    return ElementTree.fromstring(cnnnotes.drawing(kind, arguments, (None, *shape)))


def cells(svg: ElementTree.Element, look: str) -> set[Cell]:
    """The corners of the squares, or of the strokes, within the grids."""
    paths = [path.attrib["d"] for path in svg.iter(f"{SVG}path") if path.get("class") == f"cn-{look}"]
    return {(float(x), float(y)) for x, y in re.findall(r"M(-?[\d.]+) (-?[\d.]+)", paths[0])} if paths else set()


def axes(svg: ElementTree.Element) -> list[dict[str, Any]]:
    """Rows and columns as a script reads them; a layer of one axis has a single row."""
    rows = json.loads(svg.get("data-rows", '{"length": 1, "out": 1, "cells": [[0, 0]], "reads": [[0, 0, 0, 0, 1]]}'))
    return [rows, json.loads(svg.attrib["data-columns"])]


def settings(count: int) -> list[tuple[str, dict[str, Any], tuple[int, ...]]]:
    print(f"seed {SEED}")
    rng, found = random.Random(SEED), []
    for _ in range(count):
        kind, padding = rng.choice(KINDS), rng.choice(["valid", "same"])
        arguments: dict[str, Any] = {"padding": padding, "strides": rng.randint(1, 3)}
        arguments["kernel_size" if "Conv" in kind else "pool_size"] = rng.randint(1, 5)
        if "Conv" in kind:
            arguments["filters"] = 1
            if arguments["strides"] == 1:
                arguments["dilation_rate"] = rng.randint(1, 3)
        rank = stated_type(kind).rank or 2
        found.append((kind, arguments, tuple(rng.choice([rng.randint(5, 14), 60]) for _ in range(rank + 1))))
    return found


def test_each_drawing_is_as_its_golden_file_has_it(request: pytest.FixtureRequest) -> None:
    """Every character is as it was; `pytest --update-outputs` writes the file anew, for the diff to be looked at."""
    svgs = [cnnnotes.drawing(kind, arguments, (None, *shape)) for kind, arguments, shape in DRAWN]
    text = "\n".join(svg.replace("><", ">\n<") for svg in svgs)
    if request.config.getoption("--update-outputs"):
        GOLDEN.write_text(text, "utf8")
    assert text == GOLDEN.read_text("utf8")


def test_title_and_description_say_what_is_seen() -> None:
    """The sizes before and after stand in the title, the padding at each end and what is never read in the text."""
    svg = drawn("Conv2D", {"filters": 1, "kernel_size": (3, 2), "strides": 2, "padding": "same"}, 6, 8, 3)
    assert svg.findtext(f"{SVG}title") == "Conv2D: 6 × 8 → 3 × 4"
    assert svg.findtext(f"{SVG}desc") == (
        "Along the height, 3 outputs read 6 inputs, with 0 positions of padding before and 1 after. Never read: 0. "
        "Along the width, 4 outputs read 8 inputs, with 0 positions of padding before and 0 after. Never read: 0."
    )
    svg = drawn("MaxPooling2D", {"pool_size": 3, "strides": 4}, 8, 9, 1)
    found = re.findall(r"Never read: (\d+)", svg.findtext(f"{SVG}desc") or "")
    assert found == ["2", "3"]


def test_nothing_is_drawn_over_something_else() -> None:
    """The grid of the outputs stands beside that of the inputs or below it, and within the drawing."""
    for kind, arguments, shape in settings(60):
        if any(axis.out == 0 for axis in reads(kind, arguments, (None, *shape))):
            continue
        svg = drawn(kind, arguments, *shape)
        own, outputs = cells(svg, "grid") | cells(svg, "pad"), cells(svg, "output")
        beside = min(x for x, _ in outputs) >= max(x for x, _ in own) + 1
        below = min(y for _, y in outputs) >= max(y for _, y in own) + 1
        assert beside or below, (kind, arguments, shape)
        group = svg.find(f"{SVG}g")
        assert group is not None
        left, top, cell = map(float, re.findall(r"[\d.]+", group.attrib["transform"]))
        _, _, width, height = map(float, svg.attrib["viewBox"].split())
        for x, y in own | outputs:
            assert -0.01 <= left + cell * x <= left + cell * (x + 1) <= width - 3.99
            assert 0 <= top + cell * y <= top + cell * (y + 1) <= height


def test_the_drawing_holds_what_is_read() -> None:
    """Of 300 random layers the data and what is drawn at the first output are those of `reads`, cell by cell."""
    compared = 0
    for kind, arguments, shape in settings(300):
        found = reads(kind, arguments, (None, *shape))
        if any(axis.out == 0 for axis in found):
            continue
        svg = drawn(kind, arguments, *shape)
        rows, columns = axes(svg)
        single = [Reads("", 1, 1, lambda position: range(1))]
        own = [*(single if len(found) == 1 else []), *found[-2:]]
        for axis, told in zip(own, (rows, columns), strict=True):
            check_data(axis, told)
        check_cells(svg, own, dict(rows["cells"]), dict(columns["cells"]))
        compared += 1
    print(f"{compared} drawings compared")
    assert compared > 200


def check_data(axis: Reads, told: dict[str, Any]) -> None:
    assert (told["length"], told["out"]) == (axis.length, axis.out)
    for output, _, first, last, step in told["reads"]:
        assert range(first, last + 1, step) == axis.at(output)
    outputs, places = [each[0] for each in told["reads"]], [each[1] for each in told["reads"]]
    assert outputs[0] == 0
    assert outputs[-1] == axis.out - 1
    inputs = dict(told["cells"])
    assert {-axis.before, axis.length + axis.after - 1} <= inputs.keys()
    for positions, at in ((outputs, places), ([*inputs], [*inputs.values()])):
        steps = [(b - a == 1, d - c) for a, b, c, d in zip(positions, positions[1:], at, at[1:], strict=False)]
        assert all(step == (1 if next_to else 2) for next_to, step in steps)  # what is left out leaves a gap


def check_cells(svg: ElementTree.Element, own: list[Reads], rows: dict[int, int], columns: dict[int, int]) -> None:
    height, width = own
    at = [(r, c, (x, y)) for r, y in rows.items() for c, x in columns.items()]
    inside = {(r, c): 0 <= r < height.length and 0 <= c < width.length for r, c, _ in at}
    unread = [{r for r in rows if not height.is_read(r)}, {c for c in columns if not width.is_read(c)}]
    assert cells(svg, "window") == {cell for r, c, cell in at if r in height.at(0) and c in width.at(0)}
    assert cells(svg, "pad") == {cell for r, c, cell in at if not inside[r, c]}
    assert cells(svg, "grid") == {cell for r, c, cell in at if inside[r, c]}
    lost = {cell for r, c, cell in at if inside[r, c] and (r in unread[0] or c in unread[1])}
    assert {(x, y - 1) for x, y in cells(svg, "unread")} == lost


@pytest.mark.parametrize("dim", ["height", "width", "both"])
def test_a_window_that_does_not_fit_is_drawn(dim: str) -> None:
    """A window larger than its input covers all of it, is drawn beyond it, and has no output."""
    height, width = {"height": (2, 5), "width": (5, 2), "both": (2, 2)}[dim]
    svg = drawn("MaxPooling2D", {"pool_size": 3}, height, width, 1)
    beyond = {(x, y) for x in range(3) for y in range(3) if x >= width or y >= height}
    assert cells(svg, "beyond") == beyond
    assert cells(svg, "window") == {(x, y) for x in range(3) for y in range(3)} - beyond
    assert cells(svg, "output") == cells(svg, "pad") == set()
    assert "no output" in [text.text for text in svg.iter(f"{SVG}text")]


@pytest.mark.parametrize("kind", sorted({stated_type(kind).name for kind in known_types()}))
def test_each_type_with_a_window_draws_its_example(kind: str) -> None:
    """What reads along an axis is drawn, with title, description and palette; what has no window says so."""
    stated = stated_type(kind)
    arguments, inputs = stated.example
    if not inputs or not reads(kind, arguments, inputs[0]):
        with pytest.raises(LayerError, match="has no window"):
            cnnnotes.drawing(kind, arguments, inputs[0] if inputs else ())
        return
    text = cnnnotes.drawing(kind, arguments, inputs[0])
    svg = ElementTree.fromstring(text)
    assert svg.get("role") == "img"
    assert (svg.findtext(f"{SVG}title") or "").startswith(f"{kind}: ")
    assert len(svg.findtext(f"{SVG}desc") or "") > 40
    assert {*COLOUR.findall(text)} <= {"none", "currentColor", "var(--cn-accent-2, #b4500b)", "var(--cn-paper, Canvas)"}
    assert not re.search(r"\b(?:id|style|href|on\w+)=", text)
    assert float(svg.attrib["font-size"]) * 328 / float(svg.attrib["viewBox"].split()[2]) > 12  # on a phone


def test_an_axis_is_drawn_whole_up_to_eighteen_positions() -> None:
    """Eighteen positions are all drawn; of nineteen the first twelve and the last five."""
    for length, places in ((18, [*range(18)]), (19, [*range(12), *range(14, 19)])):
        columns = axes(drawn("AveragePooling1D", {"pool_size": 2, "strides": 2}, length, 1))[1]
        assert [position for position, _ in columns["cells"]] == places


def test_large_sizes_are_drawn_as_fast_as_small_ones() -> None:
    """A drawing of an axis of a hundred million positions has no more parts than one of a hundred."""
    one, other = (cnnnotes.drawing("Conv1D", {"filters": 1, "kernel_size": 3}, (None, n, 1)) for n in (10**8, 100))
    assert one.count("M") == other.count("M")
    wide = cnnnotes.drawing("Conv1D", {"filters": 1, "kernel_size": 10**7}, (None, 10**8, 1))
    assert len(wide) < 8_000
    most = 10**12
    assert f"input {most}" in cnnnotes.drawing("Conv1D", {"filters": 1, "kernel_size": 3}, (None, most, 1))
    with pytest.raises(LayerError, match="at most 1,000,000,000,000 positions"):
        cnnnotes.drawing("Conv1D", {"filters": 1, "kernel_size": 3}, (None, most + 1, 1))
