"""Architecture in, explanation out: the rows of a computed model, and its totals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from cnnnotes._explaining.audit import Leaf, audit, totals
from cnnnotes._explaining.explanation import Explanation, Row
from cnnnotes._explaining.graph import Graph, Node
from cnnnotes._explaining.memory import BYTES, VIEWS, memory
from cnnnotes._explaining.receptive import ITSELF, Field, union, within
from cnnnotes._explaining.walk import Done, Run, Walk, added
from cnnnotes._reading.architecture import Architecture, Layer
from cnnnotes.layers import Shape
from cnnnotes.layers._errors import ExplainError, shown

Sizes = Shape | Mapping[str, Shape] | None
"""The size of a model's input without the batch, or those of several inputs by name."""


def explain_architecture(architecture: Architecture, inputs: Sizes = None, batch: int | None = None) -> Explanation:
    """Explains a model of which the arguments of the layers are known.

    **Arguments**

    - `inputs`: another size of its input, or of several by name, than the model states.
    - `batch`: how many examples to count the memory of; `None` to count none.

    **Raises** `ExplainError` for a model that Keras refuses too, `ReadError` for one whose graph is none.
    """
    models = Walk()
    leaves: list[Leaf] = []
    run = models.run(architecture, _told(architecture, inputs) if inputs else None)
    rows = _rows(models, architecture, run, ITSELF, leaves)
    if inputs:
        _check_weights(models, architecture, leaves)
    sums = totals(leaves, architecture)
    return Explanation(
        name=architecture.name,
        source=architecture.source,
        kind=architecture.kind,
        inputs=tuple((ref.layer, run.shape(ref)) for ref in architecture.inputs),
        rows=rows,
        macs=added(row.macs for row in rows),
        activation_bytes=added(row.activation_bytes for row in rows),
        audit=audit(architecture, rows, leaves, sums),
        notes=architecture.notes,
        memory=memory(run, leaves, sums, batch, lambda node, done: _size(run.graph, node, done)) if batch else None,
        **sums._asdict(),
    )


def _told(architecture: Architecture, inputs: Sizes) -> tuple[Shape | None, ...]:
    """The shape of each input, those that are told in place of those that the model states."""
    names = [ref.layer for ref in architecture.inputs]
    if not isinstance(inputs, Mapping):
        if len(names) != 1:
            raise ExplainError(f"the model has {len(names)} inputs, {', '.join(names)}: give their sizes by name")
        inputs = {names[0]: inputs or ()}
    for name in inputs:
        if name not in names:
            raise ExplainError(f"the model has no input {name!r}; its inputs are {', '.join(names)}")
    return tuple((None, *inputs[name]) if name in inputs else None for name in names)


def _check_weights(models: Walk, architecture: Architecture, leaves: Sequence[Leaf]) -> None:
    """Raises `ExplainError` where the weights would be others than those of the size that the model states."""
    stated: list[Leaf] = []
    try:
        _rows(models, architecture, models.run(architecture, None), ITSELF, stated)
    except ExplainError:
        return  # on its own inputs it is no model
    for one, other in zip(stated, leaves, strict=True):
        if one.params is not None and [w.shape for w in one.weights] != [w.shape for w in other.weights]:
            raise ExplainError(
                f"layer {shown(one.layer.name)}: its weights are those of the size that it was built for; another size "
                f"would need {other.params:,} in place of {one.params:,}"
            )


def _rows(models: Walk, architecture: Architecture, run: Run, base: Field, leaves: list[Leaf]) -> tuple[Row, ...]:
    """The rows of a computed model, and its layers' weights in `leaves`."""
    return tuple(_row(models, layer, run, base, leaves) for layer in architecture.layers)


def _row(models: Walk, layer: Layer, run: Run, base: Field, leaves: list[Leaf]) -> Row:
    last = run.graph.last(layer)
    calls = range(run.graph.at[layer.name], last + 1)
    done = [run.done[number] for number in calls]
    inner: list[Leaf] = []
    nested: tuple[Row, ...] | None = None
    if layer.nested and done[-1].run:
        sources = run.graph.nodes[last].sources
        entering = within(base, union(run.done[s].field for s, _ in sources)) if sources else base
        own = done[-1].run if done[-1].run.own or not run.own else models.run(layer.nested, None)
        nested = _rows(models, layer.nested, own, entering, inner)
    else:
        inner.append(_leaf(layer, done))
    leaves += inner
    counted = totals(inner, None)
    return Row(
        name=layer.name,
        type=layer.type,
        inputs=tuple(ref.layer for number in calls for _, ref in run.graph.nodes[number].sources),
        shapes=done[-1].shapes or None,
        params=counted.total_params,
        trainable_params=counted.trainable_params if layer.trainable else 0,
        outcome=done[-1].outcome,
        macs=added(one.macs for one in done),
        activation_bytes=_bytes(run.graph, layer, done) if nested is None else _nested_bytes(layer, nested, len(done)),
        field=within(base, done[-1].field),
        notes=_notes(layer, run, done),
        operation=bool(layer.operation),
        code=layer.code,
        rows=nested,
    )


def _leaf(layer: Layer, done: Sequence[Done]) -> Leaf:
    """What a layer that is no model adds to the totals."""
    first = next((one.outcome for one in done if one.outcome is not None), None)
    key = id(layer) if layer.shared_id is None else ("shared", layer.shared_id)
    if layer.operation:
        return Leaf(key, layer, (), 0, 0)
    if first is None:
        params, trainable = layer.recorded.params, layer.recorded.trainable_params
        if params is None and all(one.weightless for one in done):
            params = 0
        return Leaf(key, layer, (), params, 0 if params == 0 or not layer.trainable else trainable)
    for one in done:
        if one.outcome and [w.shape for w in one.outcome.weights] != [w.shape for w in first.weights]:
            raise ExplainError(
                f"layer {shown(layer.name)}: is called on inputs for which it would need different weights"
            )
    params = sum(weight.size for weight in first.weights)
    trained = sum(weight.size for weight in first.weights if weight.trainable) if layer.trainable else 0
    return Leaf(key, layer, first.weights, params, trained)


def _notes(layer: Layer, run: Run, done: Sequence[Done]) -> tuple[str, ...]:
    last = done[-1]
    notes = list(last.outcome.notes) if last.outcome else []
    if layer.code:
        notes.append(f"carries code of its author's ({layer.code}), which was not run")
    if last.problem:
        notes.append(f"{last.problem}: {_left_open(layer, last)}")
    if len(done) > 1:
        shapes = list(dict.fromkeys(one.shapes for one in done))
        differ = " on different sizes; the shape is that of the last call" if len(shapes) > 1 else ""
        notes.append(
            f"called {len(done)} times{differ}; its weights are counted once, its multiply-accumulates each time"
        )
    if not layer.trainable and any(weight.trainable for weight in (last.outcome.weights if last.outcome else ())):
        notes.append("frozen: none of its weights are trained")
    if run.own:
        notes += _contradictions(layer, run.graph, done)
    return tuple(notes)


def _left_open(layer: Layer, last: Done) -> str:
    if layer.operation:
        return "its shape is what the source records" if last.shapes else "its shape stays open"
    if last.weightless:
        return "it has no parameters"
    if layer.recorded.params is not None:
        return "its number of parameters is that of the weights that are stored"
    return "its parameters stay open"


def _contradictions(layer: Layer, found: Graph, done: Sequence[Done]) -> list[str]:
    """Where the arithmetic gives another shape than the source records."""
    notes = []
    for index, one in enumerate(done):
        for number, shape in enumerate(one.shapes):
            ref = found.recorded.get((layer.name, index, number))
            if ref is not None and ref.shape not in (None, shape):
                notes.append(
                    f"the source records {shown(ref.shape)} for its output, the arithmetic gives {shown(shape)}"
                )
    return notes


def _bytes(found: Graph, layer: Layer, done: Sequence[Done]) -> int | None:
    """The bytes of one example's outputs, over all calls; a view takes none."""
    if layer.type in VIEWS:
        return 0
    first = found.at[layer.name]
    return added(_size(found, found.nodes[first + call], one) for call, one in enumerate(done))


def _size(found: Graph, node: Node, done: Done) -> int | None:
    """The bytes of the outputs of a call: of the dtype that is recorded, or else of the policy's."""
    computed, total = node.layer.dtype.removeprefix("mixed_"), 0
    for number, shape in enumerate(done.shapes):
        ref = found.recorded.get((node.layer.name, node.number, number))
        size = BYTES.get((ref.dtype if ref is not None else None) or computed)
        if shape is None or size is None or None in shape[1:]:
            return None
        total += math.prod(length for length in shape[1:] if length is not None) * size
    return total if done.shapes else None


def _nested_bytes(layer: Layer, rows: Sequence[Row], calls: int) -> int | None:
    """A nested model's rows without its inputs, which are its caller's outputs."""
    inputs = {ref.layer for ref in layer.nested.inputs} if layer.nested else set()
    one = added(row.activation_bytes for row in rows if row.name not in inputs)
    return None if one is None else one * calls
