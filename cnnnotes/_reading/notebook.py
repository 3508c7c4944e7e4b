"""A notebook: what its cells printed, in which a summary may stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

SUMMARY = "Layer (type)"


def printed(notebook: Mapping[str, Any]) -> str:
    """The outputs of a notebook's cells that hold a summary, as one text; `""` where none does.

    ```python
    from cnnnotes._reading.notebook import printed

    output = {"output_type": "stream", "text": ["Layer (type)  Output Shape  Param #"]}
    assert printed({"cells": [{"cell_type": "code", "outputs": [output]}]}).startswith("Layer (type)")
    ```
    """
    cells = _list(notebook.get("cells"))
    found = [_text(output) for cell in cells if isinstance(cell, Mapping) for output in _list(cell.get("outputs"))]
    return "\n\n".join(text for text in found if SUMMARY in text)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(output: Any) -> str:
    """What an output shows: printed text, or a display's text rather than its HTML."""
    return next((text for text in _texts(output) if SUMMARY in text), "") if isinstance(output, Mapping) else ""


def _texts(output: Mapping[str, Any]) -> Iterator[str]:
    data = output.get("data")
    shown = [data.get("text/plain"), data.get("text/html")] if isinstance(data, Mapping) else []
    for text in (output.get("text"), *shown):
        yield "".join(part for part in text if isinstance(part, str)) if isinstance(text, list) else str(text or "")
