"""How the package's modules import each other: downwards, and never in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import cnnnotes

PACKAGE = Path(cnnnotes.__file__).parent

ORDER = [
    {"formula"},
    {"layers"},
    {"_reading"},
    {"_explaining"},
    {"_pasted"},
    {"_fixing"},
    {"_rendering"},
    {"_depth_pooling", "datasets"},
    {"cnnnotes"},
    {"plots"},
    {"_cli"},
    {"__main__"},
]
"""The rooms from the lowest up; each imports from those below it alone."""


def modules() -> dict[str, Path]:
    """The file of each module, by its name."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = ["cnnnotes", *path.relative_to(PACKAGE).with_suffix("").parts]
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path: Path, names: set[str]) -> Iterator[str]:
    """The modules of the package that a module imports, within functions too."""
    for node in ast.walk(ast.parse(path.read_text("utf8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            within = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name for name in within if name in names)
            if node.module in names and not names.issuperset(within):
                yield node.module


def graph() -> dict[str, set[str]]:
    """What each module imports."""
    found = modules()
    return {name: set(imported(path, set(found))) - {name} for name, path in found.items()}


def room(name: str) -> str:
    """The room that a module is in: its first name below the package's."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def circle(edges: dict[str, set[str]]) -> list[str]:
    """The modules that are left without those that import none of the others, or that none of the others imports."""
    left = {name: set(below) for name, below in edges.items()}
    while left:
        free = {name for name, below in left.items() if not below} | (left.keys() - set().union(*left.values()))
        if not free:
            break
        left = {name: below - free for name, below in left.items() if name not in free}
    return sorted(left)


def test_no_modules_import_each_other_in_a_circle() -> None:
    """From no module the imports lead back to it, those within functions counted."""
    edges = graph()
    assert len(edges) > 40
    assert sum(map(len, edges.values())) > 100
    assert circle(edges) == []
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}) == ["b", "c"]


def test_rooms_import_downwards() -> None:
    """A module imports from its own room and from rooms below, as CONTRIBUTING's map has them."""
    level = {name: number for number, rooms in enumerate(ORDER) for name in rooms}
    edges = graph()
    assert {room(name) for name in edges} <= level.keys()
    upwards = [
        f"{name} imports {below}"
        for name, others in edges.items()
        for below in others
        if room(below) != room(name) and level[room(below)] >= level[room(name)]
    ]
    assert upwards == []


def test_no_module_and_no_function_is_too_long() -> None:
    """A module has at most 450 lines, and a function at most 50."""
    long = []
    for name, path in modules().items():
        text = path.read_text("utf8")
        if len(text.splitlines()) > 450:
            long.append(name)
        long += [
            f"{name}.{node.name}"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > 50
        ]
    assert long == []
