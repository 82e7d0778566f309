"""How far the two sides of a comparison are from where it turns, in the unit of what is compared."""

from __future__ import annotations

import datetime as dt
import math
from fractions import Fraction
from typing import Final

from policy_engine.basics.errors import NO_WORDS, Text
from policy_engine.basics.values import DAY, Value, grouped, number_text
from policy_engine.deciding.situation import Situation
from policy_engine.language import ir
from policy_engine.language.evaluate import taken
from policy_engine.language.operators import MIRRORED, STEPPED

_SHARES: Final = frozenset({"+", "-", "min", "max", "abs"})


def chosen_branch(node: ir.Node, situation: Situation) -> ir.Node:
    """The part of a case distinction that gives the value."""
    while isinstance(node, ir.Cases):
        node = taken(node, situation)[-1]
    return node


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
    if isinstance(node, ir.Call) and is_stepped(node, situation):
        return is_share(node.args[1], situation)
    return False


def is_stepped(node: ir.Node, situation: Situation) -> bool:
    """Whether a side is brought to a step that is written down."""
    inner = chosen_branch(node, situation)
    return isinstance(inner, ir.Call) and inner.function in STEPPED and len(inner.args) == 2


def distance(node: ir.Compare, situation: Situation, holds: bool) -> Text:
    """How far the sides are from where the comparison turns; a count is held against the whole number that would do."""
    op, left, right = node.op, situation.of(node.left), situation.of(node.right)
    if op in ("==", "!=") or is_stepped(node.left, situation):
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
        less, left_over = ("less than ", "余量不足") if loose else ("", "尚余")
        return Text(f"{shown.en}, {less}{amount.en} to spare", f"{shown.zh}，{left_over}{_spaced(amount.zh)}")
    by = {"<": ", over by", ">": ", short by"} if isinstance(left, Fraction) else {"<": ", late by", ">": ", early by"}
    return Text(f"{shown.en}{by.get(op, ' by')} {amount.en}", f"{shown.zh}，{_gap_word(op, left)}{_spaced(amount.zh)}")


def _spaced(amount: str) -> str:
    """A blank stands between a word and a figure, never between two words."""
    return amount if amount.startswith("约") else f" {amount}"


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
