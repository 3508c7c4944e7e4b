"""`cnnnotes.DepthMaxPool`: the maximum over groups of channels, with no weights."""

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments
from cnnnotes.layers._errors import LayerError
from cnnnotes.layers._outcomes import Map, Outcome, Shape
from cnnnotes.layers._registry import rule
from cnnnotes.layers._windowed import SAME, VALID


@rule(
    "DepthMaxPool|cnnnotes>DepthMaxPool",
    "pool_size:size strides:size=None padding:valid|same=valid data_format=None",
    axes=(2, 5),
    example={"pool_size": 3},
)
def depth_max_pool(args: Arguments, shape: Shape) -> Outcome:
    """`DepthMaxPool` over a vector, or a map of 1 to 3 spatial axes."""
    map_ = Map.of(shape, args.channels_first())
    d_in = map_.depth
    size = args.integer("pool_size")
    stride = args.optional_integer("strides") or size
    padding = args.choice("padding")
    if padding == "valid" and size > d_in:
        raise LayerError(f"pool_size must be at most the input's {d_in} channels (or padding 'same'), got {size}")
    pooled = Formula((VALID if padding == "valid" else SAME).format(X="D"), D_in=d_in, F=size, S=stride, R=1)
    unread = d_in - ((pooled.value or 0) - 1) * stride - size if padding == "valid" else 0
    notes = [f"at each position, the largest of {size} channels"] if size > 1 else []
    if unread > 0:
        notes.append("the last channel is never read" if unread == 1 else f"the last {unread} channels are never read")
    return map_.outcome([None] * len(map_.spatial), pooled, notes=tuple(notes))
