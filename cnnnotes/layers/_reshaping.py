"""Reshaping: the same values in another shape, cropped, padded or repeated; no layer here has weights."""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import MAX_AXES, Arguments, integer, is_integer
from cnnnotes.layers._core import read_shape
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._maps import AXES, one_input, one_map
from cnnnotes.layers._outcomes import GLOBAL, Outcome, Shape, Window, numbered, product, sizes, times, volume
from cnnnotes.layers._registry import rule
from cnnnotes.layers._windowed import AXIS_NAMES


@rule("Flatten", arguments="data_format=None", unseen="data_format")
def flatten(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Flatten`: all values of an example in one row."""
    shape = one_input(inputs)
    values = sizes(shape, channels_first=args.channels_first())
    length = Formula(product(values), **values)
    if length.value is None:
        note = f"{times(shape[1:])} has no known length: a Dense layer can't be built on it"
    else:
        note = f"{times(shape[1:])} values in one row: where each one stood is lost" if len(shape) > 2 else ""
    return Outcome(shapes=((shape[0], length.value),), axes=(length,), notes=(note,) if note else (), windows=GLOBAL)


@rule("Reshape", arguments="target_shape:shape", example={"target_shape": (-1, 3)})
def reshape(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Reshape`: the same values counted off anew; one size may be left to be computed, as -1."""
    shape = one_input(inputs)
    out, open_axis = reshaped("target_shape", shape[1:], read_target("target_shape", args.get("target_shape")))
    axes: list[Formula | None] = [None if size is None else Formula(str(size)) for size in out]
    if open_axis is not None:
        axes[open_axis] = _open_size(shape, out, open_axis)
    return Outcome(shapes=((shape[0], *out),), axes=tuple(axes), windows=None)


def read_target(name: str, value: object) -> Shape:
    """The sizes to reshape to, at most one of which is -1."""
    target = read_shape(name, value, minimum=-1)
    if target.count(-1) > 1:
        raise LayerError(f"{name} must have at most one -1, got {shown(target)}")
    return target


def reshaped(name: str, values: Shape, target: Shape) -> tuple[Shape, int | None]:
    """The target with its open size computed, and where that is."""
    open_axis = target.index(-1) if -1 in target else None
    count, asked = volume(values), volume(size for size in target if size != -1)
    if count is None or asked is None:
        return tuple(None if size == -1 else size for size in target), open_axis
    if open_axis is None:
        if count != asked:
            raise LayerError(f"{name} must hold the input's {count:,} values, got {shown(target)} with {asked:,}")
        return target, None
    if asked == 0 or count % asked:
        raise LayerError(f"{name} must divide the input's {count:,} values, got {shown(target)}")
    return (*target[:open_axis], count // asked, *target[open_axis + 1 :]), open_axis


def _open_size(shape: Shape, out: Shape, open_axis: int) -> Formula:
    """The formula of the size that was left open: all values over the sizes that were given."""
    values = sizes(shape)
    asked = numbered(out, "T")
    del asked[f"T_{open_axis + 1}"]
    return Formula(f"({product(values)}) / ({product(asked)})", **values, **asked)


@rule("Permute", arguments="dims:axes", example={"dims": (3, 1, 2)})
def permute(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Permute`: the axes in another order; they are counted from 1, without the batch."""
    dims = args.get("dims")
    if not isinstance(dims, list | tuple) or len(dims) > MAX_AXES or not all(map(is_integer, dims)):
        raise LayerError(f"dims must be a list of axes, got {shown(dims)}")
    if sorted(dims) != list(range(1, len(dims) + 1)):
        raise LayerError(f"dims must hold each axis from 1 to {len(dims)} once, got {shown(dims)}")
    shape = one_input(inputs, len(dims) + 1)
    return Outcome(shapes=((shape[0], *(shape[axis] for axis in dims)),), axes=(None,) * len(dims), windows=None)


@rule("RepeatVector", arguments="n:size", shapes=[(None, 64)])
def repeat_vector(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`RepeatVector`: a vector n times, as a sequence."""
    shape = one_input(inputs, 2)
    n = args.integer("n")
    return Outcome(shapes=((shape[0], n, shape[1]),), axes=(Formula("n", n=n), None), windows=None)


def _ends(args: Arguments, name: str) -> tuple[tuple[int, int], ...]:
    """How much is added or taken before and after each axis, in each of the ways in which Keras writes it."""
    value, rank = args.get(name), args.rank
    if rank == 1 and not is_integer(value):
        value = [value]
    if is_integer(value):
        return ((integer(name, value, 0),) * 2,) * rank
    if not isinstance(value, list | tuple) or len(value) != rank:
        raise LayerError(f"{name} must be an integer or {rank} of them or {rank} pairs, got {shown(value)}")
    found = []
    for pair in value:
        both = (pair, pair) if is_integer(pair) else pair
        if not isinstance(both, list | tuple) or len(both) != 2:
            raise LayerError(f"{name} must be an integer or {rank} of them or {rank} pairs, got {shown(value)}")
        found.append((integer(name, both[0], 0), integer(name, both[1], 0)))
    return tuple(found)


_FORMATTED = " data_format=None"


@rule(
    "Cropping{}D",
    arguments={1: "cropping:pairs=1", 2: f"cropping:pairs=0{_FORMATTED}", 3: f"cropping:pairs=1{_FORMATTED}"},
)
def crop(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Cropping1D` to `Cropping3D`: positions at the borders are dropped."""
    map_, taken = one_map(args, inputs), _ends(args, "cropping")
    formulas = []
    for axis, length, (before, after) in zip(AXES[args.rank], map_.spatial, taken, strict=True):
        values = {f"{axis}_in": length, "C_before": before, "C_after": after}
        formula = Formula(f"{axis}_in - C_before - C_after", **values)
        if formula.value is not None and formula.value < 1:
            raise LayerError(
                f"cropping must leave something of {AXIS_NAMES[axis]}, got {shown(args.get('cropping'))} for {length}"
            )
        formulas.append(formula)
    return map_.outcome(formulas, windows=tuple(Window(1, 1, -before) for before, _ in taken))


@rule("ZeroPadding{}D", arguments=f"padding:pairs=1{_FORMATTED}")
def zero_pad(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`ZeroPadding1D` to `ZeroPadding3D`: zeros are put around the borders."""
    map_, added = one_map(args, inputs), _ends(args, "padding")
    axes = zip(AXES[args.rank], map_.spatial, added, strict=True)
    formulas = [
        Formula(f"{x}_in + P_before + P_after", **{f"{x}_in": n, "P_before": b, "P_after": a}) for x, n, (b, a) in axes
    ]
    return map_.outcome(formulas, windows=tuple(Window(1, 1, before) for before, _ in added))


@rule(
    "UpSampling{}D",
    arguments={
        1: "size:size=2",
        2: f"size:sizes=2{_FORMATTED} interpolation:nearest|bilinear|bicubic|lanczos3|lanczos5=nearest",
        3: f"size:sizes=2{_FORMATTED}",
    },
)
def up_sample(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`UpSampling1D` to `UpSampling3D`: each position is written several times."""
    map_ = one_map(args, inputs)
    if args.rank == 2:
        args.choice("interpolation", any_case=True)
    factors = (args.integer("size"),) if args.rank == 1 else args.integers("size")
    formulas = [
        Formula(f"{axis}_in * U", **{f"{axis}_in": length}, U=factor)
        for axis, length, factor in zip(AXES[args.rank], map_.spatial, factors, strict=True)
    ]
    return map_.outcome(formulas, windows=None)  # positions come closer together, which a whole stride can't say
