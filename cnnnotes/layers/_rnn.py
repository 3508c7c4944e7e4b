"""Recurrent layers: a cell that is applied once for each step of a sequence, always with the same weights.

Multiply-accumulates are those of all steps: at each step the input and the state are multiplied with their kernels.
"""

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments, class_and_config, serialized, trained
from cnnnotes.layers._convolutional import Kernel
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._outcomes import GLOBAL, Outcome, Shape, has_axes, known, sized, total
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


def cell(gates: int, states: int, args: Arguments, shape: Shape) -> Outcome:
    """One step of a recurrent layer of K units with so many gates and state vectors.

    With `reset_after` the input and the state of a `GRU` have a bias each.
    """
    k, d = args.integer("units"), known(shape[-1], "the last axis")
    values, several = {"K": k, "D_in": d}, f"{gates} * K" if gates > 1 else "K"
    biases = int(args.flag("use_bias")) * (2 if args.flag("reset_after", False) else 1)
    dims = {"kernel": ["D_in", several], "recurrent_kernel": ["K", several], "bias": ["2"] * (biases - 1) + [several]}
    return Outcome.of(
        (shape[0], k),
        [sized(name, axes, values) for name, axes in dims.items() if biases or name != "bias"],
        shapes=((shape[0], k),) * (1 + states),
        axes=(Formula("K", K=k),),
        params=Formula(f"{several} * (D_in + K + {biases})", **values),
        macs=Formula(f"{several} * (D_in + K)", **values),
    )


@rule(
    "StackedRNNCells",
    "cells:layers",
    inputs=(1, None),
    axes=(2, 2),
    example={"cells": [_LSTM_CELL]},
    shapes=[(None, 8), (None, 16), (None, 16)],
)
def stacked_cells(args: Arguments, shape: Shape, *initial: Shape) -> Outcome:
    """`StackedRNNCells`: the output of one cell is the input of the next, within a step."""
    cells = args.get("cells")
    if not isinstance(cells, list | tuple) or not cells:
        raise LayerError(f"cells must be a list of cells, got {shown(cells)}")
    found, states = [], list[Shape]()
    for each in cells:
        found.append(step(args, "cells", each, shape))
        shape, *own = found[-1].shapes
        states += own
    weights = [(f"cell_{i}/{weight.name}", weight) for i, one in enumerate(found) for weight in one.weights]
    return Outcome(
        shapes=(shape, *states),
        axes=found[-1].axes,
        weights=tuple(weight._replace(name=name) for name, weight in weights),
        params=total("cell", [one.param_count for one in found]),
        macs=total("cell", [one.mac_count for one in found]),
    )


def step(args: Arguments, name: str, cell: object, shape: Shape) -> Outcome:
    """One step of the cell that stands in the argument `name`; a list of cells is a stack of them."""
    if isinstance(cell, list | tuple):
        cell = serialized("StackedRNNCells", cells=cell)
    kind, _ = class_and_config(name, cell)
    if layer_type(kind) and not kind.endswith(("Cell", "Cells")):
        raise LayerError(f"{name} must be a cell, got a layer of type {shown(kind)}")
    return wrapped(args, name, cell, shape)


def loop(args: Arguments, shape: Shape, one: Outcome) -> Outcome:
    """A sequence, from the outcome of a single step: its outputs, or the last of them, and the states if asked for."""
    batch, length = shape[:2]
    if args.flag("stateful") and batch is None:
        raise LayerError("a stateful layer needs a known batch size, got None")
    sequences = args.flag("return_sequences")
    output, *states = ((batch, *out[1:]) for out in one.shapes)
    return one._replace(
        shapes=((batch, length, *output[1:]) if sequences else output, *states * args.flag("return_state")),
        axes=(None, *one.axes) if sequences else one.axes,
        macs=one.macs.scaled("L_in", length) if one.macs else None,
        notes=one.notes if sequences else (*one.notes, "only the last step's output is kept"),
        windows=GLOBAL,
    )


def one_step(shape: Shape, rank: int = 3) -> Shape:
    """The shape of one step of a sequence."""
    has_axes(shape, rank, rank)
    return (shape[0], *shape[2:])


@rule(
    "RNN",
    f"cell:layer {_LOOP} zero_output_for_mask=False",
    inputs=(1, None),
    example={"cell": _LSTM_CELL},
    shapes=_SEQUENCE,
)
def rnn(args: Arguments, shape: Shape, *initial: Shape) -> Outcome:
    """`RNN`: any cell, or a stack of cells, over `(batch, length, channels)`."""
    return loop(args, shape, step(args, "cell", args.get("cell"), one_step(shape)))


def _registered(name: str, statement: str, gates: int, states: int) -> None:
    """Registers a recurrent layer, and the cell that is a step of it."""

    @rule(f"{name}Cell", statement, inputs=(1, 1 + states), axes=(2, 2), shapes=[(None, 8), *[(None, 16)] * states])
    def one(args: Arguments, shape: Shape, *initial: Shape) -> Outcome:
        return cell(gates, states, args, shape)

    @rule(name, f"{statement} {_LOOP}{' use_cudnn=auto' * (gates > 1)}", inputs=(1, None), shapes=_SEQUENCE)
    def layer(args: Arguments, shape: Shape, *initial: Shape) -> Outcome:
        return loop(args, shape, cell(gates, states, args, one_step(shape)))


_registered("SimpleRNN", _CELL, 1, 1)
_registered("GRU", f"{_GATED} reset_after=True", 3, 1)
_registered("LSTM", f"{_GATED} unit_forget_bias=True", 4, 2)


@rule(
    "ConvLSTM{}D",
    _CONV_LSTM,
    inputs=(1, None),
    axes=1,
    shapes={1: [(None, 10, 32, 3)], 2: [(None, 10, 32, 32, 3)], 3: [(None, 10, 16, 16, 16, 1)]},
)
def conv_lstm(args: Arguments, shape: Shape, *initial: Shape) -> Outcome:
    """`ConvLSTM1D` to `ConvLSTM3D`: an LSTM whose products are convolutions; the state's one keeps the size."""
    kernel, k = Kernel(args, one_step(shape, args.rank + 3)), args.integer("filters")
    kernel.check_dilated_stride()
    for size in kernel.map.spatial:
        known(size, "each spatial axis")
    weights = {"kernel": [*kernel.area, "D_in", "4 * K"], "recurrent_kernel": [*kernel.area, "K", "4 * K"]}
    params, macs = "4 * K * ({F} * (D_in + K) + {bias})", "{at} * 4 * K * {F} * (D_in + K)"
    one = kernel.outcome(kernel.move(), "K", weights, params, macs, ["4 * K"], K=k)
    return loop(args, shape, one._replace(shapes=one.shapes * 3))
