"""Where every shape and parameter count of a Keras model comes from, with your model's own numbers in the formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

# not lazily: importing the module later would put it in the place of the function of the same name
from cnnnotes.explain import explain

if TYPE_CHECKING:
    from cnnnotes.depth_pooling import DepthMaxPool

__version__ = "0.1.0"
__all__ = ["DepthMaxPool", "__version__", "explain"]


def __getattr__(name: str) -> Any:
    if name == "DepthMaxPool":  # the one name here that takes Keras
        from cnnnotes.depth_pooling import DepthMaxPool

        return DepthMaxPool
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
