"""The tables of a text: where each begins and ends, and the cells of its rows, in boxes or in columns."""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from cnnnotes._pasted.lines import FOOTER, HEADER, ROW, SHAPE, Line
from cnnnotes._reading.architecture import Recorded, Shape, TensorRef

MAX_NESTING = 100  # the deepest nesting of models that is read
MAX_NAME = 22  # a longer name that no type follows is taken for cut: it fills the column of names
_TITLES = {"l": "name", "o": "shape", "p": "params", "c": "connected", "r": "connected", "t": "trainable", "i": "input"}
"""What a column holds, by the letter that its title begins with: narrow tables leave no more of it."""
_IN_NAME = re.compile(SHAPE)
_WHOLE_SHAPE = re.compile(r"(?:[\[\](){},\s?]|\d+|None|null|'[^']*':|\"[^\"]*\":)*|multiple")
_NUMBER = r"\d[\d,]*(?:…|\.{3})|\d{1,3}(?:[, ]\d{3})+|\d+|\?|…"
_COUNT = re.compile(rf"[\s|]*({_NUMBER})(\s*\((?:unbuilt|unused)\))?(?![\d.,)\]}}])")
_CUT_SHAPE = re.compile(rf"[\[({{](?:[\[\](){{}}?]|None|null|Non?|\d++|,\s*+)*(?=[\s|]*(?:{_NUMBER})(?:\s|$))")
_THEN_COUNT = re.compile(r"[)\]]\s+\d")
_CONNECTION = re.compile(r"([^\[\]]+)\[(\d{1,9})\]\[(\d{1,9})\]")
_SEPARATORS = re.compile(r"[\s,'\"]+|(?:^|(?<=[\s'\"]))\[|(?<=['\"])\]")
_DOTS = re.compile(r"[\s\[\]()|│]*[.…⋮:][\s\[\]()|│.…⋮:]*(?:\d+ more\b.*)?|\W*\d+ more (?:layers|rows)\W*")
"""What stands in place of rows that were left out."""
_NAME_PIECE = re.compile(r"[\w./>…-]*(?:\([A-Za-z_]?\w*\)?|\))?")
_BARS = ("│", "┃")
_CORNERS = "├┡┢╘╞┝┠┏╒┌"
LOST = "lost"  # stands for the columns of a table that is cut off at its right
ELIDED = "…"  # the name of a row that stands for such rows


class Row(NamedTuple):
    """One row of a summary, as far as its text says, put together again where it is wrapped into several lines."""

    line: int  # the line of the text that it begins at
    level: int  # how many models it is nested in
    name: str  # ends in "…" where it is cut, as does the type
    type: str = ""
    recorded: Recorded = Recorded()
    connected: tuple[TensorRef, ...] | None = None  # where its inputs come from; `None` without such a column
    trainable: bool | None = None
    note: str = ""  # what somebody wrote after the count

    @property
    def elided(self) -> bool:
        return self.name == ELIDED


class Table(NamedTuple):
    """A table, from its header to the next one."""

    lines: Sequence[Line]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    before: Sequence[Line]  # the lines between the table before and this one
    passed: tuple[Line, ...] = ()  # the lines between its rows that are none

    @property
    def is_model(self) -> bool:
        return bool(self.rows) and (not self.columns or "shape" in self.columns or "params" in self.columns)


def tables(lines: Sequence[Line]) -> Iterator[Table]:
    """The tables of a text, each with its rows; a text without any header is one table."""
    headers = [i for i in range(len(lines)) if _is_header(lines, i)] or [0]
    for i, (start, end) in enumerate(itertools.pairwise([*headers, len(lines)])):
        own, before = lines[start:end], lines[headers[i - 1] if i else 0 : start]
        body = list(itertools.takewhile(lambda line: not FOOTER.search(line.text), own))
        passed: list[Line] = []
        if any(line.text.startswith(_BARS) for line in body):
            cropped = any("┏" in line.text and "┓" not in line.text for line in before)
            columns, rows = _boxes(body, cropped, passed)
        else:
            columns, rows = _columns(body, passed)
        last = rows[-1].line if rows else 0
        yield Table(own, columns, tuple(rows), before, tuple(line for line in passed if line.number < last))


def _is_header(lines: Sequence[Line], i: int) -> bool:
    if lines[i].text[:1] == "┃":
        return not i or lines[i - 1].text[:1] != "┃"
    return HEADER.search(lines[i].text) is not None


def _title(title: str) -> str:
    """What the column of this title holds; nothing that a row is read for, where KerasHub shows a layer's "Config"."""
    return "" if title.startswith("Conf") else _TITLES.get(title[:1].lower(), "")


def _groups(
    lines: Iterable[Line], is_border: Callable[[Line], bool], starts: Callable[[Line, Line], bool]
) -> Iterator[list[Line]]:
    """The lines of each row: those between two borders or, where borders are missing, from one row's start on."""
    group: list[Line] = []
    for line in lines:
        border = is_border(line)
        if group and (border or starts(line, group[0])):
            yield group
            group = []
        if not border:
            group.append(line)
    if group:
        yield group


def _texts(pieces: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The cells of a row, each put together again; neither a shape nor tf.keras's list of connections has blanks."""
    found: dict[str, str] = {}
    for title, cell in pieces.items():
        gap = " " if title == "connected" and not cell[0].lstrip().startswith("[") else ""
        found[title] = gap.join(piece.strip() for piece in cell).strip()
    if count := _COUNT.match(found.get("params", "")):
        found["note"] = found["params"][count.end() :].strip()
        found["params"] = found["params"][: count.end()].strip()
    return found


def _is_row(texts: Mapping[str, str]) -> bool:
    """Whether such cells are those of a row: none is cut, and none stands in another's place."""
    name, shape, params = (texts.get(title, "") for title in ("name", "shape", "params"))
    whole = _WHOLE_SHAPE.fullmatch(shape) and not shape.endswith(",") and (not params or _COUNT.match(params))
    return bool(name and not _IN_NAME.search(name) and (shape or params) and whole and not _THEN_COUNT.search(shape))


# ---- boxes: Keras 3 ----


def _boxes(lines: Sequence[Line], cropped: bool, passed: list[Line]) -> tuple[tuple[str, ...], list[Row]]:
    columns: tuple[str, ...] = ()
    rows: list[Row] = []
    body = (line for line in lines if line.text.strip("│┃ "))
    for group in _groups(body, lambda line: line.text[0] in _CORNERS or not line.text.strip("─━═└┘ "), _starts_in_box):
        line, pieces = group[0], [_bar_pieces(line.text) for line in group]
        cells = [list(filter(None, cell)) for cell in itertools.zip_longest(*pieces, fillvalue="")]
        words = [" ".join(" ".join(cell).split()) for cell in cells]
        if line.text[0] == "┃" or words[:1] == ["Layer (type)"]:
            columns = tuple(map(_title, words))
            if cropped and words[-1] not in ("Param #", "Connected to", "Trainable"):
                # the last cell may be cut without a sign of it, and what would follow is not known
                partial = not line.text.rstrip().endswith(_BARS)
                columns = (*columns[: len(columns) - partial], LOST)
        elif _DOTS.fullmatch("".join(words)):
            rows.append(Row(line.number, 0, ELIDED))
        elif len(words) < 2:
            passed += group
        else:
            columns = columns if "name" in columns else ("name", "shape", "params", "connected", "trainable")
            rows += filter(None, [_in_box(line, dict(zip(columns, cells, strict=False)), words, columns)])
    return columns, rows


def _bar_pieces(text: str) -> list[str]:
    pieces = text[1:].replace("┃", "│").split("│") if text.startswith(_BARS) else [text]
    return pieces[:-1] if len(pieces) > 1 and not pieces[-1].strip() else pieces


def _starts_in_box(line: Line, first: Line) -> bool:
    """Whether a line begins a row: it shows a name and a count, or another bar than the row before, or none."""
    cells = _bar_pieces(line.text)
    starts = len(cells) > 2 and cells[0].strip()[:1] not in ("", "(") and cells[2].strip()[:1].isdecimal()
    return starts or not line.text.startswith(_BARS) or line.text[0] != first.text[0]


def _in_box(line: Line, cells: dict[str, list[str]], words: Sequence[str], columns: Sequence[str]) -> Row | None:
    """The cells of one row of a box."""
    name = cells["name"][0] if cells["name"] else ""
    texts: dict[str, str] = {"connected": ""} if "connected" in columns or LOST in columns else {}
    texts |= _texts({title: cell for title, cell in cells.items() if title not in ("", LOST) and cell})
    if not _is_row(texts) or len(words) > len(columns):  # a bar is missing or too much, or the shape is cut
        found = _by_content([Line(line.number, " ".join(words))], columns)
        if found:
            return found._replace(level=_indent(name))
    return _row(line.number, _indent(name), texts)


def _indent(name: str) -> int:
    """How deep a row is nested: Keras 3 puts three spaces for each level and "└" before the name."""
    before, corner, _ = name.partition("└")
    return max(1, (len(before) - 1) // 3) if corner and not before.strip() else 0


# ---- columns: Keras 1, Keras 2, tf.keras ----


class _Columns(NamedTuple):
    titles: tuple[str, ...] = ()
    starts: tuple[int, ...] = ()

    def cut(self, text: str, by: int = 0) -> list[str] | None:
        """A line cut into columns that stand `by` places from their titles; `None` where a word crosses a boundary."""
        level = _level(text)
        text = text.replace("|", " ", level).rstrip()
        text = text.rstrip("|") if level else text
        starts = [0, *(start + by for start in self.starts[1:])]
        if not self.starts or any(text[start - 1 : start].strip() for start in starts[1:]):
            return None
        return [text[start:end] for start, end in itertools.pairwise([*starts, None])]


def _columns(lines: Sequence[Line], passed: list[Line]) -> tuple[tuple[str, ...], list[Row]]:
    header = lines[0].text if lines and HEADER.search(lines[0].text) else ""
    titles = list(re.finditer(r"\b(La|Ou|Pa|Co|Tr|In|Re)", header))
    columns = _Columns(tuple(_title(title[0]) for title in titles), tuple(title.start() for title in titles))
    body = lines[1:] if header else lines
    separated = sum(map(_is_ruler, body)) > 2  # by rulers or blank lines; else a row ends where the next one starts

    def starts(line: Line, separated: bool = separated) -> bool:
        return bool(_DOTS.fullmatch(line.text)) or _starts(line, columns, separated)

    def above(line: Line) -> bool:
        return bool(columns.starts) and not (line.text.strip() and _is_ruler(line)) and not starts(line, False)

    rows = []
    for group in _groups(itertools.dropwhile(above, body), _is_ruler, lambda line, first: starts(line)):
        if _DOTS.fullmatch(group[0].text):
            rows.append(Row(group[0].number, 0, ELIDED))
            group = group[1:]
        # the columns stand under their titles, or one or two places beside them
        fitting = (_by_columns(group, columns, by) for by in (0, -1, 1, -2, 2) if group)
        found = next(filter(None, fitting), None) or (_by_content(group, columns.titles) if group else None)
        if found is not None:
            rows.append(found)
        else:
            passed += group
    return columns.titles, rows


def _is_ruler(line: Line) -> bool:
    return not line.text.strip("_=-¯| `")


def _starts(line: Line, columns: _Columns, separated: bool) -> bool:
    """Whether a line begins a row: it shows a name and a count, by its columns or by what it says."""
    cells = None if separated else columns.cut(line.text)
    if cells is not None and len(cells) > 1 and cells[0].strip() and cells[1:3][-1].strip():
        return True
    found = _by_content([line], columns.titles)
    return found is not None and bool(found.type or not separated)


def _level(text: str) -> int:
    """How many models a line is nested in: tf.keras puts a bar before it for each."""
    inner = text.strip()
    return min(len(inner) - len(inner.lstrip("|")), MAX_NESTING)


def _by_columns(group: Sequence[Line], columns: _Columns, by: int) -> Row | None:
    """The cells of a row by where they stand; `None` where they stand elsewhere."""
    lines = [columns.cut(line.text, by) for line in group]
    if None in lines:
        return None
    pieces = dict(zip(columns.titles, zip(*filter(None, lines), strict=True), strict=True))
    pieces.pop("", None)
    texts = _texts(pieces)
    last = pieces["name"][-1].lstrip()
    full = len(last.rstrip()) >= len(last) - 3  # tf.keras leaves up to three places
    return _row(group[0].number, _level(group[0].text), texts, full=full) if _is_row(texts) else None


# ---- cells by what they say ----


def _by_content(group: Sequence[Line], columns: Sequence[str]) -> Row | None:
    """The cells of `name (Type)  (None, 3)  4  input[0][0]` wherever they stand; `None` where that is no row."""
    text = group[0].text
    found = ROW.search(text)
    if found is None:
        return None
    name, level = found[1].strip().lstrip("|"), _level(text)
    text = text[found.end() :]
    given, shape = "", text[: _shape_end(text)]
    if re.match(rf"[\s|]*(?:{SHAPE})", text[len(shape) :]):  # TensorFlow.js shows the input's before it
        given, text = shape, text[len(shape) :].lstrip(" |")
        shape = text[: _shape_end(text)]
    count = _COUNT.match(text, len(shape))
    if not name or (count is None and (not columns or "params" in columns)):
        return None
    after = text[count.end() if count else len(shape) :].replace("|", " ").strip()
    for line in group[1:]:
        words = line.text.replace("|", " ").split()
        while words and ")" not in name and _NAME_PIECE.fullmatch(words[0]):
            name += words.pop(0)
        after = " ".join([after, *words])
    name, shape, after = _continued(name, shape, after)
    if after.startswith("['") and len(group) > 1:
        after = "".join(after.split())  # a list that is wrapped anywhere
    texts = {
        "name": name,
        "shape": shape.strip(),
        "params": f"{count[1]}{count[2] or ''}" if count else "",
        "input": given,
    }
    if "trainable" in columns and after[-2:].strip() in ("Y", "N"):
        after, texts["trainable"] = after[:-2].strip(), after[-1]
    texts["connected" if "connected" in columns or (not columns and "[" in after) else "note"] = after.strip()
    return _row(group[0].number, level, texts)


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
    depths = itertools.accumulate((c in "([{") - (c in ")]}") for c in text)
    end = next((i for i, depth in enumerate(depths) if not depth), None)
    if end is not None and not re.search(r"\d\s+\d|\),?\s*\d", text[:end]):  # else the bracket is a later cell's
        return end + 1
    cut = _CUT_SHAPE.match(text)
    return cut.end() if cut else len(text)


# ---- what the cells say ----


def _row(line: int, level: int, texts: Mapping[str, str], full: bool | None = None) -> Row | None:
    """What the cells of a row say, where they are those of one; `full`: whether the name fills its column, if known."""
    title = texts.get("name", "").replace("...", "…").lstrip("└| ")
    name, opened, kind = map(str.strip, title.rpartition("("))
    if not opened:  # no type is left of what Keras 2 cuts at the column's end, and of what was cut by hand
        full = len(title) > MAX_NAME if full is None else full
        name, kind = f"{title}…" if full else title, ""
    if not name:
        return None
    cut = not kind.endswith(")")
    kind = kind.rstrip(")")
    outputs, cut_output = _shapes(texts.get("shape", ""))
    given, _ = _shapes(texts.get("input", "").rpartition("]],")[2])  # of the last call
    params = texts.get("params", "").replace("...", "…")
    recorded = Recorded(
        outputs=outputs,
        cut_output=cut_output,
        params=_count(params),
        params_text=params,
        unbuilt=params.startswith("0 (unb"),
        inputs=(given,) if given else (),
    )
    connected = _connections(texts["connected"]) if "connected" in texts else None
    trainable = {"Y": True, "N": False}.get(texts.get("trainable", ""))
    kind = f"{kind.rstrip('…')}…" if cut else kind
    return Row(line, level, name, kind, recorded, connected, trainable, texts.get("note", ""))


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
    digits = re.sub("[, ]", "", text)
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
