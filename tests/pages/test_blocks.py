"""Which blocks run in a reader's browser, as the build finds it, and that they do."""

from __future__ import annotations

import json
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from conftest import blocks, clean
from docs._steps.blocks import Needs, needs, wrap
from docs._steps.tools.run import run

from .page import PAGES, ROOT

HEAVY = ("keras", "tensorflow", "numpy", "h5py", "matplotlib", "sklearn", "PIL", "scipy")


class Absent(MetaPathFinder):
    """As in the browser: there is nothing but the package and the standard library."""

    def find_spec(self, name: str, *_: Any) -> None:
        if name.partition(".")[0] in HEAVY:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hides all that the browser has not."""
    for name in [name for name in sys.modules if name.partition(".")[0] in HEAVY]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Absent(), *sys.meta_path])
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.chdir(tmp_path)


def found(page: Path) -> list[tuple[str, str | None, Needs | None]]:
    """Each block of Python on a page with its Output, and what it needs."""
    own = [block for block in blocks(page) if block.info.strip("{.").partition(" ")[0].rstrip("}") == "python"]
    return [
        (block.code, block.output.content if block.output else None, need)
        for block, need in zip(own, needs([block.code for block in own]), strict=True)
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_block_that_can_be_run_gives_its_output(page: Path, alone: None) -> None:
    """Without any other package, each block with a Run button prints what stands on its page."""
    listed = found(page)
    for code, output, need in listed:
        if need and not need.packages:
            printed = run(json.dumps([listed[number][0] for number in need.blocks] + [code]))
            if "Traceback (most recent call last)" in printed:  # a page shows the last line of it
                printed = printed[: printed.index("Traceback")] + printed.rstrip("\n").rpartition("\n")[2] + "\n"
            assert clean(printed) == clean(output or ""), code


def test_many_blocks_can_be_run() -> None:
    """Some seventy blocks of the pages run in the browser, and each that doesn't says what it needs."""
    needed = [need for page in PAGES for _, _, need in found(page)]
    assert sum(need is not None and not need.packages for need in needed) >= 70
    assert sum(need is None for need in needed) <= 6


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (["import cnnnotes"], [Needs((), ())]),
        (["import keras", "print(keras.__version__)"], [Needs((), ("Keras",)), Needs((0,), ("Keras",))]),
        (["from cnnnotes import DepthMaxPool"], [Needs((), ("Keras",))]),
        (["import cnnnotes.datasets"], [Needs((), ("NumPy",))]),
        (["import cnnnotes\ncnnnotes.DepthMaxPool(3)"], [Needs((), ("Keras",))]),
        (["def f():\n    import numpy"], [Needs((), ("NumPy",))]),
        (["a = 1", "b = a", "print(b)"], [Needs((), ()), Needs((0,), ()), Needs((0, 1), ())]),
        (["import keras\nx = 1", "x = 2\nprint(x)"], [Needs((), ("Keras",)), Needs((), ())]),
        (["import keras\nx = 1", "x = x + 1"], [Needs((), ("Keras",)), Needs((0,), ("Keras",))]),
        (["import keras\nx = 1", "x += 1"], [Needs((), ("Keras",)), Needs((0,), ("Keras",))]),
        (["import keras\nx = 1", "print([x for x in range(3)])"], [Needs((), ("Keras",)), Needs((), ())]),
        (["import keras\nx = 1", "for x in range(3):\n    print(x)"], [Needs((), ("Keras",)), Needs((), ())]),
        (["print(nowhere)"], [None]),
        (["no python"], [None]),
        (["exec('import keras')"], [None]),
    ],
)
def test_what_a_block_needs(sources: list[str], expected: list[Needs | None]) -> None:
    """What it imports and what its names come from count; a name that it gives a value first is its own."""
    assert needs(sources) == expected


def test_an_error_is_shown_as_in_a_terminal() -> None:
    """The traceback begins in the block and shows its line; what was printed before stands above it."""
    printed = run(json.dumps(["print(1)\n", "def half(n):\n    return n / 0\n\nprint(2)\nhalf(3)\n"]))
    assert printed.splitlines() == [
        "2",
        "Traceback (most recent call last):",
        '  File "block.py", line 5, in <module>',
        "    half(3)",
        *(["    ~~~~^^^"] if sys.version_info >= (3, 13) else []),
        '  File "block.py", line 2, in half',
        "    return n / 0",
        "           ~~^~~",
        "ZeroDivisionError: division by zero",
    ]
    assert run(json.dumps(["1 +"])).endswith("SyntaxError: invalid syntax\n")
    assert run(json.dumps(["print(1)\na = 1\nb", "print(a)"])) == "1\n"


@pytest.mark.parametrize(
    ("printed", "wraps"),
    [
        ("LayerError: the window does not fit: H_in - F_h + 1 = 2 - 3 + 1 = 0\n", True),
        ("name       shape\nconv2d     (None, 8, 8, 3)\n", False),
        ("┏━━━━━━━┓\n┃ Layer ┃\n┗━━━━━━━┛\n", False),
    ],
)
def test_an_output_wraps_that_has_no_columns(printed: str, wraps: bool) -> None:
    """A sentence or a formula wraps where it is too long, and a table scrolls."""
    output = f'<span class="filename">Output</span><pre><code>{printed}</code></pre>'
    article = BeautifulSoup(f'<div class="language-text highlight">{output}</div>', "html.parser")
    wrap(article)
    assert bool(article.select(".wraps")) == wraps
