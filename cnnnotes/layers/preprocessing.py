"""Preprocessing layers that sit in models: rescaling, normalization, resizing, random changes, encodings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnnotes.formula import Formula
from cnnnotes.layers.rule import (
    MOST_AXES,
    Arguments,
    LayerError,
    Outcome,
    Shape,
    Weight,
    kept,
    known,
    one_input,
    product,
    rule,
    shown,
)


@rule("Rescaling", arguments="scale offset")
def rescaling(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Rescaling`: times `scale`, plus `offset`, both given rather than trained."""
    args.get("scale")
    return kept(args, inputs)


@rule("Normalization", arguments="axis mean variance invert")
def normalization(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Normalization`: mean and variance of the training data, learnt by `adapt()` unless they are given."""
    shape = one_input(inputs)
    axes = () if args.get("axis", -1) is None else args.axes("axis", len(shape), -1)
    dims = tuple(known(shape[axis], f"axis {axis}") for axis in sorted(axes))
    mean, variance = args.get("mean", None), args.get("variance", None)
    if (mean is None) != (variance is None):
        raise LayerError("mean and variance must both be given or neither")
    if mean is not None:
        _check_given(mean, variance, dims)
        return Outcome(shapes=(shape,), notes=("mean and variance are given as constants: they are no weights",))
    values = {"D_in": dims[0]} if len(dims) == 1 else {f"N_{i}": size for i, size in enumerate(dims, start=1)}
    size = Formula(product(values), **values)
    return Outcome(
        shapes=(shape,),
        weights=(
            Weight("mean", dims, size, trainable=False),
            Weight("variance", dims, size, trainable=False),
            Weight("count", (), Formula("1"), trainable=False),
        ),
        params=Formula(f"2 * {product(values)} + 1", **values),
        notes=("mean, variance and the count of what was adapted to: set by adapt(), not trained",),
    )


def _check_given(mean: Any, variance: Any, dims: Shape) -> None:
    given = nested_shape("mean", mean)
    if given != nested_shape("variance", variance):
        raise LayerError(f"mean and variance must have the same shape, got {given} for the mean")
    if len(given) > len(dims):
        raise LayerError(f"mean must have at most {len(dims)} axes, got {given}")
    for size, dim in zip(given[::-1], dims[::-1], strict=False):
        if size not in (1, dim):
            raise LayerError(f"mean must fit the sizes {dims}, got {given}")


def nested_shape(name: str, value: Any) -> tuple[int, ...]:
    """The shape of an array that is written as a list of lists."""
    found: list[int] = []
    while isinstance(value, list | tuple):
        if not value or len(found) >= MOST_AXES:
            raise LayerError(f"{name} must be a number or a list of them, got {shown(value)}")
        found.append(len(value))
        value = value[0]
    return tuple(found)
