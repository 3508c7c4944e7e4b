"""A layer with a change that may fix it, and the fix that it is once the layer's rule has taken it."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Self

from cnnnotes.layers import LayerError, LayerType, Shape, layer_type, outcome


class Fix(NamedTuple):
    """A change with which a layer works."""

    text: str
    """The change in words: `"pool_size=2"`, `"an input of at least 3 × 3"`."""
    layer_type: str = ""
    """Empty for advice that concerns no layer, such as another loss."""
    arguments: Mapping[str, Any] = {}
    """The layer's arguments with the change made."""
    inputs: tuple[Shape, ...] = ()
    """The input shapes with the change made."""
    outputs: tuple[Shape, ...] = ()
    """What the layer then gives."""
    before: tuple[int, str, dict[str, Any]] | None = None
    """A layer put before one of the inputs: which input, the layer's type and its arguments."""

    def __str__(self) -> str:
        return f"{self.text} → {', '.join(map(str, self.outputs))}" if self.outputs else self.text


class Case(NamedTuple):
    """A layer with its arguments and inputs, as it is or with a change made."""

    type: LayerType
    given: dict[str, Any]
    inputs: tuple[Shape, ...]
    cost: float = 0.0
    text: str = ""
    before: tuple[int, str, dict[str, Any]] | None = None

    @property
    def shape(self) -> Shape:
        """The first input; `()` where there is none."""
        return self.inputs[0] if self.inputs else ()

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

    def argument(self, cost: float, name: str, value: Any) -> Self:
        """Another value for an argument."""
        return self._replace(cost=cost, text=written({name: value}), given={**self.given, name: value})

    def on(self, cost: float, text: str, *inputs: Shape) -> Self:
        """The layer on other inputs."""
        return self._replace(cost=cost, text=text, inputs=inputs)

    def instead(self, cost: float, text: str, kind: str, arguments: Mapping[str, Any]) -> Iterator[Self]:
        """Another type of layer in its place, where there is one."""
        if stated := layer_type(kind):
            yield self._replace(cost=cost, text=text, type=stated, given=dict(arguments))

    def after(self, cost: float, at: int, text: str, kind: str, arguments: dict[str, Any]) -> Iterator[Self]:
        """A layer before an input, where its rule takes that; `{}` in the text is that layer as one writes it."""
        try:
            shapes = outcome(kind, arguments, self.inputs[at : at + 1]).shapes
        except LayerError:
            return
        text = text.format(f"{kind}({written(arguments)})")
        changed = self.on(cost, text, *self.inputs[:at], *shapes, *self.inputs[at + 1 :])
        yield changed._replace(before=(at, kind, arguments))


def written(arguments: Mapping[str, Any]) -> str:
    """Arguments as one writes them in a call."""
    return ", ".join(f'{k}="{v}"' if isinstance(v, str) else f"{k}={v}" for k, v in arguments.items())


def plain(values: tuple[int, ...]) -> int | tuple[int, ...]:
    """One number where all are the same, as one writes it."""
    return values[0] if len(set(values)) == 1 else values


def channels_last(shape: Shape) -> Shape | None:
    """The shape of an image with its channels last, where its sizes say that they come first."""
    match shape:
        case (batch, 1 | 3 | 4 as channels, height, width) if min(height or 9, width or 9) > 4:
            # a last axis that is a power of two may be one of channels
            return (batch, height, width, channels) if height == width or (width and width & (width - 1)) else None
    return None
