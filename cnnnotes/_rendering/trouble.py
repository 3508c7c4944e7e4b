"""The explanation of an error as text, Markdown or HTML: what went wrong, and what fixes it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from cnnnotes._explaining.explanation import Explanation
from cnnnotes._rendering.columns import printable, shape_text


def _fixes(explanation: Explanation) -> list[str]:
    return [
        printable(fix.text + (f" → {', '.join(map(shape_text, fix.outputs))}" if fix.outputs else ""))
        for fix in explanation.fixes
    ]


def as_text(explanation: Explanation) -> str:
    """What went wrong, and below it what fixes it, one line each."""
    lines = [printable(explanation.name), "", *map(printable, explanation.audit)]
    fixes = [f"  {fix}" for fix in _fixes(explanation)]
    return "\n".join([*lines, *(["", "To fix it:", *fixes] if fixes else [])]) + "\n"


def as_markdown(explanation: Explanation) -> str:
    """A paragraph, and a list of what fixes it; what the text brings in is code."""
    lines = [f"**{escape(printable(explanation.name))}**", "", escape(" ".join(map(printable, explanation.audit)))]
    fixes = [f"- `{fix.replace('`', chr(39))}`" for fix in _fixes(explanation)]
    return "\n".join([*lines, *(["", "To fix it:", "", *fixes] if fixes else [])]) + "\n"


def as_html(explanation: Explanation) -> str:
    """The same as a fragment of HTML."""
    lines = [f"<p><b>{escape(printable(explanation.name))}</b></p>"]
    lines += [f"<p>{escape(printable(sentence))}</p>" for sentence in explanation.audit]
    fixes = [f"<li><code>{escape(fix)}</code></li>" for fix in _fixes(explanation)]
    return "\n".join([*lines, *(["<p>To fix it:</p>", "<ul>", *fixes, "</ul>"] if fixes else [])]) + "\n"


FORMATS: dict[str, Callable[[Explanation], str]] = {"table": as_text, "markdown": as_markdown, "html": as_html}
"""The formats that an error has beside JSON."""
