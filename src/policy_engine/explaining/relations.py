"""What a reason says of a comparison that holds or fails, and what functions are called with their figures put in."""

from __future__ import annotations

from typing import Final

from policy_engine.basics.errors import Text

FAILS: Final = {
    "<=": ("exceeds", "超过"), "<": ("is not below", "不低于"), ">=": ("falls short of", "低于"),
    ">": ("does not exceed", "未超过"), "==": ("differs from", "不等于"), "!=": ("equals", "等于"),
}  # fmt: skip
FAILS_DATE: Final = {
    "<=": ("is later than", "晚于"), "<": ("is not before", "不早于"), ">=": ("is earlier than", "早于"),
    ">": ("is not after", "不晚于"), "==": ("is not", "不是"), "!=": ("is", "是"),
}  # fmt: skip
HOLDS: Final[dict[str, str]] = {"<": "is below", ">": "is above"}
"""What suffices does not read like what fails."""
FUNCTIONS: Final = {
    "min": Text("the smaller of", "较小者"), "max": Text("the greater of", "较大者"), "abs": Text("the size of", "绝对值"),
    "floor": Text("rounded down", "向下取整"), "ceil": Text("rounded up", "向上取整"), "size": Text("the number of", "项数"),
    "year": Text("the year of", "年份"), "month": Text("the month of", "月份"), "day": Text("the day of", "日"),
    "count": Text("how many hold", "成立的项数"),
    "total": Text("the sum of what counts", "计入各项之和"), "least": Text("the least of what counts", "计入各项中最小者"),
    "greatest": Text("the greatest of what counts", "计入各项中最大者"),
}  # fmt: skip
"""What stands before the operands, which follow in brackets."""
IN_PLACE: Final = {
    ("round", 1): "{} rounded", ("round", 2): "{} rounded to {}", ("floor", 2): "{} rounded down to {}", ("ceil", 2): "{} rounded up to {}",
    ("round_even", 1): "{} rounded, a half to even", ("round_even", 2): "{} rounded to {}, a half to even",
    ("mod", 2): "{} modulo {}", ("weekday", 1): "the weekday of {}", ("years", 2): "whole years from {} to {}",
    ("months", 2): "whole months from {} to {}", ("end_of_year", 1): "the end of the year of {}",
    ("end_of_month", 1): "the end of the month of {}", ("end_of_quarter", 1): "the end of the quarter of {}",
    ("working_days", 2): "working days after {} up to {}", ("position", 2): "the place of {1} in {0}",
    ("first_outside", 2): "the first of {} not in {}", ("first_after", 3): "the first of {} after {} and not in {}",
}  # fmt: skip
"""How a function is said in English where its operands stand inside the words; in Chinese as in an expression."""
OF_DAYS: Final = {
    "is_working_day": (("is a working day", "是工作日"), ("is not a working day", "不是工作日")),
    "in_season": (("is in the season", "在规定时段内"), ("is not in the season", "不在规定时段内")),
}
