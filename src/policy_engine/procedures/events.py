"""What an event may look like: JSON lines in, events out; a line that cannot be used is refused, not guessed."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from policy_engine.basics.errors import Place, PolicyError, Problem, Text, did_you_mean, problem
from policy_engine.basics.places import MAX_BYTES, decode
from policy_engine.basics.values import BadValue, read_date
from policy_engine.procedures.json_text import read_json

WITHDRAWN: Final = "withdrawn"
"""The kind of a correction that takes an event back."""
WITHDRAWN_WORDS: Final = (WITHDRAWN, "撤回", "撤销")
"""How such a correction may call itself."""
MAX_NAME: Final = 200
_KEYS: Final = ("id", "case", "kind", "at", "facts", "corrects")
_TIME: Final = re.compile(r"[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event as it was received; `corrects` is the id of the event it stands for from now on."""

    id: str
    case: str
    kind: str
    at: str
    facts: Mapping[str, Any]
    corrects: str | None = None

    @property
    def day(self) -> dt.date:
        """The date of the event."""
        return dt.date.fromisoformat(self.at[:10])

    def content(self) -> tuple[object, ...]:
        """What must agree for two events of one id to be the same event."""
        return (self.case, self.kind, self.at, json.dumps(self.facts, sort_keys=True), self.corrects)


def lines(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The lines of a stream, as many at a time as have come."""
    parts, size = list[bytes](), 0  # of a line that has not ended
    for chunk in chunks:
        first, *more = chunk.split(b"\n")
        parts.append(first)
        size += len(first)
        if more:
            yield [b"".join(parts), *more[:-1]]
            parts, size = [more[-1]], len(more[-1])
        if size > MAX_BYTES:
            raise PolicyError(problem("too-large", "a line is larger than 32 MiB", "单行超过 32 MiB"))
    if rest := b"".join(parts).strip(b" \t\r\x1a\0"):  # DOS ends files with Ctrl-Z
        yield [rest]


def parse_event(line: bytes, file: str, number: int) -> Event:
    """An event from a JSON line. Raises PolicyError."""
    place = Place(file, number, 1)
    try:
        data = read_json(decode(line, file), file).data
    except PolicyError as error:
        raise PolicyError(replace(p, place=place) for p in error.problems) from None
    if rb"\u" in line and _half_characters(data):
        raise PolicyError(problem("encoding", "a `\\u` escape is half a character", "`\\u` 转义不成完整字符", place))
    if not isinstance(data, dict):
        raise PolicyError(problem("shape", "an event is a JSON object", "事件应为 JSON 对象", place))
    problems = [
        Problem("unknown-key", Text(f"unknown key `{name}`", f"未知的键 `{name}`"), place, did_you_mean(name, _KEYS))
        for name in data if name not in _KEYS
    ]  # fmt: skip
    for name in ("id", "case", "kind", "at"):
        value = data.get(name)
        if not isinstance(value, str) or not value.strip() or len(value) > MAX_NAME:
            problems.append(problem("missing-key", f"an event needs `{name}`, a text of 1 to {MAX_NAME} characters",
                                    f"事件须有 `{name}`（1 至 {MAX_NAME} 个字符的文本）", place))  # fmt: skip
    if not isinstance(data.get("facts", {}), dict) or not isinstance(data.get("corrects", ""), str):
        problems.append(
            problem(
                "shape",
                "`facts` is a mapping, `corrects` the id of an event",
                "`facts` 应为映射，`corrects` 应为事件编号",
                place,
            )
        )
    if problems:
        raise PolicyError(problems)
    return Event(
        id=data["id"],
        case=data["case"],
        kind=data["kind"],
        at=_moment(data["at"], place),
        facts=data.get("facts", {}),
        corrects=data.get("corrects"),
    )


def _half_characters(data: object) -> bool:
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _moment(text: str, place: Place) -> str:
    """A date, or a date with a time of day, in the form by which events are ordered."""
    time = _TIME.search(text.strip())
    try:
        day = read_date(text.strip()[: time.start()] if time else text)
    except BadValue as error:
        help = Text("a date such as 2024-12-05, or 2024-12-05T09:30", "日期如 2024-12-05 或 2024-12-05T09:30")
        raise PolicyError(Problem("value", error.found, place, help)) from None
    return day.isoformat() + (f"T{time[1]}:{time[2]}:{time[3] or '00'}" if time else "")
