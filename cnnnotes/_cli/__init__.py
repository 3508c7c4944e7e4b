"""The command line: `cnnnotes explain FILE` and `cnnnotes layer TYPE argument=value --input 2,2,64`."""

from __future__ import annotations

import argparse
import codecs
import gc
import io
import os
import sys
from collections.abc import Sequence

from cnnnotes import __version__, explain
from cnnnotes._cli.layer import add_command, named_shape
from cnnnotes._cli.output import failed, integer, write, write_fixes
from cnnnotes._rendering import FORMATS, render
from cnnnotes._rendering.arranging import NUMBERS, arranged
from cnnnotes._rendering.columns import COLUMNS, DEFAULT, printable
from cnnnotes.layers import Shape
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
        status = failed(str(error) or "not enough memory")
        write_fixes(getattr(error, "fixes", ()))
        return status
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
    source = "a .keras, .h5, .json or .py file, the text of a summary or of an error; - for standard input"
    command.add_argument("file", help=source)
    command.add_argument("--format", choices=FORMATS, default="table")
    command.add_argument("--columns", type=_columns, metavar="NAME,…", help=f"default: {','.join(DEFAULT)}")
    command.add_argument("--depth", type=integer, metavar="N", help="show N levels of nested models (default: all)")
    command.add_argument("--width", type=integer, metavar="N", help="of a table (default: as the terminal)")
    command.add_argument(
        "--input",
        action="append",
        default=[],
        type=named_shape,
        metavar="[NAME=]H,W,C",
        help="another size of an input",
    )
    command.add_argument("--batch", type=integer, metavar="N", help="count FLOPs and memory for so many examples")
    command.add_argument("--sort", choices=NUMBERS, help="the rows with the most first")
    command.add_argument("--top", type=integer, metavar="N", help="so many rows only")
    command.add_argument("--by-type", action="store_true", help="totals by type of layer in place of rows")
    command.set_defaults(run=_explain)

    layer = add_command(commands)
    for each in (command, layer):
        each.add_argument("--debug", action="store_true", help="show a traceback where something goes wrong")
    return parser


def _explain(options: argparse.Namespace) -> int:
    gc.disable()  # nothing here goes in circles, and looking for circles takes a twentieth of the time
    piped = options.file == "-"
    try:
        source, name = (sys.stdin.buffer, "<stdin>") if piped else (_Path(options.file), "")
        explanation = explain(source, name, _told(options.input), options.batch or None)
    finally:
        gc.enable()
    explanation = arranged(explanation, options.sort, options.top, options.by_type)
    terminal = sys.stdout.isatty()
    width = options.width or (_terminal_width() if terminal else PIPE_WIDTH)
    colour = terminal and not os.environ.get("NO_COLOR")
    try:
        text = render(explanation, options.format, options.columns, options.depth, width, colour)
    except ValueError as error:
        return failed(f"{printable(options.file)}: {error}")
    if options.format in _MARKUP and codecs.lookup(sys.stdout.encoding or "utf-8").name != "utf-8":
        text = text.encode("ascii", "xmlcharrefreplace").decode()
    write(text)
    return 0


class _Path:
    """What was given as a file is one, whatever it is called."""

    def __init__(self, path: str):
        self.path = path

    def __fspath__(self) -> str:
        return self.path

    __str__ = __fspath__


def _told(given: list[tuple[str, Shape]]) -> Shape | dict[str, Shape] | None:
    """The sizes of the inputs, by name where names are given."""
    if len(given) == 1 and not given[0][0]:
        return given[0][1]
    return dict(given) or None


def _columns(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in COLUMNS:
            raise argparse.ArgumentTypeError(f"no column is called {name!r}; there are {', '.join(COLUMNS)}")
    return names


def _terminal_width() -> int:
    import shutil

    return shutil.get_terminal_size().columns
