"""Layers whose arguments are guessed at one by one, each by its statement and by the shapes of the row."""

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from cnnnotes._pasted.candidates.finding import Guess, Inputs, formats, guesser
from cnnnotes._pasted.candidates.search import Wanted
from cnnnotes._pasted.candidates.weights import divisors
from cnnnotes.layers import Argument, Map, Shape, layer_type

MAX_AXES = 6  # the most axes of a tensor whose subsets and orders are tried

_KEEPING = {
    "BatchNormalization": {"axis": 0.0, "scale": 2.0, "center": 3.0},
    "LayerNormalization": {"axis": 0.0, "scale": 3.0, "center": 2.0},
    "GroupNormalization": {"axis": 0.0, "groups": 0.0, "scale": 2.0, "center": 2.0},
    "RMSNormalization|UnitNormalization|Softmax": {"axis": 0.0},
    "Normalization": {"axis": 0.0, "mean": 0.0},
    "PReLU": {"shared_axes": 0.0},
    "LayerScale": {"projection_dim": 0.0},
}
"""The arguments that a row tells something of, for layers that keep the shape; with how uncommon it is that a flag or a
choice is not Keras's default."""
_CHANGING = {
    "Concatenate": {"axis": 0.0},
    "Dot": {"axes": 0.0},
    "Attention": {"use_scale": 2.0, "score_mode": 1.0},
    "AdditiveAttention": {"use_scale": 1.0},
    "GlobalMaxPooling{0}D|GlobalAveragePooling{0}D": {"keepdims": 2.0, "data_format": 0.0},
    "AdaptiveMaxPooling{0}D|AdaptiveAveragePooling{0}D": {"data_format": 0.0, "output_size": 0.0},
    "Resizing|CenterCrop|RandomCrop": {"data_format": 0.0, "height": 0.0},
    "Reshape": {"target_shape": 0.0},
    "Permute": {"dims": 0.0},
}
"""The same for layers that change it, which are guessed at only where the text shows their inputs."""
_TOLD = {
    name.format(rank): told
    for names, told in (_KEEPING | _CHANGING).items()
    for name in names.split("|")
    for rank in (1, 2, 3)
}


class _Seen(NamedTuple):
    """What an argument is guessed from: its statement, the row's shapes, and the arguments before it."""

    argument: Argument
    inputs: tuple[Shape, ...]
    out: Shape
    chosen: dict[str, Any]

    @property
    def after(self) -> range:
        """The axes after the batch."""
        return range(1, min(len(self.inputs[0]), MAX_AXES + 1))

    @property
    def spatial(self) -> Shape:
        return Map.of(self.out, "data_format" in self.chosen).spatial if len(self.out) > 2 else ()


Values = Iterator[tuple[float, dict[str, Any]]]  # what an argument may be, by cost


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


def _dims(seen: _Seen) -> Values:
    for dims in itertools.permutations(seen.after):
        yield 5.0 * (dims == tuple(seen.after)), {"dims": dims}


_VALUES: dict[str, Callable[[_Seen], Values]] = {
    "axis": _axis,
    "shared_axes": _shared_axes,
    "groups": _groups,
    "mean": _mean,
    "axes": _axes,
    "target_shape": _target_shape,
    "dims": _dims,
    "projection_dim": lambda seen: iter([(0.0, {"projection_dim": seen.out[-1]})]),
    "data_format": lambda seen: ((cost, fixed) for cost, _, fixed in formats()),
    "output_size": lambda seen: iter([(0.0, {"output_size": seen.spatial})]),
    "height": lambda seen: iter([(0.0, dict(zip(("height", "width"), seen.spatial, strict=False)))]),
}


@guesser(*_TOLD)
def combined(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Guess]:
    """Every combination of the arguments that a row tells something of."""
    keeping = any(kind in names.split("|") for names in _KEEPING)
    stated, source = layer_type(kind), inputs or wanted.outputs[: int(keeping)]
    if not stated or not source:
        return
    found = [(0.0, dict[str, Any]())]
    for name, rare in _TOLD[kind].items():
        argument = stated.arguments[name]
        found = [
            (cost + more, chosen | value)
            for cost, chosen in found
            for more, value in _values(_Seen(argument, source, wanted.outputs[0], chosen), rare)
        ]
    yield from ((cost, arguments, source) for cost, arguments in found)


def _values(seen: _Seen, rare: float) -> Values:
    name, default, values = seen.argument.name, seen.argument.default, seen.argument.choices or (True, False)
    if name in _VALUES:
        return _VALUES[name](seen)
    return ((rare * (value != default), {name: value}) for value in values)


@guesser("InputLayer")
def input_layer(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Guess]:
    """`InputLayer`: its shape is all that there is to it."""
    yield 0.0, {"batch_shape": wanted.outputs[0]}, ()


@guesser("RepeatVector")
def repeat_vector(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Guess]:
    """`RepeatVector`: how often."""
    batch, *after = wanted.outputs[0]
    if len(after) == 2:
        yield 0.0, {"n": after[0]}, inputs or ((batch, after[1]),)


@guesser("Embedding")
def embedding(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Guess]:
    """`Embedding`: the size of its vocabulary follows from the count."""
    *out, width = wanted.outputs[0]
    if wanted.params and width:
        yield 0.0, {"input_dim": wanted.params // width, "output_dim": width}, inputs or (tuple(out),)


@guesser("Dense")
def dense(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Guess]:
    """`Dense`: K units, with a bias or without; where the shape is not shown, by what the count is a product of."""
    shapes = wanted.outputs or tuple((None, k) for k in divisors(wanted.params or 0))
    for (*out, k), (cost, bias) in itertools.product(shapes, wanted.around.biases()):
        width = (wanted.params or 0) // k - bias if k else 0
        source = inputs or (((*out, width),) if width > 0 else None)
        if source and (wanted.outputs or source[0][-1] == width):
            cost += (0.0 if wanted.outputs else _rare(k) / 2) + (0.0 if inputs else _rare(width))
            yield cost, {"units": k, "use_bias": bias}, source


def _rare(size: int | None) -> float:
    """How uncommon a width of features is: powers of two and multiples of 64 are common, and few classes."""
    size = size or 0
    common = size in (100, 300, 784, 1000) or size % 64 == 0 or (size > 7 and not size & (size - 1))
    return 0.0 if common else 1.0 if size < 11 else 3.0


@guesser("EinsumDense")
def einsum_dense(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Guess]:
    """`EinsumDense`: the last axes of the input, multiplied and added up, become one axis or two."""
    (before,), after = inputs or ((),), wanted.outputs[0]
    for summed, made in itertools.product((1, 2), (1, 2)):
        same = len(before) - summed
        if same > 0 and len(after) - made == same and before[:same] == after[:same]:
            axes, old, new = "abcdefgh"[:same], "ijk"[:summed], "xyz"[:made]
            for bias in (new, None):
                arguments = {"equation": f"{axes}{old},{old}{new}->{axes}{new}", "output_shape": after[1:]}
                yield summed + made + (bias is None), {**arguments, "bias_axes": bias}, (before,)


@guesser("MultiHeadAttention")
def multi_head_attention(kind: str, inputs: Inputs, wanted: Wanted) -> Iterator[Guess]:
    """`MultiHeadAttention`: heads and the size of each, values as wide as keys."""
    d = wanted.outputs[0][-1]
    if not inputs or not d or not wanted.params:
        return
    for bias in (True, False):
        widths = sum(shape[-1] or 0 for shape in (inputs * 3)[:3]) + d  # of query, value, key and output
        total, remainder = divmod(wanted.params - bias * d, widths + 3 * bias)
        for heads in divisors(total) if not remainder else ():
            cost = abs(math.log2(total / heads / 64)) + (0.0 if d == total else 2.0) + 2.0 * (not bias)
            yield cost, {"num_heads": heads, "key_dim": total // heads, "use_bias": bias}, inputs
