"""Every configuration that a row of a pasted summary could have had, the commonest first.
What fits is solved for, as far as the arithmetic can be turned around, and then held against the layer's own rule."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from cnnnotes._pasted.candidates import windows
from cnnnotes._pasted.candidates.arguments import guesses, told
from cnnnotes._pasted.candidates.search import Around, Block, Candidate, Inputs, Wanted, walk, written
from cnnnotes._pasted.candidates.windows import MAX_KERNEL, WINDOWED, window_blocks
from cnnnotes.layers import LayerError, Outcome, Shape, layer_type, outcome

__all__ = ["BOUNDS", "SHAPELESS", "Around", "Candidate", "Candidates", "Wanted", "candidates"]

BOUNDS = (  # how far is looked, in words
    f"kernels and pools up to {MAX_KERNEL[2]} along an axis ({MAX_KERNEL[1]} in 1D, {MAX_KERNEL[3]} in 3D), "
    f"strides up to {windows.MAX_STRIDE}, dilation up to {windows.MAX_DILATION}, depth multipliers of separable "
    f"convolutions up to {windows.MAX_MULTIPLIER}, up to {windows.MAX_PADDED} rows padded or cropped, "
    "strides together with dilation only where the input is shown"
)
MAX_BLOCKS = 20_000  # the most sets of configurations that a row may leave; one with more, as no real layer, is open
SHAPELESS = ("Dense",)  # layers whose settings can be told from the count alone


class Candidates:
    """The configurations that fit a row: counted at once, walked through one at a time."""

    bounds = BOUNDS

    def __init__(self, kind: str, blocks: Sequence[Block], wanted: Wanted, known: bool = True, work: int = 0):
        self.kind, self.wanted, self.blocks = kind, wanted, blocks
        self.known = known  # whether it was looked for at all: without a rule, a shape or an input it can't be
        self.work = work + len(blocks)  # how many sets of configurations were looked into
        self._kept: list[tuple[Candidate, Outcome]] = []
        self._walk = self._fitting()

    def _fitting(self) -> Iterator[tuple[Candidate, Outcome]]:
        for candidate in walk(self.blocks):
            if found := confirmed(self.kind, candidate, self.wanted):
                yield candidate, found

    def __len__(self) -> int:
        return sum(block.size for block in self.blocks)

    def __iter__(self) -> Iterator[Candidate]:
        return (candidate for candidate, _ in self._fitting())

    def outcomes(self, most: int) -> list[tuple[Candidate, Outcome]]:
        """The commonest ones, so many at most, with what the layer's rule makes of each; they are kept."""
        self._kept += itertools.islice(self._walk, max(most - len(self._kept), 0))
        return self._kept[:most]

    def first(self, most: int) -> list[Candidate]:
        return [candidate for candidate, _ in self.outcomes(most)]

    def text(self, candidate: Candidate) -> str:
        """A candidate as one writes it in Keras, without the defaults."""
        return written(self.kind, candidate.arguments)

    @property
    def best(self) -> Candidate | None:
        """The commonest, or `None` where nothing fits."""
        return next(iter(self.first(1)), None)


@lru_cache(maxsize=4096)
def candidates(kind: str, inputs: tuple[tuple[Shape, ...], ...], wanted: Wanted) -> Candidates:
    """Every configuration within `BOUNDS` with which a layer gives these shapes and this many weights, on the possible
    `inputs`, likeliest first, or on any; what changes neither shape nor count (an activation) is not listed."""
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
    solved = known.name in _FINDERS or bool(told(known).keys() - {"data_format", "use_bias"})
    solved = solved or known.arguments.keys() <= known.unseen
    return Candidates(kind, blocks, wanted, known=bool(blocks) or bool(inputs and solved))


def confirmed(kind: str, candidate: Candidate, wanted: Wanted) -> Outcome | None:
    """What the layer's rule makes of a candidate: `None` where that is not what the row shows."""
    try:
        found = outcome(kind, _assumed(kind) | candidate.arguments, candidate.inputs)
    except LayerError:
        return None
    count = found.param_count
    fits = wanted.outputs in ((), found.shapes) and (count is None or wanted.allows(count))
    return found if fits else None


def _assumed(kind: str) -> dict[str, Any]:
    """Arguments that a rule asks for and that no row shows anything of: any value does."""
    found = layer_type(kind)
    return found.assumed if found else {}


def blocks_of(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """The configurations that fit on these inputs or, for `None`, on any; the commonest stands for a block."""
    found = layer_type(kind)
    if found is None or not all((*wanted.outputs, *(inputs or ((None,),)))):
        return  # a shape without any axis, not even the batch's
    for block in _FINDERS.get(found.name, _guessed)(found.name, inputs, wanted):
        if found.name in WINDOWED or confirmed(kind, next(walk([block])), wanted):
            yield block


def _guessed(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    for cost, arguments, given in guesses(kind, inputs, wanted):
        yield Block(cost, (((0.0, Candidate(arguments, given)),),), lambda chosen: chosen[0])


_DISTRIBUTED = (
    *("Dense", "Conv2D", "Conv1D", "MaxPooling2D", "AveragePooling2D", "Flatten", "GlobalAveragePooling2D"),
    *("GlobalMaxPooling2D", "BatchNormalization", "Dropout", "LSTM", "DepthwiseConv2D", "SeparableConv2D"),
)


def _time_distributed(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`TimeDistributed`: each of the usual layers inside, with all that it could have been."""
    batch, *after = wanted.outputs[0]
    one = wanted._replace(outputs=((batch, *after[1:]),))
    for rare, inner in enumerate(_DISTRIBUTED if len(after) > 1 and (inputs or wanted.params) else ()):

        def distributed(arguments: dict[str, Any], inner: str = inner) -> dict[str, Any]:
            return {"layer": {"class_name": inner, "config": _assumed(inner) | arguments}}

        for block in blocks_of(inner, _one_step(inputs), one):
            yield _repeated(block._replace(cost=block.cost + rare), after[0], distributed)


def _conv_lstm(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`ConvLSTM1D` to `ConvLSTM3D`: a convolution whose kernel counts for the input and for the state."""
    (batch, *after), rank = wanted.outputs[0], int(kind[-2])
    sequences = len(after) == 2 + rank
    states = {"return_sequences": sequences, "return_state": len(wanted.outputs) > 1}
    if inputs and len(inputs[0]) != rank + 3:
        return
    length = inputs[0][1] if inputs else after[0] if sequences else None
    for block in window_blocks(kind, _one_step(inputs), wanted._replace(outputs=((batch, *after[sequences:]),))):
        yield _repeated(block, length, lambda found: found | states)


def _one_step(inputs: Inputs) -> Inputs:
    return tuple((*shape[:1], *shape[2:]) for shape in inputs) if inputs else None


def _repeated(block: Block, length: int | None, arguments: Callable[[dict[str, Any]], dict[str, Any]]) -> Block:
    """The block of a layer that does at each of `length` steps what those of `block` do once."""

    def make(chosen: tuple[Any, ...]) -> Candidate:
        step = block.make(chosen)
        return Candidate(arguments(step.arguments), tuple((s[0], length, *s[1:]) for s in step.inputs))

    return block._replace(make=make)


_FINDERS: dict[str, Callable[[str, Inputs, Wanted], Iterator[Block]]] = {
    **dict.fromkeys(WINDOWED, window_blocks),
    **{f"ConvLSTM{rank}D": _conv_lstm for rank in (1, 2, 3)},
    "TimeDistributed": _time_distributed,
}
