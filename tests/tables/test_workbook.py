"""Workbooks: cells read as they were typed, results that a clerk would hand on."""

import datetime as dt
import gc
import json
import random
import tempfile
import zipfile
from collections import Counter
from decimal import Decimal, InvalidOperation

import pytest
from typer.testing import CliRunner

import policy_engine
from policy_engine.deciding.outcome import STATUSES
from policy_engine.doors.main import app
from policy_engine.explaining.decision import decide
from policy_engine.tables.cells import number_of
from policy_engine.tables.workbook import read_sheet
from policy_engine.words import STATUS

openpyxl = pytest.importorskip("openpyxl", reason="tables need `pip install '.[tables]'`")
RUN = CliRunner()
HEADS = ["序号", "表彰对象", "每人奖金（万元）", "活动类别", "项目经自治区党委、政府批准", "备注"]


def batch(decision, table, out, *args):
    given = ["batch", decision, table, "-o", out, "--as-of", "2025-03-01", "--lang", "zh", *args]
    return RUN.invoke(app, list(map(str, given)))


def workbook(path, rows, sheet="台账"):
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def mixed(count):
    """Good and bad rows under a merged title, and what they should come to: None for a bad one."""
    chance = random.Random(5)
    rows, wanted = [], []
    for i in range(count):
        bonus = chance.choice([0.3, 0.30001, 0.15, "0.2", "2500元", None])
        row = [i, "个人", bonus, "评比达标表彰", "是", "=1+1" if i % 9 == 0 else "备注"]
        good = {0.3: "符合", 0.30001: "违反", 0.15: "符合", "0.2": "符合", "2500元": "符合", None: "无法判定"}[bonus]
        if chance.random() < 0.1:
            column, bad = chance.choice([(1, "路人"), (2, "若干"), (3, "其他活动"), (4, "也许"), (2, -1)])
            row[column], good = bad, None
        rows.append(row)
        wanted.append(good)
    return rows, wanted


def test_five_thousand_mixed_rows(tmp_path):
    rows, wanted = mixed(5000)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "台账"
    sheet.append(["表彰奖励资金发放台账"])
    sheet.merge_cells("A1:F1")
    sheet.append(HEADS)
    for row in rows:
        sheet.append(row)
    for cell in sheet["F"][2:]:
        if cell.data_type == "f":
            cell.data_type = "s"  # text that looks like a formula
    book.save(tmp_path / "awards.xlsx")
    result = batch("award.grant", tmp_path / "awards.xlsx", tmp_path / "out.xlsx", "--errors", tmp_path / "bad.csv")
    assert result.exit_code == 2
    bad = [i for i, good in enumerate(wanted) if good is None]
    matched, *told = [line for line in result.stderr.splitlines() if line]
    assert "按万元读取：每人奖金（万元）；未使用：序号、备注" in matched
    assert len(told) == len(bad) > 400
    assert told[0].startswith(f"台账，第 {bad[0] + 3} 行：")
    columns = {c: HEADS[c] for c in range(1, 5)}
    for i, line in zip(bad, told, strict=True):
        assert any(f"{head} ({'ABCDE'[c]}{i + 3})：" in line for c, head in columns.items()), line
    assert len((tmp_path / "bad.csv").read_text(encoding="utf-8-sig").splitlines()) == len(bad) + 1
    found = openpyxl.load_workbook(tmp_path / "out.xlsx")["结果"]
    heads = [cell.value for cell in found[1]]
    at = heads.index("每人不超过3000元")
    shown = [(row[0], row[at], row[5]) for row in found.iter_rows(min_row=2, values_only=True)]
    assert [int(number) for number, _, _ in shown] == list(range(5000))  # every row in its order, refused ones too
    assert [status for _, status, _ in shown] == wanted
    outcome = heads.index("结论")
    refused = [row for row in found.iter_rows(min_row=2, values_only=True) if row[outcome] == "拒收"]
    assert len(refused) == len(bad) and all(row[outcome + 1] for row in refused)
    assert {note for _, _, note in shown} == {"备注", "=1+1"}


@pytest.fixture(scope="module")
def handed_on(tmp_path_factory):
    """A workbook of results, opened again."""
    folder = tmp_path_factory.mktemp("handed")
    rows = [HEADS, [1, "个人", 1234.5, "评比达标表彰", "是", "=1+1"], [2, "个人", 0.3, "评比达标表彰", "是", ""],
            [dt.date(2025, 3, 1), "个人", None, "评比达标表彰", "是", ""]]  # fmt: skip
    path = workbook(folder / "in.xlsx", rows)
    book = openpyxl.load_workbook(path)
    book.active["F2"].data_type = "s"
    book.save(path)
    batch("award.grant", path, folder / "out.xlsx")
    return openpyxl.load_workbook(folder / "out.xlsx")


CAP = "每人不超过3000元"


def test_results_have_a_frozen_header_and_filters(handed_on):
    results = handed_on["结果"]
    assert results.freeze_panes == "B2"
    assert results.auto_filter.ref == f"A1:{results.cell(4, results.max_column).coordinate}"
    assert results["A1"].font.bold


def test_each_status_has_its_colour(handed_on):
    (found,) = handed_on["结果"].conditional_formatting
    assert str(found.sqref).startswith("A2:")
    fills = {rule.formula[0].strip('"'): rule.dxf.fill.bgColor.rgb for rule in found.rules}
    assert set(fills) == {STATUS[status].zh for status in STATUSES}
    assert fills["违反"] != fills["符合"] != fills["无法判定"]


def test_numbers_have_separators_dates_are_dates_and_text_is_text(handed_on):
    results = handed_on["结果"]
    assert (results["C2"].value, results["C2"].number_format) == (1234.5, "#,##0.##########")
    assert (results["A2"].value, results["A2"].number_format) == (1, "#,##0")
    assert (results["A4"].value, results["A4"].is_date) == (dt.datetime(2025, 3, 1), True)
    assert (results["F2"].value, results["F2"].data_type) == ("=1+1", "s")


def test_the_summary_counts_each_provision_and_draws_it(handed_on):
    results, summary = handed_on["结果"], handed_on["汇总"]
    heads = [cell.value for cell in summary[1]]
    counts = {
        row[0]: dict(zip(heads[1:], row[1:], strict=True)) for row in summary.iter_rows(min_row=2, values_only=True)
    }
    columns = [cell.value for cell in results[1]]
    for title in (head for head in columns if head in counts):
        shown = [row[columns.index(title)] for row in results.iter_rows(min_row=2, values_only=True)]
        assert {status: n for status, n in counts[title].items() if n} == Counter(shown)
    assert counts[CAP]["违反"] == counts[CAP]["符合"] == counts[CAP]["无法判定"] == 1
    (chart,) = summary._charts
    assert len(chart.series) == len(STATUSES)


def test_every_citation_is_on_its_sheet(handed_on):
    cites = handed_on["依据"]
    shown = {row[0]: row for row in cites.iter_rows(min_row=2, values_only=True)}
    rule = policy_engine.load().rule("award.grant")
    assert set(shown) == {p.title.zh for p in rule.provisions if p.cites}
    for p in rule.provisions:
        for cite in p.cites[-1:]:
            assert shown[p.title.zh][2:] == (cite.document, cite.at, cite.phrase)


def test_a_full_sheet_is_told_and_loses_no_row(tmp_path, monkeypatch):
    monkeypatch.setattr("policy_engine.tables.handed.ROWS", 3)
    rows = [HEADS, *([1, "个人", 0.3, "评比达标表彰", "是", ""] for _ in range(3))]
    result = batch("award.grant", workbook(tmp_path / "in.xlsx", rows), tmp_path / "out.xlsx")
    assert result.exit_code == 2
    assert "最多 3 行" in result.stderr
    assert not (tmp_path / "out.xlsx").exists()


def test_cells_are_what_was_typed(tmp_path):
    heads = ["kind", "fund_total", "amount", "stake", "management_fee"]
    rows = [heads, ["subfund", 1500000000, 224999999.99, 0.15, 0.02], ["subfund", 1500000000, 225000000.01, 0.15, "2%"]]
    path = workbook(tmp_path / "in.xlsx", rows)
    batch("fund.investment", path, tmp_path / "out.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["subfund-share-of-fund.status"] for line in lines] == ["satisfied", "violated"]
    assert [Decimal(line["subfund-share-of-fund.margin"]) for line in lines] == [Decimal("0.01"), Decimal("-0.01")]
    assert {line["subfund-fee.status"] for line in lines} == {"satisfied"}


def test_dates_of_a_workbook_are_dates(tmp_path):
    heads = ["returned_on", "reported_on", "led_by"]
    rows = [
        heads,
        [dt.date(2025, 3, 1), dt.date(2025, 3, 8), "vice-mayor"],
        [dt.date(2025, 3, 1), "2025年3月9日", "vice-mayor"],
    ]
    batch("government.trip", workbook(tmp_path / "in.xlsx", rows), tmp_path / "out.jsonl")
    text = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert '"report-in-seven-days.status": "satisfied"' in text[0]
    assert '"report-in-seven-days.status": "violated"' in text[1]


def test_a_percent_cell_is_the_share_it_shows_under_any_header(tmp_path):
    path = workbook(tmp_path / "in.xlsx", [["kind", head] for head in ("management_fee（%）", 0.02, 0.03, 2, "3%")])
    book = openpyxl.load_workbook(path)
    sheet = book.active
    for row, kind in enumerate(["kind", *["subfund"] * 4], 1):
        sheet.cell(row, 1, kind)
    sheet["B2"].number_format, sheet["B3"].number_format = "0%", "0.00%"
    book.save(path)
    batch("fund.investment", path, tmp_path / "out.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["subfund-fee.status"] for line in lines] == ["satisfied", "violated", "satisfied", "violated"]


def test_percent_cells_are_exact(tmp_path):
    path = workbook(tmp_path / "in.xlsx", [["kind", "management_fee"], ["subfund", 0.15], ["subfund", 0.07]])
    book = openpyxl.load_workbook(path)
    for name in ("B2", "B3"):
        book.active[name].number_format = "0%"
    book.save(path)
    assert [cells for _, cells in read_sheet(path).rows][1:] == [["subfund", "15%"], ["subfund", "7%"]]


def test_a_workbook_is_opened_once_for_its_sheets_and_once_for_its_rows(tmp_path, monkeypatch):
    """Each time all of its texts are read."""
    opened, load = [], openpyxl.load_workbook
    monkeypatch.setattr(openpyxl, "load_workbook", lambda *args, **given: opened.append(1) or load(*args, **given))
    rows = [HEADS, [1, "个人", 0.3, "评比达标表彰", "是", ""], [2, "路人", 0.3, "评比达标表彰", "是", ""]]
    path = workbook(tmp_path / "in.xlsx", rows)
    assert "路人" in batch("award.grant", path, tmp_path / "out.jsonl", "--errors", tmp_path / "bad.csv").stderr
    assert len(opened) == 2


@pytest.mark.parametrize("raw", ["inf", "-inf", "nan"])
def test_what_is_no_number_is_not_taken_for_one(raw):
    with pytest.raises((OverflowError, InvalidOperation)):  # the workbook is told to be none
        number_of(float(raw), "General")


def test_a_number_of_more_digits_than_a_cell_holds_is_refused_as_a_fact_and_kept_elsewhere(tmp_path):
    number, long = 110101199001010000, 0.3333333333333333
    rows = [HEADS, [number, "个人", 0.3, "评比达标表彰", "是", long], [2, "个人", long, "评比达标表彰", "是", ""],
            [3, "个人", number, "评比达标表彰", "是", ""]]  # fmt: skip
    result = batch("award.grant", workbook(tmp_path / "in.xlsx", rows), tmp_path / "out.jsonl")
    assert "每人奖金（万元） (C3)：" in result.stderr
    assert "二进制浮点数" in result.stderr
    assert "每人奖金（万元） (C4)：" in result.stderr
    (line,) = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert (line["序号"], line["备注"]) == (str(number), repr(long))


@pytest.mark.parametrize(
    ("number", "form", "shown"),
    [(123, "000000", "000123"), (3000, "#,##0.00", Decimal(3000)), (0.5, "0.0%", "50%"), (3, '0"个月"', "3个月"), (3000, "#,##0,", "3000 (#,##0,)"),
     (2000, '0\\.0000"万元"', '2000 (0\\.0000"万元")'), (2000, "0!.0000", "2000 (0!.0000)"), (35, '0"00元"', '35 (0"00元")'), (35, "0!0!0", "35 (0!0!0)"),
     (35, '"1"0', '35 ("1"0)'), (35, "0 5", "35 (0 5)"), (35, '0".5"', '35 (0".5")'), (35, '"0."0', '35 ("0."0)'), (35, r"0\,000", r"35 (0\,000)"), (35, '0"00"%', '35 (0"00"%)'),
     (35, '"-"0', '35 ("-"0)'), (35, "(0)", "35 ((0))"), (35, ";;;", "35 (;;;)"), (-35, '0;"2"0', '-35 (0;"2"0)'), (-35, "#,##0_);(#,##0)", Decimal(-35)),
     (50, '0.00"m2"', "50m2"), (5, '0"."', "5."), (5, '"第"0"号"', "第5号"), (0.25, "# ?/?", Decimal("0.25")), *[(0.5, form, Decimal("0.5")) for form in ("# ?/2", "# ?/8", "# ??/16", "# ?/10", "# ??/100", "?/2")], *[(500, form, f"500 ({form})") for form in ('0"-"', r"0\-")], (-500, "0;0-", Decimal(-500)), (3000, '#,##0;[Red]-#,##0', Decimal(3000)),
     (0.02, '"不超过"0%', "不超过2%"), (3000, "0.00E+00", Decimal(3000)), (3000, '0!元', "3000元"), (3000, '"¥"#,##0.00;"¥"-#,##0.00', Decimal(3000)), (3000, '@', Decimal(3000)),
     (3000, '_-* #,##0.00_-;-* #,##0.00_-;_-* "-"??_-;_-@_-', Decimal(3000)), (35, '0";"', "35;"), (3, "General\"个月\"", "3个月"), (3, "[>5]0;[Red]0", Decimal(3)),
     (3000, "[$$-409]#,##0", "$3000"), (3000, "_ ¥* #,##0.00_ ", Decimal(3000)), (30000, '[>=10000]0!.0,"万元";0"元"', '30000 ([>=10000]0!.0,"万元";0"元")')],
)  # fmt: skip
def test_a_number_is_what_its_format_shows_or_no_number(number, form, shown):
    assert number_of(number, form) == shown


def test_a_formula_that_came_to_empty_text_is_an_empty_cell(tmp_path):
    rows = [HEADS, [1, "个人", '=IF(1=1,"","")', "评比达标表彰", "是", ""]]
    path, patched = workbook(tmp_path / "in.xlsx", rows), tmp_path / "excel.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(patched, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'<c r="C2"><f>', b'<c r="C2" t="str"><f>'))  # as Excel writes it
    assert batch("award.grant", patched, tmp_path / "out.csv").exit_code == 3


def test_a_formula_that_was_not_worked_out_is_not_an_empty_cell(tmp_path):
    rows = [HEADS, [1, "个人", "=0.1+0.2", "评比达标表彰", "是", ""]]
    result = batch("award.grant", workbook(tmp_path / "in.xlsx", rows), tmp_path / "out.csv")
    assert result.exit_code == 2
    assert "=0.1+0.2" in result.stderr


def test_a_sheet_is_chosen_by_name(tmp_path):
    path = workbook(tmp_path / "in.xlsx", [["x"]], sheet="封面")
    book = openpyxl.load_workbook(path)
    for row in (HEADS, [1, "个人", 0.4, "评比达标表彰", "是", ""]):
        (book["明细"] if "明细" in book.sheetnames else book.create_sheet("明细")).append(row)
    book.save(path)
    assert batch("award.grant", path, tmp_path / "out.csv", "--sheet", "明细").exit_code == 1
    result = batch("award.grant", path, tmp_path / "no.csv", "--sheet", "目录")
    assert result.exit_code == 2
    assert "没有工作表 `目录`；现有：封面、明细" in result.stderr
    assert not (tmp_path / "no.csv").exists()


def test_an_interrupted_run_leaves_no_rows_behind(tmp_path, monkeypatch):
    rows = [HEADS, *([i, "个人", 0.3, "评比达标表彰", "是", ""] for i in range(20))]
    table, seen = workbook(tmp_path / "in.xlsx", rows), iter(range(5))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))

    def interrupted(*given):
        if next(seen, None) is None:
            raise KeyboardInterrupt
        return decide(*given)

    monkeypatch.setattr("policy_engine.tables.batch.decide", interrupted)
    batch("award.grant", table, tmp_path / "out.xlsx")
    gc.collect()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.xlsx", "temporary"]
    assert not list((tmp_path / "temporary").iterdir())


def test_a_file_that_is_no_workbook_is_refused(tmp_path):
    (tmp_path / "in.xlsx").write_text("not a workbook", encoding="utf-8")
    result = batch("award.grant", tmp_path / "in.xlsx", tmp_path / "out.csv")
    assert result.exit_code == 2
    assert "不是有效的工作簿，或已损坏\n  建议：请用 Excel 或 WPS 打开，另存后再试" in result.stderr


@pytest.mark.parametrize("title", [None, "单位：元"])
def test_a_sheet_without_a_header_of_its_pages_is_kept_without(tmp_path, title):
    table = workbook(tmp_path / "in.xlsx", [HEADS, ["1", "个人", 3000, "评比达标表彰", "是", ""]])
    if title:
        book = openpyxl.load_workbook(table)
        book.active.oddHeader.center.text = title
        book.save(table)
    batch("award.grant", table, tmp_path / "out.xlsx")
    with zipfile.ZipFile(tmp_path / "out.xlsx") as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert ("<oddHeader>" in sheet, (title or "") in sheet) == (title is not None, True)
