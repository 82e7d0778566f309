"""Sheets whose numbers change their meaning on the way: another header below the first, a point that is only drawn, a unit in a corner."""

from sheets import AWARD, MAIN, Made, award, persons, yuan

OTHER = "第 4 行是另一个表头"
NAMED = ["序号", "姓名", *AWARD]


def second(header, *rows):
    """A table of one case, and another below it under a header of its own."""
    return [NAMED, [1, "扎西", *persons(500)[0]], [], header, *rows]


SERIES = [
    *[Made(name=f"over an amount further down: {word}", rows=second([*NAMED[:3], word, *AWARD[2:]], [2, "卓玛", *persons(0.5)[0]]), wanted=OTHER)
      for word in ("奖金总额（万元）", "人数", "奖金总额", "每人奖金（美元）", "每人奖金（万元）", "")],
    Made(name="another header that names nothing", rows=second(["序号", "姓名", "类型", "总额（万元）", "种类", "批准"], [2, "卓玛", *persons(0.5)[0]]), wanted=OTHER),
    Made(name="the unit is gone from the header again", rows=[["姓名", "表彰对象", "每人奖金（万元）", "活动类别"], ["扎西", "个人", 0.3, MAIN], [], ["姓名", "表彰对象", "每人奖金", "活动类别"], ["卓玛", "个人", 3000, MAIN]], wanted=OTHER),
    Made(name="a column more beside the header again", rows=[NAMED, [1, "扎西", *persons(1)[0]], [*NAMED, "本年度已领奖金"], [2, "卓玛", *persons(2)[0], 3]], wanted="第 3 行是另一个表头"),
    Made(name="two rows of header again", merges=["A1:A2", "B1:C1", "D1:D2", "A4:A5", "B4:C4", "D4:D5"],
         rows=[["表彰对象", "奖励情况（万元）", None, "活动类别"], [None, "每人奖金", "本年度已领奖金"], ["个人", 0.2, 0.1, MAIN]] * 2,
         wanted=yuan("2000", "2000"), said=["第 4 行（重复的表头）、第 5 行（重复的表头）"]),
    Made(name="the header again with other remarks", rows=[[*AWARD, "备注"], *persons(1), [*AWARD, "说明"], *persons(2)], wanted=yuan("1", "2"), said=["第 3 行（重复的表头）"]),
    Made(name="texts may be called like columns", rows=award(["个人", 1, MAIN, "是", "表彰对象"], *persons(2), heads=[*AWARD, "备注"]), wanted=yuan("1", "2")),
    *[Made(name=f"a unit inside a title: {title}", rows=[[title], *award(*persons(0.5))], wanted=yuan("5000"), said=["按万元读取"])
      for title in ("2024年表彰奖金（万元）发放表", "2024年奖金[单位：万元]发放表", "（万元）2024年奖金发放表")],
    Made(name="a unit inside a title beside others", rows=[["市财政局", "2024年奖金（万元）发放表"], [], *award(*persons(0.5))], wanted=yuan("5000")),
    Made(name="two units in a title", rows=[["奖金（万元）及餐费（元）发放表"], *award(*persons(0.5))], wanted="--unit"),
    Made(name="a foreign unit in a title", rows=[["奖金（万美元）发放表"], *award(*persons(0.5))], wanted="--unit"),
    Made(name="brackets in a title that are no unit", rows=[["2024年奖金（三元公司）（第2批）（元旦）发放表（%）"], *award(*persons(0.5))], wanted=yuan("0.5")),
    Made(name="a unit on the tab", tab="奖金（万元）", rows=award(*persons(0.5)), wanted=yuan("5000"), said=["按万元读取"]),
    Made(name="a unit on the tab and another above", tab="奖金（万元）", rows=[["单位：元"], *award(*persons(0.5))], wanted="--unit"),
    *[Made(name=f"a unit over the pages: {text}", pages=text, rows=award(*persons(0.5)), wanted=yuan("5000"), said=["按万元读取"])
      for text in ("单位：万元", "2024年奖金（万元）发放表")],
    Made(name="the number of the page is no unit", pages="第 &P 页 制表单位：财政局", rows=award(*persons(0.5)), wanted=yuan("0.5")),
    *[Made(name=f"a unit in the comment on a header: {text}", comments={"B1": text}, rows=award(*persons(0.5)), wanted=yuan("5000"), said=["按万元读取：每人奖金"])
      for text in ("单位：万元", "王五:\n以万元填列", "万元")],
    Made(name="a unit in the comment on a header of another unit", comments={"B1": "单位：万元"}, rows=award(*persons(0.5), heads=[AWARD[0], "每人奖金（元）", *AWARD[2:]]), wanted="B1 的批注"),
    Made(name="a unit in the comment on a title", comments={"A1": "单位：万元"}, rows=[["发放表"], *award(*persons(0.5))], wanted="A1 的批注"),
    Made(name="a unit in the comment on an amount", comments={"B3": "单位：万元"}, rows=award(*persons(500, 0.5)), wanted="B3 的批注"),
    Made(name="a comment that notes the unit of the sheet", comments={"B3": "单位：万元", "A2": "已核实，3万元以内"}, rows=[["单位：万元"], *award(*persons(0.3))], wanted=yuan("3000")),
    Made(name="a unit in a comment on a form", comments={"B2": "单位：万元"}, rows=[["表彰对象", "个人"], ["每人奖金", 0.5]], wanted="--unit"),
    *[Made(name=f"an amount of straw in {unit}", decision="air.straw", rows=[*above, [f"当年秸秆量{unit}", "其中综合利用量"], [100, "90吨"]], wanted=[{"straw": 100 * times, "straw_used": 90}])
      for unit, times in (("（吨）", 1), ("（万吨）", 10**4), ("/千吨", 1000), ("（t）", 1)) for above in ([], [["单位：吨"]])],
    Made(name="a unit of weight above", decision="air.straw", rows=[["单位：万吨"], ["当年秸秆量", "其中综合利用量"], [100, 90]], wanted=[{"straw": 10**6, "straw_used": 900000}], said=["按万吨读取"]),
    *[Made(name=f"a way in {unit}", decision="air.freight", rows=[[f"运距（{unit}）"], [100]], wanted=[{"distance": 100}]) for unit in ("公里", "千米", "km")],
    *[Made(name=f"a time in {unit}", decision="eldercare.homecare", rows=[[f"步行至最近养老服务的时间（{unit}）", "每日安全自动值守时长（小时/天）"], ["15分钟", 24]], wanted=[{"minutes_on_foot": 15, "watch_hours": 24}]) for unit in ("分钟", "min")],
    Made(name="a way in another unit of weight", decision="air.straw", rows=[["当年秸秆量（千克）"], [100]], wanted="不是该项的单位"),
]  # fmt: skip
