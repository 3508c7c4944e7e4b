"""An explanation as text: a table, Markdown, LaTeX, HTML, JSON or a drawing, its rows perhaps in another order.

A format is a module of that name in `formats`, with a function `render` that takes an explanation and a `View`."""

import os
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from cnnnotes._explaining.explanation import Explanation, Row, walk
from cnnnotes._explaining.walk import added
from cnnnotes._rendering import formats
from cnnnotes._rendering.columns import COLUMNS, DEFAULT, View, shape_text
from cnnnotes.layers import Outcome, Shape

if os.path.isdir(formats.__path__[0]):
    FORMATS = sorted(file[:-3] for file in os.listdir(formats.__path__[0]) if file.endswith(".py") and file[0] != "_")
else:  # an archive, as a browser has it; for a folder the import of pkgutil and inspect would take a twentieth of a run
    from pkgutil import iter_modules

    FORMATS = sorted(name for _, name, _ in iter_modules(formats.__path__))
"""The names of the formats; a format's module is imported when it is asked for."""
NUMBERS = {"params": "params", "trainable": "trainable_params", "macs": "macs", "flops": "macs"}
NUMBERS["bytes"] = "activation_bytes"
"""What rows are sorted by, and the number of a row that it is."""


def render(explanation: Explanation, form: str = "table", columns: Sequence[str] | None = None, **how: Any) -> str:
    """An explanation in a format; `how` is the rest of a `View`. `ValueError` for an unknown format or column."""
    if form not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)}, got {form!r}")
    for name in columns or ():
        if name not in COLUMNS:
            raise ValueError(f"no column is called {name!r}; there are {', '.join(COLUMNS)}")
    is_error = explanation.kind == "error"  # which has no rows, and so no table
    if is_error and form == "svg":
        raise ValueError("an error has no drawing")
    chosen = [] if is_error else [COLUMNS[name] for name in columns or DEFAULT]
    rendered: str = import_module(f"{formats.__name__}.{form}").render(explanation, View(chosen, **how))
    return rendered


def to_answer(layer_type: str, inputs: Sequence[Shape], outcome: Outcome, axes: Sequence[str]) -> str:
    """What a rule says of a single layer: each of its `axes`, weights and products with its formula; what to notice."""
    given = ", ".join(map(shape_text, inputs)) or "no input"
    lines = [f"{layer_type}: {given} → {', '.join(map(shape_text, outcome.shapes)) or '?'}"]
    lines += (f"  {name}: {axis or 'kept'}" for name, axis in zip(axes, outcome.axes, strict=True))
    lines.append(f"  params: {outcome.params or 0}")
    for weight in outcome.weights:
        sides = f"{'×'.join(map(str, weight.shape))} = " if len(weight.shape) > 1 else ""
        lines.append(f"    {weight.name}: {sides}{weight.size:,}{'' if weight.trainable else ', not trained'}")
    if outcome.macs:
        lines.append(f"  multiply-accumulates: {outcome.macs}")
    return "\n".join([*lines, *(f"  {note}" for note in outcome.notes)]) + "\n"


def arranged(explanation: Explanation, sort: str | None, top: int | None, by_type: bool) -> Explanation:
    """The explanation with its rows arranged; a note says what share of the whole the rows that are left have."""
    if explanation.kind == "error" or not (sort or top or by_type):
        return explanation
    rows = [row for _, row in walk(explanation.rows) if row.rows is None]
    if by_type:
        rows = [_total(kind, [row for row in rows if row.type == kind]) for kind in {row.type: None for row in rows}]
    name = sort or "params"

    def count(rows: Sequence[Row]) -> int:
        return sum(getattr(row, NUMBERS[name]) or 0 for row in rows)

    def share(part: Sequence[Row]) -> list[str]:
        return [f"{100 * count(part) / whole:.1f} % of all {name}"] if count(part) else []

    whole = count(rows)
    if sort:
        rows.sort(key=lambda row: -count([row]))
    shown = rows[: top or None]
    notes = explanation.notes
    if len(shown) < len(rows):
        notes += (f"{len(shown)} of {len(rows)} rows are shown, with {''.join(share(shown)) or 'none of it'}.",)
    noted = tuple(row._replace(notes=(*share([row]), *row.notes)) for row in shown)
    return explanation._replace(rows=noted, notes=notes)


def _total(kind: str, rows: list[Row]) -> Row:
    """The rows of a type as one."""
    totals: dict[str, Any] = {name: added(getattr(row, name) for row in rows) for name in NUMBERS.values()}
    return Row(f"{len(rows)} ×", kind, **totals)
