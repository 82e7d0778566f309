"""Rows of which alike is said: statuses, assumptions, what is asked, citations are put into cells once for each shape of cases.

What differs between rows of one shape are margins, values and what other readings give of values; reasons and what would
mend are told of rows in which something fails, cannot be told or none applies, for people alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any, Final

from policy_engine.basics.values import Unknown
from policy_engine.compiled.decide import Quick
from policy_engine.compiled.provisions import TOLD
from policy_engine.compiled.said import SAID
from policy_engine.compiled.shaped import SameGiven, Shaped
from policy_engine.compiled.terms import Uncompiled
from policy_engine.deciding.decide import Verdict
from policy_engine.deciding.facts import Facts
from policy_engine.deciding.outcome import Alternative, OutcomeName, Status
from policy_engine.deciding.situation import silent
from policy_engine.explaining.decision import Decision, Finding, FormulaResult, answer, idle
from policy_engine.rulebook.rule import Provision
from policy_engine.tables import beside
from policy_engine.tables.answers import beside_of, cells_of, number_cell, others_of, shown, value_cell
from policy_engine.tables.cells import DIGITS, Percentage
from policy_engine.tables.columns import Column, Job
from policy_engine.tables.files import Making, Sink
from policy_engine.tables.plain import Kept
from policy_engine.tables.tally import Tally
from policy_engine.tables.typed import TypedCells, is_read_so

SHAPES: Final = 2048
"""So many shapes are kept at a time."""
SELDOM: Final = 8
"""So many rows are decided one by one before a function is made."""
OFTEN: Final = 200
"""In so many rows the same is given before a function is made for that alone."""
KINDS: Final = 256
"""Of so many kinds of rows, by what is given and chosen, it is counted how often they come."""
PLACES: Final = 6
"""A decimal of no more places is written without an exponent."""
_UNSEEN: Final[Any] = object()


@dataclass(kw_only=True)
class Alike:
    """What is said of all cases of a shape, as cells; those that differ are filled in.

    `decision`: the checks that say something else under other readings, and the values. `margins`: the cell of each, its place
    among the gaps, its denominator, whether it is to spare; `values`: the cell of each formula that has one. `why`: the checks
    of which reasons are told. `moving`: of that case other readings gave other values.
    """

    decision: Decision
    statuses: list[tuple[str, Status]]
    cells: list[Any]
    beside: list[str]
    margins: list[tuple[int, int, int, bool]]
    values: list[tuple[int, Provision]]
    why: list[Provision]
    moving: bool
    count: int = 0
    idle: dict[tuple[str, int], Status | None] = field(default_factory=dict)
    """Whether a value that is not known under a choice, by its place, does not apply there: the same of a whole shape."""


class RowsAlike:
    """The rows of a table that are decided with all of their shape."""

    def __init__(self, job: Job, columns: Sequence[Column], machine: bool, tally: Tally, sink: Sink) -> None:
        self.job, self.machine, self.tally, self.asked = job, machine, tally, 0
        self.made: Callable[[Any], Any] = sink.made if isinstance(sink, Making) else _itself
        self.write = sink.write_made if isinstance(sink, Making) else sink.write
        self.width, self.asked_for = len(columns), shown(job, columns, machine)
        self.margins = not job.only or "margin" in job.only
        self.number = _number_text if isinstance(sink, Making) else _number
        self.ahead = 2 if machine else 4
        """How many cells stand before those of the checks; the last of them says whether the answer is contested."""
        self.able = is_read_so(job.rule, columns)
        self.typed = TypedCells(job.rule, columns if self.able else ())
        self.shapes: dict[Any, Alike | None] = {}
        self.shown: dict[tuple[str, Any], Any] = {}
        self.shaped: Shaped
        self.kinds: dict[Any, int | Shaped] = {}

    def told(self, cells: Sequence[Any]) -> tuple[OutcomeName, list[Any], list[str]] | None:
        """What is said of a row, as cells and beside the sheet that is kept; None where it is decided on its own."""
        if not (self.able and isinstance(cells, Kept) and cells.plain and self._made()):
            return None
        facts = self.typed.facts(cells)
        if facts is None:
            return None
        given, told = facts
        whole = self._for_kind(given, told)
        values, found, shape = whole.case(given, told)
        if not found[0]:  # the facts contradict each other
            return None
        alike = self.shapes.get((whole, shape), _UNSEEN)
        if alike is _UNSEEN:
            alike = self._kept((whole, shape), self._alike(whole, self._quick(given, told), found))
        return None if alike is None else self._row(whole, alike, values, found, lambda: self._quick(given, told))

    def _for_kind(self, given: Sequence[Any], told: tuple[bool, ...]) -> Shaped:
        """The function for rows in which the same is given and chosen, one of its own where there are many of them."""
        key = told, *[given[i] for i in self.typed.choices]
        seen = self.kinds.get(key, 0)
        if isinstance(seen, Shaped):
            return seen
        kind: int | Shaped = seen + 1
        if kind == OFTEN:
            entries = list(self.job.rule.inputs)
            same = {entries[i]: given[i] for i in self.typed.choices if told[i]}
            try:
                kind = SameGiven(self.job.rule, self.job.as_of, dict(self.job.readings), told, same)
            except (Uncompiled, RecursionError):
                kind = self.shaped
        if len(self.kinds) < KINDS or key in self.kinds:
            self.kinds[key] = kind
        return kind if isinstance(kind, Shaped) else self.shaped

    def put(self, cells: Sequence[Any], said: list[Any]) -> None:
        """Write a row with what is said of it."""
        self.write([*map(self.made, cells), *[None] * (self.width - len(cells)), *self.asked_for(said)])

    def count(self) -> None:
        """Count the statuses of the rows so far."""
        for alike in filter(None, self.shapes.values()):
            for provision, status in alike.statuses if alike.count else ():
                self.tally.count(provision, status, alike.count)
            alike.count = 0

    # --- a shape ----------------------------------------------------------------------------------------------------

    def _made(self) -> bool:
        """Whether there is a function; one is made once some rows were decided without."""
        self.asked += 1
        if self.asked <= SELDOM:
            return False
        if self.asked == SELDOM + 1:
            try:
                self.shaped = Shaped(self.job.rule, self.job.as_of, dict(self.job.readings))
            except (Uncompiled, RecursionError):
                self.able = False
        return self.able

    def _kept(self, shape: Any, alike: Alike | None) -> Alike | None:
        if len(self.shapes) >= SHAPES:
            self.count()
            self.shapes.clear()
        self.shapes[shape] = alike
        return alike

    def _quick(self, given: Sequence[Any], told: tuple[bool, ...]) -> tuple[Quick, Facts]:
        facts = self.typed.known(given, told)
        taken = silent(self.shaped.rule, facts.given)
        return Quick(self.shaped, facts, self.shaped.meant(given, told), taken), facts

    def _alike(self, whole: Shaped, case: tuple[Quick, Facts], found: tuple[Any, ...]) -> Alike | None:
        """What is said of a case and all of its shape; None where a margin is not told at once."""
        job = self.job
        decision = answer(*case)
        margins = []
        for i, finding in enumerate(decision.findings):
            place, under = whole.gaps[0].get(finding.provision, (None, 0))
            if finding.status in ("not_applicable", "undetermined") or finding.clause.require is None:
                continue
            if place is None or finding.status == "pending":
                return None
            margins.append((self.ahead + 2 * i + 1, place, under, finding.status == "satisfied"))
        behind = self.ahead + 2 * len(decision.findings)
        told = [
            (i, r.clause) for i, r in enumerate(decision.results, behind) if found[whole.states[r.provision].at] == TOLD
        ]
        why = [f.clause for f in beside.explained(decision)]
        self.decided = decision
        nobody = Verdict(whole.rule, Facts({}), whole.as_of, whole.chosen)
        light = tuple([replace(f, case=nobody) for f in decision.findings if f.readings])
        return Alike(
            decision=replace(decision, findings=light, facts={}),
            statuses=[(f.provision, f.status) for f in decision.findings],
            cells=list(map(self.made, cells_of(decision, job, self.machine, ("", "")))),
            beside=[] if self.machine else beside_of(decision, job, ("", "")), margins=margins, values=told,
            moving=any(r.readings for r in decision.results),
            why=[] if self.machine else why,
        )  # fmt: skip

    # --- a row ------------------------------------------------------------------------------------------------------

    def _row(
        self, whole: Shaped, alike: Alike, values: tuple[Any, ...], found: tuple[Any, ...],
        case: Callable[[], tuple[Quick, Facts]],
    ) -> tuple[OutcomeName, list[Any], list[str]]:  # fmt: skip
        """The answer for a row of a shape."""
        row, said = alike.cells.copy(), alike.beside
        alike.count += 1
        if alike.margins and self.margins:
            gaps = whole.gaps[1](values)
            for at, place, under, spare in alike.margins:
                gap = gaps[place]
                row[at] = None if gap is None else self.number(gap if spare else -gap, under)
        for at, p in alike.values:
            slot = whole.says[p.id]
            row[at] = self._value(p, found[slot.at], slot.under)
        if alike.moving or _any_of(found, whole.others):
            others = self._others(whole, alike, found, case)
            row[self.ahead - 1], text = self.made(beside.contested(others)), others_of(others, self.job, self.machine)
            row[-3] = self.made(text or None)
            said = said and [*said[:4], text, *said[5:]]
        if alike.why:
            told = self._why(alike, *case())
            row[1:3] = [self.made(one or None) for one in told]
            said = [said[0], *told, *said[3:]]
        return alike.decision.outcome, row, said

    def _value(self, p: Provision, said: Any, under: int | None) -> Any:
        """The value of a formula as a cell."""
        if under is not None:
            cell = self.number(said, under)
            share = not self.machine and isinstance(cell, Decimal) and self.decided.names.is_share(p.id)
            return Percentage(cell) if share else cell
        if (p.id, said) not in self.shown:
            if len(self.shown) >= SHAPES:
                self.shown.clear()
            self.shown[p.id, said] = self.made(value_cell(said, p.id, self.decided, self.job, self.machine))
        return self.shown[p.id, said]

    def _others(
        self, whole: Shaped, alike: Alike, found: tuple[Any, ...], case: Callable[[], tuple[Quick, Facts]]
    ) -> Decision:
        """The answer with what other readings give of the values of this row."""
        results = list[FormulaResult]()

        def other(p: Provision, at: int, said: Any, under: int | None) -> Alternative:
            choice = whole.choices[at]
            if said is not None:
                return Alternative(choice, value=_known(said, under))
            if (p.id, at) not in alike.idle:
                alike.idle[p.id, at] = idle(p, case()[0], choice)
            return Alternative(choice, alike.idle[p.id, at], Unknown())

        for result in alike.decision.results:
            slot = whole.says[result.provision]
            others = found[slot.others]
            told = whole.telling(found[slot.at], [(i, others[slot.places[i]]) for i in slot.own]) if others else ()
            readings = [other(result.clause, at, said, slot.under) for at, said in told]
            results.append(replace(result, readings=tuple(readings)) if readings or result.readings else result)
        return replace(alike.decision, results=tuple(results))

    def _why(self, alike: Alike, case: Quick, facts: Facts) -> list[str]:
        """Why checks fail or cannot be told, and what would mend them."""
        findings = tuple([_finding(p, case) for p in alike.why])
        decision = replace(alike.decision, findings=findings, facts=facts.given)
        return [beside.why(decision, self.job.lang), beside.mends(decision, self.job.lang)]


def _finding(p: Provision, case: Quick) -> Finding:
    """A check of a case of which reasons are told; of one that is alike as far as it goes they are told again."""
    key = case.whole, p.id, "why", case.alike(p)
    return SAID.of(key, lambda: Finding(clause=p, status=case.status(p), case=case))


def _any_of(found: tuple[Any, ...], places: Sequence[int]) -> bool:
    """Whether anything stands in some places."""
    for i in places:  # noqa: SIM110 - of every row
        if found[i] is not None:
            return True
    return False


def _known(said: Any, under: int | None) -> Any:
    return Fraction(said, under) if under else said


def _number(said: Any, under: int) -> Decimal | str:
    """A whole number of parts, or a Fraction where they are none, as a cell."""
    if not under:
        return number_cell(said)
    whole, rest = divmod(said, under)
    if not rest:
        return Decimal(whole)
    times, places = decimals(under)
    if not times:
        return number_cell(Fraction(said, under))
    digits = str(abs(said) * times).rjust(places + 1, "0")
    return Decimal(f"{'-' if said < 0 else ''}{digits[:-places]}.{digits[-places:].rstrip('0')}")


def _number_text(said: Any, under: int) -> str:
    """The same as text."""
    if under:
        whole, rest = divmod(said, under)
        if not rest:
            return str(whole)
        times, places = decimals(under)
        if 0 < places <= PLACES:
            digits = str(abs(said) * times).rjust(places + 1, "0")
            return f"{'-' if said < 0 else ''}{digits[:-places]}.{digits[-places:].rstrip('0')}"
    return str(_number(said, under))


def _itself(cell: Any) -> Any:
    """Where cells are written as they are."""
    return cell


@cache
def decimals(under: int) -> tuple[int, int]:
    """How many times so many parts are a power of ten, and which; 0 where they never are."""
    places = next((n for n in range(1, DIGITS) if not 10**n % under), 0)
    return (10**places // under, places) if places else (0, 0)
