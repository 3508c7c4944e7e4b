"""Activations as layers: a function of each value; only `PReLU` has weights."""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import MAX_AXES, Arguments, is_integer, trained
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._maps import known, one_input
from cnnnotes.layers._normalization import seen
from cnnnotes.layers._outcomes import Outcome, Shape, Weight, product, sizes
from cnnnotes.layers._registry import alike, rule

alike(
    {
        "Activation": "activation",
        "ReLU": "max_value:0..=None negative_slope:0..=0.0 threshold:0..=0.0",
        "LeakyReLU": "negative_slope:0..=0.3",
        "ELU": "alpha=1.0",
    }
)


@rule("PReLU", arguments=f"{trained(alpha='Zeros')} shared_axes:axes=None", example={"shared_axes": [1, 2]})
def prelu(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`PReLU`: a leaky ReLU whose slope is trained, one for each value unless axes share it."""
    shape = one_input(inputs, minimum_rank=2)
    shared = args.get("shared_axes")
    axes = () if shared is None else shared if isinstance(shared, list | tuple) else (shared,)
    count = len(shape) - 1
    if len(axes) > MAX_AXES or not all(is_integer(axis) and -count < axis <= count for axis in axes):
        raise LayerError(f"shared_axes must name axes of the input, counted from 1 to {count}, got {shown(shared)}")
    # Keras writes its 1 at [axis - 1], so 0 and negative axes count back from the one before the last
    ones = {(axis - 1) % count for axis in axes}
    alpha = tuple(1 if i in ones else known(size, f"axis {i + 1}") for i, size in enumerate(shape[1:]))
    named = sizes((None, *alpha))
    used = [name for i, name in enumerate(named) if i not in ones or len(named) < count]
    params = Formula(product(used), **named)
    notes = () if shared else (f"one slope for each of the {params.value:,} values; shared_axes would share it",)
    return Outcome(shapes=(shape,), weights=(Weight("alpha", alpha, params),), params=params, notes=notes)


@rule("Softmax", arguments="axis:axes=-1")
def softmax(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Softmax`: values along these axes become shares that sum to 1."""
    shape = one_input(inputs)
    return Outcome(shapes=(shape,), windows=seen(shape, args.axes("axis", len(shape))))
