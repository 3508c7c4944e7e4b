"""What errors say of a layer in more words than its arguments and inputs: kernels, axes, merges, argument names."""

import difflib
import math
import re
from typing import Any

from cnnnotes._pasted.errors.training import labels
from cnnnotes._pasted.errors.trouble import (
    Trouble,
    called,
    inputs_of,
    read_shape,
    said,
    shapes,
    type_of,
    value_of,
)
from cnnnotes.layers import LayerError, Shape, layer_type, outcome

Match = re.Match[str]

_FREQUENT = ("Conv2D", "MaxPooling2D", "Dense", "LSTM", "Dropout", "Embedding")
"""The layers that an argument may be of, where a text doesn't say of which."""
_OPERATIONS = {
    "MaxPool": "MaxPooling2D",
    "AvgPool": "AveragePooling2D",
    "MaxPool3D": "MaxPooling3D",
    "AvgPool3D": "AveragePooling3D",
    "DepthwiseConv2dNative": "DepthwiseConv2D",
}
"""The layers by the names of TensorFlow's operations, where these differ."""


def convolved(match: Match, text: str) -> Trouble:
    """A kernel that is larger than the map, or has an axis too few; by its shape and the window's arguments."""
    window = {name: value_of(value) for name, value in match.groupdict().items() if name not in ("shape", "kernel")}
    return _convolved(called(text), read_shape(match["shape"]), read_shape(match["kernel"]), window)


def _convolved(kind: str | None, shape: Shape, kernel: Shape, window: dict[str, Any]) -> Trouble:
    """A convolution by the shape of its kernel, `(height, width, input channels, filters)`."""
    if len(kernel) < 3 or len(shape) < 2:
        return Trouble((f"A kernel of shape {kernel} doesn't fit an input of shape {shape}.",), kind)
    kind = kind or f"Conv{len(kernel) - 2}D"
    stated = layer_type(kind)
    arguments = {"filters": kernel[-1], "kernel_size": kernel[:-2], **window}
    first = len(shape) > 2 and shape[1] == kernel[-2] != shape[-1]
    if first:
        arguments["data_format"] = "channels_first"
    channels, each = shape[1] if first else shape[-1], kernel[-2]
    if channels and each and channels % each == 0:
        arguments["groups"] = channels // each
    known = {name: value for name, value in arguments.items() if stated is None or name in stated.arguments}
    return Trouble(type=kind, arguments=known, inputs=(shape,))


def negative_dimension(match: Match, text: str) -> Trouble:
    """TensorFlow: the window is larger than the map, said by the operation."""
    named = re.search(r"= ?(\w+)\[", match["node"]) or re.search(r"'(\w+)'", match["op"])
    operation = named[1] if named else ""
    kind = called(text) or _OPERATIONS.get(operation) or (operation if layer_type(operation) else None)
    given, size = shapes(match["shapes"]), int(match["size"])
    if kind is None or not given:
        return Trouble((f"A window of {size} is moved over {match['length']} positions: padding 'valid' leaves none.",))
    window: dict[str, Any] = {}
    for name, key in (("strides", "strides"), ("dilations", "dilation_rate"), ("ksize", "pool_size")):
        if found := re.search(rf"{name}=(\[[\d, ]+\])", match[0]):
            window[key] = read_shape(found[1])[1:-1]
    expanded = len(given[0]) == 4 and all(len(values) == 2 for values in window.values())
    if kind.endswith("1D") and expanded:  # it is computed as a 2D one, with an axis of 1
        given, window = _without_axis(given, window)
    if len(given) > 1:
        return _convolved(kind, given[0], given[1], window)
    size_name = "pool_size" if "Pooling" in kind else "kernel_size"
    return Trouble(type=kind, arguments={size_name: (size,) * (len(given[0]) - 2)} | window, inputs=given)


def _without_axis(
    given: tuple[Shape, ...], window: dict[str, Any]
) -> tuple[tuple[Shape, ...], dict[str, tuple[int, ...]]]:
    """A 2D operation's input, kernel and window without the axis of 1 that makes it one; a kernel has it first."""
    axis = 1 if given[0][1] == 1 else 2
    shapes = [given[0][:axis] + given[0][axis + 1 :], *(kernel[1:] for kernel in given[1:])]
    return tuple(shapes), {name: (values[2 - axis],) for name, values in window.items()}


def axis_value(match: Match, text: str) -> Trouble:
    """A layer was built for another size of an axis than it gets."""
    axis, name, shape = int(match["axis"]), match["name"], read_shape(match["shape"])
    kind = type_of(name) or ("Dense" if len(shape) == 2 else f"Conv{len(shape) - 2}D")
    number, got = re.search(r"\d+", match["wanted"]), shape[axis] if -len(shape) <= axis < len(shape) else None
    if not number or got is None or not layer_type(kind):
        return Trouble((f"It was built for {match['wanted']} along axis {axis}, and gets {shape}.",), None, name)
    size, place = int(number[0]), axis % len(shape)
    says = [f"It was built for {size:,} along axis {axis}, and gets {got:,}."]
    right = (*shape[:place], size, *shape[place + 1 :])
    changes = [(f"an input of {right}, as it was built with", (right,))]
    if len(shape) > 2:
        says.append(f"Its kernel spans {size:,} input channel{'s' * (size > 1)}.")
        if words := _CHANNELS.get((size, got)):
            changes.insert(0, (f"{words}, {right}", (right,)))
        if shape[1] == size:
            last = (shape[0], *shape[2:], size)
            changes.insert(0, (f"np.moveaxis(x, 1, -1), the channels last: {last}", (last,)))
    else:
        says.append(f"Its kernel has {size:,} rows.")
        few, many = sorted((size, got))
        ratio, side = (many // few, math.isqrt(many // few)) if few > 0 else (1, 1)
        if ratio * few == many and ratio > 1:
            flat = f": before a Flatten, {side} times as many on each side of the map" if side * side == ratio else ""
            says.append(f"{many:,} = {ratio} × {few:,}{flat}.")
    advice = ("a new model: a kernel's size is fixed when the layer is built",)
    return Trouble(tuple(says), kind, name, {}, (shape,), True, tuple(changes), advice)


_CHANNELS = {
    (1, 3): "images in grey: color_mode='grayscale'",
    (3, 1): "the grey channel three times: np.repeat(x, 3, -1)",
    (3, 4): "the first three channels, without alpha: x[..., :3]",
}
"""What makes of images with so many channels, the second number, images with as many as the first."""


def concatenated(match: Match, text: str) -> Trouble:
    """`Concatenate` of unlike shapes: the text doesn't say along which axis; the last, unless they fit along that."""
    inputs = tuple(shape for shape in inputs_of(match.groupdict()) if len(shape) > 1)
    try:
        outcome("Concatenate", {}, inputs)
    except LayerError:
        return Trouble(type="Concatenate", inputs=inputs)
    return Trouble(type="Concatenate", arguments={"axis": 1}, inputs=inputs)


def broadcast(match: Match, text: str) -> Trouble:
    """An operation such as `a + b` on unlike shapes, which are written with their batch; it may be the loss's."""
    found, node = inputs_of(match.groupdict()), match.groupdict().get("node") or ""
    if len(found) == 2 and (re.search("compile_loss|compute_loss", text) or re.search("loss|Sub|Squared", node)):
        target, output = found[::-1] if "Squared" in node else found
        return labels(target, output, sparse=False)
    return said("Add")(match, text)


def dotted(match: Match, text: str) -> Trouble:
    """`Dot` along axes of unlike sizes."""
    axes = int(match["a"]), int(match["b"])
    return Trouble(type="Dot", arguments={"axes": axes}, inputs=inputs_of(match.groupdict()))


def unknown_argument(match: Match, text: str) -> Trouble:
    """An argument that the layer doesn't have; Keras 2 doesn't say which layer, but a line of the traceback may."""
    name = match["name"]
    written = re.search(rf"\b([A-Z]\w+)\([^\n]*\b{name} ?=", text)
    kind = match.groupdict().get("kind") or (written[1] if written else "The layer")
    stated, says = layer_type(kind), f"{kind} has no argument {name}."
    names = [each for frequent in _FREQUENT if (of := layer_type(frequent)) for each in of.arguments]
    near = difflib.get_close_matches(name, stated.arguments if stated else names, 1)
    advice = [f"{near[0]}=… in place of {name}=…"] if near else []
    if name in ("batch_input_shape", "batch_shape"):
        says += " Keras 2 took it in the first layer of a model."
        advice = ["an Input(batch_shape=…) before the layer, as the first of the model"]
    return Trouble((says,), kind if stated else None, advice=tuple(advice))


def missing_argument(match: Match, text: str) -> Trouble:
    """An argument that must be given."""
    kind, name = match["kind"], match["name"]
    if not (stated := layer_type(kind)) or not (argument := stated.arguments.get(name)):
        return Trouble((f"{kind} needs {name}.",))
    says = f"{kind} needs {name}: {argument.describe(stated.rank)}."
    return Trouble((says,), kind, advice=(f"{name}={argument.sample!r}, for example",))


def refused_value(match: Match, text: str) -> Trouble:
    """A value that an argument can't have, in a frequent layer where the text doesn't say in which."""
    name = match["argument"]
    kinds = (kind for kind in _FREQUENT if (stated := layer_type(kind)) and name in stated.arguments)
    kind = called(text) or next(kinds, None)
    return said(kind, **{name: value_of(match["value"])})(match, text)
