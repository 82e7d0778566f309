"""What two provisions come to together: what a bound that is only just met rules out, and how many of a thing there is room for."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Final

from policy_engine.deciding.decide import Verdict
from policy_engine.language import ir
from policy_engine.rulebook.rule import Provision, Total
from policy_engine.solving.formula import FALSE, and_, not_
from policy_engine.solving.found import Found
from policy_engine.solving.study import Study, has
from policy_engine.solving.sym import Unheld, alike, same
from policy_engine.solving.world import World

MOST: Final = 20
"""So many of a thing are few enough to be told."""


def edges(study: Study) -> Iterator[Found]:
    """As the text is read by default: where a requirement is only just met, which values a formula no longer has."""
    base = study.under({})
    formulas = [p for p in study.values if p.type is not None and p.type.kind in ("flag", "choice")]
    for p, _ in study.said:
        if p.require is None or p.force == "option":
            continue
        for node in ir.walk(p.require):
            if isinstance(node, ir.Compare) and node.op in ("<=", ">=") and _between_facts(node, study):
                yield from _edge(study, base, p, node, formulas)


def _between_facts(node: ir.Compare, study: Study) -> bool:
    """Whether a comparison is between facts, not of one with a figure."""
    numbers = {n for n, entry in study.rule.inputs.items() if entry.type.kind == "number"} | study.world.formulas.keys()
    return all(not numbers.isdisjoint(ir.names(side)) for side in (node.left, node.right))


def _edge(study: Study, base: World, p: Provision, node: ir.Compare, formulas: list[Provision]) -> Iterator[Found]:
    try:
        a, b = alike((base.terms.term(node.left), base.terms.term(node.right)))
        met = base.said(p)["satisfied"]
    except Unheld:
        return
    if FALSE in (a.known, b.known):
        return
    just = [met, and_(a.known, b.known, same(a, b))]
    if study.there_is(just) != "found":
        return
    for f in formulas:
        if not study.world.uses[f.id] & study.world.uses[p.id]:
            continue
        value = base.named(f.id)
        for option in f.type.options if f.type is not None and f.type.kind == "choice" else ("yes",):
            is_so = value.true if option == "yes" else and_(value.known, f"(= {value.value} {study.codes.of(option)})")
            if study.there_is([met, is_so]) == "found" and study.there_is([*just, is_so]) == "none":
                example = study.case(just, has(p, "satisfied"), {}).example
                yield Found(kind="at-bound", decision=study.rule.decision, about=p.id, beside=(f.id,), options=(option,),
                            proved=True, example=example)  # fmt: skip


def room(study: Study) -> Iterator[Found]:
    """How many times what is counted of one fits into what is counted of all, where every check is kept."""
    totals = study.rule.register.totals if study.rule.register else {}
    for one, whole in product(totals.values(), totals.values()):
        if _part(one, whole) and {one.name, whole.name} <= study.rule.inputs.keys():
            yield from _fits(study, one.name, whole.name)


def _part(one: Total, whole: Total) -> bool:
    alike_ = (one.kind, one.summed, one.per, one.later) == (whole.kind, whole.summed, whole.per, whole.later)
    return alike_ and one.kind == "sum" and whole.of_all and not one.of_all


def _fits(study: Study, one: str, whole: str) -> Iterator[Found]:
    base = study.under({})
    try:
        used = [p for p, _ in study.said if study.world.uses[p.id] & {one, whole} and p.force != "option"]
        said = {p.id: base.said(p) for p in used}
    except Unheld:
        return
    part, total = base.fact(one), base.fact(whole)
    silent = [not_(base.fact(n).given) for n in sorted(study.rule.assumable)]
    kept = [not_(said[p.id][state]) for p in used for state in ("failed", "undetermined", "pending")]
    kept += [said[p.id]["satisfied"] for p in used if whole in study.world.uses[p.id]]
    claims = [part.given, total.given, *silent, *kept, f"(> {part.value} 0.0)"]

    def more(n: int) -> list[str]:
        return [*claims, f"(>= {total.value} (* {n}.0 {part.value}))"]

    if study.there_is(more(1)) != "found" or study.there_is(more(MOST + 1)) != "none":
        return
    most = max(n for n in range(1, MOST + 1) if study.there_is(more(n)) == "found")
    if study.there_is(more(most + 1)) == "none":

        def meant(verdict: Verdict) -> bool:
            statuses = {verdict.status(q) for q in verdict.checks if q.id in said}
            here, there = (verdict.given[name] for name in (one, whole))
            told = isinstance(here, Fraction) and isinstance(there, Fraction) and there >= most * here
            return told and statuses <= {"satisfied", "not_applicable"}

        example = study.case(more(most), meant, {}).example
        yield Found(kind="at-most", decision=study.rule.decision, about=whole, beside=(one,), which=str(most),
                    proved=True, example=example)  # fmt: skip
