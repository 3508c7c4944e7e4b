"""Convolutions: a kernel of weights, applied at every position.

Source of the formulas: V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning" (2016), with
Keras's own `same` padding and `output_padding`. Multiply-accumulates count kernel applications and no bias; a
transposed convolution applies its kernel once at each *input* position."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments, trained
from cnnnotes.layers._core import lora
from cnnnotes.layers._errors import LayerError, NoRule
from cnnnotes.layers._outcomes import AXES, Map, Outcome, Shape, product, volume, weight
from cnnnotes.layers._registry import rule
from cnnnotes.layers._windowed import Moved, axis_formula, move

_WINDOW = "kernel_size:sizes strides:sizes=1 padding:valid|same=valid"
_BIASED = "activation=None use_bias=True"
_TRAINED = f"{_BIASED} {trained(kernel='glorot_uniform', bias='zeros')}"
_CONV = f"filters:size {_WINDOW} data_format=None dilation_rate:sizes=1 groups:size=1 {_TRAINED}"
_TRANSPOSED = _CONV.replace(" groups:size=1", "").replace("=valid", "=valid output_padding:counts=None")
_DEPTHWISE = (
    f"{_WINDOW} depth_multiplier:size=1 data_format=None dilation_rate:sizes=1 {_BIASED} "
    f"{trained(depthwise='glorot_uniform', bias='zeros')}"
)
_SEPARABLE = (
    f"filters:size {_WINDOW} data_format=None dilation_rate:sizes=1 depth_multiplier:size=1 {_BIASED} "
    f"{trained(depthwise='glorot_uniform', pointwise='glorot_uniform', bias='zeros')}"
)
_LOCAL = f"filters:size {_WINDOW} data_format=None {_TRAINED} implementation=1"


class Kernel:
    """What all convolutions read alike: the map, its channels, and the window's size, stride and dilation."""

    def __init__(self, args: Arguments, shape: Shape):
        self.map = Map.of(shape, args.channels_first())
        self.d_in = self.map.depth
        self.size, self.stride = args.integers("kernel_size"), args.integers("strides")
        self.dilation = args.integers("dilation_rate", 1)
        self.padding = args.choice("padding")
        self.bias = int(args.flag("use_bias"))
        self.area, self.out, self.into = _named(args.rank)
        if min(max(self.stride), max(self.dilation)) > 1 and "depth_multiplier" not in args.statement:
            raise LayerError(f"strides and dilation_rate cannot both be above 1, got {self.stride} and {self.dilation}")

    def move(self) -> Moved:
        return move(self.map.spatial, self.size, self.stride, self.dilation, self.padding)

    def outcome(
        self, moved: Moved, channels: str, weights: Mapping[str, Sequence[str]], params: str, macs: str, **values: int
    ) -> Outcome:
        """The outcome of a kernel that is applied at each position.

        All are formulas: each weight has those of its axes. `{F}` stands for the kernel's area, `{bias}` for 1 with a
        bias and 0 without, `{at}` for the positions of the output, `{of}` for those of the input.
        """
        rank, names = len(self.size), (*self.area, *self.out, *self.into)
        sizes = dict(zip(names, (*self.size, *moved.spatial, *self.map.spatial), strict=True), D_in=self.d_in, **values)
        made = [(name, dims) for name, dims in weights.items() if self.bias or name != "bias"]
        found = self.map.outcome(moved.formulas, Formula(channels, **sizes), notes=moved.notes, windows=moved.windows)
        return found._replace(
            weights=tuple(weight(name, [_filled(dim, rank) for dim in dims], **sizes) for name, dims in made),
            params=Formula(_filled(params, rank, self.bias), **sizes),
            macs=Formula(_filled(macs, rank), **sizes),
        )


@lru_cache
def _named(rank: int) -> list[list[str]]:
    """The names of the sizes of a kernel's window, and along the same axes of the output and of the input."""
    axes = AXES[rank]
    return [[f"F_{axis.lower()}" for axis in axes], *([f"{axis}_{side}" for axis in axes] for side in ("out", "in"))]


@lru_cache(maxsize=512)
def _filled(text: str, rank: int, bias: int = 1) -> str:
    """A formula's text with the products for its places put in."""
    area, out, into = map(product, _named(rank))
    return text.format(F=area, bias=bias, at=out, of=into)


@rule("Conv{}D|Convolution{}D", {1: _CONV.replace("valid|same", "valid|same|causal"), 2: _CONV, 3: _CONV})
def conv(args: Arguments, shape: Shape) -> Outcome:
    """`Conv1D`, `Conv2D`, `Conv3D`: K filters, each of which spans D_in / G input channels."""
    kernel, k, groups = Kernel(args, shape), args.integer("filters"), args.integer("groups")
    for size, what in ((kernel.d_in, f"input's {kernel.d_in} channels"), (k, f"{k} filters")):
        if size % groups:
            raise LayerError(f"groups must divide the {what}, got {groups}")
    weights = {"kernel": [*kernel.area, "D_in / G", "K"], "bias": ["K"]}
    params = "K * ({F} * D_in / G + {bias})" if kernel.bias else "K * {F} * D_in / G"
    return lora(args, kernel.outcome(kernel.move(), "K", weights, params, "{at} * K * {F} * D_in / G", K=k, G=groups))


@rule("DepthwiseConv{}D", _DEPTHWISE, ranks=(1, 2))
def depthwise_conv(args: Arguments, shape: Shape) -> Outcome:
    """`DepthwiseConv1D`, `DepthwiseConv2D`: M filters of depth 1 for each input channel."""
    kernel, m = Kernel(args, shape), args.integer("depth_multiplier")
    weights = {"kernel": [*kernel.area, "D_in", "M"], "bias": ["D_in * M"]}
    params, macs = "D_in * M * ({F} + {bias})", "{at} * D_in * M * {F}"
    return kernel.outcome(kernel.move(), "D_in * M", weights, params, macs, M=m)


@rule("SeparableConv{}D|SeparableConvolution{}D", _SEPARABLE, ranks=(1, 2))
def separable_conv(args: Arguments, shape: Shape) -> Outcome:
    """`SeparableConv1D`, `SeparableConv2D`: a depthwise convolution, then one of size 1 that mixes channels."""
    kernel, k, m = Kernel(args, shape), args.integer("filters"), args.integer("depth_multiplier")
    weights = {
        "depthwise_kernel": [*kernel.area, "D_in", "M"],
        "pointwise_kernel": [*"1" * args.rank, "D_in * M", "K"],
        "bias": ["K"],
    }
    params, macs = "D_in * M * {F} + K * (D_in * M + {bias})", "{at} * (D_in * M * {F} + D_in * M * K)"
    return kernel.outcome(kernel.move(), "K", weights, params, macs, K=k, M=m)


@rule("Conv{}DTranspose|Convolution{}DTranspose", _TRANSPOSED, example={"strides": 2, "padding": "same"})
def conv_transpose(args: Arguments, shape: Shape) -> Outcome:
    """`Conv1DTranspose` to `Conv3DTranspose`: each input position writes F positions of the output, S apart."""
    kernel, k = Kernel(args, shape), args.integer("filters")
    weights, params = {"kernel": [*kernel.area, "K", "D_in"], "bias": ["K"]}, "K * ({F} * D_in + {bias})"
    found = kernel.outcome(spread(args, kernel), "K", weights, params, "{of} * K * {F} * D_in", K=k)
    return found._replace(windows=None)  # an output position sees one input more or less than its neighbour does


_SPREAD = {  # by the padding and whether an output_padding is given; with `same`, `odd` is 1 for an odd kernel, else 0
    ("same", False): "X_in * S",
    ("same", True): "(X_in - 1) * S + odd + O",
    ("valid", False): "(X_in - 1) * S + max(R * (F - 1) + 1, S)",
    ("valid", True): "(X_in - 1) * S + R * (F - 1) + 1 + O",
}


def spread(args: Arguments, kernel: Kernel) -> Moved:
    """The sizes that a transposed convolution makes of the spatial axes."""
    spatial, stride, axes = kernel.map.spatial, kernel.stride, AXES[args.rank]
    given = args.get("output_padding") is not None
    added = args.integers("output_padding") if given else (0,) * len(spatial)
    if any(o >= s for o, s in zip(added, stride, strict=True)):
        raise LayerError(f"output_padding must be less than strides {stride}, got {added}")
    text, formulas = _SPREAD[kernel.padding, given], []
    for axis, length, f, s, r, o in zip(axes, spatial, kernel.size, stride, kernel.dilation, added, strict=True):
        formulas.append(axis_formula(text, axis, length, F=f, S=s, R=r, O=o, odd=(r * (f - 1) + 1) % 2))
        if (formulas[-1].value or 0) < 0:
            raise LayerError(f"nothing is left: {formulas[-1]} (input {length}, kernel {f}, stride {s})")
    if kernel.padding != "same" or not given or max(stride) == 1:
        return Moved(formulas)
    default = Formula(f"{axes[0]}_in * S", **{f"{axes[0]}_in": spatial[0], "S": stride[0]})
    note = f"output_padding {added[0]} gives {formulas[0].value}; without one it would be {default}"
    return Moved(formulas, notes=(note,))


@rule("LocallyConnected{}D", _LOCAL, ranks=(1, 2), unlisted=True)
def locally_connected(args: Arguments, shape: Shape) -> Outcome:
    """`LocallyConnected1D`, `LocallyConnected2D`: a convolution that has weights of its own at each position."""
    kernel, k = Kernel(args, shape), args.integer("filters")
    if kernel.padding == "same" and args.get("implementation") == 3:
        raise NoRule("it stores a weight for each pair of positions that meet, which are not counted here")
    moved, at, of = kernel.move(), kernel.out, kernel.into
    dims, text = ["{at}", "{F} * D_in", "K"], "{at} * {F} * D_in * K"
    if args.get("implementation") == 2:  # a dense kernel from each input position to each output position, masked
        of = ["D_in", *of] if kernel.map.channels_first else [*of, "D_in"]
        dims, text = [*of, *at, "K"], "{of} * D_in * {at} * K"
    params = f"{text} + {{at}} * K" if kernel.bias else text
    found = kernel.outcome(moved, "K", {"kernel": dims, "bias": [*at, "K"]}, params, "{at} * K * {F} * D_in", K=k)
    note = f"weights of its own at each of the {volume(moved.spatial):,} positions"
    return found._replace(notes=(note, *found.notes))
