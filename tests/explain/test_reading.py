"""Where a model is read from: what Keras 2 and Keras 3 wrote, legacy files, live models, compiled ones."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as L

from cnnnotes import explain
from cnnnotes._explaining.audit import variables
from tests.explain.live import check


def old(kind: str, name: str, inbound: list[Any], **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "name": name, "config": {"name": name, **config}, "inbound_nodes": inbound}


KERAS_2 = {
    "class_name": "Functional",
    "keras_version": "2.15.0",
    "backend": "tensorflow",
    "config": {
        "name": "model",
        "layers": [
            old("InputLayer", "a", [], batch_input_shape=[None, 8, 8, 3], dtype="float32"),
            old("Conv2D", "conv", [[["a", 0, 0, {}]]], filters=4, kernel_size=[3, 3], trainable=False),
            old(
                "Sequential",
                "stack",
                [[["conv", 0, 0, {}]], [["half", 0, 0, {}]]],
                layers=[
                    {"class_name": "InputLayer", "config": {"name": "i", "batch_input_shape": [None, 6, 6, 4]}},
                    {"class_name": "Conv2D", "config": {"name": "inner", "filters": 2, "kernel_size": [1, 1]}},
                ],
            ),
            old("TFOpLambda", "half", [["conv", 0, 0, {"y": 0.5, "name": None}]], function="math.multiply"),
            old("Add", "add", [[["stack", 1, 0, {}], ["stack", 2, 0, {}]]]),
        ],
        "input_layers": [["a", 0, 0]],
        "output_layers": [["add", 0, 0]],
    },
}


def test_a_functional_model_of_keras_2_is_read() -> None:
    """Lists of inputs, a nested model whose calls count from 1, and TensorFlow's operations are understood."""
    explanation = explain(json.dumps(KERAS_2))
    rows = {row.name: row for row in explanation.rows}
    assert rows["half"].operation
    assert rows["half"].output_shape == (None, 6, 6, 4)
    assert rows["stack"].inputs == ("conv", "half")
    assert (rows["add"].output_shape, rows["add"].inputs) == ((None, 6, 6, 2), ("stack", "stack"))
    assert (explanation.total_params, explanation.trainable_params) == (122, 10)


def test_the_oldest_sequential_is_a_bare_list() -> None:
    """Keras before 2.3 wrote a Sequential's layers as a list, the input's shape in the first."""
    first = {"class_name": "Dense", "config": {"name": "d", "units": 3, "batch_input_shape": [None, 4]}}
    row = explain(json.dumps({"class_name": "Sequential", "config": [first]})).rows[0]
    assert (row.output_shape, row.params) == ((None, 3), 15)


def sample() -> keras.Model:
    """Shared layers, a frozen model within a model, wrappers, two inputs by name, two outputs."""
    image, vector = keras.Input((8, 8, 3), name="image"), keras.Input((4,), name="vector")
    shared = L.Conv2D(4, 3, name="shared")
    a, b = shared(image), shared(L.MaxPooling2D(2)(image))
    x = L.Add()([L.GlobalAveragePooling2D()(a), L.GlobalAveragePooling2D()(b), vector]) * 2.0
    inner = keras.Sequential([L.Dense(5), keras.Sequential([L.Dense(6), L.BatchNormalization()])], name="inner")
    y = inner(x)
    inner.trainable = False
    z = L.Bidirectional(L.LSTM(3))(L.TimeDistributed(L.Dense(2))(L.RepeatVector(3)(y)))
    return keras.Model({"image": image, "vector": vector}, {"far": z, "near": y})


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_a_saved_model_is_what_keras_says(suffix: str, tmp_path: Path) -> None:
    """An archive and a legacy .h5 give every row as the model in memory has it."""
    model = sample()
    path = tmp_path / f"model.{suffix}"
    model.save(path)
    check(model, path)


def test_a_live_model_is_read_from_memory() -> None:
    """The model itself may be given; it is asked for its own configuration."""
    model = sample()
    explanation, _ = check(model, model)
    assert explanation.name == model.name
    assert "MathJax" not in explanation._repr_html_()
    assert r"\(" in explanation._repr_html_()


class Mine(keras.Model):  # type: ignore[misc]  # Keras has no types
    """Subclassed: only running it tells who calls whom."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.head = L.Conv2D(4, 3), L.Dense(2)

    def call(self, x: Any) -> Any:
        return self.head(self.conv(x))


def test_a_subclassed_model_is_explained_as_far_as_it_goes() -> None:
    """Its layers come with the shapes that they were built with, and it says that its graph is not known."""
    model = Mine()
    model(keras.ops.zeros((1, 8, 8, 3)))
    explanation = explain(model)
    assert [(row.type, row.params) for row in explanation.rows] == [("Conv2D", 112), ("Dense", 10)]
    assert explanation.rows[0].output_shape == (1, 6, 6, 4)
    assert explanation.total_params == model.count_params()
    assert "only known while it runs" in explanation.notes[0]


def test_a_subclassed_models_file_leaves_the_totals_open() -> None:
    """Its file names no layers, so nothing is said of them, least of all zero."""
    explanation = explain(Mine().to_json())
    assert (explanation.kind, explanation.rows, explanation.total_params) == ("subclassed", (), None)


def test_an_unbuilt_stack_stays_open() -> None:
    """Without an input shape a Dense layer's last axis is known, and no count."""
    row = explain(keras.Sequential([L.Dense(3, name="d")]).to_json()).rows[0]
    assert (row.output_shape, row.params) == ((None, 3), None)


def test_the_optimizer_triples_the_total() -> None:
    """27,106 parameters become 81,304 in Keras 3's summary with Adam, and the audit says which are whose."""
    model = keras.Sequential([keras.Input((112,)), L.Dense(224), L.BatchNormalization(), L.Dense(4)])
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    kept = sum(math.prod(variable.shape) for variable in model.optimizer.variables)
    saved = explain(model.to_json())
    assert saved.optimizer_params == kept == explain(model).optimizer_params
    assert saved.total_params is not None
    assert f"{saved.total_params + kept:,}" in saved.audit[-1]
    formula = variables("Adam", {}, [(27_098,)])
    assert formula is not None
    assert formula.value == 81_304 - 27_106


def test_optimizers_keep_what_live_ones_keep() -> None:
    """The formula for each optimizer's numbers gives what the built optimizer holds."""
    shapes = [(3, 3, 3, 4), (4,), (12, 5), ()]
    weights = [keras.Variable(keras.ops.zeros(shape)) for shape in shapes]
    kinds = keras.optimizers
    built = [
        kinds.SGD(), kinds.SGD(momentum=0.9), kinds.RMSprop(), kinds.RMSprop(momentum=0.1, centered=True),
        kinds.Adam(), kinds.Adam(amsgrad=True), kinds.AdamW(), kinds.Adamax(), kinds.Nadam(), kinds.Lamb(),
        kinds.Ftrl(), kinds.Adadelta(), kinds.Adagrad(), kinds.Lion(), kinds.Adam(use_ema=True),
        kinds.SGD(gradient_accumulation_steps=2), kinds.LossScaleOptimizer(kinds.Adam()),
        kinds.Adam(kinds.schedules.ExponentialDecay(0.1, 10, 0.9)),
    ]  # fmt: skip
    for optimizer in built:
        optimizer.build(weights)
        live = sum(math.prod(variable.shape) for variable in optimizer.variables)
        formula = variables(type(optimizer).__name__, kinds.serialize(optimizer)["config"], shapes)
        assert formula is not None
        assert formula.value == live, type(optimizer).__name__
    assert variables("Adafactor", {}, shapes) is None  # the factors of a matrix are not counted


def test_what_adapt_sets_is_not_updated_in_training(tmp_path: Path) -> None:
    """The 7 numbers of a Normalization on 3 features are those of adapt(), and the footer of its archive says so."""
    model = keras.Sequential([keras.Input((3,)), L.Normalization(), L.Dense(2)])
    model.layers[0].adapt(np.arange(12.0).reshape(4, 3))
    model.save(tmp_path / "normalization.keras")
    explanation, _ = check(model, tmp_path / "normalization.keras")
    assert (explanation.rows[0].params, explanation.non_trainable_params) == (7, 7)
    assert explanation.audit == (
        "7 non-trainable parameters belong to 1 Normalization layer: the mean, the variance and the count of "
        "what adapt() was given, which training does not change.",
    )


def merging(merge: keras.Layer) -> keras.Model:
    """A model that merges two maps of any size, called on maps of unlike sizes."""
    one, other = keras.Input((None, None, 2)), keras.Input((None, None, 2))
    inner = keras.Model([one, other], merge([one, other]), name="inner")
    inputs = [keras.Input((6, 6, 2)), keras.Input((5, 5, 2))]
    return keras.Model(inputs, inner(inputs))


@pytest.mark.parametrize("merge", [L.Concatenate(), L.Concatenate(axis=1), L.Dot(axes=1)])
def test_a_merge_of_unlike_sizes_in_a_model_that_is_built(merge: keras.Layer) -> None:
    """Keras declares a shape where a model is called on other sizes; the row has it, and says that running it fails."""
    model = merging(merge)
    row = explain(model.to_json()).rows[-1]
    assert (row.output_shape, row.params) == (model.output_shape, 0)
    assert row.notes[0].startswith(f"{merge.name}: running it would fail: the inputs must agree along ax")
    with pytest.raises(Exception):  # noqa: B017, PT011  each backend has its own
        model([np.zeros((1, 6, 6, 2)), np.zeros((1, 5, 5, 2))])


def test_a_merge_that_is_called_again_on_unlike_sizes() -> None:
    """A shared Concatenate compares what it is first called on alone, as Keras does."""
    merge, inputs = L.Concatenate(), [keras.Input((4, 4, 2)), keras.Input((4, 4, 2)), keras.Input((5, 5, 2))]
    model = keras.Model(inputs, [merge(inputs[:2]), merge([inputs[0], inputs[2]])])
    row = explain(model.to_json()).rows[-1]
    assert row.output_shape == model.outputs[1].shape == (None, 4, 4, 4)
    assert "Running it would fail" in row.notes[0]


@pytest.mark.parametrize(
    "layer", [L.RandomFlip(bounding_box_format="xyxy"), L.Rescaling(0.5), L.MixUp(), L.MaxNumBoundingBoxes(5)]
)
def test_a_layer_that_is_called_on_images_boxes_and_labels(layer: keras.Layer) -> None:
    """A dict of tensors gives one shape for each, in Keras's order."""
    boxes = {"boxes": keras.Input((7, 4)), "labels": keras.Input((7,))}
    given = {"images": keras.Input((16, 16, 3)), "bounding_boxes": boxes, "labels": keras.Input((5,))}
    model = keras.Model(given, layer(given))
    row = explain(model.to_json()).rows[-1]
    assert row.output_shape == [tensor.shape for tensor in keras.tree.flatten(layer.output)]
    assert row.params == 0


def test_mixed_precision_halves_the_activations() -> None:
    """With mixed_float16 an activation takes two bytes, and the audit says so."""
    layers = [keras.Input((8, 8, 3)), L.Conv2D(4, 3, dtype="mixed_float16")]
    explanation = explain(keras.Sequential(layers).to_json())
    assert explanation.rows[0].activation_bytes == 6 * 6 * 4 * 2
    assert "float16" in explanation.audit[-1]


def test_a_nested_models_rows_add_up_to_more_than_the_total() -> None:
    """The parent's 56 are its model's 40 and 16; the column with the nested rows shows more, and the audit says why."""
    inner = keras.Sequential([keras.Input((4,)), L.Dense(8)], name="inner")
    model = keras.Sequential([keras.Input((4,)), inner, L.Dense(2, use_bias=False)])
    explanation, _ = check(model)
    assert explanation.total_params == 56
    assert "adds up to 96" in explanation.audit[0]


def test_frozen_layers_of_one_name_are_counted_each() -> None:
    """Two frozen models that hold a layer of the same name: both layers' parameters are named as frozen."""
    inside = [keras.Sequential([keras.Input((4,)), L.Dense(8, name="dense")], name=name) for name in ("one", "other")]
    model = keras.Sequential([keras.Input((4,)), inside[0], L.Dense(4), inside[1]])
    for each in inside:
        each.trainable = False
    explanation, _ = check(model)
    frozen = "80 non-trainable parameters are frozen (trainable=False), in dense, dense."
    assert frozen in explanation.audit


def test_a_pasted_summary_is_held_against_its_footer() -> None:
    """A cut count is found from the total, and a single configuration that fits gives the formula."""
    text = """
    Layer (type)                 Output Shape              Param #
    =================================================================
    conv2d_1 (Conv2D)            (None, 222, 222, 32)      896
    conv2d_2 (Conv2D)            (None, 220, 220, 64)      18,…
    =================================================================
    Total params: 19,392
    """
    explanation = explain(text)
    assert explanation.total_params == 19_392
    assert explanation.rows[1].params == 18_496
    assert explanation.audit[0] == "The rows add up to the total, 19,392."
    assert any(c.arguments["kernel_size"] == (3, 3) for c in explanation.rows[1].candidates)
