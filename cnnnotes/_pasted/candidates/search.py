"""Configurations: as one writes them in Keras, and in sets, counted unwritten and walked through commonest first."""

import heapq
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cnnnotes.layers import Shape, layer_type

Inputs = tuple[Shape, ...] | None  # the input shapes of a row; `None` where the text doesn't show them
Option = tuple[float, Any]  # how uncommon it is, and what one axis can be


class Candidate(NamedTuple):
    """One configuration that a row could have had."""

    arguments: dict[str, Any]  # the arguments that the row tells something of, as Keras spells them
    inputs: tuple[Shape, ...]  # the input shapes that the text shows, or else those that this configuration implies


class Around(NamedTuple):
    """What the rows around one make likely of it."""

    normalized: bool | None = None  # whether a BatchNormalization follows, so that a bias is needless
    pointwise_same: bool = False  # whether its family writes `padding="same"` for kernels of 1 × 1 too

    def biases(self) -> tuple[tuple[float, bool], ...]:
        """How uncommon it is for a layer to have a bias, and to have none."""
        return (0.0, True), ({None: 2.5, True: 0.5, False: 3.0}[self.normalized], False)


class Wanted(NamedTuple):
    """What a row of a pasted summary shows."""

    outputs: tuple[Shape, ...]
    params: int | None  # the count, where it is shown in full
    text: str = ""  # the count as shown: `"1,315,…"`, or empty where nothing is
    around: Around = Around()

    def allows(self, count: int) -> bool:
        """Whether the row can stand for a layer with so many weights: "1,315,…" for 1,315,840, not for 1,316,840."""
        if self.params is not None:
            return count == self.params
        if not self.text.endswith("…"):
            return True
        printed = f"{count:,}"
        return printed.startswith(self.text[:-1]) and len(printed) > len(self.text) - 1


class Block(NamedTuple):
    """Configurations that differ axis by axis: one option is chosen for each."""

    cost: float  # how uncommon they all are
    axes: tuple[tuple[Option, ...], ...]  # for each axis its options, the commonest first
    make: Callable[[tuple[Any, ...]], Candidate]
    uneven: Callable[[tuple[Any, ...]], float] = lambda chosen: 0.0  # for being unlike along the axes

    @property
    def size(self) -> int:
        return math.prod(map(len, self.axes))

    def floor(self, place: tuple[int, ...]) -> float:
        """What the choice at this place among the options costs at least."""
        return self.cost + sum(axis[i][0] for axis, i in zip(self.axes, place, strict=True))


def walk(blocks: Sequence[Block]) -> Iterator[Candidate]:
    """The configurations of all blocks, the commonest first; a choice is not looked into before its turn comes."""
    places = [(block.floor((0,) * len(block.axes)), i, (0,) * len(block.axes)) for i, block in enumerate(blocks)]
    heapq.heapify(places)
    waiting: list[tuple[float, int, int, tuple[Any, ...]]] = []
    number = 0
    while places or waiting:
        if waiting and (not places or waiting[0][0] <= places[0][0]):  # nothing to come is more common
            _, i, _, chosen = heapq.heappop(waiting)
            yield blocks[i].make(chosen)
            continue
        cost, i, place = heapq.heappop(places)
        block, number = blocks[i], number + 1
        chosen = tuple(axis[at][1] for axis, at in zip(block.axes, place, strict=True))
        heapq.heappush(waiting, (cost + block.uneven(chosen), i, number, chosen))
        last = max((k for k, at in enumerate(place) if at), default=0)
        for k in range(last, len(place)):  # each place is come to from one other
            following = (*place[:k], place[k] + 1, *place[k + 1 :])
            if following[k] < len(block.axes[k]):
                heapq.heappush(places, (block.floor(following), i, following))


_BY_SHAPE = ("return_sequences", "return_state")  # of a wrapped layer: the row shows them


def written(kind: str, arguments: Mapping[str, Any]) -> str:
    """Arguments as one writes them in Keras, without its defaults: `Bidirectional(LSTM(10)), return_sequences=True`."""
    if "layer" not in arguments:
        telling = _telling(kind, arguments)
        return ", ".join(f"{name}={value!r}" for name, value in telling.items()) or "the default setting"
    inner = arguments["layer"]["config"]
    after = [f", {name}={inner[name]!r}" for name in _BY_SHAPE if inner.get(name)]
    return called(kind, arguments) + "".join(after)


def called(kind: str, arguments: Mapping[str, Any]) -> str:
    """A layer as one writes it in Keras: `LSTM(10)`, with what it must be given by place."""
    known = layer_type(kind)
    telling = _telling(kind, {name: value for name, value in arguments.items() if name not in _BY_SHAPE})
    parts = []
    for name, value in telling.items():
        if name == "layer":
            parts.append(called(value["class_name"], value["config"]))
        else:
            required = known is not None and name in known.arguments and known.arguments[name].required
            parts.append(f"{value!r}" if required else f"{name}={value!r}")
    return f"{kind}({', '.join(parts)})"


def _telling(kind: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that are not Keras's defaults; a pool's size is told, and its strides where they are others."""
    known = layer_type(kind)
    defaults = known.defaults if known else {}
    plain = {name: plain_value(kind, name, value) for name, value in arguments.items()}
    if "pool_size" in plain:
        defaults = {**defaults, "pool_size": None, "strides": plain["pool_size"]}
    return {name: value for name, value in plain.items() if defaults.get(name, ...) != value}


def plain_value(kind: str, name: str, value: Any) -> Any:
    """One number where an argument has the same for each spatial axis and at both of its ends."""
    known = layer_type(kind)
    argument = known.arguments.get(name) if known else None
    if argument and (argument.per_axis or argument.kind == "pairs") and isinstance(value, tuple):
        ends = {end for each in value for end in (each if isinstance(each, tuple) else (each,))}
        return ends.pop() if len(ends) == 1 else value
    return value
