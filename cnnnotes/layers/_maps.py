"""A map of channels over spatial axes, taken apart and put together again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._outcomes import Outcome, Shape

AXES = {1: "L", 2: "HW", 3: "ZHW"}
"""The letters of the spatial axes of a 1D, 2D and 3D layer."""


class Map(NamedTuple):
    """A map: the shape `(batch, *spatial, channels)`, or with the channels before the spatial axes."""

    batch: int | None
    spatial: Shape
    channels: int | None
    channels_first: bool = False

    @classmethod
    def of(cls, shape: Shape, channels_first: bool = False) -> Map:
        """The map of this shape."""
        spatial, channels = (shape[2:], shape[1]) if channels_first else (shape[1:-1], shape[-1])
        return cls(shape[0], spatial, channels, channels_first)

    @property
    def shape(self) -> Shape:
        middle = (self.channels, *self.spatial) if self.channels_first else (*self.spatial, self.channels)
        return (self.batch, *middle)

    @property
    def depth(self) -> int:
        """The number of channels, where a weight is made for each."""
        return known(self.channels, "the channel axis")

    def outcome(self, spatial: Sequence[Formula | None], channels: Formula | None = None, **more: Any) -> Outcome:
        """The outcome of a layer that makes these sizes of the map's; `None` keeps one as it is."""
        sizes = [formula.value if formula else None for formula in spatial]
        if spatial and not any(spatial):
            sizes = list(self.spatial)
        out = self._replace(spatial=tuple(sizes), channels=channels.value if channels else self.channels)
        axes = (channels, *spatial) if self.channels_first else (*spatial, channels)
        return Outcome(shapes=(out.shape,), axes=axes, **more)


def one_map(args: Arguments, inputs: Sequence[Shape]) -> Map:
    """The only input as a map of the layer's rank."""
    return Map.of(one_input(inputs, args.rank + 2), args.channels_first())


def one_input(inputs: Sequence[Shape], rank: int | None = None, minimum_rank: int = 1) -> Shape:
    """The first input, checked to have `rank` axes (batch counted), or at least `minimum_rank`."""
    shape = inputs[0]
    if rank is not None and len(shape) != rank:
        raise LayerError(f"expects an input of {rank} axes (batch first), got {shown(shape)}")
    if len(shape) < minimum_rank:
        raise LayerError(f"expects an input of at least {minimum_rank} axes (batch first), got {shown(shape)}")
    return shape


def known(size: int | None, what: str) -> int:
    """A size that Keras has to know before it can make a weight."""
    if size is None:
        raise LayerError(f"{what} of the input must be known, got None")
    return size
