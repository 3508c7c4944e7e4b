"""Layers as people write them, read without being run: what Keras makes of the same text is the other side."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from keras import layers

from cnnnotes.layers import LayerError, layer_type, outcome, read_call, stated_input

CALLS = [
    ("Conv2D(64, (3, 3), activation='relu', input_shape=(28, 28, 1))", (None, 28, 28, 1)),
    ("layers.Conv2D(filters=8, kernel_size=5, strides=(2, 1), padding='same')", (None, 9, 9, 3)),
    ("layers.Conv2D(8, 3, 2, 'same', use_bias=False)", (None, 9, 9, 3)),
    ("keras.layers.Dense(10, 'softmax', kernel_regularizer=keras.regularizers.L2(1e-4))", (None, 7)),
    ("layers.Conv2D(8, 3, kernel_initializer=keras.initializers.HeNormal())", (None, 9, 9, 3)),
    ("layers.Activation(keras.activations.relu)", (None, 9)),
    ("layers.LSTM(8, return_sequences=True, input_shape=(20, 3))", (None, 20, 3)),
    ("layers.GRU(8, 'tanh', 'sigmoid', False)", (None, 20, 3)),
    ("layers.Bidirectional(layers.LSTM(4), merge_mode='sum')", (None, 20, 3)),
    ("layers.TimeDistributed(layers.Conv2D(4, (3, 3)))", (None, 5, 9, 9, 3)),
    ("layers.RNN([layers.LSTMCell(4), layers.GRUCell(3)])", (None, 20, 3)),
    ("layers.Conv2DTranspose(8, 3, 2, 'same', 1)", (None, 9, 9, 3)),
    ("layers.BatchNormalization(axis=-1, scale=False)", (None, 9, 9, 3)),
    ("layers.Embedding(1000, 64)", (None, 10)),
    ("layers.Reshape((-1, 3))", (None, 12)),
    ("layers.GroupNormalization(groups=-1)", (None, 9, 8)),
    ("layers.Dense(2 * 2 * 64 // 4 + 1 - 3)", (None, 9)),
    ("layers.Rescaling(scale=1. / 127.5, offset=-1)", (None, 9, 9, 3)),
]


@pytest.mark.parametrize(("text", "shape"), CALLS)
def test_a_call_is_read_as_python_reads_it(text: str, shape: Any) -> None:
    """The type and the arguments that are read give the shape and the parameters that Keras's layer has."""
    kind, arguments = read_call(text)
    made = eval(text, {**vars(layers), "layers": layers, "keras": keras})  # our own text, in a test
    theirs = made(keras.Input(batch_shape=shape))
    ours = outcome(kind, arguments, [shape])
    assert kind == type(made).__name__
    assert (ours.shapes, ours.param_count) == ((tuple(theirs.shape),), made.count_params())


@pytest.mark.parametrize("line", ["{}", "x = layers.{}(x)", "model.add({})", "model.add(tf.keras.layers.{})"])
def test_a_line_of_a_program_is_read_for_its_layer(line: str) -> None:
    """What the layer is called on or added to, and the name that its output gets, are left aside."""
    assert read_call(line.format("Conv2D(8, 3)")) == ("Conv2D", {"filters": 8, "kernel_size": 3})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Conv2D", "expected a layer as it is called in Python"),
        ("Conv2D(64, 3", "expected a layer as it is called in Python"),
        ("Conv2D(n_filters, 3)", "expected a literal, got 'n_filters'"),
        ("Conv2D(__import__('os').system('true'), 3)", "expected a literal"),
        ("Conv2D(64, filters=3)", "Conv2D is given filters twice"),
        ("Flatten(1, 2, 3)", "Flatten takes 1 arguments, got 3"),
        ("Conv2D(" + "1" * 20_000 + ")", "expected a layer"),
        ("Dense(" + "+".join(["1"] * 700) + ")", "is nested deeper"),
        ("Dense(1 / 0)", "expected a literal"),
    ],
)
def test_what_is_no_call_of_literals_is_refused(text: str, message: str) -> None:
    """Nothing is looked up and nothing run: a name where a number belongs is refused with its text."""
    with pytest.raises(LayerError, match=message):
        read_call(text)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("Conv2D(8, 3, input_shape=(28, 28, 1))", (None, 28, 28, 1)),
        ("Dense(8, input_dim=784)", (None, 784)),
        ("Dense(8, input_shape=(784,))", (None, 784)),
        ("LSTM(8, input_dim=3, input_length=20)", (None, 20, 3)),
        ("LSTM(8, input_dim=3)", (None, None, 3)),
        ("Embedding(1000, 64, input_length=10)", (None, 10)),
        ("LSTM(8, batch_input_shape=(32, 20, 3), stateful=True)", (32, 20, 3)),
        ("Dense(8)", None),
    ],
)
def test_the_input_that_a_layer_states_itself_is_taken(text: str, shape: Any) -> None:
    """`input_shape`, `input_dim`, `input_length` and `batch_input_shape` say what the first layer gets."""
    kind, arguments = read_call(text)
    stated = layer_type(kind)
    assert stated is not None
    assert all(stated.takes(name) for name in arguments)
    assert stated_input(stated, arguments) == shape
