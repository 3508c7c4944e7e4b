"""Every displayed formula on a page is the one that the package computes with."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cnnnotes.formula import Formula
from cnnnotes.layers import Shape, outcome

from .page import DISPLAY, PAGES, ROOT

IMAGE = (None, 224, 224, 3)
SHOWN: list[tuple[str, dict[str, Any], Shape]] = [
    ("Conv2D", {"filters": 32, "kernel_size": 3}, IMAGE),
    ("Conv2D", {"filters": 64, "kernel_size": 3}, (None, 222, 222, 32)),
    ("Conv2D", {"filters": 128, "kernel_size": 3}, (None, 220, 220, 64)),
    ("Conv2D", {"filters": 32, "kernel_size": 3, "padding": "same", "strides": 2}, IMAGE),
    ("Conv2D", {"filters": 32, "kernel_size": 3, "strides": 2}, IMAGE),
    ("Conv2D", {"filters": 32, "kernel_size": 3, "dilation_rate": 2}, IMAGE),
    ("Dense", {"units": 10}, (None, 218, 218, 128)),
    ("MaxPooling2D", {"pool_size": 2}, IMAGE),
    ("BatchNormalization", {}, (None, 8, 8, 64)),
    ("DepthMaxPool", {"pool_size": 3}, (None, 4, 4, 6)),
]
"""The layers whose formulas the pages display; a page that displays another one adds it here."""

DEFINITIONS = (
    r"y_{i,j,k} = b_k + \sum_{p=0}^{F_h-1} \sum_{q=0}^{F_w-1} \sum_{c=0}^{D_{in}-1}"
    r" w_{p,q,c,k} \; x_{iS+p,\; jS+q,\; c}",
    r"r_{out} = r_{in} + (F - 1) \times R \times j_{in}, \qquad j_{out} = j_{in} \times S",
)
"""What no rule computes with, since it says values and not sizes: the block below it computes it and asks Keras."""

LEAD = re.compile(r"^\\text\{[^}]*\}\s*=\s*")


@cache
def computed() -> frozenset[str]:
    """The LaTeX of every formula that computes something of these layers, with and without the numbers."""
    found: set[str] = set()
    for layer_type, arguments, shape in SHOWN:
        result = outcome(layer_type, arguments, [shape])
        formulas = [*result.axes, result.params, result.macs, *(weight.formula for weight in result.weights)]
        for formula in formulas:
            if isinstance(formula, Formula):
                found |= {form(full) for form in (formula.latex, formula.symbolic_latex) for full in (False, True)}
    return frozenset(found)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_displayed_formula_is_one_of_the_package(path: Path) -> None:
    """A formula between $$ is, after its name, what a rule computes with."""
    displayed = [LEAD.sub("", formula.strip()) for formula in DISPLAY.findall(path.read_text("utf8"))]
    assert [formula for formula in displayed if formula not in computed() | {*DEFINITIONS}] == []


def test_the_notes_formulas_are_displayed() -> None:
    """The shape formulas for same and valid, of the height and the width, stand on the site."""
    everything = "\n".join(path.read_text("utf8") for path in PAGES)
    same = outcome("Conv2D", {"filters": 1, "kernel_size": 3, "padding": "same"}, [IMAGE])
    valid = outcome("Conv2D", {"filters": 1, "kernel_size": 3}, [IMAGE])
    for result in (same, valid):
        for name, formula in zip(("Height", "Width"), result.axes, strict=False):
            assert formula is not None
            assert rf"$$\text{{{name}}} = {formula.symbolic_latex(full=True)}$$" in everything
