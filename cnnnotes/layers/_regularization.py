"""Regularization: at work in training only.

The seed of a layer's random numbers is state that Keras saves, but neither a weight nor counted by `count_params()`.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes.layers._errors import LayerError
from cnnnotes.layers._rule import Arguments, Outcome, Shape, is_whole, kept, one_input, rule, shown


@rule("Dropout", arguments="rate noise_shape seed")
def dropout(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Dropout`: in training a share of the values becomes 0 and the rest is scaled up."""
    shape = args.get("noise_shape", None)
    if shape is not None and not isinstance(shape, list | tuple):
        raise LayerError(f"noise_shape must be a list of sizes, got {shown(shape)}")
    if not all(size is None or (is_whole(size) and size > 0) for size in shape or ()):
        raise LayerError(f"noise_shape must hold positive sizes or None, got {shown(shape)}")
    return drop(args, inputs)


@rule("AlphaDropout", arguments="rate noise_shape seed")
@rule("GaussianDropout", arguments="rate seed")
def drop(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`AlphaDropout` and `GaussianDropout`: noise that keeps the mean, with a rate from 0 to 1."""
    args.number("rate", minimum=0, maximum=1)
    return kept(args, inputs)


@rule("GaussianNoise", arguments="stddev seed")
def gaussian_noise(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`GaussianNoise`: in training, random values are added."""
    args.number("stddev", minimum=0, maximum=1)
    return kept(args, inputs)


def spatial_dropout(rank: int, args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`SpatialDropout1D` to `SpatialDropout3D`: whole channels become 0 rather than single values."""
    one_input(inputs, rank + 2)
    args.channels_first()
    return drop(args, inputs)


@rule("SpatialDropout1D", arguments="rate seed")
def spatial_dropout1d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`SpatialDropout1D` over `(batch, length, channels)`."""
    return spatial_dropout(1, args, inputs)


@rule("SpatialDropout2D", arguments="rate data_format seed")
def spatial_dropout2d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`SpatialDropout2D` over `(batch, height, width, channels)`."""
    return spatial_dropout(2, args, inputs)


@rule("SpatialDropout3D", arguments="rate data_format seed")
def spatial_dropout3d(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`SpatialDropout3D` over `(batch, depth, height, width, channels)`."""
    return spatial_dropout(3, args, inputs)


@rule("ActivityRegularization", arguments="l1 l2")
def activity_regularization(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`ActivityRegularization`: adds to the loss, changes nothing on the way."""
    for name in ("l1", "l2"):
        args.number(name, 0.0, minimum=0, maximum=1.7976931348623157e308)  # Keras takes any but the infinite
    return kept(args, inputs)
