"""The picture of a whole model: what is repeated is drawn once, and what leads around a part beside it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import keras
import pytest

from cnnnotes import explain
from cnnnotes._rendering import render
from tests.code.architectures import PROGRAMS
from tests.weightless import weightless

SVG = "{http://www.w3.org/2000/svg}"


def drawn(source: object) -> tuple[ElementTree.Element, list[str], float]:
    """The picture of a model, the texts in it, and its height."""
    picture = ElementTree.fromstring(render(explain(source), "svg"))
    return (
        picture,
        [text.text or "" for text in picture.iter(f"{SVG}text")],
        float(picture.attrib["viewBox"].split()[3]),
    )


def application(name: str) -> str:
    with weightless():
        return str(getattr(keras.applications, name)(weights=None).to_json())


def test_resnet50_is_drawn_as_its_paper_does() -> None:
    """Four stages, each a block that projects and two to five that don't, in less than 2,000 units."""
    _, texts, height = drawn(application("ResNet50"))
    assert height < 2000
    assert [text for text in texts if text.startswith("× ")] == ["× 2", "× 3", "× 5", "× 2"]
    assert texts.count("+ · activation") == 8
    sizes = [
        "224 × 224 × 3",
        "112 × 112 × 64",
        "56 × 56 × 256",
        "28 × 28 × 512",
        "14 × 14 × 1024",
        "7 × 7 × 2048",
        "2048",
    ]
    assert [text for text in texts if text in sizes] == sizes


def test_vgg16_is_drawn_with_its_repeated_layers_once() -> None:
    """Two, two, three, three and three convolutions are one box each, and so are the two dense layers."""
    _, texts, height = drawn(application("VGG16"))
    assert [text for text in texts if text.startswith("× ")] == ["× 2", "× 2", "× 3", "× 3", "× 3", "× 2"]
    assert height < 700


def test_u_net_has_its_skips_beside_the_column() -> None:
    """Each of two skips is a line that goes out to the left of all boxes and comes back at the concatenation."""
    picture, texts, _ = drawn(PROGRAMS["U-Net"])
    assert texts.count("concat") == 2
    edge = min(float(rect.attrib["x"]) for rect in picture.iter(f"{SVG}rect"))
    paths = [path.attrib["d"] for path in picture.iter(f"{SVG}path")]
    skips = [path for path in paths if any(float(x) < edge for x in re.findall(r"H([\d.]+)", path))]
    assert len(skips) == 2


@pytest.mark.parametrize(("passed", "frames"), [(15, 1), (16, 0)])
def test_a_long_line_is_drawn_beside_what_it_passes(passed: int, frames: int) -> None:
    """A line that leads past up to fifteen layers makes them a block with a frame, a longer one makes none."""
    between = "".join(f"x = Dense({10 + i})(x)\n" for i in range(passed))
    picture, _, _ = drawn(
        f"a = Input((8,))\nx = b = Dense(9)(a)\n{between}Model(a, concatenate([b, x]))",
    )
    dashed = [rect for rect in picture.iter(f"{SVG}rect") if "stroke-dasharray" in rect.attrib]
    assert len(dashed) == frames


@pytest.mark.parametrize(("count", "rows"), [(4, 1), (5, 5)])
def test_up_to_four_branches_stand_side_by_side(count: int, rows: int) -> None:
    """Four branches of a block begin at the same height; five stand below each other."""
    picture, _, _ = drawn(
        f"a = Input((8,))\nx = Dense(9)(a)\nModel(a, concatenate([Dense(30 + i)(x) for i in range({count})]))"
    )
    heights = [text.attrib["y"] for text in picture.iter(f"{SVG}text") if (text.text or "").startswith("Dense 3")]
    assert (len(heights), len({*heights})) == (count, rows)


def test_an_activation_has_a_box_of_its_own_where_another_layer_reads_the_same() -> None:
    """What stands in the box of the layer before is read by nothing else."""
    alone, shared = "activation(x)", "add([activation(x), x])"
    for last, inside in ((alone, True), (shared, False)):
        code = f"a = Input((8,))\nx = Dense(3)(a)\nactivation = Activation('tanh')\nModel(a, {last})"
        assert ("Dense 3 · activation" in drawn(code)[1]) is inside


def test_two_inputs_stand_side_by_side() -> None:
    """The branches of a model with two inputs begin at the same height and end in the layer that joins them."""
    picture, _, _ = drawn(
        "a, b = Input((4,), name='a'), Input((6,), name='b')\nModel([a, b], add([Dense(3)(a), Dense(3)(b)]))"
    )
    at = {text.text: text.attrib["y"] for text in picture.iter(f"{SVG}text")}
    assert at["Input a"] == at["Input b"]
    assert "+" in at


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_picture_is_within_its_frame(name: str) -> None:
    """All boxes and texts lie within the picture, which has a title, a description, and no colour of its own."""
    picture, texts, height = drawn(PROGRAMS[name])
    width = float(picture.attrib["viewBox"].split()[2])
    for rect in picture.iter(f"{SVG}rect"):
        x, y, wide, high = (float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
        assert x >= 0
        assert x + wide <= width
        assert 0 <= y <= y + high <= height
        assert rect.attrib.get("fill", "none") == "none"
    assert texts
    assert picture.find(f"{SVG}title") is not None
    assert "parameters" in (picture.findtext(f"{SVG}desc") or "")
