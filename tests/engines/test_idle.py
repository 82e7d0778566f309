"""Facts that do not apply: not asked for, and no value over them leaves a case open; interpreter and engines alike."""

import datetime as dt
import itertools
from fractions import Fraction

import agreement
import pytest

from policy_engine import NOT_YET
from policy_engine.deciding.facts import read_facts
from policy_engine.engines.connect import connect
from policy_engine.engines.plan import plan
from policy_engine.explaining.decision import decide

DAY = dt.date(2025, 3, 1)
RULE = """
decision: town.rule
document: X
inputs:
  absent: {type: flag}
  left_on: {type: date}
  days: {type: count, when: absent}
  told: {type: flag, when: absent}
  kind: {type: choice, open: true, of: [boat, car], when: left_on > 2025-02-01}
  seats: {type: count}
provisions:
  - {id: docked, cite: {at: 一, phrase: 2}, value: {type: count, is: days * 2}}
  - {id: over, cite: {at: 一, phrase: 3}, value: {type: count, is: docked + 3}, derived: [{value: 3, why: x}]}
  - {id: places, cite: {at: 一, phrase: 二}, value: {type: count, is: seats + days}}
  - {id: boat, cite: {at: 一, phrase: 二}, value: {type: flag, is: kind == "boat"}}
  - {id: at_sea, cite: {at: 一, phrase: 二}, value: {type: flag, is: 'told and kind == "boat"'}}
  - {id: was-told, cite: {at: 一, phrase: 应}, when: absent, require: told}
"""
GIVEN = {
    "absent": [None, False, True], "left_on": [None, NOT_YET, "2025-01-20", "2025-02-20"], "days": [None, 3],
    "told": [None, False, True], "kind": [None, "car", "another"], "seats": [None, 5],
}  # fmt: skip
TYPES = {"absent": "boolean", "left_on": "date", "days": "int64", "told": "boolean", "kind": "string", "seats": "int64"}


@pytest.fixture
def rule(town):
    return town(RULE).rule("town.rule")


def said(rule, **given):
    return decide(rule, read_facts(rule, given), DAY)


def test_a_fact_that_does_not_apply_is_not_asked_for(rule):
    found = said(rule, absent=False, seats=5, kind="car")
    assert found.missing == ()
    assert found.outcome == "compliant"
    applies = {r.provision: r.applies for r in found.results}
    assert applies == {"docked": False, "over": False, "places": False, "boat": True, "at_sea": True}
    assert said(rule, absent=False, kind="car").missing == ("seats",)
    assert {*said(rule).missing} == {"absent", "days", "told", "kind", "seats"}
    assert said(rule, absent=False, days=3, seats=5, kind="car").values["places"] == 8


def test_what_has_not_happened_yet_does_not_stop_a_question(rule):
    """A date to come is later than the day, whatever it will be: what is asked after some day is asked."""
    assert "kind" in said(rule, left_on=NOT_YET, absent=False).missing
    assert "kind" not in said(rule, left_on="2025-01-20", absent=False).missing


@pytest.mark.parametrize("name", ["duckdb", "polars"])
def test_engines_say_what_the_interpreter_says(rule, name, tmp_path):
    ibis = pytest.importorskip("ibis")
    cases = [dict(zip(GIVEN, values, strict=True)) for values in itertools.product(*GIVEN.values())]
    rows = [
        {"n": i, **case, "left_on.not_yet": case["left_on"] == NOT_YET,
         "left_on": None if case["left_on"] in (None, NOT_YET) else dt.date.fromisoformat(case["left_on"])}
        for i, case in enumerate(cases)
    ]  # fmt: skip
    engine, path = connect(name), tmp_path / "cases.parquet"
    schema = ibis.schema({"n": "int64", **TYPES, "left_on.not_yet": "boolean"})
    ibis.memtable(rows, schema=schema).to_parquet(path)
    found = plan(rule, engine.read(str(path)), DAY, keep=("n",), readable=True).table
    got = {row["n"]: row["outcome"] for row in engine.backend.to_pyarrow(found).to_pylist()}
    for i, case in enumerate(cases):
        wanted = said(rule, **{n: v for n, v in case.items() if v is not None})
        assert got[i] == wanted.outcome, case


@pytest.mark.parametrize("name", ["duckdb", "polars"])
@pytest.mark.parametrize("when", ["when: absent, ", ""])
def test_a_value_that_would_not_apply_rests_on_what_is_assumed(town, name, when):
    """What nobody gave and is assumed gives a value, even where it need not be given."""
    text = RULE.replace(
        "days: {type: count, when: absent}", f"days: {{type: count, {when}assume: {{value: 4, why: {{en: x, zh: x}}}}}}"
    )
    found = town(text).rule("town.rule")
    facts = [dict(zip(("absent", "days", "seats"), one, strict=True)) for one in itertools.product(
        GIVEN["absent"], GIVEN["days"], GIVEN["seats"])]  # fmt: skip
    batch = agreement.Batch(found, DAY, {}, [{k: v if isinstance(v, bool) else Fraction(v) for k, v in one.items() if v is not None}
                                             for one in facts], frozenset())  # fmt: skip
    told = list(agreement.expected(batch))
    assert [row["docked.assumes"] for row in told] == ["days" if one["days"] is None else "" for one in facts]
    assert agreement.disagreement(connect(name), batch, told) is None


@pytest.mark.parametrize("name", ["duckdb", "polars"])
def test_a_value_rests_on_what_says_whether_its_facts_matter(town, name):
    """What is assumed stands in the `when` of a fact alone: whether that is waited for rests on it."""
    found = town(
        RULE.replace("absent: {type: flag}", "absent: {type: flag, assume: {value: false, why: {en: x, zh: x}}}")
    )
    rule = found.rule("town.rule")
    facts = [{k: v for k, v in (("absent", absent), ("days", days)) if v is not None}
             for absent in GIVEN["absent"] for days in (None, Fraction(3))]  # fmt: skip
    batch = agreement.Batch(rule, DAY, {}, facts, frozenset())
    told = list(agreement.expected(batch))
    assert [row["docked.assumes"] for row in told] == [
        "" if {"absent", "days"} & one.keys() else "absent" for one in facts
    ]
    assert agreement.disagreement(connect(name), batch, told) is None


RESTING = """
decision: town.rule
document: X
inputs:
  shut: {type: flag}
  goods: {type: set, of: [fish, salt], when: not shut, assume: {value: [], why: {en: x, zh: x}}}
  stalls: {type: count}
provisions:
  - {id: fee, cite: {at: 一, phrase: 2}, when: 'any_in(goods, ["fish"])', value: {type: count, is: stalls * 2}}
"""


@pytest.mark.parametrize("name", ["duckdb", "polars"])
def test_what_does_not_apply_whatever_is_assumed_rests_on_nothing(town, name):
    """Idle where nothing is assumed, not applicable where something is: the same is said of it."""
    rule = town(RESTING).rule("town.rule")
    values = {
        "shut": [None, False, True], "goods": [None, frozenset(), frozenset({"fish"})], "stalls": [None, Fraction(3)],
    }  # fmt: skip
    facts = [
        {name: value for name, value in zip(values, one, strict=True) if value is not None}
        for one in itertools.product(*values.values())
    ]
    batch = agreement.Batch(rule, DAY, {}, facts, frozenset())
    told = list(agreement.expected(batch))
    rests = [row["fee.assumes"] for row in told]
    assert rests == [
        "goods" if "goods" not in one and not ("stalls" in one and one.get("shut")) else "" for one in facts
    ]
    assert agreement.disagreement(connect(name), batch, told) is None
