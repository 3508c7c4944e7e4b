"""The totals of a summary's footer, and where they come from."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cnnnotes._explaining.explanation import Row, walk
from cnnnotes._explaining.optimizers import variables
from cnnnotes._reading.architecture import Architecture, Array, Layer
from cnnnotes._reading.parsing import fields
from cnnnotes.formula import Formula
from cnnnotes.layers import Weight

MAX_NAMED = 3  # how many layers a sentence names before it says how many more there are


class Leaf(NamedTuple):
    """What a layer that is no model adds to the totals."""

    layer: Layer
    weights: tuple[Weight, ...]  # what its rule says of them
    arrays: tuple[Array, ...] | None  # how many numbers there are; `None` where that is not known

    @property
    def params(self) -> int | None:
        """The number of its weights."""
        return None if self.arrays is None else sum(array.size for array in self.arrays)

    @property
    def trainable(self) -> int | None:
        """How many of them are trained."""
        if not self.layer.trainable:
            return 0
        if self.arrays is None or any(array.trainable is None for array in self.arrays):
            return None
        return sum(array.size for array in self.arrays if array.trainable)


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
        arrays |= {array.key: array for array in leaf.arrays or () if array.trainable or array.key not in arrays}
    known = sum(array.size for array in arrays.values())
    complete = not (architecture and architecture.kind == "subclassed" and not architecture.layers)
    total = known if complete and all(leaf.params is not None for leaf in leaves) else None
    trainable: int | None = sum(array.size for array in arrays.values() if array.trainable)
    if not complete or any(leaf.trainable is None for leaf in leaves):
        trainable = None
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
    sure = trainable is not None and architecture is not None and architecture.trainable
    formula = variables(optimizer.type, optimizer.config, trained, optimizer.legacy) if sure else None
    return sums._replace(optimizer_params=formula.value if formula else None, optimizer_formula=formula)


def once(leaves: Iterable[Leaf]) -> list[Leaf]:
    """The layers without those all of whose weights another before them has."""
    found, seen = [], set[object]()
    for leaf in leaves:
        keys = {array.key for array in leaf.arrays or ()}
        if not keys or keys - seen:
            found.append(leaf)
        seen |= keys
    return found


def audit(architecture: Architecture, rows: Sequence[Row], leaves: Sequence[Leaf], sums: Totals) -> tuple[str, ...]:
    """Where the totals come from, and why rows and footer may differ, one sentence each."""
    if unknown := [leaf.layer.name for leaf in leaves if leaf.params is None]:
        opened = f"The totals stay open: the weights of {_named(unknown)} are not known."
        unknown = [f"{opened} All others together have {sums.known_params:,}."]
    policies = sorted({leaf.layer.dtype for leaf in leaves if leaf.layer.dtype.startswith("mixed_")})
    return (
        *unknown,
        *_untrained(once(leaves)),
        *_shared(architecture, leaves, sums),
        *_perhaps_shared(leaves),
        *_nested(rows, sums),
        *_optimizer(architecture, sums),
        *(
            f"Activations of {policy} layers are counted in {policy.removeprefix('mixed_')}, two bytes each; "
            "their weights stay float32."
            for policy in policies
        ),
    )


def _named(names: Iterable[str]) -> str:
    names = list(names)
    listed = ", ".join(names[:MAX_NAMED])
    return f"{listed} and {len(names) - MAX_NAMED:,} more" if len(names) > MAX_NAMED else listed


def _untrained(leaves: Sequence[Leaf]) -> Iterator[str]:
    """What is never trained though nothing is frozen, by what it is; and what is frozen."""
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for leaf in leaves:
        for weight in leaf.weights:
            if leaf.layer.trainable and not weight.trainable:
                reason = leaf.layer.type, _why_untrained(leaf.layer, weight)
                found.setdefault(reason, []).append((id(leaf.layer), weight.size))
    for (kind, why), sizes in found.items():
        layers = len({layer for layer, _ in sizes})
        which = f"{layers:,} {kind} layer{'s' * (layers > 1)}"
        yield f"{sum(size for _, size in sizes):,} of the non-trainable parameters are kept by {which}: {why}."
    if frozen := [leaf for leaf in leaves if leaf.params and not leaf.layer.trainable]:
        size, which = sum(leaf.params or 0 for leaf in frozen), _named(leaf.layer.name for leaf in frozen)
        yield f"{size:,} of the non-trainable parameters are frozen (trainable=False), in {which}."


def _why_untrained(layer: Layer, weight: Weight) -> str:
    kind, config = layer.rule or layer.type, layer.config or {}
    if kind == "Normalization":
        return "the mean, the variance and the count of what adapt() was given, which training does not change"
    if config.get("lora_rank") and weight.name in ("kernel", "embeddings"):
        return "frozen, since lora_rank trains two thin matrices in their place"
    if kind == "BatchNormalization":
        renorm = ", and three more of renorm" if config.get("renorm") else ""
        moving = "a moving mean and a moving variance for each channel"
        return f"{moving}{renorm}, updated in training but not by the optimizer"
    return "updated in training, but not by the optimizer"


def _shared(architecture: Architecture, leaves: Sequence[Leaf], sums: Totals) -> Iterator[str]:
    often = [layer.name for layer in architecture.layers if len(layer.calls) > 1 and not layer.operation]
    if often:
        yield f"Called more than once, their weights counted once: {_named(often)}."
    more = sum(leaf.params or 0 for leaf in leaves) - sums.known_params
    if more:
        yield f"Layers that stand in more than one place are counted once: the rows show {more:,} more."


def _perhaps_shared(leaves: Sequence[Leaf]) -> Iterator[str]:
    """Layers of one name and size in a file, which doesn't say whether they are one layer."""
    seen, twice = set[tuple[str, int]](), dict[str, None]()
    for leaf in leaves:
        if not leaf.params or leaf.layer.recorded.arrays is not None or leaf.layer.shared_id is not None:
            continue
        wrapped = fields(fields((leaf.layer.config or {}).get("layer")).get("config"))
        names = {leaf.layer.name, str(wrapped.get("name", leaf.layer.name))}
        twice |= {name: None for name in sorted(names) if (name, leaf.params) in seen}
        seen |= {(name, leaf.params) for name in names}
    if twice:
        which = f"whether layers of one name are one layer ({_named(twice)})"
        yield f"The file doesn't tell {which}: if so, they are counted once."


def _nested(rows: Sequence[Row], sums: Totals) -> Iterator[str]:
    models = [row.name for row in rows if row.rows]
    shown = sum(row.params or 0 for _, row in walk(rows))
    if models and sums.total_params not in (None, shown):
        yield (
            f"With the rows of nested models ({_named(models)}) the column adds up to {shown:,}, more than the total "
            f"of {sums.total_params:,}: a model's row already counts the rows below it."
        )


def _optimizer(architecture: Architecture, sums: Totals) -> Iterator[str]:
    optimizer = architecture.optimizer
    if optimizer is None:
        return
    name = optimizer.type.removeprefix("Custom>")
    if sums.optimizer_params is None:
        yield f"What the optimizer {name} keeps is not known here, and not counted."
        return
    end = ""
    if optimizer.legacy:
        end = ": Keras 2 doesn't add them to the total"
    elif sums.total_params is not None:
        end = f": Keras 3 adds them to the total, {sums.total_params + sums.optimizer_params:,}"
    how = f" ({sums.optimizer_formula})" if sums.optimizer_formula else ""
    yield f"The optimizer {name} keeps {sums.optimizer_params:,} numbers more{how}{end}."
