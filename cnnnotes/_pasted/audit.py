"""The footer of a pasted summary: whether the rows add up to it, and where its weights stand."""

import itertools
from collections.abc import Iterator, Sequence

from cnnnotes._explaining.explanation import Row, walk
from cnnnotes._reading.architecture import Architecture, Footer


def audited(rows: Sequence[Row], architecture: Architecture) -> Iterator[str]:
    """Compares the rows with the footer, one sentence for each thing that a reader should know."""
    footer, known = architecture.footer or Footer(), sum(row.params or 0 for row in rows)
    own = footer.own
    if own is None:
        yield f"The text states no total. The rows that show a count add up to {known:,}."
        return
    if footer.optimizer is not None:
        slots = f"{footer.optimizer:,} numbers of the optimizer"
        yield f"The total of {footer.total:,} counts {slots}: the model has {own:,}."
    unbuilt = [layer.name for layer in architecture.layers if layer.recorded.unbuilt]
    if unbuilt:
        verb = "is" if len(unbuilt) == 1 else "are"
        yield f"{_rows(unbuilt)} {verb} not built: the total counts 0 there, whatever weights are to come."
    twice = own - known
    if twice and known and twice in (footer.trainable, footer.non_trainable) and footer.trainable:
        which = _listed(_holding(rows, twice))
        yield (
            f"The rows add up to {known:,}. The total of {own:,} counts the {twice:,}{which and f' of {which}'} twice, "
            "as trainable and as non-trainable: `trainable` was changed after `compile`, and no row is missing."
        )
        return
    missing = [row.name for row in rows if row.params is None and row.name not in unbuilt]
    gap = any(layer.recorded.after_gap for layer in architecture.layers)
    yield _compared(known, own, missing, gap)
    below = sum(row.params or 0 for level, row in walk(rows) if level)
    if below:
        yield (
            f"The rows of nested models add {below:,} to the column once more: "
            f"a model's row already counts the rows below it, and the total of {own:,} counts them once."
        )
    yield from _trained(rows, footer, own)


def _compared(known: int, own: int, missing: Sequence[str], gap: bool) -> str:
    """The rows' sum beside the total."""
    if missing:
        one = f"{missing[0]}, whose count is not shown in full,"
        which = f"{len(missing):,} rows show no full count and" if len(missing) > 1 else one
        return f"The other rows add up to {known:,} of {own:,}: {which} must hold the remaining {own - known:,}."
    if known == own:
        return f"The rows add up to the total, {own:,}."
    if known < own and gap:
        return f"The rows add up to {known:,} of {own:,}. Rows that the text leaves out hold the other {own - known:,}."
    if known < own:
        return (
            f"The rows add up to {known:,}, {own - known:,} less than the total of {own:,}: a row is missing from the "
            "text, or the model has weights of its own beside its layers."
        )
    more = f"The rows add up to {known:,}, {known - own:,} more than the total of {own:,}"
    return f"{more}: the total counts weights once that stand in more than one row."


def _trained(rows: Sequence[Row], footer: Footer, own: int) -> Iterator[str]:
    """Where the weights that are not trained stand."""
    if footer.trainable is None or footer.non_trainable is None:
        return
    both, still = footer.trainable + footer.non_trainable, _resting(rows)
    found, which = sum(still.values()), frozen(rows, footer)
    if not footer.non_trainable:
        if found and both == own:
            yield (
                f"The text counts all {own:,} as trainable, the {found:,} of {_rows(list(still))} that no gradient "
                "changes too: Keras 1 listed the moving statistics of a BatchNormalization among the trained weights."
            )
    elif both != own:
        yield f"Trainable and non-trainable add up to {both:,}, not to {own:,}: the text is not as Keras printed it."
    elif found == footer.non_trainable:
        yield f"The {found:,} non-trainable parameters belong to {_rows(list(still))}."
    elif which:
        beside = f", beside the {found:,} of {_rows(list(still))}" if found else ""
        yield f"The non-trainable parameters are those of {_listed(which)}, which must be frozen{beside}."
    else:
        yield (
            f"Of the {footer.non_trainable:,} non-trainable parameters the rows show {found:,}. The others are in "
            "layers that are frozen, or in rows that could be more than one thing."
        )


def _resting(rows: Sequence[Row]) -> dict[str, int]:
    """How many parameters of each row are not trained, as far as the rows tell."""
    leaves = (row for _, row in walk(rows) if not row.rows and row.params and row.trainable_params is not None)
    still = {row.name: (row.params or 0) - (row.trainable_params or 0) for row in leaves}
    return {name: count for name, count in still.items() if count}


def frozen(rows: Sequence[Row], footer: Footer) -> list[str]:
    """The rows that must be frozen, since they hold just the non-trainable parameters that the others don't."""
    both, known = (footer.trainable or 0) + (footer.non_trainable or 0), sum(row.params or 0 for row in rows)
    if not footer.non_trainable or footer.trainable is None or not both == known == footer.own:
        return []
    still = _resting(rows)
    leaves = [row for _, row in walk(rows) if not row.rows and row.name not in still]
    return _holding(leaves, footer.non_trainable - sum(still.values()))


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
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _rows(names: Sequence[str]) -> str:
    """`conv`, `3 rows`."""
    return names[0] if len(names) == 1 else f"{len(names):,} rows"
