"""What the package raises: one class to catch, and one below it for each thing that can go wrong."""

import math
from typing import Any


class CnnnotesError(ValueError):
    """The base of every error that this package raises of its own; its message is one line."""


class LayerError(CnnnotesError):
    """Arguments or inputs that Keras refuses too; the message names which, and what was received."""


class NoRule(LayerError):
    """Nothing is known of a layer type, or of one that it wraps: its shape and weights stay open."""


class ReadError(CnnnotesError):
    """A source that can't be read: the message names the place in it, what was expected and what was found."""


class ExplainError(CnnnotesError):
    """A model that Keras refuses too; the message names the layer, the argument, and what was received."""

    refused: Any = None  # the layer that is refused, with its inputs
    fixes: tuple[Any, ...] = ()
    """The changes with which the whole model works, each a `Fix`; a traceback shows them too."""


for _error in (CnnnotesError, LayerError, NoRule, ReadError, ExplainError):
    _error.__module__ = "cnnnotes"  # where users import it from, and what a traceback calls it


def shown(value: Any, limit: int = 60) -> str:
    """A value from a file as an error message quotes it: one line, cut to `limit` characters."""
    if type(value) is str and len(value) < limit // 2:
        return repr(value)  # the most common case: the name of a layer
    if isinstance(value, list | tuple) and len(value) > limit:
        value = value[:limit]  # more could not be shown, and need not be written out
    if isinstance(value, list):
        value = tuple(value)
    if isinstance(value, int) and abs(value) > 10**limit:
        return f"a number of {int(value.bit_length() * math.log10(2)):,} digits"
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number with more digits than Python converts, or a list too deep
        return f"a {type(value).__name__} that is too large to show"
    return text if len(text) <= limit else text[: limit - 1] + "…"
