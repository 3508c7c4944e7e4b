"""An explanation as a LaTeX `longtable`, its formulas as mathematics."""

from cnnnotes._explaining.explanation import Explanation
from cnnnotes._rendering.columns import Line, View, cells, footer, printable
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
    lines = []
    if view.columns:
        alignment = "".join("r" if column.number else "l" for column in view.columns)
        titles = " & ".join(_escaped(column.title) for column in view.columns)
        lines += [rf"\begin{{longtable}}{{{alignment}}}", rf"{titles} \\ \hline \endhead"]
        for _, row in cells(explanation, view, _line, r"\quad ", r" \\ "):
            lines.append(" & ".join(map(_stacked, row)) + r" \\")
        lines += [r"\end{longtable}", ""]
    items = [*(f"{label}: {value}" for label, value in footer(explanation)), *explanation.audit, *explanation.notes]
    items += [f"{title} {item}" for title, listed in explanation.lists.items() for item in listed]
    lines += [r"\begin{itemize}", *(rf"\item {_escaped(item)}" for item in items), r"\end{itemize}"]
    return "\n".join(lines) + "\n"


def _line(line: Line) -> str:
    return f"${line.latex()}$" if isinstance(line, Formula) else _escaped(line)


def _stacked(cell: str) -> str:
    return rf"\begin{{tabular}}[t]{{@{{}}l@{{}}}}{cell}\end{{tabular}}" if r" \\ " in cell else cell


def _escaped(text: str) -> str:
    """Text that LaTeX sets as it stands."""
    return "".join(_ESCAPES.get(char, char) for char in printable(text))
