"""The compiled reading beside Python written by hand and the interpreter, in one run: `python benchmarks/compiled.py`.

Ten fund checks on facts that are prepared; medians of seven rounds, and the ratio to the hand-written code.
"""

from __future__ import annotations

import datetime as dt
import statistics
import sys
import time

import policy_engine
from policy_engine.deciding.decide import Verdict

FACTS = {
    "kind": "subfund", "fund_total": "15亿元", "subfund_total": "10亿元", "amount": "2.4亿元", "management_fee": "2%", "term_years": 10,
    "approved_by_committee": True, "activities": "none", "reinvestment": "10亿元", "stake": "20%", "direct_total": "1元",
    "returned": "0元", "to_come": "0元",
}  # fmt: skip
BANNED = frozenset({"a", "b", "c"})


def by_hand(facts):
    """The same ten statuses on whole fen, as a good engineer would write them."""
    kind, total, sub, amount, fee, years, approved, activities, reinvested, stake, held, back, later = facts
    subfund, direct = kind == "subfund", kind == "direct"
    net, whole = amount - back, amount + later
    return (
        (4 if net * 20 <= total * 3 else 0) if subfund else 6,
        (4 if net * 10 <= sub * 3 else 0) if subfund else 6,
        (4 if held * 20 <= total * 3 else 0) if direct else 6,
        (4 if stake <= 3000 else 0) if direct else 6,
        (4 if total <= whole * 20 and net * 10 <= total else 0) if direct else 6,
        (4 if fee <= 200 else 0) if subfund else 6,
        (4 if years == 10 else 2) if subfund else 6,
        (4 if reinvested >= amount else 0) if subfund else 6,
        0 if not activities.isdisjoint(BANNED) else 4,
        4 if approved else 0,
    )


def median(function, times):
    """Microseconds a call, the median of seven rounds."""
    rounds = []
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(times):
            function()
        rounds.append((time.perf_counter() - start) / times * 1e6)
    return statistics.median(rounds)


def main() -> None:
    """Prints a table."""
    book = policy_engine.load()
    rule, day = book.rule("fund.investment"), dt.date(2025, 3, 1)
    compiled = book.compile("fund.investment", day)
    facts = {name: value for name, value in FACTS.items() if name in rule.inputs}
    case = compiled.prepare(facts)
    function = compiled.function(case)
    hand = (
        "subfund",
        150_000_000_000,
        100_000_000_000,
        24_000_000_000,
        200,
        10,
        True,
        frozenset(),
        100_000_000_000,
        2000,
        0,
        0,
        0,
    )
    base = median(lambda: by_hand(hand), 100_000)
    rows = [
        ("Python by hand", base),
        ("compiled: statuses as codes", median(lambda: function(case.values), 100_000)),
        ("compiled: statuses by name", median(lambda: compiled.statuses(case), 50_000)),
        ("compiled: outcome", median(lambda: compiled.outcome(case), 50_000)),
        ("compiled: contested", median(lambda: compiled.contested(case), 500)),
        ("compiled: facts as text, read before", median(lambda: compiled.prepare(facts), 5_000)),
        ("interpreter: statuses and outcome", median(lambda: Verdict(rule, case.facts, day, {}).outcome(), 100)),
        ("interpreter: everything as JSON", median(lambda: book.decide("fund.investment", facts, day).to_json(), 50)),
    ]
    sys.stdout.write("".join(f"| {name} | {us:.2f} | {us / base:.1f} |\n" for name, us in rows))


if __name__ == "__main__":
    main()
