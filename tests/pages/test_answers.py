"""The questions that people ask, each with its own heading, its evidence, and what the package says to it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from docs._steps.tools import layer

from .page import ROOT, Line, numbers, read

NAMES = ("errors", "known-networks", "models", "parameters", "shapes", "summary")
ANSWERS = [ROOT / "docs" / "questions" / f"{name}.md" for name in NAMES]
LEAST = 42
ASKS = re.compile(r"\b(?:explain|outcome|fixes|reads)\(|^cnnnotes (?:explain|layer)\b")
"""Asks the package: about a model, a text, an error or a layer."""
CALCULATOR = re.compile(r"\]\(\.\./tools/layer\.md\?([^)\s]+)\)")


def asked(path: Path) -> dict[int, str]:
    """The questions of a page, by the number of the section that answers each."""
    headings = [line[3:] for line in path.read_text("utf8").splitlines() if line.startswith("## ")]
    return {section: text for section, text in enumerate(headings, 1) if "?" in text or text.startswith('"')}


QUESTIONS = [(path, section, text) for path in ANSWERS for section, text in asked(path).items()]


def answer(path: Path, section: int) -> list[Line]:
    return [line for line in read(path).lines if line.section == section]


def test_enough_questions_are_answered() -> None:
    """There are at least 42 questions, and no two sections answer the same one."""
    assert len(QUESTIONS) >= LEAST
    assert len({text for _, _, text in QUESTIONS}) == len(QUESTIONS)


@pytest.mark.parametrize(("path", "section", "text"), QUESTIONS, ids=[text for _, _, text in QUESTIONS])
def test_a_question_has_its_evidence_and_what_the_package_says(path: Path, section: int, text: str) -> None:
    """Each question has a block that ran and printed something, and one that asks the package itself."""
    lines = answer(path, section)
    assert {"code", "output"} <= {line.kind for line in lines}
    assert any(ASKS.search(line.text) for line in lines if line.kind == "code")


def test_a_link_to_the_calculator_opens_what_the_answer_says() -> None:
    """The setting in a link's address is one that fits, and its output sizes are printed in the link's section."""
    links = [
        (path, section, query)
        for path, section, _ in QUESTIONS
        for line in answer(path, section)
        for query in CALCULATOR.findall(line.text)
    ]
    assert links
    for path, section, query in links:
        given = dict(parse_qsl(query))
        setting = {"type": given.pop("type"), "input": given.pop("input"), "arguments": given}
        said = json.loads(layer.choose(json.dumps(setting)))["said"]
        sizes = set(re.findall(r"\d+", said.partition(",")[2].partition(")")[0]))
        printed = {number for line in answer(path, section) if line.kind == "output" for number in numbers(line)}
        assert sizes
        assert sizes <= printed, (query, said)
