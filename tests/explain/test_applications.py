"""Every architecture of keras.applications, row by row against live Keras, and the figures that are published."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

import keras
import pytest

from cnnnotes import Row
from tests.explain.live import check
from tests.weightless import weightless

ARCHITECTURES = sorted(
    name for name, value in vars(keras.applications).items() if inspect.isfunction(value) and name[0].isupper()
)
UNUSUAL = 160
"""An input size that none of them is made for, and that all of them take."""
QUICK = [
    ("VGG16", True, None),
    ("ResNet50", True, None),
    ("ResNet50V2", False, 96),
    ("MobileNet", True, None),
    ("MobileNetV2", True, None),
    ("MobileNetV2", False, 97),
    ("MobileNetV3Small", True, 160),
    ("EfficientNetB0", True, None),
    ("EfficientNetV2B0", False, 129),
    ("InceptionV3", True, None),
    ("Xception", True, None),
    ("ConvNeXtTiny", True, 100),
]
"""What `make test` holds; `pytest -m slow` holds all."""

# total, trainable, non-trainable, without top, multiply-accumulates of convolutions and dense layers
PUBLISHED = {
    "VGG16": (138_357_544, 138_357_544, 0, 14_714_688, 15_470_264_320),
    "VGG19": (143_667_240, 143_667_240, 0, 20_024_384, None),
    "ResNet50": (25_636_712, 25_583_592, 53_120, 23_587_712, 3_857_973_248),
    "MobileNet": (4_253_864, 4_231_976, 21_888, 3_228_864, None),
    "MobileNetV2": (3_538_984, 3_504_872, 34_112, 2_257_984, 300_774_272),
    "EfficientNetB0": (5_330_571, 5_288_548, 42_023, 4_049_571, 385_814_752),
    "DenseNet121": (8_062_504, 7_978_856, 83_648, 7_037_504, None),
    "InceptionV3": (23_851_784, 23_817_352, 34_432, 21_802_784, None),
    "Xception": (22_910_480, 22_855_952, 54_528, 20_861_480, None),
}


def built(name: str, top: bool, size: int | None) -> keras.Model:
    options = {} if size is None else {"input_shape": (size, size, 3)}
    with weightless():
        return getattr(keras.applications, name)(weights=None, include_top=top, **options)


@pytest.mark.parametrize(("name", "top", "size"), QUICK)
def test_a_selection_of_applications(name: str, top: bool, size: int | None) -> None:
    """Each row of these is what live Keras says, and so are the totals."""
    explanation, count = check(built(name, top, size))
    print(f"{name}, {'with' if top else 'without'} top: {count} rows")
    if name in PUBLISHED and top:
        total, trainable, rest, _, macs = PUBLISHED[name]
        assert (explanation.total_params, explanation.trainable_params) == (total, trainable)
        assert explanation.non_trainable_params == rest
        assert macs is None or kernels(explanation.rows) == macs


@pytest.mark.slow
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_all_applications(name: str) -> None:
    """Each row of every architecture is what live Keras says, with and without top and at an unusual size."""
    counts = []
    for top, size in ((True, None), (False, None), (False, UNUSUAL)):
        explanation, count = check(built(name, top, size))
        counts.append(count)
        if name in PUBLISHED and size is None:
            assert explanation.total_params == PUBLISHED[name][0 if top else 3]
    print(f"{name}: {' + '.join(map(str, counts))} rows")


def kernels(rows: Sequence[Row]) -> int:
    """The multiply-accumulates of convolutions and dense layers, which the published figures count."""
    return sum(row.macs or 0 for row in rows if "Conv" in row.type or row.type == "Dense")
