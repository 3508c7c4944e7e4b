"""What the commands write: to any terminal or pipe, errors in one line."""

import argparse
import sys
from collections.abc import Sequence

from cnnnotes._fixing.change import Fix
from cnnnotes._rendering.columns import printable


def write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def write_fixes(found: Sequence[Fix]) -> None:
    """What fixes it, with the shape that then comes out."""
    if found:
        write("To fix it:\n")
    for fix in found:
        write(f"  {fix}\n")


def failed(message: str) -> int:
    """Says what can't be explained, and returns the exit code for it."""
    print(f"cnnnotes: {printable(message)}", file=sys.stderr)
    return 1


def misused(message: str, given: str, known: Sequence[str]) -> int:
    """Says what is no name, and which names are near; returns the exit code for wrong usage."""
    import difflib

    near = difflib.get_close_matches(given, known, n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else f"; there are {', '.join(known[:40])}"
    failed(f"{message}{hint}")
    return 2


def integer(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"must be an integer, got {text!r}")
    return int(text)
