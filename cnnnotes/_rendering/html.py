r"""An explanation as HTML, its formulas between `\(` and `\)` for MathJax.

Names come from files of strangers: they are escaped, and set as code, in which MathJax looks for no formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from cnnnotes._explaining.explanation import Explanation, Row, walk
from cnnnotes._rendering.columns import Column, chosen, footer, printable


def to_html(explanation: Explanation, columns: Sequence[str] | None = None, depth: int | None = None) -> str:
    """A `<div>` with the table, its footer and the audit; it brings no style or script."""
    picked = chosen(columns)
    head = "".join(f'<th scope="col">{escape(column.title)}</th>' for column in picked)
    body = "\n".join(_row(picked, row, level) for level, row in walk(explanation.rows, depth))
    totals = "".join(f"<li>{escape(label)}: {_text(value)}</li>" for label, value in footer(explanation))
    audit = "".join(f"<p>{_text(sentence)}</p>" for sentence in (*explanation.audit, *explanation.notes))
    return (
        f'<div class="cnnnotes-explanation">\n<table>\n<caption>{_code(explanation.name)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n<ul>{totals}</ul>\n{audit}\n</div>\n"
    )


def _row(columns: Sequence[Column], row: Row, level: int) -> str:
    cells = []
    for column in columns:
        align = ' style="text-align: right"' if column.number else ' style="text-align: left"'
        cells.append(f"<td{align}>{'<br>'.join(_lines(column, row))}</td>")
    indent = f' data-level="{level}"' if level else ""
    if level:
        cells[0] = cells[0].replace(">", f">{'&emsp;' * level}", 1)
    return f"<tr{indent}>{''.join(cells)}</tr>"


def _lines(column: Column, row: Row) -> list[str]:
    texts = column.cell(row)
    if column.title in ("Layer (type)", "Connected to"):
        return [_code(text) for text in texts]
    lines = [_text(text) for text in texts]
    if row.formula is not None and column.title in ("Param # is", "Where it comes from"):
        lines[0] = rf"\({escape(row.formula.latex())}\)"
    if row.outcome is not None and column.title == "Output shape is" and lines:
        axes = row.outcome.axes
        lines = ["kept" if axis is None else rf"\({escape(axis.latex())}\)" for axis in axes]
    return lines


def _code(text: str) -> str:
    return f"<code>{escape(printable(text))}</code>"


def _text(text: str) -> str:
    """Escaped text in which MathJax finds nothing to typeset."""
    broken = printable(text).replace("\\", "\\\u2060").replace("$", "$\u2060")
    return escape(broken)
