"""An answer explains itself when it is asked, once; it can be kept and compared."""

import datetime as dt
import pickle
from types import SimpleNamespace

import pytest

import policy_engine
from policy_engine import words
from policy_engine.compiled import decide as by_function
from policy_engine.deciding.facts import read_facts
from policy_engine.explaining import decision as room
from policy_engine.explaining.notes import notes
from policy_engine.reports import markdown, page, text

FACTS = {"members": 10, "present": 6, "matter": "personnel"}
DAY = dt.date(2025, 3, 1)


def test_nothing_is_worded_before_it_is_asked_for_and_nothing_twice(monkeypatch):
    asked = []
    for name in ("sentence", "margin", "remedies"):
        work = getattr(room, name)
        monkeypatch.setattr(room, name, lambda *args, work=work, name=name: asked.append(name) or work(*args))
    found = policy_engine.load().decide("party-group.meeting", FACTS, DAY)
    finding = next(f for f in found.findings if f.status == "violated")
    assert not asked
    told = [(finding.reason, finding.margin, finding.remedies, finding.no_remedy) for _ in range(2)]
    assert sorted(asked) == ["margin", "remedies", "sentence"]
    assert told[0] == told[1]


def test_an_answer_can_be_kept_and_compared():
    book = policy_engine.load()
    found = book.decide("party-group.meeting", FACTS, DAY)
    again = book.decide("party-group.meeting", dict(reversed(FACTS.items())), DAY)
    by_function = [book.decide("party-group.meeting", FACTS, DAY) for _ in range(3)][-1]
    kept, again_kept = pickle.loads(pickle.dumps((found, by_function)))
    assert found == again == kept == by_function == again_kept
    assert found.to_json() == again.to_json() == kept.to_json() == by_function.to_json() == again_kept.to_json()
    assert found != book.decide("party-group.meeting", {**FACTS, "present": 7}, DAY)


def test_what_answers_of_any_day_is_not_called_out_of_force():
    book, facts = policy_engine.load(), {"event_on": "2025-06-01", "newer_higher_rule": False}
    for day in (dt.date(2024, 1, 1), dt.date(2027, 1, 15)):
        asked = book.decide("parking.validity", facts, day)
        assert (asked.values["governs"], asked.notes) == ("guideline", ())
    assert book.decide("parking.term", {}, dt.date(2027, 1, 15)).notes


def test_a_set_is_shown_in_the_order_in_which_its_clause_lists_it():
    found = policy_engine.load().decide("hospital.responsible", {"task": "insurance"}, DAY)
    (bodies,) = (r for r in found.results if r.provision == "bodies")
    printed = "市医疗保障局、市卫生健康委、城关区人民政府、堆龙德庆区人民政府"
    assert words.value(bodies, found, "zh") == printed
    assert printed in bodies.cites[0].phrase
    assert found.to_json()["values"]["bodies"] == sorted(bodies.value)


def test_formulas_that_share_an_expression_rest_each_on_its_own_clause():
    facts = {"vice_mayors": 10, "principal": "second", "partner": "fifth", "away": ["second", "ninth", "tenth"]}
    found = policy_engine.load().decide("government.substitution", facts, DAY)
    rest = {result.provision: result.cites[0].phrase for result in found.results}
    assert rest["acting"] == "由交叉分工的副市长履行其分管领域工作"
    assert rest["ab_deputy"] == "副秘书长按照对应副市长交叉分工实行AB岗"


def test_notes_are_those_of_the_day_though_another_thread_asks_of_another():
    class Shared(dict):
        def __setitem__(self, key, value):
            super().__setitem__(key, (("what another thread kept",), None))

    rule = policy_engine.load().rule("fund.cash")
    case = SimpleNamespace(rule=rule, as_of=dt.date(2024, 1, 1), outline=SimpleNamespace(kept=Shared()))
    assert [note.en[:19] for note in notes(case)][:1] == ["拉政办发〔2024〕32号 is not"[:19]]


def test_what_goes_by_a_day_that_has_not_come_is_due_on_no_day():
    facts = {"appointed_on": "2024-12-31", "on_probation": True, "confirmed_on": "not yet"}
    found = policy_engine.load().decide("personnel.probation", facts, dt.date(2025, 12, 31))
    assessed = next(f for f in found.findings if f.provision == "assessed")
    assert (assessed.status, assessed.due) == ("pending", None)
    assert assessed.reason.zh == "尚未到期，此前不作判断"


OTHERWISE = """
decision: town.rule
document: X
readings:
  which:
    title: {en: Which, zh: 何者}
    question: {en: Which days count, zh: 以何日计}
    default: all
    options: {all: {why: {en: x, zh: 全部}}, some: {why: {en: x, zh: 部分}}}
inputs:
  boats: {type: count}
provisions:
  - {id: fee, title: {en: Fee, zh: 费用}, cite: {at: 一, phrase: 2}, when: which == "all", value: {type: count, is: 2 * boats}}
  - {id: due, title: {en: Due, zh: 应缴}, cite: {at: 一, phrase: 2}, value: {type: count, is: 'if which == "all" then 2 * boats else fee'}}
"""


@pytest.mark.parametrize("door", [room, by_function])
def test_a_value_that_does_not_apply_under_another_reading_is_not_one_that_is_not_known(town, door, monkeypatch):
    monkeypatch.setattr(by_function, "SELDOM", 0)
    rule = town(OTHERWISE).rule("town.rule")
    found = door.decide(rule, read_facts(rule, {"boats": 3}), DAY)
    assert found.to_json()["contested_values"] == {
        "fee": [{"choose": {"which": "some"}, "status": "not_applicable", "value": None}],
        "due": [{"choose": {"which": "some"}, "value": None}],
    }
    told = (text.decision(found, "zh", False), markdown.decision(found, "zh"), page.decision(found, "zh", "0"))
    for shown in told:
        assert (shown.count("部分：不适用"), shown.count("部分：无法判定")) == (1, 2)


@pytest.mark.parametrize(
    ("facts", "at", "phrase"),
    [
        ({"acquired_on": "2018-01-01", "underground_specified": True}, "第十条", "未明确地下空间国有建设用地使用权的"),
        (
            {"supply": "allocated", "self_developed": False, "public_nonprofit": False},
            "第八条",
            "通过划拨方式供应并自行开发的",
        ),
        ({}, "第八条", "非营利性地下停车设施的，可不收取土地划拨价款"),  # facts have to say which case it is
    ],
)
def test_what_the_text_leaves_open_cites_the_clause_that_does(facts, at, phrase):
    found = policy_engine.load().decide("parking.premium", {"supply": "granted", **facts}, dt.date(2025, 6, 1))
    cite = next(v for v in found.to_json()["value_findings"] if v["name"] == "basis")["cite"]
    assert (cite["at"], cite["phrase"]) == (at, phrase)


def test_what_has_not_happened_contradicts_that_it_was_done_in_so_many_words():
    with pytest.raises(policy_engine.PolicyError) as refused:
        policy_engine.load().decide(
            "hospital.pilot", {"submitted": True, "submitted_on": "not yet"}, dt.date(2024, 12, 30)
        )
    assert "submitted_on = not yet" in str(refused.value)
    assert (
        "报送日期：尚未；应满足：“已报送市卫生健康委”为否，或报送日期 ≤ 决定日期）"
        in refused.value.problems[0].message.zh
    )
