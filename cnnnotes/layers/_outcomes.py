"""What a rule works with and gives back: shapes, maps, weights, formulas, and what an output position sees."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Self

from cnnnotes.formula import Formula
from cnnnotes.layers._errors import LayerError, shown

MAX_AXES = 64  # the most axes that a tensor may have (NumPy's own bound)
Shape = tuple[int | None, ...]  # sizes with the batch first, as Keras writes them; `None` is a size that is not known


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
    beginning `before` positions before the first input."""

    size: int
    stride: int = 1
    before: int = 0


GLOBAL = "global"  # stands in place of windows where each output sees the whole input


class Outcome(NamedTuple):
    """What a rule gives back."""

    shapes: tuple[Shape, ...]
    """The shape of each output."""
    axes: tuple[Formula | None, ...] = ()
    """For the first output: the formula of each axis after the batch, `None` where a size is just kept."""
    weights: tuple[Weight, ...] = ()
    params: Formula | None = None
    """The number of parameters in one formula; `None` where there are none."""
    macs: Formula | None = None
    """Multiply-accumulates of one example: kernel applications, no bias. `None` where no kernel is applied."""
    notes: tuple[str, ...] = ()
    """What a reader should notice at this layer with these numbers."""
    windows: tuple[Window, ...] | str | None = ()
    """One for each spatial axis; empty where a position sees only itself; `GLOBAL`; `None` where it has no meaning."""

    @classmethod
    def of(cls, shape: Shape, weights: Sequence[Weight] = (), **more: Any) -> Self:
        """One output, and weights whose number is counted one by one unless `params` says it better."""
        return cls(**{"shapes": (shape,), "weights": tuple(weights), "params": counted(weights), **more})

    @property
    def param_count(self) -> int | None:
        """The number of parameters: 0 where there are none, `None` where a size is unknown."""
        return self.params.value if self.params else 0

    @property
    def mac_count(self) -> int | None:
        """The multiply-accumulates of one example: 0 where no kernel is applied, `None` where a size is unknown."""
        return self.macs.value if self.macs else 0


AXES = {1: "L", 2: "HW", 3: "ZHW"}  # the letters of the spatial axes of a 1D, 2D and 3D layer


class Map(NamedTuple):
    """A map: the shape `(batch, *spatial, channels)`, or with the channels before the spatial axes."""

    batch: int | None
    spatial: Shape
    channels: int | None
    channels_first: bool = False

    @classmethod
    def of(cls, shape: Shape, channels_first: bool = False) -> Self:
        """The map of a shape of at least two axes."""
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
        sizes = tuple(size.value if size else own for size, own in zip(spatial, self.spatial, strict=False))
        out = self._replace(spatial=sizes, channels=channels.value if channels else self.channels)
        axes = (channels, *spatial) if self.channels_first else (*spatial, channels)
        return Outcome.of(out.shape, axes=axes, **more)


def has_axes(shape: Shape, fewest: int, most: int) -> None:
    """Raises `LayerError` for a shape with fewer axes, batch counted, or more."""
    if not fewest <= len(shape) <= most:
        number = fewest if fewest == most else f"at least {fewest}" if most == MAX_AXES else f"{fewest} to {most}"
        raise LayerError(f"expects an input of {number} axes (batch first), got {shown(shape)}")


def known(size: int | None, what: str) -> int:
    """A size that Keras has to know before it can make a weight."""
    if size is None:
        raise LayerError(f"{what} of the input must be known, got None")
    return size


def counted(weights: Sequence[Weight]) -> Formula | None:
    """The number of parameters in these weights, where those that are counted alike stand together: `2 * D_in`."""
    if not weights:
        return None
    texts = [weight.formula.text for weight in weights]
    values = {name: value for weight in weights for name, value in weight.formula.values.items()}
    terms = (f"{n} * {text}" if (n := texts.count(text)) > 1 else text for text in dict.fromkeys(texts))
    return Formula(" + ".join(terms), **values)


def weight(name: str, dims: Iterable[str] | None = None, /, **values: int | None) -> Weight:
    """A weight with an axis for each of the values, or of `dims`, formulas of them; its own leaves an axis of 1 out."""
    dims = [*(values if dims is None else dims)]
    shape = (values[dim] if dim in values else Formula(dim, **values).value for dim in dims)
    count = Formula(product(dim for dim in dims if dim != "1"), **values)
    return Weight(name, tuple(known(size, "each axis that a weight has") for size in shape), count)


def last_axis(shape: Shape, size: Formula) -> tuple[Formula | None, ...]:
    """The formulas of the axes of a shape of which only the last is computed."""
    return (*(None,) * (len(shape) - 2), size)[: len(shape) - 1]


def product(names: Iterable[str]) -> str:
    """The text of a product: `"H_in * W_in"`; of nothing it is 1."""
    return " * ".join(names) or "1"


def volume(values: Iterable[int | None]) -> int | None:
    """The number of values in so many sizes, `None` where one is not known."""
    values = list(values)
    return None if None in values else math.prod(value for value in values if value is not None)


def times(values: Iterable[int | None]) -> str:
    """Sizes as a reader writes them: `56 × 56`."""
    return " × ".join(map(str, values))


def total(name: str, terms: Sequence[int | None], limit: int = 8) -> Formula:
    """The formula of a sum, `D_1 + D_2 + D_3`; after the first few of a long one the remainder is one term."""
    few = terms if len(terms) <= limit else terms[: limit - 1]
    values, others = numbered(few, name), terms[len(few) :]
    if others:
        values[f"{name}_others"] = None if None in others else sum(term for term in others if term is not None)
    return Formula(" + ".join(values), **values)


def numbered(sizes: Sequence[int | None], name: str = "N") -> dict[str, int | None]:
    """Sizes by number: `{"N_1": 5, "N_2": 7}`."""
    return {f"{name}_{i}": size for i, size in enumerate(sizes, start=1)}


def sizes(shape: Shape, side: str = "in", channels_first: bool = False) -> dict[str, int | None]:
    """The sizes after the batch by the names of their axes, `{"H_in": 8, "W_in": 8, "D_in": 3}`, or by number."""
    letters = ["", "D", "LD", "HWD", "ZHWD"][len(shape) - 1] if 0 < len(shape) < 6 else ""
    if channels_first and len(letters) > 1:
        letters = "D" + letters[:-1]
    names = [f"{letter}_{side}" for letter in letters] or [f"N_{i}" for i in range(1, len(shape))]
    return dict(zip(names, shape[1:], strict=True))
