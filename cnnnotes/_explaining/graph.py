"""The calls of an architecture in an order in which each comes after those that feed it."""

from __future__ import annotations

from typing import NamedTuple

from cnnnotes._reading.architecture import Architecture, Call, Layer, TensorRef
from cnnnotes.layers._errors import ReadError, shown


class Node(NamedTuple):
    """One call of a layer."""

    layer: Layer
    number: int
    """Which of the layer's calls it is, counted from 0."""
    call: Call | None
    """`None` for an input, and for a layer that its source does not connect to anything."""
    sources: tuple[tuple[int, TensorRef], ...]
    """For each tensor it is called on, the number of the node that it comes from, and the tensor."""


class Graph(NamedTuple):
    """All calls of a model."""

    nodes: tuple[Node, ...]
    order: tuple[int, ...]
    """The numbers of the nodes, each after those that it takes its inputs from."""
    at: dict[str, int]
    """For each layer the number of its first node; those of its other calls follow."""
    recorded: dict[tuple[str, int, int], TensorRef]
    """What the source says of the shapes and dtypes of tensors, by layer, call and output."""

    def last(self, layer: Layer) -> int:
        """The number of a layer's last node."""
        return self.at[layer.name] + max(len(layer.calls), 1) - 1


def graph(architecture: Architecture) -> Graph:
    """The graph of an architecture; walked without recursion, so that no chain is too long.

    **Raises** `ReadError` for a tensor from nowhere and for layers that feed each other in a circle.
    """
    layers = (*architecture.input_layers, *architecture.layers)
    at: dict[str, int] = {}
    count = 0
    for layer in layers:
        at[layer.name] = count
        count += max(len(layer.calls), 1)
    nodes: list[Node] = []
    recorded: dict[tuple[str, int, int], TensorRef] = {}
    by_name = {layer.name: layer for layer in layers}
    for layer in layers:
        for index, call in enumerate(layer.calls or (None,)):
            refs = tuple(call.tensors()) if call else ()
            for ref in refs:
                recorded[ref[:3]] = ref
            nodes.append(Node(layer, index, call, tuple((_node_of(ref, layer, at, by_name), ref) for ref in refs)))
    for ref in (*architecture.inputs, *architecture.outputs):
        _node_of(ref, None, at, by_name)
    return Graph(tuple(nodes), _ordered(nodes), at, recorded)


def _node_of(ref: TensorRef, layer: Layer | None, at: dict[str, int], by_name: dict[str, Layer]) -> int:
    source = by_name.get(ref.layer)
    place = f"layer {shown(layer.name)}" if layer else "the model's inputs and outputs"
    if source is None:
        raise ReadError(f"{place}: takes its input from {shown(ref.layer)}, which is no layer of this model")
    if ref.call >= max(len(source.calls), 1):
        raise ReadError(f"{place}: takes its input from call {ref.call} of {shown(ref.layer)}, which has none such")
    return at[ref.layer] + ref.call


def _ordered(nodes: list[Node]) -> tuple[int, ...]:
    """Kahn's algorithm."""
    followers: list[list[int]] = [[] for _ in nodes]
    missing = [0] * len(nodes)
    for number, node in enumerate(nodes):
        for source, _ in node.sources:
            followers[source].append(number)
            missing[number] += 1
    order = [number for number, count in enumerate(missing) if not count]
    for number in order:  # grows while it is walked
        for follower in followers[number]:
            missing[follower] -= 1
            if not missing[follower]:
                order.append(follower)
    if len(order) < len(nodes):
        stuck = next(number for number, count in enumerate(missing) if count)
        raise ReadError(f"layer {shown(nodes[stuck].layer.name)}: its inputs depend on its own output, in a circle")
    return tuple(order)
