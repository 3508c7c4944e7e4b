"""What the layer calculator shows for a setting, as the reader's browser computes it too."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import pytest
from bs4 import BeautifulSoup

from cnnnotes import outcome
from cnnnotes.layers import LayerError, known_types, layer_type
from docs._steps.tools import layer
from docs._steps.windows import SETTINGS
from tests.layers.live import Live, live

KINDS = [kind for kinds in layer.types().values() for kind in kinds]
TAKE_ANYTHING = {"Identity", "Lambda"}


def asked(setting: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = json.loads(layer.answer(json.dumps(setting)))
    return found


def chosen(setting: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = json.loads(layer.choose(json.dumps(setting)))
    return found


def mistakes(kind: str) -> list[dict[str, Any]]:
    """Settings of a type that someone may type by mistake, each with one value changed."""
    stated, right = layer_type(kind), layer.example(kind)
    assert stated
    values = [(name, value) for name in stated.arguments for value in ("0", "x")]
    found = [{**right, "arguments": right["arguments"] | {name: value}} for name, value in values]
    return found + [{**right, "input": shape} for shape in ("1, 1, 1", "8, 8, 5; 4, 4, 3")]


def fixes_of(setting: dict[str, Any]) -> list[dict[str, Any]]:
    """The settings that the buttons below an error lead to."""
    html = layer.fix(json.dumps(setting))
    return [json.loads(str(button["data-set"])) for button in BeautifulSoup(html, "html.parser").select("[data-set]")]


def test_every_type_can_be_chosen() -> None:
    """Each type that a rule is known for stands in the form once, under its own name."""
    assert sorted(KINDS) == sorted(
        {kind for kind in known_types() if (layer_type(kind) or pytest.fail(kind)).name == kind}
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_form_of_a_type_begins_with_what_keras_takes(kind: str) -> None:
    """The example in the form is one that Keras builds, with the shape and the count that are shown."""
    setting = layer.example(kind)
    found = asked(setting)
    values = layer._values(setting)
    inputs = layer._shapes(layer._known(kind), setting["input"])
    ours = outcome(kind, values, inputs)
    assert f"Output shape {', '.join(map(str, ours.shapes))}" in found["said"]
    if inputs != layer._known(kind).example[1]:  # else tests/layers/test_registry.py compares it with Keras
        theirs = live(kind, values, inputs, {})
        assert isinstance(theirs, Live), theirs
        assert (ours.shapes, ours.param_count) == (theirs.shapes, theirs.params)


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_has_a_field_for_each_argument(kind: str) -> None:
    """A type's form asks for just the arguments that it takes, with the defaults in grey and the choices to choose."""
    stated = layer_type(kind)
    assert stated
    fields = BeautifulSoup(chosen({"type": kind})["form"], "html.parser").select("input, select")
    names = [str(field["name"]) for field in fields]
    assert sorted(names) == sorted([*stated.arguments, *["input"] * (stated.inputs[1] != 0)])
    for field in fields:
        argument = stated.arguments.get(str(field["name"]))
        if argument and field.name == "select":
            options = [option.get_text() for option in field.select("option")]
            assert set(argument.choices) <= set(options)
            assert argument.required or options[0] == str(argument.default)
        elif argument and not argument.required:
            assert field["placeholder"] == str(argument.default)


@pytest.mark.parametrize("kind", sorted({*KINDS} - TAKE_ANYTHING))
def test_each_mistake_has_its_fix(kind: str) -> None:
    """Whatever wrong value is typed, a button leads to a setting that works and gives the shape that it promises."""
    refused = 0
    for setting in mistakes(kind):
        found = asked(setting)
        if "tool-error" not in found["html"]:
            continue
        refused += 1
        fixes = fixes_of(setting)
        assert fixes, (setting, found["said"])
        for fix in fixes[:2]:
            assert "tool-error" not in chosen(fix)["html"], (setting, fix)
    assert refused


def test_a_spectrogram_without_a_step_is_refused() -> None:
    """Half of a frame of 1 is a step of 0, which Keras can't take either."""
    with pytest.raises(LayerError, match="frame_step must be positive, got 0"):
        outcome("STFTSpectrogram", {"frame_length": 1}, [(None, 16000, 1)])


def test_what_is_typed_is_text() -> None:
    """Markup in a field is shown as it stands, in an error too."""
    evil = '<img src=x onerror="alert(1)">'
    for name in ("filters", "padding"):
        found = chosen({"type": "Conv2D", "input": "8, 8, 3", "arguments": {"kernel_size": "3", name: evil}})
        assert "<img" not in found["html"] + found["form"]
        assert escape(evil) in found["form"] or name == "padding"
    assert "<img" not in asked({"type": "Conv2D", "input": evil, "arguments": {}})["html"]
    assert chosen({"type": evil})["type"] == "Conv2D"


def test_a_linked_argument_that_the_type_lacks_is_left_out() -> None:
    """Of an address that names what no field asks for, the remainder is shown."""
    setting = {"type": "MaxPooling2D", "input": "8, 8, 3", "arguments": {"pool_size": "3", "utm_source": "mail"}}
    assert "MaxPooling2D(<wbr>pool_size=3)" in chosen(setting)["html"]


def test_a_layer_within_a_layer_is_typed_as_a_call() -> None:
    """A wrapper's layer is read as Keras code, and its line of code holds it as it was typed."""
    setting = {"type": "TimeDistributed", "input": "10, 8", "arguments": {"layer": "Dense(4, activation='relu')"}}
    found = asked(setting)
    assert found["said"] == "Output shape (None, 10, 4), 36 parameters."
    assert layer.code(setting) == "keras.layers.TimeDistributed(layer=Dense(4, activation='relu'))"


@pytest.mark.parametrize("name", SETTINGS)
def test_a_lessons_link_opens_its_drawing(name: str) -> None:
    """The setting in the address of a lesson's link gives the lesson's own drawing."""
    kind, arguments, shape = SETTINGS[name]
    texts = {key: str(value) for key, value in arguments.items()}
    assert (
        chosen({"type": kind, "input": ",".join(map(str, shape)), "arguments": texts})["svg"] == SETTINGS[name].draw()
    )


def test_a_window_that_does_not_fit_is_drawn_beside_its_error() -> None:
    """The answer says why, draws the window, and offers the fixes of the package."""
    setting = {"type": "MaxPooling2D", "input": "2, 2, 64", "arguments": {"pool_size": "3"}}
    found = asked(setting)
    assert found["said"].startswith("the window does not fit")
    assert "cn-beyond" in found["svg"]
    assert [fix["arguments"] for fix in fixes_of(setting)] == [
        {"pool_size": "2"},
        {"pool_size": "3", "padding": "same"},
        {"pool_size": "3"},
    ]
