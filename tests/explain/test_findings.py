"""What is worth a look in a model: found where it is, and nowhere else."""

from __future__ import annotations

import inspect

import keras
import pytest

from cnnnotes import explain
from tests.weightless import weightless

FLATTEN = "A Flatten that most parameters follow"
STRIDE = "A stride larger than the kernel"
FIELD = "A receptive field larger than the image"
BIAS = "A bias before BatchNormalization"

APPLICATIONS = {
    # fc1 has 25,088 × 4,096 weights: the question on VGG16's parameters counts them
    "VGG16": {FLATTEN: 1},
    "VGG19": {FLATTEN: 1},
    # the 1 × 1 layers that halve a map, two for each of three stages; all convolutions have a bias and are normalized
    "ResNet50": {STRIDE: 6, BIAS: 53},
    "ResNet101": {STRIDE: 6, FIELD: 1, BIAS: 104},
    "ResNet152": {STRIDE: 6, FIELD: 1, BIAS: 155},
    # version 2 halves its shortcuts by a pooling of 1 × 1 with stride 2
    "ResNet50V2": {STRIDE: 3},
    "ResNet101V2": {STRIDE: 3, FIELD: 1},
    "ResNet152V2": {STRIDE: 3, FIELD: 1},
    # shortcuts of 1 × 1 with stride 2
    "Xception": {STRIDE: 4},
    # poolings of 1 × 1 with stride 2 that adjust a map to another, two in each of four reductions
    "NASNetMobile": {STRIDE: 8, FIELD: 1},
    "NASNetLarge": {STRIDE: 8, FIELD: 1},
    # the fields are those that "Computing Receptive Fields" has: 1311 and 3039 for Inception
    "InceptionV3": {FIELD: 1},
    "InceptionResNetV2": {FIELD: 1},
    "DenseNet121": {FIELD: 1},
    "DenseNet169": {FIELD: 1},
    "DenseNet201": {FIELD: 1},
}
"""How many layers show each finding, with why it is right; the other architectures have none."""
QUICK = ("VGG16", "ResNet50", "MobileNet", "MobileNetV3Small", "EfficientNetB0", "Xception")
ALL = sorted(
    name for name, value in vars(keras.applications).items() if inspect.isfunction(value) and name[0].isupper()
)


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in ALL]
)
def test_findings_in_applications(name: str) -> None:
    """The findings in each architecture of keras.applications are those that are defended above."""
    with weightless():
        model = getattr(keras.applications, name)(weights=None)
    found = explain(model.to_json()).findings
    assert {finding.kind: max(len(finding.layers), 1) for finding in found} == APPLICATIONS.get(name, {})


@pytest.mark.parametrize(
    "code",
    [
        "Sequential([Input((28, 28, 1)), Conv2D(8, 3, use_bias=False), BatchNormalization(), Flatten(), Dense(9)])",
        "Sequential([Input((3, 28, 28)), Conv2D(8, 3, data_format='channels_first')])",
        "Sequential([Input((3, 8, 8)), Conv2D(8, 3, use_bias=0, data_format='channels_first'), BatchNormalization(1)])",
        "Sequential([Input((28, 28, 1)), Conv2D(8, 3, activation='relu'), BatchNormalization()])",
        "Sequential([Input((28, 28, 1)), Conv2D(8, 3), BatchNormalization(center=False)])",
        "Sequential([Input((64, 8)), Dense(16), LSTM(4), Dense(1, activation='sigmoid')])",
        "Sequential([Input((13, 13, 8)), MaxPooling2D(2)])",
        "Sequential([Input((8, 8, 8)), Conv2D(8, 8, padding='same'), Conv2DTranspose(8, 2, strides=4)])",
        "Sequential([Input((8, 8, 8)), Dense(16), Conv2D(4, 3)])",
        "Sequential([Input((32, 32, 3)), Conv2D(8, 3), Flatten(), Dense(10)])",
        "i = Input((32, 32, 8))\nModel(i, multiply([i, Dense(8)(GlobalAveragePooling2D(keepdims=True)(i))]))",
        "s = Dense(4)\ni = Input((4,))\nModel(i, s(s(i)))",
    ],
)
def test_nothing_is_found_where_nothing_is_wrong(code: str) -> None:
    """Models that only resemble one with a finding have none."""
    assert explain(code).findings == ()


def test_findings_stand_below_the_table_and_in_the_json() -> None:
    """Each format shows a finding with its evidence and where it is proven."""
    from cnnnotes._rendering import FORMATS, render

    found = explain(
        "Sequential([Input((8, 8, 3)), Conv2D(4, 3), BatchNormalization(), Conv2D(4, 3), BatchNormalization()])"
    )
    assert found.to_dict()["findings"] == [
        {
            "kind": BIAS,
            "layers": ["conv2d", "conv2d_1"],
            "text": "the 4 biases of conv2d are subtracted again by batch_normalization, with the mean",
            "page": "tools/worth-a-look/#a-bias-before-batchnormalization",
        }
    ]
    for form in FORMATS:
        if form != "svg":
            text = " ".join(render(found, form, width=80).replace("\\", "").split())
            assert "The same holds for 1 more layer." in text or form == "json"
            assert "worth-a-look" in text
    for width in (60, 80):
        assert max(map(len, render(found, "table", width=width).splitlines())) <= width
