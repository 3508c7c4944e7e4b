"""The lessons' drawings show the numbers that the lessons' blocks print."""

from __future__ import annotations

import re

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
