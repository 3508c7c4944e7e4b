"""The layers at the heart of a model: its inputs, dense products and look-up tables.

A multiply-accumulate is one product of an input with a weight; biases are not counted, a look-up multiplies nothing."""

import math
import re

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments, is_integer, read_shape, trained
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._outcomes import Outcome, Shape, known, last_axis, numbered, product, sizes, times, weight
from cnnnotes.layers._registry import rule

_KERNEL = trained(kernel="glorot_uniform", bias="zeros")
_TABLE = "input_dim:size output_dim:size"
_EMBEDDINGS = f"{trained(embeddings='uniform')} mask_zero=False"


@rule(
    "InputLayer",
    "shape:shape=None batch_size:count=None sparse=None ragged=None batch_shape:shape=None input_tensor=None "
    "optional=False",
    inputs=0,
    example={"shape": (32, 32, 3)},
)
def input_layer(args: Arguments) -> Outcome:
    """`InputLayer`: the shape that the model is told to expect, batch first."""
    for name in ("batch_shape", "batch_input_shape", "shape", "input_shape"):
        if args.get(name, None) is not None:
            sizes = read_shape(name, args.get(name))
            return Outcome.of(sizes if name.startswith("batch") else (args.optional_integer("batch_size"), *sizes))
    raise LayerError("shape is required")


@rule(
    "Dense", f"units:size activation=None use_bias=True {_KERNEL}", axes=2, example={"units": 10}, shapes=[(None, 128)]
)
def dense(args: Arguments, shape: Shape) -> Outcome:
    """`Dense`: every input of the last axis is weighted for every one of K units, alike at each position."""
    k, d = args.integer("units"), known(shape[-1], "the last axis")
    bias = args.flag("use_bias")
    at = sizes(shape, "out")  # the positions that a map's last axis is taken at
    at.popitem()
    weights = (weight("kernel", D_in=d, K=k), *[weight("bias", K=k)] * bias)
    params = Formula(f"K * (D_in + {int(bias)})", D_in=d, K=k)
    macs = Formula(product([*at, "K", "D_in"]), D_in=d, K=k, **at)
    notes = (f"acts on the last axis: {times(shape[1:-1])} kept",) * (len(shape) > 2)
    axes = last_axis(shape, Formula("K", K=k))
    return lora(args, Outcome(((*shape[:-1], k),), axes, weights, params, macs, notes))


def lora(args: Arguments, found: Outcome) -> Outcome:
    """The outcome of a layer whose first weight is adapted by `lora_rank`: that one is frozen, and two thin ones added.

    Source: E. Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models" (2021).
    """
    if not args.get("lora_rank", None) or found.params is None:
        return found
    rank, kernel = args.integer("lora_rank"), found.weights[0]
    thin = {"rank": rank, "N_before": math.prod(kernel.shape[:-1]), "N_last": kernel.shape[-1]}
    before = weight(f"lora_{kernel.name}_a", ["N_before", "rank"], **thin)._replace(shape=(*kernel.shape[:-1], rank))
    after = weight(f"lora_{kernel.name}_b", ["rank", "N_last"], **thin)
    return found._replace(
        weights=(kernel._replace(trainable=False), *found.weights[1:], before, after),
        params=Formula(f"{found.params.text} + rank * (N_before + N_last)", **found.params.values, **thin),
        notes=(*found.notes, f"{kernel.name} is frozen: lora_rank {rank} trains two thin ones in its place"),
    )


_EINSUM = r"(0?)([a-zA-Z]{1,64})(0?),([a-zA-Z]{1,64})->\1([a-zA-Z]{1,64})\3"  # "0" stands for an ellipsis


@rule(
    "EinsumDense",
    f"equation:text output_shape:shape activation=None bias_axes:text=None {_KERNEL}",
    example={"equation": "abc,cd->abd", "output_shape": (None, 64), "bias_axes": "d"},
    shapes=[(None, 32, 128)],
)
def einsum_dense(args: Arguments, shape: Shape) -> Outcome:
    """`EinsumDense`: a dense product along the axes that an equation like `"abc,cd->abd"` names.

    In its formulas each letter stands for the size of the axis that it names in the equation.
    """
    equation, stated, axes = args.get("equation"), args.get("output_shape"), args.get("bias_axes")
    found = re.match(_EINSUM, equation.replace("...", "0")) if isinstance(equation, str) else None
    if not found or (found[1] and found[3]):
        raise LayerError(f"equation must be like 'ab,bc->ac', '...b,bc->...c' or the reverse, got {shown(equation)}")
    left, kernel, right = found[2], found[4], found[5]
    if not {*kernel} <= {*left, *right} or not {*right} <= {*left, *kernel}:
        raise LayerError(f"equation must have each axis of kernel and output in two places, got {shown(equation)}")
    elided = len(shape) - len(left)
    if elided < 0:
        raise LayerError(f"equation names {len(left)} axes, got an input of {len(shape)}")
    start, after = (elided, ()) if found[1] else (0, shape[len(left) :])
    # Keras states the elided axes in reverse order, though the tensor has them as they come
    before = shape[1:start][::-1]
    out = (*shape[:1], *before, *read_shape("output_shape", (stated,) if is_integer(stated) else stated), *after)
    inside = dict(zip(left, shape[start:], strict=False))
    outside = dict(zip(right, out[start:], strict=False))
    if len(outside) < len({*right}):
        raise LayerError(f"output_shape must give a size for each axis of {shown(right)}, got {shown(stated)}")
    for letter in inside.keys() & outside.keys():
        if outside[letter] not in (None, inside[letter]):
            raise LayerError(f"output_shape must agree with {shape} along {letter!r}, got {shown(stated)}")
    weights = [weight("kernel", kernel, **inside | outside)]
    if axes is not None:
        if not isinstance(axes, str) or not axes or not set(axes) <= set(right):
            raise LayerError(f"bias_axes must be letters of the output {right!r}, got {shown(axes)}")
        biased = [letter if letter in axes else "1" for letter in right[min(map(right.find, axes)) :]]
        weights.append(weight("bias", [*biased, *"1" * len(after)], **outside))
    # an output size that is left open (None) is the input's; Keras asks for it in a kernel all the same
    summed = {letter: outside.get(letter) or inside.get(letter) for letter in inside | outside}
    summed |= numbered(before or after)
    if not before:
        summed.pop(left[0])  # the batch
    macs = Formula(product(summed), **summed)
    return lora(args, Outcome.of(out, weights, axes=(None,) * (len(out) - 1), macs=macs))


@rule("Embedding", f"{_TABLE} {_EMBEDDINGS} weights=None", shapes=[(None, 32)])
def embedding(args: Arguments, shape: Shape) -> Outcome:
    """`Embedding`: a table of `input_dim` rows, one of which is looked up for each integer of the input."""
    rows, k = args.integer("input_dim"), args.integer("output_dim")
    note = f"a table of {rows:,} rows of {k:,}: looked up, not multiplied"
    axes = last_axis((*shape, k), Formula("K", K=k))
    return lora(args, Outcome.of((*shape, k), [weight("embeddings", rows=rows, K=k)], axes=axes, notes=(note,)))


@rule(
    "ReversibleEmbedding",
    f"{_TABLE} tie_weights=True {_EMBEDDINGS} reverse_dtype=None logit_soft_cap=None",
    shapes=[(None, 32)],
)
def reversible_embedding(args: Arguments, shape: Shape) -> Outcome:
    """`ReversibleEmbedding`: an `Embedding` that can also be run backwards, with the same table or one of its own."""
    found = embedding(args, shape)
    rows, k = found.weights[0].shape
    if found.params and not args.flag("tie_weights"):
        if len(found.weights) > 1:
            raise LayerError("lora_rank must be left out where tie_weights is False: Keras can't build it with both")
        params = Formula(f"{found.params.text} + K * rows", **found.params.values)
        found = found._replace(weights=(*found.weights, weight("reverse_embeddings", K=k, rows=rows)), params=params)
    if not args.call.get("reverse"):
        return found
    at = sizes(shape, "out")
    at.popitem()
    return found._replace(
        shapes=((*shape[:-1], rows),),
        axes=last_axis(shape, Formula("rows", rows=rows)),
        macs=Formula(product([*at, "K", "rows"]), K=k, rows=rows, **at),
        notes=(f"run backwards: a product of each vector with the {rows:,} rows of the table",),
    )


rule("Identity", inputs=(1, None))(lambda args, *shapes: Outcome(shapes))


@rule(
    "Lambda",
    "function:any output_shape:shape=None mask=None arguments=None",
    inputs=(0, None),
    example={"function": abs, "output_shape": (32, 32, 3)},
    shapes=[(None, 32, 32, 3)],
)
def lambda_layer(args: Arguments, *shapes: Shape) -> Outcome:
    """`Lambda`: a function of its author's, which is not run: no weights, and a shape only where one is stated."""
    stated = args.get("output_shape")
    known_sizes = isinstance(stated, list | tuple) and all(size is None or is_integer(size) for size in stated)
    if not shapes or not known_sizes:
        return Outcome((), windows=None)
    return Outcome.of((*shapes[0][:1], *read_shape("output_shape", stated)), windows=None)
