"""Convolution and pooling: every kernel, stride, padding, dilation, bias and grouping that a row could have had.

The kernel follows from the count of parameters, and the strides and dilations of each axis from its two lengths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
from cnnnotes.layers import Shape
from cnnnotes.layers._rule import joined, split


class _Family(NamedTuple):
    """A family of convolutions: how many weights it has, how its window moves, and what it takes."""

    weights: Callable[[Wanted, int | None, int], Iterator[Weights]]
    kinds: tuple[Kind, ...] = (CONVOLUTION,)
    paddings: tuple[str, ...] = ("valid", "same")
    filters: bool = True
    """Whether it has an argument `filters`."""


_CONV = _Family(conv_weights)
_FAMILIES = {
    **dict.fromkeys(("Conv1D", "Convolution1D"), _Family(conv_weights, paddings=("valid", "same", "causal"))),
    **dict.fromkeys(("Conv2D", "Conv3D", "Convolution2D", "Convolution3D"), _CONV),
    **dict.fromkeys(
        (f"{name}{rank}DTranspose" for name in ("Conv", "Convolution") for rank in (1, 2, 3)),
        _Family(transposed_weights, (TRANSPOSED, TRANSPOSED_PADDED)),
    ),
    **dict.fromkeys((f"ConvLSTM{rank}D" for rank in (1, 2, 3)), _Family(conv_lstm_weights)),
    **dict.fromkeys(
        (f"Separable{name}{rank}D" for name in ("Conv", "Convolution") for rank in (1, 2)),
        _Family(separable_weights, (DEPTHWISE,)),
    ),
    **dict.fromkeys(
        (f"DepthwiseConv{rank}D" for rank in (1, 2)), _Family(depthwise_weights, (DEPTHWISE,), filters=False)
    ),
}
_PADDING_COST = {"valid": 0.0, "same": 0.5, "causal": 1.0}


def _one_map(layer_type: str, inputs: Inputs, wanted: Wanted) -> bool:
    """Whether a row shows one map of the layer's rank, and its inputs are one of the same rank and batch."""
    batch, *spatial = wanted.outputs[0]
    if len(wanted.outputs) != 1 or f"{len(spatial) - 1}D" not in layer_type:
        return False
    return inputs is None or [(len(shape), shape[0]) for shape in inputs] == [(len(spatial) + 1, batch)]


@finder(*(name for name in _FAMILIES if "LSTM" not in name), exact=True)
def convolution(layer_type: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """A convolution of any kind."""
    if _one_map(layer_type, inputs, wanted):
        yield from convolution_blocks(layer_type, inputs[0] if inputs else None, wanted)


def convolution_blocks(layer_type: str, shape: Shape | None, wanted: Wanted) -> Iterator[Block]:
    """The blocks of a convolution of any kind, on an input of this shape or, where it is `None`, of any."""
    rank, family = len(wanted.outputs[0]) - 2, _FAMILIES[layer_type]
    for cost, first, fixed in formats():
        n_out, k = split(wanted.outputs[0], first)
        n_in, d = split(shape, first) if shape else ((OPEN,) * rank, None)
        if k is None or (shape is not None and d is None):
            continue
        if shape is None and (wanted.params is None or first):
            continue  # too little is known: any input would do
        fixed |= {"filters": k} if family.filters else {}
        for weights in family.weights(wanted, d, k):
            for size in sizes_for(wanted, weights, rank):
                for padding in family.paddings:
                    frame = _Frame(wanted.outputs[0][0], fixed, weights, padding, first, shape)
                    for kind in family.kinds:
                        yield from _blocks(kind, frame, size, n_in, n_out, cost)


class _Frame(NamedTuple):
    """What all configurations of a block share."""

    batch: int | None
    fixed: dict[str, Any]
    weights: Weights
    padding: str
    first: bool
    shape: Shape | None

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
        lengths = tuple(step.length for step in chosen)
        shape = self.shape or joined(self.batch, lengths, self.weights.channels, self.first)
        return Candidate(arguments, (shape,))


def _blocks(
    kind: Kind, frame: _Frame, size: tuple[int | None, ...], n_in: Shape, n_out: Shape, cost: float
) -> Iterator[Block]:
    most = MAX_KERNEL[len(n_in)]
    axes = [Axis(kind, a, b, frame.padding, most, f) for a, b, f in zip(n_in, n_out, size, strict=True)]
    if not all(map(steps, axes)):
        return
    cost += frame.weights.cost + _PADDING_COST[frame.padding] + 3.0 * (kind is TRANSPOSED_PADDED)
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


@finder("MaxPooling{}D", "AveragePooling{}D", "MaxPool{}D", "AvgPool{}D", exact=True)
def pooling(layer_type: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """Max and average pooling, which have no weights."""
    if not _one_map(layer_type, inputs, wanted) or not wanted.allows(0):
        return
    batch, rank, shape = wanted.outputs[0][0], len(wanted.outputs[0]) - 2, inputs[0] if inputs else None
    for cost, first, fixed in formats():
        n_out, channels = split(wanted.outputs[0], first)
        n_in, d = split(shape, first) if shape else ((OPEN,) * rank, channels)
        if d != channels or (shape is None and first):
            continue
        for padding in ("valid", "same"):
            axes = [Axis(POOL, a, b, padding, MAX_KERNEL[rank]) for a, b in zip(n_in, n_out, strict=True)]

            def make(
                chosen: tuple[Step, ...],
                padding: str = padding,
                channels: int | None = channels,
                fixed: dict[str, Any] = fixed,
            ) -> Candidate:
                arguments = {
                    "pool_size": tuple(step.size for step in chosen),
                    "strides": tuple(step.stride for step in chosen),
                    "padding": padding,
                    **fixed,
                }
                lengths: Sequence[int | None] = tuple(step.length for step in chosen)
                return Candidate(arguments, (shape or joined(batch, tuple(lengths), channels, bool(fixed)),))

            yield Block(cost + 2.0 * (padding == "same"), tuple(map(steps, axes)), make, uneven)
