"""What the text of an error says, as far as a rule can be asked about it."""

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from cnnnotes.layers import Shape, known_types, layer_type

SHAPE = r"[(\[][^()\[\]]*[)\]]"
"""A shape as Keras and TensorFlow write it: `(None, 28, 28, 1)`, `[?,28,28,1]`, `[None 28 28 1]`."""

MAX_VALUE = 200  # the most characters of an argument's value that are read

Change = tuple[str, tuple[Shape, ...]]


class Trouble(NamedTuple):
    """What went wrong, with the numbers of the text."""

    says: tuple[str, ...] = ()  # what the text means, one sentence each; empty where the rule's own message says it
    type: str | None = None  # the Keras class name of the layer, `None` where the text doesn't tell it
    name: str = ""  # what the model calls the layer
    arguments: Mapping[str, Any] = {}  # those that the text tells
    inputs: tuple[Shape, ...] = ()
    assumed: bool = False
    """Whether other arguments are those of an example: the text tells only the type, and the shapes matter alone."""
    changes: tuple[Change, ...] = ()
    """Changes to the inputs that would help, in words and as shapes; they are tried before they are offered."""
    advice: tuple[str, ...] = ()  # what helps where it is no matter of a layer's arguments or inputs


Reader = Callable[[re.Match[str], str], Trouble]  # makes of a pattern's match in a text what went wrong


def said(kind: str | None = None, says: str = "", fix: str = "", **fixed: Any) -> Reader:
    """The reader of a text that names all that matters, each under its own name in the pattern.

    The names of arguments are those of the layer. Its inputs are `shape`, or `one` and `other`, or the list `shapes`;
    without a batch `values`, or `first` and `second`. `channels` is the last axis of the input, `size` that of the
    window, `kind` the type and `name` what the model calls it. What isn't named is as in the example of the type, which
    is the one that was called where the text says so.

    **Arguments**

    - `kind`: the layer's type, with `{rank}` for the number of its input's spatial axes.
    - `says`, `fix`: a sentence, and what helps, with the names of the pattern put in.
    - `fixed`: arguments that the text says in other words.
    """

    def read(match: re.Match[str], text: str) -> Trouble:
        named = {name: value for name, value in match.groupdict().items() if value is not None}
        inputs = inputs_of(named)
        told = called(text) or type_of(named.get("name", "")) or named.get("kind", "")
        usual = kind and kind.format(rank=len(inputs[0]) - 2 if inputs else 2)
        found = told if layer_type(told) else usual
        stated = layer_type(found or "")
        given = dict(fixed)
        if stated:
            window = "pool_size" if "pool_size" in stated.arguments else "kernel_size"
            given |= {name: value_of(value) for name, value in named.items() if name in stated.arguments}
            given |= {window: value_of(named["size"])} if "size" in named else {}
        named["type"] = found or ""
        sentences = (says.format_map(named),) if says else ()
        advice = (fix.format_map(named),) if fix else ()
        assumed = not inputs or bool(stated and stated.arguments and not given)
        if stated and not inputs and given:
            inputs = _example_inputs(found, given, named)
        return Trouble(sentences, found, named.get("name", ""), given, inputs, assumed, (), advice)

    return read


def inputs_of(named: Mapping[str, str]) -> tuple[Shape, ...]:
    """The inputs that a match names."""
    if "shapes" in named:
        return shapes(named["shapes"])
    whole = [read_shape(named[name]) for name in ("shape", "one", "other") if name in named]
    single = [(None, *read_shape(named[name])) for name in ("values", "first", "second") if name in named]
    return (*whole, *single)


def _example_inputs(kind: str | None, given: Mapping[str, Any], named: Mapping[str, str]) -> tuple[Shape, ...]:
    """Inputs on which nothing but the arguments can be wrong."""
    stated = layer_type(kind or "")
    first, *others = stated.example[1] if stated and stated.example[1] else ((),)
    if isinstance(dims := given.get("dims"), tuple):
        return ((None, *range(4, 4 + len(dims))),)
    depth = value_of(named["channels"]) if "channels" in named else given.get("groups")
    return ((*first[:-1], depth), *others) if isinstance(depth, int) and depth > 0 else (first, *others)


def value_of(text: str) -> Any:
    """The value of an argument as the text writes it."""
    if re.fullmatch(SHAPE, text):
        return read_shape(text)
    try:
        return ast.literal_eval(text[:MAX_VALUE])
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text.strip("'\"").lower()


def read_shape(text: str) -> Shape:
    """The sizes of a shape as it is written; an unknown one is `None`."""
    return tuple(None if size in "None?" else int(size) for size in re.findall(r"None|\?|-?\d{1,18}", text))


def shapes(text: str) -> tuple[Shape, ...]:
    """All the shapes of a list of them."""
    return tuple(read_shape(found) for found in re.findall(SHAPE, text) if re.search(r"\d|None|\?", found))


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


def listed(found: Sequence[Shape]) -> str:
    return " and ".join(map(str, found))
