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
from typing import TYPE_CHECKING, Any, NoReturn

from cnnnotes import __version__, explain
from cnnnotes._rendering import FORMATS, NUMBERS, arranged, render, to_answer
from cnnnotes._rendering.columns import COLUMNS, DEFAULT, printable
from cnnnotes.layers import COMMON, LayerType, Shape, known_types, layer_type, outcome, read_call, stated_input
from cnnnotes.layers._errors import CnnnotesError, LayerError

if TYPE_CHECKING:
    from cnnnotes import Fix

PIPE_WIDTH = 120  # of a table that goes into a file or a pipe, in characters
_ASCII = str.maketrans({"─": "-", "└": "`", "×": "x", "→": "->", "…": "...", "·": "-"})  # where an encoding lacks them

_OF_EXPLAIN = """examples:
  cnnnotes explain model.keras
  cnnnotes explain error.txt                                 what went wrong, and what fixes it
  cnnnotes explain model.keras --input 224,224,3 --batch 32  its FLOPs and memory at this size
  cnnnotes explain model.keras --columns layer,macs,notes --sort macs --top 10
  cnnnotes explain model.keras --columns layer,params,flops --by-type
  python train.py 2>&1 | cnnnotes explain -                  the summary or the error that it prints
"""
_OF_LAYER = """examples:
  cnnnotes layer Conv2D filters=64 kernel_size=3 --input 32,32,3
  cnnnotes layer "Conv2D(64, (3, 3), activation='relu', input_shape=(28, 28, 1))"
  cnnnotes layer Add --input 16,16,32 --input 8,8,64
  cnnnotes layer MaxPooling2D pool_size=3 --input 8,8,16 --format svg
  cnnnotes layer Conv2D --help     its arguments, their defaults and what may stand there
"""


def command() -> NoReturn:
    """The program `cnnnotes`. To look for circles in what ends with it anyway would take a tenth of its time."""
    gc.disable()
    status = main()
    gc.freeze()
    sys.exit(status)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit code: 0, 1 for what can't be explained, 2 for wrong usage."""
    codecs.register_error("cnnnotes", _in_ascii)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="cnnnotes")
    options = _parser().parse_args(argv)
    try:
        return int(options.run(options))
    except BrokenPipeError:  # whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (CnnnotesError, MemoryError) as error:
        if options.debug:
            raise
        _failed(str(error) or "not enough memory")
        return _write_fixes(getattr(error, "fixes", ()), 1)
    except KeyboardInterrupt:
        return 130


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    missing = error.object[error.start : error.end]
    return missing.translate(_ASCII).encode("ascii", "backslashreplace").decode(), error.end


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("cnnnotes", description="Where every shape and count of a Keras model comes from.")
    parser.add_argument("--version", action="version", version=f"cnnnotes {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    raw: Any = {"formatter_class": argparse.RawDescriptionHelpFormatter}
    words, columns = "explain a model's summary, row by row, or an error", f"Columns: {', '.join(COLUMNS)}."
    of_model = commands.add_parser("explain", help=words, description=columns, epilog=_OF_EXPLAIN, **raw)
    add = of_model.add_argument
    add("file", help="a .keras, .h5, .json or .py file, the text of a summary or of an error; - for standard input")
    add("--format", choices=FORMATS, default="table")
    add("--columns", metavar="NAME,…", help=f"default: {','.join(DEFAULT)}")
    add("--depth", type=_integer, metavar="N", help="show N levels of nested models (default: all)")
    add("--width", type=_integer, metavar="N", help="of a table (default: as the terminal)")
    add("--input", action="append", type=_named_shape, metavar="[NAME=]H,W,C", help="another size of an input")
    add("--batch", type=_integer, metavar="N", help="count FLOPs and memory for so many examples")
    add("--sort", choices=NUMBERS, help="the rows with the most first")
    add("--top", type=_integer, metavar="N", help="so many rows only")
    add("--by-type", action="store_true", help="totals by type of layer in place of rows")
    words = "what a layer does to a shape, and what fixes it where it doesn't fit"
    what = "What a layer does to a shape, with its arguments as Keras spells them."
    of_layer = commands.add_parser("layer", help=words, description=what, epilog=_OF_LAYER, add_help=False, **raw)
    add = of_layer.add_argument
    add("-h", "--help", nargs=0, action=_Help, help="show this, or with a TYPE what is known of it")
    add("type", metavar="TYPE", help="the Keras class name, Conv2D, or a whole call of it")
    add("arguments", nargs="*", default=[], type=_argument, metavar="name=value")
    words = "an input shape, with the batch or without it; None for an unknown size; once for each input"
    add("--input", action="append", default=[], type=_shape, metavar="H,W,C", help=words)
    add("--format", choices=("text", "svg"), default="text", help="svg: a drawing of the layer's window")
    for each, run in ((of_model, _explain), (of_layer, _layer)):
        each.set_defaults(run=run)
        each.add_argument("--debug", action="store_true", help="show a traceback where something goes wrong")
    return parser


def _explain(options: argparse.Namespace) -> int:
    sizes = dict(options.input or ())  # the size of the only input has no name
    source, name = (sys.stdin.buffer, "<stdin>") if options.file == "-" else (Path(options.file), options.file)
    explanation = explain(source, name, sizes.get("", sizes) or None, options.batch or None)
    explanation = arranged(explanation, options.sort, options.top, options.by_type)
    terminal = sys.stdout.isatty()
    width = options.width or (shutil.get_terminal_size().columns if terminal else PIPE_WIDTH)
    colour = terminal and not os.environ.get("NO_COLOR")
    columns = options.columns and options.columns.replace(" ", "").split(",")
    try:
        text = render(explanation, options.format, columns, depth=options.depth, width=width, colour=colour)
    except ValueError as error:
        return _failed(f"{options.file}: {error}", 2)
    if options.format in ("html", "svg") and codecs.lookup(sys.stdout.encoding or "utf-8").name != "utf-8":
        text = text.encode("ascii", "xmlcharrefreplace").decode()
    return _write(text)


def _layer(options: argparse.Namespace) -> int:
    """Prints what the layer gives, or why it gives nothing, and what fixes it."""
    kind, written = read_call(options.type) if "(" in options.type else (options.type, {})
    arguments = {**written, **dict(options.arguments)}
    stated = layer_type(kind)
    if stated is None:
        return _misused(f"no layer type {kind!r} is known", kind, known_types())
    for name in arguments:
        if not stated.takes(name):
            return _misused(f"{kind} takes no argument {name!r}", name, (*stated.arguments, *COMMON))
    own = stated_input(stated, arguments)
    inputs = tuple(_with_batch(each, stated) for each in options.input) or ((own,) if own else ())
    if not inputs and (shapes := _example_inputs(stated)):
        words = "an input shape" if len(shapes) == 1 else "input shapes"
        return _failed(f"{kind}: give {words}, e.g. {' '.join(shapes)}", 2)
    status = 0
    try:
        if options.format == "svg":
            from cnnnotes._rendering.windows import drawing

            _write(drawing(kind, arguments, inputs[0] if inputs else ()))
        found = outcome(kind, arguments, inputs)
        if options.format == "text":
            _write(to_answer(kind, inputs, found, stated.axis_names(len(found.axes), arguments.get("data_format"))))
    except CnnnotesError as error:
        if options.debug:
            raise
        status = _failed(f"{kind}: {error}")
    if options.format == "svg":
        return status
    from cnnnotes import fixes

    return _write_fixes(fixes(kind, arguments, inputs), status)


class _Help(argparse.Action):
    """Help on the type that was given before it, or else on the command."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, *_: object) -> None:
        stated = layer_type(getattr(namespace, "type", None) or "")
        parser.exit(_write(_described(stated) if stated else parser.format_help()))


def _described(stated: LayerType) -> str:
    """The arguments of a layer type, with their defaults and what may stand there, and an example."""
    required = [name for name, each in stated.arguments.items() if each.required]
    lines = [f"{stated.name}({', '.join([*required, '…'])})  {' '.join((stated.rule.__doc__ or '').split())}".rstrip()]
    if stated.aliases:
        lines.append(f"also called {', '.join(stated.aliases)}")
    width = max(map(len, stated.arguments), default=0)
    for name, each in stated.arguments.items():
        default = "required" if each.required else f"default {each.default!r}"
        lines.append(f"  {name.ljust(width)}  {each.describe(stated.rank)}; {default}")
    lines.append(f"and, as every layer: {', '.join(COMMON)}")
    low, high = stated.inputs
    count = low if low == high else f"{low} or more" if high is None else f"{low} to {high}"
    lines.append(f"inputs of a call: {count}")
    arguments, _ = stated.example
    if not any(isinstance(value, dict) for value in arguments.values()):
        plain = [f"{name}={value}".replace(" ", "") for name, value in arguments.items()]
        lines.append(f"example: cnnnotes layer {' '.join([stated.name, *plain, *_example_inputs(stated)])}")
    return "\n".join(lines) + "\n"


def _example_inputs(stated: LayerType) -> list[str]:
    return [f"--input {','.join(map(str, shape[1:]))}" for shape in stated.example[1]]


def _with_batch(given: Shape, stated: LayerType) -> Shape:
    """The shape with the batch before it, unless it has one: as many sizes as the example, or an unknown first one."""
    axes = len(stated.example[1][0]) if stated.rank else 0
    has_batch = len(given) == axes if axes else len(given) > 1 and given[0] is None
    return given if has_batch else (None, *given)


def _integer(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"must be an integer, got {text!r}")
    return int(text)


def _shape(text: str) -> Shape:
    """`32,32,3`, `None,32,32,3` or `(None, 32, 32, 3)`."""
    sizes = text.strip("()[] ").rstrip(",").split(",")
    return tuple(None if size.strip() in ("None", "none", "null", "?") else _integer(size.strip()) for size in sizes)


def _named_shape(text: str) -> tuple[str, Shape]:
    """`image=224,224,3`, or the shape alone; without the batch, which is what an unknown first size is taken for."""
    name, _, sizes = text.rpartition("=")
    found = _shape(sizes)
    return name, found[1:] if len(found) > 1 and found[0] is None else found


def _argument(text: str) -> tuple[str, Any]:
    """`kernel_size=3,3`: numbers, lists, true, false, none and calls are read as such, all else is text."""
    name, separator, value = text.partition("=")
    if not separator or not name.isidentifier():
        raise argparse.ArgumentTypeError(f"expected name=value, got {text!r}")
    written = {"true": "True", "false": "False", "none": "None", "null": "None"}.get(value.lower(), value)
    try:
        return name, read_call(f"f(x=({written}))")[1]["x"]
    except LayerError:
        return name, value


def _write(text: str, status: int = 0) -> int:
    sys.stdout.write(text)
    sys.stdout.flush()
    return status


def _write_fixes(found: "Sequence[Fix]", status: int) -> int:
    """What fixes it, with the shape that then comes out."""
    return _write("".join(["To fix it:\n", *(f"  {fix}\n" for fix in found)]) if found else "", status)


def _failed(message: str, status: int = 1) -> int:
    print(f"cnnnotes: {printable(message)}", file=sys.stderr)
    return status


def _misused(message: str, given: str, known: Sequence[str]) -> int:
    """Says what is no name, and which names are near."""
    import difflib

    near = difflib.get_close_matches(given, known, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known[:40])}"
    return _failed(f"{message}; {hint}", 2)
