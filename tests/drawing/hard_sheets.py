"""Sheets of which a hasty reader gets the unit, the column or the number wrong: what is noted elsewhere, crossed out, cut in two."""

import datetime as dt
from decimal import Decimal

from sheets import AWARD, MAIN, REFUSED, Made, award, persons, yuan

THREE = ["表彰对象", "每人奖金", "活动类别"]
TEN_THOUSANDS = ("注：本表金额均以万元计。", "备注：上述奖金为万元数", "说明：（1）按万元填列；（2）含税")
ABOVE = ("本表金额以万元计", "單位：萬元", "計量單位：萬元", "本表以人民币万元为单位")
VOIDED = ("作废", "（已退回）", "取 消", "已冲红")


def form(value, *beside):
    return [["表彰对象：", "个人"], ["每人奖金：", value, *beside], ["活动类别：", MAIN]]


SERIES = [
    *[Made(name=f"below: {note}", rows=[*award(*persons(0.3)), [note]], wanted="--unit") for note in TEN_THOUSANDS],
    *[Made(name=f"above: {note}", rows=[[note], *award(*persons(0.3))], wanted=yuan("3000"), said=["按万元读取"]) for note in ABOVE],
    *[Made(name=f"in English: {note}", rows=[[note], *award(*persons(0.3))], wanted="--unit") for note in ("(in RMB 10,000)", "Amounts in thousands of yuan", "RMB '000")],
    Made(name="words with an amount are no unit", rows=[["奖励总额为3万元，共2人"], *award(*persons(3000)), ["注：超过三万元的另行报批，每人以2万元为限。"]], wanted=yuan("3000")),
    Made(name="a unit in the old signs", rows=[["表彰对象", "每人奖金（萬元）", "本年度已领奖金（仟元）"], ["个人", 0.3, 3]], wanted=[{"amount": 3000, "received_this_year": 3000}]),
    Made(name="a unit in the remarks of a row", rows=[[*THREE, "备注"], ["个人", 0.3, MAIN, "万元"], ["个人", 3000, MAIN, "元"], ["个人", 3000, MAIN, "美元"]], wanted=yuan(REFUSED, "3000", REFUSED), said=["本行的数以 `万元` 为单位"]),
    Made(name="a unit in a column without a name", rows=[["表彰对象", "每人奖金", "", "活动类别"], ["个人", 0.3, "万元", MAIN], ["个人", 3000, "元", MAIN]], wanted=yuan(REFUSED, "3000")),
    Made(name="the unit of the header again in each row", rows=[["表彰对象", "每人奖金（万元）", "", "活动类别"], ["个人", 0.3, "万元", MAIN], ["个人", 0.3, "亿元", MAIN]], wanted=yuan("3000", REFUSED)),
    Made(name="a second table in another unit", rows=[*award(*persons(3000)), ["表彰对象", "每人奖金（万元）", *AWARD[2:]], *persons(0.3)], wanted="第 3 行是另一个表头"),
    Made(name="a second table with its columns exchanged", rows=[["每人奖金", "本年度已领奖金", "表彰对象"], [3000, 100, "个人"], [], ["本年度已领奖金", "每人奖金", "表彰对象"], [100, 3000, "个人"]], wanted="第 4 行是另一个表头"),
    Made(name="a second table under a title with a unit", rows=[*award(*persons(3000)), [], ["附表二（万元）"], *award(*persons(0.3))], wanted="--unit"),
    Made(name="the header again, written a little otherwise", rows=[AWARD, *persons(1), ["表彰 对象", "每人奖金（元）", *AWARD[2:]], *persons(2)], wanted=yuan("1", "2"), said=["第 3 行（重复的表头）"]),
    Made(name="labels above values, twice", rows=[["表彰对象", "每人奖金"], ["个人", 3000], ["活动类别", "自治区批准"], [MAIN, "是"]], wanted="第 3 行是另一个表头"),
    Made(name="a form with colons", rows=form(3000), wanted=[{"recipient": "individual", "amount": 3000, "activity": "commendation"}]),
    Made(name="a form with the unit behind its value", rows=form(0.3, "万元"), wanted=yuan("3000"), said=["按万元读取"]),
    Made(name="a form with the unit before its value", rows=form("（万元）", 0.3), wanted=yuan("3000")),
    Made(name="a form with a foreign unit beside", rows=form(3000, "美元"), wanted="`美元` 不是该项的单位"),
    Made(name="a form with two units", rows=[["表彰对象", "个人"], ["每人奖金（元）", 0.3, "万元"]], wanted="旁又写“万元”"),
    Made(name="a form in columns: item, value, unit", rows=[["项目", "数值", "单位"], ["表彰对象", "个人"], ["每人奖金", 0.3, "万元"]], wanted=yuan("3000")),
    Made(name="a form in columns: item, unit, value", rows=[["序号", "项目", "单位", "数值"], [1, "表彰对象", None, "个人"], [2, "每人奖金", "万元", 0.3]], wanted=yuan("3000")),
    Made(name="a form with its note below", rows=[*form(0.3), ["注：金额以万元计"]], wanted=yuan("3000")),
    Made(name="label and value in one cell", rows=[["表彰对象：个人"], ["每人奖金：3000元"]], wanted="相邻的两个单元格"),
    Made(name="what does not count any more", rows=[["姓名", *AWARD], ["扎西", *persons(1)[0]], *[[word, *persons(2)[0]] for word in VOIDED]], wanted=yuan("1", *[REFUSED] * 4), said=["该行注明“作废”"]),
    Made(name="crossed out", rows=[["姓名", *AWARD], *[["扎西", *persons(amount)[0]] for amount in (1, 2, 3)]], struck=["A3", "C4"], wanted=yuan("1", REFUSED, REFUSED), said=["`扎西` 带有删除线", "`3` 带有删除线"]),
    Made(name="the number of a footnote", rows=[*award(*persons(3000, None)), ["1. 含税"]], raised={"B3": ("3000", "1")}, wanted=[{"amount": 3000}, REFUSED, REFUSED], said=["`30001` 含有上标或下标文字"]),
    Made(name="crossed out and raised in another suite", kind=".ods", decision="fund.investment", struck=["A3", "B4"], formats={"C2": "percentage", "C6": "percentage"},
         rows=[["投资方式", "累计投资额", "管理费率"], ["子基金", Decimal(1), "2%"], ["子基金", Decimal(2), "2%"], ["子基金", Decimal(3), "2%"], ["子基金", ("3000", "1"), "2%"], ["子基金", Decimal(4), "不超过2%"]],
         wanted=[{"amount": 1, "management_fee": Decimal("0.02")}, *[REFUSED] * 4], said=["`子基金` 带有删除线", "`3` 带有删除线", "`30001` 含有上标"]),
    Made(name="numbers shown otherwise in another suite", kind=".ods", formats={"B2": "3", "B3": "3,001", "B4": "(3,000)", "B5": "3.0E+03", "B6": "-", "B7": "3000.50元", "B8": "3元"},
         rows=[AWARD, *[["个人", Decimal(a), MAIN, "是"] for a in ("3000", "3000.5", "-3000", "3000", "0", "3000.5", "3000")]], wanted=yuan(REFUSED, "3000.5", REFUSED, "3000", "0", "3000.5", REFUSED)),
    Made(name="a raised sign in the header", decision="parking.premium", rows=[[None], ["300"]], raised={"A1": ("地下一层面积 m", "2")}, wanted=[{"area_b1": 300}]),
    Made(name="a month that a spreadsheet made a day", decision="government.trip", rows=[["返回日期"], [dt.date(2024, 7, 1)], [dt.date(2024, 7, 1)], [dt.date(2024, 7, 1)]], formats={"A2": 'yyyy"年"m"月"', "A3": "mmm-yy", "A4": 'yyyy"年"m"月"d"日"'}, wanted=[REFUSED, REFUSED, {"returned_on": dt.date(2024, 7, 1)}], said=["`2024年07月`"]),
    Made(name="shares that are shown as bounds", decision="fund.investment", rows=[["投资方式", "管理费率"], *[["子基金", 0.02]] * 3], formats={"B2": '"不超过"0%', "B3": '0%"以内"', "B4": "0.00%"}, wanted=[REFUSED, REFUSED, {"management_fee": Decimal("0.02")}]),
    Made(name="thousands cut in two", kind=".csv", rows=[["表彰对象,活动类别,每人奖金,本年度已领奖金"], [f"个人,{MAIN},3,000"], [f"个人,{MAIN},3,500,"], [f"个人,{MAIN},3,500"], [f"个人,{MAIN},3500,0"]], joint="\t", wanted=[REFUSED, REFUSED, {"amount": 3, "received_this_year": 500}, {"amount": 3500}], said=["`3,000` 可能是一个数"]),
    Made(name="two amounts in a cell", rows=award(*persons("3000/5000", "3000元/5000元", "3000")), wanted=yuan(REFUSED, REFUSED, "3000"), said=["可能是两个数"]),
    Made(name="more words for sums and pages", rows=[["姓名", *AWARD], ["扎西", *persons(1)[0]], *[[word, None, 1] for word in ("汇总", "总额", "共1人", "Σ", "承前页", "过次页", "上年结转", "期末余额")]], wanted=yuan("1"), said=["第 3 行（“汇总”）"]),
    Made(name="sums labelled behind", rows=[[*AWARD, "备注"], *persons(1, 2), [None, 4, None, None, "以上为总额"]], wanted=yuan("1", "2")),
    Made(name="parts of a table in brackets", rows=[["姓名", *AWARD], ["【市直机关】"], ["扎西", *persons(1)[0]], ["区县："], ["卓玛", *persons(2)[0]]], wanted=yuan("1", "2"), said=["“【市直机关】”"]),
    Made(name="a row of units with other words", rows=[["表彰对象", "每人奖金", "活动类别"], ["（个人/集体）", "（万元）", "（选填）"], ["个人", 0.3, MAIN]], wanted="“（万元）”写在填数的位置"),
    Made(name="a row of units that is named", rows=[["姓名", *THREE], ["单位", "", "万元", ""], ["扎西", "个人", 0.3, MAIN]], wanted="“万元”写在填数的位置"),
    Made(name="units again under the header of the next page", rows=[AWARD, ["", "（万元）", "", ""], *persons(0.1), AWARD, ["", "（万元）", "", ""], *persons(0.2)], wanted=yuan("1000", "2000"), said=["（重复的表头）、第 5 行（单位行）"]),
    Made(name="a column of units that say what the header says", rows=[["表彰对象", "每人奖金（万元）", "单位", "活动类别"], ["个人", 0.3, "万元", MAIN], ["个人", 0.3, "角", MAIN]], wanted=yuan("3000", REFUSED)),
    Made(name="a unit for each person", rows=[["表彰对象", "每人奖金\n（万元/人）", "本年度已领奖金（元）", "活动类别"], ["个人", 0.3, 1000, MAIN]], wanted=[{"amount": 3000, "received_this_year": 1000}]),
    Made(name="a unit for each person of what is not said of each", rows=[["表彰对象", "所得奖金（元/人）"], ["个人", 3000]], wanted="不是该项的单位"),
    Made(name="signs nobody sees in a header", kind=".csv", rows=[["\ufeff\ufeff表彰\u200b对象", "每人奖金", "活动类别"], ["个人", "3000", MAIN], ["个人", "30\u200b00", MAIN]], wanted=[{"recipient": "individual", "amount": 3000}, REFUSED], said=["30\\u200b00"]),
    Made(name="lines that end in a comma", kind=".csv", joint="\t", rows=[["表彰对象,活动类别,本年度已领奖金,每人奖金"], [f"个人,{MAIN},100,300,"], [f"个人,{MAIN},1200,3000,"], [f"个人,{MAIN},3,500,,"], [f"个人,{MAIN},3,500,100,"]], wanted=[{"received_this_year": 100, "amount": 300}, {"received_this_year": 1200, "amount": 3000}, REFUSED, REFUSED], said=["`3,500"]),
    Made(name="empty cells beyond the header", rows=[["表彰对象", "活动类别", "本年度已领奖金", "每人奖金"], ["个人", MAIN, "100", "300"], ["个人", MAIN, "100", "300", None, None]], formats={"G3": "0.00"}, wanted=[{"received_this_year": 100, "amount": 300}] * 2),
    Made(name="the unit of a quantity is none of money", rows=[[*AWARD, "单位", "数量"], *[[*persons(3000)[0], word, 5] for word in ("亩", "公顷", "台", "万平方米", "角", "万", "美元")]], wanted=yuan("3000", "3000", "3000", "3000", REFUSED, REFUSED, REFUSED), said=["本行的数以 `角` 为单位"]),
    Made(name="the unit of an area in a column", decision="parking.premium", rows=[["地下一层面积", "单位"], *[["300", word] for word in ("平方米", "亩", "公顷", "万㎡", "万", "美元", "个")]], wanted=[{"area_b1": 300}, REFUSED, REFUSED, REFUSED, REFUSED, {"area_b1": 300}, {"area_b1": 300}], said=["本行的数以 `亩` 为单位"]),
    Made(name="a kind that is called as what does not count", rows=[[*AWARD, "登记类型", "变更事项", "备注"], [*persons(1)[0], "注销", "撤销", ""], [*persons(2)[0], "设立", "", "注销"], [*persons(3)[0], "作废", "", ""], [*persons(4)[0], "", "该笔撤销", ""]], wanted=yuan("1", REFUSED, REFUSED, REFUSED)),
    *[Made(name=f"an office whose name is made of signs of units: {word}", rows=[[word], *award(*persons(3000))], wanted=yuan("3000")) for word in ("单位：米林市财政局", "单位：广元", "施工单位：三元建筑公司", "单位：多元调解中心", "单位：/", "获奖单位：新元", "单位：万元贸易公司")],
    *[Made(name=f"a unit that is not known: {word}", rows=[[word], *award(*persons(0.3))], wanted="--unit") for word in ("单位：英镑", "金额单位：百美元", "单位：元/人·月", "Unit: thousands", "单位：元角分")],
    Made(name="a unit under the name of an office", rows=[["申报单位：万元"], *award(*persons(0.3))], wanted=yuan("3000"), said=["按万元读取"]),
    Made(name="the unit of a mass in a column", decision="air.straw", rows=[["当年秸秆量", "其中综合利用量", "单位"], *[["97", "90", word] for word in ("吨", "t", "千克", "公斤", "斤", "万吨", "Kg", "个", "公里", "小时")]], wanted=[{"straw": 97, "straw_used": 90}] * 2 + [REFUSED] * 5 + [{"straw": 97, "straw_used": 90}] * 3, said=["本行的数以 `千克` 为单位", "请换算为吨"]),
    Made(name="the unit of a mass under a header that has one", decision="air.straw", rows=[["当年秸秆量（万吨）", "计量单位"], *[["97", word] for word in ("万吨", "吨", "千克")]], wanted=[{"straw": 970000}, REFUSED, REFUSED], said=["请换算为万吨"]),
    Made(name="the unit of a distance in a column", decision="air.freight", rows=[["运距", "单位"], *[["5", word] for word in ("公里", "千米", "km", "米", "海里", "m2", "平方公里")]], wanted=[{"distance": 5}] * 3 + [REFUSED] * 2 + [{"distance": 5}] * 2, said=["本行的数以 `米` 为单位"]),
    Made(name="the unit of a density in a column", decision="air.indicators", rows=[["PM2.5年均浓度", "单位"], *[["5", word] for word in ("微克/立方米", "μg/m3", "毫克/立方米", "毫克")]], wanted=[{"pm25": 5}] * 2 + [REFUSED, {"pm25": 5}], said=["`毫克/立方米`"]),
    Made(name="yuan in a column beside tens of thousands", rows=[["表彰对象", "每人奖金（万元）", "单位"], *[["个人", 0.3, word] for word in ("万元", "元", "人民币元")]], wanted=[{"amount": 3000}, REFUSED, REFUSED], said=["请换算为万元"]),
    Made(name="the unit of a share in a column", decision="fund.investment", rows=[["投资方式", "管理费率", "单位"], ["子基金", "0.5", "%"], ["子基金", "2%", "%"], ["子基金", 0.02, "%"], ["子基金", "0.02", "年"]], formats={"B4": "0%"}, wanted=[REFUSED, {"management_fee": Decimal("0.02")}, {"management_fee": Decimal("0.02")}, {"management_fee": Decimal("0.02")}]),
    Made(name="yuan as a currency beside tens of thousands", rows=[["表彰对象", "每人奖金（万元）", "币种"], ["个人", 0.3, "元"]], wanted=[{"amount": 3000}]),
    Made(name="remarks with words of units", rows=[[*AWARD, "备注"], *[[*persons(3000)[0], word] for word in ("获奖单位：米林市人民医院", "worth in millions of smiles", "所在企业是当地的龙头，其产值和税收历年都以亿元计，" + "安置了不少人就业，" * 6, "其所在企业的产值以亿元计", "奖金由财政局统一按元为单位发放")]], wanted=yuan("3000", "3000", "3000", REFUSED, "3000"), said=["单位可能另有所指：`其所在企业的产值以亿元计`"]),
    *[Made(name=f"a remark on the units of the table: {word}", rows=[[*AWARD, "备注"], [*persons(0.3)[0], word], *persons(0.2)], wanted="--unit") for word in ("单位：万元", "注：以万元计", "请注意与上年的不同之处，以上奖金都按万元填列", "in RMB 10,000")],
    Made(name="a note beside a total", rows=[[*AWARD, "备注"], *persons(0.3), ["合计", 0.3, "", "", "与上年相同，奖金一律以万元计"]], wanted="--unit"),
]  # fmt: skip
