"""Dates that are not yet, totals that grow and what is not due, on engines: the interpreter's answers, row by row."""

import datetime as dt
import itertools

import pytest

from policy_engine import NOT_YET
from policy_engine.basics.values import Unknown
from policy_engine.deciding.facts import read_facts
from policy_engine.engines.connect import connect
from policy_engine.engines.plan import plan
from policy_engine.explaining.decision import decide

DAY = dt.date(2025, 3, 1)
RULE = """
decision: town.rule
document: X
inputs:
  returned_on: {type: date}
  reported_on: {type: date}
  held: {type: count, grows: true}
  rate: {type: share}
  done: {type: flag}
  year: {type: count}
provisions:
  - {id: both, cite: {at: 一, phrase: 二}, value: {type: count, is: held + 2}, derived: [{value: 2, why: x}]}
  - {id: in-time, cite: {at: 一, phrase: 7 days}, require: reported_on <= returned_on + 7 days}
  - {id: in-time-due, cite: {at: 一, phrase: 7 days}, require: reported_on <= returned_on + 7 days, due: returned_on + 7 days}
  - {id: least, cite: {at: 一, phrase: 四}, require: held >= 4, due: end of year(year)}
  - {id: least-both, cite: {at: 一, phrase: 六}, require: both >= 6}
  - {id: most, cite: {at: 一, phrase: 四}, require: held <= 4, due: end of year(year)}
  - {id: filed, cite: {at: 一, phrase: 无}, require: done, due: 2025-06-30}
  - {id: share, cite: {at: 一, phrase: 50%}, require: rate >= 50%, due: 2025-06-30, force: target}
  - {id: open, cite: {at: 一, phrase: 无}, unsettled: {en: x, zh: x}, due: 2025-06-30}
"""
DATES = [None, NOT_YET, "2025-02-20", "2025-02-25", "2025-03-10"]
HELD = [None, 3, 4, 5]


@pytest.fixture
def rule(town):
    return town(RULE).rule("town.rule")


def cases():
    others = itertools.cycle(itertools.product([None, "60%", "40%"], [None, True, False], [None, 2024, 2025, 20000]))
    for (returned, reported, held), (rate, done, year) in zip(
        itertools.product(DATES, DATES, HELD), others, strict=False
    ):
        yield {"returned_on": returned, "reported_on": reported, "held": held, "rate": rate, "done": done, "year": year}


def columns(case):
    dates = {
        n: None if case[n] in (None, NOT_YET) else dt.date.fromisoformat(case[n])
        for n in ("returned_on", "reported_on")
    }
    flags = {f"{n}.not_yet": case[n] == NOT_YET for n in dates}
    rate = None if case["rate"] is None else int(case["rate"][:-1])
    return {**dates, **flags, "held": case["held"], "percent": rate, "done": case["done"], "year": case["year"]}


@pytest.mark.parametrize("name", ["duckdb", "polars"])
@pytest.mark.parametrize("day", [DAY, dt.date(2025, 7, 1), dt.date(2025, 12, 31)])
def test_engines_say_what_the_interpreter_says(rule, name, day, tmp_path):
    ibis = pytest.importorskip("ibis")
    rows = [{"n": i, **columns(case)} for i, case in enumerate(cases())]
    types = {"n": "int64", "returned_on": "date", "reported_on": "date", "returned_on.not_yet": "boolean",
             "reported_on.not_yet": "boolean", "held": "int64", "percent": "int64", "done": "boolean", "year": "int64"}  # fmt: skip
    engine = connect(name)
    path = tmp_path / "cases.parquet"
    ibis.memtable([{**r, "rate": None if r["percent"] is None else f"0.{r['percent']}"} for r in rows],
                  schema=ibis.schema({**types, "rate": "string"})).cast({"rate": "decimal(18, 2)"}).to_parquet(path)  # fmt: skip
    found = plan(rule, engine.read(str(path)), day, keep=("n",), readable=True).table
    got = {row["n"]: row for row in engine.backend.to_pyarrow(found).to_pylist()}
    for i, case in enumerate(cases()):
        wanted = decide(rule, read_facts(rule, {n: v for n, v in case.items() if v is not None}), day)
        statuses = {f.provision: f.status for f in wanted.findings}
        assert {p: got[i][f"{p}.status"] for p in statuses} == statuses, case
        assert got[i]["outcome"] == wanted.outcome, case


def test_a_growing_total_is_a_bound_only_where_a_row_gives_it(town):
    """Zero times what is not known is zero; zero times what may still grow is not said."""
    import ibis

    rule = town("""
decision: town.rule
document: X
inputs: {held: {type: count, grows: true}, rate: {type: count}, more: {type: count, grows: true}}
provisions:
  - {id: paid, cite: {at: 一, phrase: 无}, value: {type: count, is: rate * held}}
  - {id: left, cite: {at: 一, phrase: 无}, value: {type: count, is: held - rate * more}}
  - {id: enough, cite: {at: 一, phrase: 1}, require: left >= 1}
""").rule("town.rule")
    facts = [{"held": h, "rate": r, "more": m} for h in (None, 3) for r in (None, 0, 1) for m in (None, 1)]
    table = ibis.memtable(
        [{"n": i, **row} for i, row in enumerate(facts)], schema=dict.fromkeys(["n", *facts[0]], "int64")
    )
    found = plan(rule, connect("duckdb").backend.create_table("t", table), DAY, keep=("n",)).table
    got = {row["n"]: row for row in found.to_pyarrow().to_pylist()}
    for i, row in enumerate(facts):
        wanted = decide(rule, read_facts(rule, {n: v for n, v in row.items() if v is not None}), DAY)
        assert got[i]["enough.status"] == wanted.findings[0].status, row
        assert [got[i]["paid"], got[i]["left"]] == [
            None if isinstance(v, Unknown) else v for v in wanted.values.values()
        ], row


def test_what_is_only_pending_without_it_rests_on_what_is_assumed(town):
    import ibis

    rule = town("""
decision: town.rule
document: X
inputs: {left_on: {type: date, assume: {value: 2024-01-01, why: {en: x, zh: x}}}, done: {type: flag, assume: {value: true, why: {en: x, zh: x}}}}
provisions:
  - {id: late, cite: {at: 一, phrase: 无}, require: left_on > 2024-06-30, due: 2025-06-30, derived: [{value: 2024-06-30, why: x}]}
  - {id: soon, cite: {at: 一, phrase: 无}, require: done or left_on > 2024-06-30, due: left_on + 7 days, derived: [{value: 2024-06-30, why: x}]}
""").rule("town.rule")
    table = ibis.memtable([{"n": 1}], schema={"n": "int64"})
    (row,) = plan(rule, connect("duckdb").backend.create_table("t", table), DAY).table.to_pyarrow().to_pylist()
    for found in decide(rule, read_facts(rule, {}), DAY).findings:
        assert (row[f"{found.provision}.status"], row[f"{found.provision}.assumes"]) == (
            found.status,
            "; ".join(found.assumes),
        )
    assert row["late.assumes"] == "left_on"
    assert row["soon.assumes"] == "left_on; done"
