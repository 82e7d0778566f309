"""The limits of a fact that functions tell at once are those that the expressions have, followed one by one."""

import datetime as dt
from collections import Counter
from fractions import Fraction

import agreement
import pytest
from hypothesis import given, settings
from strategies import CITE, assuming, composed, declared, rules, some_facts, taken

import policy_engine
from policy_engine.compiled.decide import made, quick, settled
from policy_engine.explaining.following import follow
from policy_engine.explaining.ranges import allowed
from policy_engine.language import ir

BOOK = policy_engine.load()
DAY = dt.date(2025, 3, 1)


def compared(rule, facts, as_of, chosen=None):
    """For every check and every number or date of a case: whether its limits were told; those told are as followed."""
    whole = made(rule, as_of, chosen or {}) if settled(rule, facts) else None
    case = None if whole is None else quick(whole, facts)
    if case is None or not case.possible:
        return
    for p in case.checks:
        conditions = {"satisfied": (p.applies, p.require), "not_applicable": (ir.Not(p.applies),), None: ()}
        for status, wanted in conditions.items():
            for name, entry in rule.inputs.items():
                if entry.type.kind in ("number", "date") and all(node is not None for node in wanted):
                    limits = case.limits(p, status, name)
                    yield limits is not None
                    if limits is not None:
                        followed = follow(case.base, name).where(wanted, rule.facts_must, allowed(entry.bounds))
                        assert allowed((*entry.bounds, *limits)) == followed, (p.id, status, name, facts)


@pytest.mark.parametrize("decision", BOOK.decisions())
def test_limits_of_shipped_rules_are_those_followed(decision, request):
    rule = BOOK.rule(decision)
    for batch in agreement.batches(rule, request.config.getoption("--cases") // 4):
        for facts in map(agreement.told, batch.facts):
            Counter(compared(rule, facts, batch.as_of, batch.chosen))


@given(rules(varied=True), taken(), some_facts())
@settings(max_examples=200)
def test_limits_of_rules_nobody_wrote_are_those_followed(rule, values, facts):
    Counter(compared(assuming(rule, values), agreement.told(facts), dt.date(2024, 2, 29)))


SUM = {"id": "total_1", "cite": CITE, "when": "m1 < 20", "value": {"type": "money", "is": "m1 + m2"}}
LINEAR = {
    "beside": "m1 - m2 <= 15% of m3 and (f1 or m1 >= m2)",
    "opposite": "not (m1 > 3 * m2 or m1 == m3)",
    "equal": "m1 + m2 == m3",
    "unlike": "m1 != m2",
    "either": "m1 < m2 or m1 > m3",
    "curved": "m1 * (m1 / m2) <= m3",
    "rounded": "floor(m1) <= m2",
    "quotient": "m1 / m2 <= 3",
    "days": "d1 + 10 days <= d2 - 1 day",
    "same day": "d1 == d2",
    "formula": "total_1 <= m3",
    "never": "floor(if 1 > 2 then m1 else 3) <= 5",
    "idle": "1 < 2 or floor(m1) <= m2",
    "chosen": "if f1 then m1 <= m2 else m1 >= m3",
}
NOT_TOLD = {"opposite": "m1 m3", "unlike": "m1 m2", "either": "m1", "curved": "m1 m2", "rounded": "m1", "never": "m1", "idle": "m1", "quotient": "m2", "same day": "d1 d2",
            "chosen": "m1 m2 m3", "formula": "m1"}  # fmt: skip


@pytest.mark.parametrize("name", LINEAR)
def test_what_is_linear_in_a_fact_has_limits(name):
    rule = composed(declared([SUM, {"id": "check-1", "cite": CITE, "require": LINEAR[name]}]))
    given = {"m1": Fraction(7), "m2": Fraction(501, 100), "m3": Fraction(3), "f1": False, "d1": DAY, "d2": DAY}
    facts = agreement.told(given)
    case = quick(made(rule, DAY, {}), facts)
    untold = [n for n in given if n != "f1" and case.limits(case.checks[0], "satisfied", n) is None]
    assert " ".join(untold) == NOT_TOLD.get(name, "")
    assert Counter(compared(rule, facts, DAY))[True]
