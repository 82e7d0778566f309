"""Cases as they unfold: every order of events, late and corrected ones, deadlines, kill -9, and exact totals."""

from __future__ import annotations

import datetime as dt
import functools
import json
import multiprocessing
import os
import random
import signal
import sys
import textwrap
import time
from pathlib import Path

import pytest

from policy_engine.errors import PolicyError
from policy_engine.evaluators.monitor import Engine
from policy_engine.eventlog import Entry, EventLog
from policy_engine.events import Event, parse_event
from policy_engine.outcome import Exit
from policy_engine.plan import Plan
from policy_engine.procedures import load_procedure, procedure_names
from policy_engine.reports.timeline import event_text, timeline_text
from policy_engine.unfolding import Unfolding
from policy_engine.watch import Stream, Watch, verdict, worst

pytest.importorskip("durable.engine")

VOTE = {"matter": "personnel", "in_favour": 5, "voted_item_by_item": True, "voted_one_by_one": True, "chair_spoke_last": True}
MEETING = {
    "topic": {"reviewed": True}, "notice": {"noticed_in_writing": True}, "convened": {"members": 9, "present": 5},
    "discussed": {}, "voted": VOTE, "minuted": {},
}  # fmt: skip


load_procedure = functools.cache(load_procedure)


@pytest.fixture(autouse=True)
def _procedures_are_read_once(monkeypatch):
    monkeypatch.setattr("policy_engine.watch.load_procedure", lambda name, procedures=None, rules=None: load_procedure(name))


def line(id, case, kind, at, facts=None, corrects=None):
    return {"id": id, "case": case, "kind": kind, "at": at, "facts": facts or {}, **({"corrects": corrects} if corrects else {})}


def jsonl(events):
    return "".join(json.dumps(e, ensure_ascii=False) + "\n" for e in events).encode()


def run(name, events, state=None, as_of=None, chunk=None):
    """The answers to events, in one list."""
    raw = jsonl(events)
    chunks = [raw[i : i + chunk] for i in range(0, len(raw), chunk)] if chunk else [raw]
    stream = Stream(name, chunks, state=state, as_of=as_of and dt.date.fromisoformat(as_of))
    return [answer for batch in stream.answers() for answer in batch]


def watching(name, path=None, engine=None, live=4096):
    procedure = load_procedure(name)
    return Watch(procedure, EventLog(path, procedure.name, procedure.digest), engine, live)


def feed(watch, events):
    return watch.batch((lambda e=e: parse_event(json.dumps(e).encode(), "test", 1)) for e in events)


def statuses(answer):
    return {f["provision"]: f["status"] for f in answer["findings"]}


def consequences(answer):
    return [c["consequence"] for c in answer["consequences"] if c["status"] == "follows"]


def gist(answer):
    """An answer without its words."""
    return (
        answer["order"]["status"], answer["order"].get("expected"), statuses(answer),
        [(d["deadline"], d["status"], d["due"]) for d in answer["deadlines"]],
        [(c["consequence"], c["status"]) for c in answer["consequences"]], answer.get("closed"),
    )  # fmt: skip


# --- every order of events ------------------------------------------------------------------------------------------


NEEDS = {"notice": "topic", "convened": "notice", "discussed": "convened", "voted": "discussed", "minuted": "voted"}
ONCE = ("convened", "minuted")


class Reference:
    """A meeting by hand: what each event must be told, whatever came before."""

    def __init__(self):
        self.seen, self.in_order = ["topic"], ["topic"]

    def tell(self, kind):
        if "minuted" in self.in_order:
            return "closed", None, []
        if kind in ONCE and kind in self.in_order:
            return "repeated", None, []
        before = list(self.seen)
        self.seen.append(kind)
        void = kind == "voted" and "convened" in self.seen  # 5 of 9 are no two thirds
        follows = ["vote-void"] if void else []
        if NEEDS[kind] in before:
            self.in_order.append(kind)
            return "in_order", None, follows
        return "out_of_order", [[NEEDS[kind]]], follows


def fork(state):
    """The same state, to go another way from here."""
    copy = Unfolding(state.plan)
    for name, value in vars(state).items():
        setattr(copy, name, value.copy() if isinstance(value, dict | list | set) else value)
    return copy


def test_every_order_of_up_to_six_meeting_events():
    plan = Plan(load_procedure("party-group.meeting"))
    kinds, told, day = ("notice", "convened", "discussed", "voted", "minuted"), 0, dt.date(2025, 3, 3)
    given = {k: dict(Watch._given(_Given(plan), Event("x", "c", k, "2025-03-03", MEETING[k]))) for k in MEETING}
    with Engine(plan.rules) as engine:

        def step(state, kind, number):
            entry = Entry(number, f"e{number}", Event(f"e{number}", "c", kind, day.isoformat(), {}), None)
            return state.judge(entry, given[kind], engine.run, detail=False)[0]

        def explore(state, path, number):
            nonlocal told
            for kind in kinds:
                reference = Reference()
                for earlier in path:
                    reference.tell(earlier)
                expected = reference.tell(kind)
                branch = fork(state)
                answer = step(branch, kind, number)
                found = (answer["order"]["status"], answer["order"].get("expected"), consequences(answer))
                assert found == expected, (*path, kind)
                assert answer.get("closed", False) == (expected[0] == "in_order" and kind == "minuted")
                told += 1
                if number < 7:
                    explore(branch, (*path, kind), number + 1)

        start = Unfolding(plan)
        step(start, "topic", 1)
        explore(start, (), 2)
    assert told == sum(5**n for n in range(1, 7)) == 19_530


class _Given:
    """As much of a Watch as reading facts takes."""

    def __init__(self, plan):
        self.plan = plan


# --- random cases ---------------------------------------------------------------------------------------------------

FACTS = {
    "party-group.meeting": lambda rng: {
        **MEETING, "convened": {"members": 9, "present": rng.randint(3, 9)},
        "voted": {**VOTE, "in_favour": rng.randint(0, 3), "matter": rng.choice(["ordinary", "personnel", "major"])},
    },
    "government.trip": lambda rng: {
        "approved": {"deputy_mayor_leads": rng.random() < 0.7, "clear_purpose": True}, "departed": {},
        "returned": {"changed_at_will": rng.random() < 0.3}, "reported": {"in_writing": True},
    },
    "fund.holdings": lambda rng: {
        "established": {"fund_total": "15亿元"}, "direct_investment": {"amount": str(rng.randint(1, 150)) + "000000.01"},
        "subfund_investment": {"amount": "1亿元", "subfund_total": rng.choice(["3亿元", "10亿元"])},
    },
    "hospital.group-year": lambda rng: {"pilot_started": {}, "evaluated": {}, "supervised": {}, "final_evaluation": {}},
}  # fmt: skip


def random_case(rng, name, case, length=8):
    """Events of one case at random days, in the order they arrive; some are corrected, taken back or sent twice."""
    events = []
    for i in range(rng.randint(1, length)):
        facts = FACTS[name](rng)
        kind = rng.choice(list(facts)) if rng.random() < 0.5 else list(facts)[min(i, len(facts) - 1)]
        at = (dt.date(2025, 1, 6) + dt.timedelta(days=rng.randint(0, 20) if rng.random() < 0.3 else i * 5)).isoformat()
        corrects = rng.choice(events)["id"] if events and rng.random() < 0.15 else None
        if corrects and rng.random() < 0.3:
            kind, facts = "withdrawn", {"withdrawn": {}}
        events.append(line(f"{case}-{i}", case, kind, at, facts[kind], corrects))
        if rng.random() < 0.1:
            events.append(rng.choice(events))
    return events


def interleaved(rng, cases):
    queues = [list(case) for case in cases]
    while queues := [q for q in queues if q]:
        yield rng.choice(queues).pop(0)


@pytest.mark.parametrize("name", FACTS)
def test_interleaved_cases_are_as_each_alone(name):
    rng = random.Random(name)
    cases = [random_case(rng, name, f"案{i}") for i in range(25)]
    with watching(name) as alone:
        expected = {i: feed(alone, case) for i, case in enumerate(cases)}
    with watching(name, live=3) as together:  # so few live cases that most are rebuilt from the log
        answers = feed(together, list(interleaved(rng, cases)))
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
            line(f"e{k}", f"c{i}", kind := rng.choice(list(facts)), (dt.date(2025, 1, 6) + dt.timedelta(days=d)).isoformat(), facts[kind])
            for k, d in enumerate(days)
        ]
        stands = []
        for order in (sorted(events, key=lambda e: e["at"]), events, events[::-1]):
            with watching(name) as watch:
                answers = feed(watch, order)
                assert all(a["accepted"] for a in answers)
                stands.append(watch.timeline(f"c{i}"))
        assert stands[0] == stands[1] == stands[2]


@pytest.mark.parametrize("name", FACTS)
def test_a_corrected_case_is_as_if_it_had_been_right_from_the_start(name):
    rng = random.Random(13)
    for i in range(8):
        with watching(name) as watch:
            feed(watch, random_case(rng, name, f"c{i}", 10))
            standing = [entry.event for entry in watch.log.case(f"c{i}")]
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


# --- one event at a time --------------------------------------------------------------------------------------------


def trip(case="t", leads=True, returned="2025-03-10", at="2025-03-17"):
    return [
        line(f"{case}1", case, "approved", "2025-03-01", {"deputy_mayor_leads": leads, "clear_purpose": True}),
        line(f"{case}2", case, "departed", "2025-03-03"),
        line(f"{case}3", case, "returned", returned, {"changed_at_will": False}),
        line(f"{case}4", case, "reported", at, {"in_writing": True}),
    ]


def deadlines(answers):
    return [(d["status"], d["due"]) for a in answers for d in a["deadlines"]]


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
    assert worst(*(verdict(a) for a in missed[-2:])) is Exit.NON_COMPLIANT


def test_a_deadline_is_missed_once_and_met_by_a_late_arrival(tmp_path):
    state = tmp_path / "state"
    run("government.trip", trip()[:3], state=state, as_of="2025-03-20")
    assert run("government.trip", [], state=state, as_of="2025-03-25") == []
    answer = run("government.trip", trip()[3:], state=state)[0]  # dated 2025-03-17, within the seven days
    assert answer["accepted"]
    assert [(d["status"], d["was"]) for d in answer["changed"]["deadlines"]] == [("met", "missed")]


def test_an_event_for_a_closed_case_changes_nothing():
    answer = run("government.trip", [*trip(), line("t5", "t", "returned", "2025-04-01", {"changed_at_will": True})])[-1]
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
    extra = line("t5", "t", "returned", "2025-04-01", {"changed_at_will": True})
    answers = run("government.trip", [*trip(), extra, line("t6", "t", "withdrawn", "2025-04-02", corrects="t4")])
    assert answers[-1]["order"] == {"status": "withdrawn"}
    assert [(r["event"], r["order"]["status"]) for r in answers[-1]["rejudged"]] == [("t5", "repeated")]
    assert [(d["status"], d["was"]) for d in answers[-1]["changed"]["deadlines"]] == [("missed", "met")]


def test_a_correction_of_a_correction_is_one_of_the_event():
    fix = [line(f"f{i}", "t", "returned", f"2025-03-{d}", {"changed_at_will": False}, before)
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
    (line("x", "t", "returned", "2025-03-01", {"changed_at_will": "maybe"}), "bad-fact"),
    (line("x", "t", "withdrawn", "2025-03-01"), "unknown-kind"),
    (line("x", "t", "withdrawn", "2025-03-01", corrects="nothing"), "unknown-event"),
    (line("x", "u", "returned", "2025-03-01", corrects="t1"), "unknown-event"),
    (line("", "t", "returned", "2025-03-01"), "missing-key"),
    ({**line("x", "t", "returned", "2025-03-01"), "who": 1}, "unknown-key"),
    ({**line("x", "t", "returned", "2025-03-01"), "facts": [1]}, "shape"),
    ({"id": "x", "case": "t", "kind": "returned"}, "missing-key"),
    ([], "shape"),
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
    stream = Stream("government.trip", [b"\n\n{\n", b"\xff\xfe\n", jsonl(trip())[:-1]])
    answers = [a for batch in stream.answers() for a in batch]
    assert [p["place"] for a in answers[:2] for p in a["problems"]] == ["<stdin>:3:1", "<stdin>:4:1"]
    assert answers[2:] == whole


# --- exact totals ---------------------------------------------------------------------------------------------------


def test_the_last_of_many_investments_breaks_the_cap_by_one_fen():
    events = [line("f", "基金", "established", "2025-01-01", {"fund_total": "1500000000.00"})]
    events += [line(f"i{k}", "基金", "direct_investment", "2025-02-01", {"amount": "750000.00"}) for k in range(300)]
    answers = run("fund.holdings", events)  # 225,000,000.00 is 15%
    assert {statuses(a)["direct-share-of-fund"] for a in answers[1:]} == {"satisfied"}
    events.append(line("fen", "基金", "direct_investment", "2025-02-02", {"amount": "0.01"}))
    events.append(line("more", "基金", "direct_investment", "2025-02-03", {"amount": "0.01"}))
    answers = run("fund.holdings", events)
    assert [a["event"] for a in answers if "violated" in statuses(a).values()] == ["fen", "more"]
    breach = answers[-2]["findings"][0]
    assert breach["was"] == "satisfied"
    assert breach["margin"]["left"] == "225000000.01"
    assert breach["margin"]["short_by"] == "0.01"
    assert breach["cite"]["phrase"] == "股权直投比例不高于基金总规模的15%"
    events.append(line("fix", "基金", "direct_investment", "2025-02-01", {"amount": "749999.98"}, corrects="i7"))
    last = run("fund.holdings", events)[-1]
    assert [(f["provision"], f["status"], f["was"]) for f in last["changed"]["findings"]] == [
        ("direct-share-of-fund", "satisfied", "violated")]  # fmt: skip
    assert [(r["event"], statuses(r)["direct-share-of-fund"]) for r in last["rejudged"]] == [
        ("fen", "satisfied"), ("more", "satisfied")]  # fmt: skip


def test_a_total_with_an_unknown_part_is_unknown():
    events = [line("f", "a", "established", "2025-01-01", {"fund_total": "15亿元"}), line("i", "a", "direct_investment", "2025-02-01")]
    answer = run("fund.holdings", events)[-1]
    assert statuses(answer) == {"direct-share-of-fund": "undetermined"}
    fixed = run("fund.holdings", [*events, line("j", "a", "direct_investment", "2025-02-01", {"amount": "1亿元"}, corrects="i")])[-1]
    assert statuses(fixed) == {"direct-share-of-fund": "satisfied"}


# --- the procedures of the gazette ----------------------------------------------------------------------------------


def told(name, *events, as_of=None):
    """Order, failed checks and consequences of each event, for events (kind, day in 2025, facts)."""
    lines_ = [line(f"e{i}", "c", kind, f"2025-{day}", dict(facts)) for i, (kind, day, facts) in enumerate(events)]
    found = []
    for answer in run(name, lines_, as_of=as_of):
        broken = [p for p, s in statuses(answer).items() if s in ("violated", "departed", "undetermined")]
        ran = [f"{d['deadline']}:{d['status']}" for d in answer["deadlines"]]
        order = answer["order"]["status"] if "order" in answer else "as_of"
        found.append((order, broken, ran, consequences(answer)))
    return found


OK = ("in_order", [], [], [])


def test_a_meeting_with_enough_members_carries_its_motion():
    votes = {**VOTE, "in_favour": 5}
    found = told("party-group.meeting", ("topic", "03-01", {"reviewed": True}), ("notice", "03-02", {"noticed_in_writing": True}),
                 ("convened", "03-03", {"members": 9, "present": 6}), ("discussed", "03-03", {}), ("voted", "03-03", votes),
                 ("discussed", "03-03", {}), ("voted", "03-03", {**votes, "in_favour": 4}), ("minuted", "03-04", {}))  # fmt: skip
    assert found == [OK, OK, OK, OK, ("in_order", [], [], ["carried-resolution", "to-be-carried-out"]), OK,
                     ("in_order", [], [], ["not-carried"]), OK]  # fmt: skip


def test_a_topic_that_was_not_studied_is_not_received():
    papers = {"form_correct": True, "papers_complete": True}
    assert told("government.executive-topic", ("submitted", "03-01", papers)) == [("out_of_order", [], [], ["not-received"])]
    assert told("government.executive-topic", ("studied", "03-01", {"by_hearing_only": True}), ("submitted", "03-02", papers)) == [
        ("in_order", ["own-study"], [], []), ("in_order", [], [], ["not-received"])]  # fmt: skip
    assert told("government.executive-topic", ("studied", "03-01", {"by_hearing_only": False}), ("submitted", "03-02", papers),
                ("tabled", "03-03", {"mature": True, "major_disagreement": True})) == [
        OK, OK, ("in_order", ["agreement"], [], ["not-on-agenda"])]  # fmt: skip


def test_a_document_is_signed_through_its_chain():
    start = [("drafted", "03-01", {"in_name_of": "office", "important": False}), ("format_set", "03-02", {}), ("content_checked", "03-02", {})]
    signed = ("signed", "03-05", {"signer": "deputy-mayor"})
    chain = [("deputy_secretary_reviewed", "03-03", {}), ("secretary_reviewed", "03-04", {})]
    assert told("government.signing", *start, *chain, signed) == [OK] * 6
    assert told("government.signing", *start, signed)[-1] == ("out_of_order", [], [], [])
    government = [("drafted", "03-01", {"in_name_of": "government"}), *start[1:], ("approved", "03-03", {}), ("deputy_mayor_reviewed", "03-04", {})]
    assert told("government.signing", *government, signed)[-1] == ("in_order", ["government-document"], [], [])
    unknown = run("government.signing", [line("a", "c", "format_set", "2025-03-01"), line("b", "c", "content_checked", "2025-03-01"),
                                         line("s", "c", "signed", "2025-03-05")])[-1]  # fmt: skip
    assert unknown["order"]["status"] == "undetermined"
    assert unknown["order"]["missing"] == ["in_name_of"]


def test_a_garage_is_registered_and_transferred():
    start = [("design_approved", "01-01", {}), ("applied", "01-02", {"applied_with_building": True})]
    clear, disputed = ("public_notice", "01-03", {"disputed": False}), ("public_notice", "01-03", {"disputed": True})
    registered, posted = ("first_registered", "01-20", {}), ("posted", "02-01", {"posted_in_public_place": True})
    moved = {"disposal": "sale", "posted_until": "2025-02-08", "buyer_is_owner": True}
    whole = told("parking.garage", *start, clear, registered, posted, ("transfer_registered", "02-09", moved))
    assert whole == [OK] * 4 + [("in_order", [], ["notice-period:open"], []), ("in_order", [], ["notice-period:elapsed"], [])]
    early = told("parking.garage", *start, clear, registered, posted,
                 ("transfer_registered", "02-08", {**moved, "posted_until": "2025-02-07"}))  # fmt: skip
    assert early[-1] == ("in_order", ["notice-days"], ["notice-period:lapsed"], [])
    unregistered = told("parking.garage", *start, clear, posted, ("transfer_registered", "02-09", moved))
    assert unregistered[-1][0] == "out_of_order"
    found = told("parking.garage", *start, disputed, registered, ("dispute_settled", "01-30", {}))
    assert [(order, follows) for order, _, _, follows in found] == [
        ("in_order", []), ("in_order", []), ("in_order", ["not-yet-registered"]), ("out_of_order", []), ("in_order", [])]  # fmt: skip


def test_an_investment_is_decided_signed_and_reported_on():
    facts = {"kind": "direct", "fund_total": "15亿元", "amount": "1亿元", "stake": "10%"}
    found = told("fund.investment", ("due_diligence", "01-10", facts), ("decided", "01-20", {"approved_by_committee": True}),
                 ("agreement", "01-31", {}), ("quarterly_report", "04-30", {}), ("quarterly_report", "08-01", {}), as_of="2025-08-01")  # fmt: skip
    assert found == [OK, OK, ("in_order", [], ["quarterly-report:open"], []),
                     ("in_order", [], ["quarterly-report:met", "quarterly-report:open"], []),
                     ("in_order", [], ["quarterly-report:missed", "quarterly-report:late", "quarterly-report:open"], [])]  # fmt: skip
    found = told("fund.investment", ("due_diligence", "01-10", facts), ("agreement", "01-31", {}))
    assert found[-1] == ("out_of_order", ["committee-approval"], ["quarterly-report:open"], ["no-agreement"])


def test_prohibited_business_may_be_vetoed_and_then_be_left():
    found = told("fund.prohibited", ("proposed", "01-10", {"activities": ["futures"]}), ("carried_out", "01-20", {"activities": ["futures"]}),
                 ("exited", "01-31", {}))  # fmt: skip
    assert found == [("in_order", ["prohibited-activities"], [], ["veto"]), ("in_order", ["prohibited-activities"], [], ["forced-exit"]), OK]
    assert told("fund.prohibited", ("proposed", "01-10", {"activities": []})) == [OK]


def test_the_hospital_group_evaluates_itself_every_half_year():
    found = told("hospital.group-year", ("pilot_started", "01-01", {}), ("evaluated", "07-01", {}), as_of="2026-01-02")
    assert found == [
        ("in_order", [], ["half-yearly-evaluation:open", "yearly-supervision:open"], []),
        ("in_order", [], ["half-yearly-evaluation:met", "half-yearly-evaluation:open"], []),
        ("as_of", [], ["yearly-supervision:missed", "half-yearly-evaluation:missed"], []),
    ]


def test_probation_lasts_a_year():
    appointed, assessed = ("appointed", "01-26", {"on_probation": True}), ("assessed", "12-30", {"assessed_qualified": True})
    early = told("personnel.probation", appointed, assessed, ("confirmed", "12-31", {}))
    assert early == [("in_order", [], ["probation:open"], []), OK, ("in_order", ["term-over"], ["probation:lapsed"], [])]
    assert told("personnel.probation", appointed, as_of="2026-01-27")[-1] == ("as_of", [], ["probation:elapsed"], [])
    assert told("personnel.probation", ("appointed", "01-26", {"on_probation": False}), ("confirmed", "01-26", {})) == [OK, OK]


# --- text -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_answers_for_people(lang):
    events = [line(k, "m", k, "2025-03-03", facts) for k, facts in MEETING.items() if k != "discussed"]
    events += [line("f", "m", "convened", "2025-03-03", {"members": 9, "present": 6}, "convened"), line("x", "m", "y", "2025-03-03")]
    stream = Stream("party-group.meeting", [jsonl(events), jsonl(trip())])
    for batch in stream.answers():
        shown = "".join(event_text(answer, stream.titles, lang) for answer in batch)
        line_of_time = timeline_text("m", stream.timeline("m"), stream.titles, lang)
        if batch and batch[0]["case"] == "m":
            words = {"en": ("out of order; expected first Topic discussed", "The vote is void", "Article", "corrects convened", "refused: x"),
                     "zh": ("未按顺序；应先有", "表决无效", "第二十条", "更正 convened", "不予受理: x")}[lang]  # fmt: skip
            for word in words:
                assert word in shown or word == "Article"
            assert "↯" in line_of_time
            assert len(line_of_time.splitlines()) == 6


# --- nothing is lost ------------------------------------------------------------------------------------------------


def test_a_second_process_on_the_state_file_is_refused(tmp_path):
    path = tmp_path / "state"
    with watching("government.trip", path) as watch:
        feed(watch, trip()[:1])
        with pytest.raises(PolicyError, match="in use by another process"):
            EventLog(path, "government.trip", "")
        context = multiprocessing.get_context("fork")
        code = context.Value("i", 0)
        other = context.Process(target=_second, args=(path, code))
        other.start()
        other.join()
        assert code.value == 2
    assert run("government.trip", trip()[:1], state=path)[0]["duplicate"]


def _second(path, code):
    try:
        EventLog(path, "government.trip", "")
    except PolicyError as error:
        code.value = 2 if error.problems[0].code == "state-in-use" and "另一进程" in error.render("zh") else 1


@pytest.mark.parametrize("content", [b"not a database, but long enough to be read as the head of one" * 20, None])
def test_a_file_that_is_no_state_is_refused(tmp_path, content):
    path = tmp_path / "state"
    if content is None:
        run("fund.prohibited", [], state=path)
    else:
        path.write_bytes(content)
    with pytest.raises(PolicyError, match=r"cannot be used|belongs to `fund\.prohibited`"):
        run("government.trip", [], state=path)


def test_rules_that_changed_judge_what_stands_anew(tmp_path):
    path = tmp_path / "state"
    run("party-group.meeting", [line(k, "m", k, "2025-03-03", facts) for k, facts in MEETING.items()][:5], state=path)
    procedure = load_procedure("party-group.meeting")
    with Watch(procedure, EventLog(path, procedure.name, "of other rules")) as watch:
        assert watch.log.rules_changed
        assert consequences(watch.timeline("m")[-1]) == ["vote-void"]


def _stream(name, events, state, pipe):
    """In a process of its own: answer all events, telling each answer only after it is durable."""
    raw = jsonl(events)
    for batch in Stream(name, [raw[i : i + 400] for i in range(0, len(raw), 400)], state=state).answers():
        pipe.send([a["event"] for a in batch if a["accepted"] and not a.get("duplicate")])
    pipe.send(None)


def _killed(name, events, state, patience):
    """What is acknowledged anew by a process that is killed after so many seconds; whether it came to the end."""
    context, acknowledged, done = multiprocessing.get_context("fork"), [], False
    ours, theirs = context.Pipe(duplex=False)
    worker = context.Process(target=_stream, args=(name, events, state, theirs))
    worker.start()
    theirs.close()
    until = time.monotonic() + patience
    try:
        while not done and ours.poll(max(0, until - time.monotonic())):
            told = ours.recv()
            done = told is None
            acknowledged += told or []
        os.kill(worker.pid, signal.SIGKILL)
        while not done:  # what was still in the pipe had been given out, too
            told = ours.recv()
            acknowledged += told or []
    except EOFError:
        pass
    worker.join()
    return acknowledged, done


def test_fifty_kills_lose_nothing_and_apply_nothing_twice(tmp_path):
    rng, name = random.Random(3), "party-group.meeting"
    cases = [random_case(rng, name, f"c{i}", 12) for i in range(150)]
    events = list({event["id"]: event for event in interleaved(rng, cases)}.values())
    with watching(name) as watch:
        accepted = [a["event"] for a in feed(watch, events) if a["accepted"]]
        undisturbed = [watch.timeline(f"c{i}") for i in range(150)]
    kills, rounds = 0, 0
    while kills < 50:
        state, acknowledged, done = tmp_path / f"state{rounds}", [], False
        while not done:
            told, done = _killed(name, events, state, rng.uniform(0.1, 0.4) if kills < 50 else 60)
            acknowledged += told
            kills += not done
        rounds += 1
        assert len(acknowledged) == len(set(acknowledged))  # none was applied twice
        assert set(acknowledged) <= set(accepted)
        with watching(name, state) as watch:
            assert [watch.timeline(f"c{i}") for i in range(150)] == undisturbed
            assert watch.log.next_seq() == len(accepted) + 1


# --- the engine dies ------------------------------------------------------------------------------------------------


def test_an_engine_killed_under_way_changes_no_answer():
    events = [line(k, "m", k, "2025-03-03", facts) for k, facts in MEETING.items()]
    undisturbed = run("party-group.meeting", events)
    with watching("party-group.meeting") as watch:
        for event, expected in zip(events, undisturbed, strict=True):
            os.kill(watch.engine.pid, signal.SIGSEGV)
            answer = feed(watch, [event])[0]
            assert answer.pop("engine") == {"died": "SIGSEGV", "recovered": True}
            assert answer == expected


DIES = """
    import json, os, signal, sys
    for text in sys.stdin:
        asked = json.loads(text)
        if "rules" in asked:
            print('{"ready": true}', flush=True)
        elif any(f["kind"] == "event" and f["of"] == "voted" for f in asked["facts"]):
            os.kill(os.getpid(), signal.SIGSEGV)
        else:
            names = [f["of"] for f in asked["facts"] if f["kind"] == "event"]
            print(json.dumps({"fired": [f"~order:{n}:0" for n in names]}), flush=True)
"""


def test_an_event_the_engine_dies_of_is_named_and_the_rest_goes_on(tmp_path):
    events = [line(k, "m", k, "2025-03-03", facts) for k, facts in MEETING.items()]
    procedure, path = load_procedure("party-group.meeting"), tmp_path / "state"
    engine = Engine(Plan(procedure).rules, (sys.executable, "-c", textwrap.dedent(DIES)))
    with Watch(procedure, EventLog(path, procedure.name, procedure.digest), engine) as watch:
        answers = feed(watch, events)
    assert [a["event"] for a in answers if "engine" in a] == ["voted"]
    assert answers[4]["engine"] == {"died": "SIGSEGV", "recovered": False}
    assert answers[4]["order"]["status"] == "undetermined"
    assert statuses(answers[4])["special-quorum"] == "violated"  # the interpreter's part is whole
    assert answers[5]["order"]["status"] == "in_order"
    late = line("late", "m", "discussed", "2025-03-02")  # a working engine judges anew what the other died of
    assert [r["event"] for r in run("party-group.meeting", [late], state=path)[0]["rejudged"]] == ["voted"]


@pytest.mark.parametrize("name", procedure_names())
def test_the_safe_subset_holds_for_every_procedure(name):
    with watching(name) as watch:
        assert watch.engine.run([]) == []
    assert Path(watch.log.file) == Path()
