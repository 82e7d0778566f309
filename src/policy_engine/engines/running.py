"""Running totals: each entry with those before it. Entries of one day come in the order of their keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, assert_never

import ibis

from policy_engine.engines.capabilities import Capabilities
from policy_engine.engines.columns import DATE, KEY, WHO, counts, growing
from policy_engine.engines.terms import Refused
from policy_engine.engines.truth import any_of, case, either, surely
from policy_engine.rulebook.rule import Total

YEAR: Final = "_year"
_ONE, _NONE = (ibis.literal(Decimal(n), "decimal(38, 0)") for n in (1, 0))


def running(rows: Any, totals: Sequence[Total], alone: bool, engine: Capabilities, types: Mapping[str, str]) -> Any:
    """The entries with every running total, and beside it whether it may be more. Raises Refused.

    `alone`: entries are about nobody in particular, so that each total is of all.
    """
    if not engine.running_totals:
        raise Refused(f"running totals on {engine.title}; take DuckDB", f"{engine.title} 上的累计值；请改用 DuckDB")
    if any(total.last is not None for total in totals):
        raise Refused("totals of the last days or months before each entry; decide it row by row, from .csv or .xlsx",
                      "按最近若干日或月滚动汇总；请改用 .csv 或 .xlsx 逐行判定")  # fmt: skip
    if KEY not in rows.columns:
        raise Refused("running totals without --key COLUMN, which orders entries of one day",
                      "未用 --key 指明同日登记事项次序列的累计值")  # fmt: skip
    rows = rows.mutate(**{YEAR: rows[DATE].year()})
    rows = rows.mutate(**{_amount(t): _added(rows, t, alone, types[t.name]) for t in totals})
    found: dict[str, Any] = {}
    for total in totals:
        found |= _up_to(rows, total, total.of_all or alone, types[total.name])
    return rows.mutate(**found)


def _amount(total: Total) -> str:
    return f"{total.name}.amount"


def _added(rows: Any, total: Total, alone: bool, type: str) -> Any:
    """What an entry adds: an amount, one, or one for the first that counts on its day (of what comes later, the last); a decimal, as engines add those exactly."""
    yes = surely(rows[counts(total)], False)
    one = case((yes, _ONE), otherwise=_NONE)
    match total.kind:
        case "sum":
            zero = ibis.literal(0).cast(type)
            return case((yes, rows[total.summed].cast(type)), otherwise=zero) if total.summed in rows.columns else zero
        case "count":
            return one
        case "days":
            day = [DATE] if total.of_all or alone else [WHO, DATE]
            ends = (0, None) if total.later else (None, 0)
            seen = one.sum().over(ibis.window(group_by=day, order_by=KEY, rows=ends))
            return case((yes & (seen == _ONE), _ONE), otherwise=_NONE)
        case _:
            assert_never(total.kind)


def _up_to(rows: Any, total: Total, everyone: bool, type: str) -> dict[str, Any]:
    """A total up to each entry, before it or after it, and whether it may be more: an entry of nobody may be anybody's."""
    year, without = [YEAR] if total.earlier else [], total.earlier or total.later

    def over(found: Any, *by: str, before: bool = without) -> Any:
        ends = {"following": (1, None)} if total.later else {"preceding": (None, 1)} if before else {"rows": (None, 0)}
        return found.over(ibis.window(group_by=[*by, *year], order_by=[DATE, KEY], **ends))

    added, counted = rows[_amount(total)], rows[counts(total)]
    unknown, maybe = counted.isnull(), surely(counted, True)
    zero = _NONE.cast(added.type())
    if everyone:
        amount, more = over(added.sum()), over(unknown.any())
    else:
        nobody = rows[WHO] == ""
        own = case((surely(counted, False), _ONE), otherwise=_NONE) if total.kind == "days" else added
        amount = case((nobody, zero if without else own), otherwise=over(added.sum(), WHO))
        others = surely(over(maybe.any(), before=True), False)
        mine = others if without else either(unknown, others)
        more = case((nobody, mine), otherwise=any_of([
            surely(over(unknown.any(), WHO), False), surely(over((maybe & nobody).any()), False),
        ]))  # fmt: skip
    return {total.name: amount.coalesce(zero).cast(type), growing(total): surely(more, False)}
