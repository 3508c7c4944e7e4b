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
from cnnnotes._reading.classes import code_of, is_custom, operation_of
from cnnnotes._reading.parsing import checked_text, is_shape, parsed, text_or_none
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
        name = checked_text(config.get("name", data.get("name", "model")), "the model's name")
        if depth > MAX_NESTING:
            raise ReadError(f"model {shown(name)}: models are nested deeper than {MAX_NESTING}, the most that is read")
        trainable = config.get("trainable") is not False
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
        if nested is None:
            config = self._with_wrapped(config, depth)
        custom = is_custom(entry, nested)
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
            code=f"the class {registered_name or kind}" if custom else code_of(kind, config),
            custom=custom,
            nested=nested,
            recorded=Recorded(build_shapes=_build_shapes(entry.get("build_config"))),
            shared_id=shared if isinstance(shared, int) else None,
        )

    def _with_wrapped(self, config: dict[str, Any], depth: int) -> dict[str, Any]:
        """Arguments in which each wrapped layer that is a model comes with its architecture (`TimeDistributed`)."""
        if depth > MAX_NESTING:
            return config  # deeper wrapping is refused by the wrapper's rule
        changed: dict[str, Any] = {}
        for name in ("layer", "backward_layer", "cell"):
            inner = config.get(name)
            if not isinstance(inner, dict) or not isinstance(inner.get("config"), dict):
                continue
            kind = inner.get("class_name")
            if isinstance(kind, str) and _is_model(kind, inner["config"]):
                changed[name] = WrappedModel(inner)
                changed[name].architecture = self.model(inner, inner["config"], depth + 1)
            elif isinstance(kind, str) and is_custom(inner, None):  # whatever its name, no rule of ours is its rule
                changed[name] = {**inner, "class_name": str(inner.get("registered_name") or f"Custom>{kind}")}
            elif "layer" in inner["config"]:
                changed[name] = {**inner, "config": self._with_wrapped(inner["config"], depth + 1)}
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


def optimizer_of(compile_config: Any) -> Optimizer | None:
    """The optimizer of a compiled model, from what its file says of `compile`."""
    optimizer = compile_config.get("optimizer") if isinstance(compile_config, dict) else None
    if isinstance(optimizer, str):
        return Optimizer(optimizer, {})
    if not isinstance(optimizer, dict) or not isinstance(optimizer.get("class_name"), str):
        return None
    config = optimizer.get("config")
    return Optimizer(optimizer["class_name"], config if isinstance(config, dict) else {})
