"""Events of cases, by hand and at random, and ways to have them answered."""

from __future__ import annotations

import datetime as dt
import functools
import json

from policy_engine.procedures import load
from policy_engine.procedures.events import parse_event
from policy_engine.procedures.log import EventLog
from policy_engine.procedures.watch import Stream, Watch

VOTE = {
    "matter": "personnel",
    "in_favour": 5,
    "voted_item_by_item": True,
    "voted_one_by_one": True,
    "chair_spoke_last": True,
    "sides_close": False,
}
LED = {"organised_by": "government", "has_purpose": True}
MEETING = {
    "topic": {"item_kind": "general", "item_proposed_by": "secretary", "vetted_by_member": True}, "notice": {"noticed_in_writing": True}, "convened": {"members": 9, "present": 5},
    "discussed": {}, "voted": VOTE, "minuted": {},
}  # fmt: skip


load_procedure = functools.cache(load.load_procedure)


def line(id, case, kind, at, facts=None, corrects=None):
    return {
        "id": id,
        "case": case,
        "kind": kind,
        "at": at,
        "facts": facts or {},
        **({"corrects": corrects} if corrects else {}),
    }


def jsonl(events):
    return "".join(json.dumps(e) + "\n" for e in events).encode()


def run(name, events, state=None, as_of=None, chunk=None):
    """The answers to events, in one list."""
    raw = jsonl(events)
    chunks = [raw[i : i + chunk] for i in range(0, len(raw), chunk)] if chunk else [raw]
    stream = Stream(load_procedure(name), chunks, state=state, as_of=as_of and dt.date.fromisoformat(as_of))
    return [answer for batch in stream.answers() for answer in batch]


def watching(name, path=None, live=None, **reading):
    procedure = load_procedure(name)
    return Watch(procedure, EventLog(path, procedure.name, procedure.digest), live, **reading)


def by_definition(rules):
    """As on a Python without durable_rules."""


def feed(watch, events):
    return watch.batch((lambda e=e: parse_event(json.dumps(e).encode(), "test", 1)) for e in events)


def statuses(answer):
    return {f["provision"]: f["status"] for f in answer["findings"]}


def consequences(answer):
    return [c["consequence"] for c in answer["consequences"] if c["status"] == "follows"]


def gist(answer):
    """An answer without its words."""
    if not answer["accepted"]:
        return [found["code"] for found in answer["problems"]]
    return (
        answer["order"]["status"], answer["order"].get("expected"), statuses(answer),
        [(d["deadline"], d["status"], d["due"]) for d in answer["deadlines"]],
        [(c["consequence"], c["status"]) for c in answer["consequences"]], answer.get("closed"),
    )  # fmt: skip


FACTS = {
    "party-group.meeting": lambda rng: {
        **MEETING, "convened": {"members": 9, "present": rng.randint(3, 9)},
        "voted": {**VOTE, "in_favour": rng.randint(0, 3), "matter": rng.choice(["ordinary", "personnel", "major"])},
    },
    "government.trip": lambda rng: {
        "approved": {**LED, "led_by": rng.choice(["vice-mayor", "department"])}, "departed": {},
        "returned": {"route_changed": rng.random() < 0.3, "holiday_overstay": False}, "reported": {},
    },
    "fund.holdings": lambda rng: {
        "established": {"fund_total": "15亿元"}, "direct_investment": {"contribution": str(rng.randint(1, 150)) + "000000.01"},
        "capital_returned": {"capital_back": str(rng.randint(1, 90)) + "000000"},
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


def trip(case="t", leads=True, returned="2025-03-10", at="2025-03-17"):
    return [
        line(f"{case}1", case, "approved", "2025-03-01", {**LED, "led_by": "vice-mayor" if leads else "department"}),
        line(f"{case}2", case, "departed", "2025-03-03"),
        line(f"{case}3", case, "returned", returned, {"route_changed": False, "holiday_overstay": False}),
        line(f"{case}4", case, "reported", at),
    ]


def deadlines(answers):
    return [(d["status"], d["due"]) for a in answers for d in a["deadlines"]]
