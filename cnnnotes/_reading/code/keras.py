"""What Keras does in a program that is read: its layers, calls and models, named and ordered as Keras does."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cnnnotes._reading.architecture import Call, Shape, TensorRef, flattened, mapped
from cnnnotes.layers import LayerType, layer_type, outcome, stated_input
from cnnnotes.layers._errors import LayerError
from cnnnotes.layers._operations import Tensor, operation

_NAMED_KINDS = ("activation", "initializer", "regularizer", "constraint")
_STATED = ("input_shape", "batch_input_shape", "input_dim")
_MERGES = ("add", "subtract", "multiply", "average", "maximum", "minimum", "concatenate", "dot")
_Node = tuple[str, int]  # the key of a layer and the number of its call


class Foreign(NamedTuple):
    """What the text names, and what the reader has no value of: `keras.layers.Conv2D`, `len(words)`."""

    path: str  # the dotted name, without what it is called with
    text: str
    keras: bool = True  # whether it may be Keras's own; what is imported from elsewhere is not

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]


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
    body: Callable[[list[Any], dict[str, Any]], Any] | None = None  # the method `call` of a class, until it is called
    traced: bool = False

    @property
    def is_model(self) -> bool:
        return self.traced or self.type in ("Sequential", "Functional")


class Keras:
    """What a program has built so far, and calls of Keras's names; `spend` hears of all work, and may stop it."""

    def __init__(self, spend: Callable[[int], None], note: Callable[[int, str], object]) -> None:
        self.spend = spend
        self.note = note
        self.ops: dict[str, Op] = {}
        self.names: Counter[str] = Counter()
        self.sizeless = False  # whether the size of an input is not known
        self.missed = 0  # how often a layer was called on what is no tensor here

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
            shape = tuple((config or {})["batch_shape"])
            op.inputs = op.outputs = [TensorRef(op.key, 0, 0, shape or None)]
            op.config = config if shape else None
        self.ops[op.key] = op
        return op

    def on(self, op: Op, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Calls a layer, an operation or a model: its output, or the list of its outputs."""
        self.spend(20)
        if op.body:
            self.trace(op, args, kwargs)
        call = Call(self.plain(args), self.plain(kwargs))
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

    def trace(self, op: Op, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        """Makes a model of a program's own layer or model, where all that its method does is to call layers."""
        body, op.body, inputs, missed = op.body, None, list[TensorRef](), self.missed

        def entry(ref: TensorRef) -> TensorRef:
            inputs.extend(self.make("InputLayer", {"batch_shape": ref.shape or ()}, op.line).outputs)
            return inputs[-1]

        found = body(mapped(args, entry), mapped(kwargs, entry)) if body else None
        outputs = self.tensors(found)
        if outputs and not _unknown(found) and self.missed == missed:
            op.inputs, op.outputs, op.traced, op.custom = inputs, outputs, True, False
            self.hold(op, self.layers(op))

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

    def add(self, stack: Op, op: Any, line: int, rebuild: bool = True) -> None:
        """Puts a layer on top of a stack, or gives it the input that a tensor is."""
        if isinstance(op, Foreign):
            self.note(line, f"{op.text} is not understood, which is added to a model")
            op = self.make(op.name, None, line, custom=not op.keras)
        op = self.ops[op.layer] if isinstance(op, TensorRef) else op
        if op.type == "InputLayer":
            stack.inputs = stack.outputs = op.inputs
            return
        if not stack.layers and not stack.inputs:
            stated = layer_type(op.type)
            shape = stated_input(stated, op.config or {}) if stated else None
            shape = op.inputs[0].shape if op.is_model and len(op.inputs) == 1 else shape
            if shape is not None:
                self.stand(stack, shape)
        stack.layers.append(op)
        self.hold(stack, [op])
        if stack.inputs:
            stack.outputs = self.tensors(self.on(op, stack.outputs, {}))[:1]
            if rebuild:
                self.name("functional")  # Keras makes a model of the stack each time

    def stand(self, stack: Op, shape: Shape | None) -> None:
        layers, stack.layers, stack.size = stack.layers, [], 1
        for i, op in enumerate([self.make("InputLayer", {"batch_shape": shape or ()}, stack.line), *layers]):
            self.add(stack, op, stack.line, rebuild=i == len(layers))

    def tensors(self, value: Any) -> list[TensorRef]:
        return list(flattened(value, self.spend))

    def hold(self, outer: Op, inner: Iterable[Op]) -> None:
        """Says which layers a model or a wrapper holds; the deeper they stand, the more it costs."""
        outer.size += sum(op.size for op in inner) if outer.is_model else 0
        outer.depth = max([outer.depth, *(op.depth + 1 for op in inner)])
        self.spend(outer.depth**2)

    def train(self, op: Op, trained: bool) -> None:
        self.spend(1)
        op.trainable = trained
        for layer in self.layers(op) if op.is_model else ():
            self.train(layer, trained)

    def connected(self, inputs: list[TensorRef], outputs: list[TensorRef], config: dict[str, Any], line: int) -> Op:
        model = self.make("Functional", config, line, inputs=inputs, outputs=outputs)
        self.hold(model, self.layers(model))
        return model

    def layers(self, model: Op) -> dict[Op, list[int]]:
        """The layers of a model with their calls in it, in Keras's order: by depth, then as its search meets them."""
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

    def call(self, what: Foreign, args: list[Any], kwargs: dict[str, Any], line: int) -> Any:
        """Calls what is not the program's own; what comes back is foreign too where nothing is known of it."""
        kind, path = what.name, f".{what.path}"
        stated, merge = layer_type(kind), layer_type(kind.capitalize()) if kind in _MERGES else None
        raw = any(part in path for part in (".ops.", ".backend.", ".activations."))
        on_tensors = bool(self.tensors([args, kwargs]))
        if what.keras and not raw:
            if kind in ("Input", "InputLayer"):
                made = self._input(args, kwargs, line)
                return made.outputs[0] if kind == "Input" else made
            if kind in ("Model", "Functional", "Sequential"):
                return self._model(kind, args, kwargs, line)
            if kind[0].isupper() and (".applications." in path or (stated and "include_top" in stated.arguments)):
                return self.network(what, args, kwargs, line)
            if stated is not None and kind[0].isupper():
                return self.layer(stated, args, kwargs, line)
            if merge is not None and args and on_tensors and (".keras." in path or ".tensorflow." not in path):
                own = {"axis": args[1], **kwargs} if args[1:] else kwargs
                return self.on(self.layer(merge, [], own, line), args[:1], {})
        if kind == "preprocess_input" and what.keras and args and on_tensors:
            self.note(line, f"{what.text} has no row: it keeps the shape, and has no parameters")
            return args[0]
        if kind == "get" and ".activations." in path and args and isinstance(args[0], str):
            return Foreign(f"keras.activations.{args[0]}", args[0])
        if not on_tensors:
            layer = what.keras and ".layers." in path and kind[0].isupper()
            return self.make(kind, None, line) if layer else what
        if what.keras and raw and kind != "get":
            return self.operation("".join(word.capitalize() for word in kind.split("_")), args, kwargs, line)
        if what.keras and path.startswith(".tensorflow."):
            function = what.path.partition(".")[2]
            config = {"name": self.name(f"tf_{function}".replace(".", "_")), "function": function}
            return self.on(self.make("TFOpLambda", config, line, operation=function), args, kwargs)
        self.note(line, f"{what.text} is not understood, so its output is not known")
        return self.on(self.make(kind, None, line, custom=not what.keras), args, kwargs)

    def network(self, what: Foreign, args: list[Any], kwargs: dict[str, Any], line: int) -> Op:
        """A network of `keras.applications`, called on its own input or on the tensor that it is given."""
        stated, tensors = layer_type(what.name), self.tensors([args, kwargs])
        given = {"name": what.name.lower()} | {k: v for k, v in kwargs.items() if v is not None and not self.tensors(v)}
        known = stated is not None and given.keys() <= {"name", *stated.arguments}
        made = self.layer(stated, args, given, line) if stated and known else self.make(what.name, None, line)
        shape = (made.config or given).setdefault("input_shape", (None, None, 3))
        self.on(made, tensors or self._input([shape], {}, line).outputs, {})
        return made

    def operation(self, kind: str, args: list[Any], kwargs: dict[str, Any], line: int) -> Any:
        """A raw operation on tensors: `x + y`, `keras.ops.mean(x, axis=1)`."""
        kind = "Absolute" if kind == "Abs" else kind
        config = {"name": kwargs["name"]} if "name" in kwargs else {}
        return self.on(self.make(kind, config, line, operation=kind), args, kwargs)

    def layer(self, stated: LayerType, args: list[Any], kwargs: dict[str, Any], line: int) -> Op:
        """A new layer; one of whose arguments something is not understood has none."""
        config: dict[str, Any] = {}
        known = True
        given = {**dict(zip(stated.arguments, args, strict=False)), **kwargs}
        for key, value in given.items():
            own = stated.arguments.get(key)
            config[key] = self.plain(value, own.kind if own else "any")
            unknown = _unknown(config[key])
            if unknown is None:
                continue
            del config[key]
            if (own is not None and key not in stated.unseen) or key in _STATED:
                self.note(line, f"{unknown.text} is not known, which is the {key} of {stated.name}")
                known = known and own is None
            elif own is not None and own.required:
                config[key] = stated.assumed[key]
        made = self.make(stated.name, config if known else None, line)
        self.hold(made, [value for value in given.values() if isinstance(value, Op)])
        return made

    def plain(self, value: Any, kind: str = "any") -> Any:
        """A value as an argument: layers as Keras writes them, functions by their names."""
        self.spend(value.size if isinstance(value, Op) else 1)
        if isinstance(value, Op):
            return self.written(value)
        other = "lambda" if hasattr(value, "tree") else type(value).__name__
        name = getattr(getattr(value, "tree", value), "name", other)
        if kind in _NAMED_KINDS and not isinstance(value, str | int | float | dict | None):
            return name
        if isinstance(value, slice):
            ends = {"start": self.plain(value.start), "stop": self.plain(value.stop), "step": self.plain(value.step)}
            return {"class_name": "__slice__", "config": ends}
        if type(value) in (list, tuple):
            return type(value)(map(self.plain, value))
        if isinstance(value, dict):
            return {key: self.plain(item) for key, item in value.items()}
        return value if isinstance(value, str | int | float | Foreign | TensorRef | None) else Foreign("", name, False)

    def _input(self, args: list[Any], kwargs: dict[str, Any], line: int) -> Op:
        given = {**dict(zip(("shape",), args, strict=False)), **kwargs}
        key = next((key for key in (*_STATED[:2], "batch_shape", "shape") if key in given), "")
        sizes = list(given[key]) if type(given.get(key)) in (list, tuple) else [given.get(key)]
        sizes = sizes if key.startswith("batch") else [given.get("batch_size"), *sizes]
        for size in sizes:
            if isinstance(size, Foreign):
                self.sizeless = True
                self.note(line, f"{size.text} is not known, which is a size of an input")
        config = {key: given[key] for key in ("name", "dtype") if isinstance(given.get(key), str)}
        depth = sizes[-1:]  # without it nothing is known of the layers on the input
        shape = [size if isinstance(size, int) else None for size in sizes if not isinstance(depth[0], Foreign)]
        return self.make("InputLayer", {**config, "batch_shape": shape}, line)

    def _model(self, kind: str, args: list[Any], kwargs: dict[str, Any], line: int) -> Any:
        names = ("layers", "trainable", "name") if kind == "Sequential" else ("inputs", "outputs", "name")
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        config = {key: given[key] for key in ("name", "trainable") if isinstance(given.get(key), str | bool)}
        if kind == "Sequential":
            model = self.make("Sequential", config, line)
            layers = given["layers"] if type(given.get("layers")) in (list, tuple) else ()
            for i, layer in enumerate(layers, start=1):
                self.add(model, layer, line, rebuild=i == len(layers))
            return model
        inputs, outputs = (self.tensors(given.get(name, given.get(name[:-1]))) for name in names[:2])
        if not inputs or not outputs:
            self.note(line, "the inputs and outputs of a model are not understood")
            return Foreign("Model", "Model")
        return self.connected(inputs, outputs, config, line)

    def method(self, op: Op, name: str, args: list[Any], kwargs: dict[str, Any], line: int) -> Any:
        """A method of a model; those that change no layer are passed over."""
        first = next(iter([*args, *kwargs.values()]), None)
        if name == "add":
            self.add(op, first, line)
        elif name == "pop":
            del op.layers[-1:]
            op.outputs = op.layers[-1].outputs if op.layers else op.inputs
        elif name == "build" and isinstance(first, list | tuple) and not op.inputs:
            shape = tuple(size if isinstance(size, int) else None for size in first)
            if op.body:
                self.trace(op, [TensorRef("", 0, 0, shape)], {})
            elif op.type == "Sequential":
                self.stand(op, shape)
        elif name == "get_layer":
            layers = list(self.layers(op))
            return layers[first] if isinstance(first, int) else next(one for one in layers if one.name == first)
        return None

    def attribute(self, op: Op, name: str) -> Any:
        last = op.calls[-1].tensors() if op.calls and not op.is_model else op.inputs
        refs: list[Any] = list({"input": last, "output": op.outputs}.get(name.partition("_")[0].rstrip("s"), ()))
        if refs:
            refs = [ref.shape for ref in refs] if name.endswith("_shape") else refs
            return refs if name.endswith("s") or len(refs) > 1 else refs[0]
        if name == "layers":
            return list(self.layers(op)) if op.is_model else {op: None}  # as a whole: it has no part that is known
        own = {"name": op.name, "trainable": op.trainable, **(op.config or {})}
        return own.get(name, Foreign(name, f"{op.name}.{name}"))

    def models(self) -> list[Op]:
        """The models that stand in no other; where there is none, what leads from the inputs to the open ends."""
        ops = self.ops.values()
        found = [op for op in ops if op.is_model and op.size > 1 and not op.calls]
        inner = {ref.origin[:2] for op in ops if op.is_model for ref in (*op.inputs, *op.outputs)}
        inputs = [ref for op in ops if op.type == "InputLayer" for ref in op.outputs if ref.origin[:2] not in inner]
        read = inner | {ref.origin[:2] for op in ops for call in op.calls for ref in call.tensors()}
        last = ((op.key, len(op.calls) - 1, i, ref.shape) for op in ops if op.calls for i, ref in enumerate(op.outputs))
        ends = [ref for ref in (TensorRef(*each) for each in last) if ref.origin[:2] not in read]
        return found or ([self.connected(inputs, ends, {}, 0)] if inputs and ends else [])


def _unknown(value: Any) -> Foreign | None:
    """What isn't known in a value, or in a list within it."""
    if isinstance(value, Foreign):
        return value
    return next(filter(None, map(_unknown, value)), None) if type(value) in (list, tuple) else None
