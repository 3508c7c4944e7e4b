"""What a rule says of a single layer, as text: the answer of `cnnnotes layer`."""

from collections.abc import Sequence

from cnnnotes._rendering.columns import shape_text
from cnnnotes.layers import Outcome, Shape


def to_answer(layer_type: str, inputs: Sequence[Shape], outcome: Outcome) -> str:
    """The output shape, the weights and the multiply-accumulates, each with its formula; and what to notice."""
    given = ", ".join(map(shape_text, inputs)) or "no input"
    lines = [f"{layer_type}: {given} → {', '.join(map(shape_text, outcome.shapes)) or '?'}"]
    for number, axis in enumerate(outcome.axes, start=1):
        lines.append(f"  axis {number}: {'kept' if axis is None else axis}")
    lines.append(f"  params: {outcome.params if outcome.params is not None else 0}")
    for weight in outcome.weights:
        size = "×".join(map(str, weight.shape)) or "1"
        lines.append(f"    {weight.name} {size} = {weight.size:,}{'' if weight.trainable else ', not trained'}")
    if outcome.macs is not None:
        lines.append(f"  multiply-accumulates: {outcome.macs}")
    lines += [f"  {note}" for note in outcome.notes]
    return "\n".join(lines) + "\n"
