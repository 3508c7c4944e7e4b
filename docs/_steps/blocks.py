"""Which blocks of a page can run in the reader's browser: those that need the package and the standard library alone.

What a block needs is found in its code: what it imports, and what the earlier blocks import that define its names.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Sequence
from typing import NamedTuple

from bs4 import BeautifulSoup, Tag

HEAVY = {"DepthMaxPool": "Keras", "datasets": "NumPy", "plots": "Matplotlib"}
"""The names of the package that need more than itself."""
ELSEWHERE = {"subprocess", "multiprocessing", "threading", "socket", "urllib", "http", "tkinter", "venv"}
"""Modules of the standard library that a browser's page can't do much with."""
TITLES = {
    "keras": "Keras",
    "numpy": "NumPy",
    "PIL": "Pillow",
    "scipy": "SciPy",
    "sklearn": "scikit-learn",
    "tensorflow": "TensorFlow",
    "torch": "PyTorch",
}


Place = tuple[int, int]
END = (10**9, 0)


ROOM = 50
"""So many characters leave room for a button beside them."""
COLUMNS = re.compile(r"\S {2,}\S|[─━│┃_=]{3}")
"""What a table has, or numbers below each other: its lines stay whole, and scroll where they are too long."""


class Block(NamedTuple):
    """What a block of Python brings and asks for."""

    defines: frozenset[str]
    uses: frozenset[str]
    """The names that it reads before it gives them a value."""
    imports: frozenset[str]
    """What it imports that is not there in the browser, by its title."""


class Needs(NamedTuple):
    """What must be there for a block to run: earlier blocks by their number, and packages by their title."""

    blocks: tuple[int, ...]
    packages: tuple[str, ...]


def read(source: str) -> Block | None:
    """What a block brings and asks for; `None` for what is no Python, and for what runs a text, which may need all."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    stored, loaded, local, imports = dict[str, Place](), dict[str, Place](), set[str](), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            origin = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                _first(stored, alias.asname or alias.name.partition(".")[0], (node.lineno, 0))
                imports.update(_missing(f"{origin}.{alias.name}".lstrip(".")))
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            end = (node.end_lineno or 0, node.end_col_offset or 0)  # its value is computed first
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                for each in ast.walk(target):
                    if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                        _first(stored, each.id, end)
                        if isinstance(node, ast.AugAssign):
                            _first(loaded, each.id, (node.lineno, 0))
        elif isinstance(node, ast.For | ast.With | ast.NamedExpr):
            for each in ast.walk(node):
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                    _first(stored, each.id, (each.lineno, each.col_offset))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            _first(loaded, node.id, (node.lineno, node.col_offset))
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            _first(stored, node.name, (node.lineno, 0))
        elif isinstance(node, ast.arg):
            local.add(node.arg)
        elif isinstance(node, ast.comprehension):
            local.update(each.id for each in ast.walk(node.target) if isinstance(each, ast.Name))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "cnnnotes":
            imports.update(_missing(f"cnnnotes.{node.attr}"))
    if loaded.keys() & {"exec", "eval"}:
        return None
    uses = {name for name, place in loaded.items() if place < stored.get(name, END)} - local - set(vars(builtins))
    return Block(frozenset(stored), frozenset(uses), frozenset(imports))


def _first(found: dict[str, Place], name: str, place: Place) -> None:
    found[name] = min(place, found.get(name, END))


def _missing(name: str) -> set[str]:
    """The title of what a module or a name in it needs, where the browser has it not."""
    top, *below = name.split(".")
    if top == "cnnnotes":
        return {HEAVY[part] for part in below if part in HEAVY}
    if top in ELSEWHERE:
        return {"a machine of its own"}
    return set() if top in sys.stdlib_module_names else {TITLES.get(top, top)}


def needs(sources: Sequence[str]) -> list[Needs | None]:
    """What each block of a page needs; `None` for one that is no Python, or that uses a name from nowhere."""
    blocks = [read(source) for source in sources]
    found: list[Needs | None] = []
    for number, block in enumerate(blocks):
        if block is None:
            found.append(None)
            continue
        before, packages, lost = set[int](), set(block.imports), False
        for name in block.uses:
            earlier = next((n for n in range(number - 1, -1, -1) if (b := blocks[n]) and name in b.defines), None)
            below = None if earlier is None else found[earlier]
            if earlier is None or below is None:
                lost = True
            else:
                before.update((*below.blocks, earlier))
                packages.update(below.packages)
        found.append(None if lost else Needs(tuple(sorted(before)), tuple(sorted(packages))))
    return found


def mark(article: Tag) -> None:
    """Marks each block of a page: `data-tool="run"` with the blocks that run before it, or what it needs."""
    if article.find(class_="notebook-links"):
        return  # a notebook has its button for Colab
    elements = [
        block
        for block in article.find_all(class_="language-python")
        if "doc-signature" not in block["class"] and not block.find(class_="filename")  # a file, which is only read
    ]
    sources = [element.find_all("code")[0].get_text() for element in elements]
    for number, (element, source, need) in enumerate(zip(elements, sources, needs(sources), strict=True)):
        if need is None:
            continue
        last = source.rstrip().splitlines()[-2:]
        if max(map(len, last), default=0) > ROOM or (len(last) < 2 and need.packages):  # no room below the copy button
            element["class"] = f"{' '.join(element['class'])} long"
        if need.packages:
            label = f'<p class="tool-needs">needs {" and ".join(need.packages[:2])}</p>'
            element.append(BeautifulSoup(label, "html.parser"))
        else:
            element["data-tool"], element["data-block"] = "run", str(number)
            element["data-before"] = " ".join(map(str, need.blocks))


def wrap(article: Tag) -> None:
    """Lets the lines of an Output wrap that stand in no columns: sentences and formulas."""
    for title in article.find_all(class_="filename"):
        output = title.parent
        assert output
        if "language-text" in output["class"] and not COLUMNS.search(output.find_all("code")[0].get_text()):
            output["class"] = f"{' '.join(output['class'])} wraps"
