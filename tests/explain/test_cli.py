"""The command line: what it prints, where, and with which exit code."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import cnnnotes
from cnnnotes._cli import main
from tests.explain.test_safety import GOOD, archive


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / "model.keras"
    path.write_bytes(archive(config_json=GOOD))
    return str(path)


def test_explain_prints_a_table(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A row shows its name, shape, count and the count's formula."""
    assert main(["explain", model]) == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("conv"))
    assert re.split("  +", row) == ["conv (Conv2D)", "(None, 6, 6, 4)", "112", "4 × (3 × 3 × 3 + 1)"]


def test_json_is_what_to_dict_gives(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--format json` prints the contract, the very object that `to_dict()` returns."""
    from cnnnotes import explain

    assert main(["explain", model, "--format", "json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == explain(model).to_dict()
    assert (printed["format"], printed["version"]) == ("cnnnotes-explanation", 1)
    row = printed["rows"][1]
    assert (row["name"], row["type"], row["inputs"]) == ("conv", "Conv2D", ["image"])
    assert (row["output_shape"], row["params"], row["trainable_params"]) == ([None, 6, 6, 4], 112, 112)
    assert printed["total_params"] == 112


@pytest.mark.parametrize("form", ["markdown", "latex", "html", "svg"])
def test_each_format_shows_the_row(form: str, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every format names the layer and its count."""
    assert main(["explain", model, "--format", form]) == 0
    printed = capsys.readouterr().out
    assert "conv" in printed
    assert "112" in printed


def test_columns_are_chosen_by_name(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--columns` picks the columns and their order; one that isn't there is wrong usage."""
    assert main(["explain", model, "--columns", "params,layer"]) == 0
    assert "    112  conv (Conv2D)" in capsys.readouterr().out
    assert main(["explain", model, "--columns", "colour"]) == 2
    assert f"{model}: no column is called 'colour'; there are layer" in capsys.readouterr().err


def test_a_table_is_as_wide_as_it_is_told(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No line is longer than `--width`."""
    assert main(["explain", model, "--width", "60"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 60


@pytest.mark.parametrize("width", [34, 40, 50, 60, 80])
def test_a_narrow_table_breaks_no_word(width: int, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each word of the widest table is there, down to the width at which each column is as wide as its longest word."""
    assert main(["explain", model, "--width", "200"]) == 0
    wide = capsys.readouterr().out
    assert main(["explain", model, "--width", str(width)]) == 0
    narrow = capsys.readouterr().out
    assert max(map(len, narrow.splitlines())) <= width
    lost = set(wide.replace(":", "").split()) - set(narrow.replace(":", "").split())
    assert {word for word in lost if "─" not in word} <= {"Layer", "(type)"}


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`-` reads a model's JSON, or an archive, from standard input."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert main(["explain", "-"]) == 0
    assert "conv (Conv2D)" in capsys.readouterr().out


def test_what_cannot_be_explained_is_one_line_and_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line names the file, the layer, the argument and what was received; standard output has what fixes it."""
    path = tmp_path / "broken.json"
    path.write_text(GOOD.replace('"filters": 4', '"filters": -4'))
    assert main(["explain", str(path)]) == 1
    printed = capsys.readouterr()
    assert printed.err == f"cnnnotes: {path}: layer 'conv': filters must be positive, got -4\n"
    assert printed.out == "To fix it:\n  filters=1, in conv → (None, 6, 6, 1)\n"


def test_another_size_and_a_batch(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--input` computes the model on another size, by name or not, and `--batch` its memory."""
    for given in ("16,16,3", "None,16,16,3", "image=16,16,3"):
        assert main(["explain", model, "--input", given]) == 0
        assert "(None, 14, 14, 4)" in capsys.readouterr().out
    assert main(["explain", model, "--batch", "32"]) == 0
    printed = capsys.readouterr().out
    assert "Weights: 448 B: weights_float32 × 4 = 112 × 4 = 448" in printed
    assert "Activations in inference: 43.0 kB, alive at the worst moment, at conv: batch × alive" in printed
    assert main(["explain", model, "--input", "mask=16,16,3"]) == 1
    assert "the model has no input 'mask'; its inputs are image" in capsys.readouterr().err


def test_rows_are_sorted_cut_and_added_up(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--sort` puts the most first, `--top` leaves so many rows and says their share, `--by-type` adds up the types."""
    assert main(["explain", model, "--sort", "flops", "--top", "1", "--columns", "layer,flops,notes"]) == 0
    printed = capsys.readouterr().out
    rows = [line for line in printed.splitlines() if "(" in line and "params" not in line][1:]
    assert re.split("  +", rows[0]) == ["conv (Conv2D)", "7,776", "100.0 % of all flops"]
    assert printed.endswith("1 of 2 rows are shown, with 100.0 % of all flops.\n")
    assert main(["explain", model, "--by-type", "--columns", "layer,params"]) == 0
    assert "1 × (Conv2D)" in capsys.readouterr().out
    assert main(["explain", model, "--top", "1"]) == 0
    assert "1 of 2 rows are shown, with none of it." in capsys.readouterr().out
    for sort, first in (("bytes", "image"), ("params", "conv"), ("trainable", "conv"), ("macs", "conv")):
        assert main(["explain", model, "--sort", sort, "--top", "2", "--columns", "layer"]) == 0
        printed = capsys.readouterr().out
        assert re.findall(r"^(image|conv) \(", printed, re.M)[0] == first
        assert "rows are shown" not in printed  # none is left out


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    """With `--debug` the error is raised as it is."""
    with pytest.raises(ValueError, match="can't be read"):
        main(["explain", str(tmp_path / "none.keras"), "--debug"])


def test_layer_shows_its_arithmetic(capsys: pytest.CaptureFixture[str]) -> None:
    """`cnnnotes layer` takes any layer's arguments as Keras spells them."""
    assert main(["layer", "Conv2D", "filters=64", "kernel_size=3", "--input", "222,222,32"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Conv2D: (None, 222, 222, 32) → (None, 220, 220, 64)\n")
    assert "64 × (3 × 3 × 32 + 1) = 18,496" in printed


def test_layer_says_what_mends_a_shape(capsys: pytest.CaptureFixture[str]) -> None:
    """Where a shape goes wrong, what the arithmetic gives goes to standard error, and what fixes it is printed."""
    assert main(["layer", "MaxPooling2D", "pool_size=3", "--input", "2,2,64"]) == 1
    printed = capsys.readouterr()
    assert "= 0 along the height" in printed.err
    assert [line.split(" →")[0].strip() for line in printed.out.splitlines()[1:]] == [
        "pool_size=2",
        'padding="same"',
        "an input of at least 3 × 3",
    ]


def test_layer_draws_its_window(capsys: pytest.CaptureFixture[str]) -> None:
    """`--format svg` prints the drawing, also of a window that doesn't fit, whose error follows."""
    assert main(["layer", "MaxPooling2D", "pool_size=3", "--input", "8,8,1", "--format", "svg"]) == 0
    printed = capsys.readouterr()
    assert printed.out == cnnnotes.drawing("MaxPooling2D", {"pool_size": 3}, (None, 8, 8, 1))
    assert printed.err == ""
    assert main(["layer", "MaxPooling2D", "pool_size=3", "--input", "2,2,1", "--format", "svg"]) == 1
    printed = capsys.readouterr()
    assert printed.out == cnnnotes.drawing("MaxPooling2D", {"pool_size": 3}, (None, 2, 2, 1))
    assert printed.err.startswith("cnnnotes: MaxPooling2D: the window does not fit")
    assert main(["layer", "Dense", "units=3", "--input", "8", "--format", "svg"]) == 1
    assert "nothing to draw" in capsys.readouterr().err


def test_help_on_a_layer_type_shows_what_it_states(capsys: pytest.CaptureFixture[str]) -> None:
    """`cnnnotes layer Conv2D --help` prints each argument with its default and what may stand there, and an example."""
    with pytest.raises(SystemExit) as caught:
        main(["layer", "Conv2D", "--help"])
    assert caught.value.code == 0
    printed = capsys.readouterr().out
    lines = [re.split("  +", line.strip()) for line in printed.splitlines()]
    assert ["filters", "a positive integer; required"] in lines
    assert ["strides", "a positive integer, or 2 of them; default 1"] in lines
    assert ["padding", '"valid" or "same"; default \'valid\''] in lines
    example = next(line for line in printed.splitlines() if line.startswith("example: "))
    assert main(example.removeprefix("example: cnnnotes ").split()) == 0
    assert "Conv2D: (None, 32, 32, 3) → (None, 30, 30, 16)" in capsys.readouterr().out


def test_help_without_a_type_shows_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """`cnnnotes layer --help` is help on the command, with examples that run."""
    with pytest.raises(SystemExit):
        main(["layer", "--help"])
    examples = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  cnnnotes layer ")]
    assert len(examples) == 5
    for line in examples[:4]:
        assert main(shlex.split(line)[1:]) == ("Add" in line)


def test_help_on_explain_shows_examples_that_run(
    model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each example of `cnnnotes explain --help` explains a model's file, an error's text or what a program prints."""
    error = "ValueError: Inputs have incompatible shapes. Received shapes (8, 8, 3) and (8, 8, 4)\n"
    monkeypatch.chdir(Path(model).parent)
    Path("error.txt").write_text(error)
    with pytest.raises(SystemExit):
        main(["explain", "--help"])
    examples = [line for line in capsys.readouterr().out.splitlines() if "cnnnotes explain" in line][1:]
    shown = " ".join(examples)
    assert len(examples) == 6
    assert all(word in shown for word in ("error.txt", "--input", "--batch", "--sort", "--top", "--by-type", "| cnn"))
    for line in examples:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(error.encode())))
        command = re.split(r" {3,}|  (?=\w+ FLOPs)", line.strip())[0].rpartition("| ")[2]
        assert main(shlex.split(command)[1:]) == 0
        assert capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["Conv2D(64, (3, 3), activation='relu', input_shape=(28, 28, 1))"],
        ["Conv2D(64, 3)", "--input", "28,28,1"],
        ["Conv2D", "filters=64", "kernel_size=3,3", "--input", "None,28,28,1"],
        ["Conv2D", "filters=64", "kernel_size=3", "input_shape=28,28,1"],
        ["Conv2D(64, (3, 3))", "--input", "(None, 28, 28, 1)"],
    ],
)
def test_a_layer_is_taken_as_people_write_it(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A call in Python's spelling, `input_shape` as an argument, and an input with or without the batch are one."""
    assert main(["layer", *arguments]) == 0
    assert capsys.readouterr().out.startswith("Conv2D: (None, 28, 28, 1) → (None, 26, 26, 64)\n")


@pytest.mark.parametrize("given", ["5,20,20,3", "None,5,20,20,3"])
def test_a_sequence_of_maps_has_its_batch_or_not(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a recurrent convolution's input the steps are not taken for the batch."""
    assert main(["layer", "ConvLSTM2D", "filters=4", "kernel_size=3", "--input", given]) == 0
    assert "(None, 5, 20, 20, 3) → (None, 18, 18, 4)" in capsys.readouterr().out


def test_a_layer_without_an_input_says_how_to_give_one(capsys: pytest.CaptureFixture[str]) -> None:
    """Where no input is given the message shows one that works."""
    assert main(["layer", "Conv2D", "filters=8", "kernel_size=3"]) == 2
    assert capsys.readouterr().err == "cnnnotes: Conv2D: give an input shape, e.g. --input 32,32,3\n"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["layer", "Conv2"], "no layer type 'Conv2' is known; did you mean Conv2D"),
        (["layer", "Conv2D", "filter=3"], "Conv2D takes no argument 'filter'; did you mean filters"),
    ],
)
def test_a_name_that_is_not_there_is_wrong_usage(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown layer or argument exits with 2, and the nearest names are given."""
    assert main(arguments) == 2
    assert expected in capsys.readouterr().err


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "cnnnotes", *arguments]
    return subprocess.run(command, capture_output=True, check=False, env={**os.environ, **environment})


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "cp1252", "cp932"])
def test_everything_printed_survives_the_encoding(encoding: str, tmp_path: Path) -> None:
    """Help, tables, markup, fixes and errors are printed; what the encoding lacks is written in ASCII."""
    model = tmp_path / "model.json"
    model.write_text(GOOD.replace('"conv"', '"conv_é一"'), "utf8")

    def printed(*arguments: object, code: int = 0) -> str:
        done = run(*map(str, arguments), PYTHONIOENCODING=encoding, PYTHONUTF8="0")
        assert (done.returncode, b"Traceback" in done.stderr) == (code, False), done.stderr
        return (done.stdout + done.stderr).decode(encoding)

    times, name = ("×" if encoding in ("cp1252", "cp932") else "x"), "conv_é一".encode(encoding, "backslashreplace")
    assert "NAME," in printed("explain", "--help")
    assert "kernel_size=3" in printed("layer", "--help")
    table = printed("explain", model)
    assert f"4 {times} (3 {times} 3 {times} 3 + 1)" in table
    assert name.decode(encoding) in table
    assert "conv_&#233;&#19968;" in printed("explain", model, "--format", "svg")
    assert f"at least 3 {times} 3" in printed("layer", "MaxPooling2D", "pool_size=3", "--input", "2,2,64", code=1)
    assert name.decode(encoding) in printed("explain", tmp_path / "conv_é一", code=1)
    assert printed("layer", code=2).strip().endswith("the following arguments are required: TYPE")


@pytest.mark.parametrize(("wish", "expected"), [("", True), ("1", False)])
def test_an_empty_no_color_is_no_wish(
    wish: str, expected: bool, model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A terminal gets colours unless NO_COLOR says something."""
    monkeypatch.setenv("NO_COLOR", wish)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(["explain", model]) == 0
    assert ("\x1b" in capsys.readouterr().out) is expected


@pytest.mark.skipif(sys.platform == "win32", reason="not run: the pipe is bash's")
def test_a_reader_that_has_seen_enough_is_no_error(model: str) -> None:
    """A pipe that is closed early ends it quietly."""
    command = f'"{sys.executable}" -m cnnnotes explain "{model}" | true; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"0\n", b"")


def test_the_version_is_the_packages() -> None:
    """`--version` prints the version of the package."""
    from cnnnotes import __version__

    assert run("--version").stdout.decode().strip() == f"cnnnotes {__version__}"
