"""The layers that models of keras.applications bring along themselves."""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments
from cnnnotes.layers._errors import LayerError
from cnnnotes.layers._maps import one_input
from cnnnotes.layers._merging import elementwise
from cnnnotes.layers._outcomes import Outcome, Shape, Weight
from cnnnotes.layers._registry import kept, rule

rule("CustomScaleLayer", arguments="scale", inputs=2, unseen="*", example={"scale": 1.0})(elementwise)
rule("StochasticDepth", arguments="drop_path_rate", unseen="*", example={"drop_path_rate": 0.5})(kept)


@rule(
    "LayerScale",
    arguments="init_values projection_dim:size",
    unseen="init_values",
    example={"init_values": 1e-6, "projection_dim": 3},
)
def layer_scale(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`LayerScale` of ConvNeXt: one trained factor for each channel."""
    shape, d = one_input(inputs), args.integer("projection_dim")
    if shape[-1] not in (None, 1, d):
        raise LayerError(f"projection_dim must be the input's {shape[-1]} channels, got {d}")
    size = Formula("D", D=d)
    return Outcome(shapes=((*shape[:-1], d),), weights=(Weight("gamma", (d,), size),), params=size)
