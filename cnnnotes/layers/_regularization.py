"""Regularization: at work in training only.

The seed of a layer's random numbers is state that Keras saves, but neither a weight nor counted by `count_params()`.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes.layers._arguments import Arguments, is_integer
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._maps import one_map
from cnnnotes.layers._outcomes import Outcome, Shape
from cnnnotes.layers._registry import alike, kept, rule

_NOISE = "rate:0..1 noise_shape:shape=None seed=None"
_SPATIAL = "rate:0..1 data_format=None seed=None"
_FINITE = "0..1.7976931348623157e308"  # Keras takes any but the infinite

alike(
    {
        "AlphaDropout": _NOISE,
        "GaussianDropout": "rate:0..1 seed=None",
        "GaussianNoise": "stddev:0..1 seed=None",
        "ActivityRegularization": f"l1:{_FINITE}=0.0 l2:{_FINITE}=0.0",
    }
)


@rule("Dropout", arguments=_NOISE, unseen="*")
def dropout(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Dropout`: in training a share of the values becomes 0 and the others are scaled up."""
    shape = args.get("noise_shape")
    if shape is not None and not isinstance(shape, list | tuple):
        raise LayerError(f"noise_shape must be a list of sizes, got {shown(shape)}")
    if not all(size is None or (is_integer(size) and size > 0) for size in shape or ()):
        raise LayerError(f"noise_shape must hold positive sizes or None, got {shown(shape)}")
    return kept(args, inputs)


@rule("SpatialDropout{}D", arguments={1: "rate:0..1 seed=None", 2: _SPATIAL, 3: _SPATIAL}, unseen="*")
def spatial_dropout(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`SpatialDropout1D` to `SpatialDropout3D`: whole channels become 0 rather than single values."""
    one_map(args, inputs)
    return kept(args, inputs)
