"""What a provision means by its tree alone: titles, notes, citations and the places in files are left out, what it uses is in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from policy_engine.basics.errors import NO_WORDS
from policy_engine.basics.values import Type
from policy_engine.language import ir
from policy_engine.rulebook.rule import Input, Provision, Reading, Rule

Meant = tuple[object, ...]


def plain_node(node: ir.Node | None) -> ir.Node | None:
    """A tree without the words for what is left open."""
    if isinstance(node, ir.Unsettled):
        return replace(node, reason=NO_WORDS)
    return None if node is None else ir.with_children(node, tuple(_plain(part) for part in ir.children(node)))


def _plain(node: ir.Node) -> ir.Node:
    found = plain_node(node)
    assert found is not None
    return found


def _of_type(type_: Type | None) -> object:
    return None if type_ is None else (type_.kind, type_.unit, type_.integer, frozenset(type_.options))


def of_input(entry: Input) -> Meant:
    """What an input means: what may be given, what silence means; not when it is asked for, nor its words."""
    taken = entry.assume and (entry.assume.value, entry.assume.if_given)
    bounds = frozenset((bound.relation, bound.value) for bound in entry.bounds)
    return _of_type(entry.type), bounds, taken, entry.grows, entry.open, entry.given, entry.type_name == "share"


def of_reading(reading: Reading) -> Meant:
    """What a question means: its answers and which is taken."""
    return reading.default, frozenset(reading.options)


def of_provision(p: Provision) -> Meant:
    """What one version of a provision says itself."""
    unless = tuple((plain_node(e.when), plain_node(e.value)) for e in p.unless)
    trees = tuple(map(plain_node, (p.when, p.require, p.value, p.due)))
    before = p.before_due and (frozenset(p.before_due.why), p.before_due.rising, p.before_due.flags)
    span = p.valid_from, p.valid_until
    return p.force, trees, unless, _of_type(p.type), p.unsettled is None, span, before, p.permits, p.each, p.step


class Meaning:
    """What everything in a rule means, to be compared with another version of it."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        columns = {f"{rows.name}.{key}": column for rows in rule.rows.values() for key, column in rows.columns.items()}
        self.inputs: Mapping[str, Input] = {**rule.inputs, **columns}
        self.versions: dict[str, list[Provision]] = {}
        for p in (*rule.provisions, *(p for rows in rule.rows.values() for p in rows.formulas)):
            self.versions.setdefault(p.id, []).append(p)

    def uses(self, names: Iterable[str]) -> frozenset[str]:
        """The names, and all that these use by way of formulas, in any version, and of what silence rests on."""
        found: set[str] = set()
        todo = list(names)
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo += [n for p in self.versions.get(name, ()) for n in p.names]
                entry = self.inputs.get(name)
                todo += [entry.assume.if_given] if entry and entry.assume and entry.assume.if_given else []
        return frozenset(found)

    def functions(self, names: Iterable[str]) -> frozenset[str]:
        """The functions that some provisions call."""
        nodes = (node for name in names for p in self.versions.get(name, ()) for node in nodes_of(p))
        return frozenset(part.function for node in nodes for part in ir.walk(node) if isinstance(part, ir.Call))

    def of(self, name: str) -> object:
        """What a name means, apart from what it uses: as a provision, an input and a question; a check may be called as they are."""
        entry, reading = self.inputs.get(name), self.rule.readings.get(name)
        versions = tuple(map(of_provision, self.versions.get(name, ())))
        return versions, entry and of_input(entry), reading and of_reading(reading)

    def same(self, other: Meaning, name: str) -> bool:
        """Whether a provision of both is written alike, with all it uses."""
        mine, theirs = self.uses([name]), other.uses([name])
        if mine != theirs or any(self.of(n) != other.of(n) for n in mine):
            return False
        return not self.functions(mine) & ir.CALENDARED or self.rule.calendar == other.rule.calendar


def nodes_of(p: Provision) -> list[ir.Node]:
    """Every expression of a provision."""
    parts = [p.when, p.require, p.value, p.due, *(n for e in p.unless for n in (e.when, e.value))]
    return [node for node in parts if node is not None]
