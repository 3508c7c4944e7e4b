"""Raw operations (`x * 2`, `keras.ops.mean(x)`), which a functional model lists beside its layers.

An operation is no layer: it has no weights, its constants stand among what it is called with, and some share their name
with a layer (`Add`, `Concatenate`, `Reshape`). So they have a registry of their own.
"""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments, class_and_config
from cnnnotes.layers._errors import LayerError, NoRule, shown
from cnnnotes.layers._outcomes import GLOBAL, MAX_AXES, Outcome, Shape, numbered, product, volume


class Tensor(NamedTuple):
    """A tensor among what an operation is called with."""

    shape: Shape


class Call(NamedTuple):
    """What an operation was made with (its config) and is called with, found by name wherever it stands."""

    config: Mapping[str, Any]
    args: Sequence[Any]
    kwargs: Mapping[str, Any]

    def given(self, name: str, place: int | None = None, default: Any = None) -> Any:
        """An argument by its name, or by its place among the positional ones."""
        if name in self.kwargs:
            return self.kwargs[name]
        if place is not None and place < len(self.args):
            return self.args[place]
        return self.config.get(name, default)

    def tensor(self, place: int = 0, name: str = "x") -> Shape:
        """The shape of the tensor at this place, or under this name."""
        value = self.given(name, place)
        if not is_array(value):
            raise LayerError(f"expects a tensor as argument {place + 1}, got {shown(value)}")
        return shape_of(value)

    def tensors(self) -> list[Shape]:
        """The shapes of a list of tensors, the first argument."""
        value = next(iter((*self.args, *self.kwargs.values())), None)
        if not isinstance(value, list | tuple) or not value or not all(map(is_array, value)):
            raise LayerError(f"expects a list of tensors only, got {shown(value)}")
        return [shape_of(each) for each in value]

    def axes(self, rank: int, default: Any = None) -> tuple[int, ...] | None:
        """The axes it works along, counted from the front; `None` for all."""
        value = self.given("axis", None, default)
        return None if value is None else Arguments({"axis": value}).axes("axis", rank)

    def axis(self, rank: int, place: int, default: int | None = None, name: str = "axis") -> int:
        """The one axis that it works along, counted from the front."""
        return Arguments({name: self.given(name, place, default)}).axis(name, rank)

    def listed(self, name: str, place: int, rank: int | None = None) -> tuple[int, ...]:
        """One integer or a list of them, with a `rank` axes of a tensor of so many."""
        return Arguments({name: self.given(name, place)}).listed(name, rank)


Operation = Callable[[Call], Outcome]
OPERATIONS: dict[str, Operation] = {}


def operation_rule(types: str) -> Callable[[Operation], Operation]:
    """Registers a function as the rule of these operations."""

    def register(function: Operation) -> Operation:
        OPERATIONS.update(dict.fromkeys(types.split(), function))
        return function

    return register


_MODULES = re.compile(r"^(compat\.v1\.)?((math|nn|linalg|debugging|__operators__)\.)?")  # of TensorFlow's functions


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
    function = OPERATIONS.get(_MODULES.sub("", operation_type))
    if function is None:
        raise NoRule(f"no rule is known for an operation of type {shown(operation_type)}")
    return function(Call(config, args, kwargs or {}))


def broadcast(*shapes: Shape) -> Shape:
    """The shape of several that are combined element by element, the batch among the axes, an axis of 1 repeated."""
    out = list[int | None]()
    for sizes in itertools.zip_longest(*(shape[::-1] for shape in shapes), fillvalue=1):
        known = {size for size in sizes if size not in (None, 1)}
        if len(known) > 1:
            raise LayerError(f"shapes must fit for element by element, got {' and '.join(map(str, shapes))}")
        out.append(known.pop() if known else None if None in sizes else 1)
    return tuple(out[::-1])


def class_name(value: Any) -> str | None:
    """The class that a serialized value states."""
    return value.get("class_name") if isinstance(value, dict) else None


def is_array(value: Any) -> bool:
    """Whether this is a tensor, or a constant array as Keras writes it."""
    return isinstance(value, Tensor) or class_name(value) in ("__numpy__", "__tensor__")


def shape_of(value: Any) -> Shape:
    """The shape of a tensor or of a constant; numbers, and lists as Keras takes them, count as scalars."""
    if isinstance(value, Tensor):
        return value.shape
    return nested_shape(class_and_config("constant", value)[1].get("value")) if is_array(value) else ()


def nested_shape(value: Any) -> Shape:
    """The shape of a tensor, or of an array that is written as a list of lists."""
    found = list[int | None]()
    while isinstance(value, list | tuple) and not isinstance(value, Tensor) and len(found) < MAX_AXES:
        found.append(len(value))
        value = value[0] if value else None
    return (*found, *shape_of(value))


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
    "TanhShrink Threshold Cumsum Cumprod Flip Roll Sort Argsort Tril Triu"
)
_REDUCED = (
    "Sum Mean Max Min Prod Std Var Any All Amax Amin CountNonzero Logsumexp Median Nansum Nanmean Nanmax Nanmin Nanprod"
)


@operation_rule(_ELEMENTWISE)
def elementwise(call: Call) -> Outcome:
    """Several values, element by element."""
    shapes = [shape_of(value) for value in (*call.args, *call.kwargs.values())]
    out = broadcast(*shapes)
    return Outcome.of(out, windows=() if out in shapes else None)  # each position stays where it is, or may not


@operation_rule(_UNARY)
def unary(call: Call) -> Outcome:
    """Each value by itself, or along an axis in such a way that the shape is kept."""
    if "axis" in call.config and call.config["axis"] is None:  # of all values, in one row (cumsum, sort)
        return Outcome.of((volume(call.tensor()),), windows=None)
    return Outcome.of(call.tensor())


@operation_rule("Softmax LogSoftmax Normalize Sparsemax")
def along_axis(call: Call) -> Outcome:
    """Values that depend on all others along an axis."""
    shape = call.tensor()
    return Outcome.of(shape, windows=() if call.axes(len(shape), -1) == (len(shape) - 1,) else GLOBAL)


@operation_rule(f"{_REDUCED} Argmax Argmin")
def reduced(call: Call) -> Outcome:
    """One value of all those along the axes, which go or stay as 1."""
    shape, keep = call.tensor(), call.given("keepdims")
    axes = call.axes(len(shape))
    gone = range(len(shape)) if axes is None else axes
    left = (1 if axis in gone else size for axis, size in enumerate(shape) if keep or axis not in gone)
    return Outcome.of(tuple(left), windows=GLOBAL)


@operation_rule("Matmul")
def matmul(call: Call) -> Outcome:
    """A product of matrices; the axes before their two are matched element by element."""
    one, other = call.tensor(0, "x1"), call.tensor(1, "x2")
    if not one or not other:
        raise LayerError("takes tensors of at least one axis")
    inner = other[-2:][0]
    if None not in (one[-1], inner) and one[-1] != inner:
        raise LayerError(f"the inner axes must agree, got {one[-1]} and {inner}")
    out = (*broadcast(one[:-2], other[:-2]), *one[-2:-1], *other[-2:][1:])
    names = numbered(out[1:])
    return Outcome.of(out, macs=Formula(product([*names, "D"]), **names, D=one[-1]), windows=GLOBAL)


@operation_rule("Einsum")
def einsum(call: Call) -> Outcome:
    """Products summed along the axes that an equation like `"abc,cd->abd"` leaves out of its output."""
    subscripts = call.given("subscripts")
    operands = [shape_of(value) for value in call.args if is_array(value)]
    if not isinstance(subscripts, str) or len(subscripts) > 4 * MAX_AXES:
        raise LayerError(f"subscripts must be an equation, got {shown(subscripts)}")
    left, arrow, right = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    if not arrow or not all(term.isalpha() for term in [*terms, right or "a"]):
        raise NoRule(f"no rule is known for an equation like {shown(subscripts)}")
    if [len(term) for term in terms] != [len(shape) for shape in operands] or not set(right) <= set(left):
        raise LayerError(f"subscripts must name each axis of the inputs, and only these, got {shown(subscripts)}")
    sizes: dict[str, int | None] = {}
    for letter, size in zip("".join(terms), itertools.chain(*operands), strict=True):
        (sizes[letter],) = broadcast((sizes.get(letter, 1),), (size,))
    inside = [letter for letter in sizes if letter != right[:1]]  # the first axis of the output is the batch
    macs = Formula(product(inside), **sizes) if len(terms) > 1 else None
    return Outcome.of(tuple(sizes[letter] for letter in right), macs=macs, windows=GLOBAL)
