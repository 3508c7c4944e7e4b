"""Computes models: walks their graphs, asks the rule of each layer, and follows shapes and receptive fields."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from cnnnotes._explaining.receptive import ITSELF, Field, through, union, within
from cnnnotes._reading.architecture import Architecture, Call, Layer, Origin, TensorRef, WrappedModel, flattened, mapped
from cnnnotes.formula import Formula
from cnnnotes.layers import Outcome, Shape, Weight, layer_type, outcome
from cnnnotes.layers._errors import ExplainError, LayerError, NoRule, ReadError, shown
from cnnnotes.layers._operations import Tensor, operation
from cnnnotes.layers._outcomes import total, volume

Known = Mapping[Origin, Shape | None]  # the shapes of the tensors that a layer is called on
Shapes = tuple[Shape | None, ...]

MAX_CALLS = 200_000
"""The most layer calls that are computed: nested models that are called on many shapes, and call others, have more."""
BYTES = {"bool": 1, "bfloat16": 2, **{f"{kind}{8 * n}": n for kind in ("float", "int", "uint") for n in (1, 2, 4, 8)}}
VIEWS = ("Flatten", "Reshape", "Identity")
"""Layers that give the same values in another shape: they take no memory of their own."""


def added(numbers: Iterable[int | None]) -> int | None:
    """The sum, `None` where a number is not known."""
    total = 0
    for number in numbers:
        if number is None:
            return None
        total += number
    return total


class Node(NamedTuple):
    """One call of a layer."""

    layer: Layer
    number: int  # which of the layer's calls it is, counted from 0
    call: Call  # empty for an input, and for a layer that its source does not connect to anything
    sources: tuple[tuple[int, TensorRef], ...]
    """For each tensor it is called on, the number of the node that it comes from, and the tensor."""


class Graph(NamedTuple):
    """All calls of a model in an order in which each comes after those that feed it."""

    nodes: tuple[Node, ...]
    order: tuple[int, ...]  # the numbers of the nodes
    at: dict[tuple[str, int], int]  # the number of the node of each layer and call
    ends: tuple[int, ...]  # the numbers of the nodes that the model's outputs come from
    recorded: dict[Origin, TensorRef]  # what the source says of the shapes and dtypes of tensors


class Done(NamedTuple):
    """What came of one call."""

    shapes: Shapes = ()
    outcome: Outcome | None = None  # `None` for a model, and where not even its weights are known
    field: Field = None  # the receptive field of its outputs, on the input of the model that the call is in
    problem: str = ""  # why nothing is known of its weights, where that is so
    run: "Run | None" = None  # the run of a nested model on the inputs of this call
    open: bool = False  # whether a size of its outputs is not known because something before it is not
    bytes: int | None = None  # the bytes of its outputs for one example

    @property
    def macs(self) -> int | None:
        return self.run.macs if self.run else self.outcome.mac_count if self.outcome else None


class Run(NamedTuple):
    """A model, computed on inputs of certain shapes."""

    graph: Graph
    done: list[Done]
    outputs: Shapes
    field: Field
    own: bool  # whether the inputs were those that the model itself states
    macs: int | None  # the multiply-accumulates of one example
    bytes: int | None  # the bytes of all outputs but those that are the model's inputs, for one example

    def shape(self, ref: TensorRef) -> Shape | None:
        shapes = self.done[self.graph.at[ref.layer, ref.call]].shapes
        return shapes[ref.tensor] if ref.tensor < len(shapes) else None

    def weights(self) -> list[Weight] | None:
        """The weights of all its layers, `None` where those of one are not known."""
        found: list[Weight] = []
        first = [(node, done) for node, done in zip(self.graph.nodes, self.done, strict=True) if not node.number]
        for node, done in first:
            own = done.run.weights() if done.run else None if done.outcome is None else done.outcome.weights
            if own is None:
                return None
            found += own if node.layer.trainable else [weight._replace(trainable=False) for weight in own]
        return found


def _graph(architecture: Architecture) -> Graph:
    """The graph of an architecture; walked without recursion, so that no chain is too long."""
    layers = (*architecture.input_layers, *architecture.layers)
    calls = [(layer, number, call) for layer in layers for number, call in enumerate(layer.calls or (Call(),))]
    at = {(layer.name, number): i for i, (layer, number, _) in enumerate(calls)}

    def node_of(ref: TensorRef, layer: Layer | None = None) -> int:
        if (ref.layer, ref.call) not in at:
            place = f"layer {shown(layer.name)}" if layer else "the model's inputs and outputs"
            what = f"has no call {ref.call}" if (ref.layer, 0) in at else "is no layer of this model"
            raise ReadError(f"{place}: takes its input from {shown(ref.layer)}, which {what}")
        return at[ref.layer, ref.call]

    nodes = [Node(*each, tuple((node_of(ref, each[0]), ref) for ref in each[2].tensors())) for each in calls]
    ends = list(map(node_of, (*architecture.inputs, *architecture.outputs)))
    try:
        before = {i: [source for source, _ in node.sources] for i, node in enumerate(nodes)}
        order = tuple(TopologicalSorter(before).static_order())
    except CycleError as error:
        name = shown(nodes[error.args[1][0]].layer.name)
        raise ReadError(f"layer {name}: its inputs depend on its own output, in a circle") from None
    recorded = {ref.origin: ref for node in nodes for _, ref in node.sources}
    return Graph(tuple(nodes), order, at, tuple(ends[len(architecture.inputs) :]), recorded)


class Walk:
    """Computes models; one that is called on the same shapes again is computed once."""

    def __init__(self, strict: bool = True) -> None:
        self.strict = strict  # whether a nested model refuses other sizes than it states, as those of Keras 3 do
        self.calls = 0
        self.runs: dict[tuple[int, Shapes | None], Run] = {}

    def run(self, architecture: Architecture, inputs: Shapes | None, built: bool = False) -> Run:
        """Computes a model on inputs of these shapes; `None`: on those that it states itself, on which it is built."""
        key = (id(architecture), inputs)
        if key not in self.runs:
            self.runs[key] = self._run(architecture, inputs or (), built)
        return self.runs[key]

    def _run(self, architecture: Architecture, inputs: Shapes, built: bool) -> Run:
        names = [ref.layer for ref in architecture.inputs]
        if inputs and names and len(inputs) != len(names):
            raise LayerError(f"takes {len(names)} inputs, got {len(inputs)}")
        found = _graph(architecture)
        self.calls += len(found.nodes)
        if self.calls > MAX_CALLS:
            name = shown(architecture.name)
            raise ExplainError(f"model {name}: takes more than {MAX_CALLS:,} layer calls, the most that are computed")
        given = {name: shape for name, shape in zip(names, inputs, strict=False) if shape is not None}
        own = all(stated(found.nodes[found.at[name, 0]].layer) == shape for name, shape in given.items())
        done = [Done()] * len(found.nodes)
        for number in found.order:
            node, shape = found.nodes[number], given.get(found.nodes[number].layer.name)
            if shape is not None and not node.sources:
                one = Done((shape,), Outcome(()), ITSELF)
            else:
                one = self._call(node, found, done, architecture.legacy, (built and not own) or node.number > 0)
            done[number] = one._replace(bytes=_bytes(node, found, one))
        field, macs = union(done[number].field for number in found.ends), added(one.macs for one in done)
        sizes = (one.bytes for node, one in zip(found.nodes, done, strict=True) if node.layer.name not in names)
        run = Run(found, done, (), field, own, macs, added(sizes))
        return run._replace(outputs=tuple(map(run.shape, architecture.outputs)))

    def _call(self, node: Node, found: Graph, done: list[Done], legacy: bool, built: bool) -> Done:
        layer = node.layer
        shapes = {ref.origin: _shape(done[source], ref, layer) for source, ref in node.sources}
        begins = not layer.calls and (layer.nested is not None or layer.type == "InputLayer")
        field = ITSELF if begins else union(done[source].field for source, _ in node.sources)
        recorded, open_before = _recorded(node, found), any(done[source].open for source, _ in node.sources)
        if layer.type == "InputLayer" and layer.config is None:  # of a program, which doesn't tell its size
            return Done(recorded, _WEIGHTLESS, ITSELF, open=True)
        try:
            if layer.nested:
                return self._nested(layer.nested, node, shapes, field, recorded)
            result = _operation(node, shapes) if layer.operation else self._layer(node, shapes, built)
        except NoRule as error:
            return self._open(node, shapes, recorded, str(error))
        except LayerError as error:
            if open_before:
                return self._open(node, shapes, recorded, _NO_INPUT)
            if legacy:  # Keras 2 took more than Keras 3 takes, and a model is not refused for a row
                return self._open(node, shapes, recorded, str(error), refused=True)
            failed = ExplainError(f"layer {shown(layer.name)}: {error}")
            failed.refused = None if layer.operation else _refused(node, shapes)
            raise failed from None
        still_open = open_before and any(None in shape[1:] for shape in result.shapes)
        return Done(result.shapes or recorded, result, through(field, result.windows), open=still_open)

    def _open(self, node: Node, shapes: Known, recorded: Shapes, problem: str, refused: bool = False) -> Done:
        """What is known of a layer whose type or whose input is not, or whose rule refuses it."""
        layer, told = node.layer, Done()
        kind = None if layer.operation else layer_type(layer.rule or layer.type)
        if kind is not None and (refused or problem == _NO_INPUT):
            ask = partial(outcome, kind.name, layer.config or {}, unknown=self._wrapped)
            told = _partly(ask, kind.rank, tuple(shapes.values()))
        return told._replace(
            shapes=recorded or (() if refused else told.shapes),
            problem=f"{problem}{told.problem}",
            open=refused or not recorded or None in recorded,
        )

    def _layer(self, node: Node, shapes: Known, built: bool) -> Outcome:
        """Asks the rule of a layer; `built`: whether Keras has built it before this call."""
        layer = node.layer
        kind = layer.registered_name or "" if layer.custom else layer.rule or layer.type
        rule = layer_type(kind)
        if layer.type == "?":
            raise NoRule("the file doesn't tell its type")
        if rule is None:
            raise NoRule("its type is not known to this package")
        if layer.config is None:
            raise NoRule("its arguments are not known")
        if "_from_" in layer.dtype:
            raise NoRule(f"it is quantized ({layer.dtype}), which gives it other weights")
        refs, options = node.call.asked(rule.tensors)
        inputs = [shapes[ref.origin] for ref in refs]
        if (not refs and layer.type != "InputLayer") or None in inputs:
            inputs = list(layer.recorded.build_shapes) if len(layer.calls) < 2 else []
            if not inputs:
                raise NoRule(_NO_INPUT)
        known = [shape for shape in inputs if shape is not None]
        named = node.call.args[0] if node.call.args else None
        if isinstance(named, dict) and rule.inputs == (1, 1) and len(known) == len(refs):
            return _on_dict(kind, layer.config, named, refs, known)
        return outcome(kind, layer.config, known, call={**options, "built": built}, unknown=self._wrapped)

    def _nested(self, model: Architecture, node: Node, shapes: Known, field: Field, recorded: Shapes) -> Done:
        refs, _ = node.call.asked(())
        inputs = tuple(shapes[ref.origin] for ref in refs)
        run = self.run(model, inputs if inputs and None not in inputs else None, built=True)
        known = dict(enumerate(recorded))
        if self.strict and not run.own and not model.legacy:
            _check_sizes(model, run, inputs)
        outputs = tuple(known.get(i) if shape is None else shape for i, shape in enumerate(run.outputs))
        unknown = None in outputs or any(one.open for one in run.done)
        # of another size than that of the rows that are shown
        said = [] if run.own else [(n.layer.name, _problem(d)) for n, d in zip(run.graph.nodes, run.done, strict=True)]
        problem = next((f"{name}: {problem[0].lower()}{problem[1:]}" for name, problem in said if problem), "")
        return Done(outputs or recorded, None, within(field, run.field), problem, run, unknown)

    def _wrapped(self, serialized: Mapping[str, Any], inputs: Sequence[Shape]) -> Outcome:
        """The outcome of a model within a wrapper such as `TimeDistributed`."""
        if not isinstance(serialized, WrappedModel):
            raise NoRule(f"it wraps a layer of type {shown(serialized.get('class_name'))}, which is not known")
        model = serialized.architecture
        run = self.run(model, tuple(inputs), built=True)
        weights = run.weights()
        if weights is None or None in run.outputs:
            raise NoRule("it wraps a model that holds a layer which is not known")
        macs = run.macs
        return Outcome(
            shapes=tuple(shape for shape in run.outputs if shape is not None),
            weights=tuple(weight._replace(trainable=weight.trainable and model.trainable) for weight in weights),
            params=total("model", [sum(weight.size for weight in weights)]) if weights else None,
            macs=Formula("model", model=macs) if macs != 0 else None,
            windows=None,
        )


_NO_INPUT = "its input shape is not known"
SIZES = (20_160, 40_320)
"""Two sizes that most numbers of groups divide: what doesn't change between them doesn't depend on them."""
_WEIGHTLESS = Outcome(())  # the outcome of a layer that has no weights, though its shape is not known


def _partly(ask: Callable[[Sequence[Shape]], Outcome], rank: int | None, inputs: Shapes) -> Done:
    """What a layer with `rank` spatial axes says, by its rule `ask`, of any inputs: as far as unlike ones agree."""
    if len(inputs) > 1:  # only whether it has weights at all
        known = max((shape for shape in inputs if shape is not None), key=len, default=(None,) * 4)
        tried = _pair(ask, [[known] * len(inputs)]) or _pair(ask, [[known]])
        return Done(outcome=_WEIGHTLESS if tried and not any(one.weights or one.macs for one in tried) else None)
    found, weights = list[Shapes](), False
    for axes in (2, 3, 4, 5) if rank is None else (rank + 2, rank + 3):
        if tried := _pair(ask, [[(None,) * axes]] * 2) or _pair(ask, [[(None, *[n] * (axes - 1))] for n in SIZES]):
            weights |= any(one.weights or one.macs for one in tried)
            found.append(tuple(map(_agreed, *(one.shapes for one in tried))))
    told = Done(outcome=None if weights or not found else _WEIGHTLESS)
    if all(shapes == found[0] for shapes in found):
        return told._replace(shapes=found[0] if found else ())
    last = {shapes[0][-1] if len(shapes) == 1 and shapes[0] else None for shapes in found}
    if len(last) > 1 or None in last:
        return told
    return told._replace(shapes=found[0], problem=", the output shape is that for vectors")


def _pair(ask: Callable[[Sequence[Shape]], Outcome], inputs: Sequence[Sequence[Shape]]) -> list[Outcome]:
    """What a rule says of each of these inputs; nothing where it refuses one."""
    try:
        return [ask(each) for each in inputs]
    except LayerError:
        return []


def _agreed(one: Shape, other: Shape) -> Shape | None:
    if len(one) != len(other):
        return None
    return tuple(size if size == same else None for size, same in zip(one, other, strict=True))


def _problem(done: Done) -> str:
    """Why a layer is open, or why running it would fail."""
    notes = done.outcome.notes if done.outcome else ()
    return done.problem or next((note for note in notes if note.startswith("Running it would fail")), "")


def _on_dict(
    kind: str, config: Mapping[str, Any], named: Mapping[str, Any], refs: Sequence[TensorRef], inputs: Sequence[Shape]
) -> Outcome:
    """A layer that is called on images, boxes and labels by name: it changes the images, or the number of boxes."""
    at, shapes = refs.index(next(flattened(named.get("images")), refs[0])), list(inputs)
    found = outcome(kind, config, [inputs[at]])
    shapes[at] = found.shapes[0]
    if kind == "MaxNumBoundingBoxes":
        boxes = [refs.index(ref) for ref in flattened(named.get("bounding_boxes"))]
        shapes = [(s[0], config.get("max_number"), *s[2:]) if i in boxes else s for i, s in enumerate(shapes)]
    return found._replace(shapes=tuple(shapes), axes=(), windows=None)


class Refused(NamedTuple):
    """A call of a layer that its rule refuses."""

    layer: Layer
    call: int
    refs: tuple[TensorRef, ...]  # the tensors that it is called on, in the order of the rule
    inputs: tuple[Shape, ...]


def _refused(node: Node, shapes: Known) -> Refused | None:
    rule = layer_type(node.layer.rule or node.layer.type)
    refs, _ = node.call.asked(rule.tensors if rule else ())
    known = tuple(shape for ref in refs if (shape := shapes[ref.origin]) is not None)
    return Refused(node.layer, node.number, tuple(refs), known) if len(known) == len(refs) else None


def _check_sizes(model: Architecture, run: Run, inputs: Shapes) -> None:
    """Raises `LayerError` where a model is called on another size than its input states."""
    for ref, shape in zip(model.inputs, inputs, strict=False):
        own = stated(run.graph.nodes[run.graph.at[ref.layer, 0]].layer)
        # as Keras compares them, which lets a last axis of 1 go
        known, given = (each[1:-1] if each[-1:] == (1,) else each[1:] for each in (own or (), shape or ()))
        if any(None not in pair and pair[0] != pair[1] for pair in zip(known, given, strict=False)):
            raise LayerError(f"expects an input of {shown(own)}, got {shown(shape)}")


def stated(layer: Layer) -> Shape | None:
    """The shape that an input layer states."""
    try:
        return outcome(layer.type, layer.config or {}, []).shapes[0]
    except LayerError:
        return None


def _bytes(node: Node, found: Graph, done: Done) -> int | None:
    """The bytes of the outputs of a call: of the dtype that is recorded, or else of the policy's; a view takes none."""
    if done.run:
        return done.run.bytes
    if node.layer.type in VIEWS:
        return 0
    if done.outcome and done.outcome.macs and done.outcome.macs.value is None:
        return None  # of a network whose layers aren't shown
    sizes = []
    for number, shape in enumerate(done.shapes):
        ref = found.recorded.get((node.layer.name, node.number, number))
        size = BYTES.get((ref and ref.dtype) or node.layer.dtype.removeprefix("mixed_"))
        sizes.append(None if shape is None else volume((size, *shape[1:])))
    return added(sizes) if sizes else None


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
    shapes: list[Shape | None] = []
    while (origin := (node.layer.name, node.number, len(shapes))) in found.recorded:
        shapes.append(found.recorded[origin].shape)
    if any(shape is not None for shape in shapes):
        return tuple(shapes)
    return node.layer.recorded.outputs or () if node.number + 1 >= len(node.layer.calls) else ()


def _operation(node: Node, shapes: Known) -> Outcome:
    if None in shapes.values():
        raise NoRule(_NO_INPUT)
    args, kwargs = mapped(node.call, lambda ref: Tensor(shapes[ref.origin] or ()))
    return operation(node.layer.operation, node.layer.config or {}, args, kwargs)
