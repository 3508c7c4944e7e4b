"""A notebook: what its cells printed, in which a summary may stand, and their code."""

from collections.abc import Iterator, Mapping
from typing import Any

from cnnnotes._reading.parsing import dicts, fields

SUMMARY = "Layer (type)"


def printed(notebook: Mapping[str, Any]) -> str:
    """The outputs of a notebook's cells that hold a summary, as one text; `""` where none does."""
    outputs = [output for cell in dicts(notebook.get("cells")) for output in dicts(cell.get("outputs"))]
    found = (next((text for text in _texts(output) if SUMMARY in text), "") for output in outputs)
    return "\n\n".join(filter(None, found))


def written(notebook: Mapping[str, Any]) -> str:
    """The code of a notebook's cells, as one program."""
    sources = [cell.get("source") for cell in dicts(notebook.get("cells")) if cell.get("cell_type") == "code"]
    return "\n".join("".join(map(str, each)) if isinstance(each, list) else str(each) for each in sources)


def _texts(output: Mapping[str, Any]) -> Iterator[str]:
    """What an output shows: printed text, or a display's text rather than its HTML."""
    data = fields(output.get("data"))
    for text in (output.get("text"), data.get("text/plain"), data.get("text/html")):
        yield "".join(part for part in text if isinstance(part, str)) if isinstance(text, list) else str(text or "")
