"""The columns that an explanation can be shown in, and what each says of a row: text, a name from a file, a formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from cnnnotes._explaining.explanation import Explanation, Row, spatial_rank
from cnnnotes.formula import Formula
from cnnnotes.layers import Shape


class Code(str):
    """Text that a format sets as code, where it can: the name of a layer."""


Line = str | Formula
"""One line of a cell."""


class Column(NamedTuple):
    """A column: its title and what it says of a row, one item for each line of the cell."""

    title: str
    cell: Callable[[Row], Sequence[Line]]
    number: bool = False
    """Whether its cells are numbers, set flush right."""
    text: Callable[[Formula], str] = Formula.numeric
    """How it writes a formula in plain text."""
    latex: Callable[[Formula], str] = Formula.latex
    """How it writes a formula where mathematics can be set."""

    def texts(self, row: Row) -> list[str]:
        """The lines of the cell of a row as plain text."""
        return [self.text(line) if isinstance(line, Formula) else line for line in self.cell(row)]


class View(NamedTuple):
    """What is shown of an explanation, and how."""

    columns: Sequence[Column]
    depth: int | None = None
    """How many levels of nested models; `None` for all."""
    width: int | None = None
    """Of a table, in characters; `None` for as wide as it is."""
    colour: bool = False
    """Whether a table may use a terminal's colours."""


def shape_text(shape: Shape | None) -> str:
    """A shape as Keras prints it; "?" where it is not known."""
    if shape is None:
        return "?"
    return f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"


def count_text(count: int | None) -> str:
    """A number with thousands apart; "?" where it is not known."""
    return "?" if count is None else f"{count:,}"


def bytes_text(count: int | None) -> str:
    """A number of bytes in the unit that a reader would choose (1 kB = 1,000 bytes)."""
    if count is None or count < 1000:
        return "?" if count is None else f"{count} B"
    power = min((len(str(count)) - 1) // 3, len(_UNITS))
    return f"{count / 1000**power:.1f} {_UNITS[power - 1]}"


_UNITS = ("kB", "MB", "GB", "TB")


def field_text(row: Row) -> str:
    """A receptive field: its size, then the stride; "all" for the whole input."""
    field = row.field
    if field is None:
        return "?"
    if isinstance(field, str):
        return "all"
    spans = field or ((1, 1, 0),) * spatial_rank(row.shapes)
    sizes, strides = [span[0] for span in spans], [span[1] for span in spans]
    if not spans:
        return "-"
    return f"{'×'.join(map(str, sizes))} / {'×'.join(map(str, strides))}"


def _shapes(row: Row) -> list[str]:
    return ["?"] if row.shapes is None else [shape_text(shape) for shape in row.shapes]


def _formula(row: Row) -> list[Line]:
    return [] if row.formula is None else [row.formula]


def _shape_formula(row: Row) -> list[Line]:
    axes = row.outcome.axes if row.outcome else ()
    return ["kept" if axis is None else axis for axis in axes] if any(axes) else []


def _weights(row: Row) -> list[str]:
    return [f"{weight.name} {'×'.join(map(str, weight.shape)) or '1'}" for weight in row.weights]


COLUMNS = {
    "layer": Column("Layer (type)", lambda row: [Code(f"{row.name} ({row.type})")]),
    "inputs": Column("Connected to", lambda row: list(map(Code, row.inputs))),
    "shape": Column("Output shape", _shapes),
    "params": Column("Param #", lambda row: [count_text(row.params)], number=True),
    "trainable": Column("Trained", lambda row: [count_text(row.trainable_params)], number=True),
    "formula": Column("Param # is", _formula),
    "symbolic": Column("in letters", _formula, text=Formula.symbolic, latex=Formula.symbolic_latex),
    "shape-formula": Column("Output shape is", _shape_formula, text=str),
    "weights": Column("Weights", _weights),
    "macs": Column("MACs", lambda row: [count_text(row.macs)], number=True),
    "flops": Column("FLOPs", lambda row: [count_text(None if row.macs is None else 2 * row.macs)], number=True),
    "bytes": Column("Activations", lambda row: [bytes_text(row.activation_bytes)], number=True),
    "field": Column("Field / stride", lambda row: [field_text(row)]),
    "notes": Column("Notice", lambda row: list(row.notes)),
    "why": Column("Where it comes from", lambda row: [*_formula(row), *row.notes]),
}
"""The columns by name; `why` is `formula` and `notes` in one."""

DEFAULT = ("layer", "shape", "params", "why")


def chosen(names: Sequence[str] | None) -> list[Column]:
    """The columns of these names; `ValueError` for one that isn't there."""
    names = names or DEFAULT
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        raise ValueError(f"no column is called {unknown[0]!r}; there are {', '.join(COLUMNS)}")
    return [COLUMNS[name] for name in names]


def footer(explanation: Explanation) -> list[tuple[str, str]]:
    """The totals, each with its label."""
    found = []
    if explanation.total_params is None:
        found.append(("Total params", f"at least {explanation.known_params:,}"))
    else:
        found.append(("Total params", f"{explanation.total_params:,}"))
    found.append(("Trainable params", count_text(explanation.trainable_params)))
    found.append(("Non-trainable params", count_text(explanation.non_trainable_params)))
    if explanation.optimizer_params:
        found.append(("Optimizer params", count_text(explanation.optimizer_params)))
    if explanation.macs:
        found.append(("Multiply-accumulates", f"{explanation.macs:,} for one example (kernels only, no bias)"))
    if explanation.activation_bytes:
        found.append(("Activations", f"{bytes_text(explanation.activation_bytes)} for one example"))
    return [*found, *_memory(explanation)]


def _memory(explanation: Explanation) -> list[tuple[str, str]]:
    """What the model needs at a batch, each with its formula."""
    found = explanation.memory
    if found is None:
        return []
    flops = None if explanation.macs is None else 2 * explanation.macs * found.batch
    lines = [("FLOPs", f"{count_text(flops)} for a batch of {found.batch}: 2 for each multiply-accumulate")]
    for label, part, what in (
        ("Weights", found.weights, ""),
        ("Gradients", found.gradients, ""),
        ("Optimizer", found.optimizer, ""),
        ("Activations in inference", found.inference, f", alive at the worst moment, at {found.worst}"),
        ("Activations in training", found.training, ", read by the backward pass"),
    ):
        lines.append((label, f"{bytes_text(part.value)}{what}: {part}" if part else "?"))
    bound = "a lower bound: workspace and fragmentation come on top"
    return [*lines, ("A training step", f"{bytes_text(found.total)}, {bound}")]


def printable(text: str) -> str:
    """Text from a file without what a terminal would obey: other than printable characters are written as escapes."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
