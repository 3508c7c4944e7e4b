"""What is known of a layer whose input is not: what its rule says of unlike inputs, as far as that agrees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from cnnnotes.layers import LayerError, Outcome, Shape

Shapes = tuple[Shape | None, ...]

CHANNELS = (48, 96)
"""Two numbers of channels that most numbers of groups divide: what doesn't change between them doesn't hang on them."""
AXES = (2, 3, 4, 5)
"""How many axes an input may have, the batch counted, where the layer's type doesn't say."""


class Partly(NamedTuple):
    """What the arguments alone tell."""

    shapes: Shapes = ()
    weightless: bool = False
    """Whether it has neither parameters nor multiply-accumulates, whatever its input."""
    vector: bool = False
    """Whether the shape is that for a vector for each example: with more axes only the last one is sure."""


def partly(ask: Callable[[Sequence[Shape]], Outcome], rank: int | None) -> Partly:
    """What a layer of one input says of inputs of each number of axes; `ask` is its rule, `rank` its spatial axes."""
    found: list[Shapes] = []
    weightless = True
    for axes in AXES if rank is None else (rank + 2, rank + 3):
        pair = _pair(ask, axes)
        if pair is None:
            continue
        weightless &= not any(one.weights or one.macs for one in pair)
        found.append(tuple(map(_agreed, pair[0].shapes, pair[1].shapes)))
    if not found:
        return Partly()
    if all(shapes == found[0] for shapes in found):
        return Partly(found[0], weightless)
    ends = {shapes[0][-1] if len(shapes) == 1 and shapes[0] else None for shapes in found}
    vector = len(ends) == 1 and None not in ends
    return Partly(found[0] if vector else (), weightless, vector)


def _pair(ask: Callable[[Sequence[Shape]], Outcome], axes: int) -> list[Outcome] | None:
    """The outcomes of two inputs that agree on nothing, with as few sizes as the rule makes do with."""
    kinds: list[Callable[[int], Shape]] = [
        lambda size: (None,) * axes,
        lambda size: (*(None,) * (axes - 1), size),
        lambda size: (None, size, *(None,) * (axes - 2)),
        lambda size: (None, *(size,) * (axes - 1)),
    ]
    for kind in kinds:
        try:
            return [ask([kind(size)]) for size in CHANNELS]
        except LayerError:
            continue
    return None


def _agreed(one: Shape, other: Shape) -> Shape | None:
    if len(one) != len(other):
        return None
    return tuple(size if size == same else None for size, same in zip(one, other, strict=True))
