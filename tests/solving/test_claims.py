"""What is claimed of every case is proved, or shown not to hold by cases that the interpreter decides so."""

import datetime as dt

import pytest
from strategies import CITE, composed, declared

import policy_engine
from policy_engine.deciding.decide import Verdict
from policy_engine.proving.claims import breaks
from policy_engine.solving.claims import claimed
from policy_engine.solving.findings import examined
from policy_engine.solving.lists import looked_at
from policy_engine.solving.solvers import Solvers, missing
from policy_engine.solving.study import Study

pytestmark = pytest.mark.skipif(bool(missing()), reason="z3 and cvc5 are not installed (policy-engine[prove])")
BOOK = policy_engine.load()
DAY = dt.date(2026, 11, 29)
SLAB = {"id": "fee", "value": {"type": "money", "is": "if c1 <= 10 then c1 * 100元 else 900元"}}


@pytest.fixture(scope="module")
def solvers():
    with Solvers() as both:
        yield both


def settled(solvers, said, *provisions):
    made = [{"cite": CITE, **p} for p in ({"id": "cap-it", "require": "c1 <= 5"}, *provisions)]
    rule = composed({**declared(made), "claims": [{"id": "one", "says": "x", **said}]})
    (found,) = (f for f in examined(rule, DAY, solvers) if f.about == "one")
    return rule, found


@pytest.mark.parametrize(
    "said",
    [
        {"holds": 'cap_it != "violated" or c1 > 5'},
        {"when": "c1 <= 5", "holds": 'cap_it == "satisfied"'},
        {"raising": "c1", "keeps": 'cap_it == "violated"'},
        {"raising": "c1", "never_falls": "c1 * 2"},
        {"raising": "f1", "keeps": "f1 or f2"},
        {"raising": "z1", "keeps": '"red" in z1'},
        {"raising": "d1", "never_falls": "d1 - d2"},
        {"when": "c1 <= 10", "raising": "c1", "never_falls": "fee"},
    ],
    ids=str,
)
def test_a_claim_that_holds_is_proved_by_both(solvers, said):
    _, found = settled(solvers, said, SLAB)
    assert (found.kind, found.proved) == ("claim-holds", True)


@pytest.mark.parametrize(
    ("said", "before", "after"),
    [
        ({"holds": 'cap_it != "violated"'}, {"c1": 6}, None),
        ({"raising": "c1", "keeps": 'cap_it == "satisfied"'}, {"c1": 0}, {"c1": 6}),
        ({"raising": "c1", "never_rises": "c1 * 2"}, {"c1": 0}, {"c1": 1}),
        ({"raising": "f1", "keeps": "not f1"}, {"f1": False}, {"f1": True}),
        ({"raising": "c1", "never_falls": "fee"}, {"c1": 10}, {"c1": 12}),
    ],
    ids=str,
)
def test_a_claim_that_fails_is_shown_by_the_smallest_case_or_pair(solvers, said, before, after):
    rule, found = settled(solvers, said, SLAB)
    assert (found.kind, found.proved) == ("claim-fails", False)
    (claim,) = rule.claims
    cases = [one for one in (found.example, found.risen) if one is not None]
    verdicts = [Verdict(rule, one.facts, one.as_of, one.readings) for one in cases]
    assert breaks(claim, *verdicts)
    assert cases[0].facts.given == before
    assert (cases[1].facts.given if after else None) == after


@pytest.mark.parametrize(
    "said",
    [
        {"when": "c1 > 5 and c1 < 6", "holds": 'cap_it == "satisfied"'},
        {"raising": "z1", "keeps": 'all_in(["red", "green", "blue"], z1)'},
        {"raising": "c1", "keeps": 'cap_it == "departed"'},
        {"raising": "f1", "keeps": "f1 and c1 > 5"},
    ],
    ids=str,
)
def test_a_claim_of_no_case_is_told_as_that(solvers, said):
    """It would be proved, and say nothing: what is complete cannot rise, nor what was off before it was set."""
    _, found = settled(solvers, said)
    assert (found.kind, found.proved) == ("empty-claim", True)


def test_an_input_with_the_id_of_a_check_is_the_input(solvers):
    _, found = settled(solvers, {"when": "c2 >= 7", "holds": "c2 >= 6"}, {"id": "c2", "require": "c2 <= 5"})
    assert found.kind == "claim-holds"


@pytest.mark.parametrize("decision", BOOK.decisions())
def test_what_a_shipped_decision_claims_is_proved(decision, solvers):
    found = [(one.about, one.kind) for one in claimed(Study(looked_at(BOOK.rule(decision)), DAY, solvers))]
    assert found
    assert found == [(claim.id, "claim-holds") for claim in BOOK.rule(decision).claims]
