"""`policy batch` on real engines: a table is decided where it lies, by the engine that has it.

make test-engines                                       # PostgreSQL and Spark
pytest tests/test_engines.py --engines duckdb,polars
"""

import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

pytest.importorskip("ibis", reason="tables need `pip install '.[tables]'`")

import agreement
import ledgers
import pyarrow.parquet as pq
from typer.testing import CliRunner

import engines
import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.doors.main import app
from policy_engine.engines.connect import connect

DECISIONS = ["fund.investment", "parking.premium", "air.indicators"]


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return lambda *arguments: CliRunner().invoke(app, list(map(str, arguments)))


def decided(engine, url, batch, run, folder):
    """The result of the command and the rows it wrote, by the number of the case."""
    cases, name = agreement.table_of(batch), batch.rule.decision
    if url:
        engines.stored(engine, cases, "given")
        engine.backend.drop_table("decided", force=True)
        result = run("batch", name, f"{url}#given", "-o", "#decided", "--as-of", batch.as_of)
        return result, engines.rows_of(engine, engine.backend.table("decided"))
    pq.write_table(cases, folder / "given.parquet", row_group_size=10)
    target = folder / "decided.parquet"
    result = run("batch", name, folder / "given.parquet", "-o", target, "--engine", engine.name, "--as-of", batch.as_of)
    return result, pq.read_table(target).to_pylist() if target.exists() else result.output


def exact(value):
    """A number as it is shown: a decimal, `n` or `n/d`."""
    shown = isinstance(value, Decimal) or (isinstance(value, str) and re.fullmatch(r"-?\d+(/\d+)?", value))
    return Fraction(value) if shown else value


def _some_wrong(batch):
    wrong = (agreement.impossible(batch.rule, facts, batch.as_of, {}) for facts in batch.facts)
    return not batch.chosen and any(wrong)


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_table_is_decided_where_it_lies(engine, decision, run, tmp_path):
    connected, url = engine
    batch = next(filter(_some_wrong, agreement.batches(policy_engine.load().rule(decision), 300)))
    result, rows = decided(connected, url, batch, run, tmp_path)
    wanted = list(agreement.expected(batch))
    wrong = sum(want[agreement.REFUSED] is not None for want in wanted)
    assert wrong
    assert result.exit_code == 2
    assert isinstance(rows, list), rows
    assert f"{len(wanted)} rows" in result.output
    assert f"{wrong} rejected" in result.output
    for row in rows:
        want = wanted[row[agreement.KEY]]
        assert row[agreement.REFUSED] == want[agreement.REFUSED]
        own = {agreement.KEY, *batch.rule.inputs, *(f"{name}.not_yet" for name in batch.rule.inputs)}
        told = {name: exact(value) for name, value in row.items() if name not in own}
        assert told == {name: want.get(name) for name in told}  # of a row that is refused nothing else is said
        assert all(name in told or said in (False, "") for name, said in want.items())


def test_what_is_sent_is_shown(engine, run, tmp_path):
    connected, url = engine
    batch = agreement.batches(policy_engine.load().rule("fund.investment"), 60)[0]
    cases = agreement.table_of(batch)
    pq.write_table(cases, tmp_path / "given.parquet")
    engines.stored(connected, cases, "given")
    where = [f"{url}#given"] if url else [tmp_path / "given.parquet", "--engine", connected.name]
    result = run("batch", "fund.investment", *where, "--print-sql")
    assert result.exit_code == 0, result.output
    assert "SELECT" in result.output
    assert "non_compliant" in result.output


def test_a_result_never_replaces_a_table(engine, run):
    connected, url = engine
    if url is None:
        assert connected.name != "postgres"  # only databases have tables to replace
        return
    batch = agreement.batches(policy_engine.load().rule("award.grant"), 60)[0]
    engines.stored(connected, agreement.table_of(batch), "given")
    for name in ("given", "kept"):
        run("batch", "award.grant", f"{url}#given", "-o", f"#{name}", "--as-of", batch.as_of)
    again = run("batch", "award.grant", f"{url}#given", "-o", "#kept", "--as-of", batch.as_of)
    assert again.exit_code == 2
    assert "already exists" in again.output
    assert connected.backend.table("given").count().execute() == len(batch.facts)


def test_an_overflow_is_an_error_and_never_an_unknown(engine):
    connected, _ = engine
    if connected.name != "spark":
        return  # the others have no mode in which it is
    session = connected.backend._session
    session.conf.set("spark.sql.ansi.enabled", "false")
    try:
        with pytest.raises(PolicyError, match=r"spark\.sql\.ansi\.enabled is off"):
            connect("spark")
    finally:
        session.conf.set("spark.sql.ansi.enabled", "true")


# --- registers -------------------------------------------------------------------------------------------------------


def register_rows(engine, url, drawn, run, folder):
    """The result of the command on a ledger, and the rows it wrote."""
    asked, name, table = drawn.asked, drawn.rule.decision, ledgers.table_of(drawn)
    by = drawn.rule.register.by
    table = table.rename_columns([by if column == ledgers.WHO and by else column for column in table.column_names])
    span = ("--from", asked.span.first, "--to", asked.span.last, "--as-of", asked.span.last)
    members = [part for member in asked.members for part in ("--member", member)]
    if url:
        engines.stored(engine, table, "given")
        engine.backend.drop_table("findings", force=True)
        result = run("register", name, f"{url}#given", "-o", "#findings", "--key", agreement.KEY, *span, *members)
        return result, engines.rows_of(engine, engine.backend.table("findings"))
    pq.write_table(table, folder / "given.parquet", row_group_size=10)
    target = folder / "findings.parquet"
    result = run(
        "register",
        name,
        folder / "given.parquet",
        "-o",
        target,
        "--engine",
        engine.name,
        "--key",
        agreement.KEY,
        *span,
        *members,
    )
    return result, pq.read_table(target).to_pylist() if target.exists() else result.output


@pytest.mark.parametrize("decision", ["party-group.year", "government.trip", "fund.investment"])
def test_a_register_runs_where_its_entries_lie(engine, decision, run, tmp_path):
    connected, url = engine
    drawn = [
        replace(one, asked=replace(one.asked, chosen={}, fixed={}))
        for one in ledgers.ledgers(policy_engine.load().rule(decision), 16)
    ]
    told = [(one, said) for one in drawn if (said := ledgers.expected(one)) is not None]
    drawn, wanted = max(told, key=lambda pair: len(pair[1][0]))
    result, rows = register_rows(connected, url, drawn, run, tmp_path)
    assert len(wanted[0]) > 20, wanted
    if connected.name == "polars" and decision == "fund.investment":
        assert "running totals on Polars" in result.output
        return
    assert list(ledgers.differences(wanted, ledgers.answered(drawn.rule, rows))) == []
    statuses = {said["status"] for said in wanted[0].values()}
    worst = 1 if "violated" in statuses else 3 if "undetermined" in statuses else 0
    assert result.exit_code == (2 if wanted[1] else worst), result.output
    assert f"{len(wanted[1])} rejected" in result.output or not wanted[1]
