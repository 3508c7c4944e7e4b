"""The totals of a summary's footer, and where they come from."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

from cnnnotes._explaining.explanation import Row, walk
from cnnnotes._reading.architecture import Architecture, Array, Layer
from cnnnotes.formula import Formula
from cnnnotes.layers import Weight

MAX_NAMED = 3
"""How many layers a sentence names before it says how many more there are."""


class Leaf(NamedTuple):
    """What a layer that is no model adds to the totals."""

    key: Hashable
    """The same for layers that are one object."""
    layer: Layer
    weights: tuple[Weight, ...]
    params: int | None
    trainable: int | None


class Totals(NamedTuple):
    """The numbers of a footer; `None` for what is not known."""

    total_params: int | None
    trainable_params: int | None
    non_trainable_params: int | None
    known_params: int
    optimizer_params: int | None
    optimizer_formula: Formula | None


def totals(leaves: Sequence[Leaf], architecture: Architecture | None) -> Totals:
    """The totals over layers, each of which is counted once wherever it stands, and so is each live weight."""
    once = _once(leaves)
    shared = _overlap(once)
    known = sum(leaf.params for leaf in once if leaf.params is not None) - sum(array.size for array in shared)
    complete = not (architecture and architecture.kind == "subclassed" and not architecture.layers)
    total = known if complete and all(leaf.params is not None for leaf in once) else None
    trained = [leaf.trainable for leaf in once]
    trainable = None if None in trained or not complete else sum(count for count in trained if count is not None)
    if trainable is not None:
        trainable -= sum(array.size for array in shared if array.trainable)
    if architecture and not architecture.trainable:
        trainable = 0
    rest = None if total is None or trainable is None else total - trainable
    slots, formula = _optimizer(architecture, once)
    return Totals(total, trainable, rest, known, slots, formula)


def _once(leaves: Sequence[Leaf]) -> list[Leaf]:
    """The layers without those that are met again, or all of whose live weights are another's."""
    found, seen = [], set[int]()
    for leaf in {leaf.key: leaf for leaf in leaves}.values():
        keys = {array.key for array in leaf.layer.recorded.arrays}
        if not keys or keys - seen:
            found.append(leaf)
        seen |= keys
    return found


def _overlap(leaves: Sequence[Leaf]) -> list[Array]:
    """The live weights that a layer before has too, once for each layer that has them again."""
    seen, again = set[int](), []
    for leaf in leaves:
        for array in leaf.layer.recorded.arrays:
            if array.key in seen:
                again.append(array)
            seen.add(array.key)
    return again


def _optimizer(architecture: Architecture | None, leaves: Sequence[Leaf]) -> tuple[int | None, Formula | None]:
    optimizer = architecture.optimizer if architecture else None
    if architecture is None or optimizer is None:
        return 0, None
    if optimizer.variables is not None:
        return optimizer.variables, None
    if not architecture.trainable or any(leaf.trainable is None for leaf in leaves):
        return None, None
    from cnnnotes._explaining.optimizers import variables

    trained = [weight.shape for leaf in leaves if leaf.layer.trainable for weight in leaf.weights if weight.trainable]
    formula = variables(optimizer.type, optimizer.config, trained, optimizer.legacy)
    return (None, None) if formula is None else (formula.value, formula)


def audit(architecture: Architecture, rows: Sequence[Row], leaves: Sequence[Leaf], sums: Totals) -> tuple[str, ...]:
    """Where the totals come from, and why rows and footer may differ, one sentence each."""
    sentences = [
        *_unknown(leaves, sums),
        *_untrained(leaves),
        *_frozen(leaves),
        *_shared(architecture, leaves),
        *_nested(rows, sums),
        *_optimizer_sentence(architecture, sums),
        *_precision(leaves),
    ]
    return tuple(sentences)


def _named(names: Sequence[str]) -> str:
    listed = ", ".join(names[:MAX_NAMED])
    return f"{listed} and {len(names) - MAX_NAMED:,} more" if len(names) > MAX_NAMED else listed


def _unknown(leaves: Sequence[Leaf], sums: Totals) -> list[str]:
    unknown = [leaf.layer.name for leaf in leaves if leaf.params is None]
    if not unknown:
        return []
    return [
        f"The totals stay open: the weights of {_named(unknown)} are not known. "
        f"All others together have {sums.known_params:,}."
    ]


def _untrained(leaves: Sequence[Leaf]) -> list[str]:
    """What is never trained though nothing is frozen, by what it is."""
    counts: dict[tuple[str, str], list[int]] = {}
    for leaf in _once(leaves):
        sizes: dict[str, int] = {}
        for weight in leaf.weights if leaf.layer.trainable else ():
            if not weight.trainable:
                why = _why_untrained(leaf.layer, weight)
                sizes[why] = sizes.get(why, 0) + weight.size
        for why, size in sizes.items():
            counts.setdefault((leaf.layer.type, why), []).append(size)
    return [
        f"{sum(sizes):,} of the non-trainable parameters are kept by {len(sizes):,} {kind} "
        f"layer{'s' * (len(sizes) > 1)}: {why}."
        for (kind, why), sizes in counts.items()
    ]


def _why_untrained(layer: Layer, weight: Weight) -> str:
    kind = layer.rule or layer.type
    if kind == "Normalization":
        return "the mean, the variance and the count of what adapt() was given, which training does not change"
    if (layer.config or {}).get("lora_rank") and weight.name in ("kernel", "embeddings"):
        return "frozen, since lora_rank trains two thin matrices in their place"
    if kind == "BatchNormalization":
        renorm = ", and three more of renorm" if (layer.config or {}).get("renorm") else ""
        moving = "a moving mean and a moving variance for each channel"
        return f"{moving}{renorm}, updated in training but not by the optimizer"
    return "updated in training, but not by the optimizer"


def _frozen(leaves: Sequence[Leaf]) -> list[str]:
    frozen = [leaf for leaf in _once(leaves) if leaf.params and not leaf.layer.trainable]
    if not frozen:
        return []
    count = sum(leaf.params for leaf in frozen if leaf.params)
    names = _named([leaf.layer.name for leaf in frozen])
    return [f"{count:,} of the non-trainable parameters are frozen (trainable=False), in {names}."]


def _shared(architecture: Architecture, leaves: Sequence[Leaf]) -> list[str]:
    often = [layer.name for layer in architecture.layers if len(layer.calls) > 1 and not layer.operation]
    sentences = [f"Called more than once, their weights counted once: {_named(often)}."] if often else []
    once = _once(leaves)
    shown = sum(leaf.params or 0 for leaf in leaves)
    counted = sum(leaf.params or 0 for leaf in once) - sum(array.size for array in _overlap(once))
    if counted < shown:
        sentences.append(
            f"Layers that stand in more than one place are counted once: the rows show {shown - counted:,} more."
        )
    return [*sentences, *_perhaps_shared(leaves)]


def _perhaps_shared(leaves: Sequence[Leaf]) -> list[str]:
    """Layers of one name and size in a file, which doesn't say whether they are one layer."""
    sizes: dict[str, set[int]] = {}
    twice: list[str] = []
    for leaf in leaves:
        inner = (leaf.layer.config or {}).get("layer")
        config = inner.get("config") if isinstance(inner, dict) else None
        names = {leaf.layer.name, str(config.get("name")) if isinstance(config, dict) else leaf.layer.name}
        if not leaf.params or leaf.layer.recorded.arrays or leaf.layer.shared_id is not None:
            continue
        for name in names:
            if leaf.params in sizes.setdefault(name, set()):
                twice.append(name)
            sizes[name].add(leaf.params)
    if not twice:
        return []
    named = _named(list(dict.fromkeys(twice)))
    return [f"The file doesn't tell whether layers of one name are one layer ({named}): if so, they are counted once."]


def _nested(rows: Sequence[Row], sums: Totals) -> list[str]:
    models = [row for row in rows if row.rows]
    shown = [row.params for _, row in walk(rows)]
    if not models or sums.total_params is None or None in shown:
        return []
    added = sum(count for count in shown if count is not None)
    if added == sums.total_params:
        return []
    return [
        f"With the rows of nested models ({_named([row.name for row in models])}) the column adds up to {added:,}, "
        f"more than the total of {sums.total_params:,}: a model's row already counts the rows below it."
    ]


def _optimizer_sentence(architecture: Architecture, sums: Totals) -> list[str]:
    optimizer = architecture.optimizer
    if optimizer is None:
        return []
    name = optimizer.type.removeprefix("Custom>")
    if sums.optimizer_params is None:
        return [f"What the optimizer {name} keeps is not known here, and not counted."]
    how = f" ({sums.optimizer_formula})" if sums.optimizer_formula else ""
    sentence = f"The optimizer {name} keeps {sums.optimizer_params:,} numbers more{how}"
    if optimizer.legacy:
        return [f"{sentence}: Keras 2 doesn't add them to the total."]
    if sums.total_params is None:
        return [f"{sentence}."]
    return [f"{sentence}: Keras 3 adds them to the total, {sums.total_params + sums.optimizer_params:,}."]


def _precision(leaves: Sequence[Leaf]) -> list[str]:
    policies = sorted({leaf.layer.dtype for leaf in leaves if leaf.layer.dtype.startswith("mixed_")})
    return [
        f"Activations of {policy} layers are counted in {policy.removeprefix('mixed_')}, two bytes each; "
        "their weights stay float32."
        for policy in policies
    ]
