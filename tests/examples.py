"""How many random examples a test tries: few in `make test`, many in `make slow`."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings


def few_or_many(few: int, many: int) -> pytest.MarkDecorator:
    """Gives a test its number of `examples`."""
    return pytest.mark.parametrize("examples", [few, pytest.param(many, marks=pytest.mark.slow)], ids=["few", "many"])


def random(examples: int) -> settings:
    """The same examples in each run, as many as that, however long one takes."""
    return settings(max_examples=examples, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
