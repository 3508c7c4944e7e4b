"""The layer types that are known: what each states of itself, and its rule."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from cnnnotes.layers._arguments import MAX_INTEGER, Argument, Arguments, class_and_config, stated
from cnnnotes.layers._errors import LayerError, NoRule, shown
from cnnnotes.layers._outcomes import MAX_AXES, Outcome, Shape, has_axes

MAX_WRAPPED = 16  # the most layers that may stand within one another, `TimeDistributed` in `TimeDistributed` and so on

Rule = Callable[..., Outcome]  # a rule takes the layer's arguments, then the shape of each input
Unknown = Callable[[Mapping[str, Any], Sequence[Shape]], Outcome]

_SHAPES: dict[int, Shape] = {1: (None, 128, 8), 2: (None, 32, 32, 3), 3: (None, 16, 16, 16, 1)}
COMMON = stated("name=None trainable=True dtype=None autocast=True activity_regularizer=None")  # every layer's
# What Keras takes, or took, with a warning at most: the input that a layer is the first to get.
_WARNED = ("input_shape", "input_dim", "input_length", "batch_input_shape", "weights")


class LayerType(NamedTuple):
    """All that is stated of a layer type, once; the rule, the fixes, the candidates and the command line read it."""

    name: str
    rule: Rule
    statement: str  # its arguments as `stated` reads them
    rank: int | None
    """The number of spatial axes of a 1D, 2D or 3D layer."""
    inputs: tuple[int, int | None]
    """The fewest and the most inputs of one call; `None`: any number."""
    axes: tuple[int, int]
    """The fewest and the most axes of each input, batch counted."""
    tensors: tuple[str, ...]
    """The call's arguments that are tensors, in the order that the rule takes them in; empty: as they come."""
    aliases: tuple[str, ...]
    """The other names that it is known by."""
    hidden: str  # the arguments that change neither shape nor number of parameters
    given: Mapping[str, Any]
    shapes: tuple[Shape, ...]
    unlisted: bool

    @property
    def arguments(self) -> dict[str, Argument]:
        """Its own arguments by name, in Keras's order."""
        return stated(self.statement)

    @property
    def defaults(self) -> dict[str, Any]:
        """The default of each argument that has one."""
        return {name: each.default for name, each in self.arguments.items() if not each.required}

    @property
    def unseen(self) -> frozenset[str]:
        """The arguments that a summary's row tells nothing of."""
        return frozenset(self.arguments if self.hidden == "*" else self.hidden.split()) & self.arguments.keys()

    @property
    def assumed(self) -> dict[str, Any]:
        """A value for each argument that must be given and that a summary's row tells nothing of: any value does."""
        return {name: self.example[0][name] for name in self.unseen if self.arguments[name].required}

    @property
    def example(self) -> tuple[dict[str, Any], tuple[Shape, ...]]:
        """Arguments and input shapes that work."""
        sampled = {name: each.sample for name, each in self.arguments.items() if each.required}
        return {**sampled, **self.given}, self.shapes

    @property
    def wants_sequence(self) -> bool:
        """Whether it goes over `(batch, steps, values)`, as a recurrent layer does."""
        return self.rank is None and (self.name == "Bidirectional" or "return_sequences" in self.arguments)

    def axis_names(self, count: int, data_format: str | None = None) -> list[str]:
        """What the axes after the batch of an output of so many are called: by number where it is no map."""
        if self.name != "DepthMaxPool" and (self.rank is None or count not in (1, self.rank + 1)):
            return [f"axis {number + 1}" for number in range(count)]
        names = [*(["length"] if count == 2 else ["depth", "height", "width"][4 - count :]), "channels"]
        return names[-1:] + names[:-1] if data_format == "channels_first" else names

    def takes(self, argument: str) -> bool:
        """Whether it has an argument of this name, its own or one that every layer has."""
        return argument in self.arguments or argument in COMMON or argument in _WARNED


_types: dict[str, LayerType] = {}


def rule(
    names: str,
    arguments: str | Mapping[int, str] = "",  # with defaults and kinds, see `stated`; where the forms differ, by rank
    *,
    ranks: Sequence[int] = (1, 2, 3),  # which of the 1D, 2D and 3D forms there are
    inputs: int | tuple[int, int | None] = 1,  # how many a call takes, or the fewest and the most
    axes: int | tuple[int, int] | None = None,  # the fewest of an input, or both; else a map's of that rank, or any
    tensors: tuple[str, ...] = (),  # the names of the call's tensors, where it takes them by name
    unseen: str = "",  # the arguments that change neither shape nor number of parameters; `*` for all
    # what works, where a positive size of 16, three for each axis, a rate of 0.5 and an image don't
    example: Mapping[str, Any] | None = None,
    shapes: Sequence[Shape] | Mapping[int, Sequence[Shape]] = (),
    unlisted: bool = False,  # whether it is no layer type of Keras 3: an older one, or a whole network
) -> Callable[[Rule], Rule]:
    """Registers a function as the rule of these layer types.

    The names are separated by spaces, each with its other names after a bar: `"Conv{}D|Convolution{}D"`. One that holds
    `{}` stands for the 1D, 2D and 3D forms.
    """
    count = (inputs, inputs) if isinstance(inputs, int) else inputs

    def register(function: Rule) -> Rule:
        forms = ((name, rank) for name in names.split() for rank in (ranks if "{}" in name else (None,)))
        for name, rank in forms:
            own, *aliases = name.replace("{}", str(rank)).split("|")
            text = arguments if isinstance(arguments, str) else arguments[rank or 0]
            given = shapes[rank or 0] if isinstance(shapes, Mapping) else shapes or (_SHAPES[rank or 2],) * count[0]
            bounds = axes or ((rank + 2, rank + 2) if rank else 1)
            bounds = (bounds, MAX_AXES) if isinstance(bounds, int) else bounds
            values = (rank, count, bounds, tensors, tuple(aliases), unseen, example or {}, tuple(given), unlisted)
            _types.update(dict.fromkeys((own, *aliases), LayerType(own, function, text, *values)))
        return function

    return register


def layer_type(name: str) -> LayerType | None:
    """What is known of a Keras layer type, under any of its names; `None` for one that is not known.

    ```python
    from cnnnotes.layers import layer_type

    conv = layer_type("Conv2D")
    assert (conv.rank, conv.inputs, conv.arguments["padding"].choices) == (2, (1, 1), ("valid", "same"))
    ```
    """
    return _types.get(name)


def known_types() -> tuple[str, ...]:
    """The names of the layer types of Keras 3 that a rule is known for, aliases too."""
    return tuple(name for name, found in _types.items() if not found.unlisted)


def outcome(
    layer_type: str,
    arguments: Mapping[str, Any],
    inputs: Sequence[Shape],
    call: Mapping[str, Any] | None = None,
    unknown: Unknown | None = None,
    depth: int = 0,
) -> Outcome:
    """What a layer of this type and with these arguments makes of these inputs.

    **Arguments**

    - `layer_type`: the Keras class name, `"Conv2D"`.
    - `arguments`: the layer's arguments as Keras spells them; those left out take Keras's defaults.
    - `inputs`: the shape of each input, batch first.
    - `call`: what the layer is called with beside tensors, `{"return_attention_scores": True}`.
    - `unknown`: is asked for a wrapped layer without a rule, such as a nested model: its JSON, and its inputs.
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
    found = _types.get(layer_type)
    if found is None:
        raise NoRule(f"no rule is known for a layer of type {shown(layer_type)}")
    low, high = found.inputs
    if len(inputs) < low or (high is not None and len(inputs) > high):
        number = f"at least {low}" if high is None else f"{low} to {high}" if high > low else f"{low}"
        names = f" ({', '.join(found.tensors)})" if found.tensors else ""
        raise LayerError(f"takes {number} input{'s' * (high != 1)}{names}, got {len(inputs) or 'none'}")
    for shape in inputs:
        wrong = [each for each in shape if each is not None and not (type(each) is int and 0 <= each <= MAX_INTEGER)]
        if wrong or len(shape) > MAX_AXES:
            raise LayerError(f"an input must have at most {MAX_AXES} axes, each below 2^63, got {shown(shape)}")
        has_axes(shape, *found.axes)
    args = Arguments(dict(arguments), found.arguments, found.rank or 0, call or {}, unknown, depth)
    args.check()
    return found.rule(args, *inputs)


def wrapped(args: Arguments, name: str, serialized: Any, *inputs: Shape) -> Outcome:
    """The outcome of a layer that stands in the argument `name`, written as its `class_name` and `config`."""
    kind, config = class_and_config(name, serialized)
    if args.depth >= MAX_WRAPPED:
        raise LayerError(f"{name} must not wrap more than {MAX_WRAPPED} layers")
    if kind not in _types and args.unknown is not None:
        return args.unknown(serialized, inputs)
    found = outcome(kind, config, inputs, unknown=args.unknown, depth=args.depth + 1)
    if config.get("trainable") is False:  # frozen within a wrapper that isn't
        found = found._replace(weights=tuple(weight._replace(trainable=False) for weight in found.weights))
    return found
