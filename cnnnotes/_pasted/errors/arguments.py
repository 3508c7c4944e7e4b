"""What errors say of arguments that a layer refuses, or does not have."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from typing import Any

from cnnnotes._pasted.errors.trouble import Trouble, called, example, read_shape
from cnnnotes.layers import Shape, layer_type

Match = re.Match[str]
Reader = Callable[[Match, str], Trouble]


def of(kind: str, *constants: tuple[str, Any]) -> Reader:
    """A reader of the arguments that a text names, each under its own name in the pattern; `channels` is the input's.

    What is not named is as in the example of the type, which is the one that was called where the text says so.
    """

    def read(match: Match, text: str) -> Trouble:
        given = {name: _value(value) for name, value in match.groupdict().items() if value is not None}
        channels, shape = given.pop("channels", None), given.pop("shape", None)
        stated = called(text) or kind
        arguments = {**example(stated), **dict(constants), **given}
        inputs = _inputs(stated, arguments, channels, shape)
        return Trouble((), stated, arguments=arguments, inputs=inputs, assumed=shape is None)

    return read


def _value(text: str) -> Any:
    if text.startswith(("(", "[")):
        return read_shape(text)
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text.strip("'\"")


def _inputs(kind: str, arguments: dict[str, Any], channels: Any, shape: Any) -> tuple[Shape, ...]:
    """The input of the text, or else one on which nothing but the arguments can be wrong."""
    if shape is not None:
        return (shape,)
    stated = layer_type(kind)
    if isinstance(dims := arguments.get("dims"), tuple):
        return ((None, *range(4, 4 + len(dims))),)
    found = stated.example[1] if stated else ()
    depth = channels or arguments.get("groups")
    if found and isinstance(depth, int) and depth > 0:
        return ((*found[0][:-1], depth),)
    return found


def unknown_argument(match: Match, text: str) -> Trouble:
    """An argument that the layer doesn't have."""
    kind, name = match["kind"], match["name"]
    stated = layer_type(kind)
    near = difflib.get_close_matches(name, stated.arguments, 1) if stated else []
    says = f"{kind} has no argument {name}."
    advice = [f"{near[0]}=… in place of {name}=…"] if near else []
    if name in ("batch_input_shape", "batch_shape"):
        says += " Keras 2 took it in the first layer of a model."
        advice = ["an Input(batch_shape=…) before the layer, as the first of the model"]
    return Trouble((says,), kind if stated else None, advice=tuple(advice))


def missing_argument(match: Match, text: str) -> Trouble:
    """An argument that must be given."""
    kind, name = match["kind"], match["name"]
    stated = layer_type(kind)
    argument = stated.arguments.get(name) if stated else None
    says = f"{kind} needs {name}" + (f": {argument.describe(stated.rank)}." if stated and argument else ".")
    value = argument.sample if argument else None
    return Trouble(
        (says,), kind if stated else None, advice=(f"{name}={value!r}, for example",) if value is not None else ()
    )


def axis_beyond(match: Match, text: str) -> Trouble:
    """A normalization along an axis that its input doesn't have."""
    found = re.search(
        r"\b(BatchNormalization|LayerNormalization|GroupNormalization)\((?:[^()]*\b)?axis ?= ?(-?\d+)", text
    )
    says = "An axis was asked for that the input doesn't have: axis counts from 0, the batch, and -1 is the last."
    kind = found[1] if found else None
    return Trouble((says,), kind, arguments={"axis": int(found[2])} if found else {}, advice=("axis=-1, the channels",))
