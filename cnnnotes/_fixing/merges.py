"""What may help where inputs of unlike shapes are merged."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from cnnnotes._fixing.change import Case, Change, argument, plain, put_before
from cnnnotes.layers import Shape
from cnnnotes.layers._merging import elementwise


def merge(case: Case) -> Iterator[Change]:
    """Inputs of unlike shapes: a layer before one of them that gives it the shape of the other."""
    added = case.type.rule is elementwise
    if not (added or case.type.name == "Concatenate") or len(case.inputs) != 2:
        return
    first, second = case.inputs
    channels_first = case.type.name == "Concatenate" and case.given.get("axis") == 1 and len(first) > 3
    if channels_first and len(second) == len(first):
        first, second = ((*shape[:1], *shape[2:], shape[1]) for shape in (first, second))
    for at, (own, other) in ((1, (second, first)), (0, (first, second))):
        text = f"{{}} before the {('first', 'second')[at]} input"
        for cost, before, given in _matching(own, other, keep_channels=not added):
            if channels_first and before.startswith(("Cropping", "ZeroPadding", "MaxPooling", "UpSampling")):
                given["data_format"] = "channels_first"
            yield put_before(cost + 0.1 * (1 - at), at, before, given, text)
    if added and len(first) == len(second) and first[1:-1] == second[1:-1]:
        yield Change(2.5, f"Concatenate in place of {case.type.name}", {"axis": -1}, layer_type="Concatenate")


def _matching(own: Shape, other: Shape, keep_channels: bool) -> Iterator[tuple[float, str, dict[str, Any]]]:
    """Layers that may turn one shape into the other."""
    if len(own) != len(other):
        if len(other) == 2:
            yield 2.0, "Flatten", {}
        if None not in other[1:]:
            yield 3.0, "Reshape", {"target_shape": other[1:]}
        return
    rank, channels = len(own) - 2, own[-1] if keep_channels else other[-1]
    if rank == 0:
        if not keep_channels:
            yield 1.0, "Dense", {"units": channels}
        return
    pairs = [(a, b) for a, b in zip(own[1:-1], other[1:-1], strict=True) if a and b]
    if rank > 3 or len(pairs) < rank:
        return
    smaller = plain(tuple(-(-a // b) for a, b in pairs))
    if own[1:-1] == other[1:-1]:
        if not keep_channels:
            yield 1.0, f"Conv{rank}D", {"filters": channels, "kernel_size": 1}
        return
    over = {a - b for a, b in pairs}
    if own[-1] != channels and len(over) == 1 and 0 < max(over) < 8:
        yield 1.4, f"Conv{rank}D", {"filters": channels, "kernel_size": max(over) + 1}
    if own[-1] != channels:
        yield 1.5, f"Conv{rank}D", {"filters": channels, "kernel_size": 1, "strides": smaller}
        return
    differences = tuple(b - a for a, b in pairs)
    if max(differences) <= 0:
        ends = tuple((-d // 2, -d - -d // 2) for d in differences)
        yield 1.0 + max(map(abs, differences)) / 64, f"Cropping{rank}D", {"cropping": ends if rank > 1 else ends[0]}
        yield 1.5, f"MaxPooling{rank}D", {"pool_size": smaller, "padding": "same"}
    if min(differences) >= 0:
        ends = tuple((d // 2, d - d // 2) for d in differences)
        yield 1.2 + max(differences) / 64, f"ZeroPadding{rank}D", {"padding": ends if rank > 1 else ends[0]}
        if all(b % a == 0 for a, b in pairs):
            yield 1.5, f"UpSampling{rank}D", {"size": plain(tuple(b // a for a, b in pairs))}


def concatenate(case: Case) -> Iterator[Change]:
    """A `Concatenate` along the wrong axis."""
    if case.type.name == "Concatenate" and len(set(map(len, case.inputs))) == 1:
        meant = (
            3.0 if case.given.get("axis") == 1 and len(case.shape) > 3 else 1.0
        )  # the channels, where they are first
        for axis in range(1, len(case.shape)):
            yield argument(meant, "axis", -1 if axis == len(case.shape) - 1 else axis)


def dot(case: Case) -> Iterator[Change]:
    """A `Dot` along axes of unlike sizes."""
    if case.type.name == "Dot" and len(case.inputs) == 2:
        for a, b in itertools.product(*(range(1, len(shape)) for shape in case.inputs)):
            yield argument(1.0 + abs(a - b), "axes", (a, b))
