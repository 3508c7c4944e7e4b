"""The text of a summary, explained: what each row could have been, and whether the rows add up to the footer.

Of a pasted row nothing is known but what it shows. Its formulas are those of the commonest configuration that fits, and
the row says of how many; a number is filled in only where all of them agree on it, or where the footer leaves no other.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from cnnnotes._explaining.explanation import Explanation, Row
from cnnnotes._pasted.audit import audited, frozen
from cnnnotes._pasted.candidates import BOUNDS, SHAPELESS, Around, Candidate, Candidates, Wanted, candidates
from cnnnotes._pasted.candidates.writing import plain_value, written
from cnnnotes._pasted.graph import MODELS
from cnnnotes._reading.architecture import Architecture, Footer, Layer
from cnnnotes.layers import Outcome

MAX_SEARCHED = 500  # how many different rows are looked into; a model of a thousand layers has some two hundred
MAX_WORK = 100_000
"""How many sets of configurations are looked into for all rows together; DenseNet121's leave some 4,000."""
MAX_COUNTED = 99  # up to so many other settings are given as a number; a larger number tells nobody anything
MAX_COMPARED = 64  # how many configurations of a row are compared to see whether they agree on a number


def explain_pasted(architecture: Architecture) -> Explanation:
    """Explains a summary of which there is only the text."""
    footer = architecture.footer or Footer()
    search = _Search(_settled(architecture, footer))
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
        total_params=_sum(row.params for row in rows) if footer.own is None else footer.own,
        trainable_params=footer.trainable,
        non_trainable_params=footer.non_trainable,
        known_params=sum(row.params or 0 for row in rows),
        optimizer_params=footer.optimizer or 0,
        macs=_sum(row.macs for row in rows),
        audit=tuple(audit),
        notes=architecture.notes,
    )


def _sum(numbers: Iterable[int | None]) -> int | None:
    """The sum of numbers, `None` where one is not known."""
    known = list(numbers)
    return None if None in known else sum(filter(None, known))


def _settled(architecture: Architecture, footer: Footer) -> tuple[Layer, ...]:
    """The layers; where the count of just one is cut, with what the footer leaves for it."""
    layers = architecture.layers
    cut = [i for i, layer in enumerate(layers) if layer.recorded.params is None]
    if len(cut) == 1 and footer.own is not None and layers[cut[0]].recorded.params_text.endswith("…"):
        rest = footer.own - sum(layer.recorded.params or 0 for layer in layers)
        recorded = layers[cut[0]].recorded
        if rest > 0 and Wanted((), None, recorded.params_text).allows(rest):
            settled = layers[cut[0]]._replace(recorded=recorded._replace(params=rest))
            return (*layers[: cut[0]], settled, *layers[cut[0] + 1 :])
    return layers


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
        self.searched: set[Any] = set()
        self.work = 0
        self.channels_first: set[str] = set()
        """The rows so far that give maps with the channels before the height."""

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
            trainable = _sum(row.trainable_params for row in rows)
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
            macs=_agreed(fitting, lambda made: made.mac_count) if rows is None else _sum(row.macs for row in rows),
            notes=tuple(self.notes(layer, fitting)),
            rows=rows,
            candidates=fitting,
        )

    def candidates(self, layer: Layer) -> Candidates | None:
        """What the layer could have been; `None` where the text shows too little, or where too much was looked for."""
        recorded = layer.recorded
        shapeless = recorded.outputs is None and not (layer.type in SHAPELESS and recorded.params)
        if layer.nested or recorded.after_gap or shapeless or recorded.unbuilt:
            return None
        around = Around(layer.name in self.normalized if self.connected else None, self.pointwise_same)
        shown = recorded.params, recorded.params_text
        key = layer.type, recorded.inputs, Wanted(recorded.outputs or (), *shown, around)
        if key not in self.searched and self.exhausted:
            return None
        found = candidates(*key)
        self.work += found.work if key not in self.searched else 0
        self.searched.add(key)
        return found

    @property
    def exhausted(self) -> bool:
        """Whether as much was looked into as a text may ask for."""
        return len(self.searched) == MAX_SEARCHED or self.work > MAX_WORK

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
        elif recorded.after_gap:
            yield "The text does not show its input, so its settings stay open."
        elif fitting is not None:
            yield from settings_notes(fitting, shown=bool(recorded.inputs) or layer.type == "InputLayer")
        elif self.exhausted and not layer.nested and recorded.outputs is not None:
            yield f"Not looked into: the rows before it leave too much open, or are more than {MAX_SEARCHED}."
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
        if fitting.known:
            yield f"No setting gives this shape and count on the input that the text shows ({BOUNDS})."
        else:
            yield "Its settings can't be told from its row."
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
    changed = [
        f"{name}={plain_value(kind, name, value)!r}"
        for name, value in other.arguments.items()
        if best.arguments.get(name, ...) != value
    ]
    if changed and not other.arguments.keys().isdisjoint(("layer", "pool_size")):
        changed = [written(kind, other.arguments)]  # the strides that are left out are the pool's size
    if other.inputs != best.inputs:
        changed.append(f"a {' and a '.join(map(str, other.inputs))} input")
    return ", ".join(changed)
