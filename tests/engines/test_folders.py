"""A table given as a path: one file whatever its name, a folder of Parquet files, and nothing of either is left out."""

from decimal import Decimal

import pytest

pytest.importorskip("ibis", reason="tables need `pip install '.[tables]'`")

import pyarrow as pa
import pyarrow.parquet as pq
from typer.testing import CliRunner

from policy_engine.doors.main import app

ENGINES = pytest.mark.parametrize("name", ["duckdb", "polars"])


def cases(path, amount, **more):
    path.parent.mkdir(exist_ok=True)
    columns = {"recipient": ["individual"], "amount": pa.array([Decimal(amount)], pa.decimal128(9, 2)), **more}
    pq.write_table(pa.table(columns), path)
    return path


def batch(table, out, *more):
    args = ["batch", "award.grant", table, "-o", out, "--as-of", "2025-03-01", "--lang", "en", *more]
    return CliRunner().invoke(app, list(map(str, args)))


def amounts(path):
    return sorted(pq.read_table(path)["amount"].to_pylist())


@ENGINES
@pytest.mark.parametrize("called", ["c[1].parquet", "c?.parquet", "c*.parquet", "c[!1].parquet"])
def test_a_file_is_itself_whatever_signs_are_in_its_name(tmp_path, name, called):
    cases(tmp_path / "c1.parquet", 1)
    result = batch(cases(tmp_path / called, 7), tmp_path / f"o-{called}", "--engine", name)
    assert result.exit_code == 3, result.output
    assert amounts(tmp_path / f"o-{called}") == [7]


@ENGINES
def test_a_folder_is_all_its_files(tmp_path, name):
    cases(tmp_path / "in" / "a.parquet", 1)
    cases(tmp_path / "in" / "b[1].parquet", 2)
    cases(tmp_path / "in" / "more" / "c.parquet", 3)
    for mark in ("_SUCCESS", ".a.parquet.crc"):  # what clusters leave beside them
        (tmp_path / "in" / mark).write_text("x", encoding="utf-8")
    result = batch(tmp_path / "in", tmp_path / "out.parquet", "--engine", name)
    assert result.exit_code == 3, result.output
    assert amounts(tmp_path / "out.parquet") == [1, 2, 3]


@ENGINES
@pytest.mark.parametrize("out", ["out.parquet", "out.csv"])
def test_a_folder_with_anything_else_is_refused(tmp_path, name, out):
    cases(tmp_path / "mixed" / "a.parquet", 1)
    (tmp_path / "mixed" / "b.xlsx").write_bytes(b"x")
    (tmp_path / "empty").mkdir()
    cases(tmp_path / "apart" / "a.parquet", 1)
    cases(tmp_path / "apart" / "b.parquet", 2, approved_by_region=[True])
    cases(tmp_path / "begun" / "a.parquet", 1)
    cases(tmp_path / "begun" / "_temporary" / "b.parquet", 2)
    for folder, told in (
        ("mixed", "b.xlsx"),
        ("begun", "_temporary"),
        ("empty", "no Parquet"),
        ("apart", "approved_by_region"),
    ):
        result = batch(tmp_path / folder, tmp_path / out, "--engine", name)
        assert (result.exit_code, told in result.stderr) == (2, True), result.output
    assert not (tmp_path / out).exists()


@pytest.mark.parametrize("out", ["out.xlsx", "out.jsonl"])
def test_a_folder_is_not_read_row_by_row(tmp_path, out):
    cases(tmp_path / "in" / "a.parquet", 1)
    result = batch(tmp_path / "in", tmp_path / out)
    assert (result.exit_code, "is a folder" in result.stderr) == (2, True), result.output
    register = ["register", "fund.investment", str(tmp_path / "in"), "--from", "2025-01-01", "--lang", "en"]
    result = CliRunner().invoke(app, register)
    assert (result.exit_code, "is a folder" in result.stderr) == (2, True), result.output
