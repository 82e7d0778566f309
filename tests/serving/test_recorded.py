"""What is answered over HTTP is in the log before it is answered, many together; what cannot be recorded is not told."""

import asyncio
import json
import os
import signal
import threading
import time

import pytest

from policy_engine import load
from policy_engine.book import Book
from policy_engine.records.canonical import parsed
from policy_engine.records.log import Log, begin
from policy_engine.records.together import verify_again

pytest.importorskip("cryptography", reason="the log of decisions needs `pip install '.[record]'`")
pytest.importorskip("starlette", reason="answers over HTTP need `pip install '.[web]'`")
pytest.importorskip("uvicorn", reason="answers over HTTP need `pip install '.[web]'`")

CHECK = "/v1/decisions/fund.investment/check"
CASE = {"facts": {"kind": "subfund", "fund_total": "15亿元", "amount": "2.4亿元"}, "as_of": "2025-03-01"}


@pytest.fixture
def folder(tmp_path):
    begin(tmp_path / "log", "city.example/office", tmp_path / "log.key")
    return tmp_path / "log"


def entries(folder):
    log = Log(folder)
    tiles = log.tiles()
    return [parsed(tiles.entry(n)) for n in range(log.checkpoint().size)]


def test_an_answer_is_durable_before_it_is_given(folder, started):
    server = started("--record", str(folder))
    _, _, text = server.ask(CHECK, CASE)
    assert server.headers["policy-entry"] == "0"
    assert server.ask(CHECK, {"facts": {"amont": 1}})[0] == 422  # nothing was decided
    assert json.loads(server.ask(CHECK.replace("check", "ask"), CASE)[2])["answer"] == json.loads(text)
    lines = [json.dumps({**CASE, "assume": assume}).encode() for assume in ("all", "none", "much")]
    server.ask(CHECK.replace("check", "many"), b"\n".join(lines))
    assert "超过母基金15%一分" in server.ask("/zh/rules/fund.investment/subfund-share-of-fund")[2]  # a scenario
    server.ask(CHECK.replace("check", "mend"), {**CASE, "facts": {**CASE["facts"], "amount": "9亿元"}})
    last = server.headers["policy-entry"]
    os.kill(server.process.pid, signal.SIGKILL)  # whatever was answered is there
    told = entries(folder)
    assert [e["n"] for e in told] == list(range(int(last) + 1)) == list(range(5))
    assert [e["assume"] for e in told] == ["all", "all", "all", "none", "all"]
    assert told[0]["answer"]["outcome"] == json.loads(text)["outcome"]
    assert told[4]["answer"]["outcome"] == "non_compliant"
    found = verify_again(folder, told[0]["version"])
    assert (found.again, found.faults) == (5, [])


def test_what_cannot_be_recorded_is_not_told(folder, started):
    server = started("--record", str(folder), "--commit")
    assert server.ask(CHECK, CASE)[0] == 200
    assert "facts" not in entries(folder)[0]
    kept = folder / "checkpoint"
    kept.write_text(kept.read_text().replace("\n1\n", "\n2\n"))
    status, _, text = server.ask(CHECK, CASE)
    assert (status, server.headers["retry-after"]) == (503, "1")
    assert "outcome" not in text
    told = [
        json.loads(line)
        for line in server.ask(CHECK.replace("check", "many"), json.dumps(CASE).encode())[2].splitlines()
    ]
    assert [one["status"] for one in told] == [503]
    assert "damaged" in server.log.read_text()


def test_answers_that_come_together_are_written_together(folder, monkeypatch):
    from policy_engine.serving.recorded import LogWriter, Recorded, Unwritten

    written, at_once = [], threading.Lock()
    append = LogWriter.append

    def slow(self, drafts):
        with at_once:
            time.sleep(0.05)
            written.append(len(drafts))
            return append(self, drafts)

    async def ask():
        async def one(n):
            number = await recorded.append({"decision": "a.b", "row": n})
            assert Log(folder).checkpoint().size > number
            return number

        found = await asyncio.gather(*map(one, range(40)))
        with pytest.raises(Unwritten, match="ValueError"):
            await recorded.append({"row": 1.5})
        recorded._writer._process.kill()
        with pytest.raises(Unwritten, match="ended"):
            await recorded.append({"row": 41})
        return found, await one(40)

    monkeypatch.setattr(LogWriter, "append", slow)
    book: Book = load("tests/rules")
    recorded = Recorded(Log(folder), folder.with_name("log.key"), book, "0", False)
    try:
        found, after = asyncio.run(ask())
    finally:
        recorded.end()
    assert (sorted(found), after) == (list(range(40)), 40)
    assert written == [40, 1, 1, 1]
    assert [e["row"] for e in sorted(entries(folder), key=lambda e: e["n"])] == list(range(41))


def test_a_writer_that_cannot_begin_is_told_and_begun_again(folder, monkeypatch, capfd):
    """Without a process to be had, or without its key, each answer is refused in words; then it goes on where it was."""
    from multiprocessing.context import SpawnProcess

    from policy_engine.serving.recorded import LogWriter, Unwritten

    def none_left(self):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    key = folder.with_name("log.key")
    writer = LogWriter(folder, key, False)
    try:
        assert writer.append([{"row": 0}]) == 0
        writer._process.kill()
        with monkeypatch.context() as patched:
            patched.setattr(SpawnProcess, "start", none_left)
            for _ in range(3):
                with pytest.raises(Unwritten, match="ended"):
                    writer.append([{"row": 1}])
        key.rename(key.with_suffix(".away"))
        for _ in range(2):
            with pytest.raises(Unwritten, match=r"log\.key"):
                writer.append([{"row": 1}])
        key.with_suffix(".away").rename(key)
        assert writer.append([{"row": 1}]) == 1
    finally:
        writer.end()
    assert capfd.readouterr().err == ""


def test_a_log_that_another_holds_is_not_waited_for_without_end(folder, monkeypatch):
    from policy_engine.serving import recorded

    monkeypatch.setattr(recorded, "WAIT", 0.2)
    writer = recorded.LogWriter(folder, folder.with_name("log.key"), False)
    try:
        with Log(folder)._alone(), pytest.raises(recorded.Unwritten, match="within"):
            writer.append([{"row": 0}])
        monkeypatch.setattr(recorded, "WAIT", 30)
        assert writer.append([{"row": 1}]) == 0
        assert [entry["row"] for entry in entries(folder)] == [1]
    finally:
        writer.end()


def test_each_process_is_waited_for(monkeypatch):
    """However many there are: not as many as the threads of a loop."""
    from policy_engine.serving import workers

    all_here = threading.Barrier(40, timeout=60)

    class Slow:
        def __init__(self, rules, noted, source):
            self.rules = rules

        def ask(self, what, asked, seconds):
            all_here.wait()
            return workers.Reply(what)

        def end(self):
            self.rules = None

    async def ask():
        all_ = workers.Workers(None, 40, 1, 0)
        all_.start()
        found = await asyncio.gather(*(all_.ask("list", {}) for _ in range(40)))
        all_.stop()
        return found

    monkeypatch.setattr(workers, "_Worker", Slow)
    assert asyncio.run(ask()) == [workers.Reply("list")] * 40
