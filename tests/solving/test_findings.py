"""What is found of rules nobody told it about: each case is decided again, is as small as can be, and can be read back."""

import datetime as dt
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from unittest import mock

import pytest
from strategies import CITE, composed, declared
from typer.testing import CliRunner

import policy_engine
from policy_engine.basics.errors import Text
from policy_engine.deciding.decide import Verdict
from policy_engine.deciding.facts import Facts, read_facts
from policy_engine.doors.main import app
from policy_engine.importing.yaml_text import yaml_text
from policy_engine.proving.cases import load_cases
from policy_engine.reports.proof import in_words, read_so
from policy_engine.solving.answers import case_data
from policy_engine.solving.branches import left_open
from policy_engine.solving.findings import examined
from policy_engine.solving.solvers import Process, Solvers, missing
from policy_engine.solving.study import Example, Study, has, without

pytestmark = pytest.mark.skipif(bool(missing()), reason="z3 and cvc5 are not installed (policy-engine[prove])")
BOOK = policy_engine.load()
DAY = dt.date(2026, 11, 29)


@pytest.fixture(scope="module")
def solvers():
    with Solvers() as both:
        yield both


def found(rule, solvers):
    return examined(rule, DAY, solvers)


def of(rule, kind, solvers):
    return [one for one in found(rule, solvers) if one.kind == kind]


def rule_of(*provisions, musts=()):
    return composed(declared([{"cite": CITE, **p} for p in provisions], musts))


def test_half_of_an_even_group_is_where_the_readings_of_half_differ(solvers):
    """Exactly half may meet under the one reading and not under the other, found without being told."""
    (one,) = (f for f in of(BOOK.rule("party-group.meeting"), "reading-differs", solvers) if f.which == "half")
    assert (one.about, dict(one.example.facts.given)) == ("quorum", {"members": Fraction(2), "present": Fraction(1)})


def test_35_tonnes_an_hour_is_where_two_rules_meet(solvers):
    (one,) = (f for f in of(BOOK.rule("air.approval"), "reading-differs", solvers) if f.which == "at_35")
    assert one.about == "ultra-low-boilers"
    assert one.example.facts.given["capacity"] == 35
    assert read_so(BOOK.rule("air.approval"), one) == Text(
        "by default: not applicable; read so: satisfied", "默认读法：不适用；如此解读：符合"
    )


def test_a_garage_on_land_granted_earlier_with_the_right_specified_is_settled_by_no_article(solvers):
    cases = [
        f.example.facts.given for f in of(BOOK.rule("parking.premium"), "left-open", solvers) if f.about == "basis"
    ]
    (case,) = (c for c in cases if c["supply"] == "granted")
    assert case.keys() == {"supply", "acquired_on", "underground_specified"}
    assert case["acquired_on"] < dt.date(2024, 7, 31)
    assert case["underground_specified"] is True


@pytest.mark.parametrize("decision", ["parking.premium", "party-group.meeting", "air.approval"])
def test_every_case_can_be_read_and_needs_each_of_its_facts(decision, solvers, tmp_path):
    rule = BOOK.rule(decision)
    for one in (f for f in found(rule, solvers) if f.example is not None):
        file = tmp_path / "case.yaml"
        file.write_text(yaml_text(case_data(rule, one.example)), encoding="utf-8")
        (case,) = load_cases(file)
        assert (read_facts(rule, case.facts), case.as_of) == (one.example.facts, one.example.as_of)
        for name in one.example.facts.given if one.kind == "left-open" and one.which[0] in "123456789o" else ():
            less = without(one.example, name)
            assert not left_open(Verdict(rule, less.facts, less.as_of, less.readings), one.about), (one.about, name)


def test_what_is_so_already_stays_while_the_rest_is_made_plainer(solvers, monkeypatch):
    """No fact comes back that is not needed, and no number grows again that is small: all of a case is settled at its end."""
    rule = rule_of({"id": "cap", "require": "c1 <= 5 or (f1 and c2 <= 3)"})
    study, kept, smaller = Study(rule, DAY, solvers), [], Study._smaller
    monkeypatch.setattr(
        Study, "_smaller", lambda self, pinned, *rest: (kept.append(pinned), smaller(self, pinned, *rest))[1]
    )
    ((_, said),) = study.said
    case = study.case([said["satisfied"]], has(rule.provisions[0], "satisfied")).example
    assert case.facts.given == {"c1": 0}
    for name in rule.inputs.keys() & {"f1", "c2"}:
        fact = study.world.fact(name)
        assert solvers.first.ask([*kept[-1], fact.given])[0] == "unsat", name


def test_where_any_day_is_too_much_a_day_is_asked_about_on_which_the_provisions_are_in_force():
    rule = rule_of({"id": "cap", "require": "c1 <= 5", "until": "2026-12-15"}, {"id": "floor", "require": "c1 >= 2"})
    with Solvers(seconds=0) as none:
        found = examined(rule, DAY, none)
    assert {one.kind for one in found} == {"not-settled"}
    assert "never-applies" not in {one.which for one in found}
    assert found[-1].which == "asked of 2026-12-15 alone"


def test_what_a_solver_says_is_decided_again(solvers):
    """An answer that is not one is no finding."""
    rule = rule_of({"id": "cap", "require": "c1 <= 5"})
    study = Study(rule, DAY, solvers)
    (said,) = (said for _, said in study.said)
    assert study.case([said["failed"]], lambda verdict: False).settled == "open"
    real = study.case([said["failed"]], lambda verdict: verdict.status(verdict.checks[0]) == "violated")
    assert real.example.facts == Facts({"c1": Fraction(6)})


def test_what_is_never_kept_makes_no_other_check_redundant(solvers):
    rule = rule_of({"id": "never", "require": "c1 + 1 <= c1"}, {"id": "cap", "require": "c1 <= 5"})
    assert [(f.kind, f.about) for f in found(rule, solvers) if not f.kind.startswith("idle")] == [
        ("never-satisfied", "never")
    ]


def test_a_solver_that_does_not_run_here_is_told_and_not_taken_for_one_that_gives_up(tmp_path, monkeypatch):
    """Else everything would be not settled, and nobody would know why."""
    (tmp_path / "cvc5.py").write_text("raise ImportError('no such symbol')", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    ran = CliRunner().invoke(app, ["prove", "award.grant", "--lang", "zh"])
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr.startswith(
        "cvc5 在此无法运行（退出码 1）\n  建议：请运行 pip install --force-reinstall 'policy-engine[prove]'"
    )


def test_a_solver_that_takes_too_long_is_ended_and_begins_anew():
    slow = Process("z3", seconds=0)
    assert slow.ask(["true"])[0] == "unknown"
    slow.seconds = 120
    slow.tell(["(declare-const a Int)"])
    assert slow.ask(["(> a 2)"], ["a"])[0] == "sat"
    slow.close()


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="this system ends no process after so many seconds")
def test_a_solver_that_nobody_ends_is_ended_by_the_system():
    """It may work a million times as much, but no longer than twice the second that somebody would wait."""
    command = [sys.executable, "-m", "policy_engine.solving.by_cvc5", str(10**6), "1", str(os.getpid())]
    known = "".join(f"(declare-const {name} Int)(assert (> {name} 0))" for name in "klm")
    hard = f"{known}(assert (= (+ (* k k k) (* l l l)) (* m m m)))(check-sat)"
    ran = subprocess.run(command, input=json.dumps(hard), text=True, capture_output=True, check=False, timeout=300)
    assert (ran.returncode, ran.stdout) == (-signal.SIGALRM, "")


@pytest.mark.parametrize("name", ["z3", "cvc5"])
def test_the_answer_to_a_question_nobody_waited_for_is_not_taken_for_another(name, monkeypatch):
    """Whether it was ended or somebody pressed Ctrl-C: the next question is asked of a new process, which is told all again."""
    one = Process(name)
    one.tell(["(declare-const a Int)", "(assert (> a 2))"])
    for gone in (lambda *_: ([], [], []), mock.Mock(side_effect=KeyboardInterrupt)):
        with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
            patch.setattr("policy_engine.solving.solvers.select.select", gone)
            assert one.ask(["(= a 3)"], ["a"]) == ("unknown", {})
        assert one.ask(["(< a 3)"], ["a"]) == ("unsat", {})
        assert one.ask(["(= a 4)"], ["a"]) == ("sat", {"a": "4"})
    one.close()


def test_what_the_second_solver_does_not_confirm_is_not_settled(solvers, monkeypatch):
    rule = rule_of({"id": "never", "require": "c1 <= 5 or c1 > 5"})
    assert [f.about for f in found(rule, solvers) if f.kind == "never-violated"] == ["never"]
    ask = Process.ask
    monkeypatch.setattr(
        Process, "ask", lambda self, *told: ("unknown", {}) if self.name == "cvc5" else ask(self, *told)
    )
    assert [f.kind for f in found(rule, solvers) if f.about == "never"] == [
        "not-settled"
    ]  # nor is it called a fault of one day


def test_lists_are_refused_by_name(solvers):
    rule = replace(BOOK.rule("award.grant"), rows={"child": None})
    with pytest.raises(Exception, match="a list of rows"):
        Study(rule, DAY, solvers)


def test_both_solvers_understand_a_formula_that_waits_for_dates_not_yet_come(solvers):
    """All of a rule was left open where one of its terms was of two sorts."""
    assert "not-settled" not in {f.kind for f in found(BOOK.rule("parking.term"), solvers)}
    assert not solvers.first.refused + solvers.second.refused


@pytest.mark.parametrize("gives_up", ["z3", "cvc5"])
def test_a_solver_that_gives_up_is_asked_once_more_alone(solvers, monkeypatch, gives_up):
    rule, ask = rule_of({"id": "never", "require": "c1 <= 5 or c1 > 5"}), Process.ask

    def impatient(self, *told):
        return ("unknown", {}) if self.name == gives_up and self.patience == 1 else ask(self, *told)

    monkeypatch.setattr(Process, "ask", impatient)
    assert [f.kind for f in found(rule, solvers) if f.about == "never"] == ["never-violated"]


def test_a_fact_that_decides_whether_facts_are_possible_or_asked_is_not_idle(solvers):
    """More than are members can never be present, so it is not so that nothing depends on how many are members."""
    counts = {"c1": {"type": "count", "at_least": "1"}, "c2": {"type": "count"}}
    flags = {"f1": {"type": "flag"}, "f2": {"type": "flag"}}
    beside = {"value": "no", "why": {"en": "W", "zh": "W"}, "if_given": "f2"}

    def idle(inputs, require, musts=()):
        check = {"id": "quorum", "cite": CITE, "require": require}
        rule = composed({
            "decision": "town.rule", "document": "甲", "inputs": inputs, "provisions": [check], "facts_must": list(musts),
        })  # fmt: skip
        return [(f.about, f.which) for f in of(rule, "idle-input", solvers)]

    quorum = "c2 >= 5 or c1 < 1"
    assert idle(counts, quorum) == [("c1", "value")]
    assert idle(counts, quorum, ["c2 <= c1"]) == []
    assert idle({**counts, "c2": {"type": "count", "when": "c1 >= 3"}}, quorum) == []
    assert idle({**flags, "f1": {"type": "flag", "assume": beside}}, "not f1") == []


def test_in_chinese_a_case_has_labels_for_names_and_options():
    book, day = policy_engine.load(), dt.date(2026, 11, 30)
    rule = book.rule("personnel.probation")
    facts = read_facts(rule, {"on_probation": True, "appointed_on": "2026-01-05", "confirmed_on": "not yet"})
    case = Example("personnel.probation", facts, day, {"first_day": "counted"})
    assert in_words(rule, case) == {
        "决定日期": "2026-11-30", "任职日期": "2026-01-05", "系试用期任职": "是", "正式任职日期": "尚未",
        "任职当日是否计入试用期？": "任职自当日起生效",
    }  # fmt: skip
    rule = book.rule("eldercare.idle-facilities")
    case = Example("eldercare.idle-facilities", read_facts(rule, {"fee": "low"}), day, {})
    assert in_words(rule, case) == {"决定日期": "2026-11-30", "向运营方收费方式": "低偿"}
