"""An expression with names and values: its value, its text and its LaTeX, with and without the numbers.

A rule computes with a formula, and the table, the page and the notebook show that same formula, so what is
shown cannot drift from what was computed.

The letters: `K`: filters (or units) of the layer; `F`: kernel size; `S`: stride; `R`: dilation rate;
`G`: groups; `M`: depth multiplier; `P`: padding; `O`: output padding; `H`, `W`, `L`, `Z`: height, width, length and
depth of a volume; `D`: depth (channels); `N`: values per example; `T`: positions of a sequence; `U`: how often a
position is written; `C`: what is cropped. After `_` stands the axis (`F_h`: along the height) or the side (`H_in`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import add, itemgetter, mul, sub
from typing import Any

# A parsed expression: an int, a name, or (operator, operand, ...) with an operator of "+ - * / ceil floor max min".
Node = int | str | tuple[Any, ...]

# With these values a letter does nothing, and the short form of a formula leaves it out.
NEUTRAL = {"S": 1, "R": 1, "G": 1, "M": 1, "U": 1, "P": 0, "O": 0, "C": 0}

_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_FUNCTIONS = ("ceil", "floor", "max", "min")
# How closely an operator binds, and how closely its left and its right operand must to need no brackets.
_BINDS = {"-": (1, 1, 3), "+": (2, 1, 2), "/": (3, 3, 5), "*": (4, 3, 4)}
_COMPUTED: dict[str, Callable[..., int]] = {"+": add, "-": sub, "*": mul, "max": max, "min": min}

# How each part of a formula is written as text, in LaTeX and in MathML. A line break stands where a line may end.
_TEXT, _LATEX, _MATHML = range(3)
_FENCED = "<mrow>{}<mo form='prefix'>{}</mo>{{}}<mo form='postfix'>{}</mo></mrow>"
_WRITTEN = {
    "+": ("{} + {}", "{} + {}", "{}\n<mo form='infix'>+</mo>{}"),
    "-": ("{} - {}", "{} - {}", "{}\n<mo form='infix'>−</mo>{}"),
    "*": ("{} × {}", r"{} \times {}", "{}\n<mo form='infix'>×</mo>{}"),
    "/": ("{} / {}", r"\frac{{{}}}{{{}}}", "<mfrac><mrow>{}</mrow><mrow>{}</mrow></mfrac>"),
    "()": ("({})", r"\left({}\right)", "<mo form='prefix'{1}>(</mo>{0}<mo form='postfix'{1}>)</mo>"),
    "ceil": ("ceil({})", r"\left\lceil {} \right\rceil", _FENCED.format("", "⌈", "⌉")),
    "floor": ("floor({})", r"\left\lfloor {} \right\rfloor", _FENCED.format("", "⌊", "⌋")),
    "max": ("max({})", r"\max({})", _FENCED.format("<mi>max</mi>", "(", ")")),
    "min": ("min({})", r"\min({})", _FENCED.format("<mi>min</mi>", "(", ")")),
    "comma": (", ", ", ", "<mo separator='true'>,</mo>"),
    "letter": ("{}", "{}", "<mi>{}</mi>"),
    "word": ("{}", r"\mathrm{{{}}}", "<mi>{}</mi>"),
    "index": ("{}_{}", "{}_{{{}}}", "<msub>{}{}</msub>"),
    "number": ("{}", "{}", "<mn>{}</mn>"),
    "thousands": (",", "{{,}}", ","),
    "unknown": ("{}", r"\text{{{}}}", "<mtext>{}</mtext>"),
}
_LONG = 14  # characters, from which on MathML is cut where a line may end: on a narrow phone a line holds about 20


class Formula:
    """An expression of integers: `+ - * /`, brackets, `ceil`, `floor`, `max` and `min`.

    **Arguments**

    - `text`: the expression, in Python's spelling.
    - `values`: an integer for each name in it, or `None` for a size that is not known, which leaves the value
      unknown too. Names that the expression does not use are dropped.

    **Raises** `ValueError` for a name without a value, for anything else that Python can spell, and for a division
    that leaves a remainder outside `ceil` and `floor`.

    ```python
    from cnnnotes.formula import Formula

    params = Formula("K * (F_h * F_w * D_in / G + 1)", K=64, F_h=3, F_w=3, D_in=32, G=1)
    assert params.value == 18_496
    assert params.symbolic() == "K × (F_h × F_w × D_in + 1)"
    assert params.numeric() == "64 × (3 × 3 × 32 + 1)"
    ```
    """

    __slots__ = ("_node", "text", "value", "values")

    def __init__(self, text: str, **values: int | None):
        self.text: str = text
        self._node, names = _parse(text)
        try:
            self.values: dict[str, int | None] = {name: values[name] for name in names}
        except KeyError:
            missing = ", ".join(name for name in names if name not in values)
            raise ValueError(f"{text!r}: no value for {missing}") from None
        self.value: int | None = None if None in self.values.values() else _compiled(self._node)(self.values)

    def scaled(self, name: str, value: int | None) -> Formula:
        """This formula times a further value, whose name takes a number where it stands for another value already.

        ```python
        from cnnnotes.formula import Formula

        assert str(Formula("L_in * K", L_in=8, K=4).scaled("L_in", 5)) == "L_in2 × L_in × K = 5 × 8 × 4 = 160"
        ```
        """
        own, number = name, 2
        while own in self.values and self.values[own] != value:
            own, number = f"{name}{number}", number + 1
        return Formula(f"{own} * ({self.text})", **{**self.values, own: value})

    def symbolic(self, full: bool = False) -> str:
        """The expression in its names; terms that do nothing (`G = 1`, stride 1) are left out unless `full`."""
        return _written(self._short(full), {}, _TEXT)

    def numeric(self, full: bool = False) -> str:
        """The expression with the numbers put in, of the same form as `symbolic`."""
        return _with_places(self._short(full), tuple(self.values)).format_map(self.values)

    def latex(self, full: bool = False) -> str:
        """`symbolic = numeric = value` in LaTeX, for MathJax; a form that adds nothing is not repeated."""
        return " = ".join(self._sides(_LATEX, full))

    def symbolic_latex(self, full: bool = False) -> str:
        """The expression in its names, in LaTeX."""
        return _written(self._short(full), {}, _LATEX)

    def mathml(self, full: bool = False) -> str:
        """`symbolic = numeric = value` as presentation MathML, for an HTML page: of no element that a browser lacks.

        No browser breaks a line within a `<math>`. So each side is one, and a long side is several, which end where a
        line may: `<wbr>` or a space stands between them.

        ```python
        from cnnnotes.formula import Formula

        sides = Formula("K * D_in", K=10, D_in=128).mathml().split(" <math>")
        assert sides[0] == "<math><mi>K</mi><mo form='infix'>×</mo><msub><mi>D</mi><mi>in</mi></msub></math>"
        assert sides[2].endswith("<mn>1,280</mn></math>")
        ```
        """
        sides = [_cut(side).split("\n") for side in self._sides(_MATHML, full)]
        for side in sides[1:]:
            side[0] = f"<mo form='infix' lspace='0'>=</mo>{side[0]}"
        return " ".join("<wbr>".join(f"<math>{piece}</math>" for piece in side) for side in sides)

    def __str__(self) -> str:
        return " = ".join(self._sides(_TEXT))

    def __repr__(self) -> str:
        values = "".join(f", {name}={value}" for name, value in self.values.items())
        return f"Formula({self.text!r}{values})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Formula) and (self.text, self.values) == (other.text, other.values)

    def __hash__(self) -> int:
        return hash((self.text, tuple(self.values.items())))

    def _short(self, full: bool) -> Node:
        idle = [] if full else [n for n, v in self.values.items() if v is not None and NEUTRAL.get(n[0]) == v]
        return _simplify(self._node, frozenset(idle))

    def _sides(self, form: int, full: bool = False) -> list[str]:
        """The expression in its names, the same with its numbers, and its value; each form once."""
        node, value = self._short(full), _put(form, "unknown", "unknown")
        if self.value is not None:
            value = _put(form, "number", f"{self.value:,}".replace(",", _put(form, "thousands")))
        numbers = [] if isinstance(node, str) and self.value is not None else [_written(node, self.values, form)]
        return list(dict.fromkeys([_written(node, {}, form), *numbers, value]))


@lru_cache(maxsize=4096)
def _parse(text: str) -> tuple[Node, tuple[str, ...]]:
    names: dict[str, None] = {}

    def convert(tree: ast.AST) -> Node:
        match tree:
            case ast.Constant(value=int() as number) if not isinstance(number, bool):
                return number
            case ast.Name(id=name):
                names[name] = None
                return name
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return (_OPERATORS[type(op)], convert(left), convert(right))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS and args:
                return (name, *map(convert, args))
        raise ValueError(f"{text!r}: {ast.unparse(tree)!r} is not part of a formula")

    try:
        body = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"{text!r} is not an expression: {error.msg}") from error
    return convert(body), tuple(names)


@lru_cache(maxsize=4096)
def _compiled(node: Node) -> Callable[[dict[str, Any]], int]:
    """What computes an expression from the values of its names: put together once for each text."""
    if isinstance(node, str):
        return itemgetter(node)
    if isinstance(node, int):
        return lambda values: node
    operator, *parts = node
    if operator in ("ceil", "floor") and _is(parts[0], "/"):
        parts = parts[0][1:]  # rounded while it is divided, in integers: exact at any size
    operands = [_compiled(part) for part in parts]
    if operator in _COMPUTED:
        compute = _COMPUTED[operator]
        return lambda values: compute(*[operand(values) for operand in operands])
    if len(operands) == 1:
        return operands[0]

    def divide(values: dict[str, Any]) -> int:
        left, right = (operand(values) for operand in operands)
        if right == 0:
            raise ValueError(f"{_written(('/', *parts), {}, _TEXT)}: division by 0")
        if operator == "/" and left % right:
            raise ValueError(f"{_written(node, {}, _TEXT)}: {left} is not a multiple of {right}")
        return -(-left // right) if operator == "ceil" else left // right

    return divide


@lru_cache(maxsize=4096)
def _simplify(node: Node, neutral: frozenset[str]) -> Node:
    """The same expression without the names in `neutral`, sums flattened with their constant last."""
    if not isinstance(node, tuple):
        return NEUTRAL[node[0]] if isinstance(node, str) and node in neutral else node
    if _is(node, "+", "-"):
        return _sum(node, neutral)
    operator, parts = node[0], [_simplify(part, neutral) for part in node[1:]]
    if operator == "*" and 0 in parts:
        return 0
    if (operator == "*" and 1 in parts) or (operator == "/" and parts[1] == 1):
        return parts[1] if parts[0] == 1 else parts[0]
    rounds_nothing = operator in ("ceil", "floor") and not _divides(parts[0])
    return parts[0] if rounds_nothing else (operator, *parts)


def _sum(node: Node, neutral: frozenset[str]) -> Node:
    constant = 0
    terms: list[tuple[int, Node]] = []

    def collect(node: Node, sign: int) -> None:
        nonlocal constant
        short = node if _is(node, "+", "-") else _simplify(node, neutral)
        if isinstance(short, int):
            constant += sign * short
        elif isinstance(short, tuple) and _is(short, "+", "-"):
            collect(short[1], sign)
            collect(short[2], sign if short[0] == "+" else -sign)
        else:
            terms.append((sign, short))

    collect(node, 1)
    if constant:
        terms.append((1 if constant > 0 else -1, abs(constant)))
    first = next((place for place, (sign, _) in enumerate(terms) if sign > 0), None)
    result = 0 if first is None else terms.pop(first)[1]  # begin with a plus: "b - a", not "-a + b"
    for sign, term in terms:
        result = ("+" if sign > 0 else "-", result, term)
    return result


def _is(node: Node, *operators: str) -> bool:
    return isinstance(node, tuple) and node[0] in operators


def _divides(node: Node) -> bool:
    return isinstance(node, tuple) and (node[0] == "/" or any(map(_divides, node[1:])))


def _put(form: int, part: str, *operands: object) -> str:
    return _WRITTEN[part][form].format(*operands)


@lru_cache(maxsize=4096)
def _with_places(node: Node, names: tuple[str, ...]) -> str:
    """A formula as text that has a place in braces for the value of each name."""
    return _written(node, {name: f"{{{name}}}" for name in names}, _TEXT)


def _written(node: Node, values: Mapping[str, int | str | None], form: int, least: int = 0) -> str:
    """A formula with the `values` put in, in brackets where it binds less closely than `least`."""
    if isinstance(node, str) and node not in values:
        names = [_put(form, "letter" if len(part) == 1 else "word", part) for part in node.split("_", 1)]
        return _put(form, "index", *names) if len(names) > 1 else names[0]
    if not isinstance(node, tuple):
        number = values[node] if isinstance(node, str) else node
        return _put(form, "unknown" if number is None else "number", number)
    operator, *parts = node
    own, *needed = _BINDS.get(operator, (9, *[0] * len(parts)))
    is_fraction = operator == "/" and form != _TEXT
    shown = [_written(part, values, form, 0 if is_fraction else each) for part, each in zip(parts, needed, strict=True)]
    if operator in _FUNCTIONS:
        shown = [_put(form, "comma").join(shown)]
    if is_fraction or operator in _FUNCTIONS:
        shown = [part.replace("\n", "") for part in shown]  # one element
    whole = _put(form, operator, *shown)
    if own >= least:
        return whole
    whole = _cut(whole)
    return _put(form, "()", whole, " stretchy='false'" if "\n" in whole else "")  # in two pieces they can't grow


def _cut(mathml: str) -> str:
    """MathML with the places where a line may end only if it is long."""
    if "\n" not in mathml or len(re.sub("<[^>]*>", "", mathml)) > _LONG:
        return mathml
    return mathml.replace("\n", "")
