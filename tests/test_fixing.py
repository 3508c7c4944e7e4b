"""What fixes a layer that is refused: each change is tried on live Keras, which refuses what was and takes what is."""

from __future__ import annotations

from typing import Any

import pytest

from cnnnotes import fixes
from cnnnotes._cli import main

from .layers.live import Live, live

Shape = tuple[int | None, ...]

CASES: list[tuple[str, dict[str, Any], list[Shape], str]] = [
    ("MaxPooling2D", {"pool_size": 3}, [(None, 2, 2, 64)], "pool_size=2"),
    ("AveragePooling1D", {"pool_size": 5}, [(None, 4, 8)], "pool_size=4"),
    ("Conv2D", {"filters": 8, "kernel_size": 5}, [(None, 4, 32, 3)], "kernel_size=(4, 5)"),
    ("Conv2D", {"filters": 8, "kernel_size": 3, "dilation_rate": 4}, [(None, 8, 8, 3)], "dilation_rate=3"),
    ("Conv2D", {"filters": 8, "kernel_size": 5}, [(None, 3, 32, 32)], 'data_format="channels_first"'),
    ("Conv2D", {"filters": 10, "kernel_size": 3, "groups": 4}, [(None, 8, 8, 6)], "groups=2"),
    ("Conv2D", {"filters": 10, "kernel_size": 3, "groups": 4}, [(None, 8, 8, 8)], "filters=8"),
    (
        "Conv2D",
        {"filters": 8, "kernel_size": 3, "strides": 2, "dilation_rate": 2},
        [(None, 8, 8, 3)],
        "dilation_rate=1",
    ),
    (
        "Conv2D",
        {"filters": 8, "kernel_size": 3},
        [(None, 28, 28)],
        "a channel axis: Reshape(target_shape=(28, 28, 1)) before it",
    ),
    ("Conv2D", {"filters": 8, "kernel_size": 3, "activation": "rellu"}, [(None, 8, 8, 1)], 'activation="relu"'),
    ("Conv2D", {"filters": 8, "kernel_size": 3}, [(None, 8, 8, None)], "an input of 3 channels"),
    ("DepthwiseConv2D", {"kernel_size": 9}, [(None, 8, 8, 3)], "kernel_size=8"),
    (
        "Conv2DTranspose",
        {"filters": 3, "kernel_size": 3, "strides": 2, "output_padding": 2},
        [(None, 8, 8, 3)],
        "output_padding=1",
    ),
    ("Add", {}, [(None, 8, 8, 32), (None, 8, 8, 64)], "Conv2D(filters=32, kernel_size=1) before the second input"),
    (
        "Add",
        {},
        [(None, 16, 16, 32), (None, 8, 8, 64)],
        "Conv2D(filters=64, kernel_size=1, strides=2) before the first input",
    ),
    ("Add", {}, [(None, 10), (None, 12)], "Dense(units=10) before the second input"),
    (
        "Concatenate",
        {},
        [(None, 8, 8, 32), (None, 6, 6, 16)],
        "Cropping2D(cropping=((1, 1), (1, 1))) before the first input",
    ),
    ("Concatenate", {"axis": 1}, [(None, 8, 8, 32), (None, 8, 8, 16)], "axis=-1"),
    ("Dense", {"units": 10}, [(None, None)], "an input whose last axis has a size, such as 128"),
    ("Reshape", {"target_shape": (7, 7, 63)}, [(None, 3136)], "target_shape=(7, 7, 64)"),
    ("Reshape", {"target_shape": (-1, 7, 63)}, [(None, 3136)], "target_shape=(-1,)"),
    ("Cropping2D", {"cropping": 4}, [(None, 8, 8, 3)], "cropping=3"),
    ("GroupNormalization", {}, [(None, 8, 8, 48)], "groups=24"),
    ("Dot", {"axes": 1}, [(None, 3, 4), (None, 4, 5)], "axes=(2, 1)"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[3]}")
def test_keras_refuses_the_layer_and_takes_each_of_its_fixes(
    case: tuple[str, dict[str, Any], list[Shape], str],
) -> None:
    """Keras refuses the layer, the expected change is offered, and with each change Keras gives the shape promised."""
    kind, arguments, inputs, expected = case
    assert isinstance(live(kind, arguments, inputs, {}), Exception)
    found = fixes(kind, arguments, inputs)
    assert expected in [fix.text for fix in found]
    for fix in found:
        made = live(fix.layer_type, fix.arguments, fix.inputs, {})
        assert isinstance(made, Live), f"{fix.text}: {made}"
        assert made.shapes == fix.outputs


def test_a_layer_before_an_input_gives_the_shape_that_is_claimed() -> None:
    """What is put before an input makes of it, in Keras, the shape that the merge is then given."""
    inputs: list[Shape] = [(None, 16, 16, 32), (None, 8, 8, 64)]
    (fix,) = fixes("Add", {}, inputs)
    assert fix.before is not None
    at, kind, arguments = fix.before
    made = live(kind, arguments, [inputs[at]], {})
    assert isinstance(made, Live)
    assert made.shapes == (fix.inputs[at],)


def test_a_flatten_over_unknown_sizes_is_fixed_though_keras_takes_it() -> None:
    """Keras builds the Flatten and refuses the Dense after it: global pooling has a length that is known."""
    found = fixes("Flatten", {}, [(None, None, None, 64)])
    assert [fix.text for fix in found] == [
        "GlobalAveragePooling2D in place of Flatten",
        "GlobalMaxPooling2D in place of Flatten",
        "an input of a fixed size, such as 224 × 224 × 64",
    ]
    for fix in found:
        assert isinstance(live("Dense", {"units": 10}, fix.outputs, {}), Live)
    assert fixes("Flatten", {}, [(None, 7, 7, 64)]) == []


def test_what_is_right_is_left_alone() -> None:
    """A layer that its rule takes has nothing to fix, and one that nothing helps is offered nothing."""
    assert fixes("Conv2D", {"filters": 8, "kernel_size": 3}, [(None, 8, 8, 3)]) == []
    assert fixes("Conv2D", {"filters": "many", "kernel_size": 3}, [(None, 8, 8, 3)]) == []
    assert fixes("NoSuchLayer", {}, [(None, 8)]) == []


def test_the_smallest_change_comes_first() -> None:
    """A smaller pool before padding, padding before a larger input."""
    texts = [fix.text for fix in fixes("MaxPooling2D", {"pool_size": 3}, [(None, 2, 2, 64)])]
    assert texts == ["pool_size=2", 'padding="same"', "an input of at least 3 × 3"]


def test_the_command_line_says_what_comes_out_and_what_fixes_it(capsys: pytest.CaptureFixture[str]) -> None:
    """A refused layer shows the arithmetic's 0 on stderr, its fixes on stdout, and ends with 1."""
    assert main(["layer", "MaxPooling2D", "pool_size=3", "--input", "2,2,64"]) == 1
    printed = capsys.readouterr()
    assert "ceil((2 - 3 + 1) / 3) = 0 along the height" in printed.err
    assert "Traceback" not in printed.err
    assert [line.split(" → ")[0].strip() for line in printed.out.splitlines()[1:]] == [
        "pool_size=2",
        'padding="same"',
        "an input of at least 3 × 3",
    ]
    assert main(["layer", "Add", "--input", "8,8,32", "--input", "8,8,64"]) == 1
    assert "Conv2D(filters=32, kernel_size=1) before the second input" in capsys.readouterr().out
    assert main(["layer", "MaxPooling2D", "pool_size=2", "--input", "2,2,64"]) == 0


def test_a_merge_of_shapes_without_axes_has_no_fix() -> None:
    """Two inputs that a broken file records as without any axis are merged by no layer before them."""
    assert all(fix.before is None for fix in fixes("Add", {}, [(), ()]))
