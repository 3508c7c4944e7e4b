"""What is to be fixed, and a change that may fix it, before and after it is tried on the rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cnnnotes.layers import Arguments, LayerType, Map, Shape
from cnnnotes.layers._arguments import serialized


class Fix(NamedTuple):
    """A change with which a layer works."""

    text: str
    """The change in words: `"pool_size=2"`, `"an input of at least 3 × 3"`."""
    layer_type: str
    arguments: dict[str, Any]
    """The layer's arguments with the change made."""
    inputs: tuple[Shape, ...]
    """The input shapes with the change made."""
    outputs: tuple[Shape, ...]
    """What the layer then gives."""
    before: tuple[int, str, dict[str, Any]] | None = None
    """A layer put before one of the inputs: which input, the layer's type and its arguments."""

    def __str__(self) -> str:
        return f"{self.text} → {', '.join(map(str, self.outputs))}" if self.outputs else self.text


class Change(NamedTuple):
    """A change that has not been tried."""

    cost: float
    text: str
    arguments: Mapping[str, Any] = {}
    inputs: tuple[Shape, ...] | None = None
    layer_type: str | None = None
    before: tuple[int, str, dict[str, Any]] | None = None


class Case(NamedTuple):
    """A layer that its rule refuses."""

    type: LayerType
    given: dict[str, Any]
    inputs: tuple[Shape, ...]

    @property
    def args(self) -> Arguments:
        return Arguments(self.given, self.type.arguments, self.type.rank)

    @property
    def shape(self) -> Shape:
        """The first input; `()` where there is none."""
        return self.inputs[0] if self.inputs else ()

    def map(self) -> Map | None:
        """The only input as a map, where it has the axes for that."""
        rank = self.type.rank
        if rank is None or len(self.inputs) != 1 or len(self.shape) != rank + 2:
            return None
        return Map.of(self.shape, self.args.channels_first())

    def resized(self, axis: int, size: int) -> tuple[Shape, ...]:
        """The only input with another size along an axis."""
        return ((*self.shape[:axis], size, *self.shape[axis + 1 :]),)


def argument(cost: float, name: str, value: Any) -> Change:
    """Another value for an argument."""
    written = f'"{value}"' if isinstance(value, str) else value
    return Change(cost, f"{name}={written}", {name: value})


def wrapped(case: Case) -> dict[str, Any]:
    """The layer as Keras writes it, for a wrapper's `layer`."""
    return serialized(case.type.name, **case.given)


def put_before(cost: float, at: int, layer_type: str, arguments: dict[str, Any], text: str) -> Change:
    """A layer before one of the inputs; `{}` in the text stands for the layer as one writes it."""
    written = ", ".join(f'{k}="{v}"' if isinstance(v, str) else f"{k}={v}" for k, v in arguments.items())
    return Change(cost, text.format(f"{layer_type}({written})"), before=(at, layer_type, arguments))


def plain(values: tuple[int, ...]) -> int | tuple[int, ...]:
    """One number where all are the same, as one writes it."""
    return values[0] if len(set(values)) == 1 else values
