"""What silence is taken to mean is said wherever something rests on it, and nowhere else."""

import datetime as dt
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import INPUTS, all_facts, assuming, rules, some_facts, taken
from typer.testing import CliRunner

import policy_engine
from policy_engine.basics.errors import PolicyError, Text
from policy_engine.basics.values import Unknown
from policy_engine.deciding.facts import Facts
from policy_engine.deciding.situation import silent as unsaid
from policy_engine.doors.main import app
from policy_engine.explaining.decision import decide

AS_OF = dt.date(2025, 3, 1)
BOOK = policy_engine.load()
MEETING = {"members": 9, "present": 8, "in_favour": 5, "matter": "ordinary"}
WHY = Text("nobody said", "未载明")


def said(rule, facts):
    """What each check and formula says, and what it waits for, told facts and nothing else."""
    found = decide(rule, Facts(facts), AS_OF)
    checks = {f.provision: (f.status, f.missing) for f in found.findings}
    values = {r.provision: (_value(r), r.value.missing if isinstance(r.value, Unknown) else ()) for r in found.results}
    return checks | values


def _value(result):
    return (
        ("undetermined" if result.applies else "not_applicable") if isinstance(result.value, Unknown) else result.value
    )


def assumes(decision):
    return {found.provision: set(found.assumes) for found in (*decision.findings, *decision.results)}


@settings(max_examples=300)
@given(rules(), some_facts(), taken())
def test_a_finding_names_what_it_rests_on(rule, facts, values):
    silent = {n: v for n, v in values.items() if n in unsaid(assuming(rule, values), facts)}
    every, none = said(rule, facts | silent), said(rule, facts)
    alone = {n: said(rule, facts | {m: v for m, v in silent.items() if m != n}) for n in silent}
    found = decide(assuming(rule, values), Facts(facts), AS_OF)
    assert {n: every[n][0] for n in every} == {n: each[0] for n, each in said(assuming(rule, values), facts).items()}
    for provision, named in assumes(found).items():
        status, missing = none[provision]
        if every[provision][0] == status:
            assert not named
        else:
            assert named == {n for n in silent if n in missing or alone[n][provision][0] != every[provision][0]}
            assert named
    assert found.assumed == {n: values[n] for n in rule.inputs if n in set().union(*assumes(found).values())}


@given(rules(), some_facts(), taken())
def test_nothing_is_assumed_where_none_is_asked_for(rule, facts, values):
    bare = assuming(rule, values)
    bare = bare.without(bare.assumable)
    assert said(bare, facts) == said(rule, facts)
    assert decide(bare, Facts(facts), AS_OF).assumed == {}


@settings(max_examples=300)
@given(rules(), some_facts(), taken(), all_facts, st.sampled_from(sorted(INPUTS)))
def test_one_more_fact_changes_no_finding_that_did_not_say_it_assumed_it(rule, facts, values, more, name):
    given_, told = {n: v for n, v in facts.items() if n != name}, assuming(rule, values)
    before, after = said(told, given_), said(told, given_ | {name: more[name]})
    rests_on = assumes(decide(told, Facts(given_), AS_OF))
    for provision, (status, _) in before.items():
        if status != "undetermined" and after[provision][0] != status:
            assert name in rests_on[provision]


# --- the shipped rules ---------------------------------------------------------------------------------------------------


def test_members_present_and_votes_decide_a_vote_and_say_what_they_take_for_granted():
    found = BOOK.decide("party-group.meeting", MEETING, AS_OF)
    assert found.values["carried"] is True
    assert assumes(found)["written-opinions"] == {"written_in_favour"}
    assert assumes(found)["quorum"] == set()  # under this reading nobody leaves the base
    assert found.to_json()["assumed"] == {"written_in_favour": "0", "deferred": False}


def test_without_votes_nobody_knows_whether_a_decision_was_put_off():
    """Silence about putting off means that nothing was put off where votes were counted, and nothing where they were not."""
    close = {"members": 9, "present": 7, "matter": "major", "sides_close": True}
    for emergency in (False, True):
        name = "emergency-majority" if emergency else "defer-close-division"
        told = close | {"emergency": emergency}
        (open_,) = [f for f in BOOK.decide("party-group.meeting", told, AS_OF).findings if f.provision == name]
        assert (open_.status, open_.missing, open_.assumes) == ("undetermined", ("deferred",), ())
        assert "推定" not in open_.reason.zh
        (found,) = [
            f
            for f in BOOK.decide("party-group.meeting", told | {"in_favour": 5}, AS_OF).findings
            if f.provision == name
        ]
        assert found.status == ("satisfied" if emergency else "violated")
        assert "deferred" in found.assumes


def test_beside_a_date_that_has_not_come_silence_means_nothing(town):
    """A meeting that was held decided what nobody said it put off; of one to come nobody knows."""
    rule = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs:
  held_on: {type: date}
  put_off: {type: flag, assume: {value: false, if_given: held_on, why: {en: nobody said so, zh: 未载明}}}
provisions: [{id: decided, cite: {at: 第一条, phrase: 应当作出决定}, require: not put_off}]
"""
    book = town(rule)
    for held, status, rests in (("2025-03-01", "satisfied", ("put_off",)), ("not yet", "undetermined", ())):
        (found,) = book.decide("town.rule", {"held_on": held}, AS_OF).findings
        assert (found.status, found.assumes) == (status, rests)


def test_under_the_reading_that_needs_it_a_vote_rests_on_nobody_being_recused():
    found = BOOK.decide("party-group.meeting", MEETING, AS_OF, {"recusal": "leaves"})
    assert assumes(found)["due"] == {"recused"}
    assert found.to_json()["value_assumes"]["due"] == ["recused"]
    bare = BOOK.decide("party-group.meeting", MEETING, AS_OF, {"recusal": "leaves"}, assume="none")
    assert isinstance(bare.values["due"], Unknown)
    assert bare.to_json()["assumed"] == {}
    with pytest.raises(PolicyError):
        BOOK.decide("party-group.meeting", MEETING, AS_OF, assume="some")


def test_only_what_silence_ordinarily_means_is_assumed():
    nobody = {"written_in_favour", "recused", "on_leave"}
    emergency = {"emergency", "individual_emergency", "special_circumstances"}
    vote_taken = {"deferred"}  # putting a decision off is itself decided and recorded
    exception = {"higher_rule_applies", "part_year"}  # whoever relies on it names it
    # what is asked about is what the document is about: a project of its bodies, a garage of an estate, its sub-fund, its fund, all that it examines
    asked = {"fund_set_up", "market_run", "organiser_listed", "recipient_listed", "subject", "surface_right"}
    nothing_back = {
        "direct_returned",
        "direct_to_come",
        "fund_unpaid",
        "returned",
        "subfund_unpaid",
        "to_come",
    }  # whoever relies on it states it
    everything = {"subject"}  # whoever names no subject has all of them examined: silence leaves nothing out
    every = {name for rule in BOOK.rules() for name in rule.assumable}
    assert every == nobody | emergency | vote_taken | exception | asked | nothing_back | everything


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("form", ["text", "markdown"])
def test_every_report_says_it_in_words(form, lang):
    facts = [part for name, value in MEETING.items() for part in ("--set", f"{name}={value}")]
    command = ["check", "party-group.meeting", *facts, "--as-of", "2025-03-01", "--lang", lang, "--format", form]
    shown = CliRunner().invoke(app, command).stdout
    why = BOOK.rule("party-group.meeting").inputs["written_in_favour"].assume.why
    assert why.of(lang) in shown
    assert "written_in_favour" not in shown
    bare = CliRunner().invoke(app, [*command[:-2], "--format", "json", "--assume", "none"]).stdout
    assert json.loads(bare)["assumed"] == {}


def test_a_reason_marks_what_nobody_gave():
    found = BOOK.decide("award.grant", {"recipient": "individual", "amount": 1, "activity": "commendation"}, AS_OF)
    told = BOOK.decide("party-group.meeting", MEETING, AS_OF)
    reason = next(f.reason for f in told.findings if f.provision == "written-opinions")
    assert "（推定）：0" in reason.zh
    assert "(assumed): 0" in reason.en
    given = BOOK.decide("party-group.meeting", MEETING | {"written_in_favour": 0}, AS_OF)
    assert "推定" not in next(f.reason.zh for f in given.findings if f.provision == "written-opinions")
    assert found.assumed == {"higher_rule_applies": False, "recipient_listed": True}
