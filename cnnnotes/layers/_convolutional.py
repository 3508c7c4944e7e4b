"""Convolutions: a kernel of weights, applied at every position.

Source of the formulas: V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning" (2016), with
Keras's own `same` padding and `output_padding`. Multiply-accumulates count kernel applications and no bias; a
transposed convolution applies its kernel once at each *input* position.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments, trained
from cnnnotes.layers._core import lora
from cnnnotes.layers._errors import LayerError
from cnnnotes.layers._maps import AXES, Map, one_map
from cnnnotes.layers._outcomes import Outcome, Shape, Weight, product
from cnnnotes.layers._registry import rule
from cnnnotes.layers._windowed import Moved, axis_product, axis_values, move

_WINDOW = "kernel_size:sizes strides:sizes=1 padding:valid|same=valid"
_BIASED = "activation=None use_bias=True"
_CONV = (
    f"filters:size {_WINDOW} data_format=None dilation_rate:sizes=1 groups:size=1 {_BIASED} "
    f"{trained(kernel='glorot_uniform', bias='zeros')}"
)
_TRANSPOSED = _CONV.replace(" groups:size=1", "").replace("=valid", "=valid output_padding:counts=None")
_DEPTHWISE = (
    f"{_WINDOW} depth_multiplier:size=1 data_format=None dilation_rate:sizes=1 {_BIASED} "
    f"{trained(depthwise='glorot_uniform', bias='zeros')}"
)
_SEPARABLE = (
    f"filters:size {_WINDOW} data_format=None dilation_rate:sizes=1 depth_multiplier:size=1 {_BIASED} "
    f"{trained(depthwise='glorot_uniform', pointwise='glorot_uniform', bias='zeros')}"
)


class Kernel:
    """What all convolutions read alike: the map, its channels, and the window's size, stride and dilation."""

    def __init__(self, args: Arguments, map_: Map):
        self.map = map_
        self.d_in = map_.depth
        self.size, self.stride = args.integers("kernel_size"), args.integers("strides")
        self.dilation = args.integers("dilation_rate")
        self.padding = args.choice("padding", any_case=True)
        self.bias = int(args.flag("use_bias"))
        self.values = {"D_in": self.d_in, **axis_values(args.rank, F=self.size)}

    def check_dilated_stride(self) -> None:
        """Raises `LayerError` where both are above 1, which Keras refuses in plain and transposed convolutions."""
        if max(self.stride) > 1 and max(self.dilation) > 1:
            raise LayerError(f"strides and dilation_rate cannot both be above 1, got {self.stride} and {self.dilation}")

    def move(self) -> Moved:
        return move(self.map.spatial, self.size, self.stride, self.dilation, self.padding)

    def outcome(
        self,
        moved: Moved,
        channels: Formula,
        weights: Sequence[tuple[str, tuple[int, ...], str]],
        params: str,
        macs: str,
        bias: tuple[str, int] | None = None,
        at: str = "out",
        **values: int | None,
    ) -> Outcome:
        """The outcome of a kernel that is applied at each position of the output, or of the input.

        The formulas are texts: `{F}` stands for the kernel's area, `{bias}` for 1 with a bias and 0 without, `{at}` for
        the positions. A bias is added to the `weights`: one for each output channel, or as `bias` says.
        """
        spatial = moved.spatial if at == "out" else self.map.spatial
        positions = {f"{axis}_{at}": size for axis, size in zip(AXES[len(spatial)], spatial, strict=True)}
        values |= self.values | positions

        def formula(text: str) -> Formula:
            area = axis_product("F", len(spatial))
            return Formula(text.format(F=area, bias=self.bias, at=product(positions)), **values)

        made = [Weight(name, shape, formula(text)) for name, shape, text in weights]
        if self.bias:
            text, size = bias or (channels.text, channels.value or 0)
            made.append(Weight("bias", (size,), formula(text)))
        return self.map.outcome(
            moved.formulas,
            channels,
            weights=tuple(made),
            params=formula(params),
            macs=formula(macs),
            notes=moved.notes,
            windows=moved.windows,
        )


@rule("Conv{}D|Convolution{}D", arguments={1: _CONV.replace("valid|same", "valid|same|causal"), 2: _CONV, 3: _CONV})
def conv(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Conv1D`, `Conv2D`, `Conv3D`: K filters, each of which spans D_in / G input channels."""
    kernel = Kernel(args, one_map(args, inputs))
    k, groups = args.integer("filters"), args.integer("groups")
    kernel.check_dilated_stride()
    if kernel.d_in % groups:
        raise LayerError(f"groups must divide the input's {kernel.d_in} channels, got {groups}")
    if k % groups:
        raise LayerError(f"groups must divide the {k} filters, got {groups}")
    found = kernel.outcome(
        kernel.move(),
        channels=Formula("K", K=k),
        weights=[("kernel", (*kernel.size, kernel.d_in // groups, k), "{F} * D_in / G * K")],
        params="K * ({F} * D_in / G + {bias})" if kernel.bias else "K * {F} * D_in / G",
        macs="{at} * K * {F} * D_in / G",
        K=k,
        G=groups,
    )
    return lora(args, found)


@rule("DepthwiseConv{}D", ranks=(1, 2), arguments=_DEPTHWISE)
def depthwise_conv(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`DepthwiseConv1D`, `DepthwiseConv2D`: M filters of depth 1 for each input channel."""
    kernel = Kernel(args, one_map(args, inputs))
    m = args.integer("depth_multiplier")
    return kernel.outcome(
        kernel.move(),
        channels=Formula("D_in * M", D_in=kernel.d_in, M=m),
        weights=[("kernel", (*kernel.size, kernel.d_in, m), "{F} * D_in * M")],
        params="D_in * M * ({F} + {bias})",
        macs="{at} * D_in * M * {F}",
        M=m,
    )


@rule("SeparableConv{}D|SeparableConvolution{}D", ranks=(1, 2), arguments=_SEPARABLE)
def separable_conv(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`SeparableConv1D`, `SeparableConv2D`: a depthwise convolution, then one of size 1 that mixes channels."""
    kernel = Kernel(args, one_map(args, inputs))
    k, m = args.integer("filters"), args.integer("depth_multiplier")
    return kernel.outcome(
        kernel.move(),
        channels=Formula("K", K=k),
        weights=[
            ("depthwise_kernel", (*kernel.size, kernel.d_in, m), "{F} * D_in * M"),
            ("pointwise_kernel", (*(1,) * args.rank, kernel.d_in * m, k), "D_in * M * K"),
        ],
        params="D_in * M * {F} + K * (D_in * M + {bias})",
        macs="{at} * (D_in * M * {F} + D_in * M * K)",
        K=k,
        M=m,
    )


@rule("Conv{}DTranspose|Convolution{}DTranspose", arguments=_TRANSPOSED, example={"strides": 2, "padding": "same"})
def conv_transpose(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Conv1DTranspose` to `Conv3DTranspose`: each input position writes F positions of the output, S apart."""
    kernel = Kernel(args, one_map(args, inputs))
    k = args.integer("filters")
    kernel.check_dilated_stride()
    found = kernel.outcome(
        spread(kernel, output_padding(args, kernel.stride)),
        channels=Formula("K", K=k),
        weights=[("kernel", (*kernel.size, k, kernel.d_in), "{F} * K * D_in")],
        params="K * ({F} * D_in + {bias})",
        macs="{at} * K * {F} * D_in",
        at="in",
        K=k,
    )
    return found._replace(windows=None)  # an output position sees one input more or less than its neighbour does


def output_padding(args: Arguments, stride: Sequence[int]) -> tuple[int, ...] | None:
    """How much longer than usual the output is to be, for each axis; `None` where nothing is said."""
    if args.get("output_padding") is None:
        return None
    padding = args.integers("output_padding")
    if any(p >= s for p, s in zip(padding, stride, strict=True)):
        raise LayerError(f"output_padding must be less than strides {tuple(stride)}, got {padding}")
    return padding


def spread(kernel: Kernel, output_padding: Sequence[int] | None) -> Moved:
    """The sizes that a transposed convolution makes of the spatial axes.

    With `same` and an `output_padding`, `odd` is 1 for an odd kernel and 0 for an even one.
    """
    spatial = kernel.map.spatial
    out, formulas, notes = [], [], []
    for i, (axis, length) in enumerate(zip(AXES[len(spatial)], spatial, strict=True)):
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
        first = f"{AXES[len(spatial)][0]}_in"
        default = Formula(f"{first} * S", **{first: spatial[0], "S": kernel.stride[0]})
        notes.append(f"output_padding {output_padding[0]} gives {out[0]}; without one it would be {default}")
    return Moved(tuple(out), tuple(formulas), (), tuple(notes))
