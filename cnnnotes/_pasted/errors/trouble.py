"""What the text of an error says, as far as a rule can be asked about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from cnnnotes.layers import Shape, known_types, layer_type

SHAPE = r"[(\[][^()\[\]]*[)\]]"
"""A shape as Keras and TensorFlow write it: `(None, 28, 28, 1)`, `[?,28,28,1]`, `[None 28 28 1]`."""


class Trouble(NamedTuple):
    """What went wrong, with the numbers of the text."""

    says: tuple[str, ...]
    """What the text means, one sentence each; empty where the rule's own message says it."""
    type: str | None = None
    """The Keras class name of the layer, `None` where the text doesn't tell it."""
    name: str = ""
    """What the model calls the layer."""
    arguments: Mapping[str, Any] = {}
    inputs: tuple[Shape, ...] = ()
    assumed: bool = False
    """Whether the arguments are those of an example: the text tells only the type, and the shapes matter alone."""
    changes: tuple[tuple[str, tuple[Shape, ...]], ...] = ()
    """Changes to the inputs that would help, in words and as shapes; they are tried before they are offered."""
    advice: tuple[str, ...] = ()
    """What helps where it is no matter of a layer's arguments or inputs."""


def read_shape(text: str) -> Shape:
    """The sizes of a shape as it is written; an unknown one is `None`."""
    return tuple(None if size in "None?" else int(size) for size in re.findall(r"None|\?|-?\d{1,18}", text))


def shapes(text: str) -> list[Shape]:
    """All the shapes of a list of them."""
    return [read_shape(found) for found in re.findall(SHAPE, text) if re.search(r"\d|None|\?", found)]


@lru_cache(maxsize=1)
def _default_names() -> dict[str, str]:
    """The type of a layer by the name that Keras gives it: `{"max_pooling2d": "MaxPooling2D"}`."""
    found = {}
    for kind in known_types():
        name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", kind))
        found[re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()] = kind
    return found


def type_of(name: str) -> str | None:
    """The type of a layer by its name, where that is Keras's default name, numbered or not."""
    return _default_names().get(re.sub(r"_\d+$", "", name))


def called(text: str) -> str | None:
    """The type of the layer in whose call an error was raised, where it is one that is known."""
    types = re.findall(r"when calling (?:layer \"\w+\" \(type )?(\w+?)(?:\.call\(\)|\))", text)
    return next((kind for kind in reversed(types) if layer_type(kind)), None)


def example(kind: str | None) -> dict[str, Any]:
    """Arguments with which a layer of this type works."""
    stated = layer_type(kind or "")
    return stated.example[0] if stated else {}


def told(says: str, fix: str, kind: str | None = None) -> Callable[[re.Match[str], str], Trouble]:
    """A reader that says this, and what fixes it, with the names of the pattern put in."""

    def read(match: re.Match[str], text: str) -> Trouble:
        names = {name: value or "" for name, value in match.groupdict().items()}
        return Trouble((says.format_map(names),), kind, names.get("name", ""), advice=(fix.format_map(names),))

    return read


def listed(found: Sequence[Shape]) -> str:
    return " and ".join(map(str, found))
