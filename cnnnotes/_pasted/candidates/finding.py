"""What finds the configurations of each layer type, and what holds each of them against the layer's own rule."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from cnnnotes._pasted.candidates.search import Block, Candidate, Wanted, walk
from cnnnotes.layers import LayerError, Outcome, Shape, layer_type, outcome

Inputs = tuple[Shape, ...] | None  # the input shapes of a row; `None` where the text doesn't show them
Finder = Callable[[str, Inputs, Wanted], Iterator[Block]]
"""Gives what fits a layer type with these inputs, outputs and count."""
Guess = tuple[float, dict[str, Any], Sequence[Shape]]  # how uncommon a configuration is, its arguments and its inputs
Guesser = Callable[[str, Inputs, Wanted], Iterator[Guess]]  # gives what may fit

SHAPELESS = ("Dense",)  # layers whose settings can be told from the count alone

FINDERS: dict[str, Finder] = {}


def finder(*types: str) -> Callable[[Finder], Finder]:
    """Registers what finds the configurations of these types; a type "MaxPooling{}D" stands for its three."""

    def register(find: Finder) -> Finder:
        FINDERS.update((name.format(rank), find) for name in types for rank in (1, 2, 3))
        return find

    return register


def guesser(*types: str) -> Callable[[Guesser], Finder]:
    """Registers what guesses at the configurations of these types: those are given out that the rule confirms."""

    def register(guess: Guesser) -> Finder:
        def find(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
            guesses = (
                (cost, Candidate(arguments, tuple(given))) for cost, arguments, given in guess(kind, inputs, wanted)
            )
            yield from checked(
                kind, (Block(cost, (((0.0, one),),), lambda chosen: chosen[0]) for cost, one in guesses), wanted
            )

        return finder(*types)(find)

    return register


def checked(kind: str, blocks: Iterable[Block], wanted: Wanted) -> Iterator[Block]:
    """The blocks whose commonest configuration the rule confirms: what speaks against one of a block speaks against
    all."""
    for block in blocks:
        if confirmed(kind, next(walk([block])), wanted):
            yield block


def formats(either: bool = True) -> Iterator[tuple[float, bool, dict[str, Any]]]:
    """Both places for the channels, by cost, with the argument that says so; unless `either` only the last."""
    yield 0.0, False, {}
    if either:
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


@guesser()
def unchanged(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Guess]:
    """A layer of which no argument shows: either it fits as such, or it doesn't."""
    yield 0.0, {}, inputs or wanted.outputs[:1]
