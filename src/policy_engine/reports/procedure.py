"""A procedure shown to who wants to follow cases: its steps with the facts they bring, deadlines, consequences."""

from __future__ import annotations

import json
from collections.abc import Iterable

from policy_engine.basics.errors import Lang
from policy_engine.language import ir
from policy_engine.procedures.procedure import Condition, Deadline, Prerequisite, Procedure, Step
from policy_engine.reports.markdown import cell
from policy_engine.reports.rule import input_data, input_text, listing
from policy_engine.rulebook.rule import Citation
from policy_engine.words import FORCE, citation, colon, over, say, unparse

MARK = "watch:"
"""What the name of a procedure begins with where decisions have names too."""


def text(found: Procedure, lang: Lang) -> str:
    """The procedure as plain text, with an event as it may be written."""
    document = found.rule.document
    lines = [f"{MARK}{found.name}  {found.title.of(lang)}", f"{document.number}  {document.title.of(lang)}"]
    lines += [f"! {found.rule.note.of(lang)}"] if found.rule.note else []
    lines += ["", over("steps", lang)]
    for step in found.steps.values():
        also = f" ({say('also', lang)} {listing(step.aliases, lang)})" if step.aliases else ""
        lines += [f"  {step.id}  {step.title.of(lang)}{also}", *(f"      {line}" for line in _step(step, found, lang))]
    if found.deadlines:
        lines += ["", over("deadlines", lang)]
    for deadline in found.deadlines:
        lines.append(f"  {deadline.id}  {deadline.title.of(lang)}")
        lines += [f"      {line}" for line in _deadline(deadline, found, lang)]
    if found.consequences:
        lines += ["", over("consequences", lang)]
    for one in found.consequences:
        lines.append(f"  {one.id}  {one.title.of(lang)}")
        lines += [f"      {citation(cite)}" for cite in one.cites]
        lines += [f"      when {branch}" for branch in map(_branch, one.branches)]
    lines += ["", over("event", lang), f"  {_event(found)}"]
    return "\n".join(lines) + "\n"


def _step(step: Step, found: Procedure, lang: Lang) -> list[str]:
    lines = [f"{FORCE[step.force].of(lang)}  {citation(cite)}" for cite in step.cites]
    if step.after:
        lines.append(f"{say('after', lang)}{colon(lang)}{', '.join(_before(p, found) for p in step.after)}")
    marks = [say(key, lang) for key, holds in (("repeats", step.repeats), ("closes", step.closes)) if holds]
    lines += [", ".join(marks)] if marks else []
    inputs = found.rule.inputs
    lines += [
        f"{say('facts', lang)}{colon(lang)}{input_text(inputs[name], lang)}" for name in step.facts if name in inputs
    ]
    titles = {p.id: p.title.of(lang) for p in found.rule.provisions}
    lines += [f"{say('judges', lang)}{colon(lang)}{name}  {titles.get(name, '')}" for name in step.requires]
    return lines + ([f"{say('note', lang)}{colon(lang)}{step.note.of(lang)}"] if step.note else [])


def _deadline(one: Deadline, found: Procedure, lang: Lang) -> list[str]:
    told = [
        (say("opened_by", lang), ", ".join(one.opens)), (say("due", lang), _formula(one.due, found)),
        ("when", _formula(one.when, found) if one.when else ""), (say("met_by", lang), ", ".join(one.met_by)),
        (say("ended_by", lang), ", ".join(one.ends)),
    ]  # fmt: skip
    lines = [f"{FORCE[one.force].of(lang)}  {citation(cite)}" for cite in one.cites]
    return [*lines, "; ".join(f"{word} {value}" for word, value in told if value)]


def _before(one: Prerequisite, found: Procedure) -> str:
    return " | ".join(one.any_of) + (f" (when {_formula(one.when, found)})" if one.when else "")


def _formula(name: str, found: Procedure) -> str:
    """What a formula that the procedure has given a name of its own says."""
    node = next((p.value for p in found.rule.provisions if p.id == name), None)
    return unparse(node) if node is not None and not isinstance(node, ir.Unsettled) else name


def _branch(conditions: Iterable[Condition]) -> str:
    return " and ".join(f"{c.kind} {c.of}" + (f" {c.status}" if c.status else "") for c in conditions)


def _event(found: Procedure) -> str:
    first = next(iter(found.steps.values()))
    facts = dict.fromkeys((name for name in first.facts if name in found.rule.inputs), "…")
    event = {"id": "1", "case": "…", "kind": first.id, "at": "2025-03-01", "facts": facts}
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
        "repeats": step.repeats, "closes": step.closes, "facts": list(step.facts), "requires": list(step.requires),
    }  # fmt: skip


def _deadline_data(one: Deadline, found: Procedure) -> dict[str, object]:
    return {
        "deadline": one.id, "title": one.title.to_json(), "cites": _cites(one.cites), "force": one.force,
        "opens": list(one.opens), "when": _formula(one.when, found) if one.when else None,
        "due": _formula(one.due, found), "met_by": list(one.met_by), "ends": list(one.ends),
    }  # fmt: skip


def _cites(cites: Iterable[Citation]) -> list[dict[str, object]]:
    return [cite.to_json() for cite in cites]
