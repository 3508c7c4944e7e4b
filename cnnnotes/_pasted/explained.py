"""The text of a summary, explained: what each row could have been, and whether the rows add up to the footer.
A row's formulas are those of the commonest configuration that fits; a number is filled in only where all agree."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cnnnotes._explaining.explanation import Explanation, Row
from cnnnotes._explaining.walk import added
from cnnnotes._pasted.audit import audited, frozen
from cnnnotes._pasted.candidates import BOUNDS, SHAPELESS, Around, Candidate, Candidates, Wanted, candidates
from cnnnotes._pasted.candidates.search import plain_value, written
from cnnnotes._pasted.summary import MODELS
from cnnnotes._reading.architecture import Architecture, Footer, Layer
from cnnnotes.layers import Outcome

MAX_WORK, ROW = 100_000, 200  # sets of configurations for all rows, and those that a row counts as
MAX_COUNTED = 99  # up to so many other settings are given as a number; a larger number tells nobody anything
MAX_COMPARED = 64  # how many configurations of a row are compared to see whether they agree on a number


def explain_pasted(architecture: Architecture) -> Explanation:
    """Explains a summary of which there is only the text."""
    footer = architecture.footer or Footer()
    search = _Search(tuple(_settled(architecture.layers, footer.own)))
    rows = tuple(map(search.row, search.layers))
    audit, still = audited(rows, architecture), frozen(rows, footer)
    rows = tuple(row._replace(trainable_params=0) if row.name in still else row for row in rows)
    inputs = [layer for layer in architecture.layers if layer.type == "InputLayer"]
    return Explanation(
        name=architecture.name,
        source=architecture.source,
        kind=architecture.kind,
        inputs=tuple((layer.name, next(iter(layer.recorded.outputs or ()), None)) for layer in inputs),
        rows=rows,
        total_params=added(row.params for row in rows) if footer.own is None else footer.own,
        trainable_params=footer.trainable,
        non_trainable_params=footer.non_trainable,
        known_params=sum(row.params or 0 for row in rows),
        optimizer_params=footer.optimizer or 0,
        macs=added(row.macs for row in rows),
        audit=tuple(audit),
        notes=architecture.notes,
    )


def _settled(layers: Sequence[Layer], total: int | None) -> Iterator[Layer]:
    """The layers; where the count of just one is cut, with what the total leaves for it."""
    left = (total or 0) - sum(layer.recorded.params or 0 for layer in layers)
    one = [layer.recorded.params for layer in layers].count(None) == 1
    for layer in layers:
        recorded, text = layer.recorded, layer.recorded.params_text
        if one and recorded.params is None and text.endswith("…") and left > 0 and Wanted((), None, text).allows(left):
            layer = layer._replace(recorded=recorded._replace(params=left))
        yield layer


def _before(layer: Layer) -> list[str]:
    """The rows that a layer is called on."""
    return [ref.layer for call in layer.calls for ref in call.tensors()]


class _Search:
    """Looks for what the rows could have been, for so many different ones."""

    def __init__(self, layers: tuple[Layer, ...]):
        self.layers = layers
        self.normalized = {ref for layer in layers if layer.type == "BatchNormalization" for ref in _before(layer)}
        """The rows that a BatchNormalization follows."""
        self.connected = any(map(_before, layers))
        # MobileNet, EfficientNet, Xception and NASNet have depthwise convolutions, Inception joins three branches
        self.pointwise_same = any(
            layer.type.startswith(("Depthwise", "Separable"))
            or (layer.type == "Concatenate" and len(_before(layer)) > 2)
            for layer in layers
        )
        self.found: dict[Any, Candidates] = {}
        self.work = 0
        self.channels_first: set[str] = set()  # the rows so far that give maps with the channels before the height

    def row(self, layer: Layer) -> Row:
        """A layer of a pasted summary as a row."""
        rows = tuple(map(self.row, layer.nested.layers)) if layer.nested else None
        fitting = self.candidates(layer)
        params = layer.recorded.params
        if params is None:
            params = _agreed(fitting, lambda made: made.param_count)
        if params == 0 or not layer.trainable:
            trainable: int | None = 0
        elif rows is not None:
            trainable = added(row.trainable_params for row in rows)
        else:
            trainable = _agreed(fitting, lambda made: sum(one.size for one in made.weights if one.trainable))
        return Row(
            name=layer.name,
            type=layer.type,
            inputs=tuple(_before(layer)),
            shapes=layer.recorded.outputs,
            params=params,
            trainable_params=trainable,
            outcome=next((made for _, made in fitting.outcomes(1)), None) if fitting else None,
            macs=_agreed(fitting, lambda made: made.mac_count) if rows is None else added(row.macs for row in rows),
            notes=tuple(self.notes(layer, fitting)),
            rows=rows,
            candidates=fitting,
        )

    def candidates(self, layer: Layer) -> Candidates | None:
        """What the layer could have been; `None` where the text shows too little, or where too much was looked for."""
        recorded = layer.recorded
        shapeless = recorded.outputs is None and not (layer.type in SHAPELESS and recorded.params)
        if layer.nested or shapeless or recorded.unbuilt or (recorded.after_gap and recorded.outputs is not None):
            return None
        around = Around(layer.name in self.normalized if self.connected else None, self.pointwise_same)
        wanted = Wanted(recorded.outputs or (), recorded.params, recorded.params_text, around)
        key = layer.type, recorded.inputs, wanted
        if key not in self.found and self.work < MAX_WORK:
            self.found[key] = candidates(*key)
            self.work += self.found[key].work + ROW
        return self.found.get(key)

    def notes(self, layer: Layer, fitting: Candidates | None) -> Iterator[str]:
        """What a reader should know of a pasted row."""
        recorded, text = layer.recorded, layer.recorded.params_text
        if recorded.unbuilt:
            yield "It has no weights yet, since it has not been called on anything."
        elif recorded.params is None:
            yield f"Its count is cut to {text!r}." if text else "Its count is not shown."
        elif text.endswith("…"):
            yield f"Its count is cut to {text!r}. The footer leaves {recorded.params:,} for it."
        if recorded.outputs is None:
            yield "Its output shape is not shown, or not all of it."
        elif recorded.cut_output:
            yield f"Its output shape is cut. Its count and its input leave {recorded.outputs[0]} for it."
        if layer.type in MODELS and not layer.nested:
            yield "A nested model: summary(expand_nested=True) shows its rows."
        elif recorded.after_gap and fitting is None:
            yield "The text does not show its input, so its settings stay open."
        elif fitting is not None:
            yield from settings_notes(fitting, shown=bool(recorded.inputs) or layer.type == "InputLayer")
        elif self.work >= MAX_WORK and not layer.nested and recorded.outputs is not None:
            yield "Not looked into: the rows before it are too many, or leave too much open."
        if self.off_axis(layer, fitting.best if fitting else None):
            yield "It acts on the last axis, which is the width of a channels-first map. The channels are axis=1."

    def off_axis(self, layer: Layer, best: Candidate | None) -> bool:
        """Whether a layer normalizes channels-first maps along their last axis."""
        if best is None or len((layer.recorded.outputs or ((),))[0]) < 3:
            return False
        kept = not self.channels_first.isdisjoint(_before(layer)) and best.inputs == layer.recorded.outputs
        if kept or best.arguments.get("data_format") == "channels_first":
            self.channels_first.add(layer.name)
        return kept and layer.type.endswith("Normalization") and best.arguments.get("axis") == -1


def _agreed(fitting: Candidates | None, number: Callable[[Outcome], int | None]) -> int | None:
    """The number that all configurations of a row agree on; `None` where they differ or are too many to tell."""
    if not fitting or len(fitting) > MAX_COMPARED:
        return None
    numbers = {number(outcome) for _, outcome in fitting.outcomes(MAX_COMPARED)}
    return numbers.pop() if len(numbers) == 1 else None


def settings_notes(fitting: Candidates, shown: bool) -> Iterator[str]:
    """What is said of the settings that fit a row, on an input that the text shows or doesn't."""
    best = fitting.best
    if best is None:
        nothing = f"No setting gives this shape and count on the input that the text shows ({BOUNDS})."
        yield nothing if fitting.known else "Its settings can't be told from its row."
        return
    settings = written(fitting.kind, best.arguments)
    source = "" if shown or not best.inputs else f" on a {' and a '.join(map(str, best.inputs))} input"
    if len(fitting) == 1:
        if best.arguments and fitting.kind != "InputLayer":
            yield f"Only {settings}{source} fits."
        yield from fitting.outcomes(1)[0][1].notes
        return
    other = difference(fitting.kind, best, fitting.first(2)[1])
    yield f"Probably {settings}{source}: the most common setting that gives this shape and count."
    if not shown:
        yield f"The summary doesn't show the input, so other settings are possible, such as {other}."
    elif len(fitting) == 2:
        yield f"One other setting fits: {other}."
    else:
        many = f"{len(fitting) - 1} other" if len(fitting) <= MAX_COUNTED else "Many other"
        yield f"{many} settings fit, such as {other}."


def difference(kind: str, best: Candidate, other: Candidate) -> str:
    """In what another setting differs from the likely one."""
    unlike = {name: value for name, value in other.arguments.items() if best.arguments.get(name, ...) != value}
    changed = [f"{name}={plain_value(kind, name, value)!r}" for name, value in unlike.items()]
    if changed and not other.arguments.keys().isdisjoint(("layer", "pool_size")):
        changed = [written(kind, other.arguments)]  # the strides that are left out are the pool's size
    if other.inputs != best.inputs:
        changed.append(f"a {' and a '.join(map(str, other.inputs))} input")
    return ", ".join(changed)
