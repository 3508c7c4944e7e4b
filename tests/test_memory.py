"""Memory of a model at a batch, and a model on another size, compared with live Keras's variables and tensors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import keras
import pytest

from cnnnotes import ExplainError, Explanation, explain
from tests.weightless import weightless

VIEWS = (keras.layers.Flatten, keras.layers.Reshape, keras.layers.Identity)
VALUES = 4
"""Bytes of a float32."""


def each_size(tensor: Any, batch: int) -> int:
    return batch * math.prod(int(size) for size in tensor.shape[1:]) * VALUES


def alive_in_keras(model: Any, batch: int) -> int:
    """The most bytes of the tensors of a live functional model that wait for a reader at once, counted one by one."""
    nodes = [node for depth in sorted(model._nodes_by_depth, reverse=True) for node in model._nodes_by_depth[depth]]
    order = {operation.name: i for i, operation in enumerate(model.operations)}
    nodes.sort(key=lambda node: order[node.operation.name])
    holder: dict[int, int] = {}
    readers: dict[int, int] = {}
    for node in nodes:
        for tensor in node.outputs:
            is_view = isinstance(node.operation, VIEWS) and node.input_tensors
            holder[id(tensor)] = holder[id(node.input_tensors[0])] if is_view else id(tensor)
        for tensor in node.input_tensors:
            readers[holder[id(tensor)]] = readers.get(holder[id(tensor)], 0) + 1
    for tensor in model.outputs:
        readers[holder[id(tensor)]] = readers.get(holder[id(tensor)], 0) + 1
    sizes: dict[int, int] = {}
    most = 0
    for node in nodes:
        for tensor in node.outputs:
            if holder[id(tensor)] == id(tensor):
                sizes[id(tensor)] = each_size(tensor, batch)
        most = max(most, sum(sizes.values()))
        for tensor in node.input_tensors:
            held = holder[id(tensor)]
            readers[held] -= 1
            if not readers[held]:
                del sizes[held]
    return most


def of_all_outputs(model: Any, batch: int) -> int:
    """The bytes of the outputs of all operations, without those that are views."""
    return sum(
        each_size(tensor, batch)
        for operation in model.operations
        if not isinstance(operation, VIEWS)
        for tensor in keras.tree.flatten(operation.output)
    )


MODELS: Mapping[str, Any] = {
    "VGG16": keras.applications.VGG16,
    "ResNet50": keras.applications.ResNet50,
    "MobileNetV2": keras.applications.MobileNetV2,
}


@pytest.fixture(scope="module", params=list(MODELS))
def model(request: pytest.FixtureRequest) -> Any:
    """A model of keras.applications without its weights' values, compiled with Adam."""
    made = MODELS[request.param](weights=None)
    made.compile("adam", "categorical_crossentropy")
    made.optimizer.build(made.trainable_variables)
    return made


def nbytes(variables: Any) -> int:
    return sum(
        math.prod(variable.shape) * keras.backend.standardize_dtype(variable.dtype).count("32") * 4
        for variable in variables
    )


def test_the_bytes_of_the_variables_are_keras_own(model: Any) -> None:
    """Weights, gradients and the optimizer's numbers take the bytes of Keras's variables, counters aside."""
    found = explain(model, batch=1).memory
    assert found is not None
    assert found.weights is not None
    assert found.weights.value == nbytes(model.variables) == model.count_params() * 4
    assert found.gradients is not None
    assert found.gradients.value == nbytes(model.trainable_variables)
    slots = [variable for variable in model.optimizer.variables if math.prod(variable.shape) > 1]
    assert found.optimizer is not None
    assert found.optimizer.value is not None
    assert 0 <= found.optimizer.value - nbytes(slots) <= 16


@pytest.mark.parametrize("batch", [1, 32])
def test_the_activations_are_those_of_keras_tensors(model: Any, batch: int) -> None:
    """The worst moment of a forward pass, and all outputs together, are what counting Keras's tensors gives."""
    found = explain(model, batch=batch)
    assert found.memory is not None
    assert found.memory.inference is not None
    assert found.memory.inference.value == alive_in_keras(model, batch)
    assert found.activation_bytes is not None
    assert found.activation_bytes * batch == of_all_outputs(model, batch)
    assert found.memory.training is not None
    assert found.memory.training.value is not None
    assert found.memory.inference.value <= found.memory.training.value <= of_all_outputs(model, batch)


def test_vgg16_takes_61_megabytes_for_an_image() -> None:
    """One image in float32 takes 60,950,432 bytes: 15,237,608 values, the input among them, a Flatten none."""
    with weightless():
        found = explain(keras.applications.VGG16(weights=None), batch=1)
    assert found.activation_bytes == 15_237_608 * 4 == 60_950_432
    assert found.memory is not None
    assert found.memory.training is not None
    assert found.memory.training.value == 60_950_432
    assert str(found.memory.training) == "batch × kept = 1 × 60950432 = 60,950,432"


def small(dtype: str = "float32") -> Any:
    return keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, dtype=dtype), keras.layers.Flatten()])


def test_a_mixed_policy_keeps_its_weights_in_float32() -> None:
    """Weights and gradients of mixed_float16 take 4 bytes each, its activations 2."""
    found = explain(small("mixed_float16"), batch=2)
    assert found.memory is not None
    assert str(found.memory.weights) == "weights_float32 × 4 = 112 × 4 = 448"
    assert found.rows[0].activation_bytes == 6 * 6 * 4 * 2


def explained(**given: Any) -> Explanation:
    return explain(
        keras.applications.MobileNetV2(weights=None, input_shape=(None, None, 3), include_top=False), **given
    )


def test_a_model_is_explained_on_another_size() -> None:
    """A model of unknown size, told one, has the shapes and products of the model that is built for that size."""
    told = explained(inputs=(96, 128, 3))
    built = explain(keras.applications.MobileNetV2(weights=None, input_shape=(96, 128, 3), include_top=False))
    assert explained().macs is None
    assert (told.macs, told.activation_bytes) == (built.macs, built.activation_bytes)
    assert [row.shapes for row in told.rows] == [row.shapes for row in built.rows]
    assert told.total_params == built.total_params


def test_several_inputs_are_told_by_name() -> None:
    """A size for one of two inputs leaves the other as the model states it."""
    one, other = keras.Input((None, 8), name="one"), keras.Input((5, 8), name="other")
    made = keras.Model([one, other], keras.layers.Concatenate(axis=1)([one, other]))
    found = explain(made, inputs={"one": (3, 8)})
    assert found.inputs == (("one", (None, 3, 8)), ("other", (None, 5, 8)))
    assert found.rows[-1].output_shape == (None, 8, 8)
    with pytest.raises(ExplainError, match="the model has no input 'two'; its inputs are one, other"):
        explain(made, inputs={"two": (3, 8)})


def test_a_size_that_the_weights_do_not_fit_is_refused() -> None:
    """A Dense after a Flatten needs another kernel for another size: it is said which, as Keras refuses it too."""
    made = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
    with pytest.raises(ExplainError, match="layer 'dense': its weights are those of the size that it was built for"):
        explain(made, inputs=(9, 9, 3))


def test_without_a_batch_no_memory_is_counted() -> None:
    """Memory is asked for by a batch; a model of unknown size leaves its activations open."""
    assert explain(small()).memory is None
    found = explained(batch=4).memory
    assert found is not None
    assert (found.inference, found.training, found.total) == (None, None, None)
