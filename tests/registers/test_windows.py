"""Totals of a time that rolls: the last months or days up to each entry, with it."""

import datetime as dt
import json

import pytest
from typer.testing import CliRunner

import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.doors.main import app
from policy_engine.proving.mutate import mutants

RULE = """
decision: club.leave
document: 某政发〔2025〕9号
inputs:
  taken_on: {type: date, label: {en: Taken on, zh: 日期}}
  days: {type: count, label: {en: Days, zh: 天数}}
  in_year: {type: count}
  in_month: {type: count}
register:
  date: taken_on
  by: {name: who, label: 成员}
  totals:
    in_year: {sum: days, per: last 12 months}
    in_month: {count: "true", per: last 30 days, of: all}
provisions:
  - {id: cap, cite: {at: 一, phrase: 连续12个月内不超过10天}, require: in_year <= 10}
  - {id: often, cite: {at: 二, phrase: 30日内不超过2次}, require: in_month <= 2}
"""
ENTRIES = (
    "日期,成员,天数\n2024-02-29,扎西,6\n2024-03-01,李明,1\n2025-02-28,扎西,5\n2025-03-01,扎西,5\n2025-03-30,李明,10\n"
)


def tree(tmp_path, text=RULE):
    (tmp_path / "rules" / "club").mkdir(parents=True)
    (tmp_path / "rules" / "club" / "leave.yaml").write_text(text, encoding="utf-8")
    return tmp_path / "rules"


def run(tmp_path, *args, text=RULE):
    (tmp_path / "entries.csv").write_text(ENTRIES, encoding="utf-8")
    given = ["register", "club.leave", tmp_path / "entries.csv", "-o", tmp_path / "out.jsonl", "--rules", tree(tmp_path, text), "--lang", "en",
             "--from", "2024-01-01", "--to", "2025-12-31", *args]  # fmt: skip
    result = CliRunner().invoke(app, list(map(str, given)))
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines() if result.exit_code != 2 else []
    return result, {(r["period"], r["provision"]): r["status"] for r in map(json.loads, lines)}


def test_a_window_ends_with_the_entry_and_begins_the_day_after_that_of_the_year_before(tmp_path):
    result, status = run(tmp_path)
    caps = {day: found for (day, provision), found in status.items() if provision == "cap"}
    assert caps == {
        "2024-02-29": "satisfied", "2024-03-01": "satisfied",
        "2025-02-28": "satisfied",  # of 29 February 2024 a year is over, as `months` has it: 5 days
        "2025-03-01": "satisfied",  # 5 + 5, without those of 29 February
        "2025-03-30": "satisfied",  # another's
    }, result.output  # fmt: skip
    often = {day: found for (day, provision), found in status.items() if provision == "often"}
    assert often["2025-03-01"] == "satisfied"
    assert often["2025-03-30"] == "satisfied"  # 1 March is the 30th day, 28 February is not


def test_months_of_entries_on_their_last_days_are_as_many_as_are_said(tmp_path):
    """Figures of a month are dated on its last day: of 30 April three months are February, March and April."""
    rule = RULE.replace("last 12 months", "last 3 months").replace("in_year <= 10", "in_year <= 0")
    days = ("2024-11-30", "2024-12-31", "2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30")
    (tmp_path / "entries.csv").write_text(
        "日期,成员,天数\n" + "".join(f"{day},扎西,1\n" for day in days), encoding="utf-8"
    )
    given = ["register", "club.leave", tmp_path / "entries.csv", "-o", tmp_path / "out.jsonl", "--rules", tree(tmp_path, rule),
             "--from", "2024-01-01", "--to", "2025-12-31"]  # fmt: skip
    CliRunner().invoke(app, list(map(str, given)))
    told = map(json.loads, (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines())
    assert [r["value"] for r in told if r["provision"] == "cap"] == [f"in_year {n}" for n in (1, 2, 3, 3, 3, 3)]


def test_a_longer_window_counts_one_more(tmp_path):
    _, status = run(tmp_path, text=RULE.replace("last 30 days", "last 31 days"))
    assert status["2025-03-30", "often"] == "violated"


def test_a_window_is_shown_and_changed(tmp_path):
    root = tree(tmp_path)
    rule = policy_engine.load(root).rule("club.leave")
    changes = {m.change for m in mutants(rule) if m.provision == "register"}
    assert changes >= {
        "in_year: per last 11 months",
        "in_year: per last 13 months",
        "in_month: per last 29 days",
        "in_year: per running",
    }
    told = CliRunner().invoke(app, ["show", "club.leave", "--rules", str(root), "--lang", "en"]).output
    assert "sum of days; last 1 year up to each entry; of each" in told


@pytest.mark.parametrize("per", ["last 0 months", "last 2 weeks", "last year", "12 months"])
def test_what_is_no_window_is_told_with_what_is(tmp_path, per):
    with pytest.raises(PolicyError, match=r"is no period; accepted: month, .*last 12 months, last 365 days"):
        policy_engine.load(tree(tmp_path, RULE.replace("last 12 months", per))).rule("club.leave")


def test_an_engine_refuses_a_window_by_name(tmp_path):
    pytest.importorskip("ibis")
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as files

    day = pa.array([dt.date(2025, 3, 1)], pa.date32())
    files.write_table(
        pa.table({"taken_on": day, "who": ["扎西"], "days": pa.array([5], pa.int64())}), tmp_path / "entries.parquet"
    )
    given = ["register", "club.leave", tmp_path / "entries.parquet", "-o", tmp_path / "out.parquet", "--rules", tree(tmp_path), "--lang", "en",
             "--from", "2024-01-01", "--to", "2025-12-31"]  # fmt: skip
    result = CliRunner().invoke(app, list(map(str, given)))
    assert result.exit_code == 2
    assert "totals of the last days or months before each entry; decide it row by row" in result.stderr
