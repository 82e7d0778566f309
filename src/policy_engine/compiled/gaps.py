"""How near each check is, as one function: the distance of the comparison that decides, as `explaining.margin` has it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from policy_engine.compiled.terms import NEVER, Term, Uncompiled, run
from policy_engine.compiled.under import Under
from policy_engine.language import ir

MOST_CASES: Final = 20


class Gaps:
    """For the checks of a decision, as read by default: the function, and the place and denominator of what it returns of each.

    Checks that are judged by a day, and those that this reading does not hold, are left out.
    """

    def __init__(self, under: Under) -> None:
        self._writer = under.writer
        self._writer.objects |= {"least": least, "first": first, "days": days}
        self.at: dict[str, tuple[int, int]] = {}
        returned: list[str] = []
        for p in under.outline.checks:
            if p.due is None and p.require is not None and (told := self._of(p.require)) is not None:
                self.at[p.id] = len(returned), told.under or 0
                returned.append(told.code)
        self.returned = returned

    def function(self, unpacked: str, decision: str) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
        """The function, given the line that takes facts apart."""
        return run("gaps", unpacked, self._writer, self.returned, decision)[1]

    def _of(self, require: ir.Node) -> Term | None:
        """Of a condition that holds what is least to spare, of one that does not what the first that fails lacks."""
        try:
            holds = self._writer.let(self._writer.term(require))
            spare, short = self._writer.alike([self._gap(require, True, True), self._gap(require, False, False)])
        except Uncompiled:
            return None
        code = f"({spare.code} if {holds.code} is True else {short.code} if {holds.code} is False else None)"
        under = 1 if spare.never and short.never else short.under if spare.never else spare.under
        return Term(code, True, under)

    def _gap(self, node: ir.Node, want: bool, spare: bool) -> Term:
        """The distance within a part of a condition that is as wanted. Raises Uncompiled."""
        match node:
            case ir.Not(operand=x):
                return self._gap(x, not want, spare)
            case ir.Logic(left=a, right=b):
                parts = [(self._writer.let(self._writer.term(part)), self._gap(part, want, spare)) for part in (a, b)]
                return self._joined([(f"{told.code} is {want}", gap) for told, gap in parts], spare)
            case ir.Cases(branches=branches, otherwise=otherwise):
                if len(branches) > MOST_CASES:
                    raise Uncompiled("cases")
                gaps = self._writer.alike(
                    [self._gap(one, want, spare) for one in (*(v for _, v in branches), otherwise)]
                )
                held = [self._writer.let(self._writer.term(condition)).code for condition, _ in branches]
                code = "".join(f"{gap.code} if {code} is True else " for code, gap in zip(held, gaps, strict=False))
                return self._writer.let(_like(f"({code}{gaps[-1].code})", gaps))
            case ir.Compare(op="==" | "!=") if spare:
                return NEVER
            case ir.Compare(left=a, right=b):
                return self._apart(self._writer.term(a), self._writer.term(b))
            case _:
                return NEVER

    def _apart(self, a: Term, b: Term) -> Term:
        """How far two values are apart: numbers, or days."""
        if a.never or b.never:
            return NEVER
        if a.under is None or b.under is None:
            return self._writer.let(Term(f"days({a.code}, {b.code})", True, 1, 7))
        a, b = (self._writer.let(term) for term in self._writer.alike((a, b)))
        lacks = " or ".join(f"{x.code} is None" for x in (a, b) if x.null)
        code = f"(None if {lacks} else abs({a.code} - {b.code}))" if lacks else f"abs({a.code} - {b.code})"
        return self._writer.let(Term(code, bool(lacks), a.under, max(a.digits, b.digits) + 1))

    def _joined(self, parts: list[tuple[str, Term]], spare: bool) -> Term:
        told = [(holds, gap) for holds, gap in parts if not gap.never]
        gaps = self._writer.alike([gap for _, gap in told])
        if not told:
            return NEVER
        each = ", ".join(f"{gap.code} if {holds} else None" for (holds, _), gap in zip(told, gaps, strict=True))
        return self._writer.let(_like(f"{'least' if spare else 'first'}({each})", gaps))


def _like(code: str, gaps: list[Term]) -> Term:
    under = next((gap.under for gap in gaps if not gap.never), None)
    return NEVER if under is None else Term(code, True, under, max(gap.digits for gap in gaps))


def least(*gaps: Any) -> Any:
    """The least of those that are known."""
    known = [gap for gap in gaps if gap is not None]
    return min(known) if known else None


def first(*gaps: Any) -> Any:
    """The first that is known."""
    for gap in gaps:
        if gap is not None:
            return gap
    return None


def days(a: object, b: object) -> int | None:
    """How many days two dates are apart; nothing of what are no dates."""
    return abs((a - b).days) if isinstance(a, dt.date) and isinstance(b, dt.date) else None
