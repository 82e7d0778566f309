"""Rows that are written at once are those that the library writes cell by cell."""

import datetime as dt
import zipfile
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from typer.testing import CliRunner

from policy_engine.doors.main import app
from policy_engine.tables.cells import Percentage

openpyxl = pytest.importorskip("openpyxl", reason="tables need `pip install '.[tables]'`")
xlsxwriter = pytest.importorskip("xlsxwriter", reason="tables need `pip install '.[tables]'`")
rowwise = pytest.importorskip("policy_engine.tables.rowwise")
LETTERS = st.text(st.sampled_from("a&<>\"' _x0041\x01\t\n满𠮷;=") | st.characters(codec="utf-8"), max_size=12)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**11), max_value=10**11)
OLD = tuple(map(int, xlsxwriter.__version__.split(".")[:2])) < (3, 3)
DECIMALS = (
    st.integers(-(10**11), 10**11).map(Decimal) if OLD else NUMBERS
)  # older libraries write others as binary floats
CELLS = st.one_of(
    LETTERS.filter(lambda text: text and not text.startswith("<r>")), st.text("长", min_size=190, max_size=210),
    DECIMALS, DECIMALS.map(Percentage), st.integers(-(10**15), 10**15), st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(), st.none(), st.dates(dt.date(1901, 1, 1)), st.datetimes(dt.datetime(1901, 1, 1)).map(lambda at: at.replace(microsecond=0)),
)  # fmt: skip


def written(path, rows, at_once):
    """The parts of a workbook with these rows, each some points high, below a header that is written cell by cell."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False})
    forms = [book.add_format({"num_format": form}) for form in ("0", "0%", "yyyy-mm-dd")]
    sheet = book.add_worksheet("名", rowwise.Rowwise)
    sheet.write_string(0, 0, "头", forms[0])
    for number, (height, cells) in enumerate(rows, 1):
        told = [(2 * i, value, forms[form]) for i, (value, form) in enumerate(cells)]
        sheet.set_row(number, height)  # notes are as high as so many rows
        sheet.write_comment(number, 0, "注")
        if at_once:
            sheet.line(number, height, told)
            continue
        for column, value, form in told:
            write = {str: sheet.write_string, bool: sheet.write_boolean, type(None): sheet.write_blank}.get(type(value))
            dated = sheet.write_datetime if isinstance(value, dt.date) else sheet.write_number
            (write or dated)(number, column, value, form)
    sheet.merge_range(len(rows) + 1, 0, len(rows) + 1, 3, "下", forms[0])
    book.close()
    with zipfile.ZipFile(path) as there:
        return {
            name: there.read(name) for name in there.namelist() if name != "docProps/core.xml"
        }  # which has the time


@example([(15, [(" 甲", 0), ("乙\n", 1), ("丙_x0041_", 1), ("a&b <c>", 2), ("\x0b丁", 0), ("\x85戊", 0)])])
@given(st.lists(st.tuples(st.sampled_from([15, 16.5, 99]), st.lists(st.tuples(CELLS, st.integers(0, 2)), min_size=1, max_size=5)), max_size=5))  # fmt: skip
def test_rows_are_written_as_cell_by_cell(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("book") / "b.xlsx"
    assert written(path, rows, at_once=True) == written(path, rows, at_once=False)


def test_what_is_kept_of_cells_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(rowwise, "KEPT", 3)
    rows = [(15, [(f"{i % 5}", i % 3), (Decimal(i), 0)]) for i in range(20)]
    assert written(tmp_path / "b.xlsx", rows, at_once=True) == written(tmp_path / "b.xlsx", rows, at_once=False)


@pytest.mark.parametrize("note", ["<r>&</r>", "<r><t>甲</t></r>", "<r></r>"])
def test_a_text_is_not_taken_for_parts_in_different_fonts(tmp_path, note):
    """The library writes what begins and ends so as it stands: a workbook that nothing opens, or another text."""
    table, out = tmp_path / "in.csv", tmp_path / "out.xlsx"
    table.write_text(f"表彰对象,每人奖金,活动类别,备注\n个人,3000,评比达标表彰,{note}\n", encoding="utf-8")
    assert CliRunner().invoke(app, ["batch", "award.grant", str(table), "-o", str(out)]).exit_code in (0, 1, 3)
    assert openpyxl.load_workbook(out).worksheets[0]["D2"].value == note
