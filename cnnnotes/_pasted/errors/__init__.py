"""The text of an error that Keras or TensorFlow raised: what it says of a layer, its arguments and its inputs.

An error is read wherever it stands in a text, at the end of a traceback too, whose lines show how a layer was written.
Nothing of the text is run.
"""

from __future__ import annotations

import re

from cnnnotes._pasted.errors.trouble import Trouble, listed, shapes
from cnnnotes.layers import LayerError, layer_type, read_call

MAX_ERROR = 1_000_000
"""The most characters of an error's text that are read, those at its end."""

_ERROR = re.compile(r"^\s*(?:[\w.]+\.)?(\w+(?:Error|Exception))\b", re.MULTILINE)
_ANSI = re.compile(r"\x1b\[[0-9;]{0,20}m")
_CALL = re.compile(r"\b([A-Z]\w{2,40})\(")

__all__ = ["Trouble", "is_error", "read_error"]


def is_error(text: str) -> bool:
    """Whether this is the text of an error, rather than that of a summary."""
    return bool(_ERROR.search(text[-MAX_ERROR:])) and not re.search(r"Param\b.{0,3}#|Total params", text)


def read_error(text: str) -> Trouble:
    """What went wrong, by the first known error in the text; an unknown one says what was found and what is lacking."""
    from cnnnotes._pasted.errors.patterns import PATTERNS

    plain = _ANSI.sub("", text[-MAX_ERROR:])
    for pattern, reader in PATTERNS:
        if match := pattern.search(plain):
            return _as_written(reader(match, plain), plain)
    return _unknown(plain)


def _as_written(found: Trouble, text: str) -> Trouble:
    """The trouble with the arguments of the layer as a line of the traceback writes it, where there is just one."""
    if not found.assumed or found.type is None:
        return found
    calls = {str(call): call for call in _calls(text) if call[0] == found.type}
    if len(calls) != 1:
        return found
    ((_, arguments),) = calls.values()
    return found._replace(arguments={**arguments, **_told(found)}, assumed=False)


def _told(found: Trouble) -> dict[str, object]:
    """The arguments that the text itself tells, which are not those of the example."""
    stated = layer_type(found.type or "")
    example = stated.example[0] if stated else {}
    return {name: value for name, value in found.arguments.items() if example.get(name, ...) != value}


def _calls(text: str) -> list[tuple[str, dict[str, object]]]:
    """The layers that are written out in a line of the text."""
    found = []
    for match in _CALL.finditer(text):
        if layer_type(match[1]) and (written := _balanced(text, match.end() - 1)):
            try:
                found.append(read_call(match[1] + written))
            except LayerError:
                continue  # variables in place of numbers
    return found


def _balanced(text: str, start: int) -> str:
    """The text from a bracket to the one that closes it, within a line."""
    depth = 0
    for end in range(start, min(len(text), start + 500)):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if text[end] == "\n":
            return ""
        if not depth:
            return text[start : end + 1]
    return ""


def _unknown(text: str) -> Trouble:
    """What an error that isn't known is seen to hold, and what it lacks."""
    errors = _ERROR.findall(text)
    given = [shape for shape in dict.fromkeys(shapes(text)) if len(shape) > 1][:4]
    layers = [kind for kind in dict.fromkeys(_CALL.findall(text)) if layer_type(kind)][:4]
    says = ["This error is not one of those that are known here."]
    says.append(f"It is of type {errors[-1]}." if errors else "No line of it begins with the type of an error.")
    says.append(f"It names the shapes {listed(given)}." if given else "It names no shape.")
    says.append(f"It names {' and '.join(layers)}." if layers else "It names no layer.")
    lacks = "the whole traceback, from its first line on, or the text of model.summary(), shows which layer it is"
    return Trouble(tuple(says), advice=(lacks,))
