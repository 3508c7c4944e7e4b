"""The lines of a pasted text, without what was put around and between them on the way: each cleaner takes off one kind
of damage, and knows nothing of the others."""

import html
import re
from collections.abc import Iterator
from itertools import pairwise, takewhile
from typing import NamedTuple

from cnnnotes.layers._errors import ReadError

MAX_TEXT = 64_000_000  # the most characters that are read: the summary of some 200,000 layers
MAX_LINE = 10_000  # the most characters that one line of a table may have: it is a hundred or two wide
MAX_PARAGRAPH = 300_000  # the most characters that a line may have which a whole table has run into
FOOTER = re.compile(r"(total|trainable|non-trainable|optimizer) params *: *\**(\d[\d, ]{0,40})", re.IGNORECASE)
HEADER = re.compile(r"\bLayer\b.{0,200}\b(?:Out|Param #)")
_SIZE = r"(?:None|null|\?|\d{1,19})\b"
SHAPE = rf"[\[({{]+\s*{_SIZE}|{{\s*['\"]|multiple\b|\?(?=\s)"  # how a shape begins
ROW = re.compile(  # what comes before the shape of a row: `name (Type)`, or what is left of it
    rf"(?:^|(?<=[\s│]))([^\s()|│\[\]{{}}'\",][^\s()|│,]*(?:\s*\((?:[A-Za-z_][\w.>]*)?…?\)?[\s|]*|[\s|]+))(?={SHAPE})"
)
_BARRED = re.compile(r"\bLayer\b[^|]{0,200}\|[^|]{0,200}\bOut")
_TOTALS = r"\b(?:Total|(?<!-)Trainable|Non-trainable|Optimizer) params"
_DOTS = r"(?<=[\s│])(\[?(?:…|⋮|\.{3}|\. \. \.)\]?)(?=\s)"
_ANSI = re.compile(r"\x1b\[[0-9;:?]{0,40}[A-Za-z]")
_BLANKS = dict.fromkeys([0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ") | dict.fromkeys((0x200B, 0xFEFF))
_MARKS = re.compile(r"\*\*|`|(?<=\)),(?=[\"(])|\"(?=\()|(?<=\))\",?")  # Markdown's, and those of a CSV file
_GROUPED = re.compile(r"(?<![\d.,:])[1-9]\d{0,2}(?:[.'’]\d{3})+(?![\d.,:])")  # 1.234.567
_NONE = re.compile(r"(?<=[(\[])(?:Ningun[oa]|Aucune?|Keine?|Nenhuma?|Nessuna?|Нет|无|没有|なし|없음)(?=,)")
_IN_QUOTES = re.compile(  # a line in a list, in a notebook's file, in a log
    r"""(?m)^[ \t+-]{0,20}(?:\{.{0,99}?"(?:data|log)": ?|print\()?(["'])((?!.{0,99}\]\[).{0,999}?)(?:\\n)?\1"""
    r"""(?:,"\w+":.{0,99})?[])},]{0,3}[ \t]*$"""
)
_BOX = re.compile(r"[│┃├┡┢└╘╞┏┌╒┝┠]")
_TAG = re.compile(r"</?(?:a|b|br|code|div|em|font|i|li|p|pre|samp|span|strong|t[dhr]|table|tbody|thead)\b[^<>]*>", re.I)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});", re.I)


class Line(NamedTuple):
    """One line of a table, and where it stands in the text."""

    number: int  # counted from 1; lines that stood in one line have the same
    text: str


def cleaned(text: str) -> list[Line]:
    """The lines of a text as Keras printed them, as far as that can be told; `ReadError` for one that is too long."""
    if len(text) > MAX_TEXT:
        raise ReadError(f"the text has {len(text):,} characters, more than the {MAX_TEXT:,} that are read")
    lines = [Line(number, line) for number, line in enumerate(_unescaped(text).splitlines(), start=1)]
    lines = _unfolded(_unbroken(_without_html(_bounded(_plain(lines), MAX_PARAGRAPH))))
    return _bounded(_barred(_single_spaced(_unquoted(lines))))


def _plain(lines: list[Line]) -> list[Line]:
    """Without colours, tabs and marks of Markdown, with blanks of one kind and numbers as Keras prints them."""
    found = []
    for number, text in lines:
        text = _MARKS.sub(" ", _ANSI.sub("", text).translate(_BLANKS).expandtabs())
        text = _GROUPED.sub(lambda count: re.sub(r"\D", ",", count[0]), text)
        found.append(Line(number, _NONE.sub("None", text)))
    return found


def _unescaped(text: str) -> str:
    """A text as it was printed, where each of its lines stands in quotes, or its line ends are written as `\n`."""
    if text.count("\\n") < 3 and not _IN_QUOTES.search(text):
        return text
    text = _IN_QUOTES.sub(r"\2", text).replace("\\n", "\n").replace('\\"', '"')
    return re.sub(r"\\u(2[0-9a-fA-F]{3})", lambda sign: chr(int(sign[1], 16)), text)


def _bounded(lines: list[Line], most: int = MAX_LINE) -> list[Line]:
    """The lines as they are, none of them longer than is read."""
    for number, text in lines:
        if len(text) > most or (len(text) > MAX_LINE and not HEADER.search(text)):
            raise ReadError(f"line {number}: has {len(text):,} characters, more than the {MAX_LINE:,} that are read")
    return lines


def _without_html(lines: list[Line]) -> list[Line]:
    """Without the tags and entities of HTML; a table's cells have bars between them."""
    if not any(_TAG.search(text) or _ENTITY.search(text) for _, text in lines):
        return lines
    found = []
    for number, text in lines:
        text = re.sub(r"(<br\b[^<>]*>|</(?:p|div|tr|li)>)\s*$", "", text, flags=re.I)
        text = re.sub(r"<tr\b[^<>]*>\s*|</t[dh]>\s*", "|", text, flags=re.I)
        text = re.sub(r"<br\b[^<>]*>|</(?:p|div|tr|li)>", "\n", text, flags=re.I)
        plain = html.unescape(_TAG.sub("", text)).translate(_BLANKS)
        found += [Line(number, part) for part in plain.split("\n")]
    return found


def _single_spaced(lines: list[Line]) -> list[Line]:
    """Without the blank lines that were put after every line."""
    first = next((i for i, (_, text) in enumerate(lines) if HEADER.search(text) or "┃" in text), len(lines))
    filled = [bool(text.strip()) for _, text in lines[first:]]
    if len(filled) < 3 or sum(map(all, pairwise(filled))) > 1:
        return lines
    after = zip(lines[first:], filled, [False, *filled], strict=False)
    return [*lines[:first], *(line for line, full, before in after if full or not before)]


def _unbroken(lines: list[Line]) -> list[Line]:
    """The lines of a box as they were before a terminal broke each in two or more at its own width."""
    top = next((i for i, line in enumerate(lines) if "┏" in line.text), len(lines))
    border = takewhile(lambda text: re.fullmatch("[━┳]*┓|[━┳]+", text), (text.strip() for _, text in lines[top + 1 :]))
    parts = next((number for number, text in enumerate(border, start=2) if "┓" in text), 1)
    if parts == 1 or "┓" in lines[top].text:
        return lines  # whole, or cut off at the right
    joined, i, width = lines[:top], top, len(lines[top].text)
    while i < len(lines):
        step = parts if lines[i].text[:1] in (*"┏┃┡│├└",) else 1
        joined.append(Line(lines[i].number, "".join(line.text.ljust(width) for line in lines[i : i + step]).rstrip()))
        i += step
    return joined


def _unfolded(lines: list[Line]) -> list[Line]:
    """The lines of a table that has run into one paragraph."""
    found = []
    for number, text in lines:
        header = HEADER.search(text)
        if header is None or not ("│" in text or ROW.search(text, header.end())):
            found.append(Line(number, text))
        else:
            text = re.sub(r"\+[-=+]+\+|\|(?: *:?-{3,}:? *\|)+", _as_border, text)
            if "├" in text:
                text = text.replace("|", "│")
            found += [Line(number, part) for part in (_box_lines if "│" in text else _column_lines)(text) if part]
    return found


def _as_border(found: re.Match[str]) -> str:
    """A border of `+---+---+` or `|---|---|` as Keras draws it."""
    return "├" + re.sub(r"[+|]", "┼", re.sub(r"[-=: ]", "─", found[0][1:-1])) + "┤"


def _box_lines(text: str) -> Iterator[str]:
    first = next(_BOX.finditer(text)).start()
    yield text[:first]
    columns = text.count("┃") - 1
    for part in filter(None, re.split(rf"([┏┡├└][━─┳╇┼┴]*[┓┩┤┘]?)|(?={_TOTALS})|{_DOTS}", text[first:])):
        if part[0] in "┏┡├└":
            columns = 1 + len(re.findall("[┳╇┼┴]", part))
            yield part
        elif columns > 0 and part.strip()[:1] in ("│", "┃"):
            bars = [bar.start() for bar in re.finditer("[│┃]", part)][:: columns + 1]
            yield from (part[start:end].strip() for start, end in pairwise([*bars, len(part)]))
        else:
            yield part


def _column_lines(text: str) -> Iterator[str]:
    for part in filter(None, re.split(rf"([_=]{{5,}}|-{{9,}})|(?=\bLayer \(t)|(?={_TOTALS})|{_DOTS}", text)):
        starts = [0, *(row.start() for row in ROW.finditer(part) if row.start())]
        yield from (part[start:end].strip() for start, end in pairwise([*starts, len(part)]))


def _unquoted(lines: list[Line]) -> list[Line]:
    """Without what stands before each line as it stands before the header: "> ", "12: ", "INFO:root:", a time."""
    boxed = any("│" in text or "┃" in text for _, text in lines)
    if boxed and all(len(re.findall("[│┃]", text)) < 3 for _, text in lines):  # a panel around columns
        lines, boxed = [Line(n, text.strip().strip("│┃╭─╮╰╯")) for n, text in lines], False
    header = next((text for _, text in lines if HEADER.search(text) or "┃" in text), "")
    bar = _BOX.search(header) if boxed else None
    lead = header[: bar.start() if bar else header.find("Layer")]
    if _BARRED.search(header):  # of `> | Layer (type) | …` the bar is the table's
        lead = lead[: lead.rfind("|")] if "|" in lead else lead

    def like(part: re.Match[str]) -> str:
        return " *" if part[0].isspace() else r"\d+" if part[0].isdecimal() else re.escape(part[0])

    prefix = re.compile(r" {0,9}" + re.sub(r"\d+|\s+|.", like, lead.strip()) if lead.strip() else "")
    found = []
    for number, text in lines:
        start = _BOX.search(text) if boxed else None
        quote = start or prefix.match(text)
        found.append(Line(number, text[start.start() if start else quote.end() if quote else 0 :]))
    return found


def _barred(lines: list[Line]) -> list[Line]:
    """A table of Markdown, or one with `|` and `+---+`, as Keras draws its boxes."""
    header = next((i for i, (_, text) in enumerate(lines) if _BARRED.search(text)), None)
    if header is None:
        return lines
    found, bars = list(lines), lines[header].text.count("|")
    framed = lines[header].text.strip().startswith("|")
    for i, (number, whole) in enumerate(lines[header:], start=header):
        text = whole.strip()
        if FOOTER.search(text):
            break
        if not text.strip("-+|=:_ "):
            found[i] = Line(number, "├" if text.strip("| ") else "│" * bool(text))
        elif "|" in text:
            found[i] = Line(number, "│" + (text.removeprefix("|") if framed else whole.rstrip()).replace("|", "│"))
        elif re.match(r"\S+\[\d+\]\[\d+\]", text):  # one more connection of the row above
            found[i] = Line(number, "│" * bars + text)
    return found
