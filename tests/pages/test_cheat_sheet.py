"""The cheat sheet shows what the rules compute."""

from __future__ import annotations

import re

import pytest

from docs._steps.cheat_sheet import PAGE, TABLES, filled, formula


def test_the_cheat_sheet_holds_the_rules_formulas() -> None:
    """Each table stands on the page as the rules write it: `python -m docs._steps.cheat_sheet`."""
    text = PAGE.read_text("utf8")
    assert filled(text) == text


@pytest.mark.parametrize("table", TABLES)
def test_each_letter_of_a_formula_is_explained(table: str) -> None:
    """The page's table of letters names each letter that a formula on it has, with or without its index."""
    letters = PAGE.read_text("utf8").partition("## The letters")[2].partition("## ")[0]
    named = set(re.findall(r"\$(?:\\mathrm\{)?([a-zA-Z]+)", letters))
    for entry in TABLES[table]:
        used = {name.partition("_")[0] for name in formula(entry, table).values}
        assert used <= named, entry
