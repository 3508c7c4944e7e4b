"""Which inputs each output position reads, along each axis that a layer's window moves over."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from cnnnotes.layers import _windowed as windowed
from cnnnotes.layers._arguments import Arguments
from cnnnotes.layers._convolutional import Kernel, conv, conv_transpose, depthwise_conv, separable_conv, spread
from cnnnotes.layers._errors import NoRule, shown
from cnnnotes.layers._outcomes import AXES, Map, Shape, has_axes, known
from cnnnotes.layers._registry import Rule, layer_type


class Reads(NamedTuple):
    """Which inputs each output position reads along one axis."""

    axis: str
    """`height`, `width`, `length`, `volume's depth` or `channels`."""
    length: int
    """The number of input positions."""
    out: int
    """The number of output positions; 0 where the window is larger than the input."""
    at: Callable[[int], range]
    """The inputs that an output position reads; those below 0 and from `length` on are padding."""

    @property
    def before(self) -> int:
        """How many positions of padding the layer adds before the first input."""
        return max(0, -self.at(0).start) if self.out else 0

    @property
    def after(self) -> int:
        """How many positions of padding the layer adds after the last input."""
        return max(0, self.at(self.out - 1).stop - self.length) if self.out else 0

    def is_read(self, place: int) -> bool:
        """Whether any output reads this input."""
        first = bisect_left(range(self.out), place, key=lambda position: self.at(position).stop - 1)
        # so many neighbours read inputs of all remainders
        return any(place in self.at(position) for position in range(first, min(self.out, first + self.at(0).step)))


def reads(kind: str, arguments: Mapping[str, Any], shape: Shape) -> tuple[Reads, ...]:
    """Which inputs each output position of a layer reads, one `Reads` for each axis that its window moves over.

    **Arguments**

    - `kind`: the Keras class name, `"Conv2D"`.
    - `arguments`: the layer's arguments as Keras spells them.
    - `shape`: the input's shape, batch first; the sizes that the window moves over must be known.

    **Returns** one for each spatial axis, for `DepthMaxPool` one for the channels; none for a layer without one.
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
    args, rule = Arguments(dict(arguments), stated.arguments, stated.rank or 0), stated.rule
    if rule not in (*_CONVOLUTIONS, *_POOLS):
        return ()
    has_axes(shape, *stated.axes)
    map_ = Map.of(shape, args.channels_first())
    along_depth = rule is windowed.depth_max_pool
    axes = zip("D", [map_.channels], strict=True) if along_depth else zip(AXES[args.rank], map_.spatial, strict=True)
    named = [(windowed.AXIS_NAMES[axis], length) for axis, length in axes]
    lengths = [known(length, f"the {name}") for name, length in named]
    found = zip(named, lengths, _windows(rule, args, shape, lengths), strict=True)
    return tuple(Reads(name, length, *axis) for (name, _), length, axis in found)


_CONVOLUTIONS = (conv, depthwise_conv, separable_conv, conv_transpose)
_POOLS = (windowed.pool, windowed.global_pool, windowed.adaptive_pool, windowed.depth_max_pool)
Axis = tuple[int, Callable[[int], range]]  # how many output positions there are, and what the window covers at each


def _windows(rule: Rule, args: Arguments, shape: Shape, lengths: list[int]) -> Iterable[Axis]:
    """What a layer's window does along each axis."""
    if rule in (windowed.global_pool, windowed.adaptive_pool):
        return map(_split, lengths, (1,) * args.rank if rule is windowed.global_pool else args.integers("output_size"))
    if rule in _POOLS:
        sizes, strides, padding = windowed.pool_window(args)
        return (_moved(*axis, 1, padding) for axis in zip(lengths, sizes, strides, strict=True))
    kernel = Kernel(args, shape)
    axes = zip(lengths, kernel.size, kernel.stride, kernel.dilation, strict=True)
    if rule is not conv_transpose:
        return (_moved(*axis, kernel.padding) for axis in axes)
    outs = spread(args, kernel).spatial
    return (_spread(*axis, kernel.padding, out or 0) for axis, out in zip(axes, outs, strict=True))


def _split(length: int, out: int) -> Axis:
    return out, lambda position: range(position * length // out, -(-(position + 1) * length // out))


def _moved(length: int, size: int, stride: int, dilation: int, padding: str) -> Axis:
    reach = dilation * (size - 1) + 1
    out = windowed.size_after("L", length, size, stride, dilation, padding).value or 0
    before, _ = windowed.padded(length, reach, stride, padding)
    return max(out, 0), lambda position: range(position * stride - before, position * stride - before + reach, dilation)


def _spread(length: int, size: int, stride: int, dilation: int, padding: str, out: int) -> Axis:
    reach = dilation * (size - 1) + 1
    # `same` drops what a convolution that leads back to the input would pad
    dropped = max((length - 1) * stride + reach - out, 0) // 2 if padding == "same" else 0

    def at(position: int) -> range:
        last = position + dropped
        # either the stride is 1 or the dilation
        first, end = -((reach - 1 - last) // stride), last // stride + 1
        return range(first + max(0, -(first // dilation)) * dilation, min(end, length), dilation)  # no padding is read

    return out, at
