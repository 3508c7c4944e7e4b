"""Every configuration that a row of a pasted summary could have had, the commonest first.

A summary shows what a layer gives, and how many weights it has, but none of its arguments. What fits is solved for, as
far as the arithmetic can be turned around, and each configuration is held against the layer's own rule before it is
given out.
"""

import itertools
from collections.abc import Iterator, Sequence
from functools import lru_cache

from cnnnotes._pasted.candidates import arguments, recurrent, windows  # noqa: F401 - each registers its finders
from cnnnotes._pasted.candidates.axes import MAX_DILATION, MAX_KERNEL, MAX_PADDED, MAX_STRIDE
from cnnnotes._pasted.candidates.finding import FINDERS, SHAPELESS, blocks_of, confirmed
from cnnnotes._pasted.candidates.search import Around, Block, Candidate, Wanted, walk
from cnnnotes._pasted.candidates.weights import MAX_MULTIPLIER
from cnnnotes._pasted.candidates.writing import written
from cnnnotes.layers import Outcome, Shape, layer_type

__all__ = ["BOUNDS", "SHAPELESS", "Around", "Candidate", "Candidates", "Wanted", "candidates"]

BOUNDS = (
    f"kernels and pools up to {MAX_KERNEL[2]} along an axis ({MAX_KERNEL[1]} in 1D, {MAX_KERNEL[3]} in 3D), "
    f"strides up to {MAX_STRIDE}, dilation up to {MAX_DILATION}, depth multipliers of separable convolutions up to "
    f"{MAX_MULTIPLIER}, up to {MAX_PADDED} rows padded or cropped, strides together with dilation "
    "only where the input is shown"
)
"""How far is looked, in words."""

MAX_BLOCKS = 20_000
"""The most sets of configurations that a row may leave; one that leaves more, as no real layer does, tells nothing."""


class Candidates:
    """The configurations that fit a row: counted at once, walked through one at a time."""

    bounds = BOUNDS

    def __init__(self, kind: str, blocks: Sequence[Block], wanted: Wanted, known: bool = True, work: int = 0):
        self.kind, self.wanted, self.blocks = kind, wanted, blocks
        self.work = work + len(blocks)
        """How many sets of configurations were looked into."""
        self.known = known
        """Whether it was looked for at all: without a rule, a shape or an input it can't be."""
        self._size = sum(block.size for block in blocks)
        self._kept: list[tuple[Candidate, Outcome]] = []
        self._walk = self._fitting()

    def _fitting(self) -> Iterator[tuple[Candidate, Outcome]]:
        for candidate in walk(self.blocks):
            if found := confirmed(self.kind, candidate, self.wanted):
                yield candidate, found

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Candidate]:
        return (candidate for candidate, _ in self._fitting())

    def outcomes(self, most: int) -> list[tuple[Candidate, Outcome]]:
        """The commonest ones, so many at most, with what the layer's rule makes of each; they are kept, so that rows
        which are alike are looked into once."""
        self._kept += itertools.islice(self._walk, max(most - len(self._kept), 0))
        return self._kept[:most]

    def first(self, most: int) -> list[Candidate]:
        """The commonest ones, so many at most."""
        return [candidate for candidate, _ in self.outcomes(most)]

    def text(self, candidate: Candidate) -> str:
        """A candidate as one writes it in Keras, without the defaults.

        ```python
        import cnnnotes

        summary = '''
        Layer (type)         Output Shape            Param #
        conv2d_2 (Conv2D)    (None, 220, 220, 64)    18496
        '''
        found = cnnnotes.explain(summary).rows[0].candidates
        assert found.text(found.best) == "filters=64, kernel_size=3, padding='same'"
        ```
        """
        return written(self.kind, candidate.arguments)

    @property
    def best(self) -> Candidate | None:
        """The commonest, or `None` where nothing fits."""
        return next(iter(self.first(1)), None)


def candidates(kind: str, inputs: Sequence[tuple[Shape, ...]], wanted: Wanted) -> Candidates:
    """Every configuration within `BOUNDS` with which a layer gives these shapes and this many weights.

    `inputs` are the input shapes that are possible, likeliest first; where the text shows none, each candidate implies
    one. An argument that changes neither shape nor count (an activation, a dropout's rate) is not listed.
    """
    return _found(kind, tuple(inputs), wanted)


@lru_cache(maxsize=4096)
def _found(kind: str, inputs: tuple[tuple[Shape, ...], ...], wanted: Wanted) -> Candidates:
    known = layer_type(kind)
    enough = bool(wanted.outputs) or (kind in SHAPELESS and bool(wanted.params))
    if known is None or not enough or any(0 in shape for shape in wanted.outputs):
        return Candidates(kind, (), wanted, known=False)
    found = (
        block._replace(cost=block.cost + rank)
        for rank, possible in enumerate(inputs or (None,))
        for block in blocks_of(kind, possible, wanted)
    )
    blocks = list(itertools.islice(found, MAX_BLOCKS + 1))
    if len(blocks) > MAX_BLOCKS:
        return Candidates(kind, (), wanted, known=False, work=MAX_BLOCKS)
    # the arguments of such a layer can be told from its row, or none of them shows
    told = known.name in FINDERS or known.arguments.keys() <= known.unseen
    return Candidates(kind, blocks, wanted, known=bool(blocks) or (bool(inputs) and told))
