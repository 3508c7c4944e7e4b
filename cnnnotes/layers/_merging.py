"""Merging: several inputs become one."""

from functools import reduce

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._outcomes import Outcome, Shape, numbered, product, total
from cnnnotes.layers._registry import rule

_ALIKE = ((None, 32, 32, 16), (None, 32, 32, 16))


@rule("CustomScaleLayer", "scale", inputs=2, unseen="*", example={"scale": 1.0})  # of InceptionResNetV2
@rule("Subtract", inputs=2, shapes=_ALIKE)
@rule("Add Multiply Average Maximum Minimum", inputs=(1, None), shapes=_ALIKE)
def elementwise(args: Arguments, *inputs: Shape) -> Outcome:
    """`Add`, `Subtract`, `Multiply`, `Average`, `Maximum`, `Minimum`: element by element; a size of 1 is repeated."""
    batches = {shape[0] for shape in inputs} - {None}
    if len(batches) > 1:
        raise LayerError(f"the inputs must have the same batch size, got {shown(inputs)}")
    merged = reduce(broadcast, (shape[1:] for shape in inputs))
    repeated = [shape[1:] for shape in dict.fromkeys(inputs) if shape[1:] != merged and None not in shape[1:]]
    notes = tuple(f"{shape} is repeated to fit {merged}" for shape in repeated[:2])
    return Outcome.of((batches.pop() if batches else None, *merged), axes=(None,) * len(merged), notes=notes)


def broadcast(one: Shape, other: Shape) -> Shape:
    """The shape of two that are merged element by element, batch aside, as Keras's merging layers do it."""
    if len(one) < len(other):
        one, other = other, one
    before = len(one) - len(other)
    merged = list(one[:before])
    for axis, (a, b) in enumerate(zip(one[before:], other, strict=True), start=before + 1):
        if a is not None and b is not None and a != b and 1 not in (a, b):
            raise LayerError(f"the inputs must agree along axis {axis}, got {a} and {b} in {one} and {other}")
        merged.append(None if a is None or b is None else b if a == 1 else a)
    return tuple(merged)


@rule("Concatenate", "axis:axis=-1", inputs=(1, None), shapes=((None, 32, 32, 16), (None, 32, 32, 8)))
def concatenate(args: Arguments, *inputs: Shape) -> Outcome:
    """`Concatenate`: one after the other along one axis; all others must agree."""
    first = inputs[0]
    if len(set(map(len, inputs))) > 1:
        raise LayerError(f"the inputs must have the same number of axes, got {shown(inputs)}")
    axis = args.axis("axis", len(first))
    notes = [
        differ(args, f"axis {position}", shown(lengths))
        for position, lengths in enumerate(zip(*inputs, strict=True))
        if position != axis and len(set(lengths) - {None}) > 1
    ]
    length = total("HWD"[axis - 1] if len(first) == 4 and axis else "D", [shape[axis] for shape in inputs])
    axes = [length if position == axis else None for position in range(1, len(first))]
    return Outcome.of((*first[:axis], length.value, *first[axis + 1 :]), axes=tuple(axes), notes=tuple(notes))


def differ(args: Arguments, where: str, sizes: str) -> str:
    """Sizes that are not alike are an error where the layer is built; Keras compares those of no later call, which gets
    a note."""
    problem = f"the inputs must agree along {where}, got {sizes}"
    if not args.call.get("built"):
        raise LayerError(problem)
    return f"Running it would fail: {problem}. Keras compares them only where it builds the layer."


@rule("Dot", "axes:axes normalize=False", inputs=2, example={"axes": 2}, shapes=((None, 5, 16), (None, 7, 16)))
def dot(args: Arguments, one: Shape, other: Shape) -> Outcome:
    """`Dot`: the sum of products along one axis of each input, for each example of the batch."""
    pair = args.listed("axes") * (1 if isinstance(args.get("axes"), list | tuple) else 2)
    if len(pair) != 2 or not all(
        -len(s) <= axis < len(s) and axis % len(s) for axis, s in zip(pair, (one, other), strict=True)
    ):
        raise LayerError(f"axes must name an axis after the batch of {one} and {other}, got {shown(args.get('axes'))}")
    a, b = pair[0] % len(one), pair[1] % len(other)
    notes = [differ(args, f"axes {a} and {b}", f"{one[a]} and {other[b]}")] if one[a] != other[b] else []
    out = (*one[:a], *one[a + 1 :], *other[1:b], *other[b + 1 :])
    names = numbered(out[1:])
    macs = Formula(product([*names, "D"]), **names, D=one[a])
    out = out if len(out) > 1 else (*out, 1)
    return Outcome.of(out, axes=(None,) * (len(out) - 1), macs=macs, notes=tuple(notes))
