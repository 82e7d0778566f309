"""Events in, answers out: cases followed as they unfold. Late events, duplicates and corrections have their meaning here."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from policy_engine.basics.errors import Place, PolicyError, Problem, Text, did_you_mean, problem
from policy_engine.basics.values import Known
from policy_engine.deciding.facts import read_facts
from policy_engine.deciding.outcome import Exit
from policy_engine.procedures.chains import Plan
from policy_engine.procedures.durable import Engine, EngineDied, Fact
from policy_engine.procedures.events import WITHDRAWN, Event, lines, parse_event
from policy_engine.procedures.load import load_procedure
from policy_engine.procedures.log import Entry, EventLog
from policy_engine.procedures.procedure import Procedure
from policy_engine.procedures.unfolding import Chain, Json, Unfolding

LIVE_CASES: Final = 16384
"""Cases kept in memory; another is rebuilt from the log when its next event comes."""


# --- watching -------------------------------------------------------------------------------------------------------


@dataclass
class _Fired:
    """What the engine fired for the event being judged; what was seen when it died of it."""

    fired: Sequence[str] | None = None
    died: str | None = None
    recovered: bool = False


class Watch:
    """Cases of one procedure. Give it events in batches: the answers of a batch are durable when they are returned."""

    def __init__(
        self, procedure: Procedure, log: EventLog, engine: Engine | None = None, live: int | None = None
    ) -> None:
        self.plan, self.log, self.live = Plan(procedure), log, live or LIVE_CASES
        self.engine = engine or Engine(self.plan.rules)
        self._cases: OrderedDict[str, Unfolding] = OrderedDict()
        self._note = _Fired()

    def __enter__(self) -> Self:
        try:
            self.engine.start()
            if self.log.rules_changed:
                self._rejudge_all()
        except PolicyError:
            self.engine.close()
            self.log.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.engine.close()
        self.log.close()

    def batch(self, events: Iterable[Callable[[], Event]]) -> list[Json]:
        """The answers to events, each given as what makes it, so that one that cannot be read is answered too."""
        with self.log.transaction():
            return [self._answer(make) for make in events]

    def _answer(self, make: Callable[[], Event]) -> Json:
        event: Event | None = None
        self._note = _Fired()
        try:
            event = make()
            return self._receive(event)
        except PolicyError as error:
            if any(p.code == "engine-missing" for p in error.problems):
                raise
            if event is not None:
                self._cases.pop(event.case, None)
            return _refused(event, error.problems)

    def _receive(self, event: Event) -> Json:
        known = self.log.find(event.id)
        if known is not None:
            return self._duplicate(event, *known)
        given = self._given(event)
        state = self._case(event.case)
        late = event.corrects is None and state.is_past(event)
        if event.corrects is not None or late:
            return self._insert(event, state, late)
        entry = Entry(self.log.next_seq(), event.id, event, None)
        answer, fired = state.judge(entry, given, self._chain)
        answer = {**_headed(event), **answer, **self._crash()}
        self.log.add(event, answer, fired)
        self.log.set_due(event.case, state.next_due)
        return answer

    def _duplicate(self, event: Event, known: Event, answer: Json) -> Json:
        """The same event again changes nothing; another event under a known id is refused."""
        if event.content() == known.content():
            return {**answer, "duplicate": True}
        advice = Text(
            "to change an event, send one with a new id and `corrects`", "更正事件请用新编号并写明 `corrects`"
        )
        message = Text(f"another event has the id `{event.id}`", f"编号 `{event.id}` 已用于另一事件")
        raise PolicyError(Problem("id-taken", message, None, advice))

    def _given(self, event: Event) -> Mapping[str, Known]:
        """The facts of an event, typed. Raises PolicyError."""
        steps = self.plan.procedure.steps
        if event.corrects is not None:
            root = self.log.root(event.corrects)
            if root is None or root[1] != event.case:
                raise PolicyError(problem("unknown-event", f"no event `{event.corrects}` in this case to correct",
                                          f"本案没有可更正的事件 `{event.corrects}`"))  # fmt: skip
            if event.kind == WITHDRAWN:
                return {}
        if event.kind not in steps:
            found = problem("unknown-kind", f"`{event.kind}` is not a step of {self.plan.procedure.name}",
                            f"{self.plan.procedure.name} 没有步骤 `{event.kind}`")  # fmt: skip
            raise PolicyError(replace(found, help=did_you_mean(event.kind, steps)))
        return read_facts(self.plan.inputs_of(event.kind), event.facts).given

    # --- state -----------------------------------------------------------------------------------------------------

    def _case(self, name: str) -> Unfolding:
        """The state of a case: live, or rebuilt from the log."""
        state = self._cases.pop(name, None)
        if state is None:
            state, _ = self._replay(self.log.case(name), _recorded, detail=False)
            day = self.log.clock(name)
            if day is not None:
                state.tick(day, self._chain)
        self._cases[name] = state
        while len(self._cases) > self.live:
            self._cases.popitem(last=False)
        return state

    def _replay(
        self, entries: Sequence[Entry], chain: Callable[[Entry], Chain], detail: bool = True
    ) -> tuple[Unfolding, list[tuple[Entry, Json]]]:
        """A case from its events; for each the answer, with what the engine fired put into its entry."""
        state, judged = Unfolding(self.plan), []
        for entry in entries:
            answer, fired = state.judge(entry, self._given(entry.event), chain(entry), detail)
            judged.append((replace(entry, fired=None if fired is None else tuple(fired)), answer))
        return state, judged

    def _insert(self, event: Event, state: Unfolding, late: bool) -> Json:
        """An event in its place among those already judged: late, or in the stead of another. What came after is judged anew."""
        entries = self.log.case(event.case)
        _, before = self._replay(entries, _recorded, detail=False)
        seq, root = self.log.next_seq(), event.id
        if event.corrects is not None:
            root, _, seq = self.log.root(event.corrects) or (root, "", seq)
        now = [entry for entry in entries if entry.root != root]
        if event.kind != WITHDRAWN:
            now = sorted((*now, Entry(seq, root, event, None)), key=lambda entry: entry.order)
        new, after = self._replay(now, lambda entry: self._chain)
        clock = self.log.clock(event.case)
        ticked = new.tick(clock, self._chain) if clock else None
        own = next((answer for entry, answer in after if entry.root == root), None)
        answer: Json = {
            **_headed(event),
            **(own or {"order": {"status": WITHDRAWN}}),
            **({"late": True} if late else {}),
        }
        answer["rejudged"] = _rejudged(before, after, root)
        answer["changed"] = _changed(state, new, before, [*(a for _, a in after), *([ticked] if ticked else [])])
        answer |= self._crash()
        self.log.add(event, answer, next((entry.fired for entry, _ in after if entry.root == root), None))
        for entry, _ in after:
            self.log.refire(entry.root, entry.fired)
        self._cases[event.case] = new
        self.log.set_due(event.case, new.next_due)
        return answer

    def _rejudge_all(self) -> None:
        """The rules are others than when the log was written: what stands is judged by those of today."""
        with self.log.transaction():
            for name in self.log.cases():
                try:
                    state, judged = self._replay(self.log.case(name), lambda entry: self._chain, detail=False)
                except PolicyError as error:
                    message = Text(
                        f"the rules changed, and case `{name}` does not fit them", f"规则已变更，案件 `{name}` 与之不符"
                    )
                    raise PolicyError(
                        (Problem("state-rules", message, Place(self.log.file)), *error.problems)
                    ) from None
                for entry, _ in judged:
                    self.log.refire(entry.root, entry.fired)
                day = self.log.clock(name)
                if day is not None:
                    state.tick(day, self._chain)
                self.log.set_due(name, state.next_due)
            self.log.accept(self.plan.procedure.digest)

    # --- the engine ------------------------------------------------------------------------------------------------

    def _chain(self, facts: Sequence[Fact]) -> Sequence[str] | None:
        """What fires; an engine that dies is started again and asked once more."""
        for attempt in (1, 2):
            try:
                fired = self.engine.run(facts)
            except EngineDied as error:
                self._note.died, self._note.recovered = error.how, False
                self.engine.start()
            else:
                self._note.recovered = attempt == 2
                return fired
        return None

    def _crash(self) -> Json:
        return {"engine": {"died": self._note.died, "recovered": self._note.recovered}} if self._note.died else {}

    def timeline(self, name: str) -> list[Json]:
        """The events of a case as they stand and are judged now, in the order of time."""
        state, judged = self._replay(self.log.case(name), _recorded)
        shown = [{**_headed(entry.event), **answer} for entry, answer in judged]
        day = self.log.clock(name)
        found = state.tick(day, self._chain) if day else None
        return [*shown, {"case": name, "as_of": str(day), **found}] if found else shown

    # --- time ------------------------------------------------------------------------------------------------------

    def close_books(self, day: dt.date) -> list[Json]:
        """What the passing of time up to the end of a day does to the cases with running deadlines."""
        answers: list[Json] = []
        with self.log.transaction():
            for name in self.log.due_before(day):
                state, self._note = self._case(name), _Fired()
                found = state.tick(day, self._chain)
                self.log.set_clock(name, day)
                self.log.set_due(name, state.next_due)
                if found:
                    answers.append({"case": name, "as_of": day.isoformat(), **found, **self._crash()})
        return answers


def _headed(event: Event) -> Json:
    shown: Json = {"event": event.id, "case": event.case, "kind": event.kind, "at": event.at, "accepted": True}
    return {**shown, "corrects": event.corrects} if event.corrects is not None else shown


def _recorded(entry: Entry) -> Chain:
    """What the engine fired for an event when it was judged."""
    return lambda facts: entry.fired


def _refused(event: Event | None, problems: Sequence[Problem]) -> Json:
    shown: Json = {
        "event": event and event.id,
        "case": event and event.case,
        "kind": event and event.kind,
        "accepted": False,
    }
    shown["problems"] = [
        {"code": p.code, "message": p.message.to_json(), **({"place": str(p.place)} if p.place else {}),
         **({"help": p.help.to_json()} if p.help else {})}
        for p in problems
    ]  # fmt: skip
    return shown


# --- what a late event or a correction changed ----------------------------------------------------------------------


def _gist(answer: Json) -> Json:
    """An answer without its words: what must differ for an event to count as judged otherwise."""
    return {
        "order": answer["order"]["status"], "expected": answer["order"].get("expected"),
        "findings": {f["provision"]: f["status"] for f in answer["findings"]},
        "deadlines": [(d["deadline"], d["status"], d["due"], d["opened_by"]) for d in answer["deadlines"]],
        "consequences": [(c["consequence"], c["status"]) for c in answer["consequences"]],
    }  # fmt: skip


def _rejudged(before: Sequence[tuple[Entry, Json]], after: Sequence[tuple[Entry, Json]], root: str) -> list[Json]:
    """The other events whose own answer is now another one."""
    old = {entry.root: answer for entry, answer in before}
    return [
        {"event": entry.root, "kind": entry.event.kind, "at": entry.event.at, **answer}
        for entry, answer in after
        if entry.root != root and entry.root in old and _gist(old[entry.root]) != _gist(answer)
    ]


def _latest(answers: Iterable[Json]) -> tuple[dict[str, Json], dict[tuple[str, str], Json], dict[str, Json]]:
    """The last word on each finding, deadline and consequence."""
    findings: dict[str, Json] = {}
    deadlines: dict[tuple[str, str], Json] = {}
    consequences: dict[str, Json] = {}
    for answer in answers:
        findings |= {f["provision"]: f for f in answer["findings"]}
        deadlines |= {(d["deadline"], d["opened_by"]): d for d in answer["deadlines"]}
        consequences |= {c["consequence"]: c for c in answer["consequences"]}
    return findings, deadlines, consequences


def _changed(old: Unfolding, new: Unfolding, before: Sequence[tuple[Entry, Json]], answers: Sequence[Json]) -> Json:
    """The state of the case after everything, where it differs from what it was."""
    _, was, _ = _latest(answer for _, answer in before)
    findings, deadlines, consequences = _latest(answers)
    lifted = [name for name in old.holding if name not in new.holding]
    ran: dict[tuple[str, str], Any] = {(r.deadline.id, r.opened_by): r.status for r in old.running}
    now = {key: d["status"] for key, d in deadlines.items()}
    return {
        "findings": [
            {**findings.get(name, {"provision": name}), "status": new.statuses.get(name), "was": old.statuses.get(name)}
            for name in dict.fromkeys((*old.statuses, *new.statuses)) if old.statuses.get(name) != new.statuses.get(name)
        ],
        "deadlines": [
            {**deadlines[key], "was": ran.get(key) or (was[key]["status"] if key in was else None)}
            for key in deadlines if now[key] != (ran.get(key) or (was[key]["status"] if key in was else None))
        ] + [{**was[key], "status": "lapsed", "was": was[key]["status"]} for key in was if key not in deadlines],
        "consequences": [consequences[name] for name in new.holding if name not in old.holding]
        + [{"consequence": name, "status": "lifted", "title": new.plan.consequences[name].title.to_json(),
            "cite": new.plan.consequences[name].cites[0].to_json()} for name in lifted],
    }  # fmt: skip


# --- one function for the command -----------------------------------------------------------------------------------


class Stream:
    """A stream of events watched: what the command line and other doors call."""

    def __init__(
        self, name: str, chunks: Iterable[bytes], *, file: str = "<stdin>", state: Path | None = None,
        as_of: dt.date | None = None, procedures: Path | None = None, rules: Path | None = None,
    ) -> None:  # fmt: skip
        """Read the procedure; the log is opened when answers are asked for. Raises PolicyError."""
        self.procedure = load_procedure(name, procedures, rules)
        self.titles = {step.id: step.title for step in self.procedure.steps.values()}
        self.ended = False
        self._chunks, self._file, self._state, self._as_of = chunks, file, state, as_of
        self._watch: Watch | None = None

    def answers(self) -> Iterator[list[Json]]:
        """A list for each batch that came, and at the end what `as_of` makes of the cases.

        A batch is durable in the state file before its answers are given out. Raises PolicyError where watching cannot
        go on.
        """
        with Watch(self.procedure, EventLog(self._state, self.procedure.name, self.procedure.digest)) as watching:
            self._watch, number = watching, 0
            for batch in lines(self._chunks):
                numbered = [(i, line) for i, line in enumerate(batch, number + 1) if line.strip()]
                number += len(batch)
                yield watching.batch(_Reader(line, self._file, i) for i, line in numbered)
            self.ended = True
            yield watching.close_books(self._as_of) if self._as_of is not None else []

    def timeline(self, case: str) -> list[Json]:
        """The answers as the events of a case stand now, in the order of time; while answers are being given out."""
        return self._watch.timeline(case) if self._watch else []


@dataclass(frozen=True)
class _Reader:
    """A line that is yet to be read."""

    line: bytes
    file: str
    number: int

    def __call__(self) -> Event:
        return parse_event(self.line, self.file, self.number)


def verdict(answer: Json) -> Exit:
    """What an answer means for the exit code: refused, a binding rule broken, or nothing of the kind."""
    if answer.get("accepted") is False:
        return Exit.UNUSABLE
    order = answer.get("order", {})
    broken = order.get("status") in ("out_of_order", "repeated", "closed") and order.get("force") == "binding"
    for part in (answer, answer.get("changed", {})):
        broken |= any(f["status"] == "violated" for f in part.get("findings", ()))
        broken |= any(d["status"] in ("missed", "late") and d["force"] == "binding" for d in part.get("deadlines", ()))
    return Exit.NON_COMPLIANT if broken else Exit.COMPLIANT


def worst(one: Exit, other: Exit) -> Exit:
    """Refused events weigh more than broken rules."""
    return max(one, other)
