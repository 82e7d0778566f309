"""One case under one choice of readings: what every name stands for; formulas are worked out when they are asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property

from policy_engine.basics.errors import Text
from policy_engine.basics.memory import Memory
from policy_engine.basics.values import ANOTHER, OPEN_LIST, Known, Unknown, Value, merge
from policy_engine.deciding.outline import outline
from policy_engine.language import ir
from policy_engine.language.evaluate import evaluate
from policy_engine.rulebook.bounds import TODAY
from policy_engine.rulebook.rule import Input, Names, Provision, Rule


class Situation(Mapping[str, Value]):
    """Facts, what silence means, readings, `as_of` and formulas by name; a fact not given is Unknown.

    `today`: the day up to which things are known, where a case is decided as of an earlier one; what is due by then is judged.
    `worked`: values of formulas that are known already; `taken`: the inputs whose silence means something, likewise.
    """

    def __init__(
        self, rule: Rule, given: Mapping[str, Known], as_of: dt.date, chosen: Mapping[str, str],
        today: dt.date | None = None, worked: Mapping[str, Value] | None = None, taken: frozenset[str] | None = None,
    ) -> None:  # fmt: skip
        self.rule, self.given, self.as_of, self.chosen = rule, given, as_of, chosen
        self.today = as_of if today is None else today
        self.outline = outline(rule, as_of)
        self.provisions, self.formulas = self.outline.provisions, self.outline.formulas
        self.taken = silent(rule, given) if taken is None else taken
        self._values: dict[str, Value] = {
            **{name: value for name, value in self.outline.silence.items() if name in self.taken}, **(worked or {}),
            **given, **self.outline.defaults, **chosen, "as_of": as_of, TODAY: self.today,
        }  # fmt: skip
        self._said, self.told = Memory(), Memory()  # `told`: what floors above say of it
        for name in self.outline.open_choices & given.keys():
            if given[name] == ANOTHER:
                self._values[name] = Unknown(because=(not_listed(rule.inputs[name]),))

    @property
    def names(self) -> Names:
        """What people call its names."""
        return self.outline.names

    def __getitem__(self, name: str) -> Value:
        if name not in self._values:
            if name not in self.formulas:
                return _of_row(name, self.rule) if "[" in name else Unknown((name,))
            uses = (name, *self.outline.uses[name])
            needed = {n for n in uses if n in self.formulas and n not in self._values}
            for used in sorted(needed, key=self.rule.place_of_formula.__getitem__):
                self._values[used] = self._formula(self.formulas[used])  # in order: a long chain is no deep recursion
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*self._values, *(f for f in self.formulas if f not in self._values)))

    def __len__(self) -> int:
        return len(set(self._values) | set(self.formulas))

    def _formula(self, formula: Provision) -> Value:
        applies = self.applies(formula)
        if applies is False:
            return Unknown(because=(does_not_apply(formula, self.as_of),))
        value = evaluate(formula.value or ir.TRUE, self)
        if applies is True:
            return value
        return merge((applies, value))

    def applies(self, provision: Provision) -> Value:
        """Whether a provision applies: in force, its condition holds, no exception does."""
        return provision.in_force(self.as_of) and self.of(provision.applies)

    @cached_property
    def idle(self) -> frozenset[str]:
        """The facts not given that do not matter in this case: their `when` is false."""
        whens = self.outline.whens.items()
        return frozenset([name for name, when in whens if name not in self.given and self.of(when) is False])

    def awaited(self, open_: Unknown) -> Unknown:
        """What is waited for, idle facts left out unless there are no others."""
        return Unknown(tuple([n for n in open_.missing if n not in self.idle]) or open_.missing, open_.because)

    def says(self, formula: Provision) -> bool:
        """Whether a formula applies and has something to say: one that waits for idle facts alone has not."""
        value = self[formula.id]
        idles = isinstance(value, Unknown) and bool(value.missing) and self.idle.issuperset(value.missing)
        return self.applies(formula) is not False and not idles

    def of(self, node: ir.Node) -> Value:
        """The value of an expression in this case, worked out once."""
        kept = self._said.get(id(node))
        if kept is None or kept[0] is not node:
            kept = self._said[id(node)] = node, evaluate(node, self)
        return kept[1]

    def known(self, node: ir.Node) -> Value:
        """The value of an expression; of one that is not known perhaps only that, not what it waits for."""
        return self.of(node)

    def with_fact(self, name: str, value: Known) -> Situation:
        """The same case with one fact changed."""
        given = {**self.given, name: value}
        beside = silent(self.rule, given) ^ self.taken
        return Situation(self.rule, given, self.as_of, self.chosen, self.today, self._still({name, *beside}))

    def under(self, picks: Mapping[str, str]) -> Situation:
        """The same case under other readings."""
        chosen = {**self.chosen, **picks}
        return Situation(self.rule, self.given, self.as_of, chosen, self.today, self._still(picks))

    def _still(self, changed: Iterable[str]) -> dict[str, Value]:
        """The formulas that were worked out and stay as they are where some names are changed."""
        still = self.formulas.keys() & self._values.keys() - self.outline.moved(frozenset(changed))
        return {name: self._values[name] for name in still}


def _of_row(name: str, rule: Rule) -> Unknown:
    """What is not told of a row lies within the bounds of its column: a sum is at least what is told."""
    ends = {b.relation[0]: b.value for b in rule.inputs[name].bounds} if name in rule.inputs else {}
    low, high = (end if isinstance(end, Fraction | dt.date) else None for end in (ends.get(">"), ends.get("<")))
    return Unknown((name,), low=low, high=high)


def not_listed(entry: Input) -> Text:
    """Why what is said of an input that is none of the options listed settles nothing."""
    return Text(f"{entry.label.en}: {OPEN_LIST.en}", f"{entry.label.zh}：{OPEN_LIST.zh}")


def does_not_apply(provision: Provision, as_of: dt.date) -> Text:
    """Why a formula gives no value: not in force on the date, or it does not apply."""
    why = Text("does not apply", "不适用") if provision.in_force(as_of) else out_of_force(provision, as_of)
    return Text(f"{provision.title.en}: {why.en}", f"{provision.title.zh}：{why.zh}")


def out_of_force(provision: Provision, as_of: dt.date) -> Text:
    """Why a provision is not in force on a date outside its span."""
    if provision.valid_until and as_of > provision.valid_until:
        return Text(f"not in force after {provision.valid_until}", f"{provision.valid_until} 之后不再有效")
    return Text(f"not in force before {provision.valid_from}", f"{provision.valid_from} 之前尚未生效")


def silent(rule: Rule, given: Container[str]) -> frozenset[str]:
    """The inputs whose silence means something beside the facts given; a date that has not come is none to stand beside."""
    if (meant := rule.kept.get("meant")) is None:
        beside = ((name, entry.assume) for name, entry in rule.inputs.items())
        meant = rule.kept["meant"] = [(name, one.if_given) for name, one in beside if one]
    later = rule.not_yet
    return frozenset([n for n, one in meant if n not in given and (one is None or (one in given and one not in later))])


def resting(rule: Rule, as_of: dt.date) -> tuple[Provision, ...]:
    """The provisions that can rest on what nobody gave."""
    found = outline(rule, as_of)
    return tuple(p for p in found.provisions if found.waits[p.id] & rule.assumable)
