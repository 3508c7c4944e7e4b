"""How often the first candidate of a row is what the model was really made with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import pytest

import cnnnotes
from tests.weightless import weightless

from .architectures import ARCHITECTURES
from .models import model
from .printed import keras3, listed

SETTINGS = (
    "kernel_size",
    "strides",
    "padding",
    "units",
    "filters",
    "use_bias",
    "depth_multiplier",
    "num_heads",
    "key_dim",
)
APPLICATIONS = (
    *("VGG16", "ResNet50", "ResNet50V2", "MobileNet", "MobileNetV2", "DenseNet121", "EfficientNetB0", "InceptionV3"),
    *("Xception", "NASNetMobile", "ConvNeXtTiny", "EfficientNetV2B0", "InceptionResNetV2"),
)


def plain(value: Any) -> Any:
    """One number where all of a tuple's are the same."""
    values = tuple(value) if isinstance(value, list | tuple) else (value,)
    return values[0] if len(set(values)) == 1 else values


def wrong(said: Mapping[str, Any], true: Mapping[str, Any]) -> list[str]:
    """The settings that a candidate has and the model hasn't."""
    if "layer" in said:
        inner = wrong(said["layer"]["config"], true["layer"]["config"])
        return inner if said["layer"]["class_name"] == true["layer"]["class_name"] else ["layer"]
    return [name for name in SETTINGS if name in said and plain(said[name]) != plain(true.get(name))]


def judged(live: keras.Model) -> Iterator[tuple[str, list[str]]]:
    """The rows with parameters of a model's summary, each with what is wrong of its first candidate."""
    for row, layer in zip(cnnnotes.explain(keras3(live, 140)).rows, listed(live), strict=True):
        if isinstance(layer, keras.Layer) and layer.count_params() and not hasattr(layer, "layers"):
            best = row.candidates.best if row.candidates else None
            config = keras.saving.serialize_keras_object(layer)["config"]
            yield f"{row.name} ({row.type})", wrong(best.arguments, config) if best else ["nothing fits"]


def test_first_candidates_of_thirty_architectures() -> None:
    """At least 97 % of the first candidates have the model's own kernel, strides, padding, units and bias."""
    with weightless():
        found = [(name, *row) for name, make in ARCHITECTURES.items() for row in judged(make())]
    missed = [row for row in found if row[-1]]
    print(f"{len(found)} rows, of {len(missed)} the first candidate is wrong: {missed}")
    assert len(ARCHITECTURES) >= 30
    assert len(missed) <= 0.03 * len(found)


@pytest.mark.slow
def test_first_candidates_of_applications() -> None:
    """The same of thirteen models of keras.applications; of 1 × 7 and 7 × 1 one is a guess, and counts as a miss."""
    vgg16 = keras.applications.VGG16(weights=None, include_top=False, input_shape=(224, 224, 3))  # as it is printed
    found = [(n, *row) for n in APPLICATIONS for row in judged(vgg16 if n == "VGG16" else model(n))]
    missed = [row for row in found if row[-1]]
    print(f"{len(found)} rows, of {len(missed)} the first candidate is wrong: {missed}")
    assert len(missed) <= 0.03 * len(found)
