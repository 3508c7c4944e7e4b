"""What is said of the settings that a row could have: the likely one first, as likely, and why."""

from collections.abc import Iterator

from cnnnotes._pasted.candidates import BOUNDS, Candidate, Candidates
from cnnnotes._pasted.candidates.writing import plain_value, written

MAX_COUNTED = 99  # up to so many other settings are given as a number; a larger number tells nobody anything


def settings_notes(fitting: Candidates, shown: bool) -> Iterator[str]:
    """What is said of the settings that fit a row, on an input that the text shows or doesn't."""
    best = fitting.best
    if best is None:
        if fitting.known:
            yield f"No setting gives this shape and count on the input that the text shows ({BOUNDS})."
        else:
            yield "Its settings can't be told from its row."
        return
    settings = written(fitting.kind, best.arguments)
    source = "" if shown or not best.inputs else f" on a {' and a '.join(map(str, best.inputs))} input"
    if len(fitting) == 1:
        if best.arguments and fitting.kind != "InputLayer":
            yield f"Only {settings}{source} fits."
        yield from fitting.outcomes(1)[0][1].notes
        return
    other = difference(fitting.kind, best, fitting.first(2)[1])
    yield f"Probably {settings}{source}: the most common setting that gives this shape and count."
    if not shown:
        yield f"The summary doesn't show the input, so other settings are possible, such as {other}."
    elif len(fitting) == 2:
        yield f"One other setting fits: {other}."
    else:
        many = f"{len(fitting) - 1} other" if len(fitting) <= MAX_COUNTED else "Many other"
        yield f"{many} settings fit, such as {other}."


def difference(kind: str, best: Candidate, other: Candidate) -> str:
    """In what another setting differs from the likely one."""
    changed = [
        f"{name}={plain_value(kind, name, value)!r}"
        for name, value in other.arguments.items()
        if best.arguments.get(name, ...) != value
    ]
    if changed and not other.arguments.keys().isdisjoint(("layer", "pool_size")):
        changed = [written(kind, other.arguments)]  # the strides that are left out are the pool's size
    if other.inputs != best.inputs:
        changed.append(f"a {' and a '.join(map(str, other.inputs))} input")
    return ", ".join(changed)
