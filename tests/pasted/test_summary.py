"""The text of a summary, read back in every style, at every width, and with whatever is pasted around it."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import Any

import keras
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnnotes import ReadError
from cnnnotes._pasted.candidates import Wanted
from cnnnotes._pasted.lines import MAX_LINE
from cnnnotes._pasted.summary import read_summary
from cnnnotes._reading.architecture import Architecture, Layer

from .models import SMALL, model
from .printed import keras2, keras3, listed, tf_keras

NOTES = """
_________________________________________________________________
Layer (type)                 Output Shape              Param #
=================================================================
conv2d_1 (Conv2D)            (None, 222, 222, 32)      896
_________________________________________________________________
conv2d_2 (Conv2D)            (None, 220, 220, 64)      18496
_________________________________________________________________
conv2d_3 (Conv2D)            (None, 218, 218, 128)     73856
_________________________________________________________________
dense_9 (Dense)              (None, 218, 218, 10)      1290
"""


def shapes(layer: Any) -> tuple[tuple[int | None, ...], ...]:
    return tuple(tuple(tensor.shape) for tensor in keras.tree.flatten(layer._inbound_nodes[-1].output_tensors))


def check(read: Layer, live: Any) -> None:
    """A row says nothing that the live layer contradicts."""
    stem = re.sub(r"…( \(\d+\))?$", "", read.name)
    assert live.name == read.name or (read.name != stem and live.name.startswith(stem))
    assert type(live).__name__.startswith(read.type.rstrip("…"))
    assert read.recorded.outputs in (None, shapes(live))
    recorded = read.recorded
    count = live.count_params() if hasattr(live, "count_params") else 0
    assert Wanted((), recorded.params, recorded.params_text).allows(count)


def read_and_check(text: str, live: keras.Model) -> Architecture:
    read = read_summary(text)
    assert read.name == live.name
    for row, layer in zip(read.layers, listed(live), strict=False):
        check(row, layer)
    assert len(read.layers) == len(listed(live))
    assert read.footer
    assert read.footer.total == live.count_params()
    assert read.footer.trainable == sum(keras.ops.size(weight) for weight in live.trainable_weights)
    return read


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("length", [None, 45, 76, 180])
def test_keras_3_is_read_at_every_width(name: str, length: int | None) -> None:
    """Names, types, shapes, counts and totals of a boxed summary are read, as far as its columns leave them."""
    read_and_check(keras3(model(name), length), model(name))


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("length", [None, 50, 160])
def test_tf_keras_is_read_at_every_width(name: str, length: int | None) -> None:
    """tf.keras wraps within words and numbers: put together again, nothing is lost."""
    read = read_and_check(tf_keras(model(name), length), model(name))
    assert not any("…" in layer.name + layer.type for layer in read.layers)
    assert all(layer.recorded.params is not None for layer in read.layers)


@pytest.mark.parametrize("name", SMALL)
def test_keras_2_is_read(name: str) -> None:
    """Keras 2.3 cuts what is too long without a sign of it: a cut type is completed where only one begins so."""
    read = read_and_check(keras2(model(name)), model(name))
    for row, layer in zip(read.layers, listed(model(name)), strict=True):
        assert row.type == type(layer).__name__ or row.type.endswith("…")
    assert sum(not row.type.endswith("…") for row in read.layers) > len(read.layers) / 2


@pytest.mark.parametrize("name", [name for name in SMALL if name not in ("branches",)])
def test_every_connection_is_found(name: str) -> None:
    """At full width each row is connected to the layers that it takes its inputs from, and knows their shapes."""
    live = model(name)
    for text in (keras3(live, 240), tf_keras(live, 200)):
        read = read_summary(text)
        for row, layer in zip(read.layers, listed(live), strict=False):
            nodes = [node for node in layer._inbound_nodes if node.input_tensors]
            known = {one.name for one in read.layers}
            wanted = [t._keras_history.operation.name for node in nodes for t in node.input_tensors]
            found = [ref.layer for call in row.calls for ref in call.tensors()]
            assert found == [name for name in wanted if name in known]


def test_a_cut_connection_finds_its_row_and_keeps_its_order() -> None:
    """`a_convolution_with…` is the one row that begins so, and the first input of the sum stays the first."""
    read = read_summary(keras3(model("branches"), 76))
    added = next(layer for layer in read.layers if layer.type == "Add")
    names = [ref.layer.rstrip("…") for call in added.calls for ref in call.tensors()]
    assert "a_convolution_with_a_name".startswith(names[0][:15])
    assert names[1] == "cropping2d"
    assert added.recorded.inputs == (((None, 14, 14, 8), (None, 14, 14, 8)),)


@pytest.mark.parametrize("printer", [keras3, tf_keras])
def test_nested_models_are_read_as_such(printer: Any) -> None:
    """With expand_nested the rows of a model stand within its row, two deep."""
    live = model("nested")
    read = read_and_check(printer(live, 120, expand_nested=True), live)
    inner = next(layer for layer in read.layers if layer.name == "inner")
    assert inner.nested is not None
    assert [layer.type for layer in inner.nested.layers] == ["InputLayer", "Conv2D", "Sequential"]
    deep = inner.nested.layers[-1].nested
    assert deep is not None
    assert [(layer.type, layer.recorded.params) for layer in deep.layers] == [("Conv2D", 148), ("MaxPooling2D", 0)]


@pytest.mark.parametrize("printer", [keras3, tf_keras])
def test_the_column_of_trainable_is_read(printer: Any) -> None:
    """A layer whose column says N is frozen."""
    live = model("frozen")
    read = read_and_check(printer(live, 110, show_trainable=True), live)
    told = {
        row.name for row, layer in zip(read.layers, live.layers, strict=True) if layer.weights and not row.trainable
    }
    assert told == {layer.name for layer in live.layers if layer.weights and not layer.trainable}
    assert len(told) == 3


def test_the_notes_own_summary_is_read() -> None:
    """The summary that the notes print has no footer, no model's name and commas nowhere."""
    read = read_summary(NOTES)
    assert [(row.name, row.type, row.recorded.params) for row in read.layers] == [
        ("conv2d_1", "Conv2D", 896),
        ("conv2d_2", "Conv2D", 18_496),
        ("conv2d_3", "Conv2D", 73_856),
        ("dense_9", "Dense", 1_290),
    ]
    assert read.footer is None
    assert [row.recorded.inputs for row in read.layers] == [
        (),
        *((row.recorded.outputs,) for row, _ in pairwise(read.layers)),
    ]


def test_what_is_pasted_around_a_summary_is_left_out() -> None:
    """Prompts, log lines, colours, a quote's marks, a fence, indentation and line ends of Windows change nothing."""
    live = model("classifier")
    for text in (keras3(live), tf_keras(live), NOTES):
        plain = read_summary(text).layers
        lines = text.splitlines()
        for pasted in (
            ">>> model.summary()\n2026-01-01 10:00:00 I tensorflow: ready (GPU)\n" + text + "\n>>> model.fit(x)",
            "```text\n" + text + "\n```\n",
            "\n".join(f"> {line}" for line in lines),
            "\n".join(f"    {line}" for line in lines),
            "\n".join(f"INFO:root:{line}" for line in lines),
            "\r\n".join(lines),
            "\n".join(f"\x1b[1m{line[:5]}\x1b[0m\x1b[38;5;34m{line[5:]}\x1b[0m" for line in lines),
        ):
            assert read_summary(pasted).layers == plain, pasted[:200]


def test_lines_that_a_terminal_broke_are_joined() -> None:
    """A boxed summary that a narrow terminal broke at its own width is the same summary."""
    live = model("branches")
    text = keras3(live, 110)
    for width in (50, 80, 109):
        broken = "\n".join(
            line[i : i + width] for line in text.splitlines() for i in range(0, max(len(line), 1), width)
        )
        assert read_summary(broken).layers == read_summary(text).layers


def test_a_summary_that_is_cut_off_at_the_right_says_nothing_of_what_is_gone() -> None:
    """Without the columns of counts and connections, neither is taken for known."""
    text = "\n".join(line[:90] for line in keras3(model("branches"), 140).splitlines())
    read = read_summary(text)
    assert all(row.recorded.params is None and not row.calls for row in read.layers)
    assert any("cut off" in note for note in read.notes)
    assert read.layers[1].recorded.outputs


def test_rows_alone_are_read() -> None:
    """A few lines out of a summary, without its header, with their spaces collapsed."""
    read = read_summary("conv (Conv2D) (None, 26, 26, 8) 80\nflat (Flatten) (None, 5408) 0")
    assert [(row.type, row.recorded.params) for row in read.layers] == [("Conv2D", 80), ("Flatten", 0)]


def test_shapes_that_are_not_known_stay_so() -> None:
    """`?`, `multiple` and a layer that is not built have neither shape nor count."""
    live = keras.Sequential([keras.layers.Conv2D(2, 3), keras.layers.Dense(3)])
    for row in read_summary(keras3(live)).layers:
        assert (row.recorded.outputs, row.recorded.params, row.recorded.params_text) == (None, None, "0 (unbuilt)")
    read = read_summary(NOTES.replace("(None, 222, 222, 32)", "multiple            "))
    assert read.layers[0].recorded.outputs is None
    assert read.layers[0].recorded.params == 896


def test_a_cut_count_stays_open() -> None:
    """`120,…` is 120,300 or any other number that begins so and is longer than its column."""
    live = keras.Sequential([keras.Input((400,)), keras.layers.Dense(300)])
    row = read_summary(keras3(live, 40)).layers[0].recorded
    wanted = Wanted((), row.params, row.params_text)
    assert (row.params, row.params_text) == (None, "120,…")
    assert wanted.allows(120_300)
    assert not wanted.allows(121_300)
    assert not wanted.allows(120)


def test_the_first_of_several_summaries_is_read() -> None:
    """Two summaries in one text: the first is explained, and it is said so."""
    text = keras3(model("classifier")) + "\n\n" + keras3(model("notes"))
    read = read_summary(text)
    assert read.layers == read_summary(keras3(model("classifier"))).layers
    assert read.notes == ("The text holds 2 summaries. Only the first is explained.",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no summary found"),
        ("hello\nworld", "no summary found"),
        ("Layer (type)   Output Shape   Param #\n=====\n", "no summary found"),
        ("Layer (type)  Output Shape  Param #\n    Conv2d-1  [-1, 64, 8, 8]  1,792", "a model of PyTorch's"),
        ("Layer (type:depth-idx)   Output Shape\n├─Conv2d: 1-1   [1, 64, 8, 8]   1,792", "a model of PyTorch's"),
        ("Net(\n  (fc1): Linear(in_features=320, out_features=50, bias=True)\n)", "a model of PyTorch's"),
        ("x" * (MAX_LINE + 1), "line 1: has 10,001 characters"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(text: str, message: str) -> None:
    """An error names the line, and what was expected and found there."""
    with pytest.raises(ReadError, match=re.escape(message)) as error:
        read_summary(text)
    assert "\n" not in str(error.value)


@cache
def printed(printer: Any, name: str) -> str:
    return str(printer(model(name)))


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.data())
def test_a_mangled_summary_is_read_or_refused(data: st.DataObject) -> None:
    """Lines dropped, doubled, cut and filled with anything: rows or a ReadError, and nothing else."""
    printer, name = (
        data.draw(st.sampled_from([keras3, tf_keras, keras2])),
        data.draw(st.sampled_from(["branches", "nested"])),
    )
    lines = printed(printer, name).splitlines()
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(lines) - 1))
        lines[at] = data.draw(
            st.sampled_from(["", lines[at][5:], lines[at][:-5], lines[at] * 2, lines[at - 1]])
            | st.text(alphabet="│┃├└|_=-¯ ()[],…NoneConv2D0123456789\x1b(Y", max_size=80)
        )
    try:
        read = read_summary("\n".join(lines))
    except ReadError as error:
        said: Any = str(error).splitlines()
    else:
        said = [read.layers]
    assert len(said) == 1
    assert said[0]
