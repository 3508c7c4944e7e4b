"""What the pages on MNIST and CIFAR-10 say of changes that a reader may try: each was trained, and here it is again."""

from __future__ import annotations

from typing import Any

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
