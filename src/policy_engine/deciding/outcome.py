"""What we answer: findings, values and the outcome of a decision; the JSON contract."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Final, Literal

from policy_engine.basics.errors import NO_WORDS, Text
from policy_engine.basics.values import NOT_YET, Known, Unknown, Value, number_text, to_json
from policy_engine.language.ir import CompareOp, Force
from policy_engine.rulebook.rule import Citation, Document, Input, Names, Provision, Rule

FORMAT: Final = 1
"""Number of the JSON contract; fields are added, never renamed."""

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


@dataclass(frozen=True, kw_only=True)
class Margin:
    """The two sides of the deciding comparison, and how far apart they are."""

    left: Known
    relation: CompareOp
    right: Known
    short_by: Fraction | None = None
    to_spare: Fraction | None = None
    unit: Text = NO_WORDS

    def to_json(self) -> dict[str, object]:
        """As the JSON contract shows it."""
        sides: dict[str, object] = {"left": to_json(self.left), "relation": self.relation, "right": to_json(self.right)}
        if self.short_by is not None:
            sides["short_by"] = number_text(self.short_by)
        if self.to_spare is not None:
            sides["to_spare"] = number_text(self.to_spare)
        return sides

    @property
    def progress(self) -> Fraction | None:
        """The share of the way to a floor, where both sides are positive numbers; more than last year is no way from zero."""
        sides = isinstance(self.left, Fraction) and isinstance(self.right, Fraction) and self.right > 0
        if not sides or self.relation not in (">=", "=="):
            return None
        return self.left / self.right  # type: ignore[operator, return-value]


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """One input that mends the finding alone: the nearest value that does."""

    input: str
    relation: CompareOp
    value: Known
    change: Fraction | None = None
    add: frozenset[str] = frozenset()
    remove: frozenset[str] = frozenset()

    def to_json(self) -> dict[str, object]:
        """As the JSON contract shows it."""
        shown: dict[str, object] = {"input": self.input, "relation": self.relation, "value": to_json(self.value)}
        if self.change is not None:
            shown["change"] = number_text(self.change)
        if self.add or self.remove:
            shown |= {"add": sorted(self.add), "remove": sorted(self.remove)}
        return shown


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


@dataclass(frozen=True)
class Justification:
    """Why a departure is accepted: who, why, until when."""

    who: str
    why: str
    until: dt.date | None = None
    expired: bool = False

    def to_json(self) -> dict[str, object]:
        """As the JSON contract shows it."""
        until = self.until.isoformat() if self.until else None
        return {"who": self.who, "why": self.why, "until": until, "expired": self.expired}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a check says about a case."""

    clause: Provision
    status: Status
    reason: Text
    margin: Margin | None = None
    remedies: tuple[Remedy, ...] = ()
    no_remedy: bool = False
    missing: tuple[str, ...] = ()
    readings: tuple[Alternative, ...] = ()
    justification: Justification | None = None
    assumes: tuple[str, ...] = ()
    due: dt.date | None = None

    @property
    def provision(self) -> str:
        """The id of the provision."""
        return self.clause.id

    @property
    def contested(self) -> bool:
        """Whether another reading gives another status."""
        return bool(self.readings)

    def to_json(self) -> dict[str, object]:
        """As the JSON contract shows it."""
        p = self.clause
        shown: dict[str, object] = {
            "provision": p.id, "status": self.status, "force": p.force, "contested": self.contested,
            "title": p.title.to_json(), "cite": p.cites[0].to_json(), "reason": self.reason.to_json(),
            "margin": self.margin.to_json() if self.margin else None,
            "remedies": [remedy.to_json() for remedy in self.remedies],
            "missing": list(self.missing), "assumes": list(self.assumes), "readings": [a.to_json() for a in self.readings],
        }  # fmt: skip
        if self.no_remedy:
            shown["no_single_remedy"] = True
        if len(p.cites) > 1:
            shown["also_cites"] = [cite.to_json() for cite in p.cites[1:]]
        if p.due is not None:
            progress = self.margin.progress if self.margin else None
            shown |= {
                "due": self.due and self.due.isoformat(),
                "progress": None if progress is None else number_text(progress),
            }
        for key, value in (("lead", p.lead), ("note", p.note)):
            if value:
                shown[key] = value.to_json()
        if p.see:
            shown["see"] = list(p.see)
        if self.justification:
            shown["justification"] = self.justification.to_json()
        return shown


@dataclass(frozen=True, kw_only=True)
class FormulaResult:
    """What a formula gives: a value, or Unknown with what it waits for; or it does not apply."""

    clause: Provision
    value: Value
    applies: bool = True
    readings: tuple[Alternative, ...] = ()
    assumes: tuple[str, ...] = ()
    cites: tuple[Citation, ...] = ()

    @property
    def provision(self) -> str:
        """The id of the formula."""
        return self.clause.id

    def to_json(self) -> dict[str, object]:
        """The value with what it rests on, as the JSON contract shows it."""
        note = {"note": self.clause.note.to_json()} if self.clause.note else {}
        return {"name": self.provision, "value": to_json(self.value), "cite": self.cites[0].to_json(), **note}


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The answer for one case."""

    rule: Rule
    as_of: dt.date
    outcome: OutcomeName
    findings: tuple[Finding, ...]
    results: tuple[FormulaResult, ...]
    facts: Mapping[str, Known]
    missing: tuple[str, ...] = ()
    chosen: Mapping[str, str] = field(default_factory=dict)
    readings: tuple[Alternative, ...] = ()
    notes: tuple[Text, ...] = ()

    @property
    def decision(self) -> str:
        """The name of the decision."""
        return self.rule.decision

    @property
    def document(self) -> Document:
        """The document the decision is from."""
        return self.rule.document

    @property
    def inputs(self) -> Mapping[str, Input]:
        """The inputs by name, for labels."""
        return self.rule.inputs

    @cached_property
    def names(self) -> Names:
        """What people call the names of the rule, and how their values are written."""
        return self.rule.names(self.as_of)

    @property
    def contested(self) -> bool:
        """Whether another reading gives another outcome."""
        return bool(self.readings)

    @property
    def values(self) -> dict[str, Value]:
        """The formulas' values by name; Unknown where not determined."""
        return {result.provision: result.value for result in self.results}

    @property
    def assumed(self) -> dict[str, Known]:
        """What the findings and values rest on that nobody gave."""
        rests_on = {name for f in self.findings for name in f.assumes} | {n for r in self.results for n in r.assumes}
        return {name: e.assume.value for name, e in self.inputs.items() if name in rests_on and e.assume}

    def to_json(self) -> dict[str, object]:
        """The JSON contract, as a dict."""
        shown: dict[str, object] = {
            "format": FORMAT, "decision": self.decision, "as_of": self.as_of.isoformat(), "outcome": self.outcome,
            "contested": self.contested, "title": self.rule.title.to_json(),
            "document": {"number": self.document.number, "title": self.document.title.to_json()},
            "findings": [finding.to_json() for finding in self.findings],
            "values": {name: to_json(value) for name, value in self.values.items()},
            "undetermined": {
                r.provision: _waiting(r.value) for r in self.results if r.applies and isinstance(r.value, Unknown)
            },
            "not_applicable": [r.provision for r in self.results if not r.applies],
            "missing": list(self.missing),
            "assumed": {name: to_json(value) for name, value in self.assumed.items()},
            "facts": {name: NOT_YET if name in self.rule.not_yet else to_json(v) for name, v in self.facts.items()},
        }  # fmt: skip
        contested = {r.provision: [a.to_json() for a in r.readings] for r in self.results if r.readings}
        if contested:
            shown["contested_values"] = contested
        resting = {r.provision: list(r.assumes) for r in self.results if r.assumes}
        if resting:
            shown["value_assumes"] = resting
        if cited := [r.to_json() for r in self.results if r.applies]:
            shown["value_findings"] = cited
        if self.chosen:
            shown["chosen"] = dict(self.chosen)
        if self.readings:
            shown["readings"] = [a.to_json() for a in self.readings]
        if self.notes:
            shown["notes"] = [note.to_json() for note in self.notes]
        return shown


def _waiting(value: Unknown) -> dict[str, object]:
    shown: dict[str, object] = {}
    if value.missing:
        shown["missing"] = list(value.missing)
    if value.because:
        shown["reason"] = Text("; ".join(t.en for t in value.because), "；".join(t.zh for t in value.because)).to_json()
    return shown
