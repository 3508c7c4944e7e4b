"""Whose class a layer is: Keras's own, its author's, or a raw operation that a summary lists beside the layers."""

from typing import Any

from cnnnotes._reading.architecture import Architecture
from cnnnotes._reading.calls import in_keras_3_style
from cnnnotes.layers._arguments import ACTIVATIONS
from cnnnotes.layers._errors import shown

WRAPPED = ("layer", "backward_layer", "cell")  # the arguments that hold a layer
_ACTIVATIONS = frozenset(ACTIVATIONS.split())
_OPERATIONS = ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "ClassMethod", "InstanceMethod")
"""The classes of Keras 2 that stand for a raw operation."""


def operation_of(kind: str, config: dict[str, Any], module: str | None, entry: dict[str, Any]) -> str:
    """Which raw operation an entry is, if one; a legacy `.h5` by Keras 3 has no module, but its layers have a dtype."""
    if kind in _OPERATIONS:
        return str(config.get("function", kind))
    plain = module is None and "dtype" not in config and "trainable" not in config and in_keras_3_style(entry)
    own = (module or "").startswith(("keras.src.ops", "keras.ops", "keras_core.src.ops", "keras_core.ops"))
    return kind if own or plain else ""


def is_custom(entry: dict[str, Any], nested: Architecture | None) -> bool:
    """Whether a class is not one of Keras's own; Keras 2 wrote no module, and the package into the class's name."""
    if nested is not None and entry["class_name"] in ("Functional", "Sequential", "Model"):
        return False
    if ">" in entry["class_name"]:
        return bool(entry["class_name"] != "Custom>CustomScaleLayer")  # of keras.applications
    return "module" in entry and not is_keras(entry["module"])


def is_keras(module: Any) -> bool:
    """Whether a module is Keras's, under any of its names."""
    return isinstance(module, str) and module.partition(".")[0] in ("keras", "tf_keras", "keras_core", "tensorflow")


def code_of(kind: str, config: dict[str, Any]) -> str | None:
    """What code of its author's a layer of Keras's own needs: a Lambda's, a custom function among its arguments."""
    if kind == "Lambda":
        return "a Lambda's function"
    for name, value in _custom_activations(config).items():
        return f"{shown(value)} as its {name}"
    for name, value in config.items():
        if type(value) is not dict or "class_name" not in value:
            continue
        if value["class_name"] == "__lambda__":
            return f"a lambda as its {name}"
        if name in WRAPPED and isinstance(value.get("config"), dict):
            inner = code_of(str(value["class_name"]), value["config"])
            if inner:
                return inner
        module = value.get("module") or "keras"
        if value["class_name"] == "function" or not (is_keras(module) or module == "builtins"):
            return f"{shown(value.get('registered_name') or value.get('config'))} as its {name}"
    return None


def without_custom_activations(config: dict[str, Any]) -> dict[str, Any]:
    """Arguments in which an activation that isn't Keras's is none: it changes no shape and no count."""
    custom = _custom_activations(config)
    return {**config, **dict.fromkeys(custom, "linear")} if custom else config


def _custom_activations(config: dict[str, Any]) -> dict[str, str]:
    return {
        name: value
        for name, value in config.items()
        if type(value) is str and name.endswith("activation") and value not in _ACTIVATIONS
    }
