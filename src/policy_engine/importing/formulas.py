"""How formulas of RuleSpec are written: text to a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from lark import Lark, Token, Transformer
from lark.exceptions import LarkError

GRAMMAR: Final = r"""
?start: expression
?expression: _IF expression _COLON expression (_ELIF expression _COLON expression)* _ELSE _COLON expression -> choose
    | _MATCH disjunction _COLON arm+ -> match
    | disjunction
arm: (literal | NAME) _GIVES expression
?disjunction: conjunction (_OR conjunction)+ -> any | conjunction
?conjunction: negation (_AND negation)+ -> all | negation
?negation: _NOT negation -> negate | comparison
?comparison: sum (COMPARE sum)? -> compare
?sum: product | sum SIGN product -> arith
?product: unary | product TIMES unary -> arith
?unary: "-" unary -> minus | atom
?atom: literal
    | NAME -> name
    | NAME "." NAME -> field
    | NAME "(" [expression ("," expression)*] ")" -> call
    | NAME "[" expression "]" -> cell
    | "(" expression ")"
literal: NUMBER | STRING | TRUE | FALSE
COMPARE: "==" | "!=" | "<=" | ">=" | "<" | ">"
SIGN: "+" | "-"
TIMES: "*" | "/"
_COLON: ":"
_GIVES: "=>"
_IF.2: /if(?!\w)/
_ELIF.2: /elif(?!\w)/
_ELSE.2: /else(?!\w)/
_MATCH.2: /match(?!\w)/
_OR.2: /or(?!\w)/
_AND.2: /and(?!\w)/
_NOT.2: /not(?!\w)/
TRUE.2: /[tT]rue(?!\w)/
FALSE.2: /[fF]alse(?!\w)/
NUMBER: /[0-9][0-9_]*(\.[0-9]+)?/
STRING: /"[^"\n]*"|'[^'\n]*'/
NAME: /[A-Za-z_]\w*/
COMMENT: /#[^\n]*/
%import common.WS
%ignore WS
%ignore COMMENT
"""


class Unsaid(Exception):
    """What cannot be said in a rule file: the reason, one of few, and the part it is about."""

    def __init__(self, reason: str, part: str = "") -> None:
        self.reason, self.part = reason, part
        super().__init__(f"{reason}: {part}")


@dataclass(frozen=True)
class Expr:
    """A node: what it is (`or`, `cmp`, `name` …), its parts, and its own text (a name, a figure, an operator).

    An `if` has conditions and values in turn, and at its end the value that else holds, if there is one.
    """

    op: str
    parts: tuple[Expr, ...] = ()
    text: str = ""


def walk(node: Expr) -> Iterator[Expr]:
    """A node and all in it."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting += found.parts


class _Build(Transformer[Token, Expr]):
    """Parse tree to nodes; one method per rule of the grammar."""

    def literal(self, c: list[Any]) -> Expr:
        kind = c[0].type
        if kind == "NUMBER":
            return Expr("number", (), c[0].replace("_", ""))
        return Expr("text", (), c[0][1:-1]) if kind == "STRING" else Expr("flag", (), c[0].lower())

    def name(self, c: list[Any]) -> Expr:
        return Expr("name", (), str(c[0]))

    def field(self, c: list[Any]) -> Expr:
        return Expr("field", (Expr("name", (), str(c[0])),), str(c[1]))

    def call(self, c: list[Any]) -> Expr:
        return Expr("call", tuple(part for part in c[1:] if part is not None), str(c[0]))

    def cell(self, c: list[Any]) -> Expr:
        return Expr("cell", (c[1],), str(c[0]))

    def minus(self, c: list[Any]) -> Expr:
        return Expr("neg", (c[0],))

    def arith(self, c: list[Any]) -> Expr:
        return Expr("arith", (c[0], c[2]), str(c[1]))

    def compare(self, c: list[Any]) -> Expr:
        return c[0] if len(c) == 1 else Expr("cmp", (c[0], c[2]), str(c[1]))

    def negate(self, c: list[Any]) -> Expr:
        return Expr("not", (c[0],))

    def all(self, c: list[Any]) -> Expr:
        return Expr("and", tuple(c))

    def any(self, c: list[Any]) -> Expr:
        return Expr("or", tuple(c))

    def choose(self, c: list[Any]) -> Expr:
        *before, last = c
        return Expr("if", (*before, *last.parts)) if last.op == "if" else Expr("if", tuple(c))

    def arm(self, c: list[Any]) -> Expr:
        pattern = c[0] if isinstance(c[0], Expr) else Expr("name", (), str(c[0]))
        return Expr("arm", (pattern, c[1]))

    def match(self, c: list[Any]) -> Expr:
        subject, parts = c[0], list[Expr]()
        for arm in c[1:]:
            pattern, value = arm.parts
            if pattern == Expr("name", (), "_"):
                return Expr("if", (*parts, value)) if parts else value
            parts += (Expr("cmp", (subject, pattern), "=="), value)
        return Expr("if", tuple(parts))


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", maybe_placeholders=False)


@lru_cache(maxsize=20_000)
def parse(text: str) -> Expr:
    """The tree of a formula. Raises Unsaid."""
    try:
        return _Build().transform(_parser().parse(text))
    except (LarkError, RecursionError) as error:
        raise Unsaid("a formula that cannot be read", str(error).splitlines()[0]) from None
