"""Architecture in, explanation out: walks the graph and asks the rules; knows no layer and no file format."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cnnnotes._explaining.audit import Leaf, audit, totals
from cnnnotes._explaining.explanation import Explanation, Row
from cnnnotes._explaining.graph import Graph, Node, graph
from cnnnotes._explaining.receptive import ITSELF, Field, through, union, within
from cnnnotes._reading import read
from cnnnotes._reading.architecture import Architecture, Call, Layer, TensorRef, flattened
from cnnnotes._reading.config import ARCHITECTURE
from cnnnotes.formula import Formula
from cnnnotes.layers._errors import ExplainError, LayerError, NoRule
from cnnnotes.layers._operations import Tensor, operation
from cnnnotes.layers._rule import Outcome, Shape, Weight, outcome, registered, shown, total

MAX_REPEATED = 100_000
"""The most layer calls that are computed again, where nested models are called on other shapes, and call others."""

_BYTES = {"bool": 1, "bfloat16": 2, **{f"{kind}{8 * n}": n for kind in ("float", "int", "uint") for n in (1, 2, 4, 8)}}

Shapes = tuple[Shape | None, ...]


def explain(source: Any, name: str = "") -> Explanation:
    """Explains a model's summary, row by row, with the arithmetic.

    **Arguments**

    - `source`: a Keras model, a file, or a text: whatever `cnnnotes._reading.read` takes.
    - `name`: what error messages call it.

    **Returns** an `Explanation`: its rows, its totals, where they come from, `to_dict()`, and a display in notebooks.

    **Raises** `ReadError` for a source that can't be read, `ExplainError` for a model that Keras refuses too. Both are
    `ValueError`s of one line.

    ```python
    import cnnnotes

    summary = '''
    Layer (type)                 Output Shape              Param #
    =================================================================
    conv2d_2 (Conv2D)            (None, 220, 220, 64)      18496
    '''
    row = cnnnotes.explain(summary).rows[0]
    assert row.candidates is not None
    ```
    """
    architecture = read(source, name)
    if architecture.kind == "pasted":
        from cnnnotes._pasted.explained import explain_pasted

        return explain_pasted(architecture)
    return _explanation(architecture, name or architecture.source)


def _explanation(architecture: Architecture, source: str) -> Explanation:
    walk = _Walk()
    leaves: list[Leaf] = []
    try:
        run = walk.run(architecture, None)
        rows = walk.rows(architecture, run, ITSELF, leaves)
    except ValueError as error:
        if source and not str(error).startswith(f"{source}: "):
            raise type(error)(f"{source}: {error}") from None
        raise
    sums = totals(leaves, architecture)
    return Explanation(
        name=architecture.name,
        source=architecture.source,
        kind=architecture.kind,
        inputs=tuple((ref.layer, run.shape(ref)) for ref in architecture.inputs),
        rows=rows,
        macs=_sum(row.macs for row in rows),
        activation_bytes=_sum(row.activation_bytes for row in rows),
        audit=audit(architecture, rows, leaves, sums),
        notes=architecture.notes,
        **sums._asdict(),
    )


def _sum(values: Any) -> int | None:
    values = list(values)
    return None if None in values else sum(values)


class Done(NamedTuple):
    """What came of one call."""

    shapes: Shapes
    outcome: Outcome | None
    field: Field
    """The receptive field of its outputs, on the input of the model that the call is in."""
    problem: str = ""
    """Why nothing is known of its weights, where that is so."""
    run: Run | None = None
    """The run of a nested model on the inputs of this call."""


class Run(NamedTuple):
    """A model, computed on inputs of certain shapes."""

    graph: Graph
    done: list[Done]
    outputs: Shapes
    field: Field
    own: bool
    """Whether the inputs were those that the model itself states."""
    macs: int | None
    """The multiply-accumulates of one example."""

    def shape(self, ref: TensorRef) -> Shape | None:
        """The shape of a tensor of this model."""
        shapes = self.done[self.graph.at[ref.layer] + ref.call].shapes
        return shapes[ref.tensor] if ref.tensor < len(shapes) else None

    def weights(self) -> list[Weight] | None:
        """The weights of all its layers, `None` where those of one are not known."""
        found: list[Weight] = []
        for number, (node, done) in enumerate(zip(self.graph.nodes, self.done, strict=True)):
            if number != self.graph.at[node.layer.name]:
                continue
            own = done.run.weights() if done.run else None if done.outcome is None else list(done.outcome.weights)
            if own is None:
                return None
            found += own if node.layer.trainable else [weight._replace(trainable=False) for weight in own]
        return found


def _macs(done: Done) -> int | None:
    if done.run:
        return done.run.macs
    if done.outcome is None:
        return None
    return done.outcome.macs.value if done.outcome.macs else 0


class _Walk:
    """Computes models; one that is called on the same shapes again is computed once."""

    def __init__(self) -> None:
        self.repeated = 0
        self.graphs: dict[int, Graph] = {}
        self.runs: dict[tuple[int, Shapes | None], Run] = {}

    def run(self, architecture: Architecture, inputs: Shapes | None) -> Run:
        """Computes a model on inputs of these shapes; `None`: on those that it states itself."""
        key = (id(architecture), inputs)
        if key not in self.runs:
            self.runs[key] = self._run(architecture, inputs)
        return self.runs[key]

    def _run(self, architecture: Architecture, inputs: Shapes | None) -> Run:
        found = self.graphs.get(id(architecture))
        if found is None:
            found = self.graphs[id(architecture)] = graph(architecture)
        else:
            self.repeated += len(found.nodes)
        if self.repeated > MAX_REPEATED:
            raise ExplainError(
                f"model {shown(architecture.name)}: nested models are called on so many shapes that they take more "
                f"than {MAX_REPEATED:,} layer calls more, the most that are computed"
            )
        given = {}
        if inputs is not None and len(inputs) == len(architecture.inputs):
            given = {
                ref.layer: shape for ref, shape in zip(architecture.inputs, inputs, strict=True) if shape is not None
            }
        done: list[Done] = [_NOTHING] * len(found.nodes)
        for number in found.order:
            node = found.nodes[number]
            if not node.sources and node.layer.name in given:
                done[number] = Done((given[node.layer.name],), _INPUT, ITSELF)
            else:
                done[number] = self._call(node, found, done)
        ends = [done[found.at[ref.layer] + ref.call] for ref in architecture.outputs]
        shapes = tuple(
            end.shapes[ref.tensor] if ref.tensor < len(end.shapes) else None
            for end, ref in zip(ends, architecture.outputs, strict=True)
        )
        own = all(done[found.at[name]].shapes[0] == _stated(found, name) for name in given)
        return Run(found, done, shapes, union(end.field for end in ends) if ends else None, own, _sum(map(_macs, done)))

    def _call(self, node: Node, found: Graph, done: list[Done]) -> Done:
        layer = node.layer
        shapes = {ref[:3]: _shape(done[source], ref, layer) for source, ref in node.sources}
        field = union(done[source].field for source, _ in node.sources) if node.sources else None
        recorded = _recorded(node, found)
        try:
            if layer.nested:
                return self._nested(layer.nested, node, shapes, field, recorded)
            result = _operation(node, shapes) if layer.operation else self._layer(node, shapes)
        except NoRule as error:
            return Done(recorded, None, None, str(error))
        except LayerError as error:
            raise ExplainError(f"layer {shown(layer.name)}: {error}") from None
        if not node.sources:
            field = ITSELF if not layer.calls and layer.type == "InputLayer" else None
        return Done(result.shapes or recorded, result, through(field, result.windows))

    def _layer(self, node: Node, shapes: Mapping[tuple[str, int, int], Shape | None]) -> Outcome:
        """Asks the rule of a layer."""
        layer = node.layer
        kind = layer.registered_name or "" if _is_class(layer) else layer.type
        rule = registered(kind)
        if layer.config is None or rule is None:
            raise NoRule("its type is not known to this package")
        if "_from_" in layer.dtype:
            raise NoRule(f"it is quantized ({layer.dtype}), which gives it other weights")
        refs, options = _arguments(node.call, rule.tensors)
        inputs = [shapes[ref[:3]] for ref in refs]
        if (not refs and layer.type != "InputLayer") or None in inputs:
            inputs = list(layer.recorded.build_shapes) if len(layer.calls) < 2 else []
            if not inputs:
                raise NoRule("its input shape is not known")
        known = [shape for shape in inputs if shape is not None]
        return outcome(kind, layer.config, known, call=options, unknown=self._wrapped)

    def _nested(
        self,
        model: Architecture,
        node: Node,
        shapes: Mapping[tuple[str, int, int], Shape | None],
        field: Field,
        recorded: Shapes,
    ) -> Done:
        refs, _ = _arguments(node.call, ())
        inputs = tuple(shapes[ref[:3]] for ref in refs)
        if inputs and model.inputs and len(inputs) != len(model.inputs):
            raise LayerError(f"takes {len(model.inputs)} inputs, got {len(inputs)}")
        run = self.run(model, inputs if inputs and None not in inputs else None)
        if not node.sources:
            field = ITSELF if node.layer.calls == () else None
        return Done(run.outputs or recorded, None, within(field, run.field), run=run)

    def _wrapped(self, serialized: Mapping[str, Any], inputs: Sequence[Shape]) -> Outcome:
        """The outcome of a model within a wrapper such as `TimeDistributed`."""
        model = serialized.get(ARCHITECTURE)
        if not isinstance(model, Architecture):
            raise NoRule(f"it wraps a layer of type {shown(serialized.get('class_name'))}, which is not known")
        run = self.run(model, tuple(inputs))
        weights = run.weights()
        if weights is None or None in run.outputs:
            raise NoRule("it wraps a model that holds a layer which is not known")
        macs = run.macs
        return Outcome(
            shapes=tuple(shape for shape in run.outputs if shape is not None),
            weights=tuple(weights),
            params=total("model", [sum(weight.size for weight in weights)]) if weights else None,
            macs=Formula("model", model=macs) if macs != 0 else None,
            windows=None,
        )

    def rows(self, architecture: Architecture, run: Run, base: Field, leaves: list[Leaf]) -> tuple[Row, ...]:
        """The rows of a computed model, and its layers' weights in `leaves`."""
        return tuple(self._row(layer, run, base, leaves) for layer in architecture.layers)

    def _row(self, layer: Layer, run: Run, base: Field, leaves: list[Leaf]) -> Row:
        last = run.graph.last(layer)
        calls = range(run.graph.at[layer.name], last + 1)
        done = [run.done[number] for number in calls]
        field = within(base, done[-1].field)
        inner: list[Leaf] = []
        nested: tuple[Row, ...] | None = None
        if layer.nested and done[-1].run:
            sources = run.graph.nodes[last].sources
            entering = within(base, union(run.done[s].field for s, _ in sources)) if sources else base
            own = done[-1].run if done[-1].run.own else self.run(layer.nested, None)
            nested = self.rows(layer.nested, own, entering, inner)
        else:
            inner.append(_leaf(layer, done))
        leaves += inner
        counted = totals(inner, None)
        trainable: int | None = counted.trainable_params if layer.trainable else 0
        dtypes = [_dtypes(run.graph, layer, index, len(one.shapes)) for index, one in enumerate(done)]
        return Row(
            name=layer.name,
            type=layer.type,
            inputs=tuple(ref.layer for number in calls for _, ref in run.graph.nodes[number].sources),
            shapes=done[-1].shapes or None,
            params=counted.total_params,
            trainable_params=trainable,
            outcome=done[-1].outcome,
            macs=_sum(_macs(one) for one in done),
            activation_bytes=_nested_bytes(layer, nested, len(done))
            if nested is not None
            else _sum(_bytes(one.shapes, kinds) for one, kinds in zip(done, dtypes, strict=True)),
            field=field,
            notes=_notes(layer, run, done),
            operation=bool(layer.operation),
            code=layer.code,
            rows=nested,
        )


_NOTHING = Done((), None, None)
_INPUT = Outcome(shapes=())


def _is_class(layer: Layer) -> bool:
    """Whether the class itself is its author's: then no rule of a Keras layer of the same name is its rule."""
    return layer.code is not None and layer.code.startswith("the class ")


def _stated(found: Graph, name: str) -> Shape | None:
    """The shape that an input layer states."""
    layer = found.nodes[found.at[name]].layer
    try:
        return outcome(layer.type, layer.config or {}, []).shapes[0]
    except LayerError:
        return None


def _shape(done: Done, ref: TensorRef, layer: Layer) -> Shape | None:
    """The shape of a tensor: as computed, or else as recorded."""
    if ref.tensor < len(done.shapes):
        shape = done.shapes[ref.tensor]
        return ref.shape if shape is None else shape
    if done.shapes and done.outcome is not None:
        raise ExplainError(
            f"layer {shown(layer.name)}: takes output {ref.tensor} of {shown(ref.layer)}, which has {len(done.shapes)}"
        )
    return ref.shape


def _recorded(node: Node, found: Graph) -> Shapes:
    """The output shapes that the source records for a call."""
    layer = node.layer
    shapes: list[Shape | None] = []
    while (layer.name, node.number, len(shapes)) in found.recorded:
        shapes.append(found.recorded[layer.name, node.number, len(shapes)].shape)
    if any(shape is not None for shape in shapes):
        return tuple(shapes)
    is_last = node.number == max(len(layer.calls), 1) - 1
    return layer.recorded.outputs or () if is_last else ()


def _arguments(call: Call | None, names: Sequence[str]) -> tuple[list[TensorRef], dict[str, Any]]:
    """The tensors that a rule takes, in its order, and what else the layer is called with by name.

    Without `names` they are all in the first argument; others hold masks and states, which no shape depends on.
    """
    if call is None:
        return [], {}
    options = {name: value for name, value in call.kwargs.items() if not any(True for _ in flattened(value))}
    if not names:
        first = call.args[0] if call.args else next((v for k, v in call.kwargs.items() if k not in options), ())
        return list(flattened(first)), options
    given = dict(zip(names, call.args, strict=False))
    given.update((name, value) for name, value in call.kwargs.items() if name in names)
    return [ref for name in names for ref in flattened(given.get(name))], options


def _operation(node: Node, shapes: Mapping[tuple[str, int, int], Shape | None]) -> Outcome:
    """Asks the rule of a raw operation."""
    call = node.call or Call()
    if None in shapes.values():
        raise NoRule("its input shape is not known")

    def with_shapes(value: Any) -> Any:
        if isinstance(value, TensorRef):
            return Tensor(shapes[value[:3]] or ())
        if isinstance(value, list | tuple):
            return [with_shapes(item) for item in value]
        if isinstance(value, dict) and "class_name" not in value:
            return {key: with_shapes(item) for key, item in value.items()}
        return value

    args = [with_shapes(arg) for arg in call.args]
    kwargs = {name: with_shapes(value) for name, value in call.kwargs.items()}
    return operation(node.layer.operation, node.layer.config or {}, args, kwargs)


def _leaf(layer: Layer, done: Sequence[Done]) -> Leaf:
    """What a layer that is no model adds to the totals."""
    first = next((one.outcome for one in done if one.outcome is not None), None)
    key = id(layer) if layer.shared_id is None else ("shared", layer.shared_id)
    if layer.operation:
        return Leaf(key, layer, (), 0, 0)
    if first is None:
        params, trainable = layer.recorded.params, layer.recorded.trainable_params
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
        unknown = "its parameters stay open" if not layer.operation else "its shape is what the source records"
        notes.append(f"{last.problem}: {unknown}")
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


def _dtypes(found: Graph, layer: Layer, call: int, count: int) -> list[str]:
    """The dtype of each output of a call: as recorded, or else that which the layer's policy computes in."""
    computed = layer.dtype.removeprefix("mixed_")
    dtypes = []
    for number in range(count):
        ref = found.recorded.get((layer.name, call, number))
        dtypes.append(ref.dtype if ref is not None and ref.dtype else computed)
    return dtypes


def _bytes(shapes: Shapes, dtypes: Sequence[str]) -> int | None:
    """The bytes of one example's outputs."""
    sizes = []
    for shape, dtype in zip(shapes, dtypes, strict=True):
        if shape is None or None in shape[1:] or dtype not in _BYTES:
            return None
        sizes.append(math.prod(size for size in shape[1:] if size is not None) * _BYTES[dtype])
    return sum(sizes) if sizes else None


def _nested_bytes(layer: Layer, rows: Sequence[Row], calls: int) -> int | None:
    """A nested model's rows without its inputs, which are its caller's outputs."""
    inputs = {ref.layer for ref in layer.nested.inputs} if layer.nested else set()
    one = _sum(row.activation_bytes for row in rows if row.name not in inputs)
    return None if one is None else one * calls
