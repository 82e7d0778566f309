"""Calendars: the notices that set days off and days worked instead, year by year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import Field

from policy_engine.basics.errors import PolicyError, did_you_mean, problem
from policy_engine.basics.places import Path_, ReadFile, read_text
from policy_engine.language.calendars import Calendar
from policy_engine.rulefiles.load import validate
from policy_engine.rulefiles.reader import Reader
from policy_engine.rulefiles.shape import Bilingual, Line, Model
from policy_engine.rulefiles.yaml_read import read_yaml


class Notice(Model):
    """What sets the days of a year: its title, where it is published, its number where that is known."""

    title: Line
    address: Line
    number: Line | None = None


class Year(Model):
    """The days off and the days worked instead: `2024-06-10`, `2024-10-01 .. 2024-10-07`."""

    notices: list[Notice] = Field(min_length=1)
    off: list[Line]
    work: list[Line]


class CalendarFile(Model):
    """A calendar: what it is and what is not in it, the days it covers, what notices say of each year."""

    title: Bilingual
    first: Line
    last: Line
    years: dict[str, Year]


def calendar_named(name: str, source: ReadFile, files: Mapping[str, Path]) -> Calendar:
    """The calendar a rule names. Raises PolicyError with every mistake."""
    if name not in files:
        en, zh = f"there is no calendar `{name}`", f"没有日历 `{name}`"
        raise PolicyError(problem("calendar", en, zh, source.place(("calendar",)), did_you_mean(name, files)))
    path = files[name]
    work = Reader(next(iter(read_yaml(read_text(path), str(path))), ReadFile(str(path), None, {})))
    file = validate(CalendarFile, work.source)
    first, last = work.date(file.first, ("first",)), work.date(file.last, ("last",))
    off, worked = set[dt.date](), set[dt.date]()
    for year, entry in file.years.items():
        for kind, into, texts in (("off", off, entry.off), ("work", worked, entry.work)):
            for i, text in enumerate(texts):
                days = set(_days(work, text, ("years", year, kind, i)))
                if days & (off | worked):
                    work.report(
                        ("years", year, kind, i), "duplicate", f"`{text}` is listed twice", f"`{text}` 重复列出"
                    )
                into.update(days)
    work.done()
    assert first is not None
    assert last is not None
    return Calendar(title=file.title.text(), first=first, last=last, off=frozenset(off), work=frozenset(worked))


def _days(work: Reader, text: str, path: Path_) -> Iterable[dt.date]:
    start, _, end = text.partition("..")
    first, last = work.date(start.strip(), path), work.date((end or start).strip(), path)
    if first and last and not 0 <= (last - first).days < 31:
        work.report(path, "calendar", f"`{text}` is no span of days", f"`{text}` 不是日期区间")
    elif first and last:
        yield from (first + dt.timedelta(n) for n in range((last - first).days + 1))
