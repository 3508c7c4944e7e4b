"""Files as Keras 1, Keras 2, TensorFlow.js and `save_weights` wrote them, and files that are no Keras model at all."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from cnnnotes import Explanation, ReadError, explain
from cnnnotes._explaining.audit import variables
from tests.explain.test_safety import archive

KERAS_1 = {"init": "glorot_uniform", "W_regularizer": None, "b_constraint": None, "trainable": True}


def layer(kind: str, name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": name, **config}}


def stack(*layers: dict[str, Any], version: str = "2.4.0") -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"name": "seq", "layers": list(layers)}, "keras_version": version}


def source(*shape: int | None, name: str = "in") -> dict[str, Any]:
    return layer("InputLayer", name, batch_input_shape=[None, *shape], dtype="float32")


def functional(*layers: dict[str, Any], version: str = "2.4.0", **inbound: Any) -> dict[str, Any]:
    """A functional model of Keras 2, whose outputs are those of the last layer."""
    entries = [
        {**each, "name": each["config"]["name"], "inbound_nodes": inbound.get(each["config"]["name"], [])}
        for each in layers
    ]
    inputs = [[each["name"], 0, 0] for each in entries if each["class_name"] == "InputLayer"]
    ends = {"input_layers": inputs, "output_layers": [[entries[-1]["name"], 0, 0]]}
    config = {"name": "m", "layers": entries, **ends}
    return {"class_name": "Functional", "config": config, "keras_version": version}


def rows(model: Any) -> list[tuple[Any, int | None]]:
    """The shape and the number of parameters of each row."""
    return [(row.output_shape, row.params) for row in explained(model).rows]


def explained(model: Any) -> Explanation:
    return explain(json.dumps(model))


def test_keras_1_layers_are_read_by_their_arguments_of_then() -> None:
    """`Convolution2D` with `nb_filter`, a pooling with `border_mode`, `Dropout(p)`, `Dense(output_dim)`: 2,154."""
    first = layer(
        "Convolution2D", "c", nb_filter=4, nb_row=3, nb_col=5, subsample=[2, 2], border_mode="valid", bias=True,
        dim_ordering="tf", activation="relu", batch_input_shape=[None, 32, 32, 3], input_dtype="float32", **KERAS_1,
    )  # fmt: skip
    pool = layer("MaxPooling2D", "p", pool_size=[2, 2], strides=[2, 2], border_mode="valid", dim_ordering="tf")
    end = [layer("Flatten", "f"), layer("Dropout", "dr", p=0.5), layer("Dense", "d", output_dim=10, bias=True)]
    model = {"class_name": "Sequential", "keras_version": "1.2.1", "config": [first, pool, *end]}
    expected = [((None, 15, 14, 4), 184), ((None, 7, 7, 4), 0), ((None, 196), 0), ((None, 196), 0), ((None, 10), 1970)]
    assert rows(model) == expected
    explanation = explained(model)
    assert explanation.total_params == 2_154
    assert explanation.notes[0].startswith("written by Keras 1.2.1")


OF_KERAS_1 = [
    (layer("Convolution1D", "x", nb_filter=4, filter_length=3, border_mode="same", subsample_length=2), (10, 3),
     (5, 4), 40),
    (layer("Convolution2D", "x", nb_filter=4, nb_row=3, nb_col=3, border_mode="same", dim_ordering="th"), (3, 8, 8),
     (4, 8, 8), 112),
    (layer("Convolution3D", "x", nb_filter=2, kernel_dim1=2, kernel_dim2=3, kernel_dim3=1, border_mode="valid"),
     (4, 5, 6, 3), (3, 3, 6, 2), 38),
    (layer("AtrousConvolution2D", "x", nb_filter=4, nb_row=3, nb_col=3, atrous_rate=[2, 2]), (9, 9, 1), (5, 5, 4), 40),
    (layer("SeparableConvolution2D", "x", nb_filter=4, nb_row=3, nb_col=3, border_mode="same"), (8, 8, 3), (8, 8, 4),
     43),
    (layer("MaxPooling1D", "x", pool_length=2, stride=3, border_mode="valid"), (10, 3), (3, 3), 0),
    (layer("UpSampling1D", "x", length=2), (10, 3), (20, 3), 0),
    (layer("LSTM", "x", output_dim=5, inner_activation="hard_sigmoid", dropout_W=0.0), (10, 3), (5,), 180),
    (layer("GRU", "x", output_dim=5, inner_activation="hard_sigmoid"), (10, 4), (5,), 150),
    (layer("TimeDistributedDense", "x", output_dim=5), (10, 3), (10, 5), 20),
    (layer("GaussianNoise", "x", sigma=0.1), (10,), (10,), 0),
    (layer("Embedding", "x", input_dim=100, output_dim=8), (12,), (12, 8), 800),
    (layer("TimeDistributed", "x", layer=layer("Dense", "d", output_dim=5)), (10, 3), (10, 5), 20),
    (layer("Bidirectional", "x", merge_mode="concat", layer=layer("LSTM", "l", output_dim=4)), (6, 3), (8,), 256),
]  # fmt: skip


@pytest.mark.parametrize("case", OF_KERAS_1, ids=[str(case[0]["class_name"]) for case in OF_KERAS_1])
def test_each_layer_of_keras_1(case: tuple[dict[str, Any], tuple[int, ...], tuple[int, ...], int]) -> None:
    """A layer under the name and with the arguments that Keras 1 gave it has the shape and the count that it had."""
    entry, shape, out, params = case
    entry["config"]["batch_input_shape"] = [None, *shape]
    assert rows(stack(entry, version="1.2.2")) == [((None, *out), params)]


@pytest.mark.parametrize(
    ("mode", "shape"), [("sum", (None, 4)), ("mul", (None, 4)), ("ave", (None, 4)), ("max", (None, 4)),
                        ("concat", (None, 8)), ("dot", (None, 1))]
)  # fmt: skip
def test_each_mode_of_a_merge(mode: str, shape: tuple[int | None, ...]) -> None:
    """Keras 1's `Merge` is the layer that its mode names now."""
    merge = layer("Merge", "m1", mode=mode, concat_axis=-1, dot_axes=-1)
    inbound: dict[str, Any] = {"m1": [[["a", 0, 0], ["b", 0, 0]]]}
    model = functional(source(4, name="a"), source(4, name="b"), merge, version="1.2.2", **inbound)
    assert rows(model)[2] == (shape, 0)
    assert explained(model).rows[2].type == "Merge"


def test_a_merge_feeds_what_follows() -> None:
    """4 and 6 values are concatenated to 10, and Dense(2) has 22 parameters."""
    merge = layer("Merge", "m1", mode="concat", concat_axis=-1)
    dense = layer("Dense", "d", output_dim=2, bias=True, **KERAS_1)
    inbound: dict[str, Any] = {"m1": [[["a", 0, 0], ["b", 0, 0]]], "d": [[["m1", 0, 0]]]}
    model = functional(source(4, name="a"), source(6, name="b"), merge, dense, version="1.2.2", **inbound)
    assert rows(model)[2:] == [((None, 10), 0), ((None, 2), 22)]


def test_a_stack_that_begins_with_a_merge() -> None:
    """Keras 1 wrote the models that a stack's first `Merge` joins into it: each is a row, and a Dense takes 3 + 5."""
    branches = [
        {"class_name": "Sequential", "config": [layer("Dense", "d", output_dim=n, batch_input_shape=[None, 4])]}
        for n in (3, 5)
    ]
    merge = layer("Merge", "m1", mode="concat", concat_axis=-1, layers=branches)
    dense = layer("Dense", "end", output_dim=2, bias=True)
    explanation = explained({"class_name": "Sequential", "keras_version": "1.2.2", "config": [merge, dense]})
    assert [(row.name, row.output_shape, row.params) for row in explanation.rows] == [
        ("sequential_1", (None, 3), 15), ("sequential_2", (None, 5), 25), ("m1", (None, 8), 0), ("end", (None, 2), 18),
    ]  # fmt: skip
    assert explanation.total_params == 58


def test_an_ordering_that_is_no_text_is_left() -> None:
    """A `dim_ordering` of Keras 1 that is a list, as a broken file may have it, is no ordering, and nothing fails."""
    conv = layer("Convolution2D", "c", nb_filter=4, nb_row=3, nb_col=3, dim_ordering=["th"], mode=["sum"])
    conv["config"]["batch_input_shape"] = [None, 8, 8, 3]
    assert rows(stack(conv, version="1.2.2")) == [((None, 6, 6, 4), 112)]


def test_a_gru_before_reset_after_has_one_bias() -> None:
    """Keras 2.0.8 had no `reset_after`: 3 × 5 × (4 + 5 + 1) = 150; a newer file names it."""
    gru = {"units": 5, "return_sequences": False, "batch_input_shape": [None, 10, 4]}
    old = {"class_name": "Sequential", "config": [layer("GRU", "g", **gru)], "keras_version": "2.0.8"}
    assert rows(old) == [((None, 5), 150)]
    assert rows(stack(layer("GRU", "g", reset_after=True, **gru))) == [((None, 5), 165)]
    wrapped = layer("Bidirectional", "b", layer=layer("GRU", "g", units=5), batch_input_shape=[None, 10, 4])
    assert rows(stack(wrapped)) == [((None, 10), 300)]


def test_only_what_is_open_is_open_after_an_unknown_layer() -> None:
    """The first Dense's width is known and its count is not; the two after it are known whole."""
    dense = [layer("Dense", f"d{i}", units=units) for i, units in ((1, 4), (2, 3), (3, 2))]
    explanation = explained(stack(source(8), layer("MyNoise", "n"), *dense))
    assert [(row.output_shape, row.params) for row in explanation.rows] == [
        (None, None), ((None, 4), None), ((None, 3), 15), ((None, 2), 8),
    ]  # fmt: skip
    assert (explanation.total_params, explanation.known_params) == (None, 23)
    assert "the weights of n, d1 are not known" in explanation.audit[0]


AFTER_UNKNOWN = [
    (layer("Conv2D", "x", filters=4, kernel_size=[3, 3]), (None, None, None, 4), None),
    (layer("Conv2D", "x", filters=4, kernel_size=[3, 3], data_format="channels_first"), (None, 4, None, None), None),
    (layer("DepthwiseConv2D", "x", kernel_size=[3, 3]), (None, None, None, None), None),
    (layer("LSTM", "x", units=5), (None, 5), None),
    (layer("LSTM", "x", units=5, return_sequences=True), (None, None, 5), None),
    (layer("Bidirectional", "x", layer=layer("LSTM", "l", units=4)), (None, 8), None),
    (layer("Embedding", "x", input_dim=10, output_dim=6), (None, None, 6), 60),
    (layer("Reshape", "x", target_shape=[2, 4]), (None, 2, 4), 0),
    (layer("Flatten", "x"), (None, None), 0),
    (layer("GlobalAveragePooling2D", "x"), (None, None), 0),
    (layer("MaxPooling2D", "x", pool_size=[2, 2]), (None, None, None, None), 0),
    (layer("RepeatVector", "x", n=7), (None, 7, None), 0),
    (layer("Dropout", "x", rate=0.5), None, 0),
    (layer("BatchNormalization", "x"), None, None),
]


@pytest.mark.parametrize("case", AFTER_UNKNOWN, ids=[str(case[0]["class_name"]) for case in AFTER_UNKNOWN])
def test_what_a_layers_own_arguments_tell(case: tuple[dict[str, Any], Any, int | None]) -> None:
    """After an unknown layer a row has what its own arguments tell, and no parameters where it never has any."""
    entry, shape, params = case
    assert rows(stack(source(8), layer("MyNoise", "n"), entry))[1] == (shape, None if params else params)


def test_a_merge_with_an_unknown_branch_is_open_in_its_shape_alone() -> None:
    """An `Add` of which one input is unknown has no parameters, and its neighbours are computed."""
    layers = [source(8), layer("Mine", "u"), layer("Add", "add"), layer("Dense", "d", units=2)]
    inbound: dict[str, Any] = {
        "u": [[["in", 0, 0, {}]]],
        "add": [[["in", 0, 0, {}], ["u", 0, 0, {}]]],
        "d": [[["in", 0, 0, {}]]],
    }
    assert rows(functional(*layers, **inbound))[2:] == [(None, 0), ((None, 2), 18)]


def test_sizes_that_are_open_refuse_nothing() -> None:
    """A Dense layer on a flattened map of unknown size stays open; the one after it is known."""
    conv = layer("Conv2D", "c", filters=4, kernel_size=[3, 3])
    ends = [layer("Flatten", "f"), layer("Dense", "d", units=2), layer("Dense", "e", units=3)]
    found = rows(stack(source(8, 8, 3), layer("Mine", "u"), conv, *ends))
    assert found[1:] == [((None, None, None, 4), None), ((None, None), 0), ((None, 2), None), ((None, 3), 9)]


@pytest.mark.parametrize("activation", ["my_swish", "<lambda>"])
def test_an_activation_of_its_authors_is_named_and_changes_nothing(activation: str) -> None:
    """A custom activation is code of its author's; the row's shape and count are known all the same."""
    explanation = explained(stack(source(8), layer("Dense", "d1", units=4, activation=activation)))
    row = explanation.rows[0]
    assert (row.output_shape, row.params, row.code) == ((None, 4), 36, f"'{activation}' as its activation")
    wrapped = layer("TimeDistributed", "t", layer=layer("Dense", "d", units=4, activation=activation))
    row = explained(stack(source(5, 8), wrapped)).rows[0]
    assert (row.output_shape, row.params, row.code) == ((None, 5, 4), 36, f"'{activation}' as its activation")


def test_what_keras_2_took_is_not_refused() -> None:
    """A backward layer alone, a stateful one without a batch size, a crop to nothing: a row is at most open."""
    lstm = layer("LSTM", "l", units=4, go_backwards=True)
    dense = layer("Dense", "d", units=2)
    first = layer("Bidirectional", "b", merge_mode="concat", layer=lstm, batch_input_shape=[None, 6, 3])
    assert rows(stack(first, dense)) == [((None, 8), 256), ((None, 2), 18)]
    assert rows(stack(source(6, 3), layer("LSTM", "l", units=4, stateful=True)))[0] == ((None, 4), 128)
    crop = layer("Cropping2D", "c", cropping=[[4, 4], [4, 4]])
    assert [row.params for row in explained(stack(source(8, 8, 3), crop, layer("Flatten", "f"))).rows] == [0, 0]


@pytest.mark.parametrize("module", ["keras.src.layers.core.dense", "tf_keras.src.layers.core", "keras_core.layers"])
def test_keras_under_its_other_names_is_no_code_of_anyones(module: str) -> None:
    """`tf_keras` and `keras_core` are Keras."""
    model = stack(source(8), {**layer("Dense", "d", units=2), "module": module, "registered_name": "Dense"})
    row = explained(model).rows[0]
    assert (row.params, row.code) == (18, None)


def test_a_stack_that_begins_with_a_model_takes_its_input() -> None:
    """The input is the inner model's, and so is what a position of its map sees."""
    image = {**source(8, 8, 3), "name": "in", "inbound_nodes": []}
    conv = {**layer("Conv2D", "c", filters=4, kernel_size=[3, 3]), "name": "c", "inbound_nodes": [[["in", 0, 0, {}]]]}
    ends = {"input_layers": [["in", 0, 0]], "output_layers": [["c", 0, 0]]}
    inner = {"class_name": "Model", "config": {"name": "inner", "layers": [image, conv], **ends}}
    explanation = explained(stack(inner, layer("GlobalAveragePooling2D", "g"), layer("Dense", "d", units=2)))
    assert [shape for _, shape in explanation.inputs] == [(None, 8, 8, 3)]
    assert [row.params for row in explanation.rows] == [112, 0, 10]
    field = explanation.rows[0].field
    assert isinstance(field, tuple)
    assert [span.size for span in field] == [3, 3]


def test_a_list_of_layers_is_a_stack() -> None:
    """Layers without anything around them are explained as a Sequential model, from text and from a file's bytes."""
    text = json.dumps([layer("Dense", "d", units=3, batch_input_shape=[None, 4]), layer("Dense", "e", units=2)])
    for given in (text, f" \n{text}", text.encode()):
        assert [row.params for row in explain(given).rows] == [15, 8]


@pytest.mark.parametrize("inner", [False, True])
def test_the_json_of_tensorflow_js_is_read(inner: bool) -> None:
    """`modelTopology` holds the configuration, or what holds it; the manifest tells an unknown layer's size."""
    model = stack(source(8), layer("Dense", "d", units=4), layer("Mine", "mine"), version="tfjs-layers 4.22.0")
    topology = {"keras_version": "2.4.0", "backend": "tensorflow", "model_config": model} if inner else model
    weights = [{"name": "d/kernel", "shape": [8, 4], "dtype": "float32"}, {"name": "mine/w", "shape": [5, 3]}]
    manifest = [{"paths": ["group1-shard1of1.bin"], "weights": weights}]
    explanation = explained({"format": "layers-model", "modelTopology": topology, "weightsManifest": manifest})
    assert [row.params for row in explanation.rows] == [36, 15]
    assert explanation.total_params == 51


def test_weights_alone_show_the_layers_and_their_sizes(tmp_path: Path) -> None:
    """What `save_weights` wrote names the layers and the sizes of their weights; their types and shapes stay open."""
    path = tmp_path / "w.h5"
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = np.array([b"conv", b"pool", b"dense"])
        for name, shapes in (("conv", [(3, 3, 3, 8), (8,)]), ("pool", []), ("dense", [(72, 2), (2,)])):
            group = file.create_group(name)
            for i, shape in enumerate(shapes):
                group.create_dataset(f"{name}/w{i}:0", data=np.zeros(shape))
    explanation = explain(path)
    assert [(row.name, row.params, row.output_shape) for row in explanation.rows] == [
        ("conv", 224, None), ("pool", 0, None), ("dense", 146, None),
    ]  # fmt: skip
    assert (explanation.kind, explanation.total_params) == ("weights", 370)
    assert "without a model" in explanation.notes[0]


def test_stored_weights_tell_the_size_of_an_unknown_layer(tmp_path: Path) -> None:
    """A legacy file with a class of its author's: its number of parameters is that of its stored weights."""
    path = tmp_path / "m.h5"
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = "2.4.0"
        file.attrs["model_config"] = json.dumps(stack(source(8), layer("Mine", "mine"), layer("Dense", "d", units=2)))
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = np.array([b"mine", b"d"])
        group.create_dataset("mine/mine/w:0", data=np.zeros((8, 7)))
        group.create_dataset("d/d/kernel:0", data=np.zeros((7, 2)))
        group.create_dataset("d/d/bias:0", data=np.zeros(2))
    explanation = explain(path)
    assert [row.params for row in explanation.rows] == [56, 16]
    assert explanation.total_params == 72


def test_the_optimizer_of_tf_keras_keeps_one_counter(tmp_path: Path) -> None:
    """`Custom>Adam` of tf.keras keeps 2 × 46 + 1 numbers; its summary does not add them."""
    path = tmp_path / "adam.h5"
    training = {"optimizer_config": {"class_name": "Custom>Adam", "config": {"learning_rate": 0.001, "amsgrad": False}}}
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = "2.21.0"
        model = stack(source(8), layer("Dense", "a", units=4), layer("Dense", "b", units=2))
        file.attrs["model_config"], file.attrs["training_config"] = json.dumps(model), json.dumps(training)
    explanation = explain(path)
    assert (explanation.total_params, explanation.optimizer_params) == (46, 93)
    assert explanation.audit[-1].startswith("The optimizer Adam keeps 93 numbers more")


@pytest.mark.parametrize(
    ("optimizer", "config", "kept"),
    [("Custom>SGD", {"momentum": 0.0}, 47), ("SGD", {"momentum": 0.0}, 1), ("Custom>Nadam", {}, 93), ("Nadam", {}, 94),
     ("adam", {}, 93), ("Custom>Adam", {"amsgrad": True}, 139), ("RMSprop", {"momentum": 0.1, "centered": True}, 139),
     ("Custom>Adafactor", {}, None), ("Custom>Lion", {}, 47), ("Adadelta", {}, 93), ("Mine", {}, None)],
)  # fmt: skip
def test_optimizers_of_keras_2(optimizer: str, config: dict[str, Any], kept: int | None) -> None:
    """The counts are those that tf_keras 2.21 holds for Dense(4) and Dense(2) on 8 values, new and old optimizers."""
    formula = variables(optimizer, config, [(8, 4), (4,), (4, 2), (2,)], legacy=True)
    assert (None if formula is None else formula.value) == kept


OLDER = [
    (layer("CuDNNLSTM", "x", units=5, return_sequences=True), (10, 3), (10, 5), 200),
    (layer("CuDNNGRU", "x", units=4), (10, 5), (4,), 132),
    (layer("LocallyConnected1D", "x", filters=4, kernel_size=[3]), (9, 3), (7, 4), 280),
    (layer("LocallyConnected2D", "x", filters=4, kernel_size=[3, 2], strides=[2, 1]), (9, 8, 3), (4, 7, 4), 2_128),
    (layer("LocallyConnected2D", "x", filters=4, kernel_size=[3, 3], data_format="channels_first"), (3, 9, 8),
     (4, 7, 6), 4_704),
    (layer("LocallyConnected2D", "x", filters=4, kernel_size=[3, 3], use_bias=False, padding="same", implementation=2),
     (9, 8, 3), (9, 8, 4), 62_208),
    (layer("ThresholdedReLU", "x", theta=1.0), (9, 3), (9, 3), 0),
    (layer("RandomHeight", "x", factor=0.2), (9, 8, 3), (None, 8, 3), 0),
    (layer("RandomWidth", "x", factor=0.2), (9, 8, 3), (9, None, 3), 0),
    (layer("BatchNormalizationV1", "x"), (9, 3), (9, 3), 12),
    (layer("SyncBatchNormalization", "x"), (9, 3), (9, 3), 12),
    (layer("BatchNormalization", "x", renorm=True), (9, 3), (9, 3), 21),
    (layer("TimeDistributed", "x", layer=layer("LSTM", "l", units=4)), (5, 10, 3), (5, 4), 128),
    (layer("TimeDistributed", "x", layer=layer("Conv1D", "c", filters=4, kernel_size=[3])), (5, 10, 3), (5, 8, 4), 40),
]  # fmt: skip


@pytest.mark.parametrize("case", OLDER, ids=[str(case[0]["class_name"]) for case in OLDER])
def test_layers_that_keras_3_has_no_longer(case: tuple[dict[str, Any], tuple[int, ...], tuple[Any, ...], int]) -> None:
    """The shapes and counts are those that tf_keras 2.21 gives for these layers."""
    entry, shape, out, params = case
    assert rows(stack(source(*shape), entry)) == [((None, *out), params)]


EVERYTHING = {"start": None, "stop": None, "step": None}
OPERATIONS: list[tuple[str, dict[str, Any], tuple[int | None, ...]]] = [
    ("__operators__.getitem", {"slice_spec": [EVERYTHING, -1, EVERYTHING]}, (None, 8)),
    ("__operators__.getitem", {"slice_spec": [EVERYTHING, {"start": 1, "stop": None, "step": 2}]}, (None, 5, 8)),
    ("math.reduce_mean", {"axis": 1, "keepdims": True}, (None, 1, 8)),
    ("math.reduce_sum", {"axis": [1, 2]}, (None,)),
    ("reshape", {"shape": [-1, 80]}, (None, 80)),
    ("compat.v1.transpose", {"perm": [0, 2, 1]}, (None, 8, 10)),
    ("expand_dims", {"axis": -1}, (None, 10, 8, 1)),
    ("tile", {"multiples": [1, 2, 1]}, (None, 20, 8)),
    ("compat.v1.pad", {"paddings": [[0, 0], [1, 2], [0, 0]]}, (None, 13, 8)),
    ("one_hot", {"depth": 5}, (None, 10, 8, 5)),
    ("math.truediv", {"y": 255.0, "name": None}, (None, 10, 8)),
    ("math.add", {"y": [[[1.0]]]}, (None, 10, 8)),
    ("linalg.matmul", {"b": ["in", 0, 0], "transpose_b": True}, (None, 10, 10)),
    ("nn.softmax", {}, (None, 10, 8)),
    ("compat.v1.gather", {"indices": [0, 2], "axis": 1}, (None, 2, 8)),
    ("math.argmax", {"axis": -1}, (None, 10)),
]


@pytest.mark.parametrize("case", OPERATIONS, ids=[f"{case[0]} {i}" for i, case in enumerate(OPERATIONS)])
def test_operations_of_keras_2_are_rows_with_shapes(case: tuple[str, dict[str, Any], tuple[int | None, ...]]) -> None:
    """A function of TensorFlow is a row, marked as an operation, with the shape that it gives on (10, 8)."""
    function, arguments, shape = case
    kind = "SlicingOpLambda" if "getitem" in function else "TFOpLambda"
    explanation = explained(
        functional(source(10, 8), layer(kind, "op", function=function), op=[["in", 0, 0, arguments]])
    )
    assert (explanation.rows[1].output_shape, explanation.rows[1].operation) == (shape, True)
    assert explanation.rows[1].params == 0


def test_an_operation_of_keras_2_on_a_list_is_one_call() -> None:
    """`tf.concat` of two tensors is a row whose inputs are both, and a Dense after it has its parameters."""
    inbound: dict[str, Any] = {
        "c": [["in", 0, 0, {"axis": -1}], ["in", 0, 0, {"axis": -1}]], "d": [[["c", 0, 0, {}]]],
    }  # fmt: skip
    model = functional(source(8), layer("TFOpLambda", "c", function="concat"), layer("Dense", "d", units=2), **inbound)
    assert rows(model)[1:] == [((None, 16), 0), ((None, 2), 34)]


@pytest.mark.parametrize("function", ["concat", "stack", "add_n", "reshape"])
def test_an_operation_on_nothing_is_open(function: str) -> None:
    """An operation of Keras 2 that a broken file calls on no tensor is open in its row, with the reason."""
    constant = ["_CONSTANT_VALUE", -1, [], {}]
    model = functional(source(8), layer("TFOpLambda", "op", function=function), op=[constant])
    row = explained(model).rows[1]
    assert row.output_shape is None
    assert "its shape stays open" in row.notes[0]


def test_nodes_of_a_graph_are_operations_too() -> None:
    """Keras 2.0 to 2.3 wrote a node of TensorFlow's graph as text, its constants beside it."""
    node = {"name": "Mean", "op": "Mean", "input": ["x", "Mean/indices"], "attr": {"keep_dims": {"b": True}}}
    pack = {"name": "Pack", "op": "Pack", "input": ["x", "x"], "attr": {"axis": {"i": "1"}}}
    layers = [
        layer("TensorFlowOpLayer", "mean", node_def=json.dumps(node), constants={"1": [1]}),
        layer("TensorFlowOpLayer", "pack", node_def=json.dumps(pack), constants={}),
    ]
    inbound: dict[str, Any] = {"mean": [[["in", 0, 0, {}]]], "pack": [[["in", 0, 0, {}], ["in", 0, 0, {}]]]}
    assert rows(functional(source(10, 8), *layers, **inbound))[1:] == [((None, 1, 8), 0), ((None, 2, 10, 8), 0)]


def zipped(*names: str) -> bytes:
    return archive(**dict.fromkeys(names, b"x"))


def hdf5() -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w") as made:
        made["x"], made["labels"] = np.zeros((3, 4)), np.zeros(3)
    return file.getvalue()


FOREIGN = {
    "YAML": (b"backend: tensorflow\nclass_name: Sequential\nconfig:\n  name: m\n", "yaml.safe_load"),
    "YAML of a stack": (b"class_name: Sequential\nconfig:\n- class_name: Dense\n", "YAML"),
    "a Git LFS pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "git lfs pull"),
    "TensorFlow Lite": (b"\x1c\x00\x00\x00TFL3\x14\x00 \x00", "TensorFlow Lite"),
    "ONNX": (b"\x08\x07\x12\x07pytorch\x1a\x051.9.0:\xff\x01\n", "ONNX"),
    "ONNX by tf2onnx": (b"\x08\x08\x12\x07tf2onnx\x1a\x061.15.1", "ONNX"),
    "PyTorch": (zipped("archive/data.pkl", "archive/version"), "PyTorch"),
    "an old PyTorch": (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "pickle"),
    "NumPy": (b"\x93NUMPY\x01\x00v\x00{'descr': '<f4'}", "NumPy"),
    "npz": (zipped("a.npy", "b.npy"), "NumPy"),
    "safetensors": (b"\x58\x00\x00\x00\x00\x00\x00\x00{\"w\":{\"dtype\":\"F32\"}}", "safetensors"),
    "a graph of TensorFlow.js": (b'{"format": "graph-model", "modelTopology": {"node": []}}', "graph model"),
    "an archive with a model in it": (zipped("best/model.keras"), "unpack it and pass best/model.keras"),
    "gzip": (b"\x1f\x8b\x08\x00", "gzip"),
    "a web page": (b"\n<!DOCTYPE html>\n<html><head></head></html>", "web page"),
    "data in HDF5": (hdf5(), "an HDF5 file without a Keras model in it; it holds 'labels', 'x'"),
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_not_read_is_named_for_what_it_is(name: str) -> None:
    """A file of another kind is refused in one line that names its kind and what to do."""
    data, expected = FOREIGN[name]
    with pytest.raises(ReadError) as caught:
        explain(data)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_folders_are_named_for_what_is_in_them(tmp_path: Path) -> None:
    """A SavedModel, a folder with a model's file in it, and any other folder each get their own advice."""
    for names, expected in ((["saved_model.pb"], "SavedModel"), (["model.json"], "model.json"), ([], "directory")):
        folder = tmp_path / expected
        folder.mkdir()
        for name in names:
            (folder / name).write_bytes(b"")
        with pytest.raises(ReadError, match=expected):
            explain(folder)
