"""Normalization: values are shifted and scaled, by statistics of a batch or of a single example."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._errors import LayerError
from cnnnotes.layers._rule import GLOBAL, Arguments, Outcome, Shape, Weight, known, one_input, product, rule, shown

_AFFINE = "beta_initializer gamma_initializer beta_regularizer gamma_regularizer beta_constraint gamma_constraint"


@rule(
    "BatchNormalization",
    arguments="axis momentum epsilon center scale moving_mean_initializer moving_variance_initializer synchronized "
    f"renorm renorm_clipping renorm_momentum {_AFFINE}",
)
def batch_normalization(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`BatchNormalization`: for each channel a trained scale and shift, and two moving statistics."""
    shape = one_input(inputs)
    d = known(shape[args.axis("axis", len(shape), -1)], "the normalized axis")
    args.number("momentum", 0.99)
    args.number("epsilon", 1e-3)
    trained = ["gamma"] * args.flag("scale", True) + ["beta"] * args.flag("center", True)
    moving = ["moving_mean", "moving_variance"]
    if args.flag("renorm", False):
        _check_clipping(args)
        moving += ["moving_stddev", "renorm_mean", "renorm_stddev"]
    size = Formula("D_in", D_in=d)
    count = len(trained) + len(moving)
    return Outcome(
        shapes=(shape,),
        weights=(
            *(Weight(name, (d,), size) for name in trained),
            *(Weight(name, (d,), size, trainable=False) for name in moving),
        ),
        params=Formula(f"{count} * D_in", D_in=d),
        notes=(f"{len(moving)} of the {count} vectors are moving statistics, which no gradient trains",),
    )


def _check_clipping(args: Arguments) -> None:
    clipping = args.get("renorm_clipping", None) or {}
    if not isinstance(clipping, dict) or not clipping.keys() <= {"rmax", "rmin", "dmax"}:
        raise LayerError(f"renorm_clipping must hold rmax, rmin and dmax, got {shown(clipping)}")
    limits = Arguments({key: value for key, value in clipping.items() if value is not None})
    if limits.number("rmax", math.inf) < limits.number("rmin", -math.inf):
        raise LayerError(f"renorm_clipping must have rmax above rmin, got {shown(clipping)}")
    limits.number("dmax", 0, minimum=0)


def affine(shape: Shape, axes: Sequence[int], names: Sequence[str]) -> tuple[tuple[Weight, ...], Formula | None]:
    """The trained weights called `names`, each of the size of these axes, and the formula of their number."""
    if not names:
        return (), None
    dims = tuple(known(shape[axis], "a normalized axis") for axis in axes)
    letters = ["D_in"] if axes == (len(shape) - 1,) else [f"N_{i}" for i in range(1, len(dims) + 1)]
    values = dict(zip(letters, dims, strict=True))
    size = Formula(product(letters), **values)
    weights = tuple(Weight(name, dims, size) for name in names)
    text = f"{len(names)} * {product(letters)}" if len(names) > 1 else product(letters)
    return weights, Formula(text, **values)


@rule("LayerNormalization", arguments=f"axis epsilon center scale {_AFFINE}")
def layer_normalization(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`LayerNormalization`: each example is normalized by itself, along one axis or several."""
    shape = one_input(inputs)
    axes = args.axes("axis", len(shape), -1)
    rms = args.flag("rms_scaling", False)
    scale, center = args.flag("scale", True) or rms, args.flag("center", True) and not rms
    weights, params = affine(shape, axes, ["gamma"] * scale + ["beta"] * center)
    return Outcome(shapes=(shape,), weights=weights, params=params, windows=seen(shape, axes))


def seen(shape: Shape, axes: Sequence[int]) -> tuple[()] | str:
    """What an output of a normalization over these axes depends on: its own position, or the whole input."""
    return () if set(axes) <= {len(shape) - 1} else GLOBAL


@rule("RMSNormalization", arguments="axis epsilon")
def rms_normalization(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`RMSNormalization`: divided by the root of the mean square, and scaled."""
    shape = one_input(inputs)
    axes = args.axes("axis", len(shape), -1)
    weights, params = affine(shape, axes, ["scale"])
    return Outcome(shapes=(shape,), weights=weights, params=params, windows=seen(shape, axes))


@rule("GroupNormalization", arguments=f"groups axis epsilon center scale {_AFFINE}")
def group_normalization(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`GroupNormalization`: each example is normalized by itself, a group of channels at a time."""
    shape = one_input(inputs)
    axis = args.axis("axis", len(shape), -1)
    channels = known(shape[axis], "the normalized axis")
    groups = channels if args.get("groups", 32) == -1 else args.integer("groups", 32)
    if channels < groups or channels % groups:
        raise LayerError(f"groups must divide the input's {channels} channels, got {groups}")
    names = ["gamma"] * args.flag("scale", True) + ["beta"] * args.flag("center", True)
    weights, params = affine(shape, (axis,), names)
    return Outcome(
        shapes=(shape,),
        weights=weights,
        params=params,
        notes=(f"{groups} groups of {channels // groups} channels, normalized over all positions",),
        windows=GLOBAL,
    )


@rule("UnitNormalization", arguments="axis")
def unit_normalization(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`UnitNormalization`: divided by the length of the vector along these axes; it has no weights."""
    shape = one_input(inputs)
    return Outcome(shapes=(shape,), windows=seen(shape, args.axes("axis", len(shape), -1)))
