"""Totals up to an entry, by sums kept, are those of a walk through all entries; rows are told once each and in order."""

import datetime as dt
import random
from fractions import Fraction

import pytest

import policy_engine
from policy_engine.deciding.situation import Situation
from policy_engine.registers.counting import Consecutive, CountedEntries, Counting, Entered, merged, runs
from policy_engine.registers.periods import entry_rule

RULE = """
decision: town.pay
document: 湾政发〔2025〕9号
inputs:
  paid: {type: money}
  kind: {type: choice, of: [a, b]}
  {inputs}
register:
  date: paid_on
  by: {name: person}
  columns: {paid_on: {type: date}}
  totals:
    {totals}
provisions:
  - {id: cap, cite: {at: 一, phrase: 限额}, require: t0 <= 9}
"""
KINDS = ('sum: paid, where: kind == "a"', 'count: kind == "a"', 'days: kind == "a"')
TIMES = ("running", "earlier in year", "later", "last 2 months", "last 42 days")
TOTALS = [f"{{{kind}, per: {per}{of}}}" for kind in KINDS for per in TIMES for of in ("", ", of: all")]
NO_DAY = {90: dt.date(2025, 3, 1), 91: None, 92: dt.date(2025, 12, 1)}


@pytest.fixture(scope="module")
def rule(tmp_path_factory):
    tree = tmp_path_factory.mktemp("rules")
    (tree / "town").mkdir()
    inputs = "\n  ".join(f"t{i}: {{type: {'money' if 'sum' in t else 'count'}}}" for i, t in enumerate(TOTALS))
    totals = "\n    ".join(f"t{i}: {t}" for i, t in enumerate(TOTALS))
    text = RULE.replace("{inputs}", inputs).replace("{totals}", totals).replace("t0 <= 9", "t0 <= 9元")
    (tree / "town" / "pay.yaml").write_text(text, encoding="utf-8")
    return policy_engine.load(tree).rule("town.pay")


def drawn(rng, people):
    """Entries of some days, several on one; rows in another order than days; some do not say what or how much."""
    facts = lambda: {"kind": rng.choice("ab")} if rng.random() < 0.9 else {}  # noqa: E731
    paid = lambda: {"paid": Fraction(rng.randint(1, 400), 4)} if rng.random() < 0.9 else {}  # noqa: E731
    days = [dt.date(2024, 10, 1) + dt.timedelta(days=rng.randrange(0, 500, 7)) for _ in range(40)]
    found = [Entered(row, day, rng.choice(people), facts() | paid()) for row, day in enumerate(days)]
    return sorted(found, key=lambda e: (e.date, e.row))


def over(day, total):
    """The first day on which the time of a window that begins on a day has passed; a month keeps its end."""
    if total.last.value == 42:
        return day + dt.timedelta(days=42)
    month = day.year * 12 + day.month + 1
    return next(d for d in (dt.date(month // 12, month % 12 + 1, day.day - i) for i in range(4) if _is(month, day, i)))


def _is(month, day, i):
    try:
        return bool(dt.date(month // 12, month % 12 + 1, day.day - i))
    except ValueError:
        return False


def walked(total, entries, me):
    """What is in a total at an entry, and what may be, by the words of the documentation."""
    mine = entries[me]
    near = {
        "later": lambda i, e: i > me,
        "earlier": lambda i, e: i < me and e.date.year == mine.date.year,
        "last": lambda i, e: i <= me and mine.date < over(e.date, total),
        "running": lambda i, e: i <= me,
    }["later" if total.later else "earlier" if total.earlier else "last" if total.last else "running"]
    own, unsaid, nobodys = [], [], []
    for e in (e for i, e in enumerate(entries) if near(i, e)):
        said = "kind" in e.facts and (total.kind != "sum" or "paid" in e.facts or e.facts["kind"] == "b")
        sure = total.of_all or e is mine or (mine.who and e.who == mine.who)
        if e.facts.get("kind") == "b" or not (sure or not mine.who or not e.who):
            continue
        (unsaid if not said else own if sure else nobodys).append(e)
    return own, unsaid, [mine] if nobodys and not mine.who else nobodys  # the others may name somebody


@pytest.mark.parametrize("people", [["x"], ["x", "y", "z"], ["x", "y", ""]])
def test_a_total_by_sums_is_that_of_a_walk(rule, people):
    seen = entry_rule(rule)
    for seed in range(2):
        entries = drawn(random.Random(seed), people)
        counting = Counting(rule.register, entries, NO_DAY, lambda e: Situation(seen, e.facts, e.date, {}))
        for total in rule.register.totals.values():
            for me, entry in enumerate(entries):
                found = counting.counted(total, counting.beside(total, me), entry.who, me)
                own, unsaid, nobodys = walked(total, entries, me)
                amount = {
                    "sum": sum((e.facts.get("paid", 0) for e in own), Fraction(0)),
                    "days": len({e.date for e in own}),
                    "count": len(own),
                }[total.kind]
                assert (list(found.entries), found.amount) == (own, amount), (total, entry)
                lost = total.later and any(day and day > entry.date for day in NO_DAY.values())
                assert len(found.doubtful) == bool(unsaid) + bool(nobodys) + lost, (total, entry, found.doubtful)
                for doubtful, what in ((unsaid, "not say"), (nobodys, "nobody")):
                    told = [text.en for text in found.doubtful if what in text.en]
                    assert len(told) == bool(doubtful) and all(
                        runs(e.row for e in doubtful)[0] in text for text in told
                    )


def test_stretches_are_merged_as_sets_are():
    rng = random.Random(1)
    entries = drawn(rng, ["x"])
    for _ in range(400):
        groups = [CountedEntries(None, entries, sorted(rng.sample(range(40), rng.randint(0, 40)))) for _ in range(3)]
        parts = [
            Consecutive(g, *sorted((rng.randint(0, len(g.entries)), rng.randint(0, len(g.entries))))) for g in groups
        ]
        found = merged([*parts, parts[0]])
        together = sorted({e for part in parts for e in part}, key=lambda e: (e.date, e.row))
        assert [e for part in found for e in part] == together
        assert " ".join(part.rows for part in found) == " ".join(str(e.row) for e in together)
