"""Every number that a page says was computed by a block on it, or printed by one."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from .page import LINK_TARGET, NUMBER, PAGES, ROOT, Line, Page, in_order, numbers, read, unreleased, without_exempt

JOINS = re.compile(r"[\s×x*/+\-=()\[\],:→–−_^{}\\`]*|\s*(?:\\times|by|to)\s*")
"""What stands between numbers that belong together: 3 × 3, (None, 222, 222, 32), 224 → 112."""
LISTS = re.compile(r",?\s*(?:and|then)\s*")
"""What joins a number of one or two digits to the one before it: 13 and 14."""
SETTING = re.compile(r"\b(?P<name>stride|rate)s? (?:of |is )?(?P<value>\d+)")
"""A stride or a dilation rate in a sentence, which no other number of the block may stand for."""
TERM = re.compile(r"(?<=[A-Za-z)] )(?P<sign>[+−]) (?P<value>\d+)(?![\d.])")
"""A number that is added to a letter: the 1 of F − 1."""

SHARE = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?= ?%)")
"""A number of percent."""
REQUIRED = re.compile(r"\b(Keras|Python) (\d+\.\d+) or newer")
"""The oldest version that serves, as pyproject.toml has it."""
ADDRESS = "127.0.0.1:8000"
"""Where `make serve` shows the site: the Makefile decides it, and tests/test_repository.py holds it."""


def groups(line: Line) -> list[list[str]]:
    """The numbers of a sentence, those that belong together in one list."""
    text = LINK_TARGET.sub("] ", without_exempt(line)[0].replace(ADDRESS, ""))
    found: list[list[str]] = []
    end = None
    for match in NUMBER.finditer(text):
        between = None if end is None else text[end : match.start()]
        listed = len(match[0]) < 3 and between is not None and LISTS.fullmatch(between)
        if between is None or not (listed or JOINS.fullmatch(between)):
            found.append([])
        found[-1].append(match[0].replace(",", ""))
        end = match.end()
    return found


def contiguous(part: list[str], whole: list[str]) -> bool:
    return any(whole[start : start + len(part)] == part for start in range(len(whole)))


def unproven(page: Page) -> list[str]:
    """The claims of a page that nothing on it has computed."""
    return [
        f"{page.name}:{line.number}: {line.text.strip()}"
        for line in page.claims("prose", "text", "table")
        if not (row_held if line.kind == "table" else sentence_held)(page, line)
    ]


def row_held(page: Page, line: Line) -> bool:
    """All numbers of a table's row, versions too, stand in one line that was run or printed, in the row's order."""
    row = numbers(line._replace(text=REQUIRED.sub("", line.text)))
    return not row or any(in_order(row, numbers(ran)) for ran in page.evidence(line.section))


def sentence_held(page: Page, line: Line) -> bool:
    """Each number was computed beside it, or anywhere on the page if it is too long to occur by chance."""
    beside = page.beside(line)
    here, anywhere = ([numbers(ran) for ran in lines] for lines in (beside, page.evidence()))
    return (
        not unreleased(line.text)
        and all(
            any(contiguous(group, ran) for ran in (anywhere if len("".join(group)) > 2 else here))
            for group in groups(line)
        )
        and all(setting_held(found, beside) for found in SETTING.finditer(line.text))
        and all(term_held(found, page, beside) for found in TERM.finditer(line.text))
        and {*SHARE.findall(line.text)} <= {share for ran in page.evidence() for share in SHARE.findall(ran.text)}
    )


def setting_held(said: re.Match[str], beside: list[Line]) -> bool:
    """A stride or rate other than the default stands in a block as its value: `strides=2`, `for rate in (1, 2)`."""
    word = {"stride": "strid", "rate": "rate"}[said["name"]]
    shown = re.compile(rf"{word}\w*\W*(?:(?:in|of|is)\b)?\W*(\d+(?:, ?\d+)*)|/ S_\w+\).*/ (\d+)\)")
    values = [value for line in beside for found in shown.findall(line.text) for value in ",".join(found).split(",")]
    return said["value"] == "1" or said["value"] in map(str.strip, values)


def term_held(said: re.Match[str], page: Page, beside: list[Line]) -> bool:
    """The term of a formula in a sentence stands with its sign in a block beside it, or in a formula of the page."""
    term = re.compile(rf"{re.escape(said['sign'].replace('−', '-'))} {said['value']}(?!\d)")
    formulas = [line for line in page.lines if line.kind == "formula"]
    return any(term.search(line.text.replace("−", "-")) for line in [*beside, *formulas])


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_number_of_a_page_comes_from_its_blocks(path: Path) -> None:
    """A number in a sentence stands in the block before or after it, or in what that block printed."""
    missing = unproven(read(path))
    assert not missing, "\n".join(["nothing on the page computes the numbers of", *missing])


def test_a_wrong_number_is_noticed(tmp_path: Path) -> None:
    """A number that no block computes is reported with its line."""
    page = tmp_path / "page.md"
    page.write_text(
        '```python\nprint(3 * 3)\n```\n\n```{.text title="Output"}\n9\n```\n\nThree by three is 9.\n\nIt is 10.\n'
    )
    taken_apart = read(page)
    assert [line.number for line in taken_apart.claims("prose")] == [9, 11]
    assert [claim.split(":")[1] for claim in unproven(taken_apart._replace(path=ROOT / "page.md"))] == ["11"]


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("A stride of 2 halves it.", "A stride of 3 halves it."),
        ("It adds F − 1 of them.", "It adds F − 3 of them."),
        ("It gives 13 and 14.", "It gives 14 and 13."),
        ("It is 13.", "It is 9."),
        ("It is 2 %.", "It is 3 %."),
    ],
)
def test_a_number_is_held_as_what_the_sentence_calls_it(said: str, wrong: str, tmp_path: Path) -> None:
    """A stride, a term, a list, or a number that only a block further away has: another's number doesn't hold it."""
    for sentence, held in ((said, True), (wrong, False)):
        page = tmp_path / f"{held}.md"
        page.write_text(
            f"```python\nprint(9)\n```\n\nThis is:\n\n```python\nconv(3, strides=2)\nprint(3 - 1)\n```\n\n"
            f'```{{.text title="Output"}}\n13 14 2 %\n```\n\n{sentence}\n'
        )
        assert (unproven(read(page)._replace(path=ROOT / "page.md")) == []) == held


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Keras 2 printed it, and so did TensorFlow 1.15.", {"versions": 2}),
        ("It was reported in December 2015, and is still open.", {"dates": 1}),
        ("The paper says [60,000 parameters](https://example.org/lenet).", {"cited": 1}),
    ],
)
def test_a_version_a_date_and_a_cited_number_need_no_block(said: str, kind: dict[str, int]) -> None:
    """Numbers that no block can compute are exempt, and are counted by kind."""
    line = Line(1, said, "prose", 0)
    assert without_exempt(line)[1] == kind
    assert groups(line) == []


def test_a_version_that_is_not_out_is_noticed() -> None:
    """A version newer than what is installed is never held, whatever the blocks print."""
    page = Page(ROOT / "page.md", (Line(1, "print(99)", "code", 0), Line(2, "Keras 99 prints it.", "prose", 0)))
    assert [claim.split(":")[1] for claim in unproven(page)] == ["2"]


def test_only_the_sentence_with_the_link_is_exempt() -> None:
    """A link to an outside source exempts no other sentence, and a link within the site exempts nothing."""
    said = "There are 61 of them. The paper says [60](https://example.org/lenet). That is [1 less](output.md)."
    assert groups(Line(1, said, "prose", 0)) == [["61"], ["1"]]


def test_the_versions_that_the_pages_ask_for_are_the_projects() -> None:
    """Where a page names the oldest Python or Keras that serves, it is the one of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = ["Python" + project["requires-python"], *project["optional-dependencies"]["keras"]]
    named = {found for page in PAGES for found in REQUIRED.findall(page.read_text("utf8"))}
    assert named == {(product.title(), oldest) for product, oldest in (text.split(">=") for text in asked)}
