"""Random graphs, each explained from its JSON and held against live Keras."""

from __future__ import annotations

import keras
import pytest

from tests.explain.graphs import Graph
from tests.explain.live import check
from tests.weightless import weightless

TOGETHER = 40
USUAL = range(0, 200, TOGETHER)
MANY = range(200, 2000, TOGETHER)


@pytest.mark.parametrize("first", [*USUAL, *(pytest.param(first, marks=pytest.mark.slow) for first in MANY)])
def test_random_graphs_are_what_live_keras_says(first: int) -> None:
    """In random graphs, with nested models and shared layers among them, every row is what Keras says."""
    shared = nested = operations = several = 0
    for seed in range(first, first + TOGETHER):
        # names are counted anew; collecting garbage, which is the default, takes ten times as long as a graph
        keras.utils.clear_session(free_memory=False)
        with weightless():
            model = Graph(seed).model(steps=4 + seed % 12)
        try:
            explanation, _ = check(model)
        except Exception as error:
            raise AssertionError(f"the graph of seed {seed} differs: {error}") from error
        shared += any("called" in note for row in explanation.rows for note in row.notes)
        nested += any(row.rows is not None for row in explanation.rows)
        operations += any(row.operation for row in explanation.rows)
        several += len(explanation.inputs) > 1
    print(f"{TOGETHER} graphs: shared {shared}, nested {nested}, operations {operations}, several inputs {several}")
    assert min(shared, nested, operations, several) > 0
