"""The workbook that is handed on: the sheet as it was, what is said beside each row, set to print."""

import zipfile

import openpyxl
import pytest
from openpyxl.styles import Font
from typer.testing import CliRunner

from policy_engine.doors.main import app

HEADS = ["序号", "表彰对象", "每人奖金", "活动类别", "项目经自治区党委、政府批准", "备注"]


def sheet(path, amounts=(0.3, 0.31, "若干", None)):
    """A sheet with a title, a unit, a total and a signature."""
    book = openpyxl.Workbook()
    made = book.active
    made.title = "奖励台账"
    made.append(["2024年表彰奖励资金发放台账"])
    made.merge_cells("A1:F1")
    made["A1"].font = Font(bold=True, size=16)
    made.append([None, None, None, None, "单位：万元"])
    made.append(HEADS)
    for i, amount in enumerate(amounts, 1):
        made.append([i, "个人", amount, "评比达标表彰", "是", "=1+1" if i == 1 else ""])
    made["F4"].data_type = "s"
    made.append(["合计", None, 0.61])
    made.append(["制表人：张三"])
    made.column_dimensions["D"].width = 33
    made["C4"].number_format = "0.00"
    book.save(path)
    return path


@pytest.fixture(scope="module")
def handed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("handed")
    given = [
        "batch",
        "award.grant",
        sheet(folder / "in.xlsx"),
        "-o",
        folder / "out.xlsx",
        "--as-of",
        "2025-03-01",
        "--lang",
        "zh",
    ]
    result = CliRunner().invoke(app, list(map(str, given)))
    assert result.exit_code == 2, result.output
    return openpyxl.load_workbook(folder / "out.xlsx")


def test_the_sheet_that_was_given_comes_first_as_it_was(handed):
    kept = handed.worksheets[0]
    assert kept.title == "奖励台账"
    rows = [row[:6] for row in kept.iter_rows(max_row=9, values_only=True)]
    assert rows[0][0] == "2024年表彰奖励资金发放台账" and rows[1][4] == "单位：万元" and list(rows[2]) == HEADS
    assert [row[2] for row in rows[3:7]] == [0.3, 0.31, "若干", None]
    assert (rows[7][0], rows[7][2], rows[8][0]) == ("合计", 0.61, "制表人：张三")
    assert "A1:F1" in map(str, kept.merged_cells.ranges)
    assert (
        kept["A1"].font.bold
        and kept["C4"].number_format == "0.00"
        and round(kept.column_dimensions["D"].width) in (33, 34)
    )
    assert (kept["F4"].value, kept["F4"].data_type) == ("=1+1", "s")


def test_beside_each_row_stands_what_is_said_of_it(handed):
    kept = handed.worksheets[0]
    heads = [cell.value for cell in kept[3]][6:]
    assert heads[:4] == ["结论", "理由", "整改", "尚需查明"]
    said = [dict(zip(heads, [cell.value for cell in kept[row]][6:], strict=True)) for row in (4, 5, 6, 7)]
    assert [one["结论"] for one in said] == ["合规", "不合规", "拒收", "无法判定"]
    assert "超出 100 元（拉政办发〔2024〕35号 二）" in said[1]["理由"]
    assert "不超过 3000 元" in said[1]["整改"] and not said[1]["整改"].count("整改：")
    assert "C6" in said[2]["理由"] and "若干" in said[2]["理由"]
    assert said[3]["尚需查明"]
    assert "未填而推定" not in heads  # the same of every case: once, below
    assert str(kept.cell(11, 1).value).startswith("未填而推定：")
    assert kept["G5"].fill.fgColor.rgb != kept["G4"].fill.fgColor.rgb


def test_a_cell_that_says_nothing_is_empty_and_keeps_its_frame(handed):
    texts = [cell.value for one in handed.worksheets[:2] for row in one.iter_rows() for cell in row]
    assert "" not in texts  # it would be counted, and overflow nothing
    beside = handed.worksheets[0]["H4"]  # why the first case complies
    assert beside.value is None and beside.border.left.style == "thin"


def test_every_sheet_is_set_to_print(handed):
    for one in handed.worksheets:
        assert (one.page_setup.orientation, one.page_setup.paperSize, one.page_setup.fitToHeight) == ("landscape", 9, 0)
        assert one.sheet_properties.pageSetUpPr.fitToPage
    kept = handed.worksheets[0]
    assert kept.print_title_rows == "$3:$3"
    assert kept.row_dimensions[5].height >= 30  # the reason goes over two lines
    assert handed["结果"].row_dimensions[1].height > 30


def test_no_identifier_is_shown(handed):
    import policy_engine

    rule = policy_engine.load().rule("award.grant")
    names = {*rule.inputs, *(p.id for p in rule.provisions), "id", "at"}
    for one in handed.worksheets:
        words = {str(cell) for row in one.iter_rows(values_only=True) for cell in row if cell is not None}
        assert not words & names


def test_a_sheet_called_like_the_results_is_told_from_them(tmp_path):
    path = sheet(tmp_path / "in.xlsx")
    book = openpyxl.load_workbook(path)
    book.active.title = "结果"
    book.save(path)
    given = ["batch", "award.grant", path, "-o", tmp_path / "out.xlsx", "--lang", "zh"]
    CliRunner().invoke(app, list(map(str, given)))
    assert openpyxl.load_workbook(tmp_path / "out.xlsx").sheetnames == ["结果 (1)", "结果", "汇总", "依据"]


def test_findings_of_a_register_are_in_words(tmp_path):
    import policy_engine

    lines = "held_on,member,what\n2025-01-03,扎西,深入基层\n2025-02-20,扎西,集中学习\n"
    (tmp_path / "in.csv").write_text(lines, encoding="utf-8")
    given = [
        "register",
        "party-group.year",
        tmp_path / "in.csv",
        "--from",
        "2025-01-01",
        "--to",
        "2025-12-31",
        "-o",
        tmp_path / "o.xlsx",
        "--lang",
        "zh",
        "--as-of",
        "2026-01-02",
    ]
    result = CliRunner().invoke(app, list(map(str, given)))
    assert result.exit_code != 2, result.output
    book = openpyxl.load_workbook(tmp_path / "o.xlsx")
    heads = [cell.value for cell in book.worksheets[0][1]]
    assert "条款" not in heads
    assert book.worksheets[0].page_setup.fitToWidth in (None, 1)  # on one page across
    rule = policy_engine.load().rule("party-group.year")
    words = " ".join(
        str(cell) for one in book.worksheets for row in one.iter_rows(values_only=True) for cell in row if cell
    )
    assert not [name for name in (*rule.inputs, *(p.id for p in rule.provisions)) if name in words.split()]
    values = [row[heads.index("数值")] for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)]
    assert any("成员本年深入基层天数：1" in str(value) for value in values)


def test_findings_of_a_register_are_in_english_words_and_counted(tmp_path):
    import policy_engine

    heads = "投资日期,项目名称,本次出资,投资方式\n"
    (tmp_path / "in.csv").write_text(
        heads + "2025-02-10,藏药,1亿元,直投\n2025-11-05,冰川,2亿元,直投\n某日,冰川,1,直投\n", encoding="utf-8"
    )
    given = ["register", "fund.investment", tmp_path / "in.csv", "--from", "2025-01-01", "--to", "2025-12-31", "--set",
             "fund_total=15亿元", "-o", tmp_path / "o.xlsx", "--lang", "en", "--as-of", "2026-01-02"]  # fmt: skip
    result = CliRunner().invoke(app, list(map(str, given)))
    assert result.exit_code == 2 and "2 entries, " in result.output, result.output
    book = openpyxl.load_workbook(tmp_path / "o.xlsx")
    assert [cell.value for cell in book.worksheets[0][1]][:4] == ["Period", "From", "To", "Whom"]
    rule = policy_engine.load().rule("fund.investment")
    names = {
        *rule.inputs,
        *(p.id for p in rule.provisions),
        *rule.readings,
        *(o for r in rule.readings.values() for o in r.options),
    }
    cells = [str(cell) for one in book.worksheets for row in one.iter_rows(values_only=True) for cell in row if cell]
    assert not [(name, cell) for name in names if "_" in name for cell in cells if name in cell]
    assert any(cell.startswith("Entries: 2; Findings: ") and cell.endswith("; refused: 1") for cell in cells)


def handed_of(folder, lay_out):
    """The sheet that is kept of one that is laid out so."""
    path = sheet(folder / "in.xlsx")
    book = openpyxl.load_workbook(path)
    lay_out(book.active)
    book.save(path)
    given = ["batch", "award.grant", path, "-o", folder / "out.xlsx", "--as-of", "2025-03-01", "--lang", "zh"]
    CliRunner().invoke(app, list(map(str, given)))
    return openpyxl.load_workbook(folder / "out.xlsx").worksheets[0]


def test_columns_that_have_their_width_together_keep_it(tmp_path):
    def together(own):
        own.column_dimensions["B"].width = 25
        own.column_dimensions.group("B", "D", hidden=False)

    kept = handed_of(tmp_path, together)
    groups = [(one.min, one.max, round(one.width)) for one in kept.column_dimensions.values()]
    assert (2, 4, 26) in groups or (2, 4, 25) in groups


def test_of_a_formula_over_many_cells_that_was_not_worked_out_its_text_is_kept(tmp_path):
    def formula(own):
        own["F5"] = openpyxl.worksheet.formula.ArrayFormula("F5", "=SUM(C4:C5)")

    assert handed_of(tmp_path, formula)["F5"].value == "=SUM(C4:C5)"


def test_what_stands_under_a_merged_cell_is_not_shown(tmp_path):
    path = tmp_path / "in.xlsx"

    def merged(own):
        own.merge_cells("A9:C10")
        own._cells[9, 2] = openpyxl.cell.Cell(own, 9, 2, "看不见")  # as programs leave it there
        own["A10"].border = openpyxl.styles.Border()

    kept = handed_of(tmp_path, merged)
    assert "看不见" in str(openpyxl.load_workbook(path, read_only=True).active["B9"].value)
    assert kept["B9"].value is None and kept["A9"].value == "制表人：张三"
    assert kept.max_row == 12 and kept["A12"].value  # what is said of all stands below


@pytest.mark.parametrize("at_the_edge", [None, "远"])
def test_beside_a_sheet_as_broad_as_there_are_nothing_stands_beyond_the_last_column(tmp_path, at_the_edge):
    def broad(own):
        own["XFD4"].font, own["XFD4"].value = Font(bold=True), at_the_edge

    kept = handed_of(tmp_path, broad)
    assert (kept.max_column == 16_384) is (at_the_edge is not None) and kept.max_column <= 16_384
    heads = [cell.value for cell in kept[3]][6:10]
    assert heads == ([None] * 4 if at_the_edge else ["结论", "理由", "整改", "尚需查明"])


def handed_of_parts(folder, *mends):
    """The sheet that is kept of one in whose part something is written otherwise."""
    path, name = sheet(folder / "in.xlsx"), "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(path) as parts:
        told = {part: parts.read(part) for part in parts.namelist()}
    for old, new in mends:
        assert old.encode() in told[name]
        told[name] = told[name].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w") as parts:
        for part, raw in told.items():
            parts.writestr(part, raw)
    given = ["batch", "award.grant", path, "-o", folder / "out.xlsx", "--as-of", "2025-03-01", "--lang", "zh"]
    CliRunner().invoke(app, list(map(str, given)))
    return openpyxl.load_workbook(folder / "out.xlsx").worksheets[0]


@pytest.mark.parametrize("size", ["1e999", "-5", "0", "99999"])
def test_a_size_that_nothing_can_have_is_none(tmp_path, size):
    kept = handed_of_parts(tmp_path, ('width="33"', f'width="{size}"'), ('<row r="5"', f'<row r="5" ht="{size}"'))
    assert round(kept.column_dimensions["A"].width) == 12 and kept.column_dimensions["A"].max >= 6  # D as all others
    assert kept.row_dimensions[5].height == 49.5


@pytest.mark.parametrize("place", ["XFE9", "A1048577"])
def test_a_cell_where_none_can_be_is_not_kept(tmp_path, place):
    row = int(place.lstrip("XFEA"))
    kept = handed_of_parts(tmp_path, ('<row r="9"', f'<row r="{row}"'), ('r="A9"', f'r="{place}"'))
    assert kept["A8"].value == "合计" and "张三" not in str(list(kept.iter_rows(min_row=9, values_only=True)))
