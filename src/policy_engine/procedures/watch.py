"""Events in, answers out: cases followed as they unfold. Late events, duplicates and corrections have their meaning here."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

from policy_engine.basics.errors import Place, PolicyError, Problem, Text, did_you_mean, problem
from policy_engine.basics.values import Known
from policy_engine.deciding.facts import read_facts
from policy_engine.explaining.taken import taken
from policy_engine.procedures.answer import Answer, Json, refusal
from policy_engine.procedures.chains import Chains
from policy_engine.procedures.changes import changed, changed_to, rejudged
from policy_engine.procedures.durable import DurableRules, EngineDied, at_hand
from policy_engine.procedures.events import WITHDRAWN, WITHDRAWN_WORDS, Event, lines, parse_event
from policy_engine.procedures.follow import ChainRule, Fact, follow
from policy_engine.procedures.log import Entry, EventLog
from policy_engine.procedures.procedure import Procedure
from policy_engine.procedures.unfolding import Chain, Unfolding

LIVE_CASES: Final = 16384
"""Cases kept in memory; another is rebuilt from the log when its next event comes."""


# --- watching -------------------------------------------------------------------------------------------------------


class Watch:
    """Cases of one procedure. Give it events in batches: the answers of a batch are durable when they are returned."""

    def __init__(
        self, procedure: Procedure, log: EventLog, live: int | None = None,
        reading: Callable[[Sequence[ChainRule]], DurableRules | None] = at_hand,
    ) -> None:  # fmt: skip
        """`reading` gives what works out consequences of new events beside the definition, if anything does."""
        self.chains, self.log, self.live = Chains(procedure), log, live or LIVE_CASES
        self.engine = reading(self.chains.rules)
        self._cases: OrderedDict[str, Unfolding] = OrderedDict()
        self._died: str | None = None

    def __enter__(self) -> Self:
        try:
            if self.log.rules_changed:
                self._rejudge_all()
        except PolicyError:
            self._close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self.engine:
            self.engine.close()
        self.log.close()

    def batch(self, events: Iterable[Callable[[], Event]]) -> list[Json]:
        """The answers to events, each given as what makes it, so that one that cannot be read is answered too."""
        with self.log.transaction():
            return [self._answer(make) for make in events]

    def _answer(self, make: Callable[[], Event]) -> Json:
        event: Event | None = None
        self._died = None
        try:
            event = self._named(make())
            return self._receive(event)
        except PolicyError as error:
            heads = {"event": event and event.id, "case": event and event.case, "kind": event and event.kind}
            return {**heads, **refusal(error.problems)}

    def _receive(self, event: Event) -> Json:
        known = self.log.find(event.id)
        if known is not None:
            return self._duplicate(event, *known)
        given = self._given(event)
        state = self._case(event.case)
        late = event.corrects is None and state.is_past(event)
        if event.corrects is not None or late:
            return self._insert(event, state, late)
        entry = Entry(self.log.next_seq(), event.id, event)
        answer = {**_headed(event), **self._judged(state, entry, given, self._chain).to_json(), **self._crash()}
        self.log.add(event, answer)
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

    def _named(self, event: Event) -> Event:
        """The event with the name of its step, where it goes by a title or an alias."""
        back = event.corrects is not None and event.kind.strip() in WITHDRAWN_WORDS
        kind = WITHDRAWN if back else self.chains.procedure.step_called(event.kind)
        return event if kind in (None, event.kind) else replace(event, kind=kind)

    def _given(self, event: Event) -> Mapping[str, Known]:
        """The facts of an event, typed. Raises PolicyError."""
        steps = self.chains.procedure.steps
        if event.corrects is not None:
            root = self.log.root(event.corrects)
            if root is None or root[1] != event.case:
                raise PolicyError(problem("unknown-event", f"no event `{event.corrects}` in this case to correct",
                                          f"本案没有可更正的事件 `{event.corrects}`"))  # fmt: skip
            if event.kind == WITHDRAWN:
                return {}
        if event.kind not in steps:
            found = problem("unknown-kind", f"`{event.kind}` is not a step of {self.chains.procedure.name}",
                            f"“{self.chains.procedure.title.zh}”没有步骤 `{event.kind}`")  # fmt: skip
            named = steps if event.kind.isascii() else [step.title.zh for step in steps.values()]
            raise PolicyError(replace(found, help=did_you_mean(event.kind, named)))
        return read_facts(self.chains.inputs_of(event.kind), event.facts).given

    # --- state -----------------------------------------------------------------------------------------------------

    def _case(self, name: str) -> Unfolding:
        """The state of a case: live, or rebuilt from the log."""
        state = self._cases.pop(name, None) or self._rebuilt(name)
        self._cases[name] = state
        while len(self._cases) > self.live:
            self._cases.popitem(last=False)
        return state

    def _rebuilt(self, name: str) -> Unfolding:
        state = self._replay(self.log.case(name), self._define, detail=False).state
        day = self.log.clock(name)
        if day is not None:
            state.tick(day, self._define)
        return state

    def _judged(
        self, state: Unfolding, entry: Entry, given: Mapping[str, Known], chain: Chain, detail: bool = True
    ) -> Answer:
        """The answer to an event; one that contradicts what stands before it counts for nothing."""
        try:
            return state.judge(entry, given, chain, detail)
        except PolicyError as error:
            return Answer(problems=error.problems)

    def _replay(self, events: Sequence[Sequence[Entry]], chain: Chain, detail: bool = True) -> _Replayed:
        """A case from its events, each with its corrections, and the answer to each: whatever the order they came in.

        The last correction stands. One that contradicts what stands before it leaves what it would correct standing.
        """
        standing, left_out = {found[0].root: list(found) for found in events}, dict[str, tuple[Entry, Answer]]()
        while True:
            last = (found[-1] for found in standing.values() if found[-1].event.kind != WITHDRAWN)
            state, answers = Unfolding(self.chains), list[tuple[Entry, Answer]]()
            for entry in sorted(last, key=lambda entry: entry.order):
                answer = self._judged(state, entry, self._given(entry.event), chain, detail)
                answers.append((entry, answer))
                if answer.problems and len(standing[entry.root]) > 1:
                    break
            else:
                state.last = max(
                    filter(None, (state.last, *(left.order for left, _ in left_out.values()))), default=None
                )
                return _Replayed(state, answers, left_out)
            left_out[entry.event.id] = standing[entry.root].pop(), answer

    def _insert(self, event: Event, state: Unfolding, late: bool) -> Json:
        """An event in its place among those already judged: late, or in the stead of another. What came after is judged anew."""
        events = self.log.case(event.case)
        old = self._replay(events, self._define, detail=False)
        seq, root = self.log.next_seq(), event.id
        if event.corrects is not None:
            root, _, seq = self.log.root(event.corrects) or (root, "", seq)
        entry = Entry(seq, root, event)
        now = [[*found, entry] if found[0].root == root else found for found in events]
        new = self._replay(now if event.corrects is not None else [*now, [entry]], self._chain)
        clock = self.log.clock(event.case)
        ticked = new.state.tick(clock, self._chain) if clock else None
        own = next(
            (answer.to_json() for e, answer in (*new.told, *new.left_out.values()) if e.event.id == event.id), None
        )
        told = [*(answer for _, answer in new.told), *([ticked] if ticked else [])]
        left_out = [found for id, found in new.left_out.items() if id not in old.left_out and id != event.id]
        answer: Json = {
            **_headed(event), **(own or {"order": {"status": WITHDRAWN}}), **({"late": True} if late else {}),
            "rejudged": rejudged(old.told, new.told, root) + [changed_to(e, e.event.id, a) for e, a in left_out],
            "changed": changed(state, new.state, [answer for _, answer in old.told], told).to_json(), **self._crash(),
        }  # fmt: skip
        self.log.add(event, answer)
        self._cases[event.case] = new.state
        self.log.set_due(event.case, new.state.next_due)
        return answer

    def _rejudge_all(self) -> None:
        """The rules are others than when the log was written: what stands is judged by those of today."""
        with self.log.transaction():
            for name in self.log.cases():
                try:
                    self.log.set_due(name, self._rebuilt(name).next_due)
                except PolicyError as error:
                    message = Text(
                        f"the rules changed, and case `{name}` does not fit them", f"规则已变更，案件 `{name}` 与之不符"
                    )
                    raise PolicyError(
                        (Problem("state-rules", message, Place(self.log.file)), *error.problems)
                    ) from None
            self.log.accept(self.chains.procedure.digest)

    # --- what follows ----------------------------------------------------------------------------------------------

    def _define(self, facts: Sequence[Fact]) -> Sequence[str]:
        return follow(self.chains.rules, facts)

    def _chain(self, facts: Sequence[Fact]) -> Sequence[str]:
        """What fires by the engine at hand; where there is none, or it dies, by the definition."""
        if self.engine is not None:
            try:
                return self.engine.run(facts)
            except EngineDied as error:
                self._died = error.how
        return self._define(facts)

    def _crash(self) -> Json:
        return {"engine": {"died": self._died, "recovered": True}} if self._died else {}

    def timeline(self, name: str) -> list[Json]:
        """The events of a case as they stand and are judged now, in the order of time."""
        found_ = self._replay(self.log.case(name), self._define)
        shown = [{**_headed(entry.event), **answer.to_json()} for entry, answer in found_.told]
        day = self.log.clock(name)
        found = found_.state.tick(day, self._define) if day else None
        return [*shown, {"case": name, "as_of": str(day), **found.to_json()}] if found else shown

    # --- time ------------------------------------------------------------------------------------------------------

    def close_books(self, day: dt.date) -> list[Json]:
        """What the passing of time up to the end of a day does to the cases with running deadlines."""
        answers: list[Json] = []
        with self.log.transaction():
            for name in self.log.due_before(day):
                state, self._died = self._case(name), None
                found = state.tick(day, self._chain)
                self.log.set_clock(name, day)
                self.log.set_due(name, state.next_due)
                if found:
                    answers.append({"case": name, "as_of": day.isoformat(), **found.to_json(), **self._crash()})
        return answers


@dataclass(frozen=True)
class _Replayed:
    """A case from its events: its state, what stands with the answer to each, and the corrections that contradict."""

    state: Unfolding
    told: list[tuple[Entry, Answer]]
    left_out: Mapping[str, tuple[Entry, Answer]]


def _headed(event: Event) -> Json:
    shown: Json = {"event": event.id, "case": event.case, "kind": event.kind, "at": event.at, "accepted": True}
    return {**shown, "corrects": event.corrects} if event.corrects is not None else shown


# --- one function for the command -----------------------------------------------------------------------------------


class Stream:
    """A stream of events watched: what the command line and other doors call."""

    def __init__(
        self, procedure: Procedure, chunks: Iterable[bytes], *, file: str = "<stdin>", state: Path | None = None,
        as_of: dt.date | None = None,
    ) -> None:  # fmt: skip
        """The log is opened when answers are asked for."""
        self.procedure = procedure
        self.titles = {p.id: p.title for p in procedure.rule.provisions} | {
            step.id: step.title for step in procedure.steps.values()
        }
        self.titles |= {name: entry.label for name, entry in procedure.rule.inputs.items()}
        for name, reading in procedure.rule.readings.items():
            self.titles |= {f"{name}={option}": taken(reading, option) for option in reading.options}
        self.ended = False
        self._chunks, self._file, self._state, self.as_of = chunks, file, state, as_of
        self._watch: Watch | None = None
        self.received: list[bytes] = []
        """The lines that the last answers are of."""

    @property
    def kept(self) -> EventLog:
        """The log of events, while answers are being given out."""
        assert self._watch is not None
        return self._watch.log

    def _log(self) -> EventLog:
        found = self.procedure
        return EventLog(self._state, found.name, found.digest, found.assume)

    def answers(self) -> Iterator[list[Json]]:
        """A list for each batch that came, and at the end what `as_of` makes of the cases.

        A batch is durable in the state file before its answers are given out. Raises PolicyError where watching cannot
        go on.
        """
        with Watch(self.procedure, self._log()) as watching:
            self._watch, number = watching, 0
            for batch in lines(self._chunks):
                numbered = [(i, line) for i, line in enumerate(batch, number + 1) if line.strip()]
                number += len(batch)
                self.received = [line for _, line in numbered]
                yield watching.batch(_Reader(line, self._file, i) for i, line in numbered)
            self.ended = True
            yield watching.close_books(self.as_of) if self.as_of is not None else []

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
