"""Recurrent layers: a cell that is applied once for each step of a sequence, always with the same weights.

Multiply-accumulates are those of all steps: at each step the input and the state are multiplied with their kernels.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments, class_and_config, serialized, trained
from cnnnotes.layers._convolutional import Kernel
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._maps import Map, known, one_input
from cnnnotes.layers._outcomes import GLOBAL, Outcome, Shape, Weight, product, total
from cnnnotes.layers._registry import layer_type, rule, wrapped

_TRAINED = trained(kernel="glorot_uniform", recurrent="orthogonal", bias="zeros")
_CELL = f"units:size activation=tanh use_bias=True {_TRAINED} dropout=0.0 recurrent_dropout=0.0 seed=None"
_GATED = _CELL.replace("activation=tanh", "activation=tanh recurrent_activation=sigmoid")
_LOOP = "return_sequences=False return_state=False go_backwards=False stateful=False unroll=False"
_CONV_LSTM = (
    "filters:size kernel_size:sizes strides:sizes=1 padding:valid|same=valid data_format=None dilation_rate:sizes=1 "
    f"{_GATED.removeprefix('units:size ')} unit_forget_bias=True {_LOOP.removesuffix(' unroll=False')}"
)
_SEQUENCE = [(None, 20, 8)]
_LSTM_CELL = serialized("LSTMCell", units=16)


def cell(gates: int, states: int, args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """One step of a recurrent layer of K units with so many gates and state vectors.

    With `reset_after` the input and the state of a `GRU` have a bias each.
    """
    shape = one_input(inputs[:1], 2)
    k, d = args.integer("units"), known(shape[-1], "the last axis")
    values = {"K": k, "D_in": d}
    several = f"{gates} * " if gates > 1 else ""
    weights = [
        Weight("kernel", (d, gates * k), Formula(f"D_in * {several}K", **values)),
        Weight("recurrent_kernel", (k, gates * k), Formula(f"K * {several}K", **values)),
    ]
    biases = 2 if args.flag("reset_after", False) else 1
    if args.flag("use_bias"):
        bias = (biases, gates * k) if biases > 1 else (gates * k,)
        weights.append(Weight("bias", bias, Formula(product([str(biases)] * (biases > 1) + [f"{several}K"]), **values)))
    else:
        biases = 0
    return Outcome(
        shapes=((shape[0], k),) * (1 + states),
        axes=(Formula("K", K=k),),
        weights=tuple(weights),
        params=Formula(f"{several}K * (D_in + K + {biases})", **values),
        macs=Formula(f"{several}K * (D_in + K)", **values),
    )


@rule(
    "StackedRNNCells",
    arguments="cells:layers",
    inputs=(1, None),
    example={"cells": [_LSTM_CELL]},
    shapes=[(None, 8), (None, 16), (None, 16)],
)
def stacked_cells(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`StackedRNNCells`: the output of one cell is the input of the next, within a step."""
    cells = args.get("cells")
    if not isinstance(cells, list | tuple) or not cells:
        raise LayerError(f"cells must be a list of cells, got {shown(cells)}")
    found, states = [], list[Shape]()
    shape = inputs[0]
    for each in cells:
        found.append(step(args, "cells", each, shape))
        shape = found[-1].shapes[0]
        states += found[-1].shapes[1:]
    return Outcome(
        shapes=(shape, *states),
        axes=found[-1].axes,
        weights=tuple(
            weight._replace(name=f"cell_{i}/{weight.name}") for i, one in enumerate(found) for weight in one.weights
        ),
        params=total("cell", [one.param_count for one in found]),
        macs=total("cell", [one.mac_count for one in found]),
    )


_CELLS = ("SimpleRNNCell", "GRUCell", "LSTMCell", "StackedRNNCells")


def step(args: Arguments, name: str, serialized: object, shape: Shape) -> Outcome:
    """One step of the cell that stands in the argument `name`; a list of cells is a stack of them."""
    if isinstance(serialized, list | tuple):
        serialized = {"class_name": "StackedRNNCells", "config": {"cells": serialized}}
    kind, _ = class_and_config(name, serialized)
    if layer_type(kind) and kind not in _CELLS:
        raise LayerError(f"{name} must be a cell, got a layer of type {shown(kind)}")
    return wrapped(args, name, serialized, [shape])


def loop(args: Arguments, inputs: Sequence[Shape], one: Outcome) -> Outcome:
    """A sequence, from the outcome of a single step: its outputs, or the last of them, and the states if asked for."""
    batch, length = inputs[0][:2]
    if args.flag("stateful") and batch is None:
        raise LayerError("a stateful layer needs a known batch size, got None")
    output, *states = one.shapes
    sequences = args.flag("return_sequences")
    return Outcome(
        shapes=(
            (batch, length, *output[1:]) if sequences else (batch, *output[1:]),
            *((batch, *state[1:]) for state in states if args.flag("return_state")),
        ),
        axes=(None, *one.axes) if sequences else one.axes,
        weights=one.weights,
        params=one.params,
        macs=one.macs.scaled("L_in", length) if one.macs else None,
        notes=() if sequences else ("only the last step's output is kept",),
        windows=GLOBAL,
    )


def sequence(inputs: Sequence[Shape], rank: int = 3) -> Shape:
    """The sequence among the inputs, the others of which are initial states; returns the shape of one step."""
    shape = one_input(inputs[:1], rank)
    return (shape[0], *shape[2:])


@rule(
    "RNN",
    arguments=f"cell:layer {_LOOP} zero_output_for_mask=False",
    inputs=(1, None),
    example={"cell": _LSTM_CELL},
    shapes=_SEQUENCE,
)
def rnn(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`RNN`: any cell, or a stack of cells, over `(batch, length, channels)`."""
    return loop(args, inputs, step(args, "cell", args.get("cell"), sequence(inputs)))


def _registered(name: str, statement: str, gates: int, states: int) -> None:
    """Registers a recurrent layer, and the cell that is a step of it."""

    @rule(f"{name}Cell", arguments=statement, inputs=(1, 1 + states), shapes=[(None, 8), *[(None, 16)] * states])
    def one(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
        return cell(gates, states, args, inputs)

    @rule(name, arguments=f"{statement} {_LOOP}{' use_cudnn=auto' * (gates > 1)}", inputs=(1, None), shapes=_SEQUENCE)
    def layer(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
        return loop(args, inputs, one(args, [sequence(inputs)]))


_registered("SimpleRNN", _CELL, 1, 1)
_registered("GRU", f"{_GATED} reset_after=True", 3, 1)
_registered("LSTM", f"{_GATED} unit_forget_bias=True", 4, 2)


# those of Keras 2 for CUDA: the input and the state have a bias each, as a GRU with `reset_after` has
_CUDNN = f"{_GATED} {_LOOP} reset_after=True"


@rule("CuDNNGRU", arguments=_CUDNN, inputs=(1, None), shapes=_SEQUENCE)
def cudnn_gru(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    return loop(args, inputs, cell(3, 1, args, [sequence(inputs)]))


@rule("CuDNNLSTM", arguments=_CUDNN, inputs=(1, None), shapes=_SEQUENCE)
def cudnn_lstm(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    return loop(args, inputs, cell(4, 2, args, [sequence(inputs)]))


@rule(
    "ConvLSTM{}D",
    arguments=_CONV_LSTM,
    inputs=(1, None),
    shapes={1: [(None, 10, 32, 3)], 2: [(None, 10, 32, 32, 3)], 3: [(None, 10, 16, 16, 16, 1)]},
)
def conv_lstm(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`ConvLSTM1D` to `ConvLSTM3D`: an LSTM whose products are convolutions; the state's one keeps the size."""
    kernel = Kernel(args, Map.of(sequence(inputs, args.rank + 3), args.channels_first()))
    kernel.check_dilated_stride()
    for size in kernel.map.spatial:
        known(size, "each spatial axis")
    k = args.integer("filters")
    one = kernel.outcome(
        kernel.move(),
        channels=Formula("K", K=k),
        weights=[
            ("kernel", (*kernel.size, kernel.d_in, 4 * k), "{F} * D_in * 4 * K"),
            ("recurrent_kernel", (*kernel.size, k, 4 * k), "{F} * K * 4 * K"),
        ],
        bias=("4 * K", 4 * k),
        params="4 * K * ({F} * (D_in + K) + {bias})",
        macs="{at} * 4 * K * {F} * (D_in + K)",
        K=k,
    )
    return loop(args, inputs, one._replace(shapes=one.shapes * 3))._replace(notes=one.notes)
