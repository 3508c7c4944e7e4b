"""A model's configuration, as Keras writes it to JSON, read into an architecture.

It takes what Keras 3 writes, and what Keras 2 and tf.keras wrote. Nothing that it names is imported or run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnnotes._reading.architecture import (
    Architecture,
    Call,
    Layer,
    Optimizer,
    Recorded,
    Shape,
    TensorRef,
    WrappedModel,
)
from cnnnotes._reading.calls import Calls, in_keras_3_style
from cnnnotes._reading.classes import WRAPPED, code_of, is_custom, operation_of, without_custom_activations
from cnnnotes._reading.foreign import check_graph_model
from cnnnotes._reading.legacy import KERAS_1, is_legacy, modern, rule_of
from cnnnotes._reading.parsing import checked_text, is_shape, parsed, text_or_none
from cnnnotes._reading.weights import Stored, by_component, with_sizes
from cnnnotes.layers._errors import ReadError, shown

MAX_LAYERS = 50_000
"""The most layers of a model, those of nested models counted in: no real model has a tenth of it."""
MAX_NESTING = 64
"""How deep models may stand in models."""


def from_json(text: str | bytes, source: str = "") -> Architecture:
    """Reads the text of `model.to_json()`, or the `config.json` of an archive.

    **Raises** `ReadError` for anything that is not a model's configuration.
    """
    data = parsed(text)
    if isinstance(data, str):  # JSON within JSON, as json.dump(model.to_json(), file) writes it
        data = parsed(data)
    return from_config(data, source)


def from_config(data: Any, source: str = "") -> Architecture:
    """Reads a parsed configuration: `{"class_name": …, "config": …}`.

    **Raises** `ReadError`, whose message names the layer and what was expected of it.
    """
    data, sizes = _unpacked(data)
    if isinstance(data, Mapping) and "class_name" not in data and "layers" in data:
        data = {"class_name": "Functional" if "input_layers" in data else "Sequential", "config": data}
    if not isinstance(data, Mapping) or "class_name" not in data or "config" not in data:
        raise ReadError(f'expected the configuration of a model, {{"class_name": …, "config": …}}, got {shown(data)}')
    config = _config_of(data, "the model")
    entries = config.get("layers")
    version = text_or_none(data.get("keras_version", config.get("keras_version")))
    reader = _Reader(version, is_legacy(version, entries if isinstance(entries, list) else []))
    architecture = reader.model(data, config, depth=0)
    if reader.keras_1:
        note = f"written by Keras {version or 1}: arguments are read by the names that they have had since Keras 2"
        architecture = architecture._replace(notes=(note, *architecture.notes))
    architecture = with_sizes(architecture, sizes) if sizes else architecture
    optimizer = optimizer_of(data.get("compile_config"), reader.legacy)
    return architecture._replace(source=source, optimizer=optimizer)


def _unpacked(data: Any) -> tuple[Any, Stored]:
    """The configuration within what other writers put around it, and the weights that they list."""
    check_graph_model(data)
    if isinstance(data, list):  # the layers of a stack, and nothing around them
        return {"class_name": "Sequential", "config": {"name": "sequential", "layers": data}}, {}
    if not isinstance(data, Mapping):
        return data, {}
    sizes = _manifest(data.get("weightsManifest")) if "modelTopology" in data else {}
    data = data.get("modelTopology", data)
    if isinstance(data, Mapping) and "model_config" in data and "class_name" not in data:
        inner, training = data["model_config"], data.get("training_config")
        inner = parsed(inner) if isinstance(inner, str) else inner
        if isinstance(inner, dict):
            given = {"keras_version": data.get("keras_version")}
            if isinstance(training, dict):
                given["compile_config"] = {"optimizer": training.get("optimizer_config")}
            return {**given, **inner}, sizes
    return data, sizes


def _manifest(groups: Any) -> Stored:
    """The weights that the manifest of a TensorFlow.js model lists."""
    found = []
    for group in groups if isinstance(groups, list) else []:
        weights = group.get("weights") if isinstance(group, dict) else None
        for weight in weights if isinstance(weights, list) else []:
            if isinstance(weight, dict) and isinstance(weight.get("name"), str) and is_shape(weight.get("shape")):
                found.append((weight["name"], tuple(weight["shape"])))
    return by_component(found)


def _config_of(data: Mapping[str, Any], place: str) -> dict[str, Any]:
    config = data["config"]
    if isinstance(config, list) and data["class_name"] == "Sequential":  # Keras before 2.3 wrote the bare list
        return {"name": "sequential", "layers": config}
    if not isinstance(config, dict):
        raise ReadError(f"{place}: config must be an object, got {shown(config)}")
    return config


class _Reader:
    """Reads one configuration; what it counts is bounded over all of it."""

    def __init__(self, version: str | None, legacy: bool) -> None:
        self.layers = 0
        self.legacy = legacy
        self.keras_1 = legacy and (version or "2").startswith(("0.", "1."))

    def model(self, data: Mapping[str, Any], config: dict[str, Any], depth: int) -> Architecture:
        name = checked_text(config.get("name", data.get("name", "model")), "the model's name")
        if depth > MAX_NESTING:
            raise ReadError(f"model {shown(name)}: models are nested deeper than {MAX_NESTING}, the most that is read")
        trainable = config.get("trainable") is not False
        return self._model(name, config, trainable, depth)._replace(legacy=self.legacy)

    def _model(self, name: str, config: dict[str, Any], trainable: bool, depth: int) -> Architecture:
        if "layers" not in config:
            return self._subclassed(name, config, trainable, depth)
        entries = config["layers"]
        if not isinstance(entries, list):
            raise ReadError(f"model {shown(name)}: layers must be a list, got {shown(entries)}")
        self._count(len(entries), name)
        layers = [self._layer(entry, f"layer {i + 1} of model {shown(name)}", depth) for i, entry in enumerate(entries)]
        _check_names(layers)
        if "input_layers" in config or "output_layers" in config:
            return _functional(name, entries, layers, config, trainable)
        return _sequential(name, layers, config, trainable)

    def _count(self, layers: int, name: str) -> None:
        self.layers += layers
        if self.layers > MAX_LAYERS:
            raise ReadError(f"model {shown(name)}: more than {MAX_LAYERS:,} layers, the most that is read")

    def _subclassed(self, name: str, config: dict[str, Any], trainable: bool, depth: int) -> Architecture:
        """What a subclassed model's own `get_config` put there: the layers in it, without who calls whom."""
        found: list[Layer] = []
        for value in config.values():
            for entry in value if isinstance(value, list) else [value]:
                if _is_serialized_layer(entry):
                    self._count(1, name)
                    found.append(self._layer(entry, f"model {shown(name)}", depth))
        notes = ("a subclassed model: its file does not say how its layers are connected, nor name all of them",)
        return Architecture(name, tuple(found), "subclassed", trainable=trainable, notes=notes)

    def _layer(self, entry: Any, place: str, depth: int) -> Layer:
        if not isinstance(entry, dict) or not isinstance(entry.get("class_name"), str):
            raise ReadError(f'{place}: expected {{"class_name": …, "config": …}}, got {shown(entry)}')
        kind = entry["class_name"]
        config = _config_of({"config": {}, **entry}, f"{place} ({shown(kind)})")
        name = entry.get("name")
        name = checked_text(config.get("name", kind.lower()) if name is None else name, f"{place}: name")
        module, registered_name = text_or_none(entry.get("module")), text_or_none(entry.get("registered_name"))
        nested = self.model(entry, config, depth + 1) if _is_model(kind, config) else None
        custom = is_custom(entry, nested)
        code = f"the class {registered_name or kind}" if custom else code_of(kind, config)
        rule = kind
        if nested is None:
            rule, config = self._arguments(kind, config, depth)
        shared = entry.get("shared_object_id")
        return Layer(
            name=name,
            type=kind,
            config=config,
            trainable=config.get("trainable") is not False,
            dtype=dtype_name(config.get("dtype")),
            module=module,
            registered_name=registered_name,
            operation=operation_of(kind, config, module, entry),
            code=code,
            custom=custom,
            nested=nested,
            recorded=Recorded(build_shapes=_build_shapes(entry.get("build_config"))),
            rule=rule_of(kind, rule),
            shared_id=shared if isinstance(shared, int) else None,
        )

    def _arguments(self, kind: str, config: dict[str, Any], depth: int) -> tuple[str, dict[str, Any]]:
        """The type whose rule a layer has, and its arguments as that takes them, those of wrapped layers too."""
        self.keras_1 = self.keras_1 or (self.legacy and not KERAS_1.isdisjoint(config))
        kind, config = modern(kind, config, self.keras_1) if self.legacy else (kind, config)
        return kind, self._with_wrapped(without_custom_activations(config), depth)

    def _with_wrapped(self, config: dict[str, Any], depth: int) -> dict[str, Any]:
        """Arguments in which each wrapped layer that is a model comes with its architecture (`TimeDistributed`)."""
        if depth > MAX_NESTING:
            return config  # deeper wrapping is refused by the wrapper's rule
        changed: dict[str, Any] = {}
        for name in WRAPPED:
            inner = config.get(name)
            if not isinstance(inner, dict) or not isinstance(inner.get("config"), dict):
                continue
            kind = inner.get("class_name")
            if isinstance(kind, str) and _is_model(kind, inner["config"]):
                changed[name] = WrappedModel(inner)
                changed[name].architecture = self.model(inner, inner["config"], depth + 1)
            elif isinstance(kind, str) and is_custom(inner, None):  # whatever its name, no rule of ours is its rule
                changed[name] = {**inner, "class_name": str(inner.get("registered_name") or f"Custom>{kind}")}
            elif isinstance(kind, str):
                rule, own = self._arguments(kind, inner["config"], depth + 1)
                changed[name] = {**inner, "class_name": rule, "config": own}
        return {**config, **changed} if changed else config


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


def dtype_name(dtype: Any) -> str:
    """The name of a dtype policy, from its name or its configuration."""
    for _ in range(2):
        if isinstance(dtype, dict):
            inner = dtype.get("config")
            dtype = (inner.get("name") or inner.get("source_name")) if isinstance(inner, dict) else None
    return dtype if isinstance(dtype, str) else "float32"


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
        shape = config.get("build_input_shape") or first_input_shape(first.config or {}) or _input_of(first.nested)
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


def _input_of(model: Architecture | None) -> Any:
    """The shape of the input that a model states, where it has one."""
    if model is None or len(model.inputs) != 1:
        return None
    layers = {layer.name: layer for layer in (*model.input_layers, *model.layers)}
    own = layers.get(model.inputs[0].layer)
    return first_input_shape(own.config or {}) if own is not None else None


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
    calls = Calls(by_name, any(map(in_keras_3_style, entries)))
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


def optimizer_of(compile_config: Any, legacy: bool = False) -> Optimizer | None:
    """The optimizer of a compiled model, from what its file says of `compile`."""
    optimizer = compile_config.get("optimizer") if isinstance(compile_config, dict) else None
    if isinstance(optimizer, str):
        return Optimizer(optimizer, {}, legacy=legacy)
    if not isinstance(optimizer, dict) or not isinstance(optimizer.get("class_name"), str):
        return None
    config = optimizer.get("config")
    return Optimizer(optimizer["class_name"], config if isinstance(config, dict) else {}, legacy=legacy)
