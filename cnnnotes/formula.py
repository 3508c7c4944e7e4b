"""An expression with names and values: its value, its text and its LaTeX, with and without the numbers.

A rule computes with a formula, and the table, the page and the notebook show that same formula, so what is
shown cannot drift from what was computed.

The letters are the notes' own. `K`: filters (or units) of the layer; `F`: kernel size; `S`: stride; `R`: dilation rate;
`G`: groups; `M`: depth multiplier; `P`: padding; `O`: output padding; `H`, `W`, `L`, `Z`: height, width, length and
depth of a volume; `D`: depth (channels); `N`: values per example; `T`: positions of a sequence; `U`: how often a
position is written; `C`: what is cropped. After `_` stands the axis (`F_h`: along the height) or the side (`H_in`).
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import lru_cache
from operator import add, mul, sub
from typing import Any, NamedTuple

# A parsed expression: an int, a name, or (operator, operand, ...) with an operator of "+ - * / ceil floor max min".
Node = int | str | tuple[Any, ...]

# With these values a letter does nothing, and the short form of a formula leaves it out.
NEUTRAL = {"S": 1, "R": 1, "G": 1, "M": 1, "U": 1, "P": 0, "O": 0, "C": 0}

_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_FUNCTIONS = ("ceil", "floor", "max", "min")
# How closely an operator binds, and how closely its left and its right operand must to need no brackets.
_BINDS = {"-": (1, 1, 3), "+": (2, 1, 2), "/": (3, 3, 5), "*": (4, 3, 4)}
_COMPUTED: dict[str, Callable[..., int]] = {"+": add, "-": sub, "*": mul, "max": max, "min": min}


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
        self.text = text
        self._node, names = _parse(text)
        if missing := [name for name in names if name not in values]:
            raise ValueError(f"{text!r}: no value for {', '.join(missing)}")
        self.values = {name: values[name] for name in names}
        self.value: int | None = None if None in self.values.values() else _evaluate(self._node, self.values)

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
        return _written(self._short(full), self.values, _TEXT)

    def latex(self, full: bool = False) -> str:
        """`symbolic = numeric = value` in LaTeX, for MathJax; a form that adds nothing is not repeated."""
        value = r"\text{unknown}" if self.value is None else f"{self.value:,}".replace(",", "{,}")
        return _joined(self.symbolic_latex(full), _written(self._short(full), self.values, _LATEX), value)

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
        node = self._short(full)
        value = "<mtext>unknown</mtext>" if self.value is None else f"<mn>{self.value:,}</mn>"
        sides = [_pieces(node, {}), _pieces(node, self.values), [value]]
        first, *others = dict.fromkeys("<wbr>".join(f"<math>{piece}</math>" for piece in side) for side in sides)
        return " ".join(
            [first, *(side.replace("<math>", "<math><mo form='infix' lspace='0'>=</mo>", 1) for side in others)]
        )

    def __str__(self) -> str:
        value = "unknown" if self.value is None else f"{self.value:,}"
        return _joined(self.symbolic(), self.numeric(), value)

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


def _joined(*forms: str) -> str:
    return " = ".join(dict.fromkeys(forms))


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


def _evaluate(node: Node, values: dict[str, Any]) -> int:
    if isinstance(node, str):
        number: int = values[node]
        return number
    if isinstance(node, int):
        return node
    operator, *parts = node
    if operator in _COMPUTED:
        return _COMPUTED[operator](*[_evaluate(part, values) for part in parts])
    if operator != "/" and _is(parts[0], "/"):
        parts = parts[0][1:]  # rounded while it is divided, in integers: exact at any size
    operands = [_evaluate(part, values) for part in parts]
    if len(operands) == 1:
        return operands[0]
    left, right = operands
    if right == 0:
        raise ValueError(f"{_written(('/', *parts), {}, _TEXT)}: division by 0")
    if operator == "/" and left % right:
        raise ValueError(f"{_written(node, {}, _TEXT)}: {left} is not a multiple of {right}")
    return -(-left // right) if operator == "ceil" else left // right


@lru_cache(maxsize=4096)
def _simplify(node: Node, neutral: frozenset[str]) -> Node:
    """The same expression without the names in `neutral`, sums flattened with their constant last."""
    if isinstance(node, int):
        return node
    if isinstance(node, str):
        return NEUTRAL[node[0]] if node in neutral else node
    if _is(node, "+", "-"):
        return _sum(_terms(node, 1, neutral))
    operator, parts = node[0], [_simplify(part, neutral) for part in node[1:]]
    if operator == "*" and 0 in parts:
        return 0
    if (operator == "*" and 1 in parts) or (operator == "/" and parts[1] == 1):
        return parts[1] if parts[0] == 1 else parts[0]
    rounds_nothing = operator in ("ceil", "floor") and not _divides(parts[0])
    return parts[0] if rounds_nothing else (operator, *parts)


def _terms(node: Node, sign: int, neutral: frozenset[str]) -> list[tuple[int, Node]]:
    """The terms of a sum, simplified, each with its sign."""
    short = node if _is(node, "+", "-") else _simplify(node, neutral)
    if not isinstance(short, tuple) or not _is(short, "+", "-"):
        return [(sign, short)]
    operator, left, right = short
    return [*_terms(left, sign, neutral), *_terms(right, sign if operator == "+" else -sign, neutral)]


def _sum(terms: list[tuple[int, Node]]) -> Node:
    constant = sum(sign * term for sign, term in terms if isinstance(term, int))
    rest = [term for term in terms if not isinstance(term[1], int)]
    if constant:
        rest.append((1 if constant > 0 else -1, abs(constant)))
    first = next((place for place, (sign, _) in enumerate(rest) if sign > 0), None)
    result = 0 if first is None else rest.pop(first)[1]  # begin with a plus: "b - a", not "-a + b"
    for sign, term in rest:
        result = ("+" if sign > 0 else "-", result, term)
    return result


def _is(node: Node, *operators: str) -> bool:
    return isinstance(node, tuple) and node[0] in operators


def _divides(node: Node) -> bool:
    return isinstance(node, tuple) and (node[0] == "/" or any(map(_divides, node[1:])))


class _Notation(NamedTuple):
    """How a formula is written: a name, a size that is not known, brackets, and each operator with its operands."""

    name: Callable[[str], str]
    unknown: str
    brackets: str
    operators: dict[str, str]
    number: str = "{}"
    comma: str = ", "


def _latex_name(name: str) -> str:
    base, _, side = name.partition("_")
    base, side = (part if len(part) < 2 else rf"\mathrm{{{part}}}" for part in (base, side))
    return f"{base}_{{{side}}}" if side else base


_PLAIN = {"+": "{} + {}", "-": "{} - {}", "*": "{} × {}", "/": "{} / {}"} | {
    name: f"{name}({{}})" for name in _FUNCTIONS
}
_TEXT = _Notation(str, "None", "({})", _PLAIN)
_FRACTION = {"*": r"{} \times {}", "/": r"\frac{{{}}}{{{}}}", "max": r"\max({})", "min": r"\min({})"}
_ROUNDED = {name: rf"\left\l{name} {{}} \right\r{name}" for name in ("ceil", "floor")}
_LATEX = _Notation(_latex_name, r"\text{None}", r"\left({}\right)", _PLAIN | _FRACTION | _ROUNDED)


def _written(node: Node, values: dict[str, int | None], notation: _Notation, least: int = 0) -> str:
    """A formula in `notation`, with the `values` put in, in brackets where it binds less closely than `least`."""
    if isinstance(node, int):
        return notation.number.format(node)
    if isinstance(node, str):
        if node not in values:
            return notation.name(node)
        return notation.unknown if values[node] is None else notation.number.format(values[node])
    operator, *parts = node
    template = notation.operators[operator]
    if operator in _FUNCTIONS:
        return template.format(notation.comma.join(_written(part, values, notation) for part in parts))
    own, *needed = _BINDS[operator]
    needed = [0, 0] if "frac" in template else needed  # the bar keeps both apart
    shown = template.format(*(_written(part, values, notation, each) for part, each in zip(parts, needed, strict=True)))
    return notation.brackets.format(shown) if own < least else shown


def _mathml_name(name: str) -> str:
    base, _, side = (f"<mi>{part}</mi>" for part in name.partition("_"))
    return f"<msub>{base}{side}</msub>" if "_" in name else base


_MATHML = _Notation(
    _mathml_name,
    "<mtext>None</mtext>",
    "<mrow><mo form='prefix'>(</mo>{}<mo form='postfix'>)</mo></mrow>",
    {operator: f"{{}}<mo form='infix'>{sign}</mo>{{}}" for operator, sign in {"+": "+", "-": "−", "*": "×"}.items()}
    | {"/": "<mfrac><mrow>{}</mrow><mrow>{}</mrow></mfrac>"}
    | {
        name: f"<mrow><mi>{name}</mi><mo form='prefix'>(</mo>{{}}<mo form='postfix'>)</mo></mrow>"
        for name in ("max", "min")
    }
    | {"ceil": "<mrow><mo form='prefix'>⌈</mo>{}<mo form='postfix'>⌉</mo></mrow>"}
    | {"floor": "<mrow><mo form='prefix'>⌊</mo>{}<mo form='postfix'>⌋</mo></mrow>"},
    number="<mn>{}</mn>",
    comma="<mo separator='true'>,</mo>",
)
_BREAKS, _LINE = "+-*", 24
"""Where a side of more characters is cut into pieces of MathML: on a narrow phone a line holds about 30."""


def _pieces(node: Node, values: dict[str, int | None], least: int = 0) -> list[str]:
    """A side of a formula as MathML, cut at the operators of a long chain and within long brackets."""
    if not isinstance(node, tuple) or node[0] not in _BREAKS or len(_written(node, values, _TEXT)) <= _LINE:
        return [_written(node, values, _MATHML, least)]
    operator, left, right = node
    own, before, after = _BINDS[operator]
    first, second = _pieces(left, values, before), _pieces(right, values, after)
    second[0] = _MATHML.operators[operator].format("", second[0])
    pieces = [*first, *second]
    if own < least:
        pieces[0] = f"<mo form='prefix' stretchy='false'>(</mo>{pieces[0]}"
        pieces[-1] += "<mo form='postfix' stretchy='false'>)</mo>"
    return pieces
