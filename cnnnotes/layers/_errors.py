"""What the package raises: one class to catch, and one below it for each thing that can go wrong."""

from __future__ import annotations


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


for _error in (CnnnotesError, LayerError, NoRule, ReadError, ExplainError):
    _error.__module__ = "cnnnotes"  # where users import it from, and what a traceback calls it
