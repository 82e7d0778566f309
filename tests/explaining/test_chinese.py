"""What is said in Chinese of any shipped scenario holds no name, no option and no function of the rule files."""

import re
from pathlib import Path

import pytest

import policy_engine
from policy_engine import words
from policy_engine.basics.errors import PolicyError
from policy_engine.language.operators import FUNCTIONS
from policy_engine.proving.cases import find_case_files, load_cases
from policy_engine.reports import markdown, text

BOOK = policy_engine.load()
CASES: dict[str, list] = {}
for path in find_case_files([Path(__file__).parents[2] / "scenarios"]):
    for case in load_cases(path):
        CASES.setdefault(case.decision, []).append(case)
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9]+)*")


def names_of(rule):
    """Everything that expressions call by an ASCII name."""
    typed = [*rule.inputs.values(), *(p for p in rule.provisions if p.is_formula), *rule.readings.values()]
    names = {*rule.inputs, *rule.readings, *rule.ids, *FUNCTIONS, "True", "False", "as_of"}
    return names | {option for one in typed for option in one.options}


def said(decision):
    """Every Chinese text of an answer."""
    for finding in decision.findings:
        yield finding.reason.zh
        yield words.remedies(finding, decision, "zh")
        yield from (words.alternative(a, decision.names, "zh") for a in finding.readings)
        yield words.rests_on(finding, decision, "zh")
    for result in decision.results:
        yield words.value(result, decision, "zh")
        yield from (words.alternative(a, decision.names, "zh", result.provision) for a in result.readings)
    yield from words.assumed(decision, "zh")
    yield from (words.alternative(a, decision.names, "zh") for a in decision.readings)
    yield text.decision(decision, "zh")
    yield markdown.decision(decision, "zh")


@pytest.mark.parametrize("name", BOOK.decisions())
def test_no_name_of_a_rule_file_is_said_in_chinese(name):
    rule = BOOK.rule(name)
    known = names_of(rule)
    for case in CASES.get(name, ()):
        try:
            decision = BOOK.decide(name, case.facts, case.as_of, case.readings)
        except PolicyError:
            continue
        for shown in said(decision):
            told = "\n".join(line for line in shown.split("\n") if "另见" not in line)
            assert not set(WORD.findall(told)) & known, told
