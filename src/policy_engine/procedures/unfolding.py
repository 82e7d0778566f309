"""One case as its events unfold: each judged in its turn by the interpreter; what follows is worked out by `follow` or a reading of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from fractions import Fraction

from policy_engine.basics.errors import PolicyError, Text
from policy_engine.basics.values import Known, Unknown
from policy_engine.deciding.decide import status_of
from policy_engine.deciding.facts import Facts
from policy_engine.deciding.outcome import Status
from policy_engine.deciding.situation import Situation
from policy_engine.explaining.decision import Decision, decide
from policy_engine.explaining.reason import why
from policy_engine.explaining.sentence import check_possible
from policy_engine.explaining.unparse import unparse
from policy_engine.procedures.answer import Answer, Following, Ground, Judged, Order, Running
from policy_engine.procedures.chains import Chains, as_fact
from policy_engine.procedures.events import Event
from policy_engine.procedures.follow import Fact
from policy_engine.procedures.log import Entry
from policy_engine.procedures.procedure import Condition, Deadline, Step, date_name
from policy_engine.procedures.shape import RunStatus
from policy_engine.rulebook.rule import Rule
from policy_engine.words import remedies


def _mend(found: Decision) -> Text | None:
    """What would mend a finding, in words; None where nothing would, or nothing is called for."""
    finding = found.findings[0]
    return Text(remedies(finding, found, "en"), remedies(finding, found, "zh")) if finding.remedies else None


def _facts(situation: Situation, own: Rule) -> Facts:
    """What is known in a case, and which days that a rule uses have not come."""
    later = situation.rule.not_yet
    used = frozenset[str]().union(*(p.names for p in own.provisions))
    return Facts({name: value for name, value in situation.given.items() if name not in later}, not_yet=later & used)


Chain = Callable[[Sequence[Fact]], Sequence[str]]
"""Facts in, the rules that fire out."""


class Unfolding:
    """The state of one case: what its events so far, in their order, and the clock of its data make of it."""

    def __init__(self, chains: Chains) -> None:
        self.chains, self.procedure = chains, chains.procedure
        self.facts: dict[str, Known] = {}
        self.days: dict[str, dt.date] = {}
        self.proper: dict[str, dt.date] = {}
        self.totals: dict[str, Fraction | None] = dict.fromkeys(chains.procedure.tallies, Fraction(0))
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

    def judge(self, entry: Entry, given: Mapping[str, Known], chain: Chain, detail: bool = True) -> Answer:
        """The answer to an event. Raises PolicyError for facts that contradict each other; then nothing has happened."""
        before = {name: copy(value) for name, value in vars(self).items() if name not in ("chains", "procedure")}
        try:
            return self._judge(entry, given, chain, detail)
        except PolicyError:
            vars(self).update(before, last=entry.order)
            raise

    def _judge(self, entry: Entry, given: Mapping[str, Known], chain: Chain, detail: bool) -> Answer:
        event, step = entry.event, self.procedure.steps[entry.event.kind]
        changes = () if self.closed_by else self._advance(event.day)
        self.clock, self.last = max(event.day, self.clock or event.day), entry.order
        again, closed = step.id in self.proper and not step.repeats, self.closed_by is not None
        before = dict(self.days)
        if not again and not closed:
            self._take(step, event.day, given)
        situation = self._situation(event.day)
        findings: tuple[Judged, ...] = ()
        if not again and not closed:
            check_possible(situation)
            changes += self._run_deadlines(step, entry.root, event.day)
            findings = tuple(self._findings(step, situation, detail))
        waived, missing = self._waived(step, situation)
        facts: list[Fact] = [{"kind": "before", "of": n} for p in step.after for n in p.any_of if n in before]
        facts += [{"kind": "waived", "of": name} for name in waived]
        facts.append({"kind": "event", "of": step.id, "again": again, "closed": closed})
        fired = chain([*facts, *self._state_facts(step.id, situation)])
        order = self._order(step, fired, again, before, waived, missing)
        if order.status == "in_order":
            self.proper[step.id] = event.day
        consequences = self._follow(fired if self._binds(event.day) else (), entry.event.id, situation)
        closes = order.status == "in_order" and step.closes
        if closes:
            changes += self._settle({r.deadline.id for r in self.running}, "lapsed", ("open",))
            self.closed_by = step.id
        return Answer(order=order, findings=findings, deadlines=changes, consequences=consequences,
                      notes=self._not_in_force(event.day) if detail else (), closed=closes)  # fmt: skip

    def tick(self, day: dt.date, chain: Chain) -> Answer | None:
        """What the mere passing of time does up to a day; None if nothing."""
        if self.clock is not None and day <= self.clock:
            return None
        changes = () if self.closed_by else self._advance(day)
        self.clock = day
        if not changes:
            return None
        situation = self._situation(day)
        follows = self._follow(chain(self._state_facts(None, situation)), None, situation)
        return Answer(deadlines=changes, consequences=follows)

    def _binds(self, day: dt.date) -> bool:
        document = self.procedure.rule.document
        return (document.valid_from or day) <= day <= (document.valid_until or day)

    def _not_in_force(self, day: dt.date) -> tuple[Text, ...]:
        """What a reader must know where the document does not bind on the day."""
        return () if self._binds(day) else decide(self.procedure.rule, Facts({}), day).notes

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

    def _situation(self, day: dt.date, opened: dt.date | None = None) -> Situation:
        given: dict[str, Known] = {**self.facts, **{date_name(step): on for step, on in self.days.items()}}
        given |= {name: total for name, total in self.totals.items() if total is not None}
        given |= {} if opened is None else {"opened_on": opened}
        rule = self.chains.rule_after(frozenset(self.days))
        tomorrow = day if day == dt.date.max else day + dt.timedelta(days=1)
        return Situation(rule, {**given, **dict.fromkeys(rule.not_yet, tomorrow)}, day, {})

    # --- findings --------------------------------------------------------------------------------------------------

    def _findings(self, step: Step, situation: Situation, detail: bool) -> Iterable[Judged]:
        """Judge checks; those of the step are always reported, those of the whole case when their status changes."""
        for p in situation.provisions:
            if p.id not in step.requires and p.id not in self.procedure.standing:
                continue
            was, status = self.statuses.get(p.id), status_of(p, situation)
            self.statuses[p.id] = status
            new = status != was and not (was is None and status == "undetermined")
            if (p.id in step.requires or new) and not (was is None and status == "not_applicable"):
                own = self.chains.rule_of[p.id]
                found = decide(own, _facts(situation, own), situation.as_of) if detail else None
                yield Judged(
                    provision=p.id,
                    status=status,
                    was=was,
                    force=p.force,
                    of=self.procedure.origin.get(p.id),
                    detail=found.findings[0] if found else None,
                    mend=_mend(found) if found else None,
                )

    # --- deadlines -------------------------------------------------------------------------------------------------

    def _advance(self, day: dt.date) -> tuple[Running, ...]:
        """The clock of the data moves on: what was due before the day is missed and may start another, a term has run out."""
        changes, kept, new = list[Running](), list[Running](), self.running
        while new:
            past = [r for r in new if r.status == "open" and r.due is not None and r.due < day]
            over = [replace(r, status="missed" if r.deadline.met_by else "elapsed") for r in past]
            moved = dict(zip(past, over, strict=True))
            kept += [r for r in (moved.get(r, r) for r in new) if r.status != "elapsed"]
            self.settled |= {(r.deadline.id, r.status) for r in over if r.status == "elapsed"}
            new = [other for r in over for other in self._after(r)]
            changes += (*over, *new)
        self.running = kept
        return tuple(changes)

    def _after(self, over: Running) -> Iterable[Running]:
        """The deadlines that one which is missed starts on its last day: those that end later."""
        for deadline in self.procedure.deadlines:
            if over.status == "missed" and over.due and over.deadline.id in deadline.missed:
                found = self._opened(deadline, over.opened_by, over.due)
                if found and (found.due is None or found.due > over.due):
                    yield found

    def _run_deadlines(self, step: Step, event: str, day: dt.date) -> tuple[Running, ...]:
        met = {d.id for d in self.procedure.deadlines if step.id in d.met_by}
        changes = self._settle(met, "met", ("open", "undetermined"), day) + self._settle(met, "late", ("missed",), day)
        ended = {d.id for d in self.procedure.deadlines if step.id in d.ends}
        changes += self._settle(ended, "lapsed", ("open", "undetermined"))
        opened = [self._opened(d, event, day) for d in self.procedure.deadlines if step.id in d.opens]
        self.running += (new := [running for running in opened if running])
        return (*changes, *new)

    def _settle(
        self, deadlines: set[str], status: RunStatus, of: Sequence[RunStatus], day: dt.date = dt.date.max
    ) -> tuple[Running, ...]:
        ended, left = list[Running](), list[Running]()
        for r in self.running:
            (ended if r.deadline.id in deadlines and r.status in of and r.since <= day else left).append(r)
        self.running = left
        self.settled |= {(r.deadline.id, status) for r in ended}
        return tuple(replace(r, status=status) for r in ended)

    def _opened(self, deadline: Deadline, event: str, day: dt.date) -> Running | None:
        situation = self._situation(day, day)
        applies = True if deadline.when is None else situation[deadline.when]
        if applies is False or not situation.formulas[deadline.due].in_force(day):
            return None
        due = applies if isinstance(applies, Unknown) else situation[deadline.due]
        since = situation[deadline.since] if deadline.since else dt.date.min
        if open_ := [found for found in (due, since) if isinstance(found, Unknown)]:  # because of the text, too
            waits = tuple(sorted({name for found in open_ for name in found.missing}))
            return Running(
                deadline=deadline, opened_by=event, opened=day, due=None, status="undetermined", missing=waits
            )
        assert isinstance(due, dt.date)
        assert isinstance(since, dt.date)
        return Running(deadline=deadline, opened_by=event, opened=day, due=due, status="open", since=since)

    # --- order -----------------------------------------------------------------------------------------------------

    def _waived(self, step: Step, situation: Situation) -> tuple[list[str], list[str]]:
        """Which prerequisites are not needed here, and the facts that would tell."""
        if not self._binds(situation.as_of):  # an act of before the document, or after it, is not judged by it
            return [f"{step.id}:{k}" for k in range(len(step.after))], []
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

    def _order(
        self, step: Step, fired: Sequence[str], again: bool, before: Mapping[str, dt.date], waived: Sequence[str],
        missing: Sequence[str],
    ) -> Order:  # fmt: skip
        """What fired says what is in order; what is not has its reason in the state."""
        if any(name.startswith(f"~order:{step.id}:") for name in fired):
            return Order(step=step, status="in_order")
        if self.closed_by:
            return Order(step=step, status="closed", closed_by=self.closed_by, closed_on=self.proper[self.closed_by])
        if again:
            return Order(step=step, status="repeated", first_on=self.proper[step.id])
        lacking = {k: p for k, p in enumerate(step.after) if not any(n in before for n in p.any_of)}
        if missing and all(p.when for p in lacking.values()):
            return Order(step=step, status="undetermined", missing=tuple(dict.fromkeys(missing)))
        expected = tuple(p.any_of for k, p in lacking.items() if f"{step.id}:{k}" not in waived)
        return Order(step=step, status="out_of_order" if expected else "in_order", expected=expected)

    # --- consequences ----------------------------------------------------------------------------------------------

    def _state_facts(self, kind: str | None, situation: Situation) -> list[Fact]:
        """What the conditions of consequences test when an event of a kind comes, as it is now."""
        tested = (c for c in self.chains.conditions[kind] if c.kind not in ("event", "consequence"))
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

    def _follow(self, fired: Sequence[str], event: str | None, situation: Situation) -> tuple[Following, ...]:
        """The consequences that are new, and those that no longer hold."""
        branch: dict[str, int] = {}
        for name in fired:
            found, mark, number = name.rpartition("#")
            if mark:
                branch.setdefault(found, int(number))
        known, held = self.chains.consequences, self.holding
        self.holding = tuple(name for name in branch if not known[name].of_event)
        new = (name for name in branch if known[name].of_event or name not in held)
        shown = [self._following(name, branch, event, situation) for name in new]
        return (*shown, *(Following(known[name], "lifted") for name in held if name not in self.holding))

    def _following(self, name: str, branch: Mapping[str, int], event: str | None, situation: Situation) -> Following:
        found = self.chains.consequences[name]
        return Following(found, "follows", tuple(
            self._following(c.of, branch, event, situation) if c.kind == "consequence" else self._ground(c, event, situation)
            for c in found.branches[branch[name]]
        ))  # fmt: skip

    def _ground(self, condition: Condition, event: str | None, situation: Situation) -> Ground:
        """A condition that held, back to the clause it stands in."""
        kind, of, status = condition.kind, condition.of, condition.status
        if kind == "finding":
            check = next(p for p in situation.provisions if p.id == of)
            return Ground(kind=kind, of=of, cite=check.cites[0], title=check.title, status=status)
        if kind == "deadline":
            deadline = next(d for d in self.procedure.deadlines if d.id == of)
            return Ground(kind=kind, of=of, cite=deadline.cites[0], title=deadline.title, status=status)
        if kind == "that":
            formula = situation.formulas[of]
            assert formula.value is not None
            told = why(formula.value, situation, True)
            return Ground(kind=kind, of=unparse(formula.value), cite=formula.cites[0], title=told)
        step, on = self.procedure.steps[of], self.days[of] if kind == "step" else None
        return Ground(
            kind=kind, of=of, cite=step.cites[0], title=step.title, on=on, event=event if kind == "event" else None
        )
