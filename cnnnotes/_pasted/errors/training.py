"""What errors say in training and loading: labels that don't fit the output, weights that don't fit the model."""

from __future__ import annotations

import re

from cnnnotes._pasted.errors.trouble import Trouble, read_shape, shapes, type_of
from cnnnotes.layers import LayerError, Shape, outcome
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
    rank, lost = len(output) - 2, [(a or 0) - (b or 0) for a, b in zip(target[1:-1], output[1:-1], strict=True)]
    found = ['padding="same" in the convolutions: the map keeps its size'] if min(lost) > 0 else []
    for kind, name in (("Cropping", "labels"), ("ZeroPadding", "output")):
        pairs = tuple((n // 2, n - n // 2) for n in lost)
        argument = "cropping" if kind == "Cropping" else "padding"
        given = {argument: pairs if rank > 1 else pairs[0]}
        source = target if kind == "Cropping" else output
        try:
            made = outcome(f"{kind}{rank}D", given, [source]).shapes[0]
        except LayerError:
            continue
        if min(lost) > 0:
            found.append(f"{kind}{rank}D({argument}={given[argument]}) on the {name}: {made}")
    return found


def sizes_differ(match: Match, text: str) -> Trouble:
    """TensorFlow: two sizes that must be equal, in the loss or between two tensors."""
    found = shapes(match["shapes"])
    if len(found) == 2 and ("loss" in match["node"] or "Sub" in match["node"]):
        return labels(found[0], found[1], sparse=False)
    a, b = match["a"], match["b"]
    return Trouble(
        (f"Two sizes must be equal, and are {a} and {b}: {' and '.join(map(str, found))}.",),
        "Add" if len(found) == 2 else None,
        inputs=tuple(found) if len(found) == 2 else (),
    )


def label_range(match: Match, text: str) -> Trouble:
    """A label beyond the last class."""
    label, classes = int(match["label"]), int(match["classes"])
    says = f"A label is {label}, and the last layer has {classes} outputs: the classes 0 to {classes - 1}."
    advice = [f"Dense({label + 1}) as the last layer, if {label} is the highest label"]
    if label == classes:
        advice.append("labels that begin at 0: y - 1")
    return Trouble((says,), advice=tuple(advice))


def cardinality(match: Match, text: str) -> Trouble:
    """Inputs and labels of unlike number."""
    x, y = match["x"], match["y"]
    return Trouble(
        (f"There are {x} inputs and {y} labels: each input needs one.",),
        advice=(f"the first {min(x, y, key=lambda each: int(each.split(',')[0]))} of both",),
    )


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


def weights_count(match: Match, text: str) -> Trouble:
    """Another number of weights, or of layers with weights, than the model has."""
    wanted, given, what = match["wanted"], match["given"], match["what"].rstrip("s")
    named = f"{what}s" if wanted != "1" else what
    advice = (
        "the model as it was when the weights were saved",
        "model.load_weights(file, by_name=True, skip_mismatch=True) for an .h5 file of which some layers fit",
    )
    name = match.groupdict().get("name") or ""
    says = f"The model has {wanted} {named}, and what is loaded has {given}."
    return Trouble((says,), name=name, advice=advice[: 1 + (what == "layer")])
