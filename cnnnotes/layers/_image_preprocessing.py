"""Preprocessing of images: changed at random in training, resized or cropped always; no layer here has weights."""

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments
from cnnnotes.layers._outcomes import MAX_AXES, Outcome, Shape
from cnnnotes.layers._registry import kept_by, rule

_VALUES = "value_range=(0,255)"
_END = "seed=None data_format=None"
_MOVED = "fill_mode=reflect interpolation=bilinear seed=None fill_value=0.0 data_format=None"
_SHARE = "factor:range:0..1"
_SIGNED = f"factor:range:-1..1 {_VALUES} {_END}"
_LIGHT = f"{_SHARE} {_VALUES} {_END}"
_ZOOM = "range:-0.9999999999999999..1"

kept_by(
    {
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
)

_SIZE = "height:size width:size"


@rule(
    "Resizing",
    f"{_SIZE} interpolation=bilinear crop_to_aspect_ratio=False pad_to_aspect_ratio=False fill_mode=constant "
    "fill_value=0.0 antialias=False data_format=None",
    axes=(3, 4),
)
@rule("CenterCrop", f"{_SIZE} data_format=None", axes=(3, 4))
@rule("RandomCrop", f"{_SIZE} {_END}", axes=(3, MAX_AXES))
def resized(args: Arguments, shape: Shape) -> Outcome:
    """`Resizing` scales an image to a height and width; `CenterCrop` and `RandomCrop` take a piece of it.

    Three axes are to Keras an image without a batch.
    """
    height, width = args.integer("height"), args.integer("width")
    at = len(shape) - (2 if args.channels_first() else 3)
    sizes = {at: Formula("H", H=height), at + 1: Formula("W", W=width)}
    axes = tuple(sizes.get(axis) for axis in range(1, len(shape)))
    return Outcome.of((*shape[:at], height, width, *shape[at + 2 :]), axes=axes, windows=None)
