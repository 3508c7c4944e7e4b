"""What a saved model of live Keras holds of a layer's calls and of `adapt()`: the same shapes and weights."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from cnnnotes import Explanation, explain
from cnnnotes.layers import outcome

from .live import layer_class


def saved(model: keras.Model, folder: Path) -> Explanation:
    """The explanation of a model as its file holds it, compared with the model's own shapes and parameters."""
    model.save(folder / "model.keras")
    found = explain(folder / "model.keras")
    assert found.total_params == model.count_params()
    rows = {row.name: row for row in found.rows}
    for layer in model.layers:
        last = layer._inbound_nodes[-1].output_tensors
        assert rows[layer.name].shapes == tuple(tuple(tensor.shape) for tensor in last), layer.name
        assert rows[layer.name].params == layer.count_params(), layer.name
    return found


TWICE: dict[str, tuple[Callable[[], Any], tuple[Any, ...]]] = {
    "EinsumDense": (lambda: keras.layers.EinsumDense("abc,bcd->ad", 6, bias_axes="d"), ((10, 8), (12, 8))),
    "LayerNormalization": (keras.layers.LayerNormalization, ((10, 8), (10, 9))),
    "LSTM": (lambda: keras.layers.LSTM(4), ((10, 8), (10, 9))),
    "TimeDistributed": (lambda: keras.layers.TimeDistributed(keras.layers.Dense(4)), ((10, 8), (10, 9))),
}


@pytest.mark.parametrize("kind", TWICE)
def test_a_layer_called_on_two_sizes_has_the_weights_of_its_first_call(kind: str, tmp_path: Path) -> None:
    """Keras builds such a model, though it can't run: it is explained as Keras declares it, with a note."""
    make, shapes = TWICE[kind]
    layer, inputs = make(), [keras.Input(shape) for shape in shapes]
    found = saved(keras.Model(inputs, [layer(each) for each in inputs]), tmp_path)
    (row,) = (row for row in found.rows if row.name == layer.name)
    assert any(note.startswith("Running it would fail: its weights are those of its first call") for note in row.notes)


def test_a_layer_that_keras_compares_with_its_first_call_would_fail() -> None:
    """Keras refuses a Dense on another depth than that which it was built on; a note on such a file says so."""
    inputs = [keras.Input((8,)), keras.Input((9,))]
    layer = keras.layers.Dense(3)
    layer(inputs[0])
    with pytest.raises(ValueError, match="incompatible with the layer"):
        layer(inputs[1])
    model = json.loads(keras.Model(inputs, [layer(inputs[0]), layer(inputs[0])]).to_json())
    (dense,) = (each for each in model["config"]["layers"] if each["class_name"] == "Dense")
    _, other = (each["config"]["name"] for each in model["config"]["layers"] if each["class_name"] == "InputLayer")
    dense["inbound_nodes"][1]["args"][0]["config"]["keras_history"] = [other, 0, 0]
    assert any(note.startswith("Running it would fail") for note in explain(model).rows[-1].notes)


@pytest.mark.parametrize("tied", [True, False])
def test_an_embedding_run_backwards(tied: bool, tmp_path: Path) -> None:
    """With `reverse=True` each vector becomes a value for each row of the table, with the layer's own weights."""
    layer = keras.layers.ReversibleEmbedding(100, 16, tie_weights=tied)
    words = keras.Input((20,))
    vectors = layer(words)
    found = saved(keras.Model(words, layer(vectors, reverse=True)), tmp_path)
    assert found.rows[-1].shapes == ((None, 20, 100),)
    assert found.macs == 20 * 16 * 100
    assert found.total_params == (1 if tied else 2) * 100 * 16


@pytest.mark.parametrize("mode", ["int", "one_hot", "multi_hot", "count"])
def test_a_discretization_that_was_adapted(mode: str, tmp_path: Path) -> None:
    """Saved after `adapt()` it holds both `num_bins` and the boundaries that it learnt: as many bins as these make."""
    layer = keras.layers.Discretization(num_bins=4, output_mode=mode)
    layer.adapt(np.arange(40.0).reshape(10, 4))
    config = layer.get_config()
    assert config["num_bins"] == 4
    assert len(config["bin_boundaries"]) == 3
    read = layer_class("Discretization").from_config(dict(config))
    theirs = read(keras.Input((4,), dtype="float32")).shape
    assert outcome("Discretization", config, [(None, 4)]).shapes == (tuple(theirs),)
