"""No block on a page escapes being run, and no Output escapes being compared."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from .page import PAGES, PYTHON, ROOT

OUTPUT = '{.text title="Output"}'
LANGUAGES = {"", "text", "bash", "json", "yaml", "toml", "markdown", "make"}


def fences(path):
    """The fences of a page, those in tabs and admonitions too."""
    return [
        token
        for token in MarkdownIt("commonmark").disable("code").parse(path.read_text("utf8"))
        if token.type == "fence"
    ]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_fence_is_a_block_an_output_or_a_plain_text(path):
    """A fence is run as Python, compared as Output, or is in a language that is only shown."""
    known = {"python", "{.python continuation}", OUTPUT, *LANGUAGES}
    assert [f"{path.name}:{fence.map[0] + 1}: {fence.info}" for fence in fences(path) if fence.info not in known] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_output_follows_a_block_at_once(path):
    """An Output stands right below a Python block: below anything else it would be compared with nothing."""
    lines = path.read_text("utf8").splitlines()
    for above, fence in zip([None, *fences(path)], fences(path), strict=False):
        if fence.info == OUTPUT:
            assert above is not None, f"{path.name}: an Output before any block"
            assert PYTHON.match(above.info), f"{path.name}:{fence.map[0] + 1}: the fence above is not a block"
            between = "".join(lines[above.map[1] : fence.map[0]]).strip()
            assert not between, f"{path.name}:{fence.map[0] + 1}: {between!r} stands between the block and its Output"


def test_no_block_is_left_out():
    """No page tells pytest-markdown-docs to pass over a block."""
    assert [path.name for path in PAGES for fence in fences(path) if "notest" in fence.info] == []
