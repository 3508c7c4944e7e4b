"""What fixes a model, where a layer within it is refused: the change is made in the model, which is computed again.
Halves of a U-Net that don't meet are fixed by another input size, or by layers that pad or crop before each merge."""

from collections.abc import Iterator, Sequence

from cnnnotes._explaining.walk import Refused, Walk, stated
from cnnnotes._fixing import fixes
from cnnnotes._fixing.change import Fix, channels_last
from cnnnotes._reading.architecture import Architecture, Call, Layer, TensorRef, mapped
from cnnnotes.layers import Shape
from cnnnotes.layers._errors import CnnnotesError, ExplainError
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
    for i, shape in enumerate(given):
        if last := channels_last(shape or ()):
            text = f"Input(shape={last[1:]}), the channels last; np.moveaxis(x, 1, -1) turns the images"
            yield from _on_input(text, architecture, given, i, last)
    if len(refused.inputs) == 2:
        yield from _other_sizes(architecture, given)
    for fix in _of(refused) if refused.layer in architecture.layers else ():
        yield from _made(architecture, given, refused, fix)


def _of(refused: Refused | None) -> list[Fix]:
    """What fixes a layer, where a model can be changed so: an input in its midst is not the person's to choose."""
    if refused is None:
        return []
    found = fixes(refused.layer.type, refused.layer.config or {}, refused.inputs, 20)
    return [fix for fix in found if fix.before or fix.inputs == refused.inputs]


def _working(fix: Fix, architecture: Architecture, given: Shapes) -> list[Fix]:
    """The fix with the inputs and outputs of the model that it makes, where that works."""
    try:
        outputs = Walk().run(architecture, tuple(given)).outputs
    except CnnnotesError:
        return []
    return [fix._replace(inputs=tuple(filter(None, given)), outputs=tuple(filter(None, outputs)))]


def _on_input(text: str, architecture: Architecture, given: Shapes, at: int, shape: Shape) -> list[Fix]:
    """The model on another input."""
    fix = Fix(text, "InputLayer", {"shape": shape[1:]})
    return _working(fix, architecture, [*given[:at], shape, *given[at + 1 :]])


def _other_sizes(architecture: Architecture, given: Shapes) -> list[Fix]:
    """The next smaller and the next larger size of an image whose halves meet again after so many poolings."""
    match given:
        case [(batch, int(height), int(width), channels)]:
            for of in (2**n for n in range(1, MAX_POOLINGS + 1)):
                below, above = (height // of * of, width // of * of), (-(-height // of) * of, -(-width // of) * of)
                sides = [each for each in (below, above) if min(each)]
                found = list[Fix]()
                for side in sides:
                    text = f"an input of {times(side)}, a multiple of {of}"
                    found += _on_input(text, architecture, given, 0, (batch, *side, channels))
                if len(found) == len(sides):
                    return found
    return []


def _made(architecture: Architecture, given: Shapes, refused: Refused, fix: Fix) -> Iterator[Fix]:
    """A fix made in the model, where all of it works then; a layer before one merge may be needed before others too."""
    at: Refused | None = refused
    step: Fix | None = fix
    texts: list[str] = []
    while at and step and len(texts) < MAX_INSERTED:
        architecture = _with(architecture, at, step)
        texts.append(f"{step.text}{' of' if step.before else ', in'} {at.layer.name}")
        at = _refused(architecture)
        step = next((each for each in _of(at) if fix.before and each.before and each.before[1] == fix.before[1]), None)
    for found in _working(fix._replace(text="; ".join(texts)), architecture, given):
        ends = zip(*(shapes[0][1:-1] for shapes in (found.inputs, found.outputs) if shapes), strict=False)
        lost = max((a - b for a, b in ends if a and b), default=0)
        cost = f": {lost} rows and columns fewer than the input" if "Cropping" in fix.text and lost > 0 else ""
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


def _with(architecture: Architecture, refused: Refused, fix: Fix) -> Architecture:
    """The model with the layer that is refused as the fix has it, or with a layer before one of its inputs."""
    layer = refused.layer
    if fix.before is None:
        put = [layer._replace(type=fix.layer_type, config={**fix.arguments, "name": layer.name})]
    else:
        at, kind, arguments = fix.before
        name, source = f"{kind}_before_{layer.name}_{at}", refused.refs[at]

        def exchanged(ref: TensorRef) -> TensorRef:
            return TensorRef(name) if ref.origin == source.origin else ref

        calls = list(layer.calls)
        old = calls[refused.call]
        calls[refused.call] = old._replace(args=tuple(mapped(value, exchanged) for value in old.args))
        new = Layer(name, kind, {**arguments, "name": name}, (Call((source._replace(shape=None),)),))
        put = [new, layer._replace(calls=tuple(calls))]
    layers = (other for each in architecture.layers for other in (put if each is layer else (each,)))
    return architecture._replace(layers=tuple(layers))
