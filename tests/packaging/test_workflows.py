"""The workflows and hooks: what they run is pinned, and is what the package and `make lint` say."""

from __future__ import annotations

import re
import tomllib

from tests.packaging.conftest import ROOT

WORKFLOWS = {path.stem: path.read_text("utf8") for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))}


def test_each_action_is_pinned_by_one_commit() -> None:
    """Each action is named by the hash of a commit, with its release beside it, and by the same one everywhere."""
    used = {line for text in WORKFLOWS.values() for line in re.findall(r"uses: (.*)", text)}
    assert [line for line in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}   # v\d+\.\d+\.\d+", line)] == []
    names = [line.split("@")[0] for line in used]
    assert len(names) == len(set(names)) > 3


def test_the_package_is_tested_on_each_python_that_it_names() -> None:
    """The matrix has the Pythons of the classifiers, on Linux, macOS and Windows."""
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]["classifiers"]
    claimed = [line.rpartition(" ")[2] for line in classifiers if re.search(r":: 3\.\d+$", line)]
    matrix = re.search(r"python: \[(.*)\]", WORKFLOWS["test"])
    assert matrix
    assert re.findall(r'"(.*?)"', matrix[1]) == claimed
    assert "system: [ubuntu-latest, macos-latest, windows-latest]" in WORKFLOWS["test"]


def test_the_hooks_run_what_make_lint_runs() -> None:
    """Each command of `make lint` is a hook, from the project's own environment."""
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text("utf8"), re.MULTILINE)
    assert recipe
    hooks = re.findall(r"entry: (.*)", (ROOT / ".pre-commit-config.yaml").read_text("utf8"))
    commands = [re.sub(r"^\S*bin/", "", hook) for hook in hooks]
    linters = [re.sub(r"^\S*bin/", "", line.strip()) for line in recipe[1].splitlines()]
    assert sorted(re.sub(r" --(fix|check)\b", "", line) for line in commands) == sorted(
        re.sub(r" --(fix|check)\b", "", line) for line in linters
    )
    assert all(hook.startswith((".venv/bin/", "node_modules/.bin/")) for hook in hooks)
