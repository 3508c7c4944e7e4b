"""The settings of a layer as one writes them in Keras."""

from collections.abc import Mapping
from typing import Any

from cnnnotes.layers import layer_type

_BY_SHAPE = ("return_sequences", "return_state")
"""Arguments of a wrapped layer that are named after it, since the row's shape shows them."""


def written(kind: str, arguments: Mapping[str, Any]) -> str:
    """Arguments as one writes them in Keras, without its defaults: `Bidirectional(LSTM(10)), return_sequences=True`."""
    if "layer" not in arguments:
        telling = _telling(kind, arguments)
        return ", ".join(f"{name}={value!r}" for name, value in telling.items()) or "the default setting"
    inner = arguments["layer"]["config"]
    after = [f", {name}={inner[name]!r}" for name in _BY_SHAPE if inner.get(name)]
    return called(kind, arguments) + "".join(after)


def called(kind: str, arguments: Mapping[str, Any]) -> str:
    """A layer as one writes it in Keras: `LSTM(10)`, with what it must be given by place."""
    known = layer_type(kind)
    telling = _telling(kind, {name: value for name, value in arguments.items() if name not in _BY_SHAPE})
    parts = []
    for name, value in telling.items():
        if name == "layer":
            parts.append(called(value["class_name"], value["config"]))
        else:
            required = known is not None and name in known.arguments and known.arguments[name].required
            parts.append(f"{value!r}" if required else f"{name}={value!r}")
    return f"{kind}({', '.join(parts)})"


def _telling(kind: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that are not Keras's defaults; a pool's size is told, and its strides where they are others."""
    known = layer_type(kind)
    defaults = known.defaults if known else {}
    plain = {name: plain_value(kind, name, value) for name, value in arguments.items()}
    if "pool_size" in plain:
        defaults = {**defaults, "pool_size": None, "strides": plain["pool_size"]}
    return {name: value for name, value in plain.items() if defaults.get(name, ...) != value}


def plain_value(kind: str, name: str, value: Any) -> Any:
    """One number where an argument has the same for each spatial axis and at both of its ends."""
    known = layer_type(kind)
    argument = known.arguments.get(name) if known else None
    if argument and (argument.per_axis or argument.kind == "pairs") and isinstance(value, tuple):
        ends = {end for each in value for end in (each if isinstance(each, tuple) else (each,))}
        return ends.pop() if len(ends) == 1 else value
    return value
