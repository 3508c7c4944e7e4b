"""JSON from an untrusted file, checked before and after it is parsed; and the pieces that every reader checks."""

from __future__ import annotations

import json
import re
from typing import Any

from cnnnotes._reading.architecture import Shape
from cnnnotes.layers._errors import ReadError
from cnnnotes.layers._rule import shown

MAX_JSON = 512 * 2**20
"""The longest configuration that is read, in bytes: 200,000 layers as Keras writes them take about 320 MB."""
MAX_SIZE = 2**53
"""The largest size of an axis: that of the largest array index that JSON's readers agree on."""

_MANY_DIGITS = re.compile(r"\d{300}")


def parsed(text: str | bytes) -> Any:
    """JSON as Python objects; `ReadError` where it isn't JSON, or is out of bounds."""
    if len(text) > MAX_JSON:
        raise ReadError(f"the configuration is longer than {MAX_JSON:,} bytes, which is the most that is read")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ReadError(f"the configuration is not UTF-8 text (byte {error.start:,})") from None
    if _MANY_DIGITS.search(text):
        raise ReadError("the configuration holds a number of 300 digits or more, which no model has")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ReadError(f"the configuration is not JSON: {error.msg} ({where})") from None
    except RecursionError:
        raise ReadError("the configuration is nested deeper than a model can be") from None


def checked_text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise ReadError(f"{place} must be text, got {shown(value)}")
    return value


def text_or_none(value: Any) -> str | None:
    """A value where it is text."""
    return value if isinstance(value, str) else None


def is_shape(value: Any) -> bool:
    """Whether a value is a list of sizes, each a whole number or None."""
    return isinstance(value, list | tuple) and all(
        size is None or (type(size) is int and 0 <= size <= MAX_SIZE) for size in value
    )


def checked_shape(value: Any, place: str) -> Shape:
    """A shape from a file; `ReadError` where it isn't one."""
    if not is_shape(value):
        raise ReadError(f"{place}: expected a shape of sizes from 0 to 2^53, or null where unknown, got {shown(value)}")
    return tuple(value)
