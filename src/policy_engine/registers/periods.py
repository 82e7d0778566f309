"""What the provisions of a register run over: the days asked about, periods of the calendar, members, single entries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from policy_engine.basics.errors import Lang, PolicyError, problem
from policy_engine.deciding.outline import depends_on
from policy_engine.language import ir
from policy_engine.rulebook.bounds import TODAY
from policy_engine.rulebook.rule import Register, Rule, Total

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Calendar months, or one day: its name, first and last day."""

    name: str
    first: dt.date
    last: dt.date
    zh: str = ""

    def of(self, lang: Lang) -> str:
        """As people write it: 2025-Q1, 2025年第1季度."""
        return (lang == "zh" and self.zh) or self.name


@dataclass(frozen=True)
class Span:
    """The days the register is asked about; earlier entries count in running totals only, later ones not at all."""

    first: dt.date
    last: dt.date


@dataclass(frozen=True)
class Scope:
    """Provisions said together: of periods of so many months (None: of each entry), once of all or of each member."""

    months: int | None
    of_each: bool
    provisions: tuple[str, ...]


def register_of(rule: Rule) -> Register:
    """The register of a decision. Raises PolicyError."""
    if rule.register is None:
        raise PolicyError(
            problem("no-register", f"{rule.decision} has no register", f"{rule.decision} 没有登记表", None, None)
        )
    return rule.register


def entry_rule(rule: Rule) -> Rule:
    """The rule as an entry sees it: its columns are the inputs, the totals are not."""
    register = register_of(rule)
    inputs = {name: entry for name, entry in rule.inputs.items() if name not in register.totals}
    seen = {**register.columns, **inputs}
    musts = [i for i, must in enumerate(rule.facts_must) if seen.keys() >= set(ir.names(must))]
    return replace(
        rule, inputs=seen, facts_must=tuple(rule.facts_must[i] for i in musts),
        facts_must_text=tuple(rule.facts_must_text[i] for i in musts), provisions=(), formula_order=(),
    )  # fmt: skip


def uses(rule: Rule) -> Mapping[str, frozenset[str]]:
    """The names each provision rests on."""
    formulas = {p.id: p for p in rule.provisions if p.is_formula}
    return {p.id: depends_on(p.names, formulas) | p.names for p in rule.provisions}


def totals_of(register: Register, names: frozenset[str]) -> tuple[Total, ...]:
    """The totals among some names."""
    return tuple(total for name, total in register.totals.items() if name in names)


def told_apart(register: Register) -> frozenset[str]:
    """What totals of periods tell entries apart by, such as who held them: no fact of a period, since another's may be those that are missing."""
    return frozenset[str]().union(*(ir.names(t.where) for t in register.totals.values() if t.per is not None))


def scopes(rule: Rule) -> tuple[Scope, ...]:
    """Where each provision is told: of the period of the totals it rests on, else of each entry."""
    register = register_of(rule)
    rests = {name: totals_of(register, names) for name, names in uses(rule).items()}
    found = []
    for months in sorted({t.per for t in register.totals.values() if t.per is not None}):
        told = [name for name, own in rests.items() if own and all(t.per == months for t in own)]
        together = [n for n in told if register.by is None or all(t.of_all for t in rests[n])]
        found.append(Scope(months, False, tuple(together)))
        found.append(Scope(months, True, tuple(name for name in told if name not in together)))
    found.append(Scope(None, True, tuple(name for name, own in rests.items() if all(t.per is None for t in own))))
    return tuple(scope for scope in found if scope.provisions)


def periods(months: int, span: Span) -> Iterator[Period]:
    """The calendar periods of so many months that touch a span of days."""
    start = dt.date(span.first.year, (span.first.month - 1) // months * months + 1, 1)
    while start <= span.last:
        after = _month_after(start, months)
        yield Period(_name(start, months), start, dt.date.max if after is None else after - DAY, _zh(start, months))
        if after is None:
            return
        start = after


def _month_after(start: dt.date, months: int) -> dt.date | None:
    """The first day so many months later; None past the calendar."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return dt.date(year, month + 1, 1) if year <= dt.MAXYEAR else None


def _name(start: dt.date, months: int) -> str:
    if months == 12:
        return f"{start.year}"
    if months in (3, 6):
        return f"{start.year}-{'Q' if months == 3 else 'H'}{(start.month - 1) // months + 1}"
    last = "" if months == 1 else f"/{start.month + months - 1:02}"
    return f"{start.year}-{start.month:02}{last}"


def _zh(start: dt.date, months: int) -> str:
    part = (start.month - 1) // months
    if months == 12:
        return f"{start.year}年"
    if months == 6:
        return f"{start.year}年{'下' if part else '上'}半年"
    if months == 3:
        return f"{start.year}年第{part + 1}季度"
    last = "" if months == 1 else f"至{start.month + months - 1}月"
    return f"{start.year}年{start.month}月{last}"


def alike_since(rule: Rule, span: Span) -> dt.date:
    """The first day from which on the same is said of the same case, whatever the day; none before the end of days where days count."""
    nodes = (*rule.facts_must, *(entry.when for entry in rule.inputs.values()))
    names = frozenset[str]().union(*(p.names for p in rule.provisions), *map(ir.names, nodes))
    dates = any(entry.type.kind == "date" for entry in rule.inputs.values()) or not names.isdisjoint(("as_of", TODAY))
    if dates or any(p.due is not None for p in rule.provisions):
        return dt.date.max
    return [*settled_spans(rule, span)][-1].first


def settled_spans(rule: Rule, span: Span) -> Iterator[Span]:
    """The span cut where a provision comes into force or goes out of it."""
    changes = {p.valid_from for p in rule.provisions if p.valid_from is not None}
    changes |= {p.valid_until + DAY for p in rule.provisions if p.valid_until is not None}
    starts = [span.first, *sorted(d for d in changes if span.first < d <= span.last)]
    for first, last in zip(starts, [*(after - DAY for after in starts[1:]), span.last], strict=True):
        yield Span(first, last)
