"""Random layers of every type, against live Keras: the same shapes and weights, and the same refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnnotes.layers import LayerError, Outcome, outcome
from tests.examples import random

from .live import live
from .strategies import CASES, Case

EXAMPLES = 14
"""How many layers of each type; those that a rule can get wrong in more ways get more."""
MORE = {
    "Conv": 24,
    "Pooling": 20,
    "Separable": 24,
    "Depthwise": 24,
    "EinsumDense": 40,
    "Attention": 24,
    "Reshape": 30,
    "Permute": 50,
    "Concatenate": 24,
}


def usual(kind: str) -> int:
    return max((count for part, count in MORE.items() if part in kind), default=EXAMPLES)


@pytest.fixture(scope="module")
def tally() -> Iterator[Counter[tuple[str, str]]]:
    """Counts what was compared; where all types were, it must be 2,000 layers at least."""
    counts: Counter[tuple[str, str]] = Counter()
    yield counts
    kinds = {kind for kind, _ in counts}
    print()
    for kind in sorted(kinds):
        print(f"{kind:45} {counts[kind, 'accepted']:4} accepted by both {counts[kind, 'refused']:4} refused by both")
    print(f"{counts.total():,} layers of {len(kinds)} types")
    if len(kinds) == len(CASES):
        assert counts.total() >= 2_000


@pytest.mark.parametrize("times", [1, pytest.param(8, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", CASES)
def test_a_layer_is_what_keras_makes_of_it(kind: str, times: int, tally: Counter[tuple[str, str]]) -> None:
    """Output shapes, number of weights, each weight's shape, what is trained, and refusals are Keras's."""

    @random(times * usual(kind))
    @given(st.data())
    def compare(data: st.DataObject) -> None:
        case = data.draw(CASES[kind])
        tally[kind, compared(kind, case)] += 1

    compare()
    assert tally[kind, "accepted"] >= tally[kind, "refused"] // 5, "nearly nothing was accepted: that proves little"


def compared(kind: str, case: Case) -> str:
    """Holds our outcome against Keras's; returns whether both accepted or both refused."""
    theirs = live(kind, *case)
    try:
        ours: Outcome | LayerError = outcome(kind, *case)
    except LayerError as error:
        ours = error
    if isinstance(theirs, Exception) or isinstance(ours, LayerError):
        assert isinstance(theirs, Exception), f"Keras takes what we refuse: {ours}"
        assert isinstance(ours, LayerError), f"Keras refuses what we take: {theirs!r}"
        return "refused"
    assert ours.shapes == theirs.shapes
    assert sum(weight.size for weight in ours.weights) == theirs.params
    assert (ours.params.value if ours.params else 0) == theirs.params
    assert sum(weight.size for weight in ours.weights if weight.trainable) == theirs.trainable
    assert sorted(((weight.shape, weight.trainable) for weight in ours.weights), key=repr) == theirs.weights
    check_formulas(ours)
    if kind == "TextVectorization" and not case.arguments.get("vocabulary"):
        return "accepted"  # before adapt() it saves a vocabulary of 1, for unknown words, that it does not show
    # a saved model spells out every argument, defaults and all
    saved = outcome(kind, theirs.config, case.inputs, case.call)
    assert (saved.shapes, saved.weights, saved.macs) == (ours.shapes, ours.weights, ours.macs)
    return "accepted"


def check_formulas(ours: Outcome) -> None:
    """What is shown for an axis or a weight is the number itself."""
    for axis, formula in enumerate(ours.axes, start=1):
        assert formula is None or formula.value == ours.shapes[0][axis]
    for weight in ours.weights:
        assert weight.formula.value == weight.size
