"""The values that would do are those with which the check is satisfied, and no others."""

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import policy_engine
from policy_engine.asking.interview import _candidates
from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import to_json
from policy_engine.explaining.remedy import step
from policy_engine.language.operators import COMPARISONS
from policy_engine.words import fitting

BOOK = policy_engine.load()
DAY = dt.date(2025, 3, 1)


def status(decision, facts, provision):
    """What a check says; None of facts that cannot be, or cannot be together."""
    try:
        return next(f.status for f in BOOK.decide(decision, facts, DAY).findings if f.provision == provision)
    except PolicyError:
        return None


def near(fit, entry):
    """The ends of the ranges, and the values next to them."""
    for each in fit.ranges:
        for _, end in each:
            by = dt.timedelta(days=1) if isinstance(end, dt.date) else step(entry) or Fraction(1, 1000)
            yield from (end, end + by, end - by)


def fits_(value, fit):
    return any(all(COMPARISONS[op].apply(value, end) for op, end in each) for each in fit.ranges)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_what_would_do_does_and_nothing_else(data):
    decision = data.draw(st.sampled_from(BOOK.decisions()))
    rule = BOOK.rule(decision)
    names = data.draw(st.lists(st.sampled_from(sorted(rule.inputs)), unique=True, max_size=len(rule.inputs)))
    possible = {n: [to_json(v) for v in _candidates(rule.inputs[n], rule, DAY)] for n in names}
    facts = {n: data.draw(st.sampled_from(values)) for n, values in possible.items() if values}
    try:
        found = BOOK.decide(decision, facts, DAY)
    except PolicyError:
        return
    for finding in found.findings:
        for fit in finding.fits:
            entry = rule.inputs[fit.input]
            for value in near(fit, entry):
                said = status(decision, {**facts, fit.input: to_json(value)}, finding.provision)
                assert said is None or (said == "satisfied") == fits_(value, fit), (decision, finding.provision, value)
            options = [o for o in (True, False, *entry.type.options) if fit.options and o != "another"]
            for option in options if entry.type.kind == "choice" else options[:2]:
                if not (entry.type.kind == "choice" and isinstance(option, bool)):
                    said = status(decision, {**facts, fit.input: option}, finding.provision)
                    assert said is None or (said == "satisfied") == (option in fit.options)


@pytest.mark.parametrize(
    ("decision", "facts", "provision", "en", "zh"),
    [
        (
            "fund.investment",
            {"kind": "subfund", "fund_total": "15亿元", "returned": 0},
            "subfund-share-of-fund",
            "would comply: Invested in it so far, this time included at most 225,000,000 yuan",
            "可符合的取值：对该子基金（项目）的累计投资额（含本次及已认缴未实缴部分）不超过 225,000,000 元",
        ),
        (
            "party-group.meeting",
            {"members": 9, "matter": "personnel"},
            "special-quorum",
            "would comply: Members present, those recused on the item included at least 6",
            "可符合的取值：到会成员数（含本议题回避者）不少于 6 人",
        ),
        (
            "party-group.decision",
            {},
            "one-vote-each",
            "would comply: Votes each member cast: 1",
            "可符合的取值：每名成员票数：1 票",
        ),
    ],
)
def test_what_would_do_is_told_in_words(decision, facts, provision, en, zh):
    found = BOOK.decide(decision, facts, DAY)
    finding = next(f for f in found.findings if f.provision == provision)
    assert fitting(finding, found, "en") == en
    assert fitting(finding, found, "zh") == zh


def test_facts_of_which_each_alone_would_do_are_told_as_alternatives():
    found = BOOK.decide("party-group.meeting", {"present": 5}, DAY)
    told = [fitting(f, found, "zh") for f in found.findings if len(f.fits) > 1]
    assert told
    assert all(text.count("；或者") >= 1 for text in told)


def test_a_set_number_is_told_without_a_range():
    found = BOOK.decide("fund.investment", {"kind": "subfund"}, DAY)
    term = next(f for f in found.findings if f.provision == "subfund-term")
    assert term.to_json()["fits"] == [{"input": "term_years", "ranges": [{"==": "10"}]}]
