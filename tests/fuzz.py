"""Broken and hostile inputs for the readers, made from real configurations: `python -m tests.fuzz --seconds 600`.

Whatever goes in, an explanation or one clear line has to come out, within 25 seconds (a broken HDF5 file is given up
after 20) and a gigabyte.
"""

from __future__ import annotations

import argparse
import copy
import io
import json
import os
import random
import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from typing import Any

from cnnnotes import ExplainError, ReadError, explain
from cnnnotes._rendering import FORMATS, render

MAX_SECONDS = 25.0
"""No input may take longer than this, in seconds."""
MAX_MEMORY = 2**30
"""The whole process may not take more than this, in bytes."""

STRANGE: list[Any] = [
    None,
    True,
    0,
    -1,
    1,
    3,
    2**31,
    2**63,
    10**30,
    10**250,
    0.5,
    float("nan"),
    float("inf"),
    -1e308,
    "",
    "x",
]
STRANGE += [
    "same",
    "\x1b[31m",
    "\ud800",
    "9" * 400,
    [],
    {},
    [None],
    [[]],
    [1, 2],
    [-1, 0],
    [None, None, None, 3],
    [["a", 0, 0]],
]
STRANGE += [{"class_name": "Lambda", "config": {}}, {"class_name": "__keras_tensor__", "config": {}}, [0] * 100]


def seeds() -> list[dict[str, Any]]:
    """Configurations as Keras writes them: random graphs, and one of each architecture's kind."""
    import keras

    from tests.explain import test_old_files as old
    from tests.explain.graphs import Graph
    from tests.weightless import weightless

    with weightless():
        models = [Graph(seed).model(steps=6) for seed in range(30)]
        models.append(keras.applications.MobileNetV3Small(weights=None, input_shape=(96, 96, 3)))
    found = [json.loads(model.to_json()) for model in models]
    for version, cases in (("1.2.2", old.OF_KERAS_1), ("2.4.0", old.OLDER)):
        found += [old.stack(old.source(*shape), entry, version=version) for entry, shape, *_ in cases]
    for function, arguments, _ in old.OPERATIONS:
        operation = old.layer("TFOpLambda", "op", function=function)
        found.append(old.functional(old.source(10, 8), operation, op=[["in", 0, 0, arguments]]))
    manifest = [{"paths": ["w.bin"], "weights": [{"name": "mine/w", "shape": [5, 3]}]}]
    stack = old.stack(old.source(8), old.layer("Mine", "mine"), old.layer("Dense", "d", units=4))
    begun = [{"class_name": "Sequential", "config": [old.layer("Dense", "d", output_dim=3, input_dim=4)]}] * 2
    found.append(old.stack(old.layer("Merge", "m", mode="concat", layers=begun), version="1.2.2"))
    return [*found, {"format": "layers-model", "modelTopology": stack, "weightsManifest": manifest}]


def places(value: Any) -> list[tuple[Any, Any]]:
    """All pairs of a container and a key in it."""
    found, stack = [], [value]
    while stack:
        top = stack.pop()
        keys = list(top) if isinstance(top, dict) else list(range(len(top))) if isinstance(top, list) else []
        for key in keys:
            found.append((top, key))
            stack.append(top[key])
    return found


def mutated(data: Any, chance: random.Random) -> Any:
    """A copy with a few values replaced, dropped, doubled, swapped or moved elsewhere."""
    data = copy.deepcopy(data)
    for _ in range(chance.choice([1, 1, 2, 3, 8])):
        found = places(data)
        if not found:
            break
        container, key = chance.choice(found)
        other, other_key = chance.choice(found)
        kind = chance.randrange(6)
        if kind <= 2:
            container[key] = copy.deepcopy(chance.choice(STRANGE))
        elif kind == 3:
            del container[key]
        elif kind == 4:
            container[key] = copy.deepcopy(other[other_key]) if other_key in _keys(other) else None
        elif isinstance(container, list):
            container.append(copy.deepcopy(container[key]))
        elif isinstance(container[key], int) and not isinstance(container[key], bool):
            container[key] += chance.choice([-1, 1, 10**6])
    return data


def _keys(container: Any) -> Any:
    return container if isinstance(container, dict) else range(len(container))


def as_text(data: Any, chance: random.Random) -> bytes:
    return json.dumps(data).encode("utf-8", "surrogatepass")


def as_archive(data: Any, chance: random.Random) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", chance.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as archive:
        archive.writestr("config.json", as_text(data, chance))
    return file.getvalue()


def as_h5(data: Any, chance: random.Random) -> bytes:
    import h5py

    file = io.BytesIO()
    with h5py.File(file, "w") as root:
        root.attrs["model_config"], root.attrs["keras_version"] = as_text(data, chance), chance.choice(["1.2", "2.4"])
        root.create_dataset("model_weights/mine/w", data=[0.0])
    return file.getvalue()


def as_notebook(data: Any, chance: random.Random) -> bytes:
    """What a cell printed, among other cells, some of which are none."""
    text = as_summary(data, chance).decode("utf-8", "surrogatepass").splitlines(keepends=True)
    outputs = [{"output_type": "stream", "text": text}, chance.choice(STRANGE)]
    cells = [{"cell_type": "code", "outputs": outputs}, chance.choice(STRANGE), {"outputs": chance.choice(STRANGE)}]
    return as_text({"nbformat": 4, "cells": cells}, chance)


def as_summary(data: Any, chance: random.Random) -> bytes:
    """The table of an explanation that worked is not a summary; a summary's text is made from its rows."""
    lines = ["Layer (type)                 Output Shape              Param #", "=" * 65]
    for layer in _layers(data):
        shape = chance.choice(["(None, 8, 8, 3)", "?", "multiple", "(None, 5)", "[(None, 2), (None, 3)]"])
        title = f"{layer.get('name')} ({layer.get('class_name')})"
        lines.append(f"{title[:20]:29}{shape:26}{chance.choice([0, 12, 896, '1,3…', '0 (unbuilt)'])}")
    lines += ["=" * 65, f"Total params: {chance.randrange(10**6):,}"]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def as_code(data: Any, chance: random.Random) -> bytes:
    """The layers as a program that builds them one after the other."""
    lines = ["import keras", "model = keras.Sequential(["]
    for layer in _layers(data):
        config = layer.get("config")
        arguments = config.items() if isinstance(config, dict) else []
        given = ", ".join(f"{name}={value!r}" for name, value in arguments)
        lines.append(f"    keras.layers.{layer.get('class_name')}({given}),")
    return "\n".join([*lines, "])", "model.summary()"]).encode("utf-8", "surrogatepass")


def _layers(data: Any) -> list[dict[str, Any]]:
    config = data.get("config") if isinstance(data, dict) else None
    layers = config.get("layers") if isinstance(config, dict) else None
    return [layer for layer in layers if isinstance(layer, dict)] if isinstance(layers, list) else []


def scratched(text: bytes, chance: random.Random) -> bytes:
    """Bytes changed, cut out, doubled or cut off."""
    data = bytearray(text)
    for _ in range(chance.choice([0, 0, 1, 4, 30])):
        if not data:
            break
        place = chance.randrange(len(data))
        kind = chance.randrange(4)
        if kind == 0:
            data[place] = chance.randrange(256)
        elif kind == 1:
            del data[place : place + chance.randrange(40)]
        elif kind == 2:
            data[place:place] = data[place : place + chance.randrange(200)]
        else:
            del data[chance.randrange(len(data)) :]
    return bytes(data)


FORMS: list[Callable[[Any, random.Random], bytes]] = [
    as_text,
    as_text,
    as_archive,
    as_h5,
    as_summary,
    as_notebook,
    as_code,
]


def one(data: Any, chance: random.Random) -> str:
    """Explains one input and says how it ended; anything but our own errors is raised."""
    source = scratched(chance.choice(FORMS)(data, chance), chance)
    form, drawable = chance.choice(sorted(FORMATS)), True
    try:
        explanation = explain(source)
        drawable = explanation.kind != "error"
        render(explanation, form, width=80)
    except ValueError as error:
        if not isinstance(error, ReadError | ExplainError) and (drawable or form != "svg"):
            raise
        if "\n" in str(error):
            raise RuntimeError(f"an error of more than one line: {error}") from error
        return "refused"
    return "explained"


def main() -> None:
    """Runs until the time is over, and prints how many inputs there were and how they ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    end = time.monotonic() + options.seconds  # making the seeds counted in
    # in a process of its own: this one then holds the package alone, and its memory can be told
    made = "import json; from tests.fuzz import seeds; print(json.dumps(seeds()))"
    made_with = {**os.environ, "KERAS_BACKEND": "jax"}
    done = subprocess.run([sys.executable, "-c", made], capture_output=True, check=True, env=made_with)
    found = json.loads(done.stdout)
    chance = random.Random(options.seed)
    counts = {"explained": 0, "refused": 0}
    slowest = 0.0
    while time.monotonic() < end:
        number = chance.randrange(2**62)
        begin = time.monotonic()
        try:
            counts[one(mutated(chance.choice(found), random.Random(number)), random.Random(number))] += 1
        except Exception:
            print(f"seed {options.seed}, input {sum(counts.values()) + 1}")
            raise
        slowest = max(slowest, time.monotonic() - begin)
        assert slowest < MAX_SECONDS, f"input {sum(counts.values())} took {slowest:.1f} s"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # Linux counts kilobytes
    assert peak < MAX_MEMORY, f"took {peak:,} bytes"
    print(f"{sum(counts.values()):,} inputs: {counts}; slowest {slowest:.2f} s; at most {peak / 2**20:.0f} MB")


if __name__ == "__main__":
    main()
