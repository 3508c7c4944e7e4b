"""Merging: several inputs become one."""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._errors import LayerError
from cnnnotes.layers._rule import Arguments, Outcome, Shape, is_whole, product, rule, shown, total


@rule("Add", "Multiply", "Average", "Maximum", "Minimum")
def elementwise(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Add`, `Multiply`, `Average`, `Maximum`, `Minimum`: element by element; an axis of size 1 is repeated."""
    if not inputs:
        raise LayerError("takes a list of inputs, got none")
    batches = {shape[0] for shape in inputs if shape} - {None}
    if len(batches) > 1 or not all(inputs):
        raise LayerError(f"the inputs must have the same batch size, got {shown(tuple(inputs))}")
    merged = inputs[0][1:]
    for shape in inputs[1:]:
        merged = broadcast(merged, shape[1:])
    repeated = [shape for shape in dict.fromkeys(inputs) if shape[1:] != merged and None not in shape[1:]]
    return Outcome(
        shapes=((batches.pop() if batches else None, *merged),),
        axes=(None,) * len(merged),
        notes=tuple(f"{shape[1:]} is repeated to fit {merged}" for shape in repeated[:2]),
    )


def broadcast(one: Shape, other: Shape) -> Shape:
    """The shape of two that are merged element by element, batch aside, as Keras's merging layers do it."""
    if len(one) < len(other):
        one, other = other, one
    ahead = len(one) - len(other)
    merged = list(one[:ahead])
    for axis, (a, b) in enumerate(zip(one[ahead:], other, strict=True), start=ahead + 1):
        if a is None or b is None:
            merged.append(None)
        elif a == b or 1 in (a, b):
            merged.append(b if a == 1 else a)
        else:
            raise LayerError(f"the inputs must agree along axis {axis}, got {a} and {b} in {one} and {other}")
    return tuple(merged)


@rule("Subtract")
def subtract(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Subtract`: the second input from the first, element by element."""
    if len(inputs) != 2:
        raise LayerError(f"takes exactly 2 inputs, got {len(inputs)}")
    return elementwise(args, inputs)


@rule("Concatenate", arguments="axis")
def concatenate(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Concatenate`: one behind the other along one axis; all others must agree."""
    if not inputs:
        raise LayerError("takes a list of inputs, got none")
    first = inputs[0]
    if len(set(map(len, inputs))) > 1:
        raise LayerError(f"the inputs must have the same number of axes, got {shown(tuple(inputs))}")
    axis = args.axis("axis", len(first), -1)
    for position, lengths in enumerate(zip(*inputs, strict=True)):
        distinct = set(lengths) - {None}
        if position != axis and len(distinct) > 1:
            raise LayerError(f"the inputs must agree along axis {position}, got {shown(tuple(lengths))}")
    length = total("HWD"[axis - 1] if len(first) == 4 and axis else "D", [shape[axis] for shape in inputs])
    axes = [length if position == axis else None for position in range(1, len(first))]
    return Outcome(shapes=((*first[:axis], length.value, *first[axis + 1 :]),), axes=tuple(axes))


@rule("Dot", arguments="axes normalize")
def dot(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Dot`: the sum of products along one axis of each input, for each example of the batch."""
    if len(inputs) != 2:
        raise LayerError(f"takes exactly 2 inputs, got {len(inputs)}")
    axes = args.get("axes")
    pair = (axes, axes) if is_whole(axes) else axes
    if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(map(is_whole, pair)):
        raise LayerError(f"axes must be a whole number or two of them, got {shown(axes)}")
    for axis, shape in zip(pair, inputs, strict=True):
        if not -len(shape) <= axis < len(shape) or axis % len(shape) == 0:
            raise LayerError(f"axes must name an axis behind the batch of {shape}, got {shown(axes)}")
    one, other = inputs
    a, b = pair[0] % len(one), pair[1] % len(other)
    if one[a] != other[b]:
        raise LayerError(f"the inputs must agree along axes {a} and {b}, got {one[a]} and {other[b]}")
    if None not in (one[0], other[0]) and one[0] != other[0]:
        raise LayerError(f"the inputs must have the same batch size, got {one[0]} and {other[0]}")
    out = (*one[:a], *one[a + 1 :], *other[1:b], *other[b + 1 :])
    names = {f"N_{i}": size for i, size in enumerate(out[1:], start=1)}
    macs = Formula(product([*names, "D"]), **names, D=one[a])
    return Outcome(shapes=(out if len(out) > 1 else (*out, 1),), axes=(None,) * max(len(out) - 1, 1), macs=macs)
