"""DepthMaxPool against the other ways to pool over depth, on each Keras backend that is installed.

    python benchmarks/depth_pooling.py [--plot FILE.svg] [--rounds 7] [--backends tensorflow jax torch]

The input is 32 × 56 × 56 × 192 float32, the channels last. Every way is a Keras layer, as it is in a model: the others
are each a `Lambda`. All run in turn within a round, in one process for each backend, and the best round of each counts.
Prints milliseconds, and the ratio of ours to the fastest other way: at most 1.1 is the aim forward, at most 1 forward +
backward, and half is what it strives for.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

SHAPE = (32, 56, 56, 192)
WINDOWS = (2, 3, 8, 64)
OURS = "DepthMaxPool"
SLOW = 4
"""A way that takes this many times as long as the fastest in the first round is not run again: it can't be the peer."""

Way = Callable[[Any], Any]
Times = dict[str, float]


def ways(size: int) -> dict[str, Way]:
    """Ours, and the peers that every backend has, by name."""
    from keras import layers, ops

    from cnnnotes.depth_pooling import DepthMaxPool

    batch, height, width, channels = SHAPE
    groups = (batch, height, width, channels // size, size)

    def transposed(x: Any) -> Any:
        columns = ops.transpose(ops.reshape(x, (batch, height * width, channels)), (0, 2, 1))
        pooled = ops.max_pool(columns, size, size, data_format="channels_last")
        return ops.reshape(ops.transpose(pooled, (0, 2, 1)), groups[:-1])

    def strided(x: Any) -> Any:
        return functools.reduce(ops.maximum, [x[..., i::size] for i in range(size)])

    return {
        OURS: DepthMaxPool(size, data_format="channels_last"),
        "reshape + max": layers.Lambda(lambda x: ops.max(ops.reshape(x, groups), axis=-1)),
        "strided maximum": layers.Lambda(strided),
        "transposed max pooling": layers.Lambda(transposed),
    }


def tensorflow_runs(size: int) -> dict[str, dict[str, Callable[[], Any]]]:
    import tensorflow as tf
    from keras import layers

    tf.get_logger().setLevel("ERROR")  # each way is a function of its own, which it takes for retracing
    x = tf.random.stateless_normal(SHAPE, (0, 1))
    upstream = tf.random.stateless_normal((*SHAPE[:-1], SHAPE[-1] // size), (0, 2))
    window = (1, 1, 1, size)

    def with_gradient(way: Way, x: Any, upstream: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = way(x)
        return y, tape.gradient(y, x, upstream)

    def compiled(function: Way, jit: bool) -> Way:
        return tf.function(function, jit_compile=jit)

    runs = {}
    for jit, mode in ((False, "TensorFlow graph"), (True, "TensorFlow XLA")):
        forward: dict[str, Way] = {name: compiled(way, jit) for name, way in ways(size).items()}
        forward["tf.nn.max_pool"] = compiled(layers.Lambda(lambda x: tf.nn.max_pool(x, window, window, "VALID")), jit)
        both = {name: compiled(functools.partial(with_gradient, way), jit) for name, way in ways(size).items()}
        runs[f"{mode}, forward"] = {name: functools.partial(way, x) for name, way in forward.items()}
        runs[f"{mode}, both"] = {name: functools.partial(way, x, upstream) for name, way in both.items()}
    return runs


def jax_runs(size: int) -> dict[str, dict[str, Callable[[], Any]]]:
    import jax

    x = jax.random.normal(jax.random.key(0), SHAPE)
    upstream = jax.random.normal(jax.random.key(1), (*SHAPE[:-1], SHAPE[-1] // size))

    def with_gradient(way: Way, x: Any, upstream: Any) -> Any:
        y, pull = jax.vjp(way, x)
        return y, pull(upstream)

    def waited(function: Way, *arguments: Any) -> Callable[[], Any]:
        compiled = jax.jit(function)
        return lambda: jax.block_until_ready(compiled(*arguments))

    return {
        "JAX jit, forward": {name: waited(way, x) for name, way in ways(size).items()},
        "JAX jit, both": {
            name: waited(functools.partial(with_gradient, way), x, upstream) for name, way in ways(size).items()
        },
    }


def torch_runs(size: int) -> dict[str, dict[str, Callable[[], Any]]]:
    import torch

    x = torch.randn(SHAPE, generator=torch.Generator().manual_seed(0))
    upstream = torch.randn((*SHAPE[:-1], SHAPE[-1] // size), generator=torch.Generator().manual_seed(1))
    learned = x.clone().requires_grad_()

    def forward(way: Way) -> Any:
        with torch.no_grad():
            return way(x)

    def both(way: Way) -> Any:
        return torch.autograd.grad(way(learned), learned, upstream)

    return {
        "PyTorch, forward": {name: functools.partial(forward, way) for name, way in ways(size).items()},
        "PyTorch, both": {name: functools.partial(both, way) for name, way in ways(size).items()},
    }


def best_times(runs: dict[str, Callable[[], Any]], rounds: int) -> Times:
    """Milliseconds of each way's best round."""
    for run in runs.values():
        run()  # compiles
    best: Times = {}
    names = list(runs)
    for _ in range(rounds):
        names.append(
            names.pop(0)
        )  # so that none always comes after the same one
        for name in names:
            if best and best.get(name, 0) > SLOW * min(best.values()):
                continue
            start = time.perf_counter()
            runs[name]()
            best[name] = min(best.get(name, float("inf")), (time.perf_counter() - start) * 1000)
    return best


def measured(rounds: int) -> dict[str, dict[str, Times]]:
    """For each window and mode, the times on the backend of this process."""
    import keras

    backend = keras.backend.backend()
    runs = {"tensorflow": tensorflow_runs, "jax": jax_runs, "torch": torch_runs}[backend]
    return {str(size): {mode: best_times(found, rounds) for mode, found in runs(size).items()} for size in WINDOWS}


def ratio(times: Times) -> float:
    """Our time over that of the fastest other way."""
    return times[OURS] / min(value for name, value in times.items() if name != OURS)


def table(results: dict[str, dict[str, Times]]) -> str:
    lines = []
    for size, modes in results.items():
        for mode, times in modes.items():
            others = sorted((value, name) for name, value in times.items() if name != OURS)
            listed = ", ".join(f"{name} {value:.1f}" for value, name in others)
            lines.append(
                f"window {size:>2}  {mode:25} ours {times[OURS]:6.1f} ms  ratio {ratio(times):.2f}  ({listed})"
            )
    return "\n".join(lines)


def plot(results: dict[str, dict[str, Times]], file: str) -> None:
    """Our time over the fastest other way's, for each mode and window; on a page of either palette."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    ink, teal, orange = "#777777", "#10827a", "#b85a14"
    colours = {"text.color": ink, "axes.edgecolor": ink, "axes.labelcolor": ink, "xtick.color": ink, "ytick.color": ink}
    plt.rcParams.update({**colours, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "cnnnotes"})
    modes = list(dict.fromkeys(mode.rpartition(", ")[0] for found in results.values() for mode in found))
    figure, panels = plt.subplots(1, len(modes), figsize=(2.1 * len(modes), 2.6), sharey=True, squeeze=False)
    for panel, mode in zip(panels[0], modes, strict=True):
        for offset, part, colour in ((-0.2, "forward", teal), (0.2, "both", orange)):
            heights = [ratio(results[size][f"{mode}, {part}"]) for size in results]
            label = {"both": "forward + backward"}.get(part, part)
            panel.bar([x + offset for x in range(len(results))], heights, 0.36, color=colour, label=label)
        panel.axhline(1, color=ink, linewidth=0.8, linestyle="--")
        panel.set(title=mode, xlabel="window")
        panel.set_xticks(range(len(results)), results)
    panels[0][0].set_ylabel("our time / fastest other")
    panels[0][-1].legend(frameon=False, fontsize="small")
    figure.savefig(file, transparent=True, bbox_inches="tight", metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", metavar="FILE.svg", help="draw the ratios")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--backends", nargs="+", default=["tensorflow", "jax", "torch"])
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measured(options.rounds)))
        return
    results: dict[str, dict[str, Times]] = {str(size): {} for size in WINDOWS}
    for backend in options.backends:
        if find_spec(backend) is None:
            print(f"not run: {backend} is not installed (make backends installs it)")
            continue
        environment = {
            **os.environ,
            "KERAS_BACKEND": backend,
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "TF_ENABLE_ONEDNN_OPTS": "0",
        }
        command = [sys.executable, __file__, "--child", f"--rounds={options.rounds}"]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        for size, modes in json.loads(done.stdout.splitlines()[-1]).items():
            results[size].update(modes)
    print(table(results))
    if options.plot:
        plot(results, options.plot)


if __name__ == "__main__":
    main()
