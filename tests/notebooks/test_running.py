"""How notebooks are run and kept, on notebooks made up for it."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from docs._steps import notebooks, stage


@pytest.fixture
def docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of pages, with a cache and staged folders of its own."""
    monkeypatch.setattr(notebooks, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(stage, "STAGED", tmp_path / "staged")
    monkeypatch.setattr(stage, "SERVED", tmp_path / "served")
    (tmp_path / "docs").mkdir()
    return tmp_path / "docs"


def write(docs: Path, name: str, *cells: str) -> Path:
    path = docs / f"{name}.ipynb"
    content = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]
        cells=[
            nbformat.v4.new_markdown_cell(f"# {name}"),  # type: ignore[no-untyped-call]
            *map(nbformat.v4.new_code_cell, cells),
        ]
    )
    nbformat.write(content, path)  # type: ignore[no-untyped-call]
    return path


# Ends only if the other notebook begins while this one runs.
MEETS = (
    "import pathlib, time\npathlib.Path('{own}').touch()\nwhile not pathlib.Path('{other}').exists(): time.sleep(0.05)"
)


def test_notebooks_run_two_at_a_time_with_a_line_of_progress_each(
    docs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two notebooks that wait for each other both end, and each says its cell, the number of cells and the seconds."""
    write(docs, "left", MEETS.format(own="left", other="right"), "print(6 * 7)")
    write(docs, "right", MEETS.format(own="right", other="left"))
    staged = stage.stage(docs)
    assert "42" in (staged / "left.ipynb").read_text("utf8")
    lines = capsys.readouterr().out.splitlines()
    assert any(re.fullmatch(r"left\.ipynb: cell 1 of 2, \d+ s", line) for line in lines)
    assert any(re.fullmatch(r"right\.ipynb: 1 of 1 cells ran in \d+ s", line) for line in lines)
    assert notebooks.pending(notebooks.results(docs)) == {}


def test_a_notebook_that_has_not_run_is_shown_and_says_so(docs: Path) -> None:
    """Without waiting, a notebook is staged with its text and code and a notice, which is gone once it has run."""
    write(docs, "new", "print(6 * 7)")
    early = (stage.stage(docs, wait=False) / "new.ipynb").read_text("utf8")
    assert "print(6 * 7)" in early
    assert "this page reloads itself" in early
    notebooks.run(notebooks.results(docs))
    late = (stage.stage(docs, wait=False) / "new.ipynb").read_text("utf8")
    assert "this page reloads itself" not in late
    assert "42" in late


def test_a_cell_that_raises_ends_the_build_in_its_name(docs: Path) -> None:
    """The notebook, the cell and the error are named, the others are kept, and the page says that it failed."""
    write(docs, "good", "1")
    write(docs, "wrong", "x = 0", "1 / x")
    with pytest.raises(
        notebooks.Failed, match=r"wrong\.ipynb, cell 2 of 2: (?s:.*)ZeroDivisionError: division by zero"
    ):
        stage.stage(docs)
    assert [path.stem for path in notebooks.pending(notebooks.results(docs))] == ["wrong"]
    assert "raised an error" in (stage.stage(docs, wait=False) / "wrong.ipynb").read_text("utf8")


def test_a_cell_that_ends_its_kernel_is_named_with_the_kernels_last_words(docs: Path) -> None:
    """Of a kernel that dies the build tells what it wrote to stderr, which no page shows."""
    write(docs, "dies", "import os", "os.write(2, b'out of luck')\nos._exit(1)")
    with pytest.raises(notebooks.Failed, match=r"dies\.ipynb, cell 2 of 2: (?s:.*)out of luck"):
        stage.stage(docs)


def test_what_leaves_the_sources_leaves_the_staged_folder(docs: Path) -> None:
    """The staged folder holds the pages as they are now, beside what is drawn, and nothing from before."""
    (docs / "old.md").write_text("# Old")
    assert (stage.stage(docs) / "old.md").exists()
    (docs / "old.md").rename(docs / "new.md")
    staged = stage.stage(docs)
    assert (staged / "new.md").read_text() == "# Old"
    assert not (staged / "old.md").exists()
    assert list(staged.glob("figures/*.svg"))
