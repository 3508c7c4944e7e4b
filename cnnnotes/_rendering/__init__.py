"""An explanation as text: a table, Markdown, LaTeX, HTML, JSON or a drawing, each from the explanation alone.

A format is a module of that name in `formats`, with a function `render` that takes an explanation and a `View`.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence

from cnnnotes._explaining.explanation import Explanation
from cnnnotes._rendering import formats
from cnnnotes._rendering.columns import View, chosen

Renderer = Callable[[Explanation, View], str]


class _Formats(Mapping[str, Renderer]):
    """The renderer of each format, by the format's name; its module is imported when it is asked for."""

    def __init__(self, folder: str):
        files = (name.partition(".") for name in os.listdir(folder))
        self._names = sorted(name for name, _, suffix in files if suffix == "py" and name != "__init__")

    def __getitem__(self, name: str) -> Renderer:
        if name not in self._names:
            raise KeyError(name)
        renderer: Renderer = importlib.import_module(f"{formats.__name__}.{name}").render
        return renderer

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


FORMATS = _Formats(formats.__path__[0])
"""The renderer of each format, by the format's name."""


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
    if explanation.kind == "error" and form != "json":
        from cnnnotes._rendering.trouble import FORMATS as OF_ERRORS

        if form not in OF_ERRORS:
            raise ValueError(f"an error is shown as {', '.join(OF_ERRORS)} or json, got {form!r}")
        return OF_ERRORS[form](explanation)
    return FORMATS[form](explanation, View(chosen(columns), depth, width, colour))
