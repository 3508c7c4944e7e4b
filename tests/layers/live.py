"""What Keras itself makes of a layer: the other side of every comparison."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import keras

Shape = tuple[int | None, ...]

# Called with a list of tensors, also where it holds only one.
MERGING = (
    "Add Subtract Multiply Average Maximum Minimum Concatenate Dot Attention AdditiveAttention HashedCrossing".split()
)
# They take layers, which from_config makes of what is written down.
WRAPPERS = ["TimeDistributed", "Bidirectional", "SpectralNormalization", "RNN", "StackedRNNCells", "Pipeline"]
CELLS = ["SimpleRNNCell", "GRUCell", "LSTMCell", "StackedRNNCells"]
FROM_APPLICATIONS = {
    "LayerScale": keras.src.applications.convnext.LayerScale,
    "StochasticDepth": keras.src.applications.convnext.StochasticDepth,
    "CustomScaleLayer": keras.src.applications.inception_resnet_v2.CustomScaleLayer,
    "GroupedQueryAttention": keras.layers.GroupQueryAttention,
}
TEXTS = ["StringLookup", "TextVectorization"]


class Live(NamedTuple):
    """A layer as Keras built it."""

    shapes: tuple[Shape, ...]
    params: int
    trainable: int
    weights: list[tuple[Shape, bool]]


def layer_class(kind: str) -> type[keras.Layer]:
    """The Keras class of that name."""
    return FROM_APPLICATIONS.get(kind) or getattr(keras.layers, kind)


def live(kind: str, arguments: Mapping[str, Any], inputs: Sequence[Shape], call: Mapping[str, Any]) -> Live | Exception:
    """What Keras makes of it, or the exception with which it refuses to build or call the layer."""
    try:
        made = layer_class(kind)
        layer = made.from_config(copy.deepcopy(dict(arguments))) if kind in WRAPPERS else made(**arguments)
        outputs = _called(kind, layer, inputs, call)
    except Exception as error:  # whatever Keras raises is a refusal: it is compared with ours, not swallowed
        return error
    own = [weight for weight in layer.weights]
    trained = {id(weight) for weight in layer.trainable_weights}
    return Live(
        tuple(tuple(tensor.shape) for tensor in keras.tree.flatten(outputs)),
        layer.count_params(),
        sum(
            weight.shape.num_elements() if hasattr(weight.shape, "num_elements") else _size(weight.shape)
            for weight in layer.trainable_weights
        ),
        sorted(((tuple(weight.shape), id(weight) in trained) for weight in own), key=repr),
    )


def _size(shape: Sequence[int]) -> int:
    size = 1
    for each in shape:
        size *= each
    return size


def _called(kind: str, layer: keras.Layer, inputs: Sequence[Shape], call: Mapping[str, Any]) -> Any:
    if kind == "InputLayer":
        return layer.output
    tensors = [keras.Input(batch_shape=shape, dtype="string" if kind in TEXTS else None) for shape in inputs]
    if kind in MERGING:
        return layer(tensors, **call)
    if kind in CELLS:
        return layer(
            tensors[0], keras.tree.pack_sequence_as(layer.get_initial_state(batch_size=1), tensors[1:]), **call
        )
    if kind in ("MultiHeadAttention", "GroupedQueryAttention", "CustomScaleLayer"):
        return layer(
            tensors if kind == "CustomScaleLayer" else tensors[0],
            *([] if kind == "CustomScaleLayer" else tensors[1:]),
            **call,
        )
    return layer(tensors[0] if len(tensors) == 1 else tensors, **call)
