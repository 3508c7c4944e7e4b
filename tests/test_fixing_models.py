"""What fixes a whole model: each fix is made in live Keras, which builds the model and gives the shape promised."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import keras
import pytest

from cnnnotes import ExplainError, Fix, explain
from cnnnotes._cli import main
from cnnnotes.layers import read_call

Inserted = dict[tuple[str, int], str]
"""The layers, as one writes them, before an input of a merge: its name, and which input, counted from 0."""
BEFORE = re.compile(r"(\w+\([^;]*?\)) before the (first|second) input of (\w+)")


def unet(size: int, depth: int, merge: str = "Concatenate") -> dict[str, Any]:
    """The configuration of a U-Net with so many poolings, whose halves meet or don't."""
    layers: list[dict[str, Any]] = []

    def add(kind: str, name: str, config: dict[str, Any], *sources: str) -> str:
        inbound = [[[source, 0, 0, {}] for source in sources]] if sources else []
        config = {"name": name, **config}
        layers.append({"class_name": kind, "name": name, "config": config, "inbound_nodes": inbound})
        return name

    def conv(name: str, filters: int, source: str) -> str:
        return add("Conv2D", name, {"filters": filters, "kernel_size": 3, "padding": "same"}, source)

    x = add("InputLayer", "image", {"batch_shape": [None, size, size, 1]})
    skips = []
    for level in range(depth):
        x = conv(f"down{level}", 2**level, x)
        skips.append(x)
        x = add("MaxPooling2D", f"pool{level}", {}, x)
    x = conv("bottom", 2**depth, x)
    for level in reversed(range(depth)):
        x = conv(f"mix{level}", 2**level, add("UpSampling2D", f"up{level}", {}, x))
        x = conv(f"conv{level}", 2**level, add(merge, f"merge{level}", {}, skips[level], x))
    ends = {"input_layers": [["image", 0, 0]], "output_layers": [[x, 0, 0]]}
    return {"class_name": "Functional", "config": {"name": "unet", "layers": layers, **ends}}


def in_keras(size: int, depth: int, inserted: Inserted) -> tuple[int | None, ...]:
    """The output shape of the same U-Net in live Keras, with these layers put into it."""
    from keras import layers

    def conv(filters: int, x: Any) -> Any:
        return layers.Conv2D(filters, 3, padding="same")(x)

    x = keras.Input((size, size, 1))
    skips = []
    for level in range(depth):
        x = conv(2**level, x)
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    x = conv(2**depth, x)
    for level in reversed(range(depth)):
        both = [skips[level], conv(2**level, layers.UpSampling2D()(x))]
        for place in (0, 1):
            written = inserted.get((f"merge{level}", place))
            if written:
                kind, arguments = read_call(written)
                both[place] = getattr(layers, kind)(**arguments)(both[place])
        x = conv(2**level, layers.Concatenate()(both))
    return tuple(x.shape)


def refused(config: dict[str, Any]) -> tuple[Fix, ...]:
    with pytest.raises(ExplainError) as caught:
        explain(config)
    return caught.value.fixes


def meets(size: int, depth: int) -> bool:
    return not size % (1 << depth)


def check_unet(size: int, depth: int) -> None:
    """Each fix of a U-Net is made in Keras; the next fitting sizes, a padding and a cropping are among them."""
    if meets(size, depth):
        assert explain(unet(size, depth)).rows[-1].output_shape == (None, size, size, 1)
        return
    fixes = refused(unet(size, depth))
    texts = [fix.text for fix in fixes]
    below, above = (size // 2**depth * 2**depth, -(-size // 2**depth) * 2**depth)
    assert texts[: 1 + (below > 0)] == [
        f"an input of {fitting} × {fitting}, a multiple of {2**depth}" for fitting in (below, above) if fitting
    ]
    assert any(text.startswith("ZeroPadding2D(") for text in texts)
    assert any(text.startswith("Cropping2D(") for text in texts)
    for fix in fixes:
        found = BEFORE.findall(fix.text)
        inserted = {(merge, ("first", "second").index(place)): layer for layer, place, merge in found}
        assert bool(found) == (fix.layer_type != "InputLayer")
        assert fix.inputs[0][1] is not None
        assert fix.outputs == (in_keras(fix.inputs[0][1], depth, inserted),), fix.text


@pytest.mark.parametrize(("size", "depth"), [(90, 2), (88, 2), (350, 3), (44, 4), (100, 5)])
def test_the_halves_of_a_unet_are_made_to_meet(size: int, depth: int) -> None:
    """The sizes that fit, the padding and the cropping that are offered are what Keras takes."""
    check_unet(size, depth)


@pytest.mark.slow
@pytest.mark.parametrize("depth", [2, 3, 4, 5])
def test_the_halves_of_unets_of_many_sizes_are_made_to_meet(depth: int) -> None:
    """The same at 20 sizes of each depth, drawn from a printed seed."""
    seed = 20 + depth
    print(f"seed {seed}")
    for size in random.Random(seed).sample(range(2**depth, 260), 20):
        check_unet(size, depth)


def test_a_padding_keeps_the_size_and_a_cropping_says_what_it_costs() -> None:
    """At 358 the padding gives 358 × 358; the cropping gives 356, and says that 2 rows and columns are lost."""
    fixes = refused(unet(358, 2))
    (padded,) = (fix for fix in fixes if fix.text.startswith("ZeroPadding2D"))
    assert padded.text == "ZeroPadding2D(padding=((0, 1), (0, 1))) before the second input of merge1"
    assert padded.outputs == ((None, 358, 358, 1),)
    cropped = next(fix for fix in fixes if fix.text.startswith("Cropping2D"))
    assert cropped.text.endswith(": 2 rows and columns fewer than the input")
    assert cropped.outputs == ((None, 356, 356, 1),)


def classifier(number: int) -> dict[str, Any]:
    """A Sequential model on images whose channels come first, where they should be last; each number another one."""
    draw = random.Random(number)
    channels, height = draw.choice([1, 3]), draw.choice([28, 32, 64, 96])
    layers: list[tuple[str, dict[str, Any]]] = [
        ("InputLayer", {"batch_shape": [None, channels, height, height + draw.choice([0, 0, 8])]})
    ]
    for _ in range(draw.choice([1, 2])):
        layers.append(("Conv2D", {"filters": draw.choice([8, 16]), "kernel_size": draw.choice([3, 5])}))
        layers.append(("MaxPooling2D", {}))
    layers += [(draw.choice(["Flatten", "GlobalAveragePooling2D"]), {}), ("Dense", {"units": 10})]
    written = [{"class_name": kind, "config": {"name": f"l{i}", **each}} for i, (kind, each) in enumerate(layers)]
    return {"class_name": "Sequential", "config": {"name": "classifier", "layers": written}}


@pytest.mark.parametrize("number", range(10))
def test_the_channel_order_is_fixed_at_the_input(number: int) -> None:
    """The first fix is the input with its channels last; with it Keras builds the model, with the output promised."""
    config = classifier(number)
    first = refused(config)[0]
    given = config["config"]["layers"][0]["config"]["batch_shape"]
    assert first.arguments == {"shape": (*given[2:], given[1])}
    assert first.text.startswith(f"Input(shape={(*given[2:], given[1])}), the channels last")
    layers = [getattr(keras.layers, each["class_name"])(**each["config"]) for each in config["config"]["layers"][1:]]
    x = keras.Input(**first.arguments)
    for layer in layers:
        x = layer(x)
    assert first.outputs == (tuple(x.shape),)


def test_a_fix_within_a_model_lets_the_whole_model_work() -> None:
    """A pool that is too large is made smaller only as far as all the layers after it still fit."""
    layers: list[tuple[str, dict[str, Any]]] = [
        ("InputLayer", {"batch_shape": [None, 6, 6, 3]}),
        ("MaxPooling2D", {"name": "pool", "pool_size": 7}),
        ("Conv2D", {"name": "conv", "filters": 8, "kernel_size": 2, "padding": "same"}),
    ]
    written = [{"class_name": kind, "config": {"name": f"l{i}", **each}} for i, (kind, each) in enumerate(layers)]
    fixes = refused({"class_name": "Sequential", "config": {"name": "small", "layers": written}})
    assert [(fix.text, fix.outputs) for fix in fixes] == [
        ("pool_size=6, in pool", ((None, 1, 1, 8),)),
        ('padding="same", in pool', ((None, 1, 1, 8),)),
    ]


def test_the_axis_that_was_meant_stays() -> None:
    """A Concatenate along axis 1, the channels of maps that have them first, is fixed by a cropping of such maps."""
    from cnnnotes import fixes

    found = fixes("Concatenate", {"axis": 1}, [(None, 64, 88, 88), (None, 32, 89, 89)])
    assert found[0].text == (
        'Cropping2D(cropping=((0, 1), (0, 1)), data_format="channels_first") before the second input'
    )
    assert found[0].outputs == ((None, 96, 88, 88),)


def test_the_command_line_prints_what_fixes_a_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The error goes to standard error in one line, the fixes to standard output, and a traceback shows them too."""
    path = tmp_path / "unet.json"
    path.write_text(json.dumps(unet(90, 2)))
    assert main(["explain", str(path)]) == 1
    printed = capsys.readouterr()
    assert printed.err.startswith(f"cnnnotes: {path}: layer 'merge1': the inputs must agree along axis 1")
    assert printed.out.splitlines()[:2] == ["To fix it:", "  an input of 88 × 88, a multiple of 4 → (None, 88, 88, 1)"]
    with pytest.raises(ExplainError) as caught:
        explain(path)
    assert caught.value.__notes__[0].startswith("To fix it:\n  an input of 88 × 88")
