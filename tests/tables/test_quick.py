"""Workbooks read by calamine say what openpyxl says of them; what they might tell differently is left to openpyxl."""

import datetime as dt
import re
import sys
import zipfile
from decimal import Decimal

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_engine.basics.errors import PolicyError
from policy_engine.tables import quick, workbook
from policy_engine.tables.cells import Crossed, Unworked
from policy_engine.tables.workbook import read_sheet

FORMS = (
    "General", "@", "0", "#,##0.00", "0.00_ ", "0%", "0.0%", '0.00"万元"', "000000", "0,", "¥#,##0.00", "0.00;[Red]-0.00", "[DBNum2]General",
    "yyyy-mm-dd", 'yyyy"年"m"月"d"日"', 'yyyy"年"m"月"', "h:mm", "yyyy/m/d h:mm", "[h]:mm", "# ?/?", "0.00E+00", "m月d日", "*d0",
)  # fmt: skip
NUMBERS = st.one_of(
    st.integers(-(10**16), 10**16), st.integers(0, 60_000), st.floats(allow_nan=False, allow_infinity=False), st.just(-0.0),
    st.decimals(0, 10**7, places=2).map(float), st.sampled_from([0.1 + 0.2, 59, 60, 61, 1e15, 999_999_999_999_999, 45_631.5]),
)  # fmt: skip
SIGNS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=6)
WORDS = st.one_of(
    SIGNS, st.sampled_from(["_x0041_", " a ", "a\nb", "a\r\nb", "是", "0012", "<&>", "3%", "#N/A", "TRUE", "\x07"])
)
CELLS = st.tuples(st.one_of(st.none(), WORDS, NUMBERS, st.booleans()), st.sampled_from(FORMS), st.booleans())


def told(path):
    """The rows of a sheet with the types of their cells, without blank ones at the end, or why it is none; empty text is as good as none."""
    try:
        read = [row for _, row in read_sheet(path).rows]
    except PolicyError as error:
        return str(error)
    rows = [[None if cell is None or cell == "" else (type(cell), str(cell)) for cell in row] for row in read]
    for row in rows:
        while row and row[-1] is None:
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    return rows


def by_openpyxl(path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quick, "rows_of", all_of_it_left)
        return told(path)


def all_of_it_left(*given):
    yield from ()
    return 1


def left_from(path):
    """From which row on openpyxl reads a sheet; None where it reads none of it."""
    book, sheet = workbook._opened(path, None, results=True)
    rows = quick.rows_of(path, sheet, workbook._styles(book))
    while True:
        try:
            next(rows)
        except StopIteration as end:
            return end.value


def written(path, cells, options):
    """A workbook of cells: (row, column, value, format, crossed out)."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False, **options})
    sheet = book.add_worksheet("台账")
    for row, column, value, form, crossed in cells:
        look = book.add_format({"num_format": form, "font_strikeout": crossed})
        if isinstance(value, bool):
            sheet.write_boolean(row, column, value, look)
        elif isinstance(value, str):
            sheet.write_string(row, column, value, look)
        elif value is None:
            sheet.write_blank(row, column, None, look)
        else:
            sheet.write_number(row, column, value, look)
    book.close()
    return path


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=6), min_size=1, max_size=6),
    start=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    options=st.sampled_from([{}, {"constant_memory": True}, {"date_1904": True}]),
)
def test_both_readers_say_the_same(rows, start, options, tmp_path_factory):
    path = tmp_path_factory.mktemp("quick") / "in.xlsx"
    top, left = start
    cells = [(top + r, left + c, *cell) for r, row in enumerate(rows) for c, cell in enumerate(row)]
    written(path, cells, options)
    assert told(path) == by_openpyxl(path)


def test_a_sheet_as_offices_keep_them_is_read_without_openpyxl(tmp_path):
    path = tmp_path / "in.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["项目", "金额", "占比", "日期", "是否批准"])
    sheet.append(["甲", 1234.56, 0.15, dt.date(2024, 12, 5), True])
    sheet["B2"].number_format, sheet["C2"].number_format, sheet["D2"].number_format = "#,##0.00", "0%", "yyyy/m/d"
    sheet["A3"] = "乙"
    sheet["A3"].font = openpyxl.styles.Font(strike=True)
    book.save(path)
    assert left_from(path) is None
    rows = [row for _, row in read_sheet(path).rows]
    assert rows[1] == ["甲", Decimal("1234.56"), "15%", dt.date(2024, 12, 5), True]
    assert (type(rows[2][0]).__name__, rows[2][0]) == ("Crossed", "乙")


@pytest.mark.parametrize(
    ("value", "form", "left"),
    [
        (-0.0, "General", (None,)), (60, "yyyy-mm-dd", (None,)), (45_631.5, "yyyy-mm-dd", (1,)), (10**15, "0", (1,)),
        (45_631, "*d0", (1, None)),  # a day to openpyxl, and a number to later versions of calamine
    ],
)  # fmt: skip
def test_numbers_and_days_that_are_told_alike(value, form, left, tmp_path):
    path = written(tmp_path / "in.xlsx", [(0, 0, value, form, False)], {})
    assert left_from(path) in left
    assert told(path) == by_openpyxl(path)


def test_a_day_beyond_all_that_are_counted_is_not_asked_of_calamine(tmp_path, capfd):
    path = written(tmp_path / "in.xlsx", [(0, 0, -(10**15), "yyyy-mm-dd", False)], {})
    assert told(path) == by_openpyxl(path)
    assert capfd.readouterr().err == ""


def test_from_the_first_cell_on_that_calamine_tells_otherwise_openpyxl_reads(tmp_path):
    rows = [
        (0, 0, "数额", "General", False),
        (1, 0, 5, "General", False),
        (2, 0, 10**16, "0", False),
        (3, 0, 7, "0%", False),
    ]
    path = written(tmp_path / "in.xlsx", rows, {})
    assert left_from(path) == 3
    assert [row for _, row in read_sheet(path).rows] == [["数额"], [Decimal(5)], [10**16], ["700%"]]


SHEET, TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
PREFIX = b'xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OTHERWISE = {
    "out of order": (SHEET, b'<c r="A2"', b'<c r="C2"'),
    "told twice": (SHEET, b'<c r="B2"', b'<c r="A2"'),
    "far away": (SHEET, b'<c r="B3"', b'<c r="XFD3"'),
    "without a place": (SHEET, b'<c r="B2"', b"<c"),
    "a comment": (SHEET, b"<sheetData>", b"<sheetData><!-- -->"),
    "of a row of another number": (SHEET, b'<row r="2"', b'<row r="4"'),
    "of a style that is not there": (SHEET, b'<c r="B2" s="1"', b'<c r="B2" s="99"'),
    "of a name with a prefix": (
        SHEET,
        b'<c r="B2" s="1"><v>5</v></c>',
        b'<x:c %s r="B2" s="1"><v>5</v></x:c>' % PREFIX,
    ),
    "behind the sheet": (
        SHEET,
        b"</sheetData>",
        b'</sheetData><sheetData><row r="4"><c r="A4"><v>7</v></c></row></sheetData>',
    ),
    "an error": (SHEET, b'<c r="B2" s="1"><v>5', b'<c r="B2" t="e"><v>#N/A'),
    "a day in words": (SHEET, b'<c r="B2" s="1"><v>5', b'<c r="B2" t="d"><v>2024-12-05'),
    "another encoding": (TEXTS, b'encoding="UTF-8"', b'encoding="latin-1"'),
    "a sign in letters": (TEXTS, b"<t>x", b"<t>_x0041_"),
    "an end of a line": (TEXTS, b"<t>x", b"<t>a\r\nb"),
    "CDATA": (TEXTS, b"<t>x", b"<t><![CDATA[y]]>"),
}


def changed(path, part, old, new):
    with zipfile.ZipFile(path) as parts:
        held = {name: parts.read(name) for name in parts.namelist()}
    assert held[part].count(old) >= 1
    held[part] = held[part].replace(old, new, 1)
    with zipfile.ZipFile(path, "w") as parts:
        for name, raw in held.items():
            parts.writestr(name, raw)
    return path


def plain(path):
    return written(path, [(r, c, "x" if r == 0 else 5, "General", False) for r in range(3) for c in range(2)], {})


@pytest.mark.parametrize("name", OTHERWISE)
def test_what_the_two_might_take_differently_is_left_to_openpyxl(name, tmp_path):
    path = plain(tmp_path / "in.xlsx")
    assert left_from(path) is None
    changed(path, *OTHERWISE[name])
    assert left_from(path) == 1
    assert told(path) == by_openpyxl(path)


@pytest.mark.parametrize(
    ("part", "end"), [(SHEET, b"</worksheet>"), (TEXTS, b"</sst>"), (SHEET, b"</c>"), (TEXTS, b"</si>")]
)
def test_a_broken_part_is_refused_also_where_calamine_passes_over_it(part, end, tmp_path):
    path = changed(plain(tmp_path / "in.xlsx"), part, end, b"")
    with pytest.raises(PolicyError, match="not a workbook"):
        list(read_sheet(path).rows)


def test_cells_that_name_no_style_have_the_first(tmp_path):
    path = tmp_path / "in.xlsx"
    book = openpyxl.Workbook()
    book._named_styles["Normal"].number_format = "0%"
    book._cell_styles[0].numFmtId = 9
    book.active["A1"] = 0.15
    book.save(path)
    changed(path, SHEET, b'<c r="A1" t="n"', b'<c r="A1"')
    assert left_from(path) is None
    assert told(path) == by_openpyxl(path) == [[(str, "15%")]]


def test_texts_that_stand_elsewhere_in_the_workbook_are_left_to_openpyxl(tmp_path):
    path, moved = plain(tmp_path / "in.xlsx"), tmp_path / "moved.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(moved, "w") as new:
        for name in old.namelist():
            new.writestr(
                name.replace("sharedStrings", "texts"), old.read(name).replace(b"sharedStrings.xml", b"texts.xml")
            )
    assert left_from(moved) == 1
    assert told(moved) == by_openpyxl(moved) == told(path)


def test_styles_are_read_also_of_a_sheet_whose_names_all_have_a_prefix(tmp_path):
    """As libraries of .NET write them: a number crossed out, one in ten thousands."""
    path = written(tmp_path / "in.xlsx", [(0, 0, 5, "General", True), (0, 1, 3, '0"万元"', False)], {})
    with zipfile.ZipFile(path) as parts:
        raw = parts.read(SHEET).partition(b"?>")[2]
    changed(path, SHEET, raw, re.sub(rb"<(/?)", rb"<\1x:", raw).replace(b"xmlns=", b"xmlns:x="))
    rows = [row for _, row in read_sheet(path).rows]
    assert rows == [["5", "3万元"]]
    assert type(rows[0][0]) is Crossed
    assert told(path) == by_openpyxl(path)


def test_what_else_stands_in_a_workbook_is_read_also_where_names_have_a_prefix(tmp_path):
    """What is crossed out in part, left to be worked out, hidden or said beside a cell."""
    path, prefixed = tmp_path / "plain.xlsx", tmp_path / "prefixed.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet, crossed = book.add_worksheet(), book.add_format({"font_strikeout": True})
    sheet.write_rich_string("A1", "3000", crossed, "500")
    sheet.write_formula("B1", "=1+1", None, "")
    sheet.write_comment("B1", "单位：万元")
    sheet.write_string("A2", "甲")
    sheet.set_row(1, None, None, {"hidden": True})
    sheet.set_column(1, 1, None, None, {"hidden": True})
    book.close()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(prefixed, "w") as new:
        for name in old.namelist():
            raw = old.read(name)
            if name in (SHEET, TEXTS, "xl/comments1.xml"):
                raw = re.sub(rb"<(/?)(?!\?)", rb"<\1x:", raw).replace(b"xmlns=", b"xmlns:x=")
            new.writestr(name, raw)
    plain, found = read_sheet(path), read_sheet(prefixed)
    assert told(prefixed) == told(path) == [[(Crossed, "3000500"), (Unworked, "=1+1")], [(str, "甲")]]
    assert (found.hidden, found.comments) == (plain.hidden, plain.comments)
    assert plain.hidden.rows
    assert plain.comments


def test_where_calamine_is_not_installed_openpyxl_reads(tmp_path, monkeypatch):
    path = plain(tmp_path / "in.xlsx")
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    assert left_from(path) == 1
    assert told(path) == by_openpyxl(path)


def test_a_sheet_too_large_to_be_held_is_left_to_openpyxl(tmp_path, monkeypatch):
    path = plain(tmp_path / "in.xlsx")
    monkeypatch.setattr(quick, "UNPACKED", 500)
    assert left_from(path) == 1
