"""TensorFlow's functions, which a functional model of Keras 2 lists as rows (`TFOpLambda`, `SlicingOpLambda`).

Most do what an operation of Keras 3 does, under other names: they are translated, and that operation's rule is asked.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from cnnnotes.layers._arguments import MAX_AXES, is_integer
from cnnnotes.layers._errors import LayerError, NoRule, shown
from cnnnotes.layers._operations import Call, Tensor, broadcast, operation, operation_rule, reduced
from cnnnotes.layers._outcomes import Outcome, Shape

_KEPT = (
    "nn.relu nn.relu6 nn.crelu nn.silu nn.swish nn.gelu nn.sigmoid nn.tanh nn.elu nn.selu nn.leaky_relu nn.softplus "
    "nn.softsign nn.softmax nn.log_softmax nn.l2_normalize nn.bias_add nn.dropout nn.local_response_normalization "
    "math.sigmoid math.tanh math.softplus math.exp math.expm1 math.log math.log1p math.sqrt math.rsqrt math.square "
    "math.abs math.negative math.sign math.round math.rint math.floor math.ceil math.sin math.cos math.tan math.asin "
    "math.acos math.atan math.sinh math.cosh math.erf math.reciprocal math.is_nan math.is_finite math.is_inf "
    "math.logical_not math.cumsum math.cumprod math.l2_normalize math.softmax math.log_sigmoid math.real math.imag "
    "clip_by_value identity stop_gradient cast saturate_cast zeros_like ones_like reverse sort argsort roll "
    "ensure_shape compat.v1.nn.softmax compat.v1.zeros_like compat.v1.ones_like debugging.check_numerics "
    "image.flip_left_right image.flip_up_down image.adjust_brightness image.adjust_contrast image.adjust_saturation "
    "image.adjust_hue image.per_image_standardization image.rgb_to_hsv image.hsv_to_rgb image.convert_image_dtype"
)
_NODES_KEPT = (
    "Relu Relu6 Elu Selu Sigmoid Tanh Softplus Softsign Exp Log Sqrt Rsqrt Square Abs Neg Sign Round Floor Ceil Sin "
    "Cos Erf Softmax LogSoftmax Cast Identity StopGradient LeakyRelu BiasAdd ClipByValue ReverseV2"
)
_BINARY = (
    "math.add __operators__.add math.subtract math.multiply math.divide math.truediv math.floordiv math.floormod "
    "math.mod math.pow math.maximum math.minimum math.equal math.not_equal math.greater math.greater_equal math.less "
    "math.less_equal math.logical_and math.logical_or math.logical_xor math.squared_difference math.atan2 "
    "math.divide_no_nan math.multiply_no_nan math.xlogy compat.v1.floor_div compat.v1.div math.scalar_mul"
)
_NODES_BINARY = (
    "AddV2 Add Sub Mul RealDiv Div FloorDiv FloorMod Pow Maximum Minimum Equal NotEqual Greater GreaterEqual Less "
    "LessEqual LogicalAnd LogicalOr SquaredDifference"
)
_REDUCED = "sum mean max min prod any all std variance logsumexp euclidean_norm"


def _array(value: Any) -> Any:
    """A constant, which TensorFlow's functions take as nested lists, as a tensor of its shape."""
    if not isinstance(value, list | tuple) or isinstance(value, Tensor):
        return value
    shape: list[int | None] = []
    while isinstance(value, list | tuple) and not isinstance(value, Tensor) and len(shape) < MAX_AXES:
        shape.append(len(value))
        value = value[0] if value else None
    return Tensor((*shape, *(value.shape if isinstance(value, Tensor) else ())))


def _all(call: Call, *names: str) -> list[Any]:
    """What it is called with: the first, which may be a list of all, then those of these names."""
    first = list(call.args)
    if len(first) == 1 and isinstance(first[0], list) and not isinstance(first[0], Tensor):
        first = first[0]
    found = [*first, *(call.kwargs[name] for name in names if name in call.kwargs)]
    if not found:
        raise LayerError("takes at least one tensor, got none")
    return found


def _shape(value: Any) -> Shape:
    value = _array(value)
    return value.shape if isinstance(value, Tensor) else ()


def _as(name: str, first: Any, **arguments: Any) -> Outcome:
    return operation(name, {}, [first], {key: value for key, value in arguments.items() if value is not None})


def _tensor(call: Call) -> Tensor:
    found = _array(_all(call)[0])
    if not isinstance(found, Tensor):
        raise LayerError(f"expects a tensor, got {shown(found)}")
    return found


def _sizes(value: Any, what: str) -> list[int | None]:
    """Sizes of which some may be tensors, whose values only a run tells."""
    if isinstance(value, Tensor) or not isinstance(value, list | tuple):
        raise NoRule(f"its {what} is computed while the model runs")
    return [None if isinstance(size, Tensor) else size for size in value]


@operation_rule(*_KEPT.split())
def kept(call: Call) -> Outcome:
    """Each value by itself, or in its place."""
    return Outcome(shapes=(_tensor(call).shape,))


@operation_rule(*_BINARY.split())
def binary(call: Call) -> Outcome:
    """Two values, element by element."""
    values = _all(call, "x", "y")[:2]
    out = broadcast(_shape(values[0]), _shape(values[1]) if len(values) > 1 else ())
    return Outcome(shapes=(out,), windows=() if out in map(_shape, values) else None)


@operation_rule("math.add_n", "where", "compat.v1.where")
def many(call: Call) -> Outcome:
    """Several values, element by element."""
    out: Shape = ()
    for value in _all(call, "condition", "x", "y"):
        out = broadcast(out, _shape(value))
    return Outcome(shapes=(out,), windows=None)


@operation_rule(*(f"{place}.reduce_{name}" for name in _REDUCED.split() for place in ("math", "compat.v1")),
                "math.count_nonzero", "compat.v1.norm", "norm")  # fmt: skip
def reduced_along(call: Call) -> Outcome:
    """One value of all those along the axes."""
    axis = next(
        (call.kwargs[name] for name in ("axis", "reduction_indices") if call.kwargs.get(name) is not None), None
    )
    keep = bool(call.kwargs.get("keepdims") or call.kwargs.get("keep_dims"))
    return reduced(Call({}, [_tensor(call)], {"axis": axis, "keepdims": keep}))


@operation_rule("math.argmax", "math.argmin", "compat.v1.argmax", "compat.v1.argmin")
def argument(call: Call) -> Outcome:
    """The place of the largest or smallest value, by default along the first axis."""
    axis = call.kwargs.get("axis", call.kwargs.get("dimension"))
    return reduced(Call({}, [_tensor(call)], {"axis": 0 if axis is None else axis}))


@operation_rule("reshape", "compat.v1.reshape")
def reshape(call: Call) -> Outcome:
    """The same values counted off anew."""
    target: list[int | None] = [-1 if size is None else size for size in _sizes(call.kwargs.get("shape"), "shape")]
    tensors = target.count(-1) > 1  # sizes that only a run tells beside the one that follows from the others
    target = [None if tensors and size == -1 else size for size in target]
    return _as("Reshape", _tensor(call), newshape=target)


@operation_rule("__operators__.getitem")
def get_item(call: Call) -> Outcome:
    """A part of a tensor: slices, places, new axes and an ellipsis, as Keras 2 writes them."""
    spec = call.kwargs.get("slice_spec")
    keys: list[Any] = []
    for part in spec if isinstance(spec, list) else [spec]:
        if isinstance(part, dict) and part.keys() <= {"start", "stop", "step"}:
            ends = [
                None if isinstance(part.get(name), Tensor) else part.get(name) for name in ("start", "stop", "step")
            ]
            known = not any(isinstance(end, Tensor) for end in part.values())
            keys.append({"class_name": "__slice__", "config": dict(zip(("start", "stop", "step"), ends, strict=True))}
                        if known else NotImplemented)  # fmt: skip
        elif (isinstance(part, dict) and part.get("type") == "Ellipsis") or part == "Ellipsis":
            keys.append("...")
        elif part is None or part == {"type": "newaxis"}:
            keys.append(None)
        else:
            keys.append(0 if isinstance(part, Tensor) and part.shape == () else part)
    shape = _tensor(call).shape
    if NotImplemented in keys:  # a slice to an end that only a run tells
        place = keys.index(NotImplemented)
        if keys.count(NotImplemented) > 1 or None in keys[:place] or "..." in keys[:place] or place >= len(shape):
            raise NoRule("its slices are computed while the model runs")
        keys[place] = slice(None)
        shape = (*shape[:place], None, *shape[place + 1 :])
    return _as("GetItem", Tensor(shape), key=keys)


def _renamed(name: str, **names: str) -> Callable[[Call], Outcome]:
    """A function that does what an operation of Keras 3 does, whose arguments have these names there."""

    def rule(call: Call) -> Outcome:
        given = {new: call.kwargs[old] for old, new in names.items() if call.kwargs.get(old) is not None}
        return _as(name, _tensor(call), **given)

    return rule


operation_rule("compat.v1.transpose", "transpose")(_renamed("Transpose", perm="axes"))
operation_rule("expand_dims", "compat.v1.expand_dims")(_renamed("ExpandDims", axis="axis", dim="axis"))
operation_rule("squeeze", "compat.v1.squeeze")(_renamed("Squeeze", axis="axis", squeeze_dims="axis"))
operation_rule("compat.v1.pad", "pad")(_renamed("Pad", paddings="pad_width"))
operation_rule("tile", "compat.v1.tile")(_renamed("Tile", multiples="repeats"))
operation_rule("repeat")(_renamed("Repeat", repeats="repeats", axis="axis"))
operation_rule("unstack")(_renamed("Unstack", num="num", axis="axis"))
operation_rule("one_hot", "compat.v1.one_hot")(_renamed("OneHot", depth="num_classes", axis="axis"))


@operation_rule("concat", "compat.v1.concat")
def concat(call: Call) -> Outcome:
    """One after the other along an axis."""
    return operation("Concatenate", {}, [list(map(_array, _all(call)))], {"axis": call.kwargs.get("axis", 0)})


@operation_rule("stack")
def stack(call: Call) -> Outcome:
    """Tensors of one shape, along a new axis; numbers among them are scalars."""
    values = [each if isinstance(each := _array(value), Tensor) else Tensor(()) for value in _all(call)]
    return operation("Stack", {}, [values], {"axis": call.kwargs.get("axis", 0)})


@operation_rule("split", "compat.v1.split")
def split(call: Call) -> Outcome:
    """Pieces along an axis: so many of the same size, or of these sizes."""
    cuts = call.kwargs.get("num_or_size_splits")
    if isinstance(cuts, list):
        if not cuts or not all(is_integer(size) and size >= 0 for size in cuts):
            raise NoRule("its sizes are computed while the model runs")
        cuts = list(itertools.accumulate(cuts))[:-1]
    return _as("Split", _tensor(call), indices_or_sections=cuts, axis=call.kwargs.get("axis", 0))


@operation_rule("shape", "compat.v1.shape", "rank", "compat.v1.rank", "size", "compat.v1.size")
def shape_of(call: Call) -> Outcome:
    """The sizes of a tensor, as a tensor."""
    return Outcome(shapes=((len(_tensor(call).shape),),), windows=None)


@operation_rule("gather", "compat.v1.gather")
def gather(call: Call) -> Outcome:
    """Values by their place along an axis."""
    indices = _shape(call.kwargs.get("indices"))
    if call.kwargs.get("batch_dims"):
        raise NoRule("no rule is known for a gather with batch_dims")
    return _as("Take", _tensor(call), indices=Tensor(indices), axis=call.kwargs.get("axis") or 0)


@operation_rule("linalg.matmul")
def matmul(call: Call) -> Outcome:
    """A product of matrices, either one transposed if asked for."""
    values = [_shape(value) for value in _all(call, "b")]
    if len(values) != 2 or min(map(len, values)) < 2:
        raise LayerError(f"takes two tensors of two axes or more, got {shown(tuple(values))}")
    flipped = [bool(call.kwargs.get(name) or call.kwargs.get(name.replace("transpose", "adjoint")))
               for name in ("transpose_a", "transpose_b")]  # fmt: skip
    one, other = ((*s[:-2], s[-1], s[-2]) if swap else s for s, swap in zip(values, flipped, strict=True))
    return operation("Matmul", {}, [Tensor(one), Tensor(other)])


@operation_rule("einsum")
def einsum(call: Call) -> Outcome:
    """Products summed along the axes that an equation leaves out of its output."""
    equation, *operands = _all(call)
    return operation("Einsum", {"subscripts": equation}, [_array(value) for value in operands])


def _image(call: Call) -> Shape:
    shape = _tensor(call).shape
    if len(shape) != 4:
        raise NoRule("no rule is known for it on anything but a batch of images")
    return shape


@operation_rule("image.resize", "compat.v1.image.resize", "compat.v1.image.resize_bilinear",
                "compat.v1.image.resize_nearest_neighbor", "compat.v1.image.resize_images")  # fmt: skip
def resize(call: Call) -> Outcome:
    """Images of another size."""
    shape, size = _image(call), _sizes(call.kwargs.get("size"), "size")
    return Outcome(shapes=((shape[0], *size, shape[3]),), windows=None)


@operation_rule("TensorFlowOpLayer")
def node(call: Call) -> Outcome:
    """A node of a graph, as Keras 2.0 to 2.3 wrote operations; some of its inputs are constants."""
    definition, constants = call.config.get("node_def"), call.config.get("constants")
    definition, constants = (value if isinstance(value, dict) else {} for value in (definition, constants))
    kind, attributes = str(definition.get("op")), definition.get("attr")
    attributes = attributes if isinstance(attributes, dict) else {}
    left = iter(_all(call))
    count = len(_all(call)) + len(constants)
    values = [constants[str(i)] if str(i) in constants else next(left, None) for i in range(count)]
    if kind == "Split":
        values.reverse()  # the axis comes first
    given = {name: value for name, value in map(_attribute, attributes.items()) if value is not None}
    if kind in _NODES:
        function, *names = _NODES[kind].split()
        return operation(function, {}, values[:1], {**given, **dict(zip(names, values[1:], strict=False))})
    if kind == "ConcatV2":
        return operation("concat", {}, [values[:-1]], {"axis": values[-1]})
    if kind == "Pack":
        return operation("stack", {}, [values], given)
    if kind in _NODES_BINARY.split():
        return operation("math.add", {}, values[:1], {"y": values[1] if len(values) > 1 else 0})
    if kind in _NODES_KEPT.split():
        return operation("identity", {}, values[:1])
    raise NoRule(f"no rule is known for an operation of type {shown(kind)}")


_NODES = {
    **dict.fromkeys(("Mean", "Sum", "Max", "Min", "Prod", "All", "Any"), "math.reduce_mean axis"),
    **dict.fromkeys(("MatMul", "BatchMatMul", "BatchMatMulV2"), "linalg.matmul b"),
    **dict.fromkeys(("ResizeBilinear", "ResizeNearestNeighbor"), "image.resize size"),
    "Reshape": "reshape shape",
    "ExpandDims": "expand_dims axis",
    "Transpose": "transpose perm",
    "Pad": "pad paddings",
    "Squeeze": "squeeze",
    "Split": "split axis",
    "GatherV2": "gather indices axis",
    "Tile": "tile multiples",
}  # fmt: skip
"""The function that does what a node does, and the names of its further inputs there."""
_ATTRIBUTES = {
    "keep_dims": "keepdims", "transpose_a": "transpose_a", "transpose_b": "transpose_b", "adj_x": "transpose_a",
    "adj_y": "transpose_b", "axis": "axis", "num_split": "num_or_size_splits", "squeeze_dims": "axis",
}  # fmt: skip


def _attribute(item: tuple[str, Any]) -> tuple[str, Any]:
    """An attribute of a node as an argument: `{"b": true}`, `{"i": "2"}`, or a list of these."""
    name, value = _ATTRIBUTES.get(item[0], ""), item[1]
    if not name or not isinstance(value, dict):
        return "", None
    if isinstance(value.get("list"), dict):
        listed = value["list"].get("i")
        return name, [int(i) for i in listed if str(i).lstrip("-").isdigit()] if isinstance(listed, list) else None
    number = str(value.get("i", ""))
    return name, int(number) if number.lstrip("-").isdigit() else value.get("b")
