"""The errors that a block gives to `explain` are quoted as Keras 3, Keras 2 or TensorFlow raises them."""

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

from .page import PAGES, ROOT

ERROR = re.compile(r"^\w+Error: .+\n(?:(?!\w+:|\w+Error:).+\n|Received:? .+\n)*", re.MULTILINE)
"""An error in a quoted text, with the lines that go on with it."""
UNRAISED = ("ResourceExhaustedError: ", "RuntimeError: no luck")
"""What only a full GPU raises, and an example of an error that nobody knows."""
NODE = re.compile(r"'[^']*' \(op: 'Conv2D'\)|'\{\{node .+?'")
"""How TensorFlow 1 named an operation, and how TensorFlow 2 does."""


def quoted(page: Path) -> list[str]:
    """The errors in the texts of a page's blocks."""
    trees = [ast.parse(block.code) for block in blocks(page) if "python" in block.info]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [error for text in texts for error in ERROR.findall(text) if not error.startswith(UNRAISED)]


QUOTED = [(str(page.relative_to(ROOT)), error) for page in PAGES for error in quoted(page)]


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
        texts = [raised(lambda: ops.Conv2D(input=images, filter=kernel, **strides))[0]]
    return texts + [
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


def test_each_page_of_errors_quotes_some() -> None:
    """The errors are found where they stand: on two pages, nine at least."""
    assert len({page for page, _ in QUOTED}) >= 2
    assert len(QUOTED) >= 9
