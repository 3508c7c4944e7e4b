"""Reshaping: the same values in another shape, cropped, padded or repeated; no layer here has weights."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._errors import LayerError
from cnnnotes.layers._rule import (
    AXES,
    GLOBAL,
    MOST_AXES,
    Arguments,
    Outcome,
    Shape,
    Window,
    is_whole,
    joined,
    joined_axes,
    one_input,
    product,
    rule,
    shown,
    sizes,
    split,
    times,
    whole,
)
from cnnnotes.layers._windowed import AXIS_NAMES


@rule("Flatten", arguments="data_format")
def flatten(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Flatten`: all values of an example in one row."""
    shape = one_input(inputs)
    values = sizes(shape, channels_first=args.channels_first())
    length = Formula(product(values), **values)
    if length.value is None:
        note = f"{times(shape[1:])} has no known length: a Dense layer can't be built on it"
    else:
        note = f"{times(shape[1:])} values in one row: where each one stood is lost" if len(shape) > 2 else ""
    return Outcome(shapes=((shape[0], length.value),), axes=(length,), notes=(note,) if note else (), windows=GLOBAL)


@rule("Reshape", arguments="target_shape")
def reshape(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Reshape`: the same values counted off anew; one size may be left to be computed, as -1."""
    shape = one_input(inputs)
    target = args.get("target_shape")
    if not isinstance(target, list | tuple) or len(target) >= MOST_AXES:
        raise LayerError(f"target_shape must be a list of sizes, got {shown(target)}")
    for size in target:
        if size is not None:
            whole("target_shape", size, minimum=-1)
    if target.count(-1) > 1:
        raise LayerError(f"target_shape must have at most one -1, got {shown(target)}")
    out, open_axis = _reshaped(shape[1:], tuple(target))
    axes: list[Formula | None] = [None if size is None else Formula(str(size)) for size in out]
    if open_axis is not None:
        axes[open_axis] = _open_size(shape, out, open_axis)
    return Outcome(shapes=((shape[0], *out),), axes=tuple(axes), windows=None)


def _reshaped(values: Shape, target: Shape) -> tuple[Shape, int | None]:
    """The target with its open size computed, and where that is."""
    open_axis = target.index(-1) if -1 in target else None
    if None in values or None in target:
        return tuple(None if size == -1 else size for size in target), open_axis
    count = math.prod(size for size in values if size is not None)
    asked = math.prod(size for size in target if size is not None and size != -1)
    if open_axis is None:
        if count != asked:
            raise LayerError(f"target_shape must hold the input's {count:,} values, got {shown(target)} with {asked:,}")
        return target, None
    if asked == 0 or count % asked:
        raise LayerError(f"target_shape must divide the input's {count:,} values, got {shown(target)}")
    return (*target[:open_axis], count // asked, *target[open_axis + 1 :]), open_axis


def _open_size(shape: Shape, out: Shape, open_axis: int) -> Formula:
    """The formula of the size that was left open: all values over the sizes that were given."""
    values = sizes(shape)
    asked = {f"T_{i}": size for i, size in enumerate(out, start=1) if i != open_axis + 1}
    return Formula(f"({product(values)}) / ({product(asked)})", **values, **asked)


@rule("Permute", arguments="dims")
def permute(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Permute`: the axes in another order; they are counted from 1, without the batch."""
    dims = args.get("dims")
    if not isinstance(dims, list | tuple) or len(dims) > MOST_AXES or not all(map(is_whole, dims)):
        raise LayerError(f"dims must be a list of axes, got {shown(dims)}")
    if sorted(dims) != list(range(1, len(dims) + 1)):
        raise LayerError(f"dims must hold each axis from 1 to {len(dims)} once, got {shown(dims)}")
    shape = one_input(inputs, len(dims) + 1)
    return Outcome(shapes=((shape[0], *(shape[axis] for axis in dims)),), axes=(None,) * len(dims), windows=None)


@rule("RepeatVector", arguments="n")
def repeat_vector(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`RepeatVector`: a vector n times, as a sequence."""
    shape = one_input(inputs, 2)
    n = args.integer("n")
    return Outcome(shapes=((shape[0], n, shape[1]),), axes=(Formula("n", n=n), None), windows=None)


def pairs(name: str, value: object, rank: int) -> tuple[tuple[int, int], ...]:
    """How much is added or taken before and after each of `rank` axes, in each of the ways in which Keras writes it."""
    if is_whole(value):
        return ((whole(name, value, 0),) * 2,) * rank
    if not isinstance(value, list | tuple) or len(value) != rank:
        raise LayerError(f"{name} must be a whole number or {rank} of them or {rank} pairs, got {shown(value)}")
    found = []
    for pair in value:
        both = (pair, pair) if is_whole(pair) else pair
        if not isinstance(both, list | tuple) or len(both) != 2:
            raise LayerError(f"{name} must be a whole number or {rank} of them or {rank} pairs, got {shown(value)}")
        found.append((whole(name, both[0], 0), whole(name, both[1], 0)))
    return tuple(found)


def crop(rank: int, args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Cropping1D` to `Cropping3D`: positions at the borders are dropped."""
    shape = one_input(inputs, rank + 2)
    default = {1: 1, 2: 0, 3: 1}[rank]
    cropping = args.get("cropping", default)
    first = args.channels_first() if rank > 1 else False
    taken = (args.integers("cropping", 2, default, 0),) if rank == 1 else pairs("cropping", cropping, rank)
    spatial, channels = split(shape, first)
    formulas = []
    for axis, length, (before, after) in zip(AXES[rank], spatial, taken, strict=True):
        values = {f"{axis}_in": length, "C_before": before, "C_after": after}
        formula = Formula(f"{axis}_in - C_before - C_after", **values)
        if formula.value is not None and formula.value < 1:
            raise LayerError(f"cropping must leave something of {AXIS_NAMES[axis]}, got {shown(cropping)} for {length}")
        formulas.append(formula)
    return Outcome(
        shapes=(joined(shape[0], tuple(formula.value for formula in formulas), channels, first),),
        axes=joined_axes(formulas, None, first),
        windows=tuple(Window(1, 1, -before) for before, _ in taken),
    )


def zero_pad(rank: int, args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`ZeroPadding1D` to `ZeroPadding3D`: zeros are put around the borders."""
    shape = one_input(inputs, rank + 2)
    first = args.channels_first()
    padding = args.get("padding", 1)
    added = (args.integers("padding", 2, 1, 0),) if rank == 1 else pairs("padding", padding, rank)
    spatial, channels = split(shape, first)
    formulas = [
        Formula(f"{axis}_in + P_before + P_after", **{f"{axis}_in": length}, P_before=before, P_after=after)
        for axis, length, (before, after) in zip(AXES[rank], spatial, added, strict=True)
    ]
    return Outcome(
        shapes=(joined(shape[0], tuple(formula.value for formula in formulas), channels, first),),
        axes=joined_axes(formulas, None, first),
        windows=tuple(Window(1, 1, before) for before, _ in added),
    )


def up_sample(rank: int, args: Arguments, inputs: Sequence[Shape], size: Sequence[int], first: bool) -> Outcome:
    """`UpSampling1D` to `UpSampling3D`: each position is written several times."""
    shape = one_input(inputs, rank + 2)
    spatial, channels = split(shape, first)
    formulas = [
        Formula(f"{axis}_in * U", **{f"{axis}_in": length}, U=factor)
        for axis, length, factor in zip(AXES[rank], spatial, size, strict=True)
    ]
    return Outcome(
        shapes=(joined(shape[0], tuple(formula.value for formula in formulas), channels, first),),
        axes=joined_axes(formulas, None, first),
        windows=None,  # positions come closer together, which a whole stride can't say
    )


@rule("Cropping1D", arguments="cropping")
def cropping1d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Cropping1D` of `(batch, length, channels)`."""
    return crop(1, args, inputs)


@rule("Cropping2D", arguments="cropping data_format")
def cropping2d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Cropping2D` of `(batch, height, width, channels)`."""
    return crop(2, args, inputs)


@rule("Cropping3D", arguments="cropping data_format")
def cropping3d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Cropping3D` of `(batch, depth, height, width, channels)`."""
    return crop(3, args, inputs)


@rule("ZeroPadding1D", arguments="padding data_format")
def zero_padding1d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`ZeroPadding1D` of `(batch, length, channels)`."""
    return zero_pad(1, args, inputs)


@rule("ZeroPadding2D", arguments="padding data_format")
def zero_padding2d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`ZeroPadding2D` of `(batch, height, width, channels)`."""
    return zero_pad(2, args, inputs)


@rule("ZeroPadding3D", arguments="padding data_format")
def zero_padding3d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`ZeroPadding3D` of `(batch, depth, height, width, channels)`."""
    return zero_pad(3, args, inputs)


@rule("UpSampling1D", arguments="size")
def up_sampling1d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`UpSampling1D` of `(batch, length, channels)`."""
    return up_sample(1, args, inputs, (args.integer("size", 2),), first=False)


@rule("UpSampling2D", arguments="size data_format interpolation")
def up_sampling2d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`UpSampling2D` of `(batch, height, width, channels)`."""
    kinds = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
    args.choice("interpolation", kinds, "nearest", any_case=True)
    return up_sample(2, args, inputs, args.integers("size", 2, 2), args.channels_first())


@rule("UpSampling3D", arguments="size data_format")
def up_sampling3d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`UpSampling3D` of `(batch, depth, height, width, channels)`."""
    return up_sample(3, args, inputs, args.integers("size", 3, 2), args.channels_first())
