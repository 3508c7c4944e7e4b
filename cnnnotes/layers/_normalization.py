"""Normalization: values are shifted and scaled, by statistics of a batch or of a single example."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments, trained
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._maps import known, one_input
from cnnnotes.layers._outcomes import GLOBAL, Outcome, Shape, Weight, numbered, product
from cnnnotes.layers._registry import rule

_AFFINE = trained(beta="zeros", gamma="ones")


@rule(
    "BatchNormalization",
    arguments="axis:axis=-1 momentum=0.99 epsilon=0.001 center=True scale=True moving_mean_initializer=zeros "
    "moving_variance_initializer=ones synchronized=False renorm=False renorm_clipping=None renorm_momentum=0.99 "
    f"{_AFFINE}",
)
def batch_normalization(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`BatchNormalization`: for each channel a trained scale and shift, and two moving statistics."""
    shape = one_input(inputs)
    d = known(shape[args.axis("axis", len(shape))], "the normalized axis")
    trained = ["gamma"] * args.flag("scale") + ["beta"] * args.flag("center")
    moving = ["moving_mean", "moving_variance"]
    if args.flag("renorm"):
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
    clipping = args.get("renorm_clipping") or {}
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
    values = {"D_in": dims[0]} if axes == (len(shape) - 1,) else numbered(dims)
    size = Formula(product(values), **values)
    weights = tuple(Weight(name, dims, size) for name in names)
    text = f"{len(names)} * {product(values)}" if len(names) > 1 else product(values)
    return weights, Formula(text, **values)


@rule("LayerNormalization", arguments=f"axis:axes=-1 epsilon=0.001 center=True scale=True {_AFFINE}")
def layer_normalization(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`LayerNormalization`: each example is normalized by itself, along one axis or several."""
    shape = one_input(inputs)
    axes = args.axes("axis", len(shape))
    rms = args.flag("rms_scaling", False)
    scale, center = args.flag("scale") or rms, args.flag("center") and not rms
    weights, params = affine(shape, axes, ["gamma"] * scale + ["beta"] * center)
    return Outcome(shapes=(shape,), weights=weights, params=params, windows=seen(shape, axes))


def seen(shape: Shape, axes: Sequence[int]) -> tuple[()] | str:
    """What an output of a normalization over these axes depends on: its own position, or the whole input."""
    return () if set(axes) <= {len(shape) - 1} else GLOBAL


@rule("RMSNormalization", arguments="axis:axes=-1 epsilon=1e-06")
def rms_normalization(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`RMSNormalization`: divided by the root of the mean square, and scaled."""
    shape = one_input(inputs)
    axes = args.axes("axis", len(shape))
    weights, params = affine(shape, axes, ["scale"])
    return Outcome(shapes=(shape,), weights=weights, params=params, windows=seen(shape, axes))


@rule(
    "GroupNormalization",
    arguments=f"groups:size=32 axis:axis=-1 epsilon=0.001 center=True scale=True {_AFFINE}",
    shapes=((None, 28, 28, 64),),
)
def group_normalization(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`GroupNormalization`: each example is normalized by itself, a group of channels at a time."""
    shape = one_input(inputs)
    axis = args.axis("axis", len(shape))
    channels = known(shape[axis], "the normalized axis")
    groups = channels if args.get("groups") == -1 else args.integer("groups")
    if channels < groups or channels % groups:
        raise LayerError(f"groups must divide the input's {channels} channels, got {groups}")
    names = ["gamma"] * args.flag("scale") + ["beta"] * args.flag("center")
    weights, params = affine(shape, (axis,), names)
    return Outcome(
        shapes=(shape,),
        weights=weights,
        params=params,
        notes=(f"{groups} groups of {channels // groups} channels, normalized over all positions",),
        windows=GLOBAL,
    )


@rule("UnitNormalization", arguments="axis:axes=-1")
def unit_normalization(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`UnitNormalization`: divided by the length of the vector along these axes; it has no weights."""
    shape = one_input(inputs)
    return Outcome(shapes=(shape,), windows=seen(shape, args.axes("axis", len(shape))))
