"""Tables decided where they are: the command on Parquet and databases says what the interpreter says."""

import csv
import datetime as dt
import itertools
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest
from typer.testing import CliRunner

import policy_engine
from policy_engine.deciding.facts import Facts
from policy_engine.doors.main import app
from policy_engine.explaining.decision import decide

ibis = pytest.importorskip("ibis", reason="tables need `pip install '.[tables]'`")
duckdb, pa = pytest.importorskip("duckdb"), pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

RUN = CliRunner()
ENGINES = pytest.mark.parametrize("name", ["duckdb", "polars"])
BOOK = policy_engine.load()
DAY = dt.date(2025, 3, 1)
ROWS = [
    {"note": "=1+1", "recipient": "individual", "amount": Decimal(amount), "activity": "commendation", "approved_by_region": ok}
    for amount, ok in [("3000.00", True), ("3000.01", True), ("1.00", None), ("0.00", False)]
]  # fmt: skip
IMPOSSIBLE = {**ROWS[0], "amount": Decimal("-0.01")}


def contested(found):
    """Whether another reading gives another outcome or another value."""
    return found.contested or any(result.readings for result in found.results)


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


@ENGINES
def test_parquet_to_parquet_says_what_the_interpreter_says(tmp_path, name):
    result = batch(parquet(tmp_path / "in.parquet", ROWS), tmp_path / "out.parquet", "--engine", name)
    assert result.exit_code == 1
    assert "4 rows (COMPLIANT 2, NON-COMPLIANT 1, UNDETERMINED 1)" in result.stdout
    for row, told in zip(ROWS, read(tmp_path / "out.parquet"), strict=True):
        found = interpreted({**row, "amount": Fraction(row["amount"])})
        assert (told["outcome"], told["contested"], told["refused"]) == (found.outcome, contested(found), None)
        assert {f.provision: told[f"{f.provision}.status"] for f in found.findings} == {
            f.provision: f.status for f in found.findings
        }


@ENGINES
def test_impossible_rows_are_named_and_have_no_findings(tmp_path, name):
    table = parquet(tmp_path / "in.parquet", [*ROWS, IMPOSSIBLE])
    result = batch(table, tmp_path / "out.parquet", "--engine", name, "--errors", tmp_path / "bad.parquet")
    assert result.exit_code == 2
    assert "1 row: amount is not possible" in result.stderr
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
    again = batch(f"duckdb:///{file}#awards", "#decided")
    assert (again.exit_code, "results never replace a table: name one that is not there" in again.stderr) == (2, True)
    base = ibis.duckdb.connect(file)
    assert base.table("decided").count().execute() == 4
    base.disconnect()


@ENGINES
def test_text_for_spreadsheets_is_disarmed(tmp_path, name):
    table = ibis.memtable(ROWS, schema=ibis.schema(TYPES)).rename({"=2+2": "note"})
    table.to_parquet(tmp_path / "in.parquet")
    batch(tmp_path / "in.parquet", tmp_path / "out.csv", "--engine", name)
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert {row["'=2+2"] for row in rows} == {"'=1+1"}
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
        (["--sheet", "明细"], "not of an engine"),
        (["--encoding", "gb18030"], "not of an engine"),
        (["-o", "out.doc"], "is not a file that ends in"),
        (["-o", "csv:out.txt"], "out.txt does not end in .csv: a table has the format of its ending"),
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
    result = batch("mysql:///office#awards", "#decided")
    assert (result.exit_code, "`mysql://` is none of: duckdb://, postgresql://" in result.stderr) == (2, True)


GRID = {
    "recipient": ["individual", "collective", None],
    "amount": [Decimal("0.00"), Decimal("2999.99"), Decimal("3000.00"), Decimal("3000.01"), None],
    "activity": ["commendation", "annual-assessment", None],
    "approved_by_region": [True, False, None],
    "higher_rule_applies": [True, False, None],
    "received_this_year": [Decimal("0.00"), Decimal("0.01"), None],
}
GRID_TYPES = {name: TYPES.get(name, "boolean" if name.startswith("higher") else "decimal(18, 2)") for name in GRID}
CASES = [dict(zip(GRID, values, strict=True)) for values in itertools.product(*GRID.values())]


def grid(path):
    ibis.memtable(pa.Table.from_pylist(CASES, schema=ibis.schema(GRID_TYPES).to_pyarrow())).to_parquet(path)
    return path


@cache
def said_by_interpreter(at, *readings):
    exact = {k: Fraction(v) if isinstance(v, Decimal) else v for k, v in CASES[at].items() if v is not None}
    found = decide(BOOK.rule("award.grant"), Facts(exact), DAY, dict(readings))
    return {
        "outcome": found.outcome,
        "contested": str(contested(found)).lower(),
        **{f"{f.provision}.status": f.status for f in found.findings},
    }


@ENGINES
@pytest.mark.parametrize("kind", ["parquet", "csv"])
@pytest.mark.parametrize("readings", [{}, {"cap_per": "year", "higher_rule": "cap_only"}])
def test_every_row_is_as_the_interpreter_has_it(tmp_path, name, kind, readings):
    out = tmp_path / f"out.{kind}"
    asked = [word for key, value in readings.items() for word in ("--reading", f"{key}={value}")]
    assert batch(grid(tmp_path / "in.parquet"), out, "--engine", name, *asked).exit_code == 1
    if kind == "csv":
        rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    else:
        rows = [{k: str(v).lower() if k == "contested" else v for k, v in row.items()} for row in read(out)]
    assert len(rows) == len(CASES)
    for at, told in enumerate(rows):
        wanted = said_by_interpreter(at, *readings.items())
        assert {key: told[key] for key in wanted} == wanted, CASES[at]


@ENGINES
def test_another_reading_gives_another_answer(tmp_path, name):
    table = grid(tmp_path / "in.parquet")
    each, year = tmp_path / "each.parquet", tmp_path / "year.parquet"
    batch(table, each, "--engine", name)
    batch(table, year, "--engine", name, "--reading", "cap_per=year")
    pairs = {
        (a["individual-cap.status"], b["individual-cap.status"])
        for a, b in zip(read(each), read(year), strict=True)
        if a["received_this_year"] == Decimal("0.01")
    }
    assert ("satisfied", "violated") in pairs


@ENGINES
def test_an_input_is_not_replaced_and_its_bad_rows_are_told(tmp_path, name):
    table = parquet(tmp_path / "in.parquet", [*ROWS, IMPOSSIBLE])
    refused = batch(table, table, "--engine", name)
    assert (refused.exit_code, read(table)) == (2, [*ROWS, IMPOSSIBLE])
    result = batch(table, tmp_path / "out.parquet", "--engine", name, "--errors", tmp_path / "bad.csv")
    assert "5 rows" in result.stdout, result.stderr
    assert [row["outcome"] for row in read(tmp_path / "out.parquet")][-1] is None
    bad = list(csv.DictReader((tmp_path / "bad.csv").read_text(encoding="utf-8").splitlines()))
    assert [(row["amount"], row["refused"]) for row in bad] == [("-0.01", "amount")]


@ENGINES
@pytest.mark.parametrize(
    ("table", "args", "message"),
    [
        ("float", [], "`amount` is float64"),
        ("unit", [], "the unit in the header `amount (万元)`"),
        ("good", ["--errors", "bad.txt"], "`bad.txt` is none of: .parquet, .csv"),
        ("good", ["--errors", "nowhere/bad.csv"], "cannot write"),
        ("good", ["-o", "nowhere/out.csv"], "cannot write"),
        ("good", ["-o", "#decided"], "`#decided`: good.parquet is in no database"),
        ("good", ["-o", "#"], "names no table"),
    ],
)
def test_a_refusal_is_one_message_and_leaves_no_file(tmp_path, monkeypatch, name, table, args, message):
    monkeypatch.chdir(tmp_path)
    good = ibis.memtable(ROWS, schema=ibis.schema(TYPES))
    made = {"good": good, "float": good.cast({"amount": "float64"}), "unit": good.rename({"amount (万元)": "amount"})}
    made[table].to_parquet(f"{table}.parquet")
    result = batch(f"{table}.parquet", None if "-o" in args else "out.parquet", "--engine", name, *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert sum(not line.startswith(("  help:", "columns:")) for line in result.stderr.splitlines()) == 1
    assert [p.name for p in tmp_path.iterdir()] == [f"{table}.parquet"]


def test_a_database_or_table_that_is_not_there_is_said_and_not_made(tmp_path):
    file = tmp_path / "office.db"
    result = batch(f"duckdb:///{file}#awards", tmp_path / "out.parquet")
    assert result.exit_code == 2
    assert f"`{file}` is not there" in result.stderr
    assert not list(tmp_path.iterdir())
    ibis.duckdb.connect(file).disconnect()
    result = batch(f"duckdb:///{file}#awards", tmp_path / "out.parquet")
    assert result.exit_code == 2
    assert "no table `awards`" in result.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["office.db"]


def test_a_database_table_into_a_file_and_shown(tmp_path):
    file = tmp_path / "office.db"
    base = ibis.duckdb.connect(file)
    base.create_table("awards", ibis.memtable(ROWS, schema=ibis.schema(TYPES)))
    base.disconnect()
    assert "SELECT" in batch(f"duckdb:///{file}#awards", None, "--print-sql").stdout
    result = batch(f"duckdb:///{file}#awards", tmp_path / "out.csv")
    assert result.exit_code == 1, result.stderr
    assert len((tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()) == 1 + len(ROWS)
    with duckdb.connect(file) as base:
        assert base.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("awards",)]


def test_polars_shows_its_plan(tmp_path):
    result = batch(parquet(tmp_path / "in.parquet", ROWS), None, "--print-sql", "--engine", "polars")
    assert result.exit_code == 0
    assert "SELECT" in result.stdout
    assert [p.name for p in tmp_path.iterdir()] == ["in.parquet"]


def test_only_leaves_the_other_columns_away(tmp_path):
    batch(parquet(tmp_path / "in.parquet", ROWS), tmp_path / "out.parquet", "--only", "contested")
    own = [name for name in read(tmp_path / "out.parquet")[0] if name not in TYPES]
    assert own[:3] + own[-1:] == ["outcome", "contested", "individual-cap.contested", "refused"]
    assert all(name.endswith("contested") for name in own[1:-1])


@pytest.mark.parametrize("missing", ["ibis", "duckdb", "polars"])
def test_a_missing_extra_says_how_to_install(tmp_path, missing):
    table = parquet(tmp_path / "in.parquet", ROWS)
    code = f"import sys; sys.modules['{missing}'] = None; from policy_engine.doors.main import app; app()"
    command = ["batch", "award.grant", table, "-o", tmp_path / "out.parquet", "--lang", "en"]
    name = "polars" if missing == "polars" else "duckdb"
    result = subprocess.run([sys.executable, "-c", code, *command, "--engine", name], capture_output=True, text=True, check=False)  # fmt: skip
    assert result.returncode == 2
    assert f"{missing} is not installed" in result.stderr
    assert "pip install 'policy-engine[tables]'" in result.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["in.parquet"]


@ENGINES
def test_an_engine_says_what_it_rests_on_and_assumes_nothing_where_told(tmp_path, name):
    table = parquet(tmp_path / "in.parquet", ROWS)
    batch(table, tmp_path / "out.parquet", "--engine", name)
    for row, told in zip(ROWS, read(tmp_path / "out.parquet"), strict=True):
        facts = {k: Fraction(v) if isinstance(v, Decimal) else v for k, v in row.items()}
        found = interpreted(facts)
        for one in (*found.findings, *found.results):
            assert told[f"{one.provision}.assumes"] == "; ".join(one.assumes)
    batch(table, tmp_path / "none.parquet", "--engine", name, "--assume", "none", "--only", "assumes")
    assert not [column for column in read(tmp_path / "none.parquet")[0] if column.endswith(".assumes")]


CODES = {
    "not_applicable": 0,
    "pending": 2,
    "satisfied": 3,
    "departed": 4,
    "missed": 4,
    "undetermined": 5,
    "violated": 6,
}


@ENGINES
def test_statuses_may_be_codes_or_flags(tmp_path, name):
    table = grid(tmp_path / "in.parquet")
    written = {}
    for kind in ("text", "code", "flags"):
        batch(table, tmp_path / f"{kind}.parquet", "--engine", name, "--only", "status", "--statuses", kind)
        written[kind] = read(tmp_path / f"{kind}.parquet")
    flags = {"satisfied": True, "violated": False, "departed": False, "missed": False}
    seen = set()
    for words, codes, told in zip(*written.values(), strict=True):
        own = [column for column in words if column.endswith(".status")]
        assert own
        assert words["outcome"] == codes["outcome"] == told["outcome"]
        for column in own:
            word = words[column]
            seen.add(word)
            assert codes[column] == (None if word is None else CODES[word])
            assert told[column] is flags.get(word)
    assert {"satisfied", "violated", "undetermined"} <= seen


def test_statuses_as_codes_are_of_engines(tmp_path):
    (tmp_path / "in.csv").write_text("recipient,amount\nindividual,1\n", encoding="utf-8")
    result = batch(tmp_path / "in.csv", tmp_path / "out.csv", "--statuses", "code")
    assert result.exit_code == 2
    assert "--statuses is of engines" in result.stderr


@ENGINES
def test_statuses_in_a_file_are_plain_text(tmp_path, name):
    batch(parquet(tmp_path / "in.parquet", ROWS), tmp_path / "out.parquet", "--engine", name)
    schema = ibis.duckdb.connect().read_parquet(tmp_path / "out.parquet").schema()
    assert schema["outcome"] == schema["individual-cap.status"] == ibis.dtype("string")


@ENGINES
@pytest.mark.parametrize("statuses", ["text", "code", "flags"])
def test_a_table_without_rows_has_the_same_columns(tmp_path, name, statuses):
    table = parquet(tmp_path / "some.parquet", ROWS)
    none = tmp_path / "none.parquet"
    duckdb.sql(f"COPY (FROM '{table}' LIMIT 0) TO '{none}'")
    schemas = []
    for source in (table, none):
        result = batch(source, tmp_path / "out.parquet", "--engine", name, "--statuses", statuses)
        assert result.exit_code == (1 if source == table else 0), result.output
        schemas.append(ibis.duckdb.connect().read_parquet(tmp_path / "out.parquet").schema())
    assert "0 rows" in result.stdout
    assert schemas[0] == schemas[1]


@pytest.mark.parametrize("days", [2**31 - 10, -(2**31) + 10, 10**8])
@pytest.mark.parametrize("kind", ["date32[day]", "timestamp[us]"])
def test_a_day_too_far_to_be_written_as_text_is_refused_in_one_line(tmp_path, capfd, days, kind):
    """Polars would break off with pages of traces; as Parquet it is written, and DuckDB writes it as text."""
    noted = pa.array(
        [0, days if kind == "date32[day]" else days // abs(days) * 2**63 - (days > 0)],
        pa.int32() if kind == "date32[day]" else pa.int64(),
    )
    table = pa.table({"recipient": ["individual"] * 2, "amount": pa.array([1, 2]), "noted": noted.cast(kind)})
    pq.write_table(table, tmp_path / "in.parquet")
    result = batch(tmp_path / "in.parquet", tmp_path / "out.csv", "--engine", "polars")
    assert result.exit_code == 2
    assert "column `noted` as text on Polars" in result.stderr
    assert "panicked" not in capfd.readouterr().err
    for out, name in (("out.parquet", "polars"), ("out.csv", "duckdb")):
        assert batch(tmp_path / "in.parquet", tmp_path / out, "--engine", name).exit_code == 3


@ENGINES
def test_a_number_that_is_whole_is_written_without_places_whatever_it_is_counted_in(tmp_path, name):
    pq.write_table(pa.table({"members": [10, 12], "present": [7, 5], "in_favour": [6, 4]}), tmp_path / "in.parquet")
    given = [
        "batch",
        "party-group.meeting",
        str(tmp_path / "in.parquet"),
        "-o",
        str(tmp_path / "o.csv"),
        "--engine",
        name,
    ]
    assert RUN.invoke(app, given).exit_code == 1
    with (tmp_path / "o.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["votes_needed"] for row in csv.DictReader(file)] == [
            "6",
            "7",
        ]  # one half of the members, counted in halves
