r"""An explanation as HTML, its formulas between `\(` and `\)` for MathJax.

Names come from untrusted files: they are escaped, from HTML and from MathJax.
"""

from html import escape

from cnnnotes._explaining.explanation import Explanation
from cnnnotes._rendering.columns import Line, View, cells, footer, printable
from cnnnotes.formula import Formula


def render(explanation: Explanation, view: View) -> str:
    """A `<div>` with the table, its footer, the audit and what fixes an error; it brings no style or script."""
    below = "".join(f"<p>{_text(sentence)}</p>" for sentence in (*explanation.audit, *explanation.notes))
    for title, listed in explanation.lists.items():
        below += f"\n<p>{title}</p>\n<ul>{''.join(f'<li>{_text(str(item))}</li>' for item in listed)}</ul>"
    top = f"<p><b>{_text(explanation.name)}</b></p>"
    if view.columns:
        totals = "".join(f"<li>{escape(label)}: {_text(value)}</li>" for label, value in footer(explanation))
        top = f"{_table(explanation, view)}\n<ul>{totals}</ul>"
    return f'<div class="cnnnotes-explanation">\n{top}\n{below}\n</div>\n'


def _table(explanation: Explanation, view: View) -> str:
    head = "".join(f'<th scope="col">{escape(column.title)}</th>' for column in view.columns)
    lines = [f"<table>\n<caption>{_text(explanation.name)}</caption>", f"<thead><tr>{head}</tr></thead>", "<tbody>"]
    for level, row in cells(explanation, view, _line, "&emsp;", "<br>"):
        shown = "".join(
            f'<td style="text-align: {"right" if column.number else "left"}">{cell}</td>'
            for column, cell in zip(view.columns, row, strict=True)
        ).replace("</details><br>", "</details>")  # which begins a line of its own
        mark = f' data-level="{level}"' if level else ""
        lines.append(f"<tr{mark}>{shown}</tr>")
    return "\n".join([*lines, "</tbody>", "</table>"])


def _line(line: Line) -> str:
    if isinstance(line, Formula):
        numbers = f'<summary style="white-space: nowrap">{escape(line.numeric())}</summary>'  # the symbols on demand
        return rf"<details>{numbers}\({escape(line.symbolic_latex())}\)</details>"
    return _text(line)


def _text(text: str) -> str:
    """Escaped text in which MathJax finds nothing to typeset."""
    return escape(printable(text).replace("\\", "\\\u2060").replace("$", "$\u2060"))
