"""When a shape goes wrong: the smallest changes to a layer or to its inputs that its rule accepts.

Each way in which Keras refuses a layer has its usual remedies. They are proposed by what is wrong, tried on the rule
itself, and only those that it accepts are given back.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from cnnnotes._fixing.change import Case, Change, Fix
from cnnnotes.layers import LayerError, Shape, outcome
from cnnnotes.layers import layer_type as stated_of

__all__ = ["Fix", "fixes"]


def fixes(layer_type: str, arguments: Mapping[str, Any], inputs: Sequence[Shape], most: int = 8) -> list[Fix]:
    """The smallest changes that make a layer work where its rule refuses it.

    **Arguments**

    - `layer_type`: the Keras class name, `"MaxPooling2D"`.
    - `arguments`: the layer's arguments as Keras spells them.
    - `inputs`: the shape of each input, batch first.
    - `most`: how many changes to give back.

    **Returns** the changes, the smallest first, each accepted by the layer's own rule. The list is empty where nothing
    is wrong and where nothing that is tried helps. A `Flatten` whose length is unknown counts as wrong: no `Dense` can
    be built on it.

    ```python
    import cnnnotes

    found = cnnnotes.fixes("MaxPooling2D", {"pool_size": 3}, [(None, 2, 2, 64)])
    assert [fix.text for fix in found] == ["pool_size=2", 'padding="same"', "an input of at least 3 × 3"]
    assert found[0].outputs == ((None, 1, 1, 64),)
    ```
    """
    stated = stated_of(layer_type)
    if stated is None:
        return []
    case = Case(stated, dict(arguments), tuple(inputs))
    if _tried(Change(0.0, ""), case):
        return []
    changes = sorted(_changes(case), key=lambda change: change.cost)
    found = _working(changes, case)
    if not found:  # two things are wrong at once
        pairs = [both for a, b in itertools.combinations(changes[:20], 2) if (both := _both(a, b))]
        found = _working(sorted(pairs, key=lambda change: change.cost), case)
    return found[:most]


def _changes(case: Case) -> list[Change]:
    from cnnnotes._fixing.proposals import PROPOSALS  # what is right needs none of them

    found: list[Change] = []
    for propose in PROPOSALS:
        try:
            found += propose(case)
        except LayerError:
            continue  # an argument that can't be read at all leaves this proposal nothing to go by
    return found


def _working(changes: Sequence[Change], case: Case) -> list[Fix]:
    tried = [_tried(change, case) for change in changes]
    return list({fix.text: fix for fix in tried if fix}.values())


def _tried(change: Change, case: Case) -> Fix | None:
    """The change as a fix, or `None` where a rule refuses it."""
    kind = change.layer_type or case.type.name
    changed = {**case.given, **change.arguments} if change.layer_type is None else dict(change.arguments)
    shapes = case.inputs if change.inputs is None else change.inputs
    try:
        if change.before:
            at, before, given = change.before
            shapes = (*shapes[:at], *outcome(before, given, shapes[at : at + 1]).shapes, *shapes[at + 1 :])
        found = outcome(kind, changed, shapes)
    except LayerError:
        return None
    if kind == "Flatten" and found.shapes[0][-1] is None:
        return None
    return Fix(change.text, kind, changed, shapes, found.shapes, change.before)


def _both(a: Change, b: Change) -> Change | None:
    """Two changes at once, where they don't touch the same thing."""
    if a.arguments.keys() & b.arguments.keys() or a.layer_type or b.layer_type or (a.inputs and b.inputs):
        return None
    arguments = {**a.arguments, **b.arguments}
    return Change(
        a.cost + b.cost, f"{a.text} and {b.text}", arguments, a.inputs or b.inputs, None, a.before or b.before
    )
