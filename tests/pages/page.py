"""A page taken apart: its blocks and what they printed, its claims (prose, tables, formulas), section by section."""

from __future__ import annotations

import platform
import re
import sys
from collections import Counter
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

FENCE = re.compile(r"^[ >]*(?P<ticks>`{3,}|~{3,})(?P<info>.*?)\s*$")
PYTHON = re.compile(r"python\b|\{\s*\.python\b")
WIDEST = 78
"""Characters of code that fit in the column of a page, on a screen of usual width."""
COMMAND = re.compile(r"^cnnnotes\b", re.MULTILINE)
FILE = re.compile(r'\{\.\w+ title="[\w.-]+\.\w+"\}')
"""The info string of a fence that holds a file, for the commands of its page."""
NUMBER = re.compile(r"(?<![\w.])(?<![A-Za-z]-)(?:\d{1,3}(?:,\d{3})+(?!,\d)|\d+(?:\.\d+)?)(?![\w]|\.\d|-D\b)")
DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
LINK_TARGET = re.compile(r"\]\([^)]*\)|https?://\S+|\{[^}]*\}|<[^>]*>")
LIST_NUMBER = re.compile(r"^\s*\d+[.)]\s")
COMPUTED = re.compile(r"<!-- (questions|formulas)\b")

MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
DISTRIBUTIONS = {"PyTorch": "torch", "TensorFlow": "tensorflow-cpu" if sys.platform == "linux" else "tensorflow"}
PRODUCTS = "Apache|JAX|Keras|NumPy|Python|PyTorch|TensorFlow|tf_keras"
SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”)*]*\s+(?=[\"'“(*\[`]*[A-Z])")
EXEMPT = {
    "versions": re.compile(rf"\b(?:{PRODUCTS})[ -]\d+(?:\.\d+)*"),
    "dates": re.compile(
        rf"\b(?:{MONTHS}) (?:\d{{1,2}}, )?\d{{4}}\b|\b(?:19|20)\d\d-\d\d-\d\d\b"
        r"|\b(?:[Ii]n|[Ss]ince|[Ff]rom|[Oo]f|[Uu]ntil|[Bb]y) (?:19|20)\d\d\b|, (?:19|20)\d\d\)"
    ),
    "cited": re.compile(r"^.*\]\(https?://.*$"),
}
"""What no block can compute: a version, a date, and every number of a sentence that links an outside source."""


class Line(NamedTuple):
    number: int  # counted from 1
    text: str
    kind: str  # "code" (is run or read), "output", "text" (any other fence), "table", "formula", "computed", "prose"
    section: int  # which "## " section it stands in; 0 is what comes before the first


class Page(NamedTuple):
    path: Path
    lines: tuple[Line, ...]

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    def claims(self, *kinds: str) -> list[Line]:
        """The lines of these kinds that say a number."""
        return [line for line in self.lines if line.kind in kinds and numbers(line)]

    def evidence(self, section: int | None = None) -> list[Line]:
        """What was run, and what it printed; of one section, where that has any."""
        ran = [line for line in self.lines if line.kind in ("code", "output")]
        return [line for line in ran if line.section == section] or ran

    def beside(self, line: Line) -> list[Line]:
        """What the last block before a line, and the first one after it, ran and printed, of its section if it can.

        A picture's text describes more than one step of its section, so all of the section is beside it.
        """
        if line.text.startswith("!["):
            return self.evidence(line.section)
        blocks: list[list[Line]] = []
        for ran in self.evidence(line.section):
            if not blocks or any(blocks[-1][-1].number < other.number < ran.number for other in self._said):
                blocks.append([])
            blocks[-1].append(ran)
        before = [block for block in blocks if block[-1].number < line.number]
        after = [block for block in blocks if block[0].number > line.number]
        return [ran for block in (*before[-1:], *after[:1]) for ran in block]

    @property
    def _said(self) -> list[Line]:
        return [line for line in self.lines if line.kind not in ("code", "output") and line.text.strip()]


@cache
def read(path: Path) -> Page:
    lines: list[Line] = []
    ticks, info = None, ""
    section = 0
    formula = computed = front = False
    for number, text in enumerate(path.read_text("utf8").splitlines(), 1):
        fence = FENCE.match(text)
        if text == "---" and (number == 1 or front):
            front = number == 1
            continue
        if front:
            continue
        if ticks is None and fence:
            ticks, info = fence["ticks"], fence["info"]
        elif ticks is not None:
            if fence and fence["ticks"].startswith(ticks) and not fence["info"]:
                ticks = None
                continue
            goes_on = lines and lines[-1].kind == "code" and lines[-1].text.endswith("\\")
            run = PYTHON.match(info) or FILE.fullmatch(info) or (info == "bash" and (COMMAND.match(text) or goes_on))
            kind = "code" if run else "output" if 'title="Output"' in info else "text"
            lines.append(Line(number, text, kind, section))
        elif computed or COMPUTED.match(text):  # test_questions.py and test_cheat_sheet.py hold these as a whole
            computed = not text.startswith("<!-- end of ")
            lines.append(Line(number, text, "computed", section))
        elif text.startswith("#"):
            section += text.startswith("## ")
        else:
            marks = text.count("$$")
            kind = "formula" if formula or marks else "table" if text.lstrip().startswith("|") else "prose"
            formula ^= marks % 2 == 1
            lines.append(Line(number, text, kind, section))
    return Page(path, tuple(lines))


def numbers(line: Line) -> list[str]:
    """The numbers in a line, without thousands separators; those of links, attributes and list markers don't count."""
    text = line.text
    if line.kind in ("prose", "table"):
        text = LINK_TARGET.sub("] ", LIST_NUMBER.sub("", text))
    return [number.replace(",", "") for number in NUMBER.findall(text)]


def released(named: str) -> bool:
    """Whether a version such as "Keras 2" is no newer than what is installed here, or nothing of the name is."""
    product, number = re.split(r"[ -]", named, maxsplit=1)
    try:
        here = platform.python_version() if product == "Python" else version(DISTRIBUTIONS.get(product, product))
    except PackageNotFoundError:
        return True
    said = [int(part) for part in number.split(".")]
    return said <= [int(part) for part in here.split(".") if part.isdigit()]


def unreleased(text: str) -> list[str]:
    """The versions that a text names and that are not out yet."""
    return [named for named in EXEMPT["versions"].findall(text) if not released(named)]


def without_exempt(line: Line) -> tuple[str, Counter[str]]:
    """What a line says without the numbers that no block can compute, and how many of each kind those are."""
    counts: Counter[str] = Counter()
    sentences = SENTENCE_END.split(LIST_NUMBER.sub("", line.text))
    for kind, pattern in EXEMPT.items():
        if kind == "cited" and line.kind != "prose":
            continue
        for i, sentence in enumerate(sentences):
            for match in pattern.findall(sentence):
                if kind == "versions" and not released(match):
                    continue
                counts[kind] += len(NUMBER.findall(LINK_TARGET.sub("] ", match)))
                sentences[i] = sentences[i].replace(match, "")
    return " ".join(sentences), counts


def in_order(part: list[str], whole: list[str]) -> bool:
    """Whether the numbers of `part` stand in `whole` in the same order, others between them allowed."""
    rest = iter(whole)
    return all(number in rest for number in part)
