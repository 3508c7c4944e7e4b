"""Formulas: the value that is computed is the expression that is shown."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnnotes import formula as module
from cnnnotes.formula import NEUTRAL, Formula

NAMES = ["K", "F_h", "F_w", "D_in", "G", "S_h", "R_h", "H_in", "P_before", "O_h", "M"]
SETTINGS = settings(max_examples=300, derandomize=True, deadline=None)


def conv(**changed: int | None) -> Formula:
    values: dict[str, int | None] = {"K": 64, "F_h": 3, "F_w": 3, "D_in": 32, "G": 1, **changed}
    return Formula("K * (F_h * F_w * D_in / G + 1)", **values)


def test_the_notes_own_layers() -> None:
    """The four parameter counts of the notes come out of one formula for convolutions and one for Dense."""
    assert [conv(K=k, D_in=d).value for k, d in ((32, 3), (64, 32), (128, 64))] == [896, 18_496, 73_856]
    assert Formula("K * (D_in + 1)", K=10, D_in=128).value == 1_290


def test_what_does_nothing_is_left_out() -> None:
    """Groups of 1 go, groups of 4 stay, and `full` keeps everything."""
    assert conv().symbolic() == "K × (F_h × F_w × D_in + 1)"
    assert conv(G=4).symbolic() == "K × (F_h × F_w × D_in / G + 1)"
    assert conv().symbolic(full=True) == "K × (F_h × F_w × D_in / G + 1)"
    assert conv().numeric() == "64 × (3 × 3 × 32 + 1)"
    assert str(conv()) == "K × (F_h × F_w × D_in + 1) = 64 × (3 × 3 × 32 + 1) = 18,496"


@pytest.mark.parametrize(
    ("text", "values", "shown"),
    [
        ("ceil((H - R * (F - 1)) / S)", {"H": 224, "R": 1, "F": 3, "S": 1}, "H - F + 1 = 224 - 3 + 1 = 222"),
        ("ceil((H - R * (F - 1)) / S)", {"H": 7, "R": 2, "F": 3, "S": 1}, "H - R × (F - 1) = 7 - 2 × (3 - 1) = 3"),
        ("ceil(H / S)", {"H": 7, "S": 2}, "ceil(H / S) = ceil(7 / 2) = 4"),
        ("floor(H / S)", {"H": 7, "S": 2}, "floor(H / S) = floor(7 / 2) = 3"),
        ("H + P - (W - 1)", {"H": 5, "P": 0, "W": 2}, "H - W + 1 = 5 - 2 + 1 = 4"),
        ("a - (b - c)", {"a": 9, "b": 5, "c": 1}, "a - b + c = 9 - 5 + 1 = 5"),
        ("max(H, F) + min(H, F)", {"H": 5, "F": 2}, "max(H, F) + min(H, F) = max(5, 2) + min(5, 2) = 7"),
        ("D / (G * M)", {"D": 12, "G": 2, "M": 3}, "D / (G × M) = 12 / (2 × 3) = 2"),
        ("K", {"K": 1_000_000}, "K = 1,000,000"),
        ("S", {"S": 1}, "1"),
        ("K * P", {"K": 3, "P": 0}, "0"),
    ],
)
def test_text(text: str, values: dict[str, int], shown: str) -> None:
    """The short form keeps its brackets where it must and loses what does nothing."""
    assert str(Formula(text, **values)) == shown


@pytest.mark.parametrize(
    ("formula", "latex"),
    [
        (Formula("K * (D_in + 1)", K=10, D_in=128),
         r"K \times \left(D_{\mathrm{in}} + 1\right) = 10 \times \left(128 + 1\right) = 1{,}290"),
        (Formula("ceil(H_in / S_h)", H_in=7, S_h=2),
         r"\left\lceil \frac{H_{\mathrm{in}}}{S_{h}} \right\rceil = \left\lceil \frac{7}{2} \right\rceil = 4"),
        (Formula("heads * D_head", heads=2, D_head=None),
         r"\mathrm{heads} \times D_{\mathrm{head}} = 2 \times \text{None} = \text{unknown}"),
        (Formula("max(a, b)", a=1, b=2), r"\max(a, b) = \max(1, 2) = 2"),
    ],
)  # fmt: skip
def test_latex(formula: Formula, latex: str) -> None:
    """LaTeX shows names, numbers and value; a name of several letters is upright, a long index too."""
    assert formula.latex() == latex
    assert formula.symbolic_latex() == latex.split(" = ")[0]


def shown(mathml: str) -> str:
    """What a browser shows of a formula in MathML, letter by letter, and "|" where a line may break within a side."""
    return re.sub(r"<[^>]*>", "", mathml.replace("<wbr>", "|").replace("</mi><mi>", "_"))


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (conv(D_in=3), "K|×(F_h×F_w×D_in+1) =64×(3×3×3+1) =1,792"),
        (conv(D_in=None), "K|×(F_h×F_w×D_in+1) =64|×(3×3×None+1) =unknown"),
        (Formula("ceil((H_in - F_h + 1) / S_h)", H_in=7, F_h=3, S_h=2), "⌈H_in−F_h+1S_h⌉ =⌈7−3+12⌉ =3"),
        (Formula("max((H_in - 1) * S_h, 0)", H_in=7, S_h=3), "max((H_in−1)×S_h,0) =max((7−1)×3,0) =18"),
        (Formula("K", K=5), "K =5"),
    ],
)
def test_mathml(formula: Formula, text: str) -> None:
    """Symbols, numbers and value stand in pieces of sound MathML; a form that adds nothing is left out."""
    assert shown(formula.mathml()) == text
    for piece in re.findall(r"<math>.*?</math>", formula.mathml()):
        ElementTree.fromstring(piece)


def test_an_unknown_size_leaves_the_value_open() -> None:
    """One unknown size makes the value unknown, and the text says so."""
    formula = Formula("H_in * W_in", H_in=None, W_in=3)
    assert formula.value is None
    assert str(formula) == "H_in × W_in = None × 3 = unknown"


def test_equal_formulas_are_equal() -> None:
    """Two formulas are equal when text and values are; values that are not used make no difference."""
    assert Formula("K", K=2, unused=5) == Formula("K", K=2)
    assert Formula("K", K=2) != Formula("K", K=3)
    assert Formula("K", K=2) != "K"
    assert len({Formula("K", K=2), Formula("K", K=2)}) == 1
    assert eval(repr(conv()), {"Formula": Formula}) == conv()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("K * Q", "no value for Q"),
        ("K +", "is not an expression"),
        ("K ** 2", "is not part of a formula"),
        ("K * 2.5", "'2.5' is not part of a formula"),
        ("K if K else 1", "is not part of a formula"),
        ("__import__('os')", "is not part of a formula"),
        ("K.bit_length()", "is not part of a formula"),
        ("sum(K)", "is not part of a formula"),
        ("max()", "is not part of a formula"),
        ("True", "'True' is not part of a formula"),
        ("K / 2", "3 is not a multiple of 2"),
        ("K / (K - 3)", "K / (K - 3): division by 0"),
        ("ceil(K / (K - 3))", "division by 0"),
    ],
)
def test_what_is_no_formula_is_refused(text: str, message: str) -> None:
    """Anything but whole-number arithmetic is refused, never evaluated."""
    with pytest.raises(ValueError, match=re.escape(message)):
        Formula(text, K=3)


def test_each_neutral_letter_is_explained() -> None:
    """A letter that the short form may drop stands in the module's description, which is the reference page."""
    assert all(f"`{letter}`" in str(module.__doc__) for letter in NEUTRAL)


def expressions() -> st.SearchStrategy[str]:
    leaf = st.one_of(st.sampled_from(NAMES), st.integers(0, 9).map(str))
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
            st.tuples(st.sampled_from(["ceil", "floor"]), inner).map(lambda t: f"{t[0]}(({t[1]}) / S_h)"),
            st.tuples(st.sampled_from(["max", "min"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
        ),
        max_leaves=12,
    )


def recomputed(text: str) -> int:
    """A formula's numbers, computed once more from its text by Python itself, in exact fractions."""
    python = re.sub(r"\b(ceil|floor)\(", r"math.\1(", text.replace("×", "*"))
    python = re.sub(r"\d+", lambda number: f"Fraction({number[0]})", python)
    return int(eval(python, {"Fraction": Fraction, "math": math, "max": max, "min": min}))


@SETTINGS
@given(expressions(), st.lists(st.integers(0, 10**6), min_size=len(NAMES), max_size=len(NAMES)), st.booleans())
def test_the_text_computes_to_the_value(text: str, numbers: list[int], neutral: bool) -> None:
    """The numbers of the short form and of the full one, computed anew by Python, give the formula's value."""
    values = {
        name: NEUTRAL[name[0]] if neutral and name[0] in NEUTRAL else number
        for name, number in zip(NAMES, numbers, strict=True)
    }
    values["S_h"] = max(values["S_h"], 1)
    formula = Formula(text, **values)
    assert formula.value == recomputed(formula.numeric(full=True)) == recomputed(formula.numeric())


@SETTINGS
@given(expressions(), st.lists(st.integers(1, 10**4), min_size=len(NAMES), max_size=len(NAMES)))
def test_mathml_says_what_the_text_says(text: str, numbers: list[int]) -> None:
    """Whatever the expression, its MathML is sound, and shows the letters and numbers of its text in their order."""
    try:
        formula = Formula(text, **dict(zip(NAMES, numbers, strict=True)))
    except ValueError:
        return
    pieces = re.findall(r"<math>.*?</math>", formula.mathml())
    said = " ".join(piece for math in pieces for piece in ElementTree.fromstring(math).itertext())
    assert re.findall(r"\w+", said) == re.findall(r"[^\W_]+", re.sub("ceil|floor", "", str(formula)))


@SETTINGS
@given(expressions(), st.lists(st.integers(1, 9), min_size=len(NAMES), max_size=len(NAMES)))
def test_the_names_stand_where_the_numbers_do(text: str, numbers: list[int]) -> None:
    """The symbolic form, with the numbers put in for its names, is the numeric one."""
    values = dict(zip(NAMES, numbers, strict=True))
    formula = Formula(text, **values)
    filled = re.sub(r"\b[A-Z](_[a-z]+)?\b", lambda name: str(values[name[0]]), formula.symbolic())
    assert filled == formula.numeric()
