"""An expression written out as a rule has it."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Final

from policy_engine.basics.values import DAY, MONTH, PURE, WORKDAY, Unit, number_text, unit_text
from policy_engine.language import ir

YEAR: Final[Unit] = (("year", 1),)
_SPELT: Final = {f"end_of_{period}": f"end of {period}" for period in ("year", "quarter", "month")}
_LEVEL: Final = {"or": 1, "and": 2, "not": 3, "compare": 4, "+": 5, "-": 5, "of": 6, "*": 7, "/": 7, "neg": 8, "^": 9}


def in_years(value: Fraction, unit: Unit) -> tuple[Fraction, Unit]:
    """A span as people say it: months that are whole years in years."""
    return (value / 12, YEAR) if unit == MONTH and value and value % 12 == 0 else (value, unit)


def unparse(node: ir.Node) -> str:
    """The text of a tree; parsing it gives the same tree."""
    return _text(node, 0)


def _text(node: ir.Node, outer: int) -> str:
    match node:
        case ir.Number():
            return _number(node)
        case ir.Const(value=bool() as flag):
            return "true" if flag else "false"
        case ir.Const(value=dt.date() as date):
            return date.isoformat()
        case ir.Const(value=str() as word):
            return _quote(word)
        case ir.ListOf(items=items):
            return "[" + ", ".join(_quote(item) for item in items) + "]"
        case ir.Name(name=name):
            return name
        case ir.Call(function="add_working_days", args=(a, ir.Neg(operand=b))):
            return _text(ir.Arith("-", a, b), outer)
        case ir.Call(function="add_working_days", args=(a, b)):
            return _text(ir.Arith("+", a, b), outer)
        case ir.Call(function=function, args=args):
            return f"{_SPELT.get(function, function)}({', '.join(_text(arg, 0) for arg in args)})"
        case ir.Unsettled():
            return "unsettled"
        case _:
            text, level = _compound(node)
            return f"({text})" if level < outer else text


def _compound(node: ir.Node) -> tuple[str, int]:
    """Text and binding strength of an operator; a right operand of the same strength gets parentheses."""
    match node:
        case ir.Not(operand=ir.In(item=a, container=b)):
            return f"{_text(a, 5)} not in {_text(b, 5)}", _LEVEL["compare"]
        case ir.Not(operand=x):
            return f"not {_text(x, _LEVEL['not'])}", _LEVEL["not"]
        case ir.Neg(operand=x):
            return f"-{_text(x, _LEVEL['neg'])}", _LEVEL["neg"]
        case ir.Arith(op="/", left=ir.Number(), right=ir.Number()):
            return f"{_number(node.left)}/{_number(node.right)}", _LEVEL["/"]  # type: ignore[arg-type]
        case ir.Arith(op="^", left=a, right=b):
            return f"{_text(a, 10)} ^ {_text(b, 10)}", _LEVEL["^"]
        case ir.Arith(op=op, left=a, right=b):
            symbol = "-" if op == "days between" else op[0] if op[0] in "+-" else op
            level = _LEVEL[symbol]
            lean = 1 if symbol == "of" else 0
            return f"{_text(a, level + lean)} {symbol} {_text(b, level + 1 - lean)}", level
        case ir.Compare(op=op, left=a, right=b):
            return f"{_text(a, 5)} {op} {_text(b, 5)}", _LEVEL["compare"]
        case ir.In(item=a, container=b):
            return f"{_text(a, 5)} in {_text(b, 5)}", _LEVEL["compare"]
        case ir.Logic(op=op, left=a, right=b):
            level = _LEVEL[op]
            return f"{_text(a, level)} {op} {_text(b, level + 1)}", level
        case ir.Cases(branches=branches, otherwise=last):
            head = "".join(f"if {_text(c, 1)} then {_text(v, 1)} else " for c, v in branches)
            return head + _text(last, 0), 0
        case _:
            raise TypeError(f"no text for {type(node).__name__}")


def _number(node: ir.Number) -> str:
    if node.percent:
        return number_text(node.value * 100) + "%"
    value, unit = in_years(node.value, node.unit or PURE)
    if unit not in (PURE, DAY, MONTH, YEAR, WORKDAY):
        word = unit_text(unit).replace("CNY", "元")
        return number_text(value) + ("" if word.startswith("元") else " ") + word
    word = {DAY: " day", MONTH: " month", YEAR: " year", WORKDAY: " working day"}.get(unit, "")
    return number_text(value) + word + ("s" if word and value != 1 else "")


def _quote(word: str) -> str:
    return f"'{word}'" if '"' in word else f'"{word}"'
