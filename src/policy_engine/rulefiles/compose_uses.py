"""Values that a decision uses of others: their formulas with what these rest on, as if they stood here, citations and all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from policy_engine.basics.errors import PolicyError, Text, did_you_mean
from policy_engine.basics.places import Path_
from policy_engine.basics.values import DATE
from policy_engine.language import ir
from policy_engine.rulebook.rule import Input, Provision, Reading, Rule
from policy_engine.rulefiles.reader import Reader
from policy_engine.rulefiles.shape_tables import Use

_BY_TABLE: Final = Text("put the numbers in a table by date there: tables: {…: {from: {2025-01-01: …}}}", "请在该处改用按日期的表：tables: {…: {from: {2025-01-01: …}}}")  # fmt: skip
Find = Callable[[str], Rule]


@dataclass(frozen=True, kw_only=True)
class _Taken:
    """A formula of another rule, what it is called here, and what it rests on."""

    name: str
    rule: Rule
    formulas: Mapping[str, str]
    names: frozenset[str]
    given: Mapping[str, str]
    path: Path_


class Uses:
    """What a file uses of other decisions."""

    def __init__(self, reader: Reader, entries: Mapping[str, str | Use], find: Find | None) -> None:
        self.reader = reader
        self.taken = [one for name, entry in entries.items() if find and (one := self._taken(name, entry, find))]
        self.inputs: dict[str, Input] = {}
        self.readings: dict[str, Reading] = {}

    def _taken(self, name: str, entry: str | Use, find: Find) -> _Taken | None:
        path: Path_ = ("uses", name)
        target, given = (entry, {}) if isinstance(entry, str) else (entry.target, entry.given)
        decision, _, formula = target.partition("/")
        try:
            rule = find(decision)
        except PolicyError as error:
            self.reader.problems += [
                replace(p, place=p.place or self.reader.source.place(path)) for p in error.problems
            ]
            return None
        formulas = {p.id for p in rule.provisions if p.is_formula}
        if formula not in formulas:
            self.reader.report(path, "uses", f"`{decision}` has no formula `{formula}`", f"`{decision}` 中没有公式 `{formula}`",
                               did_you_mean(formula, formulas))  # fmt: skip
            return None
        names = _rests_on(rule, formula)
        if names & rule.rows.keys() or any(p.each for p in rule.provisions if p.id in names):
            self.reader.report(path, "uses", f"`{formula}` is worked out over a list; it cannot be used elsewhere",
                               f"`{formula}` 按列表逐项得出，不能在别处引用")  # fmt: skip
            return None
        for other in given:
            if other not in rule.inputs and other != "as_of":
                self.reader.report((*path, "with", other, ""), "uses", f"`{decision}` has no input `{other}`",
                                   f"`{decision}` 没有输入 `{other}`", did_you_mean(other, [*rule.inputs, "as_of"]))  # fmt: skip
        if "as_of" in given and any(p.id in names and (p.valid_from or p.valid_until) for p in rule.provisions):
            self.reader.report((*path, "with", "as_of", ""), "uses", f"`{formula}` has versions with `from` or `until`, which are chosen by the date of the decision",
                               f"`{formula}` 有按 `from`、`until` 区分的版本，只能按决定日期选用", _BY_TABLE)  # fmt: skip
        called = {id_: name if id_ == formula else f"{name}_{id_}" for id_ in formulas & names}
        return _Taken(name=name, rule=rule, formulas=called, names=names, given=given, path=path)

    def declare(self) -> None:
        """The names of what is used, and of the facts and readings it rests on that are not named here."""
        env = self.reader.env
        for one in self.taken:
            for id_, name in one.formulas.items():
                kind = next(p.type for p in one.rule.provisions if p.id == id_)
                assert kind is not None
                self.reader.declare(name, kind, one.path)
            others: dict[str, Input | Reading] = {**one.rule.inputs, **one.rule.readings}
            for name in sorted((one.names & others.keys()) - one.given.keys()):
                found = others[name]
                if name not in env:
                    env[name] = found.type
                    if isinstance(found, Input) and found.when != ir.TRUE:
                        by_name: dict[str, ir.Node] = {id_: ir.Name(here) for id_, here in one.formulas.items()}
                        told = one.given.keys().isdisjoint(ir.names(found.when))
                        found = replace(found, when=ir.substituted(found.when, by_name) if told else ir.TRUE)
                    if isinstance(found, Input) and found.assume and found.assume.if_given in one.given:
                        found = replace(found, assume=None)  # what is worked out here is not a fact that was given
                    (self.inputs if isinstance(found, Input) else self.readings)[name] = found  # type: ignore[assignment]
                elif env[name] != found.type:
                    self.reader.report(one.path, "uses", f"`{name}` means another thing in `{one.rule.decision}`: give it by `with`",
                                       f"`{name}` 在 `{one.rule.decision}` 中另有含义：请以 `with` 给出")  # fmt: skip

    def provisions(self) -> Iterator[Provision]:
        """The formulas that are used and those they rest on, under their names here."""
        for one in self.taken:
            by_name: dict[str, ir.Node] = {id_: ir.Name(name) for id_, name in one.formulas.items()}
            for name, text in one.given.items():
                if name in one.rule.inputs or name == "as_of":
                    kind = DATE if name == "as_of" else one.rule.inputs[name].type
                    by_name[name] = self.reader.expression(text, kind, (*one.path, "with", name))
            for p in one.rule.provisions:
                if p.id in one.formulas:
                    yield _renamed(p, one.formulas[p.id], by_name)


def _rests_on(rule: Rule, formula: str) -> frozenset[str]:
    """The names a formula rests on in any of its versions, its own with them, and those that ask for these."""
    found, todo = set[str](), [formula]
    while todo:
        if (name := todo.pop()) not in found:
            found.add(name)
            todo += [used for p in rule.provisions if p.id == name and p.is_formula for used in p.names]
            todo += [
                used
                for p in rule.provisions
                if p.id == name and p.is_formula
                for e in p.unless
                for used in ir.names(e.when)
            ]
            entry = rule.inputs.get(name)
            todo += ir.names(entry.when) if entry else ()
            todo += [entry.assume.if_given] if entry and entry.assume and entry.assume.if_given else ()
    return frozenset(found)


def _renamed(p: Provision, name: str, by_name: Mapping[str, ir.Node]) -> Provision:
    def changed(node: ir.Node) -> ir.Node:
        return ir.substituted(node, by_name)

    unless = tuple(replace(e, when=changed(e.when), value=e.value and changed(e.value)) for e in p.unless)
    parts = tuple(replace(part, node=changed(part.node)) for part in p.parts)
    return replace(p, id=name, when=changed(p.when), unless=unless, value=p.value and changed(p.value), parts=parts)
