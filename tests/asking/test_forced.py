"""An answer that what was said leaves alone is not asked for: it is taken, told, and looked at again when anything else is said."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import policy_engine
from policy_engine.asking import interview
from policy_engine.asking.interview import _candidates
from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import to_json
from policy_engine.doors.main import app

BOOK = policy_engine.load()
DAY = dt.date(2025, 3, 1)
BOUND = [name for name in BOOK.decisions() if BOOK.rule(name).facts_must]


def begun(decision, **facts):
    return policy_engine.load().interview(decision, facts, as_of=DAY)


@pytest.mark.parametrize(
    ("decision", "facts", "follows"),
    [
        ("air.fleet", {"buses": 0}, {"buses_new_energy": "0"}),
        ("air.fleet", {"buses": 1}, {}),
        ("government.substitution", {"partner": "fifth", "away": ["second"]}, {"principal": "second"}),
        ("government.substitution", {"partner": "fifth", "away": ["second", "third"]}, {}),
        ("government.substitution", {"vice_mayors": 2, "principal": "first"}, {"partner": "second"}),
    ],
)
def test_what_follows_is_not_asked(decision, facts, follows):
    settled = begun(decision, **facts).settled()
    assert {name: settled.answers[name] for name in settled.follows} == follows


def test_what_followed_is_asked_when_something_else_is_said():
    now = begun("air.fleet", buses=0).settled()
    assert now.follows == ("buses_new_energy",)
    changed = now.answer("buses", 4)
    assert "buses_new_energy" not in changed.answers
    assert "buses_new_energy" in [entry.name for entry in changed.settled().questions]


EITHER = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs:
  a: {type: flag}
  b: {type: flag}
readings:
  q: {question: {en: Which?, zh: 哪个？}, default: x, options: {x: {why: {en: X., zh: 甲。}}, y: {why: {en: Y., zh: 乙。}}}}
facts_must: ['b == (if q == "x" then a else not a)']
provisions: [{id: both, cite: {at: 第一条, phrase: 应当暂缓}, require: a and b}]
"""
SAME_DAY = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs:
  begun: {type: date}
  ended: {type: date}
facts_must: [ended == begun]
provisions: [{id: both, cite: {at: 第一条, phrase: 应当暂缓}, require: ended >= begun}]
"""
OPEN = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs:
  some: {type: flag}
  kind: {type: choice, open: true, of: {a: {en: A, zh: 甲}, b: {en: B, zh: 乙}}}
facts_must: ['not some or MUST']
provisions: [{id: such, cite: {at: 第一条, phrase: 应当暂缓}, require: some and kind == "a"}]
"""


@pytest.mark.parametrize(("chosen", "follows"), [({}, "yes"), ({"q": "x"}, "yes"), ({"q": "y"}, "no")])
def test_what_follows_does_so_as_the_text_is_read(town, chosen, follows):
    settled = town(EITHER).interview("town.rule", {"a": True}, DAY, chosen).settled()
    assert {name: settled.answers[name] for name in settled.follows} == {"b": follows == "yes"}


@pytest.mark.parametrize(("must", "follows"), [('kind == "a"', {}), ('kind != "b"', {}), ('kind in ["a"]', {})])
def test_another_of_the_kind_is_an_answer_too(town, must, follows):
    begun = town(OPEN.replace("MUST", must)).interview("town.rule", {"some": True}, DAY)
    settled = begun.settled()
    assert {name: settled.answers[name] for name in settled.follows} == follows
    assert begun.answer("kind", "another").answers["kind"] == "another"


def test_an_answer_that_is_refused_is_asked_for_and_the_talk_goes_on(town, monkeypatch):
    monkeypatch.setattr(interview, "only_value", lambda *_: False)
    settled = town(EITHER).interview("town.rule", {"a": True}, DAY).settled()
    assert settled.follows == ()
    assert [entry.name for entry in settled.questions] == ["b"]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_other_answer_can_be_beside_what_was_said(data):
    now = begun(data.draw(st.sampled_from(BOUND)))
    for _ in range(data.draw(st.integers(1, 8))):
        if not now.questions:
            break
        entry = now.questions[0]
        values = [to_json(value) for value in _candidates(entry, now.rule, DAY)]
        try:
            now = now.answer(entry.name, data.draw(st.sampled_from(values))) if values else now.skip(entry.name)
        except PolicyError:
            now = now.skip(entry.name)
        settled = now.settled()
        for name in settled.follows:
            for value in _candidates(settled.decision.inputs[name], settled.rule, DAY):
                if to_json(value) != settled.answers[name]:
                    with pytest.raises(PolicyError, match="contradict"):
                        now.answer(name, to_json(value))


def test_the_command_tells_what_follows():
    said = CliRunner().invoke(
        app, ["ask", "air.fleet", "--as-of", "2025-03-01", "--lang", "en", "--set", "buses=0"], input="3\n.\n"
    )
    assert "New-energy buses among them: 0 (not asked: what was said leaves no other answer)" in said.output


@pytest.mark.parametrize(("begun_on", "follows"), [("2025-02-01", ("ended",)), ("2025-04-01", ())])
def test_a_day_that_may_not_have_come_yet_is_asked_for(town, begun_on, follows):
    """`not yet` is an answer too: a day follows only where that cannot be."""
    talk = town(SAME_DAY).interview("town.rule", {"begun": begun_on}, as_of=DAY)
    assert talk.settled().follows == follows
