"""Procedure files: what they may say, which mistakes are told where, and that the shipped ones keep to their source."""

from __future__ import annotations

import json
import time
from functools import partial
from pathlib import Path

import pytest

from policy_engine.basics.errors import PolicyError
from policy_engine.procedures.chains import Chains
from policy_engine.procedures.events import Event
from policy_engine.procedures.follow import follow
from policy_engine.procedures.load import load_procedure, procedure_names, shipped_procedures
from policy_engine.procedures.log import Entry
from policy_engine.procedures.shape import ProcedureFile
from policy_engine.procedures.unfolding import Unfolding
from policy_engine.proving.lint import undeclared
from policy_engine.proving.schema import schema

HEAD = """procedure: area.thing
document: 文号1
inputs:
  members: {type: count, label: Members}
  present: {type: count, label: Present}
"""
STEPS = """steps:
  - {id: notice, cite: {at: 一, phrase: 通知}, after: []}
  - {id: meeting, cite: {at: 二, phrase: 开会}, facts: [members, present], requires: [quorum]}
  - {id: minutes, cite: {at: 三, phrase: 纪要}, closes: true}
"""
CHECKS = """provisions:
  - {id: quorum, cite: {at: 二, phrase: 半数}, require: present >= 1/2 of members}
"""
DEADLINES = """deadlines:
  - {id: soon, cite: {at: 三, phrase: 7日内}, opens: meeting, due: opened_on + 7 days, met_by: minutes}
"""
CONSEQUENCES = """consequences:
  - {id: void, title: Void, cite: {at: 二, phrase: 半数}, when: [{event: meeting}, {finding: quorum}]}
  - {id: again, title: Again, cite: {at: 二, phrase: 半数}, when: [{consequence: void}]}
"""
WHOLE = HEAD + STEPS + CHECKS + DEADLINES + CONSEQUENCES


def write(folder: Path, text: str) -> Path:
    (folder / "procedures" / "area").mkdir(parents=True, exist_ok=True)
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "procedures" / "area" / "thing.yaml").write_text(text, encoding="utf-8")
    return folder


def load(folder: Path, text: str):
    write(folder, text)
    return load_procedure("area.thing", folder / "procedures", folder / "rules")


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(PolicyError) as caught:
        load(folder, text)
    for problem in caught.value.problems:
        assert problem.message.en
        assert problem.message.zh
    return caught.value.render().replace(str(folder / "procedures" / "area"), "")


def test_a_procedure_is_composed(tmp_path):
    procedure = load(tmp_path, WHOLE)
    assert list(procedure.steps) == ["notice", "meeting", "minutes"]
    assert [p.any_of for p in procedure.steps["meeting"].after] == [("notice",)]
    assert procedure.given == {"members", "present"}
    assert procedure.standing == ()
    assert [c.of_event for c in procedure.consequences] == [True, True]


def test_working_days_of_a_procedure_are_those_of_the_calendar_it_names(tmp_path):
    text = WHOLE.replace("opened_on + 7 days", "opened_on + 7 working days")
    assert "working days are those of a calendar" in complaint(tmp_path, text)
    assert "did you mean `cn`" in complaint(tmp_path, text.replace("inputs:", "calendar: cnn\ninputs:", 1))
    assert load(tmp_path, text.replace("inputs:", "calendar: cn\ninputs:", 1)).rule.calendar


@pytest.mark.parametrize(
    "more", ["due: limit", "due: opened_on + 7 days, since: limit", "when: limit > opened_on, due: opened_on + 7 days"]
)
def test_a_deadline_that_the_text_leaves_open_is_undetermined(tmp_path, more):
    limit = """  - {id: limit, title: Limit, cite: {at: 三, phrase: 及时}, value: {type: date, cases: [{otherwise: unsettled, reason: no day is printed}]}}
"""
    text = HEAD + STEPS + CHECKS + limit + DEADLINES.replace("due: opened_on + 7 days", more)
    chains = Chains(load(tmp_path, text))
    state = Unfolding(chains)
    entry = Entry(1, "e", Event(id="e", case="c", kind="meeting", at="2025-03-03", facts={}))
    answer = state.judge(entry, {}, partial(follow, chains.rules), detail=False).to_json()
    assert [(d["deadline"], d["status"]) for d in answer["deadlines"]] == [("soon", "undetermined")]


MISTAKES = [
    ("requires: [quorum]", "requires: [quorun]", "thing.yaml:8:84: unknown check `quorun`", "did you mean `quorum`"),
    ("facts: [members, present]", "facts: [member]", "unknown input `member`", "did you mean `members`"),
    ("facts: [members, present]", "facts: [meeting_on]", "unknown input `meeting_on`", "known from its event: leave it out"),
    ("{finding: quorum}", "{finding: quoram}", "unknown finding `quoram`", "did you mean `quorum`"),
    ("{finding: quorum}", "{finding: quorum, is: broken}", "unknown status `broken`", "accepted: satisfied"),
    ("{event: meeting}", "{event: meting}", "unknown step `meting`", "did you mean `meeting`"),
    ("{consequence: void}", "{consequence: viod}", "unknown consequence `viod`", "did you mean `void`"),
    ("{consequence: void}", "{deadline: son}", "unknown deadline `son`", "did you mean `soon`"),
    ("[{event: meeting}, {finding: quorum}]", "[{consequence: again}]", "consequences lead to each other: void, again", ""),
    ("after: []", "after: [minutes]", "the step `notice` can never come in order", ""),
    ("after: []", "after: [notise]", "unknown step `notise`", "did you mean `notice`"),
    ("after: []", "after: [], closes: true", "the step `meeting` can never come in order", ""),
    ("due: opened_on + 7 days", "due: opened_on + 7", "date + number has no meaning", "write a duration"),
    ("due: opened_on + 7 days", "due: members", "expected date, found number", ""),
    ("due: opened_on + 7 days", "due: opend_on + 7 days", "unknown name `opend_on`", "did you mean `opened_on`"),
    ("opens: meeting", "opens: [meeting, metting]", "unknown step `metting`", ""),
    ("id: minutes", "id: meeting", "`meeting` stands twice", ""),
    ("id: soon", "id: Soon", "`Soon` is not a name of this kind", ""),
    ("present: {", "meeting_on: {", "the name `meeting_on` is taken", ""),
    ("procedure: area.thing", "procedure: area.think", "the path says `area.thing`", ""),
    ("inputs:", "uses: {other.rule: [x]}\ninputs:", "unknown decision `other.rule`", ""),
    ("closes: true", "closing: true", "unknown key `closing`", "did you mean `closes`"),
    ("opens: meeting, ", "", "the key `opens` is missing", ""),
    ("{event: meeting}", "{event: meeting, step: notice}", "a condition has one of", ""),
    ("require: present", "require: presents", "unknown name `presents`", "did you mean `present`"),
]  # fmt: skip


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_steps_that_come_after_each_other_are_all_to_come(tmp_path, order):
    steps = (
        "  - {id: notice, cite: {at: 一, phrase: 通知}, after: []}\n",
        "  - {id: meeting, cite: {at: 二, phrase: 开会}, after: [{any: [notice, minutes]}], repeats: true}\n",
        "  - {id: minutes, cite: {at: 三, phrase: 纪要}, after: [meeting], repeats: true}\n",
    )
    found = Chains(load(tmp_path, HEAD + "steps:\n" + "".join(steps[i] for i in order)))
    assert found.before["minutes"] == found.before["meeting"] == {"notice", "meeting", "minutes"}
    assert found.to_come({"notice"}) == {"meeting", "minutes"}
    assert found.to_come({"notice", "minutes"}) == frozenset()


def test_ten_thousand_deadlines_that_start_one_another_take_seconds(tmp_path):
    """A slip in a year: 2925 for 2025."""
    each = "  - {id: monthly, cite: {at: 三, phrase: 7日内}, opens: meeting, missed: monthly, due: opened_on + 1 month, met_by: minutes}\n"
    chains = Chains(load(tmp_path, HEAD + STEPS + CHECKS + "deadlines:\n" + each))
    state, start = Unfolding(chains), time.process_time()
    for number, (kind, day) in enumerate((("meeting", "2025-01-01"), ("minutes", "2925-01-01"))):
        event = Event(id=f"e{number}", case="c", kind=kind, at=day, facts={})
        answer = state.judge(Entry(number, event.id, event), {}, partial(follow, chains.rules), detail=False)
    assert [d.status for d in answer.deadlines].count("missed") == 10_799
    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("{event: meeting}", "{event: meeting, step: notice}", "一项条件须有且仅有 finding, "),
        ("{event: meeting}", "{event: meeting, is: missed}", "只有 finding 或 deadline 才有 `is`"),
        ("after: []", "after: [{step: minutes, any: [minutes, meeting]}]", "应写一个 `step`，或以 `any` 列出几个"),
        ("after: []", "after: [[minutes]]", "应为单个值，或键值映射"),
    ],
)
def test_what_is_misshapen_is_told_in_chinese(tmp_path, right, wrong, said):
    assert right in WHOLE
    with pytest.raises(PolicyError) as found:
        load(tmp_path, WHOLE.replace(right, wrong, 1))
    assert said in found.value.render("zh")


@pytest.mark.parametrize(("right", "wrong", "message", "help"), MISTAKES)
def test_a_mistake_is_told_with_its_place(tmp_path, right, wrong, message, help):
    assert right in WHOLE
    found = complaint(tmp_path, WHOLE.replace(right, wrong, 1))
    assert message in found
    assert help in found
    assert "thing.yaml:" in found


def test_conditions_are_bounded(tmp_path):
    many = (
        "any: [" + ", ".join("{finding: quorum, is: [satisfied, violated, departed, missed]}" for _ in range(3)) + "]"
    )
    text = WHOLE.replace("{finding: quorum}", ", ".join("{" + many + "}" for _ in range(4)))
    assert "more than 64 alternatives" in complaint(tmp_path, text)


def test_an_unknown_procedure_has_a_near_one():
    with pytest.raises(PolicyError, match=r"did you mean `party-group\.meeting`"):
        load_procedure("party-group.meetin")


def test_the_schema_beside_the_procedures_is_that_of_the_model():
    shown = json.loads((shipped_procedures() / "schema.json").read_text(encoding="utf-8"))
    assert shown == schema(ProcedureFile)


EXPECTED = {
    "party-group.meeting", "government.executive-topic", "government.signing", "government.trip", "parking.garage",
    "fund.investment", "fund.holdings", "fund.subfund", "fund.prohibited", "hospital.group-year", "personnel.probation",
}  # fmt: skip


def test_the_procedures_of_the_gazette_are_there():
    assert set(procedure_names()) >= EXPECTED


@pytest.mark.parametrize("name", procedure_names())
def test_a_shipped_procedure_keeps_to_its_source(name):
    procedure = load_procedure(name)
    assert not [
        u
        for p in procedure.rule.provisions
        if p.id not in procedure.origin
        for part in p.parts
        for u in undeclared(p, part)
    ]
    for cite in procedure.all_cites:
        assert cite.phrase == "".join(cite.phrase.split())
        assert len(cite.phrase) <= 60
    for step in procedure.steps.values():
        assert step.title.en != step.title.zh
