"""A shape that is cut in the middle: what is printed of it is kept, and the count and the input tell what is lost."""

from collections.abc import Iterator

from cnnnotes._pasted.candidates import Wanted, candidates
from cnnnotes._reading.architecture import Recorded, Shape

_CHANNELS = (*range(1, 8), *range(8, 512, 8), *range(512, 4097, 64))
"""The numbers of channels that are tried where none is printed."""


def whole_shape(kind: str, inputs: tuple[tuple[Shape, ...], ...], recorded: Recorded) -> Shape | None:
    """The shape that a cut one must have been: that which is printed, if it fits, or the only longer one that does."""
    cut = recorded.cut_output
    found: list[Shape] = []
    for shape in dict.fromkeys(_longer(cut, inputs[0][0])) if cut and inputs else ():
        wanted = Wanted((shape,), recorded.params, recorded.params_text, recorded.params_width)
        if candidates(kind, inputs, wanted).best:
            found.append(shape)
            if shape in (cut, inputs[0][0]):
                break
    return found[0] if len(found) == 1 else None


def _longer(cut: Shape, before: Shape) -> Iterator[Shape]:
    """Shapes that begin as a cut one: the input's own, the cut one as it is, and those with more digits or axes."""
    *kept, last = cut
    if len(before) >= len(cut) and before[: len(kept)] == (*kept,) and str(before[len(kept)]).startswith(str(last)):
        yield before
    if len(cut) == len(before):
        yield cut
        for digits in (1, 2) if last else ():
            yield from ((*kept, int(f"{last}{more:0{digits}}")) for more in range(10**digits))
    elif len(cut) == len(before) - 1:
        yield from ((*cut, channels) for channels in _CHANNELS)
