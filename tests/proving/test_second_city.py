"""Another city's rules, written from the page for authors alone, stay proved: scenarios, coverage, mutation, audit, lint."""

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import policy_engine
from policy_engine.basics.places import read_text
from policy_engine.doors.main import app
from policy_engine.procedures.load import load_procedure, procedure_names
from policy_engine.proving.audit import audit, owned, read_source
from policy_engine.proving.cases import find_case_files, load_cases
from policy_engine.proving.coverage import coverage
from policy_engine.proving.exclusions import load_exclusions
from policy_engine.proving.lint import lint
from policy_engine.proving.mutate import load_equivalent, survivors
from policy_engine.proving.scenarios import run

ROOT = Path(__file__).parents[2]
CITY = ROOT / "examples" / "second-city"
TODAY = dt.date(2025, 12, 31)


@pytest.fixture(scope="module")
def other():
    return policy_engine.load(CITY / "rules")


@pytest.fixture(scope="module")
def cases():
    return [case for file in find_case_files([CITY / "scenarios"]) for case in load_cases(file)]


def test_every_scenario_comes_out_as_expected(other, cases):
    results = [run(case, other, TODAY) for case in cases]
    assert len(results) > 90
    assert [r.case.name.en for r in results if not r.passed] == []


def test_every_status_bound_and_case_is_exercised(other, cases):
    assert [(row.provision.id, row.lacking) for row in coverage(other, cases, TODAY) if row.lacking] == []


def test_every_small_change_is_noticed(other, cases):
    tried = []
    alive = survivors(other, cases, lambda mutant, killed: tried.append(killed), other.decisions())
    assert {(m.decision, m.provision, m.change) for m in alive} == load_equivalent(
        CITY / "rules" / "equivalent.yaml"
    ).keys()
    assert len(tried) > 450


def test_every_number_of_its_gazette_has_its_account(other):
    procedures = [
        load_procedure(name, CITY / "procedures", CITY / "rules") for name in procedure_names(CITY / "procedures")
    ]
    assert procedures
    source = read_source(read_text(CITY / "gazette.txt"), other.documents)
    found = audit(source, other, owned(other, load_exclusions(CITY / "rules"), procedures))
    assert [(a.line, a.token.text) for a in found.unaccounted] == []
    assert found.problems == ()


def test_nothing_in_it_is_poor(other, cases):
    proved = {}
    for case in cases:
        proved.setdefault(case.decision, set()).update(case.expect.statuses, case.expect.values)
    assert [p.message.en for p in lint(other, proved)] == []


def test_its_procedure_tells_what_was_late():
    arguments = ["heating.application", str(CITY / "events.jsonl"), "--rules", str(CITY / "rules")]
    found = CliRunner().invoke(app, ["watch", *arguments, "--procedures", str(CITY / "procedures")])
    assert found.exit_code == 1
    told = [json.loads(line) for line in found.stdout.splitlines()]
    assert all(answer["accepted"] for answer in told)
    broken = [(a["event"], f["provision"]) for a in told for f in a["findings"] if f["status"] == "violated"]
    assert broken == [("e3", "review")]


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_what_the_readme_runs_there_runs(page, monkeypatch):
    text = (ROOT / page).read_text(encoding="utf-8")
    _, *commands = re.search(r"```console\n(cd examples/second-city\n.*?)```", text, re.DOTALL)[1].splitlines()
    monkeypatch.chdir(CITY)
    for command in commands:
        arguments = [word for word in command.removeprefix("policy ").split() if word != "--mutate"]  # tried above
        assert CliRunner().invoke(app, arguments).exit_code == (1 if "check" in command or "watch" in command else 0)


def lines_of_a_provision(root):
    """Lines of at most 160 characters, without those that are empty or comments, by provisions that cite."""
    book, lines, provisions = policy_engine.load(root), 0, 0
    for decision in book.decisions():
        written = root.joinpath(*decision.split(".")).with_suffix(".yaml").read_text(encoding="utf-8").splitlines()
        lines += sum(-(-len(line) // 160) for line in written if line.strip() and line.strip()[0] != "#")
        provisions += sum(1 for p in book.rule(decision).provisions if p.all_cites)
    return lines / provisions


def test_it_takes_fewer_lines_a_provision_than_the_shipped_gazette():
    assert lines_of_a_provision(CITY / "rules") < lines_of_a_provision(ROOT / "rules") / 2
