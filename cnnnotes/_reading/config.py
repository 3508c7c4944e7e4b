"""A model's configuration, as Keras writes it to JSON, read into an architecture.

It takes what Keras 3 writes, and what Keras 2 and tf.keras wrote. Nothing that it names is imported or run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from cnnnotes._reading.architecture import Architecture, Call, Layer, Optimizer, Recorded, Shape, TensorRef
from cnnnotes.layers._errors import ReadError
from cnnnotes.layers._rule import shown

MAX_JSON = 512 * 2**20
"""The longest configuration that is read, in bytes: 200,000 layers as Keras writes them take about 320 MB."""
MAX_LAYERS = 1_000_000
"""The most layers of a model, those of nested models counted in."""
MAX_NESTING = 64
"""How deep models may stand in models."""
MAX_ARGUMENT_NESTING = 32
"""How deep lists may stand in the arguments of a call."""
MAX_SIZE = 2**53
"""The largest size of an axis: that of the largest array index that JSON's readers agree on."""

ARCHITECTURE = "architecture"
"""Where a wrapped model's architecture is put, beside the `class_name` and `config` that its file has."""

_MANY_DIGITS = re.compile(r"\d{300}")
_KERAS_2_OPERATIONS = ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "ClassMethod", "InstanceMethod")
_KERAS_2_FUNCTIONS = {
    "math.add": "Add",
    "math.subtract": "Subtract",
    "math.multiply": "Multiply",
    "math.truediv": "Divide",
    "math.divide": "Divide",
    "math.maximum": "Maximum",
    "math.minimum": "Minimum",
    "math.square": "Square",
    "math.sqrt": "Sqrt",
    "math.exp": "Exp",
    "math.sigmoid": "Sigmoid",
    "math.tanh": "Tanh",
    "__operators__.add": "Add",
    "nn.relu": "Relu",
    "nn.relu6": "Relu6",
    "nn.silu": "Silu",
    "nn.gelu": "Gelu",
    "nn.sigmoid": "Sigmoid",
    "cast": "Cast",
}
"""TensorFlow's functions, by the Keras 3 operation that does the same and takes its tensors in the same places."""


def from_json(text: str | bytes, source: str = "") -> Architecture:
    """Reads the text of `model.to_json()`, or the `config.json` of an archive.

    **Raises** `ReadError` for anything that is not a model's configuration.
    """
    data = parsed(text)
    if isinstance(data, str):  # JSON within JSON, as json.dump(model.to_json(), file) writes it
        data = parsed(data)
    return from_config(data, source)


def parsed(text: str | bytes) -> Any:
    """JSON as Python objects; `ReadError` where it isn't JSON, or is out of bounds."""
    if len(text) > MAX_JSON:
        raise ReadError(f"the configuration is longer than {MAX_JSON:,} bytes, which is the most that is read")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ReadError(f"the configuration is not UTF-8 text (byte {error.start:,})") from None
    if _MANY_DIGITS.search(text):
        raise ReadError("the configuration holds a number of 300 digits or more, which no model has")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ReadError(f"the configuration is not JSON: {error.msg} ({where})") from None
    except RecursionError:
        raise ReadError("the configuration is nested deeper than a model can be") from None


def from_config(data: Any, source: str = "") -> Architecture:
    """Reads a parsed configuration: `{"class_name": …, "config": …}`.

    **Raises** `ReadError`, whose message names the layer and what was expected of it.
    """
    if isinstance(data, Mapping) and "class_name" not in data and "layers" in data:
        data = {"class_name": "Functional" if "input_layers" in data else "Sequential", "config": data}
    if not isinstance(data, Mapping) or "class_name" not in data or "config" not in data:
        raise ReadError(f'expected the configuration of a model, {{"class_name": …, "config": …}}, got {shown(data)}')
    reader = _Reader()
    architecture = reader.model(data, _config_of(data, "the model"), depth=0)
    return architecture._replace(source=source, optimizer=optimizer_of(data.get("compile_config")))


def _config_of(data: Mapping[str, Any], place: str) -> dict[str, Any]:
    config = data["config"]
    if isinstance(config, list) and data["class_name"] == "Sequential":  # Keras before 2.3 wrote the bare list
        return {"name": "sequential", "layers": config}
    if not isinstance(config, dict):
        raise ReadError(f"{place}: config must be an object, got {shown(config)}")
    return config


class _Reader:
    """Reads one configuration; what it counts is bounded over all of it."""

    def __init__(self) -> None:
        self.layers = 0

    def model(self, data: Mapping[str, Any], config: dict[str, Any], depth: int) -> Architecture:
        name = _text(config.get("name", data.get("name", "model")), "the model's name")
        if depth > MAX_NESTING:
            raise ReadError(f"model {shown(name)}: models are nested deeper than {MAX_NESTING}, the most that is read")
        trainable = config.get("trainable") is not False
        if "layers" not in config:
            return self._subclassed(name, config, trainable, depth)
        entries = config["layers"]
        if not isinstance(entries, list):
            raise ReadError(f"model {shown(name)}: layers must be a list, got {shown(entries)}")
        self.layers += len(entries)
        if self.layers > MAX_LAYERS:
            raise ReadError(f"model {shown(name)}: more than {MAX_LAYERS:,} layers, the most that is read")
        layers = [self._layer(entry, f"layer {i + 1} of model {shown(name)}", depth) for i, entry in enumerate(entries)]
        _check_names(layers)
        if "input_layers" in config or "output_layers" in config:
            return _functional(name, entries, layers, config, trainable)
        return _sequential(name, layers, config, trainable)

    def _subclassed(self, name: str, config: dict[str, Any], trainable: bool, depth: int) -> Architecture:
        """What a subclassed model's own `get_config` put there: the layers in it, without who calls whom."""
        found: list[Layer] = []
        for value in config.values():
            for entry in value if isinstance(value, list) else [value]:
                if _is_serialized_layer(entry):
                    found.append(self._layer(entry, f"model {shown(name)}", depth))
        notes = ("a subclassed model: its file does not say how its layers are connected, nor name all of them",)
        return Architecture(name, tuple(found), "subclassed", trainable=trainable, notes=notes)

    def _layer(self, entry: Any, place: str, depth: int) -> Layer:
        if not isinstance(entry, dict) or not isinstance(entry.get("class_name"), str):
            raise ReadError(f'{place}: expected {{"class_name": …, "config": …}}, got {shown(entry)}')
        kind = entry["class_name"]
        config = _config_of({"config": {}, **entry}, f"{place} ({shown(kind)})")
        name = entry.get("name")
        name = _text(config.get("name", kind.lower()) if name is None else name, f"{place}: name")
        module = entry.get("module")
        module = module if isinstance(module, str) else None
        registered_name = entry.get("registered_name")
        registered_name = registered_name if isinstance(registered_name, str) else None
        nested = self.model(entry, config, depth + 1) if _is_model(kind, config) else None
        if nested is None:
            config = self._with_wrapped(config, depth)
        shared = entry.get("shared_object_id")
        return Layer(
            name=name,
            type=kind,
            config=config,
            trainable=config.get("trainable") is not False,
            dtype=dtype_name(config.get("dtype")),
            module=module,
            registered_name=registered_name,
            operation=_operation(kind, config, module, entry),
            code=_code(kind, config, _is_custom(entry, nested), registered_name or kind),
            nested=nested,
            recorded=Recorded(build_shapes=_build_shapes(entry.get("build_config"))),
            shared_id=shared if isinstance(shared, int) else None,
        )

    def _with_wrapped(self, config: dict[str, Any], depth: int) -> dict[str, Any]:
        """Arguments in which each wrapped layer that is a model comes with its architecture (`TimeDistributed`)."""
        if depth > MAX_NESTING:
            return config  # deeper wrapping is refused by the wrapper's rule
        changed = {}
        for name in ("layer", "backward_layer", "cell"):
            inner = config.get(name)
            if not isinstance(inner, dict) or not isinstance(inner.get("config"), dict):
                continue
            kind = inner.get("class_name")
            if isinstance(kind, str) and _is_model(kind, inner["config"]):
                changed[name] = {**inner, ARCHITECTURE: self.model(inner, inner["config"], depth + 1)}
            elif isinstance(kind, str) and _is_custom(
                inner, None
            ):  # whatever it is called, no rule of ours is its rule
                changed[name] = {**inner, "class_name": str(inner.get("registered_name") or f"Custom>{kind}")}
            elif "layer" in inner["config"]:
                changed[name] = {**inner, "config": self._with_wrapped(inner["config"], depth + 1)}
        return {**config, **changed} if changed else config


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise ReadError(f"{place} must be text, got {shown(value)}")
    return value


def _check_names(layers: list[Layer]) -> None:
    seen: set[str] = set()
    for layer in layers:
        if layer.name in seen:
            raise ReadError(f"layer {shown(layer.name)}: two layers of a model have this name")
        seen.add(layer.name)


def _is_model(kind: str, config: dict[str, Any]) -> bool:
    return isinstance(config.get("layers"), list) and (
        kind == "Sequential" or "input_layers" in config or kind in ("Functional", "Model")
    )


def _is_serialized_layer(entry: Any) -> bool:
    """Whether a value in a custom configuration is a layer, as `keras.saving.serialize_keras_object` writes it."""
    if not (isinstance(entry, dict) and isinstance(entry.get("config"), dict) and "class_name" in entry):
        return False
    module = entry.get("module")
    return "name" in entry["config"] and "trainable" in entry["config"] and isinstance(module, str)


def _operation(kind: str, config: dict[str, Any], module: str | None, entry: dict[str, Any]) -> str:
    """Which raw operation an entry is, if one; a legacy `.h5` by Keras 3 has no module, but its layers have a dtype."""
    if kind in _KERAS_2_OPERATIONS:
        return _KERAS_2_FUNCTIONS.get(str(config.get("function")), str(config.get("function", kind)))
    if (module or "").startswith(("keras.src.ops", "keras.ops")):
        return kind
    plain = module is None and "dtype" not in config and "trainable" not in config and _in_keras_3_style(entry)
    return kind if plain else ""


def _in_keras_3_style(entry: dict[str, Any]) -> bool:
    nodes = entry.get("inbound_nodes")
    return isinstance(nodes, list) and bool(nodes) and isinstance(nodes[0], dict) and "args" in nodes[0]


def _is_custom(entry: dict[str, Any], nested: Architecture | None) -> bool:
    """Whether a class is not one of Keras's own; Keras 2 wrote no module, and the package into the class's name."""
    if nested is not None and entry["class_name"] in ("Functional", "Sequential", "Model"):
        return False
    if ">" in entry["class_name"]:
        return True
    return "module" in entry and not _is_kerass(entry["module"])


def _is_kerass(module: Any) -> bool:
    return isinstance(module, str) and (module == "keras" or module.startswith("keras."))


def _code(kind: str, config: dict[str, Any], custom: bool, registered: str) -> str | None:
    """What code of its author's a layer needs: a Lambda's, a custom class, a custom function among its arguments."""
    if kind == "Lambda":
        return "a Lambda's function"
    if custom:
        return f"the class {registered}"
    for name, value in config.items():
        if type(value) is dict and "class_name" in value:
            if value["class_name"] == "__lambda__":
                return f"a lambda as its {name}"
            module = value.get("module", "keras")
            if not _is_kerass(module) and module != "builtins":
                return f"{shown(value.get('registered_name') or value.get('config'))} as its {name}"
    return None


def dtype_name(dtype: Any) -> str:
    """The name of a dtype policy, from its name or its configuration."""
    for _ in range(2):
        if isinstance(dtype, dict):
            inner = dtype.get("config")
            dtype = (inner.get("name") or inner.get("source_name")) if isinstance(inner, dict) else None
    return dtype if isinstance(dtype, str) else "float32"


def is_shape(value: Any) -> bool:
    """Whether a value is a list of sizes, each a whole number or None."""
    return isinstance(value, list | tuple) and all(
        size is None or (type(size) is int and 0 <= size <= MAX_SIZE) for size in value
    )


def checked_shape(value: Any, place: str) -> Shape:
    """A shape from a file; `ReadError` where it isn't one."""
    if not is_shape(value):
        raise ReadError(f"{place}: expected a shape of sizes from 0 to 2^53, or null where unknown, got {shown(value)}")
    return tuple(value)


def _build_shapes(build_config: Any) -> tuple[Shape, ...]:
    """The shapes that a layer was built with; what isn't a shape is left: a custom layer may write anything there."""
    if not isinstance(build_config, dict):
        return ()
    shapes = build_config.get("shapes_dict", build_config.get("input_shape"))
    if isinstance(shapes, dict):
        shapes = list(shapes.values())
    if is_shape(shapes) and shapes:
        return (tuple(shapes),)
    if isinstance(shapes, list) and shapes and all(map(is_shape, shapes)):
        return tuple(map(tuple, shapes))
    return ()


def _sequential(name: str, layers: list[Layer], config: dict[str, Any], trainable: bool) -> Architecture:
    """A stack of layers, written as a graph in which each is called on the one before."""
    first = layers[0] if layers else None
    source: Layer | None = None
    if first is not None and first.type == "InputLayer":
        source, layers = first, layers[1:]
    elif first is not None:
        shape = config.get("build_input_shape") or first_input_shape(first.config or {})
        known = {"batch_shape": shape, "dtype": first.dtype} if shape is not None else None  # else only a caller knows
        source = Layer(f"input of {name}", "InputLayer", known)
    before = TensorRef(source.name) if source else None
    chained = []
    for layer in layers:
        calls = (Call((_with_build_shape(before, layer),)),) if before else ()
        chained.append(layer._replace(calls=calls))
        before = TensorRef(layer.name)
    return Architecture(
        name,
        tuple(chained),
        "sequential",
        inputs=(TensorRef(source.name),) if source else (),
        outputs=(before,) if before else (),
        trainable=trainable,
        input_layers=(source,) if source else (),
    )


def _with_build_shape(ref: TensorRef, layer: Layer) -> TensorRef:
    """In a stack, the shape that a layer was built with is that of its predecessor's output."""
    shapes = layer.recorded.build_shapes
    return ref._replace(shape=shapes[0]) if len(shapes) == 1 and not layer.nested else ref


def first_input_shape(config: Mapping[str, Any]) -> Any:
    """The input shape, batch first, that Keras 2 kept among the arguments of a model's first layer."""
    for key in ("batch_shape", "batch_input_shape"):
        if config.get(key) is not None:
            return config[key]
    shape = config.get("input_shape")
    return [None, *shape] if isinstance(shape, list | tuple) else None


def _functional(
    name: str, entries: list[dict[str, Any]], layers: list[Layer], config: dict[str, Any], trainable: bool
) -> Architecture:
    by_name = {layer.name: layer for layer in layers}
    calls = _Calls(by_name, any(map(_in_keras_3_style, entries)))
    connected = [
        layer._replace(calls=calls.of_layer(entry.get("inbound_nodes", []), layer))
        for entry, layer in zip(entries, layers, strict=True)
    ]
    place = f"model {shown(name)}"
    return Architecture(
        name,
        tuple(connected),
        "functional",
        inputs=calls.ends(config.get("input_layers"), f"{place}: input_layers"),
        outputs=calls.ends(config.get("output_layers"), f"{place}: output_layers"),
        trainable=trainable,
    )


class _Calls:
    """Reads who is called on what, in the spelling of Keras 3 and in that of Keras 2."""

    def __init__(self, layers: dict[str, Layer], keras_3: bool):
        self.layers = layers
        self.keras_3 = keras_3

    def of_layer(self, nodes: Any, layer: Layer) -> tuple[Call, ...]:
        place = f"layer {shown(layer.name)}: inbound_nodes"
        if not isinstance(nodes, list):
            raise ReadError(f"{place} must be a list, got {shown(nodes)}")
        return tuple(self._call(node, place) for node in nodes)

    def ends(self, value: Any, place: str) -> tuple[TensorRef, ...]:
        """The tensors that a model takes or gives, in Keras's order."""
        found = list(Call((self._legacy(value, place, {}, 0, end=True),)).tensors()) if value else []
        if not found:
            raise ReadError(f'{place}: expected ["layer", 0, 0], or several of them, got {shown(value)}')
        return tuple(found)

    def _call(self, node: Any, place: str) -> Call:
        if isinstance(node, dict) and "args" in node:
            args, kwargs = node["args"], node.get("kwargs") or {}
            if not isinstance(args, list) or not isinstance(kwargs, dict):
                raise ReadError(f"{place}: args must be a list and kwargs an object, got {shown(node)}")
            read_kwargs = {key: self._value(value, place, 0) for key, value in kwargs.items() if value is not None}
            return Call(tuple(self._value(arg, place, 0) for arg in args), read_kwargs)
        if not isinstance(node, list | dict) or not node:
            raise ReadError(f"{place}: expected what the layer is called on, got {shown(node)}")
        found: dict[str, Any] = {}
        args = self._legacy(node, place, found, 0)
        args = args[0] if isinstance(args, list) and len(args) == 1 else args
        kwargs = {key: self._tensor_or_value(value, place) for key, value in found.items() if value is not None}
        return Call((args,), kwargs)

    def _value(self, value: Any, place: str, depth: int) -> Any:
        """An argument as Keras 3 writes it; a tensor is a `__keras_tensor__` with its history."""
        if type(value) is list:
            if depth > MAX_ARGUMENT_NESTING:
                raise ReadError(f"{place}: arguments are nested deeper than {MAX_ARGUMENT_NESTING}")
            return [self._value(item, place, depth + 1) for item in value]
        if type(value) is not dict:
            return value
        kind = value.get("class_name")
        if kind == "__keras_tensor__":
            return self._keras_tensor(value.get("config"), place)
        if kind is not None:  # a slice, a constant, a dtype: left as it is written
            return value
        if depth > MAX_ARGUMENT_NESTING:
            raise ReadError(f"{place}: arguments are nested deeper than {MAX_ARGUMENT_NESTING}")
        return {key: self._value(item, place, depth + 1) for key, item in value.items()}

    def _keras_tensor(self, config: Any, place: str) -> TensorRef:
        history = config.get("keras_history") if isinstance(config, dict) else None
        if not isinstance(history, list) or not _is_history(history):
            raise ReadError(f'{place}: a tensor must have a keras_history ["layer", 0, 0], got {shown(history)}')
        shape = config.get("shape")
        dtype = config.get("dtype")
        return TensorRef(
            *self._known(history, place),
            None if shape is None else checked_shape(shape, f"{place}: shape of {shown(history[0])}'s output"),
            dtype if isinstance(dtype, str) else None,
        )

    def _legacy(self, value: Any, place: str, kwargs: dict[str, Any], depth: int, end: bool = False) -> Any:
        """Lists and dicts of `["layer", 0, 0, {…}]`, as Keras 2 wrote them; its last part is gathered in `kwargs`."""
        if _is_history(value):
            if len(value) == 4:
                kwargs.update(value[3])
            if value[0] == "_CONSTANT_VALUE":
                return value[2]
            return self._of_nested(TensorRef(*self._known(value, place)), end)
        if depth > MAX_ARGUMENT_NESTING:
            raise ReadError(f"{place}: nested deeper than {MAX_ARGUMENT_NESTING}")
        if isinstance(value, list):
            return [self._legacy(item, place, kwargs, depth + 1, end) for item in value]
        if isinstance(value, dict):
            return {key: self._legacy(item, place, kwargs, depth + 1, end) for key, item in value.items()}
        raise ReadError(f'{place}: expected ["layer", 0, 0], got {shown(value)}')

    def _tensor_or_value(self, value: Any, place: str) -> Any:
        """An argument by name, as Keras 2 wrote it: a tensor is a list that begins with a layer's name."""
        if _is_history(value) and value[0] in self.layers:
            return self._of_nested(TensorRef(*self._known(value, place)), end=False)
        return value

    def _known(self, history: list[Any], place: str) -> tuple[str, int, int]:
        if history[0] not in self.layers:
            raise ReadError(f"{place}: takes its input from {shown(history[0])}, which is no layer of this model")
        return history[0], history[1], history[2]

    def _of_nested(self, ref: TensorRef, end: bool) -> TensorRef:
        """Counts the calls of a nested model from 0: Keras counts its own graph as the first, but for Keras 3 only
        where it lists a model's inputs and outputs, and never for a Sequential."""
        nested = self.layers[ref.layer].nested
        counted = nested is not None and (
            nested.kind == "functional" or (bool(nested.input_layers) and not (end and self.keras_3))
        )
        return ref._replace(call=ref.call - 1) if counted and ref.call > 0 else ref


def _is_history(value: Any) -> bool:
    """Whether a value is `["layer", call, tensor]`, with or without the keyword arguments of Keras 2 behind it."""
    if type(value) is not list or not 3 <= len(value) <= 4 or type(value[0]) is not str:
        return False
    if value[0] == "_CONSTANT_VALUE":
        return len(value) == 3 or isinstance(value[3], dict)
    numbers = all(type(number) is int and number >= 0 for number in value[1:3])
    return numbers and (len(value) == 3 or isinstance(value[3], dict))


def optimizer_of(compile_config: Any) -> Optimizer | None:
    """The optimizer of a compiled model, from what its file says of `compile`."""
    optimizer = compile_config.get("optimizer") if isinstance(compile_config, dict) else None
    if isinstance(optimizer, str):
        return Optimizer(optimizer, {})
    if not isinstance(optimizer, dict) or not isinstance(optimizer.get("class_name"), str):
        return None
    config = optimizer.get("config")
    return Optimizer(optimizer["class_name"], config if isinstance(config, dict) else {})
