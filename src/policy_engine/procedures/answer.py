"""What is said of an event or of the passing of time: order, findings, deadlines, consequences; and its JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from policy_engine.basics.errors import Problem, Text
from policy_engine.deciding.outcome import Status
from policy_engine.explaining.decision import Finding
from policy_engine.language.ir import Force
from policy_engine.procedures.procedure import Consequence, Deadline, Step
from policy_engine.procedures.shape import RunStatus
from policy_engine.rulebook.rule import Citation
from policy_engine.words import Exit

Json = dict[str, Any]
OrderStatus = Literal["in_order", "out_of_order", "repeated", "closed", "undetermined"]


@dataclass(frozen=True, kw_only=True)
class Order:
    """Whether a step came in order; if not, what was expected (the alternatives of each step that lacks)."""

    step: Step
    status: OrderStatus
    expected: tuple[tuple[str, ...], ...] = ()
    missing: tuple[str, ...] = ()
    first_on: dt.date | None = None
    closed_by: str | None = None
    closed_on: dt.date | None = None

    def to_json(self) -> Json:
        """As answers show it."""
        shown: Json = {"status": self.status}
        if self.status == "in_order":
            return shown
        if self.expected:
            shown["expected"] = [list(names) for names in self.expected]
        if self.missing:
            shown["missing"] = list(self.missing)
        if self.first_on:
            shown["first_on"] = self.first_on.isoformat()
        if self.closed_on:
            shown |= {"closed_by": self.closed_by, "closed_on": self.closed_on.isoformat()}
        return {**shown, "force": self.step.force, "cite": self.step.cites[0].to_json()}


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What a check says now (None: nothing judges it any more) and said before; in detail where words are wanted."""

    provision: str
    status: Status | None
    was: Status | None
    force: Force | None = None
    of: str | None = None
    detail: Finding | None = None
    mend: Text | None = None

    def to_json(self) -> Json:
        """As answers show it: a finding of `policy check` with `was`, what would mend it in words (`mend`), and `of` where it is another decision's."""
        shown: Json = dict(self.detail.to_json()) if self.detail else {"provision": self.provision}
        shown["status"] = self.status
        if self.detail is None and self.force is not None:
            shown["force"] = self.force
        if self.mend:
            shown["mend"] = self.mend.to_json()
        return {**shown, **({"of": self.of} if self.of else {}), "was": self.was}


@dataclass(frozen=True, kw_only=True)
class Running:
    """A deadline that was opened, and how it stands."""

    deadline: Deadline
    opened_by: str
    opened: dt.date
    due: dt.date | None
    status: RunStatus
    since: dt.date = dt.date.min
    missing: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, dt.date]:
        """What tells it from others of its case."""
        return self.deadline.id, self.opened_by, self.opened

    def to_json(self) -> Json:
        """As answers show it."""
        shown: Json = {
            "deadline": self.deadline.id, "status": self.status, "due": self.due and self.due.isoformat(),
            "opened_by": self.opened_by, "title": self.deadline.title.to_json(), "force": self.deadline.force,
            "cite": self.deadline.cites[0].to_json(),
        }  # fmt: skip
        return {**shown, "missing": list(self.missing)} if self.missing else shown


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A condition that held, with the clause it stands in: a finding, deadline, step, event or expression."""

    kind: str
    of: str
    cite: Citation
    title: Text | None = None
    status: str = ""
    on: dt.date | None = None
    event: str | None = None

    def to_json(self) -> Json:
        """As answers show it."""
        shown: Json = {self.kind: self.of}
        shown |= {"status": self.status} if self.status else {}
        shown |= {"title": self.title.to_json()} if self.title else {}
        shown["cite"] = self.cite.to_json()
        shown |= {"on": self.on.isoformat()} if self.on else {}
        return {**shown, "id": self.event} if self.event else shown


@dataclass(frozen=True)
class Following:
    """A consequence that follows, with its grounds, or that is lifted."""

    consequence: Consequence
    status: Literal["follows", "lifted"]
    because: tuple[Ground | Following, ...] = ()

    def to_json(self) -> Json:
        """As answers show it."""
        found = self.consequence
        shown: Json = {"consequence": found.id, "status": self.status, "title": found.title.to_json(),
                       "cite": found.cites[0].to_json()}  # fmt: skip
        return {**shown, "because": [g.to_json() for g in self.because]} if self.status == "follows" else shown


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is said of one event, or (without `order`) of the passing of time; with `problems`, why an event counts for nothing."""

    problems: tuple[Problem, ...] = ()
    order: Order | None = None
    findings: tuple[Judged, ...] = ()
    deadlines: tuple[Running, ...] = ()
    consequences: tuple[Following, ...] = ()
    notes: tuple[Text, ...] = ()
    closed: bool = False

    def to_json(self) -> Json:
        """As the command prints it."""
        if self.problems:
            return refusal(self.problems)
        shown: Json = {"order": self.order.to_json()} if self.order else {}
        shown["findings"] = [found.to_json() for found in self.findings]
        shown["deadlines"] = [running.to_json() for running in self.deadlines]
        if self.notes:
            shown["notes"] = [note.to_json() for note in self.notes]
        shown["consequences"] = [found.to_json() for found in self.consequences]
        return {**shown, "closed": True} if self.closed else shown

    @property
    def gist(self) -> tuple[object, ...]:
        """The answer without its words: what must differ for an event to count as judged otherwise."""
        return (
            [found.code for found in self.problems],
            self.order and (self.order.status, self.order.expected),
            {found.provision: found.status for found in self.findings},
            [(running.key, running.status, running.due) for running in self.deadlines],
            [(found.consequence.id, found.status) for found in self.consequences],
        )


def refusal(problems: Sequence[Problem]) -> Json:
    """What is said of an event that is refused."""
    shown = [
        {"code": p.code, "message": p.message.to_json(), **({"place": str(p.place)} if p.place else {}),
         **({"help": p.help.to_json()} if p.help else {})}
        for p in problems
    ]  # fmt: skip
    return {"accepted": False, "problems": shown}


def verdict(answer: Mapping[str, Any]) -> Exit:
    """What an answer means for the exit code: refused, a binding rule broken, or nothing of the kind."""
    if any(one.get("accepted") is False for one in (answer, *answer.get("rejudged", ()))):
        return Exit.UNUSABLE
    order = answer.get("order", {})
    broken = order.get("status") in ("out_of_order", "repeated", "closed") and order.get("force") == "binding"
    for part in (answer, answer.get("changed", {})):
        broken |= any(f["status"] == "violated" for f in part.get("findings", ()))
        broken |= any(d["status"] in ("missed", "late") and d["force"] == "binding" for d in part.get("deadlines", ()))
    return Exit.NON_COMPLIANT if broken else Exit.COMPLIANT
