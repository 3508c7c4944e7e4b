"""Random layers: for each type, arguments and inputs that Keras takes, and some that it refuses."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Shape = tuple[int | None, ...]


class Case(NamedTuple):
    """A layer's arguments, its inputs, and what it is called with beside them."""

    arguments: dict[str, Any]
    inputs: list[Shape]
    call: dict[str, Any]


def one_of_two(usual: SearchStrategy[Any], rare: SearchStrategy[Any], in_how_many: int = 10) -> SearchStrategy[Any]:
    """The rare one once in so many times."""
    return st.sampled_from([usual] * (in_how_many - 1) + [rare]).flatmap(lambda chosen: chosen)


BATCH = st.sampled_from([None, None, None, 2])
FLAG = st.booleans()
FIRST = st.sampled_from(["channels_last", "channels_last", "channels_first", None])
PADDING = st.sampled_from(["valid", "same"])
ACTIVATION = one_of_two(st.sampled_from([None, "relu", "linear", "softmax"]), st.just("rellu"), 30)


def sizes(low: int = 1, high: int = 9, unknown: bool = True) -> SearchStrategy[int | None]:
    """A size, which is sometimes not known."""
    known = st.integers(low, high)
    return one_of_two(known, st.none(), 12) if unknown else known


def shapes(*axes: SearchStrategy[int | None]) -> SearchStrategy[Shape]:
    return st.tuples(BATCH, *axes)


def maps(rank: int, low: int = 1, high: int = 9, unknown: bool = True) -> SearchStrategy[Shape]:
    """A map with `rank` spatial axes, and now and then one axis too few or too many."""
    right = shapes(*[sizes(low, high, unknown)] * (rank + 1))
    wrong = st.integers(0, 5).filter(lambda n: n != rank + 1).flatmap(lambda n: shapes(*[sizes(low, high)] * n))
    return one_of_two(right, wrong, 30)


def per_axis(rank: int, value: SearchStrategy[int]) -> SearchStrategy[Any]:
    """A number for all axes, or one for each."""
    return st.one_of(value, st.lists(value, min_size=rank, max_size=rank))


def options(
    required: dict[str, SearchStrategy[Any]] | None = None, /, **optional: SearchStrategy[Any]
) -> SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required or {}, optional=optional)


def cases(
    arguments: SearchStrategy[dict[str, Any]], *inputs: SearchStrategy[Shape], **call: SearchStrategy[Any]
) -> SearchStrategy[Case]:
    return st.builds(Case, arguments, st.tuples(*inputs).map(list), options({}, **call))


SMALL = one_of_two(st.integers(1, 4), st.integers(-1, 0), 25)
COUNT = one_of_two(st.integers(1, 8), st.sampled_from([0, -3, 2.5, "4", None]), 40)
RATE = one_of_two(st.floats(0, 1), st.sampled_from([-0.1, 1.5, 2]), 10)
FACTOR = st.one_of(st.floats(0, 1), st.tuples(st.floats(0, 0.5), st.floats(0.5, 1)).map(list))
"""What fits a layer that changes images at random: Keras refuses others when it makes one, so no file holds them."""


LORA = one_of_two(st.none(), st.integers(0, 3), 4)


def convolution(rank: int, kind: str = "") -> SearchStrategy[Case]:
    paddings = ["valid", "same", "SAME"] + ["causal"] * (rank == 1)
    required = {"kernel_size": per_axis(rank, SMALL)}
    optional: dict[str, SearchStrategy[Any]] = {
        "strides": per_axis(rank, SMALL),
        "dilation_rate": one_of_two(st.just(1), per_axis(rank, st.integers(1, 2)), 3),
        "padding": one_of_two(st.sampled_from(paddings), st.just("full"), 30),
        "data_format": FIRST,
        "use_bias": FLAG,
        "activation": ACTIVATION,
    }
    if kind != "depthwise":
        required["filters"] = COUNT
    if kind == "":
        optional["lora_rank"] = LORA
        optional["groups"] = one_of_two(st.just(1), st.sampled_from([2, 3, 0]), 3)
    if kind in ("depthwise", "separable"):
        optional["depth_multiplier"] = SMALL
    if kind == "transpose":
        optional["output_padding"] = st.one_of(st.none(), per_axis(rank, st.integers(0, 2)))
    return cases(options(required, **optional), maps(rank))


def pooling(rank: int, default: bool) -> SearchStrategy[Case]:
    size = {"pool_size": per_axis(rank, SMALL)}
    optional: dict[str, SearchStrategy[Any]] = {
        "strides": st.one_of(st.none(), per_axis(rank, SMALL)),
        "padding": PADDING,
        "data_format": FIRST,
    }
    arguments = options(size, **optional)
    return cases(one_of_two(arguments, options({}, **optional), 3 if default else 20), maps(rank, 2))


def affine(rank_from: int = 1) -> SearchStrategy[Case]:
    return cases(
        options(axis=st.one_of(st.integers(-3, 3), st.lists(st.integers(-3, 3), max_size=3)), center=FLAG, scale=FLAG),
        st.integers(rank_from, 4).flatmap(lambda n: shapes(*[sizes(1, 6)] * n)),
    )


@st.composite
def likes(draw: st.DrawFn, low: int = 1, high: int = 4) -> list[Shape]:
    """Shapes that are broadcast together, mostly."""
    rank = draw(st.integers(1, 4))
    base = [draw(sizes(1, 5)) for _ in range(rank)]
    found = []
    for _ in range(draw(st.integers(low, high))):
        kept = base[draw(st.integers(0, rank - 1)) if draw(st.integers(0, 4)) == 0 else 0 :]
        found.append(
            (draw(BATCH), *(draw(one_of_two(st.just(size), st.sampled_from([1, None, 7]), 8)) for size in kept))
        )
    return found


MERGED = st.builds(Case, st.just({}), call=st.just({}), inputs=one_of_two(likes(), likes(2, 2), 2))


@st.composite
def concatenated(draw: st.DrawFn) -> Case:
    rank, axis = draw(st.integers(1, 4)), draw(st.integers(-3, 3))
    base = [draw(BATCH), *(draw(sizes(1, 5)) for _ in range(rank))]
    inputs = []
    for _ in range(draw(st.integers(2, 11))):
        shape = list(base)
        shape[axis % len(shape)] = draw(sizes(1, 5))
        if draw(st.integers(0, 15)) == 0:
            shape[-1] = draw(sizes(1, 5))
        inputs.append(tuple(shape))
    # one input, and an axis beyond the last, is refused by ours only: Keras looks at the axis when it runs
    return Case({"axis": axis} if -len(base) <= axis < len(base) else {}, inputs, {})


@st.composite
def dotted(draw: st.DrawFn) -> Case:
    d = draw(sizes(1, 5, unknown=False))
    one, other = ([draw(BATCH), *(draw(sizes(1, 5)) for _ in range(draw(st.integers(1, 3))))] for _ in range(2))
    a, b = draw(st.integers(1, len(one) - 1)), draw(st.integers(1, len(other) - 1))
    one[a] = d
    other[b] = draw(one_of_two(st.just(d), sizes(1, 5), 6))
    other[0] = one[0]  # Keras itself looks at unlike batches only when it runs
    axes: Any = [a, b]
    if a == b and draw(FLAG):
        axes = a
    elif draw(FLAG):
        axes = [a - len(one), b - len(other)]
    return Case({"axes": axes, **draw(options(normalize=FLAG))}, [tuple(one), tuple(other)], {})


# With "...x,xy->...y" and two or more elided axes Keras declares these in reverse order, a bug that a summary shows.
EINSUMS = [  # an equation, the output's shape, and the input's number of axes
    ("ab,bc->ac", [4], 2),
    ("abc,cd->abd", [None, 5], 3),
    ("...x,xy->...y", [3], 4),
    ("...x,xy->...y", [3], 2),
    ("abc,cde->abde", [None, 2, 3], 3),
    ("abc,bcd->ad", [6], 3),
    ("ab...,bc->ac...", [4], 3),
    ("ab...,bc->ac...", [4], 4),
    ("abcd,cde->abe", [None, 2], 4),
    ("abc,cd->abd", [3, 5], 3),
]
WRONG_EINSUMS = [("abc,de->abe", [None, 2], 3), ("abc,cd->abz", [2, 2], 3), ("abc,cd", [2], 3), ("abc,cd->abd", [5], 3)]


@st.composite
def einsums(draw: st.DrawFn) -> Case:
    equation, out, rank = draw(one_of_two(st.sampled_from(EINSUMS), st.sampled_from(WRONG_EINSUMS)))
    letters = equation.split("->")[-1].replace(".", "")
    right = st.sampled_from([None, letters[-1], letters[1:] or letters])
    bias = draw(one_of_two(right, st.sampled_from(["", "q"])))
    inputs = [draw(shapes(*[sizes(1, 5)] * (rank - 1)))]
    return Case({"equation": equation, "output_shape": out, "bias_axes": bias, "lora_rank": draw(LORA)}, inputs, {})


@st.composite
def reshaped(draw: st.DrawFn) -> Case:
    shape = draw(st.integers(0, 4).flatmap(lambda n: shapes(*[sizes(1, 6)] * n)))
    count = 1
    for size in shape[1:]:
        count *= size or 1
    divisors = [n for n in range(1, count + 1) if count % n == 0]
    first = draw(st.sampled_from(divisors))
    target = draw(
        st.one_of(
            st.sampled_from([[first, count // first], [first, -1], [-1], [count], [-1, first, 1], [None, first]]),
            st.lists(st.integers(-2, 6), max_size=3),
        )
    )
    return Case({"target_shape": target}, [shape], {})


def around(name: str, rank: int, low: int = 0) -> SearchStrategy[Case]:
    number = one_of_two(st.integers(0, 3), st.just(-1), 20)
    two = st.lists(number, min_size=2, max_size=2)
    value = st.one_of(number.filter(lambda n: n >= 0), st.lists(st.one_of(number, two), min_size=rank, max_size=rank))
    if rank == 1:
        value = st.one_of(number, two)
    optional = {name: value, "data_format": FIRST}
    if name == "cropping" and rank == 1:
        del optional["data_format"]
    return cases(options({}, **optional), maps(rank))


def kept(arguments: SearchStrategy[dict[str, Any]] | None = None, rank_from: int = 1) -> SearchStrategy[Case]:
    return cases(
        st.just({}) if arguments is None else arguments,
        st.integers(rank_from, 4).flatmap(lambda n: shapes(*[sizes(0, 6)] * n)),
    )


IMAGES = st.one_of(shapes(sizes(), sizes(), st.sampled_from([1, 3, 3])), st.tuples(sizes(), sizes(), st.just(3)))


def images(**optional: SearchStrategy[Any]) -> SearchStrategy[Case]:
    required = {name.removesuffix("_"): value for name, value in optional.items() if name.endswith("_")}
    rest = {name: value for name, value in optional.items() if not name.endswith("_")}
    return cases(options(required, **rest), IMAGES)


RECURRENT = {
    "use_bias": FLAG,
    "activation": ACTIVATION,
    "dropout": st.floats(0, 0.5),
    "recurrent_dropout": st.floats(0, 0.5),
}
LOOP = {
    "return_sequences": FLAG,
    "return_state": FLAG,
    "go_backwards": FLAG,
    "stateful": one_of_two(st.just(False), st.just(True)),
}


def recurrent(**more: SearchStrategy[Any]) -> SearchStrategy[Case]:
    return cases(options({"units": COUNT}, **RECURRENT, **LOOP, **more), maps(1, 1, 5))


@st.composite
def cells(draw: st.DrawFn, /, states: int, **more: SearchStrategy[Any]) -> Case:
    arguments = draw(options({"units": st.integers(1, 6)}, **RECURRENT, **more))
    batch = draw(BATCH)
    return Case(arguments, [(batch, draw(sizes(1, 5))), *((batch, arguments["units"]),) * states], {})


def serialized(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    """A layer as Keras writes it."""
    return {"module": "keras.layers", "class_name": kind, "config": config, "registered_name": None}


CELL = st.builds(
    serialized,
    st.sampled_from(["SimpleRNNCell", "GRUCell", "LSTMCell"]),
    options({"units": st.integers(1, 5)}, use_bias=FLAG),
)
STACK = st.lists(CELL, min_size=1, max_size=3)


@st.composite
def stacks(draw: st.DrawFn) -> Case:
    found = draw(STACK)
    batch = draw(BATCH)
    inputs: list[Shape] = [(batch, draw(sizes(1, 5)))]
    for cell in found:
        inputs += [(batch, cell["config"]["units"])] * (1 + (cell["class_name"] == "LSTMCell"))
    return Case({"cells": found}, inputs, {})


@st.composite
def both_directions(draw: st.DrawFn) -> Case:
    loop = draw(options(return_sequences=FLAG, return_state=FLAG))
    kinds = one_of_two(st.sampled_from(["LSTM", "GRU", "SimpleRNN"]), st.just("Dense"))
    config = {"units": draw(st.integers(1, 5)), **loop}
    arguments: dict[str, Any] = {"layer": serialized(draw(kinds), config)}
    arguments |= draw(
        options(merge_mode=one_of_two(st.sampled_from(["sum", "mul", "ave", "concat", None]), st.just("min")))
    )
    if draw(FLAG):
        back = {
            "units": config["units"],
            **loop,
            "go_backwards": True,
            **draw(options(use_bias=FLAG)),
        }
        arguments["backward_layer"] = serialized(draw(kinds), back)
    return Case(arguments, [draw(maps(1, 1, 5))], {})


INNER = st.one_of(
    st.builds(serialized, st.just("Dense"), options({"units": st.integers(1, 5)}, use_bias=FLAG)),
    st.builds(
        serialized,
        st.just("Conv2D"),
        options({"filters": st.integers(1, 4), "kernel_size": st.integers(1, 3)}, padding=PADDING),
    ),
    st.builds(serialized, st.just("DepthwiseConv2D"), options({"kernel_size": st.integers(1, 3)}, padding=PADDING)),
    st.builds(
        serialized, st.just("SeparableConv2D"), options({"filters": st.integers(1, 4), "kernel_size": st.just(2)})
    ),
    st.builds(serialized, st.just("BatchNormalization"), options(scale=FLAG)),
    st.builds(serialized, st.just("Embedding"), options({"input_dim": st.just(9), "output_dim": st.integers(1, 4)})),
)
WRAPPED = st.integers(1, 5).flatmap(lambda n: shapes(*[sizes(1, 6)] * n))


@st.composite
def attended(draw: st.DrawFn, additive: bool = False) -> Case:
    batch, d = draw(BATCH), draw(sizes(1, 5))
    steps, width = draw(sizes(1, 5)), draw(sizes(1, 5))
    inputs: list[Shape] = [(batch, draw(sizes(1, 5)), d), (batch, steps, width if draw(FLAG) else d)]
    if draw(FLAG):
        inputs.append((batch, steps, d))
    arguments = draw(options(use_scale=FLAG, dropout=st.floats(0, 1)))
    if not additive:
        arguments |= draw(options(score_mode=st.sampled_from(["dot", "concat", "sum"])))
    return Case(arguments, inputs, draw(options(return_attention_scores=FLAG)))


# Scores are declared with the query's length twice (GroupQueryAttention does better): a bug that a summary shows.
@st.composite
def many_heads(draw: st.DrawFn) -> Case:
    batch, extra = draw(BATCH), draw(st.integers(1, 2))
    steps = [draw(sizes(1, 5)) for _ in range(extra)]
    other = [draw(one_of_two(st.just(size), sizes(1, 5), 12)) for size in steps]
    query = (batch, *(draw(sizes(1, 5)) for _ in range(extra)), draw(sizes(1, 6)))
    inputs = [query, (batch, *steps, draw(sizes(1, 6)))]
    if draw(FLAG):
        inputs.append((batch, *other, draw(sizes(1, 6))))
    arguments = draw(
        options(
            {"num_heads": COUNT, "key_dim": COUNT},
            value_dim=st.one_of(st.none(), COUNT),
            use_bias=FLAG,
            use_gate=FLAG,
            dropout=RATE,
            output_shape=st.one_of(st.none(), st.integers(1, 6), st.lists(st.integers(1, 3), min_size=1, max_size=2)),
            attention_axes=one_of_two(st.none(), st.sampled_from([0, 1, [1]]), 4),
            sliding_window=one_of_two(st.sampled_from([None, 2]), st.just(0)),
        )
    )
    return Case(arguments, inputs, draw(options(return_attention_scores=FLAG)))


@st.composite
def grouped(draw: st.DrawFn) -> Case:
    batch, d = draw(BATCH), draw(sizes(1, 6))
    steps = draw(sizes(1, 5))
    inputs: list[Shape] = [(batch, draw(sizes(1, 5)), d), (batch, steps, draw(one_of_two(st.just(d), sizes(1, 6), 8)))]
    if draw(FLAG):
        inputs.append((batch, draw(one_of_two(st.just(steps), sizes(1, 5), 8)), draw(sizes(1, 6))))
    shared = draw(st.integers(1, 3))
    heads = draw(one_of_two(st.just(shared * draw(st.integers(1, 3))), st.integers(1, 5), 6))
    arguments = draw(
        options(
            {"head_dim": COUNT, "num_query_heads": st.just(heads), "num_key_value_heads": st.just(shared)},
            use_bias=FLAG,
            use_gate=FLAG,
            dropout=RATE,
        )
    )
    return Case(arguments, inputs, draw(options(return_attention_scores=FLAG)))


MODES = st.sampled_from(["int", "one_hot", "multi_hot", "count", "binary", "some"])
WORDS = st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=4, unique=True)
NUMBERS = st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True)
ENCODED = st.integers(0, 3).flatmap(lambda n: shapes(*[sizes(1, 4)] * n))
LOOKUP: dict[str, SearchStrategy[Any]] = {
    "max_tokens": st.integers(7, 9),
    "num_oov_indices": st.integers(-1, 2),
    "output_mode": MODES,
    "pad_to_max_tokens": FLAG,
}

CASES: dict[str, SearchStrategy[Case]] = {
    **{f"Conv{n}D": convolution(n) for n in (1, 2, 3)},
    **{f"Conv{n}DTranspose": convolution(n, "transpose") for n in (1, 2, 3)},
    **{f"DepthwiseConv{n}D": convolution(n, "depthwise") for n in (1, 2)},
    **{f"SeparableConv{n}D": convolution(n, "separable") for n in (1, 2)},
    **{f"{kind}Pooling{n}D": pooling(n, kind == "Max") for kind in ("Max", "Average") for n in (1, 2, 3)},
    **{
        f"Global{kind}Pooling{n}D": cases(options(keepdims=FLAG, data_format=FIRST), maps(n, 0))
        for kind in ("Max", "Average")
        for n in (1, 2, 3)
    },
    **{  # of the right rank only: Keras looks at the rank when it runs
        f"Adaptive{kind}Pooling{n}D": cases(
            options(
                {"output_size": per_axis(n, st.integers(1, 5))},
                data_format=st.sampled_from(["channels_last", "channels_first"]),
            ),
            shapes(*[sizes()] * (n + 1)),
        )
        for kind in ("Max", "Average")
        for n in (1, 2, 3)
    },
    "InputLayer": st.builds(
        Case,
        st.one_of(
            options({"shape": st.lists(sizes(0, 5), max_size=3)}, batch_size=st.one_of(st.none(), st.integers(1, 3))),
            options({"batch_shape": st.lists(sizes(-1, 5), min_size=1, max_size=3)}, batch_size=st.none()),
            st.just({}),
        ),
        st.just([]),
        st.just({}),
    ),
    "Dense": cases(
        options({"units": COUNT}, use_bias=FLAG, activation=ACTIVATION, lora_rank=LORA),
        st.integers(0, 4).flatmap(lambda n: shapes(*[sizes()] * n)),
    ),
    "EinsumDense": einsums(),
    "Embedding": cases(options({"input_dim": COUNT, "output_dim": COUNT}, mask_zero=FLAG, lora_rank=LORA), ENCODED),
    "ReversibleEmbedding": cases(
        options({"input_dim": COUNT, "output_dim": COUNT}, tie_weights=FLAG, lora_rank=LORA), shapes(sizes())
    ),
    "Identity": kept(),
    "Masking": kept(options(mask_value=st.floats(0, 1))),
    "BatchNormalization": cases(
        options(axis=st.integers(-3, 3), center=FLAG, scale=FLAG, renorm=FLAG, momentum=st.floats(0, 1)),
        st.integers(1, 4).flatmap(lambda n: shapes(*[sizes(1, 6)] * n)),
    ),
    "LayerNormalization": affine(),
    "RMSNormalization": affine().map(
        lambda case: case._replace(arguments={k: v for k, v in case.arguments.items() if k == "axis"})
    ),
    "GroupNormalization": cases(
        options(groups=st.sampled_from([1, 2, 3, 4, -1, 0, 32]), axis=st.integers(-3, 3), center=FLAG, scale=FLAG),
        st.integers(1, 4).flatmap(lambda n: shapes(*[st.sampled_from([2, 4, 6, 12, 32, 3, None])] * n)),
    ),
    "UnitNormalization": cases(
        options(axis=st.one_of(st.integers(-3, 3), st.lists(st.integers(-3, 3), max_size=2))), WRAPPED
    ),
    "SpectralNormalization": cases(options({"layer": INNER}, power_iterations=st.integers(0, 3)), WRAPPED),
    **dict.fromkeys(["Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract"], MERGED),
    "Concatenate": concatenated(),
    "Dot": dotted(),
    "Flatten": kept(options(data_format=FIRST), 0),
    "Reshape": reshaped(),
    "Permute": st.integers(1, 3).flatmap(
        lambda n: cases(
            options({"dims": one_of_two(st.permutations(range(1, n + 1)), st.lists(st.integers(0, 3), max_size=3), 3)}),
            shapes(*[sizes()] * n),
        )
    ),
    "RepeatVector": cases(options({"n": COUNT}), maps(0)),
    **{f"Cropping{n}D": around("cropping", n) for n in (1, 2, 3)},
    **{f"ZeroPadding{n}D": around("padding", n) for n in (1, 2, 3)},
    "UpSampling1D": cases(options(size=COUNT), maps(1)),
    "UpSampling2D": cases(
        options(size=per_axis(2, SMALL), data_format=FIRST, interpolation=st.sampled_from(["nearest", "Bilinear"])),
        maps(2),
    ),
    "UpSampling3D": cases(options(size=per_axis(3, SMALL), data_format=FIRST), maps(3)),
    "Dropout": kept(
        options(
            {"rate": RATE},
            noise_shape=st.one_of(st.none(), st.lists(st.sampled_from([None, 1, 2]), max_size=3)),
        )
    ),
    "AlphaDropout": kept(options({"rate": RATE})),
    "GaussianDropout": kept(options({"rate": RATE})),
    "GaussianNoise": kept(options({"stddev": RATE})),
    "SpatialDropout1D": cases(options({"rate": RATE}), maps(1)),
    "SpatialDropout2D": cases(options({"rate": RATE}, data_format=FIRST), maps(2)),
    "SpatialDropout3D": cases(options({"rate": RATE}, data_format=FIRST), maps(3)),
    "ActivityRegularization": kept(options(l1=one_of_two(st.floats(0, 3), st.just(-1.0)), l2=st.floats(0, 3))),
    "Activation": kept(options({"activation": ACTIVATION})),
    "ReLU": kept(
        options(
            max_value=st.sampled_from([None, 6, -1.0]),
            negative_slope=RATE.filter(lambda v: v is not None),
            threshold=RATE,
        )
    ),
    "LeakyReLU": kept(options(negative_slope=st.sampled_from([0.1, 0, -1, None]))),
    "PReLU": cases(
        options(shared_axes=st.one_of(st.none(), st.integers(-2, 4), st.lists(st.integers(1, 3), max_size=3))),
        st.integers(1, 5).flatmap(lambda n: shapes(*[sizes(1, 6)] * n)),
    ),
    "ELU": kept(options(alpha=st.floats(0, 2))),
    "Softmax": cases(
        options(axis=st.one_of(st.integers(-2, 1), st.lists(st.integers(-2, 1), min_size=1, max_size=2))),
        shapes(sizes(), sizes()),
    ),
    "SimpleRNN": recurrent(),
    "GRU": recurrent(reset_after=FLAG, recurrent_activation=ACTIVATION),
    "LSTM": recurrent(unit_forget_bias=FLAG, recurrent_activation=ACTIVATION),
    "SimpleRNNCell": cells(1),
    "GRUCell": cells(1, reset_after=FLAG),
    "LSTMCell": cells(2),
    "StackedRNNCells": stacks(),
    "RNN": cases(options({"cell": st.one_of(CELL, STACK)}, **LOOP), shapes(sizes(), sizes(1, 5))),
    "Bidirectional": both_directions(),
    "TimeDistributed": cases(options({"layer": INNER}), WRAPPED),
    **{
        f"ConvLSTM{n}D": cases(
            options(
                {"filters": st.integers(1, 3), "kernel_size": per_axis(n, SMALL)},
                strides=per_axis(n, st.integers(1, 2)),
                dilation_rate=one_of_two(st.just(1), st.just(2), 6),
                padding=PADDING,
                data_format=FIRST,
                use_bias=FLAG,
                **LOOP,
            ),
            maps(n + 1, 3, 6),
        )
        for n in (1, 2, 3)
    },
    "Attention": attended(),
    "AdditiveAttention": attended(additive=True),
    "MultiHeadAttention": many_heads(),
    "GroupedQueryAttention": grouped(),
    "Rescaling": kept(options({"scale": st.floats(-2, 2)}, offset=st.floats(-2, 2))),
    "Normalization": cases(
        st.one_of(
            options(
                axis=st.one_of(st.none(), st.integers(-3, 3), st.lists(st.integers(-2, 2), max_size=2, unique=True))
            ),
            st.just({"mean": 1.0, "variance": 2.0}),
        ),
        st.integers(1, 3).flatmap(lambda n: shapes(*[sizes(1, 6)] * n)),
    ),
    **dict.fromkeys(
        ["Resizing", "CenterCrop", "RandomCrop"],
        images(height_=st.integers(1, 9), width_=st.integers(1, 9), data_format=FIRST),
    ),
    **dict.fromkeys(["AutoContrast"], images()),
    **dict.fromkeys(
        ["Equalization", "ContrastLimitedAdaptiveHistogramEqualization", "MixUp", "RandomFlip", "RandomColorJitter"],
        images(data_format=FIRST),
    ),
    **dict.fromkeys(
        [
            "CutMix",
            "AugMix",
            "RandAugment",
            "RandomElasticTransform",
            "RandomErasing",
            "RandomGaussianBlur",
            "RandomInvert",
            "RandomPerspective",
        ],
        images(factor=FACTOR, data_format=FIRST),
    ),
    "RandomGrayscale": images(factor=st.floats(0, 1), data_format=FIRST),
    **dict.fromkeys(["RandomBrightness", "RandomContrast"], images(factor_=FACTOR)),
    **dict.fromkeys(
        ["RandomHue", "RandomSharpness", "RandomSaturation", "RandomRotation"],
        images(factor_=FACTOR, data_format=FIRST),
    ),
    "RandomColorDegeneration": cases(options({"factor": FACTOR}), shapes(sizes(), sizes(), st.just(3))),
    "RandomPosterization": images(factor_=st.sampled_from([1, 4, 8, [2, 3]])),
    "RandomShear": images(x_factor=FACTOR, y_factor=FACTOR),
    "RandomTranslation": images(height_factor_=FACTOR, width_factor_=FACTOR),
    "RandomZoom": images(height_factor_=FACTOR, width_factor=FACTOR),
    "Solarization": images(addition_factor=FACTOR, threshold_factor=FACTOR),
    "MaxNumBoundingBoxes": images(max_number_=st.integers(1, 5)),
    "CategoryEncoding": cases(options({"num_tokens": COUNT}, output_mode=MODES), ENCODED),
    "Hashing": cases(
        options(
            {"num_bins": one_of_two(st.integers(1, 8), st.sampled_from([0, -3]), 20)},
            output_mode=st.sampled_from(["int", "one_hot", "multi_hot", "count"]),
            salt=st.sampled_from([None, 3, [1, 2]]),
        ),
        ENCODED,
    ),
    "HashedCrossing": shapes(st.just(1))
    .map(lambda s: [s, s])
    .flatmap(
        lambda two: st.builds(
            Case,
            options({"num_bins": st.integers(1, 9)}, output_mode=st.sampled_from(["int", "one_hot", "count"])),
            st.just(two),
            st.just({}),
        )
    ),
    # For "multi_hot" and "count" Keras drops the second axis, whichever one is encoded: a bug that a summary shows.
    "Discretization": cases(
        options(
            {"bin_boundaries": one_of_two(st.just([0.0, 1.0, 2.0]), st.none(), 4)},
            output_mode=st.sampled_from(["int", "one_hot", "multi_hot", "count"]),
        ),
        ENCODED,
    ),
    "IntegerLookup": cases(options({"vocabulary": st.one_of(st.none(), NUMBERS), **LOOKUP}), ENCODED),
    "StringLookup": cases(options({"vocabulary": st.one_of(st.none(), WORDS), **LOOKUP}), ENCODED),
    "TextVectorization": cases(
        options(
            output_mode=MODES,
            output_sequence_length=st.sampled_from([None, None, 5]),
            vocabulary=st.one_of(st.none(), st.just(["a", "b"])),
            split=st.sampled_from(["whitespace", None]),
        ),
        shapes(st.just(1)),
    ),
    "MelSpectrogram": cases(
        options(
            fft_length=st.sampled_from([256, 512]),
            sequence_stride=st.integers(1, 99),
            sequence_length=st.sampled_from([None, 128]),
            num_mel_bins=st.integers(1, 9),
        ),
        st.integers(0, 1).flatmap(lambda n: shapes(*[sizes(1, 999)] * n)),
    ),
    "STFTSpectrogram": cases(
        options(
            {"frame_length": st.integers(2, 20)},
            frame_step=st.sampled_from([None, 1, 2]),
            fft_length=st.sampled_from([None, 32]),
            mode=st.sampled_from(["log", "real", "imag", "stft"]),
            padding=PADDING,
            expand_dims=FLAG,
            data_format=FIRST,
        ),
        maps(1, 20, 60),
    ),
    "Pipeline": cases(
        options(
            {
                "layers": st.lists(
                    st.builds(
                        serialized,
                        st.just("Resizing"),
                        options({"height": st.integers(1, 5), "width": st.integers(1, 5)}),
                    ),
                    min_size=1,
                    max_size=2,
                )
            }
        ),
        shapes(sizes(unknown=False), sizes(unknown=False), st.just(3)),
    ),
    "Lambda": cases(
        options({"function": st.just(abs), "output_shape": st.lists(sizes(0, 5), max_size=3).map(tuple)}),
        shapes(sizes(), sizes()),
    ),
    "DepthMaxPool": cases(
        options(
            {"pool_size": SMALL},
            strides=one_of_two(SMALL, st.none()),
            padding=one_of_two(PADDING, st.just("full")),
            data_format=FIRST,
        ),
        maps(2),
    ),
    "LayerScale": cases(
        options({"init_values": st.just(1e-6), "projection_dim": st.just(4)}),
        shapes(sizes(), st.sampled_from([4, 4, 3, 1])),
    ),
    "StochasticDepth": kept(options({"drop_path_rate": st.just(0.1)})),
    "CustomScaleLayer": shapes(sizes(), sizes()).map(lambda s: Case({"scale": 0.5}, [s, s], {})),
}
"""For each layer type, its random layers."""
