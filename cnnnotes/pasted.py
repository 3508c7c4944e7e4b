"""The text of a summary, explained: what each row could have been, and whether the rows add up to the footer."""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes.candidates import BOUNDS, Candidates, Wanted, candidates
from cnnnotes.explanation import Explanation, Row
from cnnnotes.reading.architecture import Architecture, Footer, Layer


def explain_pasted(architecture: Architecture) -> Explanation:
    """Explains a summary of which there is only the text.

    No configuration is known, so a row's formulas are given only where a single configuration fits.
    """
    rows = tuple(map(_row, architecture.layers))
    footer = architecture.footer or Footer()
    counts = [row.params for row in rows]
    added = None if None in counts else sum(count for count in counts if count is not None)
    stated = footer.total if footer.optimizer is None or footer.total is None else footer.total - footer.optimizer
    total = added if stated is None else stated
    trainable = footer.trainable
    return Explanation(
        name=architecture.name,
        source=architecture.source,
        kind=architecture.kind,
        inputs=(),
        rows=rows,
        total_params=total,
        trainable_params=trainable,
        non_trainable_params=footer.non_trainable,
        known_params=sum(count for count in counts if count is not None),
        optimizer_params=0 if footer.optimizer is None else footer.optimizer,
        optimizer_formula=None,
        macs=None,
        activation_bytes=None,
        audit=tuple(_audit(rows, architecture.footer)),
        notes=architecture.notes,
    )


def _row(layer: Layer) -> Row:
    recorded = layer.recorded
    fitting = _candidates(layer)
    single = fitting.best if fitting is not None and len(fitting) == 1 else None
    outcome = fitting.outcome(single) if fitting is not None and single is not None else None
    trainable = None
    if recorded.params == 0 or not layer.trainable:
        trainable = 0
    elif outcome is not None:
        trainable = sum(weight.size for weight in outcome.weights if weight.trainable)
    return Row(
        name=layer.name,
        type=layer.type,
        inputs=tuple(ref.layer for call in layer.calls for ref in call.tensors()),
        shapes=recorded.outputs,
        params=recorded.params,
        trainable_params=trainable,
        outcome=outcome,
        macs=outcome.macs.value if outcome and outcome.macs else None,
        activation_bytes=None,
        field=None,
        notes=tuple(_notes(layer, fitting)),
        rows=tuple(map(_row, layer.nested.layers)) if layer.nested else None,
        candidates=fitting,
    )


def _candidates(layer: Layer) -> Candidates | None:
    recorded = layer.recorded
    if layer.nested or recorded.outputs is None or (recorded.params is None and "unbuilt" in recorded.params_text):
        return None
    wanted = Wanted(recorded.outputs, recorded.params, recorded.params_text, recorded.params_width)
    return candidates(layer.type, recorded.inputs, wanted)


def _notes(layer: Layer, fitting: Candidates | None) -> list[str]:
    notes = []
    text = layer.recorded.params_text
    if "unbuilt" in text:
        notes.append("0 (unbuilt): it has no weights yet, since it has not been called on anything")
    elif layer.recorded.params is None and text:
        notes.append(f"its count is cut off: {text}")
    if layer.recorded.outputs is None:
        notes.append("its output shape is not shown")
    if fitting is None:
        return notes
    best = fitting.best
    if best is None:
        notes.append(
            f"no configuration fits this shape and count (looked for: {BOUNDS})"
            if fitting.known
            else "what it was made with can't be told from this row"
        )
    elif best.arguments:
        made = ", ".join(f"{name}={value!r}" for name, value in best.arguments.items())
        count = len(fitting)
        notes.append(f"it was made with {made}" if count == 1 else f"{count:,} configurations fit, first of all {made}")
    return notes


def _audit(rows: Sequence[Row], footer: Footer | None) -> list[str]:
    """Holds the rows against the footer."""
    known = sum(row.params for row in rows if row.params is not None)
    open_rows = [row.name for row in rows if row.params is None]
    if footer is None or footer.total is None:
        return ["The text states no total; the rows that show a count add up to " + f"{known:,}."]
    sentences = []
    own = footer.total
    if footer.optimizer is not None:
        own -= footer.optimizer
        sentences.append(
            f"The total of {footer.total:,} counts {footer.optimizer:,} numbers of the optimizer: the model has {own:,}."
        )
    if open_rows:
        which = f"{len(open_rows):,} rows show no full count; together they" if len(open_rows) > 1 else open_rows[0]
        sentences.append(f"The other rows add up to {known:,} of {own:,}: {which} must have {own - known:,}.")
    elif known == own:
        sentences.append(f"The rows add up to the total, {own:,}.")
    elif known > own:
        sentences.append(
            f"The rows add up to {known:,}, {known - own:,} more than the total of {own:,}: "
            "the footer counts weights once that stand in more than one row."
        )
    else:
        sentences.append(
            f"The rows add up to {known:,}, {own - known:,} less than the total of {own:,}: "
            "rows are missing, or the model has weights of its own beside its layers."
        )
    return [*sentences, *_nested(rows, own), *_trained(footer, own)]


def _nested(rows: Sequence[Row], own: int) -> list[str]:
    below = sum(_expanded(row) for row in rows if row.rows)
    if not below:
        return []
    return [
        f"The rows of nested models add {below:,} to the column once more: "
        f"a model's row already counts the rows below it, and the total of {own:,} counts them once."
    ]


def _expanded(row: Row) -> int:
    return sum((below.params or 0) + _expanded(below) for below in row.rows or ())


def _trained(footer: Footer, own: int) -> list[str]:
    if footer.trainable is None or footer.non_trainable is None:
        return []
    if footer.trainable + footer.non_trainable != own:
        return [
            f"Trainable and non-trainable add up to {footer.trainable + footer.non_trainable:,}, not to {own:,}: "
            "the text is not as Keras printed it."
        ]
    return []
