"""Who is called on what, as Keras 3 and Keras 2 spell it."""

from collections.abc import Mapping
from typing import Any, TypeGuard

from cnnnotes._reading.architecture import Call, Layer, TensorRef, flattened
from cnnnotes._reading.parsing import checked_shape, fields, text_or_none
from cnnnotes.layers._errors import ReadError, shown

MAX_ARGUMENT_NESTING = 32  # how deep lists may stand in the arguments of a call


def in_keras_3_style(entry: dict[str, Any]) -> bool:
    nodes = entry.get("inbound_nodes")
    return isinstance(nodes, list) and bool(nodes) and isinstance(nodes[0], dict) and "args" in nodes[0]


class Calls:
    """Reads who is called on what: Keras 3 writes the arguments of a call, in which each tensor is an object with its
    `keras_history`; Keras 2 writes that history alone, `["layer", call, tensor, {…}]`, keyword arguments in its end."""

    def __init__(self, layers: Mapping[str, Layer], keras_3: bool):
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
        found = tuple(flattened(self._read(value, place, {}, end=True)))
        if not found:
            raise ReadError(f'{place}: expected ["layer", 0, 0], or several of them, got {shown(value)}')
        return found

    def _call(self, node: Any, place: str) -> Call:
        if not isinstance(node, list | dict) or not node:
            raise ReadError(f"{place}: expected what the layer is called on, got {shown(node)}")
        kwargs: dict[str, Any] = {}
        if isinstance(node, dict) and "args" in node:
            given, kwargs = node["args"], node.get("kwargs") or {}
            if not isinstance(given, list) or not isinstance(kwargs, dict):
                raise ReadError(f"{place}: args must be a list and kwargs an object, got {shown(node)}")
            args = tuple(self._read(arg, place) for arg in given)
        else:
            first = self._read(node, place, kwargs)
            args = (first[0],) if isinstance(first, list) and len(first) == 1 else (first,)
        return Call(args, {key: self._read(value, place) for key, value in kwargs.items() if value is not None})

    def _read(
        self, value: Any, place: str, keywords: dict[str, Any] | None = None, depth: int = 0, end: bool = False
    ) -> Any:
        """A value in which tensors are `TensorRef`s. In `keywords` those that Keras 2 wrote are gathered; without it a
        list is only taken for a tensor if it begins with a layer's name."""
        if depth > MAX_ARGUMENT_NESTING:
            raise ReadError(f"{place}: arguments are nested deeper than {MAX_ARGUMENT_NESTING}")
        if _is_history(value) and (keywords is not None or value[0] in self.layers):
            if keywords is not None and len(value) == 4:
                keywords.update(value[3])
            return value[2] if value[0] == "_CONSTANT_VALUE" else self._of_nested(TensorRef(*value[:3]), end)
        if isinstance(value, list):
            return [self._read(item, place, keywords, depth + 1, end) for item in value]
        if not isinstance(value, dict):
            return value
        if value.get("class_name") == "__keras_tensor__":
            return _keras_tensor(value.get("config"), place)
        if value.get("class_name") is not None:  # a slice, a constant, a dtype: left as it is written
            return value
        return {key: self._read(item, place, keywords, depth + 1, end) for key, item in value.items()}

    def _of_nested(self, ref: TensorRef, end: bool) -> TensorRef:
        """Counts the calls of a nested model from 0: Keras counts its own graph as the first, but for Keras 3 only
        where it lists a model's inputs and outputs, and never for a Sequential."""
        nested = self.layers[ref.layer].nested if ref.layer in self.layers else None
        counted = nested is not None and (
            nested.kind == "functional" or (bool(nested.input_layers) and not (end and self.keras_3))
        )
        return ref._replace(call=ref.call - 1) if counted and ref.call > 0 else ref


def _keras_tensor(config: Any, place: str) -> TensorRef:
    config = fields(config)
    history = config.get("keras_history")
    if not _is_history(history) or history[0] == "_CONSTANT_VALUE":
        raise ReadError(f'{place}: a tensor must have a keras_history ["layer", 0, 0], got {shown(history)}')
    shape = config.get("shape")
    return TensorRef(
        history[0],
        history[1],
        history[2],
        shape=None if shape is None else checked_shape(shape, f"{place}: shape of {shown(history[0])}'s output"),
        dtype=text_or_none(config.get("dtype")),
    )


def _is_history(value: Any) -> TypeGuard[list[Any]]:
    """Whether a value is `["layer", call, tensor]`, with or without the keyword arguments of Keras 2 after it."""
    if type(value) is not list or not 3 <= len(value) <= 4 or type(value[0]) is not str:
        return False
    if len(value) == 4 and not isinstance(value[3], dict):
        return False
    return value[0] == "_CONSTANT_VALUE" or all(type(number) is int and number >= 0 for number in value[1:3])
