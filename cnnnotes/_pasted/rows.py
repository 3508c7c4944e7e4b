"""The rows of a table: what each cell says, and nothing that it doesn't: a count such as "1,315,…" stays open."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cnnnotes._pasted.lines import FOOTER, Line
from cnnnotes._pasted.tables import ELIDED, MAX_NAME, Cells
from cnnnotes._reading.architecture import Footer, Recorded, Shape, TensorRef

_CONNECTION = re.compile(r"([^\[\]]+)\[(\d{1,9})\]\[(\d{1,9})\]")
_SEPARATORS = re.compile(r"[\s,'\"]+|(?:^|(?<=[\s'\"]))\[|(?<=['\"])\]")


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

    @property
    def elided(self) -> bool:
        """Whether it stands for rows that were left out of the text."""
        return self.name == ELIDED


def row_of(cells: Cells) -> Row | None:
    """What the cells of a row say; `None` where they are not those of a row."""
    title = cells.name.replace("...", "…").lstrip("└| ")
    name, opened, kind = map(str.strip, title.rpartition("("))
    if not opened:  # no type is left of what Keras 2 cuts at the column's end, and of what was cut by hand
        full = len(title) > MAX_NAME if cells.full is None else cells.full
        name, kind = f"{title}…" if full else title, ""
    if not name:
        return None
    cut = not kind.endswith(")")
    kind = kind.rstrip(")")
    outputs, cut_output = _shapes(cells.shape)
    given, _ = _shapes(cells.input.rpartition("]],")[2])  # of the last call
    params = cells.params.replace("...", "…")
    return Row(
        line=cells.line,
        level=cells.level,
        name=name,
        type=f"{kind.rstrip('…')}…" if cut else kind,
        recorded=Recorded(
            outputs=outputs,
            cut_output=cut_output,
            params=_count(params),
            params_text=params,
            params_width=cells.room,
            unbuilt=params.startswith("0 (unb"),
            inputs=(given,) if given else (),
        ),
        connected=None if cells.connected is None else _connections(cells.connected),
        trainable={"Y": True, "N": False}.get(cells.trainable),
    )


def _shapes(text: str) -> tuple[tuple[Shape, ...] | None, Shape | None]:
    """The shapes that a cell shows; `None` for "?", "multiple", and where one of them is cut, which comes second."""
    text = text.replace("null", "None")
    groups = re.findall(r"\(([^()]*)\)", text) or re.findall(r"\[([^\[\]]*)\]", text)  # TensorFlow.js has brackets
    shapes = [_sizes(group) for group in groups]
    if groups and None not in shapes and text.count("(") == text.count(")") and not text.endswith(","):
        return tuple(shape for shape in shapes if shape is not None), None
    cut = re.fullmatch(r"[\[(]+([\d, None]+)", text)
    return None, _sizes(cut[1]) if cut else None


def _sizes(text: str) -> Shape | None:
    sizes = [size.strip() for size in text.split(",") if size.strip()]
    if len(sizes) > 64 or not all(size in ("None", "?") or (size.isdecimal() and len(size) < 20) for size in sizes):
        return None
    return tuple(int(size) if size.isdecimal() else None for size in sizes)


def _count(text: str) -> int | None:
    """The count that a cell gives in full: `None` for "1,315,…", "?", "0 (unbuilt)" and an empty cell."""
    digits = text.replace(",", "")
    return int(digits) if digits.isdecimal() and len(digits) < 40 else None


def _connections(text: str) -> tuple[TensorRef, ...]:
    refs = []
    words = _SEPARATORS.split(text)
    if text.startswith("['"):  # a name that other words have come into is kept as far as it is whole
        words = [f"{name.split()[0]}…" if " " in name else name for name in re.findall(r"'([^']+)'?", text)]
    for word in words:
        match = _CONNECTION.fullmatch(word)
        if match:
            refs.append(TensorRef(match[1], int(match[2]), int(match[3])))
        elif re.fullmatch(r"[A-Za-z_][^()|]*", word):  # "a_long_na…" has lost its numbers, "inner[0][0…" a part of them
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
