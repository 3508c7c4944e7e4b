"""Pooling: the maximum or the average of a window, with no weights."""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._rule import (
    GLOBAL,
    Arguments,
    Outcome,
    Shape,
    Window,
    joined,
    joined_axes,
    one_input,
    rule,
    split,
    times,
)
from cnnnotes.layers._windowed import move

_POOLING = "pool_size strides padding data_format"
_GLOBAL = "data_format keepdims"
_ADAPTIVE = "output_size data_format"


def pool(rank: int, args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`MaxPooling1D` to `3D` and `AveragePooling1D` to `3D`: a window, moved over each channel by itself."""
    shape = one_input(inputs, rank + 2)
    first = args.channels_first()
    spatial, channels = split(shape, first)
    size = args.integers("pool_size", rank)
    stride = size if args.get("strides", None) is None else args.integers("strides", rank)
    moved = move(spatial, size, stride, (1,) * rank, args.choice("padding", ("valid", "same"), "valid"))
    return Outcome(
        shapes=(joined(shape[0], moved.spatial, channels, first),),
        axes=joined_axes(moved.formulas, None, first),
        notes=moved.notes,
        windows=moved.windows,
    )


def global_pool(rank: int, args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`GlobalMaxPooling1D` to `3D` and `GlobalAveragePooling1D` to `3D`: one value for each channel."""
    shape = one_input(inputs, rank + 2)
    first = args.channels_first()
    spatial, channels = split(shape, first)
    ones = (1,) * rank if args.flag("keepdims", False) else ()
    notes = () if None in spatial else (f"{times(spatial)} positions become one value for each channel",)
    return Outcome(
        shapes=(joined(shape[0], ones, channels, first),),
        axes=joined_axes([Formula("1")] * len(ones), None, first),
        notes=notes,
        windows=GLOBAL,
    )


def adaptive_pool(rank: int, args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`AdaptiveMaxPooling1D` to `3D` and `AdaptiveAveragePooling1D` to `3D`: as many windows as are asked for."""
    shape = one_input(inputs, rank + 2)
    first = args.channels_first()
    spatial, channels = split(shape, first)
    out = args.integers("output_size", rank)
    windows: tuple[Window, ...] | str | None = None  # windows of unlike sizes have no single stride
    if all(size == 1 for size in out):
        windows = GLOBAL
    elif all(length and length % size == 0 for length, size in zip(spatial, out, strict=True)):
        steps = [length // size for length, size in zip(spatial, out, strict=True) if length]
        windows = tuple(Window(step, step) for step in steps)
    return Outcome(
        shapes=(joined(shape[0], out, channels, first),),
        axes=joined_axes([Formula(str(size)) for size in out], None, first),
        windows=windows,
    )


@rule("MaxPooling1D", "MaxPool1D", arguments=_POOLING)
def max_pooling1d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`MaxPooling1D` over `(batch, length, channels)`, by default with windows of 2."""
    return pool(1, args.with_default("pool_size", 2), inputs)


@rule("AveragePooling1D", "AvgPool1D", arguments=_POOLING)
def average_pooling1d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`AveragePooling1D` over `(batch, length, channels)`."""
    return pool(1, args, inputs)


@rule("MaxPooling2D", "MaxPool2D", arguments=_POOLING)
def max_pooling2d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`MaxPooling2D` over `(batch, height, width, channels)`, by default with windows of 2."""
    return pool(2, args.with_default("pool_size", 2), inputs)


@rule("AveragePooling2D", "AvgPool2D", arguments=_POOLING)
def average_pooling2d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`AveragePooling2D` over `(batch, height, width, channels)`."""
    return pool(2, args, inputs)


@rule("MaxPooling3D", "MaxPool3D", arguments=_POOLING)
def max_pooling3d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`MaxPooling3D` over `(batch, depth, height, width, channels)`, by default with windows of 2."""
    return pool(3, args.with_default("pool_size", 2), inputs)


@rule("AveragePooling3D", "AvgPool3D", arguments=_POOLING)
def average_pooling3d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`AveragePooling3D` over `(batch, depth, height, width, channels)`."""
    return pool(3, args, inputs)


@rule("GlobalMaxPooling1D", "GlobalMaxPool1D", "GlobalAveragePooling1D", "GlobalAvgPool1D", arguments=_GLOBAL)
def global_pooling1d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`GlobalMaxPooling1D` and `GlobalAveragePooling1D`."""
    return global_pool(1, args, inputs)


@rule("GlobalMaxPooling2D", "GlobalMaxPool2D", "GlobalAveragePooling2D", "GlobalAvgPool2D", arguments=_GLOBAL)
def global_pooling2d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`GlobalMaxPooling2D` and `GlobalAveragePooling2D`."""
    return global_pool(2, args, inputs)


@rule("GlobalMaxPooling3D", "GlobalMaxPool3D", "GlobalAveragePooling3D", "GlobalAvgPool3D", arguments=_GLOBAL)
def global_pooling3d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`GlobalMaxPooling3D` and `GlobalAveragePooling3D`."""
    return global_pool(3, args, inputs)


@rule("AdaptiveMaxPooling1D", "AdaptiveAveragePooling1D", arguments=_ADAPTIVE)
def adaptive_pooling1d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`AdaptiveMaxPooling1D` and `AdaptiveAveragePooling1D`."""
    return adaptive_pool(1, args, inputs)


@rule("AdaptiveMaxPooling2D", "AdaptiveAveragePooling2D", arguments=_ADAPTIVE)
def adaptive_pooling2d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`AdaptiveMaxPooling2D` and `AdaptiveAveragePooling2D`."""
    return adaptive_pool(2, args, inputs)


@rule("AdaptiveMaxPooling3D", "AdaptiveAveragePooling3D", arguments=_ADAPTIVE)
def adaptive_pooling3d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`AdaptiveMaxPooling3D` and `AdaptiveAveragePooling3D`."""
    return adaptive_pool(3, args, inputs)
