"""Attention: each position of a query gathers from all positions of a value, by how well their keys fit.

Multiply-accumulates are those of the matrix products: the projections, the scores (query by key), and the weighted sum
(scores by value). Additive scores are a sum of tanh, no product, and count nothing."""

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments, is_integer, read_shape, trained
from cnnnotes.layers._errors import LayerError
from cnnnotes.layers._outcomes import GLOBAL, Outcome, Shape, Weight, counted, numbered, product, volume, weight
from cnnnotes.layers._registry import rule

_MULTI_HEAD = (
    "sliding_window:size=None flash_attention:flag=None "
    f"{trained(kernel='glorot_uniform', bias='zeros')} use_gate=False seed=None"
)
_END = "dropout=0.0 seed=None"
_TWO = ((None, 20, 64), (None, 20, 64))


@rule("Attention", f"use_scale=False score_mode:dot|concat=dot {_END}", inputs=(2, 3), axes=2, shapes=_TWO)
@rule("AdditiveAttention", "use_scale=True dropout=0.0", inputs=(2, 3), axes=2, shapes=_TWO)
def attention(args: Arguments, query: Shape, value: Shape, key: Shape | None = None) -> Outcome:
    """`Attention`: scores are dot products, or with `score_mode="concat"` and in `AdditiveAttention` sums of tanh."""
    mode = args.choice("score_mode") if "score_mode" in args.statement else "additive"
    sizes = {"T_q": volume(query[1:-1]), "T_v": volume(value[1:-1]), "D": query[-1], "D_value": value[-1]}
    each = {"D_in": query[-1]} if mode == "additive" else {}  # scaled as a whole, or each channel
    weights = [weight("scale", **each)] if args.flag("use_scale") else []
    weights += [weight("concat_score_weight")] * (mode == "concat")
    shapes: list[Shape] = [(*query[:-1], value[-1])]
    if args.call.get("return_attention_scores"):
        shapes.append((*query[:-1], (key or value)[-2]))
    macs = Formula("T_q * T_v * (D + D_value)" if mode == "dot" else "T_q * T_v * D_value", **sizes)
    return Outcome(tuple(shapes), (), tuple(weights), counted(weights), macs, windows=GLOBAL)


def _multi_head(
    args: Arguments, query: Shape, value: Shape, key: Shape, sizes: dict[str, int | None], out: list[str], scores: str
) -> Outcome:
    """The projections of a multi-head attention, whose outputs have the axes `out`, and the products of its scores."""
    args.optional_integer("sliding_window")
    if value[1:-1] != key[1:-1]:
        raise LayerError(f"value and key must have the same positions, got {value} and {key}")
    sizes = {"T_q": volume(query[1:-1]), "T_v": volume(value[1:-1]), **sizes}
    sizes |= {"D_query": query[-1], "D_key": key[-1], "D_value": value[-1]}
    # where there are heads of keys and values, several query heads share each of these
    heads, width = "kvheads" if "kvheads" in sizes else "heads", "D_vhead" if "D_vhead" in sizes else "D_head"
    projections = {  # each a dense product at so many positions, over some axes, which makes others of them
        "query": ("T_q", ["D_query"], ["heads", "D_head"]),
        "key": ("T_v", ["D_key"], [heads, "D_head"]),
        "gate": ("T_q", ["D_query"], ["heads", width]),
        "value": ("T_v", ["D_value"], [heads, width]),
        "attention_output": ("T_q", ["heads", width], out),
    }
    if not args.flag("use_gate"):
        del projections["gate"]
    bias, weights, params, macs = args.flag("use_bias"), list[Weight](), list[str](), list[str]()
    for name, (positions, into, made) in projections.items():
        for kind, axes in (("kernel", [*into, *made]), ("bias", made))[: 1 + bias]:
            weights.append(weight(f"{name}/{kind}", axes, **sizes))
        params.append(f"({product(into)} + {int(bias)}) * {product(made)}")
        macs.append(f"{positions} * {product([*into, *made])}")
    shapes: list[Shape] = [(*query[:-1], *(sizes[axis] for axis in out))]
    if args.call.get("return_attention_scores"):  # as Keras declares it
        shapes.append((query[0], sizes["heads"], query[1], query[1] if heads == "heads" else key[1]))
    count, products = Formula(" + ".join(params), **sizes), Formula(" + ".join([*macs, scores]), **sizes)
    return Outcome(tuple(shapes), (), tuple(weights), count, products, windows=GLOBAL)


@rule(
    "MultiHeadAttention",
    "num_heads:size key_dim:size value_dim:size=None dropout:0..1=0.0 use_bias=True output_shape:shape=None "
    f"attention_axes:axes=None {_MULTI_HEAD}",
    inputs=(2, 3),
    axes=2,
    tensors=("query", "value", "key"),
    shapes=_TWO,
)
def multi_head_attention(args: Arguments, query: Shape, value: Shape, key: Shape | None = None) -> Outcome:
    """`MultiHeadAttention`: H heads, each with its own projections of query, key, value and output."""
    stated, width, seen = args.get("output_shape") or query[-1:], args.integer("key_dim"), volume(value[1:-1])
    if args.get("attention_axes") not in (None, [], ()):
        seen = volume(value[axis] for axis in args.axes("attention_axes", len(value)))  # along the batch too, if asked
    out = read_shape("output_shape", (stated,) if is_integer(stated) else stated, 1)
    outs = {"D_out": out[0]} if len(out) == 1 else numbered(out)
    sizes = {"heads": args.integer("num_heads"), "D_head": width, "T_seen": seen, **outs}
    sizes["D_vhead"] = args.optional_integer("value_dim") or width
    scores = "T_q * T_seen * heads * (D_head + D_vhead)"
    return _multi_head(args, query, value, key or value, sizes, list(outs), scores)


@rule(
    "GroupedQueryAttention|GroupQueryAttention",
    f"head_dim:size num_query_heads:size num_key_value_heads:size dropout:0..1=0.0 use_bias=True {_MULTI_HEAD}",
    inputs=(2, 3),
    axes=(3, 3),
    tensors=("query", "value", "key"),
    example={"head_dim": 16, "num_query_heads": 4, "num_key_value_heads": 2},
    shapes=_TWO,
)
def grouped_query_attention(args: Arguments, query: Shape, value: Shape, key: Shape | None = None) -> Outcome:
    """`GroupQueryAttention`: several query heads share one head of keys and values."""
    heads, shared = args.integer("num_query_heads"), args.integer("num_key_value_heads")
    if heads % shared:
        raise LayerError(f"num_key_value_heads must divide the {heads} query heads, got {shared}")
    if query[-1] != value[-1]:
        raise LayerError(f"query and value must have the same last axis, got {query[-1]} and {value[-1]}")
    sizes: dict[str, int | None] = {"heads": heads, "kvheads": shared, "D_head": args.integer("head_dim")}
    return _multi_head(args, query, value, key or value, sizes, ["D_query"], "T_q * T_v * heads * 2 * D_head")
