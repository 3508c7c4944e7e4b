"""Regularization: at work in training only.

The seed of a layer's random numbers is state that Keras saves, but neither a weight nor counted by `count_params()`.
"""

from cnnnotes.layers._registry import kept, kept_by, rule

_NOISE = "rate:0..1 noise_shape:shape=None seed=None"
_SPATIAL = "rate:0..1 data_format=None seed=None"
_FINITE = "0..1.7976931348623157e308"  # Keras takes any but the infinite

kept_by(
    {
        "Dropout": _NOISE,
        "AlphaDropout": _NOISE,
        "GaussianDropout": "rate:0..1 seed=None",
        "GaussianNoise": "stddev:0..1 seed=None",
        "ActivityRegularization": f"l1:{_FINITE}=0.0 l2:{_FINITE}=0.0",
    }
)
rule("SpatialDropout{}D", {1: "rate:0..1 seed=None", 2: _SPATIAL, 3: _SPATIAL}, unseen="*")(kept)
