"""Computes models: walks their graphs, asks the rule of each layer, and follows shapes and receptive fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from cnnnotes._explaining.graph import Graph, Node, graph
from cnnnotes._explaining.partly import Partly, Shapes, partly
from cnnnotes._explaining.receptive import ITSELF, Field, through, union, within
from cnnnotes._reading.architecture import Architecture, Call, Layer, Origin, TensorRef, WrappedModel, flattened, mapped
from cnnnotes.formula import Formula
from cnnnotes.layers import Outcome, Shape, Weight, layer_type, outcome
from cnnnotes.layers._errors import ExplainError, LayerError, NoRule, shown
from cnnnotes.layers._operations import Tensor, operation
from cnnnotes.layers._outcomes import total, volume

Known = Mapping[Origin, Shape | None]  # the shapes of the tensors that a layer is called on

MAX_CALLS = 200_000
"""The most layer calls that are computed: nested models that are called on many shapes, and call others, have more."""
BYTES = {"bool": 1, "bfloat16": 2, **{f"{kind}{8 * n}": n for kind in ("float", "int", "uint") for n in (1, 2, 4, 8)}}
VIEWS = ("Flatten", "Reshape", "Identity")
"""Layers that give the same values in another shape: they take no memory of their own."""


def added(numbers: Iterable[int | None]) -> int | None:
    """The sum, `None` where a number is not known."""
    numbers = list(numbers)
    return None if None in numbers else sum(number or 0 for number in numbers)


class Done(NamedTuple):
    """What came of one call."""

    shapes: Shapes = ()
    outcome: Outcome | None = None
    field: Field = None  # the receptive field of its outputs, on the input of the model that the call is in
    problem: str = ""  # why nothing is known of its weights, where that is so
    run: Run | None = None  # the run of a nested model on the inputs of this call
    open: bool = False  # whether a size of its outputs is not known because something before it is not
    weightless: bool = False  # whether it has no weights, though nothing else is known
    bytes: int | None = None  # the bytes of its outputs for one example
    fails: str = ""  # why running it would fail, though Keras declares its shape

    @property
    def macs(self) -> int | None:
        """The multiply-accumulates of one example; `None` where they are not known."""
        if self.run:
            return self.run.macs
        if self.outcome is None:
            return 0 if self.weightless else None
        return self.outcome.mac_count


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
        """The shape of a tensor of this model."""
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


class Walk:
    """Computes models; one that is called on the same shapes again is computed once."""

    def __init__(self) -> None:
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
        found = graph(architecture)
        self.calls += len(found.nodes)
        if self.calls > MAX_CALLS:
            raise ExplainError(
                f"model {shown(architecture.name)}: takes more than {MAX_CALLS:,} layer calls, those of nested models "
                "on each shape counted in, the most that are computed"
            )
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
        run = Run(
            graph=found,
            done=done,
            outputs=(),
            field=union(done[number].field for number in found.ends),
            own=own,
            macs=added(one.macs for one in done),
            bytes=added(one.bytes for node, one in zip(found.nodes, done, strict=True) if node.layer.name not in names),
        )
        return run._replace(outputs=tuple(map(run.shape, architecture.outputs)))

    def _call(self, node: Node, found: Graph, done: list[Done], legacy: bool, built: bool) -> Done:
        layer = node.layer
        shapes = {ref.origin: _shape(done[source], ref, layer) for source, ref in node.sources}
        begins = not layer.calls and (layer.nested is not None or layer.type == "InputLayer")
        field = ITSELF if begins else union(done[source].field for source, _ in node.sources)
        recorded = _recorded(node, found)
        open_before, fails = any(done[source].open for source, _ in node.sources), ""
        try:
            if layer.nested:
                return self._nested(layer.nested, node, shapes, field, recorded)
            result = _operation(node, shapes) if layer.operation else self._layer(node, shapes)
        except NoRule as error:
            return self._open(node, shapes, recorded, str(error))
        except LayerError as error:
            if open_before:
                return self._open(node, shapes, recorded, _NO_INPUT)
            if legacy:  # Keras 2 took more than Keras 3 takes, and a model is not refused for a row
                return self._open(node, shapes, recorded, str(error), refused=True)
            alike = _as_built(node, shapes) if built else None
            if alike is None:
                failed = ExplainError(f"layer {shown(layer.name)}: {error}")
                failed.refused = None if layer.operation else _refused(node, shapes)
                raise failed from None
            result, fails = alike, str(error)
        still_open = open_before and any(None in shape[1:] for shape in result.shapes)
        return Done(result.shapes or recorded, result, through(field, result.windows), open=still_open, fails=fails)

    def _open(self, node: Node, shapes: Known, recorded: Shapes, problem: str, refused: bool = False) -> Done:
        """What is known of a layer whose type or whose input is not, or whose rule refuses it."""
        layer, told = node.layer, Partly()
        kind = None if layer.operation else layer_type(layer.rule or layer.type)
        if kind is not None and (refused or problem == _NO_INPUT):
            name, config = kind.name, layer.config or {}
            ask = lambda inputs: outcome(name, config, inputs, unknown=self._wrapped)  # noqa: E731
            told = partly(ask, kind.rank, tuple(shapes.values()))
        return Done(
            recorded or (() if refused else told.shapes),
            problem=f"{problem}, the output shape is that for vectors" if told.vector else problem,
            open=refused or not recorded or None in recorded,
            weightless=told.weightless,
        )

    def _layer(self, node: Node, shapes: Known) -> Outcome:
        """Asks the rule of a layer."""
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
        refs, options = (node.call or Call()).asked(rule.tensors)
        inputs = [shapes[ref.origin] for ref in refs]
        if (not refs and layer.type != "InputLayer") or None in inputs:
            inputs = list(layer.recorded.build_shapes) if len(layer.calls) < 2 else []
            if not inputs:
                raise NoRule(_NO_INPUT)
        known = [shape for shape in inputs if shape is not None]
        named = node.call.args[0] if node.call and node.call.args else None
        if isinstance(named, dict) and rule.inputs == (1, 1) and len(known) == len(refs):
            return _on_dict(kind, layer.config, named, refs, known)
        return outcome(kind, layer.config, known, call=options, unknown=self._wrapped)

    def _nested(self, model: Architecture, node: Node, shapes: Known, field: Field, recorded: Shapes) -> Done:
        refs, _ = (node.call or Call()).asked(())
        inputs = tuple(shapes[ref.origin] for ref in refs)
        run = self.run(model, inputs if inputs and None not in inputs else None, built=True)
        outputs = tuple(
            recorded[i] if shape is None and i < len(recorded) else shape for i, shape in enumerate(run.outputs)
        )
        unknown = None in outputs or any(one.open for one in run.done)
        fails = next((one.fails for one in run.done if one.fails), "")
        return Done(outputs or recorded, field=within(field, run.field), run=run, open=unknown, fails=fails)

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


def _as_built(node: Node, shapes: Known) -> Outcome | None:
    """What Keras declares of a Concatenate that is built: it goes by its first input, and compares no others."""
    inputs = [shapes[ref.origin] or () for ref in (node.call or Call()).tensors()]
    axis, rank = (node.layer.config or {}).get("axis", -1), len(inputs[0]) if inputs else 0
    if node.layer.type != "Concatenate" or type(axis) is not int or any(len(shape) != rank for shape in inputs):
        return None
    alike = [tuple(size if i == axis % rank else inputs[0][i] for i, size in enumerate(shape)) for shape in inputs]
    return outcome("Concatenate", {"axis": axis}, alike)


class Refused(NamedTuple):
    """A call of a layer that its rule refuses."""

    layer: Layer
    call: int
    refs: tuple[TensorRef, ...]  # the tensors that it is called on, in the order of the rule
    inputs: tuple[Shape, ...]


def _refused(node: Node, shapes: Known) -> Refused | None:
    rule = layer_type(node.layer.rule or node.layer.type)
    refs, _ = (node.call or Call()).asked(rule.tensors if rule else ())
    known = tuple(shape for ref in refs if (shape := shapes[ref.origin]) is not None)
    return Refused(node.layer, node.number, tuple(refs), known) if len(known) == len(refs) else None


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
    layer = node.layer
    shapes: list[Shape | None] = []
    while (layer.name, node.number, len(shapes)) in found.recorded:
        shapes.append(found.recorded[layer.name, node.number, len(shapes)].shape)
    if any(shape is not None for shape in shapes):
        return tuple(shapes)
    is_last = node.number == max(len(layer.calls), 1) - 1
    return layer.recorded.outputs or () if is_last else ()


def _operation(node: Node, shapes: Known) -> Outcome:
    """Asks the rule of a raw operation."""
    if None in shapes.values():
        raise NoRule(_NO_INPUT)
    args, kwargs = mapped(node.call or Call(), lambda ref: Tensor(shapes[ref.origin] or ()))
    return operation(node.layer.operation, node.layer.config or {}, args, kwargs)
