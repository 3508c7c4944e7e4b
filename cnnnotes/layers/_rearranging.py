"""Raw operations that put values elsewhere: reshaped, transposed, cut, stacked, repeated, padded."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from cnnnotes.layers import _merging
from cnnnotes.layers._arguments import MAX_INTEGER, Arguments, class_and_config, integer, is_integer
from cnnnotes.layers._core import read_shape
from cnnnotes.layers._errors import LayerError, NoRule, shown
from cnnnotes.layers._operations import Call, Tensor, broadcast, class_name, operation_rule, rearranging, shape_of
from cnnnotes.layers._outcomes import Outcome, Shape, volume
from cnnnotes.layers._reshaping import read_target, reshaped

MAX_PIECES = 65_536
"""The most pieces that a tensor is split into; each is an output of its own."""


@rearranging("Reshape")
def reshape(call: Call, shape: Shape) -> Shape:
    """The same values counted off anew, the batch among them; one size may be -1."""
    return reshaped("newshape", shape, read_target("newshape", call.given("newshape", 1)))[0]


@rearranging("Transpose")
def transpose(call: Call, shape: Shape) -> Shape:
    """The axes in another order, the batch among them."""
    axes = call.given("axes", 1)
    order = list(range(len(shape)))[::-1] if axes is None else axes
    if not isinstance(order, list | tuple) or not all(map(is_integer, order)):
        raise LayerError(f"axes must be a list of axes, got {shown(axes)}")
    if sorted(axis % len(shape) for axis in order) != list(range(len(shape))):
        raise LayerError(f"axes must hold each of the {len(shape)} axes once, got {shown(axes)}")
    return tuple(shape[axis] for axis in order)


@rearranging("Swapaxes")
def swapaxes(call: Call, shape: Shape) -> Shape:
    """Two axes, swapped."""
    a, b = (call.axis(len(shape), place, name=f"axis{place}") for place in (1, 2))
    order = list(shape)
    order[a], order[b] = order[b], order[a]
    return tuple(order)


@rearranging("Moveaxis")
def moveaxis(call: Call, shape: Shape) -> Shape:
    """Axes moved to other places; the others keep their order."""
    ends = []
    for name, place in (("source", 1), ("destination", 2)):
        given = call.given(name, place)
        given = given if isinstance(given, list | tuple) else [given]
        ends.append([Arguments({name: axis}).axis(name, len(shape)) for axis in given])
    source, destination = ends
    if len(source) != len(destination) or len({*source}) != len(source) or len({*destination}) != len(source):
        raise LayerError(f"source and destination must name as many different axes, got {source} and {destination}")
    others = iter(axis for axis in range(len(shape)) if axis not in source)
    moved = dict(zip(destination, source, strict=True))
    return tuple(shape[moved[place]] if place in moved else shape[next(others)] for place in range(len(shape)))


@rearranging("ExpandDims")
def expand_dims(call: Call, shape: Shape) -> Shape:
    """New axes of size 1."""
    out, axis = list(shape), call.given("axis", 1)
    count = len(shape) + (len(axis) if isinstance(axis, list | tuple) else 1)
    for place in sorted(Arguments({"axis": axis}).axes("axis", count)):
        out.insert(place, 1)
    return tuple(out)


@rearranging("Squeeze")
def squeeze(call: Call, shape: Shape) -> Shape:
    """Axes of size 1, dropped."""
    axes = call.axes(len(shape))
    if axes is None:
        return tuple(size for size in shape if size != 1)
    for axis in axes:
        if shape[axis] not in (1, None):
            raise LayerError(f"axis must have size 1 to be dropped, got {shape[axis]}")
    return tuple(size for i, size in enumerate(shape) if i not in axes)


@operation_rule("Concatenate")
def concatenate(call: Call) -> Outcome:
    """One after the other along an axis; all others must agree."""
    return _merging.concatenate(Arguments({"axis": call.given("axis", 1, -1)}), call.tensors())


@operation_rule("Stack")
def stack(call: Call) -> Outcome:
    """Tensors of one shape, along a new axis."""
    shapes = call.tensors()
    alike = len(set(map(len, shapes))) == 1
    if not alike or any(len(set(sizes) - {None}) > 1 for sizes in zip(*shapes, strict=True)):
        raise LayerError(f"the inputs must have the same shape, got {shown(tuple(shapes))}")
    out = list(shapes[0])
    out.insert(call.axis(len(out) + 1, 1, 0), len(shapes))
    return Outcome(shapes=(tuple(out),), windows=None)


@operation_rule("Split")
def split(call: Call) -> Outcome:
    """Pieces along an axis: so many of the same size, or cut at these places."""
    shape = call.tensor(0, "x")
    axis = call.axis(len(shape), 2, 0)
    cuts, length = call.given("indices_or_sections", 1), shape[axis]
    if isinstance(cuts, list | tuple):
        if not all(map(is_integer, cuts)) or length is None:
            raise LayerError(f"indices_or_sections must be places along a known axis, got {shown(cuts)}")
        pieces: list[int | None] = [end - start for start, end in pairwise([0, *cuts, length])]
        if min(size for size in pieces if size is not None) < 0:
            raise LayerError(f"indices_or_sections must rise up to {length}, got {shown(cuts)}")
    else:
        count = integer("indices_or_sections", cuts)
        if length is not None and (length % count or count > MAX_PIECES):
            raise LayerError(f"indices_or_sections must divide the axis of {length}, got {count}")
        pieces = [None if length is None else length // count] * min(count, MAX_PIECES)
    return Outcome(shapes=tuple((*shape[:axis], size, *shape[axis + 1 :]) for size in pieces), windows=None)


@operation_rule("Unstack")
def unstack(call: Call) -> Outcome:
    """The slices along an axis, each by itself."""
    shape = call.tensor(0, "x")
    axis, given = call.axis(len(shape), 2, 0), call.given("num", 1)
    count = shape[axis] if given is None else integer("num", given)
    if count is None or count > MAX_PIECES:
        raise LayerError(f"the axis must be known and at most {MAX_PIECES}, got {count}")
    return Outcome(shapes=((*shape[:axis], *shape[axis + 1 :]),) * count, windows=None)


@rearranging("Repeat")
def repeat(call: Call, shape: Shape) -> Shape:
    """Each value several times, along an axis or of all in one row."""
    times = integer("repeats", call.given("repeats", 1), 0)
    axes = call.axes(len(shape))
    if axes is None:
        return (volume((*shape, times)),)
    return tuple(size * times if i in axes and size is not None else size for i, size in enumerate(shape))


@rearranging("Tile")
def tile(call: Call, shape: Shape) -> Shape:
    """All values several times, along each axis."""
    given = call.given("repeats", 1)
    times = tuple(integer("repeats", each, 0) for each in (given if isinstance(given, list | tuple) else [given]))
    longest = max(len(shape), len(times))
    both = zip((1,) * (longest - len(shape)) + shape, (1,) * (longest - len(times)) + times, strict=True)
    return tuple(None if size is None else size * n for size, n in both)


@rearranging("Pad")
def pad(call: Call, shape: Shape) -> Shape:
    """Values put around the borders."""
    width = call.given("pad_width", 1)
    if is_integer(width):
        width = [[width, width]]
    if not isinstance(width, list | tuple) or not all(isinstance(each, list | tuple) for each in width):
        raise LayerError(f"pad_width must be pairs of sizes, got {shown(width)}")
    pairs = [each * 2 if len(each) == 1 else each for each in width]
    pairs = pairs * len(shape) if len(pairs) == 1 else pairs
    if len(pairs) != len(shape) or any(len(each) != 2 for each in pairs):
        raise LayerError(f"pad_width must hold a pair for each of the {len(shape)} axes, got {shown(width)}")
    added = [sum(integer("pad_width", size, 0) for size in each) for each in pairs]
    return tuple(None if size is None else size + more for size, more in zip(shape, added, strict=True))


@rearranging("BroadcastTo")
def broadcast_to(call: Call, shape: Shape) -> Shape:
    """The values repeated to a shape."""
    wanted = read_shape("shape", call.given("shape", 1))
    broadcast(shape, wanted)
    return wanted


@rearranging("Ravel")
def ravel(call: Call, shape: Shape) -> Shape:
    """All values in one row."""
    return (volume(shape),)


@rearranging("OneHot")
def one_hot(call: Call, shape: Shape) -> Shape:
    """Integers as vectors with a single 1."""
    out, classes = list(shape), integer("num_classes", call.given("num_classes", 1), 0)
    out.insert(call.axis(len(out) + 1, 2, -1), classes)
    return tuple(out)


@rearranging("Take")
def take(call: Call, shape: Shape) -> Shape:
    """Values by their place along an axis."""
    places = call.given("indices", 1)
    found = shape_of(places)
    if isinstance(places, list | tuple) and not isinstance(places, Tensor):
        found = (len(places),)
    axes = call.axes(len(shape))
    return found if axes is None else (*shape[: axes[0]], *found, *shape[axes[0] + 1 :])


@rearranging("GetItem")
def get_item(call: Call, shape: Shape) -> Shape:
    """A part of a tensor, as `x[:, 1:, None]` writes it."""
    key = call.given("key", 1)
    keys = list(key) if isinstance(key, list | tuple) and not isinstance(key, Tensor) else [key]
    dots = [i for i, each in enumerate(keys) if each == "..." or class_name(each) == "__ellipsis__"]
    if dots:
        others = len([each for each in keys if each is not None]) - 1
        keys[dots[0] : dots[0] + 1] = [slice(None)] * max(len(shape) - others, 0)
    out: list[int | None] = []
    left = list(shape)
    for each in keys:
        if each is None:
            out.append(1)
            continue
        if not left:
            raise LayerError(f"key has more parts than the {len(shape)} axes of the tensor")
        size = left.pop(0)
        if isinstance(each, int):
            if size is not None and not -size <= each < size:
                raise LayerError(f"key must be within the axis of {size}, got {shown(each)}")
        elif isinstance(each, slice) or class_name(each) == "__slice__":
            out.append(_sliced(size, each))
        else:
            raise NoRule(f"no rule is known for a key like {shown(each)}")
    return (*out, *left)


def _sliced(size: int | None, part: Any) -> int | None:
    """The length of a slice of an axis."""
    if not isinstance(part, slice):
        _, config = class_and_config("key", part)
        ends = [config.get(name) for name in ("start", "stop", "step")]
        if not all(end is None or (is_integer(end) and abs(end) <= MAX_INTEGER) for end in ends):
            raise LayerError(f"a slice must be made of integers, got {shown(ends)}")
        part = slice(*ends)
    if part.step == 0:
        raise LayerError("a slice's step must not be 0")
    return None if size is None else len(range(*part.indices(size)))
