"""The one answer that is left to a question by what must hold of the facts together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from policy_engine.basics.values import Known
from policy_engine.deciding.decide import Verdict, contradicted
from policy_engine.deciding.facts import Facts, within
from policy_engine.explaining.fitting import CALENDAR
from policy_engine.explaining.following import NotLinear, follow
from policy_engine.explaining.ranges import allowed
from policy_engine.explaining.trying import step
from policy_engine.language import ir
from policy_engine.rulebook.rule import Input, Rule


def only_value(rule: Rule, facts: Facts, as_of: dt.date, chosen: Mapping[str, str], name: str) -> Known | None:
    """The value that a fact must have beside the facts that are given, under the readings chosen, silence apart.

    None where it may have another, or none. Raises PolicyError for readings that are not of the rule.
    """
    entry = rule.inputs.get(name)
    if entry is None or not any(name in ir.names(must) for must in rule.facts_must):
        return None
    rule = replace(rule, inputs={n: replace(e, assume=None) for n, e in rule.inputs.items()})

    def can(value: Known) -> bool:
        beside = replace(facts, given={**facts.given, entry.name: value})
        return within(entry, value) and not contradicted(Verdict(rule, beside, as_of, chosen).base)

    kept: list[Known] = []
    if entry.type.kind == "flag":
        kept = [value for value in (True, False) if can(value)]
    elif entry.type.kind == "choice":
        kept = [value for value in entry.accepts.options if can(value)]
    elif entry.type.kind in ("number", "date"):
        if entry.type.kind == "date" and _can_wait(rule, facts, as_of, chosen, entry.name):
            return None
        value = _between(Verdict(rule, facts, as_of, chosen), entry)
        kept = [value] if value is not None and can(value) else []
    return kept[0] if len(kept) == 1 else None


def _can_wait(rule: Rule, facts: Facts, as_of: dt.date, chosen: Mapping[str, str], name: str) -> bool:
    """Whether a date may be one that has not come yet."""
    later = replace(facts, not_yet=facts.not_yet | {name})
    return not contradicted(Verdict(rule, later, as_of, chosen).base)


def _between(case: Verdict, entry: Input) -> Known | None:
    """The one number or day that what must hold leaves, if it can be told."""
    room = allowed((*entry.bounds, *(CALENDAR if entry.type.kind == "date" else ())))
    try:
        ranges = follow(case.base, entry.name).where((), case.rule.facts_must, room)
    except (NotLinear, RecursionError):
        return None
    if len(ranges) != 1 or ranges[0].low is None or ranges[0].low != ranges[0].high:
        return None
    found, unit = Fraction(ranges[0].low), step(entry)
    if unit is not None and found % unit:
        return None
    return dt.date.fromordinal(int(found)) if entry.type.kind == "date" else found
