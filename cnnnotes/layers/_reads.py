"""Which inputs each output position reads, along each axis that a layer's window moves over."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from cnnnotes.layers._arguments import Arguments
from cnnnotes.layers._convolutional import Kernel, conv, conv_transpose, depthwise_conv, separable_conv, spread
from cnnnotes.layers._depth_pooling import depth_max_pool
from cnnnotes.layers._errors import LayerError, NoRule, shown
from cnnnotes.layers._outcomes import AXES, Map, Shape, has_axes, known
from cnnnotes.layers._pooling import adaptive_pool, global_pool, pool, pool_window
from cnnnotes.layers._registry import Rule, layer_type
from cnnnotes.layers._windowed import AXIS_NAMES, move


class Reads(NamedTuple):
    """Which inputs each output position reads along one axis."""

    axis: str
    """`height`, `width`, `length`, `volume's depth` or `channels`."""
    length: int
    """The number of input positions."""
    out: int
    """The number of output positions; 0 where the window is larger than the input."""
    window: Callable[[int], range]
    """The positions that the window covers at an output position; they may lie outside the input."""
    padded: bool = True
    """Whether there is padding where the window reaches beyond the input; of a transposed layer nothing is there."""

    def at(self, position: int) -> range:
        """The inputs that an output position reads; those below 0 and from `length` on are padding."""
        window = self.window(position)
        if self.padded:
            return window
        start = window.start + max(0, -(window.start // window.step)) * window.step
        return range(start, min(window.stop, self.length), window.step)

    @property
    def before(self) -> int:
        """How many positions of padding the layer adds before the first input."""
        return max(0, -self.at(0).start) if self.out and self.padded else 0

    @property
    def after(self) -> int:
        """How many positions of padding the layer adds after the last input."""
        return max(0, self.at(self.out - 1)[-1] - self.length + 1) if self.out and self.padded else 0

    def is_read(self, place: int) -> bool:
        """Whether any output reads this input."""
        positions = range(self.out)
        first = bisect_left(positions, place, key=lambda position: self.window(position).stop - 1)
        end = bisect_right(positions, place, key=lambda position: self.window(position).start)
        step = self.window(0).step  # so many neighbours read inputs of all remainders
        return any(place in self.window(position) for position in range(first, min(end, first + step)))

    @property
    def unread(self) -> tuple[int, ...]:
        """The inputs that no output reads."""
        return tuple(place for place in range(self.length) if not self.is_read(place))


def reads(kind: str, arguments: Mapping[str, Any], shape: Shape) -> tuple[Reads, ...]:
    """Which inputs each output position of a layer reads, one `Reads` for each axis that its window moves over.

    **Arguments**

    - `kind`: the Keras class name, `"Conv2D"`.
    - `arguments`: the layer's arguments as Keras spells them.
    - `shape`: the input's shape, batch first; the sizes that the window moves over must be known.

    **Returns** one for each spatial axis, of `DepthMaxPool` one for the channels; nothing for a layer without a window.
    A window that is larger than the input has no output positions: `out` is 0.

    **Raises** `NoRule` for a type that is not known, `LayerError` for arguments that can't be read.

    ```python
    from cnnnotes.layers import reads

    height, width = reads("Conv2D", {"filters": 8, "kernel_size": 3, "strides": 2, "padding": "same"}, (None, 8, 7, 3))
    assert [*height.at(3)] == [6, 7, 8]
    assert (height.before, height.after) == (0, 1)
    assert (width.before, width.after) == (1, 1)
    ```
    """
    stated = layer_type(kind)
    if stated is None:
        raise NoRule(f"no rule is known for a layer of type {shown(kind)}")
    args = Arguments(dict(arguments), stated.arguments, stated.rank)
    if stated.rule is depth_max_pool:
        depth, size = Map.of(shape, args.channels_first()).depth, args.integer("pool_size")
        stride = args.optional_integer("strides") or size
        return (Reads("channels", depth, *_moved(depth, size, stride, 1, args.choice("padding"))),)
    if stated.rule not in (conv, depthwise_conv, separable_conv, conv_transpose, pool, global_pool, adaptive_pool):
        return ()
    has_axes(shape, *stated.axes)
    spatial = zip(AXES[args.rank], Map.of(shape, args.channels_first()).spatial, strict=True)
    lengths = {AXIS_NAMES[axis].removeprefix("the "): known(length, AXIS_NAMES[axis]) for axis, length in spatial}
    found = _windows(stated.rule, args, shape, [*lengths.values()])
    padded = stated.rule is not conv_transpose
    return tuple(Reads(name, n, *axis, padded) for (name, n), axis in zip(lengths.items(), found, strict=True))


Axis = tuple[int, Callable[[int], range]]  # how many output positions there are, and what the window covers at each


def _windows(rule: Rule, args: Arguments, shape: Shape, lengths: list[int]) -> Iterable[Axis]:
    """What a layer's window does along each spatial axis."""
    if rule in (global_pool, adaptive_pool):
        outs = args.integers("output_size") if rule is adaptive_pool else (1,) * args.rank
        return map(_split, lengths, outs)
    if rule is pool:
        sizes, strides, padding = pool_window(args)
        return (_moved(*axis, 1, padding) for axis in zip(lengths, sizes, strides, strict=True))
    kernel = Kernel(args, shape)
    axes = zip(lengths, kernel.size, kernel.stride, kernel.dilation, strict=True)
    if rule is not conv_transpose:
        return (_moved(*axis, kernel.padding) for axis in axes)
    kernel.check_dilated_stride()
    return (
        _spread(*axis, kernel.padding, out or 0) for axis, out in zip(axes, spread(args, kernel).spatial, strict=True)
    )


def _split(length: int, out: int) -> Axis:
    return out, lambda position: range(position * length // out, -(-(position + 1) * length // out))


def _moved(length: int, size: int, stride: int, dilation: int, padding: str) -> Axis:
    reach = dilation * (size - 1) + 1
    try:
        moved = move((length,), (size,), (stride,), (dilation,), padding)
        out, before = moved.spatial[0] or 0, moved.windows[0].before
    except LayerError:  # the window is larger than the input
        out = before = 0
    return out, lambda position: range(position * stride - before, position * stride - before + reach, dilation)


def _spread(length: int, size: int, stride: int, dilation: int, padding: str, out: int) -> Axis:
    reach = dilation * (size - 1) + 1
    # `same` drops what a convolution that leads back to the input would pad
    dropped = max((length - 1) * stride + reach - out, 0) // 2 if padding == "same" else 0

    def window(position: int) -> range:
        last = position + dropped
        if dilation > 1:
            return range(last - reach + 1, last + 1, dilation)
        return range(-((reach - 1 - last) // stride), last // stride + 1)

    return out, window
