"""The code of models, explained without being run, against what live Keras builds from the same code."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import pytest

from cnnnotes import CnnnotesError, ExplainError, ReadError, explain
from tests.code.architectures import PROGRAMS
from tests.code.hostile import HOSTILE
from tests.explain.live import check
from tests.weightless import weightless


class _Nothing:
    """Stands for data sets: nothing is loaded in a test."""

    def __getattr__(self, name: str) -> _Nothing:
        return self

    def __call__(self, *_: object, **__: object) -> _Nothing:
        return self

    def __truediv__(self, _: object) -> _Nothing:
        return self


def built(code: str, monkeypatch: pytest.MonkeyPatch) -> keras.Model:
    """The model that live Keras builds from this code in a fresh process; nothing is loaded or trained."""
    keras.backend.clear_session(free_memory=False)  # names begin anew
    nothing = _Nothing()
    monkeypatch.setattr("keras.datasets.mnist.load_data", lambda: ((nothing, nothing), (nothing, nothing)))
    monkeypatch.setattr("keras.optimizers.Adam", nothing)
    for method in ("compile", "fit", "summary"):
        monkeypatch.setattr(keras.Model, method, nothing)
    names = {"__name__": "__main__"}
    with weightless():
        exec(code, names)  # our own code, in the test alone
    model = names["model"]
    assert isinstance(model, keras.Model)
    return model


@pytest.mark.parametrize("name", PROGRAMS)
def test_rows_are_those_that_keras_builds(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row of the model that a program builds is what live Keras says of it, under the name that Keras gives it."""
    code = PROGRAMS[name]
    explanation, count = check(built(code, monkeypatch), code)
    print(f"{name}: {count} rows")
    assert count >= 5
    assert not [note for note in explanation.notes if "understood" in note]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_code_is_never_run_and_ends(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Code that would do harm, or never end, gives the rows before it or one line, within the bounds of reading."""
    mark = tmp_path / "mark"
    code = HOSTILE[name].replace("{mark}", str(mark)).replace("{{", "{").replace("}}", "}")
    said = ""
    try:
        found = explain(code)
        assert found.rows[0].params == 15
        assert len(found.rows) < 20_000
    except ReadError as error:
        said = str(error)
    assert "\n" not in said
    assert len(said) < 300
    assert not mark.exists()
    assert capsys.readouterr() == ("", "")


SMALL = """from keras import Sequential, layers

model = Sequential()
model.add(layers.Conv2D(8, 3, input_shape=(28, 28, 1)))
model.add(layers.Flatten())
"""


def test_what_is_not_understood_is_named_with_its_line() -> None:
    """An argument that only a run could tell leaves its row open, and the rows before it stand."""
    found = explain(SMALL + "model.add(layers.Dense(len(words)))")
    assert [row.params for row in found.rows] == [80, 0, None]
    assert found.notes == ("line 6: len(words) is not known, which is the units of Dense",)


@pytest.mark.parametrize(
    ("code", "note"),
    [
        ("model.add(Mystery(3))", "line 6: Mystery(3) is not understood, which is added to a model"),
        ("if flag:\n    model.add(layers.Dense(3))", "line 6: the condition flag is not known"),
        ("for n in sizes():\n    model.add(layers.Dense(n))", "line 6: what the loop goes over is not known"),
        ("while more:\n    model.add(layers.Dense(3))", "line 6: how often the loop runs is not known"),
        ("a, *b = sizes\nmodel.add(layers.Dense(a))", "line 7: a is not known, which is the units of Dense"),
        ("model.add(layers.Dense(3)", "line 6: is not Python ('(' was never closed)"),
        ("def f(:\n  pass\nmodel.add(layers.Dense(3))", "line 6: is not Python"),
        ("def f(n): return f(n)\nf(3)", "line 7: is nested deeper than is read"),
    ],
)
def test_rows_before_what_is_not_understood_stand(code: str, note: str) -> None:
    """What can't be read leaves the rows before it as they are, and is named with its line."""
    found = explain(SMALL + code)
    assert [row.params for row in found.rows[:2]] == [80, 0]
    assert any(each.startswith(note) for each in found.notes), found.notes


@pytest.mark.parametrize(
    "code", ["n = 3\nif flag:\n    n = 4", "sizes, n = [3], 4\nwhile n:\n    sizes.append(5)\nn = sizes[-1]"]
)
def test_what_is_set_in_a_block_that_is_left_out_is_not_known(code: str) -> None:
    """A number that a condition or a loop may have changed is no longer that which it was before."""
    row = explain(f"{SMALL}{code}\nmodel.add(layers.Dense(n))").rows[-1]
    assert (row.type, row.params) == ("Dense", None)


@pytest.mark.parametrize("given", ["lambda n: n", "((0, words), (1, 1))", "[range(3), object]"])
def test_an_argument_that_is_no_value_is_not_known(given: str) -> None:
    """A function, or a list in which something isn't known, leaves its row open, and is named as it is written."""
    found = explain(SMALL + f"model.add(layers.ZeroPadding2D({given}))")
    assert found.rows[-1].output_shape is None
    assert "which is the padding of ZeroPadding2D" in found.notes[0]


def test_code_comes_as_text_markdown_session_notebook_and_file(tmp_path: Path) -> None:
    """The same code is read from a text, a fenced block, an interactive session, a notebook's cells, and a file."""
    session = "".join(f">>> {line}\n" for line in SMALL.splitlines())
    cells = [{"cell_type": "code", "source": [f"{line}\n"]} for line in ["%matplotlib inline", *SMALL.splitlines()]]
    path = tmp_path / "model.py"
    path.write_text(SMALL)
    sources = [
        f"My model:\n\n```python\n{SMALL}```\nWhere do the 80 come from?",
        session,
        json.dumps({"cells": cells, "nbformat": 4}),
        path,
        SMALL.encode(),
        "Sequential([Input((28, 28, 1)), Conv2D(8, 3), Flatten()])",
    ]
    for source in sources:
        assert [row.params for row in explain(source).rows] == [80, 0], source


def test_of_several_models_the_largest_is_explained() -> None:
    """The model with the most rows is explained, and the others are named with their lines."""
    found = explain(SMALL + "small = Sequential([layers.Dense(3, input_shape=(4,))])")
    assert found.notes == (
        "the code builds 2 models, of which this is the largest; the others are sequential_1 (line 6)",
    )


@pytest.mark.parametrize(
    "loop",
    [
        "x = Model(Input((4,)), x)",
        "x = TimeDistributed(x)",
        "i = Input((4,)); x = Model(i, x(i))",
        "x = Sequential([x])",
    ],
)
def test_models_and_wrappers_within_each_other_are_bounded(loop: str) -> None:
    """A thousand of them within each other end in one line, or in what was built before."""
    code = f"x = Sequential([Input((4,)), Dense(4)])\nfor n in range(1400):\n    {loop}\nSequential([x])"
    error = refused(code)
    assert error is None or "nested deeper than" in str(error) or "takes more steps" in str(error)


def test_a_class_of_the_program_that_is_called_as_keras_has_a_layer_is_open() -> None:
    """Its own code decides what it does, so no rule of a layer of that name is its rule."""
    code = "class Dense(Layer): pass\nSequential([Input((4, 5)), Dense(4), TimeDistributed(Dense(4))])"
    assert [row.params for row in explain(code).rows] == [None, None]


UNIT = """
import keras
from functools import partial
from keras import layers
Conv = partial(layers.Conv2D, kernel_size=3, padding="same", use_bias=False)
class Unit(layers.Layer):
    def __init__(self, filters, strides=1, activation="relu", **kwargs):
        super().__init__(**kwargs)
        self.activation = keras.activations.get(activation)
        self.main = [Conv(filters, strides=strides), layers.BatchNormalization(), self.activation, Conv(filters)]
        self.skip = [Conv(filters, kernel_size=1, strides=strides)] if strides > 1 else []
    def call(self, inputs, training=None):
        x = skip = inputs
        for layer in self.main:
            x = layer(x)
        for layer in self.skip:
            skip = layer(skip)
        return self.activation(x + skip)
"""
NET = (
    UNIT
    + """
class Net(keras.Model):
    def __init__(self, classes=10):
        super().__init__()
        self.unit, self.pool, self.top = Unit(8, 2), layers.GlobalAveragePooling2D(), layers.Dense(classes)
    def call(self, x):
        return self.top(self.pool(self.unit(x)))
"""
)


@pytest.mark.parametrize(
    "code",
    [
        UNIT + "model = keras.Sequential([keras.Input((16, 16, 4)), Unit(4), Unit(8, strides=2), layers.Flatten()])",
        UNIT + "i = keras.Input((16, 16, 4))\nu = Unit(4)\nmodel = keras.Model(i, layers.Add()([u(i), u(u(i))]))",
        NET + "import numpy as np\nmodel = Net()\nmodel.build((1, 16, 16, 4))\nmodel(np.zeros((1, 16, 16, 4)))",
        NET + "model = Net()\nmodel(keras.Input((16, 16, 4)))",
    ],
)
def test_classes_and_partial_functions_are_followed(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program's own layers and models are what they call, and `partial` gives a layer its first arguments."""
    model, found = built(code, monkeypatch), explain(code)
    assert (found.total_params, found.trainable_params) == (
        model.count_params(),
        sum(map(keras.ops.size, model.trainable_weights)),
    )
    last = model.layers[-1]
    assert found.rows[-1].params in (last.count_params(), model.count_params())


def test_a_class_with_weights_of_its_own_is_open() -> None:
    """What `add_weight` makes, a class that isn't known, or a layer on what isn't known, is in no layer that counts."""
    own = UNIT.replace(
        "super().__init__(**kwargs)", "super().__init__(**kwargs)\n        self.w = self.add_weight((3,))"
    )
    unread = UNIT.replace("skip = inputs\n", "skip = inputs\n        x = x + layers.Dense(4)(mystery())\n")
    for code in (own, unread, UNIT.replace("class Unit(layers.Layer)", "class Unit(Mystery)")):
        row = explain(code + "model = keras.Sequential([keras.Input((16, 16, 4)), Unit(4)])").rows[0]
        assert (row.type, row.params, row.output_shape) == ("Unit", None, None)


def test_a_class_that_is_never_called_has_rows() -> None:
    """Of a model without an input what depends on it is open, and the rest is counted."""
    rows = explain(NET + "model = Net()").rows
    assert [row.params for row in explain(NET).rows] == [row.params for row in rows]
    assert [(row.type, row.params) for row in rows[1:]] == [
        ("Unit", None),
        ("GlobalAveragePooling2D", 0),
        ("Dense", 90),
    ]


@pytest.mark.parametrize("change", ["if flag:", "for n in sizes:", "while more():"])
def test_what_a_block_that_is_left_out_makes_of_a_tensor_is_open(change: str) -> None:
    """No layer after it is counted on the tensor from before it."""
    graph = f"x = Input((4,))\ny = Dense(3)(x)\n{change}\n    y = Dense(5)(y)\nModel(x, Dense(2)(y))"
    stack = f"model = Sequential([Input((4,)), Dense(3)])\n{change}\n    model.add(Dense(5))\nmodel.add(Dense(2))"
    for code in (graph, stack):
        assert [row.params for row in explain(code).rows][-3:] == [15, None, None]


@pytest.mark.parametrize("sizes", ["len(words),", "8, 8, len(words)", "8, len(words), 4"])
def test_an_input_of_a_size_that_is_not_known_refuses_nothing(sizes: str) -> None:
    """Where only a run could tell a size, what depends on it is open, and the layers after are counted."""
    found = explain(f"Sequential([Input(({sizes})), Flatten(), Dense(3), Dense(2)])")
    assert [row.params for row in found.rows][1] is None
    assert found.notes == ("line 1: len(words) is not known, which is a size of an input",)


def test_a_function_that_nothing_calls_is_read() -> None:
    """A file that only defines how a model is built is read with the defaults of its functions."""
    found = explain("def build(n=3, *, rate=0.5):\n    return Sequential([Input((4,)), Dense(n), Dropout(rate)])")
    assert [row.params for row in found.rows] == [15, 0]


def test_layers_without_a_model_lead_from_the_inputs_to_the_open_ends() -> None:
    """Calls of layers that no model is made of yet are rows too."""
    found = explain("x = Input((8, 8, 3))\ny = Conv2D(4, 3)(x)\nz = Flatten()(y)")
    assert [(row.name, row.params) for row in found.rows] == [("input_layer", 0), ("conv2d", 112), ("flatten", 0)]


def test_functions_of_tensorflow_are_rows_of_their_own() -> None:
    """What TensorFlow's functions make of tensors is a row, as Keras 2 lists it."""
    code = "import tensorflow as tf\nx = Input((8, 8, 4))\nModel(x, tf.concat([x, tf.nn.relu(x)], axis=-1))"
    rows = explain(code).rows
    assert [(row.name, row.output_shape) for row in rows[1:]] == [
        ("tf_nn_relu", (None, 8, 8, 4)),
        ("tf_concat", (None, 8, 8, 8)),
    ]


def test_a_network_of_keras_applications_is_a_row() -> None:
    """A network without its top is one row with its parameters, on a map whose size may not be known."""
    found = explain("Sequential([VGG16(include_top=False), GlobalMaxPooling2D(), Dense(256), Dense(1)])")
    assert [row.params for row in found.rows] == [14_714_688, 0, 131_328, 257]
    assert found.rows[0].output_shape == (None, None, None, 512)
    assert "its author's" not in "".join(found.rows[0].notes)


@pytest.mark.parametrize("base", ["VGG16(include_top=False)", "VGG16(False, input_tensor=Input((96, 96, 3)))"])
def test_a_head_on_the_output_of_a_model_of_keras_applications(base: str) -> None:
    """The network that transfer learning begins with is one frozen row, and the layers on its output are rows."""
    code = f"""
from keras.applications import VGG16
base = {base}
base.trainable = False
x = layers.GlobalAveragePooling2D()(base.output)
x = layers.Dense(8)(x)
model = Model(base.input, layers.Dense(5)(x))
"""
    found = explain(code)
    assert [row.type for row in found.rows] == ["InputLayer", "VGG16", "GlobalAveragePooling2D", "Dense", "Dense"]
    assert [row.params for row in found.rows] == [0, 14_714_688, 0, 4104, 45]
    assert found.trainable_params == 4149


OPEN = [
    "NASNetMobile(include_top=False)",
    "ConvNeXtTiny(include_top=False)",
    "EfficientNetV2B0(include_top=False)",
    "VGG16()",
    "MobileNetV2(alpha=0.5, include_top=False)",
]


@pytest.mark.parametrize("base", [*OPEN, "ResNet50(include_top=False, input_shape=(64, 64, 1), weights=None)"])
def test_a_network_whose_parameters_are_not_known_stays_open(base: str) -> None:
    """With a top, another width or other than three channels, a network is an open row, and what follows is read."""
    found = explain(f"from keras.applications import *\nSequential([{base}, Flatten(), Dense(256), Dense(1)])")
    assert [row.params for row in found.rows] == [None, 0, None, 257]
    assert found.total_params is None


def test_a_whole_network_is_frozen_layer_by_layer_and_a_part_is_left_out() -> None:
    """A loop over all layers of a network freezes it; one over a part of them is named."""
    code = "base = VGG16(include_top=False)\nfor layer in base.layers{}:\n  layer.trainable = False\nSequential([base])"
    assert explain(code.format("")).trainable_params == 0
    part = explain(code.format("[:15]"))
    assert part.trainable_params == 14_714_688
    assert "line 2: what the loop goes over is not known" in part.notes[-1]


def test_a_network_without_a_size_can_not_be_flattened() -> None:
    """A dense layer on the flattened map of a network whose input has no size is refused, as Keras refuses it."""
    with pytest.raises(ExplainError, match="layer 'dense': the last axis of the input must be known"):
        explain("Sequential([VGG16(include_top=False), Flatten(), Dense(256), Dense(1)])")


def test_a_network_of_a_size_that_is_not_known_stays_open() -> None:
    """A size that the code doesn't tell leaves the network open, and what follows is read."""
    found = explain("Sequential([VGG16(include_top=False, input_shape=SIZE), Flatten(), Dense(256), Dense(1)])")
    assert [row.params for row in found.rows] == [None, 0, None, 257]


def test_a_network_is_called_on_pictures_of_its_size_only() -> None:
    """Pictures of another size than a network was built for are refused, as Keras refuses them."""
    with pytest.raises(ExplainError, match=r"expects pictures of \(96, 96, 3\), got \(64, 64, 3\)"):
        explain("Sequential([Input((64, 64, 3)), VGG16(include_top=False, input_shape=(96, 96, 3))])")


def test_preprocessing_has_no_row() -> None:
    """The function that prepares pictures for a network is passed over, and named."""
    code = "x = Input((96, 96, 3))\ny = keras.applications.vgg16.preprocess_input(x)\nModel(x, Conv2D(4, 3)(y))"
    found = explain(code)
    assert [row.params for row in found.rows] == [0, 112]
    assert "it keeps the shape" in found.notes[0]


def test_what_a_star_takes_is_what_the_others_leave() -> None:
    """Names before and after a starred one are what Python gives them."""
    code = (
        "a, *b, c = (3, 4, 5, 6)\nmodel.add(layers.Dense(a))\nmodel.add(layers.Dense(b[1]))\nmodel.add(layers.Dense(c))"
    )
    assert [row.output_shape for row in explain(SMALL + code).rows[-3:]] == [(None, 3), (None, 5), (None, 6)]


def test_an_input_that_the_model_leaves_out_is_a_row() -> None:
    """A tensor from an input that isn't among the model's own ends the reading of nothing."""
    found = explain("a, b = Input((4,)), Input((4,))\nModel(a, add([Dense(4)(a), b]))")
    assert [row.params for row in found.rows if row.type == "Dense"] == [20]


def test_an_unfit_layer_is_refused_with_what_fixes_it() -> None:
    """Code that Keras refuses ends in the error of its layer, with changes that fix it."""
    with pytest.raises(ExplainError, match="layer 'conv2d_1'") as caught:
        explain(SMALL.replace("layers.Flatten()", "layers.Conv2D(4, 40)"))
    assert caught.value.fixes


@pytest.mark.parametrize(
    "text", ["ValueError: logits and labels must have the same shape", "model.h5", "a (1).keras", "weird,name=1.json"]
)
def test_one_line_is_a_path_unless_it_is_code_or_an_error(text: str) -> None:
    """A file's name stays one, whatever stands in it, and the text of an error is no file's name."""
    error = refused(text)
    assert (error is not None and "No such file" in str(error)) == (not text.startswith("ValueError"))


def refused(text: str) -> CnnnotesError | None:
    """What is said of a text that can't be explained."""
    try:
        explain(text)
    except CnnnotesError as error:
        return error
    return None


@pytest.mark.parametrize("size", [(9, 8, 3), (8, 8, 4), (8, 8, 1), (8, 8, 3)])
def test_a_nested_model_takes_the_size_that_it_states(size: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that is called on another size than its input states is refused as by Keras, a last axis of 1 aside."""
    code = f"""
from keras import Input, Model, Sequential, layers
inner = Sequential([Input((8, 8, 3)), layers.GlobalAveragePooling2D()], name="inner")
image = Input({size})
model = Model(image, inner(image))
"""
    if size in ((8, 8, 1), (8, 8, 3)):
        check(built(code, monkeypatch), code)
        return
    with pytest.raises(ValueError, match="incompatible with the layer"):
        built(code, monkeypatch)
    with pytest.raises(ExplainError, match=r"'inner': expects an input of \(None, 8, 8, 3\), got \(None, "):
        explain(code)
