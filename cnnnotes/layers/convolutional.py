"""Convolutions: a kernel of weights, applied at every position."""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers.rule import (
    AXES,
    Arguments,
    LayerError,
    Outcome,
    Shape,
    Weight,
    joined,
    joined_axes,
    known_channels,
    one_input,
    rule,
    split,
)
from cnnnotes.layers.windowed import axis_product, axis_values, move


def conv(rank: int, args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Conv1D`, `Conv2D`, `Conv3D`: K filters, each of which spans D_in / G input channels."""
    shape = one_input(inputs, rank + 2)
    first = args.channels_first()
    spatial, channels = split(shape, first)
    d_in = known_channels(channels)
    k = args.integer("filters")
    size = args.integers("kernel_size", rank)
    stride = args.integers("strides", rank, 1)
    dilation = args.integers("dilation_rate", rank, 1)
    groups = args.integer("groups", 1)
    padding = args.choice("padding", ("valid", "same", "causal") if rank == 1 else ("valid", "same"), "valid")
    check_convolution(k, d_in, groups, stride, dilation)
    moved = move(spatial, size, stride, dilation, padding)

    values = {"K": k, "D_in": d_in, "G": groups, **axis_values(rank, F=size)}
    area = axis_product("F", rank)
    bias = args.flag("use_bias", True)
    weights = [Weight("kernel", (*size, d_in // groups, k), Formula(f"{area} * D_in / G * K", **values))]
    if bias:
        weights.append(Weight("bias", (k,), Formula("K", K=k)))
    out = dict(zip((f"{axis}_out" for axis in AXES[rank]), moved.spatial, strict=True))
    positions = " * ".join(out)
    return Outcome(
        shapes=(joined(shape[0], moved.spatial, k, first),),
        axes=joined_axes(moved.formulas, Formula("K", K=k), first),
        weights=tuple(weights),
        params=Formula(f"K * ({area} * D_in / G + 1)" if bias else f"K * {area} * D_in / G", **values),
        macs=Formula(f"{positions} * K * {area} * D_in / G", **values, **out),
        notes=moved.notes,
        windows=moved.windows,
    )


def check_convolution(
    filters: int, channels: int, groups: int, stride: Sequence[int], dilation: Sequence[int]
) -> None:
    """Raises `LayerError` for what Keras refuses in any convolution."""
    if channels % groups:
        raise LayerError(f"groups must divide the input's {channels} channels, got {groups}")
    if filters % groups:
        raise LayerError(f"groups must divide the {filters} filters, got {groups}")
    if max(stride) > 1 and max(dilation) > 1:
        raise LayerError(f"strides and dilation_rate cannot both be above 1, got {tuple(stride)} and {tuple(dilation)}")


@rule("Conv1D", "Convolution1D")
def conv1d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Conv1D` over `(batch, length, channels)`."""
    return conv(1, args, inputs)


@rule("Conv2D", "Convolution2D")
def conv2d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Conv2D` over `(batch, height, width, channels)`."""
    return conv(2, args, inputs)


@rule("Conv3D", "Convolution3D")
def conv3d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Conv3D` over `(batch, depth, height, width, channels)`."""
    return conv(3, args, inputs)
