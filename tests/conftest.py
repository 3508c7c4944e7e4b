from __future__ import annotations

import sys

import pytest


@pytest.fixture(autouse=True)
def uncounted_layer_names() -> None:
    """Each test starts with Keras's layer names uncounted: `dense_1` is the second Dense of this test, not of a run."""
    if keras := sys.modules.get("keras"):
        keras.utils.clear_session(free_memory=False)
