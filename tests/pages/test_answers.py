"""The questions that people ask, each with its own heading and its evidence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .page import ROOT, read

NAMES = ("errors", "known-networks", "models", "parameters", "shapes", "summary")
ANSWERS = [ROOT / "docs" / "questions" / f"{name}.md" for name in NAMES]
LEAST = 42
ELSEWHERE = {"Why does depth-wise max pooling fail on a GPU, and why can't I train through it?"}
"""Answered on a lesson, which the answer links to."""


def asked(path: Path) -> dict[int, str]:
    """The questions of a page, by the number of the section that answers each."""
    headings = [line[3:] for line in path.read_text("utf8").splitlines() if line.startswith("## ")]
    return {section: text for section, text in enumerate(headings, 1) if "?" in text or text.startswith('"')}


def test_enough_questions_are_answered() -> None:
    """There are at least 42 questions, and no two pages answer the same one."""
    found = [text for path in ANSWERS for text in asked(path).values()]
    assert len(found) >= LEAST
    assert len({*found}) == len(found)


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_each_answer_has_its_evidence(path: Path) -> None:
    """Each question has a block that ran and printed something, or the link to the lesson that has."""
    page = read(path)
    for section, heading in asked(path).items():
        kinds = {line.kind for line in page.lines if line.section == section}
        assert {"code", "output"} <= kinds or heading in ELSEWHERE, heading


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_each_page_of_answers_asks_the_package(path: Path) -> None:
    """What the package says is shown: it explains a model, a layer or an error on each of these pages."""
    assert re.search(r"\b(?:outcome|explain)\(|^cnnnotes ", path.read_text("utf8"), re.MULTILINE)
