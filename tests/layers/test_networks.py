"""The networks of `keras.applications` as one layer, each against the network that Keras builds."""

from __future__ import annotations

import math

import keras
import pytest

from cnnnotes.layers import known_types, layer_type, outcome
from tests.weightless import weightless

NETWORKS = [name for name in dir(keras.applications) if name[0].isupper() and layer_type(name)]
ONE_OF_EACH = ("VGG16", "MobileNetV2", "EfficientNetB0", "DenseNet121", "MobileNet", "InceptionV3", "Xception")
"""One for each way in which a side shrinks."""
SIDES = (75, 96, 97, 127, 150, 224, 299, 331)


@pytest.mark.parametrize(
    "name", [name if name in ONE_OF_EACH else pytest.param(name, marks=pytest.mark.slow) for name in NETWORKS]
)
def test_a_network_is_what_keras_builds(name: str) -> None:
    """Parameters, those that no training changes, and the output for pictures of any size are those of Keras."""
    with weightless():
        network = getattr(keras.applications, name)(weights=None, include_top=False, input_shape=(None, None, 3))
    found = outcome(name, {"include_top": False}, [(None, None, None, 3)])
    fixed = sum(weight.size for weight in found.weights if not weight.trainable)
    assert (found.shapes[0], found.param_count) == (network.output_shape, network.count_params())
    assert fixed == sum(math.prod(weight.shape) for weight in network.non_trainable_weights)
    for height, width in zip(SIDES, reversed(SIDES), strict=True):
        shape = (None, height, width, 3)
        of_any = outcome(name, {"include_top": False, "input_shape": (None, None, 3)}, [shape])
        assert of_any.shapes[0] == network.compute_output_shape(shape)


@pytest.mark.parametrize(
    ("name", "side"),
    [
        pytest.param(name, side, marks=() if name in ONE_OF_EACH and side in (97, 150) else pytest.mark.slow)
        for name in NETWORKS
        for side in SIDES
    ],
)
def test_a_network_for_one_size_is_what_keras_builds(name: str, side: int) -> None:
    """A network that is built for pictures of one size pads for that size."""
    with weightless():
        network = getattr(keras.applications, name)(weights=None, include_top=False, input_shape=(side, 224, 3))
    assert outcome(name, {"include_top": False}, [(None, side, 224, 3)]).shapes[0] == network.output_shape


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_a_pooled_network_ends_in_its_channels(name: str) -> None:
    """With `pooling` there is one number for each channel of the map that there is without."""
    *_, channels = outcome(name, {"include_top": False}, [(None, 96, 96, 3)]).shapes[0]
    assert outcome(name, {"include_top": False, "pooling": "avg"}, [(None, 96, 96, 3)]).shapes == ((None, channels),)


def test_a_network_is_no_layer_type() -> None:
    """No network is listed among the types of layers."""
    assert len(NETWORKS) == 26
    assert not set(NETWORKS) & set(known_types())
