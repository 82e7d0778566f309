"""Office sheets as clerks keep them, each with what a careful clerk would read in it: facts row by row, or a refusal."""

import datetime as dt
import re
import zipfile
from dataclasses import dataclass, field
from decimal import Decimal
from xml.sax.saxutils import escape

import openpyxl
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font

REFUSED = "refused"
AWARD = ["表彰对象", "每人奖金", "活动类别", "项目经自治区党委、政府批准"]
MAIN = "评比达标表彰"
Y = True


@dataclass(kw_only=True)
class Made:
    """A sheet: its cells, what is merged, crossed out or raised, number formats by cell; what is wanted of each case, and what is said."""

    name: str
    rows: list
    wanted: object
    decision: str = "award.grant"
    kind: str = ".xlsx"
    merges: list = field(default_factory=list)
    formats: dict = field(default_factory=dict)
    said: list = field(default_factory=list)
    encoding: str = "utf-8"
    epoch: dt.datetime | None = None
    hidden: list = field(default_factory=list)
    struck: list = field(default_factory=list)
    raised: dict = field(default_factory=dict)
    joint: str = ","
    tab: str = "台账"
    pages: str = ""
    comments: dict = field(default_factory=dict)


def award(*rows, heads=AWARD):
    return [heads, *map(list, rows)]


def yuan(*amounts):
    return [{"amount": a if a in (None, REFUSED) else Decimal(a)} if a != REFUSED else REFUSED for a in amounts]


PERSON = ("个人", "{}", MAIN, "是")


def persons(*amounts):
    return [["个人", amount, MAIN, "是"] for amount in amounts]


DATES = ["投资日期", "项目名称", "本次出资（万元）", "投资类型"]
SERIES = [
    Made(name="plain", rows=award(*persons("3000", 2999.99, "３０００")), wanted=yuan("3000", "2999.99", "3000")),
    Made(name="title, unit note and signature", kind=".xlsx", merges=["A1:D1", "C2:D2"],
         rows=[["2024年表彰奖励台账"], [None, None, "单位：万元"], *award(*persons(0.3, 0.15)), ["制表人：张三", None, "审核人：李四"]],
         wanted=yuan("3000", "1500"), said=["按万元读取", "第 6 行（“制表人：张三”）"]),
    Made(name="unit in the title", rows=[["表彰奖励情况表（万元）"], [], *award(*persons(0.3))], wanted=yuan("3000")),
    Made(name="unit without a colon", rows=[["金额单位万元"], *award(*persons(0.3))], wanted=yuan("3000")),
    Made(name="unit below the table", rows=[*award(*persons(0.5)), ["注：以上金额单位为万元"]], wanted="--unit"),
    Made(name="unit of the row", rows=award(*[[*p, u] for p, u in zip(persons("0.5", "3000", "3000"), ("万元", "元", "美元"), strict=False)], heads=[*AWARD, "单位"]),
         wanted=[REFUSED, {"amount": 3000}, REFUSED], said=["本行的数以 `万元` 为单位", "`美元`"]),
    Made(name="an organisation is no unit", rows=award(["教育局", *persons("3000")[0]], heads=["单位", *AWARD]), wanted=yuan("3000")),
    Made(name="row of units", rows=[AWARD, ["", "（万元）", "", ""], *persons("0.3", 0.2)], wanted=yuan("3000", "2000")),
    Made(name="group with a unit", merges=["A1:A2", "B1:C1", "D1:D2"],
         rows=[["表彰对象", "奖励情况（万元）", None, "活动类别"], [None, "每人奖金", "本年度已领奖金"], ["个人", 0.2, 0.1, MAIN], ["个人", "500元", 0.1, MAIN]],
         wanted=[{"recipient": "individual", "amount": 2000, "received_this_year": 1000, "activity": "commendation"},
                 {"amount": 500, "received_this_year": 1000}]),
    Made(name="two rows of header, exported", kind=".csv",
         rows=[["姓名", "表彰对象", "奖励情况（万元）", "", "活动类别"], ["", "", "每人奖金", "本年度已领奖金", ""], ["扎西", "个人", "0.2", "0.1", MAIN]],
         wanted=[{"recipient": "individual", "amount": 2000, "received_this_year": 1000, "activity": "commendation"}]),
    Made(name="group and column together name an input", decision="fund.investment", merges=["A1:A2", "B1:C1"],
         rows=[["投资方式", "子基金", None], [None, "总规模", "存续年限"], ["子基金", "10亿元", "10"]],
         wanted=[{"kind": "subfund", "subfund_total": 10**9, "term_years": 10}]),
    *[Made(name=f"column before its group{how}", decision="parking.premium", **book,
           rows=[["供地方式", "面积（㎡）", "", "基准地价"], ["", "地下一层", "地下二层", ""], ["出让", 3000, 2000, "1200元/㎡"]],
           wanted=[{"supply": "granted", "area_b1": 3000, "area_b2": 2000, "benchmark_price": 1200}])
      for how, book in (("", {"merges": ["A1:A2", "B1:C1", "D1:D2"]}), (", exported", {"kind": ".csv"}))],
    Made(name="what stands beside other values is a case, not a header", decision="parking.premium", kind=".csv",
         rows=[["供地方式", "面积", "基准地价"], ["出让", "地下一层", "1200元/㎡"]], wanted=[{"supply": "granted", "benchmark_price": 1200}]),
    Made(name="numbers of columns", rows=[AWARD, [1, 2, 3, 4], *persons("3000")], wanted=yuan("3000"), said=["第 2 行（栏次）"]),
    Made(name="subtotals and totals", rows=[["部门", *AWARD], ["甲", *persons(100)[0]], ["甲 小计", None, 100], ["乙", *persons(200)[0]], ["小 计", None, 200],
                                            ["合计：", None, 300], ["总计（人民币）", None, 300]],
         wanted=yuan("100", "200"), said=["第 3 行（“甲 小计”）", "第 5 行（“小 计”）", "第 6 行（“合计：”）", "第 7 行"]),
    Made(name="a total with a formula", rows=[["序号", *AWARD], [1, *persons(100)[0]], ["合计", None, "=SUM(C2:C2)"]], wanted=yuan("100"), said=["第 3 行"]),
    Made(name="a total that is a case", rows=[["姓名", *AWARD], ["合计", *persons(100)[0]]], wanted=[REFUSED], said=["以“合计”开头，却又填有案例的内容"]),
    Made(name="header again on the next page", rows=[AWARD, *persons(1), AWARD, *persons(2)], wanted=yuan("1", "2"), said=["第 3 行（重复的表头）"]),
    Made(name="signatures and notes", rows=[AWARD, *persons(1), [], ["填表人", "王五", "填表日期：", "2024年12月1日"], ["备注：本表一式两份"], ["审核（签字）："]],
         wanted=yuan("1"), said=["第 4 行", "第 5 行", "第 6 行"]),
    Made(name="marks of nothing", rows=award(*persons("-", "/", "—", "无", "——", "0"), ["-", 1, "/", "-"]),
         wanted=[*yuan(None, None, None, None, None, "0"), {"recipient": None, "amount": 1, "activity": None, "approved_by_region": None}],
         said=["视为未填：B2 (-)、B3 (/)、B4 (—)、B5 (无)、B6 (——)"]),
    Made(name="no is no", rows=award(*[["个人", 1, MAIN, f] for f in ("无", "×", "N", "否", "未批准", "错")]), wanted=[{"approved_by_region": False}] * 6),
    Made(name="yes is yes", rows=award(*[["个人", 1, MAIN, f] for f in ("有", "√", "y", "对", "已批准", "☑")]), wanted=[{"approved_by_region": True}] * 6),
    Made(name="flags that say something else", rows=award(*[["个人", 1, MAIN, f] for f in ("已公示", "x", "1", "待定", "○", "已报批")]), wanted=[REFUSED] * 6),
    Made(name="money in words", rows=award(*persons("叁仟元整", "人民币叁仟元", "RMB 3,000", "人民币3000元", "3000元整", "3,000.00元", "￥3000", "0.3万元", "叁仟元伍角")),
         wanted=yuan(*["3000"] * 8, "3000.5")),
    Made(name="money that cannot be told", rows=award(*persons("约3000", "3000左右", "3000-5000", "3000美元", "$3000", "三千五", "3.000,00", "1.2w", "3000元/人", "≤3000")),
         wanted=[REFUSED] * 10),
    Made(name="a currency under a header with a unit", rows=award(*persons("¥0.3", "人民币0.3", "¥3000元", 0.3), heads=["表彰对象", "每人奖金（万元）", *AWARD[2:]]),
         wanted=[REFUSED, REFUSED, {"amount": 3000}, {"amount": 3000}]),
    Made(name="formats that add a unit", rows=award(*persons(3000, 0.3, 3, 30000, 3000, 3000)),
         formats={"B2": '#,##0"元"', "B3": '0.0"万元"', "B4": '[$$-409]#,##0', "B5": '0!.0,"万元"', "B6": '_ ¥* #,##0.00_ ;_ ¥* -#,##0.00_ ', "B7": '"约"0'},
         wanted=yuan("3000", "3000", REFUSED, REFUSED, "3000", REFUSED)),
    Made(name="a format in months", decision="fund.investment", rows=[["kind", "存续年限"], ["子基金", 10], ["子基金", 120], ["子基金", 10]],
         formats={"B3": '0"个月"', "B4": '0"年"'}, wanted=[{"term_years": 10}, REFUSED, {"term_years": 10}]),
    Made(name="cells merged downwards", decision="fund.investment", merges=["A2:A4", "B2:B3"],
         rows=[["投资方式", "母基金总规模", "累计投资额"], ["子基金", "15亿元", 100], [None, None, 200], [None, "20亿元", 300]],
         wanted=[{"kind": "subfund", "fund_total": 15 * 10**8, "amount": 100}, {"kind": "subfund", "fund_total": 15 * 10**8, "amount": 200},
                 {"kind": "subfund", "fund_total": 2 * 10**9, "amount": 300}], said=["合并单元格已向下填充：A2:A4、B2:B3"]),
    Made(name="one cell over two inputs", merges=["A2:B2"], rows=award(["个人", None, MAIN, "是"], *persons("1")), wanted=[REFUSED, {"amount": 1}], said=["合并于多列"]),
    Made(name="dates as offices write them", decision="government.trip",
         rows=[["返回日期"], *[[d] for d in ("2024.7.31", "20240731", 20240731, "2024年 7月 31日", "二〇二四年七月三十一日", 45504, dt.date(2024, 7, 31), "2024/7/31")]],
         wanted=[{"returned_on": dt.date(2024, 7, 31)}] * 8, said=["日期序号读作日期：A7 (2024-07-31)"]),
    Made(name="a serial number of a day as text", decision="government.trip", kind=".csv", rows=[["返回日期"], ["45504"], ["12345"]], wanted=[REFUSED, REFUSED],
         said=["`45504 (= 2024-07-31?)` 不是日期", "`12345` 不是日期"]),
    Made(name="dates that could be two", decision="government.trip",
         rows=[["返回日期"], *[[d] for d in ("24.7.31", "7/8/2024", "2024.7", 2024, 202407, "7月31日", 45504.5, "2024年7月", 99999999)]], wanted=[REFUSED] * 9),
    Made(name="days of 1904", decision="government.trip", epoch=openpyxl.utils.datetime.MAC_EPOCH, rows=[["返回日期"], [44042]], wanted=[{"returned_on": dt.date(2024, 7, 31)}]),
    Made(name="a serial without a workbook", decision="government.trip", kind=".csv", rows=[["返回日期"], ["45504"]], wanted=[REFUSED]),
    Made(name="a form", merges=["A1:D1", "B4:D4"],
         rows=[["表彰奖励审批表"], ["表彰对象", "个人", "每人奖金（万元）", 0.3], ["姓名", "扎西", "联系电话", "0891-1234567"], ["活动类别", MAIN], ["自治区批准", "√", "审批意见", "同意"]],
         wanted=[{"recipient": "individual", "amount": 3000, "activity": "commendation", "approved_by_region": True}], said=["按表单读取：一个案例，4 项"]),
    Made(name="a form with a mistake", rows=[["表彰对象", "个人"], ["每人奖金", "若干"], ["活动类别", MAIN]], wanted=[REFUSED], said=["每人奖金 (B2)"]),
    Made(name="a form with its unit", rows=[["审批表", None, "单位：万元"], ["表彰对象", "个人"], ["每人奖金", 0.3], ["活动类别", MAIN]], wanted=yuan("3000")),
    Made(name="two forms in one", rows=[["表彰对象", "个人"], ["每人奖金", 1], ["表彰对象", "集体"], ["每人奖金", 2]], wanted="表单中“表彰对象”有两处：B1, B3"),
    Made(name="of the government's mainframe", kind=".csv", encoding="gb18030", rows=award(*persons("3000.01")), wanted=yuan("3000.01"), said=["按 GB18030 编码读取"]),
    Made(name="with tabs", kind=".tsv", encoding="utf-16", rows=award(*persons("3,000", "-")), wanted=yuan("3000", None), said=["按 UTF-16 编码读取", "B3 (-)"]),
    Made(name="of another suite", kind=".ods", merges=["A1:D1", "A3:A4"],
         rows=[["台账"], AWARD, ["个人", Decimal("0.07050"), MAIN, "是"], [None, Decimal("224999999.99"), MAIN, "×"], ["合计", Decimal("224999999.99")]],
         wanted=yuan("0.0705", "224999999.99"), said=["合并单元格已向下填充：A3:A4", "第 5 行（“合计”）"]),
    Made(name="of another suite with formats", kind=".ods", decision="fund.investment", rows=[["kind", "管理费率（%）", "投资后持股比例"], ["子基金", "2%", Decimal("0.3")], ["子基金", Decimal(2), "30%"]],
         formats={"B2": "percentage", "C3": "percentage"}, wanted=[{"management_fee": Decimal("0.02"), "stake": Decimal("0.3")}] * 2),
    Made(name="nothing but an example", rows=[AWARD, ["示例", "3000", MAIN, "是"], *persons("1")], wanted=yuan("1"), said=["第 2 行（“示例”）"]),
    Made(name="errors of formulas", rows=award(*persons("#DIV/0!", "#N/A", "=1+1")), wanted=[REFUSED] * 3),
    Made(name="more digits than a cell holds", rows=award(*persons(7.000000000000001, 0.07 * 100, 1 / 3)), wanted=[REFUSED] * 3),
    Made(name="three rows of header", merges=["A1:D1", "A2:B2", "C2:D2", "A3:A4"],
         rows=[["台账"], ["基本情况", None, "奖励（万元）", None], ["姓名", "对象情况", None, "金额情况"], [None, "表彰对象", "每人奖金", "本年度已领奖金"], ["扎西", "个人", 0.2, 0.1]],
         wanted=[{"recipient": "individual", "amount": 2000, "received_this_year": 1000}]),
    Made(name="numbers shown in thousands", rows=[["单位：千元"], *award(*persons(3000000, 3))], formats={"B3": "#,##0,"}, wanted=yuan(REFUSED, "3000")),
    Made(name="a form as it is exported", kind=".csv", rows=[["审批表", "", ""], ["表彰对象", "", "个人"], ["每人奖金（元）", "", "3000"], ["活动类别", "", MAIN, ""]],
         wanted=[{"recipient": "individual", "amount": 3000, "activity": "commendation"}]),
    Made(name="a form with boxes", rows=[["表彰对象", "☑个人 □集体"], ["每人奖金", 1], ["自治区批准", "□是 √否"], ["活动类别", "□评比达标表彰 □其他"]],
         wanted=[REFUSED], said=["活动类别 (B4)"]),
    Made(name="boxes in a table", rows=award(["☑个人 □集体", 1, MAIN, "□是 ☑否"], ["☑个人 ☑集体", 1, MAIN, "是"]),
         wanted=[{"recipient": "individual", "approved_by_region": False}, REFUSED]),
    Made(name="organisations with the sign of money", rows=award(*[[o, *persons("3000")[0]] for o in ("元阳县财政局", "美元公司")], heads=["单位", *AWARD]), wanted=yuan("3000", "3000")),
    Made(name="an office that signs", rows=award(*[[o, *persons("3000")[0]] for o in ("负责人", "会计")], heads=["职务", *AWARD]), wanted=yuan("3000", "3000")),
    Made(name="numbers of columns or a case", rows=[["本年度已领奖金", "本项目已领奖金", "每人奖金"], [1, 2, 3], [1, 2, 3]], wanted=[REFUSED, {"amount": 3}], said=["既可能是栏次，也可能是案例"]),
    Made(name="two columns of one name", rows=[[*AWARD, "每人奖金"], [*persons(1)[0], 2]], wanted="有两列都是“所得奖金”：“每人奖金”（B 列）、“每人奖金”（E 列）"),
    Made(name="two units in one note", rows=[["单位：万元、元"], *award(*persons(1))], wanted="--unit"),
]  # fmt: skip


def write(made, folder):
    """The file of a sheet."""
    path = folder / f"in{made.kind}"
    if made.kind == ".xlsx":
        _xlsx(made, path)
    elif made.kind == ".ods":
        _ods(made, path)
    else:
        joint = "\t" if made.kind == ".tsv" else made.joint
        lines = [joint.join(f'"{c}"' if joint in str(c) else str(c) for c in row) for row in made.rows]
        path.write_bytes("\r\n".join(lines).encode(made.encoding))
    return path


def _xlsx(made, path):
    book = openpyxl.Workbook()
    if made.epoch:
        book.epoch = made.epoch
    sheet = book.active
    sheet.title = made.tab
    sheet.oddHeader.center.text = made.pages or None
    for row in made.rows:
        sheet.append(row)
    if not any(row for row in made.rows[:1]):
        raise AssertionError(made.name)
    for name, form in made.formats.items():
        sheet[name].number_format = form
    for area in made.merges:
        sheet.merge_cells(area)
    for name in made.struck:
        sheet[name].font = Font(strike=True)
    for name, (plain, above) in made.raised.items():
        sheet[name] = CellRichText(plain, TextBlock(InlineFont(vertAlign="superscript"), above))
    for place in made.hidden:
        (sheet.row_dimensions if isinstance(place, int) else sheet.column_dimensions)[place].hidden = True
    for name, text in made.comments.items():
        sheet[name].comment = Comment(text, "王五")
    book.save(path)


def _ods(made, path):
    """A sheet as office suites write it: spans, covered cells, repeated ones, a comment, rows without end."""
    spans = {}
    for area in made.merges:
        left, top, right, bottom = openpyxl.utils.range_boundaries(area)
        spans[top, left] = (
            f' table:number-columns-spanned="{right - left + 1}" table:number-rows-spanned="{bottom - top + 1}"'
        )
    lines = []
    for r, row in enumerate(made.rows, 1):
        cells = "".join(
            _ods_cell(
                cell,
                spans.get((r, c), "") + _ods_style(made, f"{'ABCDEFG'[c - 1]}{r}"),
                made.formats.get(f"{'ABCDEFG'[c - 1]}{r}"),
            )
            for c, cell in enumerate(row, 1)
        )
        lines.append(
            f'<table:table-row>{cells}<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
        )
    lines.append('<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>')
    named = "".join(f' xmlns:{short}="{short}"' for short in ("office", "table", "text", "calcext", "style"))
    body = f'<table:table table:name="台账">{"".join(lines)}</table:table><table:table table:name="其他"/>'
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr(
            "content.xml",
            f"<office:document-content{named}>{_STYLES}<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>",
        )


_STYLES = (
    '<office:automatic-styles><style:style style:name="ce1" style:family="table-cell"><style:text-properties style:text-line-through-style="solid"/>'
    '</style:style><style:style style:name="ce2" style:family="table-cell"><style:text-properties style:text-line-through-style="none" style:text-position="0% 100%"/>'
    '</style:style><style:style style:name="T1" style:family="text"><style:text-properties style:text-position="super 58%"/></style:style></office:automatic-styles>'
)


def _ods_style(made, place):
    return f' table:style-name="ce{1 if place in made.struck else 2}"'


def _ods_cell(cell, span, form):
    if cell is None:
        return "<table:covered-table-cell/>"
    if isinstance(cell, Decimal):
        shown = form or cell
        return f'<table:table-cell{span} office:value-type="float" office:value="{cell}"><text:p>{shown}</text:p></table:table-cell>'
    if form == "percentage":
        value = Decimal(re.sub("[^0-9.]", "", cell)) / 100
        return f'<table:table-cell{span} office:value-type="percentage" office:value="{value}"><text:p>{cell}</text:p></table:table-cell>'
    if isinstance(cell, tuple):
        plain, above = cell
        return f'<table:table-cell{span} office:value-type="string"><text:p>{plain}<text:span text:style-name="T1">{above}</text:span></text:p></table:table-cell>'
    note = "<office:annotation><text:p>5000</text:p></office:annotation>"
    return (
        f'<table:table-cell{span} office:value-type="string">{note}<text:p>{escape(cell)}</text:p></table:table-cell>'
    )
