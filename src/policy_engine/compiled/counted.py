"""Facts as compiled functions take them: numbers as whole numbers of fen, of ten-thousandths or of what is counted."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Final

from policy_engine.basics.values import ANOTHER, MAX_DIGITS, YUAN, Known
from policy_engine.rulebook.rule import Input

FINE: Final = 10_000
DIGITS_OF_A_FACT: Final = 110
LARGE: Final = 10**MAX_DIGITS - 1
UNFIT: Final = object()
"""In place of a fact that is not counted in the parts of its input."""


def scale(entry: Input) -> int:
    """In how many parts a number of an input is counted: fen, or ten-thousandths."""
    if entry.type.integer:
        return 1
    return 100 if entry.type.unit == YUAN else FINE


def span(entry: Input) -> tuple[int, int, int] | None:
    """The parts a number of an input is counted in, and the least and greatest count it may have; None of other inputs."""
    if entry.type.kind != "number":
        return None
    parts, least, most = scale(entry), -LARGE, LARGE
    for bound in entry.bounds:
        if not isinstance(bound.value, Fraction):
            return None
        end = bound.value * parts
        match bound.relation:
            case ">=" | ">":
                least = max(least, math.ceil(end) if bound.relation == ">=" else math.floor(end) + 1)
            case "<=" | "<":
                most = min(most, math.floor(end) if bound.relation == "<=" else math.ceil(end) - 1)
            case _:
                return None
    return parts, least, min(most, parts) if entry.type_name == "share" else most


def fraction(count: int, parts: int) -> Fraction:
    """So many parts of one as a number; most are whole."""
    whole, rest = divmod(count, parts)
    return Fraction(count, parts) if rest else Fraction(whole)


def counted(entry: Input, value: Known) -> Any:
    """A fact as a function takes it: a number as a whole number of its parts. UNFIT where the interpreter is asked."""
    if type(value) is Fraction:  # an abstract class is slow to deny
        (above, below), parts = value.as_integer_ratio(), scale(entry)
        return UNFIT if parts % below else above * (parts // below)
    if isinstance(value, frozenset):
        return UNFIT if ANOTHER in value else value
    return None if value == ANOTHER and entry.open else value
