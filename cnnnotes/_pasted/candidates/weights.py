"""How many weights a window has: linear in the kernel's area, so the area follows from a count."""

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from cnnnotes._pasted.candidates.axes import MAX_KERNEL, MAX_WHOLE
from cnnnotes._pasted.candidates.search import Wanted

MAX_MULTIPLIER = 64  # the largest depth multiplier of a separable convolution that is looked for
MAX_CHANNELS = 65_536  # the most channels that an input is taken to have where the text doesn't show it

_CHANNELS_COST = {3: 0.0, 1: 1.0, 4: 2.0, 2: 4.0}
RARE_CHANNELS = 10.0
"""How uncommon it is for a first convolution to be given another number of channels than images have."""


class Weights(NamedTuple):
    """How the number of weights depends on the kernel's area: `each * area + fixed`."""

    cost: float
    each: int
    fixed: int
    channels: int | None  # the input's channels
    arguments: dict[str, Any]


def conv_weights(wanted: Wanted, d: int | None, k: int) -> Iterator[Weights]:
    """`K * (area * D_in / G + 1)`, with and without the 1, for all groups."""
    for cost, bias in wanted.around.biases():
        each = divisors((wanted.params or 0) // k - bias) if d is None and (wanted.params or 0) % k == 0 else ()
        for channels, groups in [(d or n * g, g) for g in divisors(k) for n in ((d,) if d else each)]:
            if channels % groups == 0 and channels <= MAX_CHANNELS:
                rare = 0.0 if groups == 1 else 6.0 if groups in (channels, 32) else 8.0
                if d is None:
                    rare += _CHANNELS_COST.get(channels, RARE_CHANNELS + 6.0 * (channels > 64))
                arguments = {"groups": groups, "use_bias": bias}
                yield Weights(cost + rare, k * channels // groups, bias * k, channels, arguments)


def transposed_weights(wanted: Wanted, d: int | None, k: int) -> Iterator[Weights]:
    """`K * (area * D_in + 1)`, with and without the 1: a transposed convolution has no groups."""
    for weights in conv_weights(wanted, d, k):
        if weights.arguments.pop("groups") == 1:
            yield weights


def depthwise_weights(wanted: Wanted, d: int | None, k: int) -> Iterator[Weights]:
    """`D_in * M * (area + 1)`, with and without the 1."""
    for channels in divisors(k) if d is None else (d,) * (k % d == 0):
        m = k // channels
        for cost, bias in wanted.around.biases():
            yield Weights(cost + 4.0 * (m > 1), k, bias * k, channels, {"depth_multiplier": m, "use_bias": bias})


def separable_weights(wanted: Wanted, d: int | None, k: int) -> Iterator[Weights]:
    """`D_in * M * (area + K)`, and K biases or none."""
    for m in range(1, MAX_MULTIPLIER + 1):
        for cost, bias in wanted.around.biases():
            cost += 0.0 if m == 1 else 4.0 + m / 8
            wide = divisors((wanted.params or 0) - bias * k) if d is None else (d * m,)
            for n in (width // m for width in wide if width % m == 0 and width // m <= MAX_CHANNELS):
                fixed = n * m * k + bias * k
                if wanted.params is None or fixed < wanted.params:
                    rare = 2.0 * (d is None and n not in (3, 1))
                    yield Weights(cost + rare, n * m, fixed, n, {"depth_multiplier": m, "use_bias": bias})


def conv_lstm_weights(wanted: Wanted, d: int | None, k: int) -> Iterator[Weights]:
    """`4 * K * (area * (D_in + K) + 1)`, with and without the 1."""
    for bias in (True, False):
        each = divisors((wanted.params or 0) // (4 * k) - bias) if d is None else (d + k,)
        for n in (one - k for one in each if k < one <= k + MAX_CHANNELS):
            cost = 2.0 * (not bias) + (d is None) * _CHANNELS_COST.get(n, RARE_CHANNELS)
            yield Weights(cost, 4 * k * (n + k), 4 * k * bias, n, {"use_bias": bias})


def local_weights(wanted: Wanted, d: int | None, k: int) -> Iterator[Weights]:
    """`K * (area * D_in + 1)` for each position of the output, with and without the 1."""
    own = math.prod(size or 0 for size in wanted.outputs[0][1:])
    for cost, bias in wanted.around.biases() if own else ():
        for n in divisors((wanted.params or 0) // own - bias) if d is None else (d,):
            rare = _CHANNELS_COST.get(n, RARE_CHANNELS) if d is None else 0.0
            yield Weights(cost + rare, own * n, own * bias, n, {"use_bias": bias})


@lru_cache(maxsize=1024)
def divisors(number: int) -> tuple[int, ...]:
    """All divisors of a positive number, in order; none for any other."""
    small = [i for i in range(1, min(math.isqrt(max(number, 0)), MAX_CHANNELS) + 1) if number % i == 0]
    return (*small, *(number // i for i in reversed(small) if i * i != number))


@lru_cache(maxsize=4096)
def factorings(area: int, rank: int, most: int) -> tuple[tuple[int, ...], ...]:
    """The ways to write an area as a product of `rank` sizes up to `most`."""
    if rank == 1:
        return ((area,),) if area <= most else ()
    firsts = [f for f in range(1, min(area, most) + 1) if area % f == 0]
    return tuple((f, *others) for f in firsts for others in factorings(area // f, rank - 1, most))


@lru_cache(maxsize=8)
def all_areas(rank: int, most: int) -> frozenset[int]:
    """The areas of all kernels of `rank` sizes up to `most`."""
    areas = frozenset((1,))
    for _ in range(rank):
        areas = frozenset(area * f for area in areas for f in range(1, most + 1))
    return areas


def sizes_for(wanted: Wanted, weights: Weights, rank: int) -> Iterator[tuple[int | None, ...]]:
    """The kernels that make the count come out; one of `None` where any would, since nothing is counted."""
    most = MAX_KERNEL[rank]
    if not weights.each or (wanted.params is None and not wanted.text.endswith("…")):
        yield (None,) * rank
    elif wanted.params is not None:
        area, remainder = divmod(wanted.params - weights.fixed, weights.each)
        if area > 0 and not remainder:
            yield from factorings(area, rank, max(most, MAX_WHOLE))
    else:
        for area in sorted(all_areas(rank, most)):
            if wanted.allows(weights.each * area + weights.fixed):
                yield from factorings(area, rank, most)
