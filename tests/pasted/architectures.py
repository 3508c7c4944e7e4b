"""Thirty architectures that people build and paste, as one writes them in Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import layers as L

ARCHITECTURES: dict[str, Callable[[], keras.Model]] = {}


def architecture(make: Callable[[], keras.Model]) -> Callable[[], keras.Model]:
    ARCHITECTURES[make.__name__] = make
    return make


def stack(shape: tuple[int | None, ...], *layers: Any) -> keras.Model:
    """A Sequential model: its summary shows no input."""
    return keras.Sequential([keras.Input(shape), *layers])


@architecture
def lenet() -> keras.Model:
    return stack(
        (28, 28, 1),
        *(L.Conv2D(6, 5, padding="same", activation="tanh"), L.AveragePooling2D(2), L.Conv2D(16, 5, activation="tanh")),
        *(L.AveragePooling2D(2), L.Flatten(), L.Dense(120), L.Dense(84), L.Dense(10)),
    )


@architecture
def alexnet() -> keras.Model:
    return stack(
        (227, 227, 3),
        *(L.Conv2D(96, 11, strides=4), L.BatchNormalization(), L.MaxPooling2D(3, 2), L.Conv2D(256, 5, padding="same")),
        *(L.BatchNormalization(), L.MaxPooling2D(3, 2), L.Conv2D(384, 3, padding="same")),
        *(L.Conv2D(384, 3, padding="same"), L.Conv2D(256, 3, padding="same"), L.MaxPooling2D(3, 2), L.Flatten()),
        *(L.Dense(1024), L.Dropout(0.5), L.Dense(1024), L.Dropout(0.5), L.Dense(10)),
    )


@architecture
def zfnet() -> keras.Model:
    return stack(
        (224, 224, 3),
        *(L.Conv2D(96, 7, strides=2), L.MaxPooling2D(3, 2), L.Conv2D(256, 5, strides=2), L.MaxPooling2D(3, 2)),
        *(L.Conv2D(384, 3, padding="same"), L.Conv2D(256, 3, padding="same"), L.MaxPooling2D(3, 2), L.Flatten()),
        L.Dense(1000),
    )


@architecture
def mnist_cnn() -> keras.Model:
    return stack(
        (28, 28, 1),
        *(L.Conv2D(32, 3), L.Conv2D(64, 3), L.MaxPooling2D(), L.Dropout(0.25), L.Flatten()),
        *(L.Dense(128), L.Dropout(0.5), L.Dense(10)),
    )


@architecture
def cifar10_cnn() -> keras.Model:
    return stack(
        (32, 32, 3),
        *(L.Conv2D(32, 3, padding="same"), L.Activation("relu"), L.Conv2D(32, 3), L.MaxPooling2D(), L.Dropout(0.25)),
        *(L.Conv2D(64, 3, padding="same"), L.Conv2D(64, 3), L.MaxPooling2D(), L.Flatten(), L.Dense(512), L.Dense(10)),
    )


@architecture
def cats_and_dogs() -> keras.Model:
    blocks = [layer for k in (32, 64, 128, 128) for layer in (L.Conv2D(k, 3), L.MaxPooling2D())]
    return stack((150, 150, 3), *blocks, L.Flatten(), L.Dense(512), L.Dense(1))


@architecture
def vgg_small() -> keras.Model:
    blocks = [
        layer
        for k in (64, 128, 256)
        for layer in (L.Conv2D(k, 3, padding="same"), L.Conv2D(k, 3, padding="same"), L.MaxPooling2D())
    ]
    return stack((64, 64, 3), *blocks, L.GlobalAveragePooling2D(), L.Dense(200))


@architecture
def dcgan_generator() -> keras.Model:
    def up(k: int) -> list[Any]:
        return [
            L.Conv2DTranspose(k, 5, strides=2, padding="same", use_bias=False),
            L.BatchNormalization(),
            L.LeakyReLU(),
        ]

    return stack(
        (100,),
        *(L.Dense(7 * 7 * 256, use_bias=False), L.BatchNormalization(), L.LeakyReLU(), L.Reshape((7, 7, 256))),
        *(L.Conv2DTranspose(128, 5, strides=1, padding="same", use_bias=False), L.BatchNormalization(), L.LeakyReLU()),
        *(*up(64), L.Conv2DTranspose(1, 5, strides=2, padding="same", use_bias=False)),
    )


@architecture
def dcgan_discriminator() -> keras.Model:
    return stack(
        (64, 64, 3),
        *(L.Conv2D(64, 4, strides=2, padding="same"), L.LeakyReLU(), L.Conv2D(128, 4, strides=2, padding="same")),
        *(L.LeakyReLU(), L.Conv2D(128, 4, strides=2, padding="same"), L.LeakyReLU(), L.Flatten(), L.Dense(1)),
    )


@architecture
def dqn() -> keras.Model:
    return stack(
        (84, 84, 4),
        *(
            L.Conv2D(32, 8, strides=4),
            L.Conv2D(64, 4, strides=2),
            L.Conv2D(64, 3),
            L.Flatten(),
            L.Dense(512),
            L.Dense(6),
        ),
    )


@architecture
def unet() -> keras.Model:
    image = x = keras.Input((128, 128, 3))
    skips = []
    for k in (16, 32, 64):
        x = L.Conv2D(k, 3, padding="same", activation="relu")(x)
        x = L.Conv2D(k, 3, padding="same", activation="relu")(L.Dropout(0.1)(x))
        skips.append(x)
        x = L.MaxPooling2D()(x)
    x = L.Conv2D(128, 3, padding="same", activation="relu")(x)
    for k, skip in zip((64, 32, 16), reversed(skips), strict=True):
        x = L.Concatenate()([L.Conv2DTranspose(k, 2, strides=2, padding="same")(x), skip])
        x = L.Conv2D(k, 3, padding="same", activation="relu")(x)
    return keras.Model(image, L.Conv2D(1, 1, activation="sigmoid")(x))


@architecture
def segnet() -> keras.Model:
    def conv(k: int) -> list[Any]:
        return [L.Conv2D(k, 3, padding="same"), L.BatchNormalization(), L.Activation("relu")]

    down = [layer for k in (64, 128) for layer in (*conv(k), *conv(k), L.MaxPooling2D())]
    up = [layer for k in (128, 64) for layer in (L.UpSampling2D(), *conv(k), *conv(k))]
    return stack((96, 96, 3), *down, *up, L.Conv2D(12, 1), L.Activation("softmax"))


@architecture
def fcn() -> keras.Model:
    image = keras.Input((96, 96, 3))
    x = L.MaxPooling2D()(L.Conv2D(64, 3, padding="same")(image))
    x = L.MaxPooling2D()(L.Conv2D(128, 3, padding="same")(x))
    x = L.Conv2D(512, 7, padding="same")(x)
    return keras.Model(image, L.Conv2DTranspose(21, 8, strides=4, padding="same")(L.Conv2D(21, 1)(x)))


@architecture
def srcnn() -> keras.Model:
    return stack((33, 33, 1), L.Conv2D(64, 9), L.Conv2D(32, 1), L.Conv2D(1, 5))


@architecture
def autoencoder() -> keras.Model:
    return stack(
        (28, 28, 1),
        *(L.Conv2D(16, 3, padding="same"), L.MaxPooling2D(padding="same"), L.Conv2D(8, 3, padding="same")),
        *(L.MaxPooling2D(padding="same"), L.Conv2D(8, 3, padding="same"), L.UpSampling2D()),
        *(L.Conv2D(16, 3, padding="same"), L.UpSampling2D(), L.Conv2D(1, 3, padding="same")),
    )


@architecture
def vae_encoder() -> keras.Model:
    image = keras.Input((28, 28, 1))
    x = L.Conv2D(64, 3, strides=2, padding="same")(L.Conv2D(32, 3, strides=2, padding="same")(image))
    x = L.Dense(16)(L.Flatten()(x))
    return keras.Model(image, [L.Dense(2, name="z_mean")(x), L.Dense(2, name="z_log_var")(x)])


@architecture
def squeezenet() -> keras.Model:
    image = keras.Input((224, 224, 3))
    x = L.MaxPooling2D(3, 2)(L.Conv2D(64, 3, strides=2)(image))
    for squeeze, expand in ((16, 64), (16, 64), (32, 128)):
        s = L.Conv2D(squeeze, 1)(x)
        x = L.Concatenate()([L.Conv2D(expand, 1)(s), L.Conv2D(expand, 3, padding="same")(s)])
    return keras.Model(image, L.GlobalAveragePooling2D()(L.Conv2D(1000, 1)(x)))


@architecture
def resnet_cifar() -> keras.Model:
    image = keras.Input((32, 32, 3))
    x = L.BatchNormalization()(L.Conv2D(16, 3, padding="same")(image))
    for k, stride in ((16, 1), (32, 2), (64, 2)):
        y = L.BatchNormalization()(L.Conv2D(k, 3, strides=stride, padding="same")(x))
        y = L.BatchNormalization()(L.Conv2D(k, 3, padding="same")(y))
        if stride > 1:
            x = L.Conv2D(k, 1, strides=stride, padding="same")(x)
        x = L.Activation("relu")(L.Add()([x, y]))
    return keras.Model(image, L.Dense(10)(L.Flatten()(L.AveragePooling2D(8)(x))))


@architecture
def text_cnn() -> keras.Model:
    tokens = keras.Input((100,))
    words = L.Embedding(20_000, 300)(tokens)
    pooled = [L.GlobalMaxPooling1D()(L.Conv1D(100, size, activation="relu")(words)) for size in (3, 4, 5)]
    return keras.Model(tokens, L.Dense(2)(L.Dropout(0.5)(L.Concatenate()(pooled))))


@architecture
def text_cnn_2d() -> keras.Model:
    tokens = keras.Input((56,))
    words = L.Reshape((56, 300, 1))(L.Embedding(18_765, 300)(tokens))
    pooled = [L.MaxPooling2D((57 - n, 1))(L.Conv2D(128, (n, 300), activation="relu")(words)) for n in (3, 4, 5)]
    return keras.Model(tokens, L.Dense(2)(L.Flatten()(L.Concatenate(axis=1)(pooled))))


@architecture
def newsgroups_cnn() -> keras.Model:
    return stack(
        (1000,),
        *(L.Embedding(20_000, 100), L.Conv1D(128, 5), L.MaxPooling1D(5), L.Conv1D(128, 5), L.MaxPooling1D(5)),
        *(L.Conv1D(128, 5), L.MaxPooling1D(35), L.Flatten(), L.Dense(128), L.Dense(20)),
    )


@architecture
def sentiment_lstm() -> keras.Model:
    return stack((80,), L.Embedding(20_000, 128), L.LSTM(128), L.Dense(1))


@architecture
def bilstm_tagger() -> keras.Model:
    return stack(
        (50,),
        *(L.Embedding(10_000, 64), L.Bidirectional(L.LSTM(100, return_sequences=True))),
        L.TimeDistributed(L.Dense(17)),
    )


@architecture
def seq2seq() -> keras.Model:
    source, target = keras.Input((None, 71)), keras.Input((None, 93))
    _, hidden, state = L.LSTM(256, return_state=True)(source)
    decoded, _, _ = L.LSTM(256, return_sequences=True, return_state=True)(target, initial_state=[hidden, state])
    return keras.Model([source, target], L.Dense(93)(decoded))


@architecture
def transformer() -> keras.Model:
    tokens = keras.Input((64,))
    x = L.Embedding(10_000, 128)(tokens)
    for _ in range(2):
        x = L.LayerNormalization()(L.Add()([x, L.MultiHeadAttention(2, 64)(x, x)]))
        x = L.LayerNormalization()(L.Add()([x, L.Dense(128)(L.Dense(512, activation="relu")(x))]))
    return keras.Model(tokens, L.Dense(2)(L.GlobalAveragePooling1D()(x)))


@architecture
def vit() -> keras.Model:
    image = keras.Input((72, 72, 3))
    x = L.Reshape((144, 64))(L.Conv2D(64, 6, strides=6)(image))
    x = L.Add()([x, L.MultiHeadAttention(4, 64)(x, x)])
    x = L.Dense(64)(L.Dense(128, activation="gelu")(L.LayerNormalization()(x)))
    return keras.Model(image, L.Dense(100)(L.Dropout(0.5)(L.Flatten()(x))))


@architecture
def wavenet() -> keras.Model:
    sound = x = keras.Input((4096, 1))
    x = L.Conv1D(32, 2, padding="causal")(x)
    for rate in (1, 2, 4, 8, 16):
        gate = L.Multiply()(
            [L.Conv1D(32, 2, padding="causal", dilation_rate=rate, activation=a)(x) for a in ("tanh", "sigmoid")]
        )
        x = L.Add()([x, L.Conv1D(32, 1)(gate)])
    return keras.Model(sound, L.Conv1D(256, 1)(x))


@architecture
def capsnet() -> keras.Model:
    return stack((28, 28, 1), L.Conv2D(256, 9), L.Conv2D(256, 9, strides=2), L.Reshape((1152, 8)), L.Dense(16))


@architecture
def video_lstm() -> keras.Model:
    return stack(
        (None, 40, 40, 1),
        *(L.ConvLSTM2D(40, 3, padding="same", return_sequences=True), L.BatchNormalization()),
        *(L.ConvLSTM2D(40, 3, padding="same", return_sequences=True), L.BatchNormalization()),
        L.Conv3D(1, 3, padding="same"),
    )


@architecture
def c3d() -> keras.Model:
    return stack(
        (16, 112, 112, 3),
        *(L.Conv3D(64, 3, padding="same"), L.MaxPooling3D((1, 2, 2)), L.Conv3D(128, 3, padding="same")),
        *(L.MaxPooling3D(), L.GlobalAveragePooling3D(), L.Dense(101)),
    )


@architecture
def siamese() -> keras.Model:
    twin = stack(
        (105, 105, 1),
        *(L.Conv2D(64, 10), L.MaxPooling2D(), L.Conv2D(128, 7), L.MaxPooling2D(), L.Conv2D(128, 4), L.MaxPooling2D()),
        *(L.Conv2D(256, 4), L.Flatten(), L.Dense(4096)),
    )
    one, other = keras.Input((105, 105, 1)), keras.Input((105, 105, 1))
    return keras.Model([one, other], L.Dense(1)(L.Subtract()([twin(one), twin(other)])))


@architecture
def facial_keypoints() -> keras.Model:
    return stack(
        (96, 96, 1),
        *(L.Conv2D(32, 3), L.MaxPooling2D(), L.Conv2D(64, 2), L.MaxPooling2D(), L.Conv2D(128, 2), L.MaxPooling2D()),
        *(L.Flatten(), L.Dense(500), L.Dense(500), L.Dense(30)),
    )


@architecture
def self_driving() -> keras.Model:
    return stack(
        (66, 200, 3),
        *(L.Conv2D(24, 5, strides=2), L.Conv2D(36, 5, strides=2), L.Conv2D(48, 5, strides=2), L.Conv2D(64, 3)),
        *(L.Conv2D(64, 3), L.Flatten(), L.Dense(100), L.Dense(50), L.Dense(10), L.Dense(1)),
    )
