"""What Keras 1 and 2 called a layer and its arguments, in the words of Keras 3."""

from typing import Any

from cnnnotes._reading.parsing import dicts, fields, parsed

# Keras 1's arguments, by the name that they have had since; `output_dim` of an Embedding kept its name.
_RENAMED = {
    "nb_filter": "filters", "border_mode": "padding", "subsample": "strides", "subsample_length": "strides",
    "bias": "use_bias", "p": "rate", "sigma": "stddev", "inner_activation": "recurrent_activation",
    "atrous_rate": "dilation_rate", "filter_length": "kernel_size", "pool_length": "pool_size", "stride": "strides",
    "length": "size", "output_dim": "units",
}  # fmt: skip
KERAS_1 = frozenset(("nb_filter", "border_mode", "dim_ordering", "input_dtype", "W_regularizer"))
"""Arguments that only Keras 1 had."""
_KERNELS = (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3"))
_ORDERINGS = {"th": "channels_first", "tf": "channels_last"}
_MERGES = {
    "sum": "Add", "mul": "Multiply", "concat": "Concatenate", "ave": "Average", "max": "Maximum", "dot": "Dot",
}  # fmt: skip
_TYPES = {
    "Custom>CustomScaleLayer": "CustomScaleLayer",
    "TimeDistributedDense": "Dense", "AtrousConvolution1D": "Conv1D", "AtrousConvolution2D": "Conv2D",
    "Deconvolution2D": "Conv2DTranspose", "Deconvolution3D": "Conv3DTranspose",
    "SeparableConvolution2D": "SeparableConv2D", "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization", "SyncBatchNormalization": "BatchNormalization",
}  # fmt: skip
"""The layer types that had another name, or that count as another does."""


def is_legacy(version: str | None, entries: Any) -> bool:
    """Whether Keras 1, Keras 2 or TensorFlow.js wrote a model: its version says so, or how it states an input."""
    if version:
        return version.startswith(("0.", "1.", "2.", "tfjs"))
    return any("batch_input_shape" in fields(entry.get("config")) for entry in dicts(entries))


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
    return kind, {**config, **changed} if changed else config


def _of_keras_1(kind: str, config: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A layer of Keras 1."""
    found: dict[str, Any] = {}
    for name, value in config.items():
        renamed = name if name == "output_dim" and kind == "Embedding" else _RENAMED.get(name, name)
        if name not in ("dim_ordering", "input_dtype"):
            found.setdefault(renamed, value)
    for names in _KERNELS:
        if all(name in config for name in names):
            found["kernel_size"] = [config[name] for name in names]
    ordering = config.get("dim_ordering")
    if isinstance(ordering, str) and ordering in _ORDERINGS:
        found["data_format"] = _ORDERINGS[ordering]
    if found.get("padding") == "full":  # Theano's, which no later Keras has
        return kind, found
    mode = config.get("mode")
    if kind == "Merge" and isinstance(mode, str) and mode in _MERGES:
        kind = _MERGES[mode]
        found["axis"] = config.get("concat_axis", -1)
        found["axes"] = config.get("dot_axes", -1)
    if config.get("batch_input_shape") is None and isinstance(config.get("input_dim"), int) and kind != "Embedding":
        lengths = [config["input_length"]] if "input_length" in config else []
        found["batch_input_shape"] = [None, *lengths, config["input_dim"]]
    return kind, found
