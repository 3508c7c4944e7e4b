"""A pasted summary against reading its text alone, and against the same model explained from its JSON.

    python benchmarks/pasted.py [--models ResNet50 …] [--rounds 5]

Each way runs in turn within a round, in this process, and the best round of each counts. What is remembered of rows
that are alike is forgotten before each round. Prints milliseconds, how many configurations were counted, and ratios.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from unittest import mock

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

WIDTH = 140


def texts(name: str) -> tuple[str, str]:
    """A model's summary as Keras prints it, and its JSON."""
    import keras

    model = getattr(keras.applications, name)(weights=None)
    printed: list[str] = []
    with mock.patch.dict(os.environ, {"COLUMNS": str(WIDTH)}):
        model.summary(line_length=WIDTH, print_fn=lambda text, *_, **__: printed.append(text))
    return "\n".join(printed), model.to_json()


def forget() -> None:
    """Empties every cache that a row leaves something in."""
    from cnnnotes import formula
    from cnnnotes._pasted import candidates
    from cnnnotes._pasted.candidates import windows

    caches = (windows.steps, windows.divisors, windows.factorings)
    for cache in (candidates.candidates, *caches, formula._parse, formula._simplify):
        cache.cache_clear()


def best(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The fewest milliseconds that each way took."""
    taken = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, way in ways.items():
            forget()
            start = time.perf_counter()
            way()
            taken[name] = min(taken[name], 1000 * (time.perf_counter() - start))
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["ResNet50", "MobileNetV2", "DenseNet121"])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()

    from cnnnotes import explain
    from cnnnotes._pasted.summary import read_summary

    for name in options.models:
        text, json = texts(name)
        ways: dict[str, Callable[[], object]] = {
            "pasted": lambda text=text: explain(text),  # type: ignore[misc]
            "text read": lambda text=text: read_summary(text),  # type: ignore[misc]
            "from JSON": lambda json=json: explain(json),  # type: ignore[misc]
        }
        taken = best(ways, options.rounds)
        rows = explain(text).rows
        counted = sum(len(row.candidates) for row in rows if row.candidates is not None)
        print(f"{name}: {len(rows)} rows, {counted:,} configurations")
        for way, milliseconds in taken.items():
            print(f"  {way:10} {milliseconds:8.1f} ms   pasted is {taken['pasted'] / milliseconds:5.2f} times this")


if __name__ == "__main__":
    main()
