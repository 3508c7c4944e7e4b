"""Convolution and pooling: every kernel, stride, padding, dilation, bias and grouping that a row could have had.

The kernel follows from the count of parameters, and the strides and dilations of each axis from its two lengths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from cnnnotes._pasted.candidates.axes import (
    CONVOLUTION,
    DEPTHWISE,
    MAX_KERNEL,
    OPEN,
    POOL,
    TRANSPOSED,
    TRANSPOSED_PADDED,
    Axis,
    Kind,
    Step,
    plain,
    steps,
    undilated,
    uneven,
    uneven_size,
    uneven_steps,
    unlike_at_best,
    unstrided,
)
from cnnnotes._pasted.candidates.finding import Inputs, finder, formats
from cnnnotes._pasted.candidates.search import Block, Candidate, Option, Wanted
from cnnnotes._pasted.candidates.weights import (
    Weights,
    conv_lstm_weights,
    conv_weights,
    depthwise_weights,
    separable_weights,
    sizes_for,
    transposed_weights,
)
from cnnnotes.layers import Map, Shape, layer_type


class _Family(NamedTuple):
    """A family of convolutions: how many weights it has, and how its window moves."""

    weights: Callable[[Wanted, int | None, int], Iterator[Weights]]
    kinds: tuple[Kind, ...] = (CONVOLUTION,)


_FAMILIES = {
    "Conv{}D": _Family(conv_weights),
    "Conv{}DTranspose": _Family(transposed_weights, (TRANSPOSED, TRANSPOSED_PADDED)),
    "ConvLSTM{}D": _Family(conv_lstm_weights),
    "SeparableConv{}D": _Family(separable_weights, (DEPTHWISE,)),
    "DepthwiseConv{}D": _Family(depthwise_weights, (DEPTHWISE,)),
}
_PADDING_COST = {"valid": 0.0, "same": 0.5, "causal": 1.0}


def _one_map(kind: str, inputs: Inputs, wanted: Wanted) -> bool:
    """Whether a row shows one map of the layer's rank, and its inputs are one of the same rank and batch."""
    batch, *spatial = wanted.outputs[0]
    if len(wanted.outputs) != 1 or f"{len(spatial) - 1}D" not in kind:
        return False
    return inputs is None or [(len(shape), shape[0]) for shape in inputs] == [(len(spatial) + 1, batch)]


@finder(*(name for name in _FAMILIES if "LSTM" not in name), exact=True)
def convolution(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """A convolution of any kind."""
    if _one_map(kind, inputs, wanted):
        yield from convolution_blocks(kind, inputs[0] if inputs else None, wanted)


def convolution_blocks(layer: str, shape: Shape | None, wanted: Wanted) -> Iterator[Block]:
    """The blocks of a convolution of any kind, on an input of this shape or, where it is `None`, of any."""
    rank, stated = len(wanted.outputs[0]) - 2, layer_type(layer)
    if stated is None or stated.rank != rank or (shape is None and wanted.params is None):
        return  # another rank, or too little is known: any input would do
    family, found = _FAMILIES[layer.replace(f"{rank}D", "{}D")], False
    for cost, first, fixed in formats(rank):
        out = Map.of(wanted.outputs[0], first)
        before = Map.of(shape, first) if shape else None
        if out.channels is None or (before and before.channels is None) or (found and not shape):
            continue  # without an input, channels first are looked into only where nothing fits with channels last
        fixed |= {"filters": out.channels} if "filters" in stated.arguments else {}
        for weights in family.weights(wanted, before.channels if before else None, out.channels):
            for size in sizes_for(wanted, weights, rank):
                for padding in stated.arguments["padding"].choices:
                    frame = _Frame(out, before, fixed, weights, padding, wanted.around.pointwise_same)
                    for block in chain.from_iterable(_blocks(kind, frame, size, cost) for kind in family.kinds):
                        found = True
                        yield block


class _Frame(NamedTuple):
    """What all configurations of a block share."""

    out: Map
    before: Map | None
    """The input, where the text shows it."""
    fixed: dict[str, Any]
    weights: Weights
    padding: str
    pointwise_same: bool

    def candidate(self, kind: Kind, chosen: tuple[Step, ...]) -> Candidate:
        arguments = {
            **self.fixed,
            "kernel_size": tuple(step.size for step in chosen),
            "strides": tuple(step.stride for step in chosen),
            "padding": self.padding,
            "dilation_rate": tuple(step.dilation for step in chosen),
            **self.weights.arguments,
        }
        if kind in (TRANSPOSED, TRANSPOSED_PADDED):
            arguments["output_padding"] = tuple(step.added for step in chosen) if kind is TRANSPOSED_PADDED else None
        before = self.before or _implied(self.out._replace(channels=self.weights.channels), chosen)
        return Candidate(arguments, (before.shape,))


def _implied(out: Map, chosen: tuple[Step, ...]) -> Map:
    """The input that a window with these steps makes such an output of."""
    return out._replace(spatial=tuple(step.length for step in chosen))


def _blocks(kind: Kind, frame: _Frame, size: tuple[int | None, ...], cost: float) -> Iterator[Block]:
    axes = _axes(kind, frame.out, frame.before, frame.padding, size, frame.weights.channels)
    whole = all(axis.size is None or axis.size <= axis.largest or axis.size == axis.n_in for axis in axes)
    if not whole or not all(map(steps, axes)):
        return
    usual = {"valid": 0.5, "same": 0.0} if kind in (TRANSPOSED, TRANSPOSED_PADDED) else _PADDING_COST
    if frame.pointwise_same and set(size) == {1}:
        usual = {"valid": 0.5, "same": 0.0, "causal": 1.0}
    cost += frame.weights.cost + usual[frame.padding] + 3.0 * (kind is TRANSPOSED_PADDED)
    known = [f for f in size if f is not None]
    cost, unlike = (cost + uneven_size(known), uneven_steps) if known else (cost, uneven)

    def make(chosen: tuple[Step, ...]) -> Candidate:
        return frame.candidate(kind, chosen)

    if kind is DEPTHWISE:
        yield _block(cost, tuple(map(steps, axes)), make, unlike)
        return
    # Keras refuses strides and dilation together, so a block has either; what has neither stands in the first
    yield _block(cost, tuple(map(undilated, axes)), make, unlike)
    yield _block(cost, tuple(map(unstrided, axes)), make, unlike, plain)


def _block(
    cost: float,
    axes: tuple[tuple[Option, ...], ...],
    make: Callable[[tuple[Step, ...]], Candidate],
    unlike: Callable[[tuple[Step, ...]], float],
    left_out: Callable[[Step], bool] | None = None,
) -> Block:
    """A block whose cost counts what no choice can help, so that it is not looked into too early."""
    least = unlike_at_best(axes)
    if not least:
        return Block(cost, axes, make, unlike, left_out)
    return Block(cost + least, axes, make, lambda chosen: max(unlike(chosen) - least, 0.0), left_out)


def _axes(
    kind: Kind,
    out: Map,
    before: Map | None,
    padding: str,
    size: Sequence[int | None],
    channels: int | None,
) -> list[Axis]:
    lengths = before.spatial if before else (OPEN,) * len(size)
    fixed = (MAX_KERNEL[len(size)], None if before else channels)
    return [
        Axis(kind, a, b, padding, fixed[0], f, fixed[1]) for a, b, f in zip(lengths, out.spatial, size, strict=True)
    ]


@finder("MaxPooling{}D", "AveragePooling{}D", exact=True)
def pooling(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """Max and average pooling, which have no weights."""
    if not _one_map(kind, inputs, wanted) or not wanted.allows(0):
        return
    for cost, first, fixed in formats(bool(inputs)):
        out = Map.of(wanted.outputs[0], first)
        before = Map.of(inputs[0], first) if inputs else None
        if before and before.channels != out.channels:
            continue
        for padding in ("valid", "same"):
            axes = _axes(POOL, out, before, padding, (None,) * len(out.spatial), None)
            make = partial(_pooled, out, before, padding, fixed)
            yield Block(cost + 2.0 * (padding == "same"), tuple(map(steps, axes)), make, uneven)


def _pooled(out: Map, before: Map | None, padding: str, fixed: dict[str, Any], chosen: tuple[Step, ...]) -> Candidate:
    arguments = {
        "pool_size": tuple(step.size for step in chosen),
        "strides": tuple(step.stride for step in chosen),
        "padding": padding,
        **fixed,
    }
    return Candidate(arguments, ((before or _implied(out, chosen)).shape,))
