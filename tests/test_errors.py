"""Errors as Keras raises them, provoked here: each is read, led to its arithmetic, and to fixes that Keras takes."""

from __future__ import annotations

import contextlib
import io
import json
import random
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow
import torch
from keras import layers, ops

from cnnnotes import CnnnotesError, Explanation, explain
from cnnnotes._cli import main
from cnnnotes._fixing.errors import is_error
from cnnnotes._fixing.patterns import PATTERNS
from cnnnotes._rendering import render
from tests.layers.live import Live, live
from tests.provoked import MAP, Case, Making, answered, mistakes, raised

making = Making(keras)
image, model, fitted, classes = making.image, making.model, making.fitted, making.classes


def taking(*shape: int) -> Any:
    """A model of one input, which it gives back."""
    given = image(*shape)
    return keras.Model(given, layers.Identity()(given))


def taken(wanted: tuple[int, ...], got: tuple[int, ...]) -> Any:
    """What such a model makes of an array of another shape."""
    return taking(*wanted).predict(np.ones(got), verbose=0)


CASES: dict[str, Case] = {
    **mistakes(keras),
    # windows that don't fit
    "channels first": (
        lambda: model(image(1, 28, 28), layers.Conv2D(8, 3)),
        "Conv2D",
        "channels last: an input of 28 × 28 × 1, np.moveaxis(x, 1, -1)",
    ),
    "no batch": (
        lambda: model(image(28, 28, 1), layers.Conv2D(4, 3)).predict(np.ones((28, 28, 1)), verbose=0),
        "Conv2D",
        "x[None], a batch of one: (1, 28, 28, 1)",
    ),
    "no batch, called": (
        lambda: model(image(28, 28, 1), layers.Conv2D(4, 3))(np.ones((28, 28, 1))),
        "Conv2D",
        "x[None], a batch of one: (1, 28, 28, 1)",
    ),
    # the axes of an input
    "a named layer": (
        lambda: model(image(28, 28, 3), layers.Conv2D(4, 3, name="stem")).predict(np.ones((1, 28, 28, 1)), verbose=0),
        "Conv2D",
        "the grey channel three times: np.repeat(x, 3, -1), (1, 28, 28, 3)",
    ),
    "LSTM on maps": (lambda: layers.LSTM(3)(image(*MAP)), "LSTM", "TimeDistributed(Flatten()) before it"),
    "ConvLSTM2D on a map": (
        lambda: layers.ConvLSTM2D(3, 3)(image(*MAP)),
        "ConvLSTM2D",
        "a sequence of one step: Reshape(target_shape=(1, 8, 8, 3)) before it",
    ),
    "a video": (
        lambda: layers.Conv2D(8, 3)(image(5, 28, 28, 3)),
        "Conv2D",
        "TimeDistributed(Conv2D(…)), the same layer at each step",
    ),
    "pooling of a matrix": (
        lambda: layers.MaxPooling2D()(image(28, 28)),
        "MaxPooling2D",
        "a channel axis: Reshape(target_shape=(28, 28, 1)) before it",
    ),
    "padding of a matrix": (
        lambda: layers.ZeroPadding2D(1)(image(3, 3)),
        "ZeroPadding2D",
        "a channel axis: Reshape(target_shape=(3, 3, 1)) before it",
    ),
    "TimeDistributed on vectors": (lambda: layers.TimeDistributed(layers.Dense(3))(image(3)), "TimeDistributed", ""),
    # the number of values
    "Reshape with -1": (lambda: layers.Reshape((-1, 7, 63))(image(3136)), "Reshape", "target_shape=(-1,)"),
    "ops.reshape": (lambda: ops.reshape(ops.ones((2, 3136)), (2, 3000)), None, "-1 for one size of the new shape"),
    # several inputs
    "Concatenate along 1": (
        lambda: layers.Concatenate(axis=1)([image(8, 8, 3), image(8, 8, 4)]),
        "Concatenate",
        "axis=-1",
    ),
    "ops.concatenate": (
        lambda: ops.concatenate([image(88, 88, 128), image(89, 89, 128)]),
        "Concatenate",
        "ZeroPadding2D(padding=((0, 1), (0, 1))) before the first input",
    ),
    "tensors concatenated": (lambda: ops.concatenate([ops.ones((2, 3)), ops.ones((3, 4))]), "Concatenate", ""),
    "Average": (
        lambda: layers.Average()([image(8, 8, 3), image(8, 8, 4)]),
        "Add",
        "Conv2D(filters=3, kernel_size=1) before the second input",
    ),
    "tensors added": (lambda: ops.ones((2, 3)) + ops.ones((2, 4)), "Add", "Dense(units=3) before the second input"),
    "ops.matmul": (lambda: ops.matmul(image(3, 4), image(5, 6)), None, "an input of the size"),
    "value and key": (
        lambda: layers.MultiHeadAttention(2, 4)(image(5, 8), image(6, 8), image(7, 8)),
        "MultiHeadAttention",
        "a key for each value",
    ),
    # arguments
    "more groups": (lambda: layers.GroupNormalization(64)(image(8, 8, 48)), "GroupNormalization", "groups=48"),
    "filters 8.5": (lambda: layers.Conv2D(8.5, 3), "Conv2D", "filters=8"),
    "units 0": (lambda: layers.Dense(0), "Dense", "units=1"),
    "units of a text": (lambda: layers.Dense("10"), "Dense", ""),
    "batch_input_shape": (lambda: layers.LSTM(8, batch_input_shape=(1, 2, 3)), "LSTM", "an Input(batch_shape=…)"),
    # an input of a model
    **{
        f"{got} for {wanted}": (partial(taken, wanted, got), None, fix)
        for wanted, got, fix in [
            ((10,), (10,), "x[None], a batch of one: (1, 10); a tf.data.Dataset: dataset.batch(32)"),
            ((28, 28, 1), (28, 28), "x[None, ..., None], a batch of one image with a channel: (1, 28, 28, 1)"),
            ((28, 28, 3), (4, 3, 28, 28), "np.moveaxis(x, 1, -1), the channels last: (4, 28, 28, 3)"),
            ((28, 28, 3), (4, 28, 28, 4), "the first three channels, without alpha: x[..., :3], (4, 28, 28, 3)"),
            ((28, 28, 3), (4, 32, 32, 3), "an input of (None, 28, 28, 3); layers.Resizing resizes images"),
            ((30, 4), (4, 20, 4), "keras.utils.pad_sequences(x, maxlen=30)"),
            ((10, 5), (8, 10), "an input of (None, 10, 5)"),
        ]
    },
    "one example of a dataset": (
        lambda: model(image(28, 28, 1), layers.Flatten(), layers.Dense(10))(np.ones((28, 28, 1))),
        "Dense",
        "x[None], a batch of one, or dataset.batch(32): (28, 28) is one example",
    ),
    "lists": (lambda: taking(3).predict([[1, 2, 3]]), None, "np.array(x)"),
    "TensorFlow's function": (lambda: tensorflow.reshape(image(8), (-1, 4)), None, "keras.ops in place of tf"),
    "Multiply": (lambda: layers.Multiply()([image(8), image(9)]), "", "Dense(units=8) before the second input"),
    # labels
    "a sequence for a label": (
        lambda: fitted(
            classes(layers.LSTM(3, return_sequences=True), size=(10, 4)),
            (8, 10, 4),
            (8,),
            "sparse_categorical_crossentropy",
        ),
        None,
        "return_sequences=False in the last recurrent layer",
    ),
}
LEAST = 70
"""The fewest texts that are provoked."""


def applied(fix: Any, inputs: tuple[Any, ...]) -> None:
    """Tries a fix on live Keras, with the layer that it puts before an input, if any."""
    shapes = list(inputs) if fix.before else list(fix.inputs)
    if fix.before:
        at, kind, arguments = fix.before
        made = live(kind, arguments, [shapes[at]], {})
        assert isinstance(made, Live), (fix.text, made)
        shapes[at] = made.shapes[0]
    found = live(fix.layer_type, fix.arguments, shapes, {})
    assert isinstance(found, Live), (fix.text, found)
    assert not fix.outputs or found.shapes == fix.outputs, fix.text


@pytest.mark.parametrize("name", CASES)
def test_an_error_of_keras_is_led_to_its_layer_and_a_fix(name: str) -> None:
    """The text alone, and the whole traceback, name the layer and the fix, which is then applied to Keras."""
    provoke, kind, expected = CASES[name]
    for text in raised(provoke):
        assert is_error(text)
        found = answered(text, expected)
        if kind is not None and text.count("\n") < 8:
            assert kind in found.name
        for fix in found.fixes:
            if fix.layer_type:  # a change of arguments or inputs, rather than of labels or files
                applied(fix, tuple(shape for _, shape in found.inputs))


def test_enough_errors_are_provoked() -> None:
    """So many texts of live Keras are read; each pattern that is known is one that Keras, 2 or 3, was seen to write."""
    assert len(CASES) >= LEAST
    assert len(PATTERNS) >= 60


def test_no_pattern_reads_on_without_end() -> None:
    """What a wildcard stands for is bounded in each, or else a long text of its words alone would take minutes."""
    unbounded = re.compile(r"\.[*+]|\\w[*+]\W*\.|\[\^[^]]*\][*+]")
    assert [pattern.pattern for pattern, _ in PATTERNS if unbounded.search(pattern.pattern)] == []


@pytest.mark.parametrize("name", ["weights", "fewer layers", "h5 weights", "fewer h5 layers"])
def test_weights_that_do_not_fit_say_in_what(name: str, tmp_path: Path) -> None:
    """Loading weights of another model says which weight differs, and in what, or how many there are."""
    saved, other = model(image(4), layers.Dense(3)), model(image(5), layers.Dense(3))
    if "fewer" in name:
        other = model(image(4), layers.Dense(3), layers.Dense(2))
    path = tmp_path / ("all.h5" if "h5" in name else "some.weights.h5")
    saved.save(path) if "h5" in name else saved.save_weights(path)
    text, _ = raised(lambda: other.load_weights(path))
    found = explain(text)
    words = " ".join(found.audit)
    assert ("what is loaded has" in words) == ("fewer" in name)
    assert ("the channels or values of the input: 5 in the model, 4 in what is loaded" in words) == (
        "fewer" not in name
    )


# What TensorFlow 1 and the Keras of its time wrote, as people quote it; tests/test_errors_keras_2.py provokes Keras 2.
OLDER = {
    "Negative dimension size caused by subtracting 2 from 1 for 'MaxPool_1' (op: 'MaxPool') with input shapes: "
    "[?,1,224,128].": ("MaxPooling2D", 'padding="same"'),
    "Input 0 is incompatible with layer lstm_1: expected ndim=3, found ndim=2. Full shape received: (None, 32)": (
        "LSTM",
        "a sequence of numbers: Reshape(target_shape=(32, 1)) before it",
    ),
    "Operands could not be broadcast together with shapes (88, 88, 128) (89, 89, 64)": ("Add", "Conv2D(filters=128"),
    "total size of new array must be unchanged, input_shape = [3136], output_shape = [7, 7, 63]": (
        "Reshape",
        "target_shape=(7, 7, 64)",
    ),
    "Shapes (None, 1) and (None, 10) are incompatible": (None, 'loss="sparse_categorical_crossentropy"'),
    "logits and labels must have the same first dimension, got logits shape [32,10] and labels shape [320]": (
        None,
        'loss="categorical_crossentropy"',
    ),
    "logits and labels must have the same first dimension, got logits shape [448,10] and labels shape [16]": (
        None,
        "Flatten() before the last Dense",
    ),
    "logits and labels must be broadcastable: logits_size=[32,10] labels_size=[32,3]": (None, "Dense(3)"),
    "Unknown activation function: rellu. Please ensure this object is passed to the `custom_objects` argument.": (
        "Activation",
        'activation="relu"',
    ),
}


@pytest.mark.parametrize("text", OLDER)
def test_older_wordings_are_read_too(text: str) -> None:
    """What older versions printed leads to the same layer and the same fixes."""
    kind, expected = OLDER[text]
    found = explain(f"ValueError: {text}\n")
    assert kind is None or found.name.endswith(kind) or f"({kind})" in found.name
    assert any(expected in fix.text for fix in found.fixes)


def test_memory_that_runs_out_is_counted() -> None:
    """TensorFlow names the tensor, whose bytes are worked out; PyTorch, provoked here, and JAX name the bytes alone."""
    text = (
        "ResourceExhaustedError: OOM when allocating tensor with shape[64,512,112,112] and type float on /job:localhost"
    )
    assert explain(f"{text}\n").audit == (
        "One tensor of 64 × 512 × 112 × 112 values takes 1,644,167,168 bytes at 4 each: 1.53 GiB.",
        "If its first axis is the batch, an example takes 25,690,112 bytes.",
    )
    jax = "XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying to allocate 1644167168 bytes."
    for text, held in ((raised(lambda: torch.empty(1 << 46))[0], f"{4 << 46} bytes"), (f"{jax}\n", "1644167168 bytes")):
        found = explain(text)
        assert found.audit == (f"There is no memory left for {held} in one piece.",)
        assert found.fixes[0].text.startswith("a smaller batch")


def test_a_line_of_the_traceback_tells_how_the_layer_was_written() -> None:
    """The arguments of the layer are those of the line that made it, where the error names only its type."""
    text = (
        "Traceback (most recent call last):\n"
        '  File "train.py", line 7, in <module>\n'
        "    x = layers.LSTM(64, return_sequences=True)(x)\n"
        "ValueError: Input 0 with name 'None' of layer 'lstm' is incompatible with the layer: expected ndim=3, found "
        "ndim=2. Full shape received: (None, 32)\n"
    )
    fix = explain(text).fixes[0]
    assert fix.arguments == {"units": 64, "return_sequences": True}
    assert fix.outputs == ((None, 32, 64),)


CHAIN = """Traceback (most recent call last):
  File "train.py", line 7, in <module>
    x = layers.LSTM(64)(x)
ValueError: Input 0 of layer "lstm" is incompatible with the layer: expected ndim=3, found ndim=2. Full shape \
received: (None, 32)

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "train.py", line 9, in <module>
ValueError: Inputs have incompatible shapes. Received shapes (8, 8, 3) and (8, 8, 4)
"""


def test_each_error_of_a_chain_or_a_log_is_answered() -> None:
    """Two errors are both named, whether one led to the other or not, and each fix says whose it is."""
    first, _, second = CHAIN.partition("During handling of the above exception, another exception occurred:")
    for text in (CHAIN, first + second, "".join(line + "\n" for line in CHAIN.splitlines() if "Error: " in line)):
        found = explain(text)
        assert found.name == "2 errors: lstm (LSTM), Add"
        assert {fix.text.partition(": ")[0] for fix in found.fixes} == {"lstm (LSTM)", "Add"}
        assert found.notes == ()
    assert explain(second + second).name == "Add"
    assert explain(CHAIN.partition("Inputs have")[0] + "No luck.\n").name == "lstm (LSTM)"


def test_the_colours_of_a_terminal_are_left_out() -> None:
    """A traceback as IPython or Python 3.13 colours it is an error's text too."""
    line = CHAIN.splitlines()[-1]
    assert explain(f"\x1b[1;35m{line.replace(':', chr(27) + '[0m:', 1)}\n").name == "Add"


def test_nothing_of_an_error_is_run(tmp_path: Path) -> None:
    """A call in a traceback's line is read as literals only."""
    ran = tmp_path / "ran"
    text = f"  x = layers.LSTM(open({str(ran)!r}, 'w'))(x)\nValueError: Input 0 with name 'None' of layer 'lstm' is "
    text += "incompatible with the layer: expected ndim=3, found ndim=2. Full shape received: (None, 32)\n"
    assert explain(text).name == "lstm (LSTM)"
    assert not ran.exists()


DAMAGE = (
    "()",
    "(1,)",
    "(None,)",
    "[?,?]",
    "(0, 0)",
    "(None, None, None)",
    "(-1, 3)",
    "(1, 2, 3, 4, 5, 6)",
    "9" * 30,
    "x",
)
"""What stands in place of a shape or a number of a text."""


def damaged(text: str, draw: random.Random) -> str:
    """A text with some of its shapes and numbers exchanged, perhaps cut, perhaps followed by another."""
    for _ in range(draw.randint(1, 3)):
        places = list(re.finditer(draw.choice([r"[(\[][^()\[\]]*[)\]]", r"\d+", r"\w+"]), text))
        if places:
            place = draw.choice(places)
            text = text[: place.start()] + draw.choice(DAMAGE) + text[place.end() :]
    return text[: draw.randint(len(text) // 2, 2 * len(text))]


def test_a_damaged_error_is_answered_too() -> None:
    """Whatever stands in place of its shapes and numbers, an error's text has an answer; drawn from a printed seed."""
    seed = 14
    print(f"seed {seed}")
    draw = random.Random(seed)
    texts = [raised(CASES[name][0])[0] for name in draw.sample(sorted(CASES), 30)] + [
        f"ValueError: {text}" for text in OLDER
    ]
    for _ in range(600):
        text = damaged(draw.choice(texts), draw)
        with contextlib.suppress(CnnnotesError):  # what is left may be no error's text
            assert str(explain(f"{text}\n{damaged(draw.choice(texts), draw)}\n"))


def known() -> Explanation:
    return explain("ValueError: Inputs have incompatible shapes. Received shapes (8, 8, 3) and (8, 8, 4)\n")


def test_an_unknown_error_says_what_it_holds_and_what_it_lacks() -> None:
    """What is found in it is named, and what would tell more; one of an argument that no known layer has is unknown."""
    assert (
        explain("ValueError: Invalid `dims` for Permute. Received dims=(1, 3)\n").audit[0].startswith("This error is")
    )
    found = explain("RuntimeError: something went wrong with Conv2D(8, 3) on (None, 8, 8, 3)\n")
    assert found.audit == (
        "This error is not one of those that are known here.",
        "It is of type RuntimeError.",
        "It names the shape (None, 8, 8, 3).",
        "It names Conv2D.",
    )
    assert "the whole traceback" in found.fixes[0].text


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("table", "To fix it:\n  Conv2D("),
        ("markdown", "- Conv2D"),
        ("html", "<li>Conv2D("),
        ("latex", r"\item To fix it: Conv2D("),
    ],
)
def test_an_error_is_shown_in_each_format(form: str, expected: str) -> None:
    """As text, Markdown, HTML and LaTeX the fixes are a list; a drawing of an error is refused."""
    assert expected in render(known(), form)
    with pytest.raises(ValueError, match="an error has no drawing"):
        render(known(), "svg")


def test_the_json_of_an_error_holds_its_fixes() -> None:
    """`to_dict()` is what its own JSON reads back as, with each fix's arguments, inputs and outputs."""
    found: Mapping[str, Any] = known().to_dict()
    assert json.loads(json.dumps(found)) == found
    assert (found["kind"], found["rows"]) == ("error", [])
    assert found["fixes"][0]["outputs"] == [[None, 8, 8, 3]]


def test_an_error_comes_in_by_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`cnnnotes explain -` reads an error as it reads a summary, and ends with 0."""
    text = "ValueError: Inputs have incompatible shapes. Received shapes (88, 88, 128) and (89, 89, 64)\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert main(["explain", "-"]) == 0
    assert "Conv2D(filters=128, kernel_size=2) before the second input → (None, 88, 88, 128)" in capsys.readouterr().out
