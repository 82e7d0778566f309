"""Values not known but bounded, and duties not due: engines say what the interpreter says of every case."""

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.drawing import strategies as some

from policy_engine.basics.values import Unknown
from policy_engine.deciding.facts import Facts
from policy_engine.engines.plan import plan
from policy_engine.explaining.decision import decide
from policy_engine.language.syntax import parse

NOT_YET = object()
TODAY = dt.date(2024, 2, 1)
CHECKS = [
    "d1 <= d2 + 7 days", "d1 - 1 month > d2", "c1 >= 3", "c1 + c2 <= c3", "min(c1, 4) >= c2", "max(c1, c3) == 7", "c1 != 5", "2 * c1 > 9",
    "d1 - d2 <= 7 days", "(if f1 then c1 else c2) >= 4", "(if k1 == \"red\" then c1 else c1) > 4", "v1 >= 6", "d1 < 2024-03-01 or f1",
    "c1 / 2 >= 3", "c3 < c1", "abs(c1) > 2", "not f1", "-c2 < c1", "(if not f1 then d1 else d2) < 2024-02-09", 'k1 in ["red"]', 'k1 in z1', 'all_in(z1, z2)', "size(z1) > 1",
    "floor(c2 / 2) < 3", "(if z1 == ['red'] then 1 else c1) > 3", "year(d1) == 2024", "f1 == f2", 'first_outside(["red", "blue"], z1) == k1', "d1 == d2", "c1 <= c1", "d2 <= d1", "max(d1, d2) > 2024-01-15", "c3 - c1 >= 0",
]  # fmt: skip
DUES = [None, "2024-01-31", "2024-02-01", "2024-02-02", "d2 + 7 days", "d1 + 7 days", "end of year(c3)"]


def rule_of(checks):
    made = [some.check(i, parse(text)) | ({"due": due} if due else {}) for i, (text, due) in enumerate(checks)]
    value = {"id": "v1", "cite": some.CITE, "value": {"type": "count", "is": "c1 + c2"}}
    data = some.declared([*made, value])
    data["inputs"]["c1"]["grows"] = True
    data["inputs"]["c3"]["given"] = True
    return some.composed(data)


dates = st.sampled_from([None, NOT_YET, *(TODAY + dt.timedelta(n) for n in (-40, -8, -7, -6, 0, 1, 30))])
counts = st.none() | st.integers(0, 9).map(Fraction)
cases = st.lists(
    st.fixed_dictionaries({
        "c1": counts, "c2": counts, "c3": counts | st.sampled_from([Fraction(2023), Fraction(2024)]), "d1": dates, "d2": dates,
        "f1": st.none() | st.booleans(), "k1": st.none() | st.sampled_from(some.OPTIONS),
    }), min_size=6, max_size=6,
)  # fmt: skip
checks = st.lists(st.tuples(st.sampled_from(CHECKS), st.sampled_from(DUES)), min_size=1, max_size=3)


def told(case):
    given = {name: value for name, value in case.items() if value is not None and value is not NOT_YET}
    return Facts(given, {}, frozenset(name for name, value in case.items() if value is NOT_YET))


def table_of(found):
    columns = {}
    for name in ("c1", "c2", "c3"):
        columns[name] = pa.array([None if case[name] is None else int(case[name]) for case in found], "int64")
    for name in ("d1", "d2"):
        columns[name] = pa.array([None if case[name] is NOT_YET else case[name] for case in found], "date32")
        columns[f"{name}.not_yet"] = pa.array([case[name] is NOT_YET for case in found], "bool")
    columns["f1"] = pa.array([case["f1"] for case in found], "bool")
    columns["k1"] = pa.array([case["k1"] for case in found], "string")
    columns["n"] = pa.array(range(len(found)), "int64")
    return pa.table(columns)


def agree(backend, rule, found):
    table = backend.create_table("cases", table_of(found), overwrite=True)
    made = plan(rule, table, TODAY, keep=["n"], readable=True)
    rows = sorted(backend.to_pyarrow(made.table).to_pylist(), key=lambda row: row["n"])
    for case, row in zip(found, rows, strict=True):
        decision = decide(rule, told(case), TODAY)
        said = {f.provision: f.status for f in decision.findings}
        assert {p: row[f"{p}.status"] for p in said} == said, (case, row)
        assert row["outcome"] == decision.outcome, (case, row, said)
        value = decision.values["v1"]
        assert (row["v1"] is None) == isinstance(value, Unknown), (case, row)


@pytest.mark.parametrize("called", ["duckdb", "polars"])
@settings(max_examples=20, deadline=None)
@given(checks, cases)
def test_engines_agree_on_what_is_bounded_or_not_due(called, chosen, found):
    backend = ibis.duckdb.connect() if called == "duckdb" else ibis.polars.connect()
    agree(backend, rule_of(chosen), found)


@settings(max_examples=150)
@given(checks, cases, st.data())
def test_what_is_settled_is_so_however_the_unknown_turns_out(chosen, found, data):
    """Each later date and each greater total that the bounds allow says the same."""
    rule = rule_of([(text, None) for text, _ in chosen])
    grown = replace(rule, inputs={n: replace(entry, grows=False) for n, entry in rule.inputs.items()})
    later = {
        name: TODAY + dt.timedelta(data.draw(st.integers(1, 400))) if value is NOT_YET else value
        for name, value in found[0].items()
    }
    if later["c1"] is not None:
        later["c1"] += data.draw(st.integers(0, 20))
    before, after = decide(rule, told(found[0]), TODAY), decide(grown, told(later), TODAY)
    for one, other in zip(before.findings, after.findings, strict=True):
        said_less = "undetermined" in (one.status, other.status)  # two cases of one value each say more than two values
        assert said_less or one.status == other.status, (one.reason.en, other.reason.en, later)


@settings(max_examples=150)
@given(checks, cases, st.integers(-3, 3))
def test_what_is_due_is_never_pending_and_what_has_no_known_day_is_open(chosen, found, _):
    decision = decide(rule_of(chosen), told(found[0]), TODAY)
    for finding in decision.findings:
        if finding.status == "pending":
            assert finding.due is None or finding.due > TODAY
        if finding.due is not None and finding.due <= TODAY:
            assert finding.status != "pending"
        assert finding.reason.zh.strip()
