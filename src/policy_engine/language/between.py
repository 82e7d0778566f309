"""What an unknown number or date lies between: how many rows count where one may, how much they sum up to.

Sums, differences, `min`, `max` and positive factors keep the ends; a comparison is settled where all that lies between
says the same (interval arithmetic: R. E. Moore, Interval Analysis, 1966). Elsewhere an unknown has no ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from policy_engine.basics.values import Unknown, Value
from policy_engine.language.operators import COMPARISONS

End = Any  # a Fraction, a date, or None where it is open
COUNTED: Final = frozenset({"total", "least", "greatest"})
"""Functions of pairs: a condition, and what counts where it holds."""
NOTHING: Final = Fraction(0)


def compared(op: str, said: Value, sides: Sequence[Value]) -> Value:
    """A comparison: what was said, or what holds for everything its sides may be."""
    if not isinstance(said, Unknown):
        return said
    (low, high), (least, most) = map(_ends, sides)
    apply = COMPARISONS[op].apply
    if op in ("==", "!="):
        apart = (low is not None and most is not None and low > most) or (
            high is not None and least is not None and high < least
        )
        return (op == "!=") if apart else said
    near, far = ((high, least), (low, most)) if op in ("<", "<=") else ((low, most), (high, least))
    if None not in near and apply(*near) is True:
        return True
    return False if None not in far and apply(*far) is False else said


def kept(operator: str, said: Value, args: Sequence[Value]) -> Value:
    """What was said; where that is unknown, with the ends that an operator keeps."""
    if not isinstance(said, Unknown) or operator not in _KEEPS:
        return said
    low, high = _KEEPS[operator](args)
    return said if low is high is None else Unknown(said.missing, said.because, low, high)


def counted(function: str, args: tuple[Value, ...]) -> tuple[Value, ...]:
    """The operands that bear on what a function gives: of pairs those that count or may, whatever the others are."""
    if function not in COUNTED:
        return args
    return tuple(x for i in range(0, len(args), 2) if args[i] is not False for x in args[i : i + 2])


def _ends(value: Value) -> tuple[End, End]:
    if isinstance(value, Unknown):
        return value.low, value.high
    return (None, None) if isinstance(value, bool | str | frozenset) else (value, value)


def _sum(args: Sequence[Value]) -> tuple[End, End]:
    lows, highs = zip(*map(_ends, args), strict=True)
    if not all(end is None or isinstance(end, Fraction) for end in (*lows, *highs)):
        return None, None
    return None if None in lows else sum(lows, NOTHING), None if None in highs else sum(highs, NOTHING)


def _difference(args: Sequence[Value]) -> tuple[End, End]:
    low, high = _ends(args[1])
    if not all(end is None or isinstance(end, Fraction) for end in (low, high, *_ends(args[0]))):
        return None, None
    return _sum([args[0], Unknown(low=None if high is None else -high, high=None if low is None else -low)])


def _scaled(args: Sequence[Value]) -> tuple[End, End]:
    factor, other = args if isinstance(args[0], Fraction) else args[::-1]
    if not isinstance(factor, Fraction) or factor <= 0:
        return None, None
    return tuple(None if end is None else end * factor for end in _ends(other))  # type: ignore[return-value]


def _least(args: Sequence[Value]) -> tuple[End, End]:
    if _endless(args):
        return None, None
    lows, highs = zip(*map(_ends, args), strict=True)
    return None if None in lows else min(lows), min((end for end in highs if end is not None), default=None)


def _endless(args: Sequence[Value]) -> bool:
    """Whether something is wholly unknown: only what is made of lists has ends, and every evaluator says so."""
    return any(isinstance(arg, Unknown) and arg.low is None and arg.high is None for arg in args)


def _greatest(args: Sequence[Value]) -> tuple[End, End]:
    if _endless(args):
        return None, None
    lows, highs = zip(*map(_ends, args), strict=True)
    return max((end for end in lows if end is not None), default=None), None if None in highs else max(highs)


def _count(args: Sequence[Value]) -> tuple[End, End]:
    sure = sum(arg is True for arg in args)
    return Fraction(sure), Fraction(sure + sum(isinstance(arg, Unknown) for arg in args))


def _total(args: Sequence[Value]) -> tuple[End, End]:
    """Each that may count as it is or as nothing."""
    parts = []
    for holds, value in zip(args[::2], args[1::2], strict=True):
        low, high = _ends(value)
        if isinstance(holds, Unknown):
            low, high = None if low is None else min(low, NOTHING), None if high is None else max(high, NOTHING)
        parts.append(Unknown(low=low, high=high))
    return _sum(parts)


def _extreme(pick: Callable[..., Any], args: Sequence[Value]) -> tuple[End, End]:
    """Of those that count for sure, and of all that may."""
    pairs = list(zip(args[::2], args[1::2], strict=True))
    sure = [value for holds, value in pairs if holds is True]
    if not sure:
        return None, None
    ends, all_ends = [_ends(value) for value in sure], [_ends(value) for _, value in pairs]
    side = 0 if pick is max else 1  # of a greatest the low end is certain, of a least the high one
    near = [end[side] for end in ends if end[side] is not None]
    far = [end[1 - side] for end in all_ends]
    found = (pick(near) if near else None, None if None in far else pick(far))
    return found if pick is max else found[::-1]


_KEEPS: Final[Mapping[str, Callable[[Sequence[Value]], tuple[End, End]]]] = {
    "+": _sum, "-": _difference, "*": _scaled, "of": _scaled, "min": _least, "max": _greatest, "count": _count, "total": _total,
    "least": lambda args: _extreme(min, args), "greatest": lambda args: _extreme(max, args),
}  # fmt: skip
