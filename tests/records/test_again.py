"""What is recorded can be decided again from the log alone: cases of every decision, streams of events, other rules since."""

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest
from streams import MEETING, line
from typer.testing import CliRunner

from policy_engine.book import load
from policy_engine.deciding.facts import read_facts
from policy_engine.doors.main import app
from policy_engine.explaining.decision import decide
from policy_engine.proving.cases import find_case_files, load_cases
from policy_engine.records.again import DecidedAgain
from policy_engine.records.entries import facts_json
from policy_engine.records.log import Log, begin
from policy_engine.records.proof import read_receipt
from policy_engine.records.recorder import Recorder
from policy_engine.records.ruleset import files_of, keep
from policy_engine.records.together import verify_again
from policy_engine.records.verify import verify

pytest.importorskip("cryptography", reason="the log needs `pip install '.[record]'`")
ROOT = Path(__file__).parents[2]


def cases():
    for file in find_case_files([ROOT / "scenarios"]):
        yield from (c for c in load_cases(file) if c.entries is None and not (c.expect and c.expect.refused))


@pytest.fixture
def office(tmp_path):
    begin(tmp_path / "log", "city.example/office", tmp_path / "log.key")
    return tmp_path


def verified(folder, again=True):
    if not again:
        return verify(Log(folder / "log"))
    with DecidedAgain(folder / "log" / "rules", "0.1.0") as again:
        return verify(Log(folder / "log"), again=again)


def test_facts_of_every_scenario_are_read_back_as_they_were():
    book = load()
    for case in cases():
        rule = book.rule(case.decision)
        facts = read_facts(rule, case.facts)
        assert read_facts(rule, json.loads(json.dumps(facts_json(rule, facts)))) == facts, case.name


def test_cases_of_many_decisions_are_decided_again(office, request):
    """From a log in which nothing but hashes lead to the rules; all decisions with `--positions 1000`."""
    book, log = load(), Log(office / "log")
    one_of_each = list({case.decision: case for case in cases()}.values())
    chosen = one_of_each[:: 1 if request.config.getoption("--positions") >= 1000 else 6]
    recorders = []
    for i, case in enumerate(chosen):
        rule = book.rule(case.decision)
        facts = read_facts(rule, case.facts)
        name = keep(files_of(book, [case.decision]), lambda data: stored(log, data))
        recorders.append(Recorder(log, office / "log.key", name, "0.1.0", "all", seal=i % 2 == 0))
        recorders[-1].decided(rule, facts, decide(rule, facts, case.as_of or dt.date(2025, 3, 1), case.readings))
    for recorder in recorders:
        recorder.flush()
    found = verified(office)
    assert (found.entries, found.again, found.faults) == (len(chosen), len(chosen), [])


def stored(log, data):
    """As `Log.store`, without waiting for the disk."""
    from hashlib import sha256

    path = log.folder / "rules" / sha256(data).hexdigest()
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path.name


def run(*args, code=0, given=None):
    result = CliRunner().invoke(app, list(map(str, args)), input=given)
    assert result.exit_code == code, result.output
    return result.output


def test_commands_record_and_the_log_is_verified(office):
    log = office / "log"
    one = (
        "award.grant",
        "--set",
        "activity=commendation",
        "--set",
        "approved_by_region=yes",
        "--set",
        "recipient=individual",
    )
    assert "entry 0" in run("check", *one, "--set", "amount=2000", "--record", log)
    kept = office / "kept"
    kept.write_text(run("log", log))
    assert "entry 1" in run("check", *one, "--set", "amount=4000", "--record", log, "--commit", code=1)
    table = office / "awards.csv"
    table.write_text(
        "activity,approved_by_region,recipient,amount\n"
        + "commendation,yes,individual,2999\n" * 3
        + "commendation,yes,nobody,1\n"
    )
    batch = ("batch", "award.grant", table, "-o", office / "out.csv", "--record", log)
    assert "entries 2 to 4" in run(*batch, code=2)  # a row is refused
    events = "".join(
        json.dumps(line(f"e{i}", "m1", kind, f"2025-03-0{i + 1}", facts)) + "\n"
        for i, (kind, facts) in enumerate(MEETING.items())
    )
    told = run("watch", "party-group.meeting", "-", "--record", log, "--as-of", "2026-01-01", given=events, code=1)
    assert "entries 5 to 11" in told
    told = run("verify", log, "--vkey", log / "vkey", "--checkpoint", kept)
    assert "12 entries, 12 decided again" in told
    assert "whole" in told
    run("receipt", log, 1, "-o", office / "1.tlog-proof")
    assert "entry 1 of 12" in run("verify", office / "1.tlog-proof", "--vkey", log / "vkey")
    assert read_receipt(office / "1.tlog-proof").opening["facts"]["amount"] == "4000"
    assert "erased: 1" in run("erase", log, 1)
    assert "4000" not in "".join(path.read_text() for path in (log / "openings").rglob("*") if path.is_file())
    assert "erased, and not to be decided again: 1" in run("verify", log, "--vkey", log / "vkey", "--checkpoint", kept)
    assert "erased: 0" not in (told := run("erase", log, 0, code=2))
    assert "nothing that can be erased is kept of: 0" in told


def test_several_cores_find_what_one_finds(office, monkeypatch):
    monkeypatch.setattr("policy_engine.records.recorder.SECONDS", 999)
    book, log = load(), Log(office / "log")
    rule = book.rule("award.grant")
    recorder = Recorder(
        log, office / "log.key", keep(files_of(book, ["award.grant"]), log.store), "0.1.0", "all", False
    )
    for amount in range(600):
        facts = read_facts(rule, {"amount": str(amount)})
        recorder.decided(rule, facts, decide(rule, facts, dt.date(2025, 3, 1)))
    for n in (5, 300, 599):
        recorder._drafts[n]["answer"]["outcome"] = "compliant"
    recorder.flush()
    for jobs in (1, 2):
        found = verify_again(office / "log", "0.1.0", jobs=jobs)
        assert (found.again, [(f.code, f.at) for f in found.faults]) == (600, [("answer", n) for n in (5, 300, 599)])


def test_a_wrong_answer_is_found_by_deciding_again(office):
    """Whoever has the key may log what the rules do not say: the tree is whole, the answer is not."""
    book, log = load(), Log(office / "log")
    rule = book.rule("award.grant")
    facts = read_facts(
        rule, {"activity": "commendation", "approved_by_region": "yes", "recipient": "individual", "amount": "4000"}
    )
    recorder = Recorder(
        log, office / "log.key", keep(files_of(book, ["award.grant"]), log.store), "0.0.9", "all", False
    )
    recorder.decided(rule, facts, decide(rule, facts, dt.date(2025, 3, 1)))
    recorder._drafts[0]["answer"]["outcome"] = "compliant"
    recorder.flush()
    assert not verified(office, again=False).faults
    (fault,) = verified(office).faults
    assert (fault.code, fault.at) == ("answer", 0)
    assert "compliant → non_compliant; logged by version 0.0.9" in fault.told().en


def test_old_entries_are_decided_by_the_rules_of_their_day(office):
    """Other rules since, and the tree they were in is gone."""
    tree = office / "tree"
    shutil.copytree(Path(__file__).parents[1] / "rules", tree)
    for limit in ("one", "two"):
        file = tree / "harbour" / "berth.yaml"
        file = file if file.exists() else max(tree.rglob("*.yaml"))
        file.write_text(file.read_text() + f"# {limit}\n")
        decision = ".".join(file.relative_to(tree).with_suffix("").parts)
        CliRunner().invoke(app, ["check", decision, "--rules", str(tree), "--record", str(office / "log")])
    shutil.rmtree(tree)
    found = verified(office)
    assert (found.entries, found.again, found.faults) == (2, 2, [])
    assert len({json.loads(entry)["rules"] for entry in Log(office / "log").tiles().entries(0)}) == 2


def test_a_stream_goes_on_in_the_log_where_its_state_file_does(office):
    """What was answered and not recorded, as after a crash, is made up for; what comes again is the same."""
    log, state = office / "log", office / "state"
    events = [
        json.dumps(line(f"e{i}", "m1", kind, f"2025-03-0{i + 1}", facts)) + "\n"
        for i, (kind, facts) in enumerate(MEETING.items())
    ]
    command = ("watch", "party-group.meeting", "-", "--state", state)
    CliRunner().invoke(app, list(map(str, command)), input="".join(events[:2]))
    for part in (events[1:3], events[3:]):
        CliRunner().invoke(app, list(map(str, (*command, "--record", log))), input="".join(part))
    found = verified(office)
    assert (found.entries, found.again, found.faults) == (6, 6, [])


def test_what_is_too_long_for_an_entry_is_sealed(office):
    log = Log(office / "log")
    recorder = Recorder(log, office / "log.key", keep({}, log.store), "0.1.0", "all", False)
    recorder._drafts.append({"facts": {"name": "x" * 70_000}, "answer": {}, "rules": recorder.rules})
    recorder.flush()
    assert "sealed" in json.loads(log.tiles().entry(0))
    assert not verified(office, again=False).faults


def test_a_clock_that_went_back_is_told(office, monkeypatch):
    monkeypatch.setattr("policy_engine.records.log.time.sleep", lambda seconds: None)
    times = iter([dt.datetime(2026, 1, 2, tzinfo=dt.UTC), *[dt.datetime(2026, 1, 1, tzinfo=dt.UTC)] * 99])
    log = Log(office / "log", lambda: next(times))
    recorder = Recorder(log, office / "log.key", "", "0", "all", False)
    recorder._drafts.append({})
    recorder.flush()
    recorder._drafts.append({})
    with pytest.raises(Exception, match="set the clock right"):
        recorder.flush()


def test_two_writers_share_a_log_and_a_damaged_one_takes_no_more(office):
    one, two = (Recorder(Log(office / "log"), office / "log.key", "", "0", "all", False) for _ in range(2))
    for writer in (one, two, one, two):
        writer._drafts += [{"of": "x"}] * 100
        writer.flush()
    assert [json.loads(e)["n"] for i in range(2) for e in Log(office / "log").tiles().entries(i)] == list(range(400))
    path = next((office / "log" / "tile" / "0").glob("001.p/144"))
    path.write_bytes(bytes(32) + path.read_bytes()[32:])
    writer = Recorder(Log(office / "log"), office / "log.key", "", "0", "all", False)
    writer._drafts.append({})
    with pytest.raises(Exception, match="the log is damaged"):
        writer.flush()


def test_what_a_writer_left_behind_when_it_died_does_no_harm(office):
    """Tiles are written before the checkpoint: whatever lies beyond it was never acknowledged."""
    first = Recorder(Log(office / "log"), office / "log.key", "", "0", "all", False)
    first._drafts += [{"of": "x"}] * 10
    first.flush()
    old = (office / "log" / "checkpoint").read_text()
    first._drafts += [{"of": "lost"}] * 300
    first.flush()
    (office / "log" / "checkpoint").write_text(old)
    again = Recorder(Log(office / "log"), office / "log.key", "", "0", "all", False)
    again._drafts += [{"of": "y"}] * 300
    again.flush()
    entries = [json.loads(e) for i in range(2) for e in Log(office / "log").tiles().entries(i)]
    assert [e["of"] for e in entries] == ["x"] * 10 + ["y"] * 300
    assert {f.code for f in verified(office, again=False).faults} <= {"rules-swapped"}
