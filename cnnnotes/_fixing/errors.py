"""The text of an error that Keras or TensorFlow raised: the layer, the arithmetic with its numbers, and what fixes it.
It is read wherever it stands, at the end of a traceback too, whose lines show how a layer was written; none is run."""

import re
from collections.abc import Iterator
from itertools import islice, pairwise
from typing import Any

from cnnnotes._explaining.explanation import Explanation
from cnnnotes._fixing import fixes
from cnnnotes._fixing.change import Fix
from cnnnotes._fixing.readers import Trouble, shapes
from cnnnotes.layers import LayerError, layer_type, outcome, read_call

MAX_ERROR = 100_000  # the most characters of an error's text that are read, those at its end
_ERROR = r"^[ \t]*(?:[\w.]+\.)?(\w+(?:Error|Exception))\b(?!\s+Traceback|: in user code)"
_CALL = re.compile(r"\b([A-Z]\w{2,40})\((?:[^()\n]|\((?:[^()\n]|\([^()\n]*\))*\))*\)")


def is_error(text: str) -> bool:
    """Whether this is the text of an error, rather than that of a summary."""
    found = re.search(_ERROR, _end(text), re.MULTILINE)
    return bool(found) and not re.search(r"Param\b.{0,3}#|Total params", text)


def _end(text: str) -> str:
    """The end of a long text, without the colours of a terminal."""
    return re.sub(r"\x1b\[[0-9;]{0,20}m", "", text[-MAX_ERROR:])


def explain_error(text: str, source: str = "") -> Explanation:
    """An `Explanation` of kind `"error"`: no rows, what each error of a text means as its `audit`, and its `fixes`."""
    several = _read(_end(text))
    audit: list[str] = []
    made: dict[str, Fix] = {}
    for found in several:
        first = f"{found.title}: " if len(several) > 1 else ""
        for sentence in filter(None, (*found.says, "" if found.assumed and found.says else _refusal(found))):
            audit.append(sentence if sentence.startswith(first) else first + sentence)
        made |= {first + fix.text: fix._replace(text=first + fix.text) for fix in _fixes(found)}
    titles = [found.title for found in several]
    name = f"{len(several)} errors: {', '.join(titles)}" if len(several) > 1 else titles[0]
    inputs = enumerate(shape for found in several for shape in found.inputs)
    numbered = tuple((f"input {i}", shape) for i, shape in inputs)
    return Explanation(name, source, "error", numbered, audit=tuple(audit), fixes=tuple(made.values()))


def _read(text: str) -> list[Trouble]:
    """A trouble for each error that is known; where none is, what was found in the last, and what is lacking."""
    from cnnnotes._fixing.patterns import PATTERNS

    marks = re.finditer(rf"^Traceback \(most recent|{_ERROR}", text, re.MULTILINE)
    starts = [mark.start() for before, mark in pairwise(marks) if before[1]]  # what follows an error is another piece
    pieces = [text[start:end] for start, end in pairwise([0, *starts, len(text)])]
    found: list[Trouble] = []
    for piece in pieces:
        told = (reader(match, piece) for pattern, reader in PATTERNS if (match := pattern.search(piece)))
        for trouble in islice((each for each in told if each.says or each.type), 1):
            completed = _completed(trouble, piece)
            found += [completed] * (completed not in found)
    return found or [_unknown(pieces[-1])]


def _completed(found: Trouble, text: str) -> Trouble:
    """The trouble with arguments: those of the only call in a traceback's line, or else those of an example."""
    stated = layer_type(found.type or "")
    if stated is None:
        return found
    calls = {str(call): call[1] for call in _calls(text) if call[0] == found.type}
    if found.assumed and len(calls) == 1:
        (written,) = calls.values()
        return found._replace(arguments={**written, **found.arguments}, assumed=False)
    example, arguments = stated.example[0], stated.arguments
    lacking = {name: example[name] for name in example if found.assumed or arguments[name].required}
    return found._replace(arguments={**lacking, **found.arguments})


def _calls(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The layers that are written out in a line of the text."""
    for match in _CALL.finditer(text):
        if layer_type(match[1]):
            try:
                yield read_call(match[0])
            except LayerError:
                continue  # variables in place of numbers


def _unknown(text: str) -> Trouble:
    """What an error that isn't known is seen to hold, and what it lacks."""
    error = re.search(_ERROR, text, re.MULTILINE)
    bare = _CALL.sub(lambda call: "" if layer_type(call[1]) else call[0], text)  # a layer's arguments are no shape
    given = [str(shape) for shape in dict.fromkeys(shapes(bare)) if len(shape) > 1][:4]
    layers = [kind for kind in dict.fromkeys(re.findall(r"\b([A-Z]\w{2,40})\(", text)) if layer_type(kind)][:4]
    says = (
        "This error is not one of those that are known here.",
        f"It is of type {error[1]}." if error else "No line of it begins with the type of an error.",
        f"It names the shape{'s' * (len(given) > 1)} {' and '.join(given)}." if given else "It names no shape.",
        f"It names {' and '.join(layers)}." if layers else "It names no layer.",
    )
    lacks = "the whole traceback, from its first line on, or the text of model.summary(), shows which layer it is"
    return Trouble(says, fixes=(Fix(lacks),))


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
    """What fixes it: the layer's own, the smallest change first, then those that its reader knows."""
    for fix in fixes(found.type or "", found.arguments, found.inputs) if found.inputs else ():
        yield fix._replace(outputs=()) if found.assumed else fix
    for fix in found.fixes:
        yield fix._replace(arguments=dict(found.arguments)) if fix.layer_type else fix
