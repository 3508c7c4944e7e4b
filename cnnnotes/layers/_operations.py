"""Raw operations (`x * 2`, `keras.ops.mean(x)`), which a functional model lists beside its layers.

An operation is no layer: it has no weights, its constants stand among what it is called with, and some share their name
with a layer (`Add`, `Concatenate`, `Reshape`). So they have a registry of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import MAX_AXES, Arguments, class_and_config
from cnnnotes.layers._errors import LayerError, NoRule, shown
from cnnnotes.layers._outcomes import GLOBAL, Outcome, Shape, numbered, product, volume


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
        if not is_array(value):
            raise LayerError(f"expects a tensor as argument {place + 1}, got {shown(value)}")
        return shape_of(value)

    def tensors(self) -> list[Shape]:
        """The shapes of a list of tensors, the first argument."""
        value = self.args[0] if self.args else next(iter(self.kwargs.values()), None)
        if not isinstance(value, list | tuple) or isinstance(value, Tensor) or not value:
            raise LayerError(f"expects a list of tensors, got {shown(value)}")
        if not all(map(is_array, value)):
            raise LayerError(f"expects a list of tensors only, got {shown(value)}")
        return [shape_of(each) for each in value]

    def axes(self, rank: int, name: str = "axis", default: Any = None) -> tuple[int, ...] | None:
        """The axes it works along, counted from the front; `None` for all."""
        value = self.given(name, None, default)
        return None if value is None else Arguments({name: value}).axes(name, rank)

    def axis(self, rank: int, place: int, default: int | None = None, name: str = "axis") -> int:
        """The one axis that it works along, counted from the front."""
        return Arguments({name: self.given(name, place, default)}).axis(name, rank)

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


def rearranging(*types: str) -> Callable[[Callable[[Call, Shape], Shape]], Callable[[Call, Shape], Shape]]:
    """Registers what these operations make of the shape of their first tensor, whose values they put elsewhere."""

    def register(function: Callable[[Call, Shape], Shape]) -> Callable[[Call, Shape], Shape]:
        operation_rule(*types)(lambda call: Outcome(shapes=(function(call, call.tensor(0, "x")),), windows=None))
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


def class_name(value: Any) -> str | None:
    """The class that a serialized value states."""
    return value.get("class_name") if isinstance(value, dict) else None


def is_array(value: Any) -> bool:
    """Whether this is a tensor, or a constant array as Keras writes it."""
    return isinstance(value, Tensor) or class_name(value) in ("__numpy__", "__tensor__")


def shape_of(value: Any) -> Shape:
    """The shape of a tensor or of a constant: numbers, and lists as Keras takes them, count as scalars."""
    if isinstance(value, Tensor):
        return value.shape
    if is_array(value):
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
    one, other = map(shape_of, values)
    out = broadcast(one, other)
    return Outcome(shapes=(out,), axes=(None,) * max(len(out) - 1, 0), windows=_changed(out, one, other))


@operation_rule("Where")
def where(call: Call) -> Outcome:
    """One of two values, by a condition, element by element."""
    out: Shape = ()
    for value in (*call.args, *call.kwargs.values()):
        out = broadcast(out, shape_of(value))
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


@operation_rule(*_REDUCED.split(), "Argmax", "Argmin")
def reduced(call: Call) -> Outcome:
    """One value of all those along the axes, which go or stay as 1."""
    shape = call.tensor(0, "x")
    axes = call.axes(len(shape))
    if axes is None:
        axes = tuple(range(len(shape)))
    keep = call.flag("keepdims")
    out = [1 if axis in axes else size for axis, size in enumerate(shape) if keep or axis not in axes]
    return Outcome(shapes=(tuple(out),), axes=(None,) * max(len(out) - 1, 0), windows=GLOBAL)


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
    before = broadcast(a[:-2], b[:-2])
    out = (*before, *([a[-2]] if len(one) > 1 else []), *([b[-1]] if len(other) > 1 else []))
    names = numbered(out[1:])
    macs = Formula(product([*names, "D"]), **names, D=a[-1])
    return Outcome(shapes=(out,), axes=(None,) * max(len(out) - 1, 0), macs=macs, windows=GLOBAL)


@operation_rule("Einsum")
def einsum(call: Call) -> Outcome:
    """Products summed along the axes that an equation like `"abc,cd->abd"` leaves out of its output."""
    subscripts = call.given("subscripts", None)
    operands = [shape_of(value) for value in call.args if is_array(value)]
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
