"""How a page's blocks are run and compared: the top-level conftest.py, on pages made up for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

CONFTEST = (Path(__file__).parents[1] / "conftest.py").read_text("utf8")
OPTIONS = ("-p", "pytest_markdown_docs.plugin", "--markdown-docs", "--markdown-docs-syntax=superfences")


PageRunner = Callable[..., tuple[pytest.RunResult, Path]]


@pytest.fixture
def page(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> PageRunner:
    """Writes a page and runs its blocks in a process of their own: `page(text, *options)`."""
    pytester.makeconftest(CONFTEST)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # importing the others takes most of the time

    def run(text: str, *options: str) -> tuple[pytest.RunResult, Path]:
        path = pytester.path / "page.md"
        path.write_text(text, "utf8")
        return pytester.runpytest_subprocess(*OPTIONS, *options, "page.md"), path

    return run


def block(code: str, output: str | None = None, info: str = "python") -> str:
    below = "" if output is None else f'\n```{{.text title="Output"}}\n{output}\n```\n'
    return f"```{info}\n{code}\n```\n{below}\n"


def test_a_block_that_prints_what_its_output_says_passes(page: PageRunner) -> None:
    """A block passes when it prints just what its Output says."""
    page(block("print(6 * 7)", "42"))[0].assert_outcomes(passed=1)


def test_a_changed_output_is_shown_as_a_difference(page: PageRunner) -> None:
    """A block that prints something else fails, with both versions and the page's line."""
    result, _ = page(block("print(6 * 7)", "41"))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["page.md:2:*", "-41", "+42"])


def test_what_is_printed_needs_an_output(page: PageRunner) -> None:
    """A block that prints something but has no Output fails."""
    result, _ = page(block("print(42)"))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(['*no {.text title="Output"} follows*', "+42"])


def test_commands_of_the_package_are_run_and_compared(page: PageRunner) -> None:
    """Lines of a bash block that begin with `cnnnotes` are run beside the page's files; other lines are not."""
    file = '```{.text title="model.json"}\n{}\n```\n\n'
    command = "rm -r /nowhere\ncnnnotes explain \\\n  model.json"
    result, _ = page(file + block(command, "x", "bash"))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["page.md:6:*", "-x", "+cnnnotes: model.json: *"])
    assert "nowhere" not in result.stdout.str()
    updated, path = page(file + block(command, "x", "bash"), "--update-outputs")
    updated.assert_outcomes(passed=1)
    assert "cnnnotes: model.json: " in path.read_text("utf8")
    page(path.read_text("utf8"))[0].assert_outcomes(passed=1)
    page(block("make test", info="bash"))[0].assert_outcomes()


def test_an_output_apart_from_its_block_is_not_its_output(page: PageRunner) -> None:
    """Text between a block and an Output separates them."""
    page('```python\nprint(42)\n```\n\ntext\n\n```{.text title="Output"}\n42\n```\n')[0].assert_outcomes(failed=1)


def test_a_block_fails_with_just_the_error_of_its_output(page: PageRunner) -> None:
    """A block that is to fail passes with the very error that its Output ends in, and with no other."""
    text = block("print('before')\nint('x')", "before\nValueError: invalid literal for int() with base 10: 'x'")
    page(text)[0].assert_outcomes(passed=1)
    page(text.replace("'x'\n```", "'y'\n```"))[0].assert_outcomes(failed=1)
    page(block("1 / 0", "ValueError: division by zero"))[0].assert_outcomes(failed=1)


def test_an_expected_error_that_does_not_come_is_a_failure(page: PageRunner) -> None:
    """A block whose Output is an error fails when nothing is raised."""
    page(block("pass", "ValueError: no"))[0].assert_outcomes(failed=1)


def test_a_type_error_fails_at_once_with_a_traceback_into_the_page(page: PageRunner, pytester: pytest.Pytester) -> None:
    """A bare TypeError fails its block after one run, and the traceback names the page's own line."""
    result, _ = page("text\n\n" + block("open('runs', 'a').write('.')\n\nlen(3)"))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*page.md*line 6*", "*len(3)*", "TypeError: *"])
    assert (pytester.path / "runs").read_text() == "."


def test_continuing_a_page_runs_each_block_once(page: PageRunner, pytester: pytest.Pytester) -> None:
    """Ten blocks that go on with one another run ten times in all."""
    count = "open('runs', 'a').write('.')\n"
    text = block(count + "n = 0") + block(count + "n += 1", info="{.python continuation}") * 8
    result, _ = page(text + block(count + "print(n)", "8", info="{.python continuation}"))
    result.assert_outcomes(passed=10)
    assert len((pytester.path / "runs").read_text()) == 10


def test_a_continued_block_can_be_run_alone(page: PageRunner) -> None:
    """A block picked out with -k first runs what it stands on, the expected failures among it."""
    text = block("n = 1") + block("n = 2\nn / 0", "ZeroDivisionError: division by zero", info="{.python continuation}")
    result, _ = page(text + block("print(n)", "2", info="{.python continuation}"), "-k", "CodeFence and 3")
    result.assert_outcomes(passed=1, deselected=2)


def test_a_new_block_starts_afresh(page: PageRunner) -> None:
    """A block without `continuation` does not see the names of the one before."""
    page(block("n = 1") + block("print(n)", "NameError: name 'n' is not defined"))[0].assert_outcomes(passed=2)


def test_blocks_in_tabs_and_admonitions_count(page: PageRunner) -> None:
    """A fence that is indented in a tab or an admonition is run and compared."""
    inner = "    " + block("print(1)", "2").strip().replace("\n", "\n    ")
    result, _ = page(f'=== "Tab"\n\n{inner}\n\n!!! note\n\n{inner}\n')
    result.assert_outcomes(failed=2)


def test_update_outputs_rewrites_the_page(page: PageRunner) -> None:
    """--update-outputs puts what was printed into each Output, indentation kept, and nothing else changes."""
    inner = "    " + block("print(1)\nprint(2)", "0").strip().replace("\n", "\n    ")
    text = block("print(42)", "41\nold") + f"!!! note\n\n{inner}\n" + block("print('same')", "same")
    result, path = page(text, "--update-outputs")
    result.assert_outcomes(passed=3)
    expected = text.replace("41\nold", "42").replace("    0\n", "    1\n    2\n")
    assert path.read_text("utf8") == expected


def test_a_dataclass_can_be_defined_in_a_block(page: PageRunner) -> None:
    """A class of a block is found in its module, also when annotations are put off."""
    imports = "from __future__ import annotations\nfrom dataclasses import dataclass\n"
    code = f"{imports}@dataclass\nclass A:\n    x: int\n\nprint(A(3))"
    page(block(code, "A(x=3)"))[0].assert_outcomes(passed=1)
