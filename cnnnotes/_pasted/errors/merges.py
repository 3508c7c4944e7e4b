"""What errors say of inputs that can't be put together, and of attention."""

from __future__ import annotations

import re

from cnnnotes._pasted.errors.training import labels
from cnnnotes._pasted.errors.trouble import Trouble, called, example, listed, read_shape, shapes
from cnnnotes.layers import LayerError, Shape, layer_type, outcome

Match = re.Match[str]


def concatenated(match: Match, text: str) -> Trouble:
    """`Concatenate` of unlike shapes."""
    return _along_an_axis(tuple(each for each in shapes(match["shapes"]) if len(each) > 1))


def concatenated_in_turn(match: Match, text: str) -> Trouble:
    """The operation, which names the second shape first."""
    return _along_an_axis((read_shape(match["first"]), read_shape(match["second"])))


def _along_an_axis(inputs: tuple[Shape, ...]) -> Trouble:
    """The text doesn't say along which axis: the last one, unless the shapes fit along that."""
    for axis in (-1, 1):
        try:
            outcome("Concatenate", {"axis": axis}, inputs)
        except LayerError:
            return Trouble((), "Concatenate", arguments={} if axis == -1 else {"axis": axis}, inputs=inputs)
    return Trouble((), "Concatenate", inputs=inputs)


def added(match: Match, text: str) -> Trouble:
    """An elementwise merge of unlike shapes, which are written without their batch."""
    written = re.search(r"\b(Multiply|Subtract|Average|Maximum|Minimum)\(", text)
    kind = called(text) or (written[1] if written else "Add")
    inputs = tuple((None, *read_shape(match[name])) for name in ("one", "other"))
    return Trouble((f"{kind} goes element by element: a size must be the other's, or 1.",), kind, inputs=inputs)


def broadcast(match: Match, text: str) -> Trouble:
    """An operation such as `a + b` on unlike shapes, which are written with their batch."""
    found = read_shape(match["one"]), read_shape(match["other"])
    if "compile_loss" in text:
        return labels(*found, sparse=False)
    says = f"An operation goes element by element over {listed(found)}: a size must be the other's, or 1."
    return Trouble((says,), "Add", inputs=found)


def dotted(match: Match, text: str) -> Trouble:
    """`Dot` along axes of unlike sizes."""
    inputs = tuple(shapes(match["shapes"]))
    return Trouble((), "Dot", arguments={"axes": (int(match["a"]), int(match["b"]))}, inputs=inputs)


def inner(match: Match, text: str) -> Trouble:
    """A product of matrices whose inner sizes differ."""
    found = read_shape(match["one"]), read_shape(match["other"])
    a, b = found[0][-1], found[1][-2]
    says = f"A product sums over the last axis of {found[0]}, which is {a}, and the last but one of {found[1]}, {b}."
    return Trouble(
        (says,), advice=(f"the second with its last two axes swapped: its last has {a}",) * (found[1][-1] == a)
    )


def inputs_count(match: Match, text: str) -> Trouble:
    """A layer that takes several inputs gets another number of them."""
    kind = called(text) or match["kind"].replace("merge", "Add")
    stated = layer_type(kind)
    found = tuple(shapes(match["shapes"]))
    low, high = stated.inputs if stated else (2, None)
    takes = str(low) if low == high else f"{max(low, 2)} or more" if high is None else f"{low} to {high}"
    says = f"{kind} takes a list of {takes} inputs, and gets {len(found)}: {listed(found)}."
    order = f"{kind}()([query, value])" if "Attention" in kind else f"{kind}()([a, b])"
    return Trouble(
        (says,), kind if stated else None, arguments=example(kind), inputs=found, assumed=True, advice=(order,)
    )


def value_and_key(match: Match, text: str) -> Trouble:
    """Keys and values at unlike numbers of positions."""
    value, key = read_shape(match["value"]), read_shape(match["key"])
    says = f"Each position of the value {value} has one key: {key} has another number of positions."
    return Trouble(
        (says,),
        "MultiHeadAttention",
        arguments=example("MultiHeadAttention"),
        inputs=(value, value, key),
        assumed=True,
        changes=((f"a key of {(*value[:-1], key[-1])}", (value, value, (*value[:-1], key[-1]))),),
    )
