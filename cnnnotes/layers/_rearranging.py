"""Raw operations that put values elsewhere: reshaped, transposed, cut, stacked, repeated, padded.

Each does to a shape, the batch among its axes, what NumPy's function of that name does.
"""

from collections.abc import Callable
from itertools import pairwise, zip_longest
from typing import Any

from cnnnotes.layers import _merging
from cnnnotes.layers._arguments import MAX_INTEGER, Arguments, class_and_config, integer, is_integer, read_shape
from cnnnotes.layers._errors import LayerError, NoRule, shown
from cnnnotes.layers._operations import Call, Tensor, broadcast, class_name, nested_shape, operation_rule
from cnnnotes.layers._outcomes import Outcome, Shape, volume
from cnnnotes.layers._reshaping import reshaped

MAX_PIECES = 65_536  # the most pieces that a tensor is split into; each is an output of its own


def rearranging(operation: str) -> Callable[[Callable[[Call, Shape], Shape]], None]:
    """Registers what an operation makes of the shape of its first tensor, whose values it puts elsewhere."""

    def register(function: Callable[[Call, Shape], Shape]) -> None:
        operation_rule(operation)(lambda call: Outcome.of(function(call, call.tensor()), windows=None))

    return register


rearranging("Reshape")(lambda call, shape: reshaped("newshape", shape, call.given("newshape", 1))[0])
rearranging("Ravel")(lambda call, shape: (volume(shape),))
rearranging("BroadcastTo")(lambda call, shape: broadcast(shape, read_shape("shape", call.given("shape", 1))))


@rearranging("Transpose")
def transpose(call: Call, shape: Shape) -> Shape:
    order = range(len(shape))[::-1] if call.given("axes", 1) is None else call.listed("axes", 1, len(shape))
    if len(order) != len(shape) or {axis % len(shape) for axis in order} != {*range(len(shape))}:
        raise LayerError(f"axes must hold each of the {len(shape)} axes once, got {shown(tuple(order))}")
    return tuple(shape[axis] for axis in order)


@rearranging("Swapaxes")
def swapaxes(call: Call, shape: Shape) -> Shape:
    a, b = (call.axis(len(shape), place, name=f"axis{place}") for place in (1, 2))
    return tuple({a: shape[b], b: shape[a]}.get(axis, size) for axis, size in enumerate(shape))


@rearranging("Moveaxis")
def moveaxis(call: Call, shape: Shape) -> Shape:
    ends = (call.listed(name, place, len(shape)) for name, place in (("source", 1), ("destination", 2)))
    source, destination = ([axis % len(shape) for axis in end] for end in ends)
    if not len(source) == len(destination) == len({*source}) == len({*destination}):
        raise LayerError(f"source and destination must name as many different axes, got {source} and {destination}")
    left = [size for axis, size in enumerate(shape) if axis not in source]
    for place, axis in sorted(zip(destination, source, strict=True)):
        left.insert(place, shape[axis])
    return tuple(left)


@rearranging("ExpandDims")
def expand_dims(call: Call, shape: Shape) -> Shape:
    rank = len(shape) + len(call.listed("axis", 1))
    new, left = {axis % rank for axis in call.listed("axis", 1, rank)}, iter(shape)
    return tuple(1 if axis in new else next(left, 1) for axis in range(rank))


@rearranging("Squeeze")
def squeeze(call: Call, shape: Shape) -> Shape:
    axes = call.axes(len(shape))
    gone = [axis for axis, size in enumerate(shape) if size == 1] if axes is None else axes
    if not {shape[axis] for axis in gone} <= {1, None}:
        raise LayerError(f"axis must name axes of size 1, got {axes} of {shape}")
    return tuple(size for axis, size in enumerate(shape) if axis not in gone)


@rearranging("Repeat")
def repeat(call: Call, shape: Shape) -> Shape:
    times, axes = integer("repeats", call.given("repeats", 1), 0), call.axes(len(shape))
    if axes is None:  # of all values, in one row
        return (volume((*shape, times)),)
    return tuple(volume((size, times)) if axis in axes else size for axis, size in enumerate(shape))


@rearranging("Tile")
def tile(call: Call, shape: Shape) -> Shape:
    times = [integer("repeats", each, 0) for each in call.listed("repeats", 1)]
    return tuple(volume(both) for both in zip_longest(shape[::-1], times[::-1], fillvalue=1))[::-1]


@rearranging("Pad")
def pad(call: Call, shape: Shape) -> Shape:
    width = call.given("pad_width", 1)
    pairs = [[width]] if is_integer(width) else width if isinstance(width, list | tuple) else []
    pairs = pairs * len(shape) if len(pairs) == 1 else pairs
    if len(pairs) != len(shape) or not all(isinstance(each, list | tuple) and len(each) in (1, 2) for each in pairs):
        raise LayerError(f"pad_width must hold a pair for each of the {len(shape)} axes, got {shown(width)}")
    added = [integer("pad_width", each[0], 0) + integer("pad_width", each[-1], 0) for each in pairs]
    return tuple(None if size is None else size + more for size, more in zip(shape, added, strict=True))


@rearranging("OneHot")
def one_hot(call: Call, shape: Shape) -> Shape:
    axis = call.axis(len(shape) + 1, 2, -1)
    return (*shape[:axis], integer("num_classes", call.given("num_classes", 1), 0), *shape[axis:])


@rearranging("Take")
def take(call: Call, shape: Shape) -> Shape:
    found, axes = nested_shape(call.given("indices", 1)), call.axes(len(shape))
    return found if axes is None else (*shape[: axes[0]], *found, *shape[axes[0] + 1 :])


@operation_rule("Concatenate")
def concatenate(call: Call) -> Outcome:
    return _merging.concatenate(Arguments({"axis": call.given("axis", 1, -1)}), *call.tensors())


@operation_rule("Stack")
def stack(call: Call) -> Outcome:
    first, *others = call.tensors()
    for other in others:
        if len(other) != len(first) or not all(a == b or None in (a, b) for a, b in zip(first, other, strict=True)):
            raise LayerError(f"the inputs must have the same shape, got {first} and {other}")
    axis = call.axis(len(first) + 1, 1, 0)
    return Outcome.of((*first[:axis], len(others) + 1, *first[axis:]), windows=None)


@operation_rule("Split")
def split(call: Call) -> Outcome:
    shape, cuts = call.tensor(), call.given("indices_or_sections", 1)
    axis = call.axis(len(shape), 2, 0)
    length, pieces = shape[axis], list[int | None]()
    if isinstance(cuts, list | tuple):
        ends = [0, *call.listed("indices_or_sections", 1), length or 0]
        pieces += [end - start for start, end in pairwise(ends)]
        if length is None or ends != sorted(ends):
            raise LayerError(f"indices_or_sections must be rising places along the axis of {length}, got {shown(cuts)}")
    else:
        count = integer("indices_or_sections", cuts)
        if count > MAX_PIECES or (length is not None and length % count):
            raise LayerError(f"indices_or_sections must divide the axis of {length}, got {count}")
        pieces += [None if length is None else length // count] * count
    return Outcome(tuple((*shape[:axis], size, *shape[axis + 1 :]) for size in pieces), windows=None)


@operation_rule("Unstack")
def unstack(call: Call) -> Outcome:
    shape, given = call.tensor(), call.given("num", 1)
    axis = call.axis(len(shape), 2, 0)
    count = shape[axis] if given is None else integer("num", given)
    if count is None or count > MAX_PIECES:
        raise LayerError(f"the axis must be known and at most {MAX_PIECES}, got {count}")
    return Outcome(((*shape[:axis], *shape[axis + 1 :]),) * count, windows=None)


@rearranging("GetItem")
def get_item(call: Call, shape: Shape) -> Shape:
    """A part of a tensor, as `x[:, 1:, None]` writes it."""
    key = call.given("key", 1)
    keys = list(key) if isinstance(key, list | tuple) and not isinstance(key, Tensor) else [key]
    dots = [i for i, each in enumerate(keys) if each == "..." or class_name(each) == "__ellipsis__"]
    if dots:
        others = len(keys) - keys.count(None) - 1
        keys[dots[0] : dots[0] + 1] = [slice(None)] * max(len(shape) - others, 0)
    out, left = list[int | None](), list(shape)
    for each in keys:
        if each is None:
            out.append(1)
            continue
        if not left:
            raise LayerError(f"key has more parts than the {len(shape)} axes of the tensor")
        size = left.pop(0)
        if isinstance(each, slice) or class_name(each) == "__slice__":
            out.append(_sliced(size, each))
        elif not isinstance(each, int):
            raise NoRule(f"no rule is known for a key like {shown(each)}")
        elif size is not None and not -size <= each < size:
            raise LayerError(f"key must be within the axis of {size}, got {shown(each)}")
    return (*out, *left)


def _sliced(size: int | None, part: Any) -> int | None:
    """The length of a slice of an axis."""
    if not isinstance(part, slice):
        _, config = class_and_config("key", part)
        ends = [config.get(name) for name in ("start", "stop", "step")]
        if not all(end is None or (is_integer(end) and abs(end) <= MAX_INTEGER) for end in ends) or ends[2] == 0:
            raise LayerError(f"a slice must be made of integers, with a step, got {shown(ends)}")
        part = slice(*ends)
    return None if size is None else len(range(*part.indices(size)))
