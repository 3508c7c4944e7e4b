"""A layer that is refused, a change that may fix it, and the fix that it is once the layer's rule has taken it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from cnnnotes.layers import LayerError, LayerType, Shape, layer_type, outcome


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


class Case(NamedTuple):
    """A layer with its arguments and inputs."""

    type: LayerType
    given: dict[str, Any]
    inputs: tuple[Shape, ...]

    @property
    def shape(self) -> Shape:
        """The first input; `()` where there is none."""
        return self.inputs[0] if self.inputs else ()

    @property
    def is_map(self) -> bool:
        """Whether its only input has the axes that its rank asks for."""
        return self.type.rank is not None and len(self.inputs) == 1 and len(self.shape) == self.type.rank + 2

    @property
    def channel_axis(self) -> int:
        return 1 if self.given.get("data_format") == "channels_first" else len(self.shape) - 1

    def outputs(self) -> tuple[Shape, ...]:
        """What the layer gives; `LayerError` where its rule refuses it, or where no Dense can be built on it."""
        found = outcome(self.type.name, self.given, self.inputs).shapes
        if self.type.name == "Flatten" and found[0][-1] is None:
            raise LayerError("its length is not known")
        return found

    def refusal(self) -> str:
        """Why the layer is refused; empty where it works."""
        try:
            self.outputs()
        except LayerError as error:
            return str(error)
        return ""


class Change(NamedTuple):
    """A change that has not been tried."""

    cost: float
    text: str
    arguments: Mapping[str, Any] = {}
    inputs: tuple[Shape, ...] | None = None
    layer_type: str | None = None
    before: tuple[int, str, dict[str, Any]] | None = None

    def made(self, case: Case) -> Case:
        """The layer with the change; `LayerError` where the layer that is put before it is refused."""
        kind, inputs = layer_type(self.layer_type or ""), self.inputs or case.inputs
        if self.before:
            at, before, arguments = self.before
            inputs = (*inputs[:at], *outcome(before, arguments, inputs[at : at + 1]).shapes, *inputs[at + 1 :])
        if kind:
            return Case(kind, dict(self.arguments), inputs)
        return Case(case.type, {**case.given, **self.arguments}, inputs)


def words(refusal: str) -> str:
    """A refusal without its numbers: what is refused, rather than how far it is from right."""
    return re.sub(r"[^a-z ]+", "", refusal)


def argument(cost: float, name: str, value: Any) -> Change:
    """Another value for an argument."""
    return Change(cost, written({name: value}), {name: value})


def put_before(cost: float, at: int, kind: str, arguments: dict[str, Any], text: str) -> Change:
    """A layer before one of the inputs; `{}` in the text stands for the layer as one writes it."""
    return Change(cost, text.format(f"{kind}({written(arguments)})"), before=(at, kind, arguments))


def written(arguments: Mapping[str, Any]) -> str:
    """Arguments as one writes them in a call."""
    return ", ".join(f'{k}="{v}"' if isinstance(v, str) else f"{k}={v}" for k, v in arguments.items())


def plain(values: tuple[int, ...]) -> int | tuple[int, ...]:
    """One number where all are the same, as one writes it."""
    return values[0] if len(set(values)) == 1 else values
