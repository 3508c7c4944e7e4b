"""Layers that keras.layers does not have: those of keras.applications, and older ones that files still hold.

Source of the older ones: the sources of tf_keras 2.21.
"""

import math

from cnnnotes.layers._arguments import Arguments, trained
from cnnnotes.layers._convolutional import Kernel
from cnnnotes.layers._errors import LayerError, NoRule
from cnnnotes.layers._merging import elementwise
from cnnnotes.layers._outcomes import AXES, Outcome, Shape, volume, weight
from cnnnotes.layers._registry import kept, rule
from cnnnotes.layers._rnn import cell, loop, one_step

_LOCAL = (
    "filters:size kernel_size:sizes strides:sizes=1 padding:valid|same=valid data_format=None activation=None "
    f"use_bias=True {trained(kernel='glorot_uniform', bias='zeros')} implementation=1"
)
_CUDNN = (
    f"units:size {trained(kernel='glorot_uniform', recurrent='orthogonal', bias='zeros')} return_sequences=False "
    "return_state=False go_backwards=False stateful=False"
)


rule("CustomScaleLayer", "scale", inputs=2, unseen="*", example={"scale": 1.0})(elementwise)
rule("StochasticDepth", "drop_path_rate", unseen="*", example={"drop_path_rate": 0.5})(kept)
rule("ThresholdedReLU", "theta=1.0", older=True)(kept)
_SCALE = {"init_values": 1e-6, "projection_dim": 3}


@rule("LayerScale", "init_values projection_dim:size", unseen="init_values", example=_SCALE)
def layer_scale(args: Arguments, shape: Shape) -> Outcome:
    """`LayerScale` of ConvNeXt: one trained factor for each channel."""
    d = args.integer("projection_dim")
    if shape[-1] not in (None, 1, d):
        raise LayerError(f"projection_dim must be the input's {shape[-1]} channels, got {d}")
    return Outcome.of((*shape[:-1], d), [weight("gamma", D=d)])


@rule("LocallyConnected{}D", _LOCAL, ranks=(1, 2), older=True)
def locally_connected(args: Arguments, shape: Shape) -> Outcome:
    """`LocallyConnected1D`, `LocallyConnected2D`: a convolution that has weights of its own at each position."""
    kernel, k = Kernel(args, shape), args.integer("filters")
    if kernel.padding == "same" and args.get("implementation") == 3:
        raise NoRule("it stores a weight for each pair of positions that meet, which are not counted here")
    moved, axes = kernel.move(), AXES[args.rank]
    at, of = ([f"{axis}_{side}" for axis in axes] for side in ("out", "in"))
    dims, text = ["{at}", "{F} * D_in", "K"], "{at} * {F} * D_in * K"
    if args.get("implementation") == 2:  # a dense kernel from each input position to each output position, masked
        of = [*of, "D_in"] if not kernel.map.channels_first else ["D_in", *of]
        dims, text = [*of, *at, "K"], "{of} * D_in * {at} * K"
    params = f"{text} + {{at}} * K" if kernel.bias else text
    found = kernel.outcome(moved, "K", {"kernel": dims}, params, "{at} * K * {F} * D_in", [*at, "K"], K=k)
    note = f"weights of its own at each of the {volume(moved.spatial):,} positions"
    return found._replace(notes=(note, *found.notes))


def _cudnn(name: str, statement: str, gates: int, states: int) -> None:
    """Registers a recurrent layer of NVIDIA's library, whose input and state have a bias each, in one array."""

    @rule(name, statement, inputs=(1, None), shapes=[(None, 20, 8)], older=True)
    def layer(args: Arguments, shape: Shape, *initial: Shape) -> Outcome:
        given = {**args.config, "use_bias": True, "reset_after": True}
        found = cell(gates, states, Arguments(given, args.statement), one_step(shape))
        *kernels, bias = found.weights
        flat = bias._replace(shape=(math.prod(bias.shape),))
        return loop(args, shape, found._replace(weights=(*kernels, flat)))


_cudnn("CuDNNGRU", _CUDNN, 3, 1)
_cudnn("CuDNNLSTM", f"{_CUDNN} unit_forget_bias=True", 4, 2)


def _stretched(axis: int, name: str) -> None:
    """Registers a layer that stretches an image along one axis, counted from the end, by a random factor."""

    @rule(name, "factor:any=0.2 interpolation=bilinear seed=None", axes=3, older=True)
    def stretched(args: Arguments, shape: Shape) -> Outcome:
        return Outcome.of((*shape[:axis], None, *shape[axis + 1 :]), windows=None)


_stretched(-3, "RandomHeight")
_stretched(-2, "RandomWidth")
