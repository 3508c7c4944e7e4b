"""Every configuration that a row of a pasted summary could have had, the commonest first.

A summary shows what a layer gives, and how many weights it has, but none of its arguments. What fits is solved for, as
far as the arithmetic can be turned around, and each configuration is held against the layer's own rule before it is
given out.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from cnnnotes._pasted.candidates.others import FINDERS, MOST_PADDED, NOT_SHOWN
from cnnnotes._pasted.candidates.search import Block, Candidate, Wanted, single, walk_all
from cnnnotes._pasted.candidates.windowed import (
    MOST_DILATION,
    MOST_KERNEL,
    MOST_MULTIPLIER,
    MOST_STRIDE,
    convolution,
    pooling,
)
from cnnnotes.layers import LayerError, Outcome, Shape, outcome
from cnnnotes.layers import layer_type as registered

__all__ = ["BOUNDS", "Candidate", "Candidates", "Wanted", "blocks_of", "candidates"]

BOUNDS = (
    f"kernels and pools up to {MOST_KERNEL[2]} along an axis ({MOST_KERNEL[1]} in 1D, {MOST_KERNEL[3]} in 3D), "
    f"strides up to {MOST_STRIDE}, dilation up to {MOST_DILATION}, depth multipliers of separable convolutions up to "
    f"{MOST_MULTIPLIER}, up to {MOST_PADDED} rows padded or cropped, strides together with dilation "
    "only where the input is shown"
)
"""How far is looked, in words."""

MOST_BLOCKS = 20_000
"""The most sets of configurations that a row may leave; one that leaves more, as no real layer does, tells nothing."""

_NOTHING_TO_TELL = frozenset(("Flatten", "ReLU", "LeakyReLU", "ELU", "Masking", "ActivityRegularization"))
"""Layers whose arguments change neither shape nor count, and may all be left out."""
_POOLING = re.compile(r"(Max|Average|Avg)Pool(ing)?[123]D")
_CONVOLUTION = re.compile(r"(Conv|Convolution)[123]D(Transpose)?|DepthwiseConv[12]D|Separable(Conv|Convolution)[12]D")


class Candidates:
    """The configurations that fit a row: counted at once, walked through one at a time.

    ```python
    from cnnnotes._pasted.candidates import Wanted, candidates

    row = Wanted(outputs=((None, 220, 220, 64),), params=18_496)
    found = candidates("Conv2D", [((None, 222, 222, 32),)], row)
    assert found.best.arguments["kernel_size"] == (3, 3)
    assert [c.arguments["kernel_size"] for c in found] == [(3, 3)]
    ```
    """

    def __init__(self, layer_type: str, blocks: Sequence[Block], wanted: Wanted, known: bool = True, work: int = 0):
        self.layer_type, self.wanted = layer_type, wanted
        self.work = work + len(blocks)
        """How many sets of configurations were looked into."""
        sizes = [block.size for block in blocks]
        self.blocks = [block for block, size in zip(blocks, sizes, strict=True) if size]
        self._size = sum(sizes)
        self.known = known
        """Whether it was looked for at all: without a rule, a shape or an input it can't be."""
        self._kept: list[Candidate] = []
        self._walk = iter(self)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Candidate]:
        for candidate in walk_all(self.blocks):
            if self.outcome(candidate) is not None:
                yield candidate

    def first(self, most: int) -> list[Candidate]:
        """The commonest ones, so many at most; they are kept, so that rows which are alike are looked into once."""
        while len(self._kept) < most:
            candidate = next(self._walk, None)
            if candidate is None:
                break
            self._kept.append(candidate)
        return self._kept[:most]

    @property
    def best(self) -> Candidate | None:
        """The commonest, or `None` where nothing fits."""
        return next(iter(self.first(1)), None)

    def outcome(self, candidate: Candidate) -> Outcome | None:
        """What the layer's rule makes of a candidate: `None` where that is not what the row shows."""
        return confirmed(self.layer_type, candidate, self.wanted)


def confirmed(layer_type: str, candidate: Candidate, wanted: Wanted) -> Outcome | None:
    """What the layer's rule makes of a candidate: `None` where that is not what the row shows."""
    arguments = {**NOT_SHOWN.get(layer_type, {}), **candidate.arguments}
    try:
        found = outcome(layer_type, arguments, candidate.inputs)
    except LayerError:
        return None
    params = 0 if found.params is None else found.params.value
    fits = found.shapes == wanted.outputs and (params is None or wanted.allows(params))
    return found if fits else None


def candidates(layer_type: str, inputs: Sequence[tuple[Shape, ...]], wanted: Wanted) -> Candidates:
    """Every configuration with which a layer gives these shapes and this many weights.

    **Arguments**

    - `layer_type`: the Keras class name, `"Conv2D"`.
    - `inputs`: the input shapes that are possible, likeliest first, each batch first; empty where the text shows none.
    - `wanted`: the output shapes and the count that the row shows.

    **Returns** `Candidates`, which holds all within `BOUNDS`: nothing else fits. It is empty where nothing does.

    An argument that changes neither shape nor count (an activation, a dropout's rate) is not listed. Where the input is
    not shown, each candidate implies one.
    """
    return _found(layer_type, tuple(inputs), wanted)


@lru_cache(maxsize=4096)
def _found(layer_type: str, inputs: tuple[tuple[Shape, ...], ...], wanted: Wanted) -> Candidates:
    if registered(layer_type) is None or not wanted.outputs or any(0 in shape for shape in wanted.outputs):
        return Candidates(layer_type, (), wanted, known=False)
    blocks: list[Block] = []
    for rank, possible in enumerate(inputs or (None,)):
        left = MOST_BLOCKS - len(blocks) + 1
        fitting = itertools.islice(blocks_of(layer_type, possible, wanted), left)
        blocks += (block._replace(cost=block.cost + rank) for block in fitting)
        if len(blocks) > MOST_BLOCKS:
            return Candidates(layer_type, (), wanted, known=False, work=MOST_BLOCKS)
    return Candidates(layer_type, blocks, wanted, known=bool(blocks) or (bool(inputs) and _turned_around(layer_type)))


def _turned_around(layer_type: str) -> bool:
    """Whether the arguments of such a layer can be told from its row."""
    if _POOLING.fullmatch(layer_type) or _CONVOLUTION.fullmatch(layer_type) or layer_type in FINDERS:
        return True
    found = registered(layer_type)
    return found is not None and (not found.arguments or layer_type in NOT_SHOWN or layer_type in _NOTHING_TO_TELL)


def blocks_of(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """The configurations that fit on these inputs or, where they are `None`, on any."""
    if not all((*wanted.outputs, *(inputs or ((None,),)))):
        return  # a shape without any axis, not even the batch's
    window = pooling if _POOLING.fullmatch(layer_type) else convolution if _CONVOLUTION.fullmatch(layer_type) else None
    if window is not None:
        rank = len(wanted.outputs[0]) - 2
        one = len(wanted.outputs) == 1 and f"{rank}D" in layer_type
        if one and (inputs is None or [(len(s), s[0]) for s in inputs] == [(rank + 2, wanted.outputs[0][0])]):
            yield from window(layer_type, None if inputs is None else inputs[0], wanted)
        return
    find = FINDERS.get(layer_type)
    if find is not None:
        found = find(layer_type, inputs, wanted)
    else:  # nothing of its arguments shows: either the layer as such fits, or it doesn't
        found = iter((single(0.0, {}, wanted.outputs[:1] if inputs is None else inputs),))
    for block in found:
        _, commonest = next(block.walk(), (0.0, None))  # what speaks against one of a block speaks against all
        if commonest is not None and confirmed(layer_type, commonest, wanted):
            yield block
