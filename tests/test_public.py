"""What the package shows to the outside: the names at its door, and which modules are public."""

from __future__ import annotations

import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import cnnnotes

ROOT = Path(__file__).parents[1]

PUBLIC = {"cnnnotes", "cnnnotes.formula", "cnnnotes.layers", "cnnnotes.datasets", "cnnnotes.plots"}


def modules() -> list[str]:
    found = pkgutil.walk_packages(cnnnotes.__path__, "cnnnotes.")
    return ["cnnnotes", *(module.name for module in found if module.name != "cnnnotes.__main__")]


def test_every_other_module_is_marked_private() -> None:
    """A module that is not public has an underscore at its own name, or at that of a package that it is in."""
    shown = {name for name in modules() if not any(part.startswith("_") for part in name.split(".")[1:])}
    assert shown == PUBLIC


def test_no_module_bears_the_name_of_an_exported_function() -> None:
    """Importing a module can't put it in the place of a function of the same name."""
    functions = {name for name in cnnnotes.__all__ if inspect.isfunction(getattr(cnnnotes, name))}
    assert {"explain", "fixes", "outcome"} <= functions
    assert functions & {name.rpartition(".")[2] for name in modules()} == set()


def test_every_error_is_exported_and_caught_by_one_class() -> None:
    """Each error class that the package defines can be imported from `cnnnotes`, and is a `CnnnotesError`."""
    raised = set()
    for name in modules():
        module = __import__(name, fromlist=["_"])
        raised |= {
            value
            for value in vars(module).values()
            if inspect.isclass(value) and issubclass(value, Exception) and value.__module__.startswith("cnnnotes")
        }
    assert raised
    assert {error.__name__ for error in raised} <= set(cnnnotes.__all__)
    assert all(issubclass(error, cnnnotes.CnnnotesError) for error in raised)


def test_importing_the_package_loads_no_framework() -> None:
    """`import cnnnotes` brings in nothing but the standard library."""
    code = (
        "import sys; before = set(sys.modules); import cnnnotes; "
        "print({name.partition('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "{'cnnnotes'}"
