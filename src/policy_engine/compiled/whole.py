"""A decision under every reading as one function: what the readings share is worked out once.

Facts come in the order of the inputs, None for what is not given; silence is given its meaning before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from operator import itemgetter
from typing import Any, Final

from policy_engine.basics.values import Known, Unknown
from policy_engine.compiled.counted import DIGITS_OF_A_FACT, UNFIT, counted, scale
from policy_engine.compiled.gaps import Gaps
from policy_engine.compiled.limits import Limits
from policy_engine.compiled.provisions import status, weights
from policy_engine.compiled.terms import NEVER, ROWS, Lines, Term, Uncompiled, run
from policy_engine.compiled.trace import Trace
from policy_engine.compiled.under import Choice, Under, used
from policy_engine.compiled.waits import Waits
from policy_engine.deciding.decide import Worked
from policy_engine.deciding.outcome import Alternative, OutcomeName, Status
from policy_engine.deciding.outline import depends_on, outline
from policy_engine.deciding.situation import does_not_apply
from policy_engine.language import ir
from policy_engine.rulebook.rule import Input, Provision, Rule

SAME: Final = -1
"""The place of what is said by default, behind what is said otherwise."""
SHAPES: Final = 1 << 12
"""So much is kept of what depends on which facts nobody gave, or on which readings say the same, not on the facts."""
Pick = Callable[[tuple[Any, ...]], Any]


@dataclass(frozen=True, kw_only=True)
class Slot:
    """Where something stands in what is returned: as the text is read by default, and what other readings give.

    `others` is the place of None, where all say the same, or of what they say; `places`: for each choice the place
    therein, SAME for what is said by default; `bits`: for each place the choices, as bits; `own`: the choices of nothing but
    what is used, under which it is not the same. `under`: numbers are whole numbers over this, 0: Fractions, None: none.
    """

    at: int
    others: int
    places: tuple[int, ...]
    bits: tuple[int, ...]
    own: tuple[int, ...]
    under: int | None

    def each(self, found: tuple[Any, ...]) -> Iterable[tuple[Any, int]]:
        """What is said, of all that is returned, and under which choices: bits by their place, the last by default."""
        base, others = found[self.at], found[self.others]
        return (
            ((base, (2 << len(self.places)) - 1),) if others is None else zip((*others, base), self.bits, strict=True)
        )


class Whole:
    """A decision as of a date, under what is chosen and under every other choice. Raises Uncompiled."""

    lines: type[Lines] = Lines
    """What its source is written into."""
    _besides_at: tuple[int, ...] = ()
    """Where stands what is returned besides."""

    def __init__(self, rule: Rule, as_of: dt.date, chosen: Mapping[str, str], otherwise: bool = True) -> None:
        self.rule, self.as_of, self.chosen = rule, as_of, chosen
        self.outline = outline(rule, as_of)
        self.choices = self.outline.choices(chosen) if otherwise else []
        self.entries = tuple(rule.inputs.values())
        self.silence = {name: counted(rule.inputs[name], value) for name, value in self.outline.silence.items()}
        items = [choice.items() for choice in self.choices]
        self.above = [sum(1 << i for i, whole in enumerate(items) if part <= whole) for part in items]
        """For each choice, as bits, those of which it is a part, itself among them."""
        self._place_of = {tuple(choice): i for i, choice in enumerate(items)}
        whens = depends_on((n for entry in self.entries for n in ir.names(entry.when)), self.outline.formulas)
        self.asks_by_readings = not whens.isdisjoint(rule.readings)
        self.place = {entry.name: i for i, entry in enumerate(self.entries)}
        self.beside = frozenset(one.if_given for entry in self.entries if (one := entry.assume) and one.if_given)
        """The facts beside which alone the silence of others means something."""
        self._tried: dict[str, Callable[[tuple[Any, ...]], tuple[Any, ...]]] = {}
        self._limits: dict[tuple[str | None, Status | None], Limits | None] = {}
        self._rests: dict[frozenset[str], frozenset[str]] = {}
        self._otherwise: dict[tuple[int, tuple[int, ...]], list[tuple[int, int]]] = {}
        self.says: dict[str, Slot] = {}
        self.states: dict[str, Slot] = {}
        self.paths: dict[str, tuple[int, list[tuple[ir.Node, ...]]]] = {}
        self._waits: dict[int | None, Waits] = {}
        self._told_by: dict[tuple[int, Any, Any], Sequence[tuple[Any, int]]] = {}
        self._agreeing: dict[tuple[frozenset[str], int | None], int] = {}
        self.outcomes: dict[Any, tuple[OutcomeName, tuple[Alternative, ...]]] = {}
        """By default and under other readings, by what is said."""
        self._under = Under(self.outline, as_of, self.given, self.lines)
        self._inputs = {entry.name: _variable(i, entry) for i, entry in enumerate(self.entries)}
        self.source, self.function = self._compile()
        if any(isinstance(node, ir.Call) and node.function in ROWS for part in self._parts() for node in ir.walk(part)):
            self.waits_under(None)  # what is not in force, or says which facts matter, is in that function alone

    def _parts(self) -> Iterable[ir.Node]:
        yield from self.outline.whens.values()
        for p in self.rule.provisions:
            yield from (part for part in (p.applies, p.require, p.value, p.due) if part is not None)

    def facts(self, given: Mapping[str, Known], taken: Iterable[str]) -> tuple[Any, ...] | None:
        """What is given in the order of the inputs, `taken` as their silence means; None where the interpreter is asked."""
        found: list[Any] = [None] * len(self.entries)
        for name in taken:
            found[self.place[name]] = self.silence[name]
        for name, value in given.items():
            at = self.place[name]
            found[at] = counted(self.entries[at], value)
        return None if UNFIT in found else tuple(found)

    @cached_property
    def picks(self) -> Mapping[str, tuple[Pick, Pick]]:
        """For each check what takes out, of all facts and of which are given, on what it says, and what would mend it, can depend."""
        by = self.outline
        musts = [depends_on(ir.names(must), by.formulas) for must in self.rule.facts_must]
        found = {}
        for p in by.checks:
            used = by.waits[p.id] | depends_on(() if p.early is None else ir.names(p.early), by.formulas)
            beside = used.union(*(names for names in musts if not used.isdisjoint(names)))  # what a remedy must keep
            found[p.id] = self._picked(used), self._picked(beside)
        return found

    @cached_property
    def of_values(self) -> Pick:
        """The same of all formulas together: most use each other."""
        by = self.outline
        return self._picked(frozenset().union(*(by.waits[name] for name in by.formulas)))

    @cached_property
    def whens(self) -> Mapping[str, Pick]:
        """For each check what takes those out on which depends whether it applies, where only that says that it does not."""
        checks = (p for p in self.outline.checks if p.force != "option" and p.due is None)
        return {p.id: self._picked(depends_on(ir.names(p.applies), self.outline.formulas)) for p in checks}

    def _picked(self, used: frozenset[str]) -> Pick:
        taken = (self.rule.inputs[name].assume for name in used if name in self.rule.inputs)
        used |= {one.if_given for one in taken if one and one.if_given}
        any_code = any(e.type.kind == "code" for e in self.entries if e.name in used)  # codes are beside one another
        places = [i for i, entry in enumerate(self.entries) if any_code or entry.name in used]
        # whether a fact is given is told by its value, unless silence means something, or it can be none of those listed
        told = [i + len(self.entries) for i in places if self.entries[i].assume or self.entries[i].open]
        return itemgetter(*places, *told) if places else _nothing

    def rests(self, silent: frozenset[str]) -> frozenset[str]:
        """The provisions that can rest on some facts that nobody gave."""
        found = self._rests.get(silent)
        if found is None:
            if len(self._rests) >= SHAPES:
                self._rests.clear()
            waits = self.outline.waits.items()
            found = self._rests[silent] = frozenset([name for name, used in waits if not used.isdisjoint(silent)])
        return found

    @cached_property
    def by_default(self) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
        """The function without other readings: what it says by default stands at the same places, over the same denominators."""
        alone = Whole(self.rule, self.as_of, self.chosen, otherwise=False)
        alike = all(alone.says[name].under == slot.under for name, slot in self.says.items())
        return alone.function if alike else self.function

    @cached_property
    def inapplicable(self) -> Mapping[str, Worked]:
        """What each formula gives where it does not apply."""
        formulas = self.outline.formulas.items()
        return {n: Worked(Unknown(because=(does_not_apply(p, self.as_of),)), False) for n, p in formulas}

    @cached_property
    def weighed(self) -> list[tuple[Slot, Sequence[int]]]:
        """Where checks are told, and what each of their statuses says of the whole."""
        return [(self.says[p.id], weights(p)) for p in self.outline.checks]

    @cached_property
    def bears(self) -> dict[str, Slot]:
        """Where is told whether formulas have a value that by itself bears on the outcome."""
        return {name: slot for name, slot in self.states.items() if not self.outline.formulas[name].step}

    @cached_property
    def coded(self) -> Pick:
        """What takes out which status checks have, and whether formulas have a value, under every reading."""
        told = (*(self.says[p.id] for p in self.outline.checks), *self.states.values())
        return itemgetter(*self._besides_at, *(place for slot in told for place in (slot.at, slot.others)))

    def told(self, slot: Slot, found: tuple[Any, ...]) -> Sequence[tuple[Any, int]]:
        """Of a check or of whether a formula has a value: what is said, each once, and under which choices."""
        key = slot.at, found[slot.at], found[slot.others]
        if (told := self._told_by.get(key)) is None:
            if len(self._told_by) >= SHAPES:
                self._told_by.clear()
            bits_of: dict[Any, int] = {}
            for said, bits in slot.each(found):
                bits_of[said] = bits_of.get(said, 0) | bits
            told = self._told_by[key] = tuple(bits_of.items())
        return told

    def agreeing(self, readings: frozenset[str], i: int | None) -> int:
        """The choices, as bits, that answer some readings as one does; None: as the default does."""
        if (readings, i) not in self._agreeing:
            each = [used(tuple(choice.items()), readings) for choice in (*self.choices, {})]
            alike = [1 << j for j, picks in enumerate(each) if picks == each[-1 if i is None else i]]
            self._agreeing[readings, i] = sum(alike)
        return self._agreeing[readings, i]

    def telling(self, base: Any, said: Iterable[tuple[int, Any]]) -> list[tuple[int, Any]]:
        """Of choices by their place those under which something else is said that a part of them does not say already."""
        kept, known = list[tuple[int, Any]](), dict[Any, int]()
        for i, one in said:
            if one != base and not known.get(one, 0) >> i & 1:
                kept.append((i, one))
                known[one] = known.get(one, 0) | self.above[i]
        return kept

    def otherwise(self, slot: Slot, base: Any, others: tuple[Any, ...]) -> list[tuple[int, Any]]:
        """The same of the choices of nothing but what a provision uses, given what it says by default and otherwise."""
        said = (base, *others)
        alike = tuple(map(said.index, said))  # which of them are the same is all that counts
        found = self._otherwise.get((slot.at, alike))
        if found is None:
            if len(self._otherwise) >= SHAPES:
                self._otherwise.clear()
            told = self.telling(0, [(i, alike[slot.places[i] + 1]) for i in slot.own])
            found = self._otherwise[slot.at, alike] = [(i, slot.places[i]) for i, _ in told]
        return [(i, others[place]) for i, place in found]

    @cached_property
    def gaps(self) -> tuple[Mapping[str, tuple[int, int]], Callable[[tuple[Any, ...]], tuple[Any, ...]]]:
        """How near checks are: the place and denominator of each in what a function returns, and the function."""
        found = Gaps(Under(self.outline, self.as_of, self.given))
        return found.at, found.function(self.unpacked, self.rule.decision)

    @cached_property
    def waits(self) -> Waits:
        """What provisions wait for where they are not known."""
        return self.waits_under(None)

    def waits_under(self, i: int | None) -> Waits:
        """What is waited for under a choice, by its place; of checks as the text is read by default alone. Made when asked for."""
        if i not in self._waits:
            picks = () if i is None else tuple(self.choices[i].items())
            under = Under(self.outline, self.as_of, lambda name, writer, _: self.given(name, writer, picks))
            self._waits[i] = Waits(self.rule, under, self.unpacked, self.outline.checks if i is None else ())
        return self._waits[i]

    def place_of(self, choice: Mapping[str, str]) -> int | None:
        """The place of a choice among those that are told; None of another."""
        return self._place_of.get(tuple(choice.items()))

    def least(self, p: Provision, i: int | None) -> int | None:
        """The place of what a provision uses of a choice: under that it says the same."""
        return None if i is None else self._place_of.get(used(tuple(self.choices[i].items()), self.outline.asked[p.id]))

    def tried(self, p: Provision) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
        """For facts that are tried: whether they are possible, and the status of a check if it is judged by now."""
        if (found := self._tried.get(p.id)) is None:
            writer = Under(self.outline, self.as_of, self.given).writer
            told = [_possible(self.rule, writer), status(replace(p, due=None), self.as_of, writer)]
            found = self._tried[p.id] = run("tried", self.unpacked, writer, told, self.rule.decision)[1]
        return found

    def limits(self, p: Provision, status: Status | None) -> Limits | None:
        """The limits of facts for a check to have a status, or for them to be possible alone; None where they are not told."""
        key = p.id if status else None, status
        if key not in self._limits:
            holds = (p.applies, p.require or ir.TRUE) if status == "satisfied" else (ir.Not(p.applies),)
            wanted = holds if status else ()
            under = Under(self.outline, self.as_of, self.given)
            try:
                self._limits[key] = Limits(self.rule, under, self.unpacked, wanted)
            except (Uncompiled, RecursionError):
                self._limits[key] = None
        return self._limits[key]

    @cached_property
    def trace(self) -> Trace:
        """The values of all parts of expressions, as read by default; given facts and what the function said of them."""
        return Trace(self.rule, self.as_of, self.unpacked, self.given, self._found)

    def _found(self, name: str) -> Term:
        """What a formula gives, as read by default, where it is returned."""
        term, slot = self._under.formula(self.outline.formulas[name])[0], self.says[name]
        if term.never or term.fixed:
            return term
        return replace(
            term, code=f"found[{slot.at}]", null=True, under=slot.under, digits=term.digits + len(str(slot.under))
        )

    def given(self, name: str, writer: Lines, picks: Choice = ()) -> Term:
        """An input, a reading or the date."""
        if name in self._inputs:
            return self._inputs[name]
        if name in self.rule.readings:
            default = self.chosen.get(name, self.rule.readings[name].default)
            return writer.constant(dict(picks).get(name, default))
        return writer.constant(self.as_of) if name == "as_of" else NEVER

    def _compile(self) -> tuple[str, Callable[[tuple[Any, ...]], tuple[Any, ...]]]:
        writer, each = self._under.writer, self._under.each
        told = [_possible(self.rule, writer)]
        for name in (name for name in self.rule.formula_order if name in self.outline.formulas):
            p = self.outline.formulas[name]
            writer.lines.append(f"# {name}")
            under = each(self.outline.asked[name], self.choices, partial(self._under.formula, p))
            terms = [value for value, _ in under.values()]
            terms = writer.alike(terms) if any(term.under is not None for term in terms) else terms
            kind = next((term.under for term in terms if not term.never), None)
            self.says[name] = self._told(p, dict(zip(under, (t.code for t in terms), strict=True)), told, kind)
            self.states[name] = self._told(p, {picks: state.code for picks, (_, state) in under.items()}, told)
            if p.parts and p.value is not None and not under[()][0].never:
                self.paths[name] = len(told), (paths := list[tuple[ir.Node, ...]]())
                told.append(self._path((p.value,), paths))
        for p in self.outline.checks:
            writer.lines.append(f"# {p.id}")
            codes = each(self.outline.asked[p.id], self.choices, partial(status, p, self.as_of, writer))
            self.says[p.id] = self._told(p, codes, told)
        told += self._besides()
        return run("whole", self.unpacked, writer, told, self.rule.decision)

    def _besides(self) -> list[str]:
        """What is returned besides what the decision says."""
        return []

    @property
    def unpacked(self) -> str:
        """The line that takes facts apart."""
        return "(" + "".join(f"x{i}, " for i in range(len(self.entries))) + ") = facts" if self.entries else ""

    def _path(self, told: tuple[ir.Node, ...], paths: list[tuple[ir.Node, ...]]) -> str:
        """The place among some paths of the one to the case that decides: the conditions that hold and their values."""
        node = told[-1]
        if not isinstance(node, ir.Cases):
            paths.append(told)
            return str(len(paths) - 1)
        code = ""
        for condition, value in node.branches:
            holds = self._under.writer.let(self._under.writer.term(condition))
            code += f"{self._path((*told, condition, value), paths)} if {holds.code} is True else "
        return f"({code}{self._path((*told, node.otherwise), paths)})"

    def _told(self, p: Provision, under: Mapping[Choice, str], told: list[str], kind: int | None = None) -> Slot:
        """What is returned of what a provision says."""
        codes = {picks: self._under.writer.let(Term(code)).code for picks, code in under.items()}
        base, at = codes[()], len(told)
        others = [code for code in dict.fromkeys(codes.values()) if code != base]
        told.append(base)
        told.append(f"None if {' == '.join([base, *others])} else ({', '.join(others)},)" if others else NEVER.code)
        place = {picks: others.index(code) if code != base else SAME for picks, code in codes.items()}
        asked = self.outline.asked[p.id]
        places = tuple(place[used(tuple(choice.items()), asked)] for choice in self.choices)
        own = tuple([i for i, choice in enumerate(self.choices) if places[i] != SAME and asked.issuperset(choice)])
        bits = [sum(1 << i for i, one in enumerate(places) if one == place) for place in (*range(len(others)), SAME)]
        bits[SAME] |= 1 << len(places)
        return Slot(at=at, others=at + 1, places=places, bits=tuple(bits), own=own, under=kind)


def _possible(rule: Rule, writer: Lines) -> str:
    """Whether facts do not contradict each other."""
    musts = "".join(f"{writer.term(must).code}, " for must in rule.facts_must)
    return f"False not in ({musts})"


def _nothing(facts: tuple[Any, ...]) -> None:
    """Where nothing is used."""


def _variable(i: int, entry: Input) -> Term:
    number = entry.type.kind == "number"
    return Term(f"x{i}", True, scale(entry) if number else None, DIGITS_OF_A_FACT if number else 0)
