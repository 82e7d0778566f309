"""The Python contract with what is not of its type: a PolicyError that names it, whatever it is."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policy_engine
from policy_engine import PolicyError

BOOK = policy_engine.load()
FACTS = {"recipient": "individual", "amount": 3000, "activity": "commendation", "approved_by_region": True}


class Rude:
    """Answers no question about itself."""

    def __repr__(self):
        raise RuntimeError("no")

    __str__ = __eq__ = __bool__ = __len__ = __iter__ = __hash__ = __repr__


def odd():
    found = [5, 5.5, True, b"x", [], [1], {}, {1: 2}, {"x": [1]}, set(), object(), Rude(), Decimal("NaN"), Decimal("Infinity"),
             float("nan"), complex(1, 2), dt.datetime(2025, 1, 1), dt.time(), dt.timedelta(1), range(3), (1, "x"), lambda: 1, int, Ellipsis,
             NotImplemented, Fraction(1, 3), 10**5000, -(10**5000), "\x00", "\ud800", "x" * 100_000, memoryview(b"x"), iter([])]  # fmt: skip
    try:
        import numpy
        import pandas
    except ImportError:
        return found
    return [*found, pandas.NA, pandas.NaT, pandas.Timestamp("2025-01-01"), numpy.int64(5), numpy.float64("nan"), numpy.datetime64("2025-01-01"),
            numpy.array([1, 2]), numpy.array(["a"]), numpy.bool_(True), pandas.Series([1]), pandas.DataFrame({"a": [1]})]  # fmt: skip


ODD = pytest.mark.parametrize("value", odd(), ids=lambda value: type(value).__name__)


def refused(call):
    """A clear refusal, or an answer; nothing else leaves."""
    try:
        call()
    except PolicyError as error:
        assert all(p.message.en and p.message.zh and p.code for p in error.problems)
        assert len(str(error)) < 10_000
        return True
    return False


@ODD
def test_what_is_no_decision(value):
    assert refused(lambda: BOOK.decide(value, FACTS))
    assert refused(lambda: BOOK.rule(value))


@ODD
def test_what_is_no_facts(value):
    assert refused(lambda: BOOK.decide("award.grant", value)) or value == {}
    assert refused(lambda: BOOK.decide("award.grant", {1: value, "amount": 1}))


@ODD
def test_facts_with_odd_values(value):
    for decision in ("award.grant",):
        for name in BOOK.rule(decision).inputs:
            refused(lambda d=decision, n=name: BOOK.decide(d, {n: value}))
            refused(lambda d=decision, n=name: BOOK.decide(d, {n: [value]}))
    assert (
        refused(lambda: BOOK.decide("award.grant", {**FACTS, "amount": value})) or value == 5 or value == Fraction(1, 3)
    )


@ODD
def test_justifications_with_odd_values(value):
    known = min(BOOK.rule("document.submission").ids)
    for given_ in (
        value,
        {"x": value},
        {known: value},
        {known: {"who": value, "why": value}},
        {known: {"who": "x", "why": "y", "until": value}},
    ):
        refused(lambda g=given_: BOOK.decide("document.submission", {"justifications": g}))


@ODD
def test_dates_that_are_none(value):
    assert refused(lambda: BOOK.decide("award.grant", FACTS, as_of=value))


@ODD
def test_what_is_no_choice_of_readings(value):
    name = next(iter(BOOK.rule("award.grant").readings))
    assert refused(lambda: BOOK.decide("award.grant", FACTS, readings=value)) or value == {}
    assert refused(lambda: BOOK.decide("award.grant", FACTS, readings={name: value}))
    assert refused(lambda: BOOK.decide("award.grant", FACTS, readings=[(name, "x")]))


@ODD
def test_what_is_no_assumption(value):
    assert refused(lambda: BOOK.decide("award.grant", FACTS, assume=value))
    assert refused(lambda: BOOK.rule("award.grant", value))


@ODD
def test_what_is_no_folder(value):
    assert refused(lambda: policy_engine.load(value))


@ODD
def test_tables_in_place(value):
    ibis = pytest.importorskip("ibis")
    from policy_engine.in_place import plan

    rule, table = BOOK.rule("award.grant"), ibis.memtable({"recipient": ["individual"]})
    assert refused(lambda: plan(value, table, dt.date(2025, 1, 1)))
    assert refused(lambda: plan(rule, value, dt.date(2025, 1, 1)))
    assert refused(lambda: plan(rule, table, value))
    assert refused(lambda: plan(rule, table, dt.date(2025, 1, 1), {"cap_per": value}))


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.decimals() | st.dates() | st.binary(max_size=3),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=6))  # fmt: skip
def test_whatever_is_given_is_answered_or_refused(value):
    for name in ("amount", "activity", "recipient", "approved_by_region", "justifications"):
        refused(lambda n=name: BOOK.decide("award.grant", {**FACTS, n: value}))
    refused(lambda: BOOK.decide("award.grant", FACTS, as_of=value, readings={"cap_per": value}))
