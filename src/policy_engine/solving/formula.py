"""Formulas as text that both solvers read (SMT-LIB 2.6): folded as they are made, shared parts written once; exact."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Final, Literal, TypeVar

TRUE: Final = "true"
FALSE: Final = "false"
Sort = Literal["Bool", "Int", "Real"]
T = TypeVar("T")
U = TypeVar("U")


def not_(a: str) -> str:
    """Negation."""
    if a in (TRUE, FALSE):
        return FALSE if a == TRUE else TRUE
    return a[5:-1] if a.startswith("(not ") else f"(not {a})"


def and_(*parts: str) -> str:
    """Conjunction; true of nothing."""
    return _joined("and", parts, TRUE, FALSE)


def or_(*parts: str) -> str:
    """Disjunction; false of nothing."""
    return _joined("or", parts, FALSE, TRUE)


def _joined(op: str, parts: Iterable[str], neutral: str, whole: str) -> str:
    kept = [part for part in dict.fromkeys(parts) if part != neutral]
    if whole in kept or any(part.startswith("(not ") and part[5:-1] in kept for part in kept):
        return whole
    return f"({op} {' '.join(kept)})" if len(kept) > 1 else kept[0] if kept else neutral


def ite(condition: str, a: str, b: str) -> str:
    """One of two, by a condition."""
    if condition in (TRUE, FALSE) or a == b:
        return b if condition == FALSE else a
    if a in (TRUE, FALSE):
        return or_(condition, b) if a == TRUE else and_(not_(condition), b)
    if b in (TRUE, FALSE):
        return or_(not_(condition), a) if b == TRUE else and_(condition, a)
    return f"(ite {condition} {a} {b})"


def equal(a: str, b: str) -> str:
    """Whether two of a sort are the same."""
    if a == b:
        return TRUE
    if a in (TRUE, FALSE) or b in (TRUE, FALSE):
        a, b = (a, b) if a in (TRUE, FALSE) else (b, a)
        return b if a == TRUE else not_(b)
    numbers = as_number(a), as_number(b)
    return FALSE if None not in numbers and numbers[0] != numbers[1] else f"(= {a} {b})"


def number(value: Fraction | int, sort: Sort = "Int") -> str:
    """A number written out: a whole one, or an exact quotient."""
    value = Fraction(value)
    if sort == "Int":
        return str(value.numerator) if value >= 0 else f"(- {-value.numerator})"
    found = f"{abs(value.numerator)}.0"
    found = found if value.denominator == 1 else f"(/ {found} {value.denominator}.0)"
    return found if value >= 0 else f"(- {found})"


def as_number(text: str) -> Fraction | None:
    """The number a text writes out, also as solvers answer; None of what is not one (a variable, a root)."""
    text = text.replace("( ", "(")
    if len(text) > 400 or not (text[:1].isdigit() or text[:2] in ("(-", "(/")):
        return None
    match text.replace("(", " ( ").replace(")", " ) ").split():
        case ["(", "-", *rest, ")"]:
            found = as_number(" ".join(rest))
            return None if found is None else -found
        case ["(", "/", *rest, ")"] if rest.count("(") <= 1 and len(rest) >= 2:
            over, under = as_number(" ".join(rest[:-1])), as_number(rest[-1])
            return None if over is None or not under else over / under
        case [one] if one[:1].isdigit():
            return Fraction(one)
        case _:
            return None


class Script:
    """Declarations, definitions and what always holds, in the order in which they are written."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._named: dict[tuple[str, Sort], str] = {}
        self._count = 0
        self.otherwise: dict[int, list[str]] = {}
        """What stands in the place of some of the lines for a solver that reads steps better as what holds than as one term."""
        self._once: dict[int, object] = {}

    def variable(self, sort: Sort, prefix: str = "x") -> str:
        """A new variable."""
        self._count += 1
        name = f"{prefix}{self._count}"
        self.lines.append(f"(declare-const {name} {sort})")
        return name

    def let(self, text: str, sort: Sort, short: int = 24) -> str:
        """A name for a formula, the same for the same one; what is short stands for itself."""
        if len(text) < short:
            return text
        if (text, sort) not in self._named:
            self._count += 1
            self._named[text, sort] = f"t{self._count}"
            self.lines.append(f"(define-fun t{self._count} () {sort} {text})")
        return self._named[text, sort]

    def holds(self, text: str) -> None:
        """Let a formula hold always."""
        if text != TRUE:
            self.lines.append(f"(assert {text})")

    def stepped(self, value: str, holds: Callable[[str], str]) -> str:
        """A name for a whole number: for the one solver a term, for the other a variable of which something holds, which is the same."""
        self._count += 1
        name = f"v{self._count}"
        self.otherwise[len(self.lines)] = [f"(declare-const {name} Int)", f"(assert {holds(name)})"]
        self.lines.append(f"(define-fun {name} () Int {value})")
        return name

    def follows(self, text: str) -> None:
        """Say to the other solver what follows from the rest."""
        self.otherwise[len(self.lines)] = [f"(assert {text})"]
        self.lines.append("")

    def others(self, first: int) -> list[str]:
        """The lines from one on as the other solver is told them."""
        found: list[str] = []
        for i, line in enumerate(self.lines[first:], first):
            found += self.otherwise.get(i, [line])
        return found

    def once(self, of: T, make: Callable[[T], U]) -> U:
        """What is made of something, one and the same for all that is written here."""
        if id(of) not in self._once:
            self._once[id(of)] = of, make(of)  # `of` is kept, so that nothing else has its number
        return self._once[id(of)][1]  # type: ignore[index,no-any-return]
