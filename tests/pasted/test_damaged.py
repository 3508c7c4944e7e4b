"""Summaries after what happens to text on its way: read as they were printed, or left open, and nothing else."""

from __future__ import annotations

import random
from collections import Counter
from functools import cache

import pytest

import cnnnotes

from .compared import compared, flat
from .damage import STAGES, damaged
from .models import NAMES, SMALL, model
from .printed import keras2, keras3, tf_keras

PRINTERS = (keras3, keras3, tf_keras, tf_keras, keras2)


@cache
def printed(name: str, printer: int) -> str:
    return PRINTERS[printer](model(name))


@cache
def plain(name: str, printer: int) -> list[cnnnotes.Row]:
    return list(flat(cnnnotes.explain(printed(name, printer)).rows))


def mangled(seed: int, texts: int, names: tuple[str, ...]) -> Counter[str]:
    """How many rows of so many texts are read as they were printed, left open, or read as something else."""
    print(f"seed {seed}")
    draw, total = random.Random(seed), Counter[str]()
    for number in range(texts):
        name, printer = names[number % len(names)], draw.randrange(len(PRINTERS))
        text, damages = damaged(printed(name, printer), draw, draw.choice((1, 2)))
        rows = list(flat(cnnnotes.explain(text).rows))
        counts, differences = compared(plain(name, printer), rows, "elided" in damages)
        assert not differences, (name, PRINTERS[printer].__name__, damages, differences[:3], text[:3000])
        total += counts
    print(dict(total))
    return total


def test_a_damaged_summary_is_read_as_it_was_printed() -> None:
    """After one or two damages at least 98 % of the rows are what they were, and none is something else."""
    total = mangled(seed=12, texts=100, names=tuple(SMALL))
    assert total["equal"] >= 0.98 * sum(total.values())


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_thousand_damaged_summaries_are_read_as_they_were_printed(seed: int) -> None:
    """The same of 1,000 texts of 20 models, seven of them large."""
    total = mangled(seed, texts=1000, names=NAMES)
    assert total["equal"] >= 0.98 * sum(total.values())


@pytest.mark.parametrize("name", [name for stage in STAGES for name in stage])
def test_every_damage_does_something(name: str) -> None:
    """No damage leaves every text as it is: the test of what is read after it would show nothing."""
    draw = random.Random(0)
    text = printed("classifier", 0)
    assert any(STAGES[stage][name](text, draw) != text for stage in range(3) if name in STAGES[stage] for _ in range(9))
