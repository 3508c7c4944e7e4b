"""The answer to an error's text: the layer, the arithmetic with the text's numbers, and what fixes it."""

from collections.abc import Iterator

from cnnnotes._explaining.explanation import Explanation
from cnnnotes._fixing import fixes
from cnnnotes._fixing.change import Fix
from cnnnotes._pasted.errors import CHAINED, Trouble, read_errors
from cnnnotes.layers import LayerError, outcome


def explain_error(text: str, source: str = "") -> Explanation:
    """Explains the text of an error, or of several.

    **Returns** an `Explanation` of kind `"error"`: no rows, what each error means as its `audit`, and its `fixes`, each
    tried on the layer's rule where it is one of arguments or inputs.
    """
    several = read_errors(text)
    inputs = [shape for found in several for shape in found.inputs]
    audit: list[str] = []
    made: dict[str, Fix] = {}
    for found in several:
        first = f"{_named(found)}: " if len(several) > 1 else ""
        refusal = "" if found.assumed and found.says else _refusal(found)
        audit += (
            first * (not sentence.startswith(first)) + sentence for sentence in (*found.says, refusal) if sentence
        )
        made |= {first + fix.text: fix._replace(text=first + fix.text) for fix in _fixes(found)}
    name = f"{len(several)} errors: {', '.join(map(_named, several))}" if len(several) > 1 else _named(several[0])
    numbered = tuple((f"input {i}", shape) for i, shape in enumerate(inputs))
    chain = ("Each error of this chain was raised by the one before: the last one that is known is explained.",)
    notes = chain if CHAINED.search(text) else ()
    return Explanation(name, source, "error", numbered, (), audit=tuple(audit), notes=notes, fixes=tuple(made.values()))


def _named(found: Trouble) -> str:
    """The layer as a summary names it: `dense_2 (Dense)`."""
    kind = f"({found.type})" if found.name and found.type else found.type
    return " ".join(filter(None, (found.name, kind))) or "an error"


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
    kind, arguments = found.type or "", dict(found.arguments)
    for text, inputs in found.changes:
        try:
            yield Fix(text, kind, arguments, inputs, () if found.assumed else outcome(kind, arguments, inputs).shapes)
        except LayerError:
            continue
    for fix in fixes(kind, arguments, found.inputs) if found.inputs else ():
        yield fix._replace(outputs=()) if found.assumed else fix
    for text in found.advice:
        yield Fix(text, "", {}, found.inputs, ())
