"""A model in memory: asked for its configuration, or else walked, by the names of Keras's attributes alone."""

import math
from typing import Any

from cnnnotes._reading.architecture import Architecture, Array, Layer, Optimizer, Recorded, Shape
from cnnnotes._reading.classes import is_keras
from cnnnotes._reading.config import from_json
from cnnnotes._reading.parsing import is_shape

_UNWRITTEN = (NotImplementedError, TypeError, ValueError, AttributeError)
"""What Keras raises where a layer has no `get_config` of its own, and what a custom one may raise: such a model has no
JSON, but it has layers, and these stay without arguments."""


def is_model(value: Any) -> bool:
    """Whether a value looks like a Keras model."""
    return hasattr(value, "layers") and hasattr(value, "count_params") and hasattr(value, "name")


def from_model(model: Any) -> Architecture:
    """Reads a Keras model; the framework is not imported, since whoever has a model has it already.

    A model that can't be written as JSON (a subclassed one, or one with layers without `get_config`) is walked: its
    layers then come with what each says of itself.
    """
    name = str(model.name)
    try:
        text = model.to_json()
    except _UNWRITTEN:
        text = ""
    architecture = from_json(text, name) if text else None
    if architecture is None or architecture.kind == "subclassed":
        note = "a subclassed model: how its layers are connected is only known while it runs"
        layers = tuple(map(_layer, model.layers))
        architecture = Architecture(name, layers, "subclassed", trainable=bool(model.trainable), notes=(note,))
    else:
        architecture = _with_arrays(architecture, model)
    return architecture._replace(optimizer=_optimizer(model))


def _with_arrays(architecture: Architecture, model: Any) -> Architecture:
    """Adds what only the live layers know: which weights they have."""
    live = {str(layer.name): layer for layer in model.layers}
    layers = []
    for layer in architecture.layers:
        own = live.get(layer.name)
        if layer.nested and is_model(own):
            layer = layer._replace(nested=_with_arrays(layer.nested, own))
        elif own is not None:
            layer = layer._replace(recorded=layer.recorded._replace(arrays=_arrays(own)))
        layers.append(layer)
    return architecture._replace(layers=tuple(layers))


def _layer(layer: Any) -> Layer:
    kind = type(layer)
    try:
        config = dict(layer.get_config())
    except _UNWRITTEN:
        config = None
    own = is_keras(kind.__module__)
    built = getattr(layer, "_build_shapes_dict", None) or {}
    shapes = tuple(shape for shape in built.values() if isinstance(shape, tuple) and is_shape(shape))
    return Layer(
        name=str(layer.name),
        type=kind.__name__,
        config=config,
        trainable=bool(layer.trainable),
        dtype=str(getattr(getattr(layer, "dtype_policy", None), "name", "float32")),
        code=None if own else f"the class {kind.__module__}.{kind.__name__}",
        custom=not own,
        nested=from_model(layer) if is_model(layer) else None,
        recorded=Recorded(_outputs(layer), build_shapes=shapes, arrays=_arrays(layer)),
    )


def _arrays(layer: Any) -> tuple[Array, ...] | None:
    if not layer.built:
        return None
    trained = {id(weight) for weight in layer.trainable_weights}
    return tuple(Array(id(weight), _size(weight), id(weight) in trained) for weight in layer.weights)


def _size(weight: Any) -> int:
    return math.prod(map(int, weight.shape))


def _outputs(layer: Any) -> tuple[Shape, ...] | None:
    """The output shapes of a layer's last symbolic call, where there was one."""
    try:
        output = layer.output
    except (AttributeError, ValueError):
        return None
    shapes = tuple(tuple(tensor.shape) for tensor in (output if isinstance(output, list | tuple) else [output]))
    return shapes if all(map(is_shape, shapes)) else None


def _optimizer(model: Any) -> Optimizer | None:
    """The optimizer, once it keeps variables: Keras counts them from then on."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None or not getattr(optimizer, "built", False):
        return None
    variables = optimizer.variables
    variables = variables() if callable(variables) else variables
    return Optimizer(type(optimizer).__name__, {}, sum(map(_size, variables)))
