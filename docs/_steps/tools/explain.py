"""A model explained as HTML, for `docs/tools/explain.md`: what the page shows at once, and what it asks for later.

Everything here is text in and text out. Names come from untrusted files, so whatever is no HTML of this module's own
goes through `_text`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from cnnnotes import CnnnotesError, Explanation, Formula, Row, explain
from cnnnotes._explaining.findings import Finding
from cnnnotes._reading import Text, read
from cnnnotes._reading.architecture import Architecture
from cnnnotes._rendering import render
from cnnnotes._rendering.columns import bytes_text, count_text, field_text, footer, printable, shape_text
from cnnnotes.layers import layer_type

from .markup import math

PASTED = "pasted text"
"""What a text that was pasted is called, as if it were a file of this name."""
HDF5 = b"\x89HDF\r\n\x1a\n"
MAX_SETTINGS = 200
"""How many settings of a row can be stepped through."""
MAX_DRAWN = 300
"""The most rows of which a drawing is shown on the page; more can be saved."""
SETTINGS = re.compile(
    r"Probably |One other setting fits|(\d+|Many) other settings fit|The summary doesn't show the input, so"
)
"""How the notes on a row's settings begin, in whose place the settings are stepped through."""


class _Last:
    """What was explained last: its rows are asked for one by one."""

    source: Architecture | bytes
    name: str
    found: Explanation


def explain_file(path: str, name: str) -> str:
    """The answer for a file, as JSON: `html`, and `said` for who can't see it, or an `error` of one line."""
    with open(path, "rb", buffering=0) as file:  # else 128 KiB are read for eight bytes
        if file.read(len(HDF5)) == HDF5:
            return json.dumps({"error": _hdf5(name), "fixes": ""})
    return _answered(_Path(path), name)


def explain_text(text: str) -> str:
    """The answer for a pasted text; as for a file."""
    return _answered(text.encode("utf-8", "surrogatepass"), PASTED)


def again(options: str) -> str:
    """The answer for what was explained last, at the `inputs` and the `batch` that `options` names, in JSON."""
    asked = json.loads(options)
    try:
        inputs = {name: _sizes(name, text) for name, text in asked["inputs"].items()}
        batch = _batch(asked["batch"])
    except ValueError as error:
        return json.dumps({"error": str(error), "fixes": ""})
    return _explained(inputs, batch)


class _Path:
    """A path that no one takes for a text, whatever it is called."""

    def __init__(self, path: str):
        self.path = path

    def __fspath__(self) -> str:
        return self.path


def _hdf5(name: str) -> str:
    stem = name.rpartition(".")[0] or name
    return (
        f'{name}: this page does not read HDF5. In Python, keras.saving.load_model("{name}").save("{stem}.keras") '
        f"writes a file that it reads; on the command line, cnnnotes explain {name} explains it as it is."
    )


def _answered(source: Any, name: str) -> str:
    try:
        found = read(source, name)
    except (CnnnotesError, MemoryError) as error:
        return _failed(error)
    _Last.source, _Last.name = found.text.encode("utf-8", "surrogatepass") if isinstance(found, Text) else found, name
    return _explained(None, None)


def _explained(inputs: dict[str, tuple[int | None, ...]] | None, batch: int | None) -> str:
    try:
        _Last.found = explain(_Last.source, _Last.name, inputs, batch)
    except (CnnnotesError, MemoryError, RecursionError) as error:
        return _failed(error)
    found = _Last.found
    total = count_text(found.total_params)
    said = "The error is explained." if found.kind == "error" else f"{_rows(found)}, {total} parameters."
    return json.dumps({"html": html(found, batch), "said": f"{printable(found.name)}: {said}"})


def _failed(error: Exception) -> str:
    fixes = [f"{fix.text} → {', '.join(map(shape_text, fix.outputs))}" for fix in getattr(error, "fixes", ())]
    return json.dumps({"error": printable(str(error) or "not enough memory"), "fixes": _fixes(fixes)})


def _sizes(name: str, text: str) -> tuple[int | None, ...]:
    """The sizes of an input, without the batch, from what was typed: `224, 224, 3`."""
    parts = [part.strip() for part in re.split(r"[,x×]", text.strip("()[] ,")) if part.strip()]
    if not parts or not all(re.fullmatch(r"\d{1,9}|None|\?", part) for part in parts):
        raise ValueError(f"{name}: expected sizes such as 224, 224, 3, got {text!r}")
    return tuple(int(part) if part.isdigit() else None for part in parts)


def _batch(text: str) -> int | None:
    if not re.fullmatch(r"\d{0,9}", text):
        raise ValueError(f"expected the number of examples in a batch, got {text!r}")
    return int(text) if text and int(text) else None


def save(form: str) -> str:
    """What was explained last in a format of the command line."""
    return render(_Last.found, form)


def drawing() -> str:
    """The drawing of what was explained last, for the page: its policy takes no style, and its own styles do."""
    return re.sub(r' style="[^"]*"|<style>.*?</style>', "", save("svg"), flags=re.DOTALL)


def example(text: str) -> str:
    """The answer's HTML for a text, which the build puts on the page."""
    answer: str = json.loads(explain_text(text))["html"]
    return answer


# ---------------------------------------------------------------- the answer


def html(found: Explanation, batch: int | None = None) -> str:
    """An explanation as the page shows it."""
    heading = f'<h2 id="answer" tabindex="-1">{_text(found.name)}</h2>'
    audit = "".join(f"<p>{_text(sentence)}</p>" for sentence in (*found.audit, *found.notes))
    if found.kind == "error":
        texts = [
            fix.text + (f" → {', '.join(map(shape_text, fix.outputs))}" if fix.outputs else "") for fix in found.fixes
        ]
        return f"{heading}{audit}{_fixes(texts)}{_saving(('markdown', 'html', 'json'))}"
    totals = "".join(f"<dt>{_text(label)}</dt><dd>{_text(value)}</dd>" for label, value in footer(found))
    picture = '<details class="tool-picture"><summary>The architecture as a drawing</summary></details>'
    return "".join([
        heading,
        f'<p class="tool-sum">{_rows(found)} · {_text(KINDS.get(found.kind, found.kind))}</p>',
        _again(found, batch),
        _findings(found),
        _table(found),
        f'<dl class="tool-totals">{totals}</dl><div class="tool-audit">{audit}</div>',
        picture if len(found.rows) <= MAX_DRAWN else "",
        _saving(("markdown", "html", "json", "svg")),
    ])  # fmt: skip


def _rows(found: Explanation) -> str:
    return f"{len(found.rows):,} {'row' if len(found.rows) == 1 else 'rows'}"


KINDS = {"pasted": "a pasted summary", "weights": "weights alone"}


def _text(text: object) -> str:
    return escape(printable(str(text)))


def _prose(text: str) -> str:
    """A sentence of the package, with what it sets between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", _text(text))


def _math(formula: Formula | None) -> str:
    return "" if formula is None else math(formula)


def _fixes(texts: Sequence[str]) -> str:
    items = "".join(f"<li>{_text(text)}</li>" for text in texts)
    return f'<p>To fix it:</p><ul class="tool-fixes">{items}</ul>' if items else ""


def _saving(forms: Sequence[str]) -> str:
    titles = {"markdown": "Markdown", "html": "HTML", "json": "JSON", "svg": "SVG"}
    buttons = (f'<button type="button" class="tool-quiet" data-save="{form}">{titles[form]}</button>' for form in forms)
    return f'<p class="tool-save"><span>Save as</span> {" ".join(buttons)}</p>'


def _finding(each: Finding) -> str:
    """A finding in its own words, whose kind links to the section of the site that proves it."""
    said = str(each).removeprefix(each.kind).removesuffix(f" See {each.page}")
    return f'<a href="../../{_text(each.page)}">{_text(each.kind)}</a>{_prose(said)}'


def _findings(found: Explanation) -> str:
    """What is worth a look in a model, each with the section of the site that proves it."""
    items = "".join(f"<li>{_finding(each)}</li>" for each in found.findings)
    heading = "<h3>Worth a look</h3>"
    return (
        f'<section class="tool-findings" aria-label="Worth a look">{heading}<ul>{items}</ul></section>' if items else ""
    )


def _again(found: Explanation, batch: int | None) -> str:
    """The form that asks for another size of the input, or for a batch; a text has neither."""
    if found.kind in ("pasted", "weights") or not found.inputs:
        return ""
    several = len(found.inputs) > 1
    fields = [
        f'<label>{_text(name) if several else "Input size"} <input name="input" data-name="{escape(name)}" size="14" '
        f'autocomplete="off" spellcheck="false" value="{_text(", ".join(map(str, (shape or ())[1:])))}"></label>'
        for name, shape in found.inputs
    ]
    fields.append(
        '<label>Batch <input name="batch" inputmode="numeric" size="5" autocomplete="off" placeholder="none" '
        f'value="{batch or ""}"></label>'
    )
    button = '<button class="tool-quiet" type="submit">Compute</button>'
    return f'<form class="tool-again" aria-label="Another input size">{"".join(fields)}{button}</form>'


# ---------------------------------------------------------------- the rows

SORTED = {"params": "Params", "macs": "MACs", "bytes": "Memory"}


def _table(found: Explanation) -> str:
    numbers = {"params": [row.params for row in found.rows], "macs": [row.macs for row in found.rows]}
    numbers["bytes"] = [row.activation_bytes for row in found.rows]
    shown = [key for key in SORTED if key == "params" or any(numbers[key])]
    heads = "".join(
        f'<th scope="col" class="number {key}"><button type="button" data-sort="{key}">{SORTED[key]}</button></th>'
        for key in shown
    )
    most = {key: max((number for number in numbers[key] if number), default=1) for key in shown}
    body = "".join(_body(row, place, shown, most) for place, row in enumerate(found.rows))
    return (
        f'<table class="tool-rows"><caption class="tool-unseen">The rows of {_text(found.name)}</caption>'
        f'<thead><tr><th scope="col">Layer</th><th scope="col" class="shape">Output shape</th>{heads}'
        f"</tr></thead>{body}</table>"
    )


def _body(row: Row, place: int, shown: list[str], most: dict[str, int]) -> str:
    """A row of the model with, folded, those of a nested model."""
    values = " ".join(f'data-{key}="{_number(row, key) or 0}"' for key in shown)
    inner = "".join(_lines(below, path, shown, most) for path, below in _below(row, (place,)))
    return f"<tbody {values}>{_lines(row, (place,), shown, most)}</tbody>" + (
        f'<tbody class="inner" hidden>{inner}</tbody>' if inner else ""
    )


def _below(row: Row, path: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Row]]:
    for place, each in enumerate(row.rows or ()):
        yield (*path, place), each
        yield from _below(each, (*path, place))


def _number(row: Row, key: str) -> int | None:
    number: int | None = {"params": row.params, "macs": row.macs, "bytes": row.activation_bytes}[key]
    return number


def _lines(row: Row, path: tuple[int, ...], shown: list[str], most: dict[str, int]) -> str:
    """A row of the table, and below it why."""
    shapes = "?" if row.shapes is None else " ".join(map(shape_text, row.shapes))
    place = ".".join(map(str, path))
    name = f'<button type="button" aria-expanded="false" data-path="{place}">{_text(row.name)}</button>'
    cells = "".join(_cell(row, key, most[key]) for key in shown)
    level = f' data-level="{min(len(path) - 1, 3)}"' if len(path) > 1 else ""
    head = f'<th scope="row">{name} <span>{_text(row.type)}</span><span class="narrow">{_text(shapes)}</span></th>'
    notes = [note for note in row.notes if not (_steps(row) and SETTINGS.match(note))]
    why = [_math(row.formula) if row.params else "", *(f'<p class="note">{_prose(note)}</p>' for note in notes)]
    if _steps(row):
        why.append(f'<div class="tool-setting" data-path="{place}">{_setting(row, 0)}</div>')
    return (
        f'<tr{level}>{head}<td class="shape">{_text(shapes)}</td>{cells}</tr>'
        f'<tr class="why"{level}><td colspan="{len(shown) + 2}">{"".join(why)}</td></tr>'
    )


SHORT = ((10**12, "T"), (10**9, "G"), (10**6, "M"))


def _cell(row: Row, key: str, most: int) -> str:
    number = _number(row, key)
    if key == "bytes":
        text = bytes_text(number)
    elif key == "macs":
        unit = next(((size, letter) for size, letter in SHORT if (number or 0) >= size), None)
        text = f"{(number or 0) / unit[0]:.1f} {unit[1]}" if unit else count_text(number)
    else:
        text = count_text(number)
    share = min(round(100 * (number or 0) / most), 100)
    bar = f'<span class="share" data-share="{share}"></span>' if share > 3 else ""  # less looks like a speck
    return f'<td class="number {key}">{text}{bar}</td>'


def _steps(row: Row) -> bool:
    """Whether the row could have had more than one setting, so that they are stepped through."""
    return row.candidates is not None and len(row.candidates) > 1


def _row(path: str) -> Row:
    first, *others = map(int, path.split("."))
    row = _Last.found.rows[first]
    for place in others:
        row = (row.rows or ())[place]
    return row


def setting(path: str, number: int) -> str:
    """The setting of this number that a row of a text could have had, and in a template its formula."""
    row = _row(path)
    _, outcome = row.candidates.outcomes(number + 1)[-1]
    return f"{_setting(row, number)}<template>{_math(outcome.params) if row.params else ''}</template>"


def _setting(row: Row, number: int) -> str:
    fitting = row.candidates
    listed = fitting.first(min(number + 1, MAX_SETTINGS))
    number = min(number, len(listed) - 1)
    one = listed[number]
    note = next((note for note in row.notes if note.startswith("Probably ")), "")
    given = " and ".join(map(shape_text, one.inputs))
    said = f"<code>{_text(fitting.text(one))}</code>{f' on {_text(given)}' if given else ''}"
    return (
        f'<span class="steps">{_step("Previous", "‹", number - 1, number > 0)}'
        f"{_step('Next', '›', number + 1, _has(fitting, number + 1))}</span>"
        f'<span class="at">{number + 1:,} of {len(fitting):,}</span> '
        f'<span class="said">{_prose(note) if note and not number else said}</span>'
    )


def _step(name: str, sign: str, number: int, possible: bool) -> str:
    disabled = "" if possible else ' aria-disabled="true"'
    return f'<button type="button" aria-label="{name} setting" data-step="{number}"{disabled}>{sign}</button>'


def _has(fitting: Any, number: int) -> bool:
    return number < min(len(fitting), MAX_SETTINGS) and len(fitting.first(number + 1)) > number


def _axis_names(row: Row, axes: Sequence[Formula | None]) -> list[str]:
    """What the axes of a row's output are called; its channels come first where the last formula is a side's."""
    stated = layer_type(row.type)
    first = axes and axes[-1] and any(name[0] in "WL" for name in axes[-1].values)
    return (
        stated.axis_names(len(axes), "channels_first" if first else None)
        if stated
        else [f"axis {number + 1}" for number in range(len(axes))]
    )


def detail(path: str) -> str:
    """What a row shows when it is opened: each axis, each weight, what it costs; and the row to copy."""
    row = _row(path)
    outcome = row.outcome
    named = zip(_axis_names(row, row.axes), row.axes, strict=True)
    lines = [(name, _math(axis)) for name, axis in named if axis is not None]
    for weight in row.weights:
        size = "×".join(map(str, weight.shape)) or "1"
        trained = "" if weight.trainable else " (not trained)"
        lines.append((f"{_text(weight.name)}{trained}", f"<code>{size}</code> {_math(weight.formula)}"))
    if outcome and outcome.macs is not None:
        lines.append(("MACs", _math(outcome.macs)))
    if row.activation_bytes:
        lines.append(("output", bytes_text(row.activation_bytes)))
    if row.field is not None:
        lines.append(("field / stride", _text(field_text(row))))
    if row.inputs:
        lines.append(("connected to", ", ".join(f"<code>{_text(name)}</code>" for name in row.inputs)))
    shape = "?" if row.shapes is None else " ".join(map(shape_text, row.shapes))
    plain = f"{row.name} ({row.type})  {shape}  {count_text(row.params)}"
    plain += f"  {row.formula}" if row.formula and row.params else ""
    rows = "".join(f"<div><dt>{label}</dt><dd>{value}</dd></div>" for label, value in lines)
    copy = f'<button type="button" class="tool-quiet" data-copy="{_text(plain)}">Copy this row</button>'
    return f'<div class="tool-detail"><dl>{rows}</dl>{copy}</div>'
