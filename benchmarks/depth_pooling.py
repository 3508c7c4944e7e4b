"""DepthMaxPool against the other ways to pool over depth, on each Keras backend that is installed.

    python benchmarks/depth_pooling.py [--rounds 7] [--backends tensorflow jax torch]

The input is 32 × 56 × 56 × 192 float32, the channels last. Every way is a Keras layer, as it is in a model: the others
are each a `Lambda`. All run in turn within a round, in one process for each backend, and the best round of each counts.
Prints milliseconds, and the ratio of ours to the fastest other way: at most 1.1 is the aim forward, at most 1 forward +
backward, and half is what it strives for. docs/examples/benchmarks.ipynb shows and draws them.
"""

from __future__ import annotations

import argparse
import functools
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

SHAPE = (32, 56, 56, 192)
WINDOWS = (2, 3, 8, 64)
OURS = "ours"
SLOW = 4
"""A way that takes this many times as long as the fastest in the first round is not run again: it can't be the peer."""
ENOUGH = 20
"""Milliseconds that a way is run for in a round, at least: a shorter time says more of the machine."""

Way = Callable[[Any], Any]
Runs = dict[tuple[str, str], dict[str, Callable[[], Any]]]
"""By mode and part ("forward" or "both": forward + backward), what each way runs."""
Times = dict[str, float]
"""Milliseconds of each way."""
Results = dict[str, dict[str, Times]]
"""By mode, by window and part."""


def ways(size: int) -> dict[str, Way]:
    """Ours, and the peers that every backend has, by name."""
    from keras import layers, ops

    from cnnnotes._depth_pooling import DepthMaxPool

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
        "reshape": layers.Lambda(lambda x: ops.max(ops.reshape(x, groups), axis=-1)),
        "strided": layers.Lambda(strided),
        "transposed": layers.Lambda(transposed),
    }


def tensorflow_runs(size: int) -> Runs:
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

    runs: Runs = {}
    for jit, mode in ((False, "TensorFlow graph"), (True, "TensorFlow XLA")):
        forward: dict[str, Way] = {name: compiled(way, jit) for name, way in ways(size).items()}
        forward["tf.nn"] = compiled(layers.Lambda(lambda x: tf.nn.max_pool(x, window, window, "VALID")), jit)
        both = {name: compiled(functools.partial(with_gradient, way), jit) for name, way in ways(size).items()}
        runs[mode, "forward"] = {name: functools.partial(way, x) for name, way in forward.items()}
        runs[mode, "both"] = {name: functools.partial(way, x, upstream) for name, way in both.items()}
    return runs


def jax_runs(size: int) -> Runs:
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
        ("JAX jit", "forward"): {name: waited(way, x) for name, way in ways(size).items()},
        ("JAX jit", "both"): {
            name: waited(functools.partial(with_gradient, way), x, upstream) for name, way in ways(size).items()
        },
    }


def torch_runs(size: int) -> Runs:
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
        ("PyTorch", "forward"): {name: functools.partial(forward, way) for name, way in ways(size).items()},
        ("PyTorch", "both"): {name: functools.partial(both, way) for name, way in ways(size).items()},
    }


def best_times(runs: dict[str, Callable[[], Any]], rounds: int) -> Times:
    """Milliseconds of each way in its best round."""

    def milliseconds(name: str, repeats: int = 1) -> float:
        start = time.perf_counter()
        for _ in range(repeats):
            runs[name]()
        return (time.perf_counter() - start) * 1000 / repeats

    for run in runs.values():
        run()  # compiles
    best = {name: milliseconds(name) for name in runs}
    names = [name for name in runs if best[name] <= SLOW * min(best.values())]
    for _ in range(rounds):
        names.append(names.pop(0))  # so that none always comes after the same one
        for name in names:
            best[name] = min(best[name], milliseconds(name, math.ceil(ENOUGH / best[name])))
    return best


def measured(rounds: int) -> Results:
    """The times on the backend of this process."""
    import keras

    runs = {"tensorflow": tensorflow_runs, "jax": jax_runs, "torch": torch_runs}[keras.backend.backend()]
    results: Results = {}
    for size in WINDOWS:
        for (mode, part), found in runs(size).items():
            results.setdefault(mode, {})[f"{size:2} {part}"] = best_times(found, rounds)
    return results


def ratio(times: Times) -> float:
    """Our time over that of the fastest other way."""
    return times[OURS] / min(value for name, value in times.items() if name != OURS)


def collected(rounds: int, backends: Sequence[str] = ("tensorflow", "jax", "torch")) -> Results:
    """The times on each backend, each in a process of its own; says of one that is missing that it was not run."""
    results: Results = {}
    for backend in backends:
        if find_spec(backend) is None:
            print(f"not run: {backend} is not installed (make backends installs it)")
            continue
        environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
        environment.pop("TF_ENABLE_ONEDNN_OPTS", None)  # as TensorFlow comes: the site's notebooks run without oneDNN
        command = [sys.executable, __file__, "--child", f"--rounds={rounds}"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{backend}: {done.stderr}")
        results |= json.loads(done.stdout.splitlines()[-1])
    return results


def table(results: Results) -> str:
    """Milliseconds of each way, and the ratio of ours to the fastest other."""
    lines = []
    for mode, runs in results.items():
        names = list(dict.fromkeys(name for times in runs.values() for name in times))
        lines += [mode, f"{'window':11}" + "".join(f"{name:>11}" for name in [*names, "ratio"])]
        for run, times in runs.items():
            cells = [f"{times[name]:.1f}" if name in times else "" for name in names] + [f"{ratio(times):.2f}"]
            lines.append(f"{run:11}" + "".join(f"{cell:>11}" for cell in cells))
        lines.append("")
    return "\n".join(lines).rstrip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--backends", nargs="+", default=["tensorflow", "jax", "torch"])
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measured(options.rounds)))
    else:
        print(table(collected(options.rounds, options.backends)))


if __name__ == "__main__":
    main()
