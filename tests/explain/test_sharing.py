"""Weights that several layers and models of a live model share: each is counted once, as Keras counts it."""

from __future__ import annotations

import random

import keras
import pytest
from keras import layers as L

from cnnnotes import explain
from tests.explain.live import size
from tests.weightless import weightless


def embedded() -> keras.Model:
    """A layer beside a model that is called on what it gives, and has it inside."""
    dense = L.Dense(10, name="dense")
    inside, outside = keras.Input((10,)), keras.Input((10,))
    return keras.Model(outside, keras.Model(inside, dense(inside), name="inner")(dense(outside)))


def wrapped() -> keras.Model:
    """A layer, and `TimeDistributed` around it."""
    dense, series, vector = L.Dense(5, name="dense"), keras.Input((3, 11)), keras.Input((11,))
    return keras.Model([series, vector], [L.TimeDistributed(dense)(series), dense(vector)])


def wrapped_models() -> keras.Model:
    """One model in three wrappers."""
    inside, series = keras.Input((10,)), keras.Input((3, 10))
    model = keras.Model(inside, L.Dense(7)(inside))
    return keras.Model(series, [L.TimeDistributed(model)(series) for _ in range(3)])


@pytest.mark.parametrize(
    ("model", "once", "rows"), [(embedded, 110, 220), (wrapped, 60, 120), (wrapped_models, 77, 231)]
)
def test_what_a_live_model_shares_is_counted_once(model: object, once: int, rows: int) -> None:
    """The total is Keras's, and the audit says how much more the rows show; a file says what it can't tell."""
    assert callable(model)
    live = model()
    explanation = explain(live)
    assert explanation.total_params == once == live.count_params()
    assert f"the rows show {rows - once} more" in explanation.audit[0]
    from_file = explain(live.to_json())
    assert from_file.total_params == rows
    assert "doesn't tell whether layers of one name are one layer" in from_file.audit[0]


def shared_graph(seed: int) -> keras.Model:
    """A model of Dense layers from a small stock, called again, wrapped, and within models that share them too."""
    chance = random.Random(seed)
    stock = [L.Dense(6, name=f"d{i}", use_bias=chance.random() < 0.5) for i in range(3)]
    for layer in stock:
        layer.build((None, 6))
        layer.trainable = chance.random() < 0.8
    models = []
    for number in range(2):
        inside = keras.Input((6,))
        out = inside
        for _ in range(chance.choice([1, 2])):
            out = chance.choice(stock)(out)
        models.append(keras.Model(inside, L.BatchNormalization()(out), name=f"m{number}"))
    series, vector = keras.Input((4, 6), name="series"), keras.Input((6,), name="vector")
    outputs = []
    for _ in range(chance.choice([2, 3, 5])):
        layer = chance.choice([*stock, *models])
        outputs.append(L.TimeDistributed(layer)(series) if chance.random() < 0.4 else layer(vector))
    return keras.Model([series, vector], outputs)


def test_random_graphs_that_share_are_counted_as_keras_counts_them() -> None:
    """In 25 random models of shared, wrapped and embedded layers the totals are those of the live model."""
    shared = 0
    for seed in range(25):
        with weightless():
            model = shared_graph(seed)
        explanation = explain(model)
        found = (explanation.total_params, explanation.trainable_params, explanation.non_trainable_params)
        live = (model.count_params(), size(model.trainable_weights), size(model.non_trainable_weights))
        assert found == live, f"the graph of seed {seed}"
        shared += any("counted once: the rows show" in sentence for sentence in explanation.audit)
    assert shared > 8
