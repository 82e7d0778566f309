"""What the page says of a case: the outcome in a sentence, findings with what would mend them to be put in, what is still to find out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from policy_engine.asking.interview import Interview
from policy_engine.basics.errors import Lang
from policy_engine.deciding.outcome import STATUSES, Alternative, Status
from policy_engine.explaining.decision import Finding, FormulaResult
from policy_engine.explaining.remedy import Remedy
from policy_engine.reports.composed import FAILING, OPEN, gauge, sentence
from policy_engine.reports.composed import facts as given_facts
from policy_engine.reports.leaf import Gauge
from policy_engine.reports.question import explained, followed, unasked
from policy_engine.rulebook.rule import Citation, Input
from policy_engine.serving.filled import READING, as_typed, field_of
from policy_engine.serving.said import SAID
from policy_engine.words import (
    MARK,
    STATUS,
    assumed,
    citation,
    colon,
    conclusion,
    contested,
    fitting,
    justification,
    noted,
    otherwise,
    progress,
    remedy,
    rests_on,
    say,
    value,
    why_idle,
)


@dataclass(frozen=True)
class Press:
    """A button: what it says, the fields it sets as JSON, and the field it is about."""

    said: str
    apply: str
    field: str = ""


@dataclass(frozen=True, kw_only=True)
class Item:
    """A finding or a value: title, status, why, its bar, buttons, lines and clauses."""

    title: str
    provision: str
    look: str = ""
    mark: str = ""
    status: str = ""
    reason: str = ""
    gauge: Gauge | None = None
    mends: tuple[Press, ...] = ()
    others: tuple[Press, ...] = ()
    lines: tuple[str, ...] = ()
    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A fact that is still to be found out: its field, and the clauses that wait for it."""

    name: str
    label: str
    field: str
    clauses: tuple[tuple[str, str], ...]
    why: str = ""


class ResultPage:
    """A decided case as it is shown in one language."""

    def __init__(self, case: Interview, lang: Lang, why: str = "") -> None:
        self.case, self.lang, self.asked_why = case, lang, why
        self.found = case.decision

    @property
    def outcome(self) -> str:
        """The name of the outcome, for its colour."""
        return self.found.outcome

    @property
    def conclusion(self) -> str:
        """The outcome in a word or two; while facts can change it, that it is only so far."""
        said, left = conclusion(self.found, self.lang), len(self.case.questions)
        if not left or self.found.outcome == "undetermined":
            return said
        return f"{SAID['so_far'].of(self.lang)}{colon(self.lang)}{said}"

    @property
    def sentence(self) -> str:
        """The outcome in a sentence."""
        return sentence(self.found, self.lang)

    @property
    def left(self) -> str:
        """How many facts can still change it."""
        left = len(self.case.questions)
        if not left:
            return ""
        return f"尚有 {left} {SAID['left'].zh}" if self.lang == "zh" else f"{left} {SAID['left'].en}"

    @property
    def notes(self) -> list[str]:
        """What a reader must know of the document on that day."""
        return [note.of(self.lang) for note in self.found.notes]

    @property
    def others(self) -> tuple[Press, ...]:
        """Other readings that change the outcome."""
        return tuple(self._other(one) for one in self.found.readings)

    @property
    def wrong(self) -> list[Item]:
        """The findings that fail, the worst first."""
        return self._findings(FAILING)

    @property
    def open(self) -> list[Item]:
        """The findings that wait for a fact or a day."""
        return self._findings(OPEN)

    @property
    def kept(self) -> list[Item]:
        """The findings that are satisfied."""
        return self._findings(("satisfied",))

    def _findings(self, kinds: Sequence[Status]) -> list[Item]:
        some = (f for f in self.found.findings if f.status in kinds)
        return [self._finding(f) for f in sorted(some, key=lambda f: STATUSES.index(f.status))]

    def _finding(self, finding: Finding) -> Item:
        found, lang, p = self.found, self.lang, finding.clause
        lines = [rests_on(finding, found, lang), fitting(finding, found, lang)]
        lines += [say("no_mend", lang)] if finding.no_remedy else []
        lines += [justification(finding.justification, lang)] if finding.justification else []
        if finding.status == "pending" and progress(finding):
            lines.append(f"{say('progress', lang)} {progress(finding)}")
        lines += [say("note", lang) + colon(lang) + p.note.of(lang)] if p.note else []
        return Item(
            title=p.title.of(lang), provision=p.id, look=finding.status, mark=MARK[finding.status],
            status=STATUS[finding.status].of(lang) + (contested(lang) if finding.contested else ""),
            reason=finding.reason.of(lang), gauge=gauge(finding, found.names, lang),
            mends=tuple(self._mend(one) for r in finding.remedies for one in _each(r)), others=tuple(self._other(a) for a in finding.readings),
            lines=tuple(line for line in lines if line), cites=p.cites,
        )  # fmt: skip

    def _mend(self, found: Remedy) -> Press:
        entry, field = self.found.inputs[found.input], field_of(found.input)
        return Press(remedy(found, self.found, self.lang), _set({field: as_typed(found.value, entry)}), field)

    def _other(self, found: Alternative, name: str = "") -> Press:
        chosen: dict[str, Any] = {READING + question: option for question, option in found.choose.items()}
        return Press(otherwise(found, self.found.names, self.lang, name), _set(chosen), next(iter(chosen), ""))

    @property
    def values(self) -> list[Item]:
        """What was worked out, each with what it rests on."""
        found, lang = self.found, self.lang
        return [
            Item(title=r.clause.title.of(lang), provision=r.provision, reason=value(r, found, lang), lines=self._lines(r),
                 others=tuple(self._other(a, r.provision) for a in r.readings), cites=r.cites)
            for r in found.told if r.applies or r.readings
        ]  # fmt: skip

    def _lines(self, result: FormulaResult) -> tuple[str, ...]:
        resting = rests_on(result, self.found, self.lang)
        return (*([resting] if resting else []), *noted(result, self.lang))

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What was understood: label and value."""
        said = {name: known for name, known in self.found.facts.items() if name not in self.case.follows}
        return given_facts(replace(self.found, facts=said), self.lang)

    @property
    def follows(self) -> list[tuple[str, str]]:
        """What nobody is asked for, since what was said leaves no other answer, or none that changes anything: its field, and that."""
        told = [(name, followed(self.case, name, self.lang)) for name in self.case.follows]
        return [(field_of(name), line) for name, line in (*told, *unasked(self.case, self.lang))]

    @property
    def assumed(self) -> list[tuple[str, str, str]]:
        """What is assumed: its field, what it is called, what it is taken for and why."""
        halves = (line.partition(colon(self.lang)) for line in assumed(self.found, self.lang))
        return [(field_of(n), label, said) for n, (label, _, said) in zip(self.found.assumed, halves, strict=True)]

    @property
    def asks(self) -> list[Asked]:
        """What is still to be found out, the decisive first, each with the clauses that wait for it."""
        return [self._asked(entry.name) for entry in self.case.questions]

    def _asked(self, name: str) -> Asked:
        entry, waiting = self.found.inputs[name], self.case.waiting(name)
        clauses = dict.fromkeys(
            (w.clause.title.of(self.lang), citation(c)) for w in waiting for c in w.clause.cites[:1]
        )
        field = field_of(name)
        why = self._example(entry) if self.asked_why == name else ""
        return Asked(name=name, label=entry.label.of(self.lang), field=field, clauses=tuple(clauses), why=why)

    def _example(self, entry: Input) -> str:
        """Two cases that differ in a fact and in the outcome, or that none was found."""
        found = self.case.completion(entry.name)
        return explained(self.case, entry, self.lang)[-1] if found else SAID["no_example"].of(self.lang)

    @property
    def idle(self) -> list[tuple[str, str]]:
        """What does not apply, and why."""
        return [
            (f.clause.title.of(self.lang), why_idle(f, self.lang))
            for f in self.found.findings
            if f.status == "not_applicable"
        ]

    @property
    def foot(self) -> str:
        """As of when."""
        return f"{say('as_of', self.lang)} {self.found.as_of}"


def _set(fields: Mapping[str, str | Sequence[str]]) -> str:
    return json.dumps(fields, ensure_ascii=False)


def _each(found: Remedy) -> tuple[Remedy, ...]:
    """A remedy for each option, where several mend: each is a button."""
    return tuple([replace(found, value=option, options=()) for option in found.options]) or (found,)
