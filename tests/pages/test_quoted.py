"""The errors and summaries that a block gives to `explain` are those that Keras or TensorFlow prints."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import blocks
from tests.provoked import raised

from .page import NUMBER, PAGES, ROOT

ERROR = re.compile(r"^\w+Error: .+\n(?:(?!\w+:|\w+Error:).+\n|Received:? .+\n)*", re.MULTILINE)
"""An error in a quoted text, with the lines that go on with it."""
UNRAISED = ("ResourceExhaustedError: ", "RuntimeError: no luck")
"""What only a full GPU raises, and an example of an error that nobody knows."""
NODE = re.compile(r"'[^']*' \(op: 'Conv2D'\)|'\{\{node .+?'")
"""How TensorFlow 1 named an operation, and how TensorFlow 2 does."""


def texts(page: Path) -> list[str]:
    """The texts in a page's blocks of Python."""
    trees = [ast.parse(block.code) for block in blocks(page) if "python" in block.info]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


TEXTS = [(str(page.relative_to(ROOT)), text) for page in PAGES for text in texts(page)]
QUOTED = [(page, error) for page, text in TEXTS for error in ERROR.findall(text) if not error.startswith(UNRAISED)]
SUMMARIES = [(page, text) for page, text in TEXTS if "Total params:" in text]


def plain(text: str) -> str:
    """A text on one line, without the codes for bold and TensorFlow's prefix, its operation named in one way."""
    text = re.sub(r"\x1b\[\d+m|\{\{function_node .+?\}\}", "", text)
    return NODE.sub("an operation", " ".join(text.split()))


def provoked(keras: Any, tensorflow: Any) -> list[str]:
    """The mistakes of the pages, made in one version of Keras, and in TensorFlow itself."""
    layers, ops = keras.layers, tensorflow.raw_ops
    dense = layers.Dense(10, name="dense_2")
    dense.build((1, 16384))
    model = keras.Sequential([keras.Input((4,)), layers.Dense(10)])
    model.compile("sgd", "categorical_crossentropy")
    tall, wide = (keras.Input((side, side, 128)) for side in (88, 89))
    three, four = (keras.Input((8, 8, channels)) for channels in (3, 4))
    with tensorflow.Graph().as_default():
        hold = tensorflow.compat.v1.placeholder
        images, kernel = hold("float32", (None, 1, 28, 28)), hold("float32", (3, 3, 28, 32))
        strides = {"strides": (1, 1, 1, 1), "padding": "VALID"}
        found = [raised(lambda: ops.Conv2D(input=images, filter=kernel, **strides))[0]]
    return found + [
        raised(mistake)[0]
        for mistake in (
            lambda: layers.Concatenate()([tall, wide]),
            lambda: dense(np.ones((1, 65536), "float32")),
            lambda: layers.LSTM(64, name="lstm")(keras.Input((32,))),
            lambda: layers.Add()([three, four]),
            lambda: model.fit(np.ones((8, 4)), np.ones((8, 1)), verbose=0),
            lambda: ops.SparseSoftmaxCrossEntropyWithLogits(
                features=np.ones((448, 10), "float32"), labels=np.zeros(16, "int64")
            ),
        )
    ]


@cache
def every_error() -> list[str]:
    tensorflow, *versions = (pytest.importorskip(name) for name in ("tensorflow", "keras", "tf_keras"))
    return [plain(text) for keras in versions for text in provoked(keras, tensorflow)]


@pytest.mark.parametrize(("page", "error"), QUOTED, ids=[f"{page}: {error[:40]}" for page, error in QUOTED])
def test_a_quoted_error_is_one_that_is_raised(page: str, error: str) -> None:
    """Word for word and number for number, but for line breaks and where it goes on."""
    assert any(text.startswith(plain(error)) for text in every_error()), error


@cache
def every_summary() -> list[list[str]]:
    """The numbers of the summaries that the pages quote."""
    keras = pytest.importorskip("keras")
    cut = keras.Sequential([keras.Input((400,)), keras.layers.Dense(300), keras.layers.Dense(2)])
    trained = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)])
    trained.compile("adam")
    trained.optimizer.build(trained.trainable_variables)
    printed: list[str] = []
    for model, width in ((cut, 40), (trained, 60)):
        model.summary(line_length=width, print_fn=printed.append)
    return [NUMBER.findall(text) for text in printed]


@pytest.mark.parametrize(("page", "text"), SUMMARIES, ids=[page for page, _ in SUMMARIES])
def test_a_quoted_summary_is_one_that_keras_prints(page: str, text: str) -> None:
    """Its numbers are those that Keras prints for the model, in their order, as far as it goes on."""
    said = NUMBER.findall(text)
    assert any(printed[: len(said)] == said for printed in every_summary()), said


def test_the_quoted_texts_are_found() -> None:
    """There are nine errors at least, on two pages, and two summaries."""
    assert len({page for page, _ in QUOTED}) >= 2
    assert len(QUOTED) >= 9
    assert len(SUMMARIES) >= 2
