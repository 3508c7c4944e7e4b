"""An explanation as a LaTeX `longtable`, its formulas as mathematics."""

from __future__ import annotations

from cnnnotes._explaining.explanation import Explanation, Row, walk
from cnnnotes._rendering.columns import Column, View, footer, printable
from cnnnotes.formula import Formula

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "×": r"$\times$",
    "→": r"$\to$",
    "…": r"\dots{}",
    "[": "{[}",  # at the beginning of a row the end of the row before would take it for an argument
    **{char: f"\\{char}" for char in "{}$&#%_"},
}


def render(explanation: Explanation, view: View) -> str:
    """The table for a document that loads `longtable`; whatever a file brings in is escaped."""
    lines = [
        rf"\begin{{longtable}}{{{''.join('r' if column.number else 'l' for column in view.columns)}}}",
        " & ".join(_escaped(column.title) for column in view.columns) + r" \\ \hline \endhead",
    ]
    for level, row in walk(explanation.rows, view.depth):
        cells = [_cell(column, row) for column in view.columns]
        lines.append(r"\quad " * level + " & ".join(cells) + r" \\")
    lines += [r"\end{longtable}", "", r"\begin{itemize}"]
    lines += [rf"\item {_escaped(label)}: {_escaped(value)}" for label, value in footer(explanation)]
    lines += [rf"\item {_escaped(sentence)}" for sentence in (*explanation.audit, *explanation.notes)]
    return "\n".join([*lines, r"\end{itemize}"]) + "\n"


def _cell(column: Column, row: Row) -> str:
    lines = [f"${column.latex(line)}$" if isinstance(line, Formula) else _escaped(line) for line in column.cell(row)]
    if len(lines) < 2:
        return "".join(lines)
    return r"\begin{tabular}[t]{@{}l@{}}" + r" \\ ".join(lines) + r"\end{tabular}"


def _escaped(text: str) -> str:
    """Text that LaTeX sets as it stands."""
    return "".join(_ESCAPES.get(char, char) for char in printable(text))
