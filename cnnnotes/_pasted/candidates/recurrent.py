"""Recurrent layers, and the wrappers that apply a layer to each step or in both directions."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from cnnnotes._pasted.candidates.finding import Inputs, assumed, blocks_of, finder
from cnnnotes._pasted.candidates.search import Block, Candidate, Wanted, single
from cnnnotes._pasted.candidates.windows import convolution_blocks
from cnnnotes.layers import Shape

_GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}


def _biases(kind: str) -> Iterator[tuple[float, dict[str, bool]]]:
    """Whether a recurrent layer has biases, by cost; a GRU has one or two for each gate."""
    for bias, reset in itertools.product((True, False), (True, False) if kind == "GRU" else (None,)):
        yield (
            2.0 * (not bias) + (reset is False),
            {"use_bias": bias} | ({} if reset is None else {"reset_after": reset}),
        )


@finder(*_GATES)
def recurrent(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """Recurrent layers: the units, whether each step is given out, the biases, and the state beside."""
    out, gates = wanted.outputs[0], _GATES[kind]
    u = out[-1]
    arguments = {"units": u, "return_sequences": len(out) == 3, "return_state": len(wanted.outputs) > 1}
    for cost, biases in _biases(kind):
        source = inputs
        if source is None and wanted.params and u:
            own = u * u + u * biases["use_bias"] * (1 + biases.get("reset_after", False))
            width, remainder = divmod(wanted.params // gates - own, u)
            source = ((out[0], out[1] if len(out) == 3 else None, width),) if width > 0 and not remainder else None
        if source is not None:
            yield single(cost, {**arguments, **biases}, source)


@finder("Bidirectional")
def bidirectional(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`Bidirectional`: the recurrent layer inside, and how its two directions are put together."""
    out = wanted.outputs[0]
    for cost, mode in ((0.0, "concat"), (2.0, "sum"), (3.0, "ave"), (3.0, "mul"), (4.0, None)):
        own = len(wanted.outputs) - (mode is None)
        units = out[-1] // 2 if mode == "concat" and out[-1] else out[-1]
        fixed = {"units": units, "return_sequences": len(out) == 3, "return_state": own > 1}
        for rare, kind in ((0.0, "LSTM"), (0.5, "GRU"), (1.0, "SimpleRNN")):
            for more, biases in _biases(kind) if inputs else ():
                layer = {"class_name": kind, "config": {**fixed, **biases}}
                yield single(cost + rare + more, {"layer": layer, "merge_mode": mode}, inputs or ())


_DISTRIBUTED = (
    *("Dense", "Conv2D", "Conv1D", "MaxPooling2D", "AveragePooling2D", "Flatten", "GlobalAveragePooling2D"),
    *("GlobalMaxPooling2D", "BatchNormalization", "Dropout", "LSTM", "DepthwiseConv2D", "SeparableConv2D"),
)


@finder("TimeDistributed")
def time_distributed(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`TimeDistributed`: each of the usual layers inside, with all that it could have been."""
    if not inputs or len(inputs[0]) < 3 or len(wanted.outputs[0]) < 2 or inputs[0][1] != wanted.outputs[0][1]:
        return
    one = ((inputs[0][0], *inputs[0][2:]),)
    each = wanted._replace(outputs=((wanted.outputs[0][0], *wanted.outputs[0][2:]),))
    for rare, kind in enumerate(_DISTRIBUTED):
        for block in blocks_of(kind, one, each):
            yield block._replace(cost=block.cost + rare, make=_inside(kind, block.make, inputs))


def _inside(
    kind: str, make: Callable[[tuple[Any, ...]], Candidate], inputs: tuple[Shape, ...]
) -> Callable[[tuple[Any, ...]], Candidate]:
    """Makes the candidates of a wrapper out of those of the layer inside."""
    fixed = assumed(kind)
    return lambda chosen: Candidate(
        {"layer": {"class_name": kind, "config": {**fixed, **make(chosen).arguments}}}, inputs
    )


@finder("ConvLSTM{}D")
def conv_lstm(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`ConvLSTM1D` to `ConvLSTM3D`: a convolution whose kernel counts for the input and for the state."""
    out = wanted.outputs[0]
    if not inputs or len(inputs[0]) < 4 or len(out) not in (len(inputs[0]), len(inputs[0]) - 1):
        return
    sequences = len(out) == len(inputs[0])
    fixed = {"return_sequences": sequences, "return_state": len(wanted.outputs) > 1}
    one = wanted._replace(outputs=((out[0], *out[1 + sequences :]),))
    for block in convolution_blocks(kind, (inputs[0][0], *inputs[0][2:]), one):
        yield block._replace(make=_recurring(block.make, fixed, inputs))


def _recurring(
    make: Callable[[tuple[Any, ...]], Candidate], fixed: dict[str, Any], inputs: tuple[Shape, ...]
) -> Callable[[tuple[Any, ...]], Candidate]:
    return lambda chosen: Candidate({**make(chosen).arguments, **fixed}, inputs)
