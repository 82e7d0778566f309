"""Working days as the solvers work them out are those of the calendar, beside every day that a notice changes."""

import datetime as dt
from bisect import bisect_right
from fractions import Fraction

import pytest
from strategies import CITE, composed, declared

from policy_engine.basics.errors import Text
from policy_engine.language.calendars import Calendar, add_working_days
from policy_engine.solving.claims import claimed
from policy_engine.solving.formula import Script, number
from policy_engine.solving.solvers import Solvers, missing
from policy_engine.solving.study import Study
from policy_engine.solving.workdays import Workdays

pytestmark = pytest.mark.skipif(bool(missing()), reason="z3 and cvc5 are not installed (policy-engine[prove])")
FIRST, LAST = dt.date(2023, 12, 30), dt.date(2024, 3, 3)
OFF = frozenset(dt.date(2024, 1, n) for n in (1, 6, 18, 19)) | {dt.date(2024, 2, 29), dt.date(2025, 1, 1)}
WORK = frozenset(
    {dt.date(2024, 1, 20), dt.date(2024, 1, 21), dt.date(2024, 2, 3), dt.date(2024, 2, 14), dt.date(2024, 3, 3)}
)
CALENDAR = Calendar(title=Text("x", "x"), first=FIRST, last=LAST, off=OFF, work=WORK)
COUNTS = (0, 1, -1, 4, -6, 20, -20)


@pytest.fixture(scope="module")
def solvers():
    with Solvers() as both:
        yield both


def test_days_are_counted_and_gone_on_by_as_the_calendar_does(solvers):
    script = Script()
    day, count = script.variable("Int", "day"), script.variable("Int", "count")
    days = Workdays(script, CALENDAR)
    later, there = days.later(day, count)
    fixed = [days.later(day, number(n)) for n in COUNTS]
    terms = [("Int", days.until(day)), ("Bool", days.works(day)), ("Int", later), ("Bool", there)]
    terms += [term for value, known in fixed for term in (("Int", value), ("Bool", known))]
    script.lines += [f"(define-fun w{i} () {sort} {term})" for i, (sort, term) in enumerate(terms)]
    names = [f"w{i}" for i in range(len(terms))]
    solvers.begin(script)
    for n in range((LAST - FIRST).days + 3):
        one, many = FIRST + dt.timedelta(n - 1), COUNTS[n % len(COUNTS)]
        answer, values = solvers.case([f"(= {day} {one.toordinal()})", f"(= {count} {number(many)})"], names)
        assert answer == "sat"
        if FIRST <= one <= LAST:
            assert (int(values["w0"]), values["w1"] == "true") == (
                bisect_right(CALENDAR.worked, one),
                CALENDAR.works(one),
            )
        for i, many_ in enumerate((many, *COUNTS)):
            wanted = add_working_days(CALENDAR, one, Fraction(many_))
            found = values[f"w{2 + 2 * i}"], values[f"w{3 + 2 * i}"]
            assert found == (str(wanted.toordinal()), "true") if isinstance(wanted, dt.date) else found[1] == "false"
    assert not solvers.first.refused + solvers.second.refused


def test_a_claim_of_working_days_is_broken_by_a_case(solvers):
    said = {"id": "one", "says": "x", "holds": "d1 + 5 working days <= d1 + 10 days"}
    provision = {"id": "cap", "cite": CITE, "require": "working_days(d1, d2) <= 5"}
    rule = composed({**declared([provision], ()), "calendar": "cn", "claims": [said]})
    (found,) = claimed(Study(rule, dt.date(2025, 3, 1), solvers))
    assert found.kind == "claim-fails"
    start = found.example.facts.given["d1"]
    assert add_working_days(rule.calendar, start, Fraction(5)) > start + dt.timedelta(10)


@pytest.mark.parametrize(
    "said",
    [
        {"holds": "is_working_day(d1 + 5 working days)"},
        {"holds": "d1 - 10 working days + 10 working days >= d1"},
        {"raising": "d2", "never_falls": "working_days(d1, d2)"},
    ],
    ids=lambda said: " ".join(said.values()),
)
def test_what_holds_of_all_days_that_are_covered_is_settled(solvers, said):
    provision = {"id": "cap", "cite": CITE, "require": "working_days(d1, d2) <= 5"}
    rule = composed({**declared([provision], ()), "calendar": "cn", "claims": [{"id": "one", "says": "x", **said}]})
    (found,) = claimed(Study(rule, dt.date(2025, 3, 1), solvers))
    assert found.kind == "claim-holds"
