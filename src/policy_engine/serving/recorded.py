"""Answers over a wire recorded before they are given out: those that come while others are being written are written together."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, Final

from policy_engine.basics.errors import PolicyError
from policy_engine.records.log import Log
from policy_engine.records.note import read_signer
from policy_engine.records.recorder import TOGETHER
from policy_engine.records.ruleset import files_of, keep, lay_out
from policy_engine.rulefiles.rulebook import Rulebook
from policy_engine.serving.folder import Folder

Draft = dict[str, Any]
WAIT: Final = 30  # seconds; whoever else holds the log, or a disk that hangs, holds no answer longer
_ENDED: Final = "the process that writes the log has ended"


class Unwritten(Exception):
    """What could not be appended, in words that tell no fact."""


class Recorded:
    """A log that answers are appended to. The rules that decide are those that the log keeps, laid out in a folder of their own."""

    def __init__(self, log: Log, key: Path, book: Rulebook, version: str, seal: bool) -> None:
        """Raises PolicyError where the key cannot be used, a rule cannot be read or the log cannot be written."""
        self.version = version
        log.check(read_signer(key))
        self.ruleset = keep(files_of(book, book.decisions()), log.store)
        self._folder = Folder("policy-serve-")
        lay_out(log.folder / "rules", self.ruleset, self._folder.path)
        self.rules = self._folder.path / "rules"
        beside = book.root.resolve().parent / "scenarios"
        if beside.is_dir():  # they decide nothing, and are shown beside the provisions
            self.rules.with_name(beside.name).symlink_to(beside)
        self._writer = LogWriter(log.folder, key, seal)
        self._waiting: list[tuple[Draft, asyncio.Future[int]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def append(self, draft: Draft) -> int:
        """The number of an entry, when it is durable. Raises Unwritten: then the answer is not given out."""
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((draft, done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        return await asyncio.shield(done)

    async def _write(self) -> None:
        """Append what waits, all of it together, until nothing does."""
        try:
            while self._waiting:
                now, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
                try:
                    first = await asyncio.to_thread(self._writer.append, [draft for draft, _ in now])
                except Exception as error:
                    for _, done in now:
                        done.set_exception(error)
                else:
                    for number, (_, done) in enumerate(now, first):
                        done.set_result(number)
        finally:
            self._writing = None

    def end(self) -> None:
        """End the process that writes and remove the folder of the rules."""
        self._writer.end()
        self._folder.remove()


class LogWriter:
    """A process that appends: hashing and waiting for the disk hold up nobody who answers. Made anew where it ended."""

    def __init__(self, folder: Path, key: Path, seal: bool) -> None:
        self._given = folder, key, seal
        self._process: SpawnProcess | None = None
        self._begin()

    def _begin(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        with theirs:  # theirs alone from now on: where they end, that is seen here
            process = context.Process(target=_append, args=(theirs, *self._given), daemon=True)
            try:
                process.start()
            except BaseException:
                self._pipe.close()
                raise
        self._process = process

    def append(self, drafts: Sequence[Draft]) -> int:
        """The number of the first of some entries, when all are durable. Raises Unwritten."""
        try:
            if self._process is None:
                self._begin()
            self._pipe.send(drafts)
            told = self._pipe.poll(WAIT)
            found: int | str = self._pipe.recv() if told else f"the log could not be written to within {WAIT} seconds"
        except (EOFError, OSError):
            self.end()  # another is begun when it is needed
            raise Unwritten(_ENDED) from None
        if not told:
            self.end()  # what it would say later belongs to no answer
        if isinstance(found, str):
            raise Unwritten(found)
        return found

    def end(self) -> None:
        """End it; nothing that was acknowledged waits there."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None
        self._pipe.close()


def _append(pipe: Connection, folder: Path, key: Path, seal: bool) -> None:
    """Append what comes, and tell the number of the first entry or what was wrong, until nothing comes any more."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    log, signer = Log(folder), None
    while True:
        try:
            drafts = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            signer = signer or read_signer(key)
            found: int | str = log.append(signer, drafts, seal).start
        except PolicyError as error:
            found = str(error)
        except Exception as error:  # a mistake of ours: no fact of the case may get into any log
            found = type(error).__name__
        with suppress(OSError):  # whoever asked may be gone
            pipe.send(found)
        log.tidy()
