r"""An explanation as HTML, its formulas between `\(` and `\)` for MathJax.

Names come from untrusted files: they are escaped, and set as code, in which MathJax looks for no formula.
"""

from __future__ import annotations

from html import escape

from cnnnotes._explaining.explanation import Explanation, Row, walk
from cnnnotes._rendering.columns import Code, Column, Line, View, footer, printable
from cnnnotes.formula import Formula


def render(explanation: Explanation, view: View) -> str:
    """A `<div>` with the table, its footer and the audit; it brings no style or script."""
    head = "".join(f'<th scope="col">{escape(column.title)}</th>' for column in view.columns)
    body = "\n".join(_row(view, row, level) for level, row in walk(explanation.rows, view.depth))
    totals = "".join(f"<li>{escape(label)}: {_text(value)}</li>" for label, value in footer(explanation))
    audit = "".join(f"<p>{_text(sentence)}</p>" for sentence in (*explanation.audit, *explanation.notes))
    return (
        f'<div class="cnnnotes-explanation">\n<table>\n<caption>{_code(explanation.name)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n<ul>{totals}</ul>\n{audit}\n</div>\n"
    )


def _row(view: View, row: Row, level: int) -> str:
    cells = ["<br>".join(_line(column, line) for line in column.cell(row)) for column in view.columns]
    cells = [cell.replace("</details><br>", "</details>") for cell in cells]  # which begins a line of its own
    cells[0] = "&emsp;" * level + cells[0]
    aligned = (
        f'<td style="text-align: {"right" if column.number else "left"}">{cell}</td>'
        for column, cell in zip(view.columns, cells, strict=True)
    )
    mark = f' data-level="{level}"' if level else ""
    return f"<tr{mark}>{''.join(aligned)}</tr>"


def _line(column: Column, line: Line) -> str:
    if isinstance(line, Formula):
        if column.text is not Formula.numeric:
            return rf"\({escape(column.latex(line))}\)"
        numbers = f'<summary style="white-space: nowrap">{escape(line.numeric())}</summary>'  # the symbols on demand
        return rf"<details>{numbers}\({escape(line.symbolic_latex())}\)</details>"
    return _code(line) if isinstance(line, Code) else _text(line)


def _code(text: str) -> str:
    return f"<code>{escape(printable(text))}</code>"


def _text(text: str) -> str:
    """Escaped text in which MathJax finds nothing to typeset."""
    broken = printable(text).replace("\\", "\\\u2060").replace("$", "$\u2060")
    return escape(broken)
