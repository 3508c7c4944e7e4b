"""The text of a summary, read: its lines are cleaned, cut into tables and rows, and put together as layers.
What is left of a cell is taken as it is: a name that ends in "…" stays cut, a count such as "1,315,…" stays open."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from cnnnotes._pasted.candidates import Wanted, candidates
from cnnnotes._pasted.lines import FOOTER, MAX_PARAGRAPH, Line, cleaned
from cnnnotes._pasted.tables import LOST, Row, Table, tables
from cnnnotes._reading.architecture import Architecture, Call, Footer, Layer, Recorded, Shape, TensorRef
from cnnnotes.layers import known_types, layer_type
from cnnnotes.layers._errors import ReadError

MAX_INPUTS = 32  # the most input shapes that are kept for a row whose input is open: those of the nearest rows above
MODELS = ("Sequential", "Functional", "Model")
_CHANNELS = (*range(1, 8), *range(8, 512, 8), *range(512, 4097, 64))  # those that are tried where none is printed
Possible = tuple[tuple[Shape, ...], ...]  # input shapes that a row may have had, one tuple for each possibility
_PYTORCH = "this is a model of PyTorch's, printed or in a table of torchinfo: expected a summary of Keras"
_TORCH = re.compile(r"(?m)type:depth-idx|^\s*[A-Z]\w*-\d+ +\[-?\d|^[├│└ ─]*[A-Z]\w*: \d+-\d+|^ *\(\w+\): [A-Z]\w+\(")
_MODEL = re.compile(r"\bModel: *(?:[\"'“”]([^\"“”]*?)[\"'“”]|(\S+))")


def read_summary(text: str, source: str = "") -> Architecture:
    """An `Architecture` of kind `"pasted"`: without arguments (`config` is `None`), with what is shown and possible."""
    if _TORCH.search(text):
        raise ReadError(_PYTORCH)
    found = list(tables(cleaned(text)))
    if len(text) < MAX_PARAGRAPH and _whole(found) < sum(len(table.rows) or 1 for table in found):
        found = max(found, list(tables(cleaned(" ".join(text.split())))), key=_whole)  # lines broken within the rows
    table = next((table for table in found if table.is_model), None)
    if table is None or all(row.elided for row in table.rows):
        raise ReadError("no summary found: expected a table that begins with 'Layer (type)', an error or code")
    return Architecture(
        name=_name(table.before) or "model",
        layers=_layers_of(table.rows, known=LOST not in table.columns),
        kind="pasted",
        source=source,
        footer=_footer(table.lines),
        notes=tuple(_notes(table, found)),
    )


def _whole(found: Sequence[Table]) -> int:
    """How many rows of the first model are whole."""
    rows = next((table.rows for table in found if table.is_model), ())
    shown = (row for row in rows if row.recorded.outputs is not None and row.recorded.params_text)
    return sum(")" not in row.name for row in shown)


def _notes(table: Table, found: Sequence[Table]) -> Iterator[str]:
    """What of the text is left out."""
    models = sum(other.is_model for other in found)
    if models > 1:
        yield f"The text holds {models} summaries. Only the first is explained."
    for other in found:
        if not other.is_model and other.lines:
            yield f"The table at line {other.lines[0].number} lists no layers' shapes and counts, so it is left out."
    if all(not row.recorded.params_text for row in table.rows if not row.elided):
        yield "The text is cut off before the column of counts."
    if elided := [f"{row.line}" for row in table.rows if row.elided]:
        yield f"Rows are left out of the text at line {', '.join(elided)}. What depends on them stays open."
    if table.passed:
        more = f" and {len(table.passed) - 1} other lines" if len(table.passed) > 1 else ""
        yield f"Passed over, since it is no row: line {_quoted(*table.passed[0])}{more}."
    if noted := [row for row in table.rows if row.note]:
        more = f", and {len(noted) - 1} more" if len(noted) > 1 else ""
        yield f"Left out: the note after the count in line {_quoted(noted[0].line, noted[0].note)}{more}."


def _quoted(line: int, text: str) -> str:
    text = " ".join(text.split())
    return f"{line} ({text if len(text) <= 60 else f'{text[:59]}…'!r})"


def _name(lines: Sequence[Line]) -> str:
    """The model's name, where a line before the table gives it."""
    found = [match for match in (_MODEL.search(line.text) for line in lines) if match]
    return (found[-1][1] or found[-1][2] or "") if found else ""


def _footer(lines: Iterable[Line]) -> Footer | None:
    """The totals below a table."""
    found: dict[str, int] = {}
    for line in lines:
        match = FOOTER.search(line.text)
        if match:
            found.setdefault(match[1].lower().replace("-", "_"), int(re.sub("[, ]", "", match[2])))
        elif found and line.text.strip():
            break
    return Footer(**found) if found else None


def _layers_of(
    rows: Sequence[Row], level: int = 0, parent: str = "", outer: Possible = (), known: bool = True
) -> tuple[Layer, ...]:
    """The rows as layers, those of nested models inside of theirs; `known`: no column of the table is lost."""
    firsts = [i for i, row in enumerate(rows) if row.level <= level] or [0]
    own = [rows[i] for i in firsts]
    names = _distinct(own)
    tensors = _Tensors(own, names)
    chain = known and not any(row.connected for row in own) if not level else parent in ("", "Sequential")
    earlier: dict[Shape, None] = {}
    layers: list[Layer] = []
    for k, (row, begin, end) in enumerate(zip(own, firsts, [*firsts[1:], len(rows)], strict=True)):
        if row.elided:
            continue
        calls: tuple[Call, ...] = ()
        if chain and k and own[k - 1].elided:
            inputs: Possible = ()
        elif chain and layers:  # each row is called on the one before
            calls = (Call((TensorRef(layers[-1].name),)),) if row.type != "InputLayer" else ()
            inputs = (layers[-1].recorded.outputs or (),)
        elif chain:
            inputs = outer
        elif not level:
            calls, inputs = _connected(row, k, tensors)
        else:  # the text does not say what is connected to what inside of a nested model
            inputs = tuple((shape,) for shape in itertools.islice(reversed(earlier), MAX_INPUTS))
        inputs = row.recorded.inputs or tuple(filter(None, inputs))
        kind = _completed(row, inputs[0] if inputs else row.recorded.outputs or ())
        if shape := _whole_shape(kind, inputs, row.recorded):  # which the rows after it are then called on
            own[k] = row = row._replace(recorded=row.recorded._replace(outputs=(shape,)))
        below = rows[begin + 1 : end]
        nested = Architecture(names[k], _layers_of(below, level + 1, kind, inputs), "pasted") if below else None
        lost = k > 0 and not inputs and kind != "InputLayer"
        recorded = row.recorded._replace(inputs=inputs, after_gap=lost)
        layers.append(Layer(names[k], kind, None, calls, row.trainable is not False, nested=nested, recorded=recorded))
        for shape in recorded.outputs or ():  # the nearest ones last
            earlier.pop(shape, None)
            earlier[shape] = None
    return tuple(layers)


def _distinct(rows: Sequence[Row]) -> list[str]:
    """A name for each row: where cutting has made two the same, the second is numbered."""
    seen: dict[str, int] = {}
    names = []
    for row in rows:
        seen[row.name] = seen.get(row.name, 0) + 1
        names.append(row.name if seen[row.name] == 1 else f"{row.name} ({seen[row.name]})")
    return names


def _connected(row: Row, k: int, tensors: _Tensors) -> tuple[tuple[Call, ...], Possible]:
    """The calls of a row, and the input shapes that its last call may have had."""
    found = [tensors.resolved(ref, k) for ref in row.connected or ()]
    if not found:
        return (), ()
    known = layer_type(row.type)
    if known is None or known.inputs[1] != 1:
        inputs = itertools.islice(itertools.product(*(shapes for _, shapes in found)), MAX_INPUTS)
        return (Call(tuple(ref for ref, _ in found)),), tuple(inputs)
    return tuple(Call((ref,)) for ref, _ in found), tuple((shape,) for shape in found[-1][1])


def _completed(row: Row, shapes: Sequence[Shape]) -> str:
    """The type of a row: where it is cut, the known type that begins so and gives the row's name by default, or the
    only one that begins so and works on maps of this rank; else what is left of it."""
    stem = row.type.rstrip("…")
    if stem == row.type:
        return stem
    named = _named().get(re.sub(r"_\d+$", "", row.name.rstrip("…")), "")
    if named.startswith(stem) or not stem:
        return named or row.type
    types = {name: layer_type(name) for name in known_types() if name.startswith(stem)}
    own = {known.name: known.rank for name, known in types.items() if known and known.name == name}
    own |= dict.fromkeys(name for name in MODELS if name.startswith(stem))
    # Keras 1 had types that Keras 2 knows by another name; of pooling it never printed the aliases
    found = own or {name: known.rank for name, known in types.items() if known and "Convolution" in name}
    rank = len(shapes[0]) - 2 if shapes else None
    fitting = [n for n, r in found.items() if None in (r, rank) or r == (rank or 0) - n.startswith("ConvLSTM")]
    return fitting[0] if len(fitting) == 1 else row.type


def _whole_shape(kind: str, inputs: Possible, recorded: Recorded) -> Shape | None:
    """The shape that a cut one must have been: that which is printed, if it fits, or the only longer one that does."""
    cut = recorded.cut_output
    found: list[Shape] = []
    for shape in dict.fromkeys(_longer(cut, inputs[0][0])) if cut and inputs else ():
        wanted = Wanted((shape,), recorded.params, recorded.params_text)
        if candidates(kind, inputs, wanted).best:
            found.append(shape)
            if shape in (cut, inputs[0][0]):
                break
    return found[0] if len(found) == 1 else None


def _longer(cut: Shape, before: Shape) -> Iterator[Shape]:
    """Shapes that begin as a cut one: the input's own, the cut one as it is, and those with more digits or axes."""
    *kept, last = cut
    if len(before) >= len(cut) and before[: len(kept)] == (*kept,) and str(before[len(kept)]).startswith(str(last)):
        yield before
    if len(cut) == len(before):
        yield cut
        for digits in (1, 2) if last else ():
            yield from ((*kept, int(f"{last}{more:0{digits}}")) for more in range(10**digits))
    elif len(cut) == len(before) - 1:
        yield from ((*cut, channels) for channels in _CHANNELS)


@cache
def _named() -> dict[str, str]:
    """The known types by the names that Keras gives their layers by default, Keras 1's names too."""
    found: dict[str, str] = {}
    for name in known_types():
        snake = re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)).lower()
        known = layer_type(name)
        for default in (snake, name.lower()):
            found.setdefault(default, known.name if known and "Convolution" not in name else name)
    return found


class _Tensors:
    """Finds the rows that a connection may mean, where either name may be cut."""

    def __init__(self, rows: Sequence[Row], names: Sequence[str]):
        self.rows, self.names = rows, names
        self.named: dict[str, list[int]] = {}
        for i, row in enumerate(rows):
            self.named.setdefault(row.name, []).append(i)
        self.sorted = sorted((row.name.rstrip("…"), i) for i, row in enumerate(rows))
        self.found: dict[str, list[int]] = {}

    def matches(self, name: str) -> list[int]:
        """The rows that a connection to `name` may mean, in their order."""
        if name not in self.found:
            stem = name.rstrip("…")
            found = {i for end in range(1, len(stem) + 1) for i in self.named.get(f"{stem[:end]}…", ())}
            if stem != name:
                first, last = bisect_left(self.sorted, (stem, -1)), bisect_left(self.sorted, (f"{stem}\U0010ffff", -1))
                found.update(i for _, i in self.sorted[first:last])
            elif name in self.named:
                found = set(self.named[name][:1])
            self.found[name] = sorted(found)
        return self.found[name]

    def resolved(self, ref: TensorRef, own: int) -> tuple[TensorRef, list[Shape]]:
        """The connection of row `own`, with the full name where only one fits, and its shapes, of the nearest first."""
        matches = self.matches(ref.layer)
        at = bisect_left(matches, own)
        below = [i for i in matches[at : at + MAX_INPUTS] if i != own]
        nearest = [*reversed(matches[max(at - MAX_INPUTS, 0) : at]), *below]
        shapes: dict[Shape, None] = {}
        for i in nearest:
            outputs = self.rows[i].recorded.outputs or ()
            shapes.update(dict.fromkeys(outputs if ref.layer.endswith("…") else outputs[ref.tensor : ref.tensor + 1]))
        name = self.names[nearest[0]] if len(nearest) == 1 else ref.layer
        return ref._replace(layer=name), list(shapes)
