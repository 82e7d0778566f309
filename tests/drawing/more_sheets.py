"""More sheets as offices keep them: tables below each other, notes and totals everywhere, figures and words side by side."""

import datetime as dt
from decimal import Decimal

from sheets import AWARD, MAIN, REFUSED, Made, award, persons, yuan

FUND = ["投资方式", "母基金总规模", "累计投资额"]

SERIES = [
    Made(name="two tables one below the other", rows=[["一、个人"], *award(*persons(1)), [], ["二、集体"], *award(["集体", 2, MAIN, "是"])],
         wanted=[{"recipient": "individual", "amount": 1}, {"recipient": "collective", "amount": 2}], said=["第 5 行（“二、集体”）", "第 6 行（重复的表头）"]),
    Made(name="two tables with other columns", rows=[*award(*persons(1)), [], ["每人奖金", "表彰对象", "活动类别", "项目经自治区党委、政府批准"], [2, "集体", MAIN, "否"]],
         wanted=[{"recipient": "individual", "amount": 1}, REFUSED, REFUSED]),
    Made(name="tables side by side", rows=[[*AWARD, None, *AWARD], [*persons(1)[0], None, *persons(2)[0]]], wanted="有两列都是"),
    Made(name="forms side by side", merges=["A1:F1"],
         rows=[["表彰奖励审批表"], ["表彰对象", "个人", "活动类别", MAIN, "每人奖金", "3000元"], ["自治区批准", "是", "姓名", "扎西", "电话", "13900000000"]], wanted=[{"recipient": "individual", "amount": 3000, "activity": "commendation", "approved_by_region": True}]),
    Made(name="forms one below the other", rows=[["审批表一"], ["表彰对象", "个人"], ["每人奖金", 1], [], ["审批表二"], ["表彰对象", "集体"], ["每人奖金", 2]], wanted="表单中“表彰对象”有两处：B2, B6"),
    Made(name="units by column in notes below", decision="fund.investment",
         rows=[FUND, ["子基金", 15, 22500], ["注：母基金总规模单位为亿元，累计投资额单位为万元"]], wanted="--unit"),
    Made(name="a header over lines, with spaces", rows=award(*persons(3000), heads=["表彰\n对象", "每 人 奖 金\n（元）", "活\u3000动\u3000类\u3000别", "项目经自治区党委、\n政府批准"]), wanted=[{"recipient": "individual", "amount": 3000, "activity": "commendation", "approved_by_region": True}]),
    Made(name="a serial column in words", rows=[["序号", "项次", *AWARD], ["一", "（1）", *persons(1)[0]], ["二", "（2）", *persons(2)[0]]], wanted=yuan("1", "2"), said=['未使用：序号、项次']),
    Made(name="dates with the day of the week", decision="government.trip",
         rows=[["返回日期"], *[[d] for d in ("2024年7月31日（星期三）", "2024-07-31 周三", "2024.7.31（三）", "2024年7月31日星期四", "2024-07-31 00:00:00", "2024年7月31日上午")]], wanted=[{"returned_on": dt.date(2024, 7, 31)}] * 2 + [REFUSED] * 2 + [{"returned_on": dt.date(2024, 7, 31)}, REFUSED]),
    Made(name="thousands in full width", rows=award(*persons("３，０００", "３，０００．５０", "3，000元", "１２３，４５", "3 000", "３．０万元")), wanted=yuan("3000", "3000.5", "3000", REFUSED, REFUSED, "30000")),
    Made(name="words and figures that agree", rows=[["表彰对象", "每人奖金（大写）", "每人奖金（小写）", "活动类别"], ["个人", "叁仟元整", 3000, MAIN]], wanted=yuan("3000")),
    Made(name="words and figures that contradict", rows=[["表彰对象", "每人奖金大写", "每人奖金", "活动类别"], ["个人", "叁仟元整", 3500, MAIN], ["个人", "叁仟元整", 3000, MAIN]], wanted=yuan(REFUSED, "3000"), said=['每人奖金大写 (B2)：大写 `叁仟元整` 与小写数额不一致']),
    Made(name="words and figures in one cell", rows=award(*persons("叁仟元整（¥3,000.00）", "叁仟元整（￥3500）", "3000（叁仟元整）")), wanted=[REFUSED] * 3),
    Made(name="hidden rows and columns", rows=award(*persons(1, 2, 3)), wanted=yuan("1", "2", "3"), said=['隐藏的也已读取：第 3 行、D 列'], hidden=[3, "D"]),
    Made(name="formulas without values", rows=award(*persons("=3000", "=B2*2", 3)), wanted=yuan(REFUSED, REFUSED, "3")),
    Made(name="text that is a number", rows=award(*persons("3000 ", "\u00a03000", "'3000", "3000.0", "+3000", "３０００．００")), wanted=yuan("3000", "3000", REFUSED, "3000", "3000", "3000")),
    Made(name="a share as 0.15 and as 15", decision="fund.investment", rows=[["投资方式", "投资后持股比例", "管理费率（%）"], ["股权直投", 0.15, 2], ["股权直投", "15%", 0.02], ["股权直投", 15, "2%"], ["股权直投", "15", "百分之二"]], wanted=[{"stake": Decimal("0.15"), "management_fee": Decimal("0.02")}, {"stake": Decimal("0.15"), "management_fee": Decimal("0.0002")}, REFUSED, REFUSED], said=['按%读取：管理费率（%）']),
    Made(name="empty rows at the end and between", rows=[*award(*persons(1)), [], [None] * 4, persons(2)[0], [""] * 4, [" ", None, "\u3000", None], []], wanted=yuan("1", "2")),
    Made(name="semicolons", kind=".csv", rows=[[";".join(AWARD)], [";".join(persons("3000")[0])]], wanted=yuan("3000"), said=['按分号分隔读取']),
    Made(name="a mark and tabs in a csv", kind=".csv", encoding="utf-8-sig", rows=[["\t".join(AWARD)], ["\t".join(persons("3000")[0])]], wanted=yuan("3000"), said=['按制表符分隔读取']),
    Made(name="merged titles with a date and a number", merges=["A1:D1", "A2:D2"],
         rows=[["拉萨市2024年度表彰奖励资金审批表"], ["填报单位：市人社局    填报日期：2024年7月31日    单位：元"], *award(*persons(3000)), ["合计人数", None, 1], ["经办人：        负责人：        2024年8月1日"]], wanted=yuan("3000"), said=['第 5 行（“合计人数”）']),
    Made(name="a total in the first column and a mean", rows=[["序号", *AWARD], [1, *persons(1)[0]], ["平均", None, 1], ["本页小计", None, 1], ["累计", None, 1], ["其中：个人", None, 1]], wanted=yuan("1"), said=['第 3 行（“平均”）、第 4 行（“本页小计”）、第 5 行（“累计”）、第 6 行（“其中：个人”）']),
    Made(name="offices with units in their names", rows=[["主管单位：市财政局（万元县）"], ["填报单位：万元乡人民政府"], *award(*persons(1))], wanted=yuan("1")),
    Made(name="a unit before a date", rows=[["单位：万元    日期：2024年7月31日"], *award(*persons(0.3))], wanted=yuan("3000"), said=["按万元读取"]),
    Made(name="amounts in words alone", rows=[["表彰对象", "金额（大写）", "活动类别"], ["个人", "叁仟元整", MAIN]], wanted=[{"recipient": "individual", "amount": None}], said=["未使用：金额（大写）"]),
    Made(name="a column of amounts in words alone", rows=[["表彰对象", "每人奖金（大写）", "活动类别"], ["个人", "叁仟元整", MAIN], ["个人", "人民币伍佰元", MAIN]], wanted=yuan("3000", "500")),
    Made(name="a table filtered, in ten thousands, with words", rows=[["单位：万元"], ["表彰对象", "每人奖金", "大写金额", "活动类别"], ["个人", 0.3, "叁仟元整", MAIN], ["个人", 0.3, "叁仟伍佰元整", MAIN], ["个人", 0.3, "/", MAIN], ["个人", 0.3, "很多", MAIN]],
         hidden=[4], wanted=yuan("3000", REFUSED, "3000", REFUSED), said=["隐藏的也已读取：第 4 行"]),
    Made(name="ditto marks", rows=award(["个人", 1, MAIN, "是"], ["〃", 2, "同上", "\""], ["集体", 3, "同前", "″"]), wanted=yuan("1", REFUSED, REFUSED)),
    Made(name="amounts with a slash or a dash of accountants", rows=award(*persons("3,000.00-", "(3,000.00)", "3000/月", "3000.00 CR", "¥ -")), wanted=[REFUSED] * 5),
    Made(name="a date in pieces", decision="government.trip", rows=[["返回日期（年）", "返回日期（月）", "返回日期（日）"], [2024, 7, 31]], wanted="不是该项的单位"),
    Made(name="several sheets' name in the header", rows=[["表1"], ["", *AWARD], ["甲", *persons(1)[0]], ["说明：金额以元为单位，不含税。"]], wanted=yuan("1"), said=['第 4 行（“说明：金额以元为单位，不含税。”）']),
    Made(name="units per row in the cell", decision="parking.premium", rows=[["地下一层面积（㎡）"], ["120㎡"], ["0.012公顷"], ["120平"], ["120 m2"]], wanted=[{"area_b1": 120}, {"area_b1": 120}, REFUSED, {"area_b1": 120}]),
    Made(name="an options list with its numbers", rows=award(["1.个人", 1, MAIN, "是"], ["①个人", 1, "A." + MAIN, "是"], ["个人、集体", 1, MAIN, "是"], ["个人/集体", 1, MAIN, "是"]), wanted=[REFUSED] * 4),
    Made(name="a note in the cell", rows=award(["个人（扎西）", "3000（含税）", MAIN, "是（待补文件）"]), wanted=[REFUSED]),
    Made(name="another suite, thousands and formula", kind=".ods", rows=[AWARD, ["个人", "3，000", MAIN, "√"], ["个人", Decimal("0.5"), MAIN, "○"], ["合 计", Decimal("3000.5")]], wanted=yuan("3000", REFUSED)),
]  # fmt: skip
