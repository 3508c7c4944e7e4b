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


def _computed(architecture: Architecture, inputs: Sequence[Shape | None] | None = None) -> tuple[Shape | None, ...]:
    """The model's outputs; `CnnnotesError` where it is refused, or no model at all."""
    return Walk().run(architecture, None if inputs is None else tuple(inputs)).outputs


def _working(fix: Fix, architecture: Architecture, inputs: Sequence[Shape | None] | None = None) -> Iterator[Fix]:
    """The fix with the inputs and outputs of the model that it makes, where that works."""
    try:
        outputs = _computed(architecture, inputs)
    except CnnnotesError:
        return
    given = _stated(architecture) if inputs is None else inputs
    yield fix._replace(inputs=tuple(filter(None, given)), outputs=tuple(filter(None, outputs)))


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


def _turned(architecture: Architecture) -> Iterator[Fix]:
    """An input whose channels come first, in a model that takes them last."""
    stated = _stated(architecture)
    for i, shape in enumerate(stated):
        if shape and len(shape) == 4 and shape[1] in (1, 3, 4) and min(shape[2] or 9, shape[3] or 9) > 4:
            last = (shape[0], shape[2], shape[3], shape[1])
            text = f"Input(shape={last[1:]}), the channels last; np.moveaxis(x, 1, -1) turns the images"
            turned = [*stated[:i], last, *stated[i + 1 :]]
            yield from _working(_input(text, last), architecture, turned)


def _input(text: str, shape: Shape) -> Fix:
    return Fix(text, "InputLayer", {"shape": shape[1:]}, (), ())


def _other_sizes(architecture: Architecture) -> Iterator[Fix]:
    """The next smaller and the next larger size of an image whose halves meet again after so many poolings."""
    stated = _stated(architecture)
    if len(stated) != 1 or stated[0] is None or len(stated[0]) != 4 or None in stated[0][1:3]:
        return
    batch, *spatial, channels = stated[0]
    for of in (2**n for n in range(1, MAX_POOLINGS + 1)):
        below = [(size or 0) // of * of for size in spatial]
        above = [-(-(size or 0) // of) * of for size in spatial]
        tried = [(sizes, (batch, *sizes, channels)) for sizes in (below, above) if min(sizes)]
        fixes = [
            fix
            for sizes, shape in tried
            for fix in _working(_input(f"an input of {times(sizes)}, a multiple of {of}", shape), architecture, [shape])
        ]
        if len(fixes) == len(tried):
            yield from fixes
            return


def _inserted(architecture: Architecture) -> Iterator[Fix]:
    """A layer before each merge that pads the smaller of its inputs, or crops the larger one."""
    for prefix in ("ZeroPadding", "Cropping"):
        changed, texts = architecture, list[str]()
        while len(texts) < MAX_INSERTED and (refused := _refused(changed)):
            options = fixes(refused.layer.type, refused.layer.config or {}, refused.inputs, 20)
            fix = next((fix for fix in options if fix.before and fix.before[1].startswith(prefix)), None)
            if fix is None or fix.before is None:
                break
            changed = _with_layer(changed, refused, *fix.before)
            texts.append(f"{fix.text} of {refused.layer.name}")
        for found in _working(Fix("; ".join(texts), prefix, {}, (), ()), changed) if texts else ():
            ends = zip(found.inputs[0][1:-1], found.outputs[0][1:-1], strict=False)
            lost = max((a - b for a, b in ends if a and b), default=0)
            cost = f": {lost} rows and columns fewer than the input" if prefix == "Cropping" and lost > 0 else ""
            yield found._replace(text=found.text + cost)


def _refused(architecture: Architecture) -> Refused | None:
    """The first layer of the model itself that is refused."""
    try:
        _computed(architecture)
    except ExplainError as error:
        if isinstance(error.refused, Refused) and error.refused.layer in architecture.layers:
            return error.refused
    return None


def _made(architecture: Architecture, refused: Refused, fix: Fix) -> Iterator[Fix]:
    """A fix of the layer alone, where the whole model works with it."""
    layer = refused.layer
    if fix.before is not None:
        changed = _with_layer(architecture, refused, *fix.before)
        yield from _working(fix._replace(text=f"{fix.text} of {layer.name}"), changed)
    elif fix.inputs == refused.inputs:  # another input in the midst of the model is not the person's to choose
        other = layer._replace(type=fix.layer_type, config={**fix.arguments, "name": layer.name})
        changed = _replaced(architecture, layer, other)
        yield from _working(fix._replace(text=f"{fix.text}, in {layer.name}"), changed)


def _replaced(architecture: Architecture, layer: Layer, *others: Layer) -> Architecture:
    layers = (new for each in architecture.layers for new in (others if each is layer else (each,)))
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
