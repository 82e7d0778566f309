"""A database from a stranger: what is in it is read, and nothing else through it."""

import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from policy_engine.doors.main import app

duckdb = pytest.importorskip("duckdb")
ROW = "SELECT 'individual' AS recipient, 4000::DECIMAL(18, 2) AS amount, 'commendation' AS activity, true AS approved_by_region"


def run(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args])


def batch(database, table, out, *more):
    return run(
        "batch",
        "award.grant",
        f"duckdb:///{database}#{table}",
        "-o",
        out,
        "--as-of",
        "2025-03-01",
        "--lang",
        "en",
        *more,
    )


@pytest.fixture
def database(tmp_path):
    (tmp_path / "secret").write_text("SECRET", encoding="utf-8")
    path = tmp_path / "x.db"
    with duckdb.connect(path) as made:
        made.execute(f"CREATE TABLE cases AS {ROW}")
        made.execute("CREATE VIEW plain AS SELECT * FROM cases")
        for name, read in (("text", "read_text"), ("blob", "read_blob"), ("lines", "read_csv_auto")):
            made.execute(
                f"CREATE VIEW {name} AS SELECT *, (SELECT count(*) FROM {read}('{tmp_path}/secret')) AS c FROM cases"
            )
        made.execute(f"CREATE VIEW found AS SELECT *, (SELECT count(*) FROM glob('{tmp_path}/*')) AS c FROM cases")
    return path


@pytest.mark.parametrize("view", ["text", "blob", "lines", "found"])
def test_a_view_reads_no_file(database, view):
    for out in ("o.parquet", "o.csv", "#o"):
        target = out if out.startswith("#") else database.with_name(out)
        result = batch(database, view, target)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "disabled by configuration" in result.stderr
        assert "CREATE TABLE" in result.stderr
    assert sorted(p.name for p in database.parent.iterdir()) == ["secret", "x.db"]


@pytest.mark.parametrize("table", ["cases", "plain"])
def test_a_table_is_decided_into_every_target(database, table):
    for out in ("o.parquet", "o.csv"):
        result = batch(database, table, database.with_name(out))
        assert result.exit_code == 1, result.stderr
        assert b"non_compliant" in database.with_name(out).read_bytes()
    assert batch(database, table, f"#o_{table}", "--errors", database.with_name("e.csv")).exit_code == 1


def test_a_folder_for_what_memory_does_not_hold_may_have_any_name(database):
    odd = database.with_name("it's; DROP --")
    odd.mkdir()
    ran = subprocess.run(
        [sys.executable, "-m", "policy_engine", "batch", "award.grant", f"duckdb:///{database}#cases", "-o", "o.parquet"],
        cwd=database.parent, env={**os.environ, "TMPDIR": str(odd)}, capture_output=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, b"Traceback" in ran.stderr) == (1, False)
    assert list(odd.iterdir()) == []
