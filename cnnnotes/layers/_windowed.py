"""A window that moves over the spatial axes: the arithmetic that it shares with convolutions, and pooling.

Source: the notes' own formulas, which are those of the Keras documentation and of V. Dumoulin and F. Visin,
"A guide to convolution arithmetic for deep learning" (2016), with Keras's `same` padding."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments
from cnnnotes.layers._errors import LayerError
from cnnnotes.layers._outcomes import AXES, GLOBAL, Map, Outcome, Shape, Window, times
from cnnnotes.layers._registry import rule

AXIS_NAMES = {"H": "height", "W": "width", "L": "length", "Z": "volume's depth", "D": "channels"}
_SIDES = {"H": ("row", "top", "bottom"), "W": ("column", "left", "right"), "D": ("channel", "start", "end")}


class Moved(NamedTuple):
    """A window moved over the spatial axes of a map."""

    formulas: list[Formula]
    windows: tuple[Window, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def spatial(self) -> Shape:
        return tuple(formula.value for formula in self.formulas)


def axis_formula(text: str, axis: str, length: int | None, **values: int) -> Formula:
    """A formula along one axis: `X_in` in its text is the length, and each value is named for a spatial axis."""
    text, names = _along(text, axis, tuple(values))
    return Formula(text, **{f"{axis}_in": length}, **dict(zip(names, values.values(), strict=True)))


@lru_cache(maxsize=512)
def _along(text: str, axis: str, names: tuple[str, ...]) -> tuple[str, list[str]]:
    """A formula's text with its names as they are along an axis, and these names."""
    mark = "" if axis == "D" else f"_{axis.lower()}"
    text = re.sub(rf"\b({'|'.join(names)})\b", rf"\1{mark}", text.replace("X_in", f"{axis}_in"))
    return text, [f"{name}{mark}" for name in names]


def size_after(axis: str, length: int | None, f: int, s: int, r: int, padding: str) -> Formula:
    """How many positions a window of size `f`, stride `s` and dilation `r` has along an axis."""
    text = "ceil((X_in - R * (F - 1)) / S)" if padding == "valid" else "ceil(X_in / S)"
    return axis_formula(text, axis, length, F=f, S=s, R=r)


def move(spatial: Shape, size: Sequence[int], stride: Sequence[int], dilation: Sequence[int], padding: str) -> Moved:
    """Moves a window of `size` over `spatial`, a number for each axis; it must leave something of it."""
    formulas, windows, notes = [], [], []
    for axis, length, f, s, r in zip(AXES[len(spatial)], spatial, size, stride, dilation, strict=True):
        formula, reach = size_after(axis, length, f, s, r, padding), r * (f - 1) + 1
        if formula.value is not None and formula.value < (1 if padding == "valid" else 0):
            raise LayerError(
                f"the window does not fit: {formula} along the {AXIS_NAMES[axis]} "
                f"(window {f}{f', dilated to {reach}' if r > 1 else ''}, input {length}, padding {padding!r})"
            )
        formulas.append(formula)
        windows.append(Window(reach, s, padded(length, reach, s, padding)[0]))
        if length is not None and formula.value is not None:
            notes += axis_notes(axis, length, formula.value, reach, s, padding)
    return Moved(formulas, tuple(windows), tuple(notes))


def padded(length: int | None, reach: int, stride: int, padding: str) -> tuple[int, int]:
    """How many positions `padding` adds before and after an axis (for an unknown length: as at stride 1)."""
    if padding == "valid":
        return 0, 0
    if padding == "causal":
        return reach - 1, 0
    total = reach - 1 if length is None else max((-(-length // stride) - 1) * stride + reach - length, 0)
    return total // 2, total - total // 2


def axis_notes(axis: str, length: int, out: int, reach: int, stride: int, padding: str) -> list[str]:
    """What is padded along an axis, or never read."""
    line, *sides = _SIDES.get(axis, ("step", "start", "end"))
    counts = padded(length, reach, stride, padding)
    if padding == "same" and (stride > 1 or counts[0] != counts[1]):
        ends = zip(counts, sides, strict=True)
        pads = [f"{count} {line}{'s' * (count > 1)} padded at the {side}" for count, side in ends if count]
        return [f"`same` at stride {stride}: {length} → {out}, {', '.join(pads) or 'nothing padded'}"]
    unread = length - ((out - 1) * stride + reach) if padding == "valid" else 0
    if unread > 0:
        return [f"the last {line} is never read" if unread == 1 else f"the last {unread} {line}s are never read"]
    return []


_POOL = "pool_size:sizes strides:sizes=None padding:valid|same=valid data_format=None"
_GLOBAL = "data_format=None keepdims=False"


@rule("MaxPooling{}D|MaxPool{}D", _POOL.replace("sizes", "sizes=2", 1))
@rule("AveragePooling{}D|AvgPool{}D", _POOL)
def pool(args: Arguments, shape: Shape) -> Outcome:
    """`MaxPooling1D` to `3D` and `AveragePooling1D` to `3D`: a window, moved over each channel by itself."""
    map_, (size, stride, padding) = Map.of(shape, args.channels_first()), pool_window(args)
    moved = move(map_.spatial, size, stride, (1,) * args.rank, padding)
    return map_.outcome(moved.formulas, notes=moved.notes, windows=moved.windows)


def pool_window(args: Arguments) -> tuple[tuple[int, ...], tuple[int, ...], str]:
    """The size, the stride and the padding of a pool: without a stride its windows stand side by side."""
    read = args.integers if args.rank else lambda name: (args.integer(name),)  # over the channels there is one axis
    size = read("pool_size")
    return size, size if args.get("strides") is None else read("strides"), args.choice("padding")


@rule("GlobalMaxPooling{}D|GlobalMaxPool{}D GlobalAveragePooling{}D|GlobalAvgPool{}D", _GLOBAL)
def global_pool(args: Arguments, shape: Shape) -> Outcome:
    """`GlobalMaxPooling1D` to `3D` and `GlobalAveragePooling1D` to `3D`: one value for each channel."""
    map_ = Map.of(shape, args.channels_first())
    ones = [Formula("1")] * (args.rank if args.flag("keepdims") else 0)
    notes = () if None in map_.spatial else (f"{times(map_.spatial)} positions become one value for each channel",)
    return map_.outcome(ones, notes=notes, windows=GLOBAL)


@rule("AdaptiveMaxPooling{}D AdaptiveAveragePooling{}D", "output_size:sizes data_format=None")
def adaptive_pool(args: Arguments, shape: Shape) -> Outcome:
    """`AdaptiveMaxPooling1D` to `3D` and `AdaptiveAveragePooling1D` to `3D`: as many windows as are asked for."""
    map_, out = Map.of(shape, args.channels_first()), args.integers("output_size")
    steps = [length // size for length, size in zip(map_.spatial, out, strict=True) if length and length % size == 0]
    even = tuple(Window(step, step) for step in steps) if len(steps) == len(out) else None  # else of no single stride
    return map_.outcome([Formula(str(size)) for size in out], windows=GLOBAL if set(out) == {1} else even)


@rule("DepthMaxPool|cnnnotes>DepthMaxPool", _POOL.replace("sizes", "size"), axes=(2, 5), example={"pool_size": 3})
def depth_max_pool(args: Arguments, shape: Shape) -> Outcome:
    """`cnnnotes.DepthMaxPool`: the maximum over groups of channels, of a vector or of a map of 1 to 3 spatial axes."""
    map_, ((size,), (stride,), padding) = Map.of(shape, args.channels_first()), pool_window(args)
    if padding == "valid" and size > map_.depth:
        raise LayerError(f"pool_size must be at most the input's {map_.depth} channels (or padding 'same'), got {size}")
    pooled = size_after("D", map_.depth, size, stride, 1, padding)
    notes = [f"at each position, the largest of {size} channels"] if size > 1 else []
    if padding == "valid":
        notes += axis_notes("D", map_.depth, pooled.value or 0, size, stride, padding)
    return map_.outcome([None] * len(map_.spatial), pooled, notes=tuple(notes))
