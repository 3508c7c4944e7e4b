"""The notebooks run from top to bottom, and stand in the repository without outputs."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest

from docs._steps import notebooks
from tests.pages.page import WIDEST

DOCS = Path(__file__).parents[2] / "docs"

NOTEBOOKS = sorted((DOCS / "examples").glob("*.ipynb"))
LARGEST_FIGURE = 150_000  # bytes
ALL = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


@cache
def executed(path: Path) -> Any:
    """The notebook after the run whose result the site shows: what it depends on has not changed since."""
    kept = {path: notebooks.results(DOCS)[path]}
    notebooks.run(kept)
    return read(kept[path])


def outputs(path: Path) -> list[Any]:
    return [output for cell in executed(path).cells for output in cell.get("outputs", [])]


def printed(path: Path) -> str:
    return "".join(output.text for output in outputs(path) if output.get("name") == "stdout")


def figures(path: Path) -> list[str]:
    data = [output.data for output in outputs(path) if output.output_type in ("display_data", "execute_result")]
    return [bundle["image/svg+xml"] for bundle in data if "image/svg+xml" in bundle]


def test_there_are_the_notebooks_of_the_notes() -> None:
    """The two refreshing examples of the notes are notebooks."""
    assert {"mnist", "cifar10"} <= {path.stem for path in NOTEBOOKS}


@ALL
def test_it_stands_without_outputs(path: Path) -> None:
    """A notebook in the repository is valid, names its kernel, and holds no output and no execution count."""
    notebook = read(path)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags"}, cell.id
        if cell.cell_type == "code":
            assert cell.outputs == [], cell.id
            assert cell.execution_count is None, cell.id


@ALL
def test_its_code_fits_in_its_column(path: Path) -> None:
    """No line of a cell is cut at the right, on a screen of usual width."""
    code = [cell.source for cell in read(path).cells if cell.cell_type == "code"]
    assert [line for cell in code for line in cell.splitlines() if len(line) > WIDEST] == []


@ALL
def test_it_runs_from_top_to_bottom(path: Path) -> None:
    """Every cell runs, the bars that the notebook asserts are met, and nothing is written to stderr."""
    assert [output for output in outputs(path) if output.output_type == "error"] == []
    assert [output.text for output in outputs(path) if output.get("name") == "stderr"] == []


@ALL
def test_each_figure_is_drawn_for_both_palettes_and_has_a_text(path: Path) -> None:
    """A figure is an SVG without a background and of a moderate size, and carries a text for who cannot see it."""
    assert figures(path)
    for figure in figures(path):
        title = re.search(r"<dc:title>([^<]+)</dc:title>", figure)
        assert title, figure[:500]
        assert len(title[1]) > 20
        assert len(figure.encode()) < LARGEST_FIGURE, title[1]
        background = re.search(r'<g id="patch_1">\s*<path d="[^"]*"\s*style="([^"]*)"', figure)
        assert background is None or "fill: none" in background[1], title[1]
    assert not [bundle for bundle in outputs(path) if "image/png" in bundle.get("data", {})]


def test_the_digits_are_named() -> None:
    """MNIST's page says which digits it ran on and how many."""
    text = printed(next(path for path in NOTEBOOKS if path.stem == "mnist"))
    assert re.search(r"^MNIST: [\d,]+ .+, [\d,]+ to train and [\d,]+ to test$", text, re.MULTILINE)


def test_the_table_of_the_benchmarks_fits_in_its_column() -> None:
    """No column of the table is cut at the right, and the ratio stands beside the time that it is of."""
    lines = printed(next(path for path in NOTEBOOKS if path.stem == "benchmarks")).splitlines()
    assert [line for line in lines if len(line) > WIDEST] == []
    assert {tuple(line.split()[:3]) for line in lines if line.startswith("window ") and "ours" in line} == {
        ("window", "ours", "ratio")
    }


def test_the_first_line_says_whether_these_are_photographs() -> None:
    """CIFAR-10's page begins with which pictures it shows, and a stand-in with how to get photographs."""
    path = next(path for path in NOTEBOOKS if path.stem == "cifar10")
    title, first = executed(path).cells[:2]
    assert title.source.count("\n") == 0
    assert first.metadata.tags == ["first-line"]
    (said,) = [output.data["text/markdown"] for output in first.outputs]
    assert re.match(r"\*\*This page shows CIFAR-10: [\d,]+ .+, [\d,]+ to train and [\d,]+ to test\.\*\*", said)
    assert ("drawn patterns as a stand-in" in said) == ("Run `make data`" in said)
