"""The tables of a text: where each begins and ends, and the cells of its rows, in boxes or in columns."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cnnnotes._pasted.lines import FOOTER, HEADER, ROW, SHAPE, Line

MAX_NESTING = 100
"""The deepest nesting of models that is read."""

MAX_NAME = 22
"""A longer name that no type follows is taken for cut: it fills the column of names."""

_TITLES = {"l": "name", "o": "shape", "p": "params", "c": "connected", "r": "connected", "t": "trainable", "i": "input"}
"""What a column holds, by the letter that its title begins with: narrow tables leave no more of it."""
_IN_NAME = re.compile(SHAPE)
_WHOLE_SHAPE = re.compile(r"(?:[\[\](){},\s?]|\d+|None|null|'[^']*':|\"[^\"]*\":)*|multiple")
_NUMBER = r"\d[\d,]*(?:…|\.{3})|\d{1,3}(?:,\d{3})+|\d+|\?|…"
_COUNT = re.compile(rf"[\s|]*({_NUMBER})(\s*\((?:unbuilt|unused)\))?(?![\d.,)\]}}])")
_CUT_SHAPE = re.compile(rf"[\[({{](?:[\[\](){{}}?]|None|null|Non?|\d++|,\s*+)*(?=[\s|]*(?:{_NUMBER})(?:\s|$))")
_DOTS = re.compile(r"[\s\[\]()|│]*[.…⋮:][\s\[\]()|│.…⋮:]*(?:\d+ more\b.*)?|\W*\d+ more (?:layers|rows)\W*")
"""What stands in place of rows that were left out."""
_NAME_PIECE = re.compile(r"[\w./>…-]*(?:\([A-Za-z_]?\w*\)?|\))?")
LOST = "lost"
"""Stands for the columns of a table that is cut off at its right."""
ELIDED = "…"
"""The name of a row that stands for such rows."""


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
    input: str = ""
    """The shape of its input, which TensorFlow.js shows."""
    note: str = ""
    """What somebody wrote after the count."""


class Table(NamedTuple):
    """A table, from its header to the next one."""

    lines: Sequence[Line]
    columns: tuple[str, ...]
    rows: tuple[Cells, ...]
    before: Sequence[Line]
    """The lines between the table before and this one."""
    passed: tuple[Line, ...] = ()
    """The lines between its rows that are none."""

    @property
    def is_model(self) -> bool:
        """Whether it lists layers, with shapes or counts."""
        return bool(self.rows) and (not self.columns or "shape" in self.columns or "params" in self.columns)


def tables(lines: Sequence[Line]) -> Iterator[Table]:
    """The tables of a text, each with its rows; a text without any header is one table."""
    headers = [i for i in range(len(lines)) if _is_header(lines, i)] or [0]
    for i, (start, end) in enumerate(itertools.pairwise([*headers, len(lines)])):
        own, before = lines[start:end], lines[headers[i - 1] if i else 0 : start]
        passed: list[Line] = []
        if any(line.text[:1] in ("│", "┃") for line in own):
            cropped = any("┏" in line.text and "┓" not in line.text for line in before)
            columns, rows = _boxes(own, cropped, passed)
        else:
            columns, rows = _columns(own, passed)
        last = rows[-1].line if rows else 0
        yield Table(own, columns, tuple(rows), before, tuple(line for line in passed if line.number < last))


def _is_header(lines: Sequence[Line], i: int) -> bool:
    if lines[i].text[:1] == "┃":
        return not i or lines[i - 1].text[:1] != "┃"
    return HEADER.search(lines[i].text) is not None


def _title(title: str) -> str:
    """What the column of this title holds; nothing that a row is read for, where KerasHub shows a layer's "Config"."""
    return "" if title.startswith("Conf") else _TITLES.get(title[:1].lower(), "")


def _is_ruler(line: Line) -> bool:
    return not line.text.strip("_=-¯| `")


# ---- boxes: Keras 3 ----


class _Piece(NamedTuple):
    """A line of a box: the pieces of the cells that it shows."""

    line: Line
    cells: list[str]


def _boxes(lines: Sequence[Line], cropped: bool, passed: list[Line]) -> tuple[tuple[str, ...], list[Cells]]:
    columns: tuple[str, ...] = ()
    rows: list[Cells] = []
    for group in _groups(lines):
        width = max(len(piece.cells) for piece in group)
        cells = [[piece.cells[i] for piece in group if i < len(piece.cells)] for i in range(width)]
        words = [" ".join(" ".join(pieces).split()) for pieces in cells]
        line = group[0].line
        if line.text[0] == "┃" or words[:1] == ["Layer (type)"]:
            columns = tuple(map(_title, words))
            if cropped and words[-1] not in ("Param #", "Connected to", "Trainable"):
                # the last cell may be cut without a sign of it, and what would follow is not known
                partial = not line.text.rstrip().endswith(("┃", "│"))
                columns = (*columns[: len(columns) - partial], LOST)
        elif _DOTS.fullmatch("".join(words)):
            rows.append(Cells(line.number, 0, ELIDED))
        elif width <= 1:
            passed += [piece.line for piece in group]
        elif any(words):
            if "name" not in columns:
                columns = ("name", "shape", "params", "connected", "trainable")
            rows.append(_in_boxes(line, cells[0][0], cells, words, columns))
    return columns, rows


def _in_boxes(
    line: Line, name: str, cells: Sequence[Sequence[str]], words: Sequence[str], columns: Sequence[str]
) -> Cells:
    """The cells of one row of a box."""
    texts = {"connected": ""} if "connected" in columns or LOST in columns else {}
    texts |= {column: word for column, word in zip(columns, words, strict=False) if column not in ("", LOST)}
    for column, pieces in zip(columns, cells, strict=False):
        if len(pieces) > 1 and (column in ("name", "shape") or texts.get(column, "").startswith("['")):
            # no name has blanks, and neither a shape nor tf.keras's list of connections needs any
            texts[column] = "".join(piece.strip() for piece in pieces)
    params = texts.get("params", "")
    whole = _WHOLE_SHAPE.fullmatch(texts.get("shape", "")) and (not params or _COUNT.fullmatch(params))
    if not whole or len(words) > len(columns):  # a bar is missing or too much, or the shape is cut
        found = _by_content([Line(line.number, " ".join(words))], columns)
        if found:
            return found._replace(level=_indent(name))
    room = len(cells[columns.index("params")][0]) - 2 if "params" in columns[: len(cells)] else 0
    full = "(" not in texts["name"] and len(texts["name"]) > MAX_NAME
    return Cells(line.number, _indent(name), room=room, full=full, **texts)


def _groups(lines: Sequence[Line]) -> Iterator[list[_Piece]]:
    """The lines of each row: those between two borders or, where borders are missing, from one row's start on. A line
    that stands between rows and is none of a box is a group of its own."""
    group: list[_Piece] = []
    for line in lines:
        bar = line.text[:1]
        boxed = bar in ("│", "┃")
        cells = line.text[1:].replace("┃", "│").split("│") if boxed else [line.text]
        if boxed and not cells[-1].strip():
            cells.pop()
        starts = len(cells) > 2 and cells[0].strip()[:1] not in ("", "(") and cells[2].strip()[:1].isdecimal()
        if group and (starts or not boxed or bar != group[0].line.text[0]) and line.text.strip():
            yield group
            group = []
        if FOOTER.search(line.text):
            break
        if boxed and cells:
            group.append(_Piece(line, cells))
        elif line.text.strip("─━═└┘ ") and bar not in "├┡┢╘╞┝┠┏╒┌":
            yield [_Piece(line, cells)]
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


def _columns(lines: Sequence[Line], passed: list[Line]) -> tuple[tuple[str, ...], list[Cells]]:
    header = lines[0].text if lines and HEADER.search(lines[0].text) else ""
    titles = list(re.finditer(r"\b(La|Ou|Pa|Co|Tr|In|Re)", header))
    starts = [0, *(title.start() for title in titles[1:])][: len(titles)]
    names = [_title(title[0]) for title in titles]
    columns = [_Column(*column) for column in zip(starts, [*starts[1:], None], names, strict=False)]
    rows = []
    for group in _wrapped(lines[1:] if header else lines, columns):
        if _DOTS.fullmatch(group[0].text):
            rows.append(Cells(group[0].number, 0, ELIDED))
            group = group[1:]
        fitting = (_by_columns(group, shifted) for shifted in _shifted(columns))
        found = (next(filter(None, fitting), None) or _by_content(group, names)) if group else None
        if found is not None:
            rows.append(found)
        else:
            passed += group
    return tuple(names), rows


def _shifted(columns: Sequence[_Column]) -> Iterator[list[_Column]]:
    """The columns where the titles stand, and one or two places beside them."""
    for by in (0, -1, 1, -2, 2):
        yield [
            column._replace(start=column.start and column.start + by, end=column.end and column.end + by)
            for column in columns
        ]


def _wrapped(lines: Sequence[Line], columns: Sequence[_Column]) -> Iterator[list[Line]]:
    """The lines of each row: those between rulers or blank lines or, where there are none, from one row's start on."""
    body = list(itertools.takewhile(lambda line: not FOOTER.search(line.text), lines))
    separated = sum(map(_is_ruler, body)) > 2
    inside, group = not columns, list[Line]()
    for line in body:
        starts = _starts(line, columns, separated and inside)
        if _is_ruler(line) or starts or _DOTS.fullmatch(line.text):
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
    found = _by_content([line], ())
    return found is not None and bool(found.params) and ("(" in found.name or not separated)


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


def _by_columns(group: Sequence[Line], columns: Sequence[_Column]) -> Cells | None:
    """The cells of a row by where they stand; `None` where they stand elsewhere."""
    lines = [_cut(line.text, columns) for line in group]
    if not columns or None in lines:
        return None
    pieces = {column.title: [line[i] for line in lines if line] for i, column in enumerate(columns) if column.title}
    pieces["name"] = [piece.lstrip() for piece in pieces["name"]]
    texts = {title: _put_together(title, cell) for title, cell in pieces.items()}
    shape, count = texts.get("shape", ""), _COUNT.match(texts.get("params", ""))
    if (
        not texts["name"]
        or _IN_NAME.search(texts["name"])
        or not (shape or count)
        or not _WHOLE_SHAPE.fullmatch(shape)
        or shape.endswith(",")
    ):
        return None
    if texts.get("params"):
        if count is None:
            return None
        texts["note"] = texts["params"][count.end() :].strip()
        texts["params"] = texts["params"][: count.end()].strip()
    last = pieces["name"][-1]
    full = len(last.rstrip()) >= len(last) - 1
    return Cells(group[0].number, _level(group[0].text), full=full, **texts)  # type: ignore[arg-type]


def _put_together(title: str, pieces: Sequence[str]) -> str:
    """A cell that tf.keras has wrapped: it cuts anywhere, in mid-word too, but between connections without a list."""
    between = " " if title == "connected" and not pieces[0].lstrip().startswith("[") else ""
    return between.join(piece.strip() for piece in pieces).strip()


# ---- cells by what they say ----


def _by_content(group: Sequence[Line], columns: Sequence[str]) -> Cells | None:
    """The cells of `name (Type)  (None, 3)  4  input[0][0]` wherever they stand; `None` where that is no row."""
    text = group[0].text
    found = ROW.search(text)
    if found is None:
        return None
    name, level = found[1].strip().lstrip("|"), _level(text)
    text = text[found.end() :]
    shape = text[: _shape_end(text)]
    count = _COUNT.match(text, len(shape))
    if count is None or not name:
        return None
    after = text[count.end() :].replace("|", " ").strip()
    for line in group[1:]:
        words = line.text.replace("|", " ").split()
        while words and ")" not in name and _NAME_PIECE.fullmatch(words[0]):
            name += words.pop(0)
        after = " ".join([after, *words])
    name, shape, after = _continued(name, shape, after)
    if after.startswith("['") and len(group) > 1:
        after = "".join(after.split())  # a list that is wrapped anywhere
    trainable = ""
    if "trainable" in columns and after[-2:].strip() in ("Y", "N"):
        after, trainable = after[:-2].strip(), after[-1]
    connected = after if "connected" in columns or (not columns and "[" in after) else None
    params = f"{count[1]}{count[2] or ''}"
    note = after.strip() if connected is None else ""
    full = "(" not in name and len(name) > MAX_NAME
    return Cells(group[0].number, level, name, shape.strip(), params, connected, trainable, full=full, note=note)


def _continued(name: str, shape: str, after: str) -> tuple[str, str, str]:
    """Name and shape with the pieces of them that tf.keras has wrapped into the lines after, and what is left there."""
    if "(" not in name:
        piece = re.search(r"(?:^|(?<=\s))([^\s\[\]'\",]*\s*\([A-Za-z_]\w*\)?)", after)
        if piece and re.search(r"(?:^|\s)[\w.]+\s", after[: piece.start()]):
            piece = None  # what stands between may be of the name too
    else:
        piece = None if ")" in name else re.search(r"(?:^|(?<=\s))(\w*\))", after)
    if piece:
        name, after = name + piece[1], f"{after[: piece.start()]} {after[piece.end() :]}"
    if (missing := sum(map(shape.count, "[({")) - sum(map(shape.count, "])}"))) > 0:
        piece = re.search(rf"(?:^|(?<=\s))([\d, None()\[\]]*[\])}}]{{{missing}}})(?=\s|$)", after)
        if piece:
            shape, after = shape + piece[1], f"{after[: piece.start()]} {after[piece.end() :]}"
    return name, shape, after.strip()


def _shape_end(text: str) -> int:
    """Where the shape that `text` begins with ends: where its bracket is closed, or where it is cut."""
    if text[:1] not in ("[", "(", "{"):
        return len(text.split(None, 1)[0])
    depth = 0
    for i, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if not depth:
            if re.search(r"\d\s+\d|\),?\s*\d", text[:i]):
                break  # the bracket is that of a later cell
            return i + 1
    cut = _CUT_SHAPE.match(text)
    return cut.end() if cut else len(text)
