"""The little of Python's own that a program builds models with: bounded, and for plain values alone."""

import math
import re
from collections.abc import Callable
from typing import Any

MAX_NUMBER = 2**62
MAX_LENGTH = 10_000  # the longest text or list, and the most items of a range that is made one
_SPEC = r"[-+0<>^,]{0,3}\d{0,2}(?:\.\d{1,2})?[a-zA-Z%]?"
_FIELDS = re.compile(rf"(?:[^{{}}]|\{{\w*(?::{_SPEC})?\}})*")
_PERCENT = re.compile(r"%[^%a-zA-Z]*(?:\*|\d{3})")


def is_plain(value: Any, listed: bool = True) -> bool:
    """Whether a value is a number, text or none, or a list or dict of them."""
    if listed and type(value) in (list, tuple, dict, range):
        return len(value) <= MAX_LENGTH and all(is_plain(item, False) for item in value)
    return isinstance(value, int | float | str | None)


def bounded(value: Any) -> Any:
    """The value; `OverflowError` where it is a number, a text or a list that no model is made of."""
    size = abs(value) if isinstance(value, int) else 0
    if size > MAX_NUMBER or (isinstance(value, str | list) and len(value) > MAX_LENGTH):
        raise OverflowError
    return value


def listed(value: Any) -> list[Any]:
    """A list of so many items as a model is made of."""
    if len(value) > MAX_LENGTH:
        raise OverflowError
    return list(value)


def formatted(value: Any, spec: str) -> str:
    if not is_plain(value) or not re.fullmatch(_SPEC, spec):
        raise ValueError
    return format(value, spec)


def percent(text: str, items: Any) -> str:
    if not is_plain(items) or _PERCENT.search(text):
        raise ValueError
    return str(bounded(text % items))


def _format(text: str, *args: Any, **kwargs: Any) -> str:
    """`"conv_{}".format(3)`: by place, number or name, and nothing else of what Python allows there."""
    if not is_plain([*args, *kwargs.values()]) or not _FIELDS.fullmatch(text):
        raise ValueError
    return str(bounded(text.format(*args, **kwargs)))


def _plainly(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        if not all(map(is_plain, args)):
            raise TypeError
        return bounded(function(*args))

    return call


_PLAIN = (
    *(int, float, str, bool, abs, min, max, sum, round, range, sorted),
    *(math.prod, math.ceil, math.floor, math.sqrt, math.log2, math.log),
)
CALLS: dict[str, Callable[..., Any]] = {
    **{each.__name__: _plainly(each) for each in _PLAIN}, "len": len, "dict": dict,
    "list": lambda value=(): listed(value), "tuple": lambda value=(): tuple(listed(value)),
    "zip": lambda *args: list(zip(*map(listed, args), strict=False)),
    "enumerate": lambda value, start=0: list(enumerate(listed(value), start)),
    "reversed": lambda value: listed(value)[::-1], "print": lambda *args, **kwargs: None,
}  # fmt: skip
METHODS: dict[str, Callable[..., Any]] = {
    **{each.__name__: _plainly(each) for each in (str.lower, str.upper, str.strip, str.split)},
    **{each.__name__: _plainly(each) for each in (str.startswith, str.endswith)}, "format": _format, "keys": list,
    "append": lambda owner, item: bounded(owner).append(item),
    "extend": lambda owner, items: bounded(owner).extend(listed(items)),
    "insert": lambda owner, place, item: bounded(owner).insert(place, item), "as_list": list,
    "pop": lambda owner, *args: owner.pop(*args), "get": lambda owner, key, other=None: owner.get(key, other),
    "items": lambda owner: list(owner.items()), "values": lambda owner: list(owner.values()),
}  # fmt: skip
