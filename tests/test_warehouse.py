"""Tables decided where they are: the command on Parquet and databases says what the interpreter says."""

import csv
import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from typer.testing import CliRunner

import policy_engine
from policy_engine.cli import app
from policy_engine.evaluators.explain import decide
from policy_engine.facts import Facts

ibis = pytest.importorskip("ibis", reason="tables need `pip install '.[tables]'`")
RUN = CliRunner()
BOOK = policy_engine.load()
DAY = dt.date(2025, 3, 1)
ROWS = [
    {"note": "=1+1", "recipient": "individual", "amount": Decimal(amount), "activity": "commendation", "approved_by_region": ok}
    for amount, ok in [("3000.00", True), ("3000.01", True), ("1.00", None), ("0.00", False)]
]  # fmt: skip
IMPOSSIBLE = {**ROWS[0], "amount": Decimal("-0.01")}


def parquet(path, rows):
    ibis.memtable(rows, schema=ibis.schema(TYPES)).to_parquet(path)
    return path


TYPES = {
    "note": "string",
    "recipient": "string",
    "amount": "decimal(18, 2)",
    "activity": "string",
    "approved_by_region": "boolean",
}


def batch(table, out, *args):
    given = [
        "batch",
        "award.grant",
        table,
        *(["-o", out] if out else []),
        "--as-of",
        DAY.isoformat(),
        "--lang",
        "en",
        *args,
    ]
    return RUN.invoke(app, list(map(str, given)))


def read(path):
    return ibis.duckdb.connect().read_parquet(path).to_pyarrow().to_pylist()


def interpreted(row):
    return decide(BOOK.rule("award.grant"), Facts({k: v for k, v in row.items() if k != "note" and v is not None}), DAY)


@pytest.mark.parametrize("name", ["duckdb", "polars"])
def test_parquet_to_parquet_says_what_the_interpreter_says(tmp_path, name):
    result = batch(parquet(tmp_path / "in.parquet", ROWS), tmp_path / "out.parquet", "--engine", name)
    assert result.exit_code == 1
    assert "4 rows (COMPLIANT 1, NON-COMPLIANT 2, UNDETERMINED 1)" in result.stdout
    for row, told in zip(ROWS, read(tmp_path / "out.parquet"), strict=True):
        found = interpreted({**row, "amount": Fraction(row["amount"])})
        assert (told["outcome"], told["contested"], told["refused"]) == (found.outcome, found.contested, None)
        assert {f.provision: told[f"{f.provision}.status"] for f in found.findings} == {
            f.provision: f.status for f in found.findings
        }


@pytest.mark.parametrize("name", ["duckdb", "polars"])
def test_impossible_rows_are_named_and_have_no_findings(tmp_path, name):
    table = parquet(tmp_path / "in.parquet", [*ROWS, IMPOSSIBLE])
    result = batch(table, tmp_path / "out.parquet", "--engine", name, "--errors", tmp_path / "bad.parquet")
    assert result.exit_code == 2
    assert "1 rows: amount is not possible" in result.stderr
    last = read(tmp_path / "out.parquet")[-1]
    assert last["refused"] == "amount"
    assert last["outcome"] is last["individual-cap.status"] is None
    assert [row["amount"] for row in read(tmp_path / "bad.parquet")] == [Decimal("-0.01")]


def test_a_database_table_into_another(tmp_path):
    file = tmp_path / "office.db"
    base = ibis.duckdb.connect(file)
    base.create_table("awards", ibis.memtable(ROWS, schema=ibis.schema(TYPES)))
    base.disconnect()
    assert batch(f"duckdb:///{file}#awards", "#decided").exit_code == 1
    base = ibis.duckdb.connect(file)
    assert base.table("decided").count().execute() == 4
    base.disconnect()


def test_text_for_spreadsheets_is_disarmed(tmp_path):
    batch(parquet(tmp_path / "in.parquet", ROWS), tmp_path / "out.csv")
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert {row["note"] for row in rows} == {"'=1+1"}
    assert [row["individual-cap.status"] for row in rows] == ["satisfied", "violated", "satisfied", "satisfied"]


def test_what_is_sent_is_shown_and_nothing_done(tmp_path):
    result = batch(parquet(tmp_path / "in.parquet", ROWS), None, "--print-sql", "--only", "status")
    assert result.exit_code == 0
    assert "SELECT" in result.stdout
    assert "individual-cap.status" in result.stdout
    assert "individual-cap.contested" not in result.stdout
    assert [p.name for p in tmp_path.iterdir()] == ["in.parquet"]


def test_readings_and_dates_are_those_asked_for(tmp_path):
    table = parquet(tmp_path / "in.parquet", ROWS)
    batch(table, tmp_path / "out.parquet", "--as-of", "2020-01-01")
    assert {row["individual-cap.status"] for row in read(tmp_path / "out.parquet")} == {"not_applicable"}
    result = batch(table, tmp_path / "x.parquet", "--reading", "cap_per=week")
    assert result.exit_code == 2
    assert "week" in result.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--engine", "oracle"], "oracle"),
        (["--only", "margin"], "`margin` is none of"),
        (["-o", "out.doc"], "is none of: .parquet"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_written(tmp_path, monkeypatch, args, message):
    monkeypatch.chdir(tmp_path)
    result = batch(parquet(tmp_path / "in.parquet", ROWS), None if "-o" in args else "out.parquet", *args)
    assert result.exit_code == 2
    assert message in result.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["in.parquet"]


def test_floats_and_missing_tables_are_refused(tmp_path):
    ibis.memtable({"recipient": ["individual"], "amount": [0.1]}).to_parquet(tmp_path / "in.parquet")
    result = batch(tmp_path / "in.parquet", tmp_path / "out.parquet")
    assert result.exit_code == 2
    assert "amount" in result.stderr
    assert not (tmp_path / "out.parquet").exists()
    result = batch(tmp_path / "gone.parquet", tmp_path / "out.parquet")
    assert result.exit_code == 2
    assert "gone.parquet" in result.stderr
    result = batch("duckdb:///x.db", tmp_path / "out.parquet")
    assert "names no table" in result.stderr
