"""Between decisions: checks that rest on a fact both ask for, and those whose authors point at each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from policy_engine.deciding.outline import depends_on
from policy_engine.language import ir
from policy_engine.rulebook.rule import Provision, Rule
from policy_engine.solving.formula import or_
from policy_engine.solving.found import Found
from policy_engine.solving.lists import looked_at
from policy_engine.solving.periods import more_often
from policy_engine.solving.solvers import Solvers
from policy_engine.solving.study import Settled, Study, TooMuch, has, judged
from policy_engine.solving.sym import Unheld

Pair = tuple[Provision, Provision]


def across(rules: Sequence[Rule], as_of: dt.date, solvers: Solvers) -> Iterator[Found]:
    """Of checks of different decisions: which exclude each other, which say what another says; of different documents, which do not conflict."""
    for a, b in combinations(map(looked_at, rules), 2):
        pairs = list(_pairs(a, b, as_of))
        if pairs:
            try:
                yield from _compared(a, b, pairs, as_of, solvers)
            except (TooMuch, Unheld) as why:
                which = str(why) or "any date"
                yield Found(kind="not-settled", decision=a.decision, about=b.decision, which=which, titles=(b.title,))


def _pairs(a: Rule, b: Rule, as_of: dt.date) -> Iterator[Pair]:
    """Checks that require something of the same fact, and those that point at one another."""
    shared = {n for n in a.inputs.keys() & b.inputs.keys() if _same(a, b, n)}
    left, right = _checks(a, as_of), _checks(b, as_of)
    for p, needs in left:
        for q, wants in right:
            if needs & wants & shared or f"{b.decision}/{q.id}" in p.see or f"{a.decision}/{p.id}" in q.see:
                yield p, q


def _same(a: Rule, b: Rule, name: str) -> bool:
    x, y = a.inputs[name], b.inputs[name]
    return (x.type_name, x.label.zh, x.accepts.options) == (y.type_name, y.label.zh, y.accepts.options)


def _checks(rule: Rule, as_of: dt.date) -> list[tuple[Provision, frozenset[str]]]:
    """The checks of a rule with the facts that what they require rests on."""
    formulas = {p.id: p for p in rule.at(as_of) if p.is_formula}
    return [
        (p, depends_on(ir.names(p.require), formulas) & rule.inputs.keys())
        for p in rule.at(as_of)
        if p.require is not None and p.force != "option" and "[" not in p.id  # of a row there is no other document
    ]


def _bases(rule: Rule, p: Provision, as_of: dt.date) -> frozenset[str]:
    """What a check is measured by, by the words for it."""
    return frozenset(rule.inputs[n].label.zh for q, names in _checks(rule, as_of) if q.id == p.id for n in names)


def _compared(a: Rule, b: Rule, pairs: Sequence[Pair], as_of: dt.date, solvers: Solvers) -> Iterator[Found]:
    one = Study(a, as_of, solvers)
    other = Study(b, as_of, solvers, one.script, one.shared, one.codes, one.day)
    for p, q in pairs:
        left, right = one.world.said(p), other.world.said(q)
        linked = f"{b.decision}/{q.id}" in p.see or f"{a.decision}/{p.id}" in q.see
        settled = {
            (x, y): one.there_is([left[x], right[y]]) for x in ("satisfied", "failed") for y in ("satisfied", "failed")
        }
        if settled["satisfied", "satisfied"] == "none" and _both_kept(settled):
            settled["satisfied", "satisfied"] = _left((one, p), (other, q))
        for found in _told(a, b, p, q, settled, linked):
            yield _shown((one, p), (other, q), found) if found.kind == "conflicting" else found
        if linked and settled["satisfied", "satisfied"] == "found":
            periods = [*more_often(one, p, other, q), *more_often(other, q, one, p)]
            if (
                periods or a.document.number == b.document.number
            ):  # nobody takes one document to conflict with itself for its links
                yield from periods
            else:
                yield from _apart((one, p), (other, q), set(settled.values()) == {"found"}, as_of)


def _both_kept(settled: Mapping[tuple[str, str], Settled]) -> bool:
    """Whether each of two checks can be satisfied where the other is judged."""
    judged = [key for key, found in settled.items() if found == "found"]
    return "satisfied" in {x for x, _ in judged} and "satisfied" in {y for _, y in judged}


def _left(*sides: tuple[Study, Provision]) -> Settled:
    """Whether both checks are kept in a case by what they require, with one of them no longer applying."""
    study, said = sides[0][0], [one.world.said(p) for one, p in sides]
    judged = [or_(some["satisfied"], some["failed"]) for some in said]
    answer, values = study.solvers.case(judged, [v for one, _ in sides for v in one.wanted()])
    if answer != "sat":
        return "open"
    required: set[str] = set()
    for one, p in sides:
        required |= depends_on(() if p.require is None else ir.names(p.require), one.world.formulas)
    kept = [or_(some["satisfied"], some["not_applicable"]) for some in said]
    for one, p in sides:
        used = one.world.uses[p.id] & one.rule.inputs.keys()
        kept += one.pinned(one.read(values), [n for n in used if n not in required or one.rule.inputs[n].given])
    return study.there_is(kept)


def _shown(here: tuple[Study, Provision], there: tuple[Study, Provision], found: Found) -> Found:
    """A conflict with what each decision is asked of a case in which both checks are judged."""
    (study, p), (other, q) = here, there
    mine, yours = (or_(said["satisfied"], said["failed"]) for said in (study.world.said(p), other.world.said(q)))
    first = study.case([mine, yours], judged(p), {}).example
    if first is None:
        return found
    alike = study.world.uses[p.id] & other.world.uses[q.id] & study.rule.inputs.keys()
    second = other.case([yours, *study.pinned(first, alike)], judged(q), {}).example
    return found if second is None else replace(found, example=first, risen=second)


def _apart(
    here: tuple[Study, Provision], there: tuple[Study, Provision], free: bool, as_of: dt.date
) -> Iterator[Found]:
    """That neither of two checks that point at one another bears on the other."""
    cases = [
        study.case([study.world.said(p)["satisfied"]], has(p, "satisfied"), {}).example for study, p in (here, there)
    ]
    if free and None not in cases:
        (a, p), (b, q) = (here[0].rule, here[1]), (there[0].rule, there[1])
        apart = "" if _bases(a, p, as_of) & _bases(b, q, as_of) else "bases"
        yield Found(kind="no-conflict", which=apart, decision=a.decision, about=p.id, beside=(f"{b.decision}/{q.id}",),
                    titles=(q.title,), example=cases[0], risen=cases[1])  # fmt: skip


def _told(
    a: Rule, b: Rule, p: Provision, q: Provision, settled: Mapping[tuple[str, str], Settled], linked: bool
) -> Iterator[Found]:
    """What one check says of another of another document; conflicts of all, the rest of those that are linked or share a fact."""
    here, there = f"{a.decision}/{p.id}", f"{b.decision}/{q.id}"
    judged = [key for key, found in settled.items() if found == "found"]
    if "open" in settled.values():
        yield Found(kind="not-settled", decision=a.decision, about=p.id, which=there, titles=(q.title,))
    elif settled["satisfied", "satisfied"] == "none":
        if _both_kept(settled):
            yield Found(
                kind="conflicting", decision=a.decision, about=p.id, beside=(there,), titles=(q.title,), proved=True
            )
    elif settled["failed", "satisfied"] == "none" and ("failed", "failed") in judged:
        yield Found(kind="implied", decision=a.decision, about=p.id, beside=(there,), titles=(q.title,), proved=True)
    elif settled["satisfied", "failed"] == "none" and ("failed", "failed") in judged:
        yield Found(kind="implied", decision=b.decision, about=q.id, beside=(here,), titles=(p.title,), proved=True)
