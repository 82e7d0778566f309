"""One more fact: rules in every form, dates that come, totals that rise, lists that end in 等; and the shipped rules."""

import datetime as dt
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import (
    ANOTHER,
    INPUTS,
    OPEN,
    VALUES,
    assuming,
    check,
    composed,
    declared,
    expressions,
    rules,
    some_facts,
    taken,
)

import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import Unknown
from policy_engine.deciding.facts import Facts
from policy_engine.deciding.situation import Situation
from policy_engine.explaining.decision import decide
from policy_engine.language import ir

DAY = dt.date(2024, 2, 1)
BOOK = policy_engine.load()
UNSETTLED = ("undetermined", "pending")
GROWING = ("c1", "m1", "s1", "f1", "f3", "z1", "z2")
LATER = st.dates(DAY + dt.timedelta(1), dt.date(2024, 4, 1))


SPANS = st.builds(ir.Compare, st.sampled_from(["<", "<=", ">", ">="]), expressions("date", 1), expressions("date", 1))
OF_DATES = st.lists(SPANS, min_size=2, max_size=3).map(lambda made: composed(declared(map(check, range(9), made))))


RULES = rules(varied=True)


@st.composite
def cases(draw, written=RULES):
    """A rule in which silence means something and some facts may still grow, with facts, some of them dates to come."""
    rule = assuming(draw(written), draw(taken()))
    grows = draw(st.sets(st.sampled_from(GROWING)))
    rule = replace(rule, inputs={n: replace(e, grows=n in grows) for n, e in rule.inputs.items()})
    not_yet = draw(st.sets(st.sampled_from(["d1", "d2"])))
    told = {n: v for n, v in draw(some_facts()).items() if n not in not_yet}
    return rule, Facts(told, not_yet=frozenset(not_yet))


def answered(rule, facts, as_of=DAY):
    """What is said, or None where the facts contradict each other."""
    try:
        return decide(rule, facts, as_of)
    except PolicyError:
        return None


def said(decision):
    """What each check and formula says, and what it says it assumes; what is waited for is left out."""
    found = {f.provision: (f.status, f.assumes, f.due) for f in decision.findings}
    return found | {r.provision: (_value(r), r.assumes, None) for r in decision.results}


def _value(result):
    open_ = "undetermined" if result.applies else "not_applicable"
    return open_ if isinstance(result.value, Unknown) else result.value


def assumes_exactly_what_changes_it(rule, facts, as_of=DAY):
    every, none = answered(rule, facts, as_of), answered(rule.without(rule.assumable), facts, as_of)
    if every is None or none is None:
        return
    bare = said(none)
    for provision, (status, assumed, _) in said(every).items():
        assert bool(assumed) is (status != bare[provision][0]), (provision, status, bare[provision][0], assumed)
        assert not set(assumed) & facts.given.keys()


def changes_nothing_settled(rule, before, after, name, as_of=DAY, grown=False):
    """One more fact changes only what was open, what rested on it, and, of what has grown, what is due."""
    first, second = answered(rule, before, as_of), answered(rule, after, as_of)
    if first is None or second is None:
        return
    now = said(second)
    not_asked = first.results and Situation(rule, before.given, as_of, {}).of(rule.inputs[name].when) is False
    idle = {r.provision for r in first.results if not r.applies and not_asked}  # a value all the same, if it is given
    for provision, (status, assumed, due) in said(first).items():
        if status in UNSETTLED or name in assumed or provision in idle or (grown and due is not None and due <= as_of):
            continue
        assert now[provision][0] == status, (provision, name, status, now[provision][0])


@settings(max_examples=400, deadline=None)
@given(cases())
def test_a_finding_assumes_something_exactly_if_it_says_something_else_without(case):
    assumes_exactly_what_changes_it(*case)


@settings(max_examples=300, deadline=None)
@given(cases(), st.sampled_from(sorted(INPUTS)), st.data())
def test_one_more_fact_changes_nothing_settled(case, name, data):
    rule, facts = case
    told = {n: v for n, v in facts.given.items() if n != name}
    not_yet = facts.not_yet - {name}
    more = data.draw(VALUES[INPUTS[name]] | ANOTHER[INPUTS[name]] if name in OPEN else VALUES[INPUTS[name]])
    changes_nothing_settled(rule, Facts(told, not_yet=not_yet), Facts(told | {name: more}, not_yet=not_yet), name)


@settings(max_examples=300, deadline=None)
@given(cases() | cases(OF_DATES), st.sampled_from(["d1", "d2"]), LATER)
def test_a_date_that_comes_changes_nothing_settled(case, name, day):
    rule, facts = case
    before = Facts({n: v for n, v in facts.given.items() if n != name}, not_yet=facts.not_yet | {name})
    changes_nothing_settled(rule, before, Facts({**before.given, name: day}, not_yet=before.not_yet - {name}), name)


@settings(max_examples=400, deadline=None)
@given(cases(), st.sampled_from(GROWING), st.data())
def test_what_has_grown_changes_nothing_settled_before_it_is_due(case, name, data):
    rule, facts = case
    rule = replace(rule, inputs={**rule.inputs, name: replace(rule.inputs[name], grows=True)})
    now = facts.given.get(name, data.draw(VALUES[INPUTS[name]]))
    before = Facts({**facts.given, name: now}, not_yet=facts.not_yet)
    after = Facts({**facts.given, name: raised(data.draw, INPUTS[name], now)}, not_yet=facts.not_yet)
    changes_nothing_settled(rule, before, after, name, grown=True)


@settings(max_examples=200, deadline=None)
@given(cases(), st.sampled_from(["d1", "d2"]))
def test_that_a_date_is_not_yet_is_a_fact_too(case, name):
    rule, facts = case
    told = Facts({n: v for n, v in facts.given.items() if n != name}, not_yet=facts.not_yet - {name})
    changes_nothing_settled(rule, told, Facts(told.given, not_yet=told.not_yet | {name}), name)


def raised(draw, kind, now):
    """More of what grows: a larger number, a flag that is set, a set with more in it."""
    if kind == "flag":
        return True
    if kind == "set":
        return now | draw(VALUES["set"])
    return now + draw(VALUES[kind])


# --- the shipped rules ---------------------------------------------------------------------------------------------------


def drawn(entry, dice, as_of):
    """A value of an input, near the figures that rules have."""
    kind = entry.type
    if kind.kind == "flag":
        return dice.random() < 0.5
    if kind.kind == "choice":
        return dice.choice([*kind.options, *(["another"] if entry.open else [])])
    if kind.kind == "set":
        options = [*kind.options, *(["another"] if entry.open else [])]
        return [option for option in options if dice.random() < 0.3]
    if kind.kind == "date":
        return as_of + dt.timedelta(dice.choice([-400, -30, -8, -7, -1, 0, 1, 40]))
    numbers = ["0", "1", "2", "3", "5", "10", "45", "1000", "3000", "100000000"]
    return dice.choice(["0", "0.05", "0.15", "0.5", "2/3", "1"] if entry.type_name == "share" else numbers)


@pytest.mark.parametrize("name", BOOK.decisions())
def test_the_laws_hold_of_the_shipped_rules(name):
    from policy_engine.deciding.facts import read_facts

    rule, dice = BOOK.rule(name), random.Random(f"more facts {name}")
    for _ in range(60):
        as_of = dt.date(2025, dice.choice([3, 6, 12]), 28)
        told = {}
        for entry in rule.inputs.values():
            if dice.random() < 0.7:
                told[entry.name] = (
                    "尚未" if entry.type.kind == "date" and dice.random() < 0.2 else drawn(entry, dice, as_of)
                )
        try:
            facts = read_facts(rule, told)
        except PolicyError:
            continue
        assumes_exactly_what_changes_it(rule, facts, as_of)
        for entry in dice.sample(list(rule.inputs.values()), min(6, len(rule.inputs))):
            value = drawn(entry, dice, as_of)
            if entry.name in facts.not_yet:
                value = as_of + dt.timedelta(dice.choice([1, 5, 60]))
            elif entry.name in facts.given:
                continue
            try:
                after = read_facts(rule, {**told, entry.name: value})
            except PolicyError:
                continue
            changes_nothing_settled(rule, facts, after, entry.name, as_of)
