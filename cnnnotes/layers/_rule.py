"""The old names of what now stands in `_arguments`, `_maps`, `_outcomes` and `_registry`; they go when none is used."""

from cnnnotes.layers._arguments import ACTIVATIONS as ACTIVATIONS
from cnnnotes.layers._arguments import is_integer as is_integer
from cnnnotes.layers._errors import shown as shown
from cnnnotes.layers._maps import Map
from cnnnotes.layers._outcomes import GLOBAL as GLOBAL
from cnnnotes.layers._outcomes import Outcome as Outcome
from cnnnotes.layers._outcomes import Shape as Shape
from cnnnotes.layers._outcomes import Weight as Weight
from cnnnotes.layers._outcomes import Window as Window
from cnnnotes.layers._outcomes import times as times
from cnnnotes.layers._outcomes import total as total
from cnnnotes.layers._registry import layer_type
from cnnnotes.layers._registry import outcome as outcome

registered = layer_type


def split(shape: Shape, channels_first: bool) -> tuple[Shape, int | None]:
    """Use `Map.of(shape, channels_first)`."""
    found = Map.of(shape, channels_first)
    return found.spatial, found.channels


def joined(batch: int | None, spatial: Shape, channels: int | None, channels_first: bool) -> Shape:
    """Use `Map(...).shape`."""
    return Map(batch, spatial, channels, channels_first).shape
