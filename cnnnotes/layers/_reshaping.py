"""Reshaping: the same values in another shape, cropped, padded or repeated; no layer here has weights."""

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
    notes = (f"{times(shape[1:])} values in one row: where each one stood is lost",) * (len(shape) > 2)
    if length.value is None:
        notes = (f"{times(shape[1:])} has no known length: a Dense layer can't be built on it",)
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


def _ends(args: Arguments, name: str) -> list[tuple[int, int]]:
    """How much is added or taken before and after each axis, in each of the ways in which Keras writes it."""
    value, rank = args.get(name), args.rank
    each = [value] if rank == 1 and not is_integer(value) else [value] * rank if is_integer(value) else value
    if not isinstance(each, list | tuple) or len(each) != rank:
        raise LayerError(f"{name} must be an integer or {rank} of them or {rank} pairs, got {shown(value)}")
    pairs = [(pair, pair) if is_integer(pair) else pair for pair in each]
    if not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
        raise LayerError(f"{name} must be an integer or {rank} of them or {rank} pairs, got {shown(value)}")
    return [(integer(name, before, 0), integer(name, after, 0)) for before, after in pairs]


_FORMAT = " data_format=None"


@rule("Cropping{}D", {1: "cropping:pairs=1", 2: f"cropping:pairs=0{_FORMAT}", 3: f"cropping:pairs=1{_FORMAT}"})
def crop(args: Arguments, shape: Shape) -> Outcome:
    """`Cropping1D` to `Cropping3D`: positions at the borders are dropped."""
    map_, taken, formulas = Map.of(shape, args.channels_first()), _ends(args, "cropping"), []
    for axis, length, (before, after) in zip(AXES[args.rank], map_.spatial, taken, strict=True):
        values = {f"{axis}_in": length, "C_before": before, "C_after": after}
        formulas.append(Formula(f"{axis}_in - C_before - C_after", **values))
        left = formulas[-1].value
        if left is not None and left < 1:
            given = shown(args.get("cropping"))
            raise LayerError(f"cropping must leave something of {AXIS_NAMES[axis]}, got {given} for {length}")
    return map_.outcome(formulas, windows=tuple(Window(1, 1, -before) for before, _ in taken))


@rule("ZeroPadding{}D", f"padding:pairs=1{_FORMAT}")
def zero_pad(args: Arguments, shape: Shape) -> Outcome:
    """`ZeroPadding1D` to `ZeroPadding3D`: zeros are put around the borders."""
    map_, added = Map.of(shape, args.channels_first()), _ends(args, "padding")
    axes = zip(AXES[args.rank], map_.spatial, added, strict=True)
    formulas = [
        Formula(f"{x}_in + P_before + P_after", **{f"{x}_in": n, "P_before": b, "P_after": a}) for x, n, (b, a) in axes
    ]
    return map_.outcome(formulas, windows=tuple(Window(1, 1, before) for before, _ in added))


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
