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
]  # fmt: skip
