"""`cnnnotes layer`: what a layer does to a shape, and what fixes it where it doesn't fit."""

import argparse
from typing import Any

from cnnnotes._cli.output import failed, integer, misused, write, write_fixes
from cnnnotes._rendering.answer import to_answer
from cnnnotes.layers import COMMON, LayerType, Shape, known_types, layer_type, outcome, read_call, stated_input
from cnnnotes.layers._errors import CnnnotesError, LayerError

EXAMPLES = """examples:
  cnnnotes layer Conv2D filters=64 kernel_size=3 --input 32,32,3
  cnnnotes layer "Conv2D(64, (3, 3), activation='relu', input_shape=(28, 28, 1))"
  cnnnotes layer Add --input 16,16,32 --input 8,8,64
  cnnnotes layer MaxPooling2D pool_size=3 --input 8,8,16 --format svg
  cnnnotes layer Conv2D --help     its arguments, their defaults and what may stand there
"""


def add_command(commands: Any) -> argparse.ArgumentParser:
    """Adds the command to the others."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "layer",
        help="what a layer does to a shape, and what fixes it where it doesn't fit",
        description="What a layer does to a shape, with its arguments as Keras spells them.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
    )
    add = parser.add_argument
    add("-h", "--help", nargs=0, action=_Help, help="show this, or with a TYPE what is known of it")
    add("type", metavar="TYPE", help="the Keras class name, Conv2D, or a whole call of it")
    add("arguments", nargs="*", default=[], type=_argument, metavar="name=value")
    words = "an input shape, with the batch or without it; None for an unknown size; once for each input"
    add("--input", action="append", default=[], type=shape, metavar="H,W,C", help=words)
    add("--format", choices=("text", "svg"), default="text", help="svg: a drawing of the layer's window")
    parser.set_defaults(run=run)
    return parser


class _Help(argparse.Action):
    """Help on the type that was given before it, or else on the command."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, *_: object) -> None:
        stated = layer_type(getattr(namespace, "type", None) or "")
        write(describe(stated) if stated else parser.format_help())
        parser.exit()


def describe(stated: LayerType) -> str:
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


def run(options: argparse.Namespace) -> int:
    """Prints what the layer gives, or why it gives nothing, and what fixes it."""
    kind, written = read_call(options.type) if "(" in options.type else (options.type, {})
    arguments = {**written, **dict(options.arguments)}
    stated = layer_type(kind)
    if stated is None:
        return misused(f"no layer type {kind!r} is known", kind, known_types())
    for name in arguments:
        if not stated.takes(name):
            return misused(f"{kind} takes no argument {name!r}", name, (*stated.arguments, *COMMON))
    own = stated_input(stated, arguments)
    inputs = tuple(with_batch(each, stated.rank) for each in options.input) or ((own,) if own else ())
    if not inputs and (shapes := _example_inputs(stated)):
        failed(f"{kind}: give {'an input shape' if len(shapes) == 1 else 'input shapes'}, e.g. {' '.join(shapes)}")
        return 2
    status, text = 0, ""
    try:
        if options.format == "svg":
            from cnnnotes._rendering.windows import drawing

            write(drawing(kind, arguments, inputs[0] if inputs else ()))
        found = outcome(kind, arguments, inputs)
        text = to_answer(kind, inputs, found)
    except CnnnotesError as error:
        if options.debug:
            raise
        status = failed(f"{kind}: {error}")
    if options.format == "text":  # a drawing stands alone
        from cnnnotes._fixing import fixes

        write(text)
        write_fixes(fixes(kind, arguments, inputs))
    return status


def with_batch(given: Shape, rank: int | None) -> Shape:
    """The shape with the batch before it, unless it has one: as many sizes as the layer's map has axes, or a first size
    that is unknown where that number is not fixed."""
    has_batch = len(given) == rank + 2 if rank is not None else len(given) > 1 and given[0] is None
    return given if has_batch else (None, *given)


def shape(text: str) -> Shape:
    """`32,32,3`, `None,32,32,3` or `(None, 32, 32, 3)`."""
    sizes = text.strip("()[] ").rstrip(",").split(",")
    return tuple(None if size.strip() in ("None", "none", "null", "?") else integer(size.strip()) for size in sizes)


def named_shape(text: str) -> tuple[str, Shape]:
    """`image=224,224,3`, or the shape alone; without the batch, which is what an unknown first size is taken for."""
    name, separator, sizes = text.rpartition("=")
    found = shape(sizes)
    return name if separator else "", found[1:] if len(found) > 1 and found[0] is None else found


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
