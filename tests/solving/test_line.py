"""Which values of a fact keep a decision: exact ends, proved by both solvers, decided at the end and one unit past it."""

import datetime as dt
import json
import re
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import CITE, composed, declared
from typer.testing import CliRunner

import policy_engine
from policy_engine.deciding.facts import Facts, read_facts
from policy_engine.doors.main import app
from policy_engine.reports.unsettled import unsettled
from policy_engine.solving.best import best, kept
from policy_engine.solving.line import Axis, simplest
from policy_engine.solving.solvers import Solvers, missing
from policy_engine.solving.study import Study, has
from policy_engine.solving.sym import Unheld

pytestmark = pytest.mark.skipif(bool(missing()), reason="z3 and cvc5 are not installed (policy-engine[prove])")
BOOK = policy_engine.load()
DAY = dt.date(2025, 3, 1)
KNOWN = {
    "fund_total": "15亿元", "activities": [], "approved_by_committee": True, "kind": "subfund", "subfund_total": "8亿元",
    "reinvestment": "2.25亿元", "management_fee": "2%", "term_years": 10,
}  # fmt: skip


@pytest.fixture(scope="module")
def solvers():
    with Solvers() as both:
        yield both


def line(solvers, name, *requires, facts=None, each=None):
    provisions = [{"cite": CITE, "id": f"p{i}", "require": text} for i, text in enumerate(requires)]
    rule = composed(declared(provisions, (), each))
    return Axis(rule, Facts(facts or {}), DAY, {}, name, solvers)


def test_the_most_that_may_be_invested_and_a_fen_more(solvers):
    rule = BOOK.rule("fund.investment")
    found = Axis(rule, read_facts(rule, KNOWN), DAY, {}, "amount", solvers)
    one = best(found, kept(found.intervals(), False), "maximize")
    assert (one.end, one.attained) == (225_000_000, True)
    assert (one.safe.value, one.safe.verdict.outcome()) == (225_000_000, "compliant")
    assert (one.past.value, one.past.verdict.outcome()) == (Fraction("225000000.01"), "non_compliant")


def test_an_end_that_is_only_approached_is_rounded_to_the_safe_side(solvers):
    found = line(solvers, "m1", "m1 * 3 < m2", facts={"m2": Fraction(100)})
    one = best(found, kept(found.intervals(), False), "maximize")
    assert (one.end, one.attained) == (Fraction(100, 3), False)
    assert (one.safe.value, one.past.value) == (Fraction("33.33"), Fraction("33.34"))
    least = line(solvers, "m1", "m1 > 2")
    one = best(least, kept(least.intervals(), False), "minimize")
    assert (one.end, one.attained, one.safe.value, one.past.value) == (2, False, Fraction("2.01"), Fraction(2))


def test_what_is_asked_for_in_some_cases_only_is_no_end_while_that_is_not_known(solvers):
    inputs = {"x": {"type": "money"}, "f": {"type": "flag"}, "k": {"type": "choice", "of": ["p", "q"]},
              "y": {"type": "money", "when": 'k == "p"'}}  # fmt: skip
    provisions = [{"cite": CITE, "id": "cap", "when": "f", "require": "x <= y or x <= 5 yuan"}]
    rule = composed({"decision": "town.rule", "document": "甲", "inputs": inputs, "provisions": provisions})
    found = Axis(rule, Facts({"f": True}), DAY, {}, "x", solvers).intervals()
    assert [(one.outcome, one.low, one.high) for one in found] == [("compliant", 0, 5), ("undetermined", 5, None)]


@pytest.mark.parametrize(("told", "past"), [({}, "undetermined"), ({"who": "扎西"}, "non_compliant")])
def test_what_silence_means_beside_a_name_depends_on_whether_the_name_is_given(told, past, solvers):
    why = {"en": "W", "zh": "无"}
    inputs = {"x": {"type": "count"}, "who": {"type": "text"},
              "ok": {"type": "flag", "assume": {"value": "no", "why": why, "if_given": "who"}}}  # fmt: skip
    provisions = [{"cite": CITE, "id": "cap", "require": "x <= 3 or ok"}]
    rule = composed({"decision": "town.rule", "document": "甲", "inputs": inputs, "provisions": provisions})
    found = Axis(rule, Facts(told), DAY, {}, "x", solvers).intervals()
    assert [(one.outcome, one.low, one.high) for one in found] == [("compliant", 0, 3), (past, 4, None)]
    study = Study(rule, DAY, solvers)
    ((p, said),) = study.said
    example = study.case([said["failed"]], has(p, "failed")).example
    assert example.facts.given == {"x": 4, "who": "A"}  # a name is needed, whatever it is


def test_the_answers_of_yes_or_no_and_of_a_choice_are_listed_with_their_outcomes():
    known = ["--set", "recipient=individual", "--set", "activity=commendation", "--set", "amount=2000"]

    def run(command, name, *more):
        return CliRunner().invoke(app, [command, "award.grant", "--vary", name, *known, *more])

    told = json.loads(run("range", "approved_by_region", "--format", "json").stdout)
    assert [(one["value"], one["outcome"]) for one in told["answers"]] == [
        (True, "compliant"),
        (False, "non_compliant"),
    ]
    ran = run("solve", "approved_by_region", "--lang", "zh")
    assert ran.exit_code == 0
    assert ran.stdout.splitlines()[1:] == ["  项目经自治区党委、政府批准 = 是：合规"]
    ran = run("range", "recipient", "--lang", "zh")
    assert [line.partition("：")[0] for line in ran.stdout.splitlines() if " = " in line] == [
        "  表彰对象 = 个人",
        "  表彰对象 = 集体",
    ]
    assert "尚不清楚：“项目经自治区党委、政府批准”" in ran.stdout
    assert "award.grant" not in ran.stdout
    assert run("solve", "recipient", "--maximize", "recipient").exit_code == 2


def test_that_no_value_keeps_a_decision_is_not_said_of_what_is_not_known():
    ran = CliRunner().invoke(app, ["solve", "award.grant", "--maximize", "amount", "--lang", "zh"])
    assert ran.exit_code == 1
    assert "其他事项查明之前，没有取值能够确定合规\n尚不清楚：表彰对象、活动类别\n" in ran.stdout


def test_what_breaks_a_decision_already_is_told_where_no_value_is_sure():
    said = ["--set", "kind=subfund", "--set", "fund_total=15亿元", "--maximize", "amount", "--lang", "zh"]
    ran = CliRunner().invoke(app, ["solve", "fund.investment", *said])
    assert ran.exit_code == 1
    assert "其他事项查明之前，没有取值能够确定合规\n  已可确定不合规：225,000,000 元 < " in ran.stdout


def decided(solvers, entry, require, way):
    """The best value of one input of some kind."""
    inputs = {"x": entry}
    provisions = [{"cite": CITE, "id": f"p{i}", "require": text} for i, text in enumerate(require.split("; "))]
    rule = composed({"decision": "town.rule", "document": "甲", "inputs": inputs, "provisions": provisions})
    found = Axis(rule, Facts({}), DAY, {}, "x", solvers)
    one = best(found, kept(found.intervals(), False), way)
    values = [None if value is None else found.value(value) for value in (one.end, one.safe and one.safe.value)]
    return *values, one.attained, None if one.past is None else found.value(one.past.value)


@pytest.mark.parametrize(
    ("entry", "require", "way", "told"),
    [
        ({"type": "count", "below": "10"}, "x >= 3", "maximize", (9, 9, True, None)),
        ({"type": "count", "above": "2"}, "x <= 7", "minimize", (3, 3, True, None)),
        ({"type": "date", "at_least": "2025-01-01"}, "x <= 2025-02-01", "minimize", ("2025-01-01", "2025-01-01", True, None)),
        ({"type": "date", "below": "2025-04-01"}, "x != 2025-02-01", "maximize", ("2025-03-31", "2025-03-31", True, None)),
        ({"type": "number"}, "round(x) == 2", "minimize", ("1.5", "1.5", True, "1.49")),
        ({"type": "number"}, "x * x <= 6.25", "minimize", ("-2.5", "-2.5", True, "-2.51")),
        ({"type": "number"}, "floor(x / 7) > -3", "minimize", (-14, -14, True, "-14.01")),
        ({"type": "money"}, "3 * x == 100 yuan or x <= 2 yuan", "maximize", ("100/3", 2, True, "2.01")),
        ({"type": "money"}, "1000000007 * x <= 1 yuan", "maximize", ("1/1000000007", 0, True, "0.01")),
        ({"type": "share"}, "x > 2/7; x < 5/7", "minimize", ("2/7", "0.2858", False, "0.2857")),
    ],
)  # fmt: skip
def test_the_best_value_is_that_of_the_bounds_and_units_of_the_fact(entry, require, way, told, solvers):
    def value(text):
        is_date = isinstance(text, str) and text.count("-") == 2
        return (
            text
            if text is None or isinstance(text, bool)
            else dt.date.fromisoformat(text)
            if is_date
            else Fraction(text)
        )

    assert decided(solvers, entry, require, way) == tuple(map(value, told))


def test_a_root_is_no_bound_that_can_be_written_and_is_not_guessed(solvers):
    with pytest.raises(Unheld):
        line(solvers, "s1", "s1 * s1 <= 2").intervals()


def test_that_there_are_more_intervals_than_are_told_apart_is_said_with_one_that_is_left(solvers, monkeypatch):
    monkeypatch.setattr("policy_engine.solving.line.MOST", 3)
    found = line(solvers, "c1", "mod(c1, 5) < 2")
    with pytest.raises(Unheld) as told:
        found.intervals()
    said = unsettled(str(told.value), lambda name: None)
    assert re.fullmatch(r"more than 3 intervals; of those left one lies at \d+", said.en)
    assert re.fullmatch(r"区间多于 3 个，其余区间之一在 \d+ 处", said.zh)


def test_a_line_that_takes_the_solvers_too_long_is_said_to(solvers, monkeypatch):
    monkeypatch.setattr("policy_engine.solving.line.LONGEST", 0.000_001)
    with pytest.raises(Unheld) as told:
        line(solvers, "c1", "mod(c1, 5) < 2").intervals()
    monkeypatch.setattr("policy_engine.solving.line.LONGEST", 120)
    assert str(told.value) == "the line in 1e-06 seconds"
    said = unsettled("the line in 120 seconds", lambda name: None)
    assert (said.en, said.zh) == ("its intervals are not all found in 120 seconds", "120 秒内未能求出全部区间")
    assert line(solvers, "c1", "c1 < 2").intervals()  # what others took before counts for none


def test_what_the_solvers_are_not_asked_about_is_refused(solvers):
    with pytest.raises(Unheld, match="a date before 1901"):
        line(solvers, "c1", "c1 <= 3 or d1 > d2", facts={"d1": dt.date(9999, 12, 31)})


def test_what_may_be_need_not_be_one_piece(solvers):
    found = line(solvers, "c1", "c1 <= 3 or c1 >= 7 and c1 != 9").intervals()
    shown = [(i.outcome, i.low, i.high) for i in found]
    assert shown == [
        ("compliant", 0, 3),
        ("non_compliant", 4, 6),
        ("compliant", 7, 8),
        ("non_compliant", 9, 9),
        ("compliant", 10, None),
    ]


def test_days_are_told_apart_one_by_one(solvers):
    found = line(solvers, "d1", "d1 <= 2024-02-29 + 1 month").intervals()
    assert [(i.outcome, i.high and dt.date.fromordinal(int(i.high))) for i in found] == [
        ("compliant", dt.date(2024, 3, 29)), ("non_compliant", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("require", "name", "given", "ends"),
    [
        ("d2 <= d1 + 1 month", "d1", {"d2": "2026-10-20"}, ["2026-09-20"]),
        ("years(d1, d2) >= 20; d2 <= end of quarter(d1) + 22 years", "d1", {"d2": "2026-10-20"}, ["2004-10-01", "2006-10-21"]),
        ("d1 + 1 year <= d2; d2 < d1 + 2 years", "d1", {"d2": "2024-02-29"}, ["2022-03-01", "2023-03-01"]),
    ],
)  # fmt: skip
def test_a_day_from_which_months_and_years_run_has_its_ends(require, name, given, ends, solvers):
    """One solver may give up on the way to an end; the other is asked then."""
    facts = {fact: dt.date.fromisoformat(day) for fact, day in given.items()}
    found = line(solvers, name, *require.split("; "), facts=facts)
    assert [found.value(one.low).isoformat() for one in found.intervals() if one.low is not None] == ends
    for day in map(dt.date.fromisoformat, ends):
        at = Fraction(day.toordinal())
        assert found.verdict(at).outcome() != found.verdict(at - 1).outcome()


BOUNDS = st.lists(
    st.tuples(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), st.integers(0, 400)), min_size=1, max_size=3
)


def test_every_point_has_the_outcome_of_its_interval(solvers, request):
    """Bounds at random, each at its ends and past them; `--rule-sets` says how many."""

    @given(BOUNDS, st.integers(1, 7))
    @settings(max_examples=max(12, request.config.getoption("--rule-sets") // 5), deadline=None)
    def hold(bounds, factor):
        found = line(solvers, "m1", *(f"{factor} * m1 {op} {n} yuan" for op, n in bounds))
        intervals = found.intervals()
        for one in intervals:
            ends = [end for end in (one.low, one.high) if end is not None]
            past = [end + step for end in ends for step in (Fraction(1, 1000), Fraction(-1, 1000))]
            for at in {one.inside, *ends, *past} - {n for n in past if n < 0}:
                assert [i.outcome for i in intervals if inside(i, at)] == [found.verdict(at).outcome()], at

    hold()


def inside(one, at):
    above = one.low is None or one.low < at or (one.low == at and one.low_in)
    return above and (one.high is None or at < one.high or (one.high == at and one.high_in))


@given(st.fractions(-50, 50, max_denominator=30), st.fractions(0, 2, max_denominator=30))
def test_the_simplest_number_lies_between(low, width):
    found = simplest(low, low + width)
    assert low <= found <= low + width
    assert all(found.denominator <= n.denominator for n in (low, low + width))


def run(*args):
    return CliRunner().invoke(app, [*args, "--as-of", "2025-03-01", "--lang", "en"])


def test_the_commands_say_it_in_words_and_by_machine():
    given = [part for name, value in KNOWN.items() for part in ("--set", f"{name}={'none' if value == [] else value}")]
    said = run("solve", "fund.investment", *given, "--maximize", "amount")
    assert said.exit_code == 0
    assert "one unit more: 225,000,000.01 yuan → NON-COMPLIANT" in said.output
    least = run("solve", "fund.investment", *given, "--set", "amount=1", "--minimize", "fund_total")
    assert "one unit less: " in least.output and "one unit more" not in least.output
    unknown = CliRunner().invoke(app, ["solve", "fund.investment", *given, "--maximize", "金额", "--lang", "zh"])
    assert "“母基金拟投资项目”没有 `金额` 这项输入\n  建议：是否想写 `约定的返投金额`？" in unknown.stderr
    found = json.loads(run("solve", "fund.investment", *given, "--maximize", "amount", "--format", "json").output)
    assert found["best"]["decided"] == {"value": "225000000", "outcome": "compliant"}
    votes = run(
        "range",
        "party-group.meeting",
        "--set",
        "members=9",
        "--set",
        "present=7",
        "--set",
        "matter=ordinary",
        "--vary",
        "in_favour",
    )
    assert "5 ≤" in votes.output
    assert run("solve", "fund.investment", "--set", "kind=direct", "--maximize", "amount").exit_code == 1
    assert run("solve", "fund.investment", "--maximize", "amont").exit_code == 2
    assert run("solve", "fund.investment", "--maximize", "kind").exit_code == 2
    assert run("solve", "fund.investment", "--maximize", "amount", "--minimize", "amount").exit_code == 2


def test_without_a_name_every_fact_that_is_waited_for_is_solved_else_every_one_that_is_given():
    facts = {name: "none" if value == [] else value for name, value in KNOWN.items()}
    given = [part for name, value in facts.items() for part in ("--set", f"{name}={value}")]
    said = run("solve", "fund.investment", *given)
    assert (
        said.exit_code,
        "Invested in it so far, this time included ≤ 225,000,000 yuan: COMPLIANT" in said.output,
    ) == (0, True)
    found = json.loads(run("solve", "fund.investment", *given, "--format", "json").output)
    assert [one["input"] for one in found["facts"]] == ["amount"]
    found = json.loads(run("solve", "fund.investment", *given, "--set", "amount=2亿元", "--format", "json").output)
    assert {one["input"] for one in found["facts"]} >= {"kind", "fund_total", "amount"}
    assert run("solve", "fund.investment", *given, "--set", "amount=-1").exit_code == 2


PICK = """decision: town.pick
document: 甲
title: {en: Pick, zh: 选}
inputs:
  kind: {type: choice, of: {a: {en: A, zh: 甲}, b: {en: B, zh: 乙}}, label: {en: Kind, zh: 种类}}
  ok: {type: flag, assume: {value: "no", why: {en: W, zh: 无}}, label: {en: OK, zh: 合格}}
  x: {type: count, label: {en: X, zh: 数}}
  y: {type: count, label: {en: Y, zh: 另数}}
  z: {type: count, label: {en: Z, zh: 又数}}
  boat: {type: flag, label: {en: Boat, zh: 船}}
facts_must: [y <= x, kind != "b" or ok, kind != "a" or ok]
provisions:
  - {id: c, title: {en: C, zh: 丙}, cite: {at: 一, phrase: 三}, require: 'kind == "b" and z <= 3'}
  - {id: d, title: {en: D, zh: 丁}, cite: {at: 一, phrase: 三}, require: 'boat or z == 2'}
"""


@pytest.fixture
def picked(tmp_path):
    """Asks of a small rule."""
    (tmp_path / "town").mkdir()
    (tmp_path / "documents.yaml").write_text("documents: [{number: 甲}]\n", encoding="utf-8")
    (tmp_path / "town" / "pick.yaml").write_text(PICK, encoding="utf-8")

    def asked(command, given, *more):
        sets = [part for one in given.split() for part in ("--set", one)]
        return CliRunner().invoke(app, [command, "town.pick", "--rules", str(tmp_path), *sets, *more])

    return asked


@pytest.mark.parametrize("name", ["kind", "z"])
@pytest.mark.parametrize("command", ["range", "solve"])
def test_facts_that_contradict_each_other_are_refused_whatever_is_varied(picked, command, name):
    ran = picked(command, "x=1 y=2 ok=yes", "--vary", name, "--lang", "zh")
    assert (ran.exit_code, "事实自相矛盾" in ran.stderr) == (2, True), ran.output


def test_what_contradicts_the_other_facts_whatever_it_is_is_told_as_that(picked):
    assert "任何取值都与其他事实相矛盾" in picked("range", "ok=no", "--vary", "kind", "--lang", "zh").stdout
    ran = picked("solve", "ok=no", "--vary", "kind")
    assert (ran.exit_code, "it contradicts the other facts" in ran.stdout) == (1, True), ran.output
    ran = picked("range", "kind=b", "--vary", "ok", "--format", "json")  # what is assumed of it contradicts nothing
    assert [one["value"] for one in json.loads(ran.stdout)["answers"]] == [True]


def test_what_is_not_known_is_told_where_the_outcome_waits_for_it_alone(picked):
    found = json.loads(picked("range", "ok=yes z=1", "--vary", "kind", "--format", "json").stdout)["answers"]
    assert [(one["outcome"], one["missing"]) for one in found] == [("non_compliant", []), ("undetermined", ["boat"])]
    found = json.loads(picked("range", "ok=yes kind=b", "--vary", "z", "--format", "json").stdout)
    assert found["missing"] == ["boat"]
