"""What an answer can change: the two cases are decided so, and where nothing can change no case that is drawn differs."""

import datetime as dt
from random import Random

import pytest
from typer.testing import CliRunner

import policy_engine
from policy_engine.asking.interview import _candidates
from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import NOT_YET
from policy_engine.doors.main import app
from policy_engine.reports.question import explained
from policy_engine.solving import solvers as both_solvers
from policy_engine.solving.questions import effect_of
from policy_engine.solving.solvers import Solvers, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason="z3 and cvc5 are not installed (policy-engine[prove])")
DAY = dt.date(2025, 6, 30)
BOOK = policy_engine.load()
SECOND = policy_engine.load("examples/second-city/rules")
RULE = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs:
  boats: {type: count}
  nets: {type: count}
  closed: {type: flag}
  until: {type: date}
provisions:
"""


def clause(id_, *fields):
    return f"  - {{id: {id_}, cite: {{at: 第一条, phrase: 应当暂缓}}, {', '.join(fields)}}}\n"


@pytest.fixture(scope="module")
def solvers():
    with Solvers() as both:
        yield both


@pytest.fixture
def asked(town, solvers):
    """What the answer to a question can change in a rule with some provisions."""

    def ask(name, provisions, facts=None):
        begun = town(RULE + provisions).interview("town.rule", facts, DAY)
        assert name in [entry.name for entry in begun.questions]
        found = effect_of(begun, name, solvers)
        if found is not None and found.two is not None:
            assert outcomes(begun, name, found.two) == [outcome for _, outcome in found.two[1:]]
        return found

    return ask


def outcomes(begun, name, two):
    """What the interpreter says of the two cases."""
    cases = ({**begun.answers, **two.facts, name: value} for value, _ in two[1:])
    as_said = ({n: NOT_YET if v is None else v for n, v in case.items()} for case in cases)
    return [_outcome(begun, case) for case in as_said]


def _outcome(begun, case):
    found = type(begun)(rule=begun.rule, as_of=begun.as_of, answers=case).decision
    assert found.outcome != "undetermined" or not found.missing
    return found.outcome


def test_what_the_search_does_not_reach_the_solvers_do(asked, town):
    rule = clause("defer", "require: boats * 7 != 12341 or nets * 3 != 9999")
    assert town(RULE + rule).interview("town.rule", as_of=DAY).completion("boats") is None
    found = asked("boats", rule)
    assert found.changes == "outcome"
    assert found.two.facts == {"nets": 3333}
    assert {outcome for _, outcome in found.two[1:]} == {"compliant", "non_compliant"}


def test_what_a_violation_outweighs_bears_on_its_provision_alone(asked):
    rules = clause("defer", "require: not closed") + clause("count", "require: boats < 5")
    assert asked("boats", rules).changes == "outcome"
    found = asked("boats", rules, {"closed": True})
    assert (found.changes, found.about) == ("provision", "count")


def test_a_value_that_no_outcome_rests_on_is_changed_alone(asked):
    found = asked("boats", clause("fee", "value: {type: count, is: boats * 2}"))
    assert (found.changes, found.about) == ("provision", "fee")


@pytest.mark.parametrize(
    "require", ["boats * 3 >= boats * 2", "nets * boats >= 0", "(boats > 5 and closed) or boats <= 5 or not closed"]
)
def test_what_holds_of_every_value_changes_nothing(asked, require):
    assert asked("boats", clause("defer", f"require: {require}")).changes == "nothing"


def test_a_date_not_yet_come_is_an_answer_too(asked):
    """Every day that can be told is kept; only of one that has not come it is not said."""
    found = asked("until", clause("defer", "require: until <= 2099-12-31"))
    assert found.changes == "outcome"
    assert None in {value for value, _ in found.two[1:]}


def test_what_the_text_leaves_open_though_everything_is_given_is_an_outcome(asked):
    share = clause("share", "value: {type: number, is: boats / nets}") + clause("defer", "require: share < 1")
    found = asked("nets", share, {"boats": 0})
    assert found.changes == "outcome"
    assert {outcome for _, outcome in found.two[1:]} == {"compliant", "undetermined"}


def test_what_is_not_due_is_another_outcome_than_what_is_kept(asked):
    early = clause("early", "when: nets < 3", "due: 2025-12-31", "require: closed")
    found = asked("nets", early + clause("kept", "when: nets >= 3", "require: boats >= 0"), {"boats": 1})
    assert {outcome for _, outcome in found.two[1:]} == {"compliant", "pending"}


def test_what_cannot_be_together_whatever_is_answered_is_said(town, solvers):
    """No number of nets goes with four boats, though what must hold is not known to be broken before it is told."""
    rule = RULE.replace("provisions:", "facts_must: [boats + nets <= 3]\nprovisions:")
    for boats, changes in ((4, "impossible"), (3, "outcome")):
        begun = town(rule + clause("c", "require: nets < boats and closed")).interview(
            "town.rule", {"boats": boats}, DAY
        )
        assert effect_of(begun, "closed", solvers).changes == changes


@pytest.mark.parametrize(
    ("decision", "name", "facts", "changes", "about"),
    [
        ("hospital.group", "institution", {"strong_specialty": False}, "provision", "role"),
        ("parking.premium", "area_b2", {"supply": "granted", "follows_approved_design": False, "benchmark_price": "100"}, "provision", "premium_b2"),
    ],
)  # fmt: skip
def test_facts_that_do_not_matter_may_stay_unknown(decision, name, facts, changes, about, solvers):
    found = effect_of(BOOK.interview(decision, facts, DAY), name, solvers)
    assert (found.changes, found.about) == (changes, about)


def test_what_is_not_put_to_the_solvers_is_not_settled(solvers):
    begun = SECOND.interview("heating.subsidy", as_of=DAY)
    assert begun.questions[0].name == "member"
    assert effect_of(begun, "member", solvers) is None


@pytest.mark.parametrize("told", [{"stay": [{}, {}]}, {"stay": [{}, "more"]}, {"stay": []}], ids=str)
def test_two_cases_with_lists_are_decided_so(solvers, told):
    """Of a list nobody told of no row is made up."""
    begun = SECOND.interview("travel.expenses", told, DAY)
    found = {one.name: effect_of(begun, one.name, solvers) for one in begun.questions[:8] if one.name != "stay"}
    assert None not in found.values()
    assert "outcome" in {one.changes for one in found.values()}
    for name, one in found.items():
        if one.two is not None:
            case = [{**begun.answers, **one.two.facts, name: value} for value, _ in one.two[1:]]
            said = [
                type(begun)(
                    rule=begun.rule, as_of=DAY, answers={n: NOT_YET if v is None else v for n, v in each.items()}
                )
                for each in case
            ]
            assert [each.decision.outcome for each in said] == [outcome for _, outcome in one.two[1:]]


LISTED = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs:
  budget: {type: money}
rows:
  boat:
    columns:
      fee: {type: money, at_least: 0}
    totals:
      fees: {sum: fee}
      paying: {count: fee > 0元}
provisions:
"""


@pytest.mark.parametrize(
    ("require", "changes"),
    [
        ("paying >= 0 or budget > 5元", "nothing"),
        ("fees > 1元 or budget > 5元", "outcome"),
        ("each: boat, require: fee >= 0元 or budget > 5元", "nothing"),
        ("each: boat, require: fee > 1元 or budget > 5元", None),
    ],
)
def test_of_a_list_nobody_told_of_anything_may_be(town, solvers, require, changes):
    """What no row and no total can make matter changes nothing; a row alone is no case that anybody gives."""
    rule = LISTED + clause("all", require if "each" in require else f"require: {require}")
    rule += clause("other", "require: budget <= 9元")
    begun = town(rule).interview("town.rule", {}, DAY)
    other = town(rule.replace("budget <= 9元", "budget <= 9元 or budget > 5元")).interview("town.rule", {}, DAY)
    assert effect_of(begun, "budget", solvers).changes == "outcome"
    found = effect_of(other, "budget", solvers)
    assert (found and found.changes) == changes


def walked(decision, draw):
    """An interview after some random answers."""
    now = BOOK.interview(decision, as_of=DAY)
    for _ in range(draw.randrange(6)):
        if len(now.questions) < 2:
            break
        name = now.questions[0].name
        values = list(_candidates(now.rule.inputs[name], now.rule, DAY))
        try:
            now = now.answer(name, draw.choice(values)) if values else now.skip(name)
        except PolicyError:
            now = now.skip(name)
    return now


def drawn(now, name, draw):
    """What is said of two cases that differ in one fact, all others told at random; nothing of what cannot be."""
    told = dict(now.answers)
    for n, entry in now.rule.inputs.items():
        values = list(_candidates(entry, now.rule, DAY))
        if n not in told and n != name and values:
            told[n] = draw.choice(values)
    said = []
    for value in _candidates(now.rule.inputs[name], now.rule, DAY):
        try:
            found = type(now)(rule=now.rule, as_of=DAY, answers={**told, name: value}).decision
        except PolicyError:
            continue
        results = [(r.provision, str(r.value)) for r in found.results]
        said.append((found.outcome, [(f.provision, f.status) for f in found.findings], results))
    return said


@pytest.mark.parametrize("decision", ["air.straw", "award.funds", "parking.premium", "fund.committee"])
def test_no_case_that_is_drawn_differs_where_nothing_can(decision, solvers):
    draw, settled = Random(5), 0
    for _ in range(4):
        now = walked(decision, draw)
        for entry in now.questions[:2]:
            effect = effect_of(now, entry.name, solvers)
            if effect is None or effect.changes in ("outcome", "something"):
                assert (
                    effect is None
                    or effect.two is None
                    or outcomes(now, entry.name, effect.two) == [one[1] for one in effect.two[1:]]
                )
                continue
            said = [drawn(now, entry.name, draw) for _ in range(6)]
            settled += 1
            for one in said:
                assert len({outcome for outcome, *_ in one}) <= 1, (entry.name, now.answers)
                assert effect.changes == "provision" or all(each == one[0] for each in one), (entry.name, now.answers)
    assert settled


AIR = ("ask", "air.straw", "--as-of", "2025-06-30", "--lang")


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "changes neither the outcome nor"), ("zh", "此项均不影响结论，也不影响")]
)
def test_a_question_that_changes_nothing_says_so_where_it_is_asked_why(lang, said):
    told = CliRunner().invoke(app, [*AIR, lang], input="straw_used=0\n?\n.\n")
    assert said in told.stderr, told.stderr


def test_a_question_that_changes_a_provision_alone_names_it(town, solvers):
    fee = "title: {en: Fee, zh: 费用}, value: {type: count, is: boats * 2}"
    begun = town(RULE + clause("fee", fee)).interview("town.rule", as_of=DAY)
    told = explained(begun, begun.questions[0], "zh", lambda now, name: effect_of(now, name, solvers))
    assert told[-1] == "无论其余未填各项如何填写，此项均不影响结论，只影响个别规定的判定或数值，如：费用"


def test_without_the_solvers_nothing_is_said_of_it(monkeypatch):
    monkeypatch.setattr(both_solvers, "missing", lambda: ["z3"])
    told = CliRunner().invoke(app, [*AIR, "en"], input="straw_used=0\n?\n.\n")
    assert told.exit_code == 3
    assert "Straw of the year" in told.stderr
    assert "neither the outcome" not in told.stderr


def test_a_step_alone_makes_no_case_compliant(asked):
    """Without `step` the answer changes nothing: compliant, whether boats are many or not."""
    provisions = clause(
        "many", "step: true", "value: {type: flag, is: boats > 2}", "derived: [{value: 2, why: x}]"
    ) + clause("closes", "when: many and boats * 7 != 12341", "require: 'nets * 3 >= 0'")
    found = asked("boats", provisions, {"nets": 1, "closed": True, "until": "2025-01-01"})
    assert found is not None and {outcome for _, outcome in found.two[1:]} == {"compliant", "not_applicable"}
