"""A model in memory: asked for its configuration, or else walked, by the names of Keras's attributes alone."""

import math
from contextlib import suppress
from typing import Any

from cnnnotes._reading.architecture import Architecture, Array, Layer, Optimizer, Recorded, Shape
from cnnnotes._reading.classes import is_keras
from cnnnotes._reading.config import from_json
from cnnnotes._reading.parsing import is_shape

# What Keras raises where a layer has no `get_config` of its own, and what a custom one may raise.
_UNWRITTEN = (NotImplementedError, TypeError, ValueError, AttributeError)


def is_model(value: Any) -> bool:
    return hasattr(value, "layers") and hasattr(value, "count_params") and hasattr(value, "name")


def from_model(model: Any) -> Architecture:
    """Reads a Keras model; one that can't be written as JSON (a subclassed one, or one with layers without
    `get_config`) is walked: its layers then come with what each says of itself."""
    name, text, optimizer = str(model.name), "", getattr(model, "optimizer", None)
    with suppress(*_UNWRITTEN):
        text = model.to_json()
    architecture = from_json(text, name) if text else Architecture(name, (), "subclassed")
    if architecture.kind == "subclassed":
        note = "a subclassed model: how its layers are connected is only known while it runs"
        layers = tuple(map(_layer, model.layers))
        architecture = Architecture(name, layers, "subclassed", trainable=bool(model.trainable), notes=(note,))
    else:
        architecture = _with_arrays(architecture, model)
    if optimizer is None or not getattr(optimizer, "built", False):  # Keras counts its variables once it keeps some
        return architecture._replace(optimizer=None)
    variables = optimizer.variables() if callable(optimizer.variables) else optimizer.variables
    kept = sum(math.prod(map(int, variable.shape)) for variable in variables)
    return architecture._replace(optimizer=Optimizer(type(optimizer).__name__, {}, kept))


def _with_arrays(architecture: Architecture, model: Any) -> Architecture:
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
    kind, config = type(layer), None
    shapes: tuple[Shape, ...] = ()
    with suppress(*_UNWRITTEN):
        config = dict(layer.get_config())
    with suppress(*_UNWRITTEN):  # it wasn't called on a symbolic tensor, or gives a dict
        outputs = layer.output if isinstance(layer.output, list | tuple) else [layer.output]
        shapes = tuple(tuple(tensor.shape) for tensor in outputs)
    own = is_keras(kind.__module__)
    built = (getattr(layer, "_build_shapes_dict", None) or {}).values()
    return Layer(
        name=str(layer.name),
        type=kind.__name__,
        config=config,
        trainable=bool(layer.trainable),
        dtype=str(getattr(getattr(layer, "dtype_policy", None), "name", "float32")),
        code=None if own else f"the class {kind.__module__}.{kind.__name__}",
        custom=not own,
        nested=from_model(layer) if is_model(layer) else None,
        recorded=Recorded(
            outputs=shapes if shapes and all(map(is_shape, shapes)) else None,
            build_shapes=tuple(tuple(shape) for shape in built if isinstance(shape, tuple) and is_shape(shape)),
            arrays=_arrays(layer),
        ),
    )


def _arrays(layer: Any) -> tuple[Array, ...] | None:
    if not layer.built:
        return None
    trained = {id(weight) for weight in layer.trainable_weights}
    return tuple(Array(id(one), math.prod(map(int, one.shape)), id(one) in trained) for one in layer.weights)
