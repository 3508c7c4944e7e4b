"""Reads a program that builds a model: walks its syntax tree with values of its own, and runs none of it.
It knows numbers, text, lists, loops, functions and classes; anything else is `Foreign`, and does nothing."""

import ast
import operator
import re
from collections import ChainMap
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from cnnnotes._reading.architecture import TensorRef
from cnnnotes._reading.classes import is_keras
from cnnnotes._reading.code.builtin import CALLS, MAX_LENGTH, METHODS, bounded, formatted, is_plain, listed, percent
from cnnnotes._reading.code.keras import Foreign, Keras, Op
from cnnnotes.layers._errors import shown

MAX_STEPS = 150_000  # the most pieces of work that are done for a program: a call of a layer counts 20
Scope = ChainMap[str, Any]
# What a mistake of the program raises here too, and more than is read.
_MISTAKES = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, StopIteration)
# What a sign does to numbers, and which operation it is on tensors.
_SIGNS: dict[type[ast.AST], tuple[Any, str]] = {
    ast.Add: (operator.add, "Add"), ast.Sub: (operator.sub, "Subtract"), ast.Mult: (operator.mul, "Multiply"),
    ast.Div: (operator.truediv, "TrueDivide"), ast.FloorDiv: (operator.floordiv, "FloorDivide"),
    ast.Mod: (operator.mod, ""), ast.Pow: (operator.pow, "Power"), ast.Is: (operator.is_, ""),
    ast.IsNot: (operator.is_not, ""), ast.Eq: (operator.eq, ""), ast.NotEq: (operator.ne, ""),
    ast.Lt: (operator.lt, ""), ast.LtE: (operator.le, ""), ast.Gt: (operator.gt, ""), ast.GtE: (operator.ge, ""),
    ast.In: (lambda one, many: one in many, ""), ast.NotIn: (lambda one, many: one not in many, ""),
}  # fmt: skip
_OWN_WEIGHTS = re.compile(r"\b(?:add_weight|add_variable|Variable|Parameter)\(")
_BASES = ("object", "Layer", "Model", "Module", "ABC")  # of classes that have no weights but those of their layers


class Jump(BaseException):  # no error: it never leaves this module
    """`return` with its value, `break`, `continue`, `raise`, or of kind `stmt` the end of what is read."""

    def __init__(self, kind: type[ast.stmt], value: Any = None) -> None:
        self.kind, self.value = kind, value


class Function(NamedTuple):
    """A function of the program, with the names that it sees; a method with its object."""

    tree: ast.FunctionDef | ast.Lambda
    scope: Scope
    owner: tuple[Any, ...] = ()


class Class:
    """A class of the program or an object of one, with what it holds."""

    def __init__(self, name: str, names: Scope, custom: bool, made: bool = False) -> None:
        self.name, self.names, self.custom, self.made = name, names, custom, made


class Interpreter:
    """One program, as far as it is read; `notes` says by line what wasn't understood."""

    def __init__(self) -> None:
        self.steps = self.line = 0
        self.notes: dict[int, str] = {}
        self.keras = Keras(self.spend, self.notes.setdefault)

    def spend(self, steps: int) -> None:
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise Jump(ast.stmt)

    def run(self, tree: ast.Module) -> list[Op]:
        """The models of a program, as far as the bounds allow; where it only defines functions, these are read too."""
        scope: Scope = ChainMap({"__name__": "__main__"})
        try:
            for statement in tree.body:
                self.line = statement.lineno
                self.block([statement], scope)
            values = [*scope.values()][::-1]  # what is made of the others comes last
            for value in sorted(values, key=lambda value: not isinstance(value, Op)):
                if self.keras.models():
                    break
                value = self.called(value, [], {}, self.line) if isinstance(value, Function | Class) else value
                if isinstance(value, Op) and value.body:
                    self.keras.trace(value, [TensorRef("")], {})
        except RecursionError:
            self.notes[self.line] = "is nested deeper than is read: what comes after it is not read"
        except Jump as jump:
            if jump.kind is ast.stmt:  # not a `raise`, which ends the program
                self.notes[self.line] = "takes more steps than are read: what comes after it is not read"
        self.steps = 0  # whatever was built is looked at
        return self.keras.models()

    def block(self, body: Iterable[ast.stmt], scope: Scope) -> None:
        for statement in body:
            self.spend(1)
            with suppress(*_MISTAKES):
                self.statement(statement, scope)

    def statement(self, tree: ast.stmt, scope: Scope) -> None:
        match tree:
            case ast.Assign(value=given) | ast.AnnAssign(value=ast.expr() as given):
                value = self.value(given, scope)
                for target in tree.targets if isinstance(tree, ast.Assign) else [tree.target]:
                    self.assign(target, value, scope)
            case ast.AugAssign(target=target, op=op, value=other):
                both = ast.copy_location(ast.BinOp(target, op, other), tree)
                self.assign(target, self.value(both, scope), scope)
            case ast.Expr():
                self.value(tree.value, scope)
            case ast.Return():
                raise Jump(ast.Return, self.value(tree.value, scope) if tree.value else None)
            case ast.Break() | ast.Continue() | ast.Raise():
                raise Jump(type(tree))
            case ast.If():
                test = self.value(tree.test, scope)
                if isinstance(test, Foreign):
                    self.leave_out(tree, f"the condition {test.text}", scope)
                else:
                    self.block(tree.body if test else tree.orelse, scope)
            case ast.For():
                self.loop(tree, scope)
            case ast.While():
                self.leave_out(tree, "how often the loop runs", scope)
            case ast.With() | ast.Try():
                self.block([*tree.body, *getattr(tree, "orelse", ()), *getattr(tree, "finalbody", ())], scope)
            case ast.FunctionDef():
                scope[tree.name] = Function(tree, scope)
            case ast.ClassDef():
                bases = [self.value(base, scope) for base in tree.bases]
                custom = any(base.name != "object" and getattr(base, "custom", True) for base in bases)
                made = scope[tree.name] = Class(tree.name, scope.new_child(), custom)
                own = any(isinstance(base, Foreign) and base.name not in _BASES for base in bases)
                if not own and not (custom and _OWN_WEIGHTS.search(ast.unparse(tree))):
                    self.block(tree.body, made.names)
            case ast.Import() | ast.ImportFrom():
                for alias in tree.names:
                    module = f"{tree.module}." if isinstance(tree, ast.ImportFrom) else ""
                    path = module + alias.name if module or alias.asname else alias.name.partition(".")[0]
                    scope[alias.asname or path.rpartition(".")[2]] = Foreign(path, path, is_keras(path))

    def leave_out(self, tree: ast.stmt, what: str, scope: Scope) -> None:
        """Leaves a block out on which something unknown decides: what it sets is unknown, and a model's next layer."""
        changed: dict[str, Any] = {}
        for node in ast.walk(tree):
            self.spend(1)
            match node:
                case ast.Name(id=name) if isinstance(scope.get(name), TensorRef | Op):
                    self.notes.setdefault(tree.lineno, f"{what} is not known, so what depends on it is left out")
                    changed |= {name: scope[name]} if isinstance(node.ctx, ast.Store) else {}
                case ast.Name(id=name, ctx=ast.Store()):
                    scope[name] = Foreign("unknown", name, False)
                case ast.Attribute(value=ast.Name(id=name), attr="add") if isinstance(scope.get(name), Op):
                    changed[name] = scope[name]
                case ast.Attribute(value=ast.Name(id=name)) | ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):
                    if type(scope.get(name)) in (list, dict):  # it may grow there
                        scope[name] = Foreign("unknown", name, False)
        for name, value in changed.items():
            part = Foreign("left_out", what)
            if isinstance(value, TensorRef):
                scope[name] = self.keras.call(part, [value], {}, tree.lineno)
            elif value.type == "Sequential":
                self.keras.add(value, part, tree.lineno)

    def loop(self, tree: ast.For, scope: Scope) -> None:
        items = _items(self.value(tree.iter, scope))
        if items is None:
            return self.leave_out(tree, "what the loop goes over", scope)
        for item in items:
            self.assign(tree.target, item, scope)
            try:
                self.block(tree.body, scope)
            except Jump as jump:
                if jump.kind is ast.Break:
                    return None
                if jump.kind is not ast.Continue:
                    raise
        return self.block(tree.orelse, scope)

    def assign(self, target: ast.expr, value: Any, scope: Scope) -> None:
        match target:
            case ast.Name():
                scope[target.id] = value
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                items = listed(_items(value) or ())
                for i, part in enumerate(parts if items else ()):
                    if isinstance(part, ast.Starred):  # takes what the others leave
                        end = len(items) - len(parts) + i + 1
                        items[i:end] = [items[i:end]]
                known = len(items) == len(parts)
                for part, item in zip(parts, items if known else map(self.unknown, parts), strict=True):
                    self.assign(part, item, scope)
            case ast.Starred():
                self.assign(target.value, value, scope)
            case ast.Attribute():
                owner = self.value(target.value, scope)
                if isinstance(owner, Class):
                    owner.names[target.attr] = value
                elif isinstance(owner, Op) and target.attr == "trainable":
                    self.keras.train(owner, value is not False)
            case ast.Subscript():
                owner, key = self.value(target.value, scope), self.value(target.slice, scope)
                if type(owner) in (list, dict) and is_plain(key):
                    owner[key] = value

    def value(self, tree: ast.expr, scope: Scope) -> Any:
        """The value of an expression; `Foreign` where it isn't understood."""
        self.spend(1)
        try:
            found = self.expression(tree, scope)
        except _MISTAKES:
            found = NotImplemented
        return self.unknown(tree) if found is NotImplemented else found

    def unknown(self, tree: ast.expr) -> Foreign:
        return Foreign("unknown", shown(ast.unparse(tree)).strip("'\""), False)

    def expression(self, tree: ast.expr, scope: Scope) -> Any:
        match tree:
            case ast.Constant(value=value):
                return "..." if value is ... else bounded(value)
            case ast.Name(id=name):
                return scope[name] if name in scope else Foreign(name, name)
            case ast.Attribute():
                return self.attribute(self.value(tree.value, scope), tree.attr)
            case ast.Call():
                return self.call(tree, scope)
            case ast.BinOp():
                return self.signed(tree.op, self.value(tree.left, scope), self.value(tree.right, scope), tree.lineno)
            case ast.UnaryOp(op=ast.Not()):
                value = self.value(tree.operand, scope)
                return NotImplemented if isinstance(value, Foreign) else not value
            case ast.UnaryOp(op=ast.USub()):
                value = self.value(tree.operand, scope)
                tensor = isinstance(value, TensorRef)
                return self.keras.operation("Negative", [value], {}, tree.lineno) if tensor else -value
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                items = [item for part in parts for item in self.spread(part, scope)]
                return items if isinstance(tree, ast.List) else tuple(items)
            case ast.Dict():
                keys = [self.value(key, scope) if key else {} for key in tree.keys]
                pairs = zip(keys, [self.value(value, scope) for value in tree.values], strict=True)
                return dict(pairs) if is_plain(keys) else NotImplemented
            case ast.Subscript():
                value, key = self.value(tree.value, scope), self.value(tree.slice, scope)
                if isinstance(value, TensorRef):
                    return self.keras.operation("GetItem", [value, key], {}, tree.lineno)
                return value[key] if type(value) is not Foreign and type(key) is not Foreign else NotImplemented
            case ast.Slice():
                return slice(*(end and self.value(end, scope) for end in (tree.lower, tree.upper, tree.step)))
            case ast.IfExp():
                test = self.value(tree.test, scope)
                chosen = tree.body if test else tree.orelse
                return NotImplemented if isinstance(test, Foreign) else self.value(chosen, scope)
            case ast.BoolOp():
                return self.logic(tree, scope)
            case ast.Compare(left=left, ops=[sign], comparators=[right]):
                return self.signed(sign, self.value(left, scope), self.value(right, scope), tree.lineno)
            case ast.JoinedStr():
                return bounded("".join(self.value(part, scope) for part in tree.values))
            case ast.FormattedValue(format_spec=spec):
                return formatted(self.value(tree.value, scope), self.value(spec, scope) if spec else "")
            case ast.ListComp() | ast.GeneratorExp():
                return bounded(list(self.comprehended(tree.elt, tree.generators, scope.new_child())))
            case ast.Lambda():
                return Function(tree, scope)
        return NotImplemented

    def logic(self, tree: ast.BoolOp, scope: Scope) -> Any:
        found: Any = None
        for part in tree.values:
            found = self.value(part, scope)
            if isinstance(found, Foreign) or bool(found) == isinstance(tree.op, ast.Or):
                break
        return found

    def spread(self, tree: ast.expr, scope: Scope) -> Iterable[Any]:
        """The values of one item of a list, which may be starred."""
        found = self.value(tree.value if isinstance(tree, ast.Starred) else tree, scope)
        return listed(_items(found)) if isinstance(tree, ast.Starred) else [found]

    def comprehended(self, tree: ast.expr, loops: list[ast.comprehension], scope: Scope) -> Iterator[Any]:
        if not loops:
            yield self.value(tree, scope)
            return
        for item in _items(self.value(loops[0].iter, scope)):  # TypeError: not understood
            self.assign(loops[0].target, item, scope)
            tests = [self.value(test, scope) for test in loops[0].ifs]
            if any(isinstance(test, Foreign) for test in tests):
                raise TypeError
            if all(tests):
                yield from self.comprehended(tree, loops[1:], scope)

    def attribute(self, value: Any, name: str) -> Any:
        if isinstance(value, Foreign):
            return value._replace(path=f"{value.path}.{name}", text=f"{value.text}.{name}")
        if isinstance(value, Class):
            found = value.names[name]
            return found._replace(owner=(value,)) if isinstance(found, Function) and value.made else found
        if isinstance(value, TensorRef):
            return value.shape if name == "shape" and value.shape else NotImplemented
        return self.keras.attribute(value, name) if isinstance(value, Op) else NotImplemented

    def signed(self, sign: ast.AST, left: Any, right: Any, line: int) -> Any:
        """What a sign between two values gives, refused before it could grow."""
        function, kind = _SIGNS[type(sign)]
        if kind and (isinstance(left, TensorRef) or isinstance(right, TensorRef)):
            return self.keras.operation(kind, [left, right], {}, line)
        if isinstance(left, Foreign) or isinstance(right, Foreign):
            return NotImplemented
        if isinstance(sign, ast.Mod) and isinstance(left, str):
            return percent(left, right)
        if isinstance(sign, ast.cmpop) and not isinstance(sign, ast.Is | ast.IsNot):
            return function(left, right) if is_plain(left) and is_plain(right) else NotImplemented
        left, right = (right, left) if isinstance(sign, ast.Mult) and type(left) is int else (left, right)
        if isinstance(sign, ast.Mult) and type(left) in (str, list, tuple) and len(left) * right > MAX_LENGTH:
            return NotImplemented
        if isinstance(sign, ast.Pow) and max(abs(left), 2) ** min(abs(right), 64) > 2**62:
            return NotImplemented
        found = bounded(function(left, right))
        self.spend(len(found) if type(found) in (list, tuple, str) else 0)
        return found

    def call(self, tree: ast.Call, scope: Scope) -> Any:
        args = [item for part in tree.args for item in self.spread(part, scope)]
        kwargs: dict[str, Any] = {}
        for keyword in tree.keywords:
            value = self.value(keyword.value, scope)
            kwargs |= {keyword.arg: value} if keyword.arg else dict(**value) if isinstance(value, dict) else {}
        if isinstance(tree.func, ast.Attribute):
            owner, name = self.value(tree.func.value, scope), tree.func.attr
            if isinstance(owner, Op):
                return self.keras.method(owner, name, args, kwargs, tree.lineno)
            if type(owner) in (str, list, tuple, dict):
                return METHODS[name](owner, *args, **kwargs)
            if name == "image_data_format":
                return "channels_last"
            if name in ("get_shape", "int_shape"):
                return (owner if isinstance(owner, TensorRef) else args[0]).shape
            what = self.attribute(owner, name)
        else:
            what = self.value(tree.func, scope)
        if isinstance(what, Foreign):
            if what.name in CALLS and (what.path == what.name or not what.keras):
                known = not any(isinstance(arg, Foreign | TensorRef | Op | Function) for arg in args)
                return CALLS[what.name](*args, **kwargs) if known or what.name == "print" else NotImplemented
            if what.name == "partial" and args:
                return lambda more, named: self.called(args[0], [*args[1:], *more], {**kwargs, **named}, tree.lineno)
            what = what._replace(text=shown(ast.unparse(tree)).strip("'\""))
        return self.called(what, args, kwargs, tree.lineno)

    def called(self, what: Any, args: list[Any], kwargs: dict[str, Any], line: int) -> Any:
        if isinstance(what, Op) and self.keras.tensors([args, kwargs]):
            return self.keras.on(what, args, kwargs)
        self.keras.missed += isinstance(what, Op)
        if callable(what):  # what `functools.partial` has given its first arguments
            return what(args, kwargs)
        if isinstance(what, Function):
            return self.function(what, [*what.owner, *args], kwargs)
        if isinstance(what, Class):
            made = Class(what.name, what.names.new_child(), what.custom, made=True)
            op = self.keras.make(what.name, None, line, custom=True) if what.custom else None
            if "__init__" in made.names:
                self.function(made.names["__init__"], [made, *args], kwargs)
            if op and "call" in made.names:
                op.body = lambda args, kwargs: self.function(made.names["call"], [made, *args], kwargs)
            return op or made
        return self.keras.call(what, args, kwargs, line) if isinstance(what, Foreign) else NotImplemented

    def function(self, what: Function, args: list[Any], kwargs: dict[str, Any]) -> Any:
        given, scope = what.tree.args, what.scope.new_child()
        names = [each.arg for each in (*given.posonlyargs, *given.args)]
        own = [*names, *(each.arg for each in given.kwonlyargs)]
        defaults = [*[None] * (len(names) - len(given.defaults)), *given.defaults, *given.kw_defaults]
        for name, tree in zip(own, defaults, strict=True):
            scope[name] = self.value(tree, what.scope) if tree else Foreign(name, name)
        scope |= zip(names, args, strict=False)
        scope |= {name: value for name, value in kwargs.items() if name in own}
        if given.vararg:
            scope[given.vararg.arg] = tuple(args[len(names) :])
        if given.kwarg:
            scope[given.kwarg.arg] = {name: value for name, value in kwargs.items() if name not in own}
        if isinstance(what.tree, ast.Lambda):
            return self.value(what.tree.body, scope)
        try:
            self.block(what.tree.body, scope)
        except Jump as jump:
            if jump.kind is not ast.Return:
                raise
            return jump.value
        return None


def _items(value: Any) -> Any:
    """What a loop goes over; `None` where that isn't known."""
    return value if isinstance(value, range) else list(value) if type(value) in (list, tuple, str, dict) else None
