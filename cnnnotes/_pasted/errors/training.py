"""What errors say in training and loading: labels that don't fit the output, weights that don't fit the model."""

import re
from collections.abc import Iterator

from cnnnotes._pasted.errors.trouble import Trouble, read_shape, type_of
from cnnnotes.layers import Shape

Match = re.Match[str]

_SPARSE = "A sparse loss wants an integer for each vector of probabilities: the output's shape without the last axis."
_AXES = (*["the size of the kernel"] * 5, "the channels or values of the input", "the number of filters or units")
"""What the last axes of a weight stand for."""


def values_apart(match: Match, text: str) -> Trouble:
    """A loss that compares labels and outputs value by value."""
    return labels(read_shape(match["target"]), read_shape(match["output"]), sparse=False)


def classes_apart(match: Match, text: str) -> Trouble:
    """A sparse loss, whose labels are integers."""
    return labels(read_shape(match["target"]), read_shape(match["output"]), sparse=True)


def labels(target: Shape, output: Shape, sparse: bool) -> Trouble:
    """What fits between labels of one shape and outputs of another, for the losses that there are."""
    says = [f"The labels have the shape {target}, the model's output {output}."]
    if not target or not output:
        return Trouble(tuple(says))
    says.append(_SPARSE if sparse else "The loss compares them value by value: their shapes must be the same.")
    positions = _positions(target, output) if sparse else 1
    if positions > 1:
        says.append(f"{output[0]} = {positions} × {target[0]}: there are {positions} predictions for each example.")
    return Trouble(tuple(says), advice=tuple(_label_fixes(target, output, sparse, positions)))


def _positions(target: Shape, output: Shape) -> int:
    """At how many positions of an example a model predicts, where a sparse loss has put all of them in one row."""
    rows, examples = output[0] or 0, target[0] or 0
    return rows // examples if len(target) < len(output) == 2 and examples and rows % examples == 0 else 1


def _label_fixes(target: Shape, output: Shape, sparse: bool, positions: int) -> Iterator[str]:
    inner, classes = output[1:-1], output[-1] or 1
    integers = target[1:] in (inner, (*inner, 1))
    if not sparse and integers:
        yield f'loss="sparse_categorical_crossentropy", if the labels are integers from 0 to {classes - 1}'
        yield f"labels as vectors: keras.utils.to_categorical(y, {classes}), of shape {(target[0], *output[1:])}"
    if sparse and (target[1:] == output[1:] or target == ((output[0] or 0) * classes,)):
        yield 'loss="categorical_crossentropy": the labels are vectors already'
        yield "labels as integers: y.argmax(-1)"
    if not integers and target[:-1] == output[:-1] and target[-1] not in (None, classes):
        yield f"Dense({target[-1]}) as the last layer, in place of {classes} units"
    if inner and len(target) <= 2:
        yield f"GlobalAveragePooling{len(inner)}D() before the last Dense, which then gives {(output[0], classes)}"
    elif positions > 1:
        yield "GlobalAveragePooling2D() before the last Dense: one prediction for each example"
    if (inner and len(target) <= 2) or positions > 1:
        yield "Flatten() before the last Dense, which acts on the last axis alone and keeps those before it"
        if len(inner) < 2:
            yield "return_sequences=False in the last recurrent layer"
    lost = [(a or 0) - (b or 0) for a, b in zip(target[1:-1], inner, strict=False)]
    if len(output) == len(target) and lost and min(lost) > 0:
        ends = tuple((n // 2, n - n // 2) for n in lost)
        made = (target[0], *inner, target[-1])
        yield 'padding="same" in the convolutions: the map keeps its size'
        yield f"Cropping{len(lost)}D(cropping={ends if len(ends) > 1 else ends[0]}) on the labels: {made}"


def weights_shape(match: Match, text: str) -> Trouble:
    """A weight that is loaded has another shape than the model's."""
    wanted, given, name = read_shape(match["wanted"]), read_shape(match["given"]), match.groupdict().get("name") or ""
    says = [f"The weight has the shape {wanted} in the model, and {given} in what is loaded."]
    if len(wanted) == 4 and given == (wanted[3], wanted[2], wanted[0], wanted[1]):
        says.append("It is printed in the order (filters, input channels, height, width), as Keras 2 turned kernels.")
    elif len(wanted) == len(given) > 1:
        meaning = [
            *["the size of the kernel"] * 5,
            "the channels or values of the input",
            "the number of filters or units",
        ]
        for what, a, b in zip(meaning[-len(wanted) :], wanted, given, strict=True):
            if a != b:
                says.append(f"They differ in {what}: {a} in the model, {b} in what is loaded.")
    advice = ("the model as it was when the weights were saved, then load_weights",)
    return Trouble(tuple(says), type_of(name), name, advice=advice)
