"""A decision with lists over a table: its totals are columns, what is said of each row is open, as in the interpreter."""

import pytest

pytest.importorskip("ibis", reason="tables need `pip install '.[tables]'`")

import datetime as dt

import ibis

import engines
import policy_engine
from policy_engine.engines.plan import plan

RULE = """
decision: family.benefit
document: 某政发〔2025〕9号
inputs: {income: {type: money}}
rows:
  child:
    columns: {age: {type: count}}
    formulas: [{id: minor, cite: {at: 一, phrase: 不满18周岁}, value: {type: flag, is: age < 18}}]
    totals: {minors: {count: minor}, any_minor: {any: minor}}
provisions:
  - {id: enough, cite: {at: 一, phrase: 两名以上}, require: minors >= 2}
  - {id: some, cite: {at: 一, phrase: 有子女的}, when: any_minor, require: income <= 500}
  - {id: each-age, cite: {at: 一, phrase: 满3周岁}, each: child, require: age >= 3}
"""


def test_totals_are_columns(engine, tmp_path):
    connected, _ = engine
    (tmp_path / "family").mkdir()
    (tmp_path / "family" / "benefit.yaml").write_text(RULE, encoding="utf-8")
    book = policy_engine.load(tmp_path)
    rule = book.rule("family.benefit")
    facts = [
        {"minors": 2, "any_minor": True, "income": 600},
        {"minors": 1, "income": None},
        {"any_minor": False, "income": 1},
    ]
    table = engines.stored(connected, ibis.memtable(
        [{"case": i, "minors": f.get("minors"), "any_minor": f.get("any_minor"), "income": f.get("income")} for i, f in enumerate(facts)],
        schema={"case": "int64", "minors": "int64", "any_minor": "boolean", "income": "int64"},
    ).to_pyarrow())  # fmt: skip
    rows = engines.rows_of(connected, plan(rule, table, dt.date(2025, 1, 1), keep=["case"]).table)
    said = {
        row["case"]: {p: row[f"{p}.status"] for p in ("enough", "some", "each-age")} | {"outcome": row["outcome"]}
        for row in rows
    }
    for i, one in enumerate(facts):
        found = book.decide("family.benefit", one, "2025-01-01")
        assert said[i] == {f.provision: f.status for f in found.findings} | {"outcome": found.outcome}


def test_what_rests_on_a_list_in_a_column_is_left_out_and_the_rest_decided(engine, tmp_path):
    """The outcome is what holds whatever the list has: where it says something, the interpreter that reads the list says the same."""
    connected, _ = engine
    (tmp_path / "family").mkdir()
    more = "  - {id: cap, cite: {at: 一, phrase: 不超过500}, require: income <= 500}\n  - {id: rest, cite: {at: 一, phrase: 500}, value: {type: money, is: 500 - income}}\n"
    (tmp_path / "family" / "benefit.yaml").write_text(RULE + more, encoding="utf-8")
    book = policy_engine.load(tmp_path)
    cases = [(600, [{"age": 4}]), (400, [{"age": 4}, {"age": 5}]), (None, [])]
    pa = pytest.importorskip("pyarrow")
    table = engines.stored(connected, pa.table({
        "case": pa.array(range(3), pa.int64()), "income": pa.array([income for income, _ in cases], pa.int64()),
        "child": pa.array([children for _, children in cases], pa.list_(pa.struct([("age", pa.int64())]))),
    }))  # fmt: skip
    made = plan(book.rule("family.benefit"), table, dt.date(2025, 1, 1), keep=["case"])
    assert set(made.left) == {"enough", "some", "each-age"}
    assert set(made.table.columns).isdisjoint({"enough.status", "some.status", "each-age.status"})
    for row in engines.rows_of(connected, made.table):
        income, children = cases[row["case"]]
        facts = {"child": children} | ({} if income is None else {"income": income})
        found = book.decide("family.benefit", facts, "2025-01-01")
        assert row["cap.status"] == next(f.status for f in found.findings if f.provision == "cap")
        assert row["outcome"] in ("undetermined", found.outcome)
        assert (row["outcome"] == "non_compliant") == (income == 600)
