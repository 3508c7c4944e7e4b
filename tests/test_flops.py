"""FLOPs, two for each multiply-accumulate, compared with what TensorFlow's profiler counts in the graph of a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import pytest
import tensorflow as tf
from keras import layers
from tensorflow.python.profiler.model_analyzer import profile
from tensorflow.python.profiler.option_builder import ProfileOptionBuilder

from cnnnotes import explain

KERNELS = ("Conv2D", "DepthwiseConv2dNative", "MatMul")
"""TensorFlow's operations that apply a kernel."""


def profiled(model: Any) -> dict[str, int]:
    """The floating-point operations of one example, by TensorFlow's operation."""
    shape = tf.TensorSpec([1, *model.inputs[0].shape[1:]], model.inputs[0].dtype)
    graph = tf.function(model).get_concrete_function(shape).graph
    options = ProfileOptionBuilder(ProfileOptionBuilder.float_operation()).with_empty_output().build()
    node, found = profile(graph, cmd="op", options=options), dict[str, int]()
    while node.children:  # each operation stands below the one that counts more
        (node,) = node.children
        found[node.name] = node.float_ops
    return found


def small() -> Any:
    """No grouped convolution: Keras has XLA compile it, out of the profiler's sight."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.DepthwiseConv2D(3, padding="same"),
            layers.SeparableConv2D(16, 3, strides=2, padding="same"),
            layers.Flatten(),
            layers.Dense(10),
        ]
    )


def check_flops(model: Any, share: float) -> None:
    """The kernels' operations are two for each multiply-accumulate; all others together are a small share."""
    counted, found = profiled(model), explain(model).macs
    assert found is not None
    assert sum(counted.get(name, 0) for name in KERNELS) == 2 * found
    assert {"Conv2D", "MatMul"} <= counted.keys()
    assert sum(counted.values()) <= 2 * found * (1 + share)


def test_the_flops_of_a_small_model_are_those_of_tensorflows_profiler() -> None:
    """Plain, depthwise and separable convolutions and a dense layer, to the last operation."""
    check_flops(small(), 0.2)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("made", "share"),
    [
        (keras.applications.VGG16, 0.001),
        (keras.applications.ResNet50, 0.006),
        (keras.applications.MobileNetV2, 0.03),
    ],
)
def test_the_flops_of_applications_are_those_of_tensorflows_profiler(made: Callable[..., Any], share: float) -> None:
    """The same for three models of keras.applications, where biases and normalizations are a small share."""
    check_flops(made(weights=None), share)
