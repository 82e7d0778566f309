"""Answers over a wire recorded before they are given out: those that come while others are being written are written together."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from policy_engine.records.log import Log
from policy_engine.records.note import read_signer
from policy_engine.records.recorder import TOGETHER
from policy_engine.records.ruleset import files_of, keep, lay_out
from policy_engine.rulefiles.rulebook import Rulebook


class Recorded:
    """A log that answers are appended to. The rules that decide are those that the log keeps, laid out in a folder of their own."""

    def __init__(self, log: Log, key: Path, book: Rulebook, version: str, seal: bool) -> None:
        """Raises PolicyError where the key cannot be used, a rule cannot be read or the log cannot be written."""
        self.log, self.version, self._seal, self._signer = log, version, seal, read_signer(key)
        log.check(self._signer)
        self.ruleset = keep(files_of(book, book.decisions()), log.store)
        self._folder = tempfile.TemporaryDirectory(prefix="policy-serve-")
        lay_out(log.folder / "rules", self.ruleset, Path(self._folder.name))
        self.rules = Path(self._folder.name) / "rules"
        self._waiting: list[tuple[dict[str, Any], asyncio.Future[int]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def append(self, draft: dict[str, Any]) -> int:
        """The number of an entry, when it is durable. Raises what writing it raises: then the answer is not given out."""
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
                    numbers = await asyncio.to_thread(self.log.append, self._signer, [d for d, _ in now], self._seal)
                except Exception as error:
                    for _, done in now:
                        done.set_exception(error)
                else:
                    for number, (_, done) in zip(numbers, now, strict=True):
                        done.set_result(number)
        finally:
            self._writing = None

    def end(self) -> None:
        """Remove the folder of the rules."""
        self._folder.cleanup()
