"""What a reason says of a comparison that holds or fails, and what functions are called with their figures put in."""

from __future__ import annotations

from typing import Final

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
    "min": "the smaller of", "max": "the greater of", "abs": "the size of", "floor": "rounded down", "ceil": "rounded up",
    "size": "the number of", "year": "the year of", "month": "the month of", "day": "the day of", "count": "how many hold",
    "total": "the sum of what counts", "least": "the least of what counts", "greatest": "the greatest of what counts",
}  # fmt: skip
"""What stands in English before the operands, which follow in brackets; in Chinese it is said as in an expression."""
OF_PAIRS: Final = {"total": "计入各项{}之和", "least": "计入各项{}中最小者", "greatest": "计入各项{}中最大者"}
"""How it is said in Chinese of those that count, the only ones that are told."""
MANY: Final = frozenset({"min", "max", "count", *OF_PAIRS})
"""Of any number of operands, which stand in brackets in Chinese too."""
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
