"""Exceptions, and the cases of a formula: which never count, which count together, what none of them settles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from policy_engine.basics.values import Unknown
from policy_engine.deciding.decide import Verdict
from policy_engine.language import ir
from policy_engine.language.evaluate import NO_CASE
from policy_engine.rulebook.rule import Provision
from policy_engine.solving.formula import FALSE, TRUE, and_, not_
from policy_engine.solving.found import Found, Kind
from policy_engine.solving.study import Answered, Meant, Study
from policy_engine.solving.sym import Sym, Unheld, same

OTHERWISE: Final = "otherwise"
"""The case of a formula where no other holds."""


# --- exceptions -------------------------------------------------------------------------------------------------------------


def exceptions(study: Study, p: Provision) -> Iterator[Found]:
    """Exceptions that never except anything, or nothing that another does not; counted as the author wrote them."""
    mine = [e for e in p.unless if e.scope is None]
    outside = [e for e in p.unless if e.scope is not None]
    try:
        inside = [study.world.in_force(p), study.world.terms.term(p.when).true]
        inside += [not_(study.world.terms.term(e.when).true) for e in outside]
        holds = {i: study.world.terms.term(e.when).true for i, e in enumerate(mine, 1)}
    except Unheld:
        if mine:
            yield unsettled(study, p.id, "exceptions")
        return
    left = {i: when for i, when in holds.items() if mine[i - 1].value is None}
    for i in reversed(left.copy()):  # of two that except the same the later one is told
        found = _counts(study, p, i, [*inside, holds[i]], [not_(when) for j, when in left.items() if j != i])
        if found is not None:
            del left[i]
            yield found
    applies = [*inside, *(not_(when) for when in left.values())]
    before: list[str] = []
    for i, exemption in enumerate(mine, 1):
        if exemption.value is not None:
            found = _counts(study, p, i, [*applies, holds[i]], before)
            before = [*before, not_(holds[i])]
            if found is not None:
                yield found


def _counts(study: Study, p: Provision, i: int, claims: Sequence[str], alone: Sequence[str]) -> Found | None:
    """Nothing where an exception counts in some case and no other in its place; else what is to be said of it."""
    for more, kind in (((), "dead-exception"), (alone, "shadowed-exception")):
        settled = study.there_is([*claims, *more])
        if settled == "open":
            return unsettled(study, p.id, f"exception {i}")
        if settled == "none":
            return Found(kind=_kind(kind), decision=study.rule.decision, about=p.id, which=str(i), proved=True)
    return None


def _kind(name: str) -> Kind:
    return name  # type: ignore[return-value]


def unsettled(study: Study, about: str, which: str) -> Found:
    """That something was asked and not answered."""
    return Found(kind="not-settled", decision=study.rule.decision, about=about, which=which)


# --- cases ------------------------------------------------------------------------------------------------------------------


def cases(study: Study, p: Provision) -> Iterator[Found]:
    """Cases of a formula that never apply, that apply together, and what no case settles."""
    node, exempt = p.value, [e for e in p.unless if e.value is not None]
    if exempt and isinstance(node, ir.Cases):
        node = node.otherwise  # what the exceptions give a value of their own comes before it
    if not isinstance(node, ir.Cases):
        return
    while node.first and isinstance(more := node.otherwise, ir.Cases) and more.first:  # if … else if …
        node = ir.Cases((*node.branches, *more.branches), more.otherwise)
    world = study.world
    try:
        reach = [world.applies(p).true, *(world.terms.term(e.when).false for e in exempt)]
        holds = [world.terms.term(condition) for condition, _ in node.branches]
        values = [world.terms.term(value) for _, value in node.branches]
        last = world.terms.term(node.otherwise)
    except Unheld:
        yield unsettled(study, p.id, "cases")
        return
    yield from _each(study, p, node, reach, holds)
    none = and_(*(one.false for one in holds))
    if last.known == FALSE and isinstance(node.otherwise, ir.Unsettled):
        yield from _left(study, p, [*reach, none], OTHERWISE, gap=node.otherwise.reason == NO_CASE)
    elif (settled := study.there_is([*reach, none])) == "none":
        yield Found(kind="shadowed-case", decision=study.rule.decision, about=p.id, which=OTHERWISE, proved=True)
    elif settled == "open":
        yield unsettled(study, p.id, f"case {OTHERWISE}")
    if not node.first and node.keyed is None:  # what is looked up by a key has one value for each
        yield from _overlaps(study, p, reach, holds, values)


def _each(study: Study, p: Provision, node: ir.Cases, reach: Sequence[str], holds: Sequence[Sym]) -> Iterator[Found]:
    """Each case by itself: whether it ever applies, where those before it do not if the first one counts."""
    before = TRUE
    for i, one in enumerate(holds, 1):
        condition, value = node.branches[i - 1]
        here = [*reach, one.true, before]
        settled = study.there_is(here)
        if settled == "none" and condition != ir.TRUE:
            kind = "shadowed-case" if study.there_is([*reach, one.true]) == "found" else "dead-case"
            yield Found(kind=_kind(kind), decision=study.rule.decision, about=p.id, which=str(i), proved=True)
        elif settled == "open":
            yield unsettled(study, p.id, f"case {i}")
        elif settled == "found" and isinstance(value, ir.Unsettled):
            yield from _left(study, p, here, str(i))
        if node.first:
            before = and_(before, one.false)


def _overlaps(
    study: Study, p: Provision, reach: Sequence[str], holds: Sequence[Sym], values: Sequence[Sym]
) -> Iterator[Found]:
    for i, j in combinations(range(len(holds)), 2):
        a, b = values[i], values[j]
        differ = TRUE if FALSE in (a.known, b.known) else not_(same(a, b))
        claims = [*reach, holds[i].true, holds[j].true, a.known, b.known, differ]
        answered = study.case(claims, _told(p, False)) if study.there_is(claims) == "found" else Answered("none")
        if answered.settled == "found":
            yield Found(kind="overlap", decision=study.rule.decision, about=p.id, which=f"{i + 1}, {j + 1}",
                        example=answered.example)  # fmt: skip


def _left(study: Study, p: Provision, claims: Sequence[str], which: str, gap: bool = False) -> Iterator[Found]:
    """What is not settled though a case applies, or as none does."""
    answered = study.case(claims, _told(p, False))
    if answered.settled == "found":
        assert answered.example is not None
        example = study.lessened(answered.example, lambda verdict: left_open(verdict, p.id))
        kind = "gap" if gap else "left-open"
        yield Found(kind=_kind(kind), decision=study.rule.decision, about=p.id, which=which, example=example)
    elif answered.settled == "open":
        yield unsettled(study, p.id, f"case {which}")


def left_open(verdict: Verdict, formula: str) -> bool:
    """That a formula applies and has no value though no fact is missing."""
    value, p = verdict.base[formula], verdict.base.formulas[formula]
    return isinstance(value, Unknown) and not value.missing and verdict.base.applies(p) is True


def _told(p: Provision, told: bool) -> Meant:
    """That a formula has a value, or has none, for the interpreter."""
    return lambda verdict: isinstance(verdict.base[p.id], Unknown) is not told
