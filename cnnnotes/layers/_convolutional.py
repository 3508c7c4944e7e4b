"""Convolutions: a kernel of weights, applied at every position.

Source of the formulas: V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning" (2016), with
Keras's own `same` padding and `output_padding`. Multiply-accumulates count kernel applications and no bias; a
transposed convolution applies its kernel once at each *input* position.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._errors import LayerError
from cnnnotes.layers._rule import (
    AXES,
    Arguments,
    Outcome,
    Shape,
    Weight,
    joined,
    joined_axes,
    known,
    lora,
    one_input,
    product,
    rule,
    split,
)
from cnnnotes.layers._windowed import Moved, axis_product, axis_values, move, positions

_CONV = (
    "filters kernel_size strides padding data_format dilation_rate groups activation use_bias kernel_initializer "
    "bias_initializer kernel_regularizer bias_regularizer kernel_constraint bias_constraint"
)
_CONV_TRANSPOSE = _CONV.replace("groups ", "") + " output_padding"
_DEPTHWISE = (
    "kernel_size strides padding depth_multiplier data_format dilation_rate activation use_bias depthwise_initializer "
    "bias_initializer depthwise_regularizer bias_regularizer depthwise_constraint bias_constraint"
)
_SEPARABLE = (
    "filters kernel_size strides padding data_format dilation_rate depth_multiplier activation use_bias "
    "depthwise_initializer pointwise_initializer bias_initializer depthwise_regularizer pointwise_regularizer "
    "bias_regularizer depthwise_constraint pointwise_constraint bias_constraint"
)


class Kernel:
    """What all convolutions read alike: the map, its channels, and the window's size, stride and dilation."""

    def __init__(self, rank: int, args: Arguments, inputs: Sequence[Shape], causal: bool = False):
        self.shape = one_input(inputs, rank + 2)
        self.first = args.channels_first()
        self.spatial, channels = split(self.shape, self.first)
        self.d_in = known(channels, "the channel axis")
        self.size = args.integers("kernel_size", rank)
        self.stride = args.integers("strides", rank, 1)
        self.dilation = args.integers("dilation_rate", rank, 1)
        self.padding = args.choice("padding", ("valid", "same", "causal")[: 2 + causal], "valid", any_case=True)
        self.bias = args.flag("use_bias", True)
        self.area = axis_product("F", rank)
        self.values = {"D_in": self.d_in, **axis_values(rank, F=self.size)}
        args.check_activation()

    def check_dilated_stride(self) -> None:
        """Raises `LayerError` where both are above 1, which Keras refuses in plain and transposed convolutions."""
        if max(self.stride) > 1 and max(self.dilation) > 1:
            raise LayerError(f"strides and dilation_rate cannot both be above 1, got {self.stride} and {self.dilation}")

    def move(self) -> Moved:
        return move(self.spatial, self.size, self.stride, self.dilation, self.padding)

    def outcome(
        self, moved: Moved, channels: Formula, weights: Sequence[Weight], params: Formula, macs: Formula
    ) -> Outcome:
        return Outcome(
            shapes=(joined(self.shape[0], moved.spatial, channels.value, self.first),),
            axes=joined_axes(moved.formulas, channels, self.first),
            weights=tuple(weights),
            params=params,
            macs=macs,
            notes=moved.notes,
            windows=moved.windows,
        )


def conv(rank: int, args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Conv1D`, `Conv2D`, `Conv3D`: K filters, each of which spans D_in / G input channels."""
    kernel = Kernel(rank, args, inputs, causal=rank == 1)
    k, groups = args.integer("filters"), args.integer("groups", 1)
    kernel.check_dilated_stride()
    if kernel.d_in % groups:
        raise LayerError(f"groups must divide the input's {kernel.d_in} channels, got {groups}")
    if k % groups:
        raise LayerError(f"groups must divide the {k} filters, got {groups}")
    moved = kernel.move()
    area, values = kernel.area, {**kernel.values, "K": k, "G": groups}
    weights = [Weight("kernel", (*kernel.size, kernel.d_in // groups, k), Formula(f"{area} * D_in / G * K", **values))]
    if kernel.bias:
        weights.append(Weight("bias", (k,), Formula("K", K=k)))
    out = positions(moved)
    found = kernel.outcome(
        moved,
        channels=Formula("K", K=k),
        weights=weights,
        params=Formula(f"K * ({area} * D_in / G + 1)" if kernel.bias else f"K * {area} * D_in / G", **values),
        macs=Formula(f"{product(out)} * K * {area} * D_in / G", **values, **out),
    )
    return lora(args, found)


def depthwise_conv(rank: int, args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`DepthwiseConv1D`, `DepthwiseConv2D`: M filters of depth 1 for each input channel."""
    kernel = Kernel(rank, args, inputs)
    m = args.integer("depth_multiplier", 1)
    moved = kernel.move()
    area, values = kernel.area, {**kernel.values, "M": m}
    channels = Formula("D_in * M", D_in=kernel.d_in, M=m)
    weights = [Weight("kernel", (*kernel.size, kernel.d_in, m), Formula(f"{area} * D_in * M", **values))]
    if kernel.bias:
        weights.append(Weight("bias", (kernel.d_in * m,), channels))
    out = positions(moved)
    return kernel.outcome(
        moved,
        channels=channels,
        weights=weights,
        params=Formula(f"D_in * M * ({area} + 1)" if kernel.bias else f"D_in * M * {area}", **values),
        macs=Formula(f"{product(out)} * D_in * M * {area}", **values, **out),
    )


def separable_conv(rank: int, args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`SeparableConv1D`, `SeparableConv2D`: a depthwise convolution, then one of size 1 that mixes channels."""
    kernel = Kernel(rank, args, inputs)
    k, m = args.integer("filters"), args.integer("depth_multiplier", 1)
    moved = kernel.move()
    area, values = kernel.area, {**kernel.values, "K": k, "M": m}
    weights = [
        Weight("depthwise_kernel", (*kernel.size, kernel.d_in, m), Formula(f"{area} * D_in * M", **values)),
        Weight("pointwise_kernel", (*(1,) * rank, kernel.d_in * m, k), Formula("D_in * M * K", **values)),
    ]
    if kernel.bias:
        weights.append(Weight("bias", (k,), Formula("K", K=k)))
    out = positions(moved)
    mixing = "K * (D_in * M + 1)" if kernel.bias else "K * D_in * M"
    return kernel.outcome(
        moved,
        channels=Formula("K", K=k),
        weights=weights,
        params=Formula(f"D_in * M * {area} + {mixing}", **values),
        macs=Formula(f"{product(out)} * (D_in * M * {area} + D_in * M * K)", **values, **out),
    )


def conv_transpose(rank: int, args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Conv1DTranspose` to `Conv3DTranspose`: each input position writes F positions of the output, S apart."""
    kernel = Kernel(rank, args, inputs)
    k = args.integer("filters")
    kernel.check_dilated_stride()
    moved = spread(kernel, _output_padding(args, rank, kernel.stride))
    area, values = kernel.area, {**kernel.values, "K": k}
    weights = [Weight("kernel", (*kernel.size, k, kernel.d_in), Formula(f"{area} * K * D_in", **values))]
    if kernel.bias:
        weights.append(Weight("bias", (k,), Formula("K", K=k)))
    read = dict(zip((f"{axis}_in" for axis in AXES[rank]), kernel.spatial, strict=True))
    return kernel.outcome(
        moved,
        channels=Formula("K", K=k),
        weights=weights,
        params=Formula(f"K * ({area} * D_in + 1)" if kernel.bias else f"K * {area} * D_in", **values),
        macs=Formula(f"{product(read)} * K * {area} * D_in", **values, **read),
    )._replace(windows=None)  # an output position sees one input more or less than its neighbour does


def _output_padding(args: Arguments, rank: int, stride: Sequence[int]) -> tuple[int, ...] | None:
    if args.get("output_padding", None) is None:
        return None
    padding = args.integers("output_padding", rank, minimum=0)
    if any(p >= s for p, s in zip(padding, stride, strict=True)):
        raise LayerError(f"output_padding must be less than strides {tuple(stride)}, got {padding}")
    return padding


def spread(kernel: Kernel, output_padding: Sequence[int] | None) -> Moved:
    """The sizes that a transposed convolution makes of the spatial axes.

    With `same` and an `output_padding`, `odd` is 1 for an odd kernel and 0 for an even one.
    """
    rank = len(kernel.spatial)
    out, formulas, notes = [], [], []
    for i, (axis, length) in enumerate(zip(AXES[rank], kernel.spatial, strict=True)):
        x, f, s, r = axis.lower(), kernel.size[i], kernel.stride[i], kernel.dilation[i]
        reach = f"R_{x} * (F_{x} - 1) + 1"
        if kernel.padding == "same":
            text = f"{axis}_in * S_{x}" if output_padding is None else f"({axis}_in - 1) * S_{x} + odd_{x} + O_{x}"
        elif output_padding is None:
            text = f"({axis}_in - 1) * S_{x} + max({reach}, S_{x})"
        else:
            text = f"({axis}_in - 1) * S_{x} + {reach} + O_{x}"
        added = 0 if output_padding is None else output_padding[i]
        odd = (r * (f - 1) + 1) % 2
        values = {f"{axis}_in": length, f"F_{x}": f, f"S_{x}": s, f"R_{x}": r, f"O_{x}": added, f"odd_{x}": odd}
        formula = Formula(text, **values)
        if formula.value is not None and formula.value < 0:
            raise LayerError(f"nothing is left: {formula} (input {length}, kernel {f}, stride {s})")
        out.append(formula.value)
        formulas.append(formula)
    if kernel.padding == "same" and output_padding is not None and max(kernel.stride) > 1:
        default = Formula(
            f"{AXES[rank][0]}_in * S", **{f"{AXES[rank][0]}_in": kernel.spatial[0], "S": kernel.stride[0]}
        )
        notes.append(f"output_padding {output_padding[0]} gives {out[0]}; without one it would be {default}")
    return Moved(tuple(out), tuple(formulas), (), tuple(notes))


@rule("Conv1D", "Convolution1D", arguments=_CONV)
def conv1d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Conv1D` over `(batch, length, channels)`."""
    return conv(1, args, inputs)


@rule("Conv2D", "Convolution2D", arguments=_CONV)
def conv2d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Conv2D` over `(batch, height, width, channels)`."""
    return conv(2, args, inputs)


@rule("Conv3D", "Convolution3D", arguments=_CONV)
def conv3d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Conv3D` over `(batch, depth, height, width, channels)`."""
    return conv(3, args, inputs)


@rule("Conv1DTranspose", "Convolution1DTranspose", arguments=_CONV_TRANSPOSE)
def conv1d_transpose(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Conv1DTranspose` over `(batch, length, channels)`."""
    return conv_transpose(1, args, inputs)


@rule("Conv2DTranspose", "Convolution2DTranspose", arguments=_CONV_TRANSPOSE)
def conv2d_transpose(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Conv2DTranspose` over `(batch, height, width, channels)`."""
    return conv_transpose(2, args, inputs)


@rule("Conv3DTranspose", "Convolution3DTranspose", arguments=_CONV_TRANSPOSE)
def conv3d_transpose(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Conv3DTranspose` over `(batch, depth, height, width, channels)`."""
    return conv_transpose(3, args, inputs)


@rule("DepthwiseConv1D", arguments=_DEPTHWISE)
def depthwise_conv1d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`DepthwiseConv1D` over `(batch, length, channels)`."""
    return depthwise_conv(1, args, inputs)


@rule("DepthwiseConv2D", arguments=_DEPTHWISE)
def depthwise_conv2d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`DepthwiseConv2D` over `(batch, height, width, channels)`."""
    return depthwise_conv(2, args, inputs)


@rule("SeparableConv1D", "SeparableConvolution1D", arguments=_SEPARABLE)
def separable_conv1d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`SeparableConv1D` over `(batch, length, channels)`."""
    return separable_conv(1, args, inputs)


@rule("SeparableConv2D", "SeparableConvolution2D", arguments=_SEPARABLE)
def separable_conv2d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`SeparableConv2D` over `(batch, height, width, channels)`."""
    return separable_conv(2, args, inputs)
