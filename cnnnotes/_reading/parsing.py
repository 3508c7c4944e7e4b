"""JSON from an untrusted file, checked before and after it is parsed; and the pieces that every reader checks."""

import ast
import json
from collections.abc import Sequence
from typing import Any, TypeGuard

from cnnnotes.layers._errors import ReadError

MAX_JSON = 512 * 2**20  # the longest configuration that is read, in bytes: 200,000 layers of Keras take about 320 MB
MAX_SIZE = 2**53  # the largest size of an axis: that of the largest array index that JSON's readers agree on
MAX_DIGITS = 300  # the most digits of a number: more than any size takes, and few enough to print
MAX_DEPTH = 300  # how deep lists and objects may stand in each other: a model in a model takes four levels
MAX_LITERAL = 2**20  # the longest configuration that is read as Python prints it, in characters
_ALIKE = bytes.maketrans(b"0123456789{}", b"0000000000[]")
_OTHERS = bytes(set(range(256)) - set(b'[]"'))


def parsed(text: str | bytes) -> Any:
    """JSON as Python objects; `ReadError` where it isn't JSON, or is out of bounds."""
    if len(text) > MAX_JSON:
        raise ReadError(f"the configuration is longer than {MAX_JSON:,} bytes, which is the most that is read")
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    data = data.translate(_ALIKE)
    if b"0" * MAX_DIGITS in data:
        raise ReadError(f"the configuration holds a number of {MAX_DIGITS} digits or more, which no model has")
    quoted = data.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _OTHERS).replace(b'""', b"")
    brackets = b"".join(quoted.split(b'"')[::2])  # those outside of strings
    for _ in range(MAX_DEPTH):  # takes the innermost level away
        brackets = brackets.replace(b"[]", b"")
    if b"[]" in brackets or brackets.count(b"[") > MAX_DEPTH:  # else the parser takes a browser's interpreter with it
        raise ReadError(f"the configuration is nested deeper than {MAX_DEPTH} levels, which no model is")
    try:
        if isinstance(text, str) and text.lstrip(" \n[{(").startswith("'") and len(text) < MAX_LITERAL:
            return ast.literal_eval(text.strip())  # model.get_config(), or what a prompt shows of a text
        return json.loads(text.decode("utf-8-sig") if isinstance(text, bytes) else text)
    except UnicodeDecodeError as error:
        raise ReadError(f"the configuration is not UTF-8 text (byte {error.start:,})") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ReadError(f"the configuration is not JSON: {error.msg} ({where})") from None
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise ReadError("the configuration is no plain value of Python: paste what model.to_json() gives") from None


def fields(value: Any) -> dict[str, Any]:
    """An object of a file; an empty one where it is none."""
    return value if isinstance(value, dict) else {}


def dicts(value: Any) -> list[dict[str, Any]]:
    """The objects in a list of a file; none where there is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def is_shape(value: Any) -> TypeGuard[Sequence[int | None]]:
    """Whether a value is a list of sizes, each an integer or None."""
    return isinstance(value, list | tuple) and all(
        size is None or (type(size) is int and 0 <= size <= MAX_SIZE) for size in value
    )
