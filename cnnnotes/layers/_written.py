"""A layer as people write it, `Conv2D(64, (3, 3), activation="relu", input_shape=(28, 28, 1))`: read, never run."""

import ast
from collections.abc import Mapping
from operator import add, floordiv, mul, sub, truediv
from typing import Any

from cnnnotes.layers._arguments import NAMED, is_integer, serialized
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._outcomes import Shape
from cnnnotes.layers._registry import LayerType, layer_type

_SIGNS = {ast.Mult: mul, ast.Div: truediv, ast.FloorDiv: floordiv, ast.Add: add, ast.Sub: sub}
MAX_WRITTEN = 10_000  # the longest call that is read, in characters


def read_call(text: str) -> tuple[str, dict[str, Any]]:
    """The type and the arguments of a layer that is written as a call in Python, perhaps within a line of a program.

    Literals only: a layer within a layer is written out too, and a function is taken by its name.

    **Raises** `LayerError` for what is no such call.

    ```python
    from cnnnotes.layers import read_call

    assert read_call("layers.Conv2D(64, (3, 3))") == ("Conv2D", {"filters": 64, "kernel_size": (3, 3)})
    ```
    """
    try:
        body = ast.parse(text.strip()).body if len(text) <= MAX_WRITTEN else []
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        body = []
    tree = body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr | ast.Assign) else None
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute) and tree.func.attr == "add":
        tree = next(iter(tree.args), None)  # model.add(Conv2D(…))
    while isinstance(tree, ast.Call) and isinstance(tree.func, ast.Call):
        tree = tree.func  # Conv2D(…)(x): what it is called on is not asked for
    if not isinstance(tree, ast.Call):
        raise LayerError(f"expected a layer as it is called in Python, got {shown(text)}")
    try:
        return _call(tree)
    except RecursionError:
        raise LayerError(f"is nested deeper than is read: {shown(text)}") from None


def _call(tree: ast.Call) -> tuple[str, dict[str, Any]]:
    name, found = _last_name(tree.func), dict[str, Any]()
    stated = layer_type(name)
    own = stated.arguments if stated else {}
    if stated and len(tree.args) > len(own):
        raise LayerError(f"{name} takes {len(own)} arguments, got {len(tree.args)}")
    for key, value in [*zip(own, tree.args, strict=False), *((each.arg or "**", each.value) for each in tree.keywords)]:
        if key in found:
            raise LayerError(f"{name} is given {key} twice")
        found[key] = _value(value, own[key].kind if key in own else "any")
    return name, found


def _last_name(tree: ast.expr) -> str:
    """`Conv2D` of `tf.keras.layers.Conv2D`."""
    if not isinstance(tree, ast.Attribute | ast.Name):
        raise LayerError(f"expected a name, got {shown(ast.unparse(tree))}")
    return tree.attr if isinstance(tree, ast.Attribute) else tree.id


def _value(tree: ast.expr, kind: str) -> Any:
    if isinstance(tree, ast.Call) and layer_type(_last_name(tree.func)):
        name, config = _call(tree)
        return serialized(name, **config)
    if isinstance(tree, ast.List) and kind in ("layer", "layers"):
        return [_value(each, "layer") for each in tree.elts]
    if isinstance(tree, ast.BinOp) and type(tree.op) in _SIGNS:  # 7 * 7 * 64, 1 / 255
        left, right = (_value(each, "number") for each in (tree.left, tree.right))
        if type(left) in (int, float) and type(right) in (int, float) and right:
            return _SIGNS[type(tree.op)](left, right)
    try:
        return ast.literal_eval(tree)
    except (ValueError, TypeError, MemoryError, RecursionError):
        pass
    if kind in (*NAMED, "any"):  # tf.nn.relu, HeNormal(), l2(1e-4): a shape doesn't depend on it
        return _last_name(tree.func if isinstance(tree, ast.Call) else tree)
    raise LayerError(f"expected a literal, got {shown(ast.unparse(tree))}")


def stated_input(stated: LayerType, arguments: Mapping[str, Any]) -> Shape | None:
    """The input that a layer's own arguments state, as `input_shape` does; `None` where none does."""
    given = {name: value for name, value in arguments.items() if name not in stated.arguments}
    whole, shape, width = map(given.get, ("batch_input_shape", "input_shape", "input_dim"))
    length = (arguments["input_length"],) if is_integer(arguments.get("input_length")) else ()
    if isinstance(whole, list | tuple) and whole:
        return tuple(whole)
    if isinstance(shape, list | tuple) or is_integer(shape):
        return (None, *(shape if isinstance(shape, list | tuple) else (shape,)))
    if is_integer(width):
        sequence = length or ((None,) if stated.rank == 1 or "return_sequences" in stated.arguments else ())
        return (None, *sequence, width)
    return (None, *length) if length else None
