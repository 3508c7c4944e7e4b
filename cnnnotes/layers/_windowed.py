"""The arithmetic that convolution and pooling share: a window that moves over the spatial axes.

Source: the notes' own formulas, which are those of the Keras documentation and of V. Dumoulin and F. Visin,
"A guide to convolution arithmetic for deep learning" (2016), with Keras's `same` padding.
"""

from collections.abc import Sequence
from typing import NamedTuple

from cnnnotes.formula import Formula
from cnnnotes.layers._errors import LayerError
from cnnnotes.layers._outcomes import AXES, Shape, Window

SAME = "ceil({X}_in / S)"
VALID = "ceil(({X}_in - R * (F - 1)) / S)"

_SIDES = {"H": ("row", "top", "bottom"), "W": ("column", "left", "right")}
_OTHER_SIDES = ("step", "start", "end")


class Moved(NamedTuple):
    """A window moved over the spatial axes of a map."""

    spatial: Shape
    formulas: tuple[Formula, ...]
    windows: tuple[Window, ...]
    notes: tuple[str, ...]


def axis_values(rank: int, **per_axis: Sequence[int | None]) -> dict[str, int | None]:
    """Values named for their axis: `axis_values(2, F=(3, 5))` is `{"F_h": 3, "F_w": 5}`."""
    return {
        f"{letter}_{axis.lower()}": value
        for letter, values in per_axis.items()
        for axis, value in zip(AXES[rank], values, strict=True)
    }


def axis_product(letter: str, rank: int) -> str:
    """`F_h * F_w` for `axis_product("F", 2)`."""
    return " * ".join(f"{letter}_{axis.lower()}" for axis in AXES[rank])


def move(spatial: Shape, size: Sequence[int], stride: Sequence[int], dilation: Sequence[int], padding: str) -> Moved:
    """Moves a window of `size` over `spatial`.

    **Arguments**

    - `spatial`: the input's spatial sizes, in pixels; `None` where unknown.
    - `size`, `stride`, `dilation`: one number for each axis.
    - `padding`: `"valid"`, `"same"` or `"causal"`.

    **Raises** `LayerError` where nothing would be left of an axis.
    """
    out, formulas, windows, notes = [], [], [], []
    for axis, length, f, s, r in zip(AXES[len(spatial)], spatial, size, stride, dilation, strict=True):
        x = axis.lower()
        text = (VALID if padding == "valid" else SAME).format(X=axis)
        for letter in "SFR":
            text = text.replace(letter, f"{letter}_{x}")
        formula = Formula(text, **{f"{axis}_in": length, f"F_{x}": f, f"S_{x}": s, f"R_{x}": r})
        reach = r * (f - 1) + 1
        if formula.value is not None and formula.value < (1 if padding == "valid" else 0):
            raise LayerError(
                f"the window does not fit: {formula} along {AXIS_NAMES[axis]} "
                f"(window {f}{f', dilated to {reach}' if r > 1 else ''}, input {length}, padding {padding!r})"
            )
        before, after = padded(length, reach, s, padding)
        out.append(formula.value)
        formulas.append(formula)
        windows.append(Window(reach, s, before))
        notes += _axis_notes(axis, length, formula.value, reach, s, padding, before, after)
    return Moved(tuple(out), tuple(formulas), tuple(windows), tuple(notes))


AXIS_NAMES = {"H": "the height", "W": "the width", "L": "the length", "Z": "the volume's depth"}


def padded(length: int | None, reach: int, stride: int, padding: str) -> tuple[int, int]:
    """How many positions `padding` adds before and after an axis (for an unknown length: as at stride 1)."""
    if padding == "valid":
        return 0, 0
    if padding == "causal":
        return reach - 1, 0
    total = reach - 1 if length is None else max((-(-length // stride) - 1) * stride + reach - length, 0)
    return total // 2, total - total // 2


def _axis_notes(
    axis: str, length: int | None, out: int | None, reach: int, stride: int, padding: str, before: int, after: int
) -> list[str]:
    if length is None or out is None:
        return []
    line, first, last = _SIDES.get(axis, (_OTHER_SIDES[0], *_OTHER_SIDES[1:]))
    if padding == "same" and (stride > 1 or before != after):
        pads = [
            f"{count} {line}{'s' * (count > 1)} padded at the {side}"
            for count, side in ((before, first), (after, last))
            if count
        ]
        return [f"`same` at stride {stride}: {length} → {out}, {', '.join(pads) or 'nothing padded'}"]
    unread = length - ((out - 1) * stride + reach) if padding == "valid" else 0
    if unread > 0:
        return [f"the last {line} is never read" if unread == 1 else f"the last {unread} {line}s are never read"]
    return []
