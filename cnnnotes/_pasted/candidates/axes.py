"""One axis of a layer that goes along each axis by itself: the steps that take it from one length to another."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from cnnnotes._pasted.candidates.search import Option, by_cost

MAX_KERNEL = {1: 1024, 2: 64, 3: 16}
"""The largest kernel or pool along an axis that is looked for, by the number of spatial axes; a kernel may also be as
long as a longer axis, up to `MAX_WHOLE`."""
MAX_WHOLE = 512
MAX_STRIDE = 32  # the largest stride that is looked for
MAX_DILATION = 36  # the largest dilation that is looked for (DeepLab's)
MAX_PADDED = 64  # the most rows that a padding or cropping on one axis is looked for with
MAX_REPEATED = 8  # the most often that a row is looked for to be repeated, where the lengths don't tell it

OPEN = -1  # stands for an input's length that the text doesn't show (`None` is one that Keras itself doesn't know)

_SIZE_COST = {3: 0.0, 1: 1.0, 5: 1.5, 7: 2.0, 2: 2.5, 4: 3.0, 9: 3.5, 11: 3.5}
_STRIDE_COST = {1: 0.0, 2: 1.0, 4: 2.5, 3: 3.0}
_COMMON_LENGTHS = frozenset(
    (28, 32, 64, 84, 96, 105, 128, 150, 160, 180, 192, 200, 224, 227, 256, 299, 300, 320, 331, 384, 512, 572)
)
_GRAY_LENGTHS = frozenset((28, 96, 105))  # the lengths of images of one channel that people train on


class Step(NamedTuple):
    """How a layer goes along one axis."""

    size: Any
    """The kernel or pool, how often each row is repeated, or how many rows are padded or cropped before and after."""
    stride: int = 1
    dilation: int = 1
    added: int = 0  # the output padding of a transposed convolution
    length: int | None = None  # the length of the input's axis


class Axis(NamedTuple):
    """One axis, and what is known of it."""

    n_in: int | None
    n_out: int | None
    padding: str = ""
    largest: int = 0
    """The largest kernel that is looked for."""
    size: int | None = None
    """The kernel, where the count of parameters tells it."""
    gray: bool = False
    """Whether the input has one channel, where the text doesn't show it."""

    def cost(self, length: int | None) -> float:
        """How uncommon an input is of so long an axis, where the text doesn't show it."""
        if self.n_in != OPEN or length is None:
            return 0.0
        if length in (_GRAY_LENGTHS if self.gray else _COMMON_LENGTHS):
            return 0.0
        return 0.75 if length % 8 == 0 or length % 10 == 0 else 1.5


class Kind:
    """A way to go along an axis, here a convolution's: its steps, and how uncommon each is (a judgement, which orders
    what fits and leaves nothing out)."""

    largest_dilation = MAX_DILATION
    apart = True  # whether Keras refuses strides and dilation together, be they along different axes
    paddings: Mapping[str, float] = {"valid": 0.0, "same": 0.5, "causal": 1.0}  # how uncommon each padding is

    def options(self, axis: Axis) -> Iterator[Option]:
        """The steps that take the axis from its input to its output."""
        sizes = range(1, axis.largest + 1) if axis.size is None else (axis.size,)
        for size in sizes if axis.size is None or axis.size <= axis.largest or axis.size == axis.n_in else ():
            for dilation in range(1, self.largest_dilation + 1):
                for stride, added, length in self.ways(axis, size, dilation):
                    step = Step(size, stride, dilation, added, length)
                    yield self.cost(axis, step) + axis.cost(length), step

    def ways(self, axis: Axis, size: int, dilation: int) -> Iterator[tuple[int, int, int | None]]:
        """The strides of a kernel, each with output padding and input length: `n_out = ceil(moved / stride)`."""
        inside = dilation * (size - 1) if axis.padding == "valid" else 0  # what of n_in the window only begins in
        last = self.largest_stride(axis, dilation)
        n_in, n_out = axis.n_in, axis.n_out
        if n_out is None and (n_in is None or n_in == OPEN):
            yield from ((stride, 0, None) for stride in range(1, last + 1))
        if not n_out or n_in is None:
            return
        if n_in == OPEN:
            for stride in range(1, last + 1):
                yield from ((stride, 0, m + inside) for m in range((n_out - 1) * stride + 1, n_out * stride + 1))
            return
        moved = n_in - inside
        if moved >= n_out:
            last = last if n_out == 1 else min(last, -(-moved // (n_out - 1)) - 1)
            yield from ((stride, 0, n_in) for stride in range(-(-moved // n_out), last + 1))

    def largest_stride(self, axis: Axis, dilation: int) -> int:
        return 1 if dilation > 1 else MAX_STRIDE

    def cost(self, axis: Axis, step: Step) -> float:
        """How uncommon a step is."""
        stride = _STRIDE_COST.get(step.stride, 4.0 + step.stride / 8)
        if axis.n_in == OPEN and step.size > 3:  # a first layer of patches, or one that looks far, strides
            even = step.size % 2 == 0
            patches = step.stride == step.size > 4 or (step.stride == 4 and step.size in (7, 8, 11))
            stride = 1.5 * even if step.stride == 1 else min(stride, 1.0) if patches else stride
        cost: float = _SIZE_COST.get(step.size, 4.0 + step.size / 8 + (step.size % 2 == 0)) + stride
        cost -= 1.0 * (axis.padding == "causal" and (step.dilation > 1 or step.size == 2))
        return cost + (0.0 if step.dilation == 1 else 4.0 + step.dilation / 8 + (step.size == 1) * 8.0)


class _Local(Kind):
    largest_dilation, apart = 1, False


class _Depthwise(Kind):
    apart = False

    def largest_stride(self, axis: Axis, dilation: int) -> int:
        """Keras lets depthwise windows be strided and dilated; both are looked for where the input is shown."""
        return 1 if dilation > 1 and axis.n_in == OPEN else MAX_STRIDE


class _Pool(Kind):
    largest_dilation, apart = 1, False
    paddings: Mapping[str, float] = {"valid": 0.0, "same": 2.0}

    def largest_stride(self, axis: Axis, dilation: int) -> int:
        """A pool of the whole axis strides as far."""
        return max(MAX_STRIDE, axis.n_in or 0) if axis.n_out == 1 else MAX_STRIDE

    def cost(self, axis: Axis, step: Step) -> float:
        if axis.n_out == 1 and step.size == step.stride == axis.n_in:
            return 0.0  # what pools an axis to one mostly pools all of it
        cost: float = 0.5 * abs(step.size - 2) + 3.0 * (step.size == 1)
        return cost + (0.0 if step.stride == step.size else 1.0 if step.stride == 2 else 2.0 + abs(step.stride - 1) / 8)


class _Transposed(Kind):
    """A transposed convolution: with an output padding of its own (`added`), or with Keras's default."""

    def __init__(self, added: bool):
        self.added = added
        self.paddings = {"valid": 0.5 + 3.0 * added, "same": 3.0 * added}

    def ways(self, axis: Axis, size: int, dilation: int) -> Iterator[tuple[int, int, int | None]]:
        reach = dilation * (size - 1) + 1
        n_in, n_out = axis.n_in, axis.n_out
        for stride in range(1, MAX_STRIDE + 1) if dilation == 1 else (1,):
            paddings = range(stride if self.added else 1)
            if n_in is None or n_out is None:
                if n_out is None and (n_in is None or n_in == OPEN):
                    yield from ((stride, added, None) for added in paddings)
                continue
            end = {"same": (stride, reach % 2), "valid": (max(reach, stride), reach)}[axis.padding][self.added]
            # n_out = (n_in - 1) * stride + end + added
            for added in paddings if n_in == OPEN else [n_out - end - (n_in - 1) * stride]:
                before, remainder = divmod(n_out - end - added, stride)
                if added in paddings and not remainder and before >= 0:
                    yield stride, added, before + 1

    def cost(self, axis: Axis, step: Step) -> float:
        usual = 1.5 * (step.stride == 2) + 0.5 * (step.stride == 2 and step.size == 2)
        return super().cost(axis, step) + 2.0 * step.added - usual


class _Border(Kind):
    """Rows that are added (`sign` 1) or taken (-1): parted between the two ends, as evenly as may be."""

    apart = False

    def __init__(self, sign: int):
        self.sign = sign

    def options(self, axis: Axis) -> Iterator[Option]:
        n_in, n_out = axis.n_in, axis.n_out
        if n_in is None or n_out is None:
            totals = range(MAX_PADDED + 1) if n_in is n_out else range(0)
        else:
            totals = range(self.sign * (n_out - n_in), self.sign * (n_out - n_in) + 1)
        for total in totals if n_in != OPEN else ():
            for before in range(total + 1) if total <= MAX_PADDED else ():
                after = total - before
                cost = abs(before - after) + (before > after) / 4 + abs(total - 2) * (n_in is None)
                yield cost, Step((before, after), length=n_in)


class _Repeat(Kind):
    """Rows that are repeated, each as often."""

    apart = False

    def options(self, axis: Axis) -> Iterator[Option]:
        n_in, n_out = axis.n_in, axis.n_out
        times = (n_out // n_in,) if n_out and n_in and n_in != OPEN else range(1, MAX_REPEATED + 1)
        for size in times:
            length = n_out and n_out // size
            if (n_out or 0) % size == 0 and n_in in (OPEN, length):
                yield abs(size - 2) / 4, Step(size, length=length)


CONVOLUTION, LOCAL, DEPTHWISE, POOL = Kind(), _Local(), _Depthwise(), _Pool()
TRANSPOSED, TRANSPOSED_PADDED = _Transposed(added=False), _Transposed(added=True)
PADDED, CROPPED, REPEATED = _Border(1), _Border(-1), _Repeat()


@lru_cache(maxsize=8192)
def steps(kind: Kind, axis: Axis, strided: bool = True, dilated: bool | None = None) -> tuple[Option, ...]:
    """Every way along an axis, the commonest first: those without strides unless `strided`, and all, only those with
    dilation, or only those without."""
    if strided and dilated is None:
        return by_cost(tuple(kind.options(axis)))
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
