"""The lessons' drawings show the numbers that the lessons' blocks print."""

from __future__ import annotations

import re

import pytest

from .page import ROOT, numbers, read
from .test_figures import drawn, words

LEARN = ROOT / "docs" / "learn"


def printed(page: str) -> list[list[str]]:
    """The numbers of each line that the blocks of a page print."""
    return [numbers(line) for line in read(LEARN / page).lines if line.kind == "output"]


def shown(figure: str) -> list[str]:
    return [word.replace("−", "-") for word in words(drawn(figure))]


def test_the_convolution_drawn_is_the_one_computed() -> None:
    """The drawing's arithmetic ends in the sum and the value that the block prints, and its map is the printed one."""
    said = re.findall(r"\d+", next(word for word in shown("convolution-by-hand") if word.startswith("sum")))
    lines = printed("what-a-convolution-computes.md")
    assert said == ["2", "3"]
    assert ["2"] in lines
    assert ["3"] in lines
    assert ",".join(shown("convolution-by-hand")).count("3,4,2,0") == 1
    assert lines.index(["3", "4"]) + 1 == lines.index(["2", "0"])


def test_the_partial_sums_drawn_are_those_computed() -> None:
    """Three partial sums and a bias make the one value that the block prints."""
    lines = printed("what-a-convolution-computes.md")
    assert ["4", "1", "2"] in lines  # 4, -1, 2: a sign is no part of a number here
    assert ["6"] in lines
    assert {"4", "-1", "2", "6", "bias 1"} <= set(shown("channel-sums"))


def test_the_pooled_map_drawn_is_the_one_computed() -> None:
    """The drawing's output is what the block prints as the largest values of the windows."""
    lines = printed("pooling.md")
    assert shown("pooling")[-4:] == [*lines[0], *lines[1]] == ["4", "2", "2", "6"]


def test_the_fields_drawn_are_those_computed() -> None:
    """Three layers see 3, 5 and 7 pixels; three layers with a stride or a dilation see 15."""
    nested = [re.findall(r"\d+", word)[1] for word in shown("receptive-field")]
    assert nested == [line[1] for line in printed("receptive-field.md")[:3]] == ["3", "5", "7"]
    grown = [word.removeprefix("sees ") for word in shown("receptive-field-growth") if word.startswith("sees")]
    after_three = [line for line in printed("receptive-field.md") if "224" in line and "layers" not in line][:3]
    assert grown == [line[line.index("224") - 1] for line in after_three] == ["7", "15", "15"]


def test_the_keras_2_of_today_prints_what_the_lesson_says() -> None:
    """The last Keras 2 prints lines of _ and =, no comma, wrapped entries and the memory, and counts from `conv2d`."""
    tf_keras = pytest.importorskip(
        "tf_keras", reason="tf_keras is in the test group of pyproject.toml: make sets it up"
    )
    tf_keras.backend.clear_session()
    long = tf_keras.layers.Conv2D(64, 3, name="a_name_that_is_longer_than_its_column")
    model = tf_keras.Sequential([tf_keras.layers.Conv2D(32, 3, input_shape=(224, 224, 3)), long])
    lines: list[str] = []
    model.summary(print_fn=lines.append)
    text = "\n".join(lines)
    assert {"_" * 65, "=" * 65} <= set(lines)
    assert "  18496 " in text
    assert " _its_column (Conv2D)" in map(str.rstrip, lines)
    assert re.search(r"Total params: \d+ \([\d.]+ KB\)", text)
    assert model.layers[0].name == "conv2d"
    page = (LEARN / "model-summary.md").read_text("utf8")
    assert f"tf_keras {tf_keras.__version__.rpartition('.')[0]}" in page


def test_keras_3_cuts_a_word_that_is_wider_than_its_column() -> None:
    """A layer's type wraps below its name, and a name that is wider than its column ends in three dots."""
    keras = pytest.importorskip("keras")
    names = ("convolution", "a_name_that_is_wider_than_its_column")
    model = keras.Sequential([keras.Input((8, 8, 1)), *(keras.layers.Conv2D(1, 3, name=name) for name in names)])
    lines: list[str] = []
    model.summary(line_length=44, print_fn=lambda text, **_: lines.append(text))
    first, second = (row.split("│")[1].split() for row in re.findall(r"│ (?:con|a_n).*\n│.*", "\n".join(lines)))
    assert first == ["convolution"]
    assert second[0].endswith("…")
    assert "(Conv2D)" in "\n".join(lines)
