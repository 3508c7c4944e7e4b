"""The lines of a pasted text, without what was put around and between them on the way: each cleaner takes off one kind
of damage, and knows nothing of the others."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from cnnnotes.layers._errors import ReadError

MAX_TEXT = 64_000_000
"""The most characters that are read: the summary of some 200,000 layers."""
MAX_LINE = 10_000
"""The most characters that one line may have: a summary is a table, a hundred or two wide."""

FOOTER = re.compile(r"(total|trainable|non-trainable|optimizer) params: *([\d,]{1,40})", re.IGNORECASE)
HEADER = re.compile(r"\bLayer .{0,200}\bOut")
_ANSI = re.compile(r"\x1b\[[0-9;:?]{0,40}[A-Za-z]")
_BOX = re.compile(r"[│┃├┡┢└╘╞┏┌╒┝┠]")


class Line(NamedTuple):
    """One line of a table, and where it stands in the text."""

    number: int
    """Counted from 1."""
    text: str


Cleaner = Callable[[list[Line]], list[Line]]


def cleaned(text: str) -> list[Line]:
    """The lines of a text as Keras printed them, as far as that can be told; `ReadError` for one that is too long."""
    if len(text) > MAX_TEXT:
        raise ReadError(f"the text has {len(text):,} characters, more than the {MAX_TEXT:,} that are read")
    lines = [Line(number, line) for number, line in enumerate(text.splitlines(), start=1)]
    for cleaner in CLEANERS:
        lines = cleaner(lines)
    return lines


def _plain(lines: list[Line]) -> list[Line]:
    """Without colours, tabs and blanks of other kinds."""
    return [Line(n, _ANSI.sub("", text).replace("\xa0", " ").expandtabs()) for n, text in lines]


def _bounded(lines: list[Line]) -> list[Line]:
    for number, text in lines:
        if len(text) > MAX_LINE:
            raise ReadError(f"line {number}: has {len(text):,} characters, more than the {MAX_LINE:,} that are read")
    return lines


def _unbroken(lines: list[Line]) -> list[Line]:
    """The lines of a box as they were before a terminal broke each in two or more at its own width."""
    top = next((i for i, line in enumerate(lines) if "┏" in line.text), len(lines))
    last = top + 1
    while last < len(lines) and re.fullmatch(r"[━┳]+┓?", lines[last].text.strip()) and "┓" not in lines[last].text:
        last += 1
    if last >= len(lines) or "┓" in lines[top].text or not re.fullmatch(r"[━┳]*┓", lines[last].text.strip()):
        return lines  # whole, or cut off at the right
    parts, width = last - top + 1, len(lines[top].text)
    joined, i = lines[:top], top
    while i < len(lines):
        step = parts if lines[i].text[:1] and lines[i].text[0] in "┏┃┡│├└" else 1
        whole = "".join(line.text.ljust(width) for line in lines[i : i + step]).rstrip() if step > 1 else lines[i].text
        joined.append(Line(lines[i].number, whole))
        i += step
    return joined


def _unquoted(lines: list[Line]) -> list[Line]:
    """Without what stands before each line as it stands before the header: "> ", "# ", "INFO:root:"."""
    if any("│" in text or "┃" in text for _, text in lines):
        return [Line(n, text[found.start() :] if (found := _BOX.search(text)) else text) for n, text in lines]
    header = next((text for _, text in lines if HEADER.search(text)), "")
    lead = header.partition("Lay")[0].rstrip()
    if not lead:
        return lines
    return [Line(n, text[len(lead) :] if text[: len(lead)].strip() else text) for n, text in lines]


CLEANERS: tuple[Cleaner, ...] = (_bounded, _plain, _unbroken, _unquoted)
"""In the order in which they are applied."""
