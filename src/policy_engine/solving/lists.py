"""Lists of rows: a rule of which one row is looked at, whatever the totals; what is found of it, as cases with lists.

Of a list anybody may give, a row and the totals, known or in part (at least so much: `more`), are some of the values that these may have:
what can never be of these, no list has. That says nothing of rows there are not: what would rest on them is not settled. A case that is
found is decided again with the list it stands for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Final

from policy_engine.basics.values import Unknown
from policy_engine.deciding.decide import Verdict, contradicted
from policy_engine.deciding.facts import Facts
from policy_engine.language import ir
from policy_engine.proving.claims import breaks
from policy_engine.rulebook.rows import called, unfolded
from policy_engine.rulebook.rule import Input, Rule
from policy_engine.solving.found import Found
from policy_engine.solving.study import Example
from policy_engine.solving.world import OfList

_ROW: Final = "[1]"
_BARE: Final = frozenset({"redundant", "equivalent"})
"""What is said of every case, and only illustrated by one."""


def looked_at(rule: Rule) -> Rule:
    """A rule without lists: the first row of each has inputs, formulas and checks of its own, and the totals are inputs."""
    return _unlisted(rule, Facts({}, rows=dict.fromkeys(rule.rows, (1, True))), frozenset()) if rule.rows else rule


def written_out(rule: Rule, facts: Facts) -> tuple[Rule, Facts]:
    """A rule and a case without lists: each row that is given has inputs, formulas and checks of its own, and the totals are worked out."""
    if not rule.rows:
        return rule, facts
    return _unlisted(rule, facts, frozenset(facts.rows)), replace(facts, rows={})


def as_told(rule: Rule, facts: Facts) -> tuple[Rule, Facts, frozenset[str]]:
    """The same where all that is not told may be anything: of each list nobody told of one row is looked at; what is said of such rows."""
    untold = rule.rows.keys() - facts.rows.keys()
    one = replace(facts, rows={**dict.fromkeys(untold, (1, True)), **facts.rows})
    found = _unlisted(rule, one, frozenset(facts.rows)) if rule.rows else rule
    rows = frozenset(n for n in found.inputs if n.partition(_ROW)[0] in untold)
    return found, replace(facts, rows={}), rows


def _unlisted(rule: Rule, facts: Facts, totalled: frozenset[str]) -> Rule:
    """The rule written out for the lists of a case; the totals of some are worked out, those of the others are inputs."""
    one = unfolded(rule, facts.rows, facts.given)
    worked = {total for name, rows in rule.rows.items() if name in totalled for total in rows.totals}
    asked = {total for rows in rule.rows.values() for total in rows.totals} - worked
    inputs = {n: _total(e) if n in asked else e for n, e in one.inputs.items() if n not in worked}
    return replace(
        one, inputs=inputs, rows={},
        provisions=tuple(p for p in one.provisions if p.id not in asked),
        formula_order=tuple(n for n in one.formula_order if n not in asked),
    )  # fmt: skip


def _total(entry: Input) -> Input:
    return OfList(**{f.name: getattr(entry, f.name) for f in fields(entry)})


def plain_name(name: str) -> str:
    """What something of the first row is called in the rule itself."""
    return name.replace(_ROW, "")


def told(rule: Rule, found: Iterator[Found]) -> Iterator[Found]:
    """What was found of a rule of which one row is looked at, of the rule itself; what is not sure of its lists is not settled."""
    one_row, counted, limits = looked_at(rule), _counted(rule), _Limits(rule)
    claims = {claim.id: claim for claim in rule.claims}
    for one in found:
        if one.kind == "idle-input" and one.about in counted:
            continue
        if one.kind == "idle-reading" and one.about in counted:
            yield _open(rule, one)
            continue
        if one.kind == "claim-holds" and claims[one.about].raising in counted:
            yield _open(rule, one)  # what rises there would move the totals too
            continue
        if limits.beyond(one):
            yield _open(rule, one)
            continue
        shown = one if one.example is None else _shown(rule, one_row, one)
        if shown is None:
            shown = replace(one, example=None) if one.kind in _BARE else _open(rule, one)
        yield replace(shown, about=plain_name(one.about), beside=tuple(map(plain_name, one.beside)))


def _open(rule: Rule, one: Found) -> Found:
    return Found(kind="not-settled", decision=rule.decision, about=plain_name(one.about), which=one.kind)


def _counted(rule: Rule) -> frozenset[str]:
    """Everything the totals rest on, by way of formulas too; of the first row as it is called."""
    uses = _uses(unfolded(rule, dict.fromkeys(rule.rows, (1, True)), {}))
    totals = {name for rows in rule.rows.values() for name in rows.totals}
    return frozenset[str]().union(*(uses[name] for name in totals)) - totals


class _Limits:
    """How far what holds of one row holds of lists: of those without rows, and of those that may be longer."""

    def __init__(self, rule: Rule) -> None:
        self.each = {p.id: p.each for p in rule.provisions if not p.is_formula}
        self.uses = _uses(looked_at(rule))

    def beyond(self, one: Found) -> bool:
        """Whether a finding rests on there being a row."""
        match one.kind:
            case "redundant" | "equivalent":
                rows = self._rows(one.about)
                absent = {row for row in map(self._rows, one.beside) if row and row != rows}
                return bool(absent) or (
                    one.kind == "equivalent" and rows != "" and {rows} != {*map(self._rows, one.beside)}
                )
            case "idle-input" | "idle-reading":
                users = (id_ for id_, used in self.uses.items() if one.about in used)
                return _ROW not in one.about and any(map(self._rows, users))
            case _:
                return False

    def _rows(self, check: str) -> str:
        """The list of whose rows a check is."""
        return self.each.get(plain_name(check), "")


def _uses(rule: Rule) -> dict[str, set[str]]:
    """Every name on which each provision rests in any of its versions, itself among them."""
    direct: dict[str, set[str]] = {}
    for p in rule.provisions:
        exempt = (node for e in p.unless for node in (e.when, e.value) if node is not None)
        direct.setdefault(p.id, set()).update(p.names, *map(ir.names, exempt))
    found: dict[str, set[str]] = {}
    for id_ in direct:
        todo, found[id_] = [id_], set()
        while todo:
            if (name := todo.pop()) not in found[id_]:
                found[id_].add(name)
                todo += direct.get(name, ())
    return found


def _shown(rule: Rule, one_row: Rule, one: Found) -> Found | None:
    """The same finding with a case that has lists and of which the interpreter says the same."""
    assert one.example is not None
    for example in as_lists(rule, one.example):
        risen = None if one.risen is None else replace(one.risen, facts=_with(example.facts, one.risen.facts))
        if _same(rule, one_row, one, example, risen):
            return replace(one, example=example, risen=risen)
    return None


def _with(facts: Facts, other: Facts) -> Facts:
    """The lists of a case, with what another gives."""
    kept = {n: v for n, v in other.given.items() if n in facts.given or "[" not in n}
    return replace(other, given={**facts.given, **kept}, rows=facts.rows)


def as_lists(rule: Rule, example: Example) -> Iterator[Example]:
    """A case of one row and of totals as cases with lists: of one row and perhaps more, of one alone, of two that are the same."""
    mine = {n for n in (*example.facts.given, *example.facts.not_yet) if _ROW in n}
    some = {name: rows for name, rows in rule.rows.items() if any(n.startswith(f"{name}{_ROW}.") for n in mine)}
    totals = {total for rows in some.values() for total in rows.totals}
    given = {n: v for n, v in example.facts.given.items() if n not in totals}
    for count, complete in ((1, False), (1, True), (2, True)):
        more = {
            called(name, 2, n.partition(".")[2]): v
            for name in some
            for n, v in given.items()
            if count > 1 and n.startswith(f"{name}{_ROW}.")
        }
        facts = replace(example.facts, given={**given, **more}, rows=dict.fromkeys(some, (count, complete)))
        yield replace(example, facts=facts)


def _same(rule: Rule, one_row: Rule, one: Found, example: Example, risen: Example | None) -> bool:
    """Whether the interpreter says of a case with lists what it says of one row and totals, or breaks the claim likewise."""
    there = Verdict(rule, example.facts, example.as_of, example.readings)
    after = None if risen is None else Verdict(rule, risen.facts, risen.as_of, risen.readings)
    if contradicted(there.base) or (after and contradicted(after.base)):
        return False
    if claim := next((c for c in rule.claims if one.kind == "claim-fails" and c.id == one.about), None):
        return breaks(claim, there, after)
    assert one.example is not None
    here = Verdict(one_row, one.example.facts, one.example.as_of, one.example.readings)
    picks = {one.which: one.options[-1]} if one.which in rule.readings else {}
    names = (one.about, *one.beside)
    return all(_says(here, names, some) == _says(there, names, some) for some in ({}, picks))


def _says(verdict: Verdict, names: tuple[str, ...], picks: dict[str, str]) -> list[object]:
    """What some provisions say of a case, what they wait for left out."""
    statuses: list[object] = [verdict.status(p, picks) for p in verdict.checks if p.id in names]
    results = [verdict.result(p, picks) for p in verdict.formulas if p.id in names]
    return [*statuses, *((one.applies, None if isinstance(one.value, Unknown) else one.value) for one in results)]
