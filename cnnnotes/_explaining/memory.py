"""What a model needs of memory at a batch: weights, gradients, the optimizer's numbers, and activations.

Each is a lower bound: a kernel's workspace, fragmentation and the framework itself come on top.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from cnnnotes._explaining.audit import Leaf, Totals
from cnnnotes._explaining.graph import Node
from cnnnotes._explaining.walk import Done, Run
from cnnnotes.formula import Formula

BYTES = {"bool": 1, "bfloat16": 2, **{f"{kind}{8 * n}": n for kind in ("float", "int", "uint") for n in (1, 2, 4, 8)}}
VIEWS = ("Flatten", "Reshape", "Identity")
"""Layers that give the same values in another shape: they take no memory of their own."""
_UNREAD = (
    *VIEWS,
    *("InputLayer", "Add", "Subtract", "Average", "Concatenate", "Permute", "RepeatVector", "Dropout", "Rescaling"),
    *(f"{kind}{n}D" for kind in ("ZeroPadding", "Cropping", "UpSampling", "AveragePooling") for n in (1, 2, 3)),
    *(f"{kind}{n}D" for kind in ("GlobalAveragePooling", "SpatialDropout") for n in (1, 2, 3)),
)
"""Layers whose gradient reads neither their input nor their output."""
_READ_AGAIN = ("ReLU", "LeakyReLU", "ELU", "Softmax", "Activation", *(f"MaxPooling{n}D" for n in (1, 2, 3)))
"""Layers whose gradient reads their output; one with an activation of its own reads it too."""

Sized = Callable[[Node, Done], int | None]
"""The bytes of the outputs of a call for one example."""


class Memory(NamedTuple):
    """Bytes, each as a formula; `None` where a size is not known."""

    batch: int
    weights: Formula | None
    gradients: Formula | None
    """Of the parameters that are trained."""
    optimizer: Formula | None
    inference: Formula | None
    """The activations that are alive at the worst moment of a forward pass."""
    worst: str
    """The layer at which that moment is."""
    training: Formula | None
    """The activations that the backward pass reads."""

    @property
    def total(self) -> int | None:
        """The bytes of a training step: its forward pass alone needs the activations of inference."""
        held = [part.value if part else None for part in (self.weights, self.gradients, self.optimizer)]
        passes = [part.value if part else None for part in (self.inference, self.training)]
        return None if None in (*held, *passes) else sum(part or 0 for part in held) + max(part or 0 for part in passes)


def memory(run: Run, leaves: Sequence[Leaf], sums: Totals, batch: int, sized: Sized) -> Memory:
    """What a computed model needs at a batch of so many examples."""
    once = list({leaf.key: leaf for leaf in leaves}.values())
    alive, kept = _alive(run, sized), _kept(run, sized)
    optimizer = sums.optimizer_params
    return Memory(
        batch=batch,
        weights=_sized("weights", ((leaf, leaf.params) for leaf in once)),
        gradients=_sized("gradients", ((leaf, leaf.trainable if leaf.layer.trainable else 0) for leaf in once)),
        optimizer=None if optimizer is None else Formula("numbers * bytes", numbers=optimizer, bytes=4),
        inference=None if alive is None else Formula("batch * alive", batch=batch, alive=alive[0]),
        worst="" if alive is None else alive[1],
        training=None if kept is None else Formula("batch * kept", batch=batch, kept=kept),
    )


def _sized(name: str, counts: Iterable[tuple[Leaf, int | None]]) -> Formula | None:
    """So many numbers of each dtype: a variable of a mixed policy is a float32."""
    found: Counter[str] = Counter()
    for leaf, count in counts:
        dtype = "float32" if leaf.layer.dtype.startswith("mixed_") else leaf.layer.dtype
        if count is None or (count and dtype not in BYTES):
            return None
        if count:
            found[dtype] += count
    if not found:
        return Formula("0")
    terms = [f"{name}_{dtype} * {BYTES[dtype]}" for dtype in found]
    return Formula(" + ".join(terms), **{f"{name}_{dtype}": count for dtype, count in found.items()})


def _roots(run: Run) -> list[int]:
    """For each call the call whose memory holds its values: its own, or that of what it is a view of."""
    roots = list(range(len(run.graph.nodes)))
    for number in run.graph.order:
        node = run.graph.nodes[number]
        if node.layer.type in VIEWS and len(node.sources) == 1:
            roots[number] = roots[node.sources[0][0]]
    return roots


def _own(run: Run, roots: Sequence[int], sized: Sized, nested: bool) -> list[int] | None:
    """The bytes of each call's outputs; none of a view, of a nested model's inputs, or of a nested model itself."""
    found = []
    for number, (node, done) in enumerate(zip(run.graph.nodes, run.done, strict=True)):
        inside = done.run is not None or (
            nested and node.layer.type == "InputLayer"
        )  # the same tensors, counted within
        size = 0 if roots[number] != number or inside else sized(node, done)
        if size is None:
            return None
        found.append(size)
    return found


def _alive(run: Run, sized: Sized, nested: bool = False) -> tuple[int, str] | None:
    """The most bytes that are alive at once, and at which layer: each output until its last reader is done."""
    roots = _roots(run)
    sizes = _own(run, roots, sized, nested)
    if sizes is None:
        return None
    place = {number: i for i, number in enumerate(run.graph.order)}
    last = dict.fromkeys(range(len(sizes)), 0)
    for number, node in enumerate(run.graph.nodes):
        last[roots[number]] = max(last[roots[number]], place[number])
        for source, _ in node.sources:
            last[roots[source]] = max(last[roots[source]], place[number])
    worst, alive, held = (0, ""), 0, dict[int, int]()
    for ref in run.ends:
        last[roots[ref]] = len(sizes)
    for i, number in enumerate(run.graph.order):
        held[number] = sizes[number]
        alive += sizes[number]
        inner = run.done[number].run
        within = _alive(inner, sized, nested=True) if inner else (0, "")
        if within is None:
            return None
        if alive + within[0] > worst[0]:
            worst = alive + within[0], within[1] or run.graph.nodes[number].layer.name
        for done in [other for other in held if last[other] <= i]:
            alive -= held.pop(done)
    return worst


def _kept(run: Run, sized: Sized, nested: bool = False) -> int | None:
    """The bytes that a backward pass reads: inputs of kernels and normalizations, outputs of activations."""
    roots = _roots(run)
    sizes = _own(run, roots, sized, nested)
    if sizes is None:
        return None
    read = {roots[ref] for ref in run.ends}
    total = 0
    for number, node in enumerate(run.graph.nodes):
        kind = node.layer.operation or node.layer.type
        activation = (node.layer.config or {}).get("activation", "linear")
        if kind in _READ_AGAIN or activation not in (None, "linear"):
            read.add(roots[number])
        if kind not in _UNREAD:
            read.update(roots[source] for source, _ in node.sources)
        inner = run.done[number].run
        if inner:
            within = _kept(inner, sized, nested=True)
            if within is None:
                return None
            total += within
    return total + sum(sizes[number] for number in read)
