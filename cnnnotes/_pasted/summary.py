"""The text of a summary, read: its lines are cleaned, cut into tables, cells and rows, and put together as layers.

A pasted text is cut, wrapped, indented, quoted and coloured by whatever it went through. What is left of a cell is
taken as it stands: a name that ends in "…" stays cut, a count such as "1,315,…" stays open.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cnnnotes._pasted.graph import layers_of
from cnnnotes._pasted.lines import Line, cleaned
from cnnnotes._pasted.rows import Row, footer_of, row_of
from cnnnotes._pasted.tables import Cells, tables
from cnnnotes._reading.architecture import Architecture
from cnnnotes.layers._errors import ReadError

_MODEL = re.compile(r"\bModel: *(?:\"([^\"]*)\"|(\S+))")


def read_summary(text: str, source: str = "") -> Architecture:
    """The architecture that the text of a summary shows.

    **Arguments**

    - `text`: what `model.summary()` printed, with whatever stands before and after it.
    - `source`: what error messages call it.

    **Returns** an `Architecture` of kind `"pasted"`: its layers have no arguments (`config` is `None`), but the shapes
    and counts that the text shows, and the input shapes that it leaves possible.

    **Raises** `ReadError` where the text holds no summary.

    ```python
    from cnnnotes._pasted.summary import read_summary

    model = read_summary('''
    Layer (type)                 Output Shape              Param #
    =================================================================
    conv2d_1 (Conv2D)            (None, 222, 222, 32)      896
    ''')
    assert model.layers[0].recorded.outputs == ((None, 222, 222, 32),)
    ```
    """
    found = list(tables(cleaned(text)))
    table = found[0]
    rows = [_read(cells) for cells in table.rows]
    if not rows:
        raise ReadError("no summary found: expected a table that begins with 'Layer (type)'")
    notes = [f"the text holds {len(found)} summaries: the first is explained"] if len(found) > 1 else []
    if all(not row.recorded.params_text for row in rows):
        notes.append("the text is cut off before the column of counts")
    return Architecture(
        name=_name(table.before) or "model",
        layers=layers_of(rows),
        kind="pasted",
        source=source,
        footer=footer_of(line for other in found for line in other.lines),
        notes=tuple(notes),
    )


def _read(cells: Cells) -> Row:
    row = row_of(cells)
    if row is None:
        text = " ".join(cells.name.split())
        raise ReadError(
            f"line {cells.line}: expected 'name (Type)', got {text if len(text) <= 60 else text[:59] + '…'!r}"
        )
    return row


def _name(lines: Sequence[Line]) -> str:
    """The model's name, where a line before the table gives it."""
    found = [match for match in (_MODEL.search(line.text) for line in lines) if match]
    return (found[-1][1] or found[-1][2] or "") if found else ""
