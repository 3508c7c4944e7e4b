"""Mistakes that Keras 3 and Keras 2 both refuse, each with the layer and a fix that the text of its error leads to."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cnnnotes import Explanation, explain

Provoked = Callable[[], Any]
Case = tuple[Provoked, str | None, str]
"""What raises the error, the type of the layer that is named, and what one of the fixes says."""

MAP = (8, 8, 3)


class Making(NamedTuple):
    """What the mistakes are made with, in one version of Keras."""

    keras: Any

    def image(self, *shape: int | None) -> Any:
        return self.keras.Input(shape)

    def model(self, *parts: Any) -> Any:
        return self.keras.Sequential(list(parts))

    def fitted(self, made: Any, x: tuple[int, ...], y: tuple[int, ...], loss: Any, label: float = 0.0) -> Any:
        """A training step on arrays of these shapes."""
        made.compile("sgd", loss)
        return made.fit(np.ones(x), np.full(y, label), verbose=0, batch_size=8)

    def classes(self, *parts: Any, size: tuple[int, ...] = (4,)) -> Any:
        return self.model(self.image(*size), *parts, self.keras.layers.Dense(3, activation="softmax"))


def raised(provoke: Provoked) -> tuple[str, str]:
    """The last line or lines that Keras raises, and the whole traceback with the lines that led there."""
    try:
        provoke()
    except Exception as error:
        return f"{type(error).__name__}: {error}\n", "".join(traceback.format_exception(error))
    raise AssertionError("Keras takes it")


def answered(text: str, expected: str) -> Explanation:
    """The explanation of an error's text, which is a known one, with the fix that is expected."""
    found = explain(text)
    assert found.kind == "error"
    assert found.audit
    assert "not one of those that are known" not in found.audit[0], text
    texts = [fix.text for fix in found.fixes]
    assert not expected or any(expected in fix for fix in texts), texts
    return found


def mistakes(keras: Any) -> dict[str, Case]:
    """The mistakes, made in this version of Keras, with what the text of Keras 3 leads to."""
    L, making = keras.layers, Making(keras)
    image, model, fitted, classes = making.image, making.model, making.fitted, making.classes
    return {
        # windows that don't fit
        "pool": (lambda: L.MaxPooling2D(3)(image(2, 2, 64)), "MaxPooling2D", "pool_size=2"),
        "pool 1D": (lambda: L.AveragePooling1D(5)(image(4, 8)), "AveragePooling1D", "pool_size=4"),
        "kernel": (lambda: L.Conv2D(16, 3)(image(2, 2, 3)), "Conv2D", "kernel_size=2"),
        "kernel 1D": (lambda: L.Conv1D(16, 3)(image(2, 3)), "Conv1D", "kernel_size=2"),
        "kernel 3D": (lambda: L.Conv3D(8, 3)(image(2, 8, 8, 1)), "Conv3D", "an input of at least 3 × 8 × 8"),
        "depthwise": (lambda: L.DepthwiseConv2D(5)(image(4, 4, 3)), "Conv2D", "kernel_size=4"),
        "cropping": (lambda: L.Cropping2D(4)(image(*MAP)), "Cropping2D", "cropping=3"),
        "cropping 1D": (lambda: L.Cropping1D((3, 3))(image(5, 3)), "Cropping1D", "cropping=2"),
        # the axes of an input
        "another width": (
            lambda: model(image(784), L.Dense(10))(np.ones((1, 2352), "float32")),
            "Dense",
            "an input of (1, 784), as it was built with",
        ),
        "other channels": (
            lambda: model(image(28, 28, 1), L.Conv2D(4, 3)).predict(np.ones((1, 28, 28, 3)), verbose=0),
            "Conv2D",
            "images in grey: color_mode='grayscale', (1, 28, 28, 1)",
        ),
        "LSTM on vectors": (
            lambda: L.LSTM(32)(image(32)),
            "LSTM",
            "a sequence of numbers: Reshape(target_shape=(32, 1)) before it",
        ),
        "Bidirectional on vectors": (
            lambda: L.Bidirectional(L.LSTM(3))(image(3)),
            "Bidirectional",
            "a sequence of one step: Reshape(target_shape=(1, 3)) before it",
        ),
        "a grey image": (
            lambda: L.Conv2D(8, 3)(image(28, 28)),
            "Conv2D",
            "a channel axis: Reshape(target_shape=(28, 28, 1)) before it",
        ),
        "Conv3D of an image": (lambda: L.Conv3D(8, 3)(image(28, 28, 1)), "Conv3D", "Conv2D in place of Conv3D"),
        "pooling of vectors": (
            lambda: L.GlobalAveragePooling2D()(image(32)),
            "GlobalAveragePooling2D",
            "leave out GlobalAveragePooling2D: the input is one value for each channel already",
        ),
        "RepeatVector of a sequence": (lambda: L.RepeatVector(3)(image(4, 5)), "RepeatVector", "Flatten() before it"),
        "Dense on scalars": (
            lambda: L.Dense(8)(image()),
            "Dense",
            "a second axis: Reshape(target_shape=(1,)) before it",
        ),
        # sizes that are unknown
        "Flatten of any size": (
            lambda: L.Dense(10)(L.Flatten()(image(None, None, 3))),
            "Dense",
            "GlobalAveragePooling2D in place of Flatten",
        ),
        "any channels": (lambda: L.Conv2D(8, 3)(image(28, 28, None)), None, "height and width may be unknown"),
        # the number of values
        "Reshape": (lambda: L.Reshape((7, 7, 63))(image(3136)), "Reshape", "target_shape=(7, 7, 64)"),
        # several inputs
        "Concatenate": (
            lambda: L.Concatenate()([image(88, 88, 128), image(89, 89, 128)]),
            "Concatenate",
            "Cropping2D(cropping=((0, 1), (0, 1))) before the second input",
        ),
        "Concatenate of axes": (
            lambda: L.Concatenate()([image(88, 88), image(89)]),
            "Concatenate",
            "Flatten() before the first input",
        ),
        "Add": (
            lambda: L.Add()([image(88, 88, 128), image(89, 89, 64)]),
            "Add",
            "Conv2D(filters=128, kernel_size=2) before the second input",
        ),
        "a + b": (
            lambda: image(88, 88, 128) + image(89, 89, 64),
            "Add",
            "Conv2D(filters=128, kernel_size=2) before the second input",
        ),
        "Dot": (lambda: L.Dot(axes=1)([image(3, 4), image(4, 5)]), "Dot", "axes=(2, 1)"),
        "Subtract of three": (lambda: L.Subtract()([image(3)] * 3), "Subtract", "Subtract()([a, b])"),
        "Add of one": (lambda: L.Add()(image(3)), "Add", "Add()([a, b])"),
        "Concatenate of one": (lambda: L.Concatenate()(image(3)), "Concatenate", "Concatenate()([a, b])"),
        "Attention of one": (lambda: L.Attention()(image(5, 8)), "Attention", "Attention()(x, x), the sequence"),
        "MultiHeadAttention of one": (
            lambda: L.MultiHeadAttention(2, 4)(image(5, 8)),
            "MultiHeadAttention",
            "attention(x, x), of a sequence to itself",
        ),
        # arguments
        "groups and filters": (lambda: L.Conv2D(10, 3, groups=4)(image(8, 8, 8)), "Conv2D", "filters=8"),
        "groups and channels": (lambda: L.Conv2D(8, 3, groups=4)(image(8, 8, 6)), "Conv2D", "groups=2"),
        "groups to normalize": (lambda: L.GroupNormalization()(image(8, 8, 48)), "GroupNormalization", "groups=24"),
        "strides and dilation": (
            lambda: L.Conv2D(8, 3, strides=2, dilation_rate=2)(image(*MAP)),
            "Conv2D",
            "dilation_rate=1",
        ),
        "output_padding": (
            lambda: L.Conv2DTranspose(3, 3, strides=2, output_padding=2)(image(*MAP)),
            "Conv2DTranspose",
            "output_padding=1",
        ),
        "filters 0": (lambda: L.Conv2D(0, 3)(image(*MAP)), "Conv2D", "filters=1"),
        "kernel_size 0": (lambda: L.Conv2D(8, 0), "Conv2D", "kernel_size=1"),
        "strides 0": (lambda: L.Conv2D(8, 3, strides=0), "Conv2D", "strides=1"),
        "pool_size 0": (lambda: L.MaxPooling2D(0)(image(*MAP)), "MaxPooling2D", "pool_size=1"),
        "units of an LSTM": (lambda: L.LSTM(0), "LSTM", "units=1"),
        "rate 25": (lambda: L.Dropout(25.0), "Dropout", "rate=0.25"),
        "rellu": (lambda: L.Dense(8, activation="rellu"), "Activation", 'activation="relu"'),
        "causal": (lambda: L.Conv2D(8, 3, padding="causal"), "Conv2D", 'padding="same"'),
        "padding 1": (lambda: L.Conv2D(8, 3, padding=1), None, 'padding="same", which keeps the size'),
        "no kernel_size": (lambda: L.Conv2D(8), "Conv2D", "Conv2D(kernel_size=…)"),
        "input_dim 0": (lambda: L.Embedding(0, 3), "Embedding", "input_dim=1"),
        "stride": (lambda: L.Conv2D(8, 3, stride=2), "Conv2D", "strides=… in place of stride=…"),
        "a small image": (
            lambda: keras.applications.VGG16(weights=None, include_top=False, input_shape=(16, 16, 3)),
            None,
            "images of at least 32x32",
        ),
        # labels
        "integers as vectors": (
            lambda: fitted(classes(), (8, 4), (8, 1), "categorical_crossentropy"),
            None,
            'loss="sparse_categorical_crossentropy", if the labels are integers from 0 to 2',
        ),
        "other classes": (lambda: fitted(classes(), (8, 4), (8, 10), "categorical_crossentropy"), None, "Dense(10)"),
        "vectors as integers": (
            lambda: fitted(classes(), (8, 4), (8, 3), "sparse_categorical_crossentropy"),
            None,
            'loss="categorical_crossentropy": the labels are vectors already',
        ),
        "a map for a label": (
            lambda: fitted(
                classes(L.Conv2D(8, 3), size=(28, 28, 1)), (8, 28, 28, 1), (8,), "sparse_categorical_crossentropy"
            ),
            None,
            "GlobalAveragePooling2D() before the last Dense, which then gives",
        ),
        "a mask of another size": (
            lambda: fitted(model(image(8, 8, 1), L.Conv2D(1, 3)), (8, 8, 8, 1), (8, 8, 8, 1), "binary_crossentropy"),
            None,
            "Cropping2D(cropping=((1, 1), (1, 1))) on the labels: ",
        ),
        "other numbers": (lambda: fitted(model(image(4), L.Dense(3)), (8, 4), (8, 5), "mse"), None, "Dense(5)"),
        "a label too high": (
            lambda: fitted(classes(), (8, 4), (8,), "sparse_categorical_crossentropy", 3.0),
            None,
            "or labels that begin at 0: y - 1",
        ),
        "fewer labels": (
            lambda: fitted(model(image(4), L.Dense(3)), (8, 4), (7, 3), "mse"),
            None,
            "as many labels as inputs",
        ),
        # models and their layers
        "an input that is not given": (
            lambda: keras.Model((one := image(3)), L.Add()([one, image(3)])),
            None,
            "each Input in Model(inputs=[…])",
        ),
        "an input as a condition of Python": (lambda: np.reshape(image(3), (1, 3)), None, "keras.ops in place of tf"),
        "counted before it is built": (lambda: model(L.Dense(3)).count_params(), None, "model.build((None, …))"),
        "an output of nothing": (lambda: L.Dense(3).output, None, "keras.Input(shape=…) as the first of the model"),
        "another name": (
            lambda: model(image(3), L.Dense(3)).get_layer("conv5"),
            None,
            "name='conv5'",
        ),
        "a class for a layer": (lambda: model(image(3), L.Dense), None, "layers of one Keras throughout"),
        "a grey image for ImageNet": (
            lambda: keras.applications.MobileNetV2(include_top=False, input_shape=(96, 96, 1)),
            None,
            "np.repeat(x, 3, -1)",
        ),
        "ten classes of ImageNet": (
            lambda: keras.applications.MobileNetV2(classes=10),
            None,
            "include_top=False",
        ),
        "another image for ImageNet": (
            lambda: keras.applications.VGG16(input_shape=(99, 99, 3)),
            None,
            "include_top=False",
        ),
        "a padding of three": (lambda: L.ZeroPadding2D(((1, 2, 3),)), "ZeroPadding2D", ""),
        # weights
        "weights of another shape": (
            lambda: model(image(4), L.Dense(3)).set_weights([np.ones((5, 3)), np.ones(3)]),
            None,
            "the model as it was when the weights were saved",
        ),
        "fewer weights": (
            lambda: model(image(4), L.Dense(3)).set_weights([np.ones((4, 3))]),
            None,
            "the model as it was when the weights were saved",
        ),
    }
