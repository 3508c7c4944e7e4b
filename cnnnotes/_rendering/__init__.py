"""An explanation as a table, Markdown, LaTeX, HTML, JSON or SVG; each from the explanation alone."""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes._explaining.explanation import Explanation

FORMATS = ("table", "markdown", "latex", "html", "json", "svg")


def render(
    explanation: Explanation,
    form: str = "table",
    columns: Sequence[str] | None = None,
    depth: int | None = None,
    width: int | None = None,
    colour: bool = False,
) -> str:
    """An explanation as text.

    **Arguments**

    - `form`: one of `FORMATS`.
    - `columns`: the names of the columns, of `cnnnotes._rendering.columns.COLUMNS`; JSON and SVG have none.
    - `depth`: how many levels of nested models are shown; `None` for all.
    - `width`: of a table, in characters; `None` for as wide as it is.
    - `colour`: whether a table may use a terminal's colours.

    **Raises** `ValueError` for an unknown form or column.
    """
    if form == "table":
        from cnnnotes._rendering.table import to_table

        return to_table(explanation, columns, depth, width, colour)
    if form == "markdown":
        from cnnnotes._rendering.markdown import to_markdown

        return to_markdown(explanation, columns, depth)
    if form == "latex":
        from cnnnotes._rendering.latex import to_latex

        return to_latex(explanation, columns, depth)
    if form == "html":
        from cnnnotes._rendering.html import to_html

        return to_html(explanation, columns, depth)
    if form == "json":
        import json

        return json.dumps(explanation.to_dict(), indent=1)
    if form == "svg":
        from cnnnotes._rendering.svg import to_svg

        return to_svg(explanation, depth)
    raise ValueError(f"format must be one of {', '.join(FORMATS)}, got {form!r}")
