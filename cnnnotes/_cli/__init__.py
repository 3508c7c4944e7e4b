"""The command line: `cnnnotes explain FILE` and `cnnnotes layer TYPE argument=value --input 2,2,64`."""

import argparse
import codecs
import gc
import io
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from cnnnotes import __version__, explain
from cnnnotes._cli.layer import add_command, named_shape
from cnnnotes._cli.output import failed, integer, write, write_fixes
from cnnnotes._rendering import FORMATS, render
from cnnnotes._rendering.arranging import NUMBERS, arranged
from cnnnotes._rendering.columns import COLUMNS, DEFAULT
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


EXAMPLES = """examples:
  cnnnotes explain model.keras
  cnnnotes explain error.txt                                 what went wrong, and what fixes it
  cnnnotes explain model.keras --input 224,224,3 --batch 32  its FLOPs and memory at this size
  cnnnotes explain model.keras --columns layer,macs,notes --sort macs --top 10
  cnnnotes explain model.keras --columns layer,params,flops --by-type
  python train.py 2>&1 | cnnnotes explain -                  the summary or the error that it prints
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cnnnotes", description="Where every shape and parameter count of a Keras model comes from."
    )
    parser.add_argument("--version", action="version", version=f"cnnnotes {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser(
        "explain",
        help="explain a model's summary, row by row, or an error",
        description=f"Columns: {', '.join(COLUMNS)}.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    source = "a .keras, .h5, .json or .py file, the text of a summary or of an error; - for standard input"
    command.add_argument("file", help=source)
    add = command.add_argument
    add("--format", choices=FORMATS, default="table")
    add("--columns", type=_columns, metavar="NAME,…", help=f"default: {','.join(DEFAULT)}")
    add("--depth", type=integer, metavar="N", help="show N levels of nested models (default: all)")
    add("--width", type=integer, metavar="N", help="of a table (default: as the terminal)")
    add("--input", action="append", type=named_shape, metavar="[NAME=]H,W,C", help="another size of an input")
    add("--batch", type=integer, metavar="N", help="count FLOPs and memory for so many examples")
    add("--sort", choices=NUMBERS, help="the rows with the most first")
    add("--top", type=integer, metavar="N", help="so many rows only")
    add("--by-type", action="store_true", help="totals by type of layer in place of rows")
    command.set_defaults(run=_explain)
    for each in (command, add_command(commands)):
        each.add_argument("--debug", action="store_true", help="show a traceback where something goes wrong")
    return parser


def _explain(options: argparse.Namespace) -> int:
    gc.disable()  # nothing here goes in circles, and looking for circles takes a twentieth of the time
    sizes = dict(options.input or ())  # the size of the only input has no name
    try:
        source, name = (sys.stdin.buffer, "<stdin>") if options.file == "-" else (Path(options.file), options.file)
        explanation = explain(source, name, sizes.get("", sizes) or None, options.batch or None)
    finally:
        gc.enable()
    explanation = arranged(explanation, options.sort, options.top, options.by_type)
    terminal = sys.stdout.isatty()
    width = options.width or (shutil.get_terminal_size().columns if terminal else PIPE_WIDTH)
    colour = terminal and not os.environ.get("NO_COLOR")
    try:
        text = render(explanation, options.format, options.columns, options.depth, width, colour)
    except ValueError as error:
        return failed(f"{options.file}: {error}")
    if options.format in _MARKUP and codecs.lookup(sys.stdout.encoding or "utf-8").name != "utf-8":
        text = text.encode("ascii", "xmlcharrefreplace").decode()
    write(text)
    return 0


def _columns(text: str) -> list[str]:
    names = text.replace(" ", "").split(",")
    if unknown := [name for name in names if name not in COLUMNS]:
        raise argparse.ArgumentTypeError(f"no column is called {unknown[0]!r}; there are {', '.join(COLUMNS)}")
    return names
