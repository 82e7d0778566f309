"""What the doors record with: decisions and events are gathered and appended together, before anything is acknowledged."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from policy_engine.deciding.facts import Facts
from policy_engine.explaining.decision import Decision
from policy_engine.records.again import told
from policy_engine.records.entries import decided, watched
from policy_engine.records.log import Log
from policy_engine.records.note import Signer, read_signer
from policy_engine.rulebook.rule import Rule

TOGETHER: Final = 4096
"""So many entries are appended at once, at most."""
SECONDS: Final = 1
"""So long they wait to be, at most."""


class Recorder:
    """A log that decisions by one rule set are recorded in. Nothing is recorded before `flush`."""

    def __init__(self, log: Log, key: Path, rules: str, version: str, assume: str, seal: bool) -> None:
        """Raises PolicyError where the key cannot be used."""
        self.log, self.rules, self.version, self.assume, self.seal = log, rules, version, assume, seal
        self.first: int | None = None
        self.count = 0
        self._signer: Signer = read_signer(key)
        self._drafts: list[dict[str, Any]] = []
        self._since = time.monotonic()
        log.check(self._signer)

    def decided(self, rule: Rule, facts: Facts, found: Decision, row: int | None = None) -> None:
        """A decision. Raises PolicyError where those before it cannot be appended."""
        self._draft(decided(rule, facts, found, self.rules, self.version, self.assume, row))

    def watched(self, procedure: str, thread: str, events: Sequence[bytes], answers: Sequence[dict[str, Any]]) -> None:
        """Events with their answers, appended at once. Raises PolicyError."""
        for line, answer in zip(events, told(list(answers)), strict=True):
            event = line.decode("utf-8", "replace")
            self._drafts.append(watched(procedure, thread, event, answer, self.rules, self.version, self.assume))
        self.flush()

    def passed(self, procedure: str, thread: str, day: dt.date, answers: Sequence[dict[str, Any]]) -> None:
        """What the passing of time made of the cases, appended at once. Raises PolicyError."""
        found = told(list(answers))
        self._drafts.append(watched(procedure, thread, None, found, self.rules, self.version, self.assume, day))
        self.flush()

    def flush(self) -> None:
        """Append what was gathered; it is durable afterwards. Raises PolicyError."""
        self._since = time.monotonic()
        if self._drafts:
            numbers = self.log.append(self._signer, self._drafts, self.seal)
            self.first = numbers.start if self.first is None else self.first
            self.count += len(numbers)
            self._drafts = []
            self.log.tidy()

    def _draft(self, draft: dict[str, Any]) -> None:
        self._drafts.append(draft)
        if len(self._drafts) >= TOGETHER or time.monotonic() - self._since > SECONDS:
            self.flush()
