"""A model's configuration, as Keras writes it to JSON, read into an architecture.

It takes what Keras 3 writes, and what Keras 1, Keras 2, tf.keras and TensorFlow.js wrote. Nothing that it names is
imported or run.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
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
from cnnnotes._reading.legacy import KERAS_1, is_legacy, modern
from cnnnotes._reading.parsing import checked_text, dicts, fields, is_shape, parsed, text_or_none
from cnnnotes._reading.weights import Stored, by_component, with_sizes
from cnnnotes.layers._errors import ReadError, shown

MAX_LAYERS = 50_000  # the most layers of a model, those of nested models counted in: no real model has a tenth of it
MAX_NESTING = 64  # how deep models may stand in models


def from_json(text: str | bytes, source: str = "") -> Architecture:
    """Reads the text of `model.to_json()`, or the `config.json` of an archive."""
    data = parsed(text)
    return from_config(parsed(data) if isinstance(data, str) else data, source)  # json.dump(model.to_json(), file)


def from_config(data: Any, source: str = "") -> Architecture:
    """Reads a parsed configuration: `{"class_name": …, "config": …}`."""
    data, stored = _unpacked(data)
    if not isinstance(data, Mapping) or "class_name" not in data or "config" not in data:
        raise ReadError(f'expected the configuration of a model, {{"class_name": …, "config": …}}, got {shown(data)}')
    config = _config_of(data, "the model")
    version = text_or_none(data.get("keras_version") or config.get("keras_version"))
    reader = _Reader(version, is_legacy(version, config.get("layers")))
    architecture = with_sizes(reader.model(data, config, depth=0), stored)
    notes = architecture.notes
    if reader.keras_1:
        note = f"written by Keras {version or 1}: arguments are read by the names that they have had since Keras 2"
        notes = (note, *notes)
    return architecture._replace(source=source, notes=notes, optimizer=_optimizer(data, reader.legacy))


def _unpacked(data: Any) -> tuple[Any, Stored]:
    """The configuration without what other writers put around it, and the weights that they list."""
    check_graph_model(data)
    stored: Stored = {}
    if isinstance(data, list):  # the layers of a stack, and nothing around them
        data = {"class_name": "Sequential", "config": data}
    if isinstance(data, Mapping) and "modelTopology" in data:
        listed = [weight for group in dicts(data.get("weightsManifest")) for weight in dicts(group.get("weights"))]
        stored = by_component((str(each.get("name")), each["shape"]) for each in listed if is_shape(each.get("shape")))
        data = data["modelTopology"]
    if not isinstance(data, Mapping) or "class_name" in data:
        return data, stored
    if "model_config" in data:
        inner, training = (
            parsed(value) if isinstance(value, str) else value
            for value in (data["model_config"], data.get("training_config"))
        )
        if isinstance(inner, dict):
            training = fields(training)
            compiled = {"optimizer": training.get("optimizer_config", training.get("optimizer"))}
            inner = {"keras_version": data.get("keras_version"), "compile_config": compiled, **inner}
        return inner, stored
    if "layers" in data:
        return {"class_name": "Functional" if "input_layers" in data else "Sequential", "config": data}, stored
    return data, stored


def _config_of(data: Mapping[str, Any], place: str) -> dict[str, Any]:
    config = data.get("config", {})
    if isinstance(config, list) and data["class_name"] == "Sequential":  # Keras before 2.3 wrote the bare list
        return {"name": "sequential", "layers": config}
    if not isinstance(config, dict):
        raise ReadError(f"{place}: config must be an object, got {shown(config)}")
    return config


def _optimizer(data: Mapping[str, Any], legacy: bool) -> Optimizer | None:
    """The optimizer of a compiled model, from what its file says of `compile`."""
    given = fields(data.get("compile_config")).get("optimizer")
    kind = given if isinstance(given, str) else fields(given).get("class_name")
    config = fields(fields(given).get("config"))
    return Optimizer(kind, config, legacy=legacy) if isinstance(kind, str) else None


class _Reader:
    """Reads one configuration; what it counts is bounded over all of it."""

    def __init__(self, version: str | None, legacy: bool) -> None:
        self.count = 0
        self.legacy = legacy
        self.keras_1 = legacy and (version or "2").startswith(("0.", "1."))

    def model(self, data: Mapping[str, Any], config: dict[str, Any], depth: int) -> Architecture:
        name = checked_text(config.get("name", data.get("name", "model")), "the model's name")
        place = f"model {shown(name)}"
        if depth > MAX_NESTING:
            raise ReadError(f"{place}: models are nested deeper than {MAX_NESTING}, the most that is read")
        return self._model(name, place, config, depth)._replace(
            trainable=config.get("trainable") is not False, legacy=self.legacy
        )

    def _model(self, name: str, place: str, config: dict[str, Any], depth: int) -> Architecture:
        if "layers" not in config:
            note = "a subclassed model: its file does not say how its layers are connected, nor names them"
            return Architecture(name, (), "subclassed", notes=(note,))
        entries = config["layers"]
        if not isinstance(entries, list):
            raise ReadError(f"{place}: layers must be a list, got {shown(entries)}")
        layers = self._layers(entries, place, depth)
        if "input_layers" not in config and "output_layers" not in config:
            return sequential(name, layers, config, branches=self._branches(entries, place, depth))
        calls = Calls({layer.name: layer for layer in layers}, any(map(in_keras_3_style, entries)))
        return Architecture(
            name,
            tuple(
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
        layers = self._layers(merged, f"{place}: Merge", depth + 1, check=False) if isinstance(merged, list) else []
        return [layer._replace(name=f"{layer.name}_{i}") for i, layer in enumerate(layers, start=1)]

    def _layers(self, entries: list[Any], place: str, depth: int, check: bool = True) -> list[Layer]:
        self.count += len(entries)
        if self.count > MAX_LAYERS:
            raise ReadError(f"{place}: more than {MAX_LAYERS:,} layers, the most that is read")
        layers = [self._layer(entry, f"layer {i} of {place}", depth) for i, entry in enumerate(entries, start=1)]
        name, often = Counter(layer.name for layer in layers).most_common(1)[0] if layers and check else ("", 1)
        if often > 1:
            raise ReadError(f"layer {shown(name)}: two layers of a model have this name")
        return layers

    def _layer(self, entry: Any, place: str, depth: int) -> Layer:
        if not isinstance(entry, dict) or not isinstance(entry.get("class_name"), str):
            raise ReadError(f'{place}: expected {{"class_name": …, "config": …}}, got {shown(entry)}')
        kind = entry["class_name"]
        config = _config_of(entry, f"{place} ({shown(kind)})")
        name = entry.get("name")
        name = checked_text(config.get("name", kind.lower()) if name is None else name, f"{place}: name")
        module, registered_name = text_or_none(entry.get("module")), text_or_none(entry.get("registered_name"))
        nested = self.model(entry, config, depth + 1) if _is_model(kind, config) else None
        custom = is_custom(entry, nested)
        rule, arguments = (kind, config) if nested else self._arguments(kind, config, depth)
        shared = entry.get("shared_object_id")
        return Layer(
            name=name,
            type=kind,
            config=arguments,
            trainable=config.get("trainable") is not False,
            dtype=dtype_name(config.get("dtype")),
            registered_name=registered_name,
            operation=operation_of(kind, config, module, entry),
            code=f"the class {registered_name or kind}" if custom else code_of(kind, config),
            custom=custom,
            nested=nested,
            recorded=Recorded(build_shapes=_build_shapes(entry.get("build_config"))),
            rule=rule if rule != kind else "",
            shared_id=shared if isinstance(shared, int) else None,
        )

    def _arguments(self, kind: str, config: dict[str, Any], depth: int) -> tuple[str, dict[str, Any]]:
        """The type whose rule a layer has, and its arguments as that takes them, those of wrapped layers too: a wrapped
        model comes with its architecture (`TimeDistributed`)."""
        self.keras_1 = self.keras_1 or (self.legacy and not KERAS_1.isdisjoint(config))
        kind, config = modern(kind, config, self.keras_1) if self.legacy else (kind, config)
        config = without_custom_activations(config)
        changed: dict[str, Any] = {}
        for name in WRAPPED if depth <= MAX_NESTING else ():  # deeper wrapping is refused by the wrapper's rule
            inner = fields(config.get(name))
            own, its = inner.get("class_name"), inner.get("config")
            if not isinstance(own, str) or not isinstance(its, dict):
                continue
            if _is_model(own, its):
                changed[name] = WrappedModel(inner)
                changed[name].architecture = self.model(inner, its, depth + 1)
            elif is_custom(inner, None):  # whatever its name, no rule of ours is its rule
                changed[name] = {**inner, "class_name": str(inner.get("registered_name") or f"Custom>{own}")}
            else:
                rule, arguments = self._arguments(own, its, depth + 1)
                changed[name] = {**inner, "class_name": rule, "config": arguments}
        return kind, {**config, **changed} if changed else config


def _is_model(kind: str, config: dict[str, Any]) -> bool:
    named = kind in ("Sequential", "Functional", "Model")
    return isinstance(config.get("layers"), list) and (named or "input_layers" in config)


def dtype_name(dtype: Any) -> str:
    """The name of a dtype policy, from its name or its configuration."""
    for _ in range(2):  # a policy of a quantized layer stands in another
        if isinstance(dtype, dict):
            inner = fields(dtype.get("config"))
            dtype = inner.get("name") or inner.get("source_name")
    return dtype if isinstance(dtype, str) else "float32"


def _build_shapes(build_config: Any) -> tuple[Shape, ...]:
    """The shapes that a layer was built with; what isn't a shape is left: a custom layer may write anything there."""
    given = fields(build_config)
    shapes = given.get("shapes_dict", given.get("input_shape"))
    shapes = list(shapes.values()) if isinstance(shapes, dict) else shapes
    if is_shape(shapes) and shapes:
        return (tuple(shapes),)
    return tuple(map(tuple, shapes)) if isinstance(shapes, list) and all(map(is_shape, shapes)) else ()


def sequential(
    name: str, layers: list[Layer], config: dict[str, Any], trainable: bool = True, branches: Sequence[Layer] = ()
) -> Architecture:
    """A stack of layers, written as a graph in which each is called on the one before, or the first on branches."""
    sources = [layer for layer in layers[:1] if layer.type == "InputLayer"]
    chain = layers[len(sources) :]
    for layer in [] if sources else branches or layers[:1]:
        shape = _input_of(layer) if branches else config.get("build_input_shape") or _input_of(layer)
        known = {"batch_shape": shape, "dtype": layer.dtype} if shape is not None else None  # else only a caller knows
        sources.append(Layer(f"input of {layer.name if branches else name}", "InputLayer", known))
    inputs = before = tuple(TensorRef(source.name) for source in sources)
    made = [branch._replace(calls=(Call((ref,)),)) for branch, ref in zip(branches, inputs, strict=False)]
    if branches:
        before = tuple(TensorRef(branch.name) for branch in branches)
    for layer in chain:
        built = layer.recorded.build_shapes  # in a stack, what a layer was built with is what the one before it gives
        if len(built) == 1 and len(before) == 1 and not layer.nested:
            before = (before[0]._replace(shape=built[0]),)
        made.append(layer._replace(calls=(Call(before if len(before) < 2 else (list(before),)),)))
        before = (TensorRef(layer.name),)
    return Architecture(
        name,
        tuple(made),
        "sequential",
        inputs=inputs,
        outputs=before,
        trainable=trainable,
        input_layers=tuple(sources),
    )


def _input_of(layer: Layer) -> Any:
    """The shape, batch first, that Keras 2 kept among the arguments of a first layer, or that a first model states."""
    config = layer.config or {}
    for shape in (config.get("batch_shape"), config.get("batch_input_shape")):
        if shape is not None:
            return shape
    if isinstance(config.get("input_shape"), list | tuple):
        return [None, *config["input_shape"]]
    if layer.nested is None or len(layer.nested.inputs) != 1:
        return None
    inner = {each.name: each for each in (*layer.nested.input_layers, *layer.nested.layers)}
    own = inner.get(layer.nested.inputs[0].layer)
    return _input_of(own) if own is not None and own.nested is None else None
