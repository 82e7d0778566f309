"""Why: the sentence with the figures put in, derived from any expression tree."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from fractions import Fraction
from typing import Final

from policy_engine.basics.errors import NO_WORDS, Text
from policy_engine.basics.values import ANOTHER, DAY, Unknown, Value, grouped, number_text
from policy_engine.deciding.situation import Situation, silent
from policy_engine.explaining.chinese import template
from policy_engine.language import ir
from policy_engine.language.evaluate import taken
from policy_engine.language.operators import MIRRORED, STEPPED

OPPOSITE: Final[dict[str, ir.CompareOp]] = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_FAILS: Final = {
    "<=": ("exceeds", "超过"), "<": ("is not below", "不低于"), ">=": ("falls short of", "低于"),
    ">": ("does not exceed", "未超过"), "==": ("differs from", "不等于"), "!=": ("equals", "等于"),
}  # fmt: skip
_FAILS_DATE: Final = {
    "<=": ("is later than", "晚于"), "<": ("is not before", "不早于"), ">=": ("is earlier than", "早于"),
    ">": ("is not after", "不晚于"), "==": ("is not", "不是"), "!=": ("is", "是"),
}  # fmt: skip
_HOLDS: Final[dict[str, str]] = {"<": "is below", ">": "is above"}  # what suffices does not read like what fails
_FUNCTIONS: Final = {
    "min": Text("the smaller of", "较小者"), "max": Text("the greater of", "较大者"), "abs": Text("the size of", "绝对值"),
    "floor": Text("rounded down", "向下取整"), "ceil": Text("rounded up", "向上取整"), "size": Text("the number of", "项数"),
    "year": Text("the year of", "年份"), "month": Text("the month of", "月份"), "day": Text("the day of", "日"),
    "working_days": Text("working days from", "期间工作日数"), "position": Text("the place in the order", "位次"), "first_outside": Text("the first in order not of", "依序首个不在其列者"),
    "first_after": Text("the next in order not of", "依序其后首个不在其列者"),
}  # fmt: skip
_IN_PLACE: Final = {
    ("round", 1): "{} rounded", ("round", 2): "{} rounded to {}", ("floor", 2): "{} rounded down to {}", ("ceil", 2): "{} rounded up to {}",
    ("round_even", 1): "{} rounded, a half to even", ("round_even", 2): "{} rounded to {}, a half to even",
    ("mod", 2): "{} modulo {}", ("weekday", 1): "the weekday of {}", ("years", 2): "whole years from {} to {}",
    ("months", 2): "whole months from {} to {}", ("end_of_year", 1): "the end of the year of {}",
    ("end_of_month", 1): "the end of the month of {}", ("end_of_quarter", 1): "the end of the quarter of {}",
}  # fmt: skip
"""How a function is said in English where its operands stand inside the words; in Chinese as in an expression."""
_OF_DAYS: Final = {
    "is_working_day": (("is a working day", "是工作日"), ("is not a working day", "不是工作日")),
    "in_season": (("is in the season", "在规定时段内"), ("is not in the season", "不在规定时段内")),
}
_SHARES: Final = frozenset({"+", "-", "min", "max", "abs"})


def shown_value(value: Value, situation: Situation, name: str = "", share: bool = False) -> Text:
    """A value for people; that of a name as the name has it."""
    return situation.names.shown(value, name, share)


def label(name: str, situation: Situation) -> Text:
    """What people call a name, marked where nobody gave it and its silence is taken to mean something."""
    called = situation.names.label(name)
    if name in silent(situation.rule, situation.given):
        return Text(f"{called.en} (assumed)", f"{called.zh}（推定）")
    return called


def is_share(node: ir.Node, situation: Situation) -> bool:
    """Whether what it comes to is written as a percentage."""
    if isinstance(node, ir.Number):
        return node.percent
    if isinstance(node, ir.Name):
        return situation.names.is_share(node.name)
    if isinstance(node, ir.Cases):
        return is_share(chosen_branch(node, situation), situation)
    if isinstance(node, ir.Arith | ir.Call) and (node.op if isinstance(node, ir.Arith) else node.function) in _SHARES:
        return any(is_share(part, situation) for part in ir.children(node))
    if isinstance(node, ir.Call) and _stepped(node, situation):
        return is_share(node.args[1], situation)
    return False


def chosen_branch(node: ir.Node, situation: Situation) -> ir.Node:
    """The part of a case distinction that gives the value."""
    while isinstance(node, ir.Cases):
        node = taken(node, situation)[-1]
    return node


def figures(node: ir.Node, situation: Situation) -> Text:
    """An expression with the figures of the case put in: `15% × 1,500,000,000`."""
    node = chosen_branch(node, situation)
    match node:
        case ir.Arith(op="/", left=ir.Number(value=a), right=ir.Number(value=b)):
            return Text(f"{number_text(a)}/{number_text(b)}", f"{number_text(a)}/{number_text(b)}")
        case ir.Arith(op=op, left=a, right=b):
            sign = {"*": "×", "of": "×", "days between": "-"}.get(op, op[0] if op[0] in "+-" else op)
            left, right = _factor(a, op, situation), _factor(b, op, situation, right=True)
            tail = unit_words_of(b) if op[1:] in ("days", "months") else Text("", "")
            return Text(f"{left.en} {sign} {right.en}{tail.en}", f"{left.zh} {sign} {right.zh}{tail.zh}")
        case ir.Neg(operand=x):
            inner = _factor(x, "*", situation)
            return Text("-" + inner.en, "-" + inner.zh)
        case ir.Call(function="add_working_days", args=(a, b)):
            back, start = isinstance(b, ir.Neg), figures(a, situation)
            count = figures(b.operand if isinstance(b, ir.Neg) else b, situation)
            sign = "-" if back else "+"
            return Text(f"{start.en} {sign} {count.en} working days", f"{start.zh} {sign} {count.zh} 个工作日")
        case ir.Call(function=function, args=args) if (function, len(args)) in _IN_PLACE:
            en, zh = _IN_PLACE[function, len(args)], template(function, len(args))
            parts = [_factor(arg, "*", situation) for arg in args]
            return Text(en.format(*(p.en for p in parts)), zh.format(*(p.zh for p in parts)))
        case ir.Call(function=function, args=args):
            parts = [figures(arg, situation) for arg in args]
            called = _FUNCTIONS.get(function, Text(function, "依序"))
            joined = Text(", ".join(p.en for p in parts), "、".join(p.zh for p in parts))
            return Text(f"{called.en} ({joined.en})", f"{called.zh}（{joined.zh}）")
        case ir.ListOf(items=items):
            return shown_value(frozenset(items), situation)
        case ir.Name(name=name):
            return shown_value(situation[name], situation, name)
        case _:
            return shown_value(situation.of(node), situation, share=is_share(node, situation))


def unit_words_of(node: ir.Node) -> Text:
    """The unit of a literal duration."""
    if isinstance(node, ir.Number) and node.unit:
        return Text(" days", " 天") if node.unit == DAY else Text(" months", " 个月")
    return Text("", "")


def _factor(node: ir.Node, op: str, situation: Situation, right: bool = False) -> Text:
    """An operand, in parentheses where it is a sum inside a product or on the right of a difference."""
    inner = chosen_branch(node, situation)
    text = figures(node, situation)
    loose = isinstance(inner, ir.Arith) and inner.op[0] in "+-d"
    tight = op in ("*", "/", "of") or (right and op[0] == "-")
    nested = right and op in ("/", "of") and isinstance(inner, ir.Arith) and inner.op == "/"
    return Text(f"({text.en})", f"({text.zh})") if (loose and tight) or nested else text


def worked(node: ir.Node, situation: Situation, share: bool = False) -> Text:
    """An expression with its figures and, when there is something to work out, the result."""
    node = chosen_branch(node, situation)
    text = figures(node, situation)
    if isinstance(node, ir.Arith | ir.Call | ir.Neg) and ir.names(node):
        value = shown_value(situation.of(node), situation, "", share)
        return Text(f"{text.en} = {value.en}", f"{text.zh} = {value.zh}")
    return text


def why(node: ir.Node, situation: Situation, holds: bool) -> Text:
    """Why a condition holds, or does not."""
    if _only_readings(node, situation):
        return _as_read(node, situation)
    match node:
        case ir.Not(operand=ir.Compare(op=op) as compared):
            return why(replace(compared, op=OPPOSITE[op]), situation, holds)
        case ir.Not(operand=ir.Logic(op=op, left=a, right=b)):
            return why(ir.Logic("or" if op == "and" else "and", ir.Not(a), ir.Not(b)), situation, holds)
        case ir.Not(operand=x):
            return why(x, situation, not holds)
        case ir.Logic(left=a, right=b):
            deciding = [part for part in (a, b) if situation.of(part) is holds]
            telling = [part for part in deciding if not _only_readings(part, situation)]
            parts = [why(part, situation, holds) for part in telling or deciding]
            return Text("; ".join(dict.fromkeys(p.en for p in parts)), "；".join(dict.fromkeys(p.zh for p in parts)))
        case ir.Compare():
            return _comparison(node, situation, holds)
        case ir.In(item=item, container=container):
            return _membership(item, container, situation, holds)
        case ir.Name(name=name):
            called, value = label(name, situation), shown_value(holds, situation)
            return Text(f"{called.en}: {value.en}", f"{called.zh}：{value.zh}")
        case ir.Call(function="is_working_day" | "in_season", args=(day, *_)):
            called, date = _called(day, situation), shown_value(situation.of(day), situation)
            en, zh = _OF_DAYS[node.function][not holds]
            return Text(f"{called.en}{date.en} {en}", f"{called.zh}{date.zh}{zh}")
        case ir.Call(function="starts_with", args=(code, ir.Const(value=str() as begin))):
            called, shown = _called(code, situation), worked(code, situation)
            en, zh = ("begins with", "开头为") if holds else ("does not begin with", "开头不是")
            return Text(f"{called.en}{shown.en} {en} {begin}", f"{called.zh}{shown.zh} {zh} {begin}")
        case ir.Call(function="any_in" | "all_in", args=(a, b)):
            return _sets(node.function, a, b, situation, holds)
        case ir.Cases():
            return why(chosen_branch(node, situation), situation, holds)
        case _:
            value = shown_value(holds, situation)
            return Text(f"the condition: {value.en}", f"条件：{value.zh}")


def _only_readings(node: ir.Node, situation: Situation) -> bool:
    """Whether a condition is about nothing but how the text is read."""
    named = ir.names(node)
    return bool(named) and all(name in situation.rule.readings for name in named)


def _as_read(node: ir.Node, situation: Situation) -> Text:
    """How the text is read, where a condition is about nothing else."""
    shown = [(label(n, situation), shown_value(situation[n], situation, n)) for n in ir.names(node)]
    return Text("; ".join(f"{c.en}: {v.en}" for c, v in shown), "；".join(f"{c.zh}{v.zh}" for c, v in shown))


def subject_first(node: ir.Compare) -> ir.Compare:
    """The comparison with a lone name on its left: `5% of t <= amount` speaks of the amount."""
    if isinstance(node.right, ir.Name) and not isinstance(node.left, ir.Name):
        return ir.Compare(MIRRORED[node.op], node.right, node.left, span=node.span)
    return node


def _comparison(node: ir.Compare, situation: Situation, holds: bool) -> Text:
    node = subject_first(node)
    if not situation.rule.not_yet.isdisjoint(ir.names(node)):
        return _of_what_is_not_yet(node, situation, holds)
    left, right = situation.of(node.left), situation.of(node.right)
    if isinstance(left, frozenset) and isinstance(right, frozenset) and left != right:
        return _apart(node, left, right, situation)
    op = OPPOSITE[node.op] if holds else node.op
    relation = _FAILS_DATE[op] if isinstance(left, dt.date | str) else _FAILS[op]
    if holds and isinstance(left, Fraction) and node.op in _HOLDS:
        relation = (_HOLDS[node.op], relation[1])
    share = is_share(node.left, situation) or is_share(node.right, situation)
    called = _called(node.left, situation)
    a, b = worked(node.left, situation, share), worked(node.right, situation, share)
    holder = next((n.name for n in (node.left, node.right) if isinstance(n, ir.Name)), "")
    if isinstance(node.right, ir.Const) and holder:
        b = shown_value(right, situation, holder)
    if a.zh == b.zh and left == right and called.zh and op in ("==", "!="):  # `other is other` says nothing
        return Text(called.en + a.en, called.zh + a.zh)
    en, zh = f"{called.en}{a.en} {relation[0]} {b.en}", f"{called.zh}{a.zh} {relation[1]} {b.zh}"
    tail = _distance(node, situation, holds)
    return Text(en + tail.en, zh + tail.zh)


def _of_what_is_not_yet(node: ir.Compare, situation: Situation, holds: bool) -> Text:
    """A comparison that is settled though a date has not come: no distance, since the date is not known."""
    op = OPPOSITE[node.op] if holds else node.op
    names = [name for name in ir.names(node) if name in situation.rule.not_yet]
    if isinstance(node.left, ir.Name) and node.left.name in names and not isinstance(situation.of(node.right), Unknown):
        called, b, day = label(node.left.name, situation), worked(node.right, situation), situation.today
        en, zh = _FAILS_DATE[op]
        return Text(
            f"{called.en}: not yet on {day}, so it {en} {b.en}", f"{called.zh}：截至 {day} 尚未发生，{zh} {b.zh}"
        )
    labels = [label(name, situation) for name in names]
    return Text(", ".join(f"{c.en}: not yet" for c in labels), "、".join(f"{c.zh}：尚未发生" for c in labels))


def _apart(node: ir.Compare, left: frozenset[str], right: frozenset[str], situation: Situation) -> Text:
    """Two sets that differ: what the first lacks, and what it has besides."""
    holder = node.left.name if isinstance(node.left, ir.Name) else ""
    parts = [(right - left, "lacks", "缺少"), (left - right, "has besides", "多出")]
    shown = [(shown_value(found, situation, holder), en, zh) for found, en, zh in parts if found]
    called = _called(node.left, situation)
    return Text(
        called.en + "; ".join(f"{en} {v.en}" for v, en, _ in shown),
        called.zh + "；".join(f"{zh}{v.zh}" for v, _, zh in shown),
    )


def _distance(node: ir.Compare, situation: Situation, holds: bool) -> Text:
    """How far the sides are from where the comparison turns; a count is held against the whole number that would do."""
    op, left, right = node.op, situation.of(node.left), situation.of(node.right)
    if op in ("==", "!=") or _stepped(node.left, situation):
        return NO_WORDS  # how far a rounded figure is says nothing of how far the figure is
    lone = isinstance(node.left, ir.Name) and node.left.name in situation.rule.inputs  # it is that which may change
    ends = (
        _counts(node.left, situation),
        not (lone or isinstance(node.right, ir.Number)) and _counts(node.right, situation),
    )
    gap, bound, loose = _room(op, left, right, *ends, holds)
    if gap and (gap * 100).denominator > 1 and _in_fen(node.left, situation):
        gap, loose = Fraction((math.floor if holds else math.ceil)(gap * 100), 100), False
    loose = loose and not (gap and "/" in number_text(gap) and _between_shares(node, situation))  # told rounded down
    shown = NO_WORDS
    if bound is not None:  # the whole number that would do
        side = Text("at least", "至少") if op in (">", ">=") else Text("at most", "至多")
        shown = Text(f" ({side.en} {grouped(bound)})", f"（{side.zh} {grouped(bound)}）")
    if not gap:
        return shown
    amount = _amount(gap, node, situation, left, holds)
    if holds:
        less = Text("less than ", "不足 ") if loose else NO_WORDS
        return Text(f"{shown.en}, {less.en}{amount.en} to spare", f"{shown.zh}，尚余 {less.zh}{amount.zh}")
    by = {"<": ", over by", ">": ", short by"} if isinstance(left, Fraction) else {"<": ", late by", ">": ", early by"}
    return Text(f"{shown.en}{by.get(op, ' by')} {amount.en}", f"{shown.zh}，{_gap_word(op, left)} {amount.zh}")


def _room(
    op: str, left: Value, right: Value, whole: bool, bound_whole: bool, holds: bool
) -> tuple[Fraction | None, Fraction | None, bool]:
    """How much may go, or is lacking; the whole number that would do, where it is another; whether the end is excluded."""
    strict = op in ("<", ">")
    if isinstance(left, dt.date) and isinstance(right, dt.date):
        return Fraction(abs((left - right).days) - (strict and holds)), None, False
    if not isinstance(left, Fraction) or not isinstance(right, Fraction):
        return None, None, False
    if not whole and bound_whole:
        gap, _, loose = _room(MIRRORED[op], right, left, True, False, holds)
        return gap, None, loose
    if not whole or left.denominator != 1:
        return abs(left - right), None, strict
    up = op in (">", ">=")
    least = Fraction(math.ceil(right) if up else math.floor(right))
    if strict and least == right:
        least += 1 if up else -1
    return abs(left - least), None if least == right else least, False


def _counts(node: ir.Node, situation: Situation) -> bool:
    """Whether an expression takes whole numbers alone."""
    match chosen_branch(node, situation):
        case ir.Number(value=value, unit=unit):
            return value.denominator == 1 and unit in (None, (), DAY)
        case ir.Name(name=name):
            return situation.names.counts(name)
        case ir.Arith(op="days between"):
            return True
        case ir.Arith(op="+" | "-" | "*", left=a, right=b):
            return _counts(a, situation) and _counts(b, situation)
        case ir.Call(function="floor" | "ceil" | "round" | "round_even", args=(_,)):  # to a step: of any size
            return True
        case ir.Call(
            function="size" | "year" | "month" | "day" | "weekday" | "years" | "months" | "position" | "working_days"
        ):
            return True
        case ir.Call(function="min" | "max" | "abs", args=args):
            return all(_counts(arg, situation) for arg in args)
        case _:
            return False


def _in_fen(node: ir.Node, situation: Situation) -> bool:
    """Whether an expression is an amount that somebody pays, which has no part of a fen."""
    inner, inputs = chosen_branch(node, situation), situation.rule.inputs
    return isinstance(inner, ir.Name) and inner.name in inputs and inputs[inner.name].type_name == "money"


def _between_shares(node: ir.Compare, situation: Situation) -> bool:
    return is_share(node.left, situation) or is_share(node.right, situation)


def _amount(gap: Fraction, node: ir.Compare, situation: Situation, left: Value, holds: bool) -> Text:
    """A distance with its unit; between shares in percentage points, told to four places on the safe side."""
    if isinstance(left, Fraction) and _between_shares(node, situation):
        points, near = gap * 100, NO_WORDS
        if "/" in number_text(points):
            points = Fraction((math.floor if holds else math.ceil)(points * 10_000), 10_000)
            near = Text("about ", "约 ")
        return Text(
            f"{near.en}{grouped(points)} percentage point{'' if points == 1 else 's'}",
            f"{near.zh}{grouped(points)} 个百分点",
        )
    unit = gap_unit(node, situation, left)
    one_day = gap == 1 and unit.en == " days"
    return Text(grouped(gap) + (" day" if one_day else unit.en), grouped(gap) + unit.zh)


def _called(node: ir.Node, situation: Situation) -> Text:
    inner = chosen_branch(node, situation)
    if isinstance(inner, ir.Call) and _stepped(inner, situation):  # a figure rounded is still that figure
        inner = chosen_branch(inner.args[0], situation)
    if isinstance(inner, ir.Name):
        called = label(inner.name, situation)
        return Text(called.en + ": ", called.zh + "：")
    return Text("", "")


def _stepped(node: ir.Node, situation: Situation) -> bool:
    """Whether a side is brought to a step that is written down."""
    inner = chosen_branch(node, situation)
    return isinstance(inner, ir.Call) and inner.function in STEPPED and len(inner.args) == 2


def _gap_word(op: str, left: Value) -> str:
    if isinstance(left, dt.date):
        return "相差"
    return {"<=": "超出", "<": "多出", ">=": "差", ">": "差"}.get(op, "相差")


def gap_unit(node: ir.Compare, situation: Situation, left: Value) -> Text:
    """The unit of the distance between two sides."""
    if isinstance(left, dt.date):
        return Text(" days", " 天")
    for side in (node.left, node.right):
        inner = chosen_branch(side, situation)
        if isinstance(inner, ir.Arith) and inner.op == "days between":
            return Text(" days", " 天")
        if isinstance(inner, ir.Name):
            return situation.names.unit(inner.name)
        for part in ir.walk(inner):
            if isinstance(part, ir.Name) and situation.names.unit(part.name) != Text("", ""):
                return situation.names.unit(part.name)
    return Text("", "")


def _membership(item: ir.Node, container: ir.Node, situation: Situation, holds: bool) -> Text:
    holder = container.name if isinstance(container, ir.Name) else item.name if isinstance(item, ir.Name) else ""
    one = shown_value(situation.of(item), situation, holder)
    if isinstance(container, ir.Name):
        called = label(container.name, situation)
        en, zh = ("includes", "包含") if holds else ("does not include", "不包含")
        return Text(f"{called.en} {en} {one.en}", f"{called.zh}{zh}{one.zh}")
    listed = situation.of(container)
    many = shown_value(frozenset(listed) if not isinstance(listed, Unknown) else listed, situation, holder)  # type: ignore[arg-type]
    en, zh = ("is one of", "属于") if holds else ("is not one of", "不属于")
    called = _called(item, situation)
    return Text(f"{called.en}{one.en} {en}: {many.en}", f"{called.zh}{one.zh} {zh}：{many.zh}")


def _sets(function: str, a: ir.Node, b: ir.Node, situation: Situation, holds: bool) -> Text:
    holder = next((n.name for n in (a, b) if isinstance(n, ir.Name)), "")
    left, right = (frozenset(situation.of(x)) - {ANOTHER} for x in (a, b))  # type: ignore[arg-type]
    other = left if isinstance(b, ir.Name) and not isinstance(a, ir.Name) else right
    if function == "any_in":
        found, en, zh = (left & right, "includes", "包含") if holds else (other, "includes none of", "不包含")
    elif not isinstance(a, ir.Name):
        found, en, zh = (left, "includes all of", "已包含") if holds else (left - right, "lacks", "缺少")
    elif holds:
        found, en, zh = left, "holds nothing else than", "未超出所列范围："
    else:
        found, en, zh = left - right, "holds besides", "多出"
    called, shown = label(holder, situation) if holder else NO_WORDS, shown_value(found, situation, holder)
    return Text(f"{called.en} {en} {shown.en}", f"{called.zh}{zh}{shown.zh}")
