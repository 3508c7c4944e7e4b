"""How many numbers an optimizer keeps: Keras 3 counts them in a summary once it is built.

Source: `build` of each class in `keras.optimizers`, of Keras 3 and of Keras 2, whose rate is no variable.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from cnnnotes._reading.parsing import fields
from cnnnotes.formula import Formula

_SLOTS = {"Adam": 2, "AdamW": 2, "Adamax": 2, "Nadam": 2, "Lamb": 2, "Ftrl": 2, "Adadelta": 2, "Adagrad": 1, "Lion": 1}
"""How many numbers each keeps for every trained weight."""
_NAMES = {name.lower(): name for name in (*_SLOTS, "SGD", "RMSprop", "Adafactor", "LossScaleOptimizer")}


def variables(
    optimizer: str, config: Mapping[str, Any], trained: Sequence[tuple[int, ...]], legacy: bool = False
) -> Formula | None:
    """The formula of how many numbers an optimizer keeps for trained weights of these shapes; `None` if not known.

    tf.keras spells a name `"Custom>Adam"` or `"adam"` too; `legacy` are those of Keras 2.

    ```python
    from cnnnotes._explaining.optimizers import variables

    assert str(variables("Adam", {}, [(27_098,)])) == "slots × weights + counters = 2 × 27098 + 2 = 54,198"
    ```
    """
    weights = sum(math.prod(shape) for shape in trained)
    plain = optimizer.removeprefix("Custom>")
    oldest = legacy and plain == optimizer and plain[:1].isupper()  # those before tf.keras 2.11
    optimizer = _NAMES.get(plain.lower(), plain)
    # the step, and in Keras 3 a rate that is not a schedule
    counters = 1 + (not legacy and not isinstance(config.get("learning_rate"), Mapping))
    if optimizer == "LossScaleOptimizer":
        return None if legacy else _scaled(config, trained)
    if optimizer == "Adafactor":
        kept = sum(math.prod(shape) if legacy and len(shape) < 2 else _factored(shape) for shape in trained)
        return _with_extras("factors + counters", config, weights, factors=kept, counters=counters)
    slots = 1 if optimizer == "SGD" and legacy and not oldest else _slots(optimizer, config)
    if slots is None:
        return None
    counters += optimizer == "Nadam" and (oldest or not legacy)
    text = "slots * weights + counters" if slots else "counters"
    return _with_extras(text, config, weights, slots=slots, counters=counters)


def _slots(optimizer: str, config: Mapping[str, Any]) -> int | None:
    if optimizer == "SGD":
        return int(bool(config.get("momentum")))
    if optimizer == "RMSprop":
        return 1 + bool(config.get("momentum")) + bool(config.get("centered"))
    slots = _SLOTS.get(optimizer)
    return None if slots is None else slots + (optimizer in ("Adam", "AdamW") and bool(config.get("amsgrad")))


def _with_extras(text: str, config: Mapping[str, Any], weights: int, **values: int) -> Formula:
    for name, argument in (("average", "use_ema"), ("accumulated", "gradient_accumulation_steps")):
        if config.get(argument):
            text, values[name] = f"{text} + {name}", weights
    return Formula(text, weights=weights, **values)


def _factored(shape: tuple[int, ...]) -> int:
    """Adafactor keeps a matrix as its rows and its columns."""
    if len(shape) < 2:
        return math.prod(shape) + 2
    return math.prod(shape[:-1]) + math.prod((*shape[:-2], shape[-1])) + math.prod(shape)


def _scaled(config: Mapping[str, Any], trained: Sequence[tuple[int, ...]]) -> Formula | None:
    inner = fields(config.get("inner_optimizer"))
    found = variables(str(inner.get("class_name")), fields(inner.get("config")), trained)
    return None if found is None else Formula(f"{found.text} + scaling", **found.values, scaling=4)
