"""What the questions of interviews are good for: walks of random answers through every decision, each question asked looked at.

    python benchmarks/questions.py [WALKS] [SEED] [DAY]

The first walk of a decision begins with nothing told, the others with a random part of a case. A question changes the outcome where two
cases differ in it and in the outcome, found by the search of `policy ask` or else by the solvers; else a provision; nothing where both
solvers say so, or where what was drawn cannot be together. What changes nothing, and what is not settled, is listed. An answer that what
was said leaves alone is not asked for. What is waited for and not asked for, since it changes nothing whatever it is, is put to the solvers
too: where one of them can change something, it is told and the exit code is 1.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from random import Random

import policy_engine
from policy_engine.asking.interview import Interview, _candidates
from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import to_json
from policy_engine.rulebook.rule import Rule
from policy_engine.solving.questions import effect_of
from policy_engine.solving.solvers import Solvers

SKIPPED = 0.15
LONGEST = 40
BESIDE = 60
HARMLESS = {"nothing", "not settled", "what was said cannot be together"}


def answered(now: Interview, name: str, draw: Random) -> Interview:
    """The interview with a random answer, or none known; the same where no answer that was tried can be."""
    entry = now.decision.inputs[name]
    if entry.type_name == "rows":
        return now.answer(name, [{} for _ in range(draw.choice((0, 1, 2)))])
    values = list(_candidates(entry, now.rule, now.as_of))
    for _ in range(5 if values and draw.random() > SKIPPED else 0):
        try:
            return now.answer(name, to_json(draw.choice(values)))
        except PolicyError:
            continue
    return now.skip(name)


def begun(rule: Rule, as_of: dt.date, draw: Random, blank: bool) -> Interview:
    """An interview with nothing told, or with a random part of a case."""
    now = Interview(rule=rule, as_of=as_of)
    for name in [] if blank else draw.sample(sorted(now.rule.inputs), len(now.rule.inputs) // 3):
        found = answered(now, name, draw)
        now = found if name in found.answers else now
    return now


def settles(now: Interview, name: str) -> bool:
    """Whether an answer settles what is open without it, alone or beside random answers to the rest."""
    draw, rest = Random(0), [n for n in now.rule.inputs if n not in now.answers and n != name]
    values = {n: list(_candidates(now.rule.inputs[n], now.rule, now.as_of)) for n in (*rest, name)}
    for share in [0.0, *[0.5, 1.0] * BESIDE] if values[name] else []:
        more = {n: to_json(draw.choice(values[n])) for n in rest if values[n] and draw.random() < share}
        with suppress(PolicyError):  # these cannot be together
            beside = replace(now, answers={**now.answers, **more})
            if said(beside) != said(beside.answer(name, to_json(draw.choice(values[name])))):
                return True
    return False


def said(now: Interview) -> list[object]:
    """What every provision says."""
    found = now.decision
    return [found.outcome, [f.status for f in found.findings], [to_json(r.value) for r in found.results]]


def looked_at(now: Interview, name: str, solvers: Solvers) -> str:
    """What a question changes, and who found it."""
    if now.completion(name) is not None:
        return "outcome, by the search"
    found = effect_of(now, name, solvers)
    if found is None:
        return "not settled"
    if found.changes == "nothing" and settles(now, name):
        return "nothing but that any answer settles it"
    return {
        "outcome": "outcome, by the solvers",
        "provision": "a provision alone",
        "something": "a provision, and the outcome perhaps",
        "nothing": "nothing",
        "impossible": "what was said cannot be together",
    }[found.changes]


def main(walks: str = "5", seed: str = "1", day: str = "2025-06-30") -> None:
    """Walk, count, and say what was found."""
    as_of, draw, start, counts = dt.date.fromisoformat(day), Random(int(seed)), time.perf_counter(), Counter[str]()
    seen, listed = set[tuple[object, ...]](), Counter[tuple[str, str, str]]()
    followed, unasked = set[tuple[str, int, str]](), Counter[str]()
    book = policy_engine.load()
    with Solvers() as solvers:
        for rule in book.rules():
            for walk in range(int(walks)):
                now = begun(rule, as_of, draw, blank=walk == 0)
                for _ in range(LONGEST):
                    now = now.settled()
                    followed |= {(rule.decision, walk, name) for name in now.follows}
                    for name in now.idle:
                        state = (rule.decision, name, repr(sorted(now.answers.items())))
                        if state not in seen:
                            seen.add(state)
                            unasked[looked_at(now, name, solvers)] += 1
                            if not HARMLESS.issuperset(unasked):
                                sys.exit(f"wrong: {rule.decision}: {name} is not asked for beside {dict(now.answers)}")
                    if not now.questions:
                        break
                    name = now.questions[0].name
                    state = (rule.decision, name, repr(sorted(now.answers.items())))
                    if state not in seen:
                        seen.add(state)
                        found = looked_at(now, name, solvers)
                        counts[found] += 1
                        if found in ("nothing", "not settled"):
                            if not listed[rule.decision, name, found]:
                                print(f"{rule.decision}: {name}: {found}: {dict(now.answers)}", flush=True)
                            listed[rule.decision, name, found] += 1
                    now = answered(now, name, draw)
        took = sorted([*solvers.first.took, *solvers.second.took]) or [0.0]
    print(f"{sum(counts.values())} questions of {len(book.rules())} decisions, {time.perf_counter() - start:.0f} s; " + ", ".join(
        f"{what}: {many}" for what, many in counts.most_common()))  # fmt: skip
    print(f"not asked, since what was said leaves one answer alone: {len(followed)}")
    print(f"not asked, since nothing is changed by it: {sum(unasked.values())}, {dict(unasked)}")
    print(f"asked of a solver: {len(took)}, median {took[len(took) // 2] * 1000:.1f} ms, longest {took[-1]:.2f} s")
    for (decision, name, found), many in listed.most_common():
        print(f"{found}: {decision} {name}: {many}")


if __name__ == "__main__":
    main(*sys.argv[1:])
