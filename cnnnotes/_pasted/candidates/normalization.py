"""Layers that act along axes and keep the shape: normalization, softmax, and slopes of PReLU."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from cnnnotes._pasted.candidates.finding import MAX_AXES, Inputs, axes_of, finder, kept
from cnnnotes._pasted.candidates.search import Block, Wanted, single
from cnnnotes._pasted.candidates.weights import divisors
from cnnnotes.layers import Shape


def _scaled(shape: Shape, several: bool, unscaled: float, uncentered: float) -> Iterator[tuple[float, dict[str, Any]]]:
    """The axes that a layer normalizes along, with scale and shift or without, by cost."""
    for (cost, axis), scale, center in itertools.product(axes_of(len(shape), several), (True, False), (True, False)):
        cost += unscaled * (not scale) + uncentered * (not center)
        yield cost, {"axis": axis, "scale": scale, "center": center}


@finder("BatchNormalization")
def batch_normalization(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`BatchNormalization`: the axis, and which of scale and shift it has."""
    same = kept(inputs, wanted)
    for cost, arguments in _scaled(same[0], several=False, unscaled=2.0, uncentered=3.0):
        yield single(cost, arguments, same)


@finder("LayerNormalization")
def layer_normalization(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`LayerNormalization`: the axes, and which of scale and shift it has."""
    same = kept(inputs, wanted)
    for cost, arguments in _scaled(same[0], several=True, unscaled=3.0, uncentered=2.0):
        yield single(cost, arguments, same)


@finder("GroupNormalization")
def group_normalization(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`GroupNormalization`: any number of groups that divides the channels leaves the same count."""
    same = kept(inputs, wanted)
    for cost, arguments in _scaled(same[0], several=False, unscaled=2.0, uncentered=2.0):
        for groups in divisors(same[0][arguments["axis"]] or 0):
            rare = 0.0 if groups == 32 else 1.0 if groups in (1, 8, 16) else 2.0
            yield single(cost + rare, {"groups": groups, **arguments}, same)


@finder("RMSNormalization", "UnitNormalization", "Softmax")
def along_axes(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """Layers whose only argument that could show is the axis, or several."""
    same = kept(inputs, wanted)
    for cost, axis in axes_of(len(same[0])):
        yield single(cost, {"axis": axis}, same)


@finder("Normalization")
def normalization(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`Normalization`: mean and variance are weights where `adapt()` learns them, and none where they are given."""
    same = kept(inputs, wanted)
    for cost, axis in [*axes_of(len(same[0])), (4.0, None)]:
        yield single(cost, {"axis": axis}, same)
        yield single(cost + 1.0, {"axis": axis, "mean": 0.0, "variance": 1.0}, same)


@finder("PReLU")
def prelu(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`PReLU`: the axes that share a slope."""
    same = kept(inputs, wanted)
    after = range(1, min(len(same[0]), MAX_AXES + 1))
    yield single(0.0, {"shared_axes": None}, same)
    for count in range(1, len(after) + 1):
        for axes in itertools.combinations(after, count):
            usual = axes == tuple(after[:-1])  # all but the channels
            yield single(1.0 if usual else 3.0 + count, {"shared_axes": list(axes)}, same)
