"""A table of events, one a row: each as the line of JSON that `policy watch` reads."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from policy_engine.basics.errors import Lang, Place, PolicyError, Problem, Text, problem
from policy_engine.basics.values import DATE, number_text
from policy_engine.procedures.procedure import Procedure
from policy_engine.rulebook.rule import Input, plain
from policy_engine.tables.batch import open_table
from policy_engine.tables.columns import Column, Job
from policy_engine.tables.given import facts_of
from policy_engine.tables.plain import Kept
from policy_engine.tables.template import EVENT_KEYS

AT: Final = Input(name="at", type=DATE, type_name="date", label=EVENT_KEYS["at"], aliases=("日期", "发生时间", "时间"))
_WORDS: Final = {
    "case": ("案件编号", "案件名称", "案号"), "kind": ("事件", "环节", "事项"), "id": ("编号",), "corrects": ("更正",),
}  # fmt: skip


def event_lines(procedure: Procedure, path: Path, lang: Lang, tell: Callable[[str], None]) -> list[bytes]:
    """The events of a table as lines of JSON, in the order of its rows. Raises PolicyError with every row that is amiss.

    An event without an id is named after the file and its row.
    """
    rule = replace(procedure.rule, inputs={**procedure.rule.inputs, AT.name: AT}, provisions=(), formula_order=())
    elsewhere = procedure.rule.inputs.keys() - procedure.given | {word for key in EVENT_KEYS for word in _words(key)}
    job = Job(rule=rule, as_of=dt.date.today(), lang=lang, tell=tell, elsewhere=frozenset(elsewhere))
    columns, rows = open_table(job, path)
    places = {key: _place(columns, key) for key in EVENT_KEYS}
    lacking = [key for key in ("case", "kind", "at") if places[key] is None]
    if lacking:
        en, zh = ", ".join(EVENT_KEYS[key].en for key in lacking), "、".join(map(_named, lacking))
        advice = Text(f"policy template watch:{procedure.name} -o blank.xlsx",
                      f"请补上或改写列名；空表：policy template watch:{procedure.title.zh} -o 空表.xlsx")  # fmt: skip
        raise PolicyError(problem("no-column", f"there is no column: {en}", f"缺少列：{zh}", Place(str(path)), advice))
    problems, lines = list[Problem](), list[bytes]()
    for number, cells in rows:
        try:
            lines.append(_line(cells, columns, places, f"{path.stem}:{number}"))
        except PolicyError as error:
            problems += [replace(p, place=Place(f"{path}:{number}")) for p in error.problems]
    if problems:
        raise PolicyError(problems)
    return lines


def _words(key: str) -> set[str]:
    """What a column may be called that says this of an event."""
    return set(map(plain, (key, *EVENT_KEYS[key], *_WORDS.get(key, ()))))


def _named(key: str) -> str:
    also = AT.aliases if key == "at" else _WORDS[key]
    return f"“{EVENT_KEYS[key].zh}”（也可写作 {'、'.join(also)}）"


def _place(columns: Sequence[Column], key: str) -> int | None:
    words = _words(key)
    named = (
        i
        for i, c in enumerate(columns)
        if (c.entry is AT if key == "at" else c.entry is None and plain(c.header) in words)
    )
    return next(named, None)


def _line(cells: Sequence[Any], columns: Sequence[Column], places: dict[str, int | None], name: str) -> bytes:
    if isinstance(cells, Kept):
        if cells.wrong is not None:
            raise cells.wrong
        cells = cells.meant
    facts = {key: _text(value) for key, value in facts_of(cells, columns).items()}
    event: dict[str, Any] = {"id": name, "at": facts.pop(AT.name, "")}
    for key, i in places.items():
        if key != "at" and i is not None and i < len(cells) and cells[i] is not None and str(cells[i]).strip():
            event[key] = str(_text(cells[i])).strip()
    return json.dumps({**event, "facts": facts}, ensure_ascii=False).encode() + b"\n"


def _text(value: object) -> object:
    """A fact as lines of JSON have it: exact text, or yes and no."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, Decimal | Fraction):
        return number_text(Fraction(value))
    return value.isoformat() if isinstance(value, dt.date) else str(value)
