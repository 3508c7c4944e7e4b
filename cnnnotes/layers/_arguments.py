"""What a layer type states of its arguments, and the arguments of one layer, read with checks."""

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._outcomes import MAX_AXES, Outcome, Shape

MAX_INTEGER = 2**63 - 1  # the largest size or count that Keras's backends can hold; it keeps every product printable
ACTIVATIONS = (  # the names that Keras knows one by
    "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear "
    "log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus "
    "sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold"
)
# Stands in place of the default of an argument that must be given.
REQUIRED: Any = type("Required", (), {"__repr__": lambda self: "required"})()


class Argument(NamedTuple):
    """One argument of a layer type: its default, and what may stand there."""

    name: str
    kind: str
    """`integer`, `number`, `range` (a number or two), `flag`, `choice`, `axis`, `axes`, `shape`, `pairs`, `activation`,
    `initializer`, `regularizer`, `constraint`, `layer`, `layers`, `text`, `list`, or `any`."""
    default: Any = REQUIRED
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    per_axis: bool = False  # whether it may also be a list with a value for each spatial axis
    maximum: float | None = None

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
        words, low, high = _WORDS.get(self.kind, f"a {self.kind}"), self.minimum, self.maximum
        if self.kind == "choice":
            words = " or ".join(f'"{choice}"' for choice in self.choices)
        elif self.kind in NAMED:
            words = f"the name of {words}"
        elif self.kind == "integer":
            words = "a positive integer" if low == 1 else f"an integer of {low} or more"
        elif low is not None:
            words += f" of {low:g} or more" if high is None else f" from {low:g} to {high:g}"
        return f"{words}, or {rank or 'a list'} of them" if self.per_axis and rank != 1 else words


_WORDS = {
    "range": "a number, or two of them,",
    "flag": "True or False",
    "axis": "an axis: -1 is the last one",
    "axes": "an axis or a list of them",
    "shape": "a list of sizes",
    "pairs": "an integer, one for each axis, or a pair (before, after) for each",
    "activation": 'an activation, "relu"',
    "initializer": "an initializer",
    "layers": "a list of layers",
    "any": "any value",
}
# Kinds that are short for an integer with a bound: its minimum, and whether it may stand for each axis.
_SHORT = {"size": (1, False), "sizes": (1, True), "count": (0, False), "counts": (0, True)}
NAMED = ("activation", "initializer", "regularizer", "constraint")  # kinds, at the ends of arguments' names too


@lru_cache(maxsize=512)
def stated(text: str) -> dict[str, Argument]:
    """The arguments that a statement names, `"filters:size strides:sizes=1 padding:valid|same=valid use_bias=True"`.

    Each is `name:kind=default`; one without a default is required. A kind that its name or its default tells is left
    out. `size` is a positive integer, `count` one of 0 or more; `sizes` and `counts` are one of them, or one for each
    spatial axis. `0..1` is a number between, `range:0..1` one or two of them, `a|b` a choice.
    """
    return {argument.name: argument for argument in map(_argument, text.split())}


def _argument(token: str) -> Argument:
    head, equals, written = token.partition("=")
    name, _, kind = head.partition(":")
    default = REQUIRED
    if equals and written.isidentifier():
        default = {"None": None, "True": True, "False": False}.get(written, written)
    elif equals:
        try:
            default = ast.literal_eval(written)
        except ValueError:
            default = written  # a word with other signs in it
    if not kind:
        end = name.rpartition("_")[2]
        by_value = {bool: "flag", float: "number"}.get(type(default), "any")
        kind = "channels_last|channels_first" if name == "data_format" else end if end in NAMED else by_value
    if kind in _SHORT:
        return Argument(name, "integer", default, (), *_SHORT[kind])
    if "|" in kind:
        return Argument(name, "choice", default, tuple(kind.split("|")))
    if ".." in kind:
        word, _, bounds = kind.rpartition(":")
        low, high = bounds.split("..")
        return Argument(name, word or "number", default, (), float(low), maximum=float(high) if high else None)
    return Argument(name, kind, default)


def trained(**initializers: str) -> str:
    """The part of a statement that all weights of these names have: initializers, regularizers and constraints."""
    stated = [f"{name}_initializer={initializer}" for name, initializer in initializers.items()]
    return " ".join(stated + [f"{name}_{kind}=None" for kind in ("regularizer", "constraint") for name in initializers])


class Arguments(NamedTuple):
    """A layer's arguments as Keras spells them, read with checks.

    Every reader raises `LayerError` that names the argument and what was received. An argument that was given as `None`
    counts as given; one that was left out takes the default that its layer type states, which is Keras's own.
    """

    config: dict[str, Any]
    statement: Mapping[str, Argument] = {}
    rank: int = 0  # the number of spatial axes of a 1D, 2D or 3D layer
    call: Mapping[str, Any] = {}  # what it is called with beside tensors: `{"return_attention_scores": True}`
    unknown: Callable[[Mapping[str, Any], Sequence[Shape]], Outcome] | None = None
    depth: int = 0

    def get(self, name: str, default: Any = REQUIRED) -> Any:
        """The argument as it was given, or its stated default, or `default`; without any it is required."""
        value = self.config.get(name, REQUIRED)
        if value is REQUIRED:
            value = self.statement[name].default if name in self.statement else default
        if value is REQUIRED:
            raise LayerError(f"{name} is required")
        return value

    def check(self) -> None:
        """Raises `LayerError` for a required argument that is missing, and for a number or activation that is none."""
        for name, kind, default, _, low, _, high in self.statement.values():
            if default is not REQUIRED and kind not in ("number", "activation"):
                continue
            value = self.get(name)
            if kind == "activation" and isinstance(value, str) and value not in ACTIVATIONS.split():
                raise LayerError(f"{name} must be one that Keras knows, got {shown(value)}")
            if kind != "number" or (value is None and default is None):
                continue
            most = math.inf if high is None else high
            if not isinstance(value, int | float) or not (-math.inf if low is None else low) <= value <= most:
                limits = f" from {low:g} to {high:g}" if high else " of zero or more" if low == 0 else ""
                raise LayerError(f"{name} must be a number{limits}, got {shown(value)}")

    def _minimum(self, name: str) -> int:
        stated = self.statement.get(name)
        return 1 if stated is None or stated.minimum is None else int(stated.minimum)

    def integer(self, name: str, default: Any = REQUIRED) -> int:
        """An integer of at least the stated minimum."""
        return integer(name, self.get(name, default), self._minimum(name))

    def optional_integer(self, name: str) -> int | None:
        """An integer of at least the stated minimum, or `None` where it is left out or `None`."""
        return None if self.get(name, None) is None else self.integer(name)

    def integers(self, name: str, default: Any = REQUIRED) -> tuple[int, ...]:
        """An integer for each spatial axis; a single one stands for all of them."""
        value, minimum = self.get(name, default), self._minimum(name)
        found = (value,) * self.rank if is_integer(value) else value
        if not isinstance(found, list | tuple) or len(found) != self.rank:
            raise LayerError(f"{name} must be an integer or {self.rank} of them, got {shown(value)}")
        return tuple(integer(name, each, minimum, value) for each in found)

    def listed(self, name: str, rank: int | None = None) -> tuple[int, ...]:
        """One integer or a list of them, with a `rank` axes of a tensor of so many."""
        value = self.get(name)
        found = value if isinstance(value, list | tuple) else (value,)
        if len(found) > MAX_AXES or not all(map(is_integer, found)):
            raise LayerError(f"{name} must be an integer or a list of at most {MAX_AXES}, got {shown(value)}")
        if rank is not None and not all(-rank <= axis < rank for axis in found):
            raise LayerError(f"{name} must name axes of the input, which has {rank}, got {shown(value)}")
        return tuple(found)

    def axes(self, name: str, rank: int) -> tuple[int, ...]:
        """One axis or several of a tensor of `rank` axes, counted from the front."""
        # Keras sorts them as they are written, -1 before 1
        return tuple(axis % rank for axis in sorted(self.listed(name, rank)))

    def axis(self, name: str, rank: int) -> int:
        """One axis of a tensor of `rank` axes, counted from the front; tf.keras wrote a list that holds just it."""
        found, *others = self.axes(name, rank) or (None,)
        if found is None or others:
            raise LayerError(f"{name} must be one integer, got {shown(self.get(name))}")
        return found

    def flag(self, name: str, default: Any = REQUIRED) -> bool:
        """True or false; as in Keras any other value is taken for its truth."""
        return bool(self.get(name, default))

    def choice(self, name: str) -> str:
        """One of the stated choices, in any case."""
        value, choices = self.get(name), self.statement[name].choices
        found = value.lower() if isinstance(value, str) else ""
        if found not in choices:
            raise LayerError(f"{name} must be {' or '.join(map(repr, choices))}, got {shown(value)}")
        return found

    def channels_first(self) -> bool:
        """Whether `data_format` puts the channels before the spatial axes; by default (`None`) they come last."""
        given = "data_format" in self.statement and self.get("data_format") is not None
        return given and self.choice("data_format") == "channels_first"


def is_integer(value: Any) -> bool:
    """Whether this is an integer (a truth value is none)."""
    return isinstance(value, int) and not isinstance(value, bool)


def integer(name: str, value: Any, minimum: int = 1, given: Any = None) -> int:
    """`value`, checked to be an integer of at least `minimum`; it stands in what was `given`."""
    if not is_integer(value) or not minimum <= value <= MAX_INTEGER:
        least = {1: "positive", 0: "zero or more"}.get(minimum, f"{minimum} or more")
        wanted = ("below 2^63" if value > MAX_INTEGER else least) if is_integer(value) else "an integer"
        raise LayerError(f"{name} must be {wanted}, got {shown(value if given is None else given)}")
    return int(value)


def read_shape(name: str, value: Any, minimum: int = 0) -> Shape:
    """A shape out of a layer's arguments: integers, or `None` for what is not known."""
    if not isinstance(value, list | tuple) or len(value) > MAX_AXES:
        raise LayerError(f"{name} must be a list of at most {MAX_AXES} sizes, got {shown(value)}")
    return tuple(None if size is None else integer(name, size, minimum) for size in value)


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
