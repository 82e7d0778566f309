"""How far the two sides of a comparison are from where it turns, in the unit of what is compared."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Final

from policy_engine.basics.errors import NO_WORDS, Lang, Text
from policy_engine.basics.values import DAY, Known, Value, grouped, number_text
from policy_engine.explaining.chinese import beside
from policy_engine.explaining.chosen import Chosen, Pair
from policy_engine.language import ir
from policy_engine.language.operators import MIRRORED, STEPPED
from policy_engine.rulebook.rule import Names

Tail = Callable[[Value, Value], Pair]
"""What is said of how far two values are apart."""
_SHARES: Final = frozenset({"+", "-", "min", "max", "abs"})
DAYS: Final = Text(" days", " 天")
AS_OF: Final = ir.Name("as_of")


def is_share(node: ir.Node, chosen: Chosen) -> bool:
    """Whether what it comes to is written as a percentage."""
    node = chosen.of(node)
    if isinstance(node, ir.Number):
        return node.percent
    if isinstance(node, ir.Name):
        return chosen.names.is_share(node.name)
    if isinstance(node, ir.Arith | ir.Call) and (node.op if isinstance(node, ir.Arith) else node.function) in _SHARES:
        return any(is_share(part, chosen) for part in ir.children(node))
    if isinstance(node, ir.Call) and is_stepped(node, chosen):
        return is_share(node.args[1], chosen)
    return False


def is_stepped(node: ir.Node, chosen: Chosen) -> bool:
    """Whether a side is brought to a step that is written down."""
    inner = chosen.of(node)
    return isinstance(inner, ir.Call) and inner.function in STEPPED and len(inner.args) == 2


def distance(node: ir.Compare, chosen: Chosen, holds: bool) -> Tail | None:
    """How far the sides are from where the comparison turns; a count is held against the whole number that would do."""
    op = node.op
    if op in ("==", "!=") or is_stepped(node.left, chosen):
        return None  # how far a rounded figure is says nothing of how far the figure is
    sides = (node.left, node.right)
    if AS_OF in sides and all(isinstance(side, ir.Name) for side in sides):
        return None  # that a day was two months before that of the decision leaves nothing to spare
    lone = isinstance(node.left, ir.Name) and node.left.name in chosen.rule.inputs  # it is that which may change
    whole = _counts(node.left, chosen)
    bound_whole = not (lone or isinstance(node.right, ir.Number)) and _counts(node.right, chosen)
    in_fen, shares = _in_fen(node.left, chosen), _between_shares(node, chosen)
    side = Text("at least", "至少") if op in (">", ">=") else Text("at most", "至多")
    unit = gap_unit(node, chosen)
    by_number, by_date = ({"<": ", over by", ">": ", short by"}, {"<": ", late by", ">": ", early by"})
    short = {True: (by_number.get(op, " by"), _gap_word(op)), False: (by_date.get(op, " by"), "相差")}

    def tail(left: Value, right: Value) -> Pair:
        gap, bound, loose = _room(op, left, right, whole, bound_whole, holds)
        if gap and in_fen and 100 % gap.denominator:
            gap, loose = Fraction((math.floor if holds else math.ceil)(gap * 100), 100), False
        loose = loose and not (gap and "/" in number_text(gap))  # told rounded down
        en = zh = ""
        if bound is not None:  # the whole number that would do
            en, zh = f" ({side.en} {grouped(bound)})", f"（{side.zh} {grouped(bound)}）"
        if not gap:
            return en, zh
        number = type(left) is Fraction
        if number and shares:
            much_en, much_zh = _points(gap, holds)
        else:
            much_en, much_zh = _much(gap, unit if number else DAYS, holds)
        if holds:
            less, left_over = ("less than ", "余量不足") if loose else ("", "尚余")
            return f"{en}, {less}{much_en} to spare", f"{zh}，{beside('zh', left_over, much_zh)}"
        by_en, by_zh = short[number]
        return f"{en}{by_en} {much_en}", f"{zh}，{beside('zh', by_zh, much_zh)}"

    return tail


def apart(left: Fraction, right: Fraction) -> Fraction:
    """How far two numbers are apart."""
    (a, b), (c, d) = left.as_integer_ratio(), right.as_integer_ratio()
    return Fraction(abs(a - c)) if b == d == 1 else Fraction(abs(a * d - c * b), b * d)


def _room(
    op: str, left: Value, right: Value, whole: bool, bound_whole: bool, holds: bool
) -> tuple[Fraction | None, Fraction | None, bool]:
    """How much may go, or is lacking; the whole number that would do, where it is another; whether the end is excluded."""
    strict = op in ("<", ">")
    if type(left) is Fraction and type(right) is Fraction:
        if not whole and bound_whole:
            gap, _, loose = _room(MIRRORED[op], right, left, True, False, holds)
            return gap, None, loose
        if not whole or left.denominator != 1:
            return apart(left, right), None, strict
        up = op in (">", ">=")
        least = Fraction(math.ceil(right) if up else math.floor(right))
        if strict and least == right:
            least += 1 if up else -1
        return apart(left, least), None if least == right else least, False
    if isinstance(left, dt.date) and isinstance(right, dt.date):
        return Fraction(abs((left - right).days) - (strict and holds)), None, False
    return None, None, False


def _counts(node: ir.Node, chosen: Chosen) -> bool:
    """Whether an expression takes whole numbers alone."""
    match chosen.of(node):
        case ir.Number(value=value, unit=unit):
            return value.denominator == 1 and unit in (None, (), DAY)
        case ir.Name(name=name):
            return chosen.names.counts(name)
        case ir.Arith(op="days between"):
            return True
        case ir.Arith(op="+" | "-" | "*", left=a, right=b):
            return _counts(a, chosen) and _counts(b, chosen)
        case ir.Call(function="floor" | "ceil" | "round" | "round_even", args=(_,)):  # to a step: of any size
            return True
        case ir.Call(
            function="size" | "year" | "month" | "day" | "weekday" | "years" | "months" | "position" | "working_days"
        ):
            return True
        case ir.Call(function="min" | "max" | "abs", args=args):
            return all(_counts(arg, chosen) for arg in args)
        case _:
            return False


def _in_fen(node: ir.Node, chosen: Chosen) -> bool:
    """Whether an expression is an amount that somebody pays, which has no part of a fen."""
    inner, inputs = chosen.of(node), chosen.rule.inputs
    return isinstance(inner, ir.Name) and inner.name in inputs and inputs[inner.name].type_name == "money"


def _between_shares(node: ir.Compare, chosen: Chosen) -> bool:
    return is_share(node.left, chosen) or is_share(node.right, chosen)


def nearest(number: Fraction, up: bool, times: int = 1) -> str:
    """So many times a number without a finite decimal, to four places; empty where it has one, or is told as nothing."""
    if number.denominator == 1 or "/" not in number_text(number, times):
        return ""
    near = Fraction((math.ceil if up else math.floor)(number * times * 10_000), 10_000)
    return grouped(near) if near else ""


def bound_shown(value: Known, op: str, name: str, names: Names) -> Text:
    """The end of what would do, as people read it: a number without a finite decimal on the side that would do, too."""
    share = names.is_share(name)
    if type(value) is Fraction and op in ("<", "<=", ">", ">="):
        near = nearest(value, op in (">", ">="), 100 if share else 1)
        if near:
            near += "%" if share else ""
            return Text(f"about {near}", f"约 {near}")
    return names.shown(value, name)


def moved_by(change: Fraction, up: bool, share: bool, unit: str, lang: Lang) -> str:
    """How far a fact is to be moved, in its unit; nothing where it stands at the bound that is excluded."""
    if not change:
        return ""
    near = nearest(change, up, 100 if share else 1)
    sign = ("约 " if lang == "zh" else "about ") * bool(near) + ("+" if change > 0 else "-")
    much = near.lstrip("-") or grouped(abs(change) * (100 if share else 1))
    if share:
        unit = " 个百分点" if lang == "zh" else " percentage point" if much == "1" else " percentage points"
    elif abs(change) == 1 and unit.endswith(("days", "months", "years")):
        unit = unit.removesuffix("s")
    return f"（{sign}{much}{unit}）" if lang == "zh" else f" ({sign}{much}{unit})"


def _points(gap: Fraction, holds: bool) -> Pair:
    """A distance between shares in percentage points, told to four places on the safe side."""
    shown, en, zh = number_text(gap, 100), "", ""
    if near := nearest(gap, not holds, 100):
        shown, en, zh = near, "about ", "约 "
    shown = shown if len(shown) < 5 or "," in shown or "/" in shown else grouped(Fraction(shown))
    return f"{en}{shown} percentage point{'' if shown == '1' else 's'}", f"{zh}{shown} 个百分点"


def _much(gap: Fraction, unit: Text, holds: bool) -> Pair:
    """A distance with its unit, told to four places on the safe side."""
    shown, en, zh = grouped(gap), "", ""
    if near := nearest(gap, not holds):
        shown, en, zh = near, "about ", "约 "
    return en + shown + (" day" if unit.en == " days" and gap == 1 else unit.en), zh + shown + unit.zh


def _gap_word(op: str) -> str:
    return {"<=": "超出", "<": "多出", ">=": "差", ">": "差"}.get(op, "相差")


def gap_unit(node: ir.Compare, chosen: Chosen) -> Text:
    """The unit of the distance between two sides that are numbers; between dates it is days."""
    for side in (node.left, node.right):
        inner = chosen.of(side)
        if isinstance(inner, ir.Arith) and inner.op == "days between":
            return DAYS
        if isinstance(inner, ir.Name):
            return chosen.names.unit(inner.name)
        for part in ir.walk(inner):
            if isinstance(part, ir.Name) and chosen.names.unit(part.name) != NO_WORDS:
                return chosen.names.unit(part.name)
    return NO_WORDS
