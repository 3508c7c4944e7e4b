"""The rows of a damaged summary beside those of the same summary as it was printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from cnnnotes import Row


def flat(rows: Sequence[Row]) -> Iterator[Row]:
    """All rows in order, those of nested models after their model's."""
    for row in rows:
        yield row
        yield from flat(row.rows or ())


def facts(row: Row) -> dict[str, Any]:
    """What a row says: `None` for what it leaves open."""
    best = row.candidates.best if row.candidates else None
    return {
        "type": None if row.type.endswith("…") else row.type,
        "shapes": row.shapes,
        "params": row.params,
        "inputs": row.inputs or None,
        "best": best and (best.arguments, best.inputs),
    }


def is_cut(said: str, true: str) -> bool:
    """Whether a name is left open: cut, and the true one begins so."""
    return said.endswith("…") and true.startswith(said.rstrip("…"))


def is_open(key: str, true: Any, said: Any) -> bool:
    """Whether what is said leaves the truth open."""
    if key == "inputs" and said and true and len(said) == len(true):
        return all(a == b or is_cut(a, b) for a, b in zip(said, true, strict=True))
    return said is None


def compared(plain: Sequence[Row], read: Sequence[Row], elided: bool = False) -> tuple[Counter[str], list[str]]:
    """How many rows are equal, open, or different, and in what they differ.

    Rows are paired by their names in their order; a row that isn't found counts as open (the one that was elided is
    left out), a row that isn't in the plain text as different.
    """
    counts: Counter[str] = Counter()
    differences = []
    place = 0
    for row in plain:
        nearby = range(place, min(place + 4, len(read)))
        at = next((i for i in nearby if read[i].name == row.name), None)
        at = next((i for i in nearby if is_cut(read[i].name, row.name)), None) if at is None else at
        if at is None:
            counts["open"] += not elided
            elided = False
            continue
        differences += [f"{one.name} ({one.type}) is not in the plain text" for one in read[place:at]]
        place = at + 1
        true, said = facts(row), facts(read[at])
        apart = {key: (true[key], said[key]) for key in true if said[key] != true[key]}
        wrong = {key: pair for key, pair in apart.items() if not is_open(key, *pair)}
        same = not apart and read[at].name == row.name
        counts["different" if wrong else "equal" if same else "open"] += 1
        if wrong:
            differences.append(f"{row.name}: {wrong}")
    differences += [f"{one.name} ({one.type}) is not in the plain text" for one in read[place:]]
    return counts, differences
