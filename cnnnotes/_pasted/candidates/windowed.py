"""Convolution and pooling: every kernel, stride, padding, dilation, bias and grouping that a row could have had.

The number of weights is linear in the kernel's area (its size along all axes multiplied), so the area follows from the
count, the kernel from the area's factors, and the strides and dilations of each axis from its two lengths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from cnnnotes._pasted.candidates.search import Block, Candidate, Option, Wanted, by_cost
from cnnnotes.layers import Shape
from cnnnotes.layers._rule import joined, split

MOST_KERNEL = {1: 1024, 2: 64, 3: 16}
"""The largest kernel or pool along an axis that is looked for, by the number of spatial axes."""
MOST_STRIDE = 32
"""The largest stride that is looked for."""
MOST_DILATION = 36
"""The largest dilation that is looked for (DeepLab's)."""
MOST_MULTIPLIER = 64
"""The largest depth multiplier of a separable convolution that is looked for."""
MOST_CHANNELS = 65_536
"""The most channels that an input is taken to have where the text doesn't show it."""

OPEN = -1
"""Stands for an input's length that the text doesn't show (`None` is one that Keras itself doesn't know)."""

_SIZE_COST = {3: 0.0, 1: 1.0, 5: 1.5, 7: 2.0, 2: 2.5, 4: 3.0, 9: 3.5, 11: 3.5}
_STRIDE_COST = {1: 0.0, 2: 1.0, 4: 2.5, 3: 3.0}
_COMMON_LENGTHS = frozenset((28, 32, 64, 96, 128, 150, 160, 180, 192, 224, 227, 256, 299, 300, 320, 331, 384, 512))


class Step(NamedTuple):
    """How a window goes along one axis."""

    size: int
    stride: int
    dilation: int = 1
    added: int = 0
    """The output padding of a transposed convolution."""
    length: int | None = None
    """The length of the input's axis."""


class Weights(NamedTuple):
    """How the number of weights depends on the kernel's area: `each * area + rest`."""

    cost: float
    each: int
    rest: int
    channels: int
    """The input's channels."""
    arguments: dict[str, Any]


def plain(step: Step) -> bool:
    """Whether a step is neither strided nor dilated."""
    return step.stride == 1 and step.dilation == 1


# ---- the steps of one axis ----


@lru_cache(maxsize=4096)
def steps(
    kind: str, n_in: int | None, n_out: int | None, padding: str, most: int, size: int | None
) -> tuple[Option, ...]:
    """Every way along one axis from length `n_in` to length `n_out`, with a kernel of `size` or of any up to `most`."""
    found: list[Option] = []
    for f in range(1, most + 1) if size is None else (size,):
        for r in range(1, MOST_DILATION + 1) if kind != "pool" else (1,):
            ways = _transposed if kind.startswith("transposed") else _moved
            for s, added, length in ways(kind, n_in, n_out, padding, f, r):
                found.append((_cost(kind, f, s, r, added, n_in, length), Step(f, s, r, added, length)))
    return by_cost(found)


@lru_cache(maxsize=4096)
def _part(
    one: int, kind: str, n_in: int | None, n_out: int | None, padding: str, most: int, size: int | None
) -> tuple[Option, ...]:
    """Of `steps` those whose stride (number 1 of a step) or dilation (number 2) is 1."""
    return tuple(option for option in steps(kind, n_in, n_out, padding, most, size) if option[1][one] == 1)


def _moved(
    kind: str, n_in: int | None, n_out: int | None, padding: str, f: int, r: int
) -> Iterator[tuple[int, int, int | None]]:
    """Strides with which a window of `f` positions, `r` apart, goes from `n_in` to `n_out`: `n_out = ceil(m / s)`."""
    inside = r * (f - 1) if padding == "valid" else 0  # m is n_in without these
    # Keras refuses strides and dilation together, depthwise ones apart; those have both only on an input that is shown
    most = 1 if r > 1 and (kind == "conv" or n_in == OPEN) else MOST_STRIDE
    if n_out is None:
        if n_in is None or n_in == OPEN:
            yield from ((s, 0, None) for s in range(1, most + 1))
        return
    if n_out < 1 or n_in is None:
        return
    if n_in == OPEN:
        for s in range(1, most + 1):
            yield from ((s, 0, m + inside) for m in range((n_out - 1) * s + 1, n_out * s + 1))
        return
    m = n_in - inside
    if m < n_out:
        return
    last = most if n_out == 1 else min(most, -(-m // (n_out - 1)) - 1)
    yield from ((s, 0, n_in) for s in range(-(-m // n_out), last + 1))


def _transposed(
    kind: str, n_in: int | None, n_out: int | None, padding: str, f: int, r: int
) -> Iterator[tuple[int, int, int | None]]:
    """Strides and output paddings with which a transposed convolution goes from `n_in` to `n_out`."""
    reach = r * (f - 1) + 1
    chosen = kind == "transposed+"  # with an output_padding of its own, rather than Keras's default
    for s in range(1, MOST_STRIDE + 1) if r == 1 else (1,):
        if n_in is None or (n_in == OPEN and n_out is None):
            if n_out is None:
                yield from ((s, added, None) for added in range(s if chosen else 1))
            continue
        if n_out is None:
            continue
        end = {"same": (s, reach % 2), "valid": (max(reach, s), reach)}[padding][chosen]
        # n_out = (n_in - 1) * s + end + added
        if n_in != OPEN:
            added = n_out - end - (n_in - 1) * s
            if 0 <= added < (s if chosen else 1):
                yield s, added, n_in
            continue
        for added in range(s if chosen else 1):
            before, rest = divmod(n_out - end - added, s)
            if rest == 0 and before >= 0:
                yield s, added, before + 1


def _cost(kind: str, f: int, s: int, r: int, added: int, n_in: int | None, length: int | None) -> float:
    """How uncommon a step is: a judgement, which orders what fits and leaves nothing out."""
    if kind == "pool":
        cost = 0.5 * abs(f - 2) + 3.0 * (f == 1) + (0.0 if s == f else 1.0 if s == 2 else 2.0 + abs(s - 1) / 8)
    else:
        cost = _SIZE_COST.get(f, 4.0 + f / 8 + (f % 2 == 0)) + _STRIDE_COST.get(s, 4.0 + s / 8)
        cost += 0.0 if r == 1 else 4.0 + r / 8 + (f == 1) * 8.0
        cost += 2.0 * added if kind == "transposed+" else 0.0
        if kind.startswith("transposed"):
            cost -= 1.5 * (s == 2) + 0.5 * (f == 2 == s)
    if n_in == OPEN and length is not None:
        cost += 0.0 if length in _COMMON_LENGTHS else 1.5
    return cost


def uneven_size(sizes: Sequence[int]) -> float:
    """How uncommon it is for a kernel to be unlike along its axes; least so for 1 × 7 and the like."""
    distinct = set(sizes)
    return 0.0 if len(distinct) == 1 else 1.0 if 1 in distinct and all(size % 2 for size in distinct) else 4.0


def uneven_steps(chosen: tuple[Step, ...]) -> float:
    """How uncommon it is for a window to go in unlike steps along its axes."""
    if len(chosen) == 1:
        return 0.0
    cost = 5.0 * (len({step.stride for step in chosen}) > 1) + 6.0 * (len({step.dilation for step in chosen}) > 1)
    return cost + 3.0 * (len({step.added for step in chosen}) > 1) + 1.0 * (len({step.length for step in chosen}) > 1)


def uneven(chosen: tuple[Step, ...]) -> float:
    """How uncommon it is for a window to be unlike along its axes in any way."""
    return uneven_size([step.size for step in chosen]) + uneven_steps(chosen)


def unlike_at_best(axes: Sequence[Sequence[Option]]) -> float:
    """How uncommon all choices are for axes that have no stride, or no dilation, in common."""
    strides, dilations = ([{option[1][part] for option in axis} for axis in axes] for part in (1, 2))
    return 5.0 * (not set.intersection(*strides)) + 6.0 * (not set.intersection(*dilations))


def block(
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


# ---- how many weights ----


def conv_weights(wanted: Wanted, d: int | None, k: int) -> Iterator[Weights]:
    """`K * (area * D_in / G + 1)`, with and without the 1, for all groups."""
    for bias in (True, False):
        for channels, groups in _grouped(wanted, d, k, bias):
            cost = (not bias) + (0.0 if groups == 1 else 6.0 if groups in (channels, 32) else 8.0)
            if d is None:
                cost += {3: 0.0, 1: 1.0, 4: 2.0}.get(channels, 4.0)
            arguments = {"groups": groups, "use_bias": bias}
            yield Weights(cost, k * channels // groups, bias * k, channels, arguments)


def _grouped(wanted: Wanted, d: int | None, k: int, bias: bool) -> Iterator[tuple[int, int]]:
    """Channels of the input with the groups that divide them and the filters."""
    if d is not None:
        yield from ((d, groups) for groups in divisors(k) if d % groups == 0)
    elif wanted.params is not None and wanted.params % k == 0:
        for each in divisors(wanted.params // k - bias):
            yield from ((each * g, g) for g in divisors(k) if each * g <= MOST_CHANNELS)


def transposed_weights(wanted: Wanted, d: int | None, k: int) -> Iterator[Weights]:
    """`K * (area * D_in + 1)`, with and without the 1: a transposed convolution has no groups."""
    for weights in conv_weights(wanted, d, k):
        if weights.arguments["groups"] == 1:
            yield weights._replace(arguments={"use_bias": weights.arguments["use_bias"]})


def depthwise_weights(wanted: Wanted, d: int | None, k: int) -> Iterator[Weights]:
    """`D_in * M * (area + 1)`, with and without the 1."""
    for channels in divisors(k) if d is None else (d,):
        if k % channels == 0:
            m = k // channels
            for bias in (True, False):
                arguments = {"depth_multiplier": m, "use_bias": bias}
                yield Weights((not bias) + 4.0 * (m > 1), k, bias * k, channels, arguments)


def separable_weights(wanted: Wanted, d: int | None, k: int) -> Iterator[Weights]:
    """`D_in * M * (area + K)`, and K biases or none."""
    for m in range(1, MOST_MULTIPLIER + 1):
        for bias in (True, False):
            if d is not None:
                channels: Sequence[int] = (d,)
            else:
                wide = divisors((wanted.params or 0) - bias * k)
                channels = [n // m for n in wide if n % m == 0 and n // m <= MOST_CHANNELS]
            for n in channels:
                rest = n * m * k + bias * k
                if wanted.params is not None and rest >= wanted.params:
                    continue
                cost = (not bias) + (0.0 if m == 1 else 4.0 + m / 8) + (d is None and n not in (3, 1)) * 2.0
                yield Weights(cost, n * m, rest, n, {"depth_multiplier": m, "use_bias": bias})


def conv_lstm_weights(wanted: Wanted, d: int | None, k: int) -> Iterator[Weights]:
    """`4 * K * (area * (D_in + K) + 1)`, with and without the 1."""
    if d is not None:
        for bias in (True, False):
            yield Weights(2.0 * (not bias), 4 * k * (d + k), 4 * k * bias, d, {"use_bias": bias})


@lru_cache(maxsize=1024)
def divisors(number: int) -> tuple[int, ...]:
    """All divisors of a positive number, in order; none for any other."""
    if number < 1:
        return ()
    small, large, i = [], [], 1
    while i * i <= number and i <= MOST_CHANNELS:
        if number % i == 0:
            small.append(i)
            if i * i != number:
                large.append(number // i)
        i += 1
    return (*small, *reversed(large))


@lru_cache(maxsize=4096)
def factorings(area: int, rank: int, most: int) -> tuple[tuple[int, ...], ...]:
    """The ways to write an area as a product of `rank` sizes up to `most`."""
    if rank == 1:
        return ((area,),) if area <= most else ()
    firsts = [f for f in range(1, min(area, most) + 1) if area % f == 0]
    return tuple((f, *rest) for f in firsts for rest in factorings(area // f, rank - 1, most))


@lru_cache(maxsize=8)
def all_areas(rank: int, most: int) -> frozenset[int]:
    """The areas of all kernels of `rank` sizes up to `most`."""
    areas = frozenset((1,))
    for _ in range(rank):
        areas = frozenset(area * f for area in areas for f in range(1, most + 1))
    return areas


def sizes_for(wanted: Wanted, weights: Weights, rank: int) -> Iterator[tuple[int | None, ...]]:
    """The kernels that make the count come out; one of `None` where any would, since the row shows no count."""
    most = MOST_KERNEL[rank]
    if wanted.params is not None:
        area, rest = divmod(wanted.params - weights.rest, weights.each)
        if area > 0 and not rest:
            yield from factorings(area, rank, most)
    elif not wanted.text.endswith("…"):
        yield (None,) * rank
    else:
        for area in sorted(all_areas(rank, most)):
            if wanted.allows(weights.each * area + weights.rest):
                yield from factorings(area, rank, most)


# ---- blocks ----


_FAMILIES = {
    "Conv": (conv_weights, "conv"),
    "Convolution": (conv_weights, "conv"),
    "Transpose": (transposed_weights, "transposed"),
    "ConvLSTM": (conv_lstm_weights, "conv"),
    "DepthwiseConv": (depthwise_weights, "depthwise"),
    "SeparableConv": (separable_weights, "depthwise"),
    "SeparableConvolution": (separable_weights, "depthwise"),
}


def convolution(layer_type: str, shape: Shape | None, wanted: Wanted) -> Iterator[Block]:
    """The blocks of a convolution of any kind, on an input of this shape or, where it is `None`, of any."""
    rank = len(wanted.outputs[0]) - 2
    transposed = layer_type.endswith("Transpose")
    solve, kind = _FAMILIES["Transpose" if transposed else layer_type[:-2]]
    causal = layer_type in ("Conv1D", "Convolution1D")
    paddings = ("valid", "same", "causal")[: 2 + causal]
    for first in (False, True):
        n_out, k = split(wanted.outputs[0], first)
        n_in, d = split(shape, first) if shape else ((OPEN,) * rank, None)
        if k is None or (shape is not None and d is None):
            continue
        if shape is None and (wanted.params is None or first):
            continue  # too little is known: any input would do
        fixed: dict[str, Any] = {"data_format": "channels_first"} if first else {}
        if kind != "depthwise" or layer_type.startswith("Separable"):
            fixed["filters"] = k
        for weights in solve(wanted, d, k):
            for size in sizes_for(wanted, weights, rank):
                for padding in paddings:
                    frame = _Frame(wanted.outputs[0][0], fixed, weights, padding, first, shape)
                    yield from _blocks(kind, frame, size, n_in, n_out)
                    if transposed:
                        yield from _blocks("transposed+", frame, size, n_in, n_out)


class _Frame(NamedTuple):
    """What all configurations of a block share."""

    batch: int | None
    fixed: dict[str, Any]
    weights: Weights
    padding: str
    first: bool
    shape: Shape | None

    def candidate(self, kind: str, chosen: tuple[Step, ...]) -> Candidate:
        arguments = {
            **self.fixed,
            "kernel_size": tuple(step.size for step in chosen),
            "strides": tuple(step.stride for step in chosen),
            "padding": self.padding,
            "dilation_rate": tuple(step.dilation for step in chosen),
            **self.weights.arguments,
        }
        if kind.startswith("transposed"):
            arguments["output_padding"] = tuple(step.added for step in chosen) if kind == "transposed+" else None
        lengths = tuple(step.length for step in chosen)
        shape = self.shape or joined(self.batch, lengths, self.weights.channels, self.first)
        return Candidate(arguments, (shape,))


def _blocks(kind: str, frame: _Frame, size: tuple[int | None, ...], n_in: Shape, n_out: Shape) -> Iterator[Block]:
    most = MOST_KERNEL[len(n_in)]
    axes = [(kind, a, b, frame.padding, most, f) for a, b, f in zip(n_in, n_out, size, strict=True)]
    if not all(steps(*axis) for axis in axes):
        return
    cost = frame.weights.cost + 8.0 * frame.first + {"valid": 0.0, "same": 0.5, "causal": 1.0}[frame.padding]
    cost += 3.0 * (kind == "transposed+")
    known = [f for f in size if f is not None]
    cost, unlike = (cost + uneven_size(known), uneven_steps) if known else (cost, uneven)

    def make(chosen: tuple[Step, ...]) -> Candidate:
        return frame.candidate(kind, chosen)

    if kind == "depthwise":
        yield block(cost, tuple(steps(*axis) for axis in axes), make, unlike)
        return
    # Keras refuses strides and dilation together, so a block has either; what has neither stands in the first
    yield block(cost, tuple(_part(2, *axis) for axis in axes), make, unlike)
    yield block(cost, tuple(_part(1, *axis) for axis in axes), make, unlike, plain)


def pooling(layer_type: str, shape: Shape | None, wanted: Wanted) -> Iterator[Block]:
    """The blocks of max and average pooling, which have no weights."""
    rank = len(wanted.outputs[0]) - 2
    for first in (False, True) if wanted.allows(0) else ():
        n_out, channels = split(wanted.outputs[0], first)
        n_in, d = split(shape, first) if shape else ((OPEN,) * rank, channels)
        if d != channels or (shape is None and first):
            continue
        for padding in ("valid", "same"):
            lengths = zip(n_in, n_out, strict=True)
            axes = tuple(steps("pool", a, b, padding, MOST_KERNEL[rank], None) for a, b in lengths)
            make = _pooled(wanted.outputs[0][0], channels, first, shape, padding)
            yield block(2.0 * (padding == "same") + 8.0 * first, axes, make, uneven)


def _pooled(
    batch: int | None, channels: int | None, first: bool, shape: Shape | None, padding: str
) -> Callable[[tuple[Step, ...]], Candidate]:
    def make(chosen: tuple[Step, ...]) -> Candidate:
        arguments: dict[str, Any] = {
            "pool_size": tuple(step.size for step in chosen),
            "strides": tuple(step.stride for step in chosen),
            "padding": padding,
        }
        if first:
            arguments["data_format"] = "channels_first"
        lengths = tuple(step.length for step in chosen)
        return Candidate(arguments, (shape or joined(batch, lengths, channels, first),))

    return make
