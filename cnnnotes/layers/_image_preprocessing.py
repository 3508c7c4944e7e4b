"""Preprocessing of images: changed at random in training, resized or cropped always; no layer here has weights."""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import MAX_AXES, Argument, Arguments
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._maps import one_input
from cnnnotes.layers._outcomes import Outcome, Shape
from cnnnotes.layers._registry import Rule, alike, rule


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


_VALUES = "value_range=(0,255)"
_END = "seed=None data_format=None"
_MOVED = "fill_mode=reflect interpolation=bilinear seed=None fill_value=0.0 data_format=None"
_FACTOR = f"factor:range:0..1=1.0 {_VALUES} {_END}"
_SIGNED = f"factor:range:-1..1 {_VALUES} {_END}"
_LIGHT = f"factor:range:0..1 {_VALUES} {_END}"

_LOOSE = {
    "AutoContrast": f"{_VALUES} data_format=None",
    "Equalization": f"{_VALUES} bins:size=256 data_format=None",
    "ContrastLimitedAdaptiveHistogramEqualization": f"{_VALUES} clip_limit=4.0 tile_grid_size:list=(8,8) "
    "data_format=None",
    "MixUp": f"alpha=0.2 {_END}",
    "RandomFlip": f"mode:horizontal|vertical|horizontal_and_vertical=horizontal_and_vertical {_END}",
    "RandomColorJitter": f"{_VALUES} brightness_factor=None contrast_factor=None saturation_factor=None "
    f"hue_factor=None {_END}",
    "CutMix": f"factor:range:0..1=1.0 {_END}",
    "RandomBrightness": _SIGNED,
    "RandomContrast": _LIGHT,
    "RandomElasticTransform": f"factor:range:0..1=1.0 scale:range:0..1=1.0 {_MOVED} {_VALUES}",
    "RandomErasing": f"factor:range:0..1=1.0 scale:range:0..1=(0.02,0.33) fill_value=None {_VALUES} {_END}",
    "RandomGaussianBlur": f"factor:range:0..1=1.0 kernel_size:any=3 sigma:range:0..1=1.0 {_VALUES} {_END}",
    "RandomGrayscale": f"factor:range:0..1=0.5 {_END}",
    "RandomInvert": _FACTOR,
    "RandomPerspective": f"factor:range:0..1=1.0 scale:range:0..1=1.0 interpolation=bilinear fill_value=0.0 {_END}",
    "RandomHue": _LIGHT,
    "RandomSharpness": _LIGHT,
    "RandomPosterization": f"factor:range:1..8 {_VALUES} {_END}",
    "RandomSaturation": _SIGNED,
    "RandomRotation": f"factor:range:-1..1 {_MOVED}",
}
_STRICT = {
    "AugMix": f"{_VALUES} num_chains:size=3 chain_depth:size=3 factor:range:0..1=0.3 alpha=1.0 all_ops=True "
    f"interpolation=bilinear {_END}",
    "RandAugment": f"{_VALUES} num_ops:size=2 factor:range:0..1=0.5 interpolation=bilinear {_END}",
    "RandomShear": f"x_factor:range:0..1=0.0 y_factor:range:0..1=0.0 {_MOVED}",
    "RandomTranslation": f"height_factor:range:-1..1 width_factor:range:-1..1 {_MOVED}",
    "RandomZoom": "height_factor:range:-0.9999999999999999..1 width_factor:range:-0.9999999999999999..1=None " + _MOVED,
    "Solarization": f"addition_factor:range:0..1=0.0 threshold_factor:range:0..1=0.0 {_VALUES} {_END}",
}
alike(_LOOSE, _changed(), unseen="")
alike(_STRICT, _changed(each=True), unseen="")
alike({"MaxNumBoundingBoxes": "max_number:number fill_value=-1 data_format=None"}, unseen="")
rule("RandomColorDegeneration", arguments=_SIGNED)(_changed(channels=3))


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


@rule(
    "Resizing",
    arguments=f"{_SIZE} interpolation=bilinear crop_to_aspect_ratio=False pad_to_aspect_ratio=False "
    "fill_mode=constant fill_value=0.0 antialias=False data_format=None",
)
@rule("CenterCrop", arguments=f"{_SIZE} data_format=None")
def resized(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Resizing` scales an image to a height and width; `CenterCrop` takes its middle, scaled up if it is too small."""
    return _resized(args, inputs, (3, 4), from_end=False)


@rule("RandomCrop", arguments=f"{_SIZE} {_END}")
def random_crop(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`RandomCrop`: a random piece of an image."""
    return _resized(args, inputs, range(3, MAX_AXES), from_end=True)
