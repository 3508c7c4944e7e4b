"""The models whose summaries are pasted: small ones of every kind, and seven of keras.applications."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import keras
from keras import layers as L

from tests.weightless import weightless

APPLICATIONS = ("ResNet50", "VGG16", "MobileNetV2", "EfficientNetB0", "DenseNet121", "InceptionV3", "Xception")


def notes() -> keras.Model:
    """The notes' own model, with its Dense on a map."""
    conv = [L.Conv2D(filters, 3, name=f"conv2d_{i}") for i, filters in enumerate((32, 64, 128), start=1)]
    return keras.Sequential([keras.Input((224, 224, 3)), *conv, L.Dense(10, name="dense_9")], name="notes")


def classifier() -> keras.Model:
    """A chain with pooling, normalization and a classifier."""
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            *(L.Conv2D(16, 5, padding="same", use_bias=False), L.BatchNormalization(), L.ReLU(), L.MaxPooling2D()),
            *(L.Conv2D(32, (1, 3), strides=(1, 2)), L.AveragePooling2D(3, 1), L.Dropout(0.5), L.Flatten()),
            *(L.Dense(64, activation="relu"), L.BatchNormalization(scale=False), L.Dense(10)),
        ],
        name="classifier",
    )


def branches() -> keras.Model:
    """Branches, long names, several outputs, and operations beside the layers."""
    image = keras.Input((16, 16, 3), name="a_fairly_long_name_for_an_input_layer")
    wide = L.Conv2D(8, 3, name="a_convolution_with_a_name_that_is_far_too_long_for_its_column")(image)
    narrow = L.Cropping2D(1)(L.Conv2D(8, (3, 1), padding="same", dilation_rate=(2, 1))(image))
    total = L.BatchNormalization(axis=-1)(L.Add()([wide, narrow]))
    joined = L.Concatenate()([total, wide, narrow])
    rows = L.Reshape((14, -1))(joined)
    output, hidden, state = L.LSTM(4, return_state=True)(rows)
    return keras.Model(image, [output + hidden, state, L.GlobalAveragePooling2D()(joined)], name="branches")


def nested() -> keras.Model:
    """A model in a model in a model, and one layer called twice on different sizes."""
    small = keras.Input((8, 8, 3))
    deep = keras.Sequential([keras.Input((6, 6, 4)), L.Conv2D(4, 3), L.MaxPooling2D()], name="deep")
    inner_output = deep(L.Conv2D(4, 3)(small))
    inner = keras.Model(small, inner_output, name="inner")
    first, second = keras.Input((8, 8, 3), name="first"), keras.Input((12, 12, 3), name="second")
    shared = L.Conv2D(4, 3, name="shared")
    flat = [L.GlobalMaxPooling2D()(x) for x in (shared(first), shared(second), inner(first))]
    return keras.Model([first, second], L.Dense(3)(L.Concatenate()(flat)), name="nested")


def frozen() -> keras.Model:
    """A model of which half is frozen."""
    model = classifier()
    for layer in model.layers[:6]:
        layer.trainable = False
    return model


def upward() -> keras.Model:
    """What makes maps larger."""
    return keras.Sequential(
        [
            keras.Input((7, 7, 16)),
            *(L.Conv2DTranspose(8, 3, strides=2, padding="same"), L.Conv2DTranspose(8, 4, strides=2, use_bias=False)),
            *(L.Conv2DTranspose(4, 3, strides=2, padding="same", output_padding=0), L.UpSampling2D((2, 1))),
            *(L.ZeroPadding2D(((0, 1), (2, 2))), L.PReLU(shared_axes=[1, 2]), L.SeparableConv2D(6, 3, dilation_rate=2)),
            *(L.DepthwiseConv2D(3, depth_multiplier=2), L.GroupNormalization(4), L.Conv2D(8, 3, groups=4)),
        ],
        name="upward",
    )


def sequence() -> keras.Model:
    """Sequences: embedding, causal convolution, recurrence in both directions."""
    return keras.Sequential(
        [
            keras.Input((20,)),
            *(L.Embedding(1000, 16), L.Conv1D(24, 3, padding="causal", dilation_rate=2), L.MaxPooling1D(2)),
            *(L.Bidirectional(L.LSTM(8, return_sequences=True)), L.GRU(6, return_sequences=True, reset_after=False)),
            *(
                L.TimeDistributed(L.Dense(5)),
                L.Permute((2, 1)),
                L.SimpleRNN(3),
                L.RepeatVector(4),
                L.LayerNormalization(),
            ),
        ],
        name="sequence",
    )


def volume() -> keras.Model:
    """Volumes, and maps over time."""
    video = keras.Input((6, 12, 12, 2))
    cube = L.GlobalAveragePooling3D()(L.MaxPooling3D((1, 2, 2))(L.Conv3D(4, (3, 3, 3), strides=(1, 2, 2))(video)))
    frames = L.GlobalMaxPooling2D()(L.ConvLSTM2D(5, 3, padding="same")(video))
    return keras.Model(video, L.Concatenate()([cube, frames]), name="volume")


def attention() -> keras.Model:
    """One block of a transformer."""
    tokens = keras.Input((10, 32))
    seen = L.MultiHeadAttention(4, 8)(tokens, tokens)
    kept = L.LayerNormalization()(L.Add()([tokens, seen]))
    return keras.Model(tokens, L.Add()([kept, L.Dense(32)(L.Dense(64, activation="gelu")(kept))]), name="attention")


def unknown() -> keras.Model:
    """Unknown height and width."""
    image = keras.Input((None, None, 3))
    maps = L.MaxPooling2D()(L.Conv2D(8, 3, strides=2, padding="same")(image))
    return keras.Model(image, L.Dense(4)(L.GlobalAveragePooling2D()(maps)), name="unknown")


def channels_first() -> keras.Model:
    """Channels before height and width."""
    image = keras.Input((3, 20, 20))
    maps = L.Conv2D(8, 3, data_format="channels_first")(image)
    pooled = L.AveragePooling2D(2, data_format="channels_first")(L.BatchNormalization(axis=1)(maps))
    return keras.Model(image, L.Flatten(data_format="channels_first")(pooled), name="channels_first")


SMALL: dict[str, Callable[[], keras.Model]] = {
    made.__name__: made
    for made in (
        notes,
        classifier,
        branches,
        nested,
        frozen,
        upward,
        sequence,
        volume,
        attention,
        unknown,
        channels_first,
    )
}
NAMES = (*SMALL, *APPLICATIONS, "MobileNet", "ResNet50V2")


@cache
def model(name: str) -> keras.Model:
    """A model by name, built once."""
    with weightless():
        if name in SMALL:
            return SMALL[name]()
        top = {"include_top": False} if name == "VGG16" else {}  # VGG16's top alone has 120 million weights
        return getattr(keras.applications, name)(weights=None, **top)
