"""What Keras's names do in a program that is read: layers, inputs, models, operations, and what is asked of them."""

from collections.abc import Callable
from typing import Any, NamedTuple

from cnnnotes._reading.architecture import TensorRef
from cnnnotes._reading.code.graph import Graph, Op
from cnnnotes.layers import LayerType, layer_type, stated_input

_NAMED_KINDS = ("activation", "initializer", "regularizer", "constraint")
_STATED = ("input_shape", "batch_input_shape", "input_dim")
_MERGES = ("add", "subtract", "multiply", "average", "maximum", "minimum", "concatenate", "dot")


class Foreign(NamedTuple):
    """What the text names, and what the reader has no value of: `keras.layers.Conv2D`, `len(words)`."""

    path: str  # the dotted name, without what it is called with
    text: str
    keras: bool = True  # whether it may be Keras's own; what is imported from elsewhere is not

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]


class Keras:
    """Calls of Keras's names; `note` is told what isn't understood, with its line."""

    def __init__(self, graph: Graph, note: Callable[[int, str], object]) -> None:
        self.graph = graph
        self.note = note

    def call(self, what: Foreign, args: list[Any], kwargs: dict[str, Any], line: int) -> Any:
        """Calls what is not the program's own; what comes back is foreign too where nothing is known of it."""
        kind, path = what.name, f".{what.path}"
        stated, merge = layer_type(kind), layer_type(kind.capitalize()) if kind in _MERGES else None
        raw = any(part in path for part in (".ops.", ".backend.", ".activations."))
        on_tensors = bool(self.graph.tensors([args, kwargs]))
        if what.keras and not raw:
            if kind in ("Input", "InputLayer"):
                made = self._input(args, kwargs, line)
                return made.outputs[0] if kind == "Input" else made
            if kind in ("Model", "Functional", "Sequential"):
                return self._model(kind, args, kwargs, line)
            if stated is not None and kind[0].isupper():
                return self.layer(stated, args, kwargs, line)
            if merge is not None and args and on_tensors and (".keras." in path or ".tensorflow." not in path):
                own = {"axis": args[1], **kwargs} if args[1:] else kwargs
                return self.on(self.layer(merge, [], own, line), args[:1], {})
        if not on_tensors:
            layer = what.keras and ".layers." in path and kind[0].isupper()
            return self.graph.make(kind, None, line) if layer else what
        if what.keras and raw:
            return self.operation("".join(word.capitalize() for word in kind.split("_")), args, kwargs, line)
        if what.keras and path.startswith(".tensorflow."):
            function = what.path.partition(".")[2]
            config = {"name": self.graph.name(f"tf_{function}".replace(".", "_")), "function": function}
            return self.on(self.graph.make("TFOpLambda", config, line, operation=function), args, kwargs)
        self.note(line, f"{what.text} is not understood, so its output is not known")
        return self.on(self.graph.make(kind, None, line, custom=not what.keras), args, kwargs)

    def on(self, op: Op, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """Calls a layer or an operation."""
        return self.graph.call(op, self.plain(args), self.plain(kwargs))

    def operation(self, kind: str, args: list[Any], kwargs: dict[str, Any], line: int) -> Any:
        """A raw operation on tensors: `x + y`, `keras.ops.mean(x, axis=1)`."""
        kind = "Absolute" if kind == "Abs" else kind
        config = {"name": kwargs["name"]} if "name" in kwargs else {}
        return self.on(self.graph.make(kind, config, line, operation=kind), args, kwargs)

    def layer(self, stated: LayerType, args: list[Any], kwargs: dict[str, Any], line: int) -> Op:
        """A new layer; one of whose arguments something is not understood has none."""
        config: dict[str, Any] = {}
        known = True
        given = {**dict(zip(stated.arguments, args, strict=False)), **kwargs}
        for key, value in given.items():
            own = stated.arguments.get(key)
            config[key] = self.plain(value, own.kind if own else "any")
            unknown = next((each for each in (config[key], *_parts(config[key])) if isinstance(each, Foreign)), None)
            if unknown is None:
                continue
            del config[key]
            if (own is not None and key not in stated.unseen) or key in _STATED:
                self.note(line, f"{unknown.text} is not known, which is the {key} of {stated.name}")
                known = known and own is None
            elif own is not None and own.required:
                config[key] = stated.assumed[key]
        made = self.graph.make(stated.name, config if known else None, line)
        self.graph.hold(made, [value for value in given.values() if isinstance(value, Op)])
        return made

    def plain(self, value: Any, kind: str = "any") -> Any:
        """A value as an argument: layers as Keras writes them, functions by their names."""
        self.graph.spend(value.size if isinstance(value, Op) else 1)
        if isinstance(value, Op):
            return self.graph.written(value)
        if kind in _NAMED_KINDS and not isinstance(value, str | int | float | dict | None):
            return getattr(getattr(value, "tree", value), "name", "lambda")
        if isinstance(value, slice):
            ends = zip(("start", "stop", "step"), map(self.plain, _parts(value)), strict=True)
            return {"class_name": "__slice__", "config": dict(ends)}
        if type(value) in (list, tuple):
            return type(value)(map(self.plain, value))
        if isinstance(value, dict):
            return {key: self.plain(item) for key, item in value.items()}
        return value if isinstance(value, str | int | float | tuple | None) else type(value).__name__

    def _input(self, args: list[Any], kwargs: dict[str, Any], line: int) -> Op:
        given = {**dict(zip(("shape",), args, strict=False)), **kwargs}
        key = next((key for key in (*_STATED[:2], "batch_shape", "shape") if key in given), "")
        sizes = list(given[key]) if type(given.get(key)) in (list, tuple) else [given.get(key)]
        sizes = sizes if key.startswith("batch") else [given.get("batch_size"), *sizes]
        for size in sizes:
            if isinstance(size, Foreign):
                self.note(line, f"{size.text} is not known, which is a size of an input")
        config = {key: given[key] for key in ("name", "dtype") if isinstance(given.get(key), str)}
        shape = [size if isinstance(size, int) else None for size in sizes]
        return self.graph.make("InputLayer", {**config, "batch_shape": shape}, line)

    def _model(self, kind: str, args: list[Any], kwargs: dict[str, Any], line: int) -> Any:
        names = ("layers", "trainable", "name") if kind == "Sequential" else ("inputs", "outputs", "name")
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        config = {key: given[key] for key in ("name", "trainable") if isinstance(given.get(key), str | bool)}
        if kind == "Sequential":
            model = self.graph.make("Sequential", config, line)
            layers = _parts(given.get("layers"))
            for i, layer in enumerate(layers, start=1):
                self.add(model, layer, line, rebuild=i == len(layers))
            return model
        inputs, outputs = (self.graph.tensors(given.get(name, given.get(name[:-1]))) for name in names[:2])
        if not inputs or not outputs:
            self.note(line, "the inputs and outputs of a model are not understood")
            return Foreign("Model", "Model")
        return self.graph.model(inputs, outputs, config, line)

    def add(self, stack: Op, layer: Any, line: int, rebuild: bool = True) -> None:
        """Adds a layer, or the input that a tensor is, to a stack."""
        if isinstance(layer, Foreign):
            self.note(line, f"{layer.text} is not understood, which is added to a model")
            layer = self.graph.make(layer.name, None, line, custom=not layer.keras)
        layer = self.graph.ops[layer.layer] if isinstance(layer, TensorRef) else layer
        stated = layer_type(layer.type) if layer.type != "InputLayer" else None
        if stated is not None and not stack.layers and not stack.inputs:
            shape = stated_input(stated, layer.config or {})
            if shape is not None:
                self.graph.stand(stack, shape)
        self.graph.add(stack, layer, rebuild)

    def method(self, op: Op, name: str, args: list[Any], kwargs: dict[str, Any], line: int) -> Any:
        """A method of a model; those that change no layer are passed over."""
        first = next(iter([*args, *kwargs.values()]), None)
        if name == "add":
            self.add(op, first, line)
        elif name == "pop":
            del op.layers[-1:]
            op.outputs = op.layers[-1].outputs if op.layers else op.inputs
        elif name == "build" and op.type == "Sequential" and not op.inputs and isinstance(first, list | tuple):
            self.graph.stand(op, tuple(size if isinstance(size, int) else None for size in first))
        elif name == "get_layer":
            layers = list(self.graph.layers(op))
            return layers[first] if isinstance(first, int) else next(one for one in layers if one.name == first)
        return None

    def attribute(self, op: Op, name: str) -> Any:
        """An attribute of a layer or a model."""
        last = op.calls[-1].tensors() if op.calls and not op.is_model else op.inputs
        refs: list[Any] = list({"input": last, "output": op.outputs}.get(name.partition("_")[0].rstrip("s"), ()))
        if refs:
            refs = [ref.shape for ref in refs] if name.endswith("_shape") else refs
            return refs if name.endswith("s") or len(refs) > 1 else refs[0]
        if name == "layers":
            return list(self.graph.layers(op))
        own = {"name": op.name, "trainable": op.trainable, **(op.config or {})}
        return own.get(name, Foreign(name, f"{op.name}.{name}"))

    def models(self) -> list[Op]:
        """The models that stand in no other; where there is none, what leads from the inputs to the open ends."""
        ops = self.graph.ops.values()
        found = [op for op in ops if op.is_model and op.size > 1 and not op.calls]
        inputs = [ref for op in ops if op.type == "InputLayer" for ref in op.outputs]
        read = {ref.origin[:2] for op in ops for call in op.calls for ref in call.tensors()}
        ends = [ref for op in ops if op.calls for ref in op.outputs if ref.origin[:2] not in read]
        return found or ([self.graph.model(inputs, ends, {}, 0)] if inputs and ends else [])


def _parts(value: Any) -> tuple[Any, ...]:
    """The parts of a list, a tuple or a slice."""
    if isinstance(value, slice):
        return value.start, value.stop, value.step
    return tuple(value) if type(value) in (list, tuple) else ()
