"""No block on a page escapes being run, and no Output escapes being compared."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from .page import COMMAND, FILE, PAGES, PYTHON, ROOT, WIDEST

OUTPUT = '{.text title="Output"}'
LANGUAGES = {"", "text", "bash", "json", "yaml", "toml", "markdown", "make"}


def fences(path: Path) -> list[Token]:
    """The fences of a page, those in tabs and admonitions too."""
    return [
        token
        for token in MarkdownIt("commonmark").disable("code").parse(path.read_text("utf8"))
        if token.type == "fence"
    ]


def lines_of(fence: Token) -> tuple[int, int]:
    """The first and the last line of a fence, counted from 0, the last one excluded."""
    assert fence.map
    first, last = fence.map
    return first, last


def place(path: Path, fence: Token) -> str:
    return f"{path.name}:{lines_of(fence)[0] + 1}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_fence_is_a_block_an_output_or_a_plain_text(path: Path) -> None:
    """A fence is run as Python, compared as Output, a file for the page's commands, or in a language that is shown."""
    known = {"python", "{.python continuation}", OUTPUT, *LANGUAGES}
    other = [fence for fence in fences(path) if fence.info not in known and not FILE.fullmatch(fence.info)]
    assert [f"{place(path, fence)}: {fence.info}" for fence in other] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_output_follows_a_block_at_once(path: Path) -> None:
    """An Output stands right below Python or a command: below anything else it would be compared with nothing."""
    lines = path.read_text("utf8").splitlines()
    for above, fence in zip([None, *fences(path)], fences(path), strict=False):
        if fence.info == OUTPUT:
            assert above is not None, f"{path.name}: an Output before any block"
            commands = above.info == "bash" and COMMAND.search(above.content)
            assert PYTHON.match(above.info) or commands, f"{place(path, fence)}: the fence above is not a block"
            between = "".join(lines[lines_of(above)[1] : lines_of(fence)[0]]).strip()
            assert not between, f"{place(path, fence)}: {between!r} stands between the block and its Output"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_code_of_a_page_fits_in_its_column(path: Path) -> None:
    """No line of Python or of a command is cut at the right, on a screen of usual width."""
    code = [fence for fence in fences(path) if PYTHON.match(fence.info) or fence.info == "bash"]
    lines = [line for fence in code for line in fence.content.splitlines()]
    assert [line for line in lines if len(line) > WIDEST] == []


def test_no_block_is_left_out() -> None:
    """No page tells pytest-markdown-docs to pass over a block."""
    assert [path.name for path in PAGES for fence in fences(path) if "notest" in fence.info] == []


def test_no_command_of_the_package_escapes() -> None:
    """A command that begins with `cnnnotes` stands in a bash fence at the line's start, where it is run."""
    command = re.compile(r"^[ $>%]*cnnnotes +(explain|layer|-)", re.MULTILINE)
    shown = [(path, fence) for path in PAGES for fence in fences(path) if command.search(fence.content)]
    assert shown
    escaping = [
        place(path, fence)
        for path, fence in shown
        if fence.info != "bash" or len(command.findall(fence.content)) != len(COMMAND.findall(fence.content))
    ]
    assert escaping == []
