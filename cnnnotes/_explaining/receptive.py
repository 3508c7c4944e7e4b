"""Which part of the input one position of a map sees: its receptive field, layer by layer.

Where branches meet it is the union of theirs; where their strides differ it has no single size, and is undefined.
Source: A. Araujo, W. Norris and J. Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill (2019).
"""

from collections.abc import Iterable
from typing import NamedTuple

from cnnnotes.layers import GLOBAL, Window


class Span(NamedTuple):
    """What the positions of a map see along one spatial axis of the input."""

    size: int  # how many input positions one output position sees, padding counted in
    stride: int  # how many input positions two neighbours are apart
    offset: int  # the first input position that the first output position sees; negative where it begins in the padding


Field = tuple[Span, ...] | str | None
"""One span for each spatial axis, `GLOBAL` for the whole input, `()` for each position itself, `None` if undefined."""

ITSELF: Field = ()
ONE = Span(1, 1, 0)


def through(field: Field, windows: tuple[Window, ...] | str | None) -> Field:
    """The field after a layer whose windows these are."""
    if field is None or isinstance(field, str) or windows == ():
        return field
    if windows is None or isinstance(windows, str):
        return windows
    spans = field or (ONE,) * len(windows)
    if len(spans) != len(windows):
        return None
    return tuple(
        Span(size + (window.size - 1) * stride, stride * window.stride, offset - window.before * stride)
        for (size, stride, offset), window in zip(spans, windows, strict=True)
    )


def union(fields: Iterable[Field]) -> Field:
    """The field of a position that sees what each of these sees."""
    found = set(fields)
    if len(found) == 1:
        return found.pop()
    if None in found or not found:
        return None
    if GLOBAL in found:
        return GLOBAL
    rank = max(len(field) for field in found if field)
    spans = [field or (ONE,) * rank for field in found if isinstance(field, tuple)]
    if any(len(field) != rank for field in spans):
        return None
    merged = []
    for axis in zip(*spans, strict=True):
        if len({span.stride for span in axis}) > 1:
            return None
        first = min(span.offset for span in axis)
        merged.append(Span(max(span.offset + span.size for span in axis) - first, axis[0].stride, first))
    return tuple(merged)


def within(outer: Field, inner: Field) -> Field:
    """The field of a position in a nested model, whose own input has the field `outer`."""
    if isinstance(inner, tuple) and outer != ITSELF:
        return through(outer, tuple(Window(span.size, span.stride, -span.offset) for span in inner))
    return inner if isinstance(inner, tuple) or outer == ITSELF else through(outer, inner)
