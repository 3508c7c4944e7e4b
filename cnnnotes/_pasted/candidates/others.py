"""The configurations of layers without a window: few enough to be written out and tried one by one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cnnnotes._pasted.candidates.search import Block, Candidate, Option, Wanted, by_cost, single
from cnnnotes._pasted.candidates.windowed import convolution, divisors
from cnnnotes.layers import Shape
from cnnnotes.layers._rule import split

Finder = Callable[[str, "tuple[Shape, ...] | None", Wanted], Iterator[Block]]
"""Gives what may fit a type of layer; the input shapes are `None` where the text doesn't show them."""

MOST_PADDED = 64
"""The most rows that a padding or cropping on one axis is looked for with."""
MOST_AXES = 6
"""The most axes of a tensor whose subsets and orders are tried."""

NOT_SHOWN: dict[str, dict[str, Any]] = {
    **{f"{name}Dropout": {"rate": 0.5} for name in ("", "Alpha", "Gaussian")},
    **{f"SpatialDropout{rank}D": {"rate": 0.5} for rank in (1, 2, 3)},
    "GaussianNoise": {"stddev": 0.5},
    "Activation": {"activation": "linear"},
    "Rescaling": {"scale": 1.0},
    "LayerScale": {"init_values": 1.0},
    "StochasticDepth": {"drop_path_rate": 0.5},
    "CustomScaleLayer": {"scale": 1.0},
}
"""Arguments that a rule asks for and that no row shows anything of: any value does."""

FINDERS: dict[str, Finder] = {}


def finder(*types: str) -> Callable[[Finder], Finder]:
    """Registers what finds the configurations of these layer types."""

    def register(function: Finder) -> Finder:
        FINDERS.update(dict.fromkeys(types, function))
        return function

    return register


def _kept(inputs: tuple[Shape, ...] | None, wanted: Wanted) -> tuple[Shape, ...]:
    """The inputs of a layer that leaves the shape as it is."""
    return wanted.outputs[:1] if inputs is None else inputs


@finder("InputLayer")
def input_layer(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """`InputLayer`: its shape is all that there is to it."""
    yield single(0.0, {"batch_shape": wanted.outputs[0]}, ())


@finder("Dense")
def dense(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """`Dense`: K units, with a bias or without."""
    out = wanted.outputs[0]
    k = out[-1]
    for bias in (True, False):
        arguments = {"units": k, "use_bias": bias}
        if inputs is not None:
            yield single(float(not bias), arguments, inputs)
        elif k and wanted.params and wanted.params % k == 0:
            yield single(float(not bias), arguments, ((*out[:-1], wanted.params // k - bias),))


@finder("Embedding")
def embedding(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """`Embedding`: the size of its vocabulary follows from the count."""
    *out, width = wanted.outputs[0]
    if wanted.params and width:
        yield single(0.0, {"input_dim": wanted.params // width, "output_dim": width}, inputs or (tuple(out),))


def _axes(rank: int) -> list[tuple[float, Any]]:
    """An axis by itself, the last one first, then several of them."""
    behind = range(1, min(rank, MOST_AXES + 1))
    found: list[tuple[float, Any]] = [(0.0, -1)]
    for count in range(1, len(behind) + 1):
        for axes in itertools.combinations(behind, count):
            if axes != (rank - 1,):
                found.append((4.0 + count, list(axes) if count > 1 else axes[0]))
    return found


@finder("BatchNormalization")
def batch_normalization(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """`BatchNormalization`: the axis, and which of scale and shift it has."""
    kept = _kept(inputs, wanted)
    for (cost, axis), scale, center in itertools.product(_axes(len(kept[0])), (True, False), (True, False)):
        if isinstance(axis, int):
            cost += 2.0 * (not scale) + 3.0 * (not center)
            yield single(cost, {"axis": axis, "scale": scale, "center": center}, kept)


@finder("LayerNormalization")
def layer_normalization(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """`LayerNormalization`: the axes, and which of scale and shift it has."""
    kept = _kept(inputs, wanted)
    for (cost, axis), scale, center in itertools.product(_axes(len(kept[0])), (True, False), (True, False)):
        cost += 3.0 * (not scale) + 2.0 * (not center)
        yield single(cost, {"axis": axis, "scale": scale, "center": center}, kept)


@finder("RMSNormalization", "UnitNormalization", "Softmax")
def along_axes(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """Layers whose only argument that could show is the axis, or several."""
    kept = _kept(inputs, wanted)
    for cost, axis in _axes(len(kept[0])):
        yield single(cost, {"axis": axis}, kept)


@finder("GroupNormalization")
def group_normalization(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """`GroupNormalization`: any number of groups that divides the channels leaves the same count."""
    kept = _kept(inputs, wanted)
    for (cost, axis), scale, center in itertools.product(_axes(len(kept[0])), (True, False), (True, False)):
        if not isinstance(axis, int):
            continue
        for groups in divisors(kept[0][axis] or 0):
            rare = 0.0 if groups == 32 else 1.0 if groups in (1, 8, 16) else 2.0
            found = {"groups": groups, "axis": axis, "scale": scale, "center": center}
            yield single(cost + rare + 2.0 * (not scale) + 2.0 * (not center), found, kept)


@finder("Normalization")
def normalization(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """`Normalization`: mean and variance are weights where `adapt()` learns them, and none where they are given."""
    kept = _kept(inputs, wanted)
    for cost, axis in [*_axes(len(kept[0])), (4.0, None)]:
        yield single(cost, {"axis": axis}, kept)
        yield single(cost + 1.0, {"axis": axis, "mean": 0.0, "variance": 1.0}, kept)


@finder("PReLU")
def prelu(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """`PReLU`: the axes that share a slope."""
    kept = _kept(inputs, wanted)
    behind = range(1, min(len(kept[0]), MOST_AXES + 1))
    yield single(0.0, {"shared_axes": None}, kept)
    for count in range(1, len(behind) + 1):
        for axes in itertools.combinations(behind, count):
            usual = axes == tuple(behind[:-1])  # all but the channels
            yield single(1.0 if usual else 3.0 + count, {"shared_axes": list(axes)}, kept)


@finder(*(f"{name}{rank}D" for name in ("ZeroPadding", "Cropping") for rank in (1, 2, 3)))
def bordered(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """`ZeroPadding1D` to `Cropping3D`: how what is added or taken is parted between the two ends of each axis."""
    if inputs is None or not len(inputs[0]) == len(wanted.outputs[0]) == int(layer_type[-2]) + 2:
        return
    name, sign = ("padding", 1) if layer_type.startswith("Zero") else ("cropping", -1)
    rank = int(layer_type[-2])
    for first in (False, True) if layer_type != "Cropping1D" else (False,):
        (a, d), (b, channels) = split(inputs[0], first), split(wanted.outputs[0], first)
        axes = tuple(_ends(one, other, sign) for one, other in zip(a, b, strict=True))
        if d != channels or not all(axes):
            continue
        yield Block(8.0 * first, axes, _bordered(name, rank, first, inputs), _unlike)


def _ends(n_in: int | None, n_out: int | None, sign: int) -> tuple[Option, ...]:
    """The pairs (before, after) that take an axis from one length to the other, the most even first."""
    if n_in is not None and n_out is not None:
        totals = [sign * (n_out - n_in)]
    else:
        totals = list(range(MOST_PADDED + 1)) if n_in is n_out else []
    return by_cost(
        [
            (uneven + (before > after) / 4 + abs(total - 2) * (n_in is None), (before, after))
            for total in totals
            if total <= MOST_PADDED
            for before, after in ((before, total - before) for before in range(total + 1))
            for uneven in (abs(before - after),)
        ]
    )


def _unlike(chosen: tuple[tuple[int, int], ...]) -> float:
    return 2.0 * (len(set(chosen)) > 1)


def _bordered(name: str, rank: int, first: bool, inputs: tuple[Shape, ...]) -> Callable[[tuple[Any, ...]], Candidate]:
    fixed = {"data_format": "channels_first"} if first else {}
    return lambda chosen: Candidate({name: chosen if rank > 1 else chosen[0], **fixed}, inputs)


@finder("UpSampling1D", "UpSampling2D", "UpSampling3D")
def up_sampling(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """`UpSampling1D` to `UpSampling3D`: how often each position is repeated."""
    rank = int(layer_type[-2])
    if any(len(shape) != rank + 2 for shape in (wanted.outputs[0], *(inputs or ()))):
        return
    for first in (False, True) if rank > 1 else (False,):
        out, channels = split(wanted.outputs[0], first)
        lengths = split(inputs[0], first)[0] if inputs else None
        for factors in _factors(lengths, out):
            source = inputs
            if source is None:
                spatial = tuple(size and size // f for size, f in zip(out, factors, strict=True))
                shape = (channels, *spatial) if first else (*spatial, channels)
                source = ((wanted.outputs[0][0], *shape),)
            arguments: dict[str, Any] = {"size": factors if rank > 1 else factors[0]}
            if first:
                arguments["data_format"] = "channels_first"
            cost = abs(factors[0] - 2) / 4 + 3.0 * (len(set(factors)) > 1)
            yield single(cost + 8.0 * first, arguments, source)


def _factors(lengths: Shape | None, out: Shape) -> Iterator[tuple[int, ...]]:
    options: list[Sequence[int]] = []
    for i, size in enumerate(out):
        length = lengths[i] if lengths else None
        if size is None:
            options.append(range(1, 9))
        elif length:
            options.append([size // length] if size % length == 0 else [])
        else:
            options.append([f for f in divisors(size) if f <= 8])
    return itertools.product(*options)


@finder("Reshape")
def reshape(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """`Reshape`: the sizes as they are, or one of them left to be computed."""
    target = wanted.outputs[0][1:]
    if inputs is None:
        return
    if None not in target:
        yield single(0.0, {"target_shape": target}, inputs)
    for i in range(len(target)):
        rest = (*target[:i], -1, *target[i + 1 :])
        if None not in rest:
            yield single(1.0, {"target_shape": rest}, inputs)


@finder("Permute")
def permute(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """`Permute`: every order of the axes that gives these sizes."""
    if inputs is None or len(inputs[0]) > MOST_AXES + 1:
        return
    for dims in itertools.permutations(range(1, len(inputs[0]))):
        yield single(5.0 * (dims == tuple(sorted(dims))), {"dims": dims}, inputs)


@finder("RepeatVector")
def repeat_vector(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """`RepeatVector`: how often."""
    out = wanted.outputs[0]
    if len(out) == 3:
        yield single(0.0, {"n": out[1]}, inputs or ((out[0], out[2]),))


@finder("Concatenate")
def concatenate(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """`Concatenate`: the axis."""
    for cost, axis in _axes(len(wanted.outputs[0])):
        if inputs and isinstance(axis, int):
            yield single(cost, {"axis": axis}, inputs)


@finder("Dot")
def dot(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """`Dot`: an axis of each input."""
    if inputs and len(inputs) == 2:
        for a, b in itertools.product(range(1, len(inputs[0])), range(1, len(inputs[1]))):
            yield single(abs(a - b) + (a + b) / 10, {"axes": (a, b)}, inputs)


@finder(*(f"Global{name}Pooling{rank}D" for name in ("Max", "Average") for rank in (1, 2, 3)))
def global_pooling(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """Global pooling: whether the axes that it takes the maximum or the mean of stay, with size 1."""
    for keepdims, first in itertools.product((False, True), (False, True)):
        fixed = {"data_format": "channels_first"} if first else {}
        if inputs:
            yield single(2.0 * keepdims + 8.0 * first, {"keepdims": keepdims, **fixed}, inputs)


@finder(*(f"Adaptive{name}Pooling{rank}D" for name in ("Max", "Average") for rank in (1, 2, 3)))
def adaptive_pooling(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """Adaptive pooling: the size that is asked for."""
    for first in (False, True):
        fixed = {"data_format": "channels_first"} if first else {}
        if inputs and len(wanted.outputs[0]) > 2:
            yield single(8.0 * first, {"output_size": split(wanted.outputs[0], first)[0], **fixed}, inputs)


@finder("Resizing", "CenterCrop", "RandomCrop")
def resized(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """Layers that give images a size of their own."""
    for first in (False, True) if len(wanted.outputs[0]) > 2 else ():
        spatial, _ = split(wanted.outputs[0], first)
        fixed = {"data_format": "channels_first"} if first else {}
        if inputs and len(spatial) == 2:
            yield single(8.0 * first, {"height": spatial[0], "width": spatial[1], **fixed}, inputs)


@finder("LSTM", "GRU", "SimpleRNN")
def recurrent(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """Recurrent layers: the units, whether each step is given out, the biases, and the state beside."""
    out = wanted.outputs[0]
    resets = (True, False) if layer_type == "GRU" else (None,)
    gates = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}[layer_type]
    for bias, reset in itertools.product((True, False), resets):
        arguments = {
            "units": out[-1],
            "return_sequences": len(out) == 3,
            "return_state": len(wanted.outputs) > 1,
            "use_bias": bias,
        }
        if reset is not None:
            arguments["reset_after"] = reset
        source = inputs
        if source is None and wanted.params and out[-1]:
            u = out[-1]
            width, rest = divmod(wanted.params // gates - bias * (1 + bool(reset)) * u - u * u, u)
            source = ((out[0], out[1] if len(out) == 3 else None, width),) if width > 0 and not rest else None
        if source is not None:
            yield single(2.0 * (not bias) + (reset is False), arguments, source)


@finder("MultiHeadAttention")
def multi_head_attention(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """`MultiHeadAttention`: heads and the size of each, values as wide as keys."""
    d = wanted.outputs[0][-1]
    if not inputs or not d or not wanted.params:
        return
    for bias in (True, False):
        widths = sum(shape[-1] or 0 for shape in (inputs * 3)[:3]) + d  # of query, value, key and output
        total, rest = divmod(wanted.params - bias * d, widths + 3 * bias)
        for heads in divisors(total) if not rest else ():
            cost = abs(math.log2(total / heads / 64)) + (0.0 if d == total else 2.0) + 2.0 * (not bias)
            yield single(cost, {"num_heads": heads, "key_dim": total // heads, "use_bias": bias}, inputs)


@finder("Bidirectional")
def bidirectional(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """`Bidirectional`: the recurrent layer inside, and how its two directions are put together."""
    out = wanted.outputs[0]
    for cost, mode in ((0.0, "concat"), (2.0, "sum"), (3.0, "ave"), (3.0, "mul"), (4.0, None)):
        own = len(wanted.outputs) - (mode is None)
        units = out[-1] // 2 if mode == "concat" and out[-1] else out[-1]
        for rare, kind in ((0.0, "LSTM"), (0.5, "GRU"), (1.0, "SimpleRNN")):
            for bias, reset in itertools.product((True, False), (True, False) if kind == "GRU" else (None,)):
                config = {"units": units, "return_sequences": len(out) == 3, "return_state": own > 1, "use_bias": bias}
                if reset is not None:
                    config["reset_after"] = reset
                arguments = {"layer": {"class_name": kind, "config": config}, "merge_mode": mode}
                if inputs:
                    yield single(cost + rare + 2.0 * (not bias) + (reset is False), arguments, inputs)


_DISTRIBUTED = (
    *("Dense", "Conv2D", "Conv1D", "MaxPooling2D", "AveragePooling2D", "Flatten", "GlobalAveragePooling2D"),
    *("GlobalMaxPooling2D", "BatchNormalization", "Dropout", "LSTM", "DepthwiseConv2D", "SeparableConv2D"),
)


@finder("TimeDistributed")
def time_distributed(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """`TimeDistributed`: each of the usual layers inside, with all that it could have been."""
    from cnnnotes._pasted.candidates import blocks_of

    if not inputs or len(inputs[0]) < 3 or len(wanted.outputs[0]) < 2 or inputs[0][1] != wanted.outputs[0][1]:
        return
    one = ((inputs[0][0], *inputs[0][2:]),)
    each = wanted._replace(outputs=((wanted.outputs[0][0], *wanted.outputs[0][2:]),))
    for rare, kind in enumerate(_DISTRIBUTED):
        for block in blocks_of(kind, one, each):
            yield block._replace(cost=block.cost + rare, make=_inside(kind, block.make, inputs))


def _inside(
    kind: str, make: Callable[[tuple[Any, ...]], Candidate], inputs: tuple[Shape, ...]
) -> Callable[[tuple[Any, ...]], Candidate]:
    """Makes the candidates of a wrapper out of those of the layer inside."""
    fixed = NOT_SHOWN.get(kind, {})
    return lambda chosen: Candidate(
        {"layer": {"class_name": kind, "config": {**fixed, **make(chosen).arguments}}}, inputs
    )


@finder("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
def conv_lstm(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """`ConvLSTM1D` to `ConvLSTM3D`: a convolution whose kernel counts for the input and for the state."""
    out = wanted.outputs[0]
    if not inputs or len(inputs[0]) < 4 or len(out) not in (len(inputs[0]), len(inputs[0]) - 1):
        return
    sequences = len(out) == len(inputs[0])
    fixed = {"return_sequences": sequences, "return_state": len(wanted.outputs) > 1}
    one = wanted._replace(outputs=((out[0], *out[1 + sequences :]),))
    for block in convolution(layer_type, (inputs[0][0], *inputs[0][2:]), one):
        yield block._replace(make=_recurring(block.make, fixed, inputs))


def _recurring(
    make: Callable[[tuple[Any, ...]], Candidate], fixed: dict[str, Any], inputs: tuple[Shape, ...]
) -> Callable[[tuple[Any, ...]], Candidate]:
    return lambda chosen: Candidate({**make(chosen).arguments, **fixed}, inputs)


@finder("Attention")
def attention(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """`Attention`: what its scores are, and whether they are scaled."""
    for scaled, mode in itertools.product((False, True), ("dot", "concat")):
        if inputs:
            yield single(2.0 * scaled + (mode == "concat"), {"use_scale": scaled, "score_mode": mode}, inputs)


@finder("AdditiveAttention")
def additive_attention(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """`AdditiveAttention`: whether its scores are scaled."""
    for scaled in (True, False):
        if inputs:
            yield single(float(not scaled), {"use_scale": scaled}, inputs)


@finder("LayerScale")
def layer_scale(layer_type: str, inputs: tuple[Shape, ...] | None, wanted: Wanted) -> Iterator[Block]:
    """`LayerScale` of ConvNeXt: as many factors as channels."""
    yield single(0.0, {"projection_dim": wanted.outputs[0][-1]}, _kept(inputs, wanted))
