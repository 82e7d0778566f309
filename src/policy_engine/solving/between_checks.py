"""Between the checks of a decision: what says what another says already, what excludes one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, permutations
from typing import Final

from policy_engine.deciding.outline import depends_on
from policy_engine.language import ir
from policy_engine.rulebook.rule import Provision
from policy_engine.solving.branches import unsettled
from policy_engine.solving.formula import not_, or_
from policy_engine.solving.found import Found, Said
from policy_engine.solving.study import Example, Settled, Study, has, judged

MANY: Final = 3
"""Two are asked about each by itself."""


def between_checks(study: Study, told: Mapping[str, Said]) -> Iterator[Found]:
    """Checks that say what another says already, and checks that exclude each other."""
    checks = {p.id: p for p, _ in study.said if p.require is not None and p.force != "option"}
    can = {
        id_: {state: study.there_is([told[id_][state]]) == "found" for state in ("failed", "satisfied")}
        for id_ in checks
    }
    kept = {id_: p for id_, p in checks.items() if can[id_]["satisfied"]}
    yield from _implied(study, checks, told, {id_ for id_ in checks if can[id_]["failed"]}, {*checks} - kept.keys())
    for a, b in combinations(kept, 2):
        if _tied(study, study.world.uses[a]) & study.world.uses[b]:
            yield from _conflict(study, [kept[a], kept[b]], told)
    yield from _together(study, list(kept.values()), told)


def _tied(study: Study, names: frozenset[str]) -> frozenset[str]:
    """Some names, and those that must hold together with them."""
    musts = [depends_on(ir.names(must), study.world.formulas) for must in study.rule.facts_must]
    found = names
    while more := frozenset[str]().union(*(must for must in musts if must & found)) - found:
        found |= more
    return found


def _implied(
    study: Study, checks: Mapping[str, Provision], told: Mapping[str, Said], some: set[str], never: set[str]
) -> Iterator[Found]:
    """Of checks that can be violated, those that cannot be without another; `never`: what is never kept says nothing of others."""
    name = study.rule.decision
    implied: dict[str, list[str]] = {}
    for a, b in permutations([id_ for id_ in checks if id_ in some], 2):
        if b not in never and study.world.uses[a] & study.world.uses[b]:
            settled = study.there_is([told[a]["failed"], not_(told[b]["failed"])])
            if settled == "none":
                implied.setdefault(a, []).append(b)
            elif settled == "open":
                yield unsettled(study, a, f"beside {b}")
    for a, others in implied.items():
        alike = [b for b in others if a in implied.get(b, ())]
        if one_way := tuple(b for b in others if b not in alike):
            example = study.case(
                [told[one_way[0]]["failed"], not_(told[a]["failed"])], has(checks[one_way[0]], "failed")
            ).example
            yield Found(kind="redundant", decision=name, about=a, beside=one_way, proved=True, example=example)
        if later := tuple(b for b in alike if list(checks).index(b) > list(checks).index(a)):
            yield Found(kind="equivalent", decision=name, about=a, beside=later, proved=True)


def _together(study: Study, checks: Sequence[Provision], told: Mapping[str, Said]) -> Iterator[Found]:
    """More than two that cannot all be satisfied: of those that always apply, and of these with one that may not."""
    always = [p for p in checks if p.when == ir.TRUE and not p.unless and p.due is None]
    for more in ((), *((p,) for p in checks if p not in always)):
        group = [*always, *more]
        if len(group) < MANY or not _excluded(study, group, told):
            continue
        for p in group.copy():
            fewer = [q for q in group if q is not p]
            group = fewer if _excluded(study, fewer, told) else group
        if len(group) >= MANY:
            yield from _conflict(study, group, told)
        if not more:
            return


def _excluded(study: Study, some: Sequence[Provision], told: Mapping[str, Said]) -> bool:
    return study.there_is([told[p.id]["satisfied"] for p in some], confirmed=False) == "none"


def _conflict(study: Study, some: Sequence[Provision], told: Mapping[str, Said]) -> Iterator[Found]:
    """That some checks apply together and cannot all be satisfied, and that nobody leaves the reach of one either."""
    either = [or_(told[p.id]["satisfied"], told[p.id]["failed"]) for p in some]
    if study.there_is(either, confirmed=False) != "found":
        return
    settled = study.there_is([told[p.id]["satisfied"] for p in some])
    if settled == "found":
        return
    example = study.case(either, lambda verdict: all(judged(p)(verdict) for p in some)).example
    left = "open" if settled == "open" or example is None else _left(study, some, told, example)
    if left == "open":
        yield unsettled(study, some[0].id, f"beside {', '.join(p.id for p in some[1:])}")
    elif left == "none":
        yield Found(kind="conflicting", decision=study.rule.decision, about=some[0].id, beside=tuple(p.id for p in some[1:]),
                    proved=True, example=example)  # fmt: skip


def _left(study: Study, some: Sequence[Provision], told: Mapping[str, Said], example: Example) -> Settled:
    """Whether in a case all can be kept by what they require, with one of them no longer applying."""
    world, required = study.world, set[str]()
    for p in some:
        required |= depends_on(() if p.require is None else ir.names(p.require), world.formulas)
    used = {name for p in some for name in world.uses[p.id]} & study.rule.inputs.keys()
    fixed = [n for n in study.rule.inputs if n in used and (n not in required or study.rule.inputs[n].given)]
    kept = [or_(told[p.id]["satisfied"], told[p.id]["not_applicable"]) for p in some]
    return study.there_is([*kept, *study.pinned(example, fixed)])
