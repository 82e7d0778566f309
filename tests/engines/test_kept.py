"""A plan kept from an earlier run says what the plan says that is made, and is used only where everything is as it was."""

import datetime as dt
import hashlib
import os
import pickle
import signal
import threading
from decimal import Decimal

import pytest

import policy_engine
from policy_engine.rulefiles import cache
from policy_engine.tables.columns import Job

pytest.importorskip("ibis", reason="tables need `pip install '.[tables]'`")
pytest.importorskip("polars")

import agreement
import polars as pl
import pyarrow.parquet as pq

from policy_engine.engines import frames, kept
from policy_engine.engines.connect import connect, told
from policy_engine.engines.plan import PARTS
from policy_engine.engines.run import prepare, run, source_of

ENGINES = pytest.mark.parametrize("name", ["duckdb", "polars"])
DAY = dt.date(2025, 3, 1)
BOOK = policy_engine.load()
ROWS = {
    "recipient": ["individual", "individual", "individual", None], "activity": ["commendation"] * 4,
    "amount": [Decimal("3000.00"), Decimal("3000.01"), None, Decimal("1.00")], "approved_by_region": [True, False, True, None],
}  # fmt: skip
TYPES = {"recipient": pl.String, "activity": pl.String, "amount": pl.Decimal(18, 2), "approved_by_region": pl.Boolean}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("POLICY_CACHE", str(folder))
    return folder


def job(decision="award.grant", **more):
    return Job(**{"rule": BOOK.rule(decision), "as_of": DAY, "lang": "en"} | more)


def table(path, **columns):
    pl.DataFrame(ROWS | columns, schema=TYPES).write_parquet(path)
    return str(path)


def twice(asked, source, name, out, parts=(), statuses="text"):
    """What the plan made came to, and what the plan kept did: each with the file it wrote."""
    first, again = out / "first.parquet", out / "again.parquet"
    tally, place = kept.run_kept(asked, source, str(first), name, parts, statuses)
    assert tally is None
    work = prepare(asked, source_of(source, name), parts or PARTS, statuses)
    made = run(work, str(first))
    kept.keep(place, work)
    tally, _ = kept.run_kept(asked, source, str(again), name, parts, statuses)
    assert tally is not None, "the plan was not kept"
    return (made, pq.read_table(first)), (tally, pq.read_table(again))


@ENGINES
@pytest.mark.parametrize("decision", ["fund.investment", "document.submission"])
def test_a_kept_plan_says_what_the_plan_says_that_is_made(tmp_path, name, decision):
    batch = next(b for b in agreement.batches(BOOK.rule(decision), 60) if not b.chosen)
    pq.write_table(agreement.table_of(batch), tmp_path / "in.parquet")
    asked = job(decision, as_of=batch.as_of, readings=batch.chosen)
    (made, first), (again, second) = twice(asked, str(tmp_path / "in.parquet"), name, tmp_path)
    assert made == again
    assert made.rejected
    assert first.equals(second)
    assert {first.schema.field(n).type for n in first.column_names if n.endswith(".status")} <= {
        "string",
        "large_string",
    }


@ENGINES
@pytest.mark.parametrize("statuses", ["code", "flags"])
def test_statuses_of_any_kind_are_kept(tmp_path, name, statuses):
    (made, first), (again, second) = twice(job(), table(tmp_path / "in.parquet"), name, tmp_path, ("status",), statuses)
    assert made == again
    assert first.equals(second)


@ENGINES
def test_a_kept_plan_is_sent_for_the_same_question_alone(tmp_path, name):
    source, other = table(tmp_path / "in.parquet"), str(tmp_path / "other.parquet")
    pl.read_parquet(source).with_columns(pl.col("amount").cast(pl.Decimal(18, 3))).write_parquet(other)

    def key(path=source, parts=("status",), statuses="text", **more):
        return kept.place_of(job(**more), path, name, parts, statuses).key

    asked = key()
    assert asked == key(rule=policy_engine.load().rule("award.grant"))
    others = [
        key(other),
        key(parts=("value",)),
        key(statuses="code"),
        key(as_of=dt.date(2025, 3, 2)),
        key(readings={"cap_per": "year"}),
        key(mapping={"activity": "recipient", "recipient": "activity"}),
        key(rule=BOOK.rule("award.eligibility")),
    ]
    assert len({asked, *others}) == 1 + len(others)


def test_a_rule_of_unknown_origin_is_not_kept(tmp_path):
    source = table(tmp_path / "in.parquet")
    assert kept.place_of(job(rule=BOOK.rule("award.grant", "none")), source, "duckdb", (), "text") is None


@ENGINES
def test_rows_that_are_refused_have_no_findings(tmp_path, name):
    wrong = table(tmp_path / "in.parquet", amount=[Decimal("-1.00"), Decimal("1.00"), None, Decimal("-2.00")])
    (made, first), (again, second) = twice(job(), wrong, name, tmp_path)
    assert (made, made.reasons) == (again, {"amount": 2})
    assert first.equals(second)
    assert [row["outcome"] is None for row in second.to_pylist()] == [True, False, False, True]


@ENGINES
def test_what_goes_wrong_is_told_by_the_plan_that_is_made(tmp_path, name):
    source = table(tmp_path / "in.parquet")
    twice(job(), source, name, tmp_path)
    out = tmp_path / "no folder" / "out.parquet"
    assert kept.run_kept(job(), source, str(out), name, (), "text") == (None, None)
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    assert kept.run_kept(job(), str(tmp_path / "broken.parquet"), str(out), name, (), "text") == (None, None)
    told = []
    assert kept.run_kept(job(tell=told.append), source, str(tmp_path / "out.csv"), name, (), "text") == (None, None)
    assert told == []


LONG = "SELECT sum(range % 7) AS total FROM range(2000000000)"
ALONE = "SET threads = 1"
"""Else DuckDB may leave all of it to another thread, and hears no signal until that is done."""


@pytest.fixture
def stop_soon():
    """Ctrl-C in a moment, also where tests run in the background and hear none."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
    yield timer.start
    timer.join()
    signal.signal(signal.SIGINT, before)


def test_a_kept_plan_that_is_stopped_is_not_decided_anew(tmp_path, monkeypatch, stop_soon):
    def save(session, plan, target):
        session.con.execute(ALONE)
        stop_soon()
        session.con.execute(LONG)

    monkeypatch.setattr(kept, "plan_kept", lambda key: ("SELECT 1", 1))
    monkeypatch.setattr(kept.duck.DuckFile, "save", save)
    source, out = table(tmp_path / "in.parquet"), tmp_path / "out"
    out.mkdir()
    with pytest.raises(KeyboardInterrupt):
        kept.run_kept(job(), source, str(out / "out.parquet"), "duckdb", (), "text")
    assert not [*out.iterdir()]


def test_an_engine_that_is_stopped_is_not_said_to_complain(stop_soon):
    backend = connect("duckdb").backend
    backend.raw_sql(ALONE)
    with pytest.raises(KeyboardInterrupt), told("duckdb"):
        stop_soon()
        backend.raw_sql(LONG)


@ENGINES
def test_an_entry_that_was_changed_is_not_used(tmp_path, folder, name):
    source = table(tmp_path / "in.parquet")
    twice(job(), source, name, tmp_path)
    (entry,) = (folder / cache.PLANS).iterdir()
    assert not entry.stat().st_mode & 0o077
    content = entry.read_bytes()
    entry.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])
    assert kept.run_kept(job(), source, str(tmp_path / "out.parquet"), name, (), "text")[0] is None
    (folder / cache.PLANS).chmod(0o777)
    entry.write_bytes(content)
    assert kept.run_kept(job(), source, str(tmp_path / "out.parquet"), name, (), "text")[0] is None, (
        "others can write there"
    )


def test_code_is_neither_kept_nor_run(tmp_path, folder):
    code = pl.col("text").map_batches(len)
    assert frames.written([frames.Layer((), (), (("a", code),))]) is None
    with pytest.raises(ValueError, match="code"):
        frames.read_again((((), (), (("a", b"PLPYUDF" + pickle.dumps(print)),)),))
    cache.keep_plan("0" * 64, ("SELECT 1", 1))
    assert cache.plan_kept("0" * 64) == ("SELECT 1", 1)
    call = pickle.dumps(os.system)
    (folder / cache.PLANS / ("1" * 64)).write_bytes(hashlib.sha256(call).digest() + call)
    assert cache.plan_kept("1" * 64) is None


def test_of_many_plans_the_oldest_are_dropped(folder, monkeypatch):
    monkeypatch.setattr(cache, "MOST_PLANS", 3)
    for at in range(5):
        cache.keep_plan(f"{at:064}", at)
    assert len(list((folder / cache.PLANS).iterdir())) == 3
    assert cache.plan_kept(f"{4:064}") == 4
