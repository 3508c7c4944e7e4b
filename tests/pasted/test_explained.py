"""A pasted summary, explained: what its rows agree on, and how they stand to its footer."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import keras

import cnnnotes
from cnnnotes._pasted.explained import explain_pasted
from cnnnotes._reading.architecture import Architecture, Layer, Recorded

from .models import model
from .printed import keras3, tf_keras
from .test_summary import NOTES


def audit(text: str) -> str:
    return " ".join(cnnnotes.explain(text).audit)


def test_the_notes_rows_are_explained() -> None:
    """Of the notes' own summary each row but the first has one configuration, and shows its formula."""
    first, second, third, dense = cnnnotes.explain(NOTES).rows
    assert second.candidates is not None
    assert (len(second.candidates), str(second.formula)) == (
        1,
        "K × (F_h × F_w × D_in + 1) = 64 × (3 × 3 × 32 + 1) = 18,496",
    )
    assert third.macs == 218 * 218 * 128 * 3 * 3 * 64
    assert dense.notes == ("Only units=10 fits.", "acts on the last axis: 218 × 218 kept")
    assert first.notes[0].startswith("Probably filters=32, kernel_size=3 on a (None, 224, 224, 3) input: ")
    assert first.notes[1].startswith("The summary doesn't show the input, so other settings are possible, such as ")


def test_a_number_is_filled_in_only_where_all_that_fits_agrees() -> None:
    """1 × 1 with `same` or `valid` gives the same number; a grouped kernel need not."""
    live = model("classifier")
    explained = cnnnotes.explain(keras3(live))
    pairs = list(zip(explained.rows, live.layers, strict=True))
    told = [(row, layer) for row, layer in pairs if row.trainable_params is not None]
    for row, layer in told:
        assert row.trainable_params == sum(keras.ops.size(weight) for weight in layer.trainable_weights)
    # of the first convolution too much fits to tell, and 64 weights after it also fit the height's 32 rows
    assert [row for row, _ in pairs if row.trainable_params is None] == list(explained.rows[:2])
    dense = [(row.macs, layer.kernel.shape[0] * layer.units) for row, layer in pairs if row.type == "Dense"]
    assert len(dense) == 2
    assert all(said == true for said, true in dense)
    assert explained.total_params == live.count_params()


def test_the_footer_is_held_against_the_rows() -> None:
    """Rows that add up are said to; a row that was left out is missed by its count."""
    text = keras3(model("classifier"))
    assert "The rows add up to the total, 147,098." in audit(text)
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if "64,064" in line or "dense (Dense)" in line or "(Dense)" in line)
    count = int(re.findall(r"([\d,]+) │$", lines[at])[0].replace(",", ""))
    short = "\n".join(lines[:at] + lines[at + 2 :])
    assert f"{count:,} less than the total of 147,098: a row is missing" in audit(short)


def test_optimizer_slots_are_told_apart() -> None:
    """After training the total roughly triples, and the audit says by what."""
    live = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)])
    live.compile("adam", "mse")
    live.optimizer.build(live.trainable_variables)
    said = audit(keras3(live))
    assert "The total of 71 counts 48 numbers of the optimizer: the model has 23." in said
    assert "The rows add up to the total, 23." in said
    assert cnnnotes.explain(keras3(live)).total_params == 23


def test_nested_rows_are_said_to_count_twice() -> None:
    """The rows of a nested model repeat what its own row counts."""
    for printer in (keras3, tf_keras):
        text = printer(model("nested"), 120, expand_nested=True)
        assert "The rows add up to the total" in audit(text)
        assert "add 408 to the column once more" in audit(text)


def test_rows_of_a_nested_model_beside_it_are_recognised() -> None:
    """Where the indentation is lost, the surplus is what the nested model has."""
    text = tf_keras(model("nested"), 120, expand_nested=True).replace("|", " ")
    assert re.search(r"more than the total of [\d,]+", audit(text))


def test_a_cut_count_is_what_the_footer_leaves() -> None:
    """With one count cut, the other rows and the total leave a single number for it."""
    live = keras.Sequential([keras.Input((400,)), keras.layers.Dense(300), keras.layers.Dense(2)])
    cut, other = cnnnotes.explain(keras3(live, 40)).rows
    assert (cut.params, other.params) == (120_300, 602)
    assert cut.notes[0] == "Its count is cut to '120,…'. The footer leaves 120,300 for it."
    assert cut.candidates is not None
    assert len(cut.candidates) == 2  # with a bias on 400 inputs, or without one on 401


def test_non_trainable_weights_are_found() -> None:
    """The footer's non-trainable weights are those of the rows' moving statistics."""
    assert "The 16 non-trainable parameters belong to batch_normalization" in audit(keras3(model("branches")))
    # 64 weights on a map of 32 × 32 × 16 are four vectors of 16, or two of 32 along the height: only 128 are certain
    open_row = audit(keras3(model("classifier")))
    assert "Of the 160 non-trainable parameters the rows show 128." in open_row
    shown = audit(keras3(model("frozen"), 110, show_trainable=True))
    assert "The 2,960 non-trainable parameters belong to 4 rows." in shown
    assert ", which must be frozen, beside the 128 of " in audit(keras3(model("frozen"), 110))


def test_statistics_that_a_text_counts_as_trained_are_remarked_on() -> None:
    """A footer of Keras 1 may count all of a BatchNormalization as trainable."""
    rows = "in_a (InputLayer)  (None, 5)  0\nbn (BatchNormalization)  (None, 5)  20\n"
    text = (
        f"Layer (type)  Output Shape  Param #\n{rows}Total params: 20\nTrainable params: 20\nNon-trainable params: 0\n"
    )
    assert "The text counts all 20 as trainable, the 10 of bn that no gradient changes too: Keras 1" in audit(text)
    assert "Keras 1" not in audit(
        text.replace("params: 20\nNon-trainable params: 0", "params: 10\nNon-trainable params: 10")
    )


def test_layers_that_change_an_image_at_random_are_known() -> None:
    """Without weights, and with the shape that they are given, there is nothing left to tell of them."""
    kinds = ("RandomFlip", "RandomRotation", "RandomZoom", "RandomBrightness", "Rescaling", "RandomPosterization")
    text = "\n".join(f"a_{i} ({kind})  (None, 8, 8, 3)  0" for i, kind in enumerate(("InputLayer", *kinds)))
    for row in cnnnotes.explain(text).rows[1:]:
        assert row.candidates is not None
        assert (len(row.candidates), row.trainable_params, row.macs, row.notes) == (1, 0, 0, ()), row


def test_a_name_whose_end_is_elided_stays_cut() -> None:
    """Of a name that tf.keras wraps, and whose last line is left out, no other row is made up."""
    lines = tf_keras(model("branches")).splitlines()
    at = next(i for i, line in enumerate(lines) if line.strip().startswith("ts_column (Conv2D)"))
    for dots in ("...", "...\u2007", " ..."):
        rows = cnnnotes.explain("\n".join([*lines[:at], dots, *lines[at + 1 :]])).rows
        long = [(row.name, row.type) for row in rows if row.name.startswith("a_convolution")]
        assert long == [("a_convolution_with_a_name_that_is_far_too_long_for_i…", "…")]


def test_what_is_not_built_counts_as_nothing() -> None:
    """Rows that are not built have no count, and the footer's zero is explained."""
    live = keras.Sequential([keras.layers.Conv2D(2, 3), keras.layers.Dense(3)])
    explained = cnnnotes.explain(keras3(live))
    assert [row.params for row in explained.rows] == [None, None]
    assert "2 rows are not built" in explained.audit[0]


def test_rows_too_many_to_look_into_say_so() -> None:
    """There is a bound on how many different rows are looked into, and a row beyond it names the bound."""
    layers = tuple(
        Layer(f"dense_{n}", "Dense", recorded=Recorded(((None, n),), 5 * n, str(5 * n), inputs=(((None, 4),),)))
        for n in range(1, 521)
    )
    rows = explain_pasted(Architecture("many", layers, "pasted")).rows
    assert "Only units=490 fits." in rows[489].notes
    assert "Not looked into: the rows before it are too many, or leave too much open." in rows[510].notes


def test_the_command_line_explains_a_pasted_text_without_a_framework() -> None:
    """`cnnnotes explain -` takes a summary from a pipe, and imports neither Keras nor TensorFlow for it."""
    code = "import sys; from cnnnotes._cli import main; status = main(['explain', '-']); " + (
        "assert not {'keras', 'tensorflow'} & set(sys.modules); sys.exit(status)"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, "-c", code], input=NOTES.encode(), capture_output=True, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "18,496" in done.stdout.decode()
