"""What each Keras layer does to a shape and how many weights it has: one module for each Keras family.

`outcome("Conv2D", {"filters": 32, "kernel_size": 3}, [(None, 224, 224, 3)])` asks the rule of a layer.
"""

from __future__ import annotations

from cnnnotes.layers import (
    activations,
    applications,
    attention,
    convolutional,
    core,
    depth_pooling,
    image_preprocessing,
    merging,
    normalization,
    operations,
    pooling,
    preprocessing,
    regularization,
    reshaping,
    rnn,
    wrappers,
)
from cnnnotes.layers.operations import operation
from cnnnotes.layers.rule import (
    COMMON_ARGUMENTS,
    Arguments,
    LayerError,
    NoRule,
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
    "activations",
    "applications",
    "arguments_of",
    "attention",
    "convolutional",
    "core",
    "depth_pooling",
    "image_preprocessing",
    "known_types",
    "merging",
    "normalization",
    "operation",
    "operations",
    "outcome",
    "pooling",
    "preprocessing",
    "registered",
    "regularization",
    "reshaping",
    "rnn",
    "wrappers",
]


def arguments_of(layer_type: str) -> tuple[str, ...] | None:
    """The names of the arguments that a layer of this type takes, its own first, or `None` for an unknown type."""
    found = registered(layer_type)
    return None if found is None else (*found.arguments.split(), *COMMON_ARGUMENTS)
