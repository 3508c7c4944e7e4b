"""Summaries as text: as live Keras 3 prints them, and in the styles of tf.keras and of Keras 2.3."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from typing import Any
from unittest import mock

import keras


def listed(model: keras.Model) -> list[Any]:
    """What a summary of the model lists: its layers, and of a graph the operations beside them."""
    return list(model.layers if isinstance(model, keras.Sequential) else model._operations)


def keras3(model: keras.Model, line_length: int | None = None, **options: Any) -> str:
    """What `model.summary()` prints, on a console that is wide enough for it."""
    printed: list[str] = []
    with mock.patch.dict(os.environ, {"COLUMNS": str(max(line_length or 0, 120))}):
        model.summary(line_length=line_length, print_fn=lambda text, *_, **__: printed.append(text), **options)
    return "\n".join(printed)


def tf_keras(
    model: keras.Model, line_length: int | None = None, expand_nested: bool = False, show_trainable: bool = False
) -> str:
    """The same model as tf_keras 2.21 prints it (its `print_summary`, line for line)."""
    chain = _is_chain(model)
    line_length = line_length or (65 if chain else 98)
    positions = [int(line_length * part) for part in ([0.45, 0.85, 1.0] if chain else [0.3, 0.6, 0.70, 1.0])]
    titles = ["Layer (type)", "Output Shape", "Param #"] + ["Connected to"] * (not chain)
    if show_trainable:
        line_length += 11
        positions.append(line_length)
        titles.append("Trainable")
    lines = [f'Model: "{model.name}"', "_" * line_length, *_wrapped(titles, positions, 0), "=" * line_length]
    relevant = [node for nodes in getattr(model, "_nodes_by_depth", {}).values() for node in nodes]

    def layer_lines(layer: keras.Layer, level: int, last: bool) -> Iterator[str]:
        fields = [f"{layer.name} ({type(layer).__name__})", _shape(layer), str(_count(layer))]
        if not chain:
            fields.append(str(_connections(layer, relevant)))
        if show_trainable:
            fields.append("Y" if layer.trainable else "N")
        yield from _wrapped(fields, positions, level)
        if expand_nested and getattr(layer, "layers", None):
            yield "|" * (level + 1) + "¯" * (line_length - 2 * level - 2) + "|" * (level + 1)
            for i, below in enumerate(layer.layers):
                yield from layer_lines(below, level + 1, i == len(layer.layers) - 1)
                last = True  # so it is there: after an expanded model no line is left blank
            yield "|" * level + "¯" * (line_length - 2 * level) + "|" * level
        if not last:
            yield "|" * level + " " * (line_length - 2 * level) + "|" * level

    for layer in listed(model):
        lines += layer_lines(layer, 0, False)
    return "\n".join([*lines, "=" * line_length, *_totals(model, "{}"), "_" * line_length])


def keras2(model: keras.Model, line_length: int | None = None) -> str:
    """The same model as Keras 2.3 printed it: what does not fit into a column is cut without a sign of it."""
    chain = _is_chain(model)
    line_length = line_length or (65 if chain else 98)
    positions = [int(line_length * part) for part in ([0.45, 0.85, 1.0] if chain else [0.33, 0.55, 0.67, 1.0])]
    relevant = [node for nodes in getattr(model, "_nodes_by_depth", {}).values() for node in nodes]

    def row(fields: list[str]) -> str:
        line = ""
        for i, (field, position) in enumerate(zip(fields, positions, strict=False)):
            line = f"{line[:-1]} " if i else line
            line = (line + field)[:position].ljust(position)
        return line

    titles = ["Layer (type)", "Output Shape", "Param #"] + ["Connected to"] * (not chain)
    lines = [f'Model: "{model.name}"', "_" * line_length, row(titles), "=" * line_length]
    for layer in listed(model):
        connected = [] if chain else _connections(layer, relevant)
        fields = [f"{layer.name} ({type(layer).__name__})", _shape(layer), str(_count(layer))]
        lines.append(row([*fields, *connected[:1]]))
        lines += (row(["", "", "", other]) for other in connected[1:])
        lines.append("_" * line_length)
    lines[-1] = "=" * line_length
    return "\n".join([*lines, *_totals(model, "{:,}"), "_" * line_length])


def _wrapped(fields: list[str], positions: list[int], level: int) -> Iterator[str]:
    left = list(fields)
    while any(left):
        line = ""
        for col, end in enumerate(positions):
            last = col == len(positions) - 1
            space = 0 if last else 2
            cutoff = end - (positions[col - 1] if col else 0) - space - (not last) - (level if col == 0 else 0)
            fits = left[col][:cutoff]
            breaks = [fits.find(mark) + len(mark) for mark in ("),", "},", "],", "',") if mark in fits]
            if breaks:
                cutoff = min(breaks)
                fits = fits[:cutoff]
            line += "|" * level + " " if col == 0 else ""
            line += fits + " " * space
            left[col] = left[col][cutoff:]
            line += " " * (end - len(line) - (level if last else 0))
        yield line + "|" * level


def _is_chain(model: keras.Model) -> bool:
    if isinstance(model, keras.Sequential):
        return True
    nodes = [node for nodes in model._nodes_by_depth.values() for node in nodes]
    layers = [node.operation for node in nodes]
    branched = any(len(nodes) > 1 for nodes in model._nodes_by_depth.values())
    merged = any(len(keras.tree.flatten(node.input_tensors)) > 1 for node in nodes)
    return not branched and not merged and len(set(map(id, layers))) == len(layers)


def _shape(layer: keras.Layer) -> str:
    outputs = [tuple(tensor.shape) for tensor in keras.tree.flatten(layer._inbound_nodes[-1].output_tensors)]
    return str(outputs if len(outputs) > 1 or isinstance(layer, keras.layers.InputLayer) else outputs[0])


def _count(layer: Any) -> int:
    return layer.count_params() if hasattr(layer, "count_params") else 0


def _connections(layer: keras.Layer, relevant: list[Any]) -> list[str]:
    histories = [
        tensor._keras_history for node in layer._inbound_nodes if node in relevant for tensor in node.input_tensors
    ]
    return [f"{h.operation.name}[{h.node_index}][{h.tensor_index}]" for h in histories]


def _totals(model: keras.Model, style: str) -> list[str]:
    trained = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    resting = sum(math.prod(weight.shape) for weight in model.non_trainable_weights)
    named = {"Total": trained + resting, "Trainable": trained, "Non-trainable": resting}
    return [f"{name} params: {style.format(count)}" for name, count in named.items()]
