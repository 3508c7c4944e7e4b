"""The rows of an explanation in another order, the first of them, or their totals by type of layer."""

from collections.abc import Callable, Sequence
from typing import Any

from cnnnotes._explaining.explanation import Explanation, Row, walk
from cnnnotes._explaining.walk import added
from cnnnotes._rendering.columns import flops

NUMBERS: dict[str, Callable[[Row], int | None]] = {
    "params": lambda row: row.params,
    "trainable": lambda row: row.trainable_params,
    "macs": lambda row: row.macs,
    "flops": flops,
    "bytes": lambda row: row.activation_bytes,
}
"""What rows are sorted by."""


def arranged(explanation: Explanation, sort: str | None, top: int | None, by_type: bool) -> Explanation:
    """The explanation with its rows arranged; a note says what share of the whole the rows that are left have."""
    if explanation.kind == "error" or not (sort or top or by_type):
        return explanation
    rows = [row for _, row in walk(explanation.rows) if row.rows is None]
    if by_type:
        rows = [_total(kind, [row for row in rows if row.type == kind]) for kind in {row.type: None for row in rows}]
    name = sort or "params"

    def count(rows: Sequence[Row]) -> int:
        return sum(NUMBERS[name](row) or 0 for row in rows)

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
    numbers = ("params", "trainable_params", "macs", "activation_bytes")
    totals: dict[str, Any] = {name: added(getattr(row, name) for row in rows) for name in numbers}
    return Row(f"{len(rows)} ×", kind, (), shapes=None, outcome=None, field=None, **totals)
