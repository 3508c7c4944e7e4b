"""Recurrent layers, and the wrappers that apply a layer to each step or in both directions."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from cnnnotes._pasted.candidates.finding import Inputs, assumed, blocks_of, finder
from cnnnotes._pasted.candidates.search import Block, Candidate, Wanted, single
from cnnnotes._pasted.candidates.windows import convolution_blocks
from cnnnotes.layers import Shape, layer_type

_GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1, "CuDNNLSTM": 4, "CuDNNGRU": 3}


def _biases(kind: str) -> Iterator[tuple[float, int, dict[str, bool]]]:
    """Whether a recurrent layer has biases, by cost, and how many for each gate; a GRU has one or two."""
    if kind.startswith("CuDNN"):
        yield 0.0, 2, {}
        return
    for bias, reset in itertools.product((True, False), (True, False) if kind == "GRU" else (None,)):
        resets = {} if reset is None else {"reset_after": reset}
        yield 2.0 * (not bias) + (reset is False), bias * (1 + bool(reset)), {"use_bias": bias, **resets}


def _sequence(kind: str, biases: int, units: int | None, params: int | None, out: Shape) -> Inputs:
    """The sequence that a recurrent layer with so many weights must have been given, where the text doesn't show it."""
    if not params or not units or params % _GATES[kind]:
        return None
    width, remainder = divmod(params // _GATES[kind] - units * (units + biases), units)
    return ((out[0], out[1] if len(out) == 3 else None, width),) if width > 0 and not remainder else None


@finder(*_GATES)
def recurrent(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """Recurrent layers: the units, whether each step is given out, the biases, and the state beside."""
    out = wanted.outputs[0]
    arguments = {"units": out[-1], "return_sequences": len(out) == 3, "return_state": len(wanted.outputs) > 1}
    for cost, count, biases in _biases(kind):
        source = inputs or _sequence(kind, count, out[-1], wanted.params, out)
        if source:
            yield single(cost, {**arguments, **biases}, source)


@finder("RNN")
def cells(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`RNN`: one cell, or up to three that are alike in a stack."""
    out = wanted.outputs[0]
    fixed = {"return_sequences": len(out) == 3, "return_state": len(wanted.outputs) > 1}
    for many, (rare, cell) in itertools.product((1, 2, 3), enumerate(("LSTM", "GRU", "SimpleRNN"))):
        for cost, _, biases in _biases(cell):
            one = {"class_name": f"{cell}Cell", "config": {"units": out[-1], **biases}}
            stack = {"class_name": "StackedRNNCells", "config": {"cells": [one] * many}}
            if inputs:
                yield single(cost + rare / 2 + many, {"cell": one if many == 1 else stack, **fixed}, inputs)


@finder("Bidirectional")
def bidirectional(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`Bidirectional`: the recurrent layer inside, and how its two directions are put together."""
    out = wanted.outputs[0]
    for cost, mode in ((0.0, "concat"), (2.0, "sum"), (3.0, "ave"), (3.0, "mul"), (4.0, None)):
        own = len(wanted.outputs) - (mode is None)
        units = out[-1] // 2 if mode == "concat" and out[-1] else out[-1]
        fixed = {"units": units, "return_sequences": len(out) == 3, "return_state": own > 1}
        for rare, inner in ((0.0, "LSTM"), (0.5, "GRU"), (1.0, "SimpleRNN")):
            for more, count, biases in _biases(inner):
                layer = {"class_name": inner, "config": {**fixed, **biases}}
                source = inputs or _sequence(inner, count, units, wanted.params and wanted.params // 2, out)
                if source:
                    yield single(cost + rare + more, {"layer": layer, "merge_mode": mode}, source)


_DISTRIBUTED = (
    *("Dense", "Conv2D", "Conv1D", "MaxPooling2D", "AveragePooling2D", "Flatten", "GlobalAveragePooling2D"),
    *("GlobalMaxPooling2D", "BatchNormalization", "Dropout", "LSTM", "DepthwiseConv2D", "SeparableConv2D"),
)


@finder("TimeDistributed")
def time_distributed(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`TimeDistributed`: each of the usual layers inside, with all that it could have been."""
    batch, *after = wanted.outputs[0]
    if not after or (inputs and (len(inputs[0]) < 3 or inputs[0][1] != after[0])):
        return
    one = ((inputs[0][0], *inputs[0][2:]),) if inputs else None
    each = wanted._replace(outputs=((batch, *after[1:]),))
    for rare, inner in enumerate(_DISTRIBUTED):
        for block in blocks_of(inner, one, each) if len(after) > 1 and (inputs or wanted.params) else ():
            yield block._replace(cost=block.cost + rare, make=_inside(inner, block.make, after[0]))


def _inside(
    kind: str, make: Callable[[tuple[Any, ...]], Candidate], length: int | None
) -> Callable[[tuple[Any, ...]], Candidate]:
    """Makes the candidates of a wrapper out of those of the layer inside."""

    def wrap(chosen: tuple[Any, ...]) -> Candidate:
        inner = make(chosen)
        layer = {"class_name": kind, "config": {**assumed(kind), **inner.arguments}}
        return Candidate({"layer": layer}, tuple((shape[0], length, *shape[1:]) for shape in inner.inputs))

    return wrap


@finder("ConvLSTM{}D")
def conv_lstm(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`ConvLSTM1D` to `ConvLSTM3D`: a convolution whose kernel counts for the input and for the state."""
    out, known = wanted.outputs[0], layer_type(kind)
    sequences = known is not None and len(out) == (known.rank or 0) + 3
    if inputs and len(inputs[0]) != len(out) + (not sequences):
        return
    fixed = {"return_sequences": sequences, "return_state": len(wanted.outputs) > 1}
    one = wanted._replace(outputs=((out[0], *out[1 + sequences :]),))
    length = inputs[0][1] if inputs else out[1] if sequences else None
    for block in convolution_blocks(kind, (inputs[0][0], *inputs[0][2:]) if inputs else None, one):
        yield block._replace(make=_recurring(block.make, fixed, length))


def _recurring(
    make: Callable[[tuple[Any, ...]], Candidate], fixed: dict[str, Any], length: int | None
) -> Callable[[tuple[Any, ...]], Candidate]:
    """Makes the candidates of a recurrent convolution out of those of one step."""

    def recur(chosen: tuple[Any, ...]) -> Candidate:
        step = make(chosen)
        return Candidate({**step.arguments, **fixed}, tuple((s[0], length, *s[1:]) for s in step.inputs))

    return recur
