"""What is found between provisions and between documents without being told, each by a way that knows no rule."""

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import pytest
from strategies import CITE, composed, declared

import policy_engine
from policy_engine.deciding.decide import Verdict
from policy_engine.reports.proof import sentence
from policy_engine.solving.across import across
from policy_engine.solving.findings import examined
from policy_engine.solving.solvers import Solvers, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason="z3 and cvc5 are not installed (policy-engine[prove])")
BOOK = policy_engine.load()
DAY = dt.date(2026, 11, 29)


@pytest.fixture(scope="module")
def solvers():
    with Solvers() as both:
        yield both


def between(solvers, *decisions):
    return list(across([BOOK.rule(name) for name in decisions], DAY, solvers))


def test_exactly_half_of_an_even_group_may_meet_and_carries_nothing(solvers):
    rule = BOOK.rule("party-group.meeting")
    found = [f for f in examined(rule, DAY, solvers) if f.kind == "at-bound" and f.about == "quorum"]
    (one,) = (f for f in found if f.beside == ("result",))
    assert one.options == ("carried",)
    facts = one.example.facts.given
    assert facts["members"] == 2 * facts["present"]
    assert (
        Verdict(rule, one.example.facts, DAY, {}).status(next(p for p in rule.provisions if p.id == "quorum"))
        == "satisfied"
    )
    assert "通过" in sentence(rule, one).zh


def test_5_and_15_per_cent_leave_room_for_at_most_three_projects(solvers):
    (one,) = (f for f in examined(BOOK.rule("fund.investment"), DAY, solvers) if f.kind == "at-most")
    assert (one.about, one.beside, one.which) == ("direct_total", ("amount",), "3")
    facts = one.example.facts.given
    assert facts["direct_total"] == 3 * facts["amount"]
    assert facts["amount"] == Fraction(5, 100) * facts["fund_total"]


def test_study_every_two_months_is_study_every_quarter(solvers):
    (one,) = (f for f in between(solvers, "government.study", "party-group.year") if f.about == "quarterly-study")
    assert (one.kind, one.decision, one.beside) == (
        "implied", "party-group.year", ("government.study/two-monthly-study",),
    )  # fmt: skip
    assert (one.which, one.options) == ("study_counts", ("same",))


def test_60_per_cent_and_all_green_buildings_have_other_bases_and_do_not_conflict(solvers):
    (one,) = (f for f in between(solvers, "air.buildings", "waste.buildings") if f.about == "green-buildings")
    assert (one.kind, one.which, one.beside) == ("no-conflict", "bases", ("waste.buildings/green-buildings",))
    assert [one.example.decision, one.risen.decision] == ["air.buildings", "waste.buildings"]
    assert "facts of their own" in sentence(BOOK.rule("air.buildings"), one).en


@pytest.mark.parametrize(
    ("mine", "yours", "kinds"),
    [
        ("c1 <= 4", "c1 >= 5", ["conflicting"]),
        ("c1 <= 5", "c1 >= 5", []),
        ("c1 <= 5", "c1 <= 4", ["implied"]),
        ("c1 <= 5", "c2 >= 6", []),
    ],
)
def test_documents_that_ask_for_the_same_fact_are_compared(solvers, mine, yours, kinds):
    one, other = (
        composed({**declared([{"id": "cap", "cite": CITE, "require": text}]), "document": number})
        for text, number in ((mine, "甲"), (yours, "乙"))
    )
    assert [f.kind for f in across([one, other], DAY, solvers)] == kinds


@pytest.mark.parametrize(("yours", "kinds"), [("c1 >= 5", ["conflicting"]), ("c1 <= 3", ["implied"]), ("c1 >= 4", [])])
def test_decisions_of_one_document_are_compared_too(solvers, yours, kinds):
    one, other = (
        replace(composed(declared([{"id": "cap", "cite": CITE, "require": text}])), decision=name)
        for name, text in (("town.one", "c1 <= 4"), ("town.two", yours))
    )
    assert one.document == other.document
    found = list(across([one, other], DAY, solvers))
    assert [f.kind for f in found] == kinds
    for f in found if kinds == ["conflicting"] else ():  # with what each is asked of a case that is both's
        assert [case.decision for case in (f.example, f.risen)] == ["town.one", "town.two"]
        assert f.example.facts.given == f.risen.facts.given == {"c1": f.example.facts.given["c1"]}


def test_periods_that_do_not_lie_inside_another_imply_nothing(solvers):
    from policy_engine.solving.periods import _in_each
    from policy_engine.solving.study import Study

    study = Study(BOOK.rule("government.study"), DAY, solvers)
    assert _in_each(study, 2, 1, 3, 1)  # every quarter holds two of the months that go together
    assert _in_each(study, 3, 1, 6, 2)
    assert not _in_each(study, 3, 1, 2, 1)
    assert not _in_each(study, 2, 1, 3, 2)
