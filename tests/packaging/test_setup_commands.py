"""The commands that set something up, as pages show them: each is there, and does what is said.

Lines that begin with `cnnnotes` are run, by conftest.py at the top.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT

PAGES = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))
NAME, EXTRAS = PROJECT["project"]["name"], set(PROJECT["project"]["optional-dependencies"])
RELEASED = re.search(r"^## \d+\.\d+\.\d+ \(\d{4}-", (ROOT / "CHANGELOG.md").read_text("utf8"), re.MULTILINE)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf8"), re.MULTILINE))
SOURCES = (".", f"{NAME} @ git+<this repository>", *((NAME,) if RELEASED else ()))


def commands(page: Path) -> Iterator[str]:
    """The lines of a page's bash blocks, and the set-up commands in its sentences."""
    text = page.read_text("utf8")
    for block in re.findall(r"^ *```bash\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE):
        yield from filter(None, map(str.strip, re.sub(r"\\\n", "", block).splitlines()))
    prose = re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)
    yield from re.findall(r"(?<!`)`((?:make|pip|pytest) [^`]+)`", prose)


def wrong(command: str) -> str:
    """What is wrong with a command; nothing where the repository has what it names."""
    program, *words = shlex.split(command, comments=True)
    if program == NAME:
        return ""
    if program == "make":
        targets = [word for word in words if "=" not in word]
        return "" if set(targets) <= TARGETS else f"the Makefile has no {set(targets) - TARGETS}"
    if (program, *words[:1]) == ("pip", "install"):
        for source in words[1:]:
            base, extras = (
                re.sub(r"\[.*\]", "", source),
                re.findall(r"[\w-]+", "".join(re.findall(r"\[(.*)\]", source))),
            )
            if base not in SOURCES or not set(extras) <= EXTRAS:
                return f"{source} is not {' or '.join(SOURCES)}, with extras {EXTRAS}"
        return ""
    if program == "pytest":
        paths = [word for word in words if (re.fullmatch(r"[\w./-]+", word) and "/" in word) or word.endswith(".md")]
        missing = [path for path in paths if "your-" not in path and not (ROOT / path).exists()]
        return f"there is no {missing}" if missing else ""
    if (program, *words) == ("pre-commit", "install"):
        return "" if (ROOT / ".pre-commit-config.yaml").exists() else "there are no hooks"
    return "it is neither run nor known here"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_set_up_command_is_there(page: Path) -> None:
    """`make` names a target, `pip install` the package and its extras, `pytest` files; no other command is shown."""
    faults = {command: wrong(command) for command in commands(page)}
    assert {command: fault for command, fault in faults.items() if fault} == {}


def test_the_index_is_named_from_the_first_release_on() -> None:
    """README and the page on installing show `pip install` by name once the changelog has a release, and not before."""
    for page in (ROOT / "README.md", ROOT / "docs" / "install.md"):
        assert (f"pip install {NAME}" in commands(page)) is bool(RELEASED), page.name


def test_a_command_that_is_not_there_is_found() -> None:
    """A target, an extra, a file and a program that don't exist are each reported."""
    for command in ("make nothing", "pip install .[all]", "pip install numpy", "pytest tests/no/", "npm install"):
        assert wrong(command), command
