"""Normalization: values are shifted and scaled, by statistics of a batch or an example; and PReLU, which scales too."""

from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments, trained
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._outcomes import GLOBAL, Outcome, Shape, Weight, known, numbered, product, sizes, weight
from cnnnotes.layers._registry import rule, wrapped

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


@rule("UnitNormalization Softmax", "axis:axes=-1")
@rule("RMSNormalization", "axis:axes=-1 epsilon=1e-06")
@rule("LayerNormalization", f"axis:axes=-1 epsilon=0.001 {_AFFINE}")
def layer_normalization(args: Arguments, shape: Shape) -> Outcome:
    """`LayerNormalization`, `RMSNormalization`; `UnitNormalization`, `Softmax`: each example by itself, along axes."""
    names = _trained(args) if "center" in args.statement else ["scale"] * ("epsilon" in args.statement)
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


@rule("SpectralNormalization", "layer:layer power_iterations:5e-324..=1", shapes=[(None, 128)])
def spectral_normalization(args: Arguments, shape: Shape) -> Outcome:
    """`SpectralNormalization`: divides a layer's kernel by its largest singular value, estimated with a vector u."""
    one = wrapped(args, "layer", args.get("layer"), shape)
    columns = next((each.shape[-1] for each in one.weights if each.name in ("kernel", "embeddings")), None)
    if columns is None or one.params is None:
        raise LayerError(f"layer must have a kernel or embeddings, got {shown(args.get('layer')['class_name'])}")
    vector = Weight("vector_u", (1, columns), Formula("columns", columns=columns), trainable=False)
    params = Formula(f"{one.params.text} + columns", **one.params.values, columns=columns)
    return one._replace(weights=(vector, *one.weights), params=params)


_SCALE = {"init_values": 1e-6, "projection_dim": 3}


@rule("LayerScale", "init_values projection_dim:size", unseen="init_values", example=_SCALE)
def layer_scale(args: Arguments, shape: Shape) -> Outcome:
    """`LayerScale` of ConvNeXt: one trained factor for each channel."""
    d = args.integer("projection_dim")
    if shape[-1] not in (None, 1, d):
        raise LayerError(f"projection_dim must be the input's {shape[-1]} channels, got {d}")
    return Outcome.of((*shape[:-1], d), [weight("gamma", D=d)])


@rule("PReLU", f"{trained(alpha='Zeros')} shared_axes:axes=None", axes=2, example={"shared_axes": [1, 2]})
def prelu(args: Arguments, shape: Shape) -> Outcome:
    """`PReLU`: a leaky ReLU whose slope is trained, one for each value unless axes share it."""
    axes, count = () if args.get("shared_axes") is None else args.listed("shared_axes"), len(shape) - 1
    if not all(-count < axis <= count for axis in axes):
        raise LayerError(f"shared_axes must name axes of the input, counted from 1 to {count}, got {axes}")
    # Keras writes its 1 at [axis - 1], so 0 and negative axes count back from the one before the last
    ones = {(axis - 1) % count for axis in axes}
    alpha = tuple(1 if i in ones else known(size, f"axis {i + 1}") for i, size in enumerate(shape[1:]))
    named = sizes((None, *alpha))
    used = [name for i, name in enumerate(named) if i not in ones]
    params = Formula(product(used), **named)
    notes = () if axes else (f"one slope for each of the {params.value:,} values; shared_axes would share it",)
    return Outcome.of(shape, [Weight("alpha", alpha, params)], notes=notes)
