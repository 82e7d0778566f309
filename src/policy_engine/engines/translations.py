"""A table under every choice of readings: each provision is translated once for the choices it can tell apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

import ibis

from policy_engine.basics.values import ANOTHER, Known
from policy_engine.deciding.outline import choices, depends_on
from policy_engine.engines import cells
from policy_engine.engines.capabilities import of_table
from policy_engine.engines.cells import SEPARATOR, Cells
from policy_engine.engines.codes import CODE, COMPLIANT, OUTCOMES, SAID, SAY, TEXT, VALUED, words_of
from policy_engine.engines.layers import Stages
from policy_engine.engines.native import VALUES, worded
from policy_engine.engines.ratios import Ratio, floor, number
from policy_engine.engines.terms import (
    Term,
    absent,
    arith,
    as_term,
    coalesced,
    column,
    compare,
    lacking,
    laid,
    members,
    unlike,
    where,
)
from policy_engine.engines.translate import NONE, Told, Translation
from policy_engine.engines.truth import (
    FALSE,
    TRUE,
    Let,
    all_of,
    any_of,
    both,
    case,
    constant,
    differ,
    greatest,
    known,
    named,
    negation,
    same,
    surely,
    unknown,
)
from policy_engine.engines.waiting import Waiting, Waits, merged
from policy_engine.language import ir
from policy_engine.rulebook.rule import Input, Provision, Rule
from policy_engine.tables.columns import NOT_YET_COLUMN

BESIDE: Final = "; "
GIVEN: Final = ".given"
"""What a name is followed by in that of a flag: whether a row gives it."""


class Translations:
    """A table under every choice of readings; each provision is translated once for the choices it can tell apart."""

    def __init__(
        self, rule: Rule, table: Any, as_of: dt.date, chosen: Mapping[str, str], columns: Mapping[str, str],
        dated: str | None = None, fixed: Mapping[str, Known] | None = None, below: int | None = None,
        today: dt.date | None = None,
    ) -> None:  # fmt: skip
        self.fixed = fixed or {}
        self.not_yet = {n: flag for n in rule.inputs if (flag := f"{n}{NOT_YET_COLUMN}") in rule.inputs}
        self.rule, self.as_of, self.chosen, self.columns = rule, as_of, chosen, columns
        self.stages = Stages(table)
        can = of_table(table)
        self.nan, self.own, self.below, self.all_places = can.nan, can.own_ways, below, can.all_places
        self._cells: dict[str, Cells] = {}
        self.date = ibis.literal(as_of)
        if dated is not None:
            self.date = cells.cells(self.stages.let, self.stages.given(dated), self.nan).value
        self.today = self.date if today is None else ibis.literal(today)
        self.choices = choices(rule.readings, chosen)
        self.provisions = rule.at(as_of)
        self.checks = tuple(p for p in self.provisions if not p.is_formula)
        self.formulas = tuple(p for p in self.provisions if p.is_formula)
        self.answers = tuple(p for p in self.formulas if not p.step)
        self._by_name = {p.id: p for p in self.formulas}
        self._asked: dict[int, tuple[ir.Node, frozenset[str]]] = {}
        self._used = {id(p): depends_on(p.names, self._by_name) & frozenset(rule.readings) for p in self.provisions}
        self._facts: dict[tuple[str, bool], Term] = {}
        self._fixed: frozenset[Any] | None = None
        self._value_codes: dict[tuple[str, Translation], Any] = {}
        self._translations: dict[Told, Translation] = {}

    def given(self, name: str) -> Cells:
        """The column that gives an input, as it is meant. Raises Refused for a type that is not that of the input."""
        if name not in self._cells:
            entry, found = self.rule.inputs[name], self.stages.given(self.columns[name])
            column(found, self.columns[name], entry.type.kind)
            self._cells[name] = cells.meant(self.stages.let, found, entry, self.nan, self.below, self.own)
        return self._cells[name]

    def fact(self, name: str, assuming: bool = True) -> Term:
        """A column of facts, or what its silence means, the same in every situation."""
        key = name, assuming
        if key not in self._facts:
            if name.endswith(GIVEN):
                found = negation(lacking(self.fact(name.removesuffix(GIVEN), assuming=False)))
            else:
                found = self._least(name, self._fact(self.rule.inputs[name], assuming))
            date = name.removesuffix(NOT_YET_COLUMN)
            if date != name and name in self.fixed and date in self.columns:
                found = both(found, unknown(self.given(date).value))  # a day of the row goes before what is said of all
            self._facts[key] = laid(self.stages.let, found)
        return self._facts[key]

    def _fact(self, entry: Input, assuming: bool) -> Term:
        silence = self.fixed.get(entry.name, entry.assume.value if entry.assume and assuming else None)
        silence = silence or False if entry.name.endswith(NOT_YET_COLUMN) else silence
        beside = self._beside(entry)
        default = None if silence is None else as_term(silence) if beside is TRUE else where(beside, as_term(silence))
        if entry.name not in self.columns:
            return absent(entry.type.kind, entry.type.options) if default is None else default
        found = column(self.given(entry.name).value, entry.name, entry.type.kind)
        if entry.type.kind != "set":
            found = found if default is None else coalesced(found, default)
            return _listed(found) if entry.open else found
        if isinstance(silence, frozenset):
            taken = ibis.literal(SEPARATOR.join(sorted(silence)))
            found = found.coalesce(taken if beside is TRUE else case((beside, taken), otherwise=ibis.null("string")))
        return members(self.stages.let, found, entry.accepts.options, self.own, self.given(entry.name).bits)

    def _beside(self, entry: Input) -> Any:
        """Whether silence about an input means what it is said to mean: always, or where another fact is given."""
        told = entry.assume.if_given if entry.assume and entry.name not in self.fixed else None
        if told is None or told in self.fixed:
            return TRUE
        return self.given(told).value.notnull() if told in self.columns else FALSE

    def _least(self, name: str, term: Term) -> Term:
        """A date, or the day after that of the decision where it has not come; on the last day there is none after it."""
        if name not in self.not_yet:
            return term
        tomorrow = arith(self.stages.let, "+days", self.today, number(Fraction(1))).coalesce(self.today)
        return case((self.fact(self.not_yet[name]), tomorrow), otherwise=term)

    def refused(self) -> Any:
        """What is wrong with the facts of a row, the first thing; NULL where they are possible."""
        wrong: list[tuple[Any, Any]] = []
        for name in self.columns:
            entry, later = self.rule.inputs[name], self.not_yet.get(name)
            term = self.fact(name, assuming=False) if later is None else self._fact(entry, assuming=False)
            kept = [compare(bound.relation, term, as_term(bound.value)) for bound in entry.bounds]
            if later is not None and later in self.columns:  # a day, and not yet
                kept.append(negation(both(surely(self.given(later).value, False), known(self.given(name).value))))
            if isinstance(term, Ratio) and entry.type.integer and (term.under > 1 or term.places):
                kept.append(compare("==", floor(self.stages.let, term), term))
            if self.below is not None and entry.type.kind == "number":
                too_large = negation(surely(self.given(name).sound, True))
                wrong.append((too_large, ibis.literal(f"{name} >= 10^{self.below}")))
            kept.append(self.given(name).sound)
            if isinstance(term, Ratio) and entry.type_name == "share":  # a bare 1.5 may mean 150% or 1.5%
                kept.append(compare("<=", term, number(Fraction(1))))
            wrong += [(negation(flag), ibis.literal(name)) for flag in kept]
        for must, text in zip(self.rule.facts_must, self.rule.facts_must_text, strict=True):
            wrong.append((negation(self.chosen_translation.flag(must)), ibis.literal(text)))
        some = any_of([flag for flag, _ in wrong])  # seldom: which it is, is asked only then
        null = ibis.null("string")
        return case((some, case(*wrong, otherwise=null)), otherwise=null)

    @cached_property
    def chosen_translation(self) -> Translation:
        """The rule under the readings chosen."""
        return self.under(NONE)

    def under(self, told: Told) -> Translation:
        """The rule under the readings chosen, but for those told."""
        if told not in self._translations:
            self._translations[told] = Translation(self, self.chosen, told)
        return self._translations[told]

    def asked(self, node: ir.Node) -> frozenset[str]:
        """The readings that bear on an expression."""
        if id(node) not in self._asked:
            if isinstance(node, ir.Name):
                found = depends_on((node.name,), self._by_name) & self.rule.readings.keys()
            else:
                found = frozenset().union(*map(self.asked, ir.children(node)))
            self._asked[id(node)] = node, frozenset(found)
        return self._asked[id(node)][1]

    def _translation(self, p: Provision, choice: Mapping[str, str]) -> Translation:
        return self.under(frozenset(pick for pick in choice.items() if pick[0] in self._used[id(p)]))

    def code(self, p: Provision, choice: Mapping[str, str]) -> Any:
        """The code of the status of a check under a choice."""
        return self._translation(p, choice).code(p)

    def status(self, p: Provision, kind: str = TEXT) -> Any:
        """The status of a check, as text, as the code it is inside, or as a flag: satisfied or not, NULL where it is neither."""
        if kind == CODE:
            return self.code(p, {})
        if kind == TEXT and (
            self.own == VALUES or self._translation(p, {}).coded(p)
        ):  # quicker than by what it is made of
            return worded(self.code(p, {}), words_of(p), self.own)
        return self._translation(p, {}).chosen_by_status(p, SAID[kind])

    def value(self, p: Provision, choice: Mapping[str, str]) -> Term:
        """The value of a formula under a choice."""
        return self._translation(p, choice).name(p.id)

    @cached_property
    def _bare(self) -> Translation:
        """The rule under the readings chosen where silence means nothing."""
        return Translation(self, self.chosen, assuming=False)

    @cached_property
    def _waiting(self) -> Waiting:
        return Waiting(self._bare, self.rule.assumable - self.fixed.keys())

    def assumes(self, p: Provision) -> Any:
        """The names of what a provision rests on that nobody gave, as text, as in `decide`."""
        waits = self._waiting.provision(p, p.value if p.is_formula else p.require)
        if p.is_formula:
            waits = merged((TRUE, waits), *self._idle_waits(p))
        pairs = zip(self._says(p, self._bare), self._says(p, self.chosen_translation), strict=True)
        unsettled = any_of([differ(bare, chosen) for bare, chosen in pairs])
        told = []
        for name in (name for name in self.rule.inputs if name in waits):
            given = name in self.columns and self.given(name).value.notnull()
            silent = TRUE if given is False else negation(given)
            told.append((all_of([unsettled, waits[name], silent, self._beside(self.rule.inputs[name])]), name))
        return named(self.stages.let, told, BESIDE)

    def _says(self, p: Provision, translation: Translation) -> tuple[Any, ...]:
        """What a provision says, told apart: the code of a check; whether a formula is undetermined, and whether it has a value."""
        if not p.is_formula:
            return (translation.code(p),)
        may, lacks = surely(translation.applies(p), True), lacking(translation.name(p.id))
        undetermined = all_of([may, lacks, *(negation(flag) for flag in self._idles(p, translation))])
        return self.stages.let(undetermined), self.stages.let(negation(lacks))

    def _idle_waits(self, p: Provision) -> list[tuple[Any, Waits]]:
        """What tells whether the facts matter that a formula waits for."""
        inputs = self.rule.inputs
        used = [n for n in depends_on(p.names, self._bare.formulas) if n in inputs and inputs[n].when != ir.TRUE]
        waited = self._bare.waiting.provision(p, p.value) if used else {}
        return [(flag, self._waiting.of(inputs[name].when)) for name, flag in waited.items() if name in used]

    def contested(self, p: Provision) -> Any:
        """Whether another reading gives a check another status, a formula another value; None where no reading can."""
        choices = [choice for choice in self.choices if self._used[id(p)].issuperset(choice)]
        if p.is_formula:
            let, value = self.stages.let, self.value(p, {})
            return any_of([unlike(let, self.value(p, c), value) for c in choices]) if choices else None
        base = self.code(p, {})
        differing = _apart([self.code(p, choice) for choice in choices], base)
        return any_of([differ(other, base) for other in differing]) if differing else None

    def contested_row(self) -> Any:
        """Whether another reading gives another outcome or another value."""
        codes = self._codes({})
        others = {tuple(code.op() for code in told): told for told in map(self._codes, self.choices)}
        every = zip(codes, *others.values(), strict=True)
        self._fixed = frozenset(ones[0].op() for ones in every if all(one.equals(ones[0]) for one in ones))
        base = self.weight({})
        values = [flag for p in self.formulas if (flag := self.contested(p)) is not None]
        return any_of([*(self._outweighs(told, codes, base) for told in others.values()), *values])

    def _outweighs(self, told: Sequence[Any], codes: Sequence[Any], base: Any) -> Any:
        """Whether other codes come to another outcome: asked only where one of them is another."""
        let = self.stages.let
        apart = let(any_of([differ(a, b) for a, b in zip(told, codes, strict=True) if not a.equals(b)]))
        if constant(apart) is False:
            return FALSE
        found = let(case((apart, self._heaviest(told, lambda expr: expr)), otherwise=ibis.null("int8")))
        return case((apart, differ(self._as_outcome(found), base)), otherwise=FALSE)

    def outcome(self) -> Any:
        """What all statuses and values say together."""
        weight = self.weight({})
        words = {at: name for at, name in enumerate(OUTCOMES) if at not in (0, VALUED)} | {0: OUTCOMES[0]}
        return worded(weight, words, self.own)

    def weight(self, choice: Mapping[str, str]) -> Any:
        """The weight of the outcome under a choice: that of the gravest status, or of a value not determined."""
        return self.stages.let(self._as_outcome(self._heaviest(self._codes(choice), self.stages.let)))

    def _codes(self, choice: Mapping[str, str]) -> list[Any]:
        """What bears on the outcome under a choice: the code of each check, and of each value."""
        return [self._bearing(p, choice) for p in self.checks] + [self._value_code(p, choice) for p in self.answers]

    def _heaviest(self, codes: Sequence[Any], let: Let) -> Any:
        """The gravest of some codes, those that no reading bears on together before."""
        fixed = [code for code in codes if code.op() in self._fixed_codes()]
        free = [code for code in codes if code.op() not in self._fixed_codes()]
        return greatest(let, [greatest(self.stages.let, fixed), *free])

    def _as_outcome(self, found: Any) -> Any:
        """The gravest code as the weight of an outcome: a value alone makes a case compliant."""
        valued = same(found, ibis.literal(VALUED, "int8"))
        return case((valued, ibis.literal(COMPLIANT, "int8")), otherwise=found) if self.answers else found

    def _bearing(self, p: Provision, choice: Mapping[str, str]) -> Any:
        """The code of a check as it enters the outcome: what is permitted may stay open."""
        code = self.code(p, choice)
        if p.force != "option":
            return code
        open_end = same(code, SAY["undetermined"])
        return self.stages.let(case((open_end, SAY["not_applicable"]), otherwise=code))

    def _fixed_codes(self) -> frozenset[Any]:
        """The codes no reading bears on, or that are seen to be the same under all of them."""
        if self._fixed is None:
            free = [p for p in self.provisions if not self._used[id(p)]]
            codes = [self._value_code(p, {}) if p.is_formula else self._bearing(p, {}) for p in free if not p.step]
            self._fixed = frozenset(code.op() for code in codes)
        return self._fixed

    def _value_code(self, p: Provision, choice: Mapping[str, str]) -> Any:
        translation = self._translation(p, choice)
        if (p.id, translation) not in self._value_codes:
            self._value_codes[p.id, translation] = self._made_value_code(p, translation)
        return self._value_codes[p.id, translation]

    def _made_value_code(self, p: Provision, translation: Translation) -> Any:
        applies = self.stages.let(surely(translation.applies(p), True))
        lacks = both(applies, lacking(translation.name(p.id)))
        idle = [(both(lacks, flag), SAY["not_applicable"]) for flag in self._idles(p, translation)]
        valued = (applies, ibis.literal(VALUED, "int8"))
        return self.stages.let(case(*idle, (lacks, SAY["undetermined"]), valued, otherwise=SAY["not_applicable"]))

    def _idles(self, p: Provision, translation: Translation) -> list[Any]:
        """Whether a formula waits for facts alone whose `when` is false; empty where it uses none that has one."""
        inputs = self.rule.inputs
        used = [n for n in depends_on(p.names, translation.formulas) if n in inputs and n not in self.fixed]
        if all(inputs[name].when == ir.TRUE for name in used):
            return []
        waits, live, left = translation.waiting.provision(p, p.value), [], []
        for name, flag in waits.items():
            other = inputs[name].open and name in self.columns  # one beside the list is given, and not waited for
            lacks = both(flag, unknown(self.given(name).value)) if other else flag
            when = self.stages.let(surely(self.stages.let(translation.flag(inputs[name].when)), True))
            live.append(lacks)
            left.append(lacks if self.stages.implies(lacks, when) else both(lacks, when))
        some, matter = any_of(live), any_of(left)
        return [both(some, negation(matter))] if not some.equals(matter) else []


def _apart(found: Iterable[Any], base: Any) -> list[Any]:
    """Expressions other than the base, each once."""
    return list({expr.op(): expr for expr in found if not expr.equals(base)}.values())


def _listed(found: Any) -> Any:
    """A choice of an open list, NULL where it is none of those listed."""
    return case((same(found, ibis.literal(ANOTHER)), ibis.null("string")), otherwise=found)
