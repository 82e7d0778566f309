"""Every scenario of every shipped rule comes out as it says; rules and scenarios come in pairs."""

import datetime as dt
from pathlib import Path

import pytest

import policy_engine
from policy_engine.proving.cases import find_case_files, load_cases
from policy_engine.proving.coverage import coverage
from policy_engine.proving.mutate import mutants, survivors
from policy_engine.proving.scenarios import run

ROOT = Path(__file__).parents[2]
BOOK = policy_engine.load()
FILES = find_case_files([ROOT / "scenarios"])
TODAY = dt.date(2026, 1, 1)


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.relative_to(ROOT / "scenarios").as_posix())
def test_scenarios(file):
    for case in load_cases(file):
        result = run(case, BOOK, TODAY)
        assert result.passed, (str(case.place), result.differences)


def test_each_rule_file_has_its_scenarios_and_back():
    proved = {".".join(file.relative_to(ROOT / "scenarios").with_suffix("").parts) for file in FILES}
    assert proved == set(BOOK.decisions())


def test_coverage_names_what_no_scenario_exercises(city, tmp_path):
    file = tmp_path / "berth.yaml"
    file.write_text("decision: harbour.berth\nas_of: 2024-03-01\nfacts: {crew: 12}\n", encoding="utf-8")
    rows = {row.provision.id: row for row in coverage(city, load_cases(file), TODAY) if row.decision == "harbour.berth"}
    assert rows["small-crew"].lacking == ("not satisfied", "undetermined")
    assert "bound crew <= 12" in rows["small-crew"].seen
    assert "satisfied" in rows["fee-cap"].lacking


def test_a_change_nobody_notices_survives_and_a_scenario_at_the_bound_kills_it(city, tmp_path):
    weak = tmp_path / "weak.yaml"
    weak.write_text(
        "decision: harbour.berth\nas_of: 2024-03-01\ncases:\n  - {facts: {crew: 5}, expect: {findings: {small-crew: satisfied}}}\n",
        encoding="utf-8")  # fmt: skip
    strong = tmp_path / "strong.yaml"
    strong.write_text(
        "decision: harbour.berth\nas_of: 2024-03-01\ncases:\n  - {facts: {crew: 12}, expect: {findings: {small-crew: satisfied}}}\n"
        "  - {facts: {crew: 13}, expect: {findings: {small-crew: departed}}}\n", encoding="utf-8")  # fmt: skip

    def alive(file):
        found = survivors(city, load_cases(file), lambda mutant, killed: None, {"harbour.berth"})
        return {mutant.change for mutant in found if mutant.provision == "small-crew"}

    assert alive(weak) == {"require: crew < 12", "require: crew <= 13", "require: crew <= 11", "force: binding"}
    assert alive(strong) == set()


def test_mutants_change_one_provision_each(city):
    rule = city.rule("harbour.berth")
    for mutant in mutants(rule):
        changed = [p.id for p, q in zip(rule.provisions, mutant.rule.provisions, strict=True) if p is not q]
        assert changed == [mutant.provision]


def test_a_scenario_with_a_date_not_yet_exercises_the_rule_as_it_is_decided(tmp_path):
    file = tmp_path / "transfer.yaml"
    file.write_text(
        "decision: parking.transfer\nas_of: 2025-08-01\n"
        "facts: {disposal: sale, by_developer: true, posted_on: not yet, posted_until: not yet}\ncases:\n"
        "  - {facts: {transfer_registered_on: not yet}, expect: {findings: {notice-days: pending}}}\n"
        "  - {facts: {transfer_registered_on: 2025-08-01}, expect: {findings: {notice-days: violated, notice-before-transfer: violated}}}\n",
        encoding="utf-8")  # fmt: skip
    rows = {r.provision.id: r for r in coverage(BOOK, load_cases(file), TODAY) if r.decision == "parking.transfer"}
    assert {"pending", "not satisfied"} <= rows["notice-days"].seen
    alive = {m.change for m in survivors(BOOK, load_cases(file), lambda mutant, killed: None, {"parking.transfer"})}
    assert not [change for change in alive if "transfer_registered_on < as_of" in change]


def test_coverage_asks_for_no_status_that_an_unsettled_formula_rules_out():
    rows = {(row.decision, row.provision.id): row.wanted for row in coverage(BOOK, [], TODAY)}
    assert rows["waste.domestic", "still_in_time"] == ("undetermined",)
    assert rows["waste.domestic", "city-sorting"] == ("satisfied", "undetermined")
    assert rows["waste.regular", "register"] == ("not satisfied", "undetermined")


def test_what_is_never_settled_is_changed_only_where_a_scenario_can_notice():
    changes = [(m.provision, m.change) for m in mutants(BOOK.rule("air.dust"))]
    assert [change for name, change in changes if name == "still_in_time"] == ["when: dropped"]
    assert not [change for name, change in changes if name == "enclosed-stockyard" and change.startswith("force")]
    assert [change for name, change in changes if name == "six-measures-in-full" and change.startswith("force")]
