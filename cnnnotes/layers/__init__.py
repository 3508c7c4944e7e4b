"""What each Keras layer does to a shape and how many parameters it has: one module for each Keras family.

`outcome("Conv2D", {"filters": 32, "kernel_size": 3}, [(None, 224, 224, 3)])` asks the rule of a layer.
"""

from functools import partial
from importlib import import_module

from cnnnotes.layers._arguments import Argument, Arguments
from cnnnotes.layers._errors import LayerError, NoRule
from cnnnotes.layers._operations import LATER
from cnnnotes.layers._outcomes import GLOBAL, Map, Outcome, Shape, Weight, Window
from cnnnotes.layers._reads import Reads, reads
from cnnnotes.layers._registry import COMMON, LayerType, known_types, layer_type, outcome
from cnnnotes.layers._written import read_call, stated_input

_FAMILIES = "applications attention convolutional core kept merging normalization preprocessing reshaping rnn"
for _family in (*_FAMILIES.split(), "windowed"):
    import_module(f"{__name__}._{_family}")  # registers its rules
LATER.append(partial(import_module, f"{__name__}._tensorflow_operations"))  # met in files of Keras 2 only

__all__ = ["COMMON", "GLOBAL", "Argument", "Arguments", "LayerError", "LayerType", "Map", "NoRule", "Outcome", "Reads"]
__all__ += ["Shape", "Weight", "Window", "known_types", "layer_type", "outcome", "read_call", "reads"]
__all__ += ["stated_input"]
