"""A register as table expressions: entries counted by period and member, or up to each entry; then the rule, as for cases.

The plan for a table of cases runs over a table that has the totals as columns and, beside each total, a flag: whether it
may still grow. What that means for a provision is not said here but in `bounds`, for every evaluator.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, reduce
from typing import Any, Final, assert_never

import ibis

from policy_engine.basics.errors import NO_WORDS
from policy_engine.basics.values import FLAG
from policy_engine.engines.capabilities import of_table
from policy_engine.engines.columns import (
    DATE,
    EACH,
    FIRST,
    KEY,
    LAST,
    NAME,
    SAID,
    SHORT,
    START,
    WHO,
    WRONG,
    counts,
    growing,
    listed,
)
from policy_engine.engines.dates import month_of, period_of
from policy_engine.engines.entries import Entries, Question, entries
from policy_engine.engines.plan import ASSUMES, CONTESTED, REFUSED, STATUS, VALUE, plan
from policy_engine.engines.running import running
from policy_engine.engines.truth import (
    FALSE,
    all_of,
    any_of,
    both,
    case,
    either,
    known,
    negation,
    same,
    surely,
)
from policy_engine.language import ir
from policy_engine.registers.periods import (
    Scope,
    Span,
    periods,
    register_of,
    scopes,
    settled_spans,
    told_apart,
    totals_of,
    uses,
)
from policy_engine.rulebook.bounds import bounded_where
from policy_engine.rulebook.rule import Input, Rule, Total
from policy_engine.tables.columns import NOT_YET_COLUMN

PROVISION: Final = "provision"
TELLING: Final = (STATUS, CONTESTED, VALUE, ASSUMES, REFUSED)


def findings(rule: Rule, held: Entries, asked: Question) -> Any:
    """What every provision says of every period and member, then of every entry: a row for each. Raises Refused.

    A row whose facts are not possible has no provision, and `refused` says what is wrong. A total stands under its name,
    and under `<name>.entries` the keys of the entries in it, where a held has keys: in findings of a member those in the
    member's own totals, and none of running totals, where every entry would list all before it.
    """
    return _Findings(rule, held, asked).table()


class _Findings:
    def __init__(self, rule: Rule, held: Entries, asked: Question) -> None:
        self.rule, self.asked, self.span = rule, asked, asked.span
        self.register = register_of(rule)
        self.alone = self.register.by is None
        self.keyed = held.key is not None
        self.engine = of_table(held.table)
        self.uses = uses(rule)
        self.entered = entries(rule, held, asked)
        self.facts = [name for name in held.given if name in rule.inputs]
        self.later = {f"{n}{NOT_YET_COLUMN}": n for n in self.facts if f"{n}{NOT_YET_COLUMN}" in held.given}
        self.types = {t.name: self._type(t) for t in self.register.totals.values()}

    def _type(self, total: Total) -> str:
        """The type of a total: a whole number, or a decimal with the places of the column it sums."""
        if total.kind != "sum":
            return "int64"
        summed = self.entered[total.summed].type() if total.summed in self.entered.columns else None
        return f"decimal(38, {summed.scale if summed is not None and summed.is_decimal() else 0})"

    @cached_property
    def all(self) -> Any:
        """Every row; one that contradicts those before it, or what is set, is not possible either, and to the others as one that cannot be read."""
        rows, scope = self.entered, next((one for one in scopes(self.rule) if one.months is None), None)
        if scope is None or not self.rule.facts_must:
            return rows
        totals = self._totals(scope)
        rule = self._rule((), frozenset().union(*map(ir.names, self.rule.facts_must)), totals)
        if (
            not totals
        ):  # what counts in no total is not asked about before the first day; engines work a copy of the rows out anew
            return reduce(lambda found, span: self._possible(rule, span, found), settled_spans(rule, self.span), rows)
        read = rows[WRONG].isnull() & (rows[DATE] <= self.span.last)
        held = self._up_to(rows.filter(read), rows.filter(rows[WRONG].notnull()), totals)
        parts = [rows.filter(~read)]
        for span in settled_spans(rule, Span(dt.date.min, self.span.last)):
            inside = held.filter(held[DATE].between(span.first, span.last))
            parts.append(self._possible(rule, span, inside).select(*rows.columns))
        return reduce(lambda a, b: a.union(b), parts)

    def _possible(self, rule: Rule, span: Span, rows: Any) -> Any:
        """Rows; those of a span that could be read are not possible either where they contradict each other or what is set."""
        told = self._plan(rule, span, rows, rows.columns, (REFUSED,))
        read = both(told[WRONG].isnull(), surely(told[DATE].between(span.first, span.last), False))
        wrong = case((read, told[REFUSED]), otherwise=told[WRONG])
        return told.select(**{name: wrong if name == WRONG else told[name] for name in rows.columns})

    @cached_property
    def held(self) -> Any:
        """The entries that are possible, and not after the last day."""
        return self.all.filter(self.all[WRONG].isnull() & (self.all[DATE] <= self.span.last))

    @cached_property
    def unread(self) -> Any:
        """The rows that are not possible."""
        return self.all.filter(self.all[WRONG].notnull())

    def table(self) -> Any:
        """All findings in one form, and the rows that are not possible."""
        bad = self.unread
        bad = bad.mutate(**{NAME: bad[DATE].cast("string"), FIRST: bad[DATE], LAST: bad[DATE]})
        parts = [self._told(scope, *part) for scope in scopes(self.rule) for part in self._parts(scope)]
        return reduce(lambda a, b: a.union(b), [*parts, self._form(bad, {REFUSED: bad[WRONG]})])

    def _parts(self, scope: Scope) -> Iterator[tuple[Span, Any]]:
        """The rows that the provisions of a scope are said of, apart by when one comes into force or is due."""
        rows = self._of_entries(scope) if scope.months is None else self._of_periods(scope, scope.months)
        spans = list(settled_spans(self.rule, self.span))
        for span in spans:
            yield span, rows if len(spans) == 1 else rows.filter(rows[DATE].between(span.first, span.last))

    # --- the rule over a table of totals -----------------------------------------------------------------------------

    def _totals(self, scope: Scope) -> list[Total]:
        return [total for total in self.register.totals.values() if total.per == scope.months]

    def _rule(self, provisions: Sequence[str], names: frozenset[str], totals: Sequence[Total]) -> Rule:
        """The rule with some provisions, and the formulas among some names and of these; flags say what may still grow."""
        used = names.union(*(self.uses[name] for name in {*provisions, *(names & self.uses.keys())}))
        kept = tuple(p for p in self.rule.provisions if p.id in provisions or (p.is_formula and p.id in used))
        flags = {total.name: growing(total) for total in totals}
        inputs = {n: replace(entry, bounds=() if n in flags else entry.bounds) for n, entry in self.rule.inputs.items()}
        inputs |= {flag: Input(name=flag, type=FLAG, type_name="flag", label=NO_WORDS) for flag in flags.values()}
        return bounded_where(replace(self.rule, provisions=kept, inputs=inputs), flags)

    def _told(self, scope: Scope, span: Span, rows: Any) -> Any:
        """What each provision says of each row of a table of totals."""
        rule = self._rule(scope.provisions, frozenset(), self._totals(scope))
        wide = self._plan(rule, span, rows, rows.columns, TELLING)
        one = wide.cross_join(self._rows(SAID, scope.provisions, "string"))
        impossible = one[REFUSED].notnull()  # such a row is told once, not for each provision
        once = same(one[SAID], ibis.literal(scope.provisions[0]))
        one = one.filter(case((impossible, once), otherwise=self._is_told(one, scope)))
        shown = self._said(one, scope, {p.id for p in rule.provisions if p.is_formula})
        shown = {
            name: case((one[REFUSED].isnull(), value), otherwise=ibis.null(value.type()))
            for name, value in shown.items()
        }
        return self._form(one, {**shown, REFUSED: one[REFUSED]})

    def _plan(self, rule: Rule, span: Span, rows: Any, keep: Sequence[str], parts: Collection[str]) -> Any:
        """Rows with what a rule says of each."""
        given = {name: name for name in rule.inputs if name in rows.columns}
        given |= {flag: flag for flag in self.later if flag in rows.columns}
        return plan(
            rule, rows, span.first, self.asked.chosen, keep, given, True, parts, DATE, self.asked.fixed, today=self.span.last
        ).table  # fmt: skip

    def _said(self, one: Any, scope: Scope, formulas: set[str]) -> dict[str, Any]:
        """The columns of a finding, each that of the provision of the row."""

        def of(columns: Mapping[str, Any], type: str) -> Any:
            return case(*((same(one[SAID], ibis.literal(p)), found) for p, found in columns.items()),
                        otherwise=ibis.null(type))  # fmt: skip

        checks = [p for p in scope.provisions if p not in formulas]
        contested = {p: f"{p}.{CONTESTED}" for p in scope.provisions}
        own = {p: totals_of(self.register, self.uses[p]) for p in scope.provisions}
        shown = {
            PROVISION: one[SAID],
            STATUS: of({p: one[f"{p}.{STATUS}"] for p in checks}, "string"),
            CONTESTED: of({p: one[c] if c in one.columns else FALSE for p, c in contested.items()}, "boolean"),
            VALUE: of({p: one[p].cast("string") for p in scope.provisions if p in formulas}, "string"),
            ASSUMES: of(
                {p: one[f"{p}.{ASSUMES}"] for p in scope.provisions if f"{p}.{ASSUMES}" in one.columns}, "string"
            ).coalesce(""),
            "unfinished": of({p: any_of([one[growing(t)] for t in own[p]]) for p in scope.provisions}, "boolean"),
        }
        for total in self._totals(scope):
            using = [p for p in scope.provisions if total in own[p]]
            shown[total.name] = of(dict.fromkeys(using, one[total.name]), self.types[total.name])
            if listed(total) in one.columns:
                shown[listed(total)] = of({p: one[listed(total)] for p in using}, "string")
        return shown

    def _is_told(self, one: Any, scope: Scope) -> Any:
        """Whether a provision is said of a row: of an entry only where it gives a fact that matters, or has a total."""
        if scope.months is not None:
            return ibis.literal(True)
        told = []
        for p in scope.provisions:
            asked = [known(one[name]) for name in self.facts if name in self.uses[p]]
            asked += [known(one[flag]) for flag, name in self.later.items() if name in self.uses[p]]
            given = ibis.literal(True) if totals_of(self.register, self.uses[p]) else any_of(asked)
            told.append((same(one[SAID], ibis.literal(p)), given))
        return both(one[EACH], case(*told, otherwise=FALSE))

    def _form(self, rows: Any, shown: Mapping[str, Any]) -> Any:
        """Rows in the form that all findings have."""
        form = {"period": "string", "from": "date", "to": "date", "who": "string", "row": "string", PROVISION: "string",
                STATUS: "string", CONTESTED: "boolean", VALUE: "string", ASSUMES: "string", "unfinished": "boolean"}  # fmt: skip
        form |= self.types
        form |= {listed(total): "string" for total in self.register.totals.values() if total.per and self.keyed}
        found = {"period": rows[NAME], "from": rows[FIRST], "to": rows[LAST], "who": rows[WHO], **shown}
        if KEY in rows.columns:
            found["row"] = rows[KEY].cast("string")
        return rows.select(**{
            name: found[name].cast(type) if name in found else ibis.null(type)
            for name, type in {**form, REFUSED: "string"}.items() if name != "row" or self.keyed
        })  # fmt: skip

    def _rows(self, name: str, values: Sequence[Any], type: str) -> Any:
        """A table of one column with some values."""
        return self.engine.listed(name, values, type)

    # --- entries one by one ------------------------------------------------------------------------------------------

    def _of_entries(self, scope: Scope) -> Any:
        """Each entry with the totals up to it."""
        totals = self._totals(scope)
        rows = self._up_to(self.held, self.unread, totals)
        rows = rows.filter(rows[DATE] >= self.span.first)
        kept = (
            [name for name in (DATE, WHO, KEY, EACH) if name in rows.columns]
            + [name for total in totals for name in (total.name, growing(total))]
            + self.facts
            + list(self.later)
        )
        return rows.select(*kept, **{NAME: rows[DATE].cast("string"), FIRST: rows[DATE], LAST: rows[DATE]})

    def _up_to(self, held: Any, unread: Any, totals: Sequence[Total]) -> Any:
        """Entries with the totals up to each, and whether these may still grow: what comes after a row that could not be read is not settled."""
        if not totals:
            return held
        rows = running(held, totals, self.alone, self.engine, self.types)
        rows = rows.cross_join(unread.aggregate(_lost=unread[DATE].coalesce(ibis.literal(dt.date.min)).min()))
        ever, before = rows["_lost"].notnull(), surely(rows["_lost"] <= rows[DATE], False)
        return rows.mutate(**{
            growing(t): either(rows[growing(t)], ever if t.later else before) for t in totals
        })  # fmt: skip

    # --- periods -----------------------------------------------------------------------------------------------------

    def _of_periods(self, scope: Scope, months: int) -> Any:
        """Each period, or each period and member, with its totals and the facts that all its entries state alike."""
        totals = self._totals(scope)
        inside = self.held.filter(self.held[DATE] >= self.span.first)
        inside = inside.mutate(**{START: period_of(inside[DATE], months)})
        grid = self._grid(scope, months)
        groups = self._groups(scope, inside)
        for group, (rows, by) in groups.items():
            found = rows.group_by(by).aggregate(**self._sums(group, rows, totals))
            found = found.rename({f"{group}.{name}": name for name in by})
            grid = grid.left_join(found, [grid[name] == found[f"{group}.{name}"] for name in by])
        whole = self._shown_totals(scope, grid, totals)
        apart = told_apart(self.register)
        free = [n for n in self.facts if self.asked.fixed.keys().isdisjoint((n, f"{n}{NOT_YET_COLUMN}"))]
        facts = [n for n in free if n not in apart]
        theirs = ("own", "nobody") if scope.of_each else ("all",)
        alike = {name: self._alike(grid, theirs, name) for name in facts}
        return grid.select(NAME, FIRST, LAST, DATE, WHO, **whole, **alike)

    def _groups(self, scope: Scope, inside: Any) -> dict[str, tuple[Any, list[str]]]:
        """The groups that are counted: those of a member, of nobody, and of all."""
        groups = {}
        if scope.of_each:
            groups = {"own": (inside.filter(inside[WHO] != ""), [START, WHO]),
                      "nobody": (inside.filter(inside[WHO] == ""), [START])}  # fmt: skip
        if not scope.of_each or any(total.of_all for total in self._totals(scope)):
            groups["all"] = (inside, [START])
        return groups

    def _grid(self, scope: Scope, months: int) -> Any:
        """The periods, and members where it is of each: name, first and last day, and whether one may have more entries."""
        found = {month_of(period.first): period for period in periods(months, self.span)}
        grid = self._rows(START, list(found), "int64")

        def of(value: Mapping[int, Any]) -> Any:
            return case(*((grid[START] == start, ibis.literal(v)) for start, v in value.items()),
                        otherwise=ibis.null(ibis.literal(next(iter(value.values()))).type()))  # fmt: skip

        spanned = {start: p.first < self.span.first or p.last > self.span.last for start, p in found.items()}
        grid = grid.mutate(**{
            NAME: of({start: p.name for start, p in found.items()}),
            FIRST: of({start: p.first for start, p in found.items()}),
            LAST: of({start: p.last for start, p in found.items()}),
            DATE: of({start: min(p.last, self.span.last) for start, p in found.items()}),
            SHORT: of(spanned),
        })  # fmt: skip
        bad = self.unread.mutate(**{START: period_of(self.unread[DATE], months)})
        unread = bad.group_by(START).aggregate(_unread=bad.count()).rename(_unread_start=START)
        undated = bad.aggregate(_undated=bad[DATE].isnull().any())
        grid = grid.left_join(unread, grid[START] == unread["_unread_start"]).cross_join(undated)
        open_ = any_of([grid[SHORT], grid["_unread"].notnull(), surely(grid["_undated"], False)])
        grid = grid.select(START, NAME, FIRST, LAST, DATE, **{SHORT: open_})
        return grid.cross_join(self._members()) if scope.of_each else grid.mutate(**{WHO: ibis.literal("")})

    def _members(self) -> Any:
        """Everybody who has an entry, before the first day too, and those who owe without one."""
        named = self.held.filter(self.held[WHO] != "").select(WHO).distinct()
        if not self.asked.members:
            return named
        return named.union(self._rows(WHO, list(self.asked.members), "string"), distinct=True)

    def _total(self, rows: Any, total: Total, counted: Any) -> Any:
        match total.kind:
            case "sum":
                return _decimal(rows, total, self.types).sum(where=counted)
            case "days":
                return rows[DATE].nunique(where=counted)
            case "count":
                return rows.count(where=counted)
            case _:
                assert_never(total.kind)

    def _sums(self, group: str, rows: Any, totals: Sequence[Total]) -> dict[str, Any]:
        """What is counted in a group."""
        found = {f"{group}.rows": rows.count()}
        for total in totals:
            counted = rows[counts(total)]
            yes = surely(counted, False)
            found[f"{group}.{total.name}"] = self._total(rows, total, yes)
            found[f"{group}.{total.name}.unknown"] = counted.isnull().any()
            found[f"{group}.{total.name}.maybe"] = surely(counted, True).any()
            if self.keyed:
                found[f"{group}.{total.name}.keys"] = self._keys(rows, yes)
        for name in self.facts:
            fact, flag = rows[name], rows[name].type().is_boolean()
            found[f"{group}.{name}.known"] = fact.count()
            found[f"{group}.{name}.least"] = fact.all() if flag else fact.min()
            found[f"{group}.{name}.most"] = fact.any() if flag else fact.max()
        return found

    def _keys(self, rows: Any, where: Any) -> Any:
        """The keys of some rows in their order, as text."""
        return self.engine.joined(rows[KEY], where)

    def _shown_totals(self, scope: Scope, grid: Any, totals: Sequence[Total]) -> dict[str, Any]:
        """Each total, whether it may still grow, and the entries in it."""
        found: dict[str, Any] = {}
        for total in totals:
            group = "all" if total.of_all or self.alone else "own" if scope.of_each else None
            zero = ibis.literal(0).cast(self.types[total.name])
            found[total.name] = (
                zero if group is None else grid[f"{group}.{total.name}"].coalesce(zero).cast(self.types[total.name])
            )
            more = [f"all.{total.name}.maybe"] if group is None else [f"{group}.{total.name}.unknown"]
            more += [f"nobody.{total.name}.maybe"] if group == "own" else []
            found[growing(total)] = any_of([grid[SHORT], *(surely(grid[name], False) for name in more)])
            if self.keyed and group is not None and scope.of_each == (group == "own"):
                found[listed(total)] = grid[f"{group}.{total.name}.keys"].coalesce("")
        return found

    def _alike(self, grid: Any, groups: Sequence[str], name: str) -> Any:
        """What all entries of a period say alike, once the period is over."""
        ends = [grid[f"{group}.{name}.{end}"] for group in groups for end in ("least", "most")]
        one = ibis.coalesce(*ends)
        given, rows = (
            sum((grid[f"{group}.{what}"].coalesce(0) for group in groups), start=ibis.literal(0, "int64"))
            for what in (f"{name}.known", "rows")
        )
        agreed = all_of([negation(grid[SHORT]), given == rows, *(surely(same(end, one), True) for end in ends)])
        return case((agreed, one), otherwise=ibis.null(one.type()))


def _decimal(rows: Any, total: Total, types: Mapping[str, str]) -> Any:
    """What a total sums, as a decimal: engines add 64-bit integers up to other types, or wrap."""
    if total.summed not in rows.columns:
        return ibis.literal(0).cast(types[total.name])
    return rows[total.summed].cast(types[total.name])
