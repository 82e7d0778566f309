"""Sheets as offices keep them: read as a careful clerk reads them, or refused with the cell; never by a unit amiss."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import hard_sheets
import more_sheets
import noted_sheets
import other_sheets
import pytest
import sheets
from typer.testing import CliRunner

import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.doors.main import app
from policy_engine.tables.batch import open_table, read_row, rejected
from policy_engine.tables.columns import Job

BOOK = policy_engine.load()
HERE = Path(__file__).parent


def read(made, path):
    """The facts of each case, or that it is refused; what was said."""
    said = []
    job = Job(rule=BOOK.rule(made.decision), as_of=dt.date(2025, 3, 1), lang="zh", tell=said.append)
    found = []
    columns, rows = open_table(job, path)
    for number, cells in rows:
        try:
            found.append(read_row(job.rule, cells, columns).given)
        except PolicyError as error:
            found.append(sheets.REFUSED)
            said.append(rejected(number, cells, columns, error).reasons("zh", in_sheet=True))
    return found, said


def same(found, wanted):
    """Whether a case has the facts that are wanted, exactly; None: it has no such fact."""
    if wanted == sheets.REFUSED or found == sheets.REFUSED:
        return found == wanted
    plain = {
        name: Fraction(v) if not isinstance(v, str | bool | dt.date | frozenset | None) else v
        for name, v in wanted.items()
    }
    return all(found.get(name) == value for name, value in plain.items())


EVERY = [*sheets.SERIES, *more_sheets.SERIES, *hard_sheets.SERIES, *noted_sheets.SERIES, *other_sheets.SERIES]


@pytest.mark.parametrize("made", EVERY, ids=lambda made: made.name)
def test_a_sheet_is_read_as_a_careful_clerk_reads_it(tmp_path, made):
    path = sheets.write(made, tmp_path)
    if isinstance(made.wanted, str):  # the whole sheet is refused, with the way out
        with pytest.raises(PolicyError) as error:
            read(made, path)
        assert made.wanted in error.value.render("zh")
        return
    found, said = read(made, path)
    assert len(found) == len(made.wanted), (found, said)
    assert [(f, w) for f, w in zip(found, made.wanted, strict=True) if not same(f, w)] == []
    for words in made.said:
        assert any(words in line for line in said), (words, said)


def test_there_are_a_hundred_of_them():
    assert len({made.name for made in EVERY}) >= 140


XLS = {
    "awards": ("award.grant", [{"amount": 3000}, {"amount": Decimal("3000.1"), "approved_by_region": True}, {"amount": Decimal(2249999999900)},
                               {"amount": None, "approved_by_region": False}, sheets.REFUSED], "第 9 行（“合计”）"),
    "funds": ("fund.investment", [{"kind": "subfund", "fund_total": 1_500_000_000, "management_fee": Decimal("0.02"), "term_years": 10}, sheets.REFUSED,
                                  {"fund_total": 1_500_000_000, "management_fee": Decimal("0.025"), "term_years": 8}], "A2:A4、B2:B4"),
    "trips": ("government.trip", [{"returned_on": dt.date(2024, 7, 31), "reported_on": dt.date(2024, 7, 31)}, sheets.REFUSED], "B2 (2024-07-31)"),
}  # fmt: skip


@pytest.mark.parametrize("name", XLS)
def test_workbooks_of_the_old_kind_are_read_exactly(name):
    """Written by xlwt: numbers as doubles, with formats, booleans, merged cells and the days of 1900."""
    pytest.importorskip("xlrd", reason="tables need `pip install '.[xlsx]'`")
    decision, wanted, words = XLS[name]
    made = sheets.Made(name=name, rows=[], wanted=wanted, decision=decision)
    found, said = read(made, HERE / f"{name}.xls")
    assert [(f, w) for f, w in zip(found, wanted, strict=True) if not same(f, w)] == []
    assert any(words in line for line in said), said


def command(*given, **more):
    return CliRunner().invoke(app, list(map(str, given)), **more)


def test_what_is_called_xls_and_is_a_web_page_is_refused_with_the_way_out(tmp_path):
    (tmp_path / "in.xls").write_text("<html><table><tr><td>每人奖金</td></tr></table></html>", encoding="utf-8")
    result = command("batch", "award.grant", tmp_path / "in.xls", "-o", tmp_path / "o.csv", "--lang", "zh")
    assert (result.exit_code, "另存为 .xlsx" in result.stderr) == (2, True)


@pytest.mark.parametrize("name", ["in.csv", "in.tsv", "in.jsonl"])
@pytest.mark.parametrize("old", [True, False])
def test_a_workbook_that_is_called_a_text_is_told_as_a_workbook(tmp_path, name, old):
    path = HERE / "awards.xls" if old else sheets.write(EVERY[0], tmp_path)
    (tmp_path / name).write_bytes(path.read_bytes())
    result = command("batch", "award.grant", tmp_path / name, "-o", tmp_path / "o.csv", "--lang", "zh")
    assert (result.exit_code, "实为工作簿" in result.stderr) == (2, True)


def test_a_table_without_a_header_is_told_with_the_word_that_is_nearest_to_one(tmp_path):
    for rows, told in (("姓名,奖金\n扎西,3000\n", "是否想写 `所得奖金`？"), ("", "no.csv: 表中没有内容\n")):
        (tmp_path / "no.csv").write_text(rows, encoding="utf-8")
        ran = CliRunner().invoke(
            app, ["batch", "award.grant", str(tmp_path / "no.csv"), "-o", str(tmp_path / "o.csv"), "--lang", "zh"]
        )
        assert (ran.exit_code, told in ran.stderr, ran.stderr.count("no.csv")) == (2, True, 1), ran.stderr


def test_a_unit_that_no_input_is_in_is_told_with_those_that_some_are(tmp_path):
    (tmp_path / "awards.csv").write_text("每人奖金\n3000\n", encoding="utf-8")
    given = [
        "batch",
        "award.grant",
        str(tmp_path / "awards.csv"),
        "-o",
        str(tmp_path / "o.csv"),
        "--unit",
        "吨",
        "--lang",
        "zh",
    ]
    ran = CliRunner().invoke(app, given)
    assert ran.exit_code == 2
    assert (
        "“表彰奖励资金”没有以 `吨` 为单位的输入项\n  建议：可用：元、" in ran.stderr and "--unit 万元" not in ran.stderr
    ), ran.stderr


def test_events_without_a_case_are_told_what_the_column_may_be_called(tmp_path):
    (tmp_path / "events.csv").write_text("步骤,日期\n返回,2025-03-10\n", encoding="utf-8")
    ran = CliRunner().invoke(app, ["watch", "government.trip", str(tmp_path / "events.csv"), "--lang", "zh"])
    assert (ran.exit_code, "events.csv: 缺少列：“案件”（也可写作 案件编号、案件名称、案号）\n" in ran.stderr) == (
        2,
        True,
    ), ran.stderr
    assert "watch:因公外出及总结报告" in ran.stderr and "government.trip" not in ran.stderr


def test_lines_of_json_come_from_standard_input(tmp_path):
    lines = '{"recipient": "individual", "amount": 3000.01, "activity": "commendation"}\n{"recipient": "individual"}\n'
    given = ("batch", "award.grant", "-", "-o", tmp_path / "o.jsonl", "--as-of", "2025-03-01")
    result = command(*given, input=lines)
    assert result.exit_code == 1, result.stderr
    assert [
        line.split('"individual-cap.status": "')[1][:8] for line in (tmp_path / "o.jsonl").read_text().splitlines()
    ] == ["violated", "undeterm"]


def test_an_amount_merged_over_entries_is_not_added_up_twice(tmp_path):
    heads = ["投资日期", "项目名称", "本次出资（万元）", "投资方式", "母基金总规模"]
    rows = [
        heads,
        ["2024.7.31", "藏药", 100, "直投", "15亿元"],
        ["2024.8.31", None, None, "直投", None],
        ["合计", None, 200],
    ]
    for merges, refused in ((["B2:B3", "E2:E3"], 0), (["B2:B3", "C2:C3", "E2:E3"], 2)):
        path = sheets.write(
            sheets.Made(
                name="",
                rows=rows if refused else [*rows[:2], [*rows[2][:2], 50, "直投", None], rows[3]],
                wanted=[],
                merges=merges,
            ),
            tmp_path,
        )
        result = command(
            "register",
            "fund.investment",
            path,
            "--from",
            "2024-01-01",
            "--to",
            "2024-12-31",
            "-o",
            tmp_path / "o.jsonl",
            "--lang",
            "zh",
            "--as-of",
            "2025-01-01",
        )
        assert result.stderr.count("逐行相加会重复计算") == refused, result.stderr
        assert "第 4 行（“合计”）" in result.stderr
