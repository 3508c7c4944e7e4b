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
    _older,
    _operations,
    _pooling,
    _preprocessing,
    _rearranging,
    _regularization,
    _reshaping,
    _rnn,
    _tensorflow_operations,
    _wrappers,
)
from cnnnotes.layers._arguments import Argument, Arguments
from cnnnotes.layers._errors import LayerError, NoRule
from cnnnotes.layers._maps import Map
from cnnnotes.layers._operations import operation
from cnnnotes.layers._outcomes import GLOBAL, Outcome, Shape, Weight, Window
from cnnnotes.layers._reads import Reads, reads
from cnnnotes.layers._registry import COMMON, LayerType, known_types, layer_type, outcome
from cnnnotes.layers._written import read_call, stated_input

__all__ = [
    "COMMON",
    "GLOBAL",
    "Argument",
    "Arguments",
    "LayerError",
    "LayerType",
    "Map",
    "NoRule",
    "Outcome",
    "Reads",
    "Shape",
    "Weight",
    "Window",
    "known_types",
    "layer_type",
    "operation",
    "outcome",
    "read_call",
    "reads",
    "stated_input",
]
