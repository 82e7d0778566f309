"""`policy register` where the entries are: what the command says, writes and refuses."""

import datetime as dt
import itertools
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from policy_engine.book import load
from policy_engine.doors.main import app
from policy_engine.doors.on_engine import _tell
from policy_engine.tables.columns import Job

ibis = pytest.importorskip("ibis", reason="tables need `pip install '.[tables]'`")
duckdb = pytest.importorskip("duckdb")

RUN = CliRunner()
TYPES = {"项目或子基金": "string", "投资日期": "date", "kind": "string", "contribution": "decimal(18, 2)"}
JAN, FEB = dt.date(2025, 1, 10), dt.date(2025, 2, 10)
ENTRIES = [
    ("甲", JAN, "direct", Decimal(100_000_000)),
    ("乙", FEB, "direct", Decimal(100_000_000)),
    ("丙", FEB, "direct", Decimal("25000000.01")),
]
CAP = "direct-share-of-fund"


def parquet(path, rows, types=None):
    types = types or TYPES
    ibis.memtable([dict(zip(types, row, strict=True)) for row in rows], schema=ibis.schema(types)).to_parquet(path)
    return path


def register(decision, table, *args):
    given = [
        "register",
        decision,
        table,
        "--from",
        "2025-01-01",
        "--to",
        "2025-12-31",
        "--as-of",
        "2026-01-05",
        "--lang",
        "en",
        *args,
    ]
    return RUN.invoke(app, list(map(str, given)))


def read(path):
    return ibis.duckdb.connect().read_parquet(path).to_pyarrow().to_pylist()


def test_rows_of_a_file_are_in_order_and_labels_are_headers(tmp_path):
    out = tmp_path / "out.parquet"
    result = register(
        "fund.investment", parquet(tmp_path / "in.parquet", ENTRIES), "-o", out, "--set", "fund_total=15亿元"
    )
    assert result.exit_code == 1, result.output
    assert "3 entries, " in result.stdout
    found = {(r["who"], r["row"]): r for r in read(out) if r["provision"] == CAP}
    assert {key: row["status"] for key, row in found.items()} == {
        ("甲", "1"): "satisfied", ("乙", "2"): "satisfied", ("丙", "3"): "violated",
    }  # fmt: skip
    assert found["丙", "3"]["direct_total"] == Decimal("225000000.01")
    fits = {r["who"]: r["value"] for r in read(out) if r["provision"] == "direct_projects"}
    assert fits == {"甲": "1", "乙": "0", "丙": "0"}


def test_of_an_entry_its_own_row_alone_is_listed_anyway(tmp_path):
    """`--own-row` asks for what engines do: those that count with it are all before it."""
    table, found = parquet(tmp_path / "in.parquet", ENTRIES), []
    for name, asked in (("a", ()), ("b", ("--own-row",))):
        out = tmp_path / f"{name}.parquet"
        result = register("fund.investment", table, "-o", out, "--set", "fund_total=15亿元", *asked)
        assert result.exit_code == 1, result.output
        found.append(sorted(map(str, read(out))))
    assert found[0] == found[1]
    assert {row["row"] for row in read(out)} == {"1", "2", "3"}
    assert [name for name in read(out)[0] if name.endswith(".entries")] == []


@pytest.mark.parametrize("named", ["duckdb", "polars"])
def test_what_is_given_for_all_and_judged_nowhere_is_told(tmp_path, named):
    types = {"held_on": "date", "member": "string", "what": "string"}
    days = parquet(tmp_path / "in.parquet", [(FEB, "", "study")], types)
    spoken = parquet(tmp_path / "spoken.parquet", [(FEB, "", "study", 2)], {**types, "speakers": "int32"})
    for table, told in ((days, True), (spoken, False)):
        given = ("-o", tmp_path / "out.parquet", "--engine", named, "--set", "speakers=2")
        result = register("government.study", table, *given)
        assert result.exit_code in (0, 1), result.output
        assert ("in no finding: Members who gave a key speech" in result.stderr) == told


def test_the_key_orders_entries_of_one_day(tmp_path):
    for order, last in (([1, 2, 3], "丙"), ([1, 3, 2], "乙")):
        rows = [(*row, place) for row, place in zip(ENTRIES, order, strict=True)]
        table, out = parquet(tmp_path / "in.parquet", rows, {**TYPES, "no": "int32"}), tmp_path / "out.parquet"
        register("fund.investment", table, "-o", out, "--set", "fund_total=15亿元", "--key", "no")
        violated = [r["who"] for r in read(out) if r["provision"] == CAP and r["status"] == "violated"]
        assert violated == [last]


@pytest.mark.parametrize("named", ["duckdb", "polars"])
def test_dates_that_have_not_come_are_flags_beside_them(tmp_path, named):
    types = {"returned_on": "date", "led_by": "string", "reported_on": "date", "reported_on.not_yet": "boolean"}
    late = dt.date(2025, 12, 28)
    rows = [
        (JAN, "vice-mayor", None, True),
        (JAN, "vice-mayor", None, None),
        (late, "vice-mayor", None, True),
        (FEB, "vice-mayor", FEB, False),
        (FEB, "vice-mayor", FEB, True),
    ]
    out = tmp_path / "out.parquet"
    result = register("government.trip", parquet(tmp_path / "in.parquet", rows, types), "-o", out, "--engine", named)
    assert result.exit_code == 2, result.output
    assert "1 row: reported_on is not possible" in result.stderr
    found = sorted((r["period"], r["status"]) for r in read(out) if r["provision"] == "report-in-seven-days")
    assert found == [("2025-01-10", "undetermined"), ("2025-01-10", "violated"),
                     ("2025-02-10", "satisfied"), ("2025-12-28", "pending")]  # fmt: skip


def test_a_row_that_is_not_possible_is_told_and_leaves_what_follows_open(tmp_path):
    rows = [
        ("甲", JAN, "direct", Decimal(-1)),
        ("乙", FEB, "direct", Decimal(100_000_000)),
        ("丙", None, "direct", Decimal(1)),
    ]
    out = tmp_path / "out.parquet"
    result = register(
        "fund.investment", parquet(tmp_path / "in.parquet", rows), "-o", out, "--set", "fund_total=15亿元"
    )
    assert result.exit_code == 2
    assert "1 row: contribution is not possible" in result.stderr
    assert "1 row: invested_on is not possible" in result.stderr
    assert ": 1 entry, " in result.stdout
    assert "2 rejected" in result.stdout
    found = read(out)
    assert {(r["row"], r["refused"]) for r in found if r["provision"] is None} == {
        ("1", "contribution"),
        ("3", "invested_on"),
    }
    assert [(r["status"], r["unfinished"]) for r in found if r["provision"] == CAP] == [("undetermined", True)]


def test_a_database_into_itself_by_its_key(tmp_path):
    base = tmp_path / "city.db"
    with duckdb.connect(str(base)) as db:
        db.execute("CREATE TABLE visits AS SELECT * FROM (VALUES (7, '扎西', DATE '2025-03-01', 'field-day'), "
                   "(9, '扎西', DATE '2025-03-02', 'field-day'), (8, '', DATE '2025-04-02', 'joint-study')) t(id, member, held_on, what)")  # fmt: skip
    result = register(
        "party-group.year", f"duckdb:///{base}#visits", "-o", "#findings", "--key", "id", "--member", "王芳"
    )
    assert result.exit_code == 1, result.output
    with duckdb.connect(str(base)) as db:
        days = db.execute(
            "SELECT who, status, field_days, \"field_days.entries\" FROM findings WHERE provision = 'field-days'"
        ).fetchall()
        study = db.execute(
            "SELECT period, \"study_sessions_in_quarter.entries\" FROM findings WHERE provision = 'quarterly-study' AND status = 'satisfied'"
        ).fetchall()
    assert sorted(days) == [("扎西", "violated", 2, "7 9"), ("王芳", "violated", 0, "")]
    assert study == [("2025-Q2", "8")]


def test_findings_as_csv_are_disarmed(tmp_path):
    types = {"member": "string", "held_on": "date", "what": "string"}
    table = parquet(tmp_path / "in.parquet", [("=1+1", JAN, "research-report")], types)
    result = register("party-group.year", table, "-o", tmp_path / "out.csv")
    assert result.exit_code == 1, result.output
    assert "'=1+1" in (tmp_path / "out.csv").read_text(encoding="utf-8")


def test_what_is_sent_is_shown_and_nothing_done(tmp_path):
    table = parquet(tmp_path / "in.parquet", ENTRIES)
    result = register("fund.investment", table, "--print-sql")
    assert result.exit_code == 0, result.output
    assert "OVER (" in result.stdout
    assert [p.name for p in tmp_path.iterdir()] == ["in.parquet"]


def test_a_folder_of_files_needs_a_key_where_totals_run(tmp_path):
    (tmp_path / "in").mkdir()
    rows = [(*row, i) for i, row in enumerate(ENTRIES)]
    for name, part in (("a", rows[:1]), ("b", rows[1:])):
        parquet(tmp_path / "in" / f"{name}.parquet", part, {**TYPES, "no": "int32"})
    where, out = f"{tmp_path}/in/*.parquet", tmp_path / "out.parquet"
    refused = register("fund.investment", where, "-o", out)
    assert (refused.exit_code, out.exists()) == (2, False)
    assert "running totals without --key COLUMN" in refused.stderr
    assert register("fund.investment", where, "-o", out, "--key", "no").exit_code in (1, 3)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--engine", "polars"], "running totals on Polars"),
        (["--key", "nmber"], "has no column `nmber`"),
        (["--sheet", "x"], "--sheet, --encoding and --ignore are of files read row by row"),
        (["-o", "#findings"], "is in no database"),
        (["--engine", "oracle"], "`oracle` is none of"),
        (["--reading", "direct_cap=some"], "direct_cap"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_written(tmp_path, monkeypatch, args, message):
    monkeypatch.chdir(tmp_path)
    table = parquet(tmp_path / "in.parquet", ENTRIES)
    result = register("fund.investment", table, *([] if "-o" in args else ["-o", "out.parquet"]), *args)
    assert result.exit_code == 2
    assert message in result.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["in.parquet"]


def test_what_only_one_way_has_is_refused_on_the_other(tmp_path):
    table = parquet(tmp_path / "in.parquet", ENTRIES)
    printed = register("fund.investment", table, "--engine", "duckdb")
    assert (printed.exit_code, "say where the findings go" in printed.stderr) == (2, True)
    keyed = register("fund.investment", table, "--key", "kind")
    assert (keyed.exit_code, "--key is of an engine" in keyed.stderr) == (2, True)


@pytest.mark.parametrize("option", [["--engine", "duckdb"], ["--print-sql"]])
@pytest.mark.parametrize("command", ["register", "batch"])
def test_what_is_read_row_by_row_is_not_given_to_an_engine(tmp_path, command, option):
    table = tmp_path / "in.csv"
    table.write_text("invested_on,project,kind\n", encoding="utf-8")
    span = ["--from", "2025-01-01"] if command == "register" else []
    given = [command, "fund.investment", table, *span, "-o", tmp_path / "out.parquet", "--lang", "en", *option]
    result = RUN.invoke(app, list(map(str, given)))
    assert result.exit_code == 2
    assert "is read row by row: leave --engine and --print-sql away" in result.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.parametrize("lacks", ["项目或子基金", "投资日期"])
def test_a_table_without_dates_or_members_is_refused(tmp_path, lacks):
    kept = [name for name in TYPES if name != lacks]
    rows = [tuple(itertools.compress(row, (name != lacks for name in TYPES))) for row in ENTRIES]
    table = parquet(tmp_path / "in.parquet", rows, {name: TYPES[name] for name in kept})
    result = register("fund.investment", table, "-o", tmp_path / "out.parquet")
    assert result.exit_code == 2
    assert "call the column" in result.stderr


def test_binary_floats_are_refused_by_column(tmp_path):
    table = parquet(
        tmp_path / "in.parquet", [(*row[:3], float(row[3])) for row in ENTRIES], {**TYPES, "contribution": "float64"}
    )
    result = register("fund.investment", table, "-o", tmp_path / "out.parquet")
    assert result.exit_code == 2
    assert "column `contribution` is float64" in result.stderr


@pytest.mark.parametrize(("lang", "told"), [("zh", "1 行：事实自相矛盾（应满足：其中已收回的本金 ≤ 对该子基金"), ("en", "1 row: the facts contradict each other (must hold: “Capital of it that has come back” <= “")])  # fmt: skip
def test_facts_that_contradict_each_other_are_told_by_their_labels(lang, told, capsys):
    rule = load().rule("fund.investment")
    _tell({"returned <= amount": 1}, Job(rule=rule, as_of=dt.date(2025, 1, 1), lang=lang))
    assert capsys.readouterr().err.startswith(told)
