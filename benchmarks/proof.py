"""What `policy prove` of every decision takes, and each question to a solver: `python benchmarks/proof.py [DECISION…]`."""

from __future__ import annotations

import datetime as dt
import resource
import statistics
import sys
import time

import policy_engine
from policy_engine.solving.across import across
from policy_engine.solving.findings import examined
from policy_engine.solving.solvers import Solvers

AS_OF = dt.date(2025, 6, 30)


def main() -> None:
    """Examine the decisions, all if none is named, and print what that took."""
    book = policy_engine.load()
    rules = [book.rule(name) for name in sys.argv[1:]] or book.rules()
    start = time.perf_counter()
    with Solvers() as solvers:
        found = [one for rule in rules for one in examined(rule, AS_OF, solvers)]
        found += across(rules, AS_OF, solvers)
        both = {one.name: one.took for one in (solvers.first, solvers.second)}
    took = time.perf_counter() - start
    mine, theirs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cpu = [f"{r.ru_utime + r.ru_stime:.1f} s" for r in (mine, theirs)]
    print(f"{len(rules)} decisions, {len(found)} findings, {sum(f.kind == 'not-settled' for f in found)} not settled")
    print(f"{took:.1f} s by the clock; processor time: this program {cpu[0]}, the solvers {cpu[1]}")
    for name, each in (*both.items(), ("both", [t for one in both.values() for t in one])):
        if len(each) > 1:
            cuts = statistics.quantiles(each, n=100)
            ms = ", ".join(f"{1000 * t:.1f}" for t in (statistics.median(each), cuts[89], cuts[98], max(each)))
            print(f"{name}: {len(each)} questions; median, 9 of 10, 99 of 100, at most, in ms: {ms}")


if __name__ == "__main__":
    main()
