"""What each format makes of an explanation, compared with what it made of it when somebody last looked at it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

from cnnnotes import explain
from cnnnotes._rendering import FORMATS, formats, render, to_answer
from cnnnotes._rendering.columns import COLUMNS, bytes_text, footer
from tests.rendering.model import CONV, KEPT, NASTY, error, explanation, measured, row, unknown

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"

VIEWS: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "all columns": {"columns": list(COLUMNS)},
    "two columns, one level of nested models": {"columns": ["params", "layer"], "depth": 1},
    "no nested models, 48 characters, in colour": {"depth": 0, "width": 48, "colour": True},
    "all columns in too little room": {"columns": list(COLUMNS), "width": 100},
}

BLOCKS = """
a = Input((8, 8, 3))
x = Conv2D(8, 3, padding="same")(a)
x = BatchNormalization()(x)
x = add([Dense(8)(ReLU()(Dense(4)(x))), x])
x = add([Dense(8)(ReLU()(Dense(4)(x))), x])
x = concatenate([Dense(i)(x) for i in (1, 2, 3, 4)])
x = concatenate([Dense(i)(x) for i in (1, 2, 3, 4, 5)])
y = Dense(2)(x)
Model(a, multiply([Activation("tanh")(y), y]))
"""
"""A drawing's blocks: one that is repeated, some with branches, and an activation of what another layer reads too."""


def shown(form: str) -> str:
    """All views of the model, the model that is open and an error, in one format, without views that change nothing."""
    views: dict[str, str] = {}
    for name, view in VIEWS.items():
        views.setdefault(render(explanation(), form, **view), name)
    views[render(unknown(), form)] = "open"
    if form != "svg":
        views[render(measured(), form)] = "with its memory"
        views[render(error(), form)] = "an error"
    else:
        views[render(explain(BLOCKS), form)] = "blocks"
    return "\n".join(f"=== {name} ===\n{text}" for text, name in views.items())


@pytest.mark.parametrize("form", FORMATS)
def test_each_format_shows_what_its_golden_file_shows(form: str, request: pytest.FixtureRequest) -> None:
    """Every character is as it was; `pytest --update-outputs` writes the files anew, for the diff to be looked at."""
    path = GOLDEN / f"{form}.txt"
    text = shown(form)
    if request.config.getoption("--update-outputs"):
        path.write_text(text, "utf8")
    assert text == path.read_text("utf8")


def test_each_golden_file_is_that_of_a_format() -> None:
    """No file is left of a format that is gone; the drawings of windows have one too."""
    assert {path.stem for path in GOLDEN.iterdir()} == {*FORMATS, "windows"}


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "?"),
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (1_000_000, "1.0 MB"),
        (10**9, "1.0 GB"),
        (10**12, "1.0 TB"),
        (10**15, "1000.0 TB"),
    ],
)
def test_bytes_are_shown_in_the_largest_unit_that_they_fill(count: int | None, text: str) -> None:
    """From 1,000 on a number of bytes has a unit, with one decimal; beyond terabytes there is none."""
    assert bytes_text(count) == text


def test_the_memory_of_a_model_stands_below_its_totals() -> None:
    """Each part has its own bytes; a step counts 2 operations for each multiply-accumulate of each example."""
    found = dict(footer(measured()))
    assert found["FLOPs"].startswith("80,784,320 for a batch of 32")
    assert [found[part] for part in ("Weights", "Gradients", "Optimizer", "Activations in training")] == [
        "4.6 kB: n × bytes = 1153 × 4 = 4,612",
        "4.6 kB: n × bytes = 1152 × 4 = 4,608",
        "9.2 kB: n × bytes = 2306 × 4 = 9,224",
        "?",
    ]
    assert found["A training step"].startswith("?, ")


def test_an_explanation_is_shown_as_a_table_where_nobody_asks_for_another_format() -> None:
    """`str` of what `explain` gives back is the table, as is `render` without a format."""
    found = explain({"class_name": "Sequential", "config": {"name": "empty", "layers": []}})
    assert str(found) == render(found) == render(found, "table")
    assert (found._repr_html_(), found._repr_markdown_()) == (render(found, "html"), render(found, "markdown"))


def test_json_is_the_contract() -> None:
    """The JSON reads back as `to_dict()`, whatever the view."""
    for view in VIEWS.values():
        assert json.loads(render(explanation(), "json", **view)) == explanation().to_dict()


class Tags(HTMLParser):
    """Checks that each tag is closed by its own, and gathers the text outside code."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.rows = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.rows += tag == "tr"
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "code" not in self.open:
            self.text.append(data)


def test_html_is_whole_and_its_only_mathematics_are_our_formulas() -> None:
    r"""Tags are closed in order, and what stands between `\(` and `\)` outside code is a formula of a row."""
    tags = Tags()
    tags.feed(render(explanation(), "html", columns=list(COLUMNS)))
    assert tags.open == []
    assert tags.rows == 1 + 8
    formulas = re.findall(r"\\\((.*?)\\\)", "".join(tags.text))
    assert CONV.params is not None
    symbolic = CONV.params.symbolic_latex()
    assert formulas[:2] == [symbolic, symbolic]
    assert len(formulas) == 2 + 2 + 2  # of the convolution, of the scale and of the dense layer


def test_html_shows_a_count_with_its_numbers_and_the_symbols_on_demand() -> None:
    """The working stands on one line; opened, it shows the same formula in symbols."""
    assert CONV.params is not None
    working, symbols = CONV.params.numeric(), CONV.params.symbolic_latex()
    cell = rf"""<details><summary style="white-space: nowrap">{working}</summary>\({symbols}\)</details>"""
    assert cell in render(explanation(), "html")


def test_svg_is_xml_with_a_box_for_each_row_and_a_frame_for_each_block() -> None:
    """The drawing parses as XML, with a box for each of eight rows and two frames of blocks."""
    drawing = ElementTree.fromstring(render(explanation(), "svg"))
    assert len(drawing.findall("{http://www.w3.org/2000/svg}rect")) == 8 + 2
    title = drawing.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == "model " + NASTY.replace("\x1b", "\\x1b")


def test_hostile_words_stay_text_in_a_drawing() -> None:
    """The name of an input, of a class and of a nested model are shown as the characters that they are made of."""
    hostile = "<script>&amp;</script>"
    inner = row(hostile, hostile, "mine", rows=(row("dense", "Dense"),))
    drawn = explanation()._replace(rows=(row(hostile, "InputLayer"), row("mine", hostile, hostile), inner))
    drawing = ElementTree.fromstring(render(drawn, "svg"))
    texts = [text.text for text in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert {f"Input {hostile}", hostile, f"{hostile} ({hostile})"} <= {*texts}


def test_latex_braces_are_balanced() -> None:
    """What a name holds opens no group of LaTeX's that it doesn't close, nor any mathematics."""
    text = render(explanation(), "latex", columns=list(COLUMNS))
    plain = re.sub(r"\\[\\{}$&#%_]", "", text)
    assert plain.count("{") == plain.count("}")
    assert plain.count("$") % 2 == 0


def test_a_drawing_has_its_bound() -> None:
    """Five thousand rows are drawn, and one more is refused with both numbers."""
    one = row("r", "ReLU")
    assert render(explanation()._replace(rows=(one,) * 5000), "svg").count("× 5000") == 1
    with pytest.raises(ValueError, match="at most 5,000 rows, this model has 5,001"):
        render(explanation()._replace(rows=(one,) * 5001), "svg")


def test_each_module_of_the_formats_is_named() -> None:
    """The formats are the modules of their package, in their order."""
    assert sorted(name for _, name, _ in iter_modules(formats.__path__)) == FORMATS


def test_a_package_in_an_archive_explains_and_calculates(tmp_path: Path) -> None:
    """From a zip file, as a browser has it, the package explains a model, writes it, and calculates a layer."""
    with zipfile.ZipFile(tmp_path / "packages.zip", "w") as archive:
        for module in (ROOT / "cnnnotes").rglob("*.py"):
            archive.write(module, module.relative_to(ROOT))
    program = """
from cnnnotes import explain, outcome
from cnnnotes._rendering import FORMATS, render
found = explain("Sequential([Input((4,)), Dense(3)])")
print(found.total_params, *(form for form in FORMATS if render(found, form)), outcome("ReLU", {}, [(None, 4)]).shapes)
"""
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "packages.zip")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout == f"15 {' '.join(FORMATS)} ((None, 4),)\n", run.stderr


def test_an_unknown_format_or_column_is_refused_with_those_that_there_are() -> None:
    """The message names what was asked for, and what could have been."""
    with pytest.raises(ValueError, match=f"one of {', '.join(FORMATS)}, got 'pdf'"):
        render(explanation(), "pdf")
    with pytest.raises(ValueError, match="no column is called 'colour'; there are layer, inputs, shape"):
        render(explanation(), "table", columns=["colour"])


def test_the_answer_for_one_layer() -> None:
    """A layer's answer has its shapes, each axis, each weight and the multiply-accumulates, then what to notice."""
    assert to_answer("Conv2D", [(None, 32, 32, 3)], CONV, ["height", "width", "channels"]) == (
        "Conv2D: (None, 32, 32, 3) → (None, 16, 16, 4)\n"
        "  height: ceil(H_in / S_h) = ceil(32 / 2) = 16\n"
        "  width: ceil(W_in / S_w) = ceil(32 / 2) = 16\n"
        "  channels: K = 4\n"
        "  params: K × (F_h × F_w × D_in + 1) = 4 × (3 × 3 × 3 + 1) = 112\n"
        "    kernel: 3×3×3×4 = 108\n"
        "    bias: 4\n"
        "  multiply-accumulates: H_out × W_out × K × F_h × F_w × D_in = 16 × 16 × 4 × 3 × 3 × 3 = 27,648\n"
        "  `same` at stride 2: 32 → 16, 1 row padded at the bottom\n"
        "  a second note\n"
    )
    assert to_answer("Scale", [], KEPT._replace(shapes=()), ["axis 1", "axis 2", "axis 3"]) == (
        "Scale: no input → ?\n"
        "  axis 1: kept\n"
        "  axis 2: W_in = 16\n"
        "  axis 3: kept\n"
        "  params: N = 1\n"
        "    scale: 1, not trained\n"
    )
