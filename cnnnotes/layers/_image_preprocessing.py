"""Preprocessing of images: changed at random in training, resized or cropped always; no layer here has weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnnotes.formula import Formula
from cnnnotes.layers._errors import LayerError
from cnnnotes.layers._rule import MOST_AXES, Arguments, Outcome, Shape, kept, one_input, rule, shown


def pair(args: Arguments, name: str, default: Any) -> tuple[float, float] | None:
    """A number, or two of them; `None` where the default says so."""
    value = args.get(name, default)
    if value is None:
        return None
    both = value if isinstance(value, list | tuple) else (value, value)
    if len(both) != 2 or not all(isinstance(each, int | float) and each == each for each in both):
        raise LayerError(f"{name} must be a number or two of them, got {shown(value)}")
    return both[0], both[1]


def _bounded(args: Arguments, name: str, default: Any, low: float, high: float, each: bool) -> None:
    """Checks a factor as Keras does: `each` of the two within the bounds, or just a range that meets them."""
    found = pair(args, name, default)
    if found is None:
        if default is not None:
            raise LayerError(f"{name} must be a number or two of them, got None")
        return
    first, second = found
    # RandomShear(0.2) is saved as (-0.2, 0.2), which Keras then refuses to read: what it wrote itself passes here
    saved = name in ("x_factor", "y_factor") and first == -second
    if saved or not isinstance(args.get(name, default), list | tuple):
        fits = low <= second <= high
    elif each:
        fits = low <= min(found) and max(found) <= high
    else:
        fits = first <= high and second >= low
    if not fits:
        raise LayerError(f"{name} must be from {low} to {high}, got {shown(args.get(name))}")


_REQUIRED_FACTOR = object()


def changed_image(
    *types: str,
    arguments: str,
    factors: Sequence[tuple[str, Any, float, float]] = (),
    each: bool = False,
    channels: int | None = None,
) -> None:
    """Registers the rule of layers that change an image's values or move them about, and keep its shape.

    **Arguments**

    - `types`, `arguments`: as for `rule`.
    - `factors`: the name of each factor, its default (`_REQUIRED_FACTOR` where there is none), and its bounds.
    - `each`: whether Keras holds both ends of a factor's range against the bounds.
    - `channels`: how many channels the image must have.
    """

    @rule(*types, arguments=arguments)
    def image(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
        shape = one_input(inputs)
        first = args.channels_first()
        for name, default, low, high in factors:
            if default is _REQUIRED_FACTOR:
                args.get(name)
            _bounded(args, name, default, low, high, each)
        if channels is not None:
            if len(shape) not in (3, 4):
                raise LayerError(f"expects an image or a batch of them, got {shown(shape)}")
            if shape[-3 if first else -1] not in (None, channels):
                raise LayerError(f"the image must have {channels} channels, got {shape[-3 if first else -1]}")
        return Outcome(shapes=(shape,))


_MOVED = "fill_mode interpolation seed fill_value data_format"
changed_image("AutoContrast", arguments="value_range data_format")
changed_image("Equalization", arguments="value_range bins data_format")
changed_image(
    "ContrastLimitedAdaptiveHistogramEqualization", arguments="value_range clip_limit tile_grid_size data_format"
)
changed_image("MixUp", arguments="alpha data_format seed")
changed_image("RandomFlip", arguments="mode seed data_format")
changed_image(
    "RandomColorJitter",
    arguments="value_range brightness_factor contrast_factor saturation_factor hue_factor seed data_format",
)
changed_image("CutMix", arguments="factor seed data_format", factors=[("factor", 1.0, 0, 1)])
changed_image(
    "AugMix",
    arguments="value_range num_chains chain_depth factor alpha all_ops interpolation seed data_format",
    factors=[("factor", 0.3, 0, 1)],
    each=True,
)
changed_image(
    "RandAugment",
    arguments="value_range num_ops factor interpolation seed data_format",
    factors=[("factor", 0.5, 0, 1)],
    each=True,
)
changed_image(
    "RandomBrightness", arguments="factor value_range seed data_format", factors=[("factor", _REQUIRED_FACTOR, -1, 1)]
)
changed_image(
    "RandomContrast", arguments="factor value_range seed data_format", factors=[("factor", _REQUIRED_FACTOR, 0, 1)]
)
changed_image(
    "RandomElasticTransform",
    arguments=f"factor scale {_MOVED} value_range",
    factors=[("factor", 1.0, 0, 1), ("scale", 1.0, 0, 1)],
)
changed_image(
    "RandomErasing",
    arguments="factor scale fill_value value_range seed data_format",
    factors=[("factor", 1.0, 0, 1), ("scale", (0.02, 0.33), 0, 1)],
)
changed_image(
    "RandomGaussianBlur",
    arguments="factor kernel_size sigma value_range data_format seed",
    factors=[("factor", 1.0, 0, 1), ("sigma", 1.0, 0, 1)],
)
changed_image("RandomGrayscale", arguments="factor data_format seed", factors=[("factor", 0.5, 0, 1)])
changed_image("RandomInvert", arguments="factor value_range seed data_format", factors=[("factor", 1.0, 0, 1)])
changed_image(
    "RandomPerspective",
    arguments="factor scale interpolation fill_value seed data_format",
    factors=[("factor", 1.0, 0, 1), ("scale", 1.0, 0, 1)],
)
changed_image(
    "RandomHue", arguments="factor value_range data_format seed", factors=[("factor", _REQUIRED_FACTOR, 0, 1)]
)
changed_image(
    "RandomSharpness", arguments="factor value_range data_format seed", factors=[("factor", _REQUIRED_FACTOR, 0, 1)]
)
changed_image(
    "RandomPosterization",
    arguments="factor value_range data_format seed",
    factors=[("factor", _REQUIRED_FACTOR, 1, 8)],
)
changed_image(
    "RandomSaturation", arguments="factor value_range data_format seed", factors=[("factor", _REQUIRED_FACTOR, -1, 1)]
)
changed_image(
    "RandomColorDegeneration",
    arguments="factor value_range data_format seed",
    factors=[("factor", _REQUIRED_FACTOR, -1, 1)],
    channels=3,
)
changed_image("RandomRotation", arguments=f"factor {_MOVED}", factors=[("factor", _REQUIRED_FACTOR, -1, 1)])
changed_image(
    "RandomShear",
    arguments=f"x_factor y_factor {_MOVED}",
    factors=[("x_factor", 0.0, 0, 1), ("y_factor", 0.0, 0, 1)],
    each=True,
)
changed_image(
    "RandomTranslation",
    arguments=f"height_factor width_factor {_MOVED}",
    factors=[("height_factor", _REQUIRED_FACTOR, -1, 1), ("width_factor", _REQUIRED_FACTOR, -1, 1)],
    each=True,
)
changed_image(
    "RandomZoom",
    arguments=f"height_factor width_factor {_MOVED}",
    factors=[
        ("height_factor", _REQUIRED_FACTOR, -0.9999999999999999, 1),
        ("width_factor", None, -0.9999999999999999, 1),
    ],
    each=True,
)
changed_image(
    "Solarization",
    arguments="addition_factor threshold_factor value_range seed data_format",
    factors=[("addition_factor", 0.0, 0, 1), ("threshold_factor", 0.0, 0, 1)],
    each=True,
)


@rule("MaxNumBoundingBoxes", arguments="max_number fill_value data_format")
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


@rule(
    "Resizing",
    arguments="height width interpolation crop_to_aspect_ratio pad_to_aspect_ratio fill_mode fill_value antialias "
    "data_format",
)
def resizing(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Resizing`: an image is scaled to a height and width."""
    return _resized(args, inputs, (3, 4), from_end=False)


@rule("CenterCrop", arguments="height width data_format")
def center_crop(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`CenterCrop`: the middle of an image, which is scaled up where it is too small."""
    return _resized(args, inputs, (3, 4), from_end=False)


@rule("RandomCrop", arguments="height width seed data_format")
def random_crop(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`RandomCrop`: a random piece of an image."""
    return _resized(args, inputs, range(3, MOST_AXES), from_end=True)
