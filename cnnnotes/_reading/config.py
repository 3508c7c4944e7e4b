"""A model's configuration, as Keras 1 to 3, tf.keras and TensorFlow.js write it to JSON, read into an architecture."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeGuard

from cnnnotes._reading import classes
from cnnnotes._reading.architecture import Architecture, Call, Layer, Optimizer, Recorded, TensorRef, WrappedModel
from cnnnotes._reading.parsing import dicts, fields, is_shape, parsed
from cnnnotes.layers._errors import ReadError, shown

MAX_LAYERS = 50_000  # the most layers of a model, those of nested models counted in: no real model has a tenth of it
MAX_NESTING = 64  # how deep models may stand in models
MAX_ARGUMENT_NESTING = 32  # how deep lists may stand in the arguments of a call
Stored = dict[str, int]  # the number of stored weights, by the name of their layer


def from_json(text: str | bytes, source: str = "", stored: Stored | None = None) -> Architecture:
    """Reads the text of `model.to_json()`, or the `config.json` of an archive."""
    data = parsed(text)
    return from_config(parsed(data) if isinstance(data, str) else data, source, stored)  # json.dump(model.to_json(), …)


def from_config(data: Any, source: str = "", stored: Stored | None = None) -> Architecture:
    """Reads a parsed configuration, `{"class_name": …, "config": …}`, of layers with these `stored` weights."""
    data, listed = _unpacked(data)
    if not isinstance(data, dict) or "class_name" not in data or "config" not in data:
        raise ReadError(f'expected the configuration of a model, {{"class_name": …, "config": …}}, got {shown(data)}')
    config = _config_of(data, "the model")
    version = data.get("keras_version") or config.get("keras_version")
    version = version if isinstance(version, str) else ""
    reader = _Reader(version, config.get("layers"), stored or listed)
    architecture = reader.model(data, config, depth=0)
    notes = architecture.notes
    if reader.keras_1:
        note = f"written by Keras {version or 1}: arguments are read by the names that they have had since Keras 2"
        notes = (note, *notes)
    given = fields(data.get("compile_config")).get("optimizer")
    kind: Any = given if isinstance(given, str) else fields(given).get("class_name")
    optimizer = Optimizer(kind, fields(fields(given).get("config")), legacy=reader.legacy)
    return architecture._replace(source=source, notes=notes, optimizer=optimizer if isinstance(kind, str) else None)


def _unpacked(data: Any) -> tuple[Any, Stored]:
    """The configuration without what other writers put around it, and the weights that they list."""
    if isinstance(data, list):  # the layers of a stack, and nothing around them
        data = {"class_name": "Sequential", "config": data}
    stored: Stored = {}
    outer = fields(data)
    if "modelTopology" in outer:
        listed = [weight for group in dicts(outer.get("weightsManifest")) for weight in dicts(group.get("weights"))]
        stored = by_component((str(each.get("name")), each["shape"]) for each in listed if is_shape(each.get("shape")))
        data = outer["modelTopology"]
    if not isinstance(data, dict) or "class_name" in data:
        return data, stored
    if "model_config" in data:
        inner, training = data["model_config"], fields(data.get("training_config"))
        if isinstance(inner, dict):
            compiled = {"optimizer": training.get("optimizer_config", training.get("optimizer"))}
            inner = {"keras_version": data.get("keras_version"), "compile_config": compiled, **inner}
        return inner, stored
    if "layers" in data:
        return {"class_name": "Functional" if "input_layers" in data else "Sequential", "config": data}, stored
    if "node" in data or outer.get("format") == "graph-model":
        raise ReadError("is a TensorFlow.js graph model: convert the model anew with --output_format=tfjs_layers_model")
    return data, stored


def by_component(weights: Iterable[tuple[str, Sequence[int | None]]]) -> Stored:
    """Weights by each part of their path (`model/dense/kernel`), one of which is their layer's name."""
    found: Stored = {}
    for path, shape in weights:
        for part in dict.fromkeys(path.split("/")[:-1]):
            found[part] = found.get(part, 0) + math.prod(size or 0 for size in shape)
    return found


def _config_of(data: Mapping[str, Any], place: str) -> dict[str, Any]:
    config = data.get("config", {})
    if isinstance(config, list) and data["class_name"] == "Sequential":  # Keras before 2.3 wrote the bare list
        return {"name": "sequential", "layers": config}
    if not isinstance(config, dict):
        raise ReadError(f"{place}: config must be an object, got {shown(config)}")
    return config


class _Reader:
    """Reads one configuration; what it counts is bounded over all of it."""

    def __init__(self, version: str, entries: Any, stored: Stored) -> None:
        self.count = 0
        self.stored = stored
        # Keras 1, Keras 2 or TensorFlow.js wrote the model: its version says so, or how it states an input
        old = any("batch_input_shape" in fields(entry.get("config")) for entry in dicts(entries))
        self.legacy = version.startswith(("0.", "1.", "2.", "tfjs")) if version else old
        self.keras_1 = version.startswith(("0.", "1."))

    def model(self, data: Mapping[str, Any], config: dict[str, Any], depth: int) -> Architecture:
        name = str(config.get("name", data.get("name", "model")))
        place = f"model {shown(name)}"
        if depth > MAX_NESTING:
            raise ReadError(f"{place}: models are nested deeper than {MAX_NESTING}, the most that is read")
        plain = Architecture(name, (), trainable=config.get("trainable") is not False, legacy=self.legacy)
        if "layers" not in config:
            note = "a subclassed model: its file does not say how its layers are connected, nor names them"
            return plain._replace(kind="subclassed", notes=(note,))
        entries = config["layers"]
        if not isinstance(entries, list):
            raise ReadError(f"{place}: layers must be a list, got {shown(entries)}")
        layers = self._layers(entries, place, depth)
        if "input_layers" not in config and "output_layers" not in config:
            return _stacked(plain, layers, config, self._branches(entries, place, depth))
        calls = _Calls({layer.name: layer for layer in layers}, any(map(classes.in_keras_3_style, entries)))
        return plain._replace(
            layers=tuple(
                layer._replace(calls=calls.of_layer(entry.get("inbound_nodes", []), layer))
                for entry, layer in zip(entries, layers, strict=True)
            ),
            inputs=calls.ends(config.get("input_layers"), f"{place}: input_layers"),
            outputs=calls.ends(config.get("output_layers"), f"{place}: output_layers"),
        )

    def _branches(self, entries: list[Any], place: str, depth: int) -> list[Layer]:
        """The models whose outputs are merged by the `Merge` that a stack of Keras 1 begins with."""
        first = entries[0] if entries else {}
        merged = fields(first.get("config")).get("layers") if first.get("class_name") == "Merge" else None
        named = [{**each, "name": f"{each.get('class_name')}_{i}".lower()} for i, each in enumerate(dicts(merged), 1)]
        return self._layers(named, f"{place}: Merge", depth + 1)

    def _layers(self, entries: list[Any], place: str, depth: int) -> list[Layer]:
        self.count += len(entries)
        if self.count > MAX_LAYERS:
            raise ReadError(f"{place}: more than {MAX_LAYERS:,} layers, the most that is read")
        layers = [self._layer(entry, f"layer {i} of {place}", depth) for i, entry in enumerate(entries, start=1)]
        if len({layer.name for layer in layers}) < len(layers):
            name, _ = Counter(layer.name for layer in layers).most_common(1)[0]
            raise ReadError(f"layer {shown(name)}: two layers of a model have this name")
        return layers

    def _layer(self, entry: Any, place: str, depth: int) -> Layer:
        if not isinstance(entry, dict) or not isinstance(entry.get("class_name"), str):
            raise ReadError(f'{place}: expected {{"class_name": …, "config": …}}, got {shown(entry)}')
        kind = entry["class_name"]
        config = _config_of(entry, f"{place} ({shown(kind)})")
        name = config.get("name", kind.lower()) if entry.get("name") is None else entry["name"]
        nested = self.model(entry, config, depth + 1) if _is_model(kind, config) else None
        custom = classes.is_custom(entry) and not (nested and kind in classes.MODELS)
        rule, arguments = (kind, config) if nested else self._arguments(kind, config, depth)
        registered, shared = str(entry.get("registered_name") or kind), entry.get("shared_object_id")
        return Layer(
            name=str(name),
            type=kind,
            config=arguments if entry.get("known", True) else None,
            trainable=config.get("trainable") is not False,
            dtype=_dtype(config.get("dtype")),
            registered_name=registered if ">" in registered else None,  # else it is what the class is called
            operation=classes.operation_of(kind, config, entry),
            code=f"the class {registered}" if custom else classes.code_of(kind, config),
            custom=custom,
            nested=nested,
            recorded=Recorded(
                params=None if nested else self.stored.get(str(name)),
                build_shapes=_build_shapes(fields(entry.get("build_config"))),
            ),
            rule=rule if rule != kind else "",
            shared_id=shared if isinstance(shared, int) else None,
        )

    def _arguments(self, kind: str, config: dict[str, Any], depth: int) -> tuple[str, dict[str, Any]]:
        """The type whose rule a layer has, and its arguments as that takes them, those of what it wraps too."""
        self.keras_1 = self.keras_1 or (self.legacy and not classes.ONLY_KERAS_1.isdisjoint(config))
        kind, config = classes.modern(kind, config, self.keras_1) if self.legacy else (kind, config)
        changed: dict[str, Any] = dict.fromkeys(classes.custom_activations(config), "linear")  # no shape depends on it
        for name in classes.WRAPPED if depth <= MAX_NESTING else ():  # deeper wrapping is refused by the wrapper's rule
            if name not in config:
                continue
            inner = fields(config[name])
            own, its = inner.get("class_name"), inner.get("config")
            if not isinstance(own, str) or not isinstance(its, dict):
                continue
            if _is_model(own, its):
                changed[name] = WrappedModel(inner)
                changed[name].architecture = self.model(inner, its, depth + 1)
            elif classes.is_custom(inner):  # whatever its name, no rule of ours is its rule
                registered = str(inner.get("registered_name"))
                changed[name] = {**inner, "class_name": registered if ">" in registered else f"Custom>{own}"}
            else:
                rule, arguments = self._arguments(own, its, depth + 1)
                changed[name] = {**inner, "class_name": rule, "config": arguments}
        return kind, {**config, **changed} if changed else config


def _is_model(kind: str, config: dict[str, Any]) -> bool:
    return isinstance(config.get("layers"), list) and (kind in classes.MODELS or "input_layers" in config)


def _dtype(dtype: Any) -> str:
    """The name of a dtype policy, from its name or its configuration."""
    while isinstance(dtype, dict):  # a policy of a quantized layer stands in another
        inner = fields(dtype.get("config"))
        dtype = inner.get("name") or inner.get("source_name")
    return dtype if isinstance(dtype, str) else "float32"


def _build_shapes(given: dict[str, Any]) -> tuple[tuple[int | None, ...], ...]:
    """The shapes that a layer was built with; what isn't a shape is left: a custom layer may write anything there."""
    shapes = given.get("shapes_dict", given.get("input_shape"))
    shapes = list(shapes.values()) if isinstance(shapes, dict) else shapes
    shapes = [shapes] if is_shape(shapes) and shapes else shapes
    return tuple(map(tuple, shapes)) if isinstance(shapes, list) and all(map(is_shape, shapes)) else ()


def _stacked(plain: Architecture, layers: list[Layer], config: dict[str, Any], branches: list[Layer]) -> Architecture:
    """A stack of layers, written as a graph in which each is called on the one before, or the first on branches."""
    sources = [layer for layer in layers[:1] if layer.type == "InputLayer"]
    chain = layers[len(sources) :]
    if not sources and not branches and layers:
        shape = config.get("build_input_shape") or _input_of(layers[0])
        known = {"batch_shape": shape, "dtype": layers[0].dtype} if shape is not None else None
        sources = [Layer(f"input of {plain.name}", "InputLayer", known)]  # of no shape where only a caller knows it
    before = [TensorRef(layer.name) for layer in branches or sources]
    made = list(branches)
    for layer in chain:
        built = layer.recorded.build_shapes  # in a stack, what a layer was built with is what the one before it gives
        if len(built) == 1 and len(before) == 1 and not layer.nested:
            before = [before[0]._replace(shape=built[0])]
        made.append(layer._replace(calls=(Call(before if len(before) < 2 else (before,)),)))
        before = [TensorRef(layer.name)]
    inputs = tuple(TensorRef(source.name) for source in sources)
    stack = plain._replace(layers=tuple(made), kind="sequential", input_layers=tuple(sources))
    return stack._replace(inputs=inputs, outputs=tuple(before))


def _input_of(layer: Layer) -> Any:
    """The shape, batch first, that Keras 2 kept among the arguments of a first layer, or that a first model states."""
    config = layer.config or {}
    for shape in (config.get("batch_shape"), config.get("batch_input_shape")):
        if shape is not None:
            return shape
    if isinstance(config.get("input_shape"), list | tuple):
        return [None, *config["input_shape"]]
    name = layer.nested.inputs[0].layer if layer.nested and len(layer.nested.inputs) == 1 else None
    inner = (*layer.nested.input_layers, *layer.nested.layers) if layer.nested else ()
    return next((_input_of(each) for each in inner if each.name == name and not each.nested), None)


class _Calls:
    """Reads who is called on what in one model. Keras 3 writes the arguments of a call, in which each tensor is an
    object with its `keras_history`; Keras 2 writes that history alone, `["layer", call, tensor, {…}]`."""

    def __init__(self, layers: Mapping[str, Layer], keras_3: bool):
        self.layers = layers
        self.keras_3 = keras_3

    def of_layer(self, nodes: Any, layer: Layer) -> tuple[Call, ...]:
        place = f"layer {shown(layer.name)}: inbound_nodes"
        nodes = nodes if isinstance(nodes, list) else [nodes]
        if layer.operation and len(nodes) > 1 and all(map(_is_history, nodes)):
            nodes = [nodes]  # an operation of Keras 2 on a list of tensors
        return tuple(self._call(node, place) for node in nodes)

    def ends(self, value: Any, place: str) -> tuple[TensorRef, ...]:
        """The tensors that a model takes or gives, in Keras's order."""
        found = tuple(Call([self._read(value, place, {}, end=True)]).tensors())
        if not found:
            raise ReadError(f'{place}: expected ["layer", 0, 0], or several of them, got {shown(value)}')
        return found

    def _call(self, node: Any, place: str) -> Call:
        if not isinstance(node, list | dict) or not node:
            raise ReadError(f"{place}: expected what the layer is called on, got {shown(node)}")
        kwargs: dict[str, Any] = {}
        if isinstance(node, dict) and "args" in node:
            args, kwargs = self._read(node["args"], place), fields(node.get("kwargs"))
            args = args if isinstance(args, list) else [args]
        else:
            args = self._read(node, place, kwargs)
            args = args if isinstance(args, list) and len(args) == 1 else [args]
        return Call(args, {key: self._read(value, place) for key, value in kwargs.items() if value is not None})

    def _read(
        self, value: Any, place: str, keywords: dict[str, Any] | None = None, depth: int = 0, end: bool = False
    ) -> Any:
        """A value in which tensors are `TensorRef`s. In `keywords` those that Keras 2 wrote are gathered; without it a
        list is only taken for a tensor if it begins with a layer's name."""
        if depth > MAX_ARGUMENT_NESTING:
            raise ReadError(f"{place}: arguments are nested deeper than {MAX_ARGUMENT_NESTING}")
        if _is_history(value) and (keywords is not None or value[0] in self.layers):
            if keywords is not None and len(value) == 4:
                keywords.update(value[3])
            return value[2] if value[0] == "_CONSTANT_VALUE" else self._of_nested(TensorRef(*value[:3]), end)
        if isinstance(value, list):
            return [self._read(item, place, keywords, depth + 1, end) for item in value]
        if not isinstance(value, dict):
            return value
        if value.get("class_name") == "__keras_tensor__":
            return _keras_tensor(fields(value.get("config")), place)
        if value.get("class_name") is not None:  # a slice, a constant, a dtype: left as it is written
            return value
        return {key: self._read(item, place, keywords, depth + 1, end) for key, item in value.items()}

    def _of_nested(self, ref: TensorRef, end: bool) -> TensorRef:
        """Counts the calls of a nested model from 0: Keras counts its own graph as the first, but for Keras 3 only
        where it lists a model's inputs and outputs, and never for a Sequential."""
        nested = self.layers[ref.layer].nested if ref.layer in self.layers else None
        counted = nested is not None and (
            nested.kind == "functional" or (bool(nested.input_layers) and not (end and self.keras_3))
        )
        return ref._replace(call=ref.call - 1) if counted and ref.call > 0 else ref


def _keras_tensor(config: dict[str, Any], place: str) -> TensorRef:
    history, shape, dtype = config.get("keras_history"), config.get("shape"), config.get("dtype")
    if not _is_history(history) or history[0] == "_CONSTANT_VALUE":
        raise ReadError(f'{place}: a tensor must have a keras_history ["layer", 0, 0], got {shown(history)}')
    layer, call, number = history[:3]
    return TensorRef(layer, call, number, tuple(shape) if is_shape(shape) else None, str(dtype) if dtype else None)


def _is_history(value: Any) -> TypeGuard[list[Any]]:
    """Whether a value is `["layer", call, tensor]`, with or without the keyword arguments of Keras 2 after it."""
    if type(value) is not list or not 3 <= len(value) <= 4 or type(value[0]) is not str:
        return False
    if len(value) == 4 and not isinstance(value[3], dict):
        return False
    return value[0] == "_CONSTANT_VALUE" or all(type(number) is int and number >= 0 for number in value[1:3])
