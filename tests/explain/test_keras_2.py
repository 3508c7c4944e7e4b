"""Models that live Keras 2 (tf_keras) writes and prints: each row is what it says itself, operations too."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cnnnotes import Explanation, explain

tf_keras = pytest.importorskip("tf_keras", reason="tf_keras is in the test group of pyproject.toml: make sets it up")

import tensorflow as tf  # noqa: E402

L = tf_keras.layers

Made = Callable[[], Any]
VECTOR, SERIES, MAP, VOLUME = (12,), (10, 6), (12, 14, 6), (6, 7, 8, 4)


def convolutions() -> list[tuple[tuple[int, ...], Made]]:
    found: list[tuple[tuple[int, ...], Made]] = []
    for padding in ("valid", "same"):
        for strides in (1, 2):
            o = {"padding": padding, "strides": strides}
            found += [
                (SERIES, partial(L.Conv1D, 4, 3, **o)),
                (MAP, partial(L.Conv2D, 4, (3, 2), **o)),
                (VOLUME, partial(L.Conv3D, 3, 2, **o)),
                (SERIES, partial(L.Conv1DTranspose, 4, 3, **o)),
                (MAP, partial(L.Conv2DTranspose, 4, 3, **o)),
                (MAP, partial(L.DepthwiseConv2D, 3, depth_multiplier=2, **o)),
                (MAP, partial(L.SeparableConv2D, 4, 3, **o)),
                (SERIES, partial(L.SeparableConv1D, 4, 3, **o)),
                (SERIES, partial(L.MaxPooling1D, 2, **o)),
                (MAP, partial(L.MaxPooling2D, (2, 3), **o)),
                (MAP, partial(L.AveragePooling2D, 3, **o)),
                (VOLUME, partial(L.AveragePooling3D, 2, **o)),
            ]
    return found


OTHERS: list[tuple[tuple[int, ...], Made]] = [
    (SERIES, lambda: L.Conv1D(4, 3, padding="causal")),
    (SERIES, lambda: L.Conv1D(4, 3, dilation_rate=2)),
    (MAP, lambda: L.Conv2D(4, 3, dilation_rate=2, use_bias=False)),
    (MAP, lambda: L.Conv2D(4, 3, groups=2)),
    (MAP, lambda: L.LocallyConnected2D(3, 3)),
    (SERIES, lambda: L.LocallyConnected1D(3, 3, strides=2)),
    (MAP, lambda: L.LocallyConnected2D(3, 3, padding="same", implementation=2)),
    (VECTOR, lambda: L.Dense(5)),
    (SERIES, lambda: L.Dense(5, use_bias=False, activation="relu")),
    (SERIES, lambda: L.EinsumDense("abc,cd->abd", output_shape=(10, 7), bias_axes="d")),
    (VECTOR, lambda: L.Embedding(20, 5)),
    (SERIES, lambda: L.SimpleRNN(4)),
    (SERIES, lambda: L.LSTM(4, return_sequences=True)),
    (SERIES, lambda: L.LSTM(4, use_bias=False)),
    (SERIES, lambda: L.GRU(4)),
    (SERIES, lambda: L.GRU(4, reset_after=False, return_sequences=True)),
    (SERIES, lambda: L.Bidirectional(L.LSTM(4))),
    (SERIES, lambda: L.Bidirectional(L.GRU(3, return_sequences=True), merge_mode="sum")),
    (SERIES, lambda: L.RNN(L.LSTMCell(4))),
    (SERIES, lambda: L.RNN([L.GRUCell(4), L.LSTMCell(3)])),
    ((5, 12, 14, 3), lambda: L.ConvLSTM2D(4, 3)),
    ((5, 12, 3), lambda: L.ConvLSTM1D(4, 3, padding="same", return_sequences=True)),
    (SERIES, lambda: L.TimeDistributed(L.Dense(3))),
    ((5, 10, 6), lambda: L.TimeDistributed(L.LSTM(3))),
    ((5, 10, 6), lambda: L.TimeDistributed(L.Conv1D(3, 2))),
    (MAP, lambda: L.BatchNormalization()),
    (MAP, lambda: L.BatchNormalization(scale=False, center=False)),
    (MAP, lambda: L.BatchNormalization(renorm=True)),
    (MAP, lambda: L.BatchNormalization(axis=1)),
    (MAP, lambda: L.LayerNormalization()),
    (MAP, lambda: L.LayerNormalization(axis=[1, 2])),
    (MAP, lambda: L.GroupNormalization(groups=3)),
    (VECTOR, lambda: L.UnitNormalization()),
    (MAP, lambda: L.GlobalAveragePooling2D()),
    (MAP, lambda: L.GlobalMaxPooling2D(keepdims=True)),
    (SERIES, lambda: L.GlobalMaxPooling1D()),
    (VOLUME, lambda: L.GlobalAveragePooling3D()),
    (MAP, lambda: L.ZeroPadding2D(((1, 2), (3, 4)))),
    (SERIES, lambda: L.ZeroPadding1D(2)),
    (VOLUME, lambda: L.ZeroPadding3D(1)),
    (MAP, lambda: L.Cropping2D(((1, 2), (3, 4)))),
    (SERIES, lambda: L.Cropping1D(1)),
    (VOLUME, lambda: L.Cropping3D(1)),
    (MAP, lambda: L.UpSampling2D((2, 3))),
    (SERIES, lambda: L.UpSampling1D(3)),
    (VOLUME, lambda: L.UpSampling3D(2)),
    (MAP, lambda: L.Flatten()),
    (MAP, lambda: L.Reshape((-1, 6))),
    (MAP, lambda: L.Permute((3, 1, 2))),
    (VECTOR, lambda: L.RepeatVector(4)),
    (SERIES, lambda: L.Masking()),
    (MAP, lambda: L.Activation("relu")),
    (MAP, lambda: L.ReLU(max_value=6)),
    (MAP, lambda: L.LeakyReLU(alpha=0.2)),
    (MAP, lambda: L.ELU()),
    (MAP, lambda: L.PReLU(shared_axes=[1, 2])),
    (VECTOR, lambda: L.PReLU()),
    (VECTOR, lambda: L.Softmax()),
    (VECTOR, lambda: L.ThresholdedReLU()),
    (MAP, lambda: L.Dropout(0.5)),
    (MAP, lambda: L.SpatialDropout2D(0.5)),
    (SERIES, lambda: L.SpatialDropout1D(0.5)),
    (MAP, lambda: L.AlphaDropout(0.5)),
    (MAP, lambda: L.GaussianNoise(0.5)),
    (MAP, lambda: L.GaussianDropout(0.5)),
    (MAP, lambda: L.ActivityRegularization(l1=0.1)),
    ((12, 14, 3), lambda: L.Rescaling(1 / 255)),
    ((12, 14, 3), lambda: L.Resizing(8, 9)),
    ((12, 14, 3), lambda: L.CenterCrop(8, 9)),
    ((12, 14, 3), lambda: L.RandomFlip()),
    ((12, 14, 3), lambda: L.RandomRotation(0.2)),
    ((12, 14, 3), lambda: L.RandomZoom(0.2)),
    ((12, 14, 3), lambda: L.RandomContrast(0.2)),
    ((12, 14, 3), lambda: L.RandomHeight(0.2)),
    ((12, 14, 3), lambda: L.RandomWidth(0.2)),
    ((12, 14, 3), lambda: L.RandomCrop(8, 9)),
]

CASES = [*convolutions(), *OTHERS]

OPERATIONS: list[Callable[[Any], Any]] = [
    lambda x: x[:, -1, :], lambda x: x[:, 1::2], lambda x: x[..., 0], lambda x: x[:, None],
    lambda x: tf.reduce_mean(x, axis=1), lambda x: tf.reduce_max(x, axis=-1, keepdims=True),
    lambda x: tf.reshape(x, (-1, 60)), lambda x: tf.reshape(x, [tf.shape(x)[0], 30, 2]),
    lambda x: tf.transpose(x, [0, 2, 1]), lambda x: tf.expand_dims(x, -1), lambda x: tf.squeeze(x[:, :1], axis=1),
    lambda x: tf.concat([x, x], axis=-1), lambda x: tf.stack([x, x], axis=1), lambda x: tf.split(x, 2, axis=-1)[1],
    lambda x: tf.pad(x, [[0, 0], [1, 2], [0, 0]]), lambda x: tf.one_hot(tf.cast(x[:, :, 0], tf.int32), 5),
    lambda x: x + 1, lambda x: 1 - x, lambda x: x * x, lambda x: x / tf.constant([1.0] * 6), lambda x: x + x[:, :1],
    lambda x: tf.nn.relu(x), lambda x: tf.nn.softmax(x), lambda x: tf.matmul(x, x, transpose_b=True),
    lambda x: tf.tile(x, [1, 2, 1]), lambda x: tf.gather(x, [0, 2], axis=1), lambda x: tf.where(x > 0, x, -x),
    lambda x: tf.image.resize(tf.expand_dims(x, -1), (5, 9)),
]  # fmt: skip


def flat(shapes: Any) -> Any:
    several = isinstance(shapes, list) or (isinstance(shapes, tuple) and shapes and isinstance(shapes[0], tuple))
    found = [tuple(shape) for shape in (shapes if several else [shapes])]
    return found[0] if len(found) == 1 else found


def check(explanation: Explanation, model: Any) -> int:
    """Asserts that rows and totals are the live model's; returns the number of rows."""
    layers = [one for one in model.layers if explanation.kind == "functional" or type(one).__name__ != "InputLayer"]
    assert [row.name for row in explanation.rows] == [one.name for one in layers]
    for row, one in zip(explanation.rows, layers, strict=True):
        assert row.output_shape == flat(one.output_shape), (one.name, row.notes)
        assert row.params == one.count_params(), (one.name, row.notes)
        trained = sum(math.prod(weight.shape) for weight in one.trainable_weights)
        assert row.trainable_params == trained, one.name
        assert row.code is None, one.name
    assert explanation.total_params == model.count_params()
    trained = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    assert (explanation.trainable_params, explanation.non_trainable_params) == (trained, model.count_params() - trained)
    return len(explanation.rows)


def check_written(model: Any, folder: Path) -> int:
    """Holds what a model writes, in each of its ways, against the model; returns the number of rows."""
    count = check(explain(model.to_json()), model)
    for name in ("model.h5", "model.keras"):
        model.save(folder / name)
        count += check(explain(folder / name), model)
    printed: list[str] = []
    model.summary(print_fn=lambda line, **_: printed.append(line), line_length=160)
    text = explain("\n".join(printed))
    for row, one in zip(text.rows, model.layers[-len(text.rows) :], strict=True):
        assert (row.output_shape, row.params) == (flat(one.output_shape), one.count_params()), one.name
    assert text.total_params == model.count_params()
    return count + len(text.rows)


def of_layers(cases: list[tuple[tuple[int, ...], Made]]) -> Any:
    """A model in which each of these layers is called on an input of its own."""
    inputs = {shape: tf_keras.Input(shape) for shape, _ in cases}
    return tf_keras.Model(list(inputs.values()), [make()(inputs[shape]) for shape, make in cases])


def with_operations() -> Any:
    series = tf_keras.Input(SERIES)
    outputs = [operation(series) for operation in OPERATIONS]
    image = tf_keras.Input((16, 16, 3))
    applications = tf_keras.applications
    packages = (applications.resnet50, applications.mobilenet_v2, applications.densenet)
    outputs += [package.preprocess_input(image) for package in packages]
    return tf_keras.Model([series, image], outputs)


def test_one_tensorflow_is_installed() -> None:
    """tf_keras is beside Keras 3 and asks for a TensorFlow of its own; there is one all the same."""
    from importlib.metadata import distributions

    found = {str(each.metadata["Name"]).lower().replace("_", "-") for each in distributions()}
    assert len(found & {"tensorflow", "tensorflow-cpu", "tf-nightly", "tensorflow-macos"}) == 1


def test_a_selection_of_layers(tmp_path: Path) -> None:
    """A model of a tenth of the cases is what tf_keras says: as JSON, `.h5`, `.keras` and printed."""
    print(f"{check_written(of_layers(CASES[::10]), tmp_path)} rows")


def test_operations_are_what_tf_keras_says(tmp_path: Path) -> None:
    """Each of TensorFlow's functions is a row with its shape, in each of the ways that a model is written."""
    model = with_operations()
    count = check(explain(model.to_json()), model)
    model.save(tmp_path / "model.h5")
    count += check(explain(tmp_path / "model.h5"), model)
    print(f"{count} rows")


def test_an_application_of_tf_keras(tmp_path: Path) -> None:
    """MobileNetV2 is what tf_keras says of it."""
    model = tf_keras.applications.MobileNetV2(weights=None, input_shape=(96, 96, 3), alpha=0.35)
    print(f"{check_written(model, tmp_path)} rows")


@pytest.mark.slow
def test_all_layers(tmp_path: Path) -> None:
    """All layer cases, twenty to a model."""
    assert len(CASES) >= 110
    count = 0
    for start in range(0, len(CASES), 20):
        folder = tmp_path / str(start)
        folder.mkdir()
        count += check_written(of_layers(CASES[start : start + 20]), folder)
    print(f"{len(CASES)} cases, {count} rows")


APPLICATIONS = [
    "DenseNet121", "DenseNet169", "EfficientNetB0", "EfficientNetB3", "EfficientNetV2B0", "EfficientNetV2S",
    "InceptionResNetV2", "InceptionV3", "MobileNet", "MobileNetV2", "MobileNetV3Large", "MobileNetV3Small",
    "NASNetMobile", "ResNet101", "ResNet50", "ResNet50V2", "VGG16", "VGG19", "Xception", "RegNetX002", "ResNetRS50",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", APPLICATIONS)
def test_applications(name: str, tmp_path: Path) -> None:
    """Each architecture is what tf_keras says, in each of the ways that it is written."""
    make = getattr(tf_keras.applications, name, None) or getattr(tf_keras.applications.regnet, name)
    print(f"{name}: {check_written(make(weights=None), tmp_path)} rows")


def test_weights_of_a_model_that_was_measured_are_those_of_its_layers(tmp_path: Path) -> None:
    """The numbers of the optimizer and of the metrics, which `save_weights` writes beside them, are not counted."""
    model = tf_keras.Sequential([tf_keras.Input((4,)), tf_keras.layers.Dense(3)])
    model.compile("sgd", "mse", metrics=["mae"])
    model.evaluate([[1.0] * 4], [[1.0] * 3], verbose=0)
    model.save_weights(tmp_path / "w.weights.h5")
    assert [(row.name, row.params) for row in explain(tmp_path / "w.weights.h5").rows] == [(model.layers[0].name, 15)]
