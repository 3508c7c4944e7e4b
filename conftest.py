"""How a code block on a page (or in a docstring) is run, and how what it prints is compared with the page.

pytest-markdown-docs collects the blocks; this file adds what it lacks: the Output below a block is compared with what
the block printed, a block may fail just as its Output says, `--update-outputs` rewrites the Outputs, and going on with
a page (`{.python continuation}`) runs each block once. In a bash block the lines that begin with `cnnnotes` are run and
compared likewise, in a folder that holds the files which fences of the page are titled after.
"""

from __future__ import annotations

import contextlib
import difflib
import functools
import io
import os
import re
import subprocess
import sys
import tempfile
import textwrap
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pytest_markdown_docs._runners import DefaultRunner, get_runner, register_runner
from pytest_markdown_docs.definitions import FenceTestDefinition

# TensorFlow's start-up lines are about the machine, not about the page.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("MPLBACKEND", "agg")

OUTPUT = '{.text title="Output"}'
"""The info string of a fence that holds what the block above it prints."""


def markdown() -> MarkdownIt:
    """With indented code off, since a fence inside a tab or an admonition is indented and must count."""
    return MarkdownIt("commonmark").disable("code")


TITLED = re.compile(r'\{\.\w+ title="(?P<file>[\w.-]+\.\w+)"\}')
"""The info string of a fence that holds a file, for the commands of its page."""
COMMANDS = re.compile(r"^cnnnotes\b(?:.*\\\n)*.*", re.MULTILINE)


class Block(NamedTuple):
    """A fence, and the Output fence that follows it at once."""

    info: str
    code: str
    line: int  # of the fence's first line of code, counted from 0
    output: Token | None


@functools.cache
def blocks(path: Path) -> list[Block]:
    text = path.read_text("utf8")
    lines = text.splitlines()
    fences = [token for token in markdown().parse(text) if token.type == "fence" and token.map]
    found = []
    for fence, below in zip(fences, [*fences[1:], None], strict=False):
        assert fence.map
        follows = below is not None and below.map and not "".join(lines[fence.map[1] : below.map[0]]).strip()
        is_output = follows and below is not None and below.info.strip() == OUTPUT
        found.append(Block(fence.info.strip(), fence.content, fence.map[0] + 1, below if is_output else None))
    return found


class BlockFailed(Exception):
    """Wraps whatever a block raised: the plugin would run a block that raises a bare TypeError a second time."""


@register_runner(default=True)
class Compared(DefaultRunner):  # type: ignore[misc]
    """Runs a block and compares what it prints with its Output."""

    update = False

    def __init__(self) -> None:
        self.edits: dict[Path, list[tuple[Token, str]]] = {}
        self.page: tuple[Path | None, str] = (None, "")  # the page that can be continued, and all of its code so far
        self.module = ModuleType("page")

    def runtest(self, test: FenceTestDefinition, args: dict[str, Any], *, asyncio_runner: object = None) -> None:
        path, block = test.source_path, block_of(test)
        earlier = test.source[: -len(block.code)]
        if self.page != (path, earlier.rstrip("\n")) or not earlier.strip():
            self._begin(args)
            self._catch_up(earlier, path, block)
        printed, error = io.StringIO(), None
        try:
            with contextlib.redirect_stdout(printed):
                self._run(block.code, path, test.start_line)
        except Exception as raised:
            if block.output is None:
                raise BlockFailed(page_traceback(raised, path)) from raised
            error = raised
            printed.write("".join(traceback.format_exception_only(raised)))
        self.page = (path, test.source.rstrip("\n"))
        self._compare(block, clean(printed.getvalue()), path, error)

    def run_commands(self, block: Block, path: Path) -> None:
        """Runs a bash block's commands as a shell does, but with this Python."""
        with tempfile.TemporaryDirectory() as folder:
            for other in blocks(path):
                if titled := TITLED.fullmatch(other.info):
                    Path(folder, titled["file"]).write_text(other.code, "utf8")
            script = 'cnnnotes() { "$PYTHON" -m cnnnotes "$@"; }\n' + "\n".join(COMMANDS.findall(block.code))
            environment = {**os.environ, "PYTHON": sys.executable, "PYTHONIOENCODING": "utf-8", "COLUMNS": "80"}
            done = subprocess.run(
                ["bash", "-c", script],
                cwd=folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf8",
                check=False,
            )
        self._compare(block, clean(done.stdout), path, None)

    def _begin(self, args: dict[str, Any]) -> None:
        # a module of its own, and a known one: dataclasses and pickling look a class's module up
        self.module = sys.modules["page"] = ModuleType("page")
        self.module.__dict__.update(args, __name__="page")
        if keras := sys.modules.get("keras"):
            keras.utils.clear_session(free_memory=False)  # or a layer's name would count the layers of other pages

    def _catch_up(self, earlier: str, path: Path, block: Block) -> None:
        """Runs what a block picked out with `-k` stands on, silently: its own test compares what it prints."""
        for other in blocks(path):
            if other.line < block.line and other.code in earlier:
                try:
                    with contextlib.redirect_stdout(io.StringIO()):
                        self._run(other.code, path, other.line)
                except Exception as raised:
                    if other.output is None:
                        raise BlockFailed(f"an earlier block fails: {page_traceback(raised, path)}") from raised

    def _run(self, code: str, path: Path, line: int) -> None:
        exec(compile("\n" * line + code, str(path), "exec", dont_inherit=True), self.module.__dict__)

    def _compare(self, block: Block, printed: str, path: Path, error: Exception | None) -> None:
        expected = clean(block.output.content) if block.output else ""
        if printed == expected:
            return
        if self.update and block.output:
            self.edits.setdefault(path, []).append((block.output, printed))
            return
        difference = difflib.unified_diff(
            expected.splitlines(), printed.splitlines(), "the page", "printed", lineterm=""
        )
        raised = f"\n\n{page_traceback(error, path)}" if error else ""
        missing = "" if block.output else f"no {OUTPUT} follows the block, which prints\n"
        raise BlockFailed(f"{path.name}:{block.line + 1}: {missing}" + "\n".join(difference) + raised) from error

    def repr_failure(
        self, test: FenceTestDefinition, excinfo: pytest.ExceptionInfo[BaseException], style: object = None
    ) -> str:
        if isinstance(excinfo.value, BlockFailed):
            return str(excinfo.value)
        return page_traceback(excinfo.value, test.source_path)


class CommandBlock(pytest.Item):
    """The commands of one bash block as a test."""

    def __init__(self, *, block: Block, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.block = block

    def runtest(self) -> None:
        get_runner(None).run_commands(self.block, self.path)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.block.line, self.name


class CommandPage(pytest.File):
    """A page's bash blocks with commands of the package; pytest-markdown-docs collects its Python."""

    def collect(self) -> Iterator[CommandBlock]:
        for block in blocks(self.path):
            if block.info == "bash" and COMMANDS.search(block.code):
                yield CommandBlock.from_parent(self, name=f"commands, line {block.line + 1}", block=block)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CommandPage | None:
    return CommandPage.from_parent(parent, path=file_path) if file_path.suffix == ".md" else None


def block_of(test: FenceTestDefinition) -> Block:
    """The block that a collected test stands for; the plugin counts lines in docstrings from one line off."""
    near = [
        block
        for block in blocks(test.source_path)
        if abs(block.line - test.start_line) <= 1 and test.source.endswith(block.code)
    ]
    if len(near) != 1:
        raise BlockFailed(f"{test.source_path}:{test.start_line + 1}: cannot tell which block this is")
    return near[0]


def page_traceback(error: BaseException, path: Path) -> str:
    """The traceback from where it enters the page."""
    frames = error.__traceback__
    while frames and frames.tb_frame.f_code.co_filename != str(path):
        frames = frames.tb_next
    return "".join(traceback.format_exception(error.with_traceback(frames or error.__traceback__)))


def clean(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


@pytest.hookimpl
def pytest_markdown_docs_markdown_it() -> MarkdownIt:
    return markdown()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-outputs", action="store_true", help="rewrite the Output below each block that ran")


def pytest_configure(config: pytest.Config) -> None:
    Compared.update = config.getoption("--update-outputs")


def pytest_sessionfinish() -> None:
    for path, edits in get_runner(None).edits.items():
        lines = path.read_text("utf8").splitlines(keepends=True)
        for fence, printed in sorted(edits, key=lambda edit: -(edit[0].map or [0])[0]):  # from below, so lines stay put
            first, last = fence.map or (0, 0)
            indent = re.match(r"\s*", lines[first])
            body = textwrap.indent(printed + "\n" if printed else "", indent[0] if indent else "")
            lines[first + 1 : last - 1] = body.splitlines(keepends=True)
        path.write_text("".join(lines), "utf8")
