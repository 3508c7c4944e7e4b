"""The text of a summary, explained: what each row could have been, and whether the rows add up to the footer.

Of a pasted row nothing is known but what it shows. Its formulas are those of the commonest configuration that fits, and
the row says of how many; a number is filled in only where all of them agree on it, or where the footer leaves no other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cnnnotes._explaining.explanation import Explanation, Row
from cnnnotes._pasted.audit import audited, frozen
from cnnnotes._pasted.candidates import SHAPELESS, Around, Candidate, Candidates, Wanted, candidates
from cnnnotes._pasted.graph import MODELS
from cnnnotes._pasted.wording import settings_notes
from cnnnotes._reading.architecture import Architecture, Footer, Layer
from cnnnotes.layers import Outcome

MAX_SEARCHED = 500
"""How many different rows are looked into; a model of a thousand layers has some two hundred."""
MAX_WORK = 100_000
"""How many sets of configurations are looked into for all rows together; DenseNet121's leave some 4,000."""
MAX_COMPARED = 64
"""How many configurations of a row are compared to see whether they agree on a number."""


def explain_pasted(architecture: Architecture) -> Explanation:
    """Explains a summary of which there is only the text."""
    settled = _settled(architecture)
    search = _Search(settled, architecture.layers)
    rows = tuple(search.row(layer) for layer in architecture.layers)
    audit = audited(rows, architecture)
    footer = architecture.footer or Footer()
    still = frozen(rows, footer)
    rows = tuple(row._replace(trainable_params=0) if row.name in still else row for row in rows)
    added = _sum(row.params for row in rows)
    return Explanation(
        name=architecture.name,
        source=architecture.source,
        kind=architecture.kind,
        inputs=tuple(
            (layer.name, layer.recorded.outputs[0] if layer.recorded.outputs else None)
            for layer in architecture.layers
            if layer.type == "InputLayer"
        ),
        rows=rows,
        total_params=added if footer.total is None else footer.total - (footer.optimizer or 0),
        trainable_params=footer.trainable,
        non_trainable_params=footer.non_trainable,
        known_params=sum(row.params or 0 for row in rows),
        optimizer_params=footer.optimizer or 0,
        optimizer_formula=None,
        macs=_sum(row.macs for row in rows),
        activation_bytes=None,
        audit=tuple(audit),
        notes=architecture.notes,
    )


def _sum(numbers: Any) -> int | None:
    """The sum of numbers, `None` where one is not known."""
    numbers = list(numbers)
    return None if None in numbers else sum(numbers)


def _settled(architecture: Architecture) -> dict[str, int]:
    """The count of the one row whose count is cut, where the footer leaves just one number for it."""
    footer = architecture.footer
    cut = [layer for layer in architecture.layers if layer.recorded.params is None]
    if len(cut) != 1 or footer is None or footer.total is None or not cut[0].recorded.params_text.endswith("…"):
        return {}
    rest = footer.total - (footer.optimizer or 0) - sum(layer.recorded.params or 0 for layer in architecture.layers)
    recorded = cut[0].recorded
    allowed = Wanted((), None, recorded.params_text, recorded.params_width).allows(rest)
    return {cut[0].name: rest} if allowed and rest > 0 else {}


def _before(layer: Layer) -> list[str]:
    """The rows that a layer is called on."""
    return [ref.layer for call in layer.calls for ref in call.tensors()]


class _Search:
    """Looks for what the rows could have been, for so many different ones."""

    def __init__(self, settled: dict[str, int], layers: Sequence[Layer]):
        self.settled = settled
        self.normalized = {ref for layer in layers if layer.type == "BatchNormalization" for ref in _before(layer)}
        """The rows that a BatchNormalization follows."""
        self.connected = any(map(_before, layers))
        # MobileNet, EfficientNet, Xception and NASNet have depthwise convolutions, Inception joins three branches
        self.pointwise_same = any(
            layer.type.startswith(("Depthwise", "Separable"))
            or (layer.type == "Concatenate" and len(_before(layer)) > 2)
            for layer in layers
        )
        self.searched: set[Any] = set()
        self.work = 0
        self.channels_first: set[str] = set()
        """The rows so far that give maps with the channels before the height."""

    def row(self, layer: Layer, level: int = 0) -> Row:
        """A layer of a pasted summary as a row."""
        recorded = layer.recorded
        settled = self.settled.get(layer.name) if level == 0 else None
        params = recorded.params if settled is None else settled
        rows = tuple(self.row(below, level + 1) for below in layer.nested.layers) if layer.nested else None
        fitting = self.candidates(layer, params)
        outcome = next((made for _, made in fitting.outcomes(1)), None) if fitting else None
        if params is None:
            params = _agreed(fitting, _count)
        if params == 0 or not layer.trainable:
            trainable: int | None = 0
        elif rows is not None:
            trainable = _sum(row.trainable_params for row in rows)
        else:
            trainable = _agreed(fitting, _trainable)
        return Row(
            name=layer.name,
            type=layer.type,
            inputs=tuple(_before(layer)),
            shapes=recorded.outputs,
            params=params,
            trainable_params=trainable,
            outcome=outcome,
            macs=_sum(row.macs for row in rows) if rows is not None else _agreed(fitting, _macs),
            activation_bytes=None,
            field=None,
            notes=tuple(self.notes(layer, fitting, settled)),
            rows=rows,
            candidates=fitting,
        )

    def candidates(self, layer: Layer, params: int | None) -> Candidates | None:
        """What the layer could have been; `None` where the text shows too little, or where too much was looked for."""
        recorded = layer.recorded
        shapeless = recorded.outputs is None and not (layer.type in SHAPELESS and params)
        if layer.nested or recorded.after_gap or shapeless or (params is None and recorded.unbuilt):
            return None
        around = Around(layer.name in self.normalized if self.connected else None, self.pointwise_same)
        wanted = Wanted(recorded.outputs or (), params, recorded.params_text, recorded.params_width, around)
        key = (layer.type, recorded.inputs, wanted)
        if key not in self.searched and self.exhausted():
            return None
        found = candidates(layer.type, recorded.inputs, wanted)
        self.work += found.work if key not in self.searched else 0
        self.searched.add(key)
        return found

    def exhausted(self) -> bool:
        """Whether as much was looked into as a text may ask for."""
        return len(self.searched) == MAX_SEARCHED or self.work > MAX_WORK

    def notes(self, layer: Layer, fitting: Candidates | None, settled: int | None) -> list[str]:
        """What a reader should know of a pasted row."""
        notes = []
        recorded, text = layer.recorded, layer.recorded.params_text
        if recorded.unbuilt:
            notes.append("It has no weights yet, since it has not been called on anything.")
        elif settled is not None:
            notes.append(f"Its count is cut to {text!r}. The footer leaves {settled:,} for it.")
        elif recorded.params is None:
            notes.append(f"Its count is cut to {text!r}." if text else "Its count is not shown.")
        if recorded.outputs is None:
            notes.append("Its output shape is not shown, or not all of it.")
        elif recorded.cut_output:
            notes.append(f"Its output shape is cut. Its count and its input leave {recorded.outputs[0]} for it.")
        if layer.type in MODELS and not layer.nested:
            notes.append("A nested model: summary(expand_nested=True) shows its rows.")
        elif recorded.after_gap:
            notes.append("The text does not show its input, so its settings stay open.")
        elif fitting is not None:
            notes += settings_notes(fitting, shown=bool(recorded.inputs) or layer.type == "InputLayer")
        elif self.exhausted() and not layer.nested and recorded.outputs is not None:
            notes.append(f"Not looked into: the rows before it leave too much open, or are more than {MAX_SEARCHED}.")
        if self.off_axis(layer, fitting.best if fitting else None):
            notes.append(
                "It acts on the last axis, which is the width of a channels-first map. The channels are axis=1."
            )
        return notes

    def off_axis(self, layer: Layer, best: Candidate | None) -> bool:
        """Whether a layer normalizes channels-first maps along their last axis."""
        if best is None or len((layer.recorded.outputs or ((),))[0]) < 3:
            return False
        before = self.channels_first.intersection(_before(layer))
        kept = bool(before) and best.inputs == layer.recorded.outputs
        if kept or best.arguments.get("data_format") == "channels_first":
            self.channels_first.add(layer.name)
        return kept and layer.type.endswith("Normalization") and best.arguments.get("axis") == -1


def _agreed(fitting: Candidates | None, number: Callable[[Outcome], int | None]) -> int | None:
    """The number that all configurations of a row agree on; `None` where they differ or are too many to tell."""
    if not fitting or len(fitting) > MAX_COMPARED:
        return None
    numbers = {number(outcome) for _, outcome in fitting.outcomes(MAX_COMPARED)}
    return numbers.pop() if len(numbers) == 1 else None


def _count(outcome: Outcome) -> int | None:
    return outcome.param_count


def _trainable(outcome: Outcome) -> int:
    return sum(weight.size for weight in outcome.weights if weight.trainable)


def _macs(outcome: Outcome) -> int | None:
    return outcome.mac_count
