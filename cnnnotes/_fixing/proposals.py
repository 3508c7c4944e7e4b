"""What may help, by what a layer is refused for; nothing here has been tried."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator

from cnnnotes._fixing.change import Case, Change, argument, plain, put_before, wrapped
from cnnnotes._fixing.merges import concatenate, dot, merge
from cnnnotes.layers import layer_type
from cnnnotes.layers._arguments import ACTIVATIONS, is_integer, serialized
from cnnnotes.layers._outcomes import times, volume


def activation(case: Case) -> Iterator[Change]:
    """A name that is nearly an activation's."""
    name = case.given.get("activation")
    if isinstance(name, str) and name not in ACTIVATIONS.split():
        for close in difflib.get_close_matches(name.lower(), ACTIVATIONS.split(), 2, 0.5):
            yield argument(0.5, "activation", close)


def minimum(case: Case) -> Iterator[Change]:
    """A size below the least that may stand there."""
    for name, value in case.given.items():
        stated = case.type.arguments.get(name)
        if stated is None or stated.kind != "integer" or stated.minimum is None:
            continue
        least, sizes = int(stated.minimum), tuple(value) if isinstance(value, list | tuple) else (value,)
        if all(map(is_integer, sizes)) and min(sizes, default=least) < least:
            yield argument(1.0, name, plain(tuple(max(size, least) for size in sizes)))
        elif isinstance(value, float) and math.isfinite(value):
            for whole in sorted({math.floor(value), math.ceil(value)}, key=lambda whole: abs(whole - value)):
                yield argument(1.0, name, whole)


def choice(case: Case) -> Iterator[Change]:
    """A value that is none of those that may stand there, a share above 1, or an axis that is not there."""
    for name, value in case.given.items():
        stated = case.type.arguments.get(name)
        if stated is None:
            continue
        if stated.kind == "choice" and value not in stated.choices:
            for cost, each in enumerate(reversed(stated.choices)):
                yield argument(1.0 + cost / 10, name, each)
        if stated.kind == "number" and stated.maximum == 1 and isinstance(value, int | float) and 1 < value <= 100:
            yield argument(1.0, name, value / 100)
        if stated.kind in ("axis", "axes") and is_integer(value) and not -len(case.shape) <= value < len(case.shape):
            yield argument(1.0, name, -1)


def axes(case: Case) -> Iterator[Change]:
    """A layer of sequences, or of vectors, on an input with another number of axes."""
    if len(case.inputs) != 1 or len(case.shape) < 1:
        return
    shape, name = case.shape, case.type.name
    if len(shape) == 1:
        yield put_before(1.0, 0, "Reshape", {"target_shape": (1,)}, "a second axis: {} before it")
    elif case.type.wants_sequence:
        if len(shape) == 2 and shape[1]:
            yield put_before(1.0, 0, "Reshape", {"target_shape": (shape[1], 1)}, "a sequence of numbers: {} before it")
            yield put_before(1.1, 0, "Reshape", {"target_shape": (1, shape[1])}, "a sequence of one step: {} before it")
        elif len(shape) > 3:
            flat = {"layer": serialized("Flatten")}
            yield Change(1.0, "TimeDistributed(Flatten()) before it", before=(0, "TimeDistributed", flat))
    elif case.type.inputs == (2, 3):
        yield Change(0.9, f"{name}()(x, x), the sequence as query and value", inputs=(shape, shape))
    elif name == "RepeatVector" and len(shape) == 3:
        yield put_before(1.0, 0, "GlobalAveragePooling1D", {}, "{} before it, a vector for each sequence")
        yield put_before(1.1, 0, "Flatten", {}, "{} before it")
    elif name.startswith("Global") and len(shape) == 2:
        yield Change(1.0, f"leave out {name}: the input is one value for each channel already", layer_type="Identity")
    elif name.startswith("ConvLSTM") and case.type.rank and len(shape) == case.type.rank + 2:
        yield put_before(1.0, 0, "Reshape", {"target_shape": (1, *shape[1:])}, "a sequence of one step: {} before it")
    dims = case.given.get("dims")
    if (
        name == "Permute"
        and isinstance(dims, list | tuple)
        and all(map(is_integer, dims))
        and len(dims) == len(shape) - 1
    ):
        order = sorted(range(1, len(shape)), key=lambda axis: dims[axis - 1])
        yield argument(1.0, "dims", tuple(order))


def rank(case: Case) -> Iterator[Change]:
    """An input with an axis too few or too many."""
    wanted, shape = case.type.rank, case.shape
    if wanted is None or len(case.inputs) != 1 or len(shape) == wanted + 2:
        return
    if len(shape) == wanted + 1:
        target = (*(-1 if size is None else size for size in shape[1:]), 1)
        yield put_before(1.0, 0, "Reshape", {"target_shape": target}, "a channel axis: {} before it")
    if len(shape) == 2 and wanted == 2 and shape[1]:
        for channels in (1, 3):
            edge = math.isqrt(shape[1] // channels)
            if edge * edge * channels == shape[1]:
                yield put_before(1.5, 0, "Reshape", {"target_shape": (edge, edge, channels)}, "{} before it")
    if len(shape) == wanted + 3:
        text = f"TimeDistributed({case.type.name}(…)), the same layer at each step"
        yield Change(1.0, text, {"layer": wrapped(case)}, layer_type="TimeDistributed")
    fitting = case.type.name.replace(f"{wanted}D", f"{len(shape) - 2}D")
    if layer_type(fitting):
        yield Change(2.0, f"{fitting} in place of {case.type.name}", case.given, layer_type=fitting)


def turned(case: Case) -> Iterator[Change]:
    """A map whose channels come first, as its sizes say, where the layer takes them last."""
    if case.type.rank != 2 or len(case.shape) != 4 or case.args.channels_first():
        return
    batch, channels, height, width = case.shape
    if channels not in (1, 3, 4) or not height or not width or min(height, width) < 5:
        return
    if height == width or (height <= 2 * width <= 4 * height and width not in (16, 32, 64, 128, 256, 512)):
        last = (batch, height, width, channels)
        yield Change(0.4, f"channels last: an input of {times(last[1:])}, np.moveaxis(x, 1, -1)", inputs=(last,))
        yield argument(0.8, "data_format", "channels_first")


def window(case: Case) -> Iterator[Change]:
    """A kernel or pool that is larger than the map that it moves over."""
    name = next((name for name in ("kernel_size", "pool_size") if name in case.type.arguments), None)
    map_, args = case.map(), case.args
    if not name or not map_:
        return
    size, dilation = args.integers(name), args.integers("dilation_rate", default=1)
    axes = list(zip(map_.spatial, size, dilation, strict=True))
    fitting = tuple(f if n is None else min(f, (n - 1) // r + 1) for n, f, r in axes)
    if fitting == size or min(fitting) < 1:
        return
    yield argument(1.0, name, plain(fitting))
    odd = tuple(f if f == g or f % 2 else f - 1 for f, g in zip(fitting, size, strict=True))
    if name == "kernel_size" and odd != fitting and min(odd) > 0:
        yield argument(1.2, name, plain(odd))
    if max(dilation) > 1:
        slower = tuple(r if n is None or f == 1 else min(r, (n - 1) // (f - 1)) for n, f, r in axes)
        if min(slower) > 0:
            yield argument(1.5, "dilation_rate", plain(slower))
    yield argument(2.0, "padding", "same")
    yield argument(3.0, "data_format", "channels_last" if map_.channels_first else "channels_first")
    larger = tuple(n if n is None else max(n, r * (f - 1) + 1) for n, f, r in axes)
    yield Change(4.0, f"an input of at least {times(larger)}", inputs=(map_._replace(spatial=larger).shape,))


def steps(case: Case) -> Iterator[Change]:
    """Strides together with dilation, and an output padding that is no less than the stride."""
    if case.type.rank is None or "kernel_size" not in case.type.arguments:
        return
    args = case.args
    stride, dilation = args.integers("strides"), args.integers("dilation_rate")
    if max(stride) > 1 and max(dilation) > 1:
        yield argument(1.0, "dilation_rate", 1)
        yield argument(1.1, "strides", 1)
    if case.given.get("output_padding") is not None:
        added = args.integers("output_padding")
        less = tuple(min(a, s - 1) for a, s in zip(added, stride, strict=True))
        if less != added:
            yield argument(1.0, "output_padding", plain(less))
            yield argument(2.0, "strides", plain(tuple(max(a + 1, s) for a, s in zip(added, stride, strict=True))))


def groups(case: Case) -> Iterator[Change]:
    """Groups that divide the channels or the filters with a remainder."""
    if "groups" not in case.type.arguments or len(case.inputs) != 1 or len(case.shape) < 2:
        return
    args, axes = case.args, len(case.shape)
    number, convolution = args.integer("groups"), "filters" in case.type.arguments
    axis = args.axis("axis", axes) if not convolution else 1 if args.channels_first() else axes - 1
    channels = case.shape[axis]
    if not channels:
        return
    shared = math.gcd(channels, args.integer("filters")) if convolution else channels
    fitting = [g for g in range(1, min(shared, 4096) + 1) if shared % g == 0 and g != number]
    for g in sorted(fitting, key=lambda g: abs(g - number))[:2]:
        yield argument(1.0 + abs(g - number) / (g + number), "groups", g)
    if convolution and channels % number == 0:
        for k in _multiples(args.integer("filters"), number):
            yield argument(1.5, "filters", k)
    for d in _multiples(channels, number):
        cost = 4.0 + abs(d - channels) / (d + channels)
        yield Change(cost, f"an input of {d} channels", inputs=case.resized(axis, d))


def _multiples(number: int, of: int) -> list[int]:
    """The multiples of `of` next to a number, the nearer first."""
    below = number // of * of
    return sorted((m for m in (below, below + of) if m and m != number), key=lambda m: abs(m - number))


def channels(case: Case) -> Iterator[Change]:
    """A channel axis, or a last axis, whose size is not known."""
    if len(case.inputs) != 1 or len(case.shape) < 2:
        return
    axis = 1 if case.given.get("data_format") == "channels_first" else len(case.shape) - 1
    if case.shape[axis] is None and len(case.shape) > 2:
        for count, word in ((3, "3 channels"), (1, "1 channel")):
            yield Change(4.0, f"an input of {word}", inputs=case.resized(axis, count))
    elif case.shape[axis] is None:
        yield Change(4.0, "an input whose last axis has a size, such as 128", inputs=case.resized(1, 128))


def flatten(case: Case) -> Iterator[Change]:
    """A `Flatten` whose length is not known."""
    if case.type.name != "Flatten" or len(case.inputs) != 1 or None not in case.shape[1:]:
        return
    batch, *spatial, depth = case.shape
    if 1 <= len(spatial) <= 3:
        for cost, name in ((1.0, "GlobalAveragePooling"), (1.1, "GlobalMaxPooling")):
            pooling = f"{name}{len(spatial)}D"
            yield Change(cost, f"{pooling} in place of Flatten", layer_type=pooling)
    fixed = [224 if size is None and len(spatial) == 2 else size for size in spatial]
    if None not in (*fixed, depth):
        text = f"an input of a fixed size, such as {times((*fixed, depth))}"
        yield Change(4.0, text, inputs=((batch, *fixed, depth),))


def reshape(case: Case) -> Iterator[Change]:
    """A target that holds another number of values."""
    if case.type.name != "Reshape" or len(case.inputs) != 1:
        return
    count, target = volume(case.shape[1:]), case.args.get("target_shape")
    target = tuple(target) if isinstance(target, list | tuple) else (target,)
    if count is None or not all(map(is_integer, target)):
        return
    for i, size in reversed(list(enumerate(target))):
        others = math.prod(other for j, other in enumerate(target) if j != i and other != -1)
        if others > 0 and count % others == 0 and target.count(-1) <= (size == -1):
            apart = abs(math.log(count / others / size)) if size > 0 and count else 1.0
            yield argument(1.0 + apart, "target_shape", (*target[:i], count // others, *target[i + 1 :]))
    holds = math.prod(size for size in target if size != -1)
    if holds > 0:
        for fitting in _multiples(count, holds) if -1 in target else [holds]:
            yield Change(4.0, f"an input of {fitting:,} values", inputs=((case.shape[0], fitting),))
    yield argument(3.0, "target_shape", (-1,))


def crop(case: Case) -> Iterator[Change]:
    """A cropping that leaves nothing."""
    map_ = case.map() if "cropping" in case.type.arguments else None
    spatial = [size for size in map_.spatial if size] if map_ else []
    if spatial and min(spatial) > 2:
        yield argument(1.0, "cropping", (min(spatial) - 1) // 2)


PROPOSALS = (
    *(activation, minimum, choice, axes, turned, rank, window, steps, groups, channels, flatten),
    *(reshape, crop, merge, concatenate, dot),
)
