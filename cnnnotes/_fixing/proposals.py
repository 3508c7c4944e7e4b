"""What may help, by what a layer is refused for; `fixes` tries all of it on the layer's rule."""

import difflib
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cnnnotes._fixing.change import Case, channels_last, plain
from cnnnotes.layers import Shape
from cnnnotes.layers._arguments import ACTIVATIONS, is_integer, serialized
from cnnnotes.layers._merging import elementwise
from cnnnotes.layers._outcomes import times

MAX_DISTANCE = 64  # how far from a number that is refused another one is looked for


def proposed(case: Case) -> Iterator[Case]:
    """All that may help, untried."""
    yield from arguments(case)
    if len(case.inputs) == 1:
        for propose in (axes, images, sizes, lengths):
            yield from propose(case)
    elif len(case.inputs) == 2 and () not in case.inputs:
        yield from merge(case, *case.inputs)


def arguments(case: Case) -> Iterator[Case]:
    """For each argument another word, the nearest name, another axis, or the next numbers below and above that help."""
    for name, stated in case.type.arguments.items():
        value = case.given.get(name, stated.default)
        values = tuple(value) if isinstance(value, list | tuple) else (value,) * (case.type.rank or 1)
        if stated.kind == "pairs":
            values = tuple(n for each in values for n in (each if isinstance(each, list | tuple) else (each,)))
        numeric = bool(values) and all(is_integer(n) or (isinstance(n, float) and math.isfinite(n)) for n in values)
        if stated.kind == "activation" and isinstance(value, str):
            for close in difflib.get_close_matches(value.lower(), ACTIVATIONS.split(), 2, 0.5):
                yield case.argument(0.5, name, close)
        elif stated.kind == "choice":
            for place, other in enumerate(reversed(stated.choices)):
                yield case.argument((3.0 if name == "data_format" else 2.0) + place / 10, name, other)
        elif stated.kind in ("axis", "axes"):
            for cost, axis in _other_axes(case):
                yield case.argument(cost, name, axis)
        elif stated.kind == "number" and stated.maximum == 1 and numeric and 1 < values[0] <= 100:
            yield case.argument(1.0, name, values[0] / 100)  # it was meant in percent
        elif stated.kind in ("integer", "pairs") and numeric:

            def changed(numbers: tuple[int, ...], name: str = name) -> Case:
                return case.argument(1.0, name, plain(numbers))

            yield from nearest(case, values, changed, int(stated.minimum or 0))


def _other_axes(case: Case) -> Iterator[tuple[float, Any]]:
    """The axes that a layer may name, and how far they are from what was meant."""
    n = len(case.shape)
    if case.type.name == "Dot" and len(case.inputs) == 2:
        for a, b in itertools.product(*(range(1, len(shape)) for shape in case.inputs)):
            yield 1.0 + abs(a - b), (a, b)
    elif case.type.name == "Concatenate":
        cost = 3.0 if case.given.get("axis") == 1 and n > 3 else 1.0  # the channels, where they are first
        yield from ((cost, -1 if axis == n - 1 else axis) for axis in range(1, n))
    else:
        yield 1.0, -1


def nearest(
    case: Case, values: Sequence[float], changed: Callable[[tuple[int, ...]], Case], least: int = 1
) -> Iterator[Case]:
    """The nearest integers below and above with which it works: all are moved alike, then set back if they may."""
    own = case.refusal()
    for step, start in ((-1, tuple(map(math.floor, values))), (1, tuple(map(math.ceil, values)))):
        for distance in range(MAX_DISTANCE):
            moved = tuple(max(least, value + step * distance) for value in start)
            refusal = changed(moved).refusal()
            if not refusal:
                for i, value in enumerate(start):
                    back = (*moved[:i], value, *moved[i + 1 :])
                    moved = moved if changed(back).refusal() else back
                found = changed(moved)
                yield found._replace(cost=found.cost + distance / (distance + max(map(abs, values)) or 1))
            # the same refusal at another number says nothing of these numbers
            if not refusal or (refusal == own and distance) or (step < 0 and max(moved) == least):
                break


def axes(case: Case) -> Iterator[Case]:
    """An input with another number of axes than the layer takes: a layer before it, or another in its place."""
    shape, name, n, rank = case.shape, case.type.name, len(case.shape), case.type.rank or 0
    sequence, lacks = case.type.wants_sequence, rank > 0 and n == rank + 1
    edges = {channels: math.isqrt((shape[1] or 0) // channels) for channels in (1, 3) if rank == n == 2}
    step = (sequence and n == 2) or (name.startswith("ConvLSTM") and n == rank + 2)
    reshapes = [
        (n == 1, "a second axis: {} before it", (1,)),
        (sequence and n == 2, "a sequence of numbers: {} before it", (*shape[1:], 1)),
        (step, "a sequence of one step: {} before it", (1, *shape[1:])),
        (lacks, "a channel axis: {} before it", (*(size or -1 for size in shape[1:]), 1)),
        *((edge > 0, "{} before it", (edge, edge, channels)) for channels, edge in edges.items()),
    ]
    flat = {"layer": serialized("Flatten")}
    before = [(fits, text, "Reshape", {"target_shape": target}) for fits, text, target in reshapes] + [
        (sequence and n > 3, "TimeDistributed(Flatten()) before it", "TimeDistributed", flat),
        (name == "RepeatVector", "{} before it, a vector for each sequence", "GlobalAveragePooling1D", {}),
        (name == "RepeatVector", "{} before it", "Flatten", {}),
    ]
    for cost, (fits, text, kind, given) in enumerate(before):
        if fits:
            yield from case.after(1.0 + cost / 10, 0, text, kind, given)
    if case.type.inputs == (2, 3):
        yield case.on(0.9, f"{name}()(x, x), the sequence as query and value", shape, shape)
    if name.startswith("Global") and n == 2:
        text = f"leave out {name}: the input is one value for each channel already"
        yield from case.instead(1.0, text, "Identity", {})
    if rank and n == rank + 3:
        steps = {"layer": serialized(name, **case.given)}
        text = f"TimeDistributed({name}(…)), the same layer at each step"
        yield from case.instead(1.0, text, "TimeDistributed", steps)
    if rank and n != rank + 2:
        fitting = name.replace(f"{rank}D", f"{n - 2}D")
        yield from case.instead(2.0, f"{fitting} in place of {name}", fitting, case.given)


def images(case: Case) -> Iterator[Case]:
    """An image without its batch, to which Keras has added an axis of 1; or one whose channels come first."""
    if case.type.rank != 2:
        return
    match case.shape:
        case (int(), _, 1 | 3 | 4, 1):
            whole = (1, *case.shape[:-1])
            yield case.on(0.3, f"x[None], a batch of one: {whole}", whole)
    if (last := channels_last(case.shape)) and case.channel_axis != 1:
        yield case.on(0.4, f"channels last: an input of {times(last[1:])}, np.moveaxis(x, 1, -1)", last)
        yield case.argument(0.8, "data_format", "channels_first")


def sizes(case: Case) -> Iterator[Case]:
    """An input of other sizes: a number of channels where it is not known, or a larger map."""
    shape, axis = case.shape, case.channel_axis
    spatial = [i for i in range(1, len(shape)) if i != axis]
    if len(shape) > 1 and shape[axis] is None:
        size = 3 if spatial else 128
        words = f"an input of {size} channels" if spatial else f"an input whose last axis has a size, such as {size}"
        yield case.on(4.0, words, (*shape[:axis], size, *shape[axis + 1 :]))
    known = [i for i in spatial if shape[i]]
    if known and len(spatial) == case.type.rank:

        def larger(sizes: tuple[int, ...]) -> Case:
            new = dict(zip(known, sizes, strict=True))
            made = tuple(new.get(i, size) for i, size in enumerate(shape))
            return case.on(4.0, f"an input of at least {times(made[i] for i in spatial)}", made)

        yield from nearest(case, [shape[i] or 0 for i in known], larger)


def lengths(case: Case) -> Iterator[Case]:
    """A `Flatten` whose length is not known, or a `Reshape` to another number of values."""
    target = case.given.get("target_shape")
    if case.type.name == "Flatten" and len(case.shape) > 1:
        batch, *spatial, depth = case.shape
        for cost, name in ((1.0, "GlobalAveragePooling"), (1.1, "GlobalMaxPooling")):
            pooling = f"{name}{len(spatial)}D"
            yield from case.instead(cost, f"{pooling} in place of Flatten", pooling, {})
        fixed = (*(224 if size is None and len(spatial) == 2 else size for size in spatial), depth)
        yield case.on(4.0, f"an input of a fixed size, such as {times(fixed)}", (batch, *fixed))
    elif case.type.name == "Reshape" and isinstance(target, list | tuple) and all(map(is_integer, target)):
        for i, size in enumerate(target):

            def changed(numbers: tuple[int, ...], i: int = i) -> Case:
                return case.argument(1.0, "target_shape", (*target[:i], *numbers, *target[i + 1 :]))

            yield from nearest(case, (size,), changed)
        yield case.argument(3.0, "target_shape", (-1,))
        yield case.on(4.0, f"an input of {math.prod(target):,} values", (case.shape[0], math.prod(target)))


def merge(case: Case, first: Shape, second: Shape) -> Iterator[Case]:
    """Two inputs of unlike shapes: a layer before one of them that gives it the shape of the other."""
    added = case.type.rule is elementwise
    if not added and case.type.name != "Concatenate":
        return
    channels_first = not added and case.given.get("axis") == 1 and len(first) == len(second) > 3
    if channels_first:
        first, second = ((*shape[:1], *shape[2:], shape[1]) for shape in (first, second))
    for at, place, own, other in ((1, "second", second, first), (0, "first", first, second)):
        for cost, kind, given in _matching(own, other, added):
            if channels_first and kind[-2:] in ("2D", "3D"):
                given["data_format"] = "channels_first"
            yield from case.after(cost + 0.1 * (1 - at), at, f"{{}} before the {place} input", kind, given)
    if added and len(first) == len(second) and first[1:-1] == second[1:-1]:
        yield from case.instead(2.5, f"Concatenate in place of {case.type.name}", "Concatenate", {"axis": -1})


def _matching(own: Shape, other: Shape, added: bool) -> Iterator[tuple[float, str, dict[str, Any]]]:
    """Layers that may turn one shape into the other, but for its channels where these need not agree."""
    rank, channels = len(own) - 2, other[-1]
    if rank == 0:
        yield 1.0, "Dense", {"units": channels}
    if len(own) != len(other):
        if len(other) == 2:
            yield 2.0, "Flatten", {}
        yield 3.0, "Reshape", {"target_shape": tuple(size or -1 for size in other[1:])}
    pairs = [(a, b) for a, b in zip(own[1:-1], other[1:-1], strict=False) if a and b]
    if len(own) != len(other) or not 0 < rank == len(pairs):
        return
    over = [a - b for a, b in pairs]
    smaller = plain(tuple(-(-a // b) for a, b in pairs))
    if added and own[-1] != channels:
        if len(set(over)) == 1 and 0 <= over[0] < 8:
            yield 1.0, f"Conv{rank}D", {"filters": channels, "kernel_size": over[0] + 1}
        if any(over):
            yield 1.5, f"Conv{rank}D", {"filters": channels, "kernel_size": 1, "strides": smaller}
        return
    far = max(map(abs, over)) / 64
    for cost, kind, name, sign in ((1.0, "Cropping", "cropping", 1), (1.2, "ZeroPadding", "padding", -1)):
        ends = tuple((sign * n // 2, sign * n - sign * n // 2) for n in over)
        yield cost + far, f"{kind}{rank}D", {name: ends if rank > 1 else ends[0]}
    yield 1.5, f"MaxPooling{rank}D", {"pool_size": smaller, "padding": "same"}
    yield 1.5, f"UpSampling{rank}D", {"size": plain(tuple(b // a for a, b in pairs))}
