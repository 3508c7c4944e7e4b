"""The footer of a pasted summary: whether the rows add up to it, and where its weights stand."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from cnnnotes._explaining.explanation import Row
from cnnnotes._pasted.graph import MODELS
from cnnnotes._reading.architecture import Architecture, Footer


def audited(rows: Sequence[Row], architecture: Architecture) -> list[str]:
    """Compares the rows with the footer, one sentence for each thing that a reader should know."""
    footer = architecture.footer
    known = sum(row.params for row in rows if row.params is not None)
    if footer is None or footer.total is None:
        return [f"The text states no total. The rows that show a count add up to {known:,}."]
    own = footer.total - (footer.optimizer or 0)
    sentences = []
    if footer.optimizer is not None:
        slots = f"{footer.optimizer:,} numbers of the optimizer"
        sentences.append(f"The total of {footer.total:,} counts {slots}: the model has {own:,}.")
    unbuilt = [layer.name for layer in architecture.layers if layer.recorded.unbuilt]
    if unbuilt:
        sentences.append(f"{_rows(unbuilt)} not built: the total counts 0 there, whatever weights are to come.")
    twice = own - known
    if twice and known and twice in (footer.trainable, footer.non_trainable) and footer.trainable:
        return [*sentences, *_doubled(rows, known, twice, own)]
    missing = [row.name for row in rows if row.params is None and row.name not in unbuilt]
    sentences.append(_compared(known, own, missing, architecture, rows))
    return [*sentences, *_nested(rows, own), *_trained(rows, footer, own)]


def _doubled(rows: Sequence[Row], known: int, twice: int, own: int) -> list[str]:
    """What is said where weights were frozen after `compile`: Keras 2 counts them as trainable and as not."""
    which = _holding(rows, twice)
    those = f" of {_listed(which)}" if which else ""
    return [
        f"The rows add up to {known:,}. The total of {own:,} counts the {twice:,}{those} twice, as trainable and as "
        "non-trainable: `trainable` was changed after `compile`, and no row is missing."
    ]


def _compared(known: int, own: int, missing: Sequence[str], architecture: Architecture, rows: Sequence[Row]) -> str:
    """The rows' sum beside the total."""
    if missing:
        one = f"{missing[0]}, whose count is not shown in full,"
        which = f"{len(missing):,} rows show no full count and" if len(missing) > 1 else one
        return f"The other rows add up to {known:,} of {own:,}: {which} must hold the remaining {own - known:,}."
    if known == own:
        return f"The rows add up to the total, {own:,}."
    if known < own and any(layer.recorded.after_gap for layer in architecture.layers):
        return f"The rows add up to {known:,} of {own:,}. Rows that the text leaves out hold the other {own - known:,}."
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
    if not footer.non_trainable:
        return []
    still = _resting(rows)
    found = sum(still.values())
    if found == footer.non_trainable:
        return [f"The {found:,} non-trainable parameters stand in {_rows(list(still), verb='')}."]
    which = sorted(frozen(rows, footer), key=[row.name for row in _leaves(rows)].index)
    if which:
        beside = f", beside the {found:,} of {_rows(list(still), verb='')}" if found else ""
        return [f"The non-trainable parameters are those of {_listed(which)}, which must be frozen{beside}."]
    return [
        f"Of the {footer.non_trainable:,} non-trainable parameters the rows show {found:,}. The others are in layers "
        "that are frozen, or in rows that could be more than one thing."
    ]


def _resting(rows: Sequence[Row]) -> dict[str, int]:
    """How many parameters of each row are not trained, as far as the rows tell."""
    leaves = (row for row in _leaves(rows) if row.params and row.trainable_params is not None)
    still = {row.name: (row.params or 0) - (row.trainable_params or 0) for row in leaves}
    return {name: count for name, count in still.items() if count}


def frozen(rows: Sequence[Row], footer: Footer) -> frozenset[str]:
    """The rows that must be frozen, since they hold just the non-trainable parameters that the others don't."""
    total = (footer.total or 0) - (footer.optimizer or 0)
    if not footer.non_trainable or footer.trainable is None or footer.trainable + footer.non_trainable != total:
        return frozenset()
    if sum(row.params or 0 for row in rows) != total:
        return frozenset()
    still = _resting(rows)
    leaves = [row for row in _leaves(rows) if row.name not in still]
    return frozenset(_holding(leaves, footer.non_trainable - sum(still.values())))


def _holding(rows: Sequence[Row], count: int) -> list[str]:
    """The rows that hold just so many parameters: all of them, a single one, or the first ones."""
    counted = [(row.name, row.params) for row in rows if row.params]
    alone = [name for name, params in counted if params == count]
    for i, total in enumerate(itertools.accumulate(params for _, params in counted), start=1):
        if total == count and (i == len(counted) or not alone):
            return [name for name, _ in counted[:i]]
    return alone if len(alone) == 1 else []


def _listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, or how many they are, from which to which."""
    if len(names) > 3:
        return f"{len(names)} rows, {names[0]} to {names[-1]}"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


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
