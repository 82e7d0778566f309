"""The compiled reading beside Python written by hand and the interpreter, in one run: `python benchmarks/compiled.py`.

Ten fund checks on facts that are prepared; medians of seven rounds by processor time, and the ratio to
hand-written code with the same outputs, where there is some; else to the codes by hand.
"""

from __future__ import annotations

import datetime as dt
import statistics
import sys
import time

import policy_engine
from policy_engine.deciding.decide import Verdict
from policy_engine.explaining.decision import decide

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


OUTCOMES = ("non_compliant", "undetermined", "compliant_with_departures", "compliant_with_departures", "compliant", "pending", "not_applicable")  # fmt: skip


def by_hand_named(facts):
    """The same statuses by name."""
    kind, total, sub, amount, fee, years, approved, activities, reinvested, stake, held, back, later = facts
    subfund, direct = kind == "subfund", kind == "direct"
    net, whole = amount - back, amount + later
    no, yes, idle = "violated", "satisfied", "not_applicable"
    return {
        "subfund-share-of-fund": (yes if net * 20 <= total * 3 else no) if subfund else idle,
        "subfund-share-of-subfund": (yes if net * 10 <= sub * 3 else no) if subfund else idle,
        "direct-share-of-fund": (yes if held * 20 <= total * 3 else no) if direct else idle,
        "direct-stake": (yes if stake <= 3000 else no) if direct else idle,
        "direct-project-range": (yes if total <= whole * 20 and net * 10 <= total else no) if direct else idle,
        "subfund-fee": (yes if fee <= 200 else no) if subfund else idle,
        "subfund-term": (yes if years == 10 else "departed") if subfund else idle,
        "reinvestment": (yes if reinvested >= amount else no) if subfund else idle,
        "prohibited-activities": no if not activities.isdisjoint(BANNED) else yes,
        "committee-approval": yes if approved else no,
    }


def by_hand_outcome(facts):
    """What they come to."""
    return OUTCOMES[min(by_hand(facts))]


def median(function, times):
    """Microseconds a call, the median of seven rounds."""
    rounds = []
    for _ in range(7):
        start = time.thread_time()
        for _ in range(times):
            function()
        rounds.append((time.thread_time() - start) / times * 1e6)
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

    def whole(given):
        """From facts to statuses."""
        return compiled.statuses(compiled.prepare(given))

    base = median(lambda: by_hand(hand), 100_000)
    named, outcome = median(lambda: by_hand_named(hand), 50_000), median(lambda: by_hand_outcome(hand), 50_000)
    texts = {name: value for name, value in facts.items() if isinstance(value, str)}
    amounts = [{**facts, "amount": f"{23_000 + i}万元"} for i in range(4_000)]
    new = iter(amounts * 2)
    rows = [
        ("Python by hand: codes", base, base),
        ("compiled: statuses as codes", median(lambda: function(case.values), 100_000), base),
        ("Python by hand: by name", named, named),
        ("compiled: statuses by name", median(lambda: compiled.statuses(case), 50_000), named),
        ("Python by hand: outcome", outcome, outcome),
        ("compiled: outcome", median(lambda: compiled.outcome(case), 50_000), outcome),
        ("compiled: contested", median(lambda: compiled.contested(case), 500), base),
        ("compiled: typed facts, prepared, statuses by name", median(lambda: whole(case.facts.given), 5_000), base),
        (
            f"compiled: the same from text ({len(texts)} of {len(facts)}), read before",
            median(lambda: whole(facts), 5_000),
            base,
        ),
        ("compiled: the same, an amount not read before", median(lambda: whole(next(new)), 1_000), base),
        ("interpreter: statuses and outcome", median(lambda: Verdict(rule, case.facts, day, {}).outcome(), 100), base),
        ("interpreter: everything as JSON", median(lambda: decide(rule, case.facts, day).to_json(), 50), base),
        ("everything as JSON", median(lambda: book.decide("fund.investment", facts, day).to_json(), 50), base),
    ]
    sys.stdout.write("".join(f"| {name} | {us:.2f} | {us / of:.1f} |\n" for name, us, of in rows))


if __name__ == "__main__":
    main()
