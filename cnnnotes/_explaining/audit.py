"""The totals of a summary's footer, the optimizer's numbers among them, and where they come from."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cnnnotes._explaining.explanation import Row, walk
from cnnnotes._reading.architecture import Architecture, Array, Layer, Optimizer
from cnnnotes._reading.parsing import fields
from cnnnotes.formula import Formula
from cnnnotes.layers import Weight

# Source: `build` of each class in `keras.optimizers`, of Keras 3 and of Keras 2, whose rate is no variable.
_SLOTS = {"SGD": 0, "RMSprop": 1, "Adagrad": 1, "Lion": 1}
_SLOTS |= dict.fromkeys(("Adam", "AdamW", "Adamax", "Nadam", "Lamb", "Ftrl", "Adadelta"), 2)
"""How many numbers each keeps for every trained weight."""
_NAMES = {name.lower(): name for name in (*_SLOTS, "LossScaleOptimizer")}
MAX_NAMED = 3  # how many layers a sentence names before it says how many more there are


class Leaf(NamedTuple):
    """What a layer that is no model adds to the totals."""

    layer: Layer
    weights: tuple[Weight, ...]  # what its rule says of them
    arrays: tuple[Array, ...]
    params: int | None  # how many numbers there are in the arrays; `None` where that is not known
    trainable: int | None  # how many of them are trained


class Totals(NamedTuple):
    """The numbers of a footer; `None` for what is not known."""

    total_params: int | None
    trainable_params: int | None
    non_trainable_params: int | None
    known_params: int
    optimizer_params: int | None = 0
    optimizer_formula: Formula | None = None


def totals(leaves: Sequence[Leaf], architecture: Architecture | None = None) -> Totals:
    """The totals over layers, each array of weights counted once wherever it stands."""
    arrays: dict[object, Array] = {}
    for leaf in leaves:
        arrays |= {array.key: array for array in leaf.arrays if array.trainable or array.key not in arrays}
    known = sum(array.size for array in arrays.values())
    complete = not (architecture and architecture.kind == "subclassed" and not architecture.layers)
    total = known if complete and all(leaf.params is not None for leaf in leaves) else None
    sure = complete and all(leaf.trainable is not None for leaf in leaves)
    trainable = sum(array.size for array in arrays.values() if array.trainable) if sure else None
    if architecture and not architecture.trainable:
        trainable = 0
    rest = None if total is None or trainable is None else total - trainable
    sums = Totals(total, trainable, rest, known)
    optimizer = architecture.optimizer if architecture else None
    if optimizer is None:
        return sums
    if optimizer.variables is not None:
        return sums._replace(optimizer_params=optimizer.variables)
    trained = [weight.shape for leaf in once(leaves) if leaf.trainable for weight in leaf.weights if weight.trainable]
    sure &= architecture is not None and architecture.trainable
    formula = variables(optimizer.type, optimizer.config, trained, optimizer.legacy) if sure else None
    return sums._replace(optimizer_params=formula.value if formula else None, optimizer_formula=formula)


def once(leaves: Iterable[Leaf]) -> list[Leaf]:
    """The layers without those all of whose weights another before them has."""
    found, seen = [], set[object]()
    for leaf in leaves:
        keys = {array.key for array in leaf.arrays}
        if not keys or keys - seen:
            found.append(leaf)
        seen |= keys
    return found


def audit(architecture: Architecture, rows: Sequence[Row], leaves: Sequence[Leaf], sums: Totals) -> Iterator[str]:
    """Where the totals come from, and why rows and footer may differ, one sentence each."""
    if unknown := [leaf.layer.name for leaf in leaves if leaf.params is None]:
        opened = f"The totals stay open: the weights of {_named(unknown)} are not known."
        yield f"{opened} All others together have {sums.known_params:,}."
    yield from _untrained(once(leaves))
    if more := sum(leaf.params or 0 for leaf in leaves) - sums.known_params:
        yield f"Layers that stand in more than one place are counted once: the rows show {more:,} more."
    if twice := dict.fromkeys(_perhaps_shared(leaves)):
        which = f"whether layers of one name are one layer ({_named(twice)})"
        yield f"The file doesn't tell {which}: if so, they are counted once."
    models, shown = [row.name for row in rows if row.rows], sum(row.params or 0 for _, row in walk(rows))
    if models and sums.total_params not in (None, shown):
        adds = f"With the rows of nested models ({_named(models)}) the column adds up to {shown:,}"
        yield f"{adds}, more than the total of {sums.total_params:,}: a model's row already counts the rows below it."
    if architecture.optimizer:
        yield _optimizer(architecture.optimizer, sums)
    for policy in sorted({leaf.layer.dtype for leaf in leaves if leaf.layer.dtype.startswith("mixed_")}):
        counted = f"Activations of {policy} layers are counted in {policy.removeprefix('mixed_')}, two bytes each"
        yield f"{counted}; their weights stay float32."


def _named(names: Iterable[str]) -> str:
    names = list(names)
    listed = ", ".join(names[:MAX_NAMED])
    return f"{listed} and {len(names) - MAX_NAMED:,} more" if len(names) > MAX_NAMED else listed


_WHY = {
    "Normalization": "the mean, the variance and the count of what adapt() was given, which training does not change",
    "BatchNormalization": "a moving mean and variance per channel. Training updates them from batch statistics, not by "
    "gradient",
}
"""Why weights of a layer that isn't frozen are not trained."""


def _untrained(leaves: Sequence[Leaf]) -> Iterator[str]:
    """What is never trained though nothing is frozen, by type of layer; and what is frozen."""
    found: dict[str, list[int]] = {}
    for leaf in leaves:
        if still := sum(weight.size for weight in leaf.weights if leaf.layer.trainable and not weight.trainable):
            found.setdefault(leaf.layer.type, []).append(still)
    for kind, sizes in found.items():
        which = f"{len(sizes):,} {kind} layer{'s' * (len(sizes) > 1)}"
        why = _WHY.get(kind, "the optimizer does not change them")
        yield f"{sum(sizes):,} non-trainable parameters belong to {which}: {why}."
    if frozen := [leaf for leaf in leaves if leaf.params and not leaf.layer.trainable]:
        size, which = sum(leaf.params or 0 for leaf in frozen), _named(leaf.layer.name for leaf in frozen)
        yield f"{size:,} non-trainable parameters are frozen (trainable=False), in {which}."


def _perhaps_shared(leaves: Sequence[Leaf]) -> Iterator[str]:
    """The names of layers of one name and size in a file, which doesn't say whether they are one layer."""
    seen = set[tuple[str, int]]()
    for leaf in leaves:
        if leaf.params and leaf.layer.recorded.arrays is None and leaf.layer.shared_id is None:
            wrapped = fields(fields((leaf.layer.config or {}).get("layer")).get("config"))
            names = {leaf.layer.name, str(wrapped.get("name", leaf.layer.name))}
            yield from sorted(name for name in names if (name, leaf.params) in seen)
            seen |= {(name, leaf.params) for name in names}


def _optimizer(optimizer: Optimizer, sums: Totals) -> str:
    name, kept = optimizer.type.removeprefix("Custom>"), sums.optimizer_params
    if kept is None:
        return f"What the optimizer {name} keeps is not known here, and not counted."
    how = f" ({sums.optimizer_formula})" if sums.optimizer_formula else ""
    end = "" if sums.total_params is None else f": Keras 3 adds them to the total, {sums.total_params + kept:,}"
    end = ": Keras 2 doesn't add them to the total" if optimizer.legacy else end
    return f"The optimizer {name} keeps {kept:,} numbers more{how}{end}."


def variables(
    optimizer: str, config: Mapping[str, Any], trained: Sequence[tuple[int, ...]], legacy: bool = False
) -> Formula | None:
    """How many numbers an optimizer, of Keras 2 if `legacy`, keeps for weights of these shapes; `None` if not known."""
    weights = sum(math.prod(shape) for shape in trained)
    plain = optimizer.removeprefix("Custom>")
    oldest = legacy and plain == optimizer and plain[:1].isupper()  # those before tf.keras 2.11
    optimizer = _NAMES.get(plain.lower(), plain)
    # the step, and in Keras 3 a rate that is not a schedule
    counters = 1 + (not legacy and not isinstance(config.get("learning_rate"), Mapping))
    if optimizer == "LossScaleOptimizer" and not legacy:
        inner = fields(config.get("inner_optimizer"))
        found = variables(str(inner.get("class_name")), fields(inner.get("config")), trained)
        return Formula(f"{found.text} + scaling", **found.values, scaling=4) if found else None
    if optimizer not in _SLOTS:
        return None
    slots = _SLOTS[optimizer] + sum(bool(config.get(flag)) for flag in ("momentum", "centered", "amsgrad"))
    if optimizer == "SGD" and legacy and not oldest:
        slots = 1
    counters += optimizer == "Nadam" and (oldest or not legacy)
    text, values = "slots * weights + counters" if slots else "counters", {"slots": slots, "counters": counters}
    for name, argument in (("average", "use_ema"), ("accumulated", "gradient_accumulation_steps")):
        if config.get(argument):
            text, values[name] = f"{text} + {name}", weights
    return Formula(text, weights=weights, **values)
