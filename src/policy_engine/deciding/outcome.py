"""What statuses there are, what they say together, and what other readings say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from policy_engine.basics.values import Unknown, Value, to_json
from policy_engine.language.ir import Force
from policy_engine.rulebook.rule import Provision

Status = Literal["satisfied", "violated", "departed", "missed", "not_applicable", "pending", "undetermined"]
OutcomeName = Literal[
    "non_compliant", "undetermined", "compliant_with_departures", "compliant", "pending", "not_applicable"
]
FAILED: Final[Mapping[Force, Status]] = {
    "binding": "violated", "ordinary": "departed", "target": "missed", "option": "not_applicable",
}  # fmt: skip
"""The status of a check that applies and does not hold."""
GRAVITY: Final[Mapping[Status, OutcomeName]] = {
    "violated": "non_compliant", "undetermined": "undetermined", "departed": "compliant_with_departures",
    "missed": "compliant_with_departures", "satisfied": "compliant", "pending": "pending",
    "not_applicable": "not_applicable",
}  # fmt: skip
"""What each status says of the whole, the gravest first; the outcome is what the gravest says."""
STATUSES: Final = tuple(GRAVITY)
OUTCOMES: Final = tuple(dict.fromkeys(GRAVITY.values()))


@dataclass(frozen=True)
class Alternative:
    """What other readings say where it differs: a status, a value or an outcome."""

    choose: Mapping[str, str]
    status: Status | None = None
    value: Value | None = None
    outcome: OutcomeName | None = None

    def to_json(self) -> dict[str, object]:
        """As the JSON contract shows it."""
        shown: dict[str, object] = {"choose": dict(self.choose)}
        if self.status is not None:
            shown["status"] = self.status
        if self.value is not None:
            shown["value"] = to_json(self.value)
        if self.outcome is not None:
            shown["outcome"] = self.outcome
        return shown


def outcome_of(statuses: Iterable[Status], values: Iterable[tuple[Provision, Value]]) -> OutcomeName:
    """What all statuses, and the values of the formulas that say something, say together; a step bears by what uses it."""
    found, told = {GRAVITY[status] for status in statuses}, [value for p, value in values if not p.step]
    found |= {"undetermined"} if any(isinstance(value, Unknown) for value in told) else set()
    least: OutcomeName = "compliant" if told else "not_applicable"
    found.discard("not_applicable")
    return next((outcome for outcome in OUTCOMES if outcome in found), least)


def bearing(p: Provision, status: Status) -> Status:
    """What a status means for the outcome: whether something is permitted may stay open, it forbids nothing."""
    return "not_applicable" if p.force == "option" and status == "undetermined" else status
