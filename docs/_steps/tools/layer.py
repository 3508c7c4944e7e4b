"""A layer calculated as HTML, for `docs/tools/layer.md`: its form, its answer, its drawing.

The form is made from the package's own statement of a type's arguments. A setting is what stands in the form, as JSON:
`{"type": "Conv2D", "input": "8, 8, 3", "arguments": {"filters": "16"}}`; several inputs stand between semicolons.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

from cnnnotes import CnnnotesError, Fix, Outcome, drawing, fixes, outcome
from cnnnotes._pasted.candidates.search import called
from cnnnotes._rendering.columns import printable, shape_text
from cnnnotes.layers import Argument, LayerError, LayerType, Shape, known_types, layer_type, read_call, reads

from .markup import math

Setting = dict[str, Any]

FIRST: Setting = {
    "type": "Conv2D",
    "input": "8, 8, 3",
    "arguments": {"filters": "16", "kernel_size": "3", "strides": "2", "padding": "same"},
}
"""What the page shows before anyone chooses."""
SMALL = {1: (12, 4), 2: (8, 8, 3), 3: (6, 6, 6, 2)}
"""Inputs of layers with a window, small enough to be drawn whole."""
FAMILIES = {
    "_convolutional": "Convolutions",
    "_windowed": "Pooling",
    "_core": "Core",
    "_reshaping": "Reshaping",
    "_merging": "Merging",
    "_normalization": "Normalization",
    "_rnn": "Recurrent",
    "_attention": "Attention",
    "_preprocessing": "Preprocessing",
    "_kept": "Shape kept",
}
"""The types by the module that their rule stands in."""
RARE = {"initializer", "regularizer", "constraint", "activation", "any"}
TEXTS = {"choice", "activation", "initializer", "regularizer", "constraint", "text"}
"""Kinds of arguments that are written without quotes."""
SIZE = re.compile(r"\d{1,18}|None|\?")


def _known(kind: str) -> LayerType:
    found = layer_type(kind)
    if found is None:
        raise LayerError(f"no layer type {kind!r} is known")
    return found


def types() -> dict[str, list[str]]:
    """The layer types that can be chosen, by family."""
    found: dict[str, list[str]] = {title: [] for title in FAMILIES.values()}
    for kind in known_types():
        if _known(kind).name == kind:
            module = _known(kind).rule.__module__.rpartition(".")[2]
            found[FAMILIES[module]].append(kind)
    return found


def example(kind: str) -> Setting:
    """A setting that works, with which a type's form begins."""
    stated = _known(kind)
    arguments, shapes = stated.example
    if shapes and reads(kind, arguments, shapes[0]):
        shapes = ((None, *SMALL[stated.rank or 2]),)
        if kind == "DepthMaxPool":
            shapes = ((None, 4, 4, 12),)
    texts = {name: _typed(value) for name, value in arguments.items()}
    return {"type": kind, "input": "; ".join(map(_sizes, shapes)), "arguments": texts}


# ---------------------------------------------------------------- what is typed, and what it means


def _sizes(shape: Shape) -> str:
    return ", ".join(map(str, shape[1:]))


def _typed(value: Any) -> str:
    """A value as one types it into the form."""
    if isinstance(value, dict) and "class_name" in value:
        return called(value["class_name"], value["config"])
    if isinstance(value, list) and any(isinstance(each, dict) for each in value):
        return f"[{', '.join(map(_typed, value))}]"
    return value if isinstance(value, str) else repr(value)


def _value(stated: LayerType, name: str, text: str) -> Any:
    """What was typed, as a value; what is no literal is left as it is, and the layer's rule says what it expects."""
    argument = stated.arguments.get(name)
    if text == "None" or (argument and argument.kind not in TEXTS):
        try:
            return read_call(f"{stated.name}({name}={text})")[1].get(name, text)
        except LayerError:
            pass
    return text


def _values(setting: Setting) -> dict[str, Any]:
    stated = _known(setting["type"])
    return {name: _value(stated, name, text) for name, text in setting["arguments"].items()}


def _shapes(stated: LayerType, text: str) -> tuple[Shape, ...]:
    found = []
    for part in text.split(";") if stated.inputs[1] != 0 else []:
        sizes = [size.strip() for size in part.strip("()[] \t,").split(",")]
        if not all(map(SIZE.fullmatch, sizes)) and sizes != [""]:
            raise LayerError(f"input must be sizes such as {_sizes(stated.shapes[0])}, got {part.strip()!r}")
        known = tuple(int(size) if size.isdigit() else None for size in sizes if size)
        whole = stated.rank is not None and len(known) == len(stated.shapes[0])  # as Keras writes it, with the batch
        found.append(known if whole else (None, *known))
    return tuple(found)


def code(setting: Setting) -> str:
    """The layer as a line of Python."""
    stated = _known(setting["type"])
    given = [f"{name}={_quoted(stated.arguments.get(name), text)}" for name, text in setting["arguments"].items()]
    return f"{'cnnnotes' if stated.name == 'DepthMaxPool' else 'keras.layers'}.{stated.name}({', '.join(given)})"


def _quoted(argument: Argument | None, text: str) -> str:
    plain = text == "None" or argument is None or argument.kind not in TEXTS
    return text if plain else f'"{text}"'


# ---------------------------------------------------------------- the form


def form(setting: Setting) -> str:
    """The fields of a type's arguments: the telling ones, and folded the others."""
    stated = _known(setting["type"])
    given = setting["arguments"]
    first: list[str] = []
    others: list[str] = []
    for name, argument in stated.arguments.items():
        rare = not argument.required and (argument.kind in RARE or name in stated.unseen or name == "data_format")
        (others if rare else first).append(_field(argument, stated.rank, given.get(name, "")))
    several = stated.inputs[1] != 1
    label = "Inputs, without the batch, with ; between" if several else "Input, without the batch"
    entry = f'<input name="input" value="{escape(setting["input"])}" autocomplete="off" spellcheck="false">'
    parts = [f'<label class="wide"><span>{label}</span>{entry}</label>'] if stated.inputs[1] != 0 else []
    opened = " open" if any(given.get(name) for name in stated.arguments if f'name="{name}"' in "".join(others)) else ""
    more = f"<details{opened}><summary>More arguments</summary><div>{''.join(others)}</div></details>" if others else ""
    return "".join([*parts, *first, more])


def _field(argument: Argument, rank: int | None, given: str) -> str:
    """A label with an input, or with a choice; what is left out takes the default, which stands there in grey."""
    default = "" if argument.required else str(argument.default)
    choices = ("True", "False") if argument.kind == "flag" else argument.choices
    common = f'name="{argument.name}" title="{escape(argument.describe(rank))}"'
    if choices:
        others = [choice for choice in choices if choice != default]
        first = f'<option value="">{escape(default)}</option>' if default else ""
        options = "".join(f"<option{' selected' * (choice == given)}>{choice}</option>" for choice in others)
        entry = f"<select {common}>{first}{options}</select>"
    else:
        mode = ' inputmode="numeric"' if argument.kind == "integer" and not argument.per_axis else ""
        entry = (
            f'<input {common} value="{escape(given)}" placeholder="{escape(default)}"{mode} '
            'autocomplete="off" spellcheck="false">'
        )
    wide = ' class="wide"' if argument.kind in ("layer", "layers") else ""
    name = argument.name.replace("_", "_<wbr>")  # a long one breaks there
    return f"<label{wide}><code>{name}</code>{entry}</label>"


def choices(chosen: str) -> str:
    """The options of the field that chooses a type."""
    return "".join(
        f'<optgroup label="{title}">{"".join(_option(kind, chosen) for kind in kinds)}</optgroup>'
        for title, kinds in types().items()
    )


def _option(kind: str, chosen: str) -> str:
    return f"<option{' selected' * (kind == chosen)}>{kind}</option>"


# ---------------------------------------------------------------- the answer


def choose(asked: str) -> str:
    """The form and the answer of a setting, as JSON; of one that names a type alone, those of its example."""
    setting = json.loads(asked)
    try:
        kind = _known(setting["type"]).name
    except LayerError:
        kind, setting = FIRST["type"], FIRST
    if "arguments" not in setting:
        setting = example(kind)
    known = {name: text for name, text in setting["arguments"].items() if name in _known(kind).arguments}
    setting = {"input": example(kind)["input"], **setting, "type": kind, "arguments": known}
    found = _answered(setting)
    if "tool-error" in found["html"]:
        found["html"] += fix(json.dumps(setting))
    return json.dumps({"type": kind, "form": form(setting), **found})


def answer(asked: str) -> str:
    """The answer of a setting, as JSON: `html`, `svg` where there is a window, what is `said`, and what is `wrong`."""
    return json.dumps(_answered(json.loads(asked)))


def _answered(setting: Setting) -> dict[str, str]:
    stated = _known(setting["type"])
    arguments, svg = _values(setting), ""
    inputs: tuple[Shape, ...] = ()
    try:
        inputs = _shapes(stated, setting["input"])
        try:
            svg = drawing(stated.name, arguments, inputs[0] if inputs else ())
        except (LayerError, IndexError):
            svg = ""  # no window, or arguments that `outcome` refuses with the reason
        found = outcome(stated.name, arguments, inputs)
    except CnnnotesError as error:
        return {**_refused(setting, str(error)), "svg": svg}
    count = "an unknown number of" if found.param_count is None else f"{found.param_count:,}"
    shapes = ", ".join(map(shape_text, found.shapes))
    parts = [_shape(shapes), _lines(stated, found, inputs, arguments), _notes(found), _code(setting)]
    return {"html": "".join(parts), "svg": svg, "said": f"Output shape {shapes}, {count} parameters.", "wrong": ""}


def _text(text: object) -> str:
    return escape(printable(str(text)))


def _shape(shapes: str) -> str:
    return f'<p class="tool-shape"><small>Output shape</small> {_text(shapes)}</p>'


def _lines(stated: LayerType, found: Outcome, inputs: tuple[Shape, ...], arguments: dict[str, Any]) -> str:
    """A line for each axis, the parameters and the multiply-accumulates, each with its formula."""
    names = stated.axis_names(len(found.axes), arguments.get("data_format"))
    lines = [(name, math(axis) if axis else "kept as it is") for name, axis in zip(names, found.axes, strict=True)]
    weights = ", ".join(f"{each.name} {' × '.join(map(str, each.shape)) or 'a number'}" for each in found.weights)
    params = math(found.params) if found.params else "0"
    lines.append(("parameters", params + (f"<small>{_text(weights)}</small>" if weights else "")))
    if found.macs is not None:
        lines.append(('<abbr title="multiply-accumulates of one example">MACs</abbr>', math(found.macs)))
    return (
        f'<dl class="tool-lines">{"".join(f"<div><dt>{term}</dt><dd>{value}</dd></div>" for term, value in lines)}</dl>'
    )


def _notes(found: Outcome) -> str:
    notes = (re.sub(r"`([^`]+)`", r"<code>\1</code>", _text(note)) for note in found.notes)
    items = "".join(f"<li>{note}</li>" for note in notes)
    return f'<ul class="tool-notes">{items}</ul>' if items else ""


def _code(setting: Setting) -> str:
    line = _text(code(setting)).replace("(", "(<wbr>", 1).replace("(<wbr>)", "()")
    return (
        f'<p class="tool-code"><code>{line}</code> <button type="button" class="tool-quiet" data-copy>Copy</button></p>'
    )


def _refused(setting: Setting, error: str) -> dict[str, str]:
    """Why a layer gives nothing, and which field is wrong."""
    names = (*_known(setting["type"]).arguments, "input")
    wrong = next((name for name in names if re.match(rf"(?:the )?{name}\b", error)), "")
    return {"html": f'<div class="tool-error"><p>{_text(error)}</p></div>', "said": error, "wrong": wrong}


def fix(asked: str) -> str:
    """What fixes a setting that is refused: a button for each change that the form can make.

    It takes a hundred times as long as the answer, so the page asks for it once the typing pauses.
    """
    setting = json.loads(asked)
    stated, wrong = _known(setting["type"]), _answered(setting)["wrong"]
    try:
        found = fixes(stated.name, _values(setting), _shapes(stated, setting["input"]))
    except CnnnotesError:
        found = []  # the sizes can't be read
    buttons = [*map(_fix, found), *([] if any(not each.before for each in found) else _back(setting, wrong))]
    return f'<div class="tool-fixes" role="group" aria-label="To fix it">{"".join(buttons)}</div>' if buttons else ""


def _fix(found: Fix) -> str:
    gives = ", ".join(map(shape_text, found.outputs))
    if found.before:  # another layer, which stands in no form
        return f"<p><code>{_text(found.text)}</code> <small>gives {_text(gives)}</small></p>"
    arguments = {name: _typed(value) for name, value in found.arguments.items()}
    changed = {"type": found.layer_type, "input": "; ".join(map(_sizes, found.inputs)), "arguments": arguments}
    return _button(found.text, gives, changed)


def _back(setting: Setting, wrong: str) -> list[str]:
    """Where no smaller change is known: the wrong argument, the input or all as in the type's example."""
    first, given = example(setting["type"]), setting["arguments"]
    without = {name: text for name, text in given.items() if name != wrong}
    value = {wrong: first["arguments"][wrong]} if wrong in first["arguments"] else {}
    changes = [
        (f"{wrong}={value[wrong]}" if value else f"{wrong} left out", {**setting, "arguments": without | value}),
        (f"an input of {first['input']}", {**setting, "input": first["input"]}),
        ("back to the example", first),
    ]
    for text, changed in changes:
        try:
            found = outcome(changed["type"], _values(changed), _shapes(_known(changed["type"]), changed["input"]))
        except CnnnotesError:
            continue
        return [_button(text, ", ".join(map(shape_text, found.shapes)), changed)]
    return []


def _button(text: str, gives: str, changed: Setting) -> str:
    shown = f"<code>{_text(text)}</code> <small>gives {_text(gives)}</small>"
    return f'<button type="button" data-set="{escape(json.dumps(changed))}">{shown}</button>'


def page() -> dict[str, str]:
    """What stands on the page before any script runs: the choice of a type, the first form and its answer."""
    found = _answered(FIRST)
    return {"choices": choices(FIRST["type"]), "form": form(FIRST), "answer": found["html"], "drawing": found["svg"]}
