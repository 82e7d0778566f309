"""Totals of a register: the entries that count in each, in order, with sums up to each, so that a stretch of them costs no walk."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import Final, assert_never, overload

from policy_engine.basics.errors import Text
from policy_engine.basics.values import DAY, Known, Unknown
from policy_engine.deciding.situation import Situation
from policy_engine.language.ir import Number
from policy_engine.language.operators import add_days, add_months
from policy_engine.rulebook.rule import Register, Total


@dataclass(frozen=True, eq=False)
class Entered:
    """A row of the register that could be read."""

    row: int
    date: dt.date
    who: str
    facts: Mapping[str, Known]
    not_yet: frozenset[str] = frozenset()


class CountedEntries:
    """Entries that count in a total of somebody, in the order of the ledger: places there, and what they come to up to each.

    `unsaid` are the places of those that do not say whether they count, or how much.
    """

    def __init__(
        self, total: Total | None, ledger: Sequence[Entered], places: Iterable[int], unsaid: Sequence[int] = ()
    ) -> None:
        self.total, self.places, self.unsaid = total, list(places), unsaid
        self.entries = [ledger[i] for i in self.places]

    @cached_property
    def _sums(self) -> list[Fraction]:
        assert self.total is not None
        return list(accumulate((_amount(entry, self.total) for entry in self.entries), initial=Fraction(0)))

    @cached_property
    def _days(self) -> list[int]:
        """How many days there were, up to each entry and with it."""
        days = [entry.date for entry in self.entries]
        return list(accumulate(int(i == 0 or days[i - 1] != day) for i, day in enumerate(days)))

    @cached_property
    def rows(self) -> tuple[str, list[int]]:
        """The row numbers as one text, a blank between them, and where each begins; at last where one more would."""
        words = [str(entry.row) for entry in self.entries]
        return " ".join(words), list(accumulate((len(word) + 1 for word in words), initial=0))

    def within(self, first: int, end: int) -> Consecutive:
        """Those from one place of the ledger up to another."""
        return Consecutive(self, bisect_left(self.places, first), bisect_left(self.places, end))

    def amount(self, first: int, end: int) -> Fraction:
        """What some of them, one after the other, come to."""
        assert self.total is not None
        match self.total.kind:
            case "sum":
                return self._sums[end] - self._sums[first]
            case "days":
                return Fraction(self._days[end - 1] - self._days[first] + 1 if end > first else 0)
            case "count":
                return Fraction(end - first)
            case _:
                assert_never(self.total.kind)


@dataclass(frozen=True, eq=False, slots=True)
class Consecutive(Sequence[Entered]):
    """Entries of a group that follow each other there; nothing is copied."""

    group: CountedEntries
    first: int
    end: int

    def __len__(self) -> int:
        return self.end - self.first

    @overload
    def __getitem__(self, at: int) -> Entered: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Entered]: ...
    def __getitem__(self, at: int | slice) -> Entered | Sequence[Entered]:
        among = range(self.first, self.end)[at]
        return self.group.entries[among] if isinstance(among, int) else [self.group.entries[i] for i in among]

    @property
    def places(self) -> Sequence[int]:
        """Where they are in the ledger."""
        return self.group.places[self.first : self.end]

    @property
    def rows(self) -> str:
        """Their row numbers, a blank between them."""
        text, begins = self.group.rows
        return text[begins[self.first] : begins[self.end] - 1] if self else ""

    @property
    def amount(self) -> Fraction:
        """What they come to."""
        return self.group.amount(self.first, self.end)

    def before(self, other: Consecutive) -> bool:
        """Whether all of them are before all of another; neither is empty."""
        return self.group.places[self.end - 1] < other.group.places[other.first]


def merged(stretches: Iterable[Consecutive]) -> list[Consecutive]:
    """The same entries as stretches of which each is before the next: each entry once, in the order of the ledger.

    Long ones are kept as they are, or cut where something stands between: it takes no walk through them.
    """
    kept: list[Consecutive] = []
    others: dict[int, Consecutive] = {}
    for part in sorted(filter(len, stretches), key=len, reverse=True):
        if all(part.before(one) or one.before(part) for one in kept):
            kept.append(part)
        else:
            others |= {at: Consecutive(part.group, i, i + 1) for i, at in enumerate(part.places, part.first)}
    kept.sort(key=lambda part: part.group.places[part.first])
    between, found = sorted(others, reverse=True), list[Consecutive]()
    for part in kept:
        group, start = part.group, part.first
        while between and between[-1] <= group.places[part.end - 1]:
            cut = bisect_left(group.places, at := between.pop(), start, part.end)
            if group.places[cut] != at:  # not among them
                found += [Consecutive(group, start, cut), others[at]]
                start = cut
        found.append(Consecutive(group, start, part.end))
    return [part for part in (*found, *(others[at] for at in reversed(between))) if part]


@dataclass(frozen=True)
class Counted:
    """A total: how much, the entries in it, those that may belong to it, and why it is not final, if it is not."""

    amount: Fraction
    entries: Consecutive
    of_all: bool
    doubtful: tuple[Text, ...] = ()


class Counting:
    """What the totals of a register are, of any stretch of its entries, which are in order."""

    def __init__(
        self, register: Register, entries: Sequence[Entered], unread: Mapping[int, dt.date | None], seen: Callable[[Entered], Situation]
    ) -> None:  # fmt: skip
        self.register, self.entries, self.unread = register, entries, unread
        self.days = [entry.date for entry in entries]
        self.whole = CountedEntries(None, entries, range(len(entries)))
        self._lost = sorted(day for day in unread.values() if day is not None)
        self._lost_told: dict[tuple[bool, int], tuple[Text, ...]] = {}
        self._of: dict[str, list[int]] = {}
        self._held: dict[str, list[bool | None]] = {name: [] for name in register.totals}
        for i, entry in enumerate(entries):
            self._of.setdefault(entry.who, []).append(i)
            situation = seen(entry)
            for total in register.totals.values():
                self._held[total.name].append(_holds(total, entry, situation))
        self._groups: dict[tuple[str, str | None], CountedEntries] = {}

    def _group(self, total: Total, who: str | None) -> CountedEntries:
        """The entries of somebody that count; of all for None."""
        if (total.name, who) not in self._groups:
            held = self._held[total.name]
            places = range(len(held)) if who is None else self._of.get(who, [])
            own, unsaid = [i for i in places if held[i]], [i for i in places if held[i] is None]
            self._groups[total.name, who] = CountedEntries(total, self.entries, own, unsaid)
        return self._groups[total.name, who]

    def counted(self, total: Total, between: tuple[int, int], who: str, me: int | None = None) -> Counted:
        """A total of somebody over the entries from one place up to another; an entry of nobody may be theirs.

        `me` is the place of the entry that is asked about, if one is: it is about whom it is about.
        """
        group = self._group(total, None if total.of_all or self.register.by is None or not who else who)
        own, unsaid, nobodys = group.within(*between), _inside(group.unsaid, between), list[int]()
        if not total.of_all and self.register.by is not None:
            others = self._group(total, "") if who else group
            nobodys = [i for i in others.within(*between).places if i != me]
            if who:
                unsaid = [*unsaid, *_inside(others.unsaid, between)]
            else:  # whose any other is, is not known
                own = group.within(*(max(between[0], me), min(between[1], me + 1)) if me is not None else (0, 0))
                nobodys = [me] if nobodys and me is not None else nobodys  # the others may name somebody
        doubtful = self._doubts(unsaid, nobodys) if unsaid or nobodys else ()
        if total.later and me is not None:
            doubtful += self.lost(self.days[me], after=True)
        return Counted(own.amount, own, total.of_all, doubtful)

    def beside(self, total: Total, at: int) -> tuple[int, int]:
        """Between which places entries may be in a total at an entry."""
        day = self.days[at]
        if total.later:
            return at + 1, len(self.days)
        if (last := total.last) is not None:
            return bisect_right(self.days, day, hi=at, key=lambda begun: _over(begun, last)), at + 1
        return (bisect_left(self.days, dt.date(day.year, 1, 1)), at) if total.earlier else (0, at + 1)

    def inside(self, first: dt.date, last: dt.date) -> tuple[int, int]:
        """Between which places the entries of some days are."""
        return bisect_left(self.days, first), bisect_right(self.days, last)

    def about(self, who: str, between: tuple[int, int]) -> list[Entered]:
        """The entries between two places that are about somebody or nobody; all for nobody."""
        if not who:
            return list(self.entries[slice(*between)])
        both = sorted(_inside(self._of.get(who, []), between) + _inside(self._of.get("", []), between))
        return [self.entries[i] for i in both]

    def lost(self, day: dt.date, after: bool = False) -> tuple[Text, ...]:
        """That rows could not be read which are of a day or before it, or of no day; or which are after it."""
        key = after, bisect_right(self._lost, day)
        if key not in self._lost_told:
            self._lost_told[key] = unread_told(
                [
                    r
                    for r, d in self.unread.items()
                    if (d is None or d <= day if not after else d is not None and d > day)
                ]
            )
        return self._lost_told[key]

    def _doubts(self, unsaid: Sequence[int], nobodys: Sequence[int]) -> tuple[Text, ...]:
        """Why entries may or may not belong to a total: they do not say enough, or they name nobody."""
        told = []
        if unsaid:
            which, verb = _rows([self.entries[i].row for i in unsaid]), "does" if len(unsaid) == 1 else "do"
            told.append(
                Text(f"{which.en} {verb} not say whether or how much to count", f"{which.zh}未写明是否计入或计入多少")
            )
        if nobodys:
            which, verb = _rows([self.entries[i].row for i in nobodys]), "names" if len(nobodys) == 1 else "name"
            told.append(Text(f"{which.en} {verb} nobody", f"{which.zh}未写明对象"))
        return tuple(told)


def _over(begun: dt.date, last: Number) -> dt.date:
    """The first day on which a time that began on a day has passed: as `months` has it, a month keeps its end."""
    found = (add_days if last.unit == DAY else add_months)(begun, last.value)
    return found if isinstance(found, dt.date) else dt.date.max  # unknown: after the calendar


def _holds(total: Total, entry: Entered, situation: Situation) -> bool | None:
    """Whether an entry counts; None where that is not known."""
    found = situation.of(total.where)
    if found is False:
        return False
    return (
        None if isinstance(found, Unknown) or (total.summed is not None and total.summed not in entry.facts) else True
    )


def _amount(entry: Entered, total: Total) -> Fraction:
    amount = entry.facts[total.summed or ""]
    assert isinstance(amount, Fraction)
    return amount


def _inside(places: Sequence[int], between: tuple[int, int]) -> list[int]:
    return list(places[bisect_left(places, between[0]) : bisect_left(places, between[1])])


def runs(rows: Iterable[int], many: str = "–") -> list[str]:
    """Row numbers in order, those that follow each other as one: `2`, `9–54`."""
    found: list[list[int]] = []
    for row in sorted(set(rows)):
        if found and row == found[-1][1] + 1:
            found[-1][1] = row
        else:
            found.append([row, row])
    return [f"{a}{many}{b}" if b > a else f"{a}" for a, b in found]


NAMED: Final = 4
"""Of more places so many are told, in the reason of each finding that they leave open."""


def _rows(rows: Sequence[int]) -> Text:
    """`row 5`, `rows 96–97 and 101`; of many the first and how many."""
    named = runs(rows)
    if len(named) > NAMED:
        few, count = named[:NAMED], len(set(rows))
        return Text(f"rows {', '.join(few)} … ({count:,} in all)", f"第{'、'.join(few)}行等 {count:,} 行")
    head, last = ", ".join(named[:-1]), named[-1]
    word = "row " if len(rows) == 1 else "rows "
    return Text(f"{word}{head} and {last}" if head else word + last, f"第{'、'.join(named)}行")


def unread_told(rows: Sequence[int]) -> tuple[Text, ...]:
    """That rows could not be read; nothing where there are none."""
    if not rows:
        return ()
    which = _rows(rows)
    return (Text(f"{which.en} could not be read", f"{which.zh}无法读取"),)
