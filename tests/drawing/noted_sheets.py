"""Sheets on which units are noted beside the cells, in several places at once: the nearest counts, and none is passed over."""

from sheets import AWARD, MAIN, REFUSED, Made, award, persons, yuan

GROUPED = {"merges": ["A1:A2", "B1:C1", "D1:D2"]}
AMOUNTS = [[None, "每人奖金", "本年度已领奖金"], ["个人", 2000, 1000, MAIN]]
IN_YUAN = [AWARD[0], "每人奖金（元）", *AWARD[2:]]
FORM = [["表彰对象", "个人"], ["每人奖金（万元）", 0.5], ["本年度已领奖金（元）", 0]]
STRAW = ["当年秸秆量", "其中综合利用量"]
BOTH = [{"amount": 2000, "received_this_year": 1000}]


def grouped(unit="", *below):
    """A table with two amounts under a group."""
    return [["表彰对象", f"奖励情况{unit}", None, "活动类别"], *(below or AMOUNTS)]


SERIES = [
    Made(name="yuan over a group, and ten thousand on the tab", **GROUPED, tab="表（万元）", rows=grouped("（元）"), wanted=BOTH),
    *[Made(name=f"yuan over a group, and a comment at {at} says otherwise", **GROUPED, comments={at: "单位：万元"}, rows=grouped("（元）"), wanted=f"{at} 的批注")
      for at in ("B1", "B2")],
    Made(name="yuan in a comment, and ten thousand on the pages", comments={"B1": "单位：元"}, pages="单位：万元", rows=award(*persons(500)), wanted=yuan("500")),
    Made(name="yuan in a comment, and ten thousand above", comments={"B2": "单位：元"}, rows=[["单位：万元"], *award(*persons(5000))], wanted=yuan("5000")),
    Made(name="a comment on a merged group", **GROUPED, comments={"B1": "单位：万元"}, rows=grouped("", AMOUNTS[0], ["个人", 0.2, 0.1, MAIN]), wanted=BOTH),
    Made(name="a comment on a group that is not merged", comments={"B1": "单位：万元"}, rows=[[None, "奖励情况", None, None], ["表彰对象", *AMOUNTS[0][1:], "活动类别"], ["个人", 0.2, 0.1, MAIN]], wanted="B1 的批注"),
    *[Made(name=f"a comment at {at} that notes a unit beside the amounts", comments={at: "单位：万元"}, rows=award(*persons(0.5)), wanted=f"{at} 的批注") for at in ("A1", "A2", "D1", "H1")],
    *[Made(name=f"a comment on a title that agrees: {note}", comments={"A1": note}, rows=[["发放表"], *award(*persons(500), heads=heads)], wanted=yuan("500"))
      for note, heads in (("单位：元", IN_YUAN), ("单位：元", AWARD), ("单位：万元", IN_YUAN), ("单位：平方米", AWARD))],
    Made(name="a comment on a title that says what the title says", comments={"A1": "单位：万元"}, rows=[["发放表（万元）"], *award(*persons(0.5))], wanted=yuan("5000")),
    Made(name="a comment on a label of a form that agrees", comments={"A2": "单位：万元"}, rows=FORM, wanted=yuan("5000")),
    Made(name="a comment on a label of a form that does not", comments={"A3": "单位：万元"}, rows=FORM, wanted="A3 的批注"),
    *[Made(name=f"a unit on the tab, without brackets: {tab}", tab=tab, rows=rows, wanted=yuan("5000"))
      for tab in ("金额单位万元", "以万元计") for rows in (award(*persons(0.5)), [["表彰对象", "个人"], ["每人奖金", 0.5]])],
    *[Made(name=f"straw under the title {title}", decision="air.straw", rows=[[title], STRAW, [100, 90]], wanted=[{"straw": 10**6, "straw_used": 900000}])
      for title in ("秸秆统计表（万吨）", "秸秆（万吨）统计表", "万吨")],
    *[Made(name=f"straw noted in another unit of weight: {note}", decision="air.straw", rows=[[note], STRAW, [100, 90]], wanted="--unit")
      for note in ("单位：千克", "单位：公斤", "单位：kg", "秸秆统计表（千克）")],
    Made(name="straw noted in kilograms below", decision="air.straw", rows=[STRAW, [100, 90], ["单位：千克"]], wanted="--unit"),
    Made(name="straw noted in kilograms in a comment", decision="air.straw", comments={"A1": "单位：千克"}, rows=[STRAW, [100, 90]], wanted="--unit"),
    Made(name="minutes noted in hours", decision="eldercare.homecare", rows=[["单位：小时"], ["步行至最近养老服务的时间"], [15]], wanted="--unit"),
    Made(name="units of what is not asked", rows=[["单位：元、天"], *award(*persons(500))], wanted=yuan("500")),
    *[Made(name=f"{word} in a cell of amounts", rows=award(*persons(500, word, 600)), wanted=[*yuan("500"), REFUSED, *yuan("600")]) for word in ("天", "吨", "m", "天/吨", "公顷", "%", "元/㎡", "μg/m³")],
    *[Made(name=f"{word} in a cell of tonnes", decision="air.straw", rows=[STRAW, [100, 90], [word, 90], [100, 80]], wanted=[{"straw": 100}, REFUSED, {"straw": 100}]) for word in ("天/吨", "（万元）", "公顷", "%", "元/吨")],
    Made(name="money in a cell of prices", decision="parking.premium", rows=[["地下一层面积", "基准地价"], [100, 900], [100, "万元"]], wanted="写在填数的位置"),
    Made(name="a unit of money in a cell of amounts", rows=award(*persons(500, "万元", 600)), wanted="写在填数的位置"),
    *[Made(name=f"a unit in a title beside another cell: {title}", rows=[["附件1", None, title], [], *award(*persons(0.5))], wanted=yuan("5000")) for title in ("2024年奖金发放表（万元）", "奖金（万元）发放表")],
    *[Made(name=f"a note in other signs beside a title: {note}", rows=[["发放表", None, None, note], *award(*persons(0.5))], wanted=yuan("5000"))
      for note in ("单位（万元）", "单位；万元", "金额：万元", "万元、%", "计价单位；万元")],
    *[Made(name=f"a note that cannot be told beside a title: {note}", rows=[["发放表", None, None, note], *award(*persons(0.5))], wanted="--unit") for note in ("（金额：万元）", "单位：W", "单位：万 元", "单位：w元")],
    Made(name="a group of amounts is no note of all", rows=[["基本情况", None, "金额（万元）", None], ["表彰对象", "每人奖金", "本年度已领奖金", "活动类别"], ["个人", 500, 0.1, MAIN]], wanted=[{"amount": 500, "received_this_year": 1000}]),
    *[Made(name=f"a unit with more in a title: {title}", rows=[[title], *award(*persons(0.5))], wanted=yuan("5000")) for title in ("发放表（万元、人）", "发放表（万元，含税）", "发放表〔万元〕")],
    *[Made(name=f"a unit that is not plain in a title: {title}", rows=[[title], *award(*persons(0.5))], wanted="--unit") for title in ("发放表（万元/人）", "发放表（RMB万元）")],
    *[Made(name=f"an amount in a title: {title}", rows=[[title], *award(*persons(500))], wanted=yuan("500")) for title in ("奖金（3万元以上）发放表", "奖金（三百万元以上）发放表")],
    Made(name="a second header calls whom otherwise", rows=[["姓名", *AWARD], ["扎西", *persons(500)[0]], [], ["获奖人", *AWARD], ["卓玛", *persons(600)[0]]], wanted=yuan("500", "600")),
    *[Made(name=f"a second header without its last input, the row ending there: {kind}", kind=kind, rows=[["姓名", *AWARD], ["扎西", *persons(500)[0]], [], ["姓名", *AWARD[:3], *end], ["卓玛", *persons(600)[0]]], wanted="第 4 行是另一个表头")
      for kind in (".csv", ".xlsx") for end in ((), ("",))],
]  # fmt: skip
