"""Raw operations, as a saved functional model holds them, against the shapes that Keras gives them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from keras import ops

from cnnnotes.layers import (
    LayerError,
    NoRule,
    _tensorflow_operations,  # noqa: F401 - registers its operations
)
from cnnnotes.layers._operations import OPERATIONS, Tensor, operation
from tests.examples import few_or_many, random

SIZE = st.sampled_from([1, 2, 4, 4, 6, None])

# Written for a map of (batch, 4 axes in all), the last of which is known.
OF_ONE: dict[str, Callable[[Any], Any]] = {
    "x + 3": lambda x: x + 3,
    "1 - x": lambda x: 1 - x,
    "x * 2.0": lambda x: x * 2.0,
    "x / 2": lambda x: x / 2,
    "x // 2": lambda x: x // 2,
    "x ** 2": lambda x: x**2,
    "x % 2": lambda x: x % 2,
    "-x": lambda x: -x,
    "abs": abs,
    "x > 0": lambda x: x > 0,
    "x * array": lambda x: x * np.ones((3, 1, 1, 1), "float32"),
    "x @ array": lambda x: ops.matmul(x, ops.ones((x.shape[-1], 5))),
    "exp": ops.exp,
    "relu6": ops.relu6,
    "sigmoid": ops.sigmoid,
    "gelu": ops.gelu,
    "softmax": lambda x: ops.softmax(x, axis=-1),
    "log_softmax": ops.log_softmax,
    "clip": lambda x: ops.clip(x, 0, 1),
    "cast": lambda x: ops.cast(x, "float16"),
    "stop_gradient": ops.stop_gradient,
    "where": lambda x: ops.where(x > 0, x, 0.0),
    "maximum": lambda x: ops.maximum(x, 0.0),
    "mean all": ops.mean,
    "mean": lambda x: ops.mean(x, axis=(1, 2)),
    "mean keepdims": lambda x: ops.mean(x, axis=[1, 2], keepdims=True),
    "sum": lambda x: ops.sum(x, axis=-1),
    "max": lambda x: ops.max(x, axis=1, keepdims=True),
    "var": lambda x: ops.var(x, axis=2),
    "any": lambda x: ops.any(x > 0, axis=1),
    "argmax": lambda x: ops.argmax(x, axis=-1),
    "argmin all": ops.argmin,
    "logsumexp": lambda x: ops.logsumexp(x, axis=-1, keepdims=True),
    "normalize": lambda x: ops.normalize(x, axis=-1),
    "reshape": lambda x: ops.reshape(x, (-1, x.shape[-1])),
    "reshape two": lambda x: ops.reshape(x, (-1, x.shape[-1] // 2, 2)),
    "transpose": ops.transpose,
    "transpose axes": lambda x: ops.transpose(x, (0, 3, 1, 2)),
    "swapaxes": lambda x: ops.swapaxes(x, 1, -1),
    "moveaxis": lambda x: ops.moveaxis(x, -1, 1),
    "moveaxis two": lambda x: ops.moveaxis(x, (0, 1), (2, -1)),
    "expand_dims": lambda x: ops.expand_dims(x, 1),
    "expand_dims two": lambda x: ops.expand_dims(x, (1, -1)),
    "squeeze": lambda x: ops.squeeze(ops.mean(x, axis=1, keepdims=True), 1),
    "concatenate": lambda x: ops.concatenate([x, x, x], axis=-1),
    "concatenate 1": lambda x: ops.concatenate([x, x], axis=1),
    "stack": lambda x: ops.stack([x, x], axis=1),
    "split": lambda x: ops.split(x, 2, axis=-1),
    "split at": lambda x: ops.split(x, [1], axis=-1),
    "unstack": lambda x: ops.unstack(x, axis=-1),
    "repeat": lambda x: ops.repeat(x, 3, axis=1),
    "repeat all": lambda x: ops.repeat(x, 2),
    "tile": lambda x: ops.tile(x, (1, 2, 3, 1)),
    "tile last": lambda x: ops.tile(x, 2),
    "pad": lambda x: ops.pad(x, ((0, 0), (1, 2), (3, 0), (0, 0))),
    "pad 1": lambda x: ops.pad(x, 1),
    "flip": lambda x: ops.flip(x, axis=1),
    "roll": lambda x: ops.roll(x, 2, axis=1),
    "cumsum": lambda x: ops.cumsum(x, axis=1),
    "cumsum all": ops.cumsum,
    "sort": lambda x: ops.sort(x, axis=-1),
    "ravel": ops.ravel,
    "take": lambda x: ops.take(x, [0, 1, 0], axis=-1),
    "one_hot": lambda x: ops.one_hot(ops.cast(x, "int32"), 5),
    "broadcast_to": lambda x: ops.broadcast_to(x[:1, :1, :1], (2, 3, 4, x.shape[-1])),
    "x[0]": lambda x: x[0],
    "x[:, 0]": lambda x: x[:, 0],
    "x[:, ::2]": lambda x: x[:, ::2],
    "x[..., 0]": lambda x: x[..., 0],
    "x[:, None]": lambda x: x[:, None],
    "x[:, :, :, :-1]": lambda x: x[:, :, :, :-1],
    "x[..., ::-1]": lambda x: x[..., ::-1],
    "x[:, 1:, None, 0]": lambda x: x[:, 1:, None, 0],
    "einsum": lambda x: ops.einsum("abcd,de->abce", x, ops.ones((x.shape[-1], 3))),
    "einsum two": lambda x: ops.einsum("abcd,abce->acde", x, x),
    "tril": ops.tril,
    "floor": ops.floor,
    "isnan": ops.isnan,
}
OF_TWO: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "==": ops.equal,
    "minimum": ops.minimum,
    "logical_and": ops.logical_and,
    "where": lambda a, b: ops.where(a > b, a, b),
    "matmul": lambda a, b: ops.matmul(a, ops.transpose(b, (0, 1, 3, 2))),
    "concatenate": lambda a, b: ops.concatenate([a, b], axis=-1),
    "stack": lambda a, b: ops.stack([a, b], axis=-1),
}

counted: Counter[str] = Counter()


def as_a_file_has_it(value: Any) -> Any:
    """What a saved model's node holds, with a `Tensor` for each tensor."""
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        return Tensor(tuple(value["config"]["shape"]))
    if isinstance(value, dict):
        return {key: as_a_file_has_it(each) for key, each in value.items()}
    return [as_a_file_has_it(each) for each in value] if isinstance(value, list | tuple) else value


def compare(function: Callable[..., Any], *shapes: tuple[int | None, ...]) -> None:
    """Holds the rule of each operation in `function` against the shapes that Keras infers."""
    inputs = [keras.Input(batch_shape=shape) for shape in shapes]
    try:
        outputs = function(*inputs)
    except Exception:  # whatever Keras refuses here never becomes a model, so no file holds it
        counted["refused by Keras"] += 1
        return
    model = keras.Model(inputs, outputs)
    layers = {layer["name"]: layer for layer in model.get_config()["layers"]}
    for made in model.operations:
        if isinstance(made, keras.layers.InputLayer):
            continue
        saved = layers[made.name]
        node = saved["inbound_nodes"][0]
        found = operation(
            saved["class_name"], saved["config"], as_a_file_has_it(node["args"]), as_a_file_has_it(node["kwargs"])
        )
        theirs = tuple(tuple(tensor.shape) for tensor in keras.tree.flatten(made.output))
        assert found.shapes == theirs, saved["class_name"]
        assert not found.weights
        assert found.params is None
        for axis, formula in enumerate(found.axes, start=1):
            assert formula is None or formula.value == theirs[0][axis]
        counted[saved["class_name"]] += 1


@few_or_many(8, 30)
@pytest.mark.parametrize("name", OF_ONE)
def test_an_operation_of_one_tensor_has_the_shape_that_keras_gives_it(name: str, examples: int) -> None:
    """Operations with constants, axes and parts of a tensor: the shape is Keras's, as the file has the call."""

    @random(examples)
    @given(st.tuples(st.sampled_from([None, 2]), SIZE, SIZE, st.sampled_from([2, 4, 6])))
    def hold(shape: tuple[int | None, ...]) -> None:
        compare(OF_ONE[name], shape)

    hold()


@few_or_many(8, 30)
@pytest.mark.parametrize("name", OF_TWO)
def test_an_operation_of_two_tensors_has_the_shape_that_keras_gives_it(name: str, examples: int) -> None:
    """Operations on two tensors, broadcast where an axis is 1 or missing: the shape is Keras's."""

    @random(examples)
    @given(*[st.tuples(st.none(), st.sampled_from([1, 4, None]), SIZE, st.sampled_from([1, 4]))] * 2)
    def hold(one: tuple[int | None, ...], other: tuple[int | None, ...]) -> None:
        compare(OF_TWO[name], one, other)

    hold()


def test_operations_are_those_of_keras() -> None:
    """Every name that an operation's rule is known for is an operation of Keras, or a function of TensorFlow's."""
    modules = (keras.src.ops.numpy, keras.src.ops.nn, keras.src.ops.core, keras.src.ops.math)
    theirs = {
        name
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, keras.Operation)
    }
    # TensorFlow's begin with a small letter, but for the layer of Keras 2 around a node of its graph
    assert {name for name in OPERATIONS if name[0].isupper()} - theirs == {"TensorFlowOpLayer"}


@pytest.mark.parametrize(
    ("kind", "config", "args", "message"),
    [
        ("Add", {}, [Tensor((None, 4)), Tensor((None, 5))], "shapes must fit"),
        ("Reshape", {"newshape": [-1, -1]}, [Tensor((None, 4))], "newshape must have at most one -1"),
        ("Reshape", {"newshape": "x"}, [Tensor((None, 4))], "newshape must be a list"),
        ("Mean", {"axis": 7}, [Tensor((None, 4))], "axis must name axes of the input"),
        ("Mean", {}, [3], "expects a tensor as x, got 3"),
        ("Concatenate", {"axis": -1}, [[Tensor((None, 4)), 3]], "expects a tensor as tensor 1, got 3"),
        ("GetItem", {}, [Tensor((None, 4)), [None, 9, 1, 1]], "key must be within|key has more parts"),
        ("Split", {"indices_or_sections": 2**40, "axis": 1}, [Tensor((None, 2**41))], "must divide the axis"),
        ("Transpose", {"axes": [0, 0]}, [Tensor((None, 4))], "axes must hold each"),
        ("Matmul", {}, [Tensor((None, 4)), Tensor((5, 4))], "the inner axes must agree"),
    ],
)
def test_a_broken_operation_is_refused(kind: str, config: Any, args: Any, message: str) -> None:
    """What no model can hold is refused with a LayerError that says why."""
    with pytest.raises(LayerError, match=message):
        operation(kind, config, args)


BY_PLACE: list[tuple[str, tuple[Any, ...]]] = [
    ("math.reduce_mean", ([1, 2],)),
    ("math.reduce_sum", (1, True)),
    ("argmax", (2,)),
    ("reshape", ([-1, 80],)),
    ("transpose", ([0, 2, 1],)),
    ("expand_dims", (-1,)),
    ("squeeze", ()),
    ("pad", ([[0, 0], [1, 2], [0, 0]],)),
    ("tile", ([1, 2, 1],)),
    ("split", ([3, 7], 1)),
    ("split", (2, -1)),
    ("unstack", (10, 1)),
    ("repeat", (3, 1)),
    ("gather", ([0, 1, 0],)),
    ("broadcast_to", ([2, 10, 8],)),
    ("cumsum", (1,)),
    ("nn.softmax", (1,)),
    ("clip_by_value", (0.0, 1.0)),
    ("rank", ()),
    ("size", ()),
    ("shape", ()),
]


@pytest.mark.parametrize(("name", "given"), BY_PLACE)
def test_functions_of_tensorflow_take_their_arguments_by_place(name: str, given: tuple[Any, ...]) -> None:
    """What stands after the tensor in a call of TensorFlow's, as code has it, counts: the shapes are TensorFlow's."""
    function = tf
    for part in name.split("."):
        function = getattr(function, part)
    found = function(tf.zeros((2, 10, 8)), *given)
    theirs = tuple(tuple(each.shape) for each in (found if isinstance(found, list | tuple) else [found]))
    assert operation(name, {}, [Tensor((2, 10, 8)), *given]).shapes == theirs


@pytest.mark.parametrize(("name", "given"), [("one_hot", (5, 1.0, 0.0)), ("gather", ([0], None, 1)), ("where", ())])
def test_functions_of_tensorflow_without_a_rule_for_all_their_arguments_are_open(name: str, given: Any) -> None:
    """Arguments in places that are not read leave the shape open, rather than wrong."""
    with pytest.raises(NoRule):
        operation(name, {}, [Tensor((2, 10, 8)), *given])


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-3, 9), st.sampled_from([2**63, 10**4000]), st.floats())
JSON = st.recursive(
    st.one_of(SCALARS, st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["class_name", "config", "value"]), inner, max_size=3),
    ),
    max_leaves=6,
)
TENSOR = st.lists(st.one_of(st.none(), st.integers(0, 5)), max_size=4).map(lambda shape: Tensor(tuple(shape)))
NAMES = """axis axes axis1 axis2 source destination keepdims newshape shape repeats pad_width subscripts num_classes
indices_or_sections"""
CONFIG = st.dictionaries(st.sampled_from(NAMES.split()), JSON, max_size=4)


def refused(kind: str, config: dict[str, Any], args: list[Any]) -> str:
    """Why a call is refused; nothing where it isn't, and then it has shapes."""
    try:
        found = operation(kind, config, args)
    except LayerError as error:
        return str(error)
    assert all(isinstance(shape, tuple) for shape in found.shapes)
    return ""


@few_or_many(4, 40)
@pytest.mark.parametrize("kind", OPERATIONS)
def test_any_call_gives_an_outcome_or_a_layer_error(kind: str, examples: int) -> None:
    """Random JSON for what an operation is made and called with raises nothing but LayerError."""

    @random(examples)
    @given(CONFIG, st.lists(st.one_of(JSON, TENSOR), max_size=4))
    def hold(config: dict[str, Any], args: list[Any]) -> None:
        refusal = refused(kind, config, args)
        assert len(refusal) < 1_000

    hold()


def test_an_unknown_operation_has_no_rule() -> None:
    """An operation that no rule is known of raises NoRule, so that its recorded shape can be taken."""
    with pytest.raises(NoRule, match="no rule is known for an operation of type 'FFT'"):
        operation("FFT", {}, [Tensor((None, 4))])


def test_enough_operations_were_compared() -> None:
    """Most of what was written above is a model to Keras, so that the comparison means something."""
    if not counted:  # run by itself, this test has nothing to count
        compare(OF_ONE["x + 3"], (None, 4, 4, 2))
    print(dict(counted))
    assert counted.total() > 4 * counted["refused by Keras"]
