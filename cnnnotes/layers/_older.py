"""Layers that Keras had and Keras 3 has no longer; old files hold them. Source: the sources of tf_keras 2.21."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments, trained
from cnnnotes.layers._errors import LayerError, NoRule
from cnnnotes.layers._maps import AXES, known, one_input, one_map
from cnnnotes.layers._outcomes import Outcome, Shape, Weight, product
from cnnnotes.layers._registry import rule
from cnnnotes.layers._rnn import cell, loop, sequence
from cnnnotes.layers._windowed import axis_product, axis_values, move

_LOCAL = (
    "filters:size kernel_size:sizes strides:sizes=1 padding:valid|same=valid data_format=None activation=None "
    f"use_bias=True {trained(kernel='glorot_uniform', bias='zeros')} implementation=1"
)
_CUDNN = (
    f"units:size {trained(kernel='glorot_uniform', recurrent='orthogonal', bias='zeros')} return_sequences=False "
    "return_state=False go_backwards=False stateful=False"
)


@rule("LocallyConnected{}D", ranks=(1, 2), arguments=_LOCAL, older=True)
def locally_connected(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`LocallyConnected1D`, `LocallyConnected2D`: a convolution that has weights of its own at each position."""
    found, size, k = one_map(args, inputs), args.integers("kernel_size"), args.integer("filters")
    padding, implementation = args.choice("padding", any_case=True), args.get("implementation")
    if padding == "same" and implementation == 1:
        raise LayerError("padding must be 'valid' with implementation 1, got 'same'")
    if padding == "same" and implementation == 3:
        raise NoRule("it stores a weight for each pair of positions that meet, which are not counted here")
    moved = move(found.spatial, size, args.integers("strides"), (1,) * args.rank, padding)
    out = [known(length, "each spatial axis") for length in moved.spatial]
    before = [known(length, "each spatial axis") for length in found.spatial]
    letters, area = AXES[args.rank], axis_product("F", args.rank)
    values = {"K": k, "D_in": found.depth, **axis_values(args.rank, F=size)}
    values |= {f"{x}_out": length for x, length in zip(letters, out, strict=True)}
    values |= {f"{x}_in": length for x, length in zip(letters, before, strict=True)}
    at = product(f"{x}_out" for x in letters)
    kernel: tuple[int, ...] = (math.prod(out), math.prod(size) * found.depth, k)
    text = f"{at} * {area} * D_in * K"
    if implementation == 2:  # a dense kernel from each input position to each output position, masked
        kernel = (*before, found.depth, *out, k)
        text = f"{product(f'{x}_in' for x in letters)} * D_in * {at} * K"
    weights = [Weight("kernel", kernel, Formula(text, **values))]
    bias = args.flag("use_bias")
    if bias:
        weights.append(Weight("bias", (*out, k), Formula(f"{at} * K", **values)))
    return found.outcome(
        moved.formulas,
        Formula("K", K=k),
        weights=tuple(weights),
        params=Formula(f"{text} + {at} * K" if bias else text, **values),
        macs=Formula(f"{at} * K * {area} * D_in", **values),
        notes=(f"weights of its own at each of the {math.prod(out):,} positions", *moved.notes),
        windows=moved.windows,
    )


def _cudnn(name: str, statement: str, gates: int, states: int) -> None:
    """Registers a recurrent layer of NVIDIA's library, whose input and state have a bias each, in one array."""

    @rule(name, arguments=statement, inputs=(1, None), shapes=[(None, 20, 8)], older=True)
    def layer(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
        given = {**args.config, "use_bias": True, "reset_after": True}
        found = cell(gates, states, Arguments(given, args.statement), [sequence(inputs)])
        *kernels, bias = found.weights
        flat = bias._replace(shape=(math.prod(bias.shape),))
        return loop(args, inputs, found._replace(weights=(*kernels, flat)))


_cudnn("CuDNNGRU", _CUDNN, 3, 1)
_cudnn("CuDNNLSTM", f"{_CUDNN} unit_forget_bias=True", 4, 2)


@rule("ThresholdedReLU", arguments="theta=1.0", older=True)
def thresholded_relu(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`ThresholdedReLU`: values up to a threshold become 0."""
    return Outcome(shapes=(one_input(inputs),))


def _stretched(axis: int, name: str) -> None:
    """Registers a layer that stretches an image along one axis, counted from the end, by a random factor."""

    @rule(name, arguments="factor:any=0.2 interpolation=bilinear seed=None", older=True)
    def stretched(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
        shape = list(one_input(inputs, minimum_rank=3))
        shape[axis] = None
        return Outcome(shapes=(tuple(shape),), windows=None)


_stretched(-3, "RandomHeight")
_stretched(-2, "RandomWidth")
