"""`cnnnotes.DepthMaxPool`: the maximum over groups of channels, with no weights."""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._errors import LayerError
from cnnnotes.layers._rule import Arguments, Outcome, Shape, joined, joined_axes, known, one_input, rule, shown, split
from cnnnotes.layers._windowed import SAME, VALID


@rule("DepthMaxPool", "cnnnotes>DepthMaxPool", arguments="pool_size strides padding data_format")
def depth_max_pool(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`DepthMaxPool` over a map of 1 to 3 spatial axes."""
    shape = one_input(inputs)
    if len(shape) not in (3, 4, 5):
        raise LayerError(f"expects an input of 3 to 5 axes (batch first), got {shown(shape)}")
    first = args.channels_first()
    spatial, channels = split(shape, first)
    d_in = known(channels, "the channel axis")
    size = args.integer("pool_size")
    stride = args.optional_integer("strides") or size
    padding = args.choice("padding", ("valid", "same"), "valid", any_case=True)
    if padding == "valid" and size > d_in:
        raise LayerError(f"pool_size must be at most the input's {d_in} channels (or padding 'same'), got {size}")
    pooled = Formula((VALID if padding == "valid" else SAME).format(X="D"), D_in=d_in, F=size, S=stride, R=1)
    unread = d_in - ((pooled.value or 0) - 1) * stride - size if padding == "valid" else 0
    notes = [f"at each position, the largest of {size} channels"] if size > 1 else []
    if unread > 0:
        notes.append("the last channel is never read" if unread == 1 else f"the last {unread} channels are never read")
    return Outcome(
        shapes=(joined(shape[0], spatial, pooled.value, first),),
        axes=joined_axes([None] * len(spatial), pooled, first),
        notes=tuple(notes),
    )
