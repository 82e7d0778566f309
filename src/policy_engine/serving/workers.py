"""Decisions in processes of their own: one that takes too long is ended, and another takes its place."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, NamedTuple

from policy_engine.basics.errors import PolicyError
from policy_engine.book import load
from policy_engine.deciding.facts import Facts
from policy_engine.explaining.decision import Decision
from policy_engine.records.entries import decided
from policy_engine.reports.data import dump
from policy_engine.serving.answers import Answers, problems_json
from policy_engine.serving.coloured import audited
from policy_engine.serving.pages import PAGES
from policy_engine.serving.register import registered

ASKED: Final = {
    "list": Answers.listed, "show": Answers.shown, "ask": Answers.decided, "mend": Answers.mended, "cite": Answers.cited,
    "check": lambda answers, asked: answers.decided_alone(asked), "register": registered, "schema": Answers.schema_of,
    **PAGES,
}  # fmt: skip
RECORDED: Final = frozenset({"check", "ask", "mend", "page.case", "page.findings"})
"""What tells how a case turns out, and so is recorded where decisions are."""
READY: Final = 60
"""So many seconds a process may take to start."""


class Reply(NamedTuple):
    """What came of a question: JSON, problems, or why there is neither (`busy`, `slow`, `failed`); the entry to be recorded."""

    text: str = ""
    problems: tuple[dict[str, Any], ...] = ()
    failed: str = ""
    entry: dict[str, Any] | None = None


class Noted(NamedTuple):
    """What entries of a log say besides the decision: the rule set by its hash, the version."""

    ruleset: str
    version: str


class Workers:
    """So many processes that answer, each question within so many seconds; so many questions may wait."""

    def __init__(
        self, rules: Path | None, count: int, seconds: int, waiting: int, noted: Noted | None = None, source: Path | None = None
    ) -> None:  # fmt: skip
        """`noted`: replies bring the entry to be recorded; `source`: the text of the gazette, to be shown."""
        self._seconds, self._most, self.waiting = seconds, waiting + count, 0
        self._free: asyncio.Queue[_Worker] = asyncio.Queue()
        self._all = [_Worker(rules, noted, source) for _ in range(count)]
        self._threads = ThreadPoolExecutor(count, "asking")  # one waits for each process

    def start(self) -> None:
        """Let them take questions."""
        for worker in self._all:
            self._free.put_nowait(worker)

    def stop(self) -> None:
        """End them all."""
        for worker in self._all:
            worker.end()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def ask(self, what: str, asked: Mapping[str, Any]) -> Reply:
        """The reply to a question; whoever asked may leave, the process is free again only when it has answered."""
        if self.waiting >= self._most:
            return Reply(failed="busy")
        self.waiting += 1
        try:
            worker = await self._free.get()
        finally:
            self.waiting -= 1
        return await asyncio.shield(asyncio.ensure_future(self._asked(worker, what, dict(asked))))

    async def _asked(self, worker: _Worker, what: str, asked: dict[str, Any]) -> Reply:
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, worker.ask, what, asked, self._seconds)
        finally:
            self._free.put_nowait(worker)


class _Worker:
    """A process, made anew where it was ended."""

    def __init__(self, rules: Path | None, noted: Noted | None, source: Path | None) -> None:
        self._given = rules, noted, source
        self._begin()

    def _begin(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, *self._given), daemon=True)
        self._process.start()
        theirs.close()
        self._fresh = True

    def ask(self, what: str, asked: dict[str, Any], seconds: int) -> Reply:
        """The reply; too slow a process is killed."""
        try:
            if self._fresh and not self._pipe.poll(READY):
                return self._again("slow")
            if self._fresh:
                self._pipe.recv()
                self._fresh = False
            self._pipe.send((what, asked))
            if not self._pipe.poll(seconds):
                return self._again("slow")
            found: Reply = self._pipe.recv()
        except (EOFError, OSError):
            return self._again("failed")
        return found

    def _again(self, why: str) -> Reply:
        self.end()
        self._begin()
        return Reply(failed=why)

    def end(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.join()
        self._pipe.close()


def _work(pipe: Connection, rules: Path | None, noted: Noted | None, source: Path | None) -> None:
    """Answer until nobody asks any more."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = Answers(load(rules), source=source)
    if source is not None:
        audited(answers.book, source)  # before a question is timed
    with suppress(EOFError, OSError):
        pipe.send("ready")
        while True:
            what, asked = pipe.recv()
            pipe.send(_reply(answers, what, asked, noted if what in RECORDED else None))


def _reply(answers: Answers, what: str, asked: dict[str, Any], noted: Noted | None) -> Reply:
    entries: list[dict[str, Any]] = []

    def note(facts: Facts, found: Decision, assume: str) -> None:
        entries.append(decided(found.rule, facts, found, noted.ruleset, noted.version, assume) if noted else {})

    answers.noted = note if noted else None
    try:
        return Reply(dump(ASKED[what](answers, asked)), entry=entries[0] if entries else None)
    except PolicyError as error:
        return Reply(problems=tuple(problems_json(error)))
    except Exception as error:  # a mistake of ours: no fact of the case may get into any log
        return Reply(failed=type(error).__name__)
