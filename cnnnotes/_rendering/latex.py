"""An explanation as a LaTeX `longtable`, its formulas as mathematics."""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes._explaining.explanation import Explanation, Row, walk
from cnnnotes._rendering.columns import Column, chosen, footer, printable

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "×": r"$\times$",
    "→": r"$\to$",
    "└": "",
    "…": r"\dots{}",
    **{char: f"\\{char}" for char in "{}$&#%_"},
}


def to_latex(explanation: Explanation, columns: Sequence[str] | None = None, depth: int | None = None) -> str:
    """The table for a document that loads `longtable`; whatever a file brings in is escaped."""
    picked = chosen(columns)
    lines = [
        rf"\begin{{longtable}}{{{''.join('r' if column.number else 'l' for column in picked)}}}",
        " & ".join(escaped(column.title) for column in picked) + r" \\ \hline \endhead",
    ]
    for level, row in walk(explanation.rows, depth):
        cells = [_cell(column, row) for column in picked]
        cells[0] = r"\quad " * level + cells[0]
        lines.append(" & ".join(cells) + r" \\")
    lines += [r"\end{longtable}", "", r"\begin{itemize}"]
    lines += [rf"\item {escaped(label)}: {escaped(value)}" for label, value in footer(explanation)]
    lines += [rf"\item {escaped(sentence)}" for sentence in (*explanation.audit, *explanation.notes)]
    return "\n".join([*lines, r"\end{itemize}"]) + "\n"


def _cell(column: Column, row: Row) -> str:
    lines = [escaped(line) for line in column.cell(row)]
    if row.formula is not None and lines and column.title in ("Param # is", "Where it comes from"):
        lines[0] = f"${row.formula.latex()}$"
    if len(lines) < 2:
        return "".join(lines)
    return r"\begin{tabular}[t]{@{}l@{}}" + r" \\ ".join(lines) + r"\end{tabular}"


def escaped(text: str) -> str:
    """Text that LaTeX sets as it stands."""
    return "".join(_ESCAPES.get(char, char) for char in printable(text))
