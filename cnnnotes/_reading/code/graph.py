"""The graph that a program builds while it is read: its layers and their calls, named and ordered as Keras does."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cnnnotes._reading.architecture import Call, Shape, TensorRef, flattened, mapped
from cnnnotes.layers import layer_type, operation, outcome
from cnnnotes.layers._errors import LayerError
from cnnnotes.layers._operations import Tensor

_Node = tuple[str, int]  # the key of a layer and the number of its call


@dataclass(eq=False)
class Op:
    """A layer, an operation or a model while it is built; its key stands as the layer in each `TensorRef`."""

    key: str
    type: str
    name: str
    config: dict[str, Any] | None
    line: int
    operation: str = ""
    custom: bool = False
    trainable: bool = True
    calls: list[Call] = field(default_factory=list)
    inputs: list[TensorRef] = field(default_factory=list)  # of a model, or of an input layer
    outputs: list[TensorRef] = field(default_factory=list)  # what a model or its last call gives
    layers: list[Op] = field(default_factory=list)  # of a stack
    size: int = 1  # how many rows it takes
    depth: int = 0  # how deep layers stand in each other in it

    @property
    def is_model(self) -> bool:
        return self.type in ("Sequential", "Functional")


class Graph:
    """All that a program has built so far; `spend` is told of each piece of work, and may stop it."""

    def __init__(self, spend: Callable[[int], None]) -> None:
        self.spend = spend
        self.ops: dict[str, Op] = {}
        self.names: Counter[str] = Counter()

    def name(self, kind: str) -> str:
        """The name that Keras gives to the next object of a class: `conv2d`, `conv2d_1`, …"""
        words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", kind))
        words = re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
        self.names[words] += 1
        return words if self.names[words] == 1 else f"{words}_{self.names[words] - 1}"

    def make(self, kind: str, config: dict[str, Any] | None, line: int, **more: Any) -> Op:
        """A new layer, operation or model; its name and whether it is trained are among its arguments."""
        self.spend(20)
        given = (config or {}).get("name")
        name = given if isinstance(given, str) else self.name(kind)
        op = Op(str(len(self.ops)), kind, name, config, line, **more)
        op.trainable = (config or {}).get("trainable") is not False
        if kind == "InputLayer":
            op.inputs = op.outputs = [TensorRef(op.key, 0, 0, tuple((config or {})["batch_shape"]))]
        self.ops[op.key] = op
        return op

    def call(self, op: Op, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Calls a layer: its output, or the list of its outputs."""
        self.spend(20)
        call = Call(tuple(args), kwargs)
        refs = list(call.tensors())
        if op.type == "Sequential" and not op.inputs and refs:
            self.stand(op, refs[0].shape)
        if op.type == "MultiHeadAttention" and not op.calls:
            self.names.update(("softmax", "dropout"))  # it makes these for itself, and each takes a name
        op.calls.append(call)
        shapes = self._shapes(op, call, refs)
        found = [TensorRef(op.key, len(op.calls) - 1, i, shape) for i, shape in enumerate(shapes)]
        op.outputs = op.outputs if op.is_model else found
        return found if len(found) != 1 or op.operation in ("Split", "Unstack") else found[0]

    def _shapes(self, op: Op, call: Call, refs: list[TensorRef]) -> Sequence[Shape | None]:
        """The shapes of what a call gives; one that is not known where Keras would refuse it."""
        if op.is_model:
            own = [ref.shape for ref in op.inputs] == [ref.shape for ref in refs]
            return [ref.shape if own else None for ref in op.outputs] or [None]
        rule = layer_type(op.type)
        if any(ref.shape is None for ref in refs) or op.config is None or op.custom or not (op.operation or rule):
            return [None]
        try:
            if op.operation:
                args, named = (mapped(part, lambda ref: Tensor(ref.shape or ())) for part in (call.args, call.kwargs))
                return operation(op.operation, op.config, args, named).shapes
            asked, options = call.asked(rule.tensors if rule else ())
            return outcome(op.type, op.config, [ref.shape or () for ref in asked], options).shapes
        except LayerError:
            return [None]

    def add(self, stack: Op, op: Op, rebuild: bool = True) -> None:
        """Puts a layer on top of a stack."""
        if op.type == "InputLayer":
            stack.inputs = stack.outputs = op.inputs
            return
        if op.is_model and len(op.inputs) == 1 and not stack.layers and not stack.inputs:
            self.stand(stack, op.inputs[0].shape)
        stack.layers.append(op)
        self.hold(stack, [op])
        if stack.inputs:
            stack.outputs = list(flattened(self.call(op, stack.outputs, {})))[:1]
            if rebuild:
                self.name("functional")  # Keras makes a model of the stack each time

    def stand(self, stack: Op, shape: Shape | None) -> None:
        """Gives a stack the input that it is called on."""
        layers, stack.layers, stack.size = stack.layers, [], 1
        self.add(stack, self.make("InputLayer", {"batch_shape": shape or ()}, stack.line))
        for i, op in enumerate(layers, start=1):
            self.add(stack, op, rebuild=i == len(layers))

    def tensors(self, value: Any) -> list[TensorRef]:
        """The tensors within nested lists and dicts, each of which is paid for."""
        return list(flattened(value, self.spend))

    def hold(self, outer: Op, inner: Iterable[Op]) -> None:
        """Says which layers a model or a wrapper holds; the deeper they stand, the more it costs."""
        outer.size += sum(op.size for op in inner) if outer.is_model else 0
        outer.depth = max([outer.depth, *(op.depth + 1 for op in inner)])
        self.spend(outer.depth**2)

    def train(self, op: Op, trained: bool) -> None:
        """Sets whether a layer is trained, or a model with all in it."""
        self.spend(1)
        op.trainable = trained
        for layer in self.layers(op) if op.is_model else ():
            self.train(layer, trained)

    def model(self, inputs: list[TensorRef], outputs: list[TensorRef], config: dict[str, Any], line: int) -> Op:
        """A functional model from its inputs to its outputs."""
        model = self.make("Functional", config, line, inputs=inputs, outputs=outputs)
        self.hold(model, self.layers(model))
        return model

    def layers(self, model: Op) -> dict[Op, list[int]]:
        """The layers of a model, each with the numbers of its calls there, in Keras's order: by depth from the outputs,
        then as its search meets them."""
        if model.type == "Sequential":
            return {op: [] for op in model.layers}
        order: dict[_Node, list[_Node]] = {}  # what feeds each call; each comes after those that feed it
        met: dict[str, int] = {}
        entries = {ref.origin[:2] for ref in model.inputs}
        stack = [(ref.origin[:2], False) for ref in reversed(model.outputs)]
        while stack:
            node, done = stack.pop()
            calls = self.ops[node[0]].calls if node not in entries else ()
            sources = [ref.origin[:2] for ref in calls[node[1]].tensors()] if calls else []
            if done:
                order[node] = sources
            elif node not in order:
                self.spend(1)
                met.setdefault(node[0], len(met))
                stack += [(node, True), *((source, False) for source in reversed(sources))]
        depth: dict[str, int] = {}
        depths: dict[_Node, int] = {}
        for node in reversed(order):
            depths[node] = depth[node[0]] = max(depths.get(node, 0), depth.get(node[0], 0))
            for source in order[node]:
                depths[source] = max(depths[node] + 1, depths.get(source, 0))
        met = {**{ref.layer: -1 for ref in model.inputs}, **met}  # with inputs that nothing reads
        found = {key: list[int]() for key in sorted(met, key=lambda key: (-depth.get(key, 0), met[key]))}
        for key, number in sorted(order):
            found[key].append(number)
        return {self.ops[key]: numbers or [0] for key, numbers in found.items()}

    def written(self, op: Op, calls: Sequence[Any] = ()) -> dict[str, Any]:
        """A layer or a model as Keras writes it to JSON, but for the tensors, which stand in the calls as they are."""
        config = {**(op.config or {}), "name": op.name, "trainable": op.trainable}
        if op.type == "Sequential":
            shape = op.inputs[0].shape if op.inputs else None
            config |= {"layers": list(map(self.written, op.layers)), "build_input_shape": shape and list(shape)}
        elif op.is_model:
            layers = self.layers(op)
            entries = {ref.layer for ref in op.inputs}

            def moved(ref: TensorRef) -> TensorRef:
                own = self.ops[ref.layer]
                return TensorRef(own.name, layers[own].index(ref.call), ref.tensor)

            config["input_layers"], config["output_layers"] = mapped([op.inputs, op.outputs], moved)
            config["layers"] = []
            for one, numbers in layers.items():
                uses = one.calls if one.key not in entries else []
                nodes = [mapped(uses[number]._asdict(), moved) for number in numbers if uses]
                config["layers"].append(self.written(one, nodes))
        return {
            "module": "" if op.custom else "keras.ops" if op.operation else "keras.layers",
            "class_name": op.type,
            "config": config,
            "known": op.config is not None,
            "shared_object_id": int(op.key),
            "inbound_nodes": calls,
        }
