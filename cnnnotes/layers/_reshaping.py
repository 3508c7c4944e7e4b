"""Reshaping: the same values in another shape, cropped, padded or repeated; no layer here has weights."""

from functools import partial
from typing import Any

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments, integer, is_integer, read_shape
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._outcomes import AXES, GLOBAL, Map, Outcome, Shape, Window, numbered, product, sizes, times, volume
from cnnnotes.layers._registry import rule
from cnnnotes.layers._windowed import AXIS_NAMES


@rule("Flatten", "data_format=None", unseen="data_format")
def flatten(args: Arguments, shape: Shape) -> Outcome:
    """`Flatten`: all values of an example in one row."""
    values = sizes(shape, channels_first=args.channels_first())
    length = Formula(product(values), **values)
    before = times(shape[1:])
    if length.value is None:
        note = f"{before} has no known length: a Dense layer can't be built on it"
    else:
        note = f"flattens {before} into {length.value:,} values; positions are no longer separate axes"
    notes = (note,) * (length.value is None or len(shape) > 2)
    return Outcome.of((shape[0], length.value), axes=(length,), notes=notes, windows=GLOBAL)


@rule("Reshape", "target_shape:shape", example={"target_shape": (-1, 3)})
def reshape(args: Arguments, shape: Shape) -> Outcome:
    """`Reshape`: the same values counted off anew; one size may be left to be computed, as -1."""
    out, open_axis = reshaped("target_shape", shape[1:], args.get("target_shape"))
    axes = [None if size is None else Formula(str(size)) for size in out]
    if open_axis is not None:  # all values over the sizes that were given
        values, asked = sizes(shape), numbered(out, "T")
        del asked[f"T_{open_axis + 1}"]
        axes[open_axis] = Formula(f"({product(values)}) / ({product(asked)})", **values, **asked)
    return Outcome.of((shape[0], *out), axes=tuple(axes), windows=None)


def reshaped(name: str, values: Shape, target: object) -> tuple[Shape, int | None]:
    """The sizes of the target, with the one that is left open, -1, computed; and where that is."""
    asked = read_shape(name, target, minimum=-1)
    if asked.count(-1) > 1:
        raise LayerError(f"{name} must have at most one -1, got {shown(target)}")
    place = asked.index(-1) if -1 in asked else None
    count, other = volume(values), volume(size for size in asked if size != -1)
    if count is None or other is None:
        return tuple(None if size == -1 else size for size in asked), place
    if place is None:
        if count != other:
            raise LayerError(f"{name} must hold the input's {count:,} values, got {shown(target)} with {other:,}")
        return asked, None
    if other == 0 or count % other:
        raise LayerError(f"{name} must divide the input's {count:,} values, got {shown(target)}")
    return (*asked[:place], count // other, *asked[place + 1 :]), place


@rule("Permute", "dims:axes", example={"dims": (3, 1, 2)})
def permute(args: Arguments, shape: Shape) -> Outcome:
    """`Permute`: the axes in another order; they are counted from 1, without the batch."""
    dims = args.listed("dims")
    if sorted(dims) != list(range(1, len(shape))):
        raise LayerError(f"dims must hold each axis from 1 to {len(shape) - 1} once, got {shown(dims)}")
    return Outcome.of((shape[0], *(shape[axis] for axis in dims)), axes=(None,) * len(dims), windows=None)


@rule("RepeatVector", "n:size", axes=(2, 2), shapes=[(None, 64)])
def repeat_vector(args: Arguments, shape: Shape) -> Outcome:
    """`RepeatVector`: a vector n times, as a sequence."""
    n = args.integer("n")
    return Outcome.of((shape[0], n, shape[1]), axes=(Formula("n", n=n), None), windows=None)


_FORMAT = " data_format=None"


@rule("Cropping{}D", {1: "cropping:pairs=1", 2: f"cropping:pairs=0{_FORMAT}", 3: f"cropping:pairs=1{_FORMAT}"})
@rule("ZeroPadding{}D", f"padding:pairs=1{_FORMAT}")
def bordered(args: Arguments, shape: Shape) -> Outcome:
    """`Cropping1D` to `3D`: positions at the borders are dropped; `ZeroPadding1D` to `3D`: zeros are put around."""
    crops, rank = "cropping" in args.statement, args.rank
    name, text = ("cropping", "X_in - C_before - C_after") if crops else ("padding", "X_in + P_before + P_after")
    value, formulas = args.get(name), []
    each = [value] * rank if is_integer(value) or rank == 1 else value
    pairs: list[Any] = [*each] if isinstance(each, list | tuple) and len(each) == rank else [None]
    pairs = [(pair, pair) if is_integer(pair) else pair for pair in pairs]
    if not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
        raise LayerError(f"{name} must be an integer or {rank} of them or {rank} pairs, got {shown(value)}")
    map_, ends = Map.of(shape, args.channels_first()), [[integer(name, end, 0) for end in pair] for pair in pairs]
    for axis, length, (before, after) in zip(AXES[rank], map_.spatial, ends, strict=True):
        values = {f"{axis}_in": length, "C_before": before, "C_after": after, "P_before": before, "P_after": after}
        formulas.append(Formula(text.replace("X", axis), **values))
        if crops and length is not None and length <= before + after:
            left = f"something of the {AXIS_NAMES[axis]}"
            raise LayerError(f"cropping must leave {left}, got {shown(value)} for {length}")
    return map_.outcome(formulas, windows=tuple(Window(1, 1, -before if crops else before) for before, _ in ends))


_INTERPOLATED = "interpolation:nearest|bilinear|bicubic|lanczos3|lanczos5=nearest"


@rule("UpSampling{}D", {1: "size:sizes=2", 2: f"size:sizes=2{_FORMAT} {_INTERPOLATED}", 3: f"size:sizes=2{_FORMAT}"})
def up_sample(args: Arguments, shape: Shape) -> Outcome:
    """`UpSampling1D` to `UpSampling3D`: each position is written several times."""
    map_ = Map.of(shape, args.channels_first())
    formulas = [
        Formula(f"{axis}_in * U", **{f"{axis}_in": length}, U=factor)
        for axis, length, factor in zip(AXES[args.rank], map_.spatial, args.integers("size"), strict=True)
    ]
    return map_.outcome(formulas, windows=None)  # positions come closer together, which a whole stride can't say


_RANDOM = "factor:any=0.2 interpolation=bilinear seed=None"  # an image stretched along one axis by a random factor
_random = partial(rule, arguments=_RANDOM, axes=3, unlisted=True)
_random("RandomHeight")(lambda args, shape: Outcome.of((*shape[:-3], None, *shape[-2:]), windows=None))
_random("RandomWidth")(lambda args, shape: Outcome.of((*shape[:-2], None, shape[-1]), windows=None))
