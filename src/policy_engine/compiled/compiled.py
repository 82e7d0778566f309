"""A decision as Python functions: made once for a date, the readings and what is given, then called for each case.

The interpreter is the meaning; this is a reading of the same tree, held to it by tests. What it does not hold (lists,
totals that grow, dates not yet, sets with members that are not listed, more digits than a fact of its type has) it
leaves to the interpreter, case by case.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any, Final, Literal, get_args

from policy_engine.basics.errors import PolicyError, Text, problem
from policy_engine.basics.values import BadValue, Known, is_not_yet
from policy_engine.compiled.counted import DIGITS_OF_A_FACT, UNFIT, counted, scale, span
from policy_engine.compiled.decide import made, quick
from policy_engine.compiled.provisions import CODE, OPEN, TOLD, bearing_codes, formula, status
from policy_engine.compiled.terms import NEVER, Lines, Term, Uncompiled, run
from policy_engine.compiled.whole import Whole
from policy_engine.deciding.decide import Verdict, as_least, check_readings
from policy_engine.deciding.facts import Facts, read_facts, read_input
from policy_engine.deciding.outcome import GRAVITY, STATUSES, OutcomeName, Status
from policy_engine.deciding.situation import Situation, silent
from policy_engine.explaining.sentence import check_possible
from policy_engine.language import ir
from policy_engine.rulebook.rule import Provision, Rule

Function = Callable[[tuple[Any, ...]], Any]
WORDS: Final = {status: repr(status) for status in STATUSES}
Part = Literal["statuses", "named", "outcome", "musts"]
PARTS: Final[tuple[Part, ...]] = ("statuses", "outcome", "musts")
READ: Final = 1 << 16  # facts that were read before, by name
MADE: Final = 1 << 10  # functions, by what is given


@dataclass(frozen=True)
class Prepared:
    """The facts of a case, read and checked; as whole numbers in the order of the names, where that is exact."""

    facts: Facts
    names: tuple[str, ...]
    values: tuple[Any, ...] | None


class Compiled:
    """A decision as of a date under some readings."""

    def __init__(self, rule: Rule, as_of: dt.date, chosen: Mapping[str, str]) -> None:
        check_readings(rule, chosen)
        self.rule, self.as_of, self.chosen = rule, as_of, dict(chosen)
        provisions = rule.at(as_of)
        self.checks = tuple(p for p in provisions if not p.is_formula)
        self.formulas = {p.id: p for p in provisions if p.is_formula}
        self.ids = tuple(p.id for p in self.checks)
        self._order = tuple(name for name in rule.formula_order if name in self.formulas)
        self._scales = {name: scale(entry) for name, entry in rule.inputs.items()}
        self._made: dict[Part, dict[tuple[str, ...], tuple[str, Function] | None]] = {
            part: {} for part in get_args(Part)
        }
        self._in_order: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._asks = any(entry.when != ir.TRUE for entry in rule.inputs.values())
        self._read = lru_cache(maxsize=READ, typed=True)(self._one)
        plain = (entry for entry in rule.inputs.values() if not (entry.grows or rule.rows))
        self._spans = {entry.name: found for entry in plain if (found := span(entry))}

    # --- facts ------------------------------------------------------------------------------------------------------

    def prepare(self, facts: Mapping[str, object]) -> Prepared:
        """Facts as a user would write them, or typed already, read and checked once. Raises PolicyError."""
        case = self._at_once(facts) or self.prepared(read_facts(self.rule, facts))
        musts = self._run("musts", case)
        if musts is None or False in musts:
            rule, least = as_least(self.rule, case.facts, self.as_of)
            check_possible(Situation(rule, least.given, self.as_of, self.chosen))
        return case

    def read(self, facts: Mapping[str, object]) -> Facts:
        """Facts as a user would write them, typed, without looking whether they can be together. Raises PolicyError."""
        case = self._at_once(facts)
        return read_facts(self.rule, facts) if case is None else case.facts

    def prepared(self, facts: Facts) -> Prepared:
        """Facts that are read: in order, numbers counted in the smallest unit of their type."""
        names = tuple(sorted(facts.given))
        if facts.not_yet or facts.rows or self.rule.rows or any(self.rule.inputs[name].grows for name in names):
            return Prepared(facts, names, None)
        values = tuple(self._whole(name, facts.given[name]) for name in names)
        return Prepared(facts, names, None if UNFIT in values else values)

    def _at_once(self, facts: Mapping[str, object]) -> Prepared | None:
        """Facts of which each was read before, or is read as easily; None where more is to be said of one."""
        given: dict[str, Known] = {}
        wholes: dict[str, Any] = {}
        for name, raw in facts.items():
            kind = type(raw)
            if kind is list and all(type(item) is str for item in raw):  # type: ignore[attr-defined]
                one = self._read(name, tuple(raw))  # type: ignore[arg-type]
            elif kind not in _SIMPLE:
                return None
            else:
                one = self._exact(name, raw) if kind in _EXACT else self._read(name, raw)  # type: ignore[arg-type]
            if one is None:
                return None
            given[name], wholes[name] = one
        asked = tuple(wholes)
        if (names := self._in_order.get(asked)) is None:
            if len(self._in_order) >= MADE:
                self._in_order.clear()
            names = self._in_order[asked] = tuple(sorted(asked))
        return Prepared(Facts(given), names, tuple([wholes[name] for name in names]))

    def _exact(self, name: str, raw: int | Fraction) -> tuple[Known, Any] | None:
        """A number that is exact already, as `_one` reads it, without looking for it among those that were read."""
        counted_in, below = self._spans.get(name), raw.denominator
        if counted_in is None or counted_in[0] % below:
            return self._read(name, raw)
        parts, least, most = counted_in
        whole = raw.numerator * (parts // below)
        if not least <= whole <= most:
            return self._read(name, raw)
        return raw if type(raw) is Fraction else Fraction(raw), whole

    def _one(self, name: str, raw: object) -> tuple[Known, Any] | None:
        """A fact by the name of its input, and as it is worked with; None where it is not read at once."""
        entry = self.rule.inputs.get(name)
        if (
            entry is None
            or entry.grows
            or self.rule.rows
            or (isinstance(raw, str) and (not raw.strip() or is_not_yet(raw)))
        ):
            return None
        try:
            value = read_input(entry, raw)
        except BadValue:
            return None
        whole = self._whole(name, value)
        return None if whole is UNFIT else (value, whole)

    def _whole(self, name: str, value: Known) -> Any:
        return counted(self.rule.inputs[name], value)

    # --- answers ----------------------------------------------------------------------------------------------------

    def statuses(self, case: Prepared) -> dict[str, Status]:
        """The status of each check."""
        named = self._run("named", case)
        if named is None:
            verdict = self._verdict(case)
            return {p.id: verdict.status(p) for p in verdict.checks}
        return named  # type: ignore[no-any-return]

    def function(self, case: Prepared) -> Function | None:
        """What gives the statuses of cases in which the same is given, each as its place in `STATUSES`; called with `values`.

        None where the interpreter decides.
        """
        if not isinstance(case, Prepared):
            raise _unprepared(case)
        found = None if case.values is None else self._function("statuses", case.names)
        return None if found is None else found[1]

    def outcome(self, case: Prepared) -> OutcomeName:
        """What all findings and values say together."""
        found = self._run("outcome", case)
        if found is None or (self._asks and found[1]):  # whether what is open matters is the interpreter's
            return self._verdict(case).outcome()
        gravest, open_, told = found
        if open_ and gravest > CODE["undetermined"]:
            return "undetermined"
        return "compliant" if told and gravest == CODE["not_applicable"] else GRAVITY[STATUSES[gravest]]

    def contested(self, case: Prepared) -> tuple[bool, frozenset[str]]:
        """Whether other readings give another outcome, and the checks and values to which they give another answer."""
        verdict = self._whole_case(case)
        checks = (p for p in verdict.base.provisions if verdict.readings(p))
        return bool(verdict.alternatives), frozenset(p.id for p in checks)

    def assumes(self, case: Prepared) -> dict[str, tuple[str, ...]]:
        """What each check rests on that nobody gave; those that rest on nothing are left out."""
        if isinstance(case, Prepared) and not silent(self.rule, case.facts.given):
            return {}
        verdict = self._whole_case(case)
        return {p.id: names for p in verdict.checks if (names := verdict.assumes(p))}

    def many(self, rows: Iterable[Mapping[str, object]]) -> Iterable[tuple[OutcomeName, dict[str, Status]]]:
        """Outcome and statuses of one case after another. Raises PolicyError at the first that cannot be read."""
        for row in rows:
            case = self.prepare(row)
            yield self.outcome(case), self.statuses(case)

    def source(self, names: Iterable[str] | None = None) -> str:
        """The Python that is run where these inputs are given, all if not said; empty where all is the interpreter's."""
        given = tuple(sorted(self.rule.inputs if names is None else names))
        found = [self._function(part, given) for part in PARTS]
        return "\n".join(one[0] for one in found if one)

    # --- made and run -----------------------------------------------------------------------------------------------

    def _verdict(self, case: Prepared) -> Verdict:
        return Verdict(self.rule, case.facts, self.as_of, self.chosen)

    def _whole_case(self, case: Prepared) -> Verdict:
        """What is said under every reading and without assumptions."""
        if not isinstance(case, Prepared):
            raise _unprepared(case)
        whole = None if case.values is None else self._whole_function
        return self._verdict(case) if whole is None else quick(whole, case.facts) or self._verdict(case)

    @cached_property
    def _whole_function(self) -> Whole | None:
        return made(self.rule, self.as_of, self.chosen)

    def _run(self, part: Part, case: Prepared) -> Any:
        try:
            values, names = case.values, case.names
        except AttributeError:  # looking before would cost every case
            raise _unprepared(case) from None
        if values is None:
            return None
        found = self._made[part].get(names) or self._function(part, names)
        return None if found is None else found[1](values)

    def _function(self, part: Part, names: tuple[str, ...]) -> tuple[str, Function] | None:
        made = self._made[part]
        if names not in made:
            if len(made) >= MADE:
                made.clear()
            try:
                made[names] = self._compile(part, names)
            except (Uncompiled, RecursionError):
                made[names] = None
        return made[names]

    def _compile(self, part: Part, names: tuple[str, ...]) -> tuple[str, Function]:
        """The function for what is given: statuses, by name too; the gravest, and whether formulas are open or told; what facts must fulfil."""
        env: dict[str, Term] = {}
        states: dict[str, Term] = {}

        def named(name: str) -> Term:
            if name in self.formulas and name not in env:
                writer.lines.append(f"# {name}")
                env[name], states[name] = formula(self.formulas[name], self.as_of, writer)
            return env.get(name, NEVER)

        writer = Lines(named)
        env |= self._names(names, writer)
        returned: list[str] | str
        if part == "musts":
            returned = [writer.term(must).code for must in self.rule.facts_must]
        elif part == "statuses":
            returned = [self._said(p, writer, CODE) for p in self.checks]
        elif part == "named":
            returned = "{" + ", ".join(f"{p.id!r}: {self._said(p, writer, WORDS)}" for p in self.checks) + "}"
        else:
            codes = "".join(f"{self._said(p, writer, bearing_codes(p))}, " for p in self.checks)
            order = [name for name in self._order if not self.formulas[name].step]
            for name in order:
                named(name)
            writer.lines.append("says = (" + "".join(f"{states[name].code}, " for name in order) + ")")
            none = CODE["not_applicable"]
            returned = f"min({codes}{none}, {none}), {OPEN} in says, {TOLD} in says"
        unpacked = (
            f"({', '.join(_variable(i) for i in range(len(names)))},) = facts  # {', '.join(names)}" if names else ""
        )
        return run(part, unpacked, writer, returned, self.rule.decision)

    def _said(self, p: Provision, writer: Lines, told: Mapping[Status, object]) -> str:
        writer.lines.append(f"# {p.id}")
        return status(p, self.as_of, writer, told)

    def _names(self, names: tuple[str, ...], writer: Lines) -> dict[str, Term]:
        env: dict[str, Term] = {}
        taken = silent(self.rule, names)
        for name, entry in self.rule.inputs.items():
            if name in names:
                number = entry.type.kind == "number"
                digits = DIGITS_OF_A_FACT if number else 0
                env[name] = Term(
                    _variable(names.index(name)), entry.open, self._scales[name] if number else None, digits
                )
            elif entry.assume and name in taken:
                env[name] = writer.constant(entry.assume.value)
        for name, reading in self.rule.readings.items():
            env[name] = writer.constant(self.chosen.get(name, reading.default))
        env["as_of"] = writer.constant(self.as_of)
        return env


_EXACT: Final = frozenset({int, Fraction})
_SIMPLE: Final = frozenset({str, int, bool, Decimal, Fraction, dt.date, frozenset})


def _unprepared(case: object) -> PolicyError:
    """Facts given as they are, where prepared ones are asked for."""
    found = type(case).__name__
    en, zh = f"`case` is of type {found}, not prepared facts", f"`case` 的类型为 {found}，应为备好的事实"
    return PolicyError(problem("type", en, zh, None, Text("compiled.prepare(facts)", "请先用 compiled.prepare(facts)")))


def _variable(i: int) -> str:
    return f"x{i}"
