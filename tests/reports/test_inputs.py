"""The schema of a decision's facts takes the facts of every scenario, and no others of a kind."""

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

import policy_engine
from policy_engine.basics.values import NOT_YET
from policy_engine.doors.main import app, default_scenarios
from policy_engine.proving.cases import find_case_files, load_cases
from policy_engine.reports.inputs import schema

BOOK = policy_engine.load()
CASES = [case for file in find_case_files([default_scenarios(None)]) for case in load_cases(file)]


@pytest.mark.parametrize("decision", BOOK.decisions())
def test_the_facts_of_every_scenario_are_of_the_schema(decision):
    rule = BOOK.rule(decision)
    Draft202012Validator.check_schema(schema(rule))
    validator = Draft202012Validator(schema(rule))
    for case in CASES:
        if case.decision == decision and not (case.expect and case.expect.refused) and case.entries is None:
            facts = {((e := rule.called(n)) and e.name) or n: v for n, v in case.facts.items() if v is not None}
            assert not list(validator.iter_errors(facts)), case.name.en


@pytest.mark.parametrize(
    "facts",
    [{"amounts": 3000}, {"recipient": "company"}, {"amount": True}, {"amount": -1}, {"justifications": {"x": {}}}],
)
def test_what_no_fact_can_be_is_not_of_the_schema(facts):
    assert list(Draft202012Validator(schema(BOOK.rule("award.grant"))).iter_errors(facts))


def test_the_command_tells_of_a_decision_and_refuses_what_is_none():
    told = CliRunner().invoke(app, ["schema", "award.grant"])
    assert told.exit_code == 0
    assert '"title": "award.grant"' in told.stdout
    refused = CliRunner().invoke(app, ["schema", "award.grants", "--lang", "en"])
    assert refused.exit_code == 2
    assert "award.grant" in refused.stderr
    assert NOT_YET in CliRunner().invoke(app, ["schema", "government.trip"]).stdout
