"""What each Keras layer does to a shape and how many weights it has: one module for each Keras family.

`outcome("Conv2D", {"filters": 32, "kernel_size": 3}, [(None, 224, 224, 3)])` asks the rule of a layer.
"""

from __future__ import annotations

from cnnnotes.layers import (  # each registers its rules
    _activations,
    _applications,
    _attention,
    _convolutional,
    _core,
    _depth_pooling,
    _image_preprocessing,
    _merging,
    _normalization,
    _operations,
    _pooling,
    _preprocessing,
    _regularization,
    _reshaping,
    _rnn,
    _wrappers,
)
from cnnnotes.layers._errors import LayerError, NoRule
from cnnnotes.layers._operations import operation
from cnnnotes.layers._rule import (
    COMMON_ARGUMENTS,
    Arguments,
    Outcome,
    Shape,
    Weight,
    Window,
    known_types,
    outcome,
    registered,
)

__all__ = [
    "Arguments",
    "LayerError",
    "NoRule",
    "Outcome",
    "Shape",
    "Weight",
    "Window",
    "arguments_of",
    "known_types",
    "operation",
    "outcome",
    "registered",
]


def arguments_of(layer_type: str) -> tuple[str, ...] | None:
    """The names of the arguments that a layer of this type takes, its own first, or `None` for an unknown type."""
    found = registered(layer_type)
    return None if found is None else (*found.arguments.split(), *COMMON_ARGUMENTS)
