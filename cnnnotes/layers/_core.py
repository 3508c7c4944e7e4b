"""The layers at the heart of a model: its inputs, dense products and look-up tables.

A multiply-accumulate is one product of an input with a weight; biases are not counted, a look-up multiplies nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cnnnotes.formula import Formula
from cnnnotes.layers._errors import LayerError
from cnnnotes.layers._rule import (
    MOST_AXES,
    Arguments,
    Outcome,
    Shape,
    Weight,
    is_whole,
    kept,
    known,
    lora,
    one_input,
    product,
    rule,
    shown,
    sizes,
    times,
    whole,
)

_DENSE = (
    "units activation use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer "
    "kernel_constraint bias_constraint"
)
_EMBEDDING = (
    "input_dim output_dim embeddings_initializer embeddings_regularizer embeddings_constraint mask_zero weights"
)


@rule("InputLayer", arguments="shape batch_size batch_shape sparse ragged input_tensor optional")
def input_layer(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`InputLayer`: the shape that the model is told to expect, batch first."""
    if inputs:
        raise LayerError(f"takes no input, got {len(inputs)}")
    shape = args.get("shape", args.get("input_shape", None))
    whole_shape = args.get("batch_shape", args.get("batch_input_shape", None))
    if shape is not None and whole_shape is not None:
        raise LayerError("shape and batch_shape cannot both be given")
    if whole_shape is not None and args.get("batch_size", None) is not None:
        raise LayerError("batch_size and batch_shape cannot both be given")
    if shape is None and whole_shape is None:
        raise LayerError("shape is required")
    given = ("shape", shape) if whole_shape is None else ("batch_shape", whole_shape)
    result = read_shape(*given)
    return Outcome(shapes=(result if whole_shape is not None else (args.optional_integer("batch_size", 0), *result),))


def read_shape(name: str, value: object, minimum: int = 0) -> Shape:
    """A shape out of a layer's arguments: whole numbers, or `None` for what is not known."""
    if not isinstance(value, list | tuple) or len(value) > MOST_AXES:
        raise LayerError(f"{name} must be a list of at most {MOST_AXES} sizes, got {shown(value)}")
    return tuple(None if size is None else whole(name, size, minimum) for size in value)


@rule("Dense", arguments=_DENSE)
def dense(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Dense`: every input of the last axis is weighted for every one of K units, alike at each position."""
    shape = one_input(inputs, minimum_rank=2)
    k, bias = args.integer("units"), args.flag("use_bias", True)
    args.check_activation()
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
        params=Formula("K * (D_in + 1)" if bias else "K * D_in", **values),
        macs=Formula(product([*at, "K", "D_in"]), **values, **at),
        notes=(note,) if note else (),
    )
    return lora(args, found)


_EINSUM = (  # Keras's own three forms, in its order; "0" stands for an ellipsis
    (re.compile("([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)"), False),
    (re.compile("0([a-zA-Z]+),([a-zA-Z]+)->0([a-zA-Z]+)"), True),
    (re.compile("([a-zA-Z]{2,})0,([a-zA-Z]+)->([a-zA-Z]+)0"), False),
)


@rule(
    "EinsumDense",
    arguments="equation output_shape activation bias_axes kernel_initializer bias_initializer kernel_regularizer "
    "bias_regularizer kernel_constraint bias_constraint",
)
def einsum_dense(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`EinsumDense`: a dense product along the axes that an equation like `"abc,cd->abd"` names.

    In its formulas each letter stands for the size of the axis that it names in the equation.
    """
    shape = one_input(inputs)
    args.check_activation()
    left, kernel, right, elided_left = _equation(args)
    out = args.get("output_shape")
    partial = read_shape("output_shape", (out,) if is_whole(out) else out)
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
    for letter in inside.keys() & outside.keys():
        if outside[letter] is not None and outside[letter] != inside[letter]:
            raise LayerError(f"output_shape must agree with the input along {letter!r}, got {shown(out)} for {shape}")
    for letter in right:
        if letter not in left and letter not in kernel:
            raise LayerError(f"equation has {letter!r} in its output, but neither in the input nor in the kernel")
    named: dict[str, int | None] = {**inside, **outside}
    if not set(kernel) <= named.keys():
        raise LayerError(f"equation has a kernel axis that neither input nor output has: {shown(kernel)}")
    weight_sizes = tuple(known(named[letter], f"axis {letter!r}") for letter in kernel)
    weights = [Weight("kernel", weight_sizes, Formula(product(kernel), **named))]
    bias = _einsum_bias(args, right, outside, 0 if elided_left else elided)
    if bias:
        weights.append(bias)
    # an output size that is left open (None) is the input's; Keras asks for it in a kernel all the same
    summed = {letter: inside.get(letter) if size is None else size for letter, size in named.items()}
    around = shape[1:elided] if elided_left else shape[len(left) :]
    summed |= {f"N_{i}": size for i, size in enumerate(around, start=1)}
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


def _equation(args: Arguments) -> tuple[str, str, str, bool]:
    equation = args.get("equation")
    if isinstance(equation, str) and len(equation) <= 4 * MOST_AXES:
        for pattern, elided_left in _EINSUM:
            if found := pattern.match(equation.replace("...", "0")):
                return found[1], found[2], found[3], elided_left
    raise LayerError(
        f"equation must be of the form 'ab,bc->ac', '...b,bc->...c' or 'ab...,bc->ac...', got {shown(equation)}"
    )


def _einsum_bias(args: Arguments, right: str, outside: dict[str, int | None], trailing: int) -> Weight | None:
    axes = args.get("bias_axes", None)
    if axes is None:
        return None
    if not isinstance(axes, str) or not axes or not set(axes) <= set(right):
        raise LayerError(f"bias_axes must be letters of the output {right!r}, got {shown(axes)}")
    spec = right[min(map(right.find, axes)) :]
    shape = [known(outside[letter], f"axis {letter!r}") if letter in axes else 1 for letter in spec] + [1] * trailing
    return Weight("bias", tuple(shape), Formula(product(letter for letter in spec if letter in axes), **outside))


@rule("Embedding", arguments=_EMBEDDING)
def embedding(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Embedding`: a table of `input_dim` rows, one of which is looked up for each whole number of the input."""
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
    "ReversibleEmbedding", arguments=f"{_EMBEDDING.removesuffix(' weights')} tie_weights reverse_dtype logit_soft_cap"
)
def reversible_embedding(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`ReversibleEmbedding`: an `Embedding` that can also be run backwards, with the same table or one of its own."""
    forward = embedding(args, inputs)
    if args.flag("tie_weights", True):
        return forward
    table = forward.weights[0]
    reverse = Weight("reverse_embeddings", table.shape[::-1], table.formula)
    assert forward.params is not None  # an embedding has its table
    params = Formula(f"{forward.params.text} + K * rows", **forward.params.values)
    return forward._replace(weights=(*forward.weights, reverse), params=params)


@rule("Identity")
def identity(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Identity`: what comes in goes out."""
    if not inputs:
        raise LayerError("takes at least one input, got none")
    return Outcome(shapes=tuple(inputs))


rule("Masking", arguments="mask_value")(kept)


@rule("Lambda", arguments="function output_shape mask arguments")
def lambda_layer(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Lambda`: a function of its author's, which is not run: no weights, and a shape only where one is stated."""
    args.get("function")
    stated = args.get("output_shape", None)
    if not inputs or not isinstance(stated, list | tuple) or not all(size is None or is_whole(size) for size in stated):
        return Outcome(shapes=(), windows=None)
    return Outcome(shapes=((*inputs[0][:1], *read_shape("output_shape", stated)),), windows=None)
