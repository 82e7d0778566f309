"""What there is to say of a decision before any case arises: what cannot be, what makes no difference, what is not said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from policy_engine.basics.values import Value
from policy_engine.deciding.decide import Verdict, contradicted
from policy_engine.deciding.outcome import Status
from policy_engine.deciding.outline import depends_on
from policy_engine.language import ir
from policy_engine.rulebook.rule import Provision, Rule
from policy_engine.solving import lists
from policy_engine.solving.between_checks import between_checks
from policy_engine.solving.branches import cases, exceptions, unsettled
from policy_engine.solving.claims import claimed
from policy_engine.solving.edges import edges, room
from policy_engine.solving.formula import FALSE, and_, not_, or_
from policy_engine.solving.found import FAULTS, Found, Said
from policy_engine.solving.solvers import Solvers
from policy_engine.solving.study import Answered, Meant, Study, TooMuch, has, one_day
from policy_engine.solving.sym import Unheld, same
from policy_engine.solving.world import STATES, World


def examined(rule: Rule, as_of: dt.date, solvers: Solvers) -> list[Found]:
    """All findings of a decision about any date near one; about the end of its year alone where any date is too much.

    What is found of one day alone is a case or nothing: that something can never be is not said. Raises Unheld.
    """
    if rule.rows:
        return list(lists.told(rule, iter(examined(lists.looked_at(rule), as_of, solvers))))
    try:
        return list(findings(Study(rule, as_of, solvers)))
    except TooMuch:
        last = one_day(rule, as_of)
        found = list(findings(Study(rule, last, solvers, any_day=False)))
    told = [
        replace(one, kind="not-settled", which=one.kind, proved=False, example=None)
        if one.proved and one.kind in (*FAULTS, "claim-holds", "at-bound", "at-most")
        else one
        for one in found
    ]
    return [*told, Found(kind="not-settled", decision=rule.decision, about="as_of", which=f"asked of {last} alone")]


def findings(study: Study) -> Iterator[Found]:
    """All findings of a decision, provision by provision, then between them."""
    told = {p.id: said for p, said in study.said}
    yield from (
        Found(kind="not-settled", decision=study.rule.decision, about=id_, which=why)
        for id_, why in sorted(study.unheld.items())
    )
    for p, said in study.said:
        yield from _reached(study, p, said)
        yield from exceptions(study, p)
    for p in study.values:
        yield from exceptions(study, p)
        yield from cases(study, p)
    yield from between_checks(study, told)
    yield from _readings(study)
    yield from _inputs(study)
    yield from edges(study)
    yield from room(study)
    yield from claimed(study)


def _reached(study: Study, p: Provision, said: Said) -> Iterator[Found]:
    """Whether a check can apply, be satisfied, be violated."""
    if p.require is None or p.force == "option":
        return
    found = {state: study.there_is([said[state]]) for state in ("satisfied", "failed", "pending")}
    if "open" in found.values():
        yield unsettled(study, p.id, "status")
    name = study.rule.decision
    if set(found.values()) == {"none"}:
        if study.there_is([_complete(study, p), said["undetermined"]]) == "none":
            yield Found(kind="never-applies", decision=name, about=p.id, proved=True)
        return
    for state, kind in (("failed", "never-violated"), ("satisfied", "never-satisfied")):
        if found[state] == "none":  # where it is left open otherwise, it is the text that settles nothing
            open_ = study.case([_complete(study, p), said["undetermined"]], has(p, "undetermined"))
            if open_.example is not None:
                example = study.lessened(open_.example, _unsettled_by_text(p))
                yield Found(kind="left-open", decision=name, about=p.id, which=state, proved=True, example=example)
            else:
                yield Found(kind=kind, decision=name, about=p.id, proved=True)  # type: ignore[arg-type]


def _unsettled_by_text(p: Provision) -> Meant:
    """That nothing is said of a check though no fact is missing."""

    def meant(verdict: Verdict) -> bool:
        here = next(q for q in verdict.checks if q.id == p.id)
        return verdict.status(here) == "undetermined" and not verdict.missing(here)

    return meant


def _complete(study: Study, p: Provision) -> str:
    """That every fact a provision uses is given, as one of those listed, and every date has come."""
    world = study.world
    parts = []
    for name in sorted(world.uses[p.id] & study.rule.inputs.keys()):
        fact, value = world.fact(name), world.named(name)
        parts += [fact.given, not_(fact.not_yet), value.known, not_(value.other)]
    return and_(*parts)


# --- what makes no difference -------------------------------------------------------------------------------------------------


def differing(world: World, p: Provision, other: World, *, told: bool = False) -> str:
    """That a provision says something else in another world; `told`: something that is known in both. Raises Unheld."""
    if p.is_formula:
        a, b = world.named(p.id), other.named(p.id)
        apart = and_(a.known, b.known, FALSE if FALSE in (a.known, b.known) else not_(same(a, b)))
        return apart if told else or_(apart, and_(a.known, not_(b.known)), and_(b.known, not_(a.known)))
    a_said, b_said = world.said(p), other.said(next(q for q in other.checks if q.id == p.id))
    states = [state for state in STATES if not (told and state == "undetermined")]
    return or_(*(and_(a_said[x], b_said[y]) for x in states for y in states if x != y))


def _readings(study: Study) -> Iterator[Found]:
    """For each other answer to a question the smallest case in which something differs, or that nothing ever does."""
    base = study.under({})
    for name, reading in study.rule.readings.items():
        for option in reading.options:
            if option != reading.default:
                yield _reading(study, base, name, option)


def _reading(study: Study, base: World, name: str, option: str) -> Found:
    rule, picks, open_ = study.rule, {name: option}, _unheld(study, name)
    other = study.under(picks)
    checks = [p for p in [*(p for p, _ in study.said), *study.values] if name in study.world.uses[p.id]]
    for told in (True, False):
        for p in checks:
            try:
                claim = study.script.let(differing(base, p, other, told=told), "Bool")
                answered = study.case([claim], _differs(p, picks), {})
            except Unheld:
                answered = Answered("open")
            open_ = open_ or answered.settled == "open"
            if answered.settled == "found":
                return Found(
                    kind="reading-differs", decision=rule.decision, about=p.id, which=name, said=_read(study, p, answered, picks),
                    options=(rule.readings[name].default, option), example=answered.example,
                )  # fmt: skip
    if open_:
        return unsettled(study, name, f"reading {option}")
    return Found(
        kind="idle-reading",
        decision=rule.decision,
        about=name,
        options=(rule.readings[name].default, option),
        proved=True,
    )


def _read(study: Study, p: Provision, answered: Answered, picks: Mapping[str, str]) -> tuple[Status | Value, ...]:
    """What a provision says of a case that was found, by default and if it is read otherwise."""
    if (example := answered.example) is None:
        return ()
    verdict = Verdict(study.rule, example.facts, example.as_of, example.readings)
    here = next(q for q in verdict.base.provisions if q.id == p.id)
    if p.is_formula:
        return verdict.base[p.id], verdict.base.under(picks)[p.id]
    return verdict.status(here), verdict.status(here, picks)


def _differs(p: Provision, picks: Mapping[str, str]) -> Meant:
    def meant(verdict: Verdict) -> bool:
        here = next(q for q in verdict.base.provisions if q.id == p.id)
        if p.is_formula:
            return verdict.base[p.id] != verdict.base.under(picks)[p.id]
        return verdict.status(here) != verdict.status(here, picks)

    return meant


def _inputs(study: Study) -> Iterator[Found]:
    """Facts on which nothing ever depends."""
    rule = study.rule
    told = [p for p, _ in study.said] + study.values
    asked = _asked(study)
    for name, entry in rule.inputs.items():
        if name in asked:
            continue
        users = [p for p in told if name in study.world.uses[p.id]]
        if users:
            yield from _idle(study, name, users)
        elif entry.type.kind != "text" and not study.unheld:
            yield Found(kind="idle-input", decision=rule.decision, about=name, proved=True)


def _asked(study: Study) -> frozenset[str]:
    """The facts that decide more than what is said: whether facts are possible, are asked for at all, or are assumed."""
    rule = study.rule
    written = [*rule.facts_must, *(e.when for e in rule.inputs.values())]
    named = depends_on((n for node in written for n in ir.names(node)), study.world.formulas)
    return named | {e.assume.if_given for e in rule.inputs.values() if e.assume and e.assume.if_given}


def _idle(study: Study, name: str, users: Sequence[Provision]) -> Iterator[Found]:
    """That nothing depends on a fact, or only on whether it is known and never on what it is."""
    if _matters(study, name, users):
        return
    if _unheld(study, name):
        yield unsettled(study, name, "input")
        return
    other, silent = study.beside(name), study.under({}, without=name, free=True)
    two = [or_(world.fact(name).given, world.fact(name).not_yet) for world in (study.world, other)]
    try:
        settled = [
            study.there_is([*more, study.script.let(differing(study.world, p, world), "Bool")])
            for world, more in ((other, [*two, other.possible()]), (silent, []))
            for p in users
        ]
    except Unheld:
        settled = ["open"]
    by_value, by_silence = settled[: len(users)], settled[len(users) :]
    if "found" in by_value:
        return
    if "open" in settled:
        yield unsettled(study, name, "input")
    else:
        which = "value" if "found" in by_silence else ""
        yield Found(kind="idle-input", decision=study.rule.decision, about=name, which=which, proved=True)


def _unheld(study: Study, name: str) -> bool:
    """Whether a name is used by what is not put to the solvers."""
    return any(name in study.world.uses[id_] for id_ in study.unheld)


def _matters(study: Study, name: str, users: Sequence[Provision]) -> bool:
    """Whether something changes in one of the cases that are known, where a fact is another."""
    for example, _ in study.pool:
        if name in example.facts.given:
            here = Verdict(study.rule, example.facts, example.as_of, example.readings)
            for other in study.others(example, name):
                there = Verdict(study.rule, other.facts, other.as_of, other.readings)
                if not contradicted(there.base) and any(_apart(p, here, there) for p in users):
                    return True
    return False


def _apart(p: Provision, a: Verdict, b: Verdict) -> bool:
    """Whether a provision says two things."""
    return a.base[p.id] != b.base[p.id] if p.is_formula else a.status(p) != b.status(p)
