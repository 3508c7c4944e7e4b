"""An explanation as text: a table, Markdown, LaTeX, HTML, JSON or a drawing, each from the explanation alone.

A format is a module of that name in `formats`, with a function `render` that takes an explanation and a `View`.
"""

import os
from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules

from cnnnotes._explaining.explanation import Explanation
from cnnnotes._rendering import formats
from cnnnotes._rendering.columns import COLUMNS, DEFAULT, View

_FOLDER = formats.__path__[0]  # in a browser within an archive, which `iter_modules` reads: ten times as slowly
_FILES = os.listdir(_FOLDER) if os.path.isdir(_FOLDER) else (name for _, name, _ in iter_modules(formats.__path__))
FORMATS = sorted(name.partition(".")[0] for name in _FILES if name[0] != "_")
"""The names of the formats; a format's module is imported when it is asked for."""


def render(
    explanation: Explanation,
    form: str = "table",
    columns: Sequence[str] | None = None,
    depth: int | None = None,
    width: int | None = None,
    colour: bool = False,
) -> str:
    """An explanation as text.

    **Arguments**

    - `form`: one of `FORMATS`.
    - `columns`: the names of the columns, of `cnnnotes._rendering.columns.COLUMNS`; JSON and SVG have none.
    - `depth`: how many levels of nested models are shown; `None` for all.
    - `width`: of a table, in characters; `None` for as wide as it is.
    - `colour`: whether a table may use a terminal's colours.

    **Returns** the text, which ends in a newline.

    **Raises** `ValueError` for an unknown form or column, and for a drawing of more rows than anyone could look at.
    """
    if form not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)}, got {form!r}")
    for name in columns or ():
        if name not in COLUMNS:
            raise ValueError(f"no column is called {name!r}; there are {', '.join(COLUMNS)}")
    is_error = explanation.kind == "error"  # which has no rows, and so no table
    if is_error and form == "svg":
        raise ValueError("an error has no drawing")
    chosen = [] if is_error else [COLUMNS[name] for name in columns or DEFAULT]
    rendered: str = import_module(f"{formats.__name__}.{form}").render(explanation, View(chosen, depth, width, colour))
    return rendered
