"""Scenarios that nobody wrote: they hold, reach every status, and notice every small change of the rules they are of."""

import datetime as dt

import pytest
from strategies import CITE, composed, declared
from typer.testing import CliRunner

import policy_engine
from policy_engine.doors.main import app
from policy_engine.proving.cases import load_cases
from policy_engine.proving.near import Near, said
from policy_engine.registers.covering import ledgers
from policy_engine.solving.covering import covered
from policy_engine.solving.solvers import Solvers, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason="z3 and cvc5 are not installed (policy-engine[prove])")
BOOK = policy_engine.load()
DAY = dt.date(2026, 11, 29)
SMALL = ["document.submission", "government.trip"]


def test_scenarios_found_hold_and_notice_every_small_change(tmp_path):
    file = tmp_path / "cases.yaml"
    ran = CliRunner().invoke(app, ["prove", *SMALL, "--cases", str(file), "--as-of", str(DAY), "--lang", "en"])
    assert (ran.exit_code, "0 not reached" in ran.stdout) == (0, True), ran.output
    ran = CliRunner().invoke(app, ["test", str(file), "--mutate", "--lang", "en"])
    assert ran.exit_code == 0, ran.output
    assert " 0 unnoticed" in ran.stdout
    text = file.read_text(encoding="utf-8")
    assert "at the bound" in text
    assert "恰在界上" in text
    assert any(case.entries for case in load_cases(file))


TOWN = """decision: town.rule
document: 甲
title: {en: Society, zh: 社团}
rows:
  member:
    label: {en: Member, zh: 成员}
    columns: {fee: {type: money, label: {en: Fee, zh: 会费}}}
    totals: {fees: {sum: fee, label: {en: Fees, zh: 会费合计}}}
provisions:
  - {id: all, title: {en: In all, zh: 总额}, cite: {at: 一, phrase: 不低于100元}, require: fees >= 100 yuan}
  - {id: each, title: {en: Each, zh: 每人}, each: member, cite: {at: 一, phrase: 不超过160元}, require: fee <= 160 yuan}
"""


def test_scenarios_of_a_rule_over_lists_have_a_list_and_notice_every_small_change(tmp_path):
    (tmp_path / "rules" / "town").mkdir(parents=True)
    (tmp_path / "rules" / "documents.yaml").write_text("documents: [{number: 甲}]\n", encoding="utf-8")
    (tmp_path / "rules" / "town" / "rule.yaml").write_text(TOWN, encoding="utf-8")
    file, rules = tmp_path / "cases.yaml", ["--rules", str(tmp_path / "rules"), "--lang", "en"]
    ran = CliRunner().invoke(app, ["prove", "--cases", str(file), "--as-of", str(DAY), *rules])
    assert (ran.exit_code, "0 not reached" in ran.stdout) == (0, True), ran.output
    ran = CliRunner().invoke(app, ["test", str(file), "--mutate", *rules])
    assert (ran.exit_code, " 0 unnoticed" in ran.stdout) == (0, True), ran.output
    text = file.read_text(encoding="utf-8")
    assert "member: [{fee: " in text
    assert "成员（第1项）会费略低于界" in text


def test_every_status_is_reached_and_no_fact_is_without_use():
    with Solvers() as solvers:
        found = covered(BOOK.rule("document.submission"), DAY, lambda: solvers)
    reached = {goal for one in found.scenarios for goal in one.goals}
    assert {goal[2] for goal in reached if goal[:2] == ("length-pages", "status")} >= {
        "satisfied",
        "failed",
        "undetermined",
        "not_applicable",
    }
    assert (found.left, len(found.scenarios) < 15) == ([], True)


def test_cases_near_a_bound_lie_at_it_and_a_step_to_each_side():
    near = Near(BOOK.rule("document.submission"), "length-pages", DAY)
    pages = {
        point.facts.given["pages"]: said("length-pages", here)
        for point, here in near.cases()
        if "pages" in point.facts.given
    }
    assert {9, 10, 11} <= pages.keys()


def test_a_change_that_alters_nothing_is_proved_and_asks_for_no_case():
    rule = composed(declared([{"id": "cap", "cite": CITE, "require": "c1 <= 5 or c1 <= 6"}]))
    with Solvers() as solvers:
        found = covered(rule, DAY, lambda: solvers)
    assert found.left == []
    assert {goal[1] for goal in found.proved} == {"change"}


def test_a_value_nothing_is_known_of_shows_where_all_else_is_kept():
    with Solvers() as solvers:
        found = covered(BOOK.rule("fund.manager"), DAY, lambda: solvers)
    assert ("still_in_time", "change", "when: dropped") in {goal for one in found.scenarios for goal in one.goals}


@pytest.mark.parametrize("decision", ["fund.investment", "government.study"])
def test_ledgers_notice_what_is_checked_of_each_entry_and_what_came_back(decision):
    assert ledgers(BOOK.rule(decision), DAY).left == []


def test_ledgers_are_the_same_each_time():
    rule = BOOK.rule("government.trip")
    first, second = ledgers(rule, DAY), ledgers(rule, DAY)
    assert first == second
    assert (first.left, len(first.scenarios)) == ([], 1)
