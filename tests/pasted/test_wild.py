"""Small texts as people paste them, one or two for each kind of damage, and what is right of each."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

import cnnnotes
from cnnnotes import Explanation, Row

SINGLE_SPACES_CUT_TYPE = """\
_________________________________________________________________
Layer (type) Output Shape Param #
=================================================================
conv_a (Conv2D) (None, 30, 30, 8) 224
_________________________________________________________________
max_pooling2d_9 (MaxPooling2 (None, 15, 15, 8) 0
_________________________________________________________________
out (Dense) (None, 15, 15, 2) 18
=================================================================
Total params: 242
"""

ONE_COLUMN_OFF_FALSE_FORMULA = """\
Layer (type)                 Output Shape              Param #   
=================================================================
in_a (InputLayer)           [(None, 10, 4)]           0         
_________________________________________________________________
gru_a (GRU)                 (None, 5)                 150       
=================================================================
Total params: 150
"""

MARKDOWN_TABLE = """\
| Layer (type)    | Output Shape      | Param # |
| --------------- | ----------------- | ------- |
| in_a (InputLayer) | (None, 8, 8, 1) | 0       |
| conv_a (Conv2D) | (None, 6, 6, 2)   | 20      |

Total params: 20
"""

CUT_TYPE_DEFAULT_NAME = """\
_________________________________________________________________
Layer (type)                 Output Shape              Param #   
=================================================================
conv2d_1 (Conv2D)            (None, 32, 32, 16)        448       
_________________________________________________________________
average_pooling2d_1 (Average (None, 16, 16, 16)        0         
_________________________________________________________________
separable_conv2d_1 (Separabl (None, 16, 16, 32)        688       
_________________________________________________________________
global_average_pooling2d_1 ( (None, 32)                0         
_________________________________________________________________
dense_1 (Dense)              (None, 10)                330       
=================================================================
Total params: 1,466
"""

CUT_SHAPE = """\
__________________________________________________________________________________________________
Layer (type)                    Output Shape         Param #     Connected to                     
==================================================================================================
in_a (InputLayer)               (None, 224, 224, 3)  0                                            
__________________________________________________________________________________________________
conv_a (Conv2D)                 (None, 112, 112, 128 3584        in_a[0][0]                       
__________________________________________________________________________________________________
bn_a (BatchNormalization)       (None, 112, 112, 128 512         conv_a[0][0]                     
__________________________________________________________________________________________________
conv_b (Conv2D)                 (None, 112, 112, 64) 73792       bn_a[0][0]                       
==================================================================================================
Total params: 77,888
Trainable params: 77,632
Non-trainable params: 256
"""

FULL_NAME_AND_TWO_INPUTS = """\
__________________________________________________________________________________________________
Layer (type)                    Output Shape         Param #     Connected to                     
==================================================================================================
in_a (InputLayer)               (None, 5)            0                                            
__________________________________________________________________________________________________
in_b (InputLayer)               (None, 5)            0                                            
__________________________________________________________________________________________________
a_name_that_fills_the_whole_cel (None, 10)           0           in_a[0][0]                       
                                                                 in_b[0][0]                       
__________________________________________________________________________________________________
out (Dense)                     (None, 1)            11          a_name_that_fills_the_whole_cel[0
==================================================================================================
Total params: 11
"""

TENSORFLOW_JS = """\
_________________________________________________________________
Layer (type)                 Output shape              Param #   
=================================================================
flatten_Flatten1 (Flatten)   [null,784]                0         
_________________________________________________________________
dense_Dense1 (Dense)         [null,42]                 32970     
=================================================================
Total params: 32970
Trainable params: 32970
Non-trainable params: 0
"""

TENSORFLOW_JS_WITH_INPUTS = """\
____________________________________________________________________________________________________
Layer (type)            Input Shape             Output shape          Param #   Receives inputs
====================================================================================================
series (InputLayer)     [[null,10,4]]           [null,10,4]           0
____________________________________________________________________________________________________
gru (GRU)               [[null,10,4]]           [null,5]              150       series[0][0]
____________________________________________________________________________________________________
both (Bidirectional)    [[null,10,4]]           [null,6]              192       series[0][0]
____________________________________________________________________________________________________
joined (Concatenate)    [[null,5],[null,6]]     [null,11]             0         gru[0][0]
                                                                                both[0][0]
____________________________________________________________________________________________________
end (Dense)             [[null,11]]             [null,2]              24        joined[0][0]
====================================================================================================
Total params: 366
"""

FROZEN_ROW_NOT_NAMED = """\
_________________________________________________________________
Layer (type)                 Output Shape              Param #   
=================================================================
in_a (InputLayer)            (None, 20)                0         
_________________________________________________________________
emb_a (Embedding)            (None, 20, 50)            100000    
_________________________________________________________________
lstm_a (LSTM)                (None, 8)                 1888      
=================================================================
Total params: 101,888
Trainable params: 1,888
Non-trainable params: 100,000
"""

FROZEN_AFTER_COMPILE_TOTAL_DOUBLED = """\
_________________________________________________________________
Layer (type)                 Output Shape              Param #   
=================================================================
in_a (InputLayer)            (None, 10)                0         
_________________________________________________________________
dense_a (Dense)              (None, 10)                110       
_________________________________________________________________
dense_b (Dense)              (None, 10)                110       
=================================================================
Total params: 440
Trainable params: 220
Non-trainable params: 220
"""

POOLED_TO_ONE = """\
_________________________________________________________________
Layer (type)                 Output Shape              Param #   
=================================================================
in_a (InputLayer)            (None, 7, 7, 16)          0         
_________________________________________________________________
pool_a (AveragePooling2D)    (None, 1, 1, 16)          0         
=================================================================
Total params: 0
"""

FIRST_CONV_1X1_ON_48_CHANNELS = """\
_________________________________________________________________
Layer (type)                 Output Shape              Param #   
=================================================================
conv_a (Conv2D)              (None, 32, 32, 64)        3136      
=================================================================
Total params: 3,136
"""

FIRST_ROW_WRAPPER = """\
_________________________________________________________________
Layer (type)                 Output Shape              Param #   
=================================================================
bi_a (Bidirectional)         (None, 5, 20)             1680      
_________________________________________________________________
dense_a (Dense)              (None, 5, 3)              63        
=================================================================
Total params: 1,743
"""

CUDNN_LSTM = """\
_________________________________________________________________
Layer (type)                 Output Shape              Param #   
=================================================================
in_a (InputLayer)            (None, 32, 1)             0         
_________________________________________________________________
cl_a (CuDNNLSTM)             (None, 100)               41200     
=================================================================
Total params: 41,200
"""

KERASHUB_TABLE_BEFORE = """\
Preprocessor: "a_preprocessor"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                  ┃                 Config ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━┩
│ conv_a (SomeConverter)        │   Image size: (24, 24) │
└───────────────────────────────┴────────────────────────┘
Model: "a"
┏━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━━┓
┃ Layer (type)      ┃ Output Shape ┃ Param # ┃
┡━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━┩
│ in_a (InputLayer) │ (None, 4)    │       0 │
├───────────────────┼──────────────┼─────────┤
│ out (Dense)       │ (None, 2)    │      10 │
└───────────────────┴──────────────┴─────────┘
 Total params: 10 (40.00 B)
 Trainable params: 10 (40.00 B)
 Non-trainable params: 0 (0.00 B)
"""

HTML_SPANS = """\
<pre style="white-space:pre">┏━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━━┓
┃<span style="font-weight: bold"> Layer (type)    </span>┃<span style="font-weight: bold"> Output Shape </span>┃<span style="font-weight: bold"> Param # </span>┃
┡━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━┩
│ out (<span style="color: #0087ff">Dense</span>)     │ (<span style="color: #00d7ff">None</span>, <span style="color: #00af00">2</span>)    │      <span style="color: #00af00">10</span> │
└─────────────────┴──────────────┴─────────┘
</pre>
<pre style="white-space:pre"><span style="font-weight: bold"> Total params: </span><span style="color: #00af00">10</span> (40.00 B)
</pre>
"""  # noqa: E501

NOTE_BEHIND_THE_COUNT = """\
_________________________________________________________________
Layer (type)                 Output Shape              Param #
=================================================================
emb_a (Embedding)            (None, 5, 11)             308       = 28 * 11
_________________________________________________________________
lstm_a (LSTM)                (None, 32)                5632
=================================================================
Total params: 5,940
"""

FOOTER_OF_THE_SECOND_TABLE = """\
_________________________________________________________________
Layer (type)                 Output Shape              Param #   
=================================================================
out_a (Dense)                (None, 8)                 40        
_________________________________________________________________
Layer (type)                 Output Shape              Param #   
=================================================================
out_b (Dense)                (None, 2)                 18        
=================================================================
Total params: 18
"""

CONNECTED_TO_EMPTY = """\
____________________________________________________________________________________________________
Layer (type)                     Output Shape          Param #     Connected to                     
====================================================================================================
in_a (InputLayer)                (None, 32, 32, 3)     0                                            
____________________________________________________________________________________________________
conv_a (Conv2D)                  (None, 30, 30, 8)     224                                          
____________________________________________________________________________________________________
pool_a (MaxPooling2D)            (None, 15, 15, 8)     0                                            
====================================================================================================
Total params: 224
"""

SHAPE_MULTIPLE = """\
_________________________________________________________________
Layer (type)                 Output Shape              Param #   
=================================================================
dense_a (Dense)              multiple                  3845      
=================================================================
Total params: 3,845
"""

BN_AXIS_4818 = """\
Layer (type)                     Output Shape          Param #     Connected to
====================================================================================================
block4_conv3 (Convolution2D)     (None, 512, 45, 60)   2359808     activation_299[0][0]
____________________________________________________________________________________________________
bn_312 (BatchNormalization)      (None, 512, 45, 60)   240         block4_conv3[0][0]
____________________________________________________________________________________________________
maxpooling2d_59 (MaxPooling2D)   (None, 512, 22, 30)   0           bn_312[0][0]
"""

COLLAPSED_SPACES = """\
_________________________________________________________________
Layer (type) Output Shape Param # 
=================================================================
input_1 (InputLayer) (None, 458, 690, 3) 0 
_________________________________________________________________
conv2d (Conv2D) (None, 458, 690, 16) 448 
_________________________________________________________________
max_pooling2d (MaxPooling2D) (None, 229, 345, 16) 0 
_________________________________________________________________
conv2d_1 (Conv2D) (None, 229, 345, 8) 1160 
_________________________________________________________________
max_pooling2d_1 (MaxPooling2 (None, 115, 173, 8) 0 
_________________________________________________________________
conv2d_2 (Conv2D) (None, 115, 173, 8) 584 
_________________________________________________________________
max_pooling2d_2 (MaxPooling2 (None, 58, 87, 8) 0
_________________________________________________________________
conv2d_3 (Conv2D) (None, 58, 87, 8) 584
_________________________________________________________________
up_sampling2d (UpSampling2D) (None, 116, 174, 8) 0
_________________________________________________________________
conv2d_4 (Conv2D) (None, 116, 174, 8) 584
_________________________________________________________________
up_sampling2d_1 (UpSampling2 (None, 232, 348, 8) 0
_________________________________________________________________
conv2d_5 (Conv2D) (None, 230, 346, 16) 1168
_________________________________________________________________
up_sampling2d_2 (UpSampling2 (None, 460, 692, 16) 0
_________________________________________________________________
conv2d_6 (Conv2D) (None, 460, 692, 3) 435
"""


CONFIG: dict[str, Any] = {
    "class_name": "Sequential",
    "config": {
        "name": "m",
        "layers": [{"class_name": "Dense", "config": {"name": "out", "units": 2, "batch_input_shape": (None, 4)}}],
    },
}


def rows(text: str) -> dict[str, Row]:
    return {row.name: row for row in cnnnotes.explain(text).rows}


def numeric(row: Row) -> str | None:
    return row.formula.numeric() if row.formula else None


def setting(row: Row) -> dict[str, Any]:
    assert row.candidates is not None
    assert row.candidates.best is not None
    return dict(row.candidates.best.arguments)


def test_blanks_are_lost_and_a_type_is_cut() -> None:
    """Cells parted by one space, and a type cut by its column: the chain of a Sequential holds."""
    found = rows(SINGLE_SPACES_CUT_TYPE)
    assert [row.type for row in found.values()] == ["Conv2D", "MaxPooling2D", "Dense"]
    assert setting(found["conv_a"])["kernel_size"] == (3, 3)
    assert setting(found["max_pooling2d_9"])["pool_size"] == (2, 2)
    assert (found["out"].inputs, numeric(found["out"])) == (("max_pooling2d_9",), "2 × (8 + 1)")


def test_a_header_one_column_off_makes_up_no_input() -> None:
    """150 parameters on the (None, 10, 4) that is printed are a GRU without `reset_after`."""
    gru = rows(ONE_COLUMN_OFF_FALSE_FORMULA)["gru_a"]
    assert numeric(gru) == "3 × 5 × (4 + 5 + 1)"
    assert "Only units=5, reset_after=False fits." in gru.notes


def test_a_table_of_markdown_is_read() -> None:
    """Pipes between cells and a ruler of dashes."""
    found = rows(MARKDOWN_TABLE)
    assert [(row.type, row.params) for row in found.values()] == [("InputLayer", 0), ("Conv2D", 20)]
    assert numeric(found["conv_a"]) == "2 × (3 × 3 × 1 + 1)"


def test_a_cut_type_is_completed_by_its_default_name() -> None:
    """`average_pooling2d_1 (Average` can only be one: Keras never prints its aliases."""
    found = rows(CUT_TYPE_DEFAULT_NAME)
    assert [row.type for row in found.values()] == [
        *("Conv2D", "AveragePooling2D", "SeparableConv2D", "GlobalAveragePooling2D", "Dense")
    ]
    assert numeric(found["separable_conv2d_1"]) == "16 × 3 × 3 + 32 × (16 + 1)"


def test_what_a_shape_has_lost_is_told_by_counts_and_neighbours() -> None:
    """`(None, 112, 112, 128` is 128 by 3,584 and 512, and the next convolution reads it."""
    found = rows(CUT_SHAPE)
    assert found["conv_a"].output_shape == found["bn_a"].output_shape == (None, 112, 112, 128)
    assert numeric(found["conv_b"]) == "64 × (3 × 3 × 128 + 1)"
    assert setting(found["conv_b"])["strides"] == (1, 1)
    shorter = rows(CUT_SHAPE.replace("112, 128 3584", "112, 12  3584"))
    assert shorter["conv_a"].output_shape == (None, 112, 112, 128)


def test_a_name_that_fills_its_column_has_its_inputs() -> None:
    """The long row has two inputs and no type; the Dense after it reads 10 values."""
    found = cnnnotes.explain(FULL_NAME_AND_TWO_INPUTS).rows
    assert found[2].inputs == ("in_a", "in_b")
    assert (found[2].type, found[2].output_shape) == ("…", (None, 10))
    assert numeric(found[3]) == "1 × (10 + 1)"


def test_a_summary_of_tensorflow_js_is_read() -> None:
    """`[null,784]` and a title in lower case."""
    found = rows(TENSORFLOW_JS)
    assert found["flatten_Flatten1"].output_shape == (None, 784)
    assert numeric(found["dense_Dense1"]) == "42 × (784 + 1)"


@pytest.mark.parametrize("blanks", [" +", "(?!)"], ids=["collapsed", "in columns"])
def test_the_input_shapes_of_tensorflow_js_are_read(blanks: str) -> None:
    """Its newer summaries show each row's input shapes before the output's, and what it receives them from."""
    found = rows(re.sub(blanks, " ", TENSORFLOW_JS_WITH_INPUTS))
    assert [row.output_shape for row in found.values()] == [(None, 10, 4), (None, 5), (None, 6), (None, 11), (None, 2)]
    assert numeric(found["gru"]) == "3 × 5 × (4 + 5 + 1)"
    assert found["joined"].inputs == ("gru", "both")
    assert setting(found["both"])["layer"]["config"]["units"] == 3
    assert numeric(found["end"]) == "2 × (11 + 1)"


def test_the_frozen_row_is_named() -> None:
    """The 100,000 non-trainable parameters are those of one row, whose trainable count is then 0."""
    explained = cnnnotes.explain(FROZEN_ROW_NOT_NAMED)
    assert explained.audit[1] == "The non-trainable parameters are those of emb_a, which must be frozen."
    assert [row.trainable_params for row in explained.rows] == [0, 0, 1888]


def test_a_doubled_total_is_one_of_weights_that_were_frozen_late() -> None:
    """The same 220 count as trainable and as non-trainable; no row is missing."""
    (said,) = cnnnotes.explain(FROZEN_AFTER_COMPILE_TOTAL_DOUBLED).audit
    assert "`trainable` was changed after `compile`, and no row is missing" in said
    assert "dense_a and dense_b" in said


def test_what_pools_to_one_is_a_pool_of_all() -> None:
    """7 × 7 to 1 × 1 is a pool of 7 first."""
    assert setting(rows(POOLED_TO_ONE)["pool_a"])["pool_size"] == (7, 7)


def test_another_pool_is_written_as_one_writes_it() -> None:
    """A pool's strides are its size unless they are written, so another pool is named with both."""
    pooled = POOLED_TO_ONE.replace("1, 1, 16)          0  ", "3, 3, 16)          0  ")
    notes = rows(pooled)["pool_a"].notes
    assert notes[0].startswith("Probably pool_size=2: ")
    assert notes[1].endswith("such as pool_size=3, strides=2.")


def test_the_two_ends_of_a_padding_are_written_for_each_axis() -> None:
    """`(0, 1)` would pad the height by 0 and the width by 1 at both ends."""
    padded = POOLED_TO_ONE.replace("pool_a (AveragePooling2D)", "pad_a (ZeroPadding2D)    ").replace(
        "1, 1, 16", "8, 8, 16"
    )
    assert rows(padded)["pad_a"].notes[0].startswith("Probably padding=((0, 1), (0, 1)): ")


def test_a_first_convolution_is_given_an_image() -> None:
    """4 × 4 on 3 channels comes before 1 × 1 on 48."""
    assert numeric(rows(FIRST_CONV_1X1_ON_48_CHANNELS)["conv_a"]) == "64 × (4 × 4 × 3 + 1)"


def test_a_wrapper_may_come_first() -> None:
    """Bidirectional(LSTM(10)) on 10 and Bidirectional(GRU(10)) on 16 are both named, as one writes Keras."""
    notes = " ".join(rows(FIRST_ROW_WRAPPER)["bi_a"].notes)
    assert "Bidirectional(LSTM(10)), return_sequences=True on a (None, 5, 10) input" in notes
    assert "Bidirectional(GRU(10)), return_sequences=True, a (None, 5, 16) input" in notes


def test_layers_for_cudnn_are_known() -> None:
    """CuDNNLSTM has two biases for each gate."""
    assert numeric(rows(CUDNN_LSTM)["cl_a"]) == "4 × 100 × (1 + 100 + 2)"
    gru = rows(CUDNN_LSTM.replace("LSTM", "GRU").replace("41200", "30900"))["cl_a"]
    assert numeric(gru) == "3 × 100 × (1 + 100 + 2)"


def test_locally_connected_layers_are_known() -> None:
    """LocallyConnected has a kernel and biases of its own at each position."""
    text = CUDNN_LSTM.replace("CuDNNLSTM)             (None, 100)  ", "LocallyConnected1D)    (None, 30, 4)").replace(
        "41200", "480  "
    )
    assert setting(rows(text)["cl_a"])["kernel_size"] == (3,)
    first = "\n".join(line for line in text.splitlines() if "in_a" not in line)
    assert setting(rows(first)["cl_a"])["kernel_size"] == (3,)


def test_the_table_of_a_preprocessor_is_left_out() -> None:
    """KerasHub prints it before the model's; that it is left out is said."""
    explained = cnnnotes.explain(KERASHUB_TABLE_BEFORE)
    assert [row.name for row in explained.rows] == ["in_a", "out"]
    assert explained.audit == ("The rows add up to the total, 10.",)
    assert explained.notes == ("The table at line 3 lists no layers' shapes and counts, so it is left out.",)


def test_the_spans_of_a_notebook_are_taken_off() -> None:
    """A summary as HTML, with its colours."""
    assert numeric(rows(HTML_SPANS)["out"]) == "2 × (4 + 1)"


def test_a_note_after_the_count_is_left_out() -> None:
    """308 and 5,632 are the counts, and what is left out is said."""
    explained = cnnnotes.explain(NOTE_BEHIND_THE_COUNT)
    assert [row.params for row in explained.rows] == [308, 5632]
    assert explained.notes == ("Left out: the note after the count in line 4 ('= 28 * 11').",)


def test_each_footer_belongs_to_its_own_table() -> None:
    """Of two tables the first is explained, and has no footer."""
    explained = cnnnotes.explain(FOOTER_OF_THE_SECOND_TABLE)
    assert explained.audit == ("The text states no total. The rows that show a count add up to 40.",)
    assert explained.notes == ("The text holds 2 summaries. Only the first is explained.",)


def test_an_empty_column_of_connections_is_a_chain() -> None:
    """Where no row says what it is connected to, each is called on the one above."""
    found = rows(CONNECTED_TO_EMPTY)
    assert [row.inputs for row in found.values()] == [(), ("in_a",), ("conv_a",)]
    assert found["conv_a"].notes == ("Only filters=8, kernel_size=3 fits.",)


def test_a_dense_layer_needs_no_shape() -> None:
    """3,845 are 5 × (768 + 1), while the shape stays open."""
    dense = rows(SHAPE_MULTIPLE)["dense_a"]
    assert (dense.output_shape, numeric(dense)) == (None, "5 × (768 + 1)")
    second = rows(SHAPE_MULTIPLE.replace("Total", "drop_a (Dropout)  multiple  0\nout (Dense)  multiple  12\nTotal"))[
        "out"
    ]
    assert (second.output_shape, numeric(second)) == (None, "2 × (5 + 1)")


def test_a_table_without_its_last_column_is_read() -> None:
    """Where the counts are left out, the rows have their shapes all the same, and it is said."""
    found = cnnnotes.explain("\n".join(line.rpartition("   ")[0] for line in [HEADER, *ROWS]))
    assert [row.output_shape for row in found.rows] == [(None, 30, 30, 8), (None, 7200), (None, 2)]
    assert found.notes == ("The text is cut off before the column of counts.",)


@pytest.mark.parametrize("text", [repr(CONFIG), repr(json.dumps(CONFIG)), repr(CONFIG["config"])])
def test_a_configuration_as_a_prompt_shows_it_is_read(text: str) -> None:
    """`get_config()` and `to_json()` are read as Python prints them, of which nothing is run."""
    assert [(row.name, row.params) for row in cnnnotes.explain(text).rows] == [("out", 10)]
    with pytest.raises(cnnnotes.ReadError, match=r"no plain value of Python|is not JSON"):
        cnnnotes.explain(text[:-1] + " if print() else 0" + text[-1])


def test_normalization_of_the_wrong_axis_is_remarked_on() -> None:
    """240 are 4 × 60: on channels-first maps it acts on the last axis, and the glued row is read."""
    found = rows(BN_AXIS_4818)
    assert numeric(found["bn_312"]) == "4 × 60"
    assert any("the width of a channels-first map" in note for note in found["bn_312"].notes)
    glued = BN_AXIS_4818.replace("(BatchNormalization)      (None", "(BatchNorm(None")
    assert numeric(rows(glued)["bn_312"]) == "4 × 60"


def test_collapsed_columns_are_read_as_if_they_were_not() -> None:
    """A thread's autoencoder: fourteen rows in a chain, some with cut types."""
    found = rows(COLLAPSED_SPACES)
    assert [row.type for row in found.values()].count("UpSampling2D") == 3
    assert numeric(found["conv2d_6"]) == "3 × (3 × 3 × 16 + 1)"
    assert found["conv2d_6"].inputs == ("up_sampling2d_2",)


ROWS = [
    "conv_a (Conv2D)   (None, 30, 30, 8)   224",
    "flat_a (Flatten)   (None, 7200)   0",
    "out (Dense)   (None, 2)   14402",
]
HEADER = "Layer (type)   Output Shape   Param #"


@pytest.mark.parametrize(
    "text",
    [
        "\n".join([HEADER, "=" * 40, *ROWS]).replace("   ", "\t"),
        "\n".join([HEADER, "=" * 40, *ROWS]).replace("   ", "\u00a0\u00a0 "),
        "\n".join("|" + line.replace("   ", " | ") + "|" for line in [HEADER, "---   ---   ---", *ROWS]),
        "\n".join(line.replace("   ", " | ") for line in [HEADER, *ROWS]),
        "<table><tr><th>"
        + "</tr><tr><td>".join(line.replace("   ", "</td><td>") for line in [HEADER, *ROWS])
        + "</table>",
        "\n".join(f"{number:02d}. {line}" for number, line in enumerate([HEADER, "_" * 40, *ROWS], start=1)),
        "\n".join(f"[12:00:0{number}] INFO {line}" for number, line in enumerate([HEADER, *ROWS])),
        " ".join([HEADER, "=" * 30, *ROWS, "Total params: 14,626"]),
        "\n".join(["#> " + line for line in [HEADER, *ROWS]]),
        "\r\n\r\n".join([HEADER, "=" * 40, *ROWS]),
        "\n".join(ROWS),
        "\n".join(["Is this right?", "", HEADER, "=" * 40, *ROWS, "=" * 40, "", "Thanks!"]),
        "\n".join([HEADER, "=" * 40, *ROWS, "Total params: 14.626"]).replace("14402", "14.402"),
        "\n".join(f'      "{line}\\n",' for line in ['Model: \\"m\\"', HEADER, "=" * 40, *ROWS]),
        repr("\n".join(['Model: "m"', HEADER, "=" * 40, *ROWS, "Total params: 14,626"])),
        "\n".join([HEADER, "=" * 40, *ROWS, "Total params: 14 626"]).replace("14402", "14 402"),
        "\n".join(f'{{"log":"{line}\\n","stream":"stdout"}}' for line in [HEADER, *ROWS]),
        " ".join([HEADER, "=====", *ROWS]).replace("   ", " "),
        "\n".join(f'{{"stream_name":"stdout","time":1.5,"data":"{line}\\n"}}' for line in [HEADER, *ROWS]),
        "\n".join(re.sub(" {3}(.*) {3}", r',"\1",', line) for line in [HEADER, *ROWS]),
        "\n".join([HEADER, *ROWS]).replace("   ", "\n\n"),
        "\n".join([HEADER, "=" * 40, *ROWS]).replace("30,   8", "30,\n 8").replace(")   ", ")\n    "),
        "\n".join(f"│ {line} │" for line in [HEADER, "=" * 40, *ROWS]),
        "\n".join(["Capa (tipo)   Forma   Parámetros", *ROWS]).replace("None", "Ninguno"),
        "\n".join(
            f"| **{line.replace('   ', '** | **')}** |" if line == HEADER else f"| `{line.replace('   ', '` | `')}` |"
            for line in [HEADER, *ROWS]
        ),
    ],
)
def test_other_ways_to_paste_the_same_rows(text: str) -> None:
    """Tabs, pipes, HTML, prefixes, lines in quotes, a CSV file, lines broken within rows, translated, no header."""
    found = cnnnotes.explain(text).rows
    assert [(row.name, row.type, row.params) for row in found] == [
        *(("conv_a", "Conv2D", 224), ("flat_a", "Flatten", 0), ("out", "Dense", 14402))
    ]
    assert [row.inputs for row in found] == [(), ("conv_a",), ("flat_a",)]


@pytest.mark.parametrize("dots", ["…", "...", "[...]", "(12 more rows)", "   .\n   .\n   ."])
def test_what_depends_on_rows_that_are_left_out_stays_open(dots: str) -> None:
    """No input is made up for the row after dots; the rows after that are computed, and it is said what is missing."""
    explained: Explanation = cnnnotes.explain("\n".join([HEADER, ROWS[0], dots, *ROWS[1:], "Total params: 15,000"]))
    flat, dense = explained.rows[1:]
    assert (flat.inputs, flat.candidates) == ((), None)
    assert numeric(dense) == "2 × (7200 + 1)"
    assert "Rows are left out of the text at line 3" in explained.notes[0]
    assert explained.audit[0].startswith("The rows add up to 14,626 of 15,000. Rows that the text leaves out")


@pytest.mark.parametrize("kind", ["stream", "text/plain", "text/html"])
def test_a_summary_in_the_output_of_a_notebook_is_read(kind: str) -> None:
    """An .ipynb is read for what its cells printed; its code is left alone."""
    shown = (HTML_SPANS if kind == "text/html" else MARKDOWN_TABLE).splitlines(keepends=True)
    output = {"text": shown} if kind == "stream" else {"data": {kind: shown}}
    code = {"cell_type": "code", "source": ["raise SystemExit"], "outputs": [{"text": "Epoch 1"}, output]}
    notebook = json.dumps({"cells": [{"cell_type": "markdown", "source": []}, code], "nbformat": 4, "metadata": {}})
    assert [row.type for row in cnnnotes.explain(notebook).rows][-1] == ("Dense" if kind == "text/html" else "Conv2D")
