"""Multiply-accumulates and receptive fields, held against what was published, a profiler and a gradient."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as L

from cnnnotes import explain
from cnnnotes._explaining.explanation import Explanation, Row
from cnnnotes._explaining.receptive import Span
from cnnnotes.layers import GLOBAL
from tests.weightless import weightless

PUBLISHED_FIELDS = [("VGG16", "block5_pool", 212, 32), ("ResNet50", "conv5_block3_out", 483, 32)]


def row_of(explanation: Explanation, name: str) -> Row:
    return next(row for row in explanation.rows if row.name == name)


def spans_of(explanation: Explanation, name: str) -> tuple[Span, ...]:
    """The receptive field of a row, which has to be one with a size."""
    field = row_of(explanation, name).field
    assert isinstance(field, tuple)
    return field


@pytest.mark.parametrize(("name", "layer", "size", "stride"), PUBLISHED_FIELDS)
def test_published_receptive_fields(name: str, layer: str, size: int, stride: int) -> None:
    """The receptive fields are those of google-research/receptive_field's table."""
    with weightless():
        model = getattr(keras.applications, name)(weights=None, include_top=False, input_shape=(224, 224, 3))
    spans = spans_of(explain(model.to_json()), layer)
    assert [(span.size, span.stride) for span in spans] == [(size, stride)] * 2


def small_models(dilation: int = 3) -> list[keras.Model]:
    """Three that a profiler and a gradient can be asked about: a chain, branches, and strides with dilation."""
    chain = keras.Sequential(
        [keras.Input((33, 35, 3)), L.Conv2D(4, 3), L.MaxPooling2D(2), L.Conv2D(5, (3, 5), padding="same")]
    )
    x = keras.Input((48, 48, 2))
    a = L.Conv2D(4, 1, strides=2, padding="same")(x)
    b = L.Conv2D(4, 3, strides=2, padding="same", use_bias=False)(x)
    b = L.DepthwiseConv2D(5, padding="same")(b)
    branches = keras.Model(x, L.Conv2D(3, 3)(L.Add()([a, b])))
    y = keras.Input((64, 64, 1))
    z = L.ZeroPadding2D(((3, 2), (1, 0)))(y)
    z = L.Conv2D(2, 3, dilation_rate=dilation)(z)
    z = L.SeparableConv2D(4, 3, strides=2, padding="same")(z)
    dilated = keras.Model(y, L.AveragePooling2D(3, strides=2)(z))
    return [chain, branches, dilated]


@pytest.fixture
def tf() -> Any:
    """TensorFlow, whose profiler and gradients the figures are compared with."""
    return pytest.importorskip(
        "tensorflow", reason="not run: TensorFlow is not installed, and the comparison is its own"
    )


@pytest.mark.parametrize("number", range(3))
def test_macs_are_those_of_tensorflows_profiler(number: int, tf: Any) -> None:
    """Twice the multiply-accumulates are the floating-point operations of the convolutions that TensorFlow counts."""
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    model = small_models(dilation=1)[number]  # TensorFlow pads a dilated convolution, and counts its padding
    spec = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32)
    frozen = convert_variables_to_constants_v2(tf.function(model).get_concrete_function(spec))
    options = tf.compat.v1.profiler.ProfileOptionBuilder(tf.compat.v1.profiler.ProfileOptionBuilder.float_operation())
    options = options.with_empty_output().order_by("float_ops").build()
    with tf.Graph().as_default() as graph:
        tf.graph_util.import_graph_def(frozen.graph.as_graph_def(), name="")
        report = tf.compat.v1.profiler.profile(graph, cmd="op", options=options)
    macs = explain(model.to_json()).macs
    assert macs is not None
    assert kernels_of(report) == 2 * macs


def kernels_of(report: Any) -> int:
    """The operations of the convolutions and products; the report is a chain, each node within the one before."""
    total: int = 0
    for node in report.children:
        if node.name.startswith(("Conv2D", "DepthwiseConv2dNative", "MatMul")):
            total += node.float_ops
        total += kernels_of(node)
    return total


@pytest.mark.parametrize("number", range(3))
def test_receptive_fields_are_the_support_of_the_gradient(number: int, tf: Any) -> None:
    """The inputs that a single output has a gradient of are those of its receptive field, at its offset."""
    model = small_models()[number]
    for weight in model.weights:
        weight.assign(np.full(weight.shape, 0.01))
    explanation = explain(model.to_json())
    height, width = model.input_shape[1:3]
    name = model.layers[-1].name
    spans = spans_of(explanation, name)
    out = (model.output_shape[1] // 2, model.output_shape[2] // 2)
    image = tf.Variable(tf.random.uniform((1, height, width, model.input_shape[3]), 1, 2, seed=1))
    smooth = keras.models.clone_model(model, clone_function=averaged)
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(smooth(image)[0, out[0], out[1]])
    seen = tf.reduce_any(tape.gradient(value, image)[0] != 0, axis=-1).numpy()
    for axis, (span, length, place) in enumerate(zip(spans, (height, width), out, strict=True)):
        touched = np.flatnonzero(seen.any(axis=1 - axis))
        first = span.offset + place * span.stride
        assert (touched[0], touched[-1]) == (max(first, 0), min(first + span.size, length) - 1)


def averaged(layer: keras.Layer) -> keras.Layer:
    """The same layer with weights of one sign, and an average where the largest would hide all others."""
    config = layer.get_config()
    if isinstance(layer, L.MaxPooling2D):
        return L.AveragePooling2D.from_config({key: value for key, value in config.items() if key != "dtype"})
    for key in ("kernel_initializer", "depthwise_initializer", "pointwise_initializer"):
        if key in config:
            config[key] = "ones"
    return type(layer).from_config(config)


def test_what_follows_a_global_pooling_sees_the_whole_input() -> None:
    """A channel gate, which pools over all positions, widens the field of all that follows to the whole input."""
    x = keras.Input((16, 16, 4))
    gate = L.GlobalAveragePooling2D(keepdims=True)(x)
    model = keras.Model(x, L.Conv2D(2, 3)(L.Multiply()([x, L.Dense(4)(gate)])))
    explanation = explain(model.to_json())
    assert explanation.rows[-1].field == GLOBAL
    assert explanation.rows[-1].to_dict()["receptive_field"]["whole_input"] is True


def test_branches_of_unlike_strides_have_no_receptive_field() -> None:
    """Where one branch was halved and scaled up again, no single stride is left, and none is claimed."""
    x = keras.Input((16, 16, 4))
    halved = L.UpSampling2D(2)(L.MaxPooling2D(2)(x))
    explanation = explain(keras.Model(x, L.Add()([x, halved])).to_json())
    assert explanation.rows[-1].field is None
    assert explanation.rows[-1].to_dict()["receptive_field"] is None
