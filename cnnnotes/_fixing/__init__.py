"""When a shape goes wrong: the smallest changes to a layer or to its inputs, each tried on the layer's own rule."""

from collections.abc import Mapping, Sequence
from typing import Any

from cnnnotes._fixing.change import Case, Fix
from cnnnotes.layers import Shape
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
    case = Case(stated, dict(arguments), tuple(inputs)) if stated else None
    if case is None or not case.refusal():
        return []
    from cnnnotes._fixing.proposals import proposed  # what is right needs none of them

    found: dict[str, Fix] = {}
    for changed in sorted(proposed(case), key=lambda changed: changed.cost):
        if not changed.refusal():
            _, given, inputs, _, text, before = changed
            found.setdefault(text, Fix(text, changed.type.name, given, inputs, changed.outputs(), before))
    return list(found.values())[:most]
