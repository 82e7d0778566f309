"""What a run over many rows came to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from policy_engine.deciding.outcome import GRAVITY, OutcomeName, Status
from policy_engine.explaining.decision import Finding, FormulaResult
from policy_engine.words import Exit, exit_of


@dataclass(kw_only=True)
class Tally:
    """What a run over many rows came to: how many were told or rejected and why, outcomes, statuses of each provision.

    Of a register also the provisions that something is said of, the entries held, those later than its last day, and those of kinds that do not count.
    """

    rows: int = 0
    rejected: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    outcomes: Counter[OutcomeName] = field(default_factory=Counter)
    statuses: dict[str, Counter[Status]] = field(default_factory=dict)
    headers: tuple[str, ...] = ()
    provisions: set[str] = field(default_factory=set)
    entries: int = 0
    later: int = 0
    ignored: int = 0

    def count(self, provision: str, status: Status, rows: int = 1) -> None:
        """Count rows for which a provision has a status."""
        self.statuses.setdefault(provision, Counter())[status] += rows

    def join(self, other: Tally) -> None:
        """Add what a run over other rows of the same table came to."""
        self.rows += other.rows
        self.rejected += other.rejected
        self.outcomes += other.outcomes
        for provision, counted in other.statuses.items():
            for status, rows in counted.items():
                self.count(provision, status, rows)

    def add(self, found: Finding | FormulaResult) -> None:
        """Count a row that tells of one provision."""
        self.rows += 1
        self.provisions.add(found.provision)
        if isinstance(found, Finding):
            self.count(found.provision, found.status)

    @property
    def every(self) -> Counter[Status]:
        """How many findings have each status."""
        return sum(self.statuses.values(), Counter())

    def exit_code(self, strict: bool) -> Exit:
        """2 where a row was rejected, else the worst of the rows."""
        worst = {*self.outcomes, *(GRAVITY[status] for status in self.every)}
        return Exit.UNUSABLE if self.rejected else exit_of(worst, strict)
