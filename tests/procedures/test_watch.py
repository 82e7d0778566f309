"""Events in, answers out: late, doubled, corrected and refused events; the clock of the data; text."""

from __future__ import annotations

import datetime as dt
import json
import random
import shutil

import pytest
from streams import (
    FACTS,
    MEETING,
    VOTE,
    by_definition,
    deadlines,
    feed,
    gist,
    interleaved,
    jsonl,
    line,
    load_procedure,
    random_case,
    run,
    trip,
    watching,
)
from typer.testing import CliRunner

from policy_engine.doors.main import app
from policy_engine.procedures.answer import verdict
from policy_engine.procedures.events import lines
from policy_engine.procedures.load import shipped_procedures
from policy_engine.procedures.watch import Stream
from policy_engine.reports.timeline import event_text, timeline_text
from policy_engine.rulefiles.folder import shipped_rules
from policy_engine.words import Exit


@pytest.mark.parametrize("name", FACTS)
def test_interleaved_cases_are_as_each_alone(name):
    rng = random.Random(name)
    cases = [random_case(rng, name, f"案{i}") for i in range(25)]
    with watching(name) as alone:
        expected = {i: feed(alone, case) for i, case in enumerate(cases)}
    with watching(name, live=3) as together:  # so few live cases that most are rebuilt from the log
        answers = feed(together, list(interleaved(rng, cases)))
        assert len(together._cases) <= 3
    for i in range(len(cases)):
        assert [a for a in answers if (a.get("case") or "") == f"案{i}"] == expected[i]


@pytest.mark.parametrize("name", FACTS)
def test_events_that_arrive_in_any_order_make_the_same_case(name):
    """A late event is put in its place: what stands in the end does not depend on the order of arrival."""
    rng = random.Random(7)
    for i in range(6):
        facts = FACTS[name](rng)
        days = rng.sample(range(60), 6)
        events = [
            line(
                f"e{k}",
                f"c{i}",
                kind := rng.choice(list(facts)),
                (dt.date(2025, 1, 6) + dt.timedelta(days=d)).isoformat(),
                facts[kind],
            )
            for k, d in enumerate(days)
        ]
        stands = []
        for order in (sorted(events, key=lambda e: e["at"]), events, events[::-1]):
            with watching(name) as watch:
                answers = feed(watch, order)
                assert {p["code"] for a in answers for p in a.get("problems", ())} <= {"contradiction"}
                stands.append(watch.timeline(f"c{i}"))
        assert stands[0] == stands[1] == stands[2]


@pytest.mark.parametrize("name", FACTS)
def test_a_corrected_case_is_as_if_it_had_been_right_from_the_start(name):
    rng = random.Random(13)
    for i in range(8):
        with watching(name) as watch:
            feed(watch, random_case(rng, name, f"c{i}", 10))
            standing = [entry.event for entry, _ in watch._replay(watch.log.case(f"c{i}"), watch._define).told]
            corrected = watch.timeline(f"c{i}")
        with watching(name) as watch:
            answers = feed(watch, [line(e.id, e.case, e.kind, e.at, e.facts) for e in standing])
            assert answers == watch.timeline(f"c{i}")
        assert [gist(a) for a in answers] == [gist(a) for a in corrected]


@pytest.mark.parametrize("name", FACTS)
def test_what_is_kept_is_what_a_new_process_would_find(name, tmp_path):
    rng = random.Random(11)
    cases = [random_case(rng, name, f"c{i}") for i in range(5)]
    events = list(interleaved(rng, cases))
    with watching(name) as watch:
        feed(watch, events)
        undisturbed = {f"c{i}": watch.timeline(f"c{i}") for i in range(5)}
    for event in events:
        answers = run(name, [event], state=tmp_path / "state")
        assert len(answers) == 1
    with watching(name, tmp_path / "state") as watch:
        assert {f"c{i}": watch.timeline(f"c{i}") for i in range(5)} == undisturbed


@pytest.mark.parametrize("name", FACTS)
def test_answers_are_the_same_on_a_python_without_durable_rules(name):
    rng = random.Random(17)
    events = list(interleaved(rng, [random_case(rng, name, f"c{i}") for i in range(10)]))
    with watching(name) as usual, watching(name, reading=by_definition) as bare:
        assert bare.engine is None
        assert feed(bare, events) == feed(usual, events)


def test_a_report_within_seven_days():
    assert deadlines(run("government.trip", trip())) == [("open", "2025-03-17"), ("met", "2025-03-17")]
    assert deadlines(run("government.trip", trip(at="2025-03-18"))) == [
        ("open", "2025-03-17"), ("missed", "2025-03-17"), ("late", "2025-03-17")]  # fmt: skip
    assert deadlines(run("government.trip", trip(leads=False, at="2025-05-01"))) == []


def test_the_clock_is_that_of_the_data():
    open_trip = trip()[:3]
    assert deadlines(run("government.trip", open_trip)) == [("open", "2025-03-17")]
    assert deadlines(run("government.trip", open_trip, as_of="2025-03-17")) == [("open", "2025-03-17")]
    missed = run("government.trip", open_trip, as_of="2025-03-18")
    assert deadlines(missed) == [("open", "2025-03-17"), ("missed", "2025-03-17")]
    assert missed[-1]["as_of"] == "2025-03-18"
    assert max(verdict(a) for a in missed[-2:]) is Exit.NON_COMPLIANT


def test_a_deadline_is_missed_once_and_met_by_a_late_arrival(tmp_path):
    state = tmp_path / "state"
    run("government.trip", trip()[:3], state=state, as_of="2025-03-20")
    assert run("government.trip", [], state=state, as_of="2025-03-25") == []
    answer = run("government.trip", trip()[3:], state=state)[0]  # dated 2025-03-17, within the seven days
    assert answer["accepted"]
    assert [(d["status"], d["was"]) for d in answer["changed"]["deadlines"]] == [("met", "missed")]


@pytest.mark.parametrize(
    "day, bound", [("2024-12-26", False), ("2024-12-27", True), ("2026-12-27", True), ("2026-12-28", False)]
)
def test_an_act_of_before_the_document_or_after_it_is_not_judged_by_it(day, bound):
    """Neither the order of its steps, conditional ones included, nor what follows from them; the reader is told why."""
    events = [line("g1", "g", "public_notice", day, {"disputed": True}), line("g2", "g", "first_registered", day)]
    notice, registered = run("parking.garage", events, as_of=day)[:2]
    assert [a["order"]["status"] for a in (notice, registered)] == ["out_of_order" if bound else "in_order"] * 2
    assert [bool(a["consequences"]) for a in (notice, registered)] == [bound, False]
    assert [bool(a.get("notes")) for a in (notice, registered)] == [not bound] * 2


def test_an_event_for_a_closed_case_changes_nothing():
    answer = run("government.trip", [*trip(), line("t5", "t", "returned", "2025-04-01", {"route_changed": True})])[-1]
    assert answer["order"] | {"cite": 0} == {
        "status": "closed", "closed_by": "reported", "closed_on": "2025-03-17", "force": "binding", "cite": 0}  # fmt: skip
    assert answer["findings"] == answer["deadlines"] == answer["consequences"] == []


def test_a_duplicate_gets_the_answer_again_and_another_event_under_its_id_is_refused():
    first, second, other = run("government.trip", [trip()[0], trip()[0], {**trip()[0], "at": "2025-03-02"}])
    assert second == {**first, "duplicate": True}
    assert not other["accepted"]
    assert other["problems"][0]["code"] == "id-taken"


def test_a_late_event_is_put_in_its_place():
    events = trip()
    answers = run("government.trip", [events[0], events[2], events[1]])
    assert answers[1]["order"]["expected"] == [["departed"]]
    assert answers[2]["late"]
    assert answers[2]["order"]["status"] == "in_order"
    assert [(r["event"], r["order"]["status"]) for r in answers[2]["rejudged"]] == [("t3", "in_order")]


def test_a_closing_step_corrected_away_opens_the_case_again():
    extra = line("t5", "t", "returned", "2025-04-01", {"route_changed": True})
    answers = run("government.trip", [*trip(), extra, line("t6", "t", "withdrawn", "2025-04-02", corrects="t4")])
    assert answers[-1]["order"] == {"status": "withdrawn"}
    assert [(r["event"], r["order"]["status"]) for r in answers[-1]["rejudged"]] == [("t5", "repeated")]
    assert [(d["status"], d["was"]) for d in answers[-1]["changed"]["deadlines"]] == [("missed", "met")]


def test_a_correction_of_a_correction_is_one_of_the_event():
    fix = [line(f"f{i}", "t", "returned", f"2025-03-{d}", {"route_changed": False}, before)
           for i, d, before in ((1, "09", "t3"), (2, "12", "f1"), (3, "11", "t3"))]  # fmt: skip
    with watching("government.trip") as watch:
        answers = feed(watch, [*trip()[:3], *fix])
        assert all(a["accepted"] for a in answers)
        assert [e["at"] for e in watch.timeline("t")] == ["2025-03-01", "2025-03-03", "2025-03-11"]


REFUSED = [
    (line("x", "t", "reporte", "2025-03-01"), "unknown-kind"),
    (line("x", "t", "returned", "2025-02-30"), "value"),
    (line("x", "t", "returned", "2025-03-09T24:00"), "value"),
    (line("x", "t", "returned", "2025-03-01", {"changed": True}), "unknown-fact"),
    (line("x", "t", "returned", "2025-03-01", {"route_changed": "maybe"}), "bad-fact"),
    (line("x", "t", "withdrawn", "2025-03-01"), "unknown-kind"),
    (line("x", "t", "withdrawn", "2025-03-01", corrects="nothing"), "unknown-event"),
    (line("x", "u", "returned", "2025-03-01", corrects="t1"), "unknown-event"),
    (line("", "t", "returned", "2025-03-01"), "missing-key"),
    ({**line("x", "t", "returned", "2025-03-01"), "who": 1}, "unknown-key"),
    ({**line("x", "t", "returned", "2025-03-01"), "facts": [1]}, "shape"),
    ({"id": "x", "case": "t", "kind": "returned"}, "missing-key"),
    ([], "shape"),
    (line("x\ud800", "t", "returned", "2025-03-01"), "encoding"),
    (line("x", "t", "returned", "2025-03-01", {"route_changed": "\udfff"}), "encoding"),
    (line("x", "t", "returned", "2025-03-01T09:00+08:00"), "value"),
]  # fmt: skip


@pytest.mark.parametrize(("event", "code"), REFUSED)
def test_what_cannot_be_used_is_refused_and_the_rest_goes_on(event, code):
    answers = run("government.trip", [trip()[0], event, *trip()[1:]])
    assert [a["accepted"] for a in answers] == [True, False, True, True, True]
    found = answers[1]["problems"][0]
    assert found["code"] == code
    assert found["message"]["en"] != ""
    assert found["message"]["zh"] != ""
    assert verdict(answers[1]) is Exit.UNUSABLE


def test_a_fact_of_another_step_is_told_with_the_step_that_does_not_bring_it():
    [answer] = run("party-group.meeting", [line("a", "c", "voted", "2025-03-03", {"present": 6})])
    assert answer["problems"][0]["message"] == {
        "en": "`present` is not an input of party-group.meeting/voted",
        "zh": "“表决”没有 `present` 这项输入",
    }


def test_facts_that_contradict_each_other_are_refused_and_leave_no_trace():
    events = [line(k, "m", k, "2025-03-03", facts) for k, facts in MEETING.items()][:3]
    wrong = line("w", "m", "voted", "2025-03-04", {**VOTE, "in_favour": 6})  # of five present
    right = line("r", "m", "discussed", "2025-03-05")
    answers = run("party-group.meeting", [*events, wrong, right])
    assert answers[3]["problems"][0]["code"] == "contradiction"
    assert answers[4] == run("party-group.meeting", [*events, right])[3]


def test_lines_are_read_however_they_are_cut():
    whole = run("government.trip", trip())
    assert run("government.trip", trip(), chunk=7) == whole
    assert run("government.trip", trip(), chunk=1000) == whole
    stream = Stream(load_procedure("government.trip"), [b"\n\n{\n", b"\xff\xfe\n", jsonl(trip())[:-1]])
    answers = [a for batch in stream.answers() for a in batch]
    assert [p["place"] for a in answers[:2] for p in a["problems"]] == ["<stdin>:3:1", "<stdin>:4:1"]
    assert answers[2:] == whole


# --- text -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_answers_for_people(lang):
    events = [line(k, "m", k, "2025-03-03", facts) for k, facts in MEETING.items() if k != "discussed"]
    events += [
        line("f", "m", "convened", "2025-03-03", {"members": 9, "present": 6}, "convened"),
        line("x", "m", "y", "2025-03-03"),
    ]
    stream = Stream(load_procedure("party-group.meeting"), [jsonl(events), jsonl(trip())])
    for batch in stream.answers():
        shown = "".join(event_text(answer, stream.titles, lang) for answer in batch)
        line_of_time = timeline_text("m", stream.timeline("m"), stream.titles, lang)
        if batch and batch[0]["case"] == "m":
            words = {"en": ("out of order; expected first Topic discussed", "The vote is void", "Article", "corrects convened", "refused: x"),
                     "zh": ("未按顺序；应先有", "表决无效", "第二十条", "更正 convened", "不予受理：x")}[lang]  # fmt: skip
            for word in words:
                assert word in shown or word == "Article"
            assert "↯" in line_of_time
            assert len(line_of_time.splitlines()) == 6


@pytest.mark.parametrize(("lang", "word"), [("en", "withdrawn"), ("zh", "撤回")])
def test_an_event_taken_back_is_told_to_people(lang, word):
    procedure = load_procedure("government.trip")
    stream = Stream(procedure, [jsonl([trip()[0], line("w", "t", "withdrawn", "2025-03-02", corrects="t1")])])
    shown = [event_text(answer, stream.titles, lang) for batch in stream.answers() for answer in batch][1]
    assert word in shown
    assert next(p.title.of(lang) for p in procedure.rule.provisions if p.id == "purpose") in shown
    assert "t1" in shown
    assert "↯" not in shown


# --- the command ----------------------------------------------------------------------------------------------------


def command(*args, input=None):
    return CliRunner().invoke(app, ["watch", *map(str, args)], input=input)


def test_the_command_answers_a_line_for_a_line(tmp_path):
    events = tmp_path / "events.jsonl"
    events.write_bytes(jsonl(trip()))
    fine = command("government.trip", events)
    assert fine.exit_code == 0
    assert [json.loads(text) for text in fine.stdout.splitlines()] == run("government.trip", trip())
    assert command("government.trip", "-", input=events.read_bytes()).stdout == fine.stdout
    late = command("government.trip", "-", "--as-of", "2025-03-20", input=jsonl(trip()[:3]))
    assert late.exit_code == 1
    assert json.loads(late.stdout.splitlines()[-1])["deadlines"][0]["status"] == "missed"


def test_the_command_keeps_its_state_and_tells_people(tmp_path):
    state = tmp_path / "state"
    assert command("government.trip", "-", "--state", state, input=jsonl(trip()[:2])).exit_code == 0
    shown = command("government.trip", "-", "--state", state, "--format", "text", "--lang", "zh", input=jsonl(trip()))
    assert shown.exit_code == 0
    assert shown.stdout.count("重复事件") == 2
    assert "时间线：t\n" in shown.stdout


def test_the_command_follows_other_procedures_under_other_rules(tmp_path):
    shutil.copytree(shipped_procedures(), tmp_path / "procedures")
    shutil.copytree(shipped_rules(), tmp_path / "rules")
    theirs = tmp_path / "procedures" / "government" / "trip.yaml"
    theirs.write_text(theirs.read_text(encoding="utf-8").replace("opened_on + 7 days", "opened_on + 8 days"), "utf-8")
    args = ("government.trip", "-", "--procedures", tmp_path / "procedures", "--rules", tmp_path / "rules")
    shown = command(*args, input=jsonl(trip()[:3]))
    assert json.loads(shown.stdout.splitlines()[-1])["deadlines"][0]["due"] == "2025-03-18"
    (tmp_path / "rules" / "documents.yaml").write_text("[]", "utf-8")
    assert command(*args, input=b"").exit_code == 2


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("government.tripp", "-"), "did you mean `government.trip`"),
        (("government.trip", "no-such-file"), "cannot read"),
        (("government.trip", "-", "--as-of", "soon"), "is not a date"),
        (("government.trip", "-", "--state", "/no/such/folder/state"), "cannot be used"),
    ],
)
def test_the_command_refuses_what_it_cannot_use(args, message):
    found = command(*args, input=b"{}")
    assert found.exit_code == 2
    assert message in found.stderr
    assert command("government.trip", "-", input=b"{}\n").exit_code == 2


def test_what_would_mend_is_told_in_words():
    from streams import line, run

    from policy_engine.basics.errors import Text
    from policy_engine.reports.timeline import event_text

    answer = run("party-group.meeting", [line("a", "m", "convened", "2025-03-10", {"members": 10, "present": 4})])[-1]
    found = next(f for f in answer["findings"] if f["provision"] == "quorum")
    assert found["mend"]["zh"].endswith("不少于 5 人（+1 人）")
    for lang in ("zh", "en"):
        told = event_text(answer, {"convened": Text("Met", "召开")}, lang)
        assert f"      {found['mend'][lang]}\n" in told
    met = run("party-group.meeting", [line("a", "m", "convened", "2025-03-10", {"members": 10, "present": 5})])[-1]
    assert not [f for f in met["findings"] if "mend" in f]


@pytest.mark.parametrize("end", [b"\x1a", b"\0" * 100, b"\r"])
def test_what_ends_a_file_on_dos_is_no_event(end):
    event = b'{"id": "1", "case": "c", "kind": "approved", "at": "2025-03-01", "facts": {}}'
    assert list(lines([event + b"\n", end])) == [[event]]
    assert list(lines([event + end])) == [[event]]
