"""TensorFlow's functions, which a functional model of Keras 2 lists as rows (`TFOpLambda`, `SlicingOpLambda`), and the
nodes of its graph (`TensorFlowOpLayer`).

Most do what an operation of Keras 3 does, under its name or another: they are translated, and that one's rule is asked.
"""

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cnnnotes.layers._arguments import Arguments, is_integer
from cnnnotes.layers._errors import LayerError, NoRule
from cnnnotes.layers._operations import OPERATIONS, STATEMENTS, Called, Tensor, nested_shape, operation, operation_rule
from cnnnotes.layers._outcomes import Outcome, Shape

_OWN = {  # the functions that do to a shape what an operation of Keras 3 does, under names of their own
    "Relu": "swish l2_normalize bias_add dropout local_response_normalization rint neg asin acos atan is_nan is_finite "
    "is_inf clip_by_value identity reverse ensure_shape check_numerics flip_left_right flip_up_down adjust_brightness "
    "adjust_contrast adjust_saturation adjust_hue rgb_to_hsv per_image_standardization hsv_to_rgb convert_image_dtype",
    "Add": "truediv floordiv floormod floor_mod pow sub mul div real_div floor_div squared_difference atan2 "
    "multiply_no_nan xlogy scalar_mul add_n",
    "Mean": "variance euclidean_norm norm",
    "Concatenate": "concat",
    "Stack": "pack",
    "Take": "gather",
}
# Where TensorFlow goes along the first axis unless told otherwise.
_FIRST_AXIS = ("Argmax", "Argmin", "Concatenate", "Stack", "Split", "Take")
_NAMES = {  # what Keras 3 calls an argument of these
    **dict.fromkeys(("reduction_indices", "dimension", "dim", "squeeze_dims"), "axis"),
    **dict.fromkeys(("num_or_size_splits", "num_split"), "indices_or_sections"),
    "keep_dims": "keepdims",
    "shape": "newshape",
    "perm": "axes",
    "paddings": "pad_width",
    "multiples": "repeats",
    "depth": "num_classes",
}
_TENSORS = ("condition", "x", "y", "b")  # the arguments that are tensors, beside the first


def _values(args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
    """The tensors and numbers that it is called with; constants, which are nested lists here, as tensors too."""
    first = args[0] if args and type(args[0]) is list else args
    found = [*first, *(kwargs[name] for name in _TENSORS if name in kwargs)]
    if not found:
        raise LayerError("takes at least one tensor, got none")
    return [Tensor(nested_shape(value)) if type(value) in (list, tuple) else value for value in found]


def _translated(name: str) -> Called:
    """The rule of functions that do what this operation of Keras 3 does."""
    names = list(STATEMENTS[name])

    def rule(config: Mapping[str, Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Outcome:
        values = _values(args, kwargs)
        if name == "Where" and len(values) < 3:
            raise NoRule("its shape is computed while the model runs")
        if not names:  # of an einsum the equation comes first
            return operation(name, {"subscripts": values[0]}, values[name == "Einsum" :])
        if kwargs.get("batch_dims") or len(args) > len(names) > 1:
            raise NoRule("no rule is known for all of its arguments")
        renamed = {_NAMES[key] if _NAMES.get(key) in names else key: each for key, each in kwargs.items()}
        given = dict(zip(names, args, strict=False)) | renamed
        given = {key: _changed(key, given[key]) for key in names[1:] if key in given}
        if name in _FIRST_AXIS and given.get("axis") is None:
            given["axis"] = 0
        if names[0] == "xs":  # numbers among them are scalars
            return operation(name, {}, [[each if isinstance(each, Tensor) else Tensor(()) for each in values]], given)
        return operation(name, {}, values[:1], given)

    return rule


def _sizes(value: Any) -> list[int | None]:
    """Sizes of which some may be tensors, whose values only a run tells."""
    if isinstance(value, Tensor) or not isinstance(value, list | tuple):
        raise NoRule("it takes sizes that are computed while the model runs")
    return [None if isinstance(size, Tensor) else size for size in value]


def _changed(name: str, value: Any) -> Any:
    """An argument that Keras 3 has in another way, not only under another name."""
    if name == "newshape":
        target = [-1 if size is None else size for size in _sizes(value)]
        # none of several that are open follows from the others
        return target if target.count(-1) < 2 else [None if size == -1 else size for size in target]
    if name != "indices_or_sections" or not isinstance(value, list):
        return value
    if not all(is_integer(size) and size >= 0 for size in value):
        raise NoRule("it takes sizes that are computed while the model runs")
    return list(itertools.accumulate(value))[:-1]  # where it is cut into pieces of these sizes


def _small(name: str) -> str:
    """`LogSoftmax` as a function of that name is spelled, `log_softmax`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


for _name in [name for name in OPERATIONS if name != "Normalize"]:  # TensorFlow's gives the norm too
    OPERATIONS.update(dict.fromkeys((_small(_name), *_OWN.get(_name, "").split()), _translated(_name)))


operation_rule("shape")(lambda args, shape: (len(shape),))
operation_rule("rank size")(lambda args, shape: ())


@operation_rule("resize resize_bilinear resize_nearest_neighbor resize_images", "x size")
def resize(args: Arguments, shape: Shape) -> Shape:
    """Images of another size."""
    if len(shape) != 4:
        raise NoRule("no rule is known for it on anything but a batch of images")
    return (shape[0], *_sizes(args.get("size")), shape[3])


def matmul(config: Mapping[str, Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Outcome:
    """A product of matrices, either one transposed if asked for."""
    shapes = [value.shape for value in _values(args, kwargs) if isinstance(value, Tensor) and len(value.shape) > 1]
    if len(shapes) != 2:
        raise LayerError("takes two tensors of two axes or more")
    for i, asked in enumerate((("transpose_a", "adjoint_a", "adj_x"), ("transpose_b", "adjoint_b", "adj_y"))):
        if any(kwargs.get(name) for name in asked):
            shapes[i] = (*shapes[i][:-2], *shapes[i][:-3:-1])
    return operation("Matmul", {}, [*map(Tensor, shapes)])


def node(config: Mapping[str, Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Outcome:
    """A node of a graph, as Keras 2.0 to 2.3 wrote operations; some of its inputs are constants."""
    definition, constants = (_dict(config.get(name)) for name in ("node_def", "constants"))
    kind, left = str(definition.get("op")).removesuffix("V2"), iter(_values(args, kwargs))
    count = len(_values(args, kwargs)) + len(constants)
    values = [constants[str(i)] if str(i) in constants else next(left, None) for i in range(count)]
    given = {name: _attribute(value) for name, value in _dict(definition.get("attr")).items()}
    if kind == "Split":  # the axis comes first
        given["axis"] = values.pop(0)
    if kind == "Concat":
        given["axis"] = values.pop()
    if values and type(values[0]) is list:
        values[0] = Tensor(nested_shape(values[0]))
    given = {name: value for name, value in given.items() if value is not None}
    return operation(_small(kind), {}, [values] if kind in ("Concat", "Pack") else values, given)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _attribute(value: Any) -> Any:
    """An attribute of a node: `{"b": true}`, `{"i": "2"}`, or a list of these."""
    value = _dict(value)
    listed = _dict(value.get("list")).get("i", value.get("i"))
    found = [int(i) for i in (listed if isinstance(listed, list) else [listed]) if str(i).lstrip("-").isdigit()]
    return found if isinstance(listed, list) else found[0] if found else value.get("b")


OPERATIONS |= {"TensorFlowOpLayer": node, "mat_mul": matmul, "matmul": matmul}
OPERATIONS["getitem"] = lambda _, args, kwargs: operation("GetItem", {"key": kwargs.get("slice_spec")}, args[:1])
