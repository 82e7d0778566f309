"""Two versions of a rule as one, so that one case is put to both: what both mean alike is shared, what they do not is tied together."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from policy_engine.deciding.facts import Facts
from policy_engine.language import ir
from policy_engine.language.bounds import Open
from policy_engine.proving.meaning import Meaning, of_input, of_reading
from policy_engine.rulebook.bounds import TODAY
from policy_engine.rulebook.rows import unfolded
from policy_engine.rulebook.rule import Exemption, Input, Provision, Rule
from policy_engine.solving.formula import FALSE, and_, not_, or_
from policy_engine.solving.study import Study

TOTAL: Final = "another total"
SIDES: Final = ("old", "new")
_MARK: Final = " in "


def of_side(name: str, side: str) -> str:
    """What a name is called that means something of its own in one version; no author can write it."""
    return f"{name}{_MARK}{side}"


def plain_name(name: str) -> str:
    """The name as its author wrote it."""
    return name.partition(_MARK)[0]


@dataclass(frozen=True, kw_only=True)
class Joined:
    """One rule with the provisions of both; the inputs and readings that each has for itself; what could not be joined, and why."""

    rule: Rule
    inputs: tuple[str, ...]
    readings: tuple[str, ...]
    apart: Mapping[str, str]


def joined(old: Rule, new: Rule, otherwise: Collection[str] = ()) -> Joined:
    """Two versions of a rule as one. `otherwise`: totals of lists that are inputs here and are worked out otherwise in each."""
    rules = dict(zip(SIDES, (old, new), strict=True))
    inputs = tuple(n for n in old.inputs if n in new.inputs and of_input(old.inputs[n]) != of_input(new.inputs[n]))
    readings = tuple(
        n for n in old.readings if n in new.readings and of_reading(old.readings[n]) != of_reading(new.readings[n])
    )
    apart = {p.id: why for rule in (old, new) for p, why in _unjoined(rule, old, new, otherwise)}
    found: dict[str, dict[str, object]] = {"inputs": {}, "readings": {}}
    provisions: list[Provision] = []
    order: list[str] = []
    musts: list[ir.Node] = []
    for side, rule in rules.items():
        names = {n: of_side(n, side) for n in (*rule.formula_order, *inputs, *readings) if n in known(rule)}
        provisions += [_renamed(p, names, side) for p in rule.provisions if p.id not in apart]
        order += [names[n] for n in rule.formula_order if n in names]
        musts += [_named(node, names) for node in rule.facts_must if set(ir.names(node)) <= known(rule)]
        for name, entry in rule.inputs.items():
            found["inputs"].setdefault(names.get(name, name), _input(entry, names))
        for name, reading in rule.readings.items():
            found["readings"].setdefault(names.get(name, name), replace(reading, name=names.get(name, name)))
    rule = replace(
        new, provisions=tuple(provisions), formula_order=tuple(order), facts_must=tuple(musts), rows={}, scope=(),
        facts_must_text=tuple("" for _ in musts), register=new.register or old.register, **found,  # type: ignore[arg-type]
    )  # fmt: skip
    return Joined(rule=rule, inputs=inputs, readings=readings, apart=apart)


def known(rule: Rule) -> frozenset[str]:
    """Every name that stands for something."""
    return frozenset({*rule.inputs, *rule.readings, *rule.ids, "as_of", TODAY})


def _unjoined(rule: Rule, old: Rule, new: Rule, otherwise: Collection[str]) -> Iterator[tuple[Provision, str]]:
    """What rests on such totals, or on an input that is of another kind in the other version."""
    meaning = Meaning(rule)
    other_kind = {
        n for n in old.inputs if n in new.inputs and _kind(old.inputs[n]) != _kind(new.inputs[n])
    }  # fmt: skip
    for p in rule.provisions:
        uses = meaning.uses([p.id])
        if not uses.isdisjoint(otherwise):
            yield p, TOTAL
        elif uses & other_kind:
            yield p, f"another kind of {', '.join(sorted(uses & other_kind))}"


def _kind(entry: Input) -> object:
    return entry.type.kind, entry.type.unit, entry.type.integer


def _named(node: ir.Node, names: Mapping[str, str]) -> ir.Node:
    return ir.substituted(node, {name: ir.Name(other) for name, other in names.items()})


def _renamed(p: Provision, names: Mapping[str, str], side: str) -> Provision:
    """A provision under the names of its side. A check may be called as an input is, and no expression names a check."""

    def named(node: ir.Node | None) -> ir.Node | None:
        return None if node is None else _named(node, names)

    unless = tuple(Exemption(_named(e.when, names), e.cites, named(e.value), e.scope) for e in p.unless)
    before = p.before_due and Open(
        {names.get(n, n): why for n, why in p.before_due.why.items()},
        frozenset(names.get(n, n) for n in p.before_due.rising), frozenset(names.get(n, n) for n in p.before_due.flags),
    )  # fmt: skip
    return replace(
        p, id=of_side(p.id, side), when=_named(p.when, names), unless=unless, require=named(p.require), value=named(p.value),
        due=named(p.due), before_due=before,
    )  # fmt: skip


def _input(entry: Input, names: Mapping[str, str]) -> Input:
    assume = entry.assume
    if assume and assume.if_given:
        assume = replace(assume, if_given=names.get(assume.if_given, assume.if_given))
    return replace(entry, name=names.get(entry.name, entry.name), assume=assume, when=ir.TRUE)


def tie(study: Study, one: Joined, old: Rule, new: Rule) -> None:
    """Let one case be put to both: the same facts, the same answers to questions; a question of one alone as it is answered there."""
    for name in one.inputs:
        a, b = (study.world.fact(of_side(name, side)) for side in SIDES)
        members = [_same(a.members.get(o, FALSE), b.members.get(o, FALSE)) for o in {**a.members, **b.members}]
        values = [f"(= {a.value} {b.value})"] if FALSE not in (a.value, b.value) else []
        study.script.holds(and_(_same(a.given, b.given), _same(a.not_yet, b.not_yet), *members, *values))
    for name in one.readings:
        a_, b_ = (study.free[of_side(name, side)] for side in SIDES)
        of_a, of_b = (study.codes.of(rule.readings[name].default) for rule in (old, new))
        asked = or_(and_(f"(= {a_} {of_a})", f"(= {b_} {of_b})"), f"(= {a_} {b_})")
        study.script.holds(asked)
    for here, other in ((old, new), (new, old)):
        for name in here.readings.keys() - other.readings.keys():
            study.script.holds(f"(= {study.free[name]} {study.codes.of(here.readings[name].default)})")


def _same(a: str, b: str) -> str:
    return and_(or_(not_(a), b), or_(not_(b), a))


def facts_of(rule: Rule, facts: Facts) -> Facts:
    """The facts of a case of both, for one of them."""
    rows = {name: size for name, size in facts.rows.items() if name in rule.rows}
    asked = unfolded(rule, rows, {}).inputs
    given = {plain_name(n): v for n, v in facts.given.items() if plain_name(n) in asked}
    return Facts(given, not_yet=frozenset(plain_name(n) for n in facts.not_yet if plain_name(n) in asked), rows=rows)


def readings_of(rule: Rule, chosen: Mapping[str, str], side: str) -> dict[str, str]:
    """The answers of a case of both that one of them does not take by itself."""
    found = {}
    for name, reading in rule.readings.items():
        option = chosen.get(of_side(name, side), chosen.get(name, reading.default))
        if option != reading.default:
            found[name] = option
    return found
