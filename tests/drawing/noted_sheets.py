"""Sheets on which units are noted beside the cells, in several places at once: the nearest counts, and none is passed over."""

from sheets import MAIN, Made, award, persons, yuan

GROUPED = {"merges": ["A1:A2", "B1:C1", "D1:D2"]}
AMOUNTS = [[None, "每人奖金", "本年度已领奖金"], ["个人", 2000, 1000, MAIN]]
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
]  # fmt: skip
