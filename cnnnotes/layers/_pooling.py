"""Pooling: the maximum or the average of a window, with no weights."""

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments
from cnnnotes.layers._outcomes import GLOBAL, Map, Outcome, Shape, Window, times
from cnnnotes.layers._registry import rule
from cnnnotes.layers._windowed import move

_POOL = "pool_size:sizes strides:sizes=None padding:valid|same=valid data_format=None"


@rule("MaxPooling{}D|MaxPool{}D", _POOL.replace("sizes", "sizes=2", 1))
@rule("AveragePooling{}D|AvgPool{}D", _POOL)
def pool(args: Arguments, shape: Shape) -> Outcome:
    """`MaxPooling1D` to `3D` and `AveragePooling1D` to `3D`: a window, moved over each channel by itself."""
    map_, (size, stride, padding) = Map.of(shape, args.channels_first()), pool_window(args)
    moved = move(map_.spatial, size, stride, (1,) * args.rank, padding)
    return map_.outcome(moved.formulas, notes=moved.notes, windows=moved.windows)


def pool_window(args: Arguments) -> tuple[tuple[int, ...], tuple[int, ...], str]:
    """The size, the stride and the padding of a pool: without a stride its windows stand side by side."""
    size = args.integers("pool_size")
    return size, size if args.get("strides") is None else args.integers("strides"), args.choice("padding")


@rule(
    "GlobalMaxPooling{}D|GlobalMaxPool{}D GlobalAveragePooling{}D|GlobalAvgPool{}D", "data_format=None keepdims=False"
)
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
    windows: tuple[Window, ...] | str | None = None  # windows of unlike sizes have no single stride
    if len(steps) == len(out):
        windows = tuple(Window(step, step) for step in steps)
    if set(out) == {1}:
        windows = GLOBAL
    return map_.outcome([Formula(str(size)) for size in out], windows=windows)
