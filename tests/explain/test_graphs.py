"""Random graphs, each explained from its JSON and held against live Keras."""

from __future__ import annotations

import keras

from tests.explain.graphs import Graph
from tests.explain.live import check

GRAPHS = 200


def test_random_graphs_are_what_live_keras_says() -> None:
    """In 200 random graphs, with nested models and shared layers among them, every row is what Keras says."""
    rows = shared = nested = operations = several = 0
    for seed in range(GRAPHS):
        keras.backend.clear_session()
        model = Graph(seed).model(steps=4 + seed % 12)
        try:
            explanation, count = check(model)
        except Exception as error:
            raise AssertionError(f"the graph of seed {seed} differs: {error}") from error
        rows += count
        shared += any("called" in note for row in explanation.rows for note in row.notes)
        nested += any(row.rows is not None for row in explanation.rows)
        operations += any(row.operation for row in explanation.rows)
        several += len(explanation.inputs) > 1
    print(f"{GRAPHS} graphs, {rows} rows; shared {shared}, nested {nested}, operations {operations}, inputs {several}")
    assert min(shared, nested, operations, several) > 15
