"""Layers around a layer: at each step of a sequence, in both directions, with a normalized kernel, or in a row."""

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments, class_and_config, serialized
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._outcomes import Outcome, Shape, Weight, total
from cnnnotes.layers._registry import layer_type, rule, wrapped


@rule("TimeDistributed", "layer:layer", axes=3, shapes=[(None, 20, 8)])
def time_distributed(args: Arguments, shape: Shape) -> Outcome:
    """`TimeDistributed`: the same layer, with the same weights, at each step of `(batch, length, …)`."""
    one = wrapped(args, "layer", args.get("layer"), (shape[0], *shape[2:]))
    if len(one.shapes) != 1:
        raise LayerError(f"layer must have one output, got {len(one.shapes)}")
    return one._replace(
        shapes=((one.shapes[0][0], shape[1], *one.shapes[0][1:]),),
        axes=(None, *one.axes) if one.axes else (),
        macs=one.macs.scaled("L_in", shape[1]) if one.macs else None,
        windows=None,
    )


@rule(
    "Bidirectional",
    "layer:layer merge_mode:sum|mul|ave|concat=concat weights=None backward_layer:layer=None",
    inputs=(1, None),
    example={"layer": serialized("LSTM", units=16)},
    shapes=[(None, 20, 8)],
)
def bidirectional(args: Arguments, *inputs: Shape) -> Outcome:
    """`Bidirectional`: two recurrent layers, one of which reads the sequence from its end."""
    layer, backward = args.get("layer"), args.get("backward_layer")
    sides = {}
    for side, each in (("forward", layer), ("backward", layer if backward is None else backward)):
        kind, _ = class_and_config("layer", each)
        stated = layer_type(kind)
        if stated and "return_sequences" not in stated.arguments:
            raise LayerError(f"layer must be a recurrent layer, got one of type {shown(kind)}")
        sides[side] = wrapped(args, "layer", each, *inputs)
    forward, reverse = sides.values()
    output, *states = forward.shapes
    outputs = [output, output]
    if args.get("merge_mode") is not None:
        outputs = [output]
        if args.choice("merge_mode") == "concat":
            if output[-1] is None:
                raise LayerError("the last axis must be known to be concatenated, got None")
            outputs = [(*output[:-1], 2 * output[-1])]
    named = [(f"{side}/{weight.name}", weight) for side, one in sides.items() for weight in one.weights]
    return Outcome(
        shapes=(*outputs, *states, *states),
        weights=tuple(weight._replace(name=name) for name, weight in named),
        params=_both(forward.params, reverse.params),
        macs=_both(forward.macs, reverse.macs),
        notes=("two layers, one for each direction",),
        windows=forward.windows,
    )


def _both(forward: Formula | None, reverse: Formula | None) -> Formula | None:
    if forward is None or reverse is None:
        return None
    if forward == reverse:
        return Formula(f"2 * ({forward.text})", **forward.values)
    return total("direction", [forward.value, reverse.value])


@rule("SpectralNormalization", "layer:layer power_iterations:5e-324..=1", shapes=[(None, 128)])
def spectral_normalization(args: Arguments, shape: Shape) -> Outcome:
    """`SpectralNormalization`: divides a layer's kernel by its largest singular value, estimated with a vector u."""
    one = wrapped(args, "layer", args.get("layer"), shape)
    columns = next((each.shape[-1] for each in one.weights if each.name in ("kernel", "embeddings")), None)
    if columns is None or one.params is None:
        raise LayerError(f"layer must have a kernel or embeddings, got {shown(args.get('layer')['class_name'])}")
    vector = Weight("vector_u", (1, columns), Formula("columns", columns=columns), trainable=False)
    params = Formula(f"{one.params.text} + columns", **one.params.values, columns=columns)
    return one._replace(weights=(vector, *one.weights), params=params)


@rule(
    "Pipeline",
    "layers:layers",
    inputs=(0, None),
    example={"layers": [serialized("Rescaling", scale=0.5, offset=0.0)]},
    shapes=[(None, 32, 32, 3)],
)
def pipeline(args: Arguments, *shapes: Shape) -> Outcome:
    """`Pipeline`: preprocessing layers one after another."""
    layers = args.get("layers")
    if not isinstance(layers, list | tuple):
        raise LayerError(f"layers must be a list of layers, got {shown(layers)}")
    weights = list[Weight]()
    for layer in layers:
        one = wrapped(args, "layers", layer, *shapes)
        shapes = one.shapes
        weights += one.weights
    params = total("layer", [weight.size for weight in weights]) if weights else None
    return Outcome(shapes, weights=tuple(weights), params=params, windows=None)
