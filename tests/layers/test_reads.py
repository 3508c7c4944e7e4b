"""What each output position reads, against live Keras: one-hot inputs through kernels of ones."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnnotes.layers import LayerError, NoRule, Outcome, Reads, outcome, reads

from .live import layer_class

Shape = tuple[int | None, ...]
SEED = 20_251_125
ONES = {
    "": {"kernel_initializer": "ones", "use_bias": False},
    "Depthwise": {"depthwise_initializer": "ones", "use_bias": False},
    "Separable": {"depthwise_initializer": "ones", "pointwise_initializer": "ones", "use_bias": False},
}


def one_or_each(rng: random.Random, rank: int, high: int, low: int = 1) -> Any:
    """An integer for all axes, or one for each."""
    each = tuple(rng.randint(low, high) for _ in range(rank))
    return each[0] if rng.random() < 0.3 else each


def convolution(rng: random.Random, rank: int, kind: str) -> tuple[dict[str, Any], int]:
    """Arguments of a convolution, and the channels of its input."""
    paddings = ["valid", "same", *["causal"] * (rank == 1 and kind != "Transpose")]
    found: dict[str, Any] = {"kernel_size": one_or_each(rng, rank, 4), "padding": rng.choice(paddings)}
    channels = rng.randint(1, 2)
    if rng.random() < 0.5:
        strided = rng.randint(1, 3) if kind in ("Depthwise", "Separable") else one_or_each(rng, rank, 3)
        found["strides"] = strided  # TensorFlow takes no other in a depthwise convolution
    elif kind != "Transpose" or rank < 3:
        found["dilation_rate"] = one_or_each(rng, rank, 3)
    if kind == "Transpose" and rng.random() < 0.5:
        strides = found.get("strides", 1)
        found["output_padding"] = tuple(
            rng.randrange(stride) for stride in (strides if isinstance(strides, tuple) else (strides,) * rank)
        )
    if kind == "Depthwise":
        found["depth_multiplier"] = rng.randint(1, 2)
    else:
        found["filters"] = 2
    if kind == "" and rng.random() < 0.3:
        found["groups"] = channels = 2
    return found | ONES.get(kind, ONES[""]), channels


def pooling(rng: random.Random, rank: int) -> tuple[dict[str, Any], int]:
    strides = one_or_each(rng, rank, 4) if rng.random() < 0.7 else None
    padding = rng.choice(["valid", "same"])
    return {"pool_size": one_or_each(rng, rank, 4), "strides": strides, "padding": padding}, 1


def adapted(rng: random.Random, rank: int) -> tuple[dict[str, Any], int]:
    return {"output_size": one_or_each(rng, rank, 4)}, 1


def depth(rng: random.Random, _: int) -> tuple[dict[str, Any], int]:
    strides = rng.choice([None, rng.randint(1, 4)])
    padding = rng.choice(["valid", "same"])
    return {"pool_size": rng.randint(1, 5), "strides": strides, "padding": padding}, rng.randint(3, 12)


Drawn = Callable[[random.Random, int], tuple[dict[str, Any], int]]
KINDS: dict[str, tuple[Drawn, tuple[int, ...]]] = {
    "Conv{}D": (lambda rng, rank: convolution(rng, rank, ""), (1, 2, 2, 2, 3)),
    "DepthwiseConv{}D": (lambda rng, rank: convolution(rng, rank, "Depthwise"), (1, 2)),
    "SeparableConv{}D": (lambda rng, rank: convolution(rng, rank, "Separable"), (1, 2)),
    "Conv{}DTranspose": (lambda rng, rank: convolution(rng, rank, "Transpose"), (1, 2, 2, 3)),
    "MaxPooling{}D": (pooling, (1, 2, 3)),
    "AveragePooling{}D": (pooling, (1, 2, 3)),
    "GlobalMaxPooling{}D": (lambda rng, rank: ({"keepdims": True}, 1), (1, 2)),
    "AdaptiveAveragePooling{}D": (adapted, (1, 2)),
    "DepthMaxPool": (depth, (1, 2)),
}


def setting(rng: random.Random) -> tuple[str, str, dict[str, Any], Shape]:
    """A windowed layer with its input, whatever Keras says of it."""
    name = rng.choice([*KINDS, "Conv{}D", *["Conv{}DTranspose"] * 3, "DepthMaxPool"])
    drawn, ranks = KINDS[name]
    rank = rng.choice(ranks)
    arguments, channels = drawn(rng, rank)
    most = {1: 12, 2: 8, 3: 4}[rank] if name != "DepthMaxPool" else 2
    return name, name.format(rank), arguments, (None, *(rng.randint(1, most) for _ in range(rank)), channels)


def seen(kind: str, arguments: dict[str, Any], shape: Shape) -> np.ndarray[Any, Any]:
    """Which input changes which output, `(*inputs, *outputs)` without the batch, as Keras computes it."""
    sizes = tuple(size or 0 for size in shape[1:])
    count = int(np.prod(sizes))
    images = np.eye(count, dtype="float32").reshape(count, *sizes)
    layer = layer_class(kind)(**arguments)
    # TensorFlow's own kernels for a CPU can't dilate a transposed convolution, and without oneDNN, as in these tests,
    # they put a 3D window that is smaller than its stride into the middle: XLA's do neither
    compiled = (kind.endswith("Transpose") and "dilation_rate" in arguments) or kind.endswith(("Pooling3D", "Conv3D"))
    if compiled:
        layer.build(images.shape)
    call = tf.function(layer, jit_compile=True) if compiled else layer
    outputs = keras.ops.convert_to_numpy(call(images))
    return np.asarray(outputs != 0).reshape(*sizes, *outputs.shape[1:])


def stated(kind: str, arguments: dict[str, Any], shape: Shape, made: Outcome) -> np.ndarray[Any, Any]:
    """The same as `reads` says it; the channels as convolutions and groups join them."""
    axes = reads(kind, arguments, shape)
    d_in, d_out = shape[-1] or 0, made.shapes[0][-1] or 0
    if kind == "DepthMaxPool":  # a position of the map reads itself
        own = [np.eye(size or 0) != 0 for size in shape[1:-1]]
        return joined([*own, along(axes[0])])
    alone = "Conv" not in kind
    groups = d_in if alone or kind.startswith("Depthwise") else arguments.get("groups", 1)
    within = np.kron(np.eye(groups), np.ones((d_in // groups, d_out // groups))).astype(bool)
    return joined([*map(along, axes), within])


def along(axis: Reads) -> np.ndarray[Any, Any]:
    """`(inputs, outputs)` of one axis."""
    return np.array([[place in axis.at(position) for position in range(axis.out)] for place in range(axis.length)])


def joined(axes: list[Any]) -> np.ndarray[Any, Any]:
    """`(*inputs, *outputs)` of what each axis reads."""
    found = axes[0]
    for axis in axes[1:]:
        found = np.multiply.outer(found, axis)
    rank = len(axes)
    return np.transpose(found, [*range(0, 2 * rank, 2), *range(1, 2 * rank, 2)])


def runs(kind: str, arguments: dict[str, Any], shape: Shape, made: Outcome) -> bool:
    """Whether TensorFlow runs what Keras builds: with `same`, an output that a convolution leads back to the input."""
    if not kind.endswith("Transpose") or arguments["padding"] == "valid":
        return True
    strides = np.broadcast_to(arguments.get("strides", 1), len(shape) - 2)
    sizes = zip(made.shapes[0][1:-1], strides, shape[1:-1], strict=True)
    return all(-(-(out or 0) // stride) == length for out, stride, length in sizes)


def compare(count: int, seed: int) -> Counter[str]:
    """Compares so many random settings with Keras; how many there were of each kind."""
    print(f"seed {seed}")
    rng, done = random.Random(seed), Counter[str]()
    while sum(done[kind] for kind in done if kind in KINDS) < count:
        name, kind, arguments, shape = setting(rng)
        try:
            made = outcome(kind, arguments, [shape])
        except LayerError:
            continue  # that Keras refuses it too is held by test_against_keras
        if 0 in made.shapes[0] or not runs(kind, arguments, shape, made):
            continue
        theirs = seen(kind, arguments, shape)
        assert np.array_equal(stated(kind, arguments, shape, made), theirs), (kind, arguments, shape)
        done[name] += 1
        done.update(f"with {each}" for each in ("output_padding", "dilation_rate", "groups") if each in arguments)
        for axis in reads(kind, arguments, shape):
            check(axis)
    return done


def check(axis: Reads) -> None:
    """Padding and what is never read follow from what is read."""
    places = [place for position in range(axis.out) for place in axis.at(position)]
    assert axis.before == max(0, -min(places, default=0))
    assert axis.after == max(0, max(places, default=0) - axis.length + 1)
    assert [place for place in range(axis.length) if axis.is_read(place)] == sorted({*range(axis.length)} & {*places})


def test_two_hundred_random_layers_read_what_keras_reads() -> None:
    """An input changes just those outputs that are said to read it: in 200 random settings none differs."""
    done = compare(200, SEED)
    print(*done.items(), sep="\n")
    assert done.keys() >= {*KINDS}
    assert min(done[f"with {each}"] for each in ("output_padding", "dilation_rate", "groups")) > 5


@pytest.mark.slow
def test_two_thousand_random_layers_read_what_keras_reads() -> None:
    """An input changes just those outputs that are said to read it: in 2,000 random settings none differs."""
    compare(2_000, random.randrange(10**6))


def test_a_window_that_does_not_fit_has_no_outputs() -> None:
    """Along the axis that is too short there is no output, but the window is there; the other axis has its own."""
    height, width = reads("MaxPooling2D", {"pool_size": 3}, (None, 2, 9, 1))
    assert (height.out, width.out) == (0, 3)
    assert [*height.at(0)] == [0, 1, 2]
    assert (height.before, height.after, height.is_read(0), height.is_read(1)) == (0, 0, False, False)


def test_channels_first_reads_along_the_spatial_axes() -> None:
    """With the channels first the axes are those after them."""
    arguments = {"pool_size": (2, 3), "data_format": "channels_first"}
    assert [axis.length for axis in reads("MaxPooling2D", arguments, (None, 5, 6, 9))] == [6, 9]


def test_a_layer_without_a_window_reads_along_no_axis() -> None:
    """A Dense has none; what is unknown or open is refused with the reason."""
    assert reads("Dense", {"units": 3}, (None, 8)) == ()
    with pytest.raises(NoRule):
        reads("Conv2E", {}, (None, 8))
    with pytest.raises(LayerError, match="the width of the input must be known"):
        reads("MaxPooling2D", {}, (None, 8, None, 1))
    with pytest.raises(LayerError, match="kernel_size is required"):
        reads("Conv1D", {"filters": 3}, (None, 8, 1))


def test_long_axes_cost_no_more_than_short_ones() -> None:
    """What a position reads is computed, not listed: also of an axis of 2⁶² positions."""
    (axis,) = reads("MaxPooling1D", {"pool_size": 3, "strides": 5}, (None, 2**62, 1))
    assert [*axis.at(axis.out - 1)] == [(axis.out - 1) * 5 + k for k in range(3)]
    assert [axis.is_read(place) for place in range(2**61 // 5 * 5, 2**61 // 5 * 5 + 5)] == [True] * 3 + [False] * 2


def test_every_combination_of_a_small_transposed_convolution() -> None:
    """Kernel, stride and padding each from 1 to 4 on up to 4 positions: padding is nowhere, all outputs are told."""
    for length, size, stride, padding in itertools.product(range(1, 5), range(1, 5), range(1, 5), ("valid", "same")):
        arguments = {"filters": 1, "kernel_size": size, "strides": stride, "padding": padding}
        (axis,) = reads("Conv1DTranspose", arguments, (None, length, 1))
        assert axis.out == outcome("Conv1DTranspose", arguments, [(None, length, 1)]).shapes[0][1]
        assert (axis.before, axis.after) == (0, 0)
        check(axis)
