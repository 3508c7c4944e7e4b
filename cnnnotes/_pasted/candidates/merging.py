"""Layers that put several inputs together, attention among them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from cnnnotes._pasted.candidates.finding import Inputs, axes_of, finder
from cnnnotes._pasted.candidates.search import Block, Wanted, single
from cnnnotes._pasted.candidates.weights import divisors


@finder("Concatenate")
def concatenate(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`Concatenate`: the axis."""
    for cost, axis in axes_of(len(wanted.outputs[0]), several=False):
        if inputs:
            yield single(cost, {"axis": axis}, inputs)


@finder("Dot")
def dot(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`Dot`: an axis of each input."""
    if inputs and len(inputs) == 2:
        for a, b in itertools.product(range(1, len(inputs[0])), range(1, len(inputs[1]))):
            yield single(abs(a - b) + (a + b) / 10, {"axes": (a, b)}, inputs)


@finder("Attention")
def attention(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`Attention`: what its scores are, and whether they are scaled."""
    for scaled, mode in itertools.product((False, True), ("dot", "concat")):
        if inputs:
            yield single(2.0 * scaled + (mode == "concat"), {"use_scale": scaled, "score_mode": mode}, inputs)


@finder("AdditiveAttention")
def additive_attention(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`AdditiveAttention`: whether its scores are scaled."""
    for scaled in (True, False):
        if inputs:
            yield single(float(not scaled), {"use_scale": scaled}, inputs)


@finder("MultiHeadAttention")
def multi_head_attention(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`MultiHeadAttention`: heads and the size of each, values as wide as keys."""
    d = wanted.outputs[0][-1]
    if not inputs or not d or not wanted.params:
        return
    for bias in (True, False):
        widths = sum(shape[-1] or 0 for shape in (inputs * 3)[:3]) + d  # of query, value, key and output
        total, remainder = divmod(wanted.params - bias * d, widths + 3 * bias)
        for heads in divisors(total) if not remainder else ():
            cost = abs(math.log2(total / heads / 64)) + (0.0 if d == total else 2.0) + 2.0 * (not bias)
            yield single(cost, {"num_heads": heads, "key_dim": total // heads, "use_bias": bias}, inputs)
