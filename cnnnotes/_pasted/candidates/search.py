"""Sets of configurations that are counted without being written out, and walked through with the commonest first."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from cnnnotes.layers import Shape

Option = tuple[float, Any]
"""How uncommon it is, and what one axis can be."""

FAR_AHEAD = 500
"""How many choices of a block are held back to see whether a more common one follows."""


class Candidate(NamedTuple):
    """One configuration that a row could have had."""

    arguments: dict[str, Any]
    """The arguments that the row tells something of, as Keras spells them."""
    inputs: tuple[Shape, ...]
    """The input shapes: those that the text shows, or where it doesn't, those that this configuration implies."""


class Around(NamedTuple):
    """What the rows around one make likely of it."""

    normalized: bool | None = None
    """Whether a BatchNormalization follows, which makes a bias needless; `None` where that is not known."""
    pointwise_same: bool = False
    """Whether the model is of a family that writes `padding="same"` for kernels of 1 × 1 too."""

    def biases(self) -> tuple[tuple[float, bool], ...]:
        """How uncommon it is for a layer to have a bias, and to have none."""
        return (0.0, True), ({None: 2.5, True: 0.5, False: 3.0}[self.normalized], False)


class Wanted(NamedTuple):
    """What a row of a pasted summary shows."""

    outputs: tuple[Shape, ...]
    params: int | None
    """The count, where it is shown in full."""
    text: str = ""
    """The count as shown: `"1,315,…"`, or empty where nothing is."""
    width: int = 0
    """How many characters the column has room for: only a longer count is cut."""
    around: Around = Around()

    def allows(self, count: int) -> bool:
        """Whether the row can stand for a layer with so many weights: "1,315,…" for 1,315,840, not for 1,316,840."""
        if self.params is not None:
            return count == self.params
        if not self.text.endswith("…"):
            return True
        printed = f"{count:,}"
        return printed.startswith(self.text[:-1]) and len(printed) > max(self.width, len(self.text) - 1)


class Block(NamedTuple):
    """Configurations that differ axis by axis: one option is chosen for each."""

    cost: float
    """How uncommon they all are."""
    axes: tuple[tuple[Option, ...], ...]
    """For each axis its options, the commonest first."""
    make: Callable[[tuple[Any, ...]], Candidate]
    uneven: Callable[[tuple[Any, ...]], float] = lambda chosen: 0.0
    """How much more uncommon a choice is for being unlike along the axes; never negative."""

    @property
    def size(self) -> int:
        """How many they are."""
        return math.prod(map(len, self.axes))

    def walk(self) -> Iterator[tuple[float, Candidate]]:
        """All of them, the commonest first."""
        waiting: list[tuple[float, int, tuple[Any, ...]]] = []
        for number, (floor, chosen) in enumerate(self._by_sum()):
            # nothing that is still to come is more common, or it would take too long to tell
            while waiting and (waiting[0][0] <= floor or len(waiting) > FAR_AHEAD):
                yield self._made(heapq.heappop(waiting))
            heapq.heappush(waiting, (floor + self.uneven(chosen), number, chosen))
        while waiting:
            yield self._made(heapq.heappop(waiting))

    def _made(self, found: tuple[float, int, tuple[Any, ...]]) -> tuple[float, Candidate]:
        return found[0], self.make(found[2])

    def _by_sum(self) -> Iterator[tuple[float, tuple[Any, ...]]]:
        """Choices by the sum of their costs, by growing a frontier from the cheapest."""
        start = (0,) * len(self.axes)
        frontier, seen = [(self.at(start), start)], {start}
        while frontier:
            cost, at = heapq.heappop(frontier)
            yield cost, tuple(axis[i][1] for axis, i in zip(self.axes, at, strict=True))
            for k in range(len(at)):
                step = (*at[:k], at[k] + 1, *at[k + 1 :])
                if step[k] < len(self.axes[k]) and step not in seen:
                    seen.add(step)
                    heapq.heappush(frontier, (self.at(step), step))

    def at(self, place: Sequence[int]) -> float:
        """The cost that the choice at this place among the options has at least."""
        return self.cost + sum(axis[i][0] for axis, i in zip(self.axes, place, strict=True))


def walk_all(blocks: Sequence[Block]) -> Iterator[Candidate]:
    """The configurations of all blocks, the commonest first; a block is not looked into before its turn comes."""
    turns: list[tuple[float, int, Iterator[tuple[float, Candidate]] | None, Candidate | None]]
    turns = [(block.at((0,) * len(block.axes)), i, None, None) for i, block in enumerate(blocks)]
    heapq.heapify(turns)
    while turns:
        _, i, walk, candidate = turns[0]
        if candidate is not None:
            yield candidate
        walk = walk or blocks[i].walk()
        cost, following = next(walk, (0.0, None))
        if following is None:
            heapq.heappop(turns)
        else:
            heapq.heapreplace(turns, (cost, i, walk, following))


def by_cost(options: Sequence[Option]) -> tuple[Option, ...]:
    """Options, the commonest first; equally common ones as they come."""
    return tuple(sorted(options, key=lambda option: option[0]))
