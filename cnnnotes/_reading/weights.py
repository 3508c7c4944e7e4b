"""The sizes of the weights that a file holds, by the layers that have them: for layers that no rule is known of."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

from cnnnotes._reading.architecture import Architecture, Layer, Recorded, Shape
from cnnnotes._reading.parsing import MAX_JSON
from cnnnotes.layers import layer_type
from cnnnotes.layers._errors import ReadError

MAX_WEIGHTS = 1_000_000  # the most weights of a file that are looked at

Stored = dict[str, int]  # the number of stored weights, by the name of their layer


def needed(architecture: Architecture) -> bool:
    """Whether a layer is in a model that only stored weights can tell the size of."""
    return any(
        needed(layer.nested)
        if layer.nested
        else not layer.operation and (layer.custom or layer_type(layer.rule or layer.type) is None)
        for layer in architecture.layers
    )


def with_sizes(architecture: Architecture, stored: Stored) -> Architecture:
    """The architecture, each layer with the number of its stored weights."""
    layers = []
    for layer in architecture.layers if stored else ():
        if layer.nested:
            layer = layer._replace(nested=with_sizes(layer.nested, stored))
        elif layer.recorded.params is None and layer.name in stored:
            layer = layer._replace(recorded=layer.recorded._replace(params=stored[layer.name]))
        layers.append(layer)
    return architecture._replace(layers=tuple(layers)) if stored else architecture


def by_component(weights: Iterable[tuple[str, Shape]]) -> Stored:
    """Weights by each part of their path (`model/dense/kernel`), one of which is their layer's name."""
    found: Stored = {}
    for path, shape in weights:
        for part in dict.fromkeys(path.split("/")[:-1]):
            found[part] = found.get(part, 0) + math.prod(size or 0 for size in shape)
    return found


def text(attributes: Any, name: str) -> Any:
    """The text, or the list of texts, in an attribute; `None` of any other: in a broken file, HDF5 crashes on some."""
    if name not in attributes or type(attributes.get_id(name).get_type()).__name__ != "TypeStringID":
        return None
    if attributes.get_id(name).get_storage_size() > MAX_JSON:
        raise ReadError(f"{name} is longer than {MAX_JSON:,} bytes, which is the most that is read")
    value = attributes[name]
    items = [value] if isinstance(value, str | bytes) else getattr(value, "flat", ())
    found = [item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item) for item in items]
    return found[0] if isinstance(value, str | bytes) else found


def of_h5(root: Any) -> Stored:
    """The weights in an open HDF5 file, as Keras 1 to 3 lay them out; of other files none."""
    top = root.get("model_weights", root)
    if "layer_names" in top.attrs:
        return by_component(_places(top))
    found: Stored = {}
    for path, shape in _places(root):
        within, vars_, _ = path.partition("/vars/")
        if vars_ and not within.startswith(("optimizer", "_optimizer")):
            name = str(text(root[f"{within}/vars"].attrs, "name") or within.rpartition("/")[2])
            found[name] = found.get(name, 0) + math.prod(shape)
    return found


def _places(root: Any) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The path and the shape of each array."""
    stack: list[tuple[str, Any]] = [("", root)]
    count = 0
    while stack:
        path, item = stack.pop()
        if hasattr(item, "shape"):
            yield path, tuple(item.shape or ())
            continue
        for name in reversed(list(item)):
            count += 1
            if count > MAX_WEIGHTS:
                raise ReadError(f"holds more than {MAX_WEIGHTS:,} weights and groups, the most that are read")
            link = item.get(name, getlink=True)
            if type(link).__name__ == "HardLink":  # others lead to other files
                stack.append((f"{path}/{name}" if path else name, item[name]))


def weights_only(root: Any, source: str) -> Architecture:
    """The layers of a file that `save_weights` wrote: their names and the sizes of their weights, nothing else."""
    stored, names = of_h5(root), text(root.attrs, "layer_names")
    if isinstance(names, list):
        stored = {name: stored.get(name, 0) for name in names}
    if not stored:
        inside = ", ".join(map(repr, list(root)[:3])) or "nothing"
        raise ReadError(f"is an HDF5 file without a Keras model in it; it holds {inside}")
    note = (
        "weights without a model, as save_weights writes them: the file doesn't say of which types the layers are, "
        "how they are connected, or what shapes they give"
    )
    layers = tuple(Layer(name, "?", recorded=Recorded(params=count)) for name, count in stored.items())
    return Architecture(source or "weights", layers, "weights", source=source, notes=(note,))
