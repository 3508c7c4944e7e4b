"""TensorFlow's functions, which a functional model of Keras 2 lists as rows (`TFOpLambda`, `SlicingOpLambda`).

Most do what an operation of Keras 3 does, under other names: they are translated, and that operation's rule is asked.
Their modules (`math.`, `nn.`, `compat.v1.`) tell nothing of a shape and are left out.
"""

import itertools
from collections.abc import Callable
from typing import Any

from cnnnotes.layers._arguments import is_integer
from cnnnotes.layers._errors import LayerError, NoRule, shown
from cnnnotes.layers._operations import Call, Tensor, nested_shape, operation, operation_rule
from cnnnotes.layers._outcomes import Outcome

_SAME = {
    "Relu": "relu relu6 crelu silu swish gelu sigmoid tanh elu selu leaky_relu softplus softsign softmax log_softmax "
    "l2_normalize bias_add dropout local_response_normalization exp expm1 log log1p sqrt rsqrt square abs negative "
    "sign round rint floor ceil sin cos tan asin acos atan sinh cosh erf reciprocal is_nan is_finite is_inf "
    "logical_not cumsum cumprod log_sigmoid real imag clip_by_value identity stop_gradient cast saturate_cast "
    "zeros_like ones_like reverse sort argsort roll ensure_shape check_numerics image.flip_left_right "
    "image.flip_up_down image.adjust_brightness image.adjust_contrast image.adjust_saturation image.adjust_hue "
    "image.per_image_standardization image.rgb_to_hsv image.hsv_to_rgb image.convert_image_dtype",
    "Add": "add subtract multiply divide truediv floordiv floormod mod pow maximum minimum equal not_equal greater "
    "greater_equal less less_equal logical_and logical_or logical_xor squared_difference atan2 divide_no_nan "
    "multiply_no_nan xlogy floor_div div scalar_mul add_n where",
    "Mean": "reduce_sum reduce_mean reduce_max reduce_min reduce_prod reduce_any reduce_all reduce_std reduce_variance "
    "reduce_logsumexp reduce_euclidean_norm count_nonzero norm",
    "Argmax": "argmax argmin",
    "Concatenate": "concat",
    "Stack": "stack",
    "Split": "split",
    "Take": "gather",
    "Reshape": "reshape",
    "Transpose": "transpose",
    "ExpandDims": "expand_dims",
    "Squeeze": "squeeze",
    "Pad": "pad",
    "Tile": "tile",
    "Repeat": "repeat",
    "Unstack": "unstack",
    "OneHot": "one_hot",
}
"""The functions that do to a shape what an operation of Keras 3 does."""
_FIRST_AXIS = ("Argmax", "Concatenate", "Stack", "Split", "Take")
"""Where TensorFlow goes along the first axis unless told otherwise."""
_NAMES = {
    **dict.fromkeys(("reduction_indices", "dimension", "dim", "squeeze_dims"), "axis"),
    "keep_dims": "keepdims",
    "num_or_size_splits": "indices_or_sections",
    "shape": "newshape",
    "perm": "axes",
    "paddings": "pad_width",
    "multiples": "repeats",
    "depth": "num_classes",
}
"""What Keras 3 calls an argument of these."""
_TENSORS = ("condition", "x", "y", "b")  # the arguments that are tensors, beside the first


def _values(call: Call) -> list[Any]:
    """The tensors and numbers that it is called with; constants, which are nested lists here, as tensors too."""
    first = call.args[0] if len(call.args) == 1 and type(call.args[0]) is list else call.args
    found = [*first, *(call.kwargs[name] for name in _TENSORS if name in call.kwargs)]
    if not found:
        raise LayerError("takes at least one tensor, got none")
    return [Tensor(nested_shape(value)) if type(value) in (list, tuple) else value for value in found]


def _tensor(call: Call) -> Tensor:
    found = _values(call)[0]
    if not isinstance(found, Tensor):
        raise LayerError(f"expects a tensor, got {shown(found)}")
    return found


def _as(name: str, /, *values: Any, **arguments: Any) -> Outcome:
    return operation(name, {}, values, {key: value for key, value in arguments.items() if value is not None})


def _translated(name: str) -> Callable[[Call], Outcome]:
    """The rule of functions that do what this operation of Keras 3 does."""

    def rule(call: Call) -> Outcome:
        if name == "Add":
            return _as(name, *_values(call))
        given = {_NAMES.get(key, key): value for key, value in call.kwargs.items() if key not in _TENSORS}
        given |= {key: change(given[key]) for key, change in _CHANGED.items() if key in given}
        if given.get("batch_dims"):
            raise NoRule("no rule is known for a gather with batch_dims")
        if name in _FIRST_AXIS and given.get("axis") is None:
            given["axis"] = 0
        if name in ("Concatenate", "Stack"):  # numbers among them are scalars
            return _as(name, [value if isinstance(value, Tensor) else Tensor(()) for value in _values(call)], **given)
        return _as(name, _tensor(call), **given)

    return rule


def _sizes(value: Any) -> list[int | None]:
    """Sizes of which some may be tensors, whose values only a run tells."""
    if isinstance(value, Tensor) or not isinstance(value, list | tuple):
        raise NoRule("it takes sizes that are computed while the model runs")
    return [None if isinstance(size, Tensor) else size for size in value]


def _new_shape(value: Any) -> list[int | None]:
    target: list[int | None] = [-1 if size is None else size for size in _sizes(value)]
    if target.count(-1) < 2:
        return target
    return [None if size == -1 else size for size in target]  # none of these follows from the others


def _cuts(value: Any) -> Any:
    """Where a tensor is cut into pieces of these sizes, or into how many of the same size."""
    if not isinstance(value, list):
        return value
    if not all(is_integer(size) and size >= 0 for size in value):
        raise NoRule("it takes sizes that are computed while the model runs")
    return list(itertools.accumulate(value))[:-1]


_CHANGED: dict[str, Callable[[Any], Any]] = {"newshape": _new_shape, "indices_or_sections": _cuts}
"""What else is written in another way, not only under another name."""
for _keras, _functions in _SAME.items():
    operation_rule(_functions)(_translated(_keras))


@operation_rule("getitem")
def get_item(call: Call) -> Outcome:
    """A part of a tensor: slices, places, new axes and an ellipsis, as Keras 2 writes them."""
    spec = call.kwargs.get("slice_spec")
    shape, keys = list(_tensor(call).shape), list[Any]()
    for part in spec if isinstance(spec, list) else [spec]:
        if isinstance(part, dict) and part.keys() <= {"start", "stop", "step"}:
            if any(isinstance(end, Tensor) for end in part.values()):  # a slice to an end that only a run tells
                if None in keys or "..." in keys or len(keys) >= len(shape):
                    raise NoRule("its slices are computed while the model runs")
                shape[len(keys)], part = None, {}
            keys.append({"class_name": "__slice__", "config": part})
        elif part == "Ellipsis" or (isinstance(part, dict) and part.get("type") == "Ellipsis"):
            keys.append("...")
        elif part is None or part == {"type": "newaxis"}:
            keys.append(None)
        else:
            keys.append(0 if isinstance(part, Tensor) and part.shape == () else part)
    return _as("GetItem", Tensor(tuple(shape)), key=keys)


operation_rule("shape rank size")(lambda call: Outcome.of((len(_tensor(call).shape),), windows=None))
operation_rule("einsum")(lambda call: _as("Einsum", *_values(call)[1:], subscripts=_values(call)[0]))


@operation_rule("matmul")
def matmul(call: Call) -> Outcome:
    """A product of matrices, either one transposed if asked for."""
    shapes = [value.shape for value in _values(call) if isinstance(value, Tensor) and len(value.shape) > 1]
    if len(shapes) != 2:
        raise LayerError("takes two tensors of two axes or more")
    for i, name in enumerate("ab"):
        if call.kwargs.get(f"transpose_{name}") or call.kwargs.get(f"adjoint_{name}"):
            shapes[i] = (*shapes[i][:-2], *shapes[i][:-3:-1])
    return _as("Matmul", *map(Tensor, shapes))


@operation_rule("image.resize image.resize_bilinear image.resize_nearest_neighbor image.resize_images")
def resize(call: Call) -> Outcome:
    """Images of another size."""
    shape, size = _tensor(call).shape, _sizes(call.kwargs.get("size"))
    if len(shape) != 4:
        raise NoRule("no rule is known for it on anything but a batch of images")
    return Outcome.of((shape[0], *size, shape[3]), windows=None)


_NODES = {
    "add y": "AddV2 Add Sub Mul RealDiv Div FloorDiv FloorMod Pow Maximum Minimum Equal NotEqual Greater GreaterEqual "
    "Less LessEqual LogicalAnd LogicalOr SquaredDifference",
    "identity": "Relu Relu6 Elu Selu Sigmoid Tanh Softplus Softsign Exp Log Sqrt Rsqrt Square Abs Neg Sign Round Floor "
    "Ceil Sin Cos Erf Softmax LogSoftmax Cast Identity StopGradient LeakyRelu BiasAdd ClipByValue ReverseV2",
    "reduce_mean axis": "Mean Sum Max Min Prod All Any",
    "matmul b": "MatMul BatchMatMul BatchMatMulV2",
    "image.resize size": "ResizeBilinear ResizeNearestNeighbor",
    "reshape shape": "Reshape",
    "expand_dims axis": "ExpandDims",
    "transpose perm": "Transpose",
    "pad paddings": "Pad",
    "squeeze": "Squeeze",
    "split axis": "Split",
    "gather indices axis": "GatherV2",
    "tile multiples": "Tile",
}
"""The function that does what a node does, and the names of its further inputs there."""
_FUNCTIONS = {node: function for function, nodes in _NODES.items() for node in nodes.split()}
_ATTRIBUTES = {"adj_x": "transpose_a", "adj_y": "transpose_b", "squeeze_dims": "axis", "keep_dims": "keepdims"}
_ATTRIBUTES |= {"num_split": "num_or_size_splits", **{name: name for name in ("transpose_a", "transpose_b", "axis")}}


@operation_rule("TensorFlowOpLayer")
def node(call: Call) -> Outcome:
    """A node of a graph, as Keras 2.0 to 2.3 wrote operations; some of its inputs are constants."""
    definition, constants = (_dict(call.config.get(name)) for name in ("node_def", "constants"))
    kind = str(definition.get("op"))
    left = iter(_values(call))
    count = len(_values(call)) + len(constants)
    values = [constants[str(i)] if str(i) in constants else next(left, None) for i in range(count)]
    if kind == "Split":
        values.reverse()  # the axis comes first
    attributes = {_ATTRIBUTES.get(name): _attribute(value) for name, value in _dict(definition.get("attr")).items()}
    given = {name: value for name, value in attributes.items() if name is not None and value is not None}
    if kind == "ConcatV2":
        return _as("concat", values[:-1], axis=values[-1])
    if kind == "Pack":
        return _as("stack", values, **given)
    if kind not in _FUNCTIONS:
        raise NoRule(f"no rule is known for an operation of type {shown(kind)}")
    function, *names = _FUNCTIONS[kind].split()
    return _as(function, values[0], **given, **dict(zip(names, values[1:], strict=False)))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _attribute(value: Any) -> Any:
    """An attribute of a node: `{"b": true}`, `{"i": "2"}`, or a list of these."""
    listed = _dict(_dict(value).get("list")).get("i")
    if isinstance(listed, list):
        return [int(i) for i in listed if str(i).lstrip("-").isdigit()]
    number = str(_dict(value).get("i", ""))
    return int(number) if number.lstrip("-").isdigit() else _dict(value).get("b")
