"""What fixes a model, where a layer within it is refused: the change is made in the model, which is computed again.

The channel order is fixed at the input. Halves of a U-Net that don't meet are fixed by another input size, or by layers
that pad or crop before each merge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cnnnotes._explaining.walk import Refused, Walk
from cnnnotes._fixing import fixes
from cnnnotes._fixing.change import Fix
from cnnnotes._reading.architecture import Architecture, Call, Layer, TensorRef
from cnnnotes.layers import LayerError, Shape, layer_type, outcome
from cnnnotes.layers._errors import CnnnotesError, ExplainError
from cnnnotes.layers._merging import concatenate, elementwise
from cnnnotes.layers._outcomes import times

MAX_POOLINGS = 7
"""The most halvings that an input size is rounded for: to multiples of 2, 4, 8 …"""
MAX_INSERTED = 12
"""The most layers that are put into a model to fix it."""

Computed = tuple[Shape | None, ...]


def with_fixes(error: ExplainError, architecture: Architecture, most: int = 6) -> ExplainError:
    """The error of a model that is refused, with what fixes the model, the person's own changes first."""
    refused = error.refused
    if isinstance(refused, Refused):
        found = {fix.text: fix for fix in _fixes(architecture, refused)}
        error.fixes = tuple(found.values())[:most]
        if found:
            error.add_note("\n".join(["To fix it:", *(f"  {fix.text}" for fix in error.fixes)]))
    return error


def _fixes(architecture: Architecture, refused: Refused) -> Iterator[Fix]:
    yield from _turned(architecture)
    kind = layer_type(refused.layer.type)
    if kind is not None and kind.rule in (elementwise, concatenate) and len(refused.inputs) == 2:
        yield from _other_sizes(architecture)
        yield from _inserted(architecture)
    if refused.layer in architecture.layers:
        for fix in fixes(refused.layer.type, refused.layer.config or {}, refused.inputs):
            yield from _made(architecture, refused, fix)


def _computed(
    architecture: Architecture, inputs: Sequence[Shape | None] | None = None
) -> Computed | ExplainError | None:
    """The model's outputs; what is refused in it; `None` where it is no model at all."""
    try:
        return Walk().run(architecture, None if inputs is None else tuple(inputs)).outputs
    except ExplainError as error:
        return error
    except CnnnotesError:
        return None


def _stated(architecture: Architecture) -> list[Shape | None]:
    """The shapes that the input layers state."""
    by_name = {layer.name: layer for layer in (*architecture.input_layers, *architecture.layers)}
    found: list[Shape | None] = []
    for ref in architecture.inputs:
        layer = by_name[ref.layer]
        try:
            found.append(outcome(layer.type, layer.config or {}, ()).shapes[0])
        except LayerError:
            found.append(None)
    return found


def _of_input(text: str, architecture: Architecture, inputs: list[Shape | None]) -> Iterator[Fix]:
    """The fix that is another input, where the model then works."""
    outputs = _computed(architecture, inputs)
    if isinstance(outputs, tuple):
        yield Fix(text, "InputLayer", {"shape": inputs[0][1:]} if inputs[0] else {}, *_known(inputs, outputs))


def _known(inputs: Sequence[Shape | None], outputs: Computed) -> tuple[tuple[Shape, ...], tuple[Shape, ...]]:
    return tuple(each for each in inputs if each is not None), tuple(each for each in outputs if each is not None)


def _turned(architecture: Architecture) -> Iterator[Fix]:
    """An input whose channels come first, in a model that takes them last."""
    stated = _stated(architecture)
    for i, shape in enumerate(stated):
        if shape and len(shape) == 4 and shape[1] in (1, 3, 4) and min(shape[2] or 9, shape[3] or 9) > 4:
            last = (shape[0], shape[2], shape[3], shape[1])
            text = f"Input(shape={last[1:]}), the channels last; np.moveaxis(x, 1, -1) turns the images"
            yield from _of_input(text, architecture, [*stated[:i], last, *stated[i + 1 :]])


def _other_sizes(architecture: Architecture) -> Iterator[Fix]:
    """The next smaller and the next larger size of an image whose halves meet again after so many poolings."""
    stated = _stated(architecture)
    if len(stated) != 1 or stated[0] is None or len(stated[0]) != 4 or None in stated[0][1:3]:
        return
    batch, height, width, channels = stated[0]
    for of in (2**n for n in range(1, MAX_POOLINGS + 1)):
        rounded = [[size // of * of, -(-size // of) * of] for size in (height or 0, width or 0)]
        tried: list[list[Shape | None]] = [[(batch, h, w, channels)] for h, w in zip(*rounded, strict=True)]
        if all(isinstance(_computed(architecture, each), tuple) for each in tried if 0 not in (each[0] or ())):
            for each in tried:
                sizes = (each[0] or ())[1:3]
                yield from _of_input(f"an input of {times(sizes)}, a multiple of {of}", architecture, each)
            return


def _inserted(architecture: Architecture) -> Iterator[Fix]:
    """A layer before each merge that pads the smaller of its inputs, or crops the larger one."""
    for prefix in ("ZeroPadding", "Cropping"):
        changed, found = architecture, list[str]()
        outputs = _computed(changed)
        while isinstance(outputs, ExplainError) and len(found) < MAX_INSERTED:
            refused = outputs.refused
            if not isinstance(refused, Refused) or refused.layer not in changed.layers:
                break
            options = fixes(refused.layer.type, refused.layer.config or {}, refused.inputs, 20)
            fix = next((fix for fix in options if fix.before and fix.before[1].startswith(prefix)), None)
            if fix is None or fix.before is None:
                break
            changed = _with_layer(changed, refused, *fix.before)
            found.append(f"{fix.text} of {refused.layer.name}")
            outputs = _computed(changed)
        if found and isinstance(outputs, tuple):
            inputs, made = _known(_stated(changed), outputs)
            ends = zip(inputs[0][1:-1], made[0][1:-1], strict=False) if inputs and made else ()
            lost = max((a - b for a, b in ends if a and b), default=0)
            cost = f": {lost} rows and columns fewer than the input" if prefix == "Cropping" and lost > 0 else ""
            yield Fix("; ".join(found) + cost, prefix, {}, inputs, made)


def _made(architecture: Architecture, refused: Refused, fix: Fix) -> Iterator[Fix]:
    """A fix of the layer alone, where the whole model works with it."""
    layer = refused.layer
    if fix.before is not None:
        changed = _with_layer(architecture, refused, *fix.before)
    elif fix.inputs == refused.inputs:
        other = layer._replace(type=fix.layer_type, config={**fix.arguments, "name": layer.name})
        changed = _replaced(architecture, layer, other)
    else:
        return  # an input in the midst of the model is not the person's to choose
    outputs = _computed(changed)
    if isinstance(outputs, tuple):
        inputs, made = _known(_stated(changed), outputs)
        yield fix._replace(
            text=f"{fix.text}, in {layer.name}" if fix.before is None else f"{fix.text} of {layer.name}",
            inputs=inputs,
            outputs=made,
        )


def _replaced(architecture: Architecture, layer: Layer, *others: Layer) -> Architecture:
    layers: list[Layer] = []
    for each in architecture.layers:
        layers += others if each is layer else [each]
    return architecture._replace(layers=tuple(layers))


def _with_layer(
    architecture: Architecture, refused: Refused, at: int, kind: str, arguments: dict[str, Any]
) -> Architecture:
    """The model with a layer of this type before one of the inputs of the layer that is refused."""
    name = f"{kind}_before_{refused.layer.name}_{at}"
    source = refused.refs[at]
    put = Layer(name, kind, {**arguments, "name": name}, (Call((source._replace(shape=None),)),))
    number = refused.call

    def exchanged(value: Any) -> Any:
        if isinstance(value, TensorRef):
            return TensorRef(name) if value.origin == source.origin else value
        return type(value)(map(exchanged, value)) if isinstance(value, list | tuple) else value

    calls = list(refused.layer.calls)
    calls[number] = Call(tuple(map(exchanged, calls[number].args)), calls[number].kwargs)
    return _replaced(architecture, refused.layer, put, refused.layer._replace(calls=tuple(calls)))
