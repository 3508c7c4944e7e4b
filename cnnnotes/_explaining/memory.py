"""The memory that a model needs at a batch, a lower bound: workspace, fragmentation and the framework come on top."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from cnnnotes._explaining.audit import Leaf, Totals, once
from cnnnotes._explaining.walk import BYTES, VIEWS, Run, added
from cnnnotes.formula import Formula

_UNREAD = re.compile(
    r"Flatten|Reshape|Identity|InputLayer|Add|Subtract|Average|Concatenate|Permute|RepeatVector|Dropout|Rescaling|"
    r"(ZeroPadding|Cropping|UpSampling|(Global)?AveragePooling|SpatialDropout)\dD"
)
"""Layers whose gradient reads neither their input nor their output."""
_READ_AGAIN = re.compile(r"(Leaky)?ReLU|ELU|Softmax|Activation|MaxPooling\dD")
"""Layers whose gradient reads their output; one with an activation of its own reads it too."""


class Memory(NamedTuple):
    """Bytes, each as a formula; `None` where a size is not known."""

    batch: int
    weights: Formula | None
    gradients: Formula | None  # of the parameters that are trained
    optimizer: Formula | None
    inference: Formula | None  # the activations that are alive at the worst moment of a forward pass
    training: Formula | None  # the activations that the backward pass reads
    worst: str  # the layer at which the worst moment is

    @property
    def total(self) -> int | None:
        """The bytes of a training step: its forward pass alone needs the activations of inference."""
        *held, inference, training = [part.value if part else None for part in self[1:6]]
        return added([*held, None if inference is None or training is None else max(inference, training)])


def memory(run: Run, leaves: Sequence[Leaf], sums: Totals, batch: int) -> Memory:
    """What a computed model needs at a batch of so many examples."""
    counted, numbers = once(leaves), sums.optimizer_params
    alive, worst, kept = _activations(run) or (None, "", None)
    return Memory(
        batch=batch,
        weights=_sized("weights", [(leaf, leaf.params) for leaf in counted]),
        gradients=_sized("gradients", [(leaf, leaf.trainable) for leaf in counted]),
        optimizer=None if numbers is None else Formula("numbers * bytes", numbers=numbers, bytes=4),
        inference=None if alive is None else Formula("batch * alive", batch=batch, alive=alive),
        training=None if kept is None else Formula("batch * kept", batch=batch, kept=kept),
        worst=worst,
    )


def _sized(name: str, counts: Sequence[tuple[Leaf, int | None]]) -> Formula | None:
    """So many numbers of each dtype: a variable of a mixed policy is a float32."""
    found: Counter[str] = Counter()
    for leaf, count in counts:
        dtype = "float32" if leaf.layer.dtype.startswith("mixed_") else leaf.layer.dtype
        if count is None or (count and dtype not in BYTES):
            return None
        if count:
            found[dtype] += count
    values = {f"{name}_{dtype}": count for dtype, count in found.items()}
    return Formula(" + ".join(f"{name}_{dtype} * {BYTES[dtype]}" for dtype in found) or "0", **values)


def _activations(run: Run, nested: bool = False) -> tuple[int, str, int] | None:
    """The most bytes that are alive at once, each output until its last reader is done; the layer at which that is; and
    the bytes that a backward pass reads: inputs of kernels and normalizations, outputs of activations."""
    nodes, sizes = run.graph.nodes, list[int]()
    for node, done in zip(nodes, run.done, strict=True):
        within = done.run is not None or (nested and node.layer.type == "InputLayer")  # the same tensors, counted there
        size = 0 if within else done.bytes
        if size is None:
            return None
        sizes.append(size)
    roots = list(range(len(nodes)))  # the call whose memory holds the values: that of what a view is a view of
    last, read = dict[int, int](), set[int]()
    for i, number in enumerate(run.graph.order):
        layer, sources = nodes[number].layer, [source for source, _ in nodes[number].sources]
        if layer.type in VIEWS and len(sources) == 1:
            roots[number] = roots[sources[0]]
        last |= {roots[each]: i for each in (number, *sources)}
        kind = layer.operation or layer.type
        if _READ_AGAIN.fullmatch(kind) or (layer.config or {}).get("activation") not in (None, "linear"):
            read.add(roots[number])
        if not _UNREAD.fullmatch(kind):
            read.update(roots[source] for source in sources)
    ends = [roots[end] for end in run.graph.ends]
    last |= dict.fromkeys(ends, len(nodes))
    worst, kept, held = (0, ""), sum(sizes[number] for number in read.union(ends)), dict[int, int]()
    for i, number in enumerate(run.graph.order):
        inner = run.done[number].run
        inside = _activations(inner, nested=True) if inner else (0, "", 0)
        if inside is None:
            return None
        held[number] = sizes[number]
        worst = max(worst, (sum(held.values()) + inside[0], inside[1] or nodes[number].layer.name), key=lambda w: w[0])
        kept += inside[2]
        held = {other: size for other, size in held.items() if last.get(other, 0) > i}
    return *worst, kept
