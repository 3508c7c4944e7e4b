"""The tables of a text: where each begins and ends, and the cells of its rows, in boxes or in columns."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cnnnotes._pasted.lines import FOOTER, HEADER, Line

MAX_NESTING = 100
"""The deepest nesting of models that is read."""

_TITLES = {"l": "name", "o": "shape", "p": "params", "c": "connected", "t": "trainable"}
"""What a column holds, by the letter that its title begins with: narrow tables leave no more of it."""
_SIZE = r"(?:None|null|\?|\d{1,19})\b"
_SHAPE = rf"[\[({{]+\s*(?:{_SIZE}|['\"])|multiple\b|\?"
_ROW = re.compile(rf"(?:^|(?<=\s))([^\s(]+\s*(?:\((?:[A-Za-z_][\w.>]*)?…?\)?)?)\s*(?={_SHAPE})")
"""What comes before the shape of a row: `name (Type)`, or what is left of it."""
_CUT_SHAPE = re.compile(rf"[\[({{]+(?:{_SIZE}\s*,\s*)*(?:{_SIZE})?")
_COUNT = re.compile(r"\s*(\d[\d,]*…?|\?|…)(\s*\((?:unbuilt|unused)\))?(?![\d.])")


class Cells(NamedTuple):
    """The cells of one row, put together again where they are wrapped into several lines."""

    line: int
    """The line of the text that the row begins at."""
    level: int
    """How many models the row is nested in."""
    name: str
    shape: str = ""
    params: str = ""
    connected: str | None = None
    """`None` where the text has no such column."""
    trainable: str = ""
    room: int = 0
    """How many characters the column of counts has room for; 0 where a count is never cut."""
    full: bool = False
    """Whether the name fills its column, so that more of it may be cut off."""


class Table(NamedTuple):
    """A table, from its header to the next one."""

    lines: Sequence[Line]
    columns: tuple[str, ...]
    rows: tuple[Cells, ...]
    before: Sequence[Line]
    """The lines between the table before and this one."""


def tables(lines: Sequence[Line]) -> Iterator[Table]:
    """The tables of a text, each with its rows; a text without any header is one table."""
    headers = [i for i in range(len(lines)) if _is_header(lines, i)] or [0]
    for i, (start, end) in enumerate(itertools.pairwise([*headers, len(lines)])):
        own, before = lines[start:end], lines[headers[i - 1] if i else 0 : start]
        if any(line.text[:1] in ("│", "┃") for line in own):
            cropped = any("┏" in line.text and "┓" not in line.text for line in before)
            columns, rows = _boxes(own, cropped)
        else:
            columns, rows = _columns(own)
        yield Table(own, columns, tuple(rows), before)


def _is_header(lines: Sequence[Line], i: int) -> bool:
    if lines[i].text[:1] == "┃":
        return not i or lines[i - 1].text[:1] != "┃"
    return HEADER.search(lines[i].text) is not None


def _is_ruler(line: Line) -> bool:
    return not line.text.strip("_=-¯| `")


# ---- boxes: Keras 3 ----


class _Piece(NamedTuple):
    """A line of a box: the pieces of the cells that it shows."""

    line: Line
    cells: list[str]


def _boxes(lines: Sequence[Line], cropped: bool) -> tuple[tuple[str, ...], list[Cells]]:
    columns: tuple[str, ...] = ()
    rows = []
    for group in _groups(lines):
        width = max(len(piece.cells) for piece in group)
        cells = [[piece.cells[i] for piece in group if i < len(piece.cells)] for i in range(width)]
        words = [" ".join(" ".join(pieces).split()) for pieces in cells]
        heavy = group[0].line.text[0] == "┃"
        if heavy or words[:1] == ["Layer (type)"]:
            columns = tuple(_TITLES.get(word[:1].lower(), "") for word in words)
            if cropped:  # the last cell may be cut without a sign of it, and what would follow is not known
                partial = not group[0].line.text.rstrip().endswith(("┃", "│"))
                columns = (*columns[: len(columns) - partial], "", "connected")
        elif any(words):
            if "name" not in columns:
                columns = ("name", "shape", "params", "connected", "trainable")
            texts: dict[str, str] = dict.fromkeys([c for c in columns if c == "connected"], "")
            texts |= {column: word for column, word in zip(columns, words, strict=False) if column}
            room = len(cells[columns.index("params")][0]) - 2 if "params" in columns[: len(cells)] else 0
            rows.append(Cells(group[0].line.number, _indent(cells[0][0]), room=room, **texts))  # type: ignore[arg-type]
    return columns, rows


def _groups(lines: Sequence[Line]) -> Iterator[list[_Piece]]:
    """The lines of each row: those between two borders or, where borders are missing, from one row's start on."""
    group: list[_Piece] = []
    for line in lines:
        bar = line.text[:1]
        if bar not in ("│", "┃") or not bar:
            if group and bar in "├┡┢└╘╞┝┠":
                yield group
                group = []
            if FOOTER.search(line.text):
                break
            continue
        cells = line.text[1:].replace("┃", "│").split("│")
        if not cells[-1].strip():
            cells.pop()
        starts = len(cells) > 2 and cells[0].strip()[:1] not in ("", "(") and cells[2].strip()[:1].isdecimal()
        if group and (starts or bar != group[0].line.text[0]):
            yield group
            group = []
        group.append(_Piece(line, cells))
    if group:
        yield group


def _indent(name: str) -> int:
    """How deep a row is nested: Keras 3 puts three spaces for each level and "└" before the name."""
    before, corner, _ = name.partition("└")
    return max(1, (len(before) - 1) // 3) if corner and not before.strip() else 0


# ---- columns: Keras 1, Keras 2, tf.keras ----


class _Column(NamedTuple):
    start: int
    end: int | None
    title: str


def _columns(lines: Sequence[Line]) -> tuple[tuple[str, ...], list[Cells]]:
    header = lines[0].text if lines and HEADER.search(lines[0].text) else ""
    titles = list(re.finditer(r"\b(La|Ou|Pa|Co|Tr)", header))
    starts = [0, *(title.start() for title in titles[1:])][: len(titles)]
    names = [_TITLES[title[0][0].lower()] for title in titles]
    columns = [_Column(*column) for column in zip(starts, [*starts[1:], None], names, strict=False)]
    margin = titles[0].start() if titles else 0
    rows = []
    for group in _wrapped(lines[1:] if header else lines, columns):
        found = _by_columns(group, columns, margin) or _by_content(group, names)
        if found is not None:
            rows.append(found)
    return tuple(names), rows


def _wrapped(lines: Sequence[Line], columns: Sequence[_Column]) -> Iterator[list[Line]]:
    """The lines of each row: those between rulers or blank lines or, where there are none, from one row's start on."""
    body = list(itertools.takewhile(lambda line: not FOOTER.search(line.text), lines))
    separated = sum(map(_is_ruler, body)) > 2
    inside, group = not columns, list[Line]()
    for line in body:
        starts = _starts(line, columns, separated)
        if _is_ruler(line) or starts:
            if group:
                yield group
            group, inside = [], inside or starts or bool(line.text.strip())
        if inside and not _is_ruler(line):
            group.append(line)
    if group:
        yield group


def _starts(line: Line, columns: Sequence[_Column], separated: bool) -> bool:
    """Whether a line begins a row: it shows a name and a count, by its columns or by what it says."""
    cells = None if separated else _cut(line.text, columns)
    if cells is not None and len(cells) > 2 and cells[0].strip() and cells[2].strip():
        return True
    found = _by_content([line], [column.title for column in columns])
    return found is not None and bool(found.params) and "(" in found.name


def _level(text: str) -> int:
    """How many models a line is nested in: tf.keras puts a bar before it for each."""
    inner = text.strip()
    return min(len(inner) - len(inner.lstrip("|")), MAX_NESTING)


def _cut(text: str, columns: Sequence[_Column]) -> list[str] | None:
    """The line cut into columns; `None` where a word crosses a boundary."""
    level = _level(text)
    text = text.replace("|", " ", level).rstrip()
    text = text.rstrip("|") if level else text
    if not columns or any(text[column.start - 1 : column.start].strip() for column in columns[1:]):
        return None
    return [text[column.start : column.end] for column in columns]


def _by_columns(group: Sequence[Line], columns: Sequence[_Column], margin: int) -> Cells | None:
    """The cells of a row by where they stand; `None` where they stand elsewhere."""
    lines = [_cut(line.text, columns) for line in group]
    if not columns or None in lines:
        return None
    pieces = {column.title: [line[i] for line in lines if line] for i, column in enumerate(columns)}
    first = pieces["name"] = [piece[margin:] if not piece[:margin].strip() else piece for piece in pieces["name"]]
    texts = {title: _put_together(title, cell) for title, cell in pieces.items()}
    if not texts["name"] or not any(texts[title] for title in texts if title != "name"):
        return None
    last = pieces["name"][-1]
    full = len(last.rstrip()) >= len(last) - 1 and len(group) == len(first)
    return Cells(group[0].number, _level(group[0].text), full=full, **texts)  # type: ignore[arg-type]


def _put_together(title: str, pieces: Iterable[str]) -> str:
    """A cell that tf.keras has wrapped: it cuts anywhere, in mid-word too, but between connections without a list."""
    whole = "".join(piece.rstrip() for piece in pieces).strip()
    if title == "connected" and not whole.startswith("["):
        return " ".join(piece.strip() for piece in pieces).strip()
    return whole


# ---- cells by what they say ----


def _by_content(group: Sequence[Line], columns: Sequence[str]) -> Cells | None:
    """The cells of `name (Type)  (None, 3)  4  input[0][0]` wherever they stand; `None` where that is no row."""
    found = _ROW.search(group[0].text)
    if found is None:
        return None
    text = group[0].text[found.end() :]
    shape = text[: _shape_end(text)]
    count = _COUNT.match(text, len(shape))
    if count is None:
        return None
    after = text[count.end() :].strip()
    connected = after if "connected" in columns or "[" in after else None
    params = f"{count[1]}{count[2] or ''}"
    return Cells(group[0].number, _level(group[0].text), found[1].strip(), shape.strip(), params, connected)


def _shape_end(text: str) -> int:
    """Where the shape that `text` begins with ends: where its bracket is closed, or where it is cut."""
    if text[:1] not in "[({":
        return len(text.split(None, 1)[0])
    depth = 0
    for i, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if not depth:
            return i + 1
    cut = _CUT_SHAPE.match(text)
    return cut.end() if cut else len(text)
