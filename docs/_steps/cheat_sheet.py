"""The cheat sheet's tables: each formula is the one that the layer's rule computes with.

`python -m docs._steps.cheat_sheet` writes them into the page, and `tests/pages/test_cheat_sheet.py` compares them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

from cnnnotes.formula import Formula
from cnnnotes.layers import Shape, outcome

PAGE = Path(__file__).parent.parent / "reference" / "cheat-sheet.md"
PLACE = re.compile(r"(<!-- formulas of (\w+) -->\n).*?(<!-- end of formulas -->)", re.DOTALL)

MAPS: Shape = (None, 56, 56, 32)
STEPS: Shape = (None, 50, 16)


class Entry(NamedTuple):
    """A line of the cheat sheet, with a setting in which no term of its formulas does nothing."""

    title: str
    type: str
    arguments: dict[str, Any]
    input: Shape = MAPS


CONV: dict[str, Any] = {"filters": 64, "kernel_size": 3, "strides": 2}
POOL: dict[str, Any] = {"pool_size": 3, "strides": 2}
COUNTED = (
    Entry("Dense", "Dense", {"units": 10}, (None, 128)),
    Entry("Conv2D", "Conv2D", CONV),
    Entry("Conv2D, groups", "Conv2D", CONV | {"groups": 4}),
    Entry("DepthwiseConv2D", "DepthwiseConv2D", {"kernel_size": 3, "depth_multiplier": 2}),
    Entry("SeparableConv2D", "SeparableConv2D", CONV | {"depth_multiplier": 2}),
    Entry("Conv2DTranspose", "Conv2DTranspose", CONV),
)

TABLES: dict[str, tuple[Entry, ...]] = {
    "sizes": (
        Entry("Conv2D, `valid`", "Conv2D", CONV),
        Entry("Conv2D, `valid`, dilation", "Conv2D", {"filters": 64, "kernel_size": 3, "dilation_rate": 2}),
        Entry("Conv2D, `same`", "Conv2D", CONV | {"padding": "same"}),
        Entry("Conv1D, `causal`", "Conv1D", CONV | {"padding": "causal"}, STEPS),
        Entry("Conv2DTranspose, `valid`", "Conv2DTranspose", CONV),
        Entry("Conv2DTranspose, `same`", "Conv2DTranspose", CONV | {"padding": "same"}),
        Entry("MaxPooling2D, `valid`", "MaxPooling2D", POOL),
        Entry("MaxPooling2D, `same`", "MaxPooling2D", POOL | {"padding": "same"}),
        Entry("UpSampling2D", "UpSampling2D", {"size": 2}),
        Entry("ZeroPadding2D", "ZeroPadding2D", {"padding": 2}),
        Entry("Cropping2D", "Cropping2D", {"cropping": 2}),
        Entry("Flatten", "Flatten", {}),
    ),
    "parameters": (
        *COUNTED,
        Entry("BatchNormalization", "BatchNormalization", {}),
        Entry("LayerNormalization", "LayerNormalization", {}),
        Entry("Embedding", "Embedding", {"input_dim": 1000, "output_dim": 64}, (None, 50)),
        Entry("SimpleRNN", "SimpleRNN", {"units": 8}, STEPS),
        Entry("LSTM", "LSTM", {"units": 8}, STEPS),
        Entry("GRU, `reset_after`", "GRU", {"units": 8}, STEPS),
        Entry("GRU, `reset_after=False`", "GRU", {"units": 8, "reset_after": False}, STEPS),
        Entry("Bidirectional(LSTM)", "Bidirectional", {"layer": {"class_name": "LSTM", "config": {"units": 8}}}, STEPS),
    ),
    "macs": (
        *COUNTED,
        Entry("LSTM", "LSTM", {"units": 8}, STEPS),
    ),
}


def formula(entry: Entry, table: str) -> Formula:
    """What the rule computes: the height or length of the output, or what the table is about."""
    result = outcome(entry.type, entry.arguments, [entry.input])
    found = result.axes[0] if table == "sizes" else result.params if table == "parameters" else result.macs
    if found is None:
        raise ValueError(f"the rule of {entry.type} computes nothing for the table of {table}")
    return found


def filled(text: str) -> str:
    """The page with its tables."""

    def table(place: re.Match[str]) -> str:
        lines = ["", "| layer | formula |", "|---|---|"]
        for entry in TABLES[place[2]]:
            lines.append(f"| {entry.title} | $\\displaystyle {formula(entry, place[2]).symbolic_latex()}$ |")
        return place[1] + "\n".join([*lines, "", place[3]])

    return PLACE.sub(table, text)


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text("utf8")), "utf8")
