"""Layers that leave the shape as it is and have no weights: activations, regularization, images changed at random.

The seed of random numbers is state that Keras saves, but neither a weight nor counted by `count_params()`."""

from cnnnotes.layers._arguments import Arguments
from cnnnotes.layers._outcomes import Outcome, Shape
from cnnnotes.layers._registry import rule

_NOISE = "rate:0..1 noise_shape:shape=None seed=None"
_SPATIAL = "rate:0..1 data_format=None seed=None"
_FINITE = "0..1.7976931348623157e308"  # Keras takes any but the infinite
_VALUES = "value_range=(0,255)"
_END = "seed=None data_format=None"
_MOVED = "fill_mode=reflect interpolation=bilinear seed=None fill_value=0.0 data_format=None"
_SHARE = "factor:range:0..1"
_SIGNED = f"factor:range:-1..1 {_VALUES} {_END}"
_LIGHT = f"{_SHARE} {_VALUES} {_END}"
_ZOOM = "range:-0.9999999999999999..1"

_KEPT = {
    "Activation": "activation",
    "ReLU": "max_value:0..=None negative_slope:0..=0.0 threshold:0..=0.0",
    "LeakyReLU": "negative_slope:0..=0.3",
    "ELU": "alpha=1.0",
    "Masking": "mask_value:any=0.0",
    "Dropout": _NOISE,
    "AlphaDropout": _NOISE,
    "GaussianDropout": "rate:0..1 seed=None",
    "GaussianNoise": "stddev:0..1 seed=None",
    "ActivityRegularization": f"l1:{_FINITE}=0.0 l2:{_FINITE}=0.0",
    "AugMix": f"{_VALUES} num_chains:size=3 chain_depth:size=3 {_SHARE}=0.3 alpha=1.0 all_ops=True "
    f"interpolation=bilinear {_END}",
    "AutoContrast": f"{_VALUES} data_format=None",
    "ContrastLimitedAdaptiveHistogramEqualization": f"{_VALUES} clip_limit=4.0 tile_grid_size:list=(8,8) "
    "data_format=None",
    "CutMix": f"{_SHARE}=1.0 {_END}",
    "Equalization": f"{_VALUES} bins:size=256 data_format=None",
    "MaxNumBoundingBoxes": "max_number:number fill_value=-1 data_format=None",
    "MixUp": f"alpha=0.2 {_END}",
    "RandAugment": f"{_VALUES} num_ops:size=2 {_SHARE}=0.5 interpolation=bilinear {_END}",
    "RandomBrightness": _SIGNED,
    "RandomColorDegeneration": _SIGNED,
    "RandomColorJitter": f"{_VALUES} brightness_factor=None contrast_factor=None saturation_factor=None "
    f"hue_factor=None {_END}",
    "RandomContrast": _LIGHT,
    "RandomElasticTransform": f"{_SHARE}=1.0 scale:range:0..1=1.0 {_MOVED} {_VALUES}",
    "RandomErasing": f"{_SHARE}=1.0 scale:range:0..1=(0.02,0.33) fill_value=None {_VALUES} {_END}",
    "RandomFlip": f"mode:horizontal|vertical|horizontal_and_vertical=horizontal_and_vertical {_END}",
    "RandomGaussianBlur": f"{_SHARE}=1.0 kernel_size:any=3 sigma:range:0..1=1.0 {_VALUES} {_END}",
    "RandomGrayscale": f"{_SHARE}=0.5 {_END}",
    "RandomHue": _LIGHT,
    "RandomInvert": f"{_SHARE}=1.0 {_VALUES} {_END}",
    "RandomPerspective": f"{_SHARE}=1.0 scale:range:0..1=1.0 interpolation=bilinear fill_value=0.0 {_END}",
    "RandomPosterization": f"factor:range:1..8 {_VALUES} {_END}",
    "RandomRotation": f"factor:range:-1..1 {_MOVED}",
    "RandomSaturation": _SIGNED,
    "RandomSharpness": _LIGHT,
    "RandomShear": f"x_factor:range:0..1=0.0 y_factor:range:0..1=0.0 {_MOVED}",
    "RandomTranslation": f"height_factor:range:-1..1 width_factor:range:-1..1 {_MOVED}",
    "RandomZoom": f"height_factor:{_ZOOM} width_factor:{_ZOOM}=None {_MOVED}",
    "Solarization": f"addition_factor:range:0..1=0.0 threshold_factor:range:0..1=0.0 {_VALUES} {_END}",
}


def kept(args: Arguments, shape: Shape) -> Outcome:
    """Leaves the shape as it is, and has no weights."""
    return Outcome(shapes=(shape,))


for _name, _statement in _KEPT.items():
    rule(_name, _statement, unseen="*")(kept)
rule("SpatialDropout{}D", {1: "rate:0..1 seed=None", 2: _SPATIAL, 3: _SPATIAL}, unseen="*")(kept)
rule("Rescaling", "scale offset:any=0.0", unseen="*", example={"scale": 1 / 255})(kept)
rule("StochasticDepth", "drop_path_rate", unseen="*", example={"drop_path_rate": 0.5})(kept)
rule("ThresholdedReLU", "theta=1.0", unlisted=True)(kept)
