"""A block of a page, run as it stands in the reader's browser: what it prints, and its error as in a terminal."""

from __future__ import annotations

import contextlib
import io
import json
import linecache
import sys
import traceback
from types import ModuleType


def run(blocks: str) -> str:
    """What the last of these blocks prints, a list of sources in JSON.

    Those before it run silently, and one that fails is passed over: on the page too some fail to show why.
    """
    *before, source = json.loads(blocks)
    page = sys.modules["__main__"] = ModuleType("__main__")  # where dataclasses and pickles look for a class
    for number, each in enumerate(before, 1):
        _ran(each, page, f"before-{number}.py")
    return _ran(source, page, "block.py")


def _ran(source: str, page: ModuleType, name: str) -> str:
    """What a source prints; where it raises, the traceback that begins in it follows."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            exec(compile(source, name, "exec", optimize=0), page.__dict__)
        except SystemExit:
            pass  # it has said that it is at its end
        except BaseException as error:
            own = error.__traceback__.tb_next if error.__traceback__ else None
            printed.write("".join(traceback.format_exception(error.with_traceback(own))))
    return printed.getvalue()
