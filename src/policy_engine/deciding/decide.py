"""One case decided: findings with status, reason, margin and remedy; values; outcome; what other readings say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import assert_never

from policy_engine.basics.errors import PolicyError, Text, did_you_mean, problem
from policy_engine.basics.values import Unknown, Value, merge
from policy_engine.deciding.facts import Facts
from policy_engine.deciding.outcome import (
    FAILED,
    GRAVITY,
    OUTCOMES,
    Alternative,
    Decision,
    Finding,
    FormulaResult,
    Justification,
    OutcomeName,
    Status,
)
from policy_engine.deciding.reason import label, margin, shown_value, why
from policy_engine.deciding.remedy import remedies
from policy_engine.deciding.situation import Situation, choices, depends_on, does_not_apply
from policy_engine.language import ir
from policy_engine.rulebook.bounds import bounded
from policy_engine.rulebook.rule import Citation, Provision, Rule

Choice = tuple[tuple[str, str], ...]


def decide(rule: Rule, facts: Facts, as_of: dt.date, chosen: Mapping[str, str] | None = None) -> Decision:
    """The answer for one case as of a date. Raises PolicyError for facts that contradict each other or unknown readings."""
    chosen = dict(chosen or {})
    check_readings(rule, chosen)
    rule, facts = _bounded(rule, facts, as_of)
    situations = _Situations(rule, facts, as_of, chosen)
    check_possible(situations.base)
    findings = tuple(_finding(p, situations, facts.justifications.get(p.id)) for p in situations.checks)
    results = tuple(_result(p, situations) for p in situations.formulas)
    outcome = situations.outcome({})
    others = ((choice, situations.outcome(choice)) for choice in situations.choices)
    alternatives = _telling([Alternative(choice, outcome=other) for choice, other in others if other != outcome])
    return Decision(
        rule=rule, as_of=as_of, chosen=chosen, facts=facts.given, missing=_to_ask(findings, results, rule),
        outcome=outcome, findings=findings, results=results, readings=alternatives, notes=_notes(rule, as_of),
    )  # fmt: skip


def _bounded(rule: Rule, facts: Facts, as_of: dt.date) -> tuple[Rule, Facts]:
    """The rule and the least values for a case in which some dates are not yet and some totals can still grow."""
    growing = {name for name in facts.given if rule.inputs[name].grows}
    tomorrow = as_of if as_of == dt.date.max else as_of + dt.timedelta(days=1)
    given = {**facts.given, **dict.fromkeys(sorted(facts.not_yet), tomorrow)}
    return bounded(rule, growing | facts.not_yet, facts.not_yet), replace(facts, given=given)


class _Situations:
    """One case under every choice of readings; each provision is worked out once for the choices it can tell apart."""

    def __init__(self, rule: Rule, facts: Facts, as_of: dt.date, chosen: Mapping[str, str]) -> None:
        self.base = Situation(rule, facts.given, as_of, chosen)
        self.choices = choices(rule, chosen)
        self.checks = tuple(p for p in self.base.provisions if not p.is_formula)
        self.formulas = tuple(self.base.formulas.values())
        self._worlds: dict[Choice, Situation] = {(): self.base}
        self._known: dict[tuple[int, Choice], Status | FormulaResult] = {}
        asked = frozenset(rule.readings)
        uses = {id(p): depends_on(p.names, self.base.formulas) for p in self.base.provisions}
        self._used = {key: names & asked for key, names in uses.items()}
        silent = rule.assumable - facts.given.keys()
        self._silent = {key: names & silent for key, names in uses.items()}

    def _told_apart(self, p: Provision, choice: Mapping[str, str]) -> Choice:
        used = self._used[id(p)]
        return tuple(pick for pick in choice.items() if pick[0] in used)

    def _world(self, picks: Choice) -> Situation:
        if picks not in self._worlds:
            base = self.base
            self._worlds[picks] = Situation(base.rule, base.given, base.as_of, {**base.chosen, **dict(picks)})
        return self._worlds[picks]

    def status(self, p: Provision, choice: Mapping[str, str]) -> Status:
        """The status of a check under a choice."""
        key = (id(p), self._told_apart(p, choice))
        if key not in self._known:
            self._known[key] = status_of(p, self._world(key[1]))
        return self._known[key]  # type: ignore[return-value]

    def result(self, p: Provision, choice: Mapping[str, str]) -> FormulaResult:
        """The value of a formula under a choice."""
        key = (id(p), self._told_apart(p, choice))
        if key not in self._known:
            situation = self._world(key[1])
            value = situation[p.id]
            value = situation.awaited(value) if isinstance(value, Unknown) else value
            self._known[key] = FormulaResult(clause=p, value=value, applies=situation.says(p))
        return self._known[key]  # type: ignore[return-value]

    @cached_property
    def bare(self) -> Situation:
        """The case in which silence means nothing."""
        base = self.base
        return Situation(base.rule.without(base.rule.assumable), base.given, base.as_of, base.chosen)

    def assumes(self, p: Provision) -> tuple[str, ...]:
        """What a provision rests on that nobody gave: what it waits for where nothing is assumed, unless it says the same.

        What alone unsettles it where it is not assumed is among that: with less told, no less is waited for.
        """
        silent = self._silent[id(p)]
        if not silent or _said(p, self.base) == _said(p, self.bare):
            return ()
        waits = silent.intersection(_waiting(p, self.bare).missing)
        return tuple(name for name in self.base.rule.inputs if name in waits)

    def outcome(self, choice: Mapping[str, str]) -> OutcomeName:
        """The outcome under a choice."""
        return outcome_of(
            [bearing(p, self.status(p, choice)) for p in self.checks], [self.result(p, choice) for p in self.formulas]
        )

    def differing(self, p: Provision) -> list[dict[str, str]]:
        """The choices that choose nothing this provision does not use."""
        return [choice for choice in self.choices if self._used[id(p)].issuperset(choice)]


def outcome_of(statuses: Iterable[Status], results: Iterable[FormulaResult]) -> OutcomeName:
    """What all findings and values say together."""
    found = {GRAVITY[status] for status in statuses}
    values = [r.value for r in results if r.applies]
    found |= {"undetermined"} if any(isinstance(value, Unknown) for value in values) else set()
    least: OutcomeName = "compliant" if values else "not_applicable"
    return next((outcome for outcome in OUTCOMES if outcome in found - {"not_applicable"}), least)


def bearing(p: Provision, status: Status) -> Status:
    """What a status means for the outcome: whether something is permitted may stay open, it forbids nothing."""
    return "not_applicable" if p.force == "option" and status == "undetermined" else status


def check_readings(rule: Rule, chosen: Mapping[str, str]) -> None:
    """Every reading chosen is one of the rule. Raises PolicyError."""
    problems = []
    for name, option in chosen.items():
        if name not in rule.readings:
            en, zh = f"`{name}` is not a reading of {rule.decision}", f"{rule.decision} 没有读法 `{name}`"
            problems.append(problem("reading", en, zh, None, did_you_mean(name, rule.readings)))
        elif option not in rule.readings[name].options:
            en, zh = f"`{option}` is not an option of `{name}`", f"`{name}` 没有选项 `{option}`"
            problems.append(problem("reading", en, zh, None, did_you_mean(option, rule.readings[name].options)))
    if problems:
        raise PolicyError(problems)


def check_possible(situation: Situation) -> None:
    """Whether facts contradict each other. Raises PolicyError with every contradiction."""
    problems = []
    for must, text in zip(situation.rule.facts_must, situation.rule.facts_must_text, strict=True):
        if situation.of(must) is False:
            shown = why(must, situation, holds=False)
            names = ", ".join(
                f"{n} = {shown_value(situation[n], situation, n).en}"
                for n in ir.names(must)
                if n in situation.rule.inputs
            )
            problems.append(
                problem("contradiction", f"the facts contradict each other: {shown.en} ({names}; must hold: {text})",
                        f"事实自相矛盾：{shown.zh}（{names}；应满足：{text}）")
            )  # fmt: skip
    if problems:
        raise PolicyError(problems)


# --- one provision ------------------------------------------------------------------------------------------------


def status_of(p: Provision, situation: Situation) -> Status:
    """The status of a check in one case under one choice of readings."""
    applies = situation.applies(p)
    if applies is False:
        return "not_applicable"
    if applies is not True:
        return "undetermined"
    judged = _is_due(p, situation)
    if isinstance(judged, Unknown):
        return "undetermined"
    require = p.require if judged else p.early
    holds = Unknown() if require is None else situation.of(require)
    if isinstance(holds, Unknown):
        return "undetermined" if judged else "pending"
    return "satisfied" if holds else FAILED[p.force]


def _is_due(p: Provision, situation: Situation) -> bool | Unknown:
    """Whether a provision is judged by now."""
    due = dt.date.min if p.due is None else situation.of(p.due)
    return due if isinstance(due, Unknown) else due <= situation.as_of  # type: ignore[operator]


def _finding(p: Provision, situations: _Situations, justification: Justification | None) -> Finding:
    situation, status = situations.base, situations.status(p, {})
    others = ((choice, situations.status(p, choice)) for choice in situations.differing(p))
    alternatives = _telling([Alternative(choice, other) for choice, other in others if other != status])
    assumed, reason = situations.assumes(p), _reason(p, status, situation)
    found = Finding(clause=p, status=status, reason=reason, readings=alternatives, assumes=assumed)
    if status in ("satisfied", "violated", "departed", "missed", "pending") and p.require is not None:
        holds = situation.of(p.require)
        if isinstance(holds, bool):
            found = replace(found, margin=margin(p.require, situation, holds))
    if status in ("violated", "departed", "missed"):
        mended, complete = remedies(_goal(p, situation), situation)
        found = replace(found, remedies=mended, no_remedy=complete and not mended)
        if justification and status == "departed":
            expired = justification.until is not None and justification.until < situation.as_of
            found = replace(found, justification=replace(justification, expired=expired))
    if p.due is not None and isinstance(due := situation.of(p.due), dt.date):
        found = replace(found, due=due)
    if status in ("undetermined", "pending"):
        found = replace(found, missing=situation.awaited(_waiting(p, situation)).missing)
    return found


def _goal(p: Provision, situation: Situation) -> ir.Node:
    """What a remedy must bring about: the provision applies and holds, and the facts stay possible."""
    assert p.require is not None
    return ir.conjunction(tuple(n for n in (p.applies, p.require, *_known_musts(situation)) if n != ir.TRUE))


def _known_musts(situation: Situation) -> tuple[ir.Node, ...]:
    return tuple(must for must in situation.rule.facts_must if situation.of(must) is True)


def _waiting(p: Provision, situation: Situation) -> Unknown:
    """What a provision waits for: what decides whether it applies, then what decides whether it holds."""
    if p.is_formula:
        return merge((situation[p.id],))
    nodes = [node for node in (p.due, p.require) if node is not None]
    return merge((situation.applies(p), *map(situation.of, nodes)))


def _said(p: Provision, situation: Situation) -> Status | Value:
    """What a provision says of a case: the status of a check; the value of a formula, what it waits for left out."""
    if not p.is_formula:
        return status_of(p, situation)
    value = situation[p.id]
    if not isinstance(value, Unknown):
        return value
    return "not_applicable" if situation.applies(p) is False else "undetermined"


def _reason(p: Provision, status: Status, situation: Situation) -> Text:
    match status:
        case "not_applicable":
            return _why_not(p, situation)
        case "undetermined":
            return _why_open(p, situation)
        case "pending":
            return _why_pending(p, situation)
        case "satisfied" | "violated" | "departed" | "missed":
            assert p.require is not None
        case _:
            assert_never(status)
    reason = why(p.require, situation, holds=status == "satisfied")
    if not p.permits:
        return reason
    if status == "satisfied":
        return Text(f"permitted: {reason.en}", f"具备许可条件：{reason.zh}")
    return Text(f"permitted only if its condition holds, but {reason.en}", f"具备条件方可，现不具备：{reason.zh}")


def _why_not(p: Provision, situation: Situation) -> Text:
    if not p.in_force(situation.as_of):
        return does_not_apply(p, situation.as_of)
    for exemption in p.unless:
        if exemption.value is None and situation.of(exemption.when) is True:
            at, reason = exemption.cites[0], why(exemption.when, situation, holds=True)
            if exemption.scope is not None:
                called = f"（{exemption.scope.zh}）" if exemption.scope.zh else ""
                return Text(
                    f"outside the scope ({at.document} {at.at}: {at.phrase}): {reason.en}",
                    f"不在适用范围{called}之内（{at.document} {at.at}：{at.phrase}）：{reason.zh}",
                )
            return Text(
                f"an exception applies ({at.document} {at.at}: {at.phrase}): {reason.en}",
                f"适用例外（{at.document} {at.at}：{at.phrase}）：{reason.zh}",
            )
    if situation.of(p.when) is False:
        reason = why(p.when, situation, holds=False)
        return Text(f"does not apply: {reason.en}", f"不适用：{reason.zh}")
    assert p.require is not None
    reason = why(p.require, situation, holds=False)
    return Text(f"the permission is not open: {reason.en}", f"不具备许可条件：{reason.zh}")


def _why_open(p: Provision, situation: Situation) -> Text:
    waits = situation.awaited(_waiting(p, situation))
    reasons = waits.because + ((p.unsettled,) if p.unsettled else ())
    if waits.missing:
        called = [(label(name, situation), name) for name in waits.missing]
        en = "not known: " + ", ".join(f"{text.en} ({name})" for text, name in called)
        zh = "未知：" + "、".join(text.zh for text, _ in called)
        reasons = (*reasons, Text(en, zh))
    return Text("; ".join(r.en for r in reasons), "；".join(r.zh for r in reasons))


def _why_pending(p: Provision, situation: Situation) -> Text:
    due = situation.of(p.due) if p.due is not None else Unknown()
    when = Text(f"due {due}", f"{due} 到期") if isinstance(due, dt.date) else Text("not due yet", "尚未到期")
    so_far = situation.of(p.require) if p.require is not None else Unknown()
    if p.require is None or isinstance(so_far, Unknown):
        return Text(f"{when.en}, not judged before", f"{when.zh}，此前不作判断")
    reason = why(p.require, situation, so_far is True)
    return Text(f"{when.en}, not judged before; so far {reason.en}", f"{when.zh}，此前不作判断；目前{reason.zh}")


# --- values ---------------------------------------------------------------------------------------------------------


def _result(p: Provision, situations: _Situations) -> FormulaResult:
    found = situations.result(p, {})
    others = ((choice, situations.result(p, choice).value) for choice in situations.differing(p))
    differing = [Alternative(choice, value=value) for choice, value in others if not _same(value, found.value)]
    cites = _cites(p, situations.base)
    return replace(found, readings=_telling(differing), assumes=situations.assumes(p), cites=cites)


def _cites(p: Provision, situation: Situation) -> tuple[Citation, ...]:
    """What the value of a formula rests on: the clause of the case that decided, before those of the whole."""
    parts = [] if isinstance(situation[p.id], Unknown) else [(part.node, part.cites) for part in p.parts]
    node, nodes = p.value, [node for node, _ in parts]
    while parts and isinstance(node, ir.Cases) and node not in nodes:
        node = next((value for condition, value in node.branches if situation.of(condition) is True), node.otherwise)
    found = [cites for part, cites in parts if part is node] + [cites for part, cites in parts if part == node]
    return next(filter(None, found), p.cites)


def _telling(found: list[Alternative]) -> tuple[Alternative, ...]:
    """Those that say something a part of their choices does not say already."""
    kept: list[Alternative] = []
    for one in found:
        known = (other for other in kept if other.choose.items() <= one.choose.items())
        if not any((o.status, o.outcome) == (one.status, one.outcome) and _alike(o.value, one.value) for o in known):
            kept.append(one)
    return tuple(kept)


def _alike(a: Value | None, b: Value | None) -> bool:
    return a is b or (a is not None and b is not None and _same(a, b))


def _same(a: Value, b: Value) -> bool:
    return a == b or (isinstance(a, Unknown) and isinstance(b, Unknown))


def _to_ask(findings: tuple[Finding, ...], results: tuple[FormulaResult, ...], rule: Rule) -> tuple[str, ...]:
    """The facts to ask for, the decisive ones first: a fact weighs more where few others are waited for beside it."""
    waits = [f.missing for f in findings if f.status == "undetermined" and f.clause.force != "option"]
    waits += [r.value.missing for r in results if r.applies and isinstance(r.value, Unknown)]
    weight: dict[str, Fraction] = {}
    for names in waits:
        for rank, name in enumerate(names):
            weight[name] = weight.get(name, Fraction(0)) + Fraction(1, len(names)) + Fraction(rank == 0, 2)
    order = list(rule.inputs)
    return tuple(sorted((n for n in weight if n in rule.inputs), key=lambda n: (-weight[n], order.index(n))))


def _notes(rule: Rule, as_of: dt.date) -> tuple[Text, ...]:
    """What a reader must know of the document as of the date: not yet, or no longer, in force."""
    document, notes = rule.document, []
    if document.valid_until and as_of > document.valid_until:
        notes.append(
            Text(f"{document.number} is no longer in force on {as_of} (last day {document.valid_until})",
                 f"{document.number} 在 {as_of} 已不再有效（有效期至 {document.valid_until}）")
        )  # fmt: skip
    if document.valid_from and as_of < document.valid_from:
        notes.append(
            Text(f"{document.number} is not yet in force on {as_of} (from {document.valid_from})",
                 f"{document.number} 在 {as_of} 尚未生效（{document.valid_from} 起）")
        )  # fmt: skip
    if rule.note:
        notes.append(rule.note)
    return tuple(notes)
