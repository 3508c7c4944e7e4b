"""The command line: `cnnnotes explain FILE` and `cnnnotes layer TYPE argument=value --input 2,2,64`."""

from __future__ import annotations

import argparse
import codecs
import gc
import io
import os
import sys
from collections.abc import Sequence
from typing import Any

from cnnnotes import __version__, explain
from cnnnotes._rendering import FORMATS, render
from cnnnotes._rendering.columns import COLUMNS, DEFAULT, printable, shape_text
from cnnnotes.layers import COMMON, Shape, known_types, layer_type, outcome
from cnnnotes.layers._errors import CnnnotesError

PIPE_WIDTH = 120
"""How wide a table is that goes into a file or a pipe, in characters."""
_ASCII = str.maketrans({"─": "-", "└": "`", "×": "x", "→": "->", "…": "...", "·": "-"})
"""What is written for a character that the terminal's encoding lacks."""
_MARKUP = ("html", "svg")
"""The formats in which any character can be written in ASCII, as a reference to its number."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit code: 0, 1 for what can't be explained, 2 for wrong usage."""
    _accept_any_encoding()
    options = _parser().parse_args(argv)
    try:
        return int(options.run(options))
    except BrokenPipeError:  # whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (CnnnotesError, MemoryError) as error:
        if options.debug:
            raise
        return _failed(str(error) or "not enough memory")
    except KeyboardInterrupt:
        return 130


def _accept_any_encoding() -> None:
    """Help, errors and answers reach any terminal or pipe: a character that its encoding lacks is written in ASCII."""
    codecs.register_error("cnnnotes", _in_ascii)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="cnnnotes")


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    missing = error.object[error.start : error.end]
    return missing.translate(_ASCII).encode("ascii", "backslashreplace").decode(), error.end


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cnnnotes", description="Where every shape and parameter count of a Keras model comes from."
    )
    parser.add_argument("--version", action="version", version=f"cnnnotes {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser(
        "explain", help="explain a model's summary, row by row", description=f"Columns: {', '.join(COLUMNS)}."
    )
    command.add_argument("file", help="a .keras, .h5 or .json file, or the text of a summary; - for standard input")
    command.add_argument("--format", choices=FORMATS, default="table")
    command.add_argument("--columns", type=_columns, metavar="NAME,…", help=f"default: {','.join(DEFAULT)}")
    command.add_argument("--depth", type=_whole, metavar="N", help="show N levels of nested models (default: all)")
    command.add_argument("--width", type=_whole, metavar="N", help="of a table (default: as the terminal)")
    command.set_defaults(run=_explain)

    layer = commands.add_parser(
        "layer",
        help="what a layer does to a shape, and what fixes it where it doesn't fit",
        description="Arguments as Keras spells them: cnnnotes layer Conv2D filters=32 kernel_size=3 --input 224,224,3",
    )
    layer.add_argument("type", metavar="TYPE", help="the Keras class name, Conv2D")
    layer.add_argument("arguments", nargs="*", default=[], type=_argument, metavar="name=value")
    layer.add_argument(
        "--input",
        action="append",
        default=[],
        type=_shape,
        metavar="H,W,C",
        help="an input shape without the batch; None for an unknown size; several times for several inputs",
    )
    layer.set_defaults(run=_layer)
    for each in (command, layer):
        each.add_argument("--debug", action="store_true", help="show a traceback where something goes wrong")
    return parser


def _explain(options: argparse.Namespace) -> int:
    gc.disable()  # nothing here goes in circles, and looking for circles takes a twentieth of the time
    piped = options.file == "-"
    try:
        explanation = explain(sys.stdin.buffer, "<stdin>") if piped else explain(_Path(options.file))
    finally:
        gc.enable()
    terminal = sys.stdout.isatty()
    width = options.width or (_terminal_width() if terminal else PIPE_WIDTH)
    colour = terminal and not os.environ.get("NO_COLOR")
    try:
        text = render(explanation, options.format, options.columns, options.depth, width, colour)
    except ValueError as error:
        return _failed(f"{printable(options.file)}: {error}")
    if options.format in _MARKUP and codecs.lookup(sys.stdout.encoding or "utf-8").name != "utf-8":
        text = text.encode("ascii", "xmlcharrefreplace").decode()
    _write(text)
    return 0


class _Path:
    """What was given as a file is one, whatever it is called."""

    def __init__(self, path: str):
        self.path = path

    def __fspath__(self) -> str:
        return self.path

    __str__ = __fspath__


def _layer(options: argparse.Namespace) -> int:
    arguments, inputs = dict(options.arguments), tuple(options.input)
    stated = layer_type(options.type)
    if stated is None:
        return _misused(f"no layer type {options.type!r} is known", options.type, known_types())
    for name in arguments:
        if not stated.takes(name):
            return _misused(f"{options.type} takes no argument {name!r}", name, (*stated.arguments, *COMMON))
    try:
        found = outcome(options.type, arguments, inputs)
    except CnnnotesError as error:
        if options.debug:
            raise
        status = _failed(f"{options.type}: {error}")
    else:
        from cnnnotes._rendering.answer import to_answer

        _write(to_answer(options.type, inputs, found))
        status = 0
    from cnnnotes._fixing import fixes

    helping = fixes(options.type, arguments, inputs)
    if helping:
        _write("What fixes it:\n")
    for fix in helping:
        _write(f"  {fix.text} → {', '.join(map(shape_text, fix.outputs))}\n")
    return status


def _columns(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in COLUMNS:
            raise argparse.ArgumentTypeError(f"no column is called {name!r}; there are {', '.join(COLUMNS)}")
    return names


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"must be a whole number, got {text!r}")
    return int(text)


def _shape(text: str) -> Shape:
    sizes: list[int | None] = [None]
    for size in text.strip("()[] ").rstrip(",").split(","):
        unknown = size.strip() in ("None", "none", "null", "?")
        sizes.append(None if unknown else _whole(size.strip()))
    return tuple(sizes)


def _argument(text: str) -> tuple[str, Any]:
    """`kernel_size=3,3`: numbers, lists, true, false and none are read as such, all else is text."""
    import ast

    name, separator, value = text.partition("=")
    if not separator or not name.isidentifier():
        raise argparse.ArgumentTypeError(f"expected name=value, got {text!r}")
    plain = {"true": True, "false": False, "none": None, "null": None}
    if value.lower() in plain:
        return name, plain[value.lower()]
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return name, value


def _terminal_width() -> int:
    import shutil

    return shutil.get_terminal_size().columns


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _failed(message: str) -> int:
    print(f"cnnnotes: {printable(message)}", file=sys.stderr)
    return 1


def _misused(message: str, given: str, known: Sequence[str]) -> int:
    import difflib

    near = difflib.get_close_matches(given, known, n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else f"; there are {', '.join(known[:40])}"
    _failed(f"{message}{hint}")
    return 2
