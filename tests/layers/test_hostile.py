"""A config from a stranger: whatever stands in it, a rule gives an outcome or one clear LayerError, within bounds."""

from __future__ import annotations

import re
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnnotes import fixes
from cnnnotes.layers import COMMON, LayerError, NoRule, known_types, layer_type, outcome
from cnnnotes.layers._arguments import MAX_INTEGER
from cnnnotes.layers._outcomes import MAX_AXES
from cnnnotes.layers._registry import MAX_WRAPPED
from tests.examples import few_or_many, random

from .strategies import CASES

HUGE = st.sampled_from([2**31, 2**53, MAX_INTEGER, MAX_INTEGER + 1, 10**30, 10**4000, -(10**4000)])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 300),
    HUGE,
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=8),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=6),
        st.dictionaries(st.sampled_from(["class_name", "config", "a"]), inner, max_size=3),
        st.builds(
            lambda kind, config: {"class_name": kind, "config": config},
            st.sampled_from(["LSTM", "Dense", "GRUCell", "TimeDistributed", "Conv2D", "Unheard"]),
            st.dictionaries(st.sampled_from(["units", "layer", "filters", "kernel_size", "cell"]), inner, max_size=3),
        ),
    ),
    max_leaves=8,
)
SHAPES = st.lists(
    st.lists(
        st.one_of(st.none(), st.integers(0, 40), st.sampled_from([2**31, MAX_INTEGER, MAX_INTEGER + 1])), max_size=6
    ).map(tuple),
    max_size=4,
)


def tried(kind: str, arguments: dict[str, Any], inputs: Any) -> None:
    """An outcome whose every part can be shown, or a LayerError of one short line."""
    try:
        found = outcome(kind, arguments, inputs)
    except LayerError as error:
        text = str(error)
        assert text
        assert len(text) < 1_000
        return
    for formula in (found.params, found.macs, *found.axes, *(weight.formula for weight in found.weights)):
        if formula is not None:
            assert len(str(formula)) < 20_000
            assert len(formula.latex(full=True)) < 40_000
    assert all(len(note) < 1_000 for note in found.notes)


@few_or_many(8, 60)
@pytest.mark.parametrize("kind", known_types())
def test_any_arguments_give_an_outcome_or_a_layer_error(kind: str, examples: int) -> None:
    """Random JSON for a layer's arguments and random shapes raise nothing but LayerError."""
    stated = layer_type(kind)
    assert stated is not None
    names = (*stated.arguments, *COMMON)

    @random(examples)
    @given(st.dictionaries(st.sampled_from(names), VALUES, max_size=6), SHAPES)
    def hold(arguments: dict[str, Any], inputs: Any) -> None:
        tried(kind, arguments, inputs)

    hold()


@few_or_many(8, 60)
@pytest.mark.parametrize("kind", CASES)
def test_a_spoilt_argument_gives_an_outcome_or_a_layer_error(kind: str, examples: int) -> None:
    """A good layer with one argument, or one size, replaced by anything raises nothing but LayerError."""

    @random(examples)
    @given(st.data())
    def hold(data: st.DataObject) -> None:
        case = data.draw(CASES[kind])
        arguments = dict(case.arguments)
        arguments[data.draw(st.sampled_from(sorted(arguments) or ["name"]))] = data.draw(VALUES)
        tried(kind, arguments, case.inputs)
        spoilt = data.draw(st.sampled_from([None, 0, 2**31, MAX_INTEGER]))
        tried(kind, case.arguments, [(*shape[:-1], spoilt) for shape in case.inputs])

    hold()


@few_or_many(3, 20)
@pytest.mark.parametrize("kind", CASES)
def test_fixes_are_looked_for_whatever_is_wrong(kind: str, examples: int) -> None:
    """A good layer with an argument replaced by anything has fixes, or none, but never another error."""

    @random(examples)
    @given(st.data())
    def hold(data: st.DataObject) -> None:
        case = data.draw(CASES[kind])
        spoilt = {data.draw(st.sampled_from(sorted(case.arguments) or ["name"])): data.draw(VALUES)}
        assert len(fixes(kind, {**case.arguments, **spoilt}, case.inputs)) <= 8

    hold()


NUMBERS: dict[str, dict[str, Any]] = {
    "Conv2D": {"filters": MAX_INTEGER, "kernel_size": MAX_INTEGER, "padding": "same"},
    "Dense": {"units": MAX_INTEGER},
    "EinsumDense": {"equation": "a" * 100_000 + ",ab->b", "output_shape": 3},
    "UpSampling2D": {"size": MAX_INTEGER},
    "Permute": {"dims": list(range(1, 200_000))},
    "Reshape": {"target_shape": [1] * 200_000},
    "RepeatVector": {"n": MAX_INTEGER},
    "CategoryEncoding": {"num_tokens": MAX_INTEGER},
    "TextVectorization": {"ngrams": MAX_INTEGER},
    "MultiHeadAttention": {"num_heads": MAX_INTEGER, "key_dim": MAX_INTEGER},
    "ZeroPadding2D": {"padding": [[0] * 200_000, 1]},
    "LayerNormalization": {"axis": [-1] * 200_000},
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_a_huge_number_takes_no_memory(kind: str) -> None:
    """No list is made as long as a number in a config says: a million bytes are enough for each."""
    inputs = [(None, 5, 5, 4)] * (2 if kind == "MultiHeadAttention" else 1)
    tracemalloc.start()
    tried(kind, NUMBERS[kind], inputs)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4_000_000


def test_many_inputs_are_summed_in_a_short_formula() -> None:
    """A merge of 50,000 inputs is one outcome whose formula stays short."""
    found = outcome("Concatenate", {}, [(None, 3)] * 50_000)
    assert found.shapes == ((None, 150_000),)
    assert found.axes[0] is not None
    assert len(str(found.axes[0])) < 300


def test_layers_wrapped_too_deep_are_refused() -> None:
    """TimeDistributed within TimeDistributed is followed so far and no further, and the bound is named."""
    layer: dict[str, Any] = {"class_name": "Dense", "config": {"units": 1}}
    for _ in range(MAX_WRAPPED + 2):
        layer = {"class_name": "TimeDistributed", "config": {"layer": layer}}
    with pytest.raises(LayerError, match=f"must not wrap more than {MAX_WRAPPED} layers"):
        outcome("TimeDistributed", layer["config"], [(None, *[2] * 40)])


def test_a_wrapped_layer_without_a_rule_is_asked_for() -> None:
    """A nested model in a TimeDistributed is handed to the caller, and without one there is no rule."""
    model = {"class_name": "Functional", "config": {"layers": []}}
    inner = outcome("Dense", {"units": 7}, [(None, 4)])
    found = outcome("TimeDistributed", {"layer": model}, [(None, 3, 4)], unknown=lambda layer, inputs: inner)
    assert found.shapes == ((None, 3, 7),)
    assert found.params == inner.params
    with pytest.raises(NoRule, match="'Functional'"):
        outcome("TimeDistributed", {"layer": model}, [(None, 3, 4)])


@pytest.mark.parametrize(
    "shape", [(None,) * (MAX_AXES + 1), (None, MAX_INTEGER + 1), (None, -1), (None, 2.0), (None, "3")]
)
def test_an_impossible_input_is_refused(shape: Any) -> None:
    """An input with too many axes, or a size that is no size, is refused before any rule sees it."""
    with pytest.raises(LayerError, match="an input must have at most 64 axes"):
        outcome("Flatten", {}, [shape])


MAP = (None, 9, 9, 3)
CONV = {"filters": 8, "kernel_size": 3}


@pytest.mark.parametrize(
    ("kind", "arguments", "inputs", "message"),
    [
        ("Conv2D", {**CONV, "kernel_size": (0, 3)}, [MAP], "kernel_size must be positive, got (0, 3)"),
        ("Dense", {"units": 2**70}, [(None, 8)], "units must be below 2^63, got 1180591620717411303424"),
        ("Conv2D", {"kernel_size": 3}, [MAP], "filters is required"),
        ("Conv2D", {**CONV, "groups": 2}, [MAP], "groups must divide the input's 3 channels, got 2"),
        ("Conv2D", CONV, [(None, 9, 9, None)], "the channel axis of the input must be known, got None"),
        ("MaxPooling2D", {"pool_size": 3}, [(None, 2, 2, 64)], "= 0 along the height (window 3, input 2"),
        ("Dropout", {"rate": float("nan")}, [(None, 3)], "rate must be a number from 0 to 1, got nan"),
        ("Dense", {"units": "10"}, [(None, 3)], "units must be an integer, got '10'"),
        ("Reshape", {"target_shape": [5, 5]}, [(None, 4, 6)], "must hold the input's 24 values, got (5, 5) with 25"),
        ("Add", {}, [(None, 4, 6), (None, 5, 6)], "the inputs must agree along axis 1, got 4 and 5"),
        ("LSTM", {"units": 3, "stateful": True}, [(None, 4, 6)], "needs a known batch size, got None"),
    ],
)
def test_a_refusal_names_the_argument_and_what_was_received(
    kind: str, arguments: Any, inputs: Any, message: str
) -> None:
    """The message says which argument is wrong, and with what."""
    with pytest.raises(LayerError, match=re.escape(message)):
        outcome(kind, arguments, inputs)


@pytest.mark.parametrize("kind", known_types())
def test_an_input_without_axes_is_no_crash(kind: str) -> None:
    """A scalar where a batch is expected gives an outcome or a LayerError, with good arguments too."""
    arguments = {"function": "f", "output_shape": [3]} if kind == "Lambda" else {"units": 3, "rate": 0.5, "axes": 1}
    for count in range(4):
        tried(kind, arguments, [()] * count)
