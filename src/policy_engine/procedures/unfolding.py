"""One case as its events unfold: each judged in its turn by the interpreter; what follows is left to the chaining engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from policy_engine.basics.values import Known, Unknown
from policy_engine.deciding.decide import decide, status_of
from policy_engine.deciding.facts import Facts
from policy_engine.deciding.outcome import Status
from policy_engine.deciding.situation import Situation
from policy_engine.language.syntax import unparse
from policy_engine.procedures.chains import Plan, as_fact
from policy_engine.procedures.durable import Fact
from policy_engine.procedures.events import Event
from policy_engine.procedures.log import Entry
from policy_engine.procedures.procedure import Condition, Consequence, Deadline, Step, date_name
from policy_engine.procedures.shape import RunStatus
from policy_engine.rulebook.rule import Citation

Chain = Callable[[Sequence[Fact]], Sequence[str] | None]
"""Facts in, the rules that fire out; None where the engine died of them."""
Json = dict[str, Any]


@dataclass
class Running:
    """A deadline that was opened and is not settled."""

    deadline: Deadline
    opened_by: str
    opened: dt.date
    due: dt.date | None
    status: RunStatus
    missing: tuple[str, ...] = ()

    def to_json(self) -> Json:
        """As answers show it."""
        shown: Json = {
            "deadline": self.deadline.id, "status": self.status, "due": self.due and self.due.isoformat(),
            "opened_by": self.opened_by, "title": self.deadline.title.to_json(), "force": self.deadline.force,
            "cite": self.deadline.cites[0].to_json(),
        }  # fmt: skip
        return {**shown, "missing": list(self.missing)} if self.missing else shown


class Unfolding:
    """The state of one case: what its events so far, in their order, and the clock of its data make of it."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.procedure = plan, plan.procedure
        self.facts: dict[str, Known] = {}
        self.days: dict[str, dt.date] = {}
        self.proper: dict[str, dt.date] = {}
        self.totals: dict[str, Fraction | None] = dict.fromkeys(plan.procedure.tallies, Fraction(0))
        self.running: list[Running] = []
        self.settled: set[tuple[str, RunStatus]] = set()
        self.statuses: dict[str, Status] = {}
        self.holding: tuple[str, ...] = ()
        self.closed_by: str | None = None
        self.clock: dt.date | None = None
        self.last: tuple[str, int] | None = None

    @property
    def next_due(self) -> dt.date | None:
        """The first day on which a running deadline ends."""
        return min((r.due for r in self.running if r.status == "open" and r.due), default=None)

    def is_past(self, event: Event) -> bool:
        """Whether what came after the event has been judged already, or its books closed."""
        passed = self.clock is not None and event.day < self.clock
        return passed or (self.last is not None and event.at < self.last[0])

    # --- one event -------------------------------------------------------------------------------------------------

    def judge(
        self, entry: Entry, given: Mapping[str, Known], chain: Chain, detail: bool = True
    ) -> tuple[Json, Sequence[str] | None]:
        """The answer to an event, and what the engine fired. Raises PolicyError for facts that contradict each other."""
        event, step = entry.event, self.procedure.steps[entry.event.kind]
        changes: list[Json] = [] if self.closed_by else self._advance(event.day)
        self.clock, self.last = max(event.day, self.clock or event.day), entry.order
        again, closed = step.id in self.proper and not step.repeats, self.closed_by is not None
        before = dict(self.days)
        if not again and not closed:
            self._take(step, event.day, given)
        situation = self._world(event.day)
        findings: list[Json] = []
        if not again and not closed:
            decide(self.plan.musts, Facts(situation.given), event.day) if self._impossible(situation) else None
            changes += self._run_deadlines(step, entry.root, event.day, situation)
            findings = self._findings((*step.requires, *self.procedure.standing), set(step.requires), situation, detail)
        waived, missing = self._waived(step, situation)
        facts: list[Fact] = [{"kind": "before", "of": n} for p in step.after for n in p.any_of if n in before]
        facts += [{"kind": "waived", "of": name} for name in waived]
        facts.append({"kind": "event", "of": step.id, "again": again, "closed": closed})
        fired = chain([*facts, *self._state_facts(step.id, situation)])
        verdict = "undetermined" if fired is None else self._verdict(step, fired, again, closed, before, bool(missing))
        answer: Json = {"order": self._order(step, verdict, before, waived, missing, again, closed)}
        if verdict == "in_order":
            self.proper[step.id] = event.day
        answer |= {"findings": findings, "deadlines": changes}
        if detail and (notes := self._not_in_force(event.day)):
            answer["notes"] = notes
        answer["consequences"] = self._follow(fired, entry.event.id, situation)
        if verdict == "in_order" and step.closes:
            answer["deadlines"] = changes + self._settle({r.deadline.id for r in self.running}, "lapsed", ("open",))
            self.closed_by = step.id
            answer["closed"] = True
        return answer, fired

    def tick(self, day: dt.date, chain: Chain) -> Json | None:
        """What the mere passing of time does up to a day; None if nothing."""
        if self.clock is not None and day <= self.clock:
            return None
        changes = [] if self.closed_by else self._advance(day)
        self.clock = day
        if not changes:
            return None
        situation = self._world(day)
        return {
            "findings": [],
            "deadlines": changes,
            "consequences": self._follow(chain(self._state_facts(None, situation)), None, situation),
        }

    def _not_in_force(self, day: dt.date) -> list[Json]:
        """What a reader must know where the document does not bind on the day."""
        document = self.procedure.rule.document
        early, late = (
            document.valid_from and day < document.valid_from,
            document.valid_until and day > document.valid_until,
        )
        return [note.to_json() for note in decide(self.plan.musts, Facts({}), day).notes] if early or late else []

    def _take(self, step: Step, day: dt.date, given: Mapping[str, Known]) -> None:
        """The facts of an event: those its kind brings are brought anew."""
        for name in step.facts:
            self.facts.pop(name, None)
        self.facts.update({**given, **step.sets})
        self.days[step.id] = day
        for name, (summed, over) in self.procedure.tallies.items():
            total = self.totals[name]
            if step.id in over and total is not None:
                amount = Fraction(1) if summed is None else self.facts.get(summed)
                self.totals[name] = total + amount if isinstance(amount, Fraction) else None

    def _world(self, day: dt.date, opened: dt.date | None = None) -> Situation:
        given: dict[str, Known] = {**self.facts, **{date_name(step): on for step, on in self.days.items()}}
        given |= {name: total for name, total in self.totals.items() if total is not None}
        return Situation(self.procedure.rule, given if opened is None else {**given, "opened_on": opened}, day, {})

    def _impossible(self, situation: Situation) -> bool:
        return any(situation.of(must) is False for must in self.procedure.rule.facts_must)

    # --- findings --------------------------------------------------------------------------------------------------

    def _findings(self, wanted: Sequence[str], always: set[str], situation: Situation, detail: bool) -> list[Json]:
        """Judge checks; those of the step are always reported, those of the whole case when their status changes."""
        shown: list[Json] = []
        for p in situation.provisions:
            if p.id not in wanted:
                continue
            was, status = self.statuses.get(p.id), status_of(p, situation)
            self.statuses[p.id] = status
            quiet = was is None and status in ("not_applicable", "undetermined") if p.id not in always else False
            if quiet or (p.id not in always and status == was) or (was is None and status == "not_applicable"):
                continue
            found: Json = {"provision": p.id, "status": status, "force": p.force}
            if detail:
                decision = decide(self.plan.rule_of[p.id], Facts(situation.given), situation.as_of)
                found = next(f.to_json() for f in decision.findings)
            if p.id in self.procedure.origin:
                found["of"] = self.procedure.origin[p.id]
            shown.append({**found, "was": was})
        return shown

    # --- deadlines -------------------------------------------------------------------------------------------------

    def _advance(self, day: dt.date) -> list[Json]:
        """The clock of the data moves on: what was due before the day is missed, a term has run out."""
        changes = []
        for running in list(self.running):
            if running.status == "open" and running.due is not None and running.due < day:
                running.status = "missed" if running.deadline.met_by else "elapsed"
                changes.append(running.to_json())
                if running.status == "elapsed":
                    self.running.remove(running)
                    self.settled.add((running.deadline.id, "elapsed"))
        return changes

    def _run_deadlines(self, step: Step, event: str, day: dt.date, situation: Situation) -> list[Json]:
        ended = {d.id for d in self.procedure.deadlines if step.id in d.met_by}
        changes = self._settle(ended, "met", ("open", "undetermined")) + self._settle(ended, "late", ("missed",))
        changes += self._settle(
            {d.id for d in self.procedure.deadlines if step.id in d.ends}, "lapsed", ("open", "undetermined")
        )
        for deadline in self.procedure.deadlines:
            if step.id in deadline.opens:
                changes += self._opened(deadline, event, day, situation)
        return changes

    def _settle(self, deadlines: set[str], status: RunStatus, of: Sequence[RunStatus]) -> list[Json]:
        changes = []
        for running in list(self.running):
            if running.deadline.id in deadlines and running.status in of:
                running.status = status
                self.running.remove(running)
                self.settled.add((running.deadline.id, status))
                changes.append(running.to_json())
        return changes

    def _opened(self, deadline: Deadline, event: str, day: dt.date, situation: Situation) -> list[Json]:
        applies = True if deadline.when is None else situation[deadline.when]
        if applies is False or not situation.formulas[deadline.due].in_force(day):
            return []
        due = applies if isinstance(applies, Unknown) else self._world(day, day)[deadline.due]
        if isinstance(due, Unknown):
            running = Running(deadline, event, day, None, "undetermined", due.missing)
        else:
            assert isinstance(due, dt.date)
            running = Running(deadline, event, day, due, "open")
        self.running.append(running)
        return [running.to_json()]

    # --- order -----------------------------------------------------------------------------------------------------

    def _waived(self, step: Step, situation: Situation) -> tuple[list[str], list[str]]:
        """Which prerequisites are not needed here, and the facts that would tell."""
        waived: list[str] = []
        missing: list[str] = []
        for k, needed in enumerate(step.after):
            if needed.when and not any(name in self.days for name in needed.any_of):
                wanted = situation[needed.when]
                if wanted is False:
                    waived.append(f"{step.id}:{k}")
                elif isinstance(wanted, Unknown):
                    missing += wanted.missing
        return waived, missing

    def _verdict(
        self, step: Step, fired: Sequence[str], again: bool, closed: bool, before: Mapping[str, dt.date], open_: bool
    ) -> str:
        """The engine says what is in order; what is not has its reason in the state."""
        if any(name.startswith(f"~order:{step.id}:") for name in fired):
            return "in_order"
        if closed or again:
            return "closed" if closed else "repeated"
        certain = any(p.when is None and not any(n in before for n in p.any_of) for p in step.after)
        return "undetermined" if open_ and not certain else "out_of_order"

    def _order(
        self,
        step: Step,
        verdict: str,
        before: Mapping[str, dt.date],
        waived: list[str],
        missing: list[str],
        again: bool,
        closed: bool,
    ) -> Json:
        shown: Json = {"status": verdict}
        if verdict == "in_order":
            return shown
        if verdict == "out_of_order":
            lacking = [p.any_of for k, p in enumerate(step.after)
                       if not any(n in before for n in p.any_of) and f"{step.id}:{k}" not in waived]  # fmt: skip
            shown["expected"] = [list(names) for names in lacking]
        if verdict == "undetermined":
            shown["missing"] = list(dict.fromkeys(missing))
        if again and not closed:
            shown["first_on"] = self.proper[step.id].isoformat()
        if closed and self.closed_by:
            shown |= {"closed_by": self.closed_by, "closed_on": self.proper[self.closed_by].isoformat()}
        return {**shown, "force": step.force, "cite": step.cites[0].to_json()}

    # --- consequences ----------------------------------------------------------------------------------------------

    def _state_facts(self, kind: str | None, situation: Situation) -> list[Fact]:
        """What the conditions of consequences test when an event of a kind comes, as it is now."""
        tested = (c for c in self.plan.conditions[kind] if c.kind not in ("event", "consequence"))
        return [as_fact(condition) for condition in tested if self._holds(condition, situation)]

    def _holds(self, condition: Condition, situation: Situation) -> bool:
        if condition.kind == "finding":
            return self.statuses.get(condition.of) == condition.status
        if condition.kind == "deadline":
            now = any(r.deadline.id == condition.of and r.status == condition.status for r in self.running)
            return now or (condition.of, condition.status) in self.settled
        if condition.kind == "that":
            return situation[condition.of] is True
        return (condition.of in self.days) is (condition.kind == "step")

    def _follow(self, fired: Sequence[str] | None, event: str | None, situation: Situation) -> list[Json]:
        """The consequences that are new, and those that no longer hold."""
        if fired is None:
            return []
        branch: dict[str, int] = {}
        for name in fired:
            found, mark, number = name.rpartition("#")
            if mark:
                branch.setdefault(found, int(number))
        known = self.plan.consequences
        standing = tuple(name for name in branch if not known[name].of_event)
        shown = [
            self._shown(name, branch, event, situation)
            for name in branch
            if known[name].of_event or name not in self.holding
        ]
        lifted = [_headed(known[name], "lifted") for name in self.holding if name not in standing]
        self.holding = standing
        return shown + lifted

    def _shown(self, name: str, branch: Mapping[str, int], event: str | None, situation: Situation) -> Json:
        found = self.plan.consequences[name]
        because = [self._because(c, branch, event, situation) for c in found.branches[branch[name]]]
        return {**_headed(found, "follows"), "because": because}

    def _because(
        self, condition: Condition, branch: Mapping[str, int], event: str | None, situation: Situation
    ) -> Json:
        """A condition that held, back to the clause it stands in."""
        kind, of = condition.kind, condition.of
        if kind == "consequence":
            return self._shown(of, branch, event, situation)
        if kind == "finding":
            check = next(p for p in situation.provisions if p.id == of)
            return {
                "finding": of,
                "status": condition.status,
                "title": check.title.to_json(),
                "cite": check.cites[0].to_json(),
            }
        if kind == "deadline":
            deadline = next(d for d in self.procedure.deadlines if d.id == of)
            return {
                "deadline": of,
                "status": condition.status,
                "title": deadline.title.to_json(),
                "cite": deadline.cites[0].to_json(),
            }
        if kind == "that":
            formula = situation.formulas[of]
            return {"that": unparse(formula.value) if formula.value else "", "cite": formula.cites[0].to_json()}
        step = self.procedure.steps[of]
        shown: Json = {kind: of, "title": step.title.to_json(), "cite": step.cites[0].to_json()}
        if kind == "step":
            return {**shown, "on": self.days[of].isoformat()}
        return {**shown, "id": event} if kind == "event" else shown


def _headed(found: Consequence, status: str) -> Json:
    return {"consequence": found.id, "status": status, "title": found.title.to_json(), "cite": _cite(found.cites)}


def _cite(cites: Sequence[Citation]) -> Json:
    return dict(cites[0].to_json())
