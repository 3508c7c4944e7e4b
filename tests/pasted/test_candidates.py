"""What a row could have been: the truth is always among it, all of it fits, and nothing that fits is missing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import pytest

import cnnnotes
from cnnnotes._pasted.candidates import Candidate, Candidates, Wanted, candidates
from cnnnotes.layers import LayerError, known_types, outcome

from .models import APPLICATIONS, NAMES, model
from .printed import keras3, listed, tf_keras

DEEPEST = 2000
"""How far down the list the true configuration may stand."""


def plain(value: Any) -> Any:
    """Lists as tuples, one number alone as the tuple that holds it."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        values = tuple(map(plain, value))
        return values[0] if len(values) == 1 else values
    return value


def is_true(candidate: Candidate, config: dict[str, Any], rank: int) -> bool:
    """Whether a candidate says what the live layer's own configuration says."""
    said, true = candidate.arguments.get("data_format", "channels_last"), config.get("data_format") or "channels_last"
    if candidate.arguments and said != true:  # where nothing of the arguments shows, this one doesn't either
        return False
    return _agree(candidate.arguments, config, rank)


def _agree(arguments: dict[str, Any], config: dict[str, Any], rank: int) -> bool:
    for name, value in arguments.items():
        said, true = plain(value), plain(config.get(name))
        if name == "layer":
            if said["class_name"] != true["class_name"] or not _agree(said["config"], true["config"], rank - 1):
                return False
        elif name == "axis" and isinstance(said, int) and isinstance(true, int):
            if said % rank != true % rank:
                return False
        elif name == "target_shape":
            if any(s != t for s, t in zip(value, config[name], strict=True)):
                return False
        elif name in config and said != true and name not in ("rate", "mean", "variance"):
            return False
    return True


def rows(name: str, text: str) -> Iterator[tuple[Any, Any]]:
    """The rows of a pasted summary that were looked into, each with its live layer."""
    for row, layer in zip(cnnnotes.explain(text).rows, listed(model(name)), strict=True):
        if row.candidates is not None and isinstance(layer, keras.Layer) and not hasattr(layer, "layers"):
            yield row, layer


@pytest.mark.parametrize("name", NAMES)
def test_the_true_configuration_is_among_those_listed(name: str) -> None:
    """Of every row of 20 models, pasted in the style of Keras 3, what the live layer was made with is listed."""
    checked = first = 0
    for row, layer in rows(name, keras3(model(name), 140)):
        config = keras.saving.serialize_keras_object(layer)["config"]
        rank = len(row.shapes[0])
        found = itertools.chain(row.candidates.first(20), itertools.islice(row.candidates, 20, DEEPEST))
        place = next((i for i, one in enumerate(found) if is_true(one, config, rank)), None)
        assert place is not None, f"{row.name}: {config} is not among {len(row.candidates)}"
        checked += 1
        first += place == 0
    print(f"{name}: {checked} rows, of {first} the first of the list is the true one")
    assert checked


@pytest.mark.parametrize("name", [name for name in NAMES if name not in APPLICATIONS])
def test_both_styles_leave_the_same_open(name: str) -> None:
    """What tf.keras prints of a model leaves as many configurations for each row as what Keras 3 prints."""
    ours, theirs = (cnnnotes.explain(text).rows for text in (keras3(model(name), 200), tf_keras(model(name), 200)))
    counts = [[None if row.candidates is None else len(row.candidates) for row in rows] for rows in (ours, theirs)]
    assert counts[0] == counts[1]


def tried() -> Iterator[tuple[str, dict[str, Any], tuple[int | None, ...]]]:
    """Small convolutions of every kind, and poolings, on a map of unequal sides."""
    size, paddings = ((1, 1), (2, 3), (3, 3), (1, 4)), ("valid", "same")
    for kernel, padding, bias in itertools.product(size, paddings, (True, False)):
        base = {"kernel_size": kernel, "padding": padding, "use_bias": bias}
        for step in ({"strides": (2, 1)}, {"strides": (2, 2)}, {"dilation_rate": (2, 1)}, {}):
            yield "Conv2D", {**base, **step, "filters": 8, "groups": 2}, (None, 9, 7, 4)
            yield "Conv2D", {**base, **step, "filters": 8}, (None, 9, 7, 4)
            yield "Conv2DTranspose", {**base, **step, "filters": 4}, (None, 5, 4, 3)
            yield "DepthwiseConv2D", {**base, **step, "depth_multiplier": 2}, (None, 9, 7, 4)
            yield "SeparableConv2D", {**base, **step, "filters": 6, "depth_multiplier": 3}, (None, 9, 7, 4)
        yield "MaxPooling2D", {"pool_size": kernel, "strides": (2, 1), "padding": padding}, (None, 9, 7, 4)


def searched(kind: str, shape: tuple[int | None, ...], wanted: Wanted) -> set[tuple[tuple[str, Any], ...]]:
    """All that fits of small kernels, strides and dilations, found by trying every one on the rule."""
    out, found = wanted.outputs[0], set()
    values: list[Sequence[Any]]
    small = list(itertools.product(range(1, 5), repeat=2))
    steps = list(itertools.product(range(1, 3), repeat=2))
    if kind == "MaxPooling2D":
        names, values = ["pool_size", "strides", "padding"], [small, steps, ("valid", "same")]
    else:
        names = ["kernel_size", "strides", "dilation_rate", "padding", "use_bias"]
        values = [small, steps, list(itertools.product(range(1, 3), repeat=2)), ("valid", "same"), (True, False)]
    if kind in ("Conv2D", "Conv2DTranspose", "SeparableConv2D"):
        names, values = [*names, "filters"], [*values, [out[-1]]]
    if kind == "Conv2D":
        names, values = [*names, "groups"], [*values, [1, 2, 4]]
    if kind == "Conv2DTranspose":
        names, values = [*names, "output_padding"], [*values, [None, (0, 0), (0, 1), (1, 0), (1, 1)]]
    if kind in ("DepthwiseConv2D", "SeparableConv2D"):
        names, values = [*names, "depth_multiplier"], [*values, [1, 2, 3]]
    for chosen in itertools.product(*values):
        arguments = dict(zip(names, chosen, strict=True))
        try:
            made = outcome(kind, arguments, [shape])
        except LayerError:
            continue
        if made.shapes == wanted.outputs and (made.params.value if made.params else 0) == wanted.params:
            found.add(tuple(sorted(arguments.items())))
    return found


CASES = list(tried())


@pytest.mark.parametrize("case", CASES[::14], ids=lambda case: f"{case[0]}-{'-'.join(map(str, case[1].values()))}")
def test_nothing_that_fits_is_missing(case: tuple[str, dict[str, Any], tuple[int | None, ...]]) -> None:
    """Whatever small configuration gives the row's shape and count by the rule itself is listed."""
    kind, arguments, shape = case
    try:
        made = outcome(kind, arguments, [shape])
    except LayerError:
        pytest.skip("the window does not fit: there is no such row")
    wanted = Wanted(made.shapes, made.params.value if made.params else 0)
    found = candidates(kind, ((shape,),), wanted)
    listed_ones = {tuple(sorted(one.arguments.items())) for one in found}
    assert len(found) == len(listed_ones)
    assert searched(kind, shape, wanted) <= listed_ones


def test_a_count_holds_for_what_is_walked_through() -> None:
    """The number of candidates, which is computed, is the number of those that the rule confirms one by one."""
    for found in (
        candidates("Conv2D", (((None, 56, 56, 64),),), Wanted(((None, 56, 56, 64),), 4_160)),
        candidates("MaxPooling2D", (((None, 28, 28, 8),),), Wanted(((None, 14, 14, 8),), 0)),
        candidates("ZeroPadding2D", (((None, 10, 10, 3),),), Wanted(((None, 13, 16, 3),), 0)),
        candidates("Conv1D", (((None, 100, 8),),), Wanted(((None, 100, 16),), 400)),
    ):
        some = list(itertools.islice(found, 3000))
        assert len(some) == min(len(found), 3000)
        assert len({repr(one) for one in some}) == len(some)


def test_the_commonest_comes_first() -> None:
    """3 × 3 before 1 × 9, no dilation before any, a pool that is its own stride before one that isn't."""
    conv = candidates("Conv2D", (((None, 56, 56, 64),),), Wanted(((None, 56, 56, 64),), 36_928)).first(3)
    assert [one.arguments["kernel_size"] for one in conv] == [(3, 3), (1, 9), (9, 1)]
    assert conv[0].arguments["padding"] == "same"
    pool = candidates("MaxPooling2D", (((None, 28, 28, 8),),), Wanted(((None, 14, 14, 8),), 0)).best
    assert pool is not None
    assert pool.arguments == {"pool_size": (2, 2), "strides": (2, 2), "padding": "valid"}


def test_the_input_of_a_first_row_is_inferred() -> None:
    """A Sequential's summary does not show its input: 896 weights are 3 × 3 over three channels, and more."""
    found = candidates("Conv2D", (), Wanted(((None, 222, 222, 32),), 896))
    assert found.best is not None
    assert found.best.inputs == ((None, 224, 224, 3),)
    nine = {"kernel_size": (3, 1), "channels": 9}
    some = [(one.arguments["kernel_size"], one.inputs[0][-1]) for one in itertools.islice(found, 5000)]
    assert (nine["kernel_size"], nine["channels"]) in some
    dense = candidates("Dense", (), Wanted(((None, 10),), 7_850))
    assert [one.inputs[0] for one in dense] == [(None, 784), (None, 785)]


def test_what_fits_nothing_is_said_to_fit_nothing() -> None:
    """One weight too many leaves no configuration; a type without a rule was not looked for."""
    wrong = candidates("Conv2D", (((None, 32, 32, 3),),), Wanted(((None, 30, 30, 8),), 225))
    assert (len(wrong), wrong.best, wrong.known) == (0, None, True)
    grown = candidates("ReLU", (((None, 8),),), Wanted(((None, 9),), 0))
    assert (len(grown), grown.known) == (0, True)
    strange = candidates("MyOwnLayer", (((None, 8),),), Wanted(((None, 8),), 5))
    assert isinstance(strange, Candidates)
    assert (len(strange), strange.known) == (0, False)


@pytest.mark.parametrize("text", ["", "2,35…", "2,359,8…"])
def test_a_count_that_is_cut_leaves_more_open(text: str) -> None:
    """With fewer digits more fits, and what fitted the full count still does."""
    shape = (None, 8, 8, 512)
    full = {repr(one) for one in candidates("Conv2D", ((shape,),), Wanted((shape,), 2_359_808)).first(5)}
    cut = candidates("Conv2D", ((shape,),), Wanted((shape,), None, text))
    assert len(cut) >= len(candidates("Conv2D", ((shape,),), Wanted((shape,), 2_359_808)))
    assert repr(cut.best) in full


def test_no_row_is_too_odd_to_look_into() -> None:
    """Any known type with shapes of any rank and counts that can't be: what is listed fits, and nothing is raised."""
    shapes: list[tuple[int | None, ...]] = [(), (None,), (None, 4), (None, 4, 4), (None, 4, 4, 4), (2, 4, 4, 8)]
    for kind, (a, b) in itertools.product(known_types(), itertools.product(shapes, shapes)):
        for params, text in ((0, "0"), (None, "8…"), (None, "x…")):
            found = candidates(kind, ((a,),), Wanted((b,), params, text))
            assert bool(found) == (found.best is not None)


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(((None, 14, 14, 8), (None, 7, 7, 8)), 0),
        Wanted(((2, 14, 14, 8),), 0),
        Wanted(((None, 14, 14, 8),), None, "bn[0]…"),
    ],
)
def test_a_pooling_that_can_not_be_is_told_without_trying_all(wanted: Wanted) -> None:
    """Two outputs, another batch, or a count that is none speak against every pool at once."""
    assert len(candidates("MaxPooling2D", (((None, 28, 28, 8),),), wanted)) == 0
    assert len(candidates("MaxPooling2D", (), wanted._replace(outputs=wanted.outputs * 2))) == 0
