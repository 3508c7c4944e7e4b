"""No layer of Keras is forgotten, and each rule knows its arguments."""

from __future__ import annotations

import inspect
import re

import keras
import pytest
from keras.src.layers.preprocessing.image_preprocessing.base_image_preprocessing_layer import (
    BaseImagePreprocessingLayer,
)

from cnnnotes.layers import LayerError, NoRule, arguments_of, known_types, outcome, registered
from cnnnotes.layers._rule import ACTIVATIONS, COMMON_ARGUMENTS

from .live import ELSEWHERE, layer_class
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


def layer_types() -> list[str]:
    return sorted(name for name, value in vars(keras.layers).items() if isinstance(value, type))


@pytest.mark.parametrize("kind", layer_types())
def test_each_keras_layer_has_a_rule_or_a_reason(kind: str) -> None:
    """A class of keras.layers, aliases too, is ruled, or stands in the list of those that cannot be."""
    assert (registered(kind) is None) == (kind in WITHOUT_RULE)


def test_each_rule_is_compared_with_keras() -> None:
    """What a rule is known for is compared with Keras under that name, or is an alias of one that is."""
    compared = {layer_class(kind) for kind in CASES}
    assert {kind for kind in known_types() if layer_class(kind) not in compared} == set()


def own_signature(kind: str) -> dict[str, inspect.Parameter]:
    """The parameters of a class and of the classes that it hands its keyword arguments on to, below Layer."""
    found: dict[str, inspect.Parameter] = {}
    for base in layer_class(kind).__mro__:
        if base is keras.Layer or base is object:
            break
        if "__init__" not in vars(base):
            continue
        parameters = inspect.signature(base.__init__).parameters
        for name, parameter in parameters.items():
            if name != "self" and parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                found.setdefault(name, parameter)
        if base.__module__ == layer_class(kind).__module__ or not _hands_on(parameters):
            break
    return found


def _hands_on(parameters: object) -> bool:
    return any(parameter.kind == parameter.VAR_KEYWORD for parameter in parameters.values())  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", known_types())
def test_the_arguments_of_a_type_are_those_that_keras_takes(kind: str) -> None:
    """`arguments_of` names just what the class's signature names, and no name twice."""
    ours = arguments_of(kind)
    assert ours is not None
    assert len(set(ours)) == len(ours)
    theirs = own_signature(kind).keys() - NOT_OFFERED - set(COMMON_ARGUMENTS)
    if issubclass(layer_class(kind), BaseImagePreprocessingLayer):
        theirs |= {"data_format"}  # handed on to the base class by all of them
    assert set(ours) - set(COMMON_ARGUMENTS) - NOT_OFFERED == theirs


@pytest.mark.parametrize("kind", known_types())
def test_what_keras_requires_is_required(kind: str) -> None:
    """Without its necessary arguments a layer is refused, and the message names the first of them that is missing."""
    required = [
        name for name, each in own_signature(kind).items() if each.default is each.empty and name not in NOT_OFFERED
    ]
    if not required:
        return
    shape = {"1D": (None, 9, 4), "2D": (None, 9, 9, 4), "3D": (None, 9, 9, 9, 4)}.get(
        re.sub("Transpose", "", kind)[-2:], (None, 4)
    )
    inputs = [shape] * (2 if kind in ("Dot", "CustomScaleLayer", "HashedCrossing") else 1)
    if "Attention" in kind:
        inputs = [(None, 4, 4)] * 2
    if kind in ("Resizing", "CenterCrop", "RandomCrop", "RNN", "Bidirectional", "TimeDistributed"):
        inputs = [(None, 9, 9, 3)] if kind != "RNN" else [(None, 9, 3)]
    if kind in ("SimpleRNN", "GRU", "LSTM") or "DepthMaxPool" in kind:
        inputs = [(None, 9, 3)]
    if kind.startswith("ConvLSTM"):
        inputs = [(None, 3, *shape[1:])]
    with pytest.raises(LayerError, match=f"({'|'.join(required)}) is required"):
        outcome(kind, {}, inputs)


def test_an_unknown_type_has_no_rule() -> None:
    """A type that no rule is known of raises NoRule, which says the type."""
    with pytest.raises(NoRule, match="no rule is known for a layer of type 'Sequence2Sequence'"):
        outcome("Sequence2Sequence", {}, [(None, 3)])
    assert arguments_of("Sequence2Sequence") is None


def test_the_activations_are_those_that_keras_knows() -> None:
    """The names that an activation may have are Keras's own."""
    assert sorted(ACTIVATIONS.split()) == sorted(keras.src.activations.ALL_OBJECTS_DICT)


def test_the_layers_of_keras_applications_have_rules() -> None:
    """The layers that keras.applications registers itself are ruled, and so is DepthMaxPool."""
    assert [kind for kind in ELSEWHERE if registered(kind) is None] == []
