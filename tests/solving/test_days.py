"""Dates as the solvers work them out are those of the calendar, near the present and in any year."""

import calendar
import datetime as dt

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from policy_engine.solving.days import Days
from policy_engine.solving.formula import Script, as_number
from policy_engine.solving.solvers import Solvers, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason="z3 and cvc5 are not installed (policy-engine[prove])")
MONTHS = (1, -1, 6, 13, -37, 1200, -1200)


@pytest.fixture(scope="module")
def solvers():
    with Solvers() as both:
        yield both


def later(day, months):
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last(day):
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


@pytest.mark.parametrize("near", [True, False])
@given(st.dates(dt.date(1901, 1, 1), dt.date(2099, 12, 31)))
@example(dt.date(1901, 1, 1))
@example(dt.date(2099, 12, 31))
@example(dt.date(2000, 2, 29))
@example(dt.date(2023, 3, 1))
@example(dt.date(2024, 12, 31))
@settings(max_examples=12, deadline=None)
def test_parts_months_and_ends_are_those_of_the_calendar(solvers, near, day):
    script = Script()
    variable = script.variable("Int", "day")
    days = Days(script)
    if near:
        days.near.add(variable)
    year, month, of_month = days.parts(variable)
    found = {
        year: day.year,
        month: day.month,
        of_month: day.day,
        days.ordinal(year, "12", "31"): dt.date(day.year, 12, 31).toordinal(),
        days.month_end(variable): last(day).toordinal(),
        days.month_end(variable, of_quarter=True): last(day.replace(day=1, month=-(-day.month // 3) * 3)).toordinal(),
        days.weekday(variable): day.isoweekday(),
    }
    for many in MONTHS:
        found[days.months_later(variable, str(many) if many >= 0 else f"(- {-many})")[0]] = later(day, many).toordinal()
    half = days.months_later(variable, "6")[0]
    found[days.month_end(half)] = last(later(day, 6)).toordinal()
    script.lines += [f"(define-fun w{i} () Int {term})" for i, term in enumerate(found)]
    solvers.begin(script)
    names = [f"w{i}" for i in range(len(found))]
    answer, values = solvers.case([f"(= {variable} {day.toordinal()})"], names)
    assert answer == "sat"
    assert {term: int(as_number(values[name])) for term, name in zip(found, names, strict=True)} == found
    assert not solvers.first.refused
