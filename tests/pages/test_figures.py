"""The drawings on the pages: all there, all used, and readable by a screen reader and in either palette."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import pytest

from cnnnotes.layers import reads
from docs._steps.figures import FIGURES
from docs._steps.windows import SETTINGS

from .page import PAGES

SVG = "{http://www.w3.org/2000/svg}"
NARROWEST = 328
"""The width of the text column, in pixels, on a screen of 360."""


def drawn(name: str) -> ElementTree.Element:
    return ElementTree.fromstring(FIGURES[name]())


def words(svg: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in svg.iter(f"{SVG}text")]


def view_box(svg: ElementTree.Element) -> list[float]:
    return [float(value) for value in svg.attrib["viewBox"].split()]


@pytest.mark.parametrize("name", FIGURES)
def test_a_drawing_says_in_words_what_it_shows(name: str) -> None:
    """A drawing is an image to a screen reader, with a title and a description."""
    svg = drawn(name)
    assert svg.get("role") == "img"
    assert svg.findtext(f"{SVG}title")
    assert len(svg.findtext(f"{SVG}desc", "")) > 40


@pytest.mark.parametrize("name", FIGURES)
def test_a_drawing_takes_the_palettes_colours(name: str) -> None:
    """Every colour is the page's ink or one of its variables: a fixed one would vanish in one of the palettes."""
    parts = list(drawn(name).iter())
    styles = [part.get("style", "") for part in parts]
    colours = [colour for style in styles for colour in re.findall(r"(?:fill|stroke):([^;]+)", style)]
    colours += [part.attrib[key] for part in parts for key in ("fill", "stroke") if key in part.attrib]
    assert colours
    for colour in colours:
        assert colour in ("none", "currentColor") or colour.startswith("var(--cn-"), colour


@pytest.mark.parametrize("name", FIGURES)
def test_a_drawings_text_is_legible_on_a_phone(name: str) -> None:
    """On a screen of 360 pixels no text is smaller than 12."""
    svg = drawn(name)
    width = view_box(svg)[2]
    assert float(svg.attrib["font-size"]) * NARROWEST / width >= 12
    assert not [part for part in svg.iter() if part is not svg and part.get("font-size")]


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_is_drawn_outside_a_drawings_frame(name: str) -> None:
    """Every box, line, circle and word begins and ends within the view box."""
    svg = drawn(name)
    _, _, width, height = view_box(svg)
    for part in svg.iter():
        at = {
            key: float(value)
            for key, value in part.attrib.items()
            if key in ("x", "y", "x1", "y1", "x2", "y2", "cx", "cy")
        }
        for key, value in at.items():
            assert 0 <= value <= (width if "x" in key else height), (part.tag, part.attrib)
        if part.tag in (f"{SVG}rect", f"{SVG}image"):
            assert at["x"] + float(part.attrib["width"]) <= width, part.attrib
            assert at["y"] + float(part.attrib["height"]) <= height, part.attrib


@pytest.mark.parametrize("name", SETTINGS)
def test_a_lessons_window_has_its_numbers(name: str) -> None:
    """A drawing of a window shows the setting that its link opens: the sizes of its input and of its output."""
    kind, arguments, shape = SETTINGS[name]
    svg = drawn(name)
    axes = reads(kind, arguments, (None, *shape))
    told = " → ".join(" × ".join(str(axis[side]) for axis in axes) for side in (1, 2))
    assert (svg.findtext(f"{SVG}title") or "").replace(" channels", "") == f"{kind}: {told}"
    asked = dict(parse_qsl(SETTINGS[name].query))
    assert asked.pop("type") == kind
    assert asked.pop("input") == ",".join(map(str, shape))
    assert asked == {key: str(value) for key, value in arguments.items()}


def test_a_dense_layer_and_a_convolution_are_compared_by_their_weights() -> None:
    """Seven inputs and five outputs take 35 weights, or 3."""
    assert {"35 weights", "3 weights"} <= set(words(drawn("mlp-v-cnn")))


def test_the_picture_of_a_model_has_its_numbers() -> None:
    """Windows, channels, repetitions and sizes are those of the code that stands on the page on pictures."""
    told = [word for word in words(drawn("model-picture")) if re.search(r"\d", word)]
    down = ["Conv2D 3 × 3, 16", "128 × 128 × 16", "Conv2D 3 × 3, 16", "Max pooling 2 × 2, stride 2", "64 × 64 × 16"]
    down += ["Conv2D 3 × 3, 32", "64 × 64 × 32", "Conv2D 3 × 3, 32", "Max pooling 2 × 2, stride 2", "32 × 32 × 32"]
    bottom = ["Conv2D 3 × 3, 64", "32 × 32 × 64", "Conv2D 3 × 3, 64 · BN · ReLU", "Conv2D 3 × 3, 64", "× 3"]
    up = ["64 × 64 × 64", "64 × 64 × 96", "Conv2D 3 × 3, 32", "× 2", "64 × 64 × 32"]
    up += ["128 × 128 × 32", "128 × 128 × 48", "Conv2D 3 × 3, 16", "× 2", "128 × 128 × 16", "Conv2D 1 × 1, 2"]
    assert [word for word in told if word != "UpSampling2D"] == ["128 × 128 × 3", *down, *bottom, *up]


def test_depth_pooling_gives_the_same_whichever_way_the_bar_lies() -> None:
    """Each row of responses has another largest member, and the same largest value."""
    values = [int(word) for word in words(drawn("depth-pooling")) if word.isdigit()]
    rows = [values[i : i + 4] for i in range(0, len(values), 4)]
    assert [row[:3].index(max(row[:3])) for row in rows] == [0, 1, 2]
    assert {row[3] for row in rows} == {max(row[:3]) for row in rows} == {3}


def test_each_drawing_is_on_a_page_and_each_page_finds_its_drawings() -> None:
    """No drawing is made for nothing, and none is missing."""
    shown = {name for page in PAGES for name in re.findall(r"figures/([\w-]+)\.svg\)", page.read_text("utf8"))}
    assert shown == set(FIGURES)
