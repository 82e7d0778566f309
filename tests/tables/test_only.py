"""`policy batch --only`: the columns that are asked for say what they say beside all others; what is told of the run is the same."""

import csv

import openpyxl
import pytest
from typer.testing import CliRunner

from policy_engine.doors.main import app

RUN = CliRunner()
ROWS = 40  # more than are decided before there is a function for rows alike
HEAD = "recipient,amount,activity,approved_by_region,received_this_year\n"
TABLE = HEAD + "".join(
    f"individual,{2900 + 10 * n},{'commendation' if n % 3 else ''},{'yes' if n % 4 else 'no'},{n}\n"
    for n in range(ROWS)
)
WRONG = "individual,-5,commendation,yes,0\n"


@pytest.fixture
def batch(tmp_path):
    (tmp_path / "cases.csv").write_text(TABLE + WRONG, encoding="utf-8")

    def run(out, *args):
        given = [
            "batch",
            "award.grant",
            tmp_path / "cases.csv",
            "-o",
            tmp_path / out,
            "--as-of",
            "2025-03-01",
            "--lang",
            "en",
            *args,
        ]
        return RUN.invoke(app, list(map(str, given)))

    return run


def rows_of(path):
    if path.suffix == ".xlsx":
        head, *rows = openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
        return [dict(zip(head, row, strict=True)) for row in rows]
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    "parts", [["status"], ["contested", "margin"], ["missing", "assumes", "cites"], ["outcome"], ["value", "readings"]]
)
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_what_is_asked_for_is_what_it_is_beside_all_others(batch, tmp_path, parts, suffix):
    whole, part = batch(f"all{suffix}"), batch(f"some{suffix}", *(f"--only={part}" for part in parts))
    assert part.exit_code == whole.exit_code == 2
    assert part.output.replace("some", "all") == whole.output
    all_, some = rows_of(tmp_path / f"all{suffix}"), rows_of(tmp_path / f"some{suffix}")
    assert (
        len(some) == len(all_) == ROWS + (suffix == ".xlsx")
    )  # programs have the wrong row apart, people in its place
    for row, told in zip(all_, some, strict=True):
        assert told.items() <= row.items()
        assert list(told) == [name for name in row if name in told]
    if suffix == ".csv":
        own = [name for name in some[0] if name not in HEAD.strip().split(",")]
        ends = {name.rpartition(".")[2] for name in own}
        assert "outcome" in own and ends <= {"outcome", "cap" if "value" in parts else "outcome", *parts}


def test_the_columns_of_programs_are_those_asked_for(batch, tmp_path):
    batch("some.csv", "--only", "status", "--only", "missing")
    heads = list(rows_of(tmp_path / "some.csv")[0])[5:]
    assert heads[0] == "outcome" and heads[-1] == "missing" and "individual-cap.status" in heads
    assert all(head.endswith((".status", "outcome", "missing")) for head in heads)


def test_what_is_no_part_is_refused_and_nothing_written(batch, tmp_path):
    for out, part, told in (
        ("a.csv", "gaps", "`gaps` is none of: outcome, contested, status"),
        ("a.csv", "why", "`why` is none of: outcome, contested, status"),  # told to people
        ("a.html", "status", "--only is of tables"),
    ):
        result = batch(out, "--only", part)
        assert result.exit_code == 2 and told in result.output
        assert not (tmp_path / out).exists()
    assert batch("a.xlsx", "--only", "why").exit_code == 2  # a row is wrong
    assert list(rows_of(tmp_path / "a.xlsx")[0])[5:] == ["Outcome", "Reason"]
