"""Recurrent layers, and the wrappers that apply a layer to each step or in both directions."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from cnnnotes._pasted.candidates.finding import Guess, Inputs, assumed, blocks_of, checked, finder, guesser
from cnnnotes._pasted.candidates.search import Block, Candidate, Wanted
from cnnnotes._pasted.candidates.windows import window_blocks
from cnnnotes.layers import layer_type

_GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1, "CuDNNLSTM": 4, "CuDNNGRU": 3}


def _biases(kind: str) -> Iterator[tuple[float, int, dict[str, bool]]]:
    """Whether a recurrent layer has biases, by cost, and how many for each gate; a GRU has one or two."""
    if kind.startswith("CuDNN"):
        yield 0.0, 2, {}
        return
    for bias, reset in itertools.product((True, False), (True, False) if kind == "GRU" else (None,)):
        resets = {} if reset is None else {"reset_after": reset}
        yield 2.0 * (not bias) + (reset is False), bias * (1 + bool(reset)), {"use_bias": bias, **resets}


def _states(wanted: Wanted, rank: int = 3, outputs: int = 1) -> dict[str, Any]:
    """Whether each step is given out, and the state beside."""
    return {"return_sequences": len(wanted.outputs[0]) == rank, "return_state": len(wanted.outputs) > outputs}


def _layers(kind: str, units: int | None, inputs: Inputs, wanted: Wanted, directions: int = 1) -> Iterator[Guess]:
    """A recurrent layer by cost, with its arguments and the sequence that it is given: the count tells its width."""
    batch, *after = wanted.outputs[0]
    for cost, count, biases in _biases(kind):
        each, rest = divmod((wanted.params or 0) // directions, _GATES[kind] * (units or 1))
        width = each - (units or 0) - count
        source = inputs or (
            ((batch, after[0] if len(after) == 2 else None, width),) if width > 0 and not rest else None
        )
        if source:
            yield cost, {"units": units, **_states(wanted), **biases}, source


@guesser(*_GATES)
def recurrent(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Guess]:
    """Recurrent layers: the units, whether each step is given out, the biases, and the state beside."""
    yield from _layers(kind, wanted.outputs[0][-1], inputs, wanted)


@guesser("RNN")
def cells(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Guess]:
    """`RNN`: one cell, or up to three that are alike in a stack."""
    for many, (rare, cell) in itertools.product((1, 2, 3), enumerate(("LSTM", "GRU", "SimpleRNN"))):
        for cost, _, biases in _biases(cell) if inputs else ():
            one = {"class_name": f"{cell}Cell", "config": {"units": wanted.outputs[0][-1], **biases}}
            stack = {"class_name": "StackedRNNCells", "config": {"cells": [one] * many}}
            yield cost + rare / 2 + many, {"cell": one if many == 1 else stack, **_states(wanted)}, inputs or ()


@guesser("Bidirectional")
def bidirectional(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Guess]:
    """`Bidirectional`: the recurrent layer inside, and how its two directions are put together."""
    last = wanted.outputs[0][-1]
    for cost, mode in ((0.0, "concat"), (2.0, "sum"), (3.0, "ave"), (3.0, "mul"), (4.0, None)):
        units = last // 2 if mode == "concat" and last else last
        for rare, inner in ((0.0, "LSTM"), (0.5, "GRU"), (1.0, "SimpleRNN")):
            for more, arguments, source in _layers(inner, units, inputs, wanted, directions=2):
                arguments |= _states(wanted, outputs=1 + (mode is None))
                layer = {"class_name": inner, "config": arguments}
                yield cost + rare + more, {"layer": layer, "merge_mode": mode}, source


_DISTRIBUTED = (
    *("Dense", "Conv2D", "Conv1D", "MaxPooling2D", "AveragePooling2D", "Flatten", "GlobalAveragePooling2D"),
    *("GlobalMaxPooling2D", "BatchNormalization", "Dropout", "LSTM", "DepthwiseConv2D", "SeparableConv2D"),
)


@finder("TimeDistributed")
def time_distributed(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`TimeDistributed`: each of the usual layers inside, with all that it could have been."""
    batch, *after = wanted.outputs[0]
    if len(after) < 2 or (inputs and (len(inputs[0]) < 3 or inputs[0][1] != after[0])):
        return
    one = ((inputs[0][0], *inputs[0][2:]),) if inputs else None
    for rare, inner in enumerate(_DISTRIBUTED if inputs or wanted.params else ()):

        def distributed(arguments: dict[str, Any], inner: str = inner) -> dict[str, Any]:
            return {"layer": {"class_name": inner, "config": {**assumed(inner), **arguments}}}

        blocks = blocks_of(inner, one, wanted._replace(outputs=((batch, *after[1:]),)))
        yield from checked(kind, (_repeated(block, after[0], distributed, rare) for block in blocks), wanted)


@finder("ConvLSTM{}D")
def conv_lstm(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`ConvLSTM1D` to `ConvLSTM3D`: a convolution whose kernel counts for the input and for the state."""
    out, known = wanted.outputs[0], layer_type(kind)
    states = _states(wanted, rank=3 + (known.rank or 0 if known else 0))
    steps = out[1:2] if states["return_sequences"] else ()
    if inputs and len(inputs[0]) != len(out) + (not steps):
        return
    length = inputs[0][1] if inputs else steps[0] if steps else None
    one = wanted._replace(outputs=((out[0], *out[1 + len(steps) :]),))
    blocks = window_blocks(kind, (inputs[0][0], *inputs[0][2:]) if inputs else None, one)
    yield from checked(kind, (_repeated(block, length, lambda found: found | states) for block in blocks), wanted)


def _repeated(
    block: Block, length: int | None, arguments: Callable[[dict[str, Any]], dict[str, Any]], cost: float = 0.0
) -> Block:
    """The block of a layer that does at each of `length` steps what those of `block` do once."""

    def make(chosen: tuple[Any, ...]) -> Candidate:
        step = block.make(chosen)
        return Candidate(arguments(step.arguments), tuple((s[0], length, *s[1:]) for s in step.inputs))

    return block._replace(cost=block.cost + cost, make=make)
