"""The rows of an explanation in another order, the first of them, or their totals by type of layer."""

from __future__ import annotations

from collections.abc import Callable

from cnnnotes._explaining.explanation import Explanation, Row, walk
from cnnnotes._explaining.walk import added

NUMBERS: dict[str, Callable[[Row], int | None]] = {
    "params": lambda row: row.params,
    "trainable": lambda row: row.trainable_params,
    "macs": lambda row: row.macs,
    "flops": lambda row: None if row.macs is None else 2 * row.macs,
    "bytes": lambda row: row.activation_bytes,
}
"""What rows are sorted by."""


def arranged(explanation: Explanation, sort: str | None, top: int | None, by_type: bool) -> Explanation:
    """The explanation with its rows arranged; a note says what share of the whole the rows that are left have."""
    if explanation.kind == "error" or not (sort or top or by_type):
        return explanation
    rows = [row for _, row in walk(explanation.rows) if row.rows is None]
    if by_type:
        rows = [
            _total(kind, [row for row in rows if row.type == kind]) for kind in dict.fromkeys(row.type for row in rows)
        ]
    number = NUMBERS[sort or "params"]
    if sort:
        rows.sort(key=lambda row: -(number(row) or 0))
    whole = sum(number(row) or 0 for row in rows)
    noted = [row._replace(notes=(*_share(number(row), whole, sort or "params"), *row.notes)) for row in rows]
    shown = noted[:top] if top else noted
    notes = explanation.notes
    if len(shown) < len(rows):
        share = _share(sum(number(row) or 0 for row in rows[:top]), whole, sort or "params")
        notes = (*notes, f"{len(shown)} of {len(rows)} rows are shown, with {''.join(share) or 'none of it'}.")
    return explanation._replace(rows=tuple(shown), notes=notes)


def _share(part: int | None, whole: int, name: str) -> tuple[str, ...]:
    """Which share of the whole this is, in percent."""
    return (f"{100 * part / whole:.1f} % of all {name}",) if part and whole else ()


def _total(kind: str, rows: list[Row]) -> Row:
    """The rows of a type as one."""
    return Row(
        name=f"{len(rows)} ×",
        type=kind,
        inputs=(),
        shapes=None,
        params=added(row.params for row in rows),
        trainable_params=added(row.trainable_params for row in rows),
        outcome=None,
        macs=added(row.macs for row in rows),
        activation_bytes=added(row.activation_bytes for row in rows),
        field=None,
    )
