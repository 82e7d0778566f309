"""What there is to say of a decision before any case arises: what cannot be, what makes no difference, what is not said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, permutations

from policy_engine.basics.values import Unknown
from policy_engine.deciding.decide import Verdict
from policy_engine.deciding.outline import depends_on
from policy_engine.language import ir
from policy_engine.language.evaluate import NO_CASE
from policy_engine.rulebook.rule import Provision, Rule
from policy_engine.solving.claims import claimed
from policy_engine.solving.edges import edges, room
from policy_engine.solving.formula import FALSE, TRUE, and_, not_, or_
from policy_engine.solving.found import FAULTS, Found, Said
from policy_engine.solving.solvers import Solvers
from policy_engine.solving.study import Answered, Meant, Study, TooMuch, both, has, without
from policy_engine.solving.sym import Unheld, same
from policy_engine.solving.world import STATES, World


def examined(rule: Rule, as_of: dt.date, solvers: Solvers) -> list[Found]:
    """All findings of a decision about any date near one; about the end of its year alone where any date is too much.

    What is found of one day alone is a case or nothing: that something can never be is not said. Raises Unheld.
    """
    try:
        return list(findings(Study(rule, as_of, solvers)))
    except TooMuch:
        last = as_of.replace(month=12, day=31)  # a month, a quarter and a year end together
        found = list(findings(Study(rule, last, solvers, any_day=False)))
    one_day = [
        replace(one, kind="not-settled", which=one.kind, proved=False, example=None)
        if one.proved and one.kind in (*FAULTS, "claim-holds", "at-bound", "at-most")
        else one
        for one in found
    ]
    return [*one_day, Found(kind="not-settled", decision=rule.decision, about="as_of", which=f"asked of {last} alone")]


def findings(study: Study) -> Iterator[Found]:
    """All findings of a decision, provision by provision, then between them."""
    told = {p.id: said for p, said in study.said}
    yield from (
        Found(kind="not-settled", decision=study.rule.decision, about=id_, which=why)
        for id_, why in sorted(study.unheld.items())
    )
    for p, said in study.said:
        yield from _reached(study, p, said)
        yield from _exceptions(study, p)
    for p in study.values:
        yield from _exceptions(study, p)
        yield from _cases(study, p)
    yield from _pairs(study, told)
    yield from _readings(study)
    yield from _inputs(study)
    yield from edges(study)
    yield from room(study)
    yield from claimed(study)


def _open(study: Study, about: str, which: str) -> Found:
    return Found(kind="not-settled", decision=study.rule.decision, about=about, which=which)


def _reached(study: Study, p: Provision, said: Said) -> Iterator[Found]:
    """Whether a check can apply, be satisfied, be violated."""
    if p.require is None or p.force == "option":
        return
    found = {state: study.there_is([said[state]]) for state in ("satisfied", "failed", "pending")}
    if "open" in found.values():
        yield _open(study, p.id, "status")
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


def _exceptions(study: Study, p: Provision) -> Iterator[Found]:
    """Exceptions that never except anything."""
    for i, exemption in enumerate(p.unless, 1):
        if exemption.value is not None or exemption.scope is not None:
            continue
        try:
            claims = [
                study.world.in_force(p),
                study.world.terms.term(p.when).true,
                study.world.terms.term(exemption.when).true,
            ]
            settled = study.there_is(claims)
        except Unheld:
            settled = "open"
        if settled == "none":
            yield Found(kind="dead-exception", decision=study.rule.decision, about=p.id, which=str(i), proved=True)
        elif settled == "open":
            yield _open(study, p.id, f"exception {i}")


# --- formulas ---------------------------------------------------------------------------------------------------------------


def _cases(study: Study, p: Provision) -> Iterator[Found]:
    """Cases of a formula that never apply, that apply together, and what no case settles."""
    world, name = study.world, study.rule.decision
    if not isinstance(p.value, ir.Cases) or p.value.keyed is not None:
        return
    try:
        applies = world.applies(p).true
        holds = [world.terms.term(condition) for condition, _ in p.value.branches]
        values = [world.terms.term(value) for _, value in p.value.branches]
        last = world.terms.term(p.value.otherwise)
    except Unheld:
        return
    first, before = p.value.first, TRUE
    for i, one in enumerate(holds, 1):
        here = [applies, one.true, before]
        settled = study.there_is(here)
        if settled == "none" and p.value.branches[i - 1][0] != ir.TRUE:
            alone = study.there_is([applies, one.true]) == "found"
            yield Found(
                kind="shadowed-case" if alone else "dead-case", decision=name, about=p.id, which=str(i), proved=True
            )
        elif settled == "open":
            yield _open(study, p.id, f"case {i}")
        elif settled == "found" and isinstance(p.value.branches[i - 1][1], ir.Unsettled):
            yield from _unsettled(study, p, here, str(i))
        if first:
            before = and_(before, one.false)
    none = and_(*(one.false for one in holds))
    if last.known == FALSE and isinstance(p.value.otherwise, ir.Unsettled):
        yield from _unsettled(study, p, [applies, none], "otherwise")
    if not first:
        for i, j in combinations(range(len(holds)), 2):
            a, b = values[i], values[j]
            differ = TRUE if FALSE in (a.known, b.known) else not_(same(a, b))
            claims = [applies, holds[i].true, holds[j].true, a.known, b.known, differ]
            answered = study.case(claims, _told(p, False)) if study.there_is(claims) == "found" else Answered("none")
            if answered.settled == "found":
                yield Found(
                    kind="overlap", decision=name, about=p.id, which=f"{i + 1}, {j + 1}", example=answered.example
                )


def _unsettled(study: Study, p: Provision, claims: Sequence[str], which: str) -> Iterator[Found]:
    answered = study.case(claims, _told(p, False))
    if answered.settled == "found":
        value = p.value.otherwise if isinstance(p.value, ir.Cases) and which == "otherwise" else None
        gap = isinstance(value, ir.Unsettled) and value.reason == NO_CASE
        assert answered.example is not None
        example = study.lessened(answered.example, lambda verdict: left_open(verdict, p.id))
        yield Found(
            kind="gap" if gap else "left-open",
            decision=study.rule.decision,
            about=p.id,
            which=which,
            example=example,
        )
    elif answered.settled == "open":
        yield _open(study, p.id, f"case {which}")


def left_open(verdict: Verdict, formula: str) -> bool:
    """That a formula applies and has no value though no fact is missing."""
    value, p = verdict.base[formula], verdict.base.formulas[formula]
    return isinstance(value, Unknown) and not value.missing and verdict.base.applies(p) is True


def _told(p: Provision, told: bool) -> Meant:
    """That a formula has a value, or has none, for the interpreter."""
    return lambda verdict: isinstance(verdict.base[p.id], Unknown) is not told


# --- between provisions -----------------------------------------------------------------------------------------------------


def _pairs(study: Study, told: Mapping[str, Said]) -> Iterator[Found]:
    """Checks that say what another says already, and checks that exclude each other."""
    checks = {p.id: p for p, _ in study.said if p.require is not None and p.force != "option"}
    can = {
        id_: {state: study.there_is([told[id_][state]]) == "found" for state in ("failed", "satisfied")}
        for id_ in checks
    }
    name = study.rule.decision
    implied: dict[str, list[str]] = {}
    for a, b in permutations(checks, 2):
        if can[a]["failed"] and can[b]["failed"] and study.world.uses[a] & study.world.uses[b]:
            settled = study.there_is([told[a]["failed"], not_(told[b]["failed"])])
            if settled == "none":
                implied.setdefault(a, []).append(b)
    for a, others in implied.items():
        alike = [b for b in others if a in implied.get(b, ())]
        if one_way := tuple(b for b in others if b not in alike):
            example = study.case(
                [told[one_way[0]]["failed"], not_(told[a]["failed"])], has(checks[one_way[0]], "failed")
            ).example
            yield Found(kind="redundant", decision=name, about=a, beside=one_way, proved=True, example=example)
        if later := tuple(b for b in alike if list(checks).index(b) > list(checks).index(a)):
            yield Found(kind="equivalent", decision=name, about=a, beside=later, proved=True)
    for a, b in combinations(checks, 2):
        told_apart = can[a]["satisfied"] and can[b]["satisfied"] and study.world.uses[a] & study.world.uses[b]
        if told_apart and not (_leaves(study, checks[a], checks[b]) or _leaves(study, checks[b], checks[a])):
            yield from _conflict(study, checks[a], told[a], checks[b], told[b])


def _leaves(study: Study, a: Provision, b: Provision) -> bool:
    """Whether what one requires can be met by leaving the reach of the other."""
    required = depends_on(() if a.require is None else ir.names(a.require), study.world.formulas)
    asked = depends_on(ir.names(b.applies), study.world.formulas) & study.rule.inputs.keys()
    return any(name in required and not study.rule.inputs[name].given for name in asked)


def _conflict(study: Study, a: Provision, of_a: Said, b: Provision, of_b: Said) -> Iterator[Found]:
    judged = [or_(one["satisfied"], one["failed"]) for one in (of_a, of_b)]
    if study.there_is(judged, confirmed=False) != "found":
        return
    if study.there_is([of_a["satisfied"], of_b["satisfied"]]) == "none":
        states = [(x, y) for x in ("satisfied", "failed") for y in ("satisfied", "failed")]
        meant: Meant = lambda verdict: any(both(has(a, x), has(b, y))(verdict) for x, y in states)  # noqa: E731
        example = study.case(judged, meant).example
        yield Found(
            kind="conflicting", decision=study.rule.decision, about=a.id, beside=(b.id,), proved=True, example=example
        )


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
                return Found(kind="reading-differs", decision=rule.decision, about=p.id, which=name,
                             options=(rule.readings[name].default, option), example=answered.example)  # fmt: skip
    if open_:
        return _open(study, name, f"reading {option}")
    return Found(
        kind="idle-reading",
        decision=rule.decision,
        about=name,
        options=(rule.readings[name].default, option),
        proved=True,
    )


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
    for name, entry in rule.inputs.items():
        users = [p for p in told if name in study.world.uses[p.id]]
        asked = (
            entry.type.kind == "text"
            or any(name in ir.names(e.when) for e in rule.inputs.values())
            or any(name in ir.names(m) for m in rule.facts_must)
        )
        if not users:
            if not asked and not study.unheld:
                yield Found(kind="idle-input", decision=rule.decision, about=name, proved=True)
            continue
        if _matters(study, name, users):
            continue
        if _unheld(study, name):
            yield _open(study, name, "input")
            continue
        other = study.under({}, without=name, free=True)
        try:
            settled = [study.there_is([study.script.let(differing(study.world, p, other), "Bool")]) for p in users]
        except Unheld:
            settled = ["open"]
        if "found" not in settled:
            yield (
                _open(study, name, "input")
                if "open" in settled
                else Found(kind="idle-input", decision=rule.decision, about=name, proved=True)
            )


def _unheld(study: Study, name: str) -> bool:
    """Whether a name is used by what is not put to the solvers."""
    return any(name in study.world.uses[id_] for id_ in study.unheld)


def _matters(study: Study, name: str, users: Sequence[Provision]) -> bool:
    """Whether something changes in one of the cases that are known, where a fact is not given."""
    for example, _ in study.pool:
        if name not in example.facts.given:
            continue
        here, there = (
            Verdict(study.rule, one.facts, one.as_of, one.readings) for one in (example, without(example, name))
        )
        for p in users:
            if here.base[p.id] != there.base[p.id] if p.is_formula else here.status(p) != there.status(p):
                return True
    return False
