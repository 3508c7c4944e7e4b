"""Recurrent layers: a cell that is applied once for each step of a sequence, always with the same weights.

Multiply-accumulates are those of all steps: at each step the input and the state are multiplied with their kernels.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._convolutional import Kernel
from cnnnotes.layers._errors import LayerError
from cnnnotes.layers._rule import (
    GLOBAL,
    Arguments,
    Outcome,
    Shape,
    Weight,
    class_and_config,
    known,
    one_input,
    product,
    rule,
    shown,
    total,
)
from cnnnotes.layers._windowed import axis_product, positions

_CELL = (
    "units activation use_bias kernel_initializer recurrent_initializer bias_initializer kernel_regularizer "
    "recurrent_regularizer bias_regularizer kernel_constraint recurrent_constraint bias_constraint dropout "
    "recurrent_dropout seed"
)
_GATED = f"{_CELL} recurrent_activation"
_LOOP = "return_sequences return_state go_backwards stateful unroll"
_CONV_LSTM = (
    "filters kernel_size strides padding data_format dilation_rate recurrent_activation unit_forget_bias "
    f"return_sequences return_state go_backwards stateful {_CELL.removeprefix('units ')}"
)


def cell(gates: int, states: int, biases: int, args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """One step of a recurrent layer of K units with so many gates, state vectors, and bias vectors for each gate."""
    if not inputs:
        raise LayerError("takes an input and its states, got none")
    shape = one_input(inputs[:1], 2)
    k, d = args.integer("units"), known(shape[-1], "the last axis")
    check_recurrent(args)
    values = {"K": k, "D_in": d}
    several = f"{gates} * " if gates > 1 else ""
    weights = [
        Weight("kernel", (d, gates * k), Formula(f"D_in * {several}K", **values)),
        Weight("recurrent_kernel", (k, gates * k), Formula(f"K * {several}K", **values)),
    ]
    if args.flag("use_bias", True):
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
    args.number("dropout", 0.0)
    args.number("recurrent_dropout", 0.0)


@rule("SimpleRNNCell", arguments=_CELL)
def simple_rnn_cell(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`SimpleRNNCell`: one step of a `SimpleRNN`."""
    return cell(1, 1, 1, args, inputs)


@rule("GRUCell", arguments=f"{_GATED} reset_after")
def gru_cell(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`GRUCell`: three gates; with `reset_after` the input and the state have a bias each."""
    return cell(3, 1, 2 if args.flag("reset_after", True) else 1, args, inputs)


@rule("LSTMCell", arguments=f"{_GATED} unit_forget_bias")
def lstm_cell(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`LSTMCell`: four gates, and a cell state beside the hidden one."""
    return cell(4, 2, 1, args, inputs)


@rule("StackedRNNCells", arguments="cells")
def stacked_cells(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`StackedRNNCells`: the output of one cell is the input of the next, within a step."""
    cells = args.get("cells")
    if not isinstance(cells, list | tuple) or not cells or not inputs:
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
        params=total("cell", [one.params.value if one.params else 0 for one in found]),
        macs=total("cell", [one.macs.value if one.macs else 0 for one in found]),
    )


_CELLS = ("SimpleRNNCell", "GRUCell", "LSTMCell", "StackedRNNCells")


def step(args: Arguments, name: str, serialized: object, shape: Shape) -> Outcome:
    """One step of the cell that stands in the argument `name`; a list of cells is a stack of them."""
    if isinstance(serialized, list | tuple):
        serialized = {"class_name": "StackedRNNCells", "config": {"cells": serialized}}
    kind, _ = class_and_config(name, serialized)
    if args.knows(kind) and kind not in _CELLS:
        raise LayerError(f"{name} must be a cell, got a layer of type {shown(kind)}")
    return args.wrapped(name, serialized, [shape])


def loop(args: Arguments, inputs: Sequence[Shape], one: Outcome) -> Outcome:
    """A sequence, from the outcome of a single step: its outputs, or the last of them, and the states if asked for."""
    batch, length = inputs[0][:2]
    if args.flag("stateful", False) and batch is None:
        raise LayerError("a stateful layer needs a known batch size, got None")
    output, *states = one.shapes
    sequences = args.flag("return_sequences", False)
    macs = None
    if one.macs:
        macs = Formula(f"L_in * ({one.macs.text})", **one.macs.values, L_in=length)
    return Outcome(
        shapes=(
            (batch, length, *output[1:]) if sequences else (batch, *output[1:]),
            *((batch, *state[1:]) for state in states if args.flag("return_state", False)),
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
    if not inputs:
        raise LayerError("takes a sequence, got none")
    shape = one_input(inputs[:1], rank)
    return (shape[0], *shape[2:])


@rule("RNN", arguments=f"cell {_LOOP} zero_output_for_mask")
def rnn(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`RNN`: any cell, or a stack of cells, over `(batch, length, channels)`."""
    return loop(args, inputs, step(args, "cell", args.get("cell"), sequence(inputs)))


@rule("SimpleRNN", arguments=f"{_CELL} {_LOOP}")
def simple_rnn(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`SimpleRNN` over `(batch, length, channels)`."""
    return loop(args, inputs, simple_rnn_cell(args, [sequence(inputs)]))


@rule("GRU", arguments=f"{_GATED} {_LOOP} reset_after use_cudnn")
def gru(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`GRU` over `(batch, length, channels)`."""
    return loop(args, inputs, gru_cell(args, [sequence(inputs)]))


@rule("LSTM", arguments=f"{_GATED} {_LOOP} unit_forget_bias use_cudnn")
def lstm(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`LSTM` over `(batch, length, channels)`."""
    return loop(args, inputs, lstm_cell(args, [sequence(inputs)]))


def conv_lstm(rank: int, args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`ConvLSTM1D` to `ConvLSTM3D`: an LSTM whose products are convolutions; the state's one keeps the size."""
    map_shape = sequence(inputs, rank + 3)
    kernel = Kernel(rank, args, [map_shape])
    kernel.check_dilated_stride()
    check_recurrent(args)
    for size in kernel.spatial:
        known(size, "each spatial axis")
    k = args.integer("filters")
    moved = kernel.move()
    area, values = axis_product("F", rank), {**kernel.values, "K": k}
    weights = [
        Weight("kernel", (*kernel.size, kernel.d_in, 4 * k), Formula(f"{area} * D_in * 4 * K", **values)),
        Weight("recurrent_kernel", (*kernel.size, k, 4 * k), Formula(f"{area} * K * 4 * K", **values)),
    ]
    if kernel.bias:
        weights.append(Weight("bias", (4 * k,), Formula("4 * K", **values)))
    out = positions(moved)
    one = kernel.outcome(
        moved,
        channels=Formula("K", K=k),
        weights=weights,
        params=Formula(f"4 * K * ({area} * (D_in + K) + {int(kernel.bias)})", **values),
        macs=Formula(f"{product(out)} * 4 * K * {area} * (D_in + K)", **values, **out),
    )
    return loop(args, inputs, one._replace(shapes=one.shapes * 3))._replace(notes=moved.notes)


@rule("ConvLSTM1D", arguments=_CONV_LSTM)
def conv_lstm1d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`ConvLSTM1D` over `(batch, steps, length, channels)`."""
    return conv_lstm(1, args, inputs)


@rule("ConvLSTM2D", arguments=_CONV_LSTM)
def conv_lstm2d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`ConvLSTM2D` over `(batch, steps, height, width, channels)`."""
    return conv_lstm(2, args, inputs)


@rule("ConvLSTM3D", arguments=_CONV_LSTM)
def conv_lstm3d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`ConvLSTM3D` over `(batch, steps, depth, height, width, channels)`."""
    return conv_lstm(3, args, inputs)
