"""The interpreter is the meaning: on the same cases every table engine says the same, column by column.

    make agreement                                          # 2,000 cases of each decision, on four engines
    make pairs                                              # 100,000 random rules and facts, the compiled reading among those asked
    pytest tests/test_agreement.py --engines polars --cases 500

What is drawn, and how it is compared, stands in `agreement.py`; how engines are started, in `engines.py`.
"""

import random
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

pytest.importorskip("ibis", reason="tables need `pip install '.[tables]'`")

import datetime as dt

import agreement
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from strategies import assuming, rules, taken

import engines
import policy_engine
from policy_engine.basics.values import Unknown
from policy_engine.deciding.decide import status_of
from policy_engine.engines import plan as tables
from policy_engine.proving.mutate import load_equivalent, mutants

BOOK = policy_engine.load()
REFUSED = {}  # decisions an engine refuses to decide, with the reason: none


@cache
def wanted(decision, count):
    """The cases of a decision with what the interpreter says of them."""
    batches = agreement.batches(BOOK.rule(decision), count)
    return [(batch, list(agreement.expected(batch))) for batch in batches]


@pytest.mark.parametrize("decision", BOOK.decisions())
def test_every_engine_says_what_the_interpreter_says(engine, decision, request):
    connected, _ = engine
    for batch, expected in wanted(decision, request.config.getoption("--cases")):
        try:
            found = agreement.disagreement(connected, batch, expected)
        except tables.Refused as refused:
            assert str(refused) == REFUSED.get((connected.name, decision)), f"{decision} on {connected.name}: {refused}"
        else:
            assert found is None, found


def test_all_readings_of_a_rule_agree_on_pairs_of_a_rule_and_facts(request):
    """Interpreter, function and every engine, the same pairs; `make pairs` draws 100,000, CI a tenth of it."""
    wanted, start = request.config.getoption("--drawn"), int(request.config.getoption("--hypothesis-seed") or 0)
    each = max(30, min(400, wanted // 40))
    names = dict.fromkeys(("duckdb", "polars", *request.config.getoption("--engines").split(",")))
    drawn, rules_drawn, too_large = 0, 0, 0

    def agree(rule, values, rng):
        nonlocal drawn, rules_drawn, too_large
        batch = agreement.crossed(assuming(rule, values), rng, min(each, wanted - drawn))
        expected = list(agreement.expected(batch))
        assert agreement.by_function(batch, expected) is None
        for connected in started:
            found, left = agreement.disagreement_of_those_it_holds(connected, batch, expected)
            assert found is None, found
            too_large += left
        drawn, rules_drawn = drawn + len(batch.facts), rules_drawn + 1

    def some(at):
        """Rules of one seed, until there are pairs enough."""
        kind, much = rules(varied=bool(at % 2)), settings(max_examples=25, database=None)

        @much
        @given(kind, taken(), st.randoms(use_true_random=False))
        def draw(rule, values, rng):
            if drawn < wanted:
                agree(rule, values, random.Random(rng.getrandbits(64)))

        seed(start * 10**6 + at)(draw)()

    with ExitStack() as stack:
        started = [stack.enter_context(engines.engine(name))[0] for name in names]
        for at in range(10**6):
            if drawn >= wanted:
                break
            some(at)
    assert too_large * 1000 <= drawn * len(names)
    told = f" {drawn:,} pairs, {rules_drawn} rules, with interpreter, function, {', '.join(names)}: no difference, {too_large} too large for one"
    request.config.get_terminal_writer().line(told)


# --- the cases are worth something -----------------------------------------------------------------------------------


def said(rule, provision_id, batch, facts):
    """What one provision says in a case."""
    situation = agreement.situation_of(rule, facts, batch.as_of, batch.chosen)
    provision = next(p for p in situation.provisions if p.id == provision_id)
    if not provision.is_formula:
        return status_of(provision, situation)
    value = situation[provision_id]
    return situation.applies(provision) is False, None if isinstance(value, Unknown) else value


def unnoticed(rule, count, equivalent):
    """The small mistakes in a rule that none of its cases would show, and how many there are in all."""
    cases = [
        (b, f)
        for b in agreement.batches(rule, count)
        for f in b.facts
        if not agreement.impossible(rule, f, b.as_of, b.chosen)
    ]
    known = cache(lambda provision, at: said(rule, provision, *cases[at]))
    own = [m for m in mutants(rule) if m.provision in rule.ids]  # not the register, which no row has
    tried = [m for m in own if (m.decision, m.provision, m.change) not in equivalent]
    missed = [
        m for m in tried
        if all(said(m.rule, m.provision, *case) == known(m.provision, at) for at, case in enumerate(cases))
    ]  # fmt: skip
    return missed, len(tried)


def test_the_cases_notice_nearly_every_small_mistake_in_a_rule():
    equivalent = load_equivalent(Path(__file__).parents[2] / "rules" / "equivalent.yaml")
    assert equivalent
    decisions = ["fund.investment", "parking.premium", "award.grant", "party-group.meeting", "personnel.probation"]
    missed, total = [], 0
    for decision in decisions:
        few, tried = unnoticed(BOOK.rule(decision), 600, equivalent)
        missed, total = [*missed, *few], total + tried
    assert total > 200
    assert len(missed) <= total // 25, [(m.decision, m.change) for m in missed]


def test_a_wrong_translation_is_noticed_and_told(engine):
    connected, _ = engine
    rule = BOOK.rule("fund.investment")
    slip = next(m for m in mutants(rule) if m.provision == "subfund-share-of-fund" and "held < 15%" in m.change)
    told = (
        agreement.disagreement(connected, replace(batch, rule=slip.rule), list(agreement.expected(batch)))
        for batch in agreement.batches(rule, 400)
    )
    assert any("subfund-share-of-fund.status is satisfied, got violated for kind=subfund" in (t or "") for t in told)


def test_cases_of_a_decision_are_always_the_same():
    rule = BOOK.rule("parking.premium")
    assert [b.facts for b in agreement.batches(rule, 60)] == [b.facts for b in agreement.batches(rule, 60)]


def test_cases_reach_every_outcome_and_the_impossible():
    found = {
        row.get("outcome", "refused")
        for decision in BOOK.decisions()[:30]
        for _, rows in wanted(decision, 60)
        for row in rows
    }
    assert found == {
        "compliant",
        "non_compliant",
        "undetermined",
        "compliant_with_departures",
        "pending",
        "not_applicable",
        "refused",
    }


@pytest.mark.parametrize("value", [Fraction(224_999_999_99, 100), Fraction(10**15), Fraction(1, 3) * 3])
def test_a_column_holds_a_number_exactly(value):
    rule = BOOK.rule("fund.investment")
    for tight in (frozenset(), frozenset({"amount"})):
        batch = agreement.Batch(rule, dt.date(2025, 3, 1), {}, [{"amount": value}, {}], tight)
        assert [v and Fraction(v) for v in agreement.table_of(batch)["amount"].to_pylist()] == [value, None]


SHIFTS = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs: {d: {type: date}, e: {type: date}, n: {type: count}}
provisions:
  - {id: later, cite: {at: 第一条, phrase: 虚构}, value: {type: date, is: d + 3 months}}
  - {id: earlier, cite: {at: 第一条, phrase: 虚构}, value: {type: date, is: d - 14 months}}
  - {id: soon, cite: {at: 第一条, phrase: 虚构}, value: {type: date, is: d + 40 days}}
  - {id: before, cite: {at: 第一条, phrase: 虚构}, value: {type: date, is: d - 1 day}}
  - {id: n-days, cite: {at: 第一条, phrase: 虚构}, require: d + n * 1 day == e or d - n * 1 day == e}
  - {id: after, cite: {at: 第一条, phrase: 虚构}, value: {type: date, is: d + n * 3 months}}
  - {id: ago, cite: {at: 第一条, phrase: 虚构}, value: {type: date, is: e - (if n > 12 then n * 1 month else 2 months)}}
  - {id: since, cite: {at: 第一条, phrase: 虚构}, value: {type: date, is: d - n * 1 day}}
  - {id: till, cite: {at: 第一条, phrase: 虚构}, value: {type: date, is: d + floor(n / 2) * 2 days}}
  - {id: from-then, cite: {at: 第一条, phrase: 虚构}, require: 2024-01-31 + n * 1 month > d or 2024-01-31 - n * 1 day < e}
  - {id: between, cite: {at: 第一条, phrase: 虚构}, value: {type: count, is: year(d) * 10000 + month(d) * 100 + day(d)}}
  - {id: beyond, cite: {at: 第一条, phrase: 虚构}, require: d + 3 months > e or d - 14 months < e}
  - {id: by-then, cite: {at: 第一条, phrase: 虚构}, require: d < e, due: end of year(n)}
"""


def test_dates_at_month_ends_and_at_the_ends_of_the_calendar(engine, town):
    rule = town(SHIFTS).rule("town.rule")
    years = [
        dt.date(1900, 2, 28),
        dt.date(2000, 2, 29),
        dt.date(2024, 2, 29),
        dt.date(9999, 9, 30),
        dt.date(9999, 10, 1),
    ]
    ends = [dt.date(9999, 11, 21), dt.date(9999, 11, 22), dt.date.max, dt.date(1600, 3, 1)]
    months = [dt.date(2023, m, 1) - dt.timedelta(k) for m in range(1, 13) for k in (1, 2, 3, 4)]
    counts = [0, 1, 12, 13, 23_999, 95_999, 95_688, 3_652_058, 10**15, 10**30]
    facts = [
        {"d": d, "e": dt.date(2024, 2, 29), "n": Fraction(counts[i % 10])}
        for i, d in enumerate([*years, *ends, *months])
    ]
    facts += [
        {"d": d, "e": dt.date(2023, 1, 31), "n": Fraction(n)} for d in (dt.date.min, dt.date.max) for n in counts
    ] + [{}]
    batch = agreement.Batch(rule, dt.date(2024, 1, 31), {}, facts, frozenset())
    assert agreement.disagreement(engine[0], batch, list(agreement.expected(batch))) is None


EMPTY = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs: {f: {type: flag}, k: {type: choice, of: [a, b]}, s: {type: set, of: [a, b]}}
provisions:
  - id: v
    cite: {at: 第一条, phrase: 虚构}
    value: {type: set, of: [a, b], cases: [{when: f, is: "[]"}, {otherwise: unsettled, reason: 文本没有规定}]}
  - {id: sized, cite: {at: 第一条, phrase: 虚构}, require: size(v) == 0}
  - {id: same, cite: {at: 第一条, phrase: 虚构}, require: v == s}
  - {id: member, cite: {at: 第一条, phrase: 虚构}, require: not (k in v)}
  - {id: within, cite: {at: 第一条, phrase: 虚构}, require: "all_in(v, s) and not any_in(v, s)"}
"""


NEVER = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs: {f: {type: flag}, m: {type: money, when: f}}
provisions:
  - id: open
    cite: {at: 第一条, phrase: 虚构}
    value: {type: flag, cases: [{when: f, is: unsettled, reason: 文本没有规定}, {otherwise: unsettled, reason: 文本没有规定}]}
  - {id: due_, cite: {at: 第一条, phrase: 10元}, value: {type: money, is: if open then m else 10元}}
  - {id: cap, cite: {at: 第一条, phrase: 10元}, require: due_ <= 10元}
"""


def test_what_is_never_settled_may_be_what_a_value_goes_by(engine, town):
    facts = [{}, {"f": True}, {"m": Fraction(10)}, {"f": False, "m": Fraction(11)}]
    batch = agreement.Batch(town(NEVER).rule("town.rule"), dt.date(2024, 1, 31), {}, facts, frozenset())
    assert agreement.disagreement(engine[0], batch, list(agreement.expected(batch))) is None


def test_a_set_that_is_empty_or_unsettled_is_known_only_where_it_is_empty(engine, town):
    rule = town(EMPTY).rule("town.rule")
    given = [{"f": f} for f in (True, False)] + [{}]
    facts = [one | more for one in given for more in ({}, {"k": "a"}, {"s": frozenset()}, {"s": frozenset("a")})]
    batch = agreement.Batch(rule, dt.date(2024, 1, 31), {}, facts, frozenset())
    assert agreement.disagreement(engine[0], batch, list(agreement.expected(batch))) is None
