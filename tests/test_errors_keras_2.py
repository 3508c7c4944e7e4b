"""Errors as Keras 2 (tf_keras) raises them, provoked here: each is read, led to its layer and to a fix."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.provoked import Case, Making, answered, mistakes, raised

tf_keras = pytest.importorskip("tf_keras", reason="tf_keras is in the test group of pyproject.toml: make sets it up")

tensorflow = pytest.importorskip("tensorflow", reason="it comes with tf_keras")

L = tf_keras.layers
making = Making(tf_keras)
image, model, fitted, classes = making.image, making.model, making.fitted, making.classes


def of_two_inputs() -> Any:
    one, other = image(3), image(3)
    return tf_keras.Model([one, other], L.Add()([one, other]))


WIDE = 1 << 22


def dense_on_another_width() -> Any:
    """A Dense that is called on an input whose width is known when it runs alone."""
    dense = L.Dense(120)
    dense.build((None, 256))
    return tensorflow.function(dense, input_signature=[tensorflow.TensorSpec([None, None])])(
        np.ones((32, 400), "float32")
    )


OTHERWISE: dict[str, tuple[str | None, str]] = {
    "depthwise": ("DepthwiseConv2D", "kernel_size=4"),
    "another width": (None, "an input of (None, 784)"),
    "other channels": ("Conv2D", "images in grey: color_mode='grayscale', (None, 28, 28, 1)"),
    "any channels": ("Conv2D", "an input of 3 channels"),
    "stride": (None, "strides=… in place of stride=…"),
    "a map for a label": (None, "Flatten() before the last Dense"),
}
"""Where the text of Keras 2 tells another layer, or leads to another fix first."""

CASES: dict[str, Case] = {
    "out of memory": (lambda: L.Dense(WIDE)(image(WIDE)), None, "a smaller batch"),
    "width known when it runs": (dense_on_another_width, "dense", "an input of the size that the layer was built on"),
    "index too high": (lambda: L.Embedding(10, 3)(np.array([[12]])), "Embedding", "input_dim greater than the highest"),
    **{name: (case[0], *OTHERWISE.get(name, case[1:])) for name, case in mistakes(tf_keras).items()},
    # windows that don't fit
    "pool 3D": (lambda: L.MaxPooling3D(3)(image(2, 8, 8, 4)), "MaxPooling3D", "pool_size=(2, 3, 3)"),
    "separable": (lambda: L.SeparableConv2D(4, 5)(image(4, 4, 3)), "SeparableConv2D", "kernel_size=4"),
    # the axes of an input
    "another size": (
        lambda: model(image(28, 28, 3), L.Flatten(), L.Dense(3)).predict(np.ones((1, 32, 32, 3)), verbose=0),
        None,
        "layers.Resizing resizes images",
    ),
    "a video": (lambda: L.MaxPooling2D(2)(image(5, 28, 28, 3)), "MaxPooling2D", "TimeDistributed(MaxPooling2D(…))"),
    # several inputs, and the number of values
    "one of two inputs": (lambda: of_two_inputs().predict(np.ones((2, 3)), verbose=0), None, "model([a, b])"),
    # labels
    "logits": (
        lambda: fitted(
            model(image(4), L.Dense(3)), (8, 4), (8, 1), tf_keras.losses.BinaryCrossentropy(from_logits=True)
        ),
        None,
        'loss="sparse_categorical_crossentropy"',
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_error_of_keras_2_is_led_to_its_layer_and_a_fix(name: str) -> None:
    """The text alone, and the whole traceback, are one known error that names the layer and the fix."""
    provoke, kind, expected = CASES[name]
    for text in raised(provoke):
        found = answered(text, expected)
        assert " errors: " not in found.name
        assert kind is None or kind in found.name
