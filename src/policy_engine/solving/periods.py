"""What is asked in every so many months, beside what is asked of the same thing in every so many others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from policy_engine.language import ir
from policy_engine.rulebook.rule import Provision, Rule, Total
from policy_engine.solving.formula import FALSE, and_, or_
from policy_engine.solving.found import Found
from policy_engine.solving.study import Study

MOST = 6
"""So often at most in a period is told."""


def more_often(one: Study, p: Provision, other: Study, q: Provision) -> Iterator[Found]:
    """Whether who keeps a check in each of its periods keeps another, of the same thing, in each of its own.

    Both are read by default, or the other one with one answer more to a question.
    """
    for mine, yours in product(_periodic(one, p), _periodic(other, q)):
        if not _alike(one.rule, mine, other.rule, yours):
            continue
        least = _kept_from(one, p, mine)
        choices: list[Mapping[str, str]] = [
            {},
            *({name: option} for name, r in other.rule.readings.items() for option in r.options if option != r.default),
        ]
        for picks in choices if least else ():
            enough = _enough(other, q, yours, picks)
            if enough and _in_each(one, mine.per or 0, least, yours.per or 0, enough):
                option = next(iter(picks.values()), "")
                yield Found(kind="implied", decision=other.rule.decision, about=q.id, beside=(f"{one.rule.decision}/{p.id}",),
                            titles=(p.title,), which=next(iter(picks), ""), options=(option,) if picks else (), proved=True)  # fmt: skip
                break


def _periodic(study: Study, p: Provision) -> list[Total]:
    """The counts by calendar months that a check rests on."""
    totals = study.rule.register.totals.values() if study.rule.register else ()
    return [
        t
        for t in totals
        if t.kind == "count" and t.of_all and t.per and 12 % t.per == 0 and t.name in study.world.uses[p.id]
    ]


def _alike(a: Rule, mine: Total, b: Rule, yours: Total) -> bool:
    """Whether two counts are of entries that go by the same word."""
    return bool(_word(a, mine)) and _word(a, mine) == _word(b, yours)


def _word(rule: Rule, total: Total) -> str:
    """What the entries of a count are called in a sheet, where they are those of one kind."""
    match total.where:
        case ir.Compare(op="==", left=ir.Name(name=name), right=ir.Const(value=str(option))) if rule.register:
            column = rule.register.columns.get(name) or rule.inputs.get(name)
            return column.options[option].zh if column and option in column.options else ""
    return ""


def _kept_from(study: Study, p: Provision, total: Total) -> int:
    """How often at least it is in a period in which a check is kept; 0 where that is not known."""
    world = study.under({})
    said, fact = world.said(p), world.fact(total.name)
    for least in range(MOST, 0, -1):
        fewer = [said["satisfied"], fact.given, f"(< {fact.value} {least})"]
        enough = [said["satisfied"], fact.given, f"(= {fact.value} {least})"]
        if study.there_is(enough) == "found" and study.there_is(fewer) == "none":
            return least
    return 0


def _enough(study: Study, q: Provision, total: Total, picks: Mapping[str, str]) -> int:
    """How often is enough for a check, whatever else is so; 0 where nothing is."""
    world = study.under(picks)
    said, fact = world.said(q), world.fact(total.name)
    for often in range(1, MOST + 1):
        more = [said["failed"], fact.given, f"(>= {fact.value} {often})"]
        if FALSE not in more and study.there_is(more) == "none":
            return often
    return 0


def _in_each(study: Study, months: int, least: int, others: int, enough: int) -> bool:
    """Whether so many in each period of so many months are enough in each period of so many others, by both solvers."""
    in_month = [study.script.variable("Int", "m") for _ in range(12)]

    def each(length: int) -> list[str]:
        return [f"(+ 0 {' '.join(in_month[i : i + length])})" for i in range(0, 12, length)]

    claims = [f"(>= {m} 0)" for m in in_month] + [f"(>= {found} {least})" for found in each(months)]
    return study.there_is([and_(*claims), or_(*(f"(< {found} {enough})" for found in each(others)))]) == "none"
