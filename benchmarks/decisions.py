"""One decision with everything, of each scenario of the decisions asked most: `python benchmarks/decisions.py [DECISION …]`.

Microseconds of processor time, the median over the scenarios of each decision and the longest, of the answer as JSON with
reasons, margins and remedies, as every door writes it: of a case that was asked for before; of one of which nothing was read
or said before; what the interpreter alone takes; of the answer without JSON, nothing said before; and of that with reasons,
margins and remedies.
"""

from __future__ import annotations

import datetime as dt
import statistics
import sys
import time
from pathlib import Path

import policy_engine
from policy_engine.compiled.said import SAID
from policy_engine.deciding.facts import read_facts
from policy_engine.explaining.decision import decide
from policy_engine.proving.cases import load_cases
from policy_engine.reports.data import decision as written

ASKED_MOST = ("fund.investment", "award.grant", "document.submission", "parking.premium", "party-group.meeting")
DAY = dt.date(2025, 3, 1)
LEAST = 0.02


def median(work, before=lambda: None):
    """Microseconds a call, after four that are not counted; what is done before each is not counted either."""
    for _ in range(4):
        before()
        work()
    taken = []
    while sum(taken) < LEAST or len(taken) < 5:
        before()
        start = time.thread_time()
        work()
        taken.append(time.thread_time() - start)
    return statistics.median(taken) * 1e6


def measured(book, decision):
    """Of each scenario: the answer as JSON again, for the first time and by the interpreter; without JSON; and with all of it told."""
    rule = book.rule(decision)

    def forget():
        SAID.clear()
        rule.kept.pop("texts", None)

    for case in load_cases(Path(__file__).parents[1] / "scenarios" / (decision.replace(".", "/") + ".yaml")):
        if case.entries is not None or (case.expect and case.expect.refused):
            continue
        day = case.as_of or DAY

        def answer(case=case, day=day):
            return book.decide(decision, case.facts, day, case.readings)

        def text(answer=answer):
            return written(answer())

        def interpreted(case=case, day=day):
            return written(decide(rule, read_facts(rule, case.facts), day, case.readings))

        def told(answer=answer):
            return [(f.reason, f.margin, f.remedies, f.fits) for f in answer().findings]

        yield (
            median(text), median(text, forget), median(interpreted, forget), median(answer, forget), median(told, forget)
        )  # fmt: skip


def main() -> None:
    """Prints a table."""
    book = policy_engine.load()
    for decision in sys.argv[1:] or ASKED_MOST:
        found = list(zip(*measured(book, decision), strict=True))
        shown = " | ".join(f"{statistics.median(times):,.0f}, at most {max(times):,.0f}" for times in found)
        sys.stdout.write(f"| {decision} | {len(found[0])} | {shown} |\n")


if __name__ == "__main__":
    main()
