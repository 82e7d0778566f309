"""How expressions are written: text to tree and back."""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, Literal

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, VisitError

from policy_engine.basics import numerals
from policy_engine.basics.errors import Text
from policy_engine.basics.values import DAY, MONTH, PURE, UNIT_WORDS, WORKDAY, parse_unit
from policy_engine.language import ir

_UNITS: Final = r"[A-Z]{3}|[百千万亿]*(?:" + "|".join(sorted(map(re.escape, UNIT_WORDS), key=len, reverse=True)) + ")"
GRAMMAR: Final = r"""
?start: expression
?expression: _IF expression _THEN expression (_ELSE _IF expression _THEN expression)* _ELSE disjunction -> choose
    | disjunction
?disjunction: conjunction | conjunction (_OR conjunction)+ -> disjoin
?conjunction: negation | negation (_AND negation)+ -> conjoin
?negation: _NOT negation -> negate | comparison
?comparison: sum
    | sum (COMPARE sum)+ -> chain
    | sum _IN sum -> member
    | sum _IN values -> one_of
    | sum _NOT _IN values -> none_of
    | sum _NOT _IN sum -> no_member
?sum: share | share ((PLUS | MINUS) share)+ -> summed
?share: product | product OF share -> arith
?product: unary | product TIMES unary -> arith | product OVER unary -> arith
?unary: power | MINUS unary -> minus
?power: atom | atom CARET atom -> arith
values: "[" value ("," value)* "]"
?value: NUMBER -> number | PERCENT -> percent | QUANTITY -> quantity | DURATION -> duration | DATE -> date
?atom: NUMBER -> number | PERCENT -> percent | QUANTITY -> quantity | DURATION -> duration | DATE -> date | STRING -> string
    | _TRUE -> true | _FALSE -> false
    | NAME -> name
    | END_OF "(" expression ")" -> call
    | NAME _AT atom -> at
    | NAME _AT "(" expression ("," expression)+ ")" -> at
    | NAME "(" (expression ("," expression)*)? ")" -> call
    | "[" (STRING ("," STRING)*)? "]" -> list_of
    | "(" expression ")"
COMPARE: "==" | "!=" | "<=" | ">=" | "<" | ">"
PLUS: "+"
MINUS: "-"
TIMES: "*"
OVER: "/"
CARET: "^"
END_OF.2: /end\s+of\s+(?:year|quarter|month)(?=\s*\()/
OF.1: /of(?!\w)/
_IF.1: /if(?!\w)/
_THEN.1: /then(?!\w)/
_ELSE.1: /else(?!\w)/
_OR.1: /or(?!\w)/
_AND.1: /and(?!\w)/
_NOT.1: /not(?!\w)/
_IN.1: /in(?!\w)/
_AT.1: /at(?!\w)/
_TRUE.1: /true(?!\w)/
_FALSE.1: /false(?!\w)/
DATE.4: /[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])/
DURATION.3: /[0-9][0-9_]*(?:\.[0-9]+)?\s*(?:days?|months?|years?|working\s+days?)\b/
QUANTITY.3: /[0-9][0-9_]*(?:\.[0-9]+)?\s*(?:UNIT)(?:\/(?:UNIT|day|month|天|日|月))?(?!\w)/
PERCENT.2: /[0-9][0-9_]*(?:\.[0-9]+)?\s*[%％]/
NUMBER: /[0-9][0-9_]*(?:\.[0-9]+)?(?!\w)/
STRING: /"[^"\n]*"|'[^'\n]*'/
NAME: /(?!(?:if|then|else|and|or|not|in|of|at|true|false)(?!\w))[^\W\d]\w*/
%import common.WS
%ignore WS
""".replace("UNIT", _UNITS)


class SyntaxProblem(Exception):
    """An expression that cannot be read: why, and the character where it stops making sense."""

    def __init__(self, message: Text, column: int, help: Text | None = None) -> None:
        self.message, self.column, self.help = message, column, help
        super().__init__(message.en)


_DURATIONS: Final = {"d": (1, DAY), "w": (1, WORKDAY), "m": (1, MONTH), "y": (12, MONTH)}


def _digits(text: str) -> Fraction:
    return Fraction(text.replace("_", ""))


@v_args(meta=True)
class _Build(Transformer[Token, ir.Node]):
    """Parse tree to nodes; one method per rule of the grammar."""

    def number(self, meta: Any, c: list[Token]) -> ir.Node:
        return ir.Number(_digits(c[0]), span=_span(meta))

    def percent(self, meta: Any, c: list[Token]) -> ir.Node:
        return ir.Number(_digits(c[0].rstrip("%％ \t\n")) / 100, PURE, percent=True, span=_span(meta))

    def duration(self, meta: Any, c: list[Token]) -> ir.Node:
        digits = c[0].rstrip("abcdefghijklmnopqrstuvwxyz \t\n")
        times, unit = _DURATIONS[c[0][len(digits) :].strip()[0]]
        return ir.Number(_digits(digits) * times, unit, span=_span(meta))

    def quantity(self, meta: Any, c: list[Token]) -> ir.Node:
        digits = re.match(r"[\d_.]+\s*(?:[百千万亿]*(?=千[克米])|[百千万亿]*)", c[0])
        assert digits is not None
        value = numerals.parse(digits[0].replace("_", ""))
        assert value is not None
        return ir.Number(value, parse_unit(c[0][digits.end() :]), span=_span(meta))

    def date(self, meta: Any, c: list[Token]) -> ir.Node:
        try:
            return ir.Const(dt.date.fromisoformat(c[0]), span=_span(meta))
        except ValueError:
            raise SyntaxProblem(Text(f"`{c[0]}` is not a date", f"`{c[0]}` 不是日期"), meta.start_pos) from None

    def string(self, meta: Any, c: list[Token]) -> ir.Node:
        return ir.Const(c[0][1:-1], span=_span(meta))

    def true(self, meta: Any, c: list[Token]) -> ir.Node:
        return ir.Const(True, span=_span(meta))

    def false(self, meta: Any, c: list[Token]) -> ir.Node:
        return ir.Const(False, span=_span(meta))

    def name(self, meta: Any, c: list[Token]) -> ir.Node:
        return ir.Name(str(c[0]), span=_span(meta))

    def call(self, meta: Any, c: list[Any]) -> ir.Node:
        return ir.Call("_".join(c[0].split()), tuple(arg for arg in c[1:] if arg is not None), span=_span(meta))

    def at(self, meta: Any, c: list[Any]) -> ir.Node:
        return ir.Call("at", (ir.Name(str(c[0]), span=_span(meta)), *c[1:]), span=_span(meta))

    def list_of(self, meta: Any, c: list[Token | None]) -> ir.Node:
        return ir.ListOf(tuple(str(item)[1:-1] for item in c if item is not None), span=_span(meta))

    def minus(self, meta: Any, c: list[Any]) -> ir.Node:
        return ir.Neg(c[1], span=_span(meta))

    def arith(self, meta: Any, c: list[Any]) -> ir.Node:
        return ir.Arith(str(c[1]), c[0], c[2], span=_span(meta))  # type: ignore[arg-type]

    def chain(self, meta: Any, c: list[Any]) -> ir.Node:
        links = [
            ir.Compare(str(c[i]), c[i - 1], c[i + 1], span=(c[i - 1].span[0], c[i + 1].span[1]))  # type: ignore[arg-type]
            for i in range(1, len(c), 2)
        ]
        return ir.conjunction(tuple(links))

    def member(self, meta: Any, c: list[Any]) -> ir.Node:
        return ir.In(c[0], c[1], span=_span(meta))

    def no_member(self, meta: Any, c: list[Any]) -> ir.Node:
        return ir.Not(ir.In(c[0], c[1], span=_span(meta)), span=_span(meta))

    def values(self, meta: Any, c: list[ir.Node]) -> list[ir.Node]:
        return c

    def one_of(self, meta: Any, c: list[Any]) -> ir.Node:
        links = tuple(ir.Compare("==", c[0], value, span=_span(meta)) for value in c[1])
        return ir.balanced("or", links, ir.Const(False))

    def none_of(self, meta: Any, c: list[Any]) -> ir.Node:
        return ir.Not(self.one_of(meta, c), span=_span(meta))

    def negate(self, meta: Any, c: list[Any]) -> ir.Node:
        return ir.Not(c[0], span=_span(meta))

    def conjoin(self, meta: Any, c: list[ir.Node]) -> ir.Node:
        return _joined("and", c)

    def disjoin(self, meta: Any, c: list[ir.Node]) -> ir.Node:
        return _joined("or", c)

    def summed(self, meta: Any, c: list[Any]) -> ir.Node:
        """A sum, term by term; one that is long as flat as can be, but for dates, to which months are added one by one."""
        ops, terms = [str(op) for op in c[1::2]], c[::2]
        durations = (n for term in terms for n in ir.walk(term) if isinstance(n, ir.Number) and n.unit in _SPANS)
        if len(terms) <= LONG or next(durations, None) is not None:
            total: ir.Node = terms[0]
            for op, term in zip(ops, terms[1:], strict=True):
                total = ir.Arith(op, total, term, span=(total.span[0], term.span[1]))  # type: ignore[arg-type]
            return total
        added = [terms[0], *(term for op, term in zip(ops, terms[1:], strict=True) if op == "+")]
        taken = [term for op, term in zip(ops, terms[1:], strict=True) if op == "-"]
        return ir.Arith("-", _total(added), _total(taken), span=_span(meta)) if taken else _total(added)

    def choose(self, meta: Any, c: list[ir.Node]) -> ir.Node:
        pairs, last = tuple(zip(c[:-1:2], c[1::2], strict=True)), c[-1]
        if len(pairs) > LONG:
            return ir.Cases(pairs, last, span=_span(meta))
        for condition, value in reversed(pairs):
            start = meta.start_pos if condition is c[0] else condition.span[0]
            last = ir.Cases(((condition, value),), last, span=(start, meta.end_pos))
        return last


def _joined(op: Literal["and", "or"], parts: list[ir.Node]) -> ir.Node:
    """Conditions joined from left to right; many of them as flat as can be."""
    if len(parts) > LONG:
        return ir.balanced(op, tuple(parts), ir.TRUE)
    found = parts[0]
    for part in parts[1:]:
        found = ir.Logic(op, found, part, span=(found.span[0], part.span[1]))
    return found


def _total(terms: list[ir.Node]) -> ir.Node:
    half = (len(terms) + 1) // 2
    if len(terms) == 1:
        return terms[0]
    left, right = _total(terms[:half]), _total(terms[half:])
    return ir.Arith("+", left, right, span=(left.span[0], right.span[1]))


def _span(meta: Any) -> ir.Span:
    return (meta.start_pos, meta.end_pos)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", propagate_positions=True, maybe_placeholders=False)


MAX_LENGTH: Final = 40_000
LONG: Final = 40
"""How many parts in a row stand one inside the other; more of them, of whatever number, are put side by side."""
_SPANS: Final = (DAY, MONTH, WORKDAY)
MAX_NESTING: Final = 60
MAX_DEPTH: Final = 120
RESERVED: Final = frozenset({"and", "or", "not", "in", "at", "of", "if", "then", "else", "true", "false", "unsettled"})


@lru_cache(maxsize=4096)
def parse(text: str) -> ir.Node:
    """The tree of an expression. Raises SyntaxProblem."""
    if len(text) > MAX_LENGTH:
        raise SyntaxProblem(Text(f"the expression has {len(text):,} characters, more than {MAX_LENGTH:,}",
                                 f"表达式有 {len(text):,} 个字符，超过 {MAX_LENGTH:,}"), 0, _IN_PARTS)  # fmt: skip
    if _nesting(text) > MAX_NESTING:
        raise _too_deep()
    try:
        tree = _Build().transform(_parser().parse(text))
    except RecursionError:
        raise _too_deep() from None
    except VisitError as error:
        raise (_too_deep() if isinstance(error.orig_exc, RecursionError) else error.orig_exc) from None
    except UnexpectedInput as error:
        raise _unexpected(error, text) from None
    if _depth(tree) > MAX_DEPTH:
        raise _too_deep()
    return tree


_IN_PARTS: Final = Text(
    "make formulas of its parts, or list its values: x in [1, 2]", "请将各部分另立公式，或列出取值：x in [1, 2]"
)


def _too_deep() -> SyntaxProblem:
    return SyntaxProblem(Text("the expression is too deep: too many brackets, or parts in a row",
                              "表达式嵌套过深：括号过多，或连写的部分过多"), 0, _IN_PARTS)  # fmt: skip


def _depth(tree: ir.Node) -> int:
    """How many levels a tree has; a long chain of one operator is deep without any bracket."""
    levels, layer = 0, [tree]
    while layer:
        levels, layer = levels + 1, [child for node in layer for child in ir.children(node)]
    return levels


def _nesting(text: str) -> int:
    """How deep brackets and prefix operators can nest; bounds the recursion of every later pass."""
    depth = deepest = 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        deepest = max(deepest, depth)
    return max(deepest, text.count("not ") // 2, text.count("--"))


_SHOWN: Final = {
    "NUMBER": "a number", "NAME": "a name", "STRING": '"a choice"', "LPAR": "(", "RPAR": ")", "COMPARE": "a comparison",
    "PLUS": "+", "MINUS": "-", "TIMES": "*", "OVER": "/", "LSQB": "[", "RSQB": "]", "COMMA": ",", "DATE": "a date",
    "PERCENT": "15%", "DURATION": "7 days", "END_OF": "end of year(…)", "QUANTITY": "20万元", "CARET": "^",
}  # fmt: skip
_SHOWN_ZH: Final = {"a number": "数字", "a name": "名称", '"a choice"': '"选项"', "a comparison": "比较符号", "a date": "日期"}  # fmt: skip


def _unexpected(error: UnexpectedInput, text: str) -> SyntaxProblem:
    ended = getattr(getattr(error, "token", None), "type", "") == "$END" or error.pos_in_stream is None
    position = len(text.rstrip()) if ended else int(error.pos_in_stream or 0)
    names = set(error.allowed or ()) if isinstance(error, UnexpectedCharacters) else set(getattr(error, "expected", ()))
    words = sorted(_SHOWN.get(name, name.strip("_").lower()) for name in names if "__" not in name and name != "$END")
    shown, shown_zh = ", ".join(words), "、".join(_SHOWN_ZH.get(word, word) for word in words)
    found = text[position:].split(maxsplit=1)
    if not found:
        message = Text("the expression ends too early", "表达式不完整")
    else:
        message = Text(f"`{found[0]}` is not expected here", f"此处不应出现 `{found[0]}`")
    return SyntaxProblem(message, position, Text(f"expected: {shown}", f"此处可写：{shown_zh}") if shown else None)
