"""The footer of a pasted summary: whether the rows add up to it, and where its weights stand."""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes._explaining.explanation import Row
from cnnnotes._pasted.graph import MODELS
from cnnnotes._reading.architecture import Architecture, Footer


def audited(rows: Sequence[Row], architecture: Architecture) -> list[str]:
    """Compares the rows with the footer, one sentence for each thing that a reader should know."""
    footer = architecture.footer
    known = sum(row.params for row in rows if row.params is not None)
    if footer is None or footer.total is None:
        return [f"The text states no total; the rows that show a count add up to {known:,}."]
    own = footer.total - (footer.optimizer or 0)
    sentences = []
    if footer.optimizer is not None:
        slots = f"{footer.optimizer:,} numbers of the optimizer"
        sentences.append(f"The total of {footer.total:,} counts {slots}: the model has {own:,}.")
    unbuilt = [layer.name for layer in architecture.layers if layer.recorded.unbuilt]
    if unbuilt:
        sentences.append(f"{_rows(unbuilt)} not built: the total counts 0 there, whatever weights are to come.")
    missing = [row.name for row in rows if row.params is None and row.name not in unbuilt]
    sentences.append(_compared(rows, known, own, missing))
    return [*sentences, *_nested(rows, own), *_trained(rows, footer, own)]


def _compared(rows: Sequence[Row], known: int, own: int, missing: Sequence[str]) -> str:
    """The rows' sum beside the total."""
    if missing:
        which = (
            f"{len(missing):,} rows show no full count and"
            if len(missing) > 1
            else f"{missing[0]}, whose count is cut,"
        )
        return f"The other rows add up to {known:,} of {own:,}: {which} must hold the remaining {own - known:,}."
    if known == own:
        return f"The rows add up to the total, {own:,}."
    if known < own:
        return (
            f"The rows add up to {known:,}, {own - known:,} less than the total of {own:,}: a row is missing from the "
            "text, or the model has weights of its own beside its layers."
        )
    apart = known - own
    twice = next((row for row in rows if row.params == apart), None)
    if twice is not None and twice.type in MODELS:
        reason = f"just what {twice.name} has, a model whose own rows the text lists beside it"
    elif twice is not None:
        reason = f"just what {twice.name} has: it shares its weights with another row, and the total counts them once"
    else:
        reason = "the total counts weights once that stand in more than one row"
    return f"The rows add up to {known:,}, {apart:,} more than the total of {own:,}: {reason}."


def _nested(rows: Sequence[Row], own: int) -> list[str]:
    below = sum(_expanded(row) for row in rows)
    if not below:
        return []
    return [
        f"The rows of nested models add {below:,} to the column once more: "
        f"a model's row already counts the rows below it, and the total of {own:,} counts them once."
    ]


def _expanded(row: Row) -> int:
    return sum((below.params or 0) + _expanded(below) for below in row.rows or ())


def _trained(rows: Sequence[Row], footer: Footer, own: int) -> list[str]:
    """Where the weights that are not trained stand."""
    if footer.trainable is None or footer.non_trainable is None:
        return []
    if footer.trainable + footer.non_trainable != own:
        return [
            f"Trainable and non-trainable add up to {footer.trainable + footer.non_trainable:,}, not to {own:,}: "
            "the text is not as Keras printed it."
        ]
    resting = {
        row.name: row.params - row.trainable_params
        for row in _leaves(rows)
        if row.params and row.trainable_params is not None
    }
    resting = {name: count for name, count in resting.items() if count}
    found = sum(resting.values())
    if not footer.non_trainable:
        return []
    if found == footer.non_trainable:
        return [f"The {found:,} non-trainable weights stand in {_rows(list(resting), verb='')}."]
    return [
        f"Of the {footer.non_trainable:,} non-trainable weights the rows tell of {found:,}: "
        "the others are in layers that are frozen, or in rows that could be more than one thing."
    ]


def _leaves(rows: Sequence[Row]) -> list[Row]:
    """The rows that are not models, those within models too."""
    found: list[Row] = []
    for row in rows:
        found += _leaves(row.rows) if row.rows else [row]
    return found


def _rows(names: Sequence[str], verb: str = " is| are") -> str:
    """`conv is`, `3 rows are`."""
    one, _, many = verb.partition("|")
    return f"{names[0]}{one}" if len(names) == 1 else f"{len(names):,} rows{many}"
