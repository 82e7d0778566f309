"""Events that mean harm or came twice: the same answer again, the same case whatever the order of arrival, ASCII digits."""

import datetime as dt
import itertools
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streams import MEETING, VOTE, feed, line, run, trip, watching
from typer.testing import CliRunner

from policy_engine.basics.errors import PolicyError
from policy_engine.doors.main import app
from policy_engine.procedures.load import load_procedure


def test_the_same_correction_of_a_correction_gets_its_first_answer():
    fixes = [line(f"f{i}", "t", "returned", f"2025-03-{9 + i:02}", {"route_changed": False}, before)
             for i, before in enumerate(("t3", "f0", "f1", "t3"))]  # fmt: skip
    answers = run("government.trip", [*trip()[:3], *fixes, *fixes])
    assert [a.pop("duplicate") for a in answers[7:]] == [True] * 4
    assert answers[3:7] == answers[7:]
    other = run("government.trip", [*trip()[:3], *fixes, {**fixes[1], "corrects": "t3"}])[-1]
    assert other["problems"][0]["code"] == "id-taken"


@st.composite
def contradicting(draw):
    """Events of one meeting at different times, many of them against each other, some corrected."""
    count = draw(st.integers(2, 5))
    days = draw(st.lists(st.integers(0, 60), min_size=count + 3, max_size=count + 3, unique=True))
    few = st.integers(1, 5)
    facts = {
        "convened": st.builds(lambda m, p: {"members": m, "present": p}, few, few),
        "voted": st.builds(lambda n: {**VOTE, "in_favour": n}, few),
        "topic": st.just(MEETING["topic"]), "discussed": st.just({}),
    }  # fmt: skip
    events, chains = [], []
    for i, day in enumerate(days[: count + draw(st.integers(0, 3))]):
        kind = draw(st.sampled_from(list(facts)))
        root = draw(st.sampled_from(chains)) if i >= count else None
        corrects = root and draw(st.sampled_from(root))
        at = (dt.date(2025, 1, 6) + dt.timedelta(days=day)).isoformat()
        taken_back = corrects and draw(st.integers(0, 3)) == 0
        event = (
            line(f"e{i}", "m", "withdrawn", at, None, corrects)
            if taken_back
            else line(f"e{i}", "m", kind, at, draw(facts[kind]), corrects)
        )
        events.append(event)
        if root is None:
            chains.append([event["id"]])
        else:
            root.append(event["id"])
    return events, chains, draw(st.permutations(events))


def arrived(events, chains):
    """Events in an order of arrival in which the versions of each keep theirs."""
    by_id, chain_of = {e["id"]: e for e in events}, {id: chain for chain in chains for id in chain}
    next_of = {id(chain): iter(chain) for chain in chains}
    return [by_id[next(next_of[id(chain_of[e["id"]])])] for e in events]


@given(contradicting())
def test_what_stands_does_not_depend_on_the_order_of_arrival(drawn):
    events, chains, shuffled = drawn
    seen = []
    for order in (events, arrived(shuffled, chains)):
        with watching("party-group.meeting") as watch:
            feed(watch, order)
            live, kept = watch.timeline("m"), watch._case("m")
            rebuilt = watch._rebuilt("m")
            seen.append((live, kept.facts, kept.statuses, kept.holding, kept.clock, kept.running))
            assert (rebuilt.facts, rebuilt.statuses, rebuilt.holding, rebuilt.clock, rebuilt.last and rebuilt.last[0]) == (
                kept.facts, kept.statuses, kept.holding, kept.clock, kept.last and kept.last[0])  # fmt: skip
    assert seen[0] == seen[1]


def test_every_order_of_four_events_of_which_two_contradict():
    events = [line("t", "m", "topic", "2025-03-01", MEETING["topic"]),
              line("c", "m", "convened", "2025-03-02", {"members": 9, "present": 3}),
              line("v", "m", "voted", "2025-03-03", {**VOTE, "in_favour": 5}),
              line("d", "m", "discussed", "2025-03-04")]  # fmt: skip
    seen = []
    for order in itertools.permutations(events):
        with watching("party-group.meeting") as watch:
            feed(watch, order)
            seen.append(watch.timeline("m"))
    assert all(one == seen[0] for one in seen)
    assert [a["accepted"] for a in seen[0]] == [True, True, False, True]


def test_what_was_set_aside_counts_again_when_what_it_contradicts_is_corrected():
    wrong, right = {"members": 9, "present": 3}, {"members": 9, "present": 6}
    convened, voted = (
        line("c", "m", "convened", "2025-03-02", wrong),
        line("v", "m", "voted", "2025-03-03", {**VOTE, "in_favour": 5}),
    )
    answers = run("party-group.meeting", [convened, voted, line("f", "m", "convened", "2025-03-02", right, "c"),
                                          line("g", "m", "convened", "2025-03-02", wrong, "c"), voted])  # fmt: skip
    assert [a["accepted"] for a in answers] == [True, False, True, True, False]
    assert [("findings" in r, r.get("accepted")) for r in answers[2]["rejudged"]] == [(True, None)]
    assert [(r["event"], r["accepted"]) for r in answers[3]["rejudged"]] == [("v", False)]
    assert answers[3]["rejudged"][0]["problems"][0]["code"] == "contradiction"
    assert answers[4] == {**answers[1], "duplicate": True}


def test_a_correction_that_contradicts_leaves_standing_what_it_would_correct():
    convened = line("c", "m", "convened", "2025-03-02", {"members": 9, "present": 6})
    voted = line("v", "m", "voted", "2025-03-03", {**VOTE, "in_favour": 5})
    wrong = line("w", "m", "voted", "2025-03-04", {**VOTE, "in_favour": 7}, "v")
    with watching("party-group.meeting") as watch:
        first = feed(watch, [convened, voted])
        stood = watch.timeline("m")
        answer = feed(watch, [wrong])[0]
        assert (first[1]["accepted"], answer["accepted"], answer["corrects"]) == (True, False, "v")
        assert watch.timeline("m") == stood
        more = line("x", "m", "convened", "2025-03-01", {"members": 9, "present": 7})
        assert feed(watch, [more])[0]["accepted"]


@pytest.mark.parametrize(
    "at", ["2025-03-01T0٣:30", "2025-03-01T०९:30", "٢٠٢٥-03-01", "2025-03-01T09:3０", "2025-03-0١", "2025年٣月1日"]
)
def test_digits_of_other_scripts_are_none(at):
    answer = run("government.trip", [line("x", "t", "approved", at)])[0]
    assert [p["code"] for p in answer["problems"]] == ["value"]


@pytest.mark.parametrize("amount", ["٣٠٠٠", "३०००", "²", "①", "𝟑𝟎𝟎𝟎"])
def test_facts_of_events_and_rules_have_digits_that_people_mean(amount, town):
    answer = run("fund.holdings", [line("x", "t", "direct_investment", "2025-03-01", {"contribution": amount})])[0]
    assert [p["code"] for p in answer["problems"]] == ["bad-fact"]
    text = "decision: town.rule\ndocument: X\ninputs: {n: {type: count}}\nprovisions:\n- {id: cap, cite: {at: 一, phrase: 无}, derived: [{value: 3, why: x}], require: n <= %s}\n"
    with pytest.raises(Exception, match="town"):
        town(text % amount[0]).rule("town.rule")


@pytest.mark.parametrize(
    "damage",
    [
        "events SET facts = '{x'",
        "events SET facts = '[1]'",
        "events SET answer = '[1]'",
        "cases SET clock = 'x'",
        "events SET corrects = 9",
    ],
)
def test_a_state_file_that_is_damaged_is_named_as_such(tmp_path, damage):
    from policy_engine.basics.errors import PolicyError
    from policy_engine.procedures.events import Event
    from policy_engine.procedures.log import EventLog

    event = Event(id="a", case="c", kind="approved", at="2025-03-01", facts={})
    with EventLog(tmp_path / "s.db", "p", "1") as log, log.transaction():
        log.add(event, {"event": "a"})
    with sqlite3.connect(tmp_path / "s.db") as db:
        db.execute(f"UPDATE {damage}")
    db.close()
    with EventLog(tmp_path / "s.db", "p", "1") as log, pytest.raises(PolicyError, match="the state file is damaged"):
        log.find("a")
        log.case("c")
        log.clock("c")


def test_events_go_by_what_offices_call_steps_and_facts():
    named = [
        line(
            "1",
            "c",
            "审批因公外出",
            "2025-03-01",
            {"出差类别": "考察学习", "带队人": "副市长", "Organised by": "市直部门"},
        ),
        line("2", "c", "出发", "2025-03-02"),
        line("3", "c", "返 程", "2025-03-05", {"随意改变路线或延长时间": "否"}),
        line("4", "c", "撤回", "2025-03-06", None, "3"),
        line("5", "c", "Returned", "2025-03-07"),
    ]
    plain = [
        line(
            "1",
            "c",
            "approved",
            "2025-03-01",
            {"trip_kind": "study-tour", "led_by": "vice-mayor", "organised_by": "department"},
        ),
        line("2", "c", "departed", "2025-03-02"),
        line("3", "c", "returned", "2025-03-05", {"route_changed": False}),
        line("4", "c", "withdrawn", "2025-03-06", None, "3"),
        line("5", "c", "returned", "2025-03-07"),
    ]
    answers = run("government.trip", named)
    assert answers == run("government.trip", plain)
    assert all(answer["accepted"] for answer in answers[:5])
    refused = run("government.trip", [line("1", "c", "动身", "2025-03-01"), line("2", "c", "撤回", "2025-03-01")])
    assert [answer["problems"][0]["code"] for answer in refused[:2]] == ["unknown-kind"] * 2


def test_a_name_that_two_steps_could_have_is_taken_by_none(tmp_path):
    told = """
procedure: town.case
document: X
steps:
  - {id: one, title: {en: Same, zh: 同}, cite: {at: 一, phrase: 无}%s}
  - {id: two, title: {en: Same, zh: 同}, cite: {at: 一, phrase: 无}}
"""
    (tmp_path / "town").mkdir()
    (tmp_path / "town" / "case.yaml").write_text(told % "", encoding="utf-8")
    procedure = load_procedure("town.case", tmp_path)
    assert (procedure.step_called("同"), procedure.step_called("Two")) == (None, "two")
    for alias in ("同", "two", "撤回"):
        (tmp_path / "town" / "case.yaml").write_text(told % f", aliases: [{alias}]", encoding="utf-8")
        with pytest.raises(PolicyError, match="alias"):
            load_procedure("town.case", tmp_path)


@pytest.mark.parametrize(
    ("name", "told"), [("e.xlsx", "not a workbook"), ("e.CSV", "not UTF-8"), ("e.parquet", "is a table")]
)
def test_a_table_that_is_none_is_told_once_and_not_line_by_line(tmp_path, name, told):
    (tmp_path / name).write_bytes(b"PK\n\xff\n\xff\n")
    result = CliRunner().invoke(app, ["watch", "government.trip", str(tmp_path / name), "--lang", "en"])
    assert (result.exit_code, result.stdout, result.stderr.count(name)) == (2, "", 1)
    assert told in result.stderr
