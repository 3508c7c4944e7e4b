"""No layer of Keras is forgotten, and each rule knows its arguments."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import keras
import pytest
from keras.src.layers.preprocessing.image_preprocessing.base_image_preprocessing_layer import (
    BaseImagePreprocessingLayer,
)

from cnnnotes.layers import COMMON, LayerError, LayerType, NoRule, known_types, layer_type, outcome
from cnnnotes.layers._arguments import ACTIVATIONS

from .live import ELSEWHERE, KERAS_2, Live, layer_class, live
from .strategies import CASES

WITHOUT_RULE = {
    "TFSMLayer": "its shape stands in a SavedModel beside the file",
    "JaxLayer": "its function is code of its author's",
    "FlaxLayer": "its module is code of its author's",
    "TorchModuleWrapper": "its module is code of its author's",
    "Layer": "a base class, which does nothing",
    "Wrapper": "a base class, which cannot be called",
    "InputSpec": "no layer",
}

# Legacy or internal: Keras takes them in its signature, and no one passes them.
NOT_OFFERED = {
    "lora_rank",
    "lora_alpha",
    "quantization_config",
    "gptq_unpacked_column_size",
    "weights",
    "kwargs",
    "args",
}


LIVE_TYPES = [kind for kind in known_types() if kind not in KERAS_2]
"""The types that live Keras has."""


def layer_types() -> list[str]:
    return sorted(name for name, value in vars(keras.layers).items() if isinstance(value, type))


@pytest.mark.parametrize("kind", layer_types())
def test_each_keras_layer_has_a_rule_or_a_reason(kind: str) -> None:
    """A class of keras.layers, aliases too, is ruled, or stands in the list of those that cannot be."""
    assert (layer_type(kind) is None) == (kind in WITHOUT_RULE)


def test_each_rule_is_compared_with_keras() -> None:
    """What a rule is known for is compared with Keras under that name, or is an alias of one that is."""
    compared = {layer_class(kind) for kind in CASES}
    assert {kind for kind in LIVE_TYPES if layer_class(kind) not in compared} == set()


def own_signature(kind: str) -> dict[str, inspect.Parameter]:
    """The parameters of a class and of the classes that it hands its keyword arguments on to, below Layer."""
    found: dict[str, inspect.Parameter] = {}
    for base in layer_class(kind).__mro__:
        if base is keras.Layer or base is object:
            break
        if "__init__" not in vars(base):
            continue
        parameters = inspect.signature(vars(base)["__init__"]).parameters
        for name, parameter in parameters.items():
            if name != "self" and parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                found.setdefault(name, parameter)
        if base.__module__ == layer_class(kind).__module__ or not _hands_on(parameters):
            break
    return found


def _hands_on(parameters: Mapping[str, inspect.Parameter]) -> bool:
    return any(parameter.kind == parameter.VAR_KEYWORD for parameter in parameters.values())


def stated(kind: str) -> LayerType:
    found = layer_type(kind)
    assert found is not None
    return found


@pytest.mark.parametrize("kind", LIVE_TYPES)
def test_the_arguments_of_a_type_are_those_that_keras_takes(kind: str) -> None:
    """A type states just the arguments that the class's signature names."""
    theirs = own_signature(kind).keys() - NOT_OFFERED - set(COMMON)
    if issubclass(layer_class(kind), BaseImagePreprocessingLayer):
        theirs |= {"data_format"}  # handed on to the base class by all of them
    assert set(stated(kind).arguments) - NOT_OFFERED == theirs


# Keras's own order is one way in one class and another in the next: these are passed by name.
NOT_BY_PLACE = {kind for kind in LIVE_TYPES if "preprocessing" in layer_class(kind).__module__}
NOT_BY_PLACE |= {"Conv3DTranspose", "Convolution3DTranspose"}


@pytest.mark.parametrize("kind", sorted({*LIVE_TYPES} - NOT_BY_PLACE))
def test_the_arguments_stand_in_keras_order(kind: str) -> None:
    """What one passes by its place, up to the initializers, stands where Keras has it."""
    names = [
        name for name in inspect.signature(layer_class(kind).__init__).parameters if name in stated(kind).arguments
    ]
    places = [place for place, name in enumerate(names) if name.endswith(("initializer", "seed"))]
    names = names[: min(places, default=len(names))]
    assert [name for name in stated(kind).arguments if name in names] == names


def all_axes(value: Any) -> Any:
    """A default as one writes it: one number where all axes, and both ends of each, have the same."""
    while isinstance(value, list | tuple) and value and all(each == value[0] for each in value):
        value = value[0]
    return value


def test_each_default_is_keras_own() -> None:
    """Every argument that Keras has a default for states the same one, and those without one are required."""
    compared = 0
    for kind in LIVE_TYPES:
        ours = stated(kind).arguments
        for name, theirs in own_signature(kind).items():
            if name in NOT_OFFERED or name in COMMON or name not in ours:
                continue
            compared += 1
            if theirs.default is theirs.empty:
                assert ours[name].required, (kind, name)
            else:
                default = theirs.default if ours[name].kind in ("range", "list", "any") else all_axes(theirs.default)
                assert ours[name].default == default, (kind, name)
    print(f"{compared:,} defaults of {len(LIVE_TYPES)} layer types compared")
    assert compared > 1_000


def test_every_default_is_one_of_its_choices() -> None:
    """What an argument is by default may stand there: a choice is one of those listed, a size not below the least."""
    for kind in known_types():
        for argument in stated(kind).arguments.values():
            if argument.kind == "choice" and argument.default is not None and not argument.required:
                assert argument.default in argument.choices, (kind, argument.name)
            if argument.kind in ("integer", "number") and isinstance(argument.default, int | float):
                assert argument.minimum is None or argument.default >= argument.minimum, (kind, argument.name)
            assert argument.describe(stated(kind).rank)


@pytest.mark.parametrize("kind", CASES)
def test_the_example_of_a_type_works(kind: str) -> None:
    """Keras builds each type's example, and the rule gives the shapes and the number of parameters that it has."""
    arguments, inputs = stated(kind).example
    theirs = live(kind, arguments, inputs, {})
    assert isinstance(theirs, Live), theirs
    ours = outcome(kind, arguments, inputs)
    assert (ours.shapes, ours.param_count) == (theirs.shapes, theirs.params)


@pytest.mark.parametrize("kind", CASES)
def test_a_type_takes_as_many_inputs_as_it_states(kind: str) -> None:
    """One input fewer than the fewest, and one more than the most, is refused with the number that it takes."""
    arguments, inputs = stated(kind).example
    low, high = stated(kind).inputs
    wrong = [inputs[: low - 1]] * (low > 0)
    if high is not None:
        wrong.append((*inputs, *[(None, 4)] * (high + 1 - len(inputs))))
    assert wrong or (low, high) == (0, None)
    for given in wrong:
        with pytest.raises(LayerError, match=r"^takes .*, got"):
            outcome(kind, arguments, given)


@pytest.mark.parametrize(
    "kind", [kind for kind in CASES if any(each.required for each in stated(kind).arguments.values())]
)
def test_what_keras_requires_is_required(kind: str) -> None:
    """Without one of its necessary arguments a layer is refused, and the message names it."""
    arguments, inputs = stated(kind).example
    for name, argument in stated(kind).arguments.items():
        if argument.required:
            with pytest.raises(LayerError, match=f"^{name} is required"):
                outcome(kind, {key: value for key, value in arguments.items() if key != name}, inputs)


@pytest.mark.parametrize("kind", CASES)
def test_what_a_row_does_not_tell_changes_nothing(kind: str) -> None:
    """Shape and number of parameters are the same whatever an argument is that a row is stated to tell nothing of."""
    arguments, inputs = stated(kind).example
    found = outcome(kind, arguments, inputs)
    for name in stated(kind).unseen - {"data_format", "noise_shape", "activation"}:
        other = outcome(kind, {**arguments, name: stated(kind).arguments[name].minimum or 0.25}, inputs)
        assert (other.shapes, other.param_count) == (found.shapes, found.param_count)


def test_a_type_is_found_under_each_of_its_names() -> None:
    """An alias is the very type that it names."""
    for kind in LIVE_TYPES:
        found = stated(kind)
        assert stated(found.name) is found
        assert kind == found.name or kind in found.aliases
        assert layer_class(found.name) is layer_class(kind)


def test_an_unknown_type_has_no_rule() -> None:
    """A type that no rule is known of raises NoRule, which says the type."""
    with pytest.raises(NoRule, match="no rule is known for a layer of type 'Sequence2Sequence'"):
        outcome("Sequence2Sequence", {}, [(None, 3)])
    assert layer_type("Sequence2Sequence") is None


def test_the_activations_are_those_that_keras_knows() -> None:
    """The names that an activation may have are Keras's own."""
    assert sorted(ACTIVATIONS.split()) == sorted(keras.src.activations.ALL_OBJECTS_DICT)


def test_the_layers_of_keras_applications_have_rules() -> None:
    """The layers that keras.applications registers itself are ruled, and so is DepthMaxPool."""
    assert [kind for kind in ELSEWHERE if layer_type(kind) is None] == []


@pytest.mark.parametrize(
    ("kind", "count", "data_format", "names"),
    [
        ("Conv2D", 3, None, ["height", "width", "channels"]),
        ("Conv2D", 3, "channels_first", ["channels", "height", "width"]),
        ("MaxPooling3D", 4, "channels_last", ["depth", "height", "width", "channels"]),
        ("Conv1D", 2, None, ["length", "channels"]),
        ("GlobalAveragePooling2D", 1, None, ["channels"]),
        ("DepthMaxPool", 3, None, ["height", "width", "channels"]),
        ("Dense", 2, None, ["axis 1", "axis 2"]),
    ],
)
def test_the_axes_of_a_map_have_names(kind: str, count: int, data_format: str | None, names: list[str]) -> None:
    """The axes of a map are called by what they are, in the order that they come in; others by their number."""
    stated = layer_type(kind)
    assert stated
    assert stated.axis_names(count, data_format) == names
