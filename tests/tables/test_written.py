"""Amounts, shares and dates as people write them are read rightly or refused; 1,000,000: `python benchmarks/written.py`."""

import datetime as dt
import random
from collections import Counter

import pytest
import written

from policy_engine.tables.columns import Job


@pytest.mark.parametrize("seed", range(4))
def test_what_is_written_is_read_rightly_or_refused(town, seed):
    rule = town(written.RULE).rule("town.rule")
    job, chance, told = {"job": Job(rule=rule, as_of=dt.date(2025, 3, 1), lang="en")}, random.Random(seed), Counter()
    for _ in range(2000):
        kind, header, cell, said = written.judged(rule, job, chance)
        assert said in ("right", "refused"), (kind, header, cell, said)
        told[said] += 1
    assert told["right"] > 800


def test_numbers_are_spelt_as_they_are_taught():
    assert [written.spelt(n) for n in (0, 10, 105, 1005, 15000, 10**8 + 5000, 20_005_000, 305_000_001)] == [
        "零", "一十", "一百零五", "一千零五", "一万五千", "一亿零五千", "二千万五千", "三亿零五百万零一",
    ]  # fmt: skip
