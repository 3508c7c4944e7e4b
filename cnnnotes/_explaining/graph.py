"""The calls of an architecture in an order in which each comes after those that feed it."""

from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from cnnnotes._reading.architecture import Architecture, Call, Layer, Origin, TensorRef
from cnnnotes.layers._errors import ReadError, shown


class Node(NamedTuple):
    """One call of a layer."""

    layer: Layer
    number: int  # which of the layer's calls it is, counted from 0
    call: Call | None  # `None` for an input, and for a layer that its source does not connect to anything
    sources: tuple[tuple[int, TensorRef], ...]
    """For each tensor it is called on, the number of the node that it comes from, and the tensor."""


class Graph(NamedTuple):
    """All calls of a model."""

    nodes: tuple[Node, ...]
    order: tuple[int, ...]  # the numbers of the nodes, each after those that it takes its inputs from
    at: dict[tuple[str, int], int]  # the number of the node of each layer and call
    ends: tuple[int, ...]  # the numbers of the nodes that the model's outputs come from
    recorded: dict[Origin, TensorRef]  # what the source says of the shapes and dtypes of tensors

    def calls(self, layer: Layer) -> list[int]:
        """The numbers of a layer's nodes."""
        return [self.at[layer.name, number] for number in range(max(len(layer.calls), 1))]


def graph(architecture: Architecture) -> Graph:
    """The graph of an architecture; walked without recursion, so that no chain is too long."""
    layers = (*architecture.input_layers, *architecture.layers)
    calls = [(layer, number, call) for layer in layers for number, call in enumerate(layer.calls or (None,))]
    at = {(layer.name, number): i for i, (layer, number, _) in enumerate(calls)}

    def node_of(ref: TensorRef, place: str) -> int:
        if (ref.layer, ref.call) not in at:
            what = f"has no call {ref.call}" if (ref.layer, 0) in at else "is no layer of this model"
            raise ReadError(f"{place}: takes its input from {shown(ref.layer)}, which {what}")
        return at[ref.layer, ref.call]

    nodes = []
    for layer, number, call in calls:
        place = f"layer {shown(layer.name)}"
        sources = tuple((node_of(ref, place), ref) for ref in call.tensors()) if call else ()
        nodes.append(Node(layer, number, call, sources))
    ends = [node_of(ref, "the model's inputs and outputs") for ref in (*architecture.inputs, *architecture.outputs)]
    sorter = TopologicalSorter(dict.fromkeys(range(len(nodes)), ()))
    for i, node in enumerate(nodes):
        sorter.add(i, *(source for source, _ in node.sources))
    try:
        order = tuple(sorter.static_order())
    except CycleError as error:
        name = shown(nodes[error.args[1][0]].layer.name)
        raise ReadError(f"layer {name}: its inputs depend on its own output, in a circle") from None
    recorded = {ref.origin: ref for node in nodes for _, ref in node.sources}
    return Graph(tuple(nodes), order, at, tuple(ends[len(architecture.inputs) :]), recorded)
