"""Layers that go along each axis by itself: convolution, pooling, padding, cropping, upsampling.
The kernel follows from the count, which is linear in its area, strides and dilations from an axis's two lengths."""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

from cnnnotes._pasted.candidates.search import Block, Candidate, Inputs, Option, Wanted
from cnnnotes.layers import LayerType, Map, layer_type

MAX_KERNEL = {1: 1024, 2: 64, 3: 16}  # the largest kernel or pool along an axis, by the number of spatial axes
MAX_WHOLE = 512  # the largest kernel that is as long as its axis
MAX_STRIDE = 32  # the largest stride that is looked for
MAX_DILATION = 36  # the largest dilation that is looked for (DeepLab's)
MAX_PADDED = 64  # the most rows that a padding or cropping on one axis is looked for with
MAX_MULTIPLIER = 64  # the largest depth multiplier of a separable convolution that is looked for
MAX_CHANNELS = 65_536  # the most channels that an input is taken to have where the text doesn't show it
OPEN = -1  # stands for an input's size that the text doesn't show (`None` is one that Keras itself doesn't know)
_SIZE_COST = {3: 0.0, 1: 1.0, 5: 1.5, 7: 2.0, 2: 2.5, 4: 3.0, 9: 3.5, 11: 3.5}
_CHANNELS_COST = {3: 0.0, 1: 1.0, 4: 2.0, 2: 4.0}
RARE_CHANNELS = 10.0  # how uncommon it is for a first convolution to be given other channels than images have
_STRIDE_COST = {1: 0.0, 2: 1.0, 4: 2.5, 3: 3.0}
_COMMON_LENGTHS = frozenset(
    (28, 32, 64, 84, 96, 105, 128, 150, 160, 180, 192, 200, 224, 227, 256, 299, 300, 320, 331, 384, 512, 572)
)
_GRAY_LENGTHS = frozenset((28, 96, 105))  # the lengths of images of one channel that people train on


class Step(NamedTuple):
    """How a layer goes along one axis."""

    size: Any  # the kernel or pool, how often a row is repeated, or how many are padded or cropped before and after
    stride: int = 1
    dilation: int = 1
    added: int = 0  # the output padding of a transposed convolution
    length: int | None = None  # the length of the input's axis


class Axis(NamedTuple):
    """One axis, and what is known of it."""

    n_in: int | None
    n_out: int | None
    padding: str
    largest: int  # the largest kernel that is looked for
    size: int | None  # the kernel, where the count of parameters tells it
    gray: bool  # whether the input has one channel

    def cost(self, length: int | None) -> float:
        """How uncommon an input is of so long an axis, where the text doesn't show it."""
        if self.n_in != OPEN or length is None or length in (_GRAY_LENGTHS if self.gray else _COMMON_LENGTHS):
            return 0.0
        return 0.75 if length % 8 == 0 or length % 10 == 0 else 1.5


def _filters(n: int, k: int, m: int, bias: bool) -> tuple[int, int]:
    return k * n, k * bias


class Kind:
    """A way to go along an axis, here a convolution's: its steps, and how uncommon each is, which only orders them."""

    paddings: Mapping[str, float] = {"valid": 0.0, "same": 0.5, "causal": 1.0}  # how uncommon each padding is
    apart = True  # whether Keras refuses strides and dilation together, be they along different axes
    strides, dilations = range(1, MAX_STRIDE + 1), range(1, MAX_DILATION + 1)

    def __init__(self, weights: Callable[..., tuple[int, int]] | None = None):
        self.weights = weights  # of n channels, k filters, a multiplier m, a bias: those per area, and those beside

    def options(self, axis: Axis) -> Iterator[Option]:
        """The steps that take the axis from its input to its output."""
        if axis.n_in != OPEN and (axis.n_in is None) != (axis.n_out is None):
            return
        for step in self.steps(axis):
            found: Iterable[int | None] = (
                (None,) if axis.n_out is None else self.lengths(axis.n_out, axis.padding, step)
            )
            if axis.n_in != OPEN:
                found = (axis.n_in,) * (axis.n_in in found)
            for length in found:
                yield self.cost(axis, step) + axis.cost(length), step._replace(length=length)

    def steps(self, axis: Axis) -> Iterator[Step]:
        """Those that are tried; without an input, strides and dilation are not tried together."""
        sizes: Iterable[int] = range(1, axis.largest + 1)
        if axis.size is not None:
            sizes = (axis.size,) if axis.size <= axis.largest or axis.size == axis.n_in else ()
        shorter, *longer = sorted(n for n in (axis.n_in, axis.n_out) if n and n != OPEN) or [1]
        strides = self.strides[: longer[0] // (shorter - 1)] if longer and shorter > 1 else self.strides
        for size, dilation in itertools.product(sizes, self.dilations):
            alone = dilation > 1 and (self.apart or axis.n_in == OPEN)
            yield from (Step(size, stride, dilation) for stride in ((1,) if alone else strides))

    def lengths(self, n_out: int, padding: str, step: Step) -> range:
        """The lengths of an input that becomes `n_out` long: those with `n_out = ceil((n_in - inside) / stride)`."""
        inside = step.dilation * (step.size - 1) if padding == "valid" else 0
        return range((n_out - 1) * step.stride + 1 + inside, n_out * step.stride + inside + 1)

    def cost(self, axis: Axis, step: Step) -> float:
        stride = _STRIDE_COST.get(step.stride, 4.0 + step.stride / 8)
        if axis.n_in == OPEN and step.size > 3:  # a first layer of patches, or one that looks far, strides
            even = step.size % 2 == 0
            patches = step.stride == step.size > 4 or (step.stride == 4 and step.size in (7, 8, 11))
            stride = 1.5 * even if step.stride == 1 else min(stride, 1.0) if patches else stride
        cost: float = _SIZE_COST.get(step.size, 4.0 + step.size / 8 + (step.size % 2 == 0)) + stride
        cost -= 1.0 * (axis.padding == "causal" and (step.dilation > 1 or step.size == 2))
        return cost + (0.0 if step.dilation == 1 else 4.0 + step.dilation / 8 + (step.size == 1) * 8.0)


class _Depthwise(Kind):
    apart = False


class _Local(Kind):
    apart, dilations = False, range(1, 2)


class _Pool(_Local):
    paddings: Mapping[str, float] = {"valid": 0.0, "same": 2.0}

    def steps(self, axis: Axis) -> Iterator[Step]:
        return itertools.chain(super().steps(axis), (Step(n, n) for n in range(MAX_STRIDE + 1, axis.largest + 1)))

    def cost(self, axis: Axis, step: Step) -> float:
        if axis.n_out == 1 and step.size == step.stride == axis.n_in:
            return 0.0  # what pools an axis to one mostly pools all of it
        cost: float = 0.5 * abs(step.size - 2) + 3.0 * (step.size == 1)
        return cost + (0.0 if step.stride == step.size else 1.0 if step.stride == 2 else 2.0 + abs(step.stride - 1) / 8)


class _Transposed(Kind):
    """A transposed convolution: with an output padding of its own (`added`), or with Keras's default."""

    def __init__(self, added: bool):
        super().__init__(_filters)
        self.added = added
        self.paddings = {"valid": 0.5 + 3.0 * added, "same": 3.0 * added}

    def steps(self, axis: Axis) -> Iterator[Step]:
        for step in super().steps(axis):
            yield from (step._replace(added=added) for added in range(step.stride if self.added else 1))

    def lengths(self, n_out: int, padding: str, step: Step) -> range:
        """`n_out = (n_in - 1) * stride + end + added`."""
        reach, stride = step.dilation * (step.size - 1) + 1, step.stride
        end = {"same": (stride, reach % 2), "valid": (max(reach, stride), reach)}[padding][self.added]
        before, remainder = divmod(n_out - end - step.added, stride)
        return range(max(before, 0) + 1, before + 2 - bool(remainder))

    def cost(self, axis: Axis, step: Step) -> float:
        usual = 1.5 * (step.stride == 2) + 0.5 * (step.stride == 2 and step.size == 2)
        return super().cost(axis, step) + 2.0 * step.added - usual


class _Repeat(_Local):
    """Rows that are repeated, each as often."""

    strides = range(1, 2)

    def lengths(self, n_out: int, padding: str, step: Step) -> range:
        return range(n_out // step.size, n_out // step.size + (n_out % step.size == 0))

    def cost(self, axis: Axis, step: Step) -> float:
        return float(abs(step.size - 2) / 4)


class _Border(_Repeat):
    """Rows that are added (`sign` 1) or taken (-1): parted between the two ends, as evenly as may be."""

    def __init__(self, sign: int):
        super().__init__()
        self.sign = sign

    def steps(self, axis: Axis) -> Iterator[Step]:
        return (Step((before, total - before)) for total in range(MAX_PADDED + 1) for before in range(total + 1))

    def lengths(self, n_out: int, padding: str, step: Step) -> range:
        n_in = n_out - self.sign * sum(step.size)
        return range(max(n_in, 1), n_in + 1)

    def cost(self, axis: Axis, step: Step) -> float:
        before, after = step.size
        known = axis.n_in not in (None, OPEN)
        return float(abs(before - after) + (before > after) / 4 + (0 if known else abs(before + after - 2)))


@lru_cache(maxsize=8192)
def steps(kind: Kind, axis: Axis, strided: bool = True, dilated: bool | None = None) -> tuple[Option, ...]:
    """Every way along an axis, the commonest first: without strides unless `strided`, and by whether `dilated`."""
    if strided and dilated is None:
        return tuple(sorted(kind.options(axis), key=lambda option: option[0]))
    return tuple(
        option
        for option in steps(kind, axis)
        if (strided or option[1].stride == 1) and dilated in (None, option[1].dilation > 1)
    )


def uneven(chosen: tuple[Step, ...]) -> float:
    """How uncommon it is for steps to be unlike along the axes, least so for kernels of 1 × 7 and the like."""
    if len(chosen) == 1:
        return 0.0
    sizes, strides, dilations, added, lengths = map(set, zip(*chosen, strict=True))
    cost = 5.0 * (len(strides) > 1) + 6.0 * (len(dilations) > 1) + 3.0 * (len(added) > 1) + 1.0 * (len(lengths) > 1)
    return cost + (len(sizes) > 1) * (1.0 if 1 in sizes and all(size % 2 for size in sizes) else 6.0)


_FAMILIES: dict[str, tuple[Kind, ...]] = {
    "Conv{}D": (Kind(_filters),),
    "Conv{}DTranspose": (_Transposed(added=False), _Transposed(added=True)),
    "ConvLSTM{}D": (Kind(lambda n, k, m, bias: (4 * k * (n + k), 4 * k * bias)),),
    "SeparableConv{}D": (_Depthwise(lambda n, k, m, bias: (n * m, n * m * k + k * bias)),),
    "DepthwiseConv{}D": (_Depthwise(lambda n, k, m, bias: (n * m, n * m * bias)),),
    "LocallyConnected{}D": (_Local(_filters),),
    "MaxPooling{}D": (_Pool(),),
    "AveragePooling{}D": (_Pool(),),
    "ZeroPadding{}D": (_Border(1),),
    "Cropping{}D": (_Border(-1),),
    "UpSampling{}D": (_Repeat(),),
}
WINDOWED = {name.format(rank): kinds for name, kinds in _FAMILIES.items() for rank in (1, 2, 3)}  # of each type
_FIELDS = dict.fromkeys(("kernel_size", "pool_size", "size", "cropping"), "size") | {  # which part of a step it is
    "strides": "stride",
    "dilation_rate": "dilation",
    "output_padding": "added",
}


_Kernel = tuple[float, int | None, tuple[int | None, ...], dict[str, Any]]  # cost, input channels, sizes, the rest


def window_blocks(layer: str, inputs: Inputs, wanted: Wanted) -> Iterator[Block]:
    """The blocks of a layer of any of these families, on this input or, where it is `None`, on any."""
    stated, rank, kinds, found = layer_type(layer), len(wanted.outputs[0]) - 2, WINDOWED[layer], False
    batch, shape = wanted.outputs[0][0], inputs[0] if inputs else None
    if stated is None or stated.rank != rank or len(wanted.outputs) > 1 or len(inputs or ()) > 1:
        return
    if (len(shape), shape[0]) != (rank + 2, batch) if shape else kinds[0].weights and wanted.params is None:
        return  # a shape that does not fit, or too little is known: any input would do
    paddings = stated.arguments["padding"].choices if "padding" in stated.arguments else ()
    for cost, first, fixed in formats("data_format" in stated.arguments):
        out, before = Map.of(wanted.outputs[0], first), Map.of(shape, first) if shape else None
        if found and not shape:
            return  # without an input, channels first are looked into only where nothing fits with channels last
        for rare, channels, size, arguments in _kernels(kinds[0], stated, wanted, out, before):
            for padding, kind in itertools.product(paddings or ("",), kinds):
                pointwise = wanted.around.pointwise_same and set(size) == {1}
                usual = {"valid": 0.5, "same": 0.0} if pointwise else kind.paddings
                lengths = zip(before.spatial if before else (OPEN,) * rank, out.spatial, size, strict=True)
                known = padding, MAX_KERNEL[rank]
                along = [Axis(n_in, n_out, *known, f, channels == 1) for n_in, n_out, f in lengths]
                source = out._replace(channels=channels)
                make = partial(_candidate, stated, kind, padding, source, arguments | fixed)
                for options in _options(kind, along):
                    found = True
                    yield Block(cost + rare + usual.get(padding, 0.0), options, make, uneven)


def _options(kind: Kind, along: Sequence[Axis]) -> Iterator[tuple[tuple[Option, ...], ...]]:
    """The options of each axis: where Keras refuses strides and dilation together, in sets that have one of them."""
    rank = len(along)
    sets: list[tuple[bool, list[bool | None]]] = [(True, [False if kind.apart else None] * rank)]
    if kind.apart:  # by the first axis that is dilated
        sets += [(False, [False] * i + [True] + [None] * (rank - i - 1)) for i in range(rank)]
    for strided, dilated in sets:
        options = tuple(steps(kind, axis, strided, each) for axis, each in zip(along, dilated, strict=True))
        if all(options):
            yield options


def _candidate(
    stated: LayerType, kind: Kind, padding: str, before: Map, known: dict[str, Any], chosen: tuple[Step, ...]
) -> Candidate:
    arguments: dict[str, Any] = {"filters": known["filters"]} if "filters" in known else {}
    for name, argument in stated.arguments.items():
        if field := "size" if argument.kind == "pairs" else _FIELDS.get(name):
            values = tuple(getattr(step, field) for step in chosen)
            arguments[name] = values if argument.per_axis or len(values) > 1 else values[0]
        elif name == "padding":
            arguments[name] = padding
    if isinstance(kind, _Transposed) and not kind.added:
        arguments["output_padding"] = None
    return Candidate(arguments | known, (before._replace(spatial=tuple(step.length for step in chosen)).shape,))


def formats(either: bool = True) -> Iterator[tuple[float, bool, dict[str, Any]]]:
    """Both places for the channels, by cost, with the argument that says so; unless `either` only the last."""
    yield 0.0, False, {}
    if either:
        yield 8.0, True, {"data_format": "channels_first"}


def _kernels(kind: Kind, stated: LayerType, wanted: Wanted, out: Map, before: Map | None) -> Iterator[_Kernel]:
    """The kernels with which the count comes out; those of a layer without weights keep the channels."""
    k, d, rank = out.channels, before.channels if before else None, len(out.spatial)
    if kind.weights is None:
        if wanted.allows(0) and (before is None or d == k):
            yield 0.0, k, (None,) * rank, {}
        return
    own = math.prod(size or 0 for size in out.shape[1:]) if type(kind) is _Local else k
    if not own or not k or (before and d is None):
        return
    grouped, multiplied, filters = (name in stated.arguments for name in ("groups", "depth_multiplier", "filters"))
    groups = divisors(k) if grouped else (1,)
    multipliers = (1,) if not multiplied else range(1, MAX_MULTIPLIER + 1) if filters else divisors(k)
    for (cost, bias), m in itertools.product(wanted.around.biases(), multipliers):
        count = partial(kind.weights, k=own, m=m, bias=bias)
        if not filters:  # each channel gives m
            spans = [(k // m, 1)] if d in (None, k // m) else []
        elif d:
            spans = [(d // g, g) for g in groups if d % g == 0]
        else:
            spans = list(itertools.product(_spanned(count, wanted.params or 0, rank), groups))
        for n, g in spans:
            rare = (0.0 if m == 1 else 4.0 + m / 8) + (0.0 if g == 1 else 6.0 if g in (n * g, 32) else 8.0)
            if filters and d is None:
                rare += _CHANNELS_COST.get(n * g, RARE_CHANNELS + 6.0 * (n * g > 64))
            chosen = {"filters": k, "groups": g, "depth_multiplier": m, "use_bias": bias}
            arguments = {name: value for name, value in chosen.items() if name in stated.arguments}
            for size in _sizes(wanted, *count(n), rank) if n * g <= MAX_CHANNELS else ():
                yield cost + rare, n * g, size, arguments


def _spanned(count: Callable[[int], tuple[int, int]], params: int, rank: int) -> Iterator[int]:
    """The channels that a filter may span, where the text doesn't show them: the count is linear in them too."""
    (each, fixed), (more, beside) = count(0), count(1)
    for area in reversed(all_areas(rank, MAX_KERNEL[rank])):  # few channels first
        n, remainder = divmod(params - each * area - fixed, (more - each) * area + beside - fixed)
        if n > 0 and not remainder:
            yield n


def _sizes(wanted: Wanted, each: int, fixed: int, rank: int) -> Iterator[tuple[int | None, ...]]:
    """The kernels that make the count come out; one of `None` where any would, since nothing is counted."""
    most = MAX_KERNEL[rank]
    if wanted.params is not None:
        area, remainder = divmod(wanted.params - fixed, each)
        if area > 0 and not remainder:
            yield from factorings(area, rank, max(most, MAX_WHOLE))
    elif not wanted.text.endswith("…"):
        yield (None,) * rank
    else:
        for area in filter(lambda area: wanted.allows(each * area + fixed), all_areas(rank, most)):
            yield from factorings(area, rank, most)


@lru_cache(maxsize=1024)
def divisors(number: int) -> tuple[int, ...]:
    """All divisors of a positive number, in order; none for any other."""
    small = [i for i in range(1, min(math.isqrt(max(number, 0)), MAX_CHANNELS) + 1) if number % i == 0]
    return (*small, *(number // i for i in reversed(small) if i * i != number))


@lru_cache(maxsize=4096)
def factorings(area: int, rank: int, most: int) -> tuple[tuple[int, ...], ...]:
    """The ways to write an area as a product of `rank` sizes up to `most`."""
    if rank == 1:
        return ((area,),) if area <= most else ()
    firsts = [f for f in divisors(area) if f <= most]
    return tuple((f, *others) for f in firsts for others in factorings(area // f, rank - 1, most))


@lru_cache(maxsize=8)
def all_areas(rank: int, most: int) -> tuple[int, ...]:
    """The areas of all kernels of `rank` sizes up to `most`."""
    return tuple(sorted(set(map(math.prod, itertools.combinations_with_replacement(range(1, most + 1), rank)))))
