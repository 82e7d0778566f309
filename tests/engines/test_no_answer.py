"""A formula that others go by is no answer of its own: alone it makes no case compliant, whoever decides."""

import datetime as dt
import itertools
from fractions import Fraction

import agreement
import pytest

from policy_engine.compiled import decide as by_function
from policy_engine.deciding.facts import read_facts
from policy_engine.engines.connect import connect
from policy_engine.explaining import decision as by_interpreter

DAY = dt.date(2025, 3, 1)
RULE = """
decision: town.rule
document: X
readings:
  which:
    title: {en: Which, zh: 何者}
    question: {en: Which year bears, zh: 何年为准}
    default: early
    options: {early: {why: {en: x, zh: x}}, late: {why: {en: x, zh: x}}}
inputs:
  year: {type: count}
  boats: {type: count}
  told: {type: flag}
provisions:
  - {id: bears, cite: {at: 一, phrase: 2}, step: true, when: told, value: {type: flag, is: 'year == 2 or which == "late"'}}
  - {id: enough, cite: {at: 一, phrase: 2}, when: told and bears, require: boats >= 2}
"""
FACTS = [
    {name: value for name, value in zip(("year", "boats", "told"), values, strict=True) if value is not None}
    for values in itertools.product(
        [None, Fraction(2), Fraction(3)], [None, Fraction(1), Fraction(2)], [None, False, True]
    )
]


@pytest.fixture
def rule(town):
    return town(RULE).rule("town.rule")


def test_a_step_alone_makes_no_case_compliant(rule):
    for chosen in ({}, {"which": "late"}):
        batch = agreement.Batch(rule, DAY, chosen, FACTS, frozenset())
        wanted = list(agreement.expected(batch))
        said = [(row["bears"], row["enough.status"], row["outcome"]) for row in wanted]
        idle = [outcome for value, status, outcome in said if value is not None and status == "not_applicable"]
        assert set(idle) == ({"not_applicable"} if idle else set()) and bool(idle) == (not chosen)
        assert {outcome for _, status, outcome in said if status == "satisfied"} == {"compliant"}
        assert agreement.by_function(batch, wanted) is None
        for name in ("duckdb", "polars"):
            assert agreement.disagreement(connect(name), batch, wanted) is None


def test_nor_under_another_reading(rule, monkeypatch):
    """Where a step applies under each, and a check under one alone, the outcome is contested."""
    monkeypatch.setattr(by_function, "SELDOM", 0)
    asked = rule, agreement.told({"year": Fraction(3), "boats": Fraction(2), "told": True}), DAY, {}
    meant, found = by_interpreter.decide(*asked), by_function.decide(*asked)
    assert found.outcome == meant.outcome == "not_applicable"
    assert [one.outcome for one in meant.readings] == ["compliant"]
    assert found.readings == meant.readings


BY_A_ROW = """
decision: town.rule
document: X
inputs: {year: {type: count}}
rows:
  ship:
    columns: {boats: {type: count}}
    formulas: [{id: counted, value: {type: count, is: if bears then boats else 0}}]
    totals: {all_counted: {sum: counted}}
provisions:
  - {id: bears, cite: {at: 一, phrase: 2}, step: true, value: {type: flag, is: year == 2}}
  - {id: enough, cite: {at: 一, phrase: 2}, when: all_counted > 0, require: all_counted >= 2}
"""


def test_what_the_rows_of_a_list_go_by_may_be_a_step(town):
    rule = town(BY_A_ROW).rule("town.rule")
    for year, outcome in ((2, "compliant"), (3, "not_applicable")):
        facts = read_facts(rule, {"year": year, "ship": [{"boats": 2}]})
        assert by_function.decide(rule, facts, DAY).outcome == outcome


PENDING = """
decision: town.rule
document: X
inputs:
  kept: {type: count}
  all: {type: count, above: 0}
provisions:
  - {id: kept_share, cite: {at: 一, phrase: 一}, step: true, value: {type: share, is: kept / all}}
  - {id: half, cite: {at: 一, phrase: 50%}, force: target, due: 2025-12-31, require: kept_share >= 50%}
"""


def test_a_step_that_is_not_known_bears_by_what_uses_it(town):
    """Before the day of a target a share that nobody knows yet leaves nothing open; from that day on the target is."""
    rule = town(PENDING).rule("town.rule")
    for as_of, outcome in ((DAY, "pending"), (dt.date(2025, 12, 31), "undetermined")):
        batch = agreement.Batch(rule, as_of, {}, [{}, {"all": Fraction(3)}], frozenset())
        wanted = list(agreement.expected(batch))
        assert {row["outcome"] for row in wanted} == {outcome}
        assert agreement.by_function(batch, wanted) is None
        for name in ("duckdb", "polars"):
            assert agreement.disagreement(connect(name), batch, wanted) is None
        found = by_function.decide(rule, read_facts(rule, {}), as_of)
        assert (found.outcome, bool(found.missing)) == (outcome, outcome == "undetermined")
