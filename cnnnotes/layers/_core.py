"""The layers at the heart of a model: its inputs, dense products and look-up tables.

A multiply-accumulate is one product of an input with a weight; biases are not counted, a look-up multiplies nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import MAX_AXES, Arguments, integer, is_integer, trained
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._maps import known, one_input
from cnnnotes.layers._outcomes import Outcome, Shape, Weight, numbered, product, sizes, times
from cnnnotes.layers._registry import kept, rule

_KERNEL = trained(kernel="glorot_uniform", bias="zeros")
_TABLE = "input_dim:size output_dim:size"
_EMBEDDINGS = f"{trained(embeddings='uniform')} mask_zero=False"


@rule(
    "InputLayer",
    arguments="shape:shape=None batch_size:count=None sparse=None ragged=None batch_shape:shape=None "
    "input_tensor=None optional=False",
    inputs=0,
    example={"shape": (32, 32, 3)},
)
def input_layer(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`InputLayer`: the shape that the model is told to expect, batch first."""
    shape, whole = args.get("shape"), args.get("batch_shape")
    shape = args.get("input_shape", None) if shape is None else shape
    whole = args.get("batch_input_shape", None) if whole is None else whole
    if shape is not None and whole is not None:
        raise LayerError("shape and batch_shape cannot both be given")
    if whole is not None and args.get("batch_size") is not None:
        raise LayerError("batch_size and batch_shape cannot both be given")
    if shape is None and whole is None:
        raise LayerError("shape is required")
    if whole is not None:
        return Outcome(shapes=(read_shape("batch_shape", whole),))
    return Outcome(shapes=((args.optional_integer("batch_size"), *read_shape("shape", shape)),))


def read_shape(name: str, value: object, minimum: int = 0) -> Shape:
    """A shape out of a layer's arguments: integers, or `None` for what is not known."""
    if not isinstance(value, list | tuple) or len(value) > MAX_AXES:
        raise LayerError(f"{name} must be a list of at most {MAX_AXES} sizes, got {shown(value)}")
    return tuple(None if size is None else integer(name, size, minimum) for size in value)


@rule(
    "Dense",
    arguments=f"units:size activation=None use_bias=True {_KERNEL}",
    example={"units": 10},
    shapes=[(None, 128)],
)
def dense(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Dense`: every input of the last axis is weighted for every one of K units, alike at each position."""
    shape = one_input(inputs, minimum_rank=2)
    k, bias = args.integer("units"), args.flag("use_bias")
    values = {"D_in": known(shape[-1], "the last axis"), "K": k}
    weights = [Weight("kernel", (values["D_in"], k), Formula("D_in * K", **values))]
    if bias:
        weights.append(Weight("bias", (k,), Formula("K", K=k)))
    at = sizes((*shape[:-1], 1), "out")  # the positions that a map's last axis is taken at
    del at[list(at)[-1]]
    note = f"acts on the last axis: {times(shape[1:-1])} kept" if len(shape) > 2 else ""
    found = Outcome(
        shapes=((*shape[:-1], k),),
        axes=(*(None,) * (len(shape) - 2), Formula("K", K=k)),
        weights=tuple(weights),
        params=Formula(f"K * (D_in + {int(bias)})", **values),
        macs=Formula(product([*at, "K", "D_in"]), **values, **at),
        notes=(note,) if note else (),
    )
    return lora(args, found)


def lora(args: Arguments, found: Outcome) -> Outcome:
    """The outcome of a layer whose first weight is adapted by `lora_rank`: that one is frozen, and two thin ones added.

    Source: E. Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models" (2021).
    """
    if not args.get("lora_rank", None):
        return found
    assert found.params is not None  # only layers with a kernel take a rank
    rank, kernel = args.integer("lora_rank"), found.weights[0]
    thin = {"rank": rank, "N_before": math.prod(kernel.shape[:-1]), "N_last": kernel.shape[-1]}
    added = (
        Weight(f"lora_{kernel.name}_a", (*kernel.shape[:-1], rank), Formula("N_before * rank", **thin)),
        Weight(f"lora_{kernel.name}_b", (rank, kernel.shape[-1]), Formula("rank * N_last", **thin)),
    )
    return found._replace(
        weights=(kernel._replace(trainable=False), *found.weights[1:], *added),
        params=Formula(f"{found.params.text} + rank * (N_before + N_last)", **found.params.values, **thin),
        notes=(*found.notes, f"{kernel.name} is frozen: lora_rank {rank} trains two thin ones in its place"),
    )


_EINSUM = (  # Keras's own three forms, in its order; "0" stands for an ellipsis
    ("([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)", False),
    ("0([a-zA-Z]+),([a-zA-Z]+)->0([a-zA-Z]+)", True),
    ("([a-zA-Z]{2,})0,([a-zA-Z]+)->([a-zA-Z]+)0", False),
)


@rule(
    "EinsumDense",
    arguments=f"equation:text output_shape:shape activation=None bias_axes:text=None {_KERNEL}",
    example={"equation": "abc,cd->abd", "output_shape": (None, 64), "bias_axes": "d"},
    shapes=[(None, 32, 128)],
)
def einsum_dense(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`EinsumDense`: a dense product along the axes that an equation like `"abc,cd->abd"` names.

    In its formulas each letter stands for the size of the axis that it names in the equation.
    """
    shape = one_input(inputs)
    left, kernel, right, elided_left = _equation(args)
    out = args.get("output_shape")
    partial = read_shape("output_shape", (out,) if is_integer(out) else out)
    elided = len(shape) - len(left)
    if elided < 0:
        raise LayerError(f"equation names {len(left)} axes, got an input of {len(shape)}")
    # Keras states the elided axes in reverse order, though the tensor has them as they come
    full = [shape[0], *(shape[elided - 1 : 0 : -1] if elided_left else ()), *partial]
    if elided and not elided_left:
        full += shape[len(left) :]
    inside = dict(zip(left, shape[elided:] if elided_left else shape, strict=False))
    first = elided if elided_left else 0
    if len(full) < first + len(right):
        raise LayerError(f"output_shape must give a size for each axis of {shown(right)}, got {shown(out)}")
    outside = dict(zip(right, full[first:], strict=False))
    named = _named_axes(args, shape, (left, kernel, right), inside, outside)
    weights = [
        Weight(
            "kernel",
            tuple(known(named[letter], f"axis {letter!r}") for letter in kernel),
            Formula(product(kernel), **named),
        )
    ]
    bias = _einsum_bias(args, right, outside, 0 if elided_left else elided)
    if bias:
        weights.append(bias)
    # an output size that is left open (None) is the input's; Keras asks for it in a kernel all the same
    summed = {letter: inside.get(letter) if size is None else size for letter, size in named.items()}
    summed |= numbered(shape[1:elided] if elided_left else shape[len(left) :])
    if not (elided_left and elided):
        summed.pop(left[0])  # the batch
    found = Outcome(
        shapes=(tuple(full),),
        axes=tuple([None] * (len(full) - 1)),
        weights=tuple(weights),
        params=Formula(" + ".join(weight.formula.text for weight in weights), **named),
        macs=Formula(product(summed), **summed),
    )
    return lora(args, found)


def _named_axes(
    args: Arguments,
    shape: Shape,
    terms: tuple[str, str, str],
    inside: dict[str, int | None],
    outside: dict[str, int | None],
) -> dict[str, int | None]:
    """The size of each letter of an equation, where input, kernel and output agree on it."""
    left, kernel, right = terms
    for letter in inside.keys() & outside.keys():
        if outside[letter] is not None and outside[letter] != inside[letter]:
            out = shown(args.get("output_shape"))
            raise LayerError(f"output_shape must agree with the input along {letter!r}, got {out} for {shape}")
    for letter in right:
        if letter not in left and letter not in kernel:
            raise LayerError(f"equation has {letter!r} in its output, but neither in the input nor in the kernel")
    named = {**inside, **outside}
    if not set(kernel) <= named.keys():
        raise LayerError(f"equation has a kernel axis that neither input nor output has: {shown(kernel)}")
    return named


def _equation(args: Arguments) -> tuple[str, str, str, bool]:
    equation = args.get("equation")
    if isinstance(equation, str) and len(equation) <= 4 * MAX_AXES:
        for pattern, elided_left in _EINSUM:
            if found := re.match(pattern, equation.replace("...", "0")):
                return found[1], found[2], found[3], elided_left
    raise LayerError(
        f"equation must be of the form 'ab,bc->ac', '...b,bc->...c' or 'ab...,bc->ac...', got {shown(equation)}"
    )


def _einsum_bias(args: Arguments, right: str, outside: dict[str, int | None], trailing: int) -> Weight | None:
    axes = args.get("bias_axes")
    if axes is None:
        return None
    if not isinstance(axes, str) or not axes or not set(axes) <= set(right):
        raise LayerError(f"bias_axes must be letters of the output {right!r}, got {shown(axes)}")
    spec = right[min(map(right.find, axes)) :]
    shape = [known(outside[letter], f"axis {letter!r}") if letter in axes else 1 for letter in spec] + [1] * trailing
    return Weight("bias", tuple(shape), Formula(product(letter for letter in spec if letter in axes), **outside))


@rule("Embedding", arguments=f"{_TABLE} {_EMBEDDINGS} weights=None", shapes=[(None, 32)])
def embedding(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Embedding`: a table of `input_dim` rows, one of which is looked up for each integer of the input."""
    shape = one_input(inputs)
    rows, k = args.integer("input_dim"), args.integer("output_dim")
    params = Formula("rows * K", rows=rows, K=k)
    found = Outcome(
        shapes=((*shape, k),),
        axes=(*(None,) * (len(shape) - 1), Formula("K", K=k)),
        weights=(Weight("embeddings", (rows, k), params),),
        params=params,
        notes=(f"a table of {rows:,} rows of {k:,}: looked up, not multiplied",),
    )
    return lora(args, found)


@rule(
    "ReversibleEmbedding",
    arguments=f"{_TABLE} tie_weights=True {_EMBEDDINGS} reverse_dtype=None logit_soft_cap=None",
    shapes=[(None, 32)],
)
def reversible_embedding(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`ReversibleEmbedding`: an `Embedding` that can also be run backwards, with the same table or one of its own."""
    forward = embedding(args, inputs)
    if args.flag("tie_weights"):
        return forward
    table = forward.weights[0]
    reverse = Weight("reverse_embeddings", table.shape[::-1], table.formula)
    assert forward.params is not None  # an embedding has its table
    params = Formula(f"{forward.params.text} + K * rows", **forward.params.values)
    return forward._replace(weights=(*forward.weights, reverse), params=params)


@rule("Identity", inputs=(1, None))
def identity(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Identity`: what comes in goes out."""
    return Outcome(shapes=tuple(inputs))


rule("Masking", arguments="mask_value:any=0.0", unseen="*")(kept)


@rule(
    "Lambda",
    arguments="function:any output_shape:shape=None mask=None arguments=None",
    inputs=(0, None),
    example={"function": abs, "output_shape": (32, 32, 3)},
    shapes=[(None, 32, 32, 3)],
)
def lambda_layer(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Lambda`: a function of its author's, which is not run: no weights, and a shape only where one is stated."""
    stated = args.get("output_shape")
    if (
        not inputs
        or not isinstance(stated, list | tuple)
        or not all(size is None or is_integer(size) for size in stated)
    ):
        return Outcome(shapes=(), windows=None)
    return Outcome(shapes=((*inputs[0][:1], *read_shape("output_shape", stated)),), windows=None)
