"""When a shape goes wrong: the smallest changes to a layer or to its inputs that its rule accepts.

Each way in which Keras refuses a layer has its usual remedies. They are proposed by what is wrong, tried on the rule
itself, and only those that it accepts are given back.
"""

from __future__ import annotations

import difflib
import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cnnnotes.layers import Arguments, LayerError, Shape, arguments_of, outcome
from cnnnotes.layers._rule import ACTIVATIONS, is_whole, joined, split, times

_RANKED = re.compile(r"([A-Za-z]+)([123])D(Transpose)?")
_ELEMENTWISE = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")


class Fix(NamedTuple):
    """A change with which a layer works."""

    text: str
    """The change in words: `"pool_size=2"`, `"an input of at least 3 × 3"`."""
    layer_type: str
    arguments: dict[str, Any]
    """The layer's arguments with the change made."""
    inputs: tuple[Shape, ...]
    """The input shapes with the change made."""
    outputs: tuple[Shape, ...]
    """What the layer then gives."""
    before: tuple[int, str, dict[str, Any]] | None = None
    """A layer put before one of the inputs: which input, the layer's type and its arguments."""


class _Change(NamedTuple):
    """A change that has not been tried."""

    cost: float
    text: str
    arguments: Mapping[str, Any] = {}
    inputs: tuple[Shape, ...] | None = None
    layer_type: str | None = None
    before: tuple[int, str, dict[str, Any]] | None = None


def fixes(layer_type: str, arguments: Mapping[str, Any], inputs: Sequence[Shape], most: int = 8) -> list[Fix]:
    """The smallest changes that make a layer work where its rule refuses it.

    **Arguments**

    - `layer_type`: the Keras class name, `"MaxPooling2D"`.
    - `arguments`: the layer's arguments as Keras spells them.
    - `inputs`: the shape of each input, batch first.
    - `most`: how many changes to give back.

    **Returns** the changes, the smallest first, each accepted by the layer's own rule. The list is empty where nothing
    is wrong and where nothing that is tried helps. A `Flatten` whose length comes out as unknown counts as wrong: no
    `Dense` can be built on it.

    ```python
    from cnnnotes._fixing import fixes

    found = fixes("MaxPooling2D", {"pool_size": 3}, [(None, 2, 2, 64)])
    assert [mend.text for mend in found] == ["pool_size=2", 'padding="same"', "an input of at least 3 × 3"]
    assert found[0].outputs == ((None, 1, 1, 64),)
    ```
    """
    given, shapes = dict(arguments), tuple(inputs)
    if _tried(_Change(0.0, ""), layer_type, given, shapes) and layer_type != "Flatten":
        return []
    changes = sorted(_changes(layer_type, given, shapes), key=lambda change: change.cost)
    found = _working(changes, layer_type, given, shapes)
    if not found:  # two things are wrong at once
        pairs = [both for a, b in itertools.combinations(changes[:20], 2) if (both := _both(a, b))]
        found = _working(sorted(pairs, key=lambda change: change.cost), layer_type, given, shapes)
    return found[:most]


def _working(
    changes: Sequence[_Change], layer_type: str, arguments: dict[str, Any], inputs: tuple[Shape, ...]
) -> list[Fix]:
    tried = [_tried(change, layer_type, arguments, inputs) for change in changes]
    return list({mend.text: mend for mend in tried if mend}.values())


def _tried(change: _Change, layer_type: str, arguments: dict[str, Any], inputs: tuple[Shape, ...]) -> Fix | None:
    """The change as a mend, or `None` where a rule refuses it."""
    kind = change.layer_type or layer_type
    changed = {**arguments, **change.arguments} if change.layer_type is None else dict(change.arguments)
    shapes = inputs if change.inputs is None else change.inputs
    try:
        if change.before:
            at, before, given = change.before
            shapes = (*shapes[:at], *outcome(before, given, shapes[at : at + 1]).shapes, *shapes[at + 1 :])
        found = outcome(kind, changed, shapes)
    except LayerError:
        return None
    if kind == "Flatten" and found.shapes[0][-1] is None:
        return None
    return Fix(change.text, kind, changed, shapes, found.shapes, change.before)


def _both(a: _Change, b: _Change) -> _Change | None:
    """Two changes at once, where they don't touch the same thing."""
    if a.arguments.keys() & b.arguments.keys() or a.layer_type or b.layer_type or (a.inputs and b.inputs):
        return None
    arguments = {**a.arguments, **b.arguments}
    return _Change(
        a.cost + b.cost, f"{a.text} and {b.text}", arguments, a.inputs or b.inputs, None, a.before or b.before
    )


def _changes(layer_type: str, arguments: dict[str, Any], inputs: tuple[Shape, ...]) -> Iterator[_Change]:
    """What may help, by what this type of layer is refused for."""
    for propose in _PROPOSALS:
        try:
            yield from propose(layer_type, arguments, inputs)
        except LayerError:
            continue  # an argument that can't be read at all leaves this proposal nothing to go by
    if layer_type == "Flatten":
        yield from _flatten(inputs)


def _activation(layer_type: str, arguments: dict[str, Any], inputs: tuple[Shape, ...]) -> Iterator[_Change]:
    """A name that is nearly an activation's."""
    name = arguments.get("activation")
    if isinstance(name, str) and name not in ACTIVATIONS.split():
        for close in difflib.get_close_matches(name.lower(), ACTIVATIONS.split(), 2, 0.5):
            yield _Change(0.5, f'activation="{close}"', {"activation": close})


def _positive(layer_type: str, arguments: dict[str, Any], inputs: tuple[Shape, ...]) -> Iterator[_Change]:
    """A size of zero or less."""
    for name in ("filters", "units", "kernel_size", "pool_size", "strides", "dilation_rate", "groups"):
        value = arguments.get(name)
        sizes = value if isinstance(value, list | tuple) else (value,)
        if value is not None and all(map(is_whole, sizes)) and min(sizes, default=1) < 1:
            least = _plain(tuple(max(size, 1) for size in sizes))
            yield _Change(1.0, f"{name}={least}", {name: least})


def _rank(layer_type: str, arguments: dict[str, Any], inputs: tuple[Shape, ...]) -> Iterator[_Change]:
    """An input with an axis too few or too many."""
    match = _RANKED.fullmatch(layer_type)
    if not match or len(inputs) != 1:
        return
    shape, rank = inputs[0], int(match[2])
    if len(shape) == rank + 1:
        with_channels = {"target_shape": (*(-1 if size is None else size for size in shape[1:]), 1)}
        yield _Change(
            1.0, f"a channel axis: {_call('Reshape', with_channels)} before it", before=(0, "Reshape", with_channels)
        )
    if len(shape) == 2 and rank == 2 and shape[1]:
        side = math.isqrt(shape[1])
        for channels, edge in ((1, side), (3, math.isqrt(shape[1] // 3))):
            if edge * edge * channels == shape[1]:
                square = {"target_shape": (edge, edge, channels)}
                yield _Change(1.5, f"{_call('Reshape', square)} before it", before=(0, "Reshape", square))
    fitting = f"{match[1]}{len(shape) - 2}D{match[3] or ''}"
    if len(shape) != rank + 2 and arguments_of(fitting):
        yield _Change(2.0, f"{fitting} in place of {layer_type}", arguments, layer_type=fitting)


def _window(layer_type: str, arguments: dict[str, Any], inputs: tuple[Shape, ...]) -> Iterator[_Change]:
    """A kernel or pool that is larger than the map that it moves over."""
    name = next((name for name in ("kernel_size", "pool_size") if name in (arguments_of(layer_type) or ())), None)
    match = _RANKED.fullmatch(layer_type)
    if not name or not match or len(inputs) != 1 or len(inputs[0]) != int(match[2]) + 2:
        return
    args, rank = Arguments(arguments), int(match[2])
    first = args.channels_first()
    spatial, channels = split(inputs[0], first)
    size = args.integers(name, rank, 2) if name == "pool_size" else args.integers(name, rank)
    dilation = args.integers("dilation_rate", rank, 1)
    fitting = tuple(
        f if n is None else min(f, (n - 1) // r + 1) for n, f, r in zip(spatial, size, dilation, strict=True)
    )
    if fitting == size or min(fitting) < 1:
        return
    yield _Change(1.0, f"{name}={_plain(fitting)}", {name: _plain(fitting)})
    odd = tuple(f if f == g or f % 2 else f - 1 for f, g in zip(fitting, size, strict=True))
    if name == "kernel_size" and odd != fitting and min(odd) > 0:
        yield _Change(1.2, f"kernel_size={_plain(odd)}", {name: _plain(odd)})
    if max(dilation) > 1:
        slower = tuple(
            r if n is None or f == 1 else min(r, (n - 1) // (f - 1))
            for n, f, r in zip(spatial, size, dilation, strict=True)
        )
        if min(slower) > 0:
            yield _Change(1.5, f"dilation_rate={_plain(slower)}", {"dilation_rate": _plain(slower)})
    yield _Change(2.0, 'padding="same"', {"padding": "same"})
    flipped = "channels_last" if first else "channels_first"
    yield _Change(3.0, f'data_format="{flipped}"', {"data_format": flipped})
    larger = tuple(n if n is None else max(n, r * (f - 1) + 1) for n, f, r in zip(spatial, size, dilation, strict=True))
    shape = joined(inputs[0][0], larger, channels, first)
    yield _Change(4.0, f"an input of at least {times(larger)}", inputs=(shape,))


def _steps(layer_type: str, arguments: dict[str, Any], inputs: tuple[Shape, ...]) -> Iterator[_Change]:
    """Strides together with dilation, and an output padding that is no less than the stride."""
    match = _RANKED.fullmatch(layer_type)
    if not match or "kernel_size" not in (arguments_of(layer_type) or ()):
        return
    args, rank = Arguments(arguments), int(match[2])
    stride, dilation = args.integers("strides", rank, 1), args.integers("dilation_rate", rank, 1)
    if max(stride) > 1 and max(dilation) > 1:
        yield _Change(1.0, "dilation_rate=1", {"dilation_rate": 1})
        yield _Change(1.1, "strides=1", {"strides": 1})
    if arguments.get("output_padding") is not None:
        added = args.integers("output_padding", rank, minimum=0)
        less = tuple(min(a, s - 1) for a, s in zip(added, stride, strict=True))
        if less != added:
            yield _Change(1.0, f"output_padding={_plain(less)}", {"output_padding": _plain(less)})
            more = tuple(max(a + 1, s) for a, s in zip(added, stride, strict=True))
            yield _Change(2.0, f"strides={_plain(more)}", {"strides": _plain(more)})


def _groups(layer_type: str, arguments: dict[str, Any], inputs: tuple[Shape, ...]) -> Iterator[_Change]:
    """Groups that divide the channels or the filters with a remainder."""
    if "groups" not in (arguments_of(layer_type) or ()) or len(inputs) != 1 or len(inputs[0]) < 2:
        return
    args = Arguments(arguments)
    groups = args.integer("groups", 32 if layer_type == "GroupNormalization" else 1)
    convolution = layer_type.startswith("Conv")
    first = convolution and args.channels_first()
    axis = args.axis("axis", len(inputs[0]), -1) if not convolution else 1 if first else len(inputs[0]) - 1
    channels = inputs[0][axis]
    if not channels:
        return
    shared = math.gcd(channels, args.integer("filters")) if convolution else channels
    fitting = [g for g in range(1, min(shared, 4096) + 1) if shared % g == 0 and g != groups]
    for g in sorted(fitting, key=lambda g: abs(g - groups))[:2]:
        yield _Change(1.0 + abs(g - groups) / (g + groups), f"groups={g}", {"groups": g})
    if convolution and channels % groups == 0:
        for k in _multiples(args.integer("filters"), groups):
            yield _Change(1.5, f"filters={k}", {"filters": k})
    for d in _multiples(channels, groups):
        shape = (*inputs[0][:axis], d, *inputs[0][axis + 1 :])
        yield _Change(4.0 + abs(d - channels) / (d + channels), f"an input of {d} channels", inputs=(shape,))


def _multiples(number: int, of: int) -> list[int]:
    """The multiples of `of` next to a number, the nearer first."""
    below = number // of * of
    return sorted((m for m in (below, below + of) if m and m != number), key=lambda m: abs(m - number))


def _channels(layer_type: str, arguments: dict[str, Any], inputs: tuple[Shape, ...]) -> Iterator[_Change]:
    """A channel axis, or a last axis, whose size is not known."""
    if len(inputs) != 1 or len(inputs[0]) < 2:
        return
    shape = inputs[0]
    first = arguments.get("data_format") == "channels_first"
    axis = 1 if first else len(shape) - 1
    if shape[axis] is None and len(shape) > 2:
        for count, word in ((3, "3 channels"), (1, "1 channel")):
            yield _Change(4.0, f"an input of {word}", inputs=((*shape[:axis], count, *shape[axis + 1 :]),))
    elif shape[axis] is None:
        yield _Change(4.0, "an input whose last axis has a size, such as 128", inputs=((*shape[:-1], 128),))


def _flatten(inputs: tuple[Shape, ...]) -> Iterator[_Change]:
    """A `Flatten` whose length is not known."""
    if len(inputs) != 1 or None not in inputs[0][1:]:
        return
    shape, rank = inputs[0], len(inputs[0]) - 2
    if 1 <= rank <= 3:
        for cost, name in ((1.0, "GlobalAveragePooling"), (1.1, "GlobalMaxPooling")):
            yield _Change(cost, f"{name}{rank}D in place of Flatten", layer_type=f"{name}{rank}D")
    fixed = tuple(224 if size is None else size for size in shape[1:-1]) if rank == 2 else shape[1:-1]
    if None not in fixed and shape[-1] is not None:
        yield _Change(
            4.0,
            f"an input of a fixed size, such as {times((*fixed, shape[-1]))}",
            inputs=((shape[0], *fixed, shape[-1]),),
        )


def _reshape(layer_type: str, arguments: dict[str, Any], inputs: tuple[Shape, ...]) -> Iterator[_Change]:
    """A target that holds another number of values."""
    if layer_type != "Reshape" or len(inputs) != 1 or None in inputs[0][1:]:
        return
    count = math.prod(size for size in inputs[0][1:] if size is not None)
    target = Arguments(arguments).get("target_shape")
    target = tuple(target) if isinstance(target, list | tuple) else (target,)
    if not all(is_whole(size) for size in target):
        return
    for i, size in reversed(list(enumerate(target))):
        rest = math.prod(other for j, other in enumerate(target) if j != i and other != -1)
        if rest > 0 and count % rest == 0 and target.count(-1) <= (size == -1):
            fitting = (*target[:i], count // rest, *target[i + 1 :])
            apart = abs(math.log(count / rest / size)) if size > 0 and count else 1.0
            yield _Change(1.0 + apart, f"target_shape={fitting}", {"target_shape": fitting})
    holds = math.prod(size for size in target if size != -1)
    if -1 in target and holds > 0:
        for more in _multiples(count, holds):
            yield _Change(4.0, f"an input of {more:,} values", inputs=((inputs[0][0], more),))
    elif holds > 0:
        yield _Change(4.0, f"an input of {holds:,} values", inputs=((inputs[0][0], holds),))
    yield _Change(3.0, "target_shape=(-1,)", {"target_shape": (-1,)})


def _crop(layer_type: str, arguments: dict[str, Any], inputs: tuple[Shape, ...]) -> Iterator[_Change]:
    """A cropping that leaves nothing."""
    if not layer_type.startswith("Cropping") or len(inputs) != 1:
        return
    spatial = [size for size in split(inputs[0], Arguments(arguments).channels_first())[0] if size]
    if spatial and min(spatial) > 2:
        most = (min(spatial) - 1) // 2
        yield _Change(1.0, f"cropping={most}", {"cropping": most})


def _merge(layer_type: str, arguments: dict[str, Any], inputs: tuple[Shape, ...]) -> Iterator[_Change]:
    """Inputs of unlike shapes: a layer before one of them that gives it the shape of the other."""
    if layer_type not in (*_ELEMENTWISE, "Concatenate") or len(inputs) != 2:
        return
    for at, (own, other) in ((1, (inputs[1], inputs[0])), (0, inputs)):
        for cost, before, given in _matching(own, other, keep_channels=layer_type == "Concatenate"):
            text = f"{_call(before, given)} before the {('first', 'second')[at]} input"
            yield _Change(cost + 0.1 * (1 - at), text, before=(at, before, given))
    if layer_type in _ELEMENTWISE and len(inputs[0]) == len(inputs[1]) and inputs[0][1:-1] == inputs[1][1:-1]:
        yield _Change(2.5, f"Concatenate in place of {layer_type}", {"axis": -1}, layer_type="Concatenate")


def _matching(own: Shape, other: Shape, keep_channels: bool) -> Iterator[tuple[float, str, dict[str, Any]]]:
    """Layers that may turn one shape into the other."""
    if len(own) != len(other):
        if None not in other[1:]:
            yield 3.0, "Reshape", {"target_shape": other[1:]}
        return
    rank, channels = len(own) - 2, own[-1] if keep_channels else other[-1]
    if rank == 0:
        if not keep_channels:
            yield 1.0, "Dense", {"units": channels}
        return
    pairs = [(a, b) for a, b in zip(own[1:-1], other[1:-1], strict=True) if a is not None and b is not None and a and b]
    if rank > 3 or len(pairs) < rank:
        return
    smaller = tuple(-(-a // b) for a, b in pairs)
    if own[1:-1] == other[1:-1]:
        if not keep_channels:
            yield 1.0, f"Conv{rank}D", {"filters": channels, "kernel_size": 1}
        return
    if own[-1] != channels:
        yield 1.5, f"Conv{rank}D", {"filters": channels, "kernel_size": 1, "strides": _plain(smaller)}
        return
    differences = tuple(b - a for a, b in pairs)
    if max(differences) <= 0:
        ends = tuple((-d // 2, -d - -d // 2) for d in differences)
        yield 1.0 + max(map(abs, differences)) / 64, f"Cropping{rank}D", {"cropping": ends if rank > 1 else ends[0]}
        yield 1.5, f"MaxPooling{rank}D", {"pool_size": _plain(smaller), "padding": "same"}
    if min(differences) >= 0:
        ends = tuple((d // 2, d - d // 2) for d in differences)
        yield 1.2 + max(differences) / 64, f"ZeroPadding{rank}D", {"padding": ends if rank > 1 else ends[0]}
        if all(b % a == 0 for a, b in pairs):
            yield 1.5, f"UpSampling{rank}D", {"size": _plain(tuple(b // a for a, b in pairs))}


def _concatenate(layer_type: str, arguments: dict[str, Any], inputs: tuple[Shape, ...]) -> Iterator[_Change]:
    """A `Concatenate` along the wrong axis."""
    if layer_type == "Concatenate" and inputs and len({len(shape) for shape in inputs}) == 1:
        for axis in range(1, len(inputs[0])):
            shown = -1 if axis == len(inputs[0]) - 1 else axis
            yield _Change(1.0, f"axis={shown}", {"axis": shown})


def _dot(layer_type: str, arguments: dict[str, Any], inputs: tuple[Shape, ...]) -> Iterator[_Change]:
    """A `Dot` along axes of unlike sizes."""
    if layer_type == "Dot" and len(inputs) == 2:
        for a, b in itertools.product(range(1, len(inputs[0])), range(1, len(inputs[1]))):
            yield _Change(1.0 + abs(a - b), f"axes=({a}, {b})", {"axes": (a, b)})


_PROPOSALS = (
    *(_activation, _positive, _rank, _window, _steps, _groups, _channels),
    *(_reshape, _crop, _merge, _concatenate, _dot),
)


def _plain(values: tuple[int, ...]) -> int | tuple[int, ...]:
    """One number where all are the same, as one writes it."""
    return values[0] if len(set(values)) == 1 else values


def _call(layer_type: str, arguments: Mapping[str, Any]) -> str:
    """A layer as one writes it: `Conv2D(filters=64, kernel_size=1)`."""
    written = ", ".join(f'{k}="{v}"' if isinstance(v, str) else f"{k}={v}" for k, v in arguments.items())
    return f"{layer_type}({written})"
