"""Recurrent layers, and others applied at each step of a sequence, always with the same weights.

Multiply-accumulates are those of all steps: at each step the input and the state are multiplied with their kernels."""

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments, class_and_config, serialized, trained
from cnnnotes.layers._convolutional import Kernel
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._outcomes import GLOBAL, Outcome, Shape, Weight, has_axes, known, total, weight
from cnnnotes.layers._registry import layer_type, rule, wrapped

_TRAINED = trained(kernel="glorot_uniform", recurrent="orthogonal", bias="zeros")
_CELL = f"units:size activation=tanh use_bias=True {_TRAINED} dropout=0.0 recurrent_dropout=0.0 seed=None"
_GATED = _CELL.replace("activation=tanh", "activation=tanh recurrent_activation=sigmoid")
_LOOP = "return_sequences=False return_state=False go_backwards=False stateful=False unroll=False"
_GRU, _LSTM = f"{_GATED} reset_after=True", f"{_GATED} unit_forget_bias=True"
_ANY = f"cell:layer {_LOOP} zero_output_for_mask=False"
_CUDNN = f"units:size {_TRAINED} {_LOOP.removesuffix(' unroll=False')}"
_CONV_LSTM = (
    "filters:size kernel_size:sizes strides:sizes=1 padding:valid|same=valid data_format=None dilation_rate:sizes=1 "
    f"{_LSTM.removeprefix('units:size ')} {_LOOP.removesuffix(' unroll=False')}"
)
_BOTH = "layer:layer merge_mode:sum|mul|ave|concat=concat weights=None backward_layer:layer=None"
_LSTM_CELL = serialized("LSTMCell", units=16)
_CELLS = {"cells": [_LSTM_CELL]}
_STEP, _STEPS, _SEQUENCE = [(None, 8), (None, 16)], [(None, 8), (None, 16), (None, 16)], [(None, 20, 8)]
_FILMS: dict[int, list[Shape]] = {1: [(None, 10, 32, 3)], 2: [(None, 10, 32, 32, 3)], 3: [(None, 10, 16, 16, 16, 1)]}
_GATES = {"unit_forget_bias": (4, 2), "reset_after": (3, 1)}  # by an argument: how many gates and state vectors


@rule("SimpleRNNCell", _CELL, inputs=(1, 2), axes=(2, 2), shapes=_STEP)
@rule("GRUCell", _GRU, inputs=(1, 2), axes=(2, 2), shapes=_STEP)
@rule("LSTMCell", _LSTM, inputs=(1, 3), axes=(2, 2), shapes=_STEPS)
def cell(args: Arguments, shape: Shape, *initial: Shape) -> Outcome:
    """`SimpleRNNCell`, `GRUCell`, `LSTMCell`: one step of a recurrent layer of K units."""
    gates, states = next((found for name, found in _GATES.items() if name in {**args.statement, **args.config}), (1, 1))
    k, d = args.integer("units"), known(shape[-1], "the last axis")
    values, several = {"K": k, "D_in": d}, f"{gates} * K" if gates > 1 else "K"
    biases = int(args.flag("use_bias")) * (2 if args.flag("reset_after", False) else 1)  # of input and state each
    dims = {"kernel": ["D_in", several], "recurrent_kernel": ["K", several], "bias": ["2"] * (biases - 1) + [several]}
    weights = tuple(weight(name, axes, **values) for name, axes in dims.items() if biases or name != "bias")
    params, macs = (Formula(f"{several} * ({each})", **values) for each in (f"D_in + K + {biases}", "D_in + K"))
    return Outcome(((shape[0], k),) * (1 + states), (Formula("K", K=k),), weights, params, macs)


@rule("StackedRNNCells", "cells:layers", inputs=(1, None), axes=(2, 2), example=_CELLS, shapes=_STEPS)
def stacked_cells(args: Arguments, shape: Shape, *initial: Shape) -> Outcome:
    """`StackedRNNCells`: the output of one cell is the input of the next, within a step."""
    cells = args.get("cells")
    if not isinstance(cells, list | tuple) or not cells:
        raise LayerError(f"cells must be a list of cells, got {shown(cells)}")
    found, states = list[Outcome](), list[Shape]()
    for each in cells:
        found.append(step(args, "cells", each, shape))
        shape, *own = found[-1].shapes
        states += own
    weights = (each._replace(name=f"cell_{i}/{each.name}") for i, one in enumerate(found) for each in one.weights)
    counts, macs = ([one.param_count for one in found], [one.mac_count for one in found])
    return Outcome((shape, *states), found[-1].axes, tuple(weights), total("cell", counts), total("cell", macs))


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


@rule("RNN", _ANY, inputs=(1, None), example={"cell": _LSTM_CELL}, shapes=_SEQUENCE)
@rule("SimpleRNN", f"{_CELL} {_LOOP}", inputs=(1, None), shapes=_SEQUENCE)
@rule("GRU", f"{_GRU} {_LOOP} use_cudnn=auto", inputs=(1, None), shapes=_SEQUENCE)
@rule("LSTM", f"{_LSTM} {_LOOP} use_cudnn=auto", inputs=(1, None), shapes=_SEQUENCE)
def recurrent(args: Arguments, shape: Shape, *initial: Shape) -> Outcome:
    """`SimpleRNN`, `GRU`, `LSTM`: a cell over `(batch, length, channels)`; `RNN`: any cell, or a stack of cells."""
    first = one_step(shape)
    return loop(
        args, shape, step(args, "cell", args.get("cell"), first) if "cell" in args.statement else cell(args, first)
    )


@rule("CuDNNGRU", _CUDNN, inputs=(1, None), shapes=_SEQUENCE, unlisted=True)
@rule("CuDNNLSTM", f"{_CUDNN} unit_forget_bias=True", inputs=(1, None), shapes=_SEQUENCE, unlisted=True)
def cudnn(args: Arguments, shape: Shape, *initial: Shape) -> Outcome:
    """`CuDNNGRU`, `CuDNNLSTM`: of NVIDIA's library; input and state have a bias each, in one array."""
    given = Arguments({**args.config, "use_bias": True, "reset_after": True}, args.statement)
    found = cell(given, one_step(shape))
    *kernels, bias = found.weights
    return loop(args, shape, found._replace(weights=(*kernels, bias._replace(shape=(bias.size,)))))


@rule("ConvLSTM{}D", _CONV_LSTM, inputs=(1, None), axes=1, shapes=_FILMS)
def conv_lstm(args: Arguments, shape: Shape, *initial: Shape) -> Outcome:
    """`ConvLSTM1D` to `ConvLSTM3D`: an LSTM whose products are convolutions; the state's one keeps the size."""
    kernel, k = Kernel(args, one_step(shape, args.rank + 3)), args.integer("filters")
    for size in kernel.map.spatial:
        known(size, "each spatial axis")
    weights = {"kernel": [*kernel.area, "D_in", "4 * K"], "recurrent_kernel": [*kernel.area, "K", "4 * K"]}
    weights["bias"] = ["4 * K"]
    params, macs = "4 * K * ({F} * (D_in + K) + {bias})", "{at} * 4 * K * {F} * (D_in + K)"
    one = kernel.outcome(kernel.move(), "K", weights, params, macs, K=k)
    return loop(args, shape, one._replace(shapes=one.shapes * 3))


@rule("TimeDistributed", "layer:layer", axes=3, shapes=[(None, 20, 8)])
def time_distributed(args: Arguments, shape: Shape) -> Outcome:
    """`TimeDistributed`: the same layer, with the same weights, at each step of `(batch, length, …)`."""
    one = wrapped(args, "layer", args.get("layer"), (shape[0], *shape[2:]))
    if len(one.shapes) != 1:
        raise LayerError(f"layer must have one output, got {len(one.shapes)}")
    return one._replace(
        shapes=((one.shapes[0][0], shape[1], *one.shapes[0][1:]),),
        axes=(None, *one.axes) if one.axes else (),
        macs=one.macs.scaled("L_in", shape[1]) if one.macs else None,
        windows=None,
    )


@rule("Bidirectional", _BOTH, inputs=(1, None), example={"layer": serialized("LSTM", units=16)}, shapes=_SEQUENCE)
def bidirectional(args: Arguments, *inputs: Shape) -> Outcome:
    """`Bidirectional`: two recurrent layers, one of which reads the sequence from its end."""
    layer, backward = args.get("layer"), args.get("backward_layer")
    sides, weights = list[Outcome](), list[Weight]()
    for side, each in (("forward", layer), ("backward", layer if backward is None else backward)):
        kind, _ = class_and_config("layer", each)
        stated = layer_type(kind)
        if stated and "return_sequences" not in stated.arguments:
            raise LayerError(f"layer must be a recurrent layer, got one of type {shown(kind)}")
        sides.append(wrapped(args, "layer", each, *inputs))
        weights += [each._replace(name=f"{side}/{each.name}") for each in sides[-1].weights]
    forward, reverse = sides
    output, *states = forward.shapes
    outputs = [output] if args.get("merge_mode") is not None else [output, output]
    if len(outputs) == 1 and args.choice("merge_mode") == "concat":
        if output[-1] is None:
            raise LayerError("the last axis must be known to be concatenated, got None")
        outputs = [(*output[:-1], 2 * output[-1])]
    shapes, notes = (*outputs, *states, *states), ("two layers, one for each direction",)
    params, macs = _both(forward.params, reverse.params), _both(forward.macs, reverse.macs)
    return Outcome(shapes, (), tuple(weights), params, macs, notes, forward.windows)


def _both(forward: Formula | None, reverse: Formula | None) -> Formula | None:
    if forward is None or reverse is None:
        return None
    if forward == reverse:
        return Formula(f"2 * ({forward.text})", **forward.values)
    return total("direction", [forward.value, reverse.value])
