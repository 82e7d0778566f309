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
              "weekday(d1)", "round(s1 * 100 - 40)", "round_even(s1 * 10 - c1)"],
    "money": ["round(m1 - m2, 0.05)", "round_even(m1 - m2, 0.05)", "ceil(m1, 10)", "floor(m1 - m2, 10)", "mod(m1, 3)", "round(s1 of m1, 0.01)"],
    "flag": ["c1 in [1, 2, 3]", "d1 in [2024-02-29, 2023-12-31]", "c1 not in [0, 5]", "m1 <= 20元 * c1"],
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
