"""The text of a summary, read: its lines are cleaned, cut into tables, cells and rows, and put together as layers.

A pasted text is cut, wrapped, indented, quoted and coloured by whatever it went through. What is left of a cell is
taken as it stands: a name that ends in "…" stays cut, a count such as "1,315,…" stays open.
"""

import re
from collections.abc import Iterator, Sequence

from cnnnotes._pasted.graph import layers_of
from cnnnotes._pasted.lines import Line, cleaned
from cnnnotes._pasted.rows import Row, footer_of, row_of
from cnnnotes._pasted.tables import LOST, Table, tables
from cnnnotes._reading.architecture import Architecture
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
    rows = [row for row in map(row_of, table.rows) if row] if table else []
    if table is None or all(row.elided for row in rows):
        raise ReadError("no summary found: expected a table that begins with 'Layer (type)'")
    return Architecture(
        name=_name(table.before) or "model",
        layers=layers_of(rows, known=LOST not in table.columns),
        kind="pasted",
        source=source,
        footer=footer_of(table.lines),
        notes=tuple(_notes(table, found, rows)),
    )


def _notes(table: Table, found: Sequence[Table], rows: Sequence[Row]) -> Iterator[str]:
    """What of the text is left out."""
    models = sum(other.is_model for other in found)
    if models > 1:
        yield f"The text holds {models} summaries. Only the first is explained."
    for other in found:
        if not other.is_model and other.lines:
            yield f"The table at line {other.lines[0].number} lists no layers' shapes and counts, so it is left out."
    if all(not row.recorded.params_text for row in rows if not row.elided):
        yield "The text is cut off before the column of counts."
    if elided := [f"{row.line}" for row in rows if row.elided]:
        yield f"Rows are left out of the text at line {', '.join(elided)}. What depends on them stays open."
    if table.passed:
        more = f" and {len(table.passed) - 1} other lines" if len(table.passed) > 1 else ""
        yield f"Passed over, since it is no row: line {_quoted(*table.passed[0])}{more}."
    if noted := [cells for cells in table.rows if cells.note]:
        more = f", and {len(noted) - 1} more" if len(noted) > 1 else ""
        yield f"Left out: the note after the count in line {_quoted(noted[0].line, noted[0].note)}{more}."


def _quoted(line: int, text: str) -> str:
    text = " ".join(text.split())
    return f"{line} ({text if len(text) <= 60 else f'{text[:59]}…'!r})"


def _name(lines: Sequence[Line]) -> str:
    """The model's name, where a line before the table gives it."""
    found = [match for match in (_MODEL.search(line.text) for line in lines) if match]
    return (found[-1][1] or found[-1][2] or "") if found else ""
