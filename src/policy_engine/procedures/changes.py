"""What a late event or a correction changed in a case: its answers before and after, side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from policy_engine.procedures.answer import Answer, Following, Json, Judged, Running
from policy_engine.procedures.log import Entry
from policy_engine.procedures.shape import RunStatus
from policy_engine.procedures.unfolding import Unfolding

Told = Sequence[tuple[Entry, Answer]]
"""The events of a case with their answers, in order."""


@dataclass(frozen=True)
class Moved:
    """A deadline that stands otherwise now."""

    running: Running
    was: RunStatus | None

    def to_json(self) -> Json:
        """As answers show it."""
        return {**self.running.to_json(), "was": self.was}


@dataclass(frozen=True)
class Change:
    """The state of the case after everything, where it differs from what it was."""

    findings: tuple[Judged, ...]
    deadlines: tuple[Moved, ...]
    consequences: tuple[Following, ...]

    def to_json(self) -> Json:
        """As answers show it."""
        return {
            "findings": [found.to_json() for found in self.findings],
            "deadlines": [moved.to_json() for moved in self.deadlines],
            "consequences": [found.to_json() for found in self.consequences],
        }


def changed(old: Unfolding, new: Unfolding, before: Iterable[Answer], after: Sequence[Answer]) -> Change:
    """How a case stands otherwise: its old state and answers beside the new ones."""
    return Change(_findings(old, new, after), tuple(_deadlines(old, before, after)), _consequences(old, new, after))


def rejudged(before: Told, after: Told, root: str) -> list[Json]:
    """The other events (all but `root`) whose own answer is now another one, or in whose place another stands."""
    old = {entry.root: (entry.event.id, answer.gist) for entry, answer in before}
    return [
        changed_to(entry, entry.root, answer)
        for entry, answer in after
        if entry.root != root and entry.root in old and old[entry.root] != (entry.event.id, answer.gist)
    ]


def changed_to(entry: Entry, id: str, answer: Answer) -> Json:
    """The answer an event has now."""
    return {"event": id, "kind": entry.event.kind, "at": entry.event.at, **answer.to_json()}


def _findings(old: Unfolding, new: Unfolding, after: Iterable[Answer]) -> tuple[Judged, ...]:
    last = {found.provision: found for answer in after for found in answer.findings}
    pairs = {name: (new.statuses.get(name), old.statuses.get(name)) for name in (*old.statuses, *new.statuses)}
    return tuple(
        replace(last.get(name, Judged(provision=name, status=None, was=None)), status=now, was=was)
        for name, (now, was) in pairs.items()
        if now != was
    )


def _deadlines(old: Unfolding, before: Iterable[Answer], after: Iterable[Answer]) -> Iterable[Moved]:
    told, now = _last(before), _last(after)
    was = {key: running.status for key, running in told.items()} | {r.key: r.status for r in old.running}
    for key, running in now.items():
        if running.status != was.get(key):
            yield Moved(running, was.get(key))
    for key, running in told.items():
        if key not in now:
            yield Moved(replace(running, status="lapsed"), running.status)


def _last(answers: Iterable[Answer]) -> Mapping[tuple[str, str, dt.date], Running]:
    return {running.key: running for answer in answers for running in answer.deadlines}


def _consequences(old: Unfolding, new: Unfolding, after: Iterable[Answer]) -> tuple[Following, ...]:
    last = {found.consequence.id: found for answer in after for found in answer.consequences}
    known = new.chains.consequences
    return (
        *(last[name] for name in new.holding if name not in old.holding),
        *(Following(known[name], "lifted") for name in old.holding if name not in new.holding),
    )
