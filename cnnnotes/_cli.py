"""The command line: `cnnnotes explain FILE` and `cnnnotes layer TYPE argument=value --input 2,2,64`."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from typing import Any

from cnnnotes import __version__
from cnnnotes._explaining.walk import explain
from cnnnotes._rendering import FORMATS, render
from cnnnotes._rendering.columns import COLUMNS, DEFAULT, printable, shape_text
from cnnnotes.layers import arguments_of, known_types, outcome
from cnnnotes.layers._errors import CnnnotesError
from cnnnotes.layers._rule import Shape

PIPE_WIDTH = 120
"""How wide a table is that goes into a file or a pipe, in characters."""
_ASCII = str.maketrans({"─": "-", "└": "`", "×": "x", "→": "->", "…": "...", "·": "-"})


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit code: 0, 1 for what can't be explained, 2 for wrong usage."""
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
    layer.add_argument("type", help="the Keras class name, Conv2D")
    layer.add_argument("arguments", nargs="*", type=_argument, metavar="name=value")
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
    colour = terminal and "NO_COLOR" not in os.environ
    try:
        text = render(explanation, options.format, options.columns, options.depth, width, colour)
    except ValueError as error:
        return _failed(f"{printable(options.file)}: {error}")
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
    taken = arguments_of(options.type)
    if taken is None:
        return _misused(f"no layer type {options.type!r} is known", options.type, known_types())
    for name in arguments:
        if name not in taken:
            return _misused(f"{options.type} takes no argument {name!r}", name, taken)
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
    for mend in helping:
        _write(f"  {mend.text} → {', '.join(map(shape_text, mend.outputs))}\n")
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
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(_ASCII).encode(encoding, "replace").decode(encoding)
    sys.stdout.write(text)
    sys.stdout.flush()


def _failed(message: str) -> int:
    line = printable(message).encode(sys.stderr.encoding or "utf-8", "backslashreplace")
    print(f"cnnnotes: {line.decode(sys.stderr.encoding or 'utf-8')}", file=sys.stderr)
    return 1


def _misused(message: str, given: str, known: Sequence[str]) -> int:
    import difflib

    near = difflib.get_close_matches(given, known, n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else f"; there are {', '.join(known[:40])}"
    _failed(f"{message}{hint}")
    return 2
