"""What a rule gives back: shapes, weights, formulas, and what an output position sees."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cnnnotes.formula import Formula

Shape = tuple[int | None, ...]
"""Sizes with the batch first, as Keras writes them; `None` is a size that is not known."""


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


GLOBAL = "global"
"""Stands in place of windows where each output sees the whole input."""


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

    @property
    def param_count(self) -> int | None:
        """The number of parameters: 0 where there are none, `None` where a size is unknown."""
        return self.params.value if self.params else 0

    @property
    def mac_count(self) -> int | None:
        """The multiply-accumulates of one example: 0 where no kernel is applied, `None` where a size is unknown."""
        return self.macs.value if self.macs else 0


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
    values = {f"{name}_{i}": term for i, term in enumerate(terms[:limit], start=1)}
    if len(terms) > limit:
        rest = terms[limit - 1 :]
        del values[f"{name}_{limit}"]
        values[f"{name}_others"] = None if None in rest else sum(term for term in rest if term is not None)
    return Formula(" + ".join(values), **values)


def numbered(sizes: Sequence[int | None], name: str = "N") -> dict[str, int | None]:
    """Sizes by number: `{"N_1": 5, "N_2": 7}`."""
    return {f"{name}_{i}": size for i, size in enumerate(sizes, start=1)}


def sizes(shape: Shape, side: str = "in", channels_first: bool = False) -> dict[str, int | None]:
    """The sizes after the batch by the names of their axes: `{"H_in": 8, "W_in": 8, "D_in": 3}`.

    A shape with more axes than a volume numbers them, and one with very many has a single size, their product.
    """
    values = shape[1:]
    if len(values) > 8:
        return {f"N_{side}": volume(values)}
    letters = ["", "D", "LD", "HWD", "ZHWD"][len(values)] if len(values) < 5 else ""
    if channels_first and len(letters) > 1:
        letters = "D" + letters[:-1]
    names = [f"{letter}_{side}" for letter in letters] or [f"N_{i}" for i in range(1, len(values) + 1)]
    return dict(zip(names, values, strict=True))
