"""The answer to an error's text: the layer, the arithmetic with the text's numbers, and what fixes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cnnnotes._explaining.explanation import Explanation
from cnnnotes._fixing import fixes
from cnnnotes._fixing.change import Fix
from cnnnotes._pasted.errors import Trouble, read_error
from cnnnotes.layers import LayerError, layer_type, outcome


def explain_error(text: str, source: str = "") -> Explanation:
    """Explains the text of an error.

    **Returns** an `Explanation` of kind `"error"`: no rows, what the error means as its `audit`, and its `fixes`, each
    tried on the layer's rule where it is one of arguments or inputs.
    """
    found = read_error(text)
    refusal = _refusal(found)
    name = " ".join(filter(None, (found.name, f"({found.type})" if found.name and found.type else found.type)))
    said: dict[str, Any] = {
        "name": name or "an error",
        "source": source,
        "kind": "error",
        "inputs": tuple((f"input {i}", shape) for i, shape in enumerate(found.inputs)),
        "rows": (),
        "known_params": 0,
        "audit": (*found.says, *([refusal] if refusal and not (found.assumed and found.says) else [])),
        "notes": (),
        "fixes": tuple({fix.text: fix for fix in _fixes(found)}.values()),
    }
    return Explanation(**{**dict.fromkeys(Explanation._fields), **said})


def _refusal(found: Trouble) -> str:
    """What the layer's own rule says of it: the arithmetic."""
    if found.type is None or not found.inputs:
        return ""
    try:
        outcome(found.type, found.arguments, found.inputs)
    except LayerError as error:
        return f"{found.type}: {error}."
    if found.says:
        return ""
    return f"{found.type} takes what the text shows: a number may have been given as another type, a text or a float."


def _fixes(found: Trouble) -> Iterator[Fix]:
    """What fixes it, the smallest change first."""
    kind = found.type or ""
    for text, inputs in found.changes:
        try:
            made = outcome(kind, found.arguments, inputs)
        except LayerError:
            continue
        yield Fix(text, kind, dict(found.arguments), inputs, () if found.assumed else made.shapes)
    if layer_type(kind) and found.inputs:
        for fix in fixes(kind, found.arguments, found.inputs):
            yield fix._replace(outputs=()) if found.assumed else fix
    for text in found.advice:
        yield Fix(text, "", {}, found.inputs, ())
