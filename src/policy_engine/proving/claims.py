"""Whether cases keep what a decision claims of all of them: as the interpreter decides them, without a solver."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from policy_engine.basics.values import Known, Unknown, Value
from policy_engine.deciding.decide import Verdict, contradicted
from policy_engine.deciding.facts import Facts, within
from policy_engine.language import ir
from policy_engine.rulebook.claims import Promise
from policy_engine.rulebook.rule import Input, Rule


class Broken(NamedTuple):
    """A claim that a case does not keep, beside the case with one fact risen; None where one case is enough."""

    claim: Promise
    risen: Facts | None


def said(claim: Promise, node: ir.Node, verdict: Verdict) -> Value:
    """What an expression of a claim is for a case; nothing is known of it where a date it names has not come."""
    if claim.names & verdict.rule.not_yet:
        return Unknown()
    spoken = set(ir.names(node)) - verdict.rule.inputs.keys() - verdict.rule.readings.keys()
    statuses = {p.id: ir.Const(verdict.status(p)) for p in verdict.checks if p.id in spoken}
    return verdict.base.of(ir.substituted(node, statuses))


def breaks(claim: Promise, verdict: Verdict, risen: Verdict | None = None) -> bool:
    """Whether a case, or it and the one that differs in what rises alone, shows that a claim does not hold."""
    cases = [verdict, *([risen] if risen else [])]
    if any(said(claim, claim.when, one) is not True for one in cases):
        return False
    values = [said(claim, claim.then, one) for one in cases]
    if any(isinstance(value, Unknown) for value in values):
        return False
    match claim.sense:
        case "holds":
            return values[0] is False
        case "keeps":
            return values[0] is True and values[1] is False
        case "never_falls":
            return bool(values[1] < values[0])  # type: ignore[operator]
        case "never_rises":
            return bool(values[1] > values[0])  # type: ignore[operator]


def broken(
    rule: Rule, facts: Facts, as_of: dt.date, readings: Mapping[str, str], step: Fraction = Fraction(1)
) -> Iterator[Broken]:
    """The claims a case does not keep, and those that something near it does not."""
    verdict = Verdict(rule, facts, as_of, readings)
    if contradicted(verdict.base):
        return
    for claim in rule.claims:
        if claim.sense == "holds":
            if breaks(claim, verdict):
                yield Broken(claim, None)
        elif claim.raising in facts.given:
            for more in _more(rule.inputs[claim.raising], facts.given[claim.raising], rule, step):
                risen = replace(facts, given={**facts.given, claim.raising: more})
                other = Verdict(rule, risen, as_of, readings)
                if not contradicted(other.base) and breaks(claim, verdict, other):
                    yield Broken(claim, risen)
                    break


def _more(entry: Input, value: Known, rule: Rule, step: Fraction) -> list[Known]:
    """Some values above one: a step on, twice as much, what the rule speaks of."""
    found: Iterable[Known]
    if isinstance(value, frozenset):
        found = [value | {option} for option in entry.type.options if option not in value]
    elif isinstance(value, bool):
        found = [True] if not value else []
    elif isinstance(value, dt.date):
        found = [value + dt.timedelta(days) for days in (1, 31, 366, 3660) if value.year < dt.MAXYEAR - 11]
    elif isinstance(value, Fraction):
        nodes = [n for p in rule.provisions for n in (p.when, p.require, p.value) if n is not None]
        spoken = {n.value for node in nodes for n in ir.walk(node) if isinstance(n, ir.Number) and n.value > value}
        more = [value + step, 2 * value, *sorted(spoken)[:6]]
        found = [n for n in more if n > value and (n.denominator == 1 or not entry.type.integer)]
    else:
        found = []
    return [one for one in found if within(entry, one)]
