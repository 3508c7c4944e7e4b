"""Untrusted files: nothing in them is run, what is wrong is said in one line, and every size is bounded."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import pytest

from cnnnotes import ExplainError, ReadError, explain
from cnnnotes._reading import h5
from cnnnotes._rendering import FORMATS, render


def layer(kind: str, name: str, inbound: list[Any] | None = None, **config: Any) -> dict[str, Any]:
    entry = {"module": "keras.layers", "class_name": kind, "config": {"name": name, **config}, "name": name}
    return {**entry, "registered_name": None, "inbound_nodes": inbound or []}


def tensor(name: str, call: int = 0, number: int = 0, shape: Any = None) -> dict[str, Any]:
    config = {"shape": shape, "dtype": "float32", "keras_history": [name, call, number]}
    return {"class_name": "__keras_tensor__", "config": config}


def on(*tensors: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"args": [tensors[0] if len(tensors) == 1 else list(tensors)], "kwargs": {}}]


def functional(*layers: dict[str, Any], outputs: list[Any] | None = None, **config: Any) -> dict[str, Any]:
    ends = {"input_layers": [[layers[0]["name"], 0, 0]], "output_layers": outputs or [[layers[-1]["name"], 0, 0]]}
    config = {"name": "model", "layers": list(layers), **ends, **config}
    return {"module": "keras.src.models.functional", "class_name": "Functional", "config": config}


IMAGE = layer("InputLayer", "image", batch_shape=[None, 8, 8, 3])
RELU = layer("ReLU", "relu", on(tensor("image")))


def conv(**changes: Any) -> dict[str, Any]:
    return layer("Conv2D", "conv", on(tensor("image")), **{"filters": 4, "kernel_size": [3, 3], **changes})


REFUSED = {
    "a circle": (
        functional(IMAGE, layer("ReLU", "a", on(tensor("b"))), layer("ReLU", "b", on(tensor("a")))),
        "layer 'a': its inputs depend on its own output",
    ),
    "a layer on itself": (functional(IMAGE, layer("ReLU", "a", on(tensor("a")))), "in a circle"),
    "an input from nowhere": (
        functional(IMAGE, layer("ReLU", "a", on(tensor("b")))),
        "takes its input from 'b', which is no layer",
    ),
    "a call that isn't there": (functional(IMAGE, layer("ReLU", "a", on(tensor("image", 3)))), "has no call 3"),
    "an output that isn't there": (functional(IMAGE, layer("ReLU", "a", on(tensor("image", 0, 7)))), "output 7"),
    "two of a name": (functional(IMAGE, RELU, RELU), "layer 'relu': two layers of a model have this name"),
    "no layers": ({"class_name": "Functional", "config": {"name": "m", "layers": 3, "input_layers": []}}, "a list"),
    "a layer that is a number": (functional(IMAGE, RELU, layers=[IMAGE, 7]), "layer 2 of model 'model'"),
    "outputs that aren't": (functional(IMAGE, RELU, outputs=["relu"]), "output_layers"),
    "negative filters": (functional(IMAGE, conv(filters=-4)), "layer 'conv': filters must be positive, got -4"),
    "filters of text": (functional(IMAGE, conv(filters="many")), "filters must be an integer, got 'many'"),
    "filters that are no number": (functional(IMAGE, conv(filters=float("nan"))), "got nan"),
    "endless filters": (functional(IMAGE, conv(filters=float("inf"))), "got inf"),
    "huge filters": (functional(IMAGE, conv(filters=10**200)), "a number of 200 digits"),
    "a kernel of zero": (functional(IMAGE, conv(kernel_size=[0, 3])), "layer 'conv': kernel_size must be positive"),
    "a kernel that is too large": (functional(IMAGE, conv(kernel_size=[30, 3])), "the window does not fit"),
    "a negative size": (
        functional(layer("InputLayer", "image", batch_shape=[None, -8, 8, 3]), RELU),
        "layer 'image': batch_shape must be zero or more, got -8",
    ),
    "a shape of text": (functional(layer("InputLayer", "image", batch_shape="wide"), RELU), "batch_shape must be"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_broken_model_gets_one_clear_line(name: str) -> None:
    """What is wrong is named, with its place, in one line."""
    data, expected = REFUSED[name]
    with pytest.raises((ReadError, ExplainError)) as caught:
        explain(json.dumps(data))
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def archive(**files: bytes | str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name.replace("_json", ".json"), data)
    return file.getvalue()


GOOD = json.dumps(functional(IMAGE, conv()))

BROKEN_FILES = {
    "an empty file": (b"", "no summary found"),
    "a truncated archive": (archive(config_json=GOOD)[:200], "the archive is broken"),
    "an archive without a configuration": (archive(other_json="{}"), "holds one config.json, this one holds 0"),
    "a bomb": (archive(config_json=b" " * 60_000_000), "more than 500 times as many"),
    "half a configuration": (archive(config_json=GOOD[:200]), "the configuration is not JSON"),
    "not UTF-8": (archive(config_json=b'{"class_name": "\xff\xfe"}'), "not UTF-8 text (byte 16)"),
    "binary": (bytes(range(256)), "neither a .keras nor an .h5 file, nor UTF-8 text"),
    "a list": (b"{}", "expected the configuration of a model"),
    "very deep": (b'{"a":' * 100_000, "nested deeper"),
    "a very long number": (b'{"class_name": ' + b"9" * 5000 + b"}", "a number of 300 digits or more"),
    "a broken .h5": (b"\x89HDF\r\n\x1a\n" + b"\0" * 100, "the .h5 file is broken"),
}


@pytest.mark.parametrize("name", BROKEN_FILES)
def test_a_broken_file_gets_one_clear_line(name: str) -> None:
    """A file that can't be read is refused with what it lacks."""
    data, expected = BROKEN_FILES[name]
    with pytest.raises(ReadError) as caught:
        explain(data)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_attribute_of_no_type_does_not_reach_hdf5() -> None:
    """A text's type with one byte changed, on which HDF5 itself crashes, is refused in one line."""
    data = in_h5(GOOD)
    assert data.count(b"\x19\x01") == 1  # a text of any length
    code = (
        "import sys; from cnnnotes import ReadError, explain\n"
        "try: explain(sys.stdin.buffer.read())\nexcept ReadError as error: print(error)"
    )
    broken = data.replace(b"\x19\x01", b"\x19\x02")
    done = subprocess.run([sys.executable, "-c", code], input=broken, capture_output=True, check=True)
    assert done.stdout.startswith(b"is an HDF5 file without a Keras model in it")


@pytest.mark.parametrize(
    ("reader", "expected"),
    [("import time; time.sleep(60)", "takes more than 1 seconds"), ("import os; os.abort()", "ended the process"),
     ("print('?')", "is not JSON")],
)  # fmt: skip
def test_a_file_that_hangs_or_crashes_hdf5_gets_one_line(
    reader: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever becomes of the process that reads an .h5 file, this one goes on and says so."""
    monkeypatch.setattr(h5, "_READER", reader)
    monkeypatch.setattr(h5, "SECONDS", 1)
    with pytest.raises(ReadError, match=expected) as caught:
        explain(in_h5(GOOD))
    assert "\n" not in str(caught.value)


def test_another_process_finds_what_h5py_finds_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From a path, an open file, bytes and an archive comes what is read here; the current folder takes no part."""
    data = with_weights(GOOD)
    path = tmp_path / "a model.h5"
    path.write_bytes(data)
    (tmp_path / "h5py.py").write_text("raise SystemExit('imported')")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    h5.answer()
    here = json.loads(capsys.readouterr().out)
    assert here["stored"] == {"conv": 112}
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    with path.open("rb") as file:
        assert h5.held(file) == here
        file.seek(0)
        assert file.read() == data
    packed = archive(config_json="{}", **{"model.weights.h5": data})
    for source in (data, packed):
        assert h5.held(io.BytesIO(source)) == here
    assert explain(path).total_params == explain(data).total_params == 112


def test_an_archive_whose_weights_cannot_be_read_is_explained() -> None:
    """The sizes that only they tell stay open, and a note says why."""
    mine = {**layer("Mine", "mine", on(tensor("image"))), "module": "my.package"}
    config = json.dumps(functional(IMAGE, mine))
    found = explain(archive(config_json=config, **{"model.weights.h5": b"\x89HDF\r\n\x1a\n" + bytes(100)}))
    assert found.rows[1].params is None
    assert found.notes[0].startswith("sizes that only the archive's weights tell stay open: the .h5 file is broken")
    weights = with_weights("{}", "layers/mine/vars")
    assert explain(archive(config_json=config, **{"model.weights.h5": weights})).rows[1].params == 112


def test_an_archive_that_lies_about_its_index_is_refused() -> None:
    """A table of contents that claims to be gigabytes long is not read."""
    data = bytearray(archive(config_json=GOOD))
    end = data.rfind(b"PK\x05\x06")
    data[end + 12 : end + 16] = (2**32 - 2).to_bytes(4, "little")
    with pytest.raises(ReadError, match="archive"):
        explain(bytes(data))


def test_an_archive_that_lies_about_a_size_is_refused() -> None:
    """A configuration that unpacks to more than its archive claims is cut there, and found broken."""
    data = archive(config_json=GOOD)
    size = len(GOOD).to_bytes(4, "little")
    with pytest.raises(ReadError):
        explain(data.replace(size, (100).to_bytes(4, "little")))


def nested(depth: int) -> dict[str, Any]:
    inner = layer("ReLU", "relu")
    for level in range(depth):
        config = {"name": f"model_{level}", "layers": [layer("InputLayer", "x", batch_shape=[None, 4]), inner]}
        inner = {"module": "keras", "class_name": "Sequential", "config": config, "name": f"model_{level}"}
    return inner


def test_models_in_models_are_explained_down_to_a_bound() -> None:
    """Sixty models within each other are explained, and seventy refused with the bound."""
    assert explain(json.dumps(nested(60))).total_params == 0
    with pytest.raises(ReadError, match="nested deeper than 64"):
        explain(json.dumps(nested(70)))


def test_models_that_call_each_other_ever_more_often_are_bounded() -> None:
    """Forty models, each of which calls the one before it twice on different sizes, stop at the bound, not in years."""
    inner: dict[str, Any] | None = None
    for level in range(40):
        x = layer("InputLayer", "x", batch_shape=[None, None if level < 39 else 9, 3])
        pad = layer("ZeroPadding1D", "pad", on(tensor("x")), padding=2**level)
        calls = on(tensor("x")) + on(tensor("pad"))
        middle = {**inner, "name": "inner", "inbound_nodes": calls} if inner else layer("ReLU", "inner", calls)
        inner = functional(x, pad, middle, outputs=[["inner", 1, 0]])
    with pytest.raises(ExplainError, match="more than 200,000 layer calls"):
        explain(json.dumps(inner))


def test_models_that_are_called_twice_each_are_counted_once() -> None:
    """In forty models, each of which calls the one before it twice, within a wrapper, each weight is looked at once."""
    inner: dict[str, Any] | None = None
    for _ in range(40):
        x = layer("InputLayer", "x", batch_shape=[None, 9])
        calls = on(tensor("x")) + on(tensor("inner"))
        middle = (
            {**inner, "name": "inner", "inbound_nodes": calls} if inner else layer("Dense", "inner", calls, units=9)
        )
        inner = functional(x, middle, outputs=[["inner", 1, 0]])
    source = layer("InputLayer", "steps", batch_shape=[None, 5, 9])
    model = functional(source, layer("TimeDistributed", "wrapper", on(tensor("steps")), layer=inner))
    assert explain(json.dumps(model)).total_params == 90


def test_brackets_in_a_name_are_not_nesting() -> None:
    """A name of a thousand brackets, quotes and backslashes is read."""
    name = '[{"\\' * 300
    assert explain(json.dumps(functional(IMAGE, layer("ReLU", name, on(tensor("image")))))).rows[1].name == name


def in_h5(text: str) -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w") as made:
        made.attrs["model_config"] = text
    return file.getvalue()


def with_weights(text: str, group: str = "model_weights/conv") -> bytes:
    file = io.BytesIO(in_h5(text))
    with h5py.File(file, "a") as made:
        for i, shape in enumerate([(3, 3, 3, 4), (4,)]):
            made.create_dataset(f"{group}/{i}", shape)
        if group.startswith("model_weights"):
            made["model_weights"].attrs["layer_names"] = ["conv"]
    return file.getvalue()


DEEP = {
    "objects": '{"a":' * 600 + "0" + "}" * 600,
    "lists that are never closed": "[" * 50_000,
    "brackets that strings seem to close": '["]",' * 600 + "0" + "]" * 600,
    "brackets after an escaped quote": '["\\"]",' * 600 + "0" + "]" * 600,
}
READERS: dict[str, Callable[[str], str | bytes]] = {
    "json": lambda deep: f'{{"class_name": "Sequential", "config": {deep}}}',
    "keras": lambda deep: archive(config_json=deep),
    "h5": in_h5,
    "ipynb": lambda deep: f'{{"cells": [{{"outputs": ["Layer (type)", {deep}]}}]}}',
    "tensorflow.js": lambda deep: f'{{"format": "layers-model", "modelTopology": {deep}}}',
    "json in json": lambda deep: json.dumps(f'{{"config": {deep}}}'),
    "a node of TensorFlow": lambda deep: json.dumps(
        {"keras_version": "2.3.0", "class_name": "Sequential",
         "config": [{"class_name": "TensorFlowOpLayer", "config": {"node_def": deep}}]}
    ),
}  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("deep", DEEP)
def test_what_is_nested_too_deep_is_refused_before_it_is_parsed(
    reader: str, deep: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the JSON is in, more than 300 levels never reach the parser, which would end a browser's interpreter."""
    parse, levels = json.loads, [0]

    def spied(text: str) -> Any:
        value = inner = parse(text)
        while isinstance(inner, dict | list) and inner:
            levels.append(levels.pop() + 1)
            inner = list(inner.values())[-1] if isinstance(inner, dict) else inner[-1]
        return value

    monkeypatch.setattr(json, "loads", spied)
    with pytest.raises(ReadError, match="nested deeper than 300 levels"):
        explain(READERS[reader](DEEP[deep]))
    assert levels[0] < 10


def test_a_long_chain_is_explained() -> None:
    """A model of 20,000 layers in a row is explained without recursion."""
    chain = [IMAGE, *(layer("ReLU", f"r{i}", on(tensor(f"r{i - 1}" if i else "image"))) for i in range(20_000))]
    explanation = explain(functional(*chain))
    assert len(explanation.rows) == 20_001
    assert explanation.rows[-1].output_shape == (None, 8, 8, 3)


HOSTILE = "</td><script>alert(1)</script>\x1b[31m \\(\\href{javascript:alert(1)}{x}\\) $x$ |a| `b`"


@pytest.mark.parametrize("nested", [False, True], ids=["in a row", "in models side by side"])
def test_more_layers_than_any_real_model_has_are_refused_in_one_line(nested: bool) -> None:
    """A model of more than 50,000 layers is refused, also where no single model in it has so many."""
    parts, length = (25, 2_001) if nested else (1, 50_001)
    layers = [IMAGE, *(layer("ReLU", f"r{i}") for i in range(length - 1))]
    models = [{"class_name": "Sequential", "config": {"name": f"part_{i}", "layers": layers}} for i in range(parts)]
    outer = {"class_name": "Sequential", "config": {"name": "whole", "layers": models}} if nested else models[0]
    with pytest.raises(ReadError) as refused:
        explain(json.dumps(outer))
    assert "more than 50,000 layers, the most that is read" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("form", FORMATS)
def test_a_hostile_name_stays_text(form: str) -> None:
    """A name full of markup, escapes and formulas is shown as the characters that it is made of."""
    text = render(explain(functional(IMAGE, layer("ReLU", HOSTILE, on(tensor("image"))))), form)
    assert "\x1b" not in text
    if form in ("markdown", "html", "svg"):
        assert "<script" not in text
    if form == "html":
        assert not re.search(r"\\\(|\$x", text)  # where MathJax would begin a formula; this model has none
    if form == "markdown":
        assert r"\|a\|" in text
    if form == "latex":
        assert r"\href" not in text


def test_code_is_named_and_not_run(tmp_path: Path) -> None:
    """Rows with a Lambda, a custom class or a custom function say so; nothing of theirs is imported."""
    (tmp_path / "strange.py").write_text("raise SystemExit('imported')")
    custom = {**layer("Mine", "mine", on(tensor("relu"))), "module": "strange", "registered_name": "strange>Mine"}
    named = {"module": "strange", "class_name": "function", "config": "act", "registered_name": "act"}
    model = functional(
        IMAGE,
        RELU,
        custom,
        layer(
            "Lambda", "lambda", on(tensor("relu")), function={"class_name": "__lambda__", "config": {"code": "4wEA"}}
        ),
        layer("Dense", "dense", on(tensor("relu")), units=2, activation=named),
    )
    rows = {row.name: row for row in explain(model).rows}
    assert rows["mine"].code == "the class strange>Mine"
    assert (rows["mine"].params, rows["mine"].output_shape) == (None, None)
    assert rows["lambda"].code == "a Lambda's function"
    assert rows["dense"].code == "'act' as its activation"
    assert rows["dense"].params == 8
    assert rows["relu"].code is None
    assert "strange" not in sys.modules


@pytest.mark.parametrize("registered", ["my>Conv2D", "Conv2D", None])
def test_a_custom_class_of_a_keras_name_is_not_taken_for_keras(registered: str | None) -> None:
    """A class that calls itself Conv2D but is not Keras's keeps its parameters open, and the total says at least."""
    mine = {**conv(), "module": "my.package", "registered_name": registered}
    explanation = explain(functional(IMAGE, mine, layer("Dense", "d", on(tensor("image")), units=2)))
    assert explanation.rows[1].params is None
    assert (explanation.total_params, explanation.known_params) == (None, 8)
    assert "at least 8" in str(explanation)


def test_an_unknown_layer_takes_its_shape_from_what_the_file_records() -> None:
    """What follows an unknown layer goes on from the shape that the file records for it."""
    mine = {**layer("Mine", "mine", on(tensor("image"))), "module": "my.package"}
    dense = layer("Dense", "d", on(tensor("mine", shape=[None, 5])), units=2)
    rows = explain(functional(IMAGE, mine, dense)).rows
    assert rows[1].output_shape == (None, 5)
    assert (rows[2].output_shape, rows[2].params) == ((None, 2), 12)


def test_a_file_that_contradicts_the_arithmetic_is_told_on() -> None:
    """A recorded shape that the arithmetic does not give is noted, and not believed."""
    lying = layer("ReLU", "relu", on(tensor("conv", shape=[None, 5, 5, 4])))
    rows = explain(functional(IMAGE, conv(), lying)).rows
    assert rows[1].output_shape == (None, 6, 6, 4)
    assert "the source records (None, 5, 5, 4) for its output, the arithmetic gives (None, 6, 6, 4)" in rows[1].notes


def test_a_recorded_shape_that_is_none_is_left_aside() -> None:
    """Where a file records text or a negative size in place of a shape, the row is what the arithmetic gives."""
    for shape in ([None, -1], "wide", [None, 2**60]):
        row = explain(functional(IMAGE, layer("ReLU", "relu", on(tensor("image", shape=shape))))).rows[1]
        assert row.output_shape == (None, 8, 8, 3)


def test_explaining_a_file_imports_no_framework(tmp_path: Path) -> None:
    """Neither keras nor tensorflow nor numpy is imported by `explain` on a file."""
    path = tmp_path / "model.keras"
    path.write_bytes(archive(config_json=GOOD))
    code = (
        "import sys; from cnnnotes._cli import main; main(['explain', sys.argv[1]]); "
        "print([m for m in ('keras', 'tensorflow', 'numpy', 'h5py', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
