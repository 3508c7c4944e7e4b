"""What DepthMaxPool promises on the backend that KERAS_BACKEND names; test_depth_pooling.py runs this for each."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

if os.environ["KERAS_BACKEND"] == "jax":  # two devices on one processor: set before JAX starts
    os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers, ops

from cnnnotes import explain
from cnnnotes._depth_pooling import DepthMaxPool
from cnnnotes.datasets import mnist
from cnnnotes.layers import LayerError, outcome

BACKEND = keras.backend.backend()

if BACKEND == "tensorflow":  # two devices on one processor here too: set before TensorFlow uses the first
    import tensorflow as tf

    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
    )


def only_on(backend: str) -> pytest.MarkDecorator:
    """A promise about a feature of one backend; on the others there is nothing to hold."""
    return pytest.mark.skipif(backend != BACKEND, reason=f"a feature of {backend}")


Test = TypeVar("Test", bound=Callable[..., None])


def quick_on(backend: str) -> Callable[[Test], Test]:
    """A promise that is in the quick selection on one backend, and on the others in the slow one."""
    return (lambda test: test) if backend == BACKEND else pytest.mark.slow


def slow_on(backend: str) -> list[pytest.MarkDecorator]:
    """A case that is in the slow selection on one backend, and on the others in the quick one."""
    return [pytest.mark.slow] if backend == BACKEND else []


def reference(x: Any, size: int, stride: int, padding: str, data_format: str) -> Any:
    """Depth pooling from its definition, with the derivative of the sum of its output: a tie is the first one's."""
    maps = np.moveaxis(x, 1, -1) if data_format == "channels_first" else x
    channels = maps.shape[-1]
    if padding == "same":
        count = -(-channels // stride)
        before = max((count - 1) * stride + size - channels, 0) // 2
    else:
        count, before = (channels - size) // stride + 1, 0
    out, slope = np.empty((*maps.shape[:-1], count), x.dtype), np.zeros_like(maps)
    for k in range(count):
        start, stop = max(k * stride - before, 0), min(k * stride - before + size, channels)
        window = maps[..., start:stop]
        out[..., k] = window.max(-1)
        np.add.at(slope, (*np.indices(maps.shape[:-1]), start + window.argmax(-1)), 1)
    if data_format == "channels_first":
        return np.moveaxis(out, -1, 1), np.moveaxis(slope, -1, 1)
    return out, slope


@functools.cache
def compiled(function: Any, jit: bool | None) -> Any:
    """What gives `function`'s output and the derivative of its sum: compiled once for each shape, for all tests."""
    if BACKEND == "tensorflow":
        import tensorflow as tf

        def both(x: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = function(x)
            return y, tape.gradient(y, x)

        return {None: both, False: tf.function(both), True: tf.function(both, jit_compile=True)}[jit]
    import jax

    def pulled(x: Any) -> Any:
        y, pull = jax.vjp(function, x)
        return y, pull(jax.numpy.ones_like(y))[0]

    return jax.jit(pulled)  # by itself each operation would be compiled for each shape


def value_and_gradient(function: Any, x: Any, jit: bool | None = None) -> Any:
    """What `function` makes of `x`, and the derivative of the sum of that; `jit` is TensorFlow's: None is eager."""
    x = ops.convert_to_tensor(x)
    if BACKEND == "torch":
        x = x.detach().requires_grad_()
        y = function(x)
        y.sum().backward()
        gradient = x.grad
    else:
        y, gradient = compiled(function, jit)(x)
    return ops.convert_to_numpy(y), ops.convert_to_numpy(gradient)


@functools.cache
def depth_pooling(*arguments: Any) -> Any:
    """One layer for each set of arguments, so that tests share what is compiled."""
    return DepthMaxPool(*arguments)


@functools.cache
def transposed_max_pooling(size: int, stride: int, padding: str) -> Any:
    """Depth pooling of `(batch, steps, channels)` by Keras's own layer, with the channels put where it pools."""
    pool = layers.MaxPooling1D(size, stride, padding, data_format="channels_last")
    return lambda x: ops.transpose(pool(ops.transpose(x, (0, 2, 1))), (0, 2, 1))


@st.composite
def pooled(draw: Any) -> Any:
    """Arguments that fit, and an input of few values, so that there are ties."""
    data_format = draw(st.sampled_from(["channels_last", "channels_first"]))
    channels = draw(st.sampled_from([1, 2, 5, 6, 12, 33, 130]))
    padding = draw(st.sampled_from(["valid", "same"]))
    sizes = [1, 2, 3, 4, 6, 32, 33, 128] if channels > 12 else [1, 2, 3, 4, 5, 6]
    size = draw(st.sampled_from([n for n in sizes if n <= channels or padding == "same"]))
    stride = draw(st.sampled_from([None, None, 1, 2, 7]))
    spatial = draw(st.sampled_from([(), (5,), (2, 3), (2, 1, 3)]))
    shape = (2, channels, *spatial) if data_format == "channels_first" else (2, *spatial, channels)
    values = np.random.default_rng(draw(st.integers(0, 2**32 - 1))).integers(-4, 4, shape).astype("float32")
    return values, size, stride, padding, data_format


def agrees_with_the_definition(case: Any, jit: bool | None = None) -> None:
    x, size, stride, padding, data_format = case
    layer = depth_pooling(size, stride, padding, data_format)
    y, gradient = value_and_gradient(layer, x, jit)
    expected, slope = reference(x, size, stride or size, padding, data_format)
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(gradient, slope)
    assert layer.compute_output_shape(x.shape) == y.shape
    assert layer.compute_output_shape((None, *x.shape[1:])) == (None, *y.shape[1:])


@settings(max_examples=15 if BACKEND == "jax" else 60, derandomize=True, deadline=None)  # JAX compiles each
@given(pooled())
def test_output_and_gradient_are_those_of_the_definition(case: Any) -> None:
    """Random layers: output, its shape, and the gradient, a tie's to the first, agree with the NumPy reference."""
    agrees_with_the_definition(case)


@pytest.mark.slow
@settings(max_examples=500, derandomize=True, deadline=None)
@given(pooled())
def test_output_and_gradient_of_many_layers(case: Any) -> None:
    """Hundreds of random layers agree with the NumPy reference, on TensorFlow in a graph too."""
    agrees_with_the_definition(case)
    if BACKEND == "tensorflow":
        agrees_with_the_definition(case, jit=False)


WINDOWS = [(2, 2, "valid"), (3, 3, "valid"), (8, 8, "valid"), (40, 40, "valid"), (3, 1, "same"), (4, 3, "same")]


@pytest.mark.parametrize("jit", [None, False, True] if BACKEND == "tensorflow" else [None])
@pytest.mark.parametrize(("size", "stride", "padding"), WINDOWS)
def test_gradient_is_that_of_keras_max_pooling(size: int, stride: int | None, padding: str, jit: bool | None) -> None:
    """With ties and without, output and gradient are those of MaxPooling1D over the transposed axis."""
    rng = np.random.default_rng(size)
    for x in (rng.normal(size=(3, 5, 40)), rng.integers(0, 2, (3, 5, 40))):
        ours = value_and_gradient(depth_pooling(size, stride, padding), x.astype("float32"), jit)
        keras_own = value_and_gradient(transposed_max_pooling(size, stride, padding), x.astype("float32"), jit)
        np.testing.assert_array_equal(ours[0], keras_own[0])
        np.testing.assert_array_equal(ours[1], keras_own[1])


@pytest.mark.parametrize(("size", "stride", "padding"), WINDOWS)
def test_gradient_equals_finite_differences(size: int, stride: int | None, padding: str) -> None:
    """The gradient is the slope that a small step of each input shows."""
    x = np.random.default_rng(0).permutation(80).reshape(1, 2, 40).astype("float32")  # neighbours differ by 1 at least
    layer, step = DepthMaxPool(size, stride, padding), 0.25
    steps = x + step * np.eye(x.size, dtype="float32").reshape(x.size, 2, 40)
    rise = np.sum(ops.convert_to_numpy(layer(steps)) - ops.convert_to_numpy(layer(x)), axis=(1, 2))
    _, gradient = value_and_gradient(layer, x)
    np.testing.assert_allclose(gradient.ravel(), rise / step)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "mixed_float16"])
@pytest.mark.parametrize(("size", "stride"), [(2, None), (3, None), (4, None), (40, None), (3, 2)])
def test_every_precision(dtype: str, size: int, stride: int | None) -> None:
    """Each floating dtype goes in and comes out; a mixed policy computes in its compute dtype."""
    layer = DepthMaxPool(size, stride, dtype=dtype)
    x = np.random.default_rng(0).integers(-9, 9, (2, 3, 80)).astype("float32")
    y = layer(ops.cast(x, layer.compute_dtype))
    if BACKEND == "jax" and dtype == "float64":  # JAX has it only where it is switched on for the whole process
        dtype = "float32"
    assert keras.backend.standardize_dtype(y.dtype) == dtype.removeprefix("mixed_")
    expected, _ = reference(x, size, stride or size, "valid", "channels_last")
    np.testing.assert_array_equal(ops.convert_to_numpy(ops.cast(y, "float32")), expected)


def small_model(spatial: Any = (None, None), channels: int = 12, classes: int = 3) -> Any:
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((*spatial, 1)),
            layers.Conv2D(channels, 3),
            DepthMaxPool(4),
            layers.GlobalAveragePooling2D(),
            layers.Dense(classes, activation="softmax"),
        ]
    )


def images(count: int = 16, side: int = 8) -> Any:
    rng = np.random.default_rng(0)
    return rng.normal(size=(count, side, side, 1)).astype("float32"), rng.integers(0, 3, count)


# JAX compiles operation by operation what isn't compiled as a whole
@pytest.mark.parametrize("jit_compile", [pytest.param(False, marks=slow_on("jax")), *[True] * (BACKEND != "torch")])
def test_a_model_trains_with_unknown_sizes(jit_compile: bool) -> None:
    """A model that names no height or width trains every weight, compiled and not, and then takes another size."""
    model = small_model()
    before = [np.array(weight) for weight in model.get_weights()]
    model.compile("adam", "sparse_categorical_crossentropy", jit_compile=jit_compile)
    model.fit(*images(), epochs=1, verbose=0)
    assert all((old != new).any() for old, new in zip(before, model.get_weights(), strict=True))
    assert model.output_shape == (None, 3)
    assert model.layers[1].output.shape == (None, None, None, 3)
    assert model.predict(images(2, 11)[0], verbose=0).shape == (2, 3)


def test_an_empty_batch_stays_empty() -> None:
    """No examples in, none out."""
    for size in (2, 4, 40):
        assert tuple(DepthMaxPool(size)(np.zeros((0, 5, 5, 80), "float32")).shape) == (0, 5, 5, 80 // size)


def test_a_saved_model_reloads_in_safe_mode(tmp_path: Path) -> None:
    """`load_model` needs nothing passed in, keeps each argument, and the model predicts the same."""
    model = keras.Sequential(
        [keras.Input((5, 5, 9)), DepthMaxPool(3, 2, "SAME", "channels_last", name="pool"), layers.Conv2D(2, 3)]
    )
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    config = loaded.get_layer("pool").get_config()
    assert config == model.get_layer("pool").get_config()
    asked = {"pool_size": 3, "strides": 2, "padding": "same", "data_format": "channels_last"}
    assert {name: config[name] for name in asked} == asked
    x = np.random.default_rng(0).normal(size=(2, 5, 5, 9)).astype("float32")
    np.testing.assert_array_equal(model.predict(x, verbose=0), loaded.predict(x, verbose=0))


@pytest.mark.parametrize("kind", [None, int, np.int64])
def test_arguments_are_kept_as_plain_numbers(kind: Any) -> None:
    """A NumPy number is taken for an integer, and written as one."""
    size: Any = np.int64(3)
    config = DepthMaxPool(size, kind and kind(3)).get_config()
    assert (type(config["pool_size"]), type(config["strides"]), config["strides"]) == (int, int, 3)


@pytest.mark.parametrize(
    ("arguments", "shape", "words"),
    [
        ((0,), None, "pool_size must be positive, got 0"),
        ((2.5,), None, "pool_size must be an integer, got 2.5"),
        ((True,), None, "pool_size must be an integer, got True"),
        (([2, 2],), None, r"pool_size must be an integer, got \(2, 2\)"),
        ((2, -1), None, "strides must be positive, got -1"),
        ((2, 2, "causal"), None, "padding must be 'valid' or 'same', got 'causal'"),
        ((2, 2, "valid", "last"), None, "data_format must be 'channels_last' or 'channels_first', got 'last'"),
        ((7,), (1, 4, 4, 6), r"pool_size must be at most the input\'s 6 channels \(or padding \'same\'\), got 7"),
        ((2,), (6,), r"expects an input of 2 to 5 axes \(batch first\), got \(6,\)"),
    ],
)
def test_errors_name_what_was_received(arguments: Any, shape: Any, words: str) -> None:
    """An error names the argument, what it got, and what would fit."""
    with pytest.raises(ValueError, match=words):
        DepthMaxPool(*arguments)(np.zeros(shape or (1, 2, 2, 4), "float32"))


def test_the_channels_must_be_known() -> None:
    """An unknown channel axis is refused when the model is built."""
    with pytest.raises(ValueError, match="the channel axis of the input must be known, got None"):
        DepthMaxPool(2)(keras.Input((8, None)))


@pytest.mark.parametrize("jit", [None, False, True] if BACKEND == "tensorflow" else [None])
@pytest.mark.parametrize("size", [3, 12, 40])
def test_an_endless_slope_stays_where_it_belongs(size: int, jit: bool | None) -> None:
    """An infinite gradient reaches the largest channel and leaves its neighbours at zero."""
    x = np.roll(np.arange(size, dtype="float32"), 2)[None, None]
    _, gradient = value_and_gradient(lambda x: DepthMaxPool(size)(x) * np.float32(np.inf), x, jit)
    assert gradient.ravel().tolist() == [0, np.inf, *[0] * (size - 2)]


@pytest.mark.parametrize("jit", [None, False, True] if BACKEND == "tensorflow" else [None])
@pytest.mark.parametrize("size", [2, 3, 4, 8, 12, 16, 20, 40])
def test_a_nan_is_not_lost(size: int, jit: bool | None) -> None:
    """Where windows lie side by side, a NaN anywhere in one comes out of it, and out of no other."""
    if jit and size in (16, 40):
        pytest.skip("where a whole model is compiled, XLA as TensorFlow sets it up loses a NaN in a wide window")
    x = np.tile(np.arange(2 * size, dtype="float32"), (size, 1))[None]
    x[0, range(size), range(size)] = np.nan
    y = value_and_gradient(depth_pooling(size), x, jit)[0][0]
    assert np.isnan(y[:, 0]).all()
    assert (y[:, 1] == 2 * size - 1).all()


@pytest.mark.parametrize("size", [2, 12, 40])
def test_integers_are_pooled_as_well(size: int) -> None:
    """Integers, which have no gradient, come out as integers."""
    x = np.random.default_rng(0).integers(-9, 9, (3, 4, 80)).astype("int32")
    y = ops.convert_to_numpy(DepthMaxPool(size, dtype="int32")(x))
    assert y.dtype == x.dtype
    np.testing.assert_array_equal(y, reference(x, size, size, "valid", "channels_last")[0])


def test_maxout_after_a_dense_layer() -> None:
    """A model that pools a Dense layer's units trains, and gives the largest of each group of them."""
    keras.utils.set_random_seed(0)
    units = layers.Dense(12)
    model = keras.Sequential([keras.Input((5,)), units, DepthMaxPool(4)])
    x = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")
    assert model.output_shape == (None, 3)
    expected = ops.convert_to_numpy(units(x)).reshape(6, 3, 4).max(-1)
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-5)
    before = np.array(units.kernel)
    model.compile("sgd", "mse")
    model.fit(x, np.ones((6, 3)), verbose=0)
    assert (before != np.array(units.kernel)).any()


def test_explain_shows_the_layer() -> None:
    """`explain` gives the layer's row the shape that Keras gives it, and the formula of its depth."""
    model = small_model((28, 28), 12)
    rows = {row.name: row for row in explain(model).rows}
    row = rows[model.layers[1].name]
    assert row.shapes == (model.layers[1].output.shape,)
    assert row.outcome is not None
    assert row.outcome.axes[-1] is not None
    assert row.outcome.axes[-1].numeric() == "ceil((12 - 4 + 1) / 4)"


@settings(max_examples=100, derandomize=True, deadline=None)
@given(
    st.integers(0, 5),
    st.one_of(st.none(), st.integers(0, 5)),
    st.sampled_from(["valid", "same", "VALID", "full"]),
    st.sampled_from(["channels_last", "channels_first", None]),
    st.lists(st.one_of(st.none(), st.integers(1, 9)), min_size=1, max_size=5),
)
def test_the_rule_says_what_the_layer_does(
    size: int, stride: int | None, padding: str, data_format: str | None, sizes: Any
) -> None:
    """The rule gives the layer's own output shape, and refuses what it refuses."""
    arguments: dict[str, Any] = {"pool_size": size, "strides": stride, "padding": padding, "data_format": data_format}
    shape = (None, *sizes)
    try:
        layer = DepthMaxPool(**arguments)
        layer.compute_output_shape(shape)
    except ValueError:
        with pytest.raises(LayerError):
            outcome("cnnnotes>DepthMaxPool", arguments, [shape])
        return
    found = outcome("cnnnotes>DepthMaxPool", arguments, [shape])
    expected = keras.src.backend.compute_output_spec(layer.call, keras.KerasTensor(shape)).shape
    assert found.shapes == (expected,)
    assert all(formula is None or formula.value == at for formula, at in zip(found.axes, expected[1:], strict=True))
    assert found.params is None


@quick_on("tensorflow")
def test_digits_are_learned(tmp_path: Path) -> None:
    """A model with the layer reads nine in ten unseen digits, as the MNIST page asks, and reloads to say the same."""
    digits = mnist()
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(16, 3, strides=2),
            DepthMaxPool(2),
            layers.Conv2D(48, 3, strides=2),
            DepthMaxPool(3),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(digits.x_train[:4000], digits.y_train[:4000], batch_size=64, epochs=3, verbose=0)
    chances = model.predict(digits.x_test, verbose=0)
    assert (chances.argmax(1) == digits.y_test).mean() >= 0.9
    model.save(tmp_path / "digits.keras")
    loaded = keras.models.load_model(tmp_path / "digits.keras", safe_mode=True)
    np.testing.assert_array_equal(loaded.predict(digits.x_test, verbose=0), chances)


@pytest.mark.skipif(BACKEND == "torch", reason="Keras exports a SavedModel from TensorFlow and JAX")
def test_export_as_a_saved_model(tmp_path: Path) -> None:
    """`model.export` writes a SavedModel, batch and size open, that predicts the same without Keras."""
    import tensorflow as tf

    model = small_model((None, None) if BACKEND == "tensorflow" else (8, 8))
    model.export(str(tmp_path / "served"), verbose=False)
    served = tf.saved_model.load(str(tmp_path / "served"))
    for count in (2, 3):
        x, _ = images(count)
        np.testing.assert_allclose(served.serve(x).numpy(), model.predict(x, verbose=0), rtol=1e-5)


@only_on("tensorflow")
def test_two_replicas_train_alike() -> None:
    """Under `tf.distribute` two CPU devices share a batch, and the weights come out as on one."""
    import tensorflow as tf

    trained = []
    for strategy in (tf.distribute.get_strategy(), tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])):
        with strategy.scope():
            model = small_model((8, 8))
            model.compile("sgd", "sparse_categorical_crossentropy")
        model.fit(*images(), batch_size=16, epochs=2, shuffle=False, verbose=0)
        trained.append((strategy.num_replicas_in_sync, model.get_weights()))
    assert [replicas for replicas, _ in trained] == [1, 2]
    for alone, shared in zip(trained[0][1], trained[1][1], strict=True):
        np.testing.assert_allclose(alone, shared, atol=1e-6)


@only_on("tensorflow")
@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_same_outputs_as_tensorflow_depth_pooling(jit_compile: bool) -> None:
    """Wherever `tf.nn.max_pool` pools over depth, as in the notes' class, the outputs are the same."""
    import tensorflow as tf

    x = tf.random.stateless_normal((2, 5, 5, 96), seed=(1, 2))
    for size in (2, 3, 4, 8, 32, 96):
        notes = tf.nn.max_pool(x, ksize=(1, 1, 1, size), strides=(1, 1, 1, size), padding="VALID")
        ours = tf.function(DepthMaxPool(size), jit_compile=jit_compile)(x)
        np.testing.assert_array_equal(ours, notes)


@only_on("jax")
def test_two_devices_train_alike() -> None:
    """Under `keras.distribution` two devices share a batch, and the weights come out as on one."""
    trained = []
    for devices in (1, 2):
        keras.distribution.set_distribution(
            keras.distribution.DataParallel(devices=[f"cpu:{n}" for n in range(devices)])
        )
        model = small_model((8, 8))
        model.compile("sgd", "sparse_categorical_crossentropy")
        model.fit(*images(), batch_size=16, epochs=2, shuffle=False, verbose=0)
        trained.append(model.get_weights())
        assert len(model.layers[0].kernel.value.sharding.device_set) == devices
    keras.distribution.set_distribution(None)
    for alone, shared in zip(*trained, strict=True):
        np.testing.assert_allclose(alone, shared, atol=1e-6)


@only_on("jax")
@pytest.mark.parametrize("size", [2, 8, 40])
def test_both_modes_of_differentiation_agree(size: int) -> None:
    """JAX's forward mode gives the derivative that its reverse mode gives."""
    import jax

    x = jax.random.normal(jax.random.key(0), (1, 2, 80))
    layer = DepthMaxPool(size)
    np.testing.assert_array_equal(jax.jit(jax.jacfwd(layer))(x), jax.jit(jax.jacrev(layer))(x))


@pytest.mark.skipif(BACKEND == "tensorflow", reason="the page itself runs the four on TensorFlow")
def test_what_the_page_says_of_other_backends() -> None:
    """On JAX and PyTorch the notes' class and Lambda don't train; reshape with a maximum does, and ours."""
    import tensorflow as tf

    class NotesDepthMaxPool(layers.Layer):  # type: ignore[misc]
        def call(self, inputs: Any) -> Any:
            return tf.nn.max_pool(inputs, ksize=(1, 1, 1, 3), strides=(1, 1, 1, 3), padding="VALID")

    def trains(pool: Any) -> Any:
        image = keras.Input((4, 4, 1))
        model = keras.Model(image, pool(layers.Conv2D(6, 1)(image)))
        model.compile("sgd", "mse")
        model.fit(np.ones((1, 4, 4, 1)), np.zeros((1, 4, 4, 2)), verbose=0)
        return True

    assert trains(DepthMaxPool(3))
    assert trains(lambda x: ops.max(ops.reshape(x, (-1, 4, 4, 2, 3)), axis=-1))
    for pool in (NotesDepthMaxPool(), layers.Lambda(NotesDepthMaxPool().call)):
        with pytest.raises(Exception, match="Exception encountered when calling"):
            trains(pool)


@only_on("torch")
def test_pytorch_exports_and_traces_it() -> None:
    """`torch.export` and `torch.compile` take a model with the layer, gradient and all."""
    import torch

    for size in (2, 40):
        layer = DepthMaxPool(size)
        x = torch.randn(2, 3, 80, generator=torch.Generator().manual_seed(0))
        exported = torch.export.export(layer, (x,)).module()
        torch.testing.assert_close(exported(x), layer(x))
        compiled = torch.compile(layer, backend="aot_eager")
        torch.testing.assert_close(value_and_gradient(compiled, x.numpy()), value_and_gradient(layer, x.numpy()))
