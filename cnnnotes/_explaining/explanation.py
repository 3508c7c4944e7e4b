"""What `explain` gives back: the rows of a summary, each with where its numbers come from, and the totals."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from cnnnotes._explaining.receptive import ONE, Field, Span
from cnnnotes.formula import Formula
from cnnnotes.layers import GLOBAL, Outcome, Shape, Weight

FORMAT = "cnnnotes-explanation"
VERSION = 1  # the version of the JSON contract: a field may be added within a version, none changes its meaning

MAX_CANDIDATES = 100  # how many candidates of a pasted row are written out; all of them are counted
_FIRST = ("name", "type", "inputs", "output_shape", "params", "trainable_params")


class Row(NamedTuple):
    """One line of a summary, explained."""

    name: str
    type: str
    inputs: tuple[str, ...] = ()
    """The layers that it takes its inputs from, call after call."""
    shapes: tuple[Shape | None, ...] | None = None
    """The shape of each output of its last call; `None` where it is not known."""
    params: int | None = None
    """The number of its parameters, `None` where it is not known."""
    trainable_params: int | None = None
    outcome: Outcome | None = None
    """What its rule says: weights and formulas; `None` for a model, and for what no rule is known of."""
    macs: int | None = None
    """Multiply-accumulates of one example, over all calls: kernel applications, no bias."""
    activation_bytes: int | None = None
    """The bytes of its outputs for one example, over all calls."""
    field: Field = None
    """Its receptive field on the model's input."""
    notes: tuple[str, ...] = ()
    operation: bool = False
    code: str | None = None
    """What code of its author's it carries, which was not run."""
    rows: "tuple[Row, ...] | None" = None
    """The rows of a nested model."""
    candidates: Any = None
    """For a pasted row: the `Candidates` that it could have been."""

    @property
    def weights(self) -> tuple[Weight, ...]:
        return self.outcome.weights if self.outcome else ()

    @property
    def output_shape(self) -> Any:
        """The output shape as `layer.output.shape` has it; a list of shapes for several outputs; `None` if unknown."""
        if self.shapes is None:
            return None
        return self.shapes[0] if len(self.shapes) == 1 else list(self.shapes)

    @property
    def axes(self) -> tuple[Formula | None, ...]:
        """The formula of each axis after the batch of its first output; `None` where a size is kept."""
        return self.outcome.axes if self.outcome else ()

    @property
    def formula(self) -> Formula | None:
        """The formula of its number of parameters."""
        return self.outcome.params if self.outcome else None

    @property
    def spans(self) -> tuple[Span, ...]:
        """Its receptive field along each spatial axis: none for a vector, and where there is no field of a size."""
        if self.field is None or isinstance(self.field, str):
            return ()
        first = self.shapes[0] if self.shapes else None
        return self.field or (ONE,) * (len(first or ()) - 2)

    def to_dict(self) -> dict[str, Any]:
        """The row as the JSON contract has it."""
        field = None
        if self.spans or self.field == GLOBAL:
            size, stride, offset = zip(*self.spans, strict=True) if self.spans else (None, None, None)
            field = {"whole_input": not self.spans, "size": size, "stride": stride, "offset": offset}
        axes, macs = [None, *self.axes] if self.axes else None, self.outcome.macs if self.outcome else None
        found = {
            **{name: getattr(self, name) for name in _FIRST},
            "formula": {"params": self.formula, "output_shape": axes, "macs": macs},
            **{name: getattr(self, name) for name in ("weights", "macs", "activation_bytes")},
            "receptive_field": field,
            "notes": self.notes,
            **{name: value for name in ("operation", "code") if (value := getattr(self, name))},
        }
        if self.candidates is not None:
            first = self.candidates.first(MAX_CANDIDATES)
            listed = [{"arguments": one.arguments, "inputs": one.inputs} for one in first]
            known, count = self.candidates.known, len(self.candidates)
            found["candidates"] = {"known": known, "count": count, "configurations": listed}
        if self.rows is not None:
            found["rows"] = self.rows
        return dict(plain(found))


def walk(rows: Sequence[Row], depth: int | None = None, level: int = 0) -> Iterator[tuple[int, Row]]:
    """All rows in order with their level, those of nested models after their model's, down to `depth` levels."""
    for row in rows:
        yield level, row
        if row.rows and (depth is None or level < depth):
            yield from walk(row.rows, depth, level + 1)


def plain(value: Any) -> Any:
    """A value as the JSON contract has it: what its own JSON reads back as."""
    if isinstance(value, Formula):
        text = {"symbolic": value.symbolic(), "numeric": value.numeric(), "latex": value.latex()}
        return {**text, "value": value.value}
    if isinstance(value, Row):
        return value.to_dict()
    if isinstance(value, Weight):
        value = {**value._asdict(), "params": value.size}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


DISPLAY: list[Callable[["Explanation", str], str]] = []  # what writes one in a format: the front door puts it in


class Explanation(NamedTuple):
    """A model's summary, explained.

    ```python
    import cnnnotes

    layers = [
        {"class_name": "InputLayer", "config": {"name": "image", "batch_shape": [None, 28, 28, 1]}},
        {"class_name": "Conv2D", "config": {"name": "conv", "filters": 8, "kernel_size": [3, 3]}},
    ]
    explanation = cnnnotes.explain({"class_name": "Sequential", "config": {"name": "small", "layers": layers}})
    assert [row.name for row in explanation.rows] == ["conv"]
    assert explanation.rows[0].output_shape == (None, 26, 26, 8)
    assert explanation.total_params == 80
    ```
    """

    name: str
    source: str
    kind: str
    """What was read: `"functional"`, `"sequential"`, `"subclassed"`, `"weights"`, `"pasted"` or `"error"`."""
    inputs: tuple[tuple[str, Shape | None], ...]
    """The name and shape of each input of the model."""
    rows: tuple[Row, ...] = ()
    total_params: int | None = None
    """Each parameter counted once, without the optimizer's; `None` where the number of a layer is not known."""
    trainable_params: int | None = None
    non_trainable_params: int | None = None
    known_params: int = 0
    """The parameters of the layers whose number is known: the total is at least this."""
    optimizer_params: int | None = None
    """How many numbers its optimizer keeps: 0 without one, `None` for one that is not known."""
    optimizer_formula: Formula | None = None
    macs: int | None = None
    """Multiply-accumulates of one example: kernel applications, no bias."""
    activation_bytes: int | None = None
    """The bytes of all rows' outputs for one example."""
    audit: tuple[str, ...] = ()
    """Where the totals come from, one sentence each."""
    notes: tuple[str, ...] = ()
    """What concerns the model as a whole."""
    fixes: tuple[Any, ...] = ()
    """The changes that fix an error, each a `Fix`."""
    memory: Any = None
    """The memory that a batch needs, a `Memory`; `None` where no batch was asked for."""

    findings: tuple[Any, ...] = ()
    """What is worth a look, each a `Finding` with its evidence and the page that proves it."""

    @property
    def lists(self) -> dict[str, tuple[Any, ...]]:
        """What stands in lists below the table, by what introduces it."""
        found = {"To fix it:": self.fixes, "Worth a look:": self.findings}
        return {title: items for title, items in found.items() if items}

    def to_dict(self) -> dict[str, Any]:
        """The explanation as the JSON contract has it; see the reference."""
        found = {"format": FORMAT, "version": VERSION, **self._asdict()}
        del found["optimizer_formula"], found["fixes"], found["memory"]
        found["findings"] = [{**finding._asdict(), "page": finding.page} for finding in self.findings]
        found["inputs"] = [{"name": name, "shape": shape} for name, shape in self.inputs]
        if self.memory is not None:
            found["memory"] = {**self.memory._asdict(), "total": self.memory.total}
        if self.kind == "error":
            found["fixes"] = [fix._asdict() for fix in self.fixes]
        return dict(plain(found))

    def __str__(self) -> str:
        return DISPLAY[0](self, "table")

    def __repr__(self) -> str:
        return f"<Explanation of {self.name!r}: {len(self.rows)} rows, {self.total_params} params>"

    def _repr_html_(self) -> str:
        return DISPLAY[0](self, "html")

    def _repr_markdown_(self) -> str:
        return DISPLAY[0](self, "markdown")
