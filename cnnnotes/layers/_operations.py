"""Raw operations (`x * 2`, `keras.ops.mean(x)`), which a functional model lists beside its layers.

They have no weights and a registry of their own, as some share their name with a layer (`Add`, `Concatenate`). To a
shape, the batch among its axes, each does what NumPy's function of that name does."""

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from cnnnotes.formula import Formula
from cnnnotes.layers import _merging
from cnnnotes.layers._arguments import Argument, Arguments, class_and_config, integer, is_integer, read_shape, stated
from cnnnotes.layers._errors import LayerError, NoRule, shown
from cnnnotes.layers._outcomes import GLOBAL, MAX_AXES, Outcome, Shape, numbered, product, volume
from cnnnotes.layers._reshaping import reshaped

MAX_PIECES = 65_536  # the most pieces that a tensor is split into; each is an output of its own


class Tensor(NamedTuple):
    """A tensor among what an operation is called with."""

    shape: Shape


Rule = Callable[..., Outcome | Shape]  # a shape alone: values are put elsewhere
# What an operation makes of what it was made with (its config) and is called with, in place and by name.
Called = Callable[[Mapping[str, Any], Sequence[Any], Mapping[str, Any]], Outcome]
OPERATIONS: dict[str, Called] = {}
STATEMENTS: dict[str, Mapping[str, Argument]] = {}
LATER: list[Callable[[], object]] = []  # what registers operations that few models have, once one is not known


def operation_rule(types: str, statement: str = "x") -> Callable[[Rule], Rule]:
    """Registers a function as the rule of these operations, whose arguments the statement names in their order.

    The rule takes the arguments, then the shape of each tensor: of those that are called `x`, `x1`, `x2`; of a list of
    them, `xs`; or, without a statement, of all.
    """
    names = stated(statement)

    def register(function: Rule) -> Rule:
        def called(config: Mapping[str, Any], values: Sequence[Any], named: Mapping[str, Any]) -> Outcome:
            given = {**config, **dict(zip(names, values, strict=False)), **named}
            tensors = _tensors(names, given, [*values, *named.values()])
            found = function(Arguments(given, names), *tensors)
            return found if isinstance(found, Outcome) else Outcome.of(found, windows=None)

        OPERATIONS.update(dict.fromkeys(types.split(), called))
        STATEMENTS.update(dict.fromkeys(types.split(), names))
        return function

    return register


def _tensors(names: Iterable[str], given: Mapping[str, Any], values: Sequence[Any]) -> list[Shape]:
    found = {name: given.get(name) for name in names if name in ("x", "x1", "x2")}
    if "xs" in names:
        listed = values[0] if values and type(values[0]) in (list, tuple) else None
        found = {f"tensor {i}": each for i, each in enumerate(listed or [None])}
    for name, value in found.items():
        if array(value) is None:
            raise LayerError(f"expects a tensor as {name}, got {shown(value)}")
    return [array(value) or () for value in (found.values() if names else values)]


# What tells nothing of a shape in the names of TensorFlow's functions.
_MODULES = r"^(compat\.v1\.)?((math|nn|linalg|image(?!\.transpose)|debugging|__operators__)\.)?(reduce_|batch_)?"


def operation(
    operation_type: str, config: Mapping[str, Any], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
) -> Outcome:
    """What a raw operation makes of what it is called with: a `Tensor` for each tensor, else what Keras writes.

    Raises `NoRule` for an operation that no rule is known of, `LayerError` for one that Keras refuses too.
    """
    rule = OPERATIONS.get(operation_type)
    if rule is None:
        for register in LATER:
            register()
        rule = OPERATIONS.get(re.sub(_MODULES, "", operation_type))
    if rule is None:
        raise NoRule(f"no rule is known for an operation of type {shown(operation_type)}")
    return rule(config, args, kwargs or {})


def broadcast(*shapes: Shape) -> Shape:
    """The shape of several that are combined element by element, the batch among the axes, an axis of 1 repeated."""
    out = list[int | None]()
    for sizes in itertools.zip_longest(*(shape[::-1] for shape in shapes), fillvalue=1):
        known = {size for size in sizes if size not in (None, 1)}
        if len(known) > 1:
            raise LayerError(f"shapes must fit for element by element, got {' and '.join(map(str, shapes))}")
        out.append(known.pop() if known else None if None in sizes else 1)
    return tuple(out[::-1])


def array(value: Any) -> Shape | None:
    """The shape of a tensor, or of a constant array as Keras writes it; `None` for a number, and for a list."""
    if isinstance(value, dict) and value.get("class_name") in ("__numpy__", "__tensor__"):
        return nested_shape(class_and_config("constant", value)[1].get("value"))
    return value.shape if isinstance(value, Tensor) else None


def nested_shape(value: Any) -> Shape:
    """The shape of a tensor, or of an array that is written as a list of lists."""
    found = list[int | None]()
    while isinstance(value, list | tuple) and not isinstance(value, Tensor) and len(found) < MAX_AXES:
        found.append(len(value))
        value = value[0] if value else None
    return (*found, *(array(value) or ()))


_ELEMENTWISE = (
    "Add Subtract Multiply Divide DivideNoNan TrueDivide FloorDivide Power Maximum Minimum Fmax Fmin Mod Fmod Arctan2 "
    "Equal NotEqual Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr LogicalXor BitwiseAnd BitwiseOr "
    "BitwiseXor Hypot Logaddexp Logaddexp2 Where"
)
_UNARY = (
    "Abs Absolute Fabs Negative Exp Expm1 Exp2 Log Log1p Log2 Log10 Sqrt Rsqrt Cbrt Square Reciprocal Sign Sin Cos Tan "
    "Sinc Sinh Cosh Tanh Arcsin Arccos Arctan Arcsinh Arccosh Arctanh Floor Ceil Round Trunc Isnan Isinf Isfinite "
    "LogicalNot BitwiseNot BitwiseInvert Erf Erfc Erfinv Clip Cast SaturateCast StopGradient Copy OnesLike ZerosLike "
    "NanToNum Real Imag Conjugate Deg2rad Rad2deg Celu Elu Gelu HardShrink HardSigmoid HardSilu HardTanh LeakyRelu "
    "LogSigmoid Relu Relu6 Selu Sigmoid Silu SoftShrink Softplus Softsign SparsePlus SparseSigmoid Squareplus "
    "TanhShrink Threshold Flip Roll Tril Triu"
)
_REDUCED = (
    "Sum Mean Max Min Prod Std Var Any All Amax Amin CountNonzero Logsumexp Median Nansum Nanmean Nanmax Nanmin "
    "Nanprod Argmax Argmin"
)


@operation_rule(_ELEMENTWISE, "")
def elementwise(args: Arguments, *shapes: Shape) -> Outcome:
    out = broadcast(*shapes)
    return Outcome.of(out, windows=() if out in shapes else None)  # each position stays where it is, or may not


operation_rule(_UNARY)(lambda args, shape: Outcome.of(shape))


@operation_rule("Softmax LogSoftmax Normalize Sparsemax", "x axis=-1")
def along_axes(args: Arguments, shape: Shape) -> Outcome:
    """Values that depend on others along some axes."""
    return Outcome.of(shape, windows=() if _axes(args, shape) == (len(shape) - 1,) else GLOBAL)


@operation_rule("Cumsum Cumprod Sort Argsort", "x axis=-1")
def in_order(args: Arguments, shape: Shape) -> Outcome | Shape:
    """Values that depend on others along an axis, or without one on all others, in one row."""
    return along_axes(args, (volume(shape),) if args.get("axis") is None else shape)


def _axes(args: Arguments, shape: Shape) -> tuple[int, ...]:
    """The axes that it works along, counted from the front; without any it is all."""
    return tuple(range(len(shape))) if args.get("axis") is None else args.axes("axis", len(shape))


@operation_rule(_REDUCED, "x axis=None keepdims=False")
def reduced(args: Arguments, shape: Shape) -> Outcome:
    """One value of all those along the axes, which go or stay as 1."""
    gone, keep = _axes(args, shape), args.get("keepdims")
    left = (1 if axis in gone else size for axis, size in enumerate(shape) if keep or axis not in gone)
    return Outcome.of(tuple(left), windows=GLOBAL)


@operation_rule("Matmul", "x1 x2")
def matmul(args: Arguments, one: Shape, other: Shape) -> Outcome:
    """A product of matrices; the axes before their two are matched element by element."""
    if not one or not other:
        raise LayerError("takes tensors of at least one axis")
    inner = other[-2:][0]
    if None not in (one[-1], inner) and one[-1] != inner:
        raise LayerError(f"the inner axes must agree, got {one[-1]} and {inner}")
    out = (*broadcast(one[:-2], other[:-2]), *one[-2:-1], *other[-2:][1:])
    names = numbered(out[1:])
    return Outcome.of(out, macs=Formula(product([*names, "D"]), **names, D=one[-1]), windows=GLOBAL)


@operation_rule("Einsum", "")
def einsum(args: Arguments, *operands: Shape) -> Outcome:
    """Products summed along the axes that an equation like `"abc,cd->abd"` leaves out of its output."""
    subscripts = args.get("subscripts")
    text = subscripts.replace(" ", "") if isinstance(subscripts, str) else ""
    found = re.fullmatch(r"([a-zA-Z,]{1,256})->([a-zA-Z]{0,64})", text)
    if not found:
        raise NoRule(f"no rule is known for an equation like {shown(subscripts)}")
    terms, right = found[1].split(","), found[2]
    if [len(term) for term in terms] != [len(shape) for shape in operands] or not set(right) <= set(found[1]):
        raise LayerError(f"subscripts must name each axis of the inputs, and only these, got {shown(subscripts)}")
    sizes: dict[str, int | None] = {}
    for letter, size in zip("".join(terms), itertools.chain(*operands), strict=True):
        (sizes[letter],) = broadcast((sizes.get(letter, 1),), (size,))
    inside = [letter for letter in sizes if letter != right[:1]]  # the first axis of the output is the batch
    macs = Formula(product(inside), **sizes) if len(terms) > 1 else None
    return Outcome.of(tuple(sizes[letter] for letter in right), macs=macs, windows=GLOBAL)


def _put(shape: Shape, axis: int, *sizes: int | None, over: int = 1) -> Shape:
    """A shape with sizes in place of that of an axis, or with none of its own taken, before it."""
    return (*shape[:axis], *sizes, *shape[axis + over :])


operation_rule("Reshape", "x newshape")(lambda args, shape: reshaped("newshape", shape, args.get("newshape"))[0])
operation_rule("Ravel")(lambda args, shape: (volume(shape),))
operation_rule("BroadcastTo", "x shape")(lambda args, x: broadcast(x, read_shape("shape", args.get("shape"))))
operation_rule("Concatenate", "xs axis:axis=-1")(_merging.concatenate)
operation_rule("OneHot", "x num_classes:count axis=-1")(
    lambda args, shape: _put(shape, args.axis("axis", len(shape) + 1), args.integer("num_classes"), over=0)
)


@operation_rule("Transpose", "x axes=None")
@operation_rule("Swapaxes", "x axis1 axis2")
@operation_rule("Moveaxis", "x source destination")
def transpose(args: Arguments, shape: Shape) -> Shape:
    rank, order = len(shape), [*range(len(shape))]
    if "axis1" in args.statement:
        a, b = args.axis("axis1", rank), args.axis("axis2", rank)
        order[a], order[b] = b, a
    elif "source" in args.statement:
        pairs = zip(args.listed("destination", rank), args.listed("source", rank), strict=False)
        moved = {place % rank: axis % rank for place, axis in pairs}
        left = iter(axis for axis in order if axis not in moved.values())
        order = [moved[place] if place in moved else next(left, 0) for place in order]
    else:
        order = order[::-1] if args.get("axes") is None else [axis % rank for axis in args.listed("axes", rank)]
    if sorted(order) != [*range(rank)]:
        raise LayerError(f"axes must hold each of the {rank} axes once, got {shown(order)}")
    return tuple(shape[axis] for axis in order)


@operation_rule("ExpandDims", "x axis")
def expand_dims(args: Arguments, shape: Shape) -> Shape:
    rank, left = len(shape) + len(args.listed("axis")), iter(shape)
    new = args.axes("axis", rank)
    return tuple(1 if axis in new else next(left, 1) for axis in range(rank))


@operation_rule("Squeeze", "x axis=None")
def squeeze(args: Arguments, shape: Shape) -> Shape:
    gone = [axis for axis in _axes(args, shape) if shape[axis] == 1 or args.get("axis") is not None]
    if not {shape[axis] for axis in gone} <= {1, None}:
        raise LayerError(f"axis must name axes of size 1, got {gone} of {shape}")
    return tuple(size for axis, size in enumerate(shape) if axis not in gone)


@operation_rule("Repeat", "x repeats:count axis=None")
def repeat(args: Arguments, shape: Shape) -> Shape:
    times = args.integer("repeats")
    if args.get("axis") is None:  # of all values, in one row
        return (volume((*shape, times)),)
    axes = _axes(args, shape)
    return tuple(volume((size, times)) if axis in axes else size for axis, size in enumerate(shape))


@operation_rule("Tile", "x repeats")
def tile(args: Arguments, shape: Shape) -> Shape:
    times = [integer("repeats", each, 0) for each in args.listed("repeats")]
    return tuple(volume(both) for both in itertools.zip_longest(shape[::-1], times[::-1], fillvalue=1))[::-1]


@operation_rule("Pad", "x pad_width")
def pad(args: Arguments, shape: Shape) -> Shape:
    width = args.get("pad_width")
    pairs = [[width]] if is_integer(width) else width if isinstance(width, list | tuple) else []
    pairs = pairs * len(shape) if len(pairs) == 1 else pairs
    if len(pairs) != len(shape) or not all(isinstance(each, list | tuple) and len(each) in (1, 2) for each in pairs):
        raise LayerError(f"pad_width must hold a pair for each of the {len(shape)} axes, got {shown(width)}")
    added = [integer("pad_width", each[0], 0) + integer("pad_width", each[-1], 0) for each in pairs]
    return tuple(None if size is None else size + more for size, more in zip(shape, added, strict=True))


@operation_rule("Take", "x indices axis=None")
def take(args: Arguments, shape: Shape) -> Shape:
    found = nested_shape(args.get("indices"))
    return found if args.get("axis") is None else _put(shape, args.axis("axis", len(shape)), *found)


@operation_rule("Stack", "xs axis=0")
def stack(args: Arguments, first: Shape, *others: Shape) -> Shape:
    for other in others:
        if len(other) != len(first) or not all(a == b or None in (a, b) for a, b in zip(first, other, strict=True)):
            raise LayerError(f"the inputs must have the same shape, got {first} and {other}")
    return _put(first, args.axis("axis", len(first) + 1), len(others) + 1, over=0)


@operation_rule("Split", "x indices_or_sections axis=0")
def split(args: Arguments, shape: Shape) -> Outcome:
    cuts, axis = args.get("indices_or_sections"), args.axis("axis", len(shape))
    length, pieces = shape[axis], list[int | None]()
    if isinstance(cuts, list | tuple):
        ends = [0, *args.listed("indices_or_sections"), length or 0]
        pieces += [end - start for start, end in itertools.pairwise(ends)]
        if length is None or ends != sorted(ends):
            raise LayerError(f"indices_or_sections must be rising places along the axis of {length}, got {shown(cuts)}")
    else:
        count = integer("indices_or_sections", cuts)
        if count > MAX_PIECES or (length is not None and length % count):
            raise LayerError(f"indices_or_sections must divide the axis of {length}, got {count}")
        pieces += [None if length is None else length // count] * count
    return Outcome(tuple(_put(shape, axis, size) for size in pieces), windows=None)


@operation_rule("Unstack", "x num:count=None axis=0")
def unstack(args: Arguments, shape: Shape) -> Outcome:
    axis = args.axis("axis", len(shape))
    count = shape[axis] if args.get("num") is None else args.integer("num")
    if count is None or count > MAX_PIECES:
        raise LayerError(f"the axis must be known and at most {MAX_PIECES}, got {count}")
    return Outcome((_put(shape, axis),) * count, windows=None)


@operation_rule("GetItem", "x key")
def get_item(args: Arguments, shape: Shape) -> Shape:
    """A part of a tensor, as `x[:, 1:, None]` writes it."""
    given = args.get("key")
    several = isinstance(given, list | tuple) and not isinstance(given, Tensor)
    keys = [_key(each) for each in given] if several else [_key(given)]
    if ... in keys:
        others = len(keys) - keys.count(None) - 1
        keys[(at := keys.index(...)) : at + 1] = [slice(None)] * max(len(shape) - others, 0)
    out, left = list[int | None](), list(shape)
    for key in keys:
        if key is None:
            out.append(1)
            continue
        if not left:
            raise LayerError(f"key has more parts than the {len(shape)} axes of the tensor")
        size = left.pop(0)
        if isinstance(key, slice):
            ends = (key.start, key.stop, key.step)
            run = any(isinstance(end, Tensor) for end in ends)  # only a run tells where it ends
            if not run and (not all(end is None or is_integer(end) for end in ends) or key.step == 0):
                raise LayerError(f"a slice must be made of integers, with a step, got {shown(ends)}")
            out.append(None if run or size is None else len(range(*key.indices(size))))
        elif size is not None and not -size <= key < size:
            raise LayerError(f"key must be within the axis of {size}, got {key}")
    return (*out, *left)


def _key(part: Any) -> Any:
    """A part of a key, as Keras 3 or Keras 2 writes it, as Python has it."""
    if isinstance(part, dict):
        kind = part.get("class_name", part.get("type"))
        if kind in ("__ellipsis__", "Ellipsis"):
            return ...
        if kind == "newaxis":
            return None
        ends = class_and_config("key", part)[1] if kind == "__slice__" else part
        if kind in ("__slice__", None) and ends.keys() <= {"start", "stop", "step"}:
            return slice(*map(ends.get, ("start", "stop", "step")))
    elif part is None or isinstance(part, int):
        return part
    elif part in ("...", "Ellipsis", "ellipsis"):
        return ...
    elif part == Tensor(()):  # a place that only a run tells
        return 0
    raise NoRule(f"no rule is known for a key like {shown(part)}")
