"""Workbooks of several sheets: the one with cases is read and the others are told; what cannot be told apart is refused."""

import openpyxl
import pytest
from typer.testing import CliRunner

from policy_engine.doors.main import app

HEADS = ["表彰对象", "每人奖金", "活动类别"]
CASE = ["个人", 3500, "评比达标表彰"]


def batch(tmp_path, sheets, *more):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "in.xlsx")
    given = ["batch", "award.grant", tmp_path / "in.xlsx", "-o", tmp_path / "out.xlsx", "--lang", "zh", *more]
    return CliRunner().invoke(app, list(map(str, given)))


def test_a_sheet_of_instructions_comes_first(tmp_path):
    bad = ["个人", "若干", "评比达标表彰"]
    result = batch(
        tmp_path, {"填表说明": [["表彰对象填个人或集体"], ["每人奖金以元为单位"]], "奖金": [HEADS, CASE, bad]}
    )
    assert "读取工作表“奖金”" in result.stderr and "不合规 1" in result.stdout, result.output
    assert "奖金，第 3 行：每人奖金 (B3)" in result.stderr
    assert openpyxl.load_workbook(tmp_path / "out.xlsx").sheetnames[0] == "奖金"  # the sheet that was read is kept


def test_what_is_not_read_is_told(tmp_path):
    result = batch(tmp_path, {"一季度": [HEADS, CASE], "二季度": [HEADS, CASE], "说明": [["每季度一张"]]})
    assert "共 1 行" in result.stdout
    assert result.stderr.count("未读取的工作表：二季度（用 --sheet 选择）") == 1
    assert (
        "未读取" not in batch(tmp_path, {"一季度": [HEADS, CASE], "二季度": [HEADS, CASE]}, "--sheet", "二季度").stderr
    )


def test_several_behind_one_without_a_header_are_refused(tmp_path):
    result = batch(tmp_path, {"封面": [["台账"]], "一季度": [HEADS, CASE], "二季度": [HEADS, CASE]})
    assert (
        result.exit_code == 2 and "有几张工作表都有表头：一季度、二季度" in result.stderr and "--sheet" in result.stderr
    )


def test_a_register_is_found_behind_instructions(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["登记说明"])
    sheet = book.create_sheet("登记")
    for row in (["投资日期", "项目名称", "本次出资", "投资方式"], ["2025-02-10", "藏药", "1亿元", "直投"]):
        sheet.append(row)
    book.save(tmp_path / "in.xlsx")
    given = [
        "register",
        "fund.investment",
        str(tmp_path / "in.xlsx"),
        "--from",
        "2025-01-01",
        "--to",
        "2025-12-31",
        "--lang",
        "zh",
    ]
    result = CliRunner().invoke(app, given)
    assert "登记 1 条" in result.output and "读取工作表“登记”" in result.output, result.output


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_workbook_with_a_password_says_so(tmp_path, lang):
    (tmp_path / "in.xlsx").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000))
    result = CliRunner().invoke(
        app, ["batch", "award.grant", str(tmp_path / "in.xlsx"), "-o", str(tmp_path / "o.csv"), "--lang", lang]
    )
    assert result.exit_code == 2 and ("密码" if lang == "zh" else "password") in result.stderr


def test_a_sheet_that_is_not_shown_does_not_come_before_one_that_is(tmp_path):
    book = openpyxl.Workbook()
    old, new = book.active, book.create_sheet("新表")
    old.title, old.sheet_state = "旧表", "hidden"
    for row in (HEADS, CASE):
        old.append(row)
    for row in (HEADS, ["个人", 2000, "评比达标表彰"]):
        new.append(row)
    book.save(tmp_path / "in.xlsx")
    given = ["batch", "award.grant", str(tmp_path / "in.xlsx"), "-o", str(tmp_path / "o.csv"), "--lang", "zh"]
    result = CliRunner().invoke(app, given)
    assert "读取工作表“新表”" in result.stderr and "未读取的工作表：旧表" in result.stderr
    assert "不合规" not in result.stdout
    book.remove(new)
    book.create_sheet("说明").append(["填表说明"])
    book.save(tmp_path / "in.xlsx")
    result = CliRunner().invoke(app, given)
    assert "读取工作表“旧表”（隐藏的工作表）" in result.stderr, result.stderr
