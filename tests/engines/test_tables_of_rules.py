"""Tables by date, by key and by bracket: engines say what the interpreter says, at steps, days and unknown keys."""

import random

import pytest

pytest.importorskip("ibis", reason="tables need `pip install '.[tables]'`")

import datetime as dt

import agreement
from strategies import composed, declared

CITE = {"at": "一", "phrase": "甲"}
TABLES = {
    "ceiling": {"type": "money", "cite": CITE, "from": {"2023-06-30": "800", "2024-02-29": "950"}},
    "discount": {"type": "share", "cite": CITE, "by": "k1", "is": {"red": "10%", "green": "5%"}, "otherwise": "unsettled"},
    "fare": {"type": "money", "cite": CITE, "by": ["k1", "f1"], "otherwise": "7",
             "rows": [["red", "yes", "30"], ["green", "no", "20.5"], ["red", "no", "7"]]},
    "duty": {"by": "m1", "cite": CITE, "gives": {"rate": {"type": "share"}, "quick": {"type": "money"}},
             "up_to": {"100": ["3%", "0"], "250.5": ["10%", "7"]}, "otherwise": ["20%", "32.05"]},
    "many": {"type": "money", "cite": CITE, "by": "c1", "is": {str(i): str(2_000_000_000 + i % 3) for i in range(12)}, "otherwise": "unsettled"},
    "alike": {"type": "choice", "of": ["red", "green"], "cite": CITE, "by": "c2", "is": {str(i): "red" for i in range(9)}, "otherwise": "red"},
    "fine": {"type": "money", "cite": CITE, "by": "c1", "below": {"3": "10", "10": "30"}},
}  # fmt: skip
GRID = {
    "on": ["c1", "k1", "f1", "d1"],
    "cite": CITE,
    "gives": {
        "summed": {"type": "money", "by": "sum"},
        "held": {"type": "count", "by": "count"},
        "low": {"type": "money", "by": "min"},
        "high": {"type": "date", "by": "max"},
    },
    "rows": [
        ["> 3", "red", "-", "-", "2 * m1", "0", "30", "2024-02-29"],
        ["-", "-", "yes", "< 2024-02-29", "7", "0", "10", "2023-06-30"],
        ["in [1, 2]", "-", "no", "-", "s1 of m2", "0", "20", "2025-01-01"],
    ],
}
UNIQUE = {
    "on": ["m1", "k1"],
    "cite": CITE,
    "gives": {"band": {"type": "choice", "of": ["red", "green"]}, "due": {"type": "money"}},
    "rows": [["<= 100", "-", "red", "5% of m1"], ["> 100", "red", "green", "9"], ["> 100", "green", "green", "m2"]],
}
VALUES = {
    "money": ["marginal(rate)", "rate * m1 - quick", "marginal(rate of m2)", "ceiling at d1", 'fare at (k1, f2)', 'fare at ("green", f1)', "fine at c2",
              "discount of m1 + fine", "many + many at c2", "12.5% of many", "m1 / 40000000 + floor(1217元, 50)", "m1 / 40000000 - round(-1217.5元, 50)", "m1 / 40000000 + abs(-1200元)"],
    "flag": ["m2 <= ceiling at d1", "rate >= 10%", "m1 >= fare", 'alike == "red"'],
}  # fmt: skip


def rule():
    formulas = [
        {"id": f"{kind}_{i}", "cite": CITE, "value": {"type": kind, "is": text}}
        for kind, texts in VALUES.items()
        for i, text in enumerate(texts)
    ]
    checks = [{"id": "check-0", "cite": CITE, "require": "m2 <= ceiling and flag_1"}]
    return composed(
        declared([*formulas, *checks]) | {"tables": TABLES, "decision_tables": {"grid": GRID, "unique": UNIQUE}}
    )


@pytest.mark.parametrize("as_of", [dt.date(2023, 6, 29), dt.date(2024, 2, 28), dt.date(2025, 1, 1)])
def test_engines_look_up_what_the_interpreter_looks_up(engine, as_of):
    connected, _ = engine
    batch = agreement._batch(rule(), random.Random(7), as_of, {}, 300)
    assert agreement.disagreement(connected, batch, list(agreement.expected(batch))) is None
