"""Attention: each position of a query gathers from all positions of a value, by how well their keys fit.

Multiply-accumulates are those of the matrix products: the projections, the scores (query by key), and the weighted sum
(scores by value). Additive scores are a sum of tanh, no product, and count nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments, is_integer, trained
from cnnnotes.layers._core import read_shape
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._maps import known, one_input
from cnnnotes.layers._outcomes import GLOBAL, Outcome, Shape, Weight, numbered, product, volume
from cnnnotes.layers._registry import rule

_MULTI_HEAD = (
    "sliding_window:size=None flash_attention:flag=None "
    f"{trained(kernel='glorot_uniform', bias='zeros')} use_gate=False seed=None"
)
_QVK = ("query", "value", "key")
_SEQUENCES = ((None, 20, 64), (None, 20, 64))


def _three(inputs: Sequence[Shape], rank: int) -> tuple[Shape, Shape, Shape]:
    """Query, value and key, which is the value where it is left out, as Keras orders them."""
    query, value, key = (one_input([shape], minimum_rank=rank) for shape in (*inputs, inputs[1])[:3])
    return query, value, key


def _positions(shape: Shape) -> int | None:
    return volume(shape[1:-1])


@rule(
    "Attention",
    arguments="use_scale=False score_mode:dot|concat=dot dropout=0.0 seed=None",
    inputs=(2, 3),
    shapes=_SEQUENCES,
)
def attention(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Attention`: scores are dot products, or with `score_mode="concat"` a weighted sum of tanh."""
    mode = args.choice("score_mode")
    weights = [Weight("scale", (), Formula("1"))] if args.flag("use_scale") else []
    if mode == "concat":
        weights.append(Weight("concat_score_weight", (), Formula("1")))
    return _attended(args, inputs, weights, Formula(str(len(weights))) if weights else None, dot=mode == "dot")


@rule("AdditiveAttention", arguments="use_scale=True dropout=0.0", inputs=(2, 3), shapes=_SEQUENCES)
def additive_attention(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`AdditiveAttention`: scores are a sum of tanh, scaled by one trained weight for each channel."""
    query, _, _ = _three(inputs, 2)
    if not args.flag("use_scale"):
        return _attended(args, inputs, [], None, dot=False)
    size = Formula("D_in", D_in=known(query[-1], "the last axis"))
    return _attended(args, inputs, [Weight("scale", (size.value or 0,), size)], size, dot=False)


def _attended(
    args: Arguments, inputs: Sequence[Shape], weights: list[Weight], params: Formula | None, dot: bool
) -> Outcome:
    query, value, key = _three(inputs, 2)
    shapes: tuple[Shape, ...] = ((*query[:-1], value[-1]),)
    if args.call.get("return_attention_scores"):
        shapes += ((*query[:-1], key[-2]),)
    sizes = {"T_q": _positions(query), "T_v": _positions(value), "D": query[-1], "D_value": value[-1]}
    macs = Formula("T_q * T_v * (D + D_value)" if dot else "T_q * T_v * D_value", **sizes)
    return Outcome(shapes=shapes, weights=tuple(weights), params=params, macs=macs, windows=GLOBAL)


class Heads:
    """The projections of a multi-head attention, gathered one by one: their weights, parameters and products."""

    def __init__(self, bias: bool, sizes: dict[str, int | None]):
        self.bias = bias
        self.sizes = sizes
        self.weights: list[Weight] = []
        self.params: list[str] = []
        self.macs: list[str] = []

    def project(self, name: str, positions: str, into: Sequence[str], out: Sequence[str]) -> None:
        """A dense product over the axes `into`, which makes the axes `out`, at so many positions."""
        for kind, axes in (("kernel", (*into, *out)), ("bias", out))[: 1 + self.bias]:
            dims = tuple(known(self.sizes[axis], "the last axis") for axis in axes)
            self.weights.append(Weight(f"{name}/{kind}", dims, Formula(product(axes), **self.sizes)))
        self.params.append(f"({product(into)} + {int(self.bias)}) * {product(out)}")
        self.macs.append(f"{positions} * {product((*into, *out))}")

    def project_all(self, args: Arguments, shared: str, width: str, out: Sequence[str]) -> None:
        """The projections of query, key, gate, value and output; `shared` counts the heads of keys and values."""
        self.project("query", "T_q", ["D_query"], ["heads", "D_head"])
        self.project("key", "T_v", ["D_key"], [shared, "D_head"])
        if args.flag("use_gate"):
            self.project("gate", "T_q", ["D_query"], ["heads", width])
        self.project("value", "T_v", ["D_value"], [shared, width])
        self.project("attention_output", "T_q", ["heads", width], out)

    def outcome(self, shapes: tuple[Shape, ...], scores: str) -> Outcome:
        return Outcome(
            shapes=shapes,
            weights=tuple(self.weights),
            params=Formula(" + ".join(self.params), **self.sizes),
            macs=Formula(" + ".join([*self.macs, scores]), **self.sizes),
            windows=GLOBAL,
        )


def _checked(args: Arguments, inputs: Sequence[Shape], rank: int) -> tuple[Shape, Shape, Shape]:
    """Query, value and key, once what both kinds of multi-head attention ask for is checked."""
    query, value, key = _three(inputs, rank)
    args.optional_integer("sliding_window")
    if args.number("dropout") > 0 and args.get("flash_attention"):
        raise LayerError("dropout must be 0 with flash_attention")
    if value[1:-1] != key[1:-1]:
        raise LayerError(f"value and key must have the same positions, got {value} and {key}")
    return query, value, key


@rule(
    "MultiHeadAttention",
    arguments="num_heads:size key_dim:size value_dim:size=None dropout:0..1=0.0 use_bias=True output_shape:shape=None "
    f"attention_axes:axes=None {_MULTI_HEAD}",
    inputs=(2, 3),
    tensors=_QVK,
    shapes=_SEQUENCES,
)
def multi_head_attention(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`MultiHeadAttention`: H heads, each with its own projections of query, key, value and output."""
    query, value, key = _checked(args, inputs, 2)
    heads, key_dim = args.integer("num_heads"), args.integer("key_dim")
    value_dim = args.optional_integer("value_dim") or key_dim
    wanted = args.get("output_shape")
    out = read_shape("output_shape", (wanted,) if is_integer(wanted) else wanted, 1) if wanted else (query[-1],)
    outs = {"D_out": out[0]} if len(out) == 1 else numbered(out)
    names = {"query": query, "key": key, "value": value}
    found = Heads(
        args.flag("use_bias"),
        {"heads": heads, "D_head": key_dim, "D_vhead": value_dim, "T_q": _positions(query), "T_v": _positions(value)}
        | {f"D_{name}": shape[-1] for name, shape in names.items()}
        | outs
        | {"T_seen": _seen(args, value)},
    )
    found.project_all(args, "heads", "D_vhead", list(outs))
    shapes: tuple[Shape, ...] = ((*query[:-1], *out),)
    if args.call.get("return_attention_scores"):
        shapes += ((query[0], heads, query[1], query[1]),)  # as Keras declares it
    return found.outcome(shapes, "T_q * T_seen * heads * (D_head + D_vhead)")


def _seen(args: Arguments, value: Shape) -> int | None:
    """How many positions of the value each query looks at: all, or those along `attention_axes`."""
    axes = args.get("attention_axes")
    if axes is None or axes == [] or axes == ():
        return _positions(value)
    rank = len(value)
    chosen = axes if isinstance(axes, list | tuple) else [axes]
    if not all(is_integer(axis) and -rank <= axis < rank for axis in chosen):
        raise LayerError(f"attention_axes must name axes of the value, got {shown(axes)}")
    return volume(value[axis] for axis in chosen)  # along the batch too, if that is asked for


@rule(
    "GroupedQueryAttention|GroupQueryAttention",
    arguments="head_dim:size num_query_heads:size num_key_value_heads:size dropout:0..1=0.0 use_bias=True "
    f"{_MULTI_HEAD}",
    inputs=(2, 3),
    tensors=_QVK,
    example={"head_dim": 16, "num_query_heads": 4, "num_key_value_heads": 2},
    shapes=_SEQUENCES,
)
def grouped_query_attention(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`GroupQueryAttention`: several query heads share one head of keys and values."""
    query, value, key = (one_input([shape], 3) for shape in _checked(args, inputs, 3))
    heads, shared = args.integer("num_query_heads"), args.integer("num_key_value_heads")
    if heads % shared:
        raise LayerError(f"num_key_value_heads must divide the {heads} query heads, got {shared}")
    if query[-1] != value[-1]:
        raise LayerError(f"query and value must have the same last axis, got {query[-1]} and {value[-1]}")
    found = Heads(
        args.flag("use_bias"),
        {"heads": heads, "kvheads": shared, "D_head": args.integer("head_dim"), "T_q": query[1], "T_v": value[1]}
        | {"D_query": query[-1], "D_value": value[-1], "D_key": key[-1]},
    )
    found.project_all(args, "kvheads", "D_head", ["D_query"])
    shapes: tuple[Shape, ...] = (query,)
    if args.call.get("return_attention_scores"):
        shapes += ((query[0], heads, query[1], key[1]),)
    return found.outcome(shapes, "T_q * T_v * heads * 2 * D_head")
