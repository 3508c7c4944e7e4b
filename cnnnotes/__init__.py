"""Where every shape and parameter count of a Keras model comes from, with your model's own numbers in the formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnnotes._explaining.explanation import Explanation, Row
from cnnnotes._explaining.walk import explain
from cnnnotes._fixing import Fix, fixes
from cnnnotes.formula import Formula
from cnnnotes.layers import Outcome, outcome
from cnnnotes.layers._errors import CnnnotesError, ExplainError, LayerError, NoRule, ReadError

if TYPE_CHECKING:
    from cnnnotes._depth_pooling import DepthMaxPool

__version__ = "0.1.0"
__all__ = [
    "CnnnotesError",
    "DepthMaxPool",
    "ExplainError",
    "Explanation",
    "Fix",
    "Formula",
    "LayerError",
    "NoRule",
    "Outcome",
    "ReadError",
    "Row",
    "__version__",
    "explain",
    "fixes",
    "outcome",
]


def __getattr__(name: str) -> Any:
    if name == "DepthMaxPool":  # the one name here that takes Keras
        from cnnnotes._depth_pooling import DepthMaxPool

        return DepthMaxPool
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
