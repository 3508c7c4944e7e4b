"""What may help where inputs of unlike shapes are merged."""

import itertools
from collections.abc import Iterator
from typing import Any

from cnnnotes._fixing.change import Case, plain
from cnnnotes.layers import Shape
from cnnnotes.layers._arguments import is_integer
from cnnnotes.layers._merging import elementwise


def merge(case: Case) -> Iterator[Case]:
    """Inputs of unlike shapes: a layer before one of them that gives it the shape of the other."""
    added = case.type.rule is elementwise
    if not (added or case.type.name == "Concatenate") or len(case.inputs) != 2 or () in case.inputs:
        return
    first, second = case.inputs
    channels_first = not added and case.given.get("axis") == 1 and len(first) == len(second) > 3
    if channels_first:
        first, second = ((*shape[:1], *shape[2:], shape[1]) for shape in (first, second))
    for at, own, other in ((1, second, first), (0, first, second)):
        text = f"{{}} before the {('first', 'second')[at]} input"
        for cost, kind, given in _matching(own, other, added):
            if channels_first and kind[-2:] in ("2D", "3D"):
                given["data_format"] = "channels_first"
            yield from case.after(cost + 0.1 * (1 - at), at, kind, given, text)
    if added and len(first) == len(second) and first[1:-1] == second[1:-1]:
        yield from case.instead(2.5, f"Concatenate in place of {case.type.name}", "Concatenate", {"axis": -1})


def _matching(own: Shape, other: Shape, added: bool) -> Iterator[tuple[float, str, dict[str, Any]]]:
    """Layers that may turn one shape into the other, but for its channels where these need not agree."""
    if len(own) != len(other):
        if len(other) == 2:
            yield 2.0, "Flatten", {}
        yield 3.0, "Reshape", {"target_shape": other[1:]}
        return
    rank, channels = len(own) - 2, other[-1]
    if rank == 0:
        yield 1.0, "Dense", {"units": channels}
    pairs = [(a, b) for a, b in zip(own[1:-1], other[1:-1], strict=True) if a and b]
    if rank < 1 or len(pairs) < rank:
        return
    over = [a - b for a, b in pairs]
    smaller = plain(tuple(-(-a // b) for a, b in pairs))
    if added and own[-1] != channels:
        if not any(over):
            yield 1.0, f"Conv{rank}D", {"filters": channels, "kernel_size": 1}
            return
        if len(set(over)) == 1 and 0 < over[0] < 8:
            yield 1.4, f"Conv{rank}D", {"filters": channels, "kernel_size": over[0] + 1}
        yield 1.5, f"Conv{rank}D", {"filters": channels, "kernel_size": 1, "strides": smaller}
        return
    far = max(map(abs, over)) / 64
    for cost, kind, name, sign in ((1.0, "Cropping", "cropping", 1), (1.2, "ZeroPadding", "padding", -1)):
        ends = tuple((sign * n // 2, sign * n - sign * n // 2) for n in over)
        yield cost + far, f"{kind}{rank}D", {name: ends if rank > 1 else ends[0]}
    yield 1.5, f"MaxPooling{rank}D", {"pool_size": smaller, "padding": "same"}
    yield 1.5, f"UpSampling{rank}D", {"size": plain(tuple(b // a for a, b in pairs))}


def axes_of_several(case: Case) -> Iterator[Case]:
    """A `Concatenate` along the wrong axis, a `Dot` along axes of unlike sizes, axes that are no permutation."""
    if case.type.name == "Concatenate":
        meant = (
            3.0 if case.given.get("axis") == 1 and len(case.shape) > 3 else 1.0
        )  # the channels, where they are first
        for axis in range(1, len(case.shape)):
            yield case.argument(meant, "axis", -1 if axis == len(case.shape) - 1 else axis)
    if case.type.name == "Dot" and len(case.inputs) == 2:
        for a, b in itertools.product(*(range(1, len(shape)) for shape in case.inputs)):
            yield case.argument(1.0 + abs(a - b), "axes", (a, b))
    dims = case.given.get("dims")
    if case.type.name == "Permute" and isinstance(dims, list | tuple) and len(dims) == len(case.shape) - 1:
        if not all(map(is_integer, dims)):
            return
        yield case.argument(1.0, "dims", tuple(sorted(range(1, len(case.shape)), key=lambda axis: dims[axis - 1])))
