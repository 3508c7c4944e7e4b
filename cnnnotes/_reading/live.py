"""A model in memory: asked for its configuration, or else walked, by the names of Keras's attributes alone."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from cnnnotes._reading.architecture import Architecture, Array, Layer, Optimizer, Recorded, Shape
from cnnnotes._reading.classes import is_keras
from cnnnotes._reading.config import from_json
from cnnnotes._reading.parsing import is_shape


def is_model(value: Any) -> bool:
    """Whether a value looks like a Keras model."""
    return hasattr(value, "layers") and hasattr(value, "count_params") and hasattr(value, "name")


def from_model(model: Any) -> Architecture:
    """Reads a Keras model; the framework is not imported, since whoever has a model has it already.

    A model that can't be written as JSON (a subclassed one, or one with layers without `get_config`) is walked: its
    layers then come with what each says of itself.
    """
    architecture = _as_json(model)
    if architecture is None or architecture.kind == "subclassed":
        architecture = _walked(model)
    else:
        architecture = _with_counts(architecture, model)
    return architecture._replace(optimizer=_optimizer(model))


def _as_json(model: Any) -> Architecture | None:
    try:
        text = model.to_json()
    # Keras raises NotImplementedError for a layer without a get_config of its own, and passes on what a custom one
    # raises. Such a model has no JSON, but it has layers, and `from_model` walks them instead.
    except (NotImplementedError, TypeError, ValueError, AttributeError):
        return None
    return from_json(text, str(model.name))


def _with_counts(architecture: Architecture, model: Any) -> Architecture:
    """Adds what only the live layers know: which weights they have, and so how many those with code of their own."""
    live = {str(layer.name): layer for layer in model.layers}
    layers = []
    for layer in architecture.layers:
        own = live.get(layer.name)
        if own is not None and layer.nested and is_model(own):
            layer = layer._replace(nested=_with_counts(layer.nested, own))
        elif own is not None and own.built:
            layer = layer._replace(recorded=layer.recorded._replace(arrays=_arrays(own)))
        layers.append(layer)
    return architecture._replace(layers=tuple(layers))


def _walked(model: Any) -> Architecture:
    layers = tuple(_layer(layer) for layer in model.layers)
    note = "a subclassed model: how its layers are connected is only known while it runs"
    return Architecture(str(model.name), layers, "subclassed", trainable=bool(model.trainable), notes=(note,))


def _layer(layer: Any) -> Layer:
    kind = type(layer)
    try:
        config = dict(layer.get_config())
    # Keras raises NotImplementedError for a layer without a get_config of its own, and a custom one may raise others:
    # the layer's arguments stay unknown, and its row says so.
    except (NotImplementedError, TypeError, ValueError, AttributeError):
        config = None
    own = is_keras(kind.__module__)
    return Layer(
        name=str(layer.name),
        type=kind.__name__,
        config=config,
        trainable=bool(layer.trainable),
        dtype=str(getattr(getattr(layer, "dtype_policy", None), "name", "float32")),
        module=kind.__module__,
        code=None if own else f"the class {kind.__module__}.{kind.__name__}",
        custom=not own,
        nested=from_model(layer) if is_model(layer) else None,
        recorded=Recorded(
            _shapes(layer), build_shapes=_build_shapes(layer), arrays=_arrays(layer) if layer.built else None
        ),
    )


def _arrays(layer: Any) -> tuple[Array, ...]:
    trained = {id(weight) for weight in layer.trainable_weights}
    return tuple(
        Array(id(weight), math.prod(map(int, weight.shape)), id(weight) in trained) for weight in layer.weights
    )


def _shapes(layer: Any) -> tuple[Shape, ...] | None:
    """The output shapes of a layer's last symbolic call, where there was one."""
    try:
        output = layer.output
    except (AttributeError, ValueError):
        return None
    shapes = tuple(tuple(tensor.shape) for tensor in (output if isinstance(output, list | tuple) else [output]))
    return shapes if all(map(is_shape, shapes)) else None


def _build_shapes(layer: Any) -> tuple[Shape, ...]:
    found = getattr(layer, "_build_shapes_dict", None) or {}
    shapes: Iterable[Any] = found.values()
    return tuple(tuple(shape) for shape in shapes if isinstance(shape, tuple) and is_shape(shape))


def _optimizer(model: Any) -> Optimizer | None:
    """The optimizer, once it keeps variables: Keras counts them from then on."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None or not getattr(optimizer, "built", False):
        return None
    variables = optimizer.variables
    variables = variables() if callable(variables) else variables
    count = sum(math.prod(map(int, variable.shape)) for variable in variables)
    return Optimizer(type(optimizer).__name__, {}, count)
