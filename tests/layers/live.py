"""What Keras itself makes of a layer: the other side of every comparison."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple

import keras

from cnnnotes._depth_pooling import DepthMaxPool
from tests.weightless import weightless

Shape = tuple[int | None, ...]

ELSEWHERE = {
    "LayerScale": keras.src.applications.convnext.LayerScale,
    "StochasticDepth": keras.src.applications.convnext.StochasticDepth,
    "CustomScaleLayer": keras.src.applications.inception_resnet_v2.CustomScaleLayer,
    "GroupedQueryAttention": keras.layers.GroupQueryAttention,
    "DepthMaxPool": DepthMaxPool,
    "cnnnotes>DepthMaxPool": DepthMaxPool,
}
"""Layers that keras.layers does not have under that name."""

KERAS_2 = {"CuDNNGRU", "CuDNNLSTM"}
"""Layers that Keras 3 no longer has, so that nothing live compares with them: tests/pasted has counts of Keras 2."""

# They are called with a list of tensors, also where it holds only one.
LISTS = {
    *("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot", "HashedCrossing"),
    *("Attention", "AdditiveAttention", "CustomScaleLayer"),
}
SEVERAL = {"MultiHeadAttention", "GroupedQueryAttention"}
CELLS = {"SimpleRNNCell", "GRUCell", "LSTMCell", "StackedRNNCells"}
# They take layers, which from_config makes of what is written down.
WRAPPERS = {"TimeDistributed", "Bidirectional", "SpectralNormalization", "RNN", "StackedRNNCells", "Pipeline"}
TEXTS = {"StringLookup", "TextVectorization"}


class Live(NamedTuple):
    """A layer as Keras built it."""

    shapes: tuple[Shape, ...]
    params: int
    trainable: int
    weights: list[tuple[Shape, bool]]
    config: dict[str, Any]
    """Its arguments as a saved model holds them."""


def layer_class(kind: str) -> type[keras.Layer]:
    """The Keras class of that name."""
    found: type[Any] = ELSEWHERE.get(kind) or getattr(keras.layers, kind)
    return found


def live(kind: str, arguments: Mapping[str, Any], inputs: Sequence[Shape], call: Mapping[str, Any]) -> Live | Exception:
    """What Keras makes of it, or the exception with which it refuses to build or call the layer."""
    try:
        made = layer_class(kind)
        # a state is a variable that is made in the call, which the scope does not allow
        with nullcontext() if "'stateful': True" in repr(arguments) else weightless():
            layer = made.from_config(copy.deepcopy(dict(arguments))) if kind in WRAPPERS else made(**arguments)
            outputs = _called(kind, layer, inputs, call)
    except Exception as error:  # whatever Keras raises is a refusal: it is compared with ours, not swallowed
        return error
    trained = {id(weight) for weight in layer.trainable_weights}
    return Live(
        tuple(tuple(tensor.shape) for tensor in keras.tree.flatten(outputs)),
        layer.count_params(),
        sum(math.prod(weight.shape) for weight in layer.trainable_weights),
        sorted(((tuple(weight.shape), id(weight) in trained) for weight in layer.weights), key=repr),
        json.loads(json.dumps(keras.saving.serialize_keras_object(layer)["config"])),
    )


def _called(kind: str, layer: keras.Layer, inputs: Sequence[Shape], call: Mapping[str, Any]) -> Any:
    if kind == "InputLayer":
        return layer.output
    tensors = [keras.Input(batch_shape=shape, dtype="string" if kind in TEXTS else None) for shape in inputs]
    if kind in LISTS:
        return layer(tensors, **call)
    if kind in SEVERAL:
        return layer(*tensors, **call)
    if kind in CELLS:
        states = keras.tree.pack_sequence_as(layer.get_initial_state(batch_size=1), tensors[1:])
        return layer(tensors[0], states, **call)
    return layer(tensors[0] if len(tensors) == 1 else tensors, **call)
