"""The text of a summary, read: its lines are cleaned, cut into tables, cells and rows, and put together as layers.

A pasted text is cut, wrapped, indented, quoted and coloured by whatever it went through. What is left of a cell is
taken as it stands: a name that ends in "…" stays cut, a count such as "1,315,…" stays open.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from cnnnotes._pasted.graph import layers_of
from cnnnotes._pasted.lines import FOOTER, Line, cleaned
from cnnnotes._pasted.tables import LOST, Table, tables
from cnnnotes._reading.architecture import Architecture, Footer
from cnnnotes.layers._errors import ReadError

_PYTORCH = "this is a table of PyTorch's (torchsummary or torchinfo): expected a summary of Keras"
_TORCH = re.compile(r"type:depth-idx|^\s*[A-Z]\w*-\d+ +\[-?\d|^[├│└ ─]*[A-Z]\w*: \d+-\d+", re.MULTILINE)
_MODEL = re.compile(r"\bModel: *(?:\"([^\"]*)\"|(\S+))")


def read_summary(text: str, source: str = "") -> Architecture:
    """The architecture that the text of a summary shows.

    **Returns** an `Architecture` of kind `"pasted"`: its layers have no arguments (`config` is `None`), but the shapes
    and counts that the text shows, and the input shapes that it leaves possible.

    **Raises** `ReadError` where the text holds no summary.
    """
    if _TORCH.search(text):
        raise ReadError(_PYTORCH)
    found = list(tables(cleaned(text)))
    table = next((table for table in found if table.is_model), None)
    if table is None or all(row.elided for row in table.rows):
        raise ReadError("no summary found: expected a table that begins with 'Layer (type)'")
    return Architecture(
        name=_name(table.before) or "model",
        layers=layers_of(table.rows, known=LOST not in table.columns),
        kind="pasted",
        source=source,
        footer=_footer(table.lines),
        notes=tuple(_notes(table, found)),
    )


def _notes(table: Table, found: Sequence[Table]) -> Iterator[str]:
    """What of the text is left out."""
    models = sum(other.is_model for other in found)
    if models > 1:
        yield f"The text holds {models} summaries. Only the first is explained."
    for other in found:
        if not other.is_model and other.lines:
            yield f"The table at line {other.lines[0].number} lists no layers' shapes and counts, so it is left out."
    if all(not row.recorded.params_text for row in table.rows if not row.elided):
        yield "The text is cut off before the column of counts."
    if elided := [f"{row.line}" for row in table.rows if row.elided]:
        yield f"Rows are left out of the text at line {', '.join(elided)}. What depends on them stays open."
    if table.passed:
        more = f" and {len(table.passed) - 1} other lines" if len(table.passed) > 1 else ""
        yield f"Passed over, since it is no row: line {_quoted(*table.passed[0])}{more}."
    if noted := [row for row in table.rows if row.note]:
        more = f", and {len(noted) - 1} more" if len(noted) > 1 else ""
        yield f"Left out: the note after the count in line {_quoted(noted[0].line, noted[0].note)}{more}."


def _quoted(line: int, text: str) -> str:
    text = " ".join(text.split())
    return f"{line} ({text if len(text) <= 60 else f'{text[:59]}…'!r})"


def _name(lines: Sequence[Line]) -> str:
    """The model's name, where a line before the table gives it."""
    found = [match for match in (_MODEL.search(line.text) for line in lines) if match]
    return (found[-1][1] or found[-1][2] or "") if found else ""


def _footer(lines: Iterable[Line]) -> Footer | None:
    """The totals below a table."""
    found: dict[str, int] = {}
    for line in lines:
        match = FOOTER.search(line.text)
        if match:
            found.setdefault(match[1].lower().replace("-", "_"), int(match[2].replace(",", "") or 0))
        elif found and line.text.strip():
            break
    return Footer(**found) if found else None
