"""Raw operations (`x * 2`, `keras.ops.mean(x)`), which a functional model lists beside its layers.

An operation is no layer: it has no weights, its constants stand among what it is called with, and some share their name
with a layer (`Add`, `Concatenate`, `Reshape`). So they have a registry of their own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import MAX_AXES, MAX_INTEGER, Arguments, class_and_config, integer, is_integer
from cnnnotes.layers._errors import LayerError, NoRule, shown
from cnnnotes.layers._outcomes import GLOBAL, Outcome, Shape, numbered, product, total, volume


class Tensor(NamedTuple):
    """A tensor among what an operation is called with."""

    shape: Shape


class Call:
    """What an operation was made with (its config) and is called with, found by name wherever it stands."""

    def __init__(self, config: Mapping[str, Any], args: Sequence[Any], kwargs: Mapping[str, Any]):
        self.config = config
        self.args = args
        self.kwargs = kwargs

    def given(self, name: str, place: int | None = None, default: Any = None) -> Any:
        """An argument by its name, or by its place among the positional ones."""
        if name in self.kwargs:
            return self.kwargs[name]
        if place is not None and place < len(self.args):
            return self.args[place]
        return self.config.get(name, default)

    def tensor(self, place: int = 0, *names: str) -> Shape:
        """The shape of the tensor at this place, or under one of these names."""
        value = next((self.kwargs[name] for name in names if name in self.kwargs), None)
        if value is None and place < len(self.args):
            value = self.args[place]
        if not _is_array(value):
            raise LayerError(f"expects a tensor as argument {place + 1}, got {shown(value)}")
        return _shape_of(value)

    def tensors(self) -> list[Shape]:
        """The shapes of a list of tensors, the first argument."""
        value = self.args[0] if self.args else next(iter(self.kwargs.values()), None)
        if not isinstance(value, list | tuple) or isinstance(value, Tensor) or not value:
            raise LayerError(f"expects a list of tensors, got {shown(value)}")
        if not all(map(_is_array, value)):
            raise LayerError(f"expects a list of tensors only, got {shown(value)}")
        return [_shape_of(each) for each in value]

    def axes(self, rank: int, name: str = "axis", default: Any = None) -> tuple[int, ...] | None:
        """The axes it works along, counted from the front; `None` for all."""
        value = self.given(name, None, default)
        return None if value is None else Arguments({name: value}).axes(name, rank)

    def flag(self, name: str) -> bool:
        return Arguments({name: self.given(name, None, False)}).flag(name)


Operation = Callable[[Call], Outcome]
_operations: dict[str, Operation] = {}


def operation_rule(*types: str) -> Callable[[Operation], Operation]:
    """Registers a function as the rule of these operations."""

    def register(function: Operation) -> Operation:
        _operations.update(dict.fromkeys(types, function))
        return function

    return register


def known_operations() -> tuple[str, ...]:
    """The operations that a rule is known for."""
    return tuple(_operations)


def operation(
    operation_type: str, config: Mapping[str, Any], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
) -> Outcome:
    """What a raw operation makes of what it is called with.

    **Arguments**

    - `operation_type`: the Keras class name, `"Multiply"`.
    - `config`: what it was made with, as Keras writes it.
    - `args`, `kwargs`: what it is called with: a `Tensor` for each tensor, anything else as Keras writes it.

    **Returns** an `Outcome` without weights.

    **Raises** `NoRule` for an operation that no rule is known of, `LayerError` for one that Keras refuses too.

    ```python
    from cnnnotes.layers._operations import Tensor, operation

    gate = operation("Multiply", {}, [Tensor((None, 56, 56, 16)), Tensor((None, 1, 1, 16))])
    assert gate.shapes == ((None, 56, 56, 16),)
    ```
    """
    function = _operations.get(operation_type)
    if function is None:
        raise NoRule(f"no rule is known for an operation of type {shown(operation_type)}")
    return function(Call(config, args, kwargs or {}))


def broadcast(one: Shape, other: Shape) -> Shape:
    """The shape of two that are combined element by element, the batch among the axes, an axis of 1 repeated."""
    longest = max(len(one), len(other))
    out: list[int | None] = []
    for a, b in zip((1,) * (longest - len(one)) + one, (1,) * (longest - len(other)) + other, strict=True):
        if a == 1:
            out.append(b)
        elif a is None:
            out.append(None if b == 1 else b)
        elif b in (1, None, a):
            out.append(a)
        else:
            raise LayerError(f"shapes must fit for element by element, got {one} and {other}")
    return tuple(out)


def _is_array(value: Any) -> bool:
    """Whether this is a tensor, or a constant array as Keras writes it."""
    return isinstance(value, Tensor) or _named(value) in ("__numpy__", "__tensor__")


def _shape_of(value: Any) -> Shape:
    """The shape of a tensor or of a constant: numbers, and lists as Keras takes them, count as scalars."""
    if isinstance(value, Tensor):
        return value.shape
    if _is_array(value):
        _, config = class_and_config("constant", value)
        found: list[int | None] = []
        inner = config.get("value")
        while isinstance(inner, list) and len(found) < MAX_AXES:
            found.append(len(inner))
            inner = inner[0] if inner else None
        return tuple(found)
    return ()


def _changed(out: Shape, *inputs: Shape) -> tuple[()] | None:
    """The windows of an operation that keeps each position where it is, or may not."""
    return () if out in inputs else None


_BINARY = (
    "Add Subtract Multiply Divide DivideNoNan TrueDivide FloorDivide Power Maximum Minimum Fmax Fmin Mod Fmod Arctan2 "
    "Equal NotEqual Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr LogicalXor BitwiseAnd BitwiseOr "
    "BitwiseXor Hypot Logaddexp Logaddexp2"
)
_UNARY = (
    "Abs Absolute Fabs Negative Exp Expm1 Exp2 Log Log1p Log2 Log10 Sqrt Rsqrt Cbrt Square Reciprocal Sign Sin Cos Tan "
    "Sinc Sinh Cosh Tanh Arcsin Arccos Arctan Arcsinh Arccosh Arctanh Floor Ceil Round Trunc Isnan Isinf Isfinite "
    "LogicalNot BitwiseNot BitwiseInvert Erf Erfc Erfinv Clip Cast SaturateCast StopGradient Copy OnesLike ZerosLike "
    "NanToNum Real Imag Conjugate Deg2rad Rad2deg Celu Elu Gelu HardShrink HardSigmoid HardSilu HardTanh LeakyRelu "
    "LogSigmoid Relu Relu6 Selu Sigmoid Silu SoftShrink Softplus Softsign SparsePlus SparseSigmoid Squareplus "
    "TanhShrink Threshold Cumsum Cumprod Flip Roll Sort Argsort Tril Triu"
)
_REDUCED = (
    "Sum Mean Max Min Prod Std Var Any All Amax Amin CountNonzero Logsumexp Median Nansum Nanmean Nanmax Nanmin Nanprod"
)


@operation_rule(*_BINARY.split())
def binary(call: Call) -> Outcome:
    """Two values, element by element."""
    values = [*call.args, *call.kwargs.values()][:2]
    if len(values) != 2:
        raise LayerError(f"takes two values, got {len(values)}")
    one, other = map(_shape_of, values)
    out = broadcast(one, other)
    return Outcome(shapes=(out,), axes=(None,) * max(len(out) - 1, 0), windows=_changed(out, one, other))


@operation_rule("Where")
def where(call: Call) -> Outcome:
    """One of two values, by a condition, element by element."""
    out: Shape = ()
    for value in (*call.args, *call.kwargs.values()):
        out = broadcast(out, _shape_of(value))
    return Outcome(shapes=(out,), windows=None)


@operation_rule(*_UNARY.split())
def unary(call: Call) -> Outcome:
    """Each value by itself, or along an axis in such a way that the shape is kept."""
    if "axis" in call.config and call.config["axis"] is None:  # of all values, in one row (cumsum, sort)
        shape = call.tensor(0, "x")
        return Outcome(shapes=((volume(shape),),), windows=None)
    return Outcome(shapes=(call.tensor(0, "x"),))


@operation_rule("Softmax", "LogSoftmax", "Normalize", "Sparsemax")
def along_axis(call: Call) -> Outcome:
    """Values that depend on all others along an axis."""
    shape = call.tensor(0, "x")
    axes = call.axes(len(shape), default=-1)
    return Outcome(shapes=(shape,), windows=() if axes == (len(shape) - 1,) else GLOBAL)


@operation_rule(*_REDUCED.split())
def reduced(call: Call) -> Outcome:
    """One value of all those along the axes, which go or stay as 1."""
    shape = call.tensor(0, "x")
    axes = call.axes(len(shape))
    if axes is None:
        axes = tuple(range(len(shape)))
    keep = call.flag("keepdims")
    out = [1 if axis in axes else size for axis, size in enumerate(shape) if keep or axis not in axes]
    return Outcome(shapes=(tuple(out),), axes=(None,) * max(len(out) - 1, 0), windows=GLOBAL)


@operation_rule("Argmax", "Argmin")
def argument(call: Call) -> Outcome:
    """The place of the largest or smallest value."""
    return reduced(call)


@operation_rule("Reshape")
def reshape(call: Call) -> Outcome:
    """The same values counted off anew, the batch among them; one size may be -1."""
    shape = call.tensor(0, "x")
    target = call.given("newshape", 1)
    if not isinstance(target, list | tuple) or len(target) > MAX_AXES:
        raise LayerError(f"newshape must be a list of sizes, got {shown(target)}")
    for size in target:
        if size is not None:
            integer("newshape", size, minimum=-1)
    if target.count(-1) > 1:
        raise LayerError(f"newshape must have at most one -1, got {shown(target)}")
    if None in shape or None in target:
        return Outcome(shapes=(tuple(None if size == -1 else size for size in target),), windows=None)
    count = math.prod(size for size in shape if size is not None)
    asked = math.prod(size for size in target if size not in (None, -1))
    if count % asked if asked else count or -1 in target:
        raise LayerError(f"newshape must hold the input's {count:,} values, got {shown(target)}")
    if -1 not in target and count != asked:
        raise LayerError(f"newshape must hold the input's {count:,} values, got {shown(target)}")
    return Outcome(shapes=(tuple(count // asked if size == -1 else size for size in target),), windows=None)


@operation_rule("Transpose")
def transpose(call: Call) -> Outcome:
    """The axes in another order, the batch among them."""
    shape = call.tensor(0, "x")
    axes = call.given("axes", 1)
    order = list(range(len(shape)))[::-1] if axes is None else axes
    if not isinstance(order, list | tuple) or not all(map(is_integer, order)):
        raise LayerError(f"axes must be a list of axes, got {shown(axes)}")
    if sorted(axis % len(shape) for axis in order) != list(range(len(shape))):
        raise LayerError(f"axes must hold each of the {len(shape)} axes once, got {shown(axes)}")
    return Outcome(shapes=(tuple(shape[axis] for axis in order),), windows=None)


@operation_rule("Swapaxes")
def swapaxes(call: Call) -> Outcome:
    """Two axes, swapped."""
    shape = list(call.tensor(0, "x"))
    pair = Arguments({"axis1": call.given("axis1", 1), "axis2": call.given("axis2", 2)})
    a, b = pair.axis("axis1", len(shape)), pair.axis("axis2", len(shape))
    shape[a], shape[b] = shape[b], shape[a]
    return Outcome(shapes=(tuple(shape),), windows=None)


@operation_rule("ExpandDims")
def expand_dims(call: Call) -> Outcome:
    """New axes of size 1."""
    shape = list(call.tensor(0, "x"))
    axis = call.given("axis", 1)
    count = len(shape) + (len(axis) if isinstance(axis, list | tuple) else 1)
    for place in sorted(Arguments({"axis": axis}).axes("axis", count)):
        shape.insert(place, 1)
    return Outcome(shapes=(tuple(shape),), windows=None)


@operation_rule("Squeeze")
def squeeze(call: Call) -> Outcome:
    """Axes of size 1, dropped."""
    shape = call.tensor(0, "x")
    axes = call.axes(len(shape))
    if axes is None:
        return Outcome(shapes=(tuple(size for size in shape if size != 1),), windows=None)
    for axis in axes:
        if shape[axis] not in (1, None):
            raise LayerError(f"axis must have size 1 to be dropped, got {shape[axis]}")
    return Outcome(shapes=(tuple(size for i, size in enumerate(shape) if i not in axes),), windows=None)


@operation_rule("Concatenate")
def concatenate(call: Call) -> Outcome:
    """One after the other along an axis; all others must agree."""
    shapes = call.tensors()
    rank = len(shapes[0])
    axis = Arguments({"axis": call.given("axis", 1, -1)}).axis("axis", rank)
    if any(len(shape) != rank for shape in shapes):
        raise LayerError(f"the inputs must have the same number of axes, got {shown(tuple(shapes))}")
    out: list[int | None] = []
    for place, lengths in enumerate(zip(*shapes, strict=True)):
        distinct = set(lengths) - {None}
        if place != axis and len(distinct) > 1:
            raise LayerError(f"the inputs must agree along axis {place}, got {shown(tuple(lengths))}")
        out.append(shapes[0][place])
    length = total("D", [shape[axis] for shape in shapes])
    out[axis] = length.value
    axes = [length if place == axis else None for place in range(1, rank)]
    return Outcome(shapes=(tuple(out),), axes=tuple(axes))


@operation_rule("Stack")
def stack(call: Call) -> Outcome:
    """Tensors of one shape, along a new axis."""
    shapes = call.tensors()
    if any(len(shape) != len(shapes[0]) for shape in shapes):
        raise LayerError(f"the inputs must have the same shape, got {shown(tuple(shapes))}")
    for lengths in zip(*shapes, strict=True):
        if len(set(lengths) - {None}) > 1:
            raise LayerError(f"the inputs must have the same shape, got {shown(tuple(shapes))}")
    out = list(shapes[0])
    out.insert(Arguments({"axis": call.given("axis", 1, 0)}).axis("axis", len(out) + 1), len(shapes))
    return Outcome(shapes=(tuple(out),), windows=None)


@operation_rule("Split")
def split(call: Call) -> Outcome:
    """Pieces along an axis: so many of the same size, or cut at these places."""
    shape = call.tensor(0, "x")
    axis = Arguments({"axis": call.given("axis", 2, 0)}).axis("axis", len(shape))
    cuts = call.given("indices_or_sections", 1)
    length = shape[axis]
    if isinstance(cuts, list | tuple):
        if not all(map(is_integer, cuts)) or length is None:
            raise LayerError(f"indices_or_sections must be places along a known axis, got {shown(cuts)}")
        edges = [0, *cuts, length]
        pieces: list[int | None] = [end - start for start, end in pairwise(edges)]
        if min(size for size in pieces if size is not None) < 0:
            raise LayerError(f"indices_or_sections must rise up to {length}, got {shown(cuts)}")
    else:
        count = integer("indices_or_sections", cuts)
        if length is not None and (length % count or count > MAX_PIECES):
            raise LayerError(f"indices_or_sections must divide the axis of {length}, got {count}")
        pieces = [None if length is None else length // count] * min(count, MAX_PIECES)
    return Outcome(shapes=tuple((*shape[:axis], size, *shape[axis + 1 :]) for size in pieces), windows=None)


MAX_PIECES = 65_536
"""The most pieces that a tensor is split into; each is an output of its own."""


@operation_rule("Repeat")
def repeat(call: Call) -> Outcome:
    """Each value several times, along an axis or of all in one row."""
    shape = call.tensor(0, "x")
    times = integer("repeats", call.given("repeats", 1), 0)
    axes = call.axes(len(shape))
    if axes is None:
        return Outcome(shapes=((volume((*shape, times)),),), windows=None)
    out = [size * times if i in axes and size is not None else size for i, size in enumerate(shape)]
    return Outcome(shapes=(tuple(out),), windows=None)


@operation_rule("Tile")
def tile(call: Call) -> Outcome:
    """The whole several times, along each axis."""
    shape = call.tensor(0, "x")
    given = call.given("repeats", 1)
    repeats = given if isinstance(given, list | tuple) else [given]
    times = tuple(integer("repeats", each, 0) for each in repeats)
    longest = max(len(shape), len(times))
    sizes = zip((1,) * (longest - len(shape)) + shape, (1,) * (longest - len(times)) + times, strict=True)
    return Outcome(shapes=(tuple(None if size is None else size * n for size, n in sizes),), windows=None)


@operation_rule("Pad")
def pad(call: Call) -> Outcome:
    """Values put around the borders."""
    shape = call.tensor(0, "x")
    width = call.given("pad_width", 1)
    if is_integer(width):
        width = [[width, width]]
    if not isinstance(width, list | tuple) or not all(isinstance(each, list | tuple) for each in width):
        raise LayerError(f"pad_width must be pairs of sizes, got {shown(width)}")
    pairs = [each * 2 if len(each) == 1 else each for each in width]
    pairs = pairs * len(shape) if len(pairs) == 1 else pairs
    if len(pairs) != len(shape) or any(len(each) != 2 for each in pairs):
        raise LayerError(f"pad_width must hold a pair for each of the {len(shape)} axes, got {shown(width)}")
    added = [sum(integer("pad_width", size, 0) for size in each) for each in pairs]
    return Outcome(
        shapes=(tuple(None if size is None else size + more for size, more in zip(shape, added, strict=True)),),
        windows=None,
    )


@operation_rule("BroadcastTo")
def broadcast_to(call: Call) -> Outcome:
    """The values repeated to a shape."""
    shape, target = call.tensor(0, "x"), call.given("shape", 1)
    if not isinstance(target, list | tuple) or len(target) > MAX_AXES:
        raise LayerError(f"shape must be a list of sizes, got {shown(target)}")
    wanted = tuple(None if size is None else integer("shape", size, 0) for size in target)
    broadcast(shape, wanted)
    return Outcome(shapes=(wanted,), windows=None)


@operation_rule("Ravel")
def ravel(call: Call) -> Outcome:
    """All values in one row."""
    shape = call.tensor(0, "x")
    return Outcome(shapes=((volume(shape),),), windows=None)


@operation_rule("Take")
def take(call: Call) -> Outcome:
    """Values by their place along an axis."""
    shape = call.tensor(0, "x")
    places = call.given("indices", 1)
    found = _shape_of(places)
    if isinstance(places, list | tuple) and not isinstance(places, Tensor):
        found = (len(places),)
    axes = call.axes(len(shape))
    if axes is None:
        return Outcome(shapes=(found,), windows=None)
    return Outcome(shapes=((*shape[: axes[0]], *found, *shape[axes[0] + 1 :]),), windows=None)


@operation_rule("GetItem")
def get_item(call: Call) -> Outcome:
    """A part of a tensor, as `x[:, 1:, None]` writes it."""
    shape = call.tensor(0, "x")
    key = call.given("key", 1)
    keys = list(key) if isinstance(key, list | tuple) and not isinstance(key, Tensor) else [key]
    if keys.count("...") or any(_named(each) == "__ellipsis__" for each in keys):
        place = next(i for i, each in enumerate(keys) if each == "..." or _named(each) == "__ellipsis__")
        rest = len([each for each in keys if each is not None]) - 1
        keys[place : place + 1] = [slice(None)] * max(len(shape) - rest, 0)
    out: list[int | None] = []
    left = list(shape)
    for each in keys:
        if each is None:
            out.append(1)
            continue
        if not left:
            raise LayerError(f"key has more parts than the {len(shape)} axes of the tensor")
        size = left.pop(0)
        if isinstance(each, int):
            if size is not None and not -size <= each < size:
                raise LayerError(f"key must be within the axis of {size}, got {shown(each)}")
        elif isinstance(each, slice) or _named(each) == "__slice__":
            out.append(_sliced(size, each))
        else:
            raise NoRule(f"no rule is known for a key like {shown(each)}")
    return Outcome(shapes=((*out, *left),), windows=None)


def _named(value: Any) -> str | None:
    return value.get("class_name") if isinstance(value, dict) else None


def _sliced(size: int | None, part: Any) -> int | None:
    """The length of a slice of an axis."""
    if not isinstance(part, slice):
        _, config = class_and_config("key", part)
        ends = [config.get(name) for name in ("start", "stop", "step")]
        if not all(end is None or (is_integer(end) and abs(end) <= MAX_INTEGER) for end in ends):
            raise LayerError(f"a slice must be made of integers, got {shown(ends)}")
        part = slice(*ends)
    if part.step == 0:
        raise LayerError("a slice's step must not be 0")
    if size is None:
        return size
    start, stop, step = part.indices(size)
    return len(range(start, stop, step))


@operation_rule("Matmul")
def matmul(call: Call) -> Outcome:
    """A product of matrices; the axes before their two are matched element by element."""
    one, other = call.tensor(0, "x1"), call.tensor(1, "x2")
    if not one or not other:
        raise LayerError("takes tensors of at least one axis")
    a = (1, *one) if len(one) == 1 else one
    b = (*other, 1) if len(other) == 1 else other
    if None not in (a[-1], b[-2]) and a[-1] != b[-2]:
        raise LayerError(f"the inner axes must agree, got {a[-1]} and {b[-2]}")
    ahead = broadcast(a[:-2], b[:-2])
    out = (*ahead, *([a[-2]] if len(one) > 1 else []), *([b[-1]] if len(other) > 1 else []))
    names = numbered(out[1:])
    macs = Formula(product([*names, "D"]), **names, D=a[-1])
    return Outcome(shapes=(out,), axes=(None,) * max(len(out) - 1, 0), macs=macs, windows=GLOBAL)


@operation_rule("Einsum")
def einsum(call: Call) -> Outcome:
    """Products summed along the axes that an equation like `"abc,cd->abd"` leaves out of its output."""
    subscripts = call.given("subscripts", None)
    operands = [_shape_of(value) for value in call.args if _is_array(value)]
    if not isinstance(subscripts, str) or len(subscripts) > 4 * MAX_AXES:
        raise LayerError(f"subscripts must be an equation, got {shown(subscripts)}")
    sides = subscripts.replace(" ", "").split("->")
    terms = sides[0].split(",")
    if len(sides) != 2 or not all(term.isalpha() for term in [*terms, sides[1] or "a"]):
        raise NoRule(f"no rule is known for an equation like {shown(subscripts)}")
    if [len(term) for term in terms] != [len(shape) for shape in operands]:
        raise LayerError(f"subscripts must name each axis of the inputs, got {shown(subscripts)}")
    sizes: dict[str, int | None] = {}
    for letter, size in (
        (letter, size) for pair in zip(terms, operands, strict=True) for letter, size in zip(*pair, strict=True)
    ):
        if sizes.get(letter) not in (None, 1, size) and size not in (None, 1):
            raise LayerError(f"the axes {letter!r} must agree, got {sizes[letter]} and {size}")
        sizes[letter] = size if sizes.get(letter) in (None, 1) else sizes[letter]
    if not set(sides[1]) <= sizes.keys():
        raise LayerError(f"subscripts must name output axes that an input has, got {shown(subscripts)}")
    out = tuple(sizes[letter] for letter in sides[1])
    inside = [letter for letter in sizes if letter != sides[1][:1]]  # the first axis of the output is the batch
    macs = Formula(product(inside), **sizes) if len(terms) > 1 else None
    return Outcome(shapes=(out,), axes=(None,) * max(len(out) - 1, 0), macs=macs, windows=GLOBAL)


@operation_rule("Moveaxis")
def moveaxis(call: Call) -> Outcome:
    """Axes moved to other places; the others keep their order."""
    shape = call.tensor(0, "x")
    ends = []
    for name, place in (("source", 1), ("destination", 2)):
        given = call.given(name, place)
        given = given if isinstance(given, list | tuple) else [given]
        ends.append([Arguments({name: axis}).axis(name, len(shape)) for axis in given])
    source, destination = ends
    if len(source) != len(destination) or len({*source}) != len(source) or len({*destination}) != len(source):
        raise LayerError(f"source and destination must name as many different axes, got {source} and {destination}")
    rest = iter(axis for axis in range(len(shape)) if axis not in source)
    moved = dict(zip(destination, source, strict=True))
    out = tuple(shape[moved[place]] if place in moved else shape[next(rest)] for place in range(len(shape)))
    return Outcome(shapes=(out,), windows=None)


@operation_rule("OneHot")
def one_hot(call: Call) -> Outcome:
    """Whole numbers as vectors with a single 1."""
    shape = list(call.tensor(0, "x"))
    classes = integer("num_classes", call.given("num_classes", 1), 0)
    shape.insert(Arguments({"axis": call.given("axis", 2, -1)}).axis("axis", len(shape) + 1), classes)
    return Outcome(shapes=(tuple(shape),), windows=None)


@operation_rule("Unstack")
def unstack(call: Call) -> Outcome:
    """The slices along an axis, each by itself."""
    shape = call.tensor(0, "x")
    axis = Arguments({"axis": call.given("axis", 2, 0)}).axis("axis", len(shape))
    given = call.given("num", 1)
    count = shape[axis] if given is None else integer("num", given)
    if count is None or count > MAX_PIECES:
        raise LayerError(f"the axis must be known and at most {MAX_PIECES}, got {count}")
    return Outcome(shapes=((*shape[:axis], *shape[axis + 1 :]),) * count, windows=None)
