"""Holds an explanation against the live model that it explains."""

from __future__ import annotations

import math
from typing import Any

import keras

from cnnnotes import explain
from cnnnotes._explaining.explanation import Explanation, Row


def shape_of(tensors: Any) -> Any:
    """The shapes of a layer's output, as a row has them."""
    flat = keras.tree.flatten(tensors)
    shapes = [tuple(tensor.shape) for tensor in flat]
    return shapes[0] if len(shapes) == 1 else shapes


def last_output(layer: Any) -> Any:
    """What a layer's last call gave, which is what a summary shows."""
    return layer._inbound_nodes[-1].output_tensors if layer._inbound_nodes else layer.output


def size(weights: Any) -> int:
    return sum(math.prod(weight.shape) for weight in weights)


def check_rows(rows: tuple[Row, ...], model: Any) -> int:
    """Asserts that each row is what its live layer says; returns how many rows were compared."""
    layers = model.layers if not isinstance(model, keras.Model) or not hasattr(model, "_operations") else None
    operations = list(model._operations) if layers is None else layers
    if isinstance(model, keras.Sequential):
        operations = model.layers
    assert [row.name for row in rows] == [operation.name for operation in operations]
    count = 0
    for row, layer in zip(rows, operations, strict=True):
        place = f"{model.name}/{layer.name} ({type(layer).__name__})"
        is_layer = isinstance(layer, keras.Layer)
        assert row.operation == (not is_layer), place
        assert row.type == type(layer).__name__, place
        assert row.params == (layer.count_params() if is_layer else 0), place
        assert row.trainable_params == (size(layer.trainable_weights) if is_layer else 0), place
        assert row.output_shape == shape_of(last_output(layer)), place
        assert not any("the arithmetic gives" in note for note in row.notes), (place, row.notes)
        count += 1
        if isinstance(layer, keras.Model):
            assert row.rows is not None, place
            count += check_rows(row.rows, layer)
    return count


def check(model: Any, source: Any = None) -> tuple[Explanation, int]:
    """Explains a model (by default from its JSON) and asserts that all of it is what live Keras says."""
    explanation = explain(model.to_json() if source is None else source)
    count = check_rows(explanation.rows, model)
    assert explanation.total_params == model.count_params()
    assert explanation.trainable_params == size(model.trainable_weights)
    assert explanation.non_trainable_params == size(model.non_trainable_weights)
    return explanation, count
