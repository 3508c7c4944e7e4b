"""Layers that go along each axis by itself: convolution, pooling, padding, cropping, upsampling.

The kernel follows from the count of parameters, and the strides and dilations of each axis from its two lengths.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from cnnnotes._pasted.candidates import axes
from cnnnotes._pasted.candidates.axes import MAX_KERNEL, OPEN, Axis, Kind, Step, steps, uneven
from cnnnotes._pasted.candidates.finding import Inputs, finder, formats
from cnnnotes._pasted.candidates.search import Block, Candidate, Wanted
from cnnnotes._pasted.candidates.weights import (
    Weights,
    conv_lstm_weights,
    conv_weights,
    depthwise_weights,
    local_weights,
    separable_weights,
    sizes_for,
    transposed_weights,
)
from cnnnotes.layers import LayerType, Map, Shape, layer_type


class _Family(NamedTuple):
    """How the layers of a family go along an axis, and how many weights they have, if any."""

    kinds: tuple[Kind, ...]
    weights: Callable[[Wanted, int | None, int], Iterator[Weights]] | None = None


_FAMILIES = {
    "Conv{}D": _Family((axes.CONVOLUTION,), conv_weights),
    "Conv{}DTranspose": _Family((axes.TRANSPOSED, axes.TRANSPOSED_PADDED), transposed_weights),
    "ConvLSTM{}D": _Family((axes.CONVOLUTION,), conv_lstm_weights),
    "SeparableConv{}D": _Family((axes.DEPTHWISE,), separable_weights),
    "DepthwiseConv{}D": _Family((axes.DEPTHWISE,), depthwise_weights),
    "LocallyConnected{}D": _Family((axes.LOCAL,), local_weights),
    "MaxPooling{}D": _Family((axes.POOL,)),
    "AveragePooling{}D": _Family((axes.POOL,)),
    "ZeroPadding{}D": _Family((axes.PADDED,)),
    "Cropping{}D": _Family((axes.CROPPED,)),
    "UpSampling{}D": _Family((axes.REPEATED,)),
}
_FIELDS = dict.fromkeys(("kernel_size", "pool_size", "size", "cropping"), "size") | {
    "strides": "stride",
    "dilation_rate": "dilation",
    "output_padding": "added",
}
"""Which part of a step an argument holds for each axis."""


class _Frame(NamedTuple):
    """What all configurations of a block share."""

    stated: LayerType
    kind: Kind
    out: Map
    before: Map | None  # the input, where the text shows it
    fixed: dict[str, Any]
    weights: Weights
    padding: str

    def blocks(self, cost: float, size: tuple[int | None, ...], pointwise_same: bool) -> Iterator[Block]:
        """The blocks with this kernel; where Keras refuses strides and dilation together, each has one of them."""
        usual = {"valid": 0.5, "same": 0.0} if pointwise_same and set(size) == {1} else self.kind.paddings
        cost += self.weights.cost + usual.get(self.padding, 0.0)
        lengths = self.before.spatial if self.before else (OPEN,) * len(size)
        known = (self.padding, MAX_KERNEL[len(size)])
        gray = not self.before and self.weights.channels == 1
        along = [Axis(a, b, *known, f, gray) for a, b, f in zip(lengths, self.out.spatial, size, strict=True)]
        parts = [[steps(self.kind, axis, dilated=False if self.kind.apart else None) for axis in along]]
        for i in range(len(along) if self.kind.apart else 0):  # the first that is dilated
            dilated = [False] * i + [True] + [None] * (len(along) - i - 1)
            parts.append([steps(self.kind, axis, False, d) for axis, d in zip(along, dilated, strict=True)])
        yield from (Block(cost, tuple(part), self.candidate, uneven) for part in parts if all(part))

    def candidate(self, chosen: tuple[Step, ...]) -> Candidate:
        arguments: dict[str, Any] = {"filters": self.out.channels} if "filters" in self.stated.arguments else {}
        for name, argument in self.stated.arguments.items():
            if field := "size" if argument.kind == "pairs" else _FIELDS.get(name):
                values = tuple(getattr(step, field) for step in chosen)
                arguments[name] = values if argument.per_axis or len(values) > 1 else values[0]
            elif name == "padding":
                arguments[name] = self.padding
        if self.kind is axes.TRANSPOSED:
            arguments["output_padding"] = None
        before = self.before or self.out._replace(
            channels=self.weights.channels, spatial=tuple(step.length for step in chosen)
        )
        return Candidate({**arguments, **self.weights.arguments, **self.fixed}, (before.shape,))


@finder(*(name for name in _FAMILIES if "LSTM" not in name))
def along_axes(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """A layer of any of these families, which gives one map."""
    if len(wanted.outputs) == 1 and (inputs is None or [shape[0] for shape in inputs] == [wanted.outputs[0][0]]):
        yield from window_blocks(kind, inputs[0] if inputs else None, wanted)


def window_blocks(layer: str, shape: Shape | None, wanted: Wanted) -> Iterator[Block]:
    """The blocks of a layer of any of these families, on an input of this shape or, where it is `None`, of any."""
    stated, rank = layer_type(layer), len(wanted.outputs[0]) - 2
    if stated is None or stated.rank != rank or (shape and len(shape) != rank + 2):
        return
    family, found = _FAMILIES[layer.replace(f"{rank}D", "{}D")], False
    if family.weights and shape is None and wanted.params is None:
        return  # too little is known: any input would do
    paddings = stated.arguments["padding"].choices if "padding" in stated.arguments else ()
    for cost, first, fixed in formats("data_format" in stated.arguments):
        out, before = Map.of(wanted.outputs[0], first), Map.of(shape, first) if shape else None
        if found and not shape:
            return  # without an input, channels first are looked into only where nothing fits with channels last
        for weights in _weights(family, wanted, out, before):
            for size in sizes_for(wanted, weights, rank):
                for padding in paddings or ("",):
                    for kind in family.kinds:
                        frame = _Frame(stated, kind, out, before, fixed, weights, padding)
                        for block in frame.blocks(cost, size, wanted.around.pointwise_same):
                            found = True
                            yield block


def _weights(family: _Family, wanted: Wanted, out: Map, before: Map | None) -> Iterator[Weights]:
    """What the weights may be; those of a family without any keep the channels."""
    if family.weights is None:
        if wanted.allows(0) and (before is None or before.channels == out.channels):
            yield Weights(0.0, 0, 0, out.channels, {})
    elif out.channels is not None and (before is None or before.channels is not None):
        yield from family.weights(wanted, before.channels if before else None, out.channels)
