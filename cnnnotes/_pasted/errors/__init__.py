"""The text of an error that Keras or TensorFlow raised: what it says of a layer, its arguments and its inputs.

An error is read wherever it stands in a text, at the end of a traceback too, whose lines show how a layer was written.
Nothing of the text is run.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from cnnnotes._pasted.errors.trouble import Trouble, example, listed, shapes
from cnnnotes.layers import LayerError, layer_type, read_call

MAX_ERROR = 1_000_000
"""The most characters of an error's text that are read, those at its end."""

_ERROR = re.compile(r"^\s*(?:[\w.]+\.)?(\w+(?:Error|Exception))\b(?!\s+Traceback|: in user code)", re.MULTILINE)
_TRACEBACK = "Traceback (most recent call last)"
CHAINED = re.compile("During handling of the above exception|The above exception was the direct cause")
_ANSI = re.compile(r"\x1b\[[0-9;]{0,20}m")
_CALL = re.compile(r"\b([A-Z]\w{2,40})\((?:[^()\n]|\((?:[^()\n]|\([^()\n]*\))*\))*\)")

__all__ = ["CHAINED", "Trouble", "is_error", "read_errors"]


def is_error(text: str) -> bool:
    """Whether this is the text of an error, rather than that of a summary."""
    return bool(_ERROR.search(text[-MAX_ERROR:])) and not re.search(r"Param\b.{0,3}#|Total params", text)


def read_errors(text: str) -> list[Trouble]:
    """What went wrong: a trouble for each known error of the text, or for the last one of a chain of them.

    Where none is known, the last says what was found in it, and what is lacking.
    """
    pieces = list(_pieces(_ANSI.sub("", text[-MAX_ERROR:])))
    found: list[Trouble] = []
    chained = False
    for piece in pieces:
        if trouble := _known(piece):
            found = found[:-1] if chained else found
            found += [_completed(trouble, piece)] * (trouble not in found)
        chained = bool(CHAINED.search(piece)) and (trouble is not None or chained)
    return found or [_unknown(pieces[-1])]


def _pieces(text: str) -> Iterator[str]:
    """The text cut where the next error, or its traceback, begins."""
    cuts = [0]
    for start, end in pairwise(match.start() for match in _ERROR.finditer(text)):
        traceback = text.find(_TRACEBACK, start, end)
        cuts.append(end if traceback < 0 else text.rfind("\n", start, traceback))
    yield from (text[start:end] for start, end in pairwise([*cuts, len(text)]))


def _known(text: str) -> Trouble | None:
    from cnnnotes._pasted.errors.patterns import PATTERNS

    return next((reader(match, text) for pattern, reader in PATTERNS if (match := pattern.search(text))), None)


def _completed(found: Trouble, text: str) -> Trouble:
    """The trouble with arguments: those of the only call in a traceback's line, or else those of an example."""
    stated = layer_type(found.type or "")
    if stated is None:
        return found
    calls = {str(call): call[1] for call in _calls(text) if call[0] == found.type}
    if found.assumed and len(calls) == 1:
        (written,) = calls.values()
        return found._replace(arguments={**written, **found.arguments}, assumed=False)
    lacking = {
        name: value for name, value in example(found.type).items() if found.assumed or stated.arguments[name].required
    }
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
    errors = _ERROR.findall(text)
    given = [shape for shape in dict.fromkeys(shapes(text)) if len(shape) > 1][:4]
    layers = [kind for kind in dict.fromkeys(re.findall(r"\b([A-Z]\w{2,40})\(", text)) if layer_type(kind)][:4]
    says = (
        "This error is not one of those that are known here.",
        f"It is of type {errors[-1]}." if errors else "No line of it begins with the type of an error.",
        f"It names the shapes {listed(given)}." if given else "It names no shape.",
        f"It names {' and '.join(layers)}." if layers else "It names no layer.",
    )
    lacks = "the whole traceback, from its first line on, or the text of model.summary(), shows which layer it is"
    return Trouble(says, advice=(lacks,))
