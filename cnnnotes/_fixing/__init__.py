"""When a shape goes wrong: the smallest changes to a layer or to its inputs that its rule accepts.

Each way in which Keras refuses a layer has its usual remedies. They are proposed by what is wrong, tried on the rule
itself, and only those that it accepts are given back.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from cnnnotes._fixing.change import Case, Fix, words
from cnnnotes.layers import Shape
from cnnnotes.layers import layer_type as stated_of

__all__ = ["Fix", "fixes"]

MAX_FURTHER = 8
"""The most changes that are followed by another one, where two things are wrong at once."""


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
    return [] if stated is None else list(_search(Case(stated, dict(arguments), tuple(inputs))).values())[:most]


def _search(case: Case, deeper: bool = True) -> dict[str, Fix]:
    """The fixes of a layer by their text; where no change is one alone, one that leads to another refusal, and its."""
    refusal, found, further = case.refusal(), dict[str, Fix](), list[Case]()
    if not refusal:
        return found
    from cnnnotes._fixing.proposals import proposed  # what is right needs none of them

    for changed in sorted(proposed(case), key=lambda changed: changed.cost):
        _, given, inputs, _, text, before = changed
        other = changed.refusal()
        if not other:
            found.setdefault(text, Fix(text, changed.type.name, given, inputs, changed.outputs(), before))
        elif words(other) != words(refusal) and changed.type is case.type:
            further.append(changed)
    for first in further[:MAX_FURTHER] if deeper and not found else ():
        for text, fix in _search(first, deeper=False).items():
            if not (fix.before and first.before):
                both = f"{first.text} and {text}"
                found.setdefault(both, fix._replace(text=both, before=fix.before or first.before))
    return found
