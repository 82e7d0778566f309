"""What a decision claims of every case: proved, or a case that shows otherwise, or two that differ in one fact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from policy_engine.basics.values import Known
from policy_engine.deciding.decide import Verdict, contradicted
from policy_engine.deciding.facts import Facts, within
from policy_engine.proving.claims import breaks
from policy_engine.rulebook.claims import Promise
from policy_engine.solving.formula import FALSE, TRUE, and_, not_, or_
from policy_engine.solving.found import Found
from policy_engine.solving.study import Example, Settled, Study, TooMuch, status_named
from policy_engine.solving.sym import Sym, Unheld, alike
from policy_engine.solving.terms import Terms
from policy_engine.solving.world import STATES, Fact, World


def claimed(study: Study) -> Iterator[Found]:
    """Each claim of a decision: it holds, it fails, or it is not settled."""
    for claim in study.rule.claims:
        try:
            yield _one(claim, study)
        except (Unheld, TooMuch) as why:
            which = "claim" if isinstance(why, TooMuch) else str(why)
            yield Found(kind="not-settled", decision=study.rule.decision, about=claim.id, which=which)


def _one(claim: Promise, study: Study) -> Found:
    name = study.rule.decision
    for n in study.rule.inputs:
        study.world.fact(n)
    if claim.sense == "holds":
        here = _Said(claim, study.world)
        of = [here.when]
        answered = study.case([*of, here.then.false], lambda verdict: breaks(claim, verdict))
        settled, example, risen = answered.settled, answered.example, None
    else:
        of, (settled, example, risen) = _pair(claim, study)
    if settled == "none":
        empty = study.there_is(of) == "none"
        return Found(kind="empty-claim" if empty else "claim-holds", decision=name, about=claim.id, proved=True)
    if settled == "open":
        return Found(kind="not-settled", decision=name, about=claim.id, which="claim")
    return Found(kind="claim-fails", decision=name, about=claim.id, example=example, risen=risen)


class _Said:
    """What a claim says in a world: whether it is about a case, and of what."""

    def __init__(self, claim: Promise, world: World) -> None:
        others = world.rule.inputs.keys() | world.rule.readings.keys()
        self.world, self.checks = world, {p.id: p for p in world.checks if p.id not in others}
        terms = Terms(world.script, world.codes, self._named)
        terms.days = world.terms.days
        come = [not_(world.fact(n).not_yet) for n in sorted(claim.names) if n in world.rule.inputs]
        self.when = and_(terms.term(claim.when).true, *come)
        self.then = terms.term(claim.then)

    def _named(self, name: str) -> Sym:
        """What a name stands for; a check for the status it has."""
        if name not in self.checks:
            return self.world.named(name)
        p = self.checks[name]
        said = self.world.said(p)
        states = [status_named(p, state) for state in STATES]
        codes = {state: self.world.codes.of(status) for state, status in zip(STATES, states, strict=True)}
        value = str(codes[STATES[-1]])
        for state in STATES[:-1]:
            value = f"(ite {said[state]} {codes[state]} {value})"
        return Sym(known=TRUE, value=self.world.script.let(value, "Int"), sort="Int")


def _pair(claim: Promise, study: Study) -> tuple[list[str], tuple[Settled, Example | None, Example | None]]:
    """What two cases have in common that the claim is of, and two that differ in what rises alone and show that it does not hold."""
    name, world = claim.raising, study.world
    other = study.beside(name)
    before, after = world.fact(name), other.fact(name)
    a, b = _Said(claim, world), _Said(claim, other)
    said = [a.then.true] if claim.sense == "keeps" else [a.then.known, b.then.known]
    of = [a.when, b.when, other.possible(), _rises(before, after), *said]
    return of, _broken(claim, study, other, [*of, _undone(claim, a.then, b.then)])


def _broken(
    claim: Promise, study: Study, other: World, parts: Sequence[str]
) -> tuple[Settled, Example | None, Example | None]:
    """Two cases that show that a claim of what rises does not hold, decided again."""
    answered = study.case(parts, lambda verdict: True)
    if answered.example is None:
        return answered.settled, None, None
    example = answered.example
    pinned = [*parts, *study.pinned(example, study.rule.inputs)]
    value = _risen(study, other, other.fact(claim.raising), pinned)
    if value is None:
        return "open", None, None
    risen = replace(example, facts=replace(example.facts, given={**example.facts.given, claim.raising: value}))
    return ("found", example, risen) if _stands(claim, study, example, risen) else ("open", None, None)


def _undone(claim: Promise, a: Sym, b: Sym) -> str:
    """That what a claim says of a rise is not so."""
    if claim.sense == "keeps":
        return and_(a.true, b.false)
    if FALSE in (a.known, b.known):
        return FALSE
    a, b = alike((a, b))
    return and_(a.known, b.known, f"({'<' if claim.sense == 'never_falls' else '>'} {b.value} {a.value})")


def _rises(a: Fact, b: Fact) -> str:
    """That a fact is given in both cases and is more in the second."""
    given = [a.given, b.given, not_(a.not_yet), not_(b.not_yet)]
    match a.entry.type.kind:
        case "set":
            kept = [or_(not_(a.members[o]), b.members[o]) for o in a.members]
            return and_(*given, *kept, or_(*(and_(not_(a.members[o]), b.members[o]) for o in a.members)))
        case "flag":
            return and_(*given, not_(a.value), b.value)
        case _:
            return and_(*given, f"(< {a.value} {b.value})")


def _risen(study: Study, other: World, fact: Fact, pinned: Sequence[str]) -> Known | None:
    """The plainest value of what rises beside a case that is settled."""
    answer, values = study.solvers.first.ask(pinned, fact.asked)
    if answer != "sat":
        return None
    at_hand = [values]
    for option in study.plainer(fact, lambda: other.valued(fact, at_hand[-1])):
        if option == other.valued(fact, at_hand[-1]):
            break
        answer, found = study.solvers.first.ask(
            [*pinned, other.told(Facts({fact.entry.name: option}), [fact.entry.name])], fact.asked
        )
        if answer == "sat":
            at_hand.append(found)
            break
    return other.valued(fact, at_hand[-1])


def _stands(claim: Promise, study: Study, example: Example, risen: Example) -> bool:
    """Whether the interpreter means the same of both cases, and a user could give them."""
    both = []
    for one in (example, risen):
        if not all(within(study.rule.inputs[name], value) for name, value in one.facts.given.items()):
            return False
        both.append(Verdict(study.rule, one.facts, one.as_of, one.readings))
    return not any(contradicted(one.base) for one in both) and breaks(claim, both[0], both[1])
