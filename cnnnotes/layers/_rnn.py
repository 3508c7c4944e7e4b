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
_STEP = [(None, 8)]
_SEQUENCE = [(None, 20, 8)]
_LSTM_CELL = serialized("LSTMCell", units=16)


def cell(gates: int, states: int, biases: int, args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """One step of a recurrent layer of K units with so many gates, state vectors, and bias vectors for each gate."""
    shape = one_input(inputs[:1], 2)
    k, d = args.integer("units"), known(shape[-1], "the last axis")
    check_recurrent(args)
    values = {"K": k, "D_in": d}
    several = f"{gates} * " if gates > 1 else ""
    weights = [
        Weight("kernel", (d, gates * k), Formula(f"D_in * {several}K", **values)),
        Weight("recurrent_kernel", (k, gates * k), Formula(f"K * {several}K", **values)),
    ]
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


def check_recurrent(args: Arguments) -> None:
    """Raises `LayerError` for what all recurrent cells refuse."""
    args.check_activation()
    args.check_activation("recurrent_activation")
    args.number("dropout")
    args.number("recurrent_dropout")


@rule("SimpleRNNCell", arguments=_CELL, inputs=(1, 2), shapes=[*_STEP, (None, 16)])
def simple_rnn_cell(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`SimpleRNNCell`: one step of a `SimpleRNN`."""
    return cell(1, 1, 1, args, inputs)


@rule("GRUCell", arguments=f"{_GATED} reset_after=True", inputs=(1, 2), shapes=[*_STEP, (None, 16)])
def gru_cell(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`GRUCell`: three gates; with `reset_after` the input and the state have a bias each."""
    return cell(3, 1, 2 if args.flag("reset_after") else 1, args, inputs)


@rule("LSTMCell", arguments=f"{_GATED} unit_forget_bias=True", inputs=(1, 3), shapes=[*_STEP, (None, 16), (None, 16)])
def lstm_cell(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`LSTMCell`: four gates, and a cell state beside the hidden one."""
    return cell(4, 2, 1, args, inputs)


@rule(
    "StackedRNNCells",
    arguments="cells:layers",
    inputs=(1, None),
    example={"cells": [_LSTM_CELL]},
    shapes=[*_STEP, (None, 16), (None, 16)],
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
    macs = None
    if one.macs:
        macs = Formula(f"L_in * ({one.macs.text})", **one.macs.values, L_in=length)
    return Outcome(
        shapes=(
            (batch, length, *output[1:]) if sequences else (batch, *output[1:]),
            *((batch, *state[1:]) for state in states if args.flag("return_state")),
        ),
        axes=(None, *one.axes) if sequences else one.axes,
        weights=one.weights,
        params=one.params,
        macs=macs,
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


@rule("SimpleRNN", arguments=f"{_CELL} {_LOOP}", inputs=(1, None), shapes=_SEQUENCE)
def simple_rnn(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`SimpleRNN` over `(batch, length, channels)`."""
    return loop(args, inputs, simple_rnn_cell(args, [sequence(inputs)]))


@rule("GRU", arguments=f"{_GATED} {_LOOP} reset_after=True use_cudnn=auto", inputs=(1, None), shapes=_SEQUENCE)
def gru(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`GRU` over `(batch, length, channels)`."""
    return loop(args, inputs, gru_cell(args, [sequence(inputs)]))


@rule("LSTM", arguments=f"{_GATED} {_LOOP} unit_forget_bias=True use_cudnn=auto", inputs=(1, None), shapes=_SEQUENCE)
def lstm(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`LSTM` over `(batch, length, channels)`."""
    return loop(args, inputs, lstm_cell(args, [sequence(inputs)]))


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
    check_recurrent(args)
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
