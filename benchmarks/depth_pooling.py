"""DepthMaxPool against the other ways to pool over depth, on each Keras backend that is installed.

    python benchmarks/depth_pooling.py [--windows 2 8 64] [--backend tensorflow jax torch] [--runs 5] [--batch 32]

The input is 32 × 56 × 56 × 192 float32, the channels last. Every way is a Keras layer, as it is in a model: the others
are each a `Lambda`. All take turns within a run, in one process for each backend. A way's time in a run is its best
call, and its time in the table is the median of the runs. Prints the processor, milliseconds, and the ratio of ours to
the fastest other way: the aim is at most 1.15 forward and 1.05 forward + backward. Compiled by XLA, the others lose a
NaN, and ours loses it only in a window of 16 or more that is a multiple of 8.
docs/examples/benchmarks.ipynb shows and draws a few of them.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

SHAPE = (32, 56, 56, 192)
WINDOWS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
BACKENDS = ("tensorflow", "jax", "torch")
LIMITS = {"forward": 1.15, "both": 1.05}
OURS = "ours"
SLOW = 3
"""A way that takes this many times as long as the fastest in the first run is not run again: it can't be the peer."""
ENOUGH = 30
"""Milliseconds that a way is called for in a run, at least: a shorter time says more of the machine."""
UNROLLED = 8
"""Up to this window the channels are also compared one by one; above it that takes many times as long."""

Shape = tuple[int, ...]
Way = Callable[[Any], Any]
Runs = dict[tuple[str, str], dict[str, Callable[[], Any]]]
"""By mode and part ("forward" or "both": forward + backward), what each way runs."""
Times = dict[str, float]
"""Milliseconds of each way."""
Results = dict[str, dict[str, Times]]
"""By mode, by window and part."""


def processor() -> str:
    """The name of this machine's processor, and how many there are."""
    name = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), name)
    return f"{name}, {os.cpu_count()} processors"


def ways(size: int, shape: Shape = SHAPE) -> dict[str, Way]:
    """Ours, and the peers that every backend has, by name."""
    from keras import layers, ops

    from cnnnotes._depth_pooling import DepthMaxPool

    batch, height, width, channels = shape
    groups = (batch, height, width, channels // size, size)

    def transposed(x: Any) -> Any:
        columns = ops.transpose(ops.reshape(x, (batch, height * width, channels)), (0, 2, 1))
        pooled = ops.max_pool(columns, size, size, data_format="channels_last")
        return ops.reshape(ops.transpose(pooled, (0, 2, 1)), groups[:-1])

    def strided(x: Any) -> Any:
        return functools.reduce(ops.maximum, [x[..., i::size] for i in range(size)])

    def turned(x: Any) -> Any:
        return ops.transpose(ops.reshape(x, (-1, size)))

    found: dict[str, Way] = {
        OURS: DepthMaxPool(size, data_format="channels_last"),
        "reshape": layers.Lambda(lambda x: ops.max(ops.reshape(x, groups), axis=-1)),
        "turned": layers.Lambda(lambda x: ops.reshape(ops.max(turned(x), axis=0), groups[:-1])),
        "transposed": layers.Lambda(transposed),
    }
    if size <= UNROLLED:
        found["strided"] = layers.Lambda(strided)
        found["pairs"] = layers.Lambda(
            lambda x: ops.reshape(functools.reduce(ops.maximum, ops.unstack(turned(x), size)), groups[:-1])
        )
    return found


def tensorflow_runs(size: int, shape: Shape) -> Runs:
    import tensorflow as tf
    from keras import layers

    tf.get_logger().setLevel("ERROR")  # each way is a function of its own, which it takes for retracing
    x = tf.random.stateless_normal(shape, (0, 1))
    upstream = tf.random.stateless_normal((*shape[:-1], shape[-1] // size), (0, 2))
    window = (1, 1, 1, size)

    def with_gradient(way: Way, x: Any, upstream: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = way(x)
        return y, tape.gradient(y, x, upstream)

    def compiled(function: Callable[..., Any], jit: bool) -> Any:
        return tf.function(function, jit_compile=jit)

    runs: Runs = {}
    for jit, mode in ((False, "TensorFlow graph"), (True, "TensorFlow XLA")):
        forward: dict[str, Way] = {name: compiled(way, jit) for name, way in ways(size, shape).items()}
        forward["tf.nn"] = compiled(layers.Lambda(lambda x: tf.nn.max_pool(x, window, window, "VALID")), jit)
        both = {name: compiled(functools.partial(with_gradient, way), jit) for name, way in ways(size, shape).items()}
        runs[mode, "forward"] = {name: functools.partial(way, x) for name, way in forward.items()}
        runs[mode, "both"] = {name: functools.partial(way, x, upstream) for name, way in both.items()}
    return runs


def jax_runs(size: int, shape: Shape) -> Runs:
    import jax

    x = jax.random.normal(jax.random.key(0), shape)
    upstream = jax.random.normal(jax.random.key(1), (*shape[:-1], shape[-1] // size))

    def with_gradient(way: Way, x: Any, upstream: Any) -> Any:
        y, pull = jax.vjp(way, x)
        return y, pull(upstream)

    def waited(function: Way, *arguments: Any) -> Callable[[], Any]:
        compiled = jax.jit(function)
        return lambda: jax.block_until_ready(compiled(*arguments))

    return {
        ("JAX jit", "forward"): {name: waited(way, x) for name, way in ways(size, shape).items()},
        ("JAX jit", "both"): {
            name: waited(functools.partial(with_gradient, way), x, upstream) for name, way in ways(size, shape).items()
        },
    }


def torch_runs(size: int, shape: Shape) -> Runs:
    import torch

    x = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    upstream = torch.randn((*shape[:-1], shape[-1] // size), generator=torch.Generator().manual_seed(1))
    learned = x.clone().requires_grad_()

    def forward(way: Way) -> Any:
        with torch.no_grad():
            return way(x)

    def both(way: Way) -> Any:
        return torch.autograd.grad(way(learned), learned, upstream)

    return {
        ("PyTorch", "forward"): {name: functools.partial(forward, way) for name, way in ways(size, shape).items()},
        ("PyTorch", "both"): {name: functools.partial(both, way) for name, way in ways(size, shape).items()},
    }


def times_of(runs: dict[str, Callable[[], Any]], count: int) -> Times:
    """Milliseconds of each way: in each of `count` runs all take turns, call by call; the median of the runs counts.

    A machine is faster in one second than in the next: called in blocks, the same way six times differed by a fifth.
    """

    def milliseconds(name: str) -> float:
        start = time.perf_counter()
        runs[name]()
        return (time.perf_counter() - start) * 1000

    for run in runs.values():
        run()  # compiles
    first = {name: milliseconds(name) for name in runs}
    names = [name for name in runs if name == OURS or first[name] <= SLOW * min(first.values())]
    found: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(count):
        calls: dict[str, list[float]] = {name: [] for name in names}
        while waiting := [name for name in names if sum(calls[name]) < ENOUGH]:
            for name in waiting:
                calls[name].append(milliseconds(name))
            names.append(names.pop(0))  # so that none always comes after the same one
        for name in names:
            found[name].append(min(calls[name]))
    return {name: statistics.median(found[name]) if name in found else first[name] for name in runs}


def measured(windows: Sequence[int], count: int, shape: Shape) -> Results:
    """The times on the backend of this process."""
    import keras

    runs = {"tensorflow": tensorflow_runs, "jax": jax_runs, "torch": torch_runs}[keras.backend.backend()]
    results: Results = {}
    for size in windows:
        for (mode, part), found in runs(size, shape).items():
            results.setdefault(mode, {})[f"{size:2} {part}"] = times_of(found, count)
    return results


def ratio(times: Times) -> float:
    """Our time over that of the fastest other way."""
    return times[OURS] / min(value for name, value in times.items() if name != OURS)


def collected(
    windows: Sequence[int] = WINDOWS,
    backends: Sequence[str] = BACKENDS,
    count: int = 5,
    batch: int = SHAPE[0],
) -> Results:
    """The times on each backend, each in a process of its own; says of one that is missing that it was not run."""
    results: Results = {}
    for backend in backends:
        if find_spec(backend) is None:
            print(f"not run: {backend} is not installed (make backends installs it)")
            continue
        environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
        command = [sys.executable, __file__, "--child", f"--runs={count}", f"--batch={batch}", "--windows"]
        done = subprocess.run([*command, *map(str, windows)], env=environment, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{backend}: {done.stderr}")
        results |= json.loads(done.stdout.splitlines()[-1])
    return results


def missed(results: Results) -> list[str]:
    """What is above its limit."""
    ratios = {(mode, run): ratio(times) for mode, runs in results.items() for run, times in runs.items()}
    return [f"{mode}, window {run}: {r:.2f}" for (mode, run), r in ratios.items() if r > LIMITS[run.split()[1]]]


def table(results: Results) -> str:
    """Milliseconds of each way, and the ratio of ours, which is the first, to the fastest other."""
    lines = []
    for mode, runs in results.items():
        names = list(dict.fromkeys(name for times in runs.values() for name in times))
        names.insert(1, "ratio")  # beside ours: the others may be too many for a narrow page
        widths = [max(len(name) + 2, 7) for name in names]
        lines += [mode, _line("window", names, widths)]
        for run, times in runs.items():
            shown = {name: f"{value:.1f}" for name, value in times.items()} | {"ratio": f"{ratio(times):.2f}"}
            lines.append(_line(run, [shown.get(name, "") for name in names], widths))
        lines.append("")
    return "\n".join(lines).rstrip()


def _line(head: str, cells: Sequence[str], widths: Sequence[int]) -> str:
    return f"{head:11}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--windows", type=int, nargs="+", default=WINDOWS)
    parser.add_argument("--backend", nargs="+", choices=BACKENDS, default=BACKENDS)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--batch", type=int, default=SHAPE[0])
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measured(options.windows, options.runs, (options.batch, *SHAPE[1:]))))
        return
    print(processor())
    results = collected(options.windows, options.backend, options.runs, options.batch)
    print(table(results))
    print("", *[f"above its limit: {line}" for line in missed(results)] or ["all within the limits"], sep="\n")


if __name__ == "__main__":
    main()
