"""Units noted beside the cells: found as programs write them, and still there in what is handed on."""

import csv
import re
import zipfile

import pytest
import sheets
from typer.testing import CliRunner

from policy_engine.doors.main import app
from policy_engine.tables.workbook import read_sheet

openpyxl = pytest.importorskip("openpyxl", reason="tables need `pip install '.[tables]'`")
RUN = CliRunner()
ROWS = sheets.award(*sheets.persons(0.5, "许多"))
NOTED = {
    "tab": {"tab": "奖金（万元）", "rows": ROWS},
    "above": {"rows": [["单位：万元"], *ROWS]},
    "pages": {"pages": "单位：万元", "rows": ROWS},
    "comment": {"comments": {"B1": "单位：万元"}, "rows": ROWS},
}


def changed(path, part, change):
    """The workbook with one of its parts changed."""
    with zipfile.ZipFile(path) as there:
        parts = {name: there.read(name) for name in there.namelist()}
    (name,) = [name for name in parts if re.fullmatch(part, name)]
    parts[name] = change(parts[name])
    with zipfile.ZipFile(path, "w") as out:
        for name, data in parts.items():
            out.writestr(name, data)
    return path


@pytest.mark.parametrize("place", NOTED)
def test_a_unit_noted_elsewhere_stands_in_the_header_of_what_is_handed_on(tmp_path, place):
    path = sheets.write(sheets.Made(name=place, wanted=None, **NOTED[place]), tmp_path)
    out, bad = tmp_path / "out.xlsx", tmp_path / "bad.csv"
    RUN.invoke(app, ["batch", "award.grant", str(path), "-o", str(out), "--errors", str(bad), "--as-of", "2025-03-01"])
    with bad.open(encoding="utf-8-sig", newline="") as file:
        heads, row = csv.reader(file)
    assert heads[1] == "每人奖金（万元）"
    assert row[1] == "许多"
    kept, decided = openpyxl.load_workbook(out).worksheets[:2]
    assert [cell.value for line in kept.iter_rows(max_row=2) for cell in line].count("每人奖金") == 1
    assert decided["B1"].value == "每人奖金（万元）"
    again = tmp_path / "again.csv"
    RUN.invoke(app, ["batch", "award.grant", str(out), "-o", str(again), "--as-of", "2025-03-01"])
    with again.open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["individual-cap.status"] == "violated"


@pytest.mark.parametrize("place", ["above", "comment", "header"])
def test_money_noted_for_prices_stands_in_the_header_of_what_is_rejected(tmp_path, place):
    """Without it 0.12 were 0.12 yuan per square metre when decided again."""
    heads = ["地下一层面积", "基准地价（万元）" if place == "header" else "基准地价"]
    above = [["单位：万元"]] if place == "above" else []
    comments = {"B1": "单位：万元"} if place == "comment" else {}
    made = sheets.Made(name=place, rows=[*above, heads, [3000, 0.12]], comments=comments, wanted=None)
    bad, again = tmp_path / "bad.csv", tmp_path / "again.csv"
    given = ["batch", "parking.premium", str(sheets.write(made, tmp_path)), "-o", str(tmp_path / "o.csv"), "--errors"]
    assert RUN.invoke(app, [*given, str(bad)]).exit_code == 2
    given[2] = str(bad)
    assert RUN.invoke(app, [*given, str(again)]).exit_code == 2
    with again.open(encoding="utf-8-sig", newline="") as file:
        heads, row = csv.reader(file)
    assert (heads[1], row[1]) == ("基准地价（万元）", "0.12")


@pytest.mark.parametrize("tag", [b'<oddHeader xml:space="preserve">', b"<x:oddHeader>"])
def test_the_header_of_the_pages_is_found_as_programs_write_it(tmp_path, tag):
    path = sheets.write(sheets.Made(name="pages", wanted=None, **NOTED["pages"]), tmp_path)
    changed(path, r"xl/worksheets/sheet\d\.xml", lambda data: data.replace(b"<oddHeader>", tag).replace(b"</oddHeader>", b"</x:oddHeader>" if b":o" in tag else b"</oddHeader>"))  # fmt: skip
    found = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml")
    assert tag in found
    from policy_engine.tables.margins import of_workbook

    class Part:
        _worksheet_path = "xl/worksheets/sheet1.xml"

    assert of_workbook(path, Part, found) == ({}, ("单位：万元",))


def test_the_header_of_the_pages_is_found_below_many_rows(tmp_path):
    """A sheet is looked through block by block."""
    path = sheets.write(sheets.Made(name="pages", wanted=None, **NOTED["pages"]), tmp_path)
    changed(
        path,
        r"xl/worksheets/sheet\d\.xml",
        lambda data: data.replace(b"<sheetData>", b"<sheetData>" + b" " * (3 << 20)),
    )
    assert read_sheet(path).pages == ("单位：万元",)


@pytest.mark.parametrize("sign", [b"mergeCell ref", b"<oddHeader>"])
def test_what_stands_across_two_blocks_of_a_sheet_is_found(tmp_path, sign):
    merged = b'</sheetData><mergeCells count="1"><mergeCell ref="A3:A4"/></mergeCells>'
    path = sheets.write(sheets.Made(name="pages", wanted=None, **NOTED["pages"]), tmp_path)

    def across(data):
        data = data.replace(b"</sheetData>", merged)
        return data.replace(b"<sheetData>", b"<sheetData>" + b" " * ((1 << 20) - data.index(sign) - 4))

    changed(path, r"xl/worksheets/sheet\d\.xml", across)
    found = read_sheet(path)
    assert (len(found.merges), found.pages) == (1, ("单位：万元",))


@pytest.mark.parametrize("zero", [True, False])
def test_a_zero_that_a_program_left_in_place_of_a_formula_is_none(tmp_path, zero):
    """xlsxwriter and others write 0 and ask the spreadsheet to work it out; a zero that one has worked out is zero."""
    xlsxwriter = pytest.importorskip("xlsxwriter")
    path = tmp_path / "in.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("台账")
    for r, row in enumerate(sheets.award(*sheets.persons(3000, 1))):
        sheet.write_row(r, 0, row)
    sheet.write_formula(2, 1, "=B2-3000")
    book.close()
    if not zero:
        changed(path, r"xl/workbook\.xml", lambda data: data.replace(b' fullCalcOnLoad="1"', b""))
    result = RUN.invoke(app, ["batch", "award.grant", str(path), "-o", str(tmp_path / "o.csv"), "--lang", "zh"])
    assert ("第 3 行：每人奖金 (B3)：`=B2-3000` 是尚未计算的公式" in result.output) == zero
    assert ("拒收 1 行" in result.output) == zero


def test_comments_that_are_broken_are_told_as_a_broken_workbook(tmp_path):
    path = sheets.write(sheets.Made(name="comment", wanted=None, **NOTED["comment"]), tmp_path)
    with zipfile.ZipFile(path) as parts:
        (info,) = [one for one in parts.infolist() if re.search("comments", one.filename) and one.filename.endswith("xml")]  # fmt: skip
    data = bytearray(path.read_bytes())
    start = info.header_offset + 30 + len(info.filename)
    data[start : start + info.compress_size] = b"\xff" * info.compress_size
    path.write_bytes(data)
    result = RUN.invoke(app, ["batch", "award.grant", str(path), "-o", str(tmp_path / "o.csv"), "--lang", "zh"])
    assert result.exit_code == 2
    assert "不是有效的工作簿" in result.output
