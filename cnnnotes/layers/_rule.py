"""What a rule is given, what it gives back, and how the package finds it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from cnnnotes.formula import Formula
from cnnnotes.layers._errors import LayerError, NoRule

Shape = tuple[int | None, ...]
"""Sizes with the batch first, as Keras writes them; `None` is a size that is not known."""

AXES = {1: "L", 2: "HW", 3: "ZHW"}
"""The letters of the spatial axes of a 1D, 2D and 3D layer."""


class Weight(NamedTuple):
    """One array of a layer: its name, its shape, the formula of its size, and whether training changes it."""

    name: str
    shape: tuple[int, ...]
    formula: Formula
    trainable: bool = True

    @property
    def size(self) -> int:
        return math.prod(self.shape)


class Window(NamedTuple):
    """What one output position sees along one spatial axis: `size` inputs (dilation counted in), every `stride`-th,
    beginning `before` positions ahead of the first input."""

    size: int
    stride: int = 1
    before: int = 0


GLOBAL = "global"
"""Stands in place of windows where each output sees the whole input."""


class Outcome(NamedTuple):
    """What a rule gives back."""

    shapes: tuple[Shape, ...]
    """The shape of each output."""
    axes: tuple[Formula | None, ...] = ()
    """For the first output: the formula of each axis behind the batch, `None` where a size is just kept."""
    weights: tuple[Weight, ...] = ()
    params: Formula | None = None
    """The number of weights in one formula; `None` where there are none."""
    macs: Formula | None = None
    """Multiply-accumulates of one example: kernel applications, no bias. `None` where no kernel is applied."""
    notes: tuple[str, ...] = ()
    """What a reader should notice at this layer with these numbers."""
    windows: tuple[Window, ...] | str | None = ()
    """One for each spatial axis; empty where a position sees only itself; `GLOBAL`; `None` where it has no meaning."""


LARGEST = 2**63 - 1
"""The largest size or count that Keras's backends can hold; a bound that also keeps every product printable."""

MOST_WRAPPED = 16
"""The most layers that may stand within one another, `TimeDistributed` in `TimeDistributed` and so on."""

MOST_AXES = 64
"""The most axes that a tensor may have (NumPy's own bound)."""

_REQUIRED = object()


class Arguments:
    """A layer's arguments as Keras spells them, read with checks.

    Every reader raises `LayerError` that names the argument and what was received. An argument that was given as `None`
    counts as given; one that was left out takes the default that the rule states, which is Keras's own.
    """

    def __init__(
        self,
        config: dict[str, Any],
        call: Mapping[str, Any] | None = None,
        unknown: Callable[[Mapping[str, Any], Sequence[Shape]], Outcome] | None = None,
        depth: int = 0,
    ):
        self.config = config
        self.call = call or {}
        """What the layer is called with beside tensors: `{"return_attention_scores": True}`."""
        self._unknown = unknown
        self._depth = depth

    def get(self, name: str, default: Any = _REQUIRED) -> Any:
        """The argument as it was given, or `default`; without a default it is required."""
        value = self.config.get(name, default)
        if value is _REQUIRED:
            raise LayerError(f"{name} is required")
        return value

    def with_default(self, name: str, value: Any) -> Arguments:
        """The same arguments with `value` for one that was left out."""
        return Arguments({name: value, **self.config}, self.call, self._unknown, self._depth)

    def knows(self, layer_type: str) -> bool:
        """Whether a rule is known for this type."""
        return registered(layer_type) is not None

    def wrapped(self, name: str, serialized: Any, inputs: Sequence[Shape]) -> Outcome:
        """The outcome of a layer that stands in the argument `name`, written as its `class_name` and `config`."""
        kind, config = class_and_config(name, serialized)
        if self._depth >= MOST_WRAPPED:
            raise LayerError(f"{name} must not wrap more than {MOST_WRAPPED} layers")
        if registered(kind) is None and self._unknown is not None:
            return self._unknown(serialized, inputs)
        return outcome(kind, config, inputs, unknown=self._unknown, depth=self._depth + 1)

    def integer(self, name: str, default: Any = _REQUIRED, minimum: int = 1) -> int:
        """A whole number of at least `minimum`."""
        return whole(name, self.get(name, default), minimum)

    def optional_integer(self, name: str, minimum: int = 1) -> int | None:
        """A whole number of at least `minimum`, or `None` where it is left out or `None`."""
        value = self.get(name, None)
        return None if value is None else whole(name, value, minimum)

    def integers(self, name: str, rank: int, default: Any = _REQUIRED, minimum: int = 1) -> tuple[int, ...]:
        """`rank` whole numbers; a single one stands for all of them."""
        value = self.get(name, default)
        if is_whole(value):
            return (whole(name, value, minimum),) * rank
        if not isinstance(value, list | tuple) or len(value) != rank or not all(map(is_whole, value)):
            raise LayerError(f"{name} must be a whole number or {rank} of them, got {shown(value)}")
        if not all(minimum <= number <= LARGEST for number in value):
            raise LayerError(f"{name} must be {_at_least(minimum)}, got {shown(value)}")
        return tuple(map(int, value))

    def axes(self, name: str, rank: int, default: Any = _REQUIRED) -> tuple[int, ...]:
        """One axis or several of a tensor of `rank` axes, counted from the front."""
        value = self.get(name, default)
        values = value if isinstance(value, list | tuple) else (value,)
        if len(values) > MOST_AXES or not all(map(is_whole, values)):
            raise LayerError(f"{name} must be a whole number or a list of them, got {shown(value)}")
        for axis in values:
            if not -rank <= axis < rank:
                raise LayerError(f"{name} must name axes of the input, which has {rank}, got {shown(value)}")
        return tuple(axis % rank for axis in sorted(values))  # Keras sorts them as they are written, -1 before 1

    def axis(self, name: str, rank: int, default: Any = _REQUIRED) -> int:
        """One axis of a tensor of `rank` axes, counted from the front; tf.keras wrote a list that holds just it."""
        found = self.axes(name, rank, default)
        if len(found) != 1:
            raise LayerError(f"{name} must be one whole number, got {shown(self.get(name, default))}")
        return found[0]

    def number(
        self, name: str, default: Any = _REQUIRED, minimum: float = -math.inf, maximum: float = math.inf
    ) -> float:
        """A number between `minimum` and `maximum`; NaN is none."""
        value = self.get(name, default)
        if not isinstance(value, int | float) or not minimum <= value <= maximum:
            limits = (
                f" from {minimum} to {maximum}" if maximum < math.inf else " of zero or more" if minimum == 0 else ""
            )
            raise LayerError(f"{name} must be a number{limits}, got {shown(value)}")
        return value

    def flag(self, name: str, default: Any = _REQUIRED) -> bool:
        """True or false; as in Keras a number or `None` is taken for its truth."""
        value = self.get(name, default)
        if value is not None and not isinstance(value, int):
            raise LayerError(f"{name} must be true or false, got {shown(value)}")
        return bool(value)

    def choice(self, name: str, choices: Sequence[str], default: Any = _REQUIRED, any_case: bool = False) -> str:
        """One of `choices`."""
        value = self.get(name, default)
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
        if self.get("data_format", None) is None:
            return False
        return self.choice("data_format", ("channels_last", "channels_first"), any_case=True) == "channels_first"


ACTIVATIONS = (
    "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear "
    "log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus "
    "sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold"
)
"""The names that Keras knows an activation by."""


def class_and_config(name: str, serialized: Any) -> tuple[str, dict[str, Any]]:
    """The type and the arguments of a layer that is written as `{"class_name": …, "config": …}`."""
    if isinstance(serialized, dict):
        kind, config = serialized.get("class_name"), serialized.get("config")
        if isinstance(kind, str) and isinstance(config, dict):
            return kind, config
    raise LayerError(f"{name} must be a layer with its class_name and config, got {shown(serialized)}")


def is_whole(value: Any) -> bool:
    """Whether this is a whole number (a truth value is none)."""
    return isinstance(value, int) and not isinstance(value, bool)


def whole(name: str, value: Any, minimum: int = 1) -> int:
    """`value`, checked to be a whole number of at least `minimum`."""
    if not is_whole(value) or not minimum <= value <= LARGEST:
        raise LayerError(f"{name} must be {_at_least(minimum)}, got {shown(value)}")
    return int(value)


def _at_least(minimum: int) -> str:
    return {1: "positive", 0: "zero or more"}.get(minimum, f"{minimum} or more")


def shown(value: Any, limit: int = 60) -> str:
    """A value from a file as an error message quotes it: one line, cut to `limit` characters."""
    if isinstance(value, list | tuple) and len(value) > limit:
        value = value[:limit]  # more could not be shown, and need not be written out
    if isinstance(value, list):
        value = tuple(value)
    if isinstance(value, int) and abs(value) > 10**limit:
        return f"a number of {int(value.bit_length() * math.log10(2)):,} digits"
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number with more digits than Python converts, or a list too deep
        return f"a {type(value).__name__} that is too large to show"
    return text if len(text) <= limit else text[: limit - 1] + "…"


Rule = Callable[[Arguments, Sequence[Shape]], Outcome]


class Registered(NamedTuple):
    """A rule with what its callers need to know of it."""

    function: Rule
    tensors: tuple[str, ...] = ()
    """The call's arguments that are tensors, in the order that the rule takes them in; empty: as they come."""
    arguments: str = ""
    """The names of the layer's own arguments, as Keras spells them."""


COMMON_ARGUMENTS = ("name", "trainable", "dtype", "autocast", "activity_regularizer")
"""What every Keras layer takes beside its own arguments."""

_rules: dict[str, Registered] = {}


def rule(*types: str, arguments: str = "", tensors: tuple[str, ...] = ()) -> Callable[[Rule], Rule]:
    """Registers a function as the rule of these Keras layer types, which take these arguments."""

    def register(function: Rule) -> Rule:
        for name in types:
            _rules[name] = Registered(function, tensors, arguments)
        return function

    return register


def registered(layer_type: str) -> Registered | None:
    """The rule of a Keras layer type, or `None` for one that is not known."""
    return _rules.get(layer_type)


def outcome(
    layer_type: str,
    arguments: Mapping[str, Any],
    inputs: Sequence[Shape],
    call: Mapping[str, Any] | None = None,
    unknown: Callable[[Mapping[str, Any], Sequence[Shape]], Outcome] | None = None,
    depth: int = 0,
) -> Outcome:
    """What a layer of this type and with these arguments makes of these inputs.

    **Arguments**

    - `layer_type`: the Keras class name, `"Conv2D"`.
    - `arguments`: the layer's arguments as Keras spells them; those left out take Keras's defaults.
    - `inputs`: the shape of each input, batch first.
    - `call`: what the layer is called with beside tensors, `{"return_attention_scores": True}`.
    - `unknown`: is asked for a wrapped layer that no rule is known of, such as a nested model, with the layer as Keras
      writes it and its inputs.
    - `depth`: how many layers this one is wrapped in.

    **Returns** an `Outcome`: the shape of each output, the weights, the multiply-accumulates, each with its formula.

    **Raises** `NoRule` for a type that no rule is known of, `LayerError` for what Keras refuses too.

    ```python
    from cnnnotes.layers import outcome

    found = outcome("Conv2D", {"filters": 64, "kernel_size": 3}, [(None, 222, 222, 32)])
    assert found.shapes == ((None, 220, 220, 64),)
    assert found.params.value == 18_496
    ```
    """
    found = registered(layer_type)
    if found is None:
        raise NoRule(f"no rule is known for a layer of type {shown(layer_type)}")
    for shape in inputs:
        if len(shape) > MOST_AXES or not all(
            size is None or (is_whole(size) and 0 <= size <= LARGEST) for size in shape
        ):
            raise LayerError(f"an input must have at most {MOST_AXES} axes, each below 2^63, got {shown(shape)}")
    return found.function(Arguments(dict(arguments), call, unknown, depth), inputs)


def known_types() -> tuple[str, ...]:
    """The Keras layer types that a rule is known for."""
    return tuple(_rules)


def one_input(inputs: Sequence[Shape], rank: int | None = None, minimum_rank: int = 1) -> Shape:
    """The only input, checked to have `rank` axes (batch counted), or at least `minimum_rank`."""
    if len(inputs) != 1:
        raise LayerError(f"takes one input, got {len(inputs)}")
    shape = inputs[0]
    if rank is not None and len(shape) != rank:
        raise LayerError(f"expects an input of {rank} axes (batch first), got {shown(shape)}")
    if len(shape) < minimum_rank:
        raise LayerError(f"expects an input of at least {minimum_rank} axes (batch first), got {shown(shape)}")
    return shape


def split(shape: Shape, channels_first: bool) -> tuple[Shape, int | None]:
    """The spatial sizes of a map, and its channels."""
    return (shape[2:], shape[1]) if channels_first else (shape[1:-1], shape[-1])


def joined(batch: int | None, spatial: Shape, channels: int | None, channels_first: bool) -> Shape:
    """The shape of a map from its parts: the inverse of `split`."""
    return (batch, channels, *spatial) if channels_first else (batch, *spatial, channels)


def joined_axes(
    spatial: Sequence[Formula | None], channels: Formula | None, channels_first: bool
) -> tuple[Formula | None, ...]:
    """The formulas of a map's axes, in the order of its shape."""
    return (channels, *spatial) if channels_first else (*spatial, channels)


def kept(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """The rule of a layer that has no weights, leaves the shape as it is, and whose arguments need no check."""
    return Outcome(shapes=(one_input(inputs),))


def sizes(shape: Shape, side: str = "in", channels_first: bool = False) -> dict[str, int | None]:
    """The sizes behind the batch by the names of their axes: `{"H_in": 8, "W_in": 8, "D_in": 3}`.

    A shape with more axes than a volume numbers them, and one with very many has a single size, their product.
    """
    values = shape[1:]
    if len(values) > 8:
        return {f"N_{side}": None if None in values else math.prod(size for size in values if size is not None)}
    letters = ["", "D", "LD", "HWD", "ZHWD"][len(values)] if len(values) < 5 else ""
    if channels_first and len(letters) > 1:
        letters = "D" + letters[:-1]
    names = [f"{letter}_{side}" for letter in letters] or [f"N_{i}" for i in range(1, len(values) + 1)]
    return dict(zip(names, values, strict=True))


def product(names: Iterable[str]) -> str:
    """The text of a product: `"H_in * W_in"`; of nothing it is 1."""
    return " * ".join(names) or "1"


def total(name: str, terms: Sequence[int | None], limit: int = 8) -> Formula:
    """The formula of a sum, `D_1 + D_2 + D_3`; behind the first few of a long one the rest is one term."""
    values = {f"{name}_{i}": term for i, term in enumerate(terms[:limit], start=1)}
    if len(terms) > limit:
        rest = terms[limit - 1 :]
        del values[f"{name}_{limit}"]
        values[f"{name}_others"] = None if None in rest else sum(term for term in rest if term is not None)
    return Formula(" + ".join(values), **values)


def known(size: int | None, what: str) -> int:
    """A size that Keras has to know before it can make a weight."""
    if size is None:
        raise LayerError(f"{what} of the input must be known, got None")
    return size


def times(values: Iterable[int | None]) -> str:
    """Sizes as a reader writes them: `56 × 56`."""
    return " × ".join(str(value) for value in values)


def lora(args: Arguments, found: Outcome) -> Outcome:
    """The outcome of a layer whose first weight is adapted by `lora_rank`: that one is frozen, and two thin ones added.

    Source: E. Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models" (2021).
    """
    if not args.get("lora_rank", None):
        return found
    assert found.params is not None  # only layers with a kernel take a rank
    rank, kernel = args.integer("lora_rank"), found.weights[0]
    thin = {"rank": rank, "N_before": math.prod(kernel.shape[:-1]), "N_last": kernel.shape[-1]}
    added = (
        Weight(f"lora_{kernel.name}_a", (*kernel.shape[:-1], rank), Formula("N_before * rank", **thin)),
        Weight(f"lora_{kernel.name}_b", (rank, kernel.shape[-1]), Formula("rank * N_last", **thin)),
    )
    return found._replace(
        weights=(kernel._replace(trainable=False), *found.weights[1:], *added),
        params=Formula(f"{found.params.text} + rank * (N_before + N_last)", **found.params.values, **thin),
        notes=(*found.notes, f"{kernel.name} is frozen: lora_rank {rank} trains two thin ones in its place"),
    )
