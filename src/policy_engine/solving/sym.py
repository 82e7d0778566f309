"""A value that may be anything: when it is known, what it is then, and what it lies between while it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from policy_engine.solving.formula import FALSE, TRUE, Script, Sort, and_, as_number, equal, ite, not_, number, or_


class Unheld(Exception):
    """An expression that is not put to the solvers; says which part."""


class End(NamedTuple):
    """A least or greatest value, where there is one."""

    there: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Sym:
    """A value: a truth, a number (whole or not), a day counted, an option by its number, or a set by its members.

    `members`: of a set, when each option is among them; `other`: when one is that is not listed. `ends`: of a number that
    is not known.
    """

    known: str
    value: str = FALSE
    sort: Sort = "Bool"
    members: Mapping[str, str] | None = None
    other: str = FALSE
    ends: tuple[End, End] | None = None
    fixed: Fraction | None = field(default=None)

    @property
    def true(self) -> str:
        """That it is known to hold."""
        return and_(self.known, self.value)

    @property
    def false(self) -> str:
        """That it is known not to hold."""
        return and_(self.known, not_(self.value))

    @property
    def low(self) -> End:
        """What it is at least."""
        return self._end(0)

    @property
    def high(self) -> End:
        """What it is at most."""
        return self._end(1)

    def _end(self, i: int) -> End:
        if self.ends is None:
            return End(self.known, self.value)
        there, value = self.ends[i]
        return End(or_(self.known, there), ite(self.known, self.value, value))


NEVER = Sym(known=FALSE)


def empty(x: Sym) -> Sym:
    """A number that is never known, with something in its place."""
    return x if x.sort != "Bool" else Sym(known=FALSE, value="0", sort="Int", ends=x.ends)


def flag(known: str, value: str) -> Sym:
    """A truth."""
    return Sym(known=known, value=value)


def fixed(value: Fraction, sort: Sort = "Int") -> Sym:
    """A number that is always the same."""
    sort = "Int" if value.denominator == 1 and sort == "Int" else "Real"
    return Sym(known=TRUE, value=number(value, sort), sort=sort, fixed=value)


def real(term: str, sort: Sort) -> str:
    """A number as one that need not be whole."""
    if sort == "Real":
        return term
    written = as_number(term)
    return f"(to_real {term})" if written is None else number(written, "Real")


def as_real(x: Sym) -> Sym:
    """The same with a number that need not be whole."""
    if x.sort != "Int":
        return x
    ends = x.ends and (End(x.low.there, real(x.ends[0].value, "Int")), End(x.high.there, real(x.ends[1].value, "Int")))
    return Sym(known=x.known, value=real(x.value, "Int"), sort="Real", ends=ends, fixed=x.fixed)


def alike(xs: Sequence[Sym]) -> list[Sym]:
    """Numbers of one sort: whole ones if all are."""
    return list(xs) if len({x.sort for x in xs}) == 1 else [as_real(x) for x in xs]


def same(a: Sym, b: Sym) -> str:
    """Whether two known values are the same; sets with what is not listed in them too."""
    if a.members is not None and b.members is not None:
        names = dict.fromkeys([*a.members, *b.members])
        pairs = [equal(a.members.get(n, FALSE), b.members.get(n, FALSE)) for n in names]
        return and_(*pairs, equal(a.other, b.other))
    a, b = alike((a, b))
    return equal(a.value, b.value)


def chosen(condition: str, a: Sym, b: Sym) -> Sym:
    """One of two values of a kind, by a condition that is always known; ends are not kept."""
    if condition in (TRUE, FALSE):
        return a if condition == TRUE else b
    known = ite(condition, a.known, b.known)
    if a.members is not None or b.members is not None:
        left, right = a.members or {}, b.members or {}
        members = {n: ite(condition, left.get(n, FALSE), right.get(n, FALSE)) for n in dict.fromkeys([*left, *right])}
        return Sym(known=known, members=members, other=ite(condition, a.other, b.other))
    if FALSE in (a.known, b.known):  # of what is never known the sort is nobody's business
        kept = b if a.known == FALSE else a
        return Sym(known=known, value=kept.value, sort=kept.sort)
    a, b = alike((a, b))
    return Sym(known=known, value=ite(condition, a.value, b.value), sort=a.sort)


def let(x: Sym, script: Script) -> Sym:
    """The same, its parts by their names where they are long."""
    members = x.members and {n: script.let(m, "Bool") for n, m in x.members.items()}
    ends = x.ends and tuple(End(script.let(e.there, "Bool"), script.let(e.value, x.sort)) for e in x.ends)
    value = x.value if members is not None else script.let(x.value, x.sort)
    return Sym(known=script.let(x.known, "Bool"), value=value, sort=x.sort, members=members,
               other=script.let(x.other, "Bool"), ends=ends, fixed=x.fixed)  # type: ignore[arg-type]  # fmt: skip
