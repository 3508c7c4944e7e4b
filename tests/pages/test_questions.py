"""The questions at the lessons' ends: their numbers are drawn from a seed, their answers computed."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from docs._steps.questions import MAKERS, PLACE, cells, filled, sources

from .page import ROOT

WITH_QUESTIONS = [path for path in sources() if any(PLACE.search(cell) for cell in cells(path))]


@pytest.mark.parametrize("path", WITH_QUESTIONS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_pages_questions_are_those_of_its_seed(path: Path) -> None:
    """Questions and answers stand on the page as they are drawn and computed: `python -m docs._steps.questions`."""
    for cell in cells(path):
        assert cell == filled(cell)


@pytest.mark.parametrize("path", WITH_QUESTIONS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_lesson_asks_three_questions(path: Path) -> None:
    """Three questions end a lesson."""
    (asked,) = [place for cell in cells(path) for place in PLACE.finditer(cell)]
    assert len(asked[3].split(",")) == asked[0].count("<summary>") == 3


@pytest.mark.parametrize("name", MAKERS)
def test_another_seed_asks_with_other_numbers(name: str) -> None:
    """Ten seeds draw more than one question, so its numbers do come from the seed."""
    assert len({MAKERS[name](Random(seed)) for seed in range(10)}) > 1


def test_each_lesson_and_example_ends_in_questions() -> None:
    """No page under docs/learn is without its questions."""
    lessons = set((ROOT / "docs" / "learn").glob("*.md"))
    assert lessons - set(WITH_QUESTIONS) == set()
