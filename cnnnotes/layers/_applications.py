"""The layers that models of keras.applications bring along themselves."""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments
from cnnnotes.layers._errors import LayerError
from cnnnotes.layers._maps import kept, one_input
from cnnnotes.layers._merging import elementwise
from cnnnotes.layers._outcomes import Outcome, Shape, Weight
from cnnnotes.layers._registry import rule


@rule(
    "LayerScale",
    arguments="init_values:number projection_dim:size",
    unseen="init_values",
    example={"projection_dim": 3},
)
def layer_scale(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`LayerScale` of ConvNeXt: one trained factor for each channel."""
    shape, d = one_input(inputs), args.integer("projection_dim")
    args.get("init_values")
    if shape[-1] not in (None, 1, d):
        raise LayerError(f"projection_dim must be the input's {shape[-1]} channels, got {d}")
    size = Formula("D", D=d)
    return Outcome(shapes=((*shape[:-1], d),), weights=(Weight("gamma", (d,), size),), params=size)


@rule("StochasticDepth", arguments="drop_path_rate:0..1", unseen="drop_path_rate")
def stochastic_depth(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`StochasticDepth` of ConvNeXt: in training, whole paths are left out."""
    args.get("drop_path_rate")
    return kept(args, inputs)


@rule("CustomScaleLayer", arguments="scale:number", inputs=2, unseen="scale")
def custom_scale(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`CustomScaleLayer` of InceptionResNetV2: the second input, scaled, is added to the first."""
    args.get("scale")
    return elementwise(args, inputs)
