"""What the examples say of changes that a reader may try: each was trained, and here it is again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from cnnnotes.datasets import Images, cifar10, mnist

SEEDS = 7, 8, 9


def network(
    images: Images,
    filters: int = 16,
    twice: int = 1,
    flatten: bool = True,
    vary: bool = False,
    normalize: bool = False,
    padding: str = "same",
    activation: str | None = "relu",
) -> Any:
    """The notebooks' network, with the changes that their last sections name."""
    import keras
    from keras import layers

    colour = images.x_train.shape[-1] == 3
    found = [
        keras.Input(images.x_train.shape[1:]),
        layers.Rescaling(1 / 127.5, -1) if colour else layers.Rescaling(1 / 255),
    ]
    found += [layers.RandomFlip("horizontal")] if colour else []
    found += [layers.RandomRotation(0.05), layers.RandomTranslation(0.1, 0.1)] if vary else []
    for stage in range(3):
        for _ in range(twice):
            found.append(layers.Conv2D(filters * 2**stage, 3, padding=padding, use_bias=not normalize))
            found += [layers.BatchNormalization()] if normalize else []
            found.append(layers.Activation(activation))
        found.append(layers.MaxPooling2D())
    found.append(layers.Flatten() if flatten else layers.GlobalAveragePooling2D())
    return keras.Sequential([*found, layers.Dropout(0.4), layers.Dense(10, activation="softmax")])


def accuracies(images: Images, change: dict[str, Any], rate: float, epochs: int) -> list[float]:
    import keras

    found = []
    for seed in SEEDS:
        keras.utils.set_random_seed(seed)
        model = network(images, **change)
        optimizer = keras.optimizers.Adam(rate)
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(images.x_train, images.y_train, batch_size=64, epochs=epochs, validation_split=0.1, verbose=0)
        found.append(float(model.evaluate(images.x_test, images.y_test, verbose=0)[1]))
    return found


CHANGES: dict[str, tuple[dict[str, Any], float, float]] = {
    "digits": ({}, 0.955, 0.98),
    "digits, twice the filters": ({"filters": 32}, 0.96, 0.985),
    "digits, varied": ({"vary": True}, 0.95, 0.98),
    "digits, no relu": ({"activation": None}, 0.955, 0.98),
    "digits, valid padding": ({"padding": "valid"}, 0.93, 0.96),
    "digits, global average pooling": ({"flatten": False}, 0.91, 0.945),
    "photographs": ({}, 0.52, 0.60),
    "photographs, a tenth": ({"train": 500}, 0.30, 0.42),
    "photographs, two convolutions": ({"twice": 2}, 0.51, 0.60),
    "photographs, normalized": ({"normalize": True}, 0.51, 0.62),
}
"""Each change on the two pages: what it is, and between what its accuracies lay, with room for another machine."""


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_gives_what_the_page_says(name: str) -> None:
    """Three seeds of the changed network lie where the page says that they do."""
    change, low, high = CHANGES[name]
    if name.startswith("digits"):
        images, rate, epochs = mnist(), 0.001, 8
    else:
        images, rate, epochs = cifar10().first(change.get("train", 5000), 1000), 0.002, 10
        if images.is_stand_in:
            pytest.skip("no photographs of CIFAR-10 on this machine: `make data`, or CNNNOTES_CIFAR10")
    found = accuracies(images, {key: value for key, value in change.items() if key != "train"}, rate, epochs)
    assert low < min(found), found
    assert max(found) < high, found


ROTATION = Path(__file__).parents[2] / "docs" / "examples" / "rotation.ipynb"
DEFINES = re.compile(r"import keras|GROUPS, SIZE|ANGLES|def measure")
"""How the cells begin that the page's networks, digits and measures are defined in."""

TURNED: dict[str, tuple[str, int, str, float, float]] = {
    "none": ("depth pooling", 3, "any_angle", 0.36, 0.46),
    "groups of two": ("groups of 2", 3, "any_angle", 0.45, 0.53),
    "groups of eight": ("groups of 8", 3, "any_angle", 0.28, 0.38),
    "begun as copies": ("begun as copies", 3, "any_angle", 0.36, 0.47),
    "nine epochs": ("depth pooling", 9, "any_angle", 0.44, 0.57),
    "nine epochs, equal parameters": ("equal parameters", 9, "any_angle", 0.63, 0.72),
    "four copies": ("copies by hand", 3, "upright", 0.36, 0.46),
    "eight copies": ("eight copies", 3, "upright", 0.41, 0.49),
}
"""Each change: the network, its epochs, its digits, and between what its accuracies lay, with room."""


def rotation(epochs: int) -> dict[str, Any]:
    """What the page on rotation defines, with the networks of its last section beside its own."""
    cells = [cell.source for cell in nbformat.read(ROTATION, as_version=4).cells if cell.cell_type == "code"]  # type: ignore[no-untyped-call]
    page: dict[str, Any] = {}
    for cell in filter(DEFINES.match, cells):
        exec(cell.split("\n\ntrainings = ")[0].replace("epochs=3", f"epochs={epochs}"), page)
    page["likeness"] = next(cell for cell in cells if cell.startswith("convolution = "))
    page["networks"] |= {f"groups of {size}": lambda size=size: pooled(page, size) for size in (2, 8)}
    page["networks"] |= {"begun as copies": lambda: pooled(page, 4, copies(page)), "eight copies": lambda: eight(page)}
    return page


def pooled(page: dict[str, Any], size: int, initializer: Any = "glorot_uniform") -> list[Any]:
    """The page's learned groups, of another size or with other first weights."""
    from cnnnotes import DepthMaxPool

    layers, filters = page["layers"], 4 * page["GROUPS"]
    return [layers.Conv2D(filters, page["SIZE"], strides=2, kernel_initializer=initializer), DepthMaxPool(size)]


def copies(page: dict[str, Any]) -> Any:
    """First weights of which each group is one pattern in its four quarter turns."""
    ops, size, groups = page["ops"], page["SIZE"], page["GROUPS"]

    def initial(shape: tuple[int, ...], dtype: Any = None) -> Any:
        pattern = page["keras"].initializers.GlorotUniform()((size, size, 1, groups))
        return ops.reshape(ops.stack([ops.rot90(pattern, turn) for turn in range(4)], -1), shape)

    return initial


def eight(page: dict[str, Any]) -> list[Any]:
    """The page's copies by hand, of eight angles: a rotation is linear, so a matrix rotates the patterns."""
    from cnnnotes import DepthMaxPool

    ops, size, groups = page["ops"], page["SIZE"], page["GROUPS"]
    pixels = np.eye(size * size, dtype="float32").reshape(-1, size, size)
    turns = [page["rotated"](pixels, angle).reshape(size * size, -1).T for angle in range(0, 360, 45)]

    base: Any = page["RotatedCopies"]

    class EightCopies(base):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            patterns = ops.reshape(self.patterns, (size * size, groups))
            kernel = ops.reshape(ops.stack([ops.matmul(turn, patterns) for turn in turns], -1), (size, size, 1, -1))
            return ops.conv(x, kernel, strides=2) + ops.repeat(self.bias, len(turns))

    return [EightCopies(), DepthMaxPool(len(turns))]


@pytest.mark.slow
@pytest.mark.parametrize("name", TURNED)
def test_a_change_of_the_rotation_page_gives_what_it_says(name: str) -> None:
    """Three seeds lie where the page says; groups that begin as rotated copies stay so, and no others become any."""
    network, epochs, digits, low, high = TURNED[name]
    page = rotation(epochs)
    found = []
    for seed in range(3):
        right, _, features = page["measure"](network, page[digits], seed)
        found.append(float(right.mean()))
    assert low < min(found), found
    assert max(found) < high, found
    if network in ("depth pooling", "begun as copies"):
        page["trained"] = {"trained at all angles": {"depth pooling": features}}
        exec(page["likeness"], page)
        alike = [page["alike"][page[pairs]].mean() for pairs in ("within", "between")]
        assert (alike[0] > alike[1] + 0.2) == (network == "begun as copies"), alike
