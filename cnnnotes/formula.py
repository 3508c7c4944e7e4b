"""An expression with names and values: its value, its text and its LaTeX, with and without the numbers.

A rule computes with a formula, and the table, the page and the notebook show that same formula, so what is
shown cannot drift from what was computed.
"""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import Any

# A parsed expression: an int, a name, or (operator, operand, ...) with an operator of "+ - * / ceil floor max min".
Node = int | str | tuple[Any, ...]

# What each letter of the notes stands for. The part after "_" is the axis (F_h: along the height) or the side (H_in).
NOTATION = {
    "K": "filters (or units) of the layer",
    "F": "kernel size",
    "S": "stride",
    "R": "dilation rate",
    "G": "groups",
    "M": "depth multiplier",
    "P": "padding",
    "O": "output padding",
    "H": "height",
    "W": "width",
    "L": "length (of a sequence)",
    "Z": "depth of a volume (its third spatial axis)",
    "D": "depth (channels)",
    "N": "values per example",
    "T": "positions of a sequence (of the query, of the value)",
    "U": "how often a position is written",
    "C": "what is cropped",
}

# With these values a letter does nothing, and the short form of a formula leaves it out.
NEUTRAL = {"S": 1, "R": 1, "G": 1, "M": 1, "U": 1, "P": 0, "O": 0, "C": 0}

_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_FUNCTIONS = ("ceil", "floor", "max", "min")
_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2}


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
        missing = [name for name in names if name not in values]
        if missing:
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
        return _text(self._short(full), {})

    def numeric(self, full: bool = False) -> str:
        """The expression with the numbers put in, of the same form as `symbolic`."""
        return _text(self._short(full), self.values)

    def latex(self, full: bool = False) -> str:
        """`symbolic = numeric = value` in LaTeX, for MathJax; a form that adds nothing is not repeated."""
        node = self._short(full)
        value = r"\text{unknown}" if self.value is None else f"{self.value:,}".replace(",", "{,}")
        return _joined(_latex(node, {}), _latex(node, self.values), value)

    def symbolic_latex(self, full: bool = False) -> str:
        """The expression in its names, in LaTeX."""
        return _latex(self._short(full), {})

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


def _evaluate(node: Node, values: dict[str, int | None]) -> int:
    if isinstance(node, int):
        return node
    if isinstance(node, str):
        value = values[node]
        assert value is not None, node  # Formula.__init__ evaluates only when every value is known
        return value
    operator = node[0]
    if operator in ("ceil", "floor"):
        return _rounded(operator, node[1], values)
    operands = [_evaluate(part, values) for part in node[1:]]
    if operator == "max":
        return max(operands)
    if operator == "min":
        return min(operands)
    left, right = operands
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    if right == 0:
        raise ValueError(f"{_text(node, {})}: division by 0")
    quotient, rest = divmod(left, right)
    if rest:
        raise ValueError(f"{_text(node, {})}: {left} is not a multiple of {right}")
    return quotient


def _rounded(operator: str, inner: Node, values: dict[str, int | None]) -> int:
    """`ceil` or `floor` of a quotient, in integers: exact at any size."""
    if not (isinstance(inner, tuple) and inner[0] == "/"):
        return _evaluate(inner, values)
    left, right = _evaluate(inner[1], values), _evaluate(inner[2], values)
    if right == 0:
        raise ValueError(f"{_text(inner, {})}: division by 0")
    return -(-left // right) if operator == "ceil" else left // right


@lru_cache(maxsize=4096)
def _simplify(node: Node, neutral: frozenset[str]) -> Node:
    """The same expression without the names in `neutral`, sums flattened with their constant last."""
    if isinstance(node, int):
        return node
    if isinstance(node, str):
        return NEUTRAL[node[0]] if node in neutral else node
    operator, *parts = node
    if operator in "+-":
        return _sum(node, neutral)
    parts = [_simplify(part, neutral) for part in parts]
    if operator == "*":
        left, right = parts
        if left == 0 or right == 0:
            return 0
        return right if left == 1 else left if right == 1 else (operator, left, right)
    if operator == "/":
        return parts[0] if parts[1] == 1 else (operator, *parts)
    if operator in ("ceil", "floor") and not _divides(parts[0]):
        whole: Node = parts[0]
        return whole
    return (operator, *parts)


def _sum(node: Node, neutral: frozenset[str]) -> Node:
    terms: list[tuple[int, Node]] = []
    result: Node
    constant = 0

    def collect(part: Node, sign: int) -> None:
        nonlocal constant
        if isinstance(part, tuple) and part[0] in ("+", "-"):
            collect(part[1], sign)
            collect(part[2], sign if part[0] == "+" else -sign)
            return
        short = _simplify(part, neutral)
        if isinstance(short, int):
            constant += sign * short
        elif isinstance(short, tuple) and short[0] in ("+", "-"):
            collect(short, sign)
        else:
            terms.append((sign, short))

    collect(node, 1)
    if not terms:
        return constant
    first = next((term for term in terms if term[0] > 0), None)  # begin with a plus: "b - a", not "-a + b"
    if first:
        terms.remove(first)
        result = first[1]
    else:
        result, constant = constant, 0
    for sign, term in terms:
        result = ("+" if sign > 0 else "-", result, term)
    if constant:
        result = ("+" if constant > 0 else "-", result, abs(constant))
    return result


def _divides(node: Node) -> bool:
    return isinstance(node, tuple) and (node[0] == "/" or any(map(_divides, node[1:])))


def _text(node: Node, values: dict[str, int | None]) -> str:
    """Plain text; names that have a value in `values` are replaced by it."""
    if isinstance(node, int):
        return str(node)
    if isinstance(node, str):
        return str(values[node]) if node in values else node
    operator, *parts = node
    if operator in _FUNCTIONS:
        return f"{operator}({', '.join(_text(part, values) for part in parts)})"
    left, right = (_bracketed(part, _text(part, values), operator, i, "({})") for i, part in enumerate(parts))
    return f"{left} {'×' if operator == '*' else operator} {right}"


def _latex(node: Node, values: dict[str, int | None]) -> str:
    if isinstance(node, int):
        return str(node)
    if isinstance(node, str):
        if node in values:
            return r"\text{None}" if values[node] is None else str(values[node])
        base, _, side = node.partition("_")
        base = base if len(base) == 1 else rf"\mathrm{{{base}}}"
        return f"{base}_{{{side}}}" if len(side) < 2 and side else rf"{base}_{{\mathrm{{{side}}}}}" if side else base
    operator, *parts = node
    if operator in ("ceil", "floor"):
        return rf"\left\l{operator} {_latex(parts[0], values)} \right\r{operator}"
    if operator in _FUNCTIONS:
        return rf"\{operator}({', '.join(_latex(part, values) for part in parts)})"
    if operator == "/":
        return rf"\frac{{{_latex(parts[0], values)}}}{{{_latex(parts[1], values)}}}"
    left, right = (
        _bracketed(part, _latex(part, values), operator, i, r"\left({}\right)") for i, part in enumerate(parts)
    )
    return rf"{left} {chr(92) + 'times' if operator == '*' else operator} {right}"


def _bracketed(part: Node, shown: str, operator: str, position: int, brackets: str) -> str:
    """`shown`, in brackets where the expression around it would otherwise read differently."""
    if not isinstance(part, tuple):
        return shown
    inner, outer = _PRECEDENCE.get(part[0], 3), _PRECEDENCE[operator]
    # at equal precedence the right side needs them too, unless both are + or both are ×: a - (b + c), a / (b × c)
    plain = inner > outer or (inner == outer and (position == 0 or part[0] == operator in "+*"))
    return shown if plain else brackets.format(shown)
