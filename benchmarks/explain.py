"""`cnnnotes explain` beside Keras and beside reading the JSON alone: whole processes, in one run, ratios of CPU time.

Run it with `python benchmarks/explain.py`. Times are of user and system together, the median of several runs; memory is
the peak of the process.
"""

from __future__ import annotations

import compileall
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

RUNS = 9
KERAS_RUNS = 3

KERAS = "import keras, sys; keras.models.load_model(sys.argv[1]).summary()"
JSON = "import json, sys, zipfile; json.loads(zipfile.ZipFile(sys.argv[1]).read('config.json'))"


class Cost(NamedTuple):
    """What a process took."""

    seconds: float
    megabytes: float


def cost(command: list[str], runs: int) -> Cost:
    """The median CPU time of a command and the peak of its memory; its output goes to a pipe that is read."""
    seconds, peaks = [], []
    for _ in range(runs):
        reading, writing = os.pipe()
        actions = [(os.POSIX_SPAWN_DUP2, writing, 1), (os.POSIX_SPAWN_CLOSE, reading)]
        process = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
        os.close(writing)
        while os.read(reading, 1 << 16):
            pass
        os.close(reading)
        _, status, usage = os.wait4(process, 0)
        if status:
            raise RuntimeError(f"{command}: ended with {status}")
        seconds.append(usage.ru_utime + usage.ru_stime)
        peaks.append(usage.ru_maxrss / 1024)
    return Cost(statistics.median(seconds), max(peaks))


def chain(length: int) -> str:
    """The JSON of a stack of convolutions as Keras 3 writes it."""
    import keras

    keras.backend.clear_session()
    model = keras.Sequential([keras.Input((32, 32, 8)), keras.layers.Conv2D(8, 3, padding="same", name="layer_0")])
    data = json.loads(model.to_json())
    layers = data["config"]["layers"]
    pattern = json.dumps(layers[-1])
    layers += [json.loads(pattern.replace("layer_0", f"layer_{i}")) for i in range(1, length)]
    return json.dumps(data)


def prepare(folder: str) -> None:
    """Writes the models, in a process of its own: what starts the others must be small, since they inherit its peak."""
    import keras

    keras.applications.ResNet50(weights=None).save(f"{folder}/resnet50.keras")
    for length in (1_000, 10_000):
        Path(f"{folder}/chain_{length}.json").write_text(chain(length))


def main() -> None:
    import cnnnotes

    compileall.compile_dir(str(Path(cnnnotes.__file__).parent), quiet=1)  # as an installed package is
    python = sys.executable
    with tempfile.TemporaryDirectory() as folder:
        cost([python, __file__, "--prepare", folder], 1)
        model = f"{folder}/resnet50.keras"
        ours = cost([python, "-m", "cnnnotes", "explain", model], RUNS)
        bare = cost([python, "-c", JSON, model], RUNS)
        live = cost([python, "-c", KERAS, model], KERAS_RUNS)
        stacks = [f"{folder}/chain_{length}.json" for length in (1_000, 10_000)]
        chains = [cost([python, "-m", "cnnnotes", "explain", path], 3) for path in stacks]
    rows = [("cnnnotes explain", ours), ("its JSON alone", bare), ("Keras, load and summary", live)]
    rows += [("a chain of 1,000", chains[0]), ("a chain of 10,000", chains[1])]
    for name, taken in rows:
        print(f"{name:24} {taken.seconds * 1000:9.1f} ms {taken.megabytes:9.1f} MB")
    print(f"explain is {live.seconds / ours.seconds:.0f} times faster than Keras (goal: 80)")
    print(f"explain takes {ours.seconds / bare.seconds:.2f} times reading the JSON alone (goal: at most 2.5)")
    print(f"explain takes {ours.megabytes:.1f} MB (goal: at most 40), Keras {live.megabytes:.0f} MB")
    print(f"10,000 layers take {chains[1].seconds / chains[0].seconds:.1f} times 1,000 (goal: at most 11)")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--prepare"]:
        prepare(sys.argv[2])
    else:
        main()
