"""What errors say of single layers: windows that don't fit, inputs that they don't take, arguments that they refuse."""

from __future__ import annotations

import math
import re
from typing import Any

from cnnnotes._pasted.errors.trouble import Trouble, called, example, read_shape, shapes, type_of
from cnnnotes.layers import Shape, layer_type

Match = re.Match[str]

_OPS = {
    "MaxPool": "MaxPooling2D",
    "AvgPool": "AveragePooling2D",
    "MaxPool3D": "MaxPooling3D",
    "AvgPool3D": "AveragePooling3D",
}
_KERNELS = {"Conv2D": "Conv2D", "Conv3D": "Conv3D", "DepthwiseConv2dNative": "DepthwiseConv2D"}


def _convolved(kind: str | None, shape: Shape, kernel: Shape, window: dict[str, Any]) -> Trouble:
    """A convolution by the shape of its kernel, `(height, width, input channels, filters)`."""
    rank = len(kernel) - 2
    kind = kind or f"Conv{rank}D"
    stated = layer_type(kind)
    arguments = {"filters": kernel[-1], "kernel_size": kernel[:-2], **window}
    first = shape[1] == kernel[-2] != shape[-1]
    if first:
        arguments["data_format"] = "channels_first"
    channels, each = shape[1] if first else shape[-1], kernel[-2]
    if channels and each and channels % each == 0 and channels != each:
        arguments["groups"] = channels // each
    known = {name: value for name, value in arguments.items() if stated is None or name in stated.arguments}
    return Trouble((), kind, arguments=known, inputs=(shape,), changes=_batched(shape))


def _batched(shape: Shape) -> tuple[tuple[str, tuple[Shape, ...]], ...]:
    """An image without its batch reaches a layer with an axis of 1 that Keras has put at its end."""
    if len(shape) > 3 and shape[0] and shape[-1] == 1 and shape[-2] in (1, 3, 4):
        return ((f"x[None], a batch of one: {(1, *shape[:-1])}", ((1, *shape[:-1]),)),)
    return ()


def convolved(match: Match, text: str) -> Trouble:
    """Keras 3: the kernel is larger than the map."""
    window = {**_window(match), "dilation_rate": read_shape(match["dilation"])}
    return _convolved(called(text), read_shape(match["shape"]), read_shape(match["size"]), window)


def pooled(match: Match, text: str) -> Trouble:
    """Keras 3: the pool is larger than the map."""
    shape, size = read_shape(match["shape"]), read_shape(match["size"])
    kind = called(text) or f"MaxPooling{len(size)}D"
    return Trouble((), kind, arguments={"pool_size": size, **_window(match)}, inputs=(shape,), changes=_batched(shape))


def _window(match: Match) -> dict[str, Any]:
    return {"strides": read_shape(match["strides"]), "padding": match["padding"].lower()}


def negative_dimension(match: Match, text: str) -> Trouble:
    """TensorFlow: the window is larger than the map, said by the operation."""
    size, length = int(match["size"]), int(match["length"])
    given = shapes(match["shapes"])
    named = re.search(r"= ?(\w+)\[", match["node"]) or re.search(r"'(\w+)'", match["op"])
    operation = named[1] if named else ""
    window: dict[str, Any] = {}
    for name, key in (("strides", "strides"), ("dilations", "dilation_rate"), ("ksize", "pool_size")):
        found = re.search(rf"{name}=(\[[\d, ]+\])", match[0])
        if found:
            window[key] = tuple(n for n in read_shape(found[1])[1:-1])
    kind = called(text) or _OPS.get(operation) or _KERNELS.get(operation)
    if not given or kind is None:
        return Trouble(
            (f"A window of {size} is moved over {length} positions, and with padding 'valid' none is left.",)
        )
    if len(given) > 1:
        return _convolved(kind, given[0], given[1], window)
    if "Pooling" in kind:
        window.setdefault("pool_size", (size,) * (len(given[0]) - 2))
    return Trouble((), kind, arguments={**example(kind), **window}, inputs=(given[0],), changes=_batched(given[0]))


def negative_filter(match: Match, text: str) -> Trouble:
    """TensorFlow, outside a graph: the lengths along one axis, the input's shape in Keras's own lines below."""
    size, stride = int(match["size"]), int(match["stride"])
    found = re.search(r"shape=(\([^)]*\))", text)
    kind = called(text)
    if kind is None or found is None:
        return Trouble((f"A window of {size} doesn't fit in an axis of {match['length']}.",), kind)
    shape = read_shape(found[1])
    window = {"pool_size" if "Pooling" in kind else "kernel_size": size, "strides": stride}
    return Trouble((), kind, arguments={**example(kind), **window}, inputs=(shape,), changes=_batched(shape))


def axis_value(match: Match, text: str) -> Trouble:
    """A layer was built for another size of an axis than it gets."""
    axis, wanted, shape = int(match["axis"]), match["wanted"], read_shape(match["shape"])
    kind = type_of(match["name"]) or (
        "Dense" if len(shape) == 2 else f"Conv{len(shape) - 2}D" if len(shape) < 6 else None
    )
    number = re.search(r"\d+", wanted)
    got = shape[axis] if -len(shape) <= axis < len(shape) else None
    if not number or got is None or kind is None:
        return Trouble((f"It was built for {wanted} along axis {axis}, and gets {shape}.",), kind, match["name"])
    size, place = int(number[0]), axis % len(shape)
    says = [
        f"It was built for {size:,} along axis {axis}, and gets {got:,}.",
        f"Its kernel spans {size:,} input channel{'s' * (size > 1)}."
        if len(shape) > 2
        else f"Its kernel has {size:,} rows.",
    ]
    right = (*shape[:place], size, *shape[place + 1 :])
    changes: list[tuple[str, tuple[Shape, ...]]] = []
    if len(shape) > 2:
        if shape[1] == size:
            turned = (shape[0], *shape[2:], size)
            changes.append((f"np.moveaxis(x, 1, -1), the channels last: {turned}", (turned,)))
        words = {
            (1, 3): "images in grey: color_mode='grayscale'",
            (3, 1): "the grey channel three times: np.repeat(x, 3, -1)",
            (3, 4): "the first three channels, without alpha: x[..., :3]",
        }
        if (size, got) in words:
            changes.append((f"{words[size, got]}, {right}", (right,)))
    elif got % size == 0 or size % got == 0:
        many, few = max(got, size), min(got, size)
        ratio = many // few
        side = math.isqrt(ratio)
        larger = "larger" if got > size else "smaller"
        says.append(f"{many:,} = {ratio} × {few:,}.")
        if side * side == ratio and side > 1:
            says.append(
                f"Before a Flatten, that is a map {side} times {larger} on each side than the one it was built for."
            )
        elif ratio in (3, 4) and got > size:
            says.append(f"That may be {ratio} channels where it was built for one.")
    changes.append((f"an input of {right}, as it was built with", (right,)))
    advice = ("a new model: a kernel's size is fixed when the layer is built",)
    return Trouble(tuple(says), kind, match["name"], _of_width(kind, size), (shape,), True, tuple(changes), advice)


def _of_width(kind: str, size: int) -> dict[str, Any]:
    return {**example(kind), **({"groups": 1} if kind.startswith("Conv") and "Transpose" not in kind else {})}


def axes_count(match: Match, text: str) -> Trouble:
    """A layer gets too few or too many axes."""
    shape, kind = read_shape(match["shape"]), type_of(match["name"])
    least = "at least " if match["bound"] == "min_" else "at most " if match["bound"] == "max_" else ""
    says = f"It takes {least}{match['wanted']} axes, the batch counted, and gets {match['found']}: {shape}."
    return Trouble((says,), kind, match["name"], example(kind), (shape,), assumed=True)


def model_shape(match: Match, text: str) -> Trouble:
    """A functional model gets an input of another size than its input layer states."""
    wanted, found = read_shape(match["wanted"]), read_shape(match["found"])
    says = [f"The model was built for {wanted}, and gets {found}."]
    if len(found) == len(wanted) - 1:
        says.append("The text leaves out the last axis where it has size 1.")
    return Trouble(
        tuple(says),
        name=match["name"],
        advice=(f"resize the images: layers.Resizing{wanted[1:3]}",) * (len(wanted) == 4 and None not in wanted[1:3]),
    )


def kernel_rank(match: Match, text: str) -> Trouble:
    """A convolution gets an axis too many."""
    kernel, shape = read_shape(match["kernel"]), read_shape(match["shape"])
    kind = called(text) or f"Conv{len(kernel) - 2}D"
    return Trouble((), kind, arguments={"filters": kernel[-1], "kernel_size": kernel[:-2]}, inputs=(shape,))


def cropped(match: Match, text: str) -> Trouble:
    """A cropping that leaves nothing."""
    shape, taken = read_shape(match["shape"]), read_shape(match["cropping"])
    rank = len(shape) - 2
    pairs = tuple(zip(taken[::2], taken[1::2], strict=False))
    return Trouble(
        (), called(text) or f"Cropping{rank}D", arguments={"cropping": pairs if rank > 1 else taken}, inputs=(shape,)
    )


def reshaped(match: Match, text: str) -> Trouble:
    """A `Reshape` to another number of values."""
    return Trouble(
        (),
        "Reshape",
        arguments={"target_shape": read_shape(match["target"])},
        inputs=((None, *read_shape(match["shape"])),),
    )


def unknown_size(match: Match, text: str) -> Trouble:
    """A weight whose size is unknown, since a size before it is."""
    name = match["path"].split("/")[-2] if "/" in match["path"] else match["path"]
    kind, shape = type_of(name), read_shape(match["shape"])
    says = (
        f"Its {match['path'].rpartition('/')[2]} would have the shape {shape}: the input's last axis has no known size."
    )
    inputs: tuple[Shape, ...] = ((None, None),) if kind == "Dense" else ()
    advice = (
        "GlobalAveragePooling2D in place of Flatten: its length is the number of channels, whatever the map's size",
        "Input(shape=…) with a height and a width",
    )
    return Trouble(
        (says,),
        kind,
        name,
        {**example(kind), **({"units": shape[-1]} if kind == "Dense" else {})},
        inputs,
        advice=advice,
    )
