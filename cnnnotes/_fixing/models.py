"""What fixes a model, where a layer within it is refused: the change is made in the model, which is computed again.

The channel order is fixed at the input. Halves of a U-Net that don't meet are fixed by another input size, or by layers
that pad or crop before each merge.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from cnnnotes._explaining.walk import Refused, Walk, stated
from cnnnotes._fixing import fixes
from cnnnotes._fixing.change import Fix
from cnnnotes._reading.architecture import Architecture, Call, Layer, TensorRef, mapped
from cnnnotes.layers import Shape, layer_type
from cnnnotes.layers._errors import CnnnotesError, ExplainError
from cnnnotes.layers._merging import concatenate, elementwise
from cnnnotes.layers._outcomes import times

MAX_POOLINGS = 7  # the most halvings that an input size is rounded for: to multiples of 2, 4, 8 …
MAX_INSERTED = 12  # the most layers that are put into a model to fix it

Shapes = Sequence[Shape | None]


def with_fixes(error: ExplainError, architecture: Architecture, most: int = 6) -> ExplainError:
    """The error of a model that is refused, with what fixes the model, the person's own changes first."""
    if isinstance(error.refused, Refused):
        found = {fix.text: fix for fix in _fixes(architecture, error.refused)}
        error.fixes = tuple(found.values())[:most]
        if found:
            error.add_note("\n".join(["To fix it:", *(f"  {fix.text}" for fix in error.fixes)]))
    return error


def _fixes(architecture: Architecture, refused: Refused) -> Iterator[Fix]:
    by_name = {layer.name: layer for layer in (*architecture.input_layers, *architecture.layers)}
    given = [stated(by_name[ref.layer]) for ref in architecture.inputs]
    yield from _turned(architecture, given)
    kind = layer_type(refused.layer.type)
    if kind is not None and kind.rule in (elementwise, concatenate) and len(refused.inputs) == 2:
        yield from _other_sizes(architecture, given)
        yield from _inserted(architecture, given)
    if refused.layer in architecture.layers:
        for fix in fixes(refused.layer.type, refused.layer.config or {}, refused.inputs):
            yield from _made(architecture, given, refused, fix)


def _working(fix: Fix, architecture: Architecture, given: Shapes) -> list[Fix]:
    """The fix with the inputs and outputs of the model that it makes, where that works."""
    try:
        outputs = Walk().run(architecture, tuple(given)).outputs
    except CnnnotesError:
        return []
    return [fix._replace(inputs=tuple(filter(None, given)), outputs=tuple(filter(None, outputs)))]


def _turned(architecture: Architecture, given: Shapes) -> Iterator[Fix]:
    """An input whose channels come first, in a model that takes them last."""
    for i, shape in enumerate(given):
        if shape and len(shape) == 4 and shape[1] in (1, 3, 4) and min(shape[2] or 9, shape[3] or 9) > 4:
            last = (shape[0], shape[2], shape[3], shape[1])
            text = f"Input(shape={last[1:]}), the channels last; np.moveaxis(x, 1, -1) turns the images"
            fix = Fix(text, "InputLayer", {"shape": last[1:]}, (), ())
            yield from _working(fix, architecture, [*given[:i], last, *given[i + 1 :]])


def _other_sizes(architecture: Architecture, given: Shapes) -> list[Fix]:
    """The next smaller and the next larger size of an image whose halves meet again after so many poolings."""
    match given:
        case [(batch, int(height), int(width), channels)]:
            for of in (2**n for n in range(1, MAX_POOLINGS + 1)):
                below, above = (height // of * of, width // of * of), (-(-height // of) * of, -(-width // of) * of)
                tried = [(batch, *sizes, channels) for sizes in (below, above) if min(sizes)]
                found = []
                for shape in tried:
                    text = f"an input of {times(shape[1:3])}, a multiple of {of}"
                    fix = Fix(text, "InputLayer", {"shape": shape[1:]}, (), ())
                    found += _working(fix, architecture, [shape])
                if len(found) == len(tried):
                    return found
    return []


def _inserted(architecture: Architecture, given: Shapes) -> Iterator[Fix]:
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
        for found in _working(Fix("; ".join(texts), prefix, {}, (), ()), changed, given) if texts else ():
            ends = zip(found.inputs[0][1:-1], found.outputs[0][1:-1], strict=False)
            lost = max((a - b for a, b in ends if a and b), default=0)
            cost = f": {lost} rows and columns fewer than the input" if prefix == "Cropping" and lost > 0 else ""
            yield found._replace(text=found.text + cost)


def _refused(architecture: Architecture) -> Refused | None:
    """The first layer of the model itself that is refused."""
    try:
        Walk().run(architecture, None)
    except ExplainError as error:
        if isinstance(error.refused, Refused) and error.refused.layer in architecture.layers:
            return error.refused
    except CnnnotesError:
        pass  # no model at all
    return None


def _made(architecture: Architecture, given: Shapes, refused: Refused, fix: Fix) -> list[Fix]:
    """A fix of the layer alone, where the whole model works with it."""
    layer = refused.layer
    if fix.before is not None:
        changed = _with_layer(architecture, refused, *fix.before)
        return _working(fix._replace(text=f"{fix.text} of {layer.name}"), changed, given)
    if fix.inputs != refused.inputs:
        return []  # an input in the midst of the model is not the person's to choose
    other = layer._replace(type=fix.layer_type, config={**fix.arguments, "name": layer.name})
    return _working(fix._replace(text=f"{fix.text}, in {layer.name}"), _replaced(architecture, layer, other), given)


def _replaced(architecture: Architecture, layer: Layer, *others: Layer) -> Architecture:
    layers = (new for each in architecture.layers for new in (others if each is layer else (each,)))
    return architecture._replace(layers=tuple(layers))


def _with_layer(
    architecture: Architecture, refused: Refused, at: int, kind: str, arguments: dict[str, Any]
) -> Architecture:
    """The model with a layer of this type before one of the inputs of the layer that is refused."""
    name, source = f"{kind}_before_{refused.layer.name}_{at}", refused.refs[at]
    put = Layer(name, kind, {**arguments, "name": name}, (Call((source._replace(shape=None),)),))

    def exchanged(ref: TensorRef) -> TensorRef:
        return TensorRef(name) if ref.origin == source.origin else ref

    calls = list(refused.layer.calls)
    old = calls[refused.call]
    calls[refused.call] = old._replace(args=tuple(mapped(value, exchanged) for value in old.args))
    return _replaced(architecture, refused.layer, put, refused.layer._replace(calls=tuple(calls)))
