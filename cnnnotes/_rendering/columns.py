"""The columns that an explanation can be shown in, and what each says of a row: text or a formula."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from cnnnotes._explaining.explanation import Explanation, Row, walk
from cnnnotes.formula import Formula
from cnnnotes.layers import Shape

Line = str | Formula  # one line of a cell
Rows = Iterator[tuple[int, list[str]]]


class Column(NamedTuple):
    """A column: its title and what it says of a row, one item for each line of the cell."""

    title: str
    cell: Callable[[Row], Sequence[Line]]
    number: bool = False  # whether its cells are numbers, set flush right


class View(NamedTuple):
    """What is shown of an explanation, and how."""

    columns: Sequence[Column]
    depth: int | None = None  # how many levels of nested models; `None` for all
    width: int | None = None  # of a table, in characters; `None` for as wide as it is
    colour: bool = False  # whether a table may use a terminal's colours


def plain(line: Line) -> str:
    """A line of a cell without mathematics or markup."""
    return line.numeric() if isinstance(line, Formula) else line


def shape_text(shape: Shape | None) -> str:
    """A shape as Keras prints it."""
    return "?" if shape is None else str(shape)


def count_text(count: int | None) -> str:
    """A number with thousands apart; "?" where it is not known."""
    return "?" if count is None else f"{count:,}"


def bytes_text(count: int | None) -> str:
    """A number of bytes in the unit that a reader would choose (1 kB = 1,000 bytes)."""
    if count is None or count < 1000:
        return "?" if count is None else f"{count} B"
    power = min((len(str(count)) - 1) // 3, 4)
    return f"{count / 1000**power:.1f} {'_kMGT'[power]}B"


def field_text(row: Row) -> str:
    """A receptive field: its size, then the stride; "all" for the whole input."""
    if row.field is None or isinstance(row.field, str):
        return "all" if row.field else "?"
    size, stride = ("×".join(str(span[part]) for span in row.spans) for part in (0, 1))
    return f"{size} / {stride}" if row.spans else "-"


COLUMNS = {
    "layer": Column("Layer (type)", lambda row: [f"{row.name} ({row.type})"]),
    "inputs": Column("Connected to", lambda row: row.inputs),
    "shape": Column("Output shape", lambda row: ["?"] if row.shapes is None else list(map(shape_text, row.shapes))),
    "params": Column("Param #", lambda row: [count_text(row.params)], number=True),
    "trainable": Column("Trained", lambda row: [count_text(row.trainable_params)], number=True),
    "formula": Column("Param # is", lambda row: [row.formula] if row.formula else []),
    "shape-formula": Column("Output shape is", lambda row: [str(axis or "kept") for axis in row.axes]),
    "weights": Column("Weights", lambda row: [f"{w.name} {'×'.join(map(str, w.shape)) or 1}" for w in row.weights]),
    "macs": Column("MACs", lambda row: [count_text(row.macs)], number=True),
    "flops": Column("FLOPs", lambda row: [count_text(row.macs and 2 * row.macs)], number=True),
    "bytes": Column("Activations", lambda row: [bytes_text(row.activation_bytes)], number=True),
    "field": Column("Field / stride", lambda row: [field_text(row)]),
    "notes": Column("Notice", lambda row: row.notes),
    "why": Column("Where it comes from", lambda row: [*([row.formula] if row.formula else []), *row.notes]),
}
"""The columns by name; `why` is `formula` and `notes` in one."""

DEFAULT = ("layer", "shape", "params", "why")


def cells(explanation: Explanation, view: View, write: Callable[[Line], str], indent: str, new_line: str) -> Rows:
    """The level of each row and its cells, in markup: `write` is what a line is there, `indent` that of a level."""
    for level, row in walk(explanation.rows, view.depth):
        first, *others = (new_line.join(map(write, column.cell(row))) for column in view.columns)
        yield level, [indent * level + first, *others]


def footer(explanation: Explanation) -> list[tuple[str, str]]:
    """The totals, each with its label, and what the model needs at a batch, each with its formula."""
    if explanation.kind == "error":
        return []
    total, one = explanation.total_params, "for one example"
    found = {
        "Total params": f"at least {explanation.known_params:,}" if total is None else f"{total:,}",
        "Trainable params": count_text(explanation.trainable_params),
        "Non-trainable params": count_text(explanation.non_trainable_params),
        "Optimizer params": count_text(explanation.optimizer_params) if explanation.optimizer_params else "",
        "Multiply-accumulates": f"{explanation.macs:,} {one} (kernels only, no bias)" if explanation.macs else "",
        "Activations": f"{bytes_text(explanation.activation_bytes)} {one}" if explanation.activation_bytes else "",
    }
    if needed := explanation.memory:
        each = count_text(explanation.macs and 2 * explanation.macs * needed.batch)
        found["FLOPs"] = f"{each} for a batch of {needed.batch}: 2 for each multiply-accumulate"
        labels = ("Weights", "Gradients", "Optimizer", "Activations in inference", "Activations in training")
        worst = f", alive at the worst moment, at {printable(needed.worst)}"
        about = ("", "", "", worst, ", read by the backward pass")
        for label, part, what in zip(labels, needed[1:6], about, strict=True):
            found[label] = f"{bytes_text(part.value)}{what}: {part}" if part else "?"
        bound = "a lower bound: workspace and fragmentation come on top"
        found["A training step"] = f"{bytes_text(needed.total)}, {bound}"
    return [(label, text) for label, text in found.items() if text]


def printable(text: str) -> str:
    """Text from a file without what a terminal would obey: other than printable characters are written as escapes."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
