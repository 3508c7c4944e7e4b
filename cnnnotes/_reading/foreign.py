"""Files of other kinds, told by their first bytes: each is named for what it is, with what to do about it."""

import os
import re
from collections.abc import Sequence
from typing import Any

from cnnnotes.layers._errors import ReadError

_SAVE = "load it where it was written and save it with model.save('model.keras')"
_CONVERT = "what Keras knows of the model isn't in it, so explain the Keras model that it was made from"

_KINDS: tuple[tuple[re.Pattern[bytes], str, str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), kind, advice)
    for pattern, kind, advice in (
        (rb"version https://git-lfs\.github\.com/spec/", "a Git LFS pointer", "fetch the file itself: git lfs pull"),
        (rb".{4}TFL3", "a TensorFlow Lite model", _CONVERT),
        (rb"\x08.{1,300}?(?:onnx|pytorch)", "an ONNX model", _CONVERT),
        (rb"\x80[\x02-\x05]", "a Python pickle (PyTorch and joblib write them)", "opening it would run code"),
        (rb"\x93NUMPY", "a NumPy array", "pass the model, not its data"),
        (rb".{6}\x00\x00\{\"", "a safetensors file, weights without a model", "pass the model's configuration"),
        (rb"\x1f\x8b", "a gzip archive", "unpack it and pass the model's file"),
        (rb"\s*(?:backend|class_name|config|keras_version):[ \t]*[^\n]*\n", "a model as YAML, which Keras wrote "
         "until 2.5", "make it JSON: json.dumps(yaml.safe_load(text))"),
        (rb"\s*<(?:!DOCTYPE|html)", "a web page, perhaps in place of the download", "download the file itself"),
        (rb"\x08.{0,4}\x12.{0,80}?(?:saved_model|serve|\x0a)", "a TensorFlow SavedModel", _SAVE),
    )
)  # fmt: skip


def check_kind(start: bytes) -> None:
    """Raises `ReadError` for a file of a kind that is known and not read, by how it begins."""
    for pattern, kind, advice in _KINDS:
        if pattern.match(start):
            raise ReadError(f"is {kind}, which isn't read: {advice}")


def check_archive(names: Sequence[str]) -> None:
    """Raises `ReadError` for a zip archive of a kind that is known and not read, by the names in it."""
    for end, kind, advice in (
        ("data.pkl", "a PyTorch file", _CONVERT),
        (".npy", "an .npz file of NumPy arrays", "pass the model, not its data"),
        ("saved_model.pb", "a packed SavedModel", _SAVE),
    ):
        if any(name.endswith(end) for name in names):
            raise ReadError(f"is {kind}, which isn't read: {advice}")
    inside = [name for name in names if name.endswith((".keras", ".h5", "model.json"))]
    if inside:
        raise ReadError(f"is an archive with a model in it: unpack it and pass {inside[0]}")


def folder(path: Any) -> ReadError:
    """What is wrong with a folder, by what lies in it."""
    try:
        names = set(os.listdir(path))
    except OSError:
        names = set()
    if names & {"saved_model.pb", "saved_model.pbtxt"}:
        return ReadError(f"is a SavedModel folder, which isn't read: {_SAVE}")
    inside = sorted(name for name in names if name in ("model.json", "config.json") or name.endswith((".keras", ".h5")))
    if inside:
        return ReadError(f"is a folder: pass the file in it, {inside[0]}")
    return ReadError("is a directory; expected a file, as model.save('model.keras') writes it")


def check_graph_model(data: Any) -> None:
    """Raises `ReadError` for the JSON of a graph of operations, which knows of no layers."""
    topology = data.get("modelTopology", data) if isinstance(data, dict) else None
    if isinstance(topology, dict) and "class_name" not in topology and "model_config" not in topology and (
        "node" in topology or data.get("format") == "graph-model"
    ):  # fmt: skip
        raise ReadError("is a TensorFlow.js graph model, which knows operations but no layers: convert the Keras model "
                        "anew with --output_format=tfjs_layers_model")  # fmt: skip
