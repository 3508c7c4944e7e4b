"""Regularization: at work in training only.

The seed of a layer's random numbers is state that Keras saves, but neither a weight nor counted by `count_params()`.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes.layers._arguments import Arguments, is_integer
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._maps import kept, one_map
from cnnnotes.layers._outcomes import Outcome, Shape
from cnnnotes.layers._registry import rule

_NOISE = "rate:0..1 noise_shape:shape=None seed=None"


@rule("Dropout", arguments=_NOISE, unseen="rate noise_shape seed")
def dropout(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Dropout`: in training a share of the values becomes 0 and the others are scaled up."""
    shape = args.get("noise_shape")
    if shape is not None and not isinstance(shape, list | tuple):
        raise LayerError(f"noise_shape must be a list of sizes, got {shown(shape)}")
    if not all(size is None or (is_integer(size) and size > 0) for size in shape or ()):
        raise LayerError(f"noise_shape must hold positive sizes or None, got {shown(shape)}")
    return drop(args, inputs)


@rule("AlphaDropout", arguments=_NOISE, unseen="rate noise_shape seed")
@rule("GaussianDropout", arguments="rate:0..1 seed=None", unseen="rate seed")
def drop(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`AlphaDropout` and `GaussianDropout`: noise that keeps the mean, with a rate from 0 to 1."""
    args.number("rate")
    return kept(args, inputs)


@rule("GaussianNoise", arguments="stddev:0..1 seed=None", unseen="stddev seed")
def gaussian_noise(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`GaussianNoise`: in training, random values are added."""
    args.number("stddev")
    return kept(args, inputs)


_SPATIAL = "rate:0..1 data_format=None seed=None"


@rule(
    "SpatialDropout{}D", arguments={1: "rate:0..1 seed=None", 2: _SPATIAL, 3: _SPATIAL}, unseen="rate data_format seed"
)
def spatial_dropout(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`SpatialDropout1D` to `SpatialDropout3D`: whole channels become 0 rather than single values."""
    one_map(args, inputs)
    return drop(args, inputs)


@rule(
    "ActivityRegularization",
    arguments="l1:0..1.7976931348623157e308=0.0 l2:0..1.7976931348623157e308=0.0",
    unseen="l1 l2",
)
def activity_regularization(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`ActivityRegularization`: adds to the loss, changes nothing on the way."""
    args.number("l1")
    args.number("l2")  # Keras takes any but the infinite
    return kept(args, inputs)
