"""The text of a summary as pasted: what Keras 3 draws in boxes, what Keras 1, 2 and tf.keras set in columns.

A pasted text is cut, wrapped, indented, quoted and coloured by whatever it went through. What is left of a cell is
taken as it stands: a name that ends in "…" stays cut, a count such as "1,315,…" stays open, nothing is guessed.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cnnnotes._reading.architecture import Architecture, Call, Footer, Layer, Recorded, Shape, TensorRef
from cnnnotes.layers import known_types
from cnnnotes.layers import layer_type as registered
from cnnnotes.layers._errors import ReadError

LONGEST_TEXT = 64_000_000
"""The most characters that are read: the summary of some 200,000 layers."""
LONGEST_LINE = 10_000
"""The most characters that one line may have: a summary is a table, a hundred or two wide."""
DEEPEST = 100
"""The deepest nesting of models that is read."""

_ANSI = re.compile(r"\x1b\[[0-9;:?]{0,40}[A-Za-z]")
_BORDER = re.compile(r"[├┡┢└╘╞┏┌╒┝┠]")
_SIZE = re.compile(r"\(([^()]*)\)")
_CONNECTION = re.compile(r"([^\[\]]+)\[(\d{1,9})\]\[(\d{1,9})\]")
_SEPARATORS = re.compile(r"[\s,'\"]+|(?:^|(?<=[\s'\"]))\[|(?<=['\"])\]")
_FOOTER = re.compile(r"(total|trainable|non-trainable|optimizer) params: *([\d,]{1,40})", re.IGNORECASE)
_HEADER = re.compile(r"\bLayer .{0,200}\bOut")
_MODEL = re.compile(r"\bModel: *(?:\"([^\"]*)\"|(\S+))")
_TITLES = {"l": "name", "o": "shape", "p": "params", "c": "connected", "t": "trainable"}
"""What a column holds, by the letter that its title begins with: narrow tables leave no more of it."""
_MODELS = ("Sequential", "Functional", "Model")
MOST_INPUTS = 32
"""The most input shapes that are kept for a row whose input the text leaves open: those of the nearest rows above."""
_SEVERAL_INPUTS = re.compile(
    r"Add|Subtract|Multiply|Average|Maximum|Minimum|Concatenate|Dot|Merge|.*Attention|(Conv|Simple)?(RNN|LSTM)([123]D)?|"
    r"GRU|Bidirectional"
)

Possible = tuple[tuple[Shape, ...], ...]
"""Input shapes that a row may have had: one tuple of shapes for each possibility."""


class Cells(NamedTuple):
    """The cells of one row, each with the pieces that it is wrapped into, by the column's title."""

    line: int
    """The line of the text that the row begins at, counted from 1."""
    level: int
    """How many models the row is nested in."""
    pieces: dict[str, list[str]]
    boxed: bool
    """Whether pieces are whole words (a box wraps at spaces and cuts what is too long with "…")."""

    def text(self, column: str) -> str:
        """The cell put together again."""
        pieces = self.pieces.get(column, [])
        if self.boxed or (column == "connected" and not "".join(pieces).lstrip().startswith("[")):
            return " ".join(piece.strip() for piece in pieces).strip()
        return "".join(piece.rstrip() for piece in pieces).strip()  # tf.keras cuts anywhere, in mid-word too


class Row(NamedTuple):
    """One row of a summary, as far as its text says."""

    line: int
    level: int
    name: str
    type: str
    shapes: tuple[Shape, ...] | None
    params: str
    width: int
    """How many characters the column of counts has room for; 0 where a count is never cut."""
    connected: tuple[TensorRef, ...] | None
    """Where its inputs come from, names perhaps cut; `None` where the text has no such column."""
    trainable: bool | None


def read_summary(text: str, source: str = "") -> Architecture:
    """The architecture that the text of a summary shows.

    **Arguments**

    - `text`: what `model.summary()` printed, with whatever stands before and after it.
    - `source`: what error messages call it.

    **Returns** an `Architecture` of kind `"pasted"`: its layers have no arguments (`config` is `None`), but the shapes
    and counts that the text shows, and the input shapes that it leaves possible.

    **Raises** `ReadError` that names the line where the text can't be read.

    ```python
    from cnnnotes._pasted.summary import read_summary

    model = read_summary('''
    Layer (type)                 Output Shape              Param #
    =================================================================
    conv2d_1 (Conv2D)            (None, 222, 222, 32)      896
    ''')
    assert model.layers[0].recorded.outputs == ((None, 222, 222, 32),)
    ```
    """
    if len(text) > LONGEST_TEXT:
        raise ReadError(f"the text has {len(text):,} characters, more than the {LONGEST_TEXT:,} that are read")
    lines = _ANSI.sub("", text).replace("\xa0", " ").expandtabs().splitlines()
    long = next((number for number, line in enumerate(lines, start=1) if len(line) > LONGEST_LINE), None)
    if long:
        raise ReadError(
            f"line {long}: has {len(lines[long - 1]):,} characters, more than the {LONGEST_LINE:,} that are read"
        )
    boxed = any("│" in line or "┃" in line for line in lines)
    start, found = _boxes(lines) if boxed else _columns(lines)
    rows = [_row(cells) for cells in found]
    if not rows:
        raise ReadError("no summary found: expected a table that begins with 'Layer (type)'")
    before = [match for match in map(_MODEL.search, lines[:start]) if match]
    name = (before[-1][1] or before[-1][2] or "") if before else ""
    notes = _notes(lines, rows)
    return Architecture(
        name=name or "model",
        layers=_layers(rows, 0),
        kind="pasted",
        source=source,
        footer=_footer(lines[start:]),
        notes=notes,
    )


def _notes(lines: Sequence[str], rows: Sequence[Row]) -> tuple[str, ...]:
    notes = []
    titles = sum("Layer (type)" in line for line in lines)
    if titles > 1:
        notes.append(f"the text holds {titles} summaries: the first is explained")
    if all(not row.params for row in rows):
        notes.append("the text is cut off before the column of counts")
    return tuple(notes)


# ---- boxes: Keras 3 ----


def _boxes(lines: Sequence[str]) -> tuple[int, list[Cells]]:
    """The line that the table begins at, and its rows."""
    lines = _unwrapped(lines)
    start = next(i for i, line in enumerate(lines) if "│" in line or "┃" in line)
    bordered = any("├" in line for line in lines[start:])
    cropped = any("┏" in line and "┓" not in line for line in lines)
    partial = False
    columns: list[str] = []
    rows: list[Cells] = []
    pending: list[tuple[int, list[str], bool]] = []

    def finish() -> None:
        nonlocal columns
        if not pending:
            return
        width = max(len(cells) for _, cells, _ in pending)
        pieces = [[cells[i] for _, cells, _ in pending if i < len(cells)] for i in range(width)]
        words = [" ".join(" ".join(piece).split()).lower() for piece in pieces]
        if pending[0][2] or words[:1] == ["layer (type)"]:
            columns = [_TITLES.get(word[:1], "") for word in words]
            if cropped:  # the last cell may be cut without a sign of it, and what would follow is not known
                columns = [*columns[: len(columns) - partial], "", "connected"]
        elif any(words):
            if "name" not in columns:
                columns = ["name", "shape", "params", "connected", "trainable"]
            pieces += [[""]] * (len(columns) - len(pieces))
            rows.append(Cells(pending[0][0], _indent(pieces[0]), dict(zip(columns, pieces, strict=False)), True))
        pending.clear()

    for number, line in enumerate(lines[start:], start=start + 1):
        bar = min((i for i in (line.find("│"), line.find("┃")) if i >= 0), default=-1)
        if bar < 0:
            if _BORDER.search(line):
                finish()
            if _FOOTER.search(line) or (rows and "Layer (type)" in line):
                break
            continue
        cells = line[bar + 1 :].replace("┃", "│").split("│")
        if not cells[-1].strip():
            cells.pop()
        if line[bar] == "┃":
            if rows:  # the header of another summary
                break
            partial = not line.rstrip().endswith("┃")
        elif pending and not bordered and len(cells) > 2 and cells[0].strip() and cells[2].strip():
            finish()
        pending.append((number, cells, line[bar] == "┃"))
    finish()
    return start, rows


def _unwrapped(lines: Sequence[str]) -> Sequence[str]:
    """The lines as they were before a terminal broke each in two or more at its own width."""
    top = next((i for i, line in enumerate(lines) if "┏" in line), None)
    if top is None or "┓" in lines[top] or top + 1 == len(lines):
        return lines
    last = top + 1
    while last < len(lines) and re.fullmatch(r"[━┳]+┓?", lines[last].strip()) and "┓" not in lines[last]:
        last += 1
    if last == len(lines) or not re.fullmatch(r"[━┳]*┓", lines[last].strip()):
        return lines  # cut off at the right, not broken
    parts, width = last - top + 1, len(lines[top])
    joined = list(lines[:top])
    i = top
    while i < len(lines):
        if lines[i][:1] and lines[i][0] in "┏┃┡│├└":
            joined.append("".join(part.ljust(width) for part in lines[i : i + parts]).rstrip())
            joined += [""] * (min(parts, len(lines) - i) - 1)  # keeps the numbers of the lines
            i += parts
        else:
            joined.append(lines[i])
            i += 1
    return joined


def _indent(pieces: Sequence[str]) -> int:
    """How deep a row is nested: Keras 3 puts three spaces for each level and "└" before the name."""
    before, corner, _ = pieces[0].partition("└")
    return max(1, (len(before) - 1) // 3) if corner and not before.strip() else 0


# ---- columns: Keras 1, Keras 2, tf.keras ----


def _columns(lines: Sequence[str]) -> tuple[int, list[Cells]]:
    """The line that the table begins at, and its rows."""
    title = next((i for i, line in enumerate(lines) if _HEADER.search(line)), None)
    if title is None:
        start = next((i for i, line in enumerate(lines) if _loose(line)), None)
        return (len(lines), []) if start is None else (start, list(_loose_rows(lines, start)))
    lead = lines[title].partition("Lay")[0].rstrip()
    if lead:  # "> ", "# ", "INFO:root:": what stands before the header stands before each line, or as much
        lines = [line[len(lead) :] if line[: len(lead)].strip() else line for line in lines]
    titles = re.finditer(r"\b(La|Ou|Pa|Co|Tr)", lines[title])
    starts = [(match.start(), _TITLES[match[0][0].lower()]) for match in titles]
    return title, list(_column_rows(lines, title, starts))


def _column_rows(lines: Sequence[str], title: int, starts: Sequence[tuple[int, str]]) -> Iterator[Cells]:
    bounds = [0, *(start for start, _ in starts[1:]), None]
    separated = _separated(lines, title)
    margin = starts[0][0]
    pending: list[tuple[int, int, list[str]]] = []

    def finished() -> Iterator[Cells]:
        if pending and pending[0][2][0].strip() and any("".join(cells[1:]).strip() for _, _, cells in pending):
            pieces = [[cells[i] for _, _, cells in pending] for i in range(len(starts))]
            pieces[0] = [piece[margin:] if not piece[:margin].strip() else piece for piece in pieces[0]]
            yield Cells(pending[0][0], pending[0][1], dict(zip((c for _, c in starts), pieces, strict=True)), False)
        pending.clear()

    in_body = False
    for number, line in enumerate(lines[title + 1 :], start=title + 2):
        if _FOOTER.search(line) or _HEADER.search(line):
            break
        inner = line.strip()
        level = len(inner) - len(inner.lstrip("|"))
        if not inner.strip("_=-¯| ") or inner == "```":
            yield from finished()
            in_body = in_body or "=" in line or "_" in line or "-" in line
            continue
        if not in_body:
            continue  # the header's own wrapped pieces
        line = line.replace("|", " ", level).rstrip()
        line = line.rstrip("|") if level else line
        if any(line[bound - 1 : bound].strip() for bound in bounds[1:-1] if bound):
            yield from finished()
            yield from _loose_rows([line], 0, number - 1, level)
            continue
        cells = [line[a:b] for a, b in itertools.pairwise(bounds)]
        if pending and not separated and len(cells) > 2 and cells[0].strip() and cells[2].strip():
            yield from finished()
        pending.append((number, min(level, DEEPEST), cells))
    yield from finished()


def _separated(lines: Sequence[str], title: int) -> bool:
    """Whether a blank line or a ruler parts the rows, so that a line that follows another continues it."""
    count = 0
    for line in lines[title + 1 :]:
        if _FOOTER.search(line):
            break
        count += not line.strip().strip("_=-¯| ")
        if count > 2:
            return True
    return False


def _loose_rows(lines: Sequence[str], start: int, offset: int = 0, level: int = 0) -> Iterator[Cells]:
    """Rows without columns to go by: each on one line, its cells parted by spaces."""
    for number, line in enumerate(lines[start:], start=offset + start + 1):
        if _FOOTER.search(line):
            break
        if not line.strip().strip("_=-¯| "):
            continue
        found = _loose(line)
        if found is None:
            raise ReadError(f"line {number}: expected 'name (Type)', a shape and a count, got {_quoted(line)}")
        yield Cells(number, level, {column: [cell] for column, cell in found.items()}, True)


def _loose(line: str) -> dict[str, str] | None:
    """The cells of `name (Type)  (None, 3)  4  input[0][0]`, by their own form."""
    opening = line.find("(")
    closing = line.find(")", opening)
    if opening < 1 or closing < 0 or not line[:opening].strip() or not line[opening + 1 : closing].isidentifier():
        return None
    rest = line[closing + 1 :].lstrip()
    end = _bracketed(rest) if rest[:1] in ("(", "[", "{") else len(rest.split(" ", 1)[0])
    shape, rest = rest[:end], rest[end:].strip()
    if not (_SIZE.search(shape) or shape in ("?", "multiple")):
        return None
    params, _, rest = rest.partition(" ")
    if rest.lstrip().startswith(("(unbuilt)", "(unused)")):
        rest = rest.lstrip().partition(" ")[2]
    return {"name": line[: closing + 1], "shape": shape, "params": params, "connected": rest.strip()}


def _bracketed(text: str) -> int:
    """Where the bracket that `text` begins with is closed."""
    depth = 0
    for i, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if not depth:
            return i + 1
    return len(text)


# ---- cells to rows, rows to layers ----


def _row(cells: Cells) -> Row:
    title = cells.text("name").lstrip("└| ")
    name, opened, layer_type = map(str.strip, title.rpartition("("))
    last = cells.pieces["name"][-1]
    if not opened and not cells.boxed and len(last.rstrip()) >= len(last) - 1 and title:
        name, opened, layer_type = f"{title}…", "(", ""  # Keras 2 cuts at the column's end: nothing is left of the type
    if not opened or not name:
        raise ReadError(f"line {cells.line}: expected 'name (Type)', got {_quoted(title)}")
    cut = not layer_type.endswith(")")
    layer_type = layer_type.rstrip(")")
    shapes = _shapes(cells.text("shape"))
    layer_type = f"{layer_type.rstrip('…')}…" if cut else layer_type
    room = len(cells.pieces["params"][0]) - 2 if cells.boxed and "params" in cells.pieces else 0
    connected = None if "connected" not in cells.pieces else _connections(cells.text("connected"))
    trainable = {"Y": True, "N": False}.get(cells.text("trainable"))
    return Row(cells.line, cells.level, name, layer_type, shapes, cells.text("params"), room, connected, trainable)


def _shapes(text: str) -> tuple[Shape, ...] | None:
    """The shapes that a cell shows; `None` for "?", "multiple", and where one of them is cut."""
    groups = _SIZE.findall(text)
    if not groups or text.count("(") != text.count(")"):
        return None
    shapes = []
    for group in groups:
        sizes = [size.strip() for size in group.split(",") if size.strip()]
        if len(sizes) > 64 or not all(size == "None" or (size.isdecimal() and len(size) < 20) for size in sizes):
            return None
        shapes.append(tuple(None if size == "None" else int(size) for size in sizes))
    return tuple(shapes)


def _connections(text: str) -> tuple[TensorRef, ...]:
    refs = []
    for word in _SEPARATORS.split(text):
        match = _CONNECTION.fullmatch(word)
        if match:
            refs.append(TensorRef(match[1], int(match[2]), int(match[3])))
        elif word.strip("-[]…"):  # "a_long_na…" has lost its numbers, "inner[0][0…" a part of them
            refs.append(TensorRef(f"{word.rstrip('…').partition('[')[0]}…"))
    return tuple(refs)


def _completed(layer_type: str, shapes: Sequence[Shape]) -> str:
    """The only known type that begins as a cut one does and works on maps of this rank; else what is left of it."""
    found = [name for name in (*known_types(), *_MODELS) if name.startswith(layer_type.rstrip("…"))]
    if shapes:
        rank = len(shapes[0]) - 2
        ranks = {name: re.search(r"([123])D", name) for name in found}
        found = [n for n, own in ranks.items() if not own or int(own[1]) == rank - n.startswith("ConvLSTM")]
    return found[0] if len(found) == 1 else layer_type


def _quoted(text: str) -> str:
    text = " ".join(text.split())
    return repr(text if len(text) <= 60 else f"{text[:59]}…")


def count(text: str) -> int | None:
    """The count that a cell gives in full: `None` for "1,315,…", "?", "0 (unbuilt)" and an empty cell."""
    digits = text.replace(",", "")
    return int(digits) if digits.isdecimal() and len(digits) < 40 else None


def holds(text: str, width: int, value: int) -> bool:
    """Whether a cell that shows `text` in a column of `width` characters can stand for `value`.

    ```python
    from cnnnotes._pasted.summary import holds

    assert holds("1,315,…", 7, 1_315_840) and not holds("1,315,…", 7, 1_316_840)
    ```
    """
    exact = count(text)
    if exact is not None:
        return value == exact
    if not text.endswith("…"):
        return True
    printed = f"{value:,}"
    return printed.startswith(text[:-1]) and len(printed) > max(width, len(text) - 1)


class _Tensors:
    """Finds the rows that a connection may mean, where either name may be cut."""

    def __init__(self, rows: Sequence[Row], names: Sequence[str]):
        self.rows, self.names = rows, names
        self.whole: dict[str, int] = {}
        self.cut: dict[str, list[int]] = {}
        for i, row in enumerate(rows):
            if row.name.endswith("…"):
                self.cut.setdefault(row.name[:-1], []).append(i)
            else:
                self.whole.setdefault(row.name, i)
        self.sorted = sorted((row.name.rstrip("…"), i) for i, row in enumerate(rows))
        self.found: dict[str, list[int]] = {}

    def matches(self, name: str) -> list[int]:
        """The rows that a connection to `name` may mean, in their order."""
        if name in self.whole:
            return [self.whole[name]]
        if name not in self.found:
            stem = name.rstrip("…")
            found = {i for end in range(1, len(stem) + 1) for i in self.cut.get(stem[:end], ())}
            if name.endswith("…"):
                first, last = bisect_left(self.sorted, (stem, -1)), bisect_left(self.sorted, (f"{stem}\U0010ffff", -1))
                found.update(i for _, i in self.sorted[first:last])
            self.found[name] = sorted(found)
        return self.found[name]

    def resolved(self, ref: TensorRef, own: int) -> tuple[TensorRef, list[Shape]]:
        """The connection of row `own` with its row's full name where only one fits, and the shapes that it may have."""
        matches = [i for i in self.matches(ref.layer) if i != own]
        shapes: dict[Shape, None] = {}
        for i in matches:
            outputs = self.rows[i].shapes or ()
            shapes.update(dict.fromkeys(outputs if ref.layer.endswith("…") else outputs[ref.tensor : ref.tensor + 1]))
        shape = next(iter(shapes)) if len(shapes) == 1 else None
        name = self.names[matches[0]] if len(matches) == 1 else ref.layer
        return ref._replace(layer=name, shape=shape), list(shapes)


def _layers(
    rows: Sequence[Row], level: int, parent: str = "", outer: tuple[tuple[Shape, ...], ...] = ()
) -> tuple[Layer, ...]:
    """The rows as layers, those of nested models inside of theirs."""
    firsts = [i for i, row in enumerate(rows) if row.level <= level] or [0]
    own = [rows[i] for i in firsts]
    names = _distinct(own)
    tensors = _Tensors(own, names)
    earlier: dict[Shape, None] = {}
    layers: list[Layer] = []
    for k, (row, begin, end) in enumerate(zip(own, firsts, [*firsts[1:], len(rows)], strict=True)):
        if row.connected is not None and not level:
            calls, inputs = _connected(row, k, tensors)
        elif not parent or parent == "Sequential":  # a chain: each row is called on the one before
            before = layers[-1] if layers else None
            calls = (Call((TensorRef(before.name),)),) if before and row.type != "InputLayer" else ()
            inputs = (before.recorded.outputs or (),) if before else outer
        else:  # the text does not say what is connected to what inside of a nested model
            calls, inputs = (), tuple((shape,) for shape in reversed(earlier))
        inputs = tuple(possible for possible in inputs if possible)
        layer_type = row.type
        if layer_type.endswith("…"):
            layer_type = _completed(layer_type, inputs[0] if inputs else row.shapes or ())
        below = rows[begin + 1 : end]
        nested = Architecture(names[k], _layers(below, level + 1, layer_type, inputs), "pasted") if below else None
        layers.append(
            Layer(
                name=names[k],
                type=layer_type,
                calls=calls,
                trainable=row.trainable is not False,
                nested=nested,
                recorded=Recorded(row.shapes, count(row.params), row.params, inputs=inputs, params_width=row.width),
            )
        )
        for shape in row.shapes or ():
            earlier.pop(shape, None)
            earlier[shape] = None
            if len(earlier) > MOST_INPUTS:
                del earlier[next(iter(earlier))]
    return tuple(layers)


def _connected(row: Row, k: int, tensors: _Tensors) -> tuple[tuple[Call, ...], Possible]:
    """The calls of a row, and the input shapes that its last call may have had."""
    found = [tensors.resolved(ref, k) for ref in row.connected or ()]
    if not found:
        return (), ()
    if _SEVERAL_INPUTS.fullmatch(row.type) or not registered(row.type):
        inputs = itertools.islice(itertools.product(*(shapes for _, shapes in found)), MOST_INPUTS)
        return (Call(tuple(ref for ref, _ in found)),), tuple(inputs)
    return tuple(Call((ref,)) for ref, _ in found), tuple((shape,) for shape in found[-1][1])


def _distinct(rows: Sequence[Row]) -> list[str]:
    """A name for each row: where cutting has made two the same, the second is numbered."""
    seen: dict[str, int] = {}
    names = []
    for row in rows:
        seen[row.name] = seen.get(row.name, 0) + 1
        names.append(row.name if seen[row.name] == 1 else f"{row.name} ({seen[row.name]})")
    return names


def _footer(lines: Sequence[str]) -> Footer | None:
    found: dict[str, int] = {}
    for line in lines:
        match = _FOOTER.search(line)
        if match:
            found.setdefault(match[1].lower().replace("-", "_"), int(match[2].replace(",", "") or 0))
        elif found and line.strip():
            break
    return Footer(**found) if found else None
