"""An expression as readers of Chinese have it: labels for names, options in quotes, signs and words for operators."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from policy_engine.basics.errors import Lang, Text
from policy_engine.basics.values import DAY, MONTH, PURE, WORKDAY, Value, grouped, number_text, unit_words
from policy_engine.explaining.unparse import YEAR, in_years
from policy_engine.language import ir
from policy_engine.rulebook.rule import Names

_SIGNS: Final = {"<=": "≤", ">=": "≥", "<": "<", ">": ">", "==": "=", "!=": "≠"}
_ARITHMETIC: Final = {"*": "×", "of": "×", "/": "÷", "^": "^", "days between": "-"}
_LEVELS: Final = {"logic": 1, "compare": 3, "+": 4, "-": 4, "×": 5, "÷": 5, "^": 6}
_OF: Final = {
    "min": "{}中较小者", "max": "{}中较大者", "abs": "{}的绝对值", "floor": "{}向下取整", "ceil": "{}向上取整", "round": "{}四舍五入",
    "round_even": "{}取整（五成双）", "size": "{}的项数", "year": "{}的年份", "month": "{}的月份", "day": "{}的日",
    "weekday": "{}的星期", "end_of_year": "{}年末", "end_of_quarter": "{}所在季度末日", "end_of_month": "{}所在月末日",
    "is_working_day": "{}为工作日", "count": "{}中成立的项数",
}  # fmt: skip
_OF_TWO: Final = {
    "all_in": "{}均属于{}", "any_in": "{}包括{}之一", "position": "{1}在{0}中的位次", "starts_with": "{}以{}开头",
    "years": "{}至{}的周年数", "months": "{}至{}的足月数", "working_days": "{}之后至{}的工作日数", "mod": "{}除以{}的余数",
    "first_outside": "{}中依序首个不属于{}者", "add_working_days": "{} + {}",
}  # fmt: skip
_BY_STEPS: Final = {
    "floor": "{}按{}向下取整",
    "ceil": "{}按{}向上取整",
    "round": "{}按{}四舍五入",
    "round_even": "{}按{}取整（五成双）",
}
_OF_THREE: Final = {"first_after": "{}中{}之后首个不属于{}者"}
_OF_ROWS: Final = {
    "rows count": "的项数", "rows sum": "{}之和", "rows min": "{}中最小者", "rows max": "{}中最大者", "rows any": "中有{}者", "rows all": "均为{}",
}  # fmt: skip
_PAIRS: Final = {"total": "合计", "least": "最小者", "greatest": "最大者"}


_CLOSE: Final = re.compile("[，。；：、！？（）「」“”《》〔〕].|.[，。；：、！？（）「」“”《》〔〕]|[\u4e00-\u9fff]{2}")
"""What ends and what begins where Chinese has no space."""


class _Words(NamedTuple):
    """What names and options are called; `of` is whose value the expression gives, whose options come first."""

    names: Names
    of: str

    def label(self, name: str) -> str:
        """What a name is called."""
        return self.names.label(name).zh

    def option(self, option: object, name: str = "") -> str:
        """What an option is called, in quotes; those inside it are single."""
        return in_quotes(self.names.option(str(option), name or self.of).zh)


def spoken(node: ir.Node, names: Names, of: str = "") -> str:
    """The expression in Chinese, such as `计入比例的投资额 ≤ 15% × 母基金总规模`; it is read, never parsed.

    `of` names the formula whose value it is, for its options.
    """
    return _said(node, _Words(names, of), 0)


def _said(node: ir.Node, names: _Words, outer: int) -> str:
    text, level = _part(node, names)
    return f"（{text}）" if level < outer else text


def _part(node: ir.Node, names: _Words) -> tuple[str, int]:
    """The words of a part, and how strongly they hold together: what is loose stands in brackets inside what is tight."""
    match node:
        case ir.Logic(op=op, left=a, right=b):
            parts = (_said(x, names, 2 if isinstance(x, ir.Logic) and x.op != op else 1) for x in (a, b))
            return ("，且" if op == "and" else "，或").join(parts), _LEVELS["logic"]
        case ir.Compare(op=op, left=a, right=b):
            return _compared(op, a, b, names), _LEVELS["compare"]
        case ir.In(item=a, container=b):
            return _membership(a, b, names, ""), _LEVELS["compare"]
        case ir.Not(operand=x):
            return _denied(x, names), _LEVELS["compare"]
        case ir.Arith(op="/", left=ir.Number(), right=ir.Number()):
            return f"{_said(node.left, names, 9)}/{_said(node.right, names, 9)}", 9
        case ir.Arith(op=op, left=a, right=b):
            sign = _ARITHMETIC.get(op, op[0])
            level = _LEVELS[sign]
            return f"{_said(a, names, level)} {sign} {_said(b, names, level + 1)}", level
        case ir.Neg(operand=x):
            return f"-{_said(x, names, _LEVELS['^'])}", _LEVELS["×"]
        case ir.Cases(branches=branches, otherwise=last):
            told = "；".join(f"{_said(c, names, 0)}的，{_said(v, names, 1)}" for c, v in branches)
            return (f"{told}；其他，{_said(last, names, 1)}", 0) if told else _part(last, names)
        case ir.Call():
            return _called(node, names), _LEVELS["×"]
        case _:
            return _leaf(node, names), 9


def _leaf(node: ir.Node, names: _Words) -> str:
    match node:
        case ir.Number(value=value, unit=unit, percent=percent):
            if percent:
                return f"{number_text(value * 100)}%"
            if unit in (DAY, MONTH, WORKDAY):
                value, unit = in_years(value, unit)
                return f"{number_text(value)}{({DAY: '日', MONTH: '个月'} | {YEAR: '年', WORKDAY: '个工作日'})[unit]}"
            return grouped(value) + ("" if unit in (None, PURE) else unit_words(unit).zh)
        case ir.Const(value=str() as option):
            return names.option(option)
        case ir.Const(value=value):
            return names.names.shown(value).zh
        case ir.ListOf(items=items):
            return "、".join(map(names.option, items))
        case ir.Name(name=name):
            return names.label(name)
        case ir.Unsettled():
            return "文本未作规定"
        case _:
            raise TypeError(f"no words for {type(node).__name__}")


def _compared(op: str, a: ir.Node, b: ir.Node, names: _Words) -> str:
    left, right = _said(a, names, 4), _said(b, names, 4)
    match a, b:
        case ir.Name(name=name), ir.Const(value=str() as option) if name in names.names.readings:
            return f"{'' if op == '==' else '不'}按{names.option(option, name)}理解"
        case ir.Name(name=name), ir.Const(value=str() as option):
            return f"{left}{'为' if op == '==' else '不为'}{names.option(option, name)}"
        case ir.Name(), ir.Const(value=bool() as flag):
            return f"{in_quotes(left)}为{'是' if flag == (op == '==') else '否'}"
    return f"{left} {_SIGNS[op]} {right}"


def _membership(a: ir.Node, b: ir.Node, names: _Words, no: str) -> str:
    if isinstance(a, ir.Const) and isinstance(b, ir.Name):
        return f"{_said(b, names, 4)}{no}包括{names.option(a.value, b.name)}"
    if isinstance(a, ir.Name) and isinstance(b, ir.ListOf):
        items = "、".join(names.option(item, a.name) for item in b.items)
        return f"{_said(a, names, 4)}{no}为{items}" + ("之一" if len(b.items) > 1 else "")
    return f"{_said(a, names, 4)}{no}属于{_said(b, names, 4)}"


def _denied(x: ir.Node, names: _Words) -> str:
    match x:
        case ir.In(item=a, container=b):
            return _membership(a, b, names, "不")
        case ir.Name(name=name):
            return f"{in_quotes(names.label(name))}为否"
        case ir.Call(function="any_in", args=(a, b)):
            return f"{_said(a, names, 4)}不包括{_said(b, names, 4)}中任何一项"
        case ir.Call(function="all_in", args=(a, ir.ListOf(items=()))):
            return f"{_said(a, names, 4)}不为“无”"
        case ir.Call(function="all_in", args=(a, b)):
            return f"{_said(a, names, 4)}不全属于{_said(b, names, 4)}"
        case _:
            return f"并非（{_said(x, names, 0)}）"


def _called(node: ir.Call, names: _Words) -> str:
    function, many = node.function, node.function in ("min", "max", "count", *_PAIRS)
    parts = [_said(arg, names, 1 if many else 6) for arg in node.args]  # what follows the words belongs to all of them
    if function == "any_in":
        return f"{parts[0]}包括{parts[1]}" + ("之一" if isinstance(node.args[1], ir.ListOf) else "中任何一项")
    if function == "all_in" and node.args[1] == ir.ListOf(()):
        return f"{parts[0]}为“无”"
    if function in _PAIRS:
        pairs = zip(parts[::2], parts[1::2], strict=True)
        return f"{'；'.join(f'{condition}的，{value}' for condition, value in pairs)}，以上{_PAIRS[function]}"
    if function == "in_season":
        return f"{parts[0]}在每年 {parts[1].strip('“”')} 至 {parts[2].strip('“”')} 之间"
    if function in _OF_ROWS:
        which = "" if node.args[0] == ir.TRUE else f"（{parts[0]}的）"
        return f"各项{which}{_OF_ROWS[function].format(parts[1])}"
    if many:
        return _OF[function].format("、".join(parts))
    return template(function, len(parts)).format(*parts)


def listed(words: Sequence[str], lang: Lang = "zh") -> str:
    """Words one after the other, in Chinese in quotes where one has a comma in itself: `“目的、内容明确”、“已批准”`."""
    if lang == "en":
        return ", ".join(words)
    quoted = any("、" in word or "，" in word for word in words)
    return "、".join(in_quotes(word) if quoted else word for word in words)


def in_quotes(words: str) -> str:
    """Words in quotation marks; those inside are the single ones."""
    return f"“{words.replace('“', '‘').replace('”', '’')}”"


def beside(lang: Lang, *words: str) -> str:
    """Words with spaces between; in Chinese only beside figures and letters: `成员数不少于 6`."""
    if lang == "en":
        return " ".join(filter(None, words))
    text = ""
    for word in words:
        text += word if not text or not word or _CLOSE.match(text[-1] + word[0]) else f" {word}"
    return text


def with_unit(shown: str, unit: str) -> str:
    """A figure with its unit, which begins with a space where one stands between: `250/7（约 35.7142）平方米`."""
    return shown + (unit.lstrip() if shown.endswith("）") else unit)


def in_unit(value: Value, name: str, names: Names) -> Text:
    """A value as people read it, a number with its unit."""
    shown = names.shown(value, name)
    if type(value) is not Fraction:
        return shown
    unit = names.unit(name)
    return Text(shown.en + unit.en, with_unit(shown.zh, unit.zh))


def template(function: str, operands: int) -> str:
    """How a function of so many operands is said, a place for each. Raises TypeError where it has no words."""
    for known in (_OF if operands == 1 else _BY_STEPS if function in _BY_STEPS else _OF_TWO, _OF_THREE):
        if function in known:
            return known[function]
    raise TypeError(f"no words for {function}")
