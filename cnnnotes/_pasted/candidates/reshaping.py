"""Layers that change a shape and have no weights: padding, cropping, repeating, reordering, resizing."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cnnnotes._pasted.candidates.finding import MAX_AXES, Inputs, finder, formats
from cnnnotes._pasted.candidates.search import Block, Candidate, Option, Wanted, by_cost, single
from cnnnotes._pasted.candidates.weights import divisors
from cnnnotes.layers import Map, Shape

MAX_PADDED = 64
"""The most rows that a padding or cropping on one axis is looked for with."""


@finder("ZeroPadding{}D", "Cropping{}D")
def bordered(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`ZeroPadding1D` to `Cropping3D`: how what is added or taken is parted between the two ends of each axis."""
    rank = int(kind[-2])
    if inputs is None or not len(inputs[0]) == len(wanted.outputs[0]) == rank + 2:
        return
    name, sign = ("padding", 1) if kind.startswith("Zero") else ("cropping", -1)
    for cost, first, fixed in formats(kind != "Cropping1D"):
        before, after = Map.of(inputs[0], first), Map.of(wanted.outputs[0], first)
        axes = tuple(_ends(a, b, sign) for a, b in zip(before.spatial, after.spatial, strict=True))
        if before.channels == after.channels and all(axes):
            yield Block(cost, axes, _bordered(name, rank, fixed, inputs), _unlike)


def _ends(n_in: int | None, n_out: int | None, sign: int) -> tuple[Option, ...]:
    """The pairs (before, after) that take an axis from one length to the other, the most even first."""
    if n_in is not None and n_out is not None:
        totals = [sign * (n_out - n_in)]
    else:
        totals = list(range(MAX_PADDED + 1)) if n_in is n_out else []
    return by_cost(
        [
            (uneven + (before > after) / 4 + abs(total - 2) * (n_in is None), (before, after))
            for total in totals
            if total <= MAX_PADDED
            for before, after in ((before, total - before) for before in range(total + 1))
            for uneven in (abs(before - after),)
        ]
    )


def _unlike(chosen: tuple[tuple[int, int], ...]) -> float:
    return 2.0 * (len(set(chosen)) > 1)


def _bordered(
    name: str, rank: int, fixed: dict[str, Any], inputs: tuple[Shape, ...]
) -> Callable[[tuple[Any, ...]], Candidate]:
    return lambda chosen: Candidate({name: chosen if rank > 1 else chosen[0], **fixed}, inputs)


@finder("UpSampling{}D")
def up_sampling(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`UpSampling1D` to `UpSampling3D`: how often each position is repeated."""
    rank = int(kind[-2])
    if any(len(shape) != rank + 2 for shape in (wanted.outputs[0], *(inputs or ()))):
        return
    for cost, first, fixed in formats(rank > 1):
        out = Map.of(wanted.outputs[0], first)
        for factors in _factors(Map.of(inputs[0], first).spatial if inputs else None, out.spatial):
            spatial = tuple(size and size // f for size, f in zip(out.spatial, factors, strict=True))
            source = inputs or (out._replace(spatial=spatial).shape,)
            rare = abs(factors[0] - 2) / 4 + 3.0 * (len(set(factors)) > 1)
            yield single(cost + rare, {"size": factors if rank > 1 else factors[0], **fixed}, source)


def _factors(lengths: Shape | None, out: Shape) -> Iterator[tuple[int, ...]]:
    options: list[Sequence[int]] = []
    for i, size in enumerate(out):
        length = lengths[i] if lengths else None
        if size is None:
            options.append(range(1, 9))
        elif length:
            options.append([size // length] if size % length == 0 else [])
        else:
            options.append([f for f in divisors(size) if f <= 8])
    return itertools.product(*options)


@finder("Reshape")
def reshape(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`Reshape`: the sizes as they are, or one of them left to be computed."""
    target = wanted.outputs[0][1:]
    if inputs is None:
        return
    if None not in target:
        yield single(0.0, {"target_shape": target}, inputs)
    for i in range(len(target)):
        computed = (*target[:i], -1, *target[i + 1 :])
        if None not in computed:
            yield single(1.0, {"target_shape": computed}, inputs)


@finder("Permute")
def permute(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`Permute`: every order of the axes that gives these sizes."""
    if inputs is None or len(inputs[0]) > MAX_AXES + 1:
        return
    for dims in itertools.permutations(range(1, len(inputs[0]))):
        yield single(5.0 * (dims == tuple(sorted(dims))), {"dims": dims}, inputs)


@finder("RepeatVector")
def repeat_vector(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`RepeatVector`: how often."""
    out = wanted.outputs[0]
    if len(out) == 3:
        yield single(0.0, {"n": out[1]}, inputs or ((out[0], out[2]),))


@finder("GlobalMaxPooling{}D", "GlobalAveragePooling{}D")
def global_pooling(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """Global pooling: whether the axes that it takes the maximum or the mean of stay, with size 1."""
    for keepdims, (cost, _, fixed) in itertools.product((False, True), formats()):
        if inputs:
            yield single(cost + 2.0 * keepdims, {"keepdims": keepdims, **fixed}, inputs)


@finder("AdaptiveMaxPooling{}D", "AdaptiveAveragePooling{}D")
def adaptive_pooling(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """Adaptive pooling: the size that is asked for."""
    for cost, first, fixed in formats():
        if inputs and len(wanted.outputs[0]) > 2:
            yield single(cost, {"output_size": Map.of(wanted.outputs[0], first).spatial, **fixed}, inputs)


@finder("Resizing", "CenterCrop", "RandomCrop")
def resized(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """Layers that give images a size of their own."""
    for cost, first, fixed in formats():
        spatial = Map.of(wanted.outputs[0], first).spatial if len(wanted.outputs[0]) > 2 else ()
        if inputs and len(spatial) == 2:
            yield single(cost, {"height": spatial[0], "width": spatial[1], **fixed}, inputs)
