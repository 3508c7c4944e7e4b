"""What errors say in training and loading: labels that don't fit the output, weights that don't fit the model."""

from __future__ import annotations

import re

from cnnnotes._pasted.errors.trouble import Trouble, listed, read_shape, shapes, type_of
from cnnnotes.layers import Shape, outcome
from cnnnotes.layers._outcomes import volume

Match = re.Match[str]


def values_apart(match: Match, text: str) -> Trouble:
    """A loss that compares labels and outputs value by value."""
    return labels(read_shape(match["target"]), read_shape(match["output"]), sparse=False)


def classes_apart(match: Match, text: str) -> Trouble:
    """A sparse loss, whose labels are integers."""
    return labels(read_shape(match["target"]), read_shape(match["output"]), sparse=True)


def labels(target: Shape, output: Shape, sparse: bool) -> Trouble:
    """What fits between labels of one shape and outputs of another, for the losses that there are."""
    says = [f"The labels have the shape {target}, the model's output {output}."]
    if sparse:
        says.append(
            "A sparse loss wants an integer for each vector of probabilities: the output's shape without the last axis."
        )
    else:
        says.append("The loss compares them value by value: their shapes must be the same.")
    return Trouble(tuple(says), advice=tuple(_label_fixes(target, output, sparse)))


def _label_fixes(target: Shape, output: Shape, sparse: bool) -> list[str]:
    classes, found = output[-1], []
    integers = target[1:] in (output[1:-1], (*output[1:-1], 1))
    if not sparse and integers:
        found.append(
            f'loss="sparse_categorical_crossentropy", if the labels are integers from 0 to {(classes or 1) - 1}'
        )
        found.append(
            f"labels as vectors: keras.utils.to_categorical(y, {classes}), of shape {(target[0], *output[1:])}"
        )
    if sparse and target[1:] == output[1:]:
        found.append('loss="categorical_crossentropy": the labels are vectors already')
        found.append("labels as integers: y.argmax(-1)")
    if len(target) == len(output) and target[:-1] == output[:-1] and target[-1] not in (None, classes) and not integers:
        found.append(f"Dense({target[-1]}) as the last layer, in place of {classes} units")
    if len(output) > 2 and len(target) <= 2:
        rank = len(output) - 2
        pooling, flat = (f"GlobalAveragePooling{rank}D", (output[0], volume(output[1:])))
        pooled = outcome(pooling, {}, [output]).shapes[0] if rank < 4 else flat
        found.append(f"{pooling}() before the last Dense, which then gives {pooled}: one prediction for each example")
        found.append(f"Flatten() before the last Dense: it acts on the last axis, and keeps the {rank} before it")
        if rank == 1:
            found.append("return_sequences=False in the last recurrent layer")
    if len(output) == len(target) > 2 and target[1:-1] != output[1:-1]:
        found += _padded(target, output)
    return found


def _padded(target: Shape, output: Shape) -> list[str]:
    """Masks of another size than the map that is to predict them."""
    lost = [(a or 0) - (b or 0) for a, b in zip(target[1:-1], output[1:-1], strict=True)]
    if min(lost) < 1 or len(lost) > 3:
        return []
    pairs = tuple((n // 2, n - n // 2) for n in lost)
    kind, cropping = f"Cropping{len(lost)}D", pairs if len(lost) > 1 else pairs[0]
    made = outcome(kind, {"cropping": cropping}, [target]).shapes[0]
    return [
        'padding="same" in the convolutions: the map keeps its size',
        f"{kind}(cropping={cropping}) on the labels: {made}",
    ]


def sizes_differ(match: Match, text: str) -> Trouble:
    """TensorFlow: two sizes that must be equal, in the loss or between two tensors."""
    found = tuple(shapes(match["shapes"]))
    if len(found) == 2 and ("loss" in match["node"] or "Sub" in match["node"]):
        return labels(found[0], found[1], sparse=False)
    says = f"Two sizes must be equal, and are {match['a']} and {match['b']}: {listed(found)}."
    return Trouble((says,), "Add", inputs=found) if len(found) == 2 else Trouble((says,))


def weights_shape(match: Match, text: str) -> Trouble:
    """A weight that is loaded has another shape than the model's."""
    wanted, given = read_shape(match["wanted"]), read_shape(match["given"])
    name = match.groupdict().get("name") or ""
    says = [f"The weight has the shape {wanted} in the model, and {given} in what is loaded."]
    if len(wanted) == len(given):
        apart = [i for i, (a, b) in enumerate(zip(wanted, given, strict=True)) if a != b]
        says += _axis_meaning(wanted, given, apart)
    elif sorted(map(str, wanted)) == sorted(map(str, given)):
        says.append("They hold the same sizes in another order.")
    advice = ("the model as it was when the weights were saved, then load_weights",)
    return Trouble(tuple(says), type_of(name), name, advice=advice)


def _axis_meaning(wanted: Shape, given: Shape, apart: list[int]) -> list[str]:
    """What the axes in which two kernels differ stand for: `(height, width, input channels, filters)`."""
    if len(wanted) == 4 and given == (wanted[3], wanted[2], wanted[0], wanted[1]):
        return ["It is printed in the order (filters, input channels, height, width), as Keras 2 turned kernels."]
    says = []
    for i in apart:
        last = {
            len(wanted) - 1: "the number of filters or units",
            len(wanted) - 2: "the channels or values of the input",
        }
        if len(wanted) > 1:
            what = last.get(i, "the size of the kernel")
            says.append(f"They differ in {what}: {wanted[i]} in the model, {given[i]} in what is loaded.")
    return says
