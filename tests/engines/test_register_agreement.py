"""Registers: on the same entries every engine says what the interpreter says, of every period, member and entry.

make agreement                                          # 40 ledgers of each register, on four engines
pytest tests/test_register_agreement.py --engines polars --cases 500

How ledgers are drawn, and findings compared, stands in `ledgers.py`.
"""

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest

pytest.importorskip("ibis", reason="tables need `pip install '.[tables]'`")

import ledgers

import engines
import policy_engine
from policy_engine.basics.values import NOT_YET
from policy_engine.engines.entries import Question
from policy_engine.engines.plan import Refused
from policy_engine.engines.register import findings
from policy_engine.registers.periods import Span

BOOK = policy_engine.load()
DECISIONS = [name for name in BOOK.decisions() if BOOK.rule(name).register]
SHOWN = 5


@cache
def wanted(decision, count):
    """The ledgers of a decision with what the interpreter says of them."""
    drawn = ledgers.ledgers(BOOK.rule(decision), count)
    return [(one, said) for one in drawn if (said := ledgers.expected(one)) is not None]


def disagreement(engine, drawn, said):
    """Where an engine does not say what the interpreter says; None where it agrees."""
    stored = engines.stored(engine, ledgers.table_of(drawn), "ledger")
    table = findings(drawn.rule, ledgers.ledger_of(drawn, stored), drawn.asked)
    found = list(ledgers.differences(said, ledgers.answered(drawn.rule, engines.rows_of(engine, table))))
    return "\n".join([f"{len(found)} differences on {engine.name}, {drawn.asked}", *found[:SHOWN]]) if found else None


@pytest.mark.parametrize("decision", DECISIONS)
def test_every_engine_says_what_the_interpreter_says_of_a_register(engine, decision, request):
    connected, _ = engine
    for drawn, said in wanted(decision, max(4, request.config.getoption("--cases") // 50)):
        try:
            found = disagreement(connected, drawn, said)
        except Refused as refused:
            assert connected.name == "polars" and "running totals on Polars" in str(refused), refused
        else:
            assert found is None, found


RUNNING = ("told", "to-come", "cap", "changing-cap", "left", "many", "excused-entries", "spared-pay", "shown")
TOWN = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs:
  paid: {type: money}
  paid_before: {type: money}
  all_paid: {type: money}
  paid_after: {type: money}
  all_days_after: {type: count}
  days_so_far: {type: count}
  all_days_before: {type: count}
  visits: {type: count}
  visit_days: {type: count}
  all_visits: {type: count}
  cost_in_year: {type: money}
  kinds: {type: set, of: [a, b, c]}
  open: {type: flag}
  limit: {type: count}
  seen_on: {type: date}
  told_on: {type: date}
  excused: {type: flag, assume: {value: true, if_given: seen_on, why: {en: nobody said so, zh: 未载明}}}
  allowed: {type: count, assume: {value: 2, if_given: visits, why: {en: nobody said so, zh: 未载明}}}
  spared: {type: count, assume: {value: 1, if_given: paid, why: {en: nobody said so, zh: 未载明}}}
facts_must: [paid <= all_paid]
readings:
  base:
    question: of whom?
    default: one
    options: {one: {why: one}, all: {why: all}}
register:
  date: held_on
  by: {name: whom}
  each: what != "talk"
  columns:
    held_on: {type: date}
    cost: {type: money}
    what: {type: choice, of: [visit, pay, talk]}
    counts: {type: flag, assume: {value: true, if_given: cost, why: {en: nobody said so, zh: 未载明}}}
  totals:
    paid: {sum: cost, where: what == "pay", per: running}
    paid_before: {sum: cost, per: earlier in year}
    all_paid: {sum: cost, where: what == "pay", per: running, of: all}
    paid_after: {sum: cost, where: what == "pay", per: later}
    all_days_after: {days: what == "visit", per: later, of: all}
    days_so_far: {days: what == "visit", per: running}
    all_days_before: {days: what == "visit", per: earlier in year, of: all}
    visits: {count: what == "visit", per: quarter}
    visit_days: {days: what == "visit", per: quarter}
    all_visits: {count: what == "visit" and open and counts, per: quarter, of: all}
    cost_in_year: {sum: cost, where: open, per: year}
provisions:
  - {id: enough, cite: {at: 一, phrase: 2次}, require: visits >= 2}
  - {id: days, cite: {at: 一, phrase: 2日}, require: visit_days >= 2}
  - {id: share, cite: {at: 一, phrase: 2次}, require: 2 * visits >= all_visits}
  - {id: margin, cite: {at: 一, phrase: 2次}, value: {type: count, is: visits + all_visits}}
  - {id: like, cite: {at: 一, phrase: 1次}, when: open, require: 'visits >= 1 and "a" in kinds'}
  - {id: limited, cite: {at: 一, phrase: 1次}, require: (if base == "one" then visits else all_visits) <= limit}
  - {id: all-limited, cite: {at: 一, phrase: 1次}, unless: [{when: 'limit == 1', cite: {at: 一, phrase: 1次}}], require: all_visits < 3}
  - {id: seen, cite: {at: 一, phrase: 1次}, require: visits == 1 and seen_on <= as_of}
  - {id: told, cite: {at: 一, phrase: 7日}, when: open, due: seen_on + 40 days, require: told_on <= seen_on + 7 days}
  - {id: told-of-visits, cite: {at: 一, phrase: 1次}, require: visits >= 1 and told_on <= seen_on}
  - {id: goal, cite: {at: 一, phrase: 100元}, force: target, due: 2025-05-15, require: cost_in_year >= 100}
  - {id: changing, cite: {at: 一, phrase: 50元}, until: 2025-02-14, require: cost_in_year <= 50}
  - {id: changing, cite: {at: 一, phrase: 75元}, from: 2025-02-15, require: cost_in_year <= 75}
  - {id: cap, cite: {at: 一, phrase: 1000元}, require: paid <= 1000}
  - {id: changing-cap, cite: {at: 一, phrase: 1500元}, until: 2025-03-31, require: paid + paid_before <= 1500}
  - {id: changing-cap, cite: {at: 一, phrase: 1000元}, from: 2025-04-01, require: paid + paid_before <= 1000}
  - {id: to-come, cite: {at: 一, phrase: 1000元}, require: paid + paid_after >= 1000 or all_days_after > 2}
  - {id: left, cite: {at: 一, phrase: 1000元}, value: {type: money, is: 1000 - paid}}
  - {id: many, cite: {at: 一, phrase: 2日}, require: days_so_far <= 2 or all_days_before <= 2}
  - {id: excused-visits, cite: {at: 一, phrase: 2次}, unless: [{when: excused, cite: {at: 一, phrase: 2次}}], require: visits >= 2}
  - {id: allowed-visits, cite: {at: 一, phrase: 2次}, require: visits <= allowed}
  - {id: excused-entries, cite: {at: 一, phrase: 1次}, when: seen_on <= as_of, require: excused or told_on <= seen_on}
  - {id: spared-pay, cite: {at: 一, phrase: 1元}, require: paid >= spared * 1 yuan or spared > 2}
  - {id: shown, cite: {at: 一, phrase: 2日}, require: '"b" in kinds and open'}
"""


def told_by(engine, rule):
    """The rule, on Polars without what needs running totals."""
    kept = tuple(p for p in rule.provisions if p.id not in RUNNING)
    return replace(rule, provisions=kept, facts_must=(), facts_must_text=()) if engine.name == "polars" else rule


def test_every_engine_agrees_on_totals_of_every_kind(engine, town, request):
    connected, _ = engine
    rule = told_by(connected, town(TOWN).rule("town.rule"))
    for drawn in ledgers.ledgers(rule, max(8, request.config.getoption("--cases") // 20)):
        said = ledgers.expected(drawn)
        found = None if said is None else disagreement(connected, drawn, said)
        assert found is None, found


VISIT, PAY = {"what": "visit"}, {"what": "pay", "cost": Fraction(600)}
AB = {"kinds": frozenset({"a", "b"}), "open": True}
JAN = dt.date(2025, 1, 20)
HARD = {
    "a row that is not possible on the day of an entry": [(JAN, "李明", PAY), (JAN, "扎西", {"cost": Fraction(-1)})],
    "a row without a day": [(JAN, "李明", PAY), (None, "扎西", PAY)],
    "two visits on one day": [(JAN, "李明", VISIT), (JAN, "李明", VISIT), (JAN, "", VISIT), (JAN, "", VISIT)],
    "a set written in two orders": [(JAN, "李明", VISIT | AB), (JAN, "李明", VISIT | AB), (JAN, "李明", VISIT | AB)],
    "a set that nobody states alike": [(JAN, "李明", VISIT | AB), (JAN, "", {"what": "pay"})],
    "amounts of nobody": [(JAN, "", PAY), (JAN, "", PAY), (JAN, "李明", PAY)],
    "nobody, and for what is not known": [(JAN, "", {"cost": Fraction(600)})],
    "nobody before, and for what is not known": [(JAN, "", {"cost": Fraction(1)}), (JAN, "", PAY), (JAN, "李明", PAY)],
    "an amount that is not known": [(JAN, "李明", {"what": "pay"}), (JAN, "李明", PAY), (JAN, "扎西", PAY)],
    "what has not come": [
        (JAN, "李明", {"open": True, "seen_on": JAN, "told_on": NOT_YET}),
        (dt.date(2025, 12, 1), "扎西", {"open": True, "seen_on": dt.date(2025, 12, 1), "told_on": NOT_YET}),
        (NOT_YET, "李明", {"told_on": JAN}),
    ],
    "years apart": [(dt.date(2024, 12, 31), "李明", PAY), (JAN, "李明", PAY), (JAN, "李明", PAY)],
}


@pytest.mark.parametrize("case", HARD)
def test_every_engine_agrees_where_it_is_easy_to_err(engine, town, case):
    connected, _ = engine
    rule = told_by(connected, town(TOWN).rule("town.rule"))
    facts = [{**facts, **({"held_on": day} if day else {})} for day, _, facts in HARD[case]]
    people = [who for _, who, _ in HARD[case]]
    span = Span(dt.date(2024, 12, 1), dt.date(2025, 12, 31))
    drawn = ledgers.Drawn(rule, Question(span), facts, people, frozenset())
    assert disagreement(connected, drawn, ledgers.expected(drawn)) is None


def test_a_day_that_an_entry_states_goes_before_one_said_not_to_have_come(engine, town):
    connected, _ = engine
    rule = told_by(connected, town(TOWN).rule("town.rule"))
    told = [dt.date(2025, 1, 2), dt.date(2025, 3, 1), None]
    facts = [{"held_on": JAN, "open": True, "seen_on": JAN, **({"told_on": day} if day else {})} for day in told]
    asked = Question(Span(dt.date(2025, 1, 1), dt.date(2025, 12, 31)), fixed={"told_on.not_yet": True})
    drawn = ledgers.Drawn(rule, asked, facts, ["李明"] * 3, frozenset())
    assert disagreement(connected, drawn, ledgers.expected(drawn)) is None


def test_who_held_what_there_is_says_nothing_of_who_owes_what_is_missing(engine):
    connected, _ = engine
    facts = [{"held_on": JAN, "evaluator": "health-commission"}]
    asked = Question(Span(dt.date(2025, 1, 1), dt.date(2025, 12, 31)))
    drawn = ledgers.Drawn(BOOK.rule("hospital.evaluation"), asked, facts, [""], frozenset())
    said = ledgers.expected(drawn)
    assert {line["status"] for key, line in said[0].items() if key[3] == "half-yearly"} == {"undetermined"}
    assert disagreement(connected, drawn, said) is None


HELD = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs:
  paid: {type: money}
  back: {type: money}
  visits: {type: count}
  seen_on: {type: date}
  closed_on: {type: date}
facts_must: [back <= paid, seen_on <= closed_on]
register:
  date: held_on
  by: {name: whom}
  columns:
    held_on: {type: date}
    cost: {type: money}
    what: {type: choice, of: [visit, pay, back]}
  totals:
    paid: {sum: cost, where: what == "pay", per: running}
    back: {sum: cost, where: what == "back", per: running}
    visits: {count: what == "visit", per: quarter}
provisions:
  - {id: cap, cite: {at: 一, phrase: 1000元}, require: paid - back <= 1000}
  - {id: enough, cite: {at: 一, phrase: 2次}, require: visits >= 2}
  - {id: seen, cite: {at: 一, phrase: 1次}, require: seen_on <= as_of}
"""
FEB, MAR = dt.date(2025, 2, 3), dt.date(2025, 3, 3)
AGAINST = {
    "the others": [(JAN, "李明", PAY), (FEB, "李明", {"what": "back", "cost": Fraction(700)}), (FEB, "扎西", PAY),
                   (MAR, "李明", PAY), (MAR, "李明", VISIT)],
    "the others, before the first day": [(dt.date(2024, 12, 2), "李明", {"what": "back", "cost": Fraction(1)}), (JAN, "李明", PAY)],
    "what is set": [(JAN, "李明", VISIT), (FEB, "李明", VISIT | {"seen_on": MAR}), (MAR, "扎西", VISIT)],
}  # fmt: skip


@pytest.mark.parametrize("case", AGAINST)
def test_an_entry_that_contradicts_others_or_what_is_set_counts_nowhere(engine, town, case):
    """To the others it is a row that could not be read."""
    connected, _ = engine
    rule = town(HELD).rule("town.rule")
    if connected.name == "polars":  # which has no running totals
        alone = tuple(p for p in rule.provisions if p.id != "cap")
        rule = replace(rule, provisions=alone, facts_must=rule.facts_must[1:], facts_must_text=rule.facts_must_text[1:])
        rule = replace(rule, register=replace(rule.register, totals={"visits": rule.register.totals["visits"]}))
    facts = [{"held_on": day, **facts} for day, _, facts in AGAINST[case]]
    asked = Question(Span(dt.date(2025, 1, 1), dt.date(2025, 12, 31)), fixed={"closed_on": FEB})
    drawn = ledgers.Drawn(rule, asked, facts, [who for _, who, _ in AGAINST[case]], frozenset())
    said, refused = ledgers.expected(drawn)
    assert len(refused) == (case == "what is set" or connected.name != "polars")
    assert disagreement(connected, drawn, (said, refused)) is None
