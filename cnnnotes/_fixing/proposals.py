"""What may help, by what a layer is refused for; `fixes` tries all of it on the layer's rule."""

import difflib
import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from cnnnotes._fixing.change import Case, plain, words
from cnnnotes._fixing.merges import axes_of_several, merge
from cnnnotes.layers._arguments import ACTIVATIONS, is_integer, serialized
from cnnnotes.layers._outcomes import times

MAX_DISTANCE = 64  # how far from a number that is refused another one is looked for


def proposed(case: Case) -> Iterator[Case]:
    """All that may help, untried."""
    for propose in (choices, numbers, axes_of_several, merge):
        yield from propose(case)
    if len(case.inputs) == 1:
        for propose in (axes, unbatched, turned, sizes, flatten, reshape):
            yield from propose(case)


def choices(case: Case) -> Iterator[Case]:
    """Another word where one of several is asked for, the nearest name of an activation, an axis that is there."""
    for name, stated in case.type.arguments.items():
        value = case.given.get(name, stated.default)
        if stated.kind == "activation" and isinstance(value, str) and value not in ACTIVATIONS.split():
            for close in difflib.get_close_matches(value.lower(), ACTIVATIONS.split(), 2, 0.5):
                yield case.argument(0.5, name, close)
        if stated.kind == "choice":
            known = value is None or value in stated.choices
            for place, other in enumerate(reversed(stated.choices)):
                yield case.argument((3.0 if name == "data_format" else 2.0 if known else 1.0) + place / 10, name, other)
        if stated.kind in ("axis", "axes") and is_integer(value) and not -len(case.shape) <= value < len(case.shape):
            yield case.argument(1.0, name, -1)


def numbers(case: Case) -> Iterator[Case]:
    """For each number the next one below and above that helps; a share in percent as a share of 1."""
    for name, stated in case.type.arguments.items():
        value = case.given.get(name, stated.default)
        values = tuple(value) if isinstance(value, list | tuple) else (value,) * (case.type.rank or 1)
        if stated.kind == "pairs":
            values = tuple(n for each in values for n in (each if isinstance(each, list | tuple) else (each,)))
        if not values or not all(is_integer(n) or (isinstance(n, float) and math.isfinite(n)) for n in values):
            continue
        if stated.kind == "number" and stated.maximum == 1 and 1 < values[0] <= 100:
            yield case.argument(1.0, name, values[0] / 100)
        if stated.kind in ("integer", "pairs"):

            def changed(numbers: tuple[int, ...], name: str = name) -> Case:
                return case.argument(1.0, name, plain(numbers))

            yield from nearest(case, values, changed, int(stated.minimum or 0))


def nearest(
    case: Case, values: Sequence[float], changed: Callable[[tuple[int, ...]], Case], least: int = 1
) -> Iterator[Case]:
    """The nearest integers below and above with which the layer works, or else is refused for another reason.

    All are moved by the same distance, then each that need not move is set back.
    """
    own = case.refusal()
    for step, start in ((-1, tuple(map(math.floor, values))), (1, tuple(map(math.ceil, values)))):
        found: Case | None = None
        for distance in range(MAX_DISTANCE):
            moved = tuple(max(least, value + step * distance) for value in start)
            refusal = changed(moved).refusal()
            if refusal == own and distance:
                break  # which says nothing of these numbers
            for i, value in enumerate(start) if not refusal else ():
                back = (*moved[:i], value, *moved[i + 1 :])
                moved = moved if changed(back).refusal() else back
            if not refusal or (words(refusal) != words(own) and not found):
                found = changed(moved)
                found = found._replace(cost=found.cost + distance / (distance + max(map(abs, values)) or 1))
            if not refusal or (step < 0 and max(moved) == least):
                break
        if found:
            yield found


def axes(case: Case) -> Iterator[Case]:
    """An input with another number of axes than the layer takes."""
    shape, kind, n = case.shape, case.type, len(case.shape)
    rank, name = kind.rank or 0, kind.name
    steps = kind.wants_sequence and n == 2
    for cost, (fits, what, target) in enumerate(
        (
            (n == 1, "a second axis", (1,)),
            (steps, "a sequence of numbers", (*shape[1:], 1)),
            (steps or (name.startswith("ConvLSTM") and n == rank + 2), "a sequence of one step", (1, *shape[1:])),
            (rank and n == rank + 1, "a channel axis", (*(size or -1 for size in shape[1:]), 1)),
        )
    ):
        if fits:
            yield from case.after(1.0 + cost / 10, 0, "Reshape", {"target_shape": target}, f"{what}: {{}} before it")
    if rank == 2 and n == 2:
        for channels in (1, 3):
            edge = math.isqrt(max(shape[1] or 0, 0) // channels)
            if edge:
                yield from case.after(1.5, 0, "Reshape", {"target_shape": (edge, edge, channels)}, "{} before it")
    if kind.wants_sequence and n > 3:
        flat = {"layer": serialized("Flatten")}
        yield from case.after(1.0, 0, "TimeDistributed", flat, "TimeDistributed(Flatten()) before it")
    if kind.inputs == (2, 3):
        yield case.on(0.9, f"{name}()(x, x), the sequence as query and value", shape, shape)
    if name == "RepeatVector":
        yield from case.after(1.0, 0, "GlobalAveragePooling1D", {}, "{} before it, a vector for each sequence")
        yield from case.after(1.1, 0, "Flatten", {}, "{} before it")
    if name.startswith("Global") and n == 2:
        text = f"leave out {name}: the input is one value for each channel already"
        yield from case.instead(1.0, text, "Identity", {})
    if rank and n == rank + 3:
        text = f"TimeDistributed({name}(…)), the same layer at each step"
        yield from case.instead(1.0, text, "TimeDistributed", {"layer": serialized(name, **case.given)})
    if rank and n != rank + 2:
        fitting = name.replace(f"{rank}D", f"{n - 2}D")
        yield from case.instead(2.0, f"{fitting} in place of {name}", fitting, case.given)


def unbatched(case: Case) -> Iterator[Case]:
    """An image without its batch, to which Keras has added an axis of 1 at the end."""
    if case.is_map and case.shape[0] and case.shape[-1] == 1 and case.shape[-2] in (1, 3, 4):
        whole = (1, *case.shape[:-1])
        yield case.on(0.3, f"x[None], a batch of one: {whole}", whole)


def turned(case: Case) -> Iterator[Case]:
    """A map whose channels come first, as its sizes say, where the layer takes them last."""
    if case.type.rank != 2 or not case.is_map or case.channel_axis == 1:
        return
    batch, channels, height, width = case.shape
    if channels not in (1, 3, 4) or not height or not width or min(height, width) < 5:
        return
    if height == width or (height <= 2 * width <= 4 * height and width not in (16, 32, 64, 128, 256, 512)):
        last = (batch, height, width, channels)
        yield case.on(0.4, f"channels last: an input of {times(last[1:])}, np.moveaxis(x, 1, -1)", last)
        yield case.argument(0.8, "data_format", "channels_first")


def sizes(case: Case) -> Iterator[Case]:
    """An input of other sizes: another number of channels, a number where it is not known, or a larger map."""
    if len(case.shape) < 2:
        return
    axis, channels = case.channel_axis, case.shape[case.channel_axis]
    spatial = [i for i in range(1, len(case.shape)) if i != axis]

    def resized(words: str, axes: Sequence[int], sizes: tuple[int, ...]) -> Case:
        new = dict(zip(axes, sizes, strict=True))
        shape = tuple(new.get(i, size) for i, size in enumerate(case.shape))
        return case.on(4.0, words.format(*sizes, least=times(shape[i] for i in spatial)), shape)

    if channels is None and not spatial:
        yield resized("an input whose last axis has a size, such as {}", [axis], (128,))
    elif channels is None:
        yield resized("an input of {} channels", [axis], (3,))
        yield resized("an input of {} channel", [axis], (1,))
    elif "groups" in case.type.arguments:
        yield from nearest(case, (channels,), partial(resized, "an input of {} channels", [axis]))
    known = [i for i in spatial if case.shape[i]]
    if case.is_map and known:
        larger = nearest(
            case, [case.shape[i] or 0 for i in known], partial(resized, "an input of at least {least}", known)
        )
        yield from (change._replace(cost=5.0) for change in larger)


def flatten(case: Case) -> Iterator[Case]:
    """A `Flatten` whose length is not known."""
    if case.type.name != "Flatten" or len(case.shape) < 2:
        return
    batch, *spatial, depth = case.shape
    for cost, name in ((1.0, "GlobalAveragePooling"), (1.1, "GlobalMaxPooling")):
        pooling = f"{name}{len(spatial)}D"
        yield from case.instead(cost, f"{pooling} in place of Flatten", pooling, {})
    fixed = [224 if size is None and len(spatial) == 2 else size for size in spatial]
    yield case.on(4.0, f"an input of a fixed size, such as {times((*fixed, depth))}", (batch, *fixed, depth))


def reshape(case: Case) -> Iterator[Case]:
    """A target that holds another number of values."""
    target = case.given.get("target_shape")
    if case.type.name != "Reshape" or not isinstance(target, list | tuple) or not all(map(is_integer, target)):
        return
    for i, size in enumerate(target):

        def changed(numbers: tuple[int, ...], i: int = i) -> Case:
            return case.argument(1.0, "target_shape", (*target[:i], *numbers, *target[i + 1 :]))

        yield from nearest(case, (size,), changed)
    yield case.argument(3.0, "target_shape", (-1,))
    holds = math.prod(target)
    yield case.on(4.0, f"an input of {holds:,} values", (case.shape[0], holds))
