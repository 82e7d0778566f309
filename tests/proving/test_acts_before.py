"""What was done before a document came into force is not judged by it, whenever it is asked about, where a check goes by the day of the act."""

import datetime as dt
from pathlib import Path

import pytest

import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import is_not_yet, read_date
from policy_engine.proving.cases import load_cases

SCENARIOS = Path(__file__).parents[2] / "scenarios"
BOOK = policy_engine.load()
LATER = dt.date(2025, 12, 1)
BY_THE_DAY = {
    "fund.manager": {"framework-before-fund", "mandate-after-fund"},
    "fund.reports": {"annual-report-reviewed", "annual-report-deliberated"},
    "government.trip": {"report-in-seven-days"},
    "parking.registration": {"may-be-registered", "publicity", "dispute-settled-first", "separate-certificate"},
    "parking.transfer": {
        "sales-permit",
        "first-registration-first",
        "notice-days",
        "notice-before-transfer",
        "notice-place",
    },
}


def judged(decision):
    """The checks that judge a case of which all days lie before the document, under any reading, and those that judge it as it is."""
    rule = BOOK.rule(decision)
    since, found, ever = rule.document.valid_from, set(), set()
    for case in load_cases(SCENARIOS.joinpath(*decision.split(".")).with_suffix(".yaml")):
        told = {n: case.facts[n] for n, entry in rule.inputs.items() if entry.type.kind == "date" and case.facts.get(n)}
        if not told or case.entries is not None or any(map(is_not_yet, told.values())):
            continue
        days = {n: read_date(day) for n, day in told.items()}
        earlier = max(days.values()) - since + dt.timedelta(days=1)
        for facts, into in (
            ({**case.facts, **{n: day - earlier for n, day in days.items()}}, found),
            (case.facts, ever),
        ):
            try:
                answer = BOOK.decide(decision, facts, as_of=LATER)
            except PolicyError:
                continue
            into |= {
                f.provision
                for f in answer.findings
                if not {f.status, *(other.status for other in f.readings)} <= {"not_applicable", "undetermined"}
            }
    return found, ever


@pytest.mark.parametrize("decision", BY_THE_DAY)
def test_what_was_done_before_a_document_is_not_judged_by_it(decision):
    found, ever = judged(decision)
    assert BY_THE_DAY[decision] <= ever
    assert not BY_THE_DAY[decision] & found


@pytest.mark.parametrize("decision", [*BY_THE_DAY, "personnel.probation"])
def test_steps_that_are_all_to_come_are_not_due_yet(decision):
    """Not *undetermined* with nothing to find out."""
    rule = BOOK.rule(decision)
    days = dict.fromkeys((n for n, entry in rule.inputs.items() if entry.type.kind == "date"), "not yet")
    seen = set()
    for case in load_cases(SCENARIOS.joinpath(*decision.split(".")).with_suffix(".yaml")):
        if case.entries is None:
            try:
                answer = BOOK.decide(decision, {**case.facts, **days}, as_of=case.as_of)
            except PolicyError:
                continue
            seen |= {f.provision for f in answer.findings if f.status == "pending"}
            assert not [f for f in answer.findings if f.status == "undetermined" and f.reason.zh.endswith("尚未发生")]
    assert seen
