"""The lessons' drawings of a window, each with its lesson's own numbers, as the package draws them.

On the page a script moves them, and each is linked to the layer calculator with its setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, NamedTuple
from urllib.parse import urlencode

from cnnnotes import drawing
from cnnnotes.layers import layer_type


class Setting(NamedTuple):
    """A layer and its input, without the batch."""

    kind: str
    arguments: dict[str, Any]
    input: tuple[int, ...]

    def draw(self) -> str:
        return drawing(self.kind, self.arguments, (None, *self.input))

    @property
    def call(self) -> str:
        """The layer as one writes it in Keras, with what must be given by its place."""
        stated = layer_type(self.kind)
        assert stated
        given = [
            quoted(value) if stated.arguments[name].required else f"{name}={quoted(value)}"
            for name, value in self.arguments.items()
        ]
        return f"{self.kind}({', '.join(given)})"

    @property
    def query(self) -> str:
        """The part of the calculator's address that holds the setting."""
        given = {name: value if isinstance(value, str) else repr(value) for name, value in self.arguments.items()}
        return urlencode({"type": self.kind, "input": ",".join(map(str, self.input)), **given}, safe=",()")

    def caption(self, calculator: str) -> str:
        """What stands below the drawing: room for the script's controls, the call, and the way to the calculator."""
        link = f"{calculator}/?{self.query}"
        return (
            f'<div class="tool-steps"></div><figcaption><code>{escape(self.call)}</code> '
            f'<a href="{escape(link)}">Change its numbers</a></figcaption>'
        )


def quoted(value: Any) -> str:
    """A value in Python, a text in double quotes."""
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _conv1d(length: int, **arguments: Any) -> Setting:
    return Setting("Conv1D", {"filters": 1, "kernel_size": 3, **arguments}, (length, 1))


SETTINGS: Mapping[str, Setting] = {
    "window-by-hand": Setting("Conv2D", {"filters": 1, "kernel_size": 3}, (4, 4, 1)),
    "window-pooling": Setting("MaxPooling2D", {"pool_size": 2}, (4, 4, 1)),
    "window-224": Setting("Conv2D", {"filters": 32, "kernel_size": 3}, (224, 224, 3)),
    "window-seven": _conv1d(7, strides=2),
    "window-valid": _conv1d(8, padding="valid"),
    "window-same": _conv1d(8, padding="same"),
    "window-valid-stride": _conv1d(8, padding="valid", strides=2),
    "window-same-stride": _conv1d(8, padding="same", strides=2),
    "window-dilation-1": _conv1d(8, dilation_rate=1),
    "window-dilation-2": _conv1d(8, dilation_rate=2),
    "window-depth": Setting("DepthMaxPool", {"pool_size": 3}, (4, 4, 6)),
    "window-depth-stride": Setting("DepthMaxPool", {"pool_size": 3, "strides": 1}, (4, 4, 6)),
}
"""Each drawing by its file's name."""

FIGURES = {name: setting.draw for name, setting in SETTINGS.items()}
