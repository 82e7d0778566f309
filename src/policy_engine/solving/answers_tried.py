"""One fact that is yes or no, or one of some options: the outcome of each answer, all others as they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from policy_engine.basics.values import Known, Unknown
from policy_engine.deciding.decide import Verdict, contradicted
from policy_engine.deciding.facts import Facts
from policy_engine.deciding.outcome import OutcomeName
from policy_engine.rulebook.rule import Rule
from policy_engine.solving.line import waited


@dataclass(frozen=True, kw_only=True)
class AnswerTried:
    """An answer, the outcome of the case with it, the values of formulas that can be listed, and what it still waits for."""

    value: Known
    outcome: OutcomeName
    values: Mapping[str, Known | None]
    missing: tuple[str, ...]


def answers(rule: Rule, facts: Facts, as_of: dt.date, chosen: Mapping[str, str], name: str) -> list[AnswerTried]:
    """Every answer to a question of yes or no or of options, as the rule lists them; those that contradict other facts are left out."""
    entry = rule.inputs[name]
    options: tuple[Known, ...] = (True, False) if entry.type.kind == "flag" else tuple(entry.accepts.options)
    found = []
    for value in options:
        given = replace(facts, given={**facts.given, name: value}, not_yet=facts.not_yet - {name})
        verdict = Verdict(rule, given, as_of, chosen)
        if contradicted(verdict.base):
            continue
        listed = {p.id: verdict.base[p.id] for p in verdict.formulas if p.type and p.type.kind in ("flag", "choice")}
        values = {id_: None if isinstance(said, Unknown) else said for id_, said in listed.items()}
        found.append(AnswerTried(value=value, outcome=verdict.outcome(), values=values, missing=waited(verdict)))
    return found
