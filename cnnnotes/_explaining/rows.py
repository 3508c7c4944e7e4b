"""Architecture in, explanation out: the rows of a computed model, and its totals."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from cnnnotes._explaining.audit import Leaf, audit, totals
from cnnnotes._explaining.explanation import Explanation, Row
from cnnnotes._explaining.findings import findings
from cnnnotes._explaining.receptive import ITSELF, Field, union, within
from cnnnotes._explaining.walk import Done, Run, Walk, added
from cnnnotes._reading.architecture import Architecture, Array, Layer
from cnnnotes.layers import Shape
from cnnnotes.layers._errors import ExplainError, shown

Sizes = Shape | Mapping[str, Shape] | None
"""The size of a model's input without the batch, or those of several inputs by name."""


def explain_architecture(architecture: Architecture, inputs: Sizes = None, batch: int | None = None) -> Explanation:
    """Explains a model, perhaps on other inputs than it states, and with the memory that so many examples take."""
    models, leaves = Walk(strict=not inputs), list[Leaf]()
    run = models.run(architecture, _told(architecture, inputs) if inputs else None)
    rows = _rows(models, architecture, run, ITSELF, leaves)
    if inputs:
        _check_weights(models, architecture, leaves)
    sums = totals(leaves, architecture)
    shapes = [run.shape(ref) for ref in architecture.inputs]
    needed = None
    if batch:
        from cnnnotes._explaining.memory import memory

        needed = memory(run, leaves, sums, batch)
    return Explanation(
        name=architecture.name,
        source=architecture.source,
        kind=architecture.kind,
        inputs=tuple(zip((ref.layer for ref in architecture.inputs), shapes, strict=True)),
        rows=rows,
        macs=added(row.macs for row in rows),
        activation_bytes=added(row.activation_bytes for row in rows),
        audit=tuple(audit(architecture, rows, leaves, sums)),
        notes=architecture.notes,
        memory=needed,
        findings=findings(run, shapes, added(row.params for row in rows), sums.total_params),
        **sums._asdict(),
    )


def _told(architecture: Architecture, inputs: Sizes) -> tuple[Shape | None, ...]:
    """The shape of each input, those that are told in place of those that the model states."""
    names = [ref.layer for ref in architecture.inputs]
    if not isinstance(inputs, Mapping):
        if len(names) != 1:
            raise ExplainError(f"the model has {len(names)} inputs, {', '.join(names)}: give their sizes by name")
        inputs = {names[0]: inputs or ()}
    if unknown := inputs.keys() - set(names):
        raise ExplainError(f"the model has no input {min(unknown)!r}; its inputs are {', '.join(names)}")
    return tuple((None, *inputs[name]) if name in inputs else None for name in names)


def _check_weights(models: Walk, architecture: Architecture, leaves: Sequence[Leaf]) -> None:
    """Raises `ExplainError` where the weights would be others than those of the size that the model states."""
    stated = list[Leaf]()
    with suppress(ExplainError):  # on its own inputs it may be no model
        _rows(models, architecture, models.run(architecture, None), ITSELF, stated)
    for one, other in zip(stated, leaves, strict=False):
        if one.params is not None and [w.shape for w in one.weights] != [w.shape for w in other.weights]:
            raise ExplainError(
                f"layer {shown(one.layer.name)}: its weights are those of the size that it was built for; another size "
                f"would need {other.params:,} in place of {one.params:,}"
            )


def _rows(models: Walk, architecture: Architecture, run: Run, base: Field, leaves: list[Leaf]) -> tuple[Row, ...]:
    """The rows of a computed model, and its layers' weights in `leaves`."""
    return tuple(_row(models, layer, run, base, leaves) for layer in architecture.layers)


def _row(models: Walk, layer: Layer, run: Run, base: Field, leaves: list[Leaf]) -> Row:
    calls = [run.graph.at[layer.name, number] for number in range(max(len(layer.calls), 1))]
    done = [run.done[number] for number in calls]
    last, inner = done[-1], list[Leaf]()
    nested: tuple[Row, ...] | None = None
    if layer.nested and last.run:
        sources = run.graph.nodes[calls[-1]].sources
        entering = union(run.done[source].field for source, _ in sources) if sources else ITSELF
        own = last.run if last.run.own or not run.own else models.run(layer.nested, None)
        nested = _rows(models, layer.nested, own, within(base, entering), inner)
    else:
        inner.append(_leaf(layer, done))
    leaves += inner
    params, trainable = (inner[0].params, inner[0].trainable) if nested is None else totals(inner)[:2]
    return Row(
        name=layer.name,
        type=layer.type,
        inputs=tuple(ref.layer for number in calls for _, ref in run.graph.nodes[number].sources),
        shapes=last.shapes or None,
        params=params,
        trainable_params=trainable if layer.trainable else 0,
        outcome=last.outcome,
        macs=added(one.macs for one in done),
        activation_bytes=added(one.bytes for one in done),
        field=within(base, last.field),
        notes=tuple(_notes(layer, run, done)),
        operation=bool(layer.operation),
        code=layer.code,
        rows=nested,
    )


def _leaf(layer: Layer, done: Sequence[Done]) -> Leaf:
    """What a layer that is no model adds to the totals."""
    weights = next((one.outcome.weights for one in done if one.outcome is not None), None)
    params, arrays = layer.recorded.params, layer.recorded.arrays
    if layer.operation:
        params = 0
    key = id(layer) if layer.shared_id is None else ("shared", layer.shared_id)
    if arrays is None and weights is not None:
        arrays = tuple(Array((key, i), w.size, w.trainable and layer.trainable) for i, w in enumerate(weights))
    elif arrays is None and params is not None:
        arrays = (Array(key, params, None if params and layer.trainable else False),)
    if arrays is None:
        return Leaf(layer, weights or (), (), None, None if layer.trainable else 0)
    trained = (None if array.trainable is None else array.size * array.trainable for array in arrays)
    return Leaf(layer, weights or (), arrays, sum(a.size for a in arrays), added(trained) if layer.trainable else 0)


def _notes(layer: Layer, run: Run, done: Sequence[Done]) -> Iterator[str]:
    last, made = done[-1], [one.outcome for one in done if one.outcome]
    weights = made[0].weights if made else ()
    yield from last.outcome.notes if last.outcome else ()
    if layer.code:
        yield f"carries code of its author's ({layer.code}), which was not run"
    if last.problem:
        is_open = not last.shapes if layer.operation else not (made or last.run) and layer.recorded.params is None
        yield last.problem + f": its {'shape stays' if layer.operation else 'parameters stay'} open" * is_open
    if len(done) > 1:
        differ = " on different sizes; the shape is that of the last call" * (len({one.shapes for one in done}) > 1)
        often = f"called {len(done)} times{differ}"
        yield f"{often}; its weights are counted once, its multiply-accumulates each time"
    if any([w.shape for w in one.weights] != [w.shape for w in weights] for one in made[1:]):
        yield "Running it would fail: its weights are those of its first call, and another would need others."
    if not layer.trainable and any(weight.trainable for weight in weights):
        yield "frozen: none of its weights are trained"
    for call, one in enumerate(done if run.own else ()):
        for number, shape in enumerate(one.shapes):
            ref = run.graph.recorded.get((layer.name, call, number))
            if ref is not None and ref.shape not in (None, shape):
                said = f"the source records {shown(ref.shape)} for its output"
                yield f"{said}, the arithmetic gives {shown(shape)}"
