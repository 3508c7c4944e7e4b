"""The rows of a table: what each cell says, and nothing that it doesn't: a count such as "1,315,…" stays open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cnnnotes._pasted.lines import FOOTER, Line
from cnnnotes._pasted.tables import Cells
from cnnnotes._reading.architecture import Footer, Recorded, Shape, TensorRef

_CONNECTION = re.compile(r"([^\[\]]+)\[(\d{1,9})\]\[(\d{1,9})\]")
_SEPARATORS = re.compile(r"[\s,'\"]+|(?:^|(?<=[\s'\"]))\[|(?<=['\"])\]")
_SHAPE = re.compile(r"\(([^()]*)\)")


class Row(NamedTuple):
    """One row of a summary, as far as its text says."""

    line: int
    level: int
    name: str
    """Ends in "…" where it is cut, as does the type."""
    type: str
    recorded: Recorded
    connected: tuple[TensorRef, ...] | None
    """Where its inputs come from, names perhaps cut; `None` where the text has no such column."""
    trainable: bool | None


def row_of(cells: Cells) -> Row | None:
    """What the cells of a row say; `None` where they are not those of a row."""
    title = cells.name.lstrip("└| ")
    name, opened, layer_type = map(str.strip, title.rpartition("("))
    if not opened and cells.full and title:
        name, opened, layer_type = f"{title}…", "(", ""  # Keras 2 cuts at the column's end: no type is left
    if not opened or not name:
        return None
    cut = not layer_type.endswith(")")
    layer_type = layer_type.rstrip(")")
    return Row(
        line=cells.line,
        level=cells.level,
        name=name,
        type=f"{layer_type.rstrip('…')}…" if cut else layer_type,
        recorded=Recorded(
            outputs=_shapes(cells.shape),
            params=_count(cells.params),
            params_text=cells.params,
            params_width=cells.room,
            unbuilt=cells.params.startswith("0 ("),
        ),
        connected=None if cells.connected is None else _connections(cells.connected),
        trainable={"Y": True, "N": False}.get(cells.trainable),
    )


def _shapes(text: str) -> tuple[Shape, ...] | None:
    """The shapes that a cell shows; `None` for "?", "multiple", and where one of them is cut."""
    groups = _SHAPE.findall(text)
    if not groups or text.count("(") != text.count(")"):
        return None
    shapes = []
    for group in groups:
        sizes = [size.strip() for size in group.split(",") if size.strip()]
        if len(sizes) > 64 or not all(size == "None" or (size.isdecimal() and len(size) < 20) for size in sizes):
            return None
        shapes.append(tuple(None if size == "None" else int(size) for size in sizes))
    return tuple(shapes)


def _count(text: str) -> int | None:
    """The count that a cell gives in full: `None` for "1,315,…", "?", "0 (unbuilt)" and an empty cell."""
    digits = text.replace(",", "")
    return int(digits) if digits.isdecimal() and len(digits) < 40 else None


def _connections(text: str) -> tuple[TensorRef, ...]:
    refs = []
    for word in _SEPARATORS.split(text):
        match = _CONNECTION.fullmatch(word)
        if match:
            refs.append(TensorRef(match[1], int(match[2]), int(match[3])))
        elif word.strip("-[]…"):  # "a_long_na…" has lost its numbers, "inner[0][0…" a part of them
            refs.append(TensorRef(f"{word.rstrip('…').partition('[')[0]}…"))
    return tuple(refs)


def distinct(rows: Sequence[Row]) -> list[str]:
    """A name for each row: where cutting has made two the same, the second is numbered."""
    seen: dict[str, int] = {}
    names = []
    for row in rows:
        seen[row.name] = seen.get(row.name, 0) + 1
        names.append(row.name if seen[row.name] == 1 else f"{row.name} ({seen[row.name]})")
    return names


def footer_of(lines: Iterable[Line]) -> Footer | None:
    """The totals below a table."""
    found: dict[str, int] = {}
    for line in lines:
        match = FOOTER.search(line.text)
        if match:
            found.setdefault(match[1].lower().replace("-", "_"), int(match[2].replace(",", "") or 0))
        elif found and line.text.strip():
            break
    return Footer(**found) if found else None
