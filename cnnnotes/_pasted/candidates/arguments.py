"""Layers whose arguments are guessed at one by one, each by its name and by the shapes of the row."""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

from cnnnotes._pasted.candidates.search import Inputs, Wanted
from cnnnotes._pasted.candidates.windows import OPEN, divisors, formats
from cnnnotes.layers import Argument, LayerError, LayerType, Map, Shape, layer_type, outcome

MAX_AXES = 6  # the most axes of a tensor whose subsets and orders are tried
Guess = tuple[float, dict[str, Any], tuple[Shape, ...]]  # how uncommon it is, its arguments and its inputs


class _Seen(NamedTuple):
    """What an argument is guessed from: its statement, what the row shows, and the arguments before it."""

    argument: Argument
    inputs: tuple[Shape, ...]
    wanted: Wanted
    chosen: dict[str, Any]

    @property
    def out(self) -> Shape:
        return self.wanted.outputs[0] if self.wanted.outputs else (None, None)

    @property
    def after(self) -> range:
        """The axes after the batch."""
        return range(1, min(len(self.inputs[0]), MAX_AXES + 1))

    @property
    def spatial(self) -> Shape:
        return Map.of(self.out, "data_format" in self.chosen).spatial if len(self.out) > 2 else ()


Values = Iterable[tuple[float, dict[str, Any]]]  # what an argument may be, by cost


def _axis(seen: _Seen) -> Values:
    """The last axis first, then each other, then several, then all."""
    yield 0.0, {"axis": -1}
    for count in seen.after if seen.argument.kind == "axes" else (1,):
        for axes in itertools.combinations(seen.after, count):
            if axes != (len(seen.inputs[0]) - 1,):
                yield 4.0 + count, {"axis": list(axes) if count > 1 else axes[0]}


def _shared_axes(seen: _Seen) -> Values:
    yield 0.0, {"shared_axes": None}
    for count in seen.after:
        for axes in itertools.combinations(seen.after, count):
            usual = axes == tuple(seen.after[:-1])  # all but the channels
            yield 1.0 if usual else 3.0 + count, {"shared_axes": list(axes)}


def _groups(seen: _Seen) -> Values:
    for groups in divisors(seen.inputs[0][seen.chosen["axis"]] or 0):
        yield 0.0 if groups == 32 else 1.0 if groups in (1, 8, 16) else 2.0, {"groups": groups}


def _mean(seen: _Seen) -> Values:
    """Mean and variance are weights where `adapt()` learns them, and none where they are given."""
    yield from ((0.0, {}), (1.0, {"mean": 0.0, "variance": 1.0}))
    if seen.chosen["axis"] == -1:
        yield from ((4.0, {"axis": None}), (5.0, {"axis": None, "mean": 0.0, "variance": 1.0}))


def _axes(seen: _Seen) -> Values:
    """An axis of each of two inputs."""
    lengths = [range(1, len(shape)) for shape in seen.inputs] if len(seen.inputs) == 2 else [range(0)] * 2
    for a, b in itertools.product(*lengths):
        yield abs(a - b) + (a + b) / 10, {"axes": (a, b)}


def _target_shape(seen: _Seen) -> Values:
    """The sizes as they are, or one of them left to be computed."""
    target = seen.out[1:]
    for computed in (target, *((*target[:i], -1, *target[i + 1 :]) for i in range(len(target)))):
        if None not in computed:
            yield float(-1 in computed), {"target_shape": computed}


def _units(seen: _Seen) -> Values:
    """The width of the output; where no shape is shown, each by which the count can be divided."""
    if seen.wanted.outputs:
        yield 0.0, {"units": seen.out[-1]}
    else:
        yield from ((_rare(units) / 2, {"units": units}) for units in divisors(seen.wanted.params or 0))


def _rare(size: int | None) -> float:
    """How uncommon a width of features is: powers of two and multiples of 64 are common, and few classes."""
    size = size or 0
    common = size in (100, 300, 784, 1000) or size % 64 == 0 or (size > 7 and not size & (size - 1))
    return 0.0 if common else 1.0 if size < 11 else 3.0


def _directions(seen: _Seen) -> Values:
    """The recurrent layer of a `Bidirectional`, and how its two directions are put together."""
    *others, last = seen.out
    for cost, mode in ((0.0, "concat"), (2.0, "sum"), (3.0, "ave"), (3.0, "mul"), (4.0, None)):
        one = seen.wanted._replace(outputs=((*others, last // 2 if mode == "concat" and last else last),))
        for rare, kind in ((0.0, "LSTM"), (0.5, "GRU"), (1.0, "SimpleRNN")):
            for more, config in _combined(kind, seen.inputs, one):
                yield cost + rare + more, {"layer": {"class_name": kind, "config": config}, "merge_mode": mode}


def _cell(seen: _Seen) -> Values:
    """One cell, or up to three that are alike in a stack."""
    for many, (rare, kind) in itertools.product((1, 2, 3), enumerate(("LSTMCell", "GRUCell", "SimpleRNNCell"))):
        for cost, config in _combined(kind, seen.inputs, seen.wanted):
            one = {"class_name": kind, "config": config}
            stack = {"class_name": "StackedRNNCells", "config": {"cells": [one] * many}}
            yield cost + rare / 2 + many, {"cell": one if many == 1 else stack}


def _equation(seen: _Seen) -> Values:
    """The last axes of the input, multiplied and added up, become one axis or two."""
    (before,), after = seen.inputs, seen.out
    for summed, made in itertools.product((1, 2), (1, 2)):
        same = len(before) - summed
        if same > 0 and len(after) - made == same and before[:same] == after[:same]:
            axes, old, new = "abcdefgh"[:same], "ijk"[:summed], "xyz"[:made]
            for bias in (new, None):
                arguments = {"equation": f"{axes}{old},{old}{new}->{axes}{new}", "output_shape": after[1:]}
                yield summed + made + (bias is None), {**arguments, "bias_axes": bias}


def _num_heads(seen: _Seen) -> Values:
    """Heads and the size of each, values as wide as keys."""
    d = seen.out[-1] or 0
    widths = sum(shape[-1] or 0 for shape in (seen.inputs * 3)[:3]) + d  # of query, value, key and output
    bias = seen.chosen["use_bias"]
    total, remainder = divmod((seen.wanted.params or 0) - bias * d, widths + 3 * bias or 1)
    for heads in divisors(total) if not remainder else ():
        cost = abs(math.log2(total / heads / 64)) + (0.0 if d == total else 2.0)
        yield cost, {"num_heads": heads, "key_dim": total // heads}


def _input_dim(seen: _Seen) -> Values:
    if width := seen.out[-1]:
        yield 0.0, {"input_dim": (seen.wanted.params or 0) // width, "output_dim": width}


def _either(rare: float, seen: _Seen) -> Values:
    """A flag or a choice: how uncommon it is that it is not Keras's default."""
    name, default = seen.argument.name, seen.argument.default
    return ((rare * (value != default), {name: value}) for value in seen.argument.choices or (True, False))


_KEEPING: dict[str, Callable[[_Seen], Values]] = {  # what guesses at what keeps the shape, by name
    "axis": _axis,
    "groups": _groups,
    "mean": _mean,
    "shared_axes": _shared_axes,
    "projection_dim": lambda seen: [(0.0, {"projection_dim": seen.out[-1]})],
    "scale": partial(_either, 2.0),
    "center": partial(_either, 3.0),
}
_VALUES: dict[str, Callable[[_Seen], Values]] = {  # the same for all; some depend on those before
    **_KEEPING,
    "axes": _axes,
    "batch_shape": lambda seen: [(0.0, {"batch_shape": seen.out})],
    "cell": _cell,
    "dims": lambda seen: ((5.0 * (d == tuple(seen.after)), {"dims": d}) for d in itertools.permutations(seen.after)),
    "equation": _equation,
    "input_dim": _input_dim,
    **dict.fromkeys(("keepdims", "use_scale"), partial(_either, 2.0)),
    "merge_mode": _directions,
    "n": lambda seen: [(0.0, {"n": (None, *seen.out)[-2]})],
    **dict.fromkeys(("score_mode", "return_state"), partial(_either, 1.0)),
    "target_shape": _target_shape,
    "units": _units,
    "return_sequences": lambda seen: [(0.0, {"return_sequences": len(seen.out) == 3})],
    "use_bias": lambda seen: ((cost, {"use_bias": bias}) for cost, bias in seen.wanted.around.biases()),
    "num_heads": _num_heads,
    "reset_after": partial(_either, 1.0),
    "data_format": lambda seen: ((cost, fixed) for cost, _, fixed in formats()),
    "output_size": lambda seen: [(0.0, {"output_size": seen.spatial})],
    "height": lambda seen: [(0.0, dict(zip(("height", "width"), seen.spatial, strict=False)))],
}


def told(known: LayerType) -> dict[str, Argument]:
    """The arguments of a type that a row tells something of."""
    stated, unseen = known.arguments, known.unseen
    return {name: stated[name] for name in _VALUES if name in stated and name not in unseen}


def guesses(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Guess]:
    """Every combination of the arguments that a row tells something of, each with its inputs."""
    source = inputs or _implied(kind, wanted.outputs[0] if wanted.outputs else (None, None))
    for cost, arguments in _combined(kind, source, wanted) if source is not None else ():
        given = _widened(kind, arguments, source or (), wanted)
        if given is not None:
            rare = _rare(given[0][-1]) if kind == "Dense" and not inputs else 0.0
            yield cost + rare, arguments, given


def _implied(kind: str, out: Shape) -> tuple[Shape, ...] | None:
    """The inputs that an output implies, their width `OPEN` where the count tells it; `None` where it implies none."""
    known = layer_type(kind)
    names = told(known) if known else {}
    if known is None or known.inputs == (0, 0):
        return ()
    if known.wants_sequence or "units" in names:
        steps = (None,) * (known.wants_sequence and len(out) == 2)
        return ((*out[:-1], *steps, OPEN),)
    if "input_dim" in names:
        return (out[:-1],)
    if "n" in names:
        return ((*out[:1], *out[2:]),)
    return (out,) if not names or (known.inputs == (1, 1) and _KEEPING.keys() >= names.keys()) else None


def _widened(
    kind: str, arguments: dict[str, Any], inputs: tuple[Shape, ...], wanted: Wanted
) -> tuple[Shape, ...] | None:
    """The inputs with the width that the count tells, which is linear in it."""
    if not inputs or OPEN not in inputs[0]:
        return inputs
    try:
        one, two = (outcome(kind, arguments, [(*inputs[0][:-1], width)]).param_count or 0 for width in (1, 2))
    except LayerError:
        return None
    more, remainder = divmod((wanted.params or 0) - one, two - one)
    return None if remainder or more < 0 else ((*inputs[0][:-1], more + 1),)


def _combined(kind: str, inputs: tuple[Shape, ...], wanted: Wanted) -> list[tuple[float, dict[str, Any]]]:
    known = layer_type(kind)
    found = [(0.0, dict[str, Any]())]
    for name, argument in told(known).items() if known else ():
        found = [
            (cost + more, chosen | value)
            for cost, chosen in found
            for more, value in _VALUES[name](_Seen(argument, inputs, wanted, chosen))
        ]
    return found
