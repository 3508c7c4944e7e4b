"""Activations as layers: a function of each value; only `PReLU` has weights."""

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments, trained
from cnnnotes.layers._errors import LayerError
from cnnnotes.layers._normalization import along_axes
from cnnnotes.layers._outcomes import Outcome, Shape, Weight, known, product, sizes
from cnnnotes.layers._registry import kept_by, rule

kept_by(
    {
        "Activation": "activation",
        "ReLU": "max_value:0..=None negative_slope:0..=0.0 threshold:0..=0.0",
        "LeakyReLU": "negative_slope:0..=0.3",
        "ELU": "alpha=1.0",
    }
)
rule("Softmax", "axis:axes=-1")(along_axes)


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
    used = [name for i, name in enumerate(named) if i not in ones or len(named) < count]
    params = Formula(product(used), **named)
    notes = () if axes else (f"one slope for each of the {params.value:,} values; shared_axes would share it",)
    return Outcome.of(shape, [Weight("alpha", alpha, params)], notes=notes)
