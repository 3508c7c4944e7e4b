"""What a rule says beside shape and weights: formulas, multiply-accumulates, windows and notes, on worked examples."""

from __future__ import annotations

from typing import Any

import pytest

from cnnnotes.layers import GLOBAL, Outcome, Window, outcome

CONV = {"filters": 64, "kernel_size": 3}
LSTM = {"class_name": "LSTM", "config": {"units": 8}}


def of(kind: str, arguments: dict[str, Any], *inputs: tuple[int | None, ...]) -> Outcome:
    return outcome(kind, arguments, list(inputs))


@pytest.mark.parametrize(
    ("found", "params"),
    [
        (of("Conv2D", {"filters": 64, "kernel_size": 5}, (None, 9, 9, 32)), "64 × (5 × 5 × 32 + 1) = 51,264"),
        (of("Conv2D", {"filters": 96, "kernel_size": 11}, (None, 227, 227, 3)), "96 × (11 × 11 × 3 + 1) = 34,944"),
        (of("Conv2D", {**CONV, "groups": 4}, (None, 9, 9, 32)), "64 × (3 × 3 × 32 / 4 + 1) = 4,672"),
        (of("Conv2D", {**CONV, "use_bias": False}, (None, 9, 9, 32)), "64 × 3 × 3 × 32 = 18,432"),
        (of("DepthwiseConv2D", {"kernel_size": 3}, (None, 9, 9, 32)), "32 × (3 × 3 + 1) = 320"),
        (of("SeparableConv2D", CONV, (None, 9, 9, 32)), "32 × 3 × 3 + 64 × (32 + 1) = 2,400"),
        (of("Conv2DTranspose", CONV, (None, 9, 9, 32)), "64 × (3 × 3 × 32 + 1) = 18,496"),
        (of("Dense", {"units": 10}, (None, 218, 218, 128)), "10 × (128 + 1) = 1,290"),
        (of("Dense", {"units": 10, "lora_rank": 2}, (None, 128)), "10 × (128 + 1) + 2 × (128 + 10) = 1,566"),
        (of("BatchNormalization", {}, (None, 9, 9, 64)), "4 × 64 = 256"),
        (of("BatchNormalization", {"scale": False}, (None, 9, 9, 64)), "3 × 64 = 192"),
        (of("LayerNormalization", {}, (None, 5, 64)), "2 × 64 = 128"),
        (of("Embedding", {"input_dim": 1_000, "output_dim": 16}, (None, 5)), "1000 × 16 = 16,000"),
        (of("PReLU", {}, (None, 28, 28, 32)), "28 × 28 × 32 = 25,088"),
        (of("PReLU", {"shared_axes": [1, 2]}, (None, 28, 28, 32)), "32"),
        (of("SimpleRNN", {"units": 8}, (None, 5, 3)), "8 × (3 + 8 + 1) = 96"),
        (of("LSTM", {"units": 8}, (None, 5, 3)), "4 × 8 × (3 + 8 + 1) = 384"),
        (of("GRU", {"units": 8}, (None, 5, 3)), "3 × 8 × (3 + 8 + 2) = 312"),
        (of("GRU", {"units": 8, "reset_after": False}, (None, 5, 3)), "3 × 8 × (3 + 8 + 1) = 288"),
        (of("Bidirectional", {"layer": LSTM}, (None, 5, 3)), "2 × 4 × 8 × (3 + 8 + 1) = 768"),
        (of("ConvLSTM2D", CONV, (None, 5, 9, 9, 3)), "4 × 64 × (3 × 3 × (3 + 64) + 1) = 154,624"),
        (of("Normalization", {}, (None, 3)), "2 × 3 + 1 = 7"),
    ],
)
def test_parameters_with_their_numbers(found: Outcome, params: str) -> None:
    """The formula of a layer's weights reads as a person would write it, and comes to the number."""
    assert found.params is not None
    assert str(found.params).removeprefix(f"{found.params.symbolic()} = ") == params


@pytest.mark.parametrize(
    ("found", "macs"),
    [
        # each output value is one application of a kernel
        (of("Conv2D", CONV, (None, 224, 224, 3)), 222 * 222 * 64 * 3 * 3 * 3),
        (of("Conv2D", {**CONV, "strides": 2, "padding": "same"}, (None, 224, 224, 3)), 112 * 112 * 64 * 3 * 3 * 3),
        (of("Conv2D", {**CONV, "groups": 4}, (None, 9, 9, 32)), 7 * 7 * 64 * 3 * 3 * 8),
        (of("DepthwiseConv2D", {"kernel_size": 3}, (None, 9, 9, 32)), 7 * 7 * 32 * 9),
        (of("SeparableConv2D", CONV, (None, 9, 9, 32)), 7 * 7 * (32 * 9 + 32 * 64)),
        # of a transposed one, each input value
        (of("Conv2DTranspose", {**CONV, "strides": 2}, (None, 9, 9, 32)), 9 * 9 * 32 * 64 * 9),
        (of("Dense", {"units": 10}, (None, 218, 218, 128)), 218 * 218 * 128 * 10),
        (of("EinsumDense", {"equation": "abc,cde->abde", "output_shape": [None, 2, 3]}, (None, 5, 4)), 5 * 4 * 2 * 3),
        (of("Dot", {"axes": 2}, (None, 5, 4), (None, 7, 4)), 5 * 7 * 4),
        (of("LSTM", {"units": 8}, (None, 5, 3)), 5 * 4 * (3 * 8 + 8 * 8)),
        (of("Bidirectional", {"layer": LSTM}, (None, 5, 3)), 2 * 5 * 4 * (3 * 8 + 8 * 8)),
        (of("TimeDistributed", {"layer": {"class_name": "Dense", "config": {"units": 2}}}, (None, 5, 3)), 5 * 3 * 2),
        (of("Attention", {}, (None, 5, 8), (None, 7, 8)), 5 * 7 * 8 + 5 * 7 * 8),
        # query, key, value and output projections, then scores and their weighted sum, for 2 heads
        (
            of("MultiHeadAttention", {"num_heads": 2, "key_dim": 4}, (None, 5, 8), (None, 7, 6)),
            5 * 8 * 8 + 7 * 6 * 8 + 7 * 6 * 8 + 5 * 8 * 8 + 5 * 7 * 8 + 5 * 7 * 8,
        ),
    ],
)
def test_multiply_accumulates(found: Outcome, macs: int) -> None:
    """Kernel applications of one example, biases not counted."""
    assert found.macs is not None
    assert found.macs.value == macs


@pytest.mark.parametrize("kind", ["MaxPooling2D", "BatchNormalization", "Flatten", "ReLU", "GlobalAveragePooling2D"])
def test_layers_without_a_kernel_multiply_nothing(kind: str) -> None:
    """Where no kernel is applied there are no multiply-accumulates, rather than 0 of them."""
    assert of(kind, {}, (None, 8, 8, 3)).macs is None


def test_unknown_sizes_leave_the_products_open() -> None:
    """Weights are known where the map's size is not; multiply-accumulates then are not."""
    found = of("Conv2D", CONV, (None, None, None, 3))
    assert found.params is not None
    assert found.params.value == 1_792
    assert found.macs is not None
    assert found.macs.value is None


@pytest.mark.parametrize(
    ("found", "windows"),
    [
        (of("Conv2D", CONV, (None, 9, 9, 3)), (Window(3), Window(3))),
        (of("Conv2D", {**CONV, "dilation_rate": 2}, (None, 9, 9, 3)), (Window(5), Window(5))),
        (of("Conv2D", {**CONV, "strides": 2, "padding": "same"}, (None, 8, 9, 3)), (Window(3, 2, 0), Window(3, 2, 1))),
        (of("Conv1D", {**CONV, "padding": "causal"}, (None, 9, 3)), (Window(3, 1, 2),)),
        (of("MaxPooling2D", {}, (None, 8, 8, 3)), (Window(2, 2), Window(2, 2))),
        (of("AdaptiveMaxPooling1D", {"output_size": 3}, (None, 9, 3)), (Window(3, 3),)),
        (of("AdaptiveMaxPooling1D", {"output_size": 4}, (None, 9, 3)), None),
        (of("AdaptiveMaxPooling1D", {"output_size": 1}, (None, 9, 3)), GLOBAL),
        (of("ZeroPadding1D", {"padding": (2, 1)}, (None, 9, 3)), (Window(1, 1, 2),)),
        (of("Cropping1D", {"cropping": (2, 1)}, (None, 9, 3)), (Window(1, 1, -2),)),
        (of("UpSampling1D", {}, (None, 9, 3)), None),
        (of("Conv1DTranspose", CONV, (None, 9, 3)), None),
        (of("BatchNormalization", {}, (None, 9, 3)), ()),
        (of("LayerNormalization", {"axis": 1}, (None, 9, 3)), GLOBAL),
        (of("Dense", {"units": 2}, (None, 9, 3)), ()),
        (of("Flatten", {}, (None, 9, 3)), GLOBAL),
        (of("GlobalMaxPooling1D", {}, (None, 9, 3)), GLOBAL),
        (of("LSTM", {"units": 2}, (None, 9, 3)), GLOBAL),
    ],
)
def test_what_an_output_position_sees(found: Outcome, windows: Any) -> None:
    """The window of each axis, its stride and how far ahead it begins; or the whole input; or nothing is said."""
    assert found.windows == windows


@pytest.mark.parametrize(
    ("found", "notes"),
    [
        (of("Dense", {"units": 10}, (None, 218, 218, 128)), ["acts on the last axis: 218 × 218 kept"]),
        (of("Dense", {"units": 10}, (None, 128)), []),
        (
            of("BatchNormalization", {}, (None, 8)),
            ["2 of the 4 vectors are moving statistics, which no gradient trains"],
        ),
        (
            of("Conv2D", {**CONV, "strides": 2, "padding": "same"}, (None, 224, 224, 3)),
            [
                "`same` at stride 2: 224 → 112, 1 row padded at the bottom",
                "`same` at stride 2: 224 → 112, 1 column padded at the right",
            ],
        ),
        (
            of("MaxPooling2D", {"pool_size": 3}, (None, 9, 8, 3)),
            ["the last 2 columns are never read"],
        ),
        (
            of("Conv2DTranspose", {**CONV, "strides": 2, "padding": "same", "output_padding": 0}, (None, 7, 7, 3)),
            ["output_padding 0 gives 13; without one it would be H_in × S = 7 × 2 = 14"],
        ),
        (
            of("Embedding", {"input_dim": 1_000, "output_dim": 16}, (None, 5)),
            ["a table of 1,000 rows of 16: looked up, not multiplied"],
        ),
        (
            of("Flatten", {}, (None, 7, 7, 512)),
            ["flattens 7 × 7 × 512 into 25,088 values; positions are no longer separate axes"],
        ),
        (
            of("Flatten", {}, (None, None, 7, 512)),
            ["None × 7 × 512 has no known length: a Dense layer can't be built on it"],
        ),
        (of("Add", {}, (None, 7, 7, 64), (None, 1, 1, 64)), ["(1, 1, 64) is repeated to fit (7, 7, 64)"]),
        (
            of("GroupNormalization", {"groups": 4}, (None, 9, 8)),
            ["4 groups of 2 channels, normalized over all positions"],
        ),
    ],
)
def test_notes(found: Outcome, notes: list[str]) -> None:
    """What a reader should notice here is said with the layer's own numbers, and only where there is something."""
    assert list(found.notes) == notes


def test_arguments_that_are_left_out_take_keras_defaults() -> None:
    """MaxPooling2D alone halves; AveragePooling2D, which has no default window in Keras, says what it wants."""
    assert of("MaxPooling2D", {}, (None, 8, 8, 3)).shapes == ((None, 4, 4, 3),)
    with pytest.raises(ValueError, match="pool_size is required"):
        of("AveragePooling2D", {}, (None, 8, 8, 3))


def test_an_axis_as_tf_keras_wrote_it() -> None:
    """The files of tf.keras hold a BatchNormalization's axis as a list of one, and it is that axis."""
    assert of("BatchNormalization", {"axis": [3]}, (None, 8, 8, 5)) == of("BatchNormalization", {}, (None, 8, 8, 5))
    with pytest.raises(ValueError, match="axis must be one integer"):
        of("BatchNormalization", {"axis": [1, 2]}, (None, 8, 8, 5))


def test_layer_names_are_found_by_their_aliases() -> None:
    """A layer under its other name is the same layer."""
    for one, other in (("MaxPool2D", "MaxPooling2D"), ("GlobalAvgPool2D", "GlobalAveragePooling2D")):
        assert of(one, {}, (None, 8, 8, 3)) == of(other, {}, (None, 8, 8, 3))
    assert of("Convolution2D", CONV, (None, 8, 8, 3)) == of("Conv2D", CONV, (None, 8, 8, 3))


def test_channels_first_puts_the_formulas_in_the_order_of_the_axes() -> None:
    """With the channels first the first formula is theirs, and the map's sizes follow."""
    found = of("Conv2D", {**CONV, "data_format": "channels_first"}, (None, 3, 9, 8))
    assert found.shapes == ((None, 64, 7, 6),)
    assert [formula.value for formula in found.axes if formula] == [64, 7, 6]


def test_what_a_call_asks_for_counts() -> None:
    """An attention that is called for its scores gives them as a second output."""
    arguments = {"num_heads": 2, "key_dim": 4}
    found = outcome("MultiHeadAttention", arguments, [(None, 5, 8)] * 2, call={"return_attention_scores": True})
    assert found.shapes == ((None, 5, 8), (None, 2, 5, 5))


def test_states_follow_the_outputs() -> None:
    """An LSTM that returns sequences and states has three outputs, a bidirectional one five."""
    inner = {"units": 8, "return_sequences": True, "return_state": True}
    assert of("LSTM", inner, (2, 5, 3)).shapes == ((2, 5, 8), (2, 8), (2, 8))
    both = of("Bidirectional", {"layer": {"class_name": "LSTM", "config": inner}}, (2, 5, 3))
    assert both.shapes == ((2, 5, 16), (2, 8), (2, 8), (2, 8), (2, 8))
