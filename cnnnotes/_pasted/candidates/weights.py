"""How many weights a window has: linear in the kernel's area, so the area follows from a count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from cnnnotes._pasted.candidates.axes import MAX_KERNEL, MAX_WHOLE
from cnnnotes._pasted.candidates.search import Wanted

MAX_MULTIPLIER = 64
"""The largest depth multiplier of a separable convolution that is looked for."""
MAX_CHANNELS = 65_536
"""The most channels that an input is taken to have where the text doesn't show it."""


_CHANNELS_COST = {3: 0.0, 1: 1.0, 4: 2.0, 2: 4.0}
RARE_CHANNELS = 10.0
"""How uncommon it is for a first convolution to be given another number of channels than images have."""


class Weights(NamedTuple):
    """How the number of weights depends on the kernel's area: `each * area + fixed`."""

    cost: float
    each: int
    fixed: int
    channels: int
    """The input's channels."""
    arguments: dict[str, Any]


def conv_weights(wanted: Wanted, d: int | None, k: int) -> Iterator[Weights]:
    """`K * (area * D_in / G + 1)`, with and without the 1, for all groups."""
    for bias in (True, False):
        for channels, groups in _grouped(wanted, d, k, bias):
            cost = (not bias) * wanted.around.unbiased + (
                0.0 if groups == 1 else 6.0 if groups in (channels, 32) else 8.0
            )
            if d is None:
                cost += _CHANNELS_COST.get(channels, RARE_CHANNELS + 6.0 * (channels > 64))
            arguments = {"groups": groups, "use_bias": bias}
            yield Weights(cost, k * channels // groups, bias * k, channels, arguments)


def _grouped(wanted: Wanted, d: int | None, k: int, bias: bool) -> Iterator[tuple[int, int]]:
    """Channels of the input with the groups that divide them and the filters."""
    if d is not None:
        yield from ((d, groups) for groups in divisors(k) if d % groups == 0)
    elif wanted.params is not None and wanted.params % k == 0:
        for each in divisors(wanted.params // k - bias):
            yield from ((each * g, g) for g in divisors(k) if each * g <= MAX_CHANNELS)


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
                yield Weights((not bias) * wanted.around.unbiased + 4.0 * (m > 1), k, bias * k, channels, arguments)


def separable_weights(wanted: Wanted, d: int | None, k: int) -> Iterator[Weights]:
    """`D_in * M * (area + K)`, and K biases or none."""
    for m in range(1, MAX_MULTIPLIER + 1):
        for bias in (True, False):
            channels: Sequence[int] = (d,) if d is not None else ()
            if d is None:
                wide = divisors((wanted.params or 0) - bias * k)
                channels = [n // m for n in wide if n % m == 0 and n // m <= MAX_CHANNELS]
            for n in channels:
                fixed = n * m * k + bias * k
                if wanted.params is None or fixed < wanted.params:
                    cost = (
                        (not bias) * wanted.around.unbiased
                        + (0.0 if m == 1 else 4.0 + m / 8)
                        + (d is None and n not in (3, 1)) * 2.0
                    )
                    yield Weights(cost, n * m, fixed, n, {"depth_multiplier": m, "use_bias": bias})


def conv_lstm_weights(wanted: Wanted, d: int | None, k: int) -> Iterator[Weights]:
    """`4 * K * (area * (D_in + K) + 1)`, with and without the 1."""
    for bias in (True, False):
        each = divisors((wanted.params or 0) // (4 * k) - bias) if d is None else (d + k,)
        for n in (one - k for one in each if k < one <= k + MAX_CHANNELS):
            cost = 2.0 * (not bias) + (d is None) * _CHANNELS_COST.get(n, RARE_CHANNELS)
            yield Weights(cost, 4 * k * (n + k), 4 * k * bias, n, {"use_bias": bias})


@lru_cache(maxsize=1024)
def divisors(number: int) -> tuple[int, ...]:
    """All divisors of a positive number, in order; none for any other."""
    if number < 1:
        return ()
    small, large, i = [], [], 1
    while i * i <= number and i <= MAX_CHANNELS:
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
    return tuple((f, *others) for f in firsts for others in factorings(area // f, rank - 1, most))


@lru_cache(maxsize=8)
def all_areas(rank: int, most: int) -> frozenset[int]:
    """The areas of all kernels of `rank` sizes up to `most`."""
    areas = frozenset((1,))
    for _ in range(rank):
        areas = frozenset(area * f for area in areas for f in range(1, most + 1))
    return areas


def sizes_for(wanted: Wanted, weights: Weights, rank: int) -> Iterator[tuple[int | None, ...]]:
    """The kernels that make the count come out; one of `None` where any would, since the row shows no count."""
    most = MAX_KERNEL[rank]
    if wanted.params is not None:
        area, remainder = divmod(wanted.params - weights.fixed, weights.each)
        if area > 0 and not remainder:
            yield from factorings(area, rank, max(most, MAX_WHOLE))
    elif not wanted.text.endswith("…"):
        yield (None,) * rank
    else:
        for area in sorted(all_areas(rank, most)):
            if wanted.allows(weights.each * area + weights.fixed):
                yield from factorings(area, rank, most)
