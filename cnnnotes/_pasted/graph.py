"""The rows of a table as layers: which row is called on which, and what stands within which model."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Sequence

from cnnnotes._pasted.rows import Row, distinct
from cnnnotes._reading.architecture import Architecture, Call, Layer, Shape, TensorRef
from cnnnotes.layers import known_types, layer_type

MAX_INPUTS = 32
"""The most input shapes that are kept for a row whose input the text leaves open: those of the nearest rows above."""
MODELS = ("Sequential", "Functional", "Model")

Possible = tuple[tuple[Shape, ...], ...]
"""Input shapes that a row may have had: one tuple of shapes for each possibility."""


def layers_of(rows: Sequence[Row], level: int = 0, parent: str = "", outer: Possible = ()) -> tuple[Layer, ...]:
    """The rows as layers, those of nested models inside of theirs."""
    firsts = [i for i, row in enumerate(rows) if row.level <= level] or [0]
    own = [rows[i] for i in firsts]
    names = distinct(own)
    tensors = _Tensors(own, names)
    earlier: dict[Shape, None] = {}
    layers: list[Layer] = []
    for k, (row, begin, end) in enumerate(zip(own, firsts, [*firsts[1:], len(rows)], strict=True)):
        if row.connected is not None and not level:
            calls, inputs = _connected(row, k, tensors)
        elif not parent or parent == "Sequential":  # a chain: each row is called on the one before
            before = layers[-1] if layers else None
            calls = (Call((TensorRef(before.name),)),) if before and row.type != "InputLayer" else ()
            inputs = (before.recorded.outputs or (),) if before else outer
        else:  # the text does not say what is connected to what inside of a nested model
            calls, inputs = (), tuple((shape,) for shape in reversed(earlier))
        inputs = tuple(possible for possible in inputs if possible)
        outputs = row.recorded.outputs or ()
        kind = _completed(row.type, inputs[0] if inputs else outputs)
        below = rows[begin + 1 : end]
        layers.append(
            Layer(
                name=names[k],
                type=kind,
                calls=calls,
                trainable=row.trainable is not False,
                nested=Architecture(names[k], layers_of(below, level + 1, kind, inputs), "pasted") if below else None,
                recorded=row.recorded._replace(inputs=inputs),
            )
        )
        earlier = dict.fromkeys([*(shape for shape in earlier if shape not in outputs), *outputs][-MAX_INPUTS:])
    return tuple(layers)


def _connected(row: Row, k: int, tensors: _Tensors) -> tuple[tuple[Call, ...], Possible]:
    """The calls of a row, and the input shapes that its last call may have had."""
    found = [tensors.resolved(ref, k) for ref in row.connected or ()]
    if not found:
        return (), ()
    known = layer_type(row.type)
    if known is None or known.inputs[1] != 1:
        inputs = itertools.islice(itertools.product(*(shapes for _, shapes in found)), MAX_INPUTS)
        return (Call(tuple(ref for ref, _ in found)),), tuple(inputs)
    return tuple(Call((ref,)) for ref, _ in found), tuple((shape,) for shape in found[-1][1])


def _completed(cut: str, shapes: Sequence[Shape]) -> str:
    """The only known type that begins as a cut one does and works on maps of this rank; else what is left of it."""
    if not cut.endswith("…"):
        return cut
    found = [name for name in (*known_types(), *MODELS) if name.startswith(cut.rstrip("…"))]
    if shapes:
        rank = len(shapes[0]) - 2
        ranks = {name: known.rank if (known := layer_type(name)) else None for name in found}
        found = [name for name, own in ranks.items() if own in (None, rank - name.startswith("ConvLSTM"))]
    return found[0] if len(found) == 1 else cut


class _Tensors:
    """Finds the rows that a connection may mean, where either name may be cut."""

    def __init__(self, rows: Sequence[Row], names: Sequence[str]):
        self.rows, self.names = rows, names
        self.whole: dict[str, int] = {}
        self.cut: dict[str, list[int]] = {}
        for i, row in enumerate(rows):
            if row.name.endswith("…"):
                self.cut.setdefault(row.name[:-1], []).append(i)
            else:
                self.whole.setdefault(row.name, i)
        self.sorted = sorted((row.name.rstrip("…"), i) for i, row in enumerate(rows))
        self.found: dict[str, list[int]] = {}

    def matches(self, name: str) -> list[int]:
        """The rows that a connection to `name` may mean, in their order."""
        if name in self.whole:
            return [self.whole[name]]
        if name not in self.found:
            stem = name.rstrip("…")
            found = {i for end in range(1, len(stem) + 1) for i in self.cut.get(stem[:end], ())}
            if name.endswith("…"):
                first, last = bisect_left(self.sorted, (stem, -1)), bisect_left(self.sorted, (f"{stem}\U0010ffff", -1))
                found.update(i for _, i in self.sorted[first:last])
            self.found[name] = sorted(found)
        return self.found[name]

    def resolved(self, ref: TensorRef, own: int) -> tuple[TensorRef, list[Shape]]:
        """The connection of row `own` with its row's full name where only one fits, and the shapes that it may have."""
        matches = [i for i in self.matches(ref.layer) if i != own]
        shapes: dict[Shape, None] = {}
        for i in matches:
            outputs = self.rows[i].recorded.outputs or ()
            shapes.update(dict.fromkeys(outputs if ref.layer.endswith("…") else outputs[ref.tensor : ref.tensor + 1]))
        shape = next(iter(shapes)) if len(shapes) == 1 else None
        name = self.names[matches[0]] if len(matches) == 1 else ref.layer
        return ref._replace(layer=name, shape=shape), list(shapes)
