"""What is said of the settings that a row could have: the likely one first, as likely, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnnnotes._pasted.candidates import BOUNDS, Candidate, Candidates
from cnnnotes.layers import layer_type

MAX_COUNTED = 99
"""Up to so many other settings are given as a number; a larger number tells nobody anything."""
_BY_SHAPE = ("return_sequences", "return_state")
"""Arguments of a wrapped layer that are named after it, since the row's shape shows them."""


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


def written(kind: str, arguments: Mapping[str, Any]) -> str:
    """Arguments as one writes them in Keras, without its defaults: `Bidirectional(LSTM(10)), return_sequences=True`."""
    if "layer" not in arguments:
        telling = _telling(kind, arguments)
        return ", ".join(f"{name}={value!r}" for name, value in telling.items()) or "the default setting"
    inner = arguments["layer"]["config"]
    after = [f", {name}={inner[name]!r}" for name in _BY_SHAPE if inner.get(name)]
    return called(kind, arguments) + "".join(after)


def called(kind: str, arguments: Mapping[str, Any]) -> str:
    """A layer as one writes it in Keras: `LSTM(10)`, with what it must be given by place."""
    known = layer_type(kind)
    telling = _telling(kind, {name: value for name, value in arguments.items() if name not in _BY_SHAPE})
    parts = []
    for name, value in telling.items():
        if name == "layer":
            parts.append(called(value["class_name"], value["config"]))
        else:
            required = known is not None and name in known.arguments and known.arguments[name].required
            parts.append(f"{value!r}" if required else f"{name}={value!r}")
    return f"{kind}({', '.join(parts)})"


def difference(kind: str, best: Candidate, other: Candidate) -> str:
    """In what another setting differs from the likely one."""
    changed = [
        f"{name}={_plain(kind, name, value)!r}"
        for name, value in other.arguments.items()
        if best.arguments.get(name, ...) != value
    ]
    if changed and not other.arguments.keys().isdisjoint(("layer", "pool_size")):
        changed = [written(kind, other.arguments)]  # the strides that are left out are the pool's size
    if other.inputs != best.inputs:
        changed.append(f"a {' and a '.join(map(str, other.inputs))} input")
    return ", ".join(changed)


def _telling(kind: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that are not Keras's defaults; a pool's size is told, and its strides where they are others."""
    known = layer_type(kind)
    defaults = known.defaults if known else {}
    plain = {name: _plain(kind, name, value) for name, value in arguments.items()}
    if "pool_size" in plain:
        defaults = {**defaults, "pool_size": None, "strides": plain["pool_size"]}
    return {name: value for name, value in plain.items() if defaults.get(name, ...) != value}


def _plain(kind: str, name: str, value: Any) -> Any:
    """One number where an argument has the same for each spatial axis and at both of its ends."""
    known = layer_type(kind)
    argument = known.arguments.get(name) if known else None
    if argument and (argument.per_axis or argument.kind == "pairs") and isinstance(value, tuple):
        ends = {end for each in value for end in (each if isinstance(each, tuple) else (each,))}
        return ends.pop() if len(ends) == 1 else value
    return value
