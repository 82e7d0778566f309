"""Rounding, remainders, powers, whole months and weekdays: engines say what the interpreter says, at halves and month ends."""

import random

import pytest

pytest.importorskip("ibis", reason="tables need `pip install '.[tables]'`")

import datetime as dt

import agreement
from strategies import composed, declared

CITE = {"at": "一", "phrase": "甲"}
VALUES = {
    "count": ["mod(c1, 7)", "floor(c1, 3)", "(year(d1) - 2024) ^ 3", "years(d1, d2)", "months(d1, d2)", "months(d2, 2024-02-29)", "years(2023-12-31, d1)",
              "weekday(d1)", "working_days(d1, d2)", "working_days(2023-12-30, d2 + c1 * 30 * 1 day)", "round(s1 * 100 - 40)", "round_even(s1 * 10 - c1)"],
    "money": ["round(m1 - m2, 0.05)", "round_even(m1 - m2, 0.05)", "ceil(m1, 10)", "floor(m1 - m2, 10)", "mod(m1, 3)", "round(s1 of m1, 0.01)"],
    "date": ["d1 + 5 working days", "d1 - c1 * 1 working day", "d2 + 40 * c1 * 1 working day", "d1 - 1 day + 0 working days", "d1 - 40 * c1 * 1 working day"],
    "flag": ["is_working_day(d1)", "is_working_day(d1 + c1 * 50 * 1 day)", 'in_season(d1, "12-28", "01-15")', 'in_season(d2, "02-01", "02-29")', "c1 in [1, 2, 3]", "d1 in [2024-02-29, 2023-12-31]", "c1 not in [0, 5]", 'q1 == "0151"', 'q1 not in ["0151", "151"]', 'starts_with(q1, "01")', "q1 == q2", 'starts_with(q2, "A-")', "m1 <= 20元 * c1"],
}  # fmt: skip


def rule():
    formulas = [
        {"id": f"{kind}_{i}", "cite": CITE, "value": {"type": kind, "is": text}}
        for kind, texts in VALUES.items()
        for i, text in enumerate(texts)
    ]
    return composed(declared([*formulas, {"id": "check-0", "cite": CITE, "require": "f1"}]))


def test_engines_round_and_count_as_the_interpreter_does(engine):
    connected, _ = engine
    batch = agreement._batch(rule(), random.Random(7), dt.date(2025, 1, 1), {}, 300)
    assert agreement.disagreement(connected, batch, list(agreement.expected(batch))) is None
