"""The answer for one case as people and programs read it: findings, values and the outcome; the JSON contract."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Final, get_args

from policy_engine.basics.errors import Lang, PolicyError, Text, demand, problem
from policy_engine.basics.values import NOT_YET, Known, Unknown, Value, number_text, to_json
from policy_engine.deciding.decide import Verdict
from policy_engine.deciding.facts import Facts, Justification
from policy_engine.deciding.outcome import STATUSES, Alternative, OutcomeName, Status
from policy_engine.deciding.situation import Situation
from policy_engine.explaining.chinese import in_quotes, listed
from policy_engine.explaining.fitting import Fit, fits
from policy_engine.explaining.looks import LOOKS
from policy_engine.explaining.margin import Margin, margin
from policy_engine.explaining.notes import notes
from policy_engine.explaining.once import Once, made
from policy_engine.explaining.remedy import Remedy, remedies
from policy_engine.explaining.sentence import check_possible, due_on, sentence
from policy_engine.explaining.together import together
from policy_engine.explaining.weight import weighed
from policy_engine.language import ir
from policy_engine.rulebook.rule import Citation, Document, Input, Names, Provision, Rule

LANGUAGES: Final = get_args(Lang)
FORMAT: Final = 1
"""Number of the JSON contract; fields are added, never renamed."""


def decide(
    rule: Rule, facts: Facts, as_of: dt.date, chosen: Mapping[str, str] | None = None, today: dt.date | None = None
) -> Decision:
    """The answer for one case as of a date. Raises PolicyError for facts that contradict each other or unknown readings.

    `today`: up to when things are known, if later than the date: what was due by then is judged.
    """
    case = Verdict(rule, facts, as_of, dict(chosen or {}), today)
    check_possible(case.base)
    return answer(case, facts)


def answer(case: Verdict, facts: Facts) -> Decision:
    """The answer for a case that is possible."""
    findings = tuple([case.kept(p, _finding) for p in case.checks])
    if facts.justifications:
        findings = tuple([_justified(f, case, facts.justifications.get(f.provision)) for f in findings])
    results = case.kept(case.formulas, _results)
    waits = [f.missing for f in findings if f.clause.force != "option" and f.status == "undetermined"]
    waits += [r.value.missing for r in results if r.applies and not r.clause.step and isinstance(r.value, Unknown)]
    return made(
        Decision, rule=case.rule, as_of=case.as_of, chosen=case.chosen, facts=case.given, missing=weighed(waits, case.rule),
        outcome=case.outcome(), findings=findings, results=results, readings=case.alternatives,
        notes=notes(case), pointers={},
    )  # fmt: skip


def _justified(found: Finding, case: Verdict, justification: Justification | None) -> Finding:
    if justification is None or found.status != "departed":
        return found
    expired = justification.until is not None and justification.until < case.as_of
    return replace(found, justification=replace(justification, expired=expired))


def _settled(status: Status) -> dict[str, object]:
    """What is told of every finding with a status: that it has no such thing."""
    told: dict[str, object] = {"margin": None, "gap": None} if status in ("not_applicable", "undetermined") else {}
    told |= {} if status == "undetermined" else {"fits": ()}
    return told | ({} if status in ("violated", "departed", "missed") else {"_mended": ((), False)})


_SETTLED: Final = {status: _settled(status) for status in STATUSES}


def _finding(p: Provision, case: Verdict) -> Finding:
    status, due = case.status(p), due_on(p, case.base)
    missing = case.missing(p) if status in ("undetermined", "pending") else ()
    return made(
        Finding, clause=p, status=status, missing=missing, readings=case.readings(p), assumes=case.assumes(p),
        due=due, case=case, **_SETTLED[status],
    )  # fmt: skip


def _results(formulas: Sequence[Provision], case: Verdict) -> tuple[FormulaResult, ...]:
    return tuple([_result(p, case) for p in formulas])


def _result(p: Provision, case: Verdict) -> FormulaResult:
    value, applies = case.result(p)
    cites, note, order = _grounds(p, case, value)
    return made(
        FormulaResult, clause=p, value=value, applies=applies, readings=_otherwise(p, case), assumes=case.assumes(p),
        cites=cites, note=note, order=order,
    )  # fmt: skip


def _otherwise(p: Provision, case: Verdict) -> tuple[Alternative, ...]:
    """What other readings give of a value; that it does not apply is not that it is not known."""
    found = case.readings(p)
    return tuple([replace(a, status=idle(p, case, a.choose)) if isinstance(a.value, Unknown) else a for a in found])


def idle(p: Provision, case: Verdict, choice: Mapping[str, str]) -> Status | None:
    """That a formula has nothing to say under a choice."""
    return None if case.result(p, choice).applies else "not_applicable"


@dataclass(frozen=True, kw_only=True, repr=False)
class Finding:
    """What a check says about a case. Why it does, how near it is and what would mend it is worked out when asked for.

    What its status settles (`_settled`) is told already.
    """

    clause: Provision
    status: Status
    missing: tuple[str, ...] = ()
    readings: tuple[Alternative, ...] = ()
    justification: Justification | None = None
    assumes: tuple[str, ...] = ()
    due: dt.date | None = None
    case: Verdict = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        self.__dict__.update(_SETTLED[self.status])

    @property
    def situation(self) -> Situation:
        """The case as the text is read by default."""
        return self.case.base

    def __repr__(self) -> str:
        return f"Finding({self.provision!r}, {self.status!r})"

    @property
    def provision(self) -> str:
        """The id of the provision."""
        return self.clause.id

    @property
    def note(self) -> Text | None:
        """What a reader must know of the provision."""
        return self.clause.note

    @property
    def contested(self) -> bool:
        """Whether another reading gives another status."""
        return bool(self.readings)

    @Once
    def reason(self) -> Text:
        """The sentence with the figures put in."""
        return sentence(self.clause, self.status, self.case)

    @Once
    def margin(self) -> Margin | None:
        """The deciding comparison, where one decides."""
        if self.clause.require is None:
            return None
        pending = self.status == "pending"
        holds = self.situation.known(self.clause.require) if pending else self.status == "satisfied"
        return margin(self.clause.require, self.situation, holds) if isinstance(holds, bool) else None

    @Once
    def gap(self) -> Fraction | None:
        """What the comparison that decides has to spare; negative where it falls short."""
        told = False if self.status == "pending" else self.case.gap(self.clause)
        if told is False:
            found = self.margin
            return None if found is None else found.to_spare if found.short_by is None else -found.short_by
        if told is None:
            return None
        return told if self.status == "satisfied" else -told

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """For each input that alone could mend the finding, the nearest value that does."""
        return self._mended[0]

    @property
    def no_remedy(self) -> bool:
        """Whether it is certain that no single fact mends the finding."""
        mended, complete = self._mended
        return complete and not mended

    @Once
    def fits(self) -> tuple[Fit, ...]:
        """For each fact it waits for: the values of it alone with which it is satisfied."""
        return fits(self.clause, self.missing, self.case)

    @Once
    def _mended(self) -> tuple[tuple[Remedy, ...], bool]:
        return remedies(self.clause, self.case)

    def to_json(self) -> dict[str, object]:
        """As the JSON contract shows it."""
        p, margin, (mended, complete) = self.clause, self.margin, self._mended
        shown: dict[str, object] = {
            "provision": p.id, "status": self.status, "force": p.force, "contested": self.contested,
            "title": p.title.to_json(), "cite": p.cites[0].to_json(), "reason": self.reason.to_json(),
            "margin": margin.to_json() if margin else None, "remedies": [remedy.to_json() for remedy in mended],
            "missing": list(self.missing), "assumes": list(self.assumes), "readings": [a.to_json() for a in self.readings],
        }  # fmt: skip
        if complete and not mended:
            shown["no_single_remedy"] = True
        if self.status == "undetermined" and (fits := self.fits):
            shown["fits"] = [fit.to_json() for fit in fits]
        if len(p.cites) > 1:
            shown["also_cites"] = [cite.to_json() for cite in p.cites[1:]]
        if p.due is not None:
            progress = margin.progress if margin else None
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
    """What a formula gives: a value, or Unknown with what it waits for; or it does not apply.

    `order`: the members of a set in the order in which the case that decided lists them.
    """

    clause: Provision
    value: Value
    applies: bool = True
    readings: tuple[Alternative, ...] = ()
    assumes: tuple[str, ...] = ()
    cites: tuple[Citation, ...] = ()
    note: Text | None = None
    order: tuple[str, ...] = ()

    @property
    def provision(self) -> str:
        """The id of the formula."""
        return self.clause.id

    def to_json(self) -> dict[str, object]:
        """The value with what it rests on, as the JSON contract shows it."""
        cite = self.cites[0].to_json() if self.cites else None
        shown: dict[str, object] = {
            "name": self.provision, "value": to_json(self.value), "cite": cite, "assumes": list(self.assumes),
        }  # fmt: skip
        if self.note:
            shown["note"] = self.note.to_json()
        return shown


@dataclass(frozen=True, kw_only=True, repr=False)
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
    pointers: Mapping[str, Text] = field(default_factory=dict)
    """What is called what its provisions point to (`see`), as far as that was looked up."""

    def __repr__(self) -> str:
        counts = Counter(finding.status for finding in self.findings)
        told = ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])
        return f"Decision({self.decision!r}, as_of={self.as_of}, {self.outcome!r}: {told or 'no checks'})"

    def to_text(self, lang: Lang = "en") -> str:
        """The answer as plain text, in English (`en`) or Chinese (`zh`). Raises PolicyError for another language."""
        return self._shown("text", lang)

    def to_markdown(self, lang: Lang = "en") -> str:
        """The answer as Markdown, in English (`en`) or Chinese (`zh`). Raises PolicyError for another language."""
        return self._shown("markdown", lang)

    def to_html(self, lang: Lang = "en") -> str:
        """The answer as one self-contained page with both languages, `lang` in front. Raises PolicyError for another language."""
        return self._shown("html", lang)

    def _repr_html_(self) -> str:
        """The page in a frame of its own, for notebooks: its style does not leak into theirs."""
        from html import escape

        page = escape(self.to_html(), quote=True)
        return f'<iframe srcdoc="{page}" title="{self.outcome}" style="width:100%;height:36em;border:0"></iframe>'

    def _shown(self, look: str, lang: Lang) -> str:
        demand("lang", lang, str)
        if lang not in LANGUAGES:
            raise PolicyError(problem("language", f"`{lang}` is none of: en, zh", f"`{lang}` 不是 en、zh 之一"))
        return LOOKS[look](self, lang)

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

    @cached_property
    def told(self) -> tuple[FormulaResult, ...]:
        """The values people are told: not those that the text leaves open in every case, of which the checks that wait say why."""
        waiting = frozenset[str]().union(*(finding.clause.names for finding in self.findings))
        return tuple([r for r in self.results if not (r.provision in waiting and _left_open(r.clause.value))])

    def awaited(self, result: FormulaResult, unknown: Unknown) -> list[Text]:
        """Why a value is not known: the values told before it that are not known either, then only what it waits for besides."""
        told = self.results[: self.results.index(result)]
        above = [r for r in told if r.applies and r.provision in result.clause.names and isinstance(r.value, Unknown)]
        waited = [r.value for r in above if isinstance(r.value, Unknown)]
        besides = [text for text in unknown.because if not any(text in w.because for w in waited)]
        names = [self.names.label(n) for n in unknown.missing if not any(n in w.missing for w in waited)]
        titles = Text(", ".join(r.provision for r in above), "、".join(in_quotes(r.clause.title.zh) for r in above))
        follows = [Text(f"waits for {titles.en}", f"取决于{titles.zh}")] if above else []
        asks = [Text("not known: " + ", ".join(n.en for n in names), "未知：" + listed([n.zh for n in names]))]
        return [*follows, *besides, *(asks if names else [])]

    def to_json(self) -> dict[str, object]:
        """The JSON contract, as a dict."""
        return self.around([f.to_json() for f in self.findings], [r.to_json() for r in self.results if r.applies])

    def around(self, findings: object, values: object) -> dict[str, object]:
        """The same around findings and what the values rest on, as they are written."""
        shown: dict[str, object] = {
            "format": FORMAT, "decision": self.decision, "as_of": self.as_of.isoformat(), "outcome": self.outcome,
            "contested": self.contested, "title": self.rule.title.to_json(),
            "document": {"number": self.document.number, "title": self.document.title.to_json()},
            "findings": findings,
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
        if values:
            shown["value_findings"] = values
        if self.chosen:
            shown["chosen"] = dict(self.chosen)
        if self.readings:
            shown["readings"] = [a.to_json() for a in self.readings]
        if self.notes:
            shown["notes"] = [note.to_json() for note in self.notes]
        return shown


def _left_open(value: ir.Node | None) -> bool:
    return isinstance(value, ir.Cases) and not value.branches and isinstance(value.otherwise, ir.Unsettled)


def _grounds(p: Provision, case: Verdict, value: Value) -> tuple[tuple[Citation, ...], Text | None, tuple[str, ...]]:
    """What the value of a formula rests on, clauses and note: of the case that decided, before those of the whole; its list."""
    if not p.parts and not isinstance(p.value, ir.ListOf):
        return p.cites, p.note, ()
    told = case.path(p)
    if isinstance(value, Unknown) and value.because and len(told) == 1:
        told = _path_to_open(told[0], case.base.of)
    key, kept = ("grounds", p.id, *map(id, told)), case.outline.kept
    if key not in kept:
        kept[key] = _grounds_of(p, told)
    return kept[key]  # type: ignore[no-any-return]


def _path_to_open(value: ir.Node, of: Callable[[ir.Node], Value]) -> tuple[ir.Node, ...]:
    """The path to what the text leaves open; no further than the whole where facts have to say which case it is."""
    told: tuple[ir.Node, ...] = (value,)
    while isinstance(node := told[-1], ir.Cases) and node.keyed is None:
        for branch in node.branches:
            held = of(branch[0])
            if isinstance(held, Unknown):
                return (value,)
            if held:
                told += branch
                break
        else:
            told += (node.otherwise,)
    return told


def _grounds_of(p: Provision, told: Sequence[ir.Node]) -> tuple[tuple[Citation, ...], Text | None, tuple[str, ...]]:
    parts = p.parts[::-1] if len(told) > 1 or not isinstance(told[0], ir.Cases) else ()
    found = [part for node in told[1:] or told for part in parts if part.node == node]
    cites = next((part.cites for part in found if part.cites), p.cites)
    order = told[-1].items if told and isinstance(told[-1], ir.ListOf) else ()
    return cites, next((part.note for part in found[:1] if part.note), p.note), order


def _waiting(value: Unknown) -> dict[str, object]:
    shown: dict[str, object] = {}
    if value.missing:
        shown["missing"] = list(value.missing)
    if value.because:
        shown["reason"] = together(value.because).to_json()
    return shown
