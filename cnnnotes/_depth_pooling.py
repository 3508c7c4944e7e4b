"""Max pooling over the channels: at each position, the largest value of each group of neighbouring channels.
The one module of the package that needs Keras when it is imported."""

import contextlib
import functools
import math
from typing import Any

import keras
import numpy as np
from keras import ops

from cnnnotes.layers import outcome

_WIDE = 32  # from this window on, the own reductions of TensorFlow and PyTorch are as fast as memory


@keras.saving.register_keras_serializable("cnnnotes")
class DepthMaxPool(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Max pooling over the channels of a vector or of a 1D, 2D or 3D map, on every Keras backend.

    It pools the channel axis just as `MaxPooling1D` pools a sequence. Where several channels of a window share the
    largest value, the gradient goes to the first of them, as in Keras's own max pooling on TensorFlow, JAX and PyTorch.
    A unit that takes the largest of a group of linear ones is the maxout of I. Goodfellow et al. (2013).

    **Arguments**

    - `pool_size`: the channels in a window.
    - `strides`: the channels from one window to the next; `None` is `pool_size`.
    - `padding`: `"valid"` (no window reaches beyond the channels) or `"same"` (as many windows as start inside them).
    - `data_format`: `"channels_last"` or `"channels_first"`; `None` is what `keras.config.image_data_format()` says.

    **Input** of 2 to 5 axes: `(batch, channels)`, `(batch, ..., channels)` or `(batch, channels, ...)`. The batch and
    the spatial sizes may be unknown.

    **Output** of the same axes, with `floor((channels - pool_size) / strides) + 1` channels for `"valid"` and
    `ceil(channels / strides)` for `"same"`.

    **Raises** `LayerError`, a `ValueError`, that names the argument, what it got and what would fit.

    ```python
    import numpy as np

    from cnnnotes import DepthMaxPool

    assert np.array(DepthMaxPool(3)(np.array([[3.0, 1.0, 2.0, 5.0, 4.0, 6.0]]))).tolist() == [[3.0, 6.0]]
    ```
    """

    def __init__(
        self,
        pool_size: int,
        strides: int | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        # a NumPy number as Python's, which a saved model can hold
        both: tuple[Any, Any] = (pool_size, pool_size if strides is None else strides)
        self.pool_size, self.strides = (n.item() if isinstance(n, np.generic) else n for n in both)
        self.padding, self.data_format = padding, data_format or keras.config.image_data_format()
        outcome("DepthMaxPool", self._arguments(), [(None, 2**30)])  # refuses at once what fits no input
        self.padding, self.data_format = self.padding.lower(), self.data_format.lower()

    def call(self, inputs: Any) -> Any:
        known = tuple(size if isinstance(size, int) else None for size in inputs.shape)  # `jax.export` has symbols
        axis = 1 if self.data_format == "channels_first" else -1
        pooled, channels, shape = self.compute_output_shape(known)[axis] or 0, known[axis] or 0, ops.shape(inputs)
        arguments = (self.pool_size, self.strides, self.padding, "channels_last")  # Keras pools the middle axis
        if axis == 1 and len(shape) > 2:
            maps = ops.reshape(inputs, (shape[0], channels, math.prod(shape[2:])))
            return ops.reshape(ops.max_pool(maps, *arguments), (shape[0], pooled, *shape[2:]))
        used = pooled * self.pool_size
        if self.strides != self.pool_size or used > channels:
            # the channels of a pixel as a sequence of their own: nothing is moved to get there
            largest = ops.max_pool(ops.reshape(inputs, (-1, channels, 1)), *arguments)
        else:
            whole = inputs if used == channels else inputs[..., :used]  # the gradient of any slice is a copy
            largest = _LARGEST[keras.backend.backend()](ops.reshape(whole, (-1, used)), self.pool_size)
        return ops.reshape(largest, (*shape[:-1], pooled))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return outcome("DepthMaxPool", self._arguments(), [tuple(input_shape)]).shapes[0]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self._arguments()}

    def _arguments(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("pool_size", "strides", "padding", "data_format")}


def _tensorflow_largest(pixels: Any, size: int) -> Any:
    """`reduce_max`, which a graph asks XLA to fuse; its own gradient would be shared among ties.

    `tf.nn.max_pool` over depth loses a NaN, and has no gradient on a CPU and no kernel on a GPU.
    """
    import tensorflow as tf

    # a hint: where XLA is missing, the same graph runs without it
    fused = contextlib.nullcontext if tf.executing_eagerly() else tf.xla.experimental.jit_scope

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def function(pixels: Any) -> Any:
        def gradient(upstream: Any) -> Any:
            def spread(each: Any) -> Any:  # one for each group, to all channels of the group
                return tf.reshape(tf.broadcast_to(tf.reshape(each, (-1, 1)), tf.shape(groups)), tf.shape(pixels))

            with fused():
                groups = tf.reshape(pixels, (-1, size))
                if size == 2:
                    row = tf.transpose(groups)  # XLA compares two long rows faster than it looks for a place
                    first = tf.transpose(tf.stack([tf.logical_not(row[1] > row[0]), row[1] > row[0]]))
                else:
                    # `argmax` of numbers is slow in wide windows; where the largest is a NaN, all match
                    scores = groups if size <= _WIDE else tf.logical_not(groups < largest[:, None])
                    # against places numbered along the pixel: numbered along the window, XLA divides for each channel
                    places = tf.tile(tf.range(size), [pixels.shape[1] // size])
                    first = spread(tf.argmax(scores, 1, tf.int32)) == places
                return tf.where(tf.reshape(first, tf.shape(pixels)), spread(upstream), tf.zeros((), upstream.dtype))

        alone = tf.executing_eagerly() or (size >= 16 and size % 8 == 0)  # as fast as memory by itself
        with contextlib.nullcontext() if alone else fused():
            groups = tf.reshape(pixels, (-1, size))
            largest = tf.reduce_max(groups, 1)
            if not alone and largest.dtype.is_floating:  # XLA's maximum, as TensorFlow sets it up, loses a NaN
                nan = tf.constant(math.nan, largest.dtype)
                largest = tf.where(tf.reduce_any(tf.math.is_nan(groups), 1), nan, largest)
        return largest, gradient

    return function(pixels)


def _jax_largest(pixels: Any, size: int) -> Any:
    """`max`, whose own gradient would be shared among ties; as a JVP, so that both modes of differentiation work."""
    import jax
    import jax.numpy as jnp

    @jax.custom_jvp  # type: ignore[untyped-decorator]
    def function(groups: Any) -> Any:
        if size <= 8:  # XLA compares a few columns faster than it reduces an axis
            return functools.reduce(jnp.maximum, [groups[:, i] for i in range(size)])
        return jnp.max(groups, axis=1)

    @function.defjvp  # type: ignore[untyped-decorator]
    def derivative(primals: Any, tangents: Any) -> Any:
        (groups,), (tangent,) = primals, tangents
        largest, rank = function(groups), jnp.arange(size, 0, -1)
        matches = ~(groups < largest[:, None])  # where the largest is a NaN, all: none is lost
        first = jnp.max(jnp.where(matches, rank, 0), axis=1, keepdims=True) == rank  # `argmax` is slow from 32 on
        return largest, jnp.sum(jnp.where(first, tangent, 0), axis=1)

    return function(jnp.reshape(pixels, (-1, size)))


def _torch_largest(pixels: Any, size: int) -> Any:
    """PyTorch's `max` remembers the first place of the maximum; where no gradient is wanted, two others are faster."""
    import torch

    groups = pixels.reshape(pixels.shape[0], pixels.shape[1] // size, size)
    if torch.is_grad_enabled() and pixels.requires_grad:
        return groups.max(dim=-1).values
    if size >= _WIDE or not pixels.is_floating_point():  # PyTorch pools no integers
        return groups.amax(dim=-1)
    return torch.nn.functional.max_pool1d(pixels[:, None], size)


# By backend: the largest of each `size` neighbours in the rows of `(pixels, channels)`; a tie is the first one's.
_LARGEST = {"tensorflow": _tensorflow_largest, "jax": _jax_largest, "torch": _torch_largest}
