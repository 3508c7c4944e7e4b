"""Every displayed formula on a page is the one that the package computes with."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
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
    r"y_{i,j,k} = b_k + \sum_{p=0}^{F_h-1} \sum_{q=0}^{F_w-1} \sum_{c=0}^{D_{\mathrm{in}}-1}"
    r" w_{p,q,c,k} \; x_{iS+p,\; jS+q,\; c}",
    r"r_{\mathrm{out}} = r_{\mathrm{in}} + (F - 1) \times R \times j_{\mathrm{in}}",
    r"j_{\mathrm{out}} = j_{\mathrm{in}} \times S",
)
"""What no rule computes with, since it says values and not sizes: the block below it computes it and asks Keras."""
ROUNDED_DOWN = "floor((W_in - F_w + 2 * P_w) / S_w) + 1"
PADDED = "max((H_out - 1) * S_h + F_h - H_in, 0)"
OTHERS = [
    Formula(ROUNDED_DOWN, W_in=7, F_w=3, P_w=1, S_w=2),
    Formula(PADDED, H_out=112, S_h=2, F_h=3, H_in=224),
]
"""What a page displays beside the package's own formulas; a test below holds each of them."""

LEAD = re.compile(r"^\\text\{[^}]*\}\s*=\s*")


@cache
def computed() -> frozenset[str]:
    """The LaTeX of every formula that computes something of these layers, with and without the numbers."""
    found: set[str] = {formula.symbolic_latex() for formula in OTHERS}
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


def test_the_size_formulas_are_displayed() -> None:
    """The size formulas for same and valid stand on the site, of height and width, with and without dilation."""
    everything = "\n".join(path.read_text("utf8") for path in PAGES)
    same = outcome("Conv2D", {"filters": 1, "kernel_size": 3, "padding": "same", "strides": 2}, [IMAGE])
    valid = outcome("Conv2D", {"filters": 1, "kernel_size": 3, "strides": 2}, [IMAGE])
    for result in (same, valid):
        for name, formula in zip(("Height", "Width"), result.axes, strict=False):
            assert formula is not None
            for full in (False, True):
                assert rf"$$\text{{{name}}} = {formula.symbolic_latex(full=full)}$$" in everything


SIZES = [(side, size, stride) for side in range(3, 61) for size in range(1, 4) for stride in range(1, 4)]


def test_rounding_down_gives_the_same_size() -> None:
    """(W - F + 2P) / S + 1 rounded down is the package's size for valid, and for same where the padding is even."""
    for side, size, stride in SIZES:
        for padding in ("valid", "same"):
            given = {"filters": 1, "kernel_size": size, "strides": stride, "padding": padding}
            width = outcome("Conv1D", given, [(None, side, 1)]).shapes[0][1]
            added = padded(side, size, stride) if padding == "same" else 0
            if added % 2 == 0:
                assert Formula(ROUNDED_DOWN, W_in=side, F_w=size, P_w=added // 2, S_w=stride).value == width


def padded(side: int, size: int, stride: int) -> int:
    return Formula(PADDED, H_out=-(-side // stride), S_h=stride, F_h=size, H_in=side).value or 0


def test_the_padding_is_what_keras_adds() -> None:
    """The displayed amount, half of it before and the remainder after, followed by valid, is Keras's own same."""
    keras = pytest.importorskip("keras")
    for side, size, stride in SIZES[::7]:
        line = np.arange(1.0, side + 1).reshape(1, side, 1)
        before = padded(side, size, stride) // 2
        wider = np.pad(line, [(0, 0), (before, padded(side, size, stride) - before), (0, 0)])
        kernel = np.arange(1.0, size + 1).reshape(size, 1, 1)
        same, valid = (
            np.asarray(keras.ops.conv(values.astype("float32"), kernel.astype("float32"), stride, padding))
            for values, padding in ((line, "same"), (wider, "valid"))
        )
        assert same.shape == valid.shape
        assert np.allclose(same, valid), (side, size, stride)
