"""Convolutions: a kernel of weights, applied at every position.

Source of the formulas: V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning" (2016), with
Keras's own `same` padding and `output_padding`. Multiply-accumulates count kernel applications and no bias; a
transposed convolution applies its kernel once at each *input* position.
"""

import re
from collections.abc import Mapping, Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments, trained
from cnnnotes.layers._core import lora
from cnnnotes.layers._errors import LayerError
from cnnnotes.layers._outcomes import AXES, Map, Outcome, Shape, product, sized
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

    def __init__(self, args: Arguments, shape: Shape):
        self.map = Map.of(shape, args.channels_first())
        self.d_in = self.map.depth
        self.size, self.stride = args.integers("kernel_size"), args.integers("strides")
        self.dilation = args.integers("dilation_rate", 1)
        self.padding = args.choice("padding")
        self.bias = int(args.flag("use_bias"))

    def check_dilated_stride(self) -> None:
        """Raises `LayerError` where both are above 1, which Keras refuses in plain and transposed convolutions."""
        if max(self.stride) > 1 and max(self.dilation) > 1:
            raise LayerError(f"strides and dilation_rate cannot both be above 1, got {self.stride} and {self.dilation}")

    def move(self) -> Moved:
        return move(self.map.spatial, self.size, self.stride, self.dilation, self.padding)

    def outcome(
        self,
        moved: Moved,
        channels: str,
        weights: Mapping[str, Sequence[str]],
        params: str,
        macs: str,
        bias: Sequence[str] = (),
        **values: int,
    ) -> Outcome:
        """The outcome of a kernel that is applied at each position.

        All are formulas: each weight has those of its axes. `{F}` stands for the kernel's area, `{bias}` for 1 with a
        bias and 0 without, `{at}` for the positions of the output, `{of}` for those of the input. A bias is added to
        the `weights`: one for each output channel, or with the axes `bias`.
        """
        axes = AXES[len(moved.spatial)]
        at, of = ([f"{axis}_{side}" for axis in axes] for side in ("out", "in"))
        texts = {"F": axis_product("F", len(axes)), "bias": self.bias, "at": product(at), "of": product(of)}
        sizes = {"D_in": self.d_in, **axis_values(len(axes), F=self.size), **values}
        sizes |= dict(zip([*at, *of], [*moved.spatial, *self.map.spatial], strict=True))
        made = {**weights, "bias": bias or [channels]} if self.bias else weights
        return self.map.outcome(
            moved.formulas,
            Formula(channels, **sizes),
            weights=[sized(name, [dim.format(**texts) for dim in dims], sizes) for name, dims in made.items()],
            params=Formula(params.format(**texts), **sizes),
            macs=Formula(macs.format(**texts), **sizes),
            notes=moved.notes,
            windows=moved.windows,
        )

    @property
    def area(self) -> list[str]:
        """The axes of a kernel that a window has."""
        return list(axis_values(len(self.size), F=self.size))


@rule("Conv{}D|Convolution{}D", {1: _CONV.replace("valid|same", "valid|same|causal"), 2: _CONV, 3: _CONV})
def conv(args: Arguments, shape: Shape) -> Outcome:
    """`Conv1D`, `Conv2D`, `Conv3D`: K filters, each of which spans D_in / G input channels."""
    kernel, k, groups = Kernel(args, shape), args.integer("filters"), args.integer("groups")
    kernel.check_dilated_stride()
    for size, what in ((kernel.d_in, f"input's {kernel.d_in} channels"), (k, f"{k} filters")):
        if size % groups:
            raise LayerError(f"groups must divide the {what}, got {groups}")
    weights = {"kernel": [*kernel.area, "D_in / G", "K"]}
    params = "K * ({F} * D_in / G + {bias})" if kernel.bias else "K * {F} * D_in / G"
    return lora(args, kernel.outcome(kernel.move(), "K", weights, params, "{at} * K * {F} * D_in / G", K=k, G=groups))


@rule("DepthwiseConv{}D", _DEPTHWISE, ranks=(1, 2))
def depthwise_conv(args: Arguments, shape: Shape) -> Outcome:
    """`DepthwiseConv1D`, `DepthwiseConv2D`: M filters of depth 1 for each input channel."""
    kernel, m = Kernel(args, shape), args.integer("depth_multiplier")
    weights = {"kernel": [*kernel.area, "D_in", "M"]}
    params, macs = "D_in * M * ({F} + {bias})", "{at} * D_in * M * {F}"
    return kernel.outcome(kernel.move(), "D_in * M", weights, params, macs, M=m)


@rule("SeparableConv{}D|SeparableConvolution{}D", _SEPARABLE, ranks=(1, 2))
def separable_conv(args: Arguments, shape: Shape) -> Outcome:
    """`SeparableConv1D`, `SeparableConv2D`: a depthwise convolution, then one of size 1 that mixes channels."""
    kernel, k, m = Kernel(args, shape), args.integer("filters"), args.integer("depth_multiplier")
    weights = {
        "depthwise_kernel": [*kernel.area, "D_in", "M"],
        "pointwise_kernel": [*"1" * args.rank, "D_in * M", "K"],
    }
    params, macs = "D_in * M * {F} + K * (D_in * M + {bias})", "{at} * (D_in * M * {F} + D_in * M * K)"
    return kernel.outcome(kernel.move(), "K", weights, params, macs, K=k, M=m)


@rule("Conv{}DTranspose|Convolution{}DTranspose", _TRANSPOSED, example={"strides": 2, "padding": "same"})
def conv_transpose(args: Arguments, shape: Shape) -> Outcome:
    """`Conv1DTranspose` to `Conv3DTranspose`: each input position writes F positions of the output, S apart."""
    kernel, k = Kernel(args, shape), args.integer("filters")
    kernel.check_dilated_stride()
    weights, params = {"kernel": [*kernel.area, "K", "D_in"]}, "K * ({F} * D_in + {bias})"
    found = kernel.outcome(spread(args, kernel), "K", weights, params, "{of} * K * {F} * D_in", K=k)
    return found._replace(windows=None)  # an output position sees one input more or less than its neighbour does


_SPREAD = {  # by the padding and whether an output_padding is given; with `same`, `odd` is 1 for an odd kernel, else 0
    ("same", False): "{X}_in * S",
    ("same", True): "({X}_in - 1) * S + odd + O",
    ("valid", False): "({X}_in - 1) * S + max(R * (F - 1) + 1, S)",
    ("valid", True): "({X}_in - 1) * S + R * (F - 1) + 1 + O",
}


def spread(args: Arguments, kernel: Kernel) -> Moved:
    """The sizes that a transposed convolution makes of the spatial axes."""
    spatial, formulas, notes = kernel.map.spatial, [], []
    given = args.get("output_padding") is not None
    added = args.integers("output_padding") if given else (0,) * len(spatial)
    if any(o >= s for o, s in zip(added, kernel.stride, strict=True)):
        raise LayerError(f"output_padding must be less than strides {kernel.stride}, got {added}")
    axes = zip(AXES[len(spatial)], spatial, kernel.size, kernel.stride, kernel.dilation, added, strict=True)
    for axis, length, f, s, r, o in axes:
        x, text = axis.lower(), _SPREAD[kernel.padding, given].format(X=axis)
        values = {"F": f, "S": s, "R": r, "O": o, "odd": (r * (f - 1) + 1) % 2}
        named = {f"{name}_{x}": value for name, value in values.items()}
        formula = Formula(re.sub(r"\b(odd|[FSRO])\b", rf"\1_{x}", text), **{f"{axis}_in": length}, **named)
        if formula.value is not None and formula.value < 0:
            raise LayerError(f"nothing is left: {formula} (input {length}, kernel {f}, stride {s})")
        formulas.append(formula)
    out = tuple(formula.value for formula in formulas)
    if kernel.padding == "same" and given and max(kernel.stride) > 1:
        first = f"{AXES[len(spatial)][0]}_in"
        default = Formula(f"{first} * S", **{first: spatial[0], "S": kernel.stride[0]})
        notes.append(f"output_padding {added[0]} gives {out[0]}; without one it would be {default}")
    return Moved(out, tuple(formulas), (), tuple(notes))
