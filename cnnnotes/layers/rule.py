"""What a rule is given, what it gives back, and how the package finds it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from cnnnotes.formula import Formula

Shape = tuple[int | None, ...]
"""Sizes with the batch first, as Keras writes them; `None` is a size that is not known."""

AXES = {1: "L", 2: "HW", 3: "ZHW"}
"""The letters of the spatial axes of a 1D, 2D and 3D layer."""


class LayerError(ValueError):
    """A layer's arguments or its inputs are such that Keras refuses them too; the message names which, and what was received."""


class Weight(NamedTuple):
    """One array of a layer: its name, its shape, the formula of its size, and whether training changes it."""

    name: str
    shape: tuple[int, ...]
    formula: Formula
    trainable: bool = True

    @property
    def size(self) -> int:
        return math.prod(self.shape)


class Window(NamedTuple):
    """What one output position sees along one spatial axis: `size` inputs (dilation counted in), every `stride`-th,
    beginning `before` positions ahead of the first input."""

    size: int
    stride: int = 1
    before: int = 0


GLOBAL = "global"
"""Stands in place of windows where each output sees the whole input."""


class Outcome(NamedTuple):
    """What a rule gives back."""

    shapes: tuple[Shape, ...]
    """The shape of each output."""
    axes: tuple[Formula | None, ...] = ()
    """For the first output: the formula of each axis behind the batch, `None` where a size is just kept."""
    weights: tuple[Weight, ...] = ()
    params: Formula | None = None
    """The number of weights in one formula; `None` where there are none."""
    macs: Formula | None = None
    """Multiply-accumulates of one example: kernel applications, no bias. `None` where no kernel is applied."""
    notes: tuple[str, ...] = ()
    """What a reader should notice at this layer with these numbers."""
    windows: tuple[Window, ...] | str | None = ()
    """One for each spatial axis; empty where each position sees only itself, `GLOBAL`, or `None` where it has no meaning."""


class Arguments:
    """A layer's arguments as Keras spells them, read with checks.

    Every reader raises `LayerError` that names the argument and what was received.
    """

    def __init__(self, config: dict[str, Any]):
        self.config = config

    def get(self, name: str, default: Any = None) -> Any:
        value = self.config.get(name)
        return default if value is None else value

    def integer(self, name: str, default: int | None = None, minimum: int = 1) -> int:
        """A whole number of at least `minimum`."""
        value = self.get(name, default)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
            raise LayerError(f"{name} must be {_at_least(minimum)}, got {shown(self.config.get(name))}")
        return value

    def integers(self, name: str, rank: int, default: int | None = None, minimum: int = 1) -> tuple[int, ...]:
        """`rank` whole numbers; a single one stands for all of them."""
        value = self.get(name, default)
        values = (value,) * rank if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(values, list | tuple) or len(values) != rank:
            raise LayerError(f"{name} must be a whole number or {rank} of them, got {shown(value)}")
        if not all(isinstance(v, int) and not isinstance(v, bool) and v >= minimum for v in values):
            raise LayerError(f"{name} must be {_at_least(minimum)}, got {shown(value)}")
        return tuple(values)

    def flag(self, name: str, default: bool) -> bool:
        value = self.get(name, default)
        if not isinstance(value, bool):
            raise LayerError(f"{name} must be true or false, got {shown(value)}")
        return value

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        value = self.get(name, default)
        value = value.lower() if isinstance(value, str) else value
        if value not in choices:
            raise LayerError(f"{name} must be {' or '.join(map(repr, choices))}, got {shown(value)}")
        return str(value)

    def channels_first(self) -> bool:
        return self.choice("data_format", ("channels_last", "channels_first"), "channels_last") == "channels_first"


def _at_least(minimum: int) -> str:
    return {1: "positive", 0: "zero or more"}.get(minimum, f"{minimum} or more")


def shown(value: Any, limit: int = 60) -> str:
    """A value from a file as an error message quotes it: one line, cut to `limit` characters."""
    if isinstance(value, list):
        value = tuple(value)
    try:
        text = repr(value)
    except ValueError:  # a whole number with more digits than Python converts
        text = "a number of thousands of digits"
    return text if len(text) <= limit else text[: limit - 1] + "…"


Rule = Callable[[Arguments, Sequence[Shape]], Outcome]


class Registered(NamedTuple):
    """A rule with what `explain` needs to know to call it."""

    function: Rule
    tensors: tuple[str, ...] = ()
    """The names of the call's arguments that are tensors, in the order in which the rule takes them; empty: as they come."""


_rules: dict[str, Registered] = {}


def rule(*types: str, tensors: tuple[str, ...] = ()) -> Callable[[Rule], Rule]:
    """Registers a function as the rule of these Keras layer types."""

    def register(function: Rule) -> Rule:
        for name in types:
            _rules[name] = Registered(function, tensors)
        return function

    return register


def registered(layer_type: str) -> Registered | None:
    """The rule of a Keras layer type, or `None` for one that is not known."""
    return _rules.get(layer_type)


def one_input(inputs: Sequence[Shape], rank: int | None = None, minimum_rank: int = 1) -> Shape:
    """The only input, checked to have `rank` axes (batch counted), or at least `minimum_rank`."""
    if len(inputs) != 1:
        raise LayerError(f"takes one input, got {len(inputs)}")
    shape = inputs[0]
    if rank is not None and len(shape) != rank:
        raise LayerError(f"expects an input of {rank} axes (batch first), got {shown(shape)}")
    if len(shape) < minimum_rank:
        raise LayerError(f"expects an input of at least {minimum_rank} axes (batch first), got {shown(shape)}")
    return shape


def split(shape: Shape, channels_first: bool) -> tuple[Shape, int | None]:
    """The spatial sizes of a map, and its channels."""
    return (shape[2:], shape[1]) if channels_first else (shape[1:-1], shape[-1])


def joined(batch: int | None, spatial: Shape, channels: int | None, channels_first: bool) -> Shape:
    """The shape of a map from its parts: the inverse of `split`."""
    return (batch, channels, *spatial) if channels_first else (batch, *spatial, channels)


def joined_axes(
    spatial: Sequence[Formula | None], channels: Formula | None, channels_first: bool
) -> tuple[Formula | None, ...]:
    """The formulas of a map's axes, in the order of its shape."""
    return (channels, *spatial) if channels_first else (*spatial, channels)


def known_channels(channels: int | None) -> int:
    """The channels, which Keras has to know before it can make a kernel."""
    if channels is None:
        raise LayerError("the channel axis of the input must be known, got None")
    return channels
