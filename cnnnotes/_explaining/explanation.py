"""What `explain` gives back: the rows of a summary, each with where its numbers come from, and the totals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from cnnnotes._explaining.receptive import Field
from cnnnotes.formula import Formula
from cnnnotes.layers import GLOBAL, Outcome, Shape, Weight

FORMAT = "cnnnotes-explanation"
VERSION = 1
"""The version of the JSON contract: a field may be added within a version, none changes its meaning."""

MAX_CANDIDATES = 100
"""How many candidates of a pasted row are written out; all of them are counted."""


class Row(NamedTuple):
    """One line of a summary, explained."""

    name: str
    type: str
    inputs: tuple[str, ...]
    """The layers that it takes its inputs from, call after call."""
    shapes: tuple[Shape | None, ...] | None
    """The shape of each output of its last call; `None` where it is not known."""
    params: int | None
    """The number of its weights, `None` where it is not known."""
    trainable_params: int | None
    outcome: Outcome | None
    """What its rule says: weights and formulas; `None` for a model, and for what no rule is known of."""
    macs: int | None
    """Multiply-accumulates of one example, over all calls: kernel applications, no bias."""
    activation_bytes: int | None
    """The bytes of its outputs for one example, over all calls."""
    field: Field
    """Its receptive field on the model's input."""
    notes: tuple[str, ...] = ()
    operation: bool = False
    code: str | None = None
    """What code of its author's it carries, which was not run."""
    rows: tuple[Row, ...] | None = None
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
    def formula(self) -> Formula | None:
        """The formula of its number of weights."""
        return self.outcome.params if self.outcome else None

    def to_dict(self) -> dict[str, Any]:
        """The row as the JSON contract has it."""
        found: dict[str, Any] = {
            "name": self.name,
            "type": self.type,
            "inputs": list(self.inputs),
            "output_shape": _json_shape(self.output_shape),
            "params": self.params,
            "trainable_params": self.trainable_params,
            "formula": self._formulas(),
            "weights": [
                {
                    "name": weight.name,
                    "shape": list(weight.shape),
                    "params": weight.size,
                    "trainable": weight.trainable,
                    "formula": formula_dict(weight.formula),
                }
                for weight in self.weights
            ],
            "macs": self.macs,
            "activation_bytes": self.activation_bytes,
            "receptive_field": _json_field(self.field, self.shapes),
            "notes": list(self.notes),
        }
        if self.operation:
            found["operation"] = True
        if self.code:
            found["code"] = self.code
        if self.candidates is not None:
            found["candidates"] = _json_candidates(self.candidates)
        if self.rows is not None:
            found["rows"] = [row.to_dict() for row in self.rows]
        return found

    def _formulas(self) -> dict[str, Any]:
        outcome = self.outcome
        if outcome is None:
            return {"params": None, "output_shape": None, "macs": None}
        axes = [None if axis is None else formula_dict(axis) for axis in outcome.axes]
        return {
            "params": formula_dict(outcome.params),
            "output_shape": [None, *axes] if axes else None,
            "macs": formula_dict(outcome.macs),
        }


def walk(rows: Sequence[Row], depth: int | None = None, level: int = 0) -> Iterator[tuple[int, Row]]:
    """All rows in order with their level, those of nested models after their model's, down to `depth` levels."""
    for row in rows:
        yield level, row
        if row.rows and (depth is None or level < depth):
            yield from walk(row.rows, depth, level + 1)


def formula_dict(formula: Formula | None) -> dict[str, Any] | None:
    """A formula as the JSON contract has it."""
    if formula is None:
        return None
    return {
        "symbolic": formula.symbolic(),
        "numeric": formula.numeric(),
        "latex": formula.latex(),
        "value": formula.value,
    }


def _json_shape(shape: Any) -> Any:
    if isinstance(shape, list):
        return [_json_shape(one) for one in shape]
    return None if shape is None else list(shape)


def _json_field(field: Field, shapes: tuple[Shape | None, ...] | None) -> dict[str, Any] | None:
    if field is None:
        return None
    if isinstance(field, str):
        return {"whole_input": field == GLOBAL, "size": None, "stride": None, "offset": None}
    spans = field or ((1, 1, 0),) * spatial_rank(shapes)
    if not spans:
        return None
    size, stride, offset = (list(values) for values in zip(*spans, strict=True))
    return {"whole_input": False, "size": size, "stride": stride, "offset": offset}


def spatial_rank(shapes: tuple[Shape | None, ...] | None) -> int:
    """How many spatial axes a map has: none for a vector."""
    first = shapes[0] if shapes else None
    return max(len(first) - 2, 0) if first else 0


def _json_candidates(candidates: Any) -> dict[str, Any]:
    listed = [
        {"arguments": _plain(candidate.arguments), "inputs": [list(shape) for shape in candidate.inputs]}
        for candidate in candidates.first(MAX_CANDIDATES)
    ]
    return {"known": candidates.known, "count": len(candidates), "configurations": listed}


def _json_memory(memory: Any) -> dict[str, Any]:
    parts = ("weights", "gradients", "optimizer", "inference", "training")
    found = {part: formula_dict(getattr(memory, part)) for part in parts}
    return {"batch": memory.batch, **found, "worst": memory.worst, "total": memory.total}


def _plain(value: Any) -> Any:
    """Tuples as lists, as JSON would make them, so that `to_dict()` is what its own JSON reads back as."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


_display: Callable[[Explanation, str], str]


def displayed_by(render: Callable[[Explanation, str], str]) -> None:
    """Registers what writes explanations in a format: it knows this module, which therefore can't import it."""
    global _display
    _display = render


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
    """`"functional"`, `"sequential"`, `"subclassed"`, `"pasted"`, or `"error"` for the text of an error."""
    inputs: tuple[tuple[str, Shape | None], ...]
    """The name and shape of each input of the model."""
    rows: tuple[Row, ...]
    total_params: int | None
    """The number of weights, each counted once, without the optimizer's; `None` where that of a layer is not known."""
    trainable_params: int | None
    non_trainable_params: int | None
    known_params: int
    """The number of weights of the layers that are known: what the total is at least."""
    optimizer_params: int | None
    """How many numbers its optimizer keeps: 0 without one, `None` for one that is not known."""
    optimizer_formula: Formula | None
    macs: int | None
    """Multiply-accumulates of one example: kernel applications, no bias."""
    activation_bytes: int | None
    """The bytes of all rows' outputs for one example."""
    audit: tuple[str, ...]
    """Where the totals come from, one sentence each."""
    notes: tuple[str, ...]
    """What concerns the model as a whole."""
    fixes: tuple[Any, ...] = ()
    """Of an error: the changes that fix it, each a `Fix`."""
    memory: Any = None
    """What it needs of memory at a batch, a `Memory`; `None` where none was asked for."""

    def to_dict(self) -> dict[str, Any]:
        """The explanation as the JSON contract has it; see the reference."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "name": self.name,
            "source": self.source,
            "kind": self.kind,
            "inputs": [{"name": name, "shape": _json_shape(shape)} for name, shape in self.inputs],
            "rows": [row.to_dict() for row in self.rows],
            "total_params": self.total_params,
            "trainable_params": self.trainable_params,
            "non_trainable_params": self.non_trainable_params,
            "known_params": self.known_params,
            "optimizer_params": self.optimizer_params,
            "macs": self.macs,
            "activation_bytes": self.activation_bytes,
            "audit": list(self.audit),
            "notes": list(self.notes),
            **({"memory": _json_memory(self.memory)} if self.memory is not None else {}),
            **({"fixes": [_plain(fix._asdict()) for fix in self.fixes]} if self.kind == "error" else {}),
        }

    def __str__(self) -> str:
        return _display(self, "table")

    def __repr__(self) -> str:
        return f"<Explanation of {self.name!r}: {len(self.rows)} rows, {self.total_params} params>"

    def _repr_html_(self) -> str:
        return _display(self, "html")

    def _repr_markdown_(self) -> str:
        return _display(self, "markdown")
