"""Input, dense and embedding layers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from cnnnotes._pasted.candidates.finding import Inputs, finder, kept
from cnnnotes._pasted.candidates.search import Block, Wanted, single
from cnnnotes._pasted.candidates.weights import divisors


@finder("InputLayer")
def input_layer(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`InputLayer`: its shape is all that there is to it."""
    yield single(0.0, {"batch_shape": wanted.outputs[0]}, ())


@finder("Dense")
def dense(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`Dense`: K units, with a bias or without; where the shape is not shown, by what the count is a product of."""
    shapes = wanted.outputs or tuple((None, k) for k in divisors(wanted.params or 0))
    for (*out, k), bias in itertools.product(shapes, (True, False)):
        width = (wanted.params or 0) // k - bias if k else 0
        source = inputs or (((*out, width),) if width > 0 else None)
        if source and (wanted.outputs or source[0][-1] == width):
            rare = 0.0 if wanted.outputs else _rare(k) / 2
            rare += 0.0 if inputs else _rare(width)
            yield single((not bias) * wanted.around.unbiased + rare, {"units": k, "use_bias": bias}, source)


def _rare(size: int | None) -> float:
    """How uncommon a width of features is: powers of two and multiples of 64 are common, and few classes."""
    size = size or 0
    return (
        0.0
        if size in (100, 300, 784, 1000) or (size > 7 and not size & (size - 1))
        else float(size % 64 > 0) * (1.0 if size < 11 else 3.0)
    )


@finder("EinsumDense")
def einsum_dense(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`EinsumDense`: the last axes of the input, multiplied and added up, become one axis or two."""
    (before,), after = inputs or ((),), wanted.outputs[0]
    for summed, made in itertools.product((1, 2), (1, 2)):
        same = len(before) - summed
        if same > 0 and len(after) - made == same and before[:same] == after[:same]:
            axes, old, new = "abcdefgh"[:same], "ijk"[:summed], "xyz"[:made]
            for bias in (new, None):
                arguments = {"equation": f"{axes}{old},{old}{new}->{axes}{new}", "output_shape": after[1:]}
                yield single(summed + made + (bias is None), {**arguments, "bias_axes": bias}, (before,))


@finder("Embedding")
def embedding(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`Embedding`: the size of its vocabulary follows from the count."""
    *out, width = wanted.outputs[0]
    if wanted.params and width:
        yield single(0.0, {"input_dim": wanted.params // width, "output_dim": width}, inputs or (tuple(out),))


@finder("LayerScale")
def layer_scale(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`LayerScale` of ConvNeXt: as many factors as channels."""
    yield single(0.0, {"projection_dim": wanted.outputs[0][-1]}, kept(inputs, wanted))
