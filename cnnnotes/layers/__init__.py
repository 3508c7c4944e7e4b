"""What each Keras layer does to a shape and how many weights it has: one module for each Keras family.

`outcome("Conv2D", {"filters": 32, "kernel_size": 3}, [(None, 224, 224, 3)])` asks the rule of a layer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnnotes.layers import convolutional
from cnnnotes.layers.rule import Arguments, LayerError, Outcome, Shape, Weight, Window, registered

__all__ = ["Arguments", "LayerError", "Outcome", "Shape", "Weight", "Window", "convolutional", "outcome", "registered"]


def outcome(layer_type: str, arguments: Mapping[str, Any], inputs: Sequence[Shape]) -> Outcome:
    """What a layer of this type and with these arguments makes of these inputs.

    **Arguments**

    - `layer_type`: the Keras class name, `"Conv2D"`.
    - `arguments`: the layer's arguments as Keras spells them.
    - `inputs`: the shape of each input, batch first.

    **Raises** `LayerError` for an unknown type, and for arguments or inputs that Keras refuses too.
    """
    found = registered(layer_type)
    if found is None:
        raise LayerError(f"no rule is known for a layer of type {layer_type!r}")
    return found.function(Arguments(dict(arguments)), inputs)
