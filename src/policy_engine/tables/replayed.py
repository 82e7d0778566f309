"""A table of cases decided by two versions of a rule: how many change, from what to what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import Unknown, Value
from policy_engine.compiled.decide import decide
from policy_engine.deciding.outcome import OutcomeName, Status
from policy_engine.explaining.decision import Decision
from policy_engine.tables.batch import open_table, read_row
from policy_engine.tables.children import mapping_of_cases, open_children
from policy_engine.tables.columns import Job

Outcome = OutcomeName | Literal["refused"]
ROWS: Final = 20
"""So many rows that change are named."""


@dataclass(kw_only=True)
class Replayed:
    """What became of the rows of a table: how many have which outcomes, before and after; what is said of each provision where it changed."""

    table: str
    rows: int = 0
    outcomes: Counter[tuple[Outcome, Outcome]] = field(default_factory=Counter)
    provisions: dict[str, Counter[tuple[Status, Status]]] = field(default_factory=dict)
    values: Counter[str] = field(default_factory=Counter)
    changed: int = 0
    named: list[tuple[int, Outcome, Outcome]] = field(default_factory=list)


def replayed(jobs: tuple[Job, Job], table: Path, tick: Callable[[int], None] = lambda rows: None) -> Replayed:
    """Every row decided by both versions. A row that a version refuses is `refused` there. Raises PolicyError."""
    found = Replayed(table=table.name)
    for (number, before), (_, after) in zip(*(_decided(job, table) for job in jobs), strict=True):
        found.rows += 1
        tick(found.rows)
        outcomes = _outcome(before), _outcome(after)
        found.outcomes[outcomes] += 1
        told = before is not None and after is not None and _compare(found, before, after)
        if told or outcomes[0] != outcomes[1]:
            found.changed += 1
            if len(found.named) < ROWS:
                found.named.append((number, *outcomes))
    return found


def _outcome(decided: Decision | None) -> Outcome:
    return "refused" if decided is None else decided.outcome


def _decided(job: Job, table: Path) -> Iterator[tuple[int, Decision | None]]:
    """Each row with what is said of it; None of one that is refused. Raises PolicyError."""
    columns, rows = open_table(replace(job, mapping=mapping_of_cases(job)), table)
    children = open_children(job, table, columns)
    for number, cells in rows:
        try:
            yield number, decide(job.rule, read_row(job.rule, cells, columns, children), job.as_of, job.readings)
        except PolicyError:
            yield number, None


def _compare(found: Replayed, before: Decision, after: Decision) -> bool:
    """Count what is said otherwise of each provision that both have; whether there is any such."""
    old, new = ({f.provision: f.status for f in one.findings} for one in (before, after))
    moved = [name for name in old if name in new and old[name] != new[name]]
    for name in moved:
        found.provisions.setdefault(name, Counter())[old[name], new[name]] += 1
    was, now = ({r.provision: r.value for r in one.results} for one in (before, after))
    others = [name for name in was if name in now and not _alike(was[name], now[name])]
    found.values.update(others)
    return bool(moved or others)


def _alike(a: Value, b: Value) -> bool:
    return a == b or (isinstance(a, Unknown) and isinstance(b, Unknown))
