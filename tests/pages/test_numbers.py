"""Every number that a page says was computed by a block on it, or printed by one."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from .page import LINK_TARGET, NUMBER, PAGES, ROOT, Line, Page, in_order, numbers, read, without_exempt

JOINS = re.compile(r"[\s×x*/+\-=()\[\],:→–_^{}\\`]*|\s*(?:\\times|by|to)\s*")
"""What stands between numbers that belong together: 3 × 3, (None, 222, 222, 32), 224 → 112."""


ADDRESS = "127.0.0.1:8000"
"""Where `make serve` shows the site: the Makefile decides it, and tests/test_repository.py holds it."""


def groups(line: Line) -> list[list[str]]:
    """The numbers of a sentence, those that belong together in one list."""
    text = LINK_TARGET.sub("] ", without_exempt(line)[0].replace(ADDRESS, ""))
    found: list[list[str]] = []
    end = None
    for match in NUMBER.finditer(text):
        if end is None or not JOINS.fullmatch(text[end : match.start()]):
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
    """All numbers of a table's row stand in one line that was run or printed, in the row's order."""
    row = [number for group in groups(line) for number in group]
    return not row or any(in_order(row, numbers(ran)) for ran in page.evidence(line.section))


def sentence_held(page: Page, line: Line) -> bool:
    """Each number was computed in its own section, or anywhere on the page if it is too long to occur by chance."""
    here = [numbers(ran) for ran in page.evidence(line.section)]
    anywhere = [numbers(ran) for ran in page.evidence()]
    return all(
        any(contiguous(group, ran) for ran in (anywhere if len("".join(group)) > 2 else here)) for group in groups(line)
    )


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_number_of_a_page_comes_from_its_blocks(path: Path) -> None:
    """A number in a sentence or a table stands in a block of the same section, or in what that block printed."""
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
    """A version newer than what is installed is a number like any other."""
    assert groups(Line(1, "Keras 99 prints it as Keras 2 did.", "prose", 0)) == [["99"]]


def test_only_the_sentence_with_the_link_is_exempt() -> None:
    """A link to an outside source exempts no other sentence, and a link within the site exempts nothing."""
    said = "There are 61 of them. The paper says [60](https://example.org/lenet). That is [1 less](output.md)."
    assert groups(Line(1, said, "prose", 0)) == [["61"], ["1"]]


def test_the_python_that_the_pages_ask_for_is_the_projects() -> None:
    """Where a page names the oldest Python that serves, it is the one of pyproject.toml."""
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"].removeprefix(">=")
    named = {name for page in PAGES for name in re.findall(r"Python (3\.\d+) or newer", page.read_text("utf8"))}
    assert named == {oldest}
