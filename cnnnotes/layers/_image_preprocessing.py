"""Preprocessing of images: changed at random in training, resized or cropped always; no layer here has weights."""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import MAX_AXES, Argument, Arguments
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._maps import kept, one_input
from cnnnotes.layers._outcomes import Outcome, Shape
from cnnnotes.layers._registry import Rule, rule


def _check_range(args: Arguments, factor: Argument, each: bool) -> None:
    """Checks a factor as Keras does: a number or two, `each` within the bounds, or just a range that meets them."""
    name, value = factor.name, args.get(factor.name)
    if value is None and factor.default is None:
        return
    found = value if isinstance(value, list | tuple) else (value, value)
    if len(found) != 2 or not all(isinstance(one, int | float) and one == one for one in found):
        raise LayerError(f"{name} must be a number or two of them, got {shown(value)}")
    low, high = factor.minimum or 0, factor.maximum or 0
    first, second = found
    # RandomShear(0.2) is saved as (-0.2, 0.2), which Keras then refuses to read: what it wrote itself passes here
    saved = name in ("x_factor", "y_factor") and first == -second
    if saved or not isinstance(value, list | tuple):
        fits = low <= second <= high
    elif each:
        fits = low <= min(found) and max(found) <= high
    else:
        fits = first <= high and second >= low
    if not fits:
        raise LayerError(f"{name} must be from {low} to {high}, got {shown(value)}")


def _changed(each: bool = False, channels: int | None = None) -> Rule:
    """The rule of layers that change an image's values or move them about, and keep its shape.

    **Arguments**

    - `each`: whether Keras compares both ends of a factor's range with the bounds.
    - `channels`: how many channels the image must have.
    """

    def image(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
        shape = one_input(inputs)
        first = args.channels_first()
        for argument in args.statement.values():
            if argument.kind == "range":
                _check_range(args, argument, each)
        if channels is not None:
            if len(shape) not in (3, 4):
                raise LayerError(f"expects an image or a batch of them, got {shown(shape)}")
            if shape[-3 if first else -1] not in (None, channels):
                raise LayerError(f"the image must have {channels} channels, got {shape[-3 if first else -1]}")
        return Outcome(shapes=(shape,))

    return image


_LOOSE, _STRICT = _changed(), _changed(each=True)
_VALUES = "value_range=(0,255)"
_END = "seed=None data_format=None"
_MOVED = "fill_mode=reflect interpolation=bilinear seed=None fill_value=0.0 data_format=None"
_HALF = {"factor": 0.5}

rule("AutoContrast", arguments=f"{_VALUES} data_format=None")(_LOOSE)
rule("Equalization", arguments=f"{_VALUES} bins:size=256 data_format=None")(_LOOSE)
rule(
    "ContrastLimitedAdaptiveHistogramEqualization",
    arguments=f"{_VALUES} clip_limit=4.0 tile_grid_size:list=(8,8) data_format=None",
)(_LOOSE)
rule("MixUp", arguments="alpha=0.2 data_format=None seed=None")(_LOOSE)
rule("RandomFlip", arguments=f"mode:horizontal|vertical|horizontal_and_vertical=horizontal_and_vertical {_END}")(_LOOSE)
rule(
    "RandomColorJitter",
    arguments=f"{_VALUES} brightness_factor=None contrast_factor=None saturation_factor=None hue_factor=None {_END}",
)(_LOOSE)
rule("CutMix", arguments=f"factor:range:0..1=1.0 {_END}")(_LOOSE)
rule(
    "AugMix",
    arguments=f"{_VALUES} num_chains:size=3 chain_depth:size=3 factor:range:0..1=0.3 alpha=1.0 all_ops=True "
    f"interpolation=bilinear {_END}",
)(_STRICT)
rule("RandAugment", arguments=f"{_VALUES} num_ops:size=2 factor:range:0..1=0.5 interpolation=bilinear {_END}")(_STRICT)
rule("RandomBrightness", arguments=f"factor:range:-1..1 {_VALUES} {_END}", example=_HALF)(_LOOSE)
rule("RandomContrast", arguments=f"factor:range:0..1 {_VALUES} {_END}", example=_HALF)(_LOOSE)
rule("RandomElasticTransform", arguments=f"factor:range:0..1=1.0 scale:range:0..1=1.0 {_MOVED} {_VALUES}")(_LOOSE)
rule(
    "RandomErasing",
    arguments=f"factor:range:0..1=1.0 scale:range:0..1=(0.02,0.33) fill_value=None {_VALUES} {_END}",
)(_LOOSE)
rule(
    "RandomGaussianBlur",
    arguments=f"factor:range:0..1=1.0 kernel_size:any=3 sigma:range:0..1=1.0 {_VALUES} {_END}",
)(_LOOSE)
rule("RandomGrayscale", arguments=f"factor:range:0..1=0.5 {_END}")(_LOOSE)
rule("RandomInvert", arguments=f"factor:range:0..1=1.0 {_VALUES} {_END}")(_LOOSE)
rule(
    "RandomPerspective",
    arguments=f"factor:range:0..1=1.0 scale:range:0..1=1.0 interpolation=bilinear fill_value=0.0 {_END}",
)(_LOOSE)
rule("RandomHue", "RandomSharpness", arguments=f"factor:range:0..1 {_VALUES} {_END}", example=_HALF)(_LOOSE)
rule("RandomPosterization", arguments=f"factor:range:1..8 {_VALUES} {_END}", example={"factor": 4})(_LOOSE)
rule("RandomSaturation", arguments=f"factor:range:-1..1 {_VALUES} {_END}", example=_HALF)(_LOOSE)
rule("RandomColorDegeneration", arguments=f"factor:range:-1..1 {_VALUES} {_END}", example=_HALF)(_changed(channels=3))
rule("RandomRotation", arguments=f"factor:range:-1..1 {_MOVED}", example=_HALF)(_LOOSE)
rule("RandomShear", arguments=f"x_factor:range:0..1=0.0 y_factor:range:0..1=0.0 {_MOVED}")(_STRICT)
rule(
    "RandomTranslation",
    arguments=f"height_factor:range:-1..1 width_factor:range:-1..1 {_MOVED}",
    example={"height_factor": 0.2, "width_factor": 0.2},
)(_STRICT)
rule(
    "RandomZoom",
    arguments="height_factor:range:-0.9999999999999999..1 width_factor:range:-0.9999999999999999..1=None " + _MOVED,
    example={"height_factor": 0.2},
)(_STRICT)
rule(
    "Solarization",
    arguments=f"addition_factor:range:0..1=0.0 threshold_factor:range:0..1=0.0 {_VALUES} {_END}",
)(_STRICT)


@rule(
    "MaxNumBoundingBoxes",
    arguments="max_number:number fill_value=-1 data_format=None",
    example={"max_number": 10},
)
def max_num_bounding_boxes(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`MaxNumBoundingBoxes`: an image is kept as it is; the boxes that come with it are cut or filled up."""
    args.number("max_number")
    return kept(args, inputs)


def _resized(args: Arguments, inputs: Sequence[Shape], ranks: Sequence[int], from_end: bool) -> Outcome:
    """An image's height and width, set; three axes are to Keras an image without a batch."""
    shape = list(one_input(inputs))
    if len(shape) not in ranks:
        raise LayerError(f"expects an image or a batch of them, got {shown(tuple(shape))}")
    height, width = args.integer("height"), args.integer("width")
    at = 2 if args.channels_first() else 1
    at = (-2 if args.channels_first() else -3) % len(shape) if from_end else at if len(shape) == 4 else at - 1
    shape[at : at + 2] = [height, width]
    sizes = {at: Formula("H", H=height), at + 1: Formula("W", W=width)}
    return Outcome(shapes=(tuple(shape),), axes=tuple(sizes.get(axis) for axis in range(1, len(shape))), windows=None)


_SIZE = "height:size width:size"
_SQUARE = {"height": 24, "width": 24}


@rule(
    "Resizing",
    arguments=f"{_SIZE} interpolation=bilinear crop_to_aspect_ratio=False pad_to_aspect_ratio=False "
    "fill_mode=constant fill_value=0.0 antialias=False data_format=None",
    example=_SQUARE,
)
@rule("CenterCrop", arguments=f"{_SIZE} data_format=None", example=_SQUARE)
def resized(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Resizing` scales an image to a height and width; `CenterCrop` takes its middle, scaled up if it is too small."""
    return _resized(args, inputs, (3, 4), from_end=False)


@rule("RandomCrop", arguments=f"{_SIZE} {_END}", example=_SQUARE)
def random_crop(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`RandomCrop`: a random piece of an image."""
    return _resized(args, inputs, range(3, MAX_AXES), from_end=True)
