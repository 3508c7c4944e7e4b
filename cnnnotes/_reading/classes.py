"""What layers and their arguments are called: by Keras 1 and 2, in the words of Keras 3, and by a model's author."""

from typing import Any

from cnnnotes._reading.parsing import fields, parsed
from cnnnotes.layers._arguments import ACTIVATIONS
from cnnnotes.layers._errors import shown

MODELS = ("Sequential", "Functional", "Model")
WRAPPED = ("layer", "backward_layer", "cell")  # the arguments that hold a layer
_ACTIVATIONS = frozenset(ACTIVATIONS.split())
_OPERATIONS = ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "ClassMethod", "InstanceMethod")  # of Keras 2
_OPS = ("keras.src.ops", "keras.ops", "keras_core.src.ops", "keras_core.ops")
_OWN = "Custom>CustomScaleLayer"  # the one layer of keras.applications that has no module of Keras's
# Keras 1's arguments, by the name that they have had since; `output_dim` of an Embedding kept its name.
_RENAMED = {
    "nb_filter": "filters", "border_mode": "padding", "subsample": "strides", "subsample_length": "strides",
    "bias": "use_bias", "p": "rate", "sigma": "stddev", "inner_activation": "recurrent_activation",
    "atrous_rate": "dilation_rate", "filter_length": "kernel_size", "pool_length": "pool_size", "stride": "strides",
    "length": "size", "output_dim": "units",
}  # fmt: skip
ONLY_KERAS_1 = frozenset(("nb_filter", "border_mode", "dim_ordering", "input_dtype", "W_regularizer"))
_KERNELS = (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3"))
_ORDERINGS = {"th": "channels_first", "tf": "channels_last"}
_MERGES = {
    "sum": "Add", "mul": "Multiply", "concat": "Concatenate", "ave": "Average", "max": "Maximum", "dot": "Dot",
}  # fmt: skip
# The layer types that had another name, or that count as another does.
_TYPES = {
    _OWN: "CustomScaleLayer", "TimeDistributedDense": "Dense", "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D", "Deconvolution2D": "Conv2DTranspose", "Deconvolution3D": "Conv3DTranspose",
    "SeparableConvolution2D": "SeparableConv2D", "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization", "SyncBatchNormalization": "BatchNormalization",
}  # fmt: skip


def in_keras_3_style(entry: dict[str, Any]) -> bool:
    nodes = entry.get("inbound_nodes")
    return isinstance(nodes, list) and bool(nodes) and isinstance(nodes[0], dict) and "args" in nodes[0]


def operation_of(kind: str, config: dict[str, Any], entry: dict[str, Any]) -> str:
    """Which raw operation an entry is, if one; a legacy `.h5` by Keras 3 has no module, but its layers have a dtype."""
    if kind in _OPERATIONS:
        return str(config.get("function", kind))
    module = entry.get("module")
    plain = module is None and "dtype" not in config and "trainable" not in config and in_keras_3_style(entry)
    return kind if plain or str(module).startswith(_OPS) else ""


def is_custom(entry: dict[str, Any]) -> bool:
    """Whether a class is not one of Keras's own; Keras 2 wrote no module, and the package into the class's name."""
    if ">" in entry["class_name"]:
        return bool(entry["class_name"] != _OWN)
    return "module" in entry and not is_keras(entry["module"])


def is_keras(module: Any) -> bool:
    """Whether a module is Keras's, under any of its names."""
    return isinstance(module, str) and module.partition(".")[0] in ("keras", "tf_keras", "keras_core", "tensorflow")


def code_of(kind: str, config: dict[str, Any]) -> str | None:
    """What code of its author's a layer of Keras's own needs: a Lambda's, a custom function among its arguments."""
    if kind == "Lambda":
        return "a Lambda's function"
    for name in custom_activations(config):
        return f"{shown(config[name])} as its {name}"
    for name, value in config.items():
        if type(value) is not dict or "class_name" not in value:
            continue
        if value["class_name"] == "__lambda__":
            return f"a lambda as its {name}"
        inner = code_of(str(value["class_name"]), fields(value.get("config"))) if name in WRAPPED else None
        if inner:
            return inner
        module = value.get("module") or "keras"
        if value["class_name"] == "function" or not (is_keras(module) or module == "builtins"):
            return f"{shown(value.get('registered_name') or value.get('config'))} as its {name}"
    return None


def custom_activations(config: dict[str, Any]) -> list[str]:
    """The arguments that name an activation which isn't Keras's."""
    named = [name for name in config if name.endswith("activation")]
    return [name for name in named if type(config[name]) is str and config[name] not in _ACTIVATIONS]


def modern(kind: str, config: dict[str, Any], keras_1: bool) -> tuple[str, dict[str, Any]]:
    """The type whose rule a layer has, and its arguments as Keras 3 takes them."""
    if keras_1:
        kind, config = _of_keras_1(kind, config)
    kind = _TYPES.get(kind, kind)
    changed: dict[str, Any] = {}
    if kind == "TensorFlowOpLayer" and isinstance(config.get("node_def"), str):
        changed["node_def"] = parsed(config["node_def"])
    if kind in ("GRU", "GRUCell", "ConvLSTM2D") and "reset_after" not in config:
        changed["reset_after"] = False  # written before there was a choice
    if config.get("stateful"):
        changed["stateful"] = False  # which Keras 3 refuses without a batch size; no shape depends on it
    inner = fields(config.get("layer"))
    own = fields(inner.get("config"))
    if kind == "Bidirectional" and config.get("backward_layer") is None and own.get("go_backwards"):
        changed["layer"] = {**inner, "config": {**own, "go_backwards": False}}
    return kind, {**config, **changed}


def _of_keras_1(kind: str, config: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    found: dict[str, Any] = {}
    for name, value in config.items():
        renamed = name if name == "output_dim" and kind == "Embedding" else _RENAMED.get(name, name)
        if name not in ("dim_ordering", "input_dtype"):
            found.setdefault(renamed, value)
    for names in _KERNELS:
        if all(name in config for name in names):
            found["kernel_size"] = [config[name] for name in names]
    ordering, mode = config.get("dim_ordering"), config.get("mode")
    if isinstance(ordering, str) and ordering in _ORDERINGS:
        found["data_format"] = _ORDERINGS[ordering]
    if kind == "Merge" and isinstance(mode, str) and mode in _MERGES:
        kind = _MERGES[mode]
        found |= {"axis": config.get("concat_axis", -1), "axes": config.get("dot_axes", -1)}
    if config.get("batch_input_shape") is None and isinstance(config.get("input_dim"), int) and kind != "Embedding":
        lengths = [config["input_length"]] if "input_length" in config else []
        found["batch_input_shape"] = [None, *lengths, config["input_dim"]]
    return kind, found
