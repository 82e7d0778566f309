"""Parquet through the interpreter: exact both ways, floats refused by name, types found without loss."""

import datetime as dt
import json
import sys
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from policy_engine.doors.main import app
from policy_engine.tables.parquet import ParquetSink, read_rows

pa = pytest.importorskip("pyarrow", reason="tables need `pip install '.[tables]'`")
import pyarrow.parquet as pq  # noqa: E402

RUN = CliRunner()
AMOUNTS = [Decimal("3000.00"), Decimal("3000.01"), None]


def batch(table, out, *args, decision="award.grant"):
    given = ["batch", decision, table, "-o", out, "--as-of", "2025-03-01", "--lang", "en", *args]
    return RUN.invoke(app, list(map(str, given)))


def awards(path, amounts=AMOUNTS, kind=None, **more):
    n = len(amounts)
    columns = {"recipient": ["individual"] * n, "amount": pa.array(amounts, kind or pa.decimal128(12, 2)),
               "activity": ["commendation"] * n, "approved_by_region": [True] * n, **more}  # fmt: skip
    pq.write_table(pa.table(columns), path)
    return path


def test_decimals_come_in_exactly(tmp_path):
    result = batch(awards(tmp_path / "in.parquet"), tmp_path / "out.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["individual-cap.status"] for line in lines] == ["satisfied", "violated", "undetermined"]
    assert [line["individual-cap.margin"] for line in lines] == ["0", "-0.01", None]
    assert result.exit_code == 1


def test_more_rows_than_a_batch_come_in_order(tmp_path):
    awards(tmp_path / "in.parquet", list(range(10_000)), pa.int64())
    rows = list(read_rows(tmp_path / "in.parquet"))
    assert [number for number, _ in rows] == list(range(10_001))
    assert [cells[1] for _, cells in rows[1:]] == list(range(10_000))
    assert all(isinstance(cells[1], Decimal) for _, cells in rows[1:])


def test_a_workbook_comes_out(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    batch(awards(tmp_path / "in.parquet", on=[dt.date(2025, 3, 1)] * 3), tmp_path / "out.xlsx")
    heads, *rows = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0].iter_rows(values_only=True)
    assert [row[heads.index("amount")] for row in rows] == [3000, 3000.01, None]


@pytest.mark.parametrize("out", [".jsonl", ".xlsx"])
def test_floats_are_refused_by_name_where_they_are_facts(tmp_path, out):
    table = awards(tmp_path / "in.parquet", [0.15], pa.float64())
    result = batch(table, tmp_path / f"out{out}")
    assert result.exit_code == 2
    assert "column `amount` holds binary floats" in result.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.parquet"]
    other = awards(tmp_path / "in.parquet", latitude=[0.5, None, 1.5])
    assert batch(other, tmp_path / f"out{out}").exit_code == 1


def test_results_of_a_csv_go_to_parquet(tmp_path):
    table = tmp_path / "in.csv"
    text = "recipient,amount,activity,approved_by_region\n"
    table.write_text(text + "".join(f"individual,{a},commendation,yes\n" for a in ("2999.5", "3000.001", "", "many")))
    result = batch(table, tmp_path / "out.parquet", "--errors", tmp_path / "bad.csv")
    assert result.exit_code == 2
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.schema.field("individual-cap.margin").type == pa.decimal128(38, 3)
    assert found.schema.field("contested").type == pa.bool_()
    assert found.column("individual-cap.margin").to_pylist() == [Decimal("0.500"), Decimal("-0.001"), None]
    assert found.column("individual-cap.status").to_pylist() == ["satisfied", "violated", "undetermined"]
    assert found.column("amount").to_pylist() == ["2999.5", "3000.001", ""]


def written(path, headers, rows):
    sink = ParquetSink(path)
    sink.header(headers)
    for row in rows:
        sink.write(row)
    sink.close()
    return pq.read_table(path)


def test_what_no_decimal_holds_is_text(tmp_path):
    wide = [Decimal(10) ** 30, Decimal("1e-30")]
    found = written(
        tmp_path / "t.parquet",
        ["wide", "mixed", "fits"],
        zip(wide, [Decimal(1), "1/3"], [Decimal("1E+2"), None], strict=True),
    )
    assert found.schema.types == [pa.string(), pa.string(), pa.decimal128(38, 0)]
    assert [Decimal(text) for text in found.column("wide").to_pylist()] == wide
    assert found.column("mixed").to_pylist() == ["1", "1/3"]
    assert found.column("fits").to_pylist() == [Decimal(100), None]


def test_columns_keep_their_kind_and_their_name(tmp_path):
    rows = [[dt.date(2025, 3, 1), True, None, Decimal(i)] for i in range(9000)]
    found = written(tmp_path / "t.parquet", ["a", "a", "a", "b"], rows)
    assert found.schema.names == ["a", "a_2", "a_3", "b"]
    assert found.schema.types == [pa.date32(), pa.bool_(), pa.string(), pa.decimal128(38, 0)]
    assert found.column("b").to_pylist() == list(range(9000))


def test_no_rows_are_a_table_too(tmp_path):
    assert written(tmp_path / "t.parquet", ["a"], []).num_rows == 0


def test_what_is_no_parquet_is_refused(tmp_path):
    (tmp_path / "in.parquet").write_text("not parquet", encoding="utf-8")
    result = batch(tmp_path / "in.parquet", tmp_path / "out.jsonl")
    assert result.exit_code == 2
    assert "not a Parquet file" in result.stderr


def test_headers_are_not_sought_among_the_rows(tmp_path):
    pq.write_table(pa.table({"x": ["amount", "1"]}), tmp_path / "in.parquet")
    result = batch(tmp_path / "in.parquet", tmp_path / "out.jsonl")
    assert "no row of" in result.stderr
    assert not (tmp_path / "out.jsonl").exists()


def test_a_missing_extra_says_how_to_install_it(tmp_path, monkeypatch):
    table = awards(tmp_path / "in.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = batch(table, tmp_path / "out.jsonl")
    assert result.exit_code == 2
    assert "pip install 'policy-engine[tables]'" in result.stderr
