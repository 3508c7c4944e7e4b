"""Layers around a layer: at each step of a sequence, in both directions, with a normalized kernel, or in a row."""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments, class_and_config, serialized
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._maps import one_input
from cnnnotes.layers._outcomes import Outcome, Shape, Weight, total
from cnnnotes.layers._registry import layer_type, rule, wrapped

_RECURRENT = ("SimpleRNN", "GRU", "LSTM", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")


@rule("TimeDistributed", arguments="layer:layer", shapes=[(None, 20, 8)])
def time_distributed(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`TimeDistributed`: the same layer, with the same weights, at each step of `(batch, length, …)`."""
    shape = one_input(inputs, minimum_rank=3)
    length = shape[1]
    one = wrapped(args, "layer", args.get("layer"), [(shape[0], *shape[2:])])
    if len(one.shapes) != 1:
        raise LayerError(f"layer must have one output, got {len(one.shapes)}")
    return one._replace(
        shapes=((one.shapes[0][0], length, *one.shapes[0][1:]),),
        axes=(None, *one.axes) if one.axes else (),
        macs=one.macs.scaled("L_in", length) if one.macs else None,
        windows=None,
    )


@rule(
    "Bidirectional",
    arguments="layer:layer merge_mode:sum|mul|ave|concat=concat weights=None backward_layer:layer=None",
    inputs=(1, None),
    example={"layer": serialized("LSTM", units=16)},
    shapes=[(None, 20, 8)],
)
def bidirectional(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Bidirectional`: two recurrent layers, one of which reads the sequence from its end."""
    backward = args.get("backward_layer")
    layers = [args.get("layer"), *([] if backward is None else [backward])]
    _check_directions(args, layers)
    found = [wrapped(args, "layer", layer, inputs) for layer in layers]
    forward, reverse = found[0], found[-1]
    mode = args.get("merge_mode")
    if mode not in ("sum", "mul", "ave", "concat", None):
        raise LayerError(f"merge_mode must be 'sum', 'mul', 'ave', 'concat' or None, got {shown(mode)}")
    output, *states = forward.shapes
    outputs: tuple[Shape, ...] = (output,) if mode else (output, output)
    if mode == "concat":
        if output[-1] is None:
            raise LayerError("the last axis must be known to be concatenated, got None")
        outputs = ((*output[:-1], 2 * output[-1]),)
    return Outcome(
        shapes=(*outputs, *states, *states),
        weights=tuple(
            weight._replace(name=f"{side}/{weight.name}")
            for side, one in (("forward", forward), ("backward", reverse))
            for weight in one.weights
        ),
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


def _check_directions(args: Arguments, layers: Sequence[object]) -> None:
    configs = []
    for layer in layers:
        kind, config = class_and_config("layer", layer)
        if layer_type(kind) and kind not in _RECURRENT:
            raise LayerError(f"layer must be a recurrent layer, got one of type {shown(kind)}")
        configs.append(Arguments(config))
    for name in ("return_sequences", "return_state", "stateful"):
        if len({config.flag(name, False) for config in configs}) > 1:
            raise LayerError(f"layer and backward_layer must have the same {name}")
    directions = [config.flag("go_backwards", False) for config in configs]
    if directions in ([True], [True, True], [False, False]):
        raise LayerError("layer and backward_layer must read in different directions: check go_backwards")


@rule("SpectralNormalization", arguments="layer:layer power_iterations:5e-324..=1", shapes=[(None, 128)])
def spectral_normalization(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`SpectralNormalization`: divides a layer's kernel by its largest singular value, estimated with a vector u."""
    one = wrapped(args, "layer", args.get("layer"), inputs)
    kernel = next((weight for weight in one.weights if weight.name in ("kernel", "embeddings")), None)
    if kernel is None:
        kind, _ = class_and_config("layer", args.get("layer"))
        raise LayerError(f"layer must have a kernel or embeddings, got one of type {shown(kind)}")
    columns = kernel.shape[-1]
    vector = Weight("vector_u", (1, columns), Formula("columns", columns=columns), trainable=False)
    assert one.params is not None  # it has a kernel
    params = Formula(f"{one.params.text} + columns", **one.params.values, columns=columns)
    return one._replace(weights=(vector, *one.weights), params=params)


@rule(
    "Pipeline",
    arguments="layers:layers",
    inputs=(0, None),
    example={"layers": [serialized("Rescaling", scale=0.5, offset=0.0)]},
    shapes=[(None, 32, 32, 3)],
)
def pipeline(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Pipeline`: preprocessing layers one after another."""
    layers = args.get("layers")
    if not isinstance(layers, list | tuple):
        raise LayerError(f"layers must be a list of layers, got {shown(layers)}")
    shapes, weights = tuple(inputs), list[Weight]()
    for layer in layers:
        one = wrapped(args, "layers", layer, shapes)
        shapes = one.shapes
        weights += one.weights
    params = total("layer", [weight.size for weight in weights]) if weights else None
    return Outcome(shapes=shapes, weights=tuple(weights), params=params, windows=None)
