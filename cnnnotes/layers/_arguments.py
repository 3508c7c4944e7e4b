"""What a layer type states of its arguments, and the arguments of one layer, read with checks."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnnotes.layers._errors import LayerError, shown

if TYPE_CHECKING:
    from cnnnotes.layers._outcomes import Outcome, Shape

MAX_INTEGER = 2**63 - 1
"""The largest size or count that Keras's backends can hold; a bound that also keeps every product printable."""

MAX_AXES = 64
"""The most axes that a tensor may have (NumPy's own bound)."""

ACTIVATIONS = (
    "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear "
    "log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus "
    "sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold"
)
"""The names that Keras knows an activation by."""

REQUIRED: Any = type("Required", (), {"__repr__": lambda self: "required"})()
"""Stands in place of the default of an argument that must be given."""


class Argument(NamedTuple):
    """One argument of a layer type: its default, and what may stand there."""

    name: str
    kind: str
    """`integer`, `number`, `range` (a number or two), `flag`, `choice`, `axis`, `axes`, `shape`, `pairs`, `activation`,
    `initializer`, `regularizer`, `constraint`, `layer`, `layers`, `text`, `list`, or `any`."""
    default: Any = REQUIRED
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    per_axis: bool = False
    """Whether it may also be a list with a value for each spatial axis."""

    @property
    def required(self) -> bool:
        return self.default is REQUIRED

    @property
    def sample(self) -> Any:
        """A value that may stand there, for an example."""
        if self.kind == "integer":
            return 3 if self.per_axis else 16
        if self.kind in ("number", "range"):
            return max(0.5, self.minimum or 0)
        return {"choice": self.choices[:1], "layer": serialized("Dense", units=10), "activation": "relu"}.get(self.kind)

    def describe(self, rank: int | None = None) -> str:
        """What may stand there, in words: `"a positive integer, or 2 of them"`."""
        words = _WORDS.get(self.kind, self.kind)
        if self.kind == "choice":
            words = " or ".join(f'"{choice}"' for choice in self.choices)
        elif self.kind == "integer" and self.minimum is not None:
            words = {1: "a positive integer", 0: "an integer of 0 or more"}.get(
                int(self.minimum), f"an integer of {self.minimum} or more"
            )
        elif self.kind in ("number", "range") and self.minimum is not None:
            above = (
                f"of {self.minimum:g} or more" if self.maximum is None else f"from {self.minimum:g} to {self.maximum:g}"
            )
            words += f" {above}"
        if self.per_axis and rank != 1:
            words += f", or {rank or 'a list'} of them"
        return words


_WORDS = {
    "integer": "an integer",
    "number": "a number",
    "range": "a number, or two of them,",
    "flag": "True or False",
    "axis": "an axis: -1 is the last one",
    "axes": "an axis or a list of them",
    "shape": "a list of sizes",
    "pairs": "an integer, one for each axis, or a pair (before, after) for each",
    "activation": 'the name of an activation, "relu"',
    "initializer": "the name of an initializer",
    "regularizer": "the name of a regularizer",
    "constraint": "the name of a constraint",
    "layer": "a layer",
    "layers": "a list of layers",
    "list": "a list",
    "any": "any value",
}
# Kinds that are short for a kind with bounds: kind, minimum, whether it may stand for each axis.
_SHORT = {"size": (1, False), "sizes": (1, True), "count": (0, False), "counts": (0, True)}
_NAMED = {
    "activation": "activation",
    "recurrent_activation": "activation",
    "data_format": "channels_last|channels_first",
}


@lru_cache(maxsize=512)
def stated(text: str) -> dict[str, Argument]:
    """The arguments that a statement names, `"filters:size strides:sizes=1 padding:valid|same=valid use_bias=True"`.

    Each is `name:kind=default`; one without a default is required. A kind that its name or its default tells is left
    out. `size` is a positive integer, `count` one of 0 or more; `sizes` and `counts` are one of them, or one for each
    spatial axis. `2+` is an integer of at least 2, `0..1` a number between, `range:0..1` one or two of them, `a|b` a
    choice.
    """
    return {argument.name: argument for argument in map(_argument, text.split())}


@lru_cache(maxsize=512)
def checked(text: str) -> tuple[Argument, ...]:
    """The arguments of a statement that are checked for every type alike: those required, numbers and activations."""
    return tuple(each for each in stated(text).values() if each.required or each.kind in ("number", "activation"))


def _argument(token: str) -> Argument:
    head, equals, written = token.partition("=")
    name, _, kind = head.partition(":")
    default = _literal(written) if equals else REQUIRED
    kind = kind or _NAMED.get(name) or _kind_by(name, default)
    if kind in _SHORT:
        minimum, per_axis = _SHORT[kind]
        return Argument(name, "integer", default, minimum=minimum, per_axis=per_axis)
    if "|" in kind:
        return Argument(name, "choice", default, tuple(kind.split("|")))
    if ".." in kind:
        low, high = kind.removeprefix("range:").split("..")
        word = "range" if kind.startswith("range:") else "number"
        return Argument(name, word, default, (), float(low), float(high) if high else None)
    if kind.endswith("+"):
        return Argument(name, "integer", default, minimum=int(kind[:-1]))
    return Argument(name, kind, default)


def _kind_by(name: str, default: Any) -> str:
    end = name.rpartition("_")[2]
    if end in ("initializer", "regularizer", "constraint"):
        return end
    return "flag" if isinstance(default, bool) else "number" if isinstance(default, float) else "any"


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text  # a bare word


def trained(**initializers: str) -> str:
    """The part of a statement that all weights of these names have: initializers, regularizers and constraints."""
    first = [f"{name}_initializer={initializer}" for name, initializer in initializers.items()]
    return " ".join(
        [*first, *(f"{name}_{kind}=None" for kind in ("regularizer", "constraint") for name in initializers)]
    )


class Arguments:
    """A layer's arguments as Keras spells them, read with checks.

    Every reader raises `LayerError` that names the argument and what was received. An argument that was given as `None`
    counts as given; one that was left out takes the default that its layer type states, which is Keras's own.
    """

    def __init__(
        self,
        config: dict[str, Any],
        statement: Mapping[str, Argument] | None = None,
        rank: int | None = None,
        call: Mapping[str, Any] | None = None,
        unknown: Callable[[Mapping[str, Any], Sequence[Shape]], Outcome] | None = None,
        depth: int = 0,
    ):
        self.config = config
        self.statement = statement or {}
        self._rank = rank
        self.call = call or {}
        """What the layer is called with beside tensors: `{"return_attention_scores": True}`."""
        self.unknown, self.depth = unknown, depth

    @property
    def rank(self) -> int:
        """The number of spatial axes of a 1D, 2D or 3D layer."""
        assert self._rank is not None, "not a layer of a single rank"
        return self._rank

    def get(self, name: str, default: Any = REQUIRED) -> Any:
        """The argument as it was given, or its stated default, or `default`; without any it is required."""
        value = self.config.get(name, REQUIRED)
        if value is REQUIRED and name in self.statement:
            value = self.statement[name].default
        value = default if value is REQUIRED else value
        if value is REQUIRED:
            raise LayerError(f"{name} is required")
        return value

    def check(self, arguments: Sequence[Argument]) -> None:
        """Raises `LayerError` for a required argument that is missing, and for a number or activation that is none."""
        for name, kind, default, *_ in arguments:
            value = self.get(name)
            if kind == "activation":
                self.check_activation(name)
            elif kind == "number" and (value is not None or default is not None):
                self.number(name)

    def _minimum(self, name: str) -> int:
        stated = self.statement.get(name)
        return 1 if stated is None or stated.minimum is None else int(stated.minimum)

    def integer(self, name: str, default: Any = REQUIRED) -> int:
        """An integer of at least the stated minimum."""
        value = self.get(name, default)
        if value is None and name not in self.config:
            raise LayerError(f"{name} is required")
        return integer(name, value, self._minimum(name))

    def optional_integer(self, name: str, minimum: int | None = None) -> int | None:
        """An integer of at least the stated minimum, or `None` where it is left out or `None`."""
        value = self.get(name, None)
        return None if value is None else integer(name, value, self._minimum(name) if minimum is None else minimum)

    def integers(self, name: str, count: int | None = None, default: Any = REQUIRED) -> tuple[int, ...]:
        """An integer for each spatial axis, or so many; a single one stands for all of them."""
        value, count = self.get(name, default), self.rank if count is None else count
        minimum = self._minimum(name)
        if is_integer(value):
            return (integer(name, value, minimum),) * count
        if not isinstance(value, list | tuple) or len(value) != count or not all(map(is_integer, value)):
            raise LayerError(f"{name} must be an integer or {count} of them, got {shown(value)}")
        if not all(minimum <= number <= MAX_INTEGER for number in value):
            raise LayerError(f"{name} must be {_at_least(minimum)}, got {shown(value)}")
        return tuple(map(int, value))

    def axes(self, name: str, rank: int) -> tuple[int, ...]:
        """One axis or several of a tensor of `rank` axes, counted from the front."""
        value = self.get(name)
        values = value if isinstance(value, list | tuple) else (value,)
        if len(values) > MAX_AXES or not all(map(is_integer, values)):
            raise LayerError(f"{name} must be an integer or a list of them, got {shown(value)}")
        for axis in values:
            if not -rank <= axis < rank:
                raise LayerError(f"{name} must name axes of the input, which has {rank}, got {shown(value)}")
        return tuple(axis % rank for axis in sorted(values))  # Keras sorts them as they are written, -1 before 1

    def axis(self, name: str, rank: int) -> int:
        """One axis of a tensor of `rank` axes, counted from the front; tf.keras wrote a list that holds just it."""
        found = self.axes(name, rank)
        if len(found) != 1:
            raise LayerError(f"{name} must be one integer, got {shown(self.get(name))}")
        return found[0]

    def number(self, name: str, default: Any = REQUIRED, minimum: float | None = None) -> float:
        """A number within the stated bounds; NaN is none."""
        value, stated = self.get(name, default), self.statement.get(name)
        low = stated.minimum if stated and minimum is None else minimum
        high = stated.maximum if stated else None
        if not isinstance(value, int | float) or not (
            (-math.inf if low is None else low) <= value <= (math.inf if high is None else high)
        ):
            limits = f" from {low:g} to {high:g}" if high is not None else " of zero or more" if low == 0 else ""
            raise LayerError(f"{name} must be a number{limits}, got {shown(value)}")
        return value

    def flag(self, name: str, default: Any = REQUIRED) -> bool:
        """True or false; as in Keras a number or `None` is taken for its truth."""
        value = self.get(name, default)
        if value is not None and not isinstance(value, int):
            raise LayerError(f"{name} must be true or false, got {shown(value)}")
        return bool(value)

    def choice(self, name: str, any_case: bool = False) -> str:
        """One of the stated choices."""
        value, choices = self.get(name), self.statement[name].choices
        value = value.lower() if any_case and isinstance(value, str) else value
        if not isinstance(value, str) or value not in choices:
            raise LayerError(f"{name} must be {' or '.join(map(repr, choices))}, got {shown(value)}")
        return value

    def check_activation(self, name: str = "activation") -> None:
        """Raises `LayerError` for a name that no activation has; functions, which a file holds in other forms, pass."""
        value = self.get(name, None)
        if isinstance(value, str) and value not in ACTIVATIONS.split():
            raise LayerError(f"{name} must be one that Keras knows, got {shown(value)}")
        if value is not None and not isinstance(value, str | dict) and not callable(value):
            raise LayerError(f"{name} must be a name or a function, got {shown(value)}")

    def channels_first(self) -> bool:
        """Whether `data_format` puts the channels before the spatial axes; by default (`None`) they come last."""
        if "data_format" not in self.statement or self.get("data_format", None) is None:
            return False
        return self.choice("data_format", any_case=True) == "channels_first"


def is_integer(value: Any) -> bool:
    """Whether this is an integer (a truth value is none)."""
    return isinstance(value, int) and not isinstance(value, bool)


def integer(name: str, value: Any, minimum: int = 1) -> int:
    """`value`, checked to be an integer of at least `minimum`."""
    if not is_integer(value):
        raise LayerError(f"{name} must be an integer, got {shown(value)}")
    if not minimum <= value <= MAX_INTEGER:
        raise LayerError(f"{name} must be {_at_least(minimum)}, got {shown(value)}")
    return int(value)


def _at_least(minimum: int) -> str:
    return {1: "positive", 0: "zero or more"}.get(minimum, f"{minimum} or more")


def serialized(class_name: str, /, **config: Any) -> dict[str, Any]:
    """A layer of Keras as Keras writes it."""
    return {"module": "keras.layers", "class_name": class_name, "config": config, "registered_name": None}


def class_and_config(name: str, serialized: Any) -> tuple[str, dict[str, Any]]:
    """The type and the arguments of a layer that is written as `{"class_name": …, "config": …}`."""
    if isinstance(serialized, dict):
        kind, config = serialized.get("class_name"), serialized.get("config")
        if isinstance(kind, str) and isinstance(config, dict):
            return kind, config
    raise LayerError(f"{name} must be a layer with its class_name and config, got {shown(serialized)}")
