"""Registers: dated entries by period and member; what is not over is not failed."""

import csv
import datetime as dt
import json
from fractions import Fraction

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.deciding.facts import Facts
from policy_engine.doors.main import app
from policy_engine.explaining.decision import decide
from policy_engine.registers.by_rows import Ledger, findings
from policy_engine.registers.counting import Entered
from policy_engine.registers.periods import Span, periods
from policy_engine.rulebook.bounds import bounded
from policy_engine.tables.batch import Job

BOOK = policy_engine.load()
RUN = CliRunner()
YEAR = Span(dt.date(2025, 1, 1), dt.date(2025, 12, 31))


def table(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def register(*args):
    return RUN.invoke(app, ["register", *map(str, args)])


def said(tmp_path, decision, text, *args):
    """Findings as rows: (period, who, provision) to the row."""
    out = tmp_path / "found.jsonl"
    result = register(decision, table(tmp_path / "entries.csv", text), "-o", out, "--lang", "en", *args)
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()] if out.exists() else []
    return {(r["period"], r["who"], r["provision"]): r for r in rows}, result


MEETINGS = """日期,事项,成员
2025-01-10,集中学习研讨,
2025-02-11,深入基层,扎西
2025-02-11,深入基层,扎西
2025-02-12,深入基层,李明
2025-04-02,集中学习研讨,
2025-08-01,调研报告,扎西
2025-11-20,民主生活会,
"""


def test_periods_and_members_with_the_entries_that_count(tmp_path):
    found, result = said(tmp_path, "party-group.year", MEETINGS, "--from", "2025-01-01", "--to", "2025-12-31",
                         "--member", "王芳", "--set", "democratic_life_reported=yes")  # fmt: skip
    status = {key: row["status"] for key, row in found.items()}
    assert [status[f"2025-Q{q}", "", "quarterly-study"] for q in (1, 2, 3, 4)] == [
        "satisfied", "satisfied", "departed", "departed",
    ]  # fmt: skip
    assert status["2025", "", "full-report"] == "violated"
    assert status["2025", "", "democratic-life"] == "satisfied"
    assert status["2025", "扎西", "research-report"] == "satisfied"
    assert status["2025", "王芳", "research-report"] == status["2025", "王芳", "field-days"] == "violated"
    days = found["2025", "扎西", "field-days"]
    assert days["value"] == "field_days 1; group_field_days 2"  # two entries of one date are one day
    assert result.exit_code == 1


def test_a_period_that_is_not_over_is_not_failed(tmp_path):
    found, result = said(tmp_path, "party-group.year", MEETINGS, "--from", "2025-01-01", "--to", "2025-09-29")
    assert found["2025-Q3", "", "quarterly-study"]["status"] == "pending"
    assert found["2025-Q3", "", "quarterly-study"]["unfinished"] is True
    assert found["2025", "扎西", "research-report"]["status"] == "satisfied"
    assert found["2025", "", "democratic-life"]["status"] == "pending"
    assert "1 later rows left out" in result.output
    assert result.exit_code == 3
    found, _ = said(tmp_path, "party-group.year", MEETINGS, "--from", "2025-01-01", "--to", "2025-09-30")
    assert found["2025-Q3", "", "quarterly-study"]["status"] == "departed"


def test_a_period_begun_before_the_first_day_may_have_earlier_entries(tmp_path):
    found, _ = said(tmp_path, "party-group.year", MEETINGS, "--from", "2025-02-01", "--to", "2025-12-31")
    assert found["2025-Q1", "", "quarterly-study"]["status"] == "undetermined"
    assert found["2025-Q4", "", "quarterly-study"]["status"] == "departed"


def test_the_future_is_not_over_whatever_the_last_day(tmp_path):
    found, _ = said(tmp_path, "party-group.year", MEETINGS, "--from", "2025-01-01", "--to", "2025-12-31",
                    "--as-of", "2025-08-31")  # fmt: skip
    assert found["2025-Q3", "", "quarterly-study"]["status"] == "pending"
    assert ("2025-Q4", "", "quarterly-study") not in found


def test_a_bad_row_is_told_and_leaves_its_period_open(tmp_path):
    text = MEETINGS + "2025-08-09,茶话会,\n"
    found, result = said(tmp_path, "party-group.year", text, "--from", "2025-01-01", "--to", "2025-12-31")
    assert "row 9: 事项: `what`" in result.stderr
    assert result.exit_code == 2
    assert found["2025-Q3", "", "quarterly-study"]["status"] == "undetermined"
    assert found["2025-Q4", "", "quarterly-study"]["status"] == "departed"
    found, result = said(tmp_path, "party-group.year", MEETINGS + ",集中学习研讨,\n", "--from", "2025-01-01", "--to",
                         "2025-12-31")  # fmt: skip
    assert found["2025-Q4", "", "quarterly-study"]["status"] == "undetermined"
    assert "is empty" in result.stderr


def test_the_reason_is_the_row_that_could_not_be_read(tmp_path):
    """Of a year that is over nothing is said to be still growing: the rows are named, a run of them as one."""
    text = MEETINGS + "2025-08-09,茶话会,\n2025-08-10,党课,\n2025-08-12,深入基层,\n,党课,\n"
    found, result = said(tmp_path, "party-group.year", text, "--from", "2025-01-01", "--to", "2025-12-31",
                         "--member", "王芳")  # fmt: skip
    reasons = {key: row["reason"] for key, row in found.items() if row["status"] == "undetermined"}
    assert reasons["2025-Q3", "", "quarterly-study"] == "rows 9–10 and 12 could not be read"
    assert reasons["2025-Q4", "", "quarterly-study"] == "row 12 could not be read"
    assert reasons["2025", "王芳", "field-days"] == "rows 9–10 and 12 could not be read; row 11 names nobody"
    assert not [reason for reason in reasons.values() if "may still" in reason]
    assert "--ignore 茶话会 --ignore 党课" in result.stderr


def test_who_leads_is_no_kind_of_entry(tmp_path):
    trips = table(tmp_path / "trips.csv", "带队人,返回日期\n张副市长,2025-09-08\n副市长,2025-09-09\n")
    result = register("government.trip", trips, "--from", "2025-01-01", "--to", "2025-12-31")
    assert (result.exit_code, "--ignore" in result.stderr) == (2, False), result.stderr


def test_a_kind_that_does_not_count_can_be_left_out(tmp_path):
    text = MEETINGS + "2025-08-09,茶话会,\n2025-08-10, 党课 ,\n"
    span = ("--from", "2025-01-01", "--to", "2025-12-31")
    found, result = said(tmp_path, "party-group.year", text, *span, "--ignore", "党课", "--ignore", "茶话会")
    clean, _ = said(tmp_path, "party-group.year", MEETINGS, *span)
    assert found == clean
    assert "2 of kinds that do not count" in result.stdout
    _, result = said(tmp_path, "party-group.year", text, *span, "--ignore", "集中学习研讨")
    assert (result.exit_code, "is a kind of `what` that this register counts" in result.stderr) == (2, True)
    result = register("party-group.year", "in.parquet", *span, "--ignore", "党课", "-o", tmp_path / "o.parquet")
    assert (result.exit_code, "--ignore" in result.stderr) == (2, True)


def test_a_period_begun_before_the_first_day_says_so(tmp_path):
    found, _ = said(tmp_path, "party-group.year", MEETINGS, "--from", "2025-02-01", "--to", "2025-12-31")
    assert found["2025-Q1", "", "quarterly-study"]["reason"] == "entries before 2025-02-01 are not asked about"


def test_the_column_that_is_added_up_is_asked_for_by_name(tmp_path):
    text = "投资日期,项目或子基金,投资方式,对该子基金（项目）的累计投资额（含本次及已认缴未实缴部分）\n2025-02-01,甲,子基金,2亿元\n"
    found, result = said(tmp_path, "fund.investment", text, "--from", "2025-01-01")
    assert (result.exit_code, found) == (2, {})
    assert (
        "`amount` (Invested in it so far, this time included) is worked out from the column `Contribution`"
        in result.stderr
    )
    assert "the table has `对该子基金" in result.stderr
    assert "--mapping" in result.stderr


def test_the_rows_of_a_member_are_the_members_own_and_in_runs(tmp_path):
    days = "".join(f"2025-03-{day:02},深入基层,{who}\n" for who in ("扎西", "李明") for day in range(1, 10))
    entries = table(tmp_path / "entries.csv", "日期,事项,成员\n" + days)
    span = ("--from", "2025-01-01", "--to", "2025-12-31")
    shown = register("party-group.year", entries, *span, "--lang", "zh").stdout
    assert "[计入的行：11–19]" in shown
    assert (
        "（期间未完结或登记不全：成员本年深入基层天数：9 天；"
        in register("party-group.year", entries, *span[:3], "2025-06-30", "--lang", "zh").stdout
    )
    found, _ = said(tmp_path, "party-group.year", "日期,事项,成员\n" + days, *span)
    assert found["2025", "李明", "field-days"]["entries"] == " ".join(map(str, range(11, 20)))


def test_other_readings_notes_and_clauses_are_in_every_form_of_findings(tmp_path):
    days = "日期,事项,成员\n" + "".join(
        f"2025-{1 + day // 28:02}-{1 + day % 28:02},深入基层,扎西\n" for day in range(45)
    )
    span = ("--from", "2025-01-01", "--to", "2025-12-31", "--member", "李明")
    found, _ = said(tmp_path, "party-group.year", days, *span)
    row = found["2025", "李明", "field-days"]
    assert (row["status"], row["contested"], row["readings"]) == ("violated", True, "field_days_of=group → satisfied")
    assert row["note"] == "Days are counted as distinct calendar dates."
    shown = register("party-group.year", table(tmp_path / "entries.csv", days), *span, "--lang", "zh").stdout
    assert "违反（有争议）  每年至少45天深入基层" in shown
    assert "另一读法：" in shown
    assert "说明：按有调研活动的自然日计。" in shown
    assert "依据：拉政发〔2024〕21号 第三十五条" in shown


def test_an_entry_whose_kind_is_not_known_may_count(tmp_path):
    found, _ = said(
        tmp_path, "party-group.year", MEETINGS + "2025-12-01,,\n", "--from", "2025-01-01", "--to", "2025-12-31"
    )
    assert found["2025-Q4", "", "quarterly-study"]["status"] == "undetermined"
    assert found["2025-Q3", "", "quarterly-study"]["status"] == "departed"


INVESTMENTS = """invested_on,project,kind,contribution,stake
2025-02-01,甲,direct,1亿元,10%
2025-03-01,乙,direct,1.2500001亿元,10%
2025-04-01,丙,subfund,2亿元,
2025-05-01,丙,subfund,2500万元,
2025-06-01,丙,subfund,0.01元,
"""


def test_cumulative_caps_at_each_date(tmp_path):
    found, _ = said(tmp_path, "fund.investment", INVESTMENTS, "--from", "2025-01-01", "--to", "2025-12-31",
                    "--set", "fund_total=15亿元")  # fmt: skip
    status = {key: row["status"] for key, row in found.items()}
    assert status["2025-02-01", "甲", "direct-share-of-fund"] == "satisfied"
    assert status["2025-03-01", "乙", "direct-share-of-fund"] == "violated"
    assert found["2025-03-01", "乙", "direct-share-of-fund"]["entries"] == "2 3"
    assert status["2025-05-01", "丙", "subfund-share-of-fund"] == "satisfied"
    assert status["2025-06-01", "丙", "subfund-share-of-fund"] == "violated"
    later, _ = said(tmp_path, "fund.investment", INVESTMENTS, "--from", "2025-05-15", "--to", "2025-12-31",
                    "--set", "fund_total=15亿元")  # fmt: skip
    assert {key[0] for key in later} == {"2025-06-01"}
    assert later["2025-06-01", "丙", "subfund-share-of-fund"]["status"] == "violated"


FUND = ("--from", "2025-01-01", "--to", "2025-12-31", "--set", "fund_total=15亿元")


def test_an_entry_of_nobody_may_be_anybodys(tmp_path):
    """An investment without a project could be of any: a cap on what is held, which may come back, is then open."""
    text = "invested_on,project,kind,contribution\n2025-02-01,,subfund,2亿元\n2025-03-01,甲,subfund,1亿元\n2025-04-01,乙,subfund,3亿元\n"
    found, _ = said(tmp_path, "fund.investment", text, *FUND)
    status = {key[:2]: row["status"] for key, row in found.items() if key[2] == "subfund-share-of-fund"}
    assert status == {
        ("2025-02-01", ""): "satisfied", ("2025-03-01", "甲"): "undetermined", ("2025-04-01", "乙"): "undetermined",
    }  # fmt: skip
    text = MEETINGS + "2025-09-01,调研报告,\n"
    found, _ = said(tmp_path, "party-group.year", text, "--from", "2025-01-01", "--to", "2025-12-31")
    assert found["2025", "李明", "research-report"]["status"] == "undetermined"
    assert found["2025", "李明", "field-days"]["status"] == "violated"


def test_an_entry_that_is_not_possible_is_told_and_the_others_decided(tmp_path):
    text = "invested_on,project,kind,contribution\n2025-02-01,甲,subfund,2亿元\n2025-03-01,甲,direct,1亿元\n2025-04-01,乙,subfund,1亿元\n"
    found, result = said(tmp_path, "fund.investment", text, *FUND)
    assert "row 3: the facts contradict each other" in result.stderr
    assert result.exit_code == 2
    assert found["2025-02-01", "甲", "subfund-share-of-fund"]["status"] == "satisfied"
    assert found["2025-04-01", "乙", "subfund-share-of-fund"]["status"] == "undetermined"
    assert ("2025-03-01", "甲", "direct-share-of-fund") not in found


def test_what_may_still_grow_contradicts_nothing(tmp_path):
    """The first row may be direct equity too: then the total of direct equity is not below that of the project."""
    text = "invested_on,project,kind,contribution\n2025-02-01,甲,,1亿元\n2025-03-01,甲,direct,1亿元\n"
    found, result = said(tmp_path, "fund.investment", text, *FUND)
    assert result.exit_code == 1
    assert "contradict" not in result.stderr
    assert found["2025-03-01", "甲", "direct-share-of-fund"]["status"] == "undetermined"
    assert found["2025-03-01", "甲", "direct-project-range"]["status"] == "violated"


def test_a_row_longer_than_the_header_is_not_read(tmp_path):
    text = "project,invested_on,kind,contribution\n甲,2025-02-01,subfund,100,000,000\n"
    found, result = said(tmp_path, "fund.investment", text, *FUND)
    assert "`100,000,000` may be one number" in result.stderr
    assert result.exit_code == 2
    assert found == {}


def test_a_cap_is_not_known_to_be_kept_after_a_row_that_could_not_be_read(tmp_path):
    text = "invested_on,project,kind,contribution\n2025-02-01,乙,subfund,many\n2025-03-01,甲,subfund,1亿元\n"
    found, result = said(tmp_path, "fund.investment", text, *FUND)
    assert "row 2: contribution" in result.stderr
    assert found["2025-03-01", "甲", "subfund-share-of-fund"]["status"] == "undetermined"


def test_an_amount_that_is_not_given_is_not_zero(tmp_path):
    text = "invested_on,project,kind,contribution\n2025-02-01,甲,subfund,\n2025-03-01,甲,subfund,1亿元\n"
    found, _ = said(tmp_path, "fund.investment", text, *FUND)
    assert {row["status"] for key, row in found.items() if key[2] == "subfund-share-of-fund"} == {"undetermined"}


def test_the_date_of_a_moved_row_is_not_trusted(tmp_path):
    text = MEETINGS + "2025-08-09,深入基层,扎西,多余\n"
    found, _ = said(tmp_path, "party-group.year", text, "--from", "2025-01-01", "--to", "2025-12-31")
    assert found["2025-Q4", "", "quarterly-study"]["status"] == "undetermined"


def test_the_row_that_names_nobody_is_told_and_not_those_that_may_be_theirs(tmp_path):
    head = "发放日期,姓名,所得奖金,表彰对象,活动类别,自治区批准\n"
    text = head + "".join(
        f"2025-0{i}-01,{who},1500,个人,评比达标表彰活动,是\n" for i, who in ((4, "扎西"), (5, "卓玛"), (6, ""))
    )
    found, _ = said(tmp_path, "award.grant", text, "--from", "2025-01-01", "--to", "2025-12-31",
                    "--as-of", "2026-01-31", "--reading", "cap_per=year")  # fmt: skip
    own = next(row for key, row in found.items() if key[0] == "2025-06-01" and key[2] == "individual-cap")
    assert own["reason"] == "row 4 names nobody"
    others = {row["reason"] for key, row in found.items() if key[2] == "individual-cap" and key[0] != "2025-06-01"}
    assert not any("names nobody" in reason for reason in others)  # what comes later is not in theirs


def test_an_entry_without_findings_of_its_own_is_held_against_those_before_it(tmp_path):
    """More capital back than was ever invested made room for what came next, and no row was told of it."""
    rows = "投资日期,项目名称,本次出资,投资方式,登记事项\n2025-03-01,甲,8000万,直投,\n{},乙,1亿,直投,\n"
    given = ["fund.investment", "--from", "2025-01-01", "--to", "2025-12-31", "--as-of", "2026-01-31"]
    given += ["--set", "fund_total=15亿元", "-o", tmp_path / "o.csv", "--lang", "zh"]
    back = "2025-05-01,甲,{},直投,收回本金\n2025-05-02"
    result = register(*given, table(tmp_path / "t.csv", rows.format(back.format("8000万"))))
    assert (result.exit_code, "第 3 行" in result.stderr) == (3, False), result.output
    result = register(*given, table(tmp_path / "t.csv", rows.format(back.format("80000000.01"))))
    assert result.exit_code == 2
    assert "第 3 行：事实自相矛盾" in result.stderr and "拒收 1 行" in result.output


BACK = """投资日期,项目名称,本次出资,投资方式,登记事项
2025-03-01,甲,8000万,直投,
2025-05-01,甲,2亿,直投,收回本金
2025-05-02,乙,1.4亿,直投,
"""


@pytest.mark.parametrize("first", ["2025-01-01", "2025-05-02"])
def test_an_entry_that_contradicts_those_before_it_is_as_one_that_could_not_be_read(tmp_path, first):
    """The capital that came back twice over made room for what was invested after it: satisfied, beside a refusal."""
    given = ["--from", first, "--to", "2025-12-31", "--as-of", "2026-01-31", "--set", "fund_total=15亿元"]
    found, result = said(tmp_path, "fund.investment", BACK, *given)
    after = found["2025-05-02", "乙", "direct-share-of-fund"]
    assert (result.exit_code, after["status"], after["contested"]) == (2, "undetermined", False)
    assert "row 3 could not be read" in after["reason"]
    assert result.stderr.count("row 3:") == 1 and "the facts contradict each other" in result.stderr
    before = found.get(("2025-03-01", "甲", "direct-share-of-fund"))
    assert before is None if first > "2025-05" else before["status"] == "satisfied"
    fixed = said(tmp_path, "fund.investment", BACK.replace("2亿", "8000万"), *given)[0]
    assert fixed["2025-05-02", "乙", "direct-share-of-fund"]["status"] == "satisfied"


def test_an_entry_that_contradicts_itself_does_not_count(tmp_path):
    trips = "returned_on,reported_on,led_by\n2025-03-08,2025-03-01,vice-mayor\n"
    found, result = said(tmp_path, "government.trip", trips, "--from", "2025-01-01", "--to", "2025-12-31")
    assert "row 2: the facts contradict each other" in result.stderr
    assert "0 entries; 1 rejected" in result.stdout
    assert found == {}


def test_values_are_shown_where_they_apply(tmp_path):
    rules = tmp_path / "rules" / "town"
    rules.mkdir(parents=True)
    left = "  - {id: left, when: yes_counts, cite: {at: 一, phrase: 2次}, value: {type: number, is: limit - n}}\n"
    text = CAPS.replace("limit: {type: count}", "limit: {type: count}\n  yes_counts: {type: flag}").replace(
        "year", "running"
    )
    table(rules / "rule.yaml", text + left)
    entries = table(
        tmp_path / "entries.csv", "held_on,yes,limit,yes_counts\n2025-01-01,yes,2,yes\n2025-02-01,yes,2,no\n"
    )
    result = register("town.rule", entries, "--rules", tmp_path / "rules", "--from", "2025-01-01", "--to", "2025-12-31")
    assert result.stdout.count("= left") == 1
    assert "= left  left: 1" in result.stdout


def test_a_shared_fact_of_a_period_that_is_not_over_may_change(tmp_path):
    reports = "covers,what,quarterly_report_to\n2025-03-20,operation,committee-office\n"
    found, _ = said(tmp_path, "fund.reports", reports, "--from", "2025-01-01", "--to", "2025-03-25")
    assert found["2025-Q1", "", "quarterly-report"]["status"] == "pending"


def test_awards_earlier_in_the_year_are_of_that_person_and_year(tmp_path):
    text = """发放日期,姓名,amount,recipient,activity,approved_by_region
2024-12-20,扎西,2000,individual,commendation,yes
2025-01-05,扎西,2000,individual,commendation,yes
2025-01-06,李明,2000,individual,commendation,yes
2025-06-01,扎西,1000.01,individual,commendation,yes
"""
    found, _ = said(
        tmp_path, "award.grant", text, "--from", "2024-12-19", "--to", "2025-12-31", "--reading", "cap_per=year"
    )
    caps = {key[:2]: row["status"] for key, row in found.items() if key[2] == "individual-cap"}
    assert caps == {
        ("2024-12-20", "扎西"): "not_applicable", ("2025-01-05", "扎西"): "satisfied", ("2025-01-06", "李明"): "satisfied",
        ("2025-06-01", "扎西"): "violated",
    }  # fmt: skip


def test_trips_and_sessions_are_checked_one_by_one(tmp_path):
    trips = "returned_on,reported_on,led_by\n2025-03-01,2025-03-08,vice-mayor\n2025-03-01,2025-03-09,vice-mayor\n"
    found, _ = said(tmp_path, "government.trip", trips, "--from", "2025-01-01", "--to", "2025-12-31")
    assert found["2025-03-01", "", "report-in-seven-days"]["status"] == "violated"
    sessions = "held_on,what,speakers,member\n2025-01-05,study,3,\n2025-03-05,study,2,\n2025-03-06,paper,,扎西\n"
    found, _ = said(tmp_path, "government.study", sessions, "--from", "2025-01-01", "--to", "2025-06-30")
    assert found["2025-01-05", "", "three-speakers"]["status"] == "satisfied"
    assert found["2025-03-05", "", "three-speakers"]["status"] == "violated"
    assert ("2025-03-06", "扎西", "three-speakers") not in found
    assert found["2025-03/04", "", "two-monthly-study"]["status"] == "satisfied"
    assert found["2025-05/06", "", "two-monthly-study"]["status"] == "departed"


UNREPORTED = """返回日期,带队人,报告日期
2025-03-01,副市长,尚未
2025-03-01,副市长,
2025-12-28,副市长,尚未
2025-12-28,副市长,2025-12-30
"""


@pytest.mark.parametrize(
    ("last", "wanted"),
    [
        ("2025-03-08", ["undetermined", "violated"]),
        ("2025-03-07", ["pending", "pending"]),
        ("2025-12-31", ["undetermined", "violated", "pending", "satisfied"]),
        ("2026-01-04", ["undetermined", "violated", "satisfied", "violated"]),
    ],
)
def test_what_was_due_by_the_last_day_is_judged_though_the_entry_is_older(tmp_path, last, wanted):
    """A trip that nobody ever reported is late on the last day asked about, not open for ever as of its own day."""
    out = tmp_path / "found.jsonl"
    args = ("--from", "2025-01-01", "--to", last, "--as-of", "2026-02-01", "-o", out)
    register("government.trip", table(tmp_path / "in.csv", UNREPORTED), *args)
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    found = [r for r in rows if r["provision"] == "report-in-seven-days"]
    by_day = [sorted(r["status"] for r in found if r["period"] == day) for day in ("2025-03-01", "2025-12-28")]
    assert [status for statuses in by_day for status in statuses] == wanted


def test_a_date_that_has_not_come_for_any_entry_is_said_once(tmp_path):
    given = "返回日期,带队人,报告日期\n2025-03-01,副市长,\n2025-03-01,副市长,2025-03-05\n"
    args = (
        "--from",
        "2025-01-01",
        "--to",
        "2025-12-31",
        "--as-of",
        "2026-02-01",
        "--set",
        "报告日期=尚未",
        "--lang",
        "zh",
    )
    said_ = register("government.trip", table(tmp_path / "in.csv", given), *args).stdout
    assert "截至 2025-12-31 尚未发生" in said_
    assert "2025-03-05 不晚于" in said_


def test_reports_of_the_fund_and_evaluations_of_the_group(tmp_path):
    reports = "covers,what,quarterly_report_to\n2025-03-20,operation,committee-office\n2025-04-20,operation,other\n"
    found, _ = said(tmp_path, "fund.reports", reports, "--from", "2025-01-01", "--to", "2025-09-30")
    assert [found[f"2025-Q{q}", "", "quarterly-report"]["status"] for q in (1, 2, 3)] == [
        "satisfied",
        "violated",
        "undetermined",
    ]
    half = "held_on,evaluator\n2025-03-01,group\n"
    found, _ = said(
        tmp_path, "hospital.evaluation", half, "--from", "2025-01-01", "--to", "2025-12-31", "--set", "evaluator=group"
    )
    assert [found[f"2025-H{h}", "", "half-yearly"]["status"] for h in (1, 2)] == ["satisfied", "violated"]


def test_that_only_others_have_entries_excuses_nobody(tmp_path):
    """Who is asked about is not taken from the entries there are: what is missing is somebody else's."""
    only = "held_on,evaluator\n2025-03-01,health-commission\n"
    span = ("--from", "2025-01-01", "--to", "2025-12-31")
    found, _ = said(tmp_path, "hospital.evaluation", only, *span)
    assert {found[f"2025-H{h}", "", "half-yearly"]["status"] for h in (1, 2)} == {"undetermined"}
    assert found["2025", "", "yearly-supervision"]["status"] == "undetermined"
    found, _ = said(tmp_path, "hospital.evaluation", only, *span, "--set", "evaluator=group")
    assert {found[f"2025-H{h}", "", "half-yearly"]["status"] for h in (1, 2)} == {"violated"}
    found, _ = said(tmp_path, "hospital.evaluation", only, *span, "--set", "evaluator=health-commission")
    assert found["2025", "", "yearly-supervision"]["status"] == "satisfied"


def test_exactly_one_meeting_a_month_is_settled_by_the_second(tmp_path):
    text = "held_on\n2025-01-03\n2025-01-20\n2025-02-03\n"
    found, _ = said(tmp_path, "party-group.agenda", text, "--from", "2025-01-01", "--to", "2025-02-20",
                    "--reading", "monthly=exactly", "--set", "important_case=no")  # fmt: skip
    assert found["2025-01", "", "further-meetings"]["status"] == "violated"
    assert found["2025-02", "", "further-meetings"]["status"] == "undetermined"


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_findings_as_a_table_that_is_handed_on(tmp_path, suffix):
    out = tmp_path / f"found{suffix}"
    entries = table(tmp_path / "entries.csv", MEETINGS.replace("李明", "=1+1"))
    register("party-group.year", entries, "--from", "2025-01-01", "--to", "2025-12-31", "-o", out, "--lang", "zh")
    if suffix == ".csv":
        rows = list(csv.reader(out.read_text(encoding="utf-8-sig").splitlines()))
        assert rows[0][:3] == ["period", "from", "to"]
    else:
        openpyxl = pytest.importorskip("openpyxl", reason="tables need `pip install '.[tables]'`")
        rows = [list(row) for row in openpyxl.load_workbook(out).worksheets[0].iter_rows(values_only=True)]
        assert rows[0][:3] == ["期间", "起", "止"]
    assert any("第三十五条" in str(row[-1]) for row in rows)
    assert {row[3] for row in rows} >= {"扎西", "=1+1" if suffix == ".xlsx" else "'=1+1"}


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["parking.premium"], "parking.premium has no register; these have: award.grant, fund.investment"),
        (["party-group.year", "--to", "2024-01-01"], "lies before --from"),
        (["party-group.year", "--members", "nobody.txt"], "nobody.txt: cannot read: No such file"),
        (["party-group.year", "--set", "field_days=-1"], "field_days"),
        (["party-group.year", "-o", "out.doc"], "is not a file that ends in"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_written(tmp_path, monkeypatch, args, message):
    monkeypatch.chdir(tmp_path)
    entries = table(tmp_path / "entries.csv", MEETINGS)
    result = register(args[0], entries, "--from", "2025-01-01", "--lang", "en", *args[1:])
    assert result.exit_code == 2
    assert message in result.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["entries.csv"]


@pytest.mark.parametrize(
    "names", ["扎西\n\x1a".encode(), "扎西\r\n\0\0".encode(), "扎西\n".encode("utf-16-le"), "扎西\n".encode("gb18030")]
)
def test_the_end_of_a_file_of_names_is_no_member(tmp_path, names):
    entries, members = table(tmp_path / "entries.csv", MEETINGS), tmp_path / "members.txt"
    said = []
    for text in ("扎西\n".encode(), names):
        members.write_bytes(text)
        given = ("--from", "2025-01-01", "--members", members, "-o", tmp_path / "out.csv", "--lang", "en")
        said.append((register("party-group.year", entries, *given).exit_code, (tmp_path / "out.csv").read_bytes()))
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", "2026-02-06（判定当日办理）"), ("en", ": 2026-02-06, that day itself")]
)
def test_what_can_still_be_done_on_the_day_is_told_as_policy_check_tells_it(tmp_path, lang, words):
    entries = table(tmp_path / "trips.csv", "返回日期,带队人,报告日期\n2026-01-30,副市长,尚未\n")
    day = ("--from", "2026-01-01", "--to", "2026-02-06", "--as-of", "2026-02-06", "--lang", lang)
    assert words in register("government.trip", entries, *day).stdout


STUDY = "学习日期,成员,事项{}\n2025-02-10,,专题学习{}\n2025-05-12,,专题学习\n"


@pytest.mark.parametrize(("lang", "words"), [
    ("zh", "未用于任何结论：重点交流发言的党组成员数（属于各条登记的，请在表中列明）"),
    ("en", "in no finding: Members who gave a key speech (what an entry says stands in a column)"),
])  # fmt: skip
def test_what_is_given_and_judged_nowhere_is_told(tmp_path, lang, words):
    day = ("--from", "2025-01-01", "--to", "2025-06-30", "--as-of", "2025-07-01", "--lang", lang)
    entries = table(tmp_path / "in.csv", STUDY.format("", ""))
    assert words in register("government.study", entries, *day, "--set", "speakers=2").output
    assert words not in register("government.study", entries, *day).output
    spoken = table(tmp_path / "spoken.csv", STUDY.format(",重点交流发言的党组成员数", ",2"))
    assert words not in register("government.study", spoken, *day, "--set", "speakers=2").output


def test_what_tells_entries_apart_is_used(tmp_path):
    text = "held_on,evaluator\n2025-03-01,group\n"
    day = ("--from", "2025-01-01", "--to", "2025-06-30", "--set", "evaluator=group")
    found, result = said(tmp_path, "hospital.evaluation", text, *day)
    assert found
    assert "in no finding" not in result.output


@pytest.mark.parametrize(("name", "text"), [
    ("members.txt", "姓名\n扎西\n王五\n"), ("members.csv", "扎西\n王五\n"), ("members.csv", "\ufeff序号,姓名,职务\r\n1,扎西,书记\r\n,,\r\n2,王五,\r\n"),
    ("members.tsv", "党组成员\t职务\n扎西\t书记\n王五\t成员\n"), ("members.xlsx", ""),
])  # fmt: skip
def test_a_list_of_members_may_be_a_table_with_a_header(tmp_path, name, text):
    path = tmp_path / name
    if text:
        path.write_text(text, encoding="utf-8")
    else:
        book = openpyxl.Workbook()
        for row in (["姓名", "职务"], ["扎西", "书记"], [None, None], ["王五", "成员"]):
            book.active.append(row)
        book.save(path)
    found, _ = said(
        tmp_path, "party-group.year", MEETINGS, "--from", "2025-01-01", "--to", "2025-12-31", "--members", path
    )
    assert {who for _, who, _ in found} == {"", "扎西", "王五", "李明"}


@pytest.mark.parametrize(("lang", "words"), [
    ("zh", "members.csv 有多列，但没有“成员”一列"), ("en", "members.csv has several columns and none is `member` (Member)"),
])  # fmt: skip
def test_of_a_list_with_several_columns_the_names_must_be_told(tmp_path, lang, words):
    entries, members = table(tmp_path / "entries.csv", MEETINGS), table(tmp_path / "members.csv", "扎西,书记\n王五,\n")
    result = register("party-group.year", entries, "--from", "2025-01-01", "--members", members, "--lang", lang)
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_table_without_dates_or_members_is_refused(tmp_path):
    for header, lacks, zh in (("what,member", "held_on", "日期"), ("held_on,what", "member", "成员")):
        entries = table(tmp_path / "entries.csv", f"{header}\n")
        for lang, told in (
            ("en", f"there is no column `{lacks}`"),
            ("zh", f"列名可写作：{zh}、"),
            ("zh", f"没有“{zh}”一列"),
        ):
            result = register("party-group.year", entries, "--from", "2025-01-01", "--lang", lang)
            assert (result.exit_code, told in result.stderr) == (2, True), result.stderr


TOWN = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs:
  meetings: {type: count}
  paid: {type: money}
  mood: {type: flag}
  gains: {type: number}
register:
  date: held_on
  columns:
    held_on: {type: date}
    cost: {type: money}
    change: {type: number}
  totals:
    TOTALS
provisions:
  - {id: monthly, cite: {at: 一, phrase: 每月1次}, require: meetings >= 1}
"""


@pytest.mark.parametrize(
    ("totals", "problem"),
    [
        ("meetings: {count: 'cost > 100', per: month}", "stands in no phrase"),
        ("gone: {count: 'true', per: month}", "`gone` is not an input"),
        ("mood: {count: 'true', per: month}", "not a count"),
        ("gains: {sum: change, per: month}", "`change` is a column that may be negative"),
        ("paid: {sum: change, per: month}", "`change` is no column of money"),
        ("paid: {sum: gone, per: month}", "no column of"),
        ("meetings: {count: 'meetings > 1', per: month}", "unknown name `meetings`"),
        ("meetings: {count: 'true', per: fortnight}", "per"),
        ("meetings: {count: 'true', sum: cost, per: month}", "one of `count`, `days`, `sum`"),
        ("meetings: {days: 'true', where: 'true', per: month}", "only a `sum` has `where`"),
    ],
)
def test_a_register_that_makes_no_sense_is_refused_at_its_place(town, totals, problem):
    rulebook = town(TOWN.replace("TOTALS", totals))
    with pytest.raises(PolicyError) as caught:
        rulebook.rule("town.rule")
    assert problem in caught.value.render("en")
    assert "rule.yaml:" in caught.value.render("en")


def test_chinese_readers_see_periods_in_words():
    half = Span(dt.date(2025, 1, 1), dt.date(2025, 6, 30))
    assert [p.of("zh") for p in periods(3, YEAR)] == [f"2025年第{n}季度" for n in (1, 2, 3, 4)]
    assert [p.of("zh") for p in periods(6, YEAR)] == ["2025年上半年", "2025年下半年"]
    assert [next(periods(months, half)).of("zh") for months in (1, 2, 4, 12)] == [
        "2025年1月",
        "2025年1月至2月",
        "2025年1月至4月",
        "2025年",
    ]
    assert [p.of("en") for p in periods(3, half)] == ["2025-Q1", "2025-Q2"]


def test_the_periods_of_a_calendar_year():
    assert [p.name for p in periods(3, YEAR)] == ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"]
    assert [p.name for p in periods(2, YEAR)][:2] == ["2025-01/02", "2025-03/04"]
    assert [(p.name, p.last) for p in periods(12, Span(dt.date(2024, 5, 1), dt.date(2025, 1, 1)))] == [
        ("2024", dt.date(2024, 12, 31)), ("2025", dt.date(2025, 12, 31)),
    ]  # fmt: skip


KINDS = ["full-report", "joint-study", "thematic-study", "democratic-life", "field-day", "research-report"]
ENTRIES = st.lists(
    st.tuples(st.dates(YEAR.first, YEAR.last), st.sampled_from(KINDS), st.sampled_from(["a", "b"])), max_size=70
)


def decided(rule, entries, last, readings):
    held = [
        Entered(i, day, who, {"held_on": day, "what": what})
        for i, (day, what, who) in enumerate(entries)
        if day <= last
    ]
    book = Ledger(sorted(held, key=lambda e: (e.date, e.row)))
    job = Job(rule=rule, as_of=YEAR.last, lang="en", readings=readings)
    lines = findings(job, book, Span(YEAR.first, last), {}, pytest.fail, ["a", "b"])
    return {(x.period.name, x.who, x.found.provision): x.found.status for x in lines if hasattr(x.found, "status")}


@given(
    ENTRIES,
    st.dates(YEAR.first, YEAR.last),
    st.sampled_from(["member", "group"]),
    st.sampled_from(["separate", "same"]),
)
def test_what_is_settled_before_the_end_stays_so(entries, last, days_of, study):
    rule, readings = BOOK.rule("party-group.year"), {"field_days_of": days_of, "study_counts": study}
    final = decided(rule, entries, YEAR.last, readings)
    for key, status in decided(rule, entries, last, readings).items():
        assert status in ("undetermined", "pending", final[key])


@given(ENTRIES, st.dates(YEAR.first, YEAR.last))
def test_exactly_one_is_settled_only_when_it_is(entries, last):
    rule, readings = BOOK.rule("party-group.agenda"), {"monthly": "exactly"}
    final = decided(rule, entries, YEAR.last, readings)
    for key, status in decided(rule, entries, last, readings).items():
        assert status in ("undetermined", "pending", final[key])


CAPS = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs:
  n: {type: count}
  limit: {type: count}
register:
  date: held_on
  columns: {held_on: {type: date}, yes: {type: flag}}
  totals: {n: {count: "yes", per: year}}
provisions:
"""
SEEN_AT_ONCE = [
    "n >= limit", "n > limit", "n <= limit", "n < limit", "n == limit", "n != limit", "limit >= n", "limit > n", "not n >= limit",
]  # fmt: skip
FORMS = [
    *SEEN_AT_ONCE, "n + n >= limit", "limit - n + 1 >= 2", "max(n, limit) <= limit", "limit - n >= 1", "(if n >= limit then limit else n) >= 1",
    "n >= limit and n <= limit", "n < limit or n > limit",
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_a_check_is_settled_too_early(town, form):
    """For every total and limit: what an unfinished period says holds for all greater totals, and is said if it does."""
    text = CAPS + f"  - {{id: check, cite: {{at: 一, phrase: 1次}}, require: {json.dumps(form)}}}\n"
    rule = town(text).rule("town.rule")
    open_rule = bounded(rule, {"n"})
    for limit in range(4):
        final = [status(rule, n, limit) for n in range(9)]
        for n in range(5):
            early, later = status(open_rule, n, limit), set(final[n:])
            if len(later) > 1:
                assert early == "undetermined"
            elif form in SEEN_AT_ONCE:
                assert early == final[n]
            else:
                assert early in ("undetermined", final[n])


def status(rule, n, limit):
    found = decide(rule, Facts({"n": Fraction(n), "limit": Fraction(limit)}), YEAR.last)
    return found.findings[0].status


PORTFOLIO = """项目或子基金,投资日期,本次出资（收回）金额,投资方式,登记事项
甲,2025-01-10,40000000,股权直投,认缴或出资
甲,2025-02-10,20000000,股权直投,就此前认缴部分实缴
甲,2025-06-10,40000000,股权直投,认缴或出资
乙,2025-07-10,40000000,股权直投,认缴或出资
"""


def test_a_project_in_tranches_is_judged_as_a_whole_and_what_was_committed_once(tmp_path):
    found, _ = said(
        tmp_path,
        "fund.investment",
        PORTFOLIO,
        "--from",
        "2025-01-01",
        "--to",
        "2025-12-31",
        "--set",
        "fund_total=15亿元",
    )
    ranges = {key[:2]: row["status"] for key, row in found.items() if key[2] == "direct-project-range"}
    assert ranges == {
        ("2025-01-10", "甲"): "satisfied",
        ("2025-06-10", "甲"): "satisfied",
        ("2025-07-10", "乙"): "violated",
    }
    assert [row["value"] for key, row in found.items() if key[2] == "held"] == ["40000000", "80000000", "40000000"]


def test_a_row_that_cannot_be_read_may_be_a_later_tranche(tmp_path):
    bad = PORTFOLIO + "乙,2025-09-10,much,股权直投,认缴或出资\n"
    found, _ = said(
        tmp_path, "fund.investment", bad, "--from", "2025-01-01", "--to", "2025-12-31", "--set", "fund_total=15亿元"
    )
    assert found["2025-07-10", "乙", "direct-project-range"]["status"] == "undetermined"
    assert found["2025-07-10", "乙", "direct-share-of-fund"]["status"] == "satisfied"


def test_findings_printed_say_where_readings_differ_and_which_entry_is_judged(tmp_path):
    entries = table(
        tmp_path / "awards.csv",
        "发放日期,姓名,amount,recipient,activity,approved_by_region\n2025-01-05,扎西,2000,individual,commendation,yes\n"
        "2025-03-01,扎西,2000,individual,commendation,yes\n",
    )
    shown = register("award.grant", entries, "--from", "2025-01-01", "--to", "2025-12-31", "--lang", "zh").stdout
    second = shown.split("2025-03-01  扎西")[1]
    assert "✓ 符合（有争议）  每人不超过3000元" in second
    assert "奖金标准通常按年度掌握：违反" in second
    assert "[计入的行：2–3]" in second


def test_whom_an_entry_is_about_is_one_name_however_it_is_set(tmp_path):
    path = tmp_path / "in.csv"
    names = ["扎西", "扎　西", "扎\u200b西", "扎西、卓玛", "同上", "全体成员", "-"]
    path.write_text(
        "held_on,member,what\n" + "".join(f"2025-01-{i:02},{n},深入基层\n" for i, n in enumerate(names, 1)),
        encoding="utf-8",
    )
    given = ["register", "party-group.year", str(path), "--from", "2025-01-01", "--to", "2025-12-31", "--member", "扎 西", "-o", str(tmp_path / "o.jsonl"), "--lang", "zh", "--as-of", "2026-01-02"]  # fmt: skip
    result = CliRunner().invoke(app, given)
    for number, why in ((5, "`扎西、卓玛` 是几个名称"), (6, "`同上` 不是具体的名称"), (7, "`全体成员` 不是具体的名称")):
        assert f"第 {number} 行：member" in result.stderr and why in result.stderr, result.stderr
    rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text(encoding="utf-8").splitlines()]
    days = {row["who"]: row["value"] for row in rows if row["provision"] == "field-days"}
    assert set(days) == {"扎西"} and days["扎西"].startswith("field_days 3;")
