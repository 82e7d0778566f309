"""What an entry holds: the facts as they were understood, the rule set by its hash, readings, assumptions, version, the answer in short."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from policy_engine.basics.values import NOT_YET, Known, to_json
from policy_engine.deciding.decide import Verdict
from policy_engine.deciding.facts import JUSTIFICATIONS, Facts
from policy_engine.explaining.decision import Decision
from policy_engine.rulebook.rows import MORE, called
from policy_engine.rulebook.rule import Rule


def facts_json(rule: Rule, facts: Facts) -> dict[str, Any]:
    """Facts that were read, so that they are read alike: exact texts, lists with their rows, dates not yet, justifications."""
    told: dict[str, Known | str] = {**facts.given, **dict.fromkeys(facts.not_yet, NOT_YET)}
    found: dict[str, Any] = {}
    for name, (count, complete) in facts.rows.items():
        columns = rule.rows[name].columns
        keys = [{key: called(name, i, key) for key in columns} for i in range(1, count + 1)]
        rows = [{key: to_json(told.pop(full)) for key, full in row.items() if full in told} for row in keys]
        found[name] = rows if complete else [*rows, MORE]
        for total in rule.rows[name].totals:
            told.pop(total, None)
    found |= {name: to_json(value) for name, value in told.items()}
    if facts.justifications:
        found[JUSTIFICATIONS] = {
            p: {k: v for k, v in one.to_json().items() if k != "expired" and v is not None}
            for p, one in facts.justifications.items()
        }
    return found


def in_short(found: Decision) -> dict[str, Any]:
    """The answer as an entry holds it: outcome, the status of each check, the values that apply."""
    statuses = {finding.provision: finding.status for finding in found.findings}
    return _short(found.outcome, statuses, {r.provision: to_json(r.value) for r in found.results if r.applies})


def in_short_of(case: Verdict) -> dict[str, Any]:
    """The same of a case without reasons."""
    worked = {p.id: case.result(p) for p in case.formulas}
    values = {name: to_json(value) for name, (value, applies) in worked.items() if applies}
    return _short(case.outcome(), {p.id: case.status(p) for p in case.checks}, values)


def _short(outcome: str, statuses: Mapping[str, str], values: Mapping[str, object]) -> dict[str, Any]:
    return {"outcome": str(outcome), "statuses": {k: str(v) for k, v in statuses.items()}, "values": dict(values)}


def decided(
    rule: Rule, facts: Facts, found: Decision, rules: str, version: str, assume: str, row: int | None = None
) -> dict[str, Any]:
    """A decision as an entry, without number and time; `row`: of a table, the number of the row."""
    return {
        "answer": in_short(found), "as_of": found.as_of.isoformat(), "assume": assume, "decision": found.decision,
        "facts": facts_json(rule, facts), "readings": dict(found.chosen), "rules": rules, "version": version,
        **({} if row is None else {"row": row}),
    }  # fmt: skip


def watched(
    procedure: str, thread: str, event: str | None, answer: object, rules: str, version: str, assume: str, day: dt.date | None = None
) -> dict[str, Any]:  # fmt: skip
    """An event of a stream with its answer as an entry; or what the passing of time up to a day made of the cases."""
    return {
        "answer": answer, "assume": assume, "procedure": procedure, "rules": rules, "thread": thread, "version": version,
        **({"event": event} if event is not None else {}), **({"until": day.isoformat()} if day else {}),
    }  # fmt: skip
