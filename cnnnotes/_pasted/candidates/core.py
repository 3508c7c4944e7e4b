"""Input, dense and embedding layers."""

from __future__ import annotations

from collections.abc import Iterator

from cnnnotes._pasted.candidates.finding import Inputs, finder, kept
from cnnnotes._pasted.candidates.search import Block, Wanted, single


@finder("InputLayer")
def input_layer(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`InputLayer`: its shape is all that there is to it."""
    yield single(0.0, {"batch_shape": wanted.outputs[0]}, ())


@finder("Dense")
def dense(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """`Dense`: K units, with a bias or without."""
    *out, k = wanted.outputs[0]
    for bias in (True, False):
        arguments = {"units": k, "use_bias": bias}
        if inputs is not None:
            yield single(float(not bias), arguments, inputs)
        elif k and wanted.params and wanted.params % k == 0:
            yield single(float(not bias), arguments, ((*out, wanted.params // k - bias),))


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
