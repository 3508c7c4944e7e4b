"""What happens to the text of a summary on its way into a thread, a notebook, a log or a table."""

from __future__ import annotations

import html
import random
import re
from collections.abc import Callable

Damage = Callable[[str, random.Random], str]

STAGES: list[dict[str, Damage]] = [{}, {}, {}]
"""The damages by name, in the order in which a text meets them: the table, its blanks, what is put around its lines."""


def damage(stage: int) -> Callable[[Damage], Damage]:
    def register(function: Damage) -> Damage:
        STAGES[stage][function.__name__] = function
        return function

    return register


def is_ruler(line: str) -> bool:
    return not line.strip(" _=-¯─━═┏┳┓┡╇┩├┼┤└┴┘╞╪╡|+")


def is_footer(line: str) -> bool:
    return "params:" in line


def table(lines: list[str]) -> tuple[int, int]:
    """The first line of the header and the line after the last row."""
    start = next(i for i, line in enumerate(lines) if "Layer (ty" in line)
    end = next((i for i in range(start, len(lines)) if is_footer(lines[i])), len(lines))
    return start, end


# ---- the table ----


@damage(0)
def rulers_lost(text: str, draw: random.Random) -> str:
    return "\n".join(line for line in text.splitlines() if not is_ruler(line) or not line.strip())


@damage(0)
def header_one_column_off(text: str, draw: random.Random) -> str:
    lines = text.splitlines()
    start, _ = table(lines)
    if draw.random() < 0.5:
        lines[start] = lines[start].replace("  Out", " Out" if draw.random() < 0.5 else "   Out", 1)
    else:
        lines[start] = f" {lines[start]}"
    return "\n".join(lines)


@damage(0)
def footer_lost(text: str, draw: random.Random) -> str:
    lines = text.splitlines()
    return "\n".join(lines[: table(lines)[1]])


@damage(0)
def surrounded(text: str, draw: random.Random) -> str:
    before = draw.choice(
        [">>> model.summary()\n", "In [12]: model.summary()\n\n", "2024-01-01 ready (GPU)\n", "Hi, (see)\n"]
    )
    return f"{before}{text}\n{draw.choice(['None', '>>> model.fit(x, y)', 'Epoch 1/10', ''])}"


@damage(0)
def in_pipes(text: str, draw: random.Random) -> str:
    """A box as `+---+` and `|`, columns with a pipe between them."""
    if "┃" in text:
        borders = [re.sub(r"\S", lambda c: "-" if c[0] in "─━" else "+", line) for line in text.splitlines()]
        pairs = zip(text.splitlines(), borders, strict=True)
        return "\n".join(
            border if line[:1] in "┏┡├└" and line else re.sub(r"[│┃]", "|", line) for line, border in pairs
        )
    lines = text.splitlines()
    start, end = table(lines)
    columns = [title.start() for title in re.finditer(r"\b(Output|Param|Connected|Trainable)", lines[start])]
    for i in range(start, end):
        if not is_ruler(lines[i]):
            for column in columns:
                if len(lines[i]) >= column:
                    lines[i] = f"{lines[i][: column - 1]}|{lines[i][column:]}"
    return "\n".join(lines)


@damage(0)
def elided(text: str, draw: random.Random) -> str:
    """One row in the middle is replaced by dots."""
    lines = text.splitlines()
    start, end = table(lines)
    starts = [i for i in range(start + 1, end) if re.search(r"^[│ ]?\s*[└|]*\s?[\w.]+ \(\w+\)", lines[i])]
    if len(starts) < 4:
        return text
    first = draw.choice(starts[1:-1])
    last = first + 1
    while last < end and lines[last].strip() and not is_ruler(lines[last]):
        last += 1
    return "\n".join([*lines[:first], draw.choice(["…", "...", "[...]", " ...", "⋮", ". . ."]), *lines[last:]])


# ---- blanks ----


@damage(1)
def collapsed(text: str, draw: random.Random) -> str:
    return "\n".join(re.sub(r" +", " ", line).strip() for line in text.splitlines())


@damage(1)
def tabs(text: str, draw: random.Random) -> str:
    return "\n".join(re.sub(r"(?<=\S) {2,}(?=\S)", "\t", line).rstrip() for line in text.splitlines())


@damage(1)
def hard_blanks(text: str, draw: random.Random) -> str:
    return text.replace(" ", draw.choice(["\xa0", "\u2007", "\u202f"]))


@damage(1)
def double_spaced(text: str, draw: random.Random) -> str:
    return text.replace("\n", "\n\n")


@damage(1)
def stripped(text: str, draw: random.Random) -> str:
    """Neither blanks nor the right border at the ends of the lines."""
    return "\n".join(line.rstrip(" │┃┩┤┓┘").rstrip() for line in text.splitlines())


@damage(1)
def one_paragraph(text: str, draw: random.Random) -> str:
    return " ".join(re.sub(r" +", " ", line).strip() for line in text.splitlines())


# ---- what is put around the lines ----


@damage(2)
def quoted(text: str, draw: random.Random) -> str:
    mark = draw.choice(["> ", ">", "# ", "## ", "#> ", "    ", "// ", "* ", ">> > ", "| > "[2:]])
    return "\n".join(f"{mark}{line}" for line in text.splitlines())


@damage(2)
def numbered(text: str, draw: random.Random) -> str:
    style = draw.choice(["{:>4} ", "{:>3}: ", "{:03d} | ", "{:d}\t", "{}. ", "[{}] "])
    return "\n".join(style.format(number) + line for number, line in enumerate(text.splitlines(), start=1))


@damage(2)
def logged(text: str, draw: random.Random) -> str:
    style = draw.choice(
        [
            "INFO:root:",
            "2024-05-01 12:00:{:02d},123 - INFO - ",
            "[2024-05-01 12:00:{:02d}] ",
            "I0501 12:00:{:02d}.1234 140 train.py:33] ",
            "12:00:{:02d} | ",
        ]
    )
    return "\n".join(style.format(number % 60) + line for number, line in enumerate(text.splitlines()))


@damage(2)
def fenced(text: str, draw: random.Random) -> str:
    return f"```{draw.choice(['', 'text', 'python'])}\n{text}\n```"


@damage(2)
def coloured(text: str, draw: random.Random) -> str:
    return re.sub(r"(\d+|None|\w+(?=\)))", lambda found: f"\x1b[38;5;34m{found[0]}\x1b[0m", text)


@damage(2)
def as_html(text: str, draw: random.Random) -> str:
    lines = [html.escape(line) for line in text.splitlines()]
    if draw.random() < 0.5:
        spans = [
            re.sub(r"(?<![#&\w])(\d+|None)(?!\w)", r'<span style="color: #00af00">\1</span>', line) for line in lines
        ]
        return '<pre style="white-space:pre">' + "\n".join(spans) + "\n</pre>"
    return "<p>" + "<br/>\n".join(line.replace("  ", "&nbsp; ") for line in lines) + "</p>"


@damage(2)
def windows(text: str, draw: random.Random) -> str:
    return text.replace("\n", "\r\n")


def damaged(text: str, draw: random.Random, many: int) -> tuple[str, tuple[str, ...]]:
    """A text after `many` damages of different stages, and their names."""
    stages = sorted(draw.sample(range(len(STAGES)), many))
    names = []
    for stage in stages:
        name = draw.choice(sorted(STAGES[stage]))
        names.append(name)
        text = STAGES[stage][name](text, draw)
    return text, tuple(names)
