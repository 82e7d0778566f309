"""The sentence of a finding: why it applies or not, what it waits for; and how facts contradict each other."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final, assert_never

from policy_engine.basics.errors import PolicyError, Text, problem
from policy_engine.basics.values import Unknown
from policy_engine.deciding.decide import Verdict, contradicted
from policy_engine.deciding.outcome import Status
from policy_engine.deciding.situation import Situation, out_of_force
from policy_engine.explaining.chinese import listed, spoken
from policy_engine.explaining.reason import label, shown_value, why
from policy_engine.explaining.together import together
from policy_engine.language import ir
from policy_engine.language.evaluate import taken
from policy_engine.rulebook.rule import Names, Provision

NEVER: Final = ir.Const(False)
_WORDS: Final = re.compile(r'"([^"]*)"|[0-9][0-9_.]*\s+\w+|(\w+)')  # a word behind a number is its unit


def check_possible(situation: Situation) -> None:
    """Whether facts contradict each other. Raises PolicyError with every contradiction."""
    problems = []
    for must, text in contradicted(situation):
        shown, inputs = why(must, situation, holds=False), [n for n in ir.names(must) if n in situation.rule.inputs]
        values = [shown_value(situation[n], situation, n) for n in inputs]
        names, wanted = (
            ", ".join(f"{n} = {value.en}" for n, value in zip(inputs, values, strict=True)),
            must_hold(must, text, situation.names),
        )
        called = "，".join(f"{situation.names.label(n).zh}：{v.zh}" for n, v in zip(inputs, values, strict=True))
        problems.append(
            problem("contradiction", f"the facts contradict each other: {shown.en} ({names}; {wanted.en})",
                    f"事实自相矛盾：{shown.zh}（{called}；{wanted.zh}）")
        )  # fmt: skip
    if problems:
        raise PolicyError(problems)


def must_hold(must: ir.Node, text: str, names: Names) -> Text:
    """What facts must fulfil, which is written as a text in the rule, by what people call its names and options."""
    return Text(f"must hold: {_in_labels(must, text, names)}", f"应满足：{spoken(_as_written(must), names)}")


def _as_written(node: ir.Node) -> ir.Node:
    """The condition without what leaves it open where something has not happened yet."""
    match node:
        case ir.Logic(left=left, right=ir.Unsettled()):
            return _as_written(left)
    return ir.with_children(node, tuple(map(_as_written, ir.children(node))))


def _in_labels(must: ir.Node, text: str, names: Names) -> str:
    """A condition as it is written, its names and options by what people call them, in quotes."""
    options = _options(must)
    used = {n for n in ir.names(must) if n in {*names.inputs, *names.formulas, *names.readings}}

    def called(found: re.Match[str]) -> str:
        option, name = found.groups()
        if option is not None:
            return f"“{names.option(option, next((of for one, of in options if one == option), '')).en}”"
        return f"“{names.label(name).en}”" if name in used else found[0]

    return _WORDS.sub(called, text)


def _options(node: ir.Node, of: str = "") -> Iterator[tuple[str, str]]:
    """The options of an expression as they stand in it, each with the name it is an option of."""
    match node:
        case ir.Const(value=str() as option):
            yield option, of
        case ir.ListOf(items=items):
            yield from ((item, of) for item in items)
        case _:
            named = [part.name for part in ir.children(node) if isinstance(part, ir.Name)]
            of = named[0] if len(named) == 1 else ""
            for part in ir.children(node):
                yield from _options(part, of)


def sentence(p: Provision, status: Status, case: Verdict) -> Text:
    """Why a check has its status."""
    situation = case.base
    match status:
        case "not_applicable":
            return _why_not(p, situation)
        case "undetermined":
            return _why_open(p, case.awaited(p), situation)
        case "pending":
            return _why_pending(p, situation)
        case "satisfied" | "violated" | "departed" | "missed":
            assert p.require is not None
        case _:
            assert_never(status)
    reason = why(p.require, situation, holds=status == "satisfied")
    if not p.permits:
        return reason
    if status == "satisfied":
        return Text(f"permitted: {reason.en}", f"具备许可条件：{reason.zh}")
    return Text(f"permitted only if its condition holds, but {reason.en}", f"具备条件方可，现不具备：{reason.zh}")


def _why_not(p: Provision, situation: Situation) -> Text:
    if not p.in_force(situation.as_of):
        return out_of_force(p, situation.as_of)
    for exemption in p.unless:
        if exemption.value is None and situation.known(exemption.when) is True:
            at, met = exemption.cites[0], exemption.when
            if exemption.scope is not None and isinstance(met, ir.Not):  # what lies outside falls short of the scope
                reason = why(met.operand, situation, holds=False)
                called = f"（{exemption.scope.zh}）" if exemption.scope.zh else ""
                return Text(
                    f"outside the scope ({at.document} {at.at}: {at.phrase}): {reason.en}",
                    f"不在适用范围{called}之内（{at.document} {at.at}：{at.phrase}）：{reason.zh}",
                )
            reason = why(met, situation, holds=True, far=False)
            return Text(
                f"an exception applies ({at.document} {at.at}: {at.phrase}): {reason.en}",
                f"适用例外（{at.document} {at.at}：{at.phrase}）：{reason.zh}",
            )
    if isinstance(p.when, ir.Const) and p.when == NEVER:
        return Text("does not apply: none is listed", "不适用：没有列出任何一项")
    if situation.known(p.when) is False:
        reason = why(p.when, situation, holds=False, far=False)
        return Text(f"does not apply: {reason.en}", f"不适用：{reason.zh}")
    assert p.require is not None
    reason = why(p.require, situation, holds=False)
    return Text(f"the permission is not open: {reason.en}", f"不具备许可条件：{reason.zh}")


def _why_open(p: Provision, waits: Unknown, situation: Situation) -> Text:
    reasons = waits.because + ((p.unsettled,) if p.unsettled else ())
    if waits.missing:
        called = [(label(name, situation), name) for name in waits.missing]
        en = "not known: " + ", ".join([f"{text.en} ({name})" for text, name in called])
        zh = "未知：" + listed([text.zh for text, _ in called])
        reasons = (*reasons, Text(en, zh))
    elif p.require is not None and situation.applies(p) is True and (short := list(_short(p.require, situation))):
        told = together(short)
        reasons = (Text(f"so far {told.en}", f"目前{told.zh}"), *reasons)
    return together(reasons)


def _short(node: ir.Node, situation: Situation) -> Iterator[Text]:
    """What does not hold of a requirement that something else keeps open: there may be time for it still."""
    holds = situation.known(node)
    if isinstance(node, ir.Logic) and (node.op == "or" or isinstance(holds, Unknown)):
        if not isinstance(node.right, ir.Unsettled):  # of what can still grow the least so far says nothing
            yield from _short(node.left, situation)
            yield from _short(node.right, situation)
    elif isinstance(node, ir.Cases) and isinstance(holds, Unknown):
        *met, value = taken(node, situation.known)
        if met and not _as_read(met[0], situation):  # nobody has been chosen yet: that is what is so far
            yield why(met[0], situation, holds=True)
        yield from _short(value, situation)
    elif holds is False and not _as_read(node, situation):
        yield why(node, situation, holds=False)


def _as_read(node: ir.Node, situation: Situation) -> bool:
    """Whether a condition does not hold because of how the text is read."""
    if isinstance(node, ir.Logic) and node.op == "and":
        return any(situation.known(part) is False and _as_read(part, situation) for part in (node.left, node.right))
    return situation.rule.readings.keys() >= set(ir.names(node))


def due_on(p: Provision, situation: Situation) -> dt.date | None:
    """The day a provision is due, where it is known: not where it goes by a day that has not come."""
    if p.due is None or not situation.rule.not_yet.isdisjoint(ir.names(p.due)):
        return None
    due = situation.known(p.due)
    return due if isinstance(due, dt.date) else None


def _why_pending(p: Provision, situation: Situation) -> Text:
    due = due_on(p, situation)
    when = Text(f"due {due}", f"{due} 到期") if due else Text("not due yet", "尚未到期")
    so_far = situation.known(p.require) if p.require is not None else Unknown()
    if p.require is None or isinstance(so_far, Unknown):
        return Text(f"{when.en}, not judged before", f"{when.zh}，此前不作判断")
    reason = why(p.require, situation, so_far is True)
    return Text(f"{when.en}, not judged before; so far {reason.en}", f"{when.zh}，此前不作判断；目前{reason.zh}")
