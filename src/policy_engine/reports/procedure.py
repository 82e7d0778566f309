"""A procedure shown to who wants to follow cases: its steps with the facts they bring, deadlines, consequences."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from policy_engine.basics.errors import Lang, Text
from policy_engine.language import ir
from policy_engine.procedures.procedure import Condition, Deadline, Prerequisite, Procedure, Step
from policy_engine.reports.markdown import cell
from policy_engine.reports.rule import input_data
from policy_engine.reports.rule_text import also_called, callings, formula, input_text, listing, named
from policy_engine.rulebook.rule import Citation
from policy_engine.words import FORCE, STATUS, citation, colon, over, say

MARK = "watch:"
"""What the name of a procedure begins with where decisions have names too."""

_RUNS: Final = {
    "open": "尚在期内", "met": "已按期完成", "missed": "逾期未完成", "late": "逾期完成", "lapsed": "不再计算", "elapsed": "已届满",
    "undetermined": "无法确定",
}  # fmt: skip


def text(found: Procedure, lang: Lang) -> str:
    """The procedure as plain text, with an event as it may be written."""
    document = found.rule.document
    lines = [named(f"{MARK}{found.name}", found.title, lang), f"{document.number}  {document.title.of(lang)}"]
    lines += [f"! {found.rule.note.of(lang)}"] if found.rule.note else []
    lines += ["", over("steps", lang)]
    for step in found.steps.values():
        also = also_called(step.aliases, lang)
        lines += [
            f"  {named(step.id, step.title, lang)}{also}",
            *(f"      {line}" for line in _step(step, found, lang)),
        ]
    if found.deadlines:
        lines += ["", over("deadlines", lang)]
    for deadline in found.deadlines:
        lines.append(f"  {named(deadline.id, deadline.title, lang)}")
        lines += [f"      {line}" for line in _deadline(deadline, found, lang)]
    if found.consequences:
        lines += ["", over("consequences", lang)]
    for one in found.consequences:
        lines.append(f"  {named(one.id, one.title, lang)}")
        lines += [f"      {citation(cite)}" for cite in one.cites]
        lines += [f"      {_branch_in(branch, found, lang)}" for branch in one.branches]
    lines += ["", over("event", lang), f"  {_event(found, lang)}"]
    return "\n".join(lines) + "\n"


def _step(step: Step, found: Procedure, lang: Lang) -> list[str]:
    lines = [f"{FORCE[step.force].of(lang)}  {citation(cite)}" for cite in step.cites]
    if step.after:
        before = listing([_before(p, found, lang) for p in step.after], lang)
        lines.append(f"{say('after', lang)}{colon(lang)}{before}")
    marks = [say(key, lang) for key, holds in (("repeats", step.repeats), ("closes", step.closes)) if holds]
    lines += [listing(marks, lang)] if marks else []
    inputs, names = found.rule.inputs, callings(found.rule)
    facts = (input_text(inputs[name], names, lang) for name in _brought(step) if name in inputs)
    lines += [f"{say('facts', lang)}{colon(lang)}{fact}" for fact in facts]
    titles = {p.id: p.title for p in found.rule.provisions}
    lines += [f"{say('judges', lang)}{colon(lang)}{named(n, titles.get(n, Text('', n)), lang)}" for n in step.requires]
    return lines + ([f"{say('note', lang)}{colon(lang)}{step.note.of(lang)}"] if step.note else [])


def _brought(step: Step) -> list[str]:
    """The facts that an event of the step may bring: what the step itself sets is not accepted from one."""
    return [name for name in step.facts if name not in step.sets]


def _deadline(one: Deadline, found: Procedure, lang: Lang) -> list[str]:
    zh = lang == "zh"
    told = [
        (say("opened_by", lang), _steps(one.opens, found, lang)), (say("after_missed", lang), _named(one.missed, found, lang)), (say("due", lang), _formula(one.due, found, lang)),
        ("仅当" if zh else "when", _formula(one.when, found, lang) if one.when else ""),
        (say("met_by", lang), _steps(one.met_by, found, lang)), (say("met_since", lang), _formula(one.since, found, lang) if one.since else ""),
        (say("ended_by", lang), _steps(one.ends, found, lang)),
    ]  # fmt: skip
    lines = [f"{FORCE[one.force].of(lang)}  {citation(cite)}" for cite in one.cites]
    said = (f"{word.rstrip('：')}：{value}" if zh else f"{word} {value}" for word, value in told if value)
    return [*lines, ("；" if zh else "; ").join(said)]


def _steps(ids: Iterable[str], found: Procedure, lang: Lang, joint: str = ", ") -> str:
    """Steps by their names; in Chinese by their titles."""
    return "、".join(found.steps[i].title.zh for i in ids) if lang == "zh" else joint.join(ids)


def _named(ids: Iterable[str], found: Procedure, lang: Lang) -> str:
    """Deadlines by their names; in Chinese by their titles."""
    titles = {one.id: one.title.zh for one in found.deadlines}
    return "、".join(titles[i] for i in ids) if lang == "zh" else ", ".join(ids)


def _before(one: Prerequisite, found: Procedure, lang: Lang) -> str:
    if lang == "zh":
        steps = "或".join(found.steps[i].title.zh for i in one.any_of)
        return steps + (f"（仅当{_formula(one.when, found, lang)}）" if one.when else "")
    return " | ".join(one.any_of) + (f" (when {_formula(one.when, found)})" if one.when else "")


def _formula(name: str, found: Procedure, lang: Lang = "en") -> str:
    """What a formula that the procedure has given a name of its own says."""
    p = next((p for p in found.rule.provisions if p.id == name), None)
    if p is None or p.value is None or isinstance(p.value, ir.Unsettled):
        return name if p is None or lang == "en" else p.title.zh
    return formula(p.value, callings(found.rule), lang, p.id)


def _branch(conditions: Iterable[Condition]) -> str:
    return " and ".join(f"{c.kind} {c.of}" + (f" {c.status}" if c.status else "") for c in conditions)


def _branch_in(conditions: Iterable[Condition], found: Procedure, lang: Lang) -> str:
    if lang == "en":
        return f"when {_branch(conditions)}"
    return "条件：" + "，且".join(_condition(c, found) for c in conditions)


def _condition(one: Condition, found: Procedure) -> str:
    """What must be so for something to follow, in Chinese."""
    title = next((p.title.zh for p in found.rule.provisions if p.id == one.of), one.of)
    title = next((d.title.zh for d in found.deadlines if d.id == one.of), title)
    title = next((c.title.zh for c in found.consequences if c.id == one.of), title)
    match one.kind:
        case "step" | "event":
            return f"{'发生' if one.kind == 'event' else '已'}“{found.steps[one.of].title.zh}”"
        case "without":
            return f"未有“{found.steps[one.of].title.zh}”"
        case "that":
            return _formula(one.of, found, "zh")
        case "finding":
            return f"“{title}”{next(word.zh for status, word in STATUS.items() if status == one.status)}"
        case "deadline":
            return f"期限“{title}”{_RUNS[one.status]}"
        case _:
            return f"已有后果“{title}”"


def _event(found: Procedure, lang: Lang) -> str:
    first, inputs = next(iter(found.steps.values())), found.rule.inputs
    called = [inputs[name].label.zh if lang == "zh" else name for name in _brought(first) if name in inputs]
    kind = first.title.zh if lang == "zh" else first.id
    event = {"id": "1", "case": "…", "kind": kind, "at": "2025-03-01", "facts": dict.fromkeys(called, "…")}
    return json.dumps(event, ensure_ascii=False)


def markdown(found: Procedure, lang: Lang) -> str:
    """The procedure as Markdown."""
    return f"# {cell(found.title.of(lang))}\n\n```\n{text(found, lang)}```\n"


def to_data(found: Procedure) -> dict[str, object]:
    """The procedure as data."""
    return {
        "procedure": found.name, "title": found.title.to_json(),
        "document": {"number": found.rule.document.number, "title": found.rule.document.title.to_json()},
        "steps": [_step_data(step, found) for step in found.steps.values()],
        "deadlines": [_deadline_data(one, found) for one in found.deadlines],
        "consequences": [
            {"consequence": one.id, "title": one.title.to_json(), "cites": _cites(one.cites),
             "when": [_branch(branch) for branch in one.branches]}
            for one in found.consequences
        ],
        "inputs": {name: input_data(entry) for name, entry in found.rule.inputs.items()},
    }  # fmt: skip


def _step_data(step: Step, found: Procedure) -> dict[str, object]:
    return {
        "step": step.id, "title": step.title.to_json(), "aliases": list(step.aliases), "cites": _cites(step.cites), "force": step.force,
        "after": [{"any_of": list(p.any_of), "when": _formula(p.when, found) if p.when else None} for p in step.after],
        "repeats": step.repeats, "closes": step.closes, "facts": _brought(step), "requires": list(step.requires),
    }  # fmt: skip


def _deadline_data(one: Deadline, found: Procedure) -> dict[str, object]:
    return {
        "deadline": one.id, "title": one.title.to_json(), "cites": _cites(one.cites), "force": one.force,
        "opens": list(one.opens), "missed": list(one.missed), "when": _formula(one.when, found) if one.when else None,
        "due": _formula(one.due, found), "met_by": list(one.met_by), "since": _formula(one.since, found) if one.since else None, "ends": list(one.ends),
    }  # fmt: skip


def _cites(cites: Iterable[Citation]) -> list[dict[str, object]]:
    return [cite.to_json() for cite in cites]
