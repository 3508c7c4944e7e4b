r"""An explanation as HTML, its formulas between `\(` and `\)` for MathJax.

Names come from untrusted files: they are escaped, and set as code, in which MathJax looks for no formula.
"""

from html import escape

from cnnnotes._explaining.explanation import Explanation
from cnnnotes._rendering.columns import Code, Column, Line, View, cells, footer, printable
from cnnnotes.formula import Formula


def render(explanation: Explanation, view: View) -> str:
    """A `<div>` with the table, its footer, the audit and what fixes an error; it brings no style or script."""
    paragraphs = "".join(f"<p>{_text(sentence)}</p>" for sentence in (*explanation.audit, *explanation.notes))
    if explanation.fixes:
        fixes = "".join(f"<li>{_code(str(fix))}</li>" for fix in explanation.fixes)
        paragraphs += f"\n<p>To fix it:</p>\n<ul>{fixes}</ul>"
    if explanation.findings:
        findings = "".join(f"<li>{_text(str(finding))}</li>" for finding in explanation.findings)
        paragraphs += f"\n<p>Worth a look:</p>\n<ul>{findings}</ul>"
    if view.columns:
        totals = "".join(f"<li>{escape(label)}: {_text(value)}</li>" for label, value in footer(explanation))
        top = f"{_table(explanation, view)}\n<ul>{totals}</ul>"
    else:
        top = f"<p><b>{_text(explanation.name)}</b></p>"
    return f'<div class="cnnnotes-explanation">\n{top}\n{paragraphs}\n</div>\n'


def _table(explanation: Explanation, view: View) -> str:
    head = "".join(f'<th scope="col">{escape(column.title)}</th>' for column in view.columns)
    lines = [f"<table>\n<caption>{_code(explanation.name)}</caption>", f"<thead><tr>{head}</tr></thead>", "<tbody>"]
    for level, row in cells(explanation, view, _line, "&emsp;", "<br>"):
        shown = "".join(
            f'<td style="text-align: {"right" if column.number else "left"}">'
            f"{cell.replace('</details><br>', '</details>')}</td>"  # which begins a line of its own
            for column, cell in zip(view.columns, row, strict=True)
        )
        mark = f' data-level="{level}"' if level else ""
        lines.append(f"<tr{mark}>{shown}</tr>")
    return "\n".join([*lines, "</tbody>", "</table>"])


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
