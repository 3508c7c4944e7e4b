"""An architecture: what a file, a text or a live model says, before anything is computed from it. A stack of layers is
written like any other graph: each layer is called on the one before."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Shape = tuple[int | None, ...]  # sizes with the batch first; `None` is a size that is not known
Origin = tuple[str, int, int]  # a layer's name, the number of its call, the number of the output


class TensorRef(NamedTuple):
    """A tensor by where it comes from: the output number `tensor` of the call number `call` of a layer."""

    layer: str
    call: int = 0
    tensor: int = 0
    shape: Shape | None = None  # the shape that the source records for it, where it does
    dtype: str | None = None  # the dtype that the source records for it, where it does

    @property
    def origin(self) -> Origin:
        """Where it comes from, without what is recorded of it: the same for all mentions of one tensor."""
        return self[:3]


class Call(NamedTuple):
    """One use of a layer: what is handed to it, tensors as `TensorRef`, anything else as the source has it."""

    args: Sequence[Any] = ()
    kwargs: Mapping[str, Any] = {}

    def tensors(self) -> Iterator[TensorRef]:
        """All tensors, positional ones first, in the order in which Keras flattens them (a dict by its sorted keys)."""
        return flattened([*self.args, *self.kwargs.values()])

    def asked(self, names: Sequence[str]) -> tuple[list[TensorRef], dict[str, Any]]:
        """The tensors that a rule takes, in its order, and what else the layer is called with by name. Without `names`
        they are all in the first argument; others hold masks and states, which no shape depends on."""
        options = {name: value for name, value in self.kwargs.items() if not any(True for _ in flattened(value))}
        if not names:
            first = self.args[0] if self.args else next((v for k, v in self.kwargs.items() if k not in options), ())
            return list(flattened(first)), options
        given = {**dict(zip(names, self.args, strict=False)), **self.kwargs}
        return [ref for name in names for ref in flattened(given.get(name))], options


class Array(NamedTuple):
    """A weight: the same `key` wherever the same array is met."""

    key: Hashable
    size: int
    trainable: bool | None


class Recorded(NamedTuple):
    """What a source says about the outcome of a layer."""

    outputs: tuple[Shape, ...] | None = None  # of its last call; `None` where the source is silent, or says "multiple"
    params: int | None = None  # its number of weights, where a summary gives it in full, or a file's weights tell it
    params_text: str = ""  # that number as a pasted summary prints it: `"1,315,…"`, `"0 (unbuilt)"`
    unbuilt: bool = False  # whether a pasted summary says that it has no weights yet, not having been called
    cut_output: Shape | None = None  # of an output shape that a pasted summary cuts: the last size may have lost digits
    after_gap: bool = False  # whether rows that it depends on are left out of a pasted summary: its inputs are unknown
    build_shapes: tuple[Shape, ...] = ()  # the input shapes that it was built with
    inputs: tuple[tuple[Shape, ...], ...] = ()  # those that a pasted summary leaves for its last call, likeliest first
    arrays: tuple[Array, ...] | None = None  # of a live layer that is built: its weights, those of wrapped layers too


class Layer(NamedTuple):
    """One layer (or raw operation) of a model, as its source describes it."""

    name: str
    type: str  # the Keras class name, `"Conv2D"`
    config: Mapping[str, Any] | None = None  # its arguments; `None` where the source does not have them (a summary)
    calls: tuple[Call, ...] = ()
    trainable: bool = True
    dtype: str = "float32"  # the name of its dtype policy: `"float32"`, `"mixed_float16"`
    registered_name: str | None = None
    operation: str = ""  # of a raw operation, which a summary lists beside the layers (`x * 2`), the kind: `"Multiply"`
    code: str | None = None  # what code of its author's it carries, which is never run: `"a Lambda's function"`
    custom: bool = False  # whether its class is its author's: then the rule of a Keras layer of its name isn't its rule
    nested: "Architecture | None" = None  # the layers of a nested model
    recorded: Recorded = Recorded()
    rule: str = ""  # the type whose rule it has, where that isn't its own: `"Concatenate"` of a `Merge` of Keras 1
    shared_id: int | None = None  # the same for layers that are one object, in whichever nested models they stand


class WrappedModel(dict[str, Any]):
    """A model among the arguments of a layer (`TimeDistributed`): what its file has for it, and what was read there."""

    architecture: "Architecture"


class Footer(NamedTuple):
    """The totals that a source states; `None` where it doesn't, or where they are cut off."""

    total: int | None = None
    trainable: int | None = None
    non_trainable: int | None = None
    optimizer: int | None = None

    @property
    def own(self) -> int | None:
        """The total without the optimizer's numbers."""
        return None if self.total is None else self.total - (self.optimizer or 0)


class Optimizer(NamedTuple):
    """The optimizer of a compiled model."""

    type: str
    config: Mapping[str, Any]
    variables: int | None = None  # how many numbers it keeps, where a live model tells; a file does not
    legacy: bool = False  # whether it is one of Keras 1 or 2, which keep fewer


class Architecture(NamedTuple):
    """A model as its source describes it."""

    name: str
    layers: tuple[Layer, ...]  # in the order of `model.layers`, raw operations where a summary lists them
    kind: str = "functional"  # or "sequential", "subclassed", "weights" of a file with weights alone, or "pasted"
    inputs: tuple[TensorRef, ...] = ()
    outputs: tuple[TensorRef, ...] = ()
    trainable: bool = True
    source: str = ""  # what was read, as error messages and titles name it: `"model.keras"`
    input_layers: tuple[Layer, ...] = ()  # inputs that `model.layers` leaves out, as a Sequential model's does
    optimizer: Optimizer | None = None
    footer: Footer | None = None
    notes: tuple[str, ...] = ()  # what the reader noticed that concerns the whole model ("cut off after row 12")
    legacy: bool = False  # whether Keras 1 or 2 wrote it, which took arguments that Keras 3 refuses


def flattened(value: Any, spend: Callable[[int], object] = int) -> Iterator[TensorRef]:
    """The tensors within nested lists and dicts, in the order in which Keras flattens them; `spend` hears each step."""
    stack = [value]
    while stack:
        spend(1)
        top = stack.pop()
        if isinstance(top, TensorRef):
            yield top
        elif isinstance(top, list | tuple):
            stack.extend(reversed(top))
        elif isinstance(top, dict):
            stack.extend(top[key] for key in sorted(top, key=str, reverse=True))


def mapped(value: Any, change: Callable[[TensorRef], Any]) -> Any:
    """A value in which each tensor within nested lists and dicts is changed."""
    if isinstance(value, TensorRef):
        return change(value)
    if isinstance(value, list | tuple):
        return [mapped(item, change) for item in value]
    if isinstance(value, dict) and "class_name" not in value:
        return {key: mapped(item, change) for key, item in value.items()}
    return value
