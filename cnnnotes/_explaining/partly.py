"""What is known of a layer whose input is not: what its rule says of unlike inputs, as far as that agrees."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from cnnnotes.layers import LayerError, Outcome, Shape

Shapes = tuple[Shape | None, ...]

SIZES = (20_160, 40_320)
"""Two sizes that most numbers of groups divide: what doesn't change between them doesn't depend on them."""
AXES = (2, 3, 4, 5)  # how many axes an input may have, the batch counted, where the layer's type doesn't say


class Partly(NamedTuple):
    """What the arguments alone tell."""

    shapes: Shapes = ()
    weightless: bool = False  # whether it has neither parameters nor multiply-accumulates, whatever its input
    vector: bool = False
    """Whether the shape is that for a vector for each example: with more axes only the last one is sure."""


def partly(ask: Callable[[Sequence[Shape]], Outcome], rank: int | None, inputs: Shapes) -> Partly:
    """What a layer says of inputs of each number of axes; `ask` is its rule, `rank` its spatial axes."""
    if len(inputs) > 1:  # only whether it has weights at all
        known = next((shape for shape in inputs if shape is not None), (None,) * 4)
        pair = _outcomes(ask, [[known] * len(inputs)])
        return Partly(weightless=bool(pair) and not any(one.weights or one.macs for one in pair))
    found: list[Shapes] = []
    weightless = True
    for axes in AXES if rank is None else (rank + 2, rank + 3):
        pair = _outcomes(ask, [[(None,) * axes]] * 2) or _outcomes(ask, [[(None, *[n] * (axes - 1))] for n in SIZES])
        if pair:
            weightless &= not any(one.weights or one.macs for one in pair)
            found.append(tuple(map(_agreed, *(one.shapes for one in pair))))
    if not found:
        return Partly()
    if all(shapes == found[0] for shapes in found):
        return Partly(found[0], weightless)
    ends = {shapes[0][-1] if len(shapes) == 1 and shapes[0] else None for shapes in found}
    vector = len(ends) == 1 and None not in ends
    return Partly(found[0] if vector else (), weightless, vector)


def _outcomes(ask: Callable[[Sequence[Shape]], Outcome], inputs: Sequence[Sequence[Shape]]) -> list[Outcome]:
    """What a rule says of each of these inputs; nothing where it refuses one."""
    try:
        return [ask(each) for each in inputs]
    except LayerError:
        return []


def _agreed(one: Shape, other: Shape) -> Shape | None:
    if len(one) != len(other):
        return None
    return tuple(size if size == same else None for size, same in zip(one, other, strict=True))
