"""Normalization: values are shifted and scaled, by statistics of a batch or of a single example."""

from collections.abc import Sequence

from cnnnotes.layers._arguments import Arguments, trained
from cnnnotes.layers._errors import LayerError
from cnnnotes.layers._outcomes import GLOBAL, Outcome, Shape, known, numbered, weight
from cnnnotes.layers._registry import rule

_AFFINE = f"center=True scale=True {trained(beta='zeros', gamma='ones')}"


@rule(
    "BatchNormalization",
    "axis:axis=-1 momentum=0.99 epsilon=0.001 center=True scale=True moving_mean_initializer=zeros "
    "moving_variance_initializer=ones synchronized=False renorm=False renorm_clipping=None renorm_momentum=0.99 "
    f"{trained(beta='zeros', gamma='ones')}",
)
def batch_normalization(args: Arguments, shape: Shape) -> Outcome:
    """`BatchNormalization`: for each channel a trained scale and shift, and two moving statistics."""
    d = known(shape[args.axis("axis", len(shape))], "the normalized axis")
    moving = ["moving_mean", "moving_variance"]
    moving += ["moving_stddev", "renorm_mean", "renorm_stddev"] * args.flag("renorm")
    names, one = _trained(args), weight("", D_in=d)
    weights = [one._replace(name=name, trainable=name in names) for name in (*names, *moving)]
    note = f"{len(moving)} of the {len(weights)} vectors are moving statistics, which no gradient trains"
    return Outcome.of(shape, weights, notes=(note,))


def _trained(args: Arguments) -> list[str]:
    return ["gamma"] * args.flag("scale") + ["beta"] * args.flag("center")


def normalized(shape: Shape, axes: Sequence[int], names: Sequence[str]) -> Outcome:
    """Values normalized along these axes, and trained weights of these names, each of the axes' size."""
    dims = [known(shape[axis], "a normalized axis") for axis in axes] if names else []
    named = {"D_in": dims[0]} if dims and axes == (len(shape) - 1,) else numbered(dims)
    windows = () if set(axes) <= {len(shape) - 1} else GLOBAL
    one = weight("", **named)
    return Outcome.of(shape, [one._replace(name=name) for name in names], windows=windows)


@rule("LayerNormalization", f"axis:axes=-1 epsilon=0.001 {_AFFINE}")
@rule("RMSNormalization", "axis:axes=-1 epsilon=1e-06")
def layer_normalization(args: Arguments, shape: Shape) -> Outcome:
    """`LayerNormalization`, `RMSNormalization`: each example is normalized by itself, along one axis or several."""
    names = _trained(args) if "center" in args.statement else ["scale"]
    names = ["gamma"] if args.flag("rms_scaling", False) else names
    return normalized(shape, args.axes("axis", len(shape)), names)


@rule("GroupNormalization", f"groups:size=32 axis:axis=-1 epsilon=0.001 {_AFFINE}", shapes=((None, 28, 28, 64),))
def group_normalization(args: Arguments, shape: Shape) -> Outcome:
    """`GroupNormalization`: each example is normalized by itself, a group of channels at a time."""
    axis = args.axis("axis", len(shape))
    channels = known(shape[axis], "the normalized axis")
    groups = channels if args.get("groups") == -1 else args.integer("groups")
    if channels < groups or channels % groups:
        raise LayerError(f"groups must divide the input's {channels} channels, got {groups}")
    note = f"{groups} groups of {channels // groups} channels, normalized over all positions"
    return normalized(shape, (axis,), _trained(args))._replace(notes=(note,), windows=GLOBAL)


@rule("UnitNormalization", "axis:axes=-1")
def along_axes(args: Arguments, shape: Shape) -> Outcome:
    """`UnitNormalization` and `Softmax`: divided by what the values along these axes come to; without weights."""
    return normalized(shape, args.axes("axis", len(shape)), ())
