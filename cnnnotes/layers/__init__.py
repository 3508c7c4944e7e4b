"""What each Keras layer does to a shape and how many weights it has: one module for each Keras family.

`outcome("Conv2D", {"filters": 32, "kernel_size": 3}, [(None, 224, 224, 3)])` asks the rule of a layer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnnotes.layers import (
    activations,
    convolutional,
    core,
    merging,
    normalization,
    pooling,
    preprocessing,
    regularization,
    reshaping,
)
from cnnnotes.layers.rule import (
    COMMON_ARGUMENTS,
    LARGEST,
    MOST_AXES,
    Arguments,
    LayerError,
    Outcome,
    Shape,
    Weight,
    Window,
    known_types,
    registered,
    shown,
)

__all__ = [
    "Arguments",
    "LayerError",
    "Outcome",
    "Shape",
    "Weight",
    "Window",
    "activations",
    "arguments_of",
    "convolutional",
    "core",
    "known_types",
    "merging",
    "normalization",
    "outcome",
    "pooling",
    "preprocessing",
    "registered",
    "regularization",
    "reshaping",
]


def outcome(layer_type: str, arguments: Mapping[str, Any], inputs: Sequence[Shape]) -> Outcome:
    """What a layer of this type and with these arguments makes of these inputs.

    **Arguments**

    - `layer_type`: the Keras class name, `"Conv2D"`.
    - `arguments`: the layer's arguments as Keras spells them; those left out take Keras's defaults.
    - `inputs`: the shape of each input, batch first.

    **Returns** an `Outcome`: the shape of each output, the weights, the multiply-accumulates, each with its formula.

    **Raises** `LayerError` for an unknown type, and for arguments or inputs that Keras refuses too.

    ```python
    from cnnnotes.layers import outcome

    found = outcome("Conv2D", {"filters": 64, "kernel_size": 3}, [(None, 222, 222, 32)])
    assert found.shapes == ((None, 220, 220, 64),)
    assert found.params.value == 18_496
    ```
    """
    found = registered(layer_type)
    if found is None:
        raise LayerError(f"no rule is known for a layer of type {shown(layer_type)}")
    for shape in inputs:
        if len(shape) > MOST_AXES or not all(size is None or 0 <= size <= LARGEST for size in shape):
            raise LayerError(f"an input must have at most {MOST_AXES} axes, each below 2^63, got {shown(shape)}")
    return found.function(Arguments(dict(arguments)), inputs)


def arguments_of(layer_type: str) -> tuple[str, ...] | None:
    """The names of the arguments that a layer of this type takes, its own first, or `None` for an unknown type."""
    found = registered(layer_type)
    return None if found is None else (*found.arguments.split(), *COMMON_ARGUMENTS)
