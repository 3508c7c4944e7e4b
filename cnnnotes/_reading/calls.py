"""Who is called on what, as Keras 3 and Keras 2 spell it."""

from __future__ import annotations

from typing import Any

from cnnnotes._reading.architecture import Call, Layer, TensorRef
from cnnnotes._reading.parsing import checked_shape
from cnnnotes.layers._errors import ReadError, shown

MAX_ARGUMENT_NESTING = 32
"""How deep lists may stand in the arguments of a call."""


def in_keras_3_style(entry: dict[str, Any]) -> bool:
    nodes = entry.get("inbound_nodes")
    return isinstance(nodes, list) and bool(nodes) and isinstance(nodes[0], dict) and "args" in nodes[0]


class Calls:
    """Reads who is called on what, in the spelling of Keras 3 and in that of Keras 2."""

    def __init__(self, layers: dict[str, Layer], keras_3: bool):
        self.layers = layers
        self.keras_3 = keras_3

    def of_layer(self, nodes: Any, layer: Layer) -> tuple[Call, ...]:
        place = f"layer {shown(layer.name)}: inbound_nodes"
        if not isinstance(nodes, list):
            raise ReadError(f"{place} must be a list, got {shown(nodes)}")
        if layer.operation and len(nodes) > 1 and all(map(_is_history, nodes)):
            nodes = [nodes]  # an operation of Keras 2 on a list of tensors
        return tuple(self._call(node, place) for node in nodes)

    def ends(self, value: Any, place: str) -> tuple[TensorRef, ...]:
        """The tensors that a model takes or gives, in Keras's order."""
        found = list(Call((self._legacy(value, place, {}, 0, end=True),)).tensors()) if value else []
        if not found:
            raise ReadError(f'{place}: expected ["layer", 0, 0], or several of them, got {shown(value)}')
        return tuple(found)

    def _call(self, node: Any, place: str) -> Call:
        if isinstance(node, dict) and "args" in node:
            args, kwargs = node["args"], node.get("kwargs") or {}
            if not isinstance(args, list) or not isinstance(kwargs, dict):
                raise ReadError(f"{place}: args must be a list and kwargs an object, got {shown(node)}")
            read_kwargs = {key: self._value(value, place, 0) for key, value in kwargs.items() if value is not None}
            return Call(tuple(self._value(arg, place, 0) for arg in args), read_kwargs)
        if not isinstance(node, list | dict) or not node:
            raise ReadError(f"{place}: expected what the layer is called on, got {shown(node)}")
        found: dict[str, Any] = {}
        args = self._legacy(node, place, found, 0)
        args = args[0] if isinstance(args, list) and len(args) == 1 else args
        kwargs = {key: self._tensor_or_value(value, place) for key, value in found.items() if value is not None}
        return Call((args,), kwargs)

    def _value(self, value: Any, place: str, depth: int) -> Any:
        """An argument as Keras 3 writes it; a tensor is a `__keras_tensor__` with its history."""
        if type(value) is list:
            if depth > MAX_ARGUMENT_NESTING:
                raise ReadError(f"{place}: arguments are nested deeper than {MAX_ARGUMENT_NESTING}")
            return [self._value(item, place, depth + 1) for item in value]
        if type(value) is not dict:
            return value
        kind = value.get("class_name")
        if kind == "__keras_tensor__":
            return self._keras_tensor(value.get("config"), place)
        if kind is not None:  # a slice, a constant, a dtype: left as it is written
            return value
        if depth > MAX_ARGUMENT_NESTING:
            raise ReadError(f"{place}: arguments are nested deeper than {MAX_ARGUMENT_NESTING}")
        return {key: self._value(item, place, depth + 1) for key, item in value.items()}

    def _keras_tensor(self, config: Any, place: str) -> TensorRef:
        history = config.get("keras_history") if isinstance(config, dict) else None
        if not isinstance(history, list) or not _is_history(history):
            raise ReadError(f'{place}: a tensor must have a keras_history ["layer", 0, 0], got {shown(history)}')
        shape = config.get("shape")
        dtype = config.get("dtype")
        return TensorRef(
            *self._known(history, place),
            None if shape is None else checked_shape(shape, f"{place}: shape of {shown(history[0])}'s output"),
            dtype if isinstance(dtype, str) else None,
        )

    def _legacy(self, value: Any, place: str, kwargs: dict[str, Any], depth: int, end: bool = False) -> Any:
        """Lists and dicts of `["layer", 0, 0, {…}]`, as Keras 2 wrote them; its last part is gathered in `kwargs`."""
        if _is_history(value):
            if len(value) == 4:
                kwargs.update(value[3])
            if value[0] == "_CONSTANT_VALUE":
                return value[2]
            return self._of_nested(TensorRef(*self._known(value, place)), end)
        if depth > MAX_ARGUMENT_NESTING:
            raise ReadError(f"{place}: nested deeper than {MAX_ARGUMENT_NESTING}")
        if isinstance(value, list):
            return [self._legacy(item, place, kwargs, depth + 1, end) for item in value]
        if isinstance(value, dict):
            return {key: self._legacy(item, place, kwargs, depth + 1, end) for key, item in value.items()}
        raise ReadError(f'{place}: expected ["layer", 0, 0], got {shown(value)}')

    def _tensor_or_value(self, value: Any, place: str, depth: int = 0) -> Any:
        """An argument by name, as Keras 2 wrote it: a tensor is a list that begins with a layer's name."""
        if _is_history(value) and value[0] in self.layers:
            return self._of_nested(TensorRef(*self._known(value, place)), end=False)
        if depth < MAX_ARGUMENT_NESTING and type(value) is list:
            return [self._tensor_or_value(item, place, depth + 1) for item in value]
        if depth < MAX_ARGUMENT_NESTING and type(value) is dict:
            return {key: self._tensor_or_value(item, place, depth + 1) for key, item in value.items()}
        return value

    def _known(self, history: list[Any], place: str) -> tuple[str, int, int]:
        if history[0] not in self.layers:
            raise ReadError(f"{place}: takes its input from {shown(history[0])}, which is no layer of this model")
        return history[0], history[1], history[2]

    def _of_nested(self, ref: TensorRef, end: bool) -> TensorRef:
        """Counts the calls of a nested model from 0: Keras counts its own graph as the first, but for Keras 3 only
        where it lists a model's inputs and outputs, and never for a Sequential."""
        nested = self.layers[ref.layer].nested
        counted = nested is not None and (
            nested.kind == "functional" or (bool(nested.input_layers) and not (end and self.keras_3))
        )
        return ref._replace(call=ref.call - 1) if counted and ref.call > 0 else ref


def _is_history(value: Any) -> bool:
    """Whether a value is `["layer", call, tensor]`, with or without the keyword arguments of Keras 2 after it."""
    if type(value) is not list or not 3 <= len(value) <= 4 or type(value[0]) is not str:
        return False
    if value[0] == "_CONSTANT_VALUE":
        return len(value) == 3 or isinstance(value[3], dict)
    numbers = all(type(number) is int and number >= 0 for number in value[1:3])
    return numbers and (len(value) == 3 or isinstance(value[3], dict))
