"""What finds the configurations of each layer type, and what holds each of them against the layer's own rule."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from cnnnotes._pasted.candidates.search import Block, Candidate, Wanted, single
from cnnnotes.layers import LayerError, Outcome, Shape, layer_type, outcome

Inputs = tuple[Shape, ...] | None
"""The input shapes of a row; `None` where the text doesn't show them."""
Finder = Callable[[str, Inputs, Wanted], Iterator[Block]]
"""Gives what may fit a layer type with these inputs, outputs and count."""

SHAPELESS = ("Dense",)
"""Layers whose settings can be told from the count alone."""
MAX_AXES = 6
"""The most axes of a tensor whose subsets and orders are tried."""

FINDERS: dict[str, Finder] = {}


def finder(*types: str, exact: bool = False) -> Callable[[Finder], Finder]:
    """Registers what finds the configurations of these layer types; a type "MaxPooling{}D" stands for its three.

    Unless it is exact, a set of configurations is given out only once the layer's rule has confirmed its commonest:
    what speaks against one of a set speaks against all.
    """

    def register(find: Finder) -> Finder:
        def checked(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
            for block in find(kind, inputs, wanted):
                _, commonest = next(block.walk(), (0.0, None))
                if commonest is not None and confirmed(kind, commonest, wanted):
                    yield block

        names = [name.format(rank) for name in types for rank in (1, 2, 3)]
        FINDERS.update(dict.fromkeys(names, find if exact else checked))
        return checked

    return register


def kept(inputs: Inputs, wanted: Wanted) -> tuple[Shape, ...]:
    """The inputs of a layer that leaves the shape as it is."""
    return wanted.outputs[:1] if inputs is None else inputs


def axes_of(rank: int, several: bool = True) -> list[tuple[float, Any]]:
    """The axes of a tensor that a layer may act on, by cost: the last one first, then the others, then several."""
    after = range(1, min(rank, MAX_AXES + 1))
    found: list[tuple[float, Any]] = [(0.0, -1)]
    for count in range(1, len(after) + 1 if several else 2):
        for axes in itertools.combinations(after, count):
            if axes != (rank - 1,):
                found.append((4.0 + count, list(axes) if count > 1 else axes[0]))
    return found


def formats(rank: int = 2) -> Iterator[tuple[float, bool, dict[str, Any]]]:
    """Both places for the channels, by cost, with the argument that says so; with `rank` 0 only the last."""
    yield 0.0, False, {}
    if rank:
        yield 8.0, True, {"data_format": "channels_first"}


def assumed(kind: str) -> dict[str, Any]:
    """Arguments that a rule asks for and that no row shows anything of: any value does."""
    found = layer_type(kind)
    return found.assumed if found else {}


def confirmed(kind: str, candidate: Candidate, wanted: Wanted) -> Outcome | None:
    """What the layer's rule makes of a candidate: `None` where that is not what the row shows."""
    try:
        found = outcome(kind, {**assumed(kind), **candidate.arguments}, candidate.inputs)
    except LayerError:
        return None
    count = found.param_count
    fits = wanted.outputs in ((), found.shapes) and (count is None or wanted.allows(count))
    return found if fits else None


def blocks_of(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """The configurations that fit on these inputs or, where they are `None`, on any."""
    found = layer_type(kind)
    if found is None or not all((*wanted.outputs, *(inputs or ((None,),)))):
        return  # a shape without any axis, not even the batch's
    yield from FINDERS.get(found.name, unchanged)(found.name, inputs, wanted)


@finder()
def unchanged(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """A layer of which no argument shows: either it fits as such, or it doesn't."""
    yield single(0.0, {}, kept(inputs, wanted))
