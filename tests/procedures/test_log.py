"""Nothing is lost: one process a file, kill -9, rules that changed, an engine that dies."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import sys
import textwrap
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from streams import (
    MEETING,
    consequences,
    feed,
    interleaved,
    jsonl,
    line,
    load_procedure,
    random_case,
    run,
    trip,
    watching,
)

from policy_engine.basics.errors import PolicyError
from policy_engine.procedures.durable import DurableRules
from policy_engine.procedures.load import procedure_names
from policy_engine.procedures.log import EventLog
from policy_engine.procedures.watch import Stream, Watch

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
    path, procedure = tmp_path / "state", load_procedure("party-group.meeting")
    run(procedure.name, [line(k, "m", k, "2025-03-03", facts) for k, facts in MEETING.items()][:5], state=path)
    others = replace(procedure, digest="other", consequences=procedure.consequences[1:])
    with Watch(others, EventLog(path, procedure.name, "other")) as watch:
        assert watch.log.rules_changed
        assert consequences(watch.timeline("m")[-1]) == []
    with Watch(procedure, EventLog(path, procedure.name, procedure.digest)) as watch:
        assert watch.log.rules_changed
        assert consequences(watch.timeline("m")[-1]) == ["vote-void"]
    assert not EventLog(path, procedure.name, procedure.digest).rules_changed


def test_a_log_that_does_not_fit_the_rules_is_refused_until_it_does(tmp_path):
    path, procedure = tmp_path / "state", load_procedure("government.trip")
    run(procedure.name, trip(), state=path)
    others = replace(procedure, digest="other", steps={k: v for k, v in procedure.steps.items() if k != "reported"})
    for _ in range(2):
        with pytest.raises(PolicyError, match="case `t` does not fit them"):
            Watch(others, EventLog(path, procedure.name, "other")).__enter__()
    assert run(procedure.name, trip()[:1], state=path)[0]["duplicate"]


def _stream(name, events, state, pipe):
    """In a process of its own: answer all events, telling each answer only after it is durable."""
    raw = jsonl(events)
    for batch in Stream(
        load_procedure(name), [raw[i : i + 400] for i in range(0, len(raw), 400)], state=state
    ).answers():
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


def test_a_state_file_of_an_earlier_form_is_read(tmp_path):
    """It noted what the engine fired for each event."""
    state = tmp_path / "state"
    run("government.trip", trip()[:2], state=state)
    with sqlite3.connect(state) as file:
        file.execute("ALTER TABLE events ADD COLUMN fired TEXT")
        file.execute("UPDATE events SET fired = '[]'")
    file.close()
    assert run("government.trip", trip(), state=state)[2:] == run("government.trip", trip())[2:]


needs_durable_rules = pytest.mark.skipif(find_spec("durable") is None, reason="durable_rules is not installed")


# --- the engine dies ------------------------------------------------------------------------------------------------


@needs_durable_rules
def test_an_engine_killed_under_way_changes_no_answer():
    events = [line(k, "m", k, "2025-03-03", facts) for k, facts in MEETING.items()]
    undisturbed = run("party-group.meeting", events)
    with watching("party-group.meeting") as watch:
        for event, expected in zip(events, undisturbed, strict=True):
            watch.engine.run([])  # started again if it died
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


def test_an_event_the_engine_dies_of_is_named_and_answered_by_the_definition():
    events = [line(k, "m", k, "2025-03-03", facts) for k, facts in MEETING.items()]
    fragile = lambda rules: DurableRules(rules, (sys.executable, "-c", textwrap.dedent(DIES)))  # noqa: E731
    with watching("party-group.meeting", reading=fragile) as watch:
        answers = feed(watch, events)
    assert {a["event"]: a.pop("engine") for a in answers if "engine" in a} == {
        "voted": {"died": "SIGSEGV", "recovered": True}
    }
    assert answers == run("party-group.meeting", events)


@needs_durable_rules
@pytest.mark.parametrize("name", procedure_names())
def test_the_safe_subset_holds_for_every_procedure(name):
    with watching(name) as watch:
        assert watch.engine.run([]) == []
    assert Path(watch.log.file) == Path()


def test_a_state_begun_under_other_assumptions_is_refused(tmp_path):
    def watched(assume, state):
        stream = Stream(load_procedure("government.trip", assume=assume), [jsonl(trip())], state=state)
        return [answer for batch in stream.answers() for answer in batch]

    state = tmp_path / "state.db"
    watched("none", state)
    with pytest.raises(PolicyError, match="begun with --assume none"):
        watched("all", state)
    assert all(answer["duplicate"] for answer in watched("none", state))
