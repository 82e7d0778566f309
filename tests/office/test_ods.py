"""Sheets of .ods: numbers grouped as countries do, dates without their day, styles that follow others, sheets that are not shown."""

import datetime as dt
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from policy_engine.doors.main import app
from policy_engine.tables.cells import Crossed, Marked, number_of, shows_no_day
from policy_engine.tables.files import hidden_sheets
from policy_engine.tables.ods import cell_of, read_sheet

NAMED = "".join(f' xmlns:{short}="{short}"' for short in ("office", "table", "text", "calcext", "style"))


def written(path, tables, automatic="", common=""):
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr(
            "content.xml", f"<d{NAMED}><office:automatic-styles>{automatic}</office:automatic-styles>{tables}</d>"
        )
        parts.writestr("styles.xml", f"<d{NAMED}><office:styles>{common}</office:styles></d>")
    return path


def style(name, of="table-cell", follows="", said=""):
    parent = f' style:parent-style-name="{follows}"' if follows else ""
    return f'<style:style style:name="{name}" style:family="{of}"{parent}><style:text-properties {said}/></style:style>'


def cell(text, more=""):
    return f"<table:table-cell{more}><text:p>{text}</text:p></table:table-cell>"


def table(*rows, name="t", columns="", more=""):
    lines = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows)
    return f'<table:table table:name="{name}"{more}>{columns}{lines}</table:table>'


def number(value, text, kind="float"):
    return cell_of({"office:value-type": kind, "office:value": value}, text)


@pytest.mark.parametrize("text", ["1 000 000", "1\u00a0000\u00a0000", "1\u202f000\u202f000", "1'000'000.00", "1’000’000", "1.000.000,00", "1.000.000", "1000000,00", "100 0000", "1 000 000 元", "10,00,000"])  # fmt: skip
def test_a_number_may_be_grouped_as_anywhere(text):
    found = number("1000000", text)
    assert found == (Decimal(1000000) if "元" not in text else "1000000 元"), found


@pytest.mark.parametrize(("value", "text", "wanted"), [("0.5", "0,5", Decimal("0.5")), ("-1234.5", "-1.234,50", Decimal("-1234.5")), ("1234.5", "1'234.50", Decimal("1234.5"))])  # fmt: skip
def test_a_comma_may_begin_the_fraction(value, text, wanted):
    assert number(value, text) == wanted


@pytest.mark.parametrize(("value", "text"), [("3", "3,000"), ("3000", "3"), ("1234", "1.234"), ("3", "3 000"), ("3000000", "3'000"), ("NaN", "5"), ("Infinity", "5")])  # fmt: skip
def test_a_number_that_is_shown_as_another_is_none(value, text):
    assert number(value, text) == f"{value} ({text.replace(' ', '').replace(chr(39), '')})"


@pytest.mark.parametrize(("value", "text", "wanted"), [("3000", "三千", Decimal(3000)), ("3000", "叁仟", Decimal(3000)), ("3000", "３０００", Decimal(3000)), ("3000.5", "三千点五", Decimal("3000.5")), ("20000", "2万", Decimal(20000)), ("3000", "人民币叁仟元整", "3000元"), ("3000", "二千", "3000 (二千)"), ("3000.4", "三千", "3000.4 (三千)"), ("0.02", "2%", "2%"), ("2", "2%", "2 (2%)")])  # fmt: skip
def test_a_number_in_other_numerals_is_that_number_or_none(value, text, wanted):
    assert number(value, text) == wanted


@pytest.mark.parametrize("text", ["百分之二", "二%", "２％", "2%"])
def test_a_share_in_other_numerals_is_as_exact_as_the_cell(text):
    assert number("0.0234", text, "percentage") == "2.34%"


def test_shares_are_grouped_too():
    assert number("12.345", "1 234,5 %", "percentage") == "1234.5%"
    assert number("1E+999999", "5%", "percentage") == "1E+999999 (5%)"


@pytest.mark.parametrize("text", ["2024-01-01", "2024年1月1日", "1/1/24", "Jan 1, 2024", "1. January 2024", "01.01.2024", "二〇二四年一月一日", "20240101", "1/1", ""])  # fmt: skip
def test_a_date_with_its_day(text):
    assert cell_of({"office:value-type": "date", "office:date-value": "2024-01-01"}, text) == dt.date(2024, 1, 1)


@pytest.mark.parametrize("text", ["2024年1月", "2024-01", "1月", "Jan 24", "Jan 2024", "01/2024", "2024", "24年1月", "二〇二四年一月", "2024年一月"])  # fmt: skip
def test_a_date_without_its_day(text):
    assert cell_of({"office:value-type": "date", "office:date-value": "2024-01-01"}, text) == text


@pytest.mark.parametrize(("form", "wanted"), [
    ('e"年"m"月"', True), ('[$-411]ggge"年"m"月"', True), ('m"月"', True), ("mmm", True), ("yyyy-mm", True), ("yyyy", True),
    ('e"年"m"月"d"日"', False), ("m/d", False), ("General", False), ("mm:ss", False), ("[h]:mm", False), ("[Magenta]yyyy-mm", True), ("yyyy-mm-dd", False),
])  # fmt: skip
def test_a_format_that_leaves_the_day_out(form, wanted):
    assert shows_no_day(form) is wanted


STRUCK = 'style:text-line-through-style="solid"'


@pytest.mark.parametrize(("marked", "automatic", "common"), [
    (cell("a", ' table:style-name="ce1"'), style("ce1", follows="Void"), style("Void", said=STRUCK)),
    (cell("a", ' table:style-name="ce1"'), style("ce1", follows="Mid"), style("Mid", follows="Void") + style("Void", said=STRUCK)),
    (cell("a", ' table:style-name="Void"'), "", style("Void", said='style:text-line-through-type="double"')),
    (cell("a"), "", style("Default", said=STRUCK)),
    ('<table:table-cell><text:p text:style-name="P1">a</text:p></table:table-cell>', style("P1", "paragraph", said=STRUCK), ""),
    ('<table:table-cell><text:p><text:span text:style-name="T1">a</text:span></text:p></table:table-cell>', style("T1", "text", follows="S"), style("S", "text", said=STRUCK)),
])  # fmt: skip
def test_a_style_crosses_out_by_one_that_it_follows(tmp_path, marked, automatic, common):
    path = written(tmp_path / "in.ods", table([marked]), automatic, common)
    assert [type(c) for _, row in read_sheet(path).rows for c in row] == [Crossed]


def test_columns_and_rows_have_styles_for_cells_without_one(tmp_path):
    columns = '<table:table-column table:number-columns-repeated="2"/><table:table-column table:default-cell-style-name="Void"/>'
    rows = (
        [cell("a"), cell("b"), cell("c")],
        [cell("a", ' table:number-columns-repeated="3"')],
        [cell("a"), cell("b"), cell("c", ' table:style-name="Not"')],
    )
    path = written(
        tmp_path / "in.ods", table(*rows, columns=columns), style("Not", follows="Void", said='style:text-line-through-style="none"'),
        style("Void", said=STRUCK) + style("Low", said='style:text-position="-33% 58%"'),
    )  # fmt: skip
    assert [[type(c) for c in row] for _, row in read_sheet(path).rows] == [[str, str, Crossed]] * 2 + [[str] * 3]
    row = '<table:table-row table:default-cell-style-name="Low">' + cell("a") + "</table:table-row>"
    written(
        path,
        f'<table:table table:name="t">{row}</table:table>',
        "",
        style("Low", said='style:text-position="-33% 58%"'),
    )
    assert [type(c) for _, row in read_sheet(path).rows for c in row] == [Marked]


def test_styles_in_a_ring_or_without_words_mean_nothing(tmp_path):
    path = written(tmp_path / "in.ods", table([cell("a", ' table:style-name="A"')]), style("A", follows="B", said='style:text-position=""') + style("B", follows="A"))  # fmt: skip
    assert [row for _, row in read_sheet(path).rows] == [["a"]]


def test_a_sheet_that_is_not_shown_comes_last(tmp_path):
    heads = [cell(text) for text in ("表彰对象", "每人奖金", "活动类别")]
    old, new = ([heads, [cell("个人"), cell(amount), cell("评比达标表彰")]] for amount in ("9000", "2000"))
    unseen = '<style:style style:name="ta1" style:family="table"><style:table-properties table:display="false"/></style:style>'
    path = written(
        tmp_path / "in.ods", table(*old, name="旧表", more=' table:style-name="ta1"') + table(*new, name="新表"), unseen
    )
    assert hidden_sheets(path) == {"旧表"}
    result = CliRunner().invoke(app, ["batch", "award.grant", str(path), "-o", str(tmp_path / "o.csv"), "--lang", "zh"])
    assert "读取工作表“新表”" in result.stderr and "未读取的工作表：旧表" in result.stderr, result.stderr


def hidden_in(path):
    """What `policy batch` says of a sheet of awards that hides its row 3 and its column D."""
    result = CliRunner().invoke(
        app, ["batch", "award.grant", str(path), "-o", str(path.with_name("o.csv")), "--lang", "zh"]
    )
    return [line for line in result.stderr.splitlines() if "隐藏" in line]


def test_rows_and_columns_that_are_not_shown_are_told(tmp_path):
    heads = [cell(text) for text in ("序号", "表彰对象", "活动类别", "每人奖金")]
    rows = [[cell(n), cell("个人"), cell("评比达标表彰"), cell("2000")] for n in (1, 2, 3)]
    columns = '<table:table-column table:number-columns-repeated="3"/><table:table-column table:visibility="collapse"/>'
    sheet = table(heads, *rows, columns=columns)
    parts = sheet.split("<table:table-row>")
    sheet = (
        "<table:table-row>".join(parts[:3])
        + '<table:table-row table:visibility="filter">'
        + "<table:table-row>".join(parts[3:])
    )
    assert hidden_in(written(tmp_path / "in.ods", sheet)) == ["隐藏的也已读取：第 3 行、D 列"]


def test_so_they_are_in_workbooks_of_the_old_kind(tmp_path):
    pytest.importorskip("xlrd", reason="tables need `pip install '.[xlsx]'`")
    path = tmp_path / "in.xls"
    path.write_bytes((Path(__file__).parent / "hidden.xls").read_bytes())
    assert hidden_in(path) == ["隐藏的也已读取：第 3 行、D 列"]


def test_comments_are_read_by_their_cells_without_date_and_author(tmp_path):
    note = "<office:annotation><dc:creator xmlns:dc='dc'>万元</dc:creator><text:p>单位：<text:span>万</text:span>元</text:p><text:p>王五</text:p></office:annotation>"
    noted = f"<table:table-cell>{note}<text:p>每人奖金</text:p></table:table-cell>"
    other = table([noted], name="其他")
    path = written(tmp_path / "in.ods", table([cell("表彰对象"), noted], [], [cell("个人"), noted]) + other)
    sheet = read_sheet(path)
    assert sheet.comments == {(1, 1): "单位：万元\n王五", (3, 1): "单位：万元\n王五"}
    assert [cells for _, cells in sheet.rows] == [["表彰对象", "每人奖金"], [], ["个人", "每人奖金"]]


@pytest.mark.parametrize(("page", "wanted"), [
    ("<style:header><text:p>单位：<text:span>万元</text:span></text:p></style:header><style:footer><text:p/><text:p>第页</text:p></style:footer>", ("单位：万元", "第页")),
    ('<style:header style:display="false"><text:p>单位：万元</text:p></style:header>', ()),
    ("<style:header><style:region-left><text:p>单位：万元</text:p></style:region-left></style:header>", ("单位：万元",)),
])  # fmt: skip
@pytest.mark.parametrize("named", ["P", "Default"])
def test_what_stands_over_the_pages_of_a_sheet_is_read(tmp_path, page, wanted, named):
    own = f' style:master-page-name="{named}"' if named != "Default" else ""
    automatic = f'<style:style style:name="ta1" style:family="table"{own}/>'
    pages = f'<style:master-page style:name="{named}">{page}</style:master-page><style:master-page style:name="Q"><style:header><text:p>单位：元</text:p></style:header></style:master-page>'
    sheets = table([cell("a")], name="旧") + table([cell("b")], more=' table:style-name="ta1"')
    path = written(tmp_path / "in.ods", sheets, automatic, pages)
    assert read_sheet(path, "t").pages == wanted


def test_days_are_counted_from_the_day_that_the_file_says(tmp_path):
    days = '<table:calculation-settings><table:null-date table:date-value="1904-01-01"/></table:calculation-settings>'
    path = written(tmp_path / "in.ods", days + table([cell("a")]))
    assert read_sheet(path).day_0 == dt.date(1904, 1, 1)


def test_one_empty_row_stands_for_all_between_two_others(tmp_path):
    gap = '<table:table-row table:number-rows-repeated="1000000"><table:table-cell/></table:table-row>'
    rows = f"<table:table-row>{cell('a')}</table:table-row>{gap}<table:table-row>{cell('b')}</table:table-row>{gap}"
    path = written(tmp_path / "in.ods", f'<table:table table:name="t">{rows}</table:table>')
    assert list(read_sheet(path).rows) == [(1, ["a"]), (1000001, []), (1000002, ["b"])]


def test_workbooks_of_the_old_kind_have_units_over_their_pages_and_whole_numbers(tmp_path):
    """Written by an office suite: a row of the numbers of the columns, 0.5, and `单位：万元` over the pages."""
    old = Path(__file__).with_name("pages.xls")
    out = tmp_path / "o.csv"
    result = CliRunner().invoke(app, ["batch", "award.grant", str(old), "-o", str(out), "--lang", "zh"])
    assert "按万元读取：每人奖金" in result.stderr
    assert "未作为案例：第 2 行（栏次）" in result.stderr


@pytest.mark.parametrize("whole", [1.0, 3000.0, 20240731.0, 1e15 - 1, -3.0, 0.0])
def test_a_whole_number_is_told_without_a_point(whole):
    assert str(number_of(whole, "General")) == str(int(whole))


@pytest.mark.parametrize(("value", "text", "wanted"), [("1", "TRUE", True), ("0", "FALSE", False), ("1", "FALSE", "1 (FALSE)"), ("2", "TRUE", "2 (TRUE)")])  # fmt: skip
def test_a_number_shown_as_a_yes_or_no_is_one(value, text, wanted):
    found = number(value, text)
    assert (type(found), found) == (type(wanted), wanted)
